import pytest

import commute as cm
from commute.errors import BadValue
from tinytown import AS_OF

PROFILES = (cm.CAR, cm.CAR.at_peak(), cm.WALK, cm.TRANSIT.but(rail="all"), cm.TRANSIT.but(feeder="assumed"), cm.PARK_RIDE)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: f"{p.name} {p.feeder} {p.peak}")
def test_a_journey_takes_the_travel_time_and_its_legs_follow_on(tiny, profile):
    now = tiny.on(AS_OF)
    zones = list(now.table("zone")["zone_id"])
    for a, b in ((zones[0], zones[-1]), (zones[2], zones[1])):
        legs = cm.journeys(now, a, b, profile=profile)
        times = cm.travel_times(now, [a], [b], profile=profile).minutes[0, 0]
        assert legs["minutes"].sum() == pytest.approx(times, abs=1e-9)
        assert (legs["depart_s"].iloc[1:].to_numpy() == legs["arrive_s"].iloc[:-1].to_numpy()).all()
        assert legs["from_id"].iloc[0] == a and legs["to_id"].iloc[-1] == b


def test_a_ride_names_its_line_and_its_stops(now):
    legs = cm.journeys(now, "czt_changsha", "czt_xiangtan", profile=cm.TRANSIT.but(count="station_to_station"))
    ride = legs[legs["leg"] == "ride"].iloc[0]
    assert (ride["from_name"], ride["to_name"]) == ("长沙", "湘潭") and ride["route_id"] in set(now.services["routes"]["route_id"])
    assert len(ride["geometry"].coords) > 5


def test_a_journey_is_of_one_pair(tiny):
    with pytest.raises(BadValue, match="one origin and one destination"):
        cm.journeys(tiny, None, "z1", profile=cm.CAR)


def test_no_journey_is_an_empty_frame(tiny):
    assert cm.journeys(tiny, (112.0, 27.0), (113.0, 28.1), profile=cm.TRANSIT).empty
