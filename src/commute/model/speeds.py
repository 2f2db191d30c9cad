"""Minutes to drive along links: free-flow or peak speed by class and area, and the delay of a bottleneck."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.network import Network

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
    """
    free = links["free_speed_kmh"].to_numpy(np.float64)
    kinds = links["facility_type"].to_numpy(dtype=object)
    speed = free * np.array([net.constant(f"free_factor_{kind}") if net.has_constant(f"free_factor_{kind}") else 1.0 for kind in kinds])
    if peak:
        factor = np.ones(len(links))
        for kind, area in set(zip(kinds, links["area"], strict=True)):
            here = (kinds == kind) & (links["area"] == area).to_numpy()
            factor[here] = min(1.0, net.constant(f"peak_factor_{SLOWER.get(kind, kind)}_{area}"))
        published = links["peak_speed_kmh"].to_numpy(np.float64)
        speed = np.where(np.isnan(published), speed * factor, published)
    delay = links["delay_peak_min" if peak else "delay_free_min"].fillna(0.0).to_numpy(np.float64)
    minutes: npt.NDArray[np.float64] = links["length_km"].to_numpy(np.float64) / speed * 60.0 + delay
    return minutes
