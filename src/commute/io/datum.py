"""From a stated datum to WGS84: every input says its datum, nothing is guessed."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from commute.errors import BadValue
from commute.model.datum import bd09_to_wgs84, gcj02_to_wgs84

if TYPE_CHECKING:
    import numpy.typing as npt

DATUMS = {"wgs84": "WGS84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}


def to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Points of a stated datum in WGS84.

    Parameters
    ----------
    lon, lat : array of float
        Degrees.
    datum : str
        WGS84, CGCS2000 (the same within a decimetre), GCJ-02 or BD-09; case, '-' and '_' do not matter.

    Raises
    ------
    BadValue
        Another datum.
    """
    said = "".join(c for c in datum.lower() if c.isalnum())
    if said not in DATUMS:
        near = get_close_matches(said, DATUMS, n=1, cutoff=0.5)
        hint = f" (nearest: {DATUMS[near[0]]})" if near else ""
        raise BadValue(f"datum is {datum!r}{hint}, must be one of {', '.join(DATUMS.values())}")
    if said == "gcj02":
        return gcj02_to_wgs84(lon, lat)
    if said == "bd09":
        return bd09_to_wgs84(lon, lat)
    return np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
