"""Trains of a day one by one, before their phases are drawn, and how far to move them so that they meet others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from commute.model.network import Network

Ints = npt.NDArray[np.int64]
SPARSE = 4  # headways without a train, as where branches take turns, after which a line is taken not to run


@dataclass(frozen=True, slots=True)
class Train:
    """One train of the day before its phase is drawn: its departure from its first stop, and when it is at the place."""

    trip: str
    start: int
    span: int  # seconds within which its phase may put it; its headway, less where the window ends before
    step: int  # its headway; 0 where it runs as printed
    at: int  # departure there, or arrival and the offset; of a train that does not call, the start
    calls: bool


def reach_s(net: Network, trips: pd.DataFrame, stop: str, what: str) -> dict[str, int]:
    """Seconds from each trip's first departure to its arrival at (departure from) a stop; trips that begin (end) there are left out."""
    times = net.table("stop_times")
    mine = times[times["trip_id"].isin(trips["trip_id"])].sort_values(["trip_id", "stop_sequence"])
    first = mine.groupby("trip_id")["departure_s"].first()
    end = mine["trip_id"].duplicated(keep="last" if what == "departure_s" else "first")
    calls = mine[(mine["stop_id"] == stop) & end].drop_duplicates("trip_id")
    return {str(trip): int(at - first[trip]) for trip, at in zip(calls["trip_id"], calls[what], strict=True)}


def trains_of(net: Network, trips: pd.DataFrame, reach: dict[str, int], offset_s: int) -> list[Train]:
    """Every train of these trips in order of departure."""
    frequencies, times = net.table("frequencies"), net.table("stop_times")
    rows = frequencies[frequencies["trip_id"].isin(trips["trip_id"])]
    made: list[Train] = []
    for trip, start, end, headway, exact in rows[["trip_id", "start_s", "end_s", "headway_s", "exact_times"]].itertuples(index=False):
        for at in range(start, end, headway):
            passes = at + reach.get(trip, 0) + offset_s
            made.append(Train(trip, at, min(headway, end - at), 0 if exact else headway, passes, trip in reach))
    first = times[times["trip_id"].isin(set(trips["trip_id"]) - set(rows["trip_id"]))].groupby("trip_id")["departure_s"].min()
    made += [Train(str(trip), int(at), 1, 0, int(at) + reach.get(str(trip), 0) + offset_s, trip in reach) for trip, at in first.items()]
    return sorted(made, key=lambda train: (train.start, train.trip))


def windows(trains: list[Train], targets: Sequence[Train], *, drawn: bool) -> Iterator[tuple[tuple[int, int], list[Train]]]:
    """Trains of B in runs within which both headways stay the same, with the two; 0 where A does not run. `drawn`: A is."""
    targets = sorted(targets, key=lambda one: one.at)
    begins = np.array([one.at for one in targets], np.int64)
    most = np.array([SPARSE * max(one.step, 1) for one in targets])
    gaps = np.diff(begins, append=begins[-1] + most[-1])
    ends = begins + np.where(gaps <= most, gaps, [one.step for one in targets])
    ends[-1] = begins[-1] + targets[-1].step
    known: list[tuple[int, int]] = []
    for train in trains:
        k = int(np.searchsorted(begins, train.at, side="right")) - 1
        if not train.calls:
            known.append(known[-1] if known else (-1, train.step))
        elif not train.step:
            known.append((0, 0))
        elif drawn:
            known.append((targets[k].step if k >= 0 and train.at < ends[k] else 0, train.step))
        else:
            known.append((train.step if begins[0] - train.step < train.at < begins[-1] + train.step else 0, train.step))
    first = next((pair for pair in known if pair[0] >= 0), (0, 0))
    known = [pair if pair[0] >= 0 else first for pair in known]
    for pair, some in groupby(zip(known, trains, strict=True), key=lambda one: one[0]):
        here = [train for _, train in some]
        yield (pair if any(train.calls for train in here) else (0, pair[1])), here


def best_shift(at: Ints, aims: Ints, most_s: int, earliest: int) -> tuple[int, int]:
    """The least shift, of at most a headway, with which most departures fall on an aim; and how many do."""
    every = Counter(int(aim - one) for one in at for aim in aims[(aims >= one - most_s) & (aims <= one + most_s)])
    fit = {by: meets for by, meets in every.items() if earliest + by >= 0}
    if not fit:
        return 0, 0
    best = min(fit, key=lambda by: (-fit[by], abs(by), by))
    return best, fit[best]
