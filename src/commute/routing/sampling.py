"""Which phases and which departures are tried: seeded, evenly spread, the same for any order of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from commute.errors import BadValue


def phases(groups: Sequence[str], draws: int, seed: int) -> NDArray[np.float64]:
    """Draw the phase of every phase group: a Latin hypercube.

    Parameters
    ----------
    groups : sequence of str
        Names of the phase groups, each once.
    draws, seed : int
        How many draws, above 0; the seed.

    Returns
    -------
    ndarray of float64, shape (draws, groups), in [0, 1)
        Column by column, exactly one value in each of the intervals [i/draws, (i+1)/draws).

    Raises
    ------
    BadValue
        `draws` is below 1, or a name stands twice.

    Notes
    -----
    A column depends on its name and the seed alone: a scenario that adds a line leaves the phases of all others as they
    were, so that two scenarios are compared under the same luck. A rank-1 lattice would need a column's position.
    McKay, Beckman & Conover (1979), Technometrics 21, 239–245.
    """
    if draws < 1:
        raise BadValue(f"draws is {draws}, must be at least 1")
    if len(set(groups)) != len(groups):
        raise BadValue("a phase group is named twice")
    drawn = np.empty((draws, len(groups)))
    for column, name in enumerate(groups):
        drawn[:, column] = _drawn(name, draws, seed)
    return np.minimum(drawn, np.nextafter(1.0, 0.0))


@lru_cache(maxsize=1 << 12)
def _drawn(name: str, draws: int, seed: int) -> NDArray[np.float64]:
    luck = _generator(seed, name)
    return (luck.permutation(draws) + luck.random(draws)) / draws


def departures(depart_s: int, window_s: int, lanes: int, seed: int) -> NDArray[np.int32]:
    """Departure seconds, one in each of `lanes` equal parts of the window, all at the same place in their part.

    Parameters
    ----------
    depart_s, window_s : int
        Start of the window and its length, seconds; a length of 0 gives one departure.
    lanes, seed : int
        How many departures, above 0; the seed.

    Returns
    -------
    ndarray of int32, ascending
        In [depart_s, depart_s + window_s).

    Raises
    ------
    BadValue
        `window_s` is negative or `lanes` below 1.
    """
    if window_s < 0:
        raise BadValue(f"window_s is {window_s}, must not be negative")
    if lanes < 1:
        raise BadValue(f"lanes is {lanes}, must be at least 1")
    if window_s == 0:
        return np.array([depart_s], np.int32)
    place = _generator(seed, "departures").random()
    spread = np.floor((np.arange(lanes) + place) * window_s / lanes).astype(np.int32)
    return (depart_s + np.minimum(spread, window_s - 1)).astype(np.int32)


def _generator(seed: int, name: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
