"""Which links and stations hold the circle together: what is lost when each one fails, all else the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute.analysis.links import failing, linkfacts
from commute.analysis.measure import field as spot
from commute.analysis.measure import reach
from commute.analysis.measure.shares import SAME, Floats
from commute.analysis.progress import Progress
from commute.analysis.worth.gaps import worth
from commute.errors import BadValue
from commute.model.views import link_lines

if TYPE_CHECKING:
    import geopandas as gpd

    from commute.model.network import Network
    from commute.model.target import Target

KINDS = ("link", "stop")
SAID = ["name_zh", "name_en", "between_zh", "between_en", "kind", "geometry"]
ENDS = ("from_node_id", "to_node_id")
LOSSES = ["shortfall_person_min", "people_leaving", "person_min", "people_cut_off", "people_slower"]
LEAST_PERSON_MIN = 1.0  # who loses less loses nothing
NOTES = {  # Chinese, English
    "link": (
        "两个方向同时中断；改道车流不使其他道路变慢；数据只含主要道路，被切断者也许另有地方道路",
        "both directions fail; the traffic that goes round slows no other road; the data hold main roads only, so those cut off may have "
        "local ones",
    ),
    "stop": ("列车不停站通过", "trains pass through without stopping"),
}
NO_STOP = {
    "car": ("目标只问小汽车，车站不影响结果", "the target is by car alone, so no station counts"),
    "slower": (
        "没有人到另一城市中心以公共交通为最快，车站失效不改变结果；可用 mode='transit' 的目标再问",
        "nobody's fastest way to another city's centre is by public transport, so no station's loss changes it; ask with mode='transit'",
    ),
}


def critical(
    net: Network,
    target: Target,
    *,
    what: str | Sequence[str] = KINDS,
    limit: int | None = 30,
    progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """What the people of the target's area lose when one link or one station fails, at the central constants.

    A link fails in both directions: the two directed halves of a road (the same two ends and name) fail together, and points that join
    it on its way may no longer do so. At a station that fails, trains pass through without stopping, as under a row of closures.txt.

    Parameters
    ----------
    net : Network
    target : Target
    what : {"link", "stop"}, or both
    limit : int, the most of each kind; None gives all that lose anything
    progress : callable(done, total), optional

    Returns
    -------
    GeoDataFrame
        Index id (link_id, the first of those that fail together, or stop_id), worst first within a kind: what, rank (1 is the worst of
        its kind), name_zh, name_en, between_zh, between_en (the ends of a link), kind (facility type, or class of station), link_ids (all
        that fail together), shortfall_person_min, people_leaving (the circle), person_min (more in all; a journey counts up to 240 min),
        people_cut_off (who then have no way), people_slower, note, note_zh; geometry in WGS84. What loses under a person-minute is left
        out. `attrs["about"]`: definition, date, network, and how many were tried.

    Raises
    ------
    BadValue
        A `what` that is neither; a limit below 1; as `check`.

    Notes
    -----
    Links by car: a link is tried where it lies on a shortest path from a people point to a centre, or such a point joins it. Any other
    loses nothing, exactly: each shortest path is there after it fails as it was before, so no time rises. For those tried, the shortest
    paths of the origins concerned are searched anew without it. Public transport and park-and-ride are routed anew in full where they
    count: where a failing link makes one of them someone's fastest way, or is a bridge on foot or a drive to a station of one whose it
    is already. So a target of park-and-ride alone takes minutes, since most roads are on someone's drive to a station.

    Nobody gains by a failure: times of the fastest other way that are less without the element are kept as they were. By car there
    are none (`routing.snap`); by train, people who take the earliest arrival, where it is gone, may take one that they wait less for.
    """
    kinds = (what,) if isinstance(what, str) else tuple(what)
    for one in kinds:
        if one not in KINDS:
            raise BadValue(f"what is {one!r}, must be of {', '.join(KINDS)}")
    if limit is not None and limit < 1:
        raise BadValue(f"limit is {limit}, must be 1 or more, or None")
    target.check_day(net.day)
    case = failing.case_of(reach.at_levels(net)["central"], target)
    roads_in_use = failing.together(case.net) if "link" in kinds else []
    users, felt = failing.users(case, roads_in_use), failing.felt_by_others(case, roads_in_use)
    counts = case.others_count(case.by_car)
    tried = [k for k in range(len(roads_in_use)) if users[k].any() or (felt[k] and counts)]
    served = case.stops() if "stop" in kinds else ()
    stops = served if counts else ()
    done, total = 0, len(tried) + len(stops)
    lost: dict[str, dict[str, tuple[float, ...]]] = {"link": {}, "stop": {}}
    for kind, gone in (("link", failing.links_fail(case, roads_in_use, tried, users, felt)), ("stop", failing.stops_fail(case, stops))):
        for one, after in gone:
            lost[kind][one] = _loss(case, after)
            done += 1
            if progress:
                progress(done, total)
    out = _table(case.net, lost, {one[0]: one for one in roads_in_use}, limit)
    unasked = NO_STOP["slower" if case.others else "car"] if "stop" in kinds and not stops else ("", "")
    out.attrs["about"] = {
        "definition": target.definition("en"),
        "definition_zh": target.definition("zh"),
        "date": str(net.day),
        "network": case.net.hash,
        "scenarios": list(net.scenarios),
        "links": {"in use": len(roads_in_use), "tried": len(tried), "lose something": _some(lost["link"])},
        "stops": {"served": len(served), "tried": len(stops), "lose something": _some(lost["stop"])},
        "note": "; ".join(filter(None, [*(NOTES[one][1] for one in kinds), unasked[1]])),
        "note_zh": "；".join(filter(None, [*(NOTES[one][0] for one in kinds), unasked[0]])),
    }
    return out


def _loss(case: failing.Case, after: Floats) -> tuple[float, ...]:
    """`LOSSES` where minutes are as in `after`."""
    before = np.minimum(case.by_car, case.by_others)
    shortfall, inside, more = worth(case.net, case.goals, case.target, after, before)
    blank = np.zeros(before.shape, np.int64)
    old, new = (spot.field_of(case.who, times, blank, case.goals).kinds["another"] for times in (before, after))
    cut_off, slower = np.isfinite(old) & np.isinf(new), new > old + SAME
    return shortfall, inside, more, float(case.weight @ cut_off), float(case.weight @ slower)


def _some(lost: Mapping[str, tuple[float, ...]]) -> int:
    return sum(one[2] >= LEAST_PERSON_MIN for one in lost.values())


def _table(
    net: Network, lost: Mapping[str, Mapping[str, tuple[float, ...]]], together: Mapping[str, tuple[str, ...]], limit: int | None
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    parts = []
    for kind, described in (("link", _links), ("stop", _stops)):
        ids = [one for one, values in lost[kind].items() if values[2] >= LEAST_PERSON_MIN]
        ids.sort(key=lambda one: ([-value for value in lost[kind][one]], one))
        ids = ids[:limit]
        part = pd.DataFrame({"what": kind, "rank": range(1, len(ids) + 1)}, index=pd.Index(ids, name="id", dtype=object))
        part = part.join(described(net, ids)[SAID])
        part["link_ids"] = [";".join(together.get(one, ())) for one in ids]
        part[LOSSES] = np.array([lost[kind][one] for one in ids]).reshape(-1, len(LOSSES))
        parts.append(part.assign(note=NOTES[kind][1], note_zh=NOTES[kind][0]))
    frame = pd.concat([one for one in parts if len(one)] or parts[:1])
    return gpd.GeoDataFrame(frame, geometry=frame.pop("geometry"), crs=4326)


def _links(net: Network, ids: list[str]) -> pd.DataFrame:
    """What the table says of links, index as `ids`."""
    link, node = net.in_use("link"), net.table("node")
    link = link.assign(line=link_lines(link, node)).set_index("link_id").loc[ids]
    starts, ends = (linkfacts.ends_named(net, link[side].tolist()) for side in ENDS)
    out = pd.DataFrame(index=link.index)
    for k, (lang, own, other) in enumerate((("zh", "name_zh", "name"), ("en", "name", "name_zh"))):
        between = pd.Series([f"{a} — {b}" for a, b in zip(starts[k], ends[k], strict=True)], index=link.index, dtype=object)
        out[f"between_{lang}"] = between
        out[f"name_{lang}"] = link[own].where(link[own] != "", link[other]).where(lambda one: one != "", between)
    return out.assign(kind=link["facility_type"], geometry=link["line"])


def _stops(net: Network, ids: list[str]) -> pd.DataFrame:
    """What the table says of stops, index as `ids`."""
    import shapely

    stop = net.in_use("stops").set_index("stop_id").loc[ids]
    english = stop["stop_name_en"].where(stop["stop_name_en"] != "", stop["stop_name"])
    out = pd.DataFrame(
        {"name_zh": stop["stop_name"], "name_en": english, "between_zh": "", "between_en": "", "kind": stop["station_class"]}
    )
    return out.assign(geometry=shapely.points(stop["lon"], stop["lat"]))
