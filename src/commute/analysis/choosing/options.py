"""What could be built or run: gaps, tasks of the register, scenarios; each with its cost, its rules and why it may be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.choosing.best import Rules
from commute.analysis.choosing.pricing import price_of, price_of_gap
from commute.analysis.measure.reach import rows_of
from commute.analysis.worth.costs import NONE
from commute.analysis.worth.gaps import gap_facts
from commute.errors import BadScenario, BadValue, UnknownId
from commute.model.changes import Change, OpenGap
from commute.model.projects import as_scenario
from commute.model.scenario import Scenario

if TYPE_CHECKING:
    from commute.model.network import Network

COSTS = ("low", "central", "high")
LINE = "planned_line"
Rows = Mapping[str, Mapping[str, Any]]  # rows of a table by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that can be chosen.

    Attributes
    ----------
    key : str, a gap id, project id or scenario name
    kind : "gap", "bottleneck", "line", "project" or "scenario"
    gaps : tuple of str, the road gaps that it opens, valued by the gap algebra; empty where it is routed anew
    scenario : Scenario, what is applied
    cost : low, central, high in million yuan, prices of 2025; None where none is known
    yearly_mcny : float, what it takes a year besides; 0 where none is known
    reason, reason_zh : str, why it cannot be chosen; empty where it can
    """

    key: str
    name_zh: str
    name_en: str
    kind: str
    gaps: tuple[str, ...]
    scenario: Scenario
    cost: tuple[float, float, float] | None
    cost_basis: str
    published: bool
    yearly_mcny: float = 0.0
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    confidence: str = ""
    reason: str = ""
    reason_zh: str = ""

    def price(self, level: str) -> float:
        """Its cost at low, central or high; inf where none is known."""
        return self.cost[COSTS.index(level)] if self.cost else float("inf")


def options_of(net: Network, candidates: Any = None) -> list[Option]:
    """What is to be chosen from, each once.

    Parameters
    ----------
    net : Network
    candidates : optional
        None: every gap not open on the day. Else ids of gaps or tasks, a frame of either (`net.gaps`, `net.projects`), scenarios or
        changes, or a mixture; gaps that are asked for by name may be chosen though their ends are uncertain, which is said.

    Raises
    ------
    UnknownId
        Neither a gap nor a task; the nearest of both are named.
    BadScenario, Conflict
        As `Network.apply`, of a scenario or change.
    BadValue
        Nothing to choose from, or something of another kind.
    """
    gap = {row["gap_id"]: row for row in rows_of(net.table("gap"))}
    facts: Rows = gap_facts(net).to_dict("index")  # type: ignore[assignment]
    opened = set(net.in_use("gap")["gap_id"])
    if candidates is None:
        return [_gap(net, gap, facts, one, asked=False) for one in gap if one not in opened]
    found: dict[str, Option] = {}
    tasks = set(net.table("project")["project_id"])
    for one in _flat(candidates):
        if isinstance(one, Scenario):
            option = _scenario(net, gap, facts, one, "scenario")
        elif isinstance(one, Change):
            option = _scenario(net, gap, facts, Scenario(name=_named(one), changes=(one,)), "scenario")
        elif one in gap:
            option = _gap(net, gap, facts, one, asked=True)
        elif one in tasks:
            option = _task(net, gap, facts, one)
        else:
            raise UnknownId("gap or project", str(one), [*gap, *tasks])
        if found.setdefault(option.key, option) != option:
            raise BadValue(f"two candidates are called {option.key!r}")
    if not found:
        raise BadValue("no candidate is given: name at least one, or leave candidates out")
    for option in found.values():
        if option.kind == "scenario":
            net.apply(*_with_needs(found, option))  # what cannot be applied is an error, not a candidate without effect
    return list(found.values())


def _with_needs(options: Mapping[str, Option], one: Option) -> list[Scenario]:
    """Its scenario after those of the options that it requires, directly or not; the rules are kept by who chooses."""
    needed, todo = {one.key: one}, list(one.requires)
    while todo:
        key = todo.pop()
        if key in options and key not in needed:
            needed[key] = options[key]
            todo += options[key].requires
    return [without_rules(each.scenario) for each in needed.values()]


def without_rules(one: Scenario) -> Scenario:
    """A scenario and its parts without what they require and exclude: who chooses keeps to that."""
    return replace(one, requires=(), excludes=(), parts=tuple(map(without_rules, one.parts)))


def _flat(candidates: Any) -> Iterable[Any]:
    if isinstance(candidates, str | Scenario | Change):
        yield candidates
    elif isinstance(candidates, pd.DataFrame):
        yield from candidates.index.map(str)
    elif isinstance(candidates, pd.Series):
        yield str(candidates.name)
    elif isinstance(candidates, Iterable):
        for one in candidates:
            yield from _flat(one)
    else:
        raise BadValue(f"{candidates!r} is no candidate: give ids of gaps or tasks, scenarios or changes")


def _named(change: Change) -> str:
    ids = " ".join(change.ids())
    return change.id or f"{change.kind} {ids}".strip()


def _gap(net: Network, gap: Rows, facts: Rows, one: str, *, asked: bool) -> Option:
    row, known, price = gap[one], facts[one], price_of_gap(facts, one)
    line = row["kind"] == LINE
    reason = ("", "")
    if line and not row["route_ids"]:
        reason = ("数据中没有它的列车", "the data hold no trains of it")
    elif (not line and not known["length_known"]) or (not known["resolvable"] and not asked):
        reason = (known["reason_zh"] or known["reason"], known["reason"])
    elif barred := OpenGap(gap=one).faults(net):
        reason = (f"不能打通：{barred[0]}", f"it cannot be opened: {barred[0]}")
    kind = "line" if line else "bottleneck" if row["kind"] == "bottleneck" else "gap"
    return Option(
        key=one,
        name_zh=row["name_zh"] or one,
        name_en=row["name"] or row["name_zh"] or one,
        kind=kind,
        gaps=() if line else (one,),
        scenario=Scenario(name=one, name_zh=row["name_zh"], about=row["name"], changes=(OpenGap(gap=one),)),
        cost=price.cost,
        cost_basis=price.basis,
        published=price.published,
        excludes=tuple(other for other in row["excludes"].split(";") if other),
        confidence=row["confidence"],
        reason=reason[1],
        reason_zh=reason[0],
    )


def _task(net: Network, gap: Rows, facts: Rows, one: str) -> Option:
    row = next(row for row in rows_of(net.table("project")) if row["project_id"] == one)
    try:
        scenario = as_scenario(net, one)
    except BadScenario:
        zh, en = "数据中没有它所建的断头路、瓶颈或线路", "no gap of the data is built by it"
        bare = Scenario(name=one)
        return Option(
            key=one, name_zh=row["name_zh"], name_en=row["name_en"], kind="project", gaps=(), scenario=bare, cost=None,
            cost_basis=NONE, published=False, reason=en, reason_zh=zh,
        )  # fmt: skip
    return _scenario(net, gap, facts, scenario, "project")


def _scenario(net: Network, gap: Rows, facts: Rows, one: Scenario, kind: str) -> Option:
    """A scenario: by the gap algebra where it opens road gaps and nothing else."""
    opened = set(net.in_use("gap")["gap_id"])
    every = [change for each in one.every() for change in each.changes if not _idle(gap, opened, change)]
    roads = [change.gap for change in every if isinstance(change, OpenGap) and change.gap and not _special(change)]
    roads = [name for name in roads if name in gap and gap[name]["kind"] != LINE]
    plain = len(roads) == len(every) and bool(every) and not any(each.projects or each.date for each in one.every())
    shut = roads if plain else []
    price = price_of(net, facts, one, lambda change: _idle(gap, opened, change))
    reason = ("", "")
    if plain and not any(facts[name]["length_known"] for name in shut):
        reason = ("所建道路的端点或长度不详", "the ends or the lengths of its gaps are not known")
    elif not every and not any(each.projects for each in one.every()):
        reason = ("所建的已开通，或数据中没有列车", "its gaps are open already, or have no trains in the data")
    opens = {change.gap for change in every if isinstance(change, OpenGap) and change.gap in gap}
    overlapping = {other for name in opens for other in gap[name]["excludes"].split(";") if other} - opens
    overlapping |= opens - set(shut)  # who opens one otherwise than as it is recorded leaves no other to open it
    names = {each.name for each in one.every()}
    requires, excludes = ({name for each in one.every() for name in getattr(each, rule)} for rule in ("requires", "excludes"))
    return Option(
        key=one.name,
        name_zh=one.name_zh or one.name,
        name_en=one.about if kind == "project" and one.about else one.name,
        kind=kind,
        gaps=tuple(name for name in shut if facts[name]["length_known"]),
        scenario=one,
        cost=price.cost,
        cost_basis=price.basis,
        published=price.published,
        yearly_mcny=price.yearly_mcny,
        requires=tuple(sorted(requires - names)),
        excludes=tuple(sorted(excludes | overlapping)),
        reason=reason[1],
        reason_zh=reason[0],
    )


def _idle(gap: Rows, opened: set[str], change: Change) -> bool:
    """Whether it only opens what is open, or a line that has no trains in the data."""
    if not (isinstance(change, OpenGap) and change.gap in gap and not _special(change)):
        return False
    return change.gap in opened or (gap[change.gap]["kind"] == LINE and not gap[change.gap]["route_ids"])


def _special(change: OpenGap) -> bool:
    """Whether an opening does more than open the gap as it is recorded, from today on."""
    plain = OpenGap(gap=change.gap, id=change.id, source=change.source, note=change.note, cost=change.cost, expect=change.expect)
    return change != plain


def rules_of(options: Sequence[Option], level: str) -> Rules:
    """What a choice of options must keep to, at one level of costs."""
    excludes, requires, _ = rules_between(options)
    return Rules(cost=np.array([one.price(level) for one in options]), excludes=excludes, requires=requires)


def rules_between(options: Sequence[Option]) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...], list[str]]:
    """Which options exclude and which require which, as positions; and requirements that no option meets.

    Options that open one gap both exclude each other, as do those whose gaps overlap on the ground.
    """
    place = {name: k for k, one in reversed(list(enumerate(options))) for name in names_within(one)}
    place |= {one.key: k for k, one in enumerate(options)}
    opens, owner = dict[str, list[int]](), dict[str, list[int]]()
    for k, one in enumerate(options):
        for name in {*one.gaps, one.key}:
            opens.setdefault(name, []).append(k)
        opened = {change.gap for part in one.scenario.every() for change in part.changes if isinstance(change, OpenGap)}
        for name in {*one.gaps, *opened, *names_within(one)}:
            owner.setdefault(name, []).append(k)
    banned = [(k, other) for k, one in enumerate(options) for ban in one.excludes for other in owner.get(ban, []) if other != k]
    shared = [(a, b) for who in opens.values() for a in who for b in who if a < b]
    excludes = sorted({(min(a, b), max(a, b)) for a, b in [*banned, *shared]})
    requires = {(k, place[need]) for k, one in enumerate(options) for need in one.requires if need in place}
    missing = [f"{one.key} requires {need}, which is no candidate" for one in options for need in one.requires if need not in place]
    return tuple(excludes), tuple(sorted(requires)), missing


def names_within(one: Option) -> set[str]:
    """Names by which others may require or exclude it: its own and those of its parts."""
    return {one.key, *(part.name for part in one.scenario.every())}
