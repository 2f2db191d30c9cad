"""What is at stake for a target on a network: its totals as things are, and the game of road gaps on top of them.

Measures: shortfall_person_min, people_inside and person_min are of people and the nearest centre of another city, as the target
judges them; all_person_min and cross_person_min are of potential journeys between all zones, and of those between cities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis.measure import field as spot
from commute.analysis.measure import pairs as pair_room
from commute.analysis.measure import potential, reach
from commute.analysis.measure.shares import CAP_MIN, SAME, Floats
from commute.analysis.worth.game import Game, Items, Measure, beside, game, people_game
from commute.routing import roads

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.target import Target

OF_TARGET = ("shortfall_person_min", "people_inside", "person_min")
OF_ALL = ("all_person_min", "cross_person_min")
MEASURES = (*OF_TARGET, *OF_ALL)
UNIFORM = ("shortfall_uniform", "inside_uniform", "person_min_uniform", "all_uniform")  # every zone alike
PEOPLE_ONLY = "all_people"  # people in place of jobs


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stakes:
    """Totals with no gap of the game open, to be lowered (people inside count below 0), and the game.

    Attributes
    ----------
    totals : ndarray of float64, shape (measures,), in the order of `game.measures`
    game : Game
    """

    totals: Floats
    game: Game


def stakes(
    net: Network,
    target: Target,
    gaps: Sequence[str],
    *,
    weights: potential.Kind | pd.DataFrame = "potential",
    variants: bool = False,
) -> Stakes:
    """What is at stake, at the central constants; kept with the network.

    Parameters
    ----------
    net : Network
    target : Target
    gaps : ids of gaps with a road of their own
    weights : as `potential.weights`, of the journeys between all zones
    variants : bool
        Also the measures `UNIFORM` and `PEOPLE_ONLY`, to see what hangs on the weights.
    """
    central = reach.at_levels(net)["central"]
    if isinstance(weights, pd.DataFrame):
        return _asked(central, target, gaps, weights, variants)
    kept: dict[tuple[str, ...], Stakes] = reach.kept(central).setdefault(f"stakes {target!r} {weights} {variants}", {})
    if tuple(gaps) not in kept:
        kept[tuple(gaps)] = _from_more(kept, gaps) or _asked(central, target, gaps, weights, variants)
    return kept[tuple(gaps)]


def _asked(net: Network, target: Target, gaps: Sequence[str], weights: potential.Kind | pd.DataFrame, variants: bool) -> Stakes:
    two = _of_target(net, target, gaps, variants), _of_all(net, target, gaps, weights, variants)
    return Stakes(totals=np.concatenate([one.totals for one in two]), game=beside(two[0].game, two[1].game))


def _from_more(kept: Mapping[tuple[str, ...], Stakes], gaps: Sequence[str]) -> Stakes | None:
    """What is at stake read from the game of more gaps, where one is kept."""
    for more, one in kept.items():
        if one.game.exact and set(gaps) < set(more):
            few = one.game.among(gaps)
            if few.gaps == tuple(gaps):
                return Stakes(totals=one.totals, game=few)
    return None


def _of_target(net: Network, target: Target, gaps: Sequence[str], variants: bool) -> Stakes:
    profiles = reach.profiles_of(target)
    if target.origins:
        points, found = pair_room.directed(*pair_room.sides(net, target), target.direction == "both")
        a, b = (np.array([pair[k] for pair in found]) for k in (0, 1))
        times = reach.best_minutes(net, target, profiles, points, points)[0][a, b]
        weight = np.ones(len(found))
        alike = weight
    else:
        goals = spot.goals_of(net, target)
        one = spot.field(net, target, profiles, goals)
        who, times = one.who, one.kinds["another"]
        area = who.within(target.area)
        weight = who.weight * (who.population * area)[who.zone]
        alike = who.weight * (area * who.population[area].sum() / max(area.sum(), 1))[who.zone]
    extra: tuple[Measure, ...] = ()
    if variants:
        kinds: tuple[Any, ...] = ("shortfall", "inside", "minutes")
        extra = tuple(Measure(name=name, kind=kind, weight=alike) for name, kind in zip(UNIFORM[:3], kinds, strict=True))
    played = people_game(net, target, gaps, extra_measures=extra)
    cap = max(CAP_MIN, target.minutes)
    capped = np.minimum(times, cap)
    each = (np.maximum(0.0, capped - target.minutes), -(times <= target.minutes + SAME).astype(np.float64), capped)
    sums = [float(mine @ one) for mine in ((weight, alike) if variants else (weight,)) for one in each]
    return Stakes(totals=np.array(sums), game=played)


def _of_all(net: Network, target: Target, gaps: Sequence[str], weights: potential.Kind | pd.DataFrame, variants: bool) -> Stakes:
    """Potential journeys between all zones, by the target's modes."""
    shares = {"all_person_min": potential.weights(net, weights)}
    shares["cross_person_min"] = shares["all_person_min"] * potential.cross_city(net)
    if variants:
        shares |= {"all_uniform": potential.weights(net, "uniform"), PEOPLE_ONLY: potential.weights(net, "people")}
    origin, goal = np.nonzero(np.any(list(shares.values()), axis=0))
    points = reach.points_of(net.table("zone"), "zone_id")
    profiles = spot.for_people(reach.profiles_of(target))
    car = reach.car_of(profiles)
    others = {mode: one for mode, one in profiles.items() if one is not car}
    by_others = reach.best_minutes(net, target, others, points, points)[0] if others else np.full((len(points),) * 2, np.inf)
    measures = [Measure(name=name, kind="minutes", weight=share[origin, goal]) for name, share in shares.items()]
    cap = max(CAP_MIN, target.minutes)
    if car is None:
        times = np.minimum(by_others, cap)
        nothing = Game(gaps=tuple(gaps), measures=tuple(shares), parts=())
        return Stakes(totals=np.array([float((share * times).sum()) for share in shares.values()]), game=nothing)
    engine = routing.compile(net, car)
    around = roads.around_gaps_ds(engine.net, points, points, tuple(gaps), peak=car.peak, threads=engine.threads)
    items = Items(origin=origin, goal_ptr=np.arange(len(goal) + 1), goal=goal, other_s=by_others[origin, goal] * 60.0)
    played = game(
        around, items, measures, gaps=gaps, minutes=target.minutes, cap_min=cap, parking_s=engine.parking_s(), threads=engine.threads
    )  # fmt: skip
    times = np.minimum(np.minimum(by_others, reach.minutes(net, car, points, points)), cap)
    return Stakes(totals=np.array([float((share * times).sum()) for share in shares.values()]), game=played)
