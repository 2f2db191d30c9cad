"""Changes of where trains call: what each does to rides, the laws that all keep, and every refusal by its message."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import commute as cm
from commute.errors import BadScenario, BadValue, Conflict
from commute.model.changes.courses import courses_of, length_km, places_of
from commute.model.changes.limits import DETOUR, STOP_MIN, stopping_s
from commute.model.changes.links import straight_km
from commute.model.network import Network
from commute.model.tables import BY_NAME
from commute.routing import run_times
from tinytown import AS_OF, tiny_layers, tiny_tables

TOWN = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)
TODAY = TOWN.on(AS_OF)
BETWEEN = cm.NewStop(stop_id="x1", name="中间站", name_en="Between", lon=112.950, lat=28.1005)  # of m1 (112.942) and m2 (112.9655)
HALF = cm.TRANSIT.but(wait="half_headway")
LINE_KMH, ACCEL, ALLOWANCE = 72.0, 0.5, 0.25  # 20 m/s: a stop costs 40 s where the train reaches its speed


def with_constants():
    """The town with the constants that say what a call of a metro costs."""
    tables = tiny_tables()
    rows = tables["constant"].iloc[:4].copy()
    rows["name"] = ["metro_line_speed_kmh", "metro_accel_ms2", "metro_run_allowance", "metro_dwell_min"]
    rows["central"] = [LINE_KMH, ACCEL, ALLOWANCE, 0.75]
    rows["low"], rows["high"] = rows["central"] * 0.9, rows["central"] * 1.1
    tables["constant"] = pd.concat([tables["constant"], rows])
    return Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF)


STOPS = {
    "skip": cm.SetStops(line="IC1", pattern="all", skip="i2", saved_min=3, expect={"run_min": 23}),
    "skip_two": cm.SetStops(line="M1", skip=["m2", "m3"], saved_min=1.25),
    "serve": cm.SetStops(line="IC1", pattern="fast", serve=["i2", "i3"], saved_min=2.5),
    "exchange": cm.SetStops(line="IC1", pattern="fast", direction="0", skip="i2", serve="i3", saved_min=2),
    "express": cm.SetStops(line="IC1", pattern="express", direction="0", serve=["i3", "i2"], saved_min=1),
    "by_class": cm.SetStops(where=cm.Where(kind="metro"), skip="m2", saved_min=0),
    "for_a_year": cm.SetStops(line="M1", skip="m2", saved_min=1, from_date="2026-01-01", to_date="2026-12-31"),
    "from_next_year": cm.SetStops(line="M1", skip="m2", saved_min=1, from_date="2027-01-01"),
}
STATION = {
    "new": cm.AddStation(line="M1", stops=BETWEEN, dwell_min=0.5, slow_min=0.5, expect={"run_min": 10}),
    "old": cm.AddStation(line="M1", stops=["i2"], dwell_min=1, slow_min=0.5),
    "both_lines": cm.AddStation(line=["M1", "IC1"], stops=[BETWEEN]),
    "several": cm.AddStation(where=cm.Where(kind="metro"), stops=[BETWEEN, "i3"], limit_km=0.5),
    "one_way": cm.AddStation(line="IC1", direction="0", stops=[BETWEEN], slow_min=2),
    "from_next_year": cm.AddStation(line="M1", stops=BETWEEN, from_date="2027-01-01"),
}
KINDS = {f"{kind}_{name}": change for kind, every in (("stops", STOPS), ("station", STATION)) for name, change in every.items()}


def course(net, trip):
    return courses_of(net, [trip])[trip]


def minutes(net, a, b, profile=HALF):
    return cm.travel_times(net, [a], [b], profile=profile).to_frame().iloc[0]


# laws --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:no query on 2026-11-03 sees:commute.CommuteWarning")
@pytest.mark.parametrize("change", KINDS.values(), ids=KINDS)
def test_a_change_of_stops_keeps_the_laws(change, tmp_path):
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
    for name in ("stops", "trips", "stop_times", "frequencies", "calendar", "source"):
        frame, key = net.table(name), list(BY_NAME[name].key)
        assert frame.equals(frame.sort_values(key, ignore_index=True)) and not frame.duplicated(key).any(), name
        assert dict(frame.dtypes) == dict(TOWN.table(name).dtypes), name


@settings(max_examples=20)
@given(st.sets(st.sampled_from(["m2", "m3"]), min_size=1), st.floats(0, 2.5), st.booleans())
def test_removing_stops_never_slows_the_trains_that_pass(skip, saved, one_way):
    net = TODAY.apply(cm.SetStops(line="M1", skip=sorted(skip), saved_min=saved, direction="0" if one_way else "both"))
    for trip in ("m_0", "m_1"):
        old, new = course(TODAY, trip), course(net, trip)
        at = {stop: arrives - new.start_s for stop, arrives, _ in new.calls()}
        assert all(at[stop] <= arrives - old.start_s for stop, arrives, _ in old.calls() if stop in at)
        assert old.length_s() - new.length_s() == (0 if one_way and trip == "m_1" else pytest.approx(60 * saved * len(skip), abs=1))


@settings(max_examples=15)
@given(st.sampled_from(["i2", "i3"]), st.floats(0, 5))
def test_passing_a_stop_and_calling_there_again_takes_the_old_time(stop, saved):
    skip, serve = (cm.SetStops(line="IC1", pattern="all", direction="0", saved_min=saved, **{what: stop}) for what in ("skip", "serve"))
    old, new = course(TODAY, "ic_all_0"), course(TODAY.apply(skip).apply(serve), "ic_all_0")  # direction 1 shows the way
    assert new.stops == old.stops and new.length_s() == old.length_s()


@settings(max_examples=20)
@given(st.floats(112.9421, 113.0189), st.floats(28.096, 28.105), st.floats(0, 3), st.floats(0, 3))
def test_a_station_costs_its_dwell_and_slowing_down_and_nothing_else(lon, lat, dwell, slow):
    stop = cm.NewStop(stop_id="x", name="x", lon=lon, lat=lat)
    try:
        net = TODAY.apply(cm.AddStation(line="M1", stops=stop, dwell_min=dwell, slow_min=slow))
    except BadScenario as error:
        assert "0 s cannot be" in str(error) or "km/h" in str(error)
        assume(False)
    old, new = course(TODAY, "m_0"), course(net, "m_0")
    assert new.length_s() - old.length_s() == round(60 * dwell) + round(60 * slow)
    assert [one for one in new.stops if one != "x"] == list(old.stops) and len(new.stops) == 5
    place = places_of(net, new.stops)
    k = new.stops.index("x")
    lons = [place[one][0] for one in new.stops]
    assert lons == sorted(lons) and 0 < k < 4


# passing and serving -------------------------------------------------------------------------------------------


def test_a_stop_passed_saves_the_minutes_said():
    net = TODAY.apply(STOPS["skip"])
    assert course(net, "ic_all_0").stops == ("i1", "i3", "i4") and course(net, "ic_all_0").run_s == (420 + 60 + 420 - 180, 420)
    ride = cm.TRANSIT.but(count="in_vehicle", pattern="all_stops")
    assert (minutes(TODAY, "i1", "i3", ride)["minutes"], minutes(net, "i1", "i3", ride)["minutes"]) == (15, 12)
    assert (minutes(TODAY, "i3", "i1", ride)["minutes"], minutes(net, "i3", "i1", ride)["minutes"]) == (15, 12)
    assert course(net, "ic_fast_0") == course(TODAY, "ic_fast_0")
    assert list(net.table("trips").set_index("trip_id").loc[["ic_all_0", "ic_fast_0"], "source_id"]) == ["scenario", "tiny"]


def test_journeys_no_longer_board_where_trains_pass():
    net = TODAY.apply(cm.SetStops(line="M1", skip="m2", saved_min=1))
    assert minutes(net, "m2", "m4", HALF.but(access_modes=("walk",), max_access_min=1))["reason"] != ""
    ride = minutes(net, "m1", "m4", HALF.but(count="in_vehicle"))["minutes"]
    assert ride == 10 - 1


def test_without_minutes_the_constants_say_what_a_stop_costs():
    """Two hops of more than 800 m (v²/a) lose v/a = 40 s, and the allowance on it, and the 30 s that the train stood there."""
    town = with_constants()
    net = town.apply(cm.SetStops(line="M1", skip="m2"))
    assert course(town, "m_0").length_s() - course(net, "m_0").length_s() == 30 + 40 * (1 + ALLOWANCE)
    short = stopping_s(town, "metro", [0.2, 0.3])
    a, b, both = (2 * np.sqrt(km * DETOUR["metro"] * 1000 / ACCEL) for km in (0.2, 0.3, 0.5))
    assert short == pytest.approx((1 + ALLOWANCE) * (a + b - both))
    assert town.assume("favourable").apply(cm.SetStops(line="M1", skip="m2")).table("stop_times").equals(net.table("stop_times"))


def test_a_stop_served_again_stands_as_the_pattern_that_calls_there():
    """fast_0 runs i1–i2–i4 with 420 s; all_0 takes 420 s to i3 and 420 s from there and stands 60 s."""
    net = TODAY.apply(STOPS["serve"])
    made = course(net, "ic_fast_0")
    assert made.stops == ("i1", "i2", "i3", "i4") and made.dwell_s == (0, 60, 60, 0)
    assert made.run_s == (420, 210 + 45, 210 + 45)  # 2.5 min less the dwell of 1, half of it on either side
    back = course(net, "ic_fast_1")
    assert back.stops == ("i4", "i3", "i2", "i1") and back.run_s == (420, 255, 255)
    assert run_times(net, "i2", "i3").query("trip_id == 'ic_fast_0'")["minutes"].tolist() == [4.25]


def test_trains_call_and_pass_on_their_days():
    net = TODAY.apply(STOPS["for_a_year"])
    calls = {day: set(net.on(day).running()["stop_times"]["stop_id"]) for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")}
    assert ["m2" in calls[day] for day in calls] == [True, False, False, True]


def test_trains_of_one_phase_stay_even_where_all_of_them_stop():
    """i1 is no stop of a pattern that begins at i2 then, so that both are even at i2: a call before it takes its time from the start."""
    begun = TODAY.apply(cm.ExtendLine(line="IC1", pattern="fast", direction="0", to_stop="i2"))
    net = begun.apply(cm.AddStation(line="IC1", pattern="all", stops=BETWEEN, dwell_min=1, slow_min=1))
    old, new = (one.table("frequencies").set_index("trip_id")["start_s"] for one in (begun, net))
    assert (new["ic_all_0"] == old["ic_all_0"] - 120).all() and (new["ic_fast_0"] == old["ic_fast_0"]).all()
    assert (new["ic_all_1"] == old["ic_all_1"]).all()


# new stations --------------------------------------------------------------------------------------------------


def test_a_station_divides_the_run_by_distance():
    net = TODAY.apply(STATION["new"])
    at = {**places_of(TODAY, ["m1", "m2"]), "x1": (BETWEEN.lon, BETWEEN.lat)}
    share = length_km((at["m1"], at["x1"])) / length_km((at["m1"], at["x1"], at["m2"]))
    first = round(180 * share + 15)
    assert course(net, "m_0").stops == ("m1", "x1", "m2", "m3", "m4")
    assert course(net, "m_0").run_s == (first, 210 - first, 180, 180) and course(net, "m_0").dwell_s == (0, 30, 30, 30, 0)
    assert course(net, "m_1").run_s == (180, 180, 210 - first, first)
    ride = HALF.but(count="in_vehicle")
    assert minutes(net, "m1", "x1", ride)["minutes"] == pytest.approx(first / 60, abs=0.01)
    assert minutes(net, "m1", "m4", ride)["minutes"] == 11
    assert minutes(net, "m2", "m4", ride)["minutes"] == minutes(TODAY, "m2", "m4", ride)["minutes"]
    on_foot = HALF.but(access_modes=("walk",), egress_modes=("walk",))
    assert minutes(net, (112.950, 28.101), "m4", on_foot)["minutes"] < minutes(TODAY, (112.950, 28.101), "m4", on_foot)["minutes"] - 5


def test_a_fast_pattern_gets_a_station_where_its_way_passes_it():
    """fast_0 does not call at i3, but its way from i2 to i4 leads over it, and the new stop lies between i3 and i4."""
    bend = {"i3": 28.0995 + 0.03}  # the line bends north by 3.3 km there
    tables = tiny_tables()
    tables["stops"]["lat"] = [bend.get(one, lat) for one, lat in zip(tables["stops"]["stop_id"], tables["stops"]["lat"], strict=True)]
    net = Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF)
    stop = cm.NewStop(stop_id="x", name="x", lon=113.0275, lat=28.1145)  # half way from i3 to i4, 1.6 km from i2–i4
    new = net.apply(cm.AddStation(line="IC1", stops=stop, dwell_min=0, slow_min=0))
    at = places_of(new, ["i2", "i3", "i4", "x"])
    share = length_km((at["i2"], at["i3"], at["x"])) / length_km((at["i2"], at["i3"], at["x"], at["i4"]))
    assert course(new, "ic_fast_0").stops == ("i1", "i2", "x", "i4")
    assert course(new, "ic_fast_0").run_s[1:] == (round(420 * share), 420 - round(420 * share))
    assert course(new, "ic_all_0").run_s[2:] == (210, 210)
    assert course(new, "ic_0805").stops == ("i1", "x", "i4")


def test_a_ring_is_stopped_at_where_its_own_way_passes_and_not_round_the_rest_of_it():
    north = cm.NewStop(stop_id="x2", name="北站", lon=112.985, lat=28.15)
    hours = cm.Window(start="06:00", end="22:00", headway_min=10)
    ring = TODAY.apply(cm.AddLine(line="R", line_class="metro", stops=["m1", "m2", "m4", north, "m1"], run_min=[6] * 4, windows=hours))
    side = cm.NewStop(stop_id="x3", name="东北站", lon=113.002, lat=28.125)  # of m4 (113.019, 28.1005) and the north
    net = ring.apply(cm.AddStation(line="R", stops=side))
    assert course(net, "R_0").stops == course(net, "R_1").stops[::-1] == ("m1", "m2", "m4", "x3", "x2", "m1")
    passed = ring.apply(cm.SetStops(line="R", direction="0", skip="m4", saved_min=1))
    again = passed.apply(cm.SetStops(line="R", direction="0", serve="m4", saved_min=1))
    assert course(again, "R_0").stops == ("m1", "m2", "m4", "x2", "m1")


def test_what_a_station_costs_is_the_constants_or_else_assumed():
    def cost(net, change):
        return course(net.apply(change), "m_0").length_s() - course(net, "m_0").length_s()

    plain = cm.AddStation(line="M1", stops="i3", limit_km=0.5)
    assert cost(TODAY, plain) == round(60 * STOP_MIN["metro"][0]) + round(60 * STOP_MIN["metro"][1])
    town = with_constants()
    legs = [straight_km(*a, *b) for a, b in pairwise([places_of(town, [one])[one] for one in ("m3", "i3", "m4")])]
    assert cost(town, plain) == 45 + round(stopping_s(town, "metro", legs))


def test_a_train_that_turns_back_before_the_station_stays_as_it_is():
    short = TODAY.apply(cm.ExtendLine(line="IC1", pattern="all", to_stop="i2"))
    net = short.apply(cm.AddStation(line="IC1", stops=BETWEEN, dwell_min=1, slow_min=1))
    assert course(net, "ic_all_0") == course(short, "ic_all_0")
    assert course(net, "ic_fast_0").stops == ("i1", "x1", "i2", "i4")


# refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cm.SetStops(skip="m2"), "set_stops needs a line, or where"),
        (lambda: cm.SetStops(line="M1"), "set_stops needs stops to serve or to skip"),
        (lambda: cm.SetStops(line="M1", skip="m2", serve=["m3", "m2"]), "set_stops: stop m2 is to be served and skipped"),
        (lambda: cm.SetStops(line="M1", skip="m2", saved_min=-1), "set_stops: saved_min is -1, must be from 0 to 60 minutes"),
        (lambda: cm.SetStops(line="M1", skip="m2", saved_min=np.nan), "set_stops: saved_min is nan, must be from 0 to 60 minutes"),
        (lambda: cm.SetStops(line="M1", skip="m2", expect={"calls": 4}), "set_stops: expect 'calls' is not run_min"),
        (lambda: cm.AddStation(stops=BETWEEN), "add_station needs a line, or where"),
        (lambda: cm.AddStation(line="M1", stops=[]), "add_station needs a stop: an id or a new one"),
        (lambda: cm.AddStation(line="M1", stops=BETWEEN, dwell_min=90), "add_station: dwell_min is 90, must be from 0 to 60 minutes"),
        (lambda: cm.AddStation(line="M1", stops=BETWEEN, slow_min=-1), "add_station: slow_min is -1, must be from 0 to 60 minutes"),
        (lambda: cm.AddStation(line="M1", stops=BETWEEN, limit_km=0), "add_station: limit_km is 0, must be above 0, at most 50 km"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(make, message):
    with pytest.raises(BadValue) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (cm.SetStops(line="M2", skip="m2", saved_min=1), "set_stops: no line 'M2' (nearest: M1)"),
        (cm.SetStops(line="M1", skip="m5", saved_min=1), "set_stops: no stop 'm5' (nearest: m4, m3, m2)"),
        (
            cm.SetStops(line="M1", skip="m4", saved_min=1),
            "set_stops: m4 is the first or last stop of line M1: a train cannot skip its end (extend_line)",
        ),
        (cm.SetStops(line="M1", skip="i2", saved_min=1), "set_stops: no train of line M1 calls at i2: one calls at m1, m2, m3, m4"),
        (
            cm.SetStops(line="IC1", pattern="fast", skip="i2", saved_min=1),
            "set_stops: line IC1 calls at i2 in one direction only: say direction 0",
        ),
        (
            cm.SetStops(line="M1", skip="m2"),
            "set_stops: the data have no constants for how long metro trains slow down and start: give saved_min",
        ),
        (
            cm.SetStops(line="M1", skip="m2", saved_min=7),
            "set_stops: saved_min 7 is more than the hops around allow: hop m1–m3 of 5.5 km in -30 s cannot be, metro runs "
            "at most 100\nset_stops: saved_min 7 is more than the hops around allow: hop m3–m1 of 5.5 km in -30 s cannot "
            "be, metro runs at most 100",
        ),
        (
            cm.SetStops(line="M1", direction="0", skip="m2", saved_min=4),
            "set_stops: saved_min 4 is more than the hops around allow: hop m1–m3 of 5.5 km in 150 s is 132 km/h, metro runs at most 100",
        ),
        (cm.SetStops(line="M1", serve="m2", saved_min=1), "set_stops: no train of line M1 passes m2: they all call there"),
        (
            cm.SetStops(line="M1", serve="i2", saved_min=1),
            "set_stops: no train of line M1 passes i2: no other pattern calls there between two calls of these trains",
        ),
        (
            cm.SetStops(line="M1", skip="m2", saved_min=1, expect={"run_min": 12}),
            "set_stops: run_min of line M1 is 10 on 2026-11-03, expected 12",
        ),
        (
            cm.SetStops(line="M1", skip="m2", saved_min=1, pattern="quick"),
            "set_stops: line M1 has no pattern 'quick' on 2026-11-03: its trips name none",
        ),
        (cm.AddStation(line="M1", stops="m5"), "add_station: no stop 'm5' (nearest: m4, m3, m2)"),
        (cm.AddStation(line="M1", stops="m2"), "add_station: no train of line M1 passes m2: they all call there already"),
        (
            cm.AddStation(line="M1", stops=cm.NewStop(stop_id="m2", name="x", lon=112.95, lat=28.1)),
            "add_station: the id 'm2' is taken: there is another stop of that name",
        ),
        (
            cm.AddStation(line="M1", stops=cm.NewStop(stop_id="x", name="x", lon=112.95, lat=28.13)),
            "add_station: no train of line M1 passes x: it lies 3.28 km from the line, m1–m2 is nearest, and limit_km is 1",
        ),
        (
            cm.AddStation(line="M1", stops=cm.NewStop(stop_id="x", name="x", lon=113.025, lat=28.1005)),
            "add_station: no train of line M1 passes x: it lies beyond the end of the line at m4: extend_line takes trains there",
        ),
        (
            cm.AddStation(line="M1", stops=BETWEEN, slow_min=0, expect={"run_min": 9}),
            "add_station: run_min of line M1 is 10 on 2026-11-03, expected 9",
        ),
        (
            cm.AddStation(line="IC1", pattern="express", stops=BETWEEN),
            "add_station: pattern express of line IC1 runs in one direction only on 2026-11-03: say direction 0",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(change, message):
    before = TODAY.hash
    with pytest.raises(BadScenario) as caught:
        TODAY.apply(change)
    assert str(caught.value) == message
    assert TODAY.hash == before


def test_calling_and_passing_at_one_stop_conflict():
    a = cm.Scenario(name="a", changes=[cm.SetStops(line="IC1", skip="i3", saved_min=1)])
    b = cm.Scenario(name="b", changes=[cm.SetStops(line="IC1", serve="i3", saved_min=1)])
    with pytest.raises(Conflict, match=r"^a: set_stops and b: set_stops both set call at i3 of line IC1$"):
        cm.merge(a, b)
    one = cm.SetStops(line="IC1", pattern="all", direction="0", skip="i3", saved_min=1)
    other = cm.SetStops(line="IC1", direction="0", serve="i3", saved_min=1)
    with pytest.raises(Conflict, match=r"^change 1 set_stops and change 2 set_stops both set calls of line IC1 all, direction 0 at i3$"):
        TODAY.apply(one, other)


# the shipped network -------------------------------------------------------------------------------------------


def test_the_constants_give_what_trains_of_2026_take_for_a_stop(now):
    """Where one train calls between two stops and another runs through, the timetable shows what the stop costs."""
    trips = now.running()["trips"].query("route_id in ['CZT_IC_ZZ', 'CZT_IC_XT', 'CZT_IC_W']")["trip_id"]
    courses = courses_of(now, trips).values()
    through, called = {}, {}
    for one in courses:
        for hop, run in zip(pairwise(one.stops), one.run_s, strict=True):
            through.setdefault(hop, []).append(run)
        for k, way in enumerate(zip(one.stops, one.stops[1:], one.stops[2:], strict=False)):
            called.setdefault(way, []).append((one.run_s[k] + one.dwell_s[k + 1] + one.run_s[k + 1], one.dwell_s[k + 1]))
    place = places_of(now, {stop for one in courses for stop in one.stops})
    pairs = []
    for (a, stop, b), ways in called.items():
        if (a, b) in through:
            took, stood = np.median(ways, axis=0)
            slow = stopping_s(now, "intercity", [length_km((place[a], place[stop])), length_km((place[stop], place[b]))])
            pairs.append((took - np.median(through[a, b]), stood + slow))
    found, said = np.array(pairs).T / 60
    assert len(pairs) > 40
    assert abs(np.mean(found) - np.mean(said)) < 0.15 and np.mean(np.abs(found - said)) < 0.6


def test_limited_stop_trains_and_a_new_station_of_the_intercity_line(now):
    before = now.hash
    ride = cm.TRANSIT.but(count="in_vehicle", pattern="all_stops")
    skip = now.apply(cm.SetStops(line="CZT_IC_XT", skip="czt_zhaoshan"))
    stop = cm.NewStop(stop_id="czt_new", name="新开铺", name_en="Xinkaipu", lon=113.000, lat=28.100, station_class="intercity")
    added = now.apply(cm.AddStation(line=["CZT_IC_ZZ", "CZT_IC_XT"], stops=stop, limit_km=2))
    assert now.hash == before
    for net in (skip, added):
        assert not net.validate().query("level == 'error'").size
    ends = ("czt_changsha", "czt_xiangtan")
    old = minutes(now, *ends, ride)["minutes"]
    assert 3 <= old - minutes(skip, *ends, ride)["minutes"] <= 4
    assert 2.5 <= minutes(added, *ends, ride)["minutes"] - old <= 4
    assert len(run_times(added, "czt_changsha", "czt_new")) > 20
    home = (113.000, 28.100)
    legs = cm.journeys(added, home, "czt_xiangtan", profile=cm.TRANSIT)
    assert legs.loc[legs["leg"] == "ride", "from_id"].iloc[0] == "czt_new"
