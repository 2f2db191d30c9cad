"""Rows of text in columns, where Chinese characters are two wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def table_text(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Rows under heads, each column as wide as it must be; `right` says which are numbers. A head may take several lines."""
    high = max((head.count("\n") for head in heads), default=0)
    above = list(zip(*(([""] * high + head.split("\n"))[-high - 1 :] for head in heads), strict=True))
    wide = [max(width(row[k]) for row in (*above, *rows)) for k in range(len(heads))]
    lines = []
    for row in (*above, *rows):
        cells = [" " * (w - width(one)) + one if r else one + " " * (w - width(one)) for one, w, r in zip(row, wide, right, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
