"""Which gaps can change which items, whatever else is open.

First a quick test that lets through too many, then, for items that several gaps may matter to, the chains of gaps that a shortest
journey can take. A chain is worth having where no part of it does as well. What comes before a link of such a chain is worth having
too, so chains grow link by link and few are ever made: on a real network a journey that twenty gaps lie near depends on three.
"""

from __future__ import annotations

import numpy as np

from commute.routing.judged import Judged
from commute.routing.minplus import Around, open_in
from commute.routing.street import FAR, Bools, Longs, in_threads, kernel

SIMPLE = 1  # gaps up to which the quick test is right: a way over others would let them through too
MOST_CHAINS = 2_000  # of one item: beyond, the quick test has the last word
MOST_BITS = 63
FIRST = 100_000  # comparisons of chains that an item may take at first; few take more
WORK = 2e10  # of the others in all, shared evenly: half a minute


def matters(around: Around, judged: Judged, *, threads: int = 1) -> Bools:
    """Which gaps change what an item counts for in some set of open gaps, shape (n_items, n_gaps).

    Exact where the chains of an item are few (`MOST_CHAINS`, `WORK`, 63 gaps); else some that change nothing are among them.
    """
    od, oe, ed, ee, arcs = around
    n_o, n_d = od.shape
    every = np.block([[od, oe], [ed, ee]])
    open_in(every, (n_o, n_d), arcs, np.ones(arcs.n_gaps, bool))
    out = np.zeros((len(judged.row), arcs.n_gaps), np.bool_)
    before = judged.before_s(od)
    to_end, from_end = every[:n_o, n_d:].copy(), every[n_o:, :n_d].T.copy()
    _quick(to_end, from_end, arcs.gap, arcs.a, arcs.b, arcs.ds, arcs.directed, judged.row, judged.col, before, judged.parking_s, out)
    open_ended = np.ones(len(out), np.bool_)

    def settle(which: Longs, most: int) -> None:
        def work(first: int, last: int) -> None:
            _by_chains(
                od, oe, ed, ee, from_end, arcs.gap, arcs.a, arcs.b, arcs.ds, arcs.directed, which[first:last], judged.row, judged.col,
                before, judged.parking_s, MOST_CHAINS, most, out, open_ended,
            )  # fmt: skip

        in_threads(work, len(which), threads)

    several = np.flatnonzero(out.sum(axis=1) > SIMPLE)
    settle(several, FIRST)
    hard = several[open_ended[several]]
    settle(hard, int(WORK / max(len(hard), 1)))
    return out


@kernel
def _quick(to_end, from_end, gap, a, b, ds, one_way, row, col, before, parking, out):  # type: ignore[no-untyped-def]
    """With every gap open no way over a link is longer than with fewer: where even that is no quicker, the gap changes nothing."""
    for k in range(len(row)):
        here, there = to_end[row[k]], from_end[col[k]]
        for q in range(len(gap)):
            over = here[a[q]] + there[b[q]] if one_way[q] else min(here[a[q]] + there[b[q]], here[b[q]] + there[a[q]])
            if over + ds[q] < FAR and (over + ds[q] + 5) // 10 + parking < before[k]:
                out[k, gap[q]] = True


@kernel
def _by_chains(  # type: ignore[no-untyped-def]
    od, oe, ed, ee, from_end, gap, a, b, ds, one_way, which, row, col, before, parking, room, most, out, open_ended
):  # fmt: skip
    n_arcs = len(gap)
    start, goal, over = np.empty(2 * n_arcs, np.int64), np.empty(2 * n_arcs, np.int64), np.empty(2 * n_arcs, np.int64)
    bit, owner = np.empty(2 * n_arcs, np.int64), np.empty(MOST_BITS, np.int64)
    place = np.empty(out.shape[1], np.int64)
    end, mask, took = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    arrived = np.empty(room)
    for k in which:
        n_bits = 0
        for g in range(out.shape[1]):
            if out[k, g]:
                place[g] = n_bits
                if n_bits < MOST_BITS:
                    owner[n_bits] = g
                n_bits += 1
        if n_bits > MOST_BITS:
            continue
        m = 0
        for q in range(n_arcs):
            if out[k, gap[q]] and ds[q] < FAR:
                for way in range(1 if one_way[q] else 2):
                    start[m], goal[m] = (a[q], b[q]) if way == 0 else (b[q], a[q])
                    over[m], bit[m] = ds[q], np.int64(1) << place[gap[q]]
                    m += 1
        n = _chains(oe[row[k]], ee, from_end[col[k]], start[:m], goal[:m], over[:m], bit[:m], before[k], parking, most, end, mask, took)
        if n < 0:
            continue
        open_ended[k] = False
        for i in range(n):
            arrived[i] = _seconds(took[i] + ed[end[i], col[k]], parking, before[k])
        needed = np.int64(0)
        for i in range(n):
            for j in range(n_bits):
                one = np.int64(1) << j
                if arrived[i] < before[k] and mask[i] & one and not needed & one:
                    without = before[k]
                    for h in range(n):
                        if mask[h] & ~(mask[i] & ~one) == 0:
                            without = min(without, arrived[h])
                    if arrived[i] < without:
                        needed |= one
        for j in range(n_bits):
            out[k, owner[j]] = needed & (np.int64(1) << j) != 0


@kernel
def _chains(here, ee, onward, start, goal, over, bit, before, parking, most, end, mask, took):  # type: ignore[no-untyped-def]
    """The chains of gaps worth having from one origin, into end (where the last link leads), mask, took; −1 where they are too many."""
    n, todo, steps = 0, -1, 0  # the chain that is grown; −1: none yet
    while todo < n:
        for q in range(len(start)):
            s, t = start[q], goal[q]
            if todo < 0:
                at, have = np.int64(here[s]), np.int64(0)
            else:
                at, have = took[todo] + ee[end[todo], s], mask[todo]
                if here[s] <= at:
                    continue
            then, now = at + over[q], have | bit[q]
            if here[t] <= then or _seconds(then + onward[t], parking, before) >= before:
                continue
            good = True
            steps += n
            if steps > most:
                return -1
            for i in range(n):
                if mask[i] & ~now == 0:
                    if took[i] + ee[end[i], t] <= then:
                        good = False
                        break
                    if i != todo and mask[i] & ~have == 0:
                        there = took[i] + ee[end[i], s]
                        if there < at or (there == at and mask[i] != have):
                            good = False
                            break
            if good:
                if n == len(end):
                    return -1
                end[n], mask[n], took[n] = t, now, then
                n += 1
        todo += 1
    return n


@kernel
def _seconds(ds, parking, before):  # type: ignore[no-untyped-def]
    """Seconds of a drive, at most those with no gap open."""
    return before if ds >= FAR else min(np.float64((ds + 5) // 10 + parking), before)
