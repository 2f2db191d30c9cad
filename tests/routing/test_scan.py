"""The connection scan against a search over events, its legs, its two ways, and cases worked by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from commute.errors import BadValue
from commute.routing.lane_blocks import run_blocks
from commute.routing.sampling import departures
from commute.routing.scan import Links, lane_matrix, sorting_network
from commute.routing.trace import journey
from oracles_transit import arrival_s, counted, csr, event_graph, total_s
from transit_cities import HORIZON, RANDOM, RULES, T0, at, city, line, runs

pytestmark = pytest.mark.filterwarnings("error::numba.core.errors.NumbaWarning")


@pytest.mark.parametrize("max_transfers", [None, 0, 1, 2])
def test_totals_equal_a_search_over_events(max_transfers):
    departs = np.array([T0, T0 + 60, T0 + 611], np.int32)
    for seed in range(60):
        draws, links = city(seed, 2)
        expected = np.empty((6, 3, 3), np.int64)
        for k, c in enumerate(draws):
            graph = event_graph(c, links)
            for m, t in enumerate(departs):
                for o in range(3):
                    for d in range(3):
                        arrives = arrival_s(c, links, graph, o, d, int(t), max_transfers)
                        expected[3 * k + m, o, d] = total_s(arrives, int(t), int(links.direct_s[o, d]), HORIZON)
        ranked = np.sort(np.where(expected < 0, 10**9, expected), axis=0)
        ranked[ranked == 10**9] = -1
        for legs in (True, False):
            got = lane_matrix(
                draws,
                links,
                departs,
                percentiles=(0, 25, 50, 100),
                waiting=RANDOM,
                max_transfers=max_transfers,
                horizon_s=HORIZON,
                legs=legs,
            )
            assert_array_equal(got.totals, ranked[[0, 1, 2, 5]], str(seed))  # ceil(p/100 · 6) − 1
            assert_array_equal(got.reached, (expected >= 0).mean(axis=0))
            assert_array_equal(np.isnan(got.mean_s), (expected < 0).any(axis=0))
            whole = ~np.isnan(got.mean_s)
            np.testing.assert_allclose(got.mean_s[whole], expected.mean(axis=0)[whole])


@pytest.mark.parametrize("waiting", RULES, ids=lambda w: w.rule)
def test_counted_totals_follow_the_tie_rule(waiting):
    for seed in range(150):
        draws, links = city(1000 + seed)
        expected = [[counted(draws[0], links, o, d, T0 + 30, waiting, HORIZON) for d in range(3)] for o in range(3)]
        departs = np.array([T0 + 30], np.int32)
        for legs in (True, False):
            got = lane_matrix(draws, links, departs, waiting=waiting, horizon_s=HORIZON, legs=legs)
            assert_array_equal(got.totals[0], expected, str(seed))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(RULES), st.sampled_from([None, 0, 1]), st.integers(1, 80))
def test_legs_sum_and_the_journey_agrees(seed, waiting, max_transfers, n_departs):
    draws, links = city(seed, 2)
    departs = departures(T0, 900, n_departs, seed)
    options = {"waiting": waiting, "max_transfers": max_transfers, "horizon_s": HORIZON}
    full = lane_matrix(draws, links, departs, percentiles=(10, 50, 90), **options)
    fast = lane_matrix(draws, links, departs, percentiles=(10, 50, 90), legs=False, threads=2, **options)
    for name in ("totals", "mean_s", "reached"):
        assert_array_equal(getattr(full, name), getattr(fast, name), name)
    there = full.totals[1] >= 0
    assert_array_equal(full.legs.sum(axis=0)[there], full.totals[1][there])
    assert (full.legs[:, ~there] == -1).all()
    assert (full.legs[:, there] >= 0).all()
    np.testing.assert_allclose(full.mean_legs.sum(axis=0), full.mean_s, equal_nan=True)
    single = lane_matrix(draws[:1], links, departs[-1:], **options)
    for o in range(3):
        for d in range(3):
            legs = journey(draws[0], links, o, d, int(departs[-1]), **options)
            if single.totals[0, o, d] < 0:
                assert legs == []
                continue
            spent = dict.fromkeys(("access", "entry", "wait", "ride", "transfer", "egress"), 0)
            for leg in legs:
                spent[leg.kind] += leg.arr_s - leg.dep_s
            assert list(spent.values()) == single.legs[:, o, d].tolist()
            assert all(a.arr_s == b.dep_s for a, b in pairwise(legs))
            assert sum(leg.kind == "ride" for leg in legs) == single.boardings[o, d]
            assert next((leg.from_stop for leg in legs if leg.kind == "ride"), -1) == single.first_stop[o, d]


@pytest.mark.parametrize("waiting", RULES, ids=lambda w: w.rule)
def test_a_busy_city_may_stop_early_without_harm(waiting):
    departs = np.array([T0, T0 + 400], np.int32)
    for seed in range(8):  # thousands of connections: here the scan looks whether all have arrived, and ends
        draws, links = city(seed, n_runs=1200)
        for legs in (True, False):
            got = lane_matrix(draws, links, departs, percentiles=(0, 100), waiting=waiting, horizon_s=HORIZON, legs=legs)
            for o in range(3):
                for d in range(3):
                    told = [journey(draws[0], links, o, d, int(t), waiting=waiting, horizon_s=HORIZON) for t in departs]
                    totals = sorted(legs[-1].arr_s - legs[0].dep_s if legs else 10**9 for legs in told)
                    assert got.totals[:, o, d].tolist() == [-1 if t == 10**9 else t for t in totals]


def test_percentile_legs_are_those_of_the_first_sample_at_the_rank():
    for seed in range(20):
        draws, links = city(seed, 3)
        departs = departures(T0, 900, 5, 1)
        full = lane_matrix(draws, links, departs, horizon_s=HORIZON)
        each = [lane_matrix([c], links, np.array([t], np.int32), horizon_s=HORIZON) for c in draws for t in departs]
        for o, d in np.argwhere(full.totals[0] >= 0):
            sample = next(s for s in each if s.totals[0, o, d] == full.totals[0, o, d])
            assert_array_equal(full.legs[:, o, d], sample.legs[:, o, d])
            assert full.schedule_delay[o, d] == sample.schedule_delay[o, d]
            assert full.boardings[o, d] == sample.boardings[o, d]


def test_the_order_of_links_does_not_matter():
    draws, links = city(7, 2)
    luck = np.random.default_rng(0)

    def shuffled(table):
        spans = [luck.permutation(np.arange(a, b)) for a, b in zip(table.start[:-1], table.start[1:], strict=True)]
        order = np.concatenate([*spans, np.empty(0, int)]).astype(int)
        return table._replace(stop=table.stop[order], seconds=table.seconds[order])

    other = Links(
        access=shuffled(links.access),
        change=shuffled(links.change),
        egress=shuffled(links.egress),
        entry_s=links.entry_s,
        gate_s=links.gate_s,
        direct_s=links.direct_s,
    )
    departs = departures(T0, 1200, 30, 1)
    a, b = (lane_matrix(draws, which, departs, horizon_s=HORIZON) for which in (links, other))
    for name in ("totals", "mean_s", "legs", "mean_legs", "schedule_delay", "boardings", "first_stop"):
        assert_array_equal(getattr(a, name), getattr(b, name), name)


def test_many_origins_in_blocks_equal_one_by_one():
    draws, links = city(11, 2)
    origins = np.random.default_rng(2).integers(0, 3, 200)
    rows = [
        list(zip(*(x[links.access.start[o] : links.access.start[o + 1]].tolist() for x in links.access[1:]), strict=True)) for o in origins
    ]
    many = Links(
        access=csr(rows),
        entry_s=links.entry_s,
        gate_s=links.gate_s,
        change=links.change,
        egress=links.egress,
        direct_s=links.direct_s[origins],
    )
    departs = departures(T0, 900, 7, 1)
    few, all_ = lane_matrix(draws, links, departs, horizon_s=HORIZON), lane_matrix(draws, many, departs, horizon_s=HORIZON, threads=2)
    assert_array_equal(all_.legs, few.legs[:, origins])
    assert_array_equal(all_.totals, few.totals[:, origins])


def test_nothing_runs():
    empty = runs(2, [])
    assert at(empty, line(2)).totals[0, 0, 0] == -1
    assert at(empty, line(2, direct=30)).totals[0, 0, 0] == 30
    assert lane_matrix([], line(2), np.array([T0], np.int32)).totals[0, 0, 0] == -1


def test_faults_are_all_named():
    c = runs(2, [(0, [(0, T0, T0), (1, T0 + 60, T0 + 60)])])
    with pytest.raises(BadValue) as caught:
        lane_matrix([c], line(3), np.array([T0], np.int32), percentiles=(101,), horizon_s=40_000, threads=0)
    assert str(caught.value) == (
        "connections and entry_s (3) differ in stops; horizon_s is 40000, must be in 1…32766; "
        "percentiles are (101,), must be in [0, 100]; threads is 0, must be at least 1"
    )


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=130))
@settings(max_examples=30, deadline=None)
def test_the_network_sorts(values):
    size = 1 << (len(values) - 1).bit_length()
    row = values + [65535] * (size - len(values))
    for p, q in sorting_network(len(values)):
        row[p], row[q] = min(row[p], row[q]), max(row[p], row[q])
    assert row == sorted(row)


def test_a_second_process_does_not_compile():
    lane_matrix([runs(2, [])], line(2), np.array([T0], np.int32))  # so that it is in the cache
    assert run_blocks.signatures and len(run_blocks.signatures) == 1, "one set of types"
    code = """if True:
        import warnings
        from numba.core.errors import NumbaWarning
        warnings.simplefilter("error", NumbaWarning)
        import numpy as np
        from transit_cities import T0, line, runs
        from commute.routing.lane_blocks import run_blocks
        from commute.routing.scan import Waiting, lane_matrix
        for legs in (True, False):
            for k in (None, 1):
                lane_matrix([runs(2, [])], line(2), np.array([T0], np.int32), legs=legs, max_transfers=k, waiting=Waiting(rule="random"))
        print(sum(run_blocks.stats.cache_hits.values()), sum(run_blocks.stats.cache_misses.values()))
    """
    paths = os.pathsep.join([*(p for p in sys.path if p), str(Path(__file__).parent.parent)])
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0"], done.stderr
