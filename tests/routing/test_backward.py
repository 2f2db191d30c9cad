"""Backward scans against a plain recursion over connections, and against the forward scan."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from commute.errors import BadValue
from commute.routing import backward
from commute.routing import backward_lanes as kernel
from commute.routing import backward_pairs as pairs
from commute.routing.backward_trace import journey
from commute.routing.sampling import departures
from commute.routing.scan import LEGS, LaneTimes, Links, Waiting, lane_matrix, least_change_s
from commute.routing.timetable import Connections
from commute.routing.trace import Leg
from oracles_transit import rows
from transit_cities import HORIZON, RANDOM, T0, city, line, runs

pytestmark = pytest.mark.filterwarnings("error::numba.core.errors.NumbaWarning")
FAR = 10**9
DEPARTS = np.array([T0, T0 + 60, T0 + 611], np.int32)
INFORMED = Waiting(rule="informed", informed_above_s=300, buffer_s=120)


def by_recursion(draws: list[Connections], links: Links, waiting: Waiting) -> np.ndarray:
    """Totals of every sample, FAR where not reached: earliest arrival; of those the one that counts least.

    Every first boarding is tried.
    """
    access, change, egress = rows(links.access), rows(links.change), rows(links.egress)
    least = least_change_s(draws)
    n_o, n_d = links.direct_s.shape
    samples = np.full((len(draws) * len(DEPARTS), n_o, n_d), FAR, np.int64)
    for k, c in enumerate(draws):
        for d in range(n_d):

            @cache
            def arrives(i: int, c=c, d=d) -> int:
                """Earliest arrival once aboard connection i."""
                stop, at = int(c.to_stop[i]), int(c.arr_s[i])
                best = at + egress[d][stop] if stop in egress[d] else FAR
                for j in range(i + 1, len(c.dep_s)):
                    walk = change[stop].get(int(c.from_stop[j]))
                    if c.trip[j] == c.trip[i] or (walk is not None and at + max(walk, least) <= c.dep_s[j]):
                        best = min(best, arrives(j))
                return best

            for o in range(n_o):
                for m, t in enumerate(DEPARTS.tolist()):
                    found = (FAR, 0)
                    for i in range(len(c.dep_s)):
                        stop = int(c.from_stop[i])
                        if stop not in access[o]:
                            continue
                        wait = int(c.dep_s[i]) - t - access[o][stop] - int(links.entry_s[stop])
                        if wait >= links.gate_s[stop] and arrives(i) < FAR:
                            knows = waiting.rule == "informed" and c.headway_s[c.trip[i]] > waiting.informed_above_s
                            credit = max(wait - waiting.buffer_s, 0) if knows else 0
                            found = min(found, (arrives(i), -credit))
                    total = found[0] - t + found[1] if found[0] - t <= HORIZON else FAR
                    straight = int(links.direct_s[o, d])
                    samples[k * len(DEPARTS) + m, o, d] = min(total, straight if 0 <= straight <= HORIZON else FAR)
    return samples


@pytest.mark.parametrize("waiting", [RANDOM, INFORMED], ids=lambda w: w.rule)
def test_totals_equal_a_plain_recursion(waiting):
    for seed in range(150):
        draws, links = city(seed, 2)
        samples = by_recursion(draws, links, waiting)
        ranked = np.where(samples == FAR, -1, samples)[np.argsort(samples, axis=0), *np.ogrid[:0, :3, :3][1:]]
        for legs in (False, True):
            got = backward.matrix(draws, links, DEPARTS, percentiles=(25, 50, 100), waiting=waiting, horizon_s=HORIZON, legs=legs)
            assert_array_equal(got.totals, ranked[[1, 2, 5]], str(seed))  # ceil(p/100 · 6) − 1
            assert_array_equal(got.reached, (samples < FAR).mean(axis=0))
            whole = (samples < FAR).all(axis=0)
            np.testing.assert_allclose(got.mean_s, np.where(whole, samples.mean(axis=0), np.nan))


def test_under_random_waiting_the_two_scans_are_one():
    for seed in range(200, 400):
        draws, links = city(seed, 3)
        forward = lane_matrix(draws, links, DEPARTS, percentiles=(50.0,), waiting=RANDOM, horizon_s=HORIZON)
        for threads in (1, 2):
            got = backward.matrix(draws, links, DEPARTS, waiting=RANDOM, horizon_s=HORIZON, threads=threads)
            for name in ("totals", "mean_s", "reached"):
                assert_array_equal(getattr(got, name), getattr(forward, name), f"{seed} {name}")


def test_under_informed_waiting_the_forward_scan_counts_no_less():
    differ = 0
    for seed in range(200, 400):
        draws, links = city(seed, 3)
        forward = lane_matrix(draws, links, DEPARTS, percentiles=(34.0, 50.0), waiting=INFORMED, horizon_s=HORIZON)
        got = backward.matrix(draws, links, DEPARTS, percentiles=(34.0, 50.0), waiting=INFORMED, horizon_s=HORIZON)
        assert_array_equal(got.reached, forward.reached)
        assert (got.totals <= forward.totals).all()
        differ += int((got.totals < forward.totals).sum())
    assert differ


@pytest.mark.parametrize("waiting", [RANDOM, INFORMED], ids=lambda w: w.rule)
def test_legs_are_those_of_a_journey_at_the_rank_and_sum_to_it(waiting):
    for seed in range(60):
        draws, links = city(seed, 2)
        departs = departures(T0, 900, 5, seed)
        full = backward.matrix(draws, links, departs, percentiles=(10, 50, 90), waiting=waiting, horizon_s=HORIZON)
        there = full.totals[1] >= 0
        assert_array_equal(full.legs.sum(axis=0)[there], full.totals[1][there])
        assert (full.legs[:, ~there] == -1).all() and (full.legs[:, there] >= 0).all()
        np.testing.assert_allclose(full.mean_legs.sum(axis=0), full.mean_s)
        each = [backward.matrix([c], links, np.array([t], np.int32), waiting=waiting, horizon_s=HORIZON) for c in draws for t in departs]
        for o, d in np.argwhere(there):
            sample = next(s for s in each if s.totals[0, o, d] == full.totals[1, o, d])
            for name in ("legs", "schedule_delay", "boardings", "first_stop"):
                assert_array_equal(getattr(full, name)[..., o, d], getattr(sample, name)[..., o, d], f"{seed} {name}")
        delays = np.mean([np.where(s.totals[0] >= 0, s.schedule_delay, np.nan) for s in each], axis=0)
        np.testing.assert_allclose(full.mean_schedule_delay, delays)


@pytest.mark.parametrize("waiting", [RANDOM, INFORMED], ids=lambda w: w.rule)
def test_the_journey_told_leg_by_leg_is_the_one_counted(waiting):
    for seed in range(80):
        draws, links = city(seed)
        rules = {"waiting": waiting, "horizon_s": HORIZON}
        single = backward.matrix(draws, links, DEPARTS[1:2], **rules)
        for o, d in np.ndindex(single.totals[0].shape):
            legs = journey(draws[0], links, o, d, int(DEPARTS[1]), **rules)
            assert (legs == []) == (single.totals[0, o, d] < 0)
            spent = dict.fromkeys(LEGS, 0)
            for leg in legs:
                spent[leg.kind] += leg.arr_s - leg.dep_s
            assert all(a.arr_s == b.dep_s for a, b in pairwise(legs))
            if legs:
                assert list(spent.values()) == single.legs[:, o, d].tolist(), seed
                assert sum(leg.kind == "ride" for leg in legs) == single.boardings[o, d]
                assert next((leg.from_stop for leg in legs if leg.kind == "ride"), -1) == single.first_stop[o, d]
                assert all(_runs(draws[0], leg) for leg in legs if leg.kind == "ride")


def _runs(c: Connections, ride: Leg) -> bool:
    """Whether one run leaves and comes as a ride says."""
    leaves = {int(r) for r in c.trip[(c.from_stop == ride.from_stop) & (c.dep_s == ride.dep_s)]}
    comes = {int(r) for r in c.trip[(c.to_stop == ride.to_stop) & (c.arr_s == ride.arr_s)]}
    return ride.template in {int(c.template[r]) for r in leaves & comes}


def test_legs_are_those_of_some_journey_of_the_timetable():
    """On one line without a change they can be read off the timetable."""
    c = runs(2, [(1800, [(0, T0, T0 + 900), (1, T0 + 1500, T0 + 1500)])])
    got = backward.matrix(
        [c], line(2, access=[(0, 60)], entry=30, egress=[(1, 45)]), np.array([T0], np.int32), waiting=Waiting(), horizon_s=HORIZON
    )
    assert got.legs[:, 0, 0].tolist() == [60, 30, 300, 600, 0, 45]  # of 810 s on the platform 300 count
    assert (got.schedule_delay[0, 0], got.boardings[0, 0], got.totals[0, 0, 0]) == (510, 1, 1035)


@pytest.mark.parametrize(
    "lever",
    [{"PER_STOP": 0}, {"TABLE_BYTES": 1}, {"SPAN_S": HORIZON + 300}],
    ids=lambda d: " ".join(d),
)
def test_the_ways_of_going_about_it_are_one(lever, monkeypatch):
    """Lanes that end at stops, few origins at a time, the window in spans."""

    def ask(seed: int, legs: bool) -> LaneTimes:
        draws, links = city(seed, 2, n_runs=60)
        return backward.matrix(draws, links, departures(T0, 1800, 9, seed), waiting=INFORMED, horizon_s=HORIZON, legs=legs)

    for legs in (False, True):
        usual = [ask(seed, legs) for seed in range(40)]
        with monkeypatch.context() as patch:
            for name, value in lever.items():
                patch.setattr(backward, name, value)
            other = [ask(seed, legs) for seed in range(40)]
        for seed, (a, b) in enumerate(zip(usual, other, strict=True)):
            for name in ("totals", "mean_s", "reached", *(("mean_schedule_delay",) if legs else ())):
                assert_array_equal(getattr(a, name), getattr(b, name), f"{seed} {name}")
            if legs:  # of equal journeys another may be named
                there = b.totals[0] >= 0
                assert_array_equal(b.legs.sum(axis=0)[there], b.totals[0][there])


def test_the_order_of_links_does_not_matter():
    draws, links = city(7, 2)
    luck = np.random.default_rng(0)

    def shuffled(table):
        spans = [luck.permutation(np.arange(a, b)) for a, b in zip(table.start[:-1], table.start[1:], strict=True)]
        order = np.concatenate([*spans, np.empty(0, int)]).astype(int)
        return table._replace(stop=table.stop[order], seconds=table.seconds[order])

    other = Links(
        access=shuffled(links.access), change=shuffled(links.change), egress=shuffled(links.egress),
        entry_s=links.entry_s, gate_s=links.gate_s, direct_s=links.direct_s,
    )  # fmt: skip
    a, b = (backward.matrix(draws, which, DEPARTS, waiting=INFORMED, horizon_s=HORIZON) for which in (links, other))
    for name in ("totals", "mean_s", "legs", "mean_legs", "schedule_delay", "boardings", "first_stop"):
        assert_array_equal(getattr(a, name), getattr(b, name), name)


def test_nothing_to_ask_gives_nothing():
    _, links = city(1, 1)
    empty = backward.matrix([], links, DEPARTS, waiting=RANDOM, horizon_s=HORIZON, legs=False)
    assert (empty.totals == -1).all() and empty.totals.shape == (1, *links.direct_s.shape) and empty.legs is None
    still = backward.matrix([runs(2, [])], line(2, direct=30), DEPARTS, horizon_s=HORIZON)
    assert still.totals[0, 0, 0] == 30 and still.legs[:, 0, 0].tolist() == [30, 0, 0, 0, 0, 0] and still.boardings[0, 0] == 0


def test_half_the_headway_is_for_the_forward_scan():
    draws, links = city(1, 1)
    half = Waiting(rule="half_headway")
    assert not backward.pays(draws, links, DEPARTS, half) and backward.pays(draws, links, DEPARTS, RANDOM)
    with pytest.raises(BadValue, match="random and informed, not half_headway"):
        backward.matrix(draws, links, DEPARTS, waiting=half, horizon_s=HORIZON)


def test_each_kernel_is_compiled_for_one_set_of_types(monkeypatch):
    draws, links = city(2, 1, n_runs=40)
    for per_stop in (0, 2):
        monkeypatch.setattr(backward, "PER_STOP", per_stop)
        for legs, mean_legs in ((False, False), (True, False), (True, True)):
            backward.matrix(draws, links, DEPARTS, horizon_s=HORIZON, legs=legs, mean_legs=mean_legs, threads=2)
    journey(draws[0], links, 0, 0, T0, horizon_s=HORIZON)
    called = (kernel.index_departures, kernel.scan_draws, kernel.entries_and_ways, pairs.by_egress, pairs.rank_pairs, pairs.legs_of_draws)
    assert [len(one.signatures) for one in called] == [1] * len(called)


def test_on_a_network_too_large_few_origins_go_by_the_forward_scan(monkeypatch):
    draws, links = city(1, 1)
    monkeypatch.setattr(backward, "QUICK", 0)
    monkeypatch.setattr(backward.kernel, "LANES", 1)
    assert backward.pays(draws, links, np.arange(100, dtype=np.int32), RANDOM)
    assert not backward.pays(draws, links, np.zeros(0, np.int32), RANDOM)
