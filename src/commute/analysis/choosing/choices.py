"""Options taken together: road gaps by the algebra on top of every set of the others, which are routed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.choosing.best import Terms
from commute.analysis.choosing.options import Option, without_rules
from commute.analysis.measure import potential, reach
from commute.analysis.measure.shares import Floats
from commute.analysis.progress import Progress
from commute.analysis.worth.coalitions import FEW, Game, TooMany
from commute.analysis.worth.stakes import Stakes, stakes

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.scenario import Scenario
    from commute.model.target import Target

SAMPLES = 50  # orders drawn where sets are not gone through
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
        self._terms: dict[tuple[frozenset[int], frozenset[int] | None], tuple[Sets, Floats]] = {}
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
        return without_rules(self.options[routed].scenario)

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

    def road_terms(self, routed: Collection[int], members: Collection[int] | None = None) -> tuple[Sets, Floats]:
        """Dividends of sets of road options on top of these routed ones: sets of positions in `options`, (terms, measures).

        Raises
        ------
        TooMany
            More than 20 gaps of the options, or of these members, matter to the same journeys.
        """
        game = self.stakes(routed).game
        among = None if game.exact or members is None else frozenset(members)
        key = (frozenset(routed), among)
        if key not in self._terms:
            game = game if among is None else game.among(gap for k in among for gap in self.options[k].gaps)
            self._terms[key] = self._owned(game, *game.terms)
        return self._terms[key]

    def known_terms(self, routed: Collection[int]) -> tuple[Sets, Floats]:
        """As `road_terms`, without what is not gone through: `drawn`."""
        game = self.stakes(routed).game
        return self.road_terms(routed) if game.exact else self._owned(game, *game.known_terms)

    @property
    def exact(self) -> bool:
        """Whether what every set of road gaps is worth is known, with nothing routed."""
        return self.stakes(()).game.exact

    @property
    def enumerable(self) -> bool:
        """Whether every set of options can be gone through."""
        roads = len(self.options) - len(self.routed)
        return roads <= FEW and len(self.routed) <= MOST_ROUTED and (self.exact or len(self.gaps) <= FEW)

    def moving(self, measure: int) -> list[int]:
        """Options that change a measure in some set; where that is not gone through, those that may."""
        if self.exact and len(self.routed) <= MOST_ROUTED:
            sets, dividends = self.joint_terms()
            return sorted({k for one, worth in zip(sets, dividends[:, measure], strict=True) for k in one if worth})
        sets, dividends = self.known_terms(())
        known = {k for one, worth in zip(sets, dividends[:, measure], strict=True) for k in one if worth}
        return sorted({*known, *np.flatnonzero(self.drawn(())[1][:, measure]).tolist(), *self.routed})

    def shares(self, members: Iterable[int] | None = None, *, samples: int = SAMPLES, seed: int = 0) -> dict[str, Floats]:
        """Alone, last_in, shapley and its standard error of options, or of those given among themselves, each (options, measures).

        Exact, error 0, unless too many gaps hang together or more than 8 options are routed; then over drawn orders, each with its
        reverse: those of the game where each option is a gap of its own, else `samples`.
        """
        among = list(range(len(self.options)) if members is None else members)
        try:
            return shares_of(len(self.options), *self.joint_terms(among))
        except TooMany:
            if members is None and not self.routed and all(len(one.gaps) == 1 for one in self.options) and len(self.gaps) == len(among):
                game = self.stakes(()).game
                found = {"alone": game.alone(), "last_in": game.last_in(), "shapley": game.shapley(), "error": game.shapley_error()}
                return {name: one.to_numpy(np.float64) for name, one in found.items()}
            return self._drawn_shares(among, samples, seed)

    def _drawn_shares(self, among: list[int], samples: int, seed: int) -> dict[str, Floats]:
        shape = (len(self.options), len(self.measures))
        out = {name: np.zeros(shape) for name in ("alone", "last_in", "shapley", "error")}
        whole = self.value(among)
        for k in among:
            out["alone"][k] = self.value([k])
            out["last_in"][k] = whole - self.value([one for one in among if one != k])
        luck, added = np.random.default_rng(seed), np.zeros((samples, *shape))
        for k in range(samples):
            order = luck.permutation(among)
            for way in (order, order[::-1]):
                values = [np.zeros(shape[1]), *(self.value(way[: j + 1]) for j in range(len(way)))]
                added[k, way] += np.diff(values, axis=0) / 2
        out["shapley"], out["error"] = added.mean(axis=0), added.std(axis=0, ddof=1) / np.sqrt(samples)
        return out

    def drawn(self, routed: Collection[int]) -> tuple[Floats, Floats]:
        """Beside `known_terms`, for each option: what it adds on average, and more than which it never adds; (options, measures)."""
        game = self.stakes(routed).game
        each = np.zeros((2, len(game.gaps), len(self.measures)))
        for part in game.drawn:
            each[0, part.gaps] += part.mean
            each[1, part.gaps] += part.most()
        place = {gap: k for k, gap in enumerate(game.gaps)}
        mean, most = (np.array([one[[place[gap] for gap in option.gaps]].sum(axis=0) for option in self.options]) for one in each)
        return mean, most

    def _owned(self, game: Game, sets: Sets, dividends: Floats) -> tuple[Sets, Floats]:
        owners = [tuple(k for k, one in enumerate(self.options) if gap in one.gaps) for gap in game.gaps]
        return covered(sets, dividends, owners)

    def joint_terms(self, members: Iterable[int] | None = None) -> tuple[Sets, Floats]:
        """Dividends of sets of all options, or of those given, routed ones among them: the Möbius sum over the sets of the routed.

        Raises
        ------
        TooMany
            More than 8 options are routed, or as `road_terms`.
        """
        among = set(range(len(self.options)) if members is None else members)
        routed = [k for k in self.routed if k in among]
        if len(routed) > MOST_ROUTED:
            raise TooMany(f"{len(routed)} options are not road gaps; all sets of at most {MOST_ROUTED} are routed")
        total: dict[tuple[int, ...], Floats] = {}
        for size in range(len(routed) + 1):
            for inner in combinations(routed, size):
                on_top = zip(*self.road_terms(inner, among), strict=True)
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
    """Alone, last_in, shapley and its error (0) of n players from their dividends, each (n, measures)."""
    out = {name: np.zeros((n, dividends.shape[1])) for name in ("alone", "last_in", "shapley", "error")}
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
