"""What gaps would be worth if their uncertain ends lay elsewhere: seeded moves, each gap alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute import routing
from commute.analysis.measure import field as spot
from commute.analysis.measure import potential, reach
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import CAP_MIN, Floats
from commute.model.points import Points
from commute.model.speeds import link_minutes
from commute.model.views import links_of_gaps
from commute.routing import roads
from commute.routing.judged import INSIDE, MINUTES, SHORTFALL
from commute.routing.one_arc import arcs_worth
from commute.routing.plane import crs_of, to_plane
from commute.routing.street import Ints, link_ds

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.target import Target

Items = tuple[npt.NDArray[np.integer[Any]], npt.NDArray[np.integer[Any]], npt.NDArray[np.integer[Any]], Ints]
MOVES = 200
TOP = 10


def moved_values(
    net: Network,
    target: Target,
    gaps: Sequence[str],
    *,
    moves: int = MOVES,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """The worth of each gap alone under moves of its ends within their errors.

    Parameters
    ----------
    net : Network
    target : Target, of people: without origins
    gaps : ids of road gaps with two ends and a length
    moves, seed : int
        A move draws each end evenly from the disc of its error; an end whose error is 0 stays. The same gap is moved alike whatever
        else is asked.
    progress : callable(done, total), optional

    Returns
    -------
    ndarray of float64, shape (moves, gaps, 4)
        shortfall_person_min, people_inside, person_min, all_person_min. A moved end lies at the junction nearest to where it was drawn,
        and the gap's length changes as the straight line between its ends does. NaN for a gap that is a chain of dated links:
        its course is on the map already, and is not moved.
    """
    net = reach.at_levels(net)["central"]
    profiles = spot.for_people(reach.profiles_of(target))
    car = reach.car_of(profiles)
    out = np.zeros((moves, len(gaps), 4))
    if car is None or not len(gaps) or target.origins:
        return out
    others = {mode: one for mode, one in profiles.items() if one is not car}
    a, b, ds = _arcs(net, car, gaps, moves, seed)
    engine = routing.compile(net, car)
    here = roads.roads(engine.net, peak=car.peak)
    steps = iter(range(1, 4))

    def worth(points: Points, goals: Points, items: Items, kinds: tuple[int, ...], weight: Floats) -> Floats:
        around = roads.around_nodes_ds(here, here.snapped(points), here.snapped(goals), threads=engine.threads)
        judged = (items[0].astype(np.int32), items[1].astype(np.int64), items[2].astype(np.int32), items[3])
        found = arcs_worth(
            around, (a, b, ds), judged, (np.array(kinds, np.int32), weight),
            minutes=target.minutes, cap_min=max(CAP_MIN, target.minutes), parking_s=engine.parking_s(), threads=engine.threads,
        )  # fmt: skip
        if progress:
            progress(next(steps), 2)
        return found.reshape(moves, len(gaps), -1)

    who, centres = people(net), spot.goals_of(net, target)
    away = np.array(who.city, dtype=object)[who.zone][:, None] != np.array(centres.cities, dtype=object)[None, :]
    weight = who.weight * (who.population * who.within(target.area))[who.zone]
    mean = np.full(away.shape, np.inf) if not others else reach.best_minutes(net, target, others, who.points, centres.points)[0]
    ptr, goal = np.concatenate([[0], np.cumsum(away.sum(axis=1))]), np.nonzero(away)[1]
    of_people = (np.arange(len(who.points)), ptr, goal, _seconds(np.where(away, mean, np.inf).min(axis=1)))
    out[:, :, :3] = worth(who.points, centres.points, of_people, (SHORTFALL, INSIDE, MINUTES), np.tile(weight, (3, 1)))
    zones = reach.points_of(net.table("zone"), "zone_id")
    share = potential.weights(net)
    origin, to = np.nonzero(share)
    by_others = reach.best_minutes(net, target, others, zones, zones)[0] if others else np.full(share.shape, np.inf)
    of_all = (origin, np.arange(len(to) + 1), to, _seconds(by_others[origin, to]))
    out[:, :, 3:] = worth(zones, zones, of_all, (MINUTES,), share[origin, to][None, :])
    chains = net.table("gap").set_index("gap_id").loc[list(gaps), "link_ids"].str.contains(";")
    out[:, chains.to_numpy(bool)] = np.nan
    return out


def _seconds(minutes: Floats) -> Ints:
    return np.where(np.isfinite(minutes), np.round(minutes * 60.0), 2**30).astype(np.int32)


def _arcs(net: Network, car: Profile, gaps: Sequence[str], moves: int, seed: int) -> tuple[Ints, Ints, Ints]:
    """The two junctions and the deciseconds of each moved gap, move by move: each shape (moves × gaps,)."""
    import hashlib

    from scipy.spatial import cKDTree

    table = net.table("gap").set_index("gap_id", drop=False)
    rows = table.loc[list(gaps)].reset_index(drop=True)
    node = net.table("node").set_index("node_id")
    crs = crs_of(net)
    here = roads.roads(net, peak=car.peak)
    joined = np.isin(np.arange(len(here.links.node_ids)), np.concatenate([here.links.from_node, here.links.to_node]))
    real = joined & np.array([node.at[one, "node_type"] != "gap_end" for one in here.links.node_ids])
    where = np.flatnonzero(real)
    tree = cKDTree(here.links.node_xy[where])
    ends = [to_plane(crs, *(node.loc[rows[side], axis].to_numpy() for axis in ("lon", "lat"))) for side in ("from_node_id", "to_node_id")]
    straight = np.hypot(*(ends[0] - ends[1]).T)
    links = net.table("link")
    built = links_of_gaps(rows.assign(link_ids=""), links).set_index("link_id", drop=False)
    tied = links[links["link_id"].isin(rows["link_ids"])]
    owner = dict(zip(rows["link_ids"], rows["gap_id"], strict=True))
    known = pd.concat([built[~built["link_id"].isin([owner[one] for one in tied["link_id"]])], tied.set_index(tied["link_id"].map(owner))])
    minutes = link_minutes(net, known.loc[list(gaps)], peak=car.peak)
    a, b, ds = (np.empty((moves, len(gaps)), np.int32) for _ in range(3))
    for k, gap in enumerate(gaps):
        digest = hashlib.sha256(f"{seed}:{gap}".encode()).digest()
        luck = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
        reached = []
        for xy, error in zip((ends[0][k], ends[1][k]), rows.loc[k, ["from_error_km", "to_error_km"]].fillna(0.0), strict=True):
            far, turn = 1000.0 * float(error) * np.sqrt(luck.random(moves)), 2 * np.pi * luck.random(moves)
            reached.append(where[tree.query(xy + np.column_stack([far * np.cos(turn), far * np.sin(turn)]))[1]])
        now = np.hypot(*(here.links.node_xy[reached[0]] - here.links.node_xy[reached[1]]).T)
        a[:, k], b[:, k] = reached
        ds[:, k] = link_ds(np.maximum(minutes[k] * now / max(straight[k], 1.0), 1e-3), np.full(moves, 60.0))  # as of a km a minute
    return a.ravel(), b.ravel(), ds.ravel()


def ranks(values: Floats, tie: float) -> Floats:
    """Ranks (1 is best) of gaps in each move by their measures in order, equals sharing one; shape (moves, gaps)."""
    whole = np.round(values / tie)
    out = np.empty(values.shape[:2])
    for m, rows in enumerate(whole):
        order = np.lexsort(tuple(-rows[:, k] for k in reversed(range(rows.shape[1]))))
        ordered = rows[order]
        new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
        first = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
        out[m, order] = first + 1.0
    return out


def tie_groups(rank: Floats, ranked: Sequence[int]) -> dict[int, int]:
    """Groups of gaps that the moves do not tell apart: in rank order, one joins a leader that it equals or beats in over a tenth of them.

    Parameters
    ----------
    rank : ndarray, shape (moves, gaps)
    ranked : positions of gaps, best first
    """
    out: dict[int, int] = {}
    leader, group = -1, 0
    for k in ranked:
        if leader < 0 or np.mean(rank[:, k] <= rank[:, leader]) <= 0.1:
            leader, group = k, group + 1
        out[k] = group
    return out
