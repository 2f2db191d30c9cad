"""The circle by date: verdict and people, what opened when, and what each opening gave."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.choosing.choices import MOST_ROUTED, Choices
from commute.analysis.choosing.options import Option
from commute.analysis.growth import DATES, growth
from commute.analysis.hybrid import ROADS, RULES, Between
from commute.analysis.progress import Progress, Steps
from commute.analysis.worth.gaps import gap_facts
from commute.analysis.worth.stakes import MEASURES, stakes
from commute.errors import BadValue
from commute.model import validity
from commute.model.results.timeline import Timeline
from commute.model.scenario import Scenario

if TYPE_CHECKING:
    from commute.model.network import Level, Network
    from commute.model.target import Target

MOST_LINES = MOST_ROUTED - 2
OTHER = {
    ROADS: ("其他新路与改线", "other roads opened, closed or rebuilt"),
    RULES: ("既有线路的时刻、车站与进站", "timetables of lines there were, stations, entry"),
    "lines": ("新开各线", "all lines opened"),
    "rest": ("新路沿途可接入、旧路停用", "joining new roads on the way, old forms closed"),
}
KNOWN = {4: "year", 7: "month", 10: "day", 0: ""}


def timeline(
    net: Network,
    target: Target,
    *,
    dates: Sequence[str | tuple[str, str, str]] | None = None,
    redistributions: int = 50,
    levels: Sequence[Level] = ("favourable", "central", "unfavourable"),
    progress: Progress | None = None,
) -> Timeline:
    """The circle on several dates, and each opening's part in the change from one to the next.

    Parameters
    ----------
    net : Network, at all its dates
    target : Target
    dates : sequence of day, or of (day, label_zh, label_en), rising; None takes those of the area's main openings
    redistributions, levels : as `check`
    progress : callable(done, total), optional

    Returns
    -------
    Timeline

    Raises
    ------
    BadValue
        Fewer than two dates, dates that do not rise, or as `check`.

    Notes
    -----
    The part of an opening is its Shapley value among all that changed between two dates, at the central constants: its gain averaged
    over all orders in which they could have come. Roads go by the gap algebra, lines and timetables are routed in every combination
    (of more than 6 lines in one interval, together). What the algebra does not say, such as joining a new road between its
    ends, stands as a row of its own, so that the rows of an interval sum to the whole change.
    """
    wanted = [(one, one, one) if isinstance(one, str) else one for one in (DATES if dates is None else dates)]
    days = [validity.to_day(day) for day, _, _ in wanted]
    if target.when in ("am_peak", "pm_peak"):
        days = [validity.next_weekday(day) for day in days]
    if len(days) < 2 or any(b <= a for a, b in pairwise(days)):
        raise BadValue(f"dates must be two or more and rise: {', '.join(map(str, days))}")
    intervals = [_Interval.of(net, str(first), str(last)) for first, last in pairwise(days)]
    steps = Steps(progress, len(days) + sum(1 << len(one.routed) for one in intervals))

    def tell(_: int = 0, __: int = 0) -> None:
        steps()

    frame = growth(net, target, wanted, redistributions=redistributions, levels=levels, progress=tell)
    parts = [_openings(net, target, one, tell) for one in intervals]
    openings = pd.concat(parts, ignore_index=True)
    return Timeline(
        target, frame, openings, {"dates": [str(day) for day in days], "redistributions": redistributions, "levels": tuple(levels)}
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Interval:
    """What opened between two dates: road gaps by the algebra, and what is routed, by key, with the items of each."""

    between: Between
    gaps: list[str]
    routed: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, net: Network, first: str, last: str) -> _Interval:
        between = Between.of(net, first, last)
        known = gap_facts(net)["length_known"]
        lines = {line: (line,) for line in between.lines} if len(between.lines) <= MOST_LINES else {"lines": tuple(between.lines)}
        return cls(between, [gap for gap in between.gaps if known[gap]], {ROADS: (ROADS,), RULES: (RULES,), **lines})


def _openings(net: Network, target: Target, one: _Interval, tell: Progress) -> pd.DataFrame:
    between, first, last = one.between, str(one.between.early.day), str(one.between.late.day)
    options = [_option(gap, (gap,)) for gap in one.gaps] + [_option(key, ()) for key in one.routed]

    def made(chosen: Collection[int]) -> Network:
        return between.network([item for k in chosen for item in one.routed[options[k].key]])

    choices = Choices(net, target, options, made=made, progress=tell)
    shares = choices.shares()
    whole = stakes(between.early, target, ()).totals - stakes(between.late, target, ()).totals
    rest = whole - shares["shapley"].sum(axis=0)
    rows = [_row(net, first, last, option.key, between) for option in options] + [_row(net, first, last, "rest", between)]
    values = {"": np.vstack([shares["shapley"], rest]), "_alone": np.vstack([shares["alone"], np.full_like(rest, np.nan)])}
    frame = pd.DataFrame(rows)
    for suffix, each in values.items():
        for k, name in enumerate(MEASURES):
            frame[f"{name}{suffix}"] = each[:, k]
    moves = frame[[*MEASURES, *(f"{name}_alone" for name in MEASURES)]].abs().max(axis=1) >= 1.0
    frame = frame[moves | frame["kind"].isin(["road", "line"])]
    return frame.sort_values(list(MEASURES[:1]), ascending=False, kind="stable")


def _option(key: str, gaps: tuple[str, ...]) -> Option:
    bare = Scenario(name=key)
    return Option(key=key, name_zh=key, name_en=key, kind="opening", gaps=gaps, scenario=bare, cost=None, cost_basis="", published=False)


def _row(net: Network, first: str, last: str, key: str, between: Between) -> dict[str, Any]:
    row: dict[str, Any] = {"from_date": first, "to_date": last, "opens": "", "opens_known": "", "key": key}
    gaps = set(net.table("gap")["gap_id"])
    if key in between.gaps or key in gaps:
        gap = net.table("gap").set_index("gap_id").loc[key]
        row |= {
            "opens": gap["opens"],
            "kind": "road" if key in between.gaps else "line",
            "name_zh": gap["name_zh"],
            "name_en": gap["name"] or gap["name_zh"],
        }
    elif key in between.lines:
        route = net.table("routes").set_index("route_id").loc[key]
        row |= {"opens": route["opens"], "kind": "line", "name_zh": route["route_long_name"], "name_en": route["route_name_en"]}
    else:
        row |= {"kind": key, "name_zh": OTHER[key][0], "name_en": OTHER[key][1]}
    return {**row, "opens_known": KNOWN.get(len(str(row["opens"])), "")}
