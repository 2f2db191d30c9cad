"""`commute critical`: what is lost when a link or a station fails."""

from __future__ import annotations

import argparse

from commute.cli import arguments, printed

MODES = ("car", "transit", "park_ride", "best")
HELP = "which links and stations hold the circle together: what is lost when each one fails"
LOST = {  # heads: a loss, where other tables have gains
    "shortfall_person_min": ("超时增加\n万人·分", "shortfall more\nthousand person-min"),
    "person_min": ("到另一城市中心多用\n万人·分", "more to other centres\nthousand person-min"),
}
SHOWN = "what rank id name_zh between_zh kind shortfall_person_min people_leaving person_min people_cut_off people_slower"


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("what", nargs="*", metavar="link|stop", help="link or stop; none is both")
    parser.add_argument("--limit", metavar="N", type=int, default=30, help="the most of each shown (default 30)")
    arguments.add_network(parser)
    arguments.add_target(parser)
    parser.add_argument("--mode", choices=MODES, help="instead of the target's; transit shows the stations that count")
    arguments.add_language(parser)
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Try each and print."""
    from commute.analysis.critical import KINDS, critical
    from commute.cli.phases import bar, say_if_compiling

    form = printed.wanted(options)
    target = arguments.target_of(options)
    target = target.but(mode=options.mode) if options.mode else target
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    with bar("critical") as progress:
        found = critical(net, target, what=tuple(options.what) or KINDS, limit=options.limit, progress=progress)
    frame = found.to_wkt().reset_index()
    printed.show(frame, options, SHOWN.split(), named=LOST)
    if not form:
        about, tail = found.attrs["about"], "_zh" if options.lang == "zh" else ""
        print(f"{about[f'note{tail}']}\n{about[f'definition{tail}']}")
    return 0
