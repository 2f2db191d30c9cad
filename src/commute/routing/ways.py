"""Ways without a vehicle of the timetable: on foot, by shared bicycle, by feeder; from points to stops and to points."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from commute.model.network import Network
from commute.model.points import Points
from commute.model.profile import Profile
from commute.routing import access
from commute.routing.access import AccessMode, Barrier
from commute.routing.layers import layer
from commute.routing.plane import crs_of, to_plane
from commute.routing.roads import links_key, links_of, river_lines
from commute.routing.scan import Csr
from commute.routing.street import Ints, Longs

MODES = ("walk", "bike")  # by the field
UNCAPPED_MIN = 600.0
MOST_KEPT = 1 << 18  # pairs
BANK_M = 300.0  # from mid-river to dry ground along a bridge: the river of the layer is a line, the water some 600 m wide


def barrier(net: Network) -> Barrier:
    """The river with the bridges that one may walk over on the network's day, and the roads that a scenario adds."""

    def make() -> Barrier:
        crs = crs_of(net)
        lines = river_lines(net, crs)
        links, rows = links_of(net, "walk")
        bridges = access.find_bridges(lines, links.shape_ptr, links.shape_xy, half_m=BANK_M)
        added = np.flatnonzero((net.in_use("link")["source_id"] == "scenario").to_numpy()[rows])
        ends = links.node_xy[np.stack([links.from_node[added], links.to_node[added]], axis=1)]
        metres = net.in_use("link")["length_km"].to_numpy(np.float64)[rows][added] * 1000.0
        paths = access.Bridges(ends_xy=ends, length_m=metres, link=added.astype(np.int32))
        return access.barrier(lines, bridges, paths=paths, detour=net.constant("walk_detour") if len(added) else 1.0)

    return layer(("barrier", *barrier_key(net)), make)


def barrier_key(net: Network) -> tuple[Hashable, ...]:
    """What ways on foot depend on: the links that one may walk, the length of those that are added, and what it is divided by."""
    detour = net.constant("walk_detour") if net.has_constant("walk_detour") else None
    return (detour, net.digest("link", "length_km"), *links_key(net, "walk"))


def matrix_s(net: Network, p: Points, q: Points, modes: Sequence[AccessMode], threads: int) -> Ints:
    """Seconds by the quickest mode between points, −1 where none allows it; kept where it is small."""

    def make() -> Ints:
        crs = crs_of(net)
        start, goal = (to_plane(crs, of.lon, of.lat) for of in (p, q))
        return dense(seconds_between(barrier(net), start, goal, modes, threads), len(q))

    if len(p) * len(q) > MOST_KEPT:
        return make()
    points = (one.tobytes() for of in (p, q) for one in (of.lon, of.lat))
    return layer(("ways", *barrier_key(net), *points, tuple(modes)), make)


def modes_of(net: Network, profile: Profile, names: Sequence[str], *, feeder: bool = True, capped: bool = True) -> list[AccessMode]:
    """The ways that a profile allows, with the network's constants where the profile has none."""
    out = []
    for name in names:
        if name not in MODES:
            continue  # car: by the streets
        speed = profile.walk_kmh if name == "walk" else profile.bike_kmh
        fixed = net.constant("bike_unlock_min") if name == "bike" else 0.0
        most = profile.max_access_min if profile.max_access_min is not None else net.constant(f"{name}_max_min")
        out.append(
            AccessMode(
                name=name,
                speed_kmh=speed or net.constant(f"{name}_kmh"),
                detour=net.constant(f"{name}_detour"),
                fixed_min=fixed,
                max_min=most if capped else UNCAPPED_MIN,
            )
        )
    if feeder and profile.feeder == "assumed" and capped:
        most = profile.max_access_min if profile.max_access_min is not None else net.constant("feeder_max_min")
        out.append(
            AccessMode(
                name="feeder",
                speed_kmh=net.constant("feeder_kmh"),
                detour=net.constant("feeder_detour"),
                fixed_min=net.constant("feeder_wait_min"),
                max_min=most,
            )
        )
    return out


def seconds_between(
    river: Barrier, p_xy: npt.NDArray[np.float64], q_xy: npt.NDArray[np.float64], modes: Sequence[AccessMode], threads: int
) -> tuple[Longs, Ints, Ints]:
    """CSR by p of the seconds by the quickest mode; pairs that none allows are left out."""
    if not modes:
        return np.zeros(len(p_xy) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.int32)
    cap = max(mode.cap_m for mode in modes)
    ptr, idx, metres = access.field_m(river, p_xy, q_xy, max(cap, 0.0), threads=threads)
    time_s, _ = access.access_seconds(metres, modes)
    keep = time_s >= 0
    row = np.repeat(np.arange(len(p_xy)), np.diff(ptr))[keep]
    ptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(p_xy)))]).astype(np.int64)
    return ptr, idx[keep].astype(np.int32), time_s[keep]


def dense(csr: tuple[Longs | Ints, Ints, Ints], width: int) -> Ints:
    """A matrix of seconds, −1 where the CSR has no entry."""
    ptr, idx, value = csr
    out = np.full((len(ptr) - 1, width), -1, np.int32)
    out[np.repeat(np.arange(len(ptr) - 1), np.diff(ptr)), idx] = value
    return out


def as_csr(matrix: Ints) -> Csr:
    """Rows of (column, seconds) of a matrix, −1 left out."""
    row, column = np.nonzero(matrix >= 0)
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(matrix)))])
    return Csr(start.astype(np.int32), column.astype(np.int32), matrix[row, column].astype(np.int32))
