"""Nodes of a scenario file as the frozen values of `model`, every fault with its line and column."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from itertools import takewhile
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from commute.errors import BadValue
from commute.io.nodes import begin, place_of, unwrapped
from commute.model.changes import ORDER, Change
from commute.model.changes.change import Place
from commute.model.scenario import ALL_DATES, Scenario
from commute.model.validity import to_day

IN_FILE = {"station_class": "class", "kind": "class"}  # names in files, where they are not ours: `kind` is that of a change
KINDS: dict[str, type[Any]] = {each.kind: each for each in ORDER}
PLURALS = {
    **{"a text": "texts", "a number": "numbers", "a whole number": "whole numbers"},
    **{"two numbers, [lon, lat]": "points [lon, lat]", "a mapping": "mappings"},
}
Faults = list[tuple[int, int, str]]  # line, column, the whole sentence


@dataclasses.dataclass(slots=True)
class Reader:
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
        fields = dict(zip(_names(kind), _written(kind), strict=True))
        for key in node:
            if key not in fields and not (key == "kind" and hasattr(kind, "kind")):
                near = get_close_matches(str(key), fields, n=1, cutoff=0.6)
                hint = f" (did you mean {near[0]!r}?)" if near else f" (known: {', '.join(fields)})"
                self._say(place_of(node, key, "key"), _join(where, unwrapped(key)), f"is not a field{hint}")
        values = {}
        for key, field in fields.items():
            if key in node:
                values[field.name] = self._value(hints[field.name], node, key, _join(where, key))
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                self._say(begin(node), _join(where, key), "is missing")
        if len(self.faults) > before:
            return None
        if issubclass(kind, Change):
            values["place"] = Place(self.file, *begin(node), _parts(node))
        try:
            return kind(**values)
        except BadValue as error:
            self._say(begin(node), where, str(error))
            return None

    def _value(self, hint: Any, node: Any, key: Any, where: str) -> Any:
        raw, field = node[key], str(key)
        place = place_of(node, key, "key" if raw is None else "value")
        inner = _inner(hint)
        if field == "changes" or (inner and get_origin(hint) is tuple):
            if not isinstance(raw, list):
                self._say(place, where, f"is {_called(raw)}, must be a list")
                return None
            texts = str in get_args(get_args(hint)[0])  # an id, or a whole new element
            items = range(len(raw))
            return tuple(
                self._scalar(str, raw[i], place_of(raw, i, "item"), _join(where, i))
                if texts and not isinstance(raw[i], dict)
                else self._item(inner, raw, i, _join(where, i))
                for i in items
            )
        if inner and raw is not None:
            return self.build(inner, raw, where, place)
        return self._scalar(hint, raw, place, where)

    def _item(self, kind: Any, items: Any, i: int, where: str) -> Any:
        place = place_of(items, i, "item")
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
            self._say(place_of(change, "kind", "value"), _join(where, "kind"), f"{change['kind']!r} is not one of {known}{hint}")
            return None
        return self.build(KINDS[str(change["kind"])], change, where, place)

    def _scalar(self, hint: Any, raw: Any, place: tuple[int, int], where: str) -> Any:
        from pydantic import ValidationError

        try:
            return _adapter(hint).validate_python(unwrapped(raw))
        except ValidationError as error:
            first = error.errors()[0]
            if "error" in first.get("ctx", {}):
                self._say(place, where, str(first["ctx"]["error"]))
                return None
            loc = first["loc"]
            if loc and loc[-1] == "[key]":
                self._say(place, where, f"{_called(first['input'])} stands for a name, must be a text: put it in quotes")
                return None
            short = first["type"] == "missing"  # of a pair: the pair is short
            within = list(takewhile(lambda part: isinstance(part, int), loc[:-1] if short else loc))
            value = unwrapped(raw)
            for at in within:
                value, hint = value[at], _item_of(hint)
            quotes = ": put it in quotes" if "a text" in _wanted(hint) and type(value) in (int, float, bool) else ""
            said = f"is {_called(value)}, must be {_wanted(hint)}{quotes}"
            self._say(place, ".".join([where, *map(str, within)]), said)
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
    """Its fields, as files call them."""
    return [IN_FILE.get(field.name, field.name) for field in _written(kind)]


def _written(kind: type[Any]) -> list[dataclasses.Field[Any]]:
    """The fields that files hold: where something was read is none."""
    return [field for field in dataclasses.fields(kind) if field.compare]


def _parts(node: Any) -> dict[str, tuple[int, int]]:
    """Where the mappings in the lists of a change stand."""
    lists = ((key, value) for key, value in node.items() if isinstance(value, list))
    return {f"{key}.{at}": place_of(value, at, "item") for key, value in lists for at, one in enumerate(value) if isinstance(one, dict)}


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns={"Change": Any, "date": date, "Mapping": Mapping, "Any": Any})


def _wanted(hint: Any) -> str:
    """What a field may hold, in words."""
    plain = {str: "a text", float: "a number", int: "a whole number", bool: "true or false", date: "a day"}
    if hint in plain:
        return plain[hint]
    args = [one for one in get_args(hint) if one not in (Ellipsis, type(None))]
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, args))}"
    if get_origin(hint) is not tuple:
        return " or ".join(map(_wanted, args)) if args and get_origin(hint) is not Mapping else "a mapping"
    if args == [float, float]:
        return "two numbers, [lon, lat]"
    parts = get_args(args[0]) if get_origin(args[0]) in (Union, UnionType) else args[:1]
    several = f"a list of {' or '.join(PLURALS[_wanted(part)] for part in parts)}"
    return f"a text or {several}" if args == [str] else several


def _item_of(hint: Any) -> Any:
    """The hint of what is in a list."""
    lists = [one for one in (hint, *get_args(hint)) if get_origin(one) is tuple]
    return get_args(lists[0])[0] if lists else hint


@cache
def _adapter(hint: Any) -> Any:
    """Checks one field: numbers strictly ('5' and yes are none), a lone text as a tuple of one, a whole number as text."""
    from pydantic import BeforeValidator, Strict, TypeAdapter

    if date in (hint, *get_args(hint)):
        return TypeAdapter(Annotated[hint, BeforeValidator(lambda v: v if v in (None, ALL_DATES) else to_day(v))])
    if hint is str:
        return TypeAdapter(Annotated[str, BeforeValidator(lambda v: str(v) if type(v) is int else v)])
    if hint == tuple[str, ...]:
        return TypeAdapter(Annotated[hint, BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)])
    if hint == tuple[str | int, ...]:  # a row's key
        return TypeAdapter(Annotated[hint, BeforeValidator(lambda v: (v,) if isinstance(v, str | int) else v)])
    if hint in (float, bool, int) or (get_args(hint) and set(get_args(hint)) <= {float, int, bool, type(None)}):
        return TypeAdapter(Annotated[hint, Strict()])
    return TypeAdapter(hint)


def _called(raw: Any) -> str:
    if raw is None:
        return "empty"
    if isinstance(raw, dict | list):
        return "a mapping" if isinstance(raw, dict) else "a list"
    if not isinstance(raw, str | int | float):
        return "a value with a tag (!), which is not read"
    text = repr(unwrapped(raw))
    return text if len(text) <= 60 else text[:57] + "..."
