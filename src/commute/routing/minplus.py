"""The gap algebra: exact times under any subset of open gaps, from matrices in which all are shut.

A shortest path takes a new link at most once, so one pass of minima for each link is exact (Ausiello et al. 1991,
J. Algorithms 12, 615-638): `open_gap` on a square matrix, `closure` on zones and gap ends, `one_gap` for each gap alone.
All is int32 deciseconds with `FAR` for "no path"; three summands of at most `FAR` fit. Nothing is removed when a gap is
opened, so no time rises. Exact for links that points do not join between their ends (`snap.read_links`, `ends_only`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commute.errors import BadValue
from commute.routing.street import FAR, Bools, Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GapArcs:
    """The links that gaps add; a gap may have several. `a`, `b` are positions among the gap ends, `ds` deciseconds."""

    gap: Ints  # [n_arcs] whose link it is, 0 to n_gaps - 1
    a: Ints
    b: Ints
    ds: Ints  # FAR: adds nothing
    directed: Bools  # a to b only
    n_gaps: int

    def of(self, open_mask: NDArray[np.bool_]) -> Iterator[tuple[int, int, int, bool]]:
        """(a, b, ds, directed) of every arc of the gaps in the mask."""
        for i in np.flatnonzero(open_mask[self.gap] & (self.ds < FAR)):
            yield int(self.a[i]), int(self.b[i]), int(self.ds[i]), bool(self.directed[i])


Around = tuple[Ints, Ints, Ints, Ints, GapArcs]  # od, oe, ed, ee with every gap shut, and the links of gaps


def gap_arcs(gap: ArrayLike, a: ArrayLike, b: ArrayLike, ds: ArrayLike, directed: ArrayLike = False, *, n_gaps: int) -> GapArcs:
    """Arcs of gaps, checked.

    Raises
    ------
    BadValue
        A time below 1 or beyond `FAR`, or a gap number outside 0 to n_gaps - 1.
    """
    which, start, end, cost = (np.array(x, np.int32) for x in (gap, a, b, ds))
    if len(cost) and not (cost.min() >= 1 and cost.max() <= FAR):
        raise BadValue(f"gap times run from {cost.min()} to {cost.max()} ds, must be 1 to {FAR} (shut)")
    if len(which) and not (which.min() >= 0 and which.max() < n_gaps):
        raise BadValue(f"gap numbers run from {which.min()} to {which.max()}, there are {n_gaps} gaps")
    one_way = np.array(np.broadcast_to(np.asarray(directed, np.bool_), cost.shape))
    return GapArcs(gap=which, a=start, b=end, ds=cost, directed=one_way, n_gaps=n_gaps)


def open_gap(times_ds: Ints, a: int, b: int, gap_ds: int, *, directed: bool = False) -> Ints:
    """Shortest times once the link a-b can be used, in both directions unless `directed`.

    Parameters
    ----------
    times_ds : ndarray of int32, shape (n, n)
        Shortest times with the gap shut, row to column, deciseconds; `FAR` where no path.
    a, b, gap_ds : int
        Positions of the gap's two ends; time along it, deciseconds, above 0.

    Returns
    -------
    ndarray of int32, shape (n, n)
        A new array.

    Raises
    ------
    BadValue
        `gap_ds` is not above 0.
    """
    if gap_ds <= 0:
        raise BadValue(f"gap_ds is {gap_ds}, must be above 0")
    opened = times_ds.copy()
    if gap_ds < FAR:
        _shorten(opened, times_ds[:, a], times_ds[b], gap_ds)
        if not directed:
            _shorten(opened, times_ds[:, b], times_ds[a], gap_ds)
    return opened


def closure(od: Ints, oe: Ints, ed: Ints, ee: Ints, arcs: GapArcs, open_mask: ArrayLike) -> Ints:
    """Times from origins to destinations with just the gaps of the mask open.

    Parameters
    ----------
    od, oe, ed, ee : ndarray of int32, shapes (n_o, n_d), (n_o, n_e), (n_e, n_d), (n_e, n_e)
        Times with every gap shut, deciseconds: origins to destinations, origins to gap ends, and so on.
    open_mask : array of bool, shape (n_gaps,)

    Returns
    -------
    ndarray of int32, shape (n_o, n_d)
        A new array; no value above that of `od`.
    """
    n_o, n_d = od.shape
    whole = np.block([[od, oe], [ed, ee]])
    open_in(whole, (n_o, n_d), arcs, open_mask)
    return whole[:n_o, :n_d].copy()


def open_in(whole: Ints, shape: tuple[int, int], arcs: GapArcs, open_mask: ArrayLike) -> None:
    """Open the gaps of the mask, in place, in [[od, oe], [ed, ee]], in which others may be open already.

    Parameters
    ----------
    whole : ndarray of int32, shape (n_o + n_e, n_d + n_e)
        Deciseconds, the four blocks of `closure` in one matrix.
    shape : (n_o, n_d)
    open_mask : array of bool, shape (n_gaps,)

    Raises
    ------
    BadValue
        A mask of another shape.
    """
    mask = np.asarray(open_mask, np.bool_)
    if mask.shape != (arcs.n_gaps,):
        raise BadValue(f"open_mask has shape {mask.shape}, there are {arcs.n_gaps} gaps")
    n_o, n_d = shape
    for a, b, ds, directed in arcs.of(mask):
        before = whole[:, [n_d + a, n_d + b]]  # copies: both directions start from the times without this link
        rows = whole[[n_o + a, n_o + b]]
        _shorten(whole, before[:, 0], rows[1], ds)
        if not directed:
            _shorten(whole, before[:, 1], rows[0], ds)


def one_gap(od: Ints, oe: Ints, ed: Ints, ee: Ints, arcs: GapArcs) -> Ints:
    """Times with each gap alone open: row k is `closure` with only gap k in the mask; shapes as there.

    Returns
    -------
    ndarray of int32, shape (n_gaps, n_o, n_d)
        Deciseconds. What gap k saves is `od - one_gap(...)[k]`, where `od` is under `FAR`; elsewhere it opens the pair.
    """
    out = np.empty((arcs.n_gaps, *od.shape), np.int32)
    for k, opened in each_gap(od, oe, ed, ee, arcs):
        out[k] = opened
    return out


def each_gap(od: Ints, oe: Ints, ed: Ints, ee: Ints, arcs: GapArcs) -> Iterator[tuple[int, Ints]]:
    """As `one_gap`, one (k, times) after the other, for matrices too large to hold together."""
    for k in range(arcs.n_gaps):
        alone = np.arange(arcs.n_gaps) == k
        links = list(arcs.of(alone))
        if len(links) > 1:
            yield k, closure(od, oe, ed, ee, arcs, alone)
            continue
        opened = od.copy()
        for a, b, ds, directed in links:
            _shorten(opened, oe[:, a], ed[b], ds)
            if not directed:
                _shorten(opened, oe[:, b], ed[a], ds)
        yield k, opened


def _shorten(times: Ints, to_link: Ints, from_link: Ints, ds: int) -> None:
    """Lower `times` in place by paths over a link: to its start, along it, on from its end."""
    reach = to_link < FAR
    if reach.all():
        np.minimum(times, (to_link + np.int32(ds))[:, None] + from_link, out=times)
    elif reach.any():
        times[reach] = np.minimum(times[reach], (to_link[reach] + np.int32(ds))[:, None] + from_link)
