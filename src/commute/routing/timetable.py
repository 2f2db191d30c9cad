"""The timetable of one day: trips as printed or by headway, and the connections that one draw of phases gives."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from commute.errors import BadValue, UnknownId
from commute.routing.street import kernel

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
LONGEST_HOP_S = 1 << 20  # twelve days: a longer one is a mistake
WINDOW = ("start_s", "end_s", "headway_s", "exact_times")


@dataclass(frozen=True, slots=True, eq=False)
class Connections:
    """One vehicle, one hop a row, by (departure, arrival, run, place in the run); `trip` numbers the runs of this draw.

    A run is one vehicle's course: the template trip it copies, and its headway (0 where it runs as printed).
    """

    n_stops: int
    from_stop: Ints
    to_stop: Ints
    dep_s: Ints  # seconds of the day
    arr_s: Ints
    trip: Ints
    headway_s: Ints  # a run
    template: Ints  # a run: position in `Timetable.trip_ids`

    def __len__(self) -> int:
        return len(self.dep_s)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Courses:
    """Template trips, whenever they may run; stops and trips are in the order of their names."""

    stop_ids: tuple[str, ...]
    trip_ids: tuple[str, ...]
    first_s: Longs  # departure from the first stop of the stop times, open or not
    hop_start: Ints  # hops of template i: hop_start[i] to hop_start[i + 1]
    hop_from: Ints
    hop_to: Ints
    hop_dep_s: Ints  # after the departure from the template's first stop
    hop_arr_s: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timetable(Courses):
    """Template trips and the windows in which they run; groups are in the order of their names."""

    groups: tuple[str, ...]  # one phase each: `trips.phase_group`, or the trip itself
    window_trip: Ints  # a window: its template, first and last second, headway, group (−1: runs as printed)
    window_start_s: Ints
    window_end_s: Ints
    window_headway_s: Ints
    window_group: Ints


def timetable(stops: pd.DataFrame, trips: pd.DataFrame, stop_times: pd.DataFrame, frequencies: pd.DataFrame | None = None) -> Timetable:
    """Build the timetable of one day.

    Parameters
    ----------
    stops : DataFrame
        Stops open that day; ids in the column or index `stop_id`. Calls at any other stop are passed without a halt.
    trips : DataFrame
        Trips that run that day: `trip_id` (column or index), and `phase_group` if there are any.
    stop_times : DataFrame
        `trip_id, stop_id, stop_sequence, arrival_s, departure_s`, in any order; rows of other trips are ignored.
    frequencies : DataFrame, optional
        `trip_id, start_s, end_s, headway_s, exact_times`; rows of other trips are ignored.

    Raises
    ------
    UnknownId
        A trip that has no stop times.
    BadValue
        A stop time that goes back; a headway that is not above 0. All are named.

    Notes
    -----
    A headway trip leaves the first stop of its stop times, open or not, at start + phase · headway + whole headways,
    while before the window's end. The result does not depend on the order of rows.
    """
    return scheduled(courses(stops, trips, stop_times), trips, frequencies)


def courses(stops: pd.DataFrame, trips: pd.DataFrame, stop_times: pd.DataFrame) -> Courses:
    """The part of `timetable` that no headway changes; arguments and errors as there."""
    stop_ids = _ids(stops, "stop_id")
    trip_ids = _ids(trips, "trip_id")
    calls, first_s = _calls(stop_ids, trip_ids, stop_times)
    follows = calls["trip"].to_numpy()[1:] == calls["trip"].to_numpy()[:-1]
    hop_trip = calls["trip"].to_numpy()[:-1][follows]
    at, leaves, comes = (calls[name].to_numpy() for name in ("stop", "departure_s", "arrival_s"))
    hop_dep, hop_arr = leaves[:-1][follows], comes[1:][follows]
    bad = sorted({trip_ids[i] for i in hop_trip[(hop_arr < hop_dep) | (hop_arr - hop_dep >= LONGEST_HOP_S)]})
    stands = (leaves < comes)[: len(calls)]
    bad = sorted({*bad, *(trip_ids[i] for i in calls["trip"].to_numpy()[stands])})
    if bad:
        raise BadValue(f"stop times go back on {len(bad)} trips: {', '.join(bad[:5])}")
    return Courses(
        stop_ids=tuple(stop_ids),
        trip_ids=tuple(trip_ids),
        first_s=first_s,
        hop_start=_int32(np.searchsorted(hop_trip, np.arange(len(trip_ids) + 1))),
        hop_from=_int32(at[:-1][follows]),
        hop_to=_int32(at[1:][follows]),
        hop_dep_s=_int32(hop_dep - first_s[hop_trip]),
        hop_arr_s=_int32(hop_arr - first_s[hop_trip]),
    )


def scheduled(known: Courses, trips: pd.DataFrame, frequencies: pd.DataFrame | None = None) -> Timetable:
    """Courses with the windows in which they run; arguments and errors as of `timetable`."""
    trip, start_s, end_s, headway_s, group, groups = _windows(known, trips, frequencies)
    order = np.lexsort((headway_s, end_s, start_s, trip))
    return Timetable(
        **{name: getattr(known, name) for name in Courses.__dataclass_fields__},
        groups=groups,
        window_trip=_int32(trip[order]),
        window_start_s=_int32(start_s[order]),
        window_end_s=_int32(end_s[order]),
        window_headway_s=_int32(headway_s[order]),
        window_group=_int32(group[order]),
    )


def draw(table: Timetable, phases: NDArray[np.float64], t0_s: int, t1_s: int) -> Connections:
    """Run every trip once under the phases drawn.

    Parameters
    ----------
    table : Timetable
    phases : ndarray of float64, shape (groups,), in [0, 1)
        One for each of `table.groups`.
    t0_s, t1_s : int
        Only connections that depart in [t0_s, t1_s) are kept.

    Returns
    -------
    Connections
        In an order that depends on names and times alone.
    """
    if phases.shape != (len(table.groups),):
        raise BadValue(f"phases have shape {phases.shape}, must be ({len(table.groups)},)")
    windows = (table.window_trip, table.window_start_s, table.window_end_s, table.window_headway_s, table.window_group)
    hops = (table.hop_start, table.hop_from, table.hop_to, table.hop_dep_s, table.hop_arr_s)
    columns = _drawn(*windows, *hops, np.ascontiguousarray(phases, np.float64), t0_s, t1_s)
    return Connections(len(table.stop_ids), *columns)


@kernel
def _drawn(trip, start_s, end_s, headway_s, group, hop_start, hop_from, hop_to, hop_dep_s, hop_arr_s, phases, t0, t1):  # type: ignore[no-untyped-def]
    """Columns of `Connections`. Runs by window and time; connections by bucket of their second, sorted within it."""
    n_runs, n_hops = 0, 0
    first, count = np.empty(len(trip), np.int64), np.zeros(len(trip), np.int64)
    for w in range(len(trip)):
        h0, h1, headway = hop_start[trip[w]], hop_start[trip[w] + 1], np.int64(headway_s[w])
        first[w] = start_s[w] + (np.int64(np.floor(phases[group[w]] * headway)) if group[w] >= 0 else 0)
        if h0 == h1 or first[w] >= min(end_s[w], t1):
            continue
        lasting = first[w] + hop_dep_s[h1 - 1]
        skip = max(-((lasting - t0) // headway), 0)  # runs that are over before t0; −floor(−x) rounds up
        count[w] = max(-((first[w] - min(np.int64(end_s[w]), t1)) // headway) - skip, 0)
        first[w] += skip * headway
        n_runs += count[w]
        n_hops += count[w] * (h1 - h0)
    run_headway, template = np.empty(n_runs, np.int32), np.empty(n_runs, np.int32)
    begins = np.zeros(max(t1 - t0, 0) + 2, np.int64)  # of the connections that depart in each second
    hop, run, dep = np.empty(n_hops, np.int32), np.empty(n_hops, np.int32), np.empty(n_hops, np.int32)
    r, n = 0, 0
    for w in range(len(trip)):
        for nth in range(count[w]):
            at = first[w] + nth * headway_s[w]
            for h in range(hop_start[trip[w]], hop_start[trip[w] + 1]):
                leaves = at + hop_dep_s[h]
                if t0 <= leaves < t1:
                    hop[n], run[n], dep[n] = h, r, leaves
                    begins[leaves - t0 + 1] += 1
                    n += 1
            run_headway[r] = headway_s[w] if group[w] >= 0 else 0
            template[r] = trip[w]
            r += 1
    for second in range(1, len(begins)):
        begins[second] += begins[second - 1]
    from_stop, to_stop, dep_s = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    arr_s, trips = np.empty(n, np.int32), np.empty(n, np.int32)
    place = begins[:-1].copy()
    for i in range(n):
        h, second = hop[i], dep[i] - t0
        comes = dep[i] - hop_dep_s[h] + hop_arr_s[h]
        p = place[second]
        place[second] += 1
        while p > begins[second] and arr_s[p - 1] > comes:  # ties stay by run, then place in the run
            from_stop[p], to_stop[p], arr_s[p], trips[p] = from_stop[p - 1], to_stop[p - 1], arr_s[p - 1], trips[p - 1]
            p -= 1
        from_stop[p], to_stop[p], arr_s[p], trips[p] = hop_from[h], hop_to[h], comes, run[i]
        dep_s[place[second] - 1] = dep[i]
    return from_stop, to_stop, dep_s, arr_s, trips, run_headway, template


def _ids(frame: pd.DataFrame, name: str) -> list[str]:
    values = frame[name] if name in frame.columns else frame.index
    ids = sorted(str(value) for value in values)
    if len(set(ids)) != len(ids):
        raise BadValue(f"{name} is given twice: {next(a for a, b in pairwise(ids) if a == b)}")
    return ids


def _calls(stop_ids: list[str], trip_ids: list[str], stop_times: pd.DataFrame) -> tuple[pd.DataFrame, Longs]:
    """Calls at open stops by trip and sequence, and the second at which each trip leaves its first stop, open or not."""
    calls = stop_times.reset_index()[["trip_id", "stop_id", "stop_sequence", "arrival_s", "departure_s"]]
    place = pd.Index(trip_ids).get_indexer(pd.Index(calls["trip_id"].astype(str)))
    calls = calls.assign(trip=place)[place >= 0].sort_values(["trip", "stop_sequence"], kind="stable")
    firsts = calls.drop_duplicates("trip")
    if len(firsts) < len(trip_ids):
        missing = sorted(set(range(len(trip_ids))) - set(firsts["trip"]))
        raise UnknownId("trip with stop times", trip_ids[missing[0]], [trip_ids[i] for i in firsts["trip"]])
    stop = pd.Index(stop_ids).get_indexer(pd.Index(calls["stop_id"].astype(str)))
    return calls.assign(stop=stop)[stop >= 0], firsts["departure_s"].to_numpy(np.int64)


def _windows(
    known: Courses, trips: pd.DataFrame, frequencies: pd.DataFrame | None
) -> tuple[Longs, Longs, Longs, Longs, Longs, tuple[str, ...]]:
    """Trip, start, end, headway and group (−1: as printed) of every window, and the groups' names.

    A trip without windows runs once, as printed.
    """
    group_of = dict.fromkeys(known.trip_ids, "")
    if "phase_group" in trips.columns:
        names = trips["trip_id"] if "trip_id" in trips.columns else trips.index
        group_of |= dict(zip(map(str, names.tolist()), trips["phase_group"].fillna("").astype(str).tolist(), strict=True))
    given = pd.DataFrame(columns=["trip_id", *WINDOW]) if frequencies is None else frequencies.reset_index()
    place = {trip: i for i, trip in enumerate(known.trip_ids)}
    trip = np.array([place.get(str(name), -1) for name in given["trip_id"].tolist()], np.int64)
    mine = trip >= 0
    trip = trip[mine]
    start_s, end_s, headway_s, exact = (given[name].to_numpy(np.float64)[mine] for name in WINDOW)
    bad = sorted({known.trip_ids[i] for i in trip[~(headway_s > 0)]})
    if bad:
        raise BadValue(f"headway_s must be above 0 on {len(bad)} trips: {', '.join(bad[:5])}")
    keys = [f"group {group_of[name]}" if group_of[name] else f"trip {name}" for name in known.trip_ids]
    drawn = exact == 0
    groups = tuple(sorted({keys[i] for i in set(trip[drawn].tolist())}))
    number = {key: i for i, key in enumerate(groups)}
    group = np.where(drawn, np.array([number.get(key, -1) for key in keys], np.int64)[trip], -1)
    once = np.setdiff1d(np.arange(len(known.trip_ids)), trip)
    at = known.first_s[once]
    trip, start_s, end_s, headway_s, group = (
        np.concatenate([one, other]).astype(np.int64)
        for one, other in (
            (trip, once), (start_s, at), (end_s, at + 1), (headway_s, np.ones(len(once))), (group, np.full(len(once), -1)),
        )
    )  # fmt: skip
    return trip, start_s, end_s, headway_s, group, groups


def _int32(values: object) -> Ints:
    return np.asarray(values).astype(np.int32)
