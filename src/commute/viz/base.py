"""What lies under every map: districts, river, roads, rail, stations, scale bar, north, source and date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, floor, log10, radians
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from commute.model.views import layer_shapes, link_lines
from commute.viz import palette
from commute.viz.place import Board, extent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from commute.model.network import Network

KM_A_DEGREE = 111.32
MARGIN_DEG = 0.16  # round the centres, where no box is given
RAIL_CLASSES = {"metro": 1.1, "maglev": 1.0, "intercity": 2.2}
WORDS = {
    "zh": {"km": "公里", "north": "北", "data": "路网日期", "osm": "道路 © OpenStreetMap 贡献者 (ODbL)", "schematic": "边界、河流为示意"},
    "en": {
        "km": "km",
        "north": "N",
        "data": "network of",
        "osm": "roads © OpenStreetMap contributors (ODbL)",
        "schematic": "outlines schematic",
    },
}


@dataclass(frozen=True, slots=True)
class View:
    """A window on the map in degrees, of the shape of its axes, and the labels placed so far."""

    west: float
    south: float
    east: float
    north: float
    board: Board

    @property
    def box(self) -> shapely.Geometry:
        return shapely.box(self.west, self.south, self.east, self.north)


def open_axes(ax: Axes | None, size: tuple[float, float] = (10.0, 10.0)) -> Axes:
    """The axes given, or new ones that fill a new figure."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=size)
    return figure.add_axes((0.0, 0.0, 1.0, 1.0))


def centres(net: Network) -> pd.DataFrame:
    """The main centre of each city, rows of the place table; none where the network has no centres."""
    places = net.table("place")
    return places[places["centre_role"] == "main"]


def view(ax: Axes, net: Network, box: tuple[float, float, float, float] | None = None) -> View:
    """Set the axes to a window round the centres, equal distances in both directions."""
    west, south, east, north = box or _around(net)
    shrink = cos(radians((south + north) / 2))
    figure = ax.get_figure(root=True)
    assert figure is not None
    place = ax.get_position()
    width, height = place.width * figure.get_figwidth(), place.height * figure.get_figheight()
    wanted = width / height
    if (east - west) * shrink / (north - south) < wanted:
        more = ((north - south) * wanted / shrink - (east - west)) / 2
        west, east = west - more, east + more
    else:
        more = ((east - west) * shrink / wanted - (north - south)) / 2
        south, north = south - more, north + more
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    ax.set_aspect(1 / shrink)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_facecolor(palette.PAPER)
    for side in ax.spines.values():
        side.set_color(palette.BORDER)
    return View(west, south, east, north, Board((4, 4, width * 72 - 4, height * 72 - 4)))


def _around(net: Network) -> tuple[float, float, float, float]:
    rows = centres(net)
    if rows.empty:
        rows = net.table("node")
    lon, lat = rows["lon"], rows["lat"]
    return lon.min() - MARGIN_DEG, lat.min() - MARGIN_DEG, lon.max() + MARGIN_DEG, lat.max() + MARGIN_DEG


def points(seen: View, ax: Axes, lon: float, lat: float) -> tuple[float, float]:
    """A place in points from the lower left of the axes."""
    frame = seen.board.frame
    width, height = frame[2] + 4, frame[3] + 4
    return (lon - seen.west) / (seen.east - seen.west) * width, (lat - seen.south) / (seen.north - seen.south) * height


def draw_lines(ax: Axes, shapes: Iterable[Any], **style: Any) -> None:
    """Draw lines as one collection; multi-part and missing ones are understood."""
    from matplotlib.collections import LineCollection

    parts = shapely.get_parts([one for one in shapes if one is not None and not one.is_empty])
    if len(parts):
        ax.add_collection(LineCollection([shapely.get_coordinates(one) for one in parts], **style), autolim=False)


def draw_areas(ax: Axes, shapes: Iterable[Any], **style: Any) -> None:
    """Draw polygons with their holes as one patch each."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    paths = []
    for one in shapes:
        rings = [ring for part in shapely.get_parts(one) if part.geom_type == "Polygon" for ring in (part.exterior, *part.interiors)]
        if rings:
            paths.append(Path.make_compound_path(*(Path(shapely.get_coordinates(ring), closed=True) for ring in rings)))
    if paths:
        ax.add_collection(PathCollection(paths, **style), autolim=False)


def draw_ground(ax: Axes, net: Network, seen: View) -> None:
    """District outlines and the river."""
    districts = net.layers["district"]["features"]
    shapes = layer_shapes(net.layers["district"])
    draw_areas(ax, shapes, facecolors=palette.LAND, edgecolors=palette.BORDER, linewidths=0.5, zorder=0)
    cities: dict[str, list[Any]] = {}
    for feature, shape in zip(districts, shapes, strict=True):
        cities.setdefault(feature["properties"].get("city", ""), []).append(shape)
    for parts in cities.values():
        outline = shapely.union_all(shapely.buffer(parts, 0.0005))
        draw_areas(ax, [outline], facecolors="none", edgecolors=palette.CITY_BORDER, linewidths=1.1, linestyles="dashdot", zorder=2.2)


def draw_river(ax: Axes, net: Network) -> None:
    """The river, under roads and over bands."""
    draw_lines(ax, layer_shapes(net.layers["river"]), colors=palette.WATER, linewidths=4.0, zorder=2.5, capstyle="round", joinstyle="round")


def draw_roads(ax: Axes, net: Network) -> None:
    """Roads in use on the day, a style a class."""
    rows = net.in_use("link")
    lines = link_lines(rows, net.table("node"))
    for kind in reversed(palette.ROAD):
        draw_lines(
            ax, lines[(rows["facility_type"] == kind).to_numpy()], colors=palette.ROAD[kind], linewidths=palette.ROAD_WIDTH[kind], zorder=3
        )


def rail_lines(net: Network) -> dict[str, list[Any]]:
    """The course of each class of rail in service on the day; a route without shapes goes straight from stop to stop."""
    running = net.running()
    trips, shapes, times = running["trips"], running["shapes"], running["stop_times"]
    kinds = running["routes"].set_index("route_id")["line_class"]
    place = running["stops"].set_index("stop_id")[["lon", "lat"]]
    drawn: dict[str, list[Any]] = {}
    known = {name: shapely.linestrings(part[["lon", "lat"]].to_numpy()) for name, part in shapes.groupby("shape_id") if len(part) > 1}
    calls = times.groupby("trip_id").size()
    for route, part in trips.groupby("route_id"):
        own = [known[name] for name in part["shape_id"].unique() if name in known]
        if not own:
            longest = calls.reindex(part["trip_id"]).idxmax()
            stops = place.reindex(times.loc[times["trip_id"] == longest, "stop_id"]).dropna().to_numpy()
            own = [shapely.linestrings(stops)] if len(stops) > 1 else []
        drawn.setdefault(str(kinds.get(route, "")), []).extend(own)
    return drawn


def draw_rail(ax: Axes, net: Network) -> None:
    """Metro, maglev and intercity lines in service, and their stations."""
    for kind, lines in rail_lines(net).items():
        if kind in RAIL_CLASSES:
            draw_lines(ax, lines, colors=palette.PAPER, linewidths=RAIL_CLASSES[kind] + 1.4, zorder=4)
            draw_lines(ax, lines, colors=palette.RAIL, linewidths=RAIL_CLASSES[kind], zorder=4.1)
    stops = net.running()["stops"]
    served = net.running()["stop_times"]["stop_id"].unique()
    stops = stops[stops["stop_id"].isin(served)]
    for kind, size in (("metro", 5), ("maglev", 7), ("intercity", 20)):
        here = stops[stops["station_class"] == kind]
        ax.scatter(here["lon"], here["lat"], s=size, facecolors=palette.PAPER, edgecolors=palette.RAIL, linewidths=0.8, zorder=4.5)


def draw_frame(ax: Axes, net: Network, seen: View, lang: str) -> None:
    """Scale bar, north arrow, source and date."""
    say = WORDS[lang]
    shrink = cos(radians((seen.south + seen.north) / 2))
    wide_km = (seen.east - seen.west) * shrink * KM_A_DEGREE
    bar_km = _round_down(wide_km / 5)
    across = bar_km / wide_km
    halo = _halo(3)
    ax.plot([0.03, 0.03 + across], [0.055, 0.055], transform=ax.transAxes, color=palette.INK, lw=2.5, solid_capstyle="butt", zorder=9)
    ax.text(
        0.03 + across / 2,
        0.064,
        f"{bar_km:g} {say['km']}",
        transform=ax.transAxes,
        ha="center",
        va="bottom",
        fontsize=9,
        zorder=9,
        path_effects=halo,
    )
    ax.annotate(
        say["north"], (0.97, 0.965), (0.97, 0.905), xycoords="axes fraction", textcoords="axes fraction", ha="center", va="center",
        fontsize=9, color=palette.INK, arrowprops={"arrowstyle": "-|>", "color": palette.INK}, zorder=9,
    )  # fmt: skip
    ax.text(0.03, 0.014, source_line(net, lang), transform=ax.transAxes, fontsize=6.5, color=palette.FAINT, zorder=9, path_effects=halo)
    frame = seen.board.frame
    seen.board.block((0, 0, frame[2] * max(0.05 + across, 0.62), frame[3] * 0.10))
    seen.board.block((frame[2] * 0.93, frame[3] * 0.88, frame[2], frame[3]))


def source_line(net: Network, lang: str) -> str:
    """Date of the network, scenarios, and the words that the sources' licences ask for."""
    say = WORDS[lang]
    licences = " ".join(net.table("source")["licence"])
    parts = [f"{say['data']} {net.day.isoformat()}", *net.scenarios]
    if "ODbL" in licences or "OpenStreetMap" in licences:
        parts.append(say["osm"])
    return " · ".join([*parts, say["schematic"], "commute"])


def draw_names(ax: Axes, net: Network, seen: View, lang: str) -> None:
    """Centres first, then cities' districts, each where it meets no other label."""
    halo = _halo(3)
    for _, row in centres(net).iterrows():
        name = row["name_zh"] if lang == "zh" else row["name_en"].replace(" ", "\n", 1)  # two short lines find a place sooner
        ax.scatter([row["lon"]], [row["lat"]], s=46, marker="o", facecolors=palette.INK, edgecolors=palette.PAPER, linewidths=1.4, zorder=8)
        at = points(seen, ax, row["lon"], row["lat"])
        seen.board.block((at[0] - 5, at[1] - 5, at[0] + 5, at[1] + 5))
        spot = seen.board.put(at, name, 12.5, gap=8, must=True)
        if spot:  # air round a centre's name, so that no fainter one leans on it
            wide, high = (one / 2 + 5 for one in extent(name, 12.5))
            seen.board.block((spot[0] - wide, spot[1] - high, spot[0] + wide, spot[1] + high))
        _write(
            ax,
            seen,
            spot,
            name,
            fontsize=12.5,
            color=palette.INK,
            zorder=8.5,
            path_effects=halo,
        )
    districts = net.layers["district"]
    for feature, whole in zip(districts["features"], layer_shapes(districts), strict=True):
        shape = shapely.intersection(whole, seen.box)
        name = feature["properties"].get("name_zh" if lang == "zh" else "name_en", "")
        if shape.is_empty or not name:
            continue
        name = name if lang == "zh" else name.removesuffix(" District").removesuffix(" County").removesuffix(" City")
        inner = shapely.get_parts(shape)
        spot = shapely.point_on_surface(inner[np.argmax(shapely.area(inner))])
        at = points(seen, ax, spot.x, spot.y)
        _write(ax, seen, seen.board.put(at, name, 8.5, gap=0, centred=True) or seen.board.put(at, name, 8.5, gap=14), name,
               fontsize=8.5, color=palette.DISTRICT, zorder=7, path_effects=_halo(3, 1.0))  # fmt: skip
    river = layer_shapes(net.layers["river"])
    inside = shapely.intersection(shapely.union_all(river), seen.box) if river else None
    if inside is not None and not inside.is_empty:
        name = net.layers["river"]["features"][0]["properties"].get("name_zh" if lang == "zh" else "name_en", "")
        longest = max(shapely.get_parts(shapely.line_merge(inside)), key=lambda one: one.length)
        for along in (0.3, 0.5, 0.15, 0.7, 0.85):
            spot = shapely.line_interpolate_point(longest, along, normalized=True)
            put = seen.board.put(points(seen, ax, spot.x, spot.y), name, 8.5, gap=5)
            if put:
                _write(ax, seen, put, name, fontsize=8.5, color=palette.WATER_TEXT, zorder=7, path_effects=halo)
                break


def draw_legend(ax: Axes, seen: View, handles: list[Any], title: str) -> None:
    """A legend in the corner with the most room: lower right, and what it covers is taken."""
    if not handles:
        return
    labels = [str(one.get_label()) for one in handles]
    width = max([extent(title, 8.5)[0] + 30, *(extent(text, 8.5)[0] + 56 for text in labels)])
    height = 15.5 * (len(labels) + bool(title)) + 14
    frame = seen.board.frame
    seen.board.block((frame[2] - width, 0, frame[2] + 4, height))
    legend = ax.legend(handles=handles, title=title or None, loc="lower right", fontsize=8.5, title_fontsize=8.5, framealpha=0.93,
                       edgecolor=palette.BORDER, borderpad=0.7, handlelength=2.4, borderaxespad=0.6)  # fmt: skip
    legend.set_zorder(10)
    legend.get_frame().set_linewidth(0.6)


def base_handles(lang: str) -> list[Any]:
    """Legend entries of rail and station."""
    from matplotlib.lines import Line2D

    rail, station = ("城际 / 地铁", "车站") if lang == "zh" else ("intercity / metro", "station")
    return [
        Line2D([], [], color=palette.RAIL, lw=2, label=rail),
        Line2D([], [], color=palette.RAIL, marker="o", mfc=palette.PAPER, ms=4, lw=0, label=station),
    ]


def _write(ax: Axes, seen: View, at: tuple[float, float] | None, text: str, **style: Any) -> None:
    if at is not None:
        frame = seen.board.frame
        ax.text(at[0] / (frame[2] + 4), at[1] / (frame[3] + 4), text, transform=ax.transAxes, ha="center", va="center", **style)


def _halo(width: float, alpha: float = 0.85) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground=palette.PAPER, alpha=alpha)]


def _round_down(km: float) -> float:
    power: float = 10.0 ** floor(log10(km))
    return next(step * power for step in (5, 2, 1) if step * power <= km)


def degrees(shape: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Degrees east and north of one kilometre at a (lon, lat)."""
    return np.array([1 / (KM_A_DEGREE * cos(radians(shape[1]))), 1 / KM_A_DEGREE])
