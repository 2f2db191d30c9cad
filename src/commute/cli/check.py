"""`commute check`: does the circle hold?"""

from __future__ import annotations

import argparse
import json
import sys

from commute.cli import arguments

HELP = "does the circle hold? the verdict, the pairs with their legs, the definition"
NOT_MET = 3


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    arguments.add_network(parser)
    arguments.add_target(parser)
    arguments.add_profile(parser)
    arguments.add_language(parser)
    parser.add_argument("--format", choices=("csv", "json"), help="the pairs as csv, or the whole verdict as json, instead of text")
    parser.add_argument("--fail", action="store_true", help="exit status 3 where the target is not met")


def run(options: argparse.Namespace) -> int:
    """Judge and print."""
    from commute.analysis.circle import check
    from commute.cli.phases import bar, say_if_compiling
    from commute.cli.verdict import definition_text, pairs_text
    from commute.model.results.screen import FirstScreen

    target, profile = arguments.target_of(options), arguments.profile_of(options)
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    with bar("check") as progress:
        found = check(net, target, profile=profile, progress=progress)
    if options.format == "csv":
        sys.stdout.write(found.pairs.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    elif options.format == "json":
        whole = {
            "state": found.state,
            "people_share": found.people_share._asdict(),
            "minutes_needed": {name: _finite(value) for name, value in found.minutes_needed._asdict().items()},
            "shortfall_min": found.shortfall_min._asdict(),
            "pairs": json.loads(found.pairs.to_json(orient="records", force_ascii=False)),
            "shares": json.loads(found.shares.to_json(orient="records")),
            "definition": found.definition if options.lang == "en" else found.definition_zh,
            "date": str(net.day),
            "scenarios": list(net.scenarios),
            "network": net.hash,
        }
        print(json.dumps(whole, ensure_ascii=False, indent=1))
    else:
        sentence = FirstScreen(check=found, table=found.pairs, floor=found.pairs).sentence(options.lang)
        print(
            f"{sentence}\n\n{pairs_text(found, options.lang)}\n{definition_text(found, options.lang, arguments.scenario_names(options))}",
            end="",
        )
    return NOT_MET if options.fail and not found.holds else 0


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
