"""What a lever must give: the answer is that of a grid over all its values, and its certificate can be checked by hand."""

import json

import numpy as np
import pytest

from commute import routing
from commute.analysis import check
from commute.analysis.dials import hops, roads_at
from commute.analysis.required import LEG_COLUMNS, LEVERS, required
from commute.errors import BadValue, UnknownId
from commute.model.changes import ScaleRunTime, SetEntry, SetHeadway, SetSpeed, SetStops, Where, Window
from commute.model.target import Target
from tinytown import SRC, frame

PAIR = ("i1", "i4")
ROAD = ("pl_west", "pl_east")
RAIL = Target(mode="transit", count="station_to_station", direction="to")
CAR = Target(mode="car", direction="to")


@pytest.fixture
def day(town):
    return town.on("2026-11-03")


def minutes(net, target, pair, **but):
    (profile,) = target.profiles().values()
    found = routing.travel_times(net, pair[0], pair[1], profile=profile.but(**but), progress=False).minutes[0, 0]
    return np.inf if np.isnan(found) else found


def at_headway(net, value):
    hours = (("07:00", "09:30"), ("17:00", "19:30"))
    return net.apply(SetHeadway(line=("IC1",), windows=tuple(Window(start=a, end=b, headway_min=value, days="weekday") for a, b in hours)))


def at_entry(net, value):
    return net.apply(SetEntry(station_class="intercity", entry_min=min(value, 7.0), gate_min=max(0.0, value - 7.0)))


def between(net, target, pair, made, best, **but):
    """A limit halfway between the present and the best end."""
    now, least = (minutes(one, target, pair, **but) for one in (net, made(net, best)))
    assert least < now - 1
    return target.but(minutes=round((now + least) / 2, 2))


@pytest.mark.parametrize("part", [0.25, 0.75])
def test_entry_is_the_longest_of_a_grid_that_holds(day, part):
    now, least = minutes(day, RAIL, PAIR), minutes(at_entry(day, 0.0), RAIL, PAIR)
    target = RAIL.but(minutes=least + part * (now - least))
    row = required(day, target, pairs=PAIR, lever="entry", tolerance=0.5).iloc[0]
    grid = {value: minutes(at_entry(day, value), target, PAIR) for value in np.arange(0, 10, 0.5)}
    assert row["state"] == "met" and row["value"] == max(value for value, each in grid.items() if each <= target.minutes)
    assert list(grid.values()) == sorted(grid.values())
    assert row["minutes_at_value"] == pytest.approx(grid[row["value"]]) and row["minutes_at_value"] <= target.minutes
    assert row["value_beyond"] == row["value"] + 0.5 and row["minutes_beyond"] > target.minutes
    assert (row["value_now"], row["minutes_now"]) == (10.0, pytest.approx(now)) and row["minutes_at_best"] == pytest.approx(least)


def test_headway_is_the_longest_of_a_grid_that_holds_counted_with_random_waits(day):
    target = between(day, RAIL, PAIR, at_headway, 0.5, wait="random")
    row = required(day, target, pairs=PAIR, lever="headway", tolerance=1).iloc[0]
    grid = {value: minutes(at_headway(day, value), target, PAIR, wait="random") for value in np.arange(0.5, row["value_now"], 1)}
    holding = [value for value, each in grid.items() if each <= target.minutes]
    assert row["state"] == "met" and grid[row["value"]] == pytest.approx(row["minutes_at_value"]) and row["value"] in holding
    assert grid[row["value_beyond"]] == pytest.approx(row["minutes_beyond"]) and row["minutes_beyond"] > target.minutes
    assert max(holding) == row["value"]
    assert "random" not in row["note"] and "turning up at any moment" in row["note"] and "随机到站" in row["note_zh"]


def test_line_speed_is_the_largest_factor_of_a_grid_that_holds(day):
    def made(net, value):
        return net.apply(ScaleRunTime(line=("IC1",), factor=value))

    best = required(day, RAIL.but(minutes=1), pairs=PAIR, lever="line_speed", tolerance=0.1).iloc[0]
    assert best["state"] == "cannot be met by this lever" and 0 < best["best_value"] < 1
    target = between(day, RAIL, PAIR, made, best["best_value"])
    row = required(day, target, pairs=PAIR, lever="line_speed").iloc[0]
    held = [
        value for value in np.arange(best["best_value"], 1, 0.01) if minutes(made(day, round(value, 9)), target, PAIR) <= target.minutes
    ]
    assert row["value"] == pytest.approx(max(held)) and row["minutes_beyond"] > target.minutes >= row["minutes_at_value"]
    assert row["kmh"] == pytest.approx(row["kmh_now"] / row["value"], rel=0.01)
    fastest = hops(made(day, best["best_value"]), ["IC1"])
    assert (fastest["metres"] / fastest["run_s"] * 3.6 <= fastest["limit_kmh"]).all()


def test_the_fewest_stops_are_skipped_and_never_an_end_or_an_interchange(make_town):
    bare = make_town().on("2026-11-03")
    assert "no constants" in required(bare, RAIL.but(minutes=1), pairs=PAIR, lever="stops")["note"].iloc[0]
    known = {"ic_line_speed_kmh": 120.0, "ic_accel_ms2": 0.5, "ic_schedule_allowance": 0.05}
    blank = {column: "" for column in bare.table("constant")} | SRC | {"basis": "assumed", "favourable": "high", "unit": "1"}
    rows = [blank | {"name": name, "low": value, "central": value, "high": value} for name, value in known.items()]
    day = make_town(constant=frame("constant", [*bare.table("constant").to_dict("records"), *rows])).on("2026-11-03")
    back = PAIR[::-1]
    row = required(day, RAIL.but(minutes=1), pairs=back, lever="stops").iloc[0]
    assert row["state"] == "cannot be met by this lever"
    assert row["value_now"] == 0 and row["best_value"] == 1  # i2 shares a station with the metro, i1 and i4 are the ends
    skipped = minutes(day.apply(SetStops(line=("IC1",), skip=("i3",))), RAIL, back)
    target = RAIL.but(minutes=(skipped + minutes(day, RAIL, back)) / 2)
    row = required(day, target, pairs=back, lever="stops").iloc[0]
    assert (row["state"], row["value"], row["value_beyond"]) == ("met", 1, 0)
    assert row["minutes_at_value"] == pytest.approx(skipped) and "i3" in row["note_zh"]
    with pytest.raises(BadValue, match="one by one"):
        required(day, target, pairs=back, lever="stops", tolerance=0.5)


def test_road_speed_is_the_lowest_factor_of_a_grid_that_holds(day):
    now, least = minutes(day, CAR, ROAD), minutes(roads_at(day, 6), CAR, ROAD)
    target = CAR.but(minutes=(now + least) / 2)
    row = required(day, target, pairs=ROAD, lever="road_speed", tolerance=0.1).iloc[0]
    assert row["state"] == "met" and row["minutes_at_value"] <= target.minutes < row["minutes_beyond"]
    grid = [round(1 + 0.1 * k, 9) for k in range(51)]
    assert row["value"] == min(one for one in grid if minutes(roads_at(day, one), target, ROAD) <= target.minutes)
    assert row["kmh"] > row["kmh_now"] > 0


def test_all_roads_by_a_factor_are_as_set_speed_makes_them(day):
    changed = day.apply(SetSpeed(where=Where(query="free_speed_kmh > 0"), factor=1.5))
    assert minutes(roads_at(day, 1.5), CAR, ROAD) == minutes(changed, CAR, ROAD) < minutes(day, CAR, ROAD)
    assert roads_at(day, 100).in_use("link")["free_speed_kmh"].max() == 150


def test_what_holds_needs_nothing_and_what_no_lever_gives_is_named_by_leg(day):
    for lever in LEVERS:
        target = CAR if lever == "road_speed" else RAIL
        held = required(day, target.but(minutes=300), pairs=ROAD, lever=lever).iloc[0]
        assert held["state"] == "holds already" and held["remaining_min"] == 0 and held["minutes_at_value"] == held["minutes_now"]
    row = required(day, RAIL.but(minutes=2), pairs=PAIR, lever="entry").iloc[0]
    assert row["state"] == "cannot be met by this lever" and row["state_zh"] == "单靠此项达不到" and np.isnan(row["value"])
    assert row["remaining_min"] == pytest.approx(row["minutes_at_best"] - 2)
    assert row[LEG_COLUMNS].sum() == pytest.approx(row["minutes_at_best"]) and row["entry_min"] == 0
    assert row["remaining_leg"] == max(LEG_COLUMNS, key=lambda leg: row[leg]).removesuffix("_min")


def test_a_pair_that_holds_by_car_holds_already_and_shows_the_minutes_of_the_train(day):
    target = Target(mode="best", minutes=minutes(day, CAR, ROAD) + 0.1, direction="to")
    row = required(day, target, pairs=ROAD, lever="entry").iloc[0]
    assert (row["state"], row["mode"]) == ("holds already", "car")
    assert row["lever_mode"] in ("transit", "park_ride") and row["lever_mode_min_now"] > target.minutes


def test_pairs_go_both_ways_where_the_target_does_and_may_be_its_own(day):
    both = required(day, RAIL.but(direction="both", minutes=5), pairs=[PAIR], lever="entry")
    assert list(zip(both["from_id"], both["to_id"], strict=True)) == [("i1", "i4"), ("i4", "i1")]
    own = required(day, RAIL.but(origins=("i1",), destinations=("i3", "i4"), minutes=5), lever="entry")
    assert list(zip(own["from_id"], own["to_id"], strict=True)) == [("i1", "i3"), ("i1", "i4")]
    by_name = required(day, CAR.but(minutes=5), pairs=("西心", "East Centre"), lever="road_speed").iloc[0]
    assert (by_name["from_id"], by_name["to_id"]) == ROAD


def test_the_share_of_the_people_is_that_of_check(day):
    target = Target(mode="car", minutes=17, share=0.6)
    row = required(day, target, lever="road_speed", pairs="people").iloc[0]
    assert row["from_id"] == "people" and row["state"] == "met"

    def judged(net):
        found = check(net, target, redistributions=0, levels=("central",))
        return found.minutes_needed.central, found.people_share.central

    assert (row["minutes_now"], row["share_now"]) == pytest.approx(judged(day))
    assert (row["minutes_at_value"], row["share_at_value"]) == pytest.approx(judged(roads_at(day, row["value"])))
    assert judged(roads_at(day, row["value"]))[0] <= 17 < judged(roads_at(day, row["value_beyond"]))[0]
    assert row["share_at_value"] >= 0.6 > judged(roads_at(day, row["value_beyond"]))[1]
    short = required(day, target.but(minutes=7), lever="road_speed").iloc[0]
    assert short["state"] == "cannot be met by this lever" and short["parking_min"] == pytest.approx(5) and short["ride_min"] > 0


@pytest.mark.parametrize("lever", ["headway", "entry", "line_speed", "stops"])
def test_the_people_by_train(day, lever):
    row = required(day, Target(mode="transit", minutes=20, share=0.3), pairs="people", lever=lever).iloc[0]
    assert row["state"] in ("met", "cannot be met by this lever", "holds already") and row["share_at_best"] >= row["share_now"] - 0.05


def test_of_two_levers_the_second_eases_as_the_first_gives_more(day):
    target = between(day, RAIL, PAIR, at_entry, 3.0)
    found = required(day, target, pairs=PAIR, lever="entry+line_speed", tolerance=0.02)
    assert len(found) == 6 and found["first_value"].is_monotonic_decreasing and found["first_value"].iloc[0] == 10
    eased = found["value"].fillna(0)
    assert eased.diff().min() > -0.04 and eased.iloc[0] < eased.iloc[-1] == 1 and found["state"].iloc[-1] == "met"
    alone = required(day, target, pairs=PAIR, lever="line_speed", tolerance=0.02).iloc[0]
    assert found["minutes_at_best"].iloc[0] == pytest.approx(alone["minutes_at_best"])
    row = found[(found["state"] == "met") & (found["value"] < 1)].iloc[0]
    both = at_entry(day, row["first_value"]).apply(ScaleRunTime(line=("IC1",), factor=row["value"]))
    assert minutes(both, target, PAIR) == pytest.approx(row["minutes_at_value"])


def test_what_cannot_be_meant_is_refused(day):
    for asked, error, text in (
        ({"lever": "headwy"}, BadValue, "lever 'headwy' is none of .*nearest: headway"),
        ({"lever": "stops+entry"}, BadValue, "a combination is of two of headway, line_speed, entry"),
        ({"lever": "entry+entry"}, BadValue, "a combination"),
        ({"lever": "entry", "tolerance": -1}, BadValue, "tolerance is -1, must be 0.001 or more"),
        ({"lever": "entry", "tolerance": float("nan")}, BadValue, "tolerance is nan"),
        ({"lever": "entry", "pairs": ("i1", "i44")}, UnknownId, "no point 'i44' .nearest: i4"),
        ({"lever": "entry", "pairs": ("i1", "i1")}, BadValue, "is one point, i1"),
        ({"lever": "entry", "pairs": "persons"}, BadValue, "must be 'people' or pairs"),
        ({"lever": "entry", "pairs": ["i1"]}, BadValue, "'i1' is no pair"),
        ({"lever": "entry", "pairs": []}, BadValue, "no pair is given"),
        ({"lever": "road_speed"}, BadValue, "moves roads, and the target is for transit"),
    ):
        with pytest.raises(error, match=text):
            required(day, RAIL, **{"pairs": PAIR, **asked})
    with pytest.raises(BadValue, match="weekend"):
        required(day.on("2026-11-07"), RAIL, pairs=PAIR, lever="entry")


def test_progress_ends_at_its_total_and_the_definition_goes_along(day):
    told = []
    found = required(
        day, RAIL.but(minutes=12), pairs=[PAIR, ("i1", "i3")], lever="entry", progress=lambda done, total: told.append((done, total))
    )
    assert [done for done, _ in told] == sorted(done for done, _ in told) and told[-1][0] == told[-1][1]
    assert all(done <= total for done, total in told)
    assert found.attrs["definition"] == RAIL.but(minutes=12).definition("en") and json.dumps(found.attrs)
    base = day.hash
    required(day, RAIL.but(minutes=12), pairs=PAIR, lever="line_speed")
    assert day.hash == base


def test_the_shipped_network_from_xiangtan_north_to_wuyi_square(now):
    target = Target(mode="transit", minutes=63, direction="to")
    found = required(now, target, pairs=("cs_xiangtan_north_railway_station", "五一广场"), lever="entry")
    row = found.iloc[0]
    assert row["state"] == "met" and 0 <= row["value"] < row["value_now"] == 3.0
    assert row["minutes_at_value"] <= 63 < row["minutes_beyond"]
    drive = required(now, Target(mode="car", direction="to"), pairs=("湘潭北站", "五一广场"), lever="road_speed").iloc[0]
    assert drive["state"] == "met" and drive["minutes_at_value"] <= 30 < drive["minutes_beyond"] and drive["value"] > 1.5


def test_a_station_with_minutes_of_its_own_is_moved_as_well(day):
    own = day.apply(SetEntry(stop="i1", entry_min=15.0))
    row = required(own, RAIL.but(minutes=1), pairs=PAIR, lever="entry").iloc[0]
    assert row["value_now"] == 18 and row["entry_min"] == 0
