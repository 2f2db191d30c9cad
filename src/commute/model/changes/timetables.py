"""Changes of when trains leave: print a timetable, take services away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId, nearest
from commute.model.changes.added import typed_as
from commute.model.changes.change import Change, listed
from commute.model.changes.trips import (
    ASSUMED,
    DAYS,
    DIRECTIONS,
    LAST_S,
    TripChange,
    chosen_trips,
    copied,
    day_of,
    departures_of,
    for_days,
    for_period,
    fresh,
    of_ids,
    replace_trips,
    said_of,
)
from commute.model.headways import cut_rows, runs_per_day

if TYPE_CHECKING:
    from commute.model.network import Network

CLOCK = re.compile(r"^(\d{1,2}):([0-5]\d)(?::([0-5]\d))?$")
SAME_RUNS = 0.5  # an expected number of trains a day holds within so much: by headway it is a mean over draws


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of some days.

    Parameters
    ----------
    start, end : str, HH:MM up to 30:00, the end after the start
    days : {"all", "weekday", "weekend"}
    """

    start: str
    end: str
    days: str = "all"

    def __post_init__(self) -> None:
        for text in (self.start, self.end):
            clock_s(str(text), "window")
        if self.days not in DAYS:
            raise BadValue(f"window: days {self.days!r} is none of {', '.join(DAYS)}")
        if self.end_s <= self.start_s:
            raise BadValue(f"window: it ends at {self.end}, not after its start {self.start}")

    @property
    def start_s(self) -> int:
        return clock_s(self.start, "window")

    @property
    def end_s(self) -> int:
        return clock_s(self.end, "window")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimetable(Change):
    """Run a line by a printed timetable: a train at each departure, to the minute, in the run times of one of its trips.

    The trains leave the first stop of the template at these times and are ridden as printed, no phase is drawn. They replace
    every run of the line (of the patterns, in the direction) on those days, by headway or printed, unless `keep_others`.
    Only services that run on the network's day change; the new trains run on the days of the template's service.

    Parameters
    ----------
    line : str, a route id; empty takes the line of `trip`
    pattern : str or tuple of str, only trips of these patterns are replaced and may be the template
    trip : str, the trip whose stops and run times the trains have; its direction is the one meant. Empty takes, in each
        direction, the trip with the most trains a day, if all of them serve the same stops; else it must be named.
    departures : tuple of str, HH:MM or HH:MM:SS from the first stop, ascending, from 00:00 to 30:00; with direction "both"
        they are those of both ends
    days : str, all, weekday or weekend
    keep_others : bool, add the trains and replace none
    expect : mapping, {"runs_per_day": n}: trains a day of what is replaced (or kept), within half a train
    """

    kind: ClassVar[str] = "set_timetable"
    expectable: ClassVar[tuple[str, ...]] = ("runs_per_day",)
    noun: ClassVar[str] = "line"
    directions: ClassVar[tuple[str, ...]] = DIRECTIONS
    selects: ClassVar[bool] = False
    naming: ClassVar[tuple[str, ...]] = ("line",)
    line: str = ""
    pattern: tuple[str, ...] = ()
    trip: str = ""
    departures: tuple[str, ...]
    days: str = "all"
    keep_others: bool = False

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("pattern", "departures")
        if not (self.line or self.trip) or not self.departures:
            raise BadValue("set_timetable needs a line or a trip, and at least one departure")
        if self.days not in DAYS:
            raise BadValue(f"set_timetable: days {self.days!r} is none of {', '.join(DAYS)}")
        times = self.times_s
        for before, after, text in zip(times, times[1:], self.departures[1:], strict=False):
            if after <= before:
                raise BadValue(f"set_timetable: departure {text} does not come after the one before it: give them in order, each once")

    @property
    def times_s(self) -> list[int]:
        """The departures in seconds after midnight."""
        return [clock_s(str(text), "set_timetable: departure") for text in self.departures]

    def ids(self) -> tuple[str, ...]:
        return (self.line,) if self.line else ()

    def chosen(self, net: Network) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._trips(net)[0]["route_id"]))

    def sets(self) -> tuple[str, ...]:
        return () if self.keep_others else (f"timetable {self.days}{said_of(self)}",)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        return set() if self.keep_others else departures_of(self._trips(net)[0], self.days)

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        if found:
            return found
        calendar = net.table("calendar").set_index("service_id")
        for direction, mine in trips.groupby("direction_id", sort=True):
            template, told = self._template(net, mine)
            if told:
                found.append(f"line {mine['route_id'].iloc[0]} in direction {direction} on {day_of(net, self)}: {told}")
            elif not calendar.loc[template["service_id"], list(DAYS[self.days])].any():
                found.append(f"trip {template['trip_id']}, whose run times are taken, runs on no {self.days} day")
        return found or _unlike_runs(self, net, trips)

    def _trips(self, net: Network) -> tuple[pd.DataFrame, list[str]]:
        """The trips that are replaced, and faults."""
        every, day = net.table("trips").set_index("trip_id"), day_of(net, self)
        if not self.trip:
            return chosen_trips(net, (self.line,), None, pattern=self.pattern, direction=self.direction, day=day)
        if self.trip not in every.index:
            return net.table("trips").iloc[:0], [str(UnknownId("trip", self.trip, every.index))]
        line, way = self.line or str(every.at[self.trip, "route_id"]), str(every.at[self.trip, "direction_id"])
        trips, found = chosen_trips(net, (line,), None, pattern=self.pattern, direction=way, day=day)
        if not found and self.direction not in ("both", way):
            found = [f"trip {self.trip} runs in direction {way}, not {self.direction}"]
        if not found and self.trip not in set(trips["trip_id"]):
            near = nearest(self.trip, trips["trip_id"])
            found = [f"trip {self.trip} is none of line {line} on {day}{near}"]
        return (trips.iloc[:0] if found else trips), found

    def _template(self, net: Network, mine: pd.DataFrame) -> tuple[pd.Series, str]:
        """The trip of one direction whose run times are taken, and why it cannot be told."""
        if self.trip:
            return mine[mine["trip_id"] == self.trip].iloc[0], ""
        times = net.table("stop_times")
        stops = times[times["trip_id"].isin(mine["trip_id"])].groupby("trip_id")["stop_id"].agg(tuple)
        runs = runs_per_day(mine, net.table("frequencies"))
        best = mine.sort_values("trip_id").loc[lambda t: t["trip_id"].map(runs) == runs.max()].iloc[0]
        different = stops.drop_duplicates()
        if len(different) == 1:
            return best, ""
        return best, f"its trips serve {len(different)} different rows of stops: name the trip to copy ({listed(sorted(different.index))})"

    def edit(self, net: Network) -> Network:
        trips, _ = self._trips(net)
        templates = [str(self._template(net, mine)[0]["trip_id"]) for _, mine in trips.groupby("direction_id", sort=True)]
        net, ids = for_period(net, trips, self)
        if self.days != "all":
            net, forms = for_days(net, ids)
            ids = forms[self.days]
        known = set(net.table("trips")["trip_id"])
        copies: dict[str, str] = {}
        leaves: dict[str, int] = {}
        for template in templates:
            form = next(one for one in ids if _original(one, set(trips["trip_id"])) == template)
            for at, text in zip(self.times_s, self.departures, strict=True):
                called = fresh(f"{template}~{str(text).replace(':', '')}", known | set(copies))
                copies[called], leaves[called] = form, at
        new, times, _ = copied(net, copies)
        first = times.groupby("trip_id")["departure_s"].min()
        by = times["trip_id"].map(leaves) - times["trip_id"].map(first)
        times = times.assign(arrival_s=(times["arrival_s"] + by).clip(lower=0), departure_s=times["departure_s"] + by)
        return replace_trips(net, () if self.keep_others else ids, new.assign(phase_group="", **ASSUMED), times)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveService(TripChange):
    """Take trains away: of a line, a pattern, or single trips, all of them or those that leave in some windows.

    A window is of the departure from the trip's own first stop; in it no train leaves, whatever phase is drawn. Trains by
    headway before and after it keep their headway. Only services that run on the network's day change.

    Parameters
    ----------
    line, pattern, trip : str or tuple of str; with `trip` the direction need not be said
    windows : tuple of Span; empty is the whole day
    expect : mapping, {"runs_per_day": n}: trains a day of the trips selected, within half a train
    """

    kind: ClassVar[str] = "remove_service"
    expectable: ClassVar[tuple[str, ...]] = ("runs_per_day",)
    naming: ClassVar[tuple[str, ...]] = ("line", "trip")
    needs: ClassVar[str] = "a line, a trip or where"
    trip: tuple[str, ...] = ()
    windows: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        TripChange.__post_init__(self)
        self.take("trip", "windows")

    def sets(self) -> tuple[str, ...]:
        spans = [f" {one.start}–{one.end} {one.days}" for one in self.windows] or [""]
        return tuple(f"service{span}{said_of(self)}{''.join(f' {one}' for one in self.trip)}" for span in spans)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        trips = self._trips(net)[0]
        if self.trip:
            return {(f"trip {one}", "service") for one in self.trip}
        return set().union(
            *(departures_of(trips, one.days, one.start_s, one.end_s) for one in self.windows or (Span(start="00:00", end="30:00"),))
        )

    def _trips(self, net: Network) -> tuple[pd.DataFrame, list[str]]:
        day = day_of(net, self)
        return chosen_trips(net, self.line, self.where, pattern=self.pattern, trip=self.trip, direction=self.direction, day=day)

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        if found:
            return found
        called = f"line {listed(dict.fromkeys(trips['route_id']))}"
        for one in self.windows:
            calendar = net.table("calendar").set_index("service_id")[list(DAYS[one.days])].any(axis=1)
            mine = trips[trips["service_id"].map(calendar)]
            rows, gone = _less(net, mine, [one])
            before = net.table("frequencies")
            if not gone and rows.equals(before[before["trip_id"].isin(mine["trip_id"])].reset_index(drop=True)):
                found.append(f"no train of {called} leaves from {one.start} to {one.end} ({one.days} days)")
        return found or _unlike_runs(self, net, trips)

    def edit(self, net: Network) -> Network:
        trips, _ = self._trips(net)
        net, ids = for_period(net, trips, self)
        if not self.windows:
            return replace_trips(net, ids)
        every = {"all": ids}
        if any(one.days != "all" for one in self.windows):
            net, forms = for_days(net, ids)
            every = dict(forms)
        for days, some in every.items():
            spans = [one for one in self.windows if one.days in (days, "all")]
            mine = of_ids(net, some)
            if spans and len(mine):
                rows, gone = _less(net, mine, spans)
                times = net.table("stop_times")
                stay = mine[~mine["trip_id"].isin(gone)]
                net = replace_trips(net, mine["trip_id"], stay, times[times["trip_id"].isin(stay["trip_id"])], rows)
        return net


def _less(net: Network, mine: pd.DataFrame, spans: list[Span]) -> tuple[pd.DataFrame, set[str]]:
    """Frequency rows of these trips without what leaves in the spans, and the trips that then do not run at all."""
    windows = [(one.start_s, one.end_s) for one in spans]
    frequencies, times = net.table("frequencies"), net.table("stop_times")
    rows = frequencies[frequencies["trip_id"].isin(mine["trip_id"])]
    left = typed_as(pd.DataFrame(cut_rows(rows, windows, {}), columns=rows.columns), rows)
    first = times[times["trip_id"].isin(set(mine["trip_id"]) - set(rows["trip_id"]))].groupby("trip_id")["departure_s"].min()
    printed = {str(trip) for trip, at in first.items() if any(a <= at < b for a, b in windows)}
    return left, printed | (set(rows["trip_id"]) - set(left["trip_id"]))


def clock_s(text: str, what: str) -> int:
    """'8:05' or '8:05:30' in seconds after midnight.

    Raises
    ------
    BadValue
        Not of that form, or after 30:00.
    """
    found = CLOCK.match(text)
    if not found:
        raise BadValue(f"{what} {text!r} is not HH:MM or HH:MM:SS")
    at = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    if at > LAST_S:
        raise BadValue(f"{what} {text} is outside the service day, 00:00 to 30:00")
    return at


def _unlike_runs(change: Change, net: Network, trips: pd.DataFrame) -> list[str]:
    now = float(runs_per_day(trips, net.table("frequencies")).sum())
    return [
        f"runs_per_day of line {listed(dict.fromkeys(trips['route_id']))} is {now:.4g} on {day_of(net, change)}, expected {wanted:g}"
        for wanted in (change.expect or {}).values()
        if not abs(now - wanted) <= SAME_RUNS
    ]


def _original(form: str, trips: set[str]) -> str:
    """The trip that a form is of: its id is the trip's, or begins with it and "~"."""
    return max((one for one in trips if form == one or form.startswith(f"{one}~")), key=len)
