"""What is kept for the next small change of a network: results, each held by the network that it is of and let go with it.

They are found by a key of what they must share with the result that is sought, from any network that lives.
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakSet

from commute.model.network import Network
from commute.routing.layers import bytes_of

KEPT = 4  # results of a kind that a network keeps, those asked for last
KEPT_BYTES = 16 << 20  # of one result; a larger one is not kept
T = TypeVar("T")


class Shelf(Generic[T]):
    """Results of one kind, which are values: two threads may find the same one, neither changes it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._all: dict[Hashable, WeakSet[T]] = {}
        self._lock = Lock()

    def alike(self, key: Hashable) -> list[T]:
        """The results of that key that any network keeps."""
        with self._lock:
            return list(self._all.get(key, ()))

    def keep(self, net: Network, key: Hashable, result: T) -> T:
        """Keep a result with its network."""
        if bytes_of(result) <= KEPT_BYTES:
            with self._lock:
                mine: dict[Hashable, T] = net._cache.setdefault(self.name, {})
                mine.pop(key, None)
                mine[key] = result
                for old in list(mine)[:-KEPT]:
                    del mine[old]
                self._all.setdefault(key, WeakSet()).add(result)
                for gone in [one for one, left in self._all.items() if not left]:
                    del self._all[gone]
        return result
