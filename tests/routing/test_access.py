import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from commute.errors import BadValue
from commute.routing.access import AccessMode, Bridges, access_seconds, barrier, crosses, field_m, find_bridges
from oracles_street import dense, field_by_visibility, random_river

WALK = AccessMode(name="walk", speed_kmh=4.8, detour=1.3, fixed_min=0, max_min=20)
BIKE = AccessMode(name="bike", speed_kmh=12, detour=1.3, fixed_min=2, max_min=20)
FEEDER = AccessMode(name="feeder", speed_kmh=18, detour=1.4, fixed_min=7, max_min=40)


def links_over(rng, n, size_m=6000):
    """Random links that may cross the river: their courses as (ptr, xy)."""
    points = rng.integers(0, size_m * 1000, (n, 3, 2)) / 1000
    return np.arange(0, 3 * n + 1, 3), points.reshape(-1, 2)


def scene(seed, n_points=12, n_links=4):
    rng = np.random.default_rng(seed)
    rivers = [random_river(rng) for _ in range(int(rng.integers(1, 3)))]
    bridges = find_bridges(rivers, *links_over(rng, n_links))
    p, q = rng.integers(0, 6_000_000, (2, n_points, 2)) / 1000
    return rivers, bridges, p, q


def test_field_equals_a_visibility_graph_on_100_random_rivers():
    detours = 0
    for seed in range(100):
        rivers, bridges, p, q = scene(seed)
        bridges = Bridges(ends_xy=np.round(bridges.ends_xy, 3), length_m=bridges.length_m, link=bridges.link)
        found = dense(field_m(barrier(rivers, bridges), p, q, np.inf), len(q))
        known = field_by_visibility(rivers, bridges, p, q)
        assert_allclose(found, known, rtol=0, atol=1e-6, err_msg=f"seed {seed}")
        straight = np.hypot(*(p[:, None] - q[None]).transpose(2, 0, 1))
        detours += int((np.isfinite(found) & (found > straight + 1)).sum())
    assert detours > 1000  # the scenes do test bridges


def test_crossing_equals_shapely_on_random_lines():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rivers = [random_river(rng, n_vertices=60)]
        p, q = rng.integers(0, 6_000_000, (2, 400, 2)) / 1000
        known = shapely.intersects(shapely.linestrings(np.stack([p, q], axis=1)), rivers[0])
        assert_array_equal(crosses(barrier(rivers), p, q), known)


def test_the_cap_leaves_out_longer_ways_and_nothing_else():
    for seed in range(20):
        rivers, bridges, p, q = scene(seed)
        river = barrier(rivers, bridges)
        whole = dense(field_m(river, p, q, np.inf), len(q))
        for cap in (0.0, 700.0, 3000.0):
            assert_array_equal(dense(field_m(river, p, q, cap), len(q)), np.where(whole <= cap, whole, np.inf))


def test_field_is_symmetric_to_the_last_bit_and_does_not_depend_on_threads_or_order():
    for seed in range(30):
        rivers, bridges, p, q = scene(seed)
        river = barrier(rivers, bridges)
        there = dense(field_m(river, p, q, 5000.0), len(q))
        assert_array_equal(dense(field_m(river, q, p, 5000.0), len(p)), there.T)
        assert_array_equal(dense(field_m(river, p, q, 5000.0, threads=2), len(q)), there)
        mixed = np.random.default_rng(seed).permutation(len(q))
        assert_array_equal(dense(field_m(river, p, q[mixed], 5000.0), len(q)), there[:, mixed])


small = st.integers(-3, 3)
places = st.tuples(small, small)


@settings(deadline=None, max_examples=300)
@given(st.lists(places, min_size=2, max_size=5), places, places)
def test_ties_are_those_of_a_river_moved_a_little_east_and_far_less_north(river, p, q):
    """Whole metres on a small grid touch all the time; the moved line touches nothing, so shapely can judge it."""
    line = shapely.LineString(river)
    found = crosses(barrier([line]), np.array([p], float), np.array([q], float))[0]
    moved = shapely.transform(line, lambda xy: (xy + np.array([1e-3, 1e-6])) * 1000)
    assert found == shapely.LineString([np.array(p) * 1000, np.array(q) * 1000]).intersects(moved) or p == q
    assert found == crosses(barrier([line]), np.array([q], float), np.array([p], float))[0]
    assert found == crosses(barrier([shapely.LineString(river[::-1])]), np.array([p], float), np.array([q], float))[0]


def test_a_point_on_the_river_is_west_of_it_and_south_where_it_runs_west_to_east():
    north, east = barrier([shapely.LineString([(0, -9), (0, 9)])]), barrier([shapely.LineString([(-9, 0), (9, 0)])])
    on = np.array([[0.0, 0.0]])
    assert crosses(north, on, np.array([[5.0, 0.0]])).tolist() == [True]
    assert crosses(north, on, np.array([[-5.0, 0.0]])).tolist() == [False]
    assert crosses(east, on, np.array([[0.0, 5.0]])).tolist() == [True]
    assert crosses(east, on, np.array([[0.0, -5.0]])).tolist() == [False]
    assert crosses(north, on, on).tolist() == [False]


def straight_river():
    """A river along x = 0 and a road over it along y = 1000, 100 m on either side."""
    rivers = [shapely.LineString([(0, -5000), (0, 5000)])]
    return rivers, find_bridges(rivers, np.array([0, 2]), np.array([[-100.0, 1000.0], [100.0, 1000.0]]))


def test_one_bridge_by_hand():
    rivers, bridges = straight_river()
    assert bridges.ends_xy.tolist() == [[[-40, 1000], [40, 1000]]]
    assert bridges.length_m.tolist() == [80]
    p, q = np.array([[-340.0, 600.0]]), np.array([[340.0, 600.0], [-340.0, 0.0], [-340.0, 600.0]])
    ptr, idx, metres = field_m(barrier(rivers, bridges), p, q, 2000.0)
    assert (ptr.tolist(), idx.tolist(), metres.tolist()) == ([0, 3], [0, 1, 2], [500 + 80 + 500, 600, 0])
    assert field_m(barrier(rivers, bridges), p, q, 1079.0)[1].tolist() == [1, 2]
    assert field_m(barrier(rivers), p, q, 9999.0)[1].tolist() == [1, 2]
    assert field_m(barrier([]), p, q, 9999.0)[2].tolist() == [680, 600, 0]


def test_a_bridge_ends_where_its_link_ends_and_half_way_to_the_next_crossing():
    rivers = [shapely.LineString([(0, -500), (0, 500)]), shapely.LineString([(50, -500), (50, 500)])]
    bridges = find_bridges(rivers, np.array([0, 2]), np.array([[-30.0, 0.0], [400.0, 0.0]]))
    assert bridges.ends_xy[:, :, 0].tolist() == [[-30, 25], [25, 90]]
    assert bridges.length_m.tolist() == [55, 65]
    through = field_m(barrier(rivers, bridges), np.array([[-130.0, 0.0]]), np.array([[190.0, 0.0]]), 999.0)
    assert through[2].tolist() == [320]  # both bridges chained
    none = find_bridges(rivers, np.array([0, 2]), np.array([[-30.0, 0.0], [400.0, 0.0]]), chosen=np.array([False]))
    assert none.ends_xy.shape == (0, 2, 2)


def test_a_link_that_bends_on_the_river_crosses_it_once_or_not_at_all():
    rivers = [shapely.LineString([(0, -500), (0, 0), (0, 500)])]
    over = find_bridges(rivers, np.array([0, 3]), np.array([[-100.0, 0.0], [0.0, 0.0], [100.0, 0.0]]))
    back = find_bridges(rivers, np.array([0, 3]), np.array([[-100.0, 0.0], [0.0, 0.0], [-100.0, 50.0]]))
    assert (len(over.length_m), len(back.length_m)) == (1, 0)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.lists(st.booleans(), min_size=4, max_size=4))
def test_opening_a_bridge_never_lengthens_a_way(seed, kept):
    rivers, bridges, p, q = scene(seed)
    few = bridges.only(np.array(kept))
    with_all = dense(field_m(barrier(rivers, bridges), p, q, 9000.0), len(q))
    assert (with_all <= dense(field_m(barrier(rivers, few), p, q, 9000.0), len(q))).all()


def test_seconds_are_those_of_the_quickest_mode_within_its_cap():
    metres = np.array([0.0, 400.0, 1000.0, 3000.0, 7000.0, 7500.0, np.inf, np.nan])
    time_s, mode = access_seconds(metres, [WALK, BIKE, FEEDER])
    assert time_s.tolist() == [0, 276, 510, 1260, 2380, -1, -1, -1]  # 400 m: 390 s on foot, 120 + 156 by bicycle
    assert mode.tolist() == [0, 1, 1, 2, 2, -1, -1, -1]
    assert WALK.cap_m == pytest.approx(20 * 80 / 1.3)
    assert access_seconds(np.array([WALK.cap_m, WALK.cap_m + 0.01]), [WALK])[0].tolist() == [1200, -1]
    assert access_seconds(np.array([100.0]), [WALK, WALK])[1].tolist() == [0]
    assert access_seconds(np.array([100.0]), [])[0].tolist() == [-1]


@given(st.floats(0, 9000), st.floats(0, 9000))
def test_a_longer_way_is_never_quicker(a, b):
    (short, long), _ = access_seconds(np.sort(np.array([a, b])), [WALK, BIKE, FEEDER])
    assert long == -1 or 0 <= short <= long


def test_bad_places_and_modes_are_refused():
    river = barrier([shapely.LineString([(0, 0), (0, 5)])])
    with pytest.raises(BadValue, match=r"^a coordinate is not a finite number of metres$"):
        field_m(river, np.array([[np.nan, 0.0]]), np.array([[0.0, 0.0]]), 10.0)
    with pytest.raises(BadValue, match=r"^points and river lie more than 1400 km apart: are they metres of one projected plane\?$"):
        field_m(river, np.array([[2e6, 0.0]]), np.array([[0.0, 0.0]]), 10.0)
    with pytest.raises(BadValue, match=r"^access mode walk: speed must be above 0, detour 1 or more, minutes 0 or more; got "):
        AccessMode(name="walk", speed_kmh=0, detour=1.3, fixed_min=0, max_min=20)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_a_road_of_known_length_shortens_ways_and_lengthens_none(seed):
    rng = np.random.default_rng(seed)
    p, q, ends = rng.uniform(0, 3000, (6, 2)), rng.uniform(0, 3000, (7, 2)), rng.uniform(0, 3000, (2, 2, 2))
    length = np.hypot(*(ends[:, 0] - ends[:, 1]).T) * rng.uniform(1.0, 1.4, 2)
    paths = Bridges(ends_xy=ends, length_m=length, link=np.zeros(2, np.int32))
    bare, with_paths = barrier([]), barrier([], paths=paths, detour=1.3)
    cap = 2000.0
    straight = np.hypot(*(p[:, None] - q[None]).transpose(2, 0, 1))

    def walk(x, y):
        return np.hypot(*(x[:, None] - y[None]).transpose(2, 0, 1))

    corners, between = ends.reshape(-1, 2), walk(ends.reshape(-1, 2), ends.reshape(-1, 2))
    for k in range(2):
        a, b = 2 * k, 2 * k + 1
        between[a, b] = between[b, a] = min(between[a, b], length[k] / 1.3)
    for k in range(4):
        between = np.minimum(between, between[:, k, None] + between[None, k])
    onward = (walk(p, corners)[:, :, None] + between[None]).min(axis=1)
    wanted = np.minimum(straight, (onward[:, :, None] + walk(corners, q)[None]).min(axis=1))
    for river, true in ((bare, straight), (with_paths, wanted)):
        ptr, idx, metres = field_m(river, p, q, cap)
        found = np.full(straight.shape, np.inf)
        found[np.repeat(np.arange(6), np.diff(ptr)), idx] = metres
        assert_allclose(np.where(true <= cap, true, np.inf), found, atol=1e-4)
