"""A change of a link's speed or of a headway: asked again from what is kept, or of a network made from nothing, all is the same."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import commute as cm
from commute.model.changes import SetHeadway, Window
from commute.model.network import Network
from commute.model.points import resolve
from commute.model.results.times import LEGS
from commute.routing import Engine, again, compile, layers, riders, snap
from commute.routing.layers import bytes_of
from commute.routing.street import FAR, streets
from tinytown import AS_OF, tiny_layers, tiny_tables

PROFILES = (cm.CAR, cm.CAR.at_peak(), cm.TRANSIT.but(feeder="assumed", rail="all"), cm.PARK_RIDE, cm.TRANSIT.but(access_modes=("car",)))
BY_CAR, BY_TRANSIT = (cm.CAR.at_peak(), cm.PARK_RIDE), (cm.TRANSIT.but(feeder="assumed"), cm.PARK_RIDE)


def forgotten() -> None:
    """Let go of every layer and result that any network keeps."""
    layers._layers.clear()
    again._shelf._all.clear()
    riders._shelf._all.clear()


def from_nothing(net: Network, profile: cm.Profile) -> Engine:
    """An engine of an equal network that shares nothing with it."""
    forgotten()
    return Engine(Network(net._tables, net.layers, as_of=net.as_of, day=net.date, level=net.level), profile)


def with_speeds(net: Network, factors: dict[int, float]) -> Network:
    """Some rows of the link table quicker or slower, at all times."""
    link = net.table("link").copy()
    for row, factor in factors.items():
        link.loc[row, ["free_speed_kmh", "peak_speed_kmh"]] *= factor
    return net.replaced(tables={"link": link})


def same(a: Engine, b: Engine) -> bool:
    """Whether two engines answer alike, with legs and all."""
    zones = resolve(a.net)
    assert_array_equal(a.totals_s(zones, zones), b.totals_s(zones, zones))
    ours, theirs = a.times(zones, zones), b.times(zones, zones)
    for name in ("seconds", "mean_s", "delay_s", "reason"):
        assert_array_equal(getattr(ours, name), getattr(theirs, name), name)
    for leg in LEGS:
        assert_array_equal(ours.legs[leg], theirs.legs[leg], leg)
    return True


@pytest.fixture(scope="module")
def town():
    return Network.from_tables(tiny_tables(), tiny_layers(), AS_OF).on(AS_OF)


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_other_speeds_in_a_small_town_give_what_a_new_town_gives(town, data):
    rows = st.integers(0, len(town.table("link")) - 1)
    profile = data.draw(st.sampled_from(PROFILES))
    compile(town, profile).times(resolve(town), resolve(town))
    changed = with_speeds(town, data.draw(st.dictionaries(rows, st.sampled_from([0.25, 0.5, 0.9, 1.1, 2.0]), min_size=1, max_size=4)))
    ours = compile(changed, profile)
    ours.times(resolve(changed), resolve(changed))
    assert same(ours, from_nothing(changed, profile))


@settings(max_examples=8, deadline=None)
@given(
    line=st.sampled_from(["M1", "IC1"]),
    headway_min=st.sampled_from([2, 5, 9, 31]),
    start=st.sampled_from(["06:00", "07:30", "08:10"]),
    profile=st.sampled_from(PROFILES[2:]),
)
def test_another_headway_in_a_small_town_gives_what_a_new_town_gives(town, line, headway_min, start, profile):
    before = compile(town, profile).totals_s(resolve(town), resolve(town))
    changed = town.apply(SetHeadway(line=line, windows=(Window(start=start, end="10:00", headway_min=headway_min),)))
    assert same(compile(changed, profile), from_nothing(changed, profile))
    assert_array_equal(compile(town, profile).totals_s(resolve(town), resolve(town)), before)


def test_other_speeds_of_the_shipped_network_give_what_a_new_network_gives(now):
    zones, luck = resolve(now), np.random.default_rng(5)
    before = {profile: compile(now, profile).totals_s(zones, zones) for profile in BY_CAR}
    differ = 0
    for count in (1, 5):
        rows = luck.choice(len(now.table("link")), count, replace=False)
        changed = with_speeds(now, {int(row): float(luck.choice([0.4, 0.8, 1.3, 2.0])) for row in rows})
        for profile in BY_CAR:
            ours = compile(changed, profile).totals_s(zones, zones)
            assert_array_equal(ours, from_nothing(changed, profile).totals_s(zones, zones))
            differ += int((ours != before[profile]).sum())
    assert differ
    for profile, times in before.items():
        assert_array_equal(compile(now, profile).totals_s(zones, zones), times)


def test_other_headways_of_the_shipped_network_give_what_a_new_network_gives(now):
    zones, peak = resolve(now), {"start": "07:00", "end": "09:30"}
    changes = {
        "metro": SetHeadway(line="CS2", windows=(Window(**peak, headway_min=3),)),
        "trunk": SetHeadway(line=("CZT_IC_ZZ", "CZT_IC_XT"), windows=(Window(**peak, headway_min=5, days="weekday"),)),
    }
    for profile, change in zip(BY_TRANSIT, changes.values(), strict=True):
        before = compile(now, profile).totals_s(zones, zones)
        changed = now.apply(change)
        ours = compile(changed, profile).totals_s(zones, zones)
        assert (ours != before).any()
        assert_array_equal(ours, from_nothing(changed, profile).totals_s(zones, zones))
        assert_array_equal(compile(now, profile).totals_s(zones, zones), before)


def test_what_is_asked_from_what_is_kept_is_little(now, monkeypatch):
    """So that the tests above test something: few origins are searched or scanned again."""
    zones, profile = resolve(now), cm.PARK_RIDE
    forgotten()
    base = Engine(now, profile)
    base.totals_s(zones, zones)
    asked: list[int] = []
    whole = riders.scanned
    monkeypatch.setattr(
        riders, "scanned", lambda draws, links, *rest, **by: asked.append(len(links.direct_s)) or whole(draws, links, *rest, **by)
    )
    kept: list[bool] = []
    drives = again.drives
    monkeypatch.setattr(again, "drives", lambda *given, **rest: kept.append(given[5] is not None) or drives(*given, **rest))
    for row in range(0, len(now.table("link")), 200):
        Engine(with_speeds(now, {row: 1.2}), profile).totals_s(zones, zones)
    assert all(kept) and min(asked) < len(zones) // 8
    Engine(with_speeds(now, dict.fromkeys(range(500), 1.1)), profile).totals_s(zones, zones)
    assert not kept[-1]


def test_an_answer_may_be_written_over_without_harm(town):
    zones = resolve(town)
    for profile in PROFILES:
        forgotten()
        first = Engine(town, profile).totals_s(zones, zones)
        wanted = first.copy()
        first[:] = -7
        Engine(town, profile).times(zones, zones).seconds[:] = -7
        assert_array_equal(Engine(town, profile).totals_s(zones, zones), wanted)


def test_what_is_kept_goes_with_the_network(now):
    zones = resolve(now)
    forgotten()
    net = now.replaced(tables={})
    engines = [Engine(net, profile) for profile in (cm.CAR, cm.PARK_RIDE, cm.TRANSIT)]
    for engine in engines:
        engine.times(zones, zones)
    kept = [one for shelf in (again._shelf, riders._shelf) for left in shelf._all.values() for one in left]
    assert len(kept) == 4  # drives and rides
    assert sum(bytes_of(one) for one in kept) < 50e6
    gone = [weakref.ref(one) for one in kept]
    del engines, engine, kept, net
    gc.collect()
    assert [one() for one in gone] == [None] * len(gone)


# driving times again, on networks drawn at random ---------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6), directed=st.booleans(), few_origins=st.booleans())
def test_drives_again_are_those_of_a_search_from_nothing(seed, directed, few_origins):
    luck = np.random.default_rng(seed)
    n, m = 14, 26
    a, b = luck.integers(0, n, (2, m)).astype(np.int32)
    ds = luck.integers(1, 12, m).astype(np.int32) * 5  # many ways of one length
    one_way = luck.random(m) < (0.4 if directed else 0)
    points = [snapped(luck, k, m) for k in ((4, 7) if few_origins else (7, 4))]

    def ask(cost: np.ndarray, before: again.Drives | None) -> again.Drives:
        net = streets(n, a, b, cost, one_way)
        ends = [snap.ends(one, net, speed_kmh=30, detour=1.3, arriving=k == 1) for k, one in enumerate(points)]
        found = again.drives(net, *points, *ends, before, threads=1 + seed % 2)
        assert_array_equal(found.ds, snap.point_matrix_ds(net, *ends))
        return found

    before = ask(ds, None)
    for _ in range(4):
        other = ds.copy()
        some = luck.choice(m, luck.integers(1, 5), replace=False)
        other[some] = luck.integers(1, 25, len(some)) * 5
        if luck.random() < 0.2:
            other[some[0]] = FAR
        copies = before.node_ds.copy(), before.ds.copy()
        after = ask(other, before)
        assert_array_equal(before.node_ds, copies[0])
        assert_array_equal(before.ds, copies[1])
        before, ds = after, other


def snapped(luck: np.random.Generator, n_points: int, n_links: int) -> snap.Snapped:
    """Points on up to three links each."""
    count = luck.integers(0, 4, n_points)
    rows = [np.sort(luck.choice(n_links, k, replace=False)) for k in count]
    total = int(count.sum())
    return snap.Snapped(
        xy=luck.random((n_points, 2)) * 1000,
        ptr=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        link=np.concatenate([*rows, np.empty(0, np.int64)]).astype(np.int32),
        share=luck.choice([0.0, 0.25, 0.5, 1.0], total),
        connector_m=luck.random(total) * 300,
    )


def test_a_layer_that_stays_is_not_made_again(now):
    """The keys: a speed is not part of what is snapped, walked or timed, a headway not of what is driven or walked."""
    zones = resolve(now)
    forgotten()
    for profile in (cm.CAR, cm.PARK_RIDE):
        Engine(now, profile).totals_s(zones, zones)
    known = set(layers._layers)
    Engine(with_speeds(now, {700: 1.1}), cm.PARK_RIDE).totals_s(zones, zones)
    assert {key[0] for key in set(layers._layers) - known} == {"roads"}
    known = set(layers._layers)
    changed = now.apply(SetHeadway(line="CS2", windows=(Window(start="07:00", end="09:30", headway_min=4),)))
    Engine(changed, cm.PARK_RIDE).totals_s(zones, zones)
    assert {key[0] for key in set(layers._layers) - known} <= {"timetable", "draws", "courses"}


def test_layers_are_bounded_by_bytes(monkeypatch):
    forgotten()
    monkeypatch.setattr(layers, "KEPT_BYTES", 1000)
    for k in range(5):
        layers.layer(k, lambda: np.zeros(50))
    assert list(layers._layers) == [3, 4]
    assert layers.layer("large", lambda: (np.zeros(500), pd.DataFrame())) and list(layers._layers) == ["large"]
    forgotten()
