"""Rows of the node and link tables as arrays: what `street` and `snap` work on.

Frames come in here and go no farther; coordinates become metres of a projected plane.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
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

    `standing`: from the first day and not added by anyone, so it may set how far points look for links (`snap`).
    `joinable`: a point may join it between its ends.
    `shut_ptr`, `shut_xy`: courses of such links that are shut, which set that as they did; for nothing else.
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
    shut_ptr: Longs = field(default_factory=lambda: np.zeros(1, np.int64))
    shut_xy: Floats = field(default_factory=lambda: np.empty((0, 2)))


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
    shut: pd.DataFrame | None = None,
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
    shut : DataFrame, optional
        Links from the first day on that are not in use: they set how far points look as if they were.

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
    place = {name: i for i, name in enumerate(names)}
    link_ids, rows = _of_mode(links, mode)
    chosen = links.iloc[rows]
    start, end, ptr, xy = _courses(chosen, place, node_xy, crs)
    tied, new = set(ends_only), set(added)
    free = np.array([name not in tied for name in link_ids[rows]], bool)
    undated = np.array([name not in new for name in link_ids[rows]], bool)
    if "opens" in chosen:
        undated &= (chosen["opens"].isna() | (chosen["opens"] == "")).to_numpy(bool)
    there = links.iloc[:0] if shut is None else shut.iloc[_of_mode(shut, mode)[1]]
    _, _, shut_ptr, shut_xy = _courses(there[_between_ends(there)], place, node_xy, crs)
    return Links(
        node_ids=tuple(names),
        node_xy=node_xy,
        link_ids=tuple(link_ids[rows]),
        from_node=start,
        to_node=end,
        directed=np.array(chosen["directed"], np.bool_),
        shape_ptr=ptr,
        shape_xy=xy,
        joinable=_between_ends(chosen) & free,
        standing=undated & free,
        shut_ptr=shut_ptr,
        shut_xy=shut_xy,
    ), rows


def _of_mode(links: pd.DataFrame, mode: str) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """All ids, and the rows that a mode may use, by id."""
    ids = ids_of(links, "link_id")
    rows = np.flatnonzero([mode in str(text).replace(" ", "").split(",") for text in links["allowed_uses"]])
    return ids, rows[np.argsort(ids[rows], kind="stable")]


def _between_ends(links: pd.DataFrame) -> Bools:
    """Whether a point may join a link between its ends: no motorway, no tunnel."""
    allowed = np.array(links["facility_type"] != "motorway", bool)
    for column in ("name", "name_zh"):
        if column in links:
            allowed &= np.array(["隧道" not in str(word) and "tunnel" not in str(word).lower() for word in links[column].tolist()], bool)
    return allowed


def _courses(links: pd.DataFrame, place: dict[str, int], node_xy: Floats, crs: str) -> tuple[Ints, Ints, Longs, Floats]:
    """Ends of links as positions, and their courses."""
    start, end = (_positions(links[column].tolist(), place) for column in ("from_node_id", "to_node_id"))
    return start, end, *_shapes(links["geometry"].tolist() if "geometry" in links else [None] * len(links), node_xy, start, end, crs)


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
