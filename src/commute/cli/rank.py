"""`commute rank`: what each gap is worth, opened alone."""

from __future__ import annotations

import argparse

from commute.cli import arguments, printed

HELP = "what each gap is worth, opened alone"
SHOWN = (
    "group",
    "rank",
    "gap_id",
    "name_zh",
    "shortfall_person_min",
    "people_inside",
    "person_min",
    "cost_mcny",
    "state",
    "confidence",
    "reason",
)


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("gap", nargs="*", help="gap ids; none takes every gap not open on the day")
    arguments.add_network(parser)
    parser.add_argument("--target", metavar="NAME", help="a preset; without it 30 min door to door")
    arguments.add_language(parser)
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Rank and print."""
    from commute.analysis.gaps import rank
    from commute.cli.phases import say_if_compiling

    printed.wanted(options)
    target = arguments.target_of(options)
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    frame = rank(net, target, candidates=options.gap or None).reset_index()
    shown = [("name_en" if options.lang == "en" and one == "name_zh" else one) for one in SHOWN]
    printed.show(frame, options, shown)
    return 0
