"""The first screen: the verdict in a sentence, pairs and people × count × mode × limit, and the floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute.analysis.circle import LIMITS, check, crowd_of
from commute.analysis.levers import everything
from commute.analysis.measure import field as spot
from commute.analysis.measure import pairs as pair_room
from commute.analysis.measure import reach
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import Floats
from commute.errors import BadValue
from commute.model.changes.links import straight_km
from commute.model.points import Points
from commute.model.results.check import CircleCheck
from commute.model.results.screen import FirstScreen, whole_minutes
from commute.model.results.times import LEGS

if TYPE_CHECKING:
    from commute.model.network import Level, Network
    from commute.model.profile import Count, Profile
    from commute.model.target import Target

COUNTS: tuple[Count, ...] = ("in_vehicle", "station_to_station", "door_to_door")
MODES = ("car_free", "car_peak", "transit", "transit_foot", "park_ride", "best")
LEG_WORDS = {
    "access": ("access", "到站"),
    "entry": ("entry", "进站"),
    "wait": ("wait", "候车"),
    "ride": ("ride", "乘行"),
    "transfer": ("change", "换乘"),
    "egress": ("egress", "离站"),
    "parking": ("parking", "停车"),
}
MODE_WORDS = {"car": ("by car", "小汽车"), "transit": ("by public transport", "公交"), "park_ride": ("park and ride", "停车换乘")}


def first_screen(
    net: Network,
    target: Target,
    *,
    verdict: CircleCheck | None = None,
    progress: Callable[[int, int], None] | None = None,
    redistributions: int = 200,
    seed: int = 0,
) -> FirstScreen:
    """What a report opens with.

    Parameters
    ----------
    net : Network
    target : Target
    verdict : CircleCheck, optional
        Of the same network and target, where one is at hand.
    progress : callable(done, total), optional
    redistributions, seed : int, as in `check`

    Returns
    -------
    FirstScreen

    Raises
    ------
    BadValue
        As `check`; or a verdict on another target.
    """
    if verdict is not None and verdict.target != target:
        raise BadValue("verdict answers another target: leave it out, or give the one of this target")
    verdict = verdict or check(net, target, redistributions=redistributions, seed=seed)
    started = perf_counter()
    profiles = screen_profiles(target)
    nets = reach.at_levels(net)
    start, end = pair_room.sides(net, target)
    goals = spot.goals_of(net, target)
    crowd = crowd_of(net, people(net), redistributions, seed)
    frames, total = [], len(COUNTS) + 1
    for k, count in enumerate(COUNTS):
        frames.append(_pair_rows(nets, target, profiles, count, start, end))
        frames.append(_people_rows(nets, target, profiles, count, goals, crowd))
        if progress:
            progress(k + 1, total)
    floor = _floor(net, target, verdict)
    if progress:
        progress(total, total)
    table = pd.concat(frames, ignore_index=True)
    about = {**verdict.about, "screen_s": perf_counter() - started}
    return FirstScreen(check=verdict, table=table, floor=floor, about=about)


def screen_profiles(target: Target) -> dict[str, Profile]:
    """The profiles of the table's modes: cars free and in the peak, the others when the target says."""
    peak = target.when if target.when in ("am_peak", "pm_peak") else "am_peak"
    car = target.but(mode="car", statistic="p50")
    ready = target.but(mode="best").profiles()
    return {
        "car_free": car.but(when="free").profiles()["car"],
        "car_peak": car.but(when=peak).profiles()["car"],
        "transit": ready["transit"],
        "transit_foot": ready["transit"].but(feeder="none"),
        "park_ride": ready["park_ride"],
    }


def _in_best(target: Target, count: Count) -> list[str]:
    """The modes whose fastest is `best` when the target says, of those that the count has a meaning for."""
    car = "car_peak" if target.when in ("am_peak", "pm_peak") else "car_free"
    return {"door_to_door": [car, "transit", "park_ride"], "in_vehicle": [car, "transit"], "station_to_station": ["transit"]}[count]


def _has_meaning(count: Count, profile: Profile) -> bool:
    """A car uses no station; a drive to the station is park-and-ride's main part and cannot be left out."""
    return count == "door_to_door" or profile.mode == "transit" or (profile.mode == "car" and count == "in_vehicle")


def _minutes(net: Network, profiles: Mapping[str, Profile], count: Count, target: Target, a: Points, b: Points) -> dict[str, Floats]:
    """Minutes of each of `MODES` that the count has a meaning for."""
    mean = target.statistic == "mean"
    out = {name: reach.counted(net, one, count, a, b, mean=mean) for name, one in profiles.items() if _has_meaning(count, one)}
    out["best"] = np.min([out[name] for name in _in_best(target, count)], axis=0)
    return out


def _pair_rows(
    nets: Mapping[Level, Network], target: Target, profiles: Mapping[str, Profile], count: Count, start: Points, end: Points
) -> pd.DataFrame:
    """A row an unordered pair (the slower direction where both are asked) and mode."""
    points, found = pair_room.directed(start, end, target.direction == "both")
    a, b = (np.array([pair[k] for pair in found]) for k in (0, 1))
    each = {level: _minutes(net, profiles, count, target, points, points) for level, net in nets.items()}
    zh, en, _ = reach.names(nets["central"], points.ids)
    groups: dict[tuple[int, int], list[int]] = {}
    for row, (i, j) in enumerate(found):
        groups.setdefault((i, j) if (j, i) not in groups else (j, i), []).append(row)
    rows = []
    for (i, j), members in groups.items():
        for mode in MODES:
            known = {"row": f"{zh[i]}–{zh[j]}", "row_en": f"{en[i]} – {en[j]}", "from_id": points.ids[i], "to_id": points.ids[j]}
            if mode not in each["central"]:
                values = [np.nan] * 3
            else:
                slow = {level: float(each[level][mode][a[members], b[members]].max()) for level in each}
                values = [slow["central"], min(slow.values()), max(slow.values())]
            shown = [value if np.isfinite(value) else np.nan for value in values]
            rows.append({**known, "count": count, "mode": mode, **dict(zip(("minutes", "low", "high"), shown, strict=True))})
    return pd.DataFrame(rows)


def _people_rows(
    nets: Mapping[Level, Network], target: Target, profiles: Mapping[str, Profile], count: Count, goals: spot.Goals, crowd: Floats
) -> pd.DataFrame:
    """A row a mode: shares of the target's area within 30, 45 and 60 minutes of another city's centre."""
    whos = {level: people(net) for level, net in nets.items()}
    fewer = spot.for_people(profiles)
    each = {level: _minutes(net, fewer, count, target, whos[level].points, goals.points) for level, net in nets.items()}
    rows = []
    for mode in MODES:
        row: dict[str, object] = {"row": "people", "row_en": "people", "from_id": "", "to_id": "", "count": count, "mode": mode}
        if mode in each["central"]:
            found = {
                level: spot.field_of(whos[level], times[mode], np.zeros(times[mode].shape, np.int64), goals)
                for level, times in each.items()
            }
            for limit in LIMITS:
                one = spot.share_range(found, crowd, "another", limit, target.area)
                name = f"share_{limit:g}"
                row |= {name: one.central, f"{name}_low": one.low, f"{name}_high": one.high}
        rows.append(row)
    return pd.DataFrame(rows)


def _floor(net: Network, target: Target, verdict: CircleCheck) -> pd.DataFrame:
    """What stays of each pair with every listed lever pulled at once, at the favourable constants and without any wait."""
    done = reach.at_levels(everything(net, target))["favourable"]
    profiles = reach.profiles_of(target)
    rows = []
    slow = pair_room.slower(verdict.pairs)
    start, end = pair_room.sides(net, target)
    points, _ = pair_room.directed(start, end, target.direction == "both")
    where = {one: k for k, one in enumerate(points.ids)}
    for row in reach.rows_of(slow):
        a, b = where[row["from_id"]], where[row["to_id"]]
        best: tuple[float, str, dict[str, float]] = (np.inf, "", {})
        for mode, profile in profiles.items():
            times = reach.legs(done, profile, points, points)
            if times.seconds[times.middle][a, b] < 0:
                continue
            kept = {leg: float(times.legs[leg][a, b]) / 60.0 for leg in LEGS if leg != "wait"}
            total = sum(kept.values())
            if total < best[0]:
                best = (total, mode, kept)
        km = straight_km(points.lon[a], points.lat[a], points.lon[b], points.lat[b])
        known = {name: row[name] for name in ("from_id", "to_id", "from_name", "to_name")}
        numbers = {"straight_km": km, "speed_needed_kmh": km / target.minutes * 60, "best_min": row["minutes"]}
        rows.append({**known, **numbers, **_why(best, target)})
    return pd.DataFrame(rows)


def _why(best: tuple[float, str, dict[str, float]], target: Target) -> dict[str, object]:
    total, mode, legs = best
    if not mode:
        none = ("no journey with every listed lever pulled", "所列措施全部实施后仍无法到达")
        return {"floor_min": np.nan, "mode": "", "why": none[0], "why_zh": none[1]}
    long = {leg: value for leg, value in sorted(legs.items(), key=lambda one: -one[1]) if value >= 0.5}
    en = ", ".join(f"{LEG_WORDS[leg][0]} {whole_minutes(value)}" for leg, value in long.items())
    zh = "、".join(f"{LEG_WORDS[leg][1]} {whole_minutes(value)}" for leg, value in long.items())
    above = total > target.minutes
    say_en = f"above {target.minutes:g}: no listed lever gets there" if above else f"not above {target.minutes:g}"
    say_zh = f"仍超过 {target.minutes:g} 分钟，所列措施都不能达到" if above else f"不超过 {target.minutes:g} 分钟"
    return {
        "floor_min": total,
        "mode": mode,
        "why": f"{MODE_WORDS[mode][0]}, all gaps open, frequent trains, metro-like entry, favourable constants, no wait: {en}; {say_en}",
        "why_zh": f"{MODE_WORDS[mode][1]}，断头路和瓶颈全部打通、列车高频、地铁式进站、有利参数、不计候车：{zh}；{say_zh}",
    }
