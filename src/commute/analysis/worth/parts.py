"""Groups of journeys that depend on the same few gaps: what each subset of those gaps is worth to them, and what follows from it.

`Part` knows every subset. `Drawn` stands for journeys that too many gaps matter to: its sets are exact, each worked out when asked,
and its Shapley values are means over drawn orders of opening. Arrays only; gaps are positions in the game.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from commute.analysis.measure.shares import Floats
from commute.routing.judged import MINUTES, Judged
from commute.routing.minplus import Around, open_in
from commute.routing.street import FAR, Longs
from commute.routing.subsets import item_table

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """What every subset of a few gaps is worth to a group: gap gaps[j] is bit j of the rows of `table`, shape (2^k, n_measures)."""

    gaps: Longs
    table: Floats

    def placed(self, first: int, last: int) -> Part:
        """Beside other measures, so many before and after its own, in which it is worth nothing."""
        return replace(self, table=np.pad(self.table, ((0, 0), (first, last))))

    def among(self, opened: Bools) -> Part:
        """Where no other gaps than those of a mask are ever opened."""
        here = np.flatnonzero(opened[self.gaps])
        return Part(gaps=self.gaps[here], table=self.table[sums_of(1 << here)])

    def value(self, opened: Bools) -> Floats:
        """The value of the gaps of a mask over all gaps of the game."""
        row: Floats = self.table[int(opened[self.gaps] @ self._bits())]
        return row

    def alone(self) -> Floats:
        """Of each gap, shape (k, n_measures)."""
        found: Floats = self.table[self._bits()]
        return found

    def last_in(self) -> Floats:
        """What each gap adds to all others."""
        every = len(self.table) - 1
        added: Floats = self.table[every] - self.table[every - self._bits()]
        return added

    def shapley(self) -> Floats:
        """What each gap adds on average over the orders of opening."""
        k = len(self.gaps)
        weight = _weights(k - 1)[_sizes(k - 1)]
        return np.array([weight @ (with_it - without) for without, with_it in (self._halves(j) for j in range(k))])

    def shapley_error(self) -> Floats:
        """None: it is exact."""
        return np.zeros((len(self.gaps), self.table.shape[1]))

    def interactions(self) -> dict[tuple[int, int], Floats]:
        """The Shapley interaction of each pair of gaps."""
        k = len(self.gaps)
        found = {}
        for i, j in combinations(range(k), 2):
            neither, second = _split(self._halves(i)[0], j - 1)
            first, both = _split(self._halves(i)[1], j - 1)
            found[int(self.gaps[i]), int(self.gaps[j])] = _weights(k - 2)[_sizes(k - 2)] @ (both - first - second + neither)
        return found

    def dividends(self) -> Floats:
        """What each subset is worth beyond all its own subsets (Möbius transform), shape (2^k, n_measures).

        What is less than the rounding error of its own alternating sum is 0.
        """
        out = self.table.copy()
        for j in range(len(self.gaps)):
            halves = out.reshape(-1, 2, 1 << j, out.shape[1])
            halves[:, 1] -= halves[:, 0]
        rounding = 8 * np.finfo(np.float64).eps * np.abs(self.table).max(axis=0) * 2.0 ** _sizes(len(self.gaps))[:, None]
        out[np.abs(out) <= rounding] = 0.0
        return out

    def _bits(self) -> Longs:
        return 1 << np.arange(len(self.gaps), dtype=np.int64)

    def _halves(self, j: int) -> tuple[Floats, Floats]:
        return _split(self.table, j)


def _split(table: Floats, j: int) -> tuple[Floats, Floats]:
    """The rows without and with bit j, the other bits in their order."""
    halves = table.reshape(-1, 2, 1 << j, table.shape[1])
    return halves[:, 0].reshape(-1, table.shape[1]), halves[:, 1].reshape(-1, table.shape[1])


def _sizes(k: int) -> Longs:
    """How many gaps each of the subsets of k holds, shape (2^k,)."""
    size = np.zeros(1, np.int64)
    for _ in range(k):
        size = np.concatenate([size, size + 1])
    return size


def _weights(others: int) -> Floats:
    """The chance that just a given set of s among so many others is open before, by s."""
    return np.array([1.0 / ((others + 1) * comb(others, s)) for s in range(others + 1)])


def sums_of(bits: Longs) -> Longs:
    """The sum of every subset of some bits, in the order of subsets."""
    out = np.zeros(1, np.int64)
    for one in bits:
        out = np.concatenate([out, out + one])
    return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drawn:
    """A group that more gaps matter to than have all their subsets enumerated. `mean`, `error`: (k, n_measures), by `draw`."""

    gaps: Longs
    whole: npt.NDArray[np.int32]  # [[od, oe], [ed, ee]] of the group with no gap open, deciseconds
    around: Around
    judged: Judged
    before_s: Floats
    mean: Floats
    error: Floats

    def placed(self, first: int, last: int) -> Drawn:
        """As `Part.placed`."""
        kind = np.pad(self.judged.kind, (first, last), constant_values=MINUTES)
        judged = replace(self.judged, kind=kind, weight=np.pad(self.judged.weight, ((first, last), (0, 0))))
        mean, error = (np.pad(one, ((0, 0), (first, last))) for one in (self.mean, self.error))
        return replace(self, judged=judged, mean=mean, error=error)

    def among(self, opened: Bools) -> Part:
        """As `Part.among`, where they are few."""
        gaps = self.gaps[opened[self.gaps]]
        return Part(gaps=gaps, table=item_table(self.around, gaps, self.judged))

    def most(self) -> Floats:
        """More than which no gap adds to any set, shape (k, n_measures): no way over it is shorter than with every gap open."""
        n_o, n_d = self.around[0].shape
        arcs, every = self.around[4], self.whole.copy()
        open_in(every, (n_o, n_d), arcs, self._mask(self.gaps))
        row, col = self.judged.row, self.judged.col
        out = []
        for gap in self.gaps:
            over = np.full(len(row), FAR, np.int64)
            for a, b, ds, one_way in arcs.of(self._mask(np.array([gap]))):
                for start, end in ((a, b),) if one_way else ((a, b), (b, a)):
                    over = np.minimum(over, every[row, n_d + start].astype(np.int64) + ds + every[n_o + end, col])
            after = np.minimum(self.judged.seconds(np.minimum(over, FAR).astype(np.int32)), self.before_s)
            out.append(self.judged.saved(self.before_s, after))
        return np.array(out)

    def value(self, opened: Bools) -> Floats:
        """The value of the gaps of a mask over all gaps of the game, exact."""
        whole = self.whole.copy()
        open_in(whole, self.around[0].shape, self.around[4], opened)
        return self.measured(whole)

    def measured(self, whole: npt.NDArray[np.int32]) -> Floats:
        """What the times of a matrix improve."""
        return self.judged.saved(self.before_s, self.judged.seconds(whole[self.judged.row, self.judged.col]))

    def alone(self) -> Floats:
        """Of each gap, exact, shape (k, n_measures)."""
        return np.array([self.value(self._mask(self.gaps[[k]])) for k in range(len(self.gaps))])

    def last_in(self) -> Floats:
        """What each gap adds to all others, exact."""
        every = self.value(self._mask(self.gaps))
        return np.array([every - self.value(self._mask(self.gaps[self.gaps != gap])) for gap in self.gaps])

    def shapley(self) -> Floats:
        """The mean over the drawn orders."""
        return self.mean

    def shapley_error(self) -> Floats:
        """The standard error of that mean."""
        return self.error

    def interactions(self) -> dict[tuple[int, int], Floats]:
        """Not known: NaN for each pair."""
        return {(int(a), int(b)): np.full(len(self.judged.kind), np.nan) for a, b in combinations(self.gaps, 2)}

    def _mask(self, gaps: Longs) -> Bools:
        mask = np.zeros(self.around[4].n_gaps, bool)
        mask[gaps] = True
        return mask


def draw(around: Around, gaps: Longs, judged: Judged, *, samples: int, seed: int, tell: Callable[[int], None]) -> Drawn:
    """A group with Shapley values from `samples` orders of opening.

    Every order opens all gaps one after the other, so the values sum to the value of all. Castro, Gómez and Tejada (2009), Computers &
    Operations Research 36, 1726–1730. An order and its reverse make one sample, whose marginal values vary less.
    """
    od, oe, ed, ee, arcs = around
    rows, row = np.unique(judged.row, return_inverse=True)
    cols, col = np.unique(judged.col, return_inverse=True)
    around = (od[np.ix_(rows, cols)], oe[rows], ed[:, cols], ee, arcs)
    here = Judged(
        row=row, col=col, other_s=judged.other_s, kind=judged.kind, weight=judged.weight,
        minutes=judged.minutes, cap_min=judged.cap_min, parking_s=judged.parking_s,
    )  # fmt: skip
    base = np.block([[around[0], around[1]], [around[2], around[3]]])
    nothing = np.empty((0, len(judged.kind)))
    group = Drawn(
        gaps=gaps, whole=base, around=around, judged=here, before_s=here.seconds(base[row, col]), mean=nothing, error=nothing
    )  # fmt: skip
    luck = np.random.default_rng(seed)
    marginal = np.zeros((samples, len(gaps), len(judged.kind)))
    for k in range(samples):
        order = luck.permutation(len(gaps))
        for way in (order, order[::-1]):
            whole, value = base.copy(), np.zeros(len(judged.kind))
            for j in way:
                open_in(whole, around[0].shape, arcs, np.arange(arcs.n_gaps) == gaps[j])
                now = group.measured(whole)
                marginal[k, j] += (now - value) / 2
                value = now
        tell(1)
    error = marginal.std(axis=0, ddof=1) / np.sqrt(samples)
    return Drawn(
        gaps=gaps, whole=base, around=around, judged=here, before_s=group.before_s, mean=marginal.mean(axis=0), error=error
    )  # fmt: skip
