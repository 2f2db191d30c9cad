"""`commute portfolio`: what to build with this much money, in which order, and what people would notice."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commute.cli import arguments, options_given, printed
from commute.errors import BadValue

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.results.portfolio import Portfolio

HELP = "what to build under a budget: the best set, its bound, what is robust, and what people would notice"
OVER = ("frontier", "programme")  # tables of no one budget
TABLES = ("chosen", "left_out", "by_costs", "pairs", "zones", "winners", *OVER)
SHOWN = {
    "chosen": "key name_zh kind cost_mcny cost_basis {measure} {measure}_share all_person_min_share robust",
    "left_out": "key name_zh kind cost_mcny cost_basis reason_zh",
    "by_costs": "costs cost_mcny cost_basis {measure} {measure}_bound exact names_zh",
    "pairs": "from_name to_name minutes_before minutes_after saved_min saved_low saved_high mode_after",
    "zones": "zone_id name_zh minutes_before minutes_after saved_min change sure people",
    "winners": "by name_zh side people people_sure minutes zones",
    "frontier": "budget_mcny cost_mcny cost_basis {measure} people_inside all_person_min exact dropped names_zh",
    "programme": "year key name_zh cost_mcny cost_basis spent_mcny left_mcny {measure}",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--budget", metavar="MCNY", type=float, help="million yuan, prices of 2025: 3 billion yuan are 3000; not for frontier and programme"
    )
    options_given.add(parser)
    parser.add_argument("--years", metavar="YEAR:MCNY,…", help="with --table programme: money by year, such as 2027:1000,2028:2000")
    arguments.add_network(parser)
    arguments.add_target(parser)
    arguments.add_language(parser)
    parser.add_argument("--table", choices=TABLES, help="this table alone, instead of the answer")
    parser.add_argument(
        "--picture", metavar="FILE", type=Path, help="a .png, .svg or .pdf of the frontier of budgets; overwritten if it exists"
    )
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Choose and print."""
    from commute.analysis.portfolio import portfolio
    from commute.cli.phases import bar, say_if_compiling

    form = printed.wanted(options)
    arguments.check_picture(options.picture)
    years = _years(options.years)
    _check_money(options, years)
    target = arguments.target_of(options)
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    asked: dict[str, Any] = {"candidates": options_given.candidates(options), "costs": options.costs, "measure": options.measure}
    with bar("portfolio") as progress:
        if options.table in OVER:
            frame = _over(net, target, options.table, years, progress, asked)
        else:
            base = arguments.scenario_names(options)
            found = portfolio(net, target, budget_mcny=options.budget, base=base, progress=progress, **asked)
            frame = _table(found, options.table or "chosen")
        if options.picture:
            _draw(net, target, options, progress, asked)
    if options.table or form:
        shown = SHOWN[options.table or "chosen"].format(measure=options.measure).split()
        if options.table == "frontier" and not form:
            known, joint = frame.attrs["names"], "、" if options.lang == "zh" else "; "
            gone = [[known[key][options.lang == "en"] for key in keys.split(";") if key] for keys in frame["dropped"]]
            frame = frame.assign(dropped=[joint.join(one) for one in gone])
        own = {"value": options.measure, "bound": f"{options.measure}_bound"} if options.table == "by_costs" and not form else {}
        printed.show(frame.rename(columns=own), options, list(dict.fromkeys(shown)))
    else:
        print(found.answer(options.lang))
    return 0


def _check_money(options: argparse.Namespace, years: dict[int, float]) -> None:
    """Refuse money that is missing, or given for what does not use it."""
    if options.table == "programme" and not years:
        raise BadValue("--table programme needs --years, such as --years 2027:1000,2028:2000")
    if years and options.table != "programme":
        raise BadValue("--years is for --table programme alone")
    if options.budget is None and options.table not in OVER:
        raise BadValue("--budget is needed, in million yuan: 3 billion yuan are --budget 3000")


def _years(text: str | None) -> dict[int, float]:
    years: dict[int, float] = {}
    for part in (text or "").split(",") if text else ():
        year, _, money = part.partition(":")
        try:
            years[int(year)] = float(money)
        except ValueError:
            raise BadValue(f"--years: {part!r} is not YEAR:MCNY, such as 2027:1000") from None
    return years


def _over(net: Any, target: Any, table: str, years: dict[int, float], progress: Any, asked: dict[str, Any]) -> pd.DataFrame:
    if table == "programme":
        from commute.analysis.programme import programme

        return programme(net, target, budget_by_year=years, progress=progress, **asked)
    from commute.analysis.frontier import frontier

    return frontier(net, target, progress=progress, **asked)


def _table(found: Portfolio, name: str) -> pd.DataFrame:
    if name in ("pairs", "zones", "winners"):
        if found.comparison is None:
            raise BadValue("nothing is chosen, so nobody would notice anything")
        frame: pd.DataFrame = getattr(found.comparison, name)
    else:
        frame = getattr(found, name)
    return frame.reset_index() if frame.index.names != [None] else frame


def _draw(net: Any, target: Any, options: argparse.Namespace, progress: Any, asked: dict[str, Any]) -> None:
    from commute.analysis.frontier import frontier
    from commute.viz.choices import plot_frontier
    from commute.viz.fonts import save

    steps = frontier(net, target, at_mcny=options.budget, progress=progress, **asked)
    axes = plot_frontier(steps, budget_mcny=options.budget, lang=options.lang)
    save(axes.get_figure(root=True), options.picture)  # type: ignore[arg-type]
