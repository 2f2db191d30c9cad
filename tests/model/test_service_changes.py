"""Changes of services: what each does to the trains of the day, the laws that all keep, and every refusal by its message."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import commute as cm
from commute.errors import BadScenario
from commute.model.changes.trains import best_shift
from commute.model.network import Network
from commute.model.tables import BY_NAME
from commute.routing.timetable import draw, timetable
from tinytown import AS_OF, seconds, tiny_layers, tiny_tables

pytestmark = pytest.mark.filterwarnings("ignore:no query on")  # a change for other days than the network's

PEAK = cm.Window(start="07:00", end="09:00", headway_min=10)
TOWN = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)
TODAY = TOWN.on(AS_OF)
HEADWAY = {
    "metro": cm.SetHeadway(line="M1", windows=[PEAK]),
    "in_turn": cm.SetHeadway(line="IC1", windows=[cm.Window(start="07:00", end="09:00", headway_min=5, days="weekday")]),
    "nothing_else": cm.SetHeadway(line="IC1", windows=[PEAK], keep_outside=False),
    "one_pattern": cm.SetHeadway(line="IC1", pattern="fast", windows=[PEAK]),
    "by_class": cm.SetHeadway(where=cm.Where(kind="metro"), windows=[PEAK], expect={"headway_min": 5}),
    "for_a_year": cm.SetHeadway(line="M1", windows=[PEAK], from_date="2026-01-01", to_date="2026-12-31"),
}
TIMETABLE = {
    "printed": cm.SetTimetable(line="M1", departures=["06:00", "06:20", "25:10:30"]),
    "like_a_trip": cm.SetTimetable(trip="ic_fast_1", departures=["7:00", "8:00"], days="weekday", expect={"runs_per_day": 90}),
    "besides": cm.SetTimetable(line="IC1", pattern="all", departures=["05:30"], keep_others=True),
    "from_next_year": cm.SetTimetable(line="M1", direction="0", departures=["06:00"], from_date="2027-01-01"),
}
REMOVE = {
    "line": cm.RemoveService(line="IC1", direction="0", expect={"runs_per_day": 91}),
    "pattern": cm.RemoveService(line="IC1", pattern="fast"),
    "trip": cm.RemoveService(trip="ic_0805"),
    "evening": cm.RemoveService(line="M1", windows=[cm.Span(start="20:00", end="24:00", days="weekend")]),
    "morning": cm.RemoveService(where=cm.Where(kind="intercity"), direction="0", windows=[cm.Span(start="08:00", end="08:30")]),
    "closed_for_a_month": cm.RemoveService(line="M1", from_date="2026-11-01", to_date="2026-11-30"),
}
SYNC = {
    "drawn": cm.SyncTimetables(line_a="M1", stop_a="m3", line_b="IC1", stop_b="i3", offset_min=15),
    "one_way": cm.SyncTimetables(line_a="IC1", stop_a="i3", line_b="M1", stop_b="m3", offset_min=6, direction="1", direction_a="0"),
}
KINDS = {
    f"{kind}_{name}": change
    for kind, every in (("headway", HEADWAY), ("timetable", TIMETABLE), ("remove", REMOVE), ("sync", SYNC))
    for name, change in every.items()
}


@pytest.fixture(params=sorted(KINDS))
def change(request):
    return KINDS[request.param]


def applied(net, *changes):
    """The network after changes, of which some say that headways are no multiples."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cm.CommuteWarning)
        return net.apply(*changes)


def departures(net, line, stop, way, phase=0.5):
    """When trains of a line leave a stop on the day under one phase, seconds."""
    frames = net.running()
    trips = frames["trips"].query("route_id == @line and direction_id == @way")
    table = timetable(frames["stops"], trips, frames["stop_times"], frames["frequencies"])
    run = draw(table, np.full(len(table.groups), phase), 0, 40 * 3600)
    return np.sort(run.dep_s[run.from_stop == table.stop_ids.index(stop)])


def served(net, line):
    frames = net.running()
    calls = frames["stop_times"].merge(frames["trips"].query("route_id == @line"), on="trip_id")
    return set(zip(calls["stop_id"], calls["direction_id"], strict=True))


# laws --------------------------------------------------------------------------------------------------------


def test_a_change_of_services_keeps_the_laws(change):
    before = TODAY.hash
    net = applied(TODAY, change)
    assert TODAY.hash == before and net.hash != before
    assert not net.validate().query("level == 'error'").size
    assert TODAY.apply(cm.diff(TODAY, net)) == net
    back = cm.invert(TODAY, cm.Scenario(name="s", changes=[change])) if not isinstance(change, cm.SyncTimetables) else cm.diff(net, TODAY)
    assert net.apply(back) == TODAY


@pytest.mark.parametrize("name", ["headway_for_a_year", "timetable_like_a_trip", "remove_evening", "sync_drawn"])
def test_a_network_with_it_comes_back_equal_from_files(name, tmp_path):
    net = applied(TODAY, KINDS[name])
    cm.write_network(net, tmp_path / "n")
    assert cm.read_network(tmp_path / "n").on(AS_OF) == net


def test_all_of_them_come_back_equal_from_a_scenario_file(tmp_path):
    scenario = cm.Scenario(name="s", changes=list(KINDS.values()))
    cm.write_scenario(scenario, tmp_path / "s.yaml")
    assert cm.read_scenario(tmp_path / "s.yaml") == scenario


def test_tables_stay_sorted_and_typed(change):
    net = applied(TODAY, change)
    for name in ("trips", "stop_times", "frequencies", "calendar"):
        frame, key = net.table(name), list(BY_NAME[name].key)
        assert frame.equals(frame.sort_values(key, ignore_index=True)) and not frame.duplicated(key).any(), name
        assert dict(frame.dtypes) == dict(TOWN.table(name).dtypes), name


def test_trains_of_other_lines_and_of_other_days_stay(change):
    net = applied(TODAY, change)
    other = {"M1": "IC1", "IC1": "M1"}[change.chosen(TODAY)[0]]
    if not isinstance(change, cm.SyncTimetables):
        stop = {"M1": "m2", "IC1": "i1"}[other]
        assert_allclose(departures(net, other, stop, 0), departures(TODAY, other, stop, 0))
    for day in ("2019-06-04", "2031-01-07", *(["2025-12-30", "2027-01-05"] if change.to_date == "2026-12-31" else [])):
        frames, old = net.on(day).running(), TOWN.on(day).running()
        assert (
            len(frames["trips"]) == len(old["trips"]) and frames["frequencies"]["headway_s"].sum() == old["frequencies"]["headway_s"].sum()
        )


# headways ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(HEADWAY))
@pytest.mark.parametrize("direction", ["both", "0", "1"])
def test_a_headway_keeps_the_served_stops_of_both_directions(name, direction):
    from dataclasses import replace

    change = replace(HEADWAY[name], direction=direction, expect=None)
    line = change.chosen(TODAY)[0]
    assert served(TODAY.apply(change), line) == served(TODAY, line)


@settings(max_examples=8)
@given(headway=st.integers(5, 120), hours=st.integers(1, 4), first=st.sampled_from(["fast", "slow"]))
def test_a_stop_keeps_a_train_however_few_run(headway, hours, first):
    """Two patterns, of which each alone serves one of the stops; the one that comes first would take all turns."""
    tables = tiny_tables()
    calls = tables["stop_times"]
    tables["stop_times"] = calls[~((calls["trip_id"] == "ic_all_0") & (calls["stop_id"] == "i2"))]
    rows = tables["frequencies"]
    late = rows["trip_id"] == ("ic_all_0" if first == "fast" else "ic_fast_0")
    tables["frequencies"] = rows.assign(start_s=rows["start_s"].mask(late, seconds("15:00")))
    for name in ("trips", "stop_times"):
        tables[name] = tables[name][tables[name]["trip_id"] != "ic_0805"]
    town = Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF)
    assert {("i2", 0), ("i3", 0)} <= served(town, "IC1")
    window = cm.Window(start="12:00", end=f"{12 + hours}:00", headway_min=headway)
    change = cm.SetHeadway(line="IC1", direction="0", windows=[window], keep_outside=False)
    if hours * 60 > headway:
        assert served(town.apply(change), "IC1") == served(town, "IC1")
        return
    with pytest.raises(BadScenario) as caught:
        town.apply(change)
    lost = "i3" if first == "fast" else "i2"
    assert str(caught.value) == (
        f"set_headway: no train would serve {lost}: 1 train of this headway cannot serve all stops that are served now"
    )


def expected_wait_s(net, line, stop, way, start_s, end_s):
    """Mean wait of riders who come evenly in a span, over phases: exact but for the grid of phases."""
    waits = []
    for phase in (np.arange(12) + 0.5) / 12:
        leaves = np.unique(departures(net, line, stop, way, phase))
        edges = np.concatenate([[start_s], leaves[(leaves > start_s) & (leaves < end_s)], [end_s]])
        following = leaves[np.searchsorted(leaves, edges[:-1], side="right")]
        waits.append((((following - edges[:-1]) ** 2 - (following - edges[1:]) ** 2) / 2).sum() / (end_s - start_s))
    return float(np.mean(waits))


@settings(max_examples=8)
@given(
    place=st.sampled_from([("M1", "m1", 0), ("IC1", "i1", 0), ("IC1", "i4", 1)]),
    start=st.integers(7, 12),
    hours=st.integers(1, 6),
    headway=st.integers(2, 30),
    longer=st.integers(1, 15),
)
def test_a_shorter_headway_never_raises_the_expected_wait(place, start, hours, headway, longer):
    line, stop, way = place
    waits = []
    for minutes in (headway, headway + longer):
        window = cm.Window(start=f"{start:02d}:00", end=f"{start + hours}:00", headway_min=minutes)
        net = TODAY.apply(cm.SetHeadway(line=line, direction=str(way), windows=[window]))
        waits.append(expected_wait_s(net, line, stop, way, start * 3600, (start + hours) * 3600))
    assert waits[0] <= waits[1] * 1.005  # where both give as many trains, the last of them may stand otherwise to the next window


def test_a_shorter_headway_lowers_the_mean_journey_of_a_query():
    profile = cm.TRANSIT.but(wait="random", depart="08:00", window_min=30, draws=32, count="station_to_station")
    means = []
    for minutes in (3, 5, 9):
        window = cm.Window(start="07:00", end="09:30", headway_min=minutes)
        net = TODAY.apply(cm.SetHeadway(line="M1", windows=[window]))
        means.append(cm.travel_times(net, ["m1"], ["m4"], profile=profile).mean_s[0, 0])
    assert means == sorted(means)
    assert_allclose(np.diff(means), [60, 120], atol=6)  # half of each headway


def test_lines_named_together_take_turns_and_lines_selected_are_set_each_by_itself(shipped):
    net = shipped.on("2026-11-03")
    window = cm.Window(start="10:00", end="11:00", headway_min=6)
    lines = ("CZT_IC_ZZ", "CZT_IC_XT")
    together = net.apply(cm.SetHeadway(line=lines, windows=[window]))
    each = net.apply(cm.SetHeadway(where=cm.Where(ids=lines), windows=[window]))

    def trains(after):
        rows = after.running()["frequencies"].query("headway_basis == 'set by a scenario'").merge(after.table("trips"), on="trip_id")
        return rows.query("direction_id == 0").groupby("route_id").size().to_dict()

    assert trains(together) == {"CZT_IC_XT": 5, "CZT_IC_ZZ": 5}
    assert trains(each) == {"CZT_IC_XT": 10, "CZT_IC_ZZ": 10}


def test_a_window_in_which_no_train_reaches_the_shared_stop_changes_nothing_and_says_so(shipped):
    now = shipped.on("2026-11-03")
    trunk = ("CZT_IC_ZZ", "CZT_IC_XT")
    with pytest.warns(cm.CommuteWarning, match="no query on 2026-11-03 sees"):
        assert now.apply(cm.SetHeadway(line=trunk, windows=(cm.Window(start="00:00", end="00:01", headway_min=5),))) == now


def test_windows_of_weekdays_and_weekends_hold_on_their_days():
    windows = [cm.Window(start="07:00", end="09:00", headway_min=m, days=days) for m, days in ((4, "weekday"), (12, "weekend"))]
    for day in ("2026-11-03", "2026-11-07"):
        net = TOWN.on(day).apply(cm.SetHeadway(line="M1", windows=windows))
        for then, trains in (("2026-11-05", 30), ("2026-11-08", 10)):
            leaves = departures(net.on(then), "M1", "m1", 0)
            assert ((leaves >= seconds("7:00")) & (leaves < seconds("9:00"))).sum() == trains


def test_a_headway_holds_for_its_days_only_and_leaves_today_as_it_is():
    change = cm.SetHeadway(line="M1", windows=[PEAK], from_date="2027-03-01", to_date="2027-03-31")
    net = applied(TODAY, change)
    for day, trains in (("2027-02-28", 24), ("2027-03-01", 12), ("2027-03-31", 12), ("2027-04-01", 24)):
        leaves = departures(net.on(day), "M1", "m1", 0)
        assert ((leaves >= seconds("7:00")) & (leaves < seconds("9:00"))).sum() == trains
    assert net.running()["frequencies"].equals(TODAY.running()["frequencies"])


# timetables --------------------------------------------------------------------------------------------------


def test_a_printed_timetable_replaces_every_train_to_the_minute():
    net = TODAY.apply(TIMETABLE["printed"])
    for way, stop in ((0, "m1"), (1, "m4")):
        for phase in (0.0, 0.7):
            assert list(departures(net, "M1", stop, way, phase)) == [6 * 3600, 6 * 3600 + 1200, 25 * 3600 + 630]
    runs = TODAY.running()["stop_times"].query("trip_id == 'm_0'")["arrival_s"].to_numpy()
    made = net.running()["stop_times"].query("trip_id == 'm_0~0620'")["arrival_s"].to_numpy()
    assert (np.diff(made) == np.diff(runs)).all()
    assert set(net.running()["trips"].query("route_id == 'M1'")["confidence"]) == {"assumed"}


def test_a_timetable_like_a_trip_replaces_its_direction_on_its_days():
    net = TODAY.apply(TIMETABLE["like_a_trip"])
    assert list(departures(net, "IC1", "i4", 1)) == [7 * 3600, 8 * 3600]
    assert len(departures(net, "IC1", "i1", 0)) == len(departures(TODAY, "IC1", "i1", 0))
    assert len(departures(net.on("2026-11-07"), "IC1", "i4", 1)) == len(departures(TODAY, "IC1", "i4", 1))


def test_a_timetable_beside_the_others_adds_trains():
    net = TODAY.apply(TIMETABLE["besides"])
    assert len(departures(net, "IC1", "i1", 0)) == len(departures(TODAY, "IC1", "i1", 0)) + 1
    twice = net.apply(cm.SetTimetable(line="IC1", trip="ic_all_0", departures=["05:30"], keep_others=True))
    assert len(departures(twice, "IC1", "i1", 0)) == len(departures(net, "IC1", "i1", 0)) + 1


# removal -----------------------------------------------------------------------------------------------------


def test_no_train_leaves_in_a_window_that_is_taken_away():
    net = TODAY.apply(REMOVE["morning"])
    for phase in (0.01, 0.4, 0.99):
        old, new = departures(TODAY, "IC1", "i1", 0, phase), departures(net, "IC1", "i1", 0, phase)
        assert not ((new >= seconds("8:00")) & (new < seconds("8:30"))).any()
        assert set(old[old < seconds("8:00")]) == set(new[new < seconds("8:00")])
    assert "ic_0805" not in set(net.running()["trips"]["trip_id"])


def test_trains_of_a_weekend_evening_go_and_those_of_the_week_stay():
    net = TODAY.apply(REMOVE["evening"])
    assert_allclose(departures(net, "M1", "m1", 0), departures(TODAY, "M1", "m1", 0))
    assert departures(net.on("2026-11-08"), "M1", "m1", 0).max() < seconds("20:00")


def test_exact_rows_keep_the_minutes_of_the_trains_that_stay():
    tables = tiny_tables()
    tables["frequencies"].loc[tables["frequencies"]["trip_id"].isin(["m_0", "m_1"]), "exact_times"] = 1
    town = Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF)
    net = town.apply(cm.RemoveService(line="M1", windows=[cm.Span(start="7:01", end="7:12")]))
    old, new = departures(town, "M1", "m1", 0), departures(net, "M1", "m1", 0)
    assert sorted(set(old) - set(new)) == [seconds("7:05"), seconds("7:10")] and not set(new) - set(old)


def test_a_removed_line_is_not_ridden():
    profile = cm.TRANSIT.but(depart="08:00", count="station_to_station")
    net = TODAY.apply(cm.RemoveService(line="M1"))
    assert np.isfinite(cm.travel_times(TODAY, ["m1"], ["m4"], profile=profile).to_frame()["minutes"][0])
    assert "M1" not in set(net.running()["trips"]["route_id"])


# meetings ----------------------------------------------------------------------------------------------------


def arrivals(net, line, stop, way, phases):
    frames = net.running()
    table = timetable(frames["stops"], frames["trips"], frames["stop_times"], frames["frequencies"])
    luck = np.array([phases.get(name, 0.37) for name in table.groups])
    run = draw(table, luck, 0, 40 * 3600)
    of = frames["trips"].set_index("trip_id").loc[list(table.trip_ids)]
    mine = ((of["route_id"] == line) & (of["direction_id"] == way)).to_numpy()[run.template][run.trip]
    k = table.stop_ids.index(stop)
    return np.sort(run.arr_s[mine & (run.to_stop == k)]), np.sort(run.dep_s[mine & (run.from_stop == k)])


def with_headways(metro_min, train_min):
    tables = tiny_tables()
    rows = tables["frequencies"]
    rows = rows[
        ~rows["trip_id"].str.startswith("ic_fast") & ~((rows["trip_id"].str.startswith("m_")) & (rows["start_s"] > seconds("7:00")))
    ]
    metro = rows["trip_id"].str.startswith("m_")
    tables["frequencies"] = rows.assign(
        headway_s=(metro_min * 60 * metro + train_min * 60 * ~metro).astype("int64"), end_s=seconds("21:30"), start_s=seconds("6:30")
    )
    for name in ("trips", "stop_times"):
        tables[name] = tables[name][~tables[name]["trip_id"].isin(["ic_0805", "ic_fast_0", "ic_fast_1"])]
    return Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF)


@settings(max_examples=8)
@given(
    headways=st.sampled_from([(5, 5), (5, 10), (10, 5), (4, 20), (15, 15), (20, 10)]),
    offset=st.integers(0, 25),
    phase=st.floats(0, 1, exclude_max=True),
    way=st.sampled_from([0, 1]),
)
def test_multiples_always_meet_whatever_the_phase(headways, offset, phase, way):
    town = with_headways(*headways)
    change = cm.SyncTimetables(
        line_a="M1", stop_a="m3", line_b="IC1", stop_b="i3", offset_min=offset, min_transfer_min=0, direction=str(way)
    )
    net = applied(town, change)
    group = net.table("trips").set_index("trip_id").at[f"m_{way}", "phase_group"]
    comes = arrivals(net, "M1", "m3", way, {f"group {group}": phase})[0]
    leaves = arrivals(net, "IC1", "i3", way, {f"group {group}": phase})[1]
    met = np.isin(leaves, comes + offset * 60)
    assert met.sum() >= min(len(leaves), len(comes)) - 2  # but at the ends of the day
    assert abs(len(leaves) - len(arrivals(town, "IC1", "i3", way, {})[1])) <= 1
    before = departures(town, "IC1", "i1", way, 0.0) if way == 0 else departures(town, "IC1", "i4", way, 0.0)
    after = departures(net, "IC1", "i1" if way == 0 else "i4", way, 0.0)
    assert len(after) == len(before) and (np.abs(after - before) <= 60 * min(headways)).all()
    assert comes.tolist() == [at for at in arrivals(town, "M1", "m3", way, {f"trip m_{way}": phase})[0]]


def test_the_shift_is_the_least_with_which_most_meet():
    at, aims = np.array([0, 600, 1200]), np.array([50, 690, 1290])
    assert best_shift(at, aims, 300, 0) == (90, 2)
    assert best_shift(at, np.array([-100, 500, 700, 1100, 1300]), 300, 0) == (100, 2)  # three would meet, were the first not before 0
    assert best_shift(at, np.array([10_000]), 300, 0) == (0, 0)


def test_headways_that_are_no_multiples_warn_with_the_share_that_meets():
    town = with_headways(8, 12)
    change = cm.SyncTimetables(line_a="M1", stop_a="m3", line_b="IC1", stop_b="i3", offset_min=15, direction="0")
    told = (
        "sync_timetables: line IC1 at i3 and line M1 at m3 do not always meet: 50% of the rarer line's trains where headways are"
        " 8 and 12 min in direction 0"
    )
    with pytest.warns(cm.CommuteWarning) as caught:
        net = town.apply(change)
    assert [str(one.message) for one in caught] == [told]
    comes, leaves = arrivals(net, "M1", "m3", 0, {})[0], arrivals(net, "IC1", "i3", 0, {})[1]
    assert np.isin(leaves, comes + 900).sum() == 37 and len(leaves) == 75


@pytest.mark.filterwarnings("ignore:sync_timetables")
def test_a_line_can_be_synchronised_anew():
    """Trips of the first time, copies among them that take turns, are copied once more under other names."""
    early = cm.Window(start="06:00", end="08:10", headway_min=6)
    metro, train = ([early, cm.Window(start="08:10", end="11:00", headway_min=h)] for h in (13, 4))
    town = TODAY.apply(cm.SetHeadway(line="M1", windows=metro), cm.SetHeadway(line="IC1", windows=train))
    for offset in (18, 20):
        sync = cm.SyncTimetables(line_a="M1", stop_a="m3", line_b="IC1", stop_b="i3", offset_min=offset, direction="1")
        town, before = town.apply(sync), town
        assert not town.validate().query("level == 'error'").size
        assert before.apply(cm.diff(before, town)) == town


def test_riders_who_lose_their_timetable_by_it_are_told_of():
    town = with_headways(5, 20)
    change = cm.SyncTimetables(line_a="M1", stop_a="m3", line_b="IC1", stop_b="i3", offset_min=15)
    told = (
        "sync_timetables: riders who begin on line IC1 are taken to come at random, for it is drawn in the steps of line M1, and only"
        " above 12 min do riders know the timetable"
    )
    with pytest.warns(cm.CommuteWarning) as caught:
        net = town.apply(change)
    assert [str(one.message) for one in caught] == [told]
    profile = cm.TRANSIT.but(depart="08:00", count="station_to_station", draws=16)
    before, after = (cm.travel_times(each, ["i1", "m1"], ["i4"], profile=profile).mean_s[:, 0] / 60 for each in (town, net))
    assert after[0] > before[0] + 5  # what the warning is about: they wait at random for a train every 20 minutes
    assert after[1] < before[1] - 1  # who changes gains


def printed_town(*, metro=("07:00", "07:30", "08:00"), train=("07:05", "07:52")):
    town = TODAY.apply(cm.SetTimetable(line="M1", departures=metro), cm.SetTimetable(trip="ic_all_0", departures=train))
    return town


def test_printed_trains_move_each_to_its_own_connection():
    town = printed_town()
    comes = arrivals(town, "M1", "m3", 0, {})[0]
    net = town.apply(cm.SyncTimetables(line_a="M1", stop_a="m3", line_b="IC1", stop_b="i3", offset_min=15, direction="0"))
    leaves = arrivals(net, "IC1", "i3", 0, {})[1]
    assert set(leaves) <= set(comes + 900) and len(leaves) == 2
    assert (np.abs(leaves - arrivals(town, "IC1", "i3", 0, {})[1]) <= 1410).all()  # half of the 47 minutes between the two


def test_trains_by_headway_are_printed_where_they_meet_a_printed_line():
    town = TODAY.apply(cm.SetTimetable(line="IC1", trip="ic_all_0", departures=["7:00", "7:30", "8:00", "8:30"]))
    net = town.apply(
        cm.SyncTimetables(line_a="IC1", stop_a="i3", line_b="M1", stop_b="m3", offset_min=6, min_transfer_min=2, direction="0")
    )
    comes = arrivals(net, "IC1", "i3", 0, {})[0]
    for phase in (0.0, 0.6):
        leaves = arrivals(net, "M1", "m3", 0, {"trip m_0": phase})[1]
        assert np.isin(comes + 360, leaves).mean() == 1.0
