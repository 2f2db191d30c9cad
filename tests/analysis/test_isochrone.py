"""Isochrones: the bands nest, and a point is inside exactly when its time is within the limit, within one cell."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from commute.analysis import isochrones
from commute.analysis.isochrone import bands, time_fields
from commute.analysis.measure.people import people
from commute.errors import BadValue
from commute.model.profile import CAR, WALK
from commute.routing.plane import crs_of, to_plane

LIMITS = [15.0, 30.0, 45.0]


def islands(xy, origins=((0.0, 0.0),)):
    """Minutes on foot, or by train to two far stops and on foot from there."""
    out = []
    for x, y in origins:
        foot = np.hypot(*(xy - (x, y)).T) / 1000 * 12
        for stop, ride in (((6_100.0, 250.0), 14.0), ((-3_900.0, 5_020.0), 22.0)):
            foot = np.minimum(foot, ride + np.hypot(*(xy - stop).T) / 1000 * 12)
        out.append(np.where(foot > 200, np.inf, foot))
    return np.array(out)


STOPS = np.array([[6_100.0, 250.0], [-3_900.0, 5_020.0], [90_000.0, 0.0]])


def test_a_point_is_inside_exactly_when_its_time_is_within_the_limit_within_one_cell():
    cell = 250.0
    x, y, (field,) = time_fields(islands, np.zeros((1, 2)), STOPS, 45.0, cell, 30.0)
    points = np.random.default_rng(0).uniform(-9_000, 11_000, (4_000, 2))
    times = islands(points)[0]
    ring = [(cell * 1.5 * np.cos(a), cell * 1.5 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 16)]
    near = np.array([islands(points + shift)[0] for shift in ring])
    for limit, shape in zip(LIMITS, bands(x, y, field, LIMITS), strict=True):
        inside = shapely.contains_xy(shape, points[:, 0], points[:, 1])
        wrong = inside != (times <= limit)
        border = ((near <= limit) != (times <= limit)).any(axis=0)
        assert (border | ~wrong).all()
        assert inside.sum() > 20


def test_islands_round_stops_are_found():
    x, y, (field,) = time_fields(islands, np.zeros((1, 2)), STOPS, 30.0, 250.0, 30.0)
    (shape,) = bands(x, y, field, [30.0])
    assert len(shape.geoms) == 3
    assert all(shapely.contains_xy(shape, *stop) for stop in STOPS[:2])


def test_several_origins_share_one_grid_and_differ():
    origins = np.array([[0.0, 0.0], [4_000.0, -2_000.0]])
    x, y, fields = time_fields(lambda xy: islands(xy, origins), origins, STOPS, 30.0, 250.0, 30.0)
    assert fields.shape == (2, len(y), len(x))
    for origin, field in zip(origins, fields, strict=True):
        (shape,) = bands(x, y, field, [15.0])
        assert shapely.contains_xy(shape, *origin)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.5))
def test_bands_nest_on_any_field(seed, gone):
    rng = np.random.default_rng(seed)
    field = rng.uniform(0, 80, (9, 11))
    field[rng.random(field.shape) < gone] = 600.0
    shapes = bands(np.arange(11.0) * 250, np.arange(9.0) * 250, field, [10.0, 30.0, 60.0])
    assert all(shapely.is_valid(shape) for shape in shapes)
    for inner, outer in pairwise(shapes):
        assert shapely.area(shapely.difference(inner, outer)) < 1e-6 * max(1.0, inner.area)
        assert inner.area <= outer.area


def test_the_frame_counts_people_and_ground(engine, town):
    found = isochrones(town, ["西心", "pl_east"], minutes=[8, 6, 7], profile=CAR, cell_m=100)
    assert list(found["origin_id"]) == ["pl_west"] * 3 + ["pl_east"] * 3
    assert list(found["minutes"]) == [6, 7, 8] * 2
    assert found.crs.to_epsg() == 4326
    # minutes by car: 4 + km, so that six minutes are a disc of 2 km
    assert_allclose(found["area_km2"][:3], np.pi * np.array([2, 3, 4]) ** 2, rtol=0.02)
    who = people(town)
    xy = to_plane(crs_of(town), who.points.lon, who.points.lat)
    at = to_plane(crs_of(town), [112.958], [28.101])[0]
    near = np.hypot(*(xy - at).T) < 2_000
    expected = (who.weight * who.population[who.zone])[near].sum()
    assert found["people"][0] == pytest.approx(expected, rel=0.05)
    for k in (0, 1):
        outer, inner = found.geometry[k + 1], found.geometry[k]
        assert shapely.covers(outer, inner) and found["people"][k] <= found["people"][k + 1]


@pytest.mark.parametrize(("minutes", "cell_m"), [([], 250), ([0.5], 250), ([700], 250), ([30], 5)])
def test_limits_and_cells_out_of_range_are_refused(engine, town, minutes, cell_m):
    with pytest.raises(BadValue):
        isochrones(town, "西心", minutes=minutes, profile=WALK, cell_m=cell_m)
