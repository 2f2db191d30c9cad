"""`commute rank`: what each gap is worth, and how sure its place is."""

from __future__ import annotations

import argparse

from commute.cli import arguments, printed

HELP = "what each gap is worth alone, last and on average (Shapley), how sure its place is, and which replace each other"
SHOWN = (
    "group", "rank", "rank_low", "rank_high", "gap_id", "name_zh", "shortfall_person_min", "shortfall_person_min_shapley", "people_inside",
    "all_person_min", "detour_ratio", "cost_mcny", "cost_basis", "state", "reason_zh",
)  # fmt: skip
PAIRS = ("a_zh", "b_zh", "relation_zh", "shortfall_person_min", "all_person_min")
JOINT = {  # heads of what a pair is worth more or less together
    "shortfall_person_min": ("超时减少的交互\n万人·分", "interaction, shortfall\nthousand person-min"),
    "all_person_min": ("全部潜在出行省时的交互\n万人·分", "interaction, all potential journeys\nthousand person-min"),
}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("gap", nargs="*", help="gap ids; none takes every gap not open on the day")
    arguments.add_network(parser)
    arguments.add_target(parser)
    parser.add_argument("--weights", choices=("potential", "people", "uniform"), default="potential", help="of journeys between all zones")
    parser.add_argument("--moves", metavar="N", type=int, default=200, help="seeded moves of uncertain ends, for the range of ranks")
    parser.add_argument("--interactions", action="store_true", help="pairs that replace or complete each other, instead of the ranks")
    arguments.add_language(parser)
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Rank and print."""
    from commute.analysis.ranking import interactions, rank
    from commute.cli.phases import bar, say_if_compiling
    from commute.errors import BadValue

    printed.wanted(options)
    if not 0 <= options.moves <= 10_000:
        raise BadValue(f"--moves is {options.moves}, must be from 0 to 10000")
    target = arguments.target_of(options)
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    with bar("rank") as progress:
        if options.interactions:
            frame = interactions(net, target, candidates=options.gap or None, weights=options.weights, progress=progress)
        else:
            found = rank(net, target, candidates=options.gap or None, weights=options.weights, moves=options.moves, progress=progress)
            frame = found.reset_index()
    if options.interactions:
        printed.show(frame, options, PAIRS, named=JOINT)
    else:
        printed.show(frame, options, SHOWN)
    return 0
