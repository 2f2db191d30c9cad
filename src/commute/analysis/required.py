"""What would it take: the least that a lever must give so that a target holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis import dials
from commute.analysis.asked import RAIL, ROAD, Case, Search
from commute.analysis.measure import reach
from commute.analysis.measure.pairs import directed, sides
from commute.analysis.measure.shares import SAME
from commute.analysis.progress import Progress
from commute.errors import BadValue, nearest
from commute.model.points import Points, resolve
from commute.model.results.times import LEGS

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.target import Target

PEOPLE = "people"
COMBINED = ("headway", "line_speed", "entry")
LEVERS: Mapping[str, tuple[str, float, str, str]] = {  # default tolerance and units, Chinese and English
    "headway": ("最长发车间隔", 0.25, "分钟", "min"),
    "line_speed": ("运行时间的最大系数", 0.01, "倍", "× run time"),
    "entry": ("最长进站时间", 0.25, "分钟", "min"),
    "stops": ("最少略过的停站", 1.0, "站", "calls skipped"),
    "road_speed": ("车速的最小系数", 0.01, "倍", "× speed"),
}
STATES = {"holds already": "已经达到", "met": "可以达到", "cannot be met by this lever": "单靠此项达不到"}
HOLDS, MET, CANNOT = STATES
FINEST = 0.001  # tolerance: a second is 0.017 min
FRONTIER = 6  # values of the first of two levers
LEG_COLUMNS = [f"{leg}_min" for leg in LEGS]
COLUMNS = [
    "from_id", "to_id", "from_name_zh", "from_name_en", "to_name_zh", "to_name_en", "lever", "first_value", "state", "state_zh",
    "value", "unit", "unit_zh", "value_now", "best_value", "tolerance", "kmh", "kmh_now", "minutes_now", "minutes_at_best",
    "minutes_at_value", "value_beyond", "minutes_beyond", "fails_at", "mode", "lever_mode", "lever_mode_min_now",
    "lever_mode_min_at_value", "share_now", "share_at_best", "share_at_value", "remaining_min", *LEG_COLUMNS, "remaining_leg",
    "note", "note_zh",
]  # fmt: skip
ALL_PEOPLE = ("人口份额", "share of the people")
SAID: Mapping[str, tuple[str, str]] = {  # Chinese, English
    "headway": (
        "前后都按随机到站计候车，不改车站、运行时间与票价；比所列间隔更密的线不动",
        "waiting is counted as turning up at any moment, before and after; lines that run more often stay as they are",
    ),
    "line_speed": (
        "停站时间不变；公里/时按站间直线乘该类线路的绕行系数",
        "dwells stay; km/h on straight lines between stops times the detour of the class",
    ),
    "entry": (
        "进站时间含检票停止时间，先减检票停止，再减进站；更短的不动",
        "entry includes the closing of the gate, which goes first; shorter ones stay",
    ),
    "stops": (
        "所省按停站加起停；不略过首末站与换乘站；略过的站失去这些列车",
        "saved: the dwell, slowing down and starting; no ends and no interchanges; stops skipped lose these trains",
    ),
    "road_speed": ("停车时间与断点延误不变", "parking and the delays at places stay"),
}


def required(
    net: Network,
    target: Target,
    *,
    pairs: Any = None,
    lever: str,
    tolerance: float | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The least that a lever must give so that the target holds, at the central constants.

    Parameters
    ----------
    net : Network
    target : Target
    pairs : "people", or (origin, destination), or a sequence of such, optional
        Ids, names or (lon, lat); both ways where the target's direction is both. "people" is the target's share of the people, as
        `check` judges it. None takes the target's own pairs where it names origins, else the people.
    lever : str
        headway: the longest headway of the lines that the journey rides (of the trunk, for people).
        line_speed: the largest factor on their run times, down to the limit of their class.
        entry: the most minutes from street to platform, at the classes of stations where it boards.
        stops: the fewest calls to skip on the lines that it rides, those that save most first.
        road_speed: the lowest factor on the speeds of all roads, each up to 150 km/h.
        Two of headway, line_speed and entry joined by "+": the second that is required at each of some values of the first.
    tolerance : float, optional
        Of the value; None is 0.25 min, a factor of 0.01, one stop. Of two levers that of the second.
    progress : callable(done, total), optional

    Returns
    -------
    DataFrame
        A row a directed pair (and value of the first of two levers): from_id, to_id ("people" for these), names, lever, first_value;
        state (holds already, met, cannot be met by this lever), state_zh; value, unit, unit_zh, value_now, best_value (all that the
        lever gives), tolerance; kmh, kmh_now (line_speed: mean of the trains moved; road_speed: of the pair's drive, of all roads
        for people); minutes_now, minutes_at_best; the certificate minutes_at_value and, one tolerance less of the lever,
        value_beyond, minutes_beyond; fails_at (a value with more of the lever that fails all the same, see Notes; else NaN); mode (the
        fastest at the value, or at the best end), lever_mode, lever_mode_min_now, lever_mode_min_at_value (of the mode that the
        lever moves); share_now, share_at_best, share_at_value (of the people inside; NaN for pairs); remaining_min (over the limit at
        the best end, 0 where it is met), access_min … parking_min (the legs of the journey at the best end; for people, where it cannot
        be met, the mean of those outside), remaining_leg (the largest that counts), note, note_zh. For people all minutes are those
        that the target's share needs.
        `attrs`: definition and definition_zh, network, date, assumed.

    Raises
    ------
    BadValue
        A lever that is none or does not move the target's mode, a tolerance that is not above 0, or as `check`.
    UnknownId
        A point that the network does not hold.

    Notes
    -----
    Bisection over values one tolerance apart, from the best end to the present: less of a lever makes no journey quicker. (For people,
    calls to skip are tried one by one: those whose station loses its trains lose by it.) Minutes by rail are a percentile over sampled
    departures and drawn timetables, so that close to the limit they rise and fall a little as headways or run times change: the value
    found holds and the next does not, nor do the two after that; one with more of the lever that was tried and does not hold is
    `fails_at`. Stopping patterns take turns as now. Lines and stations are those of the present journey, each pair by itself; another
    way may be quicker once they are changed, and is then taken.
    """
    parts = _parts(lever)
    steps = [_step(part, tolerance if part == parts[-1] else None) for part in parts]
    target.check_day(net.day)
    profiles = reach.profiles_of(target)
    moved = [mode for mode in (ROAD if parts[0] == "road_speed" else RAIL) if mode in profiles]
    if not moved:
        needs = "roads" if parts[0] == "road_speed" else "public transport"
        raise BadValue(f"lever {lever!r} moves {needs}, and the target is for {target.mode}")
    if "headway" in parts:
        profiles = {mode: one.but(wait="random") if mode in RAIL else one for mode, one in profiles.items()}
    central = reach.at_levels(net)["central"]
    cases = [Case(central, target, profiles, moved, *ends) for ends in _ends(central, target, pairs)]
    tell = _Told(progress, len(cases) * (FRONTIER if len(parts) > 1 else 1))
    rows = [row for case in cases for row in _of_case(case, parts, steps, tell)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    zh, en = ("；".join(SAID[part][0] for part in parts), "; ".join(SAID[part][1] for part in parts))
    frame.attrs |= {
        "definition": target.definition("en"), "definition_zh": target.definition("zh"), "network": net.hash, "date": str(net.day),
        "assumed": en, "assumed_zh": zh,
    }  # fmt: skip
    return frame


def _parts(lever: str) -> list[str]:
    parts = str(lever).split("+")
    for one in parts:
        if one not in LEVERS:
            raise BadValue(f"lever {one!r} is none of {', '.join(LEVERS)}{nearest(one, LEVERS)}")
    if len(parts) > 1 and (len(parts) != 2 or len(set(parts)) != 2 or not set(parts) <= set(COMBINED)):
        raise BadValue(f"lever {lever!r}: a combination is of two of {', '.join(COMBINED)}")
    return parts


def _step(part: str, tolerance: float | None) -> float:
    if tolerance is None:
        return LEVERS[part][1]
    if not FINEST <= tolerance < math.inf:
        raise BadValue(f"tolerance is {tolerance}, must be {FINEST} or more")
    if part == "stops" and tolerance != 1:
        raise BadValue(f"tolerance is {tolerance}: calls are skipped one by one, it can only be 1")
    return float(tolerance)


def _ends(net: Network, target: Target, pairs: Any) -> list[tuple[Points, Points] | tuple[None, None]]:
    """The directed pairs as points, or (None, None) for the people."""
    if isinstance(pairs, str) and pairs != PEOPLE:
        raise BadValue(f"pairs is {pairs!r}, must be {PEOPLE!r} or pairs of (origin, destination)")
    if pairs == PEOPLE or (pairs is None and not target.origins):
        return [(None, None)]
    both = target.direction == "both"
    if pairs is None:
        points, found = directed(*sides(net, target), both)
        return [(_one(points, a), _one(points, b)) for a, b in found]
    asked = [pairs] if len(pairs) == 2 and all(isinstance(one, str) for one in pairs) else list(pairs)
    if not asked:
        raise BadValue("no pair is given")
    out: dict[tuple[str, str], tuple[Points, Points] | tuple[None, None]] = {}
    for pair in asked:
        if isinstance(pair, str) or len(pair) != 2:
            raise BadValue(f"{pair!r} is no pair of (origin, destination)")
        a, b = (resolve(net, one) for one in pair)
        for start, end in ((a, b), (b, a)) if both else ((a, b),):
            if start.ids == end.ids:
                raise BadValue(f"the pair {pair!r} is one point, {start.ids[0]}: name two")
            out[start.ids[0], end.ids[0]] = (start, end)
    return list(out.values())


def _one(points: Points, k: int) -> Points:
    return Points((points.ids[k],), points.lon[[k]], points.lat[[k]], (points.stops[k],))


class _Told:
    """Progress in routings: how many a row takes is a guess, put right after each."""

    USUAL = 13

    def __init__(self, progress: Progress | None, rows: int) -> None:
        self.progress, self.done, self.rows, self.total = progress, 0, rows, rows * self.USUAL

    def __call__(self) -> None:
        self.done += 1
        self.total = max(self.total, self.done)
        if self.progress:
            self.progress(self.done, self.total)

    def row(self) -> None:
        """A row is done."""
        self.rows -= 1
        self.total = self.done + self.rows * self.USUAL
        if self.progress and not self.rows:
            self.progress(self.done, self.done)


def _of_case(case: Case, parts: Sequence[str], steps: Sequence[float], tell: _Told) -> list[dict[str, Any]]:
    """The rows of a case: one, or one for each of some values of the first of two levers."""
    present = Search(case, case.dial(parts[-1], steps[-1]), (), tell)
    if len(parts) == 1:
        return [_row(case, parts, present, present, math.nan, tell, steps[-1])]
    first = case.dial(parts[0], steps[0])
    chosen = sorted({round(k) for k in np.linspace(0, first.count, FRONTIER)}, reverse=True)
    rows = []
    for k in chosen:
        search = present if k == first.count else Search(case, present.dial, first.changes(k), tell)
        row = _row(case, parts, search, present, first.value(k), tell, steps[-1])
        rows.append({**row, "note": f"{first.said[1]}. {row['note']}", "note_zh": f"{first.said[0]}。{row['note_zh']}"})
    return rows


def _row(case: Case, parts: Sequence[str], search: Search, present: Search, first: float, tell: _Told, step: float) -> dict[str, Any]:
    """One answer with its certificate."""
    dial, part, limit = search.dial, parts[-1], case.target.minutes
    now, count = present.at(dial.count), dial.count
    found = search.last()
    top = search.best()
    best = search.at(top)
    state = HOLDS if now[0] <= limit + SAME else CANNOT if found is None else MET
    last = count if found is None else found
    beyond = last + 1 if last < count else None
    at = search.at(found) if found is not None else best
    legs = case.legs(search.network(top)) if not best[2] and (case.goals is None or found is None) else dict.fromkeys(LEGS, math.nan)
    fails = search.fails_at(found) if found is not None and found < count else None
    zh, en = [dial.said[0], *(SAID[one][0] for one in parts)], [dial.said[1], *(SAID[one][1] for one in parts)]
    if best[2]:
        zh.append("最大幅度不能施行，原因见 note（英文）")
        en.append(f"its best end cannot be applied: {best[2]}")
    if math.isinf(best[0]) and not best[2]:
        zh.append("即使用足，也到不了（或不足目标份额的人到得了）")
        en.append("even at its best end there is no journey, or too few people have one")
    if found == count and state == MET:
        zh.append("第一项已足够")
        en.append("the first is enough")
    speed = _speeds(case, parts, search, found if found is not None else top)
    lever_mode = min(case.moved, key=lambda mode: case.needed({mode: now[1][mode]}))
    row: dict[str, Any] = {
        **_named(case), "lever": "+".join(parts), "first_value": first, "state": state, "state_zh": STATES[state],
        "value": dial.value(found) if found is not None else math.nan, "unit": LEVERS[part][3], "unit_zh": LEVERS[part][2],
        "value_now": dial.now, "best_value": dial.value(top), "tolerance": step, "kmh": speed[0], "kmh_now": speed[1],
        "minutes_now": now[0], "minutes_at_best": best[0], "minutes_at_value": at[0] if found is not None else math.nan,
        "value_beyond": dial.value(beyond) if beyond is not None else math.nan,
        "minutes_beyond": search.at(beyond)[0] if beyond is not None else math.nan,
        "fails_at": dial.value(fails) if fails is not None else math.nan, "mode": _fastest(case, at[1]), "lever_mode": lever_mode,
        "lever_mode_min_now": case.needed({lever_mode: now[1][lever_mode]}),
        "lever_mode_min_at_value": case.needed({lever_mode: at[1][lever_mode]}) if at[1] else math.nan,
        "share_now": case.share(now[1]), "share_at_best": case.share(best[1]),
        "share_at_value": case.share(at[1]) if found is not None else math.nan,
        "remaining_min": max(0.0, best[0] - limit), **{f"{leg}_min": legs[leg] for leg in LEGS},
        "remaining_leg": max(LEGS, key=lambda leg: legs[leg]) if all(map(math.isfinite, legs.values())) else "",
        "note": "; ".join(en), "note_zh": "；".join(zh),
    }  # fmt: skip
    tell.row()
    return {key: math.nan if isinstance(one, float) and math.isinf(one) else one for key, one in row.items()}


def _fastest(case: Case, times: Mapping[str, reach.Floats]) -> str:
    each = {mode: case.needed({mode: one}) for mode, one in times.items()}
    return min(each, key=lambda mode: each[mode]) if any(map(math.isfinite, each.values())) else ""


def _named(case: Case) -> dict[str, str]:
    a: tuple[str, ...] = (PEOPLE, *ALL_PEOPLE)
    b = a
    if case.start is not None and case.end is not None:
        a, b = ((one.ids[0], *(each[0] for each in reach.names(case.net, one.ids)[:2])) for one in (case.start, case.end))
    keys = ("id", "name_zh", "name_en")
    return {f"{side}_{key}": text for side, texts in (("from", a), ("to", b)) for key, text in zip(keys, texts, strict=True)}


def _speeds(case: Case, parts: Sequence[str], search: Search, k: int) -> tuple[float, float]:
    """Mean km/h at a setting and now, of the trains or the roads that the lever moves; NaN of other levers."""
    if search.at(k)[2] or parts[-1] not in ("line_speed", "road_speed"):
        return math.nan, math.nan
    if parts[-1] == "line_speed":
        return dials.rail_kmh(search.network(k), search.dial.lines), dials.rail_kmh(case.net, search.dial.lines)
    profile = next(case.profiles[mode] for mode in case.moved)
    if case.start is None or profile.mode != "car":
        return dials.road_kmh(search.network(k), profile.peak), dials.road_kmh(case.net, profile.peak)
    return _drive_kmh(case, search.network(k), profile), _drive_kmh(case, case.net, profile)


def _drive_kmh(case: Case, net: Network, profile: Profile) -> float:
    """Mean speed along the links of the pair's drive."""
    ways = routing.journeys(net, *case.ends(), profile=profile)
    ways = ways[(ways["leg"] == "ride") & (ways["route_id"] != "")]
    length = net.in_use("link").set_index("link_id")["length_km"]
    km, minutes = length.reindex(ways["route_id"]).sum(), ways["minutes"].sum()
    return float(km / minutes * 60) if minutes else math.nan
