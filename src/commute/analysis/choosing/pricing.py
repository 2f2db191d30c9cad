"""What a scenario costs: its own figure, else the sum over its changes, each by a figure of its own or that of the gap that it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commute.analysis.worth.costs import COLUMNS, NONE, moved
from commute.model.changes import Change, OpenGap
from commute.model.projects import PRICE_YEAR, as_scenario

if TYPE_CHECKING:
    from commute.analysis.choosing.options import Rows
    from commute.model.cost import Cost
    from commute.model.network import Network
    from commute.model.scenario import Scenario

MOST_NAMED = 3
Levels = tuple[float, float, float]  # low, central, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What something costs, prices of 2025.

    Attributes
    ----------
    cost : low, central, high in million yuan, once; None where it is not known
    yearly_mcny : float, besides
    basis : str
    published : bool
    """

    cost: Levels | None = None
    yearly_mcny: float = 0.0
    basis: str = NONE
    published: bool = False


def price_of(net: Network, facts: Rows, one: Scenario, idle: Callable[[Change], bool]) -> Price:
    """The price of a scenario with its parts; what is idle costs nothing.

    Never a part of it for the whole: where a change has no cost, there is none, and the basis names it.
    """
    found = list(_figures(net, facts, one, idle))
    known = [price for _, price in found if price is not None]
    unknown = [name for name, price in found if price is None]
    if not known or unknown:
        named = ", ".join(unknown[:MOST_NAMED]) + (", …" if len(unknown) > MOST_NAMED else "")
        return Price(basis=f"no cost of {named}: give it, or one for all" if known else NONE)
    if len(known) == 1:
        return known[0]
    low, central, high = (sum(price.cost[k] for price in known if price.cost) for k in range(3))
    published = all(price.published for price in known)
    gaps = all(isinstance(change, OpenGap) for each in one.every() for change in each.changes)
    basis = "published" if published else f"assumed: the sum of its {'gaps' if gaps else 'changes'}"
    return Price(cost=(low, central, high), yearly_mcny=sum(price.yearly_mcny for price in known), basis=basis, published=published)


def price_of_gap(facts: Rows, gap: str) -> Price:
    """The price of a gap as `gap_facts` has it."""
    row = facts[gap]
    low, central, high = (float(row[name]) for name in COLUMNS.values())
    cost = None if central != central else (low, central, high)
    return Price(cost=cost, basis=row["cost_basis"], published=bool(row["cost_published"]))


def _figures(net: Network, facts: Rows, whole: Scenario, idle: Callable[[Change], bool]) -> Iterator[tuple[str, Price | None]]:
    """Each thing with a cost of its own, once, as it is applied once: a scenario that states one, else its changes."""
    names, done = set[str](), set[Change]()
    todo = [whole]
    while todo:
        one = todo.pop(0)
        if one.name in names:
            continue
        names.add(one.name)
        if one.cost:
            yield one.name, _stated(net, one.cost)
            names.update(each.name for each in one.every())
            continue
        for change in one.changes:
            if not idle(change) and change not in done:
                done.add(change)
                yield " ".join([change.kind, *change.ids()]), _of_change(net, facts, change)
        todo += [as_scenario(net, task) for task in one.projects]
        todo += one.parts


def _of_change(net: Network, facts: Rows, change: Change) -> Price | None:
    stated = _stated(net, change.cost) if change.cost else None
    if (change.cost and change.cost.amount_mcny) or not isinstance(change, OpenGap) or change.gap not in facts:
        return stated
    price = price_of_gap(facts, change.gap)
    return replace(price, yearly_mcny=stated.yearly_mcny if stated else 0.0) if price.cost else None  # building costs what it costs


def _stated(net: Network, cost: Cost) -> Price:
    then = cost.price_year != PRICE_YEAR
    return Price(
        cost=moved(net, cost.amount_mcny, cost.price_year),
        yearly_mcny=moved(net, cost.yearly_mcny, cost.price_year)[1],
        basis=f"{cost.basis}, prices of {cost.price_year} moved to {PRICE_YEAR}" if then else cost.basis,
        published=cost.basis == "published",
    )
