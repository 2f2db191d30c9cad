"""The `commute` command: one file a verb, each parses, calls the library, prints.

arguments  options that several verbs share, and what they mean; options_given: what may be chosen
printed    frames as csv, json, parquet or aligned text; heads: its heads and words in both languages
verdict    the answer as text
phases     the progress bar by name, and what each phase took
report check isochrone compare rank missing critical portfolio required timeline projects explain validate warmup
           the verbs: HELP, add, run
May import all rooms, but nothing heavy before a verb runs.
Exit status: 0 done, 1 input refused, 2 wrong usage, 3 target not met (check --fail).
To add a verb: its file, its name in VERBS."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module

from commute.errors import CommuteError, CommuteWarning
from commute.version import __version__

VERBS = (
    "report", "check", "isochrone", "compare", "rank", "missing", "critical", "portfolio", "required", "timeline", "projects",
    "explain", "validate", "warmup",
)  # fmt: skip
DONE, REFUSED, STOPPED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status."""
    parser = argparse.ArgumentParser(
        prog="commute", description="Where does a half-hour commute circle hold, where not, why, and what would change it?"
    )
    parser.add_argument("--version", action="version", version=f"commute {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="verb", required=True)
    for name in VERBS:
        verb = import_module(f"commute.cli.{name}")
        own = verbs.add_parser(name, help=verb.HELP, description=verb.HELP)
        verb.add(own)
        own.set_defaults(run=verb.run)
    options = parser.parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", CommuteWarning)
            warnings.showwarning = _warn
            status: int = options.run(options)
            sys.stdout.flush()
            return status
    except CommuteError as error:
        print(f"commute {options.verb}: {error}", file=sys.stderr)
        return REFUSED
    except BrokenPipeError:  # the reader, such as head, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:  # a full disk, a file that may not be read
        print(f"commute {options.verb}: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print(f"commute {options.verb}: stopped", file=sys.stderr)
        return STOPPED


def _warn(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    if issubclass(category, CommuteWarning):
        print(f"commute: note: {message}", file=sys.stderr)
