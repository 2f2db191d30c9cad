"""What changes of trips share: which they mean, by line, pattern and direction, on some days only, and back into tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pandas as pd

from commute.errors import BadValue, UnknownId, nearest
from commute.model import validity
from commute.model.changes.added import ADDED, filled, put_back
from commute.model.changes.change import Change, listed
from commute.model.changes.where import Where, select
from commute.model.picking import among, picked, records
from commute.model.validity import WEEKDAYS

if TYPE_CHECKING:
    from commute.model.network import Network

DAYS = {"all": WEEKDAYS, "weekday": WEEKDAYS[:5], "weekend": WEEKDAYS[5:]}
DIRECTIONS = ("both", "0", "1")
LAST_S = 30 * 3600  # a service day ends at 30:00, six in the morning
ASSUMED = {"basis": "assumed", **ADDED}  # of a trip that a scenario makes or changes


@dataclass(frozen=True, slots=True, kw_only=True)
class TripChange(Change):
    """A change of the trips of lines that are there.

    Parameters
    ----------
    line, pattern : str or tuple of str; patterns are values of `trips.pattern`, none is all
    where : Where, beside or instead of `line`; with both, lines that satisfy both
    """

    noun: ClassVar[str] = "line"
    directions: ClassVar[tuple[str, ...]] = DIRECTIONS
    naming: ClassVar[tuple[str, ...]] = ("line",)
    needs: ClassVar[str] = "a line, or where"
    line: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("line", "pattern")
        if not (self.where or any(getattr(self, name) for name in self.naming)):
            raise BadValue(f"{self.kind} needs {self.needs}")

    def ids(self) -> tuple[str, ...]:
        return self.line

    def chosen(self, net: Network) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._trips(net)[0]["route_id"]))

    def _trips(self, net: Network) -> tuple[pd.DataFrame, list[str]]:
        """The trips that it means, on the day whose services it selects, and faults; see `chosen_trips`."""
        return chosen_trips(net, self.line, self.where, pattern=self.pattern, direction=self.direction, day=day_of(net, self))


def day_of(net: Network, change: Change) -> date:
    """The day whose services a change selects: the network's own, or the nearest to it on which the change holds."""
    first, last = change.period()
    return min(max(net.day, first), last)


def chosen_trips(
    net: Network,
    line: tuple[str, ...],
    where: Where | None,
    *,
    pattern: tuple[str, ...] = (),
    trip: tuple[str, ...] = (),
    direction: str = "both",
    day: date | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """The trips that are meant, of those that run on the network's day, and what is wrong with the asking.

    Parameters
    ----------
    line, where : route ids, and a selector of lines; with both, lines must satisfy both. Neither takes all lines.
    pattern : tuple of str, only trips of these values of `trips.pattern`
    trip : tuple of str, only these trip ids
    direction : {"both", "0", "1"}
    day : date, optional, another day than the network's (`day_of`)

    Returns
    -------
    trips : DataFrame, rows of `trips`; empty where there are faults
    faults : list of str
        Unknown lines and trips with the nearest, lines, patterns and trips that do not run that day, patterns that a line
        has not (with those that it has), and, where both directions are meant and no trip is named, one direction only.
    """
    key = f"trips {(line, where, pattern, trip, direction, day)!r}"
    if key not in net._cache:
        there = net if day is None or day == net.day else net.replaced(day=day)
        net._cache[key] = _chosen(there, line, where, pattern, trip, direction)
    trips, faults = net._cache[key]
    return trips, list(faults)


def _chosen(
    there: Network, line: tuple[str, ...], where: Where | None, pattern: tuple[str, ...], trip: tuple[str, ...], direction: str
) -> tuple[pd.DataFrame, list[str]]:
    """The trips that are meant, of those that run on the network's own day, and faults; see `chosen_trips`."""
    mask, faults = select(there, "routes", line, where)
    known = there.table("trips")["trip_id"]
    faults += [str(UnknownId("trip", one, known)) for one in trip if one not in set(known)]
    running = there.running()["trips"]
    none = running.iloc[:0]
    if faults:
        return none, faults
    lines = there.table("routes")["route_id"][mask].tolist()
    mine = picked(running, "route_id", lines)
    idle = set(lines).difference(mine["route_id"].tolist()) if line else ()
    faults = [f"line {one} does not run on {there.day}" for one in line if one in idle]
    if not faults and mine.empty:
        faults = [f"it matches no line that runs on {there.day}: {where}"]
    if faults:
        return none, faults
    if pattern:
        faults += _unknown_patterns(there, mine, line, pattern)
        mine = mine[mine["pattern"].isin(pattern)]
    if trip:
        faults += [f"trip {one} is not among those selected on {there.day}" for one in trip if one not in set(mine["trip_id"])]
        mine = mine[mine["trip_id"].isin(trip)]
    elif not faults:
        faults += _one_way(there, mine, bool(pattern), direction)
    if direction != "both":
        mine = mine[mine["direction_id"] == int(direction)]
    if not faults and mine.empty:
        faults = [f"it matches no trip in direction {direction} on {there.day}"]
    return (none, faults) if faults else (mine.reset_index(drop=True), [])


def _unknown_patterns(net: Network, mine: pd.DataFrame, line: tuple[str, ...], pattern: tuple[str, ...]) -> list[str]:
    has = sorted(set(mine["pattern"]) - {""})
    said = f"it has {', '.join(has)}" if has else "its trips name none"
    lines = listed(dict.fromkeys(mine["route_id"]))
    found = [f"line {lines} has no pattern {one!r} on {net.day}{nearest(one, has)}: {said}" for one in pattern if one not in has]
    if found:
        return found
    without = [one for one in line if not (mine.loc[mine["route_id"] == one, "pattern"].isin(pattern)).any()]
    return [f"line {one} has no pattern {' or '.join(pattern)} on {net.day}" for one in without]


def _one_way(net: Network, mine: pd.DataFrame, by_pattern: bool, direction: str) -> list[str]:
    wanted = {0, 1} if direction == "both" else {int(direction)}
    ways: dict[tuple[str, str], set[int]] = {}
    for line, pattern, way in zip(*(mine[name].tolist() for name in ("route_id", "pattern", "direction_id")), strict=True):
        ways.setdefault((line, pattern if by_pattern else ""), set()).add(way)
    found = []
    for (line, pattern), here in sorted(ways.items()):
        called = f"pattern {pattern} of line {line}" if by_pattern else f"line {line}"
        if not wanted & here:
            found.append(f"{called} does not run in direction {direction} on {net.day}: it runs in direction {min(here)}")
        elif wanted - here:
            found.append(f"{called} runs in one direction only on {net.day}: say direction {min(here)}")
    return found


# the days on which a change holds ------------------------------------------------------------------------------


def for_period(net: Network, trips: pd.DataFrame, change: Change) -> tuple[Network, tuple[str, ...]]:
    """A network in which the trips have forms that run only while the change holds, and the ids of those.

    A service that runs beyond the change's from_date or to_date is split: the trip before, while and after. The form that
    runs on the network's own day keeps the trip's id, and with it the phase that is drawn for it (else the first does);
    the others get "~" and their first day. Other trips of the service stay as they are. Without dates nothing is split.

    Parameters
    ----------
    trips : DataFrame, rows of `trips`
    """
    if not change.from_date and not change.to_date:
        return net, tuple(trips["trip_id"].tolist())
    first, last = (f"{day:%Y%m%d}" for day in change.period())
    cuts = [first, *([f"{validity.day_after(change.period()[1]):%Y%m%d}"] if change.to_date else [])]
    forms: dict[str, list[Form]] = {}
    service_of = dict(zip(trips["trip_id"].tolist(), trips["service_id"].tolist(), strict=True))
    for service, row in _services(net, service_of).items():
        starts = [row["start_date"], *(text for text in cuts if row["start_date"] < text <= row["end_date"])]
        ends = [*(_day_before(text) for text in starts[1:]), row["end_date"]]
        spans = zip(starts, ends, strict=True)
        forms[service] = [
            Form("while" if first <= a and b <= last else "", a, f"{a}-{b}", {**row, "start_date": a, "end_date": b}) for a, b in spans
        ]
    made, ids = _split(net, service_of, forms)
    return made, ids.get("while", ())


def for_days(net: Network, ids: Iterable[str]) -> tuple[Network, dict[str, tuple[str, ...]]]:
    """A network in which each of these trips runs on weekdays or at the weekend only, and the ids of both ("weekday", "weekend").

    A service that runs on both is split in two. The form that runs on the network's own day keeps the trip's id; the other
    gets "~" and its days.
    """
    trips, meant = net.table("trips"), set(ids)
    both = zip(trips["trip_id"].tolist(), trips["service_id"].tolist(), strict=True)
    service_of = {trip: service for trip, service in both if trip in meant}
    forms: dict[str, list[Form]] = {}
    for service, row in _services(net, service_of).items():
        parts = {of: {day: bool(row[day]) and day in DAYS[of] for day in WEEKDAYS} for of in ("weekday", "weekend")}
        forms[service] = [Form(of, of, of, {**row, **days}) for of, days in parts.items() if any(days.values())]
    made, split = _split(net, service_of, forms)
    return made, {of: split.get(of, ()) for of in ("weekday", "weekend")}


def of_ids(net: Network, ids: Iterable[str]) -> pd.DataFrame:
    """The rows of `trips` of these ids."""
    return picked(net.table("trips"), "trip_id", ids)


class Form(NamedTuple):
    """A form of a service: which of several it is, what its trips and it are called by, its calendar row but for the id."""

    which: str
    trip: str
    service: str
    values: dict[str, Any]


def _services(net: Network, service_of: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The calendar rows of the services of some trips."""
    return {row["service_id"]: row for row in records(picked(net.table("calendar"), "service_id", service_of.values()))}


def _split(net: Network, of: Mapping[str, str], forms: Mapping[str, Sequence[Form]]) -> tuple[Network, dict[str, tuple[str, ...]]]:
    """Trips, given with their services, in each form of these, and the ids of each form's trips, by `Form.which`."""
    day, text = WEEKDAYS[net.day.weekday()], f"{net.day:%Y%m%d}"
    ids: dict[str, list[str]] = {}
    service_of: dict[str, str] = {}  # of a trip that is split, or new
    copies: dict[str, str] = {}  # new trip → the trip that it copies
    calendar: dict[str, dict[str, Any]] = {}
    for trip, service in of.items():
        rows = [{**form.values, "service_id": f"{service}~{form.service}"} for form in forms[service]]
        today = [row[day] and row["start_date"] <= text <= row["end_date"] for row in rows]
        keeps = today.index(True) if any(today) else 0
        for k, (form, row) in enumerate(zip(forms[service], rows, strict=True)):
            called = trip if k == keeps else f"{trip}~{form.trip}"
            ids.setdefault(form.which, []).append(called)
            if len(rows) > 1:
                service_of[called], calendar[row["service_id"]] = row["service_id"], row
            if k != keeps:
                copies[called] = trip
    made = {which: tuple(called) for which, called in ids.items()}
    if not calendar:
        return net, made
    new, times, windows = copied(net, copies)
    all_trips = pd.concat([net.table("trips"), new], ignore_index=True)
    there = net.table("calendar")
    known = set(there["service_id"].tolist())
    added = pd.DataFrame([row for one, row in calendar.items() if one not in known], columns=there.columns)
    return put_back(
        net,
        calendar=pd.concat([there, added]),
        trips=with_texts(all_trips, "service_id", service_of),
        stop_times=pd.concat([net.table("stop_times"), times]),
        frequencies=pd.concat([net.table("frequencies"), windows]),
    ), made


def _day_before(text: str) -> str:
    return f"{validity.day_before(date(int(text[:4]), int(text[4:6]), int(text[6:]))):%Y%m%d}"


def services(trips: pd.DataFrame) -> list[str]:
    """What each trip is to people, and called where two changes set one thing: its line, pattern and direction."""
    columns = (trips[name] for name in ("route_id", "pattern", "direction_id"))
    return [f"line {line}{f' {pattern}' if pattern else ''}, direction {way}" for line, pattern, way in zip(*columns, strict=True)]


def said_of(change: Any) -> str:
    """The direction and patterns that a change of trips means, where not all."""
    return "".join([f" direction {change.direction}" if change.direction != "both" else "", *(f" {one}" for one in change.pattern)])


def departures_of(trips: pd.DataFrame, days: str = "all", start_s: int = 0, end_s: int = 30 * 3600) -> set[tuple[str, str]]:
    """What a change sets that says when trips leave in a window: every minute of each course and kind of day."""
    kinds = ("weekday", "weekend") if days == "all" else (days,)
    minutes = range(start_s // 60, -(-end_s // 60))
    return {
        (f"{one}, {kind} {at // 60:02d}:{at % 60:02d}", "departures") for one in set(services(trips)) for kind in kinds for at in minutes
    }


# back into tables -----------------------------------------------------------------------------------------------


def copied(net: Network, copies: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rows of trips, stop_times and frequencies for new trips that copy others.

    Parameters
    ----------
    copies : mapping of a new trip id to the one that it copies; one may be copied several times
    """
    one = {trip: new for new, trip in copies.items()}

    def rows(table: str) -> pd.DataFrame:
        frame = net.table(table)
        mine = picked(frame, "trip_id", one)
        if len(one) < len(copies):  # a trip with several copies
            names = pd.DataFrame({"new": list(copies), "trip_id": list(copies.values())}, dtype="str")
            mine = names.merge(mine, on="trip_id").drop(columns="trip_id").rename(columns={"new": "trip_id"})[list(frame.columns)]
            return mine.astype(frame.dtypes.to_dict())
        return mine.assign(trip_id=pd.Series([one[trip] for trip in mine["trip_id"].tolist()], mine.index, frame["trip_id"].dtype))

    return rows("trips"), rows("stop_times"), rows("frequencies")


def fresh(called: str, known: set[str]) -> str:
    """An id that no trip has yet."""
    return called if called not in known else next(f"{called}~{k}" for k in range(2, 10**6) if f"{called}~{k}" not in known)


def with_texts(trips: pd.DataFrame, column: str, of: Mapping[str, str]) -> pd.DataFrame:
    """The trips with other texts in a column, by trip id; those of the trips that are not in it stay."""
    both = zip(trips["trip_id"].tolist(), trips[column].tolist(), strict=True)
    return trips.assign(**{column: pd.Series([of.get(trip, text) for trip, text in both], trips.index, trips[column].dtype)})


def replace_trips(
    net: Network,
    gone: Iterable[str],
    trips: pd.DataFrame | None = None,
    stop_times: pd.DataFrame | None = None,
    frequencies: pd.DataFrame | None = None,
) -> Network:
    """The network without some trips, with all their rows, and with others.

    Parameters
    ----------
    gone : iterable of trip ids; those that are added again belong here too
    trips, stop_times, frequencies : DataFrame, rows to add; columns left out are empty
    """
    left_out = set(gone)
    added = {"trips": trips, "stop_times": stop_times, "frequencies": frequencies}
    tables = {}
    for name, rows in added.items():
        frame = net.table(name)
        frame = frame[~among(frame["trip_id"], left_out)] if left_out else frame
        tables[name] = frame if rows is None else pd.concat([frame, filled(rows, frame)])
    return put_back(net, **tables)
