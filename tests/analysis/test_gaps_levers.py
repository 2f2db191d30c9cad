"""What gaps are worth alone, and which lever a failing pair needs."""

import numpy as np
import pytest

from commute.analysis import levers, rank
from commute.analysis.gaps import gap_facts
from commute.analysis.levers import everything
from commute.errors import UnknownId
from commute.model.target import Target
from tinytown import frame, tiny_tables

CAR = Target(mode="car", when="free", minutes=8)


def with_gaps(make_town, **changes):
    """The tiny town with its first gap changed, and a third one that is a bottleneck of the bridge."""
    rows = tiny_tables()["gap"].to_dict("records")
    north = next(row for row in rows if row["gap_id"] == "g_north")
    narrow = {**north, "gap_id": "g_narrow", "name_zh": "窄桥", "kind": "bottleneck", "from_node_id": "n11", "to_node_id": "n21"}
    north |= changes
    return make_town(gap=frame("gap", [*rows, narrow]))


def test_gaps_are_ranked_by_the_shortfall_they_save(engine, make_town):
    # the fake engine takes one minute off for the first gap asked, two for the second, …
    found = rank(make_town(), CAR)
    assert list(found.index) == ["g_tied", "g_north"]
    assert list(found["rank"]) == [1, 2] and set(found["group"]) == {"gap"}
    assert found["shortfall_person_min"].is_monotonic_decreasing
    assert (found["person_min"] >= found["shortfall_person_min"]).all()
    assert found.loc["g_north", "person_min"] == pytest.approx(250_000 * 1.0, rel=0.01)


def test_bottlenecks_are_ranked_apart(engine, make_town):
    found = rank(with_gaps(make_town), CAR)
    assert found.loc["g_narrow", ["group", "rank"]].tolist() == ["bottleneck", 1.0]
    assert "without diverted traffic" in found.loc["g_narrow", "note"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"from_error_km": 2.5}, "its ends are known to 2.5 km, which is not under half its length of 4.124 km"),
        ({"length_km": np.nan, "no_effect": "length not published"}, "length not published"),
        ({"from_node_id": "", "to_node_id": ""}, "its ends or its length are not known"),
    ],
)
def test_what_cannot_be_resolved_is_not_ranked_and_says_why(engine, make_town, changes, reason):
    found = rank(with_gaps(make_town, **changes), CAR).loc["g_north"]
    assert found["group"] == "not rankable" and np.isnan(found["rank"]) and not found["resolvable"]
    assert found["reason"] == reason


def test_an_end_far_from_the_roads_is_not_resolvable(make_town):
    tables = tiny_tables()
    node = tables["node"]
    node.loc[node["node_id"] == "n22", ["node_type", "lat"]] = ["gap_end", 28.16]
    facts = gap_facts(make_town(node=node))
    assert facts.loc["g_north", "reason"].endswith("km from the nearest node of the road network")
    assert facts.loc["g_tied", "resolvable"]


def test_a_missing_cost_is_guessed_and_says_so_or_stays_unknown(make_town):
    gap = tiny_tables()["gap"]
    gap.loc[gap["gap_id"] == "g_north", "cost_class"] = "nothing like it"
    gap.loc[gap["gap_id"] == "g_north", "cost_mcny"] = np.nan
    facts = gap_facts(make_town(gap=gap))
    assert np.isnan(facts.loc["g_north", "cost_mcny"]) and facts.loc["g_north", "cost_basis"] == "no published cost"
    tied = facts.loc["g_tied"]
    assert tied["cost_mcny"] == pytest.approx(60 * gap.set_index("gap_id").loc["g_tied", "length_km"])
    assert tied["cost_low_mcny"] < tied["cost_mcny"] < tied["cost_high_mcny"] and tied["cost_basis"].startswith("assumed")
    assert gap_facts(make_town()).loc["g_north", ["cost_mcny", "cost_basis"]].tolist() == [900, "published"]


def test_road_gaps_do_nothing_for_public_transport(engine, make_town):
    found = rank(make_town(), Target(mode="transit"))
    assert set(found["group"]) == {"no effect"} and found["rank"].isna().all()
    assert set(found["reason"]) == {"a road gap changes no journey by public transport"}


def test_candidates_are_taken_as_asked(engine, make_town):
    town = make_town()
    assert list(rank(town, CAR, candidates=["g_north"]).index) == ["g_north"]
    assert list(rank(town, CAR, candidates=town.gaps).index) == ["g_tied", "g_north"]
    with pytest.raises(UnknownId, match="nearest: g_north"):
        rank(town, CAR, candidates=["g_nort"])


def test_levers_are_sorted_by_what_they_take_off_the_pair(engine, town):
    found = levers(town, Target(minutes=10))
    assert set(zip(found["from_id"], found["to_id"], strict=True)) == {("pl_west", "pl_east"), ("pl_east", "pl_west")}
    for _, pair in found.groupby(["from_id", "to_id"]):
        assert pair["saves_min"].is_monotonic_decreasing
        assert (pair["minutes"] - pair["minutes_after"] - pair["saves_min"]).abs().max() < 1e-9
    one = found[found["from_id"] == "pl_west"].set_index("lever_id")
    assert one.loc["g_tied", "saves_mode_min"] == pytest.approx(2) and one.loc["g_tied", "lever_mode"] == "car"
    assert one.loc["no_feeder", "saves_mode_min"] == pytest.approx(-5)
    assert one.loc["headway", "cost_basis"] == "no published cost" and np.isnan(one.loc["headway", "cost_mcny"])
    assert {"all_gaps", "entry", "metro_style", "rail_all"} <= set(one.index)


def test_pairs_that_hold_have_no_levers_unless_asked(engine, town):
    assert not len(levers(town, Target(minutes=100)))
    found = levers(town, Target(minutes=100), [("pl_west", "pl_east")], top=1)
    assert (found["kind"] == "gap").sum() == 1


def test_everything_opens_all_gaps_and_quickens_the_trains(town):
    done = everything(town, Target())
    assert set(done.in_use("gap")["gap_id"]) == {"g_north", "g_tied"}
    assert done.constant("entry_intercity_min") == 3 and done.constant("gate_intercity_min") == 0
    assert (done.table("frequencies")["headway_basis"] == "set by a scenario").any()
    assert everything(town, Target(minutes=9)) is done
