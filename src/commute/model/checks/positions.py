"""Where points lie: swapped, far from all else, or shifted as GCJ-02 shifts; and the GeoJSON layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from commute.model.checks.findings import Checked, plain
from commute.model.datum import gcj02_to_wgs84, gcj_shift
from commute.model.tables import BY_NAME, LAYERS

Floats = npt.NDArray[np.float64]

POINTS = (
    *(("node", "lon", "lat"), ("zone", "lon", "lat"), ("place", "lon", "lat"), ("stops", "lon", "lat"), ("shapes", "lon", "lat")),
    *(("observed", "from_lon", "from_lat"), ("observed", "to_lon", "to_lat")),
)
FAR_KM = 300.0  # from the middle of all points, and FAR_TIMES the usual distance
FAR_TIMES = 10.0
SAME_M = 60.0  # two tables have the same point
ALIKE = 3  # so many points must coincide once GCJ-02 is taken off, and this many times as many as before
LAYER_SHAPES = {"river": ("LineString", "MultiLineString"), "district": ("Polygon", "MultiPolygon")}


def check(checked: Checked) -> None:
    """All checks of this file."""
    middle = _middle(checked)
    for name, lon, lat in POINTS:
        if checked.has(name):
            _one_table(checked, name, lon, lat, middle)
    if checked.asked is None:  # it compares whole tables
        _shifted(checked)
    for name in LAYERS:
        if name in checked.layers:
            _layer(checked, name, checked.layers[name], middle)


def straight_m(lon: npt.ArrayLike, lat: npt.ArrayLike, to_lon: npt.ArrayLike, to_lat: npt.ArrayLike) -> Floats:
    """Straight line on a sphere, metres (haversine, mean radius): within 0.6 % of the ellipsoid."""
    a, b, c, d = (np.radians(np.asarray(v, dtype=np.float64)) for v in (lon, lat, to_lon, to_lat))
    half = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    metres: Floats = 2 * 6_371_008.8 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return metres


def xyz_m(lon: Floats, lat: Floats) -> Floats:
    """Points on a sphere in metres, shape (n, 3): near points are as far apart as on the ground."""
    a, b = np.radians(lon), np.radians(lat)
    return 6_371_008.8 * np.stack([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)], axis=1)


def _middle(checked: Checked) -> tuple[float, float, float] | None:
    """Longitude and latitude of the middle of all points, and beyond how many metres a point is far."""
    parts = [checked.sound(name, every=True)[["lon", "lat"]].to_numpy() for name in ("node", "zone", "stops") if name in checked.tables]
    points = np.concatenate(parts) if parts else np.empty((0, 2))
    points = points[np.isfinite(points).all(axis=1) & (np.abs(points[:, 1]) <= 90)]
    if len(points) < ALIKE:
        return None
    lon, lat = np.median(points, axis=0)
    usual = float(np.median(straight_m(points[:, 0], points[:, 1], lon, lat)))
    return float(lon), float(lat), max(FAR_KM * 1000, FAR_TIMES * usual)


def _one_table(checked: Checked, name: str, lon: str, lat: str, middle: tuple[float, float, float] | None) -> None:
    rows = checked.sound(name)
    rows = rows[rows[lon].notna() | rows[lat].notna()]
    half = rows.index[(rows[lon].isna() | rows[lat].isna()).to_numpy()]
    checked.report(name, half, lon, "only one of lon and lat is given")
    rows = rows.drop(index=half)
    x, y = rows[lon].to_numpy(dtype=np.float64), rows[lat].to_numpy(dtype=np.float64)
    nowhere = (x == 0) & (y == 0)
    checked.report(name, rows.index[nowhere], lon, "(0, 0) is no place here: leave out what is not known")
    if middle is None:
        return
    away = straight_m(x, y, middle[0], middle[1])
    swapped = (away > middle[2]) & (straight_m(y, np.clip(x, -90, 90), middle[0], middle[1]) <= middle[2]) & ~nowhere
    texts = [f"lon {plain(a)}, lat {plain(b)} look swapped" for a, b in zip(x[swapped], y[swapped], strict=True)]
    checked.report(name, rows.index[swapped], lon, texts)
    far = (away > middle[2]) & ~swapped & ~nowhere
    texts = [f"is {metres / 1000:.0f} km from the middle of all points" for metres in away[far]]
    checked.report(name, rows.index[far], lon, texts, level="warning")


def _shifted(checked: Checked) -> None:
    """Tables that agree with others only once the shift of GCJ-02 is taken off."""
    from scipy.spatial import cKDTree

    clouds: dict[str, Floats] = {}
    for name, lon, lat in POINTS:
        if checked.has(name):
            points = checked.sound(name)[[lon, lat]].dropna().drop_duplicates().to_numpy(dtype=np.float64)
            points = points[np.abs(points[:, 1]) <= 90]
            if len(points) >= ALIKE:
                clouds[name] = np.concatenate([clouds[name], points]) if name in clouds else points
    trees = {name: cKDTree(xyz_m(points[:, 0], points[:, 1])) for name, points in clouds.items()}
    for name, points in clouds.items():
        taken_off = np.stack(gcj02_to_wgs84(points[:, 0], points[:, 1]), axis=1)
        if np.abs(points - taken_off).max() == 0:
            continue  # outside China
        for other, tree in trees.items():
            if other != name:
                now, then = (int(np.sum(tree.query(xyz_m(p[:, 0], p[:, 1]))[0] < SAME_M)) for p in (points, taken_off))
                if then >= ALIKE and then > ALIKE * now:
                    there = BY_NAME[other].path
                    say_gcj(checked, name, f"{then} points fall on those of {there} once its shift is taken off, {now} do now")
                    break


def say_gcj(checked: Checked, name: str, evidence: str) -> None:
    """Report that a table looks like GCJ-02, once."""
    column = {"link": "geometry", "gap": "geometry", "observed": "from_lon"}.get(name) or BY_NAME[name].column("lon").file_name
    told = f"looks like GCJ-02, must be WGS84: {evidence}; convert with io.datum.to_wgs84"
    if not any(one.file == BY_NAME[name].path and one.message.startswith("looks like GCJ-02") for one in checked.findings):
        checked.findings.add(BY_NAME[name].path, told, column=column)


def gcj_like(east: Floats, north: Floats, lon: Floats, lat: Floats) -> int:
    """Whether offsets (degrees) at points are GCJ-02's shift: 1 if they are, −1 if its reverse, else 0."""
    if len(lon) < ALIKE:
        return 0
    shift_e, shift_n = gcj_shift(lon, lat)
    if np.median(np.hypot(shift_e, shift_n)) == 0:
        return 0
    for sign in (1, -1):
        off = np.hypot(east - sign * shift_e, north - sign * shift_n) / np.hypot(shift_e, shift_n)
        if np.median(off) < 0.1:
            return sign
    return 0


def _layer(checked: Checked, name: str, layer: Mapping[str, Any], middle: tuple[float, float, float] | None) -> None:
    file = LAYERS[name]
    if layer.get("type") != "FeatureCollection" or not isinstance(layer.get("features"), list):
        checked.findings.add(file, "is not a GeoJSON FeatureCollection")
        return
    crs = str((layer.get("crs") or {}).get("properties", {}).get("name", "")) if isinstance(layer.get("crs"), dict) else ""
    if crs and not crs.endswith(("CRS84", "4326")):
        checked.findings.add(file, f"crs is {crs!r}, must be WGS84 (leave it out)")
    for k, feature in enumerate(layer["features"], start=1):
        fault = _feature_fault(feature, LAYER_SHAPES[name], middle)
        if fault:
            checked.findings.add(file, f"feature {k}: {fault}", column="geometry")


def _feature_fault(feature: Any, shapes: tuple[str, ...], middle: tuple[float, float, float] | None) -> str:
    shape = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(shape, dict) or shape.get("type") not in shapes:
        return f"its geometry is {shape.get('type') if isinstance(shape, dict) else shape!r}, must be {' or '.join(shapes)}"
    points = _flat(shape.get("coordinates"))
    if points is None or len(points) < 2:
        return "its coordinates are not pairs of numbers (lon, lat)"
    lon, lat = points[:, 0], points[:, 1]
    if (np.abs(lon) > 180).any() or (np.abs(lat) > 90).any():
        swapped = (np.abs(lon) <= 90).all() and (np.abs(lat) <= 180).all()
        return "its coordinates are not within ±180, ±90" + ("; lon and lat look swapped" if swapped else "")
    if middle is not None and straight_m(lon, lat, middle[0], middle[1]).min() > middle[2]:
        back = straight_m(lat, np.clip(lon, -90, 90), middle[0], middle[1]).min() <= middle[2]
        return "lon and lat look swapped" if back else ""
    return ""


def _flat(coordinates: Any) -> Floats | None:
    """All positions of nested lists as (n, 2), None where something else is among them."""
    found: list[tuple[float, float]] = []
    todo = [coordinates]
    while todo:
        one = todo.pop()
        if not isinstance(one, list):
            return None
        if one and all(isinstance(v, int | float) and not isinstance(v, bool) for v in one):
            if len(one) < 2 or not np.isfinite(one[:2]).all():
                return None
            found.append((float(one[0]), float(one[1])))
        else:
            todo.extend(one)
    return np.array(found, dtype=np.float64).reshape(-1, 2)
