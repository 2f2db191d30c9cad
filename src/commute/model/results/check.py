"""The answer to "does the circle hold?", as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import pandas as pd

from commute.errors import UnknownId
from commute.model.results.times import LEGS
from commute.model.target import Target

State = Literal["holds", "fails", "in_doubt"]


class Range(NamedTuple):
    """A central value with its low and high."""

    central: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class CircleCheck:
    """Whether a target holds, by how much, and why not.

    Attributes
    ----------
    state : holds, fails, or in_doubt: it differs between the favourable, central and unfavourable constants
    people_share : Range, 0–1, of the target's area; low and high over seeded spreads of people × constants
    shares : DataFrame, a row an area, limit and kind: area (core, metropolitan, three_cities), minutes, inside (another: another
        city's centre; own; every: those of all cities), share, low, high
    minutes_needed : Range, the smallest limit at which the target would hold; inf where none
    shortfall_min : Range, person-weighted mean of max(0, t − limit); no journey counts for more than `about["shortfall_cap_min"]`
    pairs : DataFrame, a row a directed pair of centres (or of the target's origins and destinations): from_id, to_id, from_name,
        to_name (Chinese; also _en), from_city, to_city, minutes, low, high (favourable, unfavourable constants), slack_min,
        worst_leg, mode, state (holds, fails, in_doubt), by_car, by_transit, by_park_ride (minutes) and the legs in minutes
    zones : DataFrame, index zone_id: name_zh, name_en, city, county_code, in_area, lon, lat, people, minutes (low, high: median of
        its people to the nearest other centre), centre_id, centre, mode, share_inside (share_low,
        share_high), state (inside, outside, in_doubt)
    alternatives : DataFrame, a row a role of centres (main, government, rail_hub): role, centres, share, minutes_needed; central constants
    about : dict: date, network, scenarios, judged (people or pairs), share_by_level, minutes_needed_at (Range at 50 and 90 %),
        unreached_share, legs_of (the percentile whose legs the pairs show),
        routing_s and redistributions_s (seconds spent), and the profiles
    """

    target: Target
    state: State
    people_share: Range
    shares: pd.DataFrame
    minutes_needed: Range
    shortfall_min: Range
    pairs: pd.DataFrame
    zones: pd.DataFrame
    alternatives: pd.DataFrame = field(default_factory=pd.DataFrame)
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """True only where it holds beyond doubt."""
        return self.state == "holds"

    @property
    def definition(self) -> str:
        """The definition it was judged by, in English, with its date."""
        return f"{self.target.definition('en')} Network of {self.about.get('date')}."

    @property
    def definition_zh(self) -> str:
        """The same in Chinese."""
        return f"{self.target.definition('zh')}路网日期 {self.about.get('date')}。"

    def explain(self, origin: str, destination: str) -> pd.DataFrame:
        """The legs of one pair of centres: leg, minutes, share of the total; what is over the limit in the attribute `over_min`.

        Raises
        ------
        UnknownId
            No such pair.
        """
        rows = self.pairs
        start, end = (
            (rows[f"{side}_id"] == one) | (rows[f"{side}_name"] == one) | (rows[f"{side}_name_en"] == one)
            for side, one in (("from", origin), ("to", destination))
        )
        here = rows[start & end]
        if here.empty:
            known = [f"{a} → {b}" for a, b in zip(rows["from_name"], rows["to_name"], strict=True)]
            raise UnknownId("pair", f"{origin} → {destination}", known)
        row = here.iloc[0]
        legs = [f"{name}_min" for name in LEGS]
        out = pd.DataFrame({"leg": [name.removesuffix("_min") for name in legs], "minutes": [float(row[name]) for name in legs]})
        out["share"] = out["minutes"] / row["minutes"]
        out.attrs = {"from": row["from_name"], "to": row["to_name"], "over_min": max(0.0, -float(row["slack_min"])), "mode": row["mode"]}
        return out
