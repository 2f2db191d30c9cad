"""The shipped Chinese font and files that are the same at every run; nothing global is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")
FILE = "CommuteSansSC-Regular.ttf"
SALT = "commute"  # of ids inside an SVG, so that two runs give one file


@contextmanager
def font_path() -> Iterator[Path]:
    """The font as a file, wherever the package is installed."""
    with as_file(files("commute.viz") / "fonts" / FILE) as path:
        yield path


@cache
def family() -> str:
    """The shipped font's family name; matplotlib knows the font from then on, and no setting is changed."""
    from matplotlib import font_manager

    with font_path() as path:
        font_manager.fontManager.addfont(str(path))
        return str(font_manager.FontProperties(fname=str(path)).get_name())


@contextmanager
def drawing() -> Iterator[None]:
    """Settings for text with Chinese characters, paths in SVG and repeatable ids, inside the context only."""
    import matplotlib

    settings: Any = {
        "font.family": [family(), "DejaVu Sans"],
        "axes.unicode_minus": False,
        "svg.fonttype": "path",
        "svg.hashsalt": SALT,
        "pdf.fonttype": 42,
        "hatch.linewidth": 0.5,
    }
    with matplotlib.rc_context(settings):
        yield


def drawn(plot: Callable[P, R]) -> Callable[P, R]:
    """Run a plot function inside `drawing`."""

    @wraps(plot)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with drawing():
            return plot(*args, **kwargs)

    return inside


def save(figure: Figure, path: str | Path, *, width_px: int = 1600) -> None:
    """Write a figure as PNG, SVG or PDF by the ending of `path`, without a date in it.

    Parameters
    ----------
    figure : matplotlib Figure
    path : path to write
    width_px : int, width of a PNG, px
    """
    nameless: dict[str, Any] = {
        ".svg": {"Date": None, "Creator": "commute"},
        ".pdf": {"CreationDate": None, "ModDate": None, "Creator": "commute"},
        ".png": {"Software": None},
    }
    dpi = width_px / figure.get_figwidth()
    with drawing():
        figure.savefig(path, dpi=dpi, metadata=nameless.get(Path(path).suffix.lower()))
