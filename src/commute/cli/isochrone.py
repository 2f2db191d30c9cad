"""`commute isochrone`: where one gets to from a point."""

from __future__ import annotations

import argparse
from pathlib import Path

from commute.cli import arguments
from commute.errors import BadValue

HELP = "where one gets to in so many minutes: people and ground, and a map or GeoJSON with --out"


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--from", dest="origin", metavar="POINT", action="append", required=True, help="an id, a name or lon,lat; may be repeated"
    )
    parser.add_argument("--minutes", type=float, nargs="+", default=[15, 30, 45, 60], help="limits (default 15 30 45 60)")
    parser.add_argument("--cell", metavar="M", type=float, default=250, help="the grid, metres (default 250)")
    parser.add_argument("--peak", action="store_true", help="peak speeds on roads, leaving from 07:30 to 09:00")
    arguments.add_network(parser)
    arguments.add_profile(parser, default="CAR")
    arguments.add_language(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help=".geojson for the areas, .png or .svg for a map, .csv for the table; overwritten if it exists",
    )


def run(options: argparse.Namespace) -> int:
    """Compute, then print or write."""
    from commute.analysis.isochrone import isochrones
    from commute.cli.phases import say_if_compiling
    from commute.cli.printed import aligned

    ending = options.out.suffix.lower() if options.out else ""
    if options.out and ending not in (".geojson", ".png", ".svg", ".csv"):
        raise BadValue(f"{options.out}: the name must end in .geojson, .png, .svg or .csv")
    arguments.check_file(options.out)
    profile = arguments.profile_of(options)
    assert profile is not None  # it has a default
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    profile = profile.at_peak() if options.peak else profile
    bands = isochrones(net, [_point(one) for one in options.origin], minutes=options.minutes, profile=profile, cell_m=options.cell)
    table = bands.drop(columns="geometry")
    if ending == ".geojson":
        options.out.write_text(bands.to_json(ensure_ascii=False) + "\n", encoding="utf-8")
    elif ending == ".csv":
        table.to_csv(options.out, index=False, float_format="%.6g", lineterminator="\n")
    elif ending:
        from commute.analysis.measure.reach import names
        from commute.viz import plot_isochrones
        from commute.viz.folder import MAP_SIZE, figure_of
        from commute.viz.fonts import save

        called = names(net, list(dict.fromkeys(bands["origin_id"])))[options.lang == "en"]
        name = ("、" if options.lang == "zh" else ", ").join(called)
        save(
            figure_of(MAP_SIZE, True, lambda ax, lang: plot_isochrones(bands, net, ax=ax, lang=lang, name=name), options.lang), options.out
        )
    print(options.out if options.out else aligned(table, options.lang), end="\n" if options.out else "")
    return 0


def _point(text: str) -> str | tuple[float, float]:
    """A point as written: lon,lat in WGS84 or a name."""
    parts = text.split(",")
    try:
        lon, lat = (float(one) for one in parts)
    except ValueError:
        return text
    return lon, lat
