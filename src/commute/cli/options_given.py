"""What may be chosen, as the verbs take it from the command line: ids of gaps or tasks, scenarios by name or file."""

from __future__ import annotations

import argparse
from typing import Any

MEASURES = ("shortfall_person_min", "people_inside", "person_min", "all_person_min", "cross_person_min")


def add(parser: argparse.ArgumentParser) -> None:
    """candidates, --costs, --measure."""
    parser.add_argument(
        "candidate", nargs="*", help="gaps or tasks by id, scenarios by name or .yaml file; none takes every gap that can be resolved"
    )
    parser.add_argument("--costs", choices=("all", "published"), default="all", help="published leaves out what has an assumed cost")
    parser.add_argument("--measure", choices=MEASURES, default=MEASURES[0], help=f"what is to be improved most (default {MEASURES[0]})")


def candidates(options: argparse.Namespace) -> list[Any] | None:
    """Ids as they are, scenarios read."""
    from commute.io import read_scenario
    from commute.io.scenarios import SUFFIXES, shipped_scenarios

    named = shipped_scenarios()
    found = [read_scenario(one) if one in named or one.endswith(SUFFIXES) else one for one in options.candidate]
    return found or None
