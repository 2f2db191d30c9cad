"""Scenario files: YAML 1.2 into the frozen values of `model`, every fault with its line and column, and back."""

from __future__ import annotations

import dataclasses
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from commute.errors import BadFile, BadScenario, BadValue, UnknownId
from commute.io.shipped import shipped_network
from commute.io.text import decode
from commute.model.changes import ORDER, Change
from commute.model.scenario import ALL_DATES, Scenario
from commute.model.validity import to_day

SUFFIXES = (".yaml", ".yml")
FOLDER = "scenarios"
LARGEST = 2_000_000  # bytes: the difference of two networks may be long
MOST_VALUES = 100_000  # as written, and after aliases are followed: some seconds
DEEPEST = 30
LONGEST_INT = 1000  # bits
MOST_BRACKETS = 200  # open at once, those in texts among them
IN_FILE = {"station_class": "class", "kind": "class"}  # names in files, where they are not ours: `kind` is that of a change
KINDS: dict[str, type[Any]] = {each.kind: each for each in ORDER}
Faults = list[tuple[int, int, str]]  # line, column, the whole sentence


def read_scenario(name_or_path: str | os.PathLike[str]) -> Scenario:
    """A scenario from a file, or a shipped one by its name.

    Raises
    ------
    UnknownId
        No shipped scenario of that name; the nearest are named.
    BadFile
        The file is missing, larger than 2 MB, or not UTF-8.
    BadScenario
        All faults of the file, each as `file.yaml:9:5: changes.1.headway_min: …`.
    """
    path = _find(name_or_path)
    text = _text(path)
    node = _parse(path, text)
    faults: Faults = []
    reader = _Reader(path.name, faults)
    made = reader.build(Scenario, node, "")
    if faults:
        raise BadScenario([said for _, _, said in sorted(faults)])
    return made  # type: ignore[no-any-return]


def write_scenario(scenario: Scenario, path: str | os.PathLike[str]) -> None:
    """Write a scenario as YAML; what has its default value is left out. `read_scenario` gives an equal one.

    Raises
    ------
    BadValue
        The name does not end in .yaml, the folder is missing, or the file would be larger than `read_scenario` reads.
    """
    from ruamel.yaml import YAML

    target = Path(path)
    if target.suffix not in SUFFIXES or not target.parent.is_dir():
        raise BadValue(f"{target}: a scenario is written to a file that ends in .yaml, in a folder that is there")
    yaml = YAML()
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as work:
        made = Path(work) / target.name
        with made.open("w", encoding="utf-8", newline="\n") as stream:
            yaml.dump(_plain(scenario), stream)
        size, long = made.stat().st_size, _too_long(made.read_text("utf-8"))
        if size > LARGEST:
            long = f"is {size / 1e6:.1f} MB, a scenario has at most {LARGEST / 1e6:.0f}"
        if long:
            raise BadValue(f"{target}: {long}: write the network that it makes by write_network")
        made.replace(target)


def shipped_scenarios() -> list[str]:
    """Names of the scenarios that come with the library."""
    return sorted(each.stem for each in (shipped_network() / FOLDER).glob("*.yaml"))


def _find(name_or_path: str | os.PathLike[str]) -> Path:
    path = Path(name_or_path)
    if path.suffix not in SUFFIXES and path.name == str(name_or_path):
        shipped = shipped_network() / FOLDER / f"{name_or_path}.yaml"
        if not shipped.is_file():
            raise UnknownId("scenario", str(name_or_path), shipped_scenarios())
        return shipped
    if not path.is_file():
        near = get_close_matches(path.name, [each.name for each in path.parent.glob("*.y*ml")], n=1, cutoff=0.5)
        raise BadFile([f"{path}: no such file" + (f" (nearest: {near[0]})" if near else "")])
    return path


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST:
        raise BadFile([f"{path.name}: is {path.stat().st_size / 1e6:.1f} MB, a scenario has at most {LARGEST / 1e6:.0f}"])
    text, fault = decode(path.read_bytes())
    if fault:
        raise BadFile([f"{path.name}: {fault}".replace("CSV UTF-8", "UTF-8")])
    if long := _too_long(text):
        raise BadScenario([f"{path.name}:1:1: {long}"])
    depth = list(accumulate((mark in "[{") - (mark in "]}") for mark in re.findall(r"[\[\]{}]", text)))
    if max(depth, default=0) > MOST_BRACKETS:  # before parsing, whose time grows with the square of it
        raise BadScenario([f"{path.name}:1:1: is nested too deeply"])
    return text


def _too_long(text: str) -> str:
    """Why a text would take too long to parse, '' if it would not: each value ends with a comma or a line."""
    return f"has more than {MOST_VALUES} values" if sum(map(text.count, ",\n")) > MOST_VALUES else ""


def _parse(path: Path, text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    class DatesAsText(RoundTripConstructor):
        """Leaves dates to us: a wrong one then has its place in the message."""

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
    except (AttributeError, TypeError):  # how ruamel.yaml fails there
        raise BadScenario([f"{path.name}:1:1: not valid YAML: a merge (<<) goes in a circle"]) from None
    except (YAMLError, ValueError) as error:
        raise BadScenario([f"{path.name}:1:1: not valid YAML: {str(error).splitlines()[0]}"]) from None
    except RecursionError:
        raise BadScenario([f"{path.name}:1:1: is nested too deeply"]) from None
    budget = _count(node)
    if budget:
        raise BadScenario([f"{path.name}:1:1: {budget}"])
    return node


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


@dataclasses.dataclass(slots=True)
class _Reader:
    """Builds values bottom-up and notes every fault with its place."""

    file: str
    faults: Faults

    def build(self, kind: Any, node: Any, where: str, place: tuple[int, int] = (1, 1)) -> Any:
        """A value of a dataclass from a mapping; None where there are faults in it."""
        if not isinstance(node, dict):
            wants = "name: and changes:" if kind is Scenario else ", ".join(_names(kind))
            self._say(place, where, f"is {_called(node)}, must be a mapping with {wants}")
            return None
        before = len(self.faults)
        hints: dict[str, Any] = _hints(kind)
        fields = {IN_FILE.get(f.name, f.name): f for f in dataclasses.fields(kind)}
        for key in node:
            if key not in fields and not (key == "kind" and hasattr(kind, "kind")):
                near = get_close_matches(str(key), fields, n=1, cutoff=0.6)
                hint = f" (did you mean {near[0]!r}?)" if near else f" (known: {', '.join(fields)})"
                self._say(_at(node, key, "key"), _join(where, _unwrapped(key)), f"is not a field{hint}")
        values = {}
        for key, field in fields.items():
            if key in node:
                values[field.name] = self._value(hints[field.name], node, key, _join(where, key))
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                self._say(_place(node), _join(where, key), "is missing")
        if len(self.faults) > before:
            return None
        try:
            return kind(**values)
        except BadValue as error:
            self._say(_place(node), where, str(error))
            return None

    def _value(self, hint: Any, node: Any, key: Any, where: str) -> Any:
        raw, field = node[key], str(key)
        place = _at(node, key, "key" if raw is None else "value")
        inner = _inner(hint)
        if field == "changes" or (inner and get_origin(hint) is tuple):
            if not isinstance(raw, list):
                self._say(place, where, f"is {_called(raw)}, must be a list")
                return None
            texts = str in get_args(get_args(hint)[0])  # an id, or a whole new element
            items = range(len(raw))
            return tuple(
                self._scalar(str, raw[i], _at(raw, i, "item"), _join(where, i))
                if texts and not isinstance(raw[i], dict)
                else self._item(inner, raw, i, _join(where, i))
                for i in items
            )
        if inner and raw is not None:
            return self.build(inner, raw, where, place)
        return self._scalar(hint, raw, place, where)

    def _item(self, kind: Any, items: Any, i: int, where: str) -> Any:
        place = _at(items, i, "item")
        if kind is not None:
            return self.build(kind, items[i], where, place)
        change = items[i]
        if not isinstance(change, dict) or "kind" not in change:
            self._say(place, where, f"needs a kind: one of {', '.join(sorted(KINDS))}")
            return None
        if not isinstance(change["kind"], str) or change["kind"] not in KINDS:
            near = get_close_matches(str(change["kind"]), KINDS, n=1, cutoff=0.5)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            known = ", ".join(sorted(KINDS))
            self._say(_at(change, "kind", "value"), _join(where, "kind"), f"{change['kind']!r} is not one of {known}{hint}")
            return None
        return self.build(KINDS[str(change["kind"])], change, where, place)

    def _scalar(self, hint: Any, raw: Any, place: tuple[int, int], where: str) -> Any:
        from pydantic import ValidationError

        try:
            return _adapter(hint).validate_python(_unwrapped(raw))
        except ValidationError as error:
            first = error.errors()[0]
            inside = "".join(f".{part}" for part in first["loc"])
            if "error" in first.get("ctx", {}):
                self._say(place, where + inside, str(first["ctx"]["error"]))
            else:
                self._say(place, where + inside, f"is {_called(first['input'])}, {first['msg'].replace('Input should', 'should')}")
            return None

    def _say(self, place: tuple[int, int], where: str, message: str) -> None:
        said = f"{where}: {message}" if where else message
        self.faults.append((*place, f"{self.file}:{place[0]}:{place[1]}: {said}"))


def _inner(hint: Any) -> Any:
    """The dataclass in a hint, such as Cost | None or tuple[str | NewStop, ...]; None where there is none."""
    todo = [hint]
    while todo:
        one = todo.pop(0)
        if dataclasses.is_dataclass(one):
            return one
        todo += [each for each in get_args(one) if each is not Ellipsis]
    return None


def _join(where: str, key: Any) -> str:
    return f"{where}.{key}" if where else str(key)


def _names(kind: type[Any]) -> list[str]:
    return [IN_FILE.get(field.name, field.name) for field in dataclasses.fields(kind)]


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns={"Change": Any, "date": date, "Mapping": Mapping, "Any": Any})


@cache
def _adapter(hint: Any) -> Any:
    """Checks one field: numbers strictly ('5' and yes are none), a lone text as a tuple of one, a whole number as text."""
    from pydantic import BeforeValidator, Strict, TypeAdapter

    if date in (hint, *get_args(hint)):
        return TypeAdapter(Annotated[hint, BeforeValidator(lambda v: v if v in (None, ALL_DATES) else to_day(v))])
    if hint is str:
        return TypeAdapter(Annotated[str, BeforeValidator(lambda v: str(v) if type(v) is int else v)])
    if hint == tuple[str, ...]:
        return TypeAdapter(Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)])
    if hint in (float, bool, int) or (get_args(hint) and set(get_args(hint)) <= {float, int, bool, type(None)}):
        return TypeAdapter(Annotated[hint, Strict()])
    return TypeAdapter(hint)


def _unwrapped(raw: Any) -> Any:
    """Plain Python for what ruamel.yaml gives."""
    if isinstance(raw, dict):
        return {_unwrapped(key): _unwrapped(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_unwrapped(value) for value in raw]
    for kind in (bool, int, float, str):
        if isinstance(raw, kind):
            return kind(raw)
    return raw


def _called(raw: Any) -> str:
    if raw is None:
        return "empty"
    if isinstance(raw, dict | list):
        return "a mapping" if isinstance(raw, dict) else "a list"
    if not isinstance(raw, str | int | float):
        return "a value with a tag (!), which is not read"
    text = repr(_unwrapped(raw))
    return text if len(text) <= 60 else text[:57] + "..."


def _place(node: Any) -> tuple[int, int]:
    return node.lc.line + 1, node.lc.col + 1


def _at(node: Any, key: Any, what: str) -> tuple[int, int]:
    """Line and column of a key, value or item; of the whole where it came by a merge."""
    try:
        line, column = getattr(node.lc, what)(key)
    except (KeyError, TypeError, AttributeError, IndexError):
        return _place(node)
    return line + 1, column + 1


SHARED = tuple(field.name for field in dataclasses.fields(Change))


def _rank(field: dataclasses.Field[Any]) -> int:
    """Where a field is written: a change's id first, then what its kind says, then what all kinds share; changes and parts last."""
    late = ("changes", "parts")
    if field.name in late:
        return 1000 + late.index(field.name)
    return -1 if field.name == "id" else 100 + SHARED.index(field.name) if field.name in SHARED else 0


def _plain(value: Any) -> Any:
    """A dataclass as mappings and lists, without what has its default; windows and rows on one line, clock times in quotes."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        out = CommentedMap()
        if hasattr(value, "kind"):
            out["kind"] = value.kind
        for field in sorted(dataclasses.fields(value), key=_rank):
            each = getattr(value, field.name)
            if field.default is dataclasses.MISSING or each != field.default:
                out[IN_FILE.get(field.name, field.name)] = _plain(each)
        if not hasattr(value, "kind") and not isinstance(value, Scenario):
            out.fa.set_flow_style()
        return out
    if isinstance(value, Mapping):
        row = CommentedMap({key: _plain(each) for key, each in value.items()})
        row.fa.set_flow_style()
        return row
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, date):
        return DoubleQuotedScalarString(value.isoformat())
    return DoubleQuotedScalarString(value) if isinstance(value, str) and value[:1].isdigit() else value
