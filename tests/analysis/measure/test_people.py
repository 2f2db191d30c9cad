"""People as points, and their redistribution inside counties."""

import numpy as np
import shapely
from numpy.testing import assert_allclose, assert_array_equal

from commute.analysis.measure.cells import cells
from commute.analysis.measure.people import POINTS_IN_ALL, People, people, redistributed
from commute.model.network import Network
from commute.model.points import Points
from commute.routing.plane import crs_of, to_plane
from tinytown import AS_OF, tiny_layers, tiny_tables


def test_the_points_of_a_zone_hold_all_its_people(town):
    who = people(town)
    assert_allclose(np.bincount(who.zone, weights=who.weight), 1.0)
    assert len(who.points) <= POINTS_IN_ALL
    assert len(set(who.points.ids)) == len(who.points)


def test_points_lie_in_the_cell_and_cells_in_the_district(town):
    who, ground = people(town), cells(town)
    at = to_plane(crs_of(town), who.points.lon, who.points.lat)
    assert all(shapely.contains_xy(shapely.buffer(ground[zone], 0.01), x, y) for zone, (x, y) in zip(who.zone, at, strict=True))
    west = shapely.box(112.90, 28.0, 112.98, 28.2)
    whole = sum(cell.area for cell in ground[:3])
    expected = shapely.transform(west, lambda xy: to_plane(crs_of(town), xy[:, 0], xy[:, 1])).area
    assert_allclose(whole, expected, rtol=1e-9)


def test_cells_are_nearest_to_their_own_seat(town):
    ground, zone = cells(town), town.table("zone")
    seats = to_plane(crs_of(town), zone["lon"], zone["lat"])
    for k, cell in enumerate(ground[:3]):
        inside = np.array(shapely.point_on_surface(cell).coords[0])
        assert np.argmin(np.hypot(*(seats[:3] - inside).T)) == k


def km_from_seat(net):
    """Mean distance of each zone's people from its seat, metres; and of its points, each counting the same."""
    who, zone, crs = people(net), net.table("zone"), crs_of(net)
    seats = to_plane(crs, zone["lon"], zone["lat"])[who.zone]
    away = np.hypot(*(to_plane(crs, who.points.lon, who.points.lat) - seats).T)
    return np.bincount(who.zone, weights=who.weight * away), np.bincount(who.zone, weights=away) / np.bincount(who.zone)


def test_people_are_denser_near_the_seat(town):
    mean, even = km_from_seat(town)
    assert (mean < even + 200).all()
    wide, _ = km_from_seat(town.assume("unfavourable"))  # people_decay_km at 2 in place of 1
    assert wide.sum() > mean.sum()


def test_without_districts_cells_fill_the_hull(make_town):
    town = make_town(layers=False)
    who = people(town)
    assert_allclose(np.bincount(who.zone, weights=who.weight), 1.0)
    assert all(cell.area > 0 for cell in cells(town))


def test_two_zones_at_one_place_share_a_cell(make_town):
    zone = tiny_tables()["zone"]
    zone.loc[1, ["lon", "lat"]] = zone.loc[0, ["lon", "lat"]].to_numpy()
    town = make_town(zone=zone)
    assert cells(town)[0].equals(cells(town)[1])


def test_a_seat_outside_its_district_keeps_its_people(make_town):
    zone = tiny_tables()["zone"]
    zone.loc[0, ["lon", "lat"]] = [112.80, 28.30]
    who = people(make_town(zone=zone))
    assert_allclose(np.bincount(who.zone, weights=who.weight), 1.0)


def test_the_points_do_not_depend_on_the_order_of_rows(town):
    tables = tiny_tables()
    shuffled = {**{name: town.table(name) for name in tables}, "zone": tables["zone"].iloc[::-1]}
    again = people(Network.from_tables(shuffled, tiny_layers(), AS_OF))
    assert again.points.ids == people(town).points.ids
    assert_array_equal(again.points.lon, people(town).points.lon)


def hand_made(population, county):
    n = len(population)
    points = Points(tuple(map(str, range(n))), np.zeros(n), np.zeros(n), ("",) * n)
    return People(points, np.arange(n), np.ones(n), np.array(population, float), tuple(county), ("a",) * n, np.zeros(n, int))


def test_redistributions_keep_the_total_of_each_county():
    who = hand_made([50_000, 20_000, 10_000, 70_000, 5_000, 0], ["a", "a", "a", "b", "b", "c"])
    drawn = redistributed(who, 0.22, 200, seed=1)
    assert drawn.shape == (200, 6)
    assert_allclose(drawn[:, :3].sum(axis=1), 80_000, rtol=1e-12)
    assert_allclose(drawn[:, 3:5].sum(axis=1), 75_000, rtol=1e-12)
    assert (drawn >= 0).all() and (drawn[:, 5] == 0).all()


def test_redistributions_spread_as_asked_and_follow_their_seed():
    who = hand_made([1_000] * 400, ["a"] * 400)
    drawn = redistributed(who, 0.22, 200, seed=7)
    assert_allclose(drawn.std(axis=0).mean() / 1_000, 0.22, atol=0.01)
    assert_array_equal(drawn, redistributed(who, 0.22, 200, seed=7))
    assert (drawn != redistributed(who, 0.22, 200, seed=8)).any()
    assert redistributed(who, 0.22, 0, seed=7).shape == (0, 400)
