"""Small timetables for the tests of transit: by hand, and at random with many ties."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from commute.routing.scan import Links, Waiting, lane_matrix
from commute.routing.timetable import Connections
from oracles_transit import csr

T0 = 7 * 3600
HORIZON = 2400
RANDOM = Waiting(rule="random")
RULES = [RANDOM, Waiting(rule="informed", informed_above_s=500, buffer_s=120), Waiting(rule="half_headway")]


def runs(n_stops: int, courses: list[tuple[int, list[tuple[int, int, int]]]]) -> Connections:
    """Connections from (headway, [(stop, arrival, departure), …]), one a run."""
    hops = [(a[2], b[1], run, place, a[0], b[0]) for run, (_, calls) in enumerate(courses) for place, (a, b) in enumerate(pairwise(calls))]
    columns = np.array(sorted(hops), np.int32).reshape(-1, 6).T
    return Connections(
        n_stops=n_stops,
        from_stop=columns[4],
        to_stop=columns[5],
        dep_s=columns[0],
        arr_s=columns[1],
        trip=columns[2],
        headway_s=np.array([h for h, _ in courses], np.int32),
        template=np.arange(len(courses), dtype=np.int32),
    )


def city(seed: int, n_draws: int = 1, n_runs: int | None = None) -> tuple[list[Connections], Links]:
    """A random small city; every third seed has hops of 0 s, times are coarse so that ties abound."""
    luck = np.random.default_rng(seed)
    n_stops, step = int(luck.integers(3, 9)), int(luck.choice([1, 60, 60, 120]))
    draws = []
    for _ in range(n_draws):
        courses = []
        for _ in range(n_runs or int(luck.integers(4, 22))):
            now, calls = T0 + int(luck.integers(0, 2400 // step)) * step, []
            for _ in range(int(luck.integers(2, 6))):
                leaves = now + int(luck.integers(0, 2)) * step
                calls.append((int(luck.integers(n_stops)), now, leaves))
                now = leaves + int(luck.integers(0 if seed % 3 == 0 else 1, 6)) * step
            courses.append((int(luck.choice([0, 300, 600, 1201])), calls))
        draws.append(runs(n_stops, courses))

    def reach(n: int, most: int, longest_s: int, least: int = 0) -> list[list[tuple[int, int]]]:
        return [
            [
                (int(s), int(luck.integers(0, longest_s // step + 1)) * step)
                for s in luck.choice(n_stops, luck.integers(least, most + 1), replace=False)
            ]
            for _ in range(n)
        ]

    origins, destinations = 3, 3
    direct = np.where(luck.random((origins, destinations)) < 0.15, luck.integers(60, 2000, (origins, destinations)), -1)
    links = Links(
        access=csr(reach(origins, 2, 600, 1)),
        entry_s=(luck.integers(0, 3, n_stops) * step).astype(np.int32),
        gate_s=(luck.integers(0, 2, n_stops) * step).astype(np.int32),
        change=csr(reach(n_stops, 3, 300, 1)),
        egress=csr(reach(destinations, 2, 600)),
        direct_s=direct.astype(np.int32),
    )
    return draws, links


def line(n_stops: int, *, access=((0, 0),), entry=0, gate=0, change=(), egress=((1, 0),), direct=-1) -> Links:
    """One origin at stop 0, one destination at stop 1, unless said otherwise."""
    rows = [[] for _ in range(n_stops)]
    for b, f, seconds in change:
        rows[b].append((f, seconds))
    return Links(
        access=csr([list(access)]),
        entry_s=np.full(n_stops, entry, np.int32),
        gate_s=np.full(n_stops, gate, np.int32),
        change=csr(rows),
        egress=csr([list(egress)]),
        direct_s=np.array([[direct]], np.int32),
    )


def at(c: Connections, links: Links, depart_s: int = T0, **options):
    """Times of one departure."""
    return lane_matrix([c], links, np.array([depart_s], np.int32), **{"waiting": RANDOM, "horizon_s": HORIZON, **options})
