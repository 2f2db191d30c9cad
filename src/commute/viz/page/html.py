"""HTML from Python values: everything that is not `Markup` is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


EMPTY = Markup("")


def esc(value: object) -> Markup:
    """A value as HTML; `Markup` stays as it is."""
    return value if isinstance(value, Markup) else Markup(escape(str(value), quote=True))


def tag(name: str, *inside: object, **attributes: object) -> Markup:
    """An element; `class_`, `for_` lose their underscore, other underscores become hyphens, None and False are left out, True is bare."""
    parts = [name]
    for key, value in attributes.items():
        called = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(called)
        elif value is not None and value is not False:
            parts.append(f'{called}="{esc(value)}"')
    return Markup(f"<{' '.join(parts)}>{join(inside)}</{name}>")


def join(pieces: Iterable[object], between: str = "") -> Markup:
    """Pieces one after another, each escaped where it must be."""
    return Markup(between.join(esc(one) for one in pieces))


def two(zh: object, en: object) -> Markup:
    """Both languages; the style sheet shows the one chosen."""
    if str(zh) == str(en):
        return esc(zh)
    return Markup(f'<span lang="zh">{esc(zh)}</span><span lang="en">{esc(en)}</span>')


def both(zh: str, en: str) -> str:
    """Both languages for an attribute, where no switch is possible."""
    return zh if zh == en else f"{zh} / {en}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: what it shows, a CSS class, and whether it heads its row."""

    shows: object
    css: str = ""
    heads: bool = False
    title: str = ""


def table(heads: Sequence[object], rows: Iterable[Sequence[object]], *, caption: object = "", css: str = "", many: int = 0) -> Markup:
    """A table with a caption and a head; beyond `many` rows (0: never) the rest is folded away.

    The first cell of a row is its head, unless cells are given as `Cell`.
    """
    made = [list(row) for row in rows]
    lines = [_row(row) for row in made]
    top = tag("thead", tag("tr", *(tag("th", one, scope="col", class_=_of_numbers(made, k)) for k, one in enumerate(heads))))
    named = tag("caption", caption) if caption else EMPTY
    if many and len(lines) > many:
        rest = tag("table", named, top, tag("tbody", *lines[many:]), class_=css)
        more = tag("details", tag("summary", two(f"其余 {len(lines) - many} 行", f"the other {len(lines) - many} rows")), _scroll(rest))
        return join([_scroll(tag("table", named, top, tag("tbody", *lines[:many]), class_=css)), more])
    return _scroll(tag("table", named, top, tag("tbody", *lines), class_=css))


def _of_numbers(rows: Sequence[Sequence[object]], column: int) -> str | None:
    """The class of a head whose cells are all numbers."""
    cells = [row[column] for row in rows]
    return "n" if cells and all(isinstance(one, Cell) and one.css == "n" for one in cells) else None


def _scroll(inner: Markup) -> Markup:
    return tag("div", inner, class_="scroll", tabindex="0", role="group", aria_label=both("表格", "table"))


def _row(row: Sequence[object]) -> Markup:
    made = []
    for k, one in enumerate(row):
        cell = one if isinstance(one, Cell) else Cell(one, heads=k == 0)
        if cell.heads:
            made.append(tag("th", cell.shows, scope="row", class_=cell.css or None, title=cell.title or None))
        else:
            made.append(tag("td", cell.shows, class_=cell.css or None, title=cell.title or None))
    return tag("tr", *made)
