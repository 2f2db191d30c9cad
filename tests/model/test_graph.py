import math

import networkx as nx
import pytest

import commute as cm
from commute.errors import BadValue
from tinytown import AS_OF


@pytest.mark.parametrize("when", [None, "2018-06-01", "2026-11-03"])
def test_a_network_survives_the_round_trip(tiny, when):
    net = tiny.on(when) if when else tiny
    assert cm.from_graph(cm.to_graph(net)) == net


def test_a_scenario_survives_the_round_trip(tiny):
    net = tiny.on(AS_OF).apply(cm.OpenGap(gap="g_north"))
    assert cm.from_graph(cm.to_graph(net)) == net


def test_a_gap_is_an_edge_of_infinite_minutes(tiny):
    graph = cm.to_graph(tiny.on(AS_OF))
    gaps = {facts["gap_id"]: facts["minutes"] for *_, facts in graph.edges(data=True) if facts["gap"]}
    assert gaps == {"g_north": math.inf, "g_tied": math.inf}
    opened = cm.to_graph(tiny.on(AS_OF).apply(cm.OpenGap(gap="g_north")))
    assert all(math.isfinite(f["minutes"]) for *_, f in opened.edges(data=True) if f["gap_id"] == "g_north")


def test_edges_carry_minutes_that_networkx_can_route(tiny):
    graph = cm.to_graph(tiny.on(AS_OF))
    row = tiny.on(AS_OF).links.loc["l_bridge"]
    free = nx.shortest_path_length(graph, row["from_node_id"], row["to_node_id"], weight="minutes")
    assert free <= row["length_km"] / row["free_speed_kmh"] * 60 + 1e-9
    peak = cm.to_graph(tiny.on(AS_OF), profile=cm.CAR.at_peak())
    assert nx.shortest_path_length(peak, row["from_node_id"], row["to_node_id"], weight="minutes") >= free


def test_a_plain_graph_makes_a_network():
    graph = nx.MultiDiGraph()
    graph.add_node("a", lon=113.0, lat=28.0)
    graph.add_node("b", lon=113.1, lat=28.0)
    graph.add_edge("a", "b", length_km=10.0, free_speed_kmh=60.0)
    net = cm.from_graph(graph)
    assert list(net.links["length_km"]) == [10.0]
    graph.add_edge("b", "a", length_km=0.0, free_speed_kmh=60.0)
    with pytest.raises(BadValue, match="needs length_km and free_speed_kmh above 0"):
        cm.from_graph(graph)
