"""The report folder: index.html, maps as PNG and SVG, tables as CSV; written beside and swapped in, so never half there."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commute.errors import BadFile
from commute.viz.page.document import LANGS, page_html

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from commute.model.results.report import Report

FIRST_SIZE = (8.4, 6.4)  # inches
MAP_SIZE = (8.0, 6.8)
WIDE_SIZE = (11.0, 9.2)
CHART_SIZE = (9.0, 4.4)
STEPS_SIZE = (9.0, 5.2)
PAGE_PX = 1200
WIDE_PX = 1800  # of three maps side by side
FILE_PX = 1600
COLOURS = 256  # of a picture in the page
MARK = ".commute-report"  # in every folder that we write, so that no other folder is ever replaced
Plot = Callable[["Axes", str], Any]
Maker = Callable[[str], "Figure"]  # language to figure
Progress = Callable[[int, int], None]


def plots(report: Report) -> dict[str, Maker]:
    """Name to what makes the figure in a language."""
    from commute.viz import charts
    from commute.viz import map as maps

    limit = report.check.target.minutes
    found: dict[str, Maker] = {
        "circle": partial(figure_of, FIRST_SIZE, True, lambda ax, lang: maps.plot_circle(report.check, report.net, ax=ax, lang=lang)),
        "gaps": partial(figure_of, WIDE_SIZE, True, lambda ax, lang: maps.plot_gaps(report.net, ax=ax, lang=lang)),
    }
    if len(report.isochrones):
        for (mode, origin), bands in report.isochrones.groupby(["mode", "origin_id"], sort=False):
            found[f"isochrone_{mode}_{origin}"] = partial(figure_of, MAP_SIZE, True, _isochrone(report, str(mode), str(origin), bands))
    if report.check.pairs["minutes"].notna().any():
        ways = report.journeys[report.journeys["kind"] == "centre"]
        ways = ways[ways["from_id"] < ways["to_id"]] if (ways["from_id"] < ways["to_id"]).any() else ways
        size = (9.0, 1.0 + 0.4 * len(ways))
        found["legs"] = partial(figure_of, size, False, lambda ax, lang: charts.plot_legs(ways, ax=ax, lang=lang, limit=limit))
    if len(report.growth):
        found["growth"] = partial(
            figure_of, CHART_SIZE, False, lambda ax, lang: charts.plot_growth(report.growth, ax=ax, lang=lang, limit=limit)
        )
    if len(report.fit) and report.fit["model_min"].notna().any():
        found["fit"] = partial(figure_of, (6.0, 6.0), False, lambda ax, lang: charts.plot_fit(report.fit, ax=ax, lang=lang))
    return found | _of_choices(report)


def _of_choices(report: Report) -> dict[str, Maker]:
    """What each budget buys; of a full report, what each opening gave and the plans side by side."""
    from commute.viz import choices
    from commute.viz.compare import picture

    found: dict[str, Maker] = {}
    built, further = report.building, report.further
    if built is not None and len(built.frontier) > 1:
        budget = built.portfolio.budget_mcny
        found["frontier"] = partial(
            figure_of, STEPS_SIZE, False, lambda ax, lang: choices.plot_frontier(built.frontier, budget_mcny=budget, ax=ax, lang=lang)
        )
    if further is not None and len(further.timeline.openings):
        bars = min(2 * choices.MOST_BARS, len(further.timeline.openings))
        size = (9.0, 0.9 + 0.3 * bars)
        found["timeline"] = partial(figure_of, size, False, lambda ax, lang: choices.plot_timeline(further.timeline, ax=ax, lang=lang))
    if further is not None and further.comparison is not None:
        found["compare"] = partial(picture, further.comparison)
    return found


def _isochrone(report: Report, mode: str, origin: str, bands: Any) -> Plot:
    from commute.viz import map as maps

    doubt = report.doubt.get((mode, origin))
    return lambda ax, lang: maps.plot_isochrones(bands, report.net, doubt=doubt, ax=ax, lang=lang, name=report.name(origin, lang))


def figure_of(size: tuple[float, float], is_map: bool, plot: Plot, lang: str) -> Figure:
    """A figure of one plot, unknown to pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from commute.viz.fonts import drawing

    with drawing():
        figure = Figure(figsize=size, layout=None if is_map else "constrained")
        FigureCanvasAgg(figure)
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0)) if is_map else figure.subplots()
        plot(ax, lang)
    return figure


def draw(
    report: Report, folder: Path, lang: str, progress: Progress | None = None, executor: Executor | None = None
) -> dict[tuple[str, str], bytes]:
    """Write maps as PNG and SVG in one language, and give those of the page in both as small PNG; every other one on the executor."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(plots(report))
    if executor is None:
        return draw_some(report, names, folder, lang, progress)
    elsewhere = executor.submit(draw_some, report, names[1::2], folder, lang)
    return {**draw_some(report, names[::2], folder, lang, progress), **elsewhere.result()}


def draw_some(
    report: Report, names: Sequence[str], folder: Path, lang: str, progress: Progress | None = None
) -> dict[tuple[str, str], bytes]:
    """Some of the figures, by name."""
    from commute.viz.fonts import save

    pictures = {}
    listed = {name: one for name, one in plots(report).items() if name in names}
    for k, (name, make) in enumerate(listed.items()):
        for each in LANGS:
            figure = make(each)
            if each == lang:
                for ending in ("png", "svg"):
                    save(figure, folder / f"{name}.{ending}", width_px=FILE_PX)
            pictures[name, each] = small_png(figure, WIDE_PX if name == "compare" else PAGE_PX)
        if progress:
            progress(k + 1, len(listed))
    return pictures


def small_png(figure: Figure, width_px: int = PAGE_PX) -> bytes:
    """A figure as a PNG of few colours, for the page."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    from commute.viz.fonts import drawing

    canvas: Any = FigureCanvasAgg(figure)
    with drawing():
        figure.set_dpi(width_px / figure.get_figwidth())
        canvas.draw()
    packed = io.BytesIO()
    with Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1) as picture:
        full = picture.convert("RGB")
        counted: Any = full.getcolors(full.width * full.height)
        often = sorted(counted, key=lambda one: (-one[0], one[1]))[:COLOURS]  # flat areas stay exact, blends take the nearest of them
        chosen = Image.new("P", (1, 1))
        chosen.putpalette([part for _, colour in often for part in colour] + list(often[0][1]) * (256 - len(often)))
        full.quantize(palette=chosen, dither=Image.Dither.NONE).save(packed, format="png", optimize=True)
    return packed.getvalue()


def tables(report: Report) -> dict[str, pd.DataFrame]:
    """The frames of the report by file name, without geometry."""
    iso = report.isochrones
    named = {
        "first_screen": report.screen.table,
        "floor": report.screen.floor,
        "pairs": report.check.pairs,
        "journeys": report.journeys,
        "shares": report.check.shares,
        "centre_shares": report.centre_shares,
        "zones": report.check.zones.reset_index(),
        "alternatives": report.check.alternatives,
        "isochrones": iso.drop(columns="geometry") if len(iso) else iso,
        "levers": report.levers,
        "gap_rank": report.rank,
        "growth": report.growth,
        "claims": report.claims,
        "fit": report.fit,
        "fit_summary": report.fit_summary,
        "trains": report.trains,
        "constants": report.net.constants.reset_index(),
        **_choice_tables(report),
    }
    return {name: frame for name, frame in named.items() if len(frame)}


def _choice_tables(report: Report) -> dict[str, pd.DataFrame]:
    """The frames of what to build and of a full report."""
    built, further = report.building, report.further
    found = {} if report.interactions is None else {"interactions": report.interactions}
    if built is not None:
        best = built.portfolio
        found |= {"portfolio_chosen": best.chosen, "portfolio_left_out": best.left_out, "portfolio_by_costs": best.by_costs}
        found |= {"frontier": built.frontier, "projects": built.register, "loose_dates": built.dates}
        if best.comparison is not None:
            found["portfolio_pairs"] = best.comparison.pairs
        if built.missing is not None:
            found["missing"] = built.missing.drop(columns="geometry", errors="ignore")
    if further is not None:
        lost = further.critical.drop(columns="geometry", errors="ignore")
        found |= {"timeline_openings": further.timeline.openings, "critical": lost, "required": further.required}
        seen = further.comparison
        if seen is not None:
            found |= {"compare_summary": seen.summary, "compare_pairs": seen.pairs, "compare_zones": seen.zones.reset_index()}
    return found


def write_report(
    report: Report,
    out: str | Path,
    *,
    lang: str = "zh",
    progress: Progress | None = None,
    timings: Callable[[], Sequence[tuple[str, float]]] = lambda: (),
    executor: Executor | None = None,
) -> Path:
    """Write the report folder: all beside it first, then swapped in.

    Parameters
    ----------
    report : Report
    out : folder; one that exists is replaced where it is empty or a report
    lang : {"zh", "en"}, of the page at first and of the picture files
    progress : callable(done, total) over the figures
    timings : gives (what, seconds) to print on the page, asked once the figures are drawn
    executor : concurrent.futures.Executor, optional; draws half of the figures

    Returns
    -------
    The path of index.html.

    Raises
    ------
    BadFile
        `out` is a file, or a folder with other things in it.
    """
    target = Path(out).absolute()
    check_free(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise BadFile([f"{target}: cannot be written there: {error.strerror}"]) from None
    try:
        pictures = draw(report, beside / "maps", lang, progress, executor)
        listed = _write_tables(report, beside / "tables")
        listed |= {f"{path.stem} ({path.suffix[1:].upper()})": f"maps/{path.name}" for path in sorted((beside / "maps").iterdir())}
        text = page_html(report, pictures, lang=lang, listed=listed, timings=timings())
        (beside / "index.html").write_text(text, encoding="utf-8", newline="\n")
        (beside / MARK).write_text("written by commute report; replaced as a whole at the next run\n", encoding="utf-8")
        beside.chmod(0o755)
        _swap(beside, target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return target / "index.html"


def check_free(target: Path) -> None:
    """Refuse a place that holds something else than a report, or that may not be written.

    Raises
    ------
    BadFile
        Saying what is there.
    """
    above = next(one for one in target.parents if one.exists())
    if not os.access(above, os.W_OK):
        raise BadFile([f"{target}: may not be written"])
    if target.is_file():
        raise BadFile([f"{target}: is a file; give a folder for the report"])
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).exists():
        raise BadFile([f"{target}: holds files that are no report of ours; give an empty or a new folder"])


def _write_tables(report: Report, folder: Path) -> dict[str, str]:
    folder.mkdir()
    listed = {}
    for name, frame in tables(report).items():
        frame.to_csv(folder / f"{name}.csv", index=frame.index.name is not None, float_format="%.6g", encoding="utf-8", lineterminator="\n")
        listed[f"{name} (CSV)"] = f"tables/{name}.csv"
    return listed


def _swap(beside: Path, target: Path) -> None:
    old = beside.with_name(beside.name + "-old")
    if target.exists():
        target.rename(old)
    try:
        beside.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
