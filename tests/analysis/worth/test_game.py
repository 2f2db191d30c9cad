"""The game of gaps: every set against brute force, Shapley values and interactions against their definitions, and the axioms."""

import warnings
from itertools import combinations, permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commute as cm
from commute.analysis.measure import field, reach
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import CAP_MIN
from commute.analysis.worth import coalitions
from commute.analysis.worth import game as game_file
from commute.analysis.worth.game import Game, Items, Measure, beside, game, people_game
from commute.analysis.worth.parts import Drawn
from commute.errors import BadValue, UnknownId
from commute.model.changes import OpenGap
from commute.routing.minplus import gap_arcs
from commute.routing.street import FAR
from gap_cities import city, masks

KINDS = ("shortfall", "inside", "minutes")
SETTINGS = {"minutes": 4 / 60, "cap_min": 9 / 60, "parking_s": 1}


def items_of(seed, n_items=10, n_o=5, n_d=4):
    """Items with none to three goals, some with another way."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 4, n_items)
    goal = np.concatenate([np.sort(rng.permutation(n_d)[:size]) for size in sizes]).astype(int)
    other = np.where(rng.random(n_items) < 0.4, rng.integers(1, 14, n_items), np.inf)
    items = Items(origin=rng.integers(0, n_o, n_items), goal_ptr=np.concatenate([[0], np.cumsum(sizes)]), goal=goal, other_s=other)
    weight = np.where(rng.random((3, n_items)) < 0.2, 0.0, rng.random((3, n_items)).round(3))
    return items, [Measure(name=f"m_{kind}", kind=kind, weight=one) for kind, one in zip(KINDS, weight, strict=True)]


def game_of(number, n_gaps=4, **more):
    """The game of a random city, and what Dijkstra says that a set is worth."""
    blocks, arcs, again = city(number, n_gaps=n_gaps, arcs_a_gap=1 + number % 2)
    items, measures = items_of(number)
    names = [f"g{k}" for k in range(n_gaps)]
    found = game((*blocks, arcs), items, measures, gaps=names, **SETTINGS, **more)
    return found, lambda mask: brute(blocks[0], again(mask), items, measures)


def brute(before_ds, after_ds, items, measures):
    """What the measures gain, item by item."""
    out = np.zeros(len(measures))
    for m, one in enumerate(measures):
        for times, sign in ((before_ds, 1), (after_ds, -1)):
            for k in range(len(items)):
                goals = items.goal[items.goal_ptr[k] : items.goal_ptr[k + 1]]
                ds = min((int(times[items.origin[k], j]) for j in goals), default=FAR)
                drive = (ds + 5) // 10 + SETTINGS["parking_s"] if ds < FAR else float("inf")
                t = min(drive, items.other_s[k]) / 60
                capped = min(t, SETTINGS["cap_min"])
                counts = {
                    "shortfall": max(0.0, capped - SETTINGS["minutes"]),
                    "inside": -float(t <= SETTINGS["minutes"] + 1e-9),
                    "minutes": capped,
                }
                out[m] += sign * one.weight[k] * counts[one.kind]
    return out


def test_every_set_is_worth_what_dijkstra_says_and_what_the_dividends_sum_to():
    some = np.zeros(3)
    for seed in range(120):
        found, worth = game_of(seed)
        assert found.exact and found.measures == ("m_shortfall", "m_inside", "m_minutes")
        sets, dividends = found.terms
        every = found.all_values()
        for bits, mask in enumerate(masks(4)):
            expected = worth(mask)
            some += np.abs(expected)
            assert found.value(mask) == pytest.approx(expected, abs=1e-9), f"seed {seed}, {mask}"
            assert found.value([f"g{k}" for k in np.flatnonzero(mask)]) == pytest.approx(expected, abs=1e-9)
            inside = [set(one) <= set(np.flatnonzero(mask)) for one in sets]
            assert dividends[inside].sum(axis=0) == pytest.approx(expected, abs=1e-9)
            assert every[bits] == pytest.approx(expected, abs=1e-9)
    assert (some > 1).all()


def test_shapley_last_in_and_interaction_equal_their_definitions():
    pairs = 0
    for seed in range(40):
        found, worth = game_of(seed)
        value = {frozenset(np.flatnonzero(mask)): worth(mask) for mask in masks(4)}
        shapley = np.zeros((4, 3))
        for order in permutations(range(4)):
            for k, gap in enumerate(order):
                shapley[gap] += value[frozenset(order[: k + 1])] - value[frozenset(order[:k])]
        assert found.shapley().to_numpy() == pytest.approx(shapley / factorial(4), abs=1e-9)
        assert (found.shapley_error().to_numpy() == 0).all()
        everything = frozenset(range(4))
        assert found.alone().to_numpy() == pytest.approx(np.array([value[frozenset([g])] for g in range(4)]), abs=1e-9)
        assert found.last_in().to_numpy() == pytest.approx(
            np.array([value[everything] - value[everything - {g}] for g in range(4)]), abs=1e-9
        )
        table = found.interaction().set_index(["gap_a", "gap_b"])
        for a, b in combinations(range(4), 2):
            rest = [k for k in range(4) if k not in (a, b)]
            expected = np.zeros(3)
            for size in range(3):
                for given_ in map(frozenset, combinations(rest, size)):
                    weight = factorial(size) * factorial(2 - size) / factorial(3)
                    expected += weight * (value[given_ | {a, b}] - value[given_ | {a}] - value[given_ | {b}] + value[given_])
            if (f"g{a}", f"g{b}") in table.index:
                assert table.loc[(f"g{a}", f"g{b}")].to_numpy() == pytest.approx(expected, abs=1e-9)
                pairs += 1
            else:
                assert expected == pytest.approx(np.zeros(3), abs=1e-9)
    assert pairs > 20


@settings(max_examples=80)
@given(st.integers(0, 100_000))
def test_shapley_values_sum_to_the_value_of_all_and_ignore_dummies(seed):
    blocks, arcs, _ = city(seed, n_gaps=4)
    items, measures = items_of(seed)
    shut = gap_arcs(
        [*arcs.gap, 5], [*arcs.a, arcs.a[0]], [*arcs.b, arcs.b[0]], [*arcs.ds, FAR], [*arcs.directed, False], n_gaps=6
    )  # fmt: skip
    found = game((*blocks, shut), items, measures, gaps=list("abcdef"), **SETTINGS)  # e has no link, f one that is shut
    assert found.shapley().sum().to_numpy() == pytest.approx(found.value(list("abcdef")), abs=1e-9)
    assert not found.shapley().loc[["e", "f"]].any(axis=None)
    assert not set("ef") & {*found.interaction()["gap_a"], *found.interaction()["gap_b"]}


@settings(max_examples=80)
@given(st.integers(0, 100_000))
def test_gaps_alike_are_worth_alike_and_stand_in_for_each_other(seed):
    blocks, arcs, _ = city(seed, n_gaps=3)
    items, measures = items_of(seed)
    twin = gap_arcs(
        [*arcs.gap, 3], [*arcs.a, arcs.a[0]], [*arcs.b, arcs.b[0]], [*arcs.ds, arcs.ds[0]], [*arcs.directed, arcs.directed[0]], n_gaps=4
    )  # fmt: skip
    found = game((*blocks, twin), items, measures, gaps=list("abcd"), **SETTINGS)
    assert found.shapley().loc["a"].to_numpy() == pytest.approx(found.shapley().loc["d"].to_numpy(), abs=1e-9)
    assert found.last_in().loc["a"].to_numpy() == pytest.approx(np.zeros(3), abs=1e-12)
    assert found.value(["a"]) == pytest.approx(found.value(["a", "d"]), abs=1e-12)
    both = found.interaction().set_index(["gap_a", "gap_b"])
    if found.value(["a"]).any() and not found.value(["b", "c"]).any():
        assert (both.loc[("a", "d")] <= 1e-12).all()


def test_all_values_of_some_gaps_leave_the_others_shut():
    for seed in range(20):
        found, _ = game_of(seed)
        every = found.all_values(["g3", "g1"])
        for bits, opened in enumerate(([], ["g3"], ["g1"], ["g1", "g3"])):
            assert every[bits] == pytest.approx(found.value(opened), abs=1e-12)


def test_large_tables_are_read_and_not_summed(monkeypatch):
    monkeypatch.setattr(coalitions, "SMALL", 1)
    for seed in range(20):
        found, _ = game_of(seed)
        for bits, mask in enumerate(masks(4)):
            assert found.all_values()[bits] == pytest.approx(found.value(mask), abs=1e-12)


def test_joining_groups_changes_no_value(monkeypatch):
    joined, apart = 0, 0
    for seed in range(20):
        monkeypatch.setattr(game_file, "PART_COST", 20_000)
        few, _ = game_of(seed)
        monkeypatch.setattr(game_file, "PART_COST", -1)
        many, _ = game_of(seed)
        joined, apart = joined + len(few.parts), apart + len(many.parts)
        for mask in masks(4):
            assert few.value(mask) == pytest.approx(many.value(mask), abs=1e-12)
        assert few.terms[0] == many.terms[0] and few.terms[1] == pytest.approx(many.terms[1], abs=1e-9)
    assert joined < apart


def test_beyond_what_can_be_enumerated_orders_are_drawn_and_sets_stay_exact(monkeypatch):
    monkeypatch.setattr(game_file, "FEW", 1)
    drawn, off = 0, []
    for seed in range(60):
        told: list[tuple[int, int]] = []
        found, worth = game_of(seed, samples=60, seed=seed, progress=lambda *both, told=told: told.append(both))
        assert not found.parts or told[-1][0] == told[-1][1] > 0
        wide = [part for part in found.parts if isinstance(part, Drawn)]
        if not wide:
            continue
        drawn += 1
        assert not found.exact
        for mask in masks(4):
            assert found.value(mask) == pytest.approx(worth(mask), abs=1e-9)
        assert found.shapley().sum().to_numpy() == pytest.approx(worth(np.ones(4, bool)), abs=1e-9)
        with monkeypatch.context() as usual:
            usual.setattr(game_file, "FEW", 20)
            sure, _ = game_of(seed)
        assert found.alone().to_numpy() == pytest.approx(sure.alone().to_numpy(), abs=1e-9)
        assert found.last_in().to_numpy() == pytest.approx(sure.last_in().to_numpy(), abs=1e-9)
        error = found.shapley_error().to_numpy()
        away = np.abs(found.shapley().to_numpy() - sure.shapley().to_numpy())
        assert (away[error < 1e-12] < 1e-9).all()
        off.extend((away / np.maximum(error, 1e-12))[error >= 1e-12])
        again, _ = game_of(seed, samples=60, seed=seed)
        assert (again.shapley() == found.shapley()).all(axis=None)
        assert found.interaction()["m_minutes"].isna().any()
        with monkeypatch.context() as wider:
            wider.setattr(coalitions, "FEW", 1)
            with pytest.raises(BadValue, match="what sets of them are worth is not gone through; ask about fewer of them"):
                _ = found.terms
        for mask in masks(4):
            few = found.among(mask)
            assert few.exact and few.value(few.gaps) == pytest.approx(worth(mask), abs=1e-9)
        most = wide[0].most()
        for g in wide[0].gaps:
            for mask in masks(4):
                more = worth(mask | (np.arange(4) == g)) - worth(mask)
                few = sum((part.value(mask | (np.arange(4) == g)) - part.value(mask) for part in found.parts[:-1]), np.zeros(3))
                assert (more - few <= most[list(wide[0].gaps).index(g)] + 1e-9).all()
        both = beside(found, sure)
        assert both.value(np.ones(4, bool)) == pytest.approx([*found.value(np.ones(4, bool)), *sure.value(np.ones(4, bool))])
        assert both.shapley().iloc[:, :3].to_numpy() == pytest.approx(found.shapley().to_numpy())
    assert drawn > 10 and len(off) > 20
    assert max(off) < 5 and np.mean(np.array(off) < 2) > 0.85  # standard errors say how far off a mean is


def test_two_games_beside_each_other_keep_their_values():
    found, _ = game_of(3)
    both = beside(found, found)
    assert both.measures == (*found.measures, *found.measures)
    assert both.value(["g0", "g2"]) == pytest.approx([*found.value(["g0", "g2"]), *found.value(["g0", "g2"])])
    with pytest.raises(BadValue, match="different gaps"):
        beside(found, Game(gaps=("a",), measures=(), parts=()))


def test_what_is_not_in_the_game_is_refused():
    found, _ = game_of(0)
    with pytest.raises(UnknownId, match=r"^no gap 'g9' "):
        found.value(["g9"])
    with pytest.raises(BadValue, match=r"^the set has shape \(2,\), there are 4 gaps$"):
        found.value(np.ones(2, bool))
    with pytest.raises(BadValue, match=r"^a gap is given twice$"):
        found.all_values(["g1", "g1"])
    with pytest.raises(BadValue, match=r"^all sets of 21 gaps are too many; give at most 20$"):
        found.all_values([f"g{k}" for k in range(21)])
    blocks, arcs, _ = city(0)
    items, measures = items_of(0)
    with pytest.raises(BadValue, match=r"their links are of"):
        game((*blocks, arcs), items, measures, gaps=["a"] * arcs.n_gaps + ["b"], **SETTINGS)
    with pytest.raises(BadValue, match=r"^measure bad: weight has shape \(1,\), there are 10 items$"):
        game(
            (*blocks, arcs), items, [Measure(name="bad", kind="inside", weight=np.ones(1))],
            gaps=[f"g{k}" for k in range(arcs.n_gaps)], **SETTINGS,
        )  # fmt: skip


# on the shipped network ------------------------------------------------------------------------------------------


def road_gaps(net):
    """Gaps with a road of their own that are shut on the day."""
    rows = net.gaps
    known = (rows["kind"] != "planned_line") & (rows["from_node_id"] != "") & (rows["length_km"] > 0)
    return list(rows.index[known])


def opened_in(net, gaps):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cm.CommuteWarning)  # some of them no query sees
        return net.apply(*[OpenGap(gap=gap) for gap in gaps])


def totals(net, target):
    """Shortfall person-minutes, −people inside and person-minutes of a network, from its own times."""
    profiles, goals = reach.profiles_of(target), field.goals_of(net, target)
    here = field.field(net, target, profiles, goals)
    who = people(net)
    weight = who.weight * (who.population * who.within(target.area))[who.zone]
    times, cap = here.kinds["another"], max(CAP_MIN, target.minutes)
    capped = np.minimum(times, cap)
    return np.array([weight @ np.maximum(0, capped - target.minutes), -weight @ (times <= target.minutes + 1e-9), weight @ capped])


@pytest.mark.parametrize("target", [cm.Target(mode="car", minutes=55), cm.Target(mode="car", minutes=40, when="off_peak", area="core")])
def test_sets_of_the_shipped_gaps_are_worth_what_routing_again_says(now, target):
    gaps = road_gaps(now)
    found = people_game(now, target, gaps)
    assert found.exact and len(gaps) > 30
    base = totals(now, target)
    overlaps = now.table("gap").set_index("gap_id")["excludes"]
    luck, moved = np.random.default_rng(4), np.zeros(3)
    sets = [[gap] for gap in found.alone().nlargest(2, "person_min").index]
    for _ in range(3):
        some = [gap for gap in gaps if luck.random() < 0.5]
        sets.append([gap for k, gap in enumerate(some) if not set(overlaps[gap].split(";")) & set(some[:k])])
    for opened in sets:
        expected = base - totals(opened_in(now, opened), target)
        assert found.value(opened) == pytest.approx(expected, rel=1e-9, abs=1e-3)
        moved += np.abs(expected)
    assert (moved[[0, 2]] > 1000).all()
    assert found.shapley().sum().to_numpy() == pytest.approx(found.value(gaps), rel=1e-9)


def test_ways_by_train_stay_and_cap_what_a_gap_is_worth(now):
    gaps = road_gaps(now)
    by_car = people_game(now, cm.Target(mode="car", minutes=60), gaps).value(gaps)
    best = people_game(now, cm.Target(mode="best", minutes=60), gaps)
    assert 0 < best.value(gaps)[2] <= by_car[2]
    assert best.about["judged"] == "people" and best.about["date"] == "2026-11-03" and best.about["exact"]
    nothing = people_game(now, cm.Target(mode="transit", minutes=60), gaps)
    assert not nothing.value(gaps).any() and nothing.exact and not nothing.alone().any(axis=None)


def test_the_pairs_of_a_target_are_judged_each_way(now):
    target = cm.HALF_HOUR_XIANGTAN_2022.but(mode="car", minutes=50)
    gaps = road_gaps(now)
    extra = Measure(name="twice", kind="minutes", weight=np.full(4, 2.0))
    found = people_game(now, target, gaps, extra_measures=[extra])
    assert found.about["judged"] == "directed pairs, each of weight 1"
    minutes = cm.check(now, target, levels=("central",), redistributions=0).pairs["minutes"]
    opened = found.alone().nlargest(2, "person_min").index.tolist()
    after = cm.check(opened_in(now, opened), target, levels=("central",), redistributions=0).pairs["minutes"]
    value = dict(zip(found.measures, found.value(opened), strict=True))
    assert value["person_min"] == pytest.approx((minutes - after).sum()) and value["person_min"] > 0
    assert value["twice"] == pytest.approx(2 * value["person_min"])
    assert value["people_inside"] == (after <= 50).sum() - (minutes <= 50).sum()
