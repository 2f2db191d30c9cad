"""The shipped network: found, valid, every warning explained."""

import pytest

from commute import datasets
from commute.errors import BadFile, UnknownId
from commute.io import shipped
from commute.io.package import validate, write_network
from commute.io.scenarios import read_scenario, shipped_scenarios
from commute.model.checks.findings import sentences


def test_the_shipped_network_has_no_error_and_every_warning_is_explained():
    found = validate(shipped.shipped_network())
    assert sentences(found[found["level"] == "error"]) == []
    assert sentences(found[found["explained"] == ""]) == []


def test_the_shipped_network_comes_back_equal(shipped, tmp_path):
    from commute.io.package import read_network

    write_network(shipped, tmp_path / "copy")
    assert read_network(tmp_path / "copy") == shipped


def test_every_shipped_scenario_reads_and_has_the_name_of_its_file():
    assert {"seed_2022", "west_ring", "open_all_gaps", "metro_style", "plan_2027", "plan_2030", "plan_2030_slipped", "everything"} <= set(
        shipped_scenarios()
    )
    for name in shipped_scenarios():
        assert read_scenario(name).name == name


def test_the_environment_names_another_network(tiny, tmp_path, monkeypatch):
    write_network(tiny, tmp_path / "town")
    monkeypatch.setenv("COMMUTE_NETWORK", str(tmp_path / "town"))
    assert datasets.load() == tiny
    monkeypatch.setenv("COMMUTE_NETWORK", str(tmp_path / "tow"))
    with pytest.raises(BadFile, match=r"tow: no such folder or zip \(beside it: town\)"):
        datasets.load()


def test_the_wheel_goes_before_the_checkout(tmp_path, monkeypatch):
    monkeypatch.delenv("COMMUTE_NETWORK", raising=False)
    wheel, checkout = tmp_path / "wheel", tmp_path / "checkout"
    monkeypatch.setattr(shipped, "PLACES", (wheel, checkout))
    with pytest.raises(BadFile, match=r"the shipped network is not in .*wheel or .*checkout: set COMMUTE_NETWORK to its folder"):
        shipped.shipped_network()
    checkout.mkdir()
    assert shipped.shipped_network() == checkout
    wheel.mkdir()
    assert shipped.shipped_network() == wheel


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(UnknownId) as caught:
        datasets.load("changzutan")
    assert str(caught.value) == "no data set 'changzutan' (nearest: changzhutan)"
