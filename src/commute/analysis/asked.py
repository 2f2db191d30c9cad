"""What is asked of a lever: a pair or the people, their minutes on a changed network, and the search for the last setting that holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from commute import routing
from commute.analysis import dials
from commute.analysis.levers import TRUNK_CLASS, trunk_headway
from commute.analysis.measure import field as spot
from commute.analysis.measure import reach
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import SAME, minutes_needed, share
from commute.errors import CommuteError
from commute.model.changes import Change
from commute.model.points import Points
from commute.model.results.times import LEGS

if TYPE_CHECKING:
    from commute.analysis.dials import Dial
    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.target import Target

RAIL, ROAD = ("transit", "park_ride"), ("car", "park_ride")  # modes that use trains, that use roads
BEYOND = 4  # settings looked at beyond the last that holds, where departures are sampled


@dataclass(slots=True, eq=False)
class Case:
    """What is asked about: a directed pair, or the people."""

    net: Network  # at the central constants
    target: Target
    profiles: Mapping[str, Profile]
    moved: Sequence[str]  # modes that the lever moves
    start: Points | None
    end: Points | None
    goals: spot.Goals | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.start is None:
            self.goals = spot.goals_of(self.net, self.target)
            self.profiles = spot.for_people(self.profiles)

    def ends(self) -> tuple[Points, Points]:
        if self.start is not None and self.end is not None:
            return self.start, self.end
        assert self.goals is not None
        return people(self.net).points, self.goals.points

    def network_of(self, mode: str, net: Network) -> Network:
        """The network that a mode uses: the present one where the lever does not move it."""
        return net if mode in self.moved else self.net

    def times(self, net: Network) -> dict[str, reach.Floats]:
        """Minutes by mode."""
        mean = self.target.statistic == "mean"
        return {mode: reach.minutes(self.network_of(mode, net), one, *self.ends(), mean=mean) for mode, one in self.profiles.items()}

    def needed(self, times: Mapping[str, reach.Floats]) -> float:
        """Minutes of the pair, or that the target's share of the people needs, by the fastest of these modes."""
        best = np.min(list(times.values()), axis=0)
        if self.goals is None:
            return float(best[0, 0])
        who = people(self.net)
        away, area = self._away(best).kinds["another"], who.within(self.target.area)
        return float(minutes_needed(away, who.zone, who.weight, who.population[None, :], area, self.target.share)[0])

    def share(self, times: Mapping[str, reach.Floats]) -> float:
        """The share of the people inside; NaN of a pair."""
        if self.goals is None or not times:
            return math.nan
        who = people(self.net)
        inside = self._away(np.min(list(times.values()), axis=0)).inside("another", self.target.minutes)
        return float(share(who.population[None, :], inside, who.within(self.target.area))[0])

    def _away(self, best: reach.Floats) -> spot.Field:
        assert self.goals is not None
        return spot.field_of(people(self.net), best, np.zeros(best.shape, np.int64), self.goals)

    def legs(self, net: Network) -> dict[str, float]:
        """Minutes of each counted leg: of the pair's fastest mode; of people, the mean of those outside who get there at all."""
        times = self.times(net)
        modes = list(times)
        each = np.stack([times[mode] for mode in modes])
        best, which = each.min(axis=0), each.argmin(axis=0)
        weight, goal = np.ones(1), np.zeros(1, np.int64)
        if self.goals is not None:
            who = people(self.net)
            one = spot.field_of(who, best, which, self.goals)
            outside = (one.kinds["another"] > self.target.minutes + SAME) & (one.nearest >= 0) & who.within(self.target.area)[who.zone]
            weight, goal = np.where(outside, who.weight * who.population[who.zone], 0.0), np.maximum(one.nearest, 0)
        rows = np.arange(len(goal))
        reached = np.isfinite(best[rows, goal]) & (weight > 0)
        total = dict.fromkeys(LEGS, 0.0 if reached.any() else math.nan)
        for k, mode in enumerate(modes):
            mine = rows[reached & (which[rows, goal] == k)]
            if len(mine):
                found = reach.legs(self.network_of(mode, net), self.profiles[mode], *self.ends())
                for leg in LEGS:
                    total[leg] += float(found.legs[leg][mine, goal[mine]] @ weight[mine]) / 60.0 / float(weight[reached].sum())
        return total

    def dial(self, part: str, step: float) -> Dial:
        """The settings of a lever for the lines, stations or roads that are used at present."""
        if part == "road_speed":
            return dials.road_speed(self.net, step)
        boards: list[str] = []
        between: frozenset[str] | None = None
        if self.goals is not None:
            trunk = [one.line for one in trunk_headway(self.net, self.target)]
            lines = [line for group in trunk for line in group]
            kinds = [TRUNK_CLASS]
        else:
            lines, boards, between = self._ridden()
            trunk = [(line,) for line in lines]
            stops = self.net.table("stops").set_index("stop_id")["station_class"]
            kinds = [str(stops[stop]) for stop in boards]
        if part == "headway":
            return dials.headway(self.net, self.target, trunk, step)
        if part == "entry":
            return dials.entry(self.net, boards, kinds, step)
        return dials.line_speed(self.net, lines, step) if part == "line_speed" else dials.stops(self.net, lines, between)

    def _ridden(self) -> tuple[list[str], list[str], frozenset[str]]:
        """Lines of the present journeys, where they board, and the stops that they pass in the train."""
        lines: dict[str, None] = {}
        boards: dict[str, None] = {}
        between: set[str] = set()
        calls = self.net.running()["stop_times"].merge(self.net.running()["trips"][["trip_id", "route_id"]], on="trip_id")
        for mode in self.moved:
            found = routing.journeys(self.net, *self.ends(), profile=self.profiles[mode])
            for leg in reach.rows_of(found[(found["leg"] == "ride") & (found["route_id"] != "")]):
                lines[leg["route_id"]] = boards[leg["from_id"]] = None
                for _, rows in calls[calls["route_id"] == leg["route_id"]].sort_values("stop_sequence").groupby("trip_id"):
                    order = rows["stop_id"].tolist()
                    if leg["from_id"] in order and leg["to_id"] in order:
                        a, b = order.index(leg["from_id"]), order.index(leg["to_id"])
                        between |= set(order[a + 1 : b])
        return list(lines), list(boards), frozenset(between - set(boards))


@dataclass(slots=True, eq=False)
class Search:
    """The last setting of a dial at which a case holds; each setting is routed once."""

    case: Case
    dial: Dial
    also: tuple[Change, ...]
    tell: Callable[[], None]
    known: dict[int, tuple[float, dict[str, reach.Floats], str]] = field(default_factory=dict)

    def at(self, k: int) -> tuple[float, dict[str, reach.Floats], str]:
        """Minutes, minutes by mode, and why it cannot be applied ('' where it can)."""
        if k not in self.known:
            try:
                times = self.case.times(self.network(k))
                self.known[k] = (self.case.needed(times), times, "")
            except CommuteError as error:
                self.known[k] = (math.inf, {}, str(error).splitlines()[0])
            self.tell()
        return self.known[k]

    def network(self, k: int) -> Network:
        return self.dial.network(self.case.net, k, self.also)

    def holds(self, k: int) -> bool:
        return self.at(k)[0] <= self.case.target.minutes + SAME

    def last(self) -> int | None:
        """The setting nearest the present that holds; None where there is none."""
        if self.holds(self.dial.count):
            return self.dial.count
        if not self.dial.monotone or self.at(0)[2]:
            return next((k for k in reversed(range(self.dial.count)) if self.holds(k)), None)
        if not self.dial.count or not self.holds(0):
            return None
        low, high = 0, self.dial.count
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.holds(middle) else (low, middle)
        while self.dial.sampled and (more := [k for k in range(low + 2, min(low + 2 + BEYOND, self.dial.count)) if self.holds(k)]):
            low = more[-1]
        return low

    def fails_at(self, last: int) -> int | None:
        """Of the settings tried that give more than the last that holds, the nearest that fails all the same."""
        return max((k for k in self.known if k < last and not self.holds(k)), default=None)

    def best(self) -> int:
        """The setting with the fewest minutes: all that the lever gives, or of calls skipped the best number tried."""
        return 0 if self.dial.monotone and not self.at(0)[2] else min(self.known, key=lambda k: (self.known[k][0], k))
