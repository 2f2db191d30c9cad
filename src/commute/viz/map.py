"""Maps: the network, its gaps, isochrones, and where the circle holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from commute.analysis.measure.outlines import zone_outlines
from commute.model.views import link_lines
from commute.viz import base, palette
from commute.viz.fonts import drawn

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes

    from commute.model.network import Network
    from commute.model.results.check import CircleCheck

Bounds = tuple[float, float, float, float]
WORDS = {
    "zh": {
        "minutes": "分钟", "limit": "{limit:g} 分钟界线", "doubt": "存疑", "missing": "断头路、瓶颈路(未通)",
        "doubtful": "同上,端点位置存疑", "opened": "已打通", "planned": "规划或提质道路(未通)",
        "to": "到最近的另一城市中心", "from": "从{name}出发",
    },
    "en": {
        "minutes": "min", "limit": "{limit:g}-minute line", "doubt": "in doubt", "missing": "gap, not open",
        "doubtful": "gap, ends uncertain", "opened": "opened", "planned": "planned or upgrade, not open",
        "to": "to the nearest other city's centre", "from": "from {name}",
    },
}  # fmt: skip


@drawn
def plot_network(net: Network, *, ax: Axes | None = None, lang: str = "zh", box: Bounds | None = None) -> Axes:
    """Roads, rail and stations in use on the network's day.

    Parameters
    ----------
    net : Network
    ax : matplotlib Axes to draw on; None makes a figure of 10 × 10 inches
    lang : {"zh", "en"}
    box : west, south, east, north in degrees; None is round the centres

    Returns
    -------
    The axes.
    """
    ax = base.open_axes(ax)
    seen = _ground(ax, net, box)
    _top(ax, net, seen, lang, base.base_handles(lang), "")
    return ax


@drawn
def plot_gaps(net: Network, *, opened: tuple[str, ...] = (), ax: Axes | None = None, lang: str = "zh", box: Bounds | None = None) -> Axes:
    """Gaps not open on the day in red dashes, those opened in green; dotted where their ends are uncertain.

    Parameters
    ----------
    net : Network
    opened : gap_ids drawn as opened, beside those that opened by the day
    ax, lang, box : as in `plot_network`
    """
    ax = base.open_axes(ax)
    seen = _ground(ax, net, box)
    handles = draw_gaps(ax, net, lang, opened=opened) + base.base_handles(lang)
    rows = net.table("gap")
    rows = rows[~rows["gap_id"].isin(net.in_use("gap")["gap_id"]) & rows["kind"].isin(["missing_link", "bottleneck"])]
    base.draw_frame(ax, net, seen, lang)
    base.draw_legend(ax, seen, handles, "")
    base.draw_names(ax, net, seen, lang)
    for name, line in zip(rows["name_zh" if lang == "zh" else "name"], gap_lines(net, rows), strict=True):
        if line is not None and len(name) < (22 if lang == "zh" else 34):
            spot = shapely.line_interpolate_point(line, 0.5, normalized=True)
            at = seen.board.put(base.points(seen, ax, spot.x, spot.y), name, 7, gap=4)
            base._write(ax, seen, at, name, fontsize=7, color=palette.GAP, zorder=6.9, path_effects=base._halo(2.5))
    return ax


@drawn
def plot_isochrones(
    bands: gpd.GeoDataFrame,
    net: Network,
    *,
    doubt: Any = None,
    gaps: bool = True,
    ax: Axes | None = None,
    lang: str = "zh",
    box: Bounds | None = None,
    name: str = "",
) -> Axes:
    """Bands of travel time, darker is sooner, the 30-minute edge drawn thick.

    Parameters
    ----------
    bands : GeoDataFrame with minutes and geometry, nested (`isochrones`)
    net : Network, for what lies beneath
    doubt : geometry in WGS84 that is hatched; None for none
    gaps : whether gaps are drawn too
    ax, lang, box : as in `plot_network`
    name : the origin's name, for the legend
    """
    ax = base.open_axes(ax)
    seen = _ground(ax, net, box)
    say = WORDS[lang]
    from matplotlib.patches import Patch

    shapes = bands.to_crs(4326) if bands.crs is not None else bands
    union = {float(m): shapely.union_all(part.geometry.to_numpy()) for m, part in shapes.groupby("minutes")}
    limits = sorted(union)
    shades = dict(zip(limits, palette.colours(len(limits)), strict=True))
    for k in range(len(limits) - 1, -1, -1):
        ring = union[limits[k]] if k == 0 else shapely.difference(union[limits[k]], union[limits[k - 1]])
        base.draw_areas(ax, [ring], facecolors=shades[limits[k]], edgecolors="none", alpha=0.88, zorder=1)
    if palette.LIMIT_MIN in union:
        base.draw_areas(ax, [union[palette.LIMIT_MIN]], facecolors="none", edgecolors=palette.INK, linewidths=1.8, zorder=2.6)
    handles = _band_handles(tuple(limits), lang)
    if doubt is not None and not doubt.is_empty:
        hatch(ax, [doubt])
        handles.append(Patch(facecolor="none", edgecolor=palette.HATCH_INK, hatch=palette.HATCH, lw=0, label=say["doubt"]))
    if gaps:
        handles += draw_gaps(ax, net, lang)
    _top(ax, net, seen, lang, handles + base.base_handles(lang), say["from"].format(name=name) if name else "")
    return ax


@drawn
def plot_circle(
    check: CircleCheck, net: Network, *, gaps: bool = True, ax: Axes | None = None, lang: str = "zh", box: Bounds | None = None
) -> Axes:
    """Minutes from each zone to the nearest other city's centre; the 30-minute edge thick, zones in doubt hatched.

    Parameters
    ----------
    check : CircleCheck, whose `zones` have minutes and state
    net, ax, lang, box : as in `plot_network`
    gaps : whether gaps are drawn too
    """
    from matplotlib.patches import Patch

    ax = base.open_axes(ax)
    seen = _ground(ax, net, box)
    say = WORDS[lang]
    cells = zone_outlines(net)
    zones = check.zones
    limits = tuple(sorted({*palette.LIMITS, float(check.target.minutes)}))
    shades = palette.colours(len(limits))
    at = np.searchsorted(limits, zones["minutes"].fillna(np.inf).to_numpy(float), side="left")
    for k, shade in enumerate(shades):
        here = [cells[zone] for zone in zones.index[at == k] if zone in cells]
        base.draw_areas(ax, here, facecolors=shade, edgecolors=palette.PAPER, linewidths=0.25, alpha=0.88, zorder=1)
    inside = [cells[zone] for zone in zones.index[zones["minutes"] <= check.target.minutes] if zone in cells]
    if inside:
        edge = shapely.union_all(shapely.buffer(inside, 2e-5))
        base.draw_areas(ax, [edge], facecolors="none", edgecolors=palette.INK, linewidths=1.8, zorder=2.6)
    handles = _band_handles(limits, lang, float(check.target.minutes))
    doubt = [cells[zone] for zone in zones.index[zones["state"] == "in_doubt"] if zone in cells]
    if doubt:
        hatch(ax, [shapely.union_all(shapely.buffer(doubt, 2e-5))])
        handles.append(Patch(facecolor="none", edgecolor=palette.HATCH_INK, hatch=palette.HATCH, lw=0, label=say["doubt"]))
    if gaps:
        handles += draw_gaps(ax, net, lang)
    _top(ax, net, seen, lang, handles + base.base_handles(lang), say["to"])
    return ax


def draw_gaps(ax: Axes, net: Network, lang: str, *, opened: tuple[str, ...] = ()) -> list[Any]:
    """Gaps over a map; gives their legend entries."""
    from matplotlib.lines import Line2D

    say = WORDS[lang]
    rows: pd.DataFrame = net.table("gap")
    rows = rows[rows["kind"] != "planned_line"]
    lines = gap_lines(net, rows)
    is_open = rows["gap_id"].isin([*net.in_use("gap")["gap_id"], *opened]).to_numpy()
    rough = (rows["confidence"] == "low").to_numpy()
    lacking = rows["kind"].isin(["missing_link", "bottleneck"]).to_numpy()
    handles = []
    for which, colour, style, width, label in (
        (is_open, palette.OPENED, "solid", 1.4, say["opened"]),
        (~is_open & ~lacking, palette.GAP, (0, (6, 3)), 0.8, say["planned"]),
        (~is_open & lacking & ~rough, palette.GAP, (0, (3.2, 1.4)), 2.0, say["missing"]),
        (~is_open & lacking & rough, palette.GAP, (0, (1, 1.3)), 1.6, say["doubtful"]),
    ):
        if which.any():
            base.draw_lines(ax, lines[which], colors=palette.PAPER, linewidths=width + 1.4, zorder=5)
            base.draw_lines(ax, lines[which], colors=colour, linewidths=width, linestyles=[style], zorder=5.1)
            handles.append(Line2D([], [], color=colour, lw=width, ls=style, label=label))
    return handles


def gap_lines(net: Network, rows: pd.DataFrame) -> Any:
    """A line a gap: along its dated links where it is those, else its own course or straight between its ends."""
    lines = link_lines(rows, net.table("node"))
    links = net.table("link")
    course = dict(zip(links["link_id"], link_lines(links, net.table("node")), strict=True))
    for k, text in enumerate(rows["link_ids"]):
        own = [course[one] for one in text.split(";") if one in course]
        if own:
            lines[k] = shapely.union_all(own)
    return lines


def hatch(ax: Axes, shapes: list[Any]) -> None:
    """Hatch what is in doubt; the colour beneath stays."""
    base.draw_areas(ax, shapes, facecolors="none", edgecolors=palette.HATCH_INK, linewidths=0.0, hatch=palette.HATCH, zorder=2.4)


def _ground(ax: Axes, net: Network, box: Bounds | None) -> base.View:
    seen = base.view(ax, net, box)
    base.draw_ground(ax, net, seen)
    base.draw_river(ax, net)
    base.draw_roads(ax, net)
    base.draw_rail(ax, net)
    return seen


def _top(ax: Axes, net: Network, seen: base.View, lang: str, handles: list[Any], title: str) -> None:
    base.draw_frame(ax, net, seen, lang)
    base.draw_legend(ax, seen, handles, title)
    base.draw_names(ax, net, seen, lang)


def _band_handles(limits: tuple[float, ...], lang: str, limit: float = palette.LIMIT_MIN) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    say = WORDS[lang]
    starts = (0.0, *limits[:-1])
    made: list[Any] = [
        Patch(facecolor=shade, alpha=0.88, label=f"{a:g}–{b:g} {say['minutes']}")
        for a, b, shade in zip(starts, limits, palette.colours(len(limits)), strict=True)
    ]
    if limit in limits:
        made.append(Line2D([], [], color=palette.INK, lw=1.8, label=say["limit"].format(limit=limit)))
    return made
