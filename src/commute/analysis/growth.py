"""How the circle grew, date by date, and how plans would go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.circle import LIMITS, check
from commute.analysis.measure import pairs as pair_room
from commute.analysis.measure.reach import LEVELS, rows_of
from commute.model import validity

if TYPE_CHECKING:
    from commute.model.network import Level, Network
    from commute.model.results.check import CircleCheck
    from commute.model.target import Target

DATES = (  # weekdays on either side of what changed most
    ("2016-06-30", "城际开通前", "before the intercity railway"),
    ("2016-12-27", "城际一期", "intercity, first part"),
    ("2017-12-27", "城际全线", "intercity, whole line"),
    ("2020-10-26", "芙蓉、洞株快速路", "the Furong and Dongzhu expressways"),
    ("2022-05-11", "西环线前", "before the West Ring"),
    ("2023-06-29", "西环线一期", "West Ring, phase 1"),
    ("2026-11-03", "今", "today"),
)
REDISTRIBUTIONS = 50
MOST_NAMED = 12


def growth(
    net: Network,
    target: Target,
    dates: Sequence[str | tuple[str, str, str]] | None = None,
    *,
    scenarios: Sequence[tuple[str, Network]] = (),
    progress: Callable[[int, int], None] | None = None,
    redistributions: int = REDISTRIBUTIONS,
    levels: Sequence[Level] = LEVELS,
) -> pd.DataFrame:
    """The target judged on a row of dates, then on the networks of scenarios; people stay those of the census.

    Parameters
    ----------
    net : Network
    target : Target
    dates : sequence of day, or of (day, label_zh, label_en), optional
        A day on a weekend is moved to the Monday after where the target is for weekdays.
    scenarios : sequence of (label, network), optional
        Such as plan_2030, applied by the caller; the network's own date is shown.
    progress : callable(done, total), optional
    redistributions, levels : as in `check`; the central level alone takes a third of the time

    Returns
    -------
    DataFrame
        A row a date or scenario, in the order given: date, label_zh, label_en, scenario, state, share, share_low, share_high,
        share_45 and share_60 (within those minutes), minutes_needed, shortfall_min, then for each pair of centres
        "<from> – <to>" its minutes (the slower direction where both are asked), "… mode" and, where it is among the target's
        modes, "… transit" (minutes of that direction), then opened and opened_en (what began since the row before: gaps and
        lines; roads that are no gap are left out). `attrs["pairs"]` lists the pairs' columns.
    """
    wanted = [(one, "", "") if isinstance(one, str) else one for one in (DATES if dates is None else dates)]
    total = len(wanted) + len(scenarios)
    rows: list[dict[str, Any]] = []
    before: date | None = None
    for text, zh, en in wanted:
        day = validity.to_day(text)
        day = validity.next_weekday(day) if target.when in ("am_peak", "pm_peak") else day
        then = net.on(day)
        known = {"date": str(day), "label_zh": zh or str(day), "label_en": en or str(day), "scenario": ""}
        rows.append({**known, **_judged(check(then, target, redistributions=redistributions, levels=levels)), **_opened(then, before)})
        before = day
        if progress:
            progress(len(rows), total)
    for label, planned in scenarios:
        known = {"date": str(planned.day), "label_zh": label, "label_en": label, "scenario": label, "opened": "", "opened_en": ""}
        rows.append({**known, **_judged(check(planned, target, redistributions=redistributions, levels=levels))})
        if progress:
            progress(len(rows), total)
    frame = pd.DataFrame(rows)
    frame.attrs["pairs"] = [name.removesuffix(" mode") for name in frame.columns if name.endswith(" mode")]
    return frame


def _judged(one: CircleCheck) -> dict[str, Any]:
    slow = pair_room.slower(one.pairs)
    out: dict[str, Any] = {
        "state": one.state,
        "share": one.people_share.central,
        "share_low": one.people_share.low,
        "share_high": one.people_share.high,
        **_within(one),
        "minutes_needed": one.minutes_needed.central,
        "shortfall_min": one.shortfall_min.central,
    }
    for row in rows_of(slow):
        a, b = sorted((row["from_name"], row["to_name"]))
        out[f"{a} – {b}"] = row["minutes"]
        out[f"{a} – {b} mode"] = row["mode"]
        if "by_transit" in row:
            out[f"{a} – {b} transit"] = row["by_transit"]
    return out


def _within(one: CircleCheck) -> dict[str, float]:
    """Shares of the target's area within 45 and 60 minutes of another city's centre."""
    rows = one.shares[(one.shares["area"] == one.target.area) & (one.shares["inside"] == "another")].set_index("minutes")["share"]
    return {f"share_{limit:g}": float(rows[limit]) for limit in LIMITS[1:]}


def _opened(net: Network, before: date | None) -> dict[str, str]:
    """Gaps and lines that began after `before`, up to the network's day; in words, the longest first."""
    if before is None:
        return {"opened": "", "opened_en": ""}
    zh, en = [], []
    gap = net.in_use("gap").sort_values("length_km", ascending=False, na_position="last")
    for frame, names in ((gap, ("name_zh", "name")), (net.in_use("routes"), ("route_long_name", "route_name_en"))):
        new = frame.loc[[bool(text) and validity.last_day(text) > before for text in frame["opens"]]]
        zh += list(new[names[0]])
        en += [b or a for a, b in zip(new[names[0]], new[names[1]], strict=True)]
    return {"opened": _listed(zh, "、", "等 {} 项"), "opened_en": _listed(en, ", ", " and others, {} in all")}


def _listed(names: list[str], joint: str, rest: str) -> str:
    shown = list(dict.fromkeys(one for one in names if one))
    if len(shown) <= MOST_NAMED:
        return joint.join(shown)
    return joint.join(shown[:MOST_NAMED]) + rest.format(len(shown))


def gains(frame: pd.DataFrame) -> pd.DataFrame:
    """The change of share and of each pair's minutes from row to row."""
    numbers = ["share", "minutes_needed", "shortfall_min", *frame.attrs.get("pairs", [])]
    change = frame[numbers].replace(np.inf, np.nan).diff()
    return pd.concat([frame[["date", "label_zh", "label_en"]], change], axis=1)
