"""Changes of access: the walk between two stops, and where the car is left."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.added import ADDED, filled, put_back
from commute.model.changes.change import Change
from commute.model.changes.links import Point, on_earth, within
from commute.model.changes.stations import for_its_days
from commute.model.changes.where import KM_PER_DEGREE
from commute.model.checks.positions import straight_m
from commute.model.views import link_lines

if TYPE_CHECKING:
    from commute.model.network import Network

MOST_MIN = 120.0  # of a transfer, as its table bounds it
WALKED = 2  # GTFS transfer_type: needs min_transfer_time
HOURS = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTransfer(Change):
    """Set the walk of a transfer between two stops, shorter or longer than today's; one that is not listed is added.

    Parameters
    ----------
    from_stop, to_stop : str, stop ids
    minutes : float, from the platform to the street door, or gate, of the second stop, 0 to 120; or
    walk_m : float, metres along the path, walked at the constant `walk_kmh`
    direction : {"both", "forward"}; forward is from `from_stop` to `to_stop` alone
    expect : mapping, {"minutes": …}, the listed minutes that must hold before; None where none is listed

    Notes
    -----
    The minutes stand in place of the way out and the walk (GTFS `min_transfer_time`); entry and gate minutes of the second stop
    come on top, so set these too where the change no longer leaves the paid area. Two stops of one class and station are
    refused: a change there takes the constant `transfer_min`. So are two that no transfer lists and that are farther apart, in a
    straight line, than one walks in `walk_max_min`: nobody changes there. Transfers have no dates: it holds at all of them.
    """

    kind: ClassVar[str] = "set_transfer"
    noun: ClassVar[str] = "transfer"
    directions: ClassVar[tuple[str, ...]] = ("both", "forward")
    dated: ClassVar[bool] = False
    selects: ClassVar[bool] = False
    from_stop: str
    to_stop: str
    minutes: float | None = None
    walk_m: float | None = None

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        if (self.minutes is None) == (self.walk_m is None):
            raise BadValue("set_transfer needs minutes or walk_m, and not both")
        if self.from_stop == self.to_stop:
            raise BadValue(f"set_transfer: from_stop and to_stop are both {self.from_stop!r}")
        within("set_transfer", "minutes", self.minutes, 0.0, MOST_MIN)
        within("set_transfer", "walk_m", self.walk_m, 0.0, 10_000.0)

    def _pairs(self) -> list[tuple[str, str]]:
        there = (self.from_stop, self.to_stop)
        return [there] if self.direction == "forward" else [there, there[::-1]]

    def ids(self) -> tuple[str, ...]:
        return tuple(f"{a} to {b}" for a, b in self._pairs())

    def sets(self) -> tuple[str, ...]:
        return ("minutes",)

    def _minutes(self, net: Network) -> float:
        return self.minutes if self.walk_m is None else self.walk_m / 1000 / net.constant("walk_kmh") * 60  # type: ignore[return-value]

    def faults(self, net: Network) -> list[str]:
        stops = net.table("stops").set_index("stop_id")
        unknown = [one for one in (self.from_stop, self.to_stop) if one not in stops.index]
        if unknown:
            return [str(UnknownId("stop", one, stops.index)) for one in unknown]
        a, b = (stops.loc[one] for one in (self.from_stop, self.to_stop))
        if a["station_class"] == b["station_class"] and a["parent_station"] and a["parent_station"] == b["parent_station"]:
            one = f"{self.from_stop} and {self.to_stop} are one {a['station_class']} station"
            return [f"{one}: a change there takes the constant transfer_min"]
        if self._minutes(net) > MOST_MIN:
            return [f"walk_m {self.walk_m:g} takes {self._minutes(net):.0f} minutes, must be at most {MOST_MIN:g}"]
        known = net.table("transfers").set_index(["from_stop_id", "to_stop_id"])["min_transfer_s"] / 60
        if not any(pair in known.index for pair in self._pairs()) and (far := self._too_far(net)):
            return [far]
        listed = pd.DataFrame({"transfer": self.ids(), "minutes": [known.get(pair, math.nan) for pair in self._pairs()]})
        return self.unexpected(listed, "transfer")

    def _too_far(self, net: Network) -> str:
        """Why nobody changes between the two stops, with those where one could; "" where one might."""
        stops = net.table("stops").set_index("stop_id")
        here = stops.loc[self.from_stop]
        away = straight_m(stops["lon"], stops["lat"], here["lon"], here["lat"]) / 1000
        most = net.constant("walk_kmh") * net.constant("walk_max_min") / 60
        km = float(away[stops.index.get_loc(self.to_stop)])
        if km <= most:
            return ""
        order = [int(one) for one in np.argsort(away, kind="stable") if away[one] <= most and stops.index[one] != self.from_stop]
        near = f"within that of {self.from_stop}: {', '.join(stops.index[order[:3]])}" if order else "no stop is within that"
        return f"no transfer {self.ids()[0]} is known, and they are {km:.2f} km apart, more than the {most:.2f} km of walk_max_min; {near}"

    def edit(self, net: Network) -> Network:
        frame = net.table("transfers")
        pairs = self._pairs()
        old = [pair in pairs for pair in zip(frame["from_stop_id"], frame["to_stop_id"], strict=True)]
        given = {"transfer_type": WALKED, "min_transfer_s": round(self._minutes(net) * 60), **ADDED}
        rows = pd.DataFrame([{"from_stop_id": a, "to_stop_id": b, **given} for a, b in pairs])
        return put_back(net, transfers=pd.concat([frame[~np.array(old, bool)], filled(rows, frame)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddParkRide(Change):
    """Let cars be left at a stop of any class, or set how long that takes there.

    Parameters
    ----------
    stop : str, a stop id; or
    point : (lon, lat) in WGS84, the car park: it serves the nearest station; a bus stop only where `stop` names it
    limit_km : float, km, straight line: a road for cars, and a station, must be so near to it
    search_min : float, minutes from the road to the street door of `stop`, or to having parked at `point`, 0 to 60; None is the
        constant `park_ride_parking_min`
    capacity : float, cars; fee_cny : float, yuan a day; hours : str, HH:MM-HH:MM
    name : str

    Notes
    -----
    It changes the times of park-and-ride alone. Without it cars may be left at every station but bus stops, in the time of the
    constant. The drive ends at the station; from a point the walk to it, along the constant `walk_detour` at `walk_kmh`, is added.
    Capacity, fee and hours are noted and change nothing: the park is never full nor shut, and time is not money here.
    Other stops of the same building need a change of their own.
    """

    kind: ClassVar[str] = "add_park_ride"
    noun: ClassVar[str] = "stop"
    selects: ClassVar[bool] = False
    expects: ClassVar[bool] = False
    naming: ClassVar[tuple[str, ...]] = ("stop", "point")
    stop: str = ""
    point: Point | None = None
    limit_km: float = 1.0
    search_min: float | None = None
    capacity: float | None = None
    fee_cny: float | None = None
    hours: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        if bool(self.stop) == (self.point is not None):
            raise BadValue("add_park_ride needs a stop or a point, and not both")
        if self.point is not None:
            object.__setattr__(self, "point", on_earth("add_park_ride", "point", self.point))
        within("add_park_ride", "limit_km", self.limit_km, 0.0, 5.0, above=True)
        within("add_park_ride", "search_min", self.search_min, 0.0, 60.0)
        within("add_park_ride", "capacity", self.capacity, 0.0, 1e5, above=True)
        within("add_park_ride", "fee_cny", self.fee_cny, 0.0, 1e4)
        if self.hours and not (HOURS.match(self.hours) and self.hours[:5] < self.hours[6:] <= "24:00"):
            raise BadValue(f"add_park_ride: hours {self.hours!r} are not HH:MM-HH:MM, the end after the start")

    def ids(self) -> tuple[str, ...]:
        return (self.stop,) if self.stop else ()

    def chosen(self, net: Network) -> tuple[str, ...]:
        return self.ids() or ((near,) if (near := self._nearest(net)[0]) else ())

    def sets(self) -> tuple[str, ...]:
        return ("park_ride",)

    def _nearest(self, net: Network) -> tuple[str, float]:
        """The station nearest to the point, and its distance in km; "" and inf where there is none."""
        stops = net.in_use("stops")
        stops = stops[stops["station_class"] != "bus"]
        if self.point is None or stops.empty:
            return "", math.inf
        away = straight_m(stops["lon"], stops["lat"], *self.point) / 1000
        return str(stops["stop_id"].iloc[int(np.argmin(away))]), float(away.min())

    def faults(self, net: Network) -> list[str]:
        stops = net.table("stops").set_index("stop_id")
        if self.stop and self.stop not in stops.index:
            return [str(UnknownId("stop", self.stop, stops.index))]
        lon, lat = self.point or (stops["lon"].to_dict()[self.stop], stops["lat"].to_dict()[self.stop])
        called = f"point ({lon:g}, {lat:g})" if self.point else f"stop {self.stop}"
        found = []
        near, away = ("", 0.0) if self.stop else self._nearest(net)
        if away > self.limit_km:
            said = f"{away:.2f} km from the nearest station, {near}" if near else "near no station: there is none"
            found.append(f"{called} is {said}; limit_km is {self.limit_km:g}")
        road = _road_km(net, lon, lat)
        if road > self.limit_km:
            said = f"{road:.2f} km from the nearest road for cars" if math.isfinite(road) else "near no road for cars: there is none"
            found.append(f"{called} is {said}; limit_km is {self.limit_km:g}")
        return found

    def edit(self, net: Network) -> Network:
        (stop,) = self.chosen(net)
        walk = 0.0 if self.stop else self._nearest(net)[1] * net.constant("walk_detour") / net.constant("walk_kmh") * 60
        given = {one: getattr(self, one) for one in ("search_min", "capacity", "fee_cny", "hours", "name")}
        row = {"stop_id": stop, "walk_min": walk} | {one: value for one, value in given.items() if value is not None}
        frame = net.table("park_ride")
        return put_back(net, park_ride=for_its_days(frame, frame["stop_id"] == stop, row, self))


def _road_km(net: Network, lon: float, lat: float) -> float:
    """Straight line to the nearest road in use that cars may use, km (flat about the point); inf where there is none."""
    import shapely

    links = net.in_use("link")
    links = links[links["allowed_uses"].str.split(",").map(lambda uses: "auto" in uses).astype(bool)]
    if links.empty:
        return math.inf
    scale = np.array([KM_PER_DEGREE * math.cos(math.radians(lat)), KM_PER_DEGREE])
    flat = shapely.transform(link_lines(links, net.table("node")), lambda xy: (xy - (lon, lat)) * scale)
    return float(shapely.distance(flat, shapely.Point(0, 0)).min())
