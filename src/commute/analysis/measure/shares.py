"""Shares of people, the minutes a share needs, and the shortfall: arrays in, arrays out.

Times are minutes, inf where one cannot get there. People are shape (r, z): r spreads of the people over z zones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SAME = 1e-9  # of a share or a minute: below it two are equal
CAP_MIN = 240.0  # in a shortfall no journey counts for more, nor does one that cannot be made


def inside_by_zone(minutes: Floats, zone: Ints, weight: Floats, zones: int, limit: float) -> Floats:
    """The part of each zone's people whose time is within the limit, shape (z,)."""
    return np.bincount(zone, weights=weight * (minutes <= limit + SAME), minlength=zones).astype(np.float64)


def share(people: Floats, inside: Floats, area: Mask) -> Floats:
    """The share of an area's people inside, shape (r,); NaN where nobody lives there."""
    mine = people[:, area]
    total = mine.sum(axis=1)
    out = np.full(len(people), np.nan)
    np.divide(mine @ inside[area], total, out=out, where=total > 0)
    return out


def minutes_needed(minutes: Floats, zone: Ints, weight: Floats, people: Floats, area: Mask, wanted: float) -> Floats:
    """The smallest limit at which a share `wanted` of the area's people is inside, shape (r,); inf where none is."""
    mine = area[zone]
    order = np.argsort(minutes[mine], kind="stable")
    times = minutes[mine][order]
    crowd = (people[:, zone[mine]] * weight[mine])[:, order]
    total = crowd.sum(axis=1, keepdims=True)
    upto = np.divide(np.cumsum(crowd, axis=1), total, out=np.zeros_like(crowd), where=total > 0)
    enough = upto >= wanted - SAME
    first = np.argmax(enough, axis=1)
    return np.where(enough.any(axis=1), times[first] if len(times) else np.inf, np.inf)


def shortfall(minutes: Floats, zone: Ints, weight: Floats, people: Floats, area: Mask, limit: float) -> Floats:
    """The person-weighted mean of the minutes over the limit, shape (r,); times above `CAP_MIN` count as that."""
    over = np.maximum(0.0, np.minimum(minutes, max(CAP_MIN, limit)) - limit)
    by_zone = np.bincount(zone, weights=weight * over, minlength=people.shape[1]).astype(np.float64)
    return share(people, by_zone, area)


def share_of_pairs(minutes: Floats, limit: float) -> float:
    """The share of pairs (the slower direction of each) within the limit."""
    return float(np.mean(minutes <= limit + SAME)) if len(minutes) else float("nan")


def minutes_for_pairs(minutes: Floats, wanted: float) -> float:
    """The smallest limit at which a share `wanted` of the pairs is within it."""
    if not len(minutes):
        return float("inf")
    return float(np.sort(minutes)[int(np.ceil(wanted * len(minutes) - SAME)) - 1])


def weighted_median(values: Floats, weight: Floats) -> float:
    """The value that half of the weight does not pass."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(upto, upto[-1] / 2 - SAME)])
