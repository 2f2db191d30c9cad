"""The picture of a frontier: its names lie on nothing, and assumed costs can be seen."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from matplotlib.text import Text

from commute.viz.choices import plot_frontier

COST = [0.0, 290.0, 354.0, 1500.0, 2650.0, 3004.0, 34000.0]  # most within a small part of the axis
VALUE = [0.0, 6e5, 5.5e6, 6.1e6, 1.6e7, 2.07e7, 2.36e7]


@pytest.fixture
def frontier():
    """Steps as `frontier` gives them."""
    keys = [f"g{k}" for k in range(len(COST))]
    made = pd.DataFrame({"budget_mcny": COST, "cost_mcny": COST, "shortfall_person_min": VALUE, "bound": VALUE, "exact": True})
    made = made.assign(added=["", *keys[1:]], assumed_costs=["", "g1", "", "g1", "", "g1", ""])
    made.attrs = {"names": {key: (f"某某大道快速化改造工程{key}", f"Some Avenue expressway conversion {key}") for key in keys}}
    return made


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("budget", [3000.0, 20000.0])
def test_names_lie_on_no_name_no_step_and_not_on_the_line_of_the_budget(frontier, lang, budget):
    ax = plot_frontier(frontier, budget_mcny=budget, lang=lang)
    ax.get_figure().draw_without_rendering()
    names = [Text.get_window_extent(one) for one in ax.texts]  # without leaders
    assert len(names) >= 5 and all(not a.overlaps(b) for k, a in enumerate(names) for b in names[:k])
    unit = 100 if lang == "zh" else 1000
    line = ax.transData.transform((budget / unit, 0))[0]
    inner = ax.get_window_extent()
    assert all(not one.x0 < line < one.x1 and inner.x0 <= one.x0 and one.x1 <= inner.x1 + 2 for one in names)
    corners = ax.transData.transform(ax.lines[0].get_xydata())
    for (x, y), (after, above) in pairwise(corners):
        for one in names:
            assert not (one.y0 < y < one.y1 and one.x0 < after and x < one.x1)
            assert not (one.x0 < after < one.x1 and one.y0 < above and y < one.y1)


def test_a_set_with_an_assumed_cost_is_a_hollow_point_and_said_to_be(frontier):
    assert "空心点" in plot_frontier(frontier).get_xlabel()
    assert "hollow" not in plot_frontier(frontier.assign(assumed_costs=""), lang="en").get_xlabel()
    points = [one for one in plot_frontier(frontier).lines if one.get_marker() == "o"]
    assert sorted(len(one.get_xdata()) for one in points) == [3, 4] and len({one.get_markerfacecolor() for one in points}) == 2
