"""Values as Python's own, so that a file can hold them and a message show them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import Any


def plain(value: Any) -> Any:
    """A value with Python's own numbers, texts and lists for those of numpy, however deep within; itself where it has none."""
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, tuple | list):
        made = [plain(one) for one in value]
        return value if all(map(is_, made, value)) else type(value)(made)
    if isinstance(value, Mapping):
        values = list(map(plain, value.values()))
        return value if all(map(is_, values, value.values())) else dict(zip(value, values, strict=True))
    if is_dataclass(value) and not isinstance(value, type):
        old = {field.name: getattr(value, field.name) for field in fields(value)}
        new = {name: made for name, one in old.items() if (made := plain(one)) is not one}
        return replace(value, **new) if new else value
    return value


def is_number(value: Any) -> bool:
    """Whether it is a number that a float can hold; true and false are none, nor is NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def is_cell(value: Any) -> bool:
    """Whether a cell of a table can hold it: a text, true, false, a number, or None for an empty one."""
    return value is None or isinstance(value, str | bool) or is_number(value)
