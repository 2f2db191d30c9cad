"""Slow and plain answers for transit: a search over time-expanded events, and the tie rule by repeated application."""

from __future__ import annotations

import networkx as nx
import numpy as np

from commute.routing.scan import Csr, Links, Waiting
from commute.routing.timetable import Connections

FAR_S = 10**9


def csr(rows: list[list[tuple[int, int]]]) -> Csr:
    """Rows of (stop, seconds)."""
    flat = [pair for row in rows for pair in row]
    return Csr(
        np.cumsum([0, *map(len, rows)]).astype(np.int32),
        np.array([s for s, _ in flat], np.int32),
        np.array([t for _, t in flat], np.int32),
    )


def rows(table: Csr) -> list[dict[int, int]]:
    """For each row, stop → least seconds."""
    out: list[dict[int, int]] = []
    for a, b in zip(table.start[:-1], table.start[1:], strict=True):
        row: dict[int, int] = {}
        for stop, seconds in zip(table.stop[a:b].tolist(), table.seconds[a:b].tolist(), strict=True):
            row[stop] = min(row.get(stop, FAR_S), seconds)
        out.append(row)
    return out


def event_graph(c: Connections, links: Links) -> nx.DiGraph:
    """Nodes: being aboard connection i. An arc of weight 1 boards another run, one of weight 0 stays aboard."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(c)))
    change = rows(links.change)
    least = 1 if (c.arr_s <= c.dep_s).any() else 0
    following: dict[int, int] = {}
    for i in range(len(c) - 1, -1, -1):
        if c.trip[i] in following:
            graph.add_edge(i, following[c.trip[i]], weight=0)
        following[c.trip[i]] = i
    for i in range(len(c)):
        for j in range(len(c)):
            seconds = change[c.to_stop[i]].get(int(c.from_stop[j]))
            if seconds is not None and c.arr_s[i] + max(seconds, least) <= c.dep_s[j] and not graph.has_edge(i, j):
                graph.add_edge(i, j, weight=1)
    return graph


def arrival_s(
    c: Connections, links: Links, graph: nx.DiGraph, origin: int, destination: int, depart_s: int, max_transfers: int | None
) -> int:
    """Earliest arrival by any sequence of vehicles, or FAR_S; the seconds of the day."""
    access, egress = rows(links.access)[origin], rows(links.egress)[destination]
    boardings = FAR_S if max_transfers is None else max_transfers + 1
    best = FAR_S
    begin = [
        i
        for i in range(len(c))
        if int(c.from_stop[i]) in access
        and depart_s + access[int(c.from_stop[i])] + links.entry_s[c.from_stop[i]] <= c.dep_s[i] - links.gate_s[c.from_stop[i]]
    ]
    if not begin:
        return best
    for i, transfers in nx.multi_source_dijkstra_path_length(graph, set(begin)).items():
        if transfers + 1 <= boardings and int(c.to_stop[i]) in egress:
            best = min(best, int(c.arr_s[i]) + egress[int(c.to_stop[i])])
    return best


def total_s(arrival: int, depart_s: int, direct_s: int, horizon_s: int) -> int:
    """Total of a wait counted as drawn; −1 where not reached."""
    options = [arrival - depart_s, direct_s if direct_s >= 0 else FAR_S]
    return min(options) if min(options) <= horizon_s else -1


def counted(c: Connections, links: Links, origin: int, destination: int, depart_s: int, waiting: Waiting, horizon_s: int) -> int:
    """Counted total under the tie rule as promised: apply its definition until nothing changes.

    A state is (arrival, −key); key orders journeys of equal arrival: those of known clocks first, then by first wait;
    under half_headway by what is not counted.
    """
    access, change = rows(links.access)[origin], rows(links.change)
    least = 1 if (c.arr_s <= c.dep_s).any() else 0
    headway = c.headway_s[c.trip]
    none: tuple[int, tuple[int, ...]] = (FAR_S, (FAR_S,))
    at_stop: dict[int, tuple[int, tuple[int, ...]]] = {}
    while True:
        platform: dict[int, tuple[int, tuple[int, ...]]] = {}
        for b, (at_s, key) in at_stop.items():
            for f, seconds in change[b].items():
                platform[f] = min(platform.get(f, none), (at_s + max(seconds, least), key))
        new: dict[int, tuple[int, tuple[int, ...]]] = {}
        aboard: dict[int, tuple[int, ...]] = {}
        for i in range(len(c)):
            a, b, r = int(c.from_stop[i]), int(c.to_stop[i]), int(c.trip[i])
            options = [aboard[r]] if r in aboard else []
            if a in access:
                wait = int(c.dep_s[i]) - depart_s - access[a] - int(links.entry_s[a])
                if wait >= links.gate_s[a]:
                    options.append(_key(wait, int(headway[i]), waiting))
            if platform.get(a, none)[0] <= c.dep_s[i]:
                options.append(platform[a][1])
            if options:
                aboard[r] = min(options)
                new[b] = min(new.get(b, none), (int(c.arr_s[i]), aboard[r]))
        if new == at_stop:
            break
        at_stop = new
    best = none
    for b, walk in rows(links.egress)[destination].items():
        if b in at_stop:
            best = min(best, (at_stop[b][0] + walk, at_stop[b][1]))
    total = best[0] - depart_s
    if total <= horizon_s:
        total -= -best[1][0] if waiting.rule == "half_headway" else _credit(best[1], waiting)
    else:
        total = FAR_S
    direct = int(links.direct_s[origin, destination])
    total = min(total, direct if 0 <= direct <= horizon_s else FAR_S)
    return total if total < FAR_S else -1


def _key(wait_s: int, headway_s: int, waiting: Waiting) -> tuple[int, ...]:
    if waiting.rule == "half_headway":
        return (-(wait_s - headway_s // 2 if headway_s else 0),)
    return (-int(waiting.rule == "informed" and headway_s > waiting.informed_above_s), -wait_s)


def _credit(key: tuple[int, ...], waiting: Waiting) -> int:
    return max(-key[1] - waiting.buffer_s, 0) if key[0] else 0
