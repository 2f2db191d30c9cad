"""Budget against benefit: the most that each budget can buy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.choosing.choices import Choices
from commute.analysis.choosing.options import COSTS
from commute.analysis.choosing.solving import solve
from commute.analysis.choosing.steps import frontier_frame, pareto
from commute.analysis.measure import potential
from commute.analysis.portfolio import Costs, check_money, usable
from commute.analysis.progress import Progress
from commute.analysis.worth.stakes import MEASURES
from commute.errors import BadValue

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.target import Target

STEPS = 24  # budgets looked at where there are too many options for every set


def frontier(
    net: Network,
    target: Target,
    *,
    candidates: Any = None,
    budgets_mcny: Sequence[float] | None = None,
    at_mcny: float | None = None,
    costs: Costs = "all",
    level: str = "central",
    measure: str = MEASURES[0],
    weights: potential.Kind | pd.DataFrame = "potential",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The most that each budget can buy.

    Parameters
    ----------
    net, target, candidates, costs, measure, weights, progress : as `portfolio`
    budgets_mcny : sequence of float, optional
        None: every budget at which a better set can be had, exact, where there are at most 20 road gaps
        and 8 other options; else 24 steps, finer for small budgets.
    at_mcny : float, optional, a budget to be among those steps
    level : "low", "central" or "high", of the costs

    Returns
    -------
    DataFrame
        A row a budget, rising: budget_mcny, cost_mcny (of the set), a column a measure (the whole set's value), cost_basis ("2 of 5
        published"), assumed_costs (keys of the others), keys, names_zh, names_en, added and dropped (keys, against the row before),
        exact, bound. A set may drop what a smaller budget chose. `attrs`: names (Chinese and English by key), about.

    Raises
    ------
    BadValue, UnknownId
        As `portfolio`.
    """
    target.check_day(net.day)
    if level not in COSTS:
        raise BadValue(f"level is {level!r}, must be one of {', '.join(COSTS)}")
    for budget in (*(budgets_mcny or ()), at_mcny or 0.0):
        check_money(budget, costs, measure)
    options, _ = usable(net, candidates, costs)
    choices = Choices(net, target, options, weights=weights, progress=progress)
    if budgets_mcny is None and choices.enumerable:
        found = pareto(choices, options, level, measure)
    else:
        whole = sum(one.price(level) for one in options)
        steps = {whole * (k / STEPS) ** 2 for k in range(STEPS + 1)} | ({at_mcny} if at_mcny is not None else set())
        asked = sorted(budgets_mcny if budgets_mcny is not None else steps)
        found = []
        for budget in asked:
            best = solve(choices, options, level, budget, measure)
            found.append((budget, tuple(np.flatnonzero(best.chosen).tolist()), best.bound, best.exact))
    frame = frontier_frame(choices, options, found, level, measure)
    frame.attrs["about"] = {
        "date": str(net.day),
        "scenarios": net.scenarios,
        "level": level,
        "measure": measure,
        "definition": target.definition("en"),
    }
    return frame
