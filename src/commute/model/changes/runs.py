"""Changes of how long trains run and stand: scale run times, set dwells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.change import Change, listed
from commute.model.changes.trips import ASSUMED, DIRECTIONS, chosen_trips, courses, day_of, for_period, of_ids, put_back
from commute.model.checks.positions import straight_m
from commute.model.checks.timetable import FASTEST_KMH, ROUNDING_S
from commute.model.headways import kept_in_place

if TYPE_CHECKING:
    from datetime import date

    from commute.model.network import Network

Ints = npt.NDArray[np.int64]
SAME_MIN = 0.5  # an expected run time holds within so much: published ones are whole minutes
LONGEST_DWELL_MIN = 60.0
MOST_MINUTES = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleRunTime(Change):
    """Make trains run faster or slower between stops: on their whole course, or on the stretch between two stops.

    Only the time between stops changes, dwells stay (SetDwell), and all later calls move. `factor` multiplies the run time of
    every hop of the stretch; `minutes` are added to the whole stretch, or taken off where negative, and spread over its hops in
    proportion to their run times. Each train is rounded to seconds so that the stretch has its exact total and no hop of a
    faster train takes longer. A stretch is that of the trains that call at both of its ends, in either direction; trains that
    pass an end without a call keep their times. Trains leave their first stop when they did; those that share a phase group,
    evenly spaced on a trunk, instead keep their times at the first stop that all of them serve.

    Nothing is assumed of why they are faster: the planner's own figure counts. Where a speed limit is raised, time is saved only
    at that speed, not while braking and starting, so that a factor of old over new speed is the most that can be gained
    (Vuchic, Urban Transit Systems and Technology, 2007). Several such changes of one train multiply and add.

    Parameters
    ----------
    line, pattern : str or tuple of str
    from_stop, to_stop : str, the ends of the stretch, in any order; neither is the whole course
    factor : float, above 0, of the run times; or
    minutes : float, added to the run time of the stretch
    expect : mapping, {"run_min": x}: minutes of the quickest of these trains from end to end at present, dwells between
        included; it holds within half a minute
    """

    kind: ClassVar[str] = "scale_run_time"
    noun: ClassVar[str] = "line"
    directions: ClassVar[tuple[str, ...]] = DIRECTIONS
    naming: ClassVar[tuple[str, ...]] = ("line",)
    line: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()
    from_stop: str = ""
    to_stop: str = ""
    factor: float | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("line", "pattern")
        if not (self.line or self.where):
            raise BadValue("scale_run_time needs a line, or where")
        if (self.factor is None) == (self.minutes is None):
            raise BadValue("scale_run_time needs a factor or minutes, and not both")
        if self.factor is not None and not 0 < self.factor <= 10:
            raise BadValue(f"scale_run_time: factor is {self.factor}, must be above 0, at most 10")
        if self.minutes is not None and not -MOST_MINUTES <= self.minutes <= MOST_MINUTES:
            raise BadValue(f"scale_run_time: minutes is {self.minutes}, must be from {-MOST_MINUTES:g} to {MOST_MINUTES:g}")
        if bool(self.from_stop) != bool(self.to_stop) or (self.from_stop and self.from_stop == self.to_stop):
            raise BadValue("scale_run_time needs two stops for a stretch, or none for the whole course")
        for name in self.expect or {}:
            if name != "run_min":
                raise BadValue(f"scale_run_time: expect {name!r} is not run_min")

    def ids(self) -> tuple[str, ...]:
        return self.line

    def chosen(self, net: Network) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._trips(net, day_of(net, self))[0]["route_id"]))

    def faults(self, net: Network) -> list[str]:
        day = day_of(net, self)
        trips, found = self._trips(net, day)
        if found:
            return found
        calls = _calls(net, trips)
        for one, (low, high) in self._stretches(calls).items():
            _, told = self._run_s(calls[one], low, high)
            found += [f"{hop} of trip {one} would take {s} s, must be at least 1" for hop, s in told[:1]]
        found = found or _too_fast(net, trips, self._times(net, trips))
        if self.expect and not found:
            now = min((calls[one].arrival_s[b] - calls[one].departure_s[a]) / 60 for one, (a, b) in self._stretches(calls).items())
            if not abs(now - self.expect["run_min"]) <= SAME_MIN:
                found.append(f"run_min of line {listed(self.chosen(net))} is {now:.3g} on {day}, expected {self.expect['run_min']:g}")
        return found[:5]

    def edit(self, net: Network) -> Network:
        trips, _ = self._trips(net, day_of(net, self))
        return _edited(net, self, trips, self._times)

    def _trips(self, net: Network, day: date) -> tuple[pd.DataFrame, list[str]]:
        """The trips that run the stretch, and faults."""
        known = net.table("stops")["stop_id"]
        found = [str(UnknownId("stop", one, known)) for one in (self.from_stop, self.to_stop) if one and one not in set(known)]
        trips, more = chosen_trips(net, self.line, self.where, pattern=self.pattern, direction=self.direction, day=day)
        if found or more or not self.from_stop:
            return (trips.iloc[:0] if found else trips), [*found, *more]
        calls = _calls(net, trips)
        mine = trips[trips["trip_id"].isin(self._stretches(calls))]
        stretch = f"{self.from_stop}–{self.to_stop}"
        for one in self.line or dict.fromkeys(mine["route_id"]) or dict.fromkeys(trips["route_id"]):
            here = set(mine.loc[mine["route_id"] == one, "direction_id"])
            if not here:
                stops = dict.fromkeys(stop for trip in trips.loc[trips["route_id"] == one, "trip_id"] for stop in calls[trip].stop_id)
                found.append(f"no train of line {one} calls at both ends of {stretch} on {day}: it calls at {listed(stops, 12)}")
            elif self.direction == "both" and len(here) == 1:
                found.append(f"line {one} runs {stretch} in one direction only on {day}: say direction {min(here)}")
        return (mine.iloc[:0] if found else mine.reset_index(drop=True)), found

    def _stretches(self, calls: dict[str, Calls]) -> dict[str, tuple[int, int]]:
        """The places of the ends among each trip's calls; trips that do not call at both are left out."""
        if not self.from_stop:
            return {trip: (0, len(rows.stop_id) - 1) for trip, rows in calls.items()}
        both = {
            trip: sorted((rows.stop_id.index(self.from_stop), rows.stop_id.index(self.to_stop)))
            for trip, rows in calls.items()
            if self.from_stop in rows.stop_id and self.to_stop in rows.stop_id
        }
        return {trip: (low, high) for trip, (low, high) in both.items()}

    def _run_s(self, calls: Calls, low: int, high: int) -> tuple[Ints, list[tuple[str, int]]]:
        """New run times of all hops (seconds), and the hops that would take less than a second."""
        run = calls.arrival_s[1:] - calls.departure_s[:-1]
        old = np.concatenate([[0], np.cumsum(run[low:high])])
        ratio = self.factor if self.factor is not None else 1 + 60 * (self.minutes or 0.0) / max(int(old[-1]), 1)
        run[low:high] = np.diff(np.floor(old * ratio + 0.5).astype(np.int64))
        return run, [(f"hop {calls.stop_id[k]}–{calls.stop_id[k + 1]}", int(run[k])) for k in range(low, high) if run[k] < 1]

    def _times(self, net: Network, trips: pd.DataFrame) -> pd.DataFrame:
        calls = _calls(net, trips)
        new = {}
        for trip, (low, high) in self._stretches(calls).items():
            rows = calls[trip]
            later = np.concatenate([[0], np.cumsum(self._run_s(rows, low, high)[0] - (rows.arrival_s[1:] - rows.departure_s[:-1]))])
            new[trip] = (rows.arrival_s + later, rows.departure_s + later)
        return _with_times(net, new)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDwell(Change):
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
    noun: ClassVar[str] = "line"
    directions: ClassVar[tuple[str, ...]] = DIRECTIONS
    naming: ClassVar[tuple[str, ...]] = ("line",)
    line: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    dwell_min: float | None = None
    change_min: float | None = None

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("line", "pattern", "stop")
        if not (self.line or self.where):
            raise BadValue("set_dwell needs a line, or where")
        if (self.dwell_min is None) == (self.change_min is None):
            raise BadValue("set_dwell needs dwell_min or change_min, and not both")
        if self.dwell_min is not None and not 0 <= self.dwell_min <= LONGEST_DWELL_MIN:
            raise BadValue(f"set_dwell: dwell_min is {self.dwell_min}, must be from 0 to {LONGEST_DWELL_MIN:g} minutes")
        if self.change_min is not None and not abs(self.change_min) <= LONGEST_DWELL_MIN:
            raise BadValue(f"set_dwell: change_min is {self.change_min}, must be at most {LONGEST_DWELL_MIN:g} minutes either way")
        for name in self.expect or {}:
            if name != "dwell_min":
                raise BadValue(f"set_dwell: expect {name!r} is not dwell_min")

    def ids(self) -> tuple[str, ...]:
        return self.line

    def chosen(self, net: Network) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._trips(net, day_of(net, self))[0]["route_id"]))

    def sets(self) -> tuple[str, ...]:
        return () if self.dwell_min is None else tuple(f"dwell at {one}" for one in self.stop) or ("dwell",)

    def touches(self, net: Network) -> set[tuple[str, str]]:
        if self.dwell_min is None:
            return set()
        trips, _ = self._trips(net, day_of(net, self))
        called = dict(zip(trips["trip_id"], courses(trips), strict=True))
        return {(f"{called[trip]} at {stop}", "dwell") for trip, stop, _, _ in self._stands(_calls(net, trips))}

    def faults(self, net: Network) -> list[str]:
        day = day_of(net, self)
        trips, found = self._trips(net, day)
        if found:
            return found
        calls = _calls(net, trips)
        stands = list(self._stands(calls))
        short = [(trip, stop, now) for trip, stop, _, now in stands if self._new_s(now) < 0]
        for trip, stop, now in short[:3]:
            found.append(f"trip {trip} stands {now / 60:.3g} min at {stop}: change_min {self.change_min:g} would make it negative")
        for wanted in (self.expect or {}).values():
            wrong = [f"{now / 60:.3g} at {stop} of trip {trip}" for trip, stop, _, now in stands if abs(now - wanted * 60) >= 1]
            found += [f"expected dwell_min {wanted:g}, but it is {listed(wrong, 3)}"] if wrong else []
        return found

    def edit(self, net: Network) -> Network:
        trips, _ = self._trips(net, day_of(net, self))
        return _edited(net, self, trips, self._times)

    def _trips(self, net: Network, day: date) -> tuple[pd.DataFrame, list[str]]:
        """The trips that stand there, and faults."""
        known = net.table("stops")["stop_id"]
        found = [str(UnknownId("stop", one, known)) for one in self.stop if one not in set(known)]
        trips, more = chosen_trips(net, self.line, self.where, pattern=self.pattern, direction=self.direction, day=day)
        if found or more:
            return trips.iloc[:0], [*found, *more]
        calls = _calls(net, trips)
        direction = dict(zip(trips["trip_id"], trips["direction_id"], strict=True))
        stands = list(self._stands(calls))
        called = f"line {listed(dict.fromkeys(trips['route_id']))}"
        for one in self.stop:
            here = {direction[trip] for trip, stop, _, _ in stands if stop == one}
            if not any(one in rows.stop_id for rows in calls.values()):
                stops = dict.fromkeys(stop for rows in calls.values() for stop in rows.stop_id)
                found.append(f"{called} does not call at {one} on {day}: it calls at {listed(stops, 12)}")
            elif not here:
                found.append(f"{one} is the first or last stop of every train of {called}: its dwell there holds nobody up")
            elif self.direction == "both" and len(here) == 1:
                found.append(f"{called} stands at {one} in one direction only on {day}: say direction {min(here)}")
        if not self.stop and not stands:
            found.append(f"{called} has no call between the first and the last")
        mine = trips[trips["trip_id"].isin({trip for trip, _, _, _ in stands})]
        return (mine.iloc[:0] if found else mine.reset_index(drop=True)), found

    def _stands(self, calls: dict[str, Calls]) -> Iterator[tuple[str, str, int, int]]:
        """Each stand that is meant: trip, stop, place among the calls, seconds now."""
        for trip, rows in calls.items():
            for k in range(1, len(rows.stop_id) - 1):
                if not self.stop or rows.stop_id[k] in self.stop:
                    yield trip, rows.stop_id[k], k, int(rows.departure_s[k] - rows.arrival_s[k])

    def _new_s(self, now: int) -> int:
        return round(self.dwell_min * 60) if self.dwell_min is not None else now + round((self.change_min or 0.0) * 60)

    def _times(self, net: Network, trips: pd.DataFrame) -> pd.DataFrame:
        calls = _calls(net, trips)
        more = {trip: np.zeros(len(rows.stop_id), np.int64) for trip, rows in calls.items()}
        for trip, _, k, now in self._stands(calls):
            more[trip][k] = self._new_s(now) - now
        later = {trip: np.cumsum(each) for trip, each in more.items()}
        new = {trip: (rows.arrival_s + later[trip] - more[trip], rows.departure_s + later[trip]) for trip, rows in calls.items()}
        return _with_times(net, new)


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one trip, in order."""

    stop_id: list[str]
    arrival_s: Ints
    departure_s: Ints


def _calls(net: Network, trips: pd.DataFrame) -> dict[str, Calls]:
    times = net.table("stop_times")
    mine = times[times["trip_id"].isin(trips["trip_id"])].sort_values(["trip_id", "stop_sequence"])
    return {
        str(trip): Calls(rows["stop_id"].tolist(), rows["arrival_s"].to_numpy(np.int64), rows["departure_s"].to_numpy(np.int64))
        for trip, rows in mine.groupby("trip_id", sort=True)
    }


def _with_times(net: Network, new: dict[str, tuple[Ints, Ints]]) -> pd.DataFrame:
    """The stop times with those of some trips replaced."""
    times = net.table("stop_times")
    mine = times["trip_id"].isin(new)
    trips = sorted(new)
    made = times.copy()
    for k, name in enumerate(("arrival_s", "departure_s")):
        made.loc[mine, name] = np.concatenate([new[trip][k] for trip in trips]) if trips else []
    return made


def _edited(net: Network, change: Change, trips: pd.DataFrame, times: Callable[[Network, pd.DataFrame], pd.DataFrame]) -> Network:
    """The network with new times of these trips while the change holds; trips of a phase group stay even on their trunk."""
    net, ids = for_period(net, trips, change)
    before = net.table("stop_times")
    after = times(net, of_ids(net, ids))
    changed = set(after.loc[(after[["arrival_s", "departure_s"]] != before[["arrival_s", "departure_s"]]).any(axis=1), "trip_id"])
    together = net.replaced(day=day_of(net, change)).running()["trips"]
    every = net.table("trips").copy()
    for name, value in ASSUMED.items():
        every[name] = every[name].mask(every["trip_id"].isin(changed), value)
    frequencies = kept_in_place(together, net.table("frequencies"), before, after)
    return put_back(net, stop_times=after, trips=every, frequencies=frequencies)


def _too_fast(net: Network, trips: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Hops that would become faster than any train of their class."""
    stops = net.table("stops").set_index("stop_id")[["lon", "lat"]]
    classes = net.table("routes").set_index("route_id")["line_class"]
    before, found = _calls(net, trips), []
    for trip, route in zip(trips["trip_id"], trips["route_id"], strict=True):
        rows = after[after["trip_id"] == trip]
        new = rows["arrival_s"].to_numpy()[1:] - rows["departure_s"].to_numpy()[:-1]
        old = before[trip].arrival_s[1:] - before[trip].departure_s[:-1]
        place = stops.loc[before[trip].stop_id].to_numpy(np.float64)
        metres = straight_m(place[:-1, 0], place[:-1, 1], place[1:, 0], place[1:, 1])
        limit = FASTEST_KMH[classes[route]]
        for k in np.flatnonzero((new < old) & (metres / 1000 > limit * (new + ROUNDING_S) / 3600))[:1]:
            hop = f"{before[trip].stop_id[k]}–{before[trip].stop_id[k + 1]}"
            kmh = metres[k] / max(int(new[k]), 1) * 3.6
            found.append(f"hop {hop} of trip {trip} in {new[k]} s is {kmh:.0f} km/h, {classes[route]} runs at most {limit}")
    return found
