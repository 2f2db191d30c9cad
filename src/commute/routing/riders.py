"""Transit from door to door: the day's timetable, its draws, and all links to, between and from stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from commute.model.changes.stations import entry_minutes
from commute.model.network import Network
from commute.model.points import Points
from commute.model.profile import Profile
from commute.routing import scan, ways
from commute.routing.layers import key_of, layer
from commute.routing.plane import crs_of, to_plane
from commute.routing.roads import ROADS, car_ds
from commute.routing.sampling import departures, phases
from commute.routing.street import Ints, seconds
from commute.routing.timetable import Connections, Timetable, draw, timetable

GTFS = ("stops", "routes", "trips", "stop_times", "frequencies", "calendar", "closure", "transfers")
OTHER_RAIL = ("conventional", "high_speed")
HORIZON_S = 3 * 3600  # a journey of more than three hours counts as none


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Riders:
    """What every transit question of one network and profile shares."""

    net: Network
    profile: Profile
    frames: Mapping[str, pd.DataFrame]
    table: Timetable
    draws: list[Connections]
    departs_s: Ints
    stops: pd.DataFrame  # in the order of `table.stop_ids`
    entry_s: Ints
    gate_s: Ints
    exit_s: Ints
    change: scan.Csr
    waiting: scan.Waiting

    @property
    def parking_s(self) -> int:
        """Seconds from the car to the station's street door, parked or dropped off; 0 where no car is used."""
        if "car" not in self.profile.access_modes:
            return 0
        return round(self.net.constant("park_ride_parking_min" if self.profile.mode == "park_ride" else "drop_off_min") * 60)


def riders(net: Network, profile: Profile) -> Riders:
    """Compile a network's day and a profile for transit."""
    frames, table, stops = layer(("timetable", profile.rail, *key_of(net, *GTFS)), lambda: _day(net, profile))
    timing = (profile.depart, profile.window_min, profile.departures, profile.draws, profile.seed)
    draws, departs_s = layer(("draws", profile.rail, *timing, *key_of(net, *GTFS)), lambda: _drawn(table, profile))
    names = stops["stop_id"].tolist()
    classes = stops["station_class"].tolist()
    stations = list(zip(classes, names, strict=True))
    entry, gate, leave = (_whole([_minutes(net, profile, what, *one) for one in stations]) for what in ("entry", "gate", "exit"))
    above = 0.0 if profile.wait == "informed" else net.constant("informed_above_min")
    rule = "informed" if profile.wait == "default" else profile.wait
    waiting = scan.Waiting(rule=rule, informed_above_s=round(above * 60), buffer_s=round(net.constant("informed_buffer_min") * 60))
    walks = layer(
        ("walks", profile.rail, profile.walk_kmh, profile.max_access_min, *key_of(net, *GTFS, *ROADS)), lambda: _walks(net, profile, stops)
    )
    change = _change(net, profile, frames["transfers"], stops, walks, entry, gate, leave)
    return Riders(
        net=net, profile=profile, frames=frames, table=table, draws=draws, departs_s=departs_s, stops=stops,
        entry_s=entry, gate_s=gate, exit_s=leave, change=change, waiting=waiting,
    )  # fmt: skip


def _day(net: Network, profile: Profile) -> tuple[Mapping[str, pd.DataFrame], Timetable, pd.DataFrame]:
    """The trips of the day that the profile may ride, as a timetable of the stops they call at."""
    frames = dict(net.running())
    if profile.rail == "intercity":
        routes = frames["routes"]
        frames["routes"] = routes[~routes["line_class"].isin(OTHER_RAIL)]
        frames["trips"] = frames["trips"][frames["trips"]["route_id"].isin(frames["routes"]["route_id"])]
    times = frames["stop_times"]
    called = times.loc[times["trip_id"].isin(frames["trips"]["trip_id"]), "stop_id"]
    stops = frames["stops"]
    frames["stops"] = stops[stops["stop_id"].isin(called)]
    table = timetable(frames["stops"], frames["trips"], times, frames["frequencies"])
    ordered = frames["stops"].set_index("stop_id", drop=False).loc[list(table.stop_ids)].reset_index(drop=True)
    return frames, table, ordered


def _drawn(table: Timetable, profile: Profile) -> tuple[list[Connections], Ints]:
    departs = departures(profile.depart_s, round(profile.window_min * 60), profile.departures, profile.seed)
    first, last = int(departs.min()), int(departs.max()) + HORIZON_S
    return [draw(table, row, first, last) for row in phases(table.groups, profile.draws, profile.seed)], departs


def _whole(minutes: list[float]) -> Ints:
    return np.floor(np.array(minutes, np.float64) * 60 + 0.5).astype(np.int32)


def _minutes(net: Network, profile: Profile, what: str, station_class: str, stop: str) -> float:
    if what == "entry" and profile.entry_min is not None:
        own = profile.entry_min
        if not isinstance(own, Mapping):
            return float(own)
        if station_class in own:
            return own[station_class]
    return entry_minutes(net, station_class, stop, what)


def _walks(net: Network, profile: Profile, stops: pd.DataFrame) -> Ints:
    """Seconds on foot from street door to street door of stops, −1 beyond the cap."""
    if stops.empty:
        return np.empty((0, 0), np.int32)
    xy = to_plane(crs_of(net), stops["lon"], stops["lat"])
    return ways.dense(ways.seconds_between(ways.barrier(net), xy, xy, ways.modes_of(net, profile, ["walk"], feeder=False), 1), len(stops))


def _change(
    net: Network, profile: Profile, known: pd.DataFrame, stops: pd.DataFrame, walks: Ints, entry: Ints, gate: Ints, leave: Ints
) -> scan.Csr:
    """Seconds from alighting to where one may board: in one station the transfer minutes, else out, over and in again."""
    out = np.where(walks >= 0, leave[:, None] + walks + entry + gate, -1)
    place = {stop: i for i, stop in enumerate(stops["stop_id"])}
    rows = (known[name].tolist() for name in ("from_stop_id", "to_stop_id", "min_transfer_s", "source_id"))
    for a, b, walk, source in zip(*rows, strict=True):
        if a in place and b in place and not np.isnan(walk):
            i, j = place[a], place[b]
            whole = int(walk) + entry[j] + gate[j]
            wins = source == "scenario" or out[i, j] < 0  # what a scenario sets holds, though the field were quicker
            out[i, j] = whole if wins else min(whole, out[i, j])
    inside = profile.transfer_min if profile.transfer_min is not None else net.constant("transfer_min")
    station = stops["parent_station"].where(stops["parent_station"] != "", stops["stop_id"]).to_numpy(dtype=object)
    kind = stops["station_class"].to_numpy(dtype=object)
    same = (station[:, None] == station) & (kind[:, None] == kind)
    out[same] = round(inside * 60)
    return ways.as_csr(out.astype(np.int32))


def links(here: Riders, origins: Points, destinations: Points, threads: int) -> scan.Links:
    """Everything but vehicles between these points and the stops."""
    net, profile, stops = here.net, here.profile, here.stops
    crs, river = crs_of(net), ways.barrier(net)
    stop_xy = to_plane(crs, stops["lon"], stops["lat"]) if len(stops) else np.empty((0, 2))
    start, goal = to_plane(crs, origins.lon, origins.lat), to_plane(crs, destinations.lon, destinations.lat)
    foot = ways.modes_of(net, profile, profile.access_modes, feeder="car" not in profile.access_modes)
    access = ways.dense(ways.seconds_between(river, start, stop_xy, foot, threads), len(stops))
    if "car" in profile.access_modes and len(stops):
        at = Points(tuple(stops["stop_id"]), stops["lon"].to_numpy(), stops["lat"].to_numpy(), ("",) * len(stops))
        drive = seconds(car_ds(net, origins, at, peak=profile.peak, threads=threads))
        parking = _parking_s(here)
        drive = np.where((drive >= 0) & (parking >= 0), drive + parking, -1).astype(np.int32)
        access = np.where((access < 0) | ((drive >= 0) & (drive < access)), drive, access).astype(np.int32)
    back = ways.modes_of(net, profile, profile.egress_modes)
    egress = ways.dense(ways.seconds_between(river, goal, stop_xy, back, threads), len(stops))
    direct = ways.dense(ways.seconds_between(river, start, goal, foot, threads), len(destinations))
    if profile.count != "door_to_door":
        access = _at_own_stop(access, origins, here.table.stop_ids)
        egress = _at_own_stop(egress, destinations, here.table.stop_ids)
        if any(origins.stops) or any(destinations.stops):
            direct[:] = -1
    if profile.mode == "park_ride":
        direct[:] = -1  # driving all the way is no park-and-ride
    egress = np.where(egress >= 0, egress + here.exit_s, -1).astype(np.int32)
    return scan.Links(
        access=ways.as_csr(access),
        entry_s=here.entry_s,
        gate_s=here.gate_s,
        change=here.change,
        egress=ways.as_csr(egress),
        direct_s=direct,
    )


def _parking_s(here: Riders) -> Ints:
    """Seconds from the car to the street door of each stop, −1 where none is left: at stations, and as the park_ride table says."""
    parked = np.isin(here.stops["station_class"].to_numpy(dtype=object), ("metro", "maglev", "intercity", "conventional", "high_speed"))
    out = np.where(parked, here.parking_s, -1).astype(np.int32)
    if here.profile.mode == "park_ride":
        place = {stop: i for i, stop in enumerate(here.stops["stop_id"])}
        for row in here.net.in_use("park_ride").to_dict("records"):
            if row["stop_id"] in place:
                search_s = here.parking_s if np.isnan(row["search_min"]) else round(row["search_min"] * 60)
                out[place[row["stop_id"]]] = search_s + round(row["walk_min"] * 60)
    return out


def _at_own_stop(matrix: Ints, points: Points, stop_ids: tuple[str, ...]) -> Ints:
    """A point that is a stop begins and ends there, and nowhere else."""
    out = matrix.copy()
    place = {stop: i for i, stop in enumerate(stop_ids)}
    for i, stop in enumerate(points.stops):
        if stop:
            out[i] = -1
            if stop in place:
                out[i, place[stop]] = 0
    return out
