"""Times from points to points at the three levels of the constants, kept with the network that made them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from commute import routing
from commute.errors import BadValue
from commute.model.points import KINDS, Points
from commute.model.results.times import COUNTED

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.network import Level, Network
    from commute.model.profile import Count, Profile
    from commute.model.results.times import TravelTimes
    from commute.model.target import Target

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CAR_MODES = ("car", "truck")
LEVELS: tuple[Level, ...] = ("favourable", "central", "unfavourable")
GROUND = ("cells", "crs", "labels")  # parts of a network's cache that neither constants nor dates move
_kept: WeakKeyDictionary[Network, dict[str, Any]] = WeakKeyDictionary()  # by content: equal networks share their times


def at_levels(net: Network) -> Mapping[Level, Network]:
    """The network at the favourable, central and unfavourable end of every constant; made once."""
    if "levels" not in net._cache:
        made = {level: net.assume(level) for level in LEVELS}
        for one in made.values():
            one._cache.update({name: net._cache[name] for name in GROUND if name in net._cache})
            one._cache["levels"] = made
        net._cache["levels"] = made
    return net._cache["levels"]  # type: ignore[no-any-return]


def profiles_of(target: Target, profile: Profile | None = None) -> dict[str, Profile]:
    """The profiles that answer a target, by mode, less those that its count has no meaning for.

    Of the best of several modes, park-and-ride counts door to door only: its drive is an access leg, and without that leg
    it would seem faster than any way there is.

    Raises
    ------
    BadValue
        A profile of another mode; station to station by car, which uses no station.
    """
    found = target.profiles(profile)
    if target.count == "station_to_station":
        found.pop("car", None)
    if target.count != "door_to_door" and target.mode == "best" and len(found) > 1:
        found.pop("park_ride", None)
    if not found:
        raise BadValue("station_to_station has no meaning for a car journey: take in_vehicle or door_to_door")
    return found


def car_of(profiles: Mapping[str, Profile]) -> Profile | None:
    """The profile by car among these by mode; None where there is none."""
    return next((one for one in profiles.values() if one.mode in CAR_MODES), None)


def minutes(net: Network, profile: Profile, origins: Points, destinations: Points, *, mean: bool = False) -> Floats:
    """Minutes of the counted legs, shape (origins, destinations), inf where not reachable; kept with the network.

    At the middle percentile of the profile, or the mean over departures and drawn timetables.
    """
    key = f"minutes {mean} {_key(profile, origins, destinations)}"
    kept = _kept.setdefault(net, {})
    if key not in kept:
        if mean and profile.mode not in ("car", "truck", "walk", "bike"):
            seconds = routing.travel_times(net, origins, destinations, profile=profile, progress=False).mean_s
            found = np.where(np.isnan(seconds), np.inf, seconds / 60.0)
        else:
            whole = routing.compile(net, profile).totals_s(origins, destinations)
            found = np.where(whole < 0, np.inf, whole / 60.0)
        kept[key] = found
    return kept[key]  # type: ignore[no-any-return]


def best_minutes(
    net: Network, target: Target, profiles: Mapping[str, Profile], origins: Points, destinations: Points
) -> tuple[Floats, Ints]:
    """The fastest of the profiles for each pair, and its position among them (−1 where none gets there)."""
    mean = target.statistic == "mean"
    each = np.stack([minutes(net, one, origins, destinations, mean=mean) for one in profiles.values()])
    fastest = each.min(axis=0)
    return fastest, np.where(np.isinf(fastest), -1, each.argmin(axis=0))


def kept(net: Network) -> dict[str, Any]:
    """What has been worked out for a network, by name; equal networks share it, and it is let go with them."""
    return _kept.setdefault(net, {})


def legs(net: Network, profile: Profile, origins: Points, destinations: Points) -> TravelTimes:
    """Travel times with their legs; kept with the network."""
    key = f"legs {_key(profile, origins, destinations)}"
    kept = _kept.setdefault(net, {})
    if key not in kept:
        kept[key] = routing.travel_times(net, origins, destinations, profile=profile, progress=False)
    return kept[key]  # type: ignore[no-any-return]


def counted(net: Network, profile: Profile, count: Count, origins: Points, destinations: Points, *, mean: bool = False) -> Floats:
    """Minutes of the legs that a count counts, on the journeys of the profile's percentile; one run serves all counts."""
    whole = profile.but(count="door_to_door")
    known = f"legs {_key(whole, origins, destinations)}" in _kept.setdefault(net, {})
    if mean or profile.mode in ("car", "truck") or (count == "door_to_door" and not known):
        return minutes(net, profile.but(count=count), origins, destinations, mean=mean)
    times = legs(net, whole, origins, destinations)
    seconds = sum((times.legs[leg] for leg in COUNTED[count]), np.zeros(times.seconds[times.middle].shape, np.int32))
    return np.where(times.seconds[times.middle] < 0, np.inf, seconds / 60.0)


def centres(net: Network, role: str = "main") -> pd.DataFrame:
    """The centres of cities in one role: place_id, name_zh, name_en, centre_of, lon, lat, in order of place_id."""
    place = net.in_use("place")
    mine = place[(place["centre_of"] != "") & (place["centre_role"] == role)]
    return mine[["place_id", "name_zh", "name_en", "centre_of", "lon", "lat"]].reset_index(drop=True)


def points_of(frame: pd.DataFrame, key: str = "place_id") -> Points:
    """Points of a frame with lon and lat."""
    ids = tuple(frame[key])
    return Points(ids, frame["lon"].to_numpy(np.float64), frame["lat"].to_numpy(np.float64), ("",) * len(ids))


def main_centres(net: Network) -> pd.DataFrame:
    """The main centre of each city.

    Raises
    ------
    BadValue
        Fewer than two cities have one.
    """
    found = centres(net)
    cities = sorted(set(found["centre_of"]))
    if len(cities) < 2:
        have = f"only {cities[0]} has one" if cities else "no city has one"
        raise BadValue(
            f"no centre of another city on {net.day}: place.csv needs rows with centre_of and centre_role main for two cities or more, "
            f"and {have}; or name the target's origins and destinations"
        )
    return found


def names(net: Network, ids: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Chinese name, English name and city of points; the id where there is no name, '' where there is no city."""
    if "labels" not in net._cache:
        labels: dict[str, tuple[str, str, str]] = {}
        for kind, key in KINDS:
            frame = net.table(kind)
            blank = [""] * len(frame)
            zh = frame["name_zh"] if "name_zh" in frame else frame.get("stop_name", blank)
            en = next((frame[name] for name in ("name_en", "stop_name_en", "name") if name in frame), blank)
            city = frame.get("city", blank)
            for one, a, b, c in zip(frame[key], zh, en, city, strict=True):
                labels.setdefault(one, (a or one, b or a or one, c))
        net._cache["labels"] = labels
    known = [net._cache["labels"].get(one, (one, one, "")) for one in ids]
    return [a for a, _, _ in known], [b for _, b, _ in known], [c for _, _, c in known]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dicts."""
    return frame.to_dict("records")  # type: ignore[return-value]


def _key(profile: Profile, origins: Points, destinations: Points) -> str:
    return f"{profile.but(name='')!r} {_fingerprint(origins)} {_fingerprint(destinations)}"


def _fingerprint(points: Points) -> str:
    digest = hashlib.sha1("\x1f".join((*points.ids, *points.stops)).encode(), usedforsecurity=False)
    digest.update(points.lon.tobytes())
    digest.update(points.lat.tobytes())
    return digest.hexdigest()
