"""Totals from many origins to few destinations: one backward scan a draw and destination gives every stop its profile.

A stop's profile is all departures there that no later departure matches, with the arrival at the destination: found by
taking connections in falling order of departure. Any origin and departure then needs only a look into the profiles of the
stops that it reaches, so that thousands of origins cost little more than one.

The journey is the one that `scan` describes: earliest arrival; of those, the one that waits longest for its first vehicle.
Here that choice is exact; `scan` keeps one journey a stop, so its counted total may be larger under informed waiting where
two journeys of one arrival join on the way. Under random waiting the two are equal to the second (tested).

Dibbelt, Pajor, Strasser & Wagner (2018), Connection Scan Algorithm, J. Exp. Algorithmics 23, 1.7, section 4 (profiles).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from commute.routing.scan import Links, Waiting, check, least_change_s
from commute.routing.street import Longs, in_threads, kernel
from commute.routing.timetable import Connections, Ints

NEVER_S = np.int32(1 << 30)


def totals_to_few(
    draws: Sequence[Connections],
    links: Links,
    departs_s: Ints,
    *,
    percentile: float,
    waiting: Waiting,
    horizon_s: int,
    threads: int,
) -> Ints:
    """Counted totals at one percentile, int32 (origins, destinations), −1 where not reached.

    Parameters
    ----------
    draws, links, departs_s, waiting, horizon_s, threads
        As for `scan.lane_matrix`; the waiting rule is random or informed, transfers are not limited.
    percentile : float, nearest rank over draws × departures; samples that do not arrive rank last
    """
    check(draws, links, departs_s, (percentile,), waiting, None, horizon_s, threads)
    n_origins, n_destinations = links.direct_s.shape
    n_samples = len(draws) * len(departs_s)
    if not n_samples or not n_origins or not n_destinations:
        return np.full((n_origins, n_destinations), -1, np.int32)
    rank = max(math.ceil(percentile / 100 * n_samples - 1e-9), 1) - 1
    parts = [_kept(one, departs_s, horizon_s, waiting) for one in draws]
    start = np.cumsum([0, *(len(part[0]) for part in parts)]).astype(np.int64)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    n_trips = max((len(one.headway_s) for one in draws), default=0)
    change = (links.change.start, links.change.stop, np.maximum(links.change.seconds, least_change_s(draws)).astype(np.int32))
    room = _room(columns[0], start, len(links.entry_s))
    shape = (n_destinations, len(draws), int(room[:, -1].max(initial=0)))
    dep, arr, known = np.empty(shape, np.int32), np.empty(shape, np.int32), np.empty(shape, np.bool_)
    used = np.zeros((n_destinations, len(draws), len(links.entry_s)), np.int32)

    def profiles(a: int, b: int) -> None:
        _profiles(a, b, len(draws), start, *columns, *change, *links.egress, n_trips, room, dep, arr, known, used)

    in_threads(profiles, n_destinations * len(draws), threads)
    out = np.full((n_origins, n_destinations), -1, np.int32)
    buffer_s = waiting.buffer_s

    quickest = _quickest(room, dep, arr, used)

    def look(a: int, b: int) -> None:
        _look(
            a, b, departs_s, *links.access, links.entry_s, links.gate_s, links.direct_s, quickest, room, dep, arr, known, used,
            buffer_s, horizon_s, rank, out,
        )  # fmt: skip

    in_threads(look, n_origins, threads)
    return out


def _kept(one: Connections, departs_s: Ints, horizon_s: int, waiting: Waiting) -> tuple[Ints, ...]:
    """Columns of the connections that can matter: from, to, departure, arrival, run, and whether riders know its clock (0/1)."""
    begin = int(np.searchsorted(one.dep_s, departs_s.min()))
    rows = begin + np.flatnonzero(one.arr_s[begin:] <= int(departs_s.max()) + horizon_s)
    clock = (one.headway_s > waiting.informed_above_s) & (waiting.rule == "informed")
    columns = (one.from_stop, one.to_stop, one.dep_s, one.arr_s, one.trip)
    return (*(np.ascontiguousarray(column[rows], np.int32) for column in columns), clock[one.trip[rows]].astype(np.int32))


def _room(from_stop: Ints, start: Longs, n_stops: int) -> Ints:
    """Where each stop's profile begins in a draw's row, shape (draws, stops + 1): as many places as departures there."""
    counts = [np.bincount(from_stop[a:b], minlength=n_stops) for a, b in pairwise(start)]
    return np.hstack([np.zeros((len(counts), 1), np.int64), np.cumsum(counts, axis=1)]).astype(np.int32)


@kernel
def _earliest(dep, arr, first, count, at):  # type: ignore[no-untyped-def]
    """Position of the entry that arrives first of those leaving at or after `at`, −1 where none: departures fall along it."""
    low, high = 0, count  # entries before `low` leave at or after `at`
    while low < high:
        middle = (low + high) // 2
        if dep[first + middle] >= at:
            low = middle + 1
        else:
            high = middle
    return first + low - 1 if low else -1


@kernel
def _profiles(  # type: ignore[no-untyped-def]
    job_a, job_b, n_draws, start, c_from, c_to, c_dep, c_arr, c_trip, c_clock, ch_start, ch_stop, ch_s, eg_start, eg_stop, eg_s,
    n_trips, room, dep, arr, known, used,
):  # fmt: skip
    n_stops = room.shape[1] - 1
    walk = np.empty(n_stops, np.int32)
    aboard = np.empty(n_trips, np.int32)
    for job in range(job_a, job_b):
        d, draw = job // n_draws, job % n_draws
        walk[:] = NEVER_S
        for j in range(eg_start[d], eg_start[d + 1]):
            walk[eg_stop[j]] = min(walk[eg_stop[j]], eg_s[j])
        aboard[:] = NEVER_S
        place, count, t_dep, t_arr, t_known = room[draw], used[d, draw], dep[d, draw], arr[d, draw], known[d, draw]
        for c in range(start[draw + 1] - 1, start[draw] - 1, -1):
            b, at, r = c_to[c], c_arr[c], c_trip[c]
            best = aboard[r]
            if walk[b] < NEVER_S:
                best = min(best, at + walk[b])
            for j in range(ch_start[b], ch_start[b + 1]):
                f = ch_stop[j]
                k = _earliest(t_dep, t_arr, place[f], count[f], at + ch_s[j])
                if k >= 0:
                    best = min(best, t_arr[k])
            aboard[r] = best
            if best >= NEVER_S:
                continue
            a = c_from[c]
            last = place[a] + count[a] - 1
            if count[a] == 0 or best < t_arr[last]:
                if count[a] == 0 or c_dep[c] < t_dep[last]:
                    last += 1
                    count[a] += 1
                t_dep[last], t_arr[last], t_known[last] = c_dep[c], best, c_clock[c] == 1
            elif best == t_arr[last] and c_dep[c] == t_dep[last] and c_clock[c] == 1:
                t_known[last] = True


@kernel
def _quickest(room, dep, arr, used):  # type: ignore[no-untyped-def]
    """Seconds from departure to arrival by the quickest entry of each stop over all draws, shape (destinations, stops)."""
    out = np.full((used.shape[0], used.shape[2]), NEVER_S, np.int32)
    for d in range(used.shape[0]):
        for draw in range(used.shape[1]):
            for s in range(used.shape[2]):
                for k in range(room[draw, s], room[draw, s] + used[d, draw, s]):
                    out[d, s] = min(out[d, s], arr[d, draw, k] - dep[d, draw, k])
    return out


@kernel
def _look(  # type: ignore[no-untyped-def]
    o_a, o_b, departs, ac_start, ac_stop, ac_s, entry, gate, direct, quickest, room, dep, arr, known, used,
    buffer_s, horizon_s, rank, out,
):  # fmt: skip
    n_destinations, n_draws = used.shape[0], used.shape[1]
    sample = np.empty(n_draws * len(departs), np.int32)
    for o in range(o_a, o_b):
        stops, walks = ac_stop[ac_start[o] : ac_start[o + 1]], ac_s[ac_start[o] : ac_start[o + 1]]
        for d in range(n_destinations):
            straight = direct[o, d] if 0 <= direct[o, d] <= horizon_s else NEVER_S
            least = walks + entry[stops] + gate[stops] + quickest[d][stops]  # no sample takes less by that stop
            order = np.argsort(least, kind="mergesort")
            n = 0
            for draw in range(n_draws):
                for t in departs:
                    first, key, credit = NEVER_S, -1, 0
                    for j in order:
                        if t + least[j] > first:
                            break
                        s = stops[j]
                        ready = t + walks[j] + entry[s]
                        k = _earliest(dep[d, draw], arr[d, draw], room[draw, s], used[d, draw, s], ready + gate[s])
                        if k < 0 or arr[d, draw, k] > first:
                            continue
                        wait = dep[d, draw, k] - ready
                        mine = 2 * wait + (1 if known[d, draw, k] else 0)
                        if arr[d, draw, k] < first or mine > key:
                            first, key = arr[d, draw, k], mine
                            credit = max(wait - buffer_s, 0) if known[d, draw, k] else 0
                    total = first - t - credit if first < NEVER_S and first - t <= horizon_s else NEVER_S
                    sample[n] = min(total, straight)
                    n += 1
            sample.sort()
            out[o, d] = sample[rank] if sample[rank] < NEVER_S else -1
