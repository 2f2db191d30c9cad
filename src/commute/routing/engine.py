"""An Engine answers times for one network and one profile; it is kept while its network lives."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from commute.errors import BadValue
from commute.model.network import Network
from commute.model.points import Points
from commute.model.profile import Profile
from commute.model.results.times import COUNTED, LEGS, REASONS, TravelTimes
from commute.routing import about, riders, roads, runs, scan, ways
from commute.routing.street import Ints, seconds

THREADS = os.cpu_count() or 1
NO_ORIGIN, NO_DESTINATION, NO_SERVICE, NO_ROAD, NO_STATION = range(1, 6)
_engines: WeakKeyDictionary[Network, dict[Profile, Engine]] = WeakKeyDictionary()


def compile(net: Network, profile: Profile) -> Engine:
    """The engine of a network and a profile; an undated network is asked about on its `as_of`."""
    kept = _engines.setdefault(net, {})
    if profile not in kept:
        kept[profile] = Engine(net, profile)
    return kept[profile]


class Engine:
    """Times by one profile on one day. Made by `compile`."""

    def __init__(self, net: Network, profile: Profile, threads: int = THREADS) -> None:
        # A copy, since the cache holds the network weakly and would else be kept alive by its own engine.
        self.net = net.replaced(day=net.day)
        self.profile = profile
        self.threads = threads
        self._riders: riders.Riders | None = None

    @property
    def riders(self) -> riders.Riders:
        """The day's timetable and stations, compiled at first use."""
        if self._riders is None:
            self._riders = riders.riders(self.net, self.profile, self.threads)
        return self._riders

    def times(self, origins: Points, destinations: Points) -> TravelTimes:
        """Times with legs, percentiles and reasons."""
        mode = self.profile.mode
        if mode in ("car", "truck"):
            return self._by_car(origins, destinations)
        if mode in ("walk", "bike"):
            return self._by_field(origins, destinations)
        return self._by_transit(origins, destinations)

    def totals_s(self, origins: Points, destinations: Points) -> Ints:
        """Seconds of the counted legs at the middle percentile, int32 (origins, destinations), −1 where not reachable."""
        if self.profile.mode in ("transit", "park_ride") and self.profile.count == "door_to_door":
            shown = self.profile.percentiles[self.profile.middle]
            totals: Ints = self._scan(self._links(origins, destinations), (shown,), legs=False).totals[0]
            return totals.copy()
        if self.profile.mode in ("car", "truck") and self.profile.count != "station_to_station":
            drive = self._drive_s(origins, destinations)
            return np.where(drive >= 0, drive + self.parking_s(), -1).astype(np.int32)
        here = self.times(origins, destinations)
        middle: Ints = here.seconds[here.middle]
        return middle

    def with_each_gap_s(self, origins: Points, destinations: Points, gaps: Sequence[str]) -> Ints:
        """Seconds with each gap alone open, int32 (gaps, origins, destinations); car only.

        Raises
        ------
        BadValue
            A profile that is not by car.
        """
        if self.profile.mode not in ("car", "truck"):
            raise BadValue(f"the gap algebra is for roads; the profile travels by {self.profile.mode}")
        ds = roads.with_each_gap_ds(self.net, origins, destinations, gaps, peak=self.profile.peak, threads=self.threads)
        time_s = seconds(ds)
        return np.where(time_s >= 0, time_s + self.parking_s(), -1).astype(np.int32)

    # by mode ----------------------------------------------------------------------------------------------

    def parking_s(self) -> int:
        if self.profile.count != "door_to_door":
            return 0
        own = self.profile.parking_min
        return round((own if own is not None else self.net.constant("parking_min")) * 60)

    def _drive_s(self, origins: Points, destinations: Points) -> Ints:
        return seconds(roads.car_ds(self.net, origins, destinations, peak=self.profile.peak, threads=self.threads))

    def _by_car(self, origins: Points, destinations: Points) -> TravelTimes:
        if self.profile.count == "station_to_station":
            nothing = np.full((len(origins), len(destinations)), -1, np.int32)
            return self._result(origins, destinations, nothing, {}, np.full(nothing.shape, NO_STATION, np.uint8))
        ride = self._drive_s(origins, destinations)
        here = ride >= 0
        legs = {"ride": np.where(here, ride, 0), "parking": np.where(here, self.parking_s(), 0)}
        return self._result(origins, destinations, np.where(here, ride + legs["parking"], -1), legs, np.where(here, 0, NO_ROAD))

    def _by_field(self, origins: Points, destinations: Points) -> TravelTimes:
        mode = self.profile.mode
        modes = ways.modes_of(self.net, self.profile, [mode], feeder=False, capped=self.profile.max_access_min is not None)
        ride = ways.matrix_s(self.net, origins, destinations, modes, self.threads)
        return self._result(origins, destinations, ride, {"ride": np.maximum(ride, 0)}, np.where(ride >= 0, 0, NO_ROAD))

    def _links(self, origins: Points, destinations: Points) -> scan.Links:
        return riders.links(self.riders, origins, destinations, self.threads)

    def _scan(self, links: scan.Links, percentiles: tuple[float, ...], *, legs: bool) -> scan.LaneTimes:
        return riders.times(self.riders, links, percentiles, legs=legs, threads=self.threads)

    def _by_transit(self, origins: Points, destinations: Points) -> TravelTimes:
        profile = self.profile
        if profile.count == "in_vehicle" and profile.pattern != "any":
            return self._by_pattern(origins, destinations)
        shown = profile.percentiles[profile.middle]
        ordered = (*(p for p in profile.percentiles if p != shown), shown)  # the kernel keeps the legs of one percentile
        totals, legs = {}, {}
        counts = self._counts(destinations)
        links = self._links(origins, destinations)
        for p in ordered if profile.count != "door_to_door" else (shown,):
            times = self._scan(links, (p,), legs=True)
            legs = {leg: (values * counts[leg]).astype(np.int32) for leg, values in self._legs(times, links).items()}
            totals[p] = sum(legs.values(), np.zeros_like(times.totals[0]))
            totals[p][times.totals[0] < 0] = -1
        if profile.count == "door_to_door" and len(ordered) > 1:
            several = self._scan(links, profile.percentiles, legs=False)
            totals = dict(zip(profile.percentiles, several.totals, strict=True))
        assert times.schedule_delay is not None
        mean = times.mean_s.copy()
        if profile.count != "door_to_door":
            assert times.mean_legs is not None
            mean = np.sum([times.mean_legs[i] * counts[leg] for i, leg in enumerate(scan.LEGS)], axis=0)
        delay = np.maximum(times.schedule_delay, 0)
        result = self._result(origins, destinations, totals[shown], legs, _reasons(totals[shown], links), mean, delay)
        return replace(result, seconds=np.stack([totals[p] for p in profile.percentiles]).astype(np.int32))

    def _counts(self, destinations: Points) -> dict[str, npt.NDArray[np.bool_]]:
        """Which legs count, by destination. Station to station, the way out of a destination that is a stop counts too."""
        counts = {leg: np.full(len(destinations), leg in COUNTED[self.profile.count]) for leg in LEGS}
        if self.profile.count == "station_to_station":
            counts["egress"] |= np.array([stop != "" for stop in destinations.stops], bool)
        return counts

    def _legs(self, times: scan.LaneTimes, links: scan.Links) -> dict[str, Ints]:
        """Legs by name; parking or dropping off apart from the drive."""
        assert times.legs is not None and times.first_stop is not None
        legs = {leg: np.maximum(times.legs[i], 0) for i, leg in enumerate(scan.LEGS)}
        legs["parking"] = np.zeros_like(legs["access"])
        if links.parking_s is not None:
            o, d = np.nonzero(times.first_stop >= 0)
            legs["parking"][o, d] = links.parking_s[o, times.first_stop[o, d]]
            legs["access"] = legs["access"] - legs["parking"]
        return legs

    def _by_pattern(self, origins: Points, destinations: Points) -> TravelTimes:
        ride = np.full((len(origins), len(destinations)), -1, np.int32)
        for i, a in enumerate(origins.stops):
            for j, b in enumerate(destinations.stops):
                if not a or not b:
                    raise BadValue(f"pattern {self.profile.pattern!r} is of trains between two stops: give stop ids")
                ride[i, j] = runs.pattern_s(self.net, a, b, self.profile.pattern)
        return self._result(origins, destinations, ride, {"ride": np.maximum(ride, 0)}, np.where(ride >= 0, 0, NO_SERVICE))

    def _result(
        self,
        origins: Points,
        destinations: Points,
        total: npt.NDArray[np.integer],
        legs: Mapping[str, npt.NDArray[np.integer]],
        reason: npt.NDArray[np.integer],
        mean: npt.NDArray[np.float64] | None = None,
        delay: Ints | None = None,
    ) -> TravelTimes:
        total = total.astype(np.int32)
        zero = np.zeros(total.shape, np.int32)
        return TravelTimes(
            origins=origins,
            destinations=destinations,
            percentiles=self.profile.percentiles,
            seconds=np.stack([total] * len(self.profile.percentiles)),
            middle=self.profile.middle,
            legs={leg: np.where(total >= 0, legs.get(leg, zero), 0).astype(np.int32) for leg in LEGS},
            mean_s=np.where(total >= 0, total, np.nan) if mean is None else mean,
            delay_s=zero if delay is None else np.where(total >= 0, delay, 0).astype(np.int32),
            reason=reason.astype(np.uint8),
            about=about.about(self.net, self.profile),
        )


def _reasons(totals: Ints, links: scan.Links) -> npt.NDArray[np.uint8]:
    """Why each pair is not reached, as positions in `REASONS`; 0 where it is."""
    reason = np.where(totals >= 0, 0, NO_SERVICE)
    no_access, no_egress = (np.diff(rows.start) == 0 for rows in (links.access, links.egress))
    reason[(totals < 0) & no_egress[None, :]] = NO_DESTINATION
    reason[(totals < 0) & no_access[:, None]] = NO_ORIGIN
    return reason.astype(np.uint8)


assert len(REASONS) == NO_STATION + 1
