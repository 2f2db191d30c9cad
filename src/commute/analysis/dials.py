"""What a lever can be set to: numbers from the most that it gives to the present, and the network at each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute.analysis.levers import BETWEEN, PEAK_WHENS, PEAKS
from commute.analysis.measure.reach import names
from commute.model.changes import Change, ScaleRunTime, SetEntry, SetHeadway, SetStops, Window
from commute.model.changes.limits import DETOUR, limit_kmh, stopping_s
from commute.model.changes.link_rows import with_gap_roads
from commute.model.changes.stations import entry_minutes
from commute.model.checks.positions import straight_m
from commute.model.headways import mean_headway_min, shared_offsets
from commute.model.speeds import FASTEST, link_minutes

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.target import Target

SHORTEST_MIN = 0.5  # headway
SHARED = 3  # stations that lines of one trunk have in common, at least
LONGEST_MIN = 720.0  # what a line without a train in the windows is taken to have now
SAME = 1e-9
Moves = Callable[[float], tuple[Change, ...]]
Words = tuple[str, str]  # Chinese, English
NOTHING: Words = ("没有可动的对象：这些行程不用它", "there is nothing that it moves: these journeys do not use it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Settings of a lever: setting 0 gives the most, setting `count` would be the present.

    Attributes
    ----------
    start, step : float, the value of setting k is start + k × step
    count : int, settings short of the present
    now : float, the present value
    moves : the changes that a value means; None for all roads at once
    said : what is moved, Chinese and English
    lines : tuple of str, the lines moved
    monotone : bool, whether less of the lever never makes a journey quicker
    sampled : bool, whether this holds only but for the sampling of departures
    """

    start: float
    step: float
    count: int
    now: float
    said: Words
    moves: Moves | None = None
    lines: tuple[str, ...] = ()
    monotone: bool = True
    sampled: bool = False

    def value(self, k: int) -> float:
        """The value of a setting; that of `count` is the present."""
        return self.now if k >= self.count else round(self.start + k * self.step, 9)

    def changes(self, k: int) -> tuple[Change, ...]:
        """What a setting changes; nothing at the present."""
        return self.moves(self.value(k)) if self.moves and k < self.count else ()

    def network(self, net: Network, k: int, also: tuple[Change, ...] = ()) -> Network:
        """The network at a setting, with other changes applied along with it."""
        changes = (*also, *self.changes(k))
        net = net.apply(*changes) if changes else net
        return roads_at(net, self.value(k)) if self.moves is None and k < self.count else net


def settings(start: float, step: float, now: float) -> int:
    """How many of start, start + step, … come before the present value."""
    return max(0, math.ceil((now - start) / step - 1e-6))


def headway(net: Network, target: Target, groups: Sequence[tuple[str, ...]], step: float) -> Dial:
    """The longest headway of any of these services in the windows of the target; those more frequent stay as they are."""
    hours = PEAKS if target.when in PEAK_WHENS else (*PEAKS, BETWEEN)
    days = "weekday" if net.day.weekday() < 5 else "weekend"

    def change(lines: tuple[str, ...], value: float) -> SetHeadway:
        return SetHeadway(line=lines, windows=tuple(Window(start=a, end=b, headway_min=value, days=days) for a, b in hours))

    faults = {one: change(one, SHORTEST_MIN).faults(net) for one in groups}
    able = [one for one in groups if not faults[one]]
    present = {one: min(_headway_now(net, one, change(one, SHORTEST_MIN).windows), LONGEST_MIN) for one in able}
    now = max(present.values(), default=math.nan)

    def moves(value: float) -> tuple[Change, ...]:
        return tuple(change(one, value) for one in able if present[one] > value + SAME)

    zh, en = ([f"{_lines(net, one)[k]} {present[one]:.3g}" for one in able] for k in (0, 1))
    said = (f"现在的间隔（分钟）：{'、'.join(zh)}", f"headways now, minutes: {'; '.join(en)}") if able else NOTHING
    said = _but(said, [each[0] for each in faults.values() if each])
    return Dial(
        start=SHORTEST_MIN, step=step, count=settings(SHORTEST_MIN, step, now) if able else 0, now=now, moves=moves, said=said,
        lines=tuple(line for one in able for line in one), sampled=True,
    )  # fmt: skip


def _headway_now(net: Network, lines: tuple[str, ...], windows: Sequence[Window]) -> float:
    """Mean minutes between trains of these lines together in the windows, of the rarer direction."""
    running = net.running()
    trips, times = running["trips"], running["stop_times"]
    mine = trips[trips["route_id"].isin(lines)]
    spans = [(one.start_s, one.end_s) for one in windows]
    each = [
        mean_headway_min(rows, times, running["frequencies"], spans, shared_offsets(set(rows["trip_id"]), times))
        for _, rows in mine.groupby("direction_id")
    ]
    return max(each)


def entry(net: Network, stops: Sequence[str], classes: Sequence[str], step: float) -> Dial:
    """The most minutes from street to platform, gate included, at stations of these classes; shorter ones stay as they are.

    The gate's closing time goes first, then entry itself.
    """
    present: dict[SetEntry, float] = {}
    for kind in dict.fromkeys(classes):
        if net.has_constant(f"entry_{kind}_min"):
            present[SetEntry(station_class=kind, entry_min=entry_minutes(net, kind))] = _gate(net, kind)
    known = net.table("stops").set_index("stop_id")["station_class"]
    for stop in stops:  # its own minutes stand above those of its class
        if net.has_constant(f"entry_{stop}_min") or net.has_constant(f"gate_{stop}_min"):
            kind = str(known[stop])
            present[SetEntry(stop=(stop,), entry_min=entry_minutes(net, kind, stop))] = _gate(net, kind, stop)
    whole = {one: (one.entry_min or 0.0) + gate for one, gate in present.items()}
    now = max(whole.values(), default=math.nan)

    def moves(value: float) -> tuple[Change, ...]:
        return tuple(
            replace(one, entry_min=min(value, one.entry_min or 0.0), gate_min=max(0.0, value - (one.entry_min or 0.0)))
            for one, was in whole.items()
            if was > value + SAME
        )

    told = ", ".join(f"{one.station_class or one.stop[0]} {one.entry_min:.3g} + {gate:.3g}" for one, gate in present.items())
    said = (f"现在的进站与检票停止分钟：{told}", f"entry and gate now, minutes: {told}") if present else NOTHING
    return Dial(start=0.0, step=step, count=settings(0.0, step, now) if present else 0, now=now, moves=moves, said=said)


def _gate(net: Network, kind: str, stop: str = "") -> float:
    """Minutes before departure at which the gate closes; 0 where none is known."""
    known = any(net.has_constant(f"gate_{one}_min") for one in (kind, stop))
    return entry_minutes(net, kind, stop, "gate") if known else 0.0


def line_speed(net: Network, lines: Sequence[str], step: float) -> Dial:
    """The largest factor on the run times of these lines; none goes beyond the limit of its class on any hop."""
    table = hops(net, lines)
    floors: dict[str, float] = {}
    for line, rows in table.groupby("route_id"):
        whole_s = np.ceil(rows["metres"] * 1.002 * 3.6 / rows["limit_kmh"])  # runs are whole seconds; lengths differ by 0.2 % at most
        least = whole_s / rows["run_s"].clip(lower=1)
        floors[str(line)] = min(1.0, math.ceil(float(least.max()) * 1000) / 1000)
    faults = {one: ScaleRunTime(line=(one,), factor=least).faults(net) for one, least in floors.items() if least < 1}
    able = [one for one in faults if not faults[one]]
    start = math.ceil(min((floors[one] for one in able), default=1.0) / step - 1e-6) * step

    def moves(value: float) -> tuple[Change, ...]:
        return tuple(ScaleRunTime(line=(one,), factor=max(value, floors[one])) for one in able)

    zh, en = ([f"{_lines(net, (one,))[k]} {floors[one]:.3g}" for one in able] for k in (0, 1))
    least_zh = f"运行时间的系数；各线受其类别限速，最小为：{'、'.join(zh)}"
    least_en = f"factor on run times; by the limit of the class at least: {'; '.join(en)}"
    return Dial(
        start=start, step=step, count=settings(start, step, 1.0) if able else 0, now=1.0, moves=moves,
        said=_but((least_zh, least_en) if able else NOTHING, [each[0] for each in faults.values() if each]), lines=tuple(able),
        sampled=True,
    )  # fmt: skip


def stops(net: Network, lines: Sequence[str], between: frozenset[str] | None = None) -> Dial:
    """How many calls of these lines are skipped, those that save most first; with `between` only calls at these stops.

    Never an end of a train, nor an interchange, nor a call that `SetStops` refuses to leave out.
    """
    table, saved, refused = hops(net, lines), {}, list[str]()
    changes = _interchanges(net)
    for (line, stop), rows in table[table["stop_id"] != ""].groupby(["route_id", "stop_id"]):
        if stop in changes or (between is not None and stop not in between):
            continue
        legs = zip(rows["line_class"], rows["before_m"] / 1000, rows["metres"] / 1000, strict=True)
        slow = [stopping_s(net, kind, km) for kind, *km in legs]
        faults = SetStops(line=(str(line),), skip=(str(stop),)).faults(net)
        refused += faults[:1]
        if None not in slow and not faults:
            saved[str(line), str(stop)] = float(np.mean(rows["dwell_s"].to_numpy() + np.array(slow, np.float64)))
    order = sorted(saved, key=lambda one: (-saved[one], one))

    def moves(value: float) -> tuple[Change, ...]:
        first = order[: round(value)]
        return tuple(SetStops(line=(line,), skip=tuple(b for a, b in first if a == line)) for line in dict.fromkeys(a for a, _ in first))

    zh, en, _ = names(net, [stop for _, stop in order])
    listed = ([f"{name} {saved[one] / 60:.1f}" for name, one in zip(each, order, strict=True)] for each in (zh, en))
    told = ["、".join(next(listed)), "; ".join(next(listed))]
    said = (f"依次略过（各省分钟）：{told[0]}", f"skipped in this order (minutes saved at each): {told[1]}") if order else NOTHING
    said = _but(said, refused)
    used = tuple(dict.fromkeys(line for line, _ in order))
    return Dial(
        start=float(len(order)), step=-1.0, count=len(order), now=0.0, moves=moves, said=said, lines=used, monotone=between is not None
    )


def road_speed(net: Network, step: float) -> Dial:
    """The lowest factor on the free-flow speed of all roads, each up to 150 km/h."""
    slowest = float(net.in_use("link")["free_speed_kmh"].min())
    start = math.ceil(FASTEST / slowest / step - 1e-6) * step if slowest < FASTEST else 1.0
    said = (
        f"全部道路的自由流与高峰车速同乘此系数，至多 {FASTEST:g} 公里/时；不重新分配车流",
        f"free-flow and peak speeds of all roads by one factor, up to {FASTEST:g} km/h; traffic is not assigned anew",
    )
    return Dial(start=start, step=-step, count=settings(start, -step, 1.0), now=1.0, said=said)


def roads_at(net: Network, factor: float) -> Network:
    """The network with the speed of every road by a factor, as `SetSpeed` does, and none raised above 150 km/h."""
    whole = with_gap_roads(net)
    link = whole.table("link").copy()
    free = link["free_speed_kmh"]
    new = (free * factor).clip(upper=np.maximum(free, FASTEST))
    return whole.replaced(tables={"link": link.assign(free_speed_kmh=new, peak_speed_kmh=link["peak_speed_kmh"] * (new / free))})


def rail_kmh(net: Network, lines: Sequence[str]) -> float:
    """Mean speed of trains between their stops, standing left out, on straight lines times the detour of the class."""
    table = hops(net, lines)
    km = (table["metres"] / 1000 * table["line_class"].map(DETOUR)).sum()
    return float(km / table["run_s"].sum() * 3600) if len(table) else math.nan


def road_kmh(net: Network, peak: bool) -> float:
    """Mean speed along all roads of the day, by length."""
    link = net.in_use("link")
    return float(link["length_km"].sum() / link_minutes(net, link, peak=peak).sum() * 60)


def hops(net: Network, lines: Sequence[str]) -> pd.DataFrame:
    """A row a hop of the day's trains of these lines: route_id, line_class, limit_kmh, run_s, metres, and of the call at its start.

    stop_id ('' for the first call of a train), dwell_s and before_m (of the hop before it).
    """
    running = net.running()
    trips = running["trips"].loc[running["trips"]["route_id"].isin(lines), ["trip_id", "route_id"]]
    kinds = running["routes"][["route_id", "line_class"]]
    calls = running["stop_times"].merge(trips, on="trip_id").merge(kinds, on="route_id").sort_values(["trip_id", "stop_sequence"])
    place = net.table("stops").set_index("stop_id")[["lon", "lat"]].reindex(calls["stop_id"]).to_numpy(np.float64)
    same = (calls["trip_id"].to_numpy()[1:] == calls["trip_id"].to_numpy()[:-1]) if len(calls) else np.zeros(0, bool)
    here, there = calls.iloc[:-1][same], calls.iloc[1:][same]
    metres = straight_m(place[:-1, 0], place[:-1, 1], place[1:, 0], place[1:, 1])[same]
    frame = pd.DataFrame(
        {
            "trip_id": here["trip_id"].to_numpy(),
            "route_id": here["route_id"].to_numpy(),
            "line_class": here["line_class"].to_numpy(),
            "stop_id": here["stop_id"].to_numpy(),
            "run_s": there["arrival_s"].to_numpy() - here["departure_s"].to_numpy(),
            "dwell_s": here["departure_s"].to_numpy() - here["arrival_s"].to_numpy(),
            "metres": metres,
        }
    )
    frame["limit_kmh"] = [limit_kmh(one) for one in frame["line_class"]]
    frame["before_m"] = frame.groupby("trip_id")["metres"].shift()
    frame["stop_id"] = frame["stop_id"].where(frame["before_m"].notna(), "")
    return frame


def _interchanges(net: Network) -> set[str]:
    """Stops at whose station lines meet that have fewer than `SHARED` stations in common."""
    running = net.running()
    called = running["stop_times"].merge(running["trips"][["trip_id", "route_id"]], on="trip_id")[["stop_id", "route_id"]].drop_duplicates()
    parent = called["stop_id"].map(net.table("stops").set_index("stop_id")["parent_station"])
    called = called.assign(station=parent.where(parent != "", called["stop_id"]))
    stations = called.groupby("route_id")["station"].agg(frozenset)
    lines = called.groupby("station")["route_id"].agg(set)
    meet = {one for one, here in lines.items() if any(len(stations[a] & stations[b]) < SHARED for a, b in combinations(sorted(here), 2))}
    return set(called.loc[called["station"].isin(meet), "stop_id"])


def _but(said: Words, refused: Sequence[str]) -> Words:
    """With why some are left as they are."""
    why = "; ".join(dict.fromkeys(refused))
    return (f"{said[0]}；不动：{why}", f"{said[1]}; left as it is: {why}") if why else said


def _lines(net: Network, lines: Sequence[str]) -> Words:
    routes = net.table("routes").set_index("route_id")
    zh = "、".join(str(routes.at[one, "route_long_name"] or one) for one in lines)
    return zh, ", ".join(str(routes.at[one, "route_name_en"] or one) for one in lines)
