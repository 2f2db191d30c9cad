"""`commute warmup`: compile the kernels, so that the first question is answered at once."""

from __future__ import annotations

import argparse

from commute.cli import arguments

HELP = "compile the kernels once, so that the first report does not have to"


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--network", metavar="DIR", help="a data package instead of the shipped one")


def run(options: argparse.Namespace) -> int:
    """One small check compiles all that a report needs."""
    from time import perf_counter

    from commute.analysis.circle import check
    from commute.cli.phases import say_if_compiling
    from commute.model.target import Target

    net = arguments.whole_network(options)
    say_if_compiling()
    started = perf_counter()
    check(net.on(net.as_of), Target(when="free"), redistributions=0)
    print(f"ready in {perf_counter() - started:.0f} s")
    return 0
