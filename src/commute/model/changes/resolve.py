"""How several changes are applied: sorted, checked one after the other, all faults gathered, then all or nothing."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from commute.errors import BadScenario, BadValue, CommuteWarning, Conflict, short
from commute.model.changes.change import Change, listed
from commute.model.changes.seen import visible, why_idle
from commute.model.scenario import ALL_DATES, Scenario

if TYPE_CHECKING:
    from commute.model.network import Network

Applicable = Change | Scenario | pd.Series  # a Series is a row of `net.projects`
MOST_IDLE = 20  # changes that no query sees, as a warning names them


@dataclass(frozen=True, slots=True)
class Step:
    """One change, the scenario that it is part of, and how many others that scenario must follow."""

    scenario: str
    change: Change
    depth: int
    number: int = 0  # among the changes that it was given with, from 1, where its name alone does not tell which it is

    def called(self, part: str = "") -> str:
        """For messages: where it was read, or the scenario and its number there; then the change."""
        if self.change.place:
            return self.change.told(part)
        number = f"change {self.number} " if self.number else ""
        return f"{short(self.scenario) + ': ' if self.scenario else ''}{number}{self.change.called()}"

    def both(self, other: Step) -> str:
        """Two of them, the earlier in its file or list first."""
        first, second = sorted((other, self), key=lambda one: (one.change.place.line if one.change.place else 0, one.number))
        return f"{first.called()} and {second.called()}"

    def cause(self) -> str:
        """As the cause of a difference: the scenario, then the change."""
        return f"{short(self.scenario) + ': ' if self.scenario else ''}{self.change.called()}"


def apply_all(net: Network, what: Iterable[Any], order: Sequence[type[Change]]) -> Network:
    """The network after everything in `what`; see `Network.apply`.

    Changes go by what their scenarios require, then by `order`, then values before factors, then by `rank`, and content. Each is
    checked on the network as the ones before it leave it, so that a change may use what another adds.
    """
    start, steps, scenarios = resolved(net, what, order)
    run = Run(start, len(steps), requirements(scenarios))
    for (_, kind), alike in groupby(steps, key=lambda step: (step.depth, type(step.change))):
        run.take(kind, list(alike))
    for kind in order:
        several = [step for step in steps if type(step.change) is kind]
        run.conflicts += kind.together(run.now, several) if several else []
    if run.faults:
        raise BadScenario([*run.faults, *run.conflicts])
    if run.conflicts:
        raise Conflict(run.conflicts)
    if run.idle:
        warnings.warn(
            f"no query on {run.now.day} sees what these change: {listed(run.idle, MOST_IDLE, '; ')}", CommuteWarning, stacklevel=4
        )
    made = run.now.replaced(scenarios=tuple(dict.fromkeys([*net.scenarios, *(one.name for one in scenarios)])))
    made._cache["applied"] = (*net._cache.get("applied", ()), *steps)
    return made


class Run:
    """Changes as they are applied one after the other, and what is wrong with them.

    Attributes
    ----------
    now : Network, after those that could be applied
    faults, conflicts, idle : list of str
    """

    def __init__(self, first: Network, steps: int, requires: dict[str, set[str]]) -> None:
        self.first = self.now = first
        self.steps, self.requires = steps, requires
        self.faults: list[str] = []
        self.conflicts: list[str] = []
        self.idle: list[str] = []
        self.seen: dict[tuple[str, str], list[Step]] = {}
        self.done: set[Change] = set()
        self.applied: list[Step] = []

    def take(self, kind: type[Change], steps: Sequence[Step]) -> None:
        """Apply steps of one kind; none of them where together they break the network."""
        before, already = self.now, len(self.applied)
        for step in steps:
            if step.change.sets() and step.change in self.done:
                continue  # the same thing said twice; factors, which set nothing, multiply
            self.done.add(step.change)
            self._one(step)
        applied = self.applied[already:]
        broken = kind.broken(before, self.now, [step.change for step in applied])
        self.faults += [f"{applied[at].called(part)}: {said}" for at, part, said in broken]
        if broken:  # what follows may not stand a broken network
            self.now = before
            del self.applied[already:]

    def _one(self, step: Step) -> None:
        change = step.change
        found = change.faults(self.now)
        if found:
            other = _spoiler(self.first, step, [one for one in self.applied if not _ordered(one, step, self.requires)])
            if other:
                self.conflicts += [f"{step.both(other)} cannot both be applied: {fault}" for fault in found]
            else:
                self.faults += [f"{step.called(getattr(fault, 'part', ''))}: {fault}" for fault in found]
            return
        self.conflicts += _conflicts(self.now, step, self.seen, self.requires) if self.steps > 1 else []
        try:
            after = change.edit(self.now)
        except BadValue as error:  # what only shows once it is tried
            self.faults.append(f"{step.called()}: {error}")
            return
        if change.tells and not visible(self.now, after):
            named = f" {listed(change.ids())}" if change.ids() and not change.id and not change.place else ""
            self.idle.append(step.called() + named + why_idle(change, self.now))
        self.applied.append(step)
        self.now = after


def resolved(net: Network, what: Iterable[Any], order: Sequence[type[Change]]) -> tuple[Network, list[Step], list[Scenario]]:
    """The network on the day that the scenarios want, the steps in order, and all scenarios; relations are checked."""
    scenarios, loose = _scenarios(net, what)
    _check_relations(net, scenarios)
    depth = _depths(scenarios)
    start = _moved(net, scenarios)
    steps = [Step("", change, 0, number) for number, change in enumerate(loose, start=1)]
    steps += [Step(one.name, change, depth[one.name], number) for one in scenarios for number, change in enumerate(one.changes, start=1)]
    alike = Counter(step.cause() for step in steps)
    steps = [step if alike[step.cause()] > 1 else replace(step, number=0) for step in steps]
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
            faults.append(f"two scenarios are called {short(one.name)!r} and differ")
        found[one.name] = one
        for project in one.projects:
            try:
                todo.append(as_scenario(net, project))
            except (BadScenario, LookupError) as error:
                faults.append(f"scenario {short(one.name)}: projects: {error}")
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
        said = sorted(f"{short(one.name)} to {one.date}" for one in scenarios if one.date)
        raise Conflict([f"scenarios move the network to different dates: {', '.join(said)}"])
    if not days:
        return net
    day = days.pop()
    return net.replaced(day=None) if day == ALL_DATES else net.on(day)


def _check_relations(net: Network, scenarios: Sequence[Scenario]) -> None:
    names = {*net.scenarios, *(one.name for one in scenarios)}
    faults = [
        f"scenario {short(one.name)}: it requires {short(need)!r}, which is not applied"
        for one in scenarios
        for need in one.requires
        if need not in names
    ]
    faults += [
        f"scenario {short(one.name)}: it excludes {short(ban)!r}, which is applied too"
        for one in scenarios
        for ban in one.excludes
        if ban in names
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
                found.setdefault((other.called(), value[1]), f"{step.both(other)} both set {value[1]} of {value[0]}")
        seen.setdefault(value, []).append(step)
    return list(found.values())


def _ordered(a: Step, b: Step, requires: dict[str, set[str]]) -> bool:
    """Whether the scenario of one requires that of the other."""
    return a.scenario in requires.get(b.scenario, set()) or b.scenario in requires.get(a.scenario, set())


def _spoiler(net: Network, step: Step, others: Sequence[Step]) -> Step | None:
    """Of the steps applied before one with faults, the first with which alone it has them; None where it has them without any."""
    if not others or step.change.faults(net):
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
    skip = ("id", "where", "source", "note", "cost", "expect", "place", *a.naming)
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
            faults.append(f"two scenarios are called {short(one.name)!r} and differ")
    unique = list(names.values())
    requires = requirements(unique)
    for k, a in enumerate(unique):
        for b in unique[k + 1 :]:
            if a.name in b.excludes or b.name in a.excludes:
                faults.append(f"{short(a.name)} and {short(b.name)} exclude each other")
            if a.date and b.date and a.date != b.date:
                dates = f"{a.date} and {b.date}"
                faults.append(f"{short(a.name)} and {short(b.name)} move the network to different dates: {dates}")
            if b.name in requires[a.name] or a.name in requires[b.name]:
                continue
            for x in a.changes:
                for y in b.changes:
                    both = set(x.sets()) & set(y.sets()) if x.noun == y.noun and set(x.ids()) & set(y.ids()) else set()
                    if both and x != y and _overlap(x, y) and not _agree(x, y):
                        shared = sorted(set(x.ids()) & set(y.ids()))[0]
                        said = f"both set {', '.join(sorted(both))} of {f'{x.noun} {shared}'.strip()}"
                        faults.append(f"{Step(a.name, x, 0).called()} and {Step(b.name, y, 0).called()} {said}")
    if faults:
        raise Conflict(faults)
