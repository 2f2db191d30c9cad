"""Amounts in words, no finer than they are known: people, person-minutes, money, and how a cost was found."""

from __future__ import annotations

import math
import re

MEASURE_HEADS = {  # of columns and axes of measures: Chinese, English
    "shortfall_person_min": ("超时减少", "shortfall removed"),
    "people_inside": ("新进圈的人", "people newly inside"),
    "person_min": ("到另一城市中心省时", "saved to other centres"),
    "all_person_min": ("全部潜在出行省时", "saved on all potential journeys"),
    "cross_person_min": ("跨城潜在出行省时", "saved between cities"),
}
UNIT = {"zh": 1e4, "en": 1e3}  # of person-minutes in tables: 万人·分, thousand person-min
UNIT_WORDS = {"zh": "万人·分", "en": "thousand person-min"}
BASES = (  # of a cost: pattern, Chinese, English
    (re.compile(r"(\d+) of (\d+) published"), "{1} 项中 {0} 项公布", "{0} of {1} published"),
    (re.compile(r"published.*, prices of (\d+) moved to (\d+)"), "公布（{0} 年价折算）", "published (prices of {0}, moved)"),
    (re.compile(r"published"), "公布", "published"),
    (re.compile(r"assumed: the sum of its gaps"), "假定（各路段之和）", "assumed (sum of its gaps)"),
    (re.compile(r"assumed: length"), "假定（里程 × 单价）", "assumed (length × unit cost)"),
    (re.compile(r"assumed"), "假定", "assumed"),
    (re.compile(r"no published cost"), "未公布", "not published"),
)


def figures(value: float, count: int = 2) -> float:
    """A number to so many figures; below a half of one, 0."""
    if not abs(value) >= 0.5:
        return 0.0
    return float(round(value, count - 1 - math.floor(math.log10(abs(value)))))


def people_words(value: float, lang: str) -> str:
    """So many people in words, to two figures: "1.2 million", "34,000", " 120 万人"."""
    number = figures(value)
    if lang == "zh":
        return f" {number / 1e4:g} 万人" if number >= 1e4 else f" {number:.0f} 人"
    return f"{number / 1e6:g} million" if number >= 1e6 else f"{number:,.0f}"


def person_minutes_words(value: float, lang: str) -> str:
    """Person-minutes in words, to three figures: " 1610 万人·分钟", "16.1 million person-minutes"."""
    number = figures(value, 3)
    if lang == "zh":
        return f" {number / 1e4:g} 万人·分钟" if abs(number) >= 1e4 else f" {number:.0f} 人·分钟"
    return f"{number / 1e6:g} million person-minutes" if abs(number) >= 1e6 else f"{number:,.0f} person-minutes"


def in_unit(value: float, lang: str) -> str:
    """Person-minutes in the unit of tables, whole; what is less than half of one is not called nought."""
    unit = UNIT[lang]
    if value == 0 or abs(value) >= unit / 2:
        return f"{value / unit:,.0f}".replace("-", "−")
    return "<1" if value > 0 else "~0"


def money(mcny: float, lang: str) -> str:
    """Million yuan in words, three figures at most: 30 亿元, 3 billion."""
    if lang == "zh":
        return f" {_three(mcny / 100)} 亿元" if mcny >= 100 else f" {_three(mcny * 100)} 万元"
    return f"{_three(mcny / 1000)} billion" if mcny >= 1000 else f"{_three(mcny)} million"


def _three(value: float) -> str:
    return f"{float(f'{value:.3g}'):g}"  # 3500, where .3g alone gives 3.5e+03


def basis_words(basis: str, lang: str) -> str:
    """How a cost was found, in short; as it stands where it is none of ours."""
    for pattern, zh, en in BASES:
        if found := pattern.match(basis):
            return (zh if lang == "zh" else en).format(*found.groups())
    return basis
