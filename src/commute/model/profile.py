"""How someone travels: a frozen value, with ready ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Literal

from commute.errors import BadValue

Count = Literal["door_to_door", "station_to_station", "in_vehicle"]
MODES = (("car",), ("transit",), ("walk",), ("bike",), ("car", "transit"), ("truck",))
ACCESS = ("walk", "bike", "car")
EGRESS = ("walk", "bike")
LONGEST_MIN = 540  # nine hours, which the scan of a timetable can count
CLOCK = re.compile(r"^([01]?\d|2\d):[0-5]\d$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How someone travels. `None` takes the network's constant of that name, with its low and high.

    Parameters
    ----------
    modes : tuple of str
        ("car",), ("transit",), ("walk",), ("bike",), ("truck",) or ("car", "transit") for park-and-ride.
    access_modes, egress_modes : tuple of str
        Of walk, bike, car: how a station is reached and left. By car under modes ("transit",) one is dropped off: no place
        to park is sought; under ("car", "transit") the car is parked. Stations are never left by car.
    walk_kmh, bike_kmh : float, km/h
    entry_min : float or {station class: float}, minutes from street door to platform
    transfer_min : float, minutes of a change inside one station
    parking_min : float, minutes to find a place and walk, at the end of a car journey
    max_access_min : float, minutes; caps access, egress and each walk between stations
    max_transfers : int, the most changes of vehicle
    rail : {"intercity", "all"}
        "all" adds conventional and high-speed trains, whose headways are assumed.
    feeder : {"none", "assumed"}
        "assumed" adds a city bus or taxi of assumed speed and wait to and from stations.
    wait : {"random", "half_headway", "informed", "default"}
        "default" is random up to a headway of `informed_above_min` and informed above.
    depart : str, 'HH:MM'
    window_min : float, minutes; 0 is one departure
    departures : int, how many departures are tried in the window, evenly spread
    draws : int, how many timetables of headway services are drawn
    percentiles : tuple of float, 0–100
    seed : int
    peak : bool, peak speeds on roads
    count : {"door_to_door", "station_to_station", "in_vehicle"}, which legs are counted
    pattern : {"any", "fastest", "typical", "all_stops"}, for in_vehicle between two stops

    Raises
    ------
    BadValue
        A value out of range or unknown.
    """

    name: str = ""
    modes: tuple[str, ...]
    access_modes: tuple[str, ...] = ("walk", "bike")
    egress_modes: tuple[str, ...] = ("walk", "bike")
    walk_kmh: float | None = None
    bike_kmh: float | None = None
    entry_min: float | Mapping[str, float] | None = None
    transfer_min: float | None = None
    parking_min: float | None = None
    max_access_min: float | None = None
    max_transfers: int | None = None
    rail: Literal["intercity", "all"] = "intercity"
    feeder: Literal["none", "assumed"] = "none"
    wait: Literal["random", "half_headway", "informed", "default"] = "default"
    depart: str = "07:30"
    window_min: float = 90
    departures: int = 16
    draws: int = 8
    percentiles: tuple[float, ...] = (50,)
    seed: int = 0
    peak: bool = False
    count: Count = "door_to_door"
    pattern: Literal["any", "fastest", "typical", "all_stops"] = "any"

    def __post_init__(self) -> None:
        for name in ("modes", "access_modes", "egress_modes", "percentiles"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str | int | float) else tuple(value))
        if isinstance(self.entry_min, Mapping):
            object.__setattr__(self, "entry_min", FrozenMinutes(self.entry_min))
        _one_of("modes", self.modes, MODES)
        for name, known in (("access_modes", ACCESS), ("egress_modes", EGRESS)):
            for mode in getattr(self, name):
                _one_of(name, mode, known)
        _one_of("rail", self.rail, ("intercity", "all"))
        _one_of("feeder", self.feeder, ("none", "assumed"))
        _one_of("wait", self.wait, ("random", "half_headway", "informed", "default"))
        _one_of("count", self.count, ("door_to_door", "station_to_station", "in_vehicle"))
        _one_of("pattern", self.pattern, ("any", "fastest", "typical", "all_stops"))
        for name in ("walk_kmh", "bike_kmh"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= 60:
                raise BadValue(f"{name} is {value}, must be above 0 and at most 60")
        for name in ("transfer_min", "parking_min", "max_access_min", "window_min"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= LONGEST_MIN:
                raise BadValue(f"{name} is {value}, must be from 0 to {LONGEST_MIN} minutes")
        entries = self.entry_min.values() if isinstance(self.entry_min, Mapping) else [self.entry_min]
        if any(one is not None and not 0 <= one <= 120 for one in entries):
            raise BadValue(f"entry_min is {self.entry_min}, must be from 0 to 120 minutes")
        if self.max_transfers is not None and not 0 <= self.max_transfers <= 20:
            raise BadValue(f"max_transfers is {self.max_transfers}, must be from 0 to 20")
        if not 1 <= self.departures <= 1440 or not 1 <= self.draws <= 1000:
            raise BadValue(f"departures {self.departures} and draws {self.draws} must be from 1 to 1440 and 1000")
        if not self.percentiles or not all(0 < p <= 100 for p in self.percentiles):
            raise BadValue(f"percentiles are {self.percentiles}, must be above 0 and at most 100")
        if not CLOCK.match(self.depart):
            raise BadValue(f"depart is {self.depart!r}, must be HH:MM")

    @property
    def mode(self) -> str:
        """One word for the modes: car, transit, walk, bike, truck or park_ride."""
        return "park_ride" if self.modes == ("car", "transit") else self.modes[0]

    @property
    def depart_s(self) -> int:
        """The first departure in seconds after midnight."""
        hour, minute = self.depart.split(":")
        return int(hour) * 3600 + int(minute) * 60

    @property
    def middle(self) -> int:
        """Position of the percentile that `minutes` and its legs show: 50 where asked for, else the middle one."""
        return self.percentiles.index(50) if 50 in self.percentiles else len(self.percentiles) // 2

    def but(self, **changes: Any) -> Profile:
        """A copy with some values changed.

        Raises
        ------
        BadValue
            An unknown name, or a value out of range.
        """
        known = [field.name for field in fields(self)]
        for name in changes:
            if name not in known:
                near = get_close_matches(name, known, n=1, cutoff=0.4)
                raise BadValue(f"a Profile has no {name!r}" + (f" (nearest: {near[0]})" if near else ""))
        return replace(self, **changes)

    def at_peak(self) -> Profile:
        """The same at peak speeds on roads, in the morning peak."""
        return replace(self, peak=True, depart="07:30", window_min=90)


class FrozenMinutes(dict[str, float]):
    """Minutes by station class; hashable, since a Profile is a value."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


def _one_of(name: str, value: object, known: tuple[Any, ...]) -> None:
    if value not in known:
        raise BadValue(f"{name} is {value!r}, must be one of {', '.join(map(str, known))}")


WALK = Profile(name="WALK", modes=("walk",))
BIKE = Profile(name="BIKE", modes=("bike",))
CAR = Profile(name="CAR", modes=("car",))
TRUCK = Profile(name="TRUCK", modes=("truck",))
TRANSIT = Profile(name="TRANSIT", modes=("transit",))
PARK_RIDE = Profile(name="PARK_RIDE", modes=("car", "transit"), access_modes=("car",), peak=True)
READY = {profile.name: profile for profile in (WALK, BIKE, CAR, TRANSIT, PARK_RIDE, TRUCK)}
