"""Branch and bound over options that must be routed, where they are too many to route every set of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from commute.analysis.choosing.best import SAME, Best, Rules

MOST_ROUTINGS = 200  # sets routed before the search stops and says what bound remains
Solve = Callable[[tuple[int, ...], float, bool], Best]


def best_routed(routed: Sequence[int], rules: Rules, budget: float, on_top: Solve, *, most: int = MOST_ROUTINGS) -> Best:
    """The best set of routed options and of the road gaps on top of them.

    Parameters
    ----------
    routed : positions of the options that are routed
    rules : Rules of all options
    budget : float
    on_top : callable(routed options, what is left of the budget, loose)
        The best road gaps on top of these, with the whole set's value and bound; loose: whatever the rules between these and roads.
    most : int, sets routed at most

    Notes
    -----
    The bound of a node is the value with all its undecided options thrown in for nothing and what is left of the budget spent on
    road gaps. It is valid where no option makes a journey slower than it was without it. A set that proves the contrary raises
    the bound that is given back by as much.
    """
    asked: dict[tuple[tuple[int, ...], float, bool], Best] = {}
    sets = set[tuple[int, ...]]()

    def worth(members: tuple[int, ...], rest: float, loose: bool = False) -> Best:
        key = (members, round(rest, 6), loose)
        if key not in asked:
            sets.add(members)
            asked[key] = on_top(members, rest, loose)
        return asked[key]

    def kept(members: tuple[int, ...], undecided: frozenset[int]) -> bool:
        clash = any(a in members and b in members for a, b in rules.excludes)
        lacks = any(a in members and b in routed and b not in members and b not in undecided for a, b in rules.requires)
        return not clash and not lacks

    alone = {k: worth((k,), max(budget - rules.cost[k], 0.0)).value for k in routed if rules.cost[k] <= budget}
    order = sorted(alone, key=lambda k: -alone[k] / max(float(rules.cost[k]), SAME))
    best = worth((), budget)
    open_bound, harm = -np.inf, 0.0
    todo: list[tuple[tuple[int, ...], int]] = [((), 0)]
    while todo:
        members, k = todo.pop()
        undecided = tuple(order[k:])
        spent = float(rules.cost[list(members)].sum())
        if spent > budget + SAME or not kept(members, frozenset(undecided)):
            continue
        limit = worth(tuple(sorted({*members, *undecided})), budget - spent, loose=True).bound
        harm = max(harm, worth(tuple(sorted(members)), budget - spent).value - limit)
        if limit <= best.value + SAME and harm <= 0:
            continue
        if len(sets) >= most:
            open_bound = max(open_bound, limit)
            continue
        if kept(members, frozenset()):
            here = worth(tuple(sorted(members)), budget - spent)
            best = here if here.value > best.value + SAME else best
        if k < len(order):
            todo += [(members, k + 1), ((*members, order[k]), k + 1)]
    bound = max(best.value, best.bound, open_bound + harm) if open_bound > -np.inf else max(best.value, best.bound)
    return replace(best, bound=bound, exact=bound <= best.value + SAME, looked_at=len(sets))
