"""Which gap, service or entry change a failing pair of centres needs most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis.measure import pairs as pair_room
from commute.analysis.measure import reach
from commute.analysis.measure.shares import Floats
from commute.analysis.worth.gaps import chosen_gaps, gap_facts
from commute.errors import CommuteError
from commute.model.changes import Change, OpenGap, SetEntry, SetHeadway, Window
from commute.model.points import Points
from commute.model.tables import GAP_STATES

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.target import Target

HEADWAY_MIN = 5.0  # what "high-frequency" is taken to mean on the trunk
TRUNK_CLASS = "intercity"
TOP_GAPS = 3  # gaps shown a pair
PEAKS = (("07:00", "09:30"), ("17:00", "19:30"))
PEAK_WHENS = ("am_peak", "pm_peak")
BETWEEN = ("09:30", "17:00")  # added where the target is not for a peak
COLUMNS = [
    "from_id", "to_id", "from_name", "to_name", "kind", "lever_id", "name_zh", "name_en", "saves_min", "saves_mode_min",
    "lever_mode", "minutes", "minutes_after", "cost_mcny", "cost_basis", "confidence", "note", "note_zh",
]  # fmt: skip
SAID = ("kind", "lever_id", "name_zh", "name_en", "cost_mcny", "cost_basis", "confidence", "note", "note_zh")
NOTES = {  # Chinese, English
    "random_wait": (
        "前后都按随机到站计候车：知道班次稀疏列车时刻的乘客，无论间隔多长都只候那几分钟，而他们迁就时刻的时间不在任何一段里",
        "waiting is counted as turning up at any moment, before and after: riders who know a rare train's minute wait the same few "
        "minutes at any headway, and their schedule delay is in no leg",
    ),
    "bottleneck": ("瓶颈路：不计改道车流", "a bottleneck: without diverted traffic"),
    "rail": ("这些列车的间隔是假定的；无需建设", "headways of these trains are assumed; no building needed"),
    "feeder": ("假定的接驳（公交或出租车到站）值多少", "what the assumed bus or taxi to the station is worth"),
    "pattern": ("略过的车站失去这些列车", "stops skipped lose their trains"),
    "": ("", ""),
}
NO_GAP = ("没有一条断头路或瓶颈单独打通能缩短这一对", "no gap opened alone makes this pair faster")
NO_COST = "no published cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One thing that could be done, and the minutes of each mode after it, shape (points, points)."""

    kind: str
    lever_id: str
    name_zh: str
    name_en: str
    after: Mapping[str, Floats]
    before: Mapping[str, Floats] | None = None  # None: as the target counts it
    cost_mcny: float = float("nan")
    cost_basis: str = NO_COST
    confidence: str = "assumed"
    note: str = ""
    note_zh: str = ""


def levers(
    net: Network,
    target: Target,
    pairs: Sequence[tuple[str, str]] | None = None,
    *,
    top: int = TOP_GAPS,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Minutes that each lever takes off each pair of centres that fails, at the central constants.

    Parameters
    ----------
    net : Network
    target : Target
    pairs : sequence of (origin, destination), optional
        Ids; None takes every directed pair that does not hold beyond doubt.
    top : int
        How many single gaps are shown a pair; gaps and lines that change nothing are left out, and that said.
    progress : callable(done, total), optional

    Returns
    -------
    DataFrame
        A row a pair and lever, most minutes first: from_id, to_id, from_name, to_name, kind (gap, all_gaps, line, headway, entry,
        metro_style, pattern, rail, feeder), lever_id, name_zh, name_en, saves_min (of the pair's fastest journey),
        saves_mode_min (of the fastest journey by `lever_mode`, the mode that the lever changes most), minutes, minutes_after,
        cost_mcny, cost_basis, confidence, note, note_zh. Levers of headway count waiting as random before and after (their note says
        so), so their minutes may not be the pair's own. A negative saving is what is lost without an assumption (feeder).

    Raises
    ------
    BadValue
        As `check`.
    """
    target.check_day(net.day)
    central = reach.at_levels(net)["central"]
    profiles = reach.profiles_of(target)
    start, end = pair_room.sides(net, target)
    frame = pair_room.pair_frame(reach.at_levels(net), target, profiles, start, end)
    points, _ = pair_room.directed(start, end, target.direction == "both")
    if pairs is None:
        wanted = frame[frame["state"] != "holds"]
    else:
        asked = set(pairs)
        wanted = frame[[pair in asked for pair in zip(frame["from_id"], frame["to_id"], strict=True)]]
    before = _modes(central, profiles, target, points)
    tried = list(_told(_all(central, target, profiles, points, before), progress))
    where = {one: k for k, one in enumerate(points.ids)}
    rows: list[dict[str, object]] = []
    for pair in reach.rows_of(wanted):
        a, b = where[pair["from_id"]], where[pair["to_id"]]
        mine = [_row(pair, lever, before, a, b) for lever in tried] + _pattern(central, profiles, points, pair, before, a, b)
        useful = [one for one in mine if one["saves_min"] or one["saves_mode_min"] or one["kind"] not in ("gap", "line")]
        gaps = sorted((one for one in useful if one["kind"] == "gap"), key=_worth)[:top]
        gaps = gaps or [_row(pair, Lever(kind="gap", lever_id="", name_zh=NO_GAP[0], name_en=NO_GAP[1], after=before), before, a, b)]
        rows += sorted([*gaps, *(one for one in useful if one["kind"] != "gap")], key=_worth)
    return pd.DataFrame(rows, columns=COLUMNS)


def everything(net: Network, target: Target) -> Network:
    """The network with every listed lever pulled: all gaps open, 5-minute trunk headway, metro-like entry."""
    key = f"everything {target.when in PEAK_WHENS}"
    if key not in net._cache:
        changes: list[Change] = [*_open_all(net), *trunk_headway(net, target), *_entry(net)]
        net._cache[key] = net.apply(*changes) if changes else net
    return net._cache[key]  # type: ignore[no-any-return]


def _worth(row: Mapping[str, object]) -> tuple[float, float, str]:
    best, mode = (float(str(row[name])) for name in ("saves_min", "saves_mode_min"))
    return (-best if np.isfinite(best) else 0.0, -mode if np.isfinite(mode) else 0.0, str(row["lever_id"]))


def _told(found: Iterable[Lever], progress: Callable[[int, int], None] | None) -> Iterable[Lever]:
    for k, one in enumerate(found):
        if progress:
            progress(k + 1, k + 2)
        yield one


def _modes(
    net: Network, profiles: Mapping[str, Profile], target: Target, points: Points, cars: Mapping[str, Floats] | None = None
) -> dict[str, Floats]:
    """Minutes by mode; by car those of `cars`, where what was changed leaves the roads as they are."""
    mean = target.statistic == "mean"
    kept = {mode: times for mode, times in (cars or {}).items() if profiles[mode].mode in reach.CAR_MODES}
    return {mode: kept[mode] if mode in kept else reach.minutes(net, one, points, points, mean=mean) for mode, one in profiles.items()}


def _all(net: Network, target: Target, profiles: Mapping[str, Profile], points: Points, before: Mapping[str, Floats]) -> Iterable[Lever]:
    """Every lever tried, one at a time."""
    yield from _gap_levers(net, target, profiles, points, before)
    listed: tuple[tuple[str, str, str, Sequence[Change]], ...] = (
        ("all_gaps", "拉通全部断头路瓶颈路", "open every gap", _open_all(net)),
        ("headway", f"干线发车间隔 {HEADWAY_MIN:g} 分钟", f"trunk trains every {HEADWAY_MIN:g} min", trunk_headway(net, target)),
        ("entry", "城际站地铁式进站", "metro-like entry at intercity stations", _entry(net)),
        ("metro_style", "高频加地铁式进站", "frequent trains and metro-like entry", (*trunk_headway(net, target), *_entry(net))),
    )
    for kind, zh, en, changes in listed:
        if changes:
            try:
                changed = net.apply(*changes)
            except CommuteError as error:
                note, note_zh = f"cannot be applied: {error}", "在这张路网上不能施行，原因见 note（英文）"
                yield Lever(kind=kind, lever_id=kind, name_zh=zh, name_en=en, after=before, note=note, note_zh=note_zh)
                continue
            if kind in ("headway", "metro_style"):
                random = {mode: one.but(wait="random") for mode, one in profiles.items()}
                was, now = (_modes(one, random, target, points, before) for one in (net, changed))
                note_zh, note = NOTES["random_wait"]
                yield Lever(kind=kind, lever_id=kind, name_zh=zh, name_en=en, after=now, before=was, note=note, note_zh=note_zh)
                continue
            roads = None if kind == "all_gaps" else before
            yield Lever(kind=kind, lever_id=kind, name_zh=zh, name_en=en, after=_modes(changed, profiles, target, points, roads))
    if "transit" in profiles:
        wider = {**profiles, "transit": profiles["transit"].but(rail="all")}
        after = _modes(net, wider, target, points, before)
        note_zh, note = NOTES["rail"]
        yield Lever(
            kind="rail",
            lever_id="rail_all",
            name_zh="兼用普铁和高铁",
            name_en="conventional and fast trains too",
            after=after,
            note=note,
            note_zh=note_zh,
        )
        bare = {**profiles, "transit": profiles["transit"].but(feeder="none")}
        if bare["transit"] != profiles["transit"]:
            after = _modes(net, bare, target, points, before)
            note_zh, note = NOTES["feeder"]
            yield Lever(
                kind="feeder",
                lever_id="no_feeder",
                name_zh="去掉假定接驳",
                name_en="without the assumed feeder",
                after=after,
                note=note,
                note_zh=note_zh,
            )


def _gap_levers(
    net: Network, target: Target, profiles: Mapping[str, Profile], points: Points, before: Mapping[str, Floats]
) -> Iterable[Lever]:
    rows, facts = chosen_gaps(net, None), gap_facts(net)
    rows = rows[facts.loc[rows.index, "resolvable"]]
    roads = rows[(rows["kind"] != "planned_line") & facts.loc[rows.index, "length_known"]]
    found: list[tuple[str, Mapping[str, Floats]]] = []
    car = next((mode for mode, one in profiles.items() if one.mode in reach.CAR_MODES), None)
    if car and len(roads):
        seconds = routing.compile(net, profiles[car]).with_each_gap_s(points, points, tuple(roads.index))
        found += [(gap, {**before, car: np.where(one < 0, np.inf, one / 60.0)}) for gap, one in zip(roads.index, seconds, strict=True)]
    for gap in rows.index[(rows["kind"] == "planned_line") & (rows["route_ids"] != "")]:
        opened = net.apply(OpenGap(gap=gap))
        found.append((gap, _modes(opened, profiles, target, points, before)))
    for gap, after in found:
        kind = "line" if rows.at[gap, "kind"] == "planned_line" else "gap"
        note_zh, note = NOTES["bottleneck" if rows.at[gap, "kind"] == "bottleneck" else ""]
        yield Lever(
            kind=kind,
            lever_id=gap,
            name_zh=rows.at[gap, "name_zh"],
            name_en=rows.at[gap, "name"],
            after=after,
            cost_mcny=float(facts["cost_mcny"][gap]),
            cost_basis=str(facts["cost_basis"][gap]),
            confidence=str(rows["confidence"][gap]),
            note=note,
            note_zh=note_zh,
        )


def _open_all(net: Network) -> tuple[OpenGap, ...]:
    change = OpenGap(state=GAP_STATES)
    return (change,) if len(change.chosen(net)) else ()


def trunk_headway(net: Network, target: Target) -> tuple[SetHeadway, ...]:
    """5-minute trains on the trunk: the lines of its class that join cities and run both ways that day, taking turns."""
    running = net.running()
    stops = running["stop_times"].merge(running["trips"][["trip_id", "route_id"]], on="trip_id")
    cities = stops.merge(running["stops"][["stop_id", "city"]], on="stop_id").groupby("route_id")["city"].nunique()
    ways = running["trips"].groupby("route_id")["direction_id"].nunique()
    lines = running["routes"].loc[running["routes"]["line_class"] == TRUNK_CLASS, "route_id"]
    trunk = tuple(one for one in lines if ways.get(one, 0) == 2 and cities.get(one, 0) > 1)
    if not trunk:
        return ()
    hours = PEAKS if target.when in PEAK_WHENS else (*PEAKS, BETWEEN)
    days = "weekday" if net.day.weekday() < 5 else "weekend"
    change = SetHeadway(line=trunk, windows=tuple(Window(start=a, end=b, headway_min=HEADWAY_MIN, days=days) for a, b in hours))
    return () if change.faults(net) else (change,)


def _entry(net: Network) -> tuple[SetEntry, ...]:
    """Intercity stations entered as a metro's: its entry minutes, no gate."""
    if not (net.has_constant(f"entry_{TRUNK_CLASS}_min") and net.has_constant("entry_metro_min")):
        return ()
    metro = float(net.constants["central"]["entry_metro_min"])
    return (SetEntry(station_class=TRUNK_CLASS, entry_min=metro, gate_min=0.0),)


def _row(pair: Mapping[str, object], lever: Lever, before: Mapping[str, Floats], a: int, b: int) -> dict[str, object]:
    old = {mode: float(times[a, b]) for mode, times in (lever.before or before).items()}
    new = {mode: float(times[a, b]) for mode, times in lever.after.items()}
    saved = {mode: old[mode] - new[mode] if np.isfinite(new[mode]) and np.isfinite(old[mode]) else 0.0 for mode in old}
    changed = max(saved, key=lambda mode: abs(saved[mode]))
    first, last = min(old.values()), min(new.values())
    known = {name: pair[name] for name in ("from_id", "to_id", "from_name", "to_name")}
    said = {name: getattr(lever, name) for name in SAID}
    return {
        **known,
        **said,
        "saves_min": first - last if np.isfinite(first) and np.isfinite(last) else np.nan,
        "saves_mode_min": saved[changed],
        "lever_mode": changed if saved[changed] else "",
        "minutes": first if np.isfinite(first) else np.nan,
        "minutes_after": last if np.isfinite(last) else np.nan,
    }


def _pattern(
    net: Network, profiles: Mapping[str, Profile], points: Points, pair: Mapping[str, object], before: Mapping[str, Floats], a: int, b: int
) -> list[dict[str, object]]:
    """What the fastest stopping pattern saves on the train rides of the journey by public transport."""
    if "transit" not in profiles or not np.isfinite(before["transit"][a, b]):
        return []
    start, end = (Points((points.ids[k],), points.lon[[k]], points.lat[[k]], (points.stops[k],)) for k in (a, b))
    legs = routing.journeys(net, start, end, profile=profiles["transit"])
    saved, said = 0.0, []
    for leg in reach.rows_of(legs[legs["leg"] == "ride"]):
        runs = routing.run_times(net, leg["from_id"], leg["to_id"])
        if len(runs) and leg["minutes"] - runs["minutes"].min() > 0.5:
            saved += float(leg["minutes"] - runs["minutes"].min())
            said.append(f"{leg['from_name']}–{leg['to_name']} {leg['minutes']:.0f} → {runs['minutes'].min():.0f}")
    if not saved:
        return []
    after = {mode: times.copy() for mode, times in before.items()}
    after["transit"][a, b] -= saved
    lost_zh, lost = NOTES["pattern"]
    note, note_zh = "; ".join([*(f"{one} min" for one in said), lost]), "；".join([*(f"{one} 分钟" for one in said), lost_zh])
    lever = Lever(
        kind="pattern", lever_id="fastest_pattern", name_zh="全部按最快停站方案开行", name_en="all trains as fast as the fastest",
        after=after, note=note, note_zh=note_zh,
    )  # fmt: skip
    return [_row(pair, lever, before, a, b)]
