"""Weights between zones: potential, people, uniform, or a user's own."""

import numpy as np
import pandas as pd
import pytest

from commute.analysis.measure.potential import KINDS, cross_city, weights
from commute.errors import BadValue, UnknownId
from tinytown import AS_OF


@pytest.mark.parametrize("kind", KINDS)
def test_weights_sum_to_the_people(tiny, kind):
    now = tiny.on(AS_OF)
    made = weights(now, kind)
    assert (made >= 0).all() and made.sum() == pytest.approx(now.table("zone")["population"].sum())


def test_a_zone_twice_as_large_has_twice_the_weight_and_a_farther_one_less(tiny):
    now = tiny.on(AS_OF)
    zone = now.table("zone")
    double = now.replaced(tables={"zone": zone.assign(population=zone["population"] * np.where(zone["zone_id"] == "z1", 2, 1))})
    before, after = weights(now), weights(double)
    assert after[0, 3] / after[1, 3] == pytest.approx(2 * before[0, 3] / before[1, 3])
    assert before[0, 3] < before[0, 1]  # across the river and farther


def test_shares_within_5_and_beyond_25_km_are_those_published(shipped):
    now = shipped.on("2026-11-03")
    made = weights(now)
    zone = now.table("zone")
    home = (zone["city"] == "Changsha").to_numpy()
    east, north = ((zone["lon"].to_numpy() * 98_000), zone["lat"].to_numpy() * 111_000)
    km = np.hypot(east[:, None] - east, north[:, None] - north) / 1000
    near, far = made[home][km[home] <= 5].sum() / made[home].sum(), made[home][km[home] > 25].sum() / made[home].sum()
    assert near == pytest.approx(0.5, abs=0.05) and 0.06 < far < 0.12  # fitted on more points than zones
    assert 0.05 < made[cross_city(now)].sum() / made.sum() < 0.2


def test_a_table_of_trips_replaces_them(tiny):
    now = tiny.on(AS_OF)
    long = pd.DataFrame({"from_id": ["z1", "z1", "z4"], "to_id": ["z4", "z5", "z1"], "trips": [10, 5, 2.5]})
    made = weights(now, long)
    assert made.sum() == 17.5 and made[0, 3] == 10 and made[3, 0] == 2.5
    square = pd.DataFrame([[0.0, 3.0], [1.0, 0.0]], index=["z1", "z2"], columns=["z1", "z2"])
    assert weights(now, square)[0, 1] == 3 and weights(now, square)[1, 0] == 1
    with pytest.raises(UnknownId, match=r"no zone 'z9' \(nearest: "):
        weights(now, long.replace({"z5": "z9"}))
    with pytest.raises(BadValue, match=r"trips from z1 to z4 are -1\.0, must be a number, 0 or more"):
        weights(now, long.assign(trips=[-1.0, 0.0, 0.0]))
    with pytest.raises(BadValue, match="weights is 'jobs'"):
        weights(now, "jobs")
