"""The questions on the real engine: the tiny town, and the shipped network as a planner would look at it."""

import numpy as np
import pytest
import shapely

from commute.analysis import check, isochrones, levers, rank
from commute.model.points import Points
from commute.model.profile import CAR, TRANSIT
from commute.model.target import Target
from commute.routing import travel_times
from commute.routing.plane import crs_of, to_degrees, to_plane

CAR_FREE = Target(mode="car", when="free", minutes=30)


def test_check_says_what_travel_times_say(town):
    pairs = check(town.on("2026-11-03"), Target(minutes=30), redistributions=5).pairs
    for mode, profile in Target().profiles().items():
        times = travel_times(town.on("2026-11-03"), "pl_west", "pl_east", profile=profile, progress=False)
        assert pairs.set_index("from_id").loc["pl_west", f"by_{mode}"] == pytest.approx(times.minutes[0, 0])


@pytest.mark.parametrize("profile", [CAR, TRANSIT], ids=["car", "transit"])
def test_a_point_is_in_the_band_exactly_when_its_time_is_within_one_cell(town, profile):
    cell, limit = 200.0, 14.0
    net = town.on("2026-11-03")
    (shape,) = isochrones(net, "pl_west", minutes=limit, profile=profile, cell_m=cell).geometry
    xy = to_plane(crs_of(net), [112.96], [28.10]) + np.random.default_rng(3).uniform(-5_000, 7_000, (400, 2))

    def minutes(at):
        lon, lat = to_degrees(crs_of(net), at).T.copy()
        ends = Points(tuple(map(str, range(len(at)))), lon, lat, ("",) * len(at))
        found = travel_times(net, "pl_west", ends, profile=profile, progress=False).minutes[0]
        return np.where(np.isnan(found), np.inf, found), lon, lat

    times, lon, lat = minutes(xy)
    inside = shapely.contains_xy(shape, lon, lat)
    wrong = inside != (times <= limit)
    turned = [
        minutes(xy[wrong] + np.array([np.cos(a), np.sin(a)]) * cell * 1.5)[0] <= limit for a in np.linspace(0, 2 * np.pi, 16) if wrong.any()
    ]
    assert 20 < inside.sum() < 380
    assert not wrong.any() or (np.array(turned) != (times[wrong] <= limit)).any(axis=0).all()


def test_opening_a_gap_never_costs_anyone_a_minute(town):
    found = rank(town.on("2026-11-03"), CAR_FREE.but(minutes=5))
    assert (found[["shortfall_person_min", "people_inside", "person_min"]] >= 0).all(axis=None)
    assert not (levers(town.on("2026-11-03"), CAR_FREE.but(minutes=5)).query("kind == 'gap'")["saves_min"] < 0).any()


def test_the_shipped_centres_are_as_far_as_published(now):
    found = check(now, CAR_FREE, redistributions=0, levels=("central",))
    minutes = found.pairs.set_index(["from_id", "to_id"])["minutes"]
    assert 45 <= minutes["cc_wuyi", "cc_xt_jianshe"] <= 65
    assert 45 <= minutes["cc_wuyi", "cc_zz_center"] <= 65
    assert 25 <= minutes["cc_xt_jianshe", "cc_zz_center"] <= 50
    assert found.state == "fails" and found.people_share.central < 0.1


def test_trains_take_the_shipped_centres_one_to_two_hours_door_to_door(now):
    pairs = check(now, Target(mode="transit"), redistributions=0, levels=("central",)).pairs
    assert pairs["minutes"].between(60, 130).all()
    legs = pairs[[name for name in pairs if name.endswith("_min") and name != "slack_min"]]
    np.testing.assert_allclose(legs.sum(axis=1), pairs["minutes"])
