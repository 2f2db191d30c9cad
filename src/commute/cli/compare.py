"""`commute compare`: networks against a base."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from commute.cli import arguments, printed

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.network import Network
    from commute.model.results.comparison import Comparison

HELP = "scenarios or dates against a base: who comes in, who drops out, who gains, who loses, by which leg"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
VERDICT = {"state": ("判定", "verdict")}
SHOWN = {
    "summary": "network date state share share_45 share_60 minutes_needed needed_saved people_entering people_leaving people_gaining "
    "people_losing",
    "pairs": "network from_name to_name minutes_before minutes_after saved_min saved_low saved_high change sure mode_before mode_after",
    "zones": "network zone_id name_zh minutes_before minutes_after saved_min saved_low saved_high floor_min change sure people",
    "winners": "network by name_zh side people people_sure minutes zones",
    "centres": "network name_zh minutes_before minutes_after saved_min people_before people_after people_entering people_leaving",
    "paper": "",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("name", nargs="+", help="a shipped scenario, a .yaml file, or a date YYYY-MM-DD; each against the base")
    arguments.add_network(parser)
    arguments.add_target(parser)
    arguments.add_profile(parser)
    arguments.add_language(parser)
    parser.add_argument(
        "--table", choices=tuple(SHOWN), help="this table alone, instead of sentences, the table for a paper and the definition"
    )
    printed.add_format(parser)
    parser.add_argument(
        "--map",
        metavar="FILE",
        type=Path,
        help="a .png, .svg or .pdf of the maps before, after and of the difference; overwritten if it exists",
    )


def run(options: argparse.Namespace) -> int:
    """Compare, print, draw."""
    from commute.analysis.compare import compare
    from commute.cli.phases import bar, say_if_compiling

    form = printed.wanted(options)
    arguments.check_picture(options.map)
    target, profile = arguments.target_of(options), arguments.profile_of(options)
    whole = arguments.whole_network(options)
    base = arguments.dated(whole, options)
    target.check_day(base.day)
    others = [_other(whole, base, name) for name in options.name]
    names = [arguments.scenario_names(options) or (str(base.day),) * 2, *(label for label, _ in others)]
    say_if_compiling()
    with bar("compare") as progress:
        found = compare(base, *(net for _, net in others), target=target, profile=profile, names=names, progress=progress)
    if options.table or form:
        table = options.table or "summary"
        frame = _table(found, table, options.lang)
        if not form and "network" in frame:
            frame = frame.assign(network=[found.names[one][options.lang == "en"] for one in frame["network"]])
        printed.show(frame, options, SHOWN[table].split(), named=VERDICT)
    else:
        joint = "" if options.lang == "zh" else " "
        told = [f"{found.sentence(one, options.lang)}{joint}{found.wider(one, options.lang)}" for one in found.others]
        print("\n".join(told) + f"\n\n{printed.aligned(found.paper(options.lang), options.lang)}\n{found.definition(options.lang)}")
    if options.map:
        from commute.viz.compare import picture
        from commute.viz.fonts import save

        save(picture(found, options.lang), options.map, width_px=2400)
    return 0


def _other(whole: Network, base: Network, name: str) -> tuple[tuple[str, str], Network]:
    """A network by its name on the command line, with its Chinese and English name."""
    from commute.io import read_scenario

    if DAY.fullmatch(name):
        return (name, name), whole.on(name)
    scenario = read_scenario(name)
    return (scenario.name_zh or scenario.name, scenario.name), base.apply(scenario)


def _table(found: Comparison, name: str, lang: str) -> pd.DataFrame:
    frame: pd.DataFrame = found.paper(lang) if name == "paper" else getattr(found, name)
    return frame.reset_index() if frame.index.names != [None] else frame
