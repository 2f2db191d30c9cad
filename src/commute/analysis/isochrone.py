"""Where one gets to in so many minutes: a time field on a grid, and its filled contours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from commute import routing
from commute.analysis.measure.people import Floats, people
from commute.analysis.measure.reach import Ints
from commute.analysis.measure.shares import SAME
from commute.errors import BadValue
from commute.model.points import Points, resolve
from commute.routing.plane import crs_of, to_degrees, to_plane

if TYPE_CHECKING:
    import geopandas as gpd

    from commute.model.network import Network
    from commute.model.profile import Profile

    Times = Callable[[Floats], Floats]

FASTEST_KMH = {"walk": 6.0, "bike": 25.0, "car": 110.0, "truck": 110.0}  # no journey covers more ground in a straight line
FASTEST_BY_RAIL_KMH = 130.0  # entry included
TILE_M = 2_000.0  # first it is asked which squares of this side are reached at all
SLACK_MIN = 6.0  # a square whose corners take no longer than the limit and this is looked into: off the road from its middle
BEYOND = 10.0  # the field is cut at so many times the largest limit; it keeps the bands apart where nothing is reached
HALF_SECOND = 0.5 / 60.0


def isochrones(
    net: Network, origins: Any, *, minutes: Sequence[float] | float, profile: Profile, cell_m: float = 250.0
) -> gpd.GeoDataFrame:
    """Areas within so many minutes of each origin.

    Parameters
    ----------
    net : Network
    origins : ids, names, (lon, lat), or a GeoDataFrame with an `id` column
    minutes : float or sequence of float
    profile : Profile
    cell_m : float
        Spacing of the grid, metres; the border is right within one cell.

    Returns
    -------
    GeoDataFrame
        A row an origin and limit, rising: origin_id, minutes, people (of the points of people in time), area_km2, geometry
        (WGS84). Each area contains those of smaller limits.

    Raises
    ------
    BadValue
        No limit, one that is not from 1 to 600 minutes, or a cell that is not from 20 m to 5 km.
    """
    import geopandas as gpd
    import shapely

    limits = sorted({float(one) for one in ([minutes] if isinstance(minutes, int | float) else minutes)})
    if not limits or not all(1 <= one <= 600 for one in limits):
        raise BadValue(f"minutes are {limits}, must be from 1 to 600, at least one")
    if not 20 <= cell_m <= 5_000:
        raise BadValue(f"cell_m is {cell_m}, must be from 20 to 5000 metres")
    engine = routing.compile(net, profile)
    points, crs = resolve(net, origins), crs_of(net)

    def times(xy: Floats) -> Floats:
        lon, lat = to_degrees(crs, xy).T.copy()
        seconds = engine.totals_s(points, Points(tuple(map(str, range(len(lon)))), lon, lat, ("",) * len(lon)))
        return np.where(seconds < 0, np.inf, seconds / 60.0)

    known = to_plane(crs, net.in_use("stops")["lon"], net.in_use("stops")["lat"])
    fastest = FASTEST_KMH.get(profile.mode, FASTEST_BY_RAIL_KMH)
    x, y, fields = time_fields(times, to_plane(crs, points.lon, points.lat), known, limits[-1], cell_m, fastest)
    inside = _people_within(net, engine, points, limits)
    rows, shapes = [], []
    for one, field, crowds in zip(points.ids, fields, inside, strict=True):
        for limit, shape, crowd in zip(limits, bands(x, y, field, limits), crowds, strict=True):
            rows.append({"origin_id": one, "minutes": limit, "people": crowd, "area_km2": float(shape.area) / 1e6})
            shapes.append(shapely.transform(shape, lambda at: to_degrees(crs, at)))
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)


def time_fields(times: Times, origins: Floats, known: Floats, limit: float, cell_m: float, fastest_kmh: float) -> tuple[Floats, ...]:
    """Minutes from origins on one grid that covers what the limit reaches.

    Parameters
    ----------
    times : callable, metres of shape (n, 2) to minutes of shape (origins, n), inf where not reachable
    origins : ndarray, shape (origins, 2), metres
    known : ndarray, shape (n, 2), metres: places that may be reached far from all else (stops)
    limit, cell_m, fastest_kmh : float

    Returns
    -------
    x, y : ndarray, shapes (nx,), (ny,); metres
    fields : ndarray, shape (origins, ny, nx); minutes, at most `BEYOND` × limit
    """
    cells = max(1, round(TILE_M / cell_m))
    tile = cells * cell_m
    reach = limit / 60.0 * fastest_kmh * 1000.0
    low = np.floor((origins.min(axis=0) - reach) / tile).astype(np.int64) - 1
    size = np.ceil((origins.max(axis=0) + reach) / tile).astype(np.int64) + 1 - low
    reached = _tiles(times, origins, known, limit, low, size, tile, reach)
    rows, columns = np.nonzero(reached)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    x = cell_m * np.arange((low[0] + left) * cells, (low[0] + right) * cells + 1)
    y = cell_m * np.arange((low[1] + top) * cells, (low[1] + bottom) * cells + 1)
    wanted = np.zeros((len(y), len(x)), dtype=bool)
    for row, column in zip(rows - top, columns - left, strict=True):
        wanted[row * cells : (row + 1) * cells + 1, column * cells : (column + 1) * cells + 1] = True
    far = BEYOND * limit
    fields = np.full((len(origins), *wanted.shape), far)
    at = np.nonzero(wanted)
    fields[:, at[0], at[1]] = np.minimum(times(np.column_stack([x[at[1]], y[at[0]]])), far)
    return x, y, fields


def _tiles(
    times: Times, origins: Floats, known: Floats, limit: float, low: Ints, size: Ints, tile: float, reach: float
) -> npt.NDArray[np.bool_]:
    """Which squares may hold something in time: a corner nearly is, or an origin or a stop in time is in it or beside it."""
    line_x, line_y = ((low[k] + np.arange(size[k] + 1)) * tile for k in (0, 1))
    x, y = np.meshgrid(line_x, line_y)
    corners = np.column_stack([x.ravel(), y.ravel()])
    near = np.min([np.hypot(*(corners - one).T) for one in origins], axis=0) <= reach + tile
    soon = np.zeros(len(corners), dtype=bool)
    soon[near] = (times(corners[near]) <= limit + SLACK_MIN).any(axis=0)
    corner = soon.reshape(x.shape)
    found = corner[:-1, :-1] | corner[1:, :-1] | corner[:-1, 1:] | corner[1:, 1:]
    inside = np.all((known > low * tile) & (known < (low + size) * tile), axis=1) if len(known) else np.zeros(0, dtype=bool)
    places = origins
    if inside.any():
        places = np.concatenate([origins, known[inside][(times(known[inside]) <= limit).any(axis=0)]])
    column, row = (np.floor(places / tile).astype(np.int64) - low).T
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            found[np.clip(row + i, 0, size[1] - 1), np.clip(column + j, 0, size[0] - 1)] = True
    return found


def bands(x: Floats, y: Floats, field: Floats, limits: Sequence[float]) -> list[Any]:
    """Polygons in the plane of where the field is at most each limit; they nest, since all share one interpolation."""
    import contourpy
    import shapely

    step_x, step_y = x[1] - x[0], y[1] - y[0]
    padded = np.pad(field, 1, constant_values=BEYOND * max(limits))
    generator = contourpy.contour_generator(
        np.r_[x[0] - step_x, x, x[-1] + step_x], np.r_[y[0] - step_y, y, y[-1] + step_y], padded, fill_type=contourpy.FillType.OuterOffset
    )
    out = []
    for limit in limits:
        filled: Any = generator.filled(-1.0, limit + HALF_SECOND)
        rings, offsets = filled
        parts = [
            shapely.make_valid(shapely.Polygon(ring[o[0] : o[1]], [ring[a:b] for a, b in pairwise(o[1:].tolist())]))
            for ring, o in zip(rings, offsets, strict=True)
        ]
        area = shapely.union_all(parts) if parts else shapely.MultiPolygon()
        out.append(_polygons(area))
    return out


def _polygons(shape: Any) -> Any:
    """As one MultiPolygon; lines and points that validity left over are dropped, having no area."""
    import shapely

    parts = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon" and one.area > 0]
    return shapely.MultiPolygon(parts)


def _people_within(net: Network, engine: Any, origins: Points, limits: Sequence[float]) -> list[list[float]]:
    """People whose points are reached in time, by origin and limit."""
    if not len(net.table("zone")):
        return [[float("nan")] * len(limits)] * len(origins)
    who = people(net)
    seconds = engine.totals_s(origins, who.points)
    times = np.where(seconds < 0, np.inf, seconds / 60.0)
    crowd = who.weight * who.population[who.zone]
    return [[float(crowd[row <= limit + SAME].sum()) for limit in limits] for row in times]
