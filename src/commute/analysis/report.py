"""All that a report shows, gathered: one network, one target, every question asked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from commute.analysis.circle import LIMITS, check, crowd_of
from commute.analysis.claims import claims
from commute.analysis.compare import compare
from commute.analysis.critical import critical
from commute.analysis.fit import fit, fit_summary
from commute.analysis.frontier import frontier
from commute.analysis.growth import growth
from commute.analysis.isochrone import isochrones
from commute.analysis.levers import levers
from commute.analysis.measure import field as spot
from commute.analysis.measure import pairs as pair_room
from commute.analysis.measure import reach
from commute.analysis.measure.people import people
from commute.analysis.missing import missing
from commute.analysis.portfolio import check_money, named, portfolio
from commute.analysis.ranking import interactions, rank
from commute.analysis.register import register
from commute.analysis.required import required
from commute.analysis.screen import first_screen
from commute.analysis.timeline import timeline
from commute.analysis.trains import trains_per_day
from commute.analysis.worth.stakes import MEASURES
from commute.errors import BadValue, UnknownId
from commute.model import validity
from commute.model.points import Points, resolve
from commute.model.results.report import Building, Further, Report
from commute.model.tables import AREAS
from commute.model.target import PRESETS, Target

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.results.check import CircleCheck

KINDS = {"park": ("industrial_park", "park"), "hub": ("rail_hub", "airport")}
BANDS = (15.0, 30.0, 45.0, 60.0)
LIMIT_MIN = 30.0  # what is hatched on the isochrone maps
ISOCHRONE_MODES = ("transit", "car")
BUDGET_MCNY = 3000.0
MOST_TOGETHER = 16  # gaps whose interactions are asked; each more doubles the work
MOST_MISSING = 10
MOST_CRITICAL = 15  # of each kind
LEVERS = ("headway", "entry", "line_speed", "road_speed")
DATED = ("gap", "link", "place")
DATE_FIELDS = ("opens", "closes", "opens_planned")
VAGUE = (4, 7)  # characters of a year, of a month
UNASKED_ZH = "这个目标的方式不受它影响"
Phase = Callable[[str], None]


def gather(
    net: Network,
    target: Target,
    *,
    base: Network | None = None,
    plans: Sequence[tuple[str, str, Network]] = (),
    budget_mcny: float = BUDGET_MCNY,
    full: bool = False,
    others: Sequence[tuple[str, str, Network]] = (),
    name: tuple[str, str] | None = None,
    profile: Profile | None = None,
    phase: Phase = lambda name: None,
    redistributions: int = 200,
    seed: int = 0,
    cell_m: float = 500.0,
    executor: Executor | None = None,
) -> Report:
    """Ask every question of the report.

    Parameters
    ----------
    net : Network, dated, scenarios applied
    target : Target
    base : Network, optional
        At all dates and without scenarios, for how the circle grew; None takes `net`.
    plans : sequence of (English label, Chinese label, Network), optional, at the dates of their openings
    budget_mcny : float, million yuan, prices of 2025, as in `portfolio`
    full : bool, whether to ask what takes minutes too: `Further`
    others : sequence of (English label, Chinese label, Network), optional, to hold against `net` in a full report
    name : Chinese and English name of `net`, optional; None takes its scenarios, else "today"
    profile : Profile, optional, as in `check`
    phase : callable(name), told before each question: check, screen, journeys, levers, gaps, isochrones, growth, fit, building,
        further, claims, trains
    redistributions, seed : int, as in `check`
    cell_m : float, metres; the grid of the isochrones
    executor : concurrent.futures.Executor, optional; isochrones, growth, fit, what to build and the timeline are asked there meanwhile

    Raises
    ------
    BadValue
        As `check` and `portfolio`.
    """
    check_money(budget_mcny, "all", MEASURES[0])
    asked = {
        "isochrones": _later(executor, _isochrones, net, target, profile, cell_m),
        "growth": _later(executor, _growth, base or net, target, plans),
        "fit": _later(executor, fit, net),
        "building": _later(executor, building, net, target, budget_mcny, name),
    }
    if full:
        asked["timeline"] = _later(executor, timeline, base or net, target)
    phase("check")
    verdict = check(net, target, profile=profile, redistributions=redistributions, seed=seed)
    phase("screen")
    screen = first_screen(net, target, verdict=verdict, redistributions=redistributions, seed=seed)
    shares = centre_shares(net, target, profile=profile, redistributions=redistributions, seed=seed)
    phase("journeys")
    trips = journeys_of(net, target, verdict, profile)
    phase("levers")
    pulled = levers(net, target)
    phase("gaps")
    ranked = rank(net, target)
    joint = together(net, target, ranked)
    phase("isochrones")
    bands, doubt = asked["isochrones"]()
    phase("growth")
    grown = asked["growth"]()
    phase("fit")
    fitted = asked["fit"]()
    phase("building")
    built = asked["building"]()
    phase("further")
    further = _further(net, target, verdict, others, name, profile, asked["timeline"]) if full else None
    phase("claims")
    claimed = claims(net, _promises(net), fitted=fitted)
    phase("trains")
    trains = trains_per_day(net)
    return Report(
        net=net,
        check=verdict,
        screen=screen,
        names=_names(net, [*trips["from_id"], *trips["to_id"], *(trains["stop"] if len(trains) else ())]),
        journeys=trips,
        centre_shares=shares,
        isochrones=bands,
        doubt=doubt,
        levers=pulled,
        rank=ranked,
        interactions=joint,
        building=built,
        further=further,
        growth=grown,
        claims=claimed,
        fit=fitted,
        fit_summary=fit_summary(fitted),
        trains=trains,
        about={**verdict.about},
    )


def _later(executor: Executor | None, ask: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    """The answer when it is called for: begun now on an executor, else worked out then."""
    return executor.submit(ask, *arguments).result if executor is not None else lambda: ask(*arguments)


def _promises(net: Network) -> list[Target]:
    """The texts that promise a circle, less those that name places which this network does not hold."""
    found = []
    for one in PRESETS.values():
        try:
            resolve(net, [*(one.origins or ()), *(one.destinations or ())] or None)
        except UnknownId:
            continue
        found.append(one)
    return found


def _names(net: Network, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    wanted = list(dict.fromkeys(ids))
    zh, en, _ = reach.names(net, wanted)
    return {one: (a, b) for one, a, b in zip(wanted, zh, en, strict=True)}


def journeys_of(net: Network, target: Target, verdict: CircleCheck, profile: Profile | None = None) -> pd.DataFrame:
    """Pairs of centres by each mode, then each park and hub to each centre by the fastest: kind and the columns of `CircleCheck.pairs`."""
    profiles = reach.profiles_of(target, profile)
    nets, ends = reach.at_levels(net), pair_room.sides(net, target)
    each = (
        [pair_room.pair_frame(nets, target, {mode: one}, *ends) for mode, one in profiles.items()] if len(profiles) > 1 else [verdict.pairs]
    )
    centres = pd.concat(each, ignore_index=True).sort_values(["from_id", "to_id", "minutes"], kind="stable")
    frames = [centres.assign(kind="centre")]
    place = net.in_use("place")
    goals = spot.goals_of(net, target).points
    for kind, kinds in KINDS.items():
        rows = place[place["kind"].isin(kinds) & place["lon"].notna() & ~place["place_id"].isin(goals.ids)]
        if len(rows):
            one_way = target.but(direction="to")
            frame = pair_room.pair_frame(nets, one_way, profiles, reach.points_of(rows), goals)
            frames.append(frame.assign(kind=kind))
    return pd.concat(frames, ignore_index=True)


def centre_shares(
    net: Network, target: Target, *, profile: Profile | None = None, redistributions: int = 200, seed: int = 0
) -> pd.DataFrame:
    """The share of each area's people within 30, 45 and 60 minutes of each single centre: centre_id, area, minutes, share, low, high."""
    nets, profiles = reach.at_levels(net), reach.profiles_of(target, profile)
    goals = spot.goals_of(net, target)
    best = {level: spot.people_minutes(one, target, profiles, goals)[0] for level, one in nets.items()}
    crowd = crowd_of(net, people(net), redistributions, seed)
    rows = []
    for k, centre in enumerate(goals.points.ids):
        found = {level: _only(nets[level], times[:, k]) for level, times in best.items()}
        for area in AREAS:
            for limit in LIMITS:
                one = spot.share_range(found, crowd, "another", limit, area)
                rows.append({"centre_id": centre, "area": area, "minutes": limit, "share": one.central, "low": one.low, "high": one.high})
    return pd.DataFrame(rows, columns=["centre_id", "area", "minutes", "share", "low", "high"])


def _only(net: Network, minutes: np.ndarray[Any, np.dtype[np.float64]]) -> spot.Field:
    nothing = np.zeros(len(minutes), dtype=np.int64)
    return spot.Field(people(net), {"another": minutes}, nothing, nothing)


def _isochrones(net: Network, target: Target, profile: Profile | None, cell_m: float) -> tuple[pd.DataFrame, Mapping[tuple[str, str], Any]]:
    """Bands from each centre by the target's modes, and what is inside half an hour under some constants only."""
    import geopandas as gpd

    profiles = target.profiles(profile)
    chosen = {mode: profiles[mode] for mode in ISOCHRONE_MODES if mode in profiles} or dict(list(profiles.items())[:1])
    goals: Points = spot.goals_of(net, target).points
    nets = reach.at_levels(net)
    frames, doubt = [], {}
    for mode, one in chosen.items():
        one = one.but(count="door_to_door")
        bands = isochrones(net, goals, minutes=BANDS, profile=one, cell_m=cell_m)
        frames.append(bands.assign(mode=mode))
        ends = [isochrones(nets[level], goals, minutes=LIMIT_MIN, profile=one, cell_m=cell_m) for level in ("favourable", "unfavourable")]
        for origin in goals.ids:
            wide, narrow = (shapely.union_all(end.loc[end["origin_id"] == origin].geometry.to_numpy()) for end in ends)
            doubt[mode, origin] = shapely.difference(wide, narrow)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=4326), doubt


def _growth(net: Network, target: Target, plans: Sequence[tuple[str, str, Network]]) -> pd.DataFrame:
    frame = growth(net, target, scenarios=[(en, planned) for en, _, planned in plans], levels=("central",))
    chinese = {en: zh or en for en, zh, _ in plans}
    frame["label_zh"] = [chinese.get(scenario, label) for scenario, label in zip(frame["scenario"], frame["label_zh"], strict=True)]
    return frame


def together(net: Network, target: Target, ranked: pd.DataFrame) -> pd.DataFrame:
    """Pairs of road gaps that replace or complete each other: `interactions` of those that are ranked, the best 16."""
    mine = ranked[ranked["group"].isin(("gap", "bottleneck"))].sort_values("rank", kind="stable")
    return interactions(net, target, candidates=list(mine.index[:MOST_TOGETHER])) if len(mine) > 1 else pd.DataFrame()


def building(net: Network, target: Target, budget_mcny: float = BUDGET_MCNY, name: tuple[str, str] | None = None) -> Building:
    """What to build under a budget, links that nobody listed, the register with late tasks first, and loosely known dates."""
    by_car = reach.car_of(reach.profiles_of(target)) is not None
    return Building(
        portfolio=portfolio(net, target, budget_mcny=budget_mcny, base=name),
        frontier=frontier(net, target, at_mcny=budget_mcny),
        register=_late_first(register(net, target)),
        missing=missing(net, target, limit=MOST_MISSING) if by_car else None,
        dates=vague_dates(net),
    )


def _late_first(tasks: pd.DataFrame) -> pd.DataFrame:
    """Tasks past their target and not known to be done first, those of them that buy something before the others, then by months."""
    if not len(tasks):
        return tasks
    late = (tasks["slip_months"] > 0) & (tasks["actual_end"] == "")
    order = pd.DataFrame({"late": late, "buys": late & (tasks["all_person_min"] >= 1.0), "months": tasks["slip_months"]})
    return tasks.loc[order.sort_values(["late", "buys", "months"], ascending=False, kind="stable").index]


def vague_dates(net: Network) -> pd.DataFrame:
    """Dates of gaps, links and places that are known to the month or year: table, names, field, said, counts_from (their last day)."""
    rows = []
    for table in DATED:
        frame = net.table(table)
        for field in (one for one in DATE_FIELDS if one in frame):
            for row in frame[frame[field].str.len().isin(VAGUE)].to_dict("records"):
                english = str(row["name_en"] if "name_en" in row else row["name"])
                rows.append((table, row["name_zh"], english, field, row[field], str(validity.last_day(row[field]))))
    found = pd.DataFrame(rows, columns=["table", "name_zh", "name_en", "field", "said", "counts_from"])
    return found.drop_duplicates(ignore_index=True)  # a road is a link in each direction


def _further(
    net: Network,
    target: Target,
    verdict: CircleCheck,
    others: Sequence[tuple[str, str, Network]],
    name: tuple[str, str] | None,
    profile: Profile | None,
    grown: Callable[[], Any],
) -> Further:
    names = [named(net, name), *((zh, en) for en, zh, _ in others)]
    seen = compare(net, *(one for _, _, one in others), target=target, profile=profile, names=names) if others else None
    needs, unasked = _needs(net, target, verdict)
    lost = critical(net, target, limit=MOST_CRITICAL)
    return Further(comparison=seen, timeline=grown(), critical=lost, required=needs, unasked=unasked)


def _needs(net: Network, target: Target, verdict: CircleCheck) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    """What each lever would have to give for the pairs of centres that fail, and the levers that do not move the target's mode."""
    pairs: Any = verdict.pairs
    failing = pairs[~(pairs["minutes"] <= target.minutes)]
    ends = list(dict.fromkeys(tuple(sorted(one)) for one in zip(failing["from_id"], failing["to_id"], strict=True)))
    frames, unasked = [], {}
    for lever in LEVERS if ends else ():
        try:
            frames.append(required(net, target, pairs=ends, lever=lever))
        except BadValue as error:
            unasked[lever] = (UNASKED_ZH, str(error))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(), unasked
