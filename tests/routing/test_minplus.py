import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from commute.errors import BadValue
from commute.routing.minplus import closure, each_gap, gap_arcs, one_gap, open_gap
from commute.routing.street import FAR
from gap_cities import city, masks
from oracles_street import random_links, scipy_times


@pytest.mark.parametrize("arcs_a_gap", [1, 3])
def test_closure_equals_dijkstra_on_every_subset_of_150_random_networks(arcs_a_gap):
    for seed in range(150):
        blocks, arcs, again = city(seed, arcs_a_gap=arcs_a_gap)
        for mask in masks(arcs.n_gaps):
            assert_array_equal(closure(*blocks, arcs, mask), again(mask), err_msg=f"seed {seed}, open {mask}")


@pytest.mark.parametrize("arcs_a_gap", [1, 2])
def test_each_gap_alone_equals_its_own_closure(arcs_a_gap):
    for seed in range(100):
        blocks, arcs, _ = city(seed, arcs_a_gap=arcs_a_gap)
        alone = one_gap(*blocks, arcs)
        for k, mask in enumerate(np.eye(arcs.n_gaps, dtype=bool)):
            assert_array_equal(alone[k], closure(*blocks, arcs, mask))
        for k, times in each_gap(*blocks, arcs):
            assert_array_equal(times, alone[k])


def test_open_gap_equals_building_the_link_and_leaves_its_argument():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 15))
        a, b, ds, one_way = random_links(rng, n, 20)
        base = scipy_times(n, a, b, ds, one_way).astype(np.int32)
        copy = base.copy()
        u, v, gap_ds, directed = int(rng.integers(n)), int(rng.integers(n)), int(rng.integers(1, 50)), bool(seed % 2)
        built = scipy_times(n, np.append(a, u), np.append(b, v), np.append(ds, gap_ds), np.append(one_way, directed))
        assert_array_equal(open_gap(base, u, v, gap_ds, directed=directed), built)
        assert_array_equal(base, copy)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10_000), st.integers(0, 15), st.integers(0, 15))
def test_more_open_gaps_never_lengthen_a_time(seed, some, more):
    blocks, arcs, _ = city(seed, arcs_a_gap=2)
    few, many = (((np.arange(arcs.n_gaps) & 0) + (bits >> np.arange(arcs.n_gaps))) & 1 == 1 for bits in (some, some | more))
    assert (closure(*blocks, arcs, many) <= closure(*blocks, arcs, few)).all()
    assert (closure(*blocks, arcs, few) <= blocks[0]).all()


def test_a_gap_between_two_towns_by_hand():
    far = np.array([[0, FAR], [FAR, 0]], np.int32)  # two towns that nothing joins, each at one end of the gap
    arcs = gap_arcs([0, 1], [0, 0], [1, 1], [90, FAR], n_gaps=2)
    assert one_gap(far, far, far, far, arcs).tolist() == [[[0, 90], [90, 0]], far.tolist()]
    one_way = gap_arcs([0], [0], [1], [90], True, n_gaps=1)
    assert closure(far, far, far, far, one_way, [True]).tolist() == [[0, 90], [FAR, 0]]
    assert closure(far, far, far, far, one_way, [False]).tolist() == far.tolist()


def test_the_largest_times_do_not_overflow():
    most = np.array([[0, FAR - 1], [FAR - 1, 0]], np.int32)
    assert (open_gap(most, 0, 1, FAR - 1) == most).all()
    assert open_gap(np.full((2, 2), FAR, np.int32), 0, 1, 5).tolist() == [[FAR, FAR], [FAR, FAR]]


def test_bad_gaps_are_refused():
    with pytest.raises(BadValue, match=r"^gap_ds is 0, must be above 0$"):
        open_gap(np.zeros((2, 2), np.int32), 0, 1, 0)
    with pytest.raises(BadValue, match=r"^gap times run from 0 to 0 ds, must be 1 to 536870912 \(shut\)$"):
        gap_arcs([0], [0], [1], [0], n_gaps=1)
    with pytest.raises(BadValue, match=r"^gap numbers run from 3 to 3, there are 1 gaps$"):
        gap_arcs([3], [0], [1], [5], n_gaps=1)
    blocks, arcs, _ = city(0)
    with pytest.raises(BadValue, match=r"^open_mask has shape \(9,\), there are \d gaps$"):
        closure(*blocks, arcs, np.ones(9, bool))
