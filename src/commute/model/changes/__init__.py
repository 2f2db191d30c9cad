"""Typed edits of a network, and how several are applied: all resolved first, all faults gathered, then all or nothing.

links     OpenGap, AddLink
services  SetHeadway
stations  SetEntry
To add a kind: a frozen dataclass with `kind`, `faults`, `touches` and `edit`, a place in ORDER, its file name in io.scenarios.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from commute.errors import BadScenario, BadValue, Conflict
from commute.model.changes.links import AddLink, OpenGap
from commute.model.changes.services import SetHeadway, Window
from commute.model.changes.stations import SetEntry
from commute.model.scenario import Scenario

if TYPE_CHECKING:
    from commute.model.network import Network

__all__ = ["ORDER", "AddLink", "Applicable", "Change", "OpenGap", "SetEntry", "SetHeadway", "Window", "apply_all"]

Change = OpenGap | AddLink | SetHeadway | SetEntry
Applicable = Change | Scenario | pd.Series  # a Series is a row of `net.projects`
ORDER: tuple[type[Any], ...] = (AddLink, OpenGap, SetHeadway, SetEntry)  # kinds as applied, whatever their order in a file


def apply_all(net: Network, what: Iterable[Applicable | Iterable[Applicable]]) -> Network:
    """The network after everything in `what`; see `Network.apply`."""
    items = list(_flat(what))
    scenarios = [one for one in items if isinstance(one, Scenario)]
    _check_relations(net, scenarios)
    changes: list[tuple[str, Change]] = []
    for one in items:
        if isinstance(one, Scenario):
            changes += [(one.name, change) for change in one.changes]
        elif isinstance(one, pd.Series):
            changes += [(str(one.name), change) for change in _of_project(one)]
        else:
            changes.append(("", one))
    days = {one.date for one in scenarios if one.date}
    if len(days) > 1:
        raise Conflict([f"scenarios move the network to different dates: {', '.join(map(str, sorted(days)))}"])
    start = net.on(days.pop()) if days else net
    changes.sort(key=lambda pair: ORDER.index(type(pair[1])))
    faults = [f"{_called(name, change)}: {fault}" for name, change in changes for fault in change.faults(start)]
    if faults:
        raise BadScenario(faults)
    _check_conflicts(start, changes)
    for _, change in changes:
        start = change.edit(start)
    names = tuple(dict.fromkeys([*net.scenarios, *(one.name for one in scenarios)]))
    return start.replaced(scenarios=names)


def _flat(what: Iterable[Any]) -> Iterable[Applicable]:
    for one in what:
        if isinstance(one, Scenario | pd.Series | OpenGap | AddLink | SetHeadway | SetEntry):
            yield one
        elif isinstance(one, pd.DataFrame):
            yield from (row for _, row in one.iterrows())
        elif isinstance(one, Iterable) and not isinstance(one, str):
            yield from _flat(one)
        else:
            raise BadValue(f"{one!r} cannot be applied: give a Scenario (read_scenario), a change, or a row of net.projects")


def _of_project(row: pd.Series) -> list[Change]:
    gaps = [gap for gap in str(row.get("gap_ids", "")).split(";") if gap]
    if not gaps:
        raise BadScenario([f"project {row.name}: it names no gap, so there is nothing to apply"])
    return [OpenGap(gap=gap) for gap in gaps]


def _check_relations(net: Network, scenarios: list[Scenario]) -> None:
    names = {*net.scenarios, *(one.name for one in scenarios)}
    faults = [
        f"scenario {one.name}: it requires {need!r}, which is not applied"
        for one in scenarios
        for need in one.requires
        if need not in names
    ]
    faults += [
        f"scenario {one.name}: it excludes {ban!r}, which is applied too" for one in scenarios for ban in one.excludes if ban in names
    ]
    if faults:
        raise BadScenario(faults)


def _check_conflicts(net: Network, changes: list[tuple[str, Change]]) -> None:
    """Two changes that set one value are a conflict; opening one gap twice is the same thing said twice."""
    seen: dict[tuple[str, str], tuple[str, Change]] = {}
    faults = []
    for name, change in changes:
        for value in change.touches(net):
            if value in seen and seen[value][1] != change and not isinstance(change, OpenGap):
                faults.append(f"{_called(*seen[value])} and {_called(name, change)} both set {value[1]} of {value[0]}")
            seen[value] = (name, change)
    named = {change.gap for _, change in changes if isinstance(change, OpenGap) and change.gap}
    rows = net.table("gap").set_index("gap_id")
    for gap in sorted(named):
        for other in sorted(named & set(str(rows.at[gap, "excludes"]).split(";"))):
            if gap < other:
                faults.append(f"open_gap {gap} and open_gap {other} overlap on the ground: open one of them")
    if faults:
        raise Conflict(faults)


def _called(name: str, change: Change) -> str:
    return f"{name + ': ' if name else ''}{change.kind}"
