"""All that the report page shows, as plain data: frames, and the network they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.network import Network
    from commute.model.results.check import CircleCheck
    from commute.model.results.screen import FirstScreen


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Report:
    """What `analysis.report` gathers and `viz` shows. A frame may be empty: its section then says that there is nothing.

    Attributes
    ----------
    net : Network, dated, scenarios applied
    check : CircleCheck
    screen : FirstScreen: sentence, table, floor
    names : id to (Chinese, English) name, for every id in the frames
    journeys : a row a pair of centres, parks and hubs: kind, from_id, to_id, mode, minutes, low, high, slack_min, worst_leg and legs
    centre_shares : a row a centre, area and limit: centre_id, area, minutes, share, low, high
    isochrones : GeoDataFrame: mode, origin_id, minutes, people, area_km2, geometry
    doubt : (mode, origin_id) to the ground that is inside 30 minutes only under favourable constants, WGS84
    levers : from_id, to_id, kind, lever_id, name_zh, name_en, saves_min, cost_mcny, cost_basis, confidence, note
    rank : a row a gap opened alone
    growth : date, label_zh, label_en, state, share, share_low, share_high, opened and a pair's best minutes a column
    claims : each published claim with what the model says
    fit, fit_summary : a row an observed time, and by basis
    trains : trains a day by station and timetable period
    about : date, hash, version, scenarios
    """

    net: Network
    check: CircleCheck
    screen: FirstScreen
    names: Mapping[str, tuple[str, str]]
    journeys: pd.DataFrame
    centre_shares: pd.DataFrame
    isochrones: Any
    levers: pd.DataFrame
    rank: pd.DataFrame
    growth: pd.DataFrame
    claims: pd.DataFrame
    fit: pd.DataFrame
    fit_summary: pd.DataFrame
    trains: pd.DataFrame
    doubt: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def name(self, ident: str, lang: str) -> str:
        """The name of an id in a language; the id itself where it has none."""
        zh, en = self.names.get(ident, ("", ""))
        return (zh if lang == "zh" else en) or zh or en or ident
