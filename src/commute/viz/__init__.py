"""Pictures and the report page: what is known in, something to look at out.

fonts      the shipped Chinese font, used inside a context only; files that are the same at every run
palette    the one set of colours and marks, for pictures and page alike
map        plot_network, plot_gaps, plot_isochrones, plot_circle: a map as matplotlib Axes
base       what lies under every map: outlines, river, roads, rail, stations, frame
place      greedy placing of labels, without a renderer
charts     plot_legs, plot_growth, plot_fit
compare    plot_compare, plot_difference: before, after and the difference on one scale
choices    plot_frontier, plot_timeline: what each budget buys, the circle by date
folder     the report folder: index.html, maps as PNG and SVG, tables as CSV
page/      the one HTML file
Knows errors, model, analysis. Must not know how times are computed.
To add a figure: a function here that takes and returns Axes, its words in zh and en, a line in tests/viz/test_map.py."""

from commute.viz.charts import plot_fit, plot_growth, plot_legs
from commute.viz.choices import plot_frontier, plot_timeline
from commute.viz.compare import plot_compare
from commute.viz.map import plot_circle, plot_gaps, plot_isochrones, plot_network

__all__ = [
    "plot_circle", "plot_compare", "plot_fit", "plot_frontier", "plot_gaps", "plot_growth", "plot_isochrones", "plot_legs", "plot_network",
    "plot_timeline",
]  # fmt: skip
