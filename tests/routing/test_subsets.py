"""The walk over all subsets of gaps, against the algebra and Dijkstra one subset at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commute.routing import subsets
from commute.routing.judged import Judged
from commute.routing.minplus import closure, gap_arcs
from commute.routing.street import FAR
from gap_cities import city, masks

INF = float("inf")


def judged_of(rng, n_o, n_d, n_items=12):
    """Items at random, some with another way, in the three measures."""
    return Judged(
        row=rng.integers(0, n_o, n_items),
        col=rng.integers(0, n_d, n_items),
        other_s=np.where(rng.random(n_items) < 0.4, rng.integers(1, 14, n_items), INF).astype(float),
        kind=np.arange(3),
        weight=rng.random((3, n_items)).round(3),
        minutes=float(rng.choice([2 / 60, 4 / 60, 7.5 / 60])),
        cap_min=float(rng.choice([10 / 60, 1.0])),
        parking_s=int(rng.integers(0, 3)),
    )


def plain(times_ds, judged):
    """What every item counts for, written out: shape (3,)."""
    out = np.zeros(3)
    for k, (i, j) in enumerate(zip(judged.row, judged.col, strict=True)):
        ds = int(times_ds[i, j])
        drive = (ds + 5) // 10 + judged.parking_s if ds < FAR else INF
        minutes = min(drive, judged.other_s[k]) / 60
        capped = min(minutes, judged.cap_min)
        out += judged.weight[:, k] * [max(0, capped - judged.minutes), -float(minutes <= judged.minutes + 1e-9), capped]
    return out


@pytest.mark.parametrize("arcs_a_gap", [1, 3])
def test_every_subset_of_items_equals_dijkstra(arcs_a_gap):
    for seed in range(100):
        blocks, arcs, again = city(seed, arcs_a_gap=arcs_a_gap)
        rng = np.random.default_rng(seed)
        judged = judged_of(rng, 5, 4)
        gaps = rng.permutation(arcs.n_gaps)
        found = subsets.item_table((*blocks, arcs), gaps, judged)
        before = plain(blocks[0], judged)
        for bits, chosen in enumerate(masks(len(gaps))):
            mask = np.zeros(arcs.n_gaps, bool)
            mask[gaps[chosen]] = True
            assert found[bits] == pytest.approx(before - plain(again(mask), judged), abs=1e-9), f"seed {seed}, {mask}"


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_reached_under_each_of_4096_subsets_equals_the_algebra(whole, threads):
    for seed in range(3):
        blocks, arcs, _ = city(seed, n_gaps=12, arcs_a_gap=1 + seed % 2, n_o=7, n_d=6)
        rng = np.random.default_rng(seed)
        a, b = rng.integers(0, 50, 7).astype(float), rng.integers(0, 50, 6).astype(float)
        found = subsets.reach_table((*blocks, arcs), from_weight=a, to_weight=b, limit_ds=40, whole=whole, threads=threads)
        for bits in [0, 1, 2, 2048, 4095, *rng.integers(0, 4096, 150)]:
            times = closure(*blocks, arcs, (bits >> np.arange(12)) & 1 == 1)
            assert found[bits] == a @ (times <= 40) @ b, (seed, bits)


def test_gaps_without_links_and_shut_ones_change_nothing():
    blocks, _, _ = city(1)
    arcs = gap_arcs([0, 2], [0, 1], [1, 0], [FAR, 1], n_gaps=3)
    found = subsets.reach_table((*blocks, arcs), from_weight=np.ones(5), to_weight=np.ones(4), limit_ds=30)
    for bits, mask in enumerate(masks(3)):
        assert found[bits] == (closure(*blocks, arcs, mask) <= 30).sum() == found[bits & 4]


def test_no_gap_at_all_is_the_empty_set():
    blocks, _, _ = city(1)
    none = gap_arcs([], [], [], [], n_gaps=0)
    assert subsets.reach_table((*blocks, none), from_weight=np.ones(5), to_weight=np.ones(4), limit_ds=30) == [(blocks[0] <= 30).sum()]


@given(st.integers(0, 10_000))
def test_opening_more_never_makes_a_measure_worse(seed):
    blocks, arcs, _ = city(seed, n_gaps=4)
    found = subsets.item_table((*blocks, arcs), np.arange(4), judged_of(np.random.default_rng(seed), 5, 4))
    for bits in range(16):
        for k in range(4):
            assert (found[bits | 1 << k] >= found[bits] - 1e-12).all()


def test_the_subsets_done_are_told():
    blocks, arcs, _ = city(3, n_gaps=12)
    told = []
    judged = judged_of(np.random.default_rng(0), 5, 4)
    subsets.item_table((*blocks, arcs), np.arange(12), judged, tell=told.append)
    assert sum(told) == 4096
