"""Slow and plain answers to what the street kernels, the access field and the gap algebra answer fast."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from commute.routing.links import Links
from commute.routing.street import FAR, streets


def random_links(rng, n_nodes, n_links, *, longest=60, one_way=0.3):
    """Ends, deciseconds and directions of links, loops and parallel ones among them."""
    ends = rng.integers(0, n_nodes, (2, n_links))
    return ends[0], ends[1], rng.integers(1, longest + 1, n_links), rng.random(n_links) < one_way


def net_of(n_nodes, a, b, ds, directed):
    return streets(n_nodes, a, b, ds, directed)


def nx_graph(n_nodes, a, b, ds, directed):
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(n_nodes))
    for i, (u, v, w) in enumerate(zip(a.tolist(), b.tolist(), ds.tolist(), strict=True)):
        if w >= FAR:
            continue
        graph.add_edge(u, v, ds=w, link=i)
        if not directed[i]:
            graph.add_edge(v, u, ds=w, link=i)
    return graph


def scipy_times(n_nodes, a, b, ds, directed):
    """All nodes to all nodes, int64 deciseconds, FAR where no path."""
    is_open = np.asarray(ds) < FAR
    back = is_open & ~np.asarray(directed)
    rows, cols = np.concatenate([a[is_open], b[back]]), np.concatenate([b[is_open], a[back]])
    cost = np.concatenate([ds[is_open], ds[back]])
    least = np.full((n_nodes, n_nodes), np.inf)
    np.minimum.at(least, (rows, cols), cost)
    some = np.nonzero(np.isfinite(least))
    graph = coo_array((least[some], some), shape=(n_nodes, n_nodes)).tocsr()
    times = dijkstra(graph, directed=True)
    return np.where(np.isinf(times), FAR, times).astype(np.int64)


def random_roads(rng, n_nodes, n_links, *, size_m=4000, one_way=0.3, bends=True):
    """Links with courses in the plane, for points to be snapped to; and their deciseconds."""
    xy = rng.integers(0, size_m, (n_nodes, 2)).astype(float)
    a = rng.integers(0, n_nodes, n_links)
    b = (a + rng.integers(1, n_nodes, n_links)) % n_nodes
    parts = []
    for u, v in zip(a, b, strict=True):
        middle = [(xy[u] + xy[v]) / 2 + rng.integers(-200, 200, 2)] if bends and rng.random() < 0.5 else []
        parts.append(np.array([xy[u], *middle, xy[v]]))
    ds = rng.integers(10, 4000, n_links).astype(np.int32)
    return links_of(xy, a, b, rng.random(n_links) < one_way, parts), ds


def links_of(node_xy, a, b, directed, parts=None, *, joinable=None, standing=None):
    parts = [np.array([node_xy[u], node_xy[v]], float) for u, v in zip(a, b, strict=True)] if parts is None else parts
    n = len(a)
    return Links(
        node_ids=tuple(f"n{i}" for i in range(len(node_xy))),
        node_xy=np.asarray(node_xy, float),
        link_ids=tuple(f"l{i}" for i in range(n)),
        from_node=np.array(a, np.int32),
        to_node=np.array(b, np.int32),
        directed=np.array(directed, bool),
        shape_ptr=np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64),
        shape_xy=np.concatenate([np.empty((0, 2)), *parts]),
        joinable=np.ones(n, bool) if joinable is None else joinable,
        standing=np.ones(n, bool) if standing is None else standing,
    )


def point_time_ds(links, ds, p, q, *, reach_m, speed_kmh, detour):
    """Time between two points: both and their places on links are made nodes of a networkx graph."""
    graph = nx_graph(len(links.node_xy), links.from_node, links.to_node, ds, links.directed)
    places = {}
    for name, point in (("p", p), ("q", q)):
        courses = [shapely.LineString(links.shape_xy[links.shape_ptr[i] : links.shape_ptr[i + 1]]) for i in range(len(ds))]
        away = np.array([course.distance(shapely.Point(point)) for course in courses])
        standing = away[links.joinable & links.standing]
        far_off = len(standing) > 0 and standing.min() > reach_m
        radius = max(reach_m, 1.25 * standing.min()) if far_off else reach_m
        for i, course in enumerate(courses):
            if not links.joinable[i] or away[i] > radius or ds[i] >= FAR:
                continue
            share = course.project(shapely.Point(point)) / course.length
            connector = math.floor(away[i] * detour * 36 / speed_kmh + 0.5)
            forth, back = half_up(share * int(ds[i])), half_up((1 - share) * int(ds[i]))
            u, v = links.from_node[i], links.to_node[i]
            if name == "p":
                graph.add_edge("p", v, ds=connector + back)
                graph.add_edge("q", "q", ds=0)
                if not links.directed[i] or share == 0:
                    graph.add_edge("p", u, ds=connector + forth)
            else:
                graph.add_edge(u, "q", ds=connector + forth)
                if not links.directed[i] or share == 1:
                    graph.add_edge(v, "q", ds=connector + back)
            places[name, i] = share, connector
    for (name, i), (share, connector) in places.items():
        if name == "p" and ("q", i) in places:
            other, onward = places["q", i]
            if not links.directed[i] or other >= share:
                graph.add_edge("p", "q", ds=connector + half_up(abs(other - share) * int(ds[i])) + onward)
    graph.add_nodes_from(["p", "q"])
    try:
        return nx.dijkstra_path_length(graph, "p", "q", weight="ds")
    except nx.NetworkXNoPath:
        return FAR


def half_up(x):
    return math.floor(x + 0.5)


def random_river(rng, size_m=6000, n_vertices=9):
    """A bending line from south to north, vertices on whole millimetres."""
    y = np.sort(rng.integers(-500_000, (size_m + 500) * 1000, n_vertices)) / 1000
    x = rng.integers(size_m * 300, size_m * 700, n_vertices) / 1000
    return shapely.LineString(np.column_stack([x, y]))


def field_by_visibility(rivers, bridges, p, q):
    """Metres from every p to every q: straight if shapely sees no crossing, else Dijkstra on the visibility graph of bridge ends."""
    whole = shapely.union_all(rivers)
    ends = bridges.ends_xy.reshape(-1, 2)

    def sees(a, b):
        return not shapely.LineString([a, b]).intersects(whole)

    graph = nx.Graph()
    for i, a in enumerate(ends):
        for j in range(i):
            if sees(a, ends[j]):
                graph.add_edge(i, j, m=math.dist(a, ends[j]))
    for k, length in enumerate(bridges.length_m):
        if not graph.has_edge(2 * k, 2 * k + 1) or graph[2 * k][2 * k + 1]["m"] > length:
            graph.add_edge(2 * k, 2 * k + 1, m=float(length))
    for name, points in (("p", p), ("q", q)):
        for i, a in enumerate(points):
            graph.add_node((name, i))
            for j, e in enumerate(ends):
                if sees(a, e):
                    graph.add_edge((name, i), j, m=math.dist(a, e))
    out = np.full((len(p), len(q)), np.inf)
    for i, a in enumerate(p):
        # another point is no way-station: search among bridge ends only, from this one
        sub = graph.subgraph([n for n in graph if isinstance(n, int) or n == ("p", i)])
        reach = nx.single_source_dijkstra_path_length(sub, ("p", i), weight="m")
        for j, b in enumerate(q):
            if sees(a, b):
                out[i, j] = math.dist(a, b)
                continue
            for e, edge in graph[("q", j)].items():
                if e in reach:
                    out[i, j] = min(out[i, j], reach[e] + edge["m"])
    return out


def dense(csr, n):
    """A CSR of pairs as a matrix, inf where a pair is left out."""
    ptr, idx, metres = csr
    out = np.full((len(ptr) - 1, n), np.inf)
    out[np.repeat(np.arange(len(ptr) - 1), np.diff(ptr)), idx] = metres
    return out
