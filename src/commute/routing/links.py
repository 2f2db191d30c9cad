"""Rows of the node and link tables as arrays: what `street` and `snap` work on.

Frames come in here and go no farther; coordinates become metres of a projected plane.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from commute.errors import UnknownId
from commute.routing.street import Bools, Floats, Ints, Longs


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Links:
    """Links as arrays, sorted by id so that no result depends on the order of rows; metres in a projected plane.

    `standing`: not dated and not added by anyone, so it may set how far points look for links (`snap`).
    `joinable`: a point may join it between its ends.
    """

    node_ids: tuple[str, ...]
    node_xy: Floats  # [n_nodes, 2] metres
    link_ids: tuple[str, ...]
    from_node: Ints  # [n_links] positions in node_ids
    to_node: Ints
    directed: Bools
    shape_ptr: Longs  # [n_links + 1] into shape_xy
    shape_xy: Floats  # metres, from from_node to to_node
    joinable: Bools
    standing: Bools


def ids_of(frame: pd.DataFrame, name: str) -> NDArray[np.object_]:
    """The ids of a frame, be they its index or a column."""
    values = frame[name] if name in frame.columns else frame.index
    return np.asarray(values, dtype=object).astype(str).astype(object)


def read_links(
    nodes: pd.DataFrame, links: pd.DataFrame, *, mode: str, crs: str = "EPSG:4547", ends_only: Collection[str] = ()
) -> tuple[Links, NDArray[np.intp]]:
    """Arrays of the links that `mode` may use, and the row of `links` that each of them is.

    Parameters
    ----------
    nodes, links : DataFrame
        Tables node and link as in memory (`lon`, `lat`; `from_node_id`, `to_node_id`, `directed`, `allowed_uses`,
        `facility_type`, `geometry`, `opens`, `closes`, names); ids in a column or the index.
    mode : str
        auto, bike or walk, sought in `allowed_uses`.
    ends_only : collection of str
        Links that points join at their ends alone, and that do not set how far points look: those of gaps and those that
        a scenario adds. With them so, opening a gap equals the gap algebra exactly.

    Raises
    ------
    UnknownId
        A link's end that is not in `nodes`.
    """
    node_ids = ids_of(nodes, "node_id")
    order = np.argsort(node_ids, kind="stable")
    names = node_ids[order]
    project = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    lon, lat = (nodes[c].to_numpy(np.float64)[order] for c in ("lon", "lat"))
    node_xy = np.column_stack(project.transform(lon, lat)).reshape(-1, 2)
    uses = [mode in str(text).replace(" ", "").split(",") for text in links["allowed_uses"]]
    link_ids = ids_of(links, "link_id")
    rows = np.flatnonzero(np.array(uses, bool))
    rows = rows[np.argsort(link_ids[rows], kind="stable")]
    chosen = links.iloc[rows]
    place = {name: i for i, name in enumerate(names)}
    start, end = (_positions(chosen[column], place) for column in ("from_node_id", "to_node_id"))
    ptr, xy = _shapes(chosen["geometry"].tolist() if "geometry" in chosen else [None] * len(rows), node_xy, start, end, project)
    words = chosen[[c for c in ("name", "name_zh") if c in chosen]].fillna("").astype(str).agg(" ".join, axis=1).tolist()
    tunnel = np.array(["隧道" in w or "tunnel" in w.lower() for w in words], bool)
    motorway = (chosen["facility_type"] == "motorway").to_numpy(bool)
    free = np.array([name not in set(ends_only) for name in link_ids[rows]], bool)
    undated = np.ones(len(rows), bool)
    for column in ("opens", "closes"):
        if column in chosen:
            undated &= (chosen[column].isna() | (chosen[column] == "")).to_numpy(bool)
    return Links(
        node_ids=tuple(names),
        node_xy=node_xy,
        link_ids=tuple(link_ids[rows]),
        from_node=start,
        to_node=end,
        directed=np.array(chosen["directed"], np.bool_),
        shape_ptr=ptr,
        shape_xy=xy,
        joinable=~tunnel & ~motorway & free,
        standing=undated & free,
    ), rows


def _positions(names: Iterable[str], place: dict[str, int]) -> Ints:
    for name in names:
        if str(name) not in place:
            raise UnknownId("node", str(name), place)
    return np.array([place[str(name)] for name in names], np.int32)


def _shapes(wkt: list[Any], node_xy: Floats, start: Ints, end: Ints, project: Transformer) -> tuple[Longs, Floats]:
    """Courses in metres, turned to run from the from-node; straight between the nodes where there is none."""
    parts: list[Floats] = []
    for text, a, b in zip(wkt, node_xy[start], node_xy[end], strict=True):
        line = None if not isinstance(text, str) or not text else shapely.from_wkt(text)
        if line is None or shapely.get_num_coordinates(line) < 2:
            parts.append(np.array([a, b]))
            continue
        degrees = shapely.get_coordinates(line)
        xy = np.column_stack(project.transform(degrees[:, 0], degrees[:, 1]))
        as_is = np.hypot(*(xy[0] - a)) + np.hypot(*(xy[-1] - b))
        turned = np.hypot(*(xy[0] - b)) + np.hypot(*(xy[-1] - a))
        parts.append(xy if as_is <= turned else xy[::-1])
    ptr = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    return ptr, np.concatenate([np.empty((0, 2)), *parts])
