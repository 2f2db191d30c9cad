from datetime import date

import pytest

import commute as cm
from commute.errors import BadValue


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"walk_kmh": -1}, "walk_kmh is -1, must be above 0"),
        ({"walk_kmh": float("nan")}, "walk_kmh is nan"),
        ({"entry_min": {"metro": -1}}, "entry_min"),
        ({"depart": "7h30"}, "must be HH:MM"),
        ({"rail": "tram"}, "rail is 'tram', must be one of intercity, all"),
        ({"percentiles": ()}, "percentiles"),
        ({"draws": 0}, "draws 0"),
        ({"walk_kph": 5}, "a Profile has no 'walk_kph' .nearest: walk_kmh"),
    ],
)
def test_a_profile_is_valid_from_birth(changes, message):
    with pytest.raises(BadValue, match=message):
        cm.TRANSIT.but(**changes)


def test_profiles_are_values():
    a = cm.TRANSIT.but(entry_min={"metro": 2})
    assert a == cm.TRANSIT.but(entry_min={"metro": 2}) and hash(a) == hash(cm.TRANSIT.but(entry_min={"metro": 2}))
    assert cm.CAR.at_peak().peak and not cm.CAR.peak
    assert cm.PARK_RIDE.mode == "park_ride"


def test_a_target_says_its_definition_and_what_is_assumed():
    text = cm.HALF_HOUR_COMMUTE_2020.definition("en")
    assert "within 30 minutes" in text and "80%" in text and "Assumed by us, stated by no text" in text
    assert "30 分钟内" in cm.HALF_HOUR_COMMUTE_2020.definition("zh")
    assert "share" not in cm.HALF_HOUR_COMMUTE_2020.but(share=0.9).assumed


def test_a_weekday_target_refuses_a_weekend():
    with pytest.raises(BadValue, match=r"2026-11-07 is a weekend day.*2026-11-09"):
        cm.Target().check_day(date(2026, 11, 7))


def test_percentiles_of_a_car_time_are_refused():
    with pytest.raises(BadValue, match="needs a distribution of speeds"):
        cm.Target(mode="car", statistic="p90")


def test_a_profile_of_another_mode_is_refused():
    with pytest.raises(BadValue, match="the target is for car, the profile travels by transit"):
        cm.Target(mode="car").profiles(cm.TRANSIT)


def test_the_targets_count_statistic_and_time_win():
    profile = cm.Target(mode="transit", statistic="p90", count="in_vehicle").profiles(cm.TRANSIT.but(depart="03:00"))["transit"]
    assert (profile.count, profile.percentiles, profile.depart) == ("in_vehicle", (90.0,), "07:30")


def test_presets_carry_their_words_and_source():
    assert len(cm.PRESETS) == 7
    for name, target in cm.PRESETS.items():
        assert target.name == name and target.words and target.source and target.assumed
