"""Exact driving times under any subset of gaps, routed once: `gap_matrices`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.errors import BadValue, Conflict, UnknownId
from commute.model.network import Network
from commute.model.points import Points, resolve
from commute.model.profile import Profile
from commute.model.results.times import minutes_of
from commute.routing import about, roads
from commute.routing.engine import compile
from commute.routing.minplus import Around, closure
from commute.routing.street import FAR, Floats, Ints, seconds
from commute.routing.subsets import reach_table

MOST = 24  # gaps whose subsets are all gone through


@dataclass(frozen=True, slots=True, eq=False)
class GapMatrices:
    """Driving times between points under any subset of gaps; made by `gap_matrices`.

    Attributes
    ----------
    gaps : tuple of str, all shut in `around`
    origins, destinations : Points
    around : od, oe, ed, ee, arcs
        Deciseconds between origins, destinations and gap ends (`routing.minplus.closure`), and the links of the gaps.
    parking_s : int, added to every drive as the profile's count has it
    excludes : tuple of pairs of gaps that overlap on the ground
    about : dict, as of `TravelTimes`
    """

    gaps: tuple[str, ...]
    origins: Points
    destinations: Points
    around: Around
    parking_s: int
    excludes: tuple[tuple[str, str], ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def seconds(self, opened: Iterable[str] = ()) -> Ints:
        """Seconds with just these gaps open, int32, shape (origins, destinations); −1 where not reachable.

        Raises
        ------
        UnknownId
            A gap that is not among `gaps`.
        Conflict
            Two that overlap on the ground.
        """
        chosen = {opened} if isinstance(opened, str) else set(opened)
        for one in sorted(chosen, key=str):
            if one not in self.gaps:
                raise UnknownId("gap", str(one), self.gaps)
        both = [f"{a} and {b} overlap on the ground: open one of them" for a, b in self.excludes if a in chosen and b in chosen]
        if both:
            raise Conflict(both)
        ride = seconds(closure(*self.around, np.array([gap in chosen for gap in self.gaps], bool)))
        return np.where(ride >= 0, ride + self.parking_s, -1).astype(np.int32)

    def minutes(self, opened: Iterable[str] = ()) -> pd.DataFrame:
        """Minutes with just these gaps open, origins down and destinations across; NaN where not reachable. Raises as `seconds`."""
        return pd.DataFrame(minutes_of(self.seconds(opened)), index=list(self.origins.ids), columns=list(self.destinations.ids))

    def reach(
        self, minutes: float, *, from_weight: npt.ArrayLike | None = None, to_weight: npt.ArrayLike | None = None, threads: int = 1
    ) -> Floats:
        """What is within so many minutes under every subset of the gaps: Σ from_weight × to_weight over pairs within them.

        Parameters
        ----------
        minutes : float
        from_weight, to_weight : array, one an origin and one a destination, such as people and jobs; None counts 1 each
        threads : int

        Returns
        -------
        ndarray of float64, shape (2^n,)
            gaps[k] is bit k. Sets of gaps that overlap on the ground are there too; leave them out.

        Raises
        ------
        BadValue
            More than 24 gaps, minutes out of range, or weights that do not fit.
        """
        if len(self.gaps) > MOST:
            raise BadValue(f"all subsets of {len(self.gaps)} gaps are too many; give gap_matrices at most {MOST}")
        if not 0 <= minutes <= FAR / 600:
            raise BadValue(f"minutes is {minutes}, must be 0 or more and under {FAR // 36_000} h")
        weights = []
        for name, given, points in (("from_weight", from_weight, self.origins), ("to_weight", to_weight, self.destinations)):
            one = np.ones(len(points)) if given is None else np.array(given, np.float64)
            if one.shape != (len(points),):
                raise BadValue(f"{name} has shape {one.shape}, there are {len(points)} points")
            weights.append(one)
        limit_s = int(np.floor(minutes * 60 + 1e-9)) - self.parking_s
        limit_ds = min(10 * limit_s + 4, FAR - 1)  # the longest drive that rounds to no more
        return reach_table(self.around, from_weight=weights[0], to_weight=weights[1], limit_ds=limit_ds, threads=threads)


def gap_matrices(net: Network, gaps: Any, origins: Any, destinations: Any = None, *, profile: Profile) -> GapMatrices:
    """Route once so that the driving times under any subset of gaps follow without routing again.

    Parameters
    ----------
    net : Network; an undated one is asked about on its own `as_of`, and `.about` says so
    gaps : ids, or a frame indexed by gap_id
        One that is open that day, or has no road of its own, changes nothing.
    origins, destinations : as `travel_times` takes them
    profile : Profile, by car or truck

    Returns
    -------
    GapMatrices
        `.minutes(opened)` equals the network with those gaps opened, routed anew.

    Raises
    ------
    UnknownId
        A gap or point that the network does not hold.
    BadValue
        A profile of another mode, or that counts station to station, which no drive does; no gap.

    Notes
    -----
    Distances points × points, points × gap ends, ends × ends; then a pass of minima a link that is opened (Ausiello et al. 1991,
    J. Algorithms 12, 615–638).
    """
    if profile.mode not in ("car", "truck"):
        raise BadValue(f"the gap algebra is for roads; the profile travels by {profile.mode}")
    if profile.count == "station_to_station":
        raise BadValue("station_to_station has no meaning for a car journey: take in_vehicle or door_to_door")
    wanted = gaps.index if isinstance(gaps, pd.DataFrame | pd.Series) else [gaps] if isinstance(gaps, str) else gaps
    ids = tuple(dict.fromkeys(str(one) for one in wanted))
    if not ids:
        raise BadValue("no gap is given: name at least one")
    start = resolve(net, origins)
    goal = start if destinations is None else resolve(net, destinations)
    engine = compile(net, profile)
    around = roads.around_gaps_ds(engine.net, start, goal, ids, peak=profile.peak, threads=engine.threads)
    rows = net.table("gap").set_index("gap_id")
    return GapMatrices(
        gaps=ids,
        origins=start,
        destinations=goal,
        around=around,
        parking_s=engine.parking_s(),
        excludes=tuple(sorted({(min(a, b), max(a, b)) for a in ids for b in str(rows.at[a, "excludes"]).split(";") if b in ids})),
        about=about.about(engine.net, profile),
    )
