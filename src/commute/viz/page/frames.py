"""A frame as an HTML table: chosen columns, in order, each with its head and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from commute.model.results.amounts import MEASURE_HEADS, UNIT_WORDS, basis_words, figures
from commute.viz.page import words
from commute.viz.page.html import Cell, Markup, esc, table, tag, two
from commute.viz.page.numbers import NONE, minutes, money, money_range, percent, person_minutes, real, saving, whole
from commute.viz.page.words import say, word

if TYPE_CHECKING:
    import pandas as pd

NUMBER = re.compile(r"^([−+<~]?\d[\d,.]*%?|—|)( ?\(.*\)| <small>\(.*\)</small>)?$")
TAG = re.compile(r"<[^>]+>")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHORT = 10  # characters
Written = Callable[[Any], object]
Column = tuple[object, Written]


def frame_table(frame: pd.DataFrame, columns: Mapping[str, Column], *, caption: object = "", many: int = 12) -> Markup:
    """The columns that the frame has, written; a line instead where it has no rows."""
    if not len(frame):
        return tag("p", say("nothing"), class_="nothing")
    shown = {name: column for name, column in columns.items() if name in frame.columns or name.startswith("=")}
    heads = [head for head, _ in shown.values()]
    rows = []
    for _, row in frame.iterrows():
        cells = []
        for k, (name, (_, written)) in enumerate(shown.items()):
            value = written(row if name.startswith("=") else row[name])
            cells.append(value if isinstance(value, Cell) else Cell(value, css=_css(value), heads=k == 0))
        rows.append(cells)
    return table(heads, rows, caption=caption, many=many)


def _css(value: object) -> str:
    """n for numbers, w for what is short enough to stay on one line."""
    if not isinstance(value, str):
        return ""
    if NUMBER.match(value):
        return "n"
    return "w" if max((len(TAG.sub("", part)) for part in value.split("</span>")), default=0) <= SHORT else ""


def text(value: Any) -> object:
    """Text as it is; nothing for what is missing."""
    return "" if value is None or value != value else str(value)


def source(value: Any) -> Markup:
    """A source's own words, shown in both languages and marked as English where they are.

    The mark is en-GB: the style sheet hides what is marked `en` while Chinese is shown.
    """
    said = str(text(value))
    if not said:
        return Markup("")
    return tag("span", said, class_="source", lang=None if CHINESE.search(said) else "en-GB")


def noted(name: str = "note") -> Written:
    """Writes a row's words in the language shown; the English ones, marked, where there is no Chinese."""
    return lambda row: two(text(row.get(f"{name}_zh")) or source(row.get(name)), text(row.get(name)))


def plain(value: Any) -> str:
    """A number as short as it is exact."""
    number = real(value)
    return NONE if number is None else f"{number:g}"


def shown(value: Any) -> str:
    """A whole number; nothing for 0 or what is missing, so that the eye finds what is there."""
    number = real(value)
    return "" if number is None or round(number) == 0 else f"{number:.0f}"


def one_place(value: Any) -> str:
    """A number to one decimal place."""
    number = real(value)
    return NONE if number is None else f"{number:.1f}"


def signed(value: Any) -> str:
    """Minutes with their sign."""
    number = real(value)
    return NONE if number is None else ("0" if round(number) == 0 else f"{number:+.0f}".replace("-", "−"))


def cost(row: Any) -> Markup:
    """A cost and how it was found, or that none is published."""
    return _found(row, money(row.get("cost_mcny")))


def cost_range(row: Any) -> Markup:
    """Central cost with low and high, and how it was found."""
    return _found(row, money_range(row.get("cost_mcny"), row.get("cost_low_mcny"), row.get("cost_high_mcny")))


def _found(row: Any, shown: Markup) -> Markup:
    basis = str(text(row.get("cost_basis")))
    if real(row.get("cost_mcny")) is None or not basis:
        return shown
    said = two(basis_words(basis, "zh"), basis_words(basis, "en"))
    doubted = basis.startswith("assumed") or bool(text(row.get("assumed_costs")))
    return Markup(f"{shown} {tag('small', said, class_='doubted' if doubted else None)}")


def measure_head(measure: str, more_zh: str = "", more_en: str = "") -> Markup:
    """The head of a column of a measure, with its unit where that is person-minutes."""
    zh, en = MEASURE_HEADS[measure]
    if measure == "people_inside":
        return two(zh, en)
    return two(f"{zh}{more_zh}({UNIT_WORDS['zh']})", f"{en}{more_en}, {UNIT_WORDS['en']}")


def worth(measure: str) -> Column:
    """A column of a measure."""
    return measure_head(measure), count if measure == "people_inside" else many_minutes


def many_minutes(value: Any) -> Cell:
    """Person-minutes, right-aligned."""
    return Cell(person_minutes(value), css="n")


def count(value: Any) -> Cell:
    """A number to two figures with its thousands, right-aligned."""
    number = real(value)
    return Cell(NONE if number is None else f"{figures(number):,.0f}", css="n")


def confidence(value: Any) -> Markup:
    """How far a row is to be trusted; low and assumed are marked."""
    told = word(words.CONFIDENCE, value)
    return tag("span", told, class_="doubted") if value in ("low", "assumed") else esc(told)


def named_both(zh: str = "name_zh", en: str = "name_en") -> Written:
    """Writes a row's two names."""
    return lambda row: two(text(row.get(zh)) or text(row.get(en)), text(row.get(en)) or text(row.get(zh)))


def of(book: dict[str, tuple[str, str]]) -> Written:
    """Writes a key as its word."""
    return lambda value: word(book, value)


def ranged(value: str = "minutes", low: str = "low", high: str = "high") -> Written:
    """Writes a row's minutes with their range."""
    return lambda row: minutes(row.get(value), row.get(low), row.get(high))


def shared(value: str = "share", low: str = "low", high: str = "high") -> Written:
    """Writes a row's share with its range."""

    def written(row: Any) -> str:
        ends = (percent(row.get(low)), percent(row.get(high)))
        spread = "" if NONE in ends or ends[0] == ends[1] else f" ({ends[0].rstrip('%')}–{ends[1].rstrip('%')})"
        return f"{percent(row.get(value))}{spread}"

    return written


__all__ = [
    "confidence",
    "cost",
    "cost_range",
    "count",
    "frame_table",
    "many_minutes",
    "measure_head",
    "minutes",
    "named_both",
    "noted",
    "of",
    "one_place",
    "plain",
    "ranged",
    "saving",
    "shared",
    "shown",
    "signed",
    "source",
    "text",
    "whole",
    "worth",
]
