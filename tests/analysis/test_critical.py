"""What fails when a link or a station fails: equal to shutting it on every day and routing anew."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commute.analysis.critical import LOSSES, critical
from commute.analysis.links import failing
from commute.analysis.measure import field as spot
from commute.analysis.measure import reach
from commute.analysis.measure.people import people
from commute.analysis.worth.gaps import worth
from commute.errors import BadValue
from commute.model.changes import OpenGap
from commute.model.network import Network
from commute.model.target import Target
from commute.model.validity import BEFORE_ALL
from tinytown import AS_OF, peopled_tables, tiny_layers, tiny_tables

CAR = Target(mode="car", when="free", minutes=16)
TARGETS = [CAR, Target(mode="transit", minutes=40), Target(mode="park_ride", minutes=40), Target(minutes=22)]
IDS = ["car", "transit", "park_ride", "best"]


def without_link(net, *links):
    """The network in which links are shut on every day."""
    link = net.table("link")
    return net.replaced(tables={"link": link.assign(closes=link["closes"].mask(link["link_id"].isin(links), BEFORE_ALL))})


def without_stop(net, stop):
    """The network with a row more in the table of closures."""
    closure, day = net.table("closure"), net.day.isoformat()
    row = {name: "" for name in closure.columns} | {"stop_id": stop, "from_date": day, "to_date": day}
    return net.replaced(tables={"closure": pd.concat([closure, pd.DataFrame([row])], ignore_index=True)})


def lost(net, target, broken, *, clipped=True):
    """`LOSSES` by routing everything anew; by car and by the best other way nobody gains where `clipped`."""
    profiles, goals, who = reach.profiles_of(target), spot.goals_of(net, target), people(net)
    ways = [{name: one for name, one in profiles.items() if (one.mode in reach.CAR_MODES) == by_car} for by_car in (True, False)]
    before, after = [], []
    for way in filter(None, ways):
        old, new = (spot.people_minutes(one, target, way, goals, who)[0] for one in (net, broken))
        before.append(old)
        after.append(np.maximum(old, new) if clipped else new)
    before, after = np.min(before, axis=0), np.min(after, axis=0)
    three = worth(net, goals, target, after, before)
    blank = np.zeros(before.shape, np.int64)
    old, new = (spot.field_of(who, one, blank, goals).kinds["another"] for one in (before, after))
    weight = who.weight * (who.population * who.within(target.area))[who.zone]
    return (*three, float(weight @ (np.isfinite(old) & np.isinf(new))), float(weight @ (new > old + 1e-9)))


def assert_is_what_routing_anew_gives(net, target, found, what, ids):
    """Every element of `ids` loses what routing anew without it gives, those left out less than a person-minute."""
    central = reach.at_levels(net)["central"]
    cut = {"link": without_link, "stop": without_stop}[what]
    for one in ids:
        expected = lost(central, target, cut(central, one))
        if one in found.index:
            assert tuple(found.loc[one, LOSSES]) == pytest.approx(expected, rel=1e-9, abs=1e-6), one
        else:
            assert expected[2] < 1, one


def slow_bridge(make_town):
    """The tiny town with its bridge so slow that trains are quicker for some."""
    link = tiny_tables()["link"]
    return make_town(link=link.assign(free_speed_kmh=link["free_speed_kmh"].mask(link["link_id"] == "l_bridge", 8.0)))


@pytest.mark.parametrize("target", TARGETS, ids=IDS)
def test_each_link_loses_what_routing_anew_without_it_loses(make_town, target):
    net = slow_bridge(make_town)
    found = critical(net, target, what="link", limit=None)
    assert len(found) and (found["what"] == "link").all()
    assert_is_what_routing_anew_gives(net, target, found, "link", net.in_use("link")["link_id"])


@pytest.mark.parametrize("target", TARGETS[1:], ids=IDS[1:])
def test_each_stop_loses_what_routing_anew_with_it_shut_loses(make_town, target):
    net = slow_bridge(make_town)
    found = critical(net, target, what="stop", limit=None)
    assert len(found) and (found["what"] == "stop").all()
    assert_is_what_routing_anew_gives(net, target, found, "stop", net.in_use("stops")["stop_id"])


def test_the_only_bridge_is_the_worst_link_and_cuts_everyone_off(town):
    found = critical(town, CAR)
    worst = found.iloc[0]
    assert found.index[0] == "l_bridge" and worst["rank"] == 1
    assert worst["people_cut_off"] == pytest.approx(250_000) == worst["people_slower"]
    assert (
        worst["people_leaving"] > 0
        and worst["name_zh"] == "小桥"
        and worst["between_en"] == "Corner 11 (Township z2) — Corner 21 (East Park)"
    )
    assert (found["what"] == "link").all() and "no station counts" in found.attrs["about"]["note"]


def test_a_road_of_two_directed_halves_fails_as_one(make_town):
    link = tiny_tables()["link"]
    row = link[link["link_id"] == "l_bridge"]
    back = row.assign(link_id="l_bridge_back", from_node_id=row["to_node_id"], to_node_id=row["from_node_id"], directed=True)
    halves = make_town(link=pd.concat([link.assign(directed=link["directed"] | (link["link_id"] == "l_bridge")), back], ignore_index=True))
    found, whole = critical(halves, CAR), critical(make_town(), CAR)
    assert found.loc["l_bridge", "link_ids"] == "l_bridge;l_bridge_back" and "l_bridge_back" not in found.index
    assert tuple(found.loc["l_bridge", LOSSES]) == pytest.approx(tuple(whole.loc["l_bridge", LOSSES]))
    assert tuple(found.loc["l_bridge", LOSSES]) == pytest.approx(lost(halves, CAR, without_link(halves, "l_bridge", "l_bridge_back")))


def test_the_road_of_an_open_gap_fails_as_the_gap_shut(make_town):
    shut = make_town(
        link=(link := tiny_tables()["link"]).assign(free_speed_kmh=link["free_speed_kmh"].mask(link["link_id"] == "l_bridge", 9.0))
    )
    found = critical(shut.apply(OpenGap(gap="g_north")), CAR)
    assert found.index[0] == "g_north" and found["people_cut_off"].iloc[0] == 0
    expected = lost(reach.at_levels(shut.apply(OpenGap(gap="g_north")))["central"], CAR, reach.at_levels(shut)["central"])
    assert tuple(found.loc["g_north", LOSSES]) == pytest.approx(expected)


@st.composite
def towns(draw):
    """The tiny town with a second bridge, and roads taken out, slowed and made one-way at random."""
    tables = peopled_tables()
    link = tables["link"]
    second = link[link["link_id"] == "l_bridge"].assign(link_id="l_second", from_node_id="n10", to_node_id="n20")
    link = pd.concat([link, second], ignore_index=True)
    link = link.assign(
        free_speed_kmh=[draw(st.integers(20, 90)) * 1.0 for _ in range(len(link))],
        directed=[draw(st.integers(0, 4)) == 0 for _ in range(len(link))],
    )
    kept = [draw(st.integers(0, 5)) > 0 for _ in range(len(link))]
    tables["link"] = link[np.array(kept) | link["link_id"].isin(["l_bridge", "l_n00_n10", "l_n20_n30"])].reset_index(drop=True)
    return Network.from_tables(tables, tiny_layers(), AS_OF)


@settings(max_examples=4)
@given(net=towns(), data=st.data())
def test_in_any_town_a_link_loses_what_it_should_and_never_less_than_nothing(net, data):
    found = critical(net, CAR, limit=None)
    assert (found[LOSSES] >= 0).all(axis=None)
    some = data.draw(st.lists(st.sampled_from(sorted(net.in_use("link")["link_id"])), min_size=2, max_size=3, unique=True))
    assert_is_what_routing_anew_gives(net, CAR, found, "link", some)


@settings(max_examples=3)
@given(net=towns())
def test_a_link_on_no_shortest_path_changes_no_time_at_all(net):
    case = failing.case_of(reach.at_levels(net)["central"], CAR)
    roads = failing.together(case.net)
    for ids, users in zip(roads, failing.users(case, roads), strict=True):
        after, _ = spot.people_minutes(without_link(case.net, *ids), CAR, {"car": case.car}, case.goals, case.who)
        assert (after[~users] == case.by_car[~users]).all(), ids


def test_links_of_the_shipped_network_lose_what_routing_anew_without_them_loses(now):
    target = Target()
    case = failing.case_of(reach.at_levels(now)["central"], target)
    roads = failing.together(case.net)
    users, felt = failing.users(case, roads), failing.felt_by_others(case, roads)
    order = np.argsort([-one.sum() for one in users], kind="stable")
    tried = [int(k) for k in (order[0], order[30], order[300])]
    unused = int(np.flatnonzero([not one.any() for one in users])[7])
    slower = {}
    for link, after in failing.links_fail(case, roads, [*tried, unused], users, felt):
        again = [
            spot.people_minutes(without_link(case.net, link), target, way, case.goals, case.who)[0]
            for way in ({"car": case.car}, case.others)
        ]
        expected = np.minimum(np.maximum(case.by_car, again[0]), np.maximum(case.by_others, again[1]))
        counted = [np.where(case.counts, one, np.inf).min(axis=1) for one in (after, expected)]
        assert (counted[0] == counted[1]).all(), link
        slower[link] = bool((after > np.minimum(case.by_car, case.by_others)).any())
    assert sum(slower.values()) >= 2 and not slower[roads[unused][0]]


def test_stations_of_the_shipped_network_lose_what_routing_anew_with_them_shut_loses(now):
    target = Target(mode="transit")
    case = failing.case_of(reach.at_levels(now)["central"], target)
    for stop, after in failing.stops_fail(case, ("czt_zhuzhou", "cs_wuyi_square")):
        again, _ = spot.people_minutes(without_stop(case.net, stop), target, case.others, case.goals, case.who)
        assert (after == np.maximum(case.by_others, again)).all() and (after > case.by_others).any()


def test_where_nobody_is_fastest_by_train_no_station_counts_and_that_is_said(now):
    found = critical(now, Target(), what="stop")
    about = found.attrs["about"]
    assert not len(found) and about["stops"]["served"] > 100 and about["stops"]["tried"] == 0
    assert "ask with mode='transit'" in about["note"] and "mode='transit'" in about["note_zh"]


def test_the_most_of_each_kind_is_kept(town):
    found = critical(town, Target(mode="transit", minutes=40), limit=1)
    assert list(found["what"]) == ["link", "stop"] and list(found["rank"]) == [1, 1]
    assert found.crs == 4326 and list(found.geom_type) == ["LineString", "Point"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"what": "node"}, "what is 'node', must be of link, stop"),
        ({"what": ("link", "route")}, "what is 'route', must be of link, stop"),
        ({"limit": 0}, "limit is 0, must be 1 or more, or None"),
    ],
)
def test_what_cannot_be_meant_is_refused(town, asked, message):
    with pytest.raises(BadValue) as caught:
        critical(town, CAR, **asked)
    assert str(caught.value) == message
