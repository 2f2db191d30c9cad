"""Points that join road links along their way, not only at their nodes, and the times between them.

Candidates are a matter of geometry alone. A point p may join every joinable link whose nearest place is within r(p) of it,
in a straight line that does not cross the river (bridges do not count: a connector is no road). With d(p) the distance to
the nearest *standing* link that can be so joined, r(p) = reach_m where d(p) <= reach_m, else 1.25 * d(p). Standing links
are those that no date, gap or scenario adds (`Links.standing`), and those that have been such and are shut (`Links.shut_ptr`).

Why no time can rise when a gap opens, a link is added or a speed raised, nor fall when a link is shut: r(p) depends on p, the
river and the standing links, none of which such a change touches. So the candidates after it are those before and perhaps
more (a rule "the k nearest" would let a new link displace an old one). Each candidate gives the ends of its link with

    connector + rounded(share of the link's time)

and two points on one link the time between them along it; all of these are monotone in the link's time, and the arcs after
the change are those before, as quick or quicker, and perhaps more. The answer is the minimum over a set of sums that only
grows, of terms that only fall. Rounding is monotone, and comes once a link, once a connector, and once a path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike

from commute.errors import BadValue
from commute.routing.access import Barrier, crosses, field_m
from commute.routing.links import Links
from commute.routing.street import (
    FAR,
    NOT_QUEUED,
    Bools,
    Floats,
    Ints,
    Longs,
    Seeds,
    Streets,
    buckets,
    in_threads,
    kernel,
    seconds,
    seeds_of,
    spread,
)

REACH_M = 1500.0
BEYOND_NEAREST = 1.25
Found = tuple[Longs, Ints, Floats, Floats]  # point, link, share of the link, metres


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Snapped:
    """The links that each point may join, by point (CSR), ascending by link."""

    xy: Floats  # [n_points, 2] metres
    ptr: Longs  # [n_points + 1] into link, share, connector_m
    link: Ints
    share: Floats  # where on the link, 0 at its from-node, 1 at its to-node
    connector_m: Floats  # straight line from the point to there


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ends:
    """Points ready for a matrix: where they enter or leave the streets, and their places on links."""

    seeds: Seeds
    ptr: Longs  # [n_points + 1] into link, share, ds
    link: Ints
    share: Floats
    ds: Ints  # deciseconds of the connector


def snap(points_xy: ArrayLike, links: Links, *, river: Barrier | None = None, reach_m: float = REACH_M) -> Snapped:
    """The links that each point may join; see the head of this file for the rule and why it is monotone.

    Parameters
    ----------
    points_xy : array of float, shape (n_points, 2)
        Metres in the plane of the links.
    river : Barrier, optional
        Its bridges are not used.
    reach_m : float
        0 lets a point join only the nearest standing links, so that one at a node has exactly the node's times.

    Returns
    -------
    Snapped
        A point that has no standing link on its side of the river, and none in reach, has no candidates; nor has one all of
        whose links are shut.
    """
    points = np.array(points_xy, np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise BadValue(f"point {int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])} has no finite coordinates")
    n_links, n_shut = len(links.link_ids), len(links.shut_ptr) - 1  # those that are shut come after the others, until the end
    ptr = np.concatenate([links.shape_ptr, links.shape_ptr[-1] + links.shut_ptr[1:]])
    xy = np.concatenate([links.shape_xy, links.shut_xy])
    standing = np.concatenate([links.standing, np.ones(n_shut, bool)])
    usable = np.flatnonzero(np.concatenate([links.joinable, np.ones(n_shut, bool)])).astype(np.int32)
    courses = shapely.linestrings(xy, indices=np.repeat(np.arange(len(ptr) - 1), np.diff(ptr)))[usable]
    extent = 2.0 * float(np.ptp(np.vstack([points, xy]), axis=0).max()) if len(points) and len(courses) else 0.0
    tree = shapely.STRtree(courses)

    def near(of: Longs, radius: Floats | float) -> Found:
        wide = radius * (1 + 1e-9) + 1e-6  # the kernel's distance decides, not the tree's
        who, which = tree.query(shapely.points(points[of]), predicate="dwithin", distance=wide)
        return joined(of[who], usable[which])

    def joined(who: Longs, link: Ints) -> Found:
        share, metres, foot = np.empty(len(who)), np.empty(len(who)), np.empty((len(who), 2))
        _project(points, who, link, ptr, xy, share, metres, foot)
        free = np.ones(len(who), bool) if river is None else ~crosses(river, points[who], foot)
        return who[free], link[free], share[free], metres[free]

    def nearest_standing(of: Longs) -> Floats:
        """Metres to the nearest standing link on each point's bank, 0 where there is none: circles that double until one holds it."""
        nearest = np.zeros(len(of))
        left, circle = np.arange(len(of)), 2.0 * max(reach_m, 1.0)
        while len(left):
            who, link, _, metres = near(of[left], circle)
            held = standing[link] & (metres <= circle)
            best = np.full(len(of), np.inf)
            np.minimum.at(best, np.searchsorted(of, who[held]), metres[held])
            nearest[np.isfinite(best)] = best[np.isfinite(best)]
            left = left[np.isinf(best[left])] if circle < extent else left[:0]
            circle *= 2.0
        return nearest

    first = near(np.arange(len(points)), reach_m)
    first = _kept(first, first[3] <= reach_m)
    has_standing = np.bincount(first[0][standing[first[1]]], minlength=len(points)) > 0
    remote: Longs = np.flatnonzero(~has_standing)
    radius = np.full(len(points), float(reach_m))
    radius[remote] = np.maximum(reach_m, BEYOND_NEAREST * nearest_standing(remote))
    again = near(remote, radius[remote]) if len(remote) else _kept(first, np.zeros(len(first[0]), bool))
    again = _kept(again, again[3] <= radius[again[0]])
    first = _kept(first, has_standing[first[0]])
    who, link = np.concatenate([first[0], again[0]]), np.concatenate([first[1], again[1]])
    share, metres = np.concatenate([first[2], again[2]]), np.concatenate([first[3], again[3]])
    order = np.lexsort((link, who))
    order = order[link[order] < n_links]
    each = np.bincount(who[order], minlength=len(points))
    return Snapped(
        xy=points, ptr=np.concatenate([[0], np.cumsum(each)]).astype(np.int64), link=link[order], share=share[order],
        connector_m=metres[order],
    )  # fmt: skip


def _kept(found: Found, keep: Bools) -> Found:
    return found[0][keep], found[1][keep], found[2][keep], found[3][keep]


@kernel
def _project(points, who, link, ptr, xy, share, metres, foot):  # type: ignore[no-untyped-def]
    """The nearest place on a link: its share of the length, distance and coordinates; the first of equally near ones."""
    for i in range(len(who)):
        px, py = points[who[i], 0], points[who[i], 1]
        best, place, length = np.inf, 0.0, 0.0
        for k in range(ptr[link[i]], ptr[link[i] + 1] - 1):
            ax, ay = xy[k, 0], xy[k, 1]
            dx, dy = xy[k + 1, 0] - ax, xy[k + 1, 1] - ay
            square = dx * dx + dy * dy
            t = 0.0 if square == 0.0 else min(max(((px - ax) * dx + (py - ay) * dy) / square, 0.0), 1.0)
            fx, fy = (ax + t * dx, ay + t * dy) if t < 1.0 else (xy[k + 1, 0], xy[k + 1, 1])
            d = np.sqrt((px - fx) ** 2 + (py - fy) ** 2)
            piece = np.sqrt(square)
            if d < best:
                best, place = d, length + t * piece
                foot[i, 0], foot[i, 1] = fx, fy
            length += piece
        metres[i] = best
        share[i] = place / length if length > 0.0 else 0.0


def ends(points: Snapped, net: Streets, *, speed_kmh: float, detour: float, arriving: bool = False) -> Ends:
    """Where points enter the streets, or leave them (`arriving`); the two differ on directed links only.

    Parameters
    ----------
    net : Streets
        Its links are those that the points were snapped to; a shut one is no way in.
    speed_kmh, detour : float
        On the connector: straight metres times detour at that speed, rounded half up to deciseconds.
    """
    if not (speed_kmh > 0 and detour >= 1):
        raise BadValue(f"connector: speed_kmh is {speed_kmh}, must be above 0; detour is {detour}, must be 1 or more")
    n = len(points.xy)
    cost = np.floor(points.connector_m * detour * 36.0 / speed_kmh + 0.5)
    is_open = (net.link_ds[points.link] < FAR) & (cost < FAR)
    who = np.repeat(np.arange(n), np.diff(points.ptr))[is_open]
    link, share = points.link[is_open], points.share[is_open]
    connector = cost[is_open].astype(np.int32)
    whole = net.link_ds[link]
    one_way = net.directed[link]
    to_from = connector + np.floor(share * whole + 0.5).astype(np.int64)
    to_to = connector + np.floor((1.0 - share) * whole + 0.5).astype(np.int64)
    usable_from = (~one_way | (share == 0.0) | arriving) & (to_from < FAR)
    usable_to = (~one_way | (share == 1.0) | (not arriving)) & (to_to < FAR)
    seeds = seeds_of(
        n,
        np.concatenate([who[usable_from], who[usable_to]]),
        np.concatenate([net.from_node[link][usable_from], net.to_node[link][usable_to]]),
        np.concatenate([to_from[usable_from], to_to[usable_to]]),
    )
    ptr = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=n))]).astype(np.int64)
    return Ends(seeds=seeds, ptr=ptr, link=link, share=share, ds=connector)


def at_nodes(nodes: ArrayLike) -> Ends:
    """Points that are nodes: no connector, no place on a link."""
    where = np.array(nodes, np.int32)
    n = len(where)
    return Ends(
        seeds=seeds_of(n, np.arange(n), where, np.zeros(n)),
        ptr=np.zeros(n + 1, np.int64), link=np.empty(0, np.int32), share=np.empty(0), ds=np.empty(0, np.int32),
    )  # fmt: skip


def direct_ds(
    origins: Snapped, destinations: Snapped, *, river: Barrier, reach_m: float = REACH_M, speed_kmh: float, detour: float
) -> tuple[Longs, Ints, Ints]:
    """Deciseconds from point to point on a connector alone, for pairs within reach on one bank (CSR by origin)."""
    bare = Barrier(segment=river.segment, box=river.box, ends_xy=np.empty((0, 2)), between_m=np.empty((0, 0)))
    ptr, idx, metres = field_m(bare, origins.xy, destinations.xy, reach_m)
    return ptr, idx, np.floor(metres * detour * 36.0 / speed_kmh + 0.5).astype(np.int32)


@kernel
def _matrix(  # type: ignore[no-untyped-def]
    ptr, head, ds, shift, size, link_ds, directed, backward,
    o_ptr, o_node, o_ds, d_ptr, d_node, d_ds, ol_ptr, ol_link, ol_share, ol_ds, dl_ptr, dl_link, dl_share, dl_ds, out,
):  # fmt: skip
    n = len(ptr) - 1
    first = np.full(size, -1, np.int32)
    after, before = np.full(n, -1, np.int32), np.full(n, NOT_QUEUED, np.int32)
    dist = np.empty(n, np.int32)
    place = np.full(len(link_ds), -1, np.int64)
    for i in range(len(o_ptr) - 1):
        a, b = o_ptr[i], o_ptr[i + 1]
        dist[:] = FAR
        spread(ptr, head, ds, o_node[a:b], o_ds[a:b], FAR - 1, shift, dist, first, after, before)
        for k in range(ol_ptr[i], ol_ptr[i + 1]):
            place[ol_link[k]] = k
        for j in range(len(d_ptr) - 1):
            out[i, j] = pair_ds(
                dist, d_node[d_ptr[j] : d_ptr[j + 1]], d_ds[d_ptr[j] : d_ptr[j + 1]], place, link_ds, directed, backward, ol_share, ol_ds,
                dl_link[dl_ptr[j] : dl_ptr[j + 1]], dl_share[dl_ptr[j] : dl_ptr[j + 1]], dl_ds[dl_ptr[j] : dl_ptr[j + 1]],
            )  # fmt: skip
        for k in range(ol_ptr[i], ol_ptr[i + 1]):
            place[ol_link[k]] = -1


@kernel
def pair_ds(dist, node, node_ds, place, link_ds, directed, backward, ol_share, ol_ds, link, share, ds):  # type: ignore[no-untyped-def]
    """Time to a point from one with times `dist` to the nodes, whose places on links are at `place` of `ol_share` and `ol_ds`."""
    best = np.int64(FAR)
    for k in range(len(node)):
        best = min(best, np.int64(dist[node[k]]) + node_ds[k])
    for k in range(len(link)):
        m = place[link[k]]
        if m < 0:
            continue
        step = share[k] - ol_share[m]
        if directed[link[k]] and (step > 0.0 if backward else step < 0.0):
            continue
        along = np.int64(np.floor(abs(step) * link_ds[link[k]] + 0.5))
        best = min(best, ol_ds[m] + along + ds[k])
    return best


def point_matrix_ds(
    net: Streets,
    origins: Ends,
    destinations: Ends,
    *,
    direct: tuple[Longs, Ints, Ints] | None = None,
    threads: int = 1,
) -> Ints:
    """Exact shortest times between points, in deciseconds.

    Parameters
    ----------
    origins, destinations : Ends
        From `ends`, the latter with `arriving=True` (needed where links are directed), or from `at_nodes`.
    direct : CSR, optional
        From `direct_ds`: ways without the streets. With it a point is 0 from itself, without it twice its connector.

    Returns
    -------
    ndarray of int32, shape (n_origins, n_destinations)
        `FAR` where there is no path.
    """
    turn = len(origins.ptr) > len(destinations.ptr)  # fewer searches, and the same sums
    graph, one, other = (net.turned(), destinations, origins) if turn else (net, origins, destinations)
    shift, size = buckets(graph.ds)
    out = np.empty((len(one.ptr) - 1, len(other.ptr) - 1), np.int32)

    def work(a: int, b: int) -> None:
        _matrix(
            graph.ptr, graph.head, graph.ds, shift, size, net.link_ds, net.directed, turn,
            one.seeds.ptr[a : b + 1], one.seeds.node, one.seeds.ds, other.seeds.ptr, other.seeds.node, other.seeds.ds,
            one.ptr[a : b + 1], one.link, one.share, one.ds, other.ptr, other.link, other.share, other.ds, out[a:b],
        )  # fmt: skip

    in_threads(work, len(out), threads)
    times = np.ascontiguousarray(out.T) if turn else out
    if direct is not None:
        rows = np.repeat(np.arange(len(times)), np.diff(direct[0]))
        times[rows, direct[1]] = np.minimum(times[rows, direct[1]], direct[2])
    return times


def point_matrix_s(
    net: Streets, origins: Ends, destinations: Ends, *, direct: tuple[Longs, Ints, Ints] | None = None, threads: int = 1
) -> Ints:
    """`point_matrix_ds` in whole seconds, rounded half up once; -1 where there is no path."""
    return seconds(point_matrix_ds(net, origins, destinations, direct=direct, threads=threads))
