"""Charts of choosing: what each budget buys, and what each opening gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commute.viz import palette
from commute.viz.charts import _axes, _plain
from commute.viz.fonts import drawn
from commute.viz.place import Board, extent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from commute.model.results.timeline import Timeline

WORDS = {
    "zh": {
        "x": "造价（亿元，2025 年价）", "title": "{budget:.3g} 亿元能买到全部可得效果的 {part:.0%}",
        "bare": "预算与效果", "guessed": "；空心点：含假定的造价", "bound": "上界",
        "measures": {
            "shortfall_person_min": "超时减少（万人·分钟）", "people_inside": "新进圈的人（万）",
            "person_min": "到另一城市中心省时（万人·分钟）",
            "all_person_min": "全部潜在出行省时（万人·分钟）", "cross_person_min": "跨城潜在出行省时（万人·分钟）",
        },
        "unit": 100.0, "scale": 1e4, "joint": "、",
    },
    "en": {
        "x": "cost (billion yuan, prices of 2025)", "title": "{budget:.3g} billion yuan buys {part:.0%} of what there is to gain",
        "bare": "budget against benefit", "guessed": "; hollow: some costs assumed", "bound": "upper bound",
        "measures": {
            "shortfall_person_min": "shortfall (time over the limit) removed (thousand person-min)",
            "people_inside": "people newly inside (thousand)",
            "person_min": "time saved to other centres (thousand person-min)",
            "all_person_min": "time saved on all potential journeys (thousand person-min)",
            "cross_person_min": "time saved, between cities (thousand person-min)",
        },
        "unit": 1000.0, "scale": 1e3, "joint": "; ",
    },
}  # fmt: skip
OPENED = {
    "zh": {"title": "贡献最大：{name}", "rest": "其余", "about": "，日期约"},
    "en": {"title": "what gave most: {name}", "rest": "all others", "about": ", about"},
}
MOST_LABELS = 9
MOST_LETTERS, LABEL_PT = {"zh": 34, "en": 52}, 7.5
RISES = (-9, 9, 0, -18, 18, -28, 28, -38, 38, -50, 50, -64, 64)  # points above a step, where its name may stand
MOST_BARS = 14
WIDEST = 44  # characters of a name


@drawn
def plot_frontier(
    frontier: pd.DataFrame, *, budget_mcny: float | None = None, measure: str = "", ax: Axes | None = None, lang: str = "zh"
) -> Axes:
    """The most that each budget can buy, as steps; what each step adds is named.

    Parameters
    ----------
    frontier : DataFrame, from `frontier`
    budget_mcny : float, optional, million yuan: marked, and said in the title what it buys
    measure : str, a column; empty is the one it was solved for
    ax : matplotlib Axes; None makes a figure
    lang : {"zh", "en"}

    Returns
    -------
    The axes.
    """
    say: dict[str, object] = WORDS[lang]
    measure = measure or str(frontier.attrs.get("about", {}).get("measure", "shortfall_person_min"))
    unit, scale = float(say["unit"]), float(say["scale"])  # type: ignore[arg-type]
    ax = _axes(ax, (9.0, 5.2))
    cost = frontier["cost_mcny"].to_numpy(np.float64) / unit
    value = frontier[measure].to_numpy(np.float64) / scale
    ax.step(cost, value, where="post", color=palette.RAIL, linewidth=1.6)
    guessed = (frontier["assumed_costs"] != "").to_numpy(bool)
    for which, face in ((~guessed, palette.RAIL), (guessed, palette.PAPER)):
        ax.plot(cost[which], value[which], "o", color=palette.RAIL, markerfacecolor=face, markersize=3.5)
    loose = ~frontier["exact"].to_numpy(bool)
    if loose.any():
        ax.plot(cost[loose], frontier["bound"].to_numpy(np.float64)[loose] / scale, "_", color=palette.GAP, label=str(say["bound"]))
        ax.legend(frameon=False)
    title = str(say["bare"])
    if budget_mcny is not None and len(value):
        here = value[cost <= budget_mcny / unit + 1e-9]
        part = float(here[-1] / value[-1]) if len(here) and value[-1] else 0.0
        title = str(say["title"]).format(budget=budget_mcny / unit, part=part)
        ax.axvline(budget_mcny / unit, color=palette.GAP, linewidth=1.0, linestyle="--", zorder=1)
    ax.set_title(title, loc="left")
    ax.set_xlabel(str(say["x"]) + (str(say["guessed"]) if guessed.any() else ""))
    ax.set_ylabel(str(say["measures"][measure]))  # type: ignore[index]
    ax.set_xlim(left=0.0)
    ax.set_ylim(bottom=0.0)
    _plain(ax)
    if len(value):
        _labels(ax, frontier, cost, value, lang, None if budget_mcny is None else budget_mcny / unit)
    return ax


@drawn
def plot_timeline(timeline: Timeline, *, measure: str = "shortfall_person_min", ax: Axes | None = None, lang: str = "zh") -> Axes:
    """What each opening gave, interval by interval; the largest few, the rest as one bar.

    Parameters
    ----------
    timeline : Timeline
    measure : str, a measure of `timeline.openings`
    ax : matplotlib Axes; None makes a figure
    lang : {"zh", "en"}

    Returns
    -------
    The axes.
    """
    say = OPENED[lang]
    scale = float(WORDS[lang]["scale"])  # type: ignore[arg-type]
    rows = timeline.openings
    kept = rows[rows[measure].abs().rank(ascending=False, method="first") <= MOST_BARS]
    bars: list[tuple[str, str, float]] = []
    for (first, last), part in kept.groupby(["from_date", "to_date"], sort=True):
        inside = rows[(rows["from_date"] == first) & (rows["to_date"] == last)]
        for _, row in part.sort_values(measure, ascending=False).iterrows():
            known = "" if row["opens_known"] in ("day", "") else say["about"]
            when = f" ({str(row['opens'])[:7]}{known})" if row["opens"] else ""
            bars.append((f"{str(first)[:7]} – {str(last)[:7]}", f"{row[f'name_{lang}']}{when}", float(row[measure])))
        rest = float(inside[measure].sum() - part[measure].sum())
        if abs(rest) >= scale / 10:
            bars.append((f"{str(first)[:7]} – {str(last)[:7]}", say["rest"], rest))
    ax = _axes(ax, (9.0, 0.9 + 0.3 * max(1, len(bars))))
    at = np.arange(len(bars))[::-1]
    values = np.array([value for _, _, value in bars]) / scale
    ax.barh(at, values, height=0.62, color=[palette.RAIL if value >= 0 else palette.GAP for value in values])
    ax.set_yticks(at, [name if len(name) <= WIDEST else name[: WIDEST - 1] + "…" for _, name, _ in bars], fontsize=8)
    for k, (interval, _, _) in enumerate(bars):
        if k == 0 or bars[k - 1][0] != interval:
            ax.axhline(at[k] + 0.5, color=palette.BORDER, linewidth=0.8)
            ax.text(1.0, at[k] + 0.34, interval, transform=ax.get_yaxis_transform(), ha="right", va="top", fontsize=8, color=palette.FAINT)
    for k, value in enumerate(values):
        ax.text(max(value, 0.0), at[k], f" {value:,.0f}", ha="left", va="center", fontsize=8)
    if len(values):
        top = bars[int(values.argmax())]
        ax.set_title(say["title"].format(name=top[1]), loc="left")
        ax.set_xlim(right=float(values.max()) * 1.25 + 1e-9)
    ax.set_ylim(-0.6, len(bars) - 0.4)
    ax.set_xlabel(str(WORDS[lang]["measures"][measure]))  # type: ignore[index]
    return _plain(ax)


def _labels(ax: Axes, frontier: pd.DataFrame, cost: np.ndarray, value: np.ndarray, lang: str, budget: float | None) -> None:
    """What the largest steps add, where they first do; no name lies on another, on the steps or on the line of the budget."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # the layout must be known before room is looked for
    scale = 72 / figure.get_dpi()
    x, y = (ax.transData.transform(np.column_stack([cost, value])) * scale).T
    (left, low), (right, high) = ax.get_window_extent().get_points() * scale
    line = None if budget is None else float(ax.transData.transform((budget, 0.0))[0] * scale)
    board = Board((left + 3, low + 3, right, high - 3))
    for k in range(len(x)):
        end = x[k + 1] if k + 1 < len(x) else right
        board.block((x[k] - 2, y[k] - 2, end + 2, y[k] + 2))
        board.block((end - 2, y[k], end + 2, y[k + 1] if k + 1 < len(x) else y[k]))
    if line is not None:
        board.block((line - 2, low, line + 2, high))
    for k, text in _added(frontier, value, lang):
        wide, tall = extent(text, LABEL_PT)
        starts = [
            x[k] + 6,
            right - wide - 1,
            *(x[k + 1 : k + 2] + 6),
            *([line + 6] if line is not None and x[k] < line else []),
            x[k] - wide - 6,
        ]
        spots = [(float(start), up) for up in RISES for start in starts]
        spots.sort(key=lambda one, here=float(x[k]): abs(one[1]) + abs(one[0] - here - 6) / 4)  # type: ignore[misc]
        for start, up in spots:
            if board.take((start, y[k] + up - tall / 2, start + wide, y[k] + up + tall / 2)):
                near = abs(up) < tall and abs(start - x[k]) < 10
                leader = None if near else {"arrowstyle": "-", "color": palette.FAINT, "lw": 0.5, "relpos": (0, 0.5)}
                ax.annotate(
                    text, (cost[k], value[k]), xytext=(start - x[k], up), textcoords="offset points", va="center", fontsize=LABEL_PT,
                    in_layout=False, arrowprops=leader,
                )  # fmt: skip
                break


def _added(frontier: pd.DataFrame, value: np.ndarray, lang: str) -> list[tuple[int, str]]:
    """The largest steps, each with what it is the first to add; the largest first."""
    joint, known, most = str(WORDS[lang]["joint"]), frontier.attrs.get("names", {}), MOST_LETTERS[lang]
    rise = np.diff(value, prepend=0.0)
    shown: set[str] = set()
    found = []
    for k in sorted(np.argsort(-rise, kind="stable")[:MOST_LABELS].tolist()):
        new = [key for key in frontier["added"].iloc[k].split(";") if key and key not in shown]
        if new and rise[k] > 0:
            shown |= set(new)
            text = joint.join(known[key][lang == "en"] if key in known else key for key in new)
            found.append((k, text if len(text) <= most else f"{text[: most - 1]}…"))
    return sorted(found, key=lambda one: -float(rise[one[0]]))
