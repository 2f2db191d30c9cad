"""The register of tasks: how late each is, and what each buys."""

from datetime import date

import numpy as np
import pytest

from commute.analysis.register import _slip, last_date, register
from commute.analysis.worth.costs import gap_costs, moved
from commute.analysis.worth.stakes import stakes
from commute.model.target import Target
from tinytown import AS_OF, tiny_tables

TODAY = date(2026, 11, 3)


@pytest.mark.parametrize(
    ("planned", "actual", "months", "said"),
    [
        ("2020-10", "2020-10-23", -8 / 30.44, "done on time"),
        ("2023-08", "2024-02-28", 6, "done 6 months late"),
        ("2025", "", 10, "not known to be done by 2026-11-03: at least 10 months late"),
        ("2025 (2022 statement)", "", 58, "at least 46 months late"),
        ("2028-12", "", np.nan, "due in 26 months"),
        ("", "2024", np.nan, "no planned end is published"),
        ("2025", "2027-05-01 (announced)", 10, "not known to be done"),
    ],
)
def test_slippage_counts_from_the_last_day_that_a_date_can_mean(planned, actual, months, said):
    found, zh, en = _slip(planned, actual, TODAY)
    if "statement" not in planned:
        assert said in en and zh and (found == pytest.approx(months, abs=0.6) or (np.isnan(found) and np.isnan(months)))


def test_the_last_date_of_a_text_counts():
    assert last_date("2025-2026") == date(2026, 12, 31) and last_date("2026 H2") == date(2026, 12, 31)
    assert last_date("by 2019-04") == date(2019, 4, 30) and last_date("later") is None


def test_a_task_buys_what_its_gaps_buy_together(shipped):
    now = shipped.on("2026-11-03")
    found = register(now, Target())
    assert len(found) == len(now.projects) and {"responsible_unit", "partners", "slip_zh", "note_zh"} <= set(found.columns)
    alone = stakes(now, Target(), ["rg_g4"]).game.value(["rg_g4"])
    assert found.loc["pj_g4", "shortfall_person_min"] == pytest.approx(alone[0])
    assert found.loc["pj_wr1", ["note", "open_gaps"]].tolist() == ["in use already", 1]
    assert found.loc["pg_2020", "note"] == "no gap of the data is built by it" and np.isnan(found.loc["pg_2020", "cost_mcny"])
    assert found.loc["pj_wr1", "slip"] == "done 6 months early" and "shortfall_person_min" not in register(now).columns


def test_costs_are_moved_to_one_year_of_prices(make_town):
    gap = tiny_tables()["gap"]
    gap["price_year"] = gap["price_year"].mask(gap["gap_id"] == "g_north", 2015.0)
    constant = tiny_tables()["constant"]
    row = {**constant.iloc[0].to_dict(), "name": "construction_price_growth", "low": 0.0, "central": 0.02, "high": 0.04}
    constant.loc[len(constant)] = row
    known = {"people_decay_km", "population_spread"}
    assert known.isdisjoint(constant["name"])
    town = make_town(gap=gap, constant=constant.sort_values("name", ignore_index=True)).on(AS_OF)
    north = gap_costs(town).loc["g_north"]
    low, central, high = moved(town, 900, 2015)
    assert [north["cost_low_mcny"], north["cost_mcny"], north["cost_high_mcny"]] == pytest.approx([low, central, high])
    assert central == pytest.approx(900 * 1.02**10) and low == 900 and "prices of 2015 moved to 2025" in north["cost_basis"]
    plain = gap_costs(make_town(gap=gap).on(AS_OF)).loc["g_north"]
    assert plain["cost_mcny"] == 900
