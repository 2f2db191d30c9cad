"""`commute explain`: one journey, leg by leg."""

from __future__ import annotations

import argparse

from commute.cli import arguments, printed

HELP = "one journey leg by leg: what it takes, and what is over the limit"
SHOWN = ("leg", "from_name", "to_name", "route_id", "depart", "arrive", "minutes")


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("origin", help="an id or a name")
    parser.add_argument("destination", help="an id or a name")
    parser.add_argument("--peak", action="store_true", help="peak speeds on roads, leaving from 07:30 to 09:00")
    parser.add_argument("--limit", type=float, default=30, help="minutes that it is held against (default 30)")
    arguments.add_network(parser)
    arguments.add_profile(parser, default="TRANSIT")
    arguments.add_language(parser)
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Find the journey and print it."""
    from commute.analysis.measure.reach import names
    from commute.cli.phases import say_if_compiling
    from commute.routing import journeys

    printed.wanted(options)
    profile = arguments.profile_of(options)
    assert profile is not None  # it has a default
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    legs = journeys(net, options.origin, options.destination, profile=profile.at_peak() if options.peak else profile)
    frame = legs.drop(columns="geometry")
    for side in ("from", "to"):
        english = names(net, list(frame[f"{side}_id"]))[1]
        told = zip(english, frame[f"{side}_id"], frame[f"{side}_name"], strict=True)
        frame[f"{side}_name_en"] = [zh if en == one else en for en, one, zh in told]
    clock = [f"{int(s) // 3600}:{int(s) % 3600 // 60:02d}" for s in frame["depart_s"]]
    frame = frame.assign(depart=clock, arrive=[f"{int(s) // 3600}:{int(s) % 3600 // 60:02d}" for s in frame["arrive_s"]])
    printed.show(frame, options, SHOWN)
    if not options.format and not options.out:
        total = float(frame["minutes"].sum())
        over = total - options.limit
        zh = f"合计 {total:.0f} 分钟,{'超' if over > 0 else '余'} {abs(over):.0f} 分钟(限 {options.limit:g})"
        en = f"{total:.0f} min in all, {abs(over):.0f} {'over' if over > 0 else 'to spare'} (limit {options.limit:g})"
        print(zh if options.lang == "zh" else en)
    return 0
