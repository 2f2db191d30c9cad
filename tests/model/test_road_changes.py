"""Changes of roads: what each does, what it refuses, and that it can be undone, saved and read back."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

import commute as cm
from commute import routing
from commute.errors import BadScenario, BadValue, CommuteWarning, Conflict
from commute.model.network import Network
from commute.model.points import resolve
from commute.model.speeds import link_minutes
from tinytown import AS_OF, tiny_layers, tiny_tables

WEST = cm.Where(polygon=((112.9, 28.0), (112.98, 28.0), (112.98, 28.2), (112.9, 28.2)))
ROAD = "l_n00_n10"
COURSE = "LINESTRING (112.94 28.08, 112.945 28.09, 112.96 28.1)"
FAR = (113.2, 28.3)
MADE = {
    "open_by_ends": cm.OpenGap(from_node_id="n22", to_node_id="n12", free_speed_kmh=80.0, lanes=6.0, length_km=4.5),
    "open_tied": cm.OpenGap(gap="g_tied", free_speed_kmh=50.0),
    "add": cm.AddLink(link_id="new", from_node_id="n00", to_node_id="n11", free_speed_kmh=70.0, geometry=COURSE, capacity=1800.0),
    "add_path": cm.AddLink(link_id="new", from_point=(112.9401, 28.0801), to_node_id="n11", modes=("walk", "bike"), directed=True),
    "add_far": cm.AddLink(
        link_id="new", from_node_id="n32", to_point=FAR, new_nodes=True, free_speed_kmh=90.0, from_date="2020-01-01", to_date="2030-12-31"
    ),
    "remove": cm.RemoveLink(link=ROAD),
    "remove_walks": cm.RemoveLink(where=WEST, modes="walk"),
    "remove_one_way": cm.RemoveLink(link=ROAD, direction="forward"),
    "remove_a_while": cm.RemoveLink(link=ROAD, from_date="2026-11-01", to_date="2026-11-30", modes=("auto", "bike")),
    "remove_all_a_while": cm.RemoveLink(link=ROAD, from_date="2026-11-01", to_date="2026-11-30"),
    "widen": cm.Widen(link=ROAD, lanes=3.0, expect={"lanes": 2.0}),
    "widen_by": cm.Widen(where=cm.Where(query="lanes <= 2 and area == 'zhuzhou'"), lanes_change=1.0),
    "widen_one_way": cm.Widen(link=ROAD, lanes=3.0, direction="backward", from_date="2026-01-01"),
    "narrow": cm.Widen(link="l_bridge", lanes=2.0, allow_narrowing=True),
    "speed": cm.SetSpeed(link=(ROAD, "l_bridge"), free_speed_kmh=50.0, peak_speed_kmh=20.0),
    "speed_scaled": cm.SetSpeed(where=WEST, factor=1.5, cost=cm.Cost(amount_mcny=10.0, price_year=2025), source="me"),
    "speed_one_way": cm.SetSpeed(link="l_n10_n11", factor=0.5, direction="forward", from_date="2025-01-01", to_date="2027-12-31"),
    "congestion": cm.Congestion(where=WEST, factor=0.5),
    "congestion_one_way": cm.Congestion(
        link="l_n11_n12", factor=0.75, when="all", priority=2, direction="backward", from_date="2026-01-01"
    ),
}


TOWN = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)
NODES = list(TOWN.table("node")["node_id"])
NODE, LINK = TOWN.table("node").query("node_id == 'n00'").iloc[0].to_dict(), TOWN.table("link").query("link_id == @ROAD").iloc[0].to_dict()


@pytest.fixture
def tiny():
    """The tiny town made once: a network is a value."""
    return TOWN


def node_minutes(net, *, peak=False):
    """Shortest driving minutes between all nodes of the tiny town, by scipy."""
    nodes, links = net.table("node")["node_id"], net.in_use("link")
    minutes = np.where(links["allowed_uses"].str.contains("auto"), link_minutes(net, links, peak=peak), np.inf)
    pairs = [*zip(links["from_node_id"], links["to_node_id"], minutes, strict=True)]
    pairs += [(b, a, m) for (a, b, m), one in zip(pairs, links["directed"], strict=True) if not one]
    place = {node: k for k, node in enumerate(nodes)}
    best = {}
    for a, b, m in pairs:
        best[place[a], place[b]] = min(m, best.get((place[a], place[b]), np.inf))
    rows, columns = zip(*best, strict=True)
    full = dijkstra(coo_matrix((list(best.values()), (rows, columns)), shape=(len(nodes),) * 2).tocsr())
    known = [place[node] for node in NODES]
    return full[np.ix_(known, known)]


def of(net, link, *, peak=True):
    """Minutes along one link."""
    rows = net.in_use("link")
    return float(link_minutes(net, rows[rows["link_id"] == link], peak=peak)[0])


def same(a, b):
    return np.allclose(a, b, rtol=1e-12, atol=0)


@pytest.mark.parametrize("when", [None, "2026-11-03"])
@pytest.mark.parametrize("name", MADE)
def test_every_kind_leaves_a_valid_network_and_can_be_undone(tiny, name, when):
    net = tiny.on(when) if when else tiny
    scenario, before = cm.Scenario(name=name, changes=(MADE[name],)), net.hash
    after = net.apply(scenario)
    assert net.hash == before != after.hash
    assert when or not len(after.validate().query("level == 'error'"))  # the dated one is validated as it is read back
    assert net.apply(cm.diff(net, after)) == after
    assert after.apply(cm.invert(net, scenario)) == net
    assert cm.from_graph(cm.to_graph(after)) == after


@pytest.mark.parametrize("name", MADE)
def test_every_kind_is_saved_and_read_back(tiny, name, tmp_path):
    scenario = cm.Scenario(name=name, changes=(MADE[name],))
    cm.write_scenario(scenario, tmp_path / "s.yaml")
    assert cm.read_scenario(tmp_path / "s.yaml") == scenario
    after = tiny.on(AS_OF).apply(scenario)
    cm.write_network(after, tmp_path / "net")
    assert cm.read_network(tmp_path / "net") == after


@pytest.mark.parametrize("name", [n for n in MADE if n.startswith(("open", "add"))] + ["widen", "widen_by", "speed_scaled"])
def test_what_is_opened_added_or_made_faster_raises_no_time(tiny, name):
    for day in ("2026-11-03", "2027-06-01"):
        net = tiny.on(day)
        after = net.apply(MADE[name])
        for peak in (False, True):
            assert (node_minutes(after, peak=peak) <= node_minutes(net, peak=peak) * (1 + 1e-12)).all()


@pytest.mark.parametrize("name", [n for n in MADE if n.startswith(("remove", "congestion"))] + ["narrow", "speed_one_way"])
def test_what_is_removed_or_made_slower_lowers_no_time(tiny, name):
    net = tiny.on(AS_OF)
    after = net.apply(MADE[name])
    for peak in (False, True):
        assert (node_minutes(after, peak=peak) >= node_minutes(net, peak=peak) * (1 - 1e-12)).all()


# opening and adding ------------------------------------------------------------------------------------------


def test_a_gap_is_named_by_its_ends_and_built_otherwise_than_recorded(tiny):
    after = tiny.on(AS_OF).apply(MADE["open_by_ends"])
    assert after.links.loc["g_north", ["free_speed_kmh", "lanes", "length_km"]].tolist() == [80.0, 6.0, 4.5]
    assert of(after, "g_north", peak=False) == pytest.approx(4.5 / 80 * 60)
    tied = tiny.on(AS_OF).apply(MADE["open_tied"])
    assert tied.links.loc["l_planned", "free_speed_kmh"] == 50 == tied.table("gap").set_index("gap_id").at["g_tied", "free_speed_kmh"]


def test_what_a_gap_is_built_as_is_a_value(tiny):
    slow, quick = (cm.OpenGap(id=f"at {v}", gap="g_north", free_speed_kmh=float(v)) for v in (50, 70))
    with pytest.raises(Conflict) as caught:
        tiny.apply(slow, quick)
    assert str(caught.value) == "at 50 and at 70 both set free_speed_kmh of gap g_north\nat 50 and at 70 both set opens of gap g_north"
    with pytest.raises(Conflict, match=r"^open_gap and set_speed both set free_speed_kmh of link g_north$"):
        tiny.apply(cm.OpenGap(gap="g_north", free_speed_kmh=50.0), cm.SetSpeed(link="g_north", free_speed_kmh=70.0))


def test_a_gap_without_a_length_opens_and_changes_nothing_which_is_said():
    tables = tiny_tables()
    gap = tables["gap"]["gap_id"] == "g_north"
    tables["gap"].loc[gap, ["length_km", "no_effect"]] = [np.nan, "length not published"]
    net = Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF)
    with pytest.warns(CommuteWarning, match="no query on 2026-11-03 sees what these change: open_gap g_north"):
        after = net.apply(cm.OpenGap(gap="g_north"))
    assert "g_north" not in after.links.index and "g_north" not in after.gaps.index
    assert cm.OpenGap(gap="g_north").idle(net) == "length not published"
    with pytest.raises(BadScenario, match=r"^open_gap: gap g_north has no known length: give length_km$"):
        net.apply(cm.OpenGap(gap="g_north", free_speed_kmh=60.0))
    built = net.apply(cm.OpenGap(gap="g_north", length_km=4.5))
    assert built.links.loc["g_north", "length_km"] == 4.5 and built.table("gap")["no_effect"].eq("").all()
    tables["gap"].loc[gap, ["length_km", "free_speed_kmh"]] = [4.2, np.nan]
    with pytest.raises(BadScenario, match=r"^open_gap: gap g_north has no known speed, and a car needs one: give free_speed_kmh$"):
        Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF).apply(cm.OpenGap(gap="g_north"))


def test_a_road_may_leave_the_bounds_and_is_used_there(tiny):
    now = tiny.on(AS_OF)
    after = now.apply(MADE["add_far"])
    assert after.table("node").set_index("node_id").loc["new:to", ["lon", "lat", "source_id"]].tolist() == [*FAR, "scenario"]
    before, then = (cm.travel_times(net, [FAR], ["z1", "z6"], profile=cm.CAR).seconds for net in (now, after))
    assert (then < before / 2).all()
    town = [cm.travel_times(net, None, profile=cm.CAR).seconds for net in (now, after)]
    assert (town[1] <= town[0]).all()


def test_a_point_near_a_node_is_the_node_and_a_length_is_measured(tiny):
    now = tiny.on(AS_OF)
    path = now.apply(MADE["add_path"]).links.loc["new"]
    assert path["from_node_id"] == "n00" and path["allowed_uses"] == "walk,bike" and path["free_speed_kmh"] == now.constant("bike_kmh")
    by_course, straight = now.apply(MADE["add"]).links.loc["new"], path["length_km"]
    assert straight < by_course["length_km"] < 1.2 * straight and straight == pytest.approx(2.966, abs=0.002)


def test_the_new_road_of_braess_slows_no_one_here_and_its_page_says_why(tiny):
    """A new road can slow everyone down once traffic is assigned anew; here none is, so that no time may rise, and each kind says so."""
    now = tiny.on(AS_OF)
    after = now.apply(cm.AddLink(link_id="short_cut", from_node_id="n10", to_node_id="n21", free_speed_kmh=120.0, area="zhuzhou"))
    for peak in (False, True):
        one, other = node_minutes(now, peak=peak), node_minutes(after, peak=peak)
        assert (other <= one).all() and (other < one).any()
    for kind in (cm.OpenGap, cm.AddLink, cm.RemoveLink, cm.Widen, cm.SetSpeed, cm.Congestion):
        assert "assigned anew" in " ".join(kind.__doc__.split())


# removing ----------------------------------------------------------------------------------------------------


def test_a_removed_link_is_gone_from_the_day_on_or_altogether(tiny):
    now = tiny.on(AS_OF)
    after = now.apply(cm.RemoveLink(link=ROAD))
    assert ROAD not in after.links.index and ROAD in after.on("2026-11-02").links.index
    never = tiny.apply(cm.RemoveLink(link=ROAD))
    assert all(ROAD not in never.on(day).links.index for day in ("1950-01-02", "2026-11-03", "2040-01-03"))
    a_while = tiny.apply(MADE["remove_all_a_while"])
    here = {day: [one for one in a_while.on(day).links.index if one.startswith(ROAD)] for day in ("2026-10-31", "2026-11-03", "2026-12-01")}
    assert here == {"2026-10-31": [ROAD], "2026-11-03": [], "2026-12-01": [f"{ROAD}~2026-12-01"]}


def test_a_village_whose_road_is_shut_does_not_find_a_better_one():
    """A slow road 1.6 km to its north, a fast one 2.3 km to its south: shutting the first lets it look no farther than before."""
    tables, km = tiny_tables(), 111.2
    south, north = 28.1 - 2.3 / km, 28.1 + 1.6 / km
    at = {"a0": (113.1, north), "a1": (113.2, north), "b0": (113.1, south), "b1": (113.2, south)}
    rows = [("A", "a0", "a1", 20.0), ("C", "a1", "b1", 20.0), ("B", "b0", "b1", 80.0)]
    node = pd.DataFrame([{**NODE, "node_id": one, "lon": lon, "lat": lat} for one, (lon, lat) in at.items()])
    blank = {**LINK, "geometry": "", "directed": False, "length_km": 10.0}
    link = pd.DataFrame([{**blank, "link_id": one, "from_node_id": a, "to_node_id": b, "free_speed_kmh": v} for one, a, b, v in rows])
    some = {name: tables[name].iloc[:0] for name in ("gap", "project", "job", "place")}
    zone = tables["zone"].iloc[:2].assign(zone_id=["village", "town"], lon=[113.1, 113.2], lat=[28.1, south])
    town = Network.from_tables({**tables, **some, "node": node, "link": link, "zone": zone}, tiny_layers(), AS_OF).on(AS_OF)

    def minutes(net):
        return cm.travel_times(net, ["village"], ["town"], profile=cm.CAR, progress=False).to_frame()["minutes"].iloc[0]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CommuteWarning)  # of who is cut off, and that today nothing changes
        shut = [cm.RemoveLink(link="A"), cm.RemoveLink(link="A", from_date="2030-01-01")]
        now, later, never = *(town.apply(one) for one in shut), town.replaced(day=None).apply(shut[0])
    assert np.isnan(minutes(now)) and np.isnan(minutes(never.on(AS_OF))) and np.isnan(minutes(later.on("2030-01-02")))
    assert minutes(later) == minutes(town) > 30


def test_no_drive_is_quicker_on_the_shipped_network_when_a_road_is_shut(shipped):
    now = shipped.on("2026-11-03")
    zones, luck = resolve(now), np.random.default_rng(2)
    before = routing.compile(now, cm.CAR).totals_s(zones, zones).astype(np.int64)
    roads = now.in_use("link").query("allowed_uses.str.contains('auto')")["link_id"]
    for one in ["osm_0003", "osm_0530", *luck.choice(roads, 6, replace=False)]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CommuteWarning)  # of zones that are cut off
            after, later = (now.apply(cm.RemoveLink(link=one, from_date=day)) for day in ("", "2030-01-01"))
        times = routing.compile(after, cm.CAR).totals_s(zones, zones)
        assert (np.where(times < 0, 1 << 30, times) >= np.where(before < 0, 1 << 30, before)).all(), one
        assert (routing.compile(later, cm.CAR).totals_s(zones, zones) == before).all(), one


def test_a_link_that_a_gap_names_keeps_its_row(tiny):
    opened = tiny.apply(cm.OpenGap(gap="g_tied"))
    after = opened.apply(cm.RemoveLink(link="l_planned"))
    assert "l_planned" in set(after.table("link")["link_id"]) and not len(after.validate().query("level == 'error'"))
    assert all("l_planned" not in after.on(day).links.index for day in ("1950-01-02", "2026-11-03", "2040-01-03"))


def test_the_road_of_a_gap_is_removed_by_the_gap(tiny):
    now = tiny.on(AS_OF)
    opened = now.apply(cm.OpenGap(gap="g_north"))
    after = opened.apply(cm.RemoveLink(link="g_north"))
    assert "g_north" in after.gaps.index and "g_north" not in after.links.index and not len(after.validate().query("level == 'error'"))
    assert same(node_minutes(after), node_minutes(now))
    later = opened.apply(cm.RemoveLink(link="g_north", from_date="2027-01-01"))
    assert "g_north" in later.on("2026-12-31").links.index and "g_north" not in later.on("2027-01-01").links.index


def test_some_uses_end_and_the_others_stay(tiny):
    after = tiny.apply(cm.RemoveLink(link=ROAD, modes=("walk", "bike"), direction="backward"))
    assert after.links.loc[[ROAD, f"{ROAD}~back"], "allowed_uses"].tolist() == ["auto,bike,walk", "auto"]


def test_zones_that_are_cut_off_are_named(tiny):
    said = "remove_link l_bridge: no longer joined to the rest by car: z4 (z4镇), z5 (z5镇), z6 (z6镇)"
    for way, modes in (("both", ()), ("forward", ("auto",))):  # one way is enough: one cannot come back
        with pytest.warns(CommuteWarning) as caught:
            tiny.on(AS_OF).apply(cm.RemoveLink(link="l_bridge", direction=way, modes=modes))
        assert [str(one.message) for one in caught] == [said]
    tiny.on(AS_OF).apply(cm.RemoveLink(link="l_bridge", modes="walk"))  # warnings are errors


# widening ----------------------------------------------------------------------------------------------------


def test_widening_divides_what_the_peak_adds_by_the_fourth_power(tiny):
    for level in ("favourable", "central", "unfavourable"):
        now = tiny.on(AS_OF).assume(level)
        after = now.apply(cm.Widen(link=(ROAD, "l_bridge"), lanes_change=2.0))
        for link, ratio in ((ROAD, 2.0), ("l_bridge", 1.5)):
            free = of(now, link, peak=False)
            assert of(after, link, peak=False) == free
            assert of(after, link) - free == pytest.approx((of(now, link) - free) / ratio**4)
            f = now.constant("peak_factor_secondary_changsha")
            along = now.links.loc[link, "length_km"] / now.links.loc[link, "free_speed_kmh"] * 60
            delay = 1.0 if link == "l_bridge" else 0.0
            assert of(after, link) == pytest.approx(along * (1 + (1 / f - 1) / ratio**4) + delay / ratio**4)


def test_a_published_peak_speed_is_eased_likewise(tiny):
    now = tiny.on(AS_OF).apply(cm.SetSpeed(link=ROAD, peak_speed_kmh=10.0))
    free = of(now, ROAD, peak=False)
    assert of(now, ROAD) == pytest.approx(4 * free)
    assert of(now.apply(cm.Widen(link=ROAD, lanes=4.0)), ROAD) == pytest.approx(free * (1 + 3 / 16))


def test_widenings_add_up_and_capacity_counts_a_lane(tiny):
    now = tiny.on(AS_OF)
    twice = now.apply(cm.Widen(id="a", link=ROAD, lanes_change=1.0), cm.Widen(id="b", where=WEST, lanes_change=2.0))
    assert twice.links.loc[ROAD, ["lanes", "capacity_ratio"]].tolist() == pytest.approx([5.0, 2.5])
    road = now.apply(MADE["add"])
    wide = road.apply(cm.Widen(link="new", capacity=2160.0))
    assert wide.links.loc["new", ["capacity", "capacity_ratio"]].tolist() == pytest.approx([2160.0, 1.2])
    assert of(wide, "new") < of(road, "new")


def test_a_bottleneck_is_widened_by_its_gap(now):
    after = now.apply(cm.Widen(gap="rg_leifeng", lanes_change=1.0))
    changed = {row.element for row in cm.diff_table(now, after).itertuples() if row.attribute == "lanes"}
    assert changed == {"osm_0226", "osm_0225", "osm_0202"}


# speed and congestion ----------------------------------------------------------------------------------------


def test_a_speed_is_set_or_scaled_and_a_published_peak_follows(tiny):
    now = tiny.on(AS_OF).apply(cm.SetSpeed(link=ROAD, peak_speed_kmh=10.0))
    for change in (cm.SetSpeed(link=ROAD, free_speed_kmh=60.0), cm.SetSpeed(link=ROAD, factor=1.5)):
        assert now.apply(change).links.loc[ROAD, ["free_speed_kmh", "peak_speed_kmh"]].tolist() == [60.0, 15.0]
    other = tiny.on(AS_OF).apply(cm.SetSpeed(link=ROAD, free_speed_kmh=60.0))
    assert of(other, ROAD) == pytest.approx(of(tiny.on(AS_OF), ROAD) / 1.5)


def test_one_way_of_a_road_is_changed_alone(tiny):
    now = tiny.on(AS_OF)
    after = now.apply(cm.SetSpeed(link="l_bridge", factor=0.5, direction="backward"))
    there, back = (cm.to_graph(net) for net in (now, after))
    for graph, ways in ((there, (1, 1)), (back, (1, 2))):
        got = [nx.shortest_path_length(graph, a, b, weight="minutes") for a, b in (("n11", "n21"), ("n21", "n11"))]
        assert got == pytest.approx([of(now, "l_bridge", peak=False) * way for way in ways])
    bent = now.apply(cm.SetSpeed(link=ROAD, factor=0.5, direction="backward")).links.geometry
    assert bent[f"{ROAD}~back"].reverse().equals(bent[ROAD])


def test_both_ways_in_turn_are_as_both_at_once(tiny):
    now = tiny.on(AS_OF)
    split = now.apply(*(cm.SetSpeed(link=ROAD, free_speed_kmh=v, direction=way) for way, v in (("forward", 30.0), ("backward", 20.0))))
    assert split.links.loc[[ROAD, f"{ROAD}~back"], "free_speed_kmh"].tolist() == [30.0, 20.0]
    again = split.apply(cm.SetSpeed(link=ROAD, factor=2.0))  # the id means both halves
    assert again.links.loc[[ROAD, f"{ROAD}~back"], "free_speed_kmh"].tolist() == [60.0, 40.0]
    whole = tiny.apply(cm.SetSpeed(link="l_planned", factor=0.5, direction="forward"))
    assert {"l_planned", "l_planned~back"} <= set(whole.on(AS_OF).apply(cm.OpenGap(gap="g_tied")).links.index)


def test_the_road_of_an_open_gap_is_changed_by_the_gap_or_its_place(tiny):
    opened = tiny.on(AS_OF).apply(cm.OpenGap(gap="g_north"))
    around = cm.Where(polygon=((112.96, 28.11), (113.0, 28.11), (113.0, 28.13), (112.96, 28.13)))
    for which in ({"link": "g_north"}, {"where": around}):
        after = opened.apply(cm.SetSpeed(**which, factor=0.5))
        assert of(after, "g_north", peak=False) == pytest.approx(2 * of(opened, "g_north", peak=False))
        assert set(after.links.index) == set(opened.links.index) and not len(after.validate().query("level == 'error'"))
    as_it_is = opened.apply(cm.SetSpeed(link="g_north", free_speed_kmh=60.0))
    assert (cm.travel_times(as_it_is, None, profile=cm.CAR).seconds == cm.travel_times(opened, None, profile=cm.CAR).seconds).all()
    later = opened.apply(cm.SetSpeed(link="g_north", free_speed_kmh=30.0, from_date="2027-01-01", direction="backward"))
    speeds = {day: later.on(day).links.filter(like="g_north", axis=0)["free_speed_kmh"].tolist() for day in ("2026-12-31", "2027-01-01")}
    assert speeds == {"2026-12-31": [60.0, 60.0], "2027-01-01": [60.0, 30.0]}


def test_a_selection_by_place_leaves_planned_roads_to_their_day(tiny):
    east = cm.Where(polygon=((113.01, 28.07), (113.03, 28.07), (113.03, 28.11), (113.01, 28.11)))
    after = tiny.apply(cm.SetSpeed(where=east, factor=0.5, from_date="2026-01-01"))
    link = after.table("link").set_index("link_id")
    assert link.loc["l_planned", ["free_speed_kmh", "opens"]].tolist() == [80.0, ""] and "l_n30_n31~2026-01-01" in link.index


def test_congestion_is_of_its_time_and_within_bounds(tiny):
    now = tiny.on(AS_OF)
    free, peak = of(now, ROAD, peak=False), of(now, ROAD)
    for when, wanted in (("peak", (free, 2 * peak)), ("free", (2 * free, peak)), ("all", (2 * free, 2 * peak))):
        after = now.apply(cm.Congestion(link=ROAD, factor=0.5, when=when))
        assert (of(after, ROAD, peak=False), of(after, ROAD)) == pytest.approx(wanted)
    km = now.links.loc[ROAD, "length_km"]
    least, most = (now.apply(cm.Congestion(link=ROAD, factor=f, when="all")) for f in (0.01, 10.0))
    assert (of(least, ROAD), of(most, ROAD, peak=False)) == pytest.approx((km * 60, km / 150 * 60))
    assert of(most, ROAD) == pytest.approx(free)  # a peak is at most as quick as free flow


def test_congestions_that_overlap_need_priorities(tiny):
    now = tiny.on(AS_OF)
    town, road = cm.Congestion(id="town", where=WEST, factor=0.5), cm.Congestion(id="road", link=ROAD, factor=0.75)
    with pytest.raises(Conflict) as caught:
        now.apply(town, road)
    assert str(caught.value) == f"road and town both set peak_factor at priority 0 of link {ROAD}"
    now.apply(town, cm.Congestion(id="free", link=ROAD, factor=0.75, when="free"))
    until = cm.Congestion(where=WEST, factor=0.5, to_date="2026-12-31")
    tiny.apply(until, cm.Congestion(id="then", link=ROAD, factor=0.75, from_date="2027-01-01", when="all"))


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_of_congestions_that_overlap_the_highest_priority_holds(tiny, ids):
    now = tiny.on(AS_OF)
    town = cm.Congestion(id=ids[0], where=WEST, factor=0.5)
    after = now.apply(town, cm.Congestion(id=ids[1], link=ROAD, factor=0.75, priority=1))
    assert after.links.loc[[ROAD, "l_n01_n11"], "peak_factor"].tolist() == [0.75, 0.5]


def test_two_values_conflict_and_factors_multiply(tiny):
    now = tiny.on(AS_OF)
    values = [cm.SetSpeed(id=f"to {v:g}", link=ROAD, free_speed_kmh=v) for v in (30.0, 50.0)]
    with pytest.raises(Conflict, match=f"^to 30 and to 50 both set free_speed_kmh of link {ROAD}\nto 30 and to 50 both set peak_speed_kmh"):
        now.apply(*values)
    with pytest.raises(Conflict, match="both set lanes of"):
        now.apply(cm.Widen(link=ROAD, lanes=3.0), cm.Widen(where=cm.Where(ids=(ROAD, "l_n01_n11")), lanes=4.0))
    with pytest.raises(Conflict, match=f"both set free_speed_kmh of link {ROAD}~back"):
        now.apply(cm.SetSpeed(id="one", link=ROAD, free_speed_kmh=30.0, direction="backward"), values[1])
    apart = [
        cm.SetSpeed(link=ROAD, free_speed_kmh=v, **days)
        for v, days in ((30.0, {"to_date": "2026-12-31"}), (50.0, {"from_date": "2027-01-01"}))
    ]
    after = tiny.apply(*apart)
    assert [after.on(day).links.filter(like=ROAD, axis=0)["free_speed_kmh"].tolist() for day in ("2026-12-31", "2027-01-01")] == [
        [30.0],
        [50.0],
    ]
    cm.merge(
        *(
            cm.Scenario(name=way, changes=[cm.SetSpeed(link=ROAD, free_speed_kmh=30.0 + len(way), direction=way)])
            for way in ("forward", "backward")
        )
    )


# refusals ----------------------------------------------------------------------------------------------------

NEW = {"link_id": "x", "from_node_id": "n00", "to_node_id": "n11", "free_speed_kmh": 50.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cm.OpenGap(from_node_id="n12"), "open_gap needs both ends of a gap, from_node_id and to_node_id"),
        (lambda: cm.OpenGap(state="planned", lanes=2.0), "open_gap: lanes can be said of one gap only: name it"),
        (lambda: cm.OpenGap(gap="g", length_km=0.0), "open_gap: length_km is 0.0, must be above 0"),
        (lambda: cm.OpenGap(gap="g", free_speed_kmh=200.0), "open_gap: free_speed_kmh is 200.0, must be from 1 to 150"),
        (
            lambda: cm.OpenGap(gap="g", to_date="2030-01-01"),
            "open_gap: to_date has no meaning for it: a gap opens for good, remove_link shuts a road",
        ),
        (lambda: cm.AddLink(**NEW | {"free_speed_kmh": None}), "link x: cars may use it, so it needs a free_speed_kmh"),
        (lambda: cm.AddLink(**NEW, length_km=0), "link x: length_km is 0, must be above 0"),
        (lambda: cm.AddLink(**NEW, from_point=FAR), "link x: it needs from_node_id or from_point, and not both"),
        (lambda: cm.AddLink(**NEW | {"to_node_id": ""}), "link x: it needs to_node_id or to_point, and not both"),
        (
            lambda: cm.AddLink(**NEW | {"to_node_id": "", "to_point": (28.1, 113.0)}),
            "link x: to_point (28.1, 113) is not (lon, lat) in degrees; lon and lat look swapped",
        ),
        (lambda: cm.AddLink(**NEW, modes="car"), "link x: mode 'car' is none of auto, bike, walk"),
        (lambda: cm.AddLink(**NEW, modes="auto", allowed_uses="auto"), "link x: both modes and allowed_uses are given, give one"),
        (lambda: cm.AddLink(**NEW, geometry="POINT (1 2)"), "link x: geometry 'POINT (1 2)' is not a WKT LINESTRING"),
        (
            lambda: cm.AddLink(**NEW, geometry="LINESTRING (nan nan, nan nan)"),
            "link x: geometry 'LINESTRING (nan nan, nan nan)' is not a WKT LINESTRING",
        ),
        (lambda: cm.RemoveLink(), "remove_link needs link or where"),
        (lambda: cm.RemoveLink(link=ROAD, modes="tram"), "remove_link: mode 'tram' is none of auto, bike, walk"),
        (lambda: cm.Widen(lanes=3.0), "widen needs link or gap or where"),
        (lambda: cm.Widen(link=ROAD), "widen needs one of lanes, lanes_change and capacity: none is given"),
        (
            lambda: cm.Widen(link=ROAD, lanes=3.0, lanes_change=1.0),
            "widen needs one of lanes, lanes_change and capacity: lanes and lanes_change are given",
        ),
        (lambda: cm.Widen(link=ROAD, lanes=0.0), "widen: lanes is 0.0, must be from 1 to 12"),
        (lambda: cm.Widen(link=ROAD, lanes_change=0.0), "widen: lanes_change is 0.0, must be a number of lanes other than 0"),
        (lambda: cm.SetSpeed(link=ROAD), "set_speed needs free_speed_kmh, factor or peak_speed_kmh"),
        (
            lambda: cm.SetSpeed(link=ROAD, factor=1.1, free_speed_kmh=50.0),
            "set_speed: both free_speed_kmh and factor are given, give one",
        ),
        (lambda: cm.SetSpeed(link=ROAD, factor=0.0), "set_speed: factor is 0.0, must be above 0"),
        (lambda: cm.SetSpeed(link=ROAD, free_speed_kmh=-1.0), "set_speed: free_speed_kmh is -1.0, must be from 1 to 150"),
        (lambda: cm.SetSpeed(link=ROAD, factor=1.1, direction="north"), "set_speed: direction 'north' is none of both, forward, backward"),
        (lambda: cm.Congestion(factor=0.5), "congestion needs link or where"),
        (lambda: cm.Congestion(link=ROAD, factor=0.0), "congestion: factor is 0.0, must be from 0.01 to 10"),
        (lambda: cm.Congestion(link=ROAD, factor=0.5, when="night"), "congestion: when 'night' is none of peak, free, all"),
    ],
)
def test_a_change_of_roads_is_valid_from_birth(make, message):
    with pytest.raises(BadValue) as caught:
        make()
    assert str(caught.value) == message


REFUSED = [
    (cm.OpenGap(from_node_id="n00", to_node_id="n10"), "open_gap: no gap is recorded between n00 and n10: add_link builds a road there"),
    (cm.OpenGap(from_node_id="n00", to_node_id="n99"), "open_gap: no node 'n99' (none is close to it)"),
    (cm.OpenGap(gap="g_north", length_km=3.0), "open_gap: length_km is 3.0, shorter than the straight line of 3.92 km"),
    (cm.OpenGap(gap="g_north", expect={"lanes": 2.0}), "open_gap: expected lanes 2, but gap g_north is 4"),
    (cm.AddLink(**NEW | {"to_node_id": "n99"}), "add_link: no node 'n99' (none is close to it)"),
    (cm.AddLink(**NEW | {"to_node_id": "n00"}), "add_link: both of its ends are node n00"),
    (cm.AddLink(**NEW | {"link_id": ROAD}), f"add_link: the id {ROAD!r} is taken"),
    (cm.AddLink(**NEW, length_km=2.5), "add_link: length_km is 2.5, shorter than the straight line of 2.97 km"),
    (
        cm.AddLink(**NEW | {"to_node_id": "n10"}),
        f"add_link: n00 and n10 are joined by link {ROAD} already: say beside: true for one more",
    ),
    (
        cm.AddLink(**NEW | {"to_node_id": "", "to_point": FAR}),
        "add_link: to_point (113.2, 28.3) is 26.68 km from the nearest node, n32, more than snap_km 0.5: "
        "say new_nodes: true for a node there",
    ),
    (
        cm.AddLink(**NEW, geometry="LINESTRING (112.96 28.1, 112.94 28.08)"),
        "add_link: geometry ends 2.97 km from node n00, more than 0.25 km; it runs the other way\n"
        "add_link: geometry ends 2.97 km from node n11, more than 0.25 km; it runs the other way",
    ),
    (cm.RemoveLink(link="l_n00_n1"), "remove_link: no link 'l_n00_n1' (nearest: l_n00_n10, l_n00_n01, l_n30_n31)"),
    (cm.RemoveLink(link="l_planned"), "remove_link: link l_planned is not open, only planned (2028): there is nothing to remove"),
    (cm.RemoveLink(link="l_bridge_old"), "remove_link: link l_bridge_old is in use until 2018-12-31: there is nothing to remove"),
    (cm.RemoveLink(link="g_north"), "remove_link: gap g_north is not open, so there is no road: open_gap opens it"),
    (cm.Widen(link=ROAD, lanes=2.0), f"widen: lanes 2 is not more than the 2 of link {ROAD}: say allow_narrowing: true if that is meant"),
    (cm.Widen(link=ROAD, lanes_change=-2.0), f"widen: link {ROAD} would have 0 lanes, must have 1 at least"),
    (cm.Widen(link=ROAD, lanes_change=11.0), f"widen: link {ROAD} would have 13 lanes, must have 12 at most"),
    (
        cm.Widen(link=ROAD, capacity=1800.0),
        f"widen: the present capacity of link {ROAD} is not known, so that it cannot be said what the change gains",
    ),
    (cm.Widen(gap="g_nort", lanes=3.0), "widen: no gap 'g_nort' (nearest: g_north, g_tied)"),
    (cm.Widen(gap="g_north", lanes=6.0), "widen: gap g_north names no link that is in use on 2026-11-03: name the links"),
    (cm.Widen(link=ROAD, lanes=3.0, expect={"lanes": 4}), f"widen: expected lanes 4, but link {ROAD} is 2"),
    (cm.SetSpeed(link=(ROAD, "l_bridge"), factor=4.0), f"set_speed: link l_bridge, {ROAD} would run at 240 km/h, must be at most 150"),
    (cm.SetSpeed(link=ROAD, factor=0.01), f"set_speed: link {ROAD} would run at 0.4 km/h, must be at least 1"),
    (cm.SetSpeed(link=ROAD, peak_speed_kmh=50.0), f"set_speed: peak_speed_kmh 50 is above the free-flow speed 40 of link {ROAD}"),
    (cm.SetSpeed(link="g_tied", factor=2.0), "set_speed: gap g_tied is no link of its own but l_planned: name the links"),
    (
        cm.SetSpeed(link="l_planned", factor=1.5, from_date="2027-01-01"),
        "set_speed: link l_planned is not open, only planned (2028): on none of the days of the change",
    ),
    (
        cm.Congestion(where=cm.Where(query="lanes > 9"), factor=0.5),
        "congestion: it matches no link: query 'lanes > 9' (lanes is from 2 to 4)",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED, ids=[f"{change.kind} {k}" for k, (change, _) in enumerate(REFUSED)])
def test_what_the_network_does_not_allow_is_refused_whole(tiny, change, message):
    with pytest.raises(BadScenario) as caught:
        tiny.on(AS_OF).apply(change)
    assert str(caught.value) == message


def test_a_one_way_road_is_not_changed_in_one_direction_by_mistake(tiny):
    ways = [cm.AddLink(**NEW | {"link_id": "there"}, directed=True)]
    ways += [cm.AddLink(**NEW | {"link_id": "back", "from_node_id": "n11", "to_node_id": "n00"}, directed=True)]
    now = tiny.on(AS_OF).apply(*ways)
    for change, message in (
        (cm.SetSpeed(link="there", factor=0.5), "link there runs one way and back back: name both, or say direction: forward"),
        (cm.SetSpeed(link="there", factor=0.5, direction="backward"), "link there runs from n00 to n11 only: it has no direction backward"),
    ):
        with pytest.raises(BadScenario, match=f"^set_speed: {message}$"):
            now.apply(change)
    assert now.apply(cm.SetSpeed(link="there", factor=0.5, direction="forward")).links.loc["back", "free_speed_kmh"] == 50
    both = now.apply(cm.SetSpeed(link=("there", "back"), factor=0.5)).links
    assert both.loc[["there", "back"], "free_speed_kmh"].tolist() == [25.0, 25.0]


def test_a_missing_link_between_ends_that_are_joined_is_refused():
    tables = tiny_tables()
    gap = tables["gap"]["gap_id"] == "g_north"
    tables["gap"].loc[gap, ["from_node_id", "to_node_id"]] = ["n00", "n10"]
    net = Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF)
    with pytest.raises(BadScenario) as caught:
        net.apply(cm.OpenGap(gap="g_north"))
    said = f"open_gap: the ends of gap g_north are joined by link {ROAD} already: set_speed or widen it, or add_link beside it"
    assert str(caught.value) == said
    tables["gap"].loc[gap, "kind"] = "bottleneck"  # has its old form between its ends
    assert "g_north" in Network.from_tables(tables, tiny_layers(), AS_OF).on(AS_OF).apply(cm.OpenGap(gap="g_north")).links.index


def test_what_is_known_of_a_railway_gap_is_no_road(now):
    with pytest.raises(BadScenario, match=r"^open_gap: gap gp_changsha_west is a railway line: lanes can be said of a road only$"):
        now.apply(cm.OpenGap(gap="gp_changsha_west", lanes=2.0))


# laws --------------------------------------------------------------------------------------------------------

FACTORS = st.lists(
    st.tuples(st.sampled_from([ROAD, "l_bridge", "l_n01_n11", "west"]), st.floats(0.7, 1.2), st.booleans()), min_size=1, max_size=4
)


@pytest.mark.filterwarnings("ignore:no query on")  # a factor of 1
@settings(max_examples=10)
@given(FACTORS, st.randoms(use_true_random=False))
def test_factors_multiply_in_any_order(factors, random):
    tiny, made = TOWN.on(AS_OF), []
    for k, (what, factor, wide) in enumerate(factors):
        which = {"where": WEST} if what == "west" else {"link": what}
        made.append(cm.Widen(id=f"c{k}", **which, lanes_change=1.0) if wide else cm.SetSpeed(id=f"c{k}", **which, factor=factor))
    made.append(cm.Congestion(where=WEST, factor=0.75))
    shuffled = [*made]
    random.shuffle(shuffled)
    one, other = tiny.apply(*made), tiny
    for change in shuffled:
        other = other.apply(change)
    assert tiny.apply(*shuffled) == one
    for peak in (False, True):
        assert same(node_minutes(one, peak=peak), node_minutes(other, peak=peak))


CHANGES = st.lists(st.sampled_from(sorted(MADE)), min_size=1, max_size=4, unique_by=lambda name: name.split("_")[0])


@settings(max_examples=15)
@given(CHANGES, st.booleans())
def test_any_scenario_is_undone(names, dated):
    net = TOWN.on(AS_OF) if dated else TOWN
    scenario = cm.Scenario(name="s", changes=[MADE[name] for name in names])
    try:
        after = net.apply(scenario)
    except BadScenario:  # of a road that is removed nothing else can be said
        assert any(name.startswith("remove") for name in names) and len(names) > 1
        return
    assert net.apply(cm.diff(net, after)) == after and after.apply(cm.invert(net, scenario)) == net


def test_the_laws_hold_on_the_shipped_network(now):
    some = [f"{one}" for one in now.table("zone")["zone_id"][::40]]
    every = cm.Where(kind=("motorway", "trunk", "primary", "secondary"))
    base = {peak: cm.travel_times(now, some, profile=cm.CAR.but(peak=peak)).seconds for peak in (False, True)}
    for change, sign in (
        (cm.SetSpeed(where=every, factor=1.2), 1),
        (cm.Widen(where=cm.Where(query="lanes <= 3"), lanes_change=1.0), 1),
        (cm.SetSpeed(where=cm.Where(kind="primary"), factor=0.8), -1),
        (cm.Congestion(where=cm.Where(query="area == 'zhuzhou'"), factor=0.7, when="all"), -1),
    ):
        after = now.apply(change)
        for peak, before in base.items():
            assert (sign * cm.travel_times(after, some, profile=cm.CAR.but(peak=peak)).seconds <= sign * before).all(), (change, peak)
