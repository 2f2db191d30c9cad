"""Networks against a base: what does not change is 0, people balance, legs sum, luck is no gain, and a bridge worked out by hand."""

from __future__ import annotations

import re
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commute.analysis.circle import check
from commute.analysis.compare import NOTES, compare
from commute.analysis.differences import NOTES as PAIR_NOTES
from commute.analysis.differences import REDRAWS, TOLERANCE_MIN, change, saving
from commute.errors import BadValue, UnknownId
from commute.model.changes import OpenGap, SetHeadway, Window
from commute.model.points import Points
from commute.model.results.amounts import figures, people_words
from commute.model.results.comparison import WORDS, unique
from commute.model.results.times import LEGS
from commute.model.scenario import Scenario
from commute.model.target import Target
from commute.routing import travel_times
from tinytown import AS_OF, tiny_tables

CAR = Target(mode="car", when="free", minutes=16)
TRANSIT = Target(mode="transit", minutes=30)
BRIDGE = Scenario(name="bridge", changes=(OpenGap(gap="g_north"),))
RARE = Scenario(name="rare", changes=(SetHeadway(line="M1", windows=(Window(start="6:30", end="10:00", headway_min=12),)),))
CHINESE = re.compile("[一-鿿]")
KEPT = {}
LEG_COLUMNS = [f"{leg}_saved_min" for leg in LEGS]


@pytest.fixture
def day(town):
    """The tiny town on its own day, kept so that its times serve every test."""
    KEPT.setdefault("day", town.on(AS_OF))
    return KEPT["day"]


def against(base, *others, target=CAR, **more):
    return compare(base, *others, target=target, **{"redistributions": 10, **more})


def numbers(frame):
    return frame.select_dtypes("number").fillna(0)


# what does not change ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [CAR, TRANSIT, Target(minutes=22)], ids=["car", "transit", "best"])
def test_a_base_against_itself_gains_nothing_and_no_one_moves(day, target):
    found = against(day, day, target=target)
    for table, columns in (
        (found.zones, ["saved_min", "saved_low", "saved_high", "noise_min", "people_entering", "people_leaving", "jobs_entering"]),
        (found.pairs, ["saved_min", "saved_low", "saved_high", "noise_min", *LEG_COLUMNS]),
        (found.centres, ["saved_min", "saved_low", "saved_high", "people_entering", "people_leaving"]),
        (found.winners, ["people"]),
    ):
        assert len(table) and (table[columns] == 0).all(axis=None)
    assert set(found.zones["change"]) == set(found.pairs["change"]) == {"none"} and found.zones["sure"].all()
    gains = [name for name in found.summary if re.search("gained|saved|entering|leaving|gaining|losing|doubt|noise|land_use", name)]
    assert (numbers(found.summary[gains]) == 0).all(axis=None)
    assert "no zone's median journey changes" in found.sentence(found.others[0])


@pytest.mark.parametrize("target", [CAR, Target(minutes=22), Target(minutes=12, mode="car", origins=("n00",), destinations=("n32",))])
def test_each_row_of_the_summary_is_what_check_says(day, target):
    found = against(day, day.apply(BRIDGE), target=target)
    for key, net in zip(found.names, found.nets, strict=True):
        alone, row = check(net, target, redistributions=10), found.summary.loc[key]
        assert (row["state"], row["hash"], row["date"]) == (alone.state, net.hash, "2026-11-03")
        for name, one in (("share", alone.people_share), ("minutes_needed", alone.minutes_needed), ("shortfall_min", alone.shortfall_min)):
            assert tuple(row[[name, f"{name}_low", f"{name}_high"]]) == tuple(one)
        assert row["people_inside"] == pytest.approx(alone.people_share.central * 250_000)


def test_the_order_of_the_others_does_not_matter(day):
    one, two = day.apply(BRIDGE), day.apply(RARE)
    found, turned = against(day, one, two, target=TRANSIT), against(day, two, one, target=TRANSIT)
    for key in ("bridge", "rare"):
        for name in ("zones", "centres"):
            pd.testing.assert_frame_equal(getattr(found, name).loc[key], getattr(turned, name).loc[key])
        for name in ("pairs", "winners"):
            a, b = (getattr(each, name) for each in (found, turned))
            pd.testing.assert_frame_equal(*(one[one["network"] == key].reset_index(drop=True) for one in (a, b)))
    pd.testing.assert_frame_equal(found.summary.loc[list(turned.names)], turned.summary)


# what changes --------------------------------------------------------------------------------------------------


def test_a_bridge_by_hand(day):
    """Round by the old bridge 2.330 km at 40, 4.125 km at 60, 2.330 km at 40: 11.1 min; over the new one 4.125 km at 60: 4.1 min."""
    ends = CAR.but(origins=("n12",), destinations=("n22",), minutes=12)
    found = against(day, day.apply(BRIDGE), target=ends)
    assert len(found.pairs) == 2  # both directions
    for row in found.pairs.to_dict("records"):
        assert row["minutes_before"] == pytest.approx(11.115 + 5, abs=2 / 60)  # 5 min to park
        assert row["saved_min"] == pytest.approx(row["ride_saved_min"]) == pytest.approx(6.99, abs=2 / 60)
        assert (row["mode_before"], row["mode_after"], row["mode_changed"]) == ("car", "car", False)
        assert (row["state_before"], row["state_after"]) == ("fails", "in_doubt")  # 8 min to park where it is hard
        assert (row["change"], row["sure"]) == ("gain", True)
    summary = found.summary.loc["bridge"]
    assert summary["needed_saved"] == pytest.approx(found.pairs["saved_min"].iloc[0])
    assert summary["shortfall_saved"] == pytest.approx(16.117 - 12, abs=2 / 60)
    printed = found.paper("en").set_index("measure").loc["Corner 12 → Corner 22"]
    assert printed["2026-11-03"].startswith("16 (") and printed["bridge (2026-11-03): change"] == "−7"
    assert found.paper("zh").set_index("指标").at["每对平均超出时间", "bridge（2026-11-03）：变化"].startswith("−4")


def test_zones_that_gain_are_those_that_the_bridge_brings_nearer(day):
    found = against(day, day.apply(BRIDGE))
    zones = found.zones.loc["bridge"]
    assert (zones["saved_min"] == zones["minutes_before"] - zones["minutes_after"]).all()
    assert zones["winner"].equals(zones["saved_min"] > zones["floor_min"]) and zones["saved_min"].max() > 0
    plain = check(day, CAR, redistributions=0).zones
    for name in ("minutes", "centre_id", "mode", "state", "share_inside"):
        assert zones[f"{name}_before"].tolist() == plain[name].tolist()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])  # a network is never changed in place
@given(st.sampled_from(["car", "transit", "best"]), st.floats(8, 34), st.sampled_from([(BRIDGE,), (RARE,), (BRIDGE, RARE)]))
def test_people_and_jobs_balance(day, mode, minutes, scenarios):
    found = against(day, day.apply(*scenarios), target=Target(mode=mode, minutes=minutes), redistributions=0)
    key = found.others[0]
    zones, before, after = found.zones.loc[key], found.summary.loc[found.base], found.summary.loc[key]
    for what in ("people", "jobs"):
        moved = zones[what] * (zones["share_inside_after"] - zones["share_inside_before"])
        np.testing.assert_allclose(zones[f"{what}_entering"] - zones[f"{what}_leaving"], moved, atol=1e-6)
        assert after[f"{what}_inside"] - before[f"{what}_inside"] == pytest.approx(after[f"{what}_entering"] - after[f"{what}_leaving"])
        assert after[f"{what}_by_land_use"] == pytest.approx(0, abs=1e-6)
        assert (zones[[f"{what}_entering", f"{what}_leaving"]] >= 0).all(axis=None)
    centres = found.centres.loc[key]
    np.testing.assert_allclose(
        centres["people_entering"] - centres["people_leaving"], centres["people_after"] - centres["people_before"], atol=1e-6
    )
    whole = found.winners[found.winners["by"] == "all"].set_index("side")
    assert (whole["people"].loc[["gain", "loss"]].tolist()) == [after["people_gaining"], after["people_losing"]]
    cities = found.winners[found.winners["by"] == "city"].groupby("side")["people"].sum()
    assert cities.loc[["gain", "loss"]].tolist() == pytest.approx(whole["people"].loc[["gain", "loss"]].tolist())


@pytest.mark.parametrize("count", ["door_to_door", "station_to_station", "in_vehicle"])
@pytest.mark.parametrize("statistic", ["p50", "p90"])
def test_legs_gained_sum_to_the_minutes_gained_to_the_second(town, day, count, statistic):
    found = against(town.on("2018-06-29"), day, day.apply(RARE), target=TRANSIT.but(count=count, statistic=statistic), redistributions=0)
    seconds = (found.pairs[LEG_COLUMNS].sum(axis=1) - found.pairs["saved_min"]) * 60
    assert np.abs(seconds).max() < 1e-6 and (found.pairs["saved_min"] != 0).any()


def test_a_mode_that_changes_is_said_and_a_mean_has_no_legs_of_its_own(town, day):
    found = against(town.on("2018-06-29"), day, target=Target(origins=("m1",), destinations=("m4",)), redistributions=0)
    moved = found.pairs[found.pairs["mode_changed"]]
    assert len(moved) and (moved["note"] == "another mode: every leg moves").all() and moved["note_zh"].str.contains("方式改变").all()
    assert (found.pairs.loc[~found.pairs["mode_changed"], "note"] == "").all()
    mean = against(day, day.apply(RARE), target=TRANSIT.but(statistic="mean"), redistributions=0)
    assert mean.about["legs_of"] == "p50" and "A mean has no legs of its own" in mean.definition("en")


@pytest.mark.parametrize("gaps", [("g_north",), ("g_tied",), ("g_north", "g_tied")])
@pytest.mark.parametrize("when", ["free", "am_peak"])
def test_opening_gaps_makes_no_one_lose_by_car(day, gaps, when):
    found = against(day, day.apply(*(OpenGap(gap=one) for one in gaps)), target=CAR.but(when=when, minutes=14))
    assert not found.zones["loser"].any() and (found.zones["saved_low"] >= 0).all() and (found.zones["people_leaving"] == 0).all()
    assert found.summary["people_losing"].eq(0).all()


def test_opening_all_gaps_of_the_shipped_network_makes_no_one_lose_by_car(now):
    import commute as cm

    found = against(now, now.apply(cm.read_scenario("open_all_gaps")), target=CAR.but(minutes=45))
    row = found.summary.loc["open_all_gaps"]
    assert row["people_losing"] == row["people_leaving"] == 0 and (found.zones["saved_low"] >= 0).all()
    assert row["people_gaining"] > 1e6 and row["people_entering"] > 1e5
    assert found.zones["winner"].sum() > 50 and len(found.winners.query("by == 'zone' and side == 'gain'")) == 10
    assert row["share_gained_low"] <= row["share_gained"] <= row["share_gained_high"]


# ranges, luck ----------------------------------------------------------------------------------------------------


def test_ranges_are_those_of_the_difference_level_by_level(day):
    other = day.apply(BRIDGE)
    found = against(day, other, target=CAR.but(when="am_peak", origins=("n12",), destinations=("n22",)))
    ends = Points(("a", "b"), np.array([112.96, 113.0]), np.array([28.12, 28.12]), ("", ""))
    profile = CAR.but(when="am_peak").profiles()["car"]
    saved = []
    for level in ("favourable", "central", "unfavourable"):
        before, after = (travel_times(net.assume(level), ends, ends, profile=profile, progress=False).minutes[0, 1] for net in (day, other))
        saved.append(before - after)
    row = found.pairs.iloc[0]
    assert (row["saved_low"], row["saved_min"], row["saved_high"]) == pytest.approx((min(saved), saved[1], max(saved)))
    held = [one.pairs.iloc[0] for one in found.checks]
    assert row["saved_high"] - row["saved_low"] < held[0]["high"] - held[1]["low"]  # the ranges themselves overlap much more


def test_luck_is_the_same_where_services_are_and_is_measured_where_they_differ(day):
    same = against(day, day.apply(OpenGap(gap="g_tied")), target=TRANSIT, redistributions=0)
    assert (same.zones["noise_min"] == 0).all() and same.about["noise_share"] == {same.others[0]: 0.0}
    other = day.apply(RARE)
    found = against(day, other, target=TRANSIT, redistributions=0)
    profile = next(iter(TRANSIT.profiles().values()))
    moved = []
    for seed in range(1, REDRAWS + 1):
        again = profile.but(seed=seed)
        before, after = (
            check(net, TRANSIT, profile=again, redistributions=0, levels=("central",)).zones["minutes"] for net in (day, other)
        )
        moved.append(((before - after) - found.zones.loc["rare", "saved_min"]).abs())
    zones = found.zones.loc["rare"]
    np.testing.assert_allclose(zones["noise_min"], np.max(moved, axis=0))
    assert (zones["noise_min"] > TOLERANCE_MIN).any() and found.about["redraws"] == REDRAWS
    assert zones["floor_min"].tolist() == np.maximum(TOLERANCE_MIN, zones["noise_min"]).tolist()
    assert (zones.loc[zones["saved_min"].abs() <= zones["floor_min"], "change"] == "none").all()
    assert against(day, day, redistributions=0).about["redraws"] == 0  # a car draws nothing


def test_change_by_hand():
    before = [np.array([30.0, 30.0, 30.0, 30.0, np.inf, np.inf])] * 4  # three levels, one other draw
    after = [
        np.array([29.6, 25.0, 29.9, 36.0, np.inf, 40.0]),
        np.array([29.6, 25.0, 28.0, 36.0, np.inf, 40.0]),
        np.array([29.6, 29.0, 28.0, 36.0, np.inf, 40.0]),
        np.array([29.6, 25.0, 28.0, 33.0, np.inf, 40.0]),
    ]
    found = change(before, after)
    assert found["change"].tolist() == ["none", "gain", "gain", "loss", "none", "gain"]
    assert found["sure"].tolist() == [True, True, False, True, True, True]
    np.testing.assert_allclose(found["floor_min"][:4], [0.5, 0.5, 0.5, 3.0])
    np.testing.assert_allclose(found["saved_min"], [0.4, 5.0, 2.0, -6.0, np.nan, np.nan])
    np.testing.assert_allclose(found["saved_high"][:4], [0.4, 5.0, 2.0, -6.0])
    np.testing.assert_allclose(found["saved_low"][:4], [0.4, 1.0, 0.1, -6.0])


times = st.lists(st.one_of(st.floats(1, 90), st.just(float("inf"))), min_size=5, max_size=5).map(np.array)


@given(st.lists(times, min_size=7, max_size=7), st.lists(times, min_size=7, max_size=7))
def test_what_one_way_gains_the_other_way_loses(before, after):
    there, back = change(before, after), change(after, before)
    turned = {"gain": "loss", "loss": "gain", "none": "none"}
    assert [turned[one] for one in there["change"]] == back["change"].tolist()
    np.testing.assert_array_equal(there["sure"], back["sure"])
    np.testing.assert_allclose(there["saved_min"], -back["saved_min"])
    np.testing.assert_allclose(there["saved_low"], -back["saved_high"])
    assert not np.isnan(saving(before[0], after[0])).any()


# people, dates, names ------------------------------------------------------------------------------------------


def test_people_who_move_are_counted_apart(day):
    tables = tiny_tables()
    zone, job = tables["zone"], tables["job"]
    zone.loc[zone["zone_id"] == "z5", "population"] = 160_000.0
    job.loc[job["zone_id"] == "z5", "jobs"] = 90_000.0
    moved = day.replaced(tables={"zone": zone, "job": job})
    found = against(day, moved, moved.apply(BRIDGE), names=["base", "moved", "both"])
    before = found.summary.loc["base"]
    assert (found.zones.loc["moved", "saved_min"] == 0).all() and found.about["people_differ"] == ["moved", "both"]
    for key in found.others:
        row = found.summary.loc[key]
        for what in ("people", "jobs"):
            gained = row[f"{what}_entering"] - row[f"{what}_leaving"] + row[f"{what}_by_land_use"]
            assert row[f"{what}_inside"] - before[f"{what}_inside"] == pytest.approx(gained)
        assert row["people"] == 350_000 and found.zones.loc[key, "people"].sum() == 250_000
    assert found.summary.at["moved", "people_by_land_use"] > 0
    assert "moved, both" in found.definition("en") and "moved、both" in found.definition("zh")
    assert "people inside because people moved" in set(found.paper("en")["measure"])


def test_networks_of_other_zones_are_refused_with_the_first_that_differs(day):
    tables = tiny_tables()
    less = {name: tables[name][tables[name]["zone_id"] != "z4"].reset_index(drop=True) for name in ("zone", "job")}
    with pytest.raises(BadValue) as refused:
        against(day, day.replaced(tables=less), names=["base", "less"])
    assert str(refused.value) == "zone z4 is in the base only: networks that are compared have the same zones"
    with pytest.raises(BadValue) as refused:
        against(day.replaced(tables=less), day, names=["less", "all"])
    assert str(refused.value) == "zone z4 is in all only: networks that are compared have the same zones"


def test_networks_of_other_centres_are_refused(day):
    place = tiny_tables()["place"]
    place.loc[place["place_id"] == "pl_east", "place_id"] = "pl_new"
    with pytest.raises(BadValue, match="centres are pl_east, pl_west in the base and pl_new, pl_west in new: they must be the same"):
        against(day, day.replaced(tables={"place": place}), names=["base", "new"])


@pytest.mark.parametrize(
    ("others", "names", "message"),
    [
        (0, None, "compare needs the base and at least one other network"),
        (1, ["one"], "names are 1, must be 2: one a network, the base first"),
        (1, ["one", "one"], "two networks are named 'one': give each its own name"),
    ],
)
def test_what_cannot_be_compared_is_said(day, others, names, message):
    with pytest.raises(BadValue) as refused:
        against(day, *[day] * others, names=names)
    assert str(refused.value) == message


def test_other_dates_are_allowed_and_said(town):
    then, now = town.on("2018-06-29"), town.on(AS_OF)
    found = against(then, now, target=TRANSIT, redistributions=0)
    assert list(found.names) == ["2018-06-29", "2026-11-03"]
    assert "different dates" in found.definition("en") and "日期不同" in found.definition("zh")
    assert found.about["networks"]["2018-06-29"] == {"hash": then.hash, "date": "2018-06-29", "scenarios": ()}
    assert set(found.about["assumed"]) >= {"entry_intercity_min", "walk_kmh"}
    assert "different dates" not in against(now, now.apply(BRIDGE), redistributions=0).definition("en")


@pytest.mark.parametrize("evil", ["<script>alert('西')</script>", "$x^{", "{0} {name}", 'a,"b"\n', "名\\字"])
def test_names_are_passed_as_plain_text(day, evil):
    found = against(day, day.apply(Scenario(name=evil, changes=BRIDGE.changes)), redistributions=0)
    assert found.others == (evil,) and found.summary.at[evil, "name_zh"] == evil
    assert (found.pairs["network"] == evil).all() and set(found.winners["network"]) == {evil}
    for lang in ("zh", "en"):
        assert evil in found.sentence(evil, lang) and any(evil in one for one in found.paper(lang).columns)
    assert len(pd.read_csv(StringIO(found.paper("en").to_csv(index=False)))) == len(found.paper("en"))


def test_progress_comes_to_its_end(day):
    told = []
    against(day, day, day.apply(BRIDGE), progress=lambda done, total: told.append((done, total)), redistributions=0)
    assert told == [(k, 7) for k in range(1, 8)]


# words -------------------------------------------------------------------------------------------------------------


def test_phrases_are_twins():
    for zh, en in [*NOTES.values(), *PAIR_NOTES.values()]:
        assert CHINESE.search(zh) and en and not CHINESE.search(en)
    assert set(WORDS["zh"]) == set(WORDS["en"])
    assert not any(CHINESE.search(text) for text in WORDS["en"].values())


def test_the_table_for_a_paper_is_whole_and_has_its_ranges(day):
    found = against(day, day.apply(BRIDGE), target=CAR.but(minutes=18), names=[("今", "today"), ("桥", "bridge")])
    english, chinese = found.paper("en"), found.paper("zh")
    assert list(english.columns) == ["measure", "unit", "today (2026-11-03)", "bridge (2026-11-03)", "bridge (2026-11-03): change"]
    assert list(chinese.columns) == ["指标", "单位", "今（2026-11-03）", "桥（2026-11-03）", "桥（2026-11-03）：变化"]
    assert len(english) == len(chinese) and (english != "").loc[:, english.columns[2]].all()
    rows = english.set_index("measure")
    assert re.fullmatch(r"(under 1|\d+)% \(\d+–\d+\)", rows.at["people within 18 min", "bridge (2026-11-03)"])
    shown = rows.at["West Centre → East Centre", "today (2026-11-03)"]
    pair = found.checks[0].pairs.iloc[0]
    assert pair["from_id"] == "pl_east" or shown == f"{pair['minutes']:.0f} ({pair['low']:.0f}–{pair['high']:.0f})"
    figures = english.iloc[2:, 2:].to_numpy().ravel()
    assert not any(re.search(r"nan|inf|\.\d{2}", str(one)) for one in figures)


def test_words_are_to_two_figures():
    assert [figures(one) for one in (0.4, 7.0, 1234.0, 987_654.0, -45_678.0)] == [0, 7, 1200, 990_000, -46_000]
    assert people_words(1_234_567, "en") == "1.2 million" and people_words(34_321, "en") == "34,000"
    assert people_words(1_234_567, "zh") == " 120 万人" and people_words(321, "zh") == " 320 人"
    assert unique(["a", "a", "b", "a"]) == ["a", "a (2)", "b", "a (3)"]


def test_unknown_languages_and_networks_are_refused(day):
    found = against(day, day, redistributions=0)
    with pytest.raises(BadValue, match="lang is 'fr', must be zh or en"):
        found.paper("fr")
    with pytest.raises(UnknownId, match="no network of the comparison 'rare'"):
        found.sentence("rare")
