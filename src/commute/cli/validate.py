"""`commute validate`: what is wrong or odd in a data package."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from commute.cli import printed

HELP = "check a data package: types, ranges, references, connections, dates; prints file, row, column"


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder or a zip")
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Print findings; 1 where one is an error."""
    from commute.io import validate

    printed.wanted(options)
    found = validate(options.folder)
    if options.format or options.out:
        printed.show(found, options)
    else:
        for row in found.to_dict("records"):
            line = str(row["row"])
            column = row["column"]
            place = f"{row['file']}{'' if line in ('<NA>', 'nan') else f', row {line}'}{f', {column}' if column else ''}"
            why = f" [{row['explained']}]" if row.get("explained") else ""
            print(f"{row['level']}: {place}: {row['message']}{why}")
    errors = int((found["level"] == "error").sum())
    print(f"{errors} errors, {len(found) - errors} warnings in {options.folder}", file=sys.stderr if options.format else sys.stdout)
    return 1 if errors else 0
