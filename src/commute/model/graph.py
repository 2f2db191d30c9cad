"""A network as a networkx graph, and back. A gap not yet open is an edge of infinite minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from commute.errors import BadValue
from commute.model.network import EMPTY_LAYER, Network
from commute.model.profile import CAR, Profile
from commute.model.speeds import link_minutes
from commute.model.tables import BY_NAME, LAYERS, TABLES, Column

if TYPE_CHECKING:
    import networkx as nx

ADDED = ("minutes", "mode", "gap", "gap_id", "forward", "row")  # edge attributes that are no columns of a table


def to_graph(net: Network, *, profile: Profile = CAR) -> nx.MultiDiGraph[Any]:
    """The roads of a network, with its gaps, as a `networkx.MultiDiGraph`.

    Parameters
    ----------
    net : Network; a dated one gives the links of its day, an undated one those of `as_of`
    profile : Profile, decides free-flow or peak speeds

    Returns
    -------
    networkx.MultiDiGraph
        Nodes carry lon, lat and the columns of the node table; edges, keyed by link or gap id, both ways where the road is:
        `minutes`, `mode`, `gap` (bool), `gap_id`, `opens`, `source_id` and the columns of the link table. A gap not yet
        open has `minutes=inf`. `graph.graph["commute"]` keeps all else, so that `from_graph` gives an equal network.

    Raises
    ------
    BadValue
        A profile that does not use roads.
    """
    import networkx as nx

    if profile.mode not in ("car", "truck", "bike", "walk"):
        raise BadValue(f"the graph is of roads; the profile travels by {profile.mode}: use cm.CAR")
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    for row in _records(net.table("node")):
        graph.add_node(row["node_id"], **row)
    used = net.in_use("link")
    gaps = net.table("gap")
    shut = gaps[~gaps["gap_id"].isin(net.in_use("gap")["gap_id"])]
    owner = {link: gap for gap, ids in zip(shut["gap_id"], shut["link_ids"], strict=True) for link in ids.split(";") if link}
    link = net.table("link")
    minutes = dict(zip(used["link_id"], _minutes(net, used, profile), strict=True))
    dated = link[link["link_id"].isin(set(minutes) | set(owner))]
    built = used[~used["link_id"].isin(link["link_id"])]  # open gaps that are no dated link
    for rows, is_row in ((dated, True), (built, False)):
        for row in _records(rows):
            here = row["link_id"]
            gap = here not in minutes
            facts = {"minutes": minutes.get(here, np.inf), "mode": profile.mode, "gap": gap, "row": is_row}
            _add(graph, row, here, {**facts, "gap_id": owner.get(here, "") if gap else ("" if is_row else here)})
    for row in _records(shut[(shut["link_ids"] == "") & (shut["from_node_id"] != "")]):
        facts = {"minutes": np.inf, "mode": profile.mode, "gap": True, "gap_id": row["gap_id"], "row": False, "directed": False}
        _add(graph, row, row["gap_id"], facts)
    graph.graph["commute"] = {
        "tables": {table.name: net.table(table.name) for table in TABLES if table.name not in ("node", "link")},
        "other_links": link[~link["link_id"].isin(dated["link_id"])],
        "layers": net.layers,
        "as_of": net.as_of,
        "date": net.date,
        "level": net.level,
        "scenarios": net.scenarios,
    }
    return graph


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def _minutes(net: Network, links: pd.DataFrame, profile: Profile) -> np.ndarray[Any, np.dtype[np.float64]]:
    if profile.mode in ("car", "truck"):
        minutes = link_minutes(net, links, peak=profile.peak)
        uses = links["allowed_uses"].str.contains("auto")
    else:
        own = profile.walk_kmh if profile.mode == "walk" else profile.bike_kmh
        minutes = links["length_km"].to_numpy(np.float64) / (own or net.constant(f"{profile.mode}_kmh")) * 60.0
        uses = links["allowed_uses"].str.contains(profile.mode)
    return np.where(uses.to_numpy(), minutes, np.inf)


def _add(graph: nx.MultiDiGraph[Any], row: dict[str, Any], key: str, facts: dict[str, Any]) -> None:
    a, b = row["from_node_id"], row["to_node_id"]
    graph.add_edge(a, b, key=key, **{**row, **facts, "forward": True})
    if not facts.get("directed", row.get("directed")):
        graph.add_edge(b, a, key=key, **{**row, **facts, "forward": False})


def from_graph(graph: nx.MultiDiGraph[Any]) -> Network:
    """A network from a graph: of `to_graph`, edited or not, or any with lon, lat on nodes and length_km, free_speed_kmh on edges.

    Raises
    ------
    BadValue
        A node without lon and lat, or a road without length and speed.
    """
    from datetime import date

    kept: dict[str, Any] = graph.graph.get("commute", {})
    for node, facts in graph.nodes(data=True):
        if not {"lon", "lat"} <= facts.keys():
            raise BadValue(f"node {node!r} has no lon and lat")
    nodes = [{"node_id": str(node), **facts} for node, facts in graph.nodes(data=True)]
    links: dict[str, dict[str, Any]] = {}
    for a, b, key, facts in graph.edges(keys=True, data=True):
        if facts.get("row") is False or not facts.get("forward", True):
            continue  # a gap's edge, whose row is in the gap table; or the way back of a road
        if not (facts.get("length_km", 0) > 0 and facts.get("free_speed_kmh", 0) > 0):
            raise BadValue(f"edge {a} → {b} ({key}) needs length_km and free_speed_kmh above 0")
        here = str(facts.get("link_id", key if isinstance(key, str) else f"{a}-{b}-{key}"))
        links[here] = {"link_id": here, "from_node_id": str(a), "to_node_id": str(b), **facts}
    tables: dict[str, pd.DataFrame] = {name: frame for name, frame in kept.get("tables", {}).items()}
    for table in TABLES:
        tables.setdefault(table.name, _frame(table.name, []))
    tables["node"] = _frame("node", nodes)
    made = _frame("link", list(links.values()))
    other = kept.get("other_links")
    tables["link"] = made if other is None else pd.concat([made, other]).astype(made.dtypes.to_dict())
    if not kept:
        row = {"source_id": "graph", "text": "read from a graph", "kind": "assumed"}
        tables["source"] = _frame("source", [row])
    layers = kept.get("layers", {name: EMPTY_LAYER for name in LAYERS})
    net = Network.from_tables(tables, layers, kept.get("as_of", date(2000, 1, 1)))
    return net.replaced(day=kept.get("date"), level=kept.get("level", "central"), scenarios=kept.get("scenarios", ()))


DEFAULTS: dict[str, Any] = {"facility_type": "primary", "area": "rural", "allowed_uses": "auto,bike,walk", "directed": True}
BLANK = {"source_id": "graph", "confidence": "assumed"}


def _frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a typed frame with the columns of a table; what is missing takes a default."""
    return pd.DataFrame({c.name: _column(c, rows) for c in BY_NAME[name].columns})


def _column(column: Column, rows: list[dict[str, Any]]) -> pd.Series:
    default = {**DEFAULTS, **BLANK}.get(column.name)
    values = [row.get(column.name, default) for row in rows]
    if column.kind == "bool":
        return pd.Series([bool(v) for v in values], dtype=bool)
    if column.kind in ("int", "clock") and column.required:
        return pd.Series([int(v or 0) for v in values], dtype="int64")
    if column.kind in ("float", "int", "clock"):
        return pd.Series([np.nan if v is None else v for v in values], dtype="float64")
    return pd.Series(["" if v is None else str(v) for v in values], dtype="str")
