"""What changes add to lines: stops, named by id or whole where they are not there yet, and the hops and dwells between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.added import ADDED, with_rows
from commute.model.changes.change import Change
from commute.model.changes.courses import length_km, places_of
from commute.model.changes.limits import dwell_of, limit_kmh, run_of_speed
from commute.model.changes.links import straight_km
from commute.model.changes.trips import day_of
from commute.model.tables import STATION_CLASSES

if TYPE_CHECKING:
    from commute.model.changes.lines import AddLine, ExtendLine
    from commute.model.network import Network

SHORTEST_RUN_MIN, LONGEST_RUN_MIN, LONGEST_DWELL_MIN = 0.1, 600.0, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStop:
    """A stop that is not there yet; it stands where a stop id may.

    Parameters
    ----------
    stop_id : str, not taken, unless by this very stop (two changes may both name it)
    name, name_en : str
    lon, lat : float, degrees in WGS84
    station_class : str ("class" in files), decides entry minutes; empty is that of the line
    city : str; empty is that of the nearest zone
    parent_station : str; stops with one parent are one building, where one changes inside
    """

    stop_id: str
    name: str
    name_en: str = ""
    lon: float
    lat: float
    station_class: str = ""
    city: str = ""
    parent_station: str = ""

    def __post_init__(self) -> None:
        if not self.stop_id or not self.name:
            raise BadValue("a new stop needs a stop_id and a name")
        if not (math.isfinite(self.lon) and math.isfinite(self.lat) and abs(self.lon) <= 180 and abs(self.lat) <= 90):
            raise BadValue(f"stop {self.stop_id}: ({self.lon}, {self.lat}) is not (lon, lat) in degrees")
        if self.station_class and self.station_class not in STATION_CLASSES:
            raise BadValue(f"stop {self.stop_id}: class {self.station_class!r} is none of {', '.join(STATION_CLASSES)}")


Stops = tuple[str | NewStop, ...]


def as_stops(stops: Any) -> Stops:
    """Several stops, or a lone one, as a tuple."""
    return (stops,) if isinstance(stops, NewStop) or (isinstance(stops, str) and stops) else tuple(stops)


def id_of(stop: str | NewStop) -> str:
    """The id of a stop, new or not."""
    return stop if isinstance(stop, str) else stop.stop_id


def stop_faults(net: Network, change: Change, stops: Stops, line_class: str) -> list[str]:
    """Unknown ids, stops that are not in use on the day whose services the change selects, new stops whose id is taken."""
    day = day_of(net, change)
    known = net.table("stops")["stop_id"]
    in_use = set(net.replaced(day=day).in_use("stops")["stop_id"])
    found = []
    for one in dict.fromkeys(stops):
        if isinstance(one, NewStop):
            there = [other for other in stops if isinstance(other, NewStop) and other.stop_id == one.stop_id and other != one]
            if there or (one.stop_id in set(known) and not _is_there(net, one, line_class)):
                found.append(f"the id {one.stop_id!r} is taken: there is another stop of that name")
        elif one not in set(known):
            found.append(str(UnknownId("stop", one, known)))
        elif one not in in_use:
            found.append(f"stop {one} is not in use on {day}")
    return list(dict.fromkeys(found))


def _is_there(net: Network, stop: NewStop, line_class: str) -> bool:
    """Whether the stop of that id is this one."""
    row = net.table("stops").set_index("stop_id").loc[stop.stop_id]
    wanted = (stop.name, stop.lon, stop.lat, stop.station_class or line_class)
    return (row["stop_name"], row["lon"], row["lat"], row["station_class"]) == wanted


def with_stops(net: Network, change: Change, stops: Stops, line_class: str) -> Network:
    """The network with those of the stops that are new, in use while the change holds; nothing else is needed to reach them."""
    known = set(net.table("stops")["stop_id"])
    new = [one for one in dict.fromkeys(stops) if isinstance(one, NewStop) and one.stop_id not in known]
    rows = [
        {"stop_id": one.stop_id, "stop_name": one.name, "stop_name_en": one.name_en, "lon": one.lon, "lat": one.lat}
        | {"station_class": one.station_class or line_class, "city": one.city or _city(net, one)}
        | {"parent_station": one.parent_station, "opens": change.from_date, "closes": change.to_date, **ADDED}
        for one in new
    ]
    return with_rows(net, stops=pd.DataFrame(rows)) if rows else net


def _city(net: Network, stop: NewStop) -> str:
    zone = net.table("zone")
    away = [straight_km(stop.lon, stop.lat, lon, lat) for lon, lat in zip(zone["lon"], zone["lat"], strict=True)]
    return cast(str, zone["city"].iloc[away.index(min(away))]) if away else ""


# hops and dwells -----------------------------------------------------------------------------------------------


def as_numbers(value: Any) -> tuple[float, ...]:
    """Several numbers, or a lone one, as a tuple."""
    return (value,) if isinstance(value, int | float) else tuple(value)


def check_new(change: AddLine | ExtendLine, way: tuple[str, ...]) -> None:
    """Refuse run times, speeds and dwells that do not fit the stops of the new stretch; a list is made a tuple."""
    kind, hops = change.kind, len(way) - 1
    object.__setattr__(change, "run_min", as_numbers(change.run_min))
    if change.dwell_min is not None and not isinstance(change.dwell_min, int | float):
        object.__setattr__(change, "dwell_min", tuple(change.dwell_min))
    for one, other in pairwise(way):
        if one == other:
            raise BadValue(f"{kind}: stop {one} stands twice in a row")
    if not hops and (change.run_min or change.speed_kmh is not None):
        raise BadValue(f"{kind}: there is no new hop, so run_min and speed_kmh have no meaning")
    if hops and bool(change.run_min) == (change.speed_kmh is not None):
        raise BadValue(f"{kind} needs run_min or speed_kmh, and not both")
    if change.run_min and len(change.run_min) != hops:
        raise BadValue(f"{kind}: run_min has {len(change.run_min)} values, there are {hops} hops from {way[0]} to {way[-1]}")
    if change.speed_kmh is not None and not change.speed_kmh > 0:
        raise BadValue(f"{kind}: speed_kmh is {change.speed_kmh}, must be above 0")
    dwell = () if change.dwell_min is None else as_numbers(change.dwell_min)
    if isinstance(change.dwell_min, tuple) and len(dwell) != len(change.stops):
        raise BadValue(f"{kind}: dwell_min has {len(dwell)} values for {len(change.stops)} stops")
    bounds = (("run_min", change.run_min, SHORTEST_RUN_MIN, LONGEST_RUN_MIN), ("dwell_min", dwell, 0.0, LONGEST_DWELL_MIN))
    for name, values, low, high in bounds:
        for value in values:
            if not low <= value <= high:
                raise BadValue(f"{kind}: {name} is {value}, must be from {low:g} to {high:g} minutes")


def fast_speed(change: AddLine | ExtendLine, line_class: str) -> list[str]:
    """A fault where the speed given is above that of the class."""
    limit = limit_kmh(line_class)
    fast = change.speed_kmh is not None and change.speed_kmh > limit
    return [f"speed_kmh is {change.speed_kmh:g}, {line_class} runs at most {limit}"] if fast else []


def runs_s(change: AddLine | ExtendLine, net: Network, way: tuple[str, ...], line_class: str) -> tuple[int, ...]:
    """Seconds of each hop of the new stretch."""
    if change.speed_kmh is None:
        return tuple(round(one * 60) for one in change.run_min)
    place = places_of(net, way)
    return tuple(run_of_speed(line_class, length_km((place[a], place[b])), change.speed_kmh) for a, b in pairwise(way))


def dwells_s(change: AddLine | ExtendLine, net: Network, line_class: str) -> tuple[int, ...]:
    """Seconds at each of the stops that the change names."""
    if isinstance(change.dwell_min, tuple):
        return tuple(round(one * 60) for one in change.dwell_min)
    each = dwell_of(net, line_class) if change.dwell_min is None else round(change.dwell_min * 60)
    return (each,) * len(change.stops)
