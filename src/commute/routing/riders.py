"""Transit from door to door: the day's timetable, its draws, and all links to, between and from stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.model.changes.stations import entry_minutes
from commute.model.network import Network
from commute.model.picking import picked
from commute.model.points import Points
from commute.model.profile import Profile
from commute.routing import backward, backward_trace, scan, trace, ways
from commute.routing.layers import key_of, layer
from commute.routing.roads import car_ds
from commute.routing.sampling import departures, phases
from commute.routing.shelf import Shelf
from commute.routing.street import Ints, in_threads, seconds
from commute.routing.timetable import Connections, Courses, Timetable, courses, draw, scheduled

GTFS = ("stops", "routes", "trips", "stop_times", "frequencies", "calendar", "closure", "transfers")
OTHER_RAIL = ("conventional", "high_speed")
PARKED = ("metro", "maglev", "intercity", "conventional", "high_speed")  # classes of stations that one drives to
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


def riders(net: Network, profile: Profile, threads: int = 1) -> Riders:
    """Compile a network's day and a profile for transit."""
    frames, table, stops = layer(("timetable", profile.rail, *key_of(net, *GTFS)), lambda: _day(net, profile))
    timing = (profile.depart, profile.window_min, profile.departures, profile.draws, profile.seed)
    draws, departs_s = layer(("draws", profile.rail, *timing, *key_of(net, *GTFS)), lambda: _drawn(table, profile, threads))
    above = 0.0 if profile.wait == "informed" else net.constant("informed_above_min")
    rule = "informed" if profile.wait == "default" else profile.wait
    waiting = scan.Waiting(rule=rule, informed_above_s=round(above * 60), buffer_s=round(net.constant("informed_buffer_min") * 60))
    own = (profile.entry_min, profile.transfer_min, profile.walk_kmh, profile.max_access_min)
    rest = (*key_of(net, "stops", "transfers"), *ways.barrier_key(net))
    entry, gate, leave, change = layer(
        ("stations", table.stop_ids, *own, *rest), lambda: _stations(net, profile, frames["transfers"], stops)
    )
    return Riders(
        net=net, profile=profile, frames=frames, table=table, draws=draws, departs_s=departs_s, stops=stops,
        entry_s=entry, gate_s=gate, exit_s=leave, change=change, waiting=waiting,
    )  # fmt: skip


def _day(net: Network, profile: Profile) -> tuple[Mapping[str, pd.DataFrame], Timetable, pd.DataFrame]:
    """The trips of the day that the profile may ride, as a timetable of the stops they call at."""
    frames = dict(net.running())
    if profile.rail == "intercity":
        frames["routes"] = frames["routes"][~frames["routes"]["line_class"].isin(OTHER_RAIL)]
        frames["trips"] = picked(frames["trips"], "route_id", frames["routes"]["route_id"])
    trips, times = frames["trips"], frames["stop_times"]

    def make() -> tuple[Courses, pd.DataFrame, pd.DataFrame]:
        mine = picked(times, "trip_id", trips["trip_id"])
        stops = picked(frames["stops"], "stop_id", mine["stop_id"])
        known = courses(stops, trips, mine)
        return known, stops, stops.set_index("stop_id", drop=False).loc[list(known.stop_ids)].reset_index(drop=True)

    key = (tuple(trips["trip_id"].tolist()), net.day, *(net.digest(name) for name in ("stops", "closure", "stop_times")))
    known, frames["stops"], ordered = layer(("courses", *key), make)
    return frames, scheduled(known, trips, frames["frequencies"]), ordered


def _drawn(table: Timetable, profile: Profile, threads: int) -> tuple[list[Connections], Ints]:
    departs = departures(profile.depart_s, round(profile.window_min * 60), profile.departures, profile.seed)
    first, last = int(departs.min()), int(departs.max()) + HORIZON_S
    rows = phases(table.groups, profile.draws, profile.seed)
    made: dict[int, Connections] = {}

    def work(a: int, b: int) -> None:
        for i in range(a, b):
            made[i] = draw(table, rows[i], first, last)

    in_threads(work, len(rows), threads)
    return [made[i] for i in range(len(rows))], departs


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


def _stations(net: Network, profile: Profile, transfers: pd.DataFrame, stops: pd.DataFrame) -> tuple[Ints, Ints, Ints, scan.Csr]:
    """Seconds of entry, gate and exit at each stop, and of changes between them."""
    each = list(zip(stops["station_class"].tolist(), stops["stop_id"].tolist(), strict=True))
    entry, gate, leave = (_whole([_minutes(net, profile, what, *one) for one in each]) for what in ("entry", "gate", "exit"))
    points = _points(stops)
    walks = ways.matrix_s(net, points, points, ways.modes_of(net, profile, ["walk"], feeder=False), 1)
    return entry, gate, leave, _change(net, profile, transfers, stops, walks, entry, gate, leave)


def _points(stops: pd.DataFrame) -> Points:
    return Points(tuple(stops["stop_id"].tolist()), stops["lon"].to_numpy(), stops["lat"].to_numpy(), ("",) * len(stops))


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
    net, profile, stops = here.net, here.profile, _points(here.stops)
    foot = ways.modes_of(net, profile, profile.access_modes, feeder="car" not in profile.access_modes)
    access = ways.matrix_s(net, origins, stops, foot, threads)
    parked = None
    if "car" in profile.access_modes and len(stops):
        drive = seconds(car_ds(net, origins, stops, peak=profile.peak, threads=threads))
        parking = _parking_s(here)
        drive = np.where((drive >= 0) & (parking >= 0), drive + parking, -1).astype(np.int32)
        by_car = (drive >= 0) & ((access < 0) | (drive < access))
        access = np.where(by_car, drive, access).astype(np.int32)
        parked = np.where(by_car, parking, 0).astype(np.int32)
    egress = ways.matrix_s(net, destinations, stops, ways.modes_of(net, profile, profile.egress_modes), threads)
    direct = ways.matrix_s(net, origins, destinations, foot, threads)
    if profile.count != "door_to_door":
        access = _at_own_stop(access, origins, here.table.stop_ids)
        egress = _at_own_stop(egress, destinations, here.table.stop_ids)
        parked = None if parked is None else np.minimum(parked, np.maximum(access, 0))
    to_stop = profile.count != "door_to_door" and (any(origins.stops) or any(destinations.stops))
    if to_stop or profile.mode == "park_ride":  # driving all the way is no park-and-ride
        direct = np.full_like(direct, -1)
    egress = np.where(egress >= 0, egress + here.exit_s, -1).astype(np.int32)
    return scan.Links(
        access=ways.as_csr(access),
        entry_s=here.entry_s,
        gate_s=here.gate_s,
        change=here.change,
        egress=ways.as_csr(egress),
        direct_s=direct,
        parking_s=parked,
    )


def _parking_s(here: Riders) -> Ints:
    """Seconds from the car to each stop's street door, −1 where none is left: at stations, and as the park_ride table says."""
    ride_on = here.profile.mode == "park_ride"
    usual_s = round(here.net.constant("park_ride_parking_min" if ride_on else "drop_off_min") * 60)
    parked = np.isin(here.stops["station_class"].to_numpy(dtype=object), PARKED)
    out = np.where(parked, usual_s, -1).astype(np.int32)
    if ride_on:
        place = {stop: i for i, stop in enumerate(here.stops["stop_id"])}
        for row in here.net.in_use("park_ride").to_dict("records"):
            if row["stop_id"] in place:
                search_s = usual_s if np.isnan(row["search_min"]) else round(row["search_min"] * 60)
                out[place[row["stop_id"]]] = search_s + round(row["walk_min"] * 60)
    return out


def scanned(
    draws: list[Connections], links: scan.Links, departs_s: Ints, *, max_transfers: int | None, mean_legs: bool = True, **rules: Any
) -> scan.LaneTimes:
    """Times by backward scans, or by scans of lanes where transfers are limited or these cost less; `rules` as those of both."""
    if max_transfers is not None or not backward.pays(draws, links, departs_s, rules["waiting"]):
        return scan.lane_matrix(draws, links, departs_s, max_transfers=max_transfers, **rules)
    return backward.matrix(draws, links, departs_s, mean_legs=mean_legs, **rules)


def traced(
    draw: Connections, links: scan.Links, depart_s: int, *, max_transfers: int | None, waiting: scan.Waiting, horizon_s: int
) -> list[trace.Leg]:
    """Legs of the journey from the first origin to the first destination that `scanned` finds."""
    if max_transfers is not None or waiting.rule == "half_headway":
        return trace.journey(draw, links, 0, 0, depart_s, waiting=waiting, max_transfers=max_transfers, horizon_s=horizon_s)
    return backward_trace.journey(draw, links, 0, 0, depart_s, waiting=waiting, horizon_s=horizon_s)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Asked:
    """Times that were asked for, and what they come from."""

    draws: list[Connections]
    links: scan.Links
    times: scan.LaneTimes


_shelf: Shelf[Asked] = Shelf("asked")


def times(here: Riders, links: scan.Links, percentiles: tuple[float, ...], *, legs: bool, threads: int) -> scan.LaneTimes:
    """Times over all draws and departures, shared, so for reading only.

    Where only some origins' ways to stops differ from when they were asked for before, as after a change of roads, they alone are
    asked about again.
    """
    profile = here.profile
    whole = profile.count == "door_to_door"  # then the mean of the total is all that counts of means
    key = (percentiles, legs, whole, here.waiting, profile.max_transfers, here.departs_s.tobytes(), links.direct_s.shape)

    rules = {"percentiles": percentiles, "waiting": here.waiting, "horizon_s": HORIZON_S, "legs": legs, "threads": threads}

    def ask(some: scan.Links) -> scan.LaneTimes:
        return scanned(here.draws, some, here.departs_s, max_transfers=profile.max_transfers, mean_legs=not whole, **rules)

    for before in _shelf.alike(key):
        if before.draws is here.draws and _same_but_origins(before.links, links):
            rows = _other_rows(before.links, links)
            found = _with_rows(before.times, rows, ask(_of_rows(links, rows))) if len(rows) else before.times
            return _shelf.keep(here.net, key, Asked(here.draws, links, found)).times
    return _shelf.keep(here.net, key, Asked(here.draws, links, ask(links))).times


def _same_but_origins(a: scan.Links, b: scan.Links) -> bool:
    """Whether all but the ways from origins is the same."""
    rows = zip((*a.change, *a.egress, a.entry_s, a.gate_s), (*b.change, *b.egress, b.entry_s, b.gate_s), strict=True)
    return all(one is other or np.array_equal(one, other) for one, other in rows)


def _other_rows(before: scan.Links, links: scan.Links) -> npt.NDArray[np.intp]:
    """Origins whose ways to stops, or without a vehicle, are others."""
    a, b = (ways.dense(one.access, len(one.entry_s)) for one in (before, links))
    return np.flatnonzero((a != b).any(axis=1) | (before.direct_s != links.direct_s).any(axis=1))


def _of_rows(links: scan.Links, rows: npt.NDArray[np.intp]) -> scan.Links:
    """The links of some origins, without what of access is for parking."""
    access = ways.as_csr(ways.dense(links.access, len(links.entry_s))[rows])
    return replace(links, access=access, direct_s=links.direct_s[rows], parking_s=None)


def _with_rows(times: scan.LaneTimes, rows: npt.NDArray[np.intp], new: scan.LaneTimes) -> scan.LaneTimes:
    """Times with those of some origins in their places; origins are the last axis but one."""
    changed = {}
    for one in fields(times):
        old, own = getattr(times, one.name), getattr(new, one.name)
        if old is not None:
            changed[one.name] = old.copy()
            changed[one.name][..., rows, :] = own
    return replace(times, **changed)


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
