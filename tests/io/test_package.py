"""The data package out and in again: equal, whole or not at all, and safe to unpack."""

import json
import math
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from commute.errors import BadFile, BadValue
from commute.io import bundle
from commute.io.package import read_network, validate, write_network
from commute.io.tables import read_table, table_text
from commute.model.changes import OpenGap
from commute.model.checks.findings import Findings, sentences
from commute.model.network import Network
from commute.model.tables import BY_NAME, LAYERS, TABLES
from tinytown import AS_OF, tiny_layers, tiny_tables


@pytest.mark.parametrize("name", ["town", "town.zip"])
def test_a_network_comes_back_equal(tiny, tmp_path, name):
    write_network(tiny, tmp_path / name)
    back = read_network(tmp_path / name)
    assert back == tiny and back.hash == tiny.hash and back.as_of == AS_OF
    for table in TABLES:
        assert_frame_equal(back.table(table.name), tiny.table(table.name))


def test_a_dated_and_changed_network_comes_back_equal(tiny, tmp_path):
    changed = tiny.on("2020-05-05").apply(OpenGap(gap="g_north"))
    write_network(changed, tmp_path / "town")
    back = read_network(tmp_path / "town")
    assert back == changed != tiny
    assert back.date == changed.date


def test_writing_twice_gives_the_same_bytes(tiny, tmp_path):
    write_network(tiny, tmp_path / "a.zip")
    write_network(tiny, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_zip_of_a_folder_one_down_is_read(tiny, tmp_path):
    write_network(tiny, tmp_path / "town")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        for path in sorted((tmp_path / "town").rglob("*.*")):
            archive.write(path, path.relative_to(tmp_path))
    assert read_network(tmp_path / "packed.zip") == tiny


text = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=("Cs",)), max_size=12)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(text, text, st.floats(-180, 180), st.floats(-90, 90)), max_size=6))
def test_any_text_and_number_survives_a_table(values):
    table = BY_NAME["node"]
    frame = pd.DataFrame({column.name: pd.Series([], dtype="str") for column in table.columns})
    frame = frame.reindex(range(len(values))).fillna("x")
    frame["node_id"] = [f"n{i}" for i in range(len(values))]
    frame["name"], frame["name_zh"] = (pd.Series([v[k] for v in values], dtype="str") for k in (0, 1))
    frame["lon"], frame["lat"] = (pd.Series([v[k] for v in values], dtype="float64") for k in (2, 3))
    findings = Findings()
    back = read_table(table, table_text(table, frame).encode(), findings)
    assert back is not None
    assert [one for one in findings if one.message != "has a header and no rows"] == []
    for name in ("node_id", "name", "name_zh", "lon", "lat"):
        assert back.frame[name].tolist() == frame[name].tolist()


def test_a_clock_past_midnight_and_an_empty_number_survive(tiny, tmp_path):
    times = tiny.table("stop_times").assign(arrival_s=lambda t: t["arrival_s"] + 90_000, departure_s=lambda t: t["departure_s"] + 90_000)
    late = tiny.replaced(tables={"stop_times": times})
    write_network(late, tmp_path / "town")
    assert "25:00:00" in (tmp_path / "town/gtfs/stop_times.txt").read_text()
    assert read_network(tmp_path / "town") == late
    assert math.isnan(read_network(tmp_path / "town").table("link")["peak_speed_kmh"].iloc[0])


def test_files_that_are_not_tables_stay_and_tables_that_are_gone_go(tiny, tmp_path):
    write_network(tiny, tmp_path / "town")
    (tmp_path / "town/scenarios").mkdir()
    (tmp_path / "town/scenarios/mine.yaml").write_text("name: mine\n")
    (tmp_path / "town/LICENSE").write_text("mine\n")
    none = tiny.table("closure").iloc[:0]
    write_network(tiny.replaced(tables={"closure": none}), tmp_path / "town")
    assert (tmp_path / "town/scenarios/mine.yaml").read_text() == "name: mine\n"
    assert (tmp_path / "town/LICENSE").is_file()
    assert not (tmp_path / "town/gtfs/closures.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


@pytest.mark.parametrize("name", ["town", "town.zip"])
def test_a_failed_write_leaves_the_old_package_and_nothing_else(tiny, tmp_path, monkeypatch, name):
    write_network(tiny, tmp_path / name)
    monkeypatch.setattr(bundle.shutil, "copytree", broken)
    monkeypatch.setattr(bundle.zipfile.ZipFile, "writestr", broken)
    with pytest.raises(OSError, match="disk full"):
        write_network(tiny.on("2020-05-05"), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert read_network(tmp_path / name) == tiny


def broken(*args, **kwargs):
    raise OSError("disk full")


def test_a_folder_of_something_else_is_not_overwritten(tiny, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/thesis.txt").write_text("years\n")
    with pytest.raises(BadValue) as caught:
        write_network(tiny, tmp_path / "home")
    assert str(caught.value) == f"{tmp_path / 'home'}: holds files but no datapackage.json, so it is no data package and is not overwritten"
    with pytest.raises(BadValue, match="is neither a data package nor a zip and is not overwritten"):
        write_network(tiny, tmp_path / "home/thesis.txt")
    with pytest.raises(BadValue, match="no such folder to write in"):
        write_network(tiny, tmp_path / "nowhere/town")


def test_a_path_that_is_not_there_names_what_is(tiny, tmp_path):
    write_network(tiny, tmp_path / "town")
    with pytest.raises(BadFile) as caught:
        read_network(tmp_path / "twon")
    assert str(caught.value) == f"{tmp_path / 'twon'}: no such folder or zip (beside it: town)"
    (tmp_path / "node.csv").write_text("node_id\n")
    with pytest.raises(BadFile, match=r"node.csv: is neither a folder nor a zip \(File is not a zip file\)"):
        read_network(tmp_path / "node.csv")


def packed(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name.replace("__", "/"), raw)
    return path


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = packed(tmp_path / "bomb.zip", **{"node.csv": b"0" * 20_000_000})
    with pytest.raises(BadFile, match=r"bomb.zip: 'node.csv' unpacks to \d+ times its size: a zip bomb\?"):
        read_network(path)


@pytest.mark.parametrize("name", ["../node.csv", "/etc/node.csv", "a/../../node.csv", "C:\\node.csv"])
def test_a_zip_that_leads_out_of_its_folder_is_refused(tmp_path, name):
    with pytest.raises(BadFile, match="leads out of the zip"):
        read_network(packed(tmp_path / "out.zip", **{name: b"x"}))


def test_a_damaged_zip_names_the_file(tiny, tmp_path):
    write_network(tiny, tmp_path / "town.zip")
    raw = bytearray((tmp_path / "town.zip").read_bytes())
    with zipfile.ZipFile(tmp_path / "town.zip") as archive:
        start = archive.getinfo("link.csv").header_offset
    raw[start + 60 : start + 90] = bytes(30)
    (tmp_path / "town.zip").write_bytes(raw)
    with pytest.raises(BadFile, match=r"link\.csv: cannot be read"):
        read_network(tmp_path / "town.zip")


def test_expected_warnings_are_explained_and_stale_ones_told(tiny, tmp_path):
    far = tiny.table("zone").assign(lat=lambda t: t["lat"].where(t["zone_id"] != "z3", 28.3))
    write_network(tiny.replaced(tables={"zone": far}), tmp_path / "town")
    (tmp_path / "town/warnings.csv").write_text("file,key,column,why\nzone.csv,z3,,a village on a mountain\nnode.csv,n00,,gone\n")
    found = validate(tmp_path / "town").set_index("file")
    assert found.loc["zone.csv", "explained"] == "a village on a mountain"
    assert found.loc["warnings.csv", "message"] == "no warning on node.csv n00 is left to explain"


def test_findings_on_a_network_are_those_on_its_files(tiny, tmp_path):
    bad = tiny.replaced(tables={"link": tiny.table("link").assign(length_km=lambda t: t["length_km"] * 0.5)})
    write_network(bad, tmp_path / "town")
    assert sentences(bad.validate()) == sentences(validate(tmp_path / "town"))
    assert len(bad.validate()) == len(bad.table("link"))
    assert tiny.validate().empty


def test_of_many_like_faults_the_error_shows_some_and_counts_the_rest(tiny, tmp_path):
    many = tiny.table("shapes").loc[lambda t: t.index.repeat(10)].assign(shape_pt_sequence=range(40), lat=95.0)
    write_network(tiny.replaced(tables={"shapes": many.reset_index(drop=True)}), tmp_path / "town")
    with pytest.raises(BadFile) as caught:
        read_network(tmp_path / "town")
    assert len(caught.value.findings) == 21
    assert caught.value.findings[-1] == "gtfs/shapes.txt, shape_pt_lat: 20 more like this (commute validate lists them)"
    assert len(validate(tmp_path / "town")) == 40


def test_layers_keep_their_order_of_keys(tmp_path):
    river = {"features": tiny_layers()["river"]["features"], "name": "r", "type": "FeatureCollection"}
    net = Network.from_tables(tiny_tables(), {**tiny_layers(), "river": river}, AS_OF)
    write_network(net, tmp_path / "town")
    assert read_network(tmp_path / "town") == net
    assert json.loads((tmp_path / "town" / LAYERS["river"]).read_text()) == river
