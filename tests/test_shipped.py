"""What the shipped network must be: its dates, its gaps, its scenarios, its trains."""

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import commute as cm
from commute.io.scenarios import shipped_scenarios

CENTRES = ["五一广场", "株洲中心广场", "湘潭建设路口"]
INTERCITY = "intercity"


def lines(net, line_class):
    day = net.running()
    rows = day["trips"].merge(day["routes"][["route_id", "line_class"]], on="route_id")
    return set(rows.loc[rows["line_class"] == line_class, "route_id"])


def test_no_intercity_train_runs_before_the_line_opened(shipped):
    assert not lines(shipped.on("2016-12-25"), INTERCITY)
    assert lines(shipped.on("2016-12-26"), INTERCITY)


def test_exactly_one_intercity_period_holds_on_any_day(shipped):
    trips, routes, calendar = (shipped.table(name) for name in ("trips", "routes", "calendar"))
    on_rails = routes.loc[(routes["line_class"] == INTERCITY) & (routes["opens"] != ""), "route_id"]
    services = calendar[calendar["service_id"].isin(trips.loc[trips["route_id"].isin(on_rails), "service_id"])]
    periods = services[services["period"] != ""]
    for day in pd.date_range("2016-12-26", "2030-12-31").strftime("%Y%m%d"):
        held = periods[(periods["start_date"] <= day) & (periods["end_date"] >= day)]
        assert held["period"].nunique() == 1, day


def test_the_west_ring_is_a_scenario_before_it_opened(shipped):
    seed, ring = (shipped.apply(cm.read_scenario(name)) for name in ("seed_2022", "west_ring"))
    station = "cs_xiangtan_north_railway_station"
    assert str(seed.date) == "2022-05-11" and station not in seed.stops.index and station in ring.stops.index
    profile = cm.TRANSIT.but(rail="all")
    before, after = (cm.travel_times(net, ["湘潭北站"], ["五一广场"], profile=profile).to_frame().iloc[0] for net in (seed, ring))
    assert after["minutes"] < before["minutes"]
    saved = {leg: before[f"{leg}_min"] - after[f"{leg}_min"] for leg in ("access", "entry", "wait", "ride", "transfer", "egress")}
    assert sum(saved.values()) == pytest.approx(before["minutes"] - after["minutes"])
    assert saved["entry"] > 10  # no security hall of a high-speed station any more
    assert seed == shipped.on("2022-05-11")


def test_the_west_ring_opened_by_date_and_by_scenario_runs_the_same_trains(shipped):
    opened, early = shipped.on("2023-06-28"), shipped.on("2023-06-27").apply(cm.OpenGap(gap="gp_wr1"))
    for net in (opened, early):
        trips = net.running()["trips"]
        assert any("through" in trip for trip in trips.loc[trips["route_id"] == "CS3", "trip_id"])
    assert len(opened.running()["trips"]) == len(early.running()["trips"])


@pytest.mark.filterwarnings("ignore:no query on")  # a planned road without a length, said by the next test
@pytest.mark.parametrize("name", shipped_scenarios())
def test_every_shipped_scenario_applies_and_leaves_the_base_as_it_was(shipped, name, tmp_path):
    before = shipped.hash
    scenario = cm.read_scenario(name)
    net = shipped.apply(scenario)
    assert shipped.hash == before and scenario.name == name and scenario.about and scenario.about_zh
    assert net != shipped or not scenario.changes
    assert not len(net.validate().query("level == 'error'"))
    cm.write_network(net, tmp_path / "net.zip")
    assert cm.read_network(tmp_path / "net.zip") == net


def test_the_scenario_in_the_readme_is_one(shipped, tmp_path):
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "readme.yaml").write_text(text, "utf-8")
    now = shipped.on("2026-11-03")
    with pytest.warns(cm.CommuteWarning, match="open_gap rg_xiashesi .begins on 2027-12-31"):
        after = now.apply(cm.read_scenario(tmp_path / "readme.yaml"))
    assert after != now and after.constant("entry_intercity_min") == 3


def test_what_a_plan_opens_without_effect_is_said(shipped):
    place = r"plan_2030\.yaml:\d+:5 open_gap rg_"
    said = rf"^no query on 2030-12-31 sees what these change: {place}beiheng \(its Liuyang end .+\); {place}"
    with pytest.warns(cm.CommuteWarning, match=said):
        shipped.apply(cm.read_scenario("plan_2030"))


def test_every_gap_has_its_ends_on_the_network_and_overlaps_exclude_each_other(shipped):
    gaps, nodes, links = (shipped.table(name) for name in ("gap", "node", "link"))
    roads = gaps[gaps["kind"] != "planned_line"].set_index("gap_id")
    assert len(roads) == 98
    joined = set(links["from_node_id"]) | set(links["to_node_id"])
    for side in ("from_node_id", "to_node_id"):
        assert set(roads[side]) <= set(nodes["node_id"]) & joined
    for gap, others in gaps.set_index("gap_id")["excludes"].items():
        for other in filter(None, others.split(";")):
            assert gap in gaps.set_index("gap_id").at[other, "excludes"].split(";")


def test_opening_a_gap_changes_a_time_or_the_row_says_why_not(now):
    """Between junctions, free or at the peak; many ends hang on stubs that no zone uses, so zones may see nothing."""
    gaps = now.gaps[now.gaps["kind"] != "planned_line"]
    still = []
    for gap in gaps.index[gaps["no_effect"] == ""]:
        opened = now.apply(cm.OpenGap(gap=gap))
        new = opened.links.loc[sorted(set(opened.links.index) - set(now.links.index))]
        ends = sorted({*new["from_node_id"], *new["to_node_id"]})
        gains = False
        for profile in (cm.CAR, cm.CAR.at_peak()):
            before, after = (cm.to_graph(net, profile=profile) for net in (now, opened))
            for a in ends:
                old, quick = (nx.single_source_dijkstra_path_length(graph, a, weight="minutes") for graph in (before, after))
                gains |= any(quick[b] < old[b] - 1e-9 for b in ends)
        still += [] if gains else [gap]
    assert not still


def test_a_metro_like_railway_is_quicker_from_every_centre(now):
    metro = now.apply(cm.read_scenario("metro_style"))
    profile = cm.TRANSIT.but(feeder="assumed", wait="random")
    before, after = (cm.travel_times(net, CENTRES, profile=profile).minutes for net in (now, metro))
    assert (after <= before + 1e-9).all() and (after < before - 1).any()


@pytest.mark.parametrize(("level", "minutes"), [("favourable", 3), ("central", 5), ("unfavourable", 7)])
@pytest.mark.parametrize("direction", [0, 1])
def test_assumed_headways_follow_the_level_and_stay_even_on_the_trunk(now, level, minutes, direction):
    """Line 3, whose trains begin at two stations: at a stop of the trunk they come evenly, whatever the headway."""
    day = now.assume(level).running()
    mine = day["trips"].query("route_id == 'CS3' and direction_id == @direction")["trip_id"]
    calls = day["stop_times"].set_index(["trip_id", "stop_id"])["departure_s"]
    first = day["stop_times"].groupby("trip_id")["departure_s"].min()
    rows = day["frequencies"][day["frequencies"]["trip_id"].isin(mine)]
    at = sorted(row.start_s + calls[row.trip_id, "cs_yanghu_wetland"] - first[row.trip_id] for row in rows.itertuples())
    peak = [t for t in at if 8.25 * 3600 <= t < 9 * 3600]  # an hour after the first trains of the peak set out
    assert len(peak) > 5 and np.abs(np.diff(peak) - 60 * minutes).max() <= 1  # run times are whole seconds


def test_the_present_trains_stop_where_they_are_published(now):
    runs = cm.journeys(now, "czt_changsha", "czt_zhuzhou", profile=cm.TRANSIT.but(count="station_to_station"))
    assert set(runs["leg"]) >= {"entry", "ride"}
    served = set(now.running()["stop_times"]["stop_id"])
    assert "czt_jiulangshan" not in served and "czt_changsha_west" not in served and "czt_muyun" in served
