"""How several changes are applied: sorted, checked one after the other, all faults gathered, then all or nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import pandas as pd

from commute.errors import BadScenario, BadValue, CommuteWarning, Conflict
from commute.model.changes.change import Change, listed
from commute.model.scenario import ALL_DATES, Scenario

if TYPE_CHECKING:
    from commute.model.network import Network

Applicable = Change | Scenario | pd.Series  # a Series is a row of `net.projects`
SEEN = ("node", "link", "zone", "job", "place", "stops", "routes", "constant", "park_ride", "gap")  # tables that queries read by day
TIMED = ("trips", "stop_times", "frequencies", "calendar", "closure", "transfers")


@dataclass(frozen=True, slots=True)
class Step:
    """One change, the scenario that it is part of, and how many others that scenario must follow."""

    scenario: str
    change: Change
    depth: int

    def called(self) -> str:
        """For messages: the scenario, then the change."""
        return f"{self.scenario + ': ' if self.scenario else ''}{self.change.called()}"


def apply_all(net: Network, what: Iterable[Any], order: Sequence[type[Change]]) -> Network:
    """The network after everything in `what`; see `Network.apply`.

    Changes go by what their scenarios require, then by `order`, then values before factors, then by `rank`, and content. Each is
    checked on the network as the ones before it leave it, so that a change may use what another adds.
    """
    start, steps, scenarios = resolved(net, what, order)
    first = start
    faults: list[str] = []
    conflicts: list[str] = []
    seen: dict[tuple[str, str], list[Step]] = {}
    idle: list[str] = []
    requires = requirements(scenarios)
    done: set[Change] = set()
    applied: list[Step] = []
    for step in steps:
        if step.change.sets() and step.change in done:
            continue  # the same thing said twice; factors, which set nothing, multiply
        done.add(step.change)
        found = step.change.faults(start)
        if found:
            other = _spoiler(first, step, [one for one in applied if not _ordered(one, step, requires)])
            both = f"{other.called()} and {step.called()} cannot both be applied" if other else step.called()
            (conflicts if other else faults).extend(f"{both}: {fault}" for fault in found)
            continue
        conflicts += _conflicts(start, step, seen, requires) if len(steps) > 1 else []
        try:
            after = step.change.edit(start)
        except BadValue as error:  # what only shows once it is tried
            faults.append(f"{step.called()}: {error}")
            continue
        if step.change.tells and not visible(start, after):
            named = f" {listed(step.change.ids())}" if step.change.ids() and not step.change.id else ""
            idle.append(step.called() + named + _why_idle(step.change, start))
        applied.append(step)
        start = after
    for kind in order:
        alike = [step for step in steps if type(step.change) is kind]
        conflicts += kind.together(start, alike) if alike else []
    if faults:
        raise BadScenario([*faults, *conflicts])
    if conflicts:
        raise Conflict(conflicts)
    if idle:
        warnings.warn(f"no query on {start.day} sees what these change: {'; '.join(idle)}", CommuteWarning, stacklevel=4)
    made = start.replaced(scenarios=tuple(dict.fromkeys([*net.scenarios, *(one.name for one in scenarios)])))
    made._cache["applied"] = (*net._cache.get("applied", ()), *steps)
    return made


def resolved(net: Network, what: Iterable[Any], order: Sequence[type[Change]]) -> tuple[Network, list[Step], list[Scenario]]:
    """The network on the day that the scenarios want, the steps in order, and all scenarios; relations are checked."""
    scenarios, loose = _scenarios(net, what)
    _check_relations(net, scenarios)
    depth = _depths(scenarios)
    start = _moved(net, scenarios)
    steps = [Step("", change, 0) for change in loose]
    steps += [Step(one.name, change, depth[one.name]) for one in scenarios for change in one.changes]
    steps.sort(
        key=lambda step: (step.depth, order.index(type(step.change)), not step.change.sets(), *step.change.rank(), repr(step.change))
    )
    return start, steps, scenarios


def _scenarios(net: Network, what: Iterable[Any]) -> tuple[list[Scenario], list[Change]]:
    """All scenarios with their parts and projects, each once, and the changes that stand alone."""
    from commute.model.projects import as_scenario

    found: dict[str, Scenario] = {}
    loose: list[Change] = []
    todo: list[Any] = list(_flat(net, what))
    faults: list[str] = []
    while todo:
        one = todo.pop(0)
        if isinstance(one, Change):
            loose.append(one)
            continue
        if one.name in found and found[one.name] != one:
            faults.append(f"two scenarios are called {one.name!r} and differ")
        found[one.name] = one
        for project in one.projects:
            try:
                todo.append(as_scenario(net, project))
            except (BadScenario, LookupError) as error:
                faults.append(f"scenario {one.name}: projects: {error}")
        todo += one.parts
    if faults:
        raise BadScenario(faults)
    return list(found.values()), loose


def _flat(net: Network, what: Iterable[Any]) -> Iterable[Change | Scenario]:
    from commute.model.projects import as_scenario, programme

    for one in what:
        if isinstance(one, Change | Scenario):
            yield one
        elif isinstance(one, pd.Series):
            yield as_scenario(net, str(one.name))
        elif isinstance(one, pd.DataFrame):
            yield from programme(net, one)
        elif isinstance(one, Iterable) and not isinstance(one, str):
            yield from _flat(net, one)
        else:
            raise BadValue(f"{one!r} cannot be applied: give a Scenario (read_scenario), a change, or a row of net.projects")


def _moved(net: Network, scenarios: Sequence[Scenario]) -> Network:
    days = {one.date for one in scenarios if one.date}
    if len(days) > 1:
        said = sorted(f"{one.name} to {one.date}" for one in scenarios if one.date)
        raise Conflict([f"scenarios move the network to different dates: {', '.join(said)}"])
    if not days:
        return net
    day = days.pop()
    return net.replaced(day=None) if day == ALL_DATES else net.on(day)


def _check_relations(net: Network, scenarios: Sequence[Scenario]) -> None:
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


def _depths(scenarios: Sequence[Scenario]) -> dict[str, int]:
    """How many others each must follow, the longest chain; a circle is refused by its names."""
    here = {one.name: [need for need in one.requires if any(need == other.name for other in scenarios)] for one in scenarios}
    try:
        ordered = list(TopologicalSorter(here).static_order())
    except CycleError as error:
        raise BadScenario([f"requires goes in a circle: {' → '.join(reversed(error.args[1]))}"]) from None
    depth: dict[str, int] = {}
    for name in ordered:
        depth[name] = 1 + max((depth[need] for need in here[name]), default=0)
    return depth


def requirements(scenarios: Iterable[Scenario]) -> dict[str, set[str]]:
    """All that each scenario requires, directly or not, among those given."""
    direct = {one.name: set(one.requires) for one in scenarios}
    for _ in direct:
        for name, needs in direct.items():
            direct[name] = needs.union(*(direct.get(need, set()) for need in needs))
    return direct


def _conflicts(net: Network, step: Step, seen: dict[tuple[str, str], list[Step]], requires: dict[str, set[str]]) -> list[str]:
    """What this change sets that another has set, for days in common, where neither requires the other."""
    found: dict[tuple[str, str], str] = {}
    for value in sorted(step.change.touches(net)):
        for other in seen.get(value, []):
            if _ordered(other, step, requires) or other.change == step.change or _agree(other.change, step.change):
                continue
            if _overlap(other.change, step.change):
                found.setdefault((other.called(), value[1]), f"{other.called()} and {step.called()} both set {value[1]} of {value[0]}")
        seen.setdefault(value, []).append(step)
    return list(found.values())


def _ordered(a: Step, b: Step, requires: dict[str, set[str]]) -> bool:
    """Whether the scenario of one requires that of the other."""
    return a.scenario in requires.get(b.scenario, set()) or b.scenario in requires.get(a.scenario, set())


def _spoiler(net: Network, step: Step, others: Iterable[Step]) -> Step | None:
    """Of the steps applied before one with faults, the first with which alone it has them; None where it has them without any."""
    if step.change.faults(net):
        return None
    for other in others:
        with warnings.catch_warnings(action="ignore"), suppress(BadValue):  # of an edit: what only shows once it is tried
            if not other.change.faults(net) and step.change.faults(other.change.edit(net)):
                return other
    return None


def _overlap(a: Change, b: Change) -> bool:
    return max(a.period()[0], b.period()[0]) <= min(a.period()[1], b.period()[1])


def _agree(a: Change, b: Change) -> bool:
    """Whether two changes say one thing twice, but for their names and notes."""
    if type(a) is not type(b):
        return False
    skip = ("id", "where", "source", "note", "cost", "expect", *a.naming)
    return all(getattr(a, name) == getattr(b, name) for name in a.__dataclass_fields__ if name not in skip)


def static_conflicts(scenarios: Sequence[Scenario]) -> None:
    """What can be said against several scenarios together without a network.

    Raises
    ------
    Conflict
        Naming both scenarios of each pair that cannot be.
    """
    every = [one for each in scenarios for one in each.every()]
    faults = []
    names: dict[str, Scenario] = {}
    for one in every:
        if names.setdefault(one.name, one) != one:
            faults.append(f"two scenarios are called {one.name!r} and differ")
    unique = list(names.values())
    requires = requirements(unique)
    for k, a in enumerate(unique):
        for b in unique[k + 1 :]:
            if a.name in b.excludes or b.name in a.excludes:
                faults.append(f"{a.name} and {b.name} exclude each other")
            if a.date and b.date and a.date != b.date:
                faults.append(f"{a.name} and {b.name} move the network to different dates: {a.date} and {b.date}")
            if b.name in requires[a.name] or a.name in requires[b.name]:
                continue
            for x in a.changes:
                for y in b.changes:
                    both = set(x.sets()) & set(y.sets()) if x.noun == y.noun and set(x.ids()) & set(y.ids()) else set()
                    if both and x != y and _overlap(x, y) and not _agree(x, y):
                        shared = sorted(set(x.ids()) & set(y.ids()))[0]
                        said = f"both set {', '.join(sorted(both))} of {f'{x.noun} {shared}'.strip()}"
                        faults.append(f"{a.name}: {x.called()} and {b.name}: {y.called()} {said}")
    if faults:
        raise Conflict(faults)


# what a query sees -------------------------------------------------------------------------------------------


def visible(before: Network, after: Network) -> bool:
    """Whether anything that a query reads on the day differs between two networks, other than the register of gaps."""
    if before.day != after.day or before.level != after.level:
        return True
    if before.date is None:  # a query of any date may see it
        return any(before.table(name) is not after.table(name) and before.digest(name) != after.digest(name) for name in (*SEEN, *TIMED))
    for name in SEEN:
        if before.table(name) is after.table(name) or before.digest(name) == after.digest(name):
            continue
        if name == "gap":  # its open ones are among the links
            if not before.in_use("link").equals(after.in_use("link")):
                return True
            continue
        if _differ(before.in_use(name), after.in_use(name)):
            return True
    if any(before.table(name) is not after.table(name) for name in TIMED):
        old, new = before.running(), after.running()
        names = ("trips", "stop_times", "frequencies", "transfers", "stops", "routes")
        return any(_differ(old[name], new[name]) for name in names)
    return False


def _differ(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether rows in use differ in more than since when and how long they are: no query of the day asks that."""
    if len(old) != len(new) or list(old) != list(new):
        return True
    return any(not old[name].equals(new[name]) for name in old if name not in ("opens", "closes", "service_id"))


def _why_idle(change: Change, net: Network) -> str:
    first, last = change.period()
    if first > net.day:
        return f" (begins on {first})"
    why = f"ended on {last}" if last != date.max and last < net.day else change.idle(net)
    return f" ({why})" if why else ""
