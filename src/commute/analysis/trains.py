"""Trains a day at each station, by timetable period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from commute.model.validity import WEEKDAYS

if TYPE_CHECKING:
    from commute.model.network import Network

RAIL = ("intercity",)
DAY = WEEKDAYS[1]  # a Tuesday stands for the working days


def trains_per_day(net: Network, classes: tuple[str, ...] = RAIL) -> pd.DataFrame:
    """Pairs of trains that call at each station on a working day of each timetable period.

    Returns
    -------
    DataFrame
        A row a stop: stop, then a column a period with the mean of both directions' trains (0 where none calls); stops in
        the order of most trains in the last period. From the stop patterns and headways, all dates of the network.
    """
    routes, trips, times = (net.table(name) for name in ("routes", "trips", "stop_times"))
    calendar = net.table("calendar")
    calendar = calendar[calendar[DAY] & (calendar["period"] != "")]
    last = calendar.groupby("period")["start_date"].transform("max")  # a scenario's dates split a service: one form of it counts
    calendar = calendar[(calendar["start_date"] <= last) & (calendar["end_date"] >= last)]
    mine = trips[trips["route_id"].isin(routes.loc[routes["line_class"].isin(classes), "route_id"])]
    mine = mine.merge(calendar[["service_id", "period"]], on="service_id")
    if not len(mine):
        return pd.DataFrame(columns=["stop"])
    mine = mine.assign(runs=mine["trip_id"].map(runs_of(net)))
    calls = times[["trip_id", "stop_id"]].drop_duplicates().merge(mine[["trip_id", "period", "direction_id", "runs"]], on="trip_id")
    each = calls.groupby(["stop_id", "period", "direction_id"])["runs"].sum()
    pairs = each.groupby(level=["stop_id", "period"]).sum() / 2.0  # a terminus has trains of one direction on each branch: half of both
    wide = pairs.unstack("period", fill_value=0)
    wide = wide[sorted(wide.columns)]
    wide = wide.sort_values([wide.columns[-1]], ascending=False, kind="stable")
    wide.columns.name = None
    return wide.reset_index(names="stop")


def runs_of(net: Network) -> pd.Series:
    """Trains a day of each trip: 1 as printed, else those that its headways hold; index trip_id."""
    trips, windows = net.table("trips"), net.table("frequencies")
    held = ((windows["end_s"] - windows["start_s"]) / windows["headway_s"]).groupby(windows["trip_id"]).sum()
    return held.reindex(trips["trip_id"]).fillna(1.0)
