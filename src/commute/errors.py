"""Every exception that commute raises on purpose, its warning, and how texts of others are shown in them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

TOLD = 20  # faults of a scenario that the text of an error tells; `findings` holds all
LONGEST = 60  # characters of a name or a value in a message
LONGEST_LINE = 2000
ODD = {  # besides the control characters: what moves the cursor or turns the direction of what follows
    *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\u200e", "\u200f", "\u2028", "\u2029", "\ufeff",
}  # fmt: skip


def short(text: object) -> str:
    """A name or a value as a message shows it."""
    said = str(text)
    return said if len(said) <= LONGEST else said[: LONGEST - 3] + "..."


def printable(text: str) -> str:
    """A message without what a terminal would obey: control characters but line breaks are escaped; no line without end."""
    if not text.isprintable():
        text = "".join(repr(one)[1:-1] if (not one.isprintable() and one < "\xa0" and one != "\n") or one in ODD else one for one in text)
    if len(text) <= LONGEST_LINE:
        return text
    return "\n".join(line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 3] + "..." for line in text.split("\n"))


def nearest(sought: str, known: Iterable[str], most: int = 3) -> str:
    """The nearest known names as the tail of a message, such as " (nearest: a, b)"; empty where none is close."""
    near = get_close_matches(str(sought), sorted(set(map(str, known))), n=most, cutoff=0.5)
    return f" (nearest: {', '.join(near)})" if near else ""


class CommuteError(Exception):
    """Base of all errors raised on purpose: catch this to catch them all."""

    def __str__(self) -> str:
        return printable(Exception.__str__(self))


class CommuteWarning(UserWarning):
    """Something odd that is still usable."""

    def __str__(self) -> str:
        return printable(UserWarning.__str__(self))


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
        return printable(f"no {self.kind} {short(self.sought)!r} ({hint})")


class Findings(CommuteError, ValueError):
    """Several faults found at once; all are in the message, one a line."""

    def __init__(self, findings: Iterable[str]) -> None:
        lines = tuple(findings)
        super().__init__(lines)
        self.findings = lines

    def __str__(self) -> str:
        return printable("\n".join(self.findings))


class BadFile(Findings):
    """A file that cannot be read rightly."""


class BadScenario(Findings):
    """A scenario that cannot be applied; the message tells the first of very many faults."""

    def __str__(self) -> str:
        told = TOLD if len(self.findings) > TOLD + 1 else len(self.findings)
        while told > 1 and sum(map(len, self.findings[:told])) > LONGEST_LINE:
            told -= 1
        more = len(self.findings) - told
        return printable("\n".join([*self.findings[:told], f"and {more} more"] if more else self.findings))


class Conflict(BadScenario):
    """Two changes that set one value and do not say which comes first."""
