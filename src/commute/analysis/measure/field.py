"""Minutes from the people to the centres, at the three levels of the constants, and ranges over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commute.analysis.measure import reach
from commute.analysis.measure.people import People, people
from commute.analysis.measure.shares import Floats, inside_by_zone, share
from commute.model.points import Points, resolve
from commute.model.results.check import Range, State

if TYPE_CHECKING:
    from commute.model.network import Level, Network
    from commute.model.profile import Profile
    from commute.model.target import Target

PEOPLE_DEPARTURES, PEOPLE_DRAWS = 4, 4  # 16 and 8 move no share within 45 to 90 minutes by 1 %
KINDS = ("another", "own", "every")  # another city's centre, one's own, those of all cities
OUTER = (2.5, 97.5)  # percentiles of the redistributions that a range shows


@dataclass(frozen=True, slots=True, eq=False)
class Goals:
    """What people go to: points, and the city that each is the centre of ('' : it counts for everyone)."""

    points: Points
    cities: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Minutes from n people points at one level, inf where not reachable.

    Attributes
    ----------
    who : People
    kinds : dict of "another", "own", "every" to ndarray of float64, shape (n,)
        To the nearest centre of another city, to one's own, to the farthest of all.
    nearest, mode : ndarray of int64, shape (n,)
        Position of the centre that `another` goes to and of the mode that is fastest; −1 where none is reached.
    """

    who: People
    kinds: Mapping[str, Floats]
    nearest: reach.Ints
    mode: reach.Ints

    def inside(self, kind: str, limit: float) -> Floats:
        """The part of each zone's people inside, shape (zones,)."""
        return inside_by_zone(self.kinds[kind], self.who.zone, self.who.weight, len(self.who.population), limit)


Fields = Mapping["Level", Field]


def goals_of(net: Network, target: Target) -> Goals:
    """The target's destinations where it names only those, else the main centre of each city."""
    if target.destinations and not target.origins:
        points = resolve(net, list(target.destinations))
        return Goals(points, ("",) * len(points))
    found = reach.main_centres(net)
    return Goals(reach.points_of(found), tuple(found["centre_of"]))


def field(net: Network, target: Target, profiles: Mapping[str, Profile], goals: Goals) -> Field:
    """Minutes from the people of one network to the goals."""
    return field_of(people(net), *people_minutes(net, target, profiles, goals), goals)


def people_minutes(
    net: Network, target: Target, profiles: Mapping[str, Profile], goals: Goals, who: People | None = None
) -> tuple[Floats, reach.Ints]:
    """The fastest minutes from each people point to each goal, and the positions of the modes; kept with the network."""
    return reach.best_minutes(net, target, for_people(profiles), (who or people(net)).points, goals.points)


def for_people(profiles: Mapping[str, Profile]) -> dict[str, Profile]:
    """The profiles with fewer departures and draws: a share over a thousand points needs fewer than one journey does."""
    return {
        name: one.but(departures=min(one.departures, PEOPLE_DEPARTURES), draws=min(one.draws, PEOPLE_DRAWS))
        for name, one in profiles.items()
    }


def field_of(who: People, best: Floats, mode: reach.Ints, goals: Goals) -> Field:
    """A field from the fastest minutes and modes, shape (n, goals)."""
    home = np.array(who.city, dtype=object)[who.zone]
    own = home[:, None] == np.array(goals.cities, dtype=object)[None, :]
    others = np.where(own, np.inf, best)
    nearest = others.argmin(axis=1)
    rows = np.arange(len(best))
    another = others[rows, nearest]
    kinds = {"another": another, "own": np.where(own, best, np.inf).min(axis=1), "every": best.max(axis=1)}
    gone = np.isinf(another)
    return Field(who, kinds, np.where(gone, -1, nearest), np.where(gone, -1, mode[rows, nearest]))


def fields(
    nets: Mapping[Level, Network], target: Target, profiles: Mapping[str, Profile], goals: Goals, tell: Callable[[], None] | None = None
) -> dict[Level, Field]:
    """The field at each level; `tell` is called after each."""
    out: dict[Level, Field] = {}
    for level, net in nets.items():
        out[level] = field(net, target, profiles, goals)
        if tell:
            tell()
    return out


def spread(found: Fields, values: Callable[[Field], Floats]) -> Range:
    """Central, low and high of what `values` gives for each level: an array whose first is for the people as they are.

    Low and high are the outer percentiles of the redistributions at the worst and best level.
    """
    each = {level: values(one) for level, one in found.items()}
    central = float(each["central"][0])
    drawn = [one[1:] if len(one) > 1 else one for one in each.values()]
    if any(np.isnan(one).any() for one in drawn):
        return Range(central, float("nan"), float("nan"))
    low = min(float(np.percentile(one, OUTER[0], method="nearest")) for one in drawn)
    high = max(float(np.percentile(one, OUTER[1], method="nearest")) for one in drawn)
    return Range(central, min(low, central), max(high, central))


def share_range(found: Fields, crowd: Floats, kind: str, limit: float, area: str) -> Range:
    """The share of an area's people inside, with its range; `crowd` is shape (1 + redistributions, zones)."""
    return spread(found, lambda one: share(crowd, one.inside(kind, limit), one.who.within(area)))


def by_level(found: Fields, crowd: Floats, limit: float, area: str) -> dict[str, float]:
    """The central people's share inside at each level."""
    return {level: float(share(crowd[:1], one.inside("another", limit), one.who.within(area))[0]) for level, one in found.items()}


def state_word(held: Sequence[bool]) -> State:
    """holds where it does at every level, fails where at none, else in_doubt."""
    return "holds" if all(held) else "in_doubt" if any(held) else "fails"
