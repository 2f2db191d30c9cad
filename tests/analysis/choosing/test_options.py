"""What options cost, and candidates that cannot be applied."""

import pytest

import commute as cm
from commute.analysis.choosing.options import options_of, rules_between
from commute.errors import BadScenario, CommuteError
from tinytown import AS_OF

ENTRY = cm.SetEntry(station_class="intercity", entry_min=1.0)


def entry(**cost):
    return cm.SetEntry(station_class="intercity", entry_min=1.0, cost=cm.Cost(price_year=2025, **cost))


@pytest.fixture
def net(make_town):
    return make_town().on(AS_OF)


def one(net, *changes, **more):
    return options_of(net, [cm.Scenario(name="s", changes=changes, **more)])[0]


def test_a_change_brings_its_own_cost_once_and_a_year(net):
    found = one(net, entry(amount_mcny=40.0, yearly_mcny=3.0, basis="published"))
    assert found.cost == (40.0, 40.0, 40.0) and found.yearly_mcny == 3.0 and found.published
    assert options_of(net, [entry(amount_mcny=40.0)])[0].cost == (40.0, 40.0, 40.0)  # a change by itself too
    yearly = one(net, entry(yearly_mcny=3.0))
    assert yearly.cost == (0.0, 0.0, 0.0) and yearly.yearly_mcny == 3.0


def test_costs_of_changes_and_gaps_are_summed(net):
    gap = options_of(net, ["g_north"])[0]
    both = one(net, cm.OpenGap(gap="g_north"), entry(amount_mcny=40.0))
    assert both.cost == pytest.approx([each + 40 for each in gap.cost]) and both.cost_basis == "assumed: the sum of its changes"
    parts = cm.merge(cm.Scenario(name="a", changes=[cm.OpenGap(gap="g_north")]), cm.Scenario(name="b", changes=[entry(amount_mcny=40.0)]))
    assert options_of(net, [parts])[0].cost == pytest.approx(both.cost)


def test_the_cost_of_the_whole_goes_before_those_of_its_changes(net):
    whole = cm.Cost(amount_mcny=10.0, price_year=2025)
    assert one(net, cm.OpenGap(gap="g_north"), entry(amount_mcny=40.0), cost=whole).cost == (10.0, 10.0, 10.0)


def test_a_part_without_cost_leaves_none_for_the_whole(net):
    found = one(net, cm.OpenGap(gap="g_north"), ENTRY)
    assert found.cost is None and found.cost_basis == "no cost of set_entry class intercity: give it, or one for all"
    assert one(net, ENTRY).cost_basis == "no published cost"


def test_a_gap_s_own_opening_may_state_another_cost(net):
    stated = one(net, cm.OpenGap(gap="g_north", cost=cm.Cost(amount_mcny=7.0, price_year=2025)))
    assert stated.cost == (7.0, 7.0, 7.0) and stated.gaps == ("g_north",)


def test_a_candidate_that_cannot_be_applied_is_an_error(net):
    with pytest.raises(CommuteError, match="IC9"):
        one(net, cm.SetHeadway(line=("IC9",), windows=[cm.Window(start="06:00", end="10:00", headway_min=3)]))
    with pytest.raises(BadScenario):
        one(net, cm.SetSpeed(link="l_none", free_speed_kmh=50))


def test_a_candidate_may_rest_on_another_that_it_requires(net):
    new = cm.Scenario(
        name="new", changes=[cm.AddLink(link_id="l9", from_node_id="n00", to_node_id="n21", length_km=30.0, free_speed_kmh=60)]
    )
    quick = cm.Scenario(name="quick", changes=[cm.SetSpeed(link="l9", free_speed_kmh=90)], requires=("new",))
    assert [each.key for each in options_of(net, [new, quick])] == ["new", "quick"]
    with pytest.raises(CommuteError, match="l9"):
        options_of(net, [quick])


def test_what_is_applied_once_is_paid_once(net):
    gap = options_of(net, ["g_north"])[0].cost
    assert one(net, cm.OpenGap(gap="g_north"), cm.OpenGap(gap="g_north")).cost == gap
    part = cm.Scenario(name="part", changes=[entry(amount_mcny=50.0)])
    left = cm.Scenario(name="left", changes=[cm.OpenGap(gap="g_north")], parts=(part,))
    metro = cm.SetEntry(station_class="metro", entry_min=1.0, cost=cm.Cost(amount_mcny=3.0, price_year=2025))
    right = cm.Scenario(name="right", changes=[metro], parts=(part,))
    both = options_of(net, [cm.merge(left, right)])[0]
    assert both.cost == pytest.approx([each + 53.0 for each in gap])


def test_a_yearly_cost_alone_leaves_what_a_gap_costs_to_build(net):
    found = one(net, cm.OpenGap(gap="g_north", cost=cm.Cost(yearly_mcny=2.0, price_year=2025)))
    assert found.cost == options_of(net, ["g_north"])[0].cost and found.yearly_mcny == 2.0


def test_who_opens_a_gap_in_another_way_excludes_the_gap_and_what_overlaps_it(net):
    wide = cm.Scenario(name="wide", changes=[cm.OpenGap(gap="g_north", free_speed_kmh=110.0)])
    assert "g_north" in options_of(net, [wide, "g_north"])[0].excludes
    excludes, _, missing = rules_between(options_of(net, [wide, "g_north"]))
    assert excludes == ((0, 1),) and not missing
