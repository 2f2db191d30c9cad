"""The best set of options at one level of costs, and the order to build it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from commute.analysis.choosing.best import Best, best_set
from commute.analysis.choosing.choices import MOST_ROUTED, Choices, terms_of
from commute.analysis.choosing.options import Option, rules_of
from commute.analysis.choosing.routed import best_routed
from commute.analysis.worth.stakes import MEASURES

BREAKS_TIES = "all_person_min"
TIE = 1e-6  # of a minute of all potential journeys against one of the measure asked for


def solve(choices: Choices, options: Sequence[Option], level: str, budget: float, measure: str) -> Best:
    """The best set at one level of costs."""
    rules = rules_of(options, level)
    excludes, requires = rules.excludes, rules.requires
    column, tie = choices.measures.index(measure), choices.measures.index(BREAKS_TIES)

    def on_top(routed: tuple[int, ...], rest: float) -> Best:
        """The best road gaps on top of these routed options; the value is the whole set's."""
        roads = [k for k, one in enumerate(options) if one.gaps]
        place = {k: i for i, k in enumerate(roads)}
        banned = {a if b in routed else b for a, b in excludes if (a in routed) != (b in routed)}
        banned |= {a for a, b in requires if b in choices.routed and b not in routed}
        here = rules.among(roads)
        here = replace(here, cost=np.where([k in banned for k in roads], 2.0 * budget + 1.0, here.cost))
        sets, dividends = choices.road_terms(routed)
        mixed = dividends.copy()
        mixed[:, column] += TIE * dividends[:, tie]
        terms = terms_of(len(roads), [tuple(place[k] for k in one) for one in sets], mixed, column)
        found = best_set(terms, here, rest)
        base = float(choices.gained(routed)[column] + TIE * choices.gained(routed)[tie])
        chosen = np.zeros(len(options), bool)
        chosen[[roads[i] for i in np.flatnonzero(found.chosen)]] = True
        chosen[list(routed)] = True
        needed = all(chosen[b] for a, b in requires if a in routed)
        value = found.value + base if needed else -np.inf
        return Best(
            chosen=chosen, value=value, cost=float(rules.cost[chosen].sum()), bound=found.bound + base, exact=found.exact,
            looked_at=found.looked_at,
        )  # fmt: skip

    if len(choices.routed) > MOST_ROUTED:
        return best_routed(choices.routed, rules, budget, on_top)
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
    return replace(top, bound=bound, exact=bound <= top.value + 1e-6, looked_at=sum(one.looked_at for one in every))


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
