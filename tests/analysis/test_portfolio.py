"""The best set under a budget against routing every set anew; frontier and programme against trying all."""

import re
from itertools import combinations, permutations

import numpy as np
import pytest

import commute as cm
from commute.analysis.choosing import choices as choices_file
from commute.analysis.choosing import solving
from commute.analysis.choosing.choices import Choices, covered
from commute.analysis.choosing.options import options_of, rules_between
from commute.analysis.frontier import frontier
from commute.analysis.portfolio import portfolio, usable
from commute.analysis.programme import programme
from commute.analysis.worth import coalitions
from commute.analysis.worth import game as game_file
from commute.analysis.worth.stakes import MEASURES, stakes
from commute.errors import BadValue, UnknownId
from commute.model.results.amounts import MEASURE_HEADS, money
from commute.model.results.portfolio import WHAT, _amount
from commute.model.target import Target
from tinytown import AS_OF, frame, tiny_tables

TARGET = Target(mode="car", when="free", minutes=8)
BEST = Target(mode="best", minutes=20)


def priced(name, amount, *changes, **more):
    return cm.Scenario(name=name, changes=changes, cost=cm.Cost(amount_mcny=amount, price_year=2025), **more)


@pytest.fixture
def net(make_town):
    """The tiny town with three gaps: two bridges that replace each other and an upgrade."""
    rows = tiny_tables()["gap"].to_dict("records")
    north = next(row for row in rows if row["gap_id"] == "g_north")
    wide = {
        "gap_id": "g_wide",
        "kind": "upgrade",
        "name_zh": "宽桥",
        "from_node_id": "n11",
        "to_node_id": "n21",
        "length_km": 4.0,
        "free_speed_kmh": 90.0,
    }
    return make_town(gap=frame("gap", [*rows, {**north, **wide, "cost_mcny": 700.0}])).on(AS_OF)


def routed(net, target, chosen):
    """What these scenarios improve, by routing both networks."""
    after = net.apply(*chosen) if chosen else net
    return (stakes(net, target, ()).totals - stakes(after, target, ()).totals)[: len(MEASURES)]


def best_of_all(net, target, options, budget):
    """The largest value of any allowed set within the budget, each routed anew."""
    excludes, requires, _ = rules_between(options)
    best = 0.0
    for size in range(len(options) + 1):
        for some in combinations(range(len(options)), size):
            if any(a in some and b in some for a, b in excludes) or any(a in some and b not in some for a, b in requires):
                continue
            if sum(options[k].price("central") for k in some) <= budget:
                best = max(best, routed(net, target, [options[k].scenario for k in some])[0])
    return best


@pytest.mark.parametrize("budget", [0, 400, 750, 1000, 1700, 3000])
def test_the_best_set_of_gaps_is_that_of_all_sets_routed_anew(net, budget):
    found = portfolio(net, TARGET, budget_mcny=budget)
    options, _ = usable(net, None, "all")
    assert found.value["shortfall_person_min"] == pytest.approx(best_of_all(net, TARGET, options, budget), abs=1e-3)
    assert found.exact and found.cost_mcny <= budget and found.bound == pytest.approx(found.value["shortfall_person_min"], rel=1e-6, abs=1)
    shares = found.chosen[[f"{one}_share" for one in MEASURES]].sum() if len(found.chosen) else np.zeros(len(MEASURES))
    assert np.asarray(shares) == pytest.approx([found.value[one] for one in MEASURES], abs=1e-3)  # shares of the set sum to its value


def mixture():
    """Two gaps, and two things that are routed, one of which needs a gap."""
    entry = priced("entry", 300.0, cm.SetEntry(station_class="intercity", entry_min=1.0, gate_min=0.0))
    windows = [cm.Window(start="06:00", end="10:00", headway_min=3)]
    often = priced("often", 500.0, cm.SetHeadway(line=("IC1",), windows=windows), requires=("g_wide",))
    return ["g_north", "g_wide", entry, often]


@pytest.mark.parametrize("budget", [350, 1000, 1600, 2500])
def test_road_and_rail_together_are_those_of_all_sets_routed_anew(net, budget, monkeypatch):
    options, _ = usable(net, mixture(), "all")
    wanted = best_of_all(net, BEST, options, budget)
    found = portfolio(net, BEST, budget_mcny=budget, candidates=mixture())
    assert found.value["shortfall_person_min"] == pytest.approx(wanted, rel=1e-6, abs=1.0) and found.exact
    monkeypatch.setattr(solving, "MOST_ROUTED", 0)  # so that branch and bound is asked
    again = solving.solve(Choices(net, BEST, options), options, "central", budget, MEASURES[0])
    assert again.value == pytest.approx(wanted, rel=1e-5, abs=1.0) and again.bound >= again.value


def test_joint_dividends_give_the_value_of_every_set(net):
    options, _ = usable(net, mixture(), "all")
    choices = Choices(net, BEST, options)
    sets, dividends = choices.joint_terms()
    for size in range(len(options) + 1):
        for some in combinations(range(len(options)), size):
            told = sum((each for one, each in zip(sets, dividends, strict=True) if set(one) <= set(some)), np.zeros(len(choices.measures)))
            assert told == pytest.approx(choices.value(some), abs=1e-3)


def test_options_that_share_a_gap_count_it_once():
    sets, dividends = covered([(0,), (0, 1)], np.array([[5.0], [2.0]]), [(0, 1), (2,)])
    value = dict(zip(sets, dividends[:, 0], strict=True))
    assert value == {(0,): 5, (1,): 5, (0, 1): -5, (0, 2): 2, (1, 2): 2, (0, 1, 2): -2}


def test_what_cannot_be_bought_says_why(net):
    found = portfolio(net, TARGET, budget_mcny=5000, costs="published", candidates=["g_north", "g_tied", cm.OpenGap(gap="g_wide")])
    assert found.left_out.loc["g_tied", "reason"] == "its cost is not published" and "没有公布" in found.left_out.loc["g_tied", "reason_zh"]
    needy = portfolio(net, TARGET, budget_mcny=5000, candidates=[priced("x", 1.0, cm.OpenGap(gap="g_north"), requires=("y",))])
    assert needy.left_out.loc["x", "reason"] == "it requires y, which cannot be chosen" and not len(needy.chosen)
    bare = cm.Scenario(name="bare", changes=[cm.SetEntry(station_class="metro", entry_min=0)])
    assert "no published cost" in portfolio(net, BEST, budget_mcny=10, candidates=["g_tied", bare]).left_out.loc["bare", "reason"]


def test_overlapping_gaps_are_never_both_chosen(make_town):
    gap = tiny_tables()["gap"]
    gap["excludes"] = gap["gap_id"].map({"g_north": "g_tied", "g_tied": "g_north"})
    found = portfolio(make_town(gap=gap).on(AS_OF), TARGET, budget_mcny=90_000)
    assert len(found.chosen) == 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"budget_mcny": -1}, "budget_mcny is -1, must be from 0 to 10 million"),
        ({"budget_mcny": float("nan")}, "budget_mcny is nan"),
        ({"budget_mcny": 1, "costs": "guessed"}, "costs is 'guessed', must be all or published"),
        ({"budget_mcny": 1, "measure": "joy"}, "measure is 'joy', must be one of shortfall_person_min"),
        ({"budget_mcny": 1, "candidates": []}, "no candidate is given"),
    ],
)
def test_bad_wishes_are_refused(net, asked, message):
    with pytest.raises(BadValue, match=message):
        portfolio(net, TARGET, **asked)


def test_an_unknown_candidate_is_told_with_the_nearest(net):
    with pytest.raises(UnknownId, match="no gap or project 'g_nort' \\(nearest: g_north"):
        portfolio(net, TARGET, budget_mcny=1, candidates=["g_nort"])


def test_the_frontier_rises_and_each_step_is_the_portfolio_of_its_budget(net):
    found = frontier(net, TARGET)
    assert found["budget_mcny"].is_monotonic_increasing and found["shortfall_person_min"].is_monotonic_increasing and found["exact"].all()
    for row in found.itertuples():
        assert portfolio(net, TARGET, budget_mcny=row.budget_mcny).value["shortfall_person_min"] == pytest.approx(row.shortfall_person_min)
    asked = frontier(net, TARGET, budgets_mcny=[800, 100])
    assert list(asked["budget_mcny"]) == [100, 800] and (asked["bound"] >= asked["shortfall_person_min"] - 1e-6).all()


def test_the_programme_is_the_best_of_all_orders(net):
    budgets = {2027: 500.0, 2028: 500.0, 2029: 900.0}
    found = programme(net, TARGET, budget_by_year=budgets)
    options, _ = usable(net, None, "all")
    choices = Choices(net, TARGET, options)
    best = 0.0
    for order in permutations(range(len(options))):
        for stop in range(len(options) + 1):
            built, total, money_left = [], 0.0, 0.0
            for budget in budgets.values():
                money_left += budget
                while len(built) < stop and options[order[len(built)]].price("central") <= money_left:
                    money_left -= options[order[len(built)]].price("central")
                    built.append(order[len(built)])
                total += choices.value(built)[0]
            best = max(best, total)
    assert found.attrs["exact"] and found.attrs["total"] == pytest.approx(best, rel=1e-9)
    assert (found["left_mcny"] >= -1e-6).all() and found["year"].is_monotonic_increasing
    with pytest.raises(BadValue, match="budget_by_year has 0 years"):
        programme(net, TARGET, budget_by_year={})


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_is_called_by_its_own_name(net, measure):
    found = portfolio(net, TARGET, budget_mcny=1000, measure=measure)
    said = WHAT["en"][measure].format(_amount(measure, found.value[measure], "en"))
    assert said in found.sentence("en") and MEASURE_HEADS[measure][1] in found.answer("en")
    assert ("shortfall" in found.answer("en").split("Assumed:")[0]) == (measure == "shortfall_person_min")


def test_the_sentence_says_what_is_built_in_both_languages(net):
    found = portfolio(net, TARGET, budget_mcny=1000)
    assert found.sentence("zh").startswith("10 亿元：建 ") and "1 billion yuan builds" in found.sentence("en")
    assert "Network of 2026-11-03" in found.definition("en") and "路网日期" in found.definition("zh")
    assert money(3000, "zh").strip() == "30 亿元" and money(3000, "en") == "3 billion" and money(12, "en") == "12 million"
    assert "在" in portfolio(net, TARGET, budget_mcny=0).sentence("zh") or "没有" in portfolio(net, TARGET, budget_mcny=0).sentence("zh")


def test_how_each_cost_was_found_stands_beside_it(net):
    found = portfolio(net, TARGET, budget_mcny=5000)
    published = [one for one in found.chosen.index if one not in found.about["assumed_costs"]]
    row = found.by_costs.loc["central"]
    assert row["cost_basis"] == f"{len(published)} of {len(found.chosen)} published"
    assert set(row["assumed_costs"].split(";")) - {""} == set(found.chosen.index) - set(published)
    steps = frontier(net, TARGET)
    assert (
        steps["cost_basis"].iloc[-1] == f"{2 - len(steps['assumed_costs'].iloc[-1].split(';'))} of 2 published"
        and steps.loc[steps["keys"] == "", "cost_basis"].eq("").all()
    )
    built = programme(net, TARGET, budget_by_year={2027: 5000}).set_index("key")["cost_basis"]
    assert built.to_dict() == found.chosen.loc[built.index, "cost_basis"].to_dict()


def test_the_base_is_named_where_a_scenario_is_in_place(net):
    before = net.apply(cm.Scenario(name="north", name_zh="北桥通", changes=(cm.OpenGap(gap="g_north"),)))
    found = portfolio(before, TARGET, budget_mcny=5000, base=("北桥通", "north"))
    assert found.about["base"] == ("北桥通", "north") and found.about["scenarios"] == ("north",)
    for lang, name in (("zh", "“北桥通”"), ("en", "With north in place")):
        assert name in found.sentence(lang)
    assert "Network of 2026-11-03, with north." in found.definition("en") and "已含情景“北桥通”" in found.definition("zh")
    assert "现状" not in found.answer("zh") and "against today" not in found.answer("en")
    assert portfolio(before, TARGET, budget_mcny=0).about["base"] == ("north", "north")
    assert portfolio(net, TARGET, budget_mcny=0).about["base"] == ("现状", "today")


def test_what_is_to_be_paid_every_year_is_said(net):
    quick = cm.Scenario(name="quick", changes=(cm.OpenGap(gap="g_north"),), cost=cm.Cost(amount_mcny=10, price_year=2025, yearly_mcny=35))
    found = portfolio(net, TARGET, budget_mcny=100, candidates=[quick])
    assert list(found.chosen.index) == ["quick"]
    assert "此外每年需 3500 万元" in found.answer("zh")
    assert "Besides, 35 million yuan a year" in found.answer("en")
    assert portfolio(net, TARGET, budget_mcny=5000).yearly("zh") == ""


def test_the_answer_says_who_comes_within_45_and_60_minutes_and_no_long_figure(net):
    found = portfolio(net, TARGET, budget_mcny=5000)
    assert "within 45 min" in found.answer("en") and "60 分钟内的人口份额" in found.answer("zh")
    assert not any(re.search(r"\d{7}|\d,\d{3},\d{3}", found.answer(lang)) for lang in ("zh", "en"))


def test_tasks_of_the_register_are_options_too(shipped):
    now = shipped.on("2026-11-03")
    options = {one.key: one for one in options_of(now, now.projects)}
    assert options["pj_zhaoyun"].gaps == ("rg_zhaoyun",) and options["pj_zhaoyun"].cost is not None
    assert options["pj_wr1"].reason and options["pg_2020"].reason
    excludes, _, _ = rules_between(list(options.values()))
    keys = list(options)
    assert tuple(sorted((keys.index("pj_hq"), keys.index("pj_18_hq")))) in excludes  # they open one gap


@pytest.fixture
def tangled(monkeypatch):
    """No two gaps are few any more: what sets of them are worth is not gone through."""
    monkeypatch.setattr(game_file, "FEW", 1)
    monkeypatch.setattr(coalitions, "FEW", 1)
    monkeypatch.setattr(choices_file, "FEW", 1)


WIDE = Target(mode="car", when="free", minutes=3)


@pytest.mark.parametrize("budget", [0, 400, 750, 1000, 1700, 3000])
@pytest.mark.parametrize("target", [TARGET, WIDE, BEST])
def test_where_gaps_hang_together_the_bound_is_still_above_the_best(net, budget, target, tangled):
    options, _ = usable(net, None, "all")
    choices = Choices(net, target, options)
    wanted = best_of_all(net, target, options, budget)
    best = solving.solve(choices, options, "central", budget, MEASURES[0])
    assert best.value <= wanted + 1e-3 and wanted <= best.bound + 1e-3
    assert best.value == pytest.approx(routed(net, target, [options[k].scenario for k in np.flatnonzero(best.chosen)])[0], abs=1e-3)
    assert not best.exact or best.value == pytest.approx(wanted, abs=1e-3)


def test_where_gaps_hang_together_shares_are_drawn_and_sum_to_the_value(net, tangled):
    options, _ = usable(net, None, "all")
    choices = Choices(net, WIDE, options)
    assert not choices.exact and not choices.enumerable
    with pytest.raises(BadValue, match=r"^3 gaps matter to the same journeys, more than 1"):
        choices.joint_terms()
    shares, whole = choices.shares(), choices.value(range(3))
    assert shares["shapley"].sum(axis=0) == pytest.approx(whole, abs=1e-6) and (shares["error"] >= 0).all()
    two = choices.shares([0, 2])
    assert two["shapley"].sum(axis=0) == pytest.approx(choices.value([0, 2]), abs=1e-6) and not two["shapley"][1].any()
    assert two["alone"][2] == pytest.approx(choices.value([2])) and two["last_in"][0] == pytest.approx(whole_less(choices, [0, 2], 0))


def whole_less(choices, some, one):
    return choices.value(some) - choices.value([k for k in some if k != one])


def test_every_question_is_answered_where_gaps_hang_together(net, tangled):
    found = portfolio(net, WIDE, budget_mcny=1700, candidates=mixture())
    assert found.bound >= found.value["shortfall_person_min"] and len(found.chosen)
    steps = frontier(net, WIDE)
    assert (steps["bound"] >= steps["shortfall_person_min"]).all() and steps["shortfall_person_min"].is_monotonic_increasing
    planned = programme(net, WIDE, budget_by_year={2027: 800.0, 2028: 900.0})
    assert len(planned)
    ranked = cm.rank(net, WIDE, moves=0)
    assert ranked["shortfall_person_min_shapley"].notna().any()


def test_ranks_state_the_error_of_drawn_values(net, tangled, monkeypatch):
    monkeypatch.setattr(game_file, "SAMPLES", 7)
    drawn = cm.rank(net, WIDE, moves=0)
    assert (drawn["all_person_min_shapley_error"] >= 0).all() and drawn["all_person_min_shapley_error"].max() > 0
    monkeypatch.undo()
    sure = cm.rank(net.replaced(), WIDE, moves=0)
    assert not [name for name in sure if name.endswith("_error")]
    off = (drawn["all_person_min_shapley"] - sure["all_person_min_shapley"]).abs()
    assert (off <= 6 * drawn["all_person_min_shapley_error"] + 1e-6).all()


def test_a_road_that_a_routed_option_needs_is_built_with_it(net):
    links = tuple(net.in_use("link")["link_id"])
    fast = priced("fast", 10.0, cm.SetSpeed(link=links, factor=1.4), requires=("g_north",))
    other = priced("other", 1.0, cm.OpenGap(gap="g_wide"))
    options, _ = usable(net, ["g_north", fast, other], "all")
    budget = 10.0 + options[0].price("central")
    found = portfolio(net, TARGET, budget_mcny=budget, candidates=["g_north", fast, other])
    assert list(found.chosen.index.sort_values()) == ["fast", "g_north"] and found.exact
    assert found.value["shortfall_person_min"] == pytest.approx(best_of_all(net, TARGET, options, budget), abs=1e-3)
    assert "fast" not in portfolio(net, TARGET, budget_mcny=budget - 1.0, candidates=["g_north", fast, other]).chosen.index


def test_branch_and_bound_over_routed_options_keeps_to_what_they_need(net, monkeypatch):
    links = tuple(net.in_use("link")["link_id"])
    fast = priced("fast", 10.0, cm.SetSpeed(link=links, factor=1.4), requires=("g_north",))
    rival = priced("rival", 12.0, cm.SetSpeed(link=links, factor=1.1), excludes=("g_wide",))
    options, _ = usable(net, ["g_north", "g_wide", fast, rival], "all")
    monkeypatch.setattr(solving, "MOST_ROUTED", 0)
    for budget in (15.0, 500.0, 700.0, 1200.0, 5000.0):
        wanted = best_of_all(net, TARGET, options, budget)
        best = solving.solve(Choices(net, TARGET, options), options, "central", budget, MEASURES[0])
        assert best.value == pytest.approx(wanted, rel=1e-5, abs=1.0) and best.bound >= wanted - 1.0


def test_rules_of_parts_are_kept(net):
    a, b = priced("a", 5.0, cm.OpenGap(gap="g_north"), excludes=("p",)), priced("b", 5.0, cm.OpenGap(gap="g_wide"))
    p = priced("p", 1.0, cm.SetEntry(station_class="intercity", entry_min=1.0))
    u = priced("u", 1.0, cm.SetEntry(station_class="metro", entry_min=1.0), requires=("a",))
    found = portfolio(net, BEST, budget_mcny=1000, candidates=[cm.merge(a, b), p, u])
    assert not {"a + b", "p"} <= set(found.chosen.index)
    assert "u" not in found.left_out.index or "requires" not in found.left_out.loc["u", "reason"]


def test_the_budget_asked_about_is_among_the_steps_of_a_frontier(net, tangled):
    steps = frontier(net, WIDE, at_mcny=1234.5)
    assert 1234.5 in steps["budget_mcny"].tolist() and steps["budget_mcny"].is_monotonic_increasing
    with pytest.raises(BadValue, match="budget_mcny is -1"):
        frontier(net, WIDE, at_mcny=-1)
