"""Connection scans of 64 lanes at once: the kernels, plain arrays only.

A lane is one (origin, departure second). All lanes of a scan ride the same connections. Times are uint16 seconds from
one second before the first departure; rows of 64 lanes are contiguous, so that the compiler makes SIMD of every inner loop.
numba's cache looks at the file of `run_blocks` alone: after an edit here, save lane_blocks.py too, or the old code runs.
A key (uint16, 0 = not aboard) holds the first wait, and decides between journeys of equal arrival: larger wins. Its highest bit says
that riders know the clock of what they board first.
A label (int64) is (connection first boarded) << 32 | ride seconds << 16 | boardings.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LANES = 64
NEVER = np.uint16(65535)
ZERO = np.uint16(0)
ALL = np.uint16(0xFFFF)
KNOWN = 1 << 15  # of a key
LONGEST_WAIT_S = np.uint16(32_766)  # a key has room for no more; horizons are shorter
RIDE_FIELD = np.int64(0xFFFF0000)


@njit(cache=True, nogil=True)
def scan_plain(  # type: ignore[no-untyped-def]
    c0, c1, frm, to, dep, arr, trip, live, early, worst, change_ptr, change_stop, change_s, board_in, board_out, aboard, ride
):  # fmt: skip
    """Earliest arrivals by vehicle at every stop: `ride` falls in place, `board_out` is the change to platforms from it.

    Connections c0 … c1 are scanned. `early` is the first second at which some lane may board at a stop, `worst` the last
    arrival of any lane there: what cannot be boarded or improves nothing is left out.
    """
    for c in range(c0, c1):
        a, b, r = frm[c], to[c], trip[c]
        leaves, comes = dep[c], arr[c]
        if live[r] == 0:
            if early[a] > leaves:
                continue
            live[r] = 1
            for lane in range(LANES):
                aboard[r, lane] = ZERO
        if early[a] <= leaves:
            for lane in range(LANES):
                aboard[r, lane] |= ALL if board_in[a, lane] <= leaves else ZERO
        if worst[b] <= comes:
            continue
        improved, last_in = ZERO, ZERO
        for lane in range(LANES):
            there = np.uint16(comes | np.uint16(~aboard[r, lane]))
            old = ride[b, lane]
            new = there if there < old else old
            improved = np.uint16(improved | np.uint16(old ^ new))
            last_in = new if new > last_in else last_in
            ride[b, lane] = new
        worst[b] = last_in
        if improved != 0:
            for j in range(change_ptr[b], change_ptr[b + 1]):
                f, walk = change_stop[j], change_s[j]
                early[f] = min(early[f], np.int64(comes) + np.int64(walk))
                for lane in range(LANES):
                    x = ride[b, lane]
                    y = np.uint16(x + walk)
                    y = y if y >= x else NEVER
                    z = board_out[f, lane]
                    board_out[f, lane] = y if y < z else z


@njit(cache=True, nogil=True)
def scan_keyed(  # type: ignore[no-untyped-def]
    c0, c1, frm, to, dep, last, arr, trip, first_key, wait_weight, live, early, worst, change_ptr, change_stop, change_s, ready,
    board_in, board_key_in, board_from_in, board_out, board_key_out, board_from_out, trip_key, trip_label,
    ride, ride_key, ride_label_in, ride_label_out, fresh, with_labels,
):  # fmt: skip
    """As `scan_plain`, with the key of each arrival and, if `with_labels`, its label.

    `ready` is the second at which a lane stands on a platform straight from its origin; boarding then needs `ready <= last`.
    """
    for c in range(c0, c1):
        a, b, r = frm[c], to[c], trip[c]
        leaves, latest, comes = dep[c], last[c], arr[c]
        if live[r] == 0:
            if early[a] > leaves:
                continue
            live[r] = 1
            for lane in range(LANES):
                trip_key[r, lane] = ZERO
        base, weight = first_key[r], wait_weight[r]
        if early[a] <= leaves:
            changed = ZERO
            for lane in range(LANES):
                stands = ready[a, lane]
                wait = np.uint16(leaves - stands)
                first = np.uint16(np.uint16(wait * weight) + base)
                first = first if stands <= latest else ZERO
                first = first if wait <= LONGEST_WAIT_S else ZERO
                again = board_key_in[a, lane]
                again = again if board_in[a, lane] <= leaves else ZERO
                best = first if first >= again else again
                old = trip_key[r, lane]
                new = best if best > old else old
                changed = np.uint16(changed | np.uint16(old ^ new))
                fresh[lane] = new
            if changed != 0:
                if with_labels:
                    for lane in range(LANES):
                        if fresh[lane] != trip_key[r, lane]:
                            if board_in[a, lane] <= leaves and board_key_in[a, lane] == fresh[lane] and not _first_gives(
                                ready[a, lane], latest, leaves, weight, base, fresh[lane]
                            ):  # fmt: skip
                                came = ride_label_in[board_from_in[a, lane], lane]
                                rode = ((came >> 16) - np.int64(leaves)) & np.int64(0xFFFF)
                                trip_label[r, lane] = (came & ~RIDE_FIELD) + 1 + (rode << 16)
                            else:
                                rode = (-np.int64(leaves)) & np.int64(0xFFFF)
                                trip_label[r, lane] = (np.int64(c) << 32) + (rode << 16) + 1
                for lane in range(LANES):
                    trip_key[r, lane] = fresh[lane]
        if worst[b] < comes:
            continue
        improved, last_in = ZERO, ZERO
        for lane in range(LANES):
            key, old, old_key = trip_key[r, lane], ride[b, lane], ride_key[b, lane]
            there = comes if key != 0 else NEVER
            better = ALL if (there < old) | ((there == old) & (key > old_key)) else ZERO
            improved = np.uint16(improved | better)
            fresh[lane] = better
            new = there if there < old else old
            last_in = new if new > last_in else last_in
        worst[b] = last_in
        if improved == 0:
            continue
        if with_labels:
            for lane in range(LANES):
                label = trip_label[r, lane]
                rode = ((label >> 16) + np.int64(comes)) & np.int64(0xFFFF)
                new_label, old_label = (label & ~RIDE_FIELD) | (rode << 16), ride_label_out[b, lane]
                ride_label_out[b, lane] = new_label if fresh[lane] != 0 else old_label
        for lane in range(LANES):
            key, old, old_key = trip_key[r, lane], ride[b, lane], ride_key[b, lane]
            ride[b, lane] = comes if fresh[lane] != 0 else old
            ride_key[b, lane] = key if fresh[lane] != 0 else old_key
        for j in range(change_ptr[b], change_ptr[b + 1]):
            f, walk = change_stop[j], change_s[j]
            early[f] = min(early[f], np.int64(comes) + np.int64(walk))
            for lane in range(LANES):
                x, key = ride[b, lane], ride_key[b, lane]
                y = np.uint16(x + walk)
                y = y if y >= x else NEVER
                z, old_key, old_from = board_out[f, lane], board_key_out[f, lane], board_from_out[f, lane]
                better = (y < z) | ((y == z) & (key > old_key))
                board_out[f, lane] = y if better else z
                board_key_out[f, lane] = key if better else old_key
                board_from_out[f, lane] = np.uint16(b) if better else old_from


@njit(cache=True, nogil=True)
def _first_gives(stands, latest, leaves, weight, base, key):  # type: ignore[no-untyped-def]
    """Whether boarding straight from the origin gives this key: then it is taken, being the fewest boardings."""
    wait = np.uint16(leaves - stands)
    return stands <= latest and wait <= LONGEST_WAIT_S and np.uint16(np.uint16(wait * weight) + base) == key
