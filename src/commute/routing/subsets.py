"""A measure of the times under every subset of gaps, by walking the tree of subsets.

A child of a subset opens one gap more: one update of the parent's matrix, in which only rows change whose end of the gap's link
is reached sooner over the link. Rows that do not change are shared with the parent. Children open gaps of lower and lower number, so a
matrix keeps rows and columns of those ends alone that lower gaps still need; the last gap, which half of the subsets open last, needs
none, and is measured while it is added. Gaps are numbered so that the last one changes the fewest rows.

Exact for blocks of shortest times, which keep the triangle inequality through every gap end (`minplus`); int32 deciseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from commute.routing.judged import Judged, add_saved
from commute.routing.minplus import Around
from commute.routing.street import FAR, Floats, Ints, Longs, in_threads, kernel

TASK_GAPS = 10  # a task walks all subsets of so many gaps
ROUND = 64  # tasks between two words of progress


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tree:
    """The matrix with no gap open, and the gaps in the order of the walk."""

    base: Ints  # [n_o + n_e, n_d + n_e]
    shape: tuple[int, int]  # n_o, n_d
    ptr: Longs  # [n_gaps + 1] into a, b, ds, one_way
    a: Longs  # positions among the ends
    b: Longs
    ds: Ints
    one_way: Any
    kept: Longs  # [n_gaps + 1] the first kept[g] ends are those of gaps below g
    bit: Longs  # [n_gaps] of each gap in the number of a subset


def tree_of(around: Around, gaps: Longs, rows: Longs, cols: Longs) -> Tree:
    """The tree of all subsets of `gaps`, of which gaps[j] is bit j, between some origins and some destinations."""
    od, oe, ed, ee, arcs = around
    usable = np.flatnonzero(np.isin(arcs.gap, gaps) & (arcs.ds < FAR))
    changes = np.zeros(arcs.n_gaps, np.int64)
    for k in usable:
        near = np.abs(oe[rows, arcs.a[k]].astype(np.int64) - oe[rows, arcs.b[k]])
        changes[arcs.gap[k]] += np.count_nonzero(near > arcs.ds[k])
    order = np.argsort(changes[gaps], kind="stable")
    place = np.full(arcs.n_gaps, -1)
    place[gaps[order]] = np.arange(len(gaps))
    usable = usable[np.argsort(place[arcs.gap[usable]], kind="stable")]
    owner = place[arcs.gap[usable]]
    both = np.stack([arcs.a[usable], arcs.b[usable]], axis=1).ravel()
    ends, first, inverse = np.unique(both, return_index=True, return_inverse=True)
    rank = np.empty(len(ends), np.int64)
    rank[np.argsort(first)] = np.arange(len(ends))  # by the lowest gap that needs them
    ends, local = ends[np.argsort(first)], rank[inverse].reshape(-1, 2)
    upto = np.maximum.accumulate(local.max(axis=1, initial=-1) + 1) if len(usable) else np.zeros(0, np.int64)
    ptr = np.searchsorted(owner, np.arange(len(gaps) + 1)).astype(np.int64)
    kept = np.concatenate([[0], upto])[ptr]
    return Tree(
        base=np.block([[od[np.ix_(rows, cols)], oe[np.ix_(rows, ends)]], [ed[np.ix_(ends, cols)], ee[np.ix_(ends, ends)]]]),
        shape=(len(rows), len(cols)),
        ptr=ptr,
        a=local[:, 0].copy(),
        b=local[:, 1].copy(),
        ds=arcs.ds[usable],
        one_way=arcs.directed[usable],
        kept=kept.astype(np.int64),
        bit=(1 << order).astype(np.int64),
    )


def item_table(around: Around, gaps: Longs, judged: Judged, *, threads: int = 1, tell: Callable[[int], None] | None = None) -> Floats:
    """What opening each subset of gaps improves.

    Parameters
    ----------
    around : od, oe, ed, ee, arcs
        As `minplus.closure` takes them.
    gaps : ndarray of int, shape (k,)
        Gap gaps[j] is bit j of a subset; no other is open.
    judged : Judged
    tell : callable(subsets done), optional

    Returns
    -------
    ndarray of float64, shape (2^k, n_measures)
        Row 0 is 0: nothing open improves nothing.
    """
    judged = judged.of(np.argsort(judged.row, kind="stable"))
    rows, cols = np.unique(judged.row), np.unique(judged.col)
    ptr = np.searchsorted(judged.row, np.append(rows, np.iinfo(np.int64).max)).astype(np.int64)
    before = judged.seconds(around[0][judged.row, judged.col])
    items = (
        ptr, np.searchsorted(cols, judged.col).astype(np.int64), judged.other_s, before, judged.kind, judged.weight,
        (float(judged.minutes), float(judged.cap_min)), int(judged.parking_s),
    )  # fmt: skip
    out = np.zeros((1 << len(gaps), len(judged.kind)))
    nothing = np.empty(0)
    _walk_all(tree_of(around, np.asarray(gaps, np.int64), rows, cols), (0, nothing, nothing), items, out, False, threads, tell)
    return out


def reach_table(
    around: Around, *, from_weight: Floats, to_weight: Floats, limit_ds: int, whole: bool = False, threads: int = 1,
    tell: Callable[[int], None] | None = None,
) -> Floats:  # fmt: skip
    """What all origins reach within a limit under every subset of all gaps: Σ from_weight × to_weight over pairs within it.

    Parameters
    ----------
    around : od, oe, ed, ee, arcs
    from_weight, to_weight : ndarray of float64, shapes (n_o,), (n_d,)
    limit_ds : int, deciseconds
    whole : bool
        Also write each subset's matrix out, all rows in one place; it changes nothing but the time taken.
    tell : callable(subsets done), optional

    Returns
    -------
    ndarray of float64, shape (2^n_gaps,)
        Gap k is bit k.
    """
    n_o, n_d = around[0].shape
    out = np.zeros((1 << around[4].n_gaps, 1))
    tree = tree_of(around, np.arange(around[4].n_gaps), np.arange(n_o), np.arange(n_d))
    none, some = np.empty(0, np.int64), np.empty(0)
    items = (none, none, some, some, np.zeros(1, np.int64), np.empty((1, 0)), (0.0, 0.0), 0)
    _walk_all(tree, (limit_ds, np.asarray(from_weight, np.float64), np.asarray(to_weight, np.float64)), items, out, whole, threads, tell)
    reached: Floats = out[:, 0]
    return reached


def _walk_all(
    tree: Tree, dense: Any, items: Any, out: Floats, whole: bool, threads: int, tell: Callable[[int], None] | None
) -> None:  # fmt: skip
    low = min(len(tree.bit), TASK_GAPS)
    tasks = 1 << (len(tree.bit) - low)

    def work(first: int, last: int) -> None:
        _walk(
            tree.base, tree.shape, tree.ptr, tree.a, tree.b, tree.ds, tree.one_way, tree.kept, tree.bit, low, first, last,
            dense, items, whole, out,
        )  # fmt: skip

    for start in range(0, tasks, ROUND):
        size = min(ROUND, tasks - start)
        in_threads(lambda a, b, start=start: work(start + a, start + b), size, threads)  # type: ignore[misc]
        if tell:
            tell(size << low)


@kernel
def _walk(  # type: ignore[no-untyped-def]
    base, shape, ptr, a, b, ds, one_way, kept, bit, low, first_task, last_task, dense, items, whole, out
):  # fmt: skip
    """All subsets of the gaps below `low`, for each task: a set of the higher ones."""
    n, n_o, m = len(bit), shape[0], out.shape[1]
    n_r, n_c = base.shape
    store = np.empty((n + 1, n_r, n_c), np.int32)
    at = np.zeros((n + 1, n_r), np.int64)  # the level whose copy of a row holds at a level
    sums = np.zeros((n + 2, n_o, m))  # what each row counts for
    link = np.full((2, n_c), FAR, np.int32)  # times from the ends of the link that is added
    way, x = np.ones(n_r, np.int64), np.full(n_r, FAR, np.int32)  # row i becomes min(row, x + link[way]); as it was where way is -1
    matrix = np.empty(shape if whole else (0, 0), np.int32)
    todo, added = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    for i in range(n_r):
        for j in range(n_c):
            store[0, i, j] = base[i, j]
    level, mask = 0, 0
    _count(store, at, level, link, way, x, dense, items, sums, level)
    if first_task == 0:
        _total(store, at, level, shape, link, way, x, sums, level, matrix, out[mask])
    for task in range(first_task, last_task):
        level, mask, top = 0, 0, 0  # top: the level at which all of the task's gaps are open
        for g in range(n - low):
            top += (task >> g) & 1
        todo[level] = n - 1
        while True:
            g = todo[level]
            while g >= low and (task >> (g - low)) & 1 == 0:
                g -= 1
            if g < 0:
                if level <= top:
                    break
                mask &= ~bit[added[level]]
                level -= 1
                continue
            todo[level] = g - 1
            here = level  # of the times; those of the last gap are counted as they are made, and not kept
            if g == 0 and ptr[1] == 1:
                _over(store, at, level, n_o, shape, a[0], b[0], ds[0], one_way[0], link, way, x)
            else:
                _open(store, at, level, shape, ptr, a, b, ds, one_way, kept, g, link, way, x)
                here = level + 1
            _count(store, at, here, link, way, x, dense, items, sums, level + 1)
            if level >= top - 1:
                _total(store, at, here, shape, link, way, x, sums, level + 1, matrix, out[mask | bit[g]])
            if here > level:
                level += 1
                mask |= bit[g]
                added[level], todo[level] = g, g - 1


@kernel
def _over(store, at, level, n_r, shape, a, b, over, one_way, link, way, x):  # type: ignore[no-untyped-def]
    """Which rows of a level a link shortens, and how: into way, x, link."""
    n_o, n_d = shape
    from_a, from_b = store[at[level, n_o + a], n_o + a], store[at[level, n_o + b], n_o + b]
    for j in range(link.shape[1]):
        link[0, j], link[1, j] = from_a[j], from_b[j]
    for i in range(n_r):
        to_a, to_b = store[at[level, i], i, n_d + a], store[at[level, i], i, n_d + b]
        way[i] = -1
        if to_a + over < to_b:
            way[i], x[i] = 1, to_a + over
        elif to_b + over < to_a and not one_way:
            way[i], x[i] = 0, to_b + over


@kernel
def _open(store, at, level, shape, ptr, a, b, ds, one_way, kept, g, link, way, x):  # type: ignore[no-untyped-def]
    """Make the next level: this one with gap g open, as far as gaps below g need it. Leaves way and x as `_count` takes them."""
    several = ptr[g + 1] > ptr[g] + 1  # then the links of g itself still need its ends
    n_e = kept[g + 1] if several else kept[g]
    n_r, n_c, new = shape[0] + n_e, shape[1] + n_e, level + 1
    for i in range(n_r):
        at[new, i] = at[level, i]
    for k in range(ptr[g], ptr[g + 1]):
        here = level if k == ptr[g] else new
        _over(store, at, here, n_r, shape, a[k], b[k], ds[k], one_way[k], link, way, x)
        for i in range(n_r):
            if way[i] >= 0:
                _lower(store[at[new, i], i], link[way[i]], x[i], n_c, store[new, i])
                at[new, i] = new
    for i in range(shape[0]):
        way[i], x[i] = 0 if at[new, i] == new else -1, FAR


@kernel
def _lower(row, onward, x, n, out):  # type: ignore[no-untyped-def]
    for j in range(n):
        out[j] = min(row[j], np.int32(x + onward[j]))  # in 32 bits, of which a register holds twice as many


@kernel
def _count(store, at, level, link, way, x, dense, items, sums, new):  # type: ignore[no-untyped-def]
    """What the rows of a level count for, into sums[new]: min(row, x + link[way]), or as before where way is -1."""
    limit, from_weight, to_weight = dense
    ptr, col, other, before, kind, weight, limits, parking = items
    for i in range(sums.shape[1]):
        row, onward = store[at[level, i], i], link[max(way[i], 0)]
        if way[i] < 0:
            for m in range(sums.shape[2]):
                sums[new, i, m] = sums[new - 1, i, m]
        elif len(to_weight):
            sums[new, i, 0] = from_weight[i] * _reached(row, onward, x[i], to_weight, limit)
        else:
            for m in range(sums.shape[2]):
                sums[new, i, m] = 0.0
            for k in range(ptr[i], ptr[i + 1]):
                ds = min(row[col[k]], x[i] + onward[col[k]])
                after = min(np.float64((ds + 5) // 10 + parking), other[k]) if ds < FAR else other[k]
                if after < before[k]:
                    add_saved(before[k], after, k, kind, weight, limits, sums[new, i])


@kernel
def _total(store, at, level, shape, link, way, x, sums, new, matrix, out):  # type: ignore[no-untyped-def]
    """The sum over rows; and the matrix, where it is asked for whole."""
    for m in range(len(out)):
        total = 0.0
        for i in range(shape[0]):
            total += sums[new, i, m]
        out[m] = total
    for i in range(len(matrix)):
        _lower(store[at[level, i], i], link[max(way[i], 0)], x[i] if way[i] >= 0 else FAR, shape[1], matrix[i])


# The order of a sum is free here, so that the compiler may add several at a time.
@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def _reached(row, onward, x, weight, limit):  # type: ignore[no-untyped-def]
    total, limit = 0.0, np.int32(limit)
    for j in range(len(weight)):
        total += weight[j] if min(row[j], np.int32(x + onward[j])) <= limit else 0.0
    return total
