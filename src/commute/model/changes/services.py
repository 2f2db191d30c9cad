"""Changes of services: set a headway."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from commute.errors import BadValue
from commute.model.changes.added import filled, put_back
from commute.model.changes.change import listed
from commute.model.changes.trips import (
    DAYS,
    TripChange,
    copied,
    day_of,
    departures_of,
    for_days,
    for_period,
    of_ids,
    replace_trips,
    said_of,
)
from commute.model.headways import cut_rows, mean_headway_min, runs_in_order, shared_offsets

if TYPE_CHECKING:
    from commute.model.network import Network

CLOCK = re.compile(r"^\d{1,2}:[0-5]\d$")
SAME_MIN = 0.5  # an expected headway holds within so much: published ones are whole minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A headway from `start` to `end` (HH:MM) on some days (all, weekday, weekend)."""

    start: str
    end: str
    headway_min: float
    days: str = "all"

    def __post_init__(self) -> None:
        for text in (self.start, self.end):
            if not CLOCK.match(str(text)):
                raise BadValue(f"window: {text!r} is not HH:MM")
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
    needs: ClassVar[str] = "a line (or where) and at least one window"
    windows: tuple[Window, ...]
    keep_outside: bool = True

    def __post_init__(self) -> None:
        TripChange.__post_init__(self)
        self.take("windows")
        if not self.windows:
            raise BadValue(f"set_headway needs {self.needs}")
        check_windows("set_headway", self.windows)
        for name in self.expect or {}:
            if name != "headway_min":
                raise BadValue(f"set_headway: expect {name!r} is not headway_min")

    def sets(self) -> tuple[str, ...]:
        return tuple(f"headway {w.start}–{w.end} {w.days}{said_of(self)}" for w in self.windows)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        trips = self._trips(net)[0]
        return set().union(*(departures_of(trips, window.days, window.start_s, window.end_s) for window in self.windows))

    def _services(self, trips: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
        """Trips that take turns, with the name of their phase: those of all lines named, or of each selected, in a direction."""
        lines = [self.line] if self.line else [(one,) for one in dict.fromkeys(trips["route_id"])]
        for some in lines:
            for direction in (0, 1):
                mine = trips[trips["route_id"].isin(some) & (trips["direction_id"] == direction)]
                if len(mine):
                    yield "_".join(["headway", *some, *self.pattern, str(direction)]), mine

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        if found:
            return found
        calendar = net.table("calendar")
        calendar = calendar[calendar["service_id"].isin(trips["service_id"])]
        for days in dict.fromkeys(window.days for window in self.windows):
            if not calendar[list(DAYS[days])].to_numpy(bool).any():
                found.append(f"none of these trips runs on {days} days")
        times = net.table("stop_times")
        for _, mine in self._services(trips):
            found += _apart(mine, times)
        return list(dict.fromkeys(found)) or self._unlike(net, trips)

    def _unlike(self, net: Network, trips: pd.DataFrame) -> list[str]:
        """Where the present headway is not the expected one."""
        found, times = [], net.table("stop_times")
        spans = [(window.start_s, window.end_s) for window in self.windows]
        for _, mine in self._services(trips) if self.expect else ():
            now = mean_headway_min(mine, times, net.table("frequencies"), spans, shared_offsets(set(mine["trip_id"]), times))
            wanted = (self.expect or {})["headway_min"]
            if not abs(now - wanted) <= SAME_MIN:
                called = f"line {listed(dict.fromkeys(mine['route_id']))} in direction {mine['direction_id'].iloc[0]}"
                found.append(f"headway_min of {called} is {now:.3g} on {day_of(net, self)}, expected {wanted:g}")
        return found

    def edit(self, net: Network) -> Network:
        trips, _ = self._trips(net)
        net, ids = for_period(net, trips, self)
        every = {"all": ids}
        if any(window.days != "all" for window in self.windows):
            net, forms = for_days(net, of_ids(net, ids))
            every = dict(forms)
        for days, some in every.items():
            windows = [window for window in self.windows if window.days in (days, "all")]
            for group, mine in self._services(of_ids(net, some)) if windows else ():
                net = self._run(net, mine, group, windows)
        return net

    def _run(self, net: Network, mine: pd.DataFrame, group: str, windows: list[Window]) -> Network:
        """One service of trips that take turns in the windows, with one phase."""
        times, frequencies = net.table("stop_times"), net.table("frequencies")
        runs = runs_in_order(mine, times, frequencies)
        offset = shared_offsets(set(runs["trip_id"]), times)
        slots: list[Slot] = []
        for window in windows:
            turns = runs[(runs["first"] >= window.start_s) & (runs["first"] < window.end_s)]
            slots += _slots(list(turns["trip_id"]) or list(runs["trip_id"]), window)  # a window before or after today's service
        replaced = [(w.start_s, w.end_s) for w in windows] if self.keep_outside else [(0, 10**6)]
        kept = cut_rows(frequencies[frequencies["trip_id"].isin(mine["trip_id"])], replaced, offset)
        at = runs["first"] + runs["trip_id"].map(offset)
        inside = np.logical_or.reduce([(at >= a) & (at < b) for a, b in replaced])
        printed = set(runs.loc[runs["printed"], "trip_id"])
        goes = set(runs.loc[runs["printed"] & inside, "trip_id"])
        stops = {str(trip): frozenset(rows) for trip, rows in times[times["trip_id"].isin(offset)].groupby("trip_id")["stop_id"]}
        slots = _serving_all(slots, stops, {*kept["trip_id"], *(printed - goes)}, offset)
        return _written(net, mine, slots, kept, offset, group, printed, goes)


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


def _written(
    net: Network,
    mine: pd.DataFrame,
    slots: list[Slot],
    kept: pd.DataFrame,
    offset: dict[str, int],
    group: str,
    printed: set[str],
    goes: set[str],
) -> Network:
    """The network with these trains; a printed trip gets a copy that runs by headway, and stays unless it goes."""
    copies = {f"{trip}~h": trip for trip in {slot[0] for slot in slots} & printed}
    named = {trip: copy for copy, trip in copies.items()}
    rows = [
        {"trip_id": named.get(trip, trip), "start_s": a - offset[trip], "end_s": b - offset[trip], "headway_s": b - a}
        for trip, a, b in slots
    ]
    new = pd.DataFrame(rows).assign(exact_times=0, headway_basis="set by a scenario")
    stay = {*new["trip_id"], *kept["trip_id"], *(printed - goes)}
    if stay == set(mine["trip_id"]):  # the same trips: their calls stay, and most of what is known of the network with them
        return _of_same_trips(net, stay, new, pd.concat([kept, new]), group)
    clones, calls, _ = copied(net, copies)
    trips = pd.concat([mine[mine["trip_id"].isin(stay)], clones])
    trips["phase_group"] = trips["phase_group"].mask(trips["trip_id"].isin(new["trip_id"]), group)
    times = net.table("stop_times")
    all_rows = pd.concat([kept, new]).drop_duplicates(["trip_id", "start_s"], keep="last")
    return replace_trips(net, mine["trip_id"], trips, pd.concat([times[times["trip_id"].isin(trips["trip_id"])], calls]), all_rows)


def _of_same_trips(net: Network, ids: set[str], new: pd.DataFrame, rows: pd.DataFrame, group: str) -> Network:
    """The network with other frequency rows of some trips, of which those with new ones are drawn with one phase."""
    trips, frequencies = net.table("trips"), net.table("frequencies")
    turns = trips["trip_id"].isin(set(new["trip_id"].tolist()))
    rest = frequencies[~frequencies["trip_id"].isin(ids)]
    added = filled(rows.drop_duplicates(["trip_id", "start_s"], keep="last"), rest)
    made = put_back(net, frequencies=pd.concat([rest, added]))
    return made.replaced(tables={"trips": trips.assign(phase_group=trips["phase_group"].mask(turns, group))})


def _apart(mine: pd.DataFrame, times: pd.DataFrame) -> list[str]:
    """Lines that share no stop with any of the others, with which they are to take turns."""
    lines = list(dict.fromkeys(mine["route_id"]))
    if len(lines) == 1:
        return []
    calls = {one: set(times.loc[times["trip_id"].isin(rows["trip_id"]), "stop_id"]) for one, rows in mine.groupby("route_id")}
    return [
        f"line {one} shares no stop with {listed(other for other in lines if other != one)}: set it by a change of its own"
        for one in lines
        if not any(calls[one] & calls[other] for other in lines if other != one)
    ]


def _seconds(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 3600 + int(minute) * 60
