"""The circle by date, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from commute.model.target import Target


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """How the circle grew, and what each opening gave.

    Attributes
    ----------
    target : Target
    dates : DataFrame, a row a date, as `analysis.growth.growth` gives it: date, labels, state, share (low, high), share_45, share_60,
        minutes_needed, shortfall_min, minutes of each pair of centres, opened and opened_en (what began since the row before)
    openings : DataFrame, a row an opening and the interval that it falls in: from_date, to_date, opens (its own date), opens_known
        (day, month or year: how well that date is known; it counts from its last day), key, kind (road, line, roads, rules, rest),
        name_zh, name_en, then a column a measure: its part of what the interval gained (Shapley value, so that a interval's rows sum
        to the gain), and with the suffix _alone what it alone would have given the network of from_date
    about : dict: networks' hashes, redistributions, weights, assumed
    """

    target: Target
    dates: pd.DataFrame
    openings: pd.DataFrame
    about: Mapping[str, Any] = field(default_factory=dict)

    def definition(self, lang: str = "en") -> str:
        """The definition each date is judged by, and whose people are counted."""
        text = self.target.definition(lang)
        return text + ("各日期的人口均为2020年人口。" if lang == "zh" else " The people of every date are those of 2020.")
