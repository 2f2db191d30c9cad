"""`commute missing` and `commute critical`: what they print and write, and which files they refuse; on the tiny town."""

import json

import pandas as pd
import pytest
import shapely

from commute.cli import main
from commute.io import write_network
from commute.model.network import Network
from tinytown import AS_OF, peopled_tables, tiny_layers

CORNERS = "[[[112.9,28.05],[113.1,28.05],[113.1,28.15],[112.9,28.05]]]"
SQUARE = '{"type":"Feature","properties":{"name":"绿心"},"geometry":{"type":"Polygon","coordinates":' + CORNERS + "}}"
BOW = SQUARE.replace("[113.1,28.15],[112.9,28.05]]]", "[112.95,28.15],[113.0,28.0],[112.9,28.05]]]")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The tiny town with a slow bridge as a data package, and the arguments that name it."""
    made = peopled_tables()
    bridge = made["link"]["link_id"] == "l_bridge"
    made["link"] = made["link"].assign(
        free_speed_kmh=made["link"]["free_speed_kmh"].mask(bridge, 8.0),
        facility_type=made["link"]["facility_type"].mask(bridge, "secondary"),
    )
    folder = tmp_path_factory.mktemp("town") / "network"
    write_network(Network.from_tables(made, tiny_layers(), AS_OF), folder)
    return ["--network", str(folder)]


def said(capsys, arguments):
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_missing_says_what_it_found_what_it_left_out_and_what_it_did_not_check(town, capsys):
    zh = said(capsys, ["missing", *town, "--detour", "1.3"])
    en = said(capsys, ["missing", *town, "--detour", "1.3", "--lang", "en"])
    for told, parts in (
        (zh, ("路口", "需建桥", "未列出：", "g_north", "主要道路")),
        (en, ("Corner", "needs a bridge", "Left out:", "main roads only")),
    ):
        for part in parts:
            assert part in told, part


def test_missing_writes_every_column(town, capsys, tmp_path):
    rows = json.loads(said(capsys, ["missing", *town, "--detour", "1.3", "--format", "json"]))
    assert rows[0]["rank"] == 1 and rows[0]["geometry"].startswith("LINESTRING") and rows[0]["crosses_river"] is True
    main(["missing", *town, "--detour", "1.3", "--out", str(tmp_path / "a.csv"), "--limit", "2"])
    written = pd.read_csv(tmp_path / "a.csv")
    assert len(written) == 2 and list(written.columns) == list(rows[0])


def test_missing_leaves_out_what_crosses_the_shapes_of_a_file(town, capsys, tmp_path):
    file = tmp_path / "heart.geojson"
    file.write_text(SQUARE, encoding="utf-8")
    whole, left = (
        json.loads(said(capsys, ["missing", *town, "--detour", "1.3", "--format", "json", *more]))
        for more in ([], ["--exclude", str(file)])
    )
    shape = shapely.from_geojson(json.dumps(json.loads(SQUARE)["geometry"]))
    assert len(left) < len(whole) and not any(shape.intersects(shapely.from_wkt(row["geometry"])) for row in left)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "no map can be read from it"),
        (b"not a map", "no map can be read from it"),
        (b'{"x": 1}', "no map can be read from it"),
        (b'{"type":"FeatureCollection","features":[]}', "it holds no shape"),
        (SQUARE.encode("gbk"), "not UTF-8"),
        (SQUARE.replace("[113.1,28.05]", '["x",28.05]').encode(), "exclude: item 0 is None, no geometry"),
        (BOW.encode(), "exclude: geometry 0 is not valid (Self-intersection"),
        (SQUARE.replace("113.1,28.15", "413000,3100000").encode(), "exclude: geometry 0 reaches from (112.9, 28.05) to (413000, 3.1e+06)"),
    ],
)
def test_a_file_without_good_shapes_is_refused_with_its_name_and_the_reason(content, message, town, capsys, tmp_path):
    file = tmp_path / "bad.geojson"
    if content is not None:
        file.write_bytes(content)
    assert main(["missing", *town, "--exclude", str(file)]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"commute missing: {file}: {message}") and "Traceback" not in told


def test_a_folder_is_no_map_file(town, capsys, tmp_path):
    assert main(["missing", *town, "--exclude", str(tmp_path)]) == 1
    assert f"{tmp_path}: no such file" in capsys.readouterr().err


def test_critical_says_what_fails_worst(town, capsys):
    told = said(capsys, ["critical", *town, "--lang", "en"])
    assert "Tiny Bridge" in told and "trains pass through" in told and "within 30 minutes" in told
    assert "小桥" in said(capsys, ["critical", *town])
    rows = json.loads(said(capsys, ["critical", "stop", *town, "--mode", "transit", "--format", "json", "--limit", "3"]))
    assert [row["what"] for row in rows] == ["stop"] * 3 and rows[0]["geometry"].startswith("POINT")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["critical", "road"], "what is 'road', must be of link, stop"),
        (["critical", "--limit", "0"], "limit is 0, must be 1 or more, or None"),
        (["missing", "--max-km", "0"], "limit 30, max_km 0, detour 2: must be 1 or more, above 0.5 to 100, above 1"),
        (["missing", "--target", "ONE_HOUR_COMMUTE_2027"], "a road link changes no journey by public transport: give a target by car"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(arguments, message, town, capsys):
    assert main([*arguments, *town]) == 1
    told = capsys.readouterr().err.splitlines()  # on a first run, that kernels are compiled, comes before
    assert told[-1].startswith(f"commute {arguments[0]}: {message}")
