"""Blocks of origins through the scans: access before, egress and ranks after. Plain arrays only.

One call owns its scratch and lets the interpreter go (nogil), so that any thread pool may run several at once.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from commute.routing.lanes import KNOWN, LANES, NEVER, ZERO, scan_keyed, scan_plain

RANDOM, INFORMED, HALF_HEADWAY = 0, 1, 2
HALF_ORIGIN = 32_768  # the key of a counted wait that equals the real one, under half_headway
DIRECT = np.int64(-1)  # label of a journey without any vehicle
ACCESS, ENTRY, WAIT, RIDE, TRANSFER, EGRESS = 0, 1, 2, 3, 4, 5
FAR_OFF = np.int64(1 << 40)
CHECK_EVERY = 256  # connections between two looks whether all lanes have arrived; more where there is more to look at


@njit(cache=True, nogil=True)
def credit_of(key, rule, buffer_s):  # type: ignore[no-untyped-def]
    """Seconds of the first wait that are not counted (negative where more is counted than was waited)."""
    if rule == INFORMED:
        return max(np.int64(key) - KNOWN - 1 - buffer_s, 0)
    if rule == HALF_HEADWAY:
        return np.int64(key) - HALF_ORIGIN
    return np.int64(0)


@njit(cache=True, nogil=True)
def sort_rows(columns, network):  # type: ignore[no-untyped-def]
    """Sort every column of (samples, LANES) by a network of comparators: branchless, all columns at once."""
    for c in range(len(network)):
        p, q = network[c, 0], network[c, 1]
        for i in range(LANES):
            x, y = columns[p, i], columns[q, i]
            columns[p, i] = x if x < y else y
            columns[q, i] = y if x < y else x


@njit(cache=True, nogil=True)
def _all_arrived(  # type: ignore[no-untyped-def]
    now, egress_ptr, egress_stop, egress_s, direct_s, o0, here, q0, used, rule, lane_departs, ride, best
):  # fmt: skip
    """Whether nothing that leaves at `now` or later can reach any destination as early as it is reached already."""
    for d in range(len(egress_ptr) - 1):
        best[:] = NEVER
        for j in range(egress_ptr[d], egress_ptr[d + 1]):
            s, walk = egress_stop[j], egress_s[j]
            for lane in range(LANES):
                x = ride[s, lane]
                y = np.uint16(x + walk)
                y = y if y >= x else NEVER
                best[lane] = y if y < best[lane] else best[lane]
        if egress_ptr[d] == egress_ptr[d + 1]:
            continue
        for lane in range(used):
            if best[lane] < now:
                continue
            direct = np.int64(direct_s[o0 + (q0 + lane) % here, d])  # a counted wait may beat it later, a real one not
            if rule != RANDOM or direct < 0 or lane_departs[lane] + direct >= now:
                return False
    return True


@njit(cache=True, nogil=True)
def run_blocks(  # type: ignore[no-untyped-def]
    first_block, n_blocks, per_block, horizon_s, rule, buffer_s, passes, keyed, with_labels,
    conn_start, trip_start, frm, to, dep, last, arr, trip, first_key, wait_weight, departs,
    access_ptr, access_stop, access_s, entry_s, gate_s, change_ptr, change_stop, change_s,
    egress_ptr, egress_stop, egress_s, direct_s, network, ranks, middle,
    totals, mean_s, reached, legs, mean_legs, delay, mean_delay, boardings, first_stop,
):  # fmt: skip
    """Times of the origins in blocks first_block … + n_blocks, written to their rows of the last eight arrays."""
    n_stops, n_origins, n_destinations = len(entry_s), len(access_ptr) - 1, len(egress_ptr) - 1
    n_draws, n_departs = len(conn_start) - 1, len(departs)
    n_samples, width = n_draws * n_departs, per_block * n_destinations
    n_trips = 0
    for k in range(n_draws):
        n_trips = max(n_trips, trip_start[k + 1] - trip_start[k])
    keyed_stops = n_stops if keyed else 1
    label_stops, label_trips = (n_stops, n_trips) if with_labels else (1, 1)
    ready = np.empty((keyed_stops, LANES), np.uint16)
    board = np.empty((n_stops, LANES), np.uint16)
    board_key = np.empty((keyed_stops, LANES), np.uint16)
    board_from = np.empty((keyed_stops, LANES), np.uint16)
    next_board, next_key, next_from = board, board_key, board_from
    ride = np.empty((n_stops, LANES), np.uint16)
    ride_key = np.empty((keyed_stops, LANES), np.uint16)
    ride_label = np.empty((label_stops, LANES), np.int64)
    old_label = ride_label
    if passes > 0:  # a pass boards only from the arrivals of the pass before
        next_board, next_key, next_from = board.copy(), board_key.copy(), board_from.copy()
        old_label = ride_label.copy()
    aboard = np.empty((n_trips, LANES), np.uint16)
    trip_label = np.empty((label_trips, LANES), np.int64)
    live, early, worst = np.empty(n_trips, np.uint8), np.empty(n_stops, np.int64), np.empty(n_stops, np.uint16)
    lane_departs = np.empty(LANES, np.int64)
    check_every = max(CHECK_EVERY, len(egress_stop))
    best, best_key = np.empty(LANES, np.uint16), np.empty(LANES, np.uint16)
    best_stop, fresh = np.empty(LANES, np.uint16), np.empty(LANES, np.uint16)
    samples = np.empty((n_samples, width), np.uint16)
    label_rows, label_width = (n_samples, width) if with_labels else (1, 1)
    labels, last_leg = np.empty((label_rows, label_width), np.int64), np.empty((label_rows, label_width), np.uint16)
    credits = np.empty((label_rows, label_width), np.int32)

    for block in range(first_block, first_block + n_blocks):
        o0 = block * per_block
        here = min(per_block, n_origins - o0)
        for k in range(n_draws):
            for q0 in range(0, here * n_departs, LANES):
                early[:] = FAR_OFF
                worst[:] = NEVER
                board[:, :] = NEVER
                ride[:, :] = NEVER
                if keyed:
                    ready[:, :] = NEVER
                    board_key[:, :] = ZERO
                    ride_key[:, :] = ZERO
                used = min(LANES, here * n_departs - q0)
                for lane in range(LANES):
                    q = q0 + min(lane, used - 1)  # lanes to spare repeat the last: an idle lane would hold up `worst`
                    o, leaves = o0 + q % here, departs[q // here]
                    lane_departs[lane] = leaves
                    for j in range(access_ptr[o], access_ptr[o + 1]):
                        s = access_stop[j]
                        stands = leaves + access_s[j] + entry_s[s]
                        early[s] = min(early[s], stands)
                        if keyed:
                            ready[s, lane] = min(np.int64(ready[s, lane]), stands)
                        else:
                            board[s, lane] = min(np.int64(board[s, lane]), stands + gate_s[s])
                if passes > 0:
                    next_board[:, :] = board
                    if keyed:
                        next_key[:, :] = board_key
                begin = conn_start[k] + np.searchsorted(dep[conn_start[k] : conn_start[k + 1]], lane_departs[0])
                end_s = lane_departs[LANES - 1] + horizon_s
                for _ in range(max(passes, 1)):
                    live[:] = 0
                    for c0 in range(begin, conn_start[k + 1], check_every):
                        if dep[c0] > end_s:
                            break
                        if c0 > begin and _all_arrived(
                            dep[c0], egress_ptr, egress_stop, egress_s, direct_s, o0, here, q0, used, rule, lane_departs, ride, best
                        ):  # fmt: skip
                            break
                        c1 = min(c0 + check_every, conn_start[k + 1])
                        if keyed:
                            scan_keyed(
                                c0, c1, frm, to, dep, last, arr, trip, first_key[trip_start[k] :],
                                wait_weight[trip_start[k] :], live, early, worst, change_ptr, change_stop, change_s, ready,
                                board, board_key, board_from, next_board, next_key, next_from, aboard, trip_label,
                                ride, ride_key, old_label, ride_label, fresh, with_labels,
                            )  # fmt: skip
                        else:
                            scan_plain(
                                c0, c1, frm, to, dep, arr, trip, live, early, worst,
                                change_ptr, change_stop, change_s, board, next_board, aboard, ride,
                            )  # fmt: skip
                    if passes > 0:
                        board[:, :] = next_board
                        if keyed:
                            board_key[:, :] = next_key
                            board_from[:, :] = next_from
                        if with_labels:
                            old_label[:, :] = ride_label
                for d in range(n_destinations):
                    best[:] = NEVER
                    best_key[:] = ZERO
                    for j in range(egress_ptr[d], egress_ptr[d + 1]):
                        s, walk = egress_stop[j], egress_s[j]
                        if keyed:
                            for lane in range(LANES):
                                x, key = ride[s, lane], ride_key[s, lane]
                                y = np.uint16(x + walk)
                                y = y if y >= x else NEVER
                                z, old_key, old_stop = best[lane], best_key[lane], best_stop[lane]
                                better = (y < z) | ((y == z) & (key > old_key))
                                best[lane] = y if better else z
                                best_key[lane] = key if better else old_key
                                best_stop[lane] = np.uint16(s) if better else old_stop
                        else:
                            for lane in range(LANES):
                                x = ride[s, lane]
                                y = np.uint16(x + walk)
                                y = y if y >= x else NEVER
                                best[lane] = y if y < best[lane] else best[lane]
                    for lane in range(used):
                        i, m = (q0 + lane) % here, (q0 + lane) // here
                        raw = np.int64(best[lane]) - lane_departs[lane]
                        credit = credit_of(best_key[lane], rule, buffer_s) if keyed else np.int64(0)
                        total = raw - credit if best[lane] != NEVER and raw <= horizon_s else FAR_OFF
                        direct = np.int64(direct_s[o0 + i, d])
                        is_direct = 0 <= direct <= horizon_s and direct < total
                        total = direct if is_direct else total
                        at, row = i * n_destinations + d, k * n_departs + m
                        samples[row, at] = min(total, np.int64(NEVER))
                        if with_labels and total < np.int64(NEVER):
                            labels[row, at] = DIRECT if is_direct else ride_label[best_stop[lane], lane]
                            last_leg[row, at] = best[lane] - ride[best_stop[lane], lane] if not is_direct else ZERO
                            credits[row, at] = credit if not is_direct else 0
        _ranks(o0, here, n_destinations, samples, network, ranks, totals, mean_s, reached)
        if with_labels:
            _legs(
                o0, here, n_destinations, n_departs, samples, labels, last_leg, credits, totals[middle],
                frm, dep, departs, access_ptr, access_stop, access_s, entry_s, legs, mean_legs, delay, mean_delay, boardings, first_stop,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _ranks(o0, here, n_destinations, samples, network, ranks, totals, mean_s, reached):  # type: ignore[no-untyped-def]
    """Totals at the ranks asked for, the mean and the share of samples that arrive."""
    n_samples, pairs = len(samples), here * n_destinations
    rows = 1
    while rows < n_samples:
        rows *= 2
    columns = np.empty((rows, LANES), np.uint16)
    sums, counts = np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    for p0 in range(0, pairs, LANES):
        here_now = min(LANES, pairs - p0)
        columns[:, :] = NEVER
        sums[:] = 0
        counts[:] = 0
        for s in range(n_samples):
            for i in range(here_now):
                value = samples[s, p0 + i]
                columns[s, i] = value
                sums[i] += value
                counts[i] += 1 if value != NEVER else 0
        sort_rows(columns, network)
        for i in range(here_now):
            o, d = o0 + (p0 + i) // n_destinations, (p0 + i) % n_destinations
            for p in range(len(ranks)):
                value = columns[ranks[p], i]
                totals[p, o, d] = -1 if value == NEVER else np.int32(value)
            mean_s[o, d] = sums[i] / n_samples if counts[i] == n_samples else np.nan
            reached[o, d] = counts[i] / n_samples


@njit(cache=True, nogil=True)
def _legs(  # type: ignore[no-untyped-def]
    o0, here, n_destinations, n_departs, samples, labels, last_leg, credits, at_rank,
    frm, dep, departs, access_ptr, access_stop, access_s, entry_s, legs, mean_legs, delay, mean_delay, boardings, first_stop,
):  # fmt: skip
    """Legs of the first sample whose total is that at the middle rank, and the means of the legs over all samples."""
    n_samples = len(samples)
    one, sums = np.zeros(6, np.int64), np.zeros(6, np.int64)
    walk_to = np.zeros(len(entry_s), np.int64)
    for i in range(here):
        o = o0 + i
        for j in range(access_ptr[o + 1] - 1, access_ptr[o] - 1, -1):
            walk_to[access_stop[j]] = access_s[j]
        for j in range(access_ptr[o], access_ptr[o + 1]):
            walk_to[access_stop[j]] = min(walk_to[access_stop[j]], access_s[j])
        for d in range(n_destinations):
            at, found, complete, delayed = i * n_destinations + d, False, True, 0
            sums[:] = 0
            for s in range(n_samples):
                total = np.int64(samples[s, at])
                if total == np.int64(NEVER):
                    complete = False
                    continue
                label, credit = labels[s, at], np.int64(credits[s, at])
                one[:] = 0
                if label == DIRECT:
                    one[ACCESS] = total
                else:
                    first = label >> 32
                    stop = frm[first]
                    one[ACCESS] = walk_to[stop]
                    one[ENTRY] = entry_s[stop]
                    one[WAIT] = np.int64(dep[first]) - departs[s % n_departs] - one[ACCESS] - one[ENTRY] - credit
                    one[RIDE] = (label >> 16) & 0xFFFF
                    one[EGRESS] = last_leg[s, at]
                    one[TRANSFER] = total - one[ACCESS] - one[ENTRY] - one[WAIT] - one[RIDE] - one[EGRESS]
                delayed += max(int(credit), 0)
                for leg in range(6):
                    sums[leg] += one[leg]
                if not found and total == at_rank[o, d]:
                    found = True
                    for leg in range(6):
                        legs[leg, o, d] = one[leg]
                    delay[o, d] = max(credit, 0)
                    boardings[o, d] = 0 if label == DIRECT else label & 0xFFFF
                    first_stop[o, d] = -1 if label == DIRECT else frm[label >> 32]
            for leg in range(6):
                mean_legs[leg, o, d] = sums[leg] / n_samples if complete else np.nan
            mean_delay[o, d] = delayed / n_samples if complete else np.nan
