"""What a check finds, and the tables it looks at: rows with a fault in them are left out of what is checked next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.model.tables import BY_NAME, Table

Level = Literal["error", "warning"]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]
COLUMNS = ("file", "row", "column", "level", "message", "key")
SHOWN = 20  # lines a file and column in the text of an error


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: the file, its line (None: the whole file), the column ('' : the whole row), and what is wrong."""

    file: str
    row: int | None
    column: str
    level: Level
    message: str
    key: str = ""  # the row's key, parts joined by '/'

    def __str__(self) -> str:
        place = self.file + (f", row {self.row}" if self.row is not None else "") + (f", {self.column}" if self.column else "")
        return f"{place}: {self.message}"


class Findings:
    """Findings in the order of files and rows."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def add(self, file: str, message: str, *, row: int | None = None, column: str = "", level: Level = "error", key: str = "") -> None:
        """Add one."""
        self._found.append(Finding(file, row, column, level, message, key))

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self._found, key=lambda f: (f.level, f.file, f.row or 0)))

    def frame(self) -> pd.DataFrame:
        """A row a finding, errors first; `row` is a nullable integer."""
        rows = [[getattr(one, name) for name in COLUMNS] for one in self]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"row": "Int64"})

    def errors(self) -> list[str]:
        """The errors as text; of many in one column of a file the first, and how many more."""
        lines: list[str] = []
        count: dict[tuple[str, str], int] = {}
        for one in self:
            if one.level == "error":
                place = (one.file, one.column)
                count[place] = count.get(place, 0) + 1
                if count[place] <= SHOWN:
                    lines.append(str(one))
        more = [(file, column, n - SHOWN) for (file, column), n in count.items() if n > SHOWN]
        return lines + [f"{file}{column and ', ' + column}: {n} more like this (commute validate lists them)" for file, column, n in more]


@dataclass(slots=True)
class Checked:
    """Tables under check.

    Parameters
    ----------
    tables : mapping of table name to frame
        Typed, names in memory. One that could not be read is absent, and what needs it is not checked.
    layers : mapping of layer name to GeoJSON FeatureCollection
    lines : mapping of table name to array of int
        The line of each row in its file; where absent the rows follow the header in their order.
    asked : mapping of table name to mask of its rows, optional
        The rows to check, of the tables that have any; None for all of all tables. All the others are there to be looked up.
    """

    tables: Mapping[str, pd.DataFrame]
    layers: Mapping[str, Mapping[str, Any]]
    lines: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    faulty: dict[str, Mask] = field(default_factory=dict)
    asked: Mapping[str, Mask] | None = None
    _parts: dict[str, pd.DataFrame] = field(default_factory=dict)  # the rows asked about, cut out once

    def has(self, name: str, *others: str) -> bool:
        """Whether all these tables could be read, and rows of the first are to be checked."""
        return (self.asked is None or name in self.asked) and all(one in self.tables for one in (name, *others))

    def sound(self, name: str, *, every: bool = False) -> pd.DataFrame:
        """The rows to check, or `every` row to look up, without a fault so far; the index is the position in the table."""
        frame = self.tables[name]
        if not frame.index.equals(pd.RangeIndex(len(frame))):
            frame = frame.reset_index(drop=True)
        if self.asked is not None and not every:
            if name not in self._parts:
                self._parts[name] = frame[self.asked.get(name, np.zeros(len(frame), np.bool_))]
            frame = self._parts[name]
        return frame[~self.faulty[name][frame.index]] if name in self.faulty and self.faulty[name].any() else frame

    def report(
        self, name: str, at: Iterable[int], column: str, messages: str | Sequence[str], *, level: Level = "error", blame: bool = True
    ) -> None:
        """Add a finding for each of the positions `at`; the rows count as faulty from then on if `blame` and an error."""
        positions = np.asarray(list(at), dtype=np.intp)
        if not len(positions):
            return
        table = BY_NAME[name]
        texts = [messages] * len(positions) if isinstance(messages, str) else messages
        shown = table.column(column).file_name if column else ""
        frame = self.tables[name]
        lines = self.lines[name][positions] if name in self.lines else positions + 2
        keys = key_texts(table, frame, positions)
        for line, text, key in zip(lines, texts, keys, strict=True):
            self.findings.add(table.path, text, row=int(line), column=shown, level=level, key=key)
        if blame and level == "error":
            mask = self.faulty.setdefault(name, np.zeros(len(frame), dtype=np.bool_))
            mask[positions] = True


def key_texts(table: Table, frame: pd.DataFrame, positions: Positions) -> list[str]:
    """The key of each row, its parts joined by '/', as `warnings.csv` names it."""
    parts = [frame[name].iloc[positions].astype(str) for name in table.key if name in frame]
    return ["/".join(row) for row in zip(*parts, strict=True)] if parts else [""] * len(positions)


def where(mask: pd.Series[Any]) -> list[int]:
    """Positions where it holds: the index, which `Checked.sound` gives."""
    return [int(at) for at in mask.index[mask.to_numpy(dtype=np.bool_)]]


def sentences(found: pd.DataFrame) -> list[str]:
    """Findings of a frame as text, `file, row 3, column: message`."""
    rows = found.assign(row=found["row"].astype(object).where(found["row"].notna(), None))
    return [str(Finding(*row)) for row in rows[list(COLUMNS)].itertuples(index=False)]


def plain(value: float) -> str:
    """A number as short as it can be: 40 for 40.0, 1e+07 stays whole."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
