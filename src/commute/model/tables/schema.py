"""What a column and a table are, the words that columns may hold, and the columns that many tables share."""

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
