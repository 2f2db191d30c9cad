"""What changes of links that are there share: which rows they mean, and how a row splits by direction and by date.

A road is a row of the link table with the forms that come of it: split by direction, "l" is its way forward and "l~back" its
way back; split at a day, it goes on as "l~2027-01-01". An id means its row and all its forms. The road of an open gap that
names no links is made a row, and the gap's own link, as soon as a change means it: a gap's row has one speed, and no last day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model import validity
from commute.model.changes.added import ADDED, with_scenario_source
from commute.model.changes.change import Change, dated_rows, listed
from commute.model.changes.where import Mask, select
from commute.model.picking import among
from commute.model.views import links_of_gaps

if TYPE_CHECKING:
    from commute.model.network import Network

BACK = "back"
Fit = tuple[Mask, Callable[[pd.Series], str]]  # rows that fit, and what to say of a road none of whose rows does


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange(Change):
    """A change of links that are there; the roads of open gaps are among them, by the gap's id.

    Parameters
    ----------
    link : tuple of str, link ids
    where : Where, beside or instead of `link`; with both, links that satisfy both
    direction : {"both", "forward", "backward"}
        forward is from from_node_id to to_node_id. One way of a link for both directions makes two directed links of it.
    """

    noun: ClassVar[str] = "link"
    directions: ClassVar[tuple[str, ...]] = ("both", "forward", "backward")
    naming: ClassVar[tuple[str, ...]] = ("link",)
    link: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("link")
        if not self.ids() and self.where is None:
            raise BadValue(f"{self.kind} needs {' or '.join((*self.naming, 'where'))}")

    def ids(self) -> tuple[str, ...]:
        return self.link

    def named(self, net: Network) -> tuple[str, ...]:
        """Ids of links that it names, one way or another."""
        return self.link

    def chosen(self, net: Network) -> tuple[str, ...]:
        return tuple(self.found(net)[0]["link_id"])

    def way(self) -> str:
        """The direction, at the end of what it sets; empty where that is both."""
        return "" if self.direction == "both" else f" {self.direction}"

    def touches(self, net: Network) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        rows = self.found(net)[0]
        for one, directed in zip(rows["link_id"].tolist(), rows["directed"].tolist(), strict=True):
            ways = {"forward": (one,), "backward": (_back(one),)}.get(self.direction, (one, _back(one)))
            for way in (one,) if directed else ways:
                found |= {(f"{self.noun} {way}", what.removesuffix(self.way())) for what in self.sets()}
        return found

    def found(self, net: Network) -> tuple[pd.DataFrame, list[str]]:
        """The rows of links that it means, gaps' roads among them, and what is wrong with the asking; for reading only."""
        key = f"found {self!r}"
        if key not in net._cache:
            net._cache[key] = self._found(net)
        return net._cache[key]  # type: ignore[no-any-return]

    def _found(self, net: Network) -> tuple[pd.DataFrame, list[str]]:
        named = self.named(net)
        lone = self.where is None and set(net.table("link")["link_id"].tolist()).issuperset(named)
        whole = net if lone else _with_all_roads(net)
        frame = whole.table("link")
        faults = [] if lone else _shut_gaps(net, frame, named)
        mask, unknown = (np.zeros(len(frame), bool), faults) if faults else select(whole, "link", named, self.where)
        if unknown:
            return frame[mask], unknown
        mask, origin, back = _with_forms(frame, mask)
        for fits, why in self.fits(net, frame, back):
            left = mask & fits
            lost = sorted(set(origin[mask & ~fits]) - set(origin[left]))
            if lost and (self.where is None or not left.any()):  # a selector takes what fits, where anything does
                rows = frame.set_index("link_id", drop=False).loc[lost]
                return frame[left], [why(row) for _, row in rows.head(5).iterrows()]
            mask = left
        return frame[mask], _unpaired(frame, mask) if self.direction == "both" else []

    def fits(self, net: Network, frame: pd.DataFrame, back: Mask) -> list[Fit]:
        """What rows must satisfy besides being selected; `back`: those that are the way back of what is selected."""
        out: list[Fit] = [(in_period(frame, *self.period()), _unused)] if self.from_date or self.to_date else []
        if self.direction != "both":
            out.append((~frame["directed"].to_numpy(bool) | (back == (self.direction == "backward")), self._one_way))
        return out

    def _one_way(self, row: pd.Series) -> str:
        return f"link {row['link_id']} runs from {row['from_node_id']} to {row['to_node_id']} only: it has no direction {self.direction}"

    def faults(self, net: Network) -> list[str]:
        rows, found = self.found(net)
        return found or [*self.unexpected(rows, "link_id"), *self.refusals(rows)]

    def refusals(self, rows: pd.DataFrame) -> list[str]:
        """What keeps it from these rows."""
        return []

    def values(self, rows: pd.DataFrame) -> dict[str, pd.Series]:
        """New values by column of these rows, which may be others than it means, each by their index."""
        raise NotImplementedError

    def edit(self, net: Network) -> Network:
        net, ids = self.ready(net)
        frame = net.table("link")
        mask = pd.Series(among(frame["link_id"], ids), index=frame.index)
        return net.replaced(tables={"link": with_values(frame, mask, self.values(frame), self)})

    def ready(self, net: Network) -> tuple[Network, set[str]]:
        """The network in which all that it means is rows of their own, and the ids of these."""
        ids = set(self.chosen(net))
        net = with_gap_roads(net, ids)
        if self.direction == "both":
            return net, ids
        link = net.table("link")
        halved = set(link.loc[link["link_id"].isin(ids) & ~link["directed"], "link_id"])
        own = {_back(one) for one in halved} if self.direction == "backward" else halved
        return _in_two(net, halved), (ids - halved) | own


def with_gap_roads(net: Network, only: Collection[str] | None = None) -> Network:
    """The network in which the roads of open gaps (those among `only`) are dated links, which the gaps name.

    They are rows that a scenario adds, so that points join them at their ends alone, as they join a gap's road.
    """
    gap, link = net.table("gap"), net.table("link")
    meant = np.ones(len(gap), bool) if only is None else among(gap["gap_id"], only)
    open_ones = meant & (gap["opens"] != "") & (gap["link_ids"] == "") if meant.any() else meant
    if not open_ones.any():
        return net
    made = links_of_gaps(gap[open_ones], link).assign(**ADDED)
    if not len(made):
        return net
    ties = gap["link_ids"].mask(gap["gap_id"].isin(made["link_id"]), gap["gap_id"])
    both = pd.concat([link, made]).astype(link.dtypes.to_dict()).sort_values("link_id", ignore_index=True)
    return net.replaced(tables={"gap": gap.assign(link_ids=ties), "link": both, "source": with_scenario_source(net)})


def _with_all_roads(net: Network) -> Network:
    """The network with the roads of all open gaps, made once for all that ask of it."""
    if "all roads" not in net._cache:
        net._cache["all roads"] = with_gap_roads(net)
    return net._cache["all roads"]  # type: ignore[no-any-return]


def with_values(frame: pd.DataFrame, mask: pd.Series, values: dict[str, pd.Series], change: Change) -> pd.DataFrame:
    """The link table with values set on the days of the change; see `dated_rows`."""
    new = dated_rows(frame, mask, values, "link_id", change)
    if len(new) > len(frame):  # a road that was planned stays one that points join at its ends
        fresh = ~among(new["link_id"], frame["link_id"])
        planned = frame.set_index("link_id")["opens_planned"]
        new.loc[fresh, "opens_planned"] = new.loc[fresh, "link_id"].str.rsplit("~", n=1).str[0].map(planned)
    return new


def in_period(frame: pd.DataFrame, first: date, last: date) -> Mask:
    """Which rows are in use on any day from first to last; one with a target and no fact is on none."""
    start, end = validity.bounds(frame)
    return np.asarray((start <= last.toordinal()) & (end >= first.toordinal()), bool)


def renamed(ids: pd.Series, old: Iterable[str], new: Callable[[str], str]) -> pd.Series:
    """Cells of ids joined by ';' with each of `old` put otherwise; an empty text takes it out."""
    named = set(old)
    if not named:
        return ids
    put = [";".join(filter(None, (new(one) if one in named else one for one in text.split(";")))) for text in ids]
    return pd.Series(put, index=ids.index, dtype=ids.dtype)


def told(rows: pd.DataFrame, wrong: pd.Series, text: str, *values: pd.Series) -> list[str]:
    """One sentence of the rows where it is wrong: {0} is their links, {1} and on the values at the first of them."""
    at = rows.index[wrong.to_numpy(bool)]
    return [text.format(f"link {listed(rows.loc[at, 'link_id'])}", *(float(each[at[0]]) for each in values))] if len(at) else []


def _back(link: str) -> str:
    return f"{link}~{BACK}"


def in_use_when(row: pd.Series) -> str:
    """When a link is in use, as the end of a sentence."""
    if row["opens_planned"] and not row["opens"]:
        return f"link {row['link_id']} is not open, only planned ({row['opens_planned']})"
    since, until = (f" {word} {row[name]}" if row[name] else "" for word, name in (("from", "opens"), ("until", "closes")))
    return f"link {row['link_id']} is in use{since}{until}"


def _unused(row: pd.Series) -> str:
    return f"{in_use_when(row)}: on none of the days of the change"


def _shut_gaps(net: Network, link: pd.DataFrame, named: tuple[str, ...]) -> list[str]:
    """Of ids named that are gaps and no links: why there is no road of theirs."""
    links = set(link["link_id"].tolist())
    if links.issuperset(named):
        return []
    gap, said = net.table("gap").set_index("gap_id"), []
    for one in (each for each in named if each in gap.index and each not in links):
        tied = str(gap.at[one, "link_ids"])
        if tied:
            said.append(f"gap {one} is no link of its own but {listed(tied.split(';'))}: name the links")
        elif not gap.at[one, "opens"]:
            said.append(f"gap {one} is not open, so there is no road: open_gap opens it")
        else:
            said.append(f"gap {one} is open, but its length or its ends are not known, so there is no road")
    return [*said, *(str(UnknownId("link", one, link["link_id"])) for one in named if one not in links and one not in gap.index)]


def _with_forms(frame: pd.DataFrame, mask: Mask) -> tuple[Mask, Mask, Mask]:
    """The rows selected and their forms; of each row what was selected (its id), and whether it is the way back of that."""
    origin = np.array(frame["link_id"].tolist(), object)
    chosen = set(origin[mask])
    mask, back = mask.copy(), np.zeros(len(frame), bool)
    for at in [at for at, one in enumerate(origin) if "~" in one]:
        parts = origin[at].split("~")
        depth = next((k for k in range(1, len(parts) + 1) if "~".join(parts[:k]) in chosen), 0)
        if depth:
            mask[at], origin[at], back[at] = True, "~".join(parts[:depth]), BACK in parts[depth:]
    return mask, origin, back


def _unpaired(frame: pd.DataFrame, mask: Mask) -> list[str]:
    """Directed links that are meant where those back, on days in common, are not."""
    one_way = frame["directed"].to_numpy(bool)
    if not (mask & one_way).any():
        return []
    ids, start, end = frame["link_id"].to_numpy(object), *validity.bounds(frame)
    ends = list(zip(frame["from_node_id"], frame["to_node_id"], strict=True))
    by_ends: dict[tuple[str, str], list[int]] = {}
    for at in np.flatnonzero(one_way):
        by_ends.setdefault(ends[at], []).append(int(at))
    found = []
    for at in np.flatnonzero(mask & one_way):
        twins = [k for k in by_ends.get(ends[at][::-1], ()) if start[k] <= end[at] and start[at] <= end[k]]
        if twins and not mask[twins].any():
            found.append(f"link {ids[at]} runs one way and {listed(ids[twins])} back: name both, or say direction: forward")
    return [*found[:5], f"and {len(found) - 5} more like this"] if len(found) > 5 else found


def _in_two(net: Network, ids: set[str]) -> Network:
    """The network with each of these links as two directed ones."""
    import shapely

    if not ids:
        return net
    link, gap = net.table("link"), net.table("gap")
    mine = link["link_id"].isin(ids)
    back = link[mine].assign(
        link_id=[_back(one) for one in link.loc[mine, "link_id"]],
        from_node_id=link.loc[mine, "to_node_id"],
        to_node_id=link.loc[mine, "from_node_id"],
        geometry=[shapely.to_wkt(shapely.reverse(shapely.from_wkt(text)), 7) if text else "" for text in link.loc[mine, "geometry"]],
    )
    both = pd.concat([link, back]).astype(link.dtypes.to_dict())
    both["directed"] |= both["link_id"].isin({*ids, *back["link_id"]})
    ties = {name: renamed(gap[name], ids, lambda one: f"{one};{_back(one)}") for name in ("link_ids", "replaces_link_ids")}
    return net.replaced(tables={"link": both.sort_values("link_id", ignore_index=True), "gap": gap.assign(**ties)})
