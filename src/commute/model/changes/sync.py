"""Change of when trains meet: one line leaves a place a given time after another arrives there."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from commute.errors import BadValue, CommuteWarning, UnknownId
from commute.model.changes.added import put_back
from commute.model.changes.change import Change, listed
from commute.model.changes.stations import entry_minutes
from commute.model.changes.trains import Train, best_shift, reach_s, trains_of, windows
from commute.model.changes.trips import ASSUMED, DIRECTIONS, chosen_trips, copied, day_of, for_period, fresh, of_ids, replace_trips

if TYPE_CHECKING:
    from commute.model.network import Network

MOST_SHIFT_S = 30 * 60  # a printed train moves by no more, and by no more than half the time to the next of its line
SAME = ("same", "0", "1")
BASIS = "set by a scenario: synchronised"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncTimetables(Change):
    """Let the trains of line B leave a stop a given time after those of line A arrive at it, or at another stop of the place.

    Line A stays as it is; of line B the departures move, in each direction that is meant, never by more than brings it to the
    next train of A. What is synchronised, direction by direction:

    By headway both (minutes drawn): B takes A's phase, so that whatever minute is drawn for A, B's follows. Window by window:
    within each window in which the headways of both stay the same, all trains of B of one phase move by one and the same time,
    the least with which most of them leave exactly `offset_min` after a train of A arrives. Where one headway is a multiple of
    the other, every train of the rarer line meets one of the other; else some do, and a CommuteWarning says what share.
    Trains of B at hours when A does not run keep their place. B is then drawn in A's steps: where A is the more frequent, B's
    minute lies within A's headway of its place in the timetable, and riders who begin on B are taken for as informed as at
    A's headway (so it is where branches take turns on a trunk); a CommuteWarning says where that makes them come at random.
    Where A is rarer, a window of B begins up to A's headway late.
    Trips of B that do not call at the stop move with those beside them. At the favourable and unfavourable ends, assumed
    headways of A change while B's stay, and the meetings hold no more.

    Printed both: every train of B moves by itself to `offset_min` after the nearest arrival of A, but by no more than half the
    time to the next train of B and 30 minutes; two trains of B meet no one train of A. A share below 1 is a CommuteWarning.

    A printed, B by headway: as by headway both, but B is then ridden as printed, no phase is drawn.

    A by headway, B printed is refused, for a printed minute cannot follow a drawn one; so is a printed line where direction
    "both" is meant. Where a line has trains of both sorts, those by headway are meant and the printed ones stay.

    Parameters
    ----------
    line_a, stop_a : str, a line and the stop where its trains arrive
    line_b, stop_b : str; lines that share a phase group with B must be named too, for they move with it
    offset_min : float, minutes from A's arrival to B's departure
    min_transfer_min : float, minutes that the change takes at least; None takes what the network knows (the minutes in a
        station, or the walk of transfers.txt with entry and gate), and asks for nothing where it knows none
    direction : {"both", "0", "1"}, of line B
    direction_a : {"same", "0", "1"}, that of line A which each direction of B waits for; a line may wait for itself, but only for
        its trains of the other direction
    """

    kind: ClassVar[str] = "sync_timetables"
    noun: ClassVar[str] = "line"
    directions: ClassVar[tuple[str, ...]] = DIRECTIONS
    selects: ClassVar[bool] = False
    expects: ClassVar[bool] = False
    line_a: str
    stop_a: str
    line_b: tuple[str, ...]
    stop_b: str
    offset_min: float
    min_transfer_min: float | None = None
    direction_a: str = "same"

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("line_b")
        object.__setattr__(self, "direction_a", str(self.direction_a))
        if self.direction_a not in SAME:
            raise BadValue(f"sync_timetables: direction_a {self.direction_a!r} is none of {', '.join(SAME)}")
        if not (self.line_a and self.line_b and self.stop_a and self.stop_b):
            raise BadValue("sync_timetables needs line_a, stop_a, line_b and stop_b")
        if not 0 <= self.offset_min <= 120:
            raise BadValue(f"sync_timetables: offset_min is {self.offset_min}, must be from 0 to 120 minutes")
        if self.min_transfer_min is not None and not 0 <= self.min_transfer_min <= self.offset_min:
            raise BadValue(
                f"sync_timetables: min_transfer_min is {self.min_transfer_min}, must be from 0 to offset_min, {self.offset_min:g}"
            )
        if self.line_a in self.line_b and any(way == self._way_a(way) for way in self._ways()):
            raise BadValue("sync_timetables: a line cannot wait for itself in one direction: say direction and direction_a")

    def ids(self) -> tuple[str, ...]:
        return self.line_b

    def sets(self) -> tuple[str, ...]:
        return tuple(f"phase in direction {one}" for one in self._ways())

    def touches(self, net: Network) -> set[tuple[str, str]]:
        return {(f"line {line}, direction {way}", "phase") for line in self.line_b for way in self._ways()}

    def _ways(self) -> tuple[str, ...]:
        return ("0", "1") if self.direction == "both" else (self.direction,)

    def _way_a(self, way: str) -> str:
        """The direction of line A that this one of line B waits for."""
        return way if self.direction_a == "same" else self.direction_a

    def faults(self, net: Network) -> list[str]:
        day = day_of(net, self)
        stops = net.table("stops")["stop_id"]
        found = [str(UnknownId("stop", one, stops)) for one in (self.stop_a, self.stop_b) if one not in set(stops)]
        found += chosen_trips(net, self.line_b, None, direction=self.direction, day=day)[1]
        found += [told for told in self._of_a(net, day) if told not in found]
        if found:
            return found
        needs = _change_s(net, self.stop_a, self.stop_b)
        if self.min_transfer_min is None and needs is not None and self.offset_min * 60 < needs:
            found.append(
                f"offset_min is {self.offset_min:g}, but the change from {self.stop_a} to {self.stop_b} takes {needs / 60:.3g} min:"
                " give a longer one, or min_transfer_min"
            )
        for way in self._ways():
            found += self._unfit(net, day, way)
        return found

    def _of_a(self, net: Network, day: date) -> list[str]:
        ways = dict.fromkeys(map(self._way_a, self._ways()))
        every = [told for way in ways for told in chosen_trips(net, (self.line_a,), None, direction=way, day=day)[1]]
        return list(dict.fromkeys(every))

    def _pair(self, net: Network, day: date, way: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Trips of A that arrive at their stop, and of B in that direction."""
        a = chosen_trips(net, (self.line_a,), None, direction=self._way_a(way), day=day)[0]
        b = chosen_trips(net, self.line_b, None, direction=way, day=day)[0]
        return a[a["trip_id"].isin(reach_s(net, a, self.stop_a, "arrival_s"))], b

    def _unfit(self, net: Network, day: date, way: str) -> list[str]:
        a, b = self._pair(net, day, way)
        called = f"line {listed(self.line_b)}"
        if a.empty:
            return [f"no train of line {self.line_a} arrives at {self.stop_a} on {day} for {called} in direction {way}"]
        if not reach_s(net, b, self.stop_b, "departure_s"):
            return [f"no train of {called} leaves {self.stop_b} in direction {way} on {day}"]
        drawn_a, drawn_b = _drawn(net, a), _drawn(net, b)
        printed = [f"line {self.line_a}"] * (not len(drawn_a)) + [called] * (not len(drawn_b))
        if printed and self.direction == "both":
            who = f"{' and '.join(printed)} runs as printed in direction {way} on {day}"
            return [f"{who}, which cannot be synchronised both ways: say direction"]
        if len(drawn_a) and not len(drawn_b):
            return [
                f"{called} runs as printed, but the minutes of line {self.line_a} are drawn: synchronise line {self.line_a} to it instead"
            ]
        keys = sorted({group or trip for group, trip in zip(drawn_a["phase_group"], drawn_a["trip_id"], strict=True)})
        if len(keys) > 1:
            return [f"trains of line {self.line_a} are drawn by {len(keys)} phases ({listed(keys)}), which no one line can follow"]
        running = net.replaced(day=day).running()["trips"]
        mates = running[
            running["phase_group"].isin(set(drawn_b["phase_group"]) - {""}) & ~running["trip_id"].isin({*a["trip_id"], *b["trip_id"]})
        ]
        other = list(dict.fromkeys(mates["route_id"]))
        return [f"{called} takes turns with line {listed(other)}: name it in line_b too, for it moves with it"] if other else []

    def edit(self, net: Network) -> Network:
        day = day_of(net, self)
        told: list[str] = []
        steps: set[tuple[int, int]] = set()
        for way in self._ways():
            a, b = self._pair(net, day, way)
            net, ids = for_period(net, b, self)
            drawn_a, drawn_b = _drawn(net, a), _drawn(net, of_ids(net, ids))
            if not len(drawn_b):
                net, said = self._move_printed(net, a, of_ids(net, ids))
            elif len(drawn_a):
                group = drawn_a["phase_group"].iloc[0] or f"sync_{self.line_a}_{drawn_a['direction_id'].iloc[0]}"
                net, said, pairs = self._move_drawn(net, drawn_a, drawn_b, group)
                steps |= pairs
                if not drawn_a["phase_group"].iloc[0]:
                    net, ids_a = for_period(net, drawn_a, self)
                    net = _grouped(net, ids_a, group)
            else:
                net, said, _ = self._move_drawn(net, a, drawn_b, "")
            told += [f"{one} in direction {way}" for one in said]
        if told:
            pair = f"line {listed(self.line_b)} at {self.stop_b} and line {self.line_a} at {self.stop_a}"
            warnings.warn(f"{self.told()}: {pair} do not always meet: {', '.join(told)}", CommuteWarning, stacklevel=2)
        known = net.constant("informed_above_min") if net.has_constant("informed_above_min") else math.inf
        if any(step_a <= known * 60 < step_b for step_a, step_b in steps):
            why = f"it is drawn in the steps of line {self.line_a}, and only above {known:g} min do riders know the timetable"
            riders = f"riders who begin on line {listed(self.line_b)} are taken to come at random"
            warnings.warn(f"{self.told()}: {riders}, for {why}", CommuteWarning, stacklevel=2)
        return net

    # by headway ---------------------------------------------------------------------------------------------

    def _move_drawn(self, net: Network, a: pd.DataFrame, b: pd.DataFrame, group: str) -> tuple[Network, list[str], set[tuple[int, int]]]:
        """Trips of B moved to follow A, drawn with A's phase, or as printed where `group` is empty; what does not meet; the headways."""
        targets = trains_of(net, a, reach_s(net, a, self.stop_a, "arrival_s"), round(self.offset_min * 60))
        aims = np.array(sorted({train.at for train in targets}), np.int64)
        reach = reach_s(net, b, self.stop_b, "departure_s")
        moved: list[Train] = []
        shares: dict[tuple[int, int], list[int]] = {}  # by the two headways: trains that meet, trains of the rarer line
        services = b.groupby(b["phase_group"].mask(b["phase_group"] == "", b["trip_id"]), sort=True)
        for pair, some in (
            found for _, trips in services for found in windows(trains_of(net, trips, reach, 0), targets, drawn=bool(group))
        ):
            step_a, step_b = pair
            if not step_a:
                moved += some
                continue
            at = np.array([train.at for train in some if train.calls], np.int64)
            by, meets = best_shift(at, aims, min(pair), min(train.start for train in some))
            rarer = min(len(at), int(((aims >= at[0] + by) & (aims < at[-1] + by + step_b)).sum()))
            multiple = not group or max(pair) % min(pair) == 0
            share = shares.setdefault(pair, [0, 0])
            share[0] += rarer if multiple and meets >= rarer - 1 else meets  # one may lie beyond the end of the window
            share[1] += rarer
            step = step_a if group else step_b
            moved += [replace(train, start=train.start + by, span=-(-train.span * step // step_b), step=step) for train in some]
        told = [
            f"{meets / rarer:.0%} of the rarer line's trains where headways are {step_a / 60:.3g} and {step_b / 60:.3g} min"
            if group
            else f"{meets / rarer:.0%} of the rarer line's trains"
            for (step_a, step_b), (meets, rarer) in shares.items()
            if meets < rarer
        ]
        return _with_trains(net, b, moved, group), told, set(shares)

    # printed ------------------------------------------------------------------------------------------------

    def _move_printed(self, net: Network, a: pd.DataFrame, b: pd.DataFrame) -> tuple[Network, list[str]]:
        targets = trains_of(net, a, reach_s(net, a, self.stop_a, "arrival_s"), round(self.offset_min * 60))
        trains = sorted(
            (one for one in trains_of(net, b, reach_s(net, b, self.stop_b, "departure_s"), 0) if one.calls), key=lambda one: one.at
        )
        aims = np.array(sorted({train.at for train in targets}), np.int64)
        at = np.array([train.at for train in trains], np.int64)
        gap = np.diff(at, prepend=at[0] - 4 * MOST_SHIFT_S, append=at[-1] + 4 * MOST_SHIFT_S)
        most = np.minimum(np.minimum(gap[:-1], gap[1:]) // 2, MOST_SHIFT_S)
        taken: set[int] = set()
        by: dict[str, list[tuple[int, int]]] = {}  # trip → its trains: present start, shift
        for train, limit in zip(trains, most, strict=True):
            near = aims[np.abs(aims - train.at).argmin()]
            if abs(near - train.at) <= limit and near not in taken and train.start + near - train.at >= 0:
                taken.add(int(near))
                by.setdefault(train.trip, []).append((train.start, int(near - train.at)))
        share = len(taken) / max(1, min(len(aims), len(trains)))
        told = [f"{share:.0%} of the rarer line's trains"] if share < 1 else []
        return _with_printed(net, trains, by), told


def _drawn(net: Network, trips: pd.DataFrame) -> pd.DataFrame:
    frequencies = net.table("frequencies")
    return trips[trips["trip_id"].isin(frequencies.loc[frequencies["exact_times"] == 0, "trip_id"])]


def _with_trains(net: Network, b: pd.DataFrame, trains: list[Train], group: str) -> Network:
    """The network with each of these trains in a row of its own; where rows of a trip would overlap, copies of the trip take turns."""
    rows: list[dict[str, object]] = []
    copies: dict[str, str] = {}
    known = set(net.table("trips")["trip_id"])  # among them copies that an earlier change made
    free: dict[str, list[tuple[str, int]]] = {}  # of a trip: its copies, and when each is free again
    for train in sorted(trains, key=lambda one: (one.start, one.trip)):
        lanes = free.setdefault(train.trip, [])
        lane = next((k for k, (_, until) in enumerate(lanes) if until <= train.start), len(lanes))
        new = fresh(f"{train.trip}~s{lane + 1}", known) if lane else train.trip
        called = lanes[lane][0] if lane < len(lanes) else new
        lanes[lane : lane + 1] = [(called, train.start + train.span)]
        known.add(called)
        copies[called] = train.trip
        row = {"trip_id": called, "start_s": train.start, "end_s": train.start + train.span, "headway_s": train.step or train.span}
        rows.append(row | {"exact_times": int(not group or not train.step), "headway_basis": BASIS})
    trips, times, _ = copied(net, copies)
    return replace_trips(net, b["trip_id"], trips.assign(phase_group=group), times, pd.DataFrame(rows))


def _with_printed(net: Network, trains: list[Train], by: dict[str, list[tuple[int, int]]]) -> Network:
    """The network with printed trains moved: of a trip in frequencies its rows, else its stop times."""
    times, frequencies, trips = net.table("stop_times"), net.table("frequencies"), net.table("trips").copy()
    in_rows = {trip for trip in by if (frequencies["trip_id"] == trip).any()}
    shift = times["trip_id"].map({trip: moves[0][1] for trip, moves in by.items() if trip not in in_rows}).fillna(0).astype("int64")
    times = times.assign(arrival_s=(times["arrival_s"] + shift).clip(lower=0), departure_s=times["departure_s"] + shift)
    moved = {(trip, start): start + more for trip, moves in by.items() if trip in in_rows for start, more in moves}
    rows = [
        {"trip_id": one.trip, "start_s": at, "end_s": at + 1, "headway_s": 1, "exact_times": 1, "headway_basis": BASIS}
        for one in trains
        if one.trip in in_rows
        for at in [moved.get((one.trip, one.start), one.start)]
    ]
    kept = frequencies[~frequencies["trip_id"].isin(in_rows)]
    all_rows = pd.concat([kept, pd.DataFrame(rows, columns=kept.columns).astype(kept.dtypes.to_dict())]) if rows else kept
    for name, value in ASSUMED.items():
        trips[name] = trips[name].mask(trips["trip_id"].isin(by), value)
    return put_back(net, trips=trips, stop_times=times, frequencies=all_rows)


def _grouped(net: Network, ids: tuple[str, ...], group: str) -> Network:
    trips = net.table("trips")
    return put_back(net, trips=trips.assign(phase_group=trips["phase_group"].mask(trips["trip_id"].isin(ids), group)))


def _change_s(net: Network, stop_a: str, stop_b: str) -> float | None:
    """Seconds that the change takes as far as the network knows: within a station, or by transfers.txt with entry and gate."""
    stops = net.table("stops").set_index("stop_id")
    a, b = ((str(stops.at[one, "parent_station"] or one), str(stops.at[one, "station_class"])) for one in (stop_a, stop_b))
    if a == b:
        return net.constant("transfer_min") * 60
    known = net.table("transfers")
    walk = known.loc[(known["from_stop_id"] == stop_a) & (known["to_stop_id"] == stop_b), "min_transfer_s"].dropna()
    if walk.empty:
        return None
    return float(walk.iloc[0]) + 60 * (entry_minutes(net, b[1], stop_b) + entry_minutes(net, b[1], stop_b, "gate"))
