"""The best set under a budget against looking at every set."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commute.analysis.choosing import best
from commute.analysis.choosing.best import Rules, Terms, best_set
from commute.errors import BadValue


@st.composite
def choices(draw, most=7):
    n = draw(st.integers(1, most))
    sets = draw(st.lists(st.sets(st.integers(0, n - 1), min_size=1, max_size=4).map(sorted), max_size=14))
    dividend = np.array(draw(st.lists(st.integers(-30, 60), min_size=len(sets), max_size=len(sets))), float)
    cost = np.array(draw(st.lists(st.integers(0, 20), min_size=n, max_size=n)), float)
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda ab: ab[0] != ab[1])
    pairs = st.lists(pair, max_size=3).map(tuple) if n > 1 else st.just(())
    rules = Rules(cost=cost, excludes=draw(pairs), requires=draw(pairs))
    return Terms.of(n, sets, dividend), rules, float(draw(st.integers(0, 60)))


def looked_up(terms, rules, budget):
    """Value and cost of the best set, by trying every one."""
    best = (-np.inf, 0.0)
    for size in range(terms.n + 1):
        for members in combinations(range(terms.n), size):
            chosen = np.isin(np.arange(terms.n), members)
            if any(chosen[a] and chosen[b] for a, b in rules.excludes) or any(chosen[a] and not chosen[b] for a, b in rules.requires):
                continue
            value = sum(
                d for a, b, d in zip(terms.ptr[:-1], terms.ptr[1:], terms.dividend, strict=True) if set(terms.member[a:b]) <= set(members)
            )
            cost = rules.cost[chosen].sum()
            if cost <= budget:
                best = max(best, (value, -cost))
    return best[0], -best[1]


@settings(max_examples=80, deadline=None)
@given(choices())
def test_every_set_and_the_tree_find_the_best_one(problem):
    terms, rules, budget = problem
    value, cost = looked_up(terms, rules, budget)
    for found in (best_set(terms, rules, budget), best._searched(terms, rules, budget, 10**6)):
        assert found.value == pytest.approx(value) and found.cost <= budget
        assert terms.value(found.chosen) == pytest.approx(value) and rules.cost[found.chosen].sum() == pytest.approx(found.cost)
        assert found.exact and found.bound == pytest.approx(value)
    assert best_set(terms, rules, budget).cost == pytest.approx(cost)


@settings(max_examples=40, deadline=None)
@given(choices(), st.integers(1, 12))
def test_a_search_cut_short_says_a_bound_that_holds(problem, nodes):
    terms, rules, budget = problem
    found = best._searched(terms, rules, budget, nodes)
    assert found.value <= looked_up(terms, rules, budget)[0] + 1e-6 <= found.bound + 2e-6
    assert found.exact == (found.bound <= found.value + 1e-6)


def test_forty_players_are_searched_with_a_bound():
    rng = np.random.default_rng(3)
    sets = [[k] for k in range(40)] + [sorted(rng.choice(40, 2, replace=False).tolist()) for _ in range(60)]
    terms = Terms.of(40, sets, np.concatenate([rng.uniform(5, 50, 40), rng.uniform(-8, 8, 60)]))
    found = best_set(terms, Rules(cost=rng.uniform(1, 10, 40)), 40.0, most_nodes=200_000)
    assert found.cost <= 40 + 1e-6 and found.value <= found.bound <= 1.1 * found.value


def test_no_set_of_negative_worth_is_bought_and_bad_costs_are_refused():
    terms = Terms.of(2, [[0], [1]], np.array([-3.0, 0.0]))
    found = best_set(terms, Rules(cost=np.array([1.0, 1.0])), 9.0)
    assert not found.chosen.any() and found.value == 0 and found.cost == 0
    with pytest.raises(BadValue, match="the budget is -1, must be 0 or more"):
        best_set(terms, Rules(cost=np.zeros(2)), -1)
    with pytest.raises(BadValue, match="a cost is negative or missing"):
        best_set(terms, Rules(cost=np.array([np.nan, 1.0])), 1.0)
