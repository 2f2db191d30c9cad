"""The columns of every table of a network: the one place where names, types and bounds are said.

`io` reads, checks and writes by it, and makes datapackage.json from it. A file keeps the names of its standard
(GMNS `length`, GTFS `headway_secs`); `Column.name` is ours where the two differ, and the reader renames once.

schema   Column, Table, the words that columns may hold
roads    config, source, node, link, gap, unit_cost
people   zone, job, place, project, constant, park_ride, observed
gtfs     the timetable, fares
"""

from __future__ import annotations

from commute.model.tables import gtfs, people, roads
from commute.model.tables.schema import (
    AREAS,
    CONFIDENCE,
    DATE_PATTERN,
    FACILITIES,
    GAP_KINDS,
    GAP_STATES,
    ROAD_AREAS,
    STATION_CLASSES,
    Column,
    Kind,
    Table,
)

__all__ = [
    "AREAS",
    "BY_NAME",
    "CONFIDENCE",
    "DATE_PATTERN",
    "FACILITIES",
    "GAP_KINDS",
    "GAP_STATES",
    "LAYERS",
    "ROAD_AREAS",
    "STATION_CLASSES",
    "TABLES",
    "Column",
    "Kind",
    "Table",
]

TABLES: tuple[Table, ...] = (
    roads.CONFIG,
    roads.SOURCES,
    roads.NODE,
    roads.LINK,
    people.ZONE,
    people.JOB,
    roads.GAP,
    people.PLACE,
    people.PROJECT,
    people.CONSTANT,
    people.PARK_RIDE,
    people.OBSERVED,
    roads.UNIT_COST,
    gtfs.AGENCY,
    gtfs.STOPS,
    gtfs.ROUTES,
    gtfs.TRIPS,
    gtfs.STOP_TIMES,
    gtfs.CALENDAR,
    gtfs.FREQUENCIES,
    gtfs.SHAPES,
    gtfs.TRANSFERS,
    gtfs.CLOSURE,
    gtfs.FARE_ATTRIBUTES,
    gtfs.FARE_RULES,
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
LAYERS = {"river": "river.geojson", "district": "district.geojson"}  # GeoJSON beside the tables
