"""A Network: dated tables as one value. `on` and `apply` give new ones; nothing is ever changed in place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model import validity
from commute.model.known import Known
from commute.model.picking import among, numbered
from commute.model.points import KINDS
from commute.model.tables import BY_NAME, LAYERS, TABLES
from commute.model.views import link_lines, links_of_gaps, running

if TYPE_CHECKING:
    import geopandas as gpd

    from commute.model.changes import Applicable

Level = Literal["favourable", "central", "unfavourable"]


class Network:
    """Roads, rails, zones, places, gaps and constants, every element dated.

    Made by `load`, `read_network` or `from_graph`. `hash` and `==` go by content. Frames given out are copies,
    but for `table`, which is for reading only.
    """

    __slots__ = ("__weakref__", "_cache", "_known", "_tables", "as_of", "date", "layers", "level", "scenarios")

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        layers: Mapping[str, Mapping[str, Any]],
        *,
        as_of: date,
        day: date | None = None,
        level: Level = "central",
        scenarios: tuple[str, ...] = (),
    ) -> None:
        self._tables = dict(tables)
        self.layers = dict(layers)
        self.as_of = as_of
        self.date = day
        self.level: Level = level
        self.scenarios = scenarios
        self._cache: dict[str, Any] = {}  # what any room keeps with this network
        self._known = Known()  # what is made from the tables, handed on to networks that share them

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame], layers: Mapping[str, Mapping[str, Any]], as_of: date) -> Network:
        """A network from typed frames with in-memory column names; rows in any order."""
        full = {table.name: tables[table.name] for table in TABLES}
        ordered = {name: frame.sort_values(list(BY_NAME[name].key), ignore_index=True) for name, frame in full.items()}
        return cls(ordered, {name: layers.get(name, EMPTY_LAYER) for name in LAYERS}, as_of=as_of)

    def replaced(self, **changes: Any) -> Network:
        """A copy with other tables (a dict, merged), day, level or scenarios."""
        tables = {**self._tables, **changes.get("tables", {})}
        made = Network(
            tables,
            self.layers,
            as_of=self.as_of,
            day=changes.get("day", self.date),
            level=changes.get("level", self.level),
            scenarios=changes.get("scenarios", self.scenarios),
        )
        same_day = made.day == self.day and made.level == self.level
        new = changes.get("tables") or {}
        made._known = self._known.handed_on(new, same_day=same_day)
        if "names" in self._cache and not {name for name, _ in KINDS}.intersection(new):
            made._cache["names"] = self._cache["names"]  # of points
        return made

    # what it holds -----------------------------------------------------------------------------------------

    @property
    def day(self) -> date:
        """The day that is asked about: `date`, else the data's own `as_of`, never the clock."""
        return self.date or self.as_of

    def table(self, name: str) -> pd.DataFrame:
        """Every row of a table, at all dates; shared, so for reading only."""
        if name not in self._tables:
            raise UnknownId("table", name, self._tables)
        return self._tables[name]

    def in_use(self, name: str) -> pd.DataFrame:
        """The rows of a table in use on `day`; for links, open gaps that are no dated link are among them."""
        key = f"in_use {name}"
        if key not in self._known.parts:
            frame = self.table(name)
            if name == "gap":
                rows = frame[self._gap_open()]
            elif name == "link":
                roads = self._roads_of_gaps(frame)
                built = among(roads["link_id"], self.in_use("gap")["gap_id"])
                rows = pd.concat([frame, roads], ignore_index=True)[np.append(self._open_rows(name), built)]
            elif name == "stops":
                rows = frame[self._open_rows(name) & ~frame["stop_id"].isin(self._shut_stops()).to_numpy()]
            else:
                rows = frame[self._open_rows(name)]
            self._known.parts[key] = numbered(rows)
        return self._known.parts[key]  # type: ignore[no-any-return]

    def _roads_of_gaps(self, link: pd.DataFrame) -> pd.DataFrame:
        """Links of all gaps that are no dated link, open or not; made once and handed on to later networks."""
        of = (self.digest("gap"), self.digest("link", "from_node_id", "to_node_id", "area"), *link.dtypes.items())
        return self._known.by_content(of, lambda: links_of_gaps(self.table("gap"), link))

    def _gap_open(self) -> pd.Series:
        """Gaps open on the day. The fact of opening counts, whatever the state column of the register says."""
        frame = self.table("gap")
        return (frame["opens"] != "") & self._open_rows("gap")

    def _open_rows(self, name: str) -> npt.NDArray[np.bool_]:
        """Which rows of a table are in use on the day; their bounds are read once and handed on to later networks."""
        frame = self.table(name)
        of = (name, self.digest(name, "opens", "closes", "opens_planned"), len(frame))
        return validity.within(self._known.by_content(of, lambda: validity.bounds(frame)), self.day)

    def _shut_stops(self) -> list[str]:
        closure = self.table("closure")
        day = self.day
        shut = [
            str(stop)
            for stop, start, end in zip(closure["stop_id"], closure["from_date"], closure["to_date"], strict=True)
            if validity.last_day(start) <= day and (not end or day <= validity.last_day(end))
        ]
        return shut

    @property
    def nodes(self) -> gpd.GeoDataFrame:
        """Road nodes, points, index node_id."""
        return _points(self._dated("node"), "node_id")

    @property
    def links(self) -> gpd.GeoDataFrame:
        """Road links, lines, index link_id; on a dated network those in use that day."""
        import geopandas as gpd

        rows = self._dated("link")
        return gpd.GeoDataFrame(rows.set_index("link_id"), geometry=link_lines(rows, self.table("node")), crs=4326)

    @property
    def gaps(self) -> gpd.GeoDataFrame:
        """Gaps, straight lines between their ends, index gap_id; on a dated network those not open that day."""
        import geopandas as gpd

        rows = self.table("gap")
        rows = rows[~self._gap_open()] if self.date else rows
        return gpd.GeoDataFrame(rows.set_index("gap_id"), geometry=link_lines(rows, self.table("node")), crs=4326)

    @property
    def zones(self) -> gpd.GeoDataFrame:
        """Zones with people and jobs, points, index zone_id."""
        rows = self.table("zone").merge(self.table("job")[["zone_id", "jobs"]], on="zone_id", how="left")
        return _points(rows, "zone_id")

    @property
    def places(self) -> gpd.GeoDataFrame:
        """Places, points, index place_id."""
        return _points(self._dated("place"), "place_id")

    @property
    def stops(self) -> gpd.GeoDataFrame:
        """Stops, points, index stop_id."""
        return _points(self._dated("stops"), "stop_id")

    @property
    def projects(self) -> pd.DataFrame:
        """The register of tasks, index project_id."""
        return self.table("project").set_index("project_id")

    @property
    def services(self) -> dict[str, pd.DataFrame]:
        """The GTFS tables; on a dated network the trips that run that day."""
        if not self.date:
            names = ("stops", "routes", "trips", "stop_times", "frequencies", "calendar", "shapes", "transfers")
            return {name: self.table(name).copy() for name in names}
        return {name: frame.copy() for name, frame in self.running().items()}

    def running(self) -> dict[str, pd.DataFrame]:
        """The GTFS tables cut down to what runs on `day`; shut stops are passed. For reading only."""
        if "running" not in self._known.parts:
            self._known.parts["running"] = running(self)
        return self._known.parts["running"]  # type: ignore[no-any-return]

    @property
    def sources(self) -> pd.DataFrame:
        """Where rows come from, index source_id."""
        return self.table("source").set_index("source_id")

    @property
    def constants(self) -> pd.DataFrame:
        """Assumed and calibrated values valid on `day`, index name, columns low, central, high, unit, …"""
        if "constants" not in self._known.parts:
            frame = self.table("constant")[self._open_rows("constant")].drop_duplicates("name", keep="last")
            self._known.parts["constants"] = frame.set_index("name")
        return self._known.parts["constants"].copy()  # type: ignore[no-any-return]

    def constant(self, name: str) -> float:
        """A constant's value on `day` at this network's level: central, or the favourable or unfavourable end."""
        values = self._values()
        if name not in values:
            raise UnknownId("constant", name, values)
        return values[name]

    def has_constant(self, name: str) -> bool:
        """Whether a constant of that name holds on `day`."""
        return name in self._values()

    def _values(self) -> dict[str, float]:
        """Each constant's value on the day at the level; of several rows of a name the last counts."""
        if "values" not in self._known.parts:
            frame, held = self.table("constant"), self._open_rows("constant")
            low, central, high = (frame[name].to_numpy(np.float64) for name in ("low", "central", "high"))
            low_better = np.array([end == "low" for end in frame["favourable"].tolist()], bool)
            best, worst = np.where(low_better, low, high), np.where(low_better, high, low)
            column = {"central": central, "favourable": best, "unfavourable": worst}[self.level].tolist()
            names = zip(frame["name"].tolist(), column, held.tolist(), strict=True)
            self._known.parts["values"] = {name: value for name, value, valid in names if valid}
        return self._known.parts["values"]  # type: ignore[no-any-return]

    # new networks ------------------------------------------------------------------------------------------

    def on(self, day: str | date) -> Network:
        """The network of one day.

        Raises
        ------
        BadValue
            Not a whole day, YYYY-MM-DD.
        """
        return self.replaced(day=validity.to_day(day))

    def apply(self, *what: Applicable | Iterable[Applicable]) -> Network:
        """The network after scenarios, projects or changes; all or nothing.

        Raises
        ------
        BadScenario, Conflict
            All faults at once, each naming what was sought and the nearest ids.
        """
        from commute.model.changes import apply_all

        return apply_all(self, what)

    def assume(self, level: Level) -> Network:
        """The same with every constant at its favourable, central or unfavourable end."""
        if level not in ("favourable", "central", "unfavourable"):
            raise BadValue(f"level is {level!r}, must be favourable, central or unfavourable")
        return self if level == self.level else self.replaced(level=level)

    def validate(self) -> pd.DataFrame:
        """Findings on the tables: file, row, column, level, message."""
        from commute.model.checks import validate_tables

        return validate_tables(self._tables, self.layers)

    # identity ----------------------------------------------------------------------------------------------

    @property
    def hash(self) -> str:
        """Content hash, 16 hexadecimal digits: tables, layers, day, level; not the order of rows."""
        if "hash" not in self._cache:
            digest = hashlib.sha256()
            for name in sorted(self._tables):
                digest.update(self.digest(name))
            digest.update(self.layers_digest())
            digest.update(repr((self.as_of, self.date, self.level)).encode())
            self._cache["hash"] = digest.hexdigest()[:16]
        return self._cache["hash"]  # type: ignore[no-any-return]

    def digest(self, name: str, *columns: str) -> bytes:
        """Content digest of one table, or of those of some columns that it has."""
        return self._known.digest(self._tables, name, *columns)

    def layers_digest(self) -> bytes:
        """Content digest of the GeoJSON layers."""
        return self._known.by_content("layers", lambda: hashlib.sha256(repr(sorted(self.layers.items())).encode()).digest())

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self._tables, self.layers, self.as_of, self.date, self.level, self.scenarios)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self.hash == other.hash

    def __hash__(self) -> int:
        return int(self.hash, 16)

    def __repr__(self) -> str:
        when = f"on {self.date}" if self.date else f"all dates, as of {self.as_of}"
        shut = len(self.table("gap")) - (len(self.in_use("gap")) if self.date else 0)
        sizes = f"{len(self._dated('link'))} links, {len(self.table('zone'))} zones, {shut} gaps"
        stops = len(self._dated("stops"))
        applied = f", with {' + '.join(self.scenarios)}" if self.scenarios else ""
        return f"<Network {when}{applied}: {sizes}, {stops} stops, hash {self.hash}>"

    def _dated(self, name: str) -> pd.DataFrame:
        return self.in_use(name) if self.date else self.table(name)


def _unpickled(tables: Any, layers: Any, as_of: date, day: date | None, level: Level, scenarios: tuple[str, ...]) -> Network:
    return Network(tables, layers, as_of=as_of, day=day, level=level, scenarios=scenarios)


EMPTY_LAYER: dict[str, Any] = {"type": "FeatureCollection", "features": []}


def _points(rows: pd.DataFrame, key: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame(rows.set_index(key), geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs=4326)
