"""One journey, leg by leg: the scan of `scan` for a single lane, keeping which connections were boarded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commute.errors import BadValue
from commute.routing import lane_blocks as kernel
from commute.routing.lanes import LONGEST_WAIT_S
from commute.routing.scan import AS_USUAL, RULES, Csr, Links, Waiting, check, first_keys, least_change_s
from commute.routing.timetable import Connections

FAR_S = 1 << 40


class Leg(NamedTuple):
    """One leg; stops are None at the door, `template` (position in `Timetable.trip_ids`) is None where nothing is ridden."""

    kind: str
    from_stop: int | None
    to_stop: int | None
    template: int | None
    dep_s: int
    arr_s: int


class Ride(NamedTuple):
    """Boarded at connection `on`, left after connection `off`, having come by `before`."""

    before: Ride | None
    on: int
    off: int


class Arrival(NamedTuple):
    at_s: int
    key: int
    ride: Ride | None


NOT_REACHED = Arrival(FAR_S, 0, None)


def journey(
    connections: Connections,
    links: Links,
    origin: int,
    destination: int,
    depart_s: int,
    *,
    waiting: Waiting = AS_USUAL,
    max_transfers: int | None = None,
    horizon_s: int = 4 * 3600,
) -> list[Leg]:
    """Legs of the journey whose total `lane_matrix` gives for this draw and departure.

    Parameters
    ----------
    connections, links, waiting, max_transfers, horizon_s
        As for `lane_matrix`.
    origin, destination : int
        Rows of `links.access` and `links.egress`.
    depart_s : int
        Second of the day.

    Returns
    -------
    list of Leg
        Without legs of 0 s, except rides; empty where not reached. Each begins when the one before ends, and together they take
        the counted total: what is not counted of the first wait is spent before leaving home, so that the first leg may
        begin after `depart_s` (under `half_headway` also before it). A direct journey is one access leg.
    """
    check([connections], links, np.array([depart_s], np.int32), (50.0,), waiting, max_transfers, horizon_s, 1)
    ready = _ready(links, origin, depart_s)
    c = _columns(connections, links, depart_s, horizon_s, waiting)
    arrivals: dict[int, Arrival] = {}
    board: dict[int, Arrival] = {}
    change_least = least_change_s([connections])
    for _ in range(1 if max_transfers is None else max_transfers + 1):
        reads = board if max_transfers is None else dict(board)
        on_trip: dict[int, tuple[int, Ride | None, int]] = {}
        for i, (a, b, leaves, comes, trip, base, weight, gate) in enumerate(c):
            key, before, on = on_trip.get(trip, (0, None, -1))
            stands = ready.get(a, FAR_S)
            first = weight * (leaves - stands) + base if stands <= leaves - gate and leaves - stands <= LONGEST_WAIT_S else 0
            came = reads.get(a, NOT_REACHED)
            again = came.key if came.at_s <= leaves else 0
            if max(first, again) > key:
                key, before, on = (first, None, i) if first >= again else (again, came.ride, i)
                on_trip[trip] = (key, before, on)
            if key and _better(comes, key, arrivals.get(b, NOT_REACHED)):
                arrivals[b] = Arrival(comes, key, Ride(before, on, i))
                for j in range(links.change.start[b], links.change.start[b + 1]):
                    at_s = comes + max(int(links.change.seconds[j]), change_least)
                    f = int(links.change.stop[j])
                    if _better(at_s, key, board.get(f, NOT_REACHED)):
                        board[f] = Arrival(at_s, key, arrivals[b].ride)
    best = NOT_REACHED
    for stop, walk in sorted(_entries(links.egress, destination)):
        there = arrivals.get(stop, NOT_REACHED)
        if _better(there.at_s + walk, there.key, best):
            best = Arrival(there.at_s + walk, there.key, there.ride)
    credit = int(kernel.credit_of(best.key, RULES[waiting.rule], waiting.buffer_s)) if best.ride else 0
    total = best.at_s - depart_s - credit if best.ride and best.at_s - depart_s <= horizon_s else FAR_S
    direct = int(links.direct_s[origin, destination])
    if 0 <= direct <= horizon_s and direct < total:
        return [Leg("access", None, None, None, depart_s, depart_s + direct)]
    if best.ride is None or total == FAR_S:
        return []
    return _legs(connections, links, c, best, depart_s + credit, ready, depart_s)


def _ready(links: Links, origin: int, depart_s: int) -> dict[int, int]:
    """Second at which one stands on each platform straight from the origin."""
    ready: dict[int, int] = {}
    for stop, walk in _entries(links.access, origin):
        ready[stop] = min(ready.get(stop, FAR_S), depart_s + walk + int(links.entry_s[stop]))
    return ready


def _entries(csr: Csr, row: int) -> list[tuple[int, int]]:
    span = slice(csr.start[row], csr.start[row + 1])
    return list(zip(csr.stop[span].tolist(), csr.seconds[span].tolist(), strict=True))


def _columns(
    connections: Connections, links: Links, depart_s: int, horizon_s: int, waiting: Waiting
) -> list[tuple[int, int, int, int, int, int, int, int]]:
    """Rows (from, to, departure, arrival, run, key base, key weight, gate) of what can matter."""
    begin = int(np.searchsorted(connections.dep_s, depart_s))
    kept = begin + np.flatnonzero(connections.arr_s[begin:] <= depart_s + horizon_s)
    trip, stop = connections.trip[kept], connections.from_stop[kept]
    base, weight = (part[trip] for part in first_keys(connections.headway_s, waiting))
    times = (connections.dep_s[kept], connections.arr_s[kept])
    columns = (stop, connections.to_stop[kept], *times, trip, base, weight, links.gate_s[stop])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _better(at_s: int, key: int, than: Arrival) -> bool:
    return at_s < than.at_s or (at_s == than.at_s and key > than.key)


def _legs(
    connections: Connections,
    links: Links,
    columns: list[tuple[int, int, int, int, int, int, int, int]],
    best: Arrival,
    leaves_home_s: int,
    ready: dict[int, int],
    depart_s: int,
) -> list[Leg]:
    rides: list[Ride] = []
    ride = best.ride
    while ride is not None:
        rides.insert(0, ride)
        ride = ride.before
    stop = columns[rides[0].on][0]
    entry_s = int(links.entry_s[stop])
    access_s = ready[stop] - depart_s - entry_s
    door_s, platform_s = leaves_home_s + access_s, leaves_home_s + access_s + entry_s
    legs = [
        Leg("access", None, stop, None, leaves_home_s, door_s),
        Leg("entry", stop, stop, None, door_s, platform_s),
        Leg("wait", stop, stop, None, platform_s, columns[rides[0].on][2]),
    ]
    for ride in rides:
        on, off = columns[ride.on], columns[ride.off]
        if ride is not rides[0]:
            legs.append(Leg("transfer", legs[-1].to_stop, on[0], None, legs[-1].arr_s, on[2]))
        legs.append(Leg("ride", on[0], off[1], int(connections.template[on[4]]), on[2], off[3]))
    legs.append(Leg("egress", legs[-1].to_stop, None, None, legs[-1].arr_s, best.at_s))
    if any(leg.arr_s < leg.dep_s for leg in legs):
        raise BadValue("a leg ends before it begins: connections are not in order")
    return [leg for leg in legs if leg.kind == "ride" or leg.arr_s > leg.dep_s]
