"""Door-to-door times by transit: every origin, destination, draw and departure, by scans of 64 lanes.

What a journey is
-----------------
- From the origin one reaches the street door of stop s `access` seconds after departure, and may board a connection
  there if departure + access + entry ≤ its departure − gate. Staying aboard is free. After alighting at b one may board
  at f if arrival + change[b, f] ≤ departure there; a stop without a change to itself allows none. One change is one walk.
- Arrival is the smallest of arrival at b + egress[b]. Later than the horizon counts as not reached. The direct time
  (no vehicle) is taken where it is smaller than the counted total; it is returned as an access leg.
- `max_transfers` k allows k + 1 boardings, found in k + 1 passes.

Which journey, where several arrive at the same second
------------------------------------------------------
The one whose counted total is smallest: who knows the clock of the first vehicle leaves home for it, others turn up. So those of
known clocks win, and of them, or of the others, the one that waits longest for its first vehicle. Here each stop keeps one
journey of its earliest arrival, and it is not promised that no other one through a stop reached later arrives as early and
counts less; `backward` finds it. Remaining ties are broken by the order of
connections, egress stops and samples, all of which follow from names and times, never from the order of rows.
A timetable with hops of 0 s lets no change take less than 1 s: otherwise the order within that second would matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from commute.errors import BadValue
from commute.routing import lane_blocks as kernel
from commute.routing.lanes import KNOWN, LANES, LONGEST_WAIT_S, NEVER
from commute.routing.street import threads_of
from commute.routing.timetable import Connections, Ints

LEGS = ("access", "entry", "wait", "ride", "transfer", "egress")
LONGEST_HORIZON_S = int(LONGEST_WAIT_S)  # 9 h 6 min; half of what uint16 counts, the rest is for the window
SCRATCH_BYTES = 64 << 20  # samples kept by one thread
Floats = NDArray[np.float64]
RULES = {"random": kernel.RANDOM, "informed": kernel.INFORMED, "half_headway": kernel.HALF_HEADWAY}


class Csr(NamedTuple):
    """Rows of (stop, seconds): row i is start[i] to start[i + 1]."""

    start: Ints
    stop: Ints
    seconds: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How the wait for the first vehicle is counted.

    `informed`: on a trip of a headway above `informed_above_s` at most `buffer_s`; the rest is schedule delay.
    `half_headway`: half the trip's headway, rounded down. `random`: as drawn. Printed trips (headway 0): as it is.
    """

    rule: Literal["random", "informed", "half_headway"] = "informed"
    informed_above_s: int = 720
    buffer_s: int = 300


AS_USUAL = Waiting()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Everything but vehicles: from origins to street doors, through stations, between platforms, to destinations."""

    access: Csr  # a row an origin
    entry_s: Ints  # a stop: street door to platform
    gate_s: Ints  # a stop: the gate shuts so long before departure
    change: Csr  # a row a stop alighted at; walk and entry or transfer, gate included where there is one
    egress: Csr  # a row a destination
    direct_s: Ints  # origins × destinations without a vehicle; −1 where none
    parking_s: Ints | None = None  # origins × stops: how much of access is for leaving a car; None where nobody drives


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneTimes:
    """Seconds; origins × destinations in the last two axes. Where not reached: −1 in integers, NaN in means.

    A rank p is the nearest rank ceil(p/100 · n) of the n = draws × departures samples; those not reached rank last.
    `legs` (in the order of `LEGS`) and `boardings` are those of the first sample with the total of the middle percentile;
    they sum to it. Schedule delay is beside the total, never in it. From `legs` on all are None where no legs were asked for.
    """

    totals: Ints  # percentiles first
    mean_s: Floats  # NaN unless all samples arrive
    reached: Floats  # share of samples that arrive
    legs: Ints | None = None
    mean_legs: Floats | None = None
    schedule_delay: Ints | None = None
    mean_schedule_delay: Floats | None = None
    boardings: Ints | None = None
    first_stop: Ints | None = None  # that one boards at; −1 without a vehicle too


def lane_matrix(
    draws: Sequence[Connections],
    links: Links,
    departs_s: Ints,
    *,
    percentiles: tuple[float, ...] = (50.0,),
    waiting: Waiting = AS_USUAL,
    max_transfers: int | None = None,
    horizon_s: int = 4 * 3600,
    legs: bool = True,
    threads: int = 1,
) -> LaneTimes:
    """Times from every origin to every destination over all draws and departures.

    Parameters
    ----------
    draws : sequence of Connections
        One timetable a draw, reaching from the first departure to the last + horizon.
    links : Links
        Origins that are neighbours should stand together: 64 of them share a scan, which ends when all have arrived.
    departs_s : ndarray of int32
        Departure seconds of the day, ascending, tried in every draw; sample number = draw · departures + departure.
    percentiles : tuple of float
        In [0, 100]; the middle one (len // 2) decides whose legs are returned.
    waiting, max_transfers, horizon_s
        See the head of this file; None for any number of transfers.
    legs : bool
        False skips the labels; under `random` also the keys. Totals, mean and share are the same.
    threads : int
        How many blocks of origins run at once.

    Returns
    -------
    LaneTimes

    Raises
    ------
    BadValue
        Shapes that do not agree, a window or horizon above 9 h, percentiles out of range; all are named.

    Notes
    -----
    Dibbelt, Pajor, Strasser & Wagner (2018), Connection Scan Algorithm, J. Exp. Algorithmics 23, 1.7.
    """
    departs_s = np.asarray(departs_s)
    check(draws, links, departs_s, percentiles, waiting, max_transfers, horizon_s, threads)
    n_origins, n_destinations = links.direct_s.shape
    n_samples = len(draws) * len(departs_s)
    ranks = np.array([max(math.ceil(p / 100 * n_samples - 1e-9), 1) - 1 for p in percentiles], np.int64)
    shape = (n_origins, n_destinations)
    leg_shape = shape if legs else (1, 1)
    out = LaneTimes(
        totals=np.full((len(ranks), *shape), -1, np.int32),
        mean_s=np.full(shape, np.nan),
        reached=np.zeros(shape),
        legs=np.full((6, *leg_shape), -1, np.int32),
        mean_legs=np.full((6, *leg_shape), np.nan),
        schedule_delay=np.full(leg_shape, -1, np.int32),
        mean_schedule_delay=np.full(leg_shape, np.nan),
        boardings=np.full(leg_shape, -1, np.int32),
        first_stop=np.full(leg_shape, -1, np.int32),
    )
    if not n_samples or not n_origins or not n_destinations:
        return out if legs else _without_legs(out)
    keyed = legs or waiting.rule != "random"
    sample_bytes = n_samples * n_destinations * (16 if legs else 2)
    per_block = max(1, min(LANES, SCRATCH_BYTES // sample_bytes, n_origins))
    n_blocks = math.ceil(n_origins / per_block)
    arguments = (
        per_block, horizon_s, RULES[waiting.rule], waiting.buffer_s,
        0 if max_transfers is None else max_transfers + 1, keyed, legs,
        *_stack(draws, links, departs_s, waiting, horizon_s),
        *_row(links.access), _ints(links.entry_s), _ints(links.gate_s), *_walks(_change(draws, links)), *_walks(links.egress),
        _ints(links.direct_s), sorting_network(n_samples), ranks, len(ranks) // 2,
        out.totals, out.mean_s, out.reached, out.legs, out.mean_legs, out.schedule_delay, out.mean_schedule_delay, out.boardings,
        out.first_stop,
    )  # fmt: skip
    jobs = min(n_blocks, 1 if threads == 1 else 4 * threads)
    edges = np.linspace(0, n_blocks, jobs + 1).astype(int)
    spans = [(int(a), int(b - a)) for a, b in pairwise(edges)]
    if threads == 1 or jobs == 1:
        for span in spans:
            kernel.run_blocks(*span, *arguments)
    else:  # not prange: its default layer ends the process when two threads enter it
        pool = threads_of(threads)
        for done in [pool.submit(kernel.run_blocks, *span, *arguments) for span in spans]:
            done.result()
    if not legs:
        return _without_legs(out)
    if waiting.rule == "half_headway":
        out.schedule_delay[out.schedule_delay > 0] = 0  # type: ignore[index, operator]
        out.mean_schedule_delay[out.mean_schedule_delay > 0] = 0  # type: ignore[index, operator]
    return out


def check(
    draws: Sequence[Connections],
    links: Links,
    departs_s: Ints,
    percentiles: tuple[float, ...],
    waiting: Waiting,
    max_transfers: int | None,
    horizon_s: int,
    threads: int,
) -> None:
    """Raise `BadValue`, naming every fault."""
    n_stops, n_origins, n_destinations = len(links.entry_s), len(links.access.start) - 1, len(links.egress.start) - 1
    window_s = int(departs_s.max() - departs_s.min()) if len(departs_s) else 0
    longest = max((int(d.headway_s.max(initial=0)) for d in draws), default=0)
    stop_ranges = [csr.stop for csr in (links.access, links.change, links.egress) if len(csr.stop)]
    faults = [
        (any(d.n_stops != n_stops for d in draws), f"connections and entry_s ({n_stops}) differ in stops"),
        (len(links.gate_s) != n_stops, f"gate_s has {len(links.gate_s)} stops, must be {n_stops}"),
        (len(links.change.start) != n_stops + 1, f"change has {len(links.change.start) - 1} rows, must be {n_stops}"),
        (n_stops > int(NEVER), f"{n_stops} stops, at most {int(NEVER)} can be scanned"),
        (any(s.min() < 0 or s.max() >= n_stops for s in stop_ranges), "a link leads to a stop that does not exist"),
        (
            links.direct_s.shape != (n_origins, n_destinations),
            f"direct_s has shape {links.direct_s.shape}, must be {(n_origins, n_destinations)}",
        ),
        (
            any(len(s) and s.min() < 0 for s in (*_seconds(links), links.entry_s, links.gate_s)),
            "a link, entry or gate has negative seconds",
        ),
        (not 0 < horizon_s <= LONGEST_HORIZON_S, f"horizon_s is {horizon_s}, must be in 1…{LONGEST_HORIZON_S}"),
        (bool((np.diff(departs_s) < 0).any()), "departs_s must ascend"),
        (any(bool((np.diff(d.dep_s) < 0).any()) for d in draws), "connections are not in the order of departure"),
        (window_s > LONGEST_HORIZON_S, f"departures span {window_s} s, at most {LONGEST_HORIZON_S}"),
        (not percentiles or not all(0 <= p <= 100 for p in percentiles), f"percentiles are {percentiles}, must be in [0, 100]"),
        (waiting.rule not in RULES, f"waiting rule is {waiting.rule!r}, must be one of {', '.join(RULES)}"),
        (not 0 <= waiting.buffer_s <= LONGEST_HORIZON_S, f"buffer_s is {waiting.buffer_s}, must be in 0…{LONGEST_HORIZON_S}"),
        (
            waiting.rule == "half_headway" and longest >= 2 * kernel.HALF_ORIGIN,
            f"a headway of {longest} s is too long for half_headway",
        ),
        (max_transfers is not None and max_transfers < 0, f"max_transfers is {max_transfers}, must not be negative"),
        (threads < 1, f"threads is {threads}, must be at least 1"),
    ]
    found = [text for wrong, text in faults if wrong]
    if found:
        raise BadValue("; ".join(found))


@lru_cache(maxsize=16)
def sorting_network(n: int) -> NDArray[np.int32]:
    """Comparators of Batcher's odd–even merge sort for the next power of two, shape (comparators, 2)."""
    size = 1 << max(n - 1, 0).bit_length()
    pairs: list[NDArray[np.int64]] = []
    p = 1
    while p < size:
        k = p
        while k >= 1:
            i = np.arange(k % p, size - k)
            i = i[((i - k % p) // k % 2 == 0) & (i // (2 * p) == (i + k) // (2 * p))]
            pairs.append(np.stack([i, i + k], axis=1))
            k //= 2
        p *= 2
    return np.concatenate(pairs).astype(np.int32) if pairs else np.empty((0, 2), np.int32)


def least_change_s(draws: Sequence[Connections]) -> int:
    """The least seconds that a change may take: 1 where a hop takes 0 s, else 0."""
    return int(any(bool((d.arr_s <= d.dep_s).any()) for d in draws))


def first_keys(headway_s: Ints, waiting: Waiting) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """A run's part of a key: weight · first wait + base. From the key alone follows what of the wait is not counted."""
    by_headway = headway_s > 0
    if waiting.rule == "half_headway":
        return (kernel.HALF_ORIGIN - headway_s // 2).astype(np.uint16), by_headway.astype(np.uint16)
    flagged = (headway_s > waiting.informed_above_s) & by_headway if waiting.rule == "informed" else np.zeros_like(by_headway)
    return (1 + KNOWN * flagged).astype(np.uint16), np.ones(len(headway_s), np.uint16)


def _stack(
    draws: Sequence[Connections], links: Links, departs_s: Ints, waiting: Waiting, horizon_s: int
) -> tuple[NDArray[np.generic], ...]:
    """The draws end to end, without what leaves before the first departure or comes after the last one's horizon."""
    base = int(departs_s.min()) - 1  # so that nobody stands anywhere at 0
    last_s = int(departs_s.max()) + horizon_s
    parts: list[list[NDArray[np.generic]]] = []
    for d in draws:
        begin = int(np.searchsorted(d.dep_s, base + 1))
        kept = begin + np.flatnonzero(d.arr_s[begin:] <= last_s)
        leaves = d.dep_s[kept] - base
        latest = np.maximum(leaves - links.gate_s[d.from_stop[kept]], 0)
        parts.append([d.from_stop[kept], d.to_stop[kept], leaves, latest, d.arr_s[kept] - base, d.trip[kept]])
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    kinds = (np.int32, np.int32, np.uint16, np.uint16, np.uint16, np.int32)
    return (
        np.cumsum([0, *(len(p[0]) for p in parts)]).astype(np.int64),
        np.cumsum([0, *(len(d.headway_s) for d in draws)]).astype(np.int64),
        *(np.ascontiguousarray(c, kind) for c, kind in zip(columns, kinds, strict=True)),
        *(np.concatenate(column) for column in zip(*(first_keys(d.headway_s, waiting) for d in draws), strict=True)),
        np.ascontiguousarray(departs_s - base, np.int64),
    )


def _row(csr: Csr) -> tuple[Ints, Ints, Ints]:
    """The same rows, each by stop: what is first among equals must not follow the order of rows."""
    row = np.repeat(np.arange(len(csr.start) - 1), np.diff(csr.start))
    order = np.lexsort((csr.seconds, csr.stop, row))
    return _ints(csr.start), _ints(csr.stop[order]), _ints(csr.seconds[order])


def _walks(csr: Csr) -> tuple[Ints, Ints, NDArray[np.uint16]]:
    start, stop, seconds = _row(csr)
    return start, stop, np.minimum(seconds, NEVER).astype(np.uint16)


def _change(draws: Sequence[Connections], links: Links) -> Csr:
    return links.change._replace(seconds=np.maximum(links.change.seconds, least_change_s(draws)))


def _seconds(links: Links) -> tuple[Ints, Ints, Ints]:
    return links.access.seconds, links.change.seconds, links.egress.seconds


def _ints(values: NDArray[np.generic]) -> Ints:
    return np.ascontiguousarray(values, np.int32)


def _without_legs(times: LaneTimes) -> LaneTimes:
    return LaneTimes(totals=times.totals, mean_s=times.mean_s, reached=times.reached)
