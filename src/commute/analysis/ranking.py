"""What each gap is worth: opened alone, opened last, and its fair share of all; and how sure its place is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.choosing.choices import MOST_ROUTED, Choices, interactions_of
from commute.analysis.choosing.options import LINE, Option, options_of
from commute.analysis.measure import potential, reach
from commute.analysis.progress import Progress, Steps
from commute.analysis.worth import moved
from commute.analysis.worth.detours import detours
from commute.analysis.worth.gaps import chosen_gaps, gap_facts
from commute.analysis.worth.stakes import MEASURES, OF_TARGET, PEOPLE_ONLY, UNIFORM, stakes

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.target import Target

GROUPS = ("gap", "line", "bottleneck", "no effect", "not rankable")
ORDER = (*OF_TARGET, "all_person_min")  # what ranks go by, the first first
UNIFORM_ORDER = UNIFORM
PEOPLE_ORDER = (*OF_TARGET, PEOPLE_ONLY)
TIE_PERSON_MIN = 1.0  # values closer than this are one rank
IDLE = {  # Chinese, English
    "road": ("对这些行程都不比现有道路快", "not faster for any of these journeys than the roads there are"),
    "line": ("没有人的最快行程因它更快", "makes no one's fastest journey faster"),
    "transit": ("打通道路不改变公交行程", "a road gap changes no journey by public transport"),
    "trains": ("数据中没有它的列车", "the data hold no trains of it"),
}
NOTES = {
    "gap": ("", ""),
    "line": ("", ""),
    "bottleneck": ("单独排名，不计改道车流", "ranked apart, without diverted traffic"),
    "no effect": ("在这里没有效果", "moves nothing here"),
    "not rankable": ("列出数值，不排名", "figures shown, not ranked"),
}
JOINT = {"last_in": "last_in", "shapley": "shapley", "shapley_error": "error"}  # suffix of a column, name in `Choices.shares`
WEIGHTED = ("名次随权重而变", "its rank depends on the weights")


def rank(
    net: Network,
    target: Target,
    *,
    candidates: Any = None,
    weights: potential.Kind | pd.DataFrame = "potential",
    moves: int = moved.MOVES,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """What each gap would do for the target, at the central constants.

    Parameters
    ----------
    net : Network
    target : Target
    candidates : ids, or a frame indexed by gap_id; None takes every gap not open on the network's day
    weights : "potential", "people", "uniform" or a DataFrame of trips, of journeys between all zones (`potential.weights`)
    moves, seed : int
        Seeded moves of uncertain ends, for the range of ranks; 0 leaves it out.
    progress : callable(done, total), optional

    Returns
    -------
    DataFrame
        Index gap_id, best first within a group: group (gap, line, bottleneck: each ranked by itself; no effect; not rankable),
        rank (1 is best; NaN in the last two groups), rank_low, rank_high (95 % of the moves), p_top10, tie_group (not told apart by
        the moves), weights_matter (the rank differs with uniform or people-only weights), name_zh, name_en, kind; then for each of
        the measures shortfall_person_min, people_inside, person_min, all_person_min, cross_person_min the value of the gap opened
        alone, and with the suffixes _last_in (all others of its group open), _shapley (its mean over all orders of opening)
        and _per_mcny (alone, for a million yuan); detour_ratio (network time between its ends today over the time along it),
        saves_between_min, zones_served (zones with a journey to some zone a minute faster or more); resolvable, reason, reason_zh,
        costs, state, opens_planned, confidence, note, note_zh. `attrs["about"]` says what ranks go by and what is assumed.

    Notes
    -----
    Measures: see `stakes`. A road gap changes journeys by car; those by public transport, and park-and-ride's drive to the station,
    stay as they are. Bottlenecks are ranked apart, without the traffic that opening one would divert. Ranks go by shortfall, then
    people newly inside, then their minutes, then the minutes of all potential journeys. Shapley values are exact; where more than 20 gaps
    matter to the same journeys, they are means over drawn orders, with their standard errors in columns that end in _shapley_error.

    Raises
    ------
    UnknownId
        A candidate that is no gap.
    BadValue
        As `check`.
    """
    target.check_day(net.day)
    rows = chosen_gaps(net, candidates)
    facts = gap_facts(net).loc[rows.index]
    roads = [one for one in rows.index if rows.at[one, "kind"] != LINE and facts.at[one, "length_known"]]
    lines = [one for one in rows.index if rows.at[one, "kind"] == LINE and rows.at[one, "route_ids"]]
    steps = Steps(progress, 4 + len(lines))
    alone = stakes(net, target, roads, weights=weights, variants=True).game.alone()
    steps()
    for line in lines:
        lone = Choices(net, target, options_of(net, [line]), weights=weights, variants=True)
        alone.loc[line] = lone.gained([0])
        steps()
    frame = _grouped(rows, facts, alone, by_car=reach.car_of(reach.profiles_of(target)) is not None)
    steps()
    frame = frame.join(_together(net, target, frame, weights))
    steps()
    frame = frame.join(_ranges(net, target, frame, moves, seed))
    frame["weights_matter"] = _weights_matter(frame, alone)
    frame = frame.join(detours(net, target, roads))
    steps()
    return _ordered(frame, rows, weights, moves)


def interactions(
    net: Network,
    target: Target,
    *,
    candidates: Any = None,
    weights: potential.Kind | pd.DataFrame = "potential",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Pairs of options that move each other's worth: substitutes and complements.

    Parameters
    ----------
    net, target, weights, progress : as `rank`
    candidates : gaps, tasks, scenarios or changes, as `options.options_of`; at most 8 that are not road gaps

    Returns
    -------
    DataFrame
        A row a pair: a, b, their names, a column a measure (Shapley interaction: above 0 the two are worth more together, below 0
        less), relation (complements, substitutes, by the first measure that is not 0) and relation_zh; the strongest first.
    """
    target.check_day(net.day)
    options = [one for one in options_of(net, candidates) if not one.reason]
    choices = Choices(net, target, options, weights=weights, progress=progress)
    found = interactions_of(*choices.joint_terms())
    rows = []
    for (a, b), values in found.items():
        values = np.where(np.abs(values) < TIE_PERSON_MIN, 0.0, values)
        first = next((one for one in values if one), 0.0)
        if first:
            one, other = options[a], options[b]
            known = {"a": one.key, "b": other.key, "a_zh": one.name_zh, "b_zh": other.name_zh, "a_en": one.name_en, "b_en": other.name_en}
            relation = ("complements", "互补") if first > 0 else ("substitutes", "替代")
            rows.append({**known, **dict(zip(choices.measures, values, strict=True)), "relation": relation[0], "relation_zh": relation[1]})
    columns = ["a", "b", "a_zh", "b_zh", "a_en", "b_en", *choices.measures, "relation", "relation_zh"]
    frame = pd.DataFrame(rows, columns=columns)
    strength = frame[list(OF_TARGET[:1])].abs().max(axis=1) if len(frame) else pd.Series(dtype=float)
    return frame.loc[strength.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def _grouped(rows: pd.DataFrame, facts: pd.DataFrame, alone: pd.DataFrame, *, by_car: bool) -> pd.DataFrame:
    """Gaps with their group, their worth alone, and why they are not ranked or move nothing."""
    known = alone[list(MEASURES)].reindex(rows.index).fillna(0.0)
    group = rows["kind"].map({LINE: "line", "bottleneck": "bottleneck"}).fillna("gap")
    moves = (known.abs() >= TIE_PERSON_MIN).any(axis=1)
    group = group.where(moves, "no effect").where(facts["resolvable"], "not rankable")
    frame = pd.DataFrame({"group": group, "name_zh": rows["name_zh"], "name_en": rows["name"], "kind": rows["kind"]})
    frame = frame.join(known).join(facts.drop(columns=["length_known", "cost_published"]))
    for measure in MEASURES:
        cost = frame["cost_mcny"].where(frame["cost_mcny"] > 0)
        frame[f"{measure}_per_mcny"] = frame[measure] / cost
    road = IDLE["road" if by_car else "transit"]
    trains = rows["route_ids"] != ""
    for column, own, k in (("reason_zh", "no_effect_zh", 0), ("reason", "no_effect", 1)):
        line = pd.Series(np.where(trains, IDLE["line"][k], IDLE["trains"][k]), index=rows.index)
        idle = line.where(rows["kind"] == LINE, road[k])
        frame[column] = frame[column].where(frame["group"] != "no effect", rows[own].where(rows["no_effect"] != "", idle))
    return frame


def _together(net: Network, target: Target, frame: pd.DataFrame, weights: potential.Kind | pd.DataFrame) -> pd.DataFrame:
    """Last in and Shapley among the gaps of each group; those without effect are worth 0 there too."""
    columns = [f"{measure}_{what}" for what in JOINT for measure in MEASURES]
    out = pd.DataFrame(np.nan, index=frame.index, columns=columns)
    for group in GROUPS[:3]:
        mine = [one for one in frame.index if frame.at[one, "group"] == group]
        if not mine or (group == "line" and len(mine) > MOST_ROUTED):
            continue
        options: list[Option] = options_of(net, mine)
        choices = Choices(net, target, options, weights=weights, variants=True)  # then each alone is known already
        found = choices.shares()
        places = [choices.measures.index(measure) for measure in MEASURES]
        for what, values in JOINT.items():
            out.loc[mine, [f"{measure}_{what}" for measure in MEASURES]] = found[values][:, places]
    out.loc[frame["group"] == "no effect"] = 0.0
    errors = [f"{measure}_shapley_error" for measure in MEASURES]
    return out if (out[errors] > 0).any(axis=None) else out.drop(columns=errors)


def _ranges(net: Network, target: Target, frame: pd.DataFrame, moves: int, seed: int) -> pd.DataFrame:
    """Rank, its range under moved ends, P(top 10) and tie groups, group by group."""
    out = pd.DataFrame(np.nan, index=frame.index, columns=["rank", "rank_low", "rank_high", "p_top10", "tie_group"])
    for group in GROUPS[:3]:
        mine = [one for one in frame.index if frame.at[one, "group"] == group]
        if not mine:
            continue
        still = frame.loc[mine, list(ORDER)].to_numpy(np.float64)
        out.loc[mine, "rank"] = moved.ranks(still[None], TIE_PERSON_MIN)[0]
        if not moves:
            continue
        drawn = np.repeat(still[None], moves, axis=0)
        if group != "line" and not target.origins:
            values = moved.moved_values(net, target, mine, moves=moves, seed=seed)
            drawn = np.where(np.isnan(values), drawn, values)
        places = moved.ranks(drawn, TIE_PERSON_MIN)
        low, high = np.percentile(places, [2.5, 97.5], axis=0, method="nearest")
        now = out.loc[mine, "rank"].to_numpy(np.float64)
        out.loc[mine, "rank_low"], out.loc[mine, "rank_high"] = np.minimum(low, now), np.maximum(high, now)
        out.loc[mine, "p_top10"] = (places <= moved.TOP).mean(axis=0)
        ties = moved.tie_groups(places, list(np.argsort(now, kind="stable")))
        out.loc[mine, "tie_group"] = [float(ties[k]) for k in range(len(mine))]
    return out


def _weights_matter(frame: pd.DataFrame, alone: pd.DataFrame) -> pd.Series:
    """Whether a gap's rank in its group differs with uniform or people-only weights."""
    out = pd.Series(False, index=frame.index)
    for group in GROUPS[:3]:
        mine = [one for one in frame.index if frame.at[one, "group"] == group]
        if mine:
            places = [
                moved.ranks(alone.loc[mine, list(order)].to_numpy(np.float64)[None], TIE_PERSON_MIN)[0]
                for order in (ORDER, UNIFORM_ORDER, PEOPLE_ORDER)
            ]
            out.loc[mine] = (places[0] != places[1]) | (places[0] != places[2])
    return out


def _ordered(frame: pd.DataFrame, rows: pd.DataFrame, weights: object, moves: int) -> pd.DataFrame:
    frame = frame.join(rows[["state", "opens_planned", "confidence"]])
    said = [NOTES[one] for one in frame["group"]]
    for column, k, joint in (("note_zh", 0, "；"), ("note", 1, "; ")):
        parts = zip(said, frame["weights_matter"], rows["note"], strict=True)
        frame[column] = [joint.join(one for one in (words[k], WEIGHTED[k] if depends else "", own) if one) for words, depends, own in parts]
    frame["_group"] = frame["group"].map(GROUPS.index)
    frame.index.name = "gap_id"
    down = [*ORDER]
    ordered = frame.reset_index().sort_values(["_group", "rank", *down, "gap_id"], ascending=[True, True, *(False for _ in down), True])
    first = ["group", "rank", "rank_low", "rank_high", "p_top10", "tie_group", "weights_matter", "name_zh", "name_en", "kind"]
    ordered = ordered.set_index("gap_id").drop(columns="_group")
    ordered = ordered[[*first, *(name for name in ordered.columns if name not in first)]]
    ordered.attrs["about"] = _about(weights, moves)
    return ordered


def _about(weights: object, moves: int) -> Mapping[str, Any]:
    kind = weights if isinstance(weights, str) else "a table of trips"
    return {
        "ranked_by": ORDER,
        "weights": f"{kind}: potential journeys, not trips" if kind == "potential" else str(kind),
        "moves_of_ends": moves,
        "costs": "prices of 2025; see cost_basis",
    }
