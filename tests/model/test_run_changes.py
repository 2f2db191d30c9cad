"""Changes of run times and dwells: what they do to trains, and the laws that they keep."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import commute as cm
from commute import routing
from commute.errors import BadScenario
from commute.model.network import Network
from commute.model.tables import BY_NAME
from tinytown import AS_OF, tiny_layers, tiny_tables

pytestmark = pytest.mark.filterwarnings("ignore:no query on")  # a change for other days than the network's

TODAY = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF).on(AS_OF)
CHANGES = {
    "whole_course": cm.ScaleRunTime(line="M1", factor=1.1),
    "stretch": cm.ScaleRunTime(line="IC1", pattern=("all", "fast"), from_stop="i4", to_stop="i1", minutes=-1.5, expect={"run_min": 15}),
    "one_way": cm.ScaleRunTime(where=cm.Where(kind="intercity"), from_stop="i1", to_stop="i2", direction="0", factor=0.9),
    "for_a_year": cm.ScaleRunTime(line="M1", factor=1.25, from_date="2026-01-01", to_date="2026-12-31"),
    "dwell": cm.SetDwell(line="M1", dwell_min=0.75, expect={"dwell_min": 0.5}),
    "longer_at_a_stop": cm.SetDwell(line="IC1", stop="i2", pattern="all", change_min=1.5),
    "dwell_from_next_year": cm.SetDwell(line="M1", stop=("m2", "m3"), dwell_min=0, from_date="2027-01-01"),
}


def calls(net, trip):
    times = net.running()["stop_times"]
    return times[times["trip_id"] == trip].sort_values("stop_sequence").reset_index(drop=True)


def run_s(net, trip):
    rows = calls(net, trip)
    return rows["arrival_s"].to_numpy()[1:] - rows["departure_s"].to_numpy()[:-1]


def dwell_s(net, trip):
    rows = calls(net, trip)
    return (rows["departure_s"] - rows["arrival_s"]).to_numpy()


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_change_of_runs_keeps_the_laws(name):
    change, before = CHANGES[name], TODAY.hash
    net = TODAY.apply(change)
    assert TODAY.hash == before and net.hash != before
    assert not net.validate().query("level == 'error'").size
    assert TODAY.apply(cm.diff(TODAY, net)) == net
    assert net.apply(cm.invert(TODAY, cm.Scenario(name="s", changes=[change]))) == TODAY
    for table in ("trips", "stop_times", "frequencies", "calendar"):
        frame = net.table(table)
        assert frame.equals(frame.sort_values(list(BY_NAME[table].key), ignore_index=True)), table
        assert dict(frame.dtypes) == dict(TODAY.table(table).dtypes), table


@pytest.mark.parametrize("name", ["stretch", "for_a_year", "longer_at_a_stop"])
def test_a_network_with_it_comes_back_equal_from_files(name, tmp_path):
    net = TODAY.apply(CHANGES[name])
    cm.write_network(net, tmp_path / "n")
    assert cm.read_network(tmp_path / "n").on(AS_OF) == net


def test_all_of_them_come_back_equal_from_a_scenario_file(tmp_path):
    scenario = cm.Scenario(name="s", changes=list(CHANGES.values()))
    cm.write_scenario(scenario, tmp_path / "s.yaml")
    assert cm.read_scenario(tmp_path / "s.yaml") == scenario


def test_a_factor_scales_hops_and_leaves_dwells():
    net = TODAY.apply(CHANGES["whole_course"])
    assert list(run_s(net, "m_0")) == [198, 198, 198] and list(dwell_s(net, "m_0")) == list(dwell_s(TODAY, "m_0"))
    assert list(run_s(net, "ic_all_0")) == list(run_s(TODAY, "ic_all_0"))
    made = net.table("trips").set_index("trip_id")
    assert made.at["m_0", "basis"] == "assumed" and made.at["m_0", "source_id"] == "scenario"
    assert made.at["ic_all_0", "source_id"] == "tiny" and "scenario" in net.sources.index


def test_minutes_are_taken_off_the_stretch_in_proportion_and_exactly():
    net = TODAY.apply(CHANGES["stretch"])
    for trip in ("ic_all_0", "ic_all_1", "ic_fast_0", "ic_fast_1"):
        assert run_s(TODAY, trip).sum() - run_s(net, trip).sum() == 90
        assert (dwell_s(net, trip) == dwell_s(TODAY, trip)).all()
    assert list(run_s(net, "ic_all_0")) == [390, 390, 390] and list(run_s(net, "ic_fast_0")) == [375, 375]
    assert list(run_s(net, "ic_0805")) == list(run_s(TODAY, "ic_0805"))


def test_a_stretch_is_of_the_trains_that_call_at_both_ends():
    net = TODAY.apply(CHANGES["one_way"])
    assert list(run_s(net, "ic_all_0")) == [378, 420, 420] and list(run_s(net, "ic_fast_0")) == [378, 420]
    for trip in ("ic_all_1", "ic_0805"):
        assert list(run_s(net, trip)) == list(run_s(TODAY, trip))


RING = cm.AddLine(
    line="RING",
    line_class="metro",
    stops=["m1", "m2", "m3", "m4", "m1"],
    run_min=[5, 5, 5, 12],
    windows=cm.Window(start="06:00", end="22:00", headway_min=10),
)


@pytest.mark.parametrize(
    ("ends", "direction", "there", "back"),
    [
        (("m1", "m2"), "both", [10, 5, 5, 12], [12, 5, 5, 10]),
        (("m4", "m1"), "both", [5, 5, 5, 24], [24, 5, 5, 5]),
        (("m1", "m4"), "both", [5, 5, 5, 24], [24, 5, 5, 5]),
        (("m2", "m4"), "both", [5, 10, 10, 12], [12, 10, 10, 5]),
        (("m1", "m3"), "both", [10, 10, 5, 12], [12, 5, 10, 10]),  # two calls on either way round: on from m1
        (("m3", "m1"), "both", [5, 5, 10, 24], [24, 10, 5, 5]),
        (("m1", "m4"), "0", [10, 10, 10, 12], [12, 5, 5, 5]),
        (("m1", "m4"), "1", [5, 5, 5, 12], [24, 5, 5, 5]),
    ],
)
def test_a_stretch_of_a_ring_is_one_track_in_both_directions(ends, direction, there, back):
    ring = TODAY.apply(RING)
    net = ring.apply(cm.ScaleRunTime(line="RING", from_stop=ends[0], to_stop=ends[1], direction=direction, factor=2))
    assert [list(run_s(net, trip) // 60) for trip in ("RING_0", "RING_1")] == [there, back]
    assert ring.apply(cm.diff(ring, net)) == net


def test_a_dwell_moves_all_later_calls():
    net = TODAY.apply(CHANGES["longer_at_a_stop"])
    assert list(dwell_s(net, "ic_all_0"))[1:3] == [150, 60] and list(run_s(net, "ic_all_0")) == [420, 420, 420]
    later = calls(net, "ic_all_0")["arrival_s"] - calls(TODAY, "ic_all_0")["arrival_s"]
    assert list(later) == [0, 0, 90, 90]
    assert list(dwell_s(TODAY.apply(CHANGES["dwell"]), "m_1"))[1:3] == [45, 45]


def test_changes_hold_on_their_days():
    net = TODAY.apply(CHANGES["for_a_year"])
    for day, ride in (("2025-12-31", 180), ("2026-01-01", 225), ("2026-12-31", 225), ("2027-01-01", 180)):
        then = net.on(day)
        trip = then.running()["trips"].query("route_id == 'M1' and direction_id == 0")["trip_id"].item()
        assert list(run_s(then, trip)) == [ride] * 3
    assert set(net.running()["trips"]["trip_id"]) == set(TODAY.running()["trips"]["trip_id"])


@settings(max_examples=10)
@given(
    factor=st.floats(0.7, 1.0),
    line=st.sampled_from(["M1", "IC1"]),
    ends=st.sampled_from([(), (0, 1), (0, 3), (1, 3)]),
)
def test_faster_run_times_never_lengthen_a_direct_run(factor, line, ends):
    stops = [f"{'m' if line == 'M1' else 'i'}{k}" for k in (1, 2, 3, 4)]
    stretch = {} if not ends else {"from_stop": stops[ends[0]], "to_stop": stops[ends[1]]}
    change = cm.ScaleRunTime(line=line, pattern="all" if line == "IC1" else (), factor=factor, **stretch)
    try:
        net = TODAY.apply(change)
    except BadScenario as error:
        assert "runs at most" in str(error)
        return
    except cm.CommuteWarning as warning:  # a factor of nearly 1 changes no second
        assert factor > 0.99 and "no query" in str(warning)
        return
    if not ends:
        trip, whole = ("m_0", 540) if line == "M1" else ("ic_all_0", 1260)
        assert run_s(net, trip).sum() == int(whole * factor + 0.5)
    for a in stops:
        for b in stops:
            if a != b:
                old, new = (routing.run_times(each, a, b).set_index("trip_id")["minutes"] for each in (TODAY, net))
                assert (new <= old[new.index] + 1e-12).all()


@settings(max_examples=6)
@given(factors=st.lists(st.floats(1.05, 1.3), min_size=2, max_size=3, unique=True))
def test_factors_multiply_in_any_order(factors):
    changes = [cm.ScaleRunTime(line="M1", factor=one, id=f"f{k}") for k, one in enumerate(factors)]
    net = TODAY.apply(cm.ScaleRunTime(line="M1", factor=2.0), *changes)
    assert net == TODAY.apply(*reversed(changes), cm.ScaleRunTime(line="M1", factor=2.0))
    assert_allclose(run_s(net, "m_0"), 180 * 2 * np.prod(factors), atol=3)


def test_a_query_sees_faster_trains_and_longer_stands():
    profile = cm.TRANSIT.but(depart="08:00", count="in_vehicle", draws=8)

    def minutes(net):
        return cm.travel_times(net, ["m1"], ["m4"], profile=profile).to_frame()["minutes"][0]

    before = minutes(TODAY)
    assert before == 10.0
    assert minutes(TODAY.apply(CHANGES["whole_course"])) == pytest.approx(before + 0.9)
    assert minutes(TODAY.apply(CHANGES["dwell"])) == pytest.approx(before + 0.5)


@pytest.mark.parametrize("direction", [0, 1])
@pytest.mark.parametrize(
    "change",
    [
        cm.ScaleRunTime(line="CS3", from_stop="cs_xiangtan_north_railway_station", to_stop="cs_pingtang", factor=0.9),
        cm.SetDwell(line="CS3", change_min=0.25),
    ],
)
def test_trains_that_take_turns_stay_even_on_their_trunk(shipped, change, direction):
    """Line 3, whose trains begin at two stations, when those from the farther one get faster, or all stand longer."""
    net = shipped.on("2026-11-03")
    after = net.apply(change)
    assert np.array_equal(gaps(after, direction), gaps(net, direction))
    moved = after.running()["frequencies"]["start_s"] != net.running()["frequencies"]["start_s"]
    assert set(after.running()["frequencies"].loc[moved, "trip_id"]) <= {
        f"CS3_2023_through_{direction}",
        f"CS3_2023_through_{1 - direction}",
    }
    assert not after.running()["stop_times"].equals(net.running()["stop_times"])


def common(net):
    frames = net.running()
    calls = frames["stop_times"].merge(frames["trips"].query("route_id == 'CS3'"), on="trip_id")
    return set.intersection(*(set(rows["stop_id"]) for _, rows in calls.groupby("trip_id")))


def gaps(net, direction):
    """Seconds between trains at the first stop of the trunk, before any phase."""
    frames = net.running()
    trips = frames["trips"].query("route_id == 'CS3' and direction_id == @direction")
    calls = frames["stop_times"].merge(trips[["trip_id"]], on="trip_id").sort_values(["trip_id", "stop_sequence"])
    first = calls.groupby("trip_id")["departure_s"].first()
    trunk = next(stop for stop in calls["stop_id"] if stop in common(net))
    at = calls[calls["stop_id"] == trunk].set_index("trip_id")["departure_s"] - first
    rows = frames["frequencies"].merge(trips[["trip_id"]], on="trip_id")
    return np.diff(np.sort(rows["start_s"].to_numpy() + at[rows["trip_id"]].to_numpy()))
