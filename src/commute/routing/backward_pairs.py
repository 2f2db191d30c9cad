"""From backward scans to pairs: counted totals, ranks and legs. Plain arrays only; see `backward_lanes` for what they hold.

numba's cache looks at this file alone: after an edit in backward_lanes.py or lane_blocks.py, save it too, or the old code runs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from commute.routing.backward_lanes import HALF, LANES, NEVER, NOT_REACHED, entries_and_ways, first_from, most_of
from commute.routing.lane_blocks import ACCESS, EGRESS, ENTRY, RIDE, TRANSFER, WAIT, sort_rows
from commute.routing.lanes import KNOWN

DELAY, BOARDINGS = 6, 7  # after the legs


@njit(cache=True, nogil=True)
def by_egress(p0, p1, best, goal_ptr, goal_lane, goal_s, to_goals):  # type: ignore[no-untyped-def]
    """Journeys from origins p0 … p1 to destinations from those to the stops they are reached from, whose lanes `best` has."""
    to_goals[:, p0:p1] = NOT_REACHED
    for k in range(best.shape[0]):
        for p in range(p0, p1):
            for q in range(len(goal_ptr) - 1):
                block, i = q // LANES, q % LANES
                for j in range(goal_ptr[q], goal_ptr[q + 1]):
                    from_block, b, more = goal_lane[j] // LANES, goal_lane[j] % LANES, np.uint32(goal_s[j]) << HALF
                    for m in range(best.shape[3]):
                        x = np.uint32(best[k, p, from_block, m, b] + more)
                        to_goals[k, p, block, m, i] = min(x, to_goals[k, p, block, m, i])


@njit(cache=True, nogil=True)
def rank_pairs(  # type: ignore[no-untyped-def]
    p0, p1, origin, goal, best, direct_s, buffer_s, horizon_s, network, ranks, departs_ptr, totals, mean_s, reached, at_rank
):  # fmt: skip
    """Counted totals, their ranks and means from the origins in places p0 … p1 to the destinations `goal`, whose lanes `best` has.

    Samples go by draw and departure. `at_rank` (origins, destinations of `goal`) becomes the first with the total of the middle
    rank, −1 where none arrives. What is by no vehicle is in `totals`, `mean_s` and `reached` already.
    """
    n_samples, rows, free = departs_ptr[-1], 1, np.uint32(KNOWN + buffer_s)
    while rows < n_samples:
        rows *= 2
    total, ranked = np.empty((n_samples, LANES), np.uint16), np.empty((rows, LANES), np.uint16)
    straight = np.empty(LANES, np.uint32)
    count, summed = np.empty(LANES, np.uint32), np.empty(LANES, np.uint64)
    for p in range(p0, p1):
        o = origin[p]
        for block in range(best.shape[2]):
            q0 = block * LANES
            used = min(LANES, len(goal) - q0)
            straight[:] = NEVER
            for i in range(used):
                straight[i] = straight_s(direct_s[o, goal[q0 + i]], horizon_s)
            count[:] = 0
            summed[:] = 0
            for k in range(len(departs_ptr) - 1):
                for m in range(departs_ptr[k + 1] - departs_ptr[k]):
                    _count(best[k, p, block, m], straight, free, np.uint32(horizon_s), total[departs_ptr[k] + m], count, summed)
            ranked[:n_samples] = total
            ranked[n_samples:] = NEVER
            sort_rows(ranked, network)
            for i in range(used):
                d = goal[q0 + i]
                reached[o, d] = count[i] / n_samples
                mean_s[o, d] = summed[i] / n_samples if count[i] == n_samples else np.nan
                for r in range(len(ranks)):
                    totals[r, o, d] = np.int32(ranked[ranks[r], i]) if ranks[r] < count[i] else np.int32(-1)
                middle, first = totals[len(ranks) // 2, o, d], 0
                while middle >= 0 and total[first, i] != middle:
                    first += 1
                at_rank[p, q0 + i] = first if middle >= 0 else -1


@njit(cache=True, nogil=True)
def straight_s(direct_s, horizon_s):  # type: ignore[no-untyped-def]
    """Seconds without a vehicle, NEVER where that is none or takes too long."""
    return np.uint32(direct_s) if 0 <= direct_s <= horizon_s else np.uint32(NEVER)


@njit(cache=True, nogil=True)
def _count(best, straight, free, horizon_s, total, count, summed):  # type: ignore[no-untyped-def]
    """Counted totals of one sample, NEVER where not reached; what a key has above `free` is not counted."""
    for i in range(LANES):
        took, key = best[i] >> HALF, np.uint32(NEVER) - (best[i] & np.uint32(NEVER))
        counted = np.uint32(took - (key - free)) if key > free else took
        counted = counted if took <= horizon_s else np.uint32(NEVER)
        counted = counted if counted < straight[i] else straight[i]
        total[i] = np.uint16(counted)
    for i in range(LANES):
        count[i] += np.uint32(1) if total[i] != NEVER else np.uint32(0)
    for i in range(LANES):
        summed[i] += np.uint64(total[i])


@njit(cache=True, nogil=True)
def legs_of_draws(  # type: ignore[no-untyped-def]
    k0, k1, start, frm, to, dep, arr, run, key, departs_ptr, departs, n_runs, link_ptr, link_row, at, row, leaves, slot,
    has_egress, egress_s, gate_s, access_ptr, access_stop, ready_s, entry_s, best, goal_ptr, goal_lane, goal_s,
    origin, goal, direct_s, buffer_s, horizon_s, at_rank, every, legs, delay, boardings, first_stop, sums,
):  # fmt: skip
    """Legs of the samples of draws k0 … k1 that are at the middle rank of a pair; where `every`, also sums of legs and delay.

    Journeys are followed from the entries, which are made again: kept for all draws they would be gigabytes in a large city.
    """
    n_stops, most = slot.shape[1], most_of(start)
    entry, onward = np.empty((most, LANES), np.uint32), np.empty((most, LANES), np.uint16)
    now, arrives = np.empty((n_stops, LANES), np.uint32), np.empty((n_runs, LANES), np.uint16)
    next_of_run, of_run, one = np.empty(most, np.int32), np.empty(n_runs, np.int32), np.zeros(8, np.int64)
    for k in range(k0, k1):
        a, b = start[k], start[k + 1]
        here = departs[departs_ptr[k] : departs_ptr[k + 1]]
        of_run[:] = -1
        for c in range(b - a - 1, -1, -1):
            next_of_run[c] = of_run[run[a + c]]
            of_run[run[a + c]] = c
        for block in range(best.shape[2]):
            part = (frm[a:b], to[a:b], arr[a:b], run[a:b], key[a:b], link_ptr[a : b + 1], link_row, row[a:b])
            entries_and_ways(part, has_egress[block], egress_s[block], arrives, now, entry, onward)
            hops = (frm[a:b], to[a:b], dep[a:b], arr[a:b], key[a:b], at[a:b], next_of_run, link_ptr[a : b + 1], link_row)
            for p in range(len(origin)):
                j0, j1 = access_ptr[p], access_ptr[p + 1]
                for q in range(len(goal)):
                    o, d, ranked = origin[p], goal[q], at_rank[p, q] - departs_ptr[k]
                    for m in range(0 if every else max(ranked, 0), len(here) if every else min(ranked + 1, len(here))):
                        lane, walk, took, spared = _ends_with(k, p, m, q, best, goal_ptr, goal_lane, goal_s, buffer_s, horizon_s)
                        straight = straight_s(direct_s[o, d], horizon_s)
                        if lane // LANES != block or (took == NEVER and straight == NEVER):
                            continue
                        boards_at = -1
                        if straight < took:
                            one[:] = 0
                            one[ACCESS] = straight
                        else:
                            i = lane - block * LANES
                            x, y = access_stop[j0:j1], ready_s[j0:j1]
                            j = _left_by(k, a, x, y, gate_s, leaves, slot, here[m], entry, i, best[k, p, block, m, i])
                            one[:] = 0
                            boards_at = x[j]
                            one[ACCESS], one[ENTRY] = y[j] - entry_s[x[j]], entry_s[x[j]]
                            stands = here[m] + y[j]
                            _follow(hops, first_from(k, x[j], stands + gate_s[x[j]], leaves, slot) - a, stands, i, entry, onward, one)
                            one[EGRESS] = egress_s[block, one[EGRESS], i]
                            one[EGRESS] += walk
                            one[WAIT] -= spared
                            one[DELAY] = spared
                        if m == ranked:
                            for leg in range(6):
                                legs[leg, o, d] = one[leg]
                            delay[o, d], boardings[o, d], first_stop[o, d] = one[DELAY], one[BOARDINGS], boards_at
                        if every:
                            for leg in range(7):
                                sums[k, leg, p, q] += one[leg]


@njit(cache=True, nogil=True)
def _ends_with(k, p, m, q, best, goal_ptr, goal_lane, goal_s, buffer_s, horizon_s):  # type: ignore[no-untyped-def]
    """The lane that the sample's journey to a destination ends with, the seconds from there, those counted in all (NEVER where
    there is none), and those of its wait that are not.
    """
    least, lane, walk = NOT_REACHED, np.int64(goal_lane[goal_ptr[q]]), np.int64(0)
    for j in range(goal_ptr[q], goal_ptr[q + 1]):
        b = goal_lane[j]
        x = np.uint32(best[k, p, b // LANES, m, b % LANES] + (np.uint32(goal_s[j]) << HALF))
        if x < least:
            least, lane, walk = x, np.int64(b), np.int64(goal_s[j])
    took, key = np.int64(least >> HALF), np.int64(NEVER) - np.int64(least & np.uint32(NEVER))
    if took > horizon_s:
        return lane, walk, np.int64(NEVER), np.int64(0)
    credit = max(key - KNOWN - buffer_s, 0)
    return lane, walk, took - credit, credit


@njit(cache=True, nogil=True)
def _left_by(k, a, access_stop, ready_s, gate_s, leaves, slot, depart, entry, lane, packed):  # type: ignore[no-untyped-def]
    """Which way to a stop gives a journey that is packed so: the first of several."""
    n_slots = slot.shape[2] - 1
    for j in range(len(access_stop)):
        s, ready = access_stop[j], depart + ready_s[j]
        i = first_from(k, s, ready + gate_s[s], leaves, slot)
        if i < slot[k, s, n_slots] and np.uint32(entry[i - a, lane] + np.uint32(ready - (depart << 16))) == packed:
            return j
    return -1


@njit(cache=True, nogil=True)
def _follow(hops, row, stands, lane, entry, onward, one):  # type: ignore[no-untyped-def]
    """Legs after entry of someone who stands at the stop of a row, with all of the wait; of egress, the stop that it begins at."""
    frm, to, dep, arr, key, at, next_of_run, link_ptr, link_row = hops
    leg = WAIT
    while True:
        c = np.int64(at[_boarded(row, lane, frm, dep, key, at, entry)])
        one[leg] += np.int64(dep[c]) - stands
        one[BOARDINGS] += 1
        boards = np.int64(dep[c])
        while onward[c, lane] == 0:
            c = np.int64(next_of_run[c])
        stands, leg = np.int64(arr[c]), TRANSFER
        one[RIDE] += stands - boards
        if onward[c, lane] == 1:
            one[EGRESS] = to[c]
            return
        row = np.int64(link_row[link_ptr[c] + np.int64(onward[c, lane]) - 2])


@njit(cache=True, nogil=True)
def _boarded(row, lane, frm, dep, key, at, entry):  # type: ignore[no-untyped-def]
    """The row boarded by someone who stands at the stop of a row: the last there that gives the entry."""
    wanted, last, stop, i = entry[row, lane], row, frm[at[row]], row
    its_key = NEVER - np.uint16(wanted & np.uint32(NEVER))
    while i < len(at) and frm[at[i]] == stop and dep[at[i]] <= its_key & (KNOWN - 1):
        if key[at[i]] == its_key and entry[i, lane] == wanted:
            last = i
        i += 1
    return last
