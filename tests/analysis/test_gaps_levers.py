"""What the data say of gaps, and which lever a failing pair needs."""

import numpy as np
import pytest

from commute.analysis import levers
from commute.analysis.levers import everything
from commute.analysis.worth.gaps import gap_facts
from commute.model.target import Target
from tinytown import tiny_tables


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
