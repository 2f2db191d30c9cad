"""Maps and charts: they take and return Axes, keep their words apart, change no setting, and are the same at every run."""

from __future__ import annotations

import io
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from commute.viz import palette, plot_circle, plot_fit, plot_gaps, plot_growth, plot_isochrones, plot_legs, plot_network
from commute.viz.base import KM_A_DEGREE, view
from commute.viz.fonts import drawing, family, save
from commute.viz.map import gap_lines
from commute.viz.place import Board, extent


def axes(size=(6.0, 5.0)):
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure.add_axes((0, 0, 1, 1))


PLOTS = {
    "network": lambda r, **k: plot_network(r.net, **k),
    "gaps": lambda r, **k: plot_gaps(r.net, opened=("g_north",), **k),
    "isochrones": lambda r, **k: plot_isochrones(r.isochrones, r.net, doubt=shapely.box(112.9, 28.05, 112.95, 28.1), name="西心", **k),
    "circle": lambda r, **k: plot_circle(r.check, r.net, **k),
    "legs": lambda r, **k: plot_legs(r.check, **k),
    "growth": lambda r, **k: plot_growth(r.growth, **k),
    "fit": lambda r, **k: plot_fit(r.fit, **k),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PLOTS)
def test_every_figure_takes_axes_gives_them_back_and_draws_without_a_warning(name, lang, report):
    ax = axes()
    assert PLOTS[name](report, ax=ax, lang=lang) is ax
    out = io.BytesIO()
    with drawing():
        ax.get_figure().savefig(out, format="png", dpi=80)
    assert out.getvalue().startswith(b"\x89PNG")
    written = {text.get_fontfamily()[0] for text in ax.findobj(matplotlib.text.Text) if text.get_text()}
    assert written <= {family()}


@pytest.mark.parametrize("name", PLOTS)
def test_figures_make_their_own_axes(name, report):
    from matplotlib import pyplot

    ax = PLOTS[name](report)
    pyplot.close(ax.get_figure())


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_two_runs_write_one_file(ending, report, tmp_path):
    paths = [tmp_path / f"{k}.{ending}" for k in range(2)]
    for path in paths:
        save(plot_circle(report.check, report.net, ax=axes()).get_figure(), path, width_px=600)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert b"<dc:date>" not in paths[0].read_bytes()


def test_no_setting_of_matplotlib_is_changed(report):
    before = dict(matplotlib.rcParams)
    plot_network(report.net, ax=axes())
    assert dict(matplotlib.rcParams) == before


def test_distances_are_equal_in_both_directions(report):
    for size in ((6.0, 3.0), (3.0, 6.0)):
        ax = axes(size)
        seen = view(ax, report.net)
        north_km = (seen.north - seen.south) * KM_A_DEGREE
        east_km = (seen.east - seen.west) * KM_A_DEGREE * np.cos(np.radians((seen.north + seen.south) / 2))
        assert east_km / north_km == pytest.approx(size[0] / size[1], rel=1e-6)


def test_an_opened_gap_is_green_and_one_that_is_not_is_dashed_vermilion(report):
    def lines(**more):
        ax = plot_gaps(report.net, ax=axes(), **more)
        return {tuple(np.round(c.get_colors()[0][:3], 3)) for c in ax.collections if hasattr(c, "get_segments") and len(c.get_colors())}

    opened, gap = (tuple(np.round(to_rgb(one), 3)) for one in (palette.OPENED, palette.GAP))
    assert opened not in lines() and gap in lines()
    assert opened in lines(opened=("g_north", "g_tied"))


def test_a_gap_that_is_a_dated_link_is_drawn_along_it(report):
    rows = report.net.table("gap")
    lines = dict(zip(rows["gap_id"], gap_lines(report.net, rows), strict=True))
    assert lines["g_tied"].length == pytest.approx(0.02, rel=0.2)


def test_doubt_is_hatched_and_keeps_its_colour(report):
    ax = plot_circle(report.check, report.net, ax=axes())
    hatched = [one for one in ax.collections if one.get_hatch()]
    assert len(hatched) == 1
    assert len(hatched[0].get_facecolor()) == 0 or hatched[0].get_facecolor()[0][3] == 0


def test_darker_is_sooner():
    for n in range(2, 8):
        light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(to_rgb, palette.colours(n))]
        assert all(a < b for a, b in pairwise(light))
    assert palette.band(30) == palette.BANDS[1] and palette.band(30.1) == palette.BANDS[2]
    assert palette.band(61) is None and palette.band(float("nan")) is None


def test_labels_never_meet_unless_they_must():
    board = Board((0, 0, 300, 300))
    placed = [board.put((150 + k, 150), "五一广场", 10) for k in range(40)]
    boxes = board.taken
    assert placed[0] is not None and placed[-1] is None
    for k, a in enumerate(boxes):
        for b in boxes[k + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert board.put((150, 150), "株洲中心广场", 10, must=True) is not None


def test_a_text_is_as_wide_as_its_characters():
    wide, high = extent("长沙", 10)
    assert wide == pytest.approx(20, abs=2) and high == pytest.approx(12.5)
    assert extent("i", 10)[0] < extent("W", 10)[0]
