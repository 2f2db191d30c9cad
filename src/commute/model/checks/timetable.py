"""Timetables: stop times that go back, speeds that no train has, windows, services and periods."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from commute.model.checks.findings import Checked, where
from commute.model.checks.positions import straight_m
from commute.model.checks.values import no_day_runs
from commute.model.validity import WEEKDAYS

FASTEST_KMH = {"metro": 100, "maglev": 160, "intercity": 200, "conventional": 200, "high_speed": 350, "bus": 100}
ROUNDING_S = 30  # a printed minute may be this much off at a hop


def check(checked: Checked) -> None:
    """All checks of this file."""
    if checked.has("trips", "stop_times"):
        _calls(checked)
    if checked.has("stop_times", "trips"):
        _going_back(checked)
        if checked.has("stop_times", "routes", "stops"):
            _speeds(checked)
    if checked.has("frequencies"):
        _windows(checked)
    if checked.has("calendar"):
        _services(checked)
        if checked.asked is None and checked.has("trips"):
            _periods(checked)
    if checked.has("transfers"):
        rows = checked.sound("transfers")
        checked.report("transfers", where(rows["from_stop_id"] == rows["to_stop_id"]), "to_stop_id", "is the same stop", level="warning")


def _calls(checked: Checked) -> None:
    calls = checked.tables["stop_times"]["trip_id"].value_counts()
    trips = checked.sound("trips")
    n = trips["trip_id"].map(calls).fillna(0).astype(int)
    few = where(n < 2)
    pairs = zip(trips["trip_id"][few], n[few], strict=True)
    checked.report("trips", few, "trip_id", [f"{trip!r} has {k} stop times, needs 2" for trip, k in pairs])


def _hops(checked: Checked) -> pd.DataFrame:
    """A row a hop of sound stop times, index the position of its later stop time."""
    rows = checked.sound("stop_times").sort_values(["trip_id", "stop_sequence"], kind="stable")
    before = rows[["trip_id", "departure_s", "arrival_s", "stop_id"]].shift(1)
    same = (rows["trip_id"] == before["trip_id"]).to_numpy()
    hops = rows[["trip_id", "stop_id", "arrival_s"]].assign(left_s=before["departure_s"], left_stop=before["stop_id"])
    return hops[same]


def _going_back(checked: Checked) -> None:
    rows = checked.sound("stop_times")
    back = where(rows["departure_s"] < rows["arrival_s"])
    pairs = rows.loc[back, ["departure_s", "arrival_s"]].to_numpy()
    checked.report("stop_times", back, "departure_s", [f"{clock_text(a)} is before the arrival {clock_text(b)}" for a, b in pairs])
    hops = _hops(checked)
    back = where(hops["arrival_s"] < hops["left_s"])
    left = zip(*(hops.loc[back, name] for name in ("arrival_s", "left_s", "left_stop")), strict=True)
    texts = [f"{clock_text(a)} is before the departure {clock_text(b)} from {stop}" for a, b, stop in left]
    checked.report("stop_times", back, "arrival_s", texts)
    hops = _hops(checked)
    again = where(hops["stop_id"] == hops["left_stop"])
    checked.report("stop_times", again, "stop_id", [f"{s} twice in a row" for s in hops["stop_id"][again]], level="warning")


def _speeds(checked: Checked) -> None:
    hops = _hops(checked)
    stops = checked.sound("stops", every=True).drop_duplicates("stop_id").set_index("stop_id")[["lon", "lat"]]
    trips = checked.sound("trips", every=True).drop_duplicates("trip_id").set_index("trip_id")["route_id"]
    classes = checked.sound("routes", every=True).drop_duplicates("route_id").set_index("route_id")["line_class"]
    line_class = hops["trip_id"].map(trips).map(classes)
    a, b = (stops.reindex(hops[side]).to_numpy(dtype=np.float64) for side in ("left_stop", "stop_id"))
    metres = straight_m(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    seconds = hops["arrival_s"].to_numpy() - hops["left_s"].to_numpy()
    limit = line_class.map(FASTEST_KMH).to_numpy(dtype=np.float64)
    fast = metres / 1000 > limit * (seconds + ROUNDING_S) / 3600
    at = hops.index[fast]
    texts = [
        f"{m / 1000:.1f} km from {stop} in {int(s)} s is {m / max(s, 1) * 3.6:.0f} km/h, {kind} runs at most {FASTEST_KMH[kind]}"
        for m, s, stop, kind in zip(metres[fast], seconds[fast], hops["left_stop"][at], line_class[at], strict=True)
    ]
    checked.report("stop_times", at, "arrival_s", texts, blame=False)


def _windows(checked: Checked) -> None:
    rows = checked.sound("frequencies")
    back = where(rows["end_s"] <= rows["start_s"])
    pairs = rows.loc[back, ["end_s", "start_s"]].to_numpy()
    checked.report("frequencies", back, "end_s", [f"{clock_text(a)} is not after start_time {clock_text(b)}" for a, b in pairs])
    rows = checked.sound("frequencies").sort_values(["trip_id", "start_s"], kind="stable")
    before = rows[["trip_id", "end_s"]].shift(1)
    over = (rows["trip_id"] == before["trip_id"]) & (rows["start_s"] < before["end_s"])
    starts = zip(rows["start_s"][over], before["end_s"][over], strict=True)
    texts = [f"{clock_text(a)} is before the window before it ends, {clock_text(b)}" for a, b in starts]
    checked.report("frequencies", where(over), "start_s", texts, blame=False)


def _services(checked: Checked) -> None:
    rows = checked.sound("calendar")
    back = where(rows["end_date"] < rows["start_date"])
    pairs = zip(rows["end_date"][back], rows["start_date"][back], strict=True)
    checked.report("calendar", back, "end_date", [f"{a} is before start_date {b}" for a, b in pairs])
    checked.report("calendar", where(no_day_runs(rows)), "", "runs on no day of the week", level="warning")


def _periods(checked: Checked) -> None:
    """Services of two published periods that both run on one route, direction and day."""
    services = checked.sound("calendar").drop_duplicates("service_id")
    runs = dict(zip(services["service_id"], services[list(WEEKDAYS)].to_numpy(dtype=np.bool_), strict=True))
    spans = {
        service: (start, end, period, at)
        for service, start, end, period, at in zip(
            services["service_id"], services["start_date"], services["end_date"], services["period"], services.index, strict=True
        )
    }
    trips = checked.sound("trips")[["route_id", "direction_id", "service_id"]].drop_duplicates()
    trips = trips[trips["service_id"].isin(list(spans))]
    told: set[tuple[str, str]] = set()
    for (route, _), group in trips.groupby(["route_id", "direction_id"], sort=True):
        names = sorted(group["service_id"], key=lambda service: (spans[service][0], service))
        for one, other in combinations(names, 2):
            first, second = spans[one], spans[other]
            both = second[0] <= first[1] and second[2] != first[2] and (runs[one] & runs[other]).any()
            if both and (one, other) not in told:
                told.add((one, other))
                text = f"{other!r} and {one!r}, of two periods, both run on {route} from {second[0]}"
                checked.report("calendar", [second[3]], "start_date", text, level="warning")


def clock_text(seconds: float) -> str:
    """Seconds after midnight as HH:MM:SS; hours may pass 24."""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
