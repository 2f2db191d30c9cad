"""Travel times as plain data: seconds by percentile, the legs that sum to them, and what made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.errors import BadValue
from commute.model.points import Points

if TYPE_CHECKING:
    import xarray

LEGS = ("access", "entry", "wait", "ride", "transfer", "egress", "parking")
COUNTED = {  # station to station, the way out of a destination that is a stop counts too
    "door_to_door": LEGS,
    "station_to_station": ("entry", "wait", "ride", "transfer"),
    "in_vehicle": ("ride", "transfer"),
}
REASONS = (
    "",
    "no stop within reach of the origin",
    "no stop within reach of the destination",
    "no service in the window",
    "no road",
    "station to station has no meaning by car",
)
Seconds = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """Origins × destinations.

    Attributes
    ----------
    origins, destinations : Points, n and m of them
    percentiles : tuple of float, p of them
    seconds : ndarray of int32, shape (p, n, m); −1 where not reachable
    middle : int, the percentile shown as `minutes`, whose legs are kept
    legs : dict of leg name to ndarray of int32, shape (n, m), summing exactly to `seconds[middle]`
    mean_s : ndarray of float64, shape (n, m); NaN where any departure does not arrive
    delay_s : ndarray of int32, shape (n, m): informed riders' schedule delay, in no leg
    reason : ndarray of uint8, shape (n, m), position in `REASONS`
    about : dict: network hash, date, scenarios, profile, versions, assumed inputs
    """

    origins: Points
    destinations: Points
    percentiles: tuple[float, ...]
    seconds: Seconds
    middle: int
    legs: Mapping[str, Seconds]
    mean_s: npt.NDArray[np.float64]
    delay_s: Seconds
    reason: npt.NDArray[np.uint8]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def minutes(self) -> npt.NDArray[np.float64]:
        """Minutes at the middle percentile, shape (n, m); NaN where not reachable."""
        return minutes_of(self.seconds[self.middle])

    def to_frame(self) -> pd.DataFrame:
        """A row a pair: from_id, to_id, minutes, a column a leg in minutes, reason, and `minutes_p25` … where several are asked for."""
        shown = self.minutes
        n, m = shown.shape
        frame = pd.DataFrame(
            {"from_id": np.repeat(self.origins.ids, m), "to_id": np.tile(self.destinations.ids, n), "minutes": shown.ravel()}
        )
        here = ~np.isnan(shown.ravel())
        for leg in LEGS:
            frame[f"{leg}_min"] = np.where(here, self.legs[leg].ravel() / 60.0, np.nan)
        frame["schedule_delay_min"] = np.where(here, self.delay_s.ravel() / 60.0, np.nan)
        frame["reason"] = np.array(REASONS, dtype=object)[self.reason.ravel()]
        if len(self.percentiles) > 1:
            for p, seconds in zip(self.percentiles, self.seconds, strict=True):
                frame[f"minutes_p{p:g}"] = minutes_of(seconds).ravel()
        return frame

    def matrix(self) -> pd.DataFrame:
        """Minutes, origins down and destinations across; NaN where not reachable."""
        return pd.DataFrame(self.minutes, index=list(self.origins.ids), columns=list(self.destinations.ids))

    def to_xarray(self) -> xarray.DataArray:
        """Minutes with dimensions percentile, origin, destination.

        Raises
        ------
        BadValue
            xarray is not installed.
        """
        try:
            import xarray
        except ImportError:
            raise BadValue("to_xarray needs the package xarray: pip install xarray") from None
        values = np.stack([minutes_of(one) for one in self.seconds])
        coords = {"percentile": list(self.percentiles), "origin": list(self.origins.ids), "destination": list(self.destinations.ids)}
        attrs = {key: str(value) for key, value in self.about.items()}
        return xarray.DataArray(values, coords, ("percentile", "origin", "destination"), "minutes", attrs)


def minutes_of(seconds: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Minutes from seconds, NaN where −1."""
    return np.where(seconds < 0, np.nan, seconds / 60.0)
