"""Rows of frequencies: at the end of their constants, in order of departure, cut by windows, and counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from commute.model.picking import picked, records

if TYPE_CHECKING:
    from commute.model.network import Network

PEAKS_S = ((7 * 3600, 9 * 3600 + 1800), (17 * 3600, 19 * 3600 + 1800))
NAMES = {
    "metro": ("metro_peak_headway_min", "metro_offpeak_headway_min"),
    "maglev": ("maglev_headway_min",) * 2,
    "bus": ("cross_city_bus_headway_min",) * 2,
    "conventional": ("conventional_headway_min",) * 2,
    "high_speed": ("high_speed_headway_min",) * 2,
}


def at_level(net: Network, frequencies: pd.DataFrame, trips: pd.DataFrame, routes: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """Frequency rows with every assumed headway scaled as its constant is at the network's level.

    A row longer than its headway keeps its window and changes its headway. Rows of one train each are run anew in their
    group, the patterns taking turns in the order they had, even at the first stop that all of them serve.
    """
    if net.level == "central":
        return frequencies
    assumed = frequencies["headway_basis"].str.startswith("assumed").to_numpy(bool)
    if not assumed.any():
        return frequencies
    classes = dict(zip(routes["route_id"].tolist(), routes["line_class"].tolist(), strict=True))
    columns = (trips[name].tolist() for name in ("trip_id", "phase_group", "route_id"))
    known = {trip: (group or trip, classes[route]) for trip, group, route in zip(*columns, strict=True)}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in records(frequencies[assumed]):
        groups.setdefault(known[row["trip_id"]], []).append(row)
    ratios = _ratios(net)
    scaled: list[dict[str, Any]] = []
    for (_, kind), rows in sorted(groups.items()):
        offset = shared_offsets({row["trip_id"] for row in rows}, times)
        for peak in (True, False):
            there = [row for row in _at_shared_stop(rows, offset, 1) if any(a <= row["start_s"] < b for a, b in PEAKS_S) == peak]
            for band in _unbroken(sorted(there, key=lambda row: (row["start_s"], row["trip_id"]))):
                scaled += _at_shared_stop(_scaled(band, ratios.get(NAMES.get(kind, ("", ""))[0 if peak else 1], 1.0)), offset, -1)
    new = pd.DataFrame(scaled)[list(frequencies.columns)].astype(frequencies.dtypes.to_dict())
    both = pd.concat([frequencies[~assumed], new]).drop_duplicates(["trip_id", "start_s"])
    return both.sort_values(["trip_id", "start_s"], ignore_index=True)


def shared_offsets(trips: set[str], times: pd.DataFrame) -> dict[str, int]:
    """Seconds from each trip's first departure to the first stop that all of them serve, less the least of them; 0 where there is none."""
    mine = picked(times, "trip_id", trips)
    columns = (mine[name].tolist() for name in ("trip_id", "stop_sequence", "stop_id", "departure_s"))
    calls: dict[str, dict[str, int]] = {}
    for trip, _, stop, leaves in sorted(zip(*columns, strict=True), key=itemgetter(0, 1)):
        calls.setdefault(trip, {}).setdefault(stop, leaves)
    common = set.intersection(*(set(stops) for stops in calls.values()))
    shared = next((stop for stop in calls[min(calls)] if stop in common), None)
    offsets = {trip: stops[shared] - next(iter(stops.values())) if shared else 0 for trip, stops in calls.items()}
    least = min(offsets.values())
    return {trip: at - least for trip, at in offsets.items()}


class Run(NamedTuple):
    """A run of a trip: its nominal departure from the first stop, seconds, and whether it is printed rather than drawn."""

    first_s: int
    trip: str
    printed: bool


def runs_in_order(trips: Collection[str], times: pd.DataFrame, rows: pd.DataFrame) -> list[Run]:
    """Every run of these trips on a day in order of its nominal departure; `rows` are their frequencies."""
    columns = (rows[name].tolist() for name in ("trip_id", "start_s", "end_s", "headway_s"))
    drawn = [Run(at, trip, False) for trip, start, end, headway in zip(*columns, strict=True) for at in range(start, end, headway)]
    as_printed = set(trips).difference(rows["trip_id"].tolist())
    first: dict[str, int] = {}
    if as_printed:
        calls = picked(times, "trip_id", as_printed)
        for trip, leaves in zip(calls["trip_id"].tolist(), calls["departure_s"].tolist(), strict=True):
            first[trip] = min(leaves, first.get(trip, leaves))
    return sorted(drawn + [Run(at, trip, True) for trip, at in first.items()])


def cut_rows(rows: pd.DataFrame, windows: list[tuple[int, int]], offset: Mapping[str, int]) -> list[dict[str, Any]]:
    """Frequency rows, each by column, less what falls in the windows, as seen `offset` seconds after each trip's first departure.

    Rows with exact times keep the minutes of their trains.
    """
    parts = []
    for row in records(rows):
        shift = offset.get(row["trip_id"], 0)
        spans = [(row["start_s"], row["end_s"])]
        for a, b in windows:
            a, b = a - shift, b - shift
            spans = [s for x, y in spans for s in ((x, min(y, a)), (max(x, b), y)) if s[1] > s[0]]
        single = row["end_s"] - row["start_s"] <= row["headway_s"]  # one train: it goes, or stays and leaves before the window
        if row["exact_times"]:
            begins = [(row["start_s"] + -(-(x - row["start_s"]) // row["headway_s"]) * row["headway_s"], y) for x, y in spans]
            spans = [(x, y) for x, y in begins if x < y]
        if single:
            spans = [span for span in spans if span[0] == row["start_s"]]
        parts += [{**row, "start_s": x, "end_s": y, "headway_s": y - x if single else row["headway_s"]} for x, y in spans]
    return parts


def runs_per_day(trips: pd.DataFrame, frequencies: pd.DataFrame) -> pd.Series:
    """Trains of each trip: 1 as printed, else those that its headways hold (a mean over draws); index trip_id."""
    rows = picked(frequencies, "trip_id", trips["trip_id"])
    held = ((rows["end_s"] - rows["start_s"]) / rows["headway_s"]).groupby(rows["trip_id"]).sum()
    return held.reindex(trips["trip_id"]).fillna(1.0)


def mean_headway_min(
    trips: pd.DataFrame, times: pd.DataFrame, frequencies: pd.DataFrame, windows: list[tuple[int, int]], offset: Mapping[str, int]
) -> float:
    """Minutes of the windows over the trains in them, as seen at the shared stop; inf where there are none."""
    rows = picked(frequencies, "trip_id", trips["trip_id"])
    shift = rows["trip_id"].map(offset).fillna(0)
    as_printed = set(trips["trip_id"].tolist()).difference(rows["trip_id"].tolist())
    first = picked(times, "trip_id", as_printed).groupby("trip_id")["departure_s"].min()
    at = np.array([leaves + offset.get(str(trip), 0) for trip, leaves in first.items()], np.int64)
    trains = 0.0
    for a, b in windows:
        overlap = np.minimum(rows["end_s"] + shift, b) - np.maximum(rows["start_s"] + shift, a)
        trains += float((np.maximum(overlap, 0) / rows["headway_s"]).sum()) + int(((at >= a) & (at < b)).sum())
    return sum(b - a for a, b in windows) / 60 / trains if trains else float("inf")


def _at_shared_stop(rows: list[dict[str, Any]], offset: dict[str, int], sign: int) -> list[dict[str, Any]]:
    """Windows as seen at the shared stop (sign 1), or back at the first one (−1): even there is even on the trunk."""
    moved = []
    for row in rows:
        by = sign * offset[row["trip_id"]]
        moved.append({**row, "start_s": row["start_s"] + by, "end_s": row["end_s"] + by})
    return moved


def _unbroken(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows in order of time, cut where nothing runs for a while."""
    out: list[list[dict[str, Any]]] = []
    until = -1
    for row in rows:
        if not out or row["start_s"] > until:
            out.append([])
        out[-1].append(row)
        until = max(until, row["end_s"])
    return out


def _ratios(net: Network) -> dict[str, float]:
    """Each constant of `NAMES` at the network's level over its central value."""
    central = net.constants["central"].to_dict()
    return {name: net.constant(name) / float(central[name]) for names in NAMES.values() for name in names if name in central}


def _scaled(rows: list[dict[str, Any]], ratio: float) -> list[dict[str, Any]]:
    if any(row["end_s"] - row["start_s"] > row["headway_s"] for row in rows):
        return [{**row, "headway_s": max(1, round(row["headway_s"] * ratio))} for row in rows]
    out, at, i = [], rows[0]["start_s"], 0
    end = max(row["end_s"] for row in rows)
    while at < end:
        row = rows[i % len(rows)]
        headway = max(1, round(row["headway_s"] * ratio))
        out.append({**row, "start_s": at, "end_s": at + headway, "headway_s": headway})
        at, i = at + headway, i + 1
    return out
