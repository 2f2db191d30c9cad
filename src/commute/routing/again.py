"""Driving times again, after the times of a few links have changed: only what the changes touch is searched.

The times from every point to every node are kept. A point that joins a changed link is searched anew. For any other a node is
*loose* if no way as quick as before leads to it any more: found in rising order of time, so that whatever a node hangs on is known
before it (Ramalingam & Reps 1996, J. Algorithms 21, 267–305). Loose nodes are reached again from those that are not, and quicker
links spread what they gain. The result is that of a search from nothing, to the decisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from commute.model.network import Network
from commute.routing.shelf import Shelf
from commute.routing.snap import Ends, Snapped, pair_ds
from commute.routing.street import FAR, NOT_QUEUED, Bools, Ints, Streets, buckets, in_threads, kernel, spread

FEW = 64  # changed links up to which it pays to start from the times before


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, weakref_slot=True)
class Drives:
    """Driving times between two sets of points by streets alone, and what they were found from; deciseconds."""

    link_ds: Ints
    node_ds: Ints  # [n_searched, n_nodes] from origins to nodes or, where those are more, from nodes to destinations
    ds: Ints  # [n_origins, n_destinations]


_shelf: Shelf[Drives] = Shelf("drives")


def kept_for(net: Network, key: Hashable, link_ds: Ints, make: Callable[[Drives | None], Drives]) -> Drives:
    """The times that `make` finds, from those before that have the fewest other link times.

    Parameters
    ----------
    key : what the times depend on besides the times of links
    make : called with the times before, None where there are none or too many links differ
    """
    known = [(int(np.count_nonzero(one.link_ds != link_ds)), one) for one in _shelf.alike(key)]
    changed, nearest = min(known, key=lambda pair: pair[0], default=(FEW + 1, None))
    made = nearest if nearest is not None and changed == 0 else make(nearest if changed <= FEW else None)
    return _shelf.keep(net, key, made)


def drives(
    net: Streets, start: Snapped, goal: Snapped, origins: Ends, destinations: Ends, before: Drives | None = None, *, threads: int = 1
) -> Drives:
    """Shortest times between points by the streets alone; see `snap.point_matrix_ds`, which gives the same.

    Parameters
    ----------
    start, goal : Snapped
        The points, on the links that they may join.
    origins, destinations : Ends
        Of the same points, the latter arriving.
    before : Drives, optional
        The times of the same points with some link times different.
    """
    if before is not None and ((before.link_ds < FAR) != (net.link_ds < FAR)).any():
        before = None  # a link that is shut has no arcs
    turn = len(origins.ptr) > len(destinations.ptr)
    graph, one, other = (net.turned(), destinations, origins) if turn else (net, origins, destinations)
    n, n_others = len(one.ptr) - 1, len(other.ptr) - 1
    old_ds = net.link_ds if before is None else before.link_ds
    changed = np.flatnonzero(old_ds != net.link_ds).astype(np.int32)
    anew, others_anew = (_joins(points, changed) for points in ((goal, start) if turn else (start, goal)))
    if before is None:
        anew[:] = True
        node_ds, ds = np.empty((n, net.n_nodes), np.int32), np.empty((n, n_others), np.int32)
    else:
        node_ds, ds = before.node_ds.copy(), np.array(before.ds.T if turn else before.ds, order="C")
    back = graph.turned()
    arcs = (graph.ptr, graph.head, graph.ds, graph.link, back.ptr, back.head, back.ds)
    moved = np.flatnonzero((old_ds != net.link_ds)[graph.link]).astype(np.int32)
    by_node = np.argsort(other.seeds.node, kind="stable")
    whose = np.repeat(np.arange(n_others, dtype=np.int32), np.diff(other.seeds.ptr))[by_node]
    of_node = np.searchsorted(other.seeds.node[by_node], np.arange(net.n_nodes + 1))
    shift, size = buckets(graph.ds)

    def work(a: int, b: int) -> None:
        _again(
            *arcs, graph.tail, moved, old_ds, net.link_ds, net.directed, turn, shift, size, anew[a:b], others_anew, of_node, whose,
            one.seeds.ptr[a : b + 1], one.seeds.node, one.seeds.ds, other.seeds.ptr, other.seeds.node, other.seeds.ds,
            one.ptr[a : b + 1], one.link, one.share, one.ds, other.ptr, other.link, other.share, other.ds, node_ds[a:b], ds[a:b],
        )  # fmt: skip

    in_threads(work, n, threads)
    return Drives(link_ds=net.link_ds, node_ds=node_ds, ds=np.ascontiguousarray(ds.T) if turn else ds)


def _joins(points: Snapped, links: Ints) -> Bools:
    """Which points may join any of some links."""
    hit = np.isin(points.link, links)
    return np.bincount(np.repeat(np.arange(len(points.xy)), np.diff(points.ptr))[hit], minlength=len(points.xy)) > 0


@kernel
def _again(  # type: ignore[no-untyped-def]
    ptr, head, ds, link, back_ptr, back_head, back_ds, tail, moved, old_ds, link_ds, directed, backward, shift, size, anew, others_anew,
    of_node, whose, o_ptr, o_node, o_ds, d_ptr, d_node, d_ds, ol_ptr, ol_link, ol_share, ol_ds, dl_ptr, dl_link, dl_share, dl_ds,
    node_ds, out,
):  # fmt: skip
    n, n_others = len(ptr) - 1, len(d_ptr) - 1
    first = np.full(size, -1, np.int32)
    after, queued = np.full(n, -1, np.int32), np.full(n, NOT_QUEUED, np.int32)
    place = np.full(len(link_ds), -1, np.int64)
    was, loose, touched = np.empty(n, np.int32), np.zeros(n, np.bool_), np.empty(n_others, np.bool_)
    for i in range(len(o_ptr) - 1):
        dist, seeds = node_ds[i], (o_node[o_ptr[i] : o_ptr[i + 1]], o_ds[o_ptr[i] : o_ptr[i + 1]])
        touched[:] = anew[i] | others_anew
        if anew[i]:
            dist[:] = FAR
            spread(ptr, head, ds, *seeds, FAR - 1, shift, dist, first, after, queued)
        elif len(moved):
            was[:] = dist
            node, at = _repaired(ptr, head, ds, link, back_ptr, back_head, back_ds, tail, moved, old_ds, dist, seeds, loose)
            spread(ptr, head, ds, node, at, FAR - 1, shift, dist, first, after, queued)
            for v in range(n):
                if dist[v] != was[v]:
                    for k in range(of_node[v], of_node[v + 1]):
                        touched[whose[k]] = True
        for k in range(ol_ptr[i], ol_ptr[i + 1]):
            place[ol_link[k]] = k
        for j in range(n_others):
            if touched[j]:
                there, on = slice(d_ptr[j], d_ptr[j + 1]), slice(dl_ptr[j], dl_ptr[j + 1])
                out[i, j] = pair_ds(
                    dist,
                    d_node[there],
                    d_ds[there],
                    place,
                    link_ds,
                    directed,
                    backward,
                    ol_share,
                    ol_ds,
                    dl_link[on],
                    dl_share[on],
                    dl_ds[on],
                )
        for k in range(ol_ptr[i], ol_ptr[i + 1]):
            place[ol_link[k]] = -1


@kernel
def _repaired(ptr, head, ds, link, back_ptr, back_head, back_ds, tail, moved, old_ds, dist, seeds, loose):  # type: ignore[no-untyped-def]
    """Nodes from which the changes spread, with their new times, ascending; times of loose nodes become `FAR`."""
    heap = [(np.int64(0), np.int64(0))]
    heap.pop()
    for e in moved:  # arcs of changed links
        if old_ds[link[e]] < ds[e] and dist[tail[e]] < FAR and dist[tail[e]] + old_ds[link[e]] == dist[head[e]]:
            heappush(heap, (np.int64(dist[head[e]]), np.int64(head[e])))
    found = [np.int64(0)]
    found.pop()
    while len(heap):
        at, v = heappop(heap)
        if loose[v] or _held(v, back_ptr, back_head, back_ds, dist, seeds, loose):
            continue
        loose[v] = True
        found.append(v)
        for e in range(ptr[v], ptr[v + 1]):
            if at + old_ds[link[e]] == dist[head[e]]:
                heappush(heap, (np.int64(dist[head[e]]), np.int64(head[e])))
    for e in moved:
        if not loose[tail[e]] and not loose[head[e]] and dist[tail[e]] + ds[e] < dist[head[e]]:
            heappush(heap, (np.int64(dist[tail[e]] + ds[e]), np.int64(head[e])))
    for v in found:
        best = np.int64(FAR)
        for k in range(len(seeds[0])):
            if seeds[0][k] == v:
                best = min(best, np.int64(seeds[1][k]))
        for e in range(back_ptr[v], back_ptr[v + 1]):
            if not loose[back_head[e]]:
                best = min(best, np.int64(dist[back_head[e]]) + back_ds[e])
        if best < FAR:
            heappush(heap, (best, v))
    for v in found:
        dist[v] = FAR
        loose[v] = False
    node, at_ds = np.empty(len(heap), np.int32), np.empty(len(heap), np.int32)
    for k in range(len(node)):
        at, v = heappop(heap)
        node[k], at_ds[k] = v, at
    return node, at_ds


@kernel
def _held(v, back_ptr, back_head, back_ds, dist, seeds, loose):  # type: ignore[no-untyped-def]
    """Whether a way as quick as before leads to a node: from where the search starts, or from a node that is not loose."""
    for k in range(len(seeds[0])):
        if seeds[0][k] == v and seeds[1][k] <= dist[v]:
            return True
    for e in range(back_ptr[v], back_ptr[v + 1]):  # noqa: SIM110  # numba compiles no generator
        if not loose[back_head[e]] and dist[back_head[e]] + back_ds[e] <= dist[v]:
            return True
    return False
