"""Pairs of centres, or of the points that a target names: both directions, with their legs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute.analysis.measure import reach
from commute.analysis.measure.shares import SAME
from commute.errors import BadValue
from commute.model.points import Points, resolve
from commute.model.results.times import LEGS

if TYPE_CHECKING:
    from commute.model.network import Level, Network
    from commute.model.profile import Profile
    from commute.model.target import Target

STATES = {(True, True): "holds", (False, False): "fails"}


def sides(net: Network, target: Target) -> tuple[Points, Points]:
    """Origins and destinations of the pairs: those that the target names, else the cities' main centres on either side."""
    centres = None if target.origins and target.destinations else reach.points_of(reach.main_centres(net))
    start = resolve(net, list(target.origins)) if target.origins else centres
    end = resolve(net, list(target.destinations)) if target.destinations else centres
    if start is None or end is None:  # cannot be: `centres` stands in for whichever is not named
        raise BadValue("a target needs origins and destinations")
    return start, end


def directed(start: Points, end: Points, both: bool) -> tuple[Points, list[tuple[int, int]]]:
    """All points once, and the directed pairs among them as positions; a point is not paired with itself."""
    where: dict[str, int] = {}
    rows: list[tuple[float, float, str]] = []
    for points in (start, end):
        for one, lon, lat, stop in zip(points.ids, points.lon, points.lat, points.stops, strict=True):
            if one not in where:
                where[one] = len(rows)
                rows.append((lon, lat, stop))
    wanted = [(where[a], where[b]) for a in start.ids for b in end.ids if a != b]
    found = list(dict.fromkeys([*wanted, *((b, a) for a, b in wanted)] if both else wanted))
    if not found:
        raise BadValue(f"the target's origins and destinations are the same one point, {', '.join(start.ids)}: name two")
    lon, lat = (np.array([row[k] for row in rows], dtype=np.float64) for k in (0, 1))
    return Points(tuple(where), lon, lat, tuple(row[2] for row in rows)), found


def pair_frame(nets: Mapping[Level, Network], target: Target, profiles: Mapping[str, Profile], start: Points, end: Points) -> pd.DataFrame:
    """A row a directed pair: ids, names, minutes, low, high, slack_min, worst_leg, mode, state, by_<mode> (minutes) and the legs.

    `low` and `high` are the minutes at the favourable and unfavourable constants; the legs are those of the central ones.
    """
    points, found = directed(start, end, target.direction == "both")
    a, b = (np.array([pair[k] for pair in found]) for k in (0, 1))
    best = {level: reach.best_minutes(net, target, profiles, points, points) for level, net in nets.items()}
    central, which = best["central"][0][a, b], best["central"][1][a, b]
    modes = list(profiles)
    zh, en, city = reach.names(nets["central"], points.ids)
    frame = pd.DataFrame(
        {
            "from_id": [points.ids[i] for i in a],
            "to_id": [points.ids[i] for i in b],
            "from_name": [zh[i] for i in a],
            "to_name": [zh[i] for i in b],
            "from_name_en": [en[i] for i in a],
            "to_name_en": [en[i] for i in b],
            "from_city": [city[i] for i in a],
            "to_city": [city[i] for i in b],
            "minutes": _shown(central),
            "low": _shown(np.min([best[level][0][a, b] for level in best], axis=0)),
            "high": _shown(np.max([best[level][0][a, b] for level in best], axis=0)),
            "slack_min": _shown(target.minutes - central),
        }
    )
    shares = _legs(nets["central"], profiles, points, a, b, which)
    frame["worst_leg"] = [LEGS[k] if np.isfinite(t) else "" for k, t in zip(shares.argmax(axis=0), central, strict=True)]
    frame["mode"] = [modes[k] if k >= 0 else "" for k in which]
    held = [best[level][0][a, b] <= target.minutes + SAME for level in best]
    frame["state"] = [STATES.get((all(one), any(one)), "in_doubt") for one in zip(*held, strict=True)]
    for mode, times in _by_mode(nets["central"], target, profiles, points).items():
        frame[f"by_{mode}"] = _shown(times[a, b])
    for leg, values in zip(LEGS, shares, strict=True):
        frame[f"{leg}_min"] = np.where(np.isfinite(central), values, np.nan)
    return frame


def _by_mode(net: Network, target: Target, profiles: Mapping[str, Profile], points: Points) -> dict[str, reach.Floats]:
    """Minutes by each mode between all points."""
    mean = target.statistic == "mean"
    return {mode: reach.minutes(net, one, points, points, mean=mean) for mode, one in profiles.items()}


def _legs(net: Network, profiles: Mapping[str, Profile], points: Points, a: reach.Ints, b: reach.Ints, which: reach.Ints) -> reach.Floats:
    """Minutes of each leg of the pair's fastest mode, shape (legs, pairs); 0 where it does not get there."""
    out = np.zeros((len(LEGS), len(a)))
    for k, profile in enumerate(profiles.values()):
        mine = np.flatnonzero(which == k)
        if len(mine):
            times = reach.legs(net, profile, points, points)
            for row, leg in enumerate(LEGS):
                out[row, mine] = np.maximum(0, times.legs[leg][a[mine], b[mine]]) / 60.0
    return out


def slower(frame: pd.DataFrame, column: str = "minutes") -> pd.DataFrame:
    """The slower direction of each pair: a row an unordered pair, in the frame's order; NaN (no journey) is the slowest."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for k, pair in enumerate(zip(frame["from_id"], frame["to_id"], strict=True)):
        groups.setdefault(tuple(sorted(pair)), []).append(k)
    times = frame[column].fillna(np.inf).to_numpy(np.float64)
    chosen = [max(rows, key=lambda k: (times[k], -k)) for rows in groups.values()]
    return frame.iloc[chosen].reset_index(drop=True)


def unordered(frame: pd.DataFrame, column: str) -> reach.Floats:
    """Minutes of the slower direction of each pair, inf where it cannot be made."""
    return slower(frame, column)[column].fillna(np.inf).to_numpy(np.float64)


def _shown(values: reach.Floats) -> reach.Floats:
    """NaN for what cannot be reached."""
    return np.where(np.isfinite(values), values, np.nan)
