"""Links that nobody listed: what each would buy equals building it, and what is left out is left out for its reason."""

import re

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from commute.analysis.links import newlinks
from commute.analysis.measure import field as spot
from commute.analysis.measure import reach
from commute.analysis.missing import missing
from commute.analysis.worth.gaps import VALUES, worth
from commute.errors import BadValue
from commute.model.changes import AddLink
from commute.model.network import Network
from commute.model.target import HALF_HOUR_COMMUTE_2020, Target
from tinytown import AS_OF, SRC, frame, peopled_tables, tiny_layers, tiny_tables

CAR = Target(mode="car", when="free", minutes=24)
WIDE = {"detour": 1.01, "limit": 200}
RIVER_COST = [
    {"cost_class": one, "low_mcny_per_km": a, "central_mcny_per_km": b, "high_mcny_per_km": c, "price_year": 2025.0, "n": 3.0, **SRC}
    for one, a, b, c in (("arterial_6_lane_surface", 1.0, 2.0, 3.0), ("river_crossing_bridge", 10.0, 20.0, 30.0))
]


@pytest.fixture
def slow_town(make_town):
    """Makes the tiny town with its bridge so slow that ways round it are worth a new one; tables given by name replace its own."""

    def make(**tables):
        link = tables.pop("link", tiny_tables()["link"])
        bridge = link["link_id"] == "l_bridge"
        link = link.assign(
            free_speed_kmh=link["free_speed_kmh"].mask(bridge, 8.0), facility_type=link["facility_type"].mask(bridge, "secondary")
        )
        return make_town(link=link, **tables)

    return make


def built(net, row):
    """The network with a candidate built."""
    ends = {"from_node_id": row["from_node_id"], "to_node_id": row["to_node_id"], "length_km": row["length_km"]}
    kind = {"facility_type": row["facility_type"], "area": row["area"], "free_speed_kmh": row["free_speed_kmh"]}
    return net.apply(AddLink(link_id="new", **ends, **kind))


def bought(net, target, row):
    """`VALUES` of a candidate by routing anew with it: by car, the other ways as they are."""
    central = reach.at_levels(net)["central"]
    profiles, goals = reach.profiles_of(target), spot.goals_of(central, target)
    before, _ = spot.people_minutes(central, target, profiles, goals)
    by_car, _ = spot.people_minutes(built(central, row), target, {"car": profiles["car"]}, goals)
    return worth(central, goals, target, before, np.minimum(before, by_car))


def assert_is_what_building_buys(net, target, found):
    for _, row in found.iterrows():
        assert bought(net, target, row) == pytest.approx(tuple(row[VALUES]), rel=1e-9, abs=1e-6), row["from_node_id"]


@pytest.mark.parametrize("target", [CAR, Target(mode="car", minutes=40), Target(minutes=26)], ids=["free", "peak", "best"])
def test_each_candidate_buys_what_building_it_buys(slow_town, target):
    net = slow_town()
    found = missing(net, target, **WIDE)
    assert len(found) > 3 and found["people_inside"].max() > 0
    assert_is_what_building_buys(net, target, found)


@pytest.mark.parametrize("target", [Target(), HALF_HOUR_COMMUTE_2020], ids=["plain", "2020"])
def test_the_best_of_the_shipped_network_buy_what_building_them_buys(now, target):
    found = missing(now, target, limit=3)
    assert len(found) == 3
    assert_is_what_building_buys(now, target, found)


@st.composite
def towns(draw):
    """The tiny town with roads taken out, slowed, lengthened and made one-way at random."""
    tables = peopled_tables()
    link = tables["link"]
    kept = [draw(st.integers(0, 4)) > 0 for _ in range(len(link))]
    link = link.assign(
        free_speed_kmh=[draw(st.integers(20, 90)) * 1.0 for _ in range(len(link))],
        length_km=[one * draw(st.integers(10, 30)) / 10 for one in link["length_km"]],
        directed=[draw(st.integers(0, 3)) == 0 for _ in range(len(link))],
    )
    tables["link"] = link[np.array(kept) | (link["link_id"] == "l_bridge")].reset_index(drop=True)
    return Network.from_tables(tables, tiny_layers(), AS_OF)


@settings(max_examples=6)
@given(net=towns(), minutes=st.integers(4, 20))
def test_building_a_candidate_of_any_town_buys_what_is_said(net, minutes):
    target = CAR.but(minutes=minutes)
    found = missing(net, target, detour=1.5, limit=4)
    assert (found[VALUES] >= 0).all(axis=None)
    assert found["person_min"].gt(0).all() and found["shortfall_person_min"].is_monotonic_decreasing
    assert_is_what_building_buys(net, target, found)


def test_ends_are_near_on_the_ground_and_far_by_road(town):
    found = missing(town, CAR, detour=1.3, max_km=6, limit=200)
    graph = nx.Graph()
    for _, row in town.in_use("link").iterrows():
        graph.add_edge(row["from_node_id"], row["to_node_id"], weight=row["length_km"])
    assert len(found)
    for _, row in found.iterrows():
        assert row["network_km"] == pytest.approx(nx.dijkstra_path_length(graph, row["from_node_id"], row["to_node_id"]), abs=2e-3)
        assert not graph.has_edge(row["from_node_id"], row["to_node_id"])
        assert row["detour_ratio"] == pytest.approx(row["network_km"] / row["straight_km"]) and row["detour_ratio"] >= 1.3
        assert 0.5 <= row["straight_km"] <= 6 and row["length_km"] == pytest.approx(1.15 * row["straight_km"], abs=1e-3)
        assert row["saves_min"] == pytest.approx(max(0, row["network_min"] - row["link_min"]))


def test_a_listed_gap_is_no_news_until_the_list_lacks_it(slow_town):
    listed = missing(slow_town(), CAR, detour=1.5, limit=200)
    pairs = set(zip(listed["from_node_id"], listed["to_node_id"], strict=True))
    about = listed.attrs["about"]
    assert ("n12", "n22") not in pairs and about["along_gaps"]["g_north"] >= 1
    assert about["left_out"]["along a listed gap"] == sum(about["along_gaps"].values())
    gap = tiny_tables()["gap"]
    bare = missing(slow_town(gap=gap[gap["gap_id"] != "g_north"]), CAR, detour=1.5, limit=200)
    assert ("n12", "n22") in set(zip(bare["from_node_id"], bare["to_node_id"], strict=True)) and not bare.attrs["about"]["along_gaps"]


def test_a_gap_whose_ends_are_not_known_hides_nothing(slow_town):
    gap = tiny_tables()["gap"]
    gap.loc[gap["gap_id"] == "g_north", "from_error_km"] = 30.0
    found = missing(slow_town(gap=gap), CAR, detour=1.5, limit=200)
    assert ("n12", "n22") in set(zip(found["from_node_id"], found["to_node_id"], strict=True))


@pytest.mark.parametrize(("kmh", "along"), [(60.0, True), (100.0, False)])
def test_a_piece_of_a_listed_road_is_no_news_but_a_motorway_cannot_be_joined_on_its_way(slow_town, kmh, along):
    tables = tiny_tables()
    ends = [{"node_id": f"e{k}", "node_type": "gap_end", "lon": lon, "lat": 28.12, **SRC} for k, lon in enumerate((112.90, 113.06))]
    node = frame("node", [*tables["node"].to_dict("records"), *ends])
    gap = tables["gap"]
    changes = {"from_node_id": "e0", "to_node_id": "e1", "length_km": 16.5, "free_speed_kmh": kmh}
    gap.loc[gap["gap_id"] == "g_north", list(changes)] = list(changes.values())
    found = missing(slow_town(node=node, gap=gap), CAR, detour=1.5, limit=200)
    assert (("n12", "n22") not in set(zip(found["from_node_id"], found["to_node_id"], strict=True))) == along
    assert ("g_north" in found.attrs["about"]["along_gaps"]) == along


def test_an_end_of_a_gap_and_a_knot_of_motorways_are_no_ends(slow_town):
    tables = tiny_tables()
    node, link = tables["node"], tables["link"]
    node.loc[node["node_id"] == "n31", "node_type"] = "gap_end"
    at = link["from_node_id"].eq("n00") | link["to_node_id"].eq("n00")
    link.loc[at, "facility_type"] = "motorway"
    before, after = (missing(net, CAR, **WIDE) for net in (slow_town(), slow_town(node=node, link=link)))
    had, has = ({*one["from_node_id"], *one["to_node_id"]} for one in (before, after))
    assert {"n00", "n31"} <= had and len(has) > 3 and not has & {"n00", "n31"}
    assert (after["motorway_end"] == after[["from_node_id", "to_node_id"]].isin(["n01", "n10"]).any(axis=1)).all()
    assert not before["motorway_end"].any()


def test_what_is_excluded_is_left_out_and_counted(town):
    whole = missing(town, CAR, **WIDE)
    bar = shapely.box(112.93, 28.11, 113.03, 28.115)
    crossing = int(whole.intersects(bar).sum())
    assert crossing
    frame = gpd.GeoDataFrame(geometry=[bar], crs=4326).to_crs(4547)
    for exclude in (bar, [bar], frame):
        found = missing(town, CAR, exclude=exclude, **WIDE)
        assert not found.intersects(bar).any() and found.attrs["about"]["left_out"]["crosses what is excluded"] >= crossing
    assert len(missing(town, CAR, exclude=frame.iloc[:0], **WIDE)) == len(whole)


@pytest.mark.parametrize(
    ("exclude", "message"),
    [
        ("a.geojson", "exclude: item 0 is 'a.geojson', no geometry; give a GeoDataFrame, a shapely geometry or a list of these"),
        ([shapely.Point(0, 0), None], "exclude: item 1 is None, no geometry; give a GeoDataFrame, a shapely geometry or a list of these"),
        (gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)]), "exclude has no coordinate reference system: frame.set_crs(4326)"),
        (
            shapely.Polygon([(112, 28), (113, 29), (113, 28), (112, 29)]),
            "exclude: geometry 0 is not valid (Self-intersection[112.5 28.5]); shapely.make_valid may mend it",
        ),
        (
            shapely.box(400_000, 3_100_000, 410_000, 3_110_000),
            "exclude: geometry 0 reaches from (400000, 3.1e+06) to (410000, 3.11e+06): not longitude, latitude",
        ),
    ],
)
def test_what_is_no_geometry_in_degrees_is_refused(town, exclude, message):
    with pytest.raises(BadValue) as caught:
        missing(town, CAR, exclude=exclude)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"limit": 0}, "limit 0, max_km 8, detour 2: must be 1 or more, above 0.5 to 100, above 1"),
        ({"max_km": 0.5}, "limit 30, max_km 0.5, detour 2: must be 1 or more, above 0.5 to 100, above 1"),
        ({"detour": float("nan")}, "limit 30, max_km 8, detour nan: must be 1 or more, above 0.5 to 100, above 1"),
    ],
)
def test_numbers_out_of_range_are_refused(town, asked, message):
    with pytest.raises(BadValue) as caught:
        missing(town, CAR, **asked)
    assert str(caught.value) == message


def test_a_target_that_no_car_answers_is_refused(town):
    with pytest.raises(BadValue, match="a road link changes no journey by public transport"):
        missing(town, Target(mode="transit"))


def test_a_link_over_the_river_is_flagged_and_costs_as_a_crossing(slow_town):
    found = missing(slow_town(unit_cost=frame("unit_cost", RIVER_COST)), CAR, **WIDE)
    over = (found["from_node_id"].str[1] < "2") != (found["to_node_id"].str[1] < "2")
    assert over.any() and not over.all() and (found["crosses_river"] == over).all()
    crossing = np.where(over, np.minimum(found["length_km"], 2.7), 0)
    assert found["cost_mcny"].to_numpy() == pytest.approx(2 * (found["length_km"] - crossing) + 20 * crossing)
    assert found["cost_basis"].str.startswith("assumed: length ×").all() and (found["cost_basis"].str.contains("2.7 km") == over).all()
    assert (found["flags_zh"].str.contains("需建桥") == over).all() and (found["flags_en"].str.contains("needs a bridge") == over).all()
    unknown = missing(slow_town(), CAR, **WIDE)
    assert unknown["cost_mcny"].isna().all() and set(unknown["cost_basis"]) == {"no published cost"}


def test_the_green_heart_is_flagged_where_its_places_are_known_and_is_said_to_be_schematic(now, town):
    found = missing(now, Target(mode="car"), limit=200)
    assert found.attrs["about"]["green_heart"].startswith("schematic")
    assert found["may_cross_green_heart"].any() and not found["may_cross_green_heart"].all()
    middle = np.array([[line.centroid.x, line.centroid.y] for line in found.geometry[found["may_cross_green_heart"]]])
    assert (np.abs(middle - (113.03, 27.98)) < 0.08).all() and "Liuyang" in found["note"].iloc[0]
    tiny = missing(town, CAR, **WIDE)
    assert tiny.attrs["about"]["green_heart"].startswith("not checked") and not tiny["may_cross_green_heart"].any()
    assert "Liuyang" not in tiny["note"].iloc[0]


def test_ends_in_a_city_whose_streets_the_data_lack_are_flagged_and_keep_their_rank(now):
    found = missing(now, Target(), limit=60)
    urban = found[found["urban_streets"]]
    assert any({"芙蓉广场", "东塘"} <= set(re.findall("芙蓉广场|东塘", f"{a}{b}")) for a, b in urban[["from_name_zh", "to_name_zh"]].values)
    assert 0 < len(urban) < len(found) / 2 and not urban["crosses_river"].any()
    assert urban["flags_zh"].str.contains("数据缺街道").all() and urban["flags_en"].str.contains("streets the data lack").all()
    assert not found.loc[~found["urban_streets"], "flags_en"].str.contains("built-up").any()
    assert found["shortfall_person_min"].is_monotonic_decreasing
    assert not found.loc[found["to_name_zh"].str.contains("莲花镇"), "urban_streets"].any()  # a town among fields


def test_of_like_candidates_the_best_is_kept(now):
    here_found = missing(now, Target(), limit=500)
    ends = here_found.to_crs(4547).geometry
    starts, stops = (np.array([line.coords[k] for line in ends]) for k in (0, 1))
    for k in range(1, len(ends)):
        near = max(newlinks.APART_M, 500 * here_found["straight_km"].iloc[k]) * 0.99
        for p, q in ((starts[k], stops[k]), (stops[k], starts[k])):
            assert not ((np.hypot(*(starts[:k] - p).T) < near) & (np.hypot(*(stops[:k] - q).T) < near)).any()


def test_everything_left_out_is_counted(now):
    seen: list[tuple[int, int]] = []
    found = missing(now, Target(), limit=10, progress=lambda done, total: seen.append((done, total)))
    about = found.attrs["about"]
    assert about["pairs"] == sum(about["left_out"].values()) + len(found)
    assert list(about["left_out"].values()) == list(about["left_out_zh"].values())
    assert seen[-1][0] == seen[-1][1] and [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert list(found.index) == list(range(1, 11)) and found.crs == 4326


def test_ends_are_named_in_both_languages(now):
    found = missing(now, Target())
    for side in ("from", "to"):
        assert found[f"{side}_name_zh"].str.contains(r"[一-鿿]").all() and found[f"{side}_name_en"].str.contains("[A-Za-z]").all()
    assert found["note_zh"].str.contains("主要道路").all() and found.attrs["about"]["definition_zh"]
