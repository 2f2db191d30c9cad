"""What gaps cost: published figures moved to one price base, else length × the cost of a km of their class; never 0 for unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from commute.model.projects import PRICE_YEAR

if TYPE_CHECKING:
    from commute.model.network import Network

GROWTH = "construction_price_growth"  # a year; a constant of the network, no change of prices where it has none
COLUMNS = {"low": "cost_low_mcny", "central": "cost_mcny", "high": "cost_high_mcny"}
NONE = "no published cost"


def gap_costs(net: Network) -> pd.DataFrame:
    """Costs of all gaps in prices of 2025, index gap_id: cost_low_mcny, cost_mcny, cost_high_mcny, cost_published, cost_basis.

    A published cost is moved to 2025 by the constant construction_price_growth (low, central, high) where its price year is known.
    Else it is length × unit cost (low, central, high) of the gap's cost class, assumed; NaN where neither is known.
    """
    gap = net.table("gap").set_index("gap_id")
    unit = net.table("unit_cost").set_index("cost_class")
    per_km = unit.reindex(gap["cost_class"]).set_axis(gap.index)
    published = gap["cost_mcny"]
    known = published.notna()
    years = (PRICE_YEAR - gap["price_year"]).fillna(0.0).to_numpy(np.float64)
    growth = _growth(net)
    parts = {}
    for level, column in COLUMNS.items():
        moved = published * (1.0 + growth[level]) ** years
        parts[column] = moved.where(known, gap["length_km"] * per_km[f"{level}_mcny_per_km"])
    frame = pd.DataFrame(parts)
    frame = frame.assign(cost_low_mcny=frame.min(axis=1), cost_high_mcny=frame.max(axis=1))  # prices later than 2025 are moved down
    frame["cost_published"] = known
    moved_from = (known & (years != 0.0)).to_numpy(bool)
    basis = gap["cost_basis"].where(known, NONE)
    then = [f"{said}, prices of {year:.0f} moved to {PRICE_YEAR}" for said, year in zip(basis, gap["price_year"].fillna(0.0), strict=True)]
    basis = basis.where(~moved_from, pd.Series(then, index=gap.index))
    guessed = ~known & frame["cost_mcny"].notna()
    return frame.assign(cost_basis=basis.where(~guessed, "assumed: length × the cost of a km of " + gap["cost_class"]))


def moved(net: Network, amount_mcny: float, price_year: int) -> tuple[float, float, float]:
    """A cost of one year in prices of 2025: low, central, high."""
    low, central, high = sorted(amount_mcny * (1.0 + one) ** (PRICE_YEAR - price_year) for one in _growth(net).values())
    return low, central, high


def _growth(net: Network) -> dict[str, float]:
    constants = net.constants
    return {level: float(constants[level].to_dict().get(GROWTH, 0.0)) for level in COLUMNS}
