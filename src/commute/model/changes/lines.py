"""Changes of where lines run: add a line; lengthen, curtail or reroute one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.added import ADDED, with_rows
from commute.model.changes.change import Change, listed
from commute.model.changes.courses import (
    Course,
    call_rows,
    classes_of,
    courses_of,
    rewritten,
    stop_names,
    unexpected_run,
)
from commute.model.changes.limits import too_fast
from commute.model.changes.services import Window, check_windows
from commute.model.changes.stretch import (
    Stops,
    as_stops,
    check_new,
    dwells_s,
    fast_speed,
    id_of,
    runs_s,
    stop_faults,
    with_stops,
)
from commute.model.changes.trips import ASSUMED, DAYS, TripChange, said_of, services
from commute.model.tables import STATION_CLASSES

if TYPE_CHECKING:
    from commute.model.network import Network

ROUTE_TYPES = {"metro": 1, "maglev": 1, "bus": 3}  # GTFS: subway, bus; all else is rail
RAIL = 2
FIRST_DAY, LAST_DAY = "19000101", "20991231"  # of a service without dates


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLine(Change):
    """Add a line: its stops, run times and headways.

    Run times come from `run_min`, or from a mean speed between stops over the straight line times the detour of the class
    (`limits.DETOUR`). Slowing down and starting are not modelled: `speed_kmh` is what trains reach from stop to stop, below
    the speed of the line. Nothing else is needed for a line to be used, within or beyond the present bounds: people come to its
    stops as to all others. `conventional` and `high_speed` lines are ridden only by profiles with rail="all".

    Parameters
    ----------
    line : str, a route id that is not taken
    name, name_en : str; empty is the id
    line_class : str, of metro, maglev, intercity, conventional, high_speed, bus
    stops : tuple of stop ids or NewStop, two or more, as direction 0 runs
    run_min : tuple of float, minutes from each stop to the next, the same both ways; or
    speed_kmh : float, km/h
    dwell_min : float, minutes at each stop between the ends, or a tuple with one for each stop, where those of both ends count
        for nothing; None is the dwell of the class: its constant, else assumed (`limits.STOP_MIN`)
    windows : tuple of Window, when it runs and how often, at the first stop of either direction; not overlapping
    both_directions : bool
    phase_group : str; trips of direction 0 join the group of this name with "_0" and share its drawn phase, those of 1 with "_1"
    from_date, to_date : str, first and last day on which it runs; empty is always
    """

    kind: ClassVar[str] = "add_line"
    noun: ClassVar[str] = "line"
    selects: ClassVar[bool] = False
    expects: ClassVar[bool] = False
    line: str
    name: str = ""
    name_en: str = ""
    line_class: str
    stops: Stops
    run_min: tuple[float, ...] = ()
    speed_kmh: float | None = None
    dwell_min: float | tuple[float, ...] | None = None
    windows: tuple[Window, ...]
    both_directions: bool = True
    phase_group: str = ""

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        if not self.line:
            raise BadValue("add_line needs a line: the id of the new route")
        if self.line_class not in STATION_CLASSES:
            raise BadValue(f"add_line: line_class {self.line_class!r} is none of {', '.join(STATION_CLASSES)}")
        object.__setattr__(self, "windows", (self.windows,) if isinstance(self.windows, Window) else tuple(self.windows))
        object.__setattr__(self, "stops", as_stops(self.stops))
        if len(self.stops) < 2:
            raise BadValue(f"add_line: stops: a line needs at least 2, there {'is 1' if self.stops else 'are none'}")
        check_new(self, tuple(map(id_of, self.stops)))
        for fault in fast_speed(self, self.line_class):
            raise BadValue(f"add_line: {fault}")
        if not self.windows:
            raise BadValue("add_line needs at least one window: when it runs and how often")
        check_windows("add_line", self.windows)

    def ids(self) -> tuple[str, ...]:
        return (self.line,)

    def sets(self) -> tuple[str, ...]:
        return ("all",)

    def faults(self, net: Network) -> list[str]:
        ids = {"line": [self.line], "trip": [one for one, *_ in self._trips()], "service": [one for _, one, *_ in self._trips()]}
        there = {
            "line": net.table("routes")["route_id"],
            "trip": net.table("trips")["trip_id"],
            "service": net.table("calendar")["service_id"],
        }
        taken = [(one, noun) for noun, made in ids.items() for one in made if one in set(there[noun])]
        found = [f"the id {one!r} is taken: there is a {noun} of that name" for one, noun in taken[:1]]
        found += stop_faults(net, self, self.stops, self.line_class)
        return found or too_fast(*self._made(net), self.line_class)

    def edit(self, net: Network) -> Network:
        net, course = self._made(net)
        made = self._trips()
        names = stop_names(net)
        first, last = self.period()
        dates = {"start_date": f"{first:%Y%m%d}" if self.from_date else FIRST_DAY}
        dates["end_date"] = f"{last:%Y%m%d}" if self.to_date else LAST_DAY
        name = self.name or self.line
        route = {"route_id": self.line, "route_short_name": name, "route_long_name": name, "route_name_en": self.name_en or name}
        route |= {"line_class": self.line_class, "opens": self.from_date, **ADDED}
        weeks = {service: {day: day in DAYS[days] for day in DAYS["all"]} for _, service, _, days in made}
        trips = [
            {"trip_id": trip, "route_id": self.line, "service_id": service, "direction_id": direction, "pattern": "all_stops"}
            | {"phase_group": f"{self.phase_group}_{direction}" if self.phase_group else ""}
            | {"trip_headsign": names[course.stops[0 if direction else -1]], **ASSUMED}
            for trip, service, direction, _ in made
        ]
        windows = [
            {"trip_id": trip, "start_s": window.start_s, "end_s": window.end_s, "headway_s": round(window.headway_min * 60)}
            | {"exact_times": 0, "headway_basis": "set by a scenario"}
            for trip, _, _, days in made
            for window in self.windows
            if window.days in (days, "all")
        ]
        return with_rows(
            net,
            routes=pd.DataFrame([{**route, "route_type": ROUTE_TYPES.get(self.line_class, RAIL)}]),
            calendar=pd.DataFrame([{"service_id": service, **week, **dates, **ADDED} for service, week in weeks.items()]),
            trips=pd.DataFrame(trips),
            stop_times=call_rows({trip: course.reversed() if direction else course for trip, _, direction, _ in made}),
            frequencies=pd.DataFrame(windows),
        )

    def _trips(self) -> list[tuple[str, str, int, str]]:
        """Trip, service, direction and days of each; one for all days where no window is for some days alone."""
        given = dict.fromkeys(window.days for window in self.windows)
        split = ["weekday", "weekend"] if "all" in given else list(given)
        services = [(self.line, "all")] if list(given) == ["all"] else [(f"{self.line}_{days}", days) for days in split]
        directions = (0, 1) if self.both_directions else (0,)
        return [(f"{service}_{k}", service, k, days) for service, days in services for k in directions]

    def _made(self, net: Network) -> tuple[Network, Course]:
        """The network with the new stops, and the course of direction 0."""
        there = with_stops(net, self, self.stops, self.line_class)
        stops = tuple(map(id_of, self.stops))
        dwell = dwells_s(self, net, self.line_class)
        return there, Course(stops, runs_s(self, there, stops, self.line_class), (0, *dwell[1:-1], 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendLine(TripChange):
    """Lengthen, curtail or reroute a line.

    Trains call as before up to `from_stop`, then at `stops`, then as before from `to_stop` on. Without `to_stop` they end with
    `stops`, or at `from_stop` where there are none (curtailed); without `from_stop` they begin so. All is written as trains of
    direction 0 run (of 1, where that alone is meant), and holds mirrored for the other. Calls that are kept keep their run times
    and dwells, and trains leave the first of them when they did before; those of one phase group leave the first that all of
    them serve when they did. Where trains call twice at a stop, as on a ring, what is replaced is the shortest by calls; both stops
    may be one, and of one alone most is kept. New run times and dwells are as in AddLine: by speed over the straight line times
    the detour of the class, without slowing down and starting. A former end, now on the way, is stood at as long as the new stop
    beside it.

    Parameters
    ----------
    line, pattern : str or tuple of str; every train of them must call at from_stop and to_stop
    from_stop, to_stop : str, stop ids, at least one of them
    stops : tuple of stop ids or NewStop
    run_min : tuple of float, minutes of each new hop; or
    speed_kmh : float, km/h
    dwell_min : float, or a tuple with one for each of `stops`; None is the dwell of the class
    expect : mapping, {"run_min": x}: minutes of the quickest of these trains from end to end at present, dwells between
        included; it holds within half a minute
    """

    kind: ClassVar[str] = "extend_line"
    expectable: ClassVar[tuple[str, ...]] = ("run_min",)
    from_stop: str = ""
    to_stop: str = ""
    stops: Stops = ()
    run_min: tuple[float, ...] = ()
    speed_kmh: float | None = None
    dwell_min: float | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        TripChange.__post_init__(self)
        object.__setattr__(self, "stops", as_stops(self.stops))
        if not (self.from_stop or self.to_stop):
            raise BadValue("extend_line needs from_stop, to_stop or both: where the line leaves its course and comes back")
        check_new(self, self._way())

    def sets(self) -> tuple[str, ...]:
        return (f"{self._stretch()}{said_of(self)}",)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        return {(one, self._stretch()) for one in set(services(self._trips(net)[0]))}

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        known = net.table("stops")["stop_id"]
        found += [str(UnknownId("stop", one, known)) for one in (self.from_stop, self.to_stop) if one and one not in set(known)]
        kinds = classes_of(net, trips)
        found += stop_faults(net, self, self.stops, kinds[min(kinds)] if kinds else "")
        found += [fault for one in dict.fromkeys(kinds.values()) for fault in fast_speed(self, one)]
        if found:
            return found
        old = courses_of(net, trips["trip_id"])
        found = [fault for trip in trips.itertuples() for fault in self._misfit(trip, old[str(trip.trip_id)])]
        if found:
            return list(dict.fromkeys(found))[:5]
        there = with_stops(net, self, self.stops, kinds[min(kinds)])
        new = self._plan(there, trips)
        if new == old:
            return [f"there is nothing to do: line {listed(self.chosen(net))} runs so already"]
        found = [fault for trip, one in new.items() for fault in too_fast(there, one, kinds[trip], but=old[trip])]
        return list(dict.fromkeys(found))[:5] or unexpected_run(net, self, old.values())

    def edit(self, net: Network) -> Network:
        trips, _ = self._trips(net)
        kinds = classes_of(net, trips)
        return rewritten(with_stops(net, self, self.stops, kinds[min(kinds)]), self, trips, self._plan)

    def _stretch(self) -> str:
        if self.from_stop and self.to_stop:
            return f"course {self.from_stop}–{self.to_stop}"
        return f"course beyond {self.from_stop}" if self.from_stop else f"course before {self.to_stop}"

    def _way(self) -> tuple[str, ...]:
        """The stops of the new stretch, those included at which it leaves and comes back."""
        return (*filter(None, [self.from_stop]), *map(id_of, self.stops), *filter(None, [self.to_stop]))

    def _as_written(self, direction: int, course: Course) -> Course:
        return course.reversed() if direction == 1 and self.direction == "both" else course

    def _misfit(self, trip: Any, course: Course) -> list[str]:
        """What keeps a trip from taking the new course."""
        line = f"pattern {trip.pattern} of line {trip.route_id}" if trip.pattern else f"line {trip.route_id}"
        way = f"as {line} runs in direction {0 if self.direction == 'both' else self.direction}"
        course = self._as_written(trip.direction_id, course)
        stops = course.stops
        lacks = [one for one in (self.from_stop, self.to_stop) if one and one not in stops]
        if lacks:
            return [f"{line} does not call at {one} with all its trains: one calls at {listed(stops, 12)}" for one in lacks]
        i, j = self._places(course)
        if self.from_stop and self.to_stop and j < 0:
            if self.from_stop == self.to_stop:
                return [f"from_stop and to_stop are both {self.from_stop}, where {line} calls once: only a ring comes back to a stop"]
            return [f"from_stop {self.from_stop} comes after to_stop {self.to_stop}, {way}"]
        if not self.to_stop and i == 0:
            return [f"from_stop {self.from_stop} is the first stop, {way}: nothing is kept up to it (to lengthen the line there: to_stop)"]
        if not self.from_stop and j == len(stops) - 1:
            return [f"to_stop {self.to_stop} is the last stop, {way}: nothing is kept from it on (to lengthen the line there: from_stop)"]
        return []

    def _places(self, course: Course) -> tuple[int, int]:
        """The places of the calls at from_stop and a later to_stop, -1 where there is none; of one alone, it and beyond the other end."""
        calls = course.stops
        if self.from_stop and self.to_stop:
            return min(course.between(self.from_stop, self.to_stop), key=lambda both: both[1] - both[0], default=(-1, -1))
        return (len(calls) - 1 - calls[::-1].index(self.from_stop), len(calls)) if self.from_stop else (-1, calls.index(self.to_stop))

    def _plan(self, net: Network, trips: pd.DataFrame) -> dict[str, Course]:
        """The course of each trip after it."""
        kinds = classes_of(net, trips)
        run = {one: runs_s(self, net, self._way(), one) for one in set(kinds.values())}
        dwell = {one: dwells_s(self, net, one) for one in run}
        direction = dict(zip(trips["trip_id"], trips["direction_id"], strict=True))
        new = {}
        for trip, old in courses_of(net, direction).items():
            made = self._led(self._as_written(direction[trip], old), run[kinds[trip]], dwell[kinds[trip]])
            new[trip] = self._as_written(direction[trip], made)
        return new

    def _led(self, old: Course, run_s: tuple[int, ...], dwell_s: tuple[int, ...]) -> Course:
        """A course, as it is written, over the new stretch; itself where it goes so already."""
        i, j = self._places(old)
        dwell = [*old.dwell_s[: i + 1], *dwell_s, *old.dwell_s[j:]]
        if self.stops and not self.to_stop:  # where it was the last stop, a call on the way
            dwell[i] = dwell_s[0] if i == len(old.stops) - 1 else dwell[i]
        if self.stops and not self.from_stop:
            dwell[len(dwell_s)] = dwell_s[-1] if j == 0 else dwell[len(dwell_s)]
        dwell[0] = dwell[0] if self.from_stop else 0
        dwell[-1] = dwell[-1] if self.to_stop else 0
        stops = (*old.stops[: i + 1], *map(id_of, self.stops), *old.stops[j:])
        run = (*old.run_s[: max(i, 0)], *run_s, *old.run_s[j:])
        return old if stops == old.stops else Course(stops, run, tuple(dwell), old.start_s)
