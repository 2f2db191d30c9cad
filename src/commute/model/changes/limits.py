"""What trains can do: the fastest of a class, its track over the straight line, what a call costs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from commute.model.changes.courses import Course, length_km, places_of
from commute.model.checks.timetable import FASTEST_KMH

if TYPE_CHECKING:
    from commute.model.network import Network

LIMIT_KMH = {  # what the fastest trains of a class do in service
    "metro": 120,  # suburban metro trains
    "maglev": 140,  # Changsha's own, since 2021
    "intercity": 200,  # design speed of the CZT line
    "conventional": 160,  # 25T and CR200J trains
    "high_speed": 350,  # CR400
    "bus": 100,  # legal limit of coaches on expressways
}
DETOUR = {  # length of the track over the straight lines between its stops, where a change gives a speed
    "metro": 1.06,  # Changsha lines 2–6: 1.05–1.08, their published lengths
    "maglev": 1.18,  # Changsha Maglev Express, 18.55 km
    "intercity": 1.04,  # CZT line, measured along the track
    "conventional": 1.15,  # assumed, a little above high speed: older and more winding
    "high_speed": 1.11,  # Changsha South to Xiangtan North 1.08, to Zhuzhou West 1.13
    "bus": 1.35,  # as for the cross-city buses of the data
}
RUNS_BY = {  # constants of a class: line speed, acceleration, share that run times exceed the quickest, dwell
    "metro": ("metro_line_speed_kmh", "metro_accel_ms2", "metro_run_allowance", "metro_dwell_min"),
    "intercity": ("ic_line_speed_kmh", "ic_accel_ms2", "ic_schedule_allowance", "ic_dwell_min"),
}
STOP_MIN = {  # what a call costs where the data have no constants, all assumed: dwell, and slowing down and starting again
    "metro": (0.7, 0.5),  # 80 km/h, 0.8 m/s2
    "maglev": (0.7, 0.6),  # 100 km/h, 0.8 m/s2
    "intercity": (1.5, 1.5),  # 160 km/h, 0.5 m/s2
    "conventional": (3.0, 2.0),  # 120 km/h, 0.3 m/s2: trains hauled by a locomotive
    "high_speed": (2.0, 3.5),  # 300 km/h, 0.4 m/s2
    "bus": (0.5, 0.3),  # 50 km/h, 0.8 m/s2
}


def limit_kmh(line_class: str) -> int:
    """The highest speed of a class between two stops; never one that the checks of a network refuse."""
    return min(LIMIT_KMH[line_class], FASTEST_KMH[line_class])


def too_fast(net: Network, course: Course, line_class: str, *, but: Course | None = None) -> list[str]:
    """The hops that no train of the class runs so fast on the straight line, those of the course `but` apart.

    Returns
    -------
    list of str
        Such as "hop i1–i2 of 3.5 km in 60 s is 212 km/h, intercity runs at most 200".
    """
    place = places_of(net, course.stops)
    known = set(zip(pairwise(but.stops), but.run_s, strict=True)) if but else set()
    found = []
    for (a, b), run in zip(pairwise(course.stops), course.run_s, strict=True):
        km = length_km((place[a], place[b]))
        if ((a, b), run) in known or (run > 0 and km * 3600 <= limit_kmh(line_class) * run):
            continue
        said = f"is {km * 3600 / run:.0f} km/h" if run > 0 else "cannot be"
        found.append(f"hop {a}–{b} of {km:.1f} km in {run} s {said}, {line_class} runs at most {limit_kmh(line_class)}")
    return found


def run_of_speed(line_class: str, km: float, speed_kmh: float) -> int:
    """Seconds over so many straight km at a speed along the track, `DETOUR` longer."""
    return max(1, round(km * DETOUR[line_class] / speed_kmh * 3600))


def stopping_s(net: Network, line_class: str, km: Iterable[float]) -> float | None:
    """Seconds that the stops between legs of so many straight km cost by slowing down and starting again; None without constants.

    The quickest run over d at line speed v and acceleration = braking a takes d/v + v/a, or 2·√(d/a) where d < v²/a; the time
    of the legs less that of all in one, and the schedule's allowance on it, by central constants of the class (`RUNS_BY`).
    That is how the run times of the data were made: fitted on the trains of 2026 and the metro's published times.
    """
    names = RUNS_BY.get(line_class, ())[:3]
    known = net.constants["central"]
    if not names or any(name not in known.index for name in names):
        return None
    speed, accel, allowance = (float(known[name]) for name in names)
    legs = [one * DETOUR[line_class] * 1000 for one in km]

    def quickest(metres: float) -> float:
        v = speed / 3.6
        return metres / v + v / accel if metres >= v * v / accel else 2 * math.sqrt(metres / accel)

    return (1 + allowance) * (sum(map(quickest, legs)) - quickest(sum(legs)))


def dwell_of(net: Network, line_class: str) -> int:
    """Seconds that a train of the class stands at a stop: the central constant, else `STOP_MIN`."""
    name = RUNS_BY.get(line_class, ("",))[-1]
    known = net.constants["central"]
    return round(60 * (float(known[name]) if name in known.index else STOP_MIN[line_class][0]))
