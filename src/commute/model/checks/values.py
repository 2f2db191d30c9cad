"""Bounds, listed values, empty cells, dates, and constants."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from commute.errors import BadValue
from commute.model.checks.findings import Checked, plain, where
from commute.model.plain import is_number
from commute.model.tables import BY_NAME, STATION_CLASSES, Column, Table
from commute.model.validity import WEEKDAYS, last_day

FOREVER = "9999-12-31"
LARGEST = 2**53  # whole numbers above are not exact as float64
PEAK_FACILITIES = ("motorway", "trunk", "primary", "secondary")  # those that have peak and free factors
NEEDED = (
    *("walk_kmh", "walk_detour", "walk_max_min", "bike_kmh", "bike_detour", "bike_unlock_min", "bike_max_min"),
    *("feeder_kmh", "feeder_detour", "feeder_wait_min", "feeder_max_min", "transfer_min", "informed_above_min", "informed_buffer_min"),
    *("car_access_kmh", "car_access_detour", "parking_min", "park_ride_parking_min", "drop_off_min"),
    *(f"{part}_{kind}_min" for part in ("entry", "gate", "exit") for kind in STATION_CLASSES),
    *(f"free_factor_{facility}" for facility in PEAK_FACILITIES),
)
USES = ("auto", "bike", "walk")


def check(checked: Checked) -> None:
    """All checks of this file."""
    for name, frame in checked.tables.items():
        if not checked.has(name):
            continue
        table = BY_NAME[name]
        for column in table.columns:
            if column.name in frame:
                _one_column(checked, table, column)
        for first, last in (("opens", "closes"), ("from_date", "to_date")):
            _reversed(checked, table, first, last)
    if checked.has("constant") or checked.has("link", "constant"):
        _constants(checked)
    if checked.has("link"):
        _allowed_uses(checked)
    if checked.has("config"):
        _units(checked)


def _one_column(checked: Checked, table: Table, column: Column) -> None:
    if column.kind in ("bool", "ids", "text", "wkt") and not (column.required or column.values):
        return
    rows = checked.sound(table.name)
    values = rows[column.name]
    if column.kind in ("float", "int", "clock"):
        _numbers(checked, table, column, rows)
        return
    if column.kind == "bool":
        return
    if column.required:
        checked.report(table.name, where(values == ""), column.name, "is empty")
    if column.values:
        unknown = where(~values.isin((*column.values, "")))
        checked.report(table.name, unknown, column.name, [not_listed(value, column.values) for value in values.loc[unknown]])
    if column.kind in ("date", "day"):
        says = {text: day_fault(text, column.kind) for text in values.unique() if text}
        bad = where(values.map(lambda text: bool(says.get(text))).astype(bool))
        checked.report(table.name, bad, column.name, [says[text] for text in values.loc[bad]])


def _numbers(checked: Checked, table: Table, column: Column, rows: pd.DataFrame) -> None:
    values = rows[column.name].astype("float64")
    if column.required:
        checked.report(table.name, where(values.isna()), column.name, "is empty")
    infinite = values.abs() == np.inf
    checked.report(table.name, where(infinite), column.name, "is infinite")
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    out = where(((values < low) | (values > high)) & ~infinite)
    if not out:
        return
    bounds = f"{plain(low)} to {plain(high)}" if np.isfinite([low, high]).all() else f"at least {plain(low)}"
    texts = [f"{plain(value)} is not within {bounds}" for value in values.loc[out]]
    if column.name.endswith("lat"):
        other = rows.loc[out, column.name.removesuffix("lat") + "lon"].to_numpy(dtype=np.float64)
        texts = [t + "; lon and lat look swapped" if abs(v) <= 90 else t for t, v in zip(texts, other, strict=True)]
    checked.report(table.name, out, column.name, texts)


def cell_fault(column: Column, value: Any) -> str:
    """Why a column cannot hold a value at all, whatever its bounds; '' if it can. None and NaN are empty."""
    number = column.kind in ("float", "int", "clock")
    if value is None or value == "" or value != value:  # texts and floats that are empty: as all tables are checked
        return "is empty" if column.required and column.kind in ("int", "clock", "bool") else ""
    if not isinstance(value, str | bool | int | float):
        return f"is {value!r}, must be a number, a text, true, false or empty"
    if column.kind == "bool":
        return "" if value in (True, False) else f"is {value!r}, must be true or false"
    if not number:
        return "" if isinstance(value, str) else f"is {value!r}, must be a text: put it in quotes"
    if isinstance(value, str | bool) or (isinstance(value, int) and not is_number(value)):
        return f"is {value!r}, must be a number or empty"
    if column.kind != "float" and not (float(value).is_integer() and abs(value) <= LARGEST):
        return f"is {value!r}, must be a whole number"
    return ""


def not_listed(value: str, listed: tuple[str, ...]) -> str:
    """Why a value is refused, with the nearest of those allowed."""
    near = get_close_matches(value, [one for one in listed if one], n=1, cutoff=0.5)
    hint = f" (nearest: {near[0]})" if near else ""
    return f"{value!r} is not one of {', '.join(one for one in listed if one)}{hint}"


def day_fault(text: str, kind: str) -> str:
    """Why it is no date, '' if it is one."""
    if kind == "day":
        good = len(text) == 8 and text.isascii() and text.isdigit()
        if not good:
            return f"{text!r} is not YYYYMMDD"
        text_iso = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    else:
        text_iso = text
    try:
        last_day(text_iso)
    except BadValue as error:
        return str(error) if kind == "date" else f"{text!r} is not YYYYMMDD: no such day"
    return ""


def _reversed(checked: Checked, table: Table, first: str, last: str) -> None:
    frame = checked.tables[table.name]
    if first not in frame or last not in frame:
        return
    rows = checked.sound(table.name)
    rows = rows[(rows[first] != "") & (rows[last] != "")]
    bad = [at for at, a, b in zip(rows.index, rows[first], rows[last], strict=True) if last_day(b) < last_day(a)]
    texts = [f"{b} is before {first} {a}" for a, b in zip(rows.loc[bad, first], rows.loc[bad, last], strict=True)]
    checked.report(table.name, bad, last, texts)


def _constants(checked: Checked) -> None:
    rows = checked.sound("constant")
    off = where(~((rows["low"] <= rows["central"]) & (rows["central"] <= rows["high"])))
    texts = [f"{plain(a)} ≤ {plain(b)} ≤ {plain(c)} does not hold" for a, b, c in rows.loc[off, ["low", "central", "high"]].to_numpy()]
    checked.report("constant", off, "central", texts, blame=False)
    path = BY_NAME["constant"].path
    present = set(checked.tables["constant"]["name"])
    needed = list(NEEDED)
    if "link" in checked.tables:
        used = checked.sound("link", every=True)[["facility_type", "area"]].drop_duplicates()
        pairs = sorted((f, a) for f, a in used.itertuples(index=False) if f in PEAK_FACILITIES)
        needed += [f"peak_factor_{facility}_{area}" for facility, area in pairs]
    for name in needed:
        if name not in present:
            near = get_close_matches(name, sorted(present), n=1, cutoff=0.8)
            hint = f" (nearest: {near[0]})" if near else ""
            checked.findings.add(path, f"no row {name!r}, which times need{hint}", column="name")
    _overlapping(checked, rows)


def _overlapping(checked: Checked, rows: pd.DataFrame) -> None:
    twice = rows[rows["name"].duplicated(keep=False)]
    for name, same in twice.groupby("name", sort=True):
        spans = sorted(
            (last_day(a).isoformat() if a else "", last_day(b).isoformat() if b else FOREVER, at)
            for at, a, b in zip(same.index, same["opens"], same["closes"], strict=True)
        )
        for (_, end, _), (start, _, at) in pairwise(spans):
            if start <= end:
                checked.report("constant", [at], "opens", f"{name!r} has another row that holds on {start}", blame=False)


def _allowed_uses(checked: Checked) -> None:
    rows = checked.sound("link")
    says = {}
    for text in rows["allowed_uses"].unique():
        unknown = [use for use in text.split(",") if use not in USES]
        says[text] = f"{text!r}: {not_listed(unknown[0], USES)}" if unknown else ""
    bad = where(rows["allowed_uses"].map(lambda text: bool(says[text])).astype(bool))
    checked.report("link", bad, "allowed_uses", [says[text] for text in rows.loc[bad, "allowed_uses"]])


def _units(checked: Checked) -> None:
    rows = checked.sound("config")
    for column, good in (("long_length", ("km", "kilometers", "kilometres")), ("speed", ("km/h", "kmh", "kph"))):
        bad = where(~rows[column].str.lower().isin(good))
        checked.report("config", bad, column, [f"{value!r} is not {good[0]}: convert the tables" for value in rows.loc[bad, column]])
    bad = where(~rows["crs"].str.upper().isin(("EPSG:4326", "WGS84", "OGC:CRS84")))
    told = "is not EPSG:4326 (WGS84): convert the tables with io.datum.to_wgs84, or pyproj"
    checked.report("config", bad, "crs", [f"{value!r} {told}" for value in rows.loc[bad, "crs"]])
    if len(checked.tables["config"]) > 1:
        checked.report("config", [1], "", "is a second row: one network has one row of units")


def no_day_runs(rows: pd.DataFrame) -> pd.Series:
    """Which services run on no day of the week."""
    return ~rows[list(WEEKDAYS)].any(axis=1)
