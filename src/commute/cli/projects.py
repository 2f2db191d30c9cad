"""`commute projects`: the plans' register of tasks: who, when, how late, how much, and what each would buy."""

from __future__ import annotations

import argparse

from commute.cli import arguments, printed

HELP = "the register of tasks: responsible unit, partners, cost, dates, how late, and what each would buy"
SHOWN = (
    "project_id", "name_zh", "responsible_unit", "partners", "cost_mcny", "cost_basis", "planned_end", "actual_end", "slip_zh",
    "shortfall_person_min", "all_person_min", "note_zh",
)  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    arguments.add_network(parser)
    arguments.add_target(parser)
    parser.add_argument("--bare", action="store_true", help="the register alone, without what its tasks buy")
    arguments.add_language(parser)
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Value and print the list."""
    from commute.analysis.register import register
    from commute.cli.phases import bar, say_if_compiling

    printed.wanted(options)
    target = arguments.target_of(options)
    net = arguments.dated(arguments.whole_network(options), options)
    if not options.bare:
        say_if_compiling()
    with bar("projects") as progress:
        frame = register(net, None if options.bare else target, progress=progress).reset_index()
    printed.show(frame, options, SHOWN)
    return 0
