"""Charts beside the maps: legs of journeys, the circle by date, published times against the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from commute.viz import palette
from commute.viz.fonts import drawn

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from commute.model.results.check import CircleCheck

LEGS = ("access", "entry", "wait", "ride", "transfer", "egress", "parking")
WORDS = {
    "zh": {
        "access": "到站", "entry": "进站", "wait": "候车", "ride": "乘车", "transfer": "换乘", "egress": "离站", "parking": "停车",
        "minutes": "分钟", "share": "圈内的人", "published": "公布(分钟)", "model": "模型(分钟)", "within": "相差 5 分钟内",
        "timetable": "时刻表", "measured": "实测", "forecast": "预测", "promotional": "宣传",
    },
    "en": {
        "access": "to station", "entry": "entry", "wait": "wait", "ride": "ride", "transfer": "change", "egress": "from station",
        "parking": "parking",
        "minutes": "minutes", "share": "people inside", "published": "published, min", "model": "model, min", "within": "within 5 minutes",
        "timetable": "timetable", "measured": "measured", "forecast": "forecast", "promotional": "promotional",
    },
}  # fmt: skip
BASIS_MARK = {"timetable": "o", "measured": "s", "forecast": "^", "promotional": "D"}


@drawn
def plot_legs(what: CircleCheck | pd.DataFrame, *, ax: Axes | None = None, lang: str = "zh", limit: float = palette.LIMIT_MIN) -> Axes:
    """The legs of each journey as one bar, with the limit across.

    Parameters
    ----------
    what : CircleCheck, or a frame with from_name, to_name (also _en) and a column a leg in minutes
    ax : matplotlib Axes; None makes a figure
    lang : {"zh", "en"}
    limit : float, minutes; a CircleCheck brings its own

    Returns
    -------
    The axes.
    """
    frame: Any = what.pairs if hasattr(what, "pairs") else what
    limit = float(what.target.minutes) if hasattr(what, "target") else limit
    frame = frame[frame["minutes"].notna()].sort_values("minutes", ascending=False)
    ax = _axes(ax, (9.0, 0.9 + 0.42 * max(1, len(frame))))
    say = WORDS[lang]
    tail = "" if lang == "zh" or "from_name_en" not in frame else "_en"
    names = [f"{a} → {b}" for a, b in zip(frame[f"from_name{tail}"], frame[f"to_name{tail}"], strict=True)]
    start = np.zeros(len(frame))
    for leg in LEGS:
        if f"{leg}_min" not in frame or not (frame[f"{leg}_min"].fillna(0) > 0).any():
            continue
        wide = frame[f"{leg}_min"].fillna(0).to_numpy(float)
        ax.barh(
            range(len(frame)), wide, left=start, color=palette.LEG[leg], edgecolor=palette.PAPER, linewidth=0.6, label=say[leg], height=0.66
        )
        for k, (left, width) in enumerate(zip(start, wide, strict=True)):
            if width >= 2.5:
                ax.text(left + width / 2, k, f"{width:.0f}", ha="center", va="center", fontsize=8, color=palette.INK)
        start = start + wide
    for k, total in enumerate(start):
        ax.text(total + 0.6, k, f"{total:.0f}", va="center", fontsize=9, color=palette.INK)
    ax.axvline(limit, color=palette.INK, lw=1.6)
    ax.set_yticks(range(len(frame)), names, fontsize=9)
    ax.set_ylim(len(frame) - 0.5, -0.5)
    ax.set_xlim(0, max(limit * 1.2, float(start.max(initial=0)) * 1.08))
    ax.set_xlabel(say["minutes"], fontsize=9)
    ax.legend(
        ncols=7, fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.1, handlelength=1, columnspacing=1
    )
    return _plain(ax)


@drawn
def plot_growth(frame: pd.DataFrame, *, ax: Axes | None = None, lang: str = "zh") -> Axes:
    """The share of people inside by date, its range as a line; plans hollow.

    Parameters
    ----------
    frame : DataFrame, as `growth` gives it: date, label_zh, label_en, share, share_low, share_high
    ax, lang : as in `plot_legs`
    """
    ax = _axes(ax, (9.0, 4.2))
    say = WORDS[lang]
    at = np.arange(len(frame))
    values = 100 * frame["share"].to_numpy(float)
    low, high = (100 * frame[f"share_{end}"].to_numpy(float) for end in ("low", "high"))
    ax.vlines(at, low, high, color=palette.BANDS[2], lw=5, zorder=1)
    ax.plot(at, values, color=palette.BANDS[0], lw=1.6, zorder=2)
    ax.scatter(at, values, s=44, color=palette.BANDS[0], edgecolors=palette.PAPER, linewidths=1.2, zorder=3)
    for k, (value, top) in enumerate(zip(values, high, strict=True)):
        shown = "<1%" if 0 < value < 0.5 else f"{value:.0f}%"
        ax.text(k, max(value, top if top == top else value) + 1.0, shown, ha="center", va="bottom", fontsize=10, color=palette.INK)
    labels = [str(label).replace(" ", "\n", 1) for label in frame[f"label_{lang}"]]
    ax.set_xticks(at, labels, fontsize=8.5)
    ax.set_ylim(0, max(10.0, float(np.nanmax([*values, *high], initial=0)) * 1.25 + 2))
    ax.set_xlim(-0.5, len(frame) - 0.5)
    ax.set_ylabel(say["share"] + " %", fontsize=9)
    return _plain(ax)


@drawn
def plot_fit(frame: pd.DataFrame, *, ax: Axes | None = None, lang: str = "zh") -> Axes:
    """Published times across, the model's up; filled where compared, hollow where calibrated on.

    Parameters
    ----------
    frame : DataFrame, as `fit` gives it: published_min, model_min, basis, role
    ax, lang : as in `plot_legs`
    """
    ax = _axes(ax, (5.6, 5.6))
    say = WORDS[lang]
    known = frame[frame["model_min"].notna()]
    top = float(np.nanmax([*known["published_min"], *known["model_min"], 30.0])) * 1.08
    ax.plot([0, top], [0, top], color=palette.INK, lw=1)
    ax.fill_between([0, top], [-5, top - 5], [5, top + 5], color=palette.LAND, zorder=0, label=say["within"])
    for basis, part in known.groupby("basis"):
        hollow = part["role"].eq("calibration") if "role" in part else np.zeros(len(part), bool)
        faces = [palette.PAPER if one else palette.BANDS[0] for one in hollow]
        ax.scatter(part["published_min"], part["model_min"], s=30, marker=BASIS_MARK.get(str(basis), "o"), facecolors=faces,
                   edgecolors=palette.BANDS[0], linewidths=1, label=say.get(str(basis), str(basis)), zorder=2)  # fmt: skip
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    ax.set_aspect("equal")
    ax.set_xlabel(say["published"], fontsize=9)
    ax.set_ylabel(say["model"], fontsize=9)
    ax.legend(fontsize=8, frameon=False, loc="upper left")
    return _plain(ax)


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=size, layout="constrained")[1]


def _plain(ax: Axes) -> Axes:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(palette.BORDER)
    ax.tick_params(color=palette.BORDER, labelsize=8.5)
    return ax
