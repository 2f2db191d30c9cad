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
        if not (known == stop).any():
            raise UnknownId("stop", stop, known)
    calls = _calls(net)
    start, end = calls.get(from_stop, {}), calls.get(to_stop, {})
    rows = []
    for trip, (place, _, leaves) in start.items():
        if trip in end and end[trip][0] > place:
            rows.append((trip, (end[trip][1] - leaves) / 60.0, end[trip][0] - place - 1))
    runs, facts = _runs(net), _facts(net)
    full = []
    for trip, minutes, stops in sorted(rows, key=_quickest):
        route, pattern, basis = facts[trip]
        full.append((trip, route, minutes, stops, runs.get(trip, 1), pattern, basis))
    out = pd.DataFrame(full, columns=["trip_id", "route_id", "minutes", "stops", "runs_per_day", "pattern", "basis"])
    return out.astype({"minutes": float, "stops": int, "runs_per_day": int})


def _quickest(row: tuple[str, float, int]) -> tuple[float, str]:
    return row[1], row[0]


def _facts(net: Network) -> dict[str, tuple[str, str, str]]:
    """Trip → route, pattern, basis."""
    if "trip facts" not in net._cache:
        trips = net.running()["trips"]
        columns = (trips[name].tolist() for name in ("trip_id", "route_id", "pattern", "basis"))
        net._cache["trip facts"] = {trip: (route, pattern, basis) for trip, route, pattern, basis in zip(*columns, strict=True)}
    return net._cache["trip facts"]  # type: ignore[no-any-return]


def _calls(net: Network) -> dict[str, dict[str, tuple[int, int, int]]]:
    """Stop → trip → (place among its calls, arrival, departure) of the day; the first call of a trip that calls twice."""
    if "calls" not in net._cache:
        times = net.running()["stop_times"].sort_values(["trip_id", "stop_sequence"])
        calls: dict[str, dict[str, tuple[int, int, int]]] = {}
        columns = (times[name].tolist() for name in ("trip_id", "stop_id", "arrival_s", "departure_s"))
        place, before = 0, ""
        for trip, stop, arrives, leaves in zip(*columns, strict=True):
            place, before = (place + 1 if trip == before else 0), trip
            calls.setdefault(stop, {}).setdefault(trip, (place, arrives, leaves))
        net._cache["calls"] = calls
    return net._cache["calls"]  # type: ignore[no-any-return]


def _runs(net: Network) -> dict[str, int]:
    """How often each headway trip runs on the day."""
    if "runs" not in net._cache:
        rows = net.running()["frequencies"]
        count = -((rows["start_s"] - rows["end_s"]) // rows["headway_s"])
        net._cache["runs"] = count.groupby(rows["trip_id"]).sum().to_dict()
    return net._cache["runs"]  # type: ignore[no-any-return]


LIMITED = "limited|express|fast"  # in the name of a pattern that skips stops


def limited_stop(runs: pd.DataFrame) -> pd.DataFrame:
    """Rows of `run_times` whose pattern is named limited, express or fast; all where none is."""
    named = runs[runs["pattern"].str.contains(LIMITED, case=False)]
    return named if len(named) else runs


def pattern_minutes(runs: pd.DataFrame, pattern: str) -> float:
    """Minutes in the vehicle by one stopping pattern of some direct runs.

    Parameters
    ----------
    runs : DataFrame, rows of `run_times`, not empty
    pattern : str
        fastest: the quickest. typical: the median train of the day, runs counted as often as they run. all_stops: of those with
        the most calls between, the slowest. limited_stop: the quickest of `limited_stop`.
    """
    runs = limited_stop(runs) if pattern == "limited_stop" else runs
    if pattern == "all_stops":
        return float(runs.sort_values(["stops", "minutes"])["minutes"].iloc[-1])
    rows = runs.sort_values("minutes", kind="stable")
    if pattern == "typical":
        rows = rows[rows["runs_per_day"].cumsum() >= rows["runs_per_day"].sum() / 2]
    return float(rows["minutes"].iloc[0])


def pattern_s(net: Network, from_stop: str, to_stop: str, pattern: str) -> int:
    """Seconds in the vehicle by a stopping pattern (`pattern_minutes`); −1 where none runs."""
    runs = run_times(net, from_stop, to_stop)
    return round(pattern_minutes(runs, pattern) * 60) if len(runs) else -1
