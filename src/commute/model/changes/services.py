"""Changes of services: set a headway."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.change import Change
from commute.model.headways import shared_offsets
from commute.model.validity import WEEKDAYS

if TYPE_CHECKING:
    from commute.model.network import Network

CLOCK = re.compile(r"^\d{1,2}:[0-5]\d$")
DAYS = {"all": WEEKDAYS, "weekday": WEEKDAYS[:5], "weekend": WEEKDAYS[5:]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A headway from `start` to `end` (HH:MM) on some days (all, weekday, weekend)."""

    start: str
    end: str
    headway_min: float
    days: str = "all"

    def __post_init__(self) -> None:
        for text in (self.start, self.end):
            if not CLOCK.match(str(text)):
                raise BadValue(f"window: {text!r} is not HH:MM")
        if not 0.5 <= self.headway_min <= 720:
            raise BadValue(f"window: headway_min is {self.headway_min}, must be from 0.5 to 720 minutes")
        if self.days not in DAYS:
            raise BadValue(f"window: days {self.days!r} is none of {', '.join(DAYS)}")
        if self.end_s <= self.start_s:
            raise BadValue(f"window: it ends at {self.end}, not after its start {self.start}")

    @property
    def start_s(self) -> int:
        return _seconds(self.start)

    @property
    def end_s(self) -> int:
        return _seconds(self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHeadway(Change):
    """Run a line, or several taken together, at a headway in some windows (公交化).

    The stop patterns that run on the network's day take turns in their present order, evenly spaced at the first
    stop that all of them serve; several lines taken together share the trunk so. Only the services of that day change.

    Parameters
    ----------
    line : str or tuple of str, route ids; several are one service on their trunk
    windows : tuple of Window, not overlapping
    direction : {"both", "0", "1"}
    keep_outside : bool, keep what runs outside the windows
    """

    kind: ClassVar[str] = "set_headway"
    noun: ClassVar[str] = "line"
    directions: ClassVar[tuple[str, ...]] = ("both", "0", "1")
    naming: ClassVar[tuple[str, ...]] = ("line",)
    line: tuple[str, ...]
    windows: tuple[Window, ...]
    keep_outside: bool = True

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("line", "windows")
        if not self.line or not self.windows:
            raise BadValue("set_headway needs a line and at least one window")
        for i, a in enumerate(self.windows):
            for b in self.windows[i + 1 :]:
                if a.start_s < b.end_s and b.start_s < a.end_s and set(DAYS[a.days]) & set(DAYS[b.days]):
                    raise BadValue(f"set_headway: windows {a.start}–{a.end} and {b.start}–{b.end} overlap")

    def ids(self) -> tuple[str, ...]:
        return self.line

    def sets(self) -> tuple[str, ...]:
        return tuple(f"headway {w.start}–{w.end} {w.days}" for w in self.windows)

    def faults(self, net: Network) -> list[str]:
        known = net.table("routes")["route_id"]
        found = [str(UnknownId("line", one, known)) for one in self.line if one not in set(known)]
        if found:
            return found
        trips = self._trips(net)
        wanted = {"both": {0, 1}}.get(self.direction) or {int(self.direction)}
        for one in self.line:
            missing = wanted - set(trips.loc[trips["route_id"] == one, "direction_id"])
            if missing == wanted:
                found.append(f"line {one} does not run on {net.day}")
            elif missing:
                found.append(f"line {one} runs in one direction only on {net.day}: say direction {min(wanted - missing)}")
        return found

    def _trips(self, net: Network) -> pd.DataFrame:
        trips = net.running()["trips"]
        mine = trips["route_id"].isin(self.line)
        if self.direction != "both":
            mine &= trips["direction_id"] == int(self.direction)
        return trips[mine]

    def edit(self, net: Network) -> Network:
        for days in dict.fromkeys(window.days for window in self.windows):
            net = _split_days(net, self._trips(net), days)
        today = WEEKDAYS[net.day.weekday()]
        windows = [window for window in self.windows if today in DAYS[window.days]]
        for direction in sorted(set(self._trips(net)["direction_id"])):
            net = self._edit_direction(net, int(direction), windows)
        return net

    def _edit_direction(self, net: Network, direction: int, windows: list[Window]) -> Network:
        mine = self._trips(net)
        mine = mine[mine["direction_id"] == direction]
        times, frequencies, trips = net.table("stop_times"), net.table("frequencies"), net.table("trips").copy()
        runs = _runs(mine, times, frequencies)
        offset = shared_offsets(set(runs["trip_id"]), times)
        group = f"headway_{'_'.join(self.line)}_{direction}"
        rows: list[dict[str, Any]] = []
        for window in windows:
            headway = round(window.headway_min * 60)
            turns = runs[(runs["first"] >= window.start_s) & (runs["first"] < window.end_s)]
            order = list(turns["trip_id"]) or list(runs["trip_id"])  # a window before or after today's service
            for i, at in enumerate(range(window.start_s, window.end_s, headway)):
                trip = order[i % len(order)]
                start, end = at - offset[trip], min(at + headway, window.end_s) - offset[trip]
                if start >= 0:  # not the day before
                    rows.append({"trip_id": trip, "start_s": start, "end_s": end, "headway_s": end - start})
        replaced = [(w.start_s, w.end_s) for w in windows] if self.keep_outside else [(0, 10**6)]
        kept = _cut(frequencies[frequencies["trip_id"].isin(mine["trip_id"])], replaced, offset)
        printed = runs[runs["printed"]]
        copies = {trip: f"{trip}~h" for trip in {row["trip_id"] for row in rows} & set(printed["trip_id"])}
        new = pd.DataFrame(rows).assign(exact_times=0, headway_basis="set by a scenario")
        new["trip_id"] = new["trip_id"].replace(copies)
        clones = trips[trips["trip_id"].isin(copies)].assign(trip_id=lambda t: t["trip_id"].map(copies))
        cloned = times[times["trip_id"].isin(copies)].assign(trip_id=lambda t: t["trip_id"].map(copies))
        gone = {t for t, at in zip(printed["trip_id"], printed["first"], strict=True) if any(a <= at < b for a, b in replaced)}
        without = set(mine["trip_id"]) - set(new["trip_id"]) - set(kept["trip_id"]) - (set(printed["trip_id"]) - gone)
        trips = pd.concat([trips, clones])
        trips = trips[~trips["trip_id"].isin(gone | without)]
        trips.loc[trips["trip_id"].isin(new["trip_id"]), "phase_group"] = group
        times = pd.concat([times, cloned])
        rest = frequencies[~frequencies["trip_id"].isin(mine["trip_id"])]
        all_rows = pd.concat([rest, kept, new])[list(frequencies.columns)].astype(frequencies.dtypes.to_dict())
        all_rows = all_rows.drop_duplicates(["trip_id", "start_s"], keep="last")
        return net.replaced(
            tables={
                "trips": trips.sort_values("trip_id", ignore_index=True),
                "stop_times": times[times["trip_id"].isin(trips["trip_id"])].sort_values(["trip_id", "stop_sequence"], ignore_index=True),
                "frequencies": all_rows[all_rows["trip_id"].isin(trips["trip_id"])].sort_values(["trip_id", "start_s"], ignore_index=True),
            }
        )


def _seconds(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 3600 + int(minute) * 60


def _runs(trips: pd.DataFrame, times: pd.DataFrame, frequencies: pd.DataFrame) -> pd.DataFrame:
    """Every run of the day in order of its nominal departure: trip_id, first (seconds), printed."""
    first = times[times["trip_id"].isin(trips["trip_id"])].groupby("trip_id")["departure_s"].min()
    rows = frequencies[frequencies["trip_id"].isin(trips["trip_id"])]
    drawn = [
        (trip, at, False)
        for trip, start, end, headway in rows[["trip_id", "start_s", "end_s", "headway_s"]].itertuples(index=False)
        for at in range(start, end, headway)
    ]
    printed = [(trip, int(at), True) for trip, at in first.items() if trip not in set(rows["trip_id"])]
    return pd.DataFrame(drawn + printed, columns=["trip_id", "first", "printed"]).sort_values(["first", "trip_id"], ignore_index=True)


def _cut(rows: pd.DataFrame, windows: list[tuple[int, int]], offset: dict[str, int]) -> pd.DataFrame:
    """Frequency rows less what falls in the windows (as seen at the shared stop)."""
    parts = []
    for row in rows.to_dict("records"):
        shift = offset[row["trip_id"]]
        spans = [(row["start_s"], row["end_s"])]
        for a, b in windows:
            a, b = a - shift, b - shift
            spans = [s for x, y in spans for s in ((x, min(y, a)), (max(x, b), y)) if s[1] > s[0]]
        single = row["end_s"] - row["start_s"] <= row["headway_s"]  # one train: it goes, or stays and leaves before the window
        if single:
            spans = [span for span in spans if span[0] == row["start_s"]]
        parts += [{**row, "start_s": x, "end_s": y, "headway_s": y - x if single else row["headway_s"]} for x, y in spans]
    return pd.DataFrame(parts, columns=rows.columns)


def _split_days(net: Network, trips: pd.DataFrame, days: str) -> Network:
    """Give trips whose service runs on other days too a service of their own for `days`."""
    wanted, others = DAYS[days], [day for day in WEEKDAYS if day not in DAYS[days]]
    calendar = net.table("calendar")
    mixed = calendar["service_id"].isin(trips["service_id"]) & calendar[others].any(axis=1) & calendar[list(wanted)].any(axis=1)
    if not mixed.any():
        return net
    named = {service: f"{service}~{days}" for service in calendar.loc[mixed, "service_id"]}
    mine = trips[trips["service_id"].isin(named)]
    own = calendar[mixed].assign(service_id=lambda c: c["service_id"].map(named), **{day: False for day in others})
    rest = calendar[mixed].assign(service_id=lambda c: c["service_id"] + "~other", **{day: False for day in wanted})
    again = {trip: f"{trip}~other" for trip in mine["trip_id"]}
    all_trips, times, frequencies = net.table("trips"), net.table("stop_times"), net.table("frequencies")
    copies = mine.assign(trip_id=lambda t: t["trip_id"].map(again), service_id=lambda t: t["service_id"] + "~other")
    renamed = all_trips.assign(
        service_id=all_trips["service_id"].where(~all_trips["trip_id"].isin(mine["trip_id"]), all_trips["service_id"].map(named))
    )

    def with_copies(frame: pd.DataFrame) -> pd.DataFrame:
        rows = frame[frame["trip_id"].isin(again)]
        return pd.concat([frame, rows.assign(trip_id=rows["trip_id"].map(again))])

    return net.replaced(
        tables={
            "calendar": pd.concat([calendar, own, rest]).sort_values("service_id", ignore_index=True),
            "trips": pd.concat([renamed, copies]).sort_values("trip_id", ignore_index=True),
            "stop_times": with_copies(times).sort_values(["trip_id", "stop_sequence"], ignore_index=True),
            "frequencies": with_copies(frequencies).sort_values(["trip_id", "start_s"], ignore_index=True),
        }
    )
