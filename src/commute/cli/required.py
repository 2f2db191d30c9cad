"""`commute required`: the least that a lever must give so that the target holds."""

from __future__ import annotations

import argparse

from commute.cli import arguments, printed

HELP = "what it would take: the longest headway or entry, lowest speed or fewest stops skipped at which the target holds"
SHOWN = (
    "from_name_zh", "to_name_zh", "first_value", "state_zh", "value", "unit_zh", "value_now", "minutes_now", "minutes_at_value",
    "value_beyond", "minutes_beyond", "minutes_at_best", "remaining_min", "remaining_leg", "kmh_now", "kmh",
)  # fmt: skip
VALUES = ("first_value", "value", "value_now", "value_beyond")  # shown to their own tolerance


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--pair", metavar=("FROM", "TO"), nargs=2, action="append", help="ids or names; may be repeated")
    parser.add_argument("--people", action="store_true", help="the target's share of the people, instead of pairs")
    parser.add_argument(
        "--lever",
        required=True,
        help="headway, line_speed, entry, stops or road_speed; two of the first three joined by + for their frontier",
    )
    parser.add_argument("--tolerance", type=float, help="of the value; without it 0.25 min, a factor of 0.01, one stop")
    arguments.add_network(parser)
    arguments.add_target(parser)
    arguments.add_language(parser)
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Work it out and print."""
    from commute.analysis.required import required
    from commute.cli.phases import bar, say_if_compiling
    from commute.errors import BadValue

    form = printed.wanted(options)
    if options.pair and options.people:
        raise BadValue("--pair and --people: give one of them")
    target = arguments.target_of(options)
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    with bar("required") as progress:
        pairs = [tuple(one) for one in options.pair] if options.pair else "people" if options.people else None
        frame = required(net, target, pairs=pairs, lever=options.lever, tolerance=options.tolerance, progress=progress)
    told = frame if form else frame.assign(**{one: frame[one].map("{:.4g}".format).replace("nan", "") for one in VALUES})
    printed.show(told, options, [one for one in SHOWN if frame[one].notna().any()])
    if not form:
        tail = "_zh" if options.lang == "zh" else ""
        for said in dict.fromkeys([frame.attrs[f"definition{tail}"], *frame[f"note{tail}"]]):
            print(said)
    return 0
