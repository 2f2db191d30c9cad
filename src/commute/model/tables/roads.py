"""Tables of roads and gaps (GMNS and ours)."""

from __future__ import annotations

from commute.model.tables.schema import (
    CLOSES,
    FACILITIES,
    GAP_KINDS,
    GAP_STATES,
    LAT,
    LON,
    OPENS,
    PLANNED,
    ROAD_AREAS,
    SOURCE,
    C,
    Table,
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

SOURCES = Table(
    "source",
    "source.csv",
    ("source_id",),
    (C("source_id", required=True), C("text", required=True), C("kind"), C("licence")),
    about="where rows come from",
)

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
        C("capacity", "float", False, 1, 10_000),  # GMNS: passenger cars an hour and lane
        C("capacity_ratio", "float", False, 0.01, 100),  # to the one of which peak speeds tell; empty: 1
        C("free_factor", "float", False, 0.01, 10),  # on the free-flow speed, and on that of the peak; empty: 1
        C("peak_factor", "float", False, 0.01, 10),
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
        C("no_effect_zh"),  # the same in Chinese
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
