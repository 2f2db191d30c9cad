"""Laws of scenarios: what is applied, undone, merged and told, on any changes together."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commute as cm
from commute.errors import BadScenario, BadValue, Conflict, UnknownId
from commute.io.scenarios import read_scenario, write_scenario
from commute.model.changes import diff, diff_table, invert
from commute.model.network import Network
from commute.model.scenario import merge
from tinytown import AS_OF, tiny_layers, tiny_tables

NET = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF).on(AS_OF)
PEAK = [cm.Window(start="07:00", end="09:00", headway_min=6)]
CHANGES = [  # no two set one value
    cm.OpenGap(gap="g_north"),
    cm.OpenGap(gap="g_tied"),
    cm.SetSpeed(link="l_n00_n10", factor=1.2),
    cm.SetSpeed(where=cm.Where(query="free_speed_kmh < 50 and area == 'zhuzhou'"), factor=1.1),
    cm.SetSpeed(link="l_n01_n11", free_speed_kmh=55),
    cm.Widen(link="l_bridge", lanes=6),
    cm.Congestion(where=cm.Where(kind="secondary"), factor=0.9),
    cm.AddLink(link_id="new", from_node_id="n00", to_node_id="n11", length_km=3.5, free_speed_kmh=60),
    cm.RemoveLink(link="l_n30_n31"),
    cm.SetHeadway(line="IC1", windows=PEAK),
    cm.ScaleRunTime(line="M1", factor=0.9),
    cm.SetEntry(station_class="metro", entry_min=1.0),
    cm.SetEntry(station_class="intercity", gate_min=0.0),
]
some = st.lists(st.sampled_from(range(len(CHANGES))), max_size=5, unique=True)
pytestmark = pytest.mark.filterwarnings("ignore:no query on")


def applied(net, chosen, name="s"):
    scenario = cm.Scenario(name=name, changes=[CHANGES[k] for k in chosen])
    return scenario, net.apply(scenario)


@settings(max_examples=8, deadline=None)
@given(some)
def test_what_is_applied_can_be_told_and_undone_and_the_base_stays(chosen):
    before = NET.hash
    scenario, after = applied(NET, chosen)
    assert NET.hash == before
    assert NET.apply(diff(NET, after)) == after
    assert after.apply(invert(NET, scenario)) == NET
    assert not len(after.validate().query("level == 'error'"))


@settings(max_examples=6, deadline=None)
@given(some, st.randoms())
def test_the_order_of_independent_changes_does_not_matter(chosen, random):
    turned = list(chosen)
    random.shuffle(turned)
    assert applied(NET, chosen)[1] == applied(NET, turned)[1]
    assert NET.apply(*[CHANGES[k] for k in turned]) == applied(NET, chosen)[1]


@settings(max_examples=6, deadline=None)
@given(some, some)
def test_merging_does_not_care_for_order_and_is_both_applied(a, b):
    s, t = (cm.Scenario(name=name, changes=[CHANGES[k] for k in chosen]) for name, chosen in (("s", a), ("t", b)))
    assert merge(s, t) == merge(t, s) and merge(s, s) == s and merge(merge(s, t), s) == merge(s, t)
    assert NET.apply(merge(s, t)) == NET.apply(s, t)


@settings(max_examples=4, deadline=None)
@given(some)
def test_a_scenario_and_a_difference_are_the_same_from_a_file(tmp_path_factory, chosen):
    folder = tmp_path_factory.mktemp("laws")
    scenario, after = applied(NET, chosen)
    for k, one in enumerate((scenario, diff(NET, after), merge(scenario, cm.Scenario(name="t", changes=[CHANGES[0]])))):
        write_scenario(one, folder / f"{k}.yaml")
        assert read_scenario(folder / f"{k}.yaml") == one


def test_an_empty_scenario_changes_nothing():
    assert NET.apply(cm.Scenario(name="empty")) == NET and not diff(NET, NET).changes


def test_a_difference_names_what_caused_it():
    after = applied(NET, [0, 9], name="both")[1]
    told = diff_table(NET, after)
    assert set(told["caused_by"]) == {"both: open_gap", "both: set_headway"}
    row = told[(told["table"] == "gap") & (told["attribute"] == "opens")].iloc[0]
    assert row[["element", "old", "caused_by"]].tolist() == ["g_north", None, "both: open_gap"]
    assert (diff_table(NET, NET.apply(diff(NET, after)))["caused_by"] != "").all()


def test_a_difference_carries_the_date_and_refuses_what_no_scenario_changes():
    later, whole = NET.on("2030-01-08"), NET.replaced(day=None)
    assert NET.apply(diff(NET, later)) == later and NET.apply(diff(NET, whole)) == whole
    with pytest.raises(BadValue, match="the networks differ in level, which no scenario changes"):
        diff(NET, NET.assume("favourable"))


def test_a_difference_does_not_fit_another_network():
    _, after = applied(NET, [4])
    change = diff(NET, after)
    with pytest.raises(BadScenario, match="free_speed_kmh of link l_n01_n11 is 55, expected 40"):
        after.apply(change)


def test_two_values_conflict_and_both_are_named_unless_one_requires_the_other():
    slow = cm.Scenario(name="slow", changes=[cm.SetSpeed(link="l_bridge", free_speed_kmh=30)])
    fast = cm.Scenario(name="fast", changes=[cm.SetSpeed(link="l_bridge", free_speed_kmh=80)])
    for ask in (lambda: NET.apply(slow, fast), lambda: merge(slow, fast)):
        with pytest.raises(Conflict) as caught:
            ask()
        assert all(part in str(caught.value) for part in ("slow", "fast", "free_speed_kmh", "of link l_bridge"))
    after = replace(fast, requires=("slow",))
    assert NET.apply(slow, after).links.loc["l_bridge", "free_speed_kmh"] == 80
    assert NET.apply(merge(after, slow)) == NET.apply(slow, after)
    apart = [
        cm.SetSpeed(link="l_bridge", free_speed_kmh=v, from_date=f"{y}-01-01", to_date=f"{y}-12-31") for v, y in ((30, 2027), (80, 2028))
    ]
    both = NET.replaced(day=None).apply(*apart)
    assert [
        both.on(f"{y}-06-01").in_use("link").set_index("link_id").filter(like="l_bridge", axis=0)["free_speed_kmh"].max()
        for y in (2027, 2028)
    ] == [30, 80]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (
            cm.LandUse(zone="z1", people_change=1000),
            cm.LandUse(zone="z1", factor=1.1),
            "one: land_use adds to zone z1 and other: land_use scales it: the order would matter, so say one value",
        ),
        (
            cm.SetTimetable(line="IC1", pattern="fast", departures=["08:00"]),
            cm.SetTimetable(trip="ic_fast_0", departures=["09:10"], keep_others=True),
            "one: set_timetable and other: set_timetable cannot both be applied: no trip 'ic_fast_0' (nearest: ic_fast_1~0800, "
            "ic_fast_0~0800, ic_all_0)",
        ),
        (
            cm.RemoveService(line="M1"),
            cm.SetHeadway(line="M1", windows=PEAK),
            "one: remove_service and other: set_headway cannot both be applied: line M1 does not run on 2026-11-03",
        ),
    ],
)
def test_what_two_scenarios_cannot_both_do_names_both(one, other, said):
    s, t = cm.Scenario(name="one", changes=[one]), cm.Scenario(name="other", changes=[other])
    assert NET.apply(s) != NET.apply(t)
    for ask in ((s, t), (t, s), (merge(t, s),)):
        with pytest.raises(Conflict) as caught:
            NET.apply(*ask)
        assert str(caught.value) == said


def test_gaps_that_overlap_and_dates_that_differ_name_both_scenarios():
    gap = NET.table("gap").assign(excludes=["g_tied", "g_north"])
    net = NET.replaced(tables={"gap": gap})
    s, t = (cm.Scenario(name=name, changes=[cm.OpenGap(gap=one)]) for name, one in (("s", "g_north"), ("t", "g_tied")))
    with pytest.raises(Conflict) as caught:
        net.apply(s, t)
    assert str(caught.value) == "s: open_gap g_north and t: open_gap g_tied overlap on the ground: open one of them"
    with pytest.raises(Conflict) as caught:
        net.apply(replace(s, date="2027-01-01"), replace(t, date="all"))
    assert str(caught.value) == "scenarios move the network to different dates: s to 2027-01-01, t to all"


def test_relations_are_checked():
    a, b = cm.Scenario(name="a", requires=["b"]), cm.Scenario(name="b", requires=["a"])
    with pytest.raises(BadScenario, match=r"requires goes in a circle: (a → b → a|b → a → b)"):
        NET.apply(a, b)
    with pytest.raises(BadScenario, match="scenario a: it requires 'b', which is not applied"):
        NET.apply(a)
    with pytest.raises(BadScenario, match="scenario c: it excludes 'd', which is applied too"):
        NET.apply(cm.Scenario(name="c", excludes="d"), cm.Scenario(name="d"))
    with pytest.raises(Conflict, match="c and d exclude each other"):
        merge(cm.Scenario(name="c", excludes="d"), cm.Scenario(name="d"))
    with pytest.raises(BadValue, match="scenario x: requires names itself"):
        cm.Scenario(name="x", requires=["x"])


def test_what_is_required_can_be_added_and_is_listed():
    base, more = cm.Scenario(name="base", changes=[CHANGES[0]]), cm.Scenario(name="more", requires=["base"])
    top = cm.Scenario(name="top", requires=["more"], changes=[CHANGES[4]])
    whole, added = top.complete([base, more])
    assert added == ("more", "base") and NET.apply(whole) == NET.apply(base, more, top)
    with pytest.raises(UnknownId, match=r"no scenario 'more' \(nearest: mre\)"):
        top.complete([base, replace(more, name="mre")])


def test_one_scenario_may_use_what_it_adds():
    windows = [cm.Window(start="07:00", end="09:00", headway_min=5)]
    stops = sorted(NET.running()["stops"]["stop_id"])[:2]
    line = cm.AddLine(
        line="X1", line_class="bus", stops=stops, speed_kmh=30, windows=[cm.Window(start="06:00", end="22:00", headway_min=20)]
    )
    after = NET.apply(
        cm.Scenario(name="line", changes=[line]),
        cm.Scenario(name="often", requires="line", changes=[cm.SetHeadway(line="X1", windows=windows)]),
    )
    assert "X1" in set(after.running()["trips"]["route_id"])


def test_what_no_query_sees_is_said():
    with pytest.warns(
        cm.CommuteWarning, match=r"no query on 2026-11-03 sees what these change: set_speed l_bridge \(begins on 2030-01-01\)"
    ):
        NET.apply(cm.SetSpeed(link="l_bridge", factor=0.5, from_date="2030-01-01"))


def test_a_project_of_the_register_and_a_programme_apply(shipped):
    now = shipped.on("2026-11-03")
    one = now.apply(now.projects.loc["pj_g4"])
    assert "rg_g4" in set(one.in_use("gap")["gap_id"]) and one.scenarios == ("pj_g4",)
    year = now.projects[now.projects["phase_year"] == "2024"]
    with pytest.warns(cm.CommuteWarning, match=r"\d+ of \d+ projects name no gap and change nothing here"):
        assert now.apply(year) != now
    assert now.apply(cm.Scenario(name="s", projects=["pj_g4"])) == one
    with pytest.raises(BadScenario, match=r"scenario s: projects: no project 'pj_g5' \(nearest: pj_g4"):
        now.apply(cm.Scenario(name="s", projects=["pj_g5"]))
    with pytest.raises(BadScenario, match="project pg_2020: it names no gap"):
        now.apply(now.projects.loc["pg_2020"])


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (cm.Where(ids="l_brige"), r"no link 'l_brige' \(nearest: l_bridge"),
        (cm.Where(name="Tiny Bridg"), r"it matches no link: name 'Tiny Bridg' \(nearest: Tiny Bridge\)"),
        (cm.Where(kind="trnk"), r"no link of class 'trnk' \(nearest: trunk"),
        (cm.Where(query="lanes > 99"), "it matches no link: query 'lanes > 99'"),
        (cm.Where(query="lane > 1"), r"there is no column 'lane' \(nearest: lanes"),
        (cm.Where(query="name > 1"), "a text is compared with a number"),
        (cm.Where(query="__import__('os').system('x') == 1"), "is neither a column nor a plain value"),
        (cm.Where(query="lanes == [1, 2]"), "compare a column with a list by 'in' or 'not in'"),
        (cm.Where(query="lanes in [1, 2] == directed"), "compare a column with a list by 'in' or 'not in'"),
        (cm.Where(query="-name == 1"), "'-name' is neither a column nor a plain value"),
        (cm.Where(query="lanes > -[1]"), r"'-\[1\]' is neither a column nor a plain value"),
        (cm.Where(query="lanes < 1" + "0" * 400), "a number is too large"),
        (cm.Where(polygon=[(0, 0), (1, 0), (1, 1)]), "it matches no link: polygon of 3 points"),
        (cm.Where(polygon=[(112.9, 28.0), (113.1, 28.2), (113.1, 28.0), (112.9, 28.2)]), "the polygon crosses itself"),
    ],
)
def test_a_selector_that_finds_nothing_says_what_it_sought(where, said):
    with pytest.raises(BadScenario, match=said):
        NET.apply(cm.SetSpeed(where=where, factor=1.1))


FAR_EAST = [(114, 28), (115, 28), (115, 28.2), (114, 28.2)]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: cm.SetSpeed(where=cm.Where(polygon=FAR_EAST), factor=1.1),
            "it matches no link: polygon of 4 points (nearest: l_n30_n31 at 96.1 km, l_n31_n32 at 96.1 km, l_n20_n30 at 97.1 km)",
        ),
        (
            lambda: cm.SetSpeed(where=cm.Where(kind="primary", polygon=FAR_EAST), factor=1.1),
            "it matches no link: class primary and polygon of 4 points (nearest: l_bridge at 100 km)",
        ),
        (
            lambda: cm.SetHeadway(where=cm.Where(polygon=FAR_EAST), windows=PEAK),
            "it matches no line: polygon of 4 points (nearest: IC1 at 92.7 km, M1 at 96.2 km)",
        ),
        (
            lambda: cm.LandUse(zone=(), where=cm.Where(polygon=FAR_EAST), people=1),
            "it matches no zone: polygon of 4 points (nearest: z5 at 96.4 km, z6 at 97.7 km, z4 at 97.8 km)",
        ),
        (
            lambda: cm.SetSpeed(where=cm.Where(query="lanes > 9 and not directed"), factor=1.1),
            "it matches no link: query 'lanes > 9 and not directed' (lanes is from 2 to 4; directed is False)",
        ),
        (
            lambda: cm.SetSpeed(where=cm.Where(kind="primary", query="lanes < 4"), factor=1.1),
            "it matches no link: class primary and query 'lanes < 4' (lanes is 4)",
        ),
        (
            lambda: cm.OpenGap(where=cm.Where(polygon=FAR_EAST, query="lanes > 9")),
            "it matches no gap: polygon of 4 points and query 'lanes > 9' (nearest: g_tied at 96.1 km, g_north at 100 km) (lanes is 4)",
        ),
        (
            lambda: cm.SetEntry(where=cm.Where(query="stop_id in ['m11', 'i11']"), entry_min=1),
            "it matches no stop: query \"stop_id in ['m11', 'i11']\" (stop_id is m1, i1 or another)",
        ),
    ],
)
def test_a_selector_by_polygon_or_predicate_that_finds_nothing_says_what_is_near(make, said):
    with pytest.raises(BadScenario) as caught:
        NET.apply(make())
    assert caught.value.findings[0].split(": ", 1)[1] == said


def test_selectors_find_by_polygon_class_name_and_predicate():
    east = cm.Where(
        polygon=[(112.99, 28.0), (113.1, 28.0), (113.1, 28.2), (112.99, 28.2)], query="not (lanes > 2) and facility_type in ['secondary']"
    )
    after = NET.apply(cm.SetSpeed(where=east, factor=2.0)).links
    faster = after["free_speed_kmh"] > NET.links["free_speed_kmh"]
    assert set(after.index[faster]) == {one for one in NET.links.index if one.startswith(("l_n2", "l_n3"))}
    named = NET.apply(cm.SetSpeed(where=cm.Where(name="小桥"), factor=0.5)).links
    assert named.loc["l_bridge", "free_speed_kmh"] == 30 and (named["free_speed_kmh"] != NET.links["free_speed_kmh"]).sum() == 1
    for bad in ({}, {"polygon": [(0, 0), (1, 1)]}, {"query": "lanes >"}, {"polygon": [(0, 95), (1, 1), (2, 2)]}):
        with pytest.raises(BadValue, match="where"):
            cm.Where(**bad)
