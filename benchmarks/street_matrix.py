"""Matrices of car times: this library against scipy and networkx, in one run: `python benchmarks/street_matrix.py`.

The shipped network, if its tables are there, and a synthetic city of 20,000 nodes. Every compared time must be equal.
networkx is timed on a few origins and scaled by their number. Ratios mean more than seconds: the machine may be shared.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from timing import best

from commute.model.tables import BY_NAME, Table
from commute.routing.access import barrier, field_m, find_bridges
from commute.routing.links import read_links
from commute.routing.minplus import gap_arcs, one_gap
from commute.routing.snap import ends, point_matrix_ds, snap
from commute.routing.street import FAR, Streets, link_ds, seeds_of, streets, times_ds

DATA = Path(__file__).parent.parent / "data" / "network"
THREADS = os.cpu_count() or 1


def compare(name: str, net: Streets, origins: np.ndarray, nx_origins: int) -> None:
    seeds = seeds_of(len(origins), np.arange(len(origins)), origins, np.zeros(len(origins)))
    times_ds(net, seeds)  # compiled or loaded
    one, times = best(lambda: times_ds(net, seeds))
    more, _ = best(lambda: times_ds(net, seeds, threads=THREADS))
    first = np.lexsort((net.ds, net.head, net.tail))  # scipy adds parallel arcs up: keep the quickest
    keep = first[np.r_[True, np.diff(net.tail[first].astype(np.int64) * net.n_nodes + net.head[first]) != 0]]
    graph = csr_array((net.ds[keep].astype(float), (net.tail[keep], net.head[keep])), shape=(net.n_nodes,) * 2)
    theirs, known = best(lambda: dijkstra(graph, indices=origins), 2)
    assert (np.where(np.isinf(known), FAR, known) == times).all(), "scipy differs"
    other = nx.DiGraph()
    other.add_nodes_from(range(net.n_nodes))
    other.add_weighted_edges_from(zip(net.tail[keep].tolist(), net.head[keep].tolist(), net.ds[keep].tolist(), strict=True))
    start = time.perf_counter()
    rows = [nx.single_source_dijkstra_path_length(other, int(o)) for o in origins[:nx_origins]]
    slow = (time.perf_counter() - start) / nx_origins * len(origins)
    assert all(times[i, v] == d for i, row in enumerate(rows) for v, d in row.items()), "networkx differs"
    print(f"{name}: {net.n_nodes} nodes, {len(net.ds)} arcs, {len(origins)} origins to all nodes; all times equal")
    print(f"  commute, 1 thread   {one:8.4f} s = {one / len(origins) * 1e3:.3f} ms an origin")
    print(f"  commute, {THREADS} threads  {more:8.4f} s")
    print(f"  scipy dijkstra      {theirs:8.4f} s = {theirs / one:5.1f} times 1 thread, {theirs / more:5.1f} times {THREADS}")
    print(f"  networkx (scaled)   {slow:8.4f} s = {slow / one:5.1f} times 1 thread, {slow / more:5.1f} times {THREADS}")


def synthetic(side: int = 141, seed: int = 3) -> Streets:
    """A grid of streets with some missing, unlike speeds, and one in ten one-way."""
    rng = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    a = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    b = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    kept = rng.random(len(a)) < 0.9
    a, b = a[kept], b[kept]
    return streets(side * side, a, b, link_ds(rng.uniform(0.1, 0.4, len(a)), rng.uniform(15, 60, len(a))), rng.random(len(a)) < 0.1)


def table(of: Table) -> pd.DataFrame:
    """A shipped table with our names in memory."""
    frame = pd.read_csv(DATA / Path(of.path).name, dtype={c.file_name: str for c in of.columns if c.kind in {"text", "date", "wkt"}})
    return frame.rename(columns={c.file_name: c.name for c in of.columns})


def points_and_gaps() -> None:
    """The other costs: points to points by links, the field of walks, one gap at a time."""
    rng = np.random.default_rng(1)
    nodes, frame = table(BY_NAME["node"]), table(BY_NAME["link"])
    took, (links, rows) = best(lambda: read_links(nodes, frame, mode="auto"), 1)
    cost = link_ds(links_km := frame["length_km"].to_numpy()[rows], frame["free_speed_kmh"].to_numpy()[rows])
    net = streets(len(links.node_ids), links.from_node, links.to_node, cost, links.directed)
    print(f"shipped network: {links_km.sum():.0f} km of links read in {took:.3f} s")
    compare("shipped network", net, np.arange(len(links.node_ids)), 60)
    zones = links.node_xy[rng.integers(0, len(links.node_xy), 350)] + rng.normal(0, 1500, (350, 2))
    cells = np.column_stack([rng.uniform(*np.quantile(links.node_xy[:, k], [0.2, 0.8]), 50_000) for k in (0, 1)])
    for name, points in (("350 zones", zones), ("50,000 cells", cells)):
        snap(points[:9], links)
        took, snapped = best(lambda points=points: snap(points, links), 1)
        print(f"  snap {name}: {took:.3f} s, {len(snapped.link) / len(points):.1f} links a point")
        there = ends(snapped, net, speed_kmh=20, detour=1.3)
        few = ends(snap(zones[:3] if len(points) > 999 else zones, links), net, speed_kmh=20, detour=1.3)
        point_matrix_ds(net, few, few)
        took, times = best(lambda there=there, few=few: point_matrix_ds(net, few, there))
        print(f"  matrix {times.shape[0]} x {times.shape[1]}: {took:.4f} s")
        if name == "350 zones":
            ends_at = rng.integers(0, 350, (2, 98))
            arcs = gap_arcs(np.arange(98), ends_at[0], ends_at[1], rng.integers(50, 3000, 98), n_gaps=98)
            took, _ = best(lambda times=times, arcs=arcs: one_gap(times, times, times, times, arcs))
            print(f"  98 gaps, each alone, 350 x 350: {took:.3f} s")


def walks() -> None:
    """The access field over a river of some hundred vertices."""
    rng = np.random.default_rng(2)
    y = np.linspace(-50_000, 50_000, 300)
    river = [shapely.LineString(np.column_stack([4000 * np.sin(y / 9000) + 300 * np.sin(y / 900), y]))]
    roads = np.column_stack([np.tile([-6000.0, 6000.0], 25), np.repeat(rng.uniform(-45_000, 45_000, 25), 2)])
    bridges = find_bridges(river, np.arange(0, 51, 2), roads)
    banked = barrier(river, bridges)
    cells, stops = rng.uniform(-40_000, 40_000, (50_000, 2)), rng.uniform(-40_000, 40_000, (150, 2))
    near, close = rng.uniform(-5000, 5000, (1000, 2)), rng.uniform(-5000, 5000, (1000, 2))
    field_m(banked, near[:9], close[:9], 1e9)
    for name, p, q, cap in (
        ("50,000 cells x 150 stops, cap 3 km", cells, stops, 3000.0),
        ("1,000 x 1,000 beside the river, no cap", near, close, np.inf),
    ):
        one, csr = best(lambda p=p, q=q, cap=cap: field_m(banked, p, q, cap))
        more, _ = best(lambda p=p, q=q, cap=cap: field_m(banked, p, q, cap, threads=THREADS))
        print(f"  {name}: {one:.4f} s, {THREADS} threads {more:.4f} s, {len(csr[1])} pairs, {len(bridges.length_m)} bridges")
    took, lines = best(lambda: shapely.intersects(shapely.linestrings(np.stack([near, close], axis=1)), river[0]), 1)
    print(f"  shapely's crossing test alone: {took / len(lines) * 1e6:.1f} s for 1e6 pairs")


def main() -> None:
    if (DATA / "node.csv").exists() and (DATA / "link.csv").exists():
        points_and_gaps()
    else:
        print("the shipped network has no node.csv and link.csv: left out")
    net = synthetic()
    compare("synthetic city", net, np.random.default_rng(4).choice(net.n_nodes, 150, replace=False), 4)
    print("access field")
    walks()


if __name__ == "__main__":
    main()
