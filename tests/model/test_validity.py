from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commute.errors import BadValue
from commute.model.validity import in_use, last_day, next_weekday, to_day


@pytest.mark.parametrize(("text", "day"), [("2024-02", date(2024, 2, 29)), ("2023", date(2023, 12, 31)), ("2022-05-11", date(2022, 5, 11))])
def test_a_rough_date_counts_from_its_last_day(text, day):
    assert last_day(text) == day


@pytest.mark.parametrize("text", ["", "2020-13", "2020-02-30", "20200101", "2020-1-1", "soon"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(BadValue, match="is not a date"):
        last_day(text)


def test_a_question_needs_a_whole_day():
    with pytest.raises(BadValue, match="'2020-05' is not a day: write YYYY-MM-DD"):
        to_day("2020-05")


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_opens_and_closes_are_inclusive(day):
    frame = pd.DataFrame({"opens": [day.isoformat()], "closes": [day.isoformat()]})
    before, after = date.fromordinal(day.toordinal() - 1), date.fromordinal(day.toordinal() + 1)
    assert [in_use(frame, d)[0] for d in (before, day, after)] == [False, True, False]


def test_a_target_is_not_a_fact():
    frame = pd.DataFrame({"opens": ["", "", "2020"], "opens_planned": ["2020", "", "2019"], "closes": ["", "", ""]})
    assert list(in_use(frame, date(2021, 1, 1))) == [False, True, True]


@given(st.dates())
def test_the_next_weekday_is_one(day):
    assert next_weekday(day).weekday() < 5
    assert 0 <= (next_weekday(day) - day).days <= 2
