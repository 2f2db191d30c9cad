from functools import partial

import numpy as np
import pytest

import commute as cm
from commute.errors import BadScenario, BadValue, Conflict
from commute.model.changes import Cell, EditRows
from tinytown import AS_OF


def test_opening_a_gap_builds_one_link(tiny):
    now = tiny.on(AS_OF)
    opened = now.apply(cm.OpenGap(gap="g_north"))
    assert "g_north" in opened.links.index and "g_north" not in now.links.index
    assert "g_north" not in opened.gaps.index and "g_north" in now.gaps.index
    assert opened.links.loc["g_north", "length_km"] == now.gaps.loc["g_north", "length_km"]
    assert opened.links.loc["g_north"].notna().sum() > 5


def test_opening_a_tied_gap_opens_its_link_and_builds_none(tiny):
    now = tiny.on(AS_OF)
    opened = now.apply(cm.OpenGap(gap="g_tied"))
    assert set(opened.links.index) - set(now.links.index) == {"l_planned"}


def test_opening_holds_from_its_date(tiny):
    opened = tiny.apply(cm.OpenGap(gap="g_north", from_date="2027-01-01"))
    assert "g_north" not in opened.on("2026-12-31").links.index
    assert "g_north" in opened.on("2027-01-01").links.index
    assert "g_north" in tiny.apply(cm.OpenGap(gap="g_north")).on("2017-01-02").links.index


def test_gaps_are_chosen_by_state_and_by_target(tiny):
    now = tiny.on(AS_OF)
    assert set(now.apply(cm.OpenGap(state=("planned", "building"))).gaps.index) == set()
    assert set(now.apply(cm.OpenGap(planned_until="2027-12-31")).gaps.index) == {"g_tied"}


def test_all_faults_come_at_once_and_nothing_is_applied(tiny):
    with pytest.raises(BadScenario) as caught:
        tiny.apply(
            cm.Scenario(
                name="bad",
                changes=[
                    cm.OpenGap(gap="g_nort"),
                    cm.SetHeadway(line="LX", windows=[cm.Window(start="07:00", end="09:00", headway_min=5)]),
                    cm.SetEntry(stop="nowhere", entry_min=3),
                ],
            )
        )
    text = str(caught.value)
    assert "bad: open_gap: no gap 'g_nort' (nearest: g_north, g_tied)" in text
    assert "bad: set_headway: no line 'LX'" in text and "bad: set_entry: no stop 'nowhere'" in text
    assert len(caught.value.findings) == 3


def test_an_expected_value_is_checked(tiny):
    value = tiny.constant("entry_metro_min")
    tiny.apply(cm.SetEntry(station_class="metro", entry_min=1, expect={"entry_min": value}))
    with pytest.raises(BadScenario, match=f"entry_min of metro is {value:g} on 2026-11-03, expected 9"):
        tiny.apply(cm.SetEntry(station_class="metro", entry_min=1, expect={"entry_min": 9}))


PEAK = [cm.Window(start="07:00", end="09:00", headway_min=5)]
ANY = "a number, a text, true, false or empty"


@pytest.mark.parametrize(
    ("make", "expect", "said"),
    [
        (partial(cm.SetHeadway, line="M1", windows=PEAK), {"headway_min": "ten"}, "headway_min is 'ten', must be a number"),
        (partial(cm.SetHeadway, line="M1", windows=PEAK), {"headway_min": None}, "headway_min is empty, must be a number"),
        (partial(cm.SetEntry, station_class="metro", entry_min=2), {"entry_min": None}, "entry_min is empty, must be a number"),
        (partial(cm.SetEntry, station_class="metro", entry_min=2), {"entry_min": True}, "entry_min is True, must be a number"),
        (partial(cm.RemoveService, line="M1"), {"runs_per_day": "x"}, "runs_per_day is 'x', must be a number"),
        (partial(cm.SetTimetable, line="M1", departures="8:00"), {"runs_per_day": []}, "runs_per_day is [], must be a number"),
        (partial(cm.SetDwell, line="M1", dwell_min=1), {"dwell_min": "x"}, "dwell_min is 'x', must be a number"),
        (partial(cm.ScaleRunTime, line="M1", factor=0.9), {"run_min": float("nan")}, "run_min is nan, must be a number"),
        (partial(cm.SetSpeed, link="l_bridge", factor=1.1), {"free_speed_kmh": [60]}, f"free_speed_kmh is [60], must be {ANY}"),
        (partial(cm.SetSpeed, link="l_bridge", factor=1.1), {"lanes": {"a": 1}}, f"lanes is {{'a': 1}}, must be {ANY}"),
        (partial(cm.LandUse, zone="z1", people=5), {"people": float("inf")}, f"people is inf, must be {ANY}"),
        (partial(cm.OpenGap, gap="g_north"), {"lanes": 10**400}, f"lanes is {10**400}, must be {ANY}"),
    ],
)
def test_what_nothing_can_have_is_not_expected(make, expect, said):
    with pytest.raises(BadValue) as caught:
        make(expect=expect)
    assert str(caught.value) == f"{make.func.kind}: expect: {said}"


def test_a_file_says_where_it_expects_what_nothing_can_have(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("name: s\nchanges:\n  - {kind: set_dwell, line: M1, dwell_min: 1, expect: {dwell_min: x}}\n")
    with pytest.raises(BadScenario) as caught:
        cm.read_scenario(path)
    assert str(caught.value) == "s.yaml:3:5: changes.0: set_dwell: expect: dwell_min is 'x', must be a number"
    with pytest.raises(BadValue, match="expect is 5, must be a mapping of names to values"):
        cm.SetDwell(line="M1", dwell_min=1, expect=5)


def test_rows_hold_what_a_cell_can():
    with pytest.raises(BadValue, match=r"edit_rows: fee_cny of park_ride x 2027 is \[2\], must be a number"):
        EditRows(table="park_ride", added=[{"stop_id": "x", "opens": "2027", "fee_cny": [2]}])
    with pytest.raises(BadValue, match=r"edit_rows: new lanes of link x is \[2\], must be a number"):
        EditRows(table="link", changed=[Cell(key="x", column="lanes", new=[2])])


@pytest.mark.parametrize(
    "change",
    [
        cm.SetSpeed(link=np.array(["l_bridge"]), factor=np.float64(1.1), expect={"lanes": np.int64(4)}),
        cm.AddParkRide(stop="i1", search_min=np.float64(2)),
        cm.ScaleRunTime(line="M1", factor=np.linspace(0.8, 1, 3)[1], cost=cm.Cost(amount_mcny=np.float32(5), price_year=np.int64(2025))),
        cm.AddStation(
            line="M1", stops=cm.NewStop(stop_id="x", name="x", lon=np.float64(112.95), lat=np.float32(28.5)), limit_km=np.int64(50)
        ),
        cm.SetHeadway(line="M1", windows=[cm.Window(start="07:00", end="09:00", headway_min=np.float64(4))], keep_outside=np.bool_(True)),
        cm.AddLine(line="X", line_class="bus", stops=["m1", "i4"], run_min=np.array([15]), dwell_min=np.int64(1), windows=PEAK),
        cm.SetFare(fare_id="f", year=np.int64(2025), line="M1", bands=[cm.FareBand(up_to_km=np.int64(9), price=np.float64(2))]),
        cm.Widen(where=cm.Where(polygon=np.array([[112.9, 28], [113.1, 28], [113.1, 28.2]]), query="lanes < 3"), lanes=np.int64(4)),
        EditRows(table="link", changed=[Cell(key="l_bridge", column="lanes", old=np.float64(4), new=np.int64(6))]),
    ],
    ids=lambda change: change.kind,
)
def test_numbers_of_numpy_are_written_and_read_back(change, tmp_path):
    scenario = cm.Scenario(name="s", changes=[change], cost=cm.Cost(amount_mcny=np.float64(9), price_year=2025))
    cm.write_scenario(scenario, tmp_path / "s.yaml")
    assert cm.read_scenario(tmp_path / "s.yaml") == scenario


def test_entry_is_set_for_a_class_or_one_stop(tiny):
    from commute.model.changes.stations import entry_minutes

    stop = tiny.table("stops").query("station_class == 'metro'")["stop_id"].iloc[0]
    net = tiny.apply(cm.SetEntry(stop=stop, entry_min=0.5))
    assert entry_minutes(net, "metro", stop) == 0.5
    assert entry_minutes(net, "metro") == tiny.constant("entry_metro_min")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cm.OpenGap(), "needs a gap id"),
        (lambda: cm.OpenGap(gap="a", state="open"), "and not both"),
        (lambda: cm.SetEntry(station_class="metro"), "needs entry_min or gate_min"),
        (lambda: cm.SetEntry(station_class="tram", entry_min=1), "'tram' is none of"),
        (lambda: cm.SetEntry(station_class="metro", entry_min=-1), "must be from 0 to 120"),
        (lambda: cm.Window(start="09:00", end="07:00", headway_min=5), "not after its start"),
        (lambda: cm.Window(start="07:00", end="09:00", headway_min=0), "must be from 0.5"),
        (lambda: cm.AddLink(link_id="x", from_node_id="a", to_node_id="b", length_km=-1, free_speed_kmh=50), "must be above 0"),
        (lambda: cm.AddLink(link_id="x", from_node_id="a", to_node_id="b", length_km=1, free_speed_kmh=np.nan), "must be from 1"),
        (lambda: cm.Scenario(name=" "), "needs a name"),
    ],
)
def test_a_change_is_valid_from_birth(make, message):
    with pytest.raises(BadValue, match=message):
        make()


def test_overlapping_windows_are_refused():
    a, b = cm.Window(start="07:00", end="09:00", headway_min=5), cm.Window(start="08:00", end="10:00", headway_min=5)
    with pytest.raises(BadValue, match="overlap"):
        cm.SetHeadway(line="L", windows=[a, b])


def test_two_changes_of_one_value_conflict(tiny):
    with pytest.raises(Conflict, match="both set entry_min of class metro"):
        tiny.apply(cm.SetEntry(station_class="metro", entry_min=1), cm.SetEntry(station_class="metro", entry_min=2))


def test_requires_and_excludes(tiny):
    a, b = cm.Scenario(name="a"), cm.Scenario(name="b", requires=("a",))
    with pytest.raises(BadScenario, match="scenario b: it requires 'a', which is not applied"):
        tiny.apply(b)
    assert tiny.apply(a).apply(b).scenarios == ("a", "b")
    with pytest.raises(BadScenario, match="excludes 'a'"):
        tiny.apply(a, cm.Scenario(name="c", excludes=("a",)))


def test_a_road_shorter_than_the_straight_line_is_refused(tiny):
    a, b = tiny.table("node")["node_id"].iloc[[0, -1]]
    with pytest.raises(BadScenario, match="shorter than the straight line"):
        tiny.apply(cm.AddLink(link_id="new", from_node_id=a, to_node_id=b, length_km=0.01, free_speed_kmh=50))
    net = tiny.apply(cm.AddLink(link_id="new", from_node_id=a, to_node_id=b, length_km=99, free_speed_kmh=50))
    assert net.links.loc["new", "length_km"] == 99
    assert not net.validate().query("level == 'error'").size


def test_a_project_opens_its_gaps(shipped):
    row = shipped.projects.loc["pj_qst"]
    assert "rg_qst" in row["gap_ids"]
    early = shipped.on("2022-05-11")
    assert "rg_qst" in early.gaps.index and "rg_qst" not in early.apply(row).gaps.index
    with pytest.raises(BadScenario, match="project pg_2020: it names no gap"):
        early.apply(shipped.projects.loc["pg_2020"])


def headways(net, line, direction):
    trips = net.running()["trips"].query("route_id == @line and direction_id == @direction")["trip_id"]
    rows = net.running()["frequencies"]
    return rows[rows["trip_id"].isin(trips)]


def test_a_number_of_a_row_is_no_text():
    for column, value, said in (("lanes", "many", "a number or empty"), ("directed", "perhaps", "true or false")):
        with pytest.raises(BadValue, match=f"edit_rows: new {column} of link l is '{value}', must be {said}"):
            cm.EditRows(table="link", changed=(cm.Cell(key=("l",), column=column, new=value),))
    with pytest.raises(BadValue, match="edit_rows: key of stop_times: stop_sequence is 'one', must be a number"):
        cm.EditRows(table="stop_times", added=({"trip_id": "t", "stop_sequence": "one"},))


def test_a_headway_is_set_in_its_window_and_kept_outside(tiny):
    now = tiny.on(AS_OF)
    line = now.running()["trips"].loc[lambda t: t["trip_id"].isin(now.running()["frequencies"]["trip_id"]), "route_id"].iloc[0]
    net = now.apply(cm.SetHeadway(line=line, windows=[cm.Window(start="07:00", end="09:00", headway_min=4)]))
    for direction in (0, 1):
        rows = headways(net, line, direction)
        inside = rows[rows["headway_basis"] == "set by a scenario"]
        assert (inside["headway_s"] == 240).all()
        assert sum(-(-(e - s) // h) for s, e, h in inside[["start_s", "end_s", "headway_s"]].itertuples(index=False)) == 30
        outside = rows[rows["headway_basis"] != "set by a scenario"]
        assert len(outside) and not ((outside["start_s"] < 9 * 3600) & (outside["end_s"] > 7 * 3600)).any()
    assert set(net.running()["stop_times"]["stop_id"]) == set(now.running()["stop_times"]["stop_id"])
    assert now == tiny.on(AS_OF)


def test_a_weekday_headway_leaves_the_weekend(tiny):
    window = cm.Window(start="07:00", end="09:00", headway_min=4, days="weekday")
    now = tiny.on(AS_OF)
    line = now.running()["trips"].loc[lambda t: t["trip_id"].isin(now.running()["frequencies"]["trip_id"]), "route_id"].iloc[0]
    net = now.apply(cm.SetHeadway(line=line, windows=[window]))
    assert (headways(net, line, 0)["headway_s"] == 240).any()
    saturday, before = net.on("2026-11-07"), tiny.on("2026-11-07")
    assert list(headways(saturday, line, 0)["headway_s"]) == list(headways(before, line, 0)["headway_s"])


def test_a_printed_line_can_be_given_a_headway(tiny):
    now = tiny.on(AS_OF)
    printed = now.running()["trips"].loc[lambda t: ~t["trip_id"].isin(now.running()["frequencies"]["trip_id"])]
    line, direction = printed[["route_id", "direction_id"]].iloc[0]
    window = cm.Window(start="00:00", end="23:30", headway_min=30)
    net = now.apply(cm.SetHeadway(line=line, direction=str(direction), windows=[window]))
    assert (headways(net, line, direction)["headway_s"] == 1800).all() and len(headways(net, line, direction)) == 47
