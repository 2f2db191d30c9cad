"""Roads and gaps: lengths, courses, ends, and what hangs together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.model.checks.findings import Checked, plain, where
from commute.model.checks.positions import gcj_like, say_gcj, straight_m, xyz_m
from commute.model.tables import BY_NAME

STRAIGHT_SLACK = 0.01  # a length may be this share under the straight line: spheres, rounded coordinates
SLACK_KM = 0.02  # and so much, for short links
END_M = 250.0  # a course must end so near to its node
DETOUR_ODD = 5.0  # length over straight line above which the unit is doubted
ODD_KM = 3.0
ZONE_FAR_KM = 10.0


def check(checked: Checked) -> None:
    """All checks of this file."""
    if "node" not in checked.tables:
        return
    for name in ("link", "gap"):
        if checked.has(name):
            _lengths(checked, name)
            _courses(checked, name)
    if checked.has("gap"):
        _gap_ends(checked)
    if checked.has("link"):
        _same_ends(checked)
    if checked.asked is None and checked.has("link", "zone") and len(checked.tables["node"]) and len(checked.tables["link"]):
        _connected(checked)


def _ends(checked: Checked, rows: pd.DataFrame) -> pd.DataFrame:
    """Coordinates of both ends of each row, NaN where a node is unknown or faulty."""
    nodes = checked.sound("node", every=True).drop_duplicates("node_id").set_index("node_id")[["lon", "lat"]]
    a, b = (nodes.reindex(rows[side]).to_numpy(dtype=np.float64) for side in ("from_node_id", "to_node_id"))
    return pd.DataFrame({"a_lon": a[:, 0], "a_lat": a[:, 1], "b_lon": b[:, 0], "b_lat": b[:, 1]}, index=rows.index)


def _lengths(checked: Checked, name: str) -> None:
    rows = checked.sound(name)
    zero = where(rows["length_km"] == 0)
    checked.report(name, zero, "length_km", "is 0, must be above 0")
    rows = rows.drop(index=zero)
    ends = _ends(checked, rows)
    straight = pd.Series(straight_m(ends["a_lon"], ends["a_lat"], ends["b_lon"], ends["b_lat"]) / 1000, index=rows.index)
    slack = SLACK_KM + STRAIGHT_SLACK * straight
    if name == "gap":  # its ends are known to some error only
        slack += rows["from_error_km"].fillna(0) + rows["to_error_km"].fillna(0)
    short = where(rows["length_km"] < straight - slack)
    texts = [
        f"{plain(a)} km is under the straight line of {b:.3f} km" for a, b in zip(rows["length_km"][short], straight[short], strict=True)
    ]
    checked.report(name, short, "length_km", texts, blame=False)
    long = where((rows["length_km"] > DETOUR_ODD * straight) & (rows["length_km"] > straight + ODD_KM))
    pairs = zip(rows["length_km"][long], straight[long], strict=True)
    texts = [f"{plain(a)} km is {a / max(b, 0.001):.0f} times the straight line of {b:.3f} km: another unit?" for a, b in pairs]
    checked.report(name, long, "length_km", texts, level="warning")


def _courses(checked: Checked, name: str) -> None:
    """Courses that are no line, or that do not end at their nodes."""
    import shapely

    rows = checked.sound(name)
    rows = rows[rows["geometry"] != ""]
    lines = shapely.from_wkt(rows["geometry"].to_numpy(dtype=object), on_invalid="ignore")
    good = (shapely.get_type_id(lines) == 1) & ~shapely.is_empty(lines)
    texts = [f"{text if len(text) < 60 else text[:57] + '...'!r} is not a WKT LINESTRING" for text in rows["geometry"][~good]]
    checked.report(name, rows.index[~good], "geometry", texts)
    rows, lines = rows[good], lines[good]
    ends = _ends(checked, rows)
    known = ends.notna().all(axis=1).to_numpy()
    rows, lines, ends = rows[known], lines[known], ends[known]
    if not len(rows):
        return
    first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    offs, where_at = [], []
    for side, point in (("a", first), ("b", last)):
        at = np.stack([shapely.get_x(point), shapely.get_y(point)], axis=1)
        node = ends[[f"{side}_lon", f"{side}_lat"]].to_numpy(dtype=np.float64)
        offs.append(node - at)
        where_at.append(at)
    off, at = np.concatenate(offs), np.concatenate(where_at)
    sign = gcj_like(off[:, 0], off[:, 1], at[:, 0], at[:, 1])
    if sign:
        told = f"the ends of courses in {BY_NAME[name].path} and their nodes lie apart as GCJ-02 and WGS84 do"
        say_gcj(checked, "node" if sign > 0 else name, told)
        return
    away = straight_m(at[:, 0], at[:, 1], at[:, 0] + off[:, 0], at[:, 1] + off[:, 1]).reshape(2, -1)
    for k, side in enumerate(("from_node_id", "to_node_id")):
        far = away[k] > END_M
        reverse = np.hypot(*(offs[k] + where_at[k] - where_at[1 - k])[far].T) * 111_000 < END_M
        hint = ["; the course runs the other way" if back else "" for back in reverse]
        texts = [f"ends {m:.0f} m from {side} {n}{h}" for m, n, h in zip(away[k][far], rows[side][far], hint, strict=True)]
        checked.report(name, rows.index[far], "geometry", texts, blame=False)


def _gap_ends(checked: Checked) -> None:
    rows = checked.sound("gap")
    line = rows["kind"] == "planned_line"
    for side in ("from_node_id", "to_node_id"):
        checked.report("gap", where(~line & (rows[side] == "")), side, "is empty: only a planned_line has no ends", blame=False)
    lost = where(line & (rows["route_ids"] == "") & (rows["no_effect"] == ""))
    checked.report("gap", lost, "route_ids", "is empty: a planned_line names its routes, or no_effect says why it has none", blame=False)
    built = ~line & (rows["link_ids"] == "") & (rows["no_effect"] == "")
    for column in ("length_km", "free_speed_kmh"):
        text = "is empty: opening needs it, or link_ids, or no_effect says why it changes nothing"
        checked.report("gap", where(built & rows[column].isna()), column, text, blame=False)


def _same_ends(checked: Checked) -> None:
    rows = checked.sound("link")
    loop = where(rows["from_node_id"] == rows["to_node_id"])
    checked.report("link", loop, "to_node_id", "is the same node as from_node_id", blame=False)


def _connected(checked: Checked) -> None:
    """Parts of the road network that no zone is on, and zones far from every road."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    nodes = checked.sound("node").drop_duplicates("node_id")
    links = checked.sound("link")
    position = pd.Series(np.arange(len(nodes)), index=nodes["node_id"])
    pairs = [position.reindex(links[side]).to_numpy() for side in ("from_node_id", "to_node_id")]
    a, b = (p[~np.isnan(pairs[0]) & ~np.isnan(pairs[1])].astype(np.intp) for p in pairs)
    if not len(a):
        return
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(len(nodes), len(nodes)))
    count, part = connected_components(graph, directed=False)
    zones = checked.sound("zone")
    places = np.concatenate([xyz_m(nodes["lon"].to_numpy(), nodes["lat"].to_numpy()), _along(nodes, a, b)])
    owner = np.concatenate([part, np.tile(part[a], 3)])
    used = np.bincount(a, minlength=len(nodes)) + np.bincount(b, minlength=len(nodes)) > 0
    served = np.concatenate([used, np.ones(3 * len(a), dtype=np.bool_)])
    tree, owner = cKDTree(places[served]), owner[served]
    away, nearest = _query(tree, xyz_m(zones["lon"].to_numpy(), zones["lat"].to_numpy()))
    far = away > ZONE_FAR_KM * 1000
    texts = [f"is {m / 1000:.0f} km from the nearest road" for m in away[far]]
    checked.report("zone", zones.index[far], "lon", texts, level="warning")
    _lone_parts(checked, nodes["node_id"].to_numpy(dtype=object), part, count, set(owner[nearest].tolist()))


def _query(tree: Any, points: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    away, nearest = tree.query(points)
    return away, nearest


def _along(nodes: pd.DataFrame, a: npt.NDArray[np.intp], b: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Points at a quarter, half and three quarters of each straight link, in metres on the sphere."""
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    parts = [xyz_m(lon[a] * (1 - t) + lon[b] * t, lat[a] * (1 - t) + lat[b] * t) for t in (0.25, 0.5, 0.75)]
    return np.concatenate(parts)


def _lone_parts(checked: Checked, ids: npt.NDArray[Any], part: npt.NDArray[Any], count: int, with_zone: set[int]) -> None:
    for each in sorted(set(range(count)) - with_zone):
        members = sorted(ids[part == each])
        shown = ", ".join(members[:8]) + (f" and {len(members) - 8} more" if len(members) > 8 else "")
        text = f"{len(members)} nodes hang together with no zone near them: {shown}" if len(members) > 1 else f"node {shown} is on no link"
        checked.findings.add(BY_NAME["node"].path, text, column="node_id", level="warning", key=members[0])
