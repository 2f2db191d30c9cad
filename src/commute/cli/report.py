"""`commute report`: the report folder, and the verdict on the terminal."""

from __future__ import annotations

import argparse
import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commute.cli import arguments
from commute.cli.phases import Phases, collect_seldom, import_core, say_if_compiling, second_process
from commute.errors import CommuteError, CommuteWarning
from commute.version import __version__

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from commute.model.network import Network

HELP = "write the report: a page that opens offline, maps, tables; and print the verdict"
PLANS = (("plan 2027", "plan_2027"), ("plan 2030", "plan_2030"), ("plan 2030, slipped", "plan_2030_slipped"))
COMPARED = ("metro_style", "plan_2030")
PLANS_ZH = {"plan_2027": "2027 规划", "plan_2030": "2030 规划", "plan_2030_slipped": "2030 规划(顺延)"}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    arguments.add_network(parser)
    arguments.add_target(parser)
    arguments.add_profile(parser)
    arguments.add_language(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("report"), help="the folder to write (default report)")
    parser.add_argument(
        "--budget", metavar="MCNY", type=float, default=3000.0, help="of what to build first, million yuan, prices of 2025 (default 3000)"
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="ask what takes minutes too: plans compared, openings by date, critical links, what it would take",
    )
    jobs = min(2, os.cpu_count() or 1)
    parser.add_argument("--jobs", metavar="N", type=int, choices=(1, 2), default=jobs, help=f"processes (default {jobs})")


def run(options: argparse.Namespace) -> int:
    """Gather, draw, write, print."""
    phases = Phases(options.lang)
    phases("imports")
    with second_process(options.jobs) as helper:
        return _run(options, phases, helper)


def _run(options: argparse.Namespace, phases: Phases, helper: Executor | None) -> int:
    import_core()
    collect_seldom()
    phases("network")
    from commute.analysis.report import gather
    from commute.cli.verdict import screen_text
    from commute.viz.folder import check_free, write_report

    check_free(options.out.absolute())
    target, profile = arguments.target_of(options), arguments.profile_of(options)
    whole = arguments.whole_network(options)
    net = arguments.dated(whole, options)
    target.check_day(net.day)
    target.profiles(profile)
    say_if_compiling()
    try:
        found = gather(
            net, target, base=whole, plans=_plans(whole), profile=profile, phase=phases, executor=helper,
            budget_mcny=options.budget, full=options.full, others=_compared(net) if options.full else (),
            name=arguments.scenario_names(options),
        )  # fmt: skip
        found = replace(found, about={**found.about, "version": __version__})
        spent = float(found.check.about.get("redistributions_s", 0.0))
        phases("drawing")
        path = write_report(found, options.out, lang=options.lang, timings=lambda: phases.summary(spent), executor=helper)
    finally:
        phases.finish()
    print(screen_text(found.screen, options.lang, arguments.scenario_names(options)))
    print(timings_text(phases.summary(spent)))
    print(path)
    return 0


def timings_text(summary: list[tuple[str, float]]) -> str:
    """One line: what was spent on what, and computing over imports."""
    took = dict(summary)
    ratio = took["computing"] / took["imports"] if took["imports"] > 0 else float("nan")
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary) + f"; computing / imports {ratio:.1f}"


def _plans(net: Network) -> list[tuple[str, str, Any]]:
    """The networks of the shipped plans; one that does not fit this network is left out, and that is said."""
    return [(label, PLANS_ZH[name], one) for label, name in PLANS if (one := _applied(net.on(net.as_of), name)[1]) is not None]


def _compared(net: Network) -> list[tuple[str, str, Any]]:
    """The network with each shipped scenario that the full report holds against it."""
    made = [_applied(net, name) for name in COMPARED]
    return [(scenario.name, scenario.name_zh or scenario.name, one) for scenario, one in made if one is not None]


def _applied(net: Network, name: str) -> tuple[Any, Any]:
    """A shipped scenario and the network with it; no network, and a warning, where it does not fit."""
    from commute.io import read_scenario

    scenario = read_scenario(name)
    try:
        return scenario, net.apply(scenario)
    except CommuteError as error:
        warnings.warn(f"{name} is left out of the report: {str(error).splitlines()[0]}", CommuteWarning, stacklevel=2)
        return scenario, None
