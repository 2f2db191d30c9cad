"""Timetables: what runs when under a draw, and that the order of rows does not matter."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from commute.errors import BadValue, UnknownId
from commute.routing.sampling import departures, phases
from commute.routing.timetable import Connections, draw, timetable

DAY = (0, 200_000)
HOUR = 3600


def stops(*ids: str) -> pd.DataFrame:
    return pd.DataFrame({"stop_id": list(ids)})


def trips(**groups: str) -> pd.DataFrame:
    return pd.DataFrame({"trip_id": list(groups), "phase_group": list(groups.values())})


def calls(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """Rows (trip, stop, arrival, departure); the sequence is the order of rows."""
    frame = pd.DataFrame(rows, columns=["trip_id", "stop_id", "arrival_s", "departure_s"])
    return frame.assign(stop_sequence=frame.groupby("trip_id").cumcount())


def windows(*rows: tuple[str, int, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["trip_id", "start_s", "end_s", "headway_s", "exact_times"])


def listed(c: Connections) -> list[tuple[int, ...]]:
    return list(zip(*(x.tolist() for x in (c.from_stop, c.to_stop, c.dep_s, c.arr_s)), strict=True))


AB = calls(("x", "a", 0, 10), ("x", "b", 110, 130), ("x", "c", 230, 230))


def test_a_trip_without_headway_runs_as_printed():
    table = timetable(stops("a", "b", "c"), trips(x=""), AB)
    c = draw(table, np.empty(0), *DAY)
    assert listed(c) == [(0, 1, 10, 110), (1, 2, 130, 230)]
    assert c.headway_s.tolist() == [0]
    assert table.groups == ()


@pytest.mark.parametrize(("phase", "first"), [(0.0, 1000), (0.5, 1150), (0.999, 1299)])
def test_a_headway_trip_leaves_its_first_stop_in_the_window(phase, first):
    table = timetable(stops("a", "b", "c"), trips(x=""), AB, windows(("x", 1000, 2000, 300, 0)))
    c = draw(table, np.array([phase]), *DAY)
    starts = [dep for a, _, dep, _ in listed(c) if a == 0]
    assert starts == list(range(first, 2000, 300))
    assert [arr - dep for a, _, dep, arr in listed(c) if a == 0] == [100] * len(starts)
    assert c.headway_s.tolist() == [300] * len(starts)


def test_exact_times_run_from_the_start_and_count_as_printed():
    table = timetable(stops("a", "b", "c"), trips(x=""), AB, windows(("x", 1000, 2000, 300, 1)))
    c = draw(table, np.empty(0), *DAY)
    assert [dep for a, _, dep, _ in listed(c) if a == 0] == [1000, 1300, 1600, 1900]
    assert set(c.headway_s.tolist()) == {0}


def test_a_window_of_one_headway_is_one_train():
    table = timetable(stops("a", "b", "c"), trips(x=""), AB, windows(("x", 1000, 4600, 3600, 0)))
    for phase in (0.0, 0.3, 0.99999):
        assert len(draw(table, np.array([phase]), *DAY).headway_s) == 1


def test_trips_of_a_group_share_their_phase():
    both = pd.concat([AB, AB.assign(trip_id="y")])
    table = timetable(stops("a", "b", "c"), trips(x="trunk", y="trunk"), both, windows(("x", 0, 9000, 1080, 0), ("y", 540, 9540, 1080, 0)))
    assert table.groups == ("group trunk",)
    c = draw(table, np.array([0.37]), *DAY)
    starts = np.sort([dep for a, _, dep, _ in listed(c) if a == 0])
    assert set(np.diff(starts)) == {540}


def test_a_shut_stop_is_passed_and_the_run_keeps_its_times():
    table = timetable(stops("b", "c"), trips(x=""), AB, windows(("x", 1000, 1300, 300, 0)))
    assert listed(draw(table, np.array([0.0]), *DAY)) == [(0, 1, 1120, 1220)]  # still counted from stop a
    through = timetable(stops("a", "c"), trips(x=""), AB)
    assert listed(draw(through, np.empty(0), *DAY)) == [(0, 1, 10, 230)]


def test_only_departures_in_the_span_are_kept():
    table = timetable(stops("a", "b", "c"), trips(x=""), AB, windows(("x", 0, 20 * HOUR, 300, 0)))
    whole = draw(table, np.array([0.4]), *DAY)
    part = draw(table, np.array([0.4]), 5000, 9000)
    assert listed(part) == [row for row in listed(whole) if 5000 <= row[2] < 9000]


def test_trains_after_midnight_run_on():
    late = windows(("x", 23 * HOUR, 26 * HOUR, 1800, 0))
    c = draw(timetable(stops("a", "b", "c"), trips(x=""), AB, late), np.array([0.0]), 23 * HOUR, 30 * HOUR)
    assert c.dep_s.max() == 26 * HOUR - 1800 + 120


def test_hops_of_no_time_stay_in_the_order_of_the_run():
    rows = calls(("x", "c", 60, 60), ("x", "b", 60, 60), ("x", "a", 60, 60), ("x", "d", 120, 120))
    c = draw(timetable(stops("a", "b", "c", "d"), trips(x=""), rows), np.empty(0), *DAY)
    assert listed(c) == [(2, 1, 60, 60), (1, 0, 60, 60), (0, 3, 60, 120)]


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter(seed):
    luck = np.random.default_rng(seed)
    names = [f"t{i}" for i in range(6)]
    rows = []
    for name in names:
        now = int(luck.integers(0, 500))
        for stop in luck.permutation(list("abcde"))[: luck.integers(2, 6)]:
            rows.append((name, stop, now, now + 30))
            now += 30 + int(luck.integers(0, 3)) * 60
    frames = [
        stops(*"abcde"),
        trips(**{name: str(luck.choice(["", "g", "h"])) for name in names}),
        calls(*rows),
        windows(*((name, 0, HOUR, 600, 0) for name in names[:4]), (names[0], HOUR, 2 * HOUR, 300, 0)),
    ]
    shuffled = [frame.iloc[luck.permutation(len(frame))] for frame in frames]
    first, second = timetable(*frames), timetable(*shuffled)
    assert first.groups == second.groups
    u = phases(first.groups, 1, 3)[0]
    a, b = draw(first, u, *DAY), draw(second, u, *DAY)
    for name in ("from_stop", "to_stop", "dep_s", "arr_s", "trip", "headway_s", "template"):
        assert_array_equal(getattr(a, name), getattr(b, name), name)
    assert_array_equal(np.lexsort((a.trip, a.arr_s, a.dep_s)), np.arange(len(a)))  # sorted, ties by run


def test_ids_in_the_index_do_as_well():
    table = timetable(stops("a", "b", "c").set_index("stop_id"), trips(x="").set_index("trip_id"), AB)
    assert table.trip_ids == ("x",)


def test_no_trips_at_all():
    table = timetable(stops("a"), trips(), calls())
    assert len(draw(table, np.empty(0), *DAY)) == 0


def test_faults_are_named():
    with pytest.raises(BadValue, match=r"^stop times go back on 1 trips: x$"):
        timetable(stops("a", "b"), trips(x=""), calls(("x", "a", 0, 100), ("x", "b", 90, 120)))
    with pytest.raises(BadValue, match=r"^headway_s must be above 0 on 1 trips: x$"):
        timetable(stops("a", "b", "c"), trips(x=""), AB, windows(("x", 0, 100, 0, 0)))
    with pytest.raises(UnknownId, match=r"^no trip with stop times 'x1' \(nearest: x\)$"):
        timetable(stops("a", "b", "c"), trips(x="", x1=""), AB)
    with pytest.raises(BadValue, match=r"^trip_id is given twice: x$"):
        timetable(stops("a", "b", "c"), pd.concat([trips(x=""), trips(x="")]), AB)
    with pytest.raises(BadValue, match=r"^phases have shape \(2,\), must be \(0,\)$"):
        draw(timetable(stops("a", "b", "c"), trips(x=""), AB), np.zeros(2), *DAY)


@given(st.integers(1, 70), st.integers(0, 10**6))
@settings(max_examples=30)
def test_each_phase_is_spread_evenly_over_the_draws(draws, seed):
    u = phases(("a", "b"), draws, seed)
    assert u.shape == (draws, 2)
    for column in u.T:
        assert sorted(np.floor(column * draws)) == list(range(draws))
    assert ((u >= 0) & (u < 1)).all()


def test_phases_depend_on_seed_and_name_alone():
    u = phases(("a", "b", "c"), 16, 1)
    assert_array_equal(u, phases(("a", "b", "c"), 16, 1))
    assert_array_equal(u[:, [0, 2]], phases(("a", "c"), 16, 1))  # a scenario without b leaves a and c as they were
    assert not np.array_equal(u, phases(("a", "b", "c"), 16, 2))
    assert not np.array_equal(u[:, 0], u[:, 1])


@given(st.integers(0, 86_400), st.integers(0, 7200), st.integers(1, 128), st.integers(0, 10**6))
@settings(max_examples=50)
def test_departures_are_spread_evenly_over_the_window(depart_s, window_s, lanes, seed):
    t = departures(depart_s, window_s, lanes, seed)
    if window_s == 0:
        assert t.tolist() == [depart_s]
        return
    assert len(t) == lanes
    assert depart_s <= t[0] and t[-1] < depart_s + window_s
    assert (np.abs(np.diff(t) - window_s / lanes) <= 1).all()


def test_a_draw_of_twenty_thousand_connections_is_quick():
    names = [f"t{i:03d}" for i in range(200)]
    rows = [(n, f"s{(i * 7 + j) % 150:03d}", j, 120 * j, 120 * j) for i, n in enumerate(names) for j in range(20)]
    stop_times = pd.DataFrame(rows, columns=["trip_id", "stop_id", "stop_sequence", "arrival_s", "departure_s"])
    frequencies = windows(*((n, 6 * HOUR, 23 * HOUR, 2400, 0) for n in names))
    table = timetable(stops(*(f"s{i:03d}" for i in range(150))), trips(**dict.fromkeys(names, "")), stop_times, frequencies)
    u = phases(table.groups, 8, 1)
    took = []
    for row in u:
        begin = time.perf_counter()
        c = draw(table, row, 7 * HOUR, 10 * HOUR + 1200)
        took.append(time.perf_counter() - begin)
    assert 15_000 < len(c) < 25_000
    assert min(took) < 0.02  # measured 0.003; the bound is loose, since machines are shared
