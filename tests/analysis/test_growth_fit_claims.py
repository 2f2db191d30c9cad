"""The circle by date, published times against the model, and promises against both."""

import numpy as np
import pandas as pd
import pytest

from commute.analysis import claims, fit, fit_summary, growth
from commute.analysis.growth import gains
from commute.model.changes import OpenGap
from commute.model.target import COMMUTE_45, ONE_HOUR_COMMUTE_2027, Target
from tinytown import SRC, frame, tiny_tables

CAR = Target(mode="car", when="free", minutes=10, share=0.5)


def test_growth_has_a_row_a_date_and_says_what_opened(engine, town):
    planned = town.apply(OpenGap(gap="g_north"))
    found = growth(town, CAR, ["2016-01-04", ("2016-12-27", "城际", "intercity")], scenarios=[("north", planned)], redistributions=5)
    assert list(found["date"]) == ["2016-01-04", "2016-12-27", "2026-11-03"]
    assert list(found["label_en"]) == ["2016-01-04", "intercity", "north"]
    assert list(found["opened"]) == ["", "小1号线", ""]
    (pair,) = found.attrs["pairs"]
    assert found[pair][2] == pytest.approx(found[pair][1] - 1) and set(found[f"{pair} mode"]) == {"car"}
    assert (found["share_low"] <= found["share"]).all() and (found["share"] <= found["share_high"]).all()
    assert gains(found)[pair].tolist()[1:] == pytest.approx([0, -1])


def test_growth_moves_a_weekend_to_the_monday_after_for_a_weekday_target(engine, town):
    assert list(growth(town, CAR.but(when="am_peak"), ["2026-11-07"], redistributions=0)["date"]) == ["2026-11-09"]
    assert list(growth(town, CAR, ["2026-11-07"], redistributions=0, levels=("central",))["date"]) == ["2026-11-07"]


def observed(*rows):
    usual = {
        "mode": "rail",
        "count": "in_vehicle",
        "when": "any",
        "bound": "equals",
        "basis": "timetable",
        "date": "2026-11",
        "role": "comparison",
    }
    return frame("observed", [{"observed_id": f"o{k}", **usual, **SRC, **row} for k, row in enumerate(rows)])


RAIL = {"from_stop_id": "i1", "to_stop_id": "i4"}
WEST, EAST = {"from_lon": 112.958, "from_lat": 28.101}, {"to_lon": 113.017, "to_lat": 28.099}


def test_rail_rows_are_held_against_the_pattern_they_name(engine, make_town):
    town = make_town(
        observed=observed(
            {**RAIL, "minutes": 15, "pattern": "fastest"},
            {**RAIL, "minutes": 20, "pattern": "typical"},
            {**RAIL, "minutes": 30, "pattern": "all_stops", "bound": "at_most"},
            {**RAIL, "minutes": 25, "pattern": "typical", "date": "2018"},
            {**RAIL, "minutes": 25, "date": "2012"},
        )
    )
    found = fit(town).set_index("observed_id")
    assert found.loc["o0", ["model_min", "error_min", "sign", "within_bound"]].tolist() == [15, 0, "even", True]
    assert found.loc["o1", "model_low_min"] == 15 <= found.loc["o1", "model_min"] <= found.loc["o1", "model_high_min"]
    assert found.loc["o2", "model_min"] == 23 and found.loc["o2", "within_bound"]  # three hops of 7 minutes, two dwells
    assert found.loc["o3", "model_min"] == 26 and found.loc["o3", "day"] == "2018-12-31"  # the service of before 2020
    assert np.isnan(found.loc["o4", "model_min"]) and found.loc["o4", "note"] == "no direct run on 2012-12-31"
    assert found.loc["o0", "from_name"] == "i1站"


def test_car_rows_are_routed_between_their_points_on_their_day(engine, make_town):
    usual = {"mode": "car", **WEST, **EAST, "minutes": 5}
    rows = [{**usual, "bound": "at_least", "when": "any"}, {**usual, "bound": "at_most", "when": "am_peak"}]
    found = fit(make_town(observed=observed(*rows, {"mode": "bus", "from_name": "a", "to_name": "b", "minutes": 60})))
    assert found["model_min"][0] == found["model_low_min"][0] < found["model_high_min"][0] == found["model_min"][1]
    assert found["within_bound"].tolist() == [True, False, None]
    assert found["note"][2] == "no stops named: a ride cannot be told from the journey to it"


def test_the_summary_keeps_calibration_and_comparison_apart(engine, make_town):
    rows = [
        {**RAIL, "minutes": m, "pattern": "fastest", "role": role}
        for m, role in ((15, "calibration"), (20, "comparison"), (16, "comparison"))
    ]
    table = fit_summary(fit(make_town(observed=observed(*rows)))).set_index("role")
    assert table.loc["comparison", ["n", "median_abs_error_min", "worst_abs_error_min", "worst"]].tolist() == [2, 3.0, 5.0, "o1"]
    assert table.loc["comparison", "within_10_share"] == 0.5 and table.loc["calibration", "median_abs_error_min"] == 0


def test_claims_are_reproduced_optimistic_pessimistic_or_cannot_be_tested(engine, make_town):
    base = {**RAIL, "pattern": "fastest", "basis": "promotional"}
    town = make_town(
        observed=observed({**base, "minutes": 15}, {**base, "minutes": 8}, {**base, "minutes": 60}, {**base, "minutes": 15, "date": "2012"})
    )
    found = claims(town, targets=[])
    assert found["verdict"].tolist() == ["reproduced", "optimistic", "pessimistic", "cannot test"]


def test_texts_are_claims_too_but_not_before_they_are_due(engine, town):
    said = [Target(minutes=m, words="到 2025 年", name=f"t{m}", when="free", mode="car") for m in (1, 60)]
    later = Target(minutes=1, words="到 2035 年", when="free", mode="car")
    found = claims(town, targets=[*said, later, COMMUTE_45, Target(minutes=1)])
    assert len(found) == 4  # a target without words claims nothing
    assert found["verdict"].tolist() == ["optimistic", "reproduced", "cannot test", "cannot test"]
    assert "not due before 2035" in found["note"][2] and "commutes" in found["note"][3]
    assert "2027" in ONE_HOUR_COMMUTE_2027.words


def test_a_table_without_rows_gives_empty_answers(engine, make_town):
    town = make_town(observed=tiny_tables()["observed"].iloc[:0])
    assert len(fit(town)) == 0 and isinstance(fit_summary(fit(town)), pd.DataFrame) and len(claims(town, targets=[])) == 0
