"""Rows of the node and link tables as arrays: what `street` and `snap` work on.

Frames come in here and go no farther; coordinates become metres of a projected plane.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from commute.errors import UnknownId
from commute.routing.plane import to_plane
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
    nodes: pd.DataFrame,
    links: pd.DataFrame,
    *,
    mode: str,
    crs: str = "EPSG:4547",
    ends_only: Collection[str] = (),
    added: Collection[str] = (),
    always: Collection[str] = (),
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
    added : collection of str
        Links that points join along their way, and that do not set how far points look, so that no time rises by them.
    always : collection of str
        Links that count as undated, whatever their dates.

    Raises
    ------
    UnknownId
        A link's end that is not in `nodes`.
    """
    node_ids = ids_of(nodes, "node_id")
    order = np.argsort(node_ids, kind="stable")
    names = node_ids[order]
    lon, lat = (nodes[c].to_numpy(np.float64)[order] for c in ("lon", "lat"))
    node_xy = to_plane(crs, lon, lat).reshape(-1, 2)
    uses = [mode in str(text).replace(" ", "").split(",") for text in links["allowed_uses"]]
    link_ids = ids_of(links, "link_id")
    rows = np.flatnonzero(np.array(uses, bool))
    rows = rows[np.argsort(link_ids[rows], kind="stable")]
    chosen = links.iloc[rows]
    place = {name: i for i, name in enumerate(names)}
    start, end = (_positions(chosen[column].tolist(), place) for column in ("from_node_id", "to_node_id"))
    ptr, xy = _shapes(chosen["geometry"].tolist() if "geometry" in chosen else [None] * len(rows), node_xy, start, end, crs)
    tunnel = np.zeros(len(rows), bool)
    for column in ("name", "name_zh"):
        if column in chosen:
            tunnel |= np.array(["隧道" in str(word) or "tunnel" in str(word).lower() for word in chosen[column].tolist()], bool)
    motorway = (chosen["facility_type"] == "motorway").to_numpy(bool)
    tied, new, split = set(ends_only), set(added), set(always)
    free = np.array([name not in tied for name in link_ids[rows]], bool)
    undated = np.array([name not in new for name in link_ids[rows]], bool)
    whole = np.array([name in split for name in link_ids[rows]], bool)
    for column in ("opens", "closes"):
        if column in chosen:
            undated &= (chosen[column].isna() | (chosen[column] == "")).to_numpy(bool) | whole
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


@lru_cache(maxsize=1 << 15)
def _course(wkt: str, crs: str) -> Floats:
    """A course in metres; kept, since the same roads are read for many days and scenarios."""
    degrees = shapely.get_coordinates(shapely.from_wkt(wkt))
    return to_plane(crs, degrees[:, 0], degrees[:, 1])


def _positions(names: Iterable[str], place: dict[str, int]) -> Ints:
    found = [place.get(str(name), -1) for name in names]
    if -1 in found:
        raise UnknownId("node", str(list(names)[found.index(-1)]), place)
    return np.array(found, np.int32)


def _shapes(wkt: list[Any], node_xy: Floats, start: Ints, end: Ints, crs: str) -> tuple[Longs, Floats]:
    """Courses in metres, turned to run from the from-node; straight between the nodes where there is none."""
    parts: list[Floats] = []
    for text, a, b in zip(wkt, node_xy[start], node_xy[end], strict=True):
        xy = _course(text, crs) if isinstance(text, str) and text else np.empty((0, 2))
        if len(xy) < 2:
            parts.append(np.array([a, b]))
            continue
        as_is = np.hypot(*(xy[0] - a)) + np.hypot(*(xy[-1] - b))
        turned = np.hypot(*(xy[0] - b)) + np.hypot(*(xy[-1] - a))
        parts.append(xy if as_is <= turned else xy[::-1])
    ptr = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    return ptr, np.concatenate([np.empty((0, 2)), *parts])
