"""Maps of a comparison: one scale before and after, white at zero, doubt hatched, titles that answer, names as plain text."""

from __future__ import annotations

import io
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from commute.analysis.compare import compare
from commute.errors import BadValue
from commute.model.changes import OpenGap
from commute.model.network import Network
from commute.model.scenario import Scenario
from commute.model.target import Target
from commute.viz import palette
from commute.viz.compare import GAINS, LOSSES, WORDS, lay_out, picture, plot_compare, plot_difference, size_of
from commute.viz.fonts import drawing, family, save
from tinytown import AS_OF, peopled_tables, tiny_layers

BRIDGE = (OpenGap(gap="g_north"),)
EVIL = "<script>alert('西')</script> $x^{ & \"大道\""


@pytest.fixture(scope="module")
def town():
    """The tiny town on its own day, its districts wide enough for all of its zones."""
    return Network.from_tables(peopled_tables(), tiny_layers(), AS_OF).on(AS_OF)


@pytest.fixture(scope="module")
def bridge(town):
    """The north bridge against the town without it, from the north-west corner's people to the east centre, by car."""
    target = Target(mode="car", when="am_peak", minutes=20)
    bridged = town.apply(Scenario(name="bridge", changes=BRIDGE))
    return compare(town, bridged, target=target, names=[("今", "today"), ("桥", "bridge")], redistributions=5)


@pytest.fixture(scope="module")
def back(bridge):
    """The same the other way round: what was gained is lost."""
    return compare(bridge.nets[1], bridge.nets[0], target=bridge.target, redistributions=0)


def areas(ax):
    """Colours of the zones on a map of the difference, but for the districts beneath and the hatching."""
    filled = [one for one in ax.collections if isinstance(one, matplotlib.collections.PathCollection) and one.get_zorder() == 1]
    return {matplotlib.colors.to_hex(one.get_facecolor()[0]) for one in filled}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_row_of_three_maps_for_each_other_network(bridge, town, lang):
    two = compare(town, *bridge.nets, target=bridge.target, names=["a", "b", "c"], redistributions=0)
    for found in (bridge, two):
        figure = picture(found, lang)
        assert len(figure.axes) == 3 * len(found.others)
        out = io.BytesIO()
        with drawing():
            figure.savefig(out, format="png", dpi=60)
        assert out.getvalue().startswith(b"\x89PNG")
        written = {text.get_fontfamily()[0] for text in figure.findobj(matplotlib.text.Text) if text.get_text()}
        assert written == {family()}


def test_axes_given_are_given_back(bridge):
    figure = Figure(figsize=size_of(bridge))
    FigureCanvasAgg(figure)
    axes = lay_out(figure, 1)
    given = plot_compare(bridge, axes=list(axes[0]), lang="en")
    assert given.shape == (1, 3) and all(a is b for a, b in zip(given[0], axes[0], strict=True))
    with pytest.raises(BadValue) as refused:
        plot_compare(bridge, axes=axes[0, :2])
    assert str(refused.value) == "axes are 2, must be 3: three for each of the networks held against the base"
    with pytest.raises(BadValue, match="lang is 'fr', must be zh or en"):
        plot_compare(bridge, lang="fr")


def test_maps_make_their_own_axes_and_change_no_setting(bridge):
    from matplotlib import pyplot

    before = dict(matplotlib.rcParams)
    pyplot.close(plot_compare(bridge)[0, 0].get_figure())
    pyplot.close(plot_difference(bridge, "bridge").get_figure())
    assert dict(matplotlib.rcParams) == before


def test_titles_answer_their_panel(bridge):
    before, after, difference = (ax.get_title("left") for ax in picture(bridge, "en").axes)
    assert before.startswith("Base: today (2026-11-03)\n") and after.startswith("bridge (2026-11-03)\n")
    assert all("% (" in one and "within 20 min of another city's centre" in one for one in (before, after))
    row = bridge.summary.loc["bridge"]
    assert row["people_gaining"] > 0 and difference.startswith(f"{row['people_gaining']:,.0f} people gain (")
    assert ", 0 lose\n" in difference
    assert "变快的" in picture(bridge, "zh").axes[2].get_title("left")


def test_gains_are_green_losses_brown_and_dotted_and_nothing_is_white(bridge, back, town):
    gained, lost = picture(bridge).axes[2], picture(back).axes[2]
    still = picture(compare(town, town, target=bridge.target, redistributions=0)).axes[2]
    assert areas(gained) & set(GAINS) and not areas(gained) & set(LOSSES)
    assert areas(lost) & set(LOSSES) and not areas(lost) & set(GAINS)
    assert areas(still) == {palette.PAPER}
    dotted = [one for one in lost.collections if (one.get_hatch() or "").startswith(".")]
    assert len(dotted) == 1 and not [one for one in gained.collections if (one.get_hatch() or "").startswith(".")]
    assert "没有哪个区的中位行程变化超过 0.5 分钟和运气" in still.get_title("left")


def test_doubt_is_hatched(bridge):
    ax = picture(bridge).axes[2]
    unsure = ~bridge.zones.loc["bridge", "sure"]
    hatched = [one for one in ax.collections if one.get_hatch() == palette.HATCH]
    assert unsure.any() and len(hatched) == 1
    assert WORDS["zh"]["unsure"] in [text.get_text() for text in ax.get_legend().get_texts()]


def test_what_opened_is_drawn_in_green(bridge, back):
    def green(ax):
        lines = [one for one in ax.collections if hasattr(one, "get_segments") and len(one.get_colors())]
        return any(tuple(np.round(one.get_colors()[0][:3], 3)) == tuple(np.round(to_rgb(palette.OPENED), 3)) for one in lines)

    assert green(picture(bridge).axes[2]) and not green(picture(back).axes[2])


def test_both_scales_grow_darker_away_from_zero():
    for shades in (GAINS, LOSSES):
        light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(to_rgb, (palette.PAPER, *shades))]
        assert all(a > b for a, b in pairwise(light))


def test_names_are_plain_text_and_long_ones_are_cut(town, bridge):
    found = compare(town, bridge.nets[1], target=bridge.target, names=["base", EVIL * 8], redistributions=0)
    figure = picture(found, "zh")
    title = figure.axes[1].get_title("left")
    assert title.startswith(EVIL) and title.splitlines()[0].endswith("…")
    figure.canvas.draw()


def test_two_runs_write_one_file(bridge, tmp_path):
    paths = [tmp_path / f"{k}.png" for k in range(2)]
    for path in paths:
        save(picture(bridge), path, width_px=900)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_words_are_twins():
    assert set(WORDS["zh"]) == set(WORDS["en"])
