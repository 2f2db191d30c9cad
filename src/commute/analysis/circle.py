"""Does the circle hold? Shares of people, minutes needed, pairs of centres, and where it is in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.measure import field as spot
from commute.analysis.measure import pairs as pair_room
from commute.analysis.measure import reach
from commute.analysis.measure.people import People, people, redistributed
from commute.analysis.measure.shares import (
    CAP_MIN,
    SAME,
    Floats,
    minutes_for_pairs,
    minutes_needed,
    share,
    share_of_pairs,
    shortfall,
    weighted_median,
)
from commute.analysis.progress import Progress, Steps
from commute.errors import BadValue
from commute.model.results.check import CircleCheck, Range
from commute.model.tables import AREAS

if TYPE_CHECKING:
    from commute.model.network import Level, Network
    from commute.model.profile import Profile
    from commute.model.target import Target

LIMITS = (30.0, 45.0, 60.0)
OTHER_SHARES = (0.5, 0.9)  # printed beside the target's share, which is ours
ROLES = ("main", "government", "rail_hub")


def check(
    net: Network,
    target: Target,
    *,
    profile: Profile | None = None,
    progress: Progress | None = None,
    redistributions: int = 200,
    seed: int = 0,
    levels: Sequence[Level] = reach.LEVELS,
) -> CircleCheck:
    """Judge a target on the network's day, at the favourable, central and unfavourable constants.

    Parameters
    ----------
    net : Network
    target : Target
        Without origins, the people of its area are judged: those who reach another city's main centre (or one of its
        destinations) in time. With origins, the pairs of origins and destinations are judged, both ways where it says so.
    profile : Profile, optional
        Of the target's mode; None takes the ready ones.
    progress : callable(done, total), optional
    redistributions : int
        Spreads of the people inside their counties, for the ranges; 0 leaves the constants alone.
    seed : int
    levels : sequence of "favourable", "central", "unfavourable"
        Of the constants; with fewer than all three nothing can be in doubt for want of them, so only for a quick look: the
        other centres of the cities are left out then too.

    Returns
    -------
    CircleCheck

    Raises
    ------
    BadValue
        A weekday target on a weekend, a profile of another mode, no centre of another city, no people.
    """
    target.check_day(net.day)
    if "central" not in levels or not set(levels) <= set(reach.LEVELS):
        raise BadValue(f"levels are {tuple(levels)}, must be of {', '.join(reach.LEVELS)}, with central among them")
    if redistributions < 0:
        raise BadValue(f"redistributions is {redistributions}, must be 0 or more")
    tell = Steps(progress, len(levels) + 3)
    started = perf_counter()
    if not target.origins and not people(net).within(target.area).any():
        raise BadValue(f"no zone lies in the area {target.area!r}: ask about another area, or say in the zones' in_area which do")
    profiles = reach.profiles_of(target, profile)
    nets = {level: one for level, one in reach.at_levels(net).items() if level in levels}
    frame = pair_room.pair_frame(nets, target, profiles, *pair_room.sides(net, target))
    tell()
    goals = spot.goals_of(net, target)
    found = spot.fields(nets, target, profiles, goals, tell)
    alternatives = _alternatives(net, target, profiles if set(levels) == set(reach.LEVELS) else {})
    tell()
    routed = perf_counter()
    crowd = crowd_of(net, found["central"].who, redistributions, seed)
    held = _judge_pairs(frame, target) if target.origins else _judge_people(found, crowd, target)
    result = CircleCheck(
        target=target,
        state=spot.state_word([one >= target.share - SAME for one in held["by_level"].values()]),
        people_share=spot.share_range(found, crowd, "another", target.minutes, target.area),
        shares=_shares(found, crowd, target, goals),
        minutes_needed=held["needed"],
        shortfall_min=held["shortfall"],
        pairs=frame,
        zones=_zones(net, target, found, goals, list(profiles)),
        alternatives=alternatives,
        about={
            "date": str(net.day),
            "network": net.hash,
            "scenarios": net.scenarios,
            "levels": tuple(nets),
            "legs_of": "p50" if target.statistic == "mean" else target.statistic,  # a mean keeps no legs of its own
            "judged": "pairs" if target.origins else "people",
            "share_by_level": held["by_level"],
            "profiles": profiles,
            "minutes_needed_at": {part: _needed(found, crowd, target.area, part) for part in OTHER_SHARES},
            "unreached_share": _unreached(found["central"], crowd, target.area),
            "shortfall_cap_min": CAP_MIN,
            "redistributions": redistributions,
            "seed": seed,
            "routing_s": routed - started,
            "redistributions_s": perf_counter() - routed,
        },
    )
    tell()
    return result


def crowd_of(net: Network, who: People, redistributions: int, seed: int) -> Floats:
    """The people as they are and as redistributed, shape (1 + redistributions, zones)."""
    return np.vstack([who.population, redistributed(who, net.constant("population_spread"), redistributions, seed)])


def _needed(found: spot.Fields, crowd: Floats, area: str, part: float) -> Range:
    return spot.spread(
        found, lambda one: minutes_needed(one.kinds["another"], one.who.zone, one.who.weight, crowd, one.who.within(area), part)
    )


def _judge_people(found: spot.Fields, crowd: Floats, target: Target) -> dict[str, Any]:
    limit, area = target.minutes, target.area
    short = spot.spread(
        found, lambda one: shortfall(one.kinds["another"], one.who.zone, one.who.weight, crowd, one.who.within(area), limit)
    )
    needed = _needed(found, crowd, area, target.share)
    return {"by_level": spot.by_level(found, crowd, limit, area), "needed": needed, "shortfall": short}


def _judge_pairs(frame: pd.DataFrame, target: Target) -> dict[str, Any]:
    """Share of pairs in time (the slower direction of each), minutes for the target's share of them, mean shortfall."""
    level = {"favourable": "low", "central": "minutes", "unfavourable": "high"}
    each = {name: pair_room.unordered(frame, column) for name, column in level.items()}
    needed = {name: minutes_for_pairs(times, target.share) for name, times in each.items()}
    short = {name: float(np.mean(np.maximum(0, np.minimum(times, CAP_MIN) - target.minutes))) for name, times in each.items()}

    def ends(of: Mapping[str, float]) -> Range:
        return Range(of["central"], of["favourable"], of["unfavourable"])

    by_level = {name: share_of_pairs(times, target.minutes) for name, times in each.items()}
    return {"by_level": by_level, "needed": ends(needed), "shortfall": ends(short)}


def _shares(found: spot.Fields, crowd: Floats, target: Target, goals: spot.Goals) -> pd.DataFrame:
    """A row an area, kind and limit."""
    kinds = spot.KINDS if any(goals.cities) else ("another",)
    limits = sorted({*LIMITS, float(target.minutes)})
    rows = [
        {"area": area, "minutes": limit, "inside": kind, **range_row(spot.share_range(found, crowd, kind, limit, area))}
        for area in AREAS
        for kind in kinds
        for limit in limits
    ]
    return pd.DataFrame(rows)


def range_row(one: Range, name: str = "share") -> dict[str, float]:
    """A range as three columns: share, low, high; or name, name_low, name_high."""
    low, high = ("low", "high") if name == "share" else (f"{name}_low", f"{name}_high")
    return {name: one.central, low: one.low, high: one.high}


def _unreached(one: spot.Field, crowd: Floats, area: str) -> float:
    """The share of people from whom no other centre can be reached at all."""
    zone, size = one.who.zone, len(one.who.population)
    gone = np.bincount(zone, weights=one.who.weight * np.isinf(one.kinds["another"]), minlength=size).astype(np.float64)
    return float(share(crowd[:1], gone, one.who.within(area))[0])


def _alternatives(net: Network, target: Target, profiles: Mapping[str, Profile]) -> pd.DataFrame:
    """The same share and minutes with government seats or rail hubs as the centres, central constants."""
    rows = []
    central = reach.at_levels(net)["central"]
    for role in ROLES if profiles else ():
        points = reach.centres(net, role)
        if points["centre_of"].nunique() < 2:
            continue
        goals = spot.Goals(reach.points_of(points), tuple(points["centre_of"]))
        one = spot.field(central, target, profiles, goals)
        who = one.who
        people, area = who.population[None, :], who.within(target.area)
        inside = float(share(people, one.inside("another", target.minutes), area)[0])
        needed = float(minutes_needed(one.kinds["another"], who.zone, who.weight, people, area, target.share)[0])
        rows.append({"role": role, "centres": "、".join(points["name_zh"]), "share": inside, "minutes_needed": needed})
    return pd.DataFrame(rows, columns=["role", "centres", "share", "minutes_needed"])


def _zones(net: Network, target: Target, found: spot.Fields, goals: spot.Goals, modes: list[str]) -> pd.DataFrame:
    """A row a zone: median minutes of its people to the nearest other centre, the part of them inside, and its state."""
    zone = net.table("zone")
    labels = [f"{name}" for name in reach.names(net, goals.points.ids)[0]]
    medians = {level: _medians(one, len(zone)) for level, one in found.items()}
    inside = np.stack([one.inside("another", target.minutes) for one in found.values()])
    one = found["central"]
    first = np.array([np.flatnonzero(one.who.zone == k)[_middle(one, k)] for k in range(len(zone))])
    centre, mode = one.nearest[first], one.mode[first]
    frame = pd.DataFrame(
        {
            "name_zh": zone["name_zh"].to_numpy(),
            "name_en": zone["name"].to_numpy(),
            "city": zone["city"].to_numpy(),
            "county_code": zone["county_code"].to_numpy(),
            "in_area": zone["in_area"].to_numpy(),
            "lon": zone["lon"].to_numpy(),
            "lat": zone["lat"].to_numpy(),
            "people": zone["population"].to_numpy(),
            "minutes": medians["central"],
            "low": np.min(list(medians.values()), axis=0),
            "high": np.max(list(medians.values()), axis=0),
            "centre_id": [goals.points.ids[k] if k >= 0 else "" for k in centre],
            "centre": [labels[k] if k >= 0 else "" for k in centre],
            "mode": [modes[k] if k >= 0 else "" for k in mode],
            "share_inside": found["central"].inside("another", target.minutes),
            "share_low": inside.min(axis=0),
            "share_high": inside.max(axis=0),
        },
        index=pd.Index(zone["zone_id"], name="zone_id"),
    )
    half = inside >= 0.5
    frame["state"] = np.where(half.all(axis=0), "inside", np.where(half.any(axis=0), "in_doubt", "outside"))
    return frame.replace({"minutes": {np.inf: np.nan}, "low": {np.inf: np.nan}, "high": {np.inf: np.nan}})


def _medians(one: spot.Field, zones: int) -> Floats:
    ends = np.searchsorted(one.who.zone, np.arange(zones + 1))
    times, weight = one.kinds["another"], one.who.weight
    return np.array([weighted_median(times[a:b], weight[a:b]) for a, b in pairwise(ends)])


def _middle(one: spot.Field, zone: int) -> int:
    """Position, within a zone's points, of the one at its median."""
    rows = one.who.zone == zone
    times, weight = one.kinds["another"][rows], one.who.weight[rows]
    return int(np.flatnonzero(times == weighted_median(times, weight))[0])
