"""Changes of roads: open a gap, add a link."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model import validity
from commute.model.changes.change import Change
from commute.model.changes.where import select
from commute.model.tables import FACILITIES, GAP_STATES

if TYPE_CHECKING:
    from commute.model.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGap(Change):
    """Open one gap by id, or all that are in a state or have a target by a date (打通断头路).

    A gap that is a dated link opens that link; a planned line begins to run, in place of the services it replaces.
    Nothing is shut, so that no free-flow time rises. Of gaps that overlap, a selection opens the longest.

    Parameters
    ----------
    gap : str, a gap_id; or give `state`, `planned_until` or `where`
    state : tuple of str, of open, building, planned, unknown
    planned_until : str, YYYY-MM-DD: gaps whose target is by then
    from_date : str, YYYY-MM-DD; empty is the network's own date, or every date where it has none
    """

    kind: ClassVar[str] = "open_gap"
    noun: ClassVar[str] = "gap"
    naming: ClassVar[tuple[str, ...]] = ("gap", "state", "planned_until")
    gap: str = ""
    state: tuple[str, ...] = ()
    planned_until: str = ""

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("state")
        if bool(self.gap) == bool(self.state or self.planned_until or self.where):
            raise BadValue("open_gap needs a gap id, or a state, planned_until or where, and not both")
        for one in self.state:
            if one not in GAP_STATES:
                raise BadValue(f"open_gap: state {one!r} is none of {', '.join(GAP_STATES)}")
        if self.planned_until:
            validity.last_day(self.planned_until)

    def ids(self) -> tuple[str, ...]:
        return (self.gap,) if self.gap else ()

    def chosen(self, net: Network) -> tuple[str, ...]:
        return tuple(self.rows(net)["gap_id"])

    def sets(self) -> tuple[str, ...]:
        return ("opens",)

    def faults(self, net: Network) -> list[str]:
        ids = net.table("gap")["gap_id"]
        if self.gap and self.gap not in set(ids):
            return [str(UnknownId("gap", self.gap, ids))]
        found = select(net, "gap", (), self.where)[1] if self.where else []
        if found:
            return found
        rows = self.rows(net)
        return self.unexpected(rows, "gap_id") if len(rows) else ["it matches no gap that is not open"]

    @classmethod
    def together(cls, net: Network, changes: Sequence[Any]) -> list[str]:
        named = {change.gap for change in changes if change.gap}
        rows = net.table("gap").set_index("gap_id")
        return [
            f"open_gap {gap} and open_gap {other} overlap on the ground: open one of them"
            for gap in sorted(named & set(rows.index))
            for other in sorted(named & set(str(rows.at[gap, "excludes"]).split(";")))
            if gap < other
        ]

    def rows(self, net: Network) -> pd.DataFrame:
        """The rows of the gap table that it opens; of overlapping ones, the longest."""
        rows = net.table("gap")
        if self.gap:
            return rows[rows["gap_id"] == self.gap]
        if self.where:
            rows = rows[select(net, "gap", (), self.where)[0]]
        rows = rows[~net._gap_open()[rows.index]]
        if self.state:
            rows = rows[rows["state"].isin(self.state)]
        if self.planned_until:
            limit = validity.last_day(self.planned_until)
            rows = rows[[bool(text) and validity.last_day(text) <= limit for text in rows["opens_planned"]]]
        kept: list[str] = []
        banned: set[str] = set()
        for gap, excludes in rows.sort_values(["length_km", "gap_id"], ascending=[False, True])[["gap_id", "excludes"]].itertuples(
            index=False
        ):
            if gap not in banned:
                kept.append(gap)
                banned |= set(excludes.split(";"))
        return rows[rows["gap_id"].isin(kept)]

    def edit(self, net: Network) -> Network:
        day = self.from_date or (net.date.isoformat() if net.date else validity.ALWAYS)
        chosen = self.rows(net)
        gap, link = net.table("gap"), net.table("link")
        later = _later(gap, gap["gap_id"].isin(chosen["gap_id"]), day)
        links = {one for ids in chosen["link_ids"].tolist() for one in ids.split(";") if one}
        late = _later(link, link["link_id"].isin(links), day, dated=True)
        tables = {"gap": gap.assign(opens=gap["opens"].mask(later, day), state=gap["state"].mask(later, "open"))}
        if late.any():
            tables["link"] = link.assign(opens=link["opens"].mask(late, day))
        out = net.replaced(tables=tables)
        lines = chosen[(chosen["route_ids"] != "") & later.reindex(chosen.index)]
        for routes, fact, planned in zip(lines["route_ids"], lines["opens"], lines["opens_planned"], strict=True):
            out = _start_line(out, str(routes).split(";"), str(fact or planned), day)
        return out


def _later(frame: pd.DataFrame, among: pd.Series, day: str, *, dated: bool = False) -> pd.Series:
    """Which of the rows `among` open after the day, or on no known day; `dated`: only those that have a fact or a target."""
    late = pd.Series(False, index=frame.index)
    for row in frame.index[among]:
        fact = str(frame.at[row, "opens"])
        known = bool(fact) or not dated or bool(frame.at[row, "opens_planned"])
        late.at[row] = known and (not fact or validity.last_day(fact).isoformat() > day)
    return late


def _start_line(net: Network, routes: list[str], known: str, day: str) -> Network:
    """Run on `day` already what these routes run on their known or planned opening day, in place of what they ran before.

    The services concerned are copied for these routes alone, since others may share them.
    """
    start = max(validity.last_day(known).isoformat() if known else day, day)
    opening, now = start.replace("-", ""), day.replace("-", "")
    eve = (validity.to_day(day) - timedelta(days=1)).strftime("%Y%m%d")
    trips, calendar = net.table("trips"), net.table("calendar")
    mine = trips["route_id"].isin(routes)
    own = calendar[calendar["service_id"].isin(trips.loc[mine, "service_id"])]
    then = own[(own["start_date"] <= opening) & (own["end_date"] >= opening)]
    before = own[(own["start_date"] < opening) & (own["end_date"] < opening)]
    then_now = then.assign(start_date=[min(start, now) for start in then["start_date"]])
    until_eve = before.assign(end_date=[min(end, eve) for end in before["end_date"]])
    copied: pd.DataFrame = pd.concat([then_now, until_eve])
    named = {service: f"{service}~{routes[0]}" for service in copied["service_id"]}
    copied = copied.assign(service_id=copied["service_id"].map(named)).loc[lambda c: c["start_date"] <= c["end_date"]]
    moved = mine & trips["service_id"].isin(named)
    trips = trips.assign(service_id=trips["service_id"].mask(moved, trips["service_id"].map(named)))
    calendar = pd.concat([calendar, copied]).sort_values("service_id", ignore_index=True)
    trips = trips[trips["service_id"].isin(calendar["service_id"])].reset_index(drop=True)
    used = trips.loc[trips["service_id"].isin([named[one] for one in then["service_id"]]), "trip_id"]
    times, frequencies = net.table("stop_times"), net.table("frequencies")
    called = times.loc[times["trip_id"].isin(used), "stop_id"]
    dated = {}
    for name, key, ids in (("routes", "route_id", routes), ("stops", "stop_id", called)):
        frame = net.table(name)
        late = _later(frame, frame[key].isin(ids), day, dated=True)
        dated[name] = frame.assign(opens=frame["opens"].mask(late, day))
    return net.replaced(
        tables={
            **dated,
            "calendar": calendar,
            "trips": trips,
            "stop_times": times[times["trip_id"].isin(trips["trip_id"])].reset_index(drop=True),
            "frequencies": frequencies[frequencies["trip_id"].isin(trips["trip_id"])].reset_index(drop=True),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLink(Change):
    """Add a road between two nodes.

    Parameters
    ----------
    link_id, from_node_id, to_node_id : str
    length_km : float, km, at least the straight line
    free_speed_kmh : float, km/h, 1 to 150
    lanes : float, each way
    facility_type, area : str, decide its peak factor
    directed : bool
    allowed_uses : str, comma-separated of auto, bike, walk
    from_date : str, YYYY-MM-DD; empty is every date
    """

    kind: ClassVar[str] = "add_link"
    noun: ClassVar[str] = "link"
    selects: ClassVar[bool] = False
    expects: ClassVar[bool] = False
    link_id: str
    from_node_id: str
    to_node_id: str
    length_km: float
    free_speed_kmh: float
    lanes: float = 2
    facility_type: str = "primary"
    area: str = "rural"
    directed: bool = False
    allowed_uses: str = "auto,bike,walk"
    name_zh: str = ""

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        if not self.length_km > 0:
            raise BadValue(f"link {self.link_id}: length_km is {self.length_km}, must be above 0")
        if not 1 <= self.free_speed_kmh <= 150:
            raise BadValue(f"link {self.link_id}: free_speed_kmh is {self.free_speed_kmh}, must be from 1 to 150")
        if self.facility_type not in FACILITIES:
            raise BadValue(f"link {self.link_id}: facility_type {self.facility_type!r} is none of {', '.join(FACILITIES)}")

    def ids(self) -> tuple[str, ...]:
        return (self.link_id,)

    def sets(self) -> tuple[str, ...]:
        return ("all",)

    def faults(self, net: Network) -> list[str]:
        node = net.table("node")
        nodes = {str(one): (float(x), float(y)) for one, x, y in zip(node["node_id"], node["lon"], node["lat"], strict=True)}
        found = [str(UnknownId("node", one, nodes)) for one in (self.from_node_id, self.to_node_id) if one not in nodes]
        if self.link_id in set(net.table("link")["link_id"]) | set(net.table("gap")["gap_id"]):
            found.append(f"the id {self.link_id!r} is taken")
        if not found:
            chord = straight_km(*nodes[self.from_node_id], *nodes[self.to_node_id])
            if self.length_km < chord * 0.99:
                found.append(f"length_km is {self.length_km}, shorter than the straight line of {chord:.2f} km")
        return found

    def edit(self, net: Network) -> Network:
        link = net.table("link")
        values = {name: "" for name in link.columns} | {name: float("nan") for name in link.select_dtypes("number").columns}
        values |= {name: getattr(self, name) for name in link.columns if hasattr(self, name)}
        values |= {"toll": False, "opens": self.from_date, "closes": self.to_date, "source_id": "scenario", "confidence": "assumed"}
        row = pd.DataFrame([values]).reindex(columns=link.columns)
        both = pd.concat([link, row.astype(link.dtypes.to_dict())], ignore_index=True)
        return net.replaced(tables={"link": both.sort_values("link_id", ignore_index=True), "source": with_scenario_source(net)})


def with_scenario_source(net: Network) -> pd.DataFrame:
    """The source table with a row for what scenarios add."""
    source = net.table("source")
    if "scenario" in set(source["source_id"]):
        return source
    row = {name: "" for name in source.columns} | {"source_id": "scenario", "text": "added by a scenario", "kind": "assumed"}
    return pd.concat([source, pd.DataFrame([row])], ignore_index=True).sort_values("source_id", ignore_index=True)


def straight_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great-circle km between two points in degrees (haversine, mean Earth radius 6371.0088 km)."""
    east, north = math.radians(lon2 - lon1), math.radians(lat2 - lat1)
    h = math.sin(north / 2) ** 2 + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(east / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))
