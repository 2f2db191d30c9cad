"""Compiled parts of networks, kept while small changes leave them as they were.

A layer's key is the content it was made from, so that networks that share roads share their streets.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from commute.model.network import Network

KEPT = 256
T = TypeVar("T")
_layers: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


def layer(key: Hashable, make: Callable[[], T]) -> T:
    """The layer of that key, made where it is not kept; the least used of more than `KEPT` is let go."""
    with _lock:
        if key in _layers:
            _layers.move_to_end(key)
            return _layers[key]  # type: ignore[no-any-return]
    made = make()
    with _lock:
        _layers[key] = made
        while len(_layers) > KEPT:
            _layers.popitem(last=False)
    return made


def key_of(net: Network, *tables: str) -> tuple[Hashable, ...]:
    """What a layer made from these tables, the constants and the river depends on."""
    return (net.day, net.level, *(net.digest(name) for name in (*tables, "constant")), net.layers_digest())
