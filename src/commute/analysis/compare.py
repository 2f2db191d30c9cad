"""Any number of networks against a base: who comes into the circle, who drops out, who gains, who loses, and by which leg."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis import differences as room
from commute.analysis.circle import LIMITS, check, crowd_of
from commute.analysis.measure import field as spot
from commute.analysis.measure import pairs as pair_room
from commute.analysis.measure import reach
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import Floats, minutes_needed, share, shortfall
from commute.errors import BadValue
from commute.model.results.check import CircleCheck, Range
from commute.model.results.comparison import Comparison, unique
from commute.model.tables import AREAS
from commute.routing.about import about as made_of

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.points import Points
    from commute.model.profile import Profile
    from commute.model.target import Target

SIDES = (("gain", "gaining", "gained"), ("loss", "losing", "lost"))
OUTER_NOISE = 97.5  # percentile over zones of what another draw moves, where it moves anything
NOTES = {  # Chinese, English
    "rule": (
        "一个区的人变快或变慢，看其中位行程，变化超过 {tolerance:g} 分钟才算；在有利、居中、不利三组常数下都如此才算确定，否则存疑。"
        "区间为逐组常数、同一人口再分布下的差的区间。",
        "The people of a zone gain or lose where their median journey does, by more than {tolerance:g} min; that is sure where it is the "
        "same at the favourable, central and unfavourable constants, else in doubt. Ranges are those of the difference, level by level, "
        "with the same spreads of people.",
    ),
    "luck": (
        "未变的班次在各路网中按同一抽签的时刻发车，没有改动的地方差值不含运气；改动之处另抽 {draws} 次时刻，差值超过其最大波动才算变化。",
        "Services that do not differ leave at the same drawn minutes on all networks, so that nothing is luck where nothing differs; "
        "where they differ, {draws} other draws are tried, and a change counts only above the most that they move it.",
    ),
    "noise": ("有波动的区，波动多在 {noise:.0f} 分钟以内。", "Where luck moves a zone, it is nearly always within {noise:.0f} min."),
    "dates": (
        "各路网日期不同；人口仍是对照路网的人口。",
        "The networks are of different dates; the people stay those of the base.",
    ),
    "people": (
        "{which}的人口或岗位与对照不同：各区、各中心和变快变慢的人按对照的人口计，人口变动的作用另列。",
        "People or jobs of {which} are not those of the base: zones, centres, gains and losses are those of the base's people, and what "
        "moving people does is counted apart.",
    ),
    "jobs": ("岗位由模型推算，在各区内按人口分布。", "Jobs are modelled, and spread within each zone as its people are."),
    "mean": ("平均值没有自己的分段，各段为中位行程的。", "A mean has no legs of its own: legs are those of the median journey."),
}


def compare(
    net: Network,
    *others: Network,
    target: Target,
    profile: Profile | None = None,
    names: Sequence[str | tuple[str, str]] | None = None,
    redistributions: int = 200,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Hold networks against a base, under one target.

    Parameters
    ----------
    net : Network, the base
    *others : Network
        With the same zones and centres as the base; dates, people and jobs may differ, which is then said.
    target : Target
    profile : Profile, optional, as in `check`
    names : sequence of str or (Chinese, English), optional
        Of all networks, the base first; None takes each network's scenarios, else its date.
    redistributions, seed : int, as in `check`
    progress : callable(done, total), optional

    Returns
    -------
    Comparison

    Raises
    ------
    BadValue
        No other network, zones or centres that differ, names that do not fit; and as `check`.

    Notes
    -----
    Zones, centres, winners and the people who come in or drop out are those of the base, as they travel on each network; a change of
    people (land use) is counted apart. Networks are held against each other level by level of the constants and with the same spreads
    of people; ranges are those of the difference, and hold what other draws of the departure minutes do to a share. For the rule of
    gain and loss see `differences.change`. Services that do not differ have the same luck on all networks (common random numbers;
    Law & Kelton, Simulation Modeling and Analysis, §11.2).
    """
    nets = (net, *others)
    if not others:
        raise BadValue("compare needs the base and at least one other network")
    known = _names(nets, names)
    profiles = reach.profiles_of(target, profile)
    goals, ends = spot.goals_of(net, target), pair_room.sides(net, target)
    for key, one in zip(list(known)[1:], others, strict=True):
        _refuse_other_places(net, one, key, target, (goals.points, *ends))
    points, directed = pair_room.directed(*ends, target.direction == "both")
    home = {level: people(one) for level, one in reach.at_levels(net).items()}
    total = 2 * len(nets) + 1
    checks, seen = [], []
    for k, one in enumerate(nets):
        checks.append(check(one, target, profile=profile, redistributions=redistributions, seed=seed))
        _tell(progress, 2 * k + 1, total)
        seen.append(room.look(one, home, target, profiles, goals, points, directed))
        _tell(progress, 2 * k + 2, total)
    zones = {key: room.zone_rows(net, seen[0], one, checks[0], goals, list(profiles), target) for key, one in zip(known, seen, strict=True)}
    crowds = [crowd_of(one, people(one), redistributions, seed) for one in nets]
    rows = [
        _row(one, zones[key], (checks[0], found), (seen[0], there), (crowds[0], crowd), target)
        for key, one, found, there, crowd in zip(known, nets, checks, seen, crowds, strict=True)
    ]
    summary = _summary(known, rows)
    each = list(zip(known, checks, seen, strict=True))[1:]
    made = Comparison(
        target=target,
        nets=nets,
        checks=tuple(checks),
        names=known,
        summary=summary,
        pairs=pd.concat([room.pair_rows(key, checks[0], found, seen[0], there) for key, found, there in each], ignore_index=True),
        zones=pd.concat({key: zones[key] for key, _, _ in each}, names=["network"]),
        centres=pd.concat({key: room.centre_rows(net, seen[0], there, goals, target) for key, _, there in each}, names=["network"]),
        winners=pd.concat([room.winner_rows(key, net, zones[key], target.area) for key, _, _ in each], ignore_index=True),
        about=_about(nets, known, target, profiles, summary, checks[0], len(seen[0].drawn)),
    )
    _tell(progress, total, total)
    return made


def _tell(progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if progress:
        progress(done, total)


def _names(nets: Sequence[Network], names: Sequence[str | tuple[str, str]] | None) -> dict[str, tuple[str, str]]:
    """Key to Chinese and English name; the key is the English one."""
    if names is None:
        return {label: (label, label) for label in unique([" + ".join(one.scenarios) or str(one.day) for one in nets])}
    both = [(one, one) if isinstance(one, str) else one for one in names]
    if len(both) != len(nets):
        raise BadValue(f"names are {len(both)}, must be {len(nets)}: one a network, the base first")
    made = {en: (zh, en) for zh, en in both}
    if len(made) != len(both):
        twice = next(en for k, (_, en) in enumerate(both) if en in [other for _, other in both[:k]])
        raise BadValue(f"two networks are named {twice!r}: give each its own name")
    return made


def _refuse_other_places(net: Network, other: Network, key: str, target: Target, mine: tuple[Points, ...]) -> None:
    """Refuse a network whose zones, centres or pairs are not those of the base: nothing could be held against each other."""
    here, there = (set(one.table("zone")["zone_id"]) for one in (net, other))
    if here != there:
        first = min(here ^ there)
        raise BadValue(f"zone {first} is in {'the base' if first in here else key} only: networks that are compared have the same zones")
    for one, two in zip(mine, (spot.goals_of(other, target).points, *pair_room.sides(other, target)), strict=True):
        if one.ids != two.ids:
            raise BadValue(f"centres are {', '.join(one.ids)} in the base and {', '.join(two.ids)} in {key}: they must be the same")


def _row(
    net: Network,
    zones: pd.DataFrame,
    found: tuple[CircleCheck, CircleCheck],
    seen: tuple[room.Seen, room.Seen],
    crowds: tuple[Floats, Floats],
    target: Target,
) -> dict[str, Any]:
    """A row of `Comparison.summary`; `found`, `seen` and `crowds` are those of the base and of the network."""
    base, own = found
    mine = zones[zones["in_area"].isin(AREAS[: AREAS.index(target.area) + 1])]
    judged = own.zones.loc[mine.index]
    jobs = pd.Series(room.jobs_of(net), own.zones.index)[mine.index]
    inside, jobs_inside = float((judged["people"] * judged["share_inside"]).sum()), _known_sum(jobs * judged["share_inside"])
    gained, luck = _gained(seen, crowds, target)
    if target.origins:  # pairs are judged: no spread of people moves them, and the ends of a check's ranges are its levels
        for name, column in (("needed", "minutes_needed"), ("shortfall", "shortfall_min")):
            before = np.array(getattr(base, column))
            ends = np.where(np.isfinite(before), before, np.nan) - np.array(getattr(own, column))
            gained[name] = Range(float(ends[0]), float(ends.min()), float(ends.max()))
    held: Any = own.shares[(own.shares["area"] == target.area) & (own.shares["inside"] == "another")].set_index("minutes")
    moved = mine["noise_min"][mine["noise_min"] > 0]
    out: dict[str, Any] = {
        "date": str(net.day), "scenarios": " + ".join(net.scenarios), "hash": net.hash, "state": own.state,
        "people": float(judged["people"].sum()),
        **_columns("share", own.people_share), **_columns("share_gained", gained["share"]),
        **{name: value for limit in LIMITS[1:] for name, value in (
            *_columns(f"share_{limit:g}", Range(*held.loc[limit, ["share", "low", "high"]])).items(),
            *_columns(f"share_{limit:g}_gained", gained[f"share_{limit:g}"]).items(),
        )},
        **_columns("minutes_needed", own.minutes_needed), **_columns("needed_saved", gained["needed"]),
        **_columns("shortfall_min", own.shortfall_min), **_columns("shortfall_saved", gained["shortfall"]),
        "people_inside": inside,
        "people_entering": float(mine["people_entering"].sum()), "people_leaving": float(mine["people_leaving"].sum()),
        "people_by_land_use": inside - float((mine["people"] * mine["share_inside_after"]).sum()),
        "jobs_inside": jobs_inside,
        "jobs_entering": _known_sum(mine["jobs_entering"]), "jobs_leaving": _known_sum(mine["jobs_leaving"]),
        "jobs_by_land_use": jobs_inside - _known_sum(mine["jobs"] * mine["share_inside_after"]),
    }  # fmt: skip
    for side, people_word, minutes_word in SIDES:
        part = mine[mine["change"] == side]
        out[f"people_{people_word}"] = float(part["people"].sum())
        out[f"people_{people_word}_sure"] = float(part.loc[part["sure"], "people"].sum())
        out[f"minutes_{minutes_word}"] = room.mean_of(part)
    out["people_in_doubt"] = float(mine.loc[~mine["sure"], "people"].sum())
    out["noise_min"] = float(np.percentile(moved, OUTER_NOISE, method="nearest")) if len(moved) else 0.0
    out["noise_share"] = luck
    for pair in reach.rows_of(pair_room.slower(own.pairs)):
        name = " – ".join(sorted((pair["from_name"], pair["to_name"])))
        out[name], out[f"{name} mode"] = pair["minutes"], pair["mode"]
    return out


def _gained(seen: tuple[room.Seen, room.Seen], crowds: tuple[Floats, Floats], target: Target) -> tuple[dict[str, Range], float]:
    """Share gained, needed minutes and shortfall saved, each with its range; and the most that another draw moves the share."""
    (base, one), (crowd, own) = seen, crowds
    levels = [_differences(base.own[level], one.own[level], crowd, own, target) for level in reach.LEVELS]
    luck = [_differences(x, y, crowd[:1], crowd[:1], target) for x, y in zip(base.drawn, one.drawn, strict=True)]
    here = _differences(base.fields["central"], one.fields["central"], crowd[:1], crowd[:1], target)
    made = {}
    for name in here:
        central = float(levels[room.CENTRAL][name][0])
        ends = [np.percentile(each[name][len(crowd) > 1 :], spot.OUTER, method="nearest") for each in levels]
        ends += [central + each[name] - here[name] for each in luck]
        every = np.concatenate([[central], *ends])
        known = not np.isnan(every).any()
        made[name] = Range(central, float(every.min()) if known else np.nan, float(every.max()) if known else np.nan)
    return made, max((float(abs(each["share"][0] - here["share"][0])) for each in luck), default=0.0)


def _differences(one: spot.Field, two: spot.Field, crowd: Floats, other: Floats, target: Target) -> dict[str, Floats]:
    """What the second field gains on the first, for each spread of people."""
    before, after = _judged(one, crowd, target), _judged(two, other, target)
    return {
        **{name: after[name] - before[name] for name in before if name.startswith("share")},
        "needed": np.where(np.isfinite(before["needed"]), before["needed"], np.nan) - after["needed"],
        "shortfall": before["shortfall"] - after["shortfall"],
    }


def _judged(one: spot.Field, crowd: Floats, target: Target) -> dict[str, Floats]:
    area, times = one.who.within(target.area), one.kinds["another"]
    within = {"share": target.minutes, **{f"share_{limit:g}": limit for limit in LIMITS[1:]}}
    return {
        **{name: share(crowd, one.inside("another", limit), area) for name, limit in within.items()},
        "needed": minutes_needed(times, one.who.zone, one.who.weight, crowd, area, target.share),
        "shortfall": shortfall(times, one.who.zone, one.who.weight, crowd, area, target.minutes),
    }


def _summary(known: Mapping[str, tuple[str, str]], rows: list[dict[str, Any]]) -> pd.DataFrame:
    words = [{"name_zh": zh, "name_en": en} for zh, en in known.values()]
    made = pd.DataFrame([{**name, **row} for name, row in zip(words, rows, strict=True)], index=pd.Index(list(known), name="network"))
    made.attrs["pairs"] = [name.removesuffix(" mode") for name in made.columns if name.endswith(" mode")]
    return made


def _columns(name: str, one: Range) -> dict[str, float]:
    return {name: one.central, f"{name}_low": one.low, f"{name}_high": one.high}


def _known_sum(values: pd.Series[float]) -> float:
    """The sum of what is known; NaN where nothing is."""
    return float(values.sum(min_count=1))


def _about(
    nets: Sequence[Network],
    known: Mapping[str, tuple[str, str]],
    target: Target,
    profiles: Mapping[str, Profile],
    summary: pd.DataFrame,
    base: CircleCheck,
    draws: int,
) -> dict[str, Any]:
    """What made a comparison, and what is to be known before it is believed."""
    differ = [key for key, one in zip(known, nets, strict=True) if any(one.digest(t) != nets[0].digest(t) for t in ("zone", "job"))]
    noise: Any = summary["noise_min"].iloc[1:]
    said: dict[str, dict[str, float]] = {"rule": {"tolerance": room.TOLERANCE_MIN}}
    if draws:
        said["luck"] = {"draws": draws}
    if noise.max() > 0:
        said["noise"] = {"noise": np.ceil(noise.max())}
    if summary["date"].nunique() > 1:
        said["dates"] = {}
    told = {key: {word: text.format(**values) for word, text in zip(("zh", "en"), NOTES[key], strict=True)} for key, values in said.items()}
    if differ:
        which = {"zh": "、".join(known[key][0] for key in differ), "en": ", ".join(known[key][1] for key in differ)}
        told["people"] = {word: text.format(which=which[word]) for word, text in zip(("zh", "en"), NOTES["people"], strict=True)}
    told |= {key: dict(zip(("zh", "en"), NOTES[key], strict=True)) for key in ("jobs", *(["mean"] if target.statistic == "mean" else []))}
    return {
        "networks": {
            key: {"hash": one.hash, "date": str(one.day), "scenarios": one.scenarios} for key, one in zip(known, nets, strict=True)
        },
        "tolerance_min": room.TOLERANCE_MIN,
        "redraws": draws,
        "noise_min": noise.to_dict(),
        "noise_share": summary["noise_share"].iloc[1:].to_dict(),
        "people_differ": differ,
        "jobs_unknown": int(np.isnan(room.jobs_of(nets[0])).sum()),
        "assumed": tuple(dict.fromkeys(name for one in nets for way in profiles.values() for name in made_of(one, way)["assumed"])),
        "notes": tuple(one["en"] for one in told.values()),
        "notes_zh": tuple(one["zh"] for one in told.values()),
        **{name: base.about[name] for name in ("levels", "legs_of", "judged", "redistributions", "seed", "shortfall_cap_min")},
    }
