"""Door-to-door times by transit from backward scans: every stop's ways to the stops that journeys end at, all departures at once.

For each draw the connections are taken in falling order of departure, for 64 stops at a time from which a destination is
reached (`backward_lanes`). Any origin and departure then need only look up what the departures of its stops know: a scan costs
the same for one origin and for hundreds, and for one departure and for a window.

The journey is the one that `scan` describes: earliest arrival; of those, the one whose counted total is smallest. Here that
choice is exact; `scan.lane_matrix` keeps one journey a stop, so that its counted total may be larger under informed waiting where
two journeys of one arrival join on the way. Under random waiting the two are equal to the second (tested). Remaining ties: of
departures at a stop the last; who is aboard stays, or changes to the stop first by name; of access and egress the nearest stop,
then the first by name.

Dibbelt, Pajor, Strasser & Wagner (2018), Connection Scan Algorithm, J. Exp. Algorithmics 23, 1.7, section 4 (profiles).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commute.errors import BadValue
from commute.routing import backward_lanes as kernel
from commute.routing import backward_pairs as pairs
from commute.routing.lanes import KNOWN
from commute.routing.scan import AS_USUAL, Csr, LaneTimes, Links, Waiting, check, least_change_s, sorting_network
from commute.routing.street import Ints, Longs, in_threads
from commute.routing.timetable import Connections

QUICK = 1 << 24  # connections of 64 lanes: within a second
SPAN_S = KNOWN  # of a window and its horizon scanned at once: a key holds the second below it
TABLE_BYTES = 128 << 20  # of journeys to stops, over the origins that are looked at together
TOGETHER = 8  # origins whose journeys are looked up together, stop by stop: so little memory stays near
PER_STOP = 2  # destinations for each stop that they are reached from, above which these take the lanes
LONGEST_S = (1 << 20) - 1  # longer ones are all alike: they lie beyond any horizon
Shorts = npt.NDArray[np.uint16]


class Scans(NamedTuple):
    """Draws, or spans of them, end to end; seconds from each one's first departure asked about."""

    start: Longs  # connections of scan k: start[k] to start[k + 1]
    from_stop: Ints
    to_stop: Ints
    dep: Shorts
    arr: Shorts
    run: Ints
    key: Shorts
    departs_ptr: Longs  # departures of scan k: departs_ptr[k] to departs_ptr[k + 1], one a sample
    departs: Longs

    @property
    def n_runs(self) -> int:
        return int(self.run.max(initial=-1)) + 1


class Index(NamedTuple):
    """Rows of departures by stop and time, and where they are found: by slot of time, and by each change after each connection."""

    link_ptr: Longs
    link_row: Ints  # −1 where none is
    at: Ints  # the connection of a row
    row: Ints  # the row of a connection
    leaves: Shorts
    slot: Ints


def pays(draws: Sequence[Connections], links: Links, departs_s: Ints, waiting: Waiting) -> bool:
    """Whether `matrix` is the way to ask: it knows the waiting rule, and is quick, or at least quicker than scans of lanes."""
    blocks = math.ceil(min(int(np.count_nonzero(np.diff(links.egress.start))), len(links.entry_s)) / kernel.LANES)
    scans = math.ceil(int(np.count_nonzero(np.diff(links.access.start))) * len(departs_s) / kernel.LANES)
    quick = blocks * sum(len(one) for one in draws) <= QUICK
    return waiting.rule != "half_headway" and (quick or blocks <= scans)


def matrix(
    draws: Sequence[Connections],
    links: Links,
    departs_s: Ints,
    *,
    percentiles: tuple[float, ...] = (50.0,),
    waiting: Waiting = AS_USUAL,
    horizon_s: int = 4 * 3600,
    legs: bool = True,
    mean_legs: bool = True,
    threads: int = 1,
) -> LaneTimes:
    """Times from every origin to every destination over all draws and departures.

    Parameters and result as those of `scan.lane_matrix`, but the waiting rule is random or informed, and transfers are not
    limited. Without `mean_legs` the means of legs and of schedule delay are None, and legs take a tenth of the time.

    Raises
    ------
    BadValue
        As there, or half_headway: which of two journeys of one arrival counts less depends on when one comes to the stop.
    """
    departs_s = np.asarray(departs_s, np.int32)
    check(draws, links, departs_s, percentiles, waiting, None, horizon_s, threads)
    if waiting.rule == "half_headway":
        raise BadValue("the backward scan knows the waiting rules random and informed, not half_headway")
    n_samples = len(draws) * len(departs_s)
    out = _by_no_vehicle(links, len(percentiles), horizon_s, n_samples, legs, mean_legs)
    origins, goals = (np.flatnonzero(np.diff(rows.start)).astype(np.int32) for rows in (links.access, links.egress))
    if not n_samples or not len(origins) or not len(goals):
        return out
    scans = scans_of(draws, departs_s, waiting, horizon_s)
    index = indexed(scans, links, least_change_s(draws), threads)
    by_stop, ends, egress = ends_of(links.egress, goals, len(links.entry_s))
    n_scans, most, n_blocks = len(scans.start) - 1, int(np.diff(scans.departs_ptr).max()), math.ceil(len(goals) / kernel.LANES)
    ranks = np.array([max(math.ceil(p / 100 * n_samples - 1e-9), 1) - 1 for p in percentiles], np.int64)
    size = max(1, TABLE_BYTES // (4 * n_scans * max(len(ends[1]), n_blocks) * most * kernel.LANES))
    for part in (origins[i : i + size] for i in range(0, len(origins), size)):
        access = rows_of(links.access, part, links.entry_s)
        given = (*scans, scans.n_runs, *index, *ends, links.gate_s)
        best = np.empty((n_scans, len(part), len(ends[1]), most, kernel.LANES), np.uint32)
        _share(kernel.scan_draws, (*given, *_by_stop(access), best), n_scans, threads)
        to_goals = best
        if by_stop:
            to_goals = np.empty((n_scans, len(part), n_blocks, most, kernel.LANES), np.uint32)
            _share(pairs.by_egress, (best, *egress, to_goals), len(part), threads)
        at_rank = np.empty((len(part), len(goals)), np.int64)
        rule = (waiting.buffer_s, horizon_s)
        ranked = (links.direct_s, *rule, sorting_network(n_samples), ranks, scans.departs_ptr, out.totals, out.mean_s, out.reached, at_rank)
        _share(pairs.rank_pairs, (part, goals, to_goals, *ranked), len(part), threads)
        if out.legs is not None:
            sums = np.zeros((n_scans, 7, len(part), len(goals)) if mean_legs else (1, 1, 1, 1), np.int64)
            told = (out.legs, out.schedule_delay, out.boardings, out.first_stop)
            asked = (part, goals, links.direct_s, *rule, at_rank, mean_legs, *told, sums)
            _share(pairs.legs_of_draws, (*given, *access, links.entry_s, best, *egress, *asked), n_scans, threads)
            if mean_legs:
                _put_means(out, sums.sum(axis=0) / n_samples, np.ix_(part.astype(np.intp), goals.astype(np.intp)))
    return out


def _share(work: Callable[..., None], given: tuple[object, ...], count: int, threads: int) -> None:
    in_threads(lambda a, b: work(a, b, *given), count, threads)


def _put_means(out: LaneTimes, means: npt.NDArray[np.float64], where: tuple[npt.NDArray[np.intp], ...]) -> None:
    """Means of legs and delay into their places, NaN where not all samples arrive."""
    assert out.mean_legs is not None and out.mean_schedule_delay is not None
    means[:, np.isnan(out.mean_s[where])] = np.nan
    for leg in range(6):
        out.mean_legs[leg][where] = means[leg]
    out.mean_schedule_delay[where] = means[6]


def _by_no_vehicle(links: Links, n_ranks: int, horizon_s: int, n_samples: int, legs: bool, mean_legs: bool) -> LaneTimes:
    """Times of those who ride nothing."""
    there = (links.direct_s >= 0) & (links.direct_s <= horizon_s) & (n_samples > 0)
    total, none = np.where(there, links.direct_s, -1).astype(np.int32), np.where(there, 0, -1).astype(np.int32)
    mean, no_mean = np.where(there, links.direct_s, np.nan), np.where(there, 0.0, np.nan)
    return LaneTimes(
        totals=np.stack([total] * n_ranks),
        mean_s=mean,
        reached=there.astype(np.float64),
        legs=np.stack([total, *[none] * 5]) if legs else None,
        mean_legs=np.stack([mean, *[no_mean] * 5]) if legs and mean_legs else None,
        schedule_delay=none.copy() if legs else None,
        mean_schedule_delay=no_mean if legs and mean_legs else None,
        boardings=none if legs else None,
        first_stop=np.full_like(none, -1) if legs else None,
    )


def scans_of(draws: Sequence[Connections], departs_s: Ints, waiting: Waiting, horizon_s: int) -> Scans:
    """The connections that can matter, by draw and by span of departures."""
    cuts = [0]
    for i, at in enumerate(departs_s):
        if at - departs_s[cuts[-1]] + horizon_s >= SPAN_S:
            cuts.append(i)
    parts, departs = [], []
    for one in draws:
        known = (one.headway_s > waiting.informed_above_s) & (waiting.rule == "informed")
        for a, b in pairwise([*cuts, len(departs_s)]):
            base, last = departs_s[a], departs_s[b - 1] + horizon_s
            begin, end = np.searchsorted(one.dep_s, (base, last + 1))
            kept = begin + np.flatnonzero(one.arr_s[begin:end] <= last)
            dep, run = one.dep_s[kept] - base, one.trip[kept]
            parts.append((one.from_stop[kept], one.to_stop[kept], dep, one.arr_s[kept] - base, run, dep + KNOWN * known[run]))
            departs.append(departs_s[a:b] - base)
    kinds = (np.int32, np.int32, np.uint16, np.uint16, np.int32, np.uint16)
    frm, to, dep_s, arr_s, runs, keys = (
        np.concatenate(column).astype(kind, copy=False) for column, kind in zip(zip(*parts, strict=True), kinds, strict=True)
    )
    start, ptr = (np.cumsum([0, *map(len, rows)]) for rows in ((part[0] for part in parts), departs))
    return Scans(start, frm, to, dep_s, arr_s, runs, keys, ptr, np.concatenate(departs).astype(np.int64))


def indexed(scans: Scans, links: Links, least_s: int, threads: int) -> Index:
    """Find the departures that matter for changes, and lay out those of each stop by time."""
    change = rows_of(links.change, np.arange(len(links.entry_s)), np.zeros_like(links.entry_s), by_stop=True)
    link_ptr = np.concatenate([[0], np.cumsum(np.diff(change.start)[scans.to_stop])])
    latest = int(scans.dep.max(initial=0))
    slot = np.empty((len(scans.start) - 1, len(links.entry_s), (latest >> kernel.SLOT_BITS) + 2), np.int32)
    link_row, at, row = (np.empty(int(n), np.int32) for n in (link_ptr[-1], len(scans.dep), len(scans.dep)))
    index = Index(link_ptr, link_row, at, row, np.empty_like(scans.dep), slot)
    walk = (change.start, change.stop, np.maximum(change.seconds, least_s))
    given = (*scans[:5], *walk, *index)
    _share(kernel.index_departures, given, len(slot), threads)
    return index


def ends_of(egress: Csr, goals: Ints, n_stops: int) -> tuple[bool, tuple[npt.NDArray[np.bool_], Shorts], Csr]:
    """What the lanes end at: which stops have any egress in a block, and the seconds, shape (blocks, stops, LANES).

    Lanes end at destinations, or where these are many at the stops that they are reached from; the rows (lane, seconds) say what
    lanes each destination has, and what is left to go.
    """
    rows = rows_of(egress, goals, np.zeros(n_stops, np.int32))
    stops, lane = np.unique(rows.stop, return_inverse=True)
    by_stop = len(goals) > PER_STOP * len(stops)
    if by_stop:
        left = Csr(rows.start, lane.astype(np.int32), np.minimum(rows.seconds, kernel.NO_EGRESS - 1).astype(np.int32))
        lane, at, time_s = np.arange(len(stops)), stops, np.zeros(len(stops), np.int32)
    else:
        left = Csr(np.arange(len(goals) + 1, dtype=np.int32), np.arange(len(goals), dtype=np.int32), np.zeros(len(goals), np.int32))
        lane, at, time_s = np.repeat(np.arange(len(goals)), np.diff(rows.start)), rows.stop, np.minimum(rows.seconds, kernel.NO_EGRESS)
    seconds = np.full((math.ceil((lane[-1] + 1) / kernel.LANES), n_stops, kernel.LANES), kernel.NO_EGRESS, np.uint16)
    np.minimum.at(seconds, (lane // kernel.LANES, at, lane % kernel.LANES), time_s.astype(np.uint16))
    has_any = np.any(seconds < kernel.NO_EGRESS, axis=2)
    return by_stop, (has_any, seconds), left


def _by_stop(access: Csr) -> tuple[Ints, Ints, Ints]:
    """Origin, stop and seconds of each way to a stop, by stop for each `TOGETHER` origins."""
    origin = np.repeat(np.arange(len(access.start) - 1, dtype=np.int32), np.diff(access.start))
    order = np.lexsort((origin, access.stop, origin // TOGETHER))
    return origin[order], access.stop[order], access.seconds[order]


def rows_of(csr: Csr, rows: npt.NDArray[np.integer], more_s: Ints, *, by_stop: bool = False) -> Csr:
    """Some rows of (stop, seconds), each by seconds and stop, or by stop; with `more_s` of each stop added."""
    count = np.diff(csr.start)[rows]
    row = np.repeat(np.arange(len(rows)), count)
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    place = np.arange(len(row)) - start[row] + csr.start[rows][row]
    stop, time_s = csr.stop[place], csr.seconds[place] + more_s[csr.stop[place]]
    first, second = (stop, time_s) if by_stop else (time_s, stop)
    order = np.argsort((row << 40) + (np.minimum(first, LONGEST_S).astype(np.int64) << 20) + np.minimum(second, LONGEST_S))
    return Csr(start, stop[order].astype(np.int32), time_s[order].astype(np.int32))
