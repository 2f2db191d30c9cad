"""Small drawings inside the page, as SVG: marks on a line of minutes, bars of shares, bars of legs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commute.viz import palette
from commute.viz.page.html import EMPTY, Markup, esc, join, tag
from commute.viz.page.numbers import real

LONGEST_MIN = 120.0
WIDE, TALL = 180.0, 20.0


def strip(times: Mapping[str, float], title: str, limit: float = palette.LIMIT_MIN) -> Markup:
    """Marks of the modes on a line from 0 to 120 minutes; a bar to the best, the limit as a line across."""
    middle = TALL / 2
    best = real(times.get("best"))
    bar = EMPTY if best is None else Markup(f'<rect class="best" x="0" y="{middle - 3}" width="{_x(best):.1f}" height="6"/>')
    marks = [
        _mark(palette.MARK[mode], _x(found), middle)
        for mode, value in times.items()
        if mode != "best" and (found := real(value)) is not None
    ]
    ticks = [Markup(f'<line class="tick" x1="{_x(m):.1f}" x2="{_x(m):.1f}" y1="{middle - 2}" y2="{middle + 2}"/>') for m in (60, 90, 120)]
    line = Markup(f'<line class="limit" x1="{_x(limit):.1f}" x2="{_x(limit):.1f}" y1="0" y2="{TALL}"/>')
    axis = Markup(f'<line class="axis" x1="0" x2="{WIDE}" y1="{middle}" y2="{middle}"/>')
    return _svg(WIDE, TALL, title, [axis, *ticks, bar, line, *marks], "strip")


def key(mode: str) -> Markup:
    """A mode's mark alone, for table heads."""
    inner = Markup('<rect class="best" x="1" y="4" width="12" height="5"/>') if mode == "best" else _mark(palette.MARK[mode], 7, 6.5)
    return _svg(14, 13, "", [inner], "key")


def share_bar(value: float, low: float, high: float, title: str) -> Markup:
    """A share from 0 to 100% with its range as a whisker."""
    shown = [EMPTY if real(value) is None else Markup(f'<rect class="best" x="0" y="3" width="{value * 100:.1f}" height="6"/>')]
    if real(low) is not None and real(high) is not None:
        shown.append(Markup(f'<line class="whisker" x1="{low * 100:.1f}" x2="{high * 100:.1f}" y1="6" y2="6"/>'))
    return _svg(100, 12, title, [Markup('<rect class="hollow" x="0.5" y="2.5" width="99" height="7"/>'), *shown], "sharebar")


def leg_bar(legs: Sequence[tuple[str, float]], limit: float, longest: float, title: str) -> Markup:
    """Legs one after another on a line of minutes, with the limit across; stretched to its place."""
    at = 0.0
    parts = []
    for leg, value in legs:
        parts.append(Markup(f'<rect class="leg-{esc(leg)}" x="{at:.2f}" y="3" width="{max(0.0, value):.2f}" height="14"/>'))
        at += max(0.0, value)
    line = Markup(f'<line class="limit" x1="{limit}" x2="{limit}" y1="0" y2="20"/>')
    return Markup(
        f'<svg class="legs" viewBox="0 0 {max(longest, limit * 1.1):.1f} 20" preserveAspectRatio="none" role="img" '
        f'aria-label="{esc(title)}">{join([*parts, line])}</svg>'
    )


def swatch(css: str) -> Markup:
    """A square of a class's colour."""
    return Markup(f'<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="{esc(css)}" width="10" height="10"/></svg>')


def _x(minutes: float) -> float:
    return min(max(minutes, 0.0), LONGEST_MIN) / LONGEST_MIN * (WIDE - 6) + 2


def _mark(shape: str, x: float, y: float) -> Markup:
    kind, _, hollow = shape.partition("_")
    css = "mark-open" if hollow else "mark"
    if kind == "circle":
        return Markup(f'<circle class="{css}" cx="{x:.1f}" cy="{y}" r="3.6"/>')
    if kind == "diamond":
        return Markup(f'<path class="{css}" d="M{x:.1f} {y - 4.6}l4.6 4.6l-4.6 4.6l-4.6 -4.6z"/>')
    return Markup(f'<path class="{css}" d="M{x:.1f} {y - 4.4}l4.6 8h-9.2z"/>')


def _svg(wide: float, tall: float, title: str, inner: Sequence[object], css: str) -> Markup:
    named = {"role": "img", "aria_label": title} if title else {"aria_hidden": "true"}
    return tag("svg", *inner, class_=css, viewBox=f"0 0 {wide:g} {tall:g}", width=f"{wide:g}", height=f"{tall:g}", **named)
