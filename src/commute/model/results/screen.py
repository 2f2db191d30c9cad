"""What a report opens with: one sentence, one table, the floor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from commute.errors import BadValue
from commute.model.results.check import CircleCheck, Range

ANSWERS = {
    "en": {"holds": "Yes", "fails": "No", "in_doubt": "In doubt"},
    "zh": {"holds": "成立", "fails": "不成立", "in_doubt": "存疑"},
}
NUMBERS = {
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "zh": ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"),
}


@dataclass(frozen=True, slots=True, eq=False)
class FirstScreen:
    """The first screen, as plain data.

    Attributes
    ----------
    check : CircleCheck, the verdict that the sentence says
    table : DataFrame, a row a pair or the people × count × mode: row (a pair's label or "people"), row_en, from_id, to_id,
        count, mode (car_free, car_peak, transit, transit_foot, park_ride, best), minutes, low, high (of a pair: its slower
        direction where both are asked; NaN for people, where there is no journey, and where the count has no meaning for the
        mode: stations by car, park-and-ride without its drive), share_30, share_45, share_60 and their
        _low and _high (of the people; NaN for pairs)
    floor : DataFrame, a row a pair: from_id, to_id, from_name, to_name, straight_km, speed_needed_kmh (straight line within the
        target's minutes), best_min (today, central), floor_min (what no listed lever removes), mode, why, why_zh
    about : dict
    """

    check: CircleCheck
    table: pd.DataFrame
    floor: pd.DataFrame
    about: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, lang: str = "en") -> str:
        """Yes, no or in doubt under the definition, then what does hold.

        Raises
        ------
        BadValue
            `lang` is neither zh nor en.
        """
        if lang not in ANSWERS:
            raise BadValue(f"lang is {lang!r}, must be zh or en")
        parts = _zh(self.check) if lang == "zh" else _en(self.check)
        return "".join(parts) if lang == "zh" else " ".join(parts)


def about(one: Range, lang: str = "en") -> str:
    """A share in words, with its range: "about 12% (9–16)", "under 1%"."""
    return _about(one, lang) + percent(one, lang)


def percent(one: Range, lang: str = "en") -> str:
    """A share with its range, no finer than 1 %: "12% (9–16)"; below a half of one "under 1%"."""
    central, low, high = (_whole(100 * value) for value in one)
    if math.isnan(one.central):
        return "—"
    shown = {"en": "under 1%", "zh": "不到 1%"}[lang] if central == 0 else f"{central}%"
    if (low, high) == (central, central):
        return shown
    return f"{shown}（{low}–{high}）" if lang == "zh" else f"{shown} ({low}–{high})"


def _about(one: Range, lang: str = "en") -> str:
    return "" if _whole(100 * one.central) == 0 else {"en": "about ", "zh": "约 "}[lang]


def whole_minutes(value: float) -> str:
    """Minutes, whole; "—" where there is no journey."""
    return str(_whole(value)) if math.isfinite(value) else "—"


def _whole(value: float) -> int:
    return math.floor(value + 0.5) if math.isfinite(value) else 0


def _pairs(check: CircleCheck, lang: str) -> tuple[int, str]:
    """How many pairs, and the least and most minutes of their slower directions, in words."""
    key = [tuple(sorted(pair)) for pair in zip(check.pairs["from_id"], check.pairs["to_id"], strict=True)]
    slowest = check.pairs["minutes"].fillna(np.inf).groupby(pd.Series(key, index=check.pairs.index), sort=False).max()
    low, high = (whole_minutes(float(one)) for one in (slowest.min(), slowest.max()))
    unit, never = {"en": ("min", "cannot be made"), "zh": ("分钟", "无法到达")}[lang]
    if low == "—":
        return len(slowest), never
    if high == "—":
        return len(slowest), f"{low} {unit} {'or ' if lang == 'en' else '至'}{never}"
    return len(slowest), f"{low if low == high else f'{low}–{high}'} {unit}"


def _en(check: CircleCheck) -> list[str]:
    target = check.target
    need = whole_minutes(check.minutes_needed.central)
    share = f"{_whole(100 * target.share)}%"
    count, minutes = _pairs(check, "en")
    number = NUMBERS["en"][count] if count <= 10 else str(count)
    parts = [f"{ANSWERS['en'][check.state]}."]
    if check.about.get("judged") == "pairs":
        which = "all of its pairs" if target.share == 1 else f"{share} of its pairs"
        parts.append(f"To hold for {which} it takes {need} min." if need != "—" else f"Not {which} can be made at all.")
        parts.append(f"The {number} pairs take {minutes}." if count != 1 else f"The pair takes {minutes}.")
        return parts
    parts.append(f"{share} of people need {need} min;" if need != "—" else f"Fewer than {share} of people can get there at all;")
    parts.append(f"{target.minutes:g} min holds for {about(check.people_share)}.")
    parts.append(f"The {number} centre pairs take {minutes}." if count != 1 else f"The centre pair takes {minutes}.")
    return parts


def _zh(check: CircleCheck) -> list[str]:
    target = check.target
    need = whole_minutes(check.minutes_needed.central)
    share = f"{_whole(100 * target.share)}%"
    count, minutes = _pairs(check, "zh")
    number = NUMBERS["zh"][count] if count <= 10 else str(count)
    parts = [f"{ANSWERS['zh'][check.state]}。"]
    if check.about.get("judged") == "pairs":
        which = "全部点对" if target.share == 1 else f"{share} 的点对"
        parts.append(f"{which}要成立需 {need} 分钟。" if need != "—" else f"{which}根本无法全部到达。")
        parts.append(f"{number}对点 {minutes}。")
        return parts
    parts.append(f"{share} 的人需要 {need} 分钟；" if need != "—" else f"不足 {share} 的人能到达；")
    parts.append(f"{target.minutes:g} 分钟内{about(check.people_share, 'zh')}。")
    parts.append(f"{number}对中心 {minutes}。")
    return parts
