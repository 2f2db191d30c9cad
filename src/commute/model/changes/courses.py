"""The course of a trip: where it calls, how long it runs and stands; how a change gives trips another, and what trains can do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from commute.errors import BadValue
from commute.model.changes.change import Change, listed
from commute.model.changes.links import straight_km
from commute.model.changes.trips import ASSUMED, day_of, for_period, of_ids, replace_trips

if TYPE_CHECKING:
    from commute.model.network import Network

SAME_MIN = 0.5  # an expected run time holds within so much: published ones are whole minutes
Place = tuple[float, float]  # lon, lat
KM_A_RADIAN = 6371.0088


@dataclass(frozen=True, slots=True)
class Course:
    """The calls of one trip, in order.

    Parameters
    ----------
    stops : tuple of str
    run_s : tuple of int, seconds from each call to the next
    dwell_s : tuple of int, seconds stood at each call
    start_s : int, arrival at the first, seconds of the day
    """

    stops: tuple[str, ...]
    run_s: tuple[int, ...]
    dwell_s: tuple[int, ...]
    start_s: int = 0

    def calls(self) -> Iterator[tuple[str, int, int]]:
        """Stop, arrival and departure of each call, seconds of the day."""
        at = self.start_s
        for stop, dwell, run in zip(self.stops, self.dwell_s, (*self.run_s, 0), strict=True):
            yield stop, at, at + dwell
            at += dwell + run

    def until_s(self, k: int) -> int:
        """Seconds from the departure at the first call to that at call `k`."""
        return sum(self.run_s[:k]) + sum(self.dwell_s[1 : k + 1]) if k else 0

    def between(self, a: str, b: str) -> list[tuple[int, int]]:
        """The places of each call at `a` and the next at `b`, with no other at `a` between; a ring calls twice at its ends."""
        places = [k for k, stop in enumerate(self.stops) if stop in (a, b)]
        if a == b:
            return list(pairwise(places))
        return [(i, j) for i, j in pairwise(places) if (self.stops[i], self.stops[j]) == (a, b)]

    def length_s(self) -> int:
        """Seconds from the first departure to the last arrival."""
        return sum(self.run_s) + sum(self.dwell_s[1:-1])

    def reversed(self) -> Course:
        """The same the other way."""
        return replace(self, stops=self.stops[::-1], run_s=self.run_s[::-1], dwell_s=self.dwell_s[::-1])

    def with_call(self, hop: int, stop: str, run_s: tuple[int, int], dwell_s: int) -> Course:
        """One call more, between call `hop` and the next, `run_s` from them."""
        k = hop + 1
        runs = (*self.run_s[:hop], *run_s, *self.run_s[k:])
        dwells = (*self.dwell_s[:k], dwell_s, *self.dwell_s[k:])
        return replace(self, stops=(*self.stops[:k], stop, *self.stops[k:]), run_s=runs, dwell_s=dwells)


def courses_of(net: Network, trips: Iterable[str]) -> dict[str, Course]:
    """The course of each trip by its id, stops shut on the day among its calls."""
    times = net.table("stop_times")
    mine = times[times["trip_id"].isin(set(trips))].sort_values(["trip_id", "stop_sequence"])
    found = {}
    for trip, rows in mine.groupby("trip_id", sort=True):
        comes, leaves = rows["arrival_s"].to_numpy(np.int64), rows["departure_s"].to_numpy(np.int64)
        run, dwell = (comes[1:] - leaves[:-1]).tolist(), (leaves - comes).tolist()
        found[str(trip)] = Course(tuple(rows["stop_id"]), tuple(run), tuple(dwell), int(comes[0]))
    return found


def classes_of(net: Network, trips: pd.DataFrame) -> dict[str, str]:
    """The class of each trip's line."""
    routes = net.table("routes")
    classes = dict(zip(routes["route_id"].tolist(), routes["line_class"].tolist(), strict=True))
    return {trip: classes[route] for trip, route in zip(trips["trip_id"], trips["route_id"], strict=True)}


def of_line(net: Network, line: str, change: Change) -> list[Course]:
    """The different courses of a line on the day whose services a change selects, longest first, and each the other way too."""
    running = net.replaced(day=day_of(net, change)).running()["trips"]
    known = set(courses_of(net, running.loc[running["route_id"] == line, "trip_id"]).values())
    both = known | {one.reversed() for one in known}
    return sorted(both, key=lambda one: (-len(one.stops), one.stops, one.run_s, one.dwell_s, one.start_s))


def passing(courses: Iterable[Course], old: Course, hop: int, through: str = "") -> tuple[Course, int, int] | None:
    """Of the courses that pass by a hop of `old` (calling at `through`), the one with most calls there, and the places of both ends.

    One that calls there where `old` does elsewhere goes another way, such as round the rest of a ring.
    """
    found: tuple[Course, int, int] | None = None
    for one in courses:
        for i, j in one.between(old.stops[hop], old.stops[hop + 1]):
            way = one.stops[i + 1 : j]
            if set(way).isdisjoint(old.stops) and (not through or through in way) and (found is None or j - i > found[2] - found[1]):
                found = one, i, j
    return found


def unexpected_run(net: Network, change: Change, courses: Iterable[Course]) -> list[str]:
    """A fault where the quickest of some courses does not take the minutes expected from end to end."""
    wanted = (change.expect or {}).get("run_min")
    now = min(one.length_s() for one in courses) / 60
    if wanted is None or abs(now - wanted) <= SAME_MIN:
        return []
    return [f"run_min of line {listed(change.chosen(net))} is {now:.3g} on {day_of(net, change)}, expected {wanted:g}"]


# into the tables ------------------------------------------------------------------------------------------------


def rewritten(net: Network, change: Change, trips: pd.DataFrame, plan: Callable[[Network, pd.DataFrame], dict[str, Course]]) -> Network:
    """The network with the courses that `plan` gives some of these trips while the change holds.

    A trip keeps the time at which it leaves the first of its old stops that it still serves; those of one phase group, the
    first that all of the group serve before and after, so that they stay even on their trunk. Its windows move for that. Where
    its last stop is another, so is its headsign; where it goes another way, it has no shape.

    Raises
    ------
    BadValue
        A trip would have to leave before midnight.
    """
    net, ids = for_period(net, trips, change)
    new = plan(net, of_ids(net, ids))
    old = courses_of(net, new)
    new = {trip: course for trip, course in new.items() if course != old[trip]}
    frequencies = net.table("frequencies")
    frequencies = frequencies[frequencies["trip_id"].isin(new)]
    later = _later(net.replaced(day=day_of(net, change)), old, new)
    at = frequencies["trip_id"].map(later).astype("int64")
    frequencies = frequencies.assign(start_s=frequencies["start_s"] + at, end_s=frequencies["end_s"] + at)
    drawn = set(frequencies["trip_id"])
    new = {trip: one if trip in drawn else replace(one, start_s=one.start_s + later[trip]) for trip, one in new.items()}
    early = {*frequencies.loc[frequencies["start_s"] < 0, "trip_id"], *(trip for trip, one in new.items() if one.start_s < 0)}
    if early:
        raise BadValue(f"trip {min(early)} would leave before midnight to keep its times at the stops that it has now")
    names = stop_names(net)
    rows = of_ids(net, new).assign(**ASSUMED)
    ends = {trip: names[new[trip].stops[-1]] for trip in new if new[trip].stops[-1] != old[trip].stops[-1]}
    away = {trip for trip in new if not (_within(new[trip], old[trip]) or _within(old[trip], new[trip]))}
    rows = rows.assign(
        trip_headsign=[ends.get(trip, now) for trip, now in zip(rows["trip_id"], rows["trip_headsign"], strict=True)],
        shape_id=rows["shape_id"].mask(rows["trip_id"].isin(away), ""),
    )
    return replace_trips(net, new, rows, call_rows(new), frequencies)


def stop_names(net: Network) -> dict[str, str]:
    """The name of each stop by its id."""
    rows = net.table("stops")
    return dict(zip(rows["stop_id"].tolist(), rows["stop_name"].tolist(), strict=True))


def call_rows(courses: Mapping[str, Course]) -> pd.DataFrame:
    """Rows of stop_times."""
    return pd.DataFrame(
        [
            {"trip_id": trip, "stop_id": stop, "stop_sequence": k, "arrival_s": arrives, "departure_s": leaves}
            for trip, course in courses.items()
            for k, (stop, arrives, leaves) in enumerate(course.calls(), start=1)
        ]
    )


def _within(few: Course, many: Course) -> bool:
    """Whether one course calls only where the other does, in its order, and has its ends."""
    rest = iter(many.stops)
    return (few.stops[0], few.stops[-1]) == (many.stops[0], many.stops[-1]) and all(stop in rest for stop in few.stops)


def _later(there: Network, old: Mapping[str, Course], new: Mapping[str, Course]) -> dict[str, int]:
    """By how many seconds each trip must leave its first stop later to keep its place."""
    running = there.running()["trips"]
    grouped = running[running["phase_group"] != ""]
    group_of = dict(zip(grouped["trip_id"], grouped["phase_group"], strict=True))
    wanted = {group_of[trip] for trip in new if trip in group_of}
    shared: dict[str, str | None] = {}
    for group, trips in grouped[grouped["phase_group"].isin(wanted)].groupby("phase_group")["trip_id"]:
        mine = courses_of(there, trips)
        common = set.intersection(*(set(one.stops) & set(new.get(trip, one).stops) for trip, one in mine.items()))
        shared[str(group)] = next((stop for stop in mine[min(mine)].stops if stop in common), None)
    found = {}
    for trip, course in new.items():
        kept = _kept(old[trip], course)
        shared_stop = shared.get(group_of.get(trip, ""))
        i, j = next((both for both in kept if old[trip].stops[both[0]] == shared_stop), kept[0] if kept else (0, 0))
        found[trip] = old[trip].until_s(i) - course.until_s(j)
    return found


def _kept(old: Course, new: Course) -> list[tuple[int, int]]:
    """The calls that a trip keeps, in order: the place of each before and after."""
    blocks = SequenceMatcher(None, old.stops, new.stops, autojunk=False).get_matching_blocks()
    return [(i + k, j + k) for i, j, size in blocks for k in range(size)]


# where stops lie -------------------------------------------------------------------------------------------------


def places_of(net: Network, stops: Iterable[str]) -> dict[str, Place]:
    """Longitude and latitude of stops."""
    rows = net.table("stops")
    rows = rows[rows["stop_id"].isin(set(stops))]
    return {stop: (float(lon), float(lat)) for stop, lon, lat in zip(rows["stop_id"], rows["lon"], rows["lat"], strict=True)}


def length_km(stops: Iterable[Place]) -> float:
    """Straight km from each to the next."""
    return sum(straight_km(*a, *b) for a, b in pairwise(stops))


class Spot(NamedTuple):
    """Where a stop lies by the way of a train: the hop, the two stops that the way passes it between, km."""

    hop: int
    a: str
    b: str
    off_km: float
    before_km: float  # from the call before, along the way
    after_km: float
    beyond: str  # the end of the way that it lies beyond, if any


def nearest_spot(net: Network, course: Course, others: Sequence[Course], stop: str) -> Spot:
    """Where a stop lies by the way of a train; of two pieces as near, where it is the smaller detour."""
    place = places_of(net, {stop, *course.stops, *(one for other in others for one in other.stops)})
    at = place[stop]
    spots: list[tuple[float, float, Spot]] = []
    for hop, (a, b) in enumerate(pairwise(course.stops)):
        found = passing(others, course, hop)
        way = found[0].stops[found[1] : found[2] + 1] if found else (a, b)
        for k, (u, v) in enumerate(pairwise(way)):
            off, along = off_line_km(at, place[u], place[v])
            to, on = length_km((place[u], at)), length_km((at, place[v]))
            before, after = length_km(place[one] for one in way[: k + 1]), length_km(place[one] for one in way[k + 1 :])
            first = hop == 0 and k == 0 and along <= 0
            last = hop == len(course.stops) - 2 and k == len(way) - 2 and along >= 1
            beyond = u if first else v if last else ""
            spots.append((round(off, 6), to + on - length_km((place[u], place[v])), Spot(hop, u, v, off, before + to, on + after, beyond)))
    return min(spots)[2]


def off_line_km(at: Place, u: Place, v: Place) -> tuple[float, float]:
    """Km from a point to the straight piece u–v, and where along it the nearest point lies, 0 to 1 (on a plane that touches there)."""
    scale = math.cos(math.radians(at[1]))
    (x, y), (dx, dy) = (
        (math.radians(p[0] - q[0]) * scale * KM_A_RADIAN, math.radians(p[1] - q[1]) * KM_A_RADIAN) for p, q in ((at, u), (v, u))
    )
    square = dx * dx + dy * dy
    along = min(max((x * dx + y * dy) / square, 0.0), 1.0) if square else 0.0
    return math.hypot(x - along * dx, y - along * dy), along
