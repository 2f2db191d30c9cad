"""Shortest times over road links: exact, in whole deciseconds, from plain arrays.

`streets` turns links and their times into arcs, `times_ds` gives the time from every source to every node (Dial's
buckets), `tree` and `path_links` say by which links. A link is rounded once (`link_ds`), a path once (`seconds`).
To add a mode: other links and other speeds; the kernels do not change.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from commute.errors import BadValue

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

FAR = 2**29  # deciseconds, "no path"; three of them still fit an int32, so that sums need no test
MAX_BUCKETS = 1 << 16  # a very long link makes buckets wider, not more
NOT_QUEUED = -2


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile by numba: kept on disk, without the GIL. Threads are Python's: numba's own may not be entered twice at once."""
    compiled: Callable[..., Any] = njit(cache=True, nogil=True)(function)
    return compiled


@lru_cache(maxsize=4)
def threads_of(threads: int) -> ThreadPoolExecutor:
    """Threads that are kept: starting them takes longer than many a small question."""
    return ThreadPoolExecutor(threads, thread_name_prefix="commute")


def in_threads(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Call `work(first, last)` on about even shares of `range(count)`, in at most `threads` threads."""
    threads = max(1, min(threads, count))
    if threads == 1:
        work(0, count)
        return
    cuts = np.linspace(0, count, 4 * threads + 1).astype(int)  # more shares than threads: they take unlike times
    pool = threads_of(threads)
    for done in [pool.submit(work, int(a), int(b)) for a, b in pairwise(cuts) if a < b]:
        done.result()


def link_ds(length_km: ArrayLike, speed_kmh: ArrayLike, delay_min: ArrayLike = 0.0) -> Ints:
    """Time along each link in deciseconds: length / speed + delay, rounded half up, at least 1.

    Never less for a longer, slower or more delayed link, since every step of the sum is monotone in floating point too.

    Raises
    ------
    BadValue
        A length or speed that is not above 0, a negative delay, or a time beyond `FAR`.
    """
    length, speed, delay = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (length_km, speed_kmh, delay_min)))
    good = (length > 0) & (speed > 0) & (delay >= 0)
    with np.errstate(all="ignore"):
        ds = np.floor(length * 36_000.0 / speed + delay * 600.0 + 0.5)
    good &= ds < FAR
    if not np.all(good):
        i = int(np.flatnonzero(~good.ravel())[0])
        raise BadValue(
            f"link {i}: length_km {length.flat[i]}, speed_kmh {speed.flat[i]}, delay_min {delay.flat[i]} give no time; "
            f"length and speed must be above 0, the delay 0 or more, the time under {FAR // 36_000} h"
        )
    whole: Ints = np.maximum(ds, 1).astype(np.int32)
    return whole


def seconds(ds: Ints) -> Ints:
    """Whole seconds of times in deciseconds, half up; -1 where `FAR`. To be called once on a path's sum."""
    return np.where(ds >= FAR, -1, (ds + 5) // 10).astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Streets:
    """The arcs of links that are open, by tail (CSR), and the links themselves; times in deciseconds."""

    ptr: Ints  # [n_nodes + 1] into head, ds, link
    tail: Ints  # [n_arcs]
    head: Ints
    ds: Ints
    link: Ints  # [n_arcs] the link that an arc is part of
    from_node: Ints  # [n_links]
    to_node: Ints
    directed: Bools
    link_ds: Ints  # [n_links], FAR where shut

    @property
    def n_nodes(self) -> int:
        return len(self.ptr) - 1

    def turned(self) -> Streets:
        """The same streets with every arc reversed: times *to* a node are times from it here."""
        return _arcs(self.n_nodes, self.head, self.tail, self.ds, self.link, self)


def streets(n_nodes: int, from_node: ArrayLike, to_node: ArrayLike, cost_ds: ArrayLike, directed: ArrayLike) -> Streets:
    """Build arcs from links: one each for a directed link, else two; none where `cost_ds` is `FAR` (shut).

    Parameters
    ----------
    from_node, to_node : array of int, shape (n_links,)
        Positions of nodes.
    cost_ds : array of int, shape (n_links,)
        Deciseconds, from `link_ds`; at least 1, so that the tree of shortest paths has no loops.
    directed : array of bool, shape (n_links,)
    """
    a, b, cost = (np.array(x, np.int32) for x in (from_node, to_node, cost_ds))  # copies: numba compiles anew for read-only ones
    one_way = np.array(directed, np.bool_)
    if len(cost) and not (cost.min() >= 1 and cost.max() <= FAR):
        raise BadValue(f"link times run from {cost.min()} to {cost.max()} ds, must be 1 to {FAR} (shut)")
    if len(a) and not (min(a.min(), b.min()) >= 0 and max(a.max(), b.max()) < n_nodes):
        raise BadValue(f"link ends run from {min(a.min(), b.min())} to {max(a.max(), b.max())}, there are {n_nodes} nodes")
    forth = np.flatnonzero((cost < FAR) & (a != b)).astype(np.int32)
    back = forth[~one_way[forth]]
    link = np.concatenate([forth, back])
    empty = np.empty(0, np.int32)
    whole = Streets(
        ptr=empty, tail=empty, head=empty, ds=empty, link=empty, from_node=a, to_node=b, directed=one_way, link_ds=cost
    )  # fmt: skip
    return _arcs(n_nodes, np.concatenate([a[forth], b[back]]), np.concatenate([b[forth], a[back]]), cost[link], link, whole)


def _arcs(n: int, tail: Ints, head: Ints, ds: Ints, link: Ints, of: Streets) -> Streets:
    order = np.lexsort((link, ds, head, tail))
    ptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n))]).astype(np.int32)
    return Streets(
        ptr=ptr, tail=tail[order], head=head[order], ds=ds[order], link=link[order],
        from_node=of.from_node, to_node=of.to_node, directed=of.directed, link_ds=of.link_ds,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Seeds:
    """Nodes at which each point enters (or leaves) the streets, with the deciseconds to get there; ascending in each row."""

    ptr: Longs  # [n_points + 1] into node, ds
    node: Ints
    ds: Ints

    def __len__(self) -> int:
        return len(self.ptr) - 1


def seeds_of(n_points: int, point: ArrayLike, node: ArrayLike, ds: ArrayLike) -> Seeds:
    """Seeds from rows (point, node, ds) in any order."""
    who, where, cost = np.asarray(point, np.int64), np.asarray(node, np.int32), np.asarray(ds, np.int32)
    order = np.lexsort((where, cost, who))
    ptr = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=n_points))]).astype(np.int64)
    return Seeds(ptr=ptr, node=where[order], ds=cost[order])


@kernel
def spread(ptr, head, ds, node, node_ds, limit, shift, dist, first, after, before):  # type: ignore[no-untyped-def]
    """Fill `dist` (FAR on entry) from seeds in ascending order: Dial's buckets, a circle of lists linked by node."""
    mask, n_seeds = len(first) - 1, len(node)
    cur, live, k = 0, 0, 0
    while True:
        if live == 0:
            if k == n_seeds:
                return
            cur = max(cur, node_ds[k] >> shift)
        while k < n_seeds and node_ds[k] >> shift <= cur:
            v, d = node[k], np.int64(node_ds[k])
            k += 1
            if d < dist[v] and d <= limit:
                live += _queue(v, d, shift, mask, dist, first, after, before)
        slot = cur & mask
        while first[slot] >= 0:
            u = first[slot]
            first[slot] = after[u]
            if after[u] >= 0:
                before[after[u]] = -1
            before[u] = NOT_QUEUED
            live -= 1
            for e in range(ptr[u], ptr[u + 1]):
                v, d = head[e], np.int64(dist[u] + ds[e])
                if d < dist[v] and d <= limit:
                    live += _queue(v, d, shift, mask, dist, first, after, before)
        cur += 1


@kernel
def _queue(v, d, shift, mask, dist, first, after, before):  # type: ignore[no-untyped-def]
    """Lower node v to d and move it to its bucket; 1 where it was in none."""
    fresh = 1
    if before[v] != NOT_QUEUED:
        fresh = 0
        if before[v] >= 0:
            after[before[v]] = after[v]
        else:
            first[(dist[v] >> shift) & mask] = after[v]
        if after[v] >= 0:
            before[after[v]] = before[v]
    dist[v] = d
    slot = (d >> shift) & mask
    after[v], before[v] = first[slot], -1
    if first[slot] >= 0:
        before[first[slot]] = v
    first[slot] = v
    return fresh


@kernel
def _times(ptr, head, ds, seed_ptr, node, node_ds, limit, shift, size, out):  # type: ignore[no-untyped-def]
    n = len(ptr) - 1
    first = np.full(size, -1, np.int32)
    after, before = np.full(n, -1, np.int32), np.full(n, NOT_QUEUED, np.int32)
    for i in range(len(seed_ptr) - 1):
        a, b = seed_ptr[i], seed_ptr[i + 1]
        out[i] = FAR
        spread(ptr, head, ds, node[a:b], node_ds[a:b], limit, shift, out[i], first, after, before)


def buckets(ds: Ints) -> tuple[int, int]:
    """Bits by which times are shifted to their bucket, and the number of buckets (a power of two).

    A bucket as wide as half the median link was quickest on the shipped network and on a city of 20,000 nodes: narrower
    ones are mostly empty. Within a bucket a node may be lowered again, so any width is exact.
    """
    if len(ds) == 0:
        return 0, 2
    longest, shift = int(ds.max()), max(0, int(np.median(ds)).bit_length() - 2)
    while (longest >> shift) + 2 > MAX_BUCKETS:
        shift += 1
    return shift, 1 << ((longest >> shift) + 1).bit_length()


def times_ds(net: Streets, sources: Seeds, *, limit_ds: int = FAR - 1, threads: int = 1) -> Ints:
    """Shortest times from every source to every node.

    Returns
    -------
    ndarray of int32, shape (n_sources, n_nodes)
        Deciseconds; `FAR` where there is no path, or none within `limit_ds`.
    """
    shift, size = buckets(net.ds)
    limit_ds = min(limit_ds, FAR - 1)
    out = np.empty((len(sources), net.n_nodes), np.int32)

    def work(a: int, b: int) -> None:
        _times(net.ptr, net.head, net.ds, sources.ptr[a : b + 1], sources.node, sources.ds, limit_ds, shift, size, out[a:b])

    in_threads(work, len(sources), threads)
    return out


def tree(net: Streets, times: Ints, sources: Seeds, source: int = 0) -> Ints:
    """The arc by which each node is reached in `times` (one source's row of `times_ds`); -1 where a path starts, or none ends.

    Of several shortest paths the one by the first link (in the links' order, thus by id) is taken at each node.
    """
    arc = np.full(net.n_nodes, -1, np.int32)
    tight = np.flatnonzero((times[net.tail] < FAR) & (times[net.tail] + net.ds == times[net.head]))
    tight = tight[np.argsort(-net.link[tight], kind="stable")]
    arc[net.head[tight]] = tight  # the last written is the lowest link
    a, b = sources.ptr[source], sources.ptr[source + 1]
    starts = sources.node[a:b][times[sources.node[a:b]] == sources.ds[a:b]]
    arc[starts] = -1
    return arc


def path_links(net: Streets, arcs: Ints, node: int) -> Ints:
    """Links from the source of `tree` to a node, in the order travelled; empty at the source itself."""
    links: list[int] = []
    while arcs[node] >= 0:
        links.append(int(net.link[arcs[node]]))
        node = int(net.tail[arcs[node]])
    return np.array(links[::-1], np.int32)
