"""Changes of how long trains run and stand: scale run times, set dwells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.change import listed
from commute.model.changes.courses import Course, classes_of, courses_of, rewritten, unexpected_run
from commute.model.changes.limits import too_fast
from commute.model.changes.trips import TripChange, day_of, services

if TYPE_CHECKING:
    from commute.model.network import Network

LONGEST_DWELL_MIN = 60.0
MOST_MINUTES = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleRunTime(TripChange):
    """Make trains run faster or slower between stops: on their whole course, or on the stretch between two stops.

    Only the time between stops changes, dwells stay (SetDwell), and all later calls move. `factor` multiplies the run time of
    every hop of the stretch; `minutes` are added to the whole stretch, or taken off where negative, and spread over its hops in
    proportion to their run times. Each train is rounded to seconds so that the stretch has its exact total and no hop of a
    faster train takes longer. A stretch is that of the trains that call at both of its ends, in either direction; trains that
    pass an end without a call keep their times. Where they call twice at an end, as on a ring, it is the way of fewest calls
    between the two; where that is the same either way round, or one direction alone is meant, it is the way on from `from_stop` as
    trains run (of direction 0, where both are meant). Trains leave their first stop when they did; those that share a phase group,
    evenly spaced on a trunk, instead keep their times at the first stop that all of them serve.

    Nothing is assumed of why they are faster: the planner's own figure counts. Where a speed limit is raised, time is saved only
    at that speed, not while braking and starting, so that a factor of old over new speed is the most that can be gained
    (Vuchic, Urban Transit Systems and Technology, 2007). Several such changes of one train multiply and add.

    Parameters
    ----------
    line, pattern : str or tuple of str
    from_stop, to_stop : str, the ends of the stretch, on a line that is no ring in any order; neither is the whole course
    factor : float, above 0, of the run times; or
    minutes : float, added to the run time of the stretch
    expect : mapping, {"run_min": x}: minutes of the quickest of these trains from end to end at present, dwells between
        included; it holds within half a minute
    """

    kind: ClassVar[str] = "scale_run_time"
    expectable: ClassVar[tuple[str, ...]] = ("run_min",)
    from_stop: str = ""
    to_stop: str = ""
    factor: float | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        TripChange.__post_init__(self)
        if (self.factor is None) == (self.minutes is None):
            raise BadValue("scale_run_time needs a factor or minutes, and not both")
        if self.factor is not None and not 0 < self.factor <= 10:
            raise BadValue(f"scale_run_time: factor is {self.factor}, must be above 0, at most 10")
        if self.minutes is not None and not -MOST_MINUTES <= self.minutes <= MOST_MINUTES:
            raise BadValue(f"scale_run_time: minutes is {self.minutes}, must be from {-MOST_MINUTES:g} to {MOST_MINUTES:g}")
        if bool(self.from_stop) != bool(self.to_stop) or (self.from_stop and self.from_stop == self.to_stop):
            raise BadValue("scale_run_time needs two stops for a stretch, or none for the whole course")

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        if found:
            return found
        old, new, kinds = courses_of(net, trips["trip_id"]), self._plan(net, trips), classes_of(net, trips)
        for trip, one in new.items():
            low = [
                (hop, run) for hop, run, now in zip(pairwise(one.stops), one.run_s, old[trip].run_s, strict=True) if run < 1 and run != now
            ]
            found += [f"hop {a}–{b} of trip {trip} would take {run} s, must be at least 1" for (a, b), run in low[:1]]
        if not found:
            faster = {trip: _faster(old[trip], one) for trip, one in new.items()}
            found = [f"trip {trip}: {fault}" for trip, one in faster.items() for fault in too_fast(net, one, kinds[trip], but=old[trip])]
        stretches = self._stretches(trips, old)
        return found[:5] or unexpected_run(net, self, (_part(old[trip], *ends) for trip, ends in stretches.items()))

    def edit(self, net: Network) -> Network:
        return rewritten(net, self, self._trips(net)[0], self._plan)

    def _trips(self, net: Network) -> tuple[pd.DataFrame, list[str]]:
        """The trips that run the stretch, and faults."""
        known = net.table("stops")["stop_id"]
        found = [str(UnknownId("stop", one, known)) for one in (self.from_stop, self.to_stop) if one and one not in set(known)]
        trips, more = TripChange._trips(self, net)
        if found or more or not self.from_stop:
            return (trips.iloc[:0] if found else trips), [*found, *more]
        old, day = courses_of(net, trips["trip_id"]), day_of(net, self)
        mine = trips[trips["trip_id"].isin(self._stretches(trips, old))]
        stretch = f"{self.from_stop}–{self.to_stop}"
        for one in self.line or dict.fromkeys(mine["route_id"]) or dict.fromkeys(trips["route_id"]):
            here = set(mine.loc[mine["route_id"] == one, "direction_id"])
            if not here:
                stops = dict.fromkeys(stop for trip in trips.loc[trips["route_id"] == one, "trip_id"] for stop in old[trip].stops)
                found.append(f"no train of line {one} calls at both ends of {stretch} on {day}: it calls at {listed(stops, 12)}")
            elif self.direction == "both" and len(here) == 1:
                found.append(f"line {one} runs {stretch} in one direction only on {day}: say direction {min(here)}")
        return (mine.iloc[:0] if found else mine.reset_index(drop=True)), found

    def _stretches(self, trips: pd.DataFrame, old: Mapping[str, Course]) -> dict[str, tuple[int, int]]:
        """The places of the ends among each trip's calls; trips that do not call at both are left out."""
        if not self.from_stop:
            return {trip: (0, len(one.stops) - 1) for trip, one in old.items()}
        mirrored = dict(zip(trips["trip_id"], (trips["direction_id"] == 1) & (self.direction == "both"), strict=True))
        found = {trip: self._stretch(one, mirrored[trip]) for trip, one in old.items()}
        return {trip: places for trip, places in found.items() if places}

    def _stretch(self, course: Course, mirrored: bool) -> tuple[int, int] | None:
        """The places of the ends of the stretch among the calls of one trip; None where it does not call at both."""
        ends = (self.to_stop, self.from_stop) if mirrored else (self.from_stop, self.to_stop)
        on, back = course.between(*ends), course.between(*ends[::-1])
        every = on if on and self.direction != "both" else [*on, *back]
        return min(every, key=lambda places: places[1] - places[0], default=None)

    def _plan(self, net: Network, trips: pd.DataFrame) -> dict[str, Course]:
        """The courses of these trips with new run times."""
        old = courses_of(net, trips["trip_id"])
        new = {}
        for trip, (low, high) in self._stretches(trips, old).items():
            run = old[trip].run_s
            whole = sum(run[low:high])
            ratio = self.factor if self.factor is not None else 1 + 60 * (self.minutes or 0.0) / max(whole, 1)
            until = [math.floor(at * ratio + 0.5) for at in accumulate(run[low:high], initial=0)]
            new[trip] = replace(old[trip], run_s=(*run[:low], *(b - a for a, b in pairwise(until)), *run[high:]))
        return new


def _part(course: Course, low: int, high: int) -> Course:
    """The course between two of its calls."""
    return Course(course.stops[low : high + 1], course.run_s[low:high], course.dwell_s[low : high + 1])


def _faster(old: Course, new: Course) -> Course:
    """The new course with the old run times where they are no longer than its own."""
    return replace(new, run_s=tuple(map(min, old.run_s, new.run_s)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDwell(TripChange):
    """Let trains stand longer or shorter where they call, at some stops or at all.

    The stand between arrival and departure is set, or changed by some minutes; run times stay and all later calls move. First
    and last calls have no dwell that holds anyone up and are left alone. Trains leave their first stop when they did; those
    that share a phase group instead keep their times at the first stop that all of them serve (as in ScaleRunTime).

    Parameters
    ----------
    line, pattern : str or tuple of str
    stop : str or tuple of str, stop ids; empty is every call but the first and last
    dwell_min : float, minutes of each stand; or
    change_min : float, minutes more, or less where negative
    expect : mapping, {"dwell_min": x}: that each of these stands has at present, to the second
    """

    kind: ClassVar[str] = "set_dwell"
    expectable: ClassVar[tuple[str, ...]] = ("dwell_min",)
    stop: tuple[str, ...] = ()
    dwell_min: float | None = None
    change_min: float | None = None

    def __post_init__(self) -> None:
        TripChange.__post_init__(self)
        self.take("stop")
        if (self.dwell_min is None) == (self.change_min is None):
            raise BadValue("set_dwell needs dwell_min or change_min, and not both")
        if self.dwell_min is not None and not 0 <= self.dwell_min <= LONGEST_DWELL_MIN:
            raise BadValue(f"set_dwell: dwell_min is {self.dwell_min}, must be from 0 to {LONGEST_DWELL_MIN:g} minutes")
        if self.change_min is not None and not abs(self.change_min) <= LONGEST_DWELL_MIN:
            raise BadValue(f"set_dwell: change_min is {self.change_min}, must be at most {LONGEST_DWELL_MIN:g} minutes either way")

    def sets(self) -> tuple[str, ...]:
        return () if self.dwell_min is None else tuple(f"dwell at {one}" for one in self.stop) or ("dwell",)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        if self.dwell_min is None:
            return set()
        trips, _ = self._trips(net)
        called = dict(zip(trips["trip_id"], services(trips), strict=True))
        return {(f"{called[trip]} at {stop}", "dwell") for trip, stop, _, _ in self._stands(courses_of(net, trips["trip_id"]))}

    def faults(self, net: Network) -> list[str]:
        trips, found = self._trips(net)
        if found:
            return found
        stands = list(self._stands(courses_of(net, trips["trip_id"])))
        short = [(trip, stop, now) for trip, stop, _, now in stands if self._new_s(now) < 0]
        for trip, stop, now in short[:3]:
            found.append(f"trip {trip} stands {now / 60:.3g} min at {stop}: change_min {self.change_min:g} would make it negative")
        for wanted in (self.expect or {}).values():
            wrong = [f"{now / 60:.3g} at {stop} of trip {trip}" for trip, stop, _, now in stands if abs(now - wanted * 60) >= 1]
            found += [f"expected dwell_min {wanted:g}, but it is {listed(wrong, 3)}"] if wrong else []
        return found

    def edit(self, net: Network) -> Network:
        return rewritten(net, self, self._trips(net)[0], self._plan)

    def _trips(self, net: Network) -> tuple[pd.DataFrame, list[str]]:
        """The trips that stand there, and faults."""
        known = net.table("stops")["stop_id"]
        found = [str(UnknownId("stop", one, known)) for one in self.stop if one not in set(known)]
        trips, more = TripChange._trips(self, net)
        if found or more:
            return trips.iloc[:0], [*found, *more]
        old, day = courses_of(net, trips["trip_id"]), day_of(net, self)
        direction = dict(zip(trips["trip_id"], trips["direction_id"], strict=True))
        stands = list(self._stands(old))
        called = f"line {listed(dict.fromkeys(trips['route_id']))}"
        for one in self.stop:
            here = {direction[trip] for trip, stop, _, _ in stands if stop == one}
            if not any(one in course.stops for course in old.values()):
                stops = dict.fromkeys(stop for course in old.values() for stop in course.stops)
                found.append(f"{called} does not call at {one} on {day}: it calls at {listed(stops, 12)}")
            elif not here:
                found.append(f"{one} is the first or last stop of every train of {called}: its dwell there holds nobody up")
            elif self.direction == "both" and len(here) == 1:
                found.append(f"{called} stands at {one} in one direction only on {day}: say direction {min(here)}")
        if not self.stop and not stands:
            found.append(f"{called} has no call between the first and the last")
        mine = trips[trips["trip_id"].isin({trip for trip, _, _, _ in stands})]
        return (mine.iloc[:0] if found else mine.reset_index(drop=True)), found

    def _stands(self, old: Mapping[str, Course]) -> Iterator[tuple[str, str, int, int]]:
        """Each stand that is meant: trip, stop, place among the calls, seconds now."""
        for trip, one in old.items():
            for k in range(1, len(one.stops) - 1):
                if not self.stop or one.stops[k] in self.stop:
                    yield trip, one.stops[k], k, one.dwell_s[k]

    def _new_s(self, now: int) -> int:
        return round(self.dwell_min * 60) if self.dwell_min is not None else now + round((self.change_min or 0.0) * 60)

    def _plan(self, net: Network, trips: pd.DataFrame) -> dict[str, Course]:
        """The courses of these trips with new stands."""
        new = courses_of(net, trips["trip_id"])
        for trip, _, k, now in list(self._stands(new)):
            dwell = new[trip].dwell_s
            new[trip] = replace(new[trip], dwell_s=(*dwell[:k], self._new_s(now), *dwell[k + 1 :]))
        return new
