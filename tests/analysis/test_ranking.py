"""Ranks of gaps against opening each one and routing anew."""

from itertools import combinations, permutations

import numpy as np
import pytest

import commute as cm
from commute.analysis.ranking import interactions, rank
from commute.analysis.worth import moved
from commute.analysis.worth.stakes import MEASURES, stakes
from commute.errors import UnknownId
from commute.model.target import Target
from tinytown import AS_OF, frame, tiny_tables

CAR = Target(mode="car", when="free", minutes=8)
ROADS = ("g_north", "g_tied")


def with_gaps(make_town, **changes):
    """The tiny town on its day with its first gap changed, and a third one that is a bottleneck of the bridge."""
    rows = tiny_tables()["gap"].to_dict("records")
    north = next(row for row in rows if row["gap_id"] == "g_north")
    narrow = {
        **north,
        "gap_id": "g_narrow",
        "name_zh": "窄桥",
        "kind": "bottleneck",
        "from_node_id": "n11",
        "to_node_id": "n21",
        "length_km": 4.0,
        "free_speed_kmh": 90.0,
    }
    north |= changes
    return make_town(gap=frame("gap", [*rows, narrow])).on(AS_OF)


def improved(net, target, opened):
    """What opening these gaps improves, by routing both networks."""
    after = net.apply(*(cm.OpenGap(gap=one) for one in opened)) if opened else net
    return (stakes(net, target, ()).totals - stakes(after, target, ()).totals)[: len(MEASURES)]


def test_the_worth_of_a_gap_alone_is_that_of_opening_and_routing_anew(make_town):
    net = make_town().on(AS_OF)
    found = rank(net, CAR, moves=0)
    for gap in ROADS:
        assert found.loc[gap, list(MEASURES)].to_numpy(float) == pytest.approx(improved(net, CAR, [gap]), abs=1e-6)
    assert found["person_min"].max() > 0 and found["all_person_min"].max() > 0


def test_last_in_and_shapley_are_those_of_all_orders(make_town):
    net = with_gaps(make_town)
    found = rank(net, CAR, moves=0)
    mine = list(found.index[found["group"] == "gap"])
    value = {some: improved(net, CAR, some) for size in range(3) for some in combinations(sorted(mine), size)}
    for gap in mine:
        gains = []
        for order in permutations(mine):
            before = order[: order.index(gap)]
            gains.append(value[tuple(sorted([*before, gap]))] - value[tuple(sorted(before))])
        rest = tuple(sorted(set(mine) - {gap}))
        for suffix, wanted in (("_shapley", np.mean(gains, axis=0)), ("_last_in", value[tuple(sorted(mine))] - value[rest])):
            assert found.loc[gap, [f"{one}{suffix}" for one in MEASURES]].to_numpy(float) == pytest.approx(wanted, abs=1e-6)


def test_interactions_say_which_gaps_replace_each_other(make_town):
    net = with_gaps(make_town)
    both = ["g_narrow", "g_north"]
    found = interactions(net, CAR, candidates=both)
    wanted = improved(net, CAR, both) - improved(net, CAR, both[:1]) - improved(net, CAR, both[1:])
    assert len(found) == 1 and found.loc[0, ["a", "b"]].tolist() == both
    assert found.loc[0, list(MEASURES)].to_numpy(float) == pytest.approx(np.where(np.abs(wanted) < 1, 0, wanted), abs=1e-6)
    assert found.loc[0, ["relation", "relation_zh"]].tolist() == ["substitutes", "替代"]


def test_bottlenecks_are_ranked_apart(make_town):
    found = rank(with_gaps(make_town), CAR, moves=5)
    assert found.loc["g_narrow", ["group", "rank"]].tolist() == ["bottleneck", 1.0]
    assert "without diverted traffic" in found.loc["g_narrow", "note"] and "不计改道车流" in found.loc["g_narrow", "note_zh"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"from_error_km": 2.5}, "its ends are known to 2.5 km, which is not under half its length of 4.124 km"),
        ({"length_km": np.nan, "no_effect": "length not published"}, "length not published"),
        ({"from_node_id": "", "to_node_id": ""}, "its ends or its length are not known"),
    ],
)
def test_what_cannot_be_resolved_is_not_ranked_and_says_why(make_town, changes, reason):
    found = rank(with_gaps(make_town, **changes), CAR, moves=0).loc["g_north"]
    assert found["group"] == "not rankable" and np.isnan(found["rank"]) and not found["resolvable"]
    assert found["reason"] == reason and np.isnan(found["person_min_shapley"])


def test_road_gaps_do_nothing_for_public_transport(make_town):
    found = rank(make_town().on(AS_OF), Target(mode="transit"), moves=0)
    assert set(found["group"]) == {"no effect"} and found["rank"].isna().all()
    assert set(found["reason"]) == {"a road gap changes no journey by public transport"}


def test_candidates_are_taken_as_asked(make_town):
    town = make_town().on(AS_OF)
    assert list(rank(town, CAR, candidates=["g_north"], moves=0).index) == ["g_north"]
    assert set(rank(town, CAR, candidates=town.gaps, moves=0).index) == set(ROADS)
    with pytest.raises(UnknownId, match="nearest: g_north"):
        rank(town, CAR, candidates=["g_nort"])


def test_the_range_of_ranks_holds_the_rank_and_narrows_to_it_where_ends_are_sure(make_town):
    sure = rank(with_gaps(make_town, from_error_km=0.0, to_error_km=0.0), CAR, moves=30)
    loose = rank(with_gaps(make_town, from_error_km=2.0, to_error_km=2.0), CAR, moves=30)
    for found in (sure, loose):
        ranked = found[found["rank"].notna()]
        assert (ranked["rank_low"] <= ranked["rank"]).all() and (ranked["rank"] <= ranked["rank_high"]).all()
        assert ranked["p_top10"].between(0, 1).all() and (ranked["tie_group"] >= 1).all()
    assert (sure.loc[sure["rank"].notna(), "rank_low"] == sure.loc[sure["rank"].notna(), "rank_high"]).all()
    assert rank(with_gaps(make_town, from_error_km=2.0), CAR, moves=30).equals(rank(with_gaps(make_town, from_error_km=2.0), CAR, moves=30))


def test_an_unmoved_gap_is_worth_what_it_is_and_no_move_is_shorter_than_straight(make_town):
    net = with_gaps(make_town, from_error_km=0.0, to_error_km=0.0)
    drawn = moved.moved_values(net, CAR, ["g_north"], moves=3)
    assert drawn[:, 0, :3] == pytest.approx(np.tile(improved(net, CAR, ["g_north"])[:3], (3, 1)), abs=1e-6)


def test_equal_values_share_a_rank():
    values = np.array([[[5.0, 1.0], [5.0, 1.0], [5.0, 2.0], [0.0, 9.0]]])
    assert moved.ranks(values, 1.0).tolist() == [[2.0, 2.0, 1.0, 4.0]]
    assert moved.tie_groups(np.array([[1, 2, 3], [2, 1, 3], [1, 2, 3], [2, 1, 3]]), [0, 1, 2]) == {0: 1, 1: 1, 2: 2}


def test_detours_are_those_of_the_network(make_town):
    net = make_town().on(AS_OF)
    found = rank(net, CAR, moves=0).loc["g_north"]
    times = cm.travel_times(
        net, net.nodes.loc[["n12"]].reset_index(names="id"), net.nodes.loc[["n22"]].reset_index(names="id"), profile=cm.CAR
    )
    assert found["detour_ratio"] > 1.2 and found["saves_between_min"] > 1
    assert found["saves_between_min"] * found["detour_ratio"] / (found["detour_ratio"] - 1) == pytest.approx(
        times.to_frame()["minutes"].iloc[0] - net.constant("parking_min"), abs=0.1
    )
    assert 1 <= found["zones_served"] <= 6
