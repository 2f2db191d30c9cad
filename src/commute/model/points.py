"""Points that a question starts from or ends at: ids, names, coordinates or a frame, made one kind of thing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commute.errors import BadValue, UnknownId

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from commute.model.network import Network

KINDS = (("place", "place_id"), ("stops", "stop_id"), ("zone", "zone_id"), ("node", "node_id"))
NAMES = ("name_zh", "name_en", "name", "stop_name", "stop_name_en")


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points in WGS84, n of them: ids (text, unique), lon and lat (float64), and the stop each one is ('' if none)."""

    ids: tuple[str, ...]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    stops: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


def resolve(net: Network, what: Any = None) -> Points:
    """Points from ids, Chinese or English names, (lon, lat) in WGS84, a GeoDataFrame with an `id` column, or None: all zones.

    Raises
    ------
    UnknownId
        An id or name that the network does not hold; the nearest are named.
    BadValue
        A name that several elements share, a coordinate off the Earth, an empty list, the same point twice.
    """
    import numpy as np

    if isinstance(what, Points):
        return what
    if what is None:
        what = list(net.table("zone")["zone_id"])
    if hasattr(what, "geometry"):
        return _of_frame(what)
    one = isinstance(what, str) or _is_pair(what)
    wanted: Sequence[Any] = [what] if one else list(what)
    if not wanted:
        raise BadValue("no point is given: name at least one id, name or (lon, lat)")
    found = [_coordinates(each) if _is_pair(each) else _lookup(net, each) for each in wanted]
    ids = tuple(each[0] for each in found)
    if len(set(ids)) < len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise BadValue(f"the point {twice!r} is given twice")
    lon, lat = (np.array([each[k] for each in found], dtype=np.float64) for k in (1, 2))
    return Points(ids, lon, lat, tuple(each[3] for each in found))


def _is_pair(what: Any) -> bool:
    return isinstance(what, tuple | list) and len(what) == 2 and all(isinstance(x, int | float) for x in what)


def _coordinates(pair: Any) -> tuple[str, float, float, str]:
    lon, lat = float(pair[0]), float(pair[1])
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise BadValue(f"({lon}, {lat}) is not (lon, lat) in degrees")
    return f"{lon:.6f},{lat:.6f}", lon, lat, ""


def _of_frame(frame: Any) -> Points:
    import numpy as np

    if "id" not in frame.columns:
        raise BadValue("a frame of points needs a column `id`")
    if frame.crs is None:
        raise BadValue("a frame of points needs a coordinate reference system: frame.set_crs(4326)")
    shape = frame.geometry.to_crs(4326)
    ids = tuple(frame["id"].astype(str))
    if len(set(ids)) < len(ids) or not len(ids):
        raise BadValue("a frame of points needs at least one row and unique values in `id`")
    return Points(ids, np.asarray(shape.x, np.float64), np.asarray(shape.y, np.float64), ("",) * len(ids))


def _lookup(net: Network, sought: Any) -> tuple[str, float, float, str]:
    if not isinstance(sought, str):
        raise BadValue(f"{sought!r} is not a point: give an id, a name, (lon, lat) or a GeoDataFrame")
    index = net._cache.get("names")
    if index is None:
        index = net._cache["names"] = _index(net)
    by_id, by_name = index
    if sought in by_id:
        return by_id[sought]  # type: ignore[no-any-return]
    for kind, _ in KINDS:
        same = by_name.get((kind, sought), ())
        if len(same) > 1:
            raise BadValue(f"{sought!r} is the name of {len(same)} {kind} rows: {', '.join(same[:6])}; use an id")
        if same:
            return by_id[same[0]]  # type: ignore[no-any-return]
    raise UnknownId("point", sought, [*by_id, *(name for _, name in by_name)])


def _index(net: Network) -> tuple[dict[str, Any], dict[tuple[str, str], list[str]]]:
    by_id: dict[str, Any] = {}
    by_name: dict[tuple[str, str], list[str]] = {}
    for kind, key in KINDS:
        frame: pd.DataFrame = net.table(kind)
        for name in [c for c in NAMES if c in frame]:
            for row, called in zip(frame[key], frame[name], strict=True):
                if called:
                    ids = by_name.setdefault((kind, called), [])
                    ids.append(row) if row not in ids else None
        for row, lon, lat in zip(frame[key], frame["lon"], frame["lat"], strict=True):
            by_id.setdefault(row, (row, lon, lat, row if kind == "stops" else ""))
    return by_id, by_name
