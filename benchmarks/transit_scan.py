"""How fast are scans of 64 lanes? Against a scan of one lane at a time and against networkx, on a made-up timetable of our size.

Run: python benchmarks/transit_scan.py
"""

from __future__ import annotations

import time
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
from numba import njit
from timing import best

from commute.routing.sampling import departures, phases
from commute.routing.scan import Csr, Links, Waiting, lane_matrix
from commute.routing.timetable import Connections, Timetable, draw, timetable

STOPS, LINES, ORIGINS, DESTINATIONS, DRAWS, DEPARTURES = 250, 14, 640, 9, 16, 8
BEGIN_S, WINDOW_S, HORIZON_S = 8 * 3600, 3600, 3 * 3600
RANDOM = Waiting(rule="random")


def made_up(luck: np.random.Generator) -> tuple[Timetable, Links]:
    """Lines across a square, three patterns each way; links to the stops nearby."""
    where = luck.random((STOPS, 2)) * 60_000
    trips, calls, windows = [], [], []
    for line in range(LINES):
        course = luck.choice(STOPS, luck.integers(12, 25), replace=False)
        course = course[np.argsort(where[course] @ luck.normal(size=2))]
        headway = int(luck.choice([300, 480, 900, 1800]))
        for way in (0, 1):
            for pattern in range(3):
                name, now = f"{line}.{way}.{pattern}", 0
                trips.append((name, f"{line}.{way}"))
                for place, stop in enumerate(course[:: 1 - 2 * way]):
                    calls.append((name, f"{stop:03d}", place, now, now + 30))
                    now += 30 + int(luck.integers(90, 240))
                windows.append((name, 6 * 3600 + pattern * headway // 3, 23 * 3600, headway, 0))
    table = timetable(
        pd.DataFrame({"stop_id": [f"{i:03d}" for i in range(STOPS)]}),
        pd.DataFrame(trips, columns=["trip_id", "phase_group"]),
        pd.DataFrame(calls, columns=["trip_id", "stop_id", "stop_sequence", "arrival_s", "departure_s"]),
        pd.DataFrame(windows, columns=["trip_id", "start_s", "end_s", "headway_s", "exact_times"]),
    )
    links = Links(
        access=near(luck.random((ORIGINS, 2)) * 60_000, where, 10, 60),
        entry_s=np.full(STOPS, 180, np.int32),
        gate_s=np.full(STOPS, 60, np.int32),
        change=near(where, where, 3, 120),
        egress=near(luck.random((DESTINATIONS, 2)) * 60_000, where, 10, 60),
        direct_s=np.full((ORIGINS, DESTINATIONS), -1, np.int32),
    )
    return table, links


def near(points: np.ndarray, stops: np.ndarray, n: int, least_s: int) -> Csr:
    """The n nearest stops of each point, at 4 m/s."""
    metres = np.hypot(*(points[:, None] - stops[None]).transpose(2, 0, 1))
    chosen = np.argsort(metres, axis=1)[:, :n]
    seconds = least_s + np.take_along_axis(metres, chosen, axis=1) / 4
    return Csr(np.arange(len(points) + 1, dtype=np.int32) * n, chosen.ravel().astype(np.int32), seconds.ravel().astype(np.int32))


@njit(cache=True, nogil=True)
def one_lane(frm, to, dep, arr, trip, n_trips, gate_s, change_ptr, change_stop, change_s, board, last_s):
    """The textbook scan: earliest arrival by vehicle at each stop for one departure."""
    ride = np.full(len(gate_s), 1 << 30, np.int64)
    aboard = np.zeros(n_trips, np.bool_)
    for c in range(len(frm)):
        if dep[c] > last_s:
            break
        if aboard[trip[c]] or board[frm[c]] <= dep[c]:
            aboard[trip[c]] = True
            if arr[c] < ride[to[c]]:
                ride[to[c]] = arr[c]
                for j in range(change_ptr[to[c]], change_ptr[to[c] + 1]):
                    board[change_stop[j]] = min(board[change_stop[j]], arr[c] + change_s[j])
    return ride


def by_one_lane(c: Connections, links: Links, origin: int, depart_s: int) -> np.ndarray:
    begin = int(np.searchsorted(c.dep_s, depart_s))
    board = np.full(STOPS, 1 << 30, np.int64)
    span = slice(links.access.start[origin], links.access.start[origin + 1])
    stop = links.access.stop[span]
    board[stop] = depart_s + links.access.seconds[span] + links.entry_s[stop] + links.gate_s[stop]
    columns = (x[begin:] for x in (c.from_stop, c.to_stop, c.dep_s, c.arr_s, c.trip))
    ride = one_lane(*columns, len(c.headway_s), links.gate_s, *links.change, board, depart_s + HORIZON_S)
    totals = (ride[links.egress.stop] + links.egress.seconds).reshape(DESTINATIONS, -1).min(axis=1) - depart_s
    return np.where(totals <= HORIZON_S, totals, -1)


def events(c: Connections, links: Links) -> nx.DiGraph:
    """Time-expanded graph: waiting on a platform (0, i), aboard (1, i) for each connection i."""
    graph = nx.DiGraph()
    at = [np.flatnonzero(c.from_stop == s) for s in range(STOPS)]
    for here in at:
        graph.add_edges_from(((0, int(i)), (0, int(j))) for i, j in pairwise(here))
    following: dict[int, int] = {}
    for i in range(len(c) - 1, -1, -1):
        graph.add_edge((0, i), (1, i))
        if int(c.trip[i]) in following:
            graph.add_edge((1, i), (1, following[int(c.trip[i])]))
        following[int(c.trip[i])] = i
        for j in range(links.change.start[c.to_stop[i]], links.change.start[c.to_stop[i] + 1]):
            there = at[links.change.stop[j]]
            k = np.searchsorted(c.dep_s[there], c.arr_s[i] + links.change.seconds[j])
            if k < len(there):
                graph.add_edge((1, i), (0, int(there[k])))
    return graph


def by_networkx(graph: nx.DiGraph, c: Connections, links: Links, origin: int, depart_s: int) -> np.ndarray:
    ride = np.full(STOPS, 1 << 30, np.int64)
    graph = graph.copy()
    for j in range(links.access.start[origin], links.access.start[origin + 1]):
        s = links.access.stop[j]
        there = np.flatnonzero(c.from_stop == s)
        k = np.searchsorted(c.dep_s[there], depart_s + links.access.seconds[j] + links.entry_s[s] + links.gate_s[s])
        if k < len(there):
            graph.add_edge("origin", (0, int(there[k])))
    for kind, i in (node for node in nx.descendants(graph, "origin") if node[0] == 1):
        ride[c.to_stop[i]] = min(ride[c.to_stop[i]], c.arr_s[i]) if kind else ride[c.to_stop[i]]
    totals = (ride[links.egress.stop] + links.egress.seconds).reshape(DESTINATIONS, -1).min(axis=1) - depart_s
    return np.where(totals <= HORIZON_S, totals, -1)


def main() -> None:
    table, links = made_up(np.random.default_rng(1))
    u = phases(table.groups, DRAWS, 1)
    draw_s, _ = best(lambda: draw(table, u[0], BEGIN_S, BEGIN_S + WINDOW_S + HORIZON_S))
    draws = [draw(table, row, BEGIN_S, BEGIN_S + WINDOW_S + HORIZON_S) for row in u]
    departs = departures(BEGIN_S, WINDOW_S, DEPARTURES, 1)
    print(f"{len(draws[0]):,} connections a draw; a draw takes {1000 * draw_s:.1f} ms")
    begin = time.perf_counter()
    lane_matrix(draws[:1], links, departs[:1], waiting=RANDOM, horizon_s=HORIZON_S)
    print(f"first call (compiles, or loads its cache): {time.perf_counter() - begin:.2f} s")

    samples = ORIGINS * DRAWS * DEPARTURES
    per_sample = {}
    ways = {
        "random, totals": {"waiting": RANDOM, "legs": False},
        "informed, totals": {"waiting": Waiting(), "legs": False},
        "informed, legs": {"waiting": Waiting()},
        "at most 1 transfer, totals": {"waiting": RANDOM, "legs": False, "max_transfers": 1},
    }
    for name, options in ways.items():
        took, _ = best(lambda options=options: lane_matrix(draws, links, departs, horizon_s=HORIZON_S, **options))
        per_sample[name] = took / samples
        print(f"{name:>28}: {took:6.3f} s = {64e6 * per_sample[name]:7.1f} µs a scan of 64 = {samples / took:12,.0f} samples/s")

    few = [(o, int(t)) for o in range(0, ORIGINS, 20) for t in departs[:4]]
    got = [lane_matrix(draws[:1], links, np.array([t], np.int32), waiting=RANDOM, horizon_s=HORIZON_S, legs=False) for t in departs[:4]]
    expected = {(o, int(t)): got[m].totals[0, o] for o in range(ORIGINS) for m, t in enumerate(departs[:4])}
    by_one_lane(draws[0], links, *few[0])
    single_s, singles = best(lambda: [by_one_lane(draws[0], links, o, t) for o, t in few])
    assert all((a == expected[key]).all() for a, key in zip(singles, few, strict=True))
    graph_s, graph = best(lambda: events(draws[0], links), 1)
    nx_s, peers = best(lambda: [by_networkx(graph, draws[0], links, o, t) for o, t in few[:3]], 1)
    assert all((a == expected[key]).all() for a, key in zip(peers, few, strict=False))
    fast = per_sample["random, totals"]
    print(f"{'numba, one lane at a time':>28}: {1e6 * single_s / len(few):7.1f} µs a sample, {single_s / len(few) / fast:,.0f} times ours")
    print(f"{'networkx':>28}: {1e6 * nx_s / 3:9.0f} µs a sample (graph: {graph_s:.1f} s apart), {nx_s / 3 / fast:,.0f} times ours")
    print("all three agree to the second")


if __name__ == "__main__":
    main()
