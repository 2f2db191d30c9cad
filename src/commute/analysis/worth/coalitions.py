"""The value of sets of gaps, and what follows from it: dividends, Shapley values, interactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.analysis.measure.shares import Floats
from commute.analysis.worth.parts import Drawn, Part, sums_of
from commute.errors import BadValue, UnknownId

Bools = npt.NDArray[np.bool_]
FEW = 20  # gaps all of whose subsets are gone through
SMALL = 12  # gaps up to which a table is added up by its dividends: beyond, their rounding errors grow
NOTHING = 1e-12  # of the largest value of a gap: an interaction below it is rounding


class TooMany(BadValue):
    """Sets that are too many to go through."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Game:
    """The value of sets of gaps, in each measure: what opening them improves against opening none of them.

    Attributes
    ----------
    gaps : tuple of str
    measures : tuple of str
    parts : tuple of Part or Drawn; the value of a set is the sum of theirs
    about : dict; what the values rest on

    Notes
    -----
    Dividends: Harsanyi (1963), International Economic Review 4, 194–220. Shapley (1953). Interaction: Grabisch and Roubens (1999),
    International Journal of Game Theory 28, 547–565. Gaps that overlap on the ground have a value together all the same: opening
    both adds the links of both; whoever chooses gaps must leave such sets out.
    """

    gaps: tuple[str, ...]
    measures: tuple[str, ...]
    parts: tuple[Part | Drawn, ...]
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """Whether every figure is exact. If not, values of sets are, and Shapley values come with an error (`shapley_error`)."""
        return all(isinstance(part, Part) for part in self.parts)

    def opened(self, what: Iterable[str] | Bools) -> Bools:
        """Which gaps a set holds, shape (n_gaps,), from ids or such an array.

        Raises
        ------
        UnknownId
            A gap that is not in the game.
        BadValue
            An array of another shape.
        """
        if isinstance(what, np.ndarray) and what.dtype == np.bool_:
            if what.shape != (len(self.gaps),):
                raise BadValue(f"the set has shape {what.shape}, there are {len(self.gaps)} gaps")
            return what
        place = {gap: k for k, gap in enumerate(self.gaps)}
        mask = np.zeros(len(self.gaps), bool)
        for one in [what] if isinstance(what, str) else what:
            if one not in place:
                raise UnknownId("gap", str(one), place)
            mask[place[str(one)]] = True
        return mask

    def value(self, opened: Iterable[str] | Bools) -> Floats:
        """The value of a set, from ids or a mask, shape (n_measures,)."""
        mask = self.opened(opened)
        return sum((part.value(mask) for part in self.parts), np.zeros(len(self.measures)))

    def alone(self) -> pd.DataFrame:
        """The value of each gap alone: index gap_id, a column a measure; so also the three that follow."""
        return self._frame(lambda part: part.alone())

    def last_in(self) -> pd.DataFrame:
        """What each gap adds when all others are open."""
        return self._frame(lambda part: part.last_in())

    def shapley(self) -> pd.DataFrame:
        """What each gap adds on average over all orders of opening; the sum is the value of all."""
        return self._frame(lambda part: part.shapley())

    def shapley_error(self) -> pd.DataFrame:
        """The standard error of `shapley`; 0 where that is exact."""
        return self._frame(lambda part: part.shapley_error() ** 2).pow(0.5)

    def interaction(self) -> pd.DataFrame:
        """Pairs of gaps that move each other's value: gap_a, gap_b, a column a measure.

        Above 0 they are complements, below 0 substitutes; pairs without effect are left out; NaN where it is not known (not `exact`).
        """
        total: dict[tuple[int, int], Floats] = {}
        for part in self.parts:
            for (a, b), both in part.interactions().items():
                pair = (min(a, b), max(a, b))
                total[pair] = total.get(pair, np.zeros(len(self.measures))) + both
        largest = np.max([self.last_in().abs().max(), self.alone().abs().max()], axis=0) if self.gaps else 0.0
        rows = [
            (self.gaps[a], self.gaps[b], *both)
            for (a, b), both in sorted(total.items())
            if not np.all(np.abs(both) <= NOTHING * largest)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["gap_a", "gap_b", *self.measures])

    def all_values(self, gaps: Sequence[str] | None = None) -> Floats:
        """The values of all sets of at most 20 gaps, none else open, shape (2^n, n_measures); gap k of those given is bit k.

        Raises
        ------
        TooMany, BadValue
            More than 20 gaps; one twice.
        """
        asked = list(self.gaps if gaps is None else gaps)
        if len(asked) > FEW:
            raise TooMany(f"all sets of {len(asked)} gaps are too many; give at most {FEW}")
        if len(set(asked)) < len(asked):
            raise BadValue("a gap is given twice")
        self.opened(asked)
        bit = np.zeros(len(self.gaps), np.int64)
        bit[[self.gaps.index(one) for one in asked]] = 1 << np.arange(len(asked))
        out = np.zeros((1 << len(asked), len(self.measures)))
        large = []
        for part in self._among(bit != 0):
            if len(part.gaps) > SMALL:
                large.append(part)
            elif len(part.gaps):
                out[sums_of(bit[part.gaps])] += part.dividends()
        for k in range(len(asked)):
            halves = out.reshape(-1, 2, 1 << k, len(self.measures))
            halves[:, 1] += halves[:, 0]
        sets = np.arange(len(out))
        for part in large:
            rows = np.zeros(len(out), np.int64)
            for j, one in enumerate(bit[part.gaps]):
                rows |= ((sets & one) != 0).astype(np.int64) << j
            out += part.table[rows]
        return out

    def among(self, gaps: Iterable[str] | Bools) -> Game:
        """The game of these gaps alone, no other ever opened: exact, where those that hang together are few now.

        Raises
        ------
        TooMany
            More than 20 of them still matter to the same journeys.
        """
        mask = self.opened(gaps)
        place = np.cumsum(mask) - 1
        parts = tuple(replace(part, gaps=place[part.gaps]) for part in self._among(mask) if len(part.gaps))
        names = tuple(gap for gap, one in zip(self.gaps, mask, strict=True) if one)
        return replace(self, gaps=names, parts=parts, about={**self.about, "exact": True})

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """The parts whose sets are too many to go through."""
        return tuple(part for part in self.parts if isinstance(part, Drawn))

    @property
    def terms(self) -> tuple[list[tuple[int, ...]], Floats]:
        """Sets of positions in `gaps`, and their dividends, (n_terms, n_measures): a set's value is the sum of those of its subsets.

        Raises
        ------
        TooMany
            The game is not exact.
        """
        return self._terms_of(self._among(np.ones(len(self.gaps), bool)))

    @property
    def known_terms(self) -> tuple[list[tuple[int, ...]], Floats]:
        """`terms` without those of `drawn`, which are not known."""
        return self._terms_of([part for part in self.parts if isinstance(part, Part)])

    def _terms_of(self, parts: Sequence[Part]) -> tuple[list[tuple[int, ...]], Floats]:
        total: dict[tuple[int, ...], Floats] = {}
        for part in parts:
            dividends = part.dividends()
            for bits in np.flatnonzero(np.any(dividends != 0.0, axis=1)).tolist():
                key = tuple(sorted(int(gap) for j, gap in enumerate(part.gaps) if (bits >> j) & 1))
                total[key] = total.get(key, np.zeros(len(self.measures))) + dividends[bits]
        keys = sorted(total)
        return keys, np.array([total[key] for key in keys]).reshape(len(keys), len(self.measures))

    def _among(self, opened: Bools) -> list[Part]:
        for part in self.drawn:
            if (many := np.count_nonzero(opened[part.gaps])) > FEW:
                few = f"{many} gaps matter to the same journeys, more than {FEW}: what sets of them are worth is not gone through"
                raise TooMany(f"{few}; ask about fewer of them (candidates)")
        return [part.among(opened) for part in self.parts]

    def _frame(self, each: Callable[[Part | Drawn], Floats]) -> pd.DataFrame:
        out = np.zeros((len(self.gaps), len(self.measures)))
        for part in self.parts:
            out[part.gaps] += each(part)
        return pd.DataFrame(out, index=pd.Index(self.gaps, name="gap_id"), columns=list(self.measures))


def beside(a: Game, b: Game) -> Game:
    """Two games of the same gaps as one with the measures of both.

    Raises
    ------
    BadValue
        Other gaps.
    """
    if a.gaps != b.gaps:
        raise BadValue("two games of different gaps cannot be set side by side")
    left = tuple(one.placed(0, len(b.measures)) for one in a.parts)
    right = tuple(one.placed(len(a.measures), 0) for one in b.parts)
    return Game(gaps=a.gaps, measures=(*a.measures, *b.measures), parts=(*left, *right), about={**b.about, **a.about})
