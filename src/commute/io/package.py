"""The data package: a folder (or zip) of GMNS, GTFS and our own tables, read, checked and written."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from commute.errors import BadFile, BadValue
from commute.io.bundle import DESCRIPTOR, Bundle, put
from commute.io.descriptor import descriptor
from commute.io.layers import json_text, read_json
from commute.io.tables import empty_table, read_table, table_text
from commute.io.text import decode
from commute.model.checks import check_tables
from commute.model.checks.findings import Checked
from commute.model.network import EMPTY_LAYER, Network
from commute.model.tables import LAYERS, TABLES
from commute.model.validity import to_day

if TYPE_CHECKING:
    import pandas as pd

EXPECTED = "warnings.csv"  # warnings that are known, and why they may stand
EXPECTED_COLUMNS = ("file", "key", "column", "why")
OUR_SUFFIXES = (".csv", ".txt", ".geojson")
REQUIRED = {table.path for table in TABLES if not table.optional}
WITHOUT = {"river": "walks are taken to cross rivers anywhere", "district": "maps have no outlines"}


def read_network(path: str | os.PathLike[str]) -> Network:
    """A network from a data package, a folder or a zip of one.

    Rows and columns may be in any order. Warnings are in `validate(path)` and `net.validate()`.

    Raises
    ------
    BadFile
        Any finding of level error; all are in the message, as `gtfs/stop_times.txt, row 812, departure_time: …`.
    """
    found = _gather(path)
    errors = found.checked.findings.errors()
    if errors or found.as_of is None:
        raise BadFile(errors)
    net = Network.from_tables(found.checked.tables, found.checked.layers, found.as_of)
    state = {"day": found.day, "level": found.level, "scenarios": found.scenarios}
    return net.replaced(**state) if found.day or found.scenarios or found.level != "central" else net


def validate(path: str | os.PathLike[str]) -> pd.DataFrame:
    """All findings on a data package.

    Returns
    -------
    DataFrame
        Columns file, row (its line, the header being row 1), column, level (error or warning), message, key (the row's
        id), explained (why a warning may stand, from the package's warnings.csv; '' where it is not said).

    Raises
    ------
    BadFile
        There is no such folder or zip, or the zip is unsafe.
    """
    return _gather(path).frame()


def write_network(net: Network, path: str | os.PathLike[str]) -> None:
    """Write a network as a data package: a folder, or a zip where the name ends in .zip.

    All or nothing: it is built beside the place and put there by one rename. A package that is there is replaced; files
    in it that are not tables (scenarios, a licence) stay. `read_network` gives an equal network.

    Raises
    ------
    BadValue
        What is there is no data package, or the parent folder is missing.
    """
    present = [t for t in TABLES if len(net.table(t.name)) or not t.optional]
    layers = {name: layer for name, layer in net.layers.items() if layer != EMPTY_LAYER}
    described = descriptor({table.name: net.table(table.name) for table in present}, as_of=net.as_of, layers=layers)
    if net.date or net.scenarios or net.level != "central":
        day = net.date.isoformat() if net.date else None
        described["commute"] = {"date": day, "level": net.level, "scenarios": list(net.scenarios)}
    files = {DESCRIPTOR: json_text(described)}
    files |= {table.path: table_text(table, net.table(table.name)) for table in present}
    files |= {LAYERS[name]: json_text(layer) for name, layer in layers.items()}
    put(path, files)


@dataclass(slots=True)
class _Found:
    """What was read of a package, and what is wrong with it."""

    checked: Checked
    as_of: date | None = None
    day: date | None = None
    level: Any = "central"
    scenarios: tuple[str, ...] = ()
    expected: list[dict[str, str]] = field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        frame = self.checked.findings.frame()
        why = [
            next((one["why"] for one in self.expected if _explains(one, row)), "") if row["level"] == "warning" else ""
            for row in frame.to_dict("records")
        ]
        return frame.assign(explained=np.array(why, dtype=object)).astype({"explained": "str"})


def _explains(one: dict[str, str], row: Any) -> bool:
    """Whether a line of warnings.csv is about this warning; an empty key or column is about any."""
    return one["file"] == row["file"] and one["key"] in ("", row["key"]) and one["column"] in ("", row["column"])


def _gather(path: str | os.PathLike[str]) -> _Found:
    bundle = Bundle(path)
    checked = Checked({}, {}, {})
    found = _Found(checked)
    tables, layers, lines = {}, {}, {}
    for table in TABLES:
        if table.path in bundle.names:
            raw = _bytes(bundle, table.path, checked)
            rows = read_table(table, raw, checked.findings) if raw is not None else None
            if rows is not None:
                tables[table.name], lines[table.name] = rows.frame, rows.lines
                checked.faulty[table.name] = rows.faulty
        elif table.optional:
            tables[table.name] = empty_table(table)
        else:
            checked.findings.add(table.path, f"the file is missing{_near(table.path, bundle)}")
    for name, file in LAYERS.items():
        if file not in bundle.names:
            checked.findings.add(file, f"the file is missing: {WITHOUT[name]}", level="warning")
        else:
            raw = _bytes(bundle, file, checked)
            layer = read_json(file, raw, checked.findings) if raw is not None else None
            if layer is not None:
                layers[name] = layer
    checked.tables, checked.layers, checked.lines = tables, layers, lines
    _read_descriptor(bundle, found)
    _unknown_files(bundle, checked)
    check_tables(checked)
    _read_expected(bundle, found)
    return found


def _bytes(bundle: Bundle, name: str, checked: Checked) -> bytes | None:
    try:
        return bundle.read(name)
    except BadFile as error:
        for line in error.findings:
            checked.findings.add(name, line.removeprefix(f"{name}: "))
        return None


def _near(name: str, bundle: Bundle) -> str:
    known = {table.path for table in TABLES}
    near = get_close_matches(name, [one for one in bundle.names if one not in known], n=1, cutoff=0.7)
    return f" (nearest: {near[0]})" if near else ""


def _read_descriptor(bundle: Bundle, found: _Found) -> None:
    findings = found.checked.findings
    if DESCRIPTOR not in bundle.names:
        findings.add(DESCRIPTOR, f'the file is missing: it says "as_of", the day that the data describes{_near(DESCRIPTOR, bundle)}')
        return
    raw = _bytes(bundle, DESCRIPTOR, found.checked)
    said = read_json(DESCRIPTOR, raw, findings) if raw is not None else None
    if said is None:
        return
    if "as_of" not in said:
        findings.add(DESCRIPTOR, 'is missing: write "as_of": "YYYY-MM-DD", the day that the data describes', column="as_of")
    else:
        found.as_of = _day(said["as_of"], "as_of", found)
    resources = said.get("resources", [])
    if not isinstance(resources, list):
        findings.add(DESCRIPTOR, "is not a list", column="resources")
        resources = []
    for one in resources:
        file = one.get("path") if isinstance(one, dict) else None
        if not isinstance(file, str):
            findings.add(DESCRIPTOR, "has a resource without a path", column="resources")
        elif file not in bundle.names and file not in REQUIRED:
            findings.add(DESCRIPTOR, f"{file!r} is not in the package", column="resources")
    state = said.get("commute") or {}
    if isinstance(state, dict) and state:
        found.day = _day(state["date"], "commute.date", found) if state.get("date") else None
        found.level = state.get("level", "central")
        if found.level not in ("favourable", "central", "unfavourable"):
            findings.add(DESCRIPTOR, f"{found.level!r} is not one of favourable, central, unfavourable", column="commute.level")
        found.scenarios = tuple(map(str, state.get("scenarios", ())))


def _day(text: Any, column: str, found: _Found) -> date | None:
    try:
        return to_day(text)
    except BadValue as error:
        found.checked.findings.add(DESCRIPTOR, str(error), column=column)
        return None


def _unknown_files(bundle: Bundle, checked: Checked) -> None:
    known = {*(table.path for table in TABLES), *LAYERS.values(), EXPECTED}
    for name in bundle.names:
        if name.count("/") <= 1 and name.endswith(OUR_SUFFIXES) and name not in known and not name.startswith("scenarios/"):
            near = get_close_matches(name, sorted(known - set(bundle.names)), n=1, cutoff=0.7)
            hint = f" (nearest: {near[0]})" if near else ""
            checked.findings.add(name, f"is not a table of a network and is ignored{hint}", level="warning")


def _read_expected(bundle: Bundle, found: _Found) -> None:
    if EXPECTED not in bundle.names:
        return
    findings = found.checked.findings
    raw = _bytes(bundle, EXPECTED, found.checked)
    text, fault = decode(raw) if raw is not None else ("", "")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if fault or not rows or sorted(rows[0]) != sorted(EXPECTED_COLUMNS):
        findings.add(EXPECTED, fault or f"its header is not {','.join(EXPECTED_COLUMNS)}")
        return
    warned = [row for row in findings.frame().to_dict("records") if row["level"] == "warning"]
    for line, cells in enumerate(rows[1:], start=2):
        one = dict(zip(rows[0], cells, strict=False))
        if len(cells) != len(EXPECTED_COLUMNS) or not one["why"].strip():
            findings.add(EXPECTED, "needs file, key, column and why", row=line)
            continue
        found.expected.append(one)
        if not any(_explains(one, row) for row in warned):
            findings.add(EXPECTED, f"no warning on {one['file']} {one['key']} is left to explain", row=line, level="warning")
