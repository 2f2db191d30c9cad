"""What the library says in English it says in Chinese beside it."""

import csv
import re
from pathlib import Path

import pytest

from commute.analysis import claims, fit, levers, rank
from commute.analysis.fit import WHY
from commute.analysis.levers import NOTES
from commute.analysis.ranking import IDLE
from commute.analysis.ranking import NOTES as GAP_NOTES
from commute.analysis.worth.gaps import gap_facts
from commute.model.target import COMMUTE_45, ONE_HOUR_COMMUTE_2027, Target
from tinytown import SRC, frame, tiny_tables

CHINESE = re.compile("[一-鿿]")
ENGLISH = re.compile(r"(?:[A-Za-z][A-Za-z'’-]*[\s,;:.()]+){3}[A-Za-z]")
CAR = Target(mode="car", when="free", minutes=8)
GAP_FILE = Path(__file__).parents[2] / "data" / "network" / "gap.csv"


def assert_twins(table, name):
    """Each English text has a Chinese one, and none stands where the other lacks."""
    for english, chinese in zip(table[name], table[f"{name}_zh"], strict=True):
        assert bool(english) == bool(chinese), english
        assert not english or (CHINESE.search(chinese) and not ENGLISH.search(chinese)), chinese


@pytest.mark.parametrize("pairs", [NOTES, IDLE, GAP_NOTES, WHY])
def test_phrases_are_pairs_of_chinese_and_english(pairs):
    for zh, en in pairs.values():
        assert bool(CHINESE.search(zh)) == bool(en) and not CHINESE.search(en)


def test_notes_of_levers_are_twins(engine, town):
    found = levers(town, Target(minutes=10))
    assert_twins(found, "note")
    assert (found["note"] != "").sum() > 3


def test_what_cannot_be_applied_is_said_in_both(engine, town, monkeypatch):
    from commute.errors import BadValue
    from commute.model.network import Network

    def refuse(*_):
        raise BadValue("no such thing can be done here")

    monkeypatch.setattr(Network, "apply", refuse)
    found = levers(town, CAR, [("pl_west", "pl_east")])
    refused = found[found["note"].str.startswith("cannot be applied")]
    assert len(refused)
    assert_twins(found, "note")


@pytest.mark.parametrize("target", [CAR, Target(mode="transit")])
def test_reasons_and_notes_of_gaps_are_twins(make_town, target):
    rows = tiny_tables()["gap"].to_dict("records")
    north = next(row for row in rows if row["gap_id"] == "g_north")
    stated = {"length_km": float("nan"), "no_effect": "length not published", "no_effect_zh": "长度未公布"}
    more = [{**north, "gap_id": f"g{k}", **one} for k, one in enumerate([{"from_error_km": 2.5}, stated, {"from_node_id": ""}])]
    found = rank(make_town(gap=frame("gap", [*rows, *more])), target, moves=2)
    assert_twins(found, "reason")
    assert_twins(found.assign(note_zh=found["note_zh"].str.partition("；")[0]), "note")
    assert found.loc["g1", ["reason", "reason_zh"]].tolist() == ["length not published", "长度未公布"]


def test_a_reason_that_the_data_give_in_english_alone_has_no_chinese(make_town):
    gap = tiny_tables()["gap"]
    gap.loc[gap["gap_id"] == "g_north", ["length_km", "no_effect"]] = [float("nan"), "length not published"]
    assert gap_facts(make_town(gap=gap)).loc["g_north", ["reason", "reason_zh"]].tolist() == ["length not published", ""]


def test_why_a_time_is_not_modelled_is_said_in_both_and_the_source_keeps_its_words(engine, make_town):
    usual = {"count": "in_vehicle", "when": "any", "bound": "equals", "basis": "timetable", "role": "comparison", "minutes": 25, **SRC}
    bus = {**usual, "observed_id": "bus", "mode": "bus", "date": "2026-11", "from_name": "a", "to_name": "b", "note": "its own words"}
    old = {**usual, "observed_id": "old", "mode": "rail", "date": "2012", "from_stop_id": "i1", "to_stop_id": "i4"}
    why = fit(make_town(observed=frame("observed", [bus, old]))).set_index("observed_id")
    zh, en = WHY["no stops"]
    assert (why.loc["bus", "note"], why.loc["bus", "note_zh"]) == (f"{en}; its own words", f"{zh}；its own words")
    assert (why.loc["old", "note"], why.loc["old", "note_zh"]) == ("no direct run on 2012-12-31", "2012-12-31 没有直达列车")


def test_notes_of_claims_are_twins(engine, town):
    found = claims(town, targets=[COMMUTE_45, ONE_HOUR_COMMUTE_2027])
    assert_twins(found, "note")
    assert "本库假定" in found["note_zh"][0] and "assumed by us" in found["note"][0]


def test_every_reason_of_the_shipped_gaps_is_given_in_chinese():
    with GAP_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]).index("no_effect_zh") == list(rows[0]).index("no_effect") + 1
    for row in rows:
        assert bool(row["no_effect"]) == bool(CHINESE.search(row["no_effect_zh"])), row["gap_id"]
        assert not ENGLISH.search(row["no_effect_zh"]), row["gap_id"]
