"""Where one gets to in so many minutes: a time field on a grid, and its filled contours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from commute import routing
from commute.analysis.people import Floats, people
from commute.analysis.shares import SAME
from commute.errors import BadValue
from commute.model.points import Points, resolve
from commute.routing.plane import crs_of, to_degrees, to_plane

if TYPE_CHECKING:
    import geopandas as gpd

    from commute.model.network import Network
    from commute.model.profile import Profile

    Times = Callable[[Floats], Floats]  # metres, shape (n, 2), to minutes; inf where not reachable

FASTEST_KMH = {"walk": 6.0, "bike": 25.0}  # no journey covers more; others take the next
FASTEST_OTHER_KMH = 130.0
TILE_M = 2_000.0  # first it is asked which squares of this side are reached at all
SLACK_MIN = 10.0  # a square whose corners take no longer than the limit and this is looked into
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
    rows, shapes = [], []
    for k, one in enumerate(points.ids):
        origin = Points((one,), points.lon[[k]], points.lat[[k]], (points.stops[k],))

        def times(xy: Floats, origin: Points = origin) -> Floats:
            lon, lat = to_degrees(crs, xy).T.copy()
            ids = tuple(map(str, range(len(lon))))
            seconds = engine.totals_s(origin, Points(ids, lon, lat, ("",) * len(ids)))[0]
            return np.where(seconds < 0, np.inf, seconds / 60.0)

        middle = to_plane(crs, origin.lon, origin.lat)[0]
        known = to_plane(crs, net.in_use("stops")["lon"], net.in_use("stops")["lat"])
        x, y, field = time_field(times, middle, known, limits[-1], cell_m, FASTEST_KMH.get(profile.mode, FASTEST_OTHER_KMH))
        inside = _people_within(net, engine, origin, limits)
        for limit, shape, crowd in zip(limits, bands(x, y, field, limits), inside, strict=True):
            rows.append({"origin_id": one, "minutes": limit, "people": crowd, "area_km2": float(shape.area) / 1e6})
            shapes.append(shapely.transform(shape, lambda at: to_degrees(crs, at)))
    import pandas as pd

    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=4326)


def time_field(
    times: Times, middle: Floats, known: Floats, limit: float, cell_m: float, fastest_kmh: float
) -> tuple[Floats, Floats, Floats]:
    """Minutes on a grid around a point, out to what the limit reaches.

    Parameters
    ----------
    times : callable
    middle : ndarray, shape (2,), the origin in metres; a node of the grid
    known : ndarray, shape (n, 2), metres: places that may be reached far from all else (stops)
    limit, cell_m, fastest_kmh : float

    Returns
    -------
    x, y : ndarray, shapes (nx,), (ny,); metres
    field : ndarray, shape (ny, nx); minutes, at most `BEYOND` × limit
    """
    cells = max(1, round(TILE_M / cell_m))
    tile = cells * cell_m
    tiles = int(np.ceil(limit / 60.0 * fastest_kmh * 1000.0 / tile)) + 1
    reached = _tiles(times, middle, known, limit, tile, tiles)
    far = BEYOND * limit
    rows, columns = np.nonzero(reached)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    x = middle[0] + cell_m * np.arange((left - tiles) * cells, (right - tiles) * cells + 1)
    y = middle[1] + cell_m * np.arange((top - tiles) * cells, (bottom - tiles) * cells + 1)
    wanted = np.zeros((len(y), len(x)), dtype=bool)
    for row, column in zip(rows - top, columns - left, strict=True):
        wanted[row * cells : (row + 1) * cells + 1, column * cells : (column + 1) * cells + 1] = True
    field = np.full(wanted.shape, far)
    at = np.nonzero(wanted)
    field[at] = np.minimum(times(np.column_stack([x[at[1]], y[at[0]]])), far)
    return x, y, field


def _tiles(times: Times, middle: Floats, known: Floats, limit: float, tile: float, tiles: int) -> npt.NDArray[np.bool_]:
    """Which squares may hold something in time, and their neighbours; the origin is a corner of the four in the middle."""
    line = np.arange(-tiles, tiles + 1) * tile
    x, y = np.meshgrid(middle[0] + line, middle[1] + line)
    corner = times(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape) <= limit + SLACK_MIN
    found = corner[:-1, :-1] | corner[1:, :-1] | corner[:-1, 1:] | corner[1:, 1:]
    found[tiles - 1 : tiles + 1, tiles - 1 : tiles + 1] = True
    inside = np.all(np.abs(known - middle) < tiles * tile, axis=1) if len(known) else np.zeros(0, dtype=bool)
    if inside.any():
        near = known[inside][times(known[inside]) <= limit]
        column, row = (np.floor((near - middle) / tile).astype(np.int64) + tiles).T
        found[row, column] = True
    wide = np.pad(found, 1)
    around = np.zeros_like(found)
    size = found.shape[0]
    for i in range(3):
        for j in range(3):
            around |= wide[i : i + size, j : j + size]
    return around


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


def _people_within(net: Network, engine: Any, origin: Points, limits: Sequence[float]) -> list[float]:
    """People whose points are reached in time."""
    if not len(net.table("zone")):
        return [float("nan")] * len(limits)
    who = people(net)
    seconds = engine.totals_s(origin, who.points)[0]
    times = np.where(seconds < 0, np.inf, seconds / 60.0)
    crowd = who.weight * who.population[who.zone]
    return [float(crowd[times <= limit + SAME].sum()) for limit in limits]
