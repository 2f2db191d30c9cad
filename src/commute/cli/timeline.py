"""`commute timeline`: the circle by date, and what each opening gave."""

from __future__ import annotations

import argparse
from pathlib import Path

from commute.cli import arguments, printed

HELP = "the circle by date: people, verdict, what opened when, and what each opening gave"
VERDICT = {"state": ("判定", "verdict")}
SHOWN = {
    "dates": "date label_zh state share share_low share_high share_45 share_60 minutes_needed shortfall_min",
    "openings": "to_date opens opens_known kind name_zh shortfall_person_min all_person_min shortfall_person_min_alone",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("day", nargs="*", help="days YYYY-MM-DD, rising; none takes those of the main openings")
    parser.add_argument("--network", metavar="DIR", type=Path, help="a data package (folder or zip) instead of the shipped one")
    arguments.add_target(parser)
    arguments.add_language(parser)
    parser.add_argument("--table", choices=tuple(SHOWN), help="this table alone")
    parser.add_argument(
        "--picture", metavar="FILE", type=Path, help="a .png, .svg or .pdf of what each opening gave; overwritten if it exists"
    )
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Work it out and print."""
    from commute.analysis.timeline import timeline
    from commute.cli.phases import bar, say_if_compiling

    form = printed.wanted(options)
    arguments.check_picture(options.picture)
    target = arguments.target_of(options)
    net = arguments.whole_network(options)
    say_if_compiling()
    with bar("timeline") as progress:
        found = timeline(net, target, dates=options.day or None, progress=progress)
    for table in [options.table or "dates"] if options.table or form else list(SHOWN):
        printed.show(getattr(found, table), options, SHOWN[table].split(), named=VERDICT)
        if not (options.table or form):
            print()
    if not (options.table or form):
        print(found.definition(options.lang))
    if options.picture:
        from commute.viz.choices import plot_timeline
        from commute.viz.fonts import save

        save(plot_timeline(found, lang=options.lang).get_figure(root=True), options.picture)  # type: ignore[arg-type]
    return 0
