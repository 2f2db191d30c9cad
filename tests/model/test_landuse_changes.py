"""Changes of land use: who is counted where, the laws, and every refusal by its message."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import commute as cm
from commute.analysis.measure.people import people
from commute.errors import BadScenario, BadValue, Conflict
from commute.model.network import Network
from commute.model.tables import BY_NAME
from tinytown import AS_OF, SRC, frame, tiny_layers, tiny_tables

TOWN = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)
TODAY = TOWN.on(AS_OF)
KINDS = {
    "value": cm.LandUse(zone="z1", people=70_000, jobs=1_000, expect={"people": 40_000, "jobs": 20_000}),
    "more": cm.LandUse(zone=("z1", "z2"), people_change=5_000),
    "fewer_jobs": cm.LandUse(where=cm.Where(query="city == 'Zhuzhou'"), jobs_change=-4_000),
    "factor": cm.LandUse(where=cm.Where(query="city == 'Zhuzhou'"), factor=1.5),
    "nobody": cm.LandUse(zone="z6", factor=0),
}


@pytest.fixture(params=sorted(KINDS))
def change(request):
    return KINDS[request.param]


def counts(net):
    zones = net.zones
    return dict(zip(zones.index, zip(zones["population"], zones["jobs"], strict=True), strict=True))


def refused(*changes, net=TODAY):
    with pytest.raises(BadScenario) as caught:
        net.apply(*changes)
    return str(caught.value)


def test_it_can_be_told_and_undone_and_the_base_stays(change, tmp_path):
    scenario = cm.Scenario(name="s", changes=[change])
    for base in (TOWN, TODAY):
        before = base.hash
        net = base.apply(change)
        assert base.hash == before and net.hash != before
        assert not len(net.validate().query("level == 'error'"))
        assert base.apply(cm.diff(base, net)) == net
        assert net.apply(cm.invert(base, scenario)) == base
    cm.write_network(net, tmp_path / "n")
    assert cm.read_network(tmp_path / "n").on(AS_OF) == net
    for one in (scenario, cm.invert(TODAY, scenario)):
        cm.write_scenario(one, tmp_path / "s.yaml")
        assert cm.read_scenario(tmp_path / "s.yaml") == one
    for name in ("zone", "job"):
        rows = net.table(name)
        assert rows.equals(rows.sort_values(list(BY_NAME[name].key), ignore_index=True)), name
        assert dict(rows.dtypes) == dict(TOWN.table(name).dtypes), name


def test_it_sets_adds_and_scales_those_zones_and_no_others():
    old = counts(TODAY)
    for name, wanted in {
        "value": {"z1": (70_000, 1_000)},
        "more": {"z1": (45_000, 20_000), "z2": (95_000, 45_000)},
        "fewer_jobs": {"z4": (20_000, 6_000), "z5": (60_000, 26_000), "z6": (10_000, 1_000)},
        "factor": {"z4": (30_000, 15_000), "z5": (90_000, 45_000), "z6": (15_000, 7_500)},
        "nobody": {"z6": (0, 0)},
    }.items():
        assert counts(TODAY.apply(KINDS[name])) == old | wanted, name


def test_a_zone_without_a_row_of_jobs_gets_one():
    job = TODAY.table("job")
    town = TODAY.replaced(tables={"job": job[job["zone_id"] != "z3"].reset_index(drop=True)})
    assert counts(town.apply(cm.LandUse(zone="z3", jobs_change=700)))["z3"] == (30_000, 700)
    assert np.isnan(counts(town.apply(cm.LandUse(zone="z3", factor=2)))["z3"][1])
    row = town.apply(cm.LandUse(zone="z3", jobs=5)).table("job").set_index("zone_id").loc["z3"]
    assert row[["jobs", "basis", "source_id", "confidence"]].tolist() == [5, "modelled", "scenario", "assumed"]


@pytest.mark.filterwarnings("ignore:no query on")  # 0 more, or times 1
@settings(max_examples=8)
@given(st.floats(-10_000, 1e6), st.floats(-10_000, 1e6), st.floats(0, 10), st.floats(0, 10))
def test_additions_add_up_and_factors_multiply_in_any_order(a, b, x, y):
    add = [cm.LandUse(zone="z1", people_change=one, id=str(k)) for k, one in enumerate((a, b))]
    grow = [cm.LandUse(zone="z2", factor=one, id=f"f{k}") for k, one in enumerate((x, y))]
    net = TODAY.apply(*add, *grow)
    assert net == TODAY.apply(*grow[::-1], *add[::-1])
    assert_allclose([counts(net)["z1"][0], counts(net)["z2"][0]], [40_000 + a + b, 90_000 * x * y], atol=1e-6)


def test_the_people_of_a_zone_are_those_that_check_counts_and_the_share_moves():
    spread = [{"name": name, "favourable": "low", "basis": "assumed", **SRC} for name in ("people_decay_km", "population_spread")]
    rows = [row | dict.fromkeys(("low", "central", "high"), value) for row, value in zip(spread, (1.0, 0.2), strict=True)]
    constant = pd.concat([TODAY.table("constant"), frame("constant", rows)]).sort_values(["name", "opens"], ignore_index=True)
    town = TODAY.replaced(tables={"constant": constant})
    target = cm.Target(minutes=20, mode="car", area="core", share=0.5)
    before = cm.check(town, target)
    assert 0 < before.people_share.central < 1
    moved = {}
    for zone in ("z1", "z2", "z3"):
        net = town.apply(cm.LandUse(zone=zone, factor=3))
        assert people(net).population.sum() == pytest.approx(people(town).population.sum() + 2 * counts(town)[zone][0])
        moved[zone] = cm.check(net, target).people_share.central - before.people_share.central
    assert max(moved.values()) > 0.01 and min(moved.values()) < -0.01
    assert cm.check(town.apply(cm.LandUse(zone="z1", jobs=1)), target).people_share == before.people_share


def test_it_says_what_is_wrong():
    assert refused(cm.LandUse(zone="z11", people=1)) == "land_use: no zone 'z11' (nearest: z1)"
    assert refused(cm.LandUse(zone="z1", people_change=-40_001)) == "land_use: people: zone z1 would have -1, must be from 0 to 1e+08"
    assert refused(KINDS["fewer_jobs"], cm.LandUse(zone=("z5", "z6"), jobs_change=-1_500)) == (
        "change 1 land_use and change 2 land_use cannot both be applied: jobs: zone z6 would have -500, must be from 0 to 1e+08"
    )
    wrong = cm.LandUse(zone="z1", people=1, expect={"population": 2})
    assert refused(wrong) == "land_use: expected population 2, but zone z1 is 40000"
    none = cm.LandUse(where=cm.Where(query="city == 'Atlantis'"), people=1)
    assert refused(none) == "land_use: it matches no zone: query \"city == 'Atlantis'\" (city is Changsha, Zhuzhou)"
    with pytest.raises(Conflict, match="change 1 land_use and change 2 land_use both set people of zone z1"):
        TODAY.apply(cm.LandUse(zone="z1", people=3), cm.LandUse(zone=("z1", "z2"), people=2))
    with pytest.raises(Conflict, match="change 1 land_use adds to zone z1 and change 2 land_use scales it: the order would matter"):
        TODAY.apply(KINDS["more"], cm.LandUse(zone="z1", factor=2))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"people": 1}, "land_use needs zone or where"),
        ({"zone": "z1"}, "land_use needs people, jobs, people_change, jobs_change or factor"),
        ({"zone": "z1", "people": -1}, "land_use: people is -1, must be from 0 to 1e+08"),
        ({"zone": "z1", "jobs": np.nan}, "land_use: jobs is nan, must be from 0 to 1e+08"),
        ({"zone": "z1", "factor": -1}, "land_use: factor is -1, must be from 0 to 100"),
        ({"zone": "z1", "people": 1, "people_change": 1}, "land_use: both people and people_change are given, give one"),
        ({"zone": "z1", "jobs_change": 1, "factor": 1}, "land_use: both jobs_change and factor are given, give one"),
        (
            {"zone": "z1", "people": 1, "from_date": "2027-01-01"},
            "land_use: people and jobs are those of one year at every date, so it can have no from_date or to_date",
        ),
    ],
)
def test_it_is_valid_from_birth(given, said):
    with pytest.raises(BadValue) as caught:
        cm.LandUse(**given)
    assert str(caught.value) == said
