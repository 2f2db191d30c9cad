"""Links that nobody listed: road nodes near on the ground and far by road, by what a link between them would buy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis.links import linkfacts, newlinks
from commute.analysis.links.newlinks import APART_M, BENDS, BLOCK, LEAST_KM, NEAR_M
from commute.analysis.measure import field as spot
from commute.analysis.measure import reach
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import CAP_MIN, SAME, Floats
from commute.analysis.progress import Progress
from commute.analysis.worth.gaps import VALUES
from commute.errors import BadValue
from commute.routing import roads, snap
from commute.routing.street import FAR, Ints, Longs

if TYPE_CHECKING:
    import geopandas as gpd

    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.target import Target

MOST_KM = 8.0  # straight
DETOUR = 2.0  # by road over the straight line, which is 1.2 to 1.4 in towns
LEAST_PERSON_MIN = 1.0  # what buys less buys nothing
WHY = {  # of what is left out: Chinese, English
    "joined": ("两端已有道路直接相连", "joined by a link already"),
    "direct": ("绕行系数低于阈值", "detour ratio below the threshold"),
    "idle": ("对该目标无收益", "buys nothing for this target"),
    "excluded": ("穿越排除区", "crosses what is excluded"),
    "listed": ("沿已列的断头路或规划路", "along a listed gap"),
    "like_better": ("两端均邻近更优备选", "both ends near those of a better one"),
    "beyond_limit": ("超出所求条数", "beyond the limit"),
}


def missing(
    net: Network,
    target: Target,
    *,
    exclude: Any = None,
    limit: int = 30,
    max_km: float = MOST_KM,
    detour: float = DETOUR,
    progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """Candidate links that no list names, by what each alone would do for the people of the target's area.

    A candidate joins two road nodes from 0.5 to `max_km` apart whose way by road is at least `detour` times the straight line. One
    along a listed gap that is not open (`newlinks.along_gaps`) is no news: it is left out and counted by gap. Of candidates both of whose
    ends are near each other's (`newlinks.apart`) the best is kept.

    Parameters
    ----------
    net : Network
    target : Target, by car or by the best of all modes
    exclude : GeoDataFrame, shapely geometry in WGS84, or a list of these; what crosses one is left out
    limit : int, the most candidates given
    max_km : float, km, straight
    detour : float, above 1
    progress : callable(done, total), optional

    Returns
    -------
    GeoDataFrame
        Index rank, 1 is best: from_node_id, to_node_id, from_name_zh, from_name_en, to_name_zh, to_name_en (of the node, and of the zone
        or place nearest to it), straight_km, length_km (straight × 1.15, assumed), network_km (shortest way by road) and detour_ratio
        (network_km / straight_km), both NaN where no road leads, facility_type, area and free_speed_kmh of the link (assumed),
        network_min and link_min (between the ends at the target's hour, now and by the link), saves_min, shortfall_person_min,
        people_inside, person_min (as in `rank`), cost_low_mcny, cost_mcny, cost_high_mcny, cost_basis, crosses_river,
        may_cross_green_heart, motorway_end, steep_detour (ratio 4 or more), urban_streets (both ends in
        built-up land where the data lack streets), long_line (5 km or more), flags_zh, flags_en, near_gap_id and
        near_gap_km (the nearest listed gap and how far off), note, note_zh; geometry, straight lines in WGS84.
        `attrs["about"]`: definition, date, network, what is assumed, and how many pairs were left out and why.

    Raises
    ------
    BadValue
        A target that no car answers, a number out of range, an `exclude` that is no valid geometry in degrees; as `check`.

    Notes
    -----
    Exact: times from people to nodes and from nodes to centres are computed once, and a shortest path takes a new link at most once, so
    that each candidate is one min-plus update (Ausiello et al. 1991, J. Algorithms 12, 615–638). It equals `AddLink` with that length,
    speed, class and area, routed anew, but for park-and-ride's drive to the station, which stays as it is. Each is valued alone: two
    that serve the same people do not add up.
    """
    target.check_day(net.day)
    if not (limit >= 1 and LEAST_KM < max_km <= 100 and detour > 1):
        raise BadValue(f"limit {limit}, max_km {max_km:g}, detour {detour:g}: must be 1 or more, above {LEAST_KM} to 100, above 1")
    barred = barred_shapes(exclude)
    central = reach.at_levels(net)["central"]
    profiles = reach.profiles_of(target)
    car = reach.car_of(profiles)
    if car is None:
        raise BadValue("a road link changes no journey by public transport: give a target by car, or by the best of all modes")
    here = roads.roads(central, peak=car.peak)
    found = newlinks.near_and_far(central, here, most_km=max_km, detour=detour, progress=progress)
    pairs, left = found.attrs["pairs"], {one: found.attrs[one] for one in ("joined", "direct")}
    found = newlinks.with_link(central, here, found, peak=car.peak)
    found[VALUES] = _valued(_stake(central, target, profiles, car, here), found, progress, len(here.links.node_ids))
    found["line"] = linkfacts.lines(central, here, found)
    found = _less(found, found["person_min"] < LEAST_PERSON_MIN, "idle", left)
    found = _less(found, linkfacts.crosses(found["line"], barred), "excluded", left)
    gaps = pd.Series(newlinks.along_gaps(central, here, found), index=found.index, dtype=object)
    near_gaps = {str(gap): int(n) for gap, n in gaps[gaps != ""].value_counts().items()}
    found = _less(found, gaps != "", "listed", left)
    found = found.sort_values([*VALUES, "a", "b"], ascending=[False] * 3 + [True] * 2)
    kept = newlinks.apart(here, found)
    left |= {"like_better": len(found) - len(kept), "beyond_limit": max(0, len(kept) - limit)}
    heart = linkfacts.green_heart(central, here.crs)
    out = linkfacts.table(central, here, found.loc[kept[:limit]], heart)
    out.attrs["about"] = {
        **_about(central, target, out, heart),
        "thresholds": {"straight_km": [LEAST_KM, float(max_km)], "detour_ratio": float(detour), "near_gap_km": NEAR_M / 1000},
        "apart_km": APART_M / 1000,
        "pairs": pairs,
        "left_out": {WHY[one][1]: n for one, n in left.items()},
        "left_out_zh": {WHY[one][0]: n for one, n in left.items()},
        "along_gaps": near_gaps,
        "excluded_shapes": len(barred),
    }
    return out


def _less(found: pd.DataFrame, out: Any, reason: str, left: dict[str, int]) -> pd.DataFrame:
    """The candidates without those of the mask, which are counted under the reason."""
    gone = np.asarray(out, bool)
    left[reason] = int(gone.sum())
    return found[~gone]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Stake:
    """The people who count: n points, their ways by car to and from all nodes, and what they need today."""

    weight: Floats  # [n] people
    now_min: Floats  # [n] to the nearest centre of another city by the fastest mode
    to_node: Ints  # [n, nodes] deciseconds
    onward: Ints  # [n, nodes] deciseconds from each node to the nearest centre of another city
    parking_s: int
    target: Target

    def gains(self, a: Longs, b: Longs, ds: Ints) -> Floats:
        """`VALUES` of each link alone, shape (3, links): the update of `minplus.one_gap`, the sums of `gaps.worth`."""
        limit, cap = self.target.minutes, max(CAP_MIN, self.target.minutes)
        over = np.minimum(self.to_node[:, a] + self.onward[:, b], self.to_node[:, b] + self.onward[:, a]) + ds
        old = self.now_min[:, None]
        new = np.minimum(old, np.where(over < FAR, ((over + 5) // 10 + self.parking_s) / 60.0, np.inf))
        inside = (new <= limit + SAME).astype(np.float64) - (old <= limit + SAME)
        old, new = np.minimum(old, cap), np.minimum(new, cap)
        shortfall = np.maximum(0.0, old - limit) - np.maximum(0.0, new - limit)
        return np.stack([self.weight @ one for one in (shortfall, inside, old - new)])


def _stake(net: Network, target: Target, profiles: Mapping[str, Profile], car: Profile, here: roads.Roads) -> _Stake:
    who, goals = people(net), spot.goals_of(net, target)
    now, mode = spot.people_minutes(net, target, profiles, goals)
    weight = who.weight * (who.population * who.within(target.area))[who.zone]
    mine = np.flatnonzero(weight > 0)
    engine = routing.compile(net, car)
    nodes = snap.at_nodes(np.arange(len(here.links.node_ids)))
    start, goal = here.ends(here.snapped(who.points)), here.ends(here.snapped(goals.points), arriving=True)
    from_node = snap.point_matrix_ds(here.streets, nodes, goal, threads=engine.threads)
    home = np.array(who.city, dtype=object)[who.zone][mine]
    onward = np.full((len(mine), len(from_node)), FAR, np.int32)
    for city in set(home):
        others = [k for k, one in enumerate(goals.cities) if one != city]
        onward[home == city] = from_node[:, others].min(axis=1, initial=FAR)
    return _Stake(
        weight=weight[mine],
        now_min=spot.field_of(who, now, mode, goals).kinds["another"][mine],
        to_node=snap.point_matrix_ds(here.streets, start, nodes, threads=engine.threads)[mine],
        onward=onward,
        parking_s=engine.parking_s(),
        target=target,
    )


def _valued(stake: _Stake, found: pd.DataFrame, progress: Progress | None, steps: int) -> Floats:
    """`VALUES` of each candidate, shape (candidates, 3)."""
    a, b, ds = (found[name].to_numpy() for name in ("a", "b", "ds"))
    out = np.zeros((len(found), len(VALUES)))
    for first in range(0, len(found), BLOCK):
        mine = slice(first, first + BLOCK)
        out[mine] = stake.gains(a[mine], b[mine], ds[mine]).T
        if progress:
            progress(steps + steps * min(first + BLOCK, len(found)) // len(found), 2 * steps)
    return out


def barred_shapes(exclude: Any) -> list[Any]:
    """The geometries of `exclude` in WGS84.

    Raises
    ------
    BadValue
        No geometry, one that is empty or not valid, or no degrees.
    """
    import shapely

    if exclude is None:
        return []
    if hasattr(exclude, "to_crs"):
        if exclude.crs is None:
            raise BadValue("exclude has no coordinate reference system: frame.set_crs(4326)")
        shapes = list(exclude.to_crs(4326).geometry)
    else:
        shapes = list(exclude) if isinstance(exclude, list | tuple | np.ndarray) else [exclude]
    for k, one in enumerate(shapes):
        if not isinstance(one, shapely.Geometry) or one.is_empty:
            raise BadValue(f"exclude: item {k} is {one!r}, no geometry; give a GeoDataFrame, a shapely geometry or a list of these")
        if not one.is_valid:
            raise BadValue(f"exclude: geometry {k} is not valid ({shapely.is_valid_reason(one)}); shapely.make_valid may mend it")
        west, south, east, north = one.bounds
        if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
            raise BadValue(f"exclude: geometry {k} reaches from ({west:g}, {south:g}) to ({east:g}, {north:g}): not longitude, latitude")
    return shapes


def _about(net: Network, target: Target, out: pd.DataFrame, heart: Any) -> dict[str, Any]:
    speeds = {
        f"{kind}, {area}": float(kmh) for kind, area, kmh in out[["facility_type", "area", "free_speed_kmh"]].drop_duplicates().values
    }
    return {
        "definition": target.definition("en"),
        "definition_zh": target.definition("zh"),
        "date": str(net.day),
        "network": net.hash,
        "scenarios": list(net.scenarios),
        "assumed": {"free_speed_kmh": speeds, "length_over_straight": BENDS, "river_crossing_km": linkfacts.RIVER_KM},
        "green_heart": f"schematic: round what is named {', '.join(linkfacts.GREEN_HEART)}"
        if heart is not None
        else "not checked: the data lack its places",
        "note": linkfacts.unseen(heart)[1],
        "note_zh": linkfacts.unseen(heart)[0],
    }
