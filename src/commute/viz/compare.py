"""Maps of a comparison: before, after, and the difference, on one scale; each title is the answer to its panel's question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from commute.analysis.measure.outlines import zone_outlines
from commute.errors import BadValue
from commute.model.results.amounts import people_words
from commute.model.results.screen import percent, whole_minutes
from commute.viz import base, palette
from commute.viz.fonts import drawn, family
from commute.viz.map import gap_lines, hatch, plot_circle
from commute.viz.place import extent

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from commute.model.network import Network
    from commute.model.results.comparison import Comparison

STEPS = (0.5, 2.0, 5.0, 10.0)  # minutes, either way; what is neither gain nor loss is white
GAINS = ("#e1f2ef", "#b5dfd8", "#80cdc1", "#35978f")  # after ColorBrewer BrBG, safe for the colour-blind; hatching shows on all
LOSSES = ("#f9f0dd", "#efdcb0", "#dfc27d", "#bf812d")
LOSS_HATCH = "..."  # so that a grey print tells losses from gains
PANEL = (7.0, 6.0)  # inches; wide, so that the legend covers no centre
TITLE_PT, SMALLEST_PT = 11.5, 8.0
TITLE_IN = 0.68  # inches of a title over each panel
GAP_IN = 0.12  # between panels and round them
WORDS = {
    "zh": {
        "before": "对照：{name}\n{minutes:g} 分钟内能到另一城市中心的人 {share}",
        "after": "{name}\n{minutes:g} 分钟内能到另一城市中心的人 {share}",
        "moved": "变快的{gain}{gained}，变慢的{loss}{lost}\n{doubt}", "still": "没有哪个区的中位行程变化超过 {floor:g} 分钟和运气\n{doubt}",
        "mean": "（平均 {} 分钟）", "doubt": "变化存疑的{}，画斜线", "sure": "各组常数下都如此",
        "gain": "快 {:g}–{:g} 分钟", "gain_over": "快 {:g} 分钟以上", "loss": "慢 {:g}–{:g} 分钟", "loss_over": "慢 {:g} 分钟以上",
        "same": "没有变化，或不超过运气", "never": "前后都到不了",
        "unsure": "变化存疑", "opened": "新打通",
    },
    "en": {
        "before": "Base: {name}\n{share} of people within {minutes:g} min of another city's centre",
        "after": "{name}\n{share} of people within {minutes:g} min of another city's centre",
        "moved": "{gain} people gain{gained}, {loss} lose{lost}\n{doubt}",
        "still": "No zone's median journey changes beyond {floor:g} min and luck\n{doubt}",
        "mean": " ({} min on average)", "doubt": "the change of {} is in doubt: hatched", "sure": "the same at all levels of the constants",
        "gain": "{:g}–{:g} min sooner", "gain_over": "over {:g} min sooner", "loss": "{:g}–{:g} min later",
        "loss_over": "over {:g} min later", "same": "none, or not beyond luck",
        "never": "out of reach in both", "unsure": "change in doubt", "opened": "opened",
    },
}  # fmt: skip


def plot_compare(comparison: Comparison, *, axes: Any = None, lang: str = "zh") -> npt.NDArray[Any]:
    """Maps of the base, of another network and of the difference; a row for each of the others.

    Before and after share one scale of minutes; the difference is white at zero. What is in doubt is hatched.

    Parameters
    ----------
    comparison : Comparison
    axes : matplotlib Axes, three for each of the others, of any shape; None makes a figure
    lang : {"zh", "en"}

    Returns
    -------
    ndarray of Axes, shape (others, 3)

    Raises
    ------
    BadValue
        Another number of axes; `lang` is neither zh nor en.
    """
    if lang not in WORDS:
        raise BadValue(f"lang is {lang!r}, must be zh or en")
    count = len(comparison.others)
    if axes is None:
        from matplotlib import pyplot

        axes = lay_out(pyplot.figure(figsize=size_of(comparison)), count)
    panels = np.array(axes, dtype=object).reshape(-1)
    if len(panels) != 3 * count:
        raise BadValue(f"axes are {len(panels)}, must be {3 * count}: three for each of the networks held against the base")
    for row, other in zip(panels.reshape(count, 3), comparison.others, strict=True):
        _plot_one(comparison, comparison.base, row[0], lang)
        _plot_one(comparison, other, row[1], lang)
        plot_difference(comparison, other, ax=row[2], lang=lang)
    return panels.reshape(count, 3)


@drawn
def plot_difference(comparison: Comparison, other: str, *, ax: Axes | None = None, lang: str = "zh") -> Axes:
    """Minutes that each zone's people gain or lose on the way to the nearest other centre; what opened is drawn in green.

    Parameters
    ----------
    comparison : Comparison
    other : key of the network held against the base
    ax : matplotlib Axes; None makes a figure
    lang : {"zh", "en"}

    Returns
    -------
    The axes.
    """
    from matplotlib.patches import Patch

    say = WORDS[lang]
    net, after = comparison.nets[0], comparison.nets[list(comparison.names).index(other)]
    if ax is None:
        from matplotlib import pyplot

        ax = lay_out(pyplot.figure(figsize=(PANEL[0] + 2 * GAP_IN, PANEL[1] + TITLE_IN + GAP_IN)), 1, columns=1)[0, 0]
    seen = base.view(ax, net)
    base.draw_ground(ax, net, seen)
    for draw in (base.draw_river, base.draw_roads, base.draw_rail):
        draw(ax, after)
    zones: Any = comparison.zones.loc[other]
    cells = zone_outlines(net)
    found = {name: [cells[zone] for zone in zones.index[here] if zone in cells] for name, here in _classes(zones).items()}
    for (side, k), shapes in found.items():
        if side in ("gain", "loss"):
            base.draw_areas(
                ax, shapes, facecolors=(GAINS if side == "gain" else LOSSES)[k], edgecolors=palette.PAPER, linewidths=0.25, zorder=1
            )
        elif side == "same":
            base.draw_areas(ax, shapes, facecolors=palette.PAPER, edgecolors=palette.BORDER, linewidths=0.2, zorder=1)
    lost = [shape for (side, _), shapes in found.items() if side == "loss" for shape in shapes]
    if lost:
        base.draw_areas(ax, lost, facecolors="none", edgecolors=LOSSES[-1], linewidths=0.0, hatch=LOSS_HATCH, zorder=1.5)
    handles = [*_scale_handles(found, say), *_opened(ax, comparison.nets[0], after, say)]
    doubt = [cells[zone] for zone in zones.index[~zones["sure"]] if zone in cells]
    if doubt:
        hatch(ax, [shapely.union_all(shapely.buffer(doubt, 2e-5))])
        handles.append(Patch(facecolor="none", edgecolor=palette.HATCH_INK, hatch=palette.HATCH, lw=0, label=say["unsure"]))
    base.draw_frame(ax, after, seen, lang)
    base.draw_legend(ax, seen, handles, "")
    base.draw_names(ax, net, seen, lang)
    _title(ax, _answer(comparison, other, lang))
    return ax


def picture(comparison: Comparison, lang: str = "zh") -> Figure:
    """All maps of a comparison as a figure that pyplot does not know."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size_of(comparison))
    FigureCanvasAgg(figure)
    plot_compare(comparison, axes=lay_out(figure, len(comparison.others)), lang=lang)
    return figure


def size_of(comparison: Comparison) -> tuple[float, float]:
    """Inches of a figure that holds all of its maps."""
    return 3 * (PANEL[0] + GAP_IN) + GAP_IN, len(comparison.others) * (PANEL[1] + TITLE_IN) + GAP_IN


def lay_out(figure: Figure, rows: int, columns: int = 3) -> npt.NDArray[Any]:
    """Axes side by side that fill a figure, with room for a title over each, shape (rows, columns)."""
    wide, high = figure.get_figwidth(), figure.get_figheight()
    width, height = (wide - GAP_IN) / columns - GAP_IN, (high - GAP_IN) / rows - TITLE_IN
    axes = np.empty((rows, columns), dtype=object)
    for r in range(rows):
        for c in range(columns):
            left, low = GAP_IN + c * (width + GAP_IN), GAP_IN + (rows - 1 - r) * (height + TITLE_IN)
            axes[r, c] = figure.add_axes((left / wide, low / high, width / wide, height / high))
    return axes


@drawn
def _plot_one(comparison: Comparison, network: str, ax: Axes, lang: str) -> None:
    """Minutes on one network, with its share of people as the title."""
    at = list(comparison.names).index(network)
    check = comparison.checks[at]
    plot_circle(check, comparison.nets[at], gaps=False, ax=ax, lang=lang)
    say, name = WORDS[lang], comparison.name(network, lang)
    text = say["after" if at else "before"].format(name=name, minutes=comparison.target.minutes, share=percent(check.people_share, lang))
    _title(ax, text)


def _classes(zones: pd.DataFrame) -> dict[tuple[str, int], npt.NDArray[np.bool_]]:
    """Which zones are in each class of the scale: side and step; a journey made only before or only after is in the last step."""
    size = zones["saved_min"].abs().fillna(np.inf).to_numpy(float)
    step = np.clip(np.searchsorted(STEPS, size, side="left") - 1, 0, len(STEPS) - 1)
    change = zones["change"].to_numpy(object)
    known = ~zones["saved_min"].isna().to_numpy()
    found = {(side, k): (change == side) & (step == k) for side in ("gain", "loss") for k in range(len(STEPS))}
    return {**found, ("same", 0): (change == "none") & known, ("never", 0): (change == "none") & ~known}


def _scale_handles(found: Mapping[tuple[str, int], list[Any]], say: Mapping[str, str]) -> list[Any]:
    """The classes that are on the map, from most gained to most lost."""
    from matplotlib.patches import Patch

    def label(side: str, k: int) -> str:
        ends = STEPS[k : k + 2]
        return say[side].format(*ends) if len(ends) == 2 else say[f"{side}_over"].format(*ends)

    steps = range(len(STEPS))
    losing: dict[str, Any] = {"edgecolor": LOSSES[-1], "lw": 0, "hatch": LOSS_HATCH}
    plain: dict[str, Any] = {"edgecolor": palette.BORDER, "lw": 0.6}
    return [
        *(Patch(facecolor=GAINS[k], label=label("gain", k)) for k in reversed(steps) if found["gain", k]),
        Patch(facecolor=palette.PAPER, label=say["same"], **plain),
        *(Patch(facecolor=LOSSES[k], label=label("loss", k), **losing) for k in steps if found["loss", k]),
        *([Patch(facecolor=palette.LAND, label=say["never"], **plain)] if found["never", 0] else []),
    ]


def _opened(ax: Axes, net: Network, after: Network, say: Mapping[str, str]) -> list[Any]:
    """Gaps open after and not before, in green; gives their legend entry."""
    from matplotlib.lines import Line2D

    rows = after.table("gap")
    was, now = (set(one.in_use("gap")["gap_id"]) for one in (net, after))
    lines = [one for one in gap_lines(after, rows[rows["gap_id"].isin(now - was)]) if one is not None]
    if not lines:
        return []
    base.draw_lines(ax, lines, colors=palette.PAPER, linewidths=3.4, zorder=5)
    base.draw_lines(ax, lines, colors=palette.OPENED, linewidths=2.0, zorder=5.1)
    return [Line2D([], [], color=palette.OPENED, lw=2.0, label=say["opened"])]


def _answer(comparison: Comparison, other: str, lang: str) -> str:
    """Who gains and who loses, in two lines."""
    say = WORDS[lang]
    row: Any = comparison.summary.loc[other]
    unsure = float(row["people_in_doubt"])
    doubt = say["doubt"].format(people_words(unsure, lang)) if unsure >= 1 else say["sure"]
    people = {side: float(row[f"people_{side}"]) for side in ("gaining", "losing")}
    if sum(people.values()) < 1:
        return say["still"].format(floor=comparison.about["tolerance_min"], doubt=doubt)
    gained, lost = (
        say["mean"].format(whole_minutes(float(row[name]))) if np.isfinite(row[name]) else "" for name in ("minutes_gained", "minutes_lost")
    )
    gain, loss = (people_words(people[side], lang) for side in ("gaining", "losing"))
    return say["moved"].format(gain=gain, gained=gained, loss=loss, lost=lost, doubt=doubt)


def _title(ax: Axes, text: str) -> None:
    """Two lines over a map, made smaller and then cut where they are too wide; signs of mathematics are plain text."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    room = ax.get_position().width * figure.get_figwidth() * 72
    lines = []
    size = TITLE_PT
    for line in text.split("\n"):
        size = min(size, max(SMALLEST_PT, TITLE_PT * room / max(extent(line, TITLE_PT)[0], 1.0)))
    for line in text.split("\n"):
        while extent(line, size)[0] > room and len(line) > 1:
            line = f"{line[:-2]}…"
        lines.append(line)
    fonts: Any = [family(), "DejaVu Sans"]  # a title is as old as its axes, which may be made outside `drawing`
    ax.set_title(
        "\n".join(lines), loc="left", fontsize=size, color=palette.INK, pad=6, linespacing=1.35, parse_math=False, fontfamily=fonts
    )
