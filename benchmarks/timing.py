"""How the benchmarks time what they compare."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def best(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Least seconds of several runs, and the last answer."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        answer = work()
        took.append(time.perf_counter() - start)
    return min(took), answer
