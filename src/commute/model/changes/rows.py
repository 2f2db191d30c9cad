"""Rows of tables as they are edited one by one: what the difference of two networks is made of, and what such an edit breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from commute.errors import BadValue, UnknownId, nearest
from commute.model.changes.added import blank
from commute.model.changes.change import Change, Fault, Values, _same, _shown, listed
from commute.model.checks.edited import newly_broken
from commute.model.checks.findings import Finding, key_texts
from commute.model.checks.values import cell_fault
from commute.model.tables import BY_NAME, TABLES, Table

if TYPE_CHECKING:
    from commute.model.network import Network


BY_PATH = {table.path: table for table in TABLES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value of one row.

    Parameters
    ----------
    key : tuple, the values of the table's key columns; a lone one may stand by itself
    column : str, as in memory: its unit is in its name
    old, new : the value before and after; None is empty
    """

    key: tuple[str | int, ...]
    column: str
    old: Any = None
    new: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.key,) if isinstance(self.key, str | int) else tuple(self.key))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRows(Change):
    """Change values, add and remove rows of one table, by key; what `diff` and `invert` give.

    Parameters
    ----------
    table : str, such as "link"
    changed : tuple of Cell, whose old values must hold
    added : tuple of mappings, whole rows; a column left out is empty
    removed : tuple of mappings, the whole rows, which must be there as they are

    Notes
    -----
    What `Network.validate` calls an error is refused where these edits bring it; what was wrong before may stay.
    """

    kind: ClassVar[str] = "edit_rows"
    noun: ClassVar[str] = "row"
    dated: ClassVar[bool] = False
    selects: ClassVar[bool] = False
    expects: ClassVar[bool] = False
    tells: ClassVar[bool] = False  # one table of several that differ
    table: str
    changed: tuple[Cell, ...] = ()
    added: tuple[Mapping[str, Any], ...] = ()
    removed: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        if self.table not in BY_NAME:
            raise BadValue(f"edit_rows: no table {self.table!r}{nearest(self.table, BY_NAME)}")
        object.__setattr__(self, "changed", tuple(self.changed))
        for name in ("added", "removed"):
            object.__setattr__(self, name, tuple(Values(one) for one in getattr(self, name)))
        table = BY_NAME[self.table]
        known = {column.name: column for column in table.columns}
        used = [cell.column for cell in self.changed] + [name for row in (*self.added, *self.removed) for name in row]
        for name in dict.fromkeys(used):
            if name not in known:
                raise BadValue(f"edit_rows: table {self.table} has no column {name!r}{nearest(name, known)}")
        for cell in self.changed:
            _check_key(table, cell.key)
            for which, value in (("old", cell.old), ("new", cell.new)):
                fault = cell_fault(known[cell.column], value)
                if fault and (which == "new" or value is not None):  # that a value is there shows once it is applied
                    raise BadValue(f"edit_rows: {which} {cell.column} of {called(self.table, cell.key)} {fault}")
        for row in (*self.added, *self.removed):
            missing = [name for name in table.key if name not in row]
            if missing:
                raise BadValue(f"edit_rows: a row of {self.table} lacks {', '.join(missing)}")
            key = tuple(row[name] for name in table.key)
            _check_key(table, key)
            for column in table.columns:
                if fault := cell_fault(column, row.get(column.name)):
                    raise BadValue(f"edit_rows: {column.name} of {called(self.table, key)} {fault}")
        self._check_once(table)

    def _check_once(self, table: Table) -> None:
        """Each cell is changed once, and no row both changed and removed."""
        gone = {tuple(row[name] for name in table.key) for row in self.removed}
        seen: set[tuple[Any, str]] = set()
        for cell in self.changed:
            if cell.key in gone:
                raise BadValue(f"edit_rows: {called(self.table, cell.key)} is both changed and removed")
            if (cell.key, cell.column) in seen:
                raise BadValue(f"edit_rows: {cell.column} of {called(self.table, cell.key)} is changed twice")
            seen.add((cell.key, cell.column))

    def sets(self) -> tuple[str, ...]:
        return ("rows",)

    @classmethod
    def broken(cls, before: Network, after: Network, changes: Sequence[Any]) -> list[tuple[int, str, str]]:
        return _broken(before, after, changes)

    def rows(self) -> dict[tuple[Any, ...], str]:
        """Keys of the rows that it touches, as they are before and after, and which part of it does so."""
        keys = BY_NAME[self.table].key
        found: dict[tuple[Any, ...], str] = {}
        for at, cell in enumerate(self.changed):
            found.setdefault(cell.key, f"changed.{at}")
            if cell.column in keys:
                new = "" if cell.new is None else cell.new
                found[tuple(new if name == cell.column else part for name, part in zip(keys, cell.key, strict=True))] = f"changed.{at}"
        for which in ("removed", "added"):
            rows = enumerate(getattr(self, which))
            found |= {tuple("" if row[name] is None else row[name] for name in keys): f"{which}.{at}" for at, row in rows}
        return found

    def touches(self, net: Network) -> set[tuple[str, str]]:
        keys = BY_NAME[self.table].key
        whole = {tuple(row[name] for name in keys) for row in (*self.added, *self.removed)}
        named = {(called(self.table, cell.key), cell.column) for cell in self.changed}
        return named | {(called(self.table, key), "row") for key in whole}

    def faults(self, net: Network) -> list[str]:
        frame = net.table(self.table)
        keys = list(BY_NAME[self.table].key)
        place = {key: at for at, key in enumerate(keys_of(frame, keys))}
        found: list[str] = []
        for k, cell in enumerate(self.changed):
            said = ""
            if cell.key not in place:
                said = str(UnknownId(f"row of {self.table}", joined(cell.key), map(joined, place)))
            elif not _same(frame[cell.column].iloc[place[cell.key]], cell.old):
                now = _shown(frame[cell.column].iloc[place[cell.key]])
                said = f"{cell.column} of {called(self.table, cell.key)} is {now}, expected {_shown(cell.old)}"
            found += [Fault(said, f"changed.{k}")] if said else []
        for k, row in enumerate(self.removed):
            key = tuple(row[name] for name in keys)
            if key not in place:
                said = str(UnknownId(f"row of {self.table}", joined(key), map(joined, place)))
            else:
                other = [name for name in frame.columns if not _same(frame[name].iloc[place[key]], row.get(name))]
                said = f"{called(self.table, key)} differs in {listed(other)} from the row to remove" if other else ""
            found += [Fault(said, f"removed.{k}")] if said else []
        for k, row in enumerate(self.added):
            key = tuple(row[name] for name in keys)
            if key in place and not self._leaves(key, keys):
                found.append(Fault(f"{called(self.table, key)} is there already", f"added.{k}"))
        return found

    def _leaves(self, key: tuple[Any, ...], keys: list[str]) -> bool:
        return any(tuple(row[name] for name in keys) == key for row in self.removed)

    def edit(self, net: Network) -> Network:
        frame = net.table(self.table)
        keys = list(BY_NAME[self.table].key)
        every = keys_of(frame, keys)
        place = {key: at for at, key in enumerate(every)}
        new = frame.copy()
        by_column: dict[str, dict[int, Any]] = {}
        for cell in self.changed:
            by_column.setdefault(cell.column, {})[place[cell.key]] = cell.new
        for column, cells in by_column.items():
            values = new[column].tolist()
            for at, value in cells.items():
                values[at] = blank(frame[column].dtype) if value is None else value
            new[column] = pd.Series(values, index=new.index).astype(frame[column].dtype)
        gone = {tuple(row[name] for name in keys) for row in self.removed}
        new = new[[key not in gone for key in every]] if gone else new
        if self.added:
            empty = {str(name): blank(kind) for name, kind in frame.dtypes.items()}
            rows = [empty | {name: value for name, value in row.items() if value is not None} for row in self.added]
            new = pd.concat([new, pd.DataFrame(rows, columns=frame.columns).astype(frame.dtypes.to_dict())])
        return net.replaced(tables={self.table: new.sort_values(keys, ignore_index=True)})


def _broken(before: Network, after: Network, changes: Sequence[EditRows]) -> list[tuple[int, str, str]]:
    """What edits newly break, by the rules of the tables: which edit, which part of it, and what is wrong."""
    if not changes:
        return []
    exact: dict[tuple[str, ...], tuple[int, str]] = {}  # who touches a cell, a row, anything of a table
    named: dict[str, tuple[int, str]] = {}  # or a row that goes by that id
    touched: dict[str, set[tuple[Any, ...]]] = {}
    for at, change in enumerate(changes):
        rows = change.rows()
        touched.setdefault(change.table, set()).update(rows)
        for key, part in rows.items():
            exact[change.table, "/".join(map(str, key))] = (at, part)
            named.setdefault(str(key[0]), (at, part))
        for k, cell in enumerate(change.changed):
            exact[change.table, "/".join(map(str, cell.key)), cell.column] = (at, f"changed.{k}")
        exact.setdefault((change.table,), (at, ""))
    tables = [{name: net.table(name) for name in BY_NAME} for net in (before, after)]
    found = []
    for one in newly_broken(tables[0], tables[1], touched):
        table = BY_PATH[one.file]
        column = next((each.name for each in table.columns if each.file_name == one.column), "")
        by = exact.get((table.name, one.key, column)) or exact.get((table.name, one.key))
        by = by or next((named[text] for text in _texts(after, table, one) if text in named), None)
        what = " of ".join(filter(None, (column, f"{table.name} {one.key}".rstrip())))
        found.append((*(by or exact.get((table.name,), (0, ""))), f"{what}: {one.message}"))
    return found


def _texts(net: Network, table: Table, one: Finding) -> list[str]:
    """The ids in the row that a finding is about, its key first."""
    frame = net.table(table.name)
    rows = np.flatnonzero(np.array(key_texts(table, frame, np.arange(len(frame)))) == one.key)
    texts = [frame[column.name].iloc[at] for at in rows[:1] for column in table.columns if column.name in table.key or column.refers]
    return [part for text in texts for part in str(text).split(";")]


def keys_of(frame: pd.DataFrame, keys: list[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(frame[name].tolist() for name in keys), strict=True))


def _check_key(table: Table, key: tuple[Any, ...]) -> None:
    if len(key) != len(table.key):
        raise BadValue(f"edit_rows: key {joined(key)} of {table.name} has {len(key)} parts, needs {', '.join(table.key)}")
    for name, part in zip(table.key, key, strict=True):
        if fault := cell_fault(table.column(name), part):
            raise BadValue(f"edit_rows: key of {table.name}: {name} {fault}")


def called(table: str, key: tuple[Any, ...]) -> str:
    return f"{table} {joined(key)}"


def joined(key: tuple[Any, ...]) -> str:
    return " ".join(map(str, key))
