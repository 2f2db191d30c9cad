"""What is judged by a time: pairs of places with another way beside the drive, and what their minutes count for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from commute.routing.street import FAR, Floats, Ints, Longs, kernel

SHORTFALL, INSIDE, MINUTES = range(3)  # kinds of a measure
SAME = 1e-9  # of a minute


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Judged:
    """What is judged by a time: item k goes from row[k] of od to column col[k], or takes other_s[k], whichever is less."""

    row: Longs
    col: Longs
    other_s: Floats  # seconds, inf where there is no other way
    kind: Longs  # [n_measures] SHORTFALL, INSIDE, MINUTES
    weight: Floats  # [n_measures, n_items]
    minutes: float  # the limit
    cap_min: float  # no item counts for more
    parking_s: int  # added to every drive

    def of(self, chosen: Any) -> Judged:
        """Some of the items, by position or mask."""
        weight = np.ascontiguousarray(self.weight[:, chosen])
        return replace(self, row=self.row[chosen], col=self.col[chosen], other_s=self.other_s[chosen], weight=weight)

    def seconds(self, ds: Ints) -> Floats:
        """Seconds of each item that drives so many deciseconds: rounded once, then parking; or its other way. inf where there is none."""
        return np.minimum(np.where(ds < FAR, (ds + 5) // 10 + self.parking_s, np.inf), self.other_s)

    def before_s(self, od: Ints) -> Floats:
        """Seconds of each item with no gap open, at most the cap: beyond it nothing counts."""
        return np.minimum(self.seconds(od[self.row, self.col]), self.cap_min * 60.0)

    def saved(self, before_s: Floats, after_s: Floats) -> Floats:
        """What the measures gain, shape (n_measures,): weight × minutes of shortfall or journey saved, weight that comes inside."""
        out = np.zeros(len(self.kind))
        _add_all(before_s, after_s, self.kind, self.weight, (float(self.minutes), float(self.cap_min)), out)
        return out


@kernel
def _add_all(before_s, after_s, kind, weight, limits, out):  # type: ignore[no-untyped-def]
    for k in range(len(before_s)):
        add_saved(before_s[k], after_s[k], k, kind, weight, limits, out)


@kernel
def add_saved(before_s, after_s, k, kind, weight, limits, out):  # type: ignore[no-untyped-def]
    """Add the weight of item k × (what counts before − what counts after)."""
    minutes, cap = limits
    old, new = before_s / 60.0, after_s / 60.0
    inside = np.float64(new <= minutes + SAME) - np.float64(old <= minutes + SAME)
    old, new = min(old, cap), min(new, cap)
    for m in range(len(kind)):
        if kind[m] == SHORTFALL:
            out[m] += weight[m, k] * (max(0.0, old - minutes) - max(0.0, new - minutes))
        elif kind[m] == INSIDE:
            out[m] += weight[m, k] * inside
        else:
            out[m] += weight[m, k] * (old - new)
