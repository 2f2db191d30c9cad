"""The timetable of one day: trips as printed or by headway, and the connections that one draw of phases gives."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from commute.errors import BadValue, UnknownId

Ints = NDArray[np.int32]
LONGEST_HOP_S = 1 << 20  # room for arrival − departure in the sort key


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
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
class Timetable:
    """Template trips and the windows in which they run; stops, trips and groups are in the order of their names."""

    stop_ids: tuple[str, ...]
    trip_ids: tuple[str, ...]
    groups: tuple[str, ...]  # one phase each: `trips.phase_group`, or the trip itself
    hop_start: Ints  # hops of template i: hop_start[i] to hop_start[i + 1]
    hop_from: Ints
    hop_to: Ints
    hop_dep_s: Ints  # after the departure from the template's first stop
    hop_arr_s: Ints
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
    windows, groups = _windows(trip_ids, trips, first_s, frequencies)
    return Timetable(
        stop_ids=tuple(stop_ids),
        trip_ids=tuple(trip_ids),
        groups=groups,
        hop_start=_int32(np.searchsorted(hop_trip, np.arange(len(trip_ids) + 1))),
        hop_from=_int32(at[:-1][follows]),
        hop_to=_int32(at[1:][follows]),
        hop_dep_s=_int32(hop_dep - first_s[hop_trip]),
        hop_arr_s=_int32(hop_arr - first_s[hop_trip]),
        window_trip=_int32(windows["trip"]),
        window_start_s=_int32(windows["start_s"]),
        window_end_s=_int32(windows["end_s"]),
        window_headway_s=_int32(windows["headway_s"]),
        window_group=_int32(windows["group"]),
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
    drawn = table.window_group >= 0
    headway = table.window_headway_s.astype(np.int64)
    offset = np.zeros(len(headway), np.int64)
    offset[drawn] = np.floor(phases[table.window_group[drawn]] * headway[drawn]).astype(np.int64)
    first = table.window_start_s + offset
    count = np.maximum(-((first - table.window_end_s) // headway), 0)  # −floor(−x) rounds up

    longest = np.zeros(len(table.trip_ids), np.int64)
    hops = np.diff(table.hop_start)
    longest[hops > 0] = table.hop_dep_s[table.hop_start[1:][hops > 0] - 1]
    skip = np.clip(-((first + longest[table.window_trip] - t0_s) // headway), 0, count)  # runs that are over before t0
    count = np.minimum(count, np.maximum(-((first - t1_s) // headway), 0))
    kept = np.maximum(count - skip, 0)

    window = np.repeat(np.arange(len(kept)), kept)
    nth = np.arange(kept.sum()) - np.repeat(np.cumsum(kept) - kept, kept) + skip[window]
    run_start = first[window] + nth * headway[window]
    template = table.window_trip[window]

    length = hops[template].astype(np.int64)
    run = np.repeat(np.arange(len(template)), length)
    hop = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length) + table.hop_start[template][run]
    dep = run_start[run] + table.hop_dep_s[hop]
    inside = np.flatnonzero((dep >= t0_s) & (dep < t1_s))
    dep, hop, run = dep[inside], hop[inside], run[inside]
    arr = run_start[run] + table.hop_arr_s[hop]
    order = np.argsort((dep - t0_s) * LONGEST_HOP_S + (arr - dep), kind="stable")  # ties stay by run, then place in the run
    return Connections(
        n_stops=len(table.stop_ids),
        from_stop=table.hop_from[hop[order]],
        to_stop=table.hop_to[hop[order]],
        dep_s=_int32(dep[order]),
        arr_s=_int32(arr[order]),
        trip=_int32(run[order]),
        headway_s=_int32(np.where(drawn, headway, 0)[window]),
        template=_int32(template),
    )


def _ids(frame: pd.DataFrame, name: str) -> list[str]:
    values = frame[name] if name in frame.columns else frame.index
    ids = sorted(str(value) for value in values)
    if len(set(ids)) != len(ids):
        raise BadValue(f"{name} is given twice: {next(a for a, b in pairwise(ids) if a == b)}")
    return ids


def _calls(stop_ids: list[str], trip_ids: list[str], stop_times: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64]]:
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
    trip_ids: list[str], trips: pd.DataFrame, first_s: NDArray[np.int64], frequencies: pd.DataFrame | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Windows by trip and start, with the group that each is drawn with; a trip without any runs once, as printed."""
    names = trips["trip_id"] if "trip_id" in trips.columns else trips.index
    group_of = dict.fromkeys(trip_ids, "")
    if "phase_group" in trips.columns:
        filled = trips["phase_group"].fillna("").astype(str)
        group_of |= dict(zip(names.astype(str), filled, strict=True))
    columns = ["trip_id", "start_s", "end_s", "headway_s", "exact_times"]
    given = pd.DataFrame(columns=columns) if frequencies is None else frequencies.reset_index()[columns]
    place = pd.Index(trip_ids).get_indexer(pd.Index(given["trip_id"].astype(str)))
    given = given.assign(trip=place)[place >= 0]
    bad = sorted(set(given.loc[~(given["headway_s"] > 0), "trip_id"].astype(str)))
    if bad:
        raise BadValue(f"headway_s must be above 0 on {len(bad)} trips: {', '.join(bad[:5])}")
    drawn = (given["exact_times"] == 0).to_numpy(bool)
    keys = [f"group {group_of[trip_ids[i]]}" if group_of[trip_ids[i]] else f"trip {trip_ids[i]}" for i in given["trip"]]
    groups = tuple(sorted({key for key, is_drawn in zip(keys, drawn, strict=True) if is_drawn}))
    number = {key: i for i, key in enumerate(groups)}
    given = given.assign(group=[number[key] if is_drawn else -1 for key, is_drawn in zip(keys, drawn, strict=True)])
    once = np.setdiff1d(np.arange(len(trip_ids)), given["trip"].to_numpy(np.int64))
    printed = pd.DataFrame(
        {"trip": once, "start_s": first_s[once], "end_s": first_s[once] + 1, "headway_s": 1, "exact_times": 1, "group": -1}
    )
    both = pd.concat([given.drop(columns="trip_id"), printed]) if len(given) else printed
    return both.sort_values(["trip", "start_s", "end_s", "headway_s"], kind="stable"), groups


def _int32(values: object) -> Ints:
    return np.asarray(values).astype(np.int32)
