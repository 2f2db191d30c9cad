"""The columns of every table of a network: the one place where names, types and bounds are said.

`io` reads, checks and writes by it, and makes datapackage.json from it. A file keeps the names of its standard
(GMNS `length`, GTFS `headway_secs`); `Column.name` is ours where the two differ, and the reader renames once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "ids", "float", "int", "bool", "date", "day", "clock", "wkt"]
# text: str · ids: text, several separated by ';' · float, int: NaN where empty · bool: 1/0
# date: YYYY, YYYY-MM or YYYY-MM-DD kept as text (model.validity reads it) · day: GTFS YYYYMMDD
# clock: H:MM:SS, hours may pass 24, held as int seconds · wkt: LINESTRING in WGS84, kept as text

CONFIDENCE = ("high", "medium", "low", "assumed")
FACILITIES = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential")
GAP_KINDS = ("missing_link", "bottleneck", "upgrade", "planned_road", "planned_line")
GAP_STATES = ("open", "building", "planned", "unknown")
STATION_CLASSES = ("metro", "maglev", "intercity", "conventional", "high_speed", "bus")
AREAS = ("core", "metropolitan", "three_cities")
ROAD_AREAS = ("changsha_core", "changsha", "zhuzhou", "xiangtan", "rural")
DATE_PATTERN = r"^\d{4}(-\d{2}(-\d{2})?)?$"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in memory, its kind, and what a value must satisfy."""

    name: str
    kind: Kind = "text"
    required: bool = False
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    refers: str = ""  # "table.column": every value must be found there
    in_file: str = ""  # the standard's name, where it is not ours

    @property
    def file_name(self) -> str:
        return self.in_file or self.name


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its path in the package, its key, its columns; `optional` may be missing, `may_be_empty` may lack rows."""

    name: str
    path: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    optional: bool = False
    may_be_empty: bool = False
    about: str = ""

    def column(self, name: str) -> Column:
        """The column of that name in memory."""
        return next(c for c in self.columns if c.name == name)


C = Column
SOURCE = (
    C("source_id", required=True, refers="source.source_id"),
    C("confidence", required=True, values=CONFIDENCE),
)
LON = C("lon", "float", True, -180, 180, in_file="x_coord")
LAT = C("lat", "float", True, -90, 90, in_file="y_coord")
OPENS = C("opens", "date")  # first day in use, a fact
CLOSES = C("closes", "date")  # last day of this form
PLANNED = C("opens_planned", "date")  # a target, never used as a fact

NODE = Table(
    "node",
    "node.csv",
    ("node_id",),
    (
        C("node_id", required=True),
        C("name"),
        C("name_zh"),
        LON,
        LAT,
        C("node_type"),
        OPENS,
        CLOSES,
        *SOURCE,
    ),
    about="GMNS nodes of the road network",
)
LINK = Table(
    "link",
    "link.csv",
    ("link_id",),
    (
        C("link_id", required=True),
        C("from_node_id", required=True, refers="node.node_id"),
        C("to_node_id", required=True, refers="node.node_id"),
        C("directed", "bool", True),
        C("name"),
        C("name_zh"),
        C("ref"),
        C("facility_type", required=True, values=FACILITIES),
        C("area", required=True, values=ROAD_AREAS),  # which peak factor holds
        C("length_km", "float", True, 0, 1000, in_file="length"),  # above 0, and at least the straight line
        C("free_speed_kmh", "float", True, 1, 150, in_file="free_speed"),
        C("peak_speed_kmh", "float", False, 1, 150, in_file="peak_speed"),  # only where published
        C("lanes", "float", False, 0.5, 12),
        C("allowed_uses", required=True),  # GMNS: comma-separated of auto, bike, walk
        C("toll", "bool"),
        C("delay_free_min", "float", False, 0, 120),  # a bottleneck on this link, free flow and peak
        C("delay_peak_min", "float", False, 0, 120),
        C("geometry", "wkt"),  # empty: straight between its nodes
        OPENS,
        PLANNED,
        CLOSES,
        *SOURCE,
        C("note"),
    ),
    about="GMNS links of the road network, every form of a road with its dates",
)
ZONE = Table(
    "zone",
    "zone.csv",
    ("zone_id",),
    (
        C("zone_id", required=True),
        C("name"),
        C("name_zh"),
        C("city", required=True),
        C("county"),
        C("county_code", required=True),
        C("level"),
        LON,
        LAT,
        C("in_area", required=True, values=AREAS),  # the smallest area it belongs to: core ⊂ metropolitan ⊂ three_cities
        C("population", "float", True, 0, 1e8),
        C("population_year", "int"),
        C("population_basis"),
        *SOURCE,
    ),
    about="townships and subdistricts with their people",
)
JOB = Table(
    "job",
    "job.csv",
    ("zone_id",),
    (
        C("zone_id", required=True, refers="zone.zone_id"),
        C("jobs", "float", True, 0, 1e8),
        C("basis", required=True, values=("published", "modelled")),
        *SOURCE,
    ),
    optional=True,
    about="jobs by zone; replace this one file by your own",
)
GAP = Table(
    "gap",
    "gap.csv",
    ("gap_id",),
    (
        C("gap_id", required=True),
        C("name"),
        C("name_zh"),
        C("kind", required=True, values=GAP_KINDS),
        C("cities"),
        C("from_node_id", refers="node.node_id"),  # empty only for kind planned_line
        C("to_node_id", refers="node.node_id"),
        C("from_error_km", "float", False, 0, 50),
        C("to_error_km", "float", False, 0, 50),
        C("length_km", "float", False, 0, 1000, in_file="length"),
        C("free_speed_kmh", "float", False, 1, 150, in_file="free_speed"),
        C("lanes", "float", False, 0.5, 12),
        C("delay_free_min", "float", False, 0, 120),  # the delay that opening removes
        C("delay_peak_min", "float", False, 0, 120),
        C("link_ids", "ids", refers="link.link_id"),  # dated links that are this road: opening uses them, builds none
        C("replaces_link_ids", "ids", refers="link.link_id"),  # the old form, for information
        C("route_ids", "ids", refers="routes.route_id"),  # planned_line: the routes that run once it is open
        C("excludes", "ids", refers="gap.gap_id"),  # overlapping rows
        C("no_effect"),  # why opening changes no travel time, where it does not
        C("cost_mcny", "float", False, 0, 1e7),  # published only; empty is unknown, never 0
        C("cost_basis"),
        C("cost_class"),
        C("price_year", "int"),
        C("state", required=True, values=GAP_STATES),
        C("state_as_of", "date"),
        OPENS,
        PLANNED,
        C("responsible_unit"),
        C("why"),
        C("project_id", refers="project.project_id"),
        C("geometry", "wkt"),
        *SOURCE,
        C("note"),
    ),
    about="missing links, bottlenecks, upgrades, planned roads and lines, each with its two ends",
)
PLACE = Table(
    "place",
    "place.csv",
    ("place_id",),
    (
        C("place_id", required=True),
        C("name_zh"),
        C("name_en"),
        C("kind", required=True),
        C("city", required=True),
        C("lon", "float", True, -180, 180),
        C("lat", "float", True, -90, 90),
        C("centre_of"),  # the city that this point is a centre of
        C("centre_role", values=("", "main", "government", "rail_hub")),
        C("capacity", "float", False, 0, 1e7),
        C("capacity_unit"),
        C("jobs", "float", False, 0, 1e7),
        OPENS,
        PLANNED,
        *SOURCE,
    ),
    about="centres, parks, hubs, hospitals, schools, universities",
)
PROJECT = Table(
    "project",
    "project.csv",
    ("project_id",),
    (
        C("project_id", required=True),
        C("name_zh"),
        C("name_en"),
        C("kind"),
        C("what"),
        C("responsible_unit"),
        C("partners"),
        C("planned_start"),
        C("planned_end"),
        C("actual_end"),
        C("cost_mcny", "float", False, 0, 1e7),
        C("price_year", "int"),
        C("phase_year"),
        C("status"),
        C("gap_ids", "ids", refers="gap.gap_id"),
        *SOURCE,
    ),
    optional=True,
    may_be_empty=True,
    about="the plan's register of tasks",
)
CONSTANT = Table(
    "constant",
    "constant.csv",
    ("name", "opens"),
    (
        C("name", required=True),
        C("low", "float", True),
        C("central", "float", True),
        C("high", "float", True),
        C("unit"),
        C("favourable", required=True, values=("low", "high")),  # which end makes journeys shorter
        C("basis", required=True, values=("assumed", "calibrated", "published")),
        OPENS,  # dated: the row valid on the day is used
        CLOSES,
        *SOURCE,
        C("note"),
    ),
    about="every assumed or calibrated constant, low, central and high",
)
OBSERVED = Table(
    "observed",
    "observed.csv",
    ("observed_id",),
    (
        C("observed_id", required=True),
        C("from_stop_id", refers="stops.stop_id"),
        C("from_name"),
        C("from_lon", "float", False, -180, 180),
        C("from_lat", "float", False, -90, 90),
        C("to_stop_id", refers="stops.stop_id"),
        C("to_name"),
        C("to_lon", "float", False, -180, 180),
        C("to_lat", "float", False, -90, 90),
        C("mode", required=True, values=("car", "rail", "bus")),
        C("minutes", "float", True, 0, 600),
        C("count", required=True, values=("in_vehicle", "station_to_station", "door_to_door")),
        C("when", required=True, values=("free", "am_peak", "pm_peak", "off_peak", "any")),
        C("pattern", values=("", "fastest", "typical", "all_stops", "limited_stop")),
        C("bound", required=True, values=("equals", "at_most", "at_least", "about")),
        C("basis", required=True, values=("timetable", "measured", "forecast", "promotional")),
        C("date", "date", True),
        C("role", required=True, values=("calibration", "comparison")),
        C("gap_id", refers="gap.gap_id"),
        *SOURCE,
        C("note"),
    ),
    optional=True,
    may_be_empty=True,
    about="published times: some calibrate, all are compared",
)
UNIT_COST = Table(
    "unit_cost",
    "unit_cost.csv",
    ("cost_class",),
    (
        C("cost_class", required=True),
        C("low_mcny_per_km", "float", True, 0, 1e5),
        C("central_mcny_per_km", "float", True, 0, 1e5),
        C("high_mcny_per_km", "float", True, 0, 1e5),
        C("price_year", "int"),
        C("n", "int"),
        *SOURCE,
    ),
    optional=True,
    about="cost of a km by class, where a gap has no published cost",
)
SOURCES = Table(
    "source",
    "source.csv",
    ("source_id",),
    (C("source_id", required=True), C("text", required=True), C("kind"), C("licence")),
    about="where rows come from",
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
CONFIG = Table(
    "config",
    "config.csv",
    ("dataset_name",),
    (
        C("dataset_name", required=True),
        C("short_length"),
        C("long_length", required=True),
        C("speed", required=True),
        C("crs", required=True),
        C("geometry_field_format"),
        C("currency"),
        C("version_number"),
    ),
    about="GMNS units and reference system",
)

TABLES: tuple[Table, ...] = (
    CONFIG,
    SOURCES,
    NODE,
    LINK,
    ZONE,
    JOB,
    GAP,
    PLACE,
    PROJECT,
    CONSTANT,
    OBSERVED,
    UNIT_COST,
    AGENCY,
    STOPS,
    ROUTES,
    TRIPS,
    STOP_TIMES,
    CALENDAR,
    FREQUENCIES,
    SHAPES,
    TRANSFERS,
    CLOSURE,
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
LAYERS = {"river": "river.geojson", "district": "district.geojson"}  # GeoJSON beside the tables
