"""Typed edits of a network, and how several are applied: sorted, each checked, all faults gathered, then all or nothing.

change    Change: what all kinds share (selector, expectation, dates, cost, source); where: selectors
links     OpenGap, AddLink
services  SetHeadway
stations  SetEntry
rows      EditRows; diff, invert
resolve   order, conflicts, what a query sees
To add a kind: a frozen dataclass on Change with `ids`, `chosen`, `sets`, `faults` and `edit`, a place in ORDER, a line in its test
of faults. Files then know it: io.scenarios reads ORDER.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commute.model.changes.change import Change
from commute.model.changes.links import AddLink, OpenGap
from commute.model.changes.resolve import Applicable
from commute.model.changes.resolve import apply_all as _apply_all
from commute.model.changes.rows import Cell, EditRows, diff, diff_table, invert
from commute.model.changes.services import SetHeadway, Window
from commute.model.changes.stations import SetEntry
from commute.model.changes.where import Where

if TYPE_CHECKING:
    from commute.model.network import Network

__all__ = [
    "ORDER", "AddLink", "Applicable", "Cell", "Change", "EditRows", "OpenGap", "SetEntry", "SetHeadway", "Where", "Window",
    "apply_all", "diff", "diff_table", "invert",
]  # fmt: skip

ORDER: tuple[type[Change], ...] = (EditRows, AddLink, OpenGap, SetHeadway, SetEntry)  # kinds as applied, whatever their order in a file


def apply_all(net: Network, what: Iterable[Applicable | Iterable[Applicable]]) -> Network:
    """The network after everything in `what`; see `Network.apply`."""
    return _apply_all(net, what, ORDER)
