"""From points to minutes: legs, counts, reasons, and the oracles that the whole assembly must meet."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commute as cm
from commute.errors import BadValue
from commute.model.network import Network
from commute.model.points import resolve
from commute.model.results.times import COUNTED, LEGS
from commute.routing import compile
from tinytown import AS_OF, tiny_layers, tiny_tables

PROFILES = (cm.CAR, cm.CAR.at_peak(), cm.WALK, cm.BIKE, cm.TRANSIT, cm.TRANSIT.but(feeder="assumed", rail="all"), cm.PARK_RIDE)


def legs_sum(times):
    return sum(times.legs[leg] for leg in LEGS)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: f"{p.name} {p.feeder} {p.peak}")
def test_legs_sum_exactly(tiny, profile):
    for count in COUNTED:
        times = cm.travel_times(tiny.on(AS_OF), None, profile=profile.but(count=count))
        total = times.seconds[times.middle]
        assert (legs_sum(times)[total >= 0] == total[total >= 0]).all()
        assert ((times.reason == 0) == (total >= 0)).all()
        for leg in LEGS:
            assert leg in COUNTED[count] or not times.legs[leg].any()  # no zone is a stop, whose way out would count


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: f"{p.name} {p.feeder} {p.peak}")
def test_the_fast_path_gives_the_same_totals(tiny, profile):
    engine = compile(tiny.on(AS_OF), profile)
    zones = resolve(tiny)
    times = engine.times(zones, zones)
    assert (engine.totals_s(zones, zones) == times.seconds[times.middle]).all()
    few = resolve(tiny, list(zones.ids[:2]))
    assert (engine.totals_s(zones, few) == times.seconds[times.middle][:, :2]).all()
    assert (engine.totals_s(few, zones) == times.seconds[times.middle][:2]).all()


def test_car_times_between_nodes_are_those_of_networkx(shipped):
    """Every decisecond: the drive from node to node, against Dijkstra on the same rounded links."""
    from commute.routing import roads, snap, street

    now = shipped.on(shipped.as_of)
    here = roads.roads(now, peak=False)
    graph = nx.Graph()
    for a, b, ds in zip(here.streets.from_node, here.streets.to_node, here.streets.link_ds, strict=True):
        if ds < graph.get_edge_data(a, b, {"ds": street.FAR})["ds"]:
            graph.add_edge(int(a), int(b), ds=int(ds))
    some = np.arange(0, len(here.links.node_ids), 97, dtype=np.int32)
    ours = snap.point_matrix_ds(here.streets, snap.at_nodes(some), snap.at_nodes(some))
    for i, a in enumerate(some):
        lengths = nx.single_source_dijkstra_path_length(graph, int(a), weight="ds") if int(a) in graph else {}
        assert [lengths.get(int(b), street.FAR) if a != b else 0 for b in some] == list(ours[i])


def test_station_to_station_begins_at_the_stop(tiny):
    now = tiny.on(AS_OF)
    stops = list(now.running()["stop_times"].query("trip_id == trip_id.min()").sort_values("stop_sequence")["stop_id"])
    a, b = stops[0], stops[-1]
    station = cm.travel_times(now, [a], [b], profile=cm.TRANSIT.but(count="station_to_station")).to_frame().iloc[0]
    vehicle = cm.travel_times(now, [a], [b], profile=cm.TRANSIT.but(count="in_vehicle")).to_frame().iloc[0]
    assert station["access_min"] == 0 and station["entry_min"] > 0
    assert station["egress_min"] > 0 and vehicle["egress_min"] == 0  # the way out, to the street door
    assert vehicle["minutes"] == vehicle["ride_min"] + vehicle["transfer_min"] < station["minutes"]


def test_station_to_station_by_car_is_refused_with_a_reason(tiny):
    frame = cm.travel_times(tiny.on(AS_OF), None, profile=cm.CAR.but(count="station_to_station")).to_frame()
    assert frame["minutes"].isna().all() and set(frame["reason"]) == {"station to station has no meaning by car"}


def test_walking_never_crosses_the_river_but_at_a_bridge(tiny):
    """z1–z3 lie west, z4–z6 east; without the bridge nobody walks over."""
    now = tiny.on(AS_OF)
    link = now.table("link")
    dry = now.replaced(tables={"link": link[~link["link_id"].str.startswith("l_bridge")]})
    zones = list(now.table("zone")["zone_id"])
    by_bridge = cm.travel_times(now, zones, profile=cm.WALK).matrix()
    without = cm.travel_times(dry, zones, profile=cm.WALK).matrix()
    west = [z for z in zones if now.zones.loc[z].geometry.x < 112.98]
    east = [z for z in zones if z not in west]
    assert by_bridge.notna().all().all()
    assert without.loc[west, east].isna().all().all() and without.loc[west, west].notna().all().all()
    assert (by_bridge.loc[west, west] == without.loc[west, west]).all().all()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: f"{p.name} {p.feeder} {p.peak}")
def test_without_a_river_all_modes_go_anywhere(profile):
    bare = Network.from_tables(tiny_tables(), {}, AS_OF).on(AS_OF)
    times = compile(bare, profile).times(resolve(bare), resolve(bare)).seconds[0]
    with_river = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF).on(AS_OF)
    there = compile(with_river, profile).times(resolve(with_river), resolve(with_river)).seconds[0]
    assert (times >= 0).any() and ((there < 0) | ((times >= 0) & (times <= there)) | (profile.wait != "random")).all()


def test_no_service_says_why(tiny):
    far = cm.travel_times(tiny.on(AS_OF), [(112.0, 27.0)], [(113.0, 28.1)], profile=cm.TRANSIT).to_frame()
    assert far["reason"].iloc[0] == "no stop within reach of the origin" and math.isnan(far["minutes"].iloc[0])


def test_two_ways_of_asking_agree(tiny):
    """A scenario applied and a network written by hand give one time."""
    now = tiny.on(AS_OF)
    gap = now.gaps.loc["g_north"]
    by_gap = now.apply(cm.OpenGap(gap="g_north"))
    road = cm.AddLink(
        link_id="by_hand",
        from_node_id=gap["from_node_id"],
        to_node_id=gap["to_node_id"],
        length_km=gap["length_km"],
        free_speed_kmh=gap["free_speed_kmh"],
        allowed_uses="auto",
    )
    assert (cm.travel_times(by_gap, None, profile=cm.CAR).seconds == cm.travel_times(now.apply(road), None, profile=cm.CAR).seconds).all()


@pytest.mark.filterwarnings("ignore:no query on")  # gaps without a length
@pytest.mark.parametrize("peak", [False, True])
def test_opening_a_gap_never_makes_a_time_longer_and_equals_the_algebra(shipped, peak):
    now = shipped.on(shipped.as_of)
    profile = cm.CAR.but(peak=peak)
    zones, centres = resolve(now, list(now.table("zone")["zone_id"][::9])), resolve(now, ["五一广场", "株洲中心广场", "湘潭建设路口"])
    gaps = [gap for gap in now.gaps.index if now.gaps.at[gap, "kind"] != "planned_line"]
    base = compile(now, profile).totals_s(zones, centres)
    alone = compile(now, profile).with_each_gap_s(zones, centres, gaps)
    assert (alone <= base).all()
    for i in range(0, len(gaps), 5):
        opened = now.apply(cm.OpenGap(gap=gaps[i]))
        assert (compile(opened, profile).totals_s(zones, centres) == alone[i]).all(), gaps[i]


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed):
    tables = {name: frame.sample(frac=1, random_state=seed) for name, frame in tiny_tables().items()}
    one, other = (Network.from_tables(t, tiny_layers(), AS_OF) for t in (tiny_tables(), tables))
    for profile in (cm.CAR, cm.TRANSIT.but(rail="all", draws=2, departures=4)):
        a, b = (cm.travel_times(net.on(AS_OF), None, profile=profile) for net in (one, other))
        assert (a.seconds == b.seconds).all() and all((a.legs[leg] == b.legs[leg]).all() for leg in LEGS)


def test_percentiles_ascend_and_are_named(tiny):
    profile = cm.TRANSIT.but(percentiles=(25, 50, 75), rail="all")
    times = cm.travel_times(tiny.on(AS_OF), None, profile=profile)
    here = (times.seconds >= 0).all(axis=0)
    assert (np.diff(times.seconds[:, here], axis=0) >= 0).all()
    frame = times.to_frame()
    assert (frame["minutes"].dropna() == frame["minutes_p50"].dropna()).all() and "minutes_p75" in frame


def test_half_headway_is_a_choice(tiny):
    now = tiny.on(AS_OF)
    drawn, half = (cm.travel_times(now, None, profile=cm.TRANSIT.but(wait=wait)) for wait in ("random", "half_headway"))
    assert not (drawn.legs["wait"] == half.legs["wait"]).all()


def test_a_gate_that_shuts_earlier_makes_waits_longer(tiny):
    now = tiny.on(AS_OF)
    kinds = set(now.running()["stops"]["station_class"])
    late = now.apply(*[cm.SetEntry(station_class=kind, gate_min=10) for kind in sorted(kinds)])
    profile = cm.TRANSIT.but(wait="random")
    a, b = (cm.travel_times(net, None, profile=profile) for net in (now, late))
    both = (a.seconds[0] >= 0) & (b.seconds[0] >= 0)
    assert (b.seconds[0][both] >= a.seconds[0][both]).all() and (b.seconds[0][both] > a.seconds[0][both]).any()


def test_entry_minutes_of_the_profile_win(tiny):
    now = tiny.on(AS_OF)
    quick = cm.travel_times(now, None, profile=cm.TRANSIT.but(entry_min=0))
    assert not quick.legs["entry"].any()
    slow = cm.travel_times(now, None, profile=cm.TRANSIT.but(entry_min={"metro": 20, "intercity": 20}))
    assert slow.legs["entry"].max() >= 20 * 60


def test_park_and_ride_parks_once(tiny):
    times = cm.travel_times(tiny.on(AS_OF), None, profile=cm.PARK_RIDE)
    here = times.seconds[0] >= 0
    assert set(np.unique(times.legs["parking"][here])) <= {0, round(tiny.constant("park_ride_parking_min") * 60)}


def test_being_dropped_off_is_quicker_than_parking(tiny):
    now = tiny.on(AS_OF)
    parked = cm.travel_times(now, None, profile=cm.PARK_RIDE.but(wait="random"))
    dropped = cm.travel_times(now, None, profile=cm.TRANSIT.but(access_modes=("car",), peak=True, wait="random"))
    rode = (parked.legs["ride"] > 0) & (dropped.legs["ride"] > 0)
    assert rode.any() and (dropped.seconds[0][rode] <= parked.seconds[0][rode]).all()
    assert set(np.unique(dropped.legs["parking"])) <= {0, round(tiny.constant("drop_off_min") * 60)}


def test_an_undated_network_is_asked_about_on_its_own_date(tiny):
    times = cm.travel_times(tiny, None, profile=cm.CAR)
    assert times.about["date"] == AS_OF.isoformat() and times.about["assumed"]
    assert (times.seconds == cm.travel_times(tiny.on(AS_OF), None, profile=cm.CAR).seconds).all()


def test_a_pattern_is_of_trains_between_stops(tiny):
    now = tiny.on(AS_OF)
    stops = list(now.running()["stop_times"].query("trip_id == trip_id.min()").sort_values("stop_sequence")["stop_id"])
    ask = cm.TRANSIT.but(count="in_vehicle", rail="all")
    patterns = [ask.but(pattern=p) for p in ("fastest", "typical", "all_stops")]
    times = [cm.travel_times(now, stops[:1], stops[-1:], profile=one).minutes[0, 0] for one in patterns]
    assert times == sorted(times) and times[0] > 0
    with pytest.raises(BadValue, match="give stop ids"):
        cm.travel_times(now, None, profile=ask.but(pattern="fastest"))


def test_a_road_beside_a_station_changes_the_walk_there(tiny):
    now = tiny.on(AS_OF)
    stop, corner = (tuple(map(float, (one.x, one.y))) for one in (now.stops.geometry["m1"], now.nodes.geometry["n01"]))
    road = cm.AddLink(
        link_id="path",
        from_node_id="n01",
        to_point=stop,
        snap_km=0.01,
        new_nodes=True,
        free_speed_kmh=30,
        facility_type="residential",
        allowed_uses="auto,bike,walk",
    )
    after = now.apply(road)
    walk = [cm.travel_times(net, [corner], [stop], profile=cm.WALK).matrix().iloc[0, 0] for net in (now, after)]
    assert walk[1] == pytest.approx(walk[0] / now.constant("walk_detour"), abs=0.05)  # the road's own length, no longer a detour
    ride = cm.TRANSIT.but(access_modes=("walk",), egress_modes=("walk",), depart="08:00", window_min=0)
    access = [cm.travel_times(net, [corner], ["m4"], profile=ride).to_frame()["access_min"].iloc[0] for net in (now, after)]
    assert access[1] < access[0]
