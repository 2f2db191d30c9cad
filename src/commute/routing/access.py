"""Ways on foot, by bicycle or feeder between points: a straight line that crosses the river only at bridges.

`barrier` prepares river lines and bridges, `field_m` gives metres for all pairs within a cap, `access_seconds` the
quickest of several modes. A way is either straight, or goes by straight pieces between bridge ends and over bridges.

Touching is decided exactly: crossings are tested on whole millimetres in int64, with the river thought of as moved by an
infinitesimal step to the east and a far smaller one to the north. So a point on the river line lies on its western side
(southern, where the line runs due west-east), and a way that only touches the line crosses it just if it would cross the
line so moved. The test is the same for p to q and q to p. Metres of pieces are rounded to 2**-24 m, so that their sums
are exact and d(p, q) == d(q, p) to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from commute.errors import BadValue
from commute.routing.street import Bools, Floats, Ints, Longs, in_threads, kernel

BLOCK = 16  # river segments that share one bounding box
LARGEST_MM = 1_400_000_000  # two points farther apart would overflow the int64 products
GRID = float(2**24)  # pieces are rounded to 1 / GRID metres
BRIDGE_HALF_M = 40.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bridges:
    """Crossings of the river: two ends each, one on either bank, and the metres between them along the link."""

    ends_xy: Floats  # [n_bridges, 2, 2] metres
    length_m: Floats  # [n_bridges]
    link: Ints  # [n_bridges] the link that crosses, so that a caller can choose by date and use

    def only(self, chosen: NDArray[np.bool_]) -> Bridges:
        """Those bridges whose link is True in `chosen`."""
        keep = chosen[self.link]
        return Bridges(ends_xy=self.ends_xy[keep], length_m=self.length_m[keep], link=self.link[keep])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Barrier:
    """River segments in millimetres with their boxes, and the bridge ends with the shortest ways among them.

    `stretch` above 1: paths are among the bridges, which may also beat a straight way, by no more than this factor.
    """

    segment: Longs  # [n, 4] x, y, x, y in millimetres
    box: Longs  # [n_blocks, 4] low x, low y, high x, high y
    ends_xy: Floats  # [2 * n_bridges, 2] metres
    between_m: Floats  # [2 * n_bridges, 2 * n_bridges], inf where there is no way
    stretch: float = 1.0


def barrier(lines: Iterable[Any], bridges: Bridges | None = None, *, paths: Bridges | None = None, detour: float = 1.0) -> Barrier:
    """Prepare river lines (shapely LineStrings or MultiLineStrings, metres) and the bridges that are open.

    Parameters
    ----------
    bridges : Bridges, optional
    paths : Bridges, optional
        Roads of known length off the river, from end to end: a way may go along one where that is shorter.
    detour : float
        What metres are multiplied by later; the metres of a path, which are walked as they are, are divided by it.
    """
    parts = [_mm(shapely.get_coordinates(p)) for line in lines for p in shapely.get_parts(line)]
    segment = np.concatenate([np.empty((0, 4), np.int64), *(np.hstack([p[:-1], p[1:]]) for p in parts)])
    segment = segment[(segment[:, :2] != segment[:, 2:]).any(axis=1)]
    low, high = np.minimum(segment[:, :2], segment[:, 2:]), np.maximum(segment[:, :2], segment[:, 2:])
    starts = np.arange(0, len(segment), BLOCK)
    boxed = np.hstack([np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)]) if len(segment) else segment
    box = np.ascontiguousarray(boxed)
    bare = Barrier(segment=segment, box=box, ends_xy=np.empty((0, 2)), between_m=np.empty((0, 0)))
    if paths is not None and len(paths.length_m):
        along = Bridges(ends_xy=paths.ends_xy, length_m=paths.length_m / detour, link=paths.link)
        bridges = along if bridges is None else _both(bridges, along)
    if bridges is None or len(bridges.length_m) == 0:
        return bare
    ends = np.array(bridges.ends_xy, np.float64).reshape(-1, 2)
    between = np.full((len(ends), len(ends)), np.inf)
    ptr, idx, metres = field_m(bare, ends, ends, np.inf)
    between[np.repeat(np.arange(len(ends)), np.diff(ptr)), idx] = metres
    for k, length in enumerate(np.floor(np.asarray(bridges.length_m) * GRID + 0.5) / GRID):
        i, j = 2 * k, 2 * k + 1
        between[i, j] = between[j, i] = min(between[i, j], length)
    for k in range(len(ends)):
        np.minimum(between, between[:, k, None] + between[None, k], out=between)
    stretch = detour if paths is not None and len(paths.length_m) else 1.0
    return Barrier(segment=segment, box=box, ends_xy=ends, between_m=between, stretch=stretch)


def _both(a: Bridges, b: Bridges) -> Bridges:
    return Bridges(
        ends_xy=np.concatenate([a.ends_xy, b.ends_xy]),
        length_m=np.concatenate([a.length_m, b.length_m]),
        link=np.concatenate([a.link, b.link]),
    )


def find_bridges(
    lines: Iterable[Any], shape_ptr: Longs, shape_xy: Floats, *, half_m: float = BRIDGE_HALF_M, chosen: Bools | None = None
) -> Bridges:
    """Where links cross the river: ends `half_m` before and after along the link, or its own ends where these are nearer.

    Between two crossings by one link the ends go no farther than half way, so that each lies on its own bank.

    Parameters
    ----------
    lines : iterable of LineString
        The river, metres.
    shape_ptr, shape_xy : ndarray
        Courses of links as in `snap.Links`, metres.
    chosen : ndarray of bool, shape (n_links,), optional
        Links that count; all where None.
    """
    lines = list(lines)
    river = barrier(lines).segment
    courses = shapely.linestrings(shape_xy, indices=np.repeat(np.arange(len(shape_ptr) - 1), np.diff(shape_ptr)))
    tree = shapely.STRtree(courses)
    near = set(tree.query(lines, predicate="dwithin", distance=1.0)[1].tolist()) if lines and len(courses) else set()
    ends: list[Floats] = []
    lengths: list[float] = []
    owner: list[int] = []
    for link in sorted(near):
        xy = shape_xy[shape_ptr[link] : shape_ptr[link + 1]]
        if chosen is not None and not chosen[link]:
            continue
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
        cuts = _cuts(river, xy, along)
        middles = (cuts[:-1] + cuts[1:]) / 2
        lows = np.maximum(cuts - half_m, np.concatenate([[0.0], middles]))
        highs = np.minimum(cuts + half_m, np.concatenate([middles, along[-1:]]))
        for a, b in zip(lows, highs, strict=True):
            ends.append(np.array([[np.interp(s, along, xy[:, 0]), np.interp(s, along, xy[:, 1])] for s in (a, b)]))
            lengths.append(float(b - a))
            owner.append(link)
    stacked = np.array(ends).reshape(-1, 2, 2)
    return Bridges(ends_xy=stacked, length_m=np.array(lengths, np.float64), link=np.array(owner, np.int32))


def _cuts(river: Longs, xy: Floats, along: Floats) -> Floats:
    """Metres along a course at which it crosses the river, ascending."""
    found: list[float] = []
    mm = _mm(xy)
    for k, ((px, py), (qx, qy)) in enumerate(pairwise(mm)):
        near = (np.maximum(river[:, 0], river[:, 2]) >= min(px, qx)) & (np.minimum(river[:, 0], river[:, 2]) <= max(px, qx))
        near &= (np.maximum(river[:, 1], river[:, 3]) >= min(py, qy)) & (np.minimum(river[:, 1], river[:, 3]) <= max(py, qy))
        for one in river[near]:
            if crosses_line(one.reshape(1, 4), _boxes(one), px, py, qx, qy):
                ax, ay, bx, by = (float(v) for v in one)
                turn = (bx - ax) * float(qy - py) - (by - ay) * float(qx - px)
                t = ((ay - float(py)) * (bx - ax) - (ax - float(px)) * (by - ay)) / turn if turn else 0.0
                found.append(float(along[k] + min(max(t, 0.0), 1.0) * (along[k + 1] - along[k])))
    return np.sort(np.array(found, np.float64))


def _boxes(one: Longs) -> Longs:
    return np.array([[min(one[0], one[2]), min(one[1], one[3]), max(one[0], one[2]), max(one[1], one[3])]], np.int64)


def _mm(xy: Floats) -> Longs:
    """Whole millimetres, rounded half up."""
    if len(xy) and not (np.isfinite(xy).all() and np.abs(xy).max() < 1e12):
        raise BadValue("a coordinate is not a finite number of metres")
    return np.floor(np.asarray(xy, np.float64) * 1000.0 + 0.5).astype(np.int64)


@kernel
def crosses_line(segment, box, px, py, qx, qy):  # type: ignore[no-untyped-def]
    """Whether p-q crosses any segment, all in millimetres; ties as the module says."""
    ex, ey = qx - px, qy - py
    lx, hx, ly, hy = min(px, qx), max(px, qx), min(py, qy), max(py, qy)
    for g in range(len(box)):
        if box[g, 0] > hx or box[g, 2] < lx or box[g, 1] > hy or box[g, 3] < ly:
            continue
        for k in range(g * BLOCK, min((g + 1) * BLOCK, len(segment))):
            ax, ay, bx, by = segment[k, 0], segment[k, 1], segment[k, 2], segment[k, 3]
            dx, dy = bx - ax, by - ay
            sp = dx * (py - ay) - dy * (px - ax)
            sq = dx * (qy - ay) - dy * (qx - ax)
            tie = dy if dy != 0 else -dx
            if ((sp if sp != 0 else tie) > 0) == ((sq if sq != 0 else tie) > 0):
                continue
            sa = ex * (ay - py) - ey * (ax - px)
            sb = ex * (by - py) - ey * (bx - px)
            tie = -ey if ey != 0 else ex
            if ((sa if sa != 0 else tie) > 0) != ((sb if sb != 0 else tie) > 0):
                return True
    return False


@kernel
def _crossed(segment, box, p, q, out):  # type: ignore[no-untyped-def]
    for i in range(len(p)):
        out[i] = crosses_line(segment, box, p[i, 0], p[i, 1], q[i, 0], q[i, 1])


@kernel
def _field(segment, box, p, p_mm, q, q_mm, q_of, between, pe_ptr, pe_idx, pe_m, qe_ptr, qe_idx, qe_m, cap, stretch):  # type: ignore[no-untyped-def]
    """All pairs within cap, q in ascending x: positions of p, of q (by q_of), metres."""
    size, used, n_ends = 1024, 0, len(between)
    who, whom, metres = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.float64)
    onward = np.empty(n_ends, np.float64)
    q_x = np.ascontiguousarray(q[:, 0])
    reach = cap * stretch  # a path may be as much shorter than the straight way
    for i in range(len(p)):
        ready = False
        for j in range(np.searchsorted(q_x, p[i, 0] - reach - 1.0), len(q)):
            dx, dy = p[i, 0] - q[j, 0], p[i, 1] - q[j, 1]
            if -dx > reach + 1.0:  # a metre more: the rounded distance decides, alike from both ends
                break
            d = np.floor(np.sqrt(dx * dx + dy * dy) * GRID + 0.5) / GRID
            if d > reach:
                continue
            crossing = crosses_line(segment, box, p_mm[i, 0], p_mm[i, 1], q_mm[j, 0], q_mm[j, 1])
            if crossing:
                d = np.inf
            if crossing or stretch > 1.0:
                if not ready:
                    ready = True
                    onward[:] = np.inf
                    for e in range(pe_ptr[i], pe_ptr[i + 1]):
                        for f in range(n_ends):
                            onward[f] = min(onward[f], pe_m[e] + between[pe_idx[e], f])
                for f in range(qe_ptr[j], qe_ptr[j + 1]):
                    d = min(d, onward[qe_idx[f]] + qe_m[f])
            if d > cap or d == np.inf:
                continue
            if used == size:
                size *= 2
                who, whom = _longer(who, size), _longer(whom, size)
                metres = _longer(metres, size)
            who[used], whom[used], metres[used] = i, q_of[j], d
            used += 1
    return who[:used], whom[:used], metres[:used]


@kernel
def _longer(old, size):  # type: ignore[no-untyped-def]
    new = np.empty(size, old.dtype)
    new[: len(old)] = old
    return new


def crosses(river: Barrier, p_xy: Floats, q_xy: Floats) -> Bools:
    """Whether each straight line from p[i] to q[i] crosses the river, bridges or not."""
    out = np.empty(len(p_xy), np.bool_)
    _crossed(river.segment, river.box, *_checked(river, p_xy, q_xy), out)
    return out


def _checked(river: Barrier, *points: Floats) -> list[Longs]:
    """Millimetres, refused where the products of the crossing test could overflow."""
    all_mm = [_mm(xy) for xy in points]
    corners = [c for xy in (*all_mm, river.segment.reshape(-1, 2)) if len(xy) for c in (xy.min(axis=0), xy.max(axis=0))]
    if corners and (np.ptp(np.array(corners), axis=0) > LARGEST_MM).any():
        raise BadValue(f"points and river lie more than {LARGEST_MM // 1_000_000} km apart: are they metres of one projected plane?")
    return all_mm


def field_m(river: Barrier, p_xy: Floats, q_xy: Floats, cap_m: float, *, threads: int = 1) -> tuple[Longs, Ints, Floats]:
    """Metres of the shortest way for all pairs that have one within `cap_m`.

    Parameters
    ----------
    p_xy, q_xy : ndarray of float, shapes (n_p, 2), (n_q, 2)
        Metres in the plane of the barrier.
    cap_m : float
        Longest way, metres, inclusive.

    Returns
    -------
    ptr, idx, metres : ndarray of int64 (n_p + 1,), int32, float64
        CSR by p; q ascending in each row. |p - q| where the straight line does not cross the river, else the shortest way
        by bridge ends; pairs beyond the cap are left out. Opening a bridge adds ways and takes none, so no way lengthens.
    """
    p, q = np.array(p_xy, np.float64).reshape(-1, 2), np.array(q_xy, np.float64).reshape(-1, 2)
    ends = river.ends_xy
    p_mm, q_mm, ends_mm = _checked(river, p, q, ends)
    order = np.argsort(q[:, 0], kind="stable").astype(np.int32)
    q, q_mm = q[order], q_mm[order]
    by_x = np.argsort(ends[:, 0], kind="stable").astype(np.int32)
    p_ends, q_ends = (_rows(river, xy, mm, ends[by_x], ends_mm[by_x], by_x, cap_m) for xy, mm in ((p, p_mm), (q, q_mm)))
    found: dict[int, tuple[Ints, Ints, Floats]] = {}

    def work(a: int, b: int) -> None:
        rows = p_ends[0][a : b + 1]
        who, whom, metres = _field(
            river.segment,
            river.box,
            p[a:b],
            p_mm[a:b],
            q,
            q_mm,
            order,
            river.between_m,
            rows,
            *p_ends[1:],
            *q_ends,
            float(cap_m),
            river.stretch,
        )
        found[a] = (who + np.int32(a), whom, metres)

    in_threads(work, len(p), threads)
    return _csr(len(p), len(q), [found[a] for a in sorted(found)])


def _rows(river: Barrier, p: Floats, p_mm: Longs, q: Floats, q_mm: Longs, q_of: Ints, cap: float) -> tuple[Longs, Ints, Floats]:
    """Pairs that see each other within the cap, CSR by p: the field without bridges."""
    none = (np.zeros(len(p) + 1, np.int64), np.empty(0, np.int32), np.empty(0))
    none_q = (np.zeros(len(q) + 1, np.int64), np.empty(0, np.int32), np.empty(0))
    no_way = np.empty((0, 0))
    return _csr(len(p), len(q), [_field(river.segment, river.box, p, p_mm, q, q_mm, q_of, no_way, *none, *none_q, float(cap), 1.0)])


def _csr(n_p: int, n_q: int, parts: Sequence[tuple[Ints, Ints, Floats]]) -> tuple[Longs, Ints, Floats]:
    who, whom, metres = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(who.astype(np.int64) * n_q + whom, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=n_p))]).astype(np.int64)
    return ptr, whom[order], metres[order]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessMode:
    """How one gets to a stop: `max_min` caps the whole leg, the fixed minutes (unlocking, waiting) included."""

    name: str
    speed_kmh: float
    detour: float  # way in the streets / straight line, 1 or more
    fixed_min: float
    max_min: float

    def __post_init__(self) -> None:
        if not (self.speed_kmh > 0 and self.detour >= 1 and self.fixed_min >= 0 and self.max_min >= 0):
            raise BadValue(f"access mode {self.name}: speed must be above 0, detour 1 or more, minutes 0 or more; got {self}")

    @property
    def cap_m(self) -> float:
        """The longest straight line that the mode allows, metres; below 0 where the fixed minutes alone pass the cap."""
        return (self.max_min - self.fixed_min) * self.speed_kmh / 0.06 / self.detour


def access_seconds(metres: Floats, modes: Sequence[AccessMode]) -> tuple[Ints, NDArray[np.int8]]:
    """Seconds by the quickest mode that allows the metres, rounded half up once, and that mode's position.

    Returns
    -------
    seconds, mode : ndarray of int32, of int8
        Shape of `metres`; the first mode of equally quick ones; -1 and -1 where none allows it (NaN and inf too).
        A longer way is never quicker.
    """
    best = np.full(metres.shape, np.inf)
    chosen = np.full(metres.shape, -1, np.int8)
    for k, mode in enumerate(modes):
        time_s = np.floor(metres * mode.detour * 3.6 / mode.speed_kmh + mode.fixed_min * 60.0 + 0.5)
        better = (metres <= mode.cap_m) & (time_s < best)
        best[better], chosen[better] = time_s[better], k
    return np.where(chosen < 0, -1, best).astype(np.int32), chosen
