"""Dates of elements: what is in use on a day.

`opens` is the first and `closes` the last day in use, both inclusive and facts; `opens_planned` is a target.
A date known to the year or month counts from its last day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from commute.errors import BadValue

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Bounds = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

SHAPE = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
ALWAYS = "1900-01-01"  # opens of what a scenario opens on every date
BEFORE_ALL = "1899-12-31"  # closes of what a scenario shuts on every date
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def last_day(text: str) -> date:
    """The last day that `text` (YYYY, YYYY-MM or YYYY-MM-DD) can mean.

    Raises
    ------
    BadValue
        Not of that form, or no such day.
    """
    found = SHAPE.match(text)
    if not found:
        raise BadValue(f"{text!r} is not a date: write YYYY-MM-DD, YYYY-MM or YYYY")
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        month = month or 12
        return date(year or 0, month, day or monthrange(year or 0, month)[1])
    except ValueError as error:
        raise BadValue(f"{text!r} is not a date: {error}") from None


def to_day(value: str | date) -> date:
    """A day from ISO text or a date (a datetime gives its day).

    Raises
    ------
    BadValue
        Not one whole day.
    """
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    if not isinstance(value, str) or len(value) != 10:
        raise BadValue(f"{value!r} is not a day: write YYYY-MM-DD")
    return last_day(value)


def next_weekday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def in_use(frame: pd.DataFrame, day: date) -> pd.Series:
    """Which rows are in use on the day, by `opens`, `closes` and `opens_planned`.

    A row with a target and no fact is not in use; a row with neither has always been.
    """
    import pandas as pd

    return pd.Series(within(bounds(frame), day), index=frame.index)


NEVER, EVER = 10**7, 0  # day numbers after and before all others


def bounds(frame: pd.DataFrame) -> Bounds:
    """The first and last day in use of each row, as day numbers (date.toordinal)."""
    import numpy as np

    first, last = np.full(len(frame), EVER), np.full(len(frame), NEVER)
    if "opens" in frame:
        planned = frame["opens_planned"] if "opens_planned" in frame else [""] * len(frame)
        unknown = [NEVER if target else EVER for target in list(planned)]
        first = np.array([_number(text, default) for text, default in zip(frame["opens"].tolist(), unknown, strict=True)], np.int64)
    if "closes" in frame:
        last = np.array([_number(text, NEVER) for text in frame["closes"].tolist()], np.int64)
    return first, last


def within(known: Bounds, day: date) -> npt.NDArray[np.bool_]:
    """Which rows of those bounds are in use on the day."""
    first, last = known
    number = day.toordinal()
    return (first <= number) & (number <= last)


def _number(text: str, default: int) -> int:
    return _ordinal(text) if text else default


@lru_cache(maxsize=4096)
def _ordinal(text: str) -> int:
    return last_day(text).toordinal()


def day_before(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)


def day_after(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)
