"""Options that several verbs share, and the network, target and profile that they mean."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from commute.errors import BadFile, BadValue, UnknownId

PICTURES = (".png", ".svg", ".pdf")

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.profile import Profile
    from commute.model.scenario import Scenario
    from commute.model.target import Target


def add_network(parser: argparse.ArgumentParser) -> None:
    """--network, --date, --scenario."""
    parser.add_argument("--network", metavar="DIR", type=Path, help="a data package (folder or zip) instead of the shipped one")
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="the day asked about; without it the data's own, or a scenario's")
    parser.add_argument(
        "--scenario", metavar="NAME", action="append", default=[], help="a shipped scenario or a .yaml file; may be repeated"
    )


def add_target(parser: argparse.ArgumentParser) -> None:
    """--target."""
    parser.add_argument("--target", metavar="NAME", help="a preset, such as HALF_HOUR_COMMUTE_2020; without it 30 min door to door")


def add_profile(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """--profile."""
    parser.add_argument("--profile", metavar="NAME", default=default, help="CAR, TRANSIT, PARK_RIDE, WALK, BIKE or TRUCK")


def add_language(parser: argparse.ArgumentParser) -> None:
    """--lang."""
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the answer (default zh)")


def check_file(path: Path | None) -> None:
    """Refuse a file that cannot be written, before anything is worked out; one that exists will be overwritten.

    Raises
    ------
    BadFile
        Its folder is missing, it is a folder itself, or it may not be written.
    """
    if not path:
        return
    folder = path.absolute().parent
    if not folder.is_dir():
        raise BadFile([f"{path.parent}: no such folder"])
    if path.is_dir():
        raise BadFile([f"{path}: is a folder; give the name of a file"])
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise BadFile([f"{path}: may not be written"])


def check_picture(path: Path | None) -> None:
    """Refuse a picture of another kind than those that are drawn, or whose folder is not there, before anything is worked out.

    Raises
    ------
    BadValue
        Its name ends in something else.
    BadFile
        As `check_file`.
    """
    if path and path.suffix.lower() not in PICTURES:
        raise BadValue(f"{path}: the name must end in {', '.join(PICTURES)}")
    check_file(path)


def whole_network(options: argparse.Namespace) -> Network:
    """The network at all dates."""
    from commute.datasets import load
    from commute.io import read_network

    return read_network(options.network) if options.network else load()


def dated(net: Network, options: argparse.Namespace) -> Network:
    """The network of the day asked about, scenarios applied.

    Raises
    ------
    BadValue
        A scenario of another day than --date: which of the two is meant cannot be known.
    """
    day = net.on(options.date) if options.date else net.on(net.as_of)
    scenarios = _scenarios(options)
    found = day.apply(*scenarios) if scenarios else day
    if options.date and found.date != day.date:
        names = ", ".join(one.name for one in scenarios)
        own = found.date or "all dates"
        raise BadValue(f"--date {options.date} and --scenario {names}, which is of {own}, contradict each other: leave out --date")
    return found


def scenario_names(options: argparse.Namespace) -> tuple[str, str] | None:
    """Chinese and English name of the scenarios asked for, several joined; None where there are none."""
    scenarios = _scenarios(options)
    return (" + ".join(one.name_zh or one.name for one in scenarios), " + ".join(one.name for one in scenarios)) if scenarios else None


def _scenarios(options: argparse.Namespace) -> list[Scenario]:
    from commute.io import read_scenario

    return [read_scenario(one) for one in options.scenario]


def target_of(options: argparse.Namespace) -> Target:
    """The preset that is named, or the plain target.

    Raises
    ------
    UnknownId
        No such preset; the nearest are named.
    """
    from commute.model.target import PRESETS, Target

    if not options.target:
        return Target()
    name = options.target.upper().replace("-", "_")
    if name not in PRESETS:
        raise UnknownId("target", name, PRESETS)
    return PRESETS[name]


def profile_of(options: argparse.Namespace) -> Profile | None:
    """The ready profile that is named, or None.

    Raises
    ------
    UnknownId
        No such profile; the nearest are named.
    """
    from commute.model.profile import READY

    if not options.profile:
        return None
    name = options.profile.upper().replace("-", "_")
    if name not in READY:
        raise UnknownId("profile", name, READY)
    return READY[name]
