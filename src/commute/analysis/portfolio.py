"""What to build: the best set under a budget, the frontier of budgets, and the order by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from commute.analysis.choosing.best import Best
from commute.analysis.choosing.choices import Choices
from commute.analysis.choosing.options import COSTS, Option, names_within, options_of, rules_between
from commute.analysis.choosing.solving import build_order, solve
from commute.analysis.choosing.steps import bases, frontier_frame, pareto
from commute.analysis.compare import compare
from commute.analysis.measure import potential
from commute.analysis.progress import Progress
from commute.analysis.worth.stakes import MEASURES
from commute.errors import BadValue
from commute.model.results.portfolio import Portfolio

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.target import Target

Costs = Literal["all", "published"]
NO_COST = ("没有公布的造价，也没有单价可套", "no published cost, and no cost of a km of its class")
TODAY, BUILT = ("现状", "today"), ("所选项目建成", "with the chosen built")  # names of networks
UNPUBLISHED = ("造价没有公布", "its cost is not published")


def portfolio(
    net: Network,
    target: Target,
    *,
    budget_mcny: float,
    candidates: Any = None,
    costs: Costs = "all",
    measure: str = MEASURES[0],
    weights: potential.Kind | pd.DataFrame = "potential",
    base: tuple[str, str] | None = None,
    progress: Progress | None = None,
) -> Portfolio:
    """The best set of options under a budget.

    Parameters
    ----------
    net : Network
    target : Target
    budget_mcny : float, million yuan, prices of 2025
    candidates : gaps, tasks, scenarios, changes; None takes every gap not open that can be resolved (`options.options_of`)
    costs : "all" or "published": whether options whose cost is assumed may be chosen
    measure : str, of `stakes.MEASURES`: what is to be improved most; equals go by all_person_min, then by cost
    weights : as `potential.weights`
    base : Chinese and English name of the network as it is, optional; None takes its scenarios, else "today"
    progress : callable(done, total), optional

    Returns
    -------
    Portfolio
        Solved at low, central and high costs; the set is that of the central ones.

    Raises
    ------
    BadValue
        A budget that is no number from 0 up, an unknown measure, or as `check`.
    UnknownId
        A candidate that is neither a gap nor a task.

    Notes
    -----
    The value of a set is the whole set's. Road gaps: every set of up to 20, else branch and bound (`choosing`). What is no road gap
    is routed: every set of up to 8, the road gaps solved on top of each; of more, branch and bound over them (`routed`).
    """
    target.check_day(net.day)
    check_money(budget_mcny, costs, measure)
    options, left = usable(net, candidates, costs)
    choices = Choices(net, target, options, weights=weights, progress=progress)
    found = {level: solve(choices, options, level, budget_mcny, measure) for level in COSTS}
    sets = {level: [k for k in range(len(options)) if one.chosen[k]] for level, one in found.items()}
    best, members = found["central"], sets["central"]
    robust = tuple(options[k].key for k in members if all(k in one for one in sets.values()))
    value = choices.value(members)
    after = net.apply(*(options[k].scenario for k in members)) if members else None
    base = named(net, base)
    seen = compare(net, after, target=target, names=(base, BUILT), redistributions=0, progress=progress) if after is not None else None
    column = choices.measures.index(measure)
    by_costs = pd.DataFrame(
        {
            "keys": [";".join(options[k].key for k in sets[level]) for level in COSTS],
            "names_zh": ["、".join(options[k].name_zh for k in sets[level]) for level in COSTS],
            "names_en": ["; ".join(options[k].name_en for k in sets[level]) for level in COSTS],
            "cost_mcny": [one.cost for one in found.values()],
            **bases([[options[k] for k in sets[level]] for level in COSTS]),
            "value": [float(choices.value(sets[level])[column]) for level in COSTS],
            "bound": [one.bound for one in found.values()],
            "exact": [one.exact for one in found.values()],
        },
        index=pd.Index(COSTS, name="costs"),
    )
    not_taken = [k for k in range(len(options)) if k not in members]
    return Portfolio(
        target=target,
        budget_mcny=float(budget_mcny),
        chosen=_chosen(choices, options, members, robust),
        value=dict(zip(choices.measures, value.tolist(), strict=True)),
        cost_mcny=best.cost,
        bound=max(best.bound, float(value[column])),
        exact=best.exact,
        by_costs=by_costs,
        robust=robust,
        left_out=_left_out([*left, *(_passed_over(choices, options[k], k, budget_mcny) for k in not_taken)]),
        next_step=next_step(choices, options, budget_mcny, measure),
        comparison=seen,
        about={**_about(net, choices, measure, costs, weights, best), "base": base},
    )


def named(net: Network, name: tuple[str, str] | None) -> tuple[str, str]:
    """Chinese and English name of a network as it is: that given, else its scenarios, else "today"."""
    return name or ((" + ".join(net.scenarios),) * 2 if net.scenarios else TODAY)


def check_money(budget: float, costs: str, measure: str) -> None:
    """Refuse what is no budget, no choice of costs, no measure.

    Raises
    ------
    BadValue
    """
    if not 0 <= budget < 1e7:
        raise BadValue(f"budget_mcny is {budget}, must be from 0 to 10 million (million yuan: 3 billion yuan are 3000)")
    if costs not in ("all", "published"):
        raise BadValue(f"costs is {costs!r}, must be all or published")
    if measure not in MEASURES:
        raise BadValue(f"measure is {measure!r}, must be one of {', '.join(MEASURES)}")


def usable(net: Network, candidates: Any, costs: str) -> tuple[list[Option], list[Option]]:
    """The options that may be bought, and the others with why not."""
    options: list[Option] = []
    left: list[Option] = []
    for one in options_of(net, candidates):
        if not one.reason and not one.cost:
            one = replace(one, reason_zh=NO_COST[0], reason=NO_COST[1])
        elif not one.reason and costs == "published" and not one.published:
            one = replace(one, reason_zh=UNPUBLISHED[0], reason=UNPUBLISHED[1])
        (left if one.reason else options).append(one)
    while True:
        _, _, missing = rules_between(options)
        if not missing:
            return options, left
        known = {name for one in options for name in names_within(one)}
        for one in [one for one in options if set(one.requires) - known]:
            lack = ", ".join(sorted(set(one.requires) - known))
            options.remove(one)
            left.append(replace(one, reason=f"it requires {lack}, which cannot be chosen", reason_zh=f"需先建 {lack}，而它不能入选"))


def next_step(choices: Choices, options: Sequence[Option], budget: float, measure: str) -> pd.Series | None:
    """The least budget above this one that buys more, where every set can be looked at."""
    if not choices.enumerable:
        return None
    steps = frontier_frame(choices, options, pareto(choices, options, "central", measure), "central", measure)
    more = steps[steps["budget_mcny"] > budget + 1e-6]
    return more.iloc[0] if len(more) else None


def _chosen(choices: Choices, options: Sequence[Option], members: list[int], robust: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    shares = choices.shares(members)
    for k in build_order(choices, options, members):
        one = options[k]
        row: dict[str, Any] = {"key": one.key, "name_zh": one.name_zh, "name_en": one.name_en, "kind": one.kind}
        row |= {"cost_low_mcny": one.price("low"), "cost_mcny": one.price("central"), "cost_high_mcny": one.price("high")}
        row |= {"cost_basis": one.cost_basis, "yearly_mcny": one.yearly_mcny, "robust": one.key in robust}
        for what, suffix in (("alone", ""), ("last_in", "_last_in"), ("shapley", "_share")):
            row |= {f"{name}{suffix}": float(shares[what][k, m]) for m, name in enumerate(choices.measures)}
        rows.append({**row, "confidence": one.confidence})
    blank = ["key", "name_zh", "name_en", "kind", "cost_low_mcny", "cost_mcny", "cost_high_mcny", "cost_basis", "robust"]
    return (pd.DataFrame(rows) if rows else pd.DataFrame(columns=blank)).set_index("key")


def _passed_over(choices: Choices, one: Option, k: int, budget: float) -> Option:
    alone = choices.value([k])
    if not (np.abs(alone) >= 1.0).any():
        return replace(one, reason="moves nothing here", reason_zh="在这里没有效果")
    if one.price("central") > budget:
        return replace(one, reason="dearer than the budget", reason_zh="超出预算")
    return replace(one, reason="others buy more for the money", reason_zh="同样的钱别的项目更值")


def _left_out(options: Sequence[Option]) -> pd.DataFrame:
    columns = ["key", "name_zh", "name_en", "kind", "cost_mcny", "cost_basis", "reason", "reason_zh"]
    rows = [
        (
            one.key,
            one.name_zh,
            one.name_en,
            one.kind,
            one.price("central") if one.cost else np.nan,
            one.cost_basis,
            one.reason,
            one.reason_zh,
        )
        for one in options
    ]
    return pd.DataFrame(rows, columns=columns).set_index("key")


def _about(net: Network, choices: Choices, measure: str, costs: str, weights: object, best: Best) -> dict[str, Any]:
    assumed = [one.key for one in choices.options if not one.published]
    return {
        "date": str(net.day),
        "network": net.hash,
        "scenarios": net.scenarios,
        "measure": measure,
        "costs": costs,
        "weights": weights if isinstance(weights, str) else "a table of trips",
        "candidates": len(choices.options),
        "routed": len(choices.routed),
        "looked_at": best.looked_at,
        "assumed_costs": assumed,
    }
