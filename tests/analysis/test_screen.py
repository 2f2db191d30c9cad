"""The first screen: its words, its table, its floor."""

import numpy as np
import pandas as pd
import pytest

from commute.analysis import check, first_screen
from commute.analysis.screen import COUNTS, MODES
from commute.errors import BadValue
from commute.model.results.check import CircleCheck, Range
from commute.model.results.screen import FirstScreen, percent
from commute.model.target import Target

EMPTY = pd.DataFrame()


def screen(state="fails", share=(0.12, 0.09, 0.16), need=71.4, minutes=(38.0, 94.4, 60.0), judged="people", target=None):
    ends = [("a", "b"), ("b", "c"), ("a", "c")][: len(minutes)]
    pairs = pd.DataFrame({"from_id": [a for a, _ in ends], "to_id": [b for _, b in ends], "minutes": minutes})
    one = CircleCheck(
        target=target or Target(),
        state=state,
        people_share=Range(*share),
        shares=EMPTY,
        minutes_needed=Range(need, need, need),
        shortfall_min=Range(0, 0, 0),
        pairs=pairs,
        zones=EMPTY,
        about={"judged": judged},
    )
    return FirstScreen(one, EMPTY, EMPTY)


def test_the_sentence_answers_and_says_what_holds():
    said = screen()
    assert said.sentence("en") == (
        "No. 80% of people need 71 min; 30 min holds for about 12% (9–16). The three centre pairs take 38–94 min."
    )
    assert said.sentence("zh") == "不成立。80% 的人需要 71 分钟；30 分钟内约 12%（9–16）。三对中心 38–94 分钟。"


@pytest.mark.parametrize(("state", "en", "zh"), [("holds", "Yes.", "成立。"), ("in_doubt", "In doubt.", "存疑。")])
def test_the_sentence_begins_with_the_state(state, en, zh):
    assert screen(state).sentence("en").startswith(en + " ") and screen(state).sentence("zh").startswith(zh)


def test_the_sentence_says_so_where_people_cannot_get_there():
    said = screen(need=np.inf, share=(0.0, 0.0, 0.02), minutes=(38.0, np.nan, 60.0))
    assert said.sentence("en") == (
        "No. Fewer than 80% of people can get there at all; 30 min holds for under 1% (0–2). "
        "The three centre pairs take 38 min or cannot be made."
    )


def test_judged_pairs_have_a_sentence_of_their_own():
    said = screen(judged="pairs", target=Target(share=1.0), minutes=(38.0, 60.0))
    assert said.sentence("en") == "No. To hold for all of its pairs it takes 71 min. The two pairs take 38–60 min."
    assert said.sentence("zh") == "不成立。全部点对要成立需 71 分钟。两对点 38–60 分钟。"


def test_shares_are_never_finer_than_one_per_cent():
    assert percent(Range(0.1249, 0.0851, 0.166)) == "12% (9–17)"
    assert percent(Range(0.004, 0.001, 0.004)) == "under 1%"
    assert percent(Range(0.0, 0.0, 0.021), "zh") == "不到 1%（0–2）"
    assert percent(Range(1.0, 1.0, 1.0)) == "100%"
    assert percent(Range(np.nan, np.nan, np.nan)) == "—"


def test_an_unknown_language_is_refused():
    with pytest.raises(BadValue, match="must be zh or en"):
        screen().sentence("fr")


@pytest.fixture
def first(engine, town):
    return first_screen(town, Target(minutes=15), redistributions=20)


def test_the_table_has_pairs_and_people_by_count_and_mode(first):
    table = first.table
    assert len(table) == 2 * len(COUNTS) * len(MODES)  # one pair of centres, and the people
    assert set(table["row_en"]) == {"East Centre – West Centre", "people"}
    pairs = table[table["row"] != "people"].set_index(["count", "mode"])
    assert np.isnan(pairs.at[("station_to_station", "car_peak"), "minutes"])
    assert np.isnan(pairs.at[("in_vehicle", "park_ride"), "minutes"])
    door = pairs.loc["door_to_door", "minutes"]
    assert door["best"] == min(door["car_peak"], door["transit"], door["park_ride"])
    assert door["car_free"] < door["car_peak"] and door["transit"] < door["transit_foot"]
    assert (pairs["minutes"].dropna() <= pairs["high"].dropna()).all() and (pairs["low"].dropna() <= pairs["minutes"].dropna()).all()


def test_people_s_shares_grow_with_the_limit_and_shrink_with_the_count(first):
    people = first.table[first.table["row"] == "people"].set_index(["count", "mode"])
    for mode in MODES:
        row = people.loc[("door_to_door", mode)]
        assert row["share_30"] <= row["share_45"] <= row["share_60"]
        assert row["share_30_low"] <= row["share_30"] <= row["share_30_high"]
    assert people.at[("in_vehicle", "transit"), "share_30"] >= people.at[("door_to_door", "transit"), "share_30"]


def test_the_table_s_best_is_the_verdict_s_share(engine, town):
    target = Target(minutes=30)
    verdict = check(town, target, redistributions=20)
    table = first_screen(town, target, verdict=verdict, redistributions=20).table
    best = table.query("row == 'people' and count == 'door_to_door' and mode == 'best'").iloc[0]
    assert (best["share_30"], best["share_30_low"], best["share_30_high"]) == pytest.approx(tuple(verdict.people_share))


def test_the_floor_is_below_today_and_says_why(first):
    row = first.floor.iloc[0]
    assert row["floor_min"] < row["best_min"]
    assert row["straight_km"] == pytest.approx(5.79, abs=0.02)
    assert row["speed_needed_kmh"] == pytest.approx(row["straight_km"] * 4)
    assert row["why"].startswith("by ") and "not above 15" in row["why"] and "不超过 15" in row["why_zh"]


def test_a_verdict_on_another_target_is_refused(engine, town):
    verdict = check(town, Target(minutes=15), redistributions=0)
    with pytest.raises(BadValue, match="another target"):
        first_screen(town, Target(), verdict=verdict)
