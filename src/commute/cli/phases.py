"""The progress bar by phase, on a terminal only, and what each phase took."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Executor

PHASES = {
    "imports": ("导入依赖", "importing"),
    "network": ("读取路网", "reading the network"),
    "check": ("判断通勤圈", "judging the circle"),
    "screen": ("主表", "the first screen"),
    "journeys": ("各对行程", "pairs, parks and hubs"),
    "levers": ("措施", "levers"),
    "gaps": ("逐条断头路", "gaps one by one"),
    "isochrones": ("等时圈", "isochrones"),
    "growth": ("历年变化", "how the circle grew"),
    "fit": ("对照公布时间", "published times"),
    "building": ("先建什么", "what to build first"),
    "further": ("对照、逐年、失效与所需", "plans, timeline, failures, requirements"),
    "claims": ("对照公开说法", "claims"),
    "trains": ("列车数", "trains"),
    "drawing": ("绘图", "drawing"),
}
APART = ("imports", "drawing")
CORE = (
    "numpy", "scipy.sparse.csgraph", "scipy.spatial", "pandas", "pyproj", "shapely", "geopandas", "networkx", "numba", "matplotlib.pyplot",
    "contourpy", "pydantic", "ruamel.yaml", "tqdm", "lazy_loader",
)  # fmt: skip


class Phases:
    """Tells each phase on a bar and keeps what it took; call it with the name of the next phase."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.took: dict[str, float] = {}
        self._name, self._since = "", perf_counter()
        self._bar: Any = None

    def __call__(self, name: str) -> None:
        self._close()
        self._name, self._since = name, perf_counter()
        if name != "imports":
            self._show(PHASES[name][0 if self.lang == "zh" else 1])

    def finish(self) -> None:
        """End the last phase and the bar."""
        self._close()
        if self._bar is not None:
            self._bar.close()

    def _show(self, told: str) -> None:
        if self._bar is None:
            from tqdm import tqdm

            form = "{desc} {bar} {n_fmt}/{total_fmt} [{elapsed}]"
            self._bar = tqdm(total=len(PHASES) - 1, disable=None, file=sys.stderr, bar_format=form, leave=False, ncols=80)
        self._bar.set_description_str(told)

    def _close(self) -> None:
        if self._name:
            self.took[self._name] = self.took.get(self._name, 0.0) + perf_counter() - self._since
            if self._bar is not None:
                self._bar.update(1)
        self._name = ""

    def summary(self, redistributions_s: float) -> list[tuple[str, float]]:
        """Imports, computing, drawing and redistributions, seconds; drawing as far as it has got."""
        took = dict(self.took)
        if self._name:
            took[self._name] = took.get(self._name, 0.0) + perf_counter() - self._since
        computing = sum(value for name, value in took.items() if name not in APART) - redistributions_s
        return [
            ("imports", took.get("imports", 0.0)),
            ("computing", computing),
            ("drawing", took.get("drawing", 0.0)),
            ("redistributions", redistributions_s),
        ]


def second_process(jobs: int) -> AbstractContextManager[Executor | None]:
    """A process that answers some of the questions meanwhile; it imports what it needs while this one does. None for one job."""
    if jobs < 2:
        return nullcontext()
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    helper = ProcessPoolExecutor(1, mp_context=get_context("spawn"))  # spawn: alike on every system, and safe beside threads
    helper.submit(import_all)
    return helper


def import_all() -> None:
    """What a second process needs."""
    import_core()
    import_module("commute.analysis.report")
    import_module("commute.viz.folder")
    collect_seldom()


def collect_seldom() -> None:
    """Look for cycles of objects seldom: among many small frames it would take a tenth of the time and find nothing."""
    gc.freeze()  # modules stay
    gc.set_threshold(100_000, 50, 50)


def import_core() -> None:
    """Import what the package depends on, so that it can be timed apart."""
    for name in CORE:
        import_module(name)


def kernels_ready() -> bool:
    """Whether an earlier run has compiled the kernels for this code."""
    from pathlib import Path

    from commute.routing import backward_lanes as kernel

    known = getattr(kernel.scan_draws, "_cache", None)  # numba's own; absent where it does not compile
    if known is None:
        return True
    cache = Path(known.cache_path)
    source = Path(kernel.__file__).stat().st_mtime
    return any(one.stat().st_mtime >= source for one in cache.glob("backward_lanes.*.nbi"))


def say_if_compiling() -> None:
    """Say that kernels are being compiled, where this is the first run."""
    if not kernels_ready():
        print("首次运行:正在编译计算内核,仅此一次 / first run: compiling the kernels, once", file=sys.stderr)


@contextmanager
def bar(told: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, as the `progress` that the library takes; begun when the total is known."""
    from tqdm import tqdm

    shown: list[Any] = []

    def progress(done: int, total: int) -> None:
        if not shown:
            form = "{desc} {bar} {n_fmt}/{total_fmt} [{elapsed}]"
            shown.append(tqdm(total=total, desc=told, disable=None, file=sys.stderr, bar_format=form, leave=False, ncols=80))
        shown[0].total = total
        shown[0].update(done - shown[0].n)

    try:
        yield progress
    finally:
        for one in shown:
            one.close()
