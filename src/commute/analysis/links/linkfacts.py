"""What is said of a candidate link: its ends by name, its cost, what it may cross, and the listed gap nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.links import newlinks
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import Floats
from commute.analysis.worth.costs import COLUMNS, NONE
from commute.analysis.worth.gaps import VALUES
from commute.model.views import link_lines
from commute.routing import access
from commute.routing.plane import crs_of, to_degrees, to_plane
from commute.routing.street import Bools, Longs

if TYPE_CHECKING:
    import geopandas as gpd

    from commute.model.network import Network
    from commute.routing.roads import Roads

LONG_KM, STEEP = 5.0, 4.0  # flagged from here on: straight line, detour ratio
ROAD_COST, RIVER_COST = "arterial_6_lane_surface", "river_crossing_bridge"
RIVER_KM = 2.7  # of a link over the river at the cost of a crossing: bridge and approaches, the median of those priced
GREEN_HEART = ("昭山", "暮云", "石燕湖")  # Zhaoshan, Muyun, Shiyanhu: the green heart (绿心) lies between; its limits are not in the data
HEART_M = 1_000.0  # round the hull of what bears those names
ROUND_M = 1_500.0  # ground round an end, for the densities of people and roads
URBAN_PER_KM2 = 3_000.0  # people, assumed: twice an urban centre's by the Degree of Urbanisation, since a town's are one point here
STREETS_KM_PER_KM2 = (
    8.0  # of roads in built-up land: the aim of the State Council for 2020 (2016, No. 6); fewer in the data: they lack some
)
FLAGS = {  # column: Chinese, English
    "urban_streets": (
        "两端都在建成区而数据缺街道：很可能已有街道相连",
        "built-up land whose streets the data lack: they very likely join it already",
    ),
    "crosses_river": ("跨河，需建桥或隧道", "crosses the river: needs a bridge or a tunnel"),
    "may_cross_green_heart": ("可能穿越绿心（范围为示意）", "may cross the green heart (its limits here are schematic)"),
    "motorway_end": (
        "一端为高速公路互通，需建匝道，或数据缺出口连接线",
        "an end is a motorway interchange: needs ramps, or the data lack the way off it",
    ),
    "steep_detour": ("现状绕行极远，其间或有数据中没有的障碍", "a very long way round today: something that the data lack may lie between"),
    "long_line": ("直线较长，走向待定", "a long straight line: its course is open"),
}
UNSEEN = (
    "路网只含主要道路，两端之间也许已有地方道路；山体、建成区和河流图层以外的水域未核查",
    "the data hold main roads only, so local streets may join the ends already; hills, buildings and waters that the river layer lacks "
    "were not checked",
)
RIVERS = ("（浏阳河、捞刀河、渌江、涟水没有几何数据）", " (the Liuyang, Laodao, Lu and Lian rivers have no geometry)")  # of this region


def table(net: Network, here: Roads, found: pd.DataFrame, heart: Any) -> gpd.GeoDataFrame:
    """The columns of `missing`, a row a candidate in the order of `found`; `heart` as from `green_heart`."""
    import geopandas as gpd

    a, b, xy = found["a"].to_numpy(np.int64), found["b"].to_numpy(np.int64), here.links.node_xy
    frame = pd.DataFrame(index=pd.RangeIndex(1, len(found) + 1, name="rank"))
    for side, nodes in (("from", a), ("to", b)):
        frame[f"{side}_node_id"] = [here.links.node_ids[k] for k in nodes]
    for side in ("from", "to"):
        frame[f"{side}_name_zh"], frame[f"{side}_name_en"] = ends_named(net, frame[f"{side}_node_id"].tolist())
    rows = found.set_axis(frame.index).replace(np.inf, np.nan)
    for name in ("straight_km", "length_km", "network_km"):
        frame[name] = rows[name]
    frame["detour_ratio"] = rows["network_km"] / rows["straight_km"]
    for name in ("facility_type", "area", "free_speed_kmh", "network_min", "link_min"):
        frame[name] = rows[name]
    frame["saves_min"] = (rows["network_min"] - rows["link_min"]).clip(lower=0.0)
    frame[VALUES] = rows[VALUES]
    river = access.crosses(here.river, xy[a], xy[b])
    frame = frame.join(_costs(net, frame["length_km"], river))
    marks = {
        "crosses_river": river,
        "may_cross_green_heart": crosses(found["line"], [] if heart is None else [heart]),
        "motorway_end": _on_motorway(net, here, a) | _on_motorway(net, here, b),
        "steep_detour": ~(frame["detour_ratio"] < STEEP).to_numpy(bool),
        "urban_streets": _urban_and_thin(net, here, a) & _urban_and_thin(net, here, b) & ~river,  # bridges are all in the data
        "long_line": (frame["straight_km"] >= LONG_KM).to_numpy(bool),
    }
    for name in FLAGS:
        frame[name] = marks[name]
    for column, k, joint in (("flags_zh", 0, "；"), ("flags_en", 1, "; ")):
        frame[column] = [joint.join(FLAGS[name][k] for name in FLAGS if marks[name][row]) for row in range(len(frame))]
    frame["near_gap_id"], frame["near_gap_km"] = _nearest_gap(net, here, xy[a], xy[b])
    frame["note_zh"], frame["note"] = unseen(heart)
    return gpd.GeoDataFrame(frame, geometry=list(found["line"]), crs=4326)


def lines(net: Network, here: Roads, found: pd.DataFrame) -> Any:
    """Straight lines between the ends, in WGS84."""
    import shapely

    node = net.table("node").set_index("node_id").loc[list(here.links.node_ids), ["lon", "lat"]].to_numpy(np.float64)
    return shapely.linestrings(np.stack([node[found["a"]], node[found["b"]]], axis=1))


def crosses(lines: Any, shapes: list[Any]) -> Bools:
    """Which lines meet any of the geometries, all in WGS84."""
    import shapely

    out = np.zeros(len(lines), bool)
    for one in shapes:
        shapely.prepare(one)
        out |= shapely.intersects(one, np.asarray(lines, dtype=object))
    return out


def green_heart(net: Network, crs: str) -> Any:
    """Ground between the places, zones and stops that bear each of the names, in WGS84; None where the data lack a name."""
    import shapely

    spots = []
    for name in GREEN_HEART:
        named = []
        for table, column in (("place", "name_zh"), ("zone", "name_zh"), ("stops", "stop_name")):
            rows = net.table(table)
            named.append(rows.loc[rows[column].str.contains(name, regex=False), ["lon", "lat"]])
        spots.append(pd.concat(named).to_numpy(np.float64))
    if not all(len(one) for one in spots):
        return None
    ground = shapely.buffer(shapely.convex_hull(shapely.multipoints(to_plane(crs, *np.concatenate(spots).T))), HEART_M)
    return shapely.polygons(to_degrees(crs, shapely.get_coordinates(ground)))


def unseen(heart: Any) -> tuple[str, str]:
    """What was not checked, in Chinese and English."""
    return (UNSEEN[0], UNSEEN[1]) if heart is None else (UNSEEN[0] + RIVERS[0], UNSEEN[1] + RIVERS[1])


def _on_motorway(net: Network, here: Roads, nodes: Longs) -> Bools:
    link = net.in_use("link")
    link = link[link["facility_type"] == "motorway"]
    return np.isin(np.array(here.links.node_ids, dtype=object)[nodes], [*link["from_node_id"], *link["to_node_id"]])


def _urban_and_thin(net: Network, here: Roads, nodes: Longs) -> Bools:
    """Whether people live as densely round a node as in a city, and the data hold fewer roads there than a city has."""
    import shapely
    from scipy.spatial import cKDTree

    if not len(nodes):
        return np.zeros(0, bool)
    who, xy = people(net), here.links.node_xy[nodes]
    living = who.weight * who.population[who.zone]
    near = cKDTree(to_plane(here.crs, who.points.lon, who.points.lat)).query_ball_point(xy, ROUND_M)
    round_km2 = np.pi * (ROUND_M / 1000.0) ** 2
    dense = np.array([living[one].sum() for one in near]) >= URBAN_PER_KM2 * round_km2
    link = net.in_use("link")
    courses = [one for one in link_lines(link[link["facility_type"] != "motorway"], net.table("node")) if one is not None]
    streets = shapely.STRtree([shapely.linestrings(to_plane(here.crs, *shapely.get_coordinates(one).T)) for one in courses])
    ground = shapely.buffer(shapely.points(xy), ROUND_M)
    held_m = [
        shapely.intersection(shapely.union_all(streets.geometries[streets.query(one)]), one).length if urban else 0.0
        for one, urban in zip(ground, dense, strict=True)
    ]
    return dense & (np.array(held_m) < 1000.0 * STREETS_KM_PER_KM2 * round_km2)


def _nearest_gap(net: Network, here: Roads, start: Floats, end: Floats) -> tuple[list[str], list[float]]:
    """The listed gap nearest to each straight line, and the km between; '' and NaN where none is listed."""
    import shapely

    gap, courses = newlinks.listed_gaps(net, here)
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    if not courses:
        return [""] * len(lines), [np.nan] * len(lines)
    away = np.stack([shapely.distance(lines, one) for one in courses], axis=1)
    return [gap["gap_id"].iloc[k] for k in away.argmin(axis=1)], (away.min(axis=1) / 1000.0).tolist()


def ends_named(net: Network, nodes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Chinese and English names of nodes, each with the nearest zone or place, which alone names a node that has none."""
    from scipy.spatial import cKDTree

    zone, place, crs = net.table("zone"), net.in_use("place"), crs_of(net)
    known = pd.concat([zone[["lon", "lat", "name_zh", "name"]], place.rename(columns={"name_en": "name"})], ignore_index=True)
    here = net.table("node").set_index("node_id").loc[list(nodes)]
    nearest = cKDTree(to_plane(crs, known["lon"], known["lat"])).query(to_plane(crs, here["lon"], here["lat"]))[1]
    out: list[list[str]] = []
    for column, form in (("name_zh", "{}（{}）"), ("name", "{} ({})")):
        near = known[column].iloc[nearest]
        out.append([form.format(a, b) if a and a != b else str(b) for a, b in zip(here[column], near, strict=True)])
    return out[0], out[1]


def _costs(net: Network, length_km: pd.Series, river: Bools) -> pd.DataFrame:
    """Length × the cost of a km, of which 2.7 km as a crossing where it crosses the river; NaN where the class has no cost."""
    unit = net.table("unit_cost").set_index("cost_class").reindex([ROAD_COST, RIVER_COST])
    crossing = np.where(river, np.minimum(length_km, RIVER_KM), 0.0)
    out = pd.DataFrame(index=length_km.index)
    for level, column in COLUMNS.items():
        per_km = unit[f"{level}_mcny_per_km"].to_numpy(np.float64)
        out[column] = (length_km - crossing) * per_km[0] + np.where(river, crossing * per_km[1], 0.0)
    plain = f"assumed: length × the cost of a km of {ROAD_COST}"
    bridged = f"{plain}, {RIVER_KM} km of it as {RIVER_COST}"
    return out.assign(cost_basis=np.where(out["cost_mcny"].isna(), NONE, np.where(river, bridged, plain)))
