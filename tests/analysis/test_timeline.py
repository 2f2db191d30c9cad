"""The circle by date: what each opening gave sums to the change, and is what opening it alone would give."""

import numpy as np
import pytest

import commute as cm
from commute.analysis.hybrid import RULES, Between
from commute.analysis.timeline import timeline
from commute.analysis.worth.stakes import MEASURES, stakes
from commute.errors import BadValue
from commute.model.target import Target
from tinytown import tiny_tables

TARGET = Target(mode="car", when="free", minutes=8)
BEST = Target(minutes=20)


@pytest.fixture
def grown(make_town):
    """The tiny town in which both gaps opened: one on a day, one in a year."""
    gap = tiny_tables()["gap"]
    gap["opens"] = gap["gap_id"].map({"g_north": "2021-06-30", "g_tied": "2022"})
    gap["state"] = "open"
    link = tiny_tables()["link"]
    link["opens"] = link["opens"].mask(link["link_id"] == "l_planned", "2022")
    return make_town(gap=gap, link=link)


def totals(net, target):
    return stakes(net, target, ()).totals[: len(MEASURES)]


def test_the_parts_of_an_interval_sum_to_its_change(grown):
    found = timeline(grown, TARGET, dates=["2020-06-01", "2021-09-01", "2023-06-01"], redistributions=0, levels=("central",))
    for (first, last), part in found.openings.groupby(["from_date", "to_date"]):
        wanted = totals(grown.on(first), TARGET) - totals(grown.on(last), TARGET)
        assert part[list(MEASURES)].sum().to_numpy() == pytest.approx(wanted, abs=2.0)  # parts under a person-minute are left out
    by_key = found.openings.set_index("key")
    assert by_key.loc["g_north", "to_date"] == "2021-09-01" and by_key.loc["g_tied", "to_date"] == "2023-06-01"
    assert by_key.loc["g_north", "opens_known"] == "day" and by_key.loc["g_tied", "opens_known"] == "year"
    assert by_key.loc["g_north", "person_min"] > 0
    assert list(found.dates["date"]) == ["2020-06-01", "2021-09-01", "2023-06-01"] and "北桥" in found.dates["opened"].iloc[1]
    assert "2020" in found.definition("en") and "2020" in found.definition("zh")


def test_a_gap_alone_gives_what_opening_it_early_gives(grown):
    found = timeline(grown, TARGET, dates=["2020-06-01", "2023-06-01"], redistributions=0, levels=("central",)).openings.set_index("key")
    before = grown.on("2020-06-01")
    opened = before.apply(cm.OpenGap(gap="g_north"))
    wanted = totals(before, TARGET) - totals(opened, TARGET)
    assert found.loc["g_north", [f"{one}_alone" for one in MEASURES]].to_numpy(float) == pytest.approx(wanted, abs=1e-6)


def test_a_network_between_two_dates_is_either_of_them_at_its_ends(grown):
    between = Between.of(grown, "2018-06-01", "2019-06-03")
    assert totals(between.network(()), BEST) == pytest.approx(totals(grown.on("2018-06-01"), BEST), abs=1e-6)
    whole = between.network([*between.lines, RULES, "roads"])
    assert totals(whole, BEST) == pytest.approx(totals(grown.on("2019-06-03"), BEST), abs=1e-6)


def test_the_shipped_west_ring_is_found_and_sums(shipped):
    found = timeline(shipped, Target(), dates=["2022-05-11", "2023-06-29"], redistributions=0, levels=("central",)).openings
    assert {"gp_wr1", "CS6"} <= set(found["key"]) and found.set_index("key").loc["gp_wr1", "opens"] == "2023-06-28"
    wanted = totals(shipped.on("2022-05-11"), Target()) - totals(shipped.on("2023-06-29"), Target())
    assert found[list(MEASURES)].sum().to_numpy() == pytest.approx(wanted, abs=3.0)
    assert np.isfinite(found[list(MEASURES)].to_numpy()).all()


def test_dates_must_rise(grown):
    with pytest.raises(BadValue, match="dates must be two or more and rise: 2023-06-01, 2020-06-01"):
        timeline(grown, TARGET, dates=["2023-06-01", "2020-06-01"])
    with pytest.raises(BadValue, match="dates must be two or more and rise: 2023-06-01"):
        timeline(grown, TARGET, dates=["2023-06-01"])
