"""All that the report page shows, as plain data: frames, and the network they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.network import Network
    from commute.model.results.check import CircleCheck
    from commute.model.results.comparison import Comparison
    from commute.model.results.portfolio import Portfolio
    from commute.model.results.screen import FirstScreen
    from commute.model.results.timeline import Timeline

Words = tuple[str, str]  # Chinese, English


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Building:
    """What to build first, and what is known of the tasks.

    Attributes
    ----------
    portfolio : Portfolio, the best set under the report's budget
    frontier : a row a budget, as `analysis.frontier` gives it
    register : a row a task of the register, late ones first, as `analysis.register` gives it
    missing : a row a candidate link that no list names, as `analysis.missing` gives it; None where the target asks no car
    dates : a row a date known to the month or year: table, name_zh, name_en, field (opens, closes, opens_planned), said, counts_from
    """

    portfolio: Portfolio
    frontier: pd.DataFrame
    register: pd.DataFrame
    missing: pd.DataFrame | None
    dates: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Further:
    """What the full report asks beyond the quick one.

    Attributes
    ----------
    comparison : Comparison of the network with plans; None where there are none
    timeline : Timeline
    critical : a row a link or station, worst first within a kind, as `analysis.critical` gives it
    required : a row a failing pair of centres and lever, as `analysis.required` gives it
    unasked : lever to why it was not asked, Chinese and English
    """

    comparison: Comparison | None
    timeline: Timeline
    critical: pd.DataFrame
    required: pd.DataFrame
    unasked: Mapping[str, Words] = field(default_factory=dict)


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
    rank : a row a gap, as `analysis.ranking.rank` gives it
    interactions : pairs of gaps that replace or complete each other; None where that was not asked
    growth : date, label_zh, label_en, state, share, share_low, share_high, opened and a pair's best minutes a column
    claims : each published claim with what the model says
    fit, fit_summary : a row an observed time, and by basis
    trains : trains a day by station and timetable period
    building : Building, or None where it was not asked: its sections then say how to ask
    further : Further, of a full report, else None: likewise
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
    interactions: pd.DataFrame | None = None
    building: Building | None = None
    further: Further | None = None
    doubt: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def name(self, ident: str, lang: str) -> str:
        """The name of an id in a language; the id itself where it has none."""
        zh, en = self.names.get(ident, ("", ""))
        return (zh if lang == "zh" else en) or zh or en or ident
