"""People as points: each zone's people spread over its cell, denser near the seat, a few weighted points a zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from commute.analysis.measure.cells import cells
from commute.errors import BadValue
from commute.model.points import Points
from commute.model.tables import AREAS
from commute.routing.layers import layer
from commute.routing.plane import crs_of, to_degrees, to_plane

if TYPE_CHECKING:
    from commute.model.network import Network

Floats = npt.NDArray[np.float64]
POINTS_IN_ALL = 1_400  # the most, however many zones; 8,000 move no share within 30 to 90 minutes by 1 %
FEWEST, MOST = 2, 12  # points a zone
USUAL = 3.0  # points of a zone of median people on 10 km²
SAMPLES = 150  # of a cell's ground, at least
FAR_DECAYS = 8.0  # ground beyond so many decay lengths of the seat holds fewer than 1 in 1,000 people


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people of a network: n points in z zones.

    Attributes
    ----------
    points : Points, n of them, ids "<zone_id>#<k>"
    zone : ndarray of int64, shape (n,), position of each point's zone in the zone table
    weight : ndarray of float64, shape (n,), the point's part of its zone's people; sums to 1 a zone
    population : ndarray of float64, shape (z,)
    county, city : tuple of str, z of them
    area : ndarray of int64, shape (z,), position in `AREAS` of the smallest area that the zone is in
    """

    points: Points
    zone: npt.NDArray[np.int64]
    weight: Floats
    population: Floats
    county: tuple[str, ...]
    city: tuple[str, ...]
    area: npt.NDArray[np.int64]

    def within(self, area: str) -> npt.NDArray[np.bool_]:
        """Which zones belong to an area; core is part of metropolitan, and that of three_cities."""
        return self.area <= AREAS.index(area)


def people(net: Network) -> People:
    """The people of all zones, kept by what they are made from, so that dates and scenarios share them.

    Their spread in a cell follows the constant `people_decay_km`.

    Raises
    ------
    BadValue
        A network without zones or without people.
    """
    if "people" not in net._cache:
        decay = net.constant("people_decay_km") if net.has_constant("people_decay_km") else 0.0
        key = ("people", net.digest("zone"), net.layers_digest(), crs_of(net), decay)
        net._cache["people"] = layer(key, lambda: _people(net))
    return net._cache["people"]  # type: ignore[no-any-return]


def _people(net: Network) -> People:
    zone = net.table("zone")
    if not len(zone) or not zone["population"].sum() > 0:
        raise BadValue("the network has no people: zone.csv needs rows with a population")
    crs = crs_of(net)
    x, y = to_plane(crs, zone["lon"], zone["lat"]).T
    population = zone["population"].to_numpy(np.float64)
    ground = cells(net)
    counts = _counts(population, np.array([cell.area / 1e6 for cell in ground]))
    decay_m = net.constant("people_decay_km") * 1000.0
    parts = [_spread(cell, a, b, int(k), decay_m) for cell, a, b, k in zip(ground, x, y, counts, strict=True)]
    sizes = [len(weight) for _, weight in parts]
    lon, lat = to_degrees(crs, np.concatenate([xy for xy, _ in parts])).T.copy()
    ids = tuple(f"{one}#{k}" for one, size in zip(zone["zone_id"], sizes, strict=True) for k in range(size))
    return People(
        points=Points(ids, lon, lat, ("",) * len(ids)),
        zone=np.repeat(np.arange(len(zone)), sizes),
        weight=np.concatenate([weight for _, weight in parts]),
        population=population,
        county=tuple(zone["county_code"]),
        city=tuple(zone["city"]),
        area=np.array([AREAS.index(one) for one in zone["in_area"]], dtype=np.int64),
    )


def _counts(population: Floats, area_km2: Floats) -> npt.NDArray[np.int64]:
    """Points a zone: more where more people live on more ground, `POINTS_IN_ALL` together at most."""
    median = max(float(np.median(population)), 1.0)
    wish = USUAL * np.sqrt(population / median) * (np.clip(area_km2, 0.5, 60.0) / 10.0) ** 0.25
    counts = np.clip(np.round(wish), FEWEST, MOST)
    if counts.sum() > POINTS_IN_ALL:
        counts = np.maximum(1.0, np.floor(counts * POINTS_IN_ALL / counts.sum()))
    return counts.astype(np.int64)


def _spread(cell: Any, x: float, y: float, k: int, decay_m: float) -> tuple[Floats, Floats]:
    """At most `k` points in a cell and their weights, for a density that falls as exp(−distance from the seat / decay)."""
    ground = _samples(cell, x, y, decay_m)
    if not len(ground):
        return np.array([[x, y]]), np.ones(1)
    away = np.hypot(ground[:, 0] - x, ground[:, 1] - y)
    density = np.exp(-(away - away.min()) / decay_m)
    density /= density.sum()
    groups = _groups(ground, density, np.arange(len(ground)), min(k, len(ground)))
    points, weights = [], []
    for rows in groups:
        mass = density[rows].sum()
        middle = density[rows] @ ground[rows] / mass
        nearest = rows[np.argmin(((ground[rows] - middle) ** 2).sum(axis=1))]  # a sample, so that it lies in the cell
        points.append(ground[nearest])
        weights.append(mass)
    return np.array(points), np.array(weights) / np.sum(weights)


def _samples(cell: Any, x: float, y: float, decay_m: float) -> Floats:
    """Points of a regular grid that lie in the cell, out to where hardly anyone lives."""
    import shapely

    if cell.is_empty or not cell.area > 0:
        return np.empty((0, 2))
    step = max(50.0, min(np.sqrt(cell.area / SAMPLES), decay_m / 2))
    west, south, east, north = cell.bounds
    reach = FAR_DECAYS * decay_m
    boxes = ((max(west, x - reach), max(south, y - reach), min(east, x + reach), min(north, y + reach)), cell.bounds)
    shapely.prepare(cell)
    for (a, b, c, d), apart in zip(boxes, (step, np.sqrt(cell.area / SAMPLES)), strict=True):
        if c <= a or d <= b:
            continue
        grid_x, grid_y = np.meshgrid(np.arange(a + apart / 2, c, apart), np.arange(b + apart / 2, d, apart))
        inside = shapely.contains_xy(cell, grid_x.ravel(), grid_y.ravel())
        if inside.any():
            return np.column_stack([grid_x.ravel()[inside], grid_y.ravel()[inside]])
    return np.array([[p.x, p.y] for p in [shapely.point_on_surface(cell)]])


def _groups(ground: Floats, mass: Floats, rows: npt.NDArray[np.int64], k: int) -> list[npt.NDArray[np.int64]]:
    """Samples cut into `k` groups of about the same people, always across the longer side."""
    if k == 1 or len(rows) <= 1:
        return [rows]
    spread = np.ptp(ground[rows], axis=0)
    axis = int(spread[1] > spread[0])
    rows = rows[np.argsort(ground[rows, axis], kind="stable")]
    low = k // 2
    upto = np.cumsum(mass[rows])
    cut = int(np.clip(np.searchsorted(upto, upto[-1] * low / k) + 1, 1, len(rows) - 1))
    return _groups(ground, mass, rows[:cut], low) + _groups(ground, mass, rows[cut:], k - low)


def redistributed(who: People, spread: float, count: int, seed: int) -> Floats:
    """Populations of the zones, redrawn inside their counties, whose totals stay.

    Parameters
    ----------
    who : People
    spread : float, standard deviation of a zone's people over their expectation (constant `population_spread`)
    count, seed : int

    Returns
    -------
    ndarray of float64, shape (count, zones)
        The derived figures of zones rest on shares of a census total (only county totals are counted), so each is
        multiplied by a lognormal factor and the county scaled back to its total.
    """
    codes, county = np.unique(np.array(who.county, dtype=object).astype(str), return_inverse=True)
    sigma = np.sqrt(np.log1p(spread**2))
    factor = np.random.default_rng(seed).lognormal(-(sigma**2) / 2, sigma, (count, len(who.population)))
    drawn: Floats = who.population * factor
    for k in range(len(codes)):
        mine = county == k
        total, now = who.population[mine].sum(), drawn[:, mine].sum(axis=1)
        drawn[:, mine] *= np.divide(total, now, out=np.zeros(count), where=now > 0)[:, None]
    return drawn
