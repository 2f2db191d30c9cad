"""A scenario: changes and projects with a name, a date, what it requires and excludes, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from commute.errors import BadValue, UnknownId, short
from commute.model import validity
from commute.model.cost import Cost
from commute.model.plain import plain

if TYPE_CHECKING:
    from commute.model.changes import Change

__all__ = ["ALL_DATES", "Cost", "Scenario", "merge"]

ALL_DATES = "all"  # as the date of a scenario: the network at all its dates


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Changes that belong together.

    Parameters
    ----------
    name : str
    changes : tuple of changes
    projects : tuple of str, ids of tasks in the network's register (`net.projects`), which resolve to changes
    parts : tuple of Scenario, applied with it (what `merge` gives)
    date : date or "all", the day that the scenario moves a network to, or all its dates; None keeps the network's own
    requires, excludes : tuple of str, names of other scenarios or projects
    cost : Cost
    name_zh, about, about_zh : str, words for people

    Raises
    ------
    BadValue
        No name, no such day, or it requires or excludes itself.
    """

    name: str
    changes: tuple[Change, ...] = ()
    projects: tuple[str, ...] = ()
    parts: tuple[Scenario, ...] = ()
    name_zh: str = ""
    about: str = ""
    about_zh: str = ""
    date: date | str | None = None
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    cost: Cost | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise BadValue("a scenario needs a name")
        for field in ("changes", "projects", "parts", "requires", "excludes"):
            value = getattr(self, field)
            object.__setattr__(self, field, (value,) if isinstance(value, str) else tuple(value))
        object.__setattr__(self, "cost", plain(self.cost))
        if self.date is not None and self.date != ALL_DATES:
            object.__setattr__(self, "date", validity.to_day(self.date))
        for field in ("requires", "excludes"):
            if self.name in getattr(self, field):
                raise BadValue(f"scenario {short(self.name)}: {field} names itself")
        both = set(self.requires) & set(self.excludes)
        if both:
            raise BadValue(f"scenario {short(self.name)}: it requires and excludes {', '.join(map(short, sorted(both)))}")

    def every(self) -> Iterator[Scenario]:
        """Itself, then its parts and theirs."""
        yield self
        for part in self.parts:
            yield from part.every()

    def complete(self, known: Iterable[Scenario]) -> tuple[Scenario, tuple[str, ...]]:
        """The scenario with what it requires, directly or not, as parts; and the names of those added, in order.

        Parameters
        ----------
        known : iterable of Scenario, to take them from, such as `[read_scenario(one) for one in shipped_scenarios()]`

        Returns
        -------
        tuple of Scenario and tuple of str

        Raises
        ------
        UnknownId
            A required one is not among them; the nearest are named.
        """
        names = {one.name: one for one in known}
        have = {one.name for one in self.every()}
        added: list[str] = []
        todo = [need for one in self.every() for need in one.requires]
        while todo:
            need = todo.pop(0)
            if need in have:
                continue
            if need not in names:
                raise UnknownId("scenario", need, names)
            have.add(need)
            added.append(need)
            todo += [further for one in names[need].every() for further in one.requires]
        return replace(self, parts=(*self.parts, *(names[one] for one in added))), tuple(added)


def merge(*scenarios: Scenario) -> Scenario:
    """The scenarios as one, whose order does not matter; apply finds what two of them set to different values.

    Parts are taken in order of their names and each once, so that merge(s, t) == merge(t, s) and merge(s, s) == merge(s).

    Parameters
    ----------
    *scenarios : Scenario, one or more

    Returns
    -------
    Scenario
        Their names joined by " + ", the scenarios as its parts, the date that they name; a lone one is given back.

    Raises
    ------
    BadValue
        None is given.
    Conflict
        They move the network to different dates, exclude one another, share a name but not their content, or give one named
        element different values where neither requires the other; both are named.
    """
    from commute.model.changes.resolve import static_conflicts

    if not scenarios:
        raise BadValue("merge needs a scenario")
    parts: dict[str, Scenario] = {}
    flat = [one for given in scenarios for one in (given.parts if given.parts and not given.changes and not given.projects else (given,))]
    static_conflicts(flat)
    for one in flat:
        parts.setdefault(one.name, one)
    ordered = tuple(parts[name] for name in sorted(parts))
    if len(ordered) == 1:
        return ordered[0]
    days = {one.date for each in ordered for one in each.every() if one.date}
    return Scenario(
        name=" + ".join(one.name for one in ordered),
        name_zh=" + ".join(one.name_zh or one.name for one in ordered),
        parts=ordered,
        date=next(iter(days), None),
    )
