"""How far round one goes today between the ends of a gap, and whom opening it would serve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis.measure import reach
from commute.routing import minplus, roads
from commute.routing.street import FAR

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.target import Target

SERVED_MIN = 1.0  # a zone is served where a journey from it becomes so much faster
COLUMNS = ["detour_ratio", "saves_between_min", "zones_served"]


def detours(net: Network, target: Target, gaps: Sequence[str]) -> pd.DataFrame:
    """Detour ratio, minutes saved between the ends, and zones served of road gaps, each alone, by car at the target's hour.

    Returns
    -------
    DataFrame
        Index gap_id: detour_ratio (time by the network today over the time along the gap; NaN where an end joins no road),
        saves_between_min, zones_served (zones from which a drive to some zone becomes a minute faster or more).
    """
    profiles = reach.profiles_of(target)
    car = reach.car_of(profiles)
    out = pd.DataFrame(np.nan, index=pd.Index(gaps, name="gap_id"), columns=COLUMNS)
    if car is None or not len(gaps):
        return out
    central = reach.at_levels(net)["central"]
    engine = routing.compile(central, car)
    zones = reach.points_of(central.table("zone"), "zone_id")
    od, oe, ed, ee, arcs = roads.around_gaps_ds(engine.net, zones, zones, tuple(gaps), peak=car.peak, threads=engine.threads)
    for k, opened in minplus.each_gap(od, oe, ed, ee, arcs):
        mine = np.flatnonzero(arcs.gap == k)
        if not len(mine):
            continue
        a, b = _ends(arcs.a[mine], arcs.b[mine])
        now = ee[a, b]
        then = minplus.closure(ee, ee, ee, ee, arcs, np.arange(arcs.n_gaps) == k)[a, b]
        along = int(arcs.ds[mine].sum()) if len(mine) > 1 else int(arcs.ds[mine[0]])
        served = ((od - opened) >= SERVED_MIN * 600).any(axis=1) | ((od >= FAR) & (opened < FAR)).any(axis=1)
        ratio = now / min(along, int(then)) if now < FAR else np.nan
        out.loc[gaps[k]] = [ratio, (now - then) / 600.0 if now < FAR else np.nan, float(served.sum())]
    return out


def _ends(a: np.ndarray, b: np.ndarray) -> tuple[int, int]:
    """The two ends of a gap of one link or of several in a row: nodes that only one of its links has."""
    nodes, times = np.unique(np.concatenate([a, b]), return_counts=True)
    once = nodes[times == 1]
    return (int(once[0]), int(once[-1])) if len(once) >= 2 else (int(a[0]), int(b[-1]))
