"""Frames as csv, json, parquet or aligned text, on the terminal or in a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commute.cli import arguments
from commute.errors import BadValue
from commute.model.results.text import table_text, width

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("csv", "json", "parquet")
WIDEST = 44  # of a column of text on the terminal


def add_format(parser: argparse.ArgumentParser) -> None:
    """--format, --out."""
    parser.add_argument("--format", choices=FORMATS, help="instead of aligned text")
    parser.add_argument("--out", metavar="FILE", type=Path, help="a file instead of the terminal; parquet needs one")


def show(frame: pd.DataFrame, options: argparse.Namespace, columns: Sequence[str] = ()) -> None:
    """Print a frame, or write it where --out says.

    Parameters
    ----------
    frame : DataFrame; all its columns go into csv, json and parquet
    columns : those that the aligned text shows; none is all
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
        text = aligned(frame[[name for name in columns if name in frame]] if columns else frame)
    if options.out:
        options.out.write_text(text, encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(text)


def wanted(options: argparse.Namespace) -> str | None:
    """The format asked for, None for aligned text; ask before computing, so that a bad wish costs nothing.

    Raises
    ------
    BadValue, BadFile
        A name without a format, parquet on the terminal, a folder that is not there.
    """
    form: str | None = options.format or (options.out.suffix[1:].lower() if options.out else None)
    if options.out and form not in FORMATS:
        raise BadValue(f"{options.out}: say --format csv, json or parquet, or end the name in one of them")
    if form == "parquet" and not options.out:
        raise BadValue("--format parquet needs --out FILE")
    arguments.check_folder(options.out)
    return form


def aligned(frame: pd.DataFrame) -> str:
    """A frame as text in columns; Chinese characters are two wide."""
    numeric = [str(kind)[:1] in "fiu" for kind in frame.dtypes]
    heads = [str(name) for name in frame.columns]
    rows = [[_short(value) for value in row] for row in frame.itertuples(index=False)]
    return table_text(heads, rows, numeric)


def _short(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"
    text = str(value)
    while width(text) > WIDEST:
        text = text[:-2] + "…"
    return text
