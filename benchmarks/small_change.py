"""How much quicker is the shipped network's door-to-door matrix asked again, after a small change, than from nothing?

Run: python benchmarks/small_change.py [runs]

The changes: one link quicker, one slower, the headway of a metro line, the headway of the intercity trunk in the peaks. Asked are all
zones × zones by car in the peak, by transit with an assumed feeder, and by park-and-ride: seconds alone (`Engine.totals_s`), and with
legs (`travel_times`). From nothing means
  a  in a process of its own, which imports the library, reads the network, compiles and runs (kernels compiled, on disk);
  b  here: the network read again, every layer and kept result let go, compiled and run;
  c  as b, from tables that are read already.
Again is applying the change to the network and asking, also shown apart; each change has a value that was not asked before. The least
of some runs in turn, so that a slow minute of the machine falls on all alike. The first run is not counted: in it what is asked
again is compared with what a network made from nothing gives, every second and every leg.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import commute as cm
from commute import routing
from commute.model import validity
from commute.model.changes import SetHeadway, SetSpeed, Window
from commute.model.network import Network
from commute.model.points import resolve
from commute.model.results.times import LEGS
from commute.routing import again, engine, layers, links, riders, sampling, scan

RUNS = 5
ROOT = Path(__file__).resolve().parent.parent
PROFILES = {"car": cm.CAR.at_peak(), "transit": cm.TRANSIT.but(feeder="assumed"), "park-and-ride": cm.PARK_RIDE}
PEAKS = (("07:00", "09:30"), ("17:00", "19:30"))


def ask(net: Network, profile: str, legs: bool) -> Any:
    """The matrix of all zones: seconds, or times with legs."""
    if legs:
        return routing.travel_times(net, None, profile=PROFILES[profile], progress=False)
    zones = resolve(net)
    return routing.compile(net, PROFILES[profile]).totals_s(zones, zones)


def alone(day: str, profile: str, legs: bool) -> None:
    """Ask in a process of its own."""
    code = f"import commute as cm; from benchmarks.small_change import ask; ask(cm.load().on({day!r}), {profile!r}, {legs})"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def anew(net: Network) -> Network:
    """An equal network of which nothing is known; every layer, kept result and small table is forgotten."""
    for kept in (layers._layers, again._shelf._all, riders._shelf._all, engine._engines):
        kept.clear()
    for cached in (links._course, sampling._drawn, scan.sorting_network, validity._ordinal):
        cached.cache_clear()
    return Network(net._tables, net.layers, as_of=net.as_of, day=net.date, level=net.level)


def changes(now: Network) -> dict[str, Callable[[int], Network]]:
    """By name, what gives the changed network of run n; no two runs have the same value."""
    link = now.table("link")
    row = link.iloc[len(link) // 2]

    def speed(factor: float) -> Network:
        return now.apply(SetSpeed(link=row["link_id"], free_speed_kmh=float(row["free_speed_kmh"]) * factor))

    def headway(line: str | tuple[str, ...], minutes: float) -> Network:
        windows = tuple(Window(start=start, end=end, headway_min=minutes, days="weekday") for start, end in PEAKS)
        return now.apply(SetHeadway(line=line, windows=windows))

    return {
        "a link quicker": lambda n: speed(1.2 + n / 100),
        "a link slower": lambda n: speed(0.8 - n / 100),
        "a metro line": lambda n: headway("CS2", 3 + n / 10),
        "the trunk": lambda n: headway(("CZT_IC_ZZ", "CZT_IC_XT"), 5 + n / 10),
    }


def alike(a: Any, b: Any) -> bool:
    """Whether two answers are the same to the second."""
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b)
    whole = np.array_equal(a.seconds, b.seconds) and np.array_equal(a.mean_s, b.mean_s, equal_nan=True)
    return whole and all(np.array_equal(a.legs[leg], b.legs[leg]) for leg in LEGS)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds, and what came of it."""
    begin = time.perf_counter()
    result = work()
    return 1000 * (time.perf_counter() - begin), result


def from_nothing(now: Network, profile: str, legs: bool) -> tuple[float, float, float]:
    """Milliseconds from nothing as a, b and c."""
    day = now.day.isoformat()
    a, _ = timed(lambda: alone(day, profile, legs))
    anew(now)
    b, _ = timed(lambda: ask(cm.load().on(day), profile, legs))
    bare = anew(now)
    c, _ = timed(lambda: ask(bare, profile, legs))
    return a, b, c


def asked_again(now: Network, change: Callable[[], Network], profile: str, legs: bool, *, compared: bool) -> tuple[float, float]:
    """Milliseconds of applying a change and of asking; the network before it has been asked."""
    ask(now, profile, legs)
    applying, changed = timed(change)
    asking, answer = timed(lambda: ask(changed, profile, legs))
    if compared:
        assert alike(answer, ask(anew(changed), profile, legs))
    return applying, asking


def main() -> None:
    """Print a row a change, way of travel and kind of answer."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    now = cm.load()
    now = now.on(now.as_of)
    made = changes(now)
    print("| change | by | answer | a, ms | b, ms | c, ms | again, ms | applying | asking | a / again | b / again | c / again |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for profile, legs in ((one, legs) for one in PROFILES for legs in (False, True)):
        mine = {name: make for name, make in made.items() if profile != "car" or "link" in name}
        rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in mine}
        for run in range(-1, runs):
            whole = from_nothing(now, profile, legs)
            for name, make in mine.items():
                parts = asked_again(now, lambda m=make, n=run: m(n), profile, legs, compared=run < 0)  # type: ignore[misc]
                rows[name].append((*whole, sum(parts), *parts))
        for name, each in rows.items():
            a, b, c, total, applying, asking = np.min(each[1:], axis=0)
            print(f"| {name} | {profile} | {'with legs' if legs else 'seconds'} ", end="")
            print(f"| {a:.0f} | {b:.0f} | {c:.0f} | {total:.1f} | {applying:.1f} | {asking:.1f} ", end="")
            print(f"| {a / total:.0f} | {b / total:.0f} | {c / total:.1f} |", flush=True)


if __name__ == "__main__":
    main()
