"""Whether a query sees a change, and why not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute.model import validity
from commute.model.changes.change import Change
from commute.model.tables import BY_NAME

if TYPE_CHECKING:
    from commute.model.network import Network

SEEN = ("node", "link", "zone", "job", "place", "stops", "routes", "constant", "park_ride", "gap")  # tables that queries read by day
TIMED = ("trips", "stop_times", "frequencies", "calendar", "closure", "transfers")
UNASKED = ("opens", "closes", "service_id")  # since when and how long: no query of the day asks that
DATES = ("opens", "closes", "opens_planned")
OF_GAP_ROADS = ("from_node_id", "to_node_id", "area")  # columns of links that roads of gaps are made from
OWN_DATES = ("node", "link", "zone", "job", "place", "constant", "park_ride")  # tables of which rows in use are known by the row alone


def visible(before: Network, after: Network) -> bool:
    """Whether anything that a query reads on the day differs between two networks, other than the register of gaps."""
    if before.day != after.day or before.level != after.level:
        return True
    if before.date is None:  # a query of any date may see it
        return any(_unlike(before.table(name), after.table(name)) for name in (*SEEN, *TIMED))
    new = [name for name in SEEN if before.table(name) is not after.table(name)]
    told = {name: _rows_differ(before, after, name) for name in new if name in OWN_DATES}
    if any(told.values()):
        return True
    for name in new:
        if told.get(name) is False and not (name == "link" and "gap" in new):
            continue
        if before.digest(name) == after.digest(name):
            continue
        if name == "gap":  # its open ones are among the links
            if not before.in_use("link").equals(after.in_use("link")):
                return True
            continue
        if _differ(before.in_use(name), after.in_use(name)):
            return True
    if any(before.table(name) is not after.table(name) for name in TIMED):
        old, now = before.running(), after.running()
        names = ("trips", "stop_times", "frequencies", "transfers", "stops", "routes")
        return any(_differ(old[name], now[name]) for name in names)
    return False


def why_idle(change: Change, net: Network) -> str:
    """Why no query on the network's day sees a change, in brackets; '' where nothing says so."""
    first, last = change.period()
    if first > net.day:
        return f" (begins on {first})"
    why = f"ended on {last}" if last != date.max and last < net.day else change.idle(net)
    return f" ({why})" if why else ""


def _rows_differ(before: Network, after: Network, name: str) -> bool | None:
    """Whether rows in use differ, as the rows alone tell: so most changes are seen, and nothing is hashed. None: they do not tell."""
    old, new = before.table(name), after.table(name)
    if len(old) != len(new) or list(old) != list(new) or any(not old[key].equals(new[key]) for key in BY_NAME[name].key):
        return None
    changed = [column for column in old if not old[column].equals(new[column])]
    dates = [column for column in DATES if column in old]
    for column in (one for one in changed if one not in UNASKED):
        rows = (old[column] != new[column]).to_numpy(bool) & (old[column].notna() | new[column].notna()).to_numpy(bool)
        both = (validity.within(validity.bounds(frame[dates][rows]), after.day) for frame in (old, new))
        if np.logical_and(*both).any():
            return True
    further = OF_GAP_ROADS if name == "link" else ()
    return None if {*dates, *further}.intersection(changed) else False


def _unlike(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether two tables differ in content."""
    if old is new:
        return False
    return len(old) != len(new) or list(old) != list(new) or any(not old[name].equals(new[name]) for name in old)


def _differ(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether rows in use differ in what a query of the day asks."""
    if len(old) != len(new) or list(old) != list(new):
        return True
    return any(not old[name].equals(new[name]) for name in old if name not in UNASKED)
