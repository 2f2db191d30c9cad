"""Changes of gaps: open them (打通断头路)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model import validity
from commute.model.changes.change import Change, listed
from commute.model.changes.links import FASTEST, LANES, SLOWEST, joined_by, straight_km, within
from commute.model.changes.where import select
from commute.model.tables import GAP_STATES

if TYPE_CHECKING:
    from commute.model.network import Network

ROAD = ("free_speed_kmh", "lanes", "length_km")  # what a scenario may say otherwise of the road that is built
LONGEST_KM = 1000.0
SLACK_KM = 0.02
NEW_ROADS = ("missing_link", "planned_road")  # a bottleneck or an upgrade has its old form between its ends


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGap(Change):
    """Open one gap, or all that are in a state or have a target by a date (打通断头路).

    A gap that is a dated link opens that link; a planned line begins to run, in place of the services it replaces.
    Nothing is shut, so that no free-flow time rises. Of gaps that overlap, a selection opens the longest.

    Parameters
    ----------
    gap : str, a gap_id; or
    from_node_id, to_node_id : str, the ends of one gap, in either order; or `state`, `planned_until` or `where`
    state : tuple of str, of open, building, planned, unknown
    planned_until : str, YYYY-MM-DD: gaps whose target is by then
    free_speed_kmh, lanes, length_km : float
        Of the road that is built, instead of what the gap records (km/h, 1 to 150; each way; km, at least the straight line).
        Only where one gap is named. They are values of the gap and of its links, at all dates of theirs.
    from_date : str, YYYY-MM-DD; empty is the network's own date, or every date where it has none

    Notes
    -----
    A gap without known length or ends, or a line without trains in the data, can be opened and changes nothing; that is said.
    Traffic is not assigned anew: in the peak a new road relieves no other and fills none, though in an equilibrium either may
    happen (Braess 1968, Unternehmensforschung 12, 258–268).
    """

    kind: ClassVar[str] = "open_gap"
    noun: ClassVar[str] = "gap"
    naming: ClassVar[tuple[str, ...]] = ("gap", "from_node_id", "to_node_id", "state", "planned_until")
    gap: str = ""
    from_node_id: str = ""
    to_node_id: str = ""
    state: tuple[str, ...] = ()
    planned_until: str = ""
    free_speed_kmh: float | None = None
    lanes: float | None = None
    length_km: float | None = None

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("state")
        ends = bool(self.from_node_id or self.to_node_id)
        if bool(self.gap) + ends + bool(self.state or self.planned_until or self.where) != 1:
            raise BadValue("open_gap needs a gap id, or two nodes, or a state, planned_until or where, and not both")
        if ends and not (self.from_node_id and self.to_node_id):
            raise BadValue("open_gap needs both ends of a gap, from_node_id and to_node_id")
        for one in self.state:
            if one not in GAP_STATES:
                raise BadValue(f"open_gap: state {one!r} is none of {', '.join(GAP_STATES)}")
        if self.planned_until:
            validity.last_day(self.planned_until)
        if self.to_date:
            raise BadValue("open_gap: to_date has no meaning for it: a gap opens for good, remove_link shuts a road")
        if self.road() and not (self.gap or ends):
            raise BadValue(f"open_gap: {listed(self.road())} can be said of one gap only: name it")
        for name, least, most in (("free_speed_kmh", SLOWEST, FASTEST), ("lanes", *LANES), ("length_km", 0.0, LONGEST_KM)):
            within("open_gap", name, getattr(self, name), least, most, above=name == "length_km")

    def road(self) -> dict[str, float]:
        """What it says of the road that is built."""
        return {name: value for name in ROAD if (value := getattr(self, name)) is not None}

    def ids(self) -> tuple[str, ...]:
        return (self.gap,) if self.gap else ()

    def chosen(self, net: Network) -> tuple[str, ...]:
        return tuple(self.rows(net)["gap_id"])

    def sets(self) -> tuple[str, ...]:
        return ("opens", *self.road())

    def touches(self, net: Network) -> set[tuple[str, str]]:
        found = Change.touches(self, net)
        links = [one for ids in self.rows(net)["link_ids"] for one in ids.split(";") if one] or list(self.chosen(net))
        return found | {(f"link {one}", name) for one in links for name in self.road()}

    def faults(self, net: Network) -> list[str]:
        found = self._unknown(net) or (select(net, "gap", (), self.where)[1] if self.where else [])
        if found:
            return found
        rows = self.rows(net)
        if not len(rows):
            return ["it matches no gap that is not open"]
        return [*self.unexpected(rows, "gap_id"), *(self._refusals(net, rows.iloc[0]) if self.gap or self.from_node_id else [])]

    def _unknown(self, net: Network) -> list[str]:
        ids, nodes = net.table("gap")["gap_id"], net.table("node")["node_id"]
        if self.gap:
            return [] if self.gap in set(ids) else [str(UnknownId("gap", self.gap, ids))]
        ends = [one for one in (self.from_node_id, self.to_node_id) if one]
        found = [str(UnknownId("node", one, nodes)) for one in ends if one not in set(nodes)]
        if not ends or found:
            return found
        between = self.rows(net)["gap_id"]
        said = f"between {self.from_node_id} and {self.to_node_id}"
        if not len(between):
            return [f"no gap is recorded {said}: add_link builds a road there"]
        return [f"{len(between)} gaps are recorded {said}: name one of {listed(between)}"] if len(between) > 1 else []

    def _refusals(self, net: Network, row: pd.Series) -> list[str]:
        """What speaks against the road of the one gap that is named."""
        road, gap = self.road(), row["gap_id"]
        links = [one for one in row["link_ids"].split(";") if one]
        if row["kind"] == "planned_line":
            return [f"gap {gap} is a railway line: {listed(road)} can be said of a road only"] if road else []
        if len(links) > 1 and "length_km" in road:
            return [f"gap {gap} is the road of {len(links)} links: length_km cannot be shared among them"]
        built = {name: road.get(name, row[name]) for name in ROAD}
        place = net.table("node").set_index("node_id")[["lon", "lat"]]
        chord = straight_km(*place.loc[row["from_node_id"]], *place.loc[row["to_node_id"]])
        slack = SLACK_KM + 0.01 * chord + sum(row[name] for name in ("from_error_km", "to_error_km") if row[name] == row[name])
        if "length_km" in road and road["length_km"] < chord - slack:
            return [f"length_km is {self.length_km}, shorter than the straight line of {chord:.2f} km"]
        if links:
            return []
        if built["length_km"] != built["length_km"]:
            return [f"gap {gap} has no known length: give length_km"] if road else []
        if built["free_speed_kmh"] != built["free_speed_kmh"]:
            return [f"gap {gap} has no known speed, and a car needs one: give free_speed_kmh"]
        day = validity.last_day(self.from_date) if self.from_date else net.day
        joined = [one for one in joined_by(net, row["from_node_id"], row["to_node_id"], day) if one != gap]
        if joined and row["kind"] in NEW_ROADS:
            return [f"the ends of gap {gap} are joined by link {listed(joined)} already: set_speed or widen it, or add_link beside it"]
        return []

    @classmethod
    def together(cls, net: Network, steps: Sequence[Any]) -> list[str]:
        named = {gap: step.called() for step in steps if step.change.gap or step.change.from_node_id for gap in step.change.chosen(net)}
        rows = net.table("gap").set_index("gap_id")
        return [
            f"{named[gap]} {gap} and {named[other]} {other} overlap on the ground: open one of them"
            for gap in sorted(set(named) & set(rows.index))
            for other in sorted(set(named) & set(str(rows.at[gap, "excludes"]).split(";")))
            if gap < other
        ]

    def rows(self, net: Network) -> pd.DataFrame:
        """The rows of the gap table that it opens; of overlapping ones, the longest."""
        rows = net.table("gap")
        if self.gap:
            return rows[rows["gap_id"] == self.gap]
        if self.from_node_id:
            a, b, one, other = rows["from_node_id"], rows["to_node_id"], self.from_node_id, self.to_node_id
            return rows[((a == one) & (b == other)) | ((a == other) & (b == one))]
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

    def _day(self, net: Network) -> str:
        return self.from_date or (net.date.isoformat() if net.date else validity.ALWAYS)

    def idle(self, net: Network) -> str:
        """Why opening changes nothing that a query sees, where the record says so; for the one gap that is named."""
        rows = self.rows(net) if self.gap or self.from_node_id else net.table("gap")[:0]
        for row in rows.to_dict("records"):
            if row["no_effect"]:
                return str(row["no_effect"])
            if row["kind"] != "planned_line" and not row["link_ids"] and row["length_km"] != row["length_km"]:
                return "its length is not known"
        return ""

    def edit(self, net: Network) -> Network:
        day = self._day(net)
        chosen = self.rows(net)
        gap, link = net.table("gap"), net.table("link")
        mine = gap["gap_id"].isin(chosen["gap_id"])
        later = _later(gap, mine, day)
        links = {one for ids in chosen["link_ids"].tolist() for one in ids.split(";") if one}
        late = _later(link, link["link_id"].isin(links), day, dated=True)
        tables = {"gap": gap.assign(opens=gap["opens"].mask(later, day), state=gap["state"].mask(later, "open"))}
        if late.any():
            fact = late & (link["opens_planned"] == "")  # else points would join it along its way, like a road that is there
            planned = link["opens_planned"].mask(fact, link["opens"])
            tables["link"] = link.assign(opens=link["opens"].mask(late, day), opens_planned=planned)
        for name, value in self.road().items():
            tables["gap"][name] = gap[name].mask(mine, value)
            if links:
                tables["link"] = tables.get("link", link).assign(**{name: link[name].mask(link["link_id"].isin(links), value)})
        if self.road():  # with length and speed there is a road, whatever the record says
            built = mine & (gap["link_ids"] == "")
            tables["gap"] = tables["gap"].assign(**{name: gap[name].mask(built, "") for name in ("no_effect", "no_effect_zh")})
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
    eve = f"{validity.day_before(validity.to_day(day)):%Y%m%d}"
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
