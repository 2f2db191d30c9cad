"""datapackage.json (Frictionless Data Package, Table Schema), made from `model.tables`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from commute.errors import BadFile
from commute.io.bundle import DESCRIPTOR
from commute.io.layers import json_text
from commute.model.tables import BY_NAME, DATE_PATTERN, LAYERS, TABLES, Column, Table

PROFILE = "data-package"
TYPES = {"float": "number", "int": "integer", "bool": "boolean"}  # all else is a string
PATTERNS = {"date": DATE_PATTERN, "day": r"^\d{8}$", "clock": r"^\d{1,3}:[0-5]\d:[0-5]\d$", "wkt": r"^LINESTRING.*$"}
KEPT = ("name", "title", "description", "version", "as_of", "licenses", "sources", "contributors", "homepage", "keywords", "commute")
CHANGZHUTAN: dict[str, Any] = {
    "name": "changzhutan",
    "title": "长株潭 commute network: roads, rails, gaps, people of Changsha, Zhuzhou and Xiangtan",
    "licenses": [
        {"name": "ODbL-1.0", "title": "Open Database License 1.0 (road tables: © OpenStreetMap contributors)", "path": "LICENSE"},
        {"name": "other", "title": "by source: see LICENSE and source.csv", "path": "LICENSE"},
    ],
}


def descriptor(
    tables: Collection[str], *, as_of: date, layers: Collection[str] = (), words: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The descriptor of a package that has these tables and layers (by name).

    Parameters
    ----------
    tables, layers : names, as in `model.tables`; a mapping by name will do
    as_of : date, the day that the data describes: the default date of all questions
    words : name, title, licenses and the like; nothing is invented where not given
    """
    said = dict(words or {"name": "network"})
    said["profile"] = PROFILE
    said["as_of"] = as_of.isoformat()
    said["resources"] = [_resource(table, set(tables)) for table in TABLES if table.name in tables]
    said["resources"] += [_layer(name) for name in LAYERS if name in layers]
    return said


def _resource(table: Table, present: set[str]) -> dict[str, Any]:
    foreign = []
    for column in table.columns:
        target, _, key = column.refers.partition(".")
        if column.refers and column.kind != "ids" and target in present:  # several ids in a cell: our own check
            resource = "" if target == table.name else target
            foreign.append(
                {"fields": column.file_name, "reference": {"resource": resource, "fields": BY_NAME[target].column(key).file_name}}
            )
    schema: dict[str, Any] = {"fields": [_field(column, table) for column in table.columns], "missingValues": [""]}
    schema["primaryKey"] = [table.column(name).file_name for name in table.key]
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "name": table.name,
        "path": table.path,
        "profile": "tabular-data-resource",
        "description": table.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(column: Column, table: Table) -> dict[str, Any]:
    made: dict[str, Any] = {"name": column.file_name, "type": TYPES.get(column.kind, "string")}
    if column.kind == "bool":
        made |= {"trueValues": ["1"], "falseValues": ["0"]}
    if column.kind == "ids":
        made["description"] = "ids separated by ';'"
    limits: dict[str, Any] = {"required": True} if column.required else {}
    if table.key == (column.name,):
        limits["unique"] = True
    limits |= {word: bound for word, bound in (("minimum", column.low), ("maximum", column.high)) if bound is not None}
    listed = [value for value in column.values if value]
    if listed:
        limits["enum"] = listed
    if column.kind in PATTERNS:
        limits["pattern"] = PATTERNS[column.kind]
    return made | ({"constraints": limits} if limits else {})


def _layer(name: str) -> dict[str, Any]:
    return {"name": name, "path": LAYERS[name], "format": "geojson", "mediatype": "application/geo+json", "encoding": "utf-8"}


def write_descriptor(folder: Path, as_of: date | None = None) -> dict[str, Any]:
    """Write the descriptor of the tables that a folder has; `as_of` and words are kept from the one that is there.

    Raises
    ------
    BadFile
        No `as_of` is given and none is there.
    """
    path = folder / DESCRIPTOR
    old = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    words = {key: old[key] for key in KEPT if key in old} or dict(CHANGZHUTAN)
    day = as_of or (date.fromisoformat(old["as_of"]) if "as_of" in old else None)
    if day is None:
        raise BadFile([f"{path}, as_of: is missing: say which day the data describes"])
    tables = [table.name for table in TABLES if (folder / table.path).is_file()]
    layers = [name for name, file in LAYERS.items() if (folder / file).is_file()]
    made = descriptor(tables, as_of=day, layers=layers, words=words)
    path.write_text(json_text(made), encoding="utf-8", newline="\n")
    return made
