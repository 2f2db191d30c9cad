"""Rows of tables as they are edited one by one: what the difference of two networks is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId, nearest
from commute.model.changes.added import blank
from commute.model.changes.change import Change, Values, _same, _shown, listed
from commute.model.changes.resolve import Step
from commute.model.plain import is_cell, plain
from commute.model.scenario import ALL_DATES, Scenario
from commute.model.tables import BY_NAME

if TYPE_CHECKING:
    from commute.model.network import Network

NUMBERS = ("float", "int", "bool", "clock")  # kinds of columns that hold no text


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value of one row: the row's key, the column, the value before and after; None is empty."""

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
        known = {column.name: column.kind for column in BY_NAME[self.table].columns}
        used = [cell.column for cell in self.changed] + [name for row in (*self.added, *self.removed) for name in row]
        for name in dict.fromkeys(used):
            if name not in known:
                raise BadValue(f"edit_rows: table {self.table} has no column {name!r}{nearest(name, known)}")
        for cell in self.changed:
            for which in ("old", "new"):
                _check_cell(f"{which} {cell.column}", getattr(cell, which), known[cell.column])
        for row in (*self.added, *self.removed):
            for name, value in row.items():
                _check_cell(name, value, known[name])
            missing = [name for name in BY_NAME[self.table].key if name not in row]
            if missing:
                raise BadValue(f"edit_rows: a row of {self.table} lacks {', '.join(missing)}")

    def sets(self) -> tuple[str, ...]:
        return ("rows",)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        keys = BY_NAME[self.table].key
        whole = {tuple(row[name] for name in keys) for row in (*self.added, *self.removed)}
        named = {(_called(self.table, cell.key), cell.column) for cell in self.changed}
        return named | {(_called(self.table, key), "row") for key in whole}

    def faults(self, net: Network) -> list[str]:
        frame = net.table(self.table)
        keys = list(BY_NAME[self.table].key)
        place = {key: at for at, key in enumerate(_keys(frame, keys))}
        found: list[str] = []
        for cell in self.changed:
            if cell.key not in place:
                found.append(str(UnknownId(f"row of {self.table}", _joined(cell.key), map(_joined, place))))
            elif not _same(frame[cell.column].iloc[place[cell.key]], cell.old):
                now = _shown(frame[cell.column].iloc[place[cell.key]])
                found.append(f"{cell.column} of {_called(self.table, cell.key)} is {now}, expected {_shown(cell.old)}")
        for row in self.removed:
            key = tuple(row[name] for name in keys)
            if key not in place:
                found.append(str(UnknownId(f"row of {self.table}", _joined(key), map(_joined, place))))
                continue
            other = [name for name in frame.columns if not _same(frame[name].iloc[place[key]], row.get(name))]
            found += [f"{_called(self.table, key)} differs in {listed(other)} from the row to remove"] if other else []
        taken = [key for row in self.added if (key := tuple(row[name] for name in keys)) in place and not self._leaves(key, keys)]
        return [*found, *(f"{_called(self.table, key)} is there already" for key in taken)]

    def _leaves(self, key: tuple[Any, ...], keys: list[str]) -> bool:
        return any(tuple(row[name] for name in keys) == key for row in self.removed)

    def edit(self, net: Network) -> Network:
        frame = net.table(self.table)
        keys = list(BY_NAME[self.table].key)
        every = _keys(frame, keys)
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


def diff(a: Network, b: Network, *, name: str = "") -> Scenario:
    """What turns network `a` into `b`: a scenario, so that `a.apply(diff(a, b)) == b`.

    See `diff_table` for the same as a frame, with the change that caused each difference.

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

    Raises
    ------
    BadScenario, Conflict
        The scenario cannot be applied.
    """
    back = diff(net.apply(scenario), net, name=f"not {scenario.name}")
    return replace(back, name_zh=f"撤销 {scenario.name_zh or scenario.name}")


def diff_table(a: Network, b: Network) -> pd.DataFrame:
    """The difference as a frame: table, element, attribute (a column; "row" where a whole row came or went), old, new, caused_by.

    `caused_by` names the change, as "scenario: id", where `b` came from `a` by `apply` and nothing else; else it is empty.
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
            cause |= dict.fromkeys(made.touches(now), step.called())
        now = later
    rows = []
    for edit in diff(a, b).changes:
        assert isinstance(edit, EditRows)
        keys = BY_NAME[edit.table].key
        lines = [(cell.key, cell.column, cell.old, cell.new) for cell in edit.changed]
        lines += [(tuple(row[name] for name in keys), "row", None, "added") for row in edit.added]
        lines += [(tuple(row[name] for name in keys), "row", "removed", None) for row in edit.removed]
        for key, column, old, new in lines:
            known = cause.get((_called(edit.table, key), column), "")
            rows.append((edit.table, _joined(key), column, old, new, known))
    return pd.DataFrame(rows, columns=["table", "element", "attribute", "old", "new", "caused_by"])


def _edit(a: Network, b: Network, table: str) -> EditRows | None:
    """What turns one table of `a` into that of `b`; None where they are equal."""
    if a.table(table) is b.table(table) or a.digest(table) == b.digest(table):
        return None
    keys = list(BY_NAME[table].key)
    old, new = a.table(table), b.table(table)
    old_at = {key: at for at, key in enumerate(_keys(old, keys))}
    new_at = {key: at for at, key in enumerate(_keys(new, keys))}
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


def _keys(frame: pd.DataFrame, keys: list[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(frame[name].tolist() for name in keys), strict=True))


def _row(frame: pd.DataFrame, at: int, keys: list[str]) -> dict[str, Any]:
    """A row without its empty columns; those of its key stay."""
    values = {name: _plain(frame[name].iloc[at]) for name in frame.columns}
    return {name: "" if value is None else value for name, value in values.items() if value is not None or name in keys}


def _check_cell(what: str, value: Any, kind: str) -> None:
    value = plain(value)
    if not isinstance(value, float) and not is_cell(value):  # NaN is an empty cell
        raise BadValue(f"edit_rows: {what} is {value!r}, must be a number, a text, true, false or empty")
    if isinstance(value, str) and value and kind in NUMBERS:
        raise BadValue(f"edit_rows: {what} is {value!r}, must be {'true or false' if kind == 'bool' else 'a number or empty'}")


def _plain(value: Any) -> Any:
    """A value as Python's own; None where empty."""
    value = plain(value)
    return None if value == "" or value != value else value


def _called(table: str, key: tuple[Any, ...]) -> str:
    return f"{table} {_joined(key)}"


def _joined(key: tuple[Any, ...]) -> str:
    return " ".join(map(str, key))
