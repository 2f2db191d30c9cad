"""Frames as csv, json, parquet or aligned text, on the terminal or in a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING

from commute.cli import arguments, heads
from commute.errors import BadValue
from commute.model.results.amounts import figures, in_unit
from commute.model.results.text import table_text, width

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("csv", "json", "parquet")
YES, NO = {"zh": "是", "en": "yes"}, {"zh": "否", "en": "no"}
WIDEST = 44  # of a column of text on the terminal


def add_format(parser: argparse.ArgumentParser) -> None:
    """--format, --out."""
    parser.add_argument("--format", choices=FORMATS, help="instead of aligned text")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="a file instead of the terminal; parquet needs one; one that exists is overwritten"
    )


def show(
    frame: pd.DataFrame, options: argparse.Namespace, columns: Sequence[str] = (), *, named: Mapping[str, heads.Both] | None = None
) -> None:
    """Print a frame, or write it where --out says.

    Parameters
    ----------
    frame : DataFrame; all its columns go into csv, json and parquet
    columns : those that the aligned text shows, in their Chinese form (name_zh); none is all
    named : heads of columns that mean something else here, Chinese and English
    """
    form = wanted(options)
    if form == "parquet":
        try:
            frame.to_parquet(options.out, index=False)
        except ImportError:
            raise BadValue("--format parquet needs the package pyarrow: pip install 'commute[arrow]'") from None
        return
    if form == "json":
        text = frame.to_json(orient="records", force_ascii=False, indent=1) + "\n"
    elif form == "csv":
        text = frame.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    else:
        lang = getattr(options, "lang", "en")
        text = aligned(frame[_of_language(frame, columns, lang)] if columns else frame, lang, named)
    if options.out:
        options.out.write_text(text, encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(text)


def wanted(options: argparse.Namespace) -> str | None:
    """The format asked for, None for aligned text; ask before computing, so that a bad wish costs nothing.

    Raises
    ------
    BadValue, BadFile
        A name without a format, parquet on the terminal, a place that cannot be written to.
    """
    form: str | None = options.format or (options.out.suffix[1:].lower() if options.out else None)
    if options.out and form not in FORMATS:
        raise BadValue(f"{options.out}: say --format csv, json or parquet, or end the name in one of them")
    if form == "parquet" and not options.out:
        raise BadValue("--format parquet needs --out FILE")
    arguments.check_file(options.out)
    return form


def aligned(frame: pd.DataFrame, lang: str = "en", named: Mapping[str, heads.Both] | None = None) -> str:
    """A frame as text in columns, heads and words in the language; Chinese characters are two wide."""
    known = {name: both[heads.LANGS.index(lang)] for name, both in (named or {}).items()}
    columns = [str(name) for name in frame.columns]
    numeric = [str(kind)[:1] in "fiu" for kind in frame.dtypes]
    rows = [[_cell(name, value, lang) for name, value in zip(columns, row, strict=True)] for row in frame.itertuples(index=False)]
    rows = [[*(_clipped(cell) for cell in row[:-1]), *row[-1:]] for row in rows]  # the last pushes nothing away, so it is whole
    return table_text([known.get(name) or heads.head(name, lang) for name in columns], rows, numeric)


def _of_language(frame: pd.DataFrame, columns: Sequence[str], lang: str) -> list[str]:
    """The columns that the frame has, each in the language where it has that too: name_zh or name_en, reason_zh or reason."""
    shown = []
    for name in columns:
        stem = name.removesuffix("_zh")
        wanted = (f"{stem}_zh", name) if lang == "zh" else (f"{stem}_en", stem, name)
        shown += [one for one in wanted if one in frame][:1]
    return list(dict.fromkeys(shown))


def _cell(column: str, value: object, lang: str) -> str:
    """A value as a planner reads it: shares in per cent, people to two figures, person-minutes in the unit of the head."""
    if value is None or value != value:
        return ""
    if str(value) in ("True", "False"):  # python's or numpy's
        return YES[lang] if value else NO[lang]
    if not isinstance(value, Number):
        return heads.word(column, str(value), lang)
    number = float(value)  # type: ignore[arg-type]
    if heads.in_person_minutes(column):
        return in_unit(number, lang)
    if column.startswith("share"):
        return "<1%" if 0 < number < 0.005 else f"{number:.0%}"
    if column.startswith(("people", "jobs")):
        return f"{figures(number):,.0f}"
    if column.endswith("mcny"):
        return f"{figures(number, 3):,.0f}"
    return f"{number:.0f}" if number == round(number) or abs(number) >= 100 else f"{number:.1f}"


def _clipped(text: str) -> str:
    while width(text) > WIDEST:
        text = text[:-2] + "…"
    return text
