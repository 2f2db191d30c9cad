"""Shares, minutes needed and shortfall on cases small enough to count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commute.analysis.measure.shares import (
    CAP_MIN,
    inside_by_zone,
    minutes_for_pairs,
    minutes_needed,
    share,
    share_of_pairs,
    shortfall,
    weighted_median,
)

ZONE = np.array([0, 0, 1, 2])
WEIGHT = np.array([0.25, 0.75, 1.0, 1.0])
TIMES = np.array([10.0, 30.0, 40.0, np.inf])
PEOPLE = np.array([[400.0, 400.0, 200.0]])
ALL = np.array([True, True, True])


@pytest.mark.parametrize(("limit", "expected"), [(9, 0.0), (10, 0.1), (29.9, 0.1), (30, 0.4), (40, 0.8), (600, 0.8)])
def test_the_share_is_counted_in_fractions_of_zones(limit, expected):
    assert share(PEOPLE, inside_by_zone(TIMES, ZONE, WEIGHT, 3, limit), ALL) == pytest.approx([expected])


def test_only_the_area_counts():
    inside = inside_by_zone(TIMES, ZONE, WEIGHT, 3, 30)
    assert share(PEOPLE, inside, np.array([True, False, False])) == pytest.approx([1.0])
    assert np.isnan(share(PEOPLE, inside, np.array([False, False, False])))


@pytest.mark.parametrize(("wanted", "expected"), [(0.1, 10), (0.11, 30), (0.4, 30), (0.8, 40), (0.81, np.inf), (1.0, np.inf)])
def test_minutes_needed_is_the_smallest_limit_that_holds(wanted, expected):
    assert minutes_needed(TIMES, ZONE, WEIGHT, PEOPLE, ALL, wanted) == pytest.approx([expected])


def test_the_shortfall_is_a_mean_over_people_and_capped():
    over = 0.1 * 0 + 0.3 * 10 + 0.4 * 20 + 0.2 * (CAP_MIN - 20)
    assert shortfall(TIMES, ZONE, WEIGHT, PEOPLE, ALL, 20) == pytest.approx([over])


def test_pairs_are_counted_by_their_slower_direction():
    times = np.array([28.0, 55.0, 31.0])
    assert share_of_pairs(times, 31) == pytest.approx(2 / 3)
    assert [minutes_for_pairs(times, part) for part in (1 / 3, 0.5, 2 / 3, 1.0)] == [28, 31, 31, 55]
    assert minutes_for_pairs(np.array([]), 1.0) == np.inf


def test_the_weighted_median_is_passed_by_half():
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.3, 0.6])) == 2.0
    assert weighted_median(np.array([1.0, np.inf]), np.array([0.5, 0.5])) == 1.0


crowds = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.one_of(st.floats(0, 200), st.just(np.inf)), min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
        st.lists(st.floats(0.01, 1), min_size=n, max_size=n),
        st.lists(st.floats(1, 1e6), min_size=4, max_size=4),
        st.floats(0.01, 1),
    )
)


@given(crowds)
def test_the_target_holds_at_minutes_needed_and_not_just_below(crowd):
    times, zone, weight, people, wanted = crowd
    times, zone, weight = np.array(times), np.array(zone), np.array(weight)
    sums = np.bincount(zone, weights=weight, minlength=4)
    weight = weight / sums[zone]
    people = np.array([people]) * (sums > 0)
    needed = minutes_needed(times, zone, weight, people, np.ones(4, bool), wanted)[0]

    def share_at(limit):
        return share(people, inside_by_zone(times, zone, weight, 4, limit), np.ones(4, bool))[0]

    if np.isfinite(needed):
        assert share_at(needed) >= wanted - 1e-8
        if needed > 1e-6:
            assert share_at(needed - 1e-6) < wanted + 1e-8
    else:
        assert share_at(1e9) < wanted + 1e-8


@given(crowds, st.floats(0, 100), st.floats(0, 100))
def test_a_longer_limit_never_has_fewer_people(crowd, a, b):
    times, zone, weight, people, _ = crowd
    parts = [inside_by_zone(np.array(times), np.array(zone), np.array(weight), 4, limit) for limit in sorted((a, b))]
    low, high = (share(np.array([people]), part, np.ones(4, bool))[0] for part in parts)
    assert low <= high + 1e-12
