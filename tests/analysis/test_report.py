"""What a report gathers: every frame of it, told phase by phase; and trains a day against the published pairs."""

from __future__ import annotations

import pandas as pd
import pytest

from commute.analysis.measure.outlines import zone_outlines
from commute.analysis.portfolio import portfolio
from commute.analysis.report import _late_first, building, gather, together, vague_dates
from commute.analysis.trains import trains_per_day
from commute.cli.phases import PHASES
from commute.errors import BadValue
from commute.model.target import Target

PUBLISHED = {"czt_zhuzhou": 46, "czt_xiangtan": 50, "czt_lugu": 23}  # pairs a day counted on train pages of 2026-06 to 2026-09


def test_gather_fills_the_report_and_tells_its_phases(town):
    told: list[str] = []
    found = gather(town.on(town.as_of), Target(), phase=told.append, redistributions=20, cell_m=500)
    assert told == [one for one in PHASES if one not in ("imports", "network", "drawing")]
    assert set(found.journeys["kind"]) == {"centre", "park"}
    assert set(found.isochrones["mode"]) == {"transit", "car"}
    assert set(found.doubt) == {(mode, one) for mode in ("transit", "car") for one in ("pl_west", "pl_east")}
    assert len(found.centre_shares) == 2 * 3 * 3
    assert {found.name(one, "zh") for one in found.journeys["from_id"]} == {"西心", "东心", "东园"}
    assert found.name("nobody", "en") == "nobody"


def test_what_to_build_is_the_portfolio_of_the_budget(town):
    net = town.on(town.as_of)
    found, best = building(net, Target(minutes=10), 900.0), portfolio(net, Target(minutes=10), budget_mcny=900.0)
    assert found.portfolio.sentence("zh") == best.sentence("zh") and found.portfolio.budget_mcny == 900.0
    assert list(found.register.index) == ["p_north"]
    assert found.missing is not None and len(found.frontier) >= 1


def test_a_target_without_cars_has_no_missing_links(town):
    assert building(town.on(town.as_of), Target(minutes=10, mode="transit")).missing is None


def test_a_bad_budget_is_refused_before_anything_is_asked(town):
    told: list[str] = []
    with pytest.raises(BadValue, match=r"^budget_mcny is -1, must be from 0 to 10 million"):
        gather(town.on(town.as_of), Target(), budget_mcny=-1, phase=told.append)
    assert told == []


def test_late_tasks_that_buy_something_come_first():
    rows = {
        "slip_months": [float("nan"), 80.0, 3.0, 9.0, 5.0],
        "actual_end": ["", "", "", "2024", ""],
        "all_person_min": [5.0, float("nan"), 7.0, 1e9, 8.0],
    }
    assert list(_late_first(pd.DataFrame(rows, index=list("abcde"))).index) == ["e", "c", "b", "d", "a"]


def test_dates_known_to_the_month_or_year_count_from_their_last_day(shipped):
    found = vague_dates(shipped)
    assert set(found["said"].str.len()) == {4, 7} and not found.duplicated().any()
    gaps = shipped.table("gap")
    assert (found["table"] == "gap").sum() == len(
        {
            (row["name_zh"], field, row[field])
            for row in gaps.to_dict("records")
            for field in ("opens", "opens_planned")
            if len(row[field]) in (4, 7)
        }
    )
    years = found[found["said"].str.len() == 4]
    assert (years["counts_from"] == years["said"] + "-12-31").all()


def test_no_pair_to_tell_of_is_an_empty_table(town):
    ranked = pd.DataFrame({"group": ["gap"], "rank": [1.0]}, index=["g_north"])
    assert not len(together(town.on(town.as_of), Target(minutes=10), ranked))


def test_single_centres_hold_at_least_as_many_as_both_together(town):
    found = gather(town.on(town.as_of), Target(), redistributions=0, cell_m=500)
    every = found.check.shares[found.check.shares["inside"] == "every"].set_index(["area", "minutes"])["share"]
    for _, row in found.centre_shares.iterrows():
        assert row["share"] >= every[row["area"], row["minutes"]] - 1e-9
        assert row["low"] <= row["share"] <= row["high"]


def test_trains_a_day_follow_from_headways(tiny):
    frame = trains_per_day(tiny).set_index("stop")
    assert list(frame.columns) == ["2016-12", "2020-01"]
    assert frame.at["i1", "2016-12"] == pytest.approx(15.0)  # 6:30 to 21:30, one an hour, each way
    assert frame.at["i1", "2020-01"] == pytest.approx(2 * 45 + 0.5)  # two patterns every 20 minutes each way, and the 8:05
    assert frame.at["i3", "2020-01"] == pytest.approx((2 * 45 + 45) / 2)  # one way, one of the patterns passes it


def test_trains_of_the_shipped_network_are_within_a_tenth_of_the_published_pairs(shipped):
    frame = trains_per_day(shipped).set_index("stop")
    for stop, pairs in PUBLISHED.items():
        assert frame[frame.columns[-1]][stop] == pytest.approx(pairs, rel=0.1)


def test_zones_have_their_ground_in_degrees(town):
    shapes = zone_outlines(town)
    assert set(shapes) == set(town.table("zone")["zone_id"])
    for one in shapes.values():
        west, south, east, north = one.bounds
        assert 112 < west < east < 114 and 27 < south < north < 29
