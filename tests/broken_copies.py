"""Ways to break a copy of a data package, and the whole text of what is then said; `test_broken_copies` runs them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

from commute.model.datum import wgs84_to_gcj02

Files = dict[str, bytes]


def put(files: Files, folder: Path) -> Path:
    for name, raw in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    return folder


def rows(files: Files, file: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files[file].decode())))


def save(files: Files, file: str, table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    files[file] = out.getvalue().encode()


def cell(file: str, row: int, column: str, value: str) -> Callable[[Files], None]:
    """Set a cell; the header is row 1."""

    def change(files: Files) -> None:
        table = rows(files, file)
        table[row - 1][table[0].index(column)] = value
        save(files, file, table)

    return change


def columns(file: str, make: Callable[..., tuple[object, ...]], *names: str) -> Callable[[Files], None]:
    """Set whole columns from their old values."""

    def change(files: Files) -> None:
        table = rows(files, file)
        at = [table[0].index(name) for name in names]
        for row in table[1:]:
            for i, value in zip(at, make(*(row[i] for i in at)), strict=True):
                row[i] = str(value)
        save(files, file, table)

    return change


def text(file: str, make: Callable[[str], str], encoding: str = "utf-8") -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[file] = make(files[file].decode()).encode(encoding)

    return change


def gcj(file: str, lon: str, lat: str) -> Callable[[Files], None]:
    return columns(file, lambda x, y: tuple(map(float, wgs84_to_gcj02(float(x), float(y)))), lon, lat)


def drop(file: str) -> Callable[[Files], None]:
    return lambda files: (files.pop(file), None)[1]


def described(**changes: object) -> Callable[[Files], None]:
    return text("datapackage.json", lambda t: json.dumps({k: v for k, v in (json.loads(t) | changes).items() if v is not None}))


def gcj_course(files: Files) -> None:
    def moved(wkt: str) -> tuple[str]:
        if not wkt:
            return ("",)
        pairs = [tuple(map(float, pair.split())) for pair in wkt[len("LINESTRING (") : -1].split(",")]
        return ("LINESTRING (" + ", ".join("{} {}".format(*wgs84_to_gcj02(*pair)) for pair in pairs) + ")",)

    columns("link.csv", moved, "geometry")(files)


def swap_columns(files: Files) -> None:
    columns("gtfs/stops.txt", lambda x, y: (y, x), "stop_lon", "stop_lat")(files)


def again(file: str, row: int) -> Callable[[Files], None]:
    return lambda files: save(files, file, [*rows(files, file), rows(files, file)[row - 1]])


def added(file: str, line: str) -> Callable[[Files], None]:
    return text(file, lambda t: t + line + "\n")


ONE = "gtfs/stop_times.txt"
GCJ = "looks like GCJ-02, must be WGS84: "
APART = "the ends of courses in link.csv and their nodes lie apart as GCJ-02 and WGS84 do"
CONVERT = "; convert with io.datum.to_wgs84"
FACILITIES = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential")
BROKEN: dict[str, tuple[Callable[[Files], None], list[str]]] = {
    "missing file": (drop("node.csv"), ["node.csv: the file is missing"]),
    "misnamed file": (lambda f: f.update({"nodes.csv": f.pop("node.csv")}), ["node.csv: the file is missing (nearest: nodes.csv)"]),
    "missing descriptor": (
        drop("datapackage.json"),
        ['datapackage.json: the file is missing: it says "as_of", the day that the data describes'],
    ),
    "broken descriptor": (
        text("datapackage.json", lambda t: t[:-30]),
        ["datapackage.json, row 2681: is not JSON: Expecting property name enclosed in double quotes (column 3)"],
    ),
    "descriptor without as_of": (
        described(as_of=None),
        ['datapackage.json, as_of: is missing: write "as_of": "YYYY-MM-DD", the day that the data describes'],
    ),
    "descriptor with a wrong as_of": (described(as_of="2026-11"), ["datapackage.json, as_of: '2026-11' is not a day: write YYYY-MM-DD"]),
    "descriptor names a missing file": (
        described(resources=[{"path": "lane.csv"}]),
        ["datapackage.json, resources: 'lane.csv' is not in the package"],
    ),
    "descriptor is a list": (text("datapackage.json", lambda t: "[]"), ["datapackage.json: is a JSON list, must be an object"]),
    "empty file": (text("zone.csv", lambda t: ""), ["zone.csv: is empty: not even a header"]),
    "header only": (text("zone.csv", lambda t: t.splitlines()[0] + "\n"), ["zone.csv: has a header and no rows"]),
    "missing column": (
        text("link.csv", lambda t: t.replace(",length,", ",long,", 1)),
        ["link.csv, row 1, length: the column is missing (nearest: 'long')"],
    ),
    "our name for a standard's column": (
        text("link.csv", lambda t: t.replace(",length,", ",length_km,", 1)),
        ["link.csv, row 1, length: the column is missing (nearest: 'length_km')"],
    ),
    "duplicate header": (
        text("link.csv", lambda t: t.replace(",ref,", ",name,", 1)),
        ["link.csv, row 1, name: column 'name' stands 2 times"],
    ),
    "semicolons": (text("source.csv", lambda t: t.replace(",", ";")), ["source.csv, row 1: is separated by ';', must be by ','"]),
    "too few fields": (
        text("node.csv", lambda t: t.replace("n11,Corner 11,", "n11,", 1)),
        ["node.csv, row 6: has 9 fields, the header has 10: is it cut off?"],
    ),
    "too many fields": (
        text("node.csv", lambda t: t.replace("Corner 11", "Corner, 11", 1)),
        ["node.csv, row 6: has 11 fields, the header has 10: a comma without quotes?"],
    ),
    "truncated": (text(ONE, lambda t: t[:-8]), ["gtfs/stop_times.txt, row 33: has 3 fields, the header has 5: is it cut off?"]),
    "quote never closed": (
        text("node.csv", lambda t: t.replace("Corner 20", '"Corner 20', 1).replace('"Corner 21"', "", 1)),
        ["node.csv, row 8: a quote that opens here never closes"],
    ),
    "text after a quote": (
        text("node.csv", lambda t: t.replace("Corner 20", '"Corner" 20', 1)),
        ["node.csv, row 8: is not CSV: ',' expected after '\"'"],
    ),
    "NUL bytes": (
        text("node.csv", lambda t: t.replace("Corner 20", "Cor\x00ner", 1)),
        ["node.csv: has a NUL byte in row 8: not a text file, or damaged"],
    ),
    "UTF-16": (text("zone.csv", lambda t: t, "utf-16"), ["zone.csv: is UTF-16, must be UTF-8: save it as UTF-8 (另存为 CSV UTF-8)"]),
    "UTF-16 without mark": (
        text("gtfs/agency.txt", lambda t: t, "utf-16-le"),
        ["gtfs/agency.txt: is UTF-16, must be UTF-8: save it as UTF-8 (另存为 CSV UTF-8)"],
    ),
    "GBK": (
        text("node.csv", lambda t: t, "gbk"),
        ["node.csv: is GBK (first seen in row 2), must be UTF-8: save it as UTF-8 (另存为 CSV UTF-8)"],
    ),
    "Latin-1": (
        text("gtfs/agency.txt", lambda t: t.replace("Tiny", "Tän\xff"), "latin-1"),
        ["gtfs/agency.txt: is not UTF-8 (byte 0xe4 in row 2): damaged, or in another encoding; save it as UTF-8 (另存为 CSV UTF-8)"],
    ),
    "swapped lon and lat, a row": (
        lambda f: (cell("node.csv", 4, "x_coord", "28.1")(f), cell("node.csv", 4, "y_coord", "112.9")(f))[0],
        ["node.csv, row 4, y_coord: 112.9 is not within -90 to 90; lon and lat look swapped"],
    ),
    "swapped lon and lat, a table": (
        swap_columns,
        [
            "gtfs/stops.txt, row 2, stop_lat: 112.93 is not within -90 to 90; lon and lat look swapped",
            "gtfs/stops.txt, row 3, stop_lat: 112.966 is not within -90 to 90; lon and lat look swapped",
            "gtfs/stops.txt, row 4, stop_lat: 113 is not within -90 to 90; lon and lat look swapped",
            "gtfs/stops.txt, row 5, stop_lat: 113.055 is not within -90 to 90; lon and lat look swapped",
            "gtfs/stops.txt, row 6, stop_lat: 112.942 is not within -90 to 90; lon and lat look swapped",
            "gtfs/stops.txt, row 7, stop_lat: 112.9655 is not within -90 to 90; lon and lat look swapped",
            "gtfs/stops.txt, row 8, stop_lat: 112.998 is not within -90 to 90; lon and lat look swapped",
            "gtfs/stops.txt, row 9, stop_lat: 113.019 is not within -90 to 90; lon and lat look swapped",
        ],
    ),
    "lat 91": (cell("zone.csv", 3, "y_coord", "91"), ["zone.csv, row 3, y_coord: 91 is not within -90 to 90"]),
    "null island": (
        lambda f: (cell("place.csv", 3, "lon", "0")(f), cell("place.csv", 3, "lat", "0")(f))[0],
        ["place.csv, row 3, lon: (0, 0) is no place here: leave out what is not known"],
    ),
    "GCJ-02 nodes": (
        gcj("node.csv", "x_coord", "y_coord"),
        [f"node.csv, x_coord: {GCJ}{APART}{CONVERT}"],
    ),
    "GCJ-02 zones": (
        gcj("zone.csv", "x_coord", "y_coord"),
        [f"zone.csv, x_coord: {GCJ}3 points fall on those of place.csv once its shift is taken off, 0 do now{CONVERT}"],
    ),
    "GCJ-02 stops": (
        gcj("gtfs/stops.txt", "stop_lon", "stop_lat"),
        [f"gtfs/stops.txt, stop_lon: {GCJ}4 points fall on those of gtfs/shapes.txt once its shift is taken off, 0 do now{CONVERT}"],
    ),
    "GCJ-02 courses": (
        gcj_course,
        [f"link.csv, geometry: {GCJ}{APART}{CONVERT}"],
    ),
    "GCJ-02 said in config": (
        cell("config.csv", 2, "crs", "GCJ-02"),
        ["config.csv, row 2, crs: 'GCJ-02' is not EPSG:4326 (WGS84): convert the tables with io.datum.to_wgs84, or pyproj"],
    ),
    "miles": (cell("config.csv", 2, "long_length", "mile"), ["config.csv, row 2, long_length: 'mile' is not km: convert the tables"]),
    "miles an hour": (cell("config.csv", 2, "speed", "mph"), ["config.csv, row 2, speed: 'mph' is not km/h: convert the tables"]),
    "NaN": (cell("link.csv", 3, "length", "NaN"), ["link.csv, row 3, length: 'NaN' is not a number"]),
    "inf": (cell("link.csv", 3, "free_speed", "inf"), ["link.csv, row 3, free_speed: 'inf' is not a number"]),
    "empty number": (cell("link.csv", 3, "length", ""), ["link.csv, row 3, length: is empty"]),
    "empty text": (cell("link.csv", 3, "facility_type", ""), ["link.csv, row 3, facility_type: is empty"]),
    "thousands comma": (cell("zone.csv", 3, "population", "90,000"), ["zone.csv, row 3, population: '90,000' is not a number"]),
    "full-width digits": (cell("zone.csv", 3, "population", "９００"), ["zone.csv, row 3, population: '９００' is not a number"]),
    "underscore": (cell("zone.csv", 3, "population", "90_000"), ["zone.csv, row 3, population: '90_000' is not a number"]),
    "huge number": (cell("link.csv", 3, "lanes", "1e400"), ["link.csv, row 3, lanes: '1e400' is too large"]),
    "large number": (cell("link.csv", 3, "length", "1e9"), ["link.csv, row 3, length: 1000000000 is not within 0 to 1000"]),
    "negative length": (cell("link.csv", 3, "length", "-5.0"), ["link.csv, row 3, length: -5 is not within 0 to 1000"]),
    "length 0": (cell("link.csv", 3, "length", "0"), ["link.csv, row 3, length: is 0, must be above 0"]),
    "shorter than the straight line": (
        cell("link.csv", 3, "length", "3.5"),
        ["link.csv, row 3, length: 3.5 km is under the straight line of 3.924 km"],
    ),
    "fraction for a count": (
        cell(ONE, 5, "stop_sequence", "2.5"),
        ["gtfs/stop_times.txt, row 5, stop_sequence: '2.5' is not a whole number"],
    ),
    "boolean maybe": (cell("link.csv", 3, "directed", "maybe"), ["link.csv, row 3, directed: 'maybe' is not 1 or 0"]),
    "empty boolean": (cell("link.csv", 3, "directed", ""), ["link.csv, row 3, directed: is empty"]),
    "unknown enum": (
        cell("link.csv", 3, "facility_type", "secundary"),
        [f"link.csv, row 3, facility_type: 'secundary' is not one of {', '.join(FACILITIES)} (nearest: secondary)"],
    ),
    "unknown use": (
        cell("link.csv", 3, "allowed_uses", "auto,byke"),
        ["link.csv, row 3, allowed_uses: 'auto,byke': 'byke' is not one of auto, bike, walk (nearest: bike)"],
    ),
    "dangling id": (cell("link.csv", 3, "to_node_id", "n99"), ["link.csv, row 3, to_node_id: no node 'n99' (none is close to it)"]),
    "dangling id among several": (
        cell("gap.csv", 3, "link_ids", "l_planned;l_plan"),
        ["gap.csv, row 3, link_ids: no link 'l_plan' (nearest: l_planned)"],
    ),
    "key empty": (
        cell("node.csv", 4, "node_id", ""),
        [
            "link.csv, row 6, to_node_id: no node 'n02' (nearest: n32, n30, n22)",
            "link.csv, row 8, from_node_id: no node 'n02' (nearest: n32, n30, n22)",
            "node.csv, row 4, node_id: is empty",
        ],
    ),
    "dangling source": (cell("gap.csv", 3, "source_id", "tinny"), ["gap.csv, row 3, source_id: no source 'tinny' (nearest: tiny)"]),
    "dangling shape": (cell("gtfs/trips.txt", 9, "shape_id", "sh_x"), ["gtfs/trips.txt, row 9, shape_id: no shape 'sh_x' (nearest: sh_m)"]),
    "duplicate id": (again("node.csv", 4), ["node.csv, row 14, node_id: 'n02' stands already in row 4"]),
    "duplicate pair of keys": (again(ONE, 4), ["gtfs/stop_times.txt, row 34: 'ic_all_0/1' stands already in row 4"]),
    "wrong date": (
        cell("link.csv", 2, "opens", "2020-13-40"),
        ["link.csv, row 2, opens: '2020-13-40' is not a date: month must be in 1..12"],
    ),
    "day that is not": (
        cell("link.csv", 2, "opens", "2021-02-29"),
        ["link.csv, row 2, opens: '2021-02-29' is not a date: day is out of range for month"],
    ),
    "date of another country": (
        cell("link.csv", 2, "opens", "1/2/2020"),
        ["link.csv, row 2, opens: '1/2/2020' is not a date: write YYYY-MM-DD, YYYY-MM or YYYY"],
    ),
    "wrong GTFS day": (
        cell("gtfs/calendar.txt", 2, "end_date", "20261340"),
        ["gtfs/calendar.txt, row 2, end_date: '20261340' is not YYYYMMDD: no such day"],
    ),
    "ISO day in GTFS": (
        cell("gtfs/calendar.txt", 2, "end_date", "2030-12-31"),
        ["gtfs/calendar.txt, row 2, end_date: '2030-12-31' is not YYYYMMDD"],
    ),
    "reversed dates": (cell("link.csv", 2, "closes", "2018"), ["link.csv, row 2, closes: 2018 is before opens 2019-01-01"]),
    "reversed service": (
        cell("gtfs/calendar.txt", 2, "end_date", "20150101"),
        ["gtfs/calendar.txt, row 2, end_date: 20150101 is before start_date 20200101"],
    ),
    "reversed closure": (
        cell("gtfs/closures.txt", 2, "to_date", "2021-09"),
        ["gtfs/closures.txt, row 2, to_date: 2021-09 is before from_date 2021-10-20"],
    ),
    "clock with a letter": (
        cell(ONE, 5, "departure_time", "7:6O:00"),
        ["gtfs/stop_times.txt, row 5, departure_time: '7:6O:00' is not H:MM:SS"],
    ),
    "clock without seconds": (cell(ONE, 5, "arrival_time", "07:05"), ["gtfs/stop_times.txt, row 5, arrival_time: '07:05' is not H:MM:SS"]),
    "departure before arrival": (
        cell(ONE, 5, "departure_time", "00:06:00"),
        ["gtfs/stop_times.txt, row 5, departure_time: 00:06:00 is before the arrival 00:07:00"],
    ),
    "stop time going back": (
        cell(ONE, 6, "arrival_time", "00:05:00"),
        ["gtfs/stop_times.txt, row 6, arrival_time: 00:05:00 is before the departure 00:08:00 from i2"],
    ),
    "impossible speed": (
        cell(ONE, 3, "arrival_time", "08:06:00"),
        ["gtfs/stop_times.txt, row 3, arrival_time: 12.3 km from i1 in 60 s is 736 km/h, intercity runs at most 200"],
    ),
    "headway of a fraction": (
        cell("gtfs/frequencies.txt", 3, "headway_secs", "299.5"),
        ["gtfs/frequencies.txt, row 3, headway_secs: '299.5' is not a whole number"],
    ),
    "trip with one stop": (
        lambda f: save(f, ONE, [r for i, r in enumerate(rows(f, ONE)) if i != 2]),
        ["gtfs/trips.txt, row 2, trip_id: 'ic_0805' has 1 stop times, needs 2"],
    ),
    "headway 0": (
        cell("gtfs/frequencies.txt", 3, "headway_secs", "0"),
        ["gtfs/frequencies.txt, row 3, headway_secs: 0 is not within 1 to 86400"],
    ),
    "window reversed": (
        cell("gtfs/frequencies.txt", 3, "end_time", "05:00:00"),
        ["gtfs/frequencies.txt, row 3, end_time: 05:00:00 is not after start_time 06:30:00"],
    ),
    "windows overlapping": (
        added("gtfs/frequencies.txt", "m_0,21:00:00,23:00:00,600,0,made up"),
        ["gtfs/frequencies.txt, row 12, start_time: 21:00:00 is before the window before it ends, 22:30:00"],
    ),
    "constant out of order": (cell("constant.csv", 2, "low", "99"), ["constant.csv, row 2, central: 99 ≤ 1.3 ≤ 1.5 does not hold"]),
    "constant missing": (
        text("constant.csv", lambda t: t.replace("walk_kmh", "walking_kmh")),
        ["constant.csv, name: no row 'walk_kmh', which times need (nearest: walking_kmh)"],
    ),
    "constant twice at one time": (
        text("constant.csv", lambda t: t.replace("2024-10-18", "2024-10-10")),
        ["constant.csv, row 13, opens: 'entry_intercity_min' has another row that holds on 2024-10-10"],
    ),
    "gap without ends": (
        cell("gap.csv", 2, "from_node_id", ""),
        ["gap.csv, row 2, from_node_id: is empty: only a planned_line has no ends"],
    ),
    "gap without length": (
        cell("gap.csv", 2, "length", ""),
        ["gap.csv, row 2, length: is empty: opening needs it, or link_ids, or no_effect says why it changes nothing"],
    ),
    "course that ends elsewhere": (
        cell("link.csv", 5, "geometry", "LINESTRING (112.94 28.08, 112.97 28.08)"),
        ["link.csv, row 5, geometry: ends 981 m from to_node_id n10"],
    ),
    "course that is no line": (
        cell("link.csv", 5, "geometry", "LINESTRING (112.94 28.08"),
        ["link.csv, row 5, geometry: 'LINESTRING (112.94 28.08' is not a WKT LINESTRING"],
    ),
    "broken GeoJSON": (
        text("river.geojson", lambda t: t.replace('"geometry":', '"geometry"', 1)),
        ["river.geojson, row 4: is not JSON: Expecting ':' delimiter (column 100)"],
    ),
    "GeoJSON with NaN": (
        text("river.geojson", lambda t: t.replace("112.98", "NaN", 1)),
        ["river.geojson: is not JSON: NaN is no JSON number"],
    ),
    "GeoJSON of points": (
        text("river.geojson", lambda t: t.replace("LineString", "MultiPoint", 1)),
        ["river.geojson, geometry: feature 1: its geometry is 'MultiPoint', must be LineString or MultiLineString"],
    ),
    "GeoJSON swapped": (
        text("river.geojson", lambda t: t.replace("[112.98,28.0]", "[28.0,112.98]").replace("[112.98,28.2]", "[28.2,112.98]")),
        ["river.geojson, geometry: feature 1: its coordinates are not within ±180, ±90; lon and lat look swapped"],
    ),
    "GeoJSON of something else": (
        text("district.geojson", lambda t: '{"type": "Topology"}'),
        ["district.geojson: is not a GeoJSON FeatureCollection"],
    ),
}
