"""Tables of the timetable (GTFS, with our columns)."""

from __future__ import annotations

from commute.model.tables.schema import (
    CLOSES,
    OPENS,
    PLANNED,
    SOURCE,
    STATION_CLASSES,
    C,
    Table,
)

CLOSURE = Table(
    "closure",
    "gtfs/closures.txt",
    ("stop_id", "from_date"),
    (
        C("stop_id", required=True, refers="stops.stop_id"),
        C("from_date", "date", True),
        C("to_date", "date"),  # empty: until further notice
        *SOURCE,
        C("note"),
    ),
    optional=True,
    may_be_empty=True,
    about="days on which a stop is shut and trains pass it",
)

AGENCY = Table(
    "agency",
    "gtfs/agency.txt",
    ("agency_id",),
    (C("agency_id", required=True), C("agency_name", required=True), C("agency_url", required=True), C("agency_timezone", required=True)),
    about="GTFS",
)

STOPS = Table(
    "stops",
    "gtfs/stops.txt",
    ("stop_id",),
    (
        C("stop_id", required=True),
        C("stop_name", required=True),
        C("stop_name_en"),
        C("lat", "float", True, -90, 90, in_file="stop_lat"),
        C("lon", "float", True, -180, 180, in_file="stop_lon"),
        C("station_class", required=True, values=STATION_CLASSES),  # decides entry and gate minutes
        C("city"),
        C("parent_station"),  # stops with one parent are one building: a change there is in-station
        OPENS,
        PLANNED,
        CLOSES,
        *SOURCE,
    ),
    about="GTFS stops; one a station and class",
)

ROUTES = Table(
    "routes",
    "gtfs/routes.txt",
    ("route_id",),
    (
        C("route_id", required=True),
        C("agency_id", refers="agency.agency_id"),
        C("route_short_name"),
        C("route_long_name"),
        C("route_name_en"),
        C("route_type", "int", True),
        C("route_color"),
        C("line_class", required=True, values=STATION_CLASSES),  # conventional, high_speed run under rail="all" only
        OPENS,
        PLANNED,
        C("project_id", refers="project.project_id"),
        *SOURCE,
    ),
    about="GTFS routes",
)

TRIPS = Table(
    "trips",
    "gtfs/trips.txt",
    ("trip_id",),
    (
        C("route_id", required=True, refers="routes.route_id"),
        C("service_id", required=True, refers="calendar.service_id"),
        C("trip_id", required=True),
        C("trip_headsign"),
        C("direction_id", "int", True, 0, 1),
        C("shape_id"),
        C("phase_group"),  # trips of one group share one drawn phase
        C("pattern"),
        C("basis", values=("", "published", "modelled", "assumed")),
        C("project_id", refers="project.project_id"),
        *SOURCE,
    ),
    about="GTFS trips; a headway service is a trip with rows in frequencies.txt",
)

STOP_TIMES = Table(
    "stop_times",
    "gtfs/stop_times.txt",
    ("trip_id", "stop_sequence"),
    (
        C("trip_id", required=True, refers="trips.trip_id"),
        C("arrival_s", "clock", True, in_file="arrival_time"),
        C("departure_s", "clock", True, in_file="departure_time"),
        C("stop_id", required=True, refers="stops.stop_id"),
        C("stop_sequence", "int", True, 0, 10_000),
    ),
    about="GTFS stop times",
)

CALENDAR = Table(
    "calendar",
    "gtfs/calendar.txt",
    ("service_id",),
    (
        C("service_id", required=True),
        *(C(day, "bool", True) for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")),
        C("start_date", "day", True),
        C("end_date", "day", True),
        C("period"),  # the published timetable period
        C("note"),
        *SOURCE,
    ),
    about="GTFS calendar: one service a timetable period",
)

FREQUENCIES = Table(
    "frequencies",
    "gtfs/frequencies.txt",
    ("trip_id", "start_s"),
    (
        C("trip_id", required=True, refers="trips.trip_id"),
        C("start_s", "clock", True, in_file="start_time"),
        C("end_s", "clock", True, in_file="end_time"),
        C("headway_s", "int", True, 1, 86_400, in_file="headway_secs"),
        C("exact_times", "int", True, 0, 1),
        C("headway_basis"),  # published / derived from a train count / assumed, in words
    ),
    optional=True,
    may_be_empty=True,
    about="GTFS frequencies",
)

SHAPES = Table(
    "shapes",
    "gtfs/shapes.txt",
    ("shape_id", "shape_pt_sequence"),
    (
        C("shape_id", required=True),
        C("lat", "float", True, -90, 90, in_file="shape_pt_lat"),
        C("lon", "float", True, -180, 180, in_file="shape_pt_lon"),
        C("shape_pt_sequence", "int", True, 0, 1_000_000),
    ),
    optional=True,
    may_be_empty=True,
    about="GTFS shapes",
)

TRANSFERS = Table(
    "transfers",
    "gtfs/transfers.txt",
    ("from_stop_id", "to_stop_id"),
    (
        C("from_stop_id", required=True, refers="stops.stop_id"),
        C("to_stop_id", required=True, refers="stops.stop_id"),
        C("transfer_type", "int", True, 0, 3),
        C("min_transfer_s", "int", False, 0, 7200, in_file="min_transfer_time"),  # walk only; entry at the second is added
        *SOURCE,
    ),
    optional=True,
    may_be_empty=True,
    about="GTFS transfers: known walks between stations",
)

FARE_ATTRIBUTES = Table(
    "fare_attributes",
    "gtfs/fare_attributes.txt",
    ("fare_id",),
    (
        C("fare_id", required=True),
        C("price", "float", True, 0, 1e5),
        C("currency_type", required=True),  # ISO 4217
        C("payment_method", "int", True, 0, 1),
        C("transfers", "int", False, 0, 2),  # empty: unlimited
        C("price_year", "int", False, 1900, 2200),
        C("discount", "float", False, 0, 1e5),  # off the price, for those who have one
        *SOURCE,
    ),
    optional=True,
    may_be_empty=True,
    about="GTFS fares; no time depends on them",
)

FARE_RULES = Table(
    "fare_rules",
    "gtfs/fare_rules.txt",
    ("fare_id", "route_id", "origin_id", "destination_id"),
    (
        C("fare_id", required=True, refers="fare_attributes.fare_id"),
        C("route_id", refers="routes.route_id"),
        C("origin_id", refers="stops.stop_id"),  # every stop is its own fare zone
        C("destination_id", refers="stops.stop_id"),
        *SOURCE,
    ),
    optional=True,
    may_be_empty=True,
    about="GTFS fare rules: which line, or which two stops, a fare is for",
)
