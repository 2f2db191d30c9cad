"""The ground of each zone in degrees, for maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from commute.analysis.measure.cells import cells
from commute.routing.plane import crs_of, to_degrees

if TYPE_CHECKING:
    from commute.model.network import Network


def zone_outlines(net: Network) -> dict[str, Any]:
    """A shapely polygon in WGS84 by zone_id; empty where a seat lies outside its district's outline."""
    if "outlines" not in net._cache:
        crs = crs_of(net)
        shapes = shapely.transform(np.array(cells(net), dtype=object), lambda xy: to_degrees(crs, xy))
        net._cache["outlines"] = dict(zip(net.table("zone")["zone_id"], shapes, strict=True))
    return net._cache["outlines"]  # type: ignore[no-any-return]
