"""Changes of services: set a headway."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pandas as pd

from commute.errors import BadValue
from commute.model.changes.added import filled, put_back
from commute.model.changes.change import listed
from commute.model.changes.trips import (
    DAYS,
    LAST_S,
    TripChange,
    copied,
    day_of,
    departures_of,
    for_days,
    for_period,
    of_ids,
    replace_trips,
    said_of,
    with_texts,
)
from commute.model.headways import cut_rows, mean_headway_min, runs_in_order, shared_offsets
from commute.model.picking import among, picked

if TYPE_CHECKING:
    from commute.model.network import Network

CLOCK = re.compile(r"^\d{1,2}:[0-5]\d$")
SET = {"exact_times": 0, "headway_basis": "set by a scenario"}  # of a row of frequencies
SAME_MIN = 0.5  # an expected headway holds within so much: published ones are whole minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A headway between two times of some days.

    Parameters
    ----------
    start, end : str, HH:MM up to 30:00, the end after the start
    headway_min : float, minutes between departures, 0.5 to 720
    days : {"all", "weekday", "weekend"}
    """

    start: str
    end: str
    headway_min: float
    days: str = "all"

    def __post_init__(self) -> None:
        for text in (self.start, self.end):
            if not CLOCK.match(str(text)):
                raise BadValue(f"window: {text!r} is not HH:MM")
        if self.end_s > LAST_S:
            raise BadValue(f"window: {self.end} is after 30:00, the end of the service day")
        if not 0.5 <= self.headway_min <= 720:
            raise BadValue(f"window: headway_min is {self.headway_min}, must be from 0.5 to 720 minutes")
        if self.days not in DAYS:
            raise BadValue(f"window: days {self.days!r} is none of {', '.join(DAYS)}")
        if self.end_s <= self.start_s:
            raise BadValue(f"window: it ends at {self.end}, not after its start {self.start}")

    @property
    def start_s(self) -> int:
        return _seconds(self.start)

    @property
    def end_s(self) -> int:
        return _seconds(self.end)


def check_windows(kind: str, windows: Sequence[Window]) -> None:
    """Refuse windows that overlap on a day."""
    for a, b in combinations(windows, 2):
        if a.start_s < b.end_s and b.start_s < a.end_s and set(DAYS[a.days]) & set(DAYS[b.days]):
            raise BadValue(f"{kind}: windows {a.start}–{a.end} and {b.start}–{b.end} overlap")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHeadway(TripChange):
    """Run a line, or several taken together, at a headway in some windows (公交化).

    The stop patterns that run on the network's day take turns in their present order, evenly spaced at the first stop that
    all of them serve (at their own first stops where there is none); windows are of the time there. Their minutes are drawn
    with one phase. Where the turns end before every stop of the line has a train on that day, a pattern that serves it takes
    the turn of one that can be spared. Only the services of that day change; lines named together are one service on their
    trunk, while each line that `where` alone selects is set by itself. Run times stay.

    Parameters
    ----------
    line : str or tuple of str, route ids; several are one service on their trunk
    pattern : str or tuple of str, only trips of these patterns (`trips.pattern`); the others run as before
    windows : tuple of Window, not overlapping
    direction : {"both", "0", "1"}
    keep_outside : bool, keep what runs outside the windows, on days for which there is a window; other days stay as they are
    expect : mapping, {"headway_min": x}: the minutes of the windows over the trains in them at present, as seen at the first
        stop that all serve, in each direction; it holds within half a minute
    """

    kind: ClassVar[str] = "set_headway"
    expectable: ClassVar[tuple[str, ...]] = ("headway_min",)
    needs: ClassVar[str] = "a line (or where) and at least one window"
    windows: tuple[Window, ...]
    keep_outside: bool = True

    def __post_init__(self) -> None:
        TripChange.__post_init__(self)
        self.take("windows")
        if not self.windows:
            raise BadValue(f"set_headway needs {self.needs}")
        check_windows("set_headway", self.windows)

    def sets(self) -> tuple[str, ...]:
        return tuple(f"headway {w.start}–{w.end} {w.days}{said_of(self)}" for w in self.windows)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        trips = self._trips(net)[0]
        return set().union(*(departures_of(trips, window.days, window.start_s, window.end_s) for window in self.windows))

    def _services(self, trips: pd.DataFrame) -> Iterator[tuple[str, Service]]:
        """Trips that take turns, with the name of their phase: those of all lines named, or of each selected, in a direction."""
        rows = list(zip(*(trips[name].tolist() for name in ("trip_id", "route_id", "direction_id")), strict=True))
        for some in [self.line] if self.line else [(one,) for one in dict.fromkeys(line for _, line, _ in rows)]:
            for direction in (0, 1):
                mine = {trip: line for trip, line, way in rows if line in some and way == direction}
                if mine:
                    yield "_".join(["headway", *some, *self.pattern, str(direction)]), mine

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        if found:
            return found
        calendar = picked(net.table("calendar"), "service_id", trips["service_id"])
        for days in dict.fromkeys(window.days for window in self.windows):
            if not any(calendar[day].any() for day in DAYS[days]):
                found.append(f"none of these trips runs on {days} days")
        stops = _stops_of(net.table("stop_times"), trips["trip_id"]) if len(self.line) > 1 else {}
        for _, mine in self._services(trips):
            found += _apart(mine, stops)
        return list(dict.fromkeys(found)) or self._unlike(net, trips)

    def _unlike(self, net: Network, trips: pd.DataFrame) -> list[str]:
        """Where the present headway is not the expected one."""
        found, times = [], net.table("stop_times")
        spans = [(window.start_s, window.end_s) for window in self.windows]
        for _, mine in self._services(trips) if self.expect else ():
            rows = picked(trips, "trip_id", mine)
            now = mean_headway_min(rows, times, net.table("frequencies"), spans, shared_offsets(set(mine), times))
            wanted = (self.expect or {})["headway_min"]
            if not abs(now - wanted) <= SAME_MIN:
                called = f"line {listed(dict.fromkeys(mine.values()))} in direction {rows['direction_id'].iloc[0]}"
                found.append(f"headway_min of {called} is {now:.3g} on {day_of(net, self)}, expected {wanted:g}")
        return found

    def edit(self, net: Network) -> Network:
        trips, _ = self._trips(net)
        net, ids = for_period(net, trips, self)
        every = {"all": ids}
        if any(window.days != "all" for window in self.windows):
            net, forms = for_days(net, ids)
            every = dict(forms)
        windows = {days: [window for window in self.windows if window.days in (days, "all")] for days in every}
        meant = {trip for days, some in every.items() if windows[days] for trip in some}
        times, frequencies = (picked(net.table(name), "trip_id", meant) for name in ("stop_times", "frequencies"))
        plans: list[Plan] = []
        for days in (one for one in every if windows[one]):
            for group, mine in self._services(of_ids(net, every[days])):
                plans.append(self._plan(mine, times, frequencies, group, windows[days]))
        return _written(net, plans)

    def _plan(self, mine: Service, times: pd.DataFrame, frequencies: pd.DataFrame, group: str, windows: list[Window]) -> Plan:
        """One service of trips that take turns in the windows, with one phase."""
        rows = picked(frequencies, "trip_id", mine)
        runs = runs_in_order(mine, times, rows)
        offset = shared_offsets({run.trip for run in runs}, times)
        slots: list[Slot] = []
        for window in windows:
            start, end = window.start_s, window.end_s
            turns = [run.trip for run in runs if start <= run.first_s < end]
            slots += _slots(turns or [run.trip for run in runs], window)  # a window before or after today's service
        replaced = [(w.start_s, w.end_s) for w in windows] if self.keep_outside else [(0, 10**6)]
        kept = cut_rows(rows, replaced, offset)
        printed = {run.trip for run in runs if run.printed}
        goes = {run.trip for run in runs if run.printed and any(a <= run.first_s + offset[run.trip] < b for a, b in replaced)}
        slots = _serving_all(slots, _stops_of(times, offset), {*(row["trip_id"] for row in kept), *(printed - goes)}, offset)
        return _planned(mine, slots, kept, offset, group, printed, goes)


Service = dict[str, str]  # trips that take turns, each with its line
Slot = tuple[str, int, int]  # a train: its template, and its first and last second as seen at the shared stop


def _slots(order: list[str], window: Window) -> list[Slot]:
    """One train a headway, patterns in turn."""
    headway = round(window.headway_min * 60)
    starts = range(window.start_s, window.end_s, headway)
    return [(order[i % len(order)], at, min(at + headway, window.end_s)) for i, at in enumerate(starts)]


def _serving_all(slots: list[Slot], stops: dict[str, frozenset[str]], kept: set[str], offset: dict[str, int]) -> list[Slot]:
    """The trains with patterns put in where a stop would lose its only train.

    Raises
    ------
    BadValue
        There are too few trains for the patterns that it needs.
    """
    made = [slot for slot in slots if slot[1] >= offset[slot[0]]]  # not the day before
    while lost := frozenset().union(*stops.values()) - frozenset().union(*(stops[t] for t in [*kept, *(s[0] for s in made)])):
        best = max(sorted(stops), key=lambda trip: len(stops[trip] & lost))
        served = [stops[slot[0]] for slot in made] + [stops[trip] for trip in kept]
        spare = [k for k in range(len(made)) if made[k][1] >= offset[best] and not _only(served, k)]
        if not spare:
            few = f"{len(made)} train{'s' if len(made) != 1 else ''} of this headway"
            raise BadValue(f"no train would serve {listed(sorted(lost))}: {few} cannot serve all stops that are served now")
        k = spare[len(spare) // 2]
        made[k] = (best, *made[k][1:])
    return made


def _only(served: list[frozenset[str]], k: int) -> bool:
    """Whether the train at `k` serves a stop that no other does."""
    return not served[k] <= frozenset().union(*served[:k], *served[k + 1 :])


class Plan(NamedTuple):
    """What becomes of the trips of one service: those that stay, their copies, and all rows of frequencies of both."""

    mine: Service
    stay: set[str]
    copies: dict[str, str]  # new trip → the printed trip that it copies
    rows: list[dict[str, Any]]
    group_of: dict[str, str]  # the phase of the trips that take turns


def _planned(
    mine: Service,
    slots: list[Slot],
    kept: list[dict[str, Any]],
    offset: dict[str, int],
    group: str,
    printed: set[str],
    goes: set[str],
) -> Plan:
    """The service with these trains; a printed trip gets a copy that runs by headway, and stays unless it goes."""
    copies = {f"{trip}~h": trip for trip in {slot[0] for slot in slots} & printed}
    named = {trip: copy for copy, trip in copies.items()}
    new: list[dict[str, Any]] = [
        {"trip_id": named.get(trip, trip), "start_s": a - offset[trip], "end_s": b - offset[trip], "headway_s": b - a, **SET}
        for trip, a, b in slots
    ]
    turns = {row["trip_id"]: group for row in new}
    every = {(row["trip_id"], row["start_s"]): row for row in [*kept, *new]}  # of two that begin together, the new one
    return Plan(mine, {*turns, *(row["trip_id"] for row in kept), *(printed - goes)}, copies, list(every.values()), turns)


def _written(net: Network, plans: list[Plan]) -> Network:
    """The network with these services, written once for all of them."""
    if not plans:
        return net
    group_of = {trip: group for one in plans for trip, group in one.group_of.items()}
    gone = {trip for one in plans for trip in one.mine}
    rows = pd.DataFrame([row for one in plans for row in one.rows])
    if all(one.stay == set(one.mine) for one in plans):  # their calls stay, and most of what is known of the network
        rest = net.table("frequencies")
        rest = rest[~among(rest["trip_id"], gone)]
        made = put_back(net, frequencies=pd.concat([rest, filled(rows, rest)]))
        return made.replaced(tables={"trips": with_texts(net.table("trips"), "phase_group", group_of)})
    clones, calls, _ = copied(net, {copy: trip for one in plans for copy, trip in one.copies.items()})
    stay = {trip for one in plans for trip in one.stay if trip in one.mine}
    trips = pd.concat([of_ids(net, stay), clones])
    calls = pd.concat([picked(net.table("stop_times"), "trip_id", trips["trip_id"]), calls])
    return replace_trips(net, gone, with_texts(trips, "phase_group", group_of), calls, rows)


def _apart(mine: Service, stops: dict[str, frozenset[str]]) -> list[str]:
    """Lines that share no stop with any of the others, with which they are to take turns."""
    calls: dict[str, set[str]] = {}
    for trip, line in mine.items():
        calls.setdefault(line, set()).update(stops.get(trip, ()))
    return [
        f"line {line} shares no stop with {listed(other for other in calls if other != line)}: set it by a change of its own"
        for line, some in calls.items()
        if len(calls) > 1 and all(some.isdisjoint(calls[other]) for other in calls if other != line)
    ]


def _stops_of(times: pd.DataFrame, trips: pd.Series | Iterable[str]) -> dict[str, frozenset[str]]:
    """The stops at which each of these trips calls."""
    mine, stops = picked(times, "trip_id", trips), dict[str, set[str]]()
    for trip, stop in zip(mine["trip_id"].tolist(), mine["stop_id"].tolist(), strict=True):
        stops.setdefault(trip, set()).add(stop)
    return {trip: frozenset(some) for trip, some in stops.items()}


def _seconds(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 3600 + int(minute) * 60
