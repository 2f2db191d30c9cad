"""Chinese map datums: WGS84, GCJ-02 (Amap, Tencent) and BD-09 (Baidu), numpy in and new numpy out.

The formula is the publicly known reconstruction of GCJ-02 (https://en.wikipedia.org/wiki/Restrictions_on_geographic_data_in_China);
the official one is secret. Both ways agree with each other to well under a millimetre. Points outside China's bounding
box are not shifted. Taiwan, Hong Kong and the neighbours inside the box are, as in the usual implementations.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Degrees = npt.NDArray[np.float64]

AXIS_M = 6_378_245.0  # Krasovsky 1940, as the formula has it
ECCENTRICITY2 = 0.006_693_421_622_965_943_23
BOX = (72.004, 137.8347, 0.8293, 55.8271)  # west, east, south, north: outside it nothing is shifted
ROUNDS = 8  # of the fixed-point inverse; each gains about three digits
BD_STEP = np.pi * 3000.0 / 180.0


def gcj_shift(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """How far GCJ-02 moves WGS84 points, degrees east and north; 0 outside China, NaN where NaN."""
    lon, lat = _pair(lon, lat)
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    angle = np.radians(lat)
    flat = 1 - ECCENTRICITY2 * np.sin(angle) ** 2
    per_east = AXIS_M / np.sqrt(flat) * np.cos(angle) * np.pi / 180
    per_north = AXIS_M * (1 - ECCENTRICITY2) / (flat * np.sqrt(flat)) * np.pi / 180
    west, far_east, south, far_north = BOX
    inside = ((lon >= west) & (lon <= far_east) & (lat >= south) & (lat <= far_north)) | np.isnan(lon) | np.isnan(lat)
    return np.where(inside, east / per_east, 0.0), np.where(inside, north / per_north, 0.0)


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """GCJ-02 of WGS84 points, degrees."""
    lon, lat = _pair(lon, lat)
    east, north = gcj_shift(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """WGS84 of GCJ-02 points, degrees; within 1 km of the edge of China's box the answer may be the unshifted point."""
    lon, lat = _pair(lon, lat)
    x, y = lon, lat
    for _ in range(ROUNDS):
        east, north = gcj_shift(x, y)
        x, y = lon - east, lat - north
    return x, y


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """BD-09 of GCJ-02 points, degrees."""
    lon, lat = _pair(lon, lat)
    reach = np.hypot(lon, lat) + 2e-5 * np.sin(lat * BD_STEP)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * BD_STEP)
    return reach * np.cos(angle) + 0.0065, reach * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """GCJ-02 of BD-09 points, degrees."""
    lon, lat = _pair(lon, lat)
    x, y = lon - 0.0065, lat - 0.006
    for _ in range(ROUNDS):
        east, north = gcj02_to_bd09(x, y)
        x, y = x + lon - east, y + lat - north
    return x, y


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """WGS84 of BD-09 points, degrees."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """BD-09 of WGS84 points, degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def _pair(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    east, north = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    return east, north
