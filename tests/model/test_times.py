"""Travel times as plain data."""

import numpy as np
import pytest

import commute as cm
from commute.model.results.times import LEGS
from tinytown import AS_OF


@pytest.fixture
def times(tiny):
    return cm.travel_times(tiny.on(AS_OF), None, profile=cm.TRANSIT.but(percentiles=(25, 50, 75), rail="all"))


def test_a_row_a_pair_with_its_legs(times):
    frame = times.to_frame()
    legs = [f"{leg}_min" for leg in LEGS]
    assert list(frame.columns[:3]) == ["from_id", "to_id", "minutes"] and set(legs) <= set(frame.columns)
    assert len(frame) == len(times.origins) * len(times.destinations)
    np.testing.assert_allclose(frame[legs].sum(axis=1, skipna=False), frame["minutes"])
    assert (frame["minutes"].isna() == (frame["reason"] != "")).all()


def test_matrix_and_xarray_show_the_same_minutes(times):
    matrix, array = times.matrix(), times.to_xarray()
    assert list(matrix.index) == list(times.origins.ids)
    np.testing.assert_array_equal(array.sel(percentile=50).to_numpy(), matrix.to_numpy())
    assert array.attrs["date"] == AS_OF.isoformat()


def test_what_made_it_is_said(times):
    about = times.about
    assert about["date"] == AS_OF.isoformat() and about["profile"]["rail"] == "all" and len(about["network"]) == 16
    assert "entry_metro_min" in about["assumed"]
    assert any("drawn" in note for note in about["notes"])
