"""Times when a link or a station fails: who drives over a link, whom its loss makes go round, and the same by other ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis.measure import field as spot
from commute.analysis.measure import reach
from commute.analysis.measure.people import People, people
from commute.analysis.measure.shares import Floats
from commute.model.validity import BEFORE_ALL
from commute.routing import roads, snap, street
from commute.routing.plane import crs_of
from commute.routing.street import FAR, Bools, Ints, Longs

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.points import Points
    from commute.model.profile import Profile
    from commute.model.target import Target

NEAR_RIVER_M = 1.0  # as `access.find_bridges` has it


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Case:
    """People and goals, their times as things are by car and by the best other way, and the roads."""

    net: Network
    target: Target
    who: People
    goals: spot.Goals
    car: Profile | None
    others: Mapping[str, Profile]
    by_car: Floats  # [people, goals] minutes, inf without a car
    by_others: Floats
    weight: Floats  # [people] in the target's area
    counts: Bools  # [people, goals] whether the time counts: of people in the area, to another city's centre
    here: roads.Roads | None

    def others_count(self, by_car: Floats) -> bool:
        """Whether the best other way as things are is faster than these times by car to another city's centre, for anyone."""
        others, car = (np.where(self.counts, times, np.inf).min(axis=1) for times in (self.by_others, by_car))
        return bool((others < car).any())

    def stops(self) -> tuple[str, ...]:
        """Stops at which the day's trains call."""
        found = {stop for one in spot.for_people(self.others).values() for stop in routing.compile(self.net, one).riders.table.stop_ids}
        return tuple(sorted(found))

    def others_on(self, net: Network) -> Floats:
        """Minutes by the best other way on a network in which something fails; nobody gains."""
        after, _ = spot.people_minutes(net, self.target, self.others, self.goals, self.who)
        return np.maximum(self.by_others, after)


def case_of(net: Network, target: Target) -> Case:
    """People, goals, times and roads of a target on a network, as things are."""
    profiles = reach.profiles_of(target)
    goals, who = spot.goals_of(net, target), people(net)
    car = reach.car_of(profiles)
    others = {name: one for name, one in profiles.items() if one is not car}
    nowhere = np.full((len(who.points), len(goals.points)), np.inf)
    by_car = spot.people_minutes(net, target, {"car": car}, goals)[0] if car else nowhere
    weight = who.weight * (who.population * who.within(target.area))[who.zone]
    home = np.array(who.city, dtype=object)[who.zone]
    return Case(
        net=net,
        target=target,
        who=who,
        goals=goals,
        car=car,
        others=others,
        by_car=by_car,
        by_others=spot.people_minutes(net, target, others, goals)[0] if others else nowhere,
        weight=weight,
        counts=(weight > 0)[:, None] & (home[:, None] != np.array(goals.cities, dtype=object)[None, :]),
        here=roads.roads(net, peak=car.peak) if car else None,
    )


def together(net: Network) -> list[tuple[str, ...]]:
    """Links in use that fail together: one each, or the directed halves of a road, which share their two ends and their names."""
    link = net.in_use("link").sort_values("link_id")
    found: dict[tuple[str, ...], list[str]] = {}
    for one, a, b, directed, *names in link[["link_id", "from_node_id", "to_node_id", "directed", "name", "name_zh"]].itertuples(
        index=False
    ):
        found.setdefault((*sorted((a, b)), *names) if directed else (one,), []).append(one)
    return [tuple(ids) for ids in found.values()]


def users(case: Case, failing: list[tuple[str, ...]]) -> list[Bools]:
    """For each road that may fail, the people points with a shortest drive to a centre over it, or that join it."""
    if case.here is None:
        return [np.zeros(len(case.who.points), bool)] * len(failing)
    each = dict(zip(case.here.links.link_ids, _drives(case.here, case.who.points, case.goals.points), strict=True))
    none = np.zeros(len(case.who.points), bool)
    return [np.logical_or.reduce([each.get(link, none) for link in ids]) for ids in failing]


def _drives(here: roads.Roads, origins: Points, goals: Points) -> Iterator[Bools]:
    """For each link, the origins with a shortest drive to a goal over it, or that join it, or whose goal does."""
    start, goal = here.snapped(origins), here.snapped(goals)
    whole, to_node, from_node = roads.around_nodes_ds(here, start, goal, threads=routing.engine.THREADS)
    whole = np.where(whole < FAR, whole, -1)
    links = here.links
    for k, (a, b, ds, one_way) in enumerate(zip(links.from_node, links.to_node, here.streets.link_ds, links.directed, strict=True)):
        found = ((to_node[:, a] + ds)[:, None] + from_node[b] == whole).any(axis=1)
        if not one_way:
            found |= ((to_node[:, b] + ds)[:, None] + from_node[a] == whole).any(axis=1)
        found[_joining(start, k)] = True
        yield found | (whole[:, _joining(goal, k)] >= 0).any(axis=1)


def _joining(points: snap.Snapped, link: int) -> Longs:
    """Points that may join a link."""
    return np.searchsorted(points.ptr, np.flatnonzero(points.link == link), side="right") - 1


def felt_by_others(case: Case, failing: list[tuple[str, ...]]) -> list[bool]:
    """Whether a road that fails can change public transport or park-and-ride: a bridge on foot, or on a shortest drive to a station."""
    import shapely

    felt: set[str] = set()
    for one in case.others.values():
        crs = crs_of(case.net)
        links, _ = roads.links_of(case.net, "walk")
        courses = shapely.linestrings(links.shape_xy, indices=np.repeat(np.arange(len(links.link_ids)), np.diff(links.shape_ptr)))
        river = shapely.union_all(roads.river_lines(case.net, crs))
        felt |= {links.link_ids[k] for k in np.flatnonzero(shapely.dwithin(courses, river, NEAR_RIVER_M))}
        if "car" in one.access_modes:
            here = roads.roads(case.net, peak=one.peak)
            stops = reach.points_of(routing.compile(case.net, one).riders.stops, "stop_id")
            felt |= {
                link for link, origins in zip(here.links.link_ids, _drives(here, case.who.points, stops), strict=True) if origins.any()
            }
    return [not felt.isdisjoint(ids) for ids in failing]


def links_fail(
    case: Case, failing: list[tuple[str, ...]], tried: list[int], users: list[Bools], felt: list[bool]
) -> Iterator[tuple[str, Floats]]:
    """The fastest minutes after each road that is tried fails."""
    for k in tried:
        by_car, by_others = case.by_car, case.by_others
        rows = np.flatnonzero(users[k])
        if len(rows):
            by_car = by_car.copy()
            by_car[rows] = _driven(case, failing[k], rows)
        if felt[k] and case.others_count(by_car):
            by_others = case.others_on(_without(case.net, failing[k]))
        yield failing[k][0], np.minimum(by_car, by_others)


def _driven(case: Case, ids: tuple[str, ...], rows: Longs) -> Floats:
    """Minutes by car of some of the people points without these links."""
    assert case.here is not None and case.car is not None
    here, links, old = case.here, case.here.links, case.here.streets
    gone = np.isin(np.array(links.link_ids, dtype=object), list(ids))
    left: Ints = np.where(gone, FAR, old.link_ds).astype(np.int32)
    shut = replace(here, streets=street.streets(old.n_nodes, old.from_node, old.to_node, left, old.directed))
    start, goal = _only(here.snapped(case.who.points), rows), here.snapped(case.goals.points)  # a shut link is no way in
    engine = routing.compile(case.net, case.car)
    ds = roads.between_ds(shut, start, goal, threads=engine.threads)
    return np.where(ds < FAR, (street.seconds(ds) + engine.parking_s()) / 60.0, np.inf)


def _only(points: snap.Snapped, rows: Longs) -> snap.Snapped:
    """Some of the points, by position."""
    size = np.diff(points.ptr)[rows]
    ptr = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    of = np.repeat(points.ptr[rows] - ptr[:-1], size) + np.arange(ptr[-1])
    return snap.Snapped(xy=points.xy[rows], ptr=ptr, link=points.link[of], share=points.share[of], connector_m=points.connector_m[of])


def _without(net: Network, ids: tuple[str, ...]) -> Network:
    """The network without these links; the road of an open gap that is no row of the link table goes with the gap shut."""
    link, gap = net.table("link"), net.table("gap")
    rows = link["link_id"].isin(ids)
    built = gap["gap_id"].isin(set(ids) - set(link["link_id"]))
    tables = {"link": link.assign(closes=link["closes"].mask(rows, BEFORE_ALL))}
    return net.replaced(tables=tables | ({"gap": gap.assign(opens=gap["opens"].mask(built, ""))} if built.any() else {}))


def stops_fail(case: Case, stops: Sequence[str]) -> Iterator[tuple[str, Floats]]:
    """The fastest minutes after each stop fails."""
    closure, day = case.net.table("closure"), case.net.day.isoformat()
    blank = dict.fromkeys(closure.columns, "")
    for stop in stops:
        row = pd.DataFrame([blank | {"stop_id": stop, "from_date": day, "to_date": day}])
        shut = case.net.replaced(tables={"closure": pd.concat([closure, row], ignore_index=True)})
        yield stop, np.minimum(case.by_car, case.others_on(shut))
