"""Pairs of road nodes near on the ground and far by road, the link that would join them, and which listed gap it lies along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis.measure.shares import Floats
from commute.analysis.progress import Progress
from commute.model.speeds import link_minutes
from commute.model.views import link_lines
from commute.routing import snap, street
from commute.routing.plane import to_plane
from commute.routing.street import FAR, Bools, Ints, Longs

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.routing.roads import Roads

LEAST_KM = 0.5  # straight: nodes nearer than this may be one junction, so far as their error lets one say
BENDS = 1.15  # length of a new road over its straight line, assumed: 1.13 is the median of the gaps of known length
CLASS = "primary"
LISTED = ("missing_link", "planned_road")  # kinds of gaps that are new roads
MOTORWAY_KMH = 90.0  # and faster, as `links_of_gaps` has it
NEAR_M = 1_000.0  # so near to a gap's line are both ends of a link that lies along it
APART_M = 2_000.0  # of links with both ends closer than this the best is kept
BLOCK = 256  # nodes searched at a time


def near_and_far(net: Network, here: Roads, *, most_km: float, detour: float, progress: Progress | None = None) -> pd.DataFrame:
    """Pairs of nodes near on the ground and far by road; ends of gaps, and nodes where only motorways meet, are left out.

    Returns
    -------
    DataFrame
        a, b (positions in `here.links.node_ids`, a < b), straight_km, network_km (shortest way by road in the shorter direction, inf
        where there is none), network_min (quickest way at the hour of `here`). `attrs`: pairs looked at, joined (by a link of any
        date), direct (less than `detour` times the straight line).
    """
    from scipy.spatial import cKDTree

    links, xy = here.links, here.links.node_xy
    rows = net.in_use("link").set_index("link_id").loc[list(links.link_ids)]
    ends = _ends(net, here, (rows["facility_type"] == "motorway").to_numpy(bool))
    pairs = cKDTree(xy[ends]).query_pairs(most_km * 1000.0, output_type="ndarray") if len(ends) > 1 else np.empty((0, 2), np.int64)
    a, b = np.sort(ends[pairs], axis=1).T
    straight = np.hypot(*(xy[a] - xy[b]).T)
    order = np.lexsort((b, a))
    order = order[straight[order] >= LEAST_KM * 1000.0]
    a, b, straight = a[order], b[order], straight[order]
    metres = np.maximum(1, np.round(rows["length_km"].to_numpy(np.float64) * 1000.0)).astype(np.int32)
    by_length = street.streets(len(xy), links.from_node, links.to_node, metres, links.directed)
    metres_by_road, ds = _between(by_length, here.streets, a, b, progress)
    joined = _joined(net, links.node_ids, a, b)
    far = metres_by_road >= detour * straight
    keep = far & ~joined
    network_km = np.where(metres_by_road < FAR, metres_by_road / 1000.0, np.inf)
    found = pd.DataFrame({"a": a, "b": b, "straight_km": straight / 1000.0, "network_km": network_km})
    found["network_min"] = np.where(ds < FAR, ds / 600.0, np.inf)
    found = pd.DataFrame(found[keep]).reset_index(drop=True)
    found.attrs = {"pairs": len(a), "joined": int(joined.sum()), "direct": int((~far & ~joined).sum())}
    return found


def _ends(net: Network, here: Roads, motorway: Bools) -> Longs:
    """Nodes at which a new road may end: a motorway is joined where other roads meet it, not at a knot of motorways."""
    links = here.links
    on_road = np.zeros(len(links.node_ids), bool)
    for side in (links.from_node, links.to_node):
        on_road[side[~motorway]] = True
    kind = net.table("node").set_index("node_id")["node_type"].reindex(links.node_ids)
    return np.flatnonzero(on_road & (kind != "gap_end").to_numpy(bool))


def _between(by_length: street.Streets, by_time: street.Streets, a: Longs, b: Longs, progress: Progress | None) -> tuple[Ints, Ints]:
    """Metres and deciseconds of each pair in its shorter direction; `a` ascends."""
    out = np.full((2, len(a)), FAR, np.int32)
    n = by_time.n_nodes
    turned = [graph.turned() if graph.directed.any() else None for graph in (by_length, by_time)]
    for first in range(0, n, BLOCK):
        nodes = np.arange(first, min(first + BLOCK, n))
        mine = slice(*np.searchsorted(a, [first, first + BLOCK]))
        seeds = snap.at_nodes(nodes).seeds
        for k, graph in enumerate((by_length, by_time)):
            for one in (graph, turned[k]):
                if one is not None:
                    times = street.times_ds(one, seeds, threads=routing.engine.THREADS)
                    out[k, mine] = np.minimum(out[k, mine], times[a[mine] - first, b[mine]])
        if progress:
            progress(int(nodes[-1]) + 1, 2 * n)
    return out[0], out[1]


def _joined(net: Network, node_ids: tuple[str, ...], a: Longs, b: Longs) -> Bools:
    """Whether a link of any date joins the two."""
    link = net.table("link")
    place = pd.Index(node_ids)
    p, q = (place.get_indexer(pd.Index(link[side])) for side in ("from_node_id", "to_node_id"))
    return np.isin(a * len(place) + b, np.minimum(p, q) * len(place) + np.maximum(p, q))


def with_link(net: Network, here: Roads, found: pd.DataFrame, *, peak: bool) -> pd.DataFrame:
    """The pairs with what a link between them would be: length_km, facility_type, area, free_speed_kmh, link_min, ds.

    As fast as the roads of its class are in its area: the median free speed of those in use, less at the peak as they are. The
    class is primary, or the commonest of an area that has none; of the areas that meet at its ends the slowest is taken.
    """
    links = here.links
    rows = net.in_use("link").set_index("link_id").loc[list(links.link_ids)]
    of_area: dict[str, tuple[str, float]] = {}
    for area, mine in rows.groupby("area"):
        kind = CLASS if (mine["facility_type"] == CLASS).any() else str(mine["facility_type"].mode().iloc[0])
        of_area[str(area)] = kind, float(mine.loc[mine["facility_type"] == kind, "free_speed_kmh"].median())
    areas = pd.DataFrame.from_dict(of_area, orient="index", columns=["facility_type", "free_speed_kmh"])
    areas = areas.assign(area=areas.index, length_km=1.0).reindex(columns=rows.columns)  # no delay, no speed of its own: NaN
    areas = areas.iloc[np.argsort(link_minutes(net, areas, peak=peak), kind="stable")]
    slow = pd.Index(areas["area"]).get_indexer(pd.Index(rows["area"]))
    slowest = np.zeros(len(links.node_ids), np.int64)
    for side in (links.from_node, links.to_node):
        np.maximum.at(slowest, side, slow)
    link = areas.iloc[np.maximum(slowest[found["a"]], slowest[found["b"]])].reset_index(drop=True)
    link["length_km"] = (found["straight_km"] * BENDS).round(3)
    ds = street.link_ds(link["length_km"], link["length_km"] / (link_minutes(net, link, peak=peak) / 60.0))
    return found.join(link[["length_km", "facility_type", "area", "free_speed_kmh"]]).assign(ds=ds, link_min=ds / 600.0)


def along_gaps(net: Network, here: Roads, found: pd.DataFrame) -> list[str]:
    """The listed missing link or planned road, not open, that each pair's straight line lies along; '' where there is none.

    Both its ends are within 1 km of the gap's line, or within the error of the gap's ends, over half its length or more (along a
    motorway, over half of the motorway too, since one cannot join that on its way); or the gap's ends so near to it, over as much of it.
    See `listed_gaps` for which gaps count.
    """
    import shapely

    gap, courses = listed_gaps(net, here)
    error = gap[["from_error_km", "to_error_km"]].max(axis=1).fillna(0.0)
    xy = here.links.node_xy
    a, b = found["a"].to_numpy(np.int64), found["b"].to_numpy(np.int64)
    straight = np.hypot(*(xy[b] - xy[a]).T)
    points = shapely.points(xy)
    out = np.full(len(found), "", dtype=object)
    motorway = gap["free_speed_kmh"] >= MOTORWAY_KMH
    for gap_id, whole, fast, error_km in zip(gap["gap_id"], courses, motorway, error, strict=True):
        near_m, course = max(NEAR_M, 1000.0 * error_km), shapely.get_coordinates(whole)
        near, at = shapely.distance(points, whole) <= near_m, shapely.line_locate_point(whole, points)
        along = near[a] & near[b] & (np.abs(at[a] - at[b]) >= np.maximum(straight, fast * whole.length) / 2)
        (from_share, from_m), (to_share, to_m) = (_beside(end, xy[a], xy[b]) for end in (course[0], course[-1]))
        along |= (np.maximum(from_m, to_m) <= near_m) & (np.abs(from_share - to_share) >= 0.5)
        out[along & (out == "")] = gap_id
    return [str(one) for one in out]


def listed_gaps(net: Network, here: Roads) -> tuple[pd.DataFrame, list[Any]]:
    """Missing links and planned roads that are not open and whose ends are known to less than half their length; their courses, metres."""
    import shapely

    gap = net.table("gap")
    error = gap[["from_error_km", "to_error_km"]].max(axis=1).fillna(0.0)
    gap = gap[gap["kind"].isin(LISTED) & ~gap["gap_id"].isin(net.in_use("gap")["gap_id"]) & (error < gap["length_km"] / 2)]
    lines = link_lines(gap, net.table("node"))
    known = np.array([line is not None for line in lines], bool)
    return gap[known], [shapely.linestrings(to_plane(here.crs, *shapely.get_coordinates(line).T)) for line in lines[known]]


def _beside(point: Floats, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Where on each straight line a point is nearest (0 to 1), and its metres from there."""
    course = end - start
    share = np.clip(((point - start) * course).sum(axis=1) / (course**2).sum(axis=1), 0.0, 1.0)
    return share, np.hypot(*(start + share[:, None] * course - point).T)


def apart(here: Roads, found: pd.DataFrame) -> list[int]:
    """Labels of the pairs, best first, less those with both ends near those of a better one: 2 km, or half their length if more."""
    xy = here.links.node_xy
    kept: list[int] = []
    ends = np.empty((0, 4))
    for label, a, b, straight_km in zip(found.index, found["a"], found["b"], found["straight_km"], strict=True):
        near_m = max(APART_M, straight_km * 500.0)
        for one in (np.concatenate([xy[a], xy[b]]), np.concatenate([xy[b], xy[a]])):
            off = ends - one
            if ((np.hypot(off[:, 0], off[:, 1]) < near_m) & (np.hypot(off[:, 2], off[:, 3]) < near_m)).any():
                break
        else:
            kept.append(int(label))
            ends = np.vstack([ends, np.concatenate([xy[a], xy[b]])])
    return kept
