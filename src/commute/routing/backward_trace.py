"""One journey, leg by leg, as the backward scan finds it: which connections are boarded and left."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commute.routing import backward_lanes as kernel
from commute.routing.backward import Index, Scans, ends_of, indexed, rows_of, scans_of
from commute.routing.lanes import KNOWN
from commute.routing.scan import AS_USUAL, Links, Waiting, check, least_change_s
from commute.routing.timetable import Connections
from commute.routing.trace import Leg


def journey(
    connections: Connections,
    links: Links,
    origin: int,
    destination: int,
    depart_s: int,
    *,
    waiting: Waiting = AS_USUAL,
    horizon_s: int = 4 * 3600,
) -> list[Leg]:
    """Legs of the journey whose total `backward.matrix` gives for this draw and departure; see `trace.journey`."""
    departs = np.array([depart_s], np.int32)
    check([connections], links, departs, (50.0,), waiting, None, horizon_s, 1)
    straight = int(links.direct_s[origin, destination])
    straight = straight if 0 <= straight <= horizon_s else horizon_s + 1
    alone = [Leg("access", None, None, None, depart_s, depart_s + straight)] if straight <= horizon_s else []
    access = rows_of(links.access, np.array([origin]), links.entry_s)
    if not len(access.stop) or links.egress.start[destination] == links.egress.start[destination + 1]:
        return alone
    scans = scans_of([connections], departs, waiting, horizon_s)
    index = indexed(scans, links, least_change_s([connections]), 1)
    _, (has_egress, egress_s), _ = ends_of(links.egress, np.array([destination], np.int32), len(links.entry_s))
    n = len(scans.dep)
    entry, onward = np.empty((n, kernel.LANES), np.uint32), np.empty((n, kernel.LANES), np.uint16)
    now, arrives = (np.empty((size, kernel.LANES), kind) for size, kind in ((len(links.entry_s), np.uint32), (scans.n_runs, np.uint16)))
    part = (scans.from_stop, scans.to_stop, scans.arr, scans.run, scans.key, index.link_ptr, index.link_row, index.row)
    kernel.entries_and_ways(part, has_egress[0], egress_s[0], arrives, now, entry, onward)
    best, stops = (int(kernel.NOT_REACHED), -1, -1), scans.from_stop[index.at]
    for j, (stop, ready) in enumerate(zip(access.stop.tolist(), access.seconds.tolist(), strict=True)):
        there = np.flatnonzero((stops == stop) & (index.leaves >= ready + links.gate_s[stop]))
        if len(there):  # packed, row found first, place among the access stops
            best = min(best, (int(entry[there[0], 0]) + ready, int(there[0]), j), key=lambda one: one[0])
    took, key = best[0] >> 16, 65535 - (best[0] & 65535)
    credit = max(key - KNOWN - waiting.buffer_s, 0)
    if took > horizon_s or straight < took - credit:
        return alone
    rides = _rides(scans, index, entry[:, 0], onward[:, 0], best[1])
    return _legs(connections, scans, links, rides, depart_s, took, credit, int(access.stop[best[2]]), int(access.seconds[best[2]]))


def _rides(scans: Scans, index: Index, entry: npt.NDArray[np.uint32], onward: npt.NDArray[np.uint16], row: int) -> list[tuple[int, int]]:
    """Connections boarded and left by someone who stands at the stop of a row."""
    rides = []
    while True:
        key = 65535 - (int(entry[row]) & 65535)
        there = scans.from_stop[index.at] == scans.from_stop[index.at[row]]
        on = off = int(index.at[np.flatnonzero(there & (scans.key[index.at] == key) & (entry == entry[row]))[-1]])
        while onward[off] == 0:
            off += 1 + int(np.argmax(scans.run[off + 1 :] == scans.run[on]))
        rides.append((on, off))
        if onward[off] == 1:
            return rides
        row = int(index.link_row[index.link_ptr[off] + int(onward[off]) - 2])


def _legs(
    connections: Connections,
    scans: Scans,
    links: Links,
    rides: list[tuple[int, int]],
    depart_s: int,
    took: int,
    credit: int,
    stop: int,
    ready: int,
) -> list[Leg]:
    entry_s, home_s = int(links.entry_s[stop]), depart_s + credit
    runs = connections.template
    legs = [
        Leg("access", None, stop, None, home_s, home_s + ready - entry_s),
        Leg("entry", stop, stop, None, home_s + ready - entry_s, home_s + ready),
        Leg("wait", stop, stop, None, home_s + ready, depart_s + int(scans.dep[rides[0][0]])),
    ]
    for on, off in rides:
        boards, alights = depart_s + int(scans.dep[on]), depart_s + int(scans.arr[off])
        if legs[-1].kind == "ride":
            legs.append(Leg("transfer", legs[-1].to_stop, int(scans.from_stop[on]), None, legs[-1].arr_s, boards))
        legs.append(Leg("ride", int(scans.from_stop[on]), int(scans.to_stop[off]), int(runs[scans.run[on]]), boards, alights))
    legs.append(Leg("egress", legs[-1].to_stop, None, None, legs[-1].arr_s, depart_s + took))
    return [leg for leg in legs if leg.kind == "ride" or leg.arr_s > leg.dep_s]
