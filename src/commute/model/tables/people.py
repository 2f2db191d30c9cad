"""Tables of people, places, tasks, constants and published times."""

from __future__ import annotations

from commute.model.tables.schema import (
    AREAS,
    CLOSES,
    LAT,
    LON,
    OPENS,
    PLANNED,
    SOURCE,
    C,
    Table,
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

PARK_RIDE = Table(
    "park_ride",
    "park_ride.csv",
    ("stop_id", "opens"),
    (
        C("stop_id", required=True, refers="stops.stop_id"),
        C("name"),
        C("search_min", "float", False, 0, 120),  # from the road on; empty: park_ride_parking_min
        C("walk_min", "float", True, 0, 60),  # to the station's street door, on top
        C("capacity", "float", False, 0, 1e5),
        C("fee_cny", "float", False, 0, 1e4),  # a day
        C("hours"),  # HH:MM-HH:MM
        OPENS,
        CLOSES,
        *SOURCE,
    ),
    optional=True,
    may_be_empty=True,
    about="where park-and-ride leaves the car, beside the stations where it may anyway",
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
