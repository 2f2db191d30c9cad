"""Run times of direct trains between two stops, as the day's timetable has them."""

from __future__ import annotations

import pandas as pd

from commute.errors import UnknownId
from commute.model.network import Network


def run_times(net: Network, from_stop: str, to_stop: str) -> pd.DataFrame:
    """Every direct run of the day from one stop to another.

    Parameters
    ----------
    net : Network
    from_stop, to_stop : str, stop ids

    Returns
    -------
    DataFrame
        trip_id, route_id, minutes (departure to arrival), stops (calls between), runs_per_day, pattern, basis; quickest first.
        Empty where no train runs through.

    Raises
    ------
    UnknownId
        A stop that the network does not hold.
    """
    known = net.table("stops")["stop_id"]
    for stop in (from_stop, to_stop):
        if stop not in set(known):
            raise UnknownId("stop", stop, known)
    day = net.running()
    times = day["stop_times"]
    start = times[times["stop_id"] == from_stop][["trip_id", "stop_sequence", "departure_s"]]
    end = times[times["stop_id"] == to_stop][["trip_id", "stop_sequence", "arrival_s"]]
    both = start.merge(end, on="trip_id", suffixes=("", "_to"))
    both = both[both["stop_sequence_to"] > both["stop_sequence"]]
    out = both.merge(day["trips"][["trip_id", "route_id", "pattern", "basis"]], on="trip_id")
    sequence = times.merge(both[["trip_id", "stop_sequence", "stop_sequence_to"]], on="trip_id", suffixes=("_here", ""))
    at = sequence["stop_sequence_here"]
    between = sequence[(at > sequence["stop_sequence"]) & (at < sequence["stop_sequence_to"])]
    frequencies = day["frequencies"]
    runs = -((frequencies["start_s"] - frequencies["end_s"]) // frequencies["headway_s"])
    count = runs.groupby(frequencies["trip_id"]).sum()
    out = out.assign(
        minutes=(out["arrival_s"] - out["departure_s"]) / 60.0,
        stops=out["trip_id"].map(between["trip_id"].value_counts()).fillna(0).astype(int),
        runs_per_day=out["trip_id"].map(count).fillna(1).astype(int),
    )
    columns = ["trip_id", "route_id", "minutes", "stops", "runs_per_day", "pattern", "basis"]
    return out.sort_values(["minutes", "trip_id"], ignore_index=True)[columns]


def pattern_s(net: Network, from_stop: str, to_stop: str, pattern: str) -> int:
    """Seconds in the vehicle by the fastest, the typical (median train) or the slowest stopping pattern; −1 where none runs."""
    rows = run_times(net, from_stop, to_stop)
    if rows.empty:
        return -1
    if pattern == "all_stops":
        rows = rows.sort_values(["stops", "minutes"]).iloc[-1:]
    elif pattern == "typical":
        rows = rows[rows["runs_per_day"].cumsum() >= rows["runs_per_day"].sum() / 2]
    return round(float(rows["minutes"].iloc[0]) * 60)
