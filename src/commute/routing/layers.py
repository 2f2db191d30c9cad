"""Compiled parts of networks, kept while small changes leave them as they were.

A layer's key is the content it was made from, so that networks that share roads share their streets. What is kept for the
network's next small change (`again`) is held by the network itself and goes with it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from commute.model.network import Network

KEPT = 256
KEPT_BYTES = 128 << 20  # of arrays
T = TypeVar("T")
_layers: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
_lock = Lock()


def layer(key: Hashable, make: Callable[[], T]) -> T:
    """The layer of that key, made where it is not kept."""
    with _lock:
        if key in _layers:
            _layers.move_to_end(key)
            return _layers[key][0]  # type: ignore[no-any-return]
    return put(key, make())


def known(key: Hashable) -> Any:
    """The layer of that key, None where it is not kept."""
    with _lock:
        return _layers.get(key, (None, 0))[0]


def put(key: Hashable, made: T) -> T:
    """Keep a layer, in the place of another of that key; the least used are let go, of more than `KEPT` or `KEPT_BYTES`."""
    with _lock:
        _layers[key] = made, bytes_of(made)
        _layers.move_to_end(key)
        while len(_layers) > 1 and (len(_layers) > KEPT or sum(size for _, size in _layers.values()) > KEPT_BYTES):
            _layers.popitem(last=False)
    return made


def bytes_of(value: Any) -> int:
    """Bytes of the arrays in a value, its items or fields."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, tuple | list):
        return sum(map(bytes_of, value)) if value and not isinstance(value[0], str) else 0  # ids are many
    if is_dataclass(value) and not isinstance(value, type):
        return sum(bytes_of(getattr(value, one.name)) for one in fields(value))
    return 0


def key_of(net: Network, *tables: str) -> tuple[Hashable, ...]:
    """What a layer made from these tables, the constants and the river depends on."""
    return (net.day, net.level, *(net.digest(name) for name in (*tables, "constant")), net.layers_digest())
