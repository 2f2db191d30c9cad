"""What is known of a network's tables: content digests and parts made from them, handed on to networks that share the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd

KEPT = 64  # things kept by content, from whichever network
SERVICES = ("calendar", "routes", "trips", "stops", "closure", "stop_times", "frequencies", "shapes", "transfers", "constant")
MADE_FROM = {"values": ("constant",), "constants": ("constant",), "running": SERVICES}  # parts, and the tables they are made from
ROWS_OF = {"link": ("gap", "link"), "stops": ("stops", "closure")}  # of the rows in use, where it is not their own table alone
T = TypeVar("T")


class Known:
    """What is known of the tables of one network, on its day and at its level.

    Attributes
    ----------
    parts : dict
        Of this day and level: "values", "constants", "running", "in_use <table>".
    """

    __slots__ = ("_by_content", "_columns", "_digests", "parts")

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}
        self._digests: dict[tuple[str, ...], bytes] = {}
        self._columns: dict[str, Columns] = {}
        self._by_content: dict[Hashable, Any] = {}

    def handed_on(self, new: Collection[str], *, same_day: bool) -> Known:
        """What stays known once some tables are new; parts only of the same day and level."""
        made = Known()
        made._by_content = self._by_content
        if not new:
            made._digests, made._columns = self._digests, self._columns
        else:
            made._digests = {of: digest for of, digest in dict(self._digests).items() if of[0] not in new}
            made._columns = dict(self._columns)  # also of the tables before, since most of their columns stay
        if same_day:
            made.parts = {key: part for key, part in dict(self.parts).items() if _stays(key, new)} if new else self.parts
        return made

    def digest(self, tables: Mapping[str, pd.DataFrame], name: str, *columns: str) -> bytes:
        """Content digest of one table, or of those of some columns that it has."""
        of = (name, *columns)
        if of not in self._digests:
            frame, known = tables[name], self._columns.get(name)
            if known is None or known.frame is not frame:
                known = self._columns[name] = Columns(frame, known)
            digest = hashlib.sha256()
            for column in sorted(one for one in frame.columns if not columns or one in columns):
                digest.update(column.encode())
                digest.update(known.bytes_of(column))
            self._digests[of] = digest.digest()
        return self._digests[of]

    def by_content(self, of: Hashable, make: Callable[[], T]) -> T:
        """What is made from content that `of` names: once for all networks that come from one another."""
        if of not in self._by_content:
            for first in list(self._by_content)[: max(len(self._by_content) - KEPT, 0)]:
                self._by_content.pop(first, None)
            self._by_content[of] = make()
        return self._by_content[of]  # type: ignore[no-any-return]


class Columns:
    """The columns of one table as bytes, encoded when asked for.

    Parameters
    ----------
    frame : DataFrame, which nobody changes
    before : Columns, optional
        Of an earlier network's table of that name: what is encoded there of columns that are the same is taken over.
    """

    __slots__ = ("_encoded", "frame")

    def __init__(self, frame: pd.DataFrame, before: Columns | None = None) -> None:
        self.frame = frame
        self._encoded: dict[str, bytes] = {}
        if before is not None and len(before.frame) == len(frame):
            known = dict(before._encoded).items()
            self._encoded = {name: encoded for name, encoded in known if name in frame and frame[name].equals(before.frame[name])}

    def bytes_of(self, name: str) -> bytes:
        """A column as bytes: float64 for numbers and truth values, else text with a separator."""
        if name not in self._encoded:
            column = self.frame[name]
            number = pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)
            plain = (column.to_numpy(dtype=np.float64) + 0.0).tobytes() if number else "\x1f".join(column.tolist()).encode()
            self._encoded[name] = plain
        return self._encoded[name]


def _stays(part: str, new: Collection[str]) -> bool:
    """Whether a part is made from none of the new tables."""
    table = part.removeprefix("in_use ")
    made_from = MADE_FROM[part] if table == part else ROWS_OF.get(table, (table,))
    return not set(made_from).intersection(new)
