"""Ids: each stands once in its table, and each that another table names is there."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

import numpy as np
import pandas as pd

from commute.model.checks.findings import Checked, key_texts, where
from commute.model.tables import BY_NAME, Column, Table

HINTS = 30  # distinct unknown ids a column for which the nearest are sought: it is slow on long lists


def check(checked: Checked) -> None:
    """All checks of this file."""
    for name in (one for one in checked.tables if checked.has(one)):
        table = BY_NAME[name]
        _stands_once(checked, table)
        for column in table.columns:
            if column.refers:
                _refers(checked, table, column)
    if checked.has("trips", "shapes"):
        rows = checked.sound("trips")
        _unknown(checked, "trips", rows["shape_id"], Column("shape_id"), set(checked.tables["shapes"]["shape_id"]), "shape")
    if checked.has("gap"):
        _excludes(checked)


def _stands_once(checked: Checked, table: Table) -> None:
    rows = checked.sound(table.name)
    again = rows.duplicated(list(table.key))
    if not again.any():
        return
    first = rows.drop_duplicates(list(table.key)).reset_index(names="at").set_index(list(table.key))["at"]
    positions = np.array(where(again), dtype=np.intp)
    keys = list(zip(*(rows.loc[positions, name] for name in table.key), strict=True))
    lines = checked.lines.get(table.name)
    texts = []
    for key, text in zip(keys, key_texts(table, checked.tables[table.name], positions), strict=True):
        at = int(first.loc[key if len(key) > 1 else key[0]])
        row = "" if checked.asked is not None else f" in row {int(lines[at]) if lines is not None else at + 2}"
        texts.append(f"{text!r} stands already{row}")
    checked.report(table.name, positions, table.key[-1] if len(table.key) == 1 else "", texts)


def _refers(checked: Checked, table: Table, column: Column) -> None:
    target, key = column.refers.split(".")
    if target not in checked.tables or not (len(checked.tables[target]) or BY_NAME[target].may_be_empty or BY_NAME[target].optional):
        return  # said once, of that file
    rows = checked.sound(table.name)
    _unknown(checked, table.name, rows[column.name], column, set(checked.tables[target][key]), key.removesuffix("_id"))


def _unknown(checked: Checked, name: str, values: pd.Series, column: Column, known: Collection[str], kind: str) -> None:
    several = column.kind == "ids"
    missing: dict[str, list[str]] = {}
    for text in values.unique():
        parts = text.split(";") if several else [text]
        missing[text] = [part for part in parts if part not in known and (part or (several and text))]
    sought = sorted({part for parts in missing.values() for part in parts})
    near = {part: get_close_matches(part, known, n=3, cutoff=0.5) for part in sought[:HINTS]}

    def says(part: str) -> str:
        if part not in near:
            return f"no {kind} {part!r}"
        return f"no {kind} {part!r} ({'nearest: ' + ', '.join(near[part]) if near[part] else 'none is close to it'})"

    bad = where(values.map(lambda text: bool(missing[text])).astype(bool))
    checked.report(name, bad, column.name, ["; ".join(map(says, missing[text])) for text in values.loc[bad]])


def _excludes(checked: Checked) -> None:
    rows = checked.sound("gap")
    names = {gap: {one for one in text.split(";") if one} for gap, text in zip(rows["gap_id"], rows["excludes"], strict=True)}
    for at, gap in zip(rows.index, rows["gap_id"], strict=True):
        if gap in names[gap]:
            checked.report("gap", [at], "excludes", "names its own row")
        for other in sorted(names[gap] - {gap}):
            if other in names and gap not in names[other]:
                checked.report("gap", [at], "excludes", f"{other} does not exclude {gap} in turn", level="warning")
