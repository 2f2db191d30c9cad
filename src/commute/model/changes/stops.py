"""Changes of where trains call: pass or serve stops, put new ones in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.change import Change, listed
from commute.model.changes.courses import (
    Course,
    classes_of,
    courses_of,
    length_km,
    nearest_spot,
    of_line,
    passing,
    places_of,
    rewritten,
    unexpected_run,
)
from commute.model.changes.limits import STOP_MIN, dwell_of, stopping_s, too_fast
from commute.model.changes.stretch import Stops, as_stops, id_of, stop_faults, with_stops
from commute.model.changes.trips import TripChange, said_of, services

if TYPE_CHECKING:
    from commute.model.network import Network

LONGEST_MIN = 60.0  # of a dwell, or of slowing down and starting again


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStops(TripChange):
    """Let trains pass stops at which they call, or call again where they pass.

    A train that passes a stop saves `saved_min`; one that calls again spends it: it stands as long as the pattern that calls
    there, at most all of it, and the rest is slowing down and starting. Without `saved_min` a train saves the dwell that it has
    there, and spends that of the other pattern, and the slowing down and starting by the constants that the data fitted: the
    quickest runs between its calls on the straight line times the detour of the class, with and without the stop, and the
    schedule's allowance on the difference (`limits.stopping_s`; metro and intercity; at the 54 places where some intercity trains
    of 2026 call and others run through, it says 3.5 min and their times 3.6, the mean error 0.5). What is saved is not given to other
    trains, and whether the track lets a train overtake is not asked. All later calls move; trains of one phase group leave the
    first stop that all of them serve when they did.

    Parameters
    ----------
    line, pattern : str or tuple of str
    skip : str or tuple of str, stop ids; no end of a train that is meant
    serve : str or tuple of str, stop ids that the trains pass: another pattern of the line, in either direction, calls there
        between two stops at which these trains call one after the other
    saved_min : float, minutes for each stop
    expect : mapping, {"run_min": x}: minutes of the quickest of these trains from end to end at present, dwells between
        included; it holds within half a minute
    """

    kind: ClassVar[str] = "set_stops"
    expectable: ClassVar[tuple[str, ...]] = ("run_min",)
    serve: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    saved_min: float | None = None

    def __post_init__(self) -> None:
        TripChange.__post_init__(self)
        self.take("serve", "skip")
        if not (self.serve or self.skip):
            raise BadValue("set_stops needs stops to serve or to skip")
        for one in self.serve:
            if one in self.skip:
                raise BadValue(f"set_stops: stop {one} is to be served and skipped")
        _check(self, "saved_min")

    def sets(self) -> tuple[str, ...]:
        return tuple(f"call at {one}{said_of(self)}" for one in (*self.serve, *self.skip))

    def touches(self, net: Network) -> set[tuple[str, str]]:
        return {(f"{one} at {stop}", "calls") for one in services(self._trips(net)[0]) for stop in (*self.serve, *self.skip)}

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        known = net.table("stops")["stop_id"]
        found += [str(UnknownId("stop", one, known)) for one in (*self.serve, *self.skip) if one not in set(known)]
        if found:
            return found
        old, kinds = courses_of(net, trips["trip_id"]), classes_of(net, trips)
        for trip, course in old.items():
            for one in dict.fromkeys([course.stops[0], course.stops[-1]]):
                if one in self.skip:
                    found.append(f"{one} is the first or last stop of {_called(trips, trip)}: a train cannot skip its end (extend_line)")
        found += _no_constants(net, kinds) if self.saved_min is None else []
        if found:
            return list(dict.fromkeys(found))[:5]
        new = self._plan(net, trips)
        for one in self.skip:
            calls = {trip for trip, course in old.items() if one in course.stops}
            found += _missed(trips, old, calls, calls, f"calls at {one}", _calls_at)
        for one in self.serve:
            calls, before = ({trip for trip, course in each.items() if one in course.stops} for each in (new, old))
            found += _missed(trips, old, calls - before, calls, f"passes {one}", partial(_why_unserved, one))
        for trip, course in new.items():
            said = "" if self.saved_min is None else f"saved_min {self.saved_min:g} is more than the hops around allow: "
            found += [said + fault for fault in too_fast(net, course, kinds[trip], but=old[trip])]
        return list(dict.fromkeys(found))[:5] or unexpected_run(net, self, old.values())

    def edit(self, net: Network) -> Network:
        return rewritten(net, self, self._trips(net)[0], self._plan)

    def _plan(self, net: Network, trips: pd.DataFrame) -> dict[str, Course]:
        """The course of each trip after it."""
        kinds, routes = classes_of(net, trips), dict(zip(trips["trip_id"], trips["route_id"], strict=True))
        others = {line: of_line(net, line, self) for line in dict.fromkeys(routes.values())} if self.serve else {}
        new = {}
        for trip, course in courses_of(net, routes).items():
            course = self._without(net, course, kinds[trip])
            for stop in self.serve:
                course = self._with(net, course, stop, others[routes[trip]], kinds[trip])
            new[trip] = course
        return new

    def _without(self, net: Network, old: Course, line_class: str) -> Course:
        """A course that passes the stops to skip; its ends it keeps."""
        kept = [k for k, stop in enumerate(old.stops) if stop not in self.skip or k in (0, len(old.stops) - 1)]
        place = places_of(net, old.stops) if len(kept) < len(old.stops) else {}
        run = []
        for i, j in pairwise(kept):
            ran, stood = sum(old.run_s[i:j]), sum(old.dwell_s[i + 1 : j])
            if j == i + 1:
                saved = 0.0
            elif self.saved_min is not None:
                saved = 60 * self.saved_min * (j - i - 1)
            else:
                legs = [length_km((place[a], place[b])) for a, b in pairwise(old.stops[i : j + 1])]
                saved = stood + (stopping_s(net, line_class, legs) or 0.0)
            run.append(ran + stood - round(saved))
        return replace(old, stops=tuple(old.stops[k] for k in kept), run_s=tuple(run), dwell_s=tuple(old.dwell_s[k] for k in kept))

    def _with(self, net: Network, old: Course, stop: str, others: Sequence[Course], line_class: str) -> Course:
        """A course that calls at a stop too; itself where it does already or does not pass it."""
        if stop in old.stops:
            return old
        for hop, (a, b) in enumerate(pairwise(old.stops)):
            found = passing(others, old, hop, stop)
            if found is None:
                continue
            other, i, j = found
            m = other.stops.index(stop, i + 1)
            before, after = (sum(other.run_s[x:y]) + sum(other.dwell_s[x + 1 : y]) for x, y in ((i, m), (m, j)))
            dwell = other.dwell_s[m]
            if self.saved_min is None:
                place = places_of(net, (a, stop, b))
                slow = stopping_s(net, line_class, (length_km((place[a], place[stop])), length_km((place[stop], place[b])))) or 0.0
            else:
                dwell = min(dwell, round(60 * self.saved_min))
                slow = 60 * self.saved_min - dwell
            return old.with_call(hop, stop, _split(old.run_s[hop], before / max(before + after, 1), slow), dwell)
        return old


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStation(TripChange):
    """Put stations into lines, where trains do not stop yet.

    A train calls there between the two stops on its way whose straight line passes nearest (stops of other patterns of the line
    that it passes are on its way), takes its old run time, shared in proportion to the distances from either call, and adds
    `dwell_min` and `slow_min`, half of this before the stop and half after. The way to a station beside the straight line is not
    lengthened. Trains of these lines that turn back before it, or never come within `limit_km`, stay as they are. All later
    calls move; trains of one phase group leave the first stop that all of them serve when they did.

    Parameters
    ----------
    line, pattern : str or tuple of str, which call there
    stops : stop id or NewStop, or a tuple of them; each is added for itself
    dwell_min : float, minutes; None is the dwell of the class: its constant, else assumed (`limits.STOP_MIN`)
    slow_min : float, minutes for slowing down and starting; None is by the constants of the class (metro, intercity;
        `limits.stopping_s`), else assumed (`limits.STOP_MIN`)
    limit_km : float, farthest from the straight line
    expect : mapping, {"run_min": x}: minutes of the quickest of these trains from end to end at present, dwells between
        included; it holds within half a minute
    """

    kind: ClassVar[str] = "add_station"
    expectable: ClassVar[tuple[str, ...]] = ("run_min",)
    stops: Stops
    dwell_min: float | None = None
    slow_min: float | None = None
    limit_km: float = 1.0

    def __post_init__(self) -> None:
        TripChange.__post_init__(self)
        object.__setattr__(self, "stops", as_stops(self.stops))
        if not self.stops:
            raise BadValue("add_station needs a stop: an id or a new one")
        _check(self, "dwell_min")
        _check(self, "slow_min")
        if not 0 < self.limit_km <= 50:
            raise BadValue(f"add_station: limit_km is {self.limit_km}, must be above 0, at most 50 km")

    def sets(self) -> tuple[str, ...]:
        return tuple(f"call at {id_of(one)}{said_of(self)}" for one in self.stops)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        return {(f"{one} at {id_of(stop)}", "calls") for one in services(self._trips(net)[0]) for stop in self.stops}

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        kinds = classes_of(net, trips)
        found += stop_faults(net, self, self.stops, kinds[min(kinds)] if kinds else "")
        if found:
            return found
        net = with_stops(net, self, self.stops, kinds[min(kinds)])
        old, new = courses_of(net, trips["trip_id"]), self._plan(net, trips)
        for stop in map(id_of, self.stops):
            calls, before = ({trip for trip, course in each.items() if stop in course.stops} for each in (new, old))
            found += _missed(trips, old, calls - before, calls, f"passes {stop}", partial(self._why, net, stop))
        for trip, course in new.items():
            found += too_fast(net, course, kinds[trip], but=old[trip])
        return list(dict.fromkeys(found))[:5] or unexpected_run(net, self, old.values())

    def edit(self, net: Network) -> Network:
        trips, _ = self._trips(net)
        kinds = classes_of(net, trips)
        return rewritten(with_stops(net, self, self.stops, kinds[min(kinds)]), self, trips, self._plan)

    def _plan(self, net: Network, trips: pd.DataFrame) -> dict[str, Course]:
        """The course of each trip after it."""
        kinds, routes = classes_of(net, trips), dict(zip(trips["trip_id"], trips["route_id"], strict=True))
        others = {line: of_line(net, line, self) for line in dict.fromkeys(routes.values())}
        new = {}
        for trip, course in courses_of(net, routes).items():
            for stop in map(id_of, self.stops):
                if stop in course.stops:
                    continue
                spot = nearest_spot(net, course, others[routes[trip]], stop)
                if not spot.beyond and spot.off_km <= self.limit_km:
                    slow, dwell = self._cost_s(net, kinds[trip], (spot.before_km, spot.after_km))
                    share = spot.before_km / max(spot.before_km + spot.after_km, 1e-9)
                    course = course.with_call(spot.hop, stop, _split(course.run_s[spot.hop], share, slow), dwell)
            new[trip] = course
        return new

    def _cost_s(self, net: Network, line_class: str, legs_km: tuple[float, float]) -> tuple[float, int]:
        """Seconds of slowing down and starting, and of the dwell."""
        dwell = dwell_of(net, line_class) if self.dwell_min is None else round(60 * self.dwell_min)
        if self.slow_min is not None:
            return 60 * self.slow_min, dwell
        slow = stopping_s(net, line_class, legs_km)
        return (60 * STOP_MIN[line_class][1] if slow is None else slow), dwell

    def _why(self, net: Network, stop: str, line: str, courses: Sequence[Course]) -> str:
        """Why no train of a line comes to call there."""
        if all(stop in course.stops for course in courses):
            return "they all call there already"
        others = of_line(net, line, self)
        spots = [nearest_spot(net, course, others, stop) for course in courses if stop not in course.stops]
        spot = min(spots, key=lambda one: (one.off_km, one.hop))
        if spot.off_km > self.limit_km:
            return f"it lies {spot.off_km:.2f} km from the line, {spot.a}–{spot.b} is nearest, and limit_km is {self.limit_km:g}"
        return f"it lies beyond the end of the line at {spot.beyond}: extend_line takes trains there"


# what both say ----------------------------------------------------------------------------------------------------


def _check(change: Change, name: str) -> None:
    """Refuse minutes out of bounds; None is allowed, NaN is not."""
    value = getattr(change, name)
    if value is not None and not 0 <= value <= LONGEST_MIN:
        raise BadValue(f"{change.kind}: {name} is {value}, must be from 0 to {LONGEST_MIN:g} minutes")


def _split(run_s: int, share: float, slow_s: float) -> tuple[int, int]:
    """A run time as two, `share` of it first; half of the slowing down and starting in each. They add up to the second."""
    first = round(run_s * share + slow_s / 2)
    return first, run_s + round(slow_s) - first


def _no_constants(net: Network, kinds: dict[str, str]) -> list[str]:
    """A fault where the constants do not say what a call costs."""
    unknown = [one for one in dict.fromkeys(kinds.values()) if stopping_s(net, one, (1.0, 1.0)) is None]
    return [f"the data have no constants for how long {one} trains slow down and start: give saved_min" for one in unknown]


def _called(trips: pd.DataFrame, trip: str) -> str:
    row: Any = next(trips[trips["trip_id"] == trip].itertuples())
    return f"pattern {row.pattern} of line {row.route_id}" if row.pattern else f"line {row.route_id}"


def _calls_at(_: str, courses: Sequence[Course]) -> str:
    return f"one calls at {listed(max(courses, key=lambda one: len(one.stops)).stops, 12)}"


def _why_unserved(stop: str, _: str, courses: Sequence[Course]) -> str:
    every = all(stop in course.stops for course in courses)
    return "they all call there" if every else "no other pattern calls there between two calls of these trains"


def _missed(
    trips: pd.DataFrame,
    old: dict[str, Course],
    changed: set[str],
    right: set[str],
    does: str,
    why: Callable[[str, Sequence[Course]], str],
) -> Iterator[str]:
    """Faults for lines of whose selected trains none has changed, or none is `right` in one of the directions selected."""
    for line, rows in trips.groupby("route_id", sort=True):
        here = set(rows.loc[rows["trip_id"].isin(right), "direction_id"])
        if not changed & set(rows["trip_id"]):
            yield f"no train of line {line} {does}: {why(str(line), [old[trip] for trip in rows['trip_id']])}"
        elif here < set(rows["direction_id"]):
            yield f"line {line} {does} in one direction only: say direction {min(here)}"
