"""Changes of roads that are there: remove a link or some of its uses, widen a bottleneck."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.errors import BadValue, CommuteWarning, UnknownId
from commute.model import validity
from commute.model.changes.added import ADDED
from commute.model.changes.change import listed
from commute.model.changes.link_rows import Fit, LinkChange, in_period, in_use_when, renamed, told, with_values
from commute.model.changes.links import LANES, MOST_CAPACITY, USES, within
from commute.model.changes.where import Mask

if TYPE_CHECKING:
    from commute.model.network import Network

LEAST, MOST = 0.01, 100.0  # of what a capacity becomes


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveLink(LinkChange):
    """Take roads away, or some of their uses.

    A link closes on the day before `from_date`; without one on the day before the network's own, and on a network of all
    dates before all of them. With `to_date` it is back the day after. The road of an open gap can be removed by the gap's id:
    where nothing of it is left, the gap is not open any more.

    Parameters
    ----------
    link : tuple of str, link ids; or `where`, which takes links that are open
    modes : tuple of str, of auto, bike, walk: the uses that end; none is all
    direction : {"both", "forward", "backward"}

    Warns
    -----
    CommuteWarning
        Zones whose nearest road was joined to the rest by car and is not any more; they are named.

    Notes
    -----
    Traffic that used the road is not assigned anew: peak speeds elsewhere stay as they are, so that what a closure costs in
    the peak is a lower bound.
    """

    kind: ClassVar[str] = "remove_link"
    modes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        LinkChange.__post_init__(self)
        self.take("modes")
        for one in self.modes:
            if one not in USES:
                raise BadValue(f"remove_link: mode {one!r} is none of {', '.join(USES)}")

    def sets(self) -> tuple[str, ...]:
        return tuple(f"use by {one}{self.way()}" for one in self.modes or USES)

    def fits(self, net: Network, frame: pd.DataFrame, back: Mask) -> list[Fit]:
        used, has = in_period(frame, *self._days(net)), (self._left(frame) != frame["allowed_uses"]).to_numpy(bool)
        here = LinkChange.fits(replace(self, from_date="", to_date=""), net, frame, back)
        return [(used, _not_open), *here, (has, lambda row: f"link {row['link_id']} is not for {', '.join(self.modes)}")]

    def _days(self, net: Network) -> tuple[date, date]:
        first, last = self.period()
        return (net.date or first) if not self.from_date else first, last

    def _left(self, frame: pd.DataFrame) -> pd.Series:
        """The uses that stay, as text; empty where none does."""
        ends = set(self.modes or USES)
        uses = {text: [one.strip() for one in text.split(",")] for text in set(frame["allowed_uses"])}
        left = {text: text if ends.isdisjoint(each) else ",".join(one for one in each if one not in ends) for text, each in uses.items()}
        return frame["allowed_uses"].map(left).astype(frame["allowed_uses"].dtype)

    def edit(self, net: Network) -> Network:
        before, (first, last) = net, self._days(net)
        net, ids = self.ready(net)
        frame = net.table("link")
        left = self._left(frame)
        some = frame["link_id"].isin(ids) & (left != "")
        begun = replace(self, from_date=first.isoformat()) if first > date.min else self
        gone = set(frame.loc[frame["link_id"].isin(ids) & (left == ""), "link_id"])
        if some.any():
            net = net.replaced(tables={"link": with_values(frame, some, {"allowed_uses": left}, begun)})
        net = _closed(net, gone, first, last)
        if "auto" in (self.modes or USES):
            day = max(before.day, first)
            lost = cut_off(before.replaced(day=day), net.replaced(day=day))
            if lost:
                said = self.told() if self.place else f"{self.called()} {listed(self.ids())}".strip()
                warnings.warn(f"{said}: no longer joined to the rest by car: {listed(lost, 10)}", CommuteWarning, stacklevel=8)
        return net


def _not_open(row: pd.Series) -> str:
    return f"{in_use_when(row)}: there is nothing to remove"


def _closed(net: Network, ids: set[str], first: date, last: date) -> Network:
    """The network in which these links are not in use from first to last.

    A link of which no day is left is closed before all dates where it stood from the first day, since it still says how far
    points look for roads, or where a gap names it; else the row goes. A gap whose own road it was is not open any more.
    """
    link, gap = net.table("link"), net.table("gap")
    start, end = validity.bounds(link)
    mine = link["link_id"].isin(ids).to_numpy()
    early = mine & (start < first.toordinal()) & (first > date.min)
    late = mine & (end > last.toordinal()) & (last < date.max)
    again = validity.day_after(last).isoformat() if late.any() else ""
    new = link.copy()
    if early.any():
        new.loc[early, "closes"] = validity.day_before(first).isoformat()
    new.loc[late & ~early, "opens"] = again
    back = link[early & late].assign(opens=again)
    back["link_id"] += f"~{again}"
    gone = set(link.loc[mine & ~early & ~late, "link_id"])
    named = [set(text.split(";")) for text in gap["link_ids"]]
    own = pd.Series([one in links and links <= gone for one, links in zip(gap["gap_id"], named, strict=True)], gap.index, dtype=bool)
    gap = gap.assign(opens=gap["opens"].mask(own, ""), link_ids=gap["link_ids"].mask(own, ""), state=gap["state"].mask(own, "unknown"))
    gap = gap.assign(replaces_link_ids=renamed(gap["replaces_link_ids"], gone & set(gap["gap_id"][own]), lambda _: ""))
    held = gone & {one for name in ("link_ids", "replaces_link_ids") for text in gap[name] for one in text.split(";")}
    stood = (link["opens"] == "") & (link["opens_planned"] == "") & (link["source_id"] != ADDED["source_id"])
    held |= (gone & set(link.loc[stood, "link_id"])) - set(gap["gap_id"])
    shut = new["link_id"].isin(held)
    new.loc[shut, ["opens", "opens_planned", "closes"]] = ["", "", validity.BEFORE_ALL]
    both = pd.concat([new[~new["link_id"].isin(gone - held)], back]).astype(link.dtypes.to_dict())
    return net.replaced(tables={"gap": gap, "link": both.sort_values("link_id", ignore_index=True)})


def cut_off(before: Network, after: Network) -> list[str]:
    """Zones whose nearest road node one could drive from and to before, and cannot after: each id with its name.

    The rest is the strongly connected part of the roads for cars that holds the most people.
    """
    from scipy.spatial import cKDTree

    from commute.model.checks.positions import xyz_m

    node, zone = before.table("node"), before.table("zone")
    was, served = _parts(before)
    now, _ = _parts(after)
    if not len(zone) or not served.any():
        return []
    tree = cKDTree(xyz_m(node["lon"].to_numpy()[served], node["lat"].to_numpy()[served]))
    at = np.flatnonzero(served)[tree.query(xyz_m(zone["lon"].to_numpy(), zone["lat"].to_numpy()))[1]]
    people = zone["population"].to_numpy(np.float64)

    def inside(part: npt.NDArray[np.int32]) -> Mask:
        return np.asarray(part[at] == np.argmax(np.bincount(part[at], weights=people)), bool)

    lost = zone[inside(was) & ~inside(now)]
    return [f"{one} ({name})" if name else str(one) for one, name in zip(lost["zone_id"], lost["name_zh"], strict=True)]


def _parts(net: Network) -> tuple[npt.NDArray[np.int32], Mask]:
    """The strongly connected part of each row of the node table, of roads for cars in use, and whether such a road is at it."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    nodes = pd.Index(net.table("node")["node_id"])
    links = net.in_use("link")
    links = links[links["allowed_uses"].str.contains("auto")]
    a, b = (nodes.get_indexer(links[side]) for side in ("from_node_id", "to_node_id"))
    both = ~links["directed"].to_numpy(bool)
    start, end = np.concatenate([a, b[both]]), np.concatenate([b, a[both]])
    graph = coo_matrix((np.ones(len(start), np.int8), (start, end)), shape=(len(nodes), len(nodes)))
    served = np.zeros(len(nodes), bool)
    served[start] = served[end] = True
    return connected_components(graph, connection="strong")[1], served


@dataclass(frozen=True, slots=True, kw_only=True)
class Widen(LinkChange):
    """Give roads more lanes, or more capacity a lane (瓶颈拓宽): the peak slows them less.

    Parameters
    ----------
    link : tuple of str, link ids; or `where`; or
    gap : tuple of str, gaps (bottlenecks): the links that they name, as far as in use on the network's day
    lanes : float, each way, 1 to 12; or
    lanes_change : float, lanes more (less, if below 0) each way; or
    capacity : float, passenger cars an hour and lane, as in GMNS; only where the link's present one is known
    allow_narrowing : bool, without it fewer or as many as before is refused
    direction : {"both", "forward", "backward"}

    Notes
    -----
    With r = capacity after / before, and the traffic as it was, the volume-delay function of the Bureau of Public Roads
    (1964, Traffic Assignment Manual), t = t0 (1 + 0.15 (v/c)^4), says that the peak's excess over free flow falls to 1/r^4:
    a peak factor f on speed becomes 1 / (1 + (1/f - 1) / r^4), and what the peak adds to the delay at a place is divided by
    r^4. A published peak speed is treated in the same way. From 2 to 3 lanes that leaves 20%, from 3 to 4 32%. Free flow
    stays as it is (`SetSpeed` gives a new design speed). r is kept as the link's `capacity_ratio` and so holds at every level
    of the constants. New lanes are assumed to carry as much as old ones. Neither diverted nor induced traffic is there: traffic
    is not assigned anew, so that the gain of the road itself is an upper bound.
    """

    kind: ClassVar[str] = "widen"
    naming: ClassVar[tuple[str, ...]] = ("link", "gap")
    gap: tuple[str, ...] = ()
    lanes: float | None = None
    lanes_change: float | None = None
    capacity: float | None = None
    allow_narrowing: bool = False

    def __post_init__(self) -> None:
        self.take("gap")
        LinkChange.__post_init__(self)
        given = [name for name in ("lanes", "lanes_change", "capacity") if getattr(self, name) is not None]
        if len(given) != 1:
            said = f"{' and '.join(given)} are given" if given else "none is given"
            raise BadValue(f"widen needs one of lanes, lanes_change and capacity: {said}")
        within("widen", "lanes", self.lanes, 1.0, LANES[1])
        if self.lanes_change is not None and not 0 < abs(self.lanes_change) < LANES[1]:
            raise BadValue(f"widen: lanes_change is {self.lanes_change}, must be a number of lanes other than 0")
        within("widen", "capacity", self.capacity, 1.0, MOST_CAPACITY)

    def ids(self) -> tuple[str, ...]:
        return (*self.link, *self.gap)

    def sets(self) -> tuple[str, ...]:
        return () if self.lanes_change is not None else (f"{self._column()}{self.way()}",)

    def named(self, net: Network) -> tuple[str, ...]:
        return (*self.link, *(one for gap in self.gap for one in _links_of(net, gap)))

    def found(self, net: Network) -> tuple[pd.DataFrame, list[str]]:
        known = net.table("gap")["gap_id"]
        faults = [str(UnknownId("gap", one, known)) for one in self.gap if one not in set(known)]
        lone = [one for one in self.gap if not faults and not _links_of(net, one)]
        faults += [f"gap {one} names no link that is in use on {net.day}: name the links" for one in lone]
        return (net.table("link")[:0], faults) if faults else LinkChange.found(self, net)

    def _column(self) -> str:
        return "capacity" if self.capacity is not None else "lanes"

    def _new(self, rows: pd.DataFrame) -> pd.Series:
        if self.lanes_change is not None:
            return rows["lanes"] + self.lanes_change
        return pd.Series(self.lanes if self.lanes is not None else self.capacity, index=rows.index, dtype="float64")

    def refusals(self, rows: pd.DataFrame) -> list[str]:
        what, new, ratio = self._column(), self._new(rows), self._ratio(rows)
        old = rows[what]
        said = f"the present {what} of {{0}} is not known, so that it cannot be said what the change gains"
        few = f"{what} {{1:g}} is not more than the {{2:g}} of {{0}}: say allow_narrowing: true if that is meant"
        lanes = what == "lanes"
        return (
            told(rows, old.isna(), said)
            or told(rows, (new < 1) & lanes, "{0} would have {1:g} lanes, must have 1 at least", new)
            or told(rows, (new > LANES[1]) & lanes, "{0} would have {1:g} lanes, must have 12 at most", new)
            or told(rows, (new <= old) & (not self.allow_narrowing), few, new, old)
            or told(rows, (ratio < LEAST) | (ratio > MOST), "{0} would have {1:g} times its capacity, must be 0.01 to 100", ratio)
        )

    def _ratio(self, rows: pd.DataFrame) -> pd.Series:
        return rows["capacity_ratio"].fillna(1.0) * self._new(rows) / rows[self._column()]

    def values(self, rows: pd.DataFrame) -> dict[str, pd.Series]:
        return {self._column(): self._new(rows), "capacity_ratio": self._ratio(rows)}


def _links_of(net: Network, gap: str) -> tuple[str, ...]:
    """The links that a gap names, in its old form or its new, or its own road, that are in use on the day."""
    row = net.table("gap").set_index("gap_id").loc[gap]
    here = {*str(row["link_ids"]).split(";"), *str(row["replaces_link_ids"]).split(";"), gap}
    used = net.in_use("link")["link_id"]
    return tuple(used[used.isin(here)])
