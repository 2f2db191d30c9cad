"""The order and the year of building under yearly budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.choosing.best import SAME, allowed, costs_of_all
from commute.analysis.choosing.choices import Choices, terms_of
from commute.analysis.choosing.options import Option, rules_of
from commute.analysis.choosing.solving import build_order, solve
from commute.analysis.measure import potential
from commute.analysis.portfolio import Costs, check_money, usable
from commute.analysis.progress import Progress
from commute.analysis.worth.coalitions import TooMany
from commute.analysis.worth.stakes import MEASURES
from commute.errors import BadValue

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.target import Target

MOST_ORDERED = 14  # options ordered by every set; more are ordered one by one
MOST_YEARS = 100


def programme(
    net: Network,
    target: Target,
    *,
    budget_by_year: Mapping[int, float],
    candidates: Any = None,
    costs: Costs = "all",
    level: str = "central",
    measure: str = MEASURES[0],
    weights: potential.Kind | pd.DataFrame = "potential",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """In which year to build what: the order that gives most over the years, under yearly budgets.

    Parameters
    ----------
    net, target, costs, level, measure, weights, progress : as `frontier`
    budget_by_year : mapping of year to million yuan, in prices of 2025; what a year leaves is carried over
    candidates : as `portfolio`

    Returns
    -------
    DataFrame
        A row an option built, in order: year (at whose end it is in use), key, name_zh, name_en, cost_mcny, cost_basis, spent_mcny (up
        to then), left_mcny, a column a measure (what all that is built by the end of the year improves), requires. `attrs`: total (measure
        summed over the years), exact, not_built (keys).

    Raises
    ------
    BadValue
        No years, or a budget that is no number from 0 up.

    Notes
    -----
    What is built by the end of a year counts for that year and all after. Up to 14 options, 8 of them routed: exact, by dynamic
    programming over sets, the best of all orders; of more, the best set under all the years' money together is built one by one, the
    most value for money first, and `exact` is False. What moves nothing is not built.
    """
    target.check_day(net.day)
    if not budget_by_year or len(budget_by_year) > MOST_YEARS:
        raise BadValue(f"budget_by_year has {len(budget_by_year)} years, must have 1 to {MOST_YEARS}")
    years = sorted(budget_by_year)
    for year in years:
        check_money(budget_by_year[year], costs, measure)
    options, _ = usable(net, candidates, costs)
    choices = Choices(net, target, options, weights=weights, progress=progress)
    upto = np.cumsum([budget_by_year[year] for year in years])
    members = choices.moving(choices.measures.index(measure))
    members = sorted({*members, *(place for k in members for need in options[k].requires for place in _places(options, need))})
    if len(members) > MOST_ORDERED:
        members = np.flatnonzero(solve(choices, options, level, float(upto[-1]), measure).chosen).tolist()
    exact = len(members) <= MOST_ORDERED
    try:
        built = (_ordered if exact else _greedy)(choices, options, members, level, measure, upto)
    except TooMany:
        exact, built = False, _greedy(choices, options, members, level, measure, upto)
    return _programme_frame(choices, options, members, built, years, upto, level, measure, exact)


def _places(options: Sequence[Option], key: str) -> list[int]:
    return [k for k, one in enumerate(options) if one.key == key]


def _ordered(choices: Choices, options: Sequence[Option], members: list[int], level: str, measure: str, upto: Any) -> list[list[int]]:
    """What is built by the end of each year, the best over all orders: a table of sets, year by year."""
    n, column = len(members), choices.measures.index(measure)
    place = {k: i for i, k in enumerate(members)}
    rules = rules_of(options, level).among(members)
    good, cost = allowed(rules), costs_of_all(rules.cost)
    sets, dividends = choices.joint_terms(members)
    value = terms_of(n, [tuple(place[k] for k in one) for one in sets], dividends, column).all_values() if n else np.zeros(1)
    best = np.where(good & (cost <= SAME), 0.0, -np.inf)  # nothing is built before the first year but what costs nothing
    came: list[Any] = []
    for limit in upto:
        source = np.arange(1 << n)
        reach = best.copy()
        for k in range(n):  # the best of all subsets, and which it is
            halves, from_ = reach.reshape(-1, 2, 1 << k), source.reshape(-1, 2, 1 << k)
            better = halves[:, 0] >= halves[:, 1]
            from_[:, 1] = np.where(better, from_[:, 0], from_[:, 1])
            halves[:, 1] = np.maximum(halves[:, 0], halves[:, 1])
        best = np.where(good & (cost <= limit + SAME), reach + value, -np.inf)
        came.append(source)
    now = int(np.flatnonzero(best >= best.max() - SAME)[np.argmin(cost[best >= best.max() - SAME])])
    out = []
    for source in reversed(came):
        out.append([members[i] for i in range(n) if (now >> i) & 1])
        now = int(source[now])
    return out[::-1]


def _greedy(choices: Choices, options: Sequence[Option], members: list[int], level: str, measure: str, upto: Any) -> list[list[int]]:
    order = build_order(choices, options, members, measure)
    out: list[list[int]] = []
    for limit in upto:
        built = list(out[-1]) if out else []
        while len(built) < len(order) and sum(options[k].price(level) for k in [*built, order[len(built)]]) <= limit + SAME:
            built.append(order[len(built)])
        out.append(built)
    return out


def _programme_frame(
    choices: Choices, options: Sequence[Option], members: list[int], built: list[list[int]], years: list[int], upto: Any, level: str,
    measure: str, exact: bool,
) -> pd.DataFrame:  # fmt: skip
    rows, before, spent = [], list[int](), 0.0
    total = 0.0
    for year, limit, now in zip(years, upto, built, strict=True):
        value = choices.value(now)
        total += float(value[choices.measures.index(measure)])
        for k in build_order(choices, options, [k for k in now if k not in before], measure):
            one = options[k]
            spent += one.price(level)
            row: dict[str, Any] = {
                "year": year,
                "key": one.key,
                "name_zh": one.name_zh,
                "name_en": one.name_en,
                "cost_mcny": one.price(level),
                "cost_basis": one.cost_basis,
            }
            row |= {"spent_mcny": spent, "left_mcny": float(limit) - spent, **dict(zip(choices.measures, value.tolist(), strict=True))}
            rows.append({**row, "requires": ";".join(one.requires)})
        before = now
    columns = ["year", "key", "name_zh", "name_en", "cost_mcny", "cost_basis", "spent_mcny", "left_mcny", *choices.measures, "requires"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.attrs = {"total": total, "exact": exact, "not_built": [options[k].key for k in members if k not in before], "measure": measure}
    return frame
