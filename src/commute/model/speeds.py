"""Minutes to drive along links: free-flow or peak speed by class and area, widening, congestion, and the delay of a bottleneck."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.network import Network

SLOWEST, FASTEST = 1.0, 150.0  # km/h, what factors of a scenario lead to
BPR_POWER = 4
SLOWER = {"tertiary": "secondary", "residential": "secondary"}  # classes without a peak factor of their own


def link_minutes(net: Network, links: pd.DataFrame, *, peak: bool) -> npt.NDArray[np.float64]:
    """Minutes along each row of links.

    Parameters
    ----------
    net : Network, gives the constants free_factor_<class>, peak_factor_<class>_<area> at its level
    links : DataFrame with the columns of the link table
    peak : bool

    Returns
    -------
    ndarray of float64, shape (n,), minutes

    Notes
    -----
    A published peak speed is used as it is; otherwise free speed × peak factor. Free speeds are observed-like, signals included.
    On top of that, where a scenario has set them: what the peak adds to the time of free flow, along the link and at a place,
    is divided by the fourth power of capacity_ratio (Bureau of Public Roads 1964, see `Widen`); then speeds are multiplied by free_factor
    or peak_factor, and stay within 1 to 150 km/h and in the peak at most at free flow (see `Congestion`).
    """
    free = links["free_speed_kmh"].to_numpy(np.float64)
    kinds = links["facility_type"].to_numpy(dtype=object)
    speed = free * np.array([net.constant(f"free_factor_{kind}") if net.has_constant(f"free_factor_{kind}") else 1.0 for kind in kinds])
    delay = links["delay_free_min"].fillna(0.0).to_numpy(np.float64)
    most = FASTEST
    if peak:
        factor = np.ones(len(links))
        for kind, area in set(zip(kinds, links["area"], strict=True)):
            here = (kinds == kind) & (links["area"] == area).to_numpy()
            factor[here] = min(1.0, net.constant(f"peak_factor_{SLOWER.get(kind, kind)}_{area}"))
        published = links["peak_speed_kmh"].to_numpy(np.float64)
        most, base = speed, np.where(np.isnan(published), speed * factor, published)
        easing = links["capacity_ratio"].fillna(1.0).to_numpy(np.float64) ** BPR_POWER
        speed = _eased(base, speed, easing)
        slow = links["delay_peak_min"].fillna(0.0).to_numpy(np.float64)
        delay = np.where(easing == 1.0, slow, slow - np.maximum(slow - delay, 0.0) * (1.0 - 1.0 / easing))
    times = links["peak_factor" if peak else "free_factor"].fillna(1.0).to_numpy(np.float64)
    speed = np.where(times == 1.0, speed, np.clip(speed * times, np.minimum(speed, SLOWEST), np.maximum(speed, most)))
    minutes: npt.NDArray[np.float64] = links["length_km"].to_numpy(np.float64) / speed * 60.0 + delay
    return minutes


def _eased(peak: npt.NDArray[np.float64], free: npt.NDArray[np.float64], easing: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Peak speeds once what the peak adds to the time of free flow is divided by `easing`; where it adds nothing, as they are."""
    eased: npt.NDArray[np.float64] = free / (1.0 + (free / peak - 1.0) / easing)
    return np.where((easing == 1.0) | (peak >= free), peak, np.maximum(eased, np.minimum(peak, SLOWEST)))
