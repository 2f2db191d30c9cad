"""What gaps are worth together: the cooperative game of road gaps, exact, with Shapley values and interactions.

A gap shortens a journey only where the drive over it, with every gap open, beats the journey with none. So each journey
depends on few gaps, and a set's value is a sum over groups of journeys of what the subset that matters to each is worth (`parts`).
Dividends, Shapley values and interactions are read from these tables; no set of all gaps is ever gone through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from commute import routing
from commute.analysis.measure import field as spot
from commute.analysis.measure import pairs, reach
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import CAP_MIN, Floats
from commute.analysis.worth.coalitions import FEW, Game, beside
from commute.analysis.worth.parts import Drawn, Part, draw
from commute.errors import BadValue
from commute.model.points import Points
from commute.routing import roads, subsets
from commute.routing.judged import Judged
from commute.routing.matters import matters
from commute.routing.minplus import Around
from commute.routing.street import FAR, Ints, Longs

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.target import Target

__all__ = ["Game", "Items", "Kind", "Measure", "beside", "game", "people_game"]

Kind = Literal["shortfall", "inside", "minutes"]
KINDS: tuple[Kind, ...] = ("shortfall", "inside", "minutes")  # in the order of routing.judged.SHORTFALL, INSIDE, MINUTES
Bools = npt.NDArray[np.bool_]
SAMPLES = 200
WORK = 2e10  # subsets × items that are gone through, most gaps left out first; half a minute
PART_COST = 20_000  # steps of a subset and an item that a part costs besides; measured
NOTES = (
    "road gaps change drives alone; journeys by other modes stay as they are",
    "gaps that overlap on the ground have a value together all the same: leave such sets out when choosing",
)
NOTES_ZH = ("打通道路只改变小汽车行程，其他方式不变", "位置重叠的断头路一起打通仍有数值：选择时须排除这类组合")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Items:
    """What is judged by a time, n of them.

    Attributes
    ----------
    origin : ndarray of int, shape (n,), rows of od
    goal_ptr, goal : ndarray of int, shapes (n + 1,), (goal_ptr[-1],)
        Columns of od that each may go to (CSR); the nearest counts.
    other_s : ndarray, shape (n,)
        Fixed seconds by other ways, the least over its goals; inf, or a time beyond the cap, where there is none.
    """

    origin: npt.NDArray[np.integer[Any]]
    goal_ptr: npt.NDArray[np.integer[Any]]
    goal: npt.NDArray[np.integer[Any]]
    other_s: npt.NDArray[np.integer[Any] | np.floating[Any]]

    def __len__(self) -> int:
        return len(self.origin)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measure:
    """A measure of n items: weight × minutes over the limit, weight within it, or weight × minutes; both minutes capped."""

    name: str
    kind: Kind
    weight: Floats


def game(
    around: Around,
    items: Items,
    measures: Sequence[Measure],
    *,
    gaps: Sequence[str],
    minutes: float,
    cap_min: float,
    parking_s: int,
    threads: int = 1,
    seed: int = 0,
    samples: int = SAMPLES,
    progress: Callable[[int, int], None] | None = None,
) -> Game:
    """The game of gaps on what is judged.

    Parameters
    ----------
    around : od, oe, ed, ee, arcs
        As `routing.roads.around_gaps_ds` gives them: deciseconds with all these gaps shut, and their links.
    items : Items
    measures : sequence of Measure
    gaps : ids, in the order of the numbers in arcs
    minutes, cap_min : float
        The limit; no journey counts for more than the cap, nor does one that cannot be made.
    parking_s : int, added to every drive
    threads : int
    seed, samples : int
        Orders drawn for items whose subsets are too many to go through: more than 20 gaps, or more than WORK in all.
    progress : callable(done, total), optional, of subsets

    Raises
    ------
    BadValue
        A weight or a number of gaps that does not fit.
    """
    arcs = around[4]
    if len(gaps) != arcs.n_gaps or len(set(gaps)) < len(gaps):
        raise BadValue(f"{len(gaps)} gaps are named, {len(set(gaps))} of them different; their links are of {arcs.n_gaps}")
    for one in measures:
        if np.shape(one.weight) != (len(items),):
            raise BadValue(f"measure {one.name}: weight has shape {np.shape(one.weight)}, there are {len(items)} items")
    sets, col = _goal_sets(items)
    around = (_nearest(around[0], sets), around[1], _nearest(around[2], sets), around[3], arcs)
    judged = Judged(
        row=np.asarray(items.origin, np.int64), col=col, other_s=np.asarray(items.other_s, np.float64),
        kind=np.array([KINDS.index(one.kind) for one in measures], np.int64),
        weight=np.array([one.weight for one in measures], np.float64).reshape(len(measures), len(items)),
        minutes=minutes, cap_min=cap_min, parking_s=parking_s,
    )  # fmt: skip
    judged = judged.of(np.flatnonzero((judged.weight != 0.0).any(axis=0)))
    needed = matters(around, judged, threads=threads)
    many = _too_many(needed.sum(axis=1))
    groups = _grouped(needed & ~many[:, None])
    total = sum(1 << len(which) for which, _ in groups) + (samples if many.any() else 0)
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, total)

    parts: list[Part | Drawn] = [
        Part(gaps=which, table=subsets.item_table(around, which, judged.of(mine), threads=threads, tell=tell)) for which, mine in groups
    ]
    if many.any():
        which = np.flatnonzero(needed[many].any(axis=0))
        parts.append(draw(around, which, judged.of(many), samples=samples, seed=seed, tell=tell))
    return Game(gaps=tuple(gaps), measures=tuple(one.name for one in measures), parts=tuple(parts))


def people_game(
    net: Network,
    target: Target,
    gaps: Sequence[str],
    *,
    profiles: Mapping[str, Profile] | None = None,
    extra_measures: Sequence[Measure] = (),
    seed: int = 0,
    samples: int = SAMPLES,
    progress: Callable[[int, int], None] | None = None,
) -> Game:
    """The game of road gaps on a target, at the central constants; ways by other modes stay as they are.

    Parameters
    ----------
    net : Network
    target : Target
        Without origins, its items are the points of `people` and their way to the nearest centre of another city (or one of
        its destinations), weighted by people in its area; with origins, its directed pairs, each of weight 1 (`check` counts
        the slower direction alone).
    gaps : gap ids; one without a road of its own changes nothing
    profiles : by mode, optional; None takes those of the target
    extra_measures : further measures of the same items, in the order of `people(net).points` or of `pairs.directed`
    seed, samples, progress : as `game`

    Returns
    -------
    Game
        Measures shortfall_person_min, people_inside, person_min (minutes saved, people newly inside), then the extra ones.

    Raises
    ------
    UnknownId
        A gap that the network does not hold.
    BadValue
        As `check`; a gap twice.
    """
    target.check_day(net.day)
    central = reach.at_levels(net)["central"]
    chosen = reach.profiles_of(target) if profiles is None else profiles
    car = reach.car_of(chosen)
    others = {mode: one for mode, one in chosen.items() if one is not car}
    start, end, items, weight = _judged_pairs(central, target, others) if target.origins else _judged_people(central, target, others)
    names: tuple[tuple[str, Kind], ...] = (("shortfall_person_min", "shortfall"), ("people_inside", "inside"), ("person_min", "minutes"))
    measures = [*(Measure(name=name, kind=kind, weight=weight) for name, kind in names), *extra_measures]
    about = {
        "date": str(net.day), "network": net.hash, "definition": target.definition("en"), "definition_zh": target.definition("zh"),
        "judged": "directed pairs, each of weight 1" if target.origins else "people", "cap_min": max(CAP_MIN, target.minutes),
        "notes": NOTES, "notes_zh": NOTES_ZH,
    }  # fmt: skip
    if car is None or not len(gaps):
        return Game(gaps=tuple(gaps), measures=tuple(one.name for one in measures), parts=(), about=about)
    engine = routing.compile(central, car)
    found = game(
        roads.around_gaps_ds(engine.net, start, end, tuple(gaps), peak=car.peak, threads=engine.threads), items, measures,
        gaps=gaps, minutes=target.minutes, cap_min=max(CAP_MIN, target.minutes), parking_s=engine.parking_s(),
        threads=engine.threads, seed=seed, samples=samples, progress=progress,
    )  # fmt: skip
    return replace(found, about={**about, "exact": found.exact})


Stake = tuple[Points, Points, Items, Floats]  # origins, destinations, items between them, weights


def _judged_people(net: Network, target: Target, others: Mapping[str, Profile]) -> Stake:
    who, goals = people(net), spot.goals_of(net, target)
    home, cities = np.array(who.city, dtype=object)[who.zone], np.array(goals.cities, dtype=object)
    away = np.asarray(home[:, None] != cities[None, :], bool)
    minutes = spot.people_minutes(net, target, others, goals)[0] if others else np.full(away.shape, np.inf)
    items = Items(
        origin=np.arange(len(away)),
        goal_ptr=np.concatenate([[0], np.cumsum(away.sum(axis=1))]),
        goal=np.nonzero(away)[1],
        other_s=np.where(away, minutes, np.inf).min(axis=1) * 60.0,
    )
    return who.points, goals.points, items, who.weight * (who.population * who.within(target.area))[who.zone]


def _judged_pairs(net: Network, target: Target, others: Mapping[str, Profile]) -> Stake:
    points, found = pairs.directed(*pairs.sides(net, target), target.direction == "both")
    a, b = (np.array([pair[k] for pair in found]) for k in (0, 1))
    other = reach.best_minutes(net, target, others, points, points)[0][a, b] if others else np.full(len(a), np.inf)
    return points, points, Items(origin=a, goal_ptr=np.arange(len(b) + 1), goal=b, other_s=other * 60.0), np.ones(len(a))


def _goal_sets(items: Items) -> tuple[list[Longs], Longs]:
    """The distinct sets of goals, and which one each item has."""
    ptr, goal = np.asarray(items.goal_ptr, np.int64), np.asarray(items.goal, np.int64)
    if (np.diff(ptr) == 1).all():
        single, which = np.unique(goal, return_inverse=True)
        return [np.array([one]) for one in single], which.astype(np.int64)
    known: dict[bytes, int] = {}
    col = [known.setdefault(np.sort(goal[a:b]).tobytes(), len(known)) for a, b in pairwise(ptr)]
    return [np.frombuffer(one, np.int64) for one in known], np.array(col, np.int64)


def _nearest(times: Ints, sets: list[Longs]) -> Ints:
    """Times to the nearest of each set of columns: minima commute with the algebra, so a set is as good as one column."""
    out = np.full((len(times), len(sets)), FAR, np.int32)
    for k, one in enumerate(sets):
        if len(one):
            out[:, k] = times[:, one].min(axis=1)
    return out


def _too_many(size: Longs) -> Bools:
    """Items that too many gaps matter to for all their subsets to be gone through."""
    work = np.cumsum(np.bincount(size, minlength=FEW + 1)[: FEW + 1] * 2.0 ** np.arange(FEW + 1))
    return np.asarray(size >= np.count_nonzero(work <= WORK), bool)


def _grouped(needed: Bools) -> list[tuple[Longs, Longs]]:
    """Items by the gaps that matter to them: (gaps, items), small groups joined to one of more gaps where that is less work."""
    some = np.flatnonzero(needed.any(axis=1))
    packed, which = np.unique(np.packbits(needed[some], axis=1), axis=0, return_inverse=True)
    kinds = np.unpackbits(packed, axis=1, count=needed.shape[1]).astype(bool)
    size = kinds.sum(axis=1)
    count = np.bincount(which.ravel(), minlength=len(kinds))
    into = np.arange(len(kinds))
    for k in np.argsort(size, kind="stable"):
        wider = np.flatnonzero((size > size[k]) & ~(kinds[k] & ~kinds).any(axis=1))
        if len(wider):
            best = wider[np.argmin(size[wider])]
            if count[k] * (1 << size[best]) <= count[k] * (1 << size[k]) + PART_COST:
                into[k] = best
                count[best] += count[k]
    while (into[into] != into).any():
        into = into[into]
    home = into[which.ravel()]
    return [(np.flatnonzero(kinds[k]), some[home == k]) for k in np.unique(home)]
