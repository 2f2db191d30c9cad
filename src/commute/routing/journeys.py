"""One journey from door to door, a row a leg."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from commute.errors import BadValue
from commute.model.network import Network
from commute.model.points import Points, resolve
from commute.model.profile import Profile
from commute.routing import riders, roads, street, trace
from commute.routing.engine import Engine, compile
from commute.routing.plane import to_degrees
from commute.routing.timetable import Connections, Ints

if TYPE_CHECKING:
    import geopandas as gpd

COLUMNS = ("leg", "from_id", "to_id", "from_name", "to_name", "route_id", "depart_s", "arrive_s", "minutes")


def journeys(net: Network, origin: Any, destination: Any, *, profile: Profile) -> gpd.GeoDataFrame:
    """The journey of the middle percentile (by car: the quickest way), leg by leg.

    Parameters
    ----------
    net : Network
    origin, destination : one point each: an id, a name, or (lon, lat)
    profile : Profile; by transit the first drawn departure whose time is the middle percentile's

    Returns
    -------
    GeoDataFrame
        leg, from_id, to_id, from_name, to_name, route_id (a link's id by road), depart_s and arrive_s (seconds of the day; what
        an informed rider waits at home is before the first), minutes, geometry. Minutes sum to the travel time. Empty where
        there is no journey.

    Raises
    ------
    UnknownId, BadValue
        A point that is not known, or more than one.
    """
    start, goal = resolve(net, origin), resolve(net, destination)
    if len(start) != 1 or len(goal) != 1:
        raise BadValue("a journey has one origin and one destination; travel_times takes many")
    engine = compile(net, profile)
    if profile.mode in ("car", "truck"):
        return _frame(_by_car(engine, start, goal), start, goal)
    if profile.mode in ("walk", "bike"):
        total = int(engine.totals_s(start, goal)[0, 0])
        row = _row("ride", start.ids[0], goal.ids[0], engine.profile.depart_s, engine.profile.depart_s + total)
        return _frame([row] if total >= 0 else [], start, goal)
    return _frame(_by_transit(engine, start, goal), start, goal)


def _row(leg: str, a: str, b: str, depart_s: int, arrive_s: int, route: str = "", names: tuple[str, str] = ("", "")) -> dict[str, Any]:
    return {
        "leg": leg, "from_id": a, "to_id": b, "from_name": names[0], "to_name": names[1], "route_id": route,
        "depart_s": depart_s, "arrive_s": arrive_s, "minutes": (arrive_s - depart_s) / 60.0, "geometry": None,
    }  # fmt: skip


def _by_transit(engine: Engine, start: Points, goal: Points) -> list[dict[str, Any]]:
    here = engine.riders
    links = riders.links(here, start, goal, 1)
    rules: dict[str, Any] = {
        "waiting": here.waiting,
        "max_transfers": engine.profile.max_transfers,
        "horizon_s": riders.HORIZON_S,
    }
    middle = engine.profile.percentiles[engine.profile.middle]

    def total(draws: list[Connections], departs: Ints, percentiles: tuple[float, ...]) -> Ints:
        return riders.scanned(draws, links, departs, percentiles=percentiles, legs=False, **rules).totals[:, 0, 0]

    wanted = int(total(here.draws, here.departs_s, (middle,))[0])
    if wanted < 0:
        return []
    ranks = tuple(100 * (k + 1) / len(here.departs_s) for k in range(len(here.departs_s)))
    draw = next(one for one in here.draws if wanted in total([one], here.departs_s, ranks))
    depart = next(at for at in here.departs_s if total([draw], np.array([at], np.int32), (100.0,))[0] == wanted)
    legs = riders.traced(draw, links, int(depart), **rules)
    stops = here.stops
    out = []
    for leg in legs:
        ends = [
            (start.ids[0] if side == 0 else goal.ids[0]) if stop is None else stops["stop_id"].iloc[stop]
            for side, stop in enumerate((leg.from_stop, leg.to_stop))
        ]
        names = tuple("" if stop is None else str(stops["stop_name"].iloc[stop]) for stop in (leg.from_stop, leg.to_stop))
        route = ""
        if leg.template is not None:
            trips = here.frames["trips"].set_index("trip_id")
            route = str(trips.at[here.table.trip_ids[leg.template], "route_id"])
        row = _row(leg.kind, str(ends[0]), str(ends[1]), leg.dep_s, leg.arr_s, route, (names[0], names[1]))
        row["geometry"] = _line(here, start, goal, leg)
        drives = links.parking_s is not None and leg.kind == "access" and leg.to_stop is not None
        if parking_s := int(links.parking_s[0, leg.to_stop]) if drives else 0:  # type: ignore[index]
            parked = _row("parking", row["to_id"], row["to_id"], leg.arr_s - parking_s, leg.arr_s, "", (names[1], names[1]))
            row |= {"arrive_s": parked["depart_s"], "minutes": (parked["depart_s"] - leg.dep_s) / 60.0}
            out += [row, parked]
        else:
            out.append(row)
    return out


def _line(here: riders.Riders, start: Points, goal: Points, leg: trace.Leg) -> Any:
    import shapely

    def at(stop: int | None, point: Points) -> tuple[float, float]:
        if stop is None:
            return float(point.lon[0]), float(point.lat[0])
        return float(here.stops["lon"].iloc[stop]), float(here.stops["lat"].iloc[stop])

    points = [at(leg.from_stop, start)]
    if leg.template is not None and leg.from_stop is not None and leg.to_stop is not None:
        span = slice(here.table.hop_start[leg.template], here.table.hop_start[leg.template + 1])
        calls = [int(here.table.hop_from[span][0]), *(int(stop) for stop in here.table.hop_to[span])]
        a = calls.index(leg.from_stop)
        b = calls.index(leg.to_stop, a + 1)
        points += [at(stop, goal) for stop in calls[a + 1 : b]]
    return shapely.LineString([*points, at(leg.to_stop, goal)])


def _by_car(engine: Engine, start: Points, goal: Points) -> list[dict[str, Any]]:
    """Link by link from the tree of shortest paths; the ends are the parts of links and the connectors."""
    total = int(engine.totals_s(start, goal)[0, 0])
    if total < 0:
        return []
    here = roads.roads(engine.net, peak=engine.profile.peak)
    depart = engine.profile.depart_s
    out_of, into = here.ends(here.snapped(start)), here.ends(here.snapped(goal), arriving=True)
    times = street.times_ds(here.streets, out_of.seeds)
    sums = times[0][into.seeds.node].astype(np.int64) + into.seeds.ds
    parking = engine.parking_s()
    drive = total - parking
    rows = []
    if len(sums) and street.seconds(np.array([min(int(sums.min()), street.FAR)], np.int32))[0] == drive:
        node = int(into.seeds.node[int(sums.argmin())])
        arcs = street.tree(here.streets, times[0], out_of.seeds)
        for link in street.path_links(here.streets, arcs, node):
            ends = (here.streets.from_node[link], here.streets.to_node[link])
            late = max(ends, key=lambda n: times[0][n])
            early = min(ends, key=lambda n: times[0][n])
            begin, end = (depart + int(times[0][n] + 5) // 10 for n in (early, late))
            row = _row("ride", here.links.node_ids[early], here.links.node_ids[late], begin, end, here.links.link_ids[link])
            row["geometry"] = _course(here, int(link))
            rows.append(row)
    first, last = (rows[0]["depart_s"], rows[-1]["arrive_s"]) if rows else (depart, depart)
    lead = [_row("ride", start.ids[0], rows[0]["from_id"], depart, first)] if rows and first > depart else []
    tail = [_row("ride", rows[-1]["to_id"] if rows else start.ids[0], goal.ids[0], last, depart + drive)] if depart + drive > last else []
    park = [_row("parking", goal.ids[0], goal.ids[0], depart + drive, depart + total)] if parking else []
    return [*lead, *rows, *tail, *park]


def _course(here: roads.Roads, link: int) -> Any:
    import shapely

    xy = here.links.shape_xy[here.links.shape_ptr[link] : here.links.shape_ptr[link + 1]]
    return shapely.LineString(to_degrees(here.crs, xy))


def _frame(rows: list[dict[str, Any]], start: Points, goal: Points) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import shapely

    straight = shapely.LineString([(start.lon[0], start.lat[0]), (goal.lon[0], goal.lat[0])])
    for row in rows:
        if row["geometry"] is None and row["leg"] != "parking":
            row["geometry"] = straight if len(rows) <= 2 else None
    return gpd.GeoDataFrame(rows, columns=[*COLUMNS, "geometry"], geometry="geometry", crs=4326)
