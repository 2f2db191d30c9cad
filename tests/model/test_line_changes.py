"""Changes of where lines run: what each does to rides, the laws that all keep, and every refusal by its message."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commute as cm
from commute.errors import BadScenario, BadValue, Conflict
from commute.model.changes.courses import courses_of
from commute.model.changes.limits import DETOUR, FASTEST_KMH, LIMIT_KMH, STOP_MIN, limit_kmh
from commute.model.changes.links import straight_km
from commute.model.network import Network
from commute.model.tables import BY_NAME, STATION_CLASSES
from commute.routing import run_times
from tinytown import AS_OF, seconds, tiny_layers, tiny_tables

TOWN = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)
TODAY = TOWN.on(AS_OF)
PEAK = cm.Window(start="07:00", end="9:00", headway_min=5, days="weekday")
ALL_DAY = cm.Window(start="06:00", end="22:00", headway_min=6)
FAR = cm.NewStop(stop_id="x1", name="远站", name_en="Far", lon=113.30, lat=28.10)
FARTHER = cm.NewStop(stop_id="x2", name="更远站", lon=113.40, lat=28.10, station_class="bus", city="Xiangtan", parent_station="p_far")
NEAR = cm.NewStop(stop_id="x3", name="近站", lon=113.03, lat=28.10)
HALF = cm.TRANSIT.but(wait="half_headway")


def line(**more):
    """A metro of three stops, two of them far beyond the town."""
    usual = {"line": "X", "line_class": "metro", "stops": ["m4", FAR, FARTHER], "run_min": [20, 8], "dwell_min": 0.5, "windows": ALL_DAY}
    return cm.AddLine(**{**usual, **more})


ADD = {
    "far": line(name="远线", name_en="Far line"),
    "inside": line(stops=["m1", "i4"], run_min=15, line_class="bus", both_directions=False),
    "by_speed": line(run_min=(), speed_kmh=60, dwell_min=None, phase_group="ic"),
    "by_days": line(windows=[PEAK, cm.Window(start="9:00", end="20:00", headway_min=9)]),
    "for_a_year": line(dwell_min=[0, 1, 0], from_date="2026-01-01", to_date="2026-12-31"),
    "from_next_year": line(from_date="2027"),
}  # fmt: skip
EXTEND = {
    "end": cm.ExtendLine(line="M1", from_stop="m4", stops=[NEAR, FAR], run_min=[2, 20], dwell_min=[1, 0]),
    "start": cm.ExtendLine(line="M1", to_stop="m1", stops="i1", speed_kmh=40, dwell_min=0.5),
    "curtailed": cm.ExtendLine(line="IC1", pattern="all", from_stop="i3"),
    "curtailed_start": cm.ExtendLine(line="IC1", pattern="all", to_stop="i2"),
    "rerouted": cm.ExtendLine(line="M1", from_stop="m1", stops=["i2"], to_stop="m3", run_min=[4, 5], expect={"run_min": 10}),
    "straight": cm.ExtendLine(where=cm.Where(kind="metro"), from_stop="m1", to_stop="m3", run_min=4),
    "new_end": cm.ExtendLine(line="IC1", pattern="all", from_stop="i2", stops=["m3"], run_min=[6]),
    "one_way": cm.ExtendLine(line="IC1", pattern="express", direction="0", from_stop="i1", stops=["i2"], to_stop="i4", run_min=[6, 8]),
    "from_next_year": cm.ExtendLine(line="M1", from_stop="m4", stops=[NEAR], run_min=2, from_date="2027-01-01"),
    "for_a_month": cm.ExtendLine(line="M1", to_stop="m2", from_date="2026-11-01", to_date="2026-11-30"),
}
KINDS = {f"{kind}_{name}": change for kind, every in (("add", ADD), ("extend", EXTEND)) for name, change in every.items()}


@pytest.fixture(params=sorted(KINDS))
def change(request):
    return KINDS[request.param]


def course(net, trip):
    return courses_of(net, [trip])[trip]


def minutes(net, a, b, profile=HALF):
    return cm.travel_times(net, [a], [b], profile=profile).to_frame().iloc[0]


# laws --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:no query on 2026-11-03 sees:commute.CommuteWarning")
def test_a_change_of_lines_keeps_the_laws(change, tmp_path):
    before = TODAY.hash
    net = TODAY.apply(change)
    assert TODAY.hash == before and net.hash != before
    assert TODAY.apply(cm.diff(TODAY, net)) == net
    assert net.apply(cm.invert(TODAY, cm.Scenario(name="s", changes=[change]))) == TODAY
    cm.write_network(net, tmp_path / "n")
    assert cm.read_network(tmp_path / "n").on(AS_OF) == net  # which it refuses where a check finds an error
    scenario = cm.Scenario(name="s", changes=[change])
    cm.write_scenario(scenario, tmp_path / "s.yaml")
    assert cm.read_scenario(tmp_path / "s.yaml") == scenario
    for name in ("routes", "stops", "trips", "stop_times", "frequencies", "calendar", "source"):
        frame, key = net.table(name), list(BY_NAME[name].key)
        assert frame.equals(frame.sort_values(key, ignore_index=True)) and not frame.duplicated(key).any(), name
        assert dict(frame.dtypes) == dict(TOWN.table(name).dtypes), name


def test_the_reverse_direction_mirrors_the_forward(change):
    if not getattr(change, "both_directions", change.direction == "both"):
        pytest.skip("one way")
    net = TODAY.on("2028-06-01" if change.from_date.startswith("2027") else AS_OF).apply(change)
    trips = net.running()["trips"]
    patterns = getattr(change, "pattern", ()) or ("", "all_stops")
    trips = trips[trips["route_id"].isin(change.chosen(net)) & trips["pattern"].isin(patterns)]
    found = courses_of(net, trips["trip_id"])
    forth, back = ({found[one].stops for one in trips.loc[trips["direction_id"] == k, "trip_id"]} for k in (0, 1))
    assert forth == {stops[::-1] for stops in back} and forth


# adding a line -----------------------------------------------------------------------------------------------


def test_a_new_line_beyond_the_bounds_is_ridden():
    """A new line outside the original bounds must have an effect; no road leads there."""
    net = TODAY.apply(line())
    assert minutes(TODAY, (113.40, 28.10), (113.30, 28.10))["reason"] == "no stop within reach of the origin"
    out = minutes(net, (113.40, 28.10), (113.30, 28.10), HALF.but(entry_min=4))
    assert tuple(out[["entry_min", "wait_min", "ride_min", "egress_min", "minutes"]]) == (4, 3, 8, 2, 17)
    back = minutes(net, "m1", (113.40, 28.10), HALF.but(count="in_vehicle"))
    assert back["ride_min"] == 10 + 20 + 0.5 + 8
    legs = cm.journeys(net, (113.40, 28.10), "z1", profile=cm.TRANSIT)
    assert list(legs.loc[legs["leg"] == "ride", "route_id"]) == ["X", "M1"]


def test_the_rides_of_a_line_within_the_town_take_their_stated_minutes():
    net = TODAY.apply(line(stops=["i1", "m4"], run_min=[9], windows=[cm.Window(start="06:00", end="22:00", headway_min=2)]))
    out = minutes(net, "i1", "m4")
    assert (out["wait_min"], out["ride_min"]) == (1, 9)
    assert out["minutes"] < minutes(TODAY, "i1", "m4")["minutes"]


def test_run_times_by_speed_are_straight_lines_times_the_detour():
    net = TODAY.apply(ADD["by_speed"])
    place = TODAY.stops.loc["m4", ["lon", "lat"]]
    first = straight_km(*place, FAR.lon, FAR.lat) * DETOUR["metro"]
    made = course(net, "X_0")
    assert made.run_s == (round(first * 60), round(straight_km(113.30, 28.10, 113.40, 28.10) * DETOUR["metro"] * 60))
    assert made.dwell_s == (0, round(STOP_MIN["metro"][0] * 60), 0)
    assert list(net.table("trips").set_index("trip_id").loc[["X_0", "X_1"], "phase_group"]) == ["ic_0", "ic_1"]


def test_a_constant_gives_the_dwell_where_none_is_said():
    tables = tiny_tables()
    tables["constant"].loc[0, ["name", "central"]] = ["metro_dwell_min", 0.9]
    net = Network.from_tables(tables, tiny_layers(), AS_OF).apply(ADD["by_speed"])
    assert course(net, "X_0").dwell_s == (0, 54, 0)


def test_a_line_runs_on_the_days_of_its_windows():
    net = TODAY.apply(ADD["by_days"])
    windows = {
        day: net.on(day).running()["frequencies"].query("trip_id.str.startswith('X_')")[["start_s", "end_s", "headway_s"]].drop_duplicates()
        for day in ("2026-11-03", "2026-11-07")
    }
    peak, rest = (seconds("7:00"), seconds("9:00"), 300), (seconds("9:00"), seconds("20:00"), 540)
    assert windows["2026-11-03"].to_records(index=False).tolist() == [peak, rest]
    assert windows["2026-11-07"].to_records(index=False).tolist() == [rest]
    only = TODAY.apply(line(windows=cm.Window(start="07:00", end="9:00", headway_min=5, days="weekend")))
    assert "X" not in set(only.running()["trips"]["route_id"])
    assert "X" in set(only.on("2026-11-08").running()["trips"]["route_id"])


def test_a_line_runs_between_its_dates():
    net = TODAY.apply(ADD["for_a_year"])
    for day, runs in (("2025-12-31", False), ("2026-01-01", True), ("2026-12-31", True), ("2027-01-01", False)):
        there = net.on(day)
        assert ("X" in set(there.running()["trips"]["route_id"])) == runs
        assert ("x1" in there.stops.index) == runs
    with pytest.warns(cm.CommuteWarning, match=r"add_line X \(begins on 2027-12-31\)"):
        later = TODAY.apply(ADD["from_next_year"])
    assert "X" not in set(later.on("2027-12-30").running()["trips"]["route_id"])
    assert "X" in set(later.on("2027-12-31").running()["trips"]["route_id"])


def test_a_new_stop_has_the_class_of_the_line_and_the_city_of_the_nearest_zone_unless_it_says_so():
    stops = TODAY.apply(line()).stops
    assert tuple(stops.loc["x1", ["stop_name", "stop_name_en", "station_class", "city"]]) == ("远站", "Far", "metro", "Zhuzhou")
    assert tuple(stops.loc["x2", ["station_class", "city", "parent_station"]]) == ("bus", "Xiangtan", "p_far")
    assert set(stops.loc[["x1", "x2"], "source_id"]) == {"scenario"}


def test_two_lines_may_name_the_same_new_stop():
    net = TODAY.apply(line(), line(line="Y", stops=[FAR, "m1"], run_min=[25]))
    assert net.stops.index.tolist().count("x1") == 1
    assert set(net.table("routes")["route_id"]) == {"X", "Y", "M1", "IC1"}
    other = cm.NewStop(stop_id="x1", name="远站", lon=113.31, lat=28.10)
    with pytest.raises(BadScenario, match=r"^change 1 add_line and change 2 add_line cannot both be applied: the id 'x1' is taken"):
        TODAY.apply(line(), line(line="Y", stops=[other, "m1"], run_min=[25]))


def test_walks_to_a_new_stop_cross_the_river_by_the_bridge_alone():
    stop = cm.NewStop(stop_id="m9", name="东岸", lon=112.985, lat=28.115)
    net = TODAY.apply(line(stops=[stop, "i4"], run_min=[12]))
    on_foot = cm.TRANSIT.but(access_modes=("walk",), egress_modes=("walk",), max_access_min=120, wait="half_headway")
    west, east = (minutes(net, (lon, 28.115), "i4", on_foot)["access_min"] for lon in (112.975, 112.995))
    straight = {
        lon: straight_km(lon, 28.115, 112.985, 28.115) * net.constant("walk_detour") / net.constant("walk_kmh") * 60
        for lon in (112.975, 112.995)
    }
    assert east == pytest.approx(straight[112.995], abs=0.1)
    assert west > 1.5 * straight[112.975]


@settings(max_examples=15)
@given(
    st.lists(st.sampled_from(["m1", "m2", "m3", "m4", "i1", "i3", "i4"]), min_size=2, max_size=5, unique=True),
    st.integers(10, 40),
    st.integers(4, 20),
)
def test_a_line_more_never_raises_an_expected_time(stops, run, headway):
    net = TODAY.apply(
        line(stops=stops, run_min=[run] * (len(stops) - 1), windows=cm.Window(start="05:00", end="23:00", headway_min=headway))
    )
    ask = HALF.but(window_min=0, draws=4)
    before, after = (cm.travel_times(one, ["z1", "z3", "z5"], profile=ask).matrix().fillna(np.inf).to_numpy() for one in (TODAY, net))
    assert (after <= before).all()


# lengthening, curtailing, rerouting ----------------------------------------------------------------------------


def test_trains_run_on_beyond_the_end_and_back():
    net = TODAY.apply(EXTEND["end"])
    assert course(net, "m_0").stops == ("m1", "m2", "m3", "m4", "x3", "x1")
    assert course(net, "m_0").run_s == (180, 180, 180, 120, 1200)
    assert course(net, "m_0").dwell_s == (0, 30, 30, 60, 60, 0)
    assert course(net, "m_1") == course(net, "m_0").reversed()
    ride = HALF.but(count="in_vehicle")
    for a, b in (("m1", "x1"), ("x1", "m1")):
        assert minutes(net, a, b, ride)["ride_min"] == 10 + 1 + 2 + 1 + 20
    assert minutes(net, "m1", "m4", ride)["ride_min"] == 10
    assert list(net.table("trips").set_index("trip_id").loc[["m_0", "m_1"], "trip_headsign"]) == ["远站", ""]


def test_trains_pass_the_stops_that_are_kept_when_they_did():
    net = TODAY.apply(EXTEND["end"])
    old, new = (one.table("frequencies").set_index("trip_id")["start_s"] for one in (TODAY, net))
    assert (new["m_0"] == old["m_0"]).all()
    assert ((old["m_1"] - new["m_1"]) == 1200 + 60 + 120 + 60).all()  # from x1, so as to leave m4 as before
    cut = TODAY.apply(EXTEND["curtailed_start"]).table("frequencies").set_index("trip_id")["start_s"]
    assert (cut["ic_all_0"] == old["ic_all_0"] + 480).all() and (cut["ic_all_1"] == old["ic_all_1"]).all()
    assert course(TODAY.apply(EXTEND["one_way"]), "ic_0805").start_s == seconds("8:05")


def test_trains_of_one_phase_stay_even_where_all_of_them_stop():
    """Pattern `all` is led over m2 on its way to i2, where both patterns stop: its windows there stay as they were."""
    longer = cm.ExtendLine(line="IC1", pattern="all", from_stop="i3", stops=["m4"], to_stop="i4", run_min=[5, 6], dwell_min=1)
    old, new = (one.table("frequencies").set_index("trip_id")["start_s"] for one in (TODAY, TODAY.apply(longer)))
    assert (new["ic_all_0"] == old["ic_all_0"]).all()  # i1 is shared
    assert (new["ic_all_1"] == old["ic_all_1"]).all()  # so is i4
    begun = cm.ExtendLine(line="IC1", pattern="all", to_stop="i1", stops=["m1"], run_min=[5], dwell_min=1)
    new = TODAY.apply(begun).table("frequencies").set_index("trip_id")["start_s"]
    assert (new["ic_all_0"] == old["ic_all_0"] - 360).all() and (new["ic_fast_0"] == old["ic_fast_0"]).all()


def test_a_curtailed_line_ends_where_it_is_said():
    net = TODAY.apply(EXTEND["curtailed"])
    assert course(net, "ic_all_0").stops == ("i1", "i2", "i3") and course(net, "ic_all_1").stops == ("i3", "i2", "i1")
    assert course(net, "ic_all_0").dwell_s == (0, 60, 0)
    assert run_times(net, "i3", "i4").empty and not run_times(TODAY, "i3", "i4").empty
    assert list(net.table("trips").set_index("trip_id").loc[["ic_all_0", "ic_all_1"], "trip_headsign"]) == ["i3站", ""]


def test_a_rerouted_line_keeps_its_ends():
    net = TODAY.apply(EXTEND["rerouted"])
    assert course(net, "m_0").stops == ("m1", "i2", "m3", "m4") and course(net, "m_0").run_s == (240, 300, 180)
    assert course(net, "m_0").dwell_s == (0, round(60 * STOP_MIN["metro"][0]), 30, 0)
    assert run_times(net, "m1", "m4")["minutes"].iloc[0] == (240 + 42 + 300 + 30 + 180) / 60
    assert list(net.table("trips").set_index("trip_id").loc[["m_0", "m_1"], "shape_id"]) == ["", ""]
    assert run_times(TODAY.apply(EXTEND["straight"]), "m1", "m4")["minutes"].iloc[0] == 4 + 0.5 + 3


RING = line(line="RING", stops=["m1", "m2", "m3", "m4", "m1"], run_min=[5, 5, 5, 12])


@pytest.mark.parametrize(
    ("change", "there", "leaves"),
    [
        ({"from_stop": "m1", "stops": "i4", "run_min": 9}, "m1 m2 m3 m4 m1 i4", (360, 350.5)),
        ({"to_stop": "m1", "stops": "i4", "run_min": 9}, "i4 m1 m2 m3 m4 m1", (350.5, 360)),
        ({"from_stop": "m3"}, "m1 m2 m3", (360, 378)),
        ({"to_stop": "m2"}, "m2 m3 m4 m1", (365.5, 360)),
        ({"from_stop": "m4", "stops": "i4", "to_stop": "m1", "run_min": [5, 9]}, "m1 m2 m3 m4 i4 m1", (360, 360)),
        ({"from_stop": "m1", "stops": "i2", "to_stop": "m1", "run_min": [9, 9]}, "m1 i2 m1", (360, 360)),
    ],
)
def test_a_ring_is_lengthened_cut_and_led_elsewhere(change, there, leaves):
    """Trains leave their first stop of those kept when they did; minutes of the first trains of both directions."""
    net = TODAY.apply(RING).apply(cm.ExtendLine(line="RING", dwell_min=0.5 if change.get("stops") else None, **change))
    stops = tuple(there.split())
    assert (course(net, "RING_0").stops, course(net, "RING_1").stops) == (stops, stops[::-1])
    starts = net.table("frequencies").set_index("trip_id")["start_s"]
    assert (starts["RING_0"] / 60, starts["RING_1"] / 60) == leaves


def test_only_a_ring_comes_back_to_the_stop_where_it_was_left():
    with pytest.raises(BadScenario) as caught:
        TODAY.apply(cm.ExtendLine(line="M1", from_stop="m2", to_stop="m2", stops="i2", run_min=[3, 3]))
    assert str(caught.value) == (
        "extend_line: from_stop and to_stop are both m2, where line M1 calls once: only a ring comes back to a stop"
    )


def test_an_extension_holds_on_its_days():
    net = TODAY.apply(EXTEND["for_a_month"])
    stops = {
        day: {one.stops for one in courses_of(net, net.on(day).running()["trips"].query("route_id == 'M1'")["trip_id"]).values()}
        for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01")
    }
    assert stops["2026-10-31"] == stops["2026-12-01"] == {("m1", "m2", "m3", "m4"), ("m4", "m3", "m2", "m1")}
    assert stops["2026-11-01"] == stops["2026-11-30"] == {("m2", "m3", "m4"), ("m4", "m3", "m2")}


@settings(max_examples=15)
@given(st.permutations(["i1", "i2", "i3", "i4"]), st.integers(1, 3), st.integers(8, 30), st.integers(0, 5))
def test_lengthening_and_cutting_back_gives_the_old_rides(stops, n, run, dwell):
    longer = cm.ExtendLine(line="M1", from_stop="m4", stops=stops[:n], run_min=[run] * n, dwell_min=dwell)
    net = TODAY.apply(longer).apply(cm.ExtendLine(line="M1", from_stop="m4"))
    for table in ("stop_times", "frequencies"):
        assert net.table(table).equals(TODAY.table(table))


# refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: line(line=""), "add_line needs a line: the id of the new route"),
        (lambda: line(line_class="tram"), "add_line: line_class 'tram' is none of metro, maglev, intercity, conventional, high_speed, bus"),
        (lambda: line(stops=["m4"]), "add_line: stops: a line needs at least 2, there is 1"),
        (lambda: line(stops=[]), "add_line: stops: a line needs at least 2, there are none"),
        (lambda: line(run_min=[20]), "add_line: run_min has 1 values, there are 2 hops from m4 to x2"),
        (lambda: line(speed_kmh=50), "add_line needs run_min or speed_kmh, and not both"),
        (lambda: line(run_min=()), "add_line needs run_min or speed_kmh, and not both"),
        (lambda: line(run_min=[20, np.nan]), "add_line: run_min is nan, must be from 0.1 to 600 minutes"),
        (lambda: line(run_min=(), speed_kmh=-1), "add_line: speed_kmh is -1, must be above 0"),
        (lambda: line(run_min=(), speed_kmh=400), "add_line: speed_kmh is 400, metro runs at most 100"),
        (lambda: line(dwell_min=-1), "add_line: dwell_min is -1, must be from 0 to 60 minutes"),
        (lambda: line(dwell_min=[1, 1]), "add_line: dwell_min has 2 values for 3 stops"),
        (lambda: line(stops=["m4", "m4", FAR]), "add_line: stop m4 stands twice in a row"),
        (lambda: line(windows=[]), "add_line needs at least one window: when it runs and how often"),
        (lambda: line(windows=[ALL_DAY, ALL_DAY]), "add_line: windows 06:00–22:00 and 06:00–22:00 overlap"),
        (lambda: line(where=cm.Where(kind="metro")), "add_line: where has no meaning for it"),
        (lambda: cm.NewStop(stop_id="", name="x", lon=113, lat=28), "a new stop needs a stop_id and a name"),
        (lambda: cm.NewStop(stop_id="x", name="x", lon=113, lat=np.nan), "stop x: (113, nan) is not (lon, lat) in degrees"),
        (
            lambda: cm.NewStop(stop_id="x", name="x", lon=113, lat=28, station_class="tram"),
            "stop x: class 'tram' is none of metro, maglev, intercity, conventional, high_speed, bus",
        ),
        (lambda: cm.ExtendLine(from_stop="m4", stops=["i1"], run_min=[3]), "extend_line needs a line, or where"),
        (
            lambda: cm.ExtendLine(line="M1", stops=["i1"], run_min=[3]),
            "extend_line needs from_stop, to_stop or both: where the line leaves its course and comes back",
        ),
        (lambda: cm.ExtendLine(line="M1", from_stop="m4", stops=["m4"], run_min=[3]), "extend_line: stop m4 stands twice in a row"),
        (lambda: cm.ExtendLine(line="M1", from_stop="m2", to_stop="m2", run_min=[3]), "extend_line: stop m2 stands twice in a row"),
        (
            lambda: cm.ExtendLine(line="M1", from_stop="m3", run_min=[3]),
            "extend_line: there is no new hop, so run_min and speed_kmh have no meaning",
        ),
        (lambda: cm.ExtendLine(line="M1", from_stop="m3", stops=["i1"]), "extend_line needs run_min or speed_kmh, and not both"),
        (lambda: cm.ExtendLine(line="M1", from_stop="m3", expect={"stops": 4}), "extend_line: expect 'stops' is not run_min"),
        (
            lambda: cm.ExtendLine(line="M1", from_stop="m3", expect={"run_min": "10"}),
            "extend_line: expect: run_min is '10', must be a number",
        ),
        (lambda: cm.ExtendLine(line="M1", from_stop="m3", direction="up"), "extend_line: direction 'up' is none of both, 0, 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(make, message):
    with pytest.raises(BadValue) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (line(line="M1"), "add_line: the id 'M1' is taken: there is a line of that name"),
        (line(line="m"), "add_line: the id 'm_0' is taken: there is a trip of that name"),
        (line(line="now"), "add_line: the id 'now' is taken: there is a service of that name"),
        (line(stops=["m4", "m5"], run_min=[3]), "add_line: no stop 'm5' (nearest: m4, m3, m2)"),
        (
            line(stops=["m4", cm.NewStop(stop_id="m1", name="x", lon=113, lat=28)], run_min=[30]),
            "add_line: the id 'm1' is taken: there is another stop of that name",
        ),
        (line(run_min=[15, 8]), "add_line: hop m4–x1 of 27.6 km in 900 s is 110 km/h, metro runs at most 100"),
        (cm.ExtendLine(line="M2", from_stop="m4"), "extend_line: no line 'M2' (nearest: M1)"),
        (cm.ExtendLine(line="M1", from_stop="m5"), "extend_line: no stop 'm5' (nearest: m4, m3, m2)"),
        (
            cm.ExtendLine(line="M1", from_stop="i1"),
            "extend_line: line M1 does not call at i1 with all its trains: one calls at m1, m2, m3, m4",
        ),
        (
            cm.ExtendLine(line="IC1", pattern="fast", from_stop="i3"),
            "extend_line: pattern fast of line IC1 does not call at i3 with all its trains: one calls at i1, i2, i4",
        ),
        (
            cm.ExtendLine(line="M1", from_stop="m3", to_stop="m2", run_min=[3]),
            "extend_line: from_stop m3 comes after to_stop m2, as line M1 runs in direction 0",
        ),
        (
            cm.ExtendLine(line="M1", direction="1", from_stop="m2", to_stop="m3", run_min=[3]),
            "extend_line: from_stop m2 comes after to_stop m3, as line M1 runs in direction 1",
        ),
        (
            cm.ExtendLine(line="M1", from_stop="m1", stops=["i1"], run_min=[3]),
            "extend_line: from_stop m1 is the first stop, as line M1 runs in direction 0: nothing is kept up to it (to "
            "lengthen the line there: to_stop)",
        ),
        (
            cm.ExtendLine(line="M1", to_stop="m4", stops=["i4"], run_min=[3]),
            "extend_line: to_stop m4 is the last stop, as line M1 runs in direction 0: nothing is kept from it on (to "
            "lengthen the line there: from_stop)",
        ),
        (cm.ExtendLine(line="M1", from_stop="m4"), "extend_line: there is nothing to do: line M1 runs so already"),
        (
            cm.ExtendLine(line="M1", from_stop="m2", to_stop="m3", run_min=[2]),
            "extend_line: there is nothing to do: line M1 runs so already",
        ),
        (cm.ExtendLine(line="M1", from_stop="m4", stops=[FAR], speed_kmh=110), "extend_line: speed_kmh is 110, metro runs at most 100"),
        (
            cm.ExtendLine(line="M1", from_stop="m4", stops=[FAR], run_min=[10]),
            "extend_line: hop m4–x1 of 27.6 km in 600 s is 165 km/h, metro runs at most 100\nextend_line: hop x1–m4 of "
            "27.6 km in 600 s is 165 km/h, metro runs at most 100",
        ),
        (
            cm.ExtendLine(line="M1", from_stop="m3", expect={"run_min": 12}),
            "extend_line: run_min of line M1 is 10 on 2026-11-03, expected 12",
        ),
        (
            cm.ExtendLine(line="M1", to_stop="m1", stops=["i1"], run_min=[400]),
            "extend_line: trip m_0 would leave before midnight to keep its times at the stops that it has now",
        ),
        (
            cm.ExtendLine(line="IC1", pattern="express", from_stop="i1", to_stop="i4", stops=["i2"], run_min=[6, 8]),
            "extend_line: pattern express of line IC1 runs in one direction only on 2026-11-03: say direction 0",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(change, message):
    before = TODAY.hash
    with pytest.raises(BadScenario) as caught:
        TODAY.apply(change)
    assert str(caught.value) == message
    assert TODAY.hash == before


def test_a_stop_that_is_shut_is_no_stop_of_a_new_line():
    with pytest.raises(BadScenario, match=r"^add_line: stop i2 is not in use on 2022-01-01$"):
        TOWN.on("2022-01-01").apply(line(stops=["i2", "m4"], run_min=[20]))


def test_two_courses_of_one_stretch_conflict():
    a, b, c = (
        cm.Scenario(name=name, changes=[cm.ExtendLine(line="M1", stops=[stop], run_min=[9], **end)])
        for name, stop, end in (("a", "i3", {"from_stop": "m4"}), ("b", "i4", {"from_stop": "m4"}), ("c", "i1", {"to_stop": "m1"}))
    )
    with pytest.raises(Conflict, match=r"^a: extend_line and b: extend_line both set course beyond m4 of line M1$"):
        cm.merge(a, b)
    both = TODAY.apply(cm.merge(a, c))
    assert course(both, "m_0").stops == ("i1", "m1", "m2", "m3", "m4", "i3")


def test_no_limit_lets_through_what_the_checks_of_a_network_refuse():
    assert set(LIMIT_KMH) == set(DETOUR) == set(STOP_MIN) == set(STATION_CLASSES)
    assert all(limit_kmh(one) <= min(LIMIT_KMH[one], FASTEST_KMH[one]) for one in STATION_CLASSES)


def test_a_file_names_new_stops_among_ids(tmp_path):
    path = tmp_path / "a.yaml"
    text = """name: a
changes:
  - kind: add_line
    line: X
    line_class: metro
    stops:
      - m4
      - {stop_id: x1, name: 远站, name_en: Far, lon: 113.3, lat: 28.1}
      - {stop_id: x2, class: bus, name: 更远站, lon: 113.4, lat: 28.1}
    run_min: [20, 8]
    dwell_min: 0.5
    windows: [{start: "06:00", end: "22:00", headway_min: 6}]
"""
    path.write_text(text, "utf-8")
    farther = cm.NewStop(stop_id="x2", name="更远站", lon=113.4, lat=28.1, station_class="bus")
    assert cm.read_scenario(path).changes == (line(stops=["m4", FAR, farther]),)
    path.write_text(text.replace("113.3, lat: 28.1}", "113.3}").replace("113.4, lat: 28.1}", "113.4, lat: 281.0}"), "utf-8")
    with pytest.raises(BadScenario) as caught:
        cm.read_scenario(path)
    assert str(caught.value) == (
        "a.yaml:8:9: changes.0.stops.1.lat: is missing\na.yaml:9:9: changes.0.stops.2: stop x2: (113.4, 281.0) is not (lon, lat) in degrees"
    )


# the shipped network -------------------------------------------------------------------------------------------


def test_a_metro_between_zhuzhou_and_xiangtan_brings_their_centres_together(now):
    centres = ["cc_zz_center", "cc_xt_jianshe"]
    at = now.places.loc[centres, ["lon", "lat"]].to_numpy()
    ends = [cm.NewStop(stop_id=f"zx_{k}", name=f"株潭{k}", lon=lon, lat=lat) for k, (lon, lat) in enumerate(at)]
    change = cm.AddLine(
        line="ZX", name="株潭地铁", name_en="Zhuzhou–Xiangtan metro", line_class="metro", speed_kmh=60,
        stops=[ends[0], cm.NewStop(stop_id="zx_mid", name="易俗河北", lon=113.02, lat=27.85), ends[1]],
        windows=cm.Window(start="06:00", end="23:00", headway_min=6),
    )  # fmt: skip
    before = now.hash
    net = now.apply(change)
    assert now.hash == before and not net.validate().query("level == 'error'").size
    old, new = (minutes(one, *centres, HALF) for one in (now, net))
    km = sum(straight_km(*a, *b) for a, b in ((at[0], (113.02, 27.85)), ((113.02, 27.85), at[1])))
    ride = km * DETOUR["metro"] + now.constant("metro_dwell_min")
    assert new["ride_min"] == pytest.approx(ride, abs=0.05)
    assert new["minutes"] == pytest.approx(ride + 3 + now.constant("entry_metro_min") + now.constant("exit_metro_min"), abs=0.05)
    assert new["minutes"] < old["minutes"] - 30


def test_line_1_is_lengthened_to_the_south(now):
    south = cm.NewStop(stop_id="cs_south", name="南延", lon=112.99, lat=28.04)
    net = now.apply(cm.ExtendLine(line="CS1", from_stop="cs_shangshuangtang", stops=south, speed_kmh=40))
    assert not net.validate().query("level == 'error'").size
    ride = HALF.but(count="in_vehicle")
    old = minutes(now, "cs_jinpenqiu", "cs_shangshuangtang", ride)["ride_min"]
    assert minutes(net, "cs_jinpenqiu", "cs_shangshuangtang", ride)["ride_min"] == old
    assert minutes(net, "cs_jinpenqiu", "cs_south", ride)["ride_min"] > old
