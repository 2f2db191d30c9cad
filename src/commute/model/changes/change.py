"""What every change has in common: whom it selects, what it expects, when it holds, what it costs and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, nearest, short
from commute.model import validity
from commute.model.changes.where import Where
from commute.model.cost import Cost
from commute.model.plain import is_cell, is_number, plain

if TYPE_CHECKING:
    from commute.model.network import Network

SAME = 1e-9  # of an expected number


class Values(dict[str, Any]):
    """Values by name; hashable, since a change is a value."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


class Fault(str):
    """What is wrong with a change, and with which part of it: "added.0", as `Place.parts` calls it."""

    part: str

    def __new__(cls, said: str, part: str) -> Fault:
        made = super().__new__(cls, said)
        made.part = part
        return made


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change stands in a file; lines and columns count from 1.

    Parameters
    ----------
    parts : mapping of "added.0" and such, an item of a list in the change, to its line and column
    """

    file: str
    line: int
    column: int
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def of(self, part: str = "") -> str:
        """As messages begin, `plan.yaml:12:5`; of a part, where that stands."""
        line, column = self.parts.get(part, (self.line, self.column))
        return f"{self.file}:{line}:{column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One typed edit of a network. A kind says what it sets; these fields all kinds share.

    Parameters
    ----------
    id : str, what to call it in messages and in what caused a difference; empty takes its kind
    where : Where, selects elements, beside or instead of the ids that the kind names itself
    expect : mapping of column to the value that every selected element must have before
    direction : str, "both" unless one way alone is meant ("forward", "backward" of links; "0", "1" of services)
    from_date, to_date : str, YYYY-MM-DD, first and last day on which it holds; empty is without end
    cost : Cost
    source, note : str, who says so, and what to know
    place : Place, where it was read, for messages; neither compared nor written

    Raises
    ------
    BadValue
        A value that it cannot mean, as far as that shows without a network.

    Notes
    -----
    A kind gives `noun` (what an element is called), `ids()` (those that it names), `chosen(net)` (all that it selects),
    `sets()` (attributes that it gives a value; a factor is none, for factors multiply), `faults(net)` and `edit(net)`.
    """

    kind: ClassVar[str] = ""
    noun: ClassVar[str] = ""  # what an element is called; empty where its ids say so themselves
    directions: ClassVar[tuple[str, ...]] = ("both",)
    dated: ClassVar[bool] = True  # whether from_date and to_date mean something
    selects: ClassVar[bool] = True  # whether `where` does
    expects: ClassVar[bool] = True  # whether `expect` does
    expectable: ClassVar[tuple[str, ...]] = ()  # numbers that `expect` may name; empty where it names columns
    tells: ClassVar[bool] = True  # whether to say so where nothing that a query sees has changed
    naming: ClassVar[tuple[str, ...]] = ()  # its fields that say which elements, not what becomes of them
    id: str = ""
    where: Where | None = None
    expect: Mapping[str, Any] | None = None
    direction: str = "both"
    from_date: str = ""
    to_date: str = ""
    cost: Cost | None = None
    source: str = ""
    note: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for each in (one for one in fields(self) if one.compare):
            object.__setattr__(self, each.name, plain(getattr(self, each.name)))
        if self.expect is not None:
            object.__setattr__(self, "expect", self._expected(self.expect))
        object.__setattr__(self, "direction", str(self.direction))
        if self.direction not in self.directions:
            raise BadValue(f"{self.kind}: direction {self.direction!r} is none of {', '.join(self.directions)}")
        for name in ("from_date", "to_date"):
            value = getattr(self, name)
            if isinstance(value, date):
                object.__setattr__(self, name, value.isoformat())
            elif value:
                validity.last_day(value)
        first, last = self.period()
        if last < first:
            raise BadValue(f"{self.kind}: to_date {self.to_date} is before from_date {self.from_date}")
        for allowed, name, empty in (
            (self.dated, "from_date", ""), (self.dated, "to_date", ""), (self.selects, "where", None), (self.expects, "expect", None),
        ):  # fmt: skip
            if not allowed and getattr(self, name) != empty:
                raise BadValue(f"{self.kind}: {name} has no meaning for it")

    def _expected(self, given: Any) -> Values:
        """What it expects; refused where nothing can have that."""
        if not isinstance(given, Mapping):
            raise BadValue(f"{self.kind}: expect is {given!r}, must be a mapping of names to values")
        for name, value in given.items():
            known = self.expectable
            if known and name not in known:
                raise BadValue(f"{self.kind}: expect {name!r} is {'none of' if len(known) > 1 else 'not'} {', '.join(known)}")
            if not (is_number(value) if known else is_cell(value)):
                what = "a number" if known else "a number, a text, true, false or empty"
                raise BadValue(f"{self.kind}: expect: {name} is {'empty' if value is None else repr(value)}, must be {what}")
        return Values(given)

    def take(self, *names: str) -> None:
        """Make these fields tuples; a lone text is a tuple of one."""
        for name in names:
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) and value else plain(tuple(value)))

    def period(self) -> tuple[date, date]:
        """First and last day on which it holds."""
        first = validity.last_day(self.from_date) if self.from_date else date.min
        return first, validity.last_day(self.to_date) if self.to_date else date.max

    def called(self) -> str:
        """Its id, else its kind."""
        return short(self.id) or self.kind

    def told(self, part: str = "") -> str:
        """For messages: where it stands, where that is known, and what it is."""
        if self.place is None:
            return self.called()
        named = "" if self.id else listed(map(short, self.ids()), most=2)
        return f"{self.place.of(part)} {self.called()} {named}".rstrip()

    # what a kind says ---------------------------------------------------------------------------------------

    def ids(self) -> tuple[str, ...]:
        """The elements that it names itself."""
        return ()

    def chosen(self, net: Network) -> tuple[str, ...]:
        """Ids of all elements that it selects."""
        return self.ids()

    def sets(self) -> tuple[str, ...]:
        """Attributes that it gives a value."""
        return ()

    def faults(self, net: Network) -> list[str]:
        """What keeps it from being applied; empty where nothing does."""
        raise NotImplementedError

    def edit(self, net: Network) -> Network:
        """The network after it. Called only where it has no faults."""
        raise NotImplementedError

    def touches(self, net: Network) -> set[tuple[str, str]]:
        """Elements and attributes that it sets, as (element, attribute)."""
        return {(f"{self.noun} {one}".strip(), what) for one in self.chosen(net) for what in self.sets()}

    def rank(self) -> tuple[int, str]:
        """Its place among changes of its kind: what comes later prevails."""
        return 0, self.id

    def idle(self, net: Network) -> str:
        """Why it changes nothing that a query sees, where the data say so."""
        return ""

    @classmethod
    def broken(cls, before: Network, after: Network, changes: Sequence[Any]) -> list[tuple[int, str, str]]:
        """What several of one kind that follow one another newly break: which of them, which part of it, and what is wrong."""
        return []

    @classmethod
    def together(cls, net: Network, steps: Sequence[Any]) -> list[str]:
        """What keeps several of one kind from being applied together; each step is a change with the scenario that it is part of."""
        return []

    def unexpected(self, frame: pd.DataFrame, key: str, most: int = 3) -> list[str]:
        """Faults where the chosen rows have not the values expected; columns by the names in memory."""
        found = []
        for column, wanted in (self.expect or {}).items():
            if column not in frame.columns:
                near = nearest(column, frame.columns)
                found.append(f"expect: {self.noun}s have no {column!r}{near}")
                continue
            wrong = [(one, now) for one, now in zip(frame[key], frame[column], strict=True) if not _same(now, wanted)]
            said = ", ".join(f"{one} is {_shown(now)}" for one, now in wrong[:most])
            more = f" and {len(wrong) - most} more" if len(wrong) > most else ""
            found += [f"expected {column} {_shown(wanted)}, but {self.noun} {said}{more}"] if wrong else []
        return found


def _same(now: Any, wanted: Any) -> bool:
    if wanted is None:
        return bool(now == "" or now != now)
    if isinstance(wanted, bool | str) or isinstance(now, str):
        return bool(now == wanted)
    return bool(abs(float(now) - float(wanted)) <= SAME * max(1.0, abs(float(wanted))))


def _shown(value: Any) -> str:
    if value is None or value == "" or value != value:
        return "empty"
    return f"{value:g}" if isinstance(value, float) else str(value)


def dated_rows(frame: pd.DataFrame, mask: pd.Series, values: Mapping[str, Any], key: str, change: Change) -> pd.DataFrame:
    """A dated table with values set in some rows, for the days of the change only.

    A row that the period splits becomes several forms: the old ones before and after, and the changed one, whose id gets
    "~" and its first day. Without from_date and to_date the row itself is changed, at all its dates.

    Parameters
    ----------
    frame : DataFrame with `opens` and `closes`, sorted by `key`
    mask : Series of bool, rows to change
    values : mapping of column to a value, or to a Series by the frame's index
    """
    if not change.from_date and not change.to_date:
        return frame.assign(**{column: frame[column].mask(mask, value) for column, value in values.items()})
    first, last = change.period()
    start, end = validity.bounds(frame)
    hit = mask.to_numpy(bool) & (start <= last.toordinal()) & (end >= first.toordinal())  # what is only planned is left
    early, late = hit & (start < first.toordinal()) & (first > date.min), hit & (end > last.toordinal()) & (last < date.max)
    during = frame.copy()
    for column, value in values.items():
        during.loc[hit, column] = value[hit] if isinstance(value, pd.Series) else value
    parts = [frame[~hit]]
    if late.any():
        during.loc[late, "closes"] = last.isoformat()
        again = validity.day_after(last).isoformat()
        rest = frame[late].assign(opens=again, **{key: frame.loc[late, key] + f"~{again}"})
        parts.append(rest.assign(opens_planned="") if "opens_planned" in frame else rest)
    if early.any():
        during.loc[early, "opens"] = first.isoformat()
        during.loc[early, key] += f"~{first.isoformat()}"
        parts.append(frame[early].assign(closes=validity.day_before(first).isoformat()))
    return pd.concat([*parts, during[hit]]).astype(frame.dtypes.to_dict()).sort_values(key, ignore_index=True)


def listed(ids: Iterable[str], most: int = 5, by: str = ", ") -> str:
    """The first few of many ids."""
    every = list(ids)
    return by.join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")
