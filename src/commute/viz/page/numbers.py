"""Figures as the page writes them: minutes whole, shares to 1%, money to two figures, always with their range where there is one."""

from __future__ import annotations

from math import floor, isfinite, log10

from commute.model.results.amounts import in_unit
from commute.viz.page.html import Markup, esc, tag, two

NONE = "—"


def whole(value: object) -> str:
    """A whole number; a dash where there is none."""
    number = real(value)
    return NONE if number is None else f"{number:.0f}"


def minutes(value: object, low: object = None, high: object = None) -> Markup:
    """Whole minutes, the range small behind them where it differs."""
    spread = _range(whole(low), whole(high))
    return Markup(f"{esc(whole(value))}{_small(spread, whole(value))}")


def share(value: object, low: object = None, high: object = None) -> Markup:
    """A share to 1%, the range small behind it."""
    spread = _range(percent(low), percent(high))
    return Markup(f"{esc(percent(value))}{_small(spread, percent(value))}")


def percent(value: object) -> str:
    """A share in whole per cent, never finer; `<1%` for what is above nothing."""
    number = real(value)
    if number is None:
        return NONE
    return "<1%" if 0 < number < 0.005 else f"{number:.0%}"


def money(mcny: object, basis: str = "") -> Markup:
    """Million yuan to two figures; a cost that nobody published is said to be unknown, not nought."""
    number = real(mcny)
    if number is None:
        return two("未公布", "not published")
    rounded = _two_figures(number)
    zh = f"{rounded / 100:,.0f}" if rounded >= 1000 else f"{rounded / 100:g}"
    return two(f"{zh} 亿元", f"{rounded:,.0f} million CNY" if rounded >= 10 else f"{rounded:g} million CNY")


def money_range(mcny: object, low: object, high: object) -> Markup:
    """Money with its range small behind it, in the same unit; the range is left out where it is not known."""
    shown, ends = money(mcny), (real(low), real(high))
    if real(mcny) is None or ends[0] is None or ends[1] is None or ends[0] == ends[1]:
        return shown
    first, last = (_two_figures(one) for one in ends if one is not None)
    return Markup(f"{shown} {tag('small', two(f'({first / 100:g}–{last / 100:g})', f'({first:,.0f}–{last:,.0f})'))}")


def person_minutes(value: object) -> Markup:
    """Person-minutes in 10,000 (Chinese) or 1,000 (English); what is less than half of one is not called nought."""
    number = real(value)
    if number is None:
        return Markup(NONE)
    return two(*(in_unit(number, lang) for lang in ("zh", "en")))


def saving(value: object) -> Markup:
    """Minutes saved, with a minus; 0 as it is."""
    number = real(value)
    if number is None:
        return Markup(NONE)
    return Markup("0") if round(number) == 0 else Markup(f"−{abs(number):.0f}" if number > 0 else f"+{abs(number):.0f}")


def real(value: object) -> float | None:
    """A finite float, or None."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) else None


def _two_figures(number: float) -> float:
    if number == 0:
        return 0.0
    digits = 1 - floor(log10(abs(number)))
    return round(number, digits)


def _range(low: str, high: str) -> str:
    if NONE in (low, high) or low == high:
        return ""
    return f"{low.rstrip('%')}–{high.rstrip('%')}"


def _small(spread: str, shown: str) -> str:
    return "" if not spread or shown == NONE else " " + tag("small", f"({spread})")
