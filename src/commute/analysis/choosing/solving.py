"""The best set of options at one level of costs, and the order to build it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from commute.analysis.choosing.best import SAME, Best, Terms, best_set
from commute.analysis.choosing.choices import MOST_ROUTED, Choices
from commute.analysis.choosing.options import Option, rules_of
from commute.analysis.choosing.routed import best_routed
from commute.analysis.measure.shares import Floats
from commute.analysis.worth.stakes import MEASURES

BREAKS_TIES = "all_person_min"
TIE = 1e-6  # of a minute of all potential journeys against one of the measure asked for


def solve(choices: Choices, options: Sequence[Option], level: str, budget: float, measure: str) -> Best:
    """The best set at one level of costs: its value and bound are of the measure alone.

    Where more gaps hang together than have all their sets gone through, sets are sought by what each of those adds on average and by
    the most that it can add; the better is taken, and the bound is that of the most.
    """
    rules = rules_of(options, level)
    excludes, requires = rules.excludes, rules.requires
    column, tie = choices.measures.index(measure), choices.measures.index(BREAKS_TIES)
    roads = [k for k, one in enumerate(options) if one.gaps]
    place = {k: i for i, k in enumerate(roads)}

    def mixed(values: Floats) -> Floats:
        """The measure with what breaks its ties."""
        both: Floats = values[..., column] + TIE * values[..., tie]
        return both

    def on_top(routed: tuple[int, ...], rest: float, loose: bool = False) -> Best:
        """The best road gaps on top of these routed options; the value is the whole set's. Loose: whatever the rules between the two."""
        banned = {a if b in routed else b for a, b in excludes if (a in routed) != (b in routed)}
        banned |= {a for a, b in requires if b in choices.routed and b not in routed}
        forced = {b for a, b in requires if a in routed and b in place}
        banned, forced = (set(), set()) if loose else (banned, forced)
        here = rules.among(roads)
        here = replace(here, cost=np.where([k in banned for k in roads], 2.0 * budget + 1.0, here.cost))
        base = float(mixed(choices.gained(routed)))
        sets, dividends = choices.known_terms(routed)
        terms = Terms.of(len(roads), [tuple(place[k] for k in one) for one in sets], mixed(dividends))

        def best_of(more: Floats) -> Best:
            bonus = (
                2.0 * float(np.abs(terms.dividend).sum() + np.abs(more).sum()) + 1.0
            )  # with it no set goes before one that has all forced
            found = best_set(terms.plus(more + bonus * np.array([k in forced for k in roads])), here, rest)
            chosen = np.zeros(len(options), bool)
            chosen[[roads[i] for i in np.flatnonzero(found.chosen)]] = True
            chosen[list(routed)] = True
            extra = bonus * len(forced) - base
            needed = all(chosen[k] for k in forced)
            return Best(
                chosen=chosen, value=found.value - extra if needed else -np.inf, cost=float(rules.cost[chosen].sum()),
                bound=found.bound - extra if needed or not found.exact else -np.inf, exact=found.exact, looked_at=found.looked_at,
            )  # fmt: skip

        if choices.stakes(routed).game.exact:
            return best_of(np.zeros(len(roads)))
        likely, widest = (best_of(mixed(one[roads])) for one in choices.drawn(routed))
        true = [float(mixed(choices.value(np.flatnonzero(one.chosen)))) if one.value > -np.inf else -np.inf for one in (likely, widest)]
        best = replace(likely if true[0] >= true[1] else widest, value=max(true))
        return replace(best, bound=widest.bound, exact=widest.bound <= best.value + SAME)

    if len(choices.routed) > MOST_ROUTED:
        return _of_measure(best_routed(choices.routed, rules, budget, on_top), choices, column)
    every = []
    for size in range(len(choices.routed) + 1):
        for routed in combinations(choices.routed, size):
            spent = float(rules.cost[list(routed)].sum())
            clash = any(a in routed and b in routed for a, b in excludes)
            lacks = any(a in routed and b in choices.routed and b not in routed for a, b in requires)
            if spent <= budget and not clash and not lacks:
                every.append(on_top(routed, budget - spent))
    top = max(every, key=lambda one: (one.value, -one.cost))
    bound = max(one.bound for one in every)
    found = replace(top, bound=bound, exact=bound <= top.value + SAME, looked_at=sum(one.looked_at for one in every))
    return _of_measure(found, choices, column)


def _of_measure(found: Best, choices: Choices, column: int) -> Best:
    """With the value of the measure alone, without what breaks ties."""
    value = float(choices.value(np.flatnonzero(found.chosen))[column])
    return replace(found, value=value, bound=value if found.exact else max(found.bound, value))


def build_order(choices: Choices, options: Sequence[Option], members: Sequence[int], measure: str = MEASURES[0]) -> list[int]:
    """Members in the order of most value for money, each given those before it; what is required comes first."""
    column, left = choices.measures.index(measure), list(members)
    built: list[int] = []
    place = {one.key: k for k, one in enumerate(options)}
    while left:
        now = choices.value(built)[column]
        ready = [k for k in left if all(place.get(need) not in left for need in options[k].requires)] or left
        gain = {k: (choices.value([*built, k])[column] - now) / max(options[k].price("central"), 1e-9) for k in ready}
        pick = max(ready, key=lambda k: (gain[k], -k))
        built.append(pick)
        left.remove(pick)
    return built
