"""`check` on towns whose people and times are known: straight lines, and people at hand-made points."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from commute.analysis import check
from commute.analysis.measure import reach
from commute.analysis.measure.people import People
from commute.errors import BadValue, UnknownId
from commute.model.points import Points
from commute.model.target import Target
from tinytown import AS_OF, tiny_tables

KM = 1 / (111.32 * np.cos(np.radians(28.1)))  # degrees of longitude a kilometre
CAR = Target(mode="car", when="free", minutes=10, share=0.5, direction="to")
EAST = 113.017


def at_km(town, away, people=None, area=None):
    """The town with its people at so many km west of the east centre: one point a zone, the first three of Changsha's."""
    n = len(town.table("zone"))
    lon = np.array([EAST - km * KM for km in away] + [EAST] * (n - len(away)))
    zone = town.table("zone")
    who = People(
        points=Points(tuple(f"{one}#0" for one in zone["zone_id"]), lon, np.full(n, 28.099), ("",) * n),
        zone=np.arange(n),
        weight=np.ones(n),
        population=np.array(people if people is not None else [100.0, 100, 200, 0, 0, 0]),
        county=tuple(zone["county_code"]),
        city=tuple(zone["city"]),
        area=np.array(area if area is not None else [0, 0, 0, 0, 0, 0]),
    )
    for one in reach.at_levels(town).values():
        one._cache["people"] = who
    return town


def test_shares_are_exact_on_a_town_by_hand(engine, town):
    # minutes by car: 4 + km; 5, 20 and 50 km from the east centre, with 100, 100 and 200 people
    found = check(at_km(town, [5, 20, 50]), CAR, redistributions=0)
    assert found.people_share.central == pytest.approx(0.25)
    shares = found.shares.query("area == 'core' and inside == 'another'").set_index("minutes")["share"]
    assert shares.to_dict() == pytest.approx({10.0: 0.25, 30.0: 0.5, 45.0: 0.5, 60.0: 1.0})
    assert found.minutes_needed.central == pytest.approx(24, abs=0.02)
    assert found.shortfall_min.central == pytest.approx((0 + 100 * 14 + 200 * 44) / 400, abs=0.02)
    assert found.about["minutes_needed_at"][0.9].central == pytest.approx(54, abs=0.02)


def test_areas_have_their_own_denominators(engine, town):
    found = check(at_km(town, [5, 20, 50], area=[0, 1, 2, 2, 2, 2]), CAR.but(area="core"), redistributions=0)
    shares = found.shares.query("minutes == 10 and inside == 'another'").set_index("area")["share"]
    assert shares.to_dict() == pytest.approx({"core": 1.0, "metropolitan": 0.5, "three_cities": 0.25})
    assert found.people_share.central == pytest.approx(1.0)


def test_one_s_own_centre_is_not_another_city_s(engine, town):
    found = check(at_km(town, [0, 0, 0], people=[0, 0, 0, 0, 300, 0]), CAR.but(minutes=4.5), redistributions=0)
    shares = found.shares.query("area == 'core' and minutes == 4.5").set_index("inside")["share"]
    assert shares.to_dict() == pytest.approx({"another": 0.0, "own": 1.0, "every": 0.0})


@pytest.mark.parametrize(("minutes", "state"), [(8, "fails"), (23, "in_doubt"), (25, "in_doubt"), (33, "holds")])
def test_three_states_follow_the_constants(engine, town, minutes, state):
    # half of the people need 24 minutes at the central constants, 19.2 at the favourable, 31.2 at the unfavourable ones
    found = check(at_km(town, [5, 20, 50]), CAR.but(minutes=minutes), redistributions=0)
    assert (found.state, found.holds) == (state, state == "holds")
    assert found.minutes_needed == pytest.approx((24, 19.2, 31.2), abs=0.02)


def test_the_range_spans_redistributions_and_constants(engine, town):
    lone = at_km(town, [5, 20, 50])
    bare, spread = (check(lone, CAR.but(minutes=24), redistributions=n) for n in (0, 200))
    assert bare.people_share == pytest.approx((0.5, 0.25, 0.5), abs=1e-9)
    assert spread.people_share.central == bare.people_share.central
    assert spread.people_share.low < 0.25 and spread.people_share.high > 0.5
    assert check(lone, CAR.but(minutes=24), seed=1).people_share != spread.people_share


def test_the_zones_say_how_far_and_where_to(engine, town):
    zones = check(at_km(town, [5, 20, 50]), CAR.but(minutes=24), redistributions=0).zones
    assert_allclose(zones["minutes"][:3], [9, 24, 54], atol=0.02)
    assert list(zones["state"][:3]) == ["inside", "in_doubt", "outside"]
    assert list(zones["centre_id"][:3]) == ["pl_east"] * 3
    assert list(zones["centre_id"][3:]) == ["pl_west"] * 3
    assert (zones["low"] <= zones["minutes"]).all() and (zones["minutes"] <= zones["high"]).all()


def test_pairs_of_centres_go_both_ways_with_legs_that_add_up(engine, town):
    pairs = check(town, CAR.but(direction="both"), redistributions=0).pairs
    assert sorted(zip(pairs["from_id"], pairs["to_id"], strict=True)) == [("pl_east", "pl_west"), ("pl_west", "pl_east")]
    legs = [name for name in pairs if name.endswith("_min") and name != "slack_min"]
    assert_allclose(pairs[legs].sum(axis=1), pairs["minutes"])
    assert (pairs["low"] < pairs["minutes"]).all() and (pairs["minutes"] < pairs["high"]).all()
    assert_allclose(pairs["slack_min"], 10 - pairs["minutes"])
    assert set(pairs["worst_leg"]) == {"ride"} and set(pairs["mode"]) == {"car"}


def test_explain_gives_the_legs_of_a_pair(engine, town):
    found = check(town, CAR, redistributions=0)
    legs = found.explain("西心", "East Centre").set_index("leg")
    assert_allclose(legs["minutes"].sum(), found.pairs["minutes"][0])
    with pytest.raises(UnknownId, match="no pair"):
        found.explain("西心", "nowhere")


def test_the_best_mode_is_the_fastest_at_each_point(engine, town):
    best = check(town, Target(when="free", minutes=12), redistributions=0)
    each = [check(town, Target(when="free", minutes=12, mode=mode), redistributions=0) for mode in ("car", "transit", "park_ride")]
    assert best.people_share.central == pytest.approx(max(one.people_share.central for one in each), abs=1e-9)
    assert best.minutes_needed.central == pytest.approx(min(one.minutes_needed.central for one in each))


def test_stated_pairs_are_judged_in_place_of_people(engine, town):
    target = CAR.but(origins=("pl_west",), destinations=("pl_east", "pl_park"), direction="both", share=1.0)
    found = check(town, target, redistributions=0)
    slow = found.pairs["minutes"].max()
    assert found.about["judged"] == "pairs" and len(found.pairs) == 4
    assert found.minutes_needed.central == pytest.approx(slow)
    assert check(town, target.but(minutes=slow * 2), redistributions=0).state == "holds"
    assert check(town, target.but(minutes=slow), redistributions=0).state == "in_doubt"
    assert check(town, target.but(minutes=1), redistributions=0).state == "fails"


def test_stated_destinations_count_for_everyone(engine, town):
    found = check(at_km(town, [0, 0, 0], people=[0, 0, 0, 0, 300, 0]), CAR.but(destinations=("pl_east",), minutes=4.5), redistributions=0)
    assert found.people_share.central == pytest.approx(1.0)
    assert set(found.shares["inside"]) == {"another"}


def test_a_weekday_target_is_refused_on_a_weekend(engine, town):
    with pytest.raises(BadValue) as error:
        check(town.on("2026-11-07"), Target())
    assert str(error.value) == "2026-11-07 is a weekend day and the target is for weekdays; the next weekday is 2026-11-09"
    assert check(town.on("2026-11-07"), CAR, redistributions=0).about["date"] == "2026-11-07"


def test_a_network_without_centres_says_what_is_missing(engine, make_town):
    place = tiny_tables()["place"]
    place.loc[place["place_id"] == "pl_east", ["centre_of", "centre_role"]] = ""
    with pytest.raises(BadValue) as error:
        check(make_town(place=place), CAR)
    assert str(error.value) == (
        "no centre of another city on 2026-11-03: place.csv needs rows with centre_of and centre_role main for two cities or more, "
        "and only Changsha has one; or name the target's origins and destinations"
    )


def test_stations_by_car_are_refused(engine, town):
    with pytest.raises(BadValue, match="station_to_station has no meaning for a car journey"):
        check(town, CAR.but(count="station_to_station"))


def test_park_and_ride_without_its_drive_is_no_best_mode(engine, town):
    found = check(town, Target(count="in_vehicle", when="free"), redistributions=0, levels=("central",))
    assert set(found.about["profiles"]) == {"car", "transit"}


def test_progress_counts_to_its_total(engine, town):
    seen = []
    check(town, CAR, redistributions=0, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(k, 6) for k in range(1, 7)]


def test_other_roles_of_centres_are_shown_beside(engine, make_town):
    place = tiny_tables()["place"]
    extra = place[place["centre_role"] == "main"].assign(place_id=["g_east", "g_west"], centre_role="government")
    found = check(make_town(place=pd.concat([place, extra])), CAR, redistributions=0)
    assert list(found.alternatives["role"]) == ["main", "government"]
    assert found.alternatives["share"].nunique() == 1


def test_levels_need_the_central_one(engine, town):
    with pytest.raises(BadValue, match="with central among them"):
        check(town, CAR, levels=("favourable",))


def test_the_same_question_is_answered_from_memory(engine, town):
    check(town, CAR, redistributions=0)
    before = engine.FakeEngine.calls
    check(town, CAR.but(minutes=20, share=0.9), redistributions=0)
    assert engine.FakeEngine.calls == before


def test_an_area_without_zones_is_an_error(make_town):
    net = make_town().on(AS_OF)
    alone = net.replaced(tables={"zone": net.table("zone").assign(in_area="three_cities")})
    with pytest.raises(BadValue, match="no zone lies in the area 'core': ask about another area"):
        check(alone, Target(mode="car", when="free", area="core"))
