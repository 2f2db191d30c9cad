"""Matrices under subsets of gaps, against networks in which those gaps are opened and routed anew."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commute as cm
from commute.errors import BadValue, Conflict, UnknownId
from commute.model.changes import OpenGap
from commute.model.network import Network
from commute.routing import travel_times
from commute.routing.gap_matrices import gap_matrices
from tinytown import AS_OF, LATS, LONS, frame, tiny_layers, tiny_tables

NODES = [f"n{i}{j}" for i in range(len(LONS)) for j in range(len(LATS))]


def town_with(gaps, links=()):
    """The tiny town with these gaps (id, from, to, km, km/h, excludes) in place of its own, and some links left out."""
    tables = tiny_tables()
    like = tables["gap"].to_dict("records")[0]
    rows = [
        {
            **like,
            "gap_id": k,
            "kind": "upgrade",
            "from_node_id": a,
            "to_node_id": b,
            "length_km": km,
            "free_speed_kmh": kmh,
            "link_ids": "",
            "excludes": x,
        }
        for k, a, b, km, kmh, x in gaps
    ]
    link = tables["link"]
    tables |= {"gap": frame("gap", rows), "link": link[~link["link_id"].isin(links)].reset_index(drop=True)}
    tables["project"] = tables["project"].assign(gap_ids="")
    return Network.from_tables(tables, tiny_layers(), AS_OF)


def routed(net, opened, *points, profile):
    """The same by opening the gaps and routing again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cm.CommuteWarning)  # some of them no query sees
        return travel_times(net.apply(*[OpenGap(gap=one) for one in opened]), *points, profile=profile, progress=False).matrix()


gap = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), st.integers(2, 60), st.sampled_from([20.0, 50.0, 90.0])).filter(
    lambda one: one[0] != one[1]
)


@settings(max_examples=25)
@given(st.lists(gap, min_size=1, max_size=5), st.integers(0, 31), st.booleans(), st.sampled_from(["door_to_door", "in_vehicle"]), st.data())
def test_any_subset_equals_opening_the_gaps_and_routing_again(gaps, bits, peak, count, data):
    all_links = tiny_tables()["link"]["link_id"].tolist()
    gone = data.draw(st.lists(st.sampled_from(all_links), max_size=6))  # parts of the town may be cut off
    net = town_with([(f"g{k}", a, b, km / 10, kmh, "") for k, (a, b, km, kmh) in enumerate(gaps)], gone)
    profile = cm.CAR.but(peak=peak, count=count)
    opened = [f"g{k}" for k in range(len(gaps)) if (bits >> k) & 1]
    found = gap_matrices(net, [f"g{k}" for k in range(len(gaps))], None, ["pl_west", "n00", "n32", "z5"], profile=profile).minutes(opened)
    pd.testing.assert_frame_equal(found, routed(net, opened, None, ["pl_west", "n00", "n32", "z5"], profile=profile))


def test_any_subset_of_the_shipped_gaps_equals_routing_again(now):
    rows = now.table("gap").set_index("gap_id")
    known = rows[(rows["kind"] != "planned_line") & (rows["from_node_id"] != "") & (rows["length_km"] > 0)]
    shut = [one for one in known.index if one in now.gaps.index]
    found = gap_matrices(now, known, None, profile=cm.CAR.at_peak())
    assert found.gaps == tuple(known.index) and len(shut) > 30
    luck = np.random.default_rng(10)
    changed = 0
    for _ in range(4):
        opened = [one for one in shut if luck.random() < 0.4]
        opened = [one for one in opened if not any(one == b and a in opened for a, b in found.excludes)]
        expected = routed(now, opened, None, profile=cm.CAR.at_peak())
        pd.testing.assert_frame_equal(found.minutes(opened), expected)
        changed += (found.minutes(opened) < found.minutes()).to_numpy().sum()
    assert changed > 1000


def test_a_matrix_says_what_made_it_and_takes_ids_or_a_frame(tiny):
    dated = tiny.on(AS_OF)
    found = gap_matrices(dated, dated.gaps, ["z1", "z5"], profile=cm.CAR)
    assert found.gaps == ("g_north", "g_tied") and found.about["network"] == dated.hash and found.about["date"] == "2026-11-03"
    assert "parking_min" in found.about["assumed"]
    assert gap_matrices(dated, "g_north", ["z1", "z5"], profile=cm.CAR).gaps == ("g_north",)
    pd.testing.assert_frame_equal(found.minutes(), travel_times(dated, ["z1", "z5"], profile=cm.CAR, progress=False).matrix())


def test_what_is_reached_under_every_subset_counts_the_matrices():
    net = town_with([("a", "n12", "n22", 2.0, 60.0, ""), ("b", "n10", "n20", 3.0, 50.0, ""), ("c", "n01", "n31", 6.0, 90.0, "")])
    found = gap_matrices(net, ["a", "b", "c"], None, profile=cm.CAR)
    people, jobs = np.array([4.0, 9, 3, 2, 6, 1]), np.array([2.0, 7, 1, 0, 5, 3])
    within = [17.0, 20.5]
    for minutes in within:
        got = found.reach(minutes, from_weight=people, to_weight=jobs)
        for bits in range(8):
            times = found.minutes([one for k, one in enumerate("abc") if (bits >> k) & 1]).to_numpy()
            assert got[bits] == people @ (times <= minutes) @ jobs
    assert len({*found.reach(17.0)}) > 2
    with pytest.raises(BadValue, match=r"^to_weight has shape \(2,\), there are 6 points$"):
        found.reach(30, to_weight=[1, 2])
    with pytest.raises(BadValue, match=r"^minutes is nan, must be 0 or more and under 14913 h$"):
        found.reach(float("nan"))


def test_gaps_that_overlap_are_refused_together():
    net = town_with([("a", "n12", "n22", 2.0, 60.0, "b"), ("b", "n12", "n22", 2.5, 60.0, "a"), ("c", "n10", "n20", 3.0, 50.0, "")])
    found = gap_matrices(net, ["a", "b", "c"], None, profile=cm.CAR)
    assert found.excludes == (("a", "b"),)
    with pytest.raises(Conflict, match=r"^a and b overlap on the ground: open one of them$"):
        found.minutes(["b", "c", "a"])
    assert found.minutes(["a", "c"]).shape == (6, 6)


def test_what_makes_no_sense_is_refused(tiny):
    with pytest.raises(BadValue, match=r"^the gap algebra is for roads; the profile travels by transit$"):
        gap_matrices(tiny, ["g_north"], None, profile=cm.TRANSIT)
    with pytest.raises(BadValue, match=r"^station_to_station has no meaning for a car journey: take in_vehicle or door_to_door$"):
        gap_matrices(tiny, ["g_north"], None, profile=cm.CAR.but(count="station_to_station"))
    with pytest.raises(BadValue, match=r"^no gap is given: name at least one$"):
        gap_matrices(tiny, [], None, profile=cm.CAR)
    with pytest.raises(UnknownId, match=r"nearest: g_north"):
        gap_matrices(tiny, ["g_nort"], None, profile=cm.CAR)
    with pytest.raises(UnknownId, match=r"^no gap 'g_tied' "):
        gap_matrices(tiny, ["g_north"], None, profile=cm.CAR).minutes(["g_tied"])


def test_a_past_day_too(shipped):
    net = shipped.on("2024-06-04")
    rows = net.gaps
    known = rows[(rows["kind"] != "planned_line") & (rows["from_node_id"] != "") & (rows["length_km"] > 0)]
    found = gap_matrices(net, known, None, profile=cm.CAR)
    shut = [g for g in found.gaps if not any(g == b for _, b in found.excludes)]
    pd.testing.assert_frame_equal(found.minutes(shut), routed(net, shut, None, profile=cm.CAR))
