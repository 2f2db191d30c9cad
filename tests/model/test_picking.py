"""Rows picked by texts: what pandas would pick, and what is remembered of a change's trips stays as it was found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import commute as cm
from commute.errors import BadScenario
from commute.model.network import Network
from commute.model.picking import among, numbered, picked, records
from tinytown import AS_OF, tiny_layers, tiny_tables

TOWN = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF).on(AS_OF)
texts = st.lists(st.sampled_from(["", "a", "b~c", "断头路"]), max_size=8)


@settings(max_examples=40, deadline=None)
@given(texts, texts)
def test_rows_are_picked_as_by_isin(column, values):
    frame = pd.DataFrame({"id": pd.Series(column, dtype="str"), "at": np.arange(len(column))})
    for given_as in (values, set(values), tuple(values), dict.fromkeys(values), pd.Series(values, dtype="str"), (one for one in values)):
        wanted = frame["id"].isin(values)
        mine = picked(frame, "id", given_as)
        pd.testing.assert_frame_equal(mine, frame[wanted])
    assert_array_equal(among(column, values), wanted)
    assert numbered(mine).index.equals(pd.RangeIndex(len(mine))) and mine.index.equals(frame.index[wanted])


@pytest.mark.parametrize("table", ["frequencies", "calendar", "link", "park_ride"])
def test_rows_by_column_are_those_of_pandas(table):
    frame = TOWN.table(table)
    ours, theirs = records(frame), frame.to_dict("records")
    assert repr(ours) == repr(theirs)  # types too, and NaN


def test_a_change_that_is_refused_twice_is_refused_in_the_same_words():
    wrong = cm.SetStops(line="M1", skip="nowhere")
    said = []
    for _ in range(2):
        with pytest.raises(BadScenario) as caught:
            TOWN.apply(wrong)
        said.append(str(caught.value))
    assert said[0] == said[1] and said[0].count("nowhere") == 1


def test_lines_that_where_selects_are_set_as_by_a_change_each():
    whole = TOWN.replaced(day=TOWN.day)
    windows = [cm.Window(start="07:00", end="09:00", headway_min=7, days="weekday"), cm.Window(start="10:00", end="11:00", headway_min=9)]
    for outside in (True, False):  # the printed trains of IC1 stay, or give way to copies
        one = cm.SetHeadway(where=cm.Where(ids=("IC1", "M1")), windows=windows, keep_outside=outside)
        each = [cm.SetHeadway(line=line, windows=windows, keep_outside=outside) for line in ("IC1", "M1")]
        assert whole.apply(one) == whole.apply(*each) == whole.apply(each[1]).apply(each[0])
