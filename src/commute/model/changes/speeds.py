"""Changes of speed: set it or scale it, and congestion of an area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from commute.errors import BadValue
from commute.model.changes.link_rows import LinkChange, told
from commute.model.changes.links import FASTEST, SLOWEST, within

LEAST, MOST = 0.01, 10.0  # of a factor
WHEN = {"peak": ("peak_factor",), "free": ("free_factor",), "all": ("free_factor", "peak_factor")}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSpeed(LinkChange):
    """Set the speed of roads, or scale it.

    Parameters
    ----------
    link : tuple of str, link ids, the ids of open gaps among them; or `where`
    free_speed_kmh : float, km/h, 1 to 150: the free-flow speed, signals included; or
    factor : float, above 0, on free-flow and published peak speed; of several all count
    peak_speed_kmh : float, km/h, at most the free-flow speed; beside one of these or alone
    direction : {"both", "forward", "backward"}

    Notes
    -----
    A link without a published peak speed has in the peak its free-flow speed times the peak factor of its class and area, so
    that the peak changes in proportion. A published peak speed is scaled likewise, unless `peak_speed_kmh` gives a new one.
    What widening and congestion do to the peak (`Widen`, `Congestion`) comes on top. Traffic is not assigned anew: a faster
    road draws none, here or elsewhere.
    """

    kind: ClassVar[str] = "set_speed"
    free_speed_kmh: float | None = None
    factor: float | None = None
    peak_speed_kmh: float | None = None

    def __post_init__(self) -> None:
        LinkChange.__post_init__(self)
        if self.free_speed_kmh is not None and self.factor is not None:
            raise BadValue("set_speed: both free_speed_kmh and factor are given, give one")
        if self.free_speed_kmh is None and self.factor is None and self.peak_speed_kmh is None:
            raise BadValue("set_speed needs free_speed_kmh, factor or peak_speed_kmh")
        within("set_speed", "factor", self.factor, 0.0, FASTEST, above=True)
        for name in ("free_speed_kmh", "peak_speed_kmh"):
            within("set_speed", name, getattr(self, name), SLOWEST, FASTEST)

    def sets(self) -> tuple[str, ...]:
        both = (("free_speed_kmh", self.free_speed_kmh), ("peak_speed_kmh", self.peak_speed_kmh or self.free_speed_kmh))
        return tuple(f"{name}{self.way()}" for name, value in both if value is not None)

    def refusals(self, rows: pd.DataFrame) -> list[str]:
        free, peak = self.values(rows).values()
        above = (peak > free) & (self.peak_speed_kmh is not None)
        return (
            told(rows, free > FASTEST, "{0} would run at {1:g} km/h, must be at most 150", free)
            or told(rows, free < SLOWEST, "{0} would run at {1:g} km/h, must be at least 1", free)
            or told(rows, (peak < SLOWEST) | (peak > FASTEST), "{0} would run at {1:g} km/h in the peak, must be from 1 to 150", peak)
            or told(rows, above, "peak_speed_kmh {1:g} is above the free-flow speed {2:g} of {0}", peak, free)
        )

    def values(self, rows: pd.DataFrame) -> dict[str, pd.Series]:
        old, published = rows["free_speed_kmh"], rows["peak_speed_kmh"]
        free = old * (self.factor or 1.0) if self.free_speed_kmh is None else _all(rows, self.free_speed_kmh)
        peak = published * (free / old) if self.peak_speed_kmh is None else _all(rows, self.peak_speed_kmh)
        return {"free_speed_kmh": free, "peak_speed_kmh": peak}


def _all(rows: pd.DataFrame, value: float) -> pd.Series:
    return pd.Series(value, index=rows.index, dtype="float64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Congestion(LinkChange):
    """Speeds of an area, or of roads, times a factor: below 1 slower, above 1 quicker.

    Parameters
    ----------
    link : tuple of str, link ids; or `where`, such as Where(polygon=…)
    factor : float, 0.01 to 10, on the speed that the link would have otherwise
    when : {"peak", "free", "all"}
        peak: the peaks; free: all other times; all: both
    priority : int
        Where several mean one link at one time, that of the highest priority holds; of equal ones none, which is refused.
    direction : {"both", "forward", "backward"}

    Notes
    -----
    It is the link's `peak_factor` or `free_factor`, in place of one that it has, and comes on top of the peak factor of its
    class and area, of widening and of `SetSpeed`: factors of different kinds multiply. Resulting speeds stay within 1 to 150
    km/h, and a peak speed is not raised above free flow. Congestion is stated, not computed: traffic is not assigned anew, so
    that a road that is opened or widened changes no other road's. (In an equilibrium a new road can slow everyone down,
    Braess 1968; here none can.)
    """

    kind: ClassVar[str] = "congestion"
    factor: float
    when: str = "peak"
    priority: int = 0

    def __post_init__(self) -> None:
        LinkChange.__post_init__(self)
        within("congestion", "factor", self.factor, LEAST, MOST)
        if self.when not in WHEN:
            raise BadValue(f"congestion: when {self.when!r} is none of {', '.join(WHEN)}")

    def sets(self) -> tuple[str, ...]:
        return tuple(f"{name} at priority {self.priority}{self.way()}" for name in WHEN[self.when])

    def rank(self) -> tuple[int, str]:
        """Its place among congestions: the highest priority is applied last, and so holds."""
        return self.priority, self.id

    def values(self, rows: pd.DataFrame) -> dict[str, pd.Series]:
        return {name: _all(rows, self.factor) for name in WHEN[self.when]}
