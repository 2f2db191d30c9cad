import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from commute.errors import BadValue, UnknownId
from commute.routing.access import barrier, crosses
from commute.routing.links import read_links
from commute.routing.minplus import closure, gap_arcs
from commute.routing.snap import at_nodes, direct_ds, ends, point_matrix_ds, point_matrix_s, snap
from commute.routing.street import FAR, seeds_of, streets, times_ds
from oracles_street import links_of, point_time_ds, random_river, random_roads

CONNECTOR = {"speed_kmh": 20.0, "detour": 1.3}


def net_of(links, ds):
    return streets(len(links.node_xy), links.from_node, links.to_node, ds, links.directed)


def matrix(links, ds, p, q, *, reach_m=600.0, river=None, threads=1):
    net = net_of(links, ds)
    there = ends(snap(p, links, reach_m=reach_m, river=river), net, **CONNECTOR)
    here = ends(snap(q, links, reach_m=reach_m, river=river), net, **CONNECTOR, arriving=True)
    return point_matrix_ds(net, there, here, threads=threads)


def points(rng, n, size_m=4000):
    return rng.integers(-500_000, (size_m + 500) * 1000, (n, 2)) / 1000


def test_times_between_points_equal_networkx_on_150_random_networks():
    for seed in range(150):
        rng = np.random.default_rng(seed)
        links, ds = random_roads(rng, int(rng.integers(2, 9)), int(rng.integers(1, 13)))
        ds[rng.random(len(ds)) < 0.1] = FAR
        links.standing[:] = (rng.random(len(ds)) < 0.7) & (ds < FAR)
        links.joinable[:] = rng.random(len(ds)) < 0.9
        p, q = points(rng, 2), points(rng, 2)
        reach_m = float(rng.choice([0, 150, 600]))
        known = [[point_time_ds(links, ds, a, b, reach_m=reach_m, **CONNECTOR) for b in q] for a in p]
        assert matrix(links, ds, p, q, reach_m=reach_m).tolist() == known, f"seed {seed}"


def test_undirected_streets_are_symmetric_and_more_origins_than_destinations_change_nothing():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        links, ds = random_roads(rng, 10, 20, one_way=0)
        p, q = points(rng, 7), points(rng, 3)
        there = matrix(links, ds, p, q)
        assert_array_equal(matrix(links, ds, q, p), there.T)
        assert_array_equal(matrix(links, ds, p, q, threads=2), there)
        one_way, ds = random_roads(rng, 10, 20, one_way=0.6)
        there = matrix(one_way, ds, p, q)
        assert_array_equal(np.hstack([matrix(one_way, ds, p, q[:1]), matrix(one_way, ds, p[:1], q)[:, 1:].repeat(7, 0)])[0], there[0])
        assert_array_equal(np.vstack([matrix(one_way, ds, p[i : i + 1], q) for i in range(7)]), there)


def test_points_at_nodes_have_exactly_the_nodes_times():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        links, ds = random_roads(rng, 12, 26, bends=seed % 2 == 0)
        used = np.unique(np.concatenate([links.from_node, links.to_node]))
        net = net_of(links, ds)
        known = times_ds(net, seeds_of(len(used), np.arange(len(used)), used, np.zeros(len(used))))[:, used]
        assert_array_equal(matrix(links, ds, links.node_xy[used], links.node_xy[used], reach_m=0), known)
        assert_array_equal(point_matrix_ds(net, at_nodes(used), at_nodes(used)), known)
        assert (matrix(links, ds, links.node_xy[used], links.node_xy[used], reach_m=900) <= known).all()


def with_changes(seed):
    """Roads before and after: some links are built, some opened, some made faster; the undated ones stand throughout."""
    rng = np.random.default_rng(seed)
    links, after = random_roads(rng, 9, 22)
    standing = rng.random(22) < 0.4
    links.standing[:] = standing
    links.joinable[:] = rng.random(22) < 0.8
    before = np.where(standing | (rng.random(22) < 0.5), np.minimum(after * rng.integers(1, 4, 22), FAR - 1), FAR).astype(np.int32)
    return rng, links, before, after


def only(links, kept):
    parts = [links.shape_xy[links.shape_ptr[i] : links.shape_ptr[i + 1]] for i in kept]
    flags = {"joinable": links.joinable[kept], "standing": links.standing[kept]}
    return links_of(links.node_xy, links.from_node[kept], links.to_node[kept], links.directed[kept], parts, **flags)


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 100_000), st.sampled_from([0.0, 300.0, 1500.0]))
def test_opening_adding_or_speeding_links_lengthens_no_time(seed, reach_m):
    rng, links, before, after = with_changes(seed)
    river = barrier([random_river(rng, 4000)])
    p, q = points(rng, 5), points(rng, 4)
    changed = matrix(links, after, p, q, reach_m=reach_m, river=river)
    shut = matrix(links, before, p, q, reach_m=reach_m, river=river)
    assert (changed <= shut).all()
    there = np.flatnonzero(before < FAR)  # the same, where the links to come are not in the arrays at all
    assert_array_equal(matrix(only(links, there), before[there], p, q, reach_m=reach_m, river=river), shut)


def test_the_nearest_link_alone_would_not_be_monotone():
    """A dead end is built beside a point: with "the nearest open link" it would be cut off, with standing links it is not."""
    xy = np.array([[0, 0], [1000, 0], [400, 500], [600, 500]], float)
    links = links_of(xy, [0, 2], [1, 3], [False, False], standing=np.array([True, False]))
    home, town = np.array([[500.0, 700.0]]), np.array([[0.0, 0.0]])
    before, after = np.array([900, FAR], np.int32), np.array([900, 60], np.int32)
    assert matrix(links, before, home, town, reach_m=100).tolist() == [[1638 + 450]]  # 700 m * 1.3 at 20 km/h
    assert matrix(links, after, home, town, reach_m=100).tolist() == [[1638 + 450]]
    assert snap(home, links, reach_m=100).link.tolist() == [0, 1]


def test_two_points_on_one_link_go_along_it():
    links = links_of(np.array([[0.0, 0.0], [1000.0, 0.0]]), [0], [1], [True])
    p, q = np.array([[200.0, 100.0], [800.0, 100.0]]), np.array([[701.0, 0.0], [100.0, 0.0], [1000.0, 0.0]])
    times = matrix(links, np.array([601], np.int32), p, q)
    assert times.tolist() == [[234 + 301, FAR, 234 + 481], [FAR, FAR, 234 + 120]]  # 301.1, 480.8 and 120.2 ds along the link
    net = net_of(links, np.array([601], np.int32))
    a, b = (ends(snap(x, links), net, **CONNECTOR, arriving=back) for x, back in ((p, False), (q, True)))
    assert point_matrix_s(net, a, b).tolist() == [[54, -1, 72], [-1, -1, 35]]  # 53.5, 71.5 and 35.4 s


def test_direct_ways_make_a_point_0_from_itself_but_do_not_cross_the_river():
    links = links_of(np.array([[0.0, 0.0], [1000.0, 0.0]]), [0], [1], [False])
    river = barrier([shapely.LineString([(500, 100), (500, 900)])])
    snapped = snap([[450.0, 400.0], [550.0, 400.0], [450.0, 500.0]], links, river=river)
    net = net_of(links, np.array([600], np.int32))
    points_there = ends(snapped, net, **CONNECTOR)
    direct = direct_ds(snapped, snapped, river=river, **CONNECTOR)
    times = point_matrix_ds(net, points_there, points_there, direct=direct)
    assert times.tolist() == [[0, 936 + 60 + 936, 234], [1932, 0, 936 + 60 + 1170], [234, 2166, 0]]


def test_no_connector_crosses_the_river():
    rng = np.random.default_rng(5)
    for _ in range(30):
        links, _ = random_roads(rng, 9, 12)
        river = barrier([random_river(rng, 4000)])
        p = points(rng, 20)
        found = snap(p, links, reach_m=800, river=river)
        who = np.repeat(np.arange(20), np.diff(found.ptr))
        for i, link, share, metres in zip(who, found.link, found.share, found.connector_m, strict=True):
            course = shapely.LineString(links.shape_xy[links.shape_ptr[link] : links.shape_ptr[link + 1]])
            foot = shapely.get_coordinates(course.interpolate(share, normalized=True))
            assert np.hypot(*(foot[0] - p[i])) == pytest.approx(metres, abs=1e-6)
            assert not crosses(river, p[i : i + 1], foot)[0]


def test_a_point_that_no_link_can_serve_is_reached_by_nothing():
    links = links_of(np.array([[1000.0, 0.0], [2000.0, 0.0]]), [0], [1], [False])
    river = barrier([shapely.LineString([(500, -9000), (500, 9000)])])
    assert matrix(links, np.array([50], np.int32), [[0.0, 0.0]], [[1500.0, 0.0]], river=river).tolist() == [[FAR]]


def test_the_gap_algebra_equals_routing_anew_where_points_join_gaps_at_their_ends_only():
    for seed in range(60):
        rng, links, _, after = with_changes(seed)
        shut = ~links.standing & (rng.random(22) < 0.6)
        links.joinable[shut] = False
        gaps = np.flatnonzero(shut)
        if len(gaps) == 0:
            continue
        base = net_of(links, np.where(shut, FAR, after))
        nodes, place = np.unique(np.concatenate([links.from_node[gaps], links.to_node[gaps]]), return_inverse=True)
        a, b = place[: len(gaps)], place[len(gaps) :]
        arcs = gap_arcs(np.arange(len(gaps)), a, b, after[gaps], links.directed[gaps], n_gaps=len(gaps))
        p, q = snap(points(rng, 4), links), snap(points(rng, 3), links)
        mask = rng.random(len(gaps)) < 0.7
        opened = net_of(links, np.where(np.isin(np.arange(22), gaps[~mask]), FAR, after))
        o, d, e = ends(p, base, **CONNECTOR), ends(q, base, **CONNECTOR, arriving=True), at_nodes(nodes)
        blocks = [point_matrix_ds(base, x, y) for x, y in ((o, d), (o, e), (e, d), (e, e))]
        anew = point_matrix_ds(opened, ends(p, opened, **CONNECTOR), ends(q, opened, **CONNECTOR, arriving=True))
        assert_array_equal(closure(*blocks, arcs, mask), anew)


def frames():
    nodes = pd.DataFrame({"node_id": ["c", "a", "b"], "lon": [113.02, 113.0, 113.01], "lat": [28.0, 28.0, 28.0]})
    links = pd.DataFrame(
        {
            "link_id": ["z", "y", "x", "w", "v"],
            "from_node_id": ["a", "b", "a", "a", "c"],
            "to_node_id": ["b", "c", "c", "b", "b"],
            "directed": [True, False, False, False, False],
            "name": ["", "Xiangya Tunnel", None, "", ""],
            "name_zh": ["", "", "湘府路", "", "路"],
            "facility_type": ["primary", "trunk", "motorway", "primary", "primary"],
            "allowed_uses": ["auto,bike,walk", "auto", "auto", "walk, bike", "auto"],
            "geometry": ["LINESTRING (113.01 28, 113.005 28.001, 113 28)", None, "", None, None],
            "opens": [None, None, None, None, "2020"],
            "closes": [None, "", None, None, None],
        }
    )
    return nodes, links


def test_links_are_read_by_mode_sorted_by_id_whatever_the_order_of_rows():
    nodes, frame = frames()
    links, rows = read_links(nodes, frame, mode="auto")
    assert links.link_ids == ("v", "x", "y", "z")
    assert frame["link_id"].iloc[rows].tolist() == ["v", "x", "y", "z"]
    assert links.node_ids == ("a", "b", "c")
    assert (links.from_node.tolist(), links.to_node.tolist()) == ([2, 0, 1, 0], [1, 2, 2, 1])
    assert links.joinable.tolist() == [True, False, False, True]  # no motorway, no tunnel
    assert links.standing.tolist() == [False, True, True, True]  # v has a date
    course = links.shape_xy[links.shape_ptr[3] :]
    assert len(course) == 3
    assert np.abs(course[[0, -1]] - links.node_xy[[0, 1]]).max() < 1e-6  # turned to run from a to b
    mixed, _ = read_links(nodes.sample(frac=1, random_state=1).set_index("node_id"), frame[::-1].set_index("link_id"), mode="auto")
    for name in ("node_xy", "from_node", "to_node", "directed", "shape_ptr", "shape_xy", "joinable", "standing"):
        assert_array_equal(getattr(mixed, name), getattr(links, name))
    assert read_links(nodes, frame, mode="walk")[0].link_ids == ("w", "z")
    held = read_links(nodes, frame, mode="auto", ends_only=["z"])[0]
    assert (held.joinable.tolist(), held.standing.tolist()) == ([True, False, False, False], [False, True, True, False])


def test_bad_input_is_refused():
    nodes, frame = frames()
    with pytest.raises(UnknownId, match=r"^no node 'c' \(none is close to it\)$"):
        read_links(nodes[1:], frame, mode="auto")
    links, _ = read_links(nodes, frame, mode="auto")
    with pytest.raises(BadValue, match=r"^point 1 has no finite coordinates$"):
        snap([[0, 0], [0, np.inf]], links)
    with pytest.raises(BadValue, match=r"^connector: speed_kmh is 0, must be above 0; detour is 1.3, must be 1 or more$"):
        ends(snap([[0, 0]], links), net_of(links, np.full(4, 9, np.int32)), speed_kmh=0, detour=1.3)
