"""The connection scan against a search over events, its legs, its two ways, and cases worked by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from oracles_transit import arrival_s, counted, csr, event_graph, total_s

from commute.errors import BadValue
from commute.routing.lane_blocks import run_blocks
from commute.routing.sampling import departures, phases
from commute.routing.scan import Links, Waiting, lane_matrix, sorting_network
from commute.routing.timetable import Connections, draw, timetable
from commute.routing.trace import journey

pytestmark = pytest.mark.filterwarnings("error::numba.core.errors.NumbaWarning")
T0 = 7 * 3600
HORIZON = 2400
RANDOM = Waiting(rule="random")
RULES = [RANDOM, Waiting(rule="informed", informed_above_s=500, buffer_s=120), Waiting(rule="half_headway")]


def runs(n_stops: int, courses: list[tuple[int, list[tuple[int, int, int]]]]) -> Connections:
    """Connections from (headway, [(stop, arrival, departure), …]), one a run."""
    hops = [
        (a[2], b[1], run, place, a[0], b[0]) for run, (_, calls) in enumerate(courses) for place, (a, b) in enumerate(zip(calls, calls[1:], strict=False))
    ]
    columns = np.array(sorted(hops), np.int32).reshape(-1, 6).T
    return Connections(
        n_stops=n_stops,
        from_stop=columns[4],
        to_stop=columns[5],
        dep_s=columns[0],
        arr_s=columns[1],
        trip=columns[2],
        headway_s=np.array([h for h, _ in courses], np.int32),
        template=np.arange(len(courses), dtype=np.int32),
    )


def city(seed: int, n_draws: int = 1) -> tuple[list[Connections], Links]:
    """A random small city; every third seed has hops of 0 s, times are coarse so that ties abound."""
    luck = np.random.default_rng(seed)
    n_stops, step = int(luck.integers(3, 9)), int(luck.choice([1, 60, 60, 120]))
    draws = []
    for _ in range(n_draws):
        courses = []
        for _ in range(int(luck.integers(4, 22))):
            now, calls = T0 + int(luck.integers(0, 2400 // step)) * step, []
            for _ in range(int(luck.integers(2, 6))):
                leaves = now + int(luck.integers(0, 2)) * step
                calls.append((int(luck.integers(n_stops)), now, leaves))
                now = leaves + int(luck.integers(0 if seed % 3 == 0 else 1, 6)) * step
            courses.append((int(luck.choice([0, 300, 600, 1201])), calls))
        draws.append(runs(n_stops, courses))

    def reach(n: int, most: int, longest_s: int, least: int = 0) -> list[list[tuple[int, int]]]:
        return [
            [(int(s), int(luck.integers(0, longest_s // step + 1)) * step) for s in luck.choice(n_stops, luck.integers(least, most + 1), replace=False)]
            for _ in range(n)
        ]

    origins, destinations = 3, 3
    direct = np.where(luck.random((origins, destinations)) < 0.15, luck.integers(60, 2000, (origins, destinations)), -1)
    links = Links(
        access=csr(reach(origins, 2, 600, 1)),
        entry_s=(luck.integers(0, 3, n_stops) * step).astype(np.int32),
        gate_s=(luck.integers(0, 2, n_stops) * step).astype(np.int32),
        change=csr(reach(n_stops, 3, 300, 1)),
        egress=csr(reach(destinations, 2, 600)),
        direct_s=direct.astype(np.int32),
    )
    return draws, links


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
                draws, links, departs, percentiles=(0, 25, 50, 100), waiting=RANDOM, max_transfers=max_transfers, horizon_s=HORIZON, legs=legs
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
            assert all(a.arr_s == b.dep_s for a, b in zip(legs, legs[1:], strict=False))
            assert sum(leg.kind == "ride" for leg in legs) == single.boardings[o, d]


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


def line(n_stops: int, *, access=((0, 0),), entry=0, gate=0, change=(), egress=((1, 0),), direct=-1) -> Links:
    rows = [[] for _ in range(n_stops)]
    for b, f, seconds in change:
        rows[b].append((f, seconds))
    return Links(
        access=csr([list(access)]),
        entry_s=np.full(n_stops, entry, np.int32),
        gate_s=np.full(n_stops, gate, np.int32),
        change=csr(rows),
        egress=csr([list(egress)]),
        direct_s=np.array([[direct]], np.int32),
    )


def at(c: Connections, links: Links, depart_s: int = T0, **options):
    return lane_matrix([c], links, np.array([depart_s], np.int32), **{"waiting": RANDOM, "horizon_s": HORIZON, **options})


def test_a_journey_by_hand():
    c = runs(3, [(0, [(0, T0, T0 + 500), (1, T0 + 900, T0 + 900)]), (0, [(1, T0, T0 + 1100), (2, T0 + 1400, T0 + 1400)])])
    links = line(3, access=[(0, 200)], entry=100, change=[(1, 1, 200)], egress=[(2, 60)])
    got = at(c, links)
    assert got.legs[:, 0, 0].tolist() == [200, 100, 200, 700, 200, 60]
    assert got.totals[0, 0, 0] == 1460
    assert got.boardings[0, 0] == 2
    assert [(leg.kind, leg.dep_s - T0) for leg in journey(c, links, 0, 0, T0, waiting=RANDOM, horizon_s=HORIZON)] == [
        ("access", 0), ("entry", 200), ("wait", 300), ("ride", 500), ("transfer", 900), ("ride", 1100), ("egress", 1400),
    ]  # fmt: skip


@pytest.mark.parametrize(("gate", "arrives"), [(0, 400), (60, 400), (61, 1000)])
def test_the_gate_shuts_before_departure(gate, arrives):
    c = runs(2, [(0, [(0, T0, T0 + 160), (1, T0 + 400, T0 + 400)]), (0, [(0, T0, T0 + 700), (1, T0 + 1000, T0 + 1000)])])
    assert at(c, line(2, access=[(0, 60)], entry=40, gate=gate)).totals[0, 0, 0] == arrives


def test_a_change_needs_a_link_even_at_one_stop():
    c = runs(3, [(0, [(0, T0, T0), (1, T0 + 60, T0 + 60)]), (0, [(1, T0, T0 + 90), (2, T0 + 120, T0 + 120)])])
    assert at(c, line(3, egress=[(2, 0)])).totals[0, 0, 0] == -1
    assert at(c, line(3, egress=[(2, 0)], change=[(1, 1, 30)])).totals[0, 0, 0] == 120
    assert at(c, line(3, egress=[(2, 0)], change=[(1, 1, 30)]), max_transfers=0).totals[0, 0, 0] == -1


def test_no_two_walks_in_a_row():
    c = runs(4, [(0, [(0, T0, T0), (1, T0 + 60, T0 + 60)]), (0, [(3, T0, T0 + 600), (2, T0 + 900, T0 + 900)])])
    links = line(4, egress=[(2, 0)], change=[(1, 2, 10), (2, 3, 10)])
    assert at(c, links).totals[0, 0, 0] == -1


def test_the_direct_way_is_taken_where_it_is_shorter():
    c = runs(2, [(0, [(0, T0, T0 + 60), (1, T0 + 300, T0 + 300)])])
    assert at(c, line(2, direct=299)).legs[:, 0, 0].tolist() == [299, 0, 0, 0, 0, 0]
    assert at(c, line(2, direct=300)).boardings[0, 0] == 1
    assert at(c, line(2, direct=HORIZON + 1, egress=())).totals[0, 0, 0] == -1


def test_beyond_the_horizon_is_not_reached():
    c = runs(2, [(0, [(0, T0, T0 + 60), (1, T0 + 300, T0 + 300)])])
    assert at(c, line(2, egress=[(1, 100)]), horizon_s=400).totals[0, 0, 0] == 400
    assert at(c, line(2, egress=[(1, 100)]), horizon_s=399).totals[0, 0, 0] == -1


def test_of_equal_arrivals_the_one_that_leaves_home_last():
    late_walk = runs(3, [(0, [(0, T0, T0 + 600), (2, T0 + 700, T0 + 700), (1, T0 + 900, T0 + 900)])])
    near_second = at(late_walk, line(3, access=[(0, 500), (2, 100)]))  # the same train, nearer at its second stop
    assert near_second.legs[:, 0, 0].tolist() == [100, 0, 600, 200, 0, 0]
    near_first = at(late_walk, line(3, access=[(0, 100), (2, 500)]))
    assert near_first.legs[:, 0, 0].tolist() == [100, 0, 500, 300, 0, 0]
    express = runs(2, [(0, [(0, T0, T0 + 60), (1, T0 + 900, T0 + 900)]), (0, [(0, T0, T0 + 360), (1, T0 + 900, T0 + 900)])])
    assert at(express, line(2)).legs[:, 0, 0].tolist() == [0, 0, 360, 540, 0, 0]


def test_an_informed_rider_waits_the_buffer_only_for_rare_trains():
    for headway, wait, delay in [(1800, 300, 600), (720, 900, 0), (0, 900, 0)]:
        c = runs(2, [(headway, [(0, T0, T0 + 900), (1, T0 + 1500, T0 + 1500)])])
        got = at(c, line(2), waiting=Waiting())
        assert (got.legs[2, 0, 0], got.schedule_delay[0, 0], got.totals[0, 0, 0]) == (wait, delay, wait + 600)
    assert journey(c, line(2), 0, 0, T0)[0].dep_s == T0


def served(frequencies: list[tuple[str, int, int]], *, draws: int, window_s: int, waiting: Waiting):
    """One line 0 → 1 of 600 s, its trips (trip, first second, headway) in one phase group; wait in seconds over the hour."""
    names = [name for name, _, _ in frequencies]
    calls = [(n, s, i, 0 + 600 * i, 0 + 600 * i) for n in names for i, s in enumerate("ab")]
    table = timetable(
        pd.DataFrame({"stop_id": ["a", "b"]}),
        pd.DataFrame({"trip_id": names, "phase_group": "trunk"}),
        pd.DataFrame(calls, columns=["trip_id", "stop_id", "stop_sequence", "arrival_s", "departure_s"]),
        pd.DataFrame([(n, a, 20 * 3600, h, 0) for n, a, h in frequencies], columns=["trip_id", "start_s", "end_s", "headway_s", "exact_times"]),
    )
    drawn = [draw(table, u, T0, T0 + 4 * 3600) for u in phases(table.groups, draws, 5)]
    return lane_matrix(drawn, line(2), departures(T0, window_s, 40, 3), waiting=waiting, horizon_s=2 * 3600)


def test_branches_of_one_group_halve_the_wait_on_the_trunk():
    h = 1080
    alone = served([("x", 5 * 3600, h)], draws=32, window_s=3600, waiting=RANDOM)
    both = served([("x", 5 * 3600, h), ("y", 5 * 3600 + h // 2, h)], draws=32, window_s=3600, waiting=RANDOM)
    assert alone.mean_legs[2, 0, 0] == pytest.approx(h / 2, rel=0.02)
    assert both.mean_legs[2, 0, 0] == pytest.approx(h / 4, rel=0.02)


def test_half_headway_is_what_random_waits_tend_to():
    drawn = served([("x", 5 * 3600, 900)], draws=64, window_s=0, waiting=RANDOM)
    said = served([("x", 5 * 3600, 900)], draws=4, window_s=0, waiting=Waiting(rule="half_headway"))
    assert said.totals[0, 0, 0] == 450 + 600
    assert said.schedule_delay[0, 0] == 0
    assert drawn.mean_s[0, 0] == pytest.approx(450 + 600, rel=0.01)


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
    for name in ("totals", "mean_s", "legs", "mean_legs", "schedule_delay", "boardings"):
        assert_array_equal(getattr(a, name), getattr(b, name), name)


def test_many_origins_in_blocks_equal_one_by_one():
    draws, links = city(11, 2)
    origins = np.random.default_rng(2).integers(0, 3, 200)
    rows = [list(zip(*(x[links.access.start[o] : links.access.start[o + 1]].tolist() for x in links.access[1:]), strict=True)) for o in origins]
    many = Links(
        access=csr(rows), entry_s=links.entry_s, gate_s=links.gate_s, change=links.change, egress=links.egress, direct_s=links.direct_s[origins]
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
        from test_scan import T0, line, runs
        from commute.routing.lane_blocks import run_blocks
        from commute.routing.scan import Waiting, lane_matrix
        for legs in (True, False):
            for k in (None, 1):
                lane_matrix([runs(2, [])], line(2), np.array([T0], np.int32), legs=legs, max_transfers=k, waiting=Waiting(rule="random"))
        print(sum(run_blocks.stats.cache_hits.values()), sum(run_blocks.stats.cache_misses.values()))
    """
    here = Path(__file__).parent
    paths = os.pathsep.join([*(str(p) for p in sys.path if p), str(here), str(here.parent)])
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0"], done.stderr


