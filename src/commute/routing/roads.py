"""The streets of a network's day, points on them, and times by car; every gap alone by the gap algebra."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from commute.errors import UnknownId
from commute.model.network import Network
from commute.model.picking import among
from commute.model.points import Points
from commute.model.speeds import link_minutes
from commute.model.views import layer_shapes, links_of_gaps
from commute.routing import access, again, minplus, snap, street
from commute.routing.again import FEW
from commute.routing.layers import key_of, known, layer, put
from commute.routing.links import Links, read_links
from commute.routing.plane import crs_of, to_plane
from commute.routing.street import FAR, Ints

ROADS = ("node", "link", "gap")
NODES = ("node_id", "lon", "lat", "node_type", "source_id")
COURSES = (
    "link_id", "from_node_id", "to_node_id", "directed", "allowed_uses", "facility_type", "geometry", "opens", "closes", "opens_planned",
    "name", "name_zh", "source_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Roads:
    """Links of one day as arrays, their times, and the river that connectors do not cross."""

    key: tuple[Hashable, ...]  # of the links: what is snapped to them depends on no speed
    crs: str
    links: Links
    streets: street.Streets
    river: access.Barrier
    connector_kmh: float
    detour: float

    def snapped(self, points: Points) -> snap.Snapped:
        """Points on the links they may join."""
        key = ("snapped", self.key, points.lon.tobytes(), points.lat.tobytes())
        return layer(key, lambda: snap.snap(to_plane(self.crs, points.lon, points.lat), self.links, river=self.river))

    def ends(self, snapped: snap.Snapped, *, arriving: bool = False) -> snap.Ends:
        """Where snapped points enter or leave the streets."""
        return snap.ends(snapped, self.streets, speed_kmh=self.connector_kmh, detour=self.detour, arriving=arriving)


def river_lines(net: Network, crs: str) -> list[shapely.LineString]:
    """The river of the network in metres."""
    lines = []
    for part in shapely.get_parts(layer_shapes(net.layers["river"])):
        degrees = shapely.get_coordinates(part)
        lines.append(shapely.LineString(to_plane(crs, degrees[:, 0], degrees[:, 1])))
    return lines


def links_key(net: Network, mode: str) -> tuple[Hashable, ...]:
    """What the links that a mode may use depend on: no speed of theirs."""
    return (mode, net.day, net.layers_digest(), net.digest("node", *NODES), net.digest("link", *COURSES), net.digest("gap"))


def links_of(net: Network, mode: str) -> tuple[Links, npt.NDArray[np.intp]]:
    """The links that a mode may use on the day, and their rows of `in_use("link")`."""

    def make() -> tuple[Links, npt.NDArray[np.intp]]:
        here, ends, new = net.in_use("link"), not_yet_facts(net), on_new_ground(net)
        return read_links(net.table("node"), here, mode=mode, crs=crs_of(net), ends_only=ends, added=new, shut=_shut(net, ends | new))

    return layer(("links", *links_key(net, mode)), make)


def roads(net: Network, *, peak: bool) -> Roads:
    """The streets that cars may use on the network's day."""

    def make() -> Roads:
        links, rows = links_of(net, "auto")
        table = net.table("link")
        last = ("roads before", peak, *links_key(net, "auto"), net.level, net.digest("constant"))
        before, other = known(last) or (None, table)
        if before is None or (ds := _some_again(net, before, other, peak=peak)) is None:
            ds = _link_ds(net, net.in_use("link").iloc[rows], peak=peak)
        streets = street.streets(len(links.node_ids), links.from_node, links.to_node, ds, links.directed)
        made = replace(before, streets=streets) if before is not None else _roads(net, links, streets)
        return put(last, (made, table))[0]

    return layer(("roads", peak, *key_of(net, *ROADS)), make)


def _roads(net: Network, links: Links, streets: street.Streets) -> Roads:
    places = (net.digest(name, "lon", "lat") for name in ("node", "stops", "zone"))
    crs = layer(("crs", *places), lambda: crs_of(net))
    return Roads(
        key=links_key(net, "auto"),
        crs=crs,
        links=links,
        streets=streets,
        river=layer(("river", net.layers_digest(), crs), lambda: access.barrier(river_lines(net, crs))),
        connector_kmh=net.constant("car_access_kmh"),
        detour=net.constant("car_access_detour"),
    )


def _some_again(net: Network, before: Roads, table: pd.DataFrame, *, peak: bool) -> Ints | None:
    """Link times of roads of the same courses and constants, made anew for the rows that differ; None where these are many.

    Nor is it for another `area`, which the links that open gaps add take from those beside them.
    """
    now = net.table("link")
    differs = np.zeros(len(now), bool)
    for name in (one for one in now.columns if one not in COURSES):
        if name not in table or (name == "area" and not now[name].equals(table[name])):
            return None
        if not now[name].equals(table[name]):
            differs |= ((now[name] != table[name]) & ~(now[name].isna() & table[name].isna())).to_numpy(bool)
    if np.count_nonzero(differs) > FEW:
        return None
    ds, ids = before.streets.link_ds.copy(), before.links.link_ids
    place = [(i, bisect_left(ids, name)) for i, name in zip(np.flatnonzero(differs), now["link_id"][differs], strict=True)]
    used = [(i, at) for i, at in place if at < len(ids) and ids[at] == now["link_id"].iloc[i]]
    if used:
        ds[[at for _, at in used]] = _link_ds(net, now.iloc[[int(i) for i, _ in used]], peak=peak)
    return ds


def _link_ds(net: Network, links: pd.DataFrame, *, peak: bool) -> Ints:
    """Deciseconds along each row of links, bottlenecks included: as of a link of its mean speed."""
    return street.link_ds(links["length_km"], links["length_km"] / (link_minutes(net, links, peak=peak) / 60.0))


def not_yet_facts(net: Network) -> set[str]:
    """Links that points join only at their ends: of gaps that opened by a scenario, planned, added by one, or stubs to gaps.

    So a gap's opening changes no point's way to the streets, and the gap algebra is exact.
    """
    link = net.table("link")
    planned = link.loc[(link["opens_planned"] != "") | (link["source_id"] == "scenario"), "link_id"]
    node = net.table("node")
    stubs = node.loc[node["node_type"] == "gap_end", "node_id"]
    leading = link.loc[link["from_node_id"].isin(stubs) | link["to_node_id"].isin(stubs), "link_id"]
    return {*planned, *leading, *net.table("gap")["gap_id"]} - on_new_ground(net)


def on_new_ground(net: Network) -> set[str]:
    """Links of a scenario that end at a node of a scenario: points join them along their way, for no other road may be there."""
    node, link = net.table("node"), net.table("link")
    new = node.loc[node["source_id"] == "scenario", "node_id"]
    ends = link["from_node_id"].isin(new) | link["to_node_id"].isin(new)
    return set(link.loc[ends & (link["source_id"] == "scenario"), "link_id"])


def _shut(net: Network, others: set[str]) -> pd.DataFrame:
    """Links from the first day on that are not in use, but for others: a road that a change takes away lets no point look farther."""
    link = net.table("link")
    built = {one for ids in net.table("gap")["link_ids"].tolist() for one in ids.split(";")}
    gone = ~among(link["link_id"], net.in_use("link")["link_id"]) & ~among(link["link_id"], others | built)
    return link[gone & ((link["opens"] == "") & (link["opens_planned"] == "")).to_numpy(bool)]


def car_ds(net: Network, origins: Points, destinations: Points, *, peak: bool, threads: int) -> Ints:
    """Shortest driving times, deciseconds, shape (origins, destinations); `FAR` where there is no way."""
    here = roads(net, peak=peak)
    if not here.links.link_ids:
        return np.full((len(origins), len(destinations)), FAR, np.int32)
    start, goal = here.snapped(origins), here.snapped(destinations)
    points = tuple(one.tobytes() for of in (origins, destinations) for one in (of.lon, of.lat))
    key = (here.key, peak, here.connector_kmh, here.detour, points)
    ends = here.ends(start), here.ends(goal, arriving=True)
    by_street = again.kept_for(
        net, key, here.streets.link_ds, lambda before: again.drives(here.streets, start, goal, *ends, before, threads=threads)
    )
    near = layer(
        ("near", here.key, here.connector_kmh, here.detour, points),
        lambda: snap.direct_ds(start, goal, river=here.river, speed_kmh=here.connector_kmh, detour=here.detour),
    )
    times = by_street.ds.copy()
    rows = np.repeat(np.arange(len(times)), np.diff(near[0]))
    times[rows, near[1]] = np.minimum(times[rows, near[1]], near[2])
    return times


def between_ds(here: Roads, start: snap.Snapped, goal: snap.Snapped, *, threads: int) -> Ints:
    """As `car_ds`, between points that have joined the roads."""
    near = snap.direct_ds(start, goal, river=here.river, speed_kmh=here.connector_kmh, detour=here.detour)
    return snap.point_matrix_ds(here.streets, here.ends(start), here.ends(goal, arriving=True), direct=near, threads=threads)


def around_nodes_ds(here: Roads, start: snap.Snapped, goal: snap.Snapped, *, threads: int) -> tuple[Ints, Ints, Ints]:
    """Deciseconds from points to points, from points to all nodes, and from all nodes to points."""
    out_of, into, nodes = here.ends(start), here.ends(goal, arriving=True), snap.at_nodes(np.arange(here.streets.n_nodes))
    to_node = snap.point_matrix_ds(here.streets, out_of, nodes, threads=threads)
    return between_ds(here, start, goal, threads=threads), to_node, snap.point_matrix_ds(here.streets, nodes, into, threads=threads)


def with_each_gap_ds(net: Network, origins: Points, destinations: Points, gaps: Sequence[str], *, peak: bool, threads: int) -> Ints:
    """Driving times with each gap alone open, deciseconds, shape (gaps, origins, destinations).

    A gap that is open, or has no road of its own, changes nothing.

    Raises
    ------
    UnknownId
        A gap that the network does not hold.
    """
    return minplus.one_gap(*around_gaps_ds(net, origins, destinations, gaps, peak=peak, threads=threads))


def around_gaps_ds(
    net: Network, origins: Points, destinations: Points, gaps: Sequence[str], *, peak: bool, threads: int
) -> tuple[Ints, Ints, Ints, Ints, minplus.GapArcs]:
    """What the gap algebra works on: deciseconds od, oe, ed, ee with all these gaps shut (`minplus.closure`), and their arcs."""
    here = roads(net, peak=peak)
    arcs, nodes = _arcs(net, here, gaps, peak=peak)
    start, goal, ends = here.snapped(origins), here.snapped(destinations), snap.at_nodes(nodes)
    out_of, into = here.ends(start), here.ends(goal, arriving=True)

    def times(a: snap.Ends, b: snap.Ends) -> Ints:
        return snap.point_matrix_ds(here.streets, a, b, threads=threads)

    return between_ds(here, start, goal, threads=threads), times(out_of, ends), times(ends, into), times(ends, ends), arcs


def _arcs(net: Network, here: Roads, gaps: Sequence[str], *, peak: bool) -> tuple[minplus.GapArcs, Ints]:
    """The links that each gap would add, and the nodes at their ends."""
    every = net.table("gap").set_index("gap_id", drop=False)
    for gap in gaps:
        if gap not in every.index:
            raise UnknownId("gap", gap, every.index)
    link = net.table("link")
    shut = link[~link["link_id"].isin(net.in_use("link")["link_id"])].set_index("link_id", drop=False)
    chosen = every.loc[list(gaps)]
    tied = [(i, one) for i, ids in enumerate(chosen["link_ids"]) for one in ids.split(";") if one in shut.index]
    built = links_of_gaps(chosen[~chosen["gap_id"].isin(net.in_use("gap")["gap_id"])].reset_index(drop=True), link)
    number = {gap: i for i, gap in enumerate(gaps)}
    added = pd.concat([shut.loc[[one for _, one in tied]], built], ignore_index=True)
    drivable = added["allowed_uses"].str.contains("auto").to_numpy(bool)
    owner = np.array([*(i for i, _ in tied), *(number[gap] for gap in built["link_id"])], np.int32)[drivable]
    added = added[drivable]
    place = {node: i for i, node in enumerate(here.links.node_ids)}
    ends = [np.array([place[node] for node in added[side]], np.int32) for side in ("from_node_id", "to_node_id")]
    ds = _link_ds(net, added, peak=peak) if len(added) else np.empty(0, np.int32)
    nodes, where = np.unique(np.concatenate(ends), return_inverse=True)
    a, b = np.split(where.astype(np.int32), 2)
    return minplus.gap_arcs(owner, a, b, ds, added["directed"].to_numpy(bool), n_gaps=len(gaps)), nodes.astype(np.int32)
