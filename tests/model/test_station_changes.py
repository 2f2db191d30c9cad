"""Changes of stations and access: what each does to journeys, the laws that all keep, and every refusal by its message."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import commute as cm
from commute.errors import BadScenario, BadValue, Conflict
from commute.model.changes.stations import entry_minutes
from commute.model.network import Network
from commute.model.tables import BY_NAME
from tinytown import AS_OF, frame, tiny_layers, tiny_tables

TOWN = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)
TODAY = TOWN.on(AS_OF)
PAIRS = [cm.FarePair(from_stop=a, to_stop=b, price=p) for a, b, p in (("i1", "i2", 5), ("i1", "i3", 9), ("i1", "i4", 12), ("i2", "i3", 5))]
PAIRS += [cm.FarePair(from_stop=a, to_stop=b, price=p) for a, b, p in (("i2", "i4", 9), ("i3", "i4", 6))]
BANDS = [cm.FareBand(up_to_km=4, price=2), cm.FareBand(up_to_km=9, price=4)]
KINDS = {
    "entry_class": cm.SetEntry(station_class="intercity", entry_min=3, gate_min=0, expect={"entry_min": 7}),
    "entry_stops": cm.SetEntry(stop=("i1", "m1"), exit_min=0.5),
    "entry_where": cm.SetEntry(where=cm.Where(query="city == 'Zhuzhou' and station_class == 'metro'"), entry_min=1),
    "entry_this_year": cm.SetEntry(station_class="intercity", entry_min=3, from_date="2026-01-01", to_date="2026-12-31"),
    "entry_of_a_stop_this_year": cm.SetEntry(stop="i1", entry_min=3, from_date="2026-01-01", to_date="2026-12-31"),
    "transfer_changed": cm.SetTransfer(from_stop="m3", to_stop="i3", minutes=9, direction="forward", expect={"minutes": 4}),
    "transfer_added": cm.SetTransfer(from_stop="m1", to_stop="i1", walk_m=400),
    "park_ride_stop": cm.AddParkRide(stop="i1", search_min=1, capacity=300, fee_cny=5, hours="06:00-23:00"),
    "park_ride_point": cm.AddParkRide(point=(112.931, 28.1), limit_km=2, from_date="2026-01-01"),
    "fare_line": cm.SetFare(fare_id="metro", year=2025, line="M1", price=3, discount=0.5),
    "fare_pairs": cm.SetFare(fare_id="train", year=2025, line="IC1", pairs=PAIRS),
    "fare_bands": cm.SetFare(fare_id="by_km", year=2025, line="M1", bands=BANDS),
    "fare_without_a_line": cm.SetFare(fare_id="pair", year=2025, pairs=PAIRS[:2], direction="forward"),
}
pytestmark = pytest.mark.filterwarnings("ignore:no query on .*set_fare")


@pytest.fixture(params=sorted(KINDS))
def change(request):
    return KINDS[request.param]


def times(net, profile=cm.TRANSIT, **more):
    """Door-to-door minutes between all zones, one departure."""
    profile = profile.but(window_min=0, depart="08:00", percentiles=(50,), wait="half_headway", **more)
    ids = list(net.zones.index)
    return cm.travel_times(net, ids, ids, profile=profile, progress=False).to_frame().set_index(["from_id", "to_id"])


def refused(change, net=TODAY):
    with pytest.raises(BadScenario) as caught:
        net.apply(change)
    return str(caught.value)


# laws --------------------------------------------------------------------------------------------------------


def test_it_can_be_told_and_undone_and_the_base_stays(change):
    for base in (TOWN, TODAY):
        before = base.hash
        net = base.apply(change)
        assert base.hash == before and net.hash != before
        assert not len(net.validate().query("level == 'error'"))
        assert base.apply(cm.diff(base, net)) == net
        assert net.apply(cm.invert(base, cm.Scenario(name="s", changes=[change]))) == base


def test_tables_stay_sorted_and_typed(change):
    net = TODAY.apply(change)
    for name in ("constant", "transfers", "park_ride", "fare_attributes", "fare_rules", "source"):
        rows, key = net.table(name), list(BY_NAME[name].key)
        assert rows.equals(rows.sort_values(key, ignore_index=True)) and not rows.duplicated(key).any(), name
        assert dict(rows.dtypes) == dict(TOWN.table(name).dtypes), name


def test_a_network_with_it_comes_back_equal_from_files(change, tmp_path):
    net = TODAY.apply(change)
    cm.write_network(net, tmp_path / "n")
    assert cm.read_network(tmp_path / "n").on(AS_OF) == net


def test_all_of_them_and_their_undoing_come_back_equal_from_a_scenario_file(tmp_path):
    every = cm.Scenario(name="s", changes=list(KINDS.values()))
    for scenario in (every, *(cm.invert(TODAY, cm.Scenario(name="one", changes=[one])) for one in KINDS.values())):
        cm.write_scenario(scenario, tmp_path / "s.yaml")
        assert cm.read_scenario(tmp_path / "s.yaml") == scenario


# entry -------------------------------------------------------------------------------------------------------


@settings(max_examples=6)
@given(st.integers(0, 7), st.integers(0, 2))
def test_door_to_door_falls_by_exactly_the_minutes(entry, leave):
    """With one line of trains that wait for nobody's clock, every ride has one entry and one exit of its class."""
    town = TODAY.apply(cm.RemoveService(line="M1"), cm.RemoveService(trip="ic_0805"))
    old = times(town)
    rode = old["ride_min"] > 0
    assert rode.sum() > 5
    for change in (
        cm.SetEntry(station_class="intercity", entry_min=entry, exit_min=leave),
        cm.SetEntry(stop=("i1", "i2", "i3", "i4"), entry_min=entry, exit_min=leave),
    ):
        new = times(town.apply(change))
        assert_allclose(old.loc[rode, "minutes"] - new.loc[rode, "minutes"], 7 - entry + 2 - leave, atol=1e-9)


def test_a_stop_keeps_what_is_set_for_it_whatever_its_class_has():
    net = TODAY.apply(cm.SetEntry(stop="i1", entry_min=1), cm.SetEntry(station_class="intercity", entry_min=5))
    assert [entry_minutes(net, "intercity", one) for one in ("i1", "i2")] == [1, 5]


def test_where_means_stops():
    net = TODAY.apply(KINDS["entry_where"])
    assert [entry_minutes(net, "metro", f"m{k}") for k in (1, 2, 3, 4)] == [3, 3, 1, 1]


@pytest.mark.parametrize("name", ["entry_this_year", "entry_of_a_stop_this_year"])
def test_it_holds_on_its_days_only(name):
    net = TOWN.apply(KINDS[name])
    found = {day: entry_minutes(net.on(day), "intercity", "i1") for day in ("2024-10-17", "2025-12-31", "2026-01-01", "2026-12-31")}
    assert found == {"2024-10-17": 10, "2025-12-31": 7, "2026-01-01": 3, "2026-12-31": 3}
    assert entry_minutes(net.on("2027-01-01"), "intercity", "i1") == 7


def test_entry_of_a_class_that_no_stop_has_is_refused_with_those_there_are():
    said = "set_entry: no stop is of class conventional: there are metro, intercity"
    assert refused(cm.SetEntry(station_class="conventional", entry_min=1, expect={"entry_min": 3})) == said
    stop, hours = cm.NewStop(stop_id="b", name="b", lon=112.95, lat=28.1), [cm.Window(start="07:00", end="09:00", headway_min=5)]
    line = cm.AddLine(line="X", line_class="bus", stops=["m1", stop], run_min=[9], windows=hours)
    assert entry_minutes(TODAY.apply(line, cm.SetEntry(station_class="bus", entry_min=4)), "bus", "b") == 4


def test_a_stop_that_is_called_as_a_class_has_the_minutes_of_its_own_class():
    tables = tiny_tables()
    for name, column in (("stops", "stop_id"), ("stop_times", "stop_id"), ("observed", "to_stop_id")):
        tables[name] = tables[name].assign(**{column: tables[name][column].replace("i4", "metro")})
    net = Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF)
    assert not net.validate().query("level == 'error'").size
    assert entry_minutes(net, "intercity", "metro") == entry_minutes(net, "intercity", "i3") != entry_minutes(net, "metro", "m1")
    said = "set_entry: the id of stop metro is a class of stops, whose minutes its own would be"
    assert refused(cm.SetEntry(stop="metro", entry_min=20), net) == said
    assert entry_minutes(net.apply(cm.SetEntry(station_class="metro", entry_min=20)), "intercity", "metro") == 7


def test_entry_says_what_is_wrong():
    assert refused(cm.SetEntry(stop=("i1", "i11"), entry_min=3)) == "set_entry: no stop 'i11' (nearest: i1)"
    none = cm.SetEntry(where=cm.Where(query="city == 'Atlantis'"), entry_min=3)
    assert refused(none) == "set_entry: it matches no stop: query \"city == 'Atlantis'\" (city is Changsha, Zhuzhou)"
    wrong = cm.SetEntry(stop="m1", gate_min=3, expect={"gate_min": 2})
    assert refused(wrong) == "set_entry: gate_min of m1 is 0 on 2026-11-03, expected 2"
    with pytest.raises(Conflict, match="change 1 set_entry and change 2 set_entry both set entry_min of stop m3"):
        TODAY.apply(KINDS["entry_where"], cm.SetEntry(stop="m3", entry_min=2))
    for make, said in (
        (lambda: cm.SetEntry(station_class="metro", stop="m1", entry_min=1), "set_entry needs a class or a stop, and not both"),
        (lambda: cm.SetEntry(stop="m1"), "set_entry needs entry_min or gate_min or exit_min"),
        (lambda: cm.SetEntry(stop="m1", exit_min=-1), "set_entry: exit_min is -1, must be from 0 to 120 minutes"),
        (lambda: cm.SetEntry(stop="m1", exit_min=np.nan), "set_entry: exit_min is nan, must be from 0 to 120 minutes"),
        (
            lambda: cm.SetEntry(stop="m1", exit_min=1, expect={"wait": 1}),
            "set_entry: expect 'wait' is none of entry_min, gate_min, exit_min",
        ),
    ):
        with pytest.raises(BadValue) as caught:
            make()
        assert str(caught.value) == said


# transfers ---------------------------------------------------------------------------------------------------


def changes(net):
    """Seconds of changing from stop to stop, −1 where one cannot."""
    from commute.routing import riders

    here = riders.riders(net, cm.TRANSIT)
    at, table = here.stops["stop_id"].tolist(), here.change
    return {(a, at[j]): int(s) for i, a in enumerate(at) for j, s in _row(table, i)}


def _row(table, i):
    span = slice(int(table.start[i]), int(table.start[i + 1]))
    return zip(table.stop[span].tolist(), table.seconds[span].tolist(), strict=True)


def test_a_transfer_takes_what_is_set_shorter_or_longer():
    old = changes(TODAY)
    entry = round(60 * (TODAY.constant("entry_intercity_min") + TODAY.constant("gate_intercity_min")))
    assert old["m3", "i3"] == 240 + entry
    for minutes in (1, 4.5, 40):
        new = changes(TODAY.apply(cm.SetTransfer(from_stop="m3", to_stop="i3", minutes=minutes, direction="forward")))
        assert new.pop(("m3", "i3")) == minutes * 60 + entry
        assert new == {pair: value for pair, value in old.items() if pair != ("m3", "i3")}


def test_metres_are_walked_at_the_constant_and_both_ways():
    net = TODAY.apply(KINDS["transfer_added"])
    rows = net.table("transfers").set_index(["from_stop_id", "to_stop_id"])["min_transfer_s"]
    assert rows["m1", "i1"] == rows["i1", "m1"] == 300  # 400 m at 4.8 km/h
    assert rows["m3", "i3"] == 240


@settings(max_examples=8)
@given(st.floats(0, 60), st.floats(0, 60))
def test_a_longer_transfer_makes_no_journey_shorter(a, b):
    short, long = (times(TODAY.apply(cm.SetTransfer(from_stop="m3", to_stop="i3", minutes=one)))["minutes"] for one in sorted((a, b)))
    assert (short.fillna(np.inf) <= long.fillna(np.inf) + 1e-9).all()


def test_a_transfer_says_what_is_wrong():
    assert refused(cm.SetTransfer(from_stop="m3", to_stop="x3", minutes=1)) == "set_transfer: no stop 'x3' (nearest: m3, i3)"
    wrong = cm.SetTransfer(from_stop="m3", to_stop="i3", minutes=1, expect={"minutes": 4})
    assert refused(wrong) == "set_transfer: expected minutes 4, but transfer i3 to m3 is empty"
    stops = TODAY.table("stops").assign(parent_station="p_west")
    one = cm.SetTransfer(from_stop="m1", to_stop="m2", minutes=1)
    said = "set_transfer: m1 and m2 are one metro station: a change there takes the constant transfer_min"
    assert refused(one, TODAY.replaced(tables={"stops": stops})) == said
    far = cm.SetTransfer(from_stop="m1", to_stop="i4", walk_m=9999)
    assert refused(far) == "set_transfer: walk_m 9999 takes 125 minutes, must be at most 120"
    apart = "set_transfer: no transfer m1 to i4 is known, and they are 11.08 km apart, more than the 1.60 km of walk_max_min"
    assert refused(cm.SetTransfer(from_stop="m1", to_stop="i4", minutes=9)) == f"{apart}; within that of m1: i1"
    assert cm.SetTransfer(from_stop="m3", to_stop="i3", minutes=9).faults(TODAY) == []  # listed one way: known
    with pytest.raises(Conflict, match="change 1 set_transfer and change 2 set_transfer both set minutes of transfer i3 to m3"):
        TODAY.apply(cm.SetTransfer(from_stop="m3", to_stop="i3", minutes=9), cm.SetTransfer(from_stop="i3", to_stop="m3", minutes=1))
    for make, said in (
        (lambda: cm.SetTransfer(from_stop="a", to_stop="b"), "set_transfer needs minutes or walk_m, and not both"),
        (lambda: cm.SetTransfer(from_stop="a", to_stop="b", minutes=1, walk_m=1), "set_transfer needs minutes or walk_m, and not both"),
        (lambda: cm.SetTransfer(from_stop="a", to_stop="b", minutes=-1), "set_transfer: minutes is -1, must be from 0 to 120"),
        (lambda: cm.SetTransfer(from_stop="a", to_stop="b", walk_m=-1), "set_transfer: walk_m is -1, must be from 0 to 10000"),
        (lambda: cm.SetTransfer(from_stop="a", to_stop="a", minutes=1), "set_transfer: from_stop and to_stop are both 'a'"),
        (
            lambda: cm.SetTransfer(from_stop="a", to_stop="b", minutes=1, from_date="2027-01-01"),
            "set_transfer: from_date has no meaning for it",
        ),
    ):
        with pytest.raises(BadValue) as caught:
            make()
        assert str(caught.value) == said


# park and ride -----------------------------------------------------------------------------------------------


def test_parking_takes_what_is_set_there_and_nowhere_else():
    from commute.model.points import Points
    from commute.routing import riders

    def access(net, profile=cm.PARK_RIDE):
        here = riders.riders(net, profile)
        zones = net.zones
        points = Points(tuple(zones.index), zones["lon"].to_numpy(), zones["lat"].to_numpy(), ("",) * len(zones))
        table = riders.links(here, points, points, 1).access
        at = here.stops["stop_id"].tolist()
        return {(zone, at[j]): int(s) for i, zone in enumerate(zones.index) for j, s in _row(table, i)}

    only_cars = cm.PARK_RIDE.but(access_modes=("car",))
    old, new = access(TODAY, only_cars), access(TODAY.apply(cm.AddParkRide(stop="i1", search_min=1)), only_cars)
    assert {pair: old[pair] - new[pair] for pair in old if old[pair] != new[pair]} == {
        (f"z{k}", "i1"): 240 for k in range(1, 7)
    }  # 5 minutes by the constant
    assert access(TODAY.apply(cm.AddParkRide(stop="i1")), only_cars) == old  # the constant again
    dropped = cm.TRANSIT.but(access_modes=("car",))
    assert access(TODAY.apply(cm.AddParkRide(stop="i1", search_min=1)), dropped) == access(TODAY, dropped)
    bus = TODAY.table("stops").assign(station_class=lambda s: s["station_class"].where(s["stop_id"] != "m1", "bus"))
    town = TODAY.replaced(tables={"stops": bus})
    assert ("z1", "m1") not in access(town, only_cars) and ("z1", "m1") in access(town.apply(cm.AddParkRide(stop="m1")), only_cars)


def test_a_park_shortens_park_and_ride_and_no_other_way():
    net = TODAY.apply(*(cm.AddParkRide(stop=one, search_min=0, limit_km=5) for one in TODAY.stops.index))
    old, new = times(TODAY, cm.PARK_RIDE)["minutes"], times(net, cm.PARK_RIDE)["minutes"]
    assert (new <= old + 1e-9).all() and (new < old - 0.5).any()
    assert times(net)["minutes"].equals(times(TODAY)["minutes"])


def test_the_parking_leg_is_that_of_the_stop_where_the_car_is_left():
    net = TODAY.apply(cm.AddParkRide(stop="m1", search_min=1), cm.AddParkRide(stop="m2", search_min=2.5))
    rows = times(net, cm.PARK_RIDE)
    assert {1.0, 2.5} <= set(rows["parking_min"].dropna()) <= {0.0, 1.0, 2.5, 5.0}
    legs = rows.filter(regex="^(access|entry|wait|ride|transfer|egress|parking)_min$")
    assert_allclose(legs.sum(axis=1)[rows["minutes"].notna()], rows["minutes"].dropna(), atol=1e-6)
    steps = cm.journeys(net, "z1", "z6", profile=cm.PARK_RIDE).set_index("leg")
    assert steps.at["parking", "to_id"] == "m1" and steps.at["parking", "minutes"] == 1


def test_from_a_point_the_walk_to_the_nearest_station_is_added():
    row = TODAY.apply(KINDS["park_ride_point"]).table("park_ride").iloc[0]
    away = 1000 * 6371.0088 * np.hypot(np.radians(0.001) * np.cos(np.radians(28.1)), np.radians(0.0005))
    assert row["stop_id"] == "i1" and np.isnan(row["search_min"]) and row["opens"] == "2026-01-01"
    assert row["walk_min"] == pytest.approx(away * 1.3 / 80, rel=1e-3)


def test_a_later_park_takes_the_place_of_an_earlier_one_on_its_days():
    net = TOWN.apply(cm.AddParkRide(stop="i1", search_min=4)).apply(cm.AddParkRide(stop="i1", search_min=2, from_date="2027-01-01"))
    assert [net.on(day).in_use("park_ride")["search_min"].tolist() for day in ("2026-12-31", "2027-01-01")] == [[4], [2]]
    assert not len(net.validate().query("level == 'error'"))


def test_a_park_says_what_is_wrong():
    assert refused(cm.AddParkRide(stop="i11")) == "add_park_ride: no stop 'i11' (nearest: i1)"
    said = refused(cm.AddParkRide(point=(112.8, 28.1)))
    assert said == (
        "add_park_ride: point (112.8, 28.1) is 12.75 km from the nearest station, i1; limit_km is 1\n"
        "add_park_ride: point (112.8, 28.1) is 13.73 km from the nearest road for cars; limit_km is 1"
    )
    assert refused(cm.AddParkRide(stop="i4", limit_km=0.5)) == (
        "add_park_ride: stop i4 is 3.43 km from the nearest road for cars; limit_km is 0.5"
    )
    with pytest.raises(Conflict, match="both set park_ride of stop i1"):
        TODAY.apply(KINDS["park_ride_stop"], KINDS["park_ride_point"])
    for make, said in (
        (lambda: cm.AddParkRide(), "add_park_ride needs a stop or a point, and not both"),
        (lambda: cm.AddParkRide(stop="i1", point=(113, 28)), "add_park_ride needs a stop or a point, and not both"),
        (lambda: cm.AddParkRide(point=(28, 113)), "add_park_ride: point (28, 113) is not (lon, lat) in degrees; lon and lat look swapped"),
        (lambda: cm.AddParkRide(stop="i1", search_min=-1), "add_park_ride: search_min is -1, must be from 0 to 60"),
        (lambda: cm.AddParkRide(stop="i1", fee_cny=-1), "add_park_ride: fee_cny is -1, must be from 0 to 10000"),
        (lambda: cm.AddParkRide(stop="i1", capacity=0), "add_park_ride: capacity is 0, must be above 0"),
        (
            lambda: cm.AddParkRide(stop="i1", hours="22:00-06:00"),
            "add_park_ride: hours '22:00-06:00' are not HH:MM-HH:MM, the end after the start",
        ),
    ):
        with pytest.raises(BadValue) as caught:
            make()
        assert str(caught.value) == said


# fares -------------------------------------------------------------------------------------------------------


def fares(net):
    rules = net.table("fare_rules").merge(net.table("fare_attributes"), on="fare_id", suffixes=("", "_of_fare"))
    return {tuple(row): price for *row, price in rules[["route_id", "origin_id", "destination_id", "price"]].itertuples(index=False)}


def test_fares_are_of_lines_of_pairs_and_by_distance():
    assert fares(TODAY.apply(KINDS["fare_line"])) == {("M1", "", ""): 3}
    pairs = {(one.from_stop, one.to_stop): one.price for one in PAIRS}
    both = {("IC1", *way): price for (a, b), price in pairs.items() for way in ((a, b), (b, a))}
    assert fares(TODAY.apply(KINDS["fare_pairs"])) == both
    banded = fares(TODAY.apply(KINDS["fare_bands"]))
    assert len(banded) == 12 and banded["M1", "m1", "m2"] == 2 and banded["M1", "m4", "m1"] == 4
    assert fares(TODAY.apply(KINDS["fare_without_a_line"])) == {("", "i1", "i2"): 5, ("", "i1", "i3"): 9}


def test_a_new_fare_takes_the_place_of_the_old():
    net = TODAY.apply(KINDS["fare_bands"]).apply(KINDS["fare_pairs"]).apply(KINDS["fare_line"])
    assert net == TODAY.apply(KINDS["fare_line"], KINDS["fare_pairs"])
    fare = net.table("fare_attributes").set_index("fare_id").loc["metro"]
    assert fare[["price", "currency_type", "price_year", "discount"]].tolist() == [3, "CNY", 2025, 0.5]


@pytest.mark.filterwarnings("default")
def test_no_question_reads_fares_and_applying_says_so():
    for net in (TODAY, TOWN):
        with pytest.warns(cm.CommuteWarning, match="no query on 2026-11-03 sees what these change: set_fare line M1"):
            net.apply(KINDS["fare_line"])


def test_a_fare_says_what_is_wrong():
    missing = cm.SetFare(fare_id="f", year=2025, line="IC1", pairs=PAIRS[1:])
    assert refused(missing) == "set_fare: line IC1 has no fare from i1 to i2, i2 to i1"
    short = cm.SetFare(fare_id="f", year=2025, line="M1", bands=BANDS[:1])
    assert refused(short) == "set_fare: line M1 has no fare from m1 to m3 (5.5 km), m1 to m4 (7.6 km), m2 to m4 (5.2 km) and 3 more"
    assert refused(cm.SetFare(fare_id="f", year=2025, line="M11", price=1)) == "set_fare: no line 'M11' (nearest: M1)"
    assert refused(cm.SetFare(fare_id="f", year=2025, pairs=[cm.FarePair(from_stop="m1", to_stop="q", price=1)])) == (
        "set_fare: no stop 'q' (none is close to it)"
    )
    again = cm.SetFare(fare_id="metro", year=2025, line="IC1", price=9)
    assert refused(again, TODAY.apply(KINDS["fare_line"])) == "set_fare: the fare_id 'metro' is that of another fare"
    with pytest.raises(Conflict, match="both set fare of line M1"):
        TODAY.apply(KINDS["fare_line"], KINDS["fare_bands"])
    common = {"fare_id": "f", "year": 2025}
    for make, said in (
        (lambda: cm.SetFare(**common, line="M1"), "set_fare needs one of price, pairs, bands"),
        (lambda: cm.SetFare(**common, price=1), "set_fare: a price needs a line"),
        (lambda: cm.SetFare(**common, line="M1", price=-1), "set_fare: price is -1, must be from 0 to 100000"),
        (lambda: cm.SetFare(**common, line="M1", price=2, discount=3), "set_fare: discount 3 is above the fare of 2"),
        (
            lambda: cm.SetFare(**common, line="M1", price=2, currency="yuan"),
            "set_fare: currency 'yuan' is not three capital letters, such as CNY",
        ),
        (lambda: cm.SetFare(**common, line="M1", bands=BANDS[::-1]), "set_fare: band up to 4 km comes after 9 km"),
        (lambda: cm.SetFare(**common, pairs=[cm.FarePair(from_stop="a", to_stop="a", price=1)]), "set_fare: a pair goes from a to itself"),
        (
            lambda: cm.SetFare(
                **common, pairs=[cm.FarePair(from_stop=a, to_stop=b, price=p) for a, b, p in (("a", "b", 1), ("b", "a", 2))]
            ),
            "set_fare: b to a costs both 1 and 2",
        ),
    ):
        with pytest.raises(BadValue) as caught:
            make()
        assert str(caught.value) == said


# checks of the tables ----------------------------------------------------------------------------------------


def test_bad_rows_of_the_tables_are_found():
    known = {"source_id": "tiny", "confidence": "assumed"}
    parks = [{"stop_id": "i1", "walk_min": 0, "hours": "always", **known}, {"stop_id": "m1", "walk_min": 0, **known}]
    parks += [{"stop_id": "m1", "walk_min": 0, "opens": "2026-01-01", **known}]
    price = {"price": 2, "payment_method": 0, **known}
    prices = [{"fare_id": "a", "discount": 3, "currency_type": "CNY", **price}, {"fare_id": "b", "currency_type": "yuan", **price}]
    rules = [{"fare_id": "a", "origin_id": "m1", **known}]
    tables = {"park_ride": parks, "fare_attributes": prices, "fare_rules": rules}
    found = TOWN.replaced(tables={name: frame(name, rows) for name, rows in tables.items()}).validate()
    found = found[found["file"].isin([BY_NAME[name].path for name in tables])]
    assert found[["file", "row", "column", "level", "message"]].values.tolist() == [
        ["gtfs/fare_attributes.txt", 2, "discount", "error", "3 is above the price of 2"],
        ["gtfs/fare_attributes.txt", 3, "currency_type", "error", "'yuan' is not three capital letters, such as CNY"],
        ["gtfs/fare_rules.txt", 2, "destination_id", "error", "only one of origin_id and destination_id is given"],
        ["park_ride.csv", 2, "hours", "error", "'always' is not HH:MM-HH:MM"],
        ["park_ride.csv", 4, "opens", "error", "'m1' has another row that holds on 2026-01-01"],
    ]
