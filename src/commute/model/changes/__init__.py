"""Typed edits of a network, and how several are applied: sorted, each checked, all faults gathered, then all or nothing.

change    Change: what all kinds share (selector, expectation, dates, cost, source); where: selectors
gaps      OpenGap; links: AddLink
roads     RemoveLink, Widen; speeds: SetSpeed, Congestion; link_rows: which rows these mean, and how rows split
services  SetHeadway; timetables: SetTimetable, RemoveService; runs: ScaleRunTime, SetDwell; sync: SyncTimetables
trips     which trips these mean, their forms by date and day, and back into tables; trains: one by one, for sync
lines     AddLine, ExtendLine; stops: SetStops, AddStation; stretch: NewStop, and the hops that changes add
courses   where trips call, and how changes give them another course; limits: what trains can do
stations  SetEntry; access: SetTransfer, AddParkRide; fares: SetFare; landuse: LandUse
rows      EditRows, held to model.checks; difference: diff, invert
added     rows that a scenario adds, typed and sorted as their table is, with their source
resolve   order, faults and conflicts; seen: whether a query sees a change
To add a kind: a frozen dataclass on Change with `ids`, `chosen`, `sets`, `faults` and `edit`, a place in ORDER, a line in its test
of faults. Files then know it: io.scenarios reads ORDER.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commute.model.changes.access import AddParkRide, SetTransfer
from commute.model.changes.change import Change
from commute.model.changes.difference import diff, diff_table, invert
from commute.model.changes.fares import FareBand, FarePair, SetFare
from commute.model.changes.gaps import OpenGap
from commute.model.changes.landuse import LandUse
from commute.model.changes.lines import AddLine, ExtendLine
from commute.model.changes.links import AddLink
from commute.model.changes.resolve import Applicable
from commute.model.changes.resolve import apply_all as _apply_all
from commute.model.changes.roads import RemoveLink, Widen
from commute.model.changes.rows import Cell, EditRows
from commute.model.changes.runs import ScaleRunTime, SetDwell
from commute.model.changes.services import SetHeadway, Window
from commute.model.changes.speeds import Congestion, SetSpeed
from commute.model.changes.stations import SetEntry
from commute.model.changes.stops import AddStation, SetStops
from commute.model.changes.stretch import NewStop
from commute.model.changes.sync import SyncTimetables
from commute.model.changes.timetables import RemoveService, SetTimetable, Span
from commute.model.changes.where import Where

if TYPE_CHECKING:
    from commute.model.network import Network

__all__ = [
    "ORDER", "AddLine", "AddLink", "AddParkRide", "AddStation", "Applicable", "Cell", "Change", "Congestion", "EditRows",
    "ExtendLine", "FareBand", "FarePair", "LandUse", "NewStop", "OpenGap", "RemoveLink", "RemoveService", "ScaleRunTime",
    "SetDwell", "SetEntry", "SetFare", "SetHeadway", "SetSpeed", "SetStops", "SetTimetable", "SetTransfer", "Span",
    "SyncTimetables", "Where", "Widen", "Window", "apply_all", "diff", "diff_table", "invert",
]  # fmt: skip

ORDER: tuple[type[Change], ...] = (  # kinds as applied, whatever their order in a file
    EditRows, RemoveLink, Widen, AddLink, OpenGap, SetSpeed, Congestion, ScaleRunTime, SetDwell, SetStops, AddStation, ExtendLine,
    RemoveService, SetHeadway, SetTimetable, AddLine, SyncTimetables, SetTransfer, SetEntry,
    AddParkRide, SetFare, LandUse,
)  # fmt: skip


def apply_all(net: Network, what: Iterable[Applicable | Iterable[Applicable]]) -> Network:
    """The network after everything in `what`; see `Network.apply`."""
    return _apply_all(net, what, ORDER)
