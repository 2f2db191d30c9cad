"""A tiny town built in code: two cities of three zones, a river between them with one bridge, two rail lines.

`tiny_tables()` gives all tables as typed frames (names in memory), `tiny_layers()` the GeoJSON layers. Both are made
anew at each call, so a test may change what it got. West of the river is Changsha (z1–z3), east of it Zhuzhou (z4–z6):

    n02 ─ n12  ┆  n22 ─ n32      lat 28.12    n12–n22 is the gap g_north
     │     │   ┆   │     │
    n01 ─ n11 ═══ n21 ─ n31      lat 28.10    the bridge l_bridge (l_bridge_old until 2018)
     │     │   ┆   │     │
    n00 ─ n10  ┆  n20 ─ n30      lat 28.08    n30–n31 also by l_planned, which is the gap g_tied
  112.94 112.96 ┆ 113.00 113.02  river at 112.98
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from commute.model.tables import BY_NAME, TABLES, Column

AS_OF = date(2026, 11, 3)
LONS = (112.94, 112.96, 113.00, 113.02)
LATS = (28.08, 28.10, 28.12)
SRC: dict[str, Any] = {"source_id": "tiny", "confidence": "assumed"}
Rows = list[dict[str, Any]]


def tiny_tables() -> dict[str, pd.DataFrame]:
    """All tables of the tiny town, keyed by `Table.name`, with typed columns, sorted by key."""
    rows = {**_town(), **_roads(), **_people(), **_rail(), "constant": _constants()}
    return {table.name: frame(table.name, rows.get(table.name, [])) for table in TABLES}


def peopled_tables() -> dict[str, pd.DataFrame]:
    """All tables of the tiny town, with the constants that spread people around their zones."""
    tables = tiny_tables()
    spread = {"unit": "1", "favourable": "low", "basis": "assumed", **SRC}
    values = {"people_decay_km": (0.5, 1.0, 2.0), "population_spread": (0.22, 0.22, 0.22)}
    more = [{"name": name, **dict(zip(("low", "central", "high"), value, strict=True)), **spread} for name, value in values.items()]
    assert not set(values) & set(tables["constant"]["name"])
    return {**tables, "constant": frame("constant", [*tables["constant"].to_dict("records"), *more])}


def tiny_layers() -> dict[str, dict[str, Any]]:
    """The river (a line from south to north) and two districts, as GeoJSON FeatureCollections."""
    river = _feature({"id": "tiny_river", "name_zh": "小河", "name_en": "Tiny River"}, "LineString", [[112.98, 28.0], [112.98, 28.2]])
    west = _feature({"code": "430101", "name_zh": "西区", "name_en": "West", "city": "Changsha"}, "Polygon", _box(112.90, 112.98))
    east = _feature({"code": "430201", "name_zh": "东区", "name_en": "East", "city": "Zhuzhou"}, "Polygon", _box(112.98, 113.08))
    return {"river": _collection("river", [river]), "district": _collection("district", [west, east])}


def frame(name: str, rows: Rows) -> pd.DataFrame:
    """Rows of one table as a typed frame; a column left out is empty. An unknown column is an error."""
    table = BY_NAME[name]
    unknown = {key for row in rows for key in row} - {c.name for c in table.columns}
    if unknown:
        raise AssertionError(f"{name} has no column {sorted(unknown)}")
    made = pd.DataFrame({c.name: _series(c, [row.get(c.name) for row in rows]) for c in table.columns})
    return made.sort_values(list(table.key), kind="stable", ignore_index=True)


def _series(column: Column, values: list[Any]) -> pd.Series[Any]:
    if column.kind == "float" or (column.kind in ("int", "clock") and not column.required):
        return pd.Series([np.nan if v is None else v for v in values], dtype="float64")
    if column.kind in ("int", "clock"):
        return pd.Series(values, dtype="int64")
    if column.kind == "bool":
        return pd.Series([bool(v) for v in values], dtype="bool")
    return pd.Series(["" if v is None else v for v in values], dtype="str")


def _town() -> dict[str, Rows]:
    config = {"dataset_name": "tinytown", "short_length": "m", "long_length": "km", "speed": "km/h", "crs": "EPSG:4326"}
    return {
        "config": [{**config, "geometry_field_format": "WKT", "currency": "CNY", "version_number": "1"}],
        "source": [{"source_id": "tiny", "text": "made up for tests", "kind": "assumed", "licence": "none needed"}],
    }


def _roads() -> dict[str, Rows]:
    nodes = [
        {"node_id": f"n{i}{j}", "name": f"Corner {i}{j}", "name_zh": f"路口{i}{j}", "lon": lon, "lat": lat, **SRC}
        for i, lon in enumerate(LONS)
        for j, lat in enumerate(LATS)
    ]
    pairs = [(f"n{i}{j}", f"n{i + 1}{j}") for i in (0, 2) for j in range(3)]
    pairs += [(f"n{i}{j}", f"n{i}{j + 1}") for i in range(4) for j in range(2)]
    links = [_link(f"l_{a}_{b}", a, b, geometry=_bent(a, b) if a[2] == b[2] else "") for a, b in pairs]
    bridge = {"facility_type": "primary", "lanes": 4.0, "name": "Tiny Bridge", "name_zh": "小桥"}
    links.append(_link("l_bridge_old", "n11", "n21", free_speed_kmh=30.0, closes="2018-12-31", **bridge))
    links.append(_link("l_bridge", "n11", "n21", free_speed_kmh=60.0, opens="2019-01-01", delay_peak_min=1.0, delay_free_min=0.0, **bridge))
    links.append(_link("l_planned", "n30", "n31", facility_type="trunk", free_speed_kmh=80.0, opens_planned="2028"))
    gaps = [
        {
            "gap_id": "g_north",
            "name": "North Bridge",
            "name_zh": "北桥",
            "kind": "missing_link",
            "cities": "Changsha;Zhuzhou",
            "from_node_id": "n12",
            "to_node_id": "n22",
            "from_error_km": 0.1,
            "to_error_km": 0.1,
            "state": "planned",
            "length_km": _length("n12", "n22"),
            "free_speed_kmh": 60.0,
            "lanes": 4.0,
            "cost_mcny": 900.0,
            "price_year": 2025.0,
            "cost_basis": "published",
            "cost_class": "bridge",
            "opens_planned": "2027-12-31",
            "state_as_of": "2026-11",
            **SRC,
        },
        {
            "gap_id": "g_tied",
            "name": "East Trunk",
            "name_zh": "东干道",
            "kind": "upgrade",
            "link_ids": "l_planned",
            "from_node_id": "n30",
            "to_node_id": "n31",
            "length_km": _length("n30", "n31"),
            "free_speed_kmh": 80.0,
            "state": "building",
            "cost_class": "trunk",
            "opens_planned": "2028",
            **SRC,
        },
    ]
    costs = [
        {"cost_class": name, "low_mcny_per_km": a, "central_mcny_per_km": b, "high_mcny_per_km": c, "price_year": 2025.0, "n": 3.0, **SRC}
        for name, a, b, c in (("bridge", 150.0, 200.0, 300.0), ("trunk", 30.0, 60.0, 90.0))
    ]
    return {"node": nodes, "link": links, "gap": gaps, "unit_cost": costs}


def _link(link_id: str, a: str, b: str, **more: Any) -> dict[str, Any]:
    area = "changsha" if int(a[1]) < 2 else "zhuzhou"
    usual = {"facility_type": "secondary", "area": area, "free_speed_kmh": 40.0, "lanes": 2.0, "allowed_uses": "auto,bike,walk"}
    ends = {"link_id": link_id, "from_node_id": a, "to_node_id": b, "directed": False, "length_km": _length(a, b)}
    return {**usual, **ends, "toll": False, **SRC, **more}


def _length(a: str, b: str) -> float:
    """5 % above the straight line, rounded to metres."""
    east = (LONS[int(b[1])] - LONS[int(a[1])]) * 111.32 * np.cos(np.radians(28.1))
    north = (LATS[int(b[2])] - LATS[int(a[2])]) * 110.95
    return float(round(1.05 * np.hypot(east, north), 3))


def _bent(a: str, b: str) -> str:
    """A line between two corners of one row that bends a little to the north."""
    (west, east), lat = (LONS[int(a[1])], LONS[int(b[1])]), LATS[int(a[2])]
    return f"LINESTRING ({west} {lat}, {(west + east) / 2:.3f} {lat + 0.001:.3f}, {east} {lat})"


def _people() -> dict[str, Rows]:
    seats = (
        *(("z1", 112.944, 28.090, 40_000), ("z2", 112.958, 28.101, 90_000), ("z3", 112.943, 28.118, 30_000)),
        *(("z4", 113.003, 28.083, 20_000), ("z5", 113.017, 28.099, 60_000), ("z6", 113.004, 28.119, 10_000)),
    )
    zones, jobs = [], []
    for zone_id, lon, lat, people in seats:
        city, code = ("Changsha", "430101") if lon < 112.98 else ("Zhuzhou", "430201")
        known = {"zone_id": zone_id, "name": f"Township {zone_id}", "name_zh": f"{zone_id}镇", "city": city, "county": city}
        basis = {"county_code": code, "level": "town", "population_year": 2020.0, "population_basis": "made up"}
        zones.append({**known, **basis, "lon": lon, "lat": lat, "in_area": "core", "population": float(people), **SRC})
        jobs.append({"zone_id": zone_id, "jobs": people * 0.5, "basis": "modelled", **SRC})
    places = [
        _place("pl_west", "西心", "West Centre", "centre", "Changsha", 112.958, 28.101, centre_of="Changsha", centre_role="main"),
        _place("pl_east", "东心", "East Centre", "centre", "Zhuzhou", 113.017, 28.099, centre_of="Zhuzhou", centre_role="main"),
        _place("pl_park", "东园", "East Park", "park", "Zhuzhou", 113.002, 28.115, jobs=3000.0),
        _place("pl_ward", "西院", "West Hospital", "hospital_3a", "Changsha", 112.944, 28.090, capacity=500.0, capacity_unit="beds"),
    ]
    tasks = {"project_id": "p_north", "name_zh": "北桥", "name_en": "North Bridge", "kind": "road", "responsible_unit": "Tiny Works"}
    return {"zone": zones, "job": jobs, "place": places, "project": [{**tasks, "gap_ids": "g_north", "status": "planned", **SRC}]}


def _place(place_id: str, zh: str, en: str, kind: str, city: str, lon: float, lat: float, **more: Any) -> dict[str, Any]:
    return {"place_id": place_id, "name_zh": zh, "name_en": en, "kind": kind, "city": city, "lon": lon, "lat": lat, **SRC, **more}


METRO = (("m1", 112.942), ("m2", 112.9655), ("m3", 112.998), ("m4", 113.019))
INTERCITY = (("i1", 112.930), ("i2", 112.966), ("i3", 113.000), ("i4", 113.055))


def _rail() -> dict[str, Rows]:
    stops = [_stop(s, lon, 28.1005, "metro") for s, lon in METRO] + [_stop(s, lon, 28.0995, "intercity") for s, lon in INTERCITY]
    routes = [
        {
            "route_id": "M1",
            "route_short_name": "1",
            "route_long_name": "小1号线",
            "route_type": 1,
            "line_class": "metro",
            "opens": "2016-06-28",
        },
        {"route_id": "IC1", "route_short_name": "IC", "route_long_name": "小城际", "route_type": 2, "line_class": "intercity"},
    ]
    trips: Rows = []
    times: Rows = []
    windows: Rows = []
    for direction in (0, 1):
        metro = [s for s, _ in METRO][:: 1 - 2 * direction]
        train = [s for s, _ in INTERCITY][:: 1 - 2 * direction]
        _run(trips, times, f"m_{direction}", "M1", "now", direction, metro, 180, 30)
        windows += [_window(f"m_{direction}", a, b, h) for a, b, h in (("6:30", "9:30", 300), ("9:30", "22:30", 480))]
        for skip, name in (((), "all"), ((2,), "fast")):  # two patterns that take turns: one drawn phase
            served = [s for k, s in enumerate(train) if k not in skip]
            _run(
                trips,
                times,
                f"ic_{name}_{direction}",
                "IC1",
                "now",
                direction,
                served,
                420,
                60,
                phase_group=f"ic_{direction}",
                pattern=name,
            )
            windows += [_window(f"ic_{name}_{direction}", "6:30", "21:30", 1200)]
        _run(trips, times, f"ic_old_{direction}", "IC1", "old", direction, train, 480, 60)
        windows += [_window(f"ic_old_{direction}", "6:30", "21:30", 3600)]
    _run(trips, times, "ic_0805", "IC1", "now", 0, ["i1", "i4"], 900, 60, start="8:05", pattern="express")  # rides as printed
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), True)
    return {
        "agency": [
            {"agency_id": "tiny", "agency_name": "Tiny Rail", "agency_url": "https://example.org", "agency_timezone": "Asia/Shanghai"}
        ],
        "stops": stops,
        "routes": [{**row, "agency_id": "tiny", **SRC} for row in routes],
        "trips": trips,
        "stop_times": times,
        "frequencies": windows,
        "calendar": [
            {"service_id": "old", **week, "start_date": "20161226", "end_date": "20191231", "period": "2016-12", **SRC},
            {"service_id": "now", **week, "start_date": "20200101", "end_date": "20301231", "period": "2020-01", **SRC},
        ],
        "shapes": [{"shape_id": "sh_m", "lat": 28.1005, "lon": lon, "shape_pt_sequence": k} for k, (_, lon) in enumerate(METRO)],
        "transfers": [{"from_stop_id": "m3", "to_stop_id": "i3", "transfer_type": 2, "min_transfer_s": 240.0, **SRC}],
        "closure": [{"stop_id": "i2", "from_date": "2021-10-20", "to_date": "2022-06-30", **SRC}],
        "observed": [
            {
                "observed_id": "o1",
                "from_stop_id": "i1",
                "to_stop_id": "i4",
                "mode": "rail",
                "minutes": 15.0,
                "pattern": "fastest",
                "count": "in_vehicle",
                "when": "any",
                "bound": "equals",
                "basis": "timetable",
                "date": "2026-11",
                "role": "comparison",
                **SRC,
            }
        ],
    }


def _stop(stop_id: str, lon: float, lat: float, line_class: str) -> dict[str, Any]:
    city = "Changsha" if lon < 112.98 else "Zhuzhou"
    parent = "p_west" if stop_id in ("m2", "i2") else ""  # one building: a change there is in-station
    usual = {"stop_id": stop_id, "stop_name": f"{stop_id}站", "stop_name_en": f"Stop {stop_id}", "station_class": line_class}
    return {**usual, "lon": lon, "lat": lat, "city": city, "parent_station": parent, **SRC}


def _run(
    trips: Rows,
    times: Rows,
    trip_id: str,
    route: str,
    service: str,
    direction: int,
    served: list[str],
    hop_s: int,
    dwell_s: int,
    **more: Any,
) -> None:
    at = seconds(more.pop("start", "0:00"))
    shape = "sh_m" if route == "M1" and direction == 0 else ""
    known = {"trip_id": trip_id, "route_id": route, "service_id": service, "direction_id": direction, "shape_id": shape, "basis": "assumed"}
    trips.append({**known, **SRC, **more})
    for k, stop_id in enumerate(served):
        dwell = 0 if k in (0, len(served) - 1) else dwell_s
        times.append({"trip_id": trip_id, "stop_id": stop_id, "stop_sequence": k + 1, "arrival_s": at, "departure_s": at + dwell})
        at += dwell + hop_s


def _window(trip_id: str, start: str, end: str, headway_s: int) -> dict[str, Any]:
    basis = "made up for tests"
    return {
        "trip_id": trip_id,
        "start_s": seconds(start),
        "end_s": seconds(end),
        "headway_s": headway_s,
        "exact_times": 0,
        "headway_basis": basis,
    }


def seconds(clock: str) -> int:
    """'8:05' in seconds after midnight."""
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _constants() -> Rows:
    made: Rows = []

    def say(name: str, low: float, central: float, high: float, favourable: str, unit: str, **dates: str) -> None:
        row = {"name": name, "low": low, "central": central, "high": high, "favourable": favourable, "unit": unit}
        made.append({**row, "basis": "assumed", **SRC, **dates})

    for name, low, central, high in (
        *(
            ("walk_kmh", 4.0, 4.8, 5.4),
            ("bike_kmh", 10.0, 12.0, 15.0),
            ("feeder_kmh", 15.0, 18.0, 22.0),
            ("car_access_kmh", 15.0, 20.0, 25.0),
        ),
        *(("walk_max_min", 15.0, 20.0, 30.0), ("bike_max_min", 15.0, 20.0, 30.0), ("feeder_max_min", 20.0, 30.0, 40.0)),
    ):
        say(name, low, central, high, "high", name.rsplit("_", 1)[1])
    for name, low, central, high in (
        *(
            ("walk_detour", 1.2, 1.3, 1.5),
            ("bike_detour", 1.2, 1.3, 1.5),
            ("feeder_detour", 1.2, 1.4, 1.6),
            ("car_access_detour", 1.2, 1.4, 1.6),
        ),
        *(
            ("bike_unlock_min", 0.5, 1.0, 2.0),
            ("feeder_wait_min", 3.0, 5.0, 8.0),
            ("transfer_min", 2.0, 3.0, 5.0),
            ("drop_off_min", 1.0, 2.0, 3.0),
        ),
        *(("informed_above_min", 10.0, 12.0, 15.0), ("informed_buffer_min", 2.0, 3.0, 5.0)),
        *(("parking_min", 3.0, 5.0, 8.0), ("park_ride_parking_min", 3.0, 5.0, 8.0)),
    ):
        say(name, low, central, high, "low", "1" if name.endswith("detour") else "min")
    entry = {
        "metro": (2, 3, 5),
        "maglev": (2, 3, 5),
        "intercity": (4, 7, 12),
        "conventional": (12, 20, 30),
        "high_speed": (12, 20, 30),
        "bus": (0, 0, 0),
    }
    for kind, (low, central, high) in entry.items():
        if kind == "intercity":
            say("entry_intercity_min", 6.0, 10.0, 15.0, "low", "min", closes="2024-10-17")
            say("entry_intercity_min", 4.0, 7.0, 12.0, "low", "min", opens="2024-10-18")
        else:
            say(f"entry_{kind}_min", float(low), float(central), float(high), "low", "min")
        gate = 3.0 if kind in ("intercity", "conventional", "high_speed") else 0.0
        say(f"gate_{kind}_min", gate, gate, gate, "low", "min")
        say(f"exit_{kind}_min", 1.0, 2.0, 3.0, "low", "min")
    for facility in ("motorway", "trunk", "primary", "secondary"):
        say(f"free_factor_{facility}", 1.0, 1.0, 1.0, "high", "1")
        for area in ("changsha_core", "changsha", "zhuzhou", "xiangtan", "rural"):
            say(f"peak_factor_{facility}_{area}", 0.5, 0.6, 0.8, "high", "1")
    return made


def _feature(properties: dict[str, Any], kind: str, coordinates: list[Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def _collection(name: str, features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "name": name, "features": features}


def _box(west: float, east: float) -> list[Any]:
    return [[[west, 28.0], [east, 28.0], [east, 28.2], [west, 28.2], [west, 28.0]]]
