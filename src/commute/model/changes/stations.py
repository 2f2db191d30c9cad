"""Changes of stations: set the minutes from street to platform and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, nearest
from commute.model import validity
from commute.model.changes.added import ADDED, filled, put_back
from commute.model.changes.change import SAME, Change
from commute.model.changes.where import select
from commute.model.tables import STATION_CLASSES

if TYPE_CHECKING:
    from commute.model.network import Network

PARTS = ("entry_min", "gate_min", "exit_min")
MOST_MIN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEntry(Change):
    """Set entry, gate and exit minutes of a station class, or of stops.

    Parameters
    ----------
    station_class : str, of metro, maglev, intercity, conventional, high_speed, bus; or
    stop : tuple of str, stop ids; or `where` on stops
    entry_min : float, minutes from the street door to the platform, security check included, 0 to 120; None leaves it
    gate_min : float, minutes before departure at which the gate shuts
    exit_min : float, minutes from the platform to the street
    expect : mapping, what must hold before on the network's day, such as {"entry_min": 7}

    Notes
    -----
    They are constants: the value set is low, central and high alike, and is as long for all. What is set for a stop holds there
    whatever its class has, before or after. A profile with an `entry_min` of its own takes that instead.
    """

    kind: ClassVar[str] = "set_entry"
    expectable: ClassVar[tuple[str, ...]] = PARTS
    naming: ClassVar[tuple[str, ...]] = ("station_class", "stop")
    station_class: str = ""
    stop: tuple[str, ...] = ()
    entry_min: float | None = None
    gate_min: float | None = None
    exit_min: float | None = None

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("stop")
        if bool(self.station_class) == bool(self.stop or self.where):
            raise BadValue("set_entry needs a class or a stop, and not both")
        if self.station_class and self.station_class not in STATION_CLASSES:
            near = nearest(self.station_class, STATION_CLASSES)
            raise BadValue(f"set_entry: class {self.station_class!r} is none of {', '.join(STATION_CLASSES)}{near}")
        if not self._values():
            raise BadValue(f"set_entry needs {' or '.join(PARTS)}")
        for name, value in self._values().items():
            if not 0 <= value <= MOST_MIN:
                raise BadValue(f"set_entry: {name} is {value}, must be from 0 to {MOST_MIN} minutes")

    def _values(self) -> dict[str, float]:
        return {name: value for name in PARTS if (value := getattr(self, name)) is not None}

    def ids(self) -> tuple[str, ...]:
        return (f"class {self.station_class}",) if self.station_class else tuple(f"stop {one}" for one in self.stop)

    def chosen(self, net: Network) -> tuple[str, ...]:
        return self.ids() if self.station_class else tuple(f"stop {one}" for one, _ in self._stops(net)[0])

    def sets(self) -> tuple[str, ...]:
        return tuple(self._values())

    def _stops(self, net: Network) -> tuple[list[tuple[str, str]], list[str]]:
        """The stops that it means with their classes, and what is wrong with the asking."""
        mask, faults = select(net, "stops", self.stop, self.where)
        rows = net.table("stops")[mask]
        return list(zip(rows["stop_id"], rows["station_class"], strict=True)), faults

    def _no_class(self, net: Network) -> list[str]:
        """A fault where no stop is of the class, with those that there are, the nearest first."""
        known = sorted(set(net.table("stops")["station_class"]))
        if self.station_class in known:
            return []
        near = get_close_matches(self.station_class, known, n=len(known) or 1, cutoff=0.0)
        return [f"no stop is of class {self.station_class}: there are {', '.join(near) or 'no stops'}"]

    def faults(self, net: Network) -> list[str]:
        stops, found = ([("", self.station_class)], self._no_class(net)) if self.station_class else self._stops(net)
        found += [f"the id of stop {one} is a class of stops, whose minutes its own would be" for one, _ in stops if one in STATION_CLASSES]
        for name, wanted in (self.expect or {}).items() if not found else ():
            for stop, kind in stops:
                now = entry_minutes(net, kind, stop, name.removesuffix("_min"))
                if abs(now - wanted) > SAME:
                    found.append(f"{name} of {stop or kind} is {now:g} on {net.day}, expected {wanted:g}")
        return found

    def edit(self, net: Network) -> Network:
        constant = net.table("constant")
        given = {"unit": "min", "favourable": "low", "basis": "assumed"}
        for whose in (self.station_class,) if self.station_class else [one for one, _ in self._stops(net)[0]]:
            for name, value in self._values().items():
                called = f"{name.removesuffix('_min')}_{whose}_min"
                row = {**given, "name": called, "low": value, "central": value, "high": value}
                constant = for_its_days(constant, constant["name"] == called, row, self)
        return put_back(net, constant=constant)


def for_its_days(frame: pd.DataFrame, same: pd.Series, row: Mapping[str, Any], change: Change) -> pd.DataFrame:
    """A dated table, whose key ends in `opens`, with one more row for the days of a change; those of `same` keep the others.

    Parameters
    ----------
    frame : DataFrame with `opens` and `closes`
    same : Series of bool, rows that mean the same thing, such as those of one constant
    row : mapping of column to value; what it leaves out is empty
    """
    first, last = change.period()
    parts = [frame[~same]]
    for at in frame.index[same]:
        one = frame.loc[[at]]
        start = validity.last_day(one["opens"].iloc[0]) if one["opens"].iloc[0] else date.min
        end = validity.last_day(one["closes"].iloc[0]) if one["closes"].iloc[0] else date.max
        if end < first or last < start:
            parts.append(one)
            continue
        if start < first:
            parts.append(one.assign(closes=validity.day_before(first).isoformat()))
        if last < end:
            parts.append(one.assign(opens=validity.day_after(last).isoformat()))
    days = {"opens": first.isoformat() if change.from_date else "", "closes": last.isoformat() if change.to_date else ""}
    parts.append(filled(pd.DataFrame([{**row, **ADDED, **days}]), frame))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def entry_minutes(net: Network, station_class: str, stop: str = "", what: str = "entry") -> float:
    """Entry, gate or exit minutes of a stop: its own where set, else its class's."""
    own = f"{what}_{stop}_min"
    has_own = stop and stop not in STATION_CLASSES and net.has_constant(own)  # a stop "metro" has none: the name is its class's
    return net.constant(own) if has_own else net.constant(f"{what}_{station_class}_min")
