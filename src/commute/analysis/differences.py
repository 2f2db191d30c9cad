"""What one network changes for the people of another: the rule for gain and loss, and the tables by zone, pair, centre and group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.measure import field as spot
from commute.analysis.measure import reach
from commute.analysis.measure.people import People
from commute.analysis.measure.shares import SAME, Floats, weighted_median
from commute.model.results.times import LEGS
from commute.model.tables import AREAS

if TYPE_CHECKING:
    from commute.model.network import Level, Network
    from commute.model.points import Points
    from commute.model.profile import Profile
    from commute.model.results.check import CircleCheck
    from commute.model.target import Target

TOLERANCE_MIN = 0.5  # minutes are shown whole: less than half of one is no gain and no loss
REDRAWS = 4  # other draws of the departure minutes; where only luck differs, 3 of 100 pass the largest of four moves (normal draws)
DRAWN = ("transit", "park_ride")  # modes whose services have drawn departure minutes
MOST_ZONES = 10  # named on each side
CENTRAL = reach.LEVELS.index("central")
AREA_NAMES = {  # Chinese, English
    "core": ("市辖区", "urban districts"),
    "metropolitan": ("都市圈", "metropolitan area"),
    "three_cities": ("三市", "three cities"),
}
CITY_ZH = {"Changsha": "长沙市", "Zhuzhou": "株洲市", "Xiangtan": "湘潭市"}
NOTES = {  # Chinese, English
    "reached": ("原先到不了", "could not be reached before"),
    "lost": ("不再能到", "can no longer be reached"),
    "mode": ("方式改变，各段都随之改变", "another mode: every leg moves"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One network, travelled by the people of the base.

    Attributes
    ----------
    best : minutes from n people points to each goal by level, shape (n, goals)
    fields : the same to the nearest other centre
    own : the fields of its own people; the same where they are those of the base
    drawn : the fields of other draws, central constants
    medians : minutes of the median of each zone's people: three levels, then the other draws
    pairs : minutes of each directed pair, in the same order
    """

    best: Mapping[Level, Floats]
    fields: spot.Fields
    own: spot.Fields
    drawn: Sequence[spot.Field]
    medians: Sequence[Floats]
    pairs: Sequence[Floats]


def look(
    net: Network,
    home: Mapping[Level, People],
    target: Target,
    profiles: Mapping[str, Profile],
    goals: spot.Goals,
    points: Points,
    directed: Sequence[tuple[int, int]],
) -> Seen:
    """Route the base's people, and the pairs, at each level of the constants and under other draws.

    Parameters
    ----------
    net : Network
    home : the base's people by level
    target, profiles, goals : what is asked
    points, directed : the ends of the pairs, and the pairs as positions among them
    """
    a, b = (np.array([pair[k] for pair in directed]) for k in (0, 1))
    nets = reach.at_levels(net)
    best, fields = {}, {}
    for level, there in nets.items():
        best[level], mode = spot.people_minutes(there, target, profiles, goals, home[level])
        fields[level] = spot.field_of(home[level], best[level], mode, goals)
    pairs = [reach.best_minutes(there, target, profiles, points, points)[0][a, b] for there in nets.values()]
    drawn = []
    for k in range(REDRAWS if any(mode in DRAWN for mode in profiles) else 0):
        again = {mode: way.but(seed=way.seed + k + 1) if mode in DRAWN else way for mode, way in profiles.items()}
        who = home["central"]
        drawn.append(spot.field_of(who, *spot.people_minutes(nets["central"], target, again, goals, who), goals))
        pairs.append(reach.best_minutes(nets["central"], target, again, points, points)[0][a, b])
    medians = [_medians(each) for each in (*fields.values(), *drawn)]
    return Seen(best, fields, spot.fields(nets, target, profiles, goals), drawn, medians, pairs)


def zone_rows(
    net: Network, base: Seen, other: Seen, held: CircleCheck, goals: spot.Goals, modes: Sequence[str], target: Target
) -> pd.DataFrame:
    """The zones of `Comparison.zones` for one other network, index zone_id; `held` is the check of the base."""
    facts = held.zones[["name_zh", "name_en", "city", "county_code", "in_area", "lon", "lat", "people"]]
    frame = facts.assign(county=net.table("zone")["county"].to_numpy(), jobs=jobs_of(net))
    frame["minutes_before"], frame["minutes_after"] = _shown(base.medians[CENTRAL]), _shown(other.medians[CENTRAL])
    for name, values in change(base.medians, other.medians).items():
        frame[name] = values
    frame["winner"], frame["loser"] = frame["change"] == "gain", frame["change"] == "loss"
    enters, leaves = crossing(base.fields["central"], other.fields["central"], target.minutes)
    frame["people_entering"], frame["people_leaving"] = frame["people"] * enters, frame["people"] * leaves
    frame["jobs_entering"], frame["jobs_leaving"] = frame["jobs"] * enters, frame["jobs"] * leaves
    labels, english, _ = reach.names(net, goals.points.ids)
    for when, seen in (("before", base), ("after", other)):
        one = seen.fields["central"]
        at = _middle(one, seen.medians[CENTRAL])
        half = np.stack([each.inside("another", target.minutes) >= 0.5 for each in seen.fields.values()])
        frame[f"share_inside_{when}"] = one.inside("another", target.minutes)
        frame[f"state_{when}"] = np.where(half.all(axis=0), "inside", np.where(half.any(axis=0), "in_doubt", "outside"))
        for name, words in (("centre_id", goals.points.ids), ("centre", labels), ("centre_en", english)):
            frame[f"{name}_{when}"] = _picked(words, one.nearest[at])
        frame[f"mode_{when}"] = _picked(modes, one.mode[at])
    return frame


def pair_rows(network: str, before: CircleCheck, after: CircleCheck, base: Seen, other: Seen) -> pd.DataFrame:
    """The pairs of `Comparison.pairs` for one other network."""
    old, new = before.pairs, after.pairs
    names = ["from_id", "to_id", "from_name", "to_name", "from_name_en", "to_name_en", "from_city", "to_city"]
    frame = old[names].copy()
    frame.insert(0, "network", network)
    frame["minutes_before"], frame["minutes_after"] = old["minutes"], new["minutes"]
    made = change(base.pairs, other.pairs)
    for name in ("saved_min", "saved_low", "saved_high"):
        frame[name] = made[name]
    for leg in LEGS:
        frame[f"{leg}_saved_min"] = old[f"{leg}_min"] - new[f"{leg}_min"]
    frame["mode_before"], frame["mode_after"] = old["mode"], new["mode"]
    frame["mode_changed"] = old["mode"] != new["mode"]
    frame["state_before"], frame["state_after"] = old["state"], new["state"]
    for name in ("noise_min", "floor_min", "change", "sure"):
        frame[name] = made[name]
    keys = np.select(
        [old["minutes"].isna() & new["minutes"].notna(), old["minutes"].notna() & new["minutes"].isna(), frame["mode_changed"]],
        ["reached", "lost", "mode"],
        "",
    )
    frame["note"], frame["note_zh"] = ([NOTES.get(key, ("", ""))[k] for key in keys] for k in (1, 0))
    return frame


def centre_rows(net: Network, base: Seen, other: Seen, goals: spot.Goals, target: Target) -> pd.DataFrame:
    """The centres of `Comparison.centres` for one other network, index centre_id."""
    who = base.fields["central"].who
    crowd = who.weight * (who.population * who.within(target.area))[who.zone]
    zh, en, _ = reach.names(net, goals.points.ids)
    rows = []
    for k, city in enumerate(goals.cities):
        before, after = ({level: seen.best[level][:, k] for level in reach.LEVELS} for seen in (base, other))
        inside = {when: times["central"] <= target.minutes + SAME for when, times in (("before", before), ("after", after))}
        away = crowd * (np.array(who.city, dtype=object) != city)[who.zone]
        means = {level: _means(before[level], after[level], _weight_of(base, level, target)) for level in reach.LEVELS}
        saved = [a - b for a, b in means.values()]
        rows.append(
            {
                "name_zh": zh[k], "name_en": en[k], "city": city,
                **{f"people_{when}": float(crowd @ here) for when, here in inside.items()},
                "people_entering": float(crowd @ (inside["after"] & ~inside["before"])),
                "people_leaving": float(crowd @ (inside["before"] & ~inside["after"])),
                **{f"others_{when}": float(away @ here) for when, here in inside.items()},
                "minutes_before": means["central"][0], "minutes_after": means["central"][1],
                "saved_min": saved[CENTRAL], "saved_low": min(saved), "saved_high": max(saved),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, index=pd.Index(goals.points.ids, name="centre_id"))


def winner_rows(network: str, net: Network, zones: pd.DataFrame, area: str) -> pd.DataFrame:
    """The groups of `Comparison.winners` for one other network, from its zones; districts are named by the layer of outlines."""
    properties = [feature["properties"] for feature in net.layers["district"]["features"]]
    districts = {one.get("code", ""): (one.get("name_zh", ""), one.get("name_en", "")) for one in properties}
    inside = zones["in_area"].isin(AREAS[: AREAS.index(area) + 1])
    mine = zones[inside]
    groups: list[tuple[str, str, str, str, pd.DataFrame]] = [("all", area, *AREA_NAMES[area], mine)]
    groups += [("area", one, *AREA_NAMES[one], zones[zones["in_area"].isin(AREAS[: k + 1])]) for k, one in enumerate(AREAS)]
    groups += [("city", str(city), CITY_ZH.get(str(city), str(city)), str(city), part) for city, part in mine.groupby("city")]
    for code, part in mine.groupby("county_code"):
        zh, en = districts.get(str(code), ("", ""))
        county = str(part["county"].iloc[0])
        groups.append(("county", str(code), zh or county, en or county, part))
    rows = [_group(network, side, *group) for group in groups for side in ("gain", "loss")]
    for side in ("gain", "loss"):
        part = mine[mine["change"] == side]
        person_min = (part["people"] * part["saved_min"].abs()).sort_values(ascending=False, kind="stable")
        for zone in person_min.index[:MOST_ZONES]:
            one = part.loc[[zone]]
            rows.append(_group(network, side, "zone", str(zone), str(one["name_zh"].iloc[0]), str(one["name_en"].iloc[0]), one))
    return pd.DataFrame(rows)


def _group(network: str, side: str, by: str, key: str, zh: str, en: str, zones: pd.DataFrame) -> dict[str, Any]:
    part = zones[zones["change"] == side]
    people, everyone = part["people"].sum(), zones["people"].sum()
    return {
        "network": network, "by": by, "key": key, "name_zh": zh, "name_en": en, "side": side,
        "people": float(people), "people_sure": float(part.loc[part["sure"], "people"].sum()),
        "share": float(people / everyone) if everyone > 0 else float("nan"), "zones": len(part),
        "minutes": mean_of(part),
    }  # fmt: skip


def mean_of(zones: pd.DataFrame) -> float:
    """Mean minutes gained or lost by the people of zones, of those whose journey is known in both; NaN where there is none."""
    known = zones[zones["saved_min"].notna()]
    return float(np.average(known["saved_min"].abs(), weights=known["people"])) if known["people"].sum() > 0 else float("nan")


def change(before: Sequence[Floats], after: Sequence[Floats]) -> dict[str, Any]:
    """The columns of a change: gain, loss or none, how large, and how sure.

    Parameters
    ----------
    before, after : sequences of ndarray of float64, shape (n,)
        Minutes at the three levels in the order of `LEVELS`, then under other draws at the central constants; inf where not reached.

    Returns
    -------
    dict of ndarray, shape (n,)
        saved_min at the central constants (NaN where not reached in both), saved_low and saved_high over the levels, noise_min (the
        most by which another draw moves it), floor_min (`TOLERANCE_MIN` or the noise, whichever is more), change (gain above the
        floor, loss below its negative, none between), sure (the same change at all levels).
    """
    saved = np.stack([saving(x, y) for x, y in zip(before, after, strict=True)])
    levels, drawn, at = saved[: len(reach.LEVELS)], saved[len(reach.LEVELS) :], saved[CENTRAL]
    noise = np.max([np.abs(saving(one, at)) for one in drawn], axis=0) if len(drawn) else np.zeros_like(at)
    floor = np.maximum(TOLERANCE_MIN, noise)
    sign = np.where(levels > floor, 1, np.where(levels < -floor, -1, 0))
    return {
        "saved_min": np.where(np.isfinite(before[CENTRAL]) & np.isfinite(after[CENTRAL]), at, np.nan),
        "saved_low": _shown(levels.min(axis=0)),
        "saved_high": _shown(levels.max(axis=0)),
        "noise_min": _shown(noise),
        "floor_min": _shown(floor),
        "change": np.array(["loss", "none", "gain"], dtype=object)[sign[CENTRAL] + 1],
        "sure": (sign == sign[CENTRAL]).all(axis=0),
    }


def saving(before: Floats, after: Floats) -> Floats:
    """Before less after; 0 where they are equal (neither is reached), inf or −inf where only one is."""
    apart = before != after
    return np.subtract(before, after, out=np.zeros(np.broadcast(before, after).shape), where=apart)


def crossing(one: spot.Field, two: spot.Field, limit: float) -> tuple[Floats, Floats]:
    """The parts of each zone's people that come into the limit from one field to the other, and that drop out of it."""
    before, after = (each.kinds["another"] <= limit + SAME for each in (one, two))
    size = len(one.who.population)
    come, go = (np.bincount(one.who.zone, weights=one.who.weight * which, minlength=size) for which in (after & ~before, before & ~after))
    return come.astype(np.float64), go.astype(np.float64)


def jobs_of(net: Network) -> Floats:
    """Jobs of each zone in the order of the zone table; NaN where none are known."""
    job = net.table("job").set_index("zone_id")["jobs"]
    return job.reindex(net.table("zone")["zone_id"]).to_numpy(np.float64)


def _means(before: Floats, after: Floats, crowd: Floats) -> tuple[float, float]:
    """Mean minutes before and after, over those who get there in both."""
    both = np.isfinite(before) & np.isfinite(after)
    weight = crowd[both]
    if not weight.sum() > 0:
        return float("nan"), float("nan")
    return float(np.average(before[both], weights=weight)), float(np.average(after[both], weights=weight))


def _weight_of(base: Seen, level: Level, target: Target) -> Floats:
    who = base.fields[level].who
    return who.weight * (who.population * who.within(target.area))[who.zone]


def _medians(one: spot.Field) -> Floats:
    """Minutes of the median of each zone's people."""
    times, weight = one.kinds["another"], one.who.weight
    return np.array([weighted_median(times[i:j], weight[i:j]) for i, j in _runs(one.who)])


def _middle(one: spot.Field, medians: Floats) -> reach.Ints:
    """Position of the first people point of each zone that is at its median."""
    times = one.kinds["another"]
    return np.array([i + np.flatnonzero(times[i:j] == m)[0] for (i, j), m in zip(_runs(one.who), medians, strict=True)])


def _runs(who: People) -> list[tuple[int, int]]:
    return list(pairwise(np.searchsorted(who.zone, np.arange(len(who.population) + 1)).tolist()))


def _picked(words: Sequence[str], at: reach.Ints) -> list[str]:
    return [words[k] if k >= 0 else "" for k in at]


def _shown(values: Floats) -> Floats:
    """NaN for what cannot be reached."""
    return np.where(np.isfinite(values), values, np.nan)
