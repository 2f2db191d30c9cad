"""Networks between two dates: what opened between them taken one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute.analysis.choosing.options import LINE
from commute.model.validity import ALWAYS, last_day

if TYPE_CHECKING:
    from commute.model.network import Network

ROADS, RULES = "roads", "rules"  # roads that are no gap; timetables of lines there were, stations, entry
EVERY_DAY = "every_day"


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """The network of one date, and all that began up to a later one.

    Attributes
    ----------
    early, late : Network, of the two dates
    gaps : tuple of str, road gaps that opened in between
    lines : dict of gap_id or route_id to routes: planned lines that opened, and other routes that began
    """

    early: Network
    late: Network
    gaps: tuple[str, ...]
    lines: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, net: Network, first: str, last: str) -> Between:
        """What opened after `first` up to `last`."""
        early, late = net.on(first), net.on(last)
        gap = late.in_use("gap")
        new = gap[~gap["gap_id"].isin(early.in_use("gap")["gap_id"])]
        roads = new.loc[new["kind"] != LINE, "gap_id"]
        lines = {one: tuple(ids.split(";")) for one, ids in zip(new["gap_id"], new["route_ids"], strict=True) if ids}
        named = {route for routes in lines.values() for route in routes}
        begun = set(late.running()["trips"]["route_id"]) - set(early.running()["trips"]["route_id"]) - named
        return cls(early, late, tuple(roads), lines | {route: (route,) for route in sorted(begun)})

    def network(self, items: Collection[str]) -> Network:
        """The early network on the later day, only these of lines, "roads" and "rules" as they were then; all gaps in between shut."""
        return self._links(self._services(set(items)), ROADS in items)

    def _links(self, net: Network, roads: bool) -> Network:
        gap, link = net.table("gap"), net.table("link")
        late, early = set(self.late.in_use("link")["link_id"]), set(self.early.in_use("link")["link_id"])
        mine = gap[gap["gap_id"].isin(self.gaps)]
        tied = {one for ids in mine["link_ids"] for one in ids.split(";") if one}
        old = {one for ids in mine["replaces_link_ids"] for one in ids.split(";") if one}
        used = (early & late) | (old & early) | ((late if roads else early) - tied - old)
        is_used, later = link["link_id"].isin(used), link["link_id"].isin(tied)
        dated = (link["opens"] != "") | (link["closes"] != "") | (link["opens_planned"] != "")
        link = link.assign(
            opens=np.where(is_used, np.where(dated, ALWAYS, ""), np.where(later, "", link["opens"])),  # a dated link stays one
            opens_planned=np.where(is_used, "", np.where(later, link["opens"].where(link["opens"] != "", "9999"), link["opens_planned"])),
            closes=np.where(is_used, "", np.where(later, "", link["closes"])),
        )
        gone = ~(is_used | later) & link["link_id"].isin(early | late)
        link = link.assign(closes=link["closes"].mask(gone, ALWAYS), opens=link["opens"].mask(gone, ""))
        shut = gap["gap_id"].isin(self.gaps)
        was = gap["gap_id"].isin(self.early.in_use("gap")["gap_id"])
        opens = gap["opens"].mask(shut, "").mask(was, ALWAYS)
        return net.replaced(tables={"link": link, "gap": gap.assign(opens=opens)})

    def _services(self, items: set[str]) -> Network:
        """Trips of the lines there were, as early or late; of the new lines asked for; constants and closures of one day."""
        source = self.late if RULES in items else self.early
        before, old, after = (one.running()["trips"] for one in (source, self.early, self.late))
        named = {route for routes in self.lines.values() for route in routes}
        opened = {route for one, routes in self.lines.items() if one in items for route in routes}
        kept = before[~before["route_id"].isin(named)]
        net = self.late
        trips = pd.concat([kept, old[old["route_id"].isin(named - opened)], after[after["route_id"].isin(opened)]])
        trips = trips.drop_duplicates("trip_id").assign(service_id=EVERY_DAY).sort_values("trip_id", ignore_index=True)
        calendar = net.table("calendar").iloc[[0]].assign(service_id=EVERY_DAY, start_date="19000101", end_date="99991231")
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"):
            calendar[day] = True
        tables = {"trips": trips, "calendar": calendar.reset_index(drop=True)}
        for name in ("stop_times", "frequencies"):
            frame = net.table(name)
            tables[name] = frame[frame["trip_id"].isin(trips["trip_id"])].reset_index(drop=True)
        for name, key in (("routes", "route_id"), ("stops", "stop_id")):
            frame = net.table(name)
            used = frame[key].isin([*source.in_use(name)[key], *self.late.in_use(name)[key]])
            blank = {column: frame[column].mask(used, "") for column in ("opens", "opens_planned", "closes") if column in frame}
            tables[name] = frame.assign(**blank)
        closure, constant = net.table("closure"), source.constants.reset_index()
        spans = zip(closure["from_date"].tolist(), closure["to_date"].tolist(), strict=True)
        active = [last_day(start) <= source.day and (not end or source.day <= last_day(end)) for start, end in spans]
        tables["closure"] = closure[np.array(active, bool)].assign(from_date=ALWAYS, to_date="").reset_index(drop=True)
        columns = list(net.table("constant").columns)
        tables["constant"] = constant.assign(opens="", closes="")[columns].sort_values(["name", "opens"], ignore_index=True)
        return net.replaced(tables=tables)
