"""The connection scan on cases that can be worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from commute.routing.sampling import departures, phases
from commute.routing.scan import Waiting, lane_matrix
from commute.routing.timetable import draw, timetable
from commute.routing.trace import journey
from transit_cities import HORIZON, RANDOM, T0, at, line, runs

pytestmark = pytest.mark.filterwarnings("error::numba.core.errors.NumbaWarning")


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
        pd.DataFrame(
            [(n, a, 20 * 3600, h, 0) for n, a, h in frequencies], columns=["trip_id", "start_s", "end_s", "headway_s", "exact_times"]
        ),
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
