"""What made a result: network, day, scenarios, profile, versions, and which inputs were assumed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from commute.model.network import Network
from commute.model.profile import Profile
from commute.version import __version__

CAR = ("car_", "parking_", "peak_factor_", "free_factor_")
RIDE = ("walk_", "bike_", "entry_", "gate_", "exit_", "transfer_", "informed_")


def about(net: Network, profile: Profile) -> dict[str, Any]:
    """A dict: network (hash), date, as_of, level, scenarios, profile, version, assumed (names of constants), notes."""
    prefixes: tuple[str, ...] = CAR if profile.mode in ("car", "truck") else RIDE
    if profile.mode == "park_ride":
        prefixes = (*CAR, *RIDE, "park_ride_")
    if profile.feeder == "assumed":
        prefixes = (*prefixes, "feeder_")
    if "assumed" not in net._cache:
        basis = net.constants["basis"]
        net._cache["assumed"] = basis.index[(basis == "assumed").to_numpy(bool)].tolist()
    assumed = [name for name in net._cache["assumed"] if name.startswith(prefixes)]
    notes = []
    if profile.mode in ("transit", "park_ride"):
        notes.append("departure minutes of headway services are drawn, not known")
        if profile.feeder == "assumed":
            notes.append("the feeder (city bus or taxi) is assumed: no timetable of city buses is at hand")
        if profile.rail == "all":
            notes.append("headways of conventional and high-speed trains are assumed")
    return {
        "network": net.hash,
        "date": net.day.isoformat(),
        "as_of": net.as_of.isoformat(),
        "level": net.level,
        "scenarios": list(net.scenarios),
        "profile": asdict(profile),
        "version": __version__,
        "assumed": assumed,
        "notes": notes,
    }
