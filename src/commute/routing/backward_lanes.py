"""Backward scans of 64 ends at once: the kernels, plain arrays only.

A lane is an end of journeys: a destination, with the seconds of egress to it from each stop. A draw's connections are taken in
falling order of departure. `arrives` of a run is the earliest second (uint16, from the first departure asked about) at which
someone aboard comes to each lane's end; `onward` of a connection says how: 0 by staying aboard, 1 by going out at its stop,
2 + j by the j-th change there. The entry of a connection (uint32) is arrival << 16 | (65535 − key) of someone who stands at its
stop as it leaves: the least entry arrives first and, of equal ones, has the largest key, which is the second of the first boarding,
with `KNOWN` where riders know the clock of that run. A journey is packed as its entry, both parts counted from the
traveller's own departure and readiness.
Functions are small since LLVM makes SIMD of the loops over lanes only then. numba's cache looks at the file of the function that
is called alone: after an edit here, save backward_pairs.py too, or the old code runs there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LANES = 64
NEVER = np.uint16(65535)
NOT_REACHED = np.uint32(0x7FFFFFFF)  # beyond any horizon
NO_ENTRY = np.uint32(0xFFFF0000)  # room below for the key of one who is ready at any second
NO_EGRESS = 1 << 15  # as long as the longest span: no arrival within the horizon, and room above in uint16
SLOT_BITS = 6  # departures of a stop are found by slots of 64 s
HALF = np.uint32(16)


@njit(cache=True, nogil=True)
def index_departures(k0, k1, start, frm, to, dep, arr, change_ptr, change_stop, change_s, link_ptr, link_row, at, row, leaves, slot):  # type: ignore[no-untyped-def]
    """For draws k0 … k1: rows of the connections by stop and time (`row` of a connection, `at` of a row, with its second in
    `leaves`), where each slot of time begins among all rows, and the row of the first departure that each change reaches; −1
    where there is none.
    """
    n_stops, n_slots = slot.shape[1], slot.shape[2] - 1
    place = np.empty(n_stops + 1, np.int64)
    for k in range(k0, k1):
        a, b = start[k], start[k + 1]
        place[:] = 0
        for c in range(a, b):
            place[frm[c] + 1] += 1
        place[0] = a
        for s in range(n_stops):
            place[s + 1] += place[s]
            slot[k, s, 0] = place[s]
        for c in range(a, b):
            s = frm[c]
            row[c] = place[s] - a
            at[place[s]] = c - a
            leaves[place[s]] = dep[c]
            place[s] += 1  # ends where the next stop begins
        for s in range(n_stops):
            i = np.int64(slot[k, s, 0])
            for q in range(1, n_slots):
                while i < place[s] and leaves[i] < (q << SLOT_BITS):
                    i += 1
                slot[k, s, q] = i
            slot[k, s, n_slots] = place[s]
        for c in range(a, b):
            j = link_ptr[c]
            for g in range(change_ptr[to[c]], change_ptr[to[c] + 1]):
                f = change_stop[g]
                p = first_from(k, f, np.int64(arr[c]) + change_s[g], leaves, slot)
                link_row[j] = p - a if p < slot[k, f, n_slots] else -1
                j += 1


@njit(cache=True, nogil=True)
def first_from(k, stop, second, leaves, slot):  # type: ignore[no-untyped-def]
    """Place of the first departure of draw k from a stop at that second or later; the end of the stop's where there is none."""
    n_slots = slot.shape[2] - 1
    q = min(second >> SLOT_BITS, n_slots)
    i, last = np.int64(slot[k, stop, q]), slot[k, stop, n_slots]
    while i < last and leaves[i] < second:
        i += 1
    return i


@njit(cache=True, nogil=True)
def scan_draws(  # type: ignore[no-untyped-def]
    k0, k1, start, frm, to, dep, arr, run, key, departs_ptr, departs, n_runs, link_ptr, link_row, at, row, leaves, slot,
    has_egress, egress_s, gate_s, origin, stop, ready_s, best,
):  # fmt: skip
    """Draws k0 … k1: the entries of every connection, then what each origin and departure makes of them.

    `best` (draws, origins, blocks, departures, LANES) becomes the packed journeys to each lane's end. No access stop is left out:
    of 165 that one may drive to a third are first at some second for some end, and asking which costs as much as taking all.
    """
    n_stops, n_slots, most = slot.shape[1], slot.shape[2] - 1, most_of(start)
    entry, now = np.empty((most, LANES), np.uint32), np.empty((n_stops, LANES), np.uint32)
    arrives, rows = np.empty((n_runs, LANES), np.uint16), np.empty((len(stop), best.shape[3]), np.int32)
    for k in range(k0, k1):
        a, b = start[k], start[k + 1]
        here = departs[departs_ptr[k] : departs_ptr[k + 1]]
        for j in range(len(stop)):
            s = stop[j]
            for m in range(len(here)):
                i = first_from(k, s, here[m] + ready_s[j] + gate_s[s], leaves, slot)
                rows[j, m] = i - a if i < slot[k, s, n_slots] else -1
        for block in range(best.shape[2]):
            best[k, :, block] = NOT_REACHED
            part = (frm[a:b], to[a:b], arr[a:b], run[a:b], key[a:b], link_ptr[a : b + 1], link_row, row[a:b])
            _entries(part, has_egress[block], egress_s[block], arrives, now, entry)
            for j in range(len(stop)):
                _take(here, ready_s[j], rows[j], entry, best[k, origin[j], block])


@njit(cache=True, nogil=True)
def most_of(start):  # type: ignore[no-untyped-def]
    most = 0
    for k in range(len(start) - 1):
        most = max(most, start[k + 1] - start[k])
    return most


@njit(cache=True, nogil=True)
def _entries(part, has_egress, egress_s, arrives, now, entry):  # type: ignore[no-untyped-def]
    """The entry of each connection of a draw, last one first."""
    frm, to, arr, run, key, link_ptr, link_row, row = part
    arrives[:, :] = NEVER
    now[:, :] = NO_ENTRY
    entry8, now8 = entry.view(np.uint64), now.view(np.uint64)  # a loop that only copies is unrolled, not made SIMD: so it is short
    for c in range(len(frm) - 1, -1, -1):
        r, s, b, comes, low, place = run[c], frm[c], to[c], arr[c], np.uint32(NEVER - key[c]), row[c]
        if has_egress[b]:
            for i in range(LANES):
                x, y = np.uint16(egress_s[b, i] + comes), arrives[r, i]
                arrives[r, i] = x if x < y else y
        for j in range(link_ptr[c], link_ptr[c + 1]):
            then = link_row[j]
            if then < 0:
                continue
            for i in range(LANES):
                x, y = np.uint16(entry[then, i] >> HALF), arrives[r, i]
                arrives[r, i] = x if x < y else y
        for i in range(LANES):
            mine, other = np.uint32(np.uint32(arrives[r, i]) << HALF) | low, now[s, i]
            now[s, i] = mine if mine < other else other
        for i in range(LANES // 2):
            entry8[place, i] = now8[s, i]


@njit(cache=True, nogil=True)
def entries_and_ways(part, has_egress, egress_s, arrives, now, entry, onward):  # type: ignore[no-untyped-def]
    """As `_entries`, with how one goes on from each connection."""
    frm, to, arr, run, key, link_ptr, link_row, row = part
    arrives[:, :] = NEVER
    now[:, :] = NO_ENTRY
    entry8, now8 = entry.view(np.uint64), now.view(np.uint64)
    for c in range(len(frm) - 1, -1, -1):
        r, s, b, comes, low, place = run[c], frm[c], to[c], arr[c], np.uint32(NEVER - key[c]), row[c]
        onward[c, :] = 0
        if has_egress[b]:
            for i in range(LANES):
                onward[c, i] = np.uint16(1) if np.uint16(egress_s[b, i] + comes) < arrives[r, i] else np.uint16(0)
            for i in range(LANES):
                x, y = np.uint16(egress_s[b, i] + comes), arrives[r, i]
                arrives[r, i] = x if x < y else y
        for j in range(link_ptr[c], link_ptr[c + 1]):
            then, way = link_row[j], np.uint16(2 + j - link_ptr[c])
            if then < 0:
                continue
            for i in range(LANES):
                x, y, z = np.uint16(entry[then, i] >> HALF), arrives[r, i], onward[c, i]
                onward[c, i] = way if x < y else z
            for i in range(LANES):
                x, y = np.uint16(entry[then, i] >> HALF), arrives[r, i]
                arrives[r, i] = x if x < y else y
        for i in range(LANES):
            mine, other = np.uint32(np.uint32(arrives[r, i]) << HALF) | low, now[s, i]
            now[s, i] = mine if mine < other else other
        for i in range(LANES // 2):
            entry8[place, i] = now8[s, i]


@njit(cache=True, nogil=True)
def _take(departs, ready_s, rows, entry, mine):  # type: ignore[no-untyped-def]
    """Lower the journeys of one origin to those by one stop, by the rows that each departure finds there."""
    for m in range(len(departs)):
        if rows[m] < 0:
            break
        row, moved = np.uint64(rows[m]), np.uint32(departs[m] + ready_s - (departs[m] << 16))
        for i in range(LANES):
            x, y = np.uint32(entry[row, i] + moved), mine[m, i]
            mine[m, i] = x if x < y else y
