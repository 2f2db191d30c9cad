"""`commute missing`: links that nobody listed, by what each would buy."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from commute.cli import arguments, printed
from commute.errors import BadFile, BadValue

if TYPE_CHECKING:
    import geopandas as gpd

HELP = "links that nobody listed: road nodes near on the ground and far by road, by what a link between them would buy"
SHOWN = (
    "rank from_name_zh to_name_zh straight_km network_km detour_ratio saves_min shortfall_person_min people_inside person_min cost_mcny "
    "cost_basis near_gap_id near_gap_km flags_zh"
)
LEFT = {"zh": "未列出：{}。沿已列断头路的备选：{}。", "en": "Left out: {}. Along listed gaps: {}."}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--exclude", metavar="FILE", type=Path, help="a .geojson or other map file; links that cross its shapes are left out"
    )
    parser.add_argument("--limit", metavar="N", type=int, default=30, help="the most links shown (default 30)")
    parser.add_argument("--max-km", metavar="KM", type=float, default=8.0, help="the longest straight line (default 8)")
    parser.add_argument(
        "--detour", metavar="RATIO", type=float, default=2.0, help="the least way by road over the straight line (default 2)"
    )
    arguments.add_network(parser)
    arguments.add_target(parser)
    arguments.add_language(parser)
    printed.add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Find and print."""
    from commute.analysis.missing import missing
    from commute.cli.phases import bar, say_if_compiling

    form = printed.wanted(options)
    target = arguments.target_of(options)
    barred = shapes(options.exclude) if options.exclude else None
    net = arguments.dated(arguments.whole_network(options), options)
    say_if_compiling()
    with bar("missing") as progress:
        found = missing(net, target, exclude=barred, limit=options.limit, max_km=options.max_km, detour=options.detour, progress=progress)
    frame = found.to_wkt().reset_index()
    printed.show(frame, options, SHOWN.split())
    if not form:
        about = found.attrs["about"]
        tail = "_zh" if options.lang == "zh" else ""
        left, gaps = (", ".join(f"{why} {n}" for why, n in about[one].items()) for one in (f"left_out{tail}", "along_gaps"))
        print("\n".join([LEFT[options.lang].format(left, gaps or 0), about[f"note{tail}"], about[f"definition{tail}"]]))
    return 0


def shapes(path: Path) -> gpd.GeoDataFrame:
    """The shapes of a map file.

    Raises
    ------
    BadFile
        A file that is not there, that no map can be read from, or that holds no shapes or broken ones.
    """
    import geopandas as gpd

    from commute.analysis.missing import barred_shapes

    if not path.is_file():
        raise BadFile([f"{path}: no such file"])
    try:
        frame = gpd.read_file(path)
    except UnicodeDecodeError as error:
        raise BadFile([f"{path}: not UTF-8 ({error}); save it as UTF-8"]) from None
    except (RuntimeError, ValueError, TypeError) as error:  # pyogrio's own errors are RuntimeErrors
        raise BadFile([f"{path}: no map can be read from it: {str(error).splitlines()[0]}"]) from None
    if not len(frame) or "geometry" not in frame:
        raise BadFile([f"{path}: it holds no shape"])
    try:
        barred_shapes(frame)
    except BadValue as error:
        raise BadFile([f"{path}: {error}"]) from None
    return frame
