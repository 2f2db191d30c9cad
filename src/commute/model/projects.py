"""The plan's register of tasks, and the changes that each of them stands for."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from commute.errors import BadScenario, CommuteWarning, UnknownId
from commute.model.cost import Cost
from commute.model.scenario import Scenario

if TYPE_CHECKING:
    from commute.model.network import Network

PRICE_YEAR = 2025  # of costs without a year of their own


def gaps_of(net: Network, project_id: str) -> tuple[str, ...]:
    """The gaps that a task opens: those that it names, and those that name it, in the order of the gap table."""
    project = net.table("project")
    rows = project[project["project_id"] == project_id]
    if rows.empty:
        raise UnknownId("project", project_id, project["project_id"])
    named = {gap for gap in str(rows["gap_ids"].iloc[0]).split(";") if gap}
    gap = net.table("gap")
    return tuple(gap.loc[gap["gap_id"].isin(named) | (gap["project_id"] == project_id), "gap_id"])


def as_scenario(net: Network, project_id: str) -> Scenario:
    """A task of the register as a scenario of its id.

    Raises
    ------
    UnknownId
        No such task; the nearest are named.
    BadScenario
        The data hold nothing that it would change.
    """
    from commute.model.changes import OpenGap

    gaps = gaps_of(net, project_id)
    if not gaps:
        raise BadScenario([f"project {project_id}: it names no gap, so there is nothing to apply"])
    project = net.table("project")
    row: dict[str, Any] = project[project["project_id"] == project_id].to_dict("records")[0]  # type: ignore[assignment]
    cost = None
    if row["cost_mcny"] > 0:
        year = int(row["price_year"]) if row["price_year"] == row["price_year"] else PRICE_YEAR
        cost = Cost(amount_mcny=float(row["cost_mcny"]), price_year=year, basis="published")
    changes = tuple(OpenGap(gap=gap) for gap in gaps)
    return Scenario(name=project_id, name_zh=row["name_zh"], about=row["name_en"], changes=changes, cost=cost)


def programme(net: Network, rows: pd.DataFrame) -> Iterable[Scenario]:
    """The tasks of a frame as scenarios; those that change nothing in the data are left out, with a warning that names them.

    Raises
    ------
    BadScenario
        None of them changes anything.
    """
    found, without = [], []
    for project in rows.index.map(str):
        try:
            found.append(as_scenario(net, project))
        except BadScenario:
            without.append(project)
    if not found:
        raise BadScenario([f"none of the {len(rows)} projects names a gap, so there is nothing to apply"])
    if without:
        warnings.warn(
            f"{len(without)} of {len(rows)} projects name no gap and change nothing here: {', '.join(without)}",
            CommuteWarning,
            stacklevel=2,
        )
    return found
