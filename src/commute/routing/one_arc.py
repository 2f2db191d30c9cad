"""What one more link would be worth, for very many links, each alone: no search of the network for any of them."""

from __future__ import annotations

import numpy as np

from commute.routing.judged import INSIDE, SAME, SHORTFALL
from commute.routing.street import FAR, Floats, Ints, Longs, in_threads, kernel


def arcs_worth(
    around: tuple[Ints, Ints, Ints],
    arcs: tuple[Ints, Ints, Ints],
    items: tuple[Ints, Longs, Ints, Ints],
    measures: tuple[Ints, Floats],
    *,
    minutes: float,
    cap_min: float,
    parking_s: int,
    threads: int = 1,
) -> Floats:
    """What each of many links, usable both ways and open alone, improves.

    Parameters
    ----------
    around : od, on, nd: ndarray of int32, shapes (n_o, n_d), (n_o, n_nodes), (n_nodes, n_d)
        Deciseconds from origins to destinations, origins to nodes, nodes to destinations; `FAR` where no path.
    arcs : a, b, ds: ndarray of int32, shape (n_arcs,)
        Nodes at the ends, deciseconds along it.
    items : origin, goal_ptr, goal, other_s
        What is judged: a row of od, the columns that it may go to (CSR), and the fixed seconds of its other modes. Sorted by origin.
    measures : kind (n_measures,), weight (n_measures, n_items)
        SHORTFALL: weight × max(0, min(t, cap) − minutes); INSIDE: weight where t is within minutes; MINUTES: weight × min(t, cap).
    minutes, cap_min : float, minutes
    parking_s : int, seconds that a drive takes besides

    Returns
    -------
    ndarray of float64, shape (n_arcs, n_measures)
        Minutes saved × weight; of INSIDE the weight that comes inside.
    """
    od, on, nd = around
    origin, ptr, goal, other = items
    kind, weight = measures
    assert not len(origin) or (np.diff(origin) >= 0).all()
    row_ptr = np.searchsorted(origin, np.arange(len(od) + 1)).astype(np.int64)
    before = np.empty(len(origin), np.int32)
    _before(od, origin, ptr, goal, before)
    out = np.zeros((len(arcs[0]), len(kind)))

    def work(first: int, last: int) -> None:
        _worth(
            first, last, on, nd, *arcs, row_ptr, ptr, goal, before, other, kind, weight, minutes, cap_min, np.int64(parking_s), out
        )  # fmt: skip

    in_threads(work, len(out), threads)
    return out


@kernel
def _before(od, origin, ptr, goal, out):  # type: ignore[no-untyped-def]
    for k in range(len(origin)):
        best = np.int32(FAR)
        for j in range(ptr[k], ptr[k + 1]):
            best = min(best, od[origin[k], goal[j]])
        out[k] = best


@kernel
def _minutes(ds, other_s, parking_s):  # type: ignore[no-untyped-def]
    """Minutes of the quicker of a drive and the other modes; whole seconds, half up once a path."""
    s = np.int64(other_s)
    if ds < FAR:
        s = min(s, (ds + 5) // 10 + parking_s)
    return s / 60.0


@kernel
def _value(kind, weight, t, minutes, cap):  # type: ignore[no-untyped-def]
    if kind == INSIDE:
        return weight if t <= minutes + SAME else 0.0
    t = min(t, cap)
    return -weight * (max(0.0, t - minutes) if kind == SHORTFALL else t)


@kernel
def _worth(  # type: ignore[no-untyped-def]
    first, last, on, nd, arc_a, arc_b, arc_ds, row_ptr, ptr, goal, before, other, kind, weight, minutes, cap, parking_s, out
):
    for g in range(first, last):
        a, b, w = arc_a[g], arc_b[g], np.int64(arc_ds[g])
        for i in range(len(row_ptr) - 1):
            to_a, to_b = np.int64(on[i, a]), np.int64(on[i, b])
            forth, back = to_a + w < to_b, to_b + w < to_a  # else the end beyond is reached as soon without it
            if not (forth or back):
                continue
            for k in range(row_ptr[i], row_ptr[i + 1]):
                best = np.int64(before[k])
                for j in range(ptr[k], ptr[k + 1]):
                    d = goal[j]
                    if forth:
                        best = min(best, to_a + w + nd[b, d])
                    if back:
                        best = min(best, to_b + w + nd[a, d])
                if best < before[k]:
                    old, new = _minutes(np.int64(before[k]), other[k], parking_s), _minutes(best, other[k], parking_s)
                    if new < old:
                        for m in range(len(kind)):
                            if weight[m, k] != 0.0:
                                out[g, m] += _value(kind[m], weight[m, k], new, minutes, cap) - _value(
                                    kind[m], weight[m, k], old, minutes, cap
                                )
