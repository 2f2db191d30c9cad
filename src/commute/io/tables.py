"""CSV text as a typed frame by `model.tables`, every fault with its row; and a frame as CSV text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.io.text import decode
from commute.model.checks.findings import Findings, Mask, key_texts
from commute.model.checks.timetable import clock_text
from commute.model.checks.values import LARGEST
from commute.model.tables import Column, Table

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
BOOLS = {"1": True, "0": False, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Rows:
    """A table that was read: the typed frame, the line of each row in its file, and which rows have a fault."""

    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]
    faulty: Mask


def read_table(table: Table, raw: bytes, findings: Findings) -> Rows | None:
    """Read one table; None where it has no usable columns. Faults are added to `findings`."""
    text, fault = decode(raw)
    if fault:
        findings.add(table.path, fault)
        return None
    if not text.strip():
        findings.add(table.path, "is empty: not even a header")
        return None
    if not text.endswith("\n"):
        findings.add(table.path, "does not end with a line break: is it cut off?", level="warning")
    split = _split(table, text, findings)
    if split is None:
        return None
    header, cells, lines = split
    if not _header(table, header, findings):
        return None
    if not cells and not table.may_be_empty:
        findings.add(table.path, "has a header and no rows")
    n = len(cells)
    ragged = _square(table, header, cells, lines, findings)
    columns = dict(zip(header, zip(*cells, strict=True) if n else [()] * len(header), strict=True))
    frame, faults = pd.DataFrame(index=pd.RangeIndex(n)), []
    for column in table.columns:
        if column.file_name in columns:
            values, said = typed(column, columns[column.file_name])
            faults += [(at, column, level, text) for at, level, text in said if not ragged[at]]
        else:
            values, _ = typed(Column(column.name, column.kind), [""] * n)
        frame[column.name] = values
    faulty = ragged.copy()
    keys = key_texts(table, frame, np.array([at for at, *_ in faults], dtype=np.intp))
    for (at, column, level, text), key in zip(faults, keys, strict=True):
        findings.add(table.path, text, row=int(lines[at]), column=column.file_name, level=level, key=key)
        faulty[at] |= level == "error"
    return Rows(frame, lines, faulty)


def empty_table(table: Table) -> pd.DataFrame:
    """No rows, with typed columns."""
    return pd.DataFrame({column.name: typed(column, [])[0] for column in table.columns})


def _split(table: Table, text: str, findings: Findings) -> tuple[list[str], list[list[str]], npt.NDArray[np.int64]] | None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    cells: list[list[str]] = []
    lines: list[int] = []
    line = 1
    try:
        for row in reader:
            if row:
                cells.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        said = "a quote that opens here never closes" if "unexpected end" in str(error) else f"is not CSV: {error}"
        findings.add(table.path, said, row=line)
        return None
    return [name.strip() for name in cells[0]], cells[1:], np.array(lines[1:], dtype=np.int64)


def _header(table: Table, header: list[str], findings: Findings) -> bool:
    """Whether the columns can be used; what is missing, twice or not known is said."""
    known = [column.file_name for column in table.columns]
    twice = sorted({name for name in header if header.count(name) > 1})
    for name in twice:
        findings.add(table.path, f"column {name!r} stands {header.count(name)} times", row=1, column=name)
    extra = [name for name in dict.fromkeys(header) if name not in known]
    missing = [column for column in table.columns if column.required and column.file_name not in header]
    if len(header) == 1 and missing:
        mark = next((mark for mark in ";\t|" if mark in header[0]), "")
        if mark:
            findings.add(table.path, f"is separated by {mark!r}, must be by ','", row=1)
            return False
    for column in missing:
        near = [column.name] if column.name in extra else get_close_matches(column.file_name, extra, n=1, cutoff=0.6)
        hint = f" (nearest: {near[0]!r})" if near else ""
        findings.add(table.path, f"the column is missing{hint}", row=1, column=column.file_name)
    for name in extra:
        near = get_close_matches(name, [one for one in known if one not in header], n=1, cutoff=0.7)
        hint = f" (nearest: {near[0]!r})" if near else ""
        findings.add(table.path, f"column {name!r} is not known and is ignored{hint}", row=1, column=name, level="warning")
    return not missing and not twice


def _square(table: Table, header: list[str], cells: list[list[str]], lines: npt.NDArray[np.int64], findings: Findings) -> Mask:
    """Cut or fill rows of another width, which count as faulty."""
    width = len(header)
    ragged = np.array([len(row) != width for row in cells], dtype=np.bool_)
    for at in np.flatnonzero(ragged):
        n = len(cells[at])
        hint = ": a comma without quotes?" if n > width else ": is it cut off?"
        findings.add(table.path, f"has {n} fields, the header has {width}{hint}", row=int(lines[at]))
        cells[at] = (cells[at] + [""] * width)[:width]
    return ragged


def typed(column: Column, cells: Any) -> tuple[pd.Series[Any], list[tuple[int, Any, str]]]:
    """Cells of one column as values, and its faults as (position, level, message)."""
    if column.kind in ("text", "wkt") and not (column.required or column.refers or column.values):
        return pd.Series(list(cells), dtype="str"), []
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    codes, unique = pd.factorize(array)
    parsed = [_cell(column, text) for text in unique]
    faults: list[tuple[int, Any, str]] = []
    for level, k in (("error", 1), ("warning", 2)):
        said = np.array([one[k] for one in parsed], dtype=object)
        if any(said):
            at = np.flatnonzero((said != "")[codes])
            faults += [(int(i), level, said[codes[i]]) for i in at]
    dtype = _dtype(column)
    values = np.array([one[0] for one in parsed], dtype=object if dtype == "str" else dtype)
    return pd.Series(values[codes] if len(values) else values, dtype=dtype), faults


def _dtype(column: Column) -> str:
    if column.kind == "float" or (column.kind in ("int", "clock") and not column.required):
        return "float64"
    return {"int": "int64", "clock": "int64", "bool": "bool"}.get(column.kind, "str")


def _cell(column: Column, raw: str) -> tuple[Any, str, str]:
    """The value of a cell, its fault, and its oddity ('' where none)."""
    text = raw.strip()
    odd = f"{raw!r} has spaces around it, which are ignored" if text != raw else ""
    if column.kind not in PARSERS:
        return text, "", odd
    empty = {"float64": np.nan, "int64": 0, "bool": False}[_dtype(column)]
    if not text:
        return empty, "is empty" if column.required and column.kind != "float" else "", odd  # floats: model.checks.values
    value, fault = PARSERS[column.kind](text)
    return (empty, fault, odd) if fault else (value, "", odd)


def _float(text: str) -> tuple[float, str]:
    if not NUMBER.fullmatch(text):
        return np.nan, f"{text!r} is not a number"
    value = float(text)
    return value, "" if np.isfinite(value) else f"{text!r} is too large"


def _int(text: str) -> tuple[int, str]:
    value, fault = _float(text)
    if fault or not value.is_integer():
        return 0, fault if fault and NUMBER.fullmatch(text) else f"{text!r} is not a whole number"
    return int(value), "" if abs(value) <= LARGEST else f"{text!r} is too large"


def _bool(text: str) -> tuple[bool, str]:
    value = BOOLS.get(text.lower())
    return bool(value), "" if value is not None else f"{text!r} is not 1 or 0"


def _clock(text: str) -> tuple[int, str]:
    found = CLOCK.fullmatch(text)
    if not found:
        return 0, f"{text!r} is not H:MM:SS"
    hours, minutes, seconds = map(int, found.groups())
    return hours * 3600 + minutes * 60 + seconds, ""


PARSERS: dict[str, Callable[[str], tuple[Any, str]]] = {"float": _float, "int": _int, "bool": _bool, "clock": _clock}


def table_text(table: Table, frame: pd.DataFrame) -> str:
    """A frame as CSV text with the names of its standard, LF, numbers as short as exact."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.file_name for column in table.columns])
    columns = [[_shown(column, value) for value in frame[column.name].tolist()] for column in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def _shown(column: Column, value: Any) -> str:
    if column.kind == "bool":
        return "1" if value else "0"
    if column.kind in ("float", "int", "clock"):
        if value != value:
            return ""
        return clock_text(value) if column.kind == "clock" else repr(value).removesuffix(".0")
    return str(value)
