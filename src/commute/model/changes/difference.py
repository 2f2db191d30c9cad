"""The difference of two networks as a scenario, and what undoes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from commute.errors import BadValue
from commute.model.changes.rows import Cell, EditRows, called, joined, keys_of
from commute.model.plain import plain
from commute.model.scenario import ALL_DATES, Scenario
from commute.model.tables import BY_NAME

if TYPE_CHECKING:
    from commute.model.changes.resolve import Step
    from commute.model.network import Network


def diff(a: Network, b: Network, *, name: str = "") -> Scenario:
    """What turns network `a` into `b`: a scenario, so that `a.apply(diff(a, b)) == b`.

    See `diff_table` for the same as a frame, with the change that caused each difference.

    Parameters
    ----------
    a, b : Network
    name : str, of the scenario; the two hashes if empty

    Returns
    -------
    Scenario
        One `EditRows` a table that differs, and the date of `b` where that is another.

    Raises
    ------
    BadValue
        They differ in what no scenario changes: the data's `as_of`, the layers, the level of constants.
    """
    differ = {"as_of": a.as_of != b.as_of, "level": a.level != b.level, "river or districts": a.layers_digest() != b.layers_digest()}
    for what in (name for name, unlike in differ.items() if unlike):
        raise BadValue(f"the networks differ in {what}, which no scenario changes")
    changes = tuple(edit for table in BY_NAME if (edit := _edit(a, b, table)) is not None)
    day = None if a.date == b.date else b.date or ALL_DATES
    return Scenario(name=name or f"{a.hash} to {b.hash}", changes=changes, date=day)


def invert(net: Network, scenario: Scenario) -> Scenario:
    """What undoes a scenario on this network: `net.apply(scenario).apply(invert(net, scenario)) == net`.

    Parameters
    ----------
    net : Network, as it is before the scenario
    scenario : Scenario

    Returns
    -------
    Scenario
        The difference from the network after it to this one, named "not" and its name.

    Raises
    ------
    BadScenario, Conflict
        The scenario cannot be applied.
    """
    back = diff(net.apply(scenario), net, name=f"not {scenario.name}")
    return replace(back, name_zh=f"撤销 {scenario.name_zh or scenario.name}")


def diff_table(a: Network, b: Network) -> pd.DataFrame:
    """The difference as a frame, with what caused each line of it.

    Parameters
    ----------
    a, b : Network

    Returns
    -------
    DataFrame
        Columns table, element, attribute (a column; "row" where a whole row came or went), old, new, caused_by: the change,
        as "scenario: id", where `b` came from `a` by `apply` and nothing else; else empty.

    Raises
    ------
    BadValue
        As `diff`.
    """
    before, after = a._cache.get("applied", ()), b._cache.get("applied", ())
    steps: Sequence[Step] = after[len(before) :] if after[: len(before)] == before else ()
    cause: dict[tuple[str, str], str] = {}
    now = a.replaced(day=b.date)
    for step in steps:
        try:
            later = step.change.edit(now)
        except (BadValue, KeyError):
            break
        for made in (one for table in BY_NAME if (one := _edit(now, later, table)) is not None):
            cause |= dict.fromkeys(made.touches(now), step.cause())
        now = later
    rows = []
    for edit in diff(a, b).changes:
        assert isinstance(edit, EditRows)
        keys = BY_NAME[edit.table].key
        lines = [(cell.key, cell.column, cell.old, cell.new) for cell in edit.changed]
        lines += [(tuple(row[name] for name in keys), "row", None, "added") for row in edit.added]
        lines += [(tuple(row[name] for name in keys), "row", "removed", None) for row in edit.removed]
        for key, column, old, new in lines:
            known = cause.get((called(edit.table, key), column), "")
            rows.append((edit.table, joined(key), column, old, new, known))
    return pd.DataFrame(rows, columns=["table", "element", "attribute", "old", "new", "caused_by"])


def _edit(a: Network, b: Network, table: str) -> EditRows | None:
    """What turns one table of `a` into that of `b`; None where they are equal."""
    if a.table(table) is b.table(table) or a.digest(table) == b.digest(table):
        return None
    keys = list(BY_NAME[table].key)
    old, new = a.table(table), b.table(table)
    old_at = {key: at for at, key in enumerate(keys_of(old, keys))}
    new_at = {key: at for at, key in enumerate(keys_of(new, keys))}
    both = [key for key in old_at if key in new_at]
    cells: list[Cell] = []
    left, right = old.iloc[[old_at[key] for key in both]], new.iloc[[new_at[key] for key in both]]
    for column in old.columns:
        x, y = left[column].tolist(), right[column].tolist()
        cells += [
            Cell(key=key, column=column, old=_plain(p), new=_plain(q))
            for key, p, q in zip(both, x, y, strict=True)
            if p != q and not (p != p and q != q)
        ]
    added = tuple(_row(new, new_at[key], keys) for key in new_at if key not in old_at)
    removed = tuple(_row(old, old_at[key], keys) for key in old_at if key not in new_at)
    return EditRows(table=table, changed=tuple(cells), added=added, removed=removed)


def _row(frame: pd.DataFrame, at: int, keys: list[str]) -> dict[str, Any]:
    """A row without its empty columns; those of its key stay."""
    values = {name: _plain(frame[name].iloc[at]) for name in frame.columns}
    return {name: "" if value is None else value for name, value in values.items() if value is not None or name in keys}


def _plain(value: Any) -> Any:
    """A value as Python's own; None where empty."""
    value = plain(value)
    return None if value == "" or value != value else value
