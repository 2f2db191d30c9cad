"""The cell of each zone on the ground: Voronoi around the zones' seats, clipped to their district."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from commute.routing.layers import layer
from commute.routing.plane import crs_of, to_plane

if TYPE_CHECKING:
    from commute.model.network import Network


def cells(net: Network) -> list[Any]:
    """A shapely polygon in metres for each row of the zone table.

    The zones of one county share its outline in the district layer, each point of which goes to the nearest seat.
    Zones of a county that has no outline share what the others leave of the hull around all seats. A cell may be
    empty where outlines are generalised and a seat lies outside its own: then its people stand at the seat.
    """
    if "cells" not in net._cache:
        net._cache["cells"] = layer(("cells", net.digest("zone"), net.layers_digest(), crs_of(net)), lambda: _cells(net))
    return net._cache["cells"]  # type: ignore[no-any-return]


def _cells(net: Network) -> list[Any]:
    import shapely

    zone = net.table("zone")
    x, y = to_plane(crs_of(net), zone["lon"], zone["lat"]).T
    outlines = _outlines(net)
    county = zone["county_code"].to_numpy(dtype=object)
    out: list[Any] = [shapely.Polygon()] * len(zone)
    for code in dict.fromkeys(county):
        if code in outlines:
            rows = np.flatnonzero(county == code)
            for row, cell in zip(rows, _voronoi(x[rows], y[rows], outlines[code]), strict=True):
                out[row] = cell
    rest = np.flatnonzero([code not in outlines for code in county])
    if len(rest):
        ground = _hull(x, y)
        if outlines:
            ground = shapely.difference(ground, shapely.union_all(list(outlines.values())))
        for row, cell in zip(rest, _voronoi(x[rest], y[rest], ground), strict=True):
            out[row] = cell
    return out


def _outlines(net: Network) -> dict[str, Any]:
    """District polygons in metres, by county code."""
    import shapely
    from shapely.geometry import shape

    parts: dict[str, list[Any]] = {}
    for feature in net.layers["district"]["features"]:
        code = str((feature.get("properties") or {}).get("code", ""))
        if code and feature.get("geometry"):
            parts.setdefault(code, []).append(shapely.make_valid(shape(feature["geometry"])))
    crs = crs_of(net)
    return {code: shapely.transform(shapely.union_all(some), lambda at: to_plane(crs, at[:, 0], at[:, 1])) for code, some in parts.items()}


def _hull(x: Any, y: Any) -> Any:
    """The hull of all seats, wider by the usual distance between neighbours."""
    import shapely
    from scipy.spatial import cKDTree

    seats = np.unique(np.column_stack([x, y]), axis=0)
    apart = 2_000.0
    if len(seats) > 1:
        apart = max(500.0, float(np.median(np.asarray(cKDTree(seats).query(seats, k=2)[0])[:, 1])))
    return shapely.buffer(shapely.convex_hull(shapely.multipoints(seats)), apart)


def _voronoi(x: Any, y: Any, ground: Any) -> list[Any]:
    """The part of `ground` nearest to each point; points that coincide have the same part."""
    import shapely

    seats, which = np.unique(np.column_stack([x, y]), axis=0, return_inverse=True)
    which = np.asarray(which).ravel()
    if len(seats) == 1:
        return [ground] * len(which)
    raw = shapely.voronoi_polygons(shapely.multipoints(seats), extend_to=shapely.union(ground, shapely.multipoints(seats).envelope))
    tree = shapely.STRtree(shapely.get_parts(raw))
    parts = shapely.get_parts(raw)
    point, cell = tree.query(shapely.points(seats), predicate="intersects")
    own = dict(zip(point.tolist(), cell.tolist(), strict=True))
    clipped = shapely.intersection(parts[[own[i] for i in range(len(seats))]], ground)
    return [clipped[i] for i in which]
