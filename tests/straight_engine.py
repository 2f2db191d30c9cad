"""An engine of straight lines for the tests of analysis: minutes = a fixed start + km × minutes a km, by mode and level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from commute.model.network import Network
from commute.model.points import Points
from commute.model.profile import Profile
from commute.model.results.times import LEGS, TravelTimes

PER_KM = {"car": 1.0, "transit": 1.5, "park_ride": 1.25, "walk": 12.0, "bike": 5.0}
START = {"car": 4.0, "transit": 12.0, "park_ride": 10.0, "walk": 0.0, "bike": 1.0}
LEVEL = {"favourable": 0.8, "central": 1.0, "unfavourable": 1.3}
GAP_SAVES_S = 60


def km(a: Points, b: Points) -> np.ndarray:
    """Straight kilometres, shape (a, b)."""
    east = (a.lon[:, None] - b.lon[None]) * 111.32 * np.cos(np.radians(28.1))
    north = (a.lat[:, None] - b.lat[None]) * 110.95
    return np.hypot(east, north)


class FakeEngine:
    """As `commute.routing.Engine`, in the few parts that analysis takes."""

    calls = 0

    def __init__(self, net: Network, profile: Profile) -> None:
        self.net, self.profile = net, profile

    def parts_s(self, a: Points, b: Points) -> dict[str, np.ndarray]:
        mode = self.profile.mode
        level = LEVEL[self.net.level] * (1.5 if self.profile.peak and mode == "car" else 1.0)
        ride = np.round(km(a, b) * PER_KM[mode] * level * 60)
        ride = np.maximum(ride - GAP_SAVES_S * len(self.net.in_use("gap")) * (mode == "car"), 0)
        start = np.full_like(ride, round(START[mode] * 60 * LEVEL[self.net.level]))
        if self.profile.feeder == "none" and mode == "transit":
            start = start + 300
        out = {leg: np.zeros(ride.shape, np.int32) for leg in LEGS}
        out["ride"] = ride.astype(np.int32)
        if mode == "car":
            out["parking"] = start.astype(np.int32)
        else:
            out["access"] = (start // 2).astype(np.int32)
            out["wait"] = start.astype(np.int32) - out["access"]
        return out

    def totals_s(self, origins: Points, destinations: Points) -> np.ndarray:
        FakeEngine.calls += 1
        parts = self.parts_s(origins, destinations)
        counted = {
            "door_to_door": LEGS,
            "station_to_station": ("entry", "wait", "ride", "transfer"),
            "in_vehicle": ("ride", "transfer"),
        }[self.profile.count]
        return sum(parts[leg] for leg in counted).astype(np.int32)

    def with_each_gap_s(self, origins: Points, destinations: Points, gap_ids: Any) -> np.ndarray:
        base = self.totals_s(origins, destinations)
        return np.stack([np.maximum(base - GAP_SAVES_S * (k + 1), 0) for k, _ in enumerate(gap_ids)])


def travel_times(net: Network, origins: Points, destinations: Points | None = None, *, profile: Profile, **_: Any) -> TravelTimes:
    """Times with legs of the fake engine."""
    engine = FakeEngine(net, profile)
    ends = destinations or origins
    parts, total = engine.parts_s(origins, ends), engine.totals_s(origins, ends)
    zero = np.zeros(total.shape, np.int32)
    return TravelTimes(origins, ends, profile.percentiles, total[None], 0, parts, total.astype(float), zero, zero.astype(np.uint8), {})


def run_times(net: Network, from_stop: str, to_stop: str) -> pd.DataFrame:
    """Direct runs between two stops from the running tables."""
    running = net.running()
    trips = running["trips"].set_index("trip_id")
    rows = []
    for trip, calls in running["stop_times"].groupby("trip_id"):
        at = calls.set_index("stop_id")
        if from_stop in at.index and to_stop in at.index and at.at[from_stop, "stop_sequence"] < at.at[to_stop, "stop_sequence"]:
            minutes = (at.at[to_stop, "arrival_s"] - at.at[from_stop, "departure_s"]) / 60
            windows = running["frequencies"].query("trip_id == @trip")
            runs = float(((windows["end_s"] - windows["start_s"]) / windows["headway_s"]).sum()) or 1.0
            row = trips.loc[trip]
            stops = int(calls["stop_sequence"].between(at.at[from_stop, "stop_sequence"], at.at[to_stop, "stop_sequence"], "neither").sum())
            rows.append((trip, row["route_id"], minutes, stops, runs, row["pattern"], row["basis"]))
    return pd.DataFrame(rows, columns=["trip_id", "route_id", "minutes", "stops", "runs_per_day", "pattern", "basis"])


def compile(net: Network, profile: Profile) -> FakeEngine:
    """The fake engine of a network and a profile."""
    return FakeEngine(net, profile)


def journeys(net: Network, origin: Points, destination: Points, *, profile: Profile) -> pd.DataFrame:
    """One ride, from the first metro stop to the last, of the engine's minutes."""
    ride = float(FakeEngine(net, profile).parts_s(origin, destination)["ride"][0, 0]) / 60
    row = {"leg": "ride", "from_id": "m1", "to_id": "m4", "from_name": "m1站", "to_name": "m4站", "minutes": ride}
    return pd.DataFrame([row])
