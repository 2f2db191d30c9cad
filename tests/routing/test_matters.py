"""Which gaps matter to which items, against Dijkstra on every set of gaps."""

import numpy as np
import pytest

from commute.routing import matters as file
from commute.routing.judged import Judged
from commute.routing.matters import matters
from gap_cities import city, masks


def judged_of(rng, n_o, n_d):
    """All pairs as items, some with another way."""
    row, col = (one.ravel() for one in np.indices((n_o, n_d)))
    other = np.where(rng.random(len(row)) < 0.3, rng.integers(1, 14, len(row)), np.inf)
    return Judged(
        row=row, col=col, other_s=other, kind=np.array([2]), weight=np.ones((1, len(row))), minutes=4 / 60, cap_min=12 / 60, parking_s=1
    )  # fmt: skip


def changed(judged, times_of, n_gaps):
    """Items × gaps: whether opening the gap changes the item's seconds, at most the cap, on top of some set of others."""
    cap = judged.cap_min * 60
    every = [np.minimum(judged.seconds(times_of(mask)[judged.row, judged.col]), cap) for mask in masks(n_gaps)]
    out = np.zeros((len(judged.row), n_gaps), bool)
    for bits, seconds in enumerate(every):
        for g in range(n_gaps):
            out[:, g] |= every[bits | (1 << g)] < seconds
    return out


def test_just_the_gaps_that_change_an_item_in_some_set_matter_to_it():
    seen, rare = 0, 0
    for seed in range(250):
        n_gaps = 3 + seed % 4
        blocks, arcs, again = city(seed, n_gaps=n_gaps, arcs_a_gap=1 + seed % 2)
        judged = judged_of(np.random.default_rng(seed), *blocks[0].shape)
        expected = changed(judged, again, n_gaps)
        found = matters((*blocks, arcs), judged, threads=1 + seed % 2)
        assert (found == expected).all(), f"seed {seed}"
        alone = np.array([judged.seconds(again(np.arange(n_gaps) == g)[judged.row, judged.col]) for g in range(n_gaps)]).T
        nothing = judged.seconds(blocks[0][judged.row, judged.col])
        seen, rare = seen + expected.sum(), rare + (expected & (alone == nothing[:, None])).sum()
    assert seen > 2_000 and rare > 50  # some matter together with others alone


@pytest.mark.parametrize("limits", [{"MOST_CHAINS": 3}, {"FIRST": 2, "WORK": 40}], ids=["many chains", "much work"])
def test_where_chains_are_too_many_or_take_too_much_work_no_gap_that_matters_is_lost(limits, monkeypatch):
    for name, most in limits.items():
        monkeypatch.setattr(file, name, most)
    more = 0
    for seed in range(60):
        blocks, arcs, again = city(seed, n_gaps=5)
        judged = judged_of(np.random.default_rng(seed), *blocks[0].shape)
        found, expected = matters((*blocks, arcs), judged), changed(judged, again, 5)
        assert (found | ~expected).all(), f"seed {seed}"
        more += (found & ~expected).sum()
    assert more > 0
