"""What each gap is worth, opened alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis import field as spot
from commute.analysis import reach
from commute.analysis.people import people
from commute.analysis.shares import CAP_MIN, SAME, Floats
from commute.errors import BadValue, UnknownId
from commute.model.changes import OpenGap
from commute.routing.plane import crs_of, to_plane

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.target import Target

NEAR_M = 1_000.0  # both ends of a resolvable gap lie so near to a real node
GROUPS = ("gap", "line", "bottleneck", "no effect", "not rankable")
UNRANKED = GROUPS[-2:]
IDLE = {  # Chinese, English
    "road": ("对这些人都不比现有道路快", "not faster for any of these people than the roads there are"),
    "line": ("没有人的最快行程因它更快", "makes no one's fastest journey faster"),
    "transit": ("打通道路不改变公交行程", "a road gap changes no journey by public transport"),
}
NOTES = {
    "bottleneck": ("单独排名，不计改道车流", "ranked apart, without diverted traffic"),
    "no effect": ("在这里没有效果", "moves nothing here"),
    "not rankable": ("列出数值，不排名", "figures shown, not ranked"),
}
NOT_YET = ("端点移动时的名次范围尚未计算", "rank range under moved ends not computed yet")
TIE_PERSON_MIN = 1.0  # values closer than this are one rank
CAR_MODES = ("car", "truck")
VALUES = ["shortfall_person_min", "people_inside", "person_min"]


def rank(
    net: Network,
    target: Target,
    *,
    candidates: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """What each gap alone would do for the people of the target's area, at the central constants.

    Parameters
    ----------
    net : Network
    target : Target
    candidates : ids, or a frame indexed by gap_id; None takes every gap not open on the network's day
    progress : callable(done, total), optional

    Returns
    -------
    DataFrame
        Index gap_id: group (gap, line, bottleneck: each ranked by itself; no effect; not rankable), rank (1 is best; NaN in
        the last two groups), name_zh, name_en, kind, shortfall_person_min, people_inside, person_min (what opening saves or brings),
        resolvable, reason and reason_zh (why it is not ranked, or moves nothing; reason_zh is empty where the data give English
        alone), cost_low_mcny, cost_mcny, cost_high_mcny, cost_basis, state, opens_planned, confidence, note, note_zh (our words in
        Chinese, then the data's own note as it stands). Best first within a group.

    Notes
    -----
    A road gap changes journeys by car; those by public transport, and park-and-ride's drive to the station, stay as they
    are. Bottlenecks are ranked apart, without the traffic that opening one would divert.

    Raises
    ------
    UnknownId
        A candidate that is no gap.
    BadValue
        As `check`.
    """
    target.check_day(net.day)
    central = reach.at_levels(net)["central"]
    rows = chosen_gaps(net, candidates)
    facts = gap_facts(net).loc[rows.index]
    profiles = reach.profiles_of(target)
    goals = spot.goals_of(net, target)
    base, _ = spot.people_minutes(central, target, profiles, goals)
    roads = [one for one in rows.index if rows.at[one, "kind"] != "planned_line" and facts.at[one, "length_known"]]
    lines = [one for one in rows.index if rows.at[one, "kind"] == "planned_line" and rows.at[one, "route_ids"]]
    values: dict[str, tuple[float, float, float]] = {}
    steps = len(lines) + 1
    cars = {mode: one for mode, one in profiles.items() if one.mode in CAR_MODES}  # a line leaves the roads as they are
    by_rail = {mode: one for mode, one in profiles.items() if mode not in cars}
    by_car = spot.people_minutes(central, target, cars, goals)[0] if cars else np.full_like(base, np.inf)
    for gap, times in _road_minutes(central, profiles, goals, roads, base):
        values[gap] = worth(central, goals, target, base, times)
    _tell(progress, 1, steps)
    for k, gap in enumerate(lines):
        opened = central.apply(OpenGap(gap=gap))
        times = np.minimum(by_car, spot.people_minutes(opened, target, by_rail, goals, people(central))[0]) if by_rail else base
        values[gap] = worth(central, goals, target, base, times)
        _tell(progress, k + 2, steps)
    return _table(rows, facts, values, by_car=bool(cars))


def chosen_gaps(net: Network, candidates: Any) -> pd.DataFrame:
    """Rows of the gap table, index gap_id: those asked for, else all not open on the day."""
    gap = net.table("gap").set_index("gap_id")
    if candidates is None:
        return gap[~gap.index.isin(net.in_use("gap")["gap_id"])]
    wanted: Iterable[Any] = candidates.index if hasattr(candidates, "index") and not isinstance(candidates, list | tuple) else candidates
    ids = [wanted] if isinstance(wanted, str) else list(wanted)
    for one in ids:
        if one not in gap.index:
            raise UnknownId("gap", str(one), gap.index)
    if not ids:
        raise BadValue("no candidate is given: name at least one gap, or leave candidates out")
    return gap.loc[list(dict.fromkeys(ids))]


def gap_facts(net: Network) -> pd.DataFrame:
    """What the data allow to be said of each gap, index gap_id: resolvable, length_known, reason, reason_zh, its cost and the basis."""
    gap = net.table("gap").set_index("gap_id")
    length = gap["length_km"].to_numpy(np.float64)
    error = gap[["from_error_km", "to_error_km"]].max(axis=1).fillna(0.0).to_numpy(np.float64)
    known = (gap["from_node_id"] != "").to_numpy() & (gap["to_node_id"] != "").to_numpy() & (length > 0)
    far = _far_ends(net, gap)
    line = (gap["kind"] == "planned_line").to_numpy()
    reasons: list[tuple[str, str]] = []
    for k in range(len(gap)):
        stated = (gap["no_effect_zh"].iloc[k], gap["no_effect"].iloc[k])
        zh, en = "", ""
        if line[k]:
            pass
        elif not known[k]:
            zh, en = stated if stated[1] else ("端点或长度不详", "its ends or its length are not known")
        elif not error[k] < length[k] / 2:
            zh = f"端点误差 {error[k]:g} km，不小于其长度 {length[k]:g} km 的一半"
            en = f"its ends are known to {error[k]:g} km, which is not under half its length of {length[k]:g} km"
        elif far[k] > NEAR_M:
            zh = f"一端距路网最近的节点 {far[k] / 1000:.1f} km"
            en = f"an end lies {far[k] / 1000:.1f} km from the nearest node of the road network"
        reasons.append((zh, en))
    frame = pd.DataFrame({"resolvable": [not en for _, en in reasons], "length_known": known}, index=gap.index)
    frame["reason"], frame["reason_zh"] = [en for _, en in reasons], [zh for zh, _ in reasons]
    return frame.join(_costs(net, gap))


def _far_ends(net: Network, gap: pd.DataFrame) -> Floats:
    """Metres from the farther end of each gap to the nearest node that is not itself the end of a gap."""
    from scipy.spatial import cKDTree

    node = net.table("node").set_index("node_id")
    real = node[node["node_type"] != "gap_end"]
    crs = crs_of(net)
    if not len(real) or not len(gap):
        return np.full(len(gap), np.inf)
    tree = cKDTree(to_plane(crs, real["lon"], real["lat"]))
    out = np.zeros(len(gap))
    for side in ("from_node_id", "to_node_id"):
        place = node.reindex(gap[side])
        here = place["lon"].notna().to_numpy()
        far = np.full(len(gap), np.inf)
        if here.any():
            far[here] = tree.query(to_plane(crs, place.loc[here, "lon"], place.loc[here, "lat"]))[0]
        out = np.maximum(out, far)
    return out


def _costs(net: Network, gap: pd.DataFrame) -> pd.DataFrame:
    """Published costs, else length × the class's cost of a km; NaN where neither is known, never 0."""
    unit = net.table("unit_cost").set_index("cost_class")
    per_km = unit.reindex(gap["cost_class"]).set_axis(gap.index)
    published = gap["cost_mcny"]
    parts = {}
    for name, column in (("cost_low_mcny", "low"), ("cost_mcny", "central"), ("cost_high_mcny", "high")):
        parts[name] = published.where(published.notna(), gap["length_km"] * per_km[f"{column}_mcny_per_km"])
    frame = pd.DataFrame(parts)
    guessed = published.isna() & frame["cost_mcny"].notna()
    basis = gap["cost_basis"].where(published.notna(), "no published cost")
    basis = basis.where(~guessed, "assumed: length × the cost of a km of " + gap["cost_class"])
    return frame.assign(cost_basis=basis)


def _road_minutes(
    net: Network, profiles: Mapping[str, Profile], goals: spot.Goals, gaps: list[str], base: Floats
) -> Iterable[tuple[str, Floats]]:
    """The fastest minutes with each gap alone open."""
    cars = [one for one in profiles.values() if one.mode in CAR_MODES]
    if not gaps:
        return
    if not cars:
        yield from ((gap, base) for gap in gaps)
        return
    seconds = routing.compile(net, cars[0]).with_each_gap_s(people(net).points, goals.points, tuple(gaps))
    for gap, one in zip(gaps, seconds, strict=True):
        yield gap, np.minimum(base, np.where(one < 0, np.inf, one / 60.0))


def worth(net: Network, goals: spot.Goals, target: Target, before: Floats, after: Floats) -> tuple[float, float, float]:
    """Shortfall person-minutes saved, people newly inside, person-minutes saved, in the target's area."""
    who = people(net)
    blank = np.zeros(before.shape, np.int64)
    weight = who.weight * (who.population * who.within(target.area))[who.zone]
    old, new = (spot.field_of(who, times, blank, goals).kinds["another"] for times in (before, after))
    cap = max(CAP_MIN, target.minutes)
    old_over, new_over = (np.maximum(0.0, np.minimum(times, cap) - target.minutes) for times in (old, new))
    inside = (new <= target.minutes + SAME).astype(np.float64) - (old <= target.minutes + SAME)
    saved = np.minimum(old, cap) - np.minimum(new, cap)
    return float(weight @ (old_over - new_over)), float(weight @ inside), float(weight @ saved)


def _table(rows: pd.DataFrame, facts: pd.DataFrame, values: Mapping[str, tuple[float, float, float]], *, by_car: bool) -> pd.DataFrame:
    known = pd.DataFrame([values.get(gap, (0.0,) * 3) for gap in rows.index], index=rows.index, columns=VALUES)
    group = rows["kind"].map({"planned_line": "line", "bottleneck": "bottleneck"}).fillna("gap")
    group = group.where(known["person_min"].abs() >= TIE_PERSON_MIN, "no effect").where(facts["resolvable"], "not rankable")
    frame = pd.DataFrame({"group": group, "rank": np.nan}, index=rows.index)
    frame["name_zh"], frame["name_en"], frame["kind"] = rows["name_zh"], rows["name"], rows["kind"]
    frame = frame.join(known).join(facts.drop(columns=["length_known"]))
    road = IDLE["road" if by_car else "transit"]
    for column, own, k in (("reason_zh", "no_effect_zh", 0), ("reason", "no_effect", 1)):
        idle = pd.Series(IDLE["line"][k], index=rows.index).where(rows["kind"] == "planned_line", road[k])
        why = rows[own].where(rows["no_effect"] != "", idle)
        frame[column] = frame[column].where(frame["group"] != "no effect", why)
    frame = frame.join(rows[["state", "opens_planned", "confidence"]])
    said = [NOTES.get(one, NOT_YET) for one in frame["group"]]
    frame["note"] = [f"{en}; {own}" if own else en for (_, en), own in zip(said, rows["note"], strict=True)]
    frame["note_zh"] = [f"{zh}；{own}" if own else zh for (zh, _), own in zip(said, rows["note"], strict=True)]
    frame["rank"] = _ranks(list(frame["group"]), [tuple(one) for one in frame[VALUES].div(TIE_PERSON_MIN).round().itertuples(index=False)])
    frame["_group"] = frame["group"].map(GROUPS.index)
    frame.index.name = "gap_id"
    ordered = frame.reset_index().sort_values(["_group", "rank", *VALUES, "gap_id"], ascending=[True, True, False, False, False, True])
    return ordered.set_index("gap_id").drop(columns="_group")


def _ranks(group: list[str], order: list[tuple[float, ...]]) -> list[float]:
    """1 for the largest of each group, equals sharing a rank; NaN where nothing is ranked."""
    out = []
    for mine, one in zip(group, order, strict=True):
        better = sum(other > one for name, other in zip(group, order, strict=True) if name == mine)
        out.append(np.nan if mine in UNRANKED else 1.0 + better)
    return out


def _tell(progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if progress:
        progress(done, total)
