"""What an edit of rows newly breaks: the checks of whole tables, run on the rows that it touches and those that rest on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from commute.model.checks.findings import Checked, Finding
from commute.model.picking import among
from commute.model.tables import BY_NAME, TABLES

Tables = Mapping[str, pd.DataFrame]
Keys = Mapping[str, Collection[tuple[Any, ...]]]
REFERS = (  # column by column: which table names rows of which other by their key, and whether several in a cell
    *((t.name, column.name, column.refers.split(".")[0], column.kind == "ids") for t in TABLES for column in t.columns if column.refers),
    ("trips", "shape_id", "shapes", False),
)  # fmt: skip
RESTS = (  # a check of the first looks at values of the second, not at its key alone; in the order in which rows are gathered
    *(("link", side, "node") for side in ("from_node_id", "to_node_id")),
    *(("gap", side, "node") for side in ("from_node_id", "to_node_id")),
    *(("trips", "route_id", "routes"), ("stop_times", "trip_id", "trips"), ("stop_times", "stop_id", "stops")),
)


def newly_broken(before: Tables, after: Tables, touched: Keys) -> list[Finding]:
    """The errors that an edit brings: what was wrong already is none of its making.

    Parameters
    ----------
    before, after : mapping of every table's name to its frame
    touched : mapping of table name to keys of the rows that differ, those that came and went among them
    """
    groups = _groups(before, after, touched)
    found = _errors(after, groups)
    known = {_about(one) for one in _errors(before, groups)} if found else set()
    return [one for one in found if _about(one) not in known]


def _groups(before: Tables, after: Tables, touched: Keys) -> dict[str, set[Any]]:
    """Which rows to check, by the first column of their key: a trip's stop times are judged together, a doubled row beside its twin."""
    groups: dict[str, set[Any]] = {name: {key[0] for key in keys} for name, keys in touched.items()}
    gone = {name: ids - set(after[name][BY_NAME[name].key[0]]) for name, ids in groups.items()}
    for name, column, target, several in REFERS:
        if gone.get(target):
            _gather(groups, name, after, [bool(gone[target].intersection(_ids(text, several))) for text in after[name][column].tolist()])
    for name, column, target in RESTS:
        if target in groups:
            for tables in (before, after):
                _gather(groups, name, tables, among(tables[name][column], groups[target]))
    if "stop_times" in groups:  # how often a trip calls
        groups.setdefault("trips", set()).update(groups["stop_times"])
    return groups


def _gather(groups: dict[str, set[Any]], name: str, tables: Tables, mask: Any) -> None:
    found = tables[name].loc[mask, BY_NAME[name].key[0]].tolist()
    if found:
        groups.setdefault(name, set()).update(found)


def _ids(text: str, several: bool) -> list[str]:
    return text.split(";") if several else [text]


def _errors(tables: Tables, groups: Mapping[str, set[Any]]) -> list[Finding]:
    from commute.model.checks import check_tables

    checked = Checked(tables, {}, asked={name: among(tables[name][BY_NAME[name].key[0]], ids) for name, ids in groups.items()})
    check_tables(checked)
    return [one for one in checked.findings if one.level == "error"]


def _about(one: Finding) -> tuple[str, str, str]:
    """What stays of a finding where rows or values move: the cell, or what is said of the whole table."""
    return one.file, one.column, one.key or one.message
