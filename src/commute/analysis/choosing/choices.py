"""Options taken together: road gaps by the algebra on top of every set of the others, which are routed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.choosing.best import Terms
from commute.analysis.choosing.options import Option
from commute.analysis.measure import potential, reach
from commute.analysis.measure.shares import Floats
from commute.analysis.progress import Progress
from commute.analysis.worth.stakes import Stakes, stakes
from commute.errors import BadValue

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.scenario import Scenario
    from commute.model.target import Target

MOST_ROUTED = 8  # options all of whose sets are routed
Sets = list[tuple[int, ...]]


class Choices:
    """The value of sets of options for one target; what is routed is kept.

    Parameters
    ----------
    net : Network
    target : Target
    options : sequence of Option, none with a reason against it
    weights : as `potential.weights`
    variants : bool, as `stakes.stakes`
    progress : callable(done, total), told after each routing
    made : callable(routed options) that gives their network; None applies their scenarios to `net`
    """

    def __init__(
        self,
        net: Network,
        target: Target,
        options: Sequence[Option],
        *,
        weights: potential.Kind | pd.DataFrame = "potential",
        variants: bool = False,
        progress: Progress | None = None,
        made: Callable[[Collection[int]], Network] | None = None,
    ) -> None:
        self._made = made or self._applied
        self.net, self.target, self.options = net, target, list(options)
        self.weights, self.variants, self.progress = weights, variants, progress
        self.routed = [k for k, one in enumerate(self.options) if not one.gaps]
        self.gaps = tuple(dict.fromkeys(gap for one in self.options for gap in one.gaps))
        self._stakes: dict[frozenset[int], Stakes] = {}
        self._terms: dict[frozenset[int], tuple[Sets, Floats]] = {}
        self.to_do = 1 << min(len(self.routed), MOST_ROUTED)

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures, in the order of every array of values."""
        return self.stakes(()).game.measures

    def stakes(self, routed: Collection[int]) -> Stakes:
        """What is at stake once these routed options are applied."""
        key = frozenset(routed)
        if key not in self._stakes:
            self._stakes[key] = self._of_one(*key) if len(key) == 1 else self._asked(key)
            if self.progress:
                self.progress(min(len(self._stakes), self.to_do), self.to_do)
        return self._stakes[key]

    def _asked(self, routed: Collection[int]) -> Stakes:
        return stakes(self._made(routed), self.target, self.gaps, weights=self.weights, variants=self.variants)

    def _of_one(self, routed: int) -> Stakes:
        """What is at stake once one option is applied: kept with the network, since several questions ask it."""
        if self._made != self._applied or not isinstance(self.weights, str):
            return self._asked((routed,))
        kept = reach.kept(self.net)
        what = (self.target, self.gaps, self.weights, self.variants, self._scenario(routed))
        if (key := f"stakes of one {what!r}") not in kept:
            kept[key] = self._asked((routed,))
        return kept[key]  # type: ignore[no-any-return]

    def _scenario(self, routed: int) -> Scenario:
        return replace(self.options[routed].scenario, requires=(), excludes=())  # rules are kept by who chooses

    def _applied(self, routed: Collection[int]) -> Network:
        return self.net.apply(*map(self._scenario, sorted(routed))) if routed else self.net

    def gained(self, routed: Collection[int]) -> Floats:
        """What the routed options improve by themselves, shape (measures,)."""
        gain: Floats = self.stakes(()).totals - self.stakes(routed).totals
        return gain

    def value(self, chosen: Iterable[int]) -> Floats:
        """The value of a set of options, shape (measures,): the whole set's."""
        every = set(chosen)
        routed = [k for k in every if k in set(self.routed)]
        opened = {gap for k in every for gap in self.options[k].gaps}
        return self.gained(routed) + self.stakes(routed).game.value(sorted(opened))

    def road_terms(self, routed: Collection[int]) -> tuple[Sets, Floats]:
        """Dividends of sets of road options on top of these routed ones: sets of positions in `options`, (terms, measures)."""
        key = frozenset(routed)
        if key not in self._terms:
            here = self.stakes(key).game
            owners = [tuple(k for k, one in enumerate(self.options) if gap in one.gaps) for gap in here.gaps]
            self._terms[key] = covered(*here.terms, owners)
        return self._terms[key]

    def joint_terms(self, members: Iterable[int] | None = None) -> tuple[Sets, Floats]:
        """Dividends of sets of all options, or of those given, routed ones among them: the Möbius sum over the sets of the routed.

        Raises
        ------
        BadValue
            More than 8 options are routed.
        """
        among = set(range(len(self.options)) if members is None else members)
        routed = [k for k in self.routed if k in among]
        if len(routed) > MOST_ROUTED:
            raise BadValue(f"{len(routed)} options are not road gaps; all sets of at most {MOST_ROUTED} are routed")
        total: dict[tuple[int, ...], Floats] = {}
        for size in range(len(routed) + 1):
            for inner in combinations(routed, size):
                on_top = zip(*self.road_terms(inner), strict=True)
                values = {(): self.gained(inner), **{one: each for one, each in on_top if among.issuperset(one)}}
                rest = [k for k in routed if k not in inner]
                for more in range(len(rest) + 1):
                    for outer in combinations(rest, more):
                        for roads, dividend in values.items():
                            whole = tuple(sorted((*roads, *inner, *outer)))
                            total[whole] = total.get(whole, 0.0) + (-1.0) ** more * dividend
        scale = np.abs(self.stakes(()).totals) + 1.0
        kept = {key: each for key, each in total.items() if key and (np.abs(each) > 1e-12 * scale).any()}
        return list(kept), np.array(list(kept.values())).reshape(len(kept), len(self.measures))


def covered(sets: Sets, dividends: Floats, owners: Sequence[tuple[int, ...]]) -> tuple[Sets, Floats]:
    """Dividends of gaps as those of the options that open them, where options may share gaps.

    A gap is open where any of its owners is chosen: 1 − Π(1 − x) over them, multiplied out.
    """
    total: dict[tuple[int, ...], Any] = {}
    for members, dividend in zip(sets, dividends, strict=True):
        products: dict[frozenset[int], float] = {frozenset(): 1.0}
        for gap in members:
            signed = [
                (frozenset(some), -((-1.0) ** size)) for size in range(1, len(owners[gap]) + 1) for some in combinations(owners[gap], size)
            ]
            grown: dict[frozenset[int], float] = {}
            for have, sign in products.items():
                for some, more in signed:
                    grown[have | some] = grown.get(have | some, 0.0) + sign * more
            products = grown
        for chosen, sign in products.items():
            if sign:
                key = tuple(sorted(chosen))
                total[key] = total.get(key, 0.0) + sign * dividend
    return list(total), np.array(list(total.values())).reshape(len(total), dividends.shape[1])


def shares_of(n: int, sets: Sets, dividends: Floats) -> dict[str, Floats]:
    """Alone, last_in and shapley of n players from their dividends, each (n, measures)."""
    out = {name: np.zeros((n, dividends.shape[1])) for name in ("alone", "last_in", "shapley")}
    for members, dividend in zip(sets, dividends, strict=True):
        who = list(members)
        out["last_in"][who] += dividend
        out["shapley"][who] += dividend / len(who)
        if len(who) == 1:
            out["alone"][who] += dividend
    return out


def interactions_of(sets: Sets, dividends: Floats) -> dict[tuple[int, int], Floats]:
    """Shapley interaction of pairs: above 0 complements, below 0 substitutes (Grabisch and Roubens 1999)."""
    out: dict[tuple[int, int], Floats] = {}
    for members, dividend in zip(sets, dividends, strict=True):
        for a, b in combinations(members, 2):
            out[a, b] = out.get((a, b), 0.0) + dividend / (len(members) - 1)
    return out


def terms_of(n: int, sets: Sets, dividends: Floats, measure: int) -> Terms:
    """One measure's dividends, for `choosing`."""
    return Terms.of(n, sets, dividends[:, measure])
