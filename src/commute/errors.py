"""Every exception that commute raises on purpose, and its warning."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(sought: str, known: Iterable[str], most: int = 3) -> str:
    """The nearest known names as the tail of a message, such as " (nearest: a, b)"; empty where none is close."""
    near = get_close_matches(str(sought), sorted(set(map(str, known))), n=most, cutoff=0.5)
    return f" (nearest: {', '.join(near)})" if near else ""


class CommuteError(Exception):
    """Base of all errors raised on purpose: catch this to catch them all."""


class CommuteWarning(UserWarning):
    """Something odd that is still usable."""


class BadValue(CommuteError, ValueError):
    """A value that cannot be meant: a negative speed, a reversed date."""


class UnknownId(CommuteError, LookupError):  # LookupError, since KeyError prints its message in quotes
    """An id or name that the network does not hold."""

    def __init__(self, kind: str, sought: str, known: Iterable[str]) -> None:
        near = tuple(get_close_matches(sought, sorted(set(known)), n=3, cutoff=0.5))
        super().__init__(kind, sought, near)  # all in args: survives a process pool
        self.kind, self.sought, self.near = kind, sought, near

    def __str__(self) -> str:
        hint = f"nearest: {', '.join(self.near)}" if self.near else "none is close to it"
        return f"no {self.kind} {self.sought!r} ({hint})"


class Findings(CommuteError, ValueError):
    """Several faults found at once; all are in the message, one a line."""

    def __init__(self, findings: Iterable[str]) -> None:
        lines = tuple(findings)
        super().__init__(lines)
        self.findings = lines

    def __str__(self) -> str:
        return "\n".join(self.findings)


class BadFile(Findings):
    """A file that cannot be read rightly."""


class BadScenario(Findings):
    """A scenario that cannot be applied."""


class Conflict(BadScenario):
    """Two changes that set one value and do not say which comes first."""
