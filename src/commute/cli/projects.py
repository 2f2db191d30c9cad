"""`commute projects`: the plans' register of tasks."""

from __future__ import annotations

import argparse

from commute.cli import arguments, printed

HELP = "the register of tasks: who, when, how much, and which gaps"
SHOWN = ("project_id", "name_zh", "kind", "responsible_unit", "planned_end", "actual_end", "cost_mcny", "status", "gap_ids")


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--network", metavar="DIR", help="a data package instead of the shipped one")
    arguments.add_language(parser)
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Print the list."""
    printed.wanted(options)
    frame = arguments.whole_network(options).projects.reset_index()
    shown = [("name_en" if options.lang == "en" and one == "name_zh" else one) for one in SHOWN]
    printed.show(frame, options, shown)
    return 0
