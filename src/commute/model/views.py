"""What a network shows of its tables: lines of links, the links that open gaps add, the timetable of a day."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.model import validity
from commute.model.headways import at_level
from commute.model.picking import among, numbered, picked

if TYPE_CHECKING:
    from commute.model.network import Network


def link_lines(rows: pd.DataFrame, nodes: pd.DataFrame) -> Any:
    """A shapely line a row: its geometry, else straight between its nodes; None where it has no ends."""
    import shapely

    place = nodes.set_index("node_id")[["lon", "lat"]]
    ends = np.stack([place.reindex(rows[side]).to_numpy() for side in ("from_node_id", "to_node_id")], axis=1)
    known = ~np.isnan(ends).any(axis=(1, 2))
    lines = np.full(len(rows), None, dtype=object)
    lines[known] = shapely.linestrings(ends[known])
    drawn = (rows["geometry"] != "").to_numpy()
    lines[drawn] = shapely.from_wkt(rows.loc[drawn, "geometry"].to_numpy(dtype=object))
    return lines


def layer_shapes(layer: Mapping[str, Any]) -> list[Any]:
    """The features of a GeoJSON layer as shapely geometries, in degrees."""
    import shapely

    return [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in layer["features"]]


def links_of_gaps(gaps: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Open gaps that are no dated link, as links of the same id; class by speed, area from the links at their ends."""
    built = gaps[(gaps["link_ids"] == "") & (gaps["from_node_id"] != "")]
    built = built[built["length_km"].notna() & built["free_speed_kmh"].notna()]
    wanted = {*built["from_node_id"], *built["to_node_id"]}
    area: dict[str, str] = {}
    for side in ("from_node_id", "to_node_id"):
        near = links[links[side].isin(wanted)]
        area = dict(zip(near[side], near["area"], strict=True)) | area
    speed = built["free_speed_kmh"]
    known = {
        "link_id": built["gap_id"],
        "facility_type": np.select([speed >= 90, speed >= 62], ["motorway", "trunk"], "primary"),
        "area": [area.get(a) or area.get(b, "rural") for a, b in zip(built["from_node_id"], built["to_node_id"], strict=True)],
        "allowed_uses": "auto",  # its course is not known well enough to walk a river by it
        "delay_free_min": np.nan,  # the delay of a bottleneck is what its opening removes
        "delay_peak_min": np.nan,
    }
    columns = {}
    for name, kind in links.dtypes.items():
        values = known[name] if name in known else built.get(name)
        if values is None:
            values = {"b": False, "f": np.nan}.get(kind.kind, "")
        columns[name] = pd.Series(values, index=built.index).astype(kind)
    return pd.DataFrame(columns)


def running(net: Network) -> dict[str, pd.DataFrame]:
    """The GTFS tables cut down to what runs on the network's day; see `Network.running`."""
    day = net.day
    text = day.strftime("%Y%m%d")
    calendar = net.table("calendar")
    runs = (calendar[validity.WEEKDAYS[day.weekday()]] & (calendar["start_date"] <= text) & (calendar["end_date"] >= text)).to_numpy(bool)
    routes, stops = net.in_use("routes"), net.in_use("stops")
    trips, times, frequencies = (net.table(name) for name in ("trips", "stop_times", "frequencies"))
    services = compress(calendar["service_id"].tolist(), runs)
    runs_then = among(trips["service_id"], services) & among(trips["route_id"], routes["route_id"])
    ids, trip_of = trips["trip_id"].tolist(), times["trip_id"].tolist()
    called = among(trip_of, compress(ids, runs_then)) & among(times["stop_id"], stops["stop_id"])
    calls = Counter(compress(trip_of, called))
    several = {trip for trip, n in calls.items() if n > 1}  # a trip all of whose stops but one are shut does not run
    trips = numbered(trips[among(ids, several)])
    times = numbered(times[called & among(trip_of, several)])
    frequencies = numbered(picked(frequencies, "trip_id", several))
    return {
        "stops": stops,
        "routes": routes,
        "trips": trips,
        "stop_times": times,
        "frequencies": at_level(net, frequencies, trips, routes, times),
        "calendar": numbered(calendar[runs]),
        "shapes": net.table("shapes"),
        "transfers": net.table("transfers"),
    }
