"""Weights between zones: how many of one zone's people could have business in another. Potential, never trips: nobody counted them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.analysis.measure.cells import cells
from commute.errors import BadValue, UnknownId
from commute.routing.layers import key_of, layer
from commute.routing.plane import crs_of, to_plane

if TYPE_CHECKING:
    from commute.model.network import Network

Floats = npt.NDArray[np.float64]
Kind = Literal["potential", "people", "uniform"]
KINDS: tuple[Kind, ...] = ("potential", "people", "uniform")
DECAY = {"potential_decay_km": 1.8, "potential_decay_power": 1.9}  # where a network's constants do not say: those fitted to Changsha


def weights(net: Network, kind: Kind | pd.DataFrame = "potential") -> Floats:
    """Weights of journeys between zones, in the order of the zone table.

    Parameters
    ----------
    net : Network
    kind : "potential", "people", "uniform", or a DataFrame
        potential: people × modelled jobs × (1 + distance / a)^−b; people: the same with people in place of jobs; uniform: all pairs
        of different zones alike. A DataFrame of a user's own trips replaces them: zones × zones by id, or from_id, to_id, trips.

    Returns
    -------
    ndarray of float64, shape (zones, zones)
        They sum to the number of people (one journey a person on average), or to the user's trips.

    Raises
    ------
    UnknownId
        A zone of the user's table that the network does not hold.
    BadValue
        An unknown kind, or a negative or missing number of trips.

    Notes
    -----
    An unconstrained gravity model (Wilson 1971, Environment and Planning 3, 1–32). a and b are the constants potential_decay_km and
    potential_decay_power, fitted to published shares of commuting distances. Distances are straight; within a zone half the radius
    of a circle of its ground.
    """
    if isinstance(kind, pd.DataFrame):
        return _table(net, kind)
    if kind not in KINDS:
        raise BadValue(f"weights is {kind!r}, must be one of {', '.join(KINDS)}, or a DataFrame of trips")
    return layer(("weights", kind, net.digest("job"), *key_of(net, "zone")), lambda: _gravity(net, kind))


def _gravity(net: Network, kind: Kind) -> Floats:
    zone = net.table("zone")
    n = len(zone)
    people = zone["population"].to_numpy(np.float64)
    if kind == "uniform":
        return np.where(np.eye(n, dtype=bool), 0.0, people.sum() / max(n * (n - 1), 1))
    jobs = zone.merge(net.table("job")[["zone_id", "jobs"]], on="zone_id", how="left")["jobs"].fillna(0.0).to_numpy(np.float64)
    drawn = people if kind == "people" or not jobs.any() else jobs
    xy = to_plane(crs_of(net), zone["lon"], zone["lat"])
    km = np.hypot(*(xy[:, None] - xy[None, :]).transpose(2, 0, 1)) / 1000.0
    np.fill_diagonal(km, [np.sqrt(cell.area / 1e6 / np.pi) / 2.0 for cell in cells(net)])
    a, b = (net.constant(name) if net.has_constant(name) else value for name, value in DECAY.items())
    pull = people[:, None] * drawn * (1.0 + km / a) ** -b
    out: Floats = pull * (people.sum() / pull.sum() if pull.sum() > 0 else 0.0)
    return out


def _table(net: Network, trips: pd.DataFrame) -> Floats:
    place = {one: k for k, one in enumerate(net.table("zone")["zone_id"])}
    rows: pd.DataFrame = trips
    if not {"from_id", "to_id", "trips"} <= set(trips.columns):
        rows = trips.rename_axis("from_id").reset_index().melt("from_id", var_name="to_id", value_name="trips")
    for one in dict.fromkeys([*rows["from_id"].map(str), *rows["to_id"].map(str)]):
        if one not in place:
            raise UnknownId("zone", one, place)
    values = pd.to_numeric(rows["trips"], errors="coerce").to_numpy(np.float64)
    if not (values >= 0).all():
        bad: Any = rows.iloc[int(np.flatnonzero(~(values >= 0))[0])]
        raise BadValue(f"trips from {bad['from_id']} to {bad['to_id']} are {bad['trips']}, must be a number, 0 or more")
    out = np.zeros((len(place), len(place)))
    np.add.at(out, (rows["from_id"].map(str).map(place).to_numpy(), rows["to_id"].map(str).map(place).to_numpy()), values)
    return out


def cross_city(net: Network) -> npt.NDArray[np.bool_]:
    """Which pairs of zones lie in different cities, shape (zones, zones)."""
    city = net.table("zone")["city"].to_numpy(dtype=object)
    return np.asarray(city[:, None] != city[None, :], bool)
