"""What changes of services refuse, each by its whole message, and which of them conflict."""

import re
import warnings
from functools import partial

import pytest

import commute as cm
from commute.errors import BadScenario, BadValue, Conflict
from commute.model.network import Network
from tinytown import AS_OF, tiny_layers, tiny_tables

TODAY = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF).on(AS_OF)
PEAK = (cm.Window(start="07:00", end="09:00", headway_min=10),)
headway = partial(cm.SetHeadway, line="M1", windows=PEAK)
timetable = partial(cm.SetTimetable, line="M1", departures=["8:00"])
remove = partial(cm.RemoveService, line="M1")
sync = partial(cm.SyncTimetables, line_a="M1", stop_a="m3", line_b="IC1", stop_b="i3", offset_min=15)
run = partial(cm.ScaleRunTime, line="IC1")
dwell = partial(cm.SetDwell, line="IC1")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(headway, line=""), "set_headway needs a line (or where) and at least one window"),
        (partial(headway, windows=[]), "set_headway needs a line (or where) and at least one window"),
        (partial(headway, direction="2"), "set_headway: direction '2' is none of both, 0, 1"),
        (partial(headway, expect={"headway": 5}), "set_headway: expect 'headway' is not headway_min"),
        (partial(cm.Window, start="9:00", end="7:00", headway_min=5), "window: it ends at 7:00, not after its start 9:00"),
        (partial(cm.Window, start="7:00", end="9:00", headway_min=0), "window: headway_min is 0, must be from 0.5 to 720 minutes"),
        (partial(timetable, line=""), "set_timetable needs a line or a trip, and at least one departure"),
        (partial(timetable, departures=[]), "set_timetable needs a line or a trip, and at least one departure"),
        (
            partial(timetable, departures=["8:00", "7:59"]),
            "set_timetable: departure 7:59 does not come after the one before it: give them in order, each once",
        ),
        (partial(timetable, departures=["30:01"]), "set_timetable: departure 30:01 is outside the service day, 00:00 to 30:00"),
        (partial(timetable, departures=["8.00"]), "set_timetable: departure '8.00' is not HH:MM or HH:MM:SS"),
        (partial(timetable, days="sunday"), "set_timetable: days 'sunday' is none of all, weekday, weekend"),
        (partial(timetable, where=cm.Where(ids=("M1",))), "set_timetable: where has no meaning for it"),
        (partial(remove, line=()), "remove_service needs a line, a trip or where"),
        (partial(remove, expect={"runs": 1}), "remove_service: expect 'runs' is not runs_per_day"),
        (partial(cm.Span, start="9:00", end="4:00"), "window: it ends at 4:00, not after its start 9:00"),
        (partial(cm.Span, start="9:00", end="31:00"), "window 31:00 is outside the service day, 00:00 to 30:00"),
        (partial(sync, offset_min=-1), "sync_timetables: offset_min is -1, must be from 0 to 120 minutes"),
        (partial(sync, min_transfer_min=20), "sync_timetables: min_transfer_min is 20, must be from 0 to offset_min, 15"),
        (
            partial(sync, line_b="M1", stop_b="m3"),
            "sync_timetables: a line cannot wait for itself in one direction: say direction and direction_a",
        ),
        (
            partial(sync, line_b=("IC1", "M1"), direction="0", direction_a="0", from_date="2027-05-01"),
            "sync_timetables: a line cannot wait for itself in one direction: say direction and direction_a",
        ),
        (
            partial(sync, line_b="M1", direction_a="1"),
            "sync_timetables: a line cannot wait for itself in one direction: say direction and direction_a",
        ),
        (partial(sync, direction_a="2"), "sync_timetables: direction_a '2' is none of same, 0, 1"),
        (partial(sync, line_b=""), "sync_timetables needs line_a, stop_a, line_b and stop_b"),
        (partial(run, line="", factor=0.9), "scale_run_time needs a line, or where"),
        (partial(run, factor=0), "scale_run_time: factor is 0, must be above 0, at most 10"),
        (partial(run, factor=float("nan")), "scale_run_time: factor is nan, must be above 0, at most 10"),
        (partial(run, factor=0.9, minutes=1), "scale_run_time needs a factor or minutes, and not both"),
        (run, "scale_run_time needs a factor or minutes, and not both"),
        (partial(run, factor=0.9, from_stop="i1"), "scale_run_time needs two stops for a stretch, or none for the whole course"),
        (partial(run, factor=0.9, expect={"minutes": 9}), "scale_run_time: expect 'minutes' is not run_min"),
        (partial(dwell, line=(), dwell_min=1), "set_dwell needs a line, or where"),
        (dwell, "set_dwell needs dwell_min or change_min, and not both"),
        (partial(dwell, dwell_min=-0.5), "set_dwell: dwell_min is -0.5, must be from 0 to 60 minutes"),
        (partial(dwell, dwell_min=1, change_min=1), "set_dwell needs dwell_min or change_min, and not both"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_birth(make, message):
    with pytest.raises(BadValue) as caught:
        make()
    assert str(caught.value) == message


DAY = "2026-11-03"


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        (headway(line="M2"), ["no line 'M2' (nearest: M1)"]),
        (headway(line="M1", from_date="2015-01-01", to_date="2015-12-31"), ["line M1 does not run on 2015-12-31"]),
        (headway(line="IC1", pattern="express"), [f"pattern express of line IC1 runs in one direction only on {DAY}: say direction 0"]),
        (headway(line="IC1", pattern="fsat"), [f"line IC1 has no pattern 'fsat' on {DAY} (nearest: fast): it has all, express, fast"]),
        (headway(pattern="fast"), [f"line M1 has no pattern 'fast' on {DAY}: its trips name none"]),
        (headway(expect={"headway_min": 7}), [f"headway_min of line M1 in direction {k} is 5 on {DAY}, expected 7" for k in (0, 1)]),
        (
            headway(line=("M1", "IC1")),
            [f"line {a} shares no stop with {b}: set it by a change of its own" for a, b in (("IC1", "M1"), ("M1", "IC1"))],
        ),
        (headway(line="", where=cm.Where(kind="bus")), ["where: no line of class 'bus'"]),
        (timetable(line="M9"), ["no line 'M9' (nearest: M1)"]),
        (
            timetable(line="IC1", pattern=("all", "fast"), direction="1"),
            [f"line IC1 in direction 1 on {DAY}: its trips serve 2 different rows of stops: name the trip to copy (ic_all_1, ic_fast_1)"],
        ),
        (timetable(line="", trip="ic_fats_0"), ["no trip 'ic_fats_0' (nearest: ic_fast_0, ic_fast_1, ic_all_0)"]),
        (timetable(line="", trip="ic_old_0"), [f"trip ic_old_0 is none of line IC1 on {DAY} (nearest: ic_all_0, ic_fast_0, ic_0805)"]),
        (timetable(line="", trip="ic_all_0", direction="1"), ["trip ic_all_0 runs in direction 0, not 1"]),
        (timetable(expect={"runs_per_day": 10}), [f"runs_per_day of line M1 is 267 on {DAY}, expected 10"]),
        (remove(line="M"), ["no line 'M' (nearest: M1)"]),
        (remove(trip="m_3"), ["no trip 'm_3' (nearest: m_1, m_0)"]),
        (remove(trip="ic_0805"), [f"trip ic_0805 is not among those selected on {DAY}"]),
        (remove(windows=[cm.Span(start="3:00", end="4:00")]), ["no train of line M1 leaves from 3:00 to 4:00 (all days)"]),
        (sync(stop_a="m9"), ["no stop 'm9' (nearest: m4, m3, m2)"]),
        (sync(line_a="M9"), ["no line 'M9' (nearest: M1)"]),
        (sync(stop_a="m1"), [f"no train of line M1 arrives at m1 on {DAY} for line IC1 in direction 0"]),
        (sync(stop_b="m3"), [f"no train of line IC1 leaves m3 in direction {k} on {DAY}" for k in (0, 1)]),
        (sync(offset_min=5), ["offset_min is 5, but the change from m3 to i3 takes 14 min: give a longer one, or min_transfer_min"]),
        (run(line="IC", factor=0.9), ["no line 'IC' (nearest: IC1)"]),
        (run(factor=0.9, from_stop="i1", to_stop="j4"), ["no stop 'j4' (nearest: m4, i4)"]),
        (
            run(factor=0.9, from_stop="i1", to_stop="m2"),
            [f"no train of line IC1 calls at both ends of i1–m2 on {DAY}: it calls at i1, i4, i2, i3"],
        ),
        (
            run(factor=0.9, pattern="fast", from_stop="i2", to_stop="i1"),
            [f"line IC1 runs i2–i1 in one direction only on {DAY}: say direction 0"],
        ),
        (run(minutes=-20, pattern="fast"), [f"hop i{a}–i{b} of trip ic_fast_{k} would take {s} s, must be at least 1" for k, a, b, s in ((0, 1, 2, -180), (1, 4, 3, -180))]),  # noqa: E501
        (run(factor=0.9, expect={"run_min": 20}), [f"run_min of line IC1 is 15 on {DAY}, expected 20"]),
        (
            run(line="M1", factor=0.3, direction="0"),
            [
                f"trip m_0: hop m{k}–m{k + 1} of {km} km in 54 s is {kmh} km/h, metro runs at most 100"
                for k, km, kmh in ((1, 2.3, 154), (2, 3.2, 213), (3, 2.1, 137))
            ],
        ),
        (dwell(stop="i9", dwell_min=1), ["no stop 'i9' (nearest: i4, i3, i2)"]),
        (dwell(stop="m2", dwell_min=1), [f"line IC1 does not call at m2 on {DAY}: it calls at i1, i4, i2, i3"]),
        (dwell(stop="i1", dwell_min=1), ["i1 is the first or last stop of every train of line IC1: its dwell there holds nobody up"]),
        (dwell(stop="i2", dwell_min=1, pattern="fast"), [f"line IC1 stands at i2 in one direction only on {DAY}: say direction 0"]),
        (
            dwell(stop="i2", change_min=-2, direction="1"),
            ["trip ic_all_1 stands 1 min at i2: change_min -2 would make it negative"],
        ),
        (
            dwell(line="M1", stop="m2", dwell_min=1, expect={"dwell_min": 1}),
            ["expected dwell_min 1, but it is 0.5 at m2 of trip m_0, 0.5 at m2 of trip m_1"],
        ),
    ],
)  # fmt: skip
def test_what_the_network_does_not_bear_is_refused_by_its_whole_message(change, messages):
    with pytest.raises(BadScenario) as caught:
        TODAY.apply(change)
    assert caught.value.findings == tuple(f"{change.kind}: {one}" for one in messages)


def test_a_printed_line_is_not_synchronised_both_ways_nor_to_drawn_minutes():
    town = TODAY.apply(timetable())
    with pytest.raises(BadScenario) as caught:
        town.apply(sync())
    assert caught.value.findings == tuple(
        f"sync_timetables: line M1 runs as printed in direction {way} on {DAY}, which cannot be synchronised both ways: say direction"
        for way in (0, 1)
    )
    with pytest.raises(BadScenario) as caught:
        town.apply(sync(line_a="IC1", stop_a="i3", line_b="M1", stop_b="m3", direction="0"))
    assert caught.value.findings == (
        "sync_timetables: line M1 runs as printed, but the minutes of line IC1 are drawn: synchronise line IC1 to it instead",
    )


FASTER = (cm.Window(start="08:00", end="10:00", headway_min=4),)


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        (headway(), headway(windows=FASTER), "set_headway and set_headway both set departures of line M1, direction 0, weekday 08:00"),
        (headway(), timetable(), "set_headway and set_timetable both set departures of line M1, direction 0, weekday 07:00"),
        (
            headway(),
            remove(windows=[cm.Span(start="8:30", end="9:30")]),
            "remove_service and set_headway both set departures of line M1, direction 0, weekday 08:30",
        ),
        (
            headway(line="IC1", pattern="fast"),
            headway(line="IC1", windows=FASTER),
            "set_headway and set_headway both set departures of line IC1 fast, direction 0, weekday 08:00",
        ),
        (dwell(dwell_min=2), dwell(stop="i2", dwell_min=3), "set_dwell and set_dwell both set dwell of line IC1 all, direction 0 at i2"),
        (sync(), sync(offset_min=20), "sync_timetables and sync_timetables both set phase of line IC1, direction 0"),
    ],
)
def test_two_that_set_one_thing_conflict(a, b, told):
    with pytest.raises(Conflict) as caught, warnings.catch_warnings(action="ignore", category=cm.CommuteWarning):
        TODAY.apply(a, b)
    assert told in [re.sub(r"change \d ", "", one) for one in caught.value.findings]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (headway(direction="0"), headway(direction="1", windows=FASTER)),
        (headway(line="IC1", pattern="fast"), headway(line="IC1", pattern="all", windows=FASTER)),
        (headway(), headway(windows=[cm.Window(start="9:00", end="10:00", headway_min=4)])),
        (headway(to_date="2026-12-31"), headway(from_date="2027-01-01", windows=FASTER)),
        (run(factor=0.9), run(factor=1.2)),
        (dwell(change_min=1), dwell(stop="i2", change_min=0.5)),
    ],
)
def test_what_differs_in_direction_pattern_hours_or_days_and_factors_do_not_conflict(a, b):
    with warnings.catch_warnings(action="ignore", category=cm.CommuteWarning):
        assert TODAY.apply(a, b) == TODAY.apply(b, a)


def test_a_window_ends_with_the_service_day():
    with pytest.raises(BadValue, match=r"^window: 99:00 is after 30:00, the end of the service day$"):
        cm.Window(start="25:00", end="99:00", headway_min=5)
    assert cm.Window(start="25:00", end="30:00", headway_min=5).end_s == 108_000


def test_a_road_does_not_lead_to_the_other_end_of_the_world():
    road = cm.AddLink(link_id="n1", from_node_id="n11", to_point=(28.2, 62.9), new_nodes=True, free_speed_kmh=60)
    with pytest.raises(BadScenario, match=r"km apart, a road has at most 1,000: are lon and lat swapped\?"):
        Network(tiny_tables(), tiny_layers(), as_of=AS_OF).apply(road)
