"""YAML 1.2 text as nodes that know their line and column, within limits of size, depth and time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

from commute.errors import BadFile, BadScenario
from commute.io.text import decode

LARGEST = 2_000_000  # bytes: the difference of two networks may be long
MOST_VALUES = 100_000  # as written, and after aliases are followed: some seconds
DEEPEST = 30
LONGEST_INT = 1000  # bits
MOST_BRACKETS = 200  # open at once, those in texts among them


def read_text(path: Path) -> str:
    if path.stat().st_size > LARGEST:
        raise BadFile([f"{path.name}: is {path.stat().st_size / 1e6:.1f} MB, a scenario has at most {LARGEST / 1e6:.0f}"])
    text, fault = decode(path.read_bytes())
    if fault:
        raise BadFile([f"{path.name}: {fault}".replace("CSV UTF-8", "UTF-8")])
    if long := too_long(text):
        raise BadScenario([f"{path.name}:1:1: {long}"])
    depth = list(accumulate((mark in "[{") - (mark in "]}") for mark in re.findall(r"[\[\]{}]", text)))
    if max(depth, default=0) > MOST_BRACKETS:  # before parsing, whose time grows with the square of it
        raise BadScenario([f"{path.name}:1:1: is nested too deeply"])
    return text


def too_long(text: str) -> str:
    """Why a text would take too long to parse, '' if it would not: each value ends with a comma or a line."""
    return f"has more than {MOST_VALUES} values" if sum(map(text.count, ",\n")) > MOST_VALUES else ""


def parse(path: Path, text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    class DatesAsText(RoundTripConstructor):
        """Leaves dates to us: a wrong one then has its place in the message."""

        def construct_document(self, node: Any) -> Any:
            looped = _looped(node)
            if looped is not None:
                line, column = looped.start_mark.line + 1, looped.start_mark.column + 1
                raise BadScenario([f"{path.name}:{line}:{column}: holds itself: its anchor (&) is named (*) within it"])
            return super().construct_document(node)

    DatesAsText.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)
    yaml = YAML(typ="rt")
    yaml.Constructor = DatesAsText
    try:
        node = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        said = str(error.problem or error.context).split("\n")[0].strip()
        said = f"{error.context}, {said}" if said.startswith("but ") else said
        raise BadScenario([f"{path.name}:{place}: not valid YAML: {said}{_tab_hint(said)}"]) from None
    except BadScenario:  # from within
        raise
    except (YAMLError, ValueError) as error:
        raise BadScenario([f"{path.name}:1:1: not valid YAML: {str(error).splitlines()[0]}"]) from None
    except RecursionError:
        raise BadScenario([f"{path.name}:1:1: is nested too deeply"]) from None
    budget = _count(node)
    if budget:
        raise BadScenario([f"{path.name}:1:1: {budget}"])
    return node


def _looped(root: Any) -> Any:
    """The first composed node that is within itself; None where there is none."""
    open_ones, done = set(), set()
    todo = [(root, False)]
    while todo:
        node, left = todo.pop()
        if left:
            open_ones.discard(id(node))
            done.add(id(node))
        elif id(node) in open_ones:
            return node
        elif id(node) not in done and isinstance(node.value, list):  # of nodes, or of pairs of nodes
            open_ones.add(id(node))
            todo.append((node, True))
            todo += [(each, False) for one in reversed(node.value) for each in (one if isinstance(one, tuple) else (one,))]
    return None


def _tab_hint(said: str) -> str:
    return " (a tab? indent by spaces)" if "\\t" in said else ""


def _count(node: Any) -> str:
    """Why it is too large once aliases are followed, '' if it is not."""
    count, todo = 0, [(node, 0)]
    while todo:
        one, depth = todo.pop()
        count += 1
        if count > MOST_VALUES:
            return f"has more than {MOST_VALUES} values once its aliases are followed"
        if depth > DEEPEST:
            return "is nested too deeply"
        if isinstance(one, int) and one.bit_length() > LONGEST_INT:
            return "holds a number of very many digits"
        if isinstance(one, str) and any("\ud800" <= mark <= "\udfff" for mark in one):
            return "holds half a character: an escape \\ud800 to \\udfff"
        children: Iterable[Any] = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        todo.extend((child, depth + 1) for child in children)
    return ""


def unwrapped(raw: Any) -> Any:
    """Plain Python for what ruamel.yaml gives."""
    if isinstance(raw, dict):
        return {unwrapped(key): unwrapped(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [unwrapped(value) for value in raw]
    for kind in (bool, int, float, str):
        if isinstance(raw, kind):
            return kind(raw)
    return raw


def begin(node: Any) -> tuple[int, int]:
    """Line and column where a mapping or list begins, from 1."""
    return node.lc.line + 1, node.lc.col + 1


def place_of(node: Any, key: Any, what: str) -> tuple[int, int]:
    """Line and column of a key, value or item; of the whole where it came by a merge."""
    try:
        line, column = getattr(node.lc, what)(key)
    except (KeyError, TypeError, AttributeError, IndexError):
        return begin(node)
    return line + 1, column + 1
