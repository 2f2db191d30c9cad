"""GCJ-02 and BD-09 there and back, in China and out of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from commute.errors import BadValue
from commute.io.datum import to_wgs84
from commute.model import datum
from commute.model.checks.positions import straight_m

LON = st.floats(74, 134)
LAT = st.floats(4, 53)
MICROMETRE = 1e-11  # degrees


@given(LON, LAT)
def test_gcj02_comes_back_to_where_it_was(lon, lat):
    back = datum.gcj02_to_wgs84(*datum.wgs84_to_gcj02(lon, lat))
    assert_allclose(back, (lon, lat), rtol=0, atol=MICROMETRE)


@given(LON, LAT)
def test_bd09_comes_back_to_where_it_was(lon, lat):
    back = datum.bd09_to_wgs84(*datum.wgs84_to_bd09(lon, lat))
    assert_allclose(back, (lon, lat), rtol=0, atol=MICROMETRE)


@given(st.floats(-180, 71.9), st.floats(-90, 90))
def test_west_of_china_nothing_is_shifted(lon, lat):
    assert_array_equal(datum.wgs84_to_gcj02(lon, lat), (lon, lat))
    assert_array_equal(datum.gcj02_to_wgs84(lon, lat), (lon, lat))


@given(st.floats(111.8, 114.3), st.floats(26.9, 28.9))
def test_around_changsha_the_shift_is_600_to_700_metres(lon, lat):
    moved = datum.wgs84_to_gcj02(lon, lat)
    assert 600 < straight_m(lon, lat, *moved) < 700


# WGS84 and GCJ-02, longitude first; published as the test points of eviltransform
KNOWN = (
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
)


@pytest.mark.parametrize(("wgs84", "gcj02"), KNOWN)
def test_known_points_are_where_another_implementation_puts_them(wgs84, gcj02):
    assert_allclose(datum.wgs84_to_gcj02(*wgs84), gcj02, rtol=0, atol=MICROMETRE)


def test_many_points_are_moved_as_one_by_one_and_the_input_stays():
    lon, lat = np.array([112.9, 0.0, np.nan, 121.4]), np.array([28.2, 51.5, 30.0, 31.2])
    before = lon.copy()
    together = datum.gcj02_to_wgs84(lon, lat)
    each = [datum.gcj02_to_wgs84(a, b) for a, b in zip(lon, lat, strict=True)]
    assert_array_equal(np.array(together).T, np.array(each))
    assert_array_equal(lon, before)
    assert np.isnan(together[0][2])


@pytest.mark.parametrize("name", ["GCJ-02", "gcj02", "Gcj_02"])
def test_a_stated_datum_is_converted(name):
    assert_array_equal(to_wgs84(112.98, 28.2, name), datum.gcj02_to_wgs84(112.98, 28.2))
    assert_array_equal(to_wgs84(112.98, 28.2, "BD-09"), datum.bd09_to_wgs84(112.98, 28.2))
    assert_array_equal(to_wgs84(112.98, 28.2, "CGCS2000"), (112.98, 28.2))


def test_an_unknown_datum_is_refused_never_guessed():
    with pytest.raises(BadValue) as caught:
        to_wgs84(112.98, 28.2, "GCJ-2")
    assert str(caught.value) == "datum is 'GCJ-2' (nearest: GCJ-02), must be one of WGS84, CGCS2000, GCJ-02, BD-09"
