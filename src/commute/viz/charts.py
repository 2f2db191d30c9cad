"""Charts beside the maps: legs of journeys, the circle by date, published times against the model."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from commute.viz import palette
from commute.viz.fonts import drawn, family

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from commute.model.results.check import CircleCheck

LEGS = ("access", "entry", "wait", "ride", "transfer", "egress", "parking")
WORDS = {
    "zh": {
        "access": "到站", "entry": "进站", "wait": "候车", "ride": "乘车", "transfer": "换乘", "egress": "离站", "parking": "停车",
        "car": "小汽车", "transit": "公交", "park_ride": "停车换乘",
        "minutes": "分钟", "share": "末行:圈内人口份额(范围)", "needed": "达标所需(分钟)", "limit": "{limit:g} 分钟",
        "published": "公布(分钟)", "model": "模型(分钟)", "within": "相差 5 分钟内",
        "timetable": "时刻表", "measured": "实测", "forecast": "预测", "promotional": "宣传",
    },
    "en": {
        "access": "to station", "entry": "entry", "wait": "wait", "ride": "ride", "transfer": "change", "egress": "from station",
        "car": "car", "transit": "transit", "park_ride": "park & ride", "parking": "parking", "minutes": "minutes",
        "share": "last line: share of people inside (range)", "needed": "minutes needed",
        "limit": "{limit:g} minutes", "published": "published, min", "model": "model, min", "within": "within 5 minutes",
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
    frame = frame[frame["minutes"].notna()]
    ax = _axes(ax, (9.0, 0.9 + 0.42 * max(1, len(frame))))
    say = WORDS[lang]
    tail = "" if lang == "zh" or "from_name_en" not in frame else "_en"
    names = [f"{a} → {b}" for a, b in zip(frame[f"from_name{tail}"], frame[f"to_name{tail}"], strict=True)]
    if "mode" in frame and frame["mode"].nunique() > 1:
        names = [f"{name} · {say.get(mode, mode)}" for name, mode in zip(names, frame["mode"], strict=True)]
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
def plot_growth(frame: pd.DataFrame, *, ax: Axes | None = None, lang: str = "zh", limit: float = palette.LIMIT_MIN) -> Axes:
    """The minutes that the target's share of people need, by date, with the limit across; plans hollow; the share inside below.

    Parameters
    ----------
    frame : DataFrame, as `growth` gives it: date, label_zh, label_en, minutes_needed, share, share_low, share_high
    limit : float, minutes
    ax, lang : as in `plot_legs`
    """
    ax = _axes(ax, (9.0, 4.2))
    say = WORDS[lang]
    at = np.arange(len(frame))
    needed = frame["minutes_needed"].replace(np.inf, np.nan).to_numpy(float)
    plan = (frame["scenario"] != "").to_numpy() if "scenario" in frame else np.zeros(len(frame), bool)
    ax.axhline(limit, color=palette.INK, lw=1.6)
    ax.text(len(frame) - 0.55, limit + 1, say["limit"].format(limit=limit), ha="right", va="bottom", fontsize=9, color=palette.INK)
    ax.plot(at[~plan], needed[~plan], color=palette.BANDS[0], lw=1.6, zorder=2)
    faces = [palette.PAPER if one else palette.BANDS[0] for one in plan]
    ax.scatter(at, needed, s=48, color=faces, edgecolors=palette.BANDS[0], linewidths=1.4, zorder=3)
    for k, value in enumerate(needed):
        if value == value:
            ax.text(k, value + 2.5, f"{value:.0f}", ha="center", va="bottom", fontsize=11, color=palette.INK)
    labels = []
    for row in frame.to_dict("records"):
        name = "\n".join(wrap(str(row[f"label_{lang}"]), 7 if lang == "zh" else 14))
        labels.append(f"{str(row['date'])[:7]}\n{name}\n{_percent(row['share'], row['share_low'], row['share_high'])}")
    ax.set_xticks(at, labels, fontsize=8)
    ax.set_ylim(0, float(np.nanmax([*needed, limit * 2])) * 1.18)
    ax.set_xlim(-0.5, len(frame) - 0.5)
    ax.set_ylabel(say["needed"], fontsize=9)
    ax.set_xlabel(say["share"], fontsize=8.5, loc="left")
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


def _percent(value: float, low: float, high: float) -> str:
    shown = "<1%" if 0 < value < 0.005 else f"{value:.0%}"
    return shown if f"{low:.0%}" == f"{high:.0%}" else f"{shown} ({100 * low:.0f}–{100 * high:.0f})"


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
    fonts: Any = [family(), "DejaVu Sans"]  # axes made outside `drawing` carry the font of their day
    ax.tick_params(color=palette.BORDER, labelsize=8.5, labelfontfamily=fonts)
    for text in (ax.xaxis.label, ax.yaxis.label, ax.title):
        text.set_fontfamily(fonts)
    return ax
