"""`commute compare`: names that are scenarios, files or dates; tables, languages, maps; what it refuses."""

from __future__ import annotations

import argparse
import re

import pandas as pd
import pytest

from commute.cli import compare
from commute.errors import BadFile, BadValue, UnknownId
from commute.io import write_network
from commute.model.network import Network
from tinytown import AS_OF, peopled_tables, tiny_layers

SCENARIO = """name: bridge
name_zh: 桥
changes:
  - kind: open_gap
    gap: g_north
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The tiny town as a data package, and a scenario file beside it."""
    folder = tmp_path_factory.mktemp("town")
    write_network(Network.from_tables(peopled_tables(), tiny_layers(), AS_OF), folder / "network")
    (folder / "bridge.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder


def run(town, *arguments):
    parser = argparse.ArgumentParser()
    compare.add(parser)
    return compare.run(parser.parse_args([*arguments, "--network", str(town / "network")]))


def test_it_says_the_change_the_table_and_the_definition(town, capsys):
    assert run(town, str(town / "bridge.yaml"), "2018-06-29", "--lang", "en") == 0
    told = capsys.readouterr().out
    assert told.startswith("bridge (2026-11-03) against 2026-11-03: ")
    for part in (
        "\n2018-06-29 against 2026-11-03: ",
        "bridge (2026-11-03): change",
        "Base: 2026-11-03.",
        "different dates",
        "Jobs are modelled",
    ):
        assert part in told, part


def test_it_speaks_chinese_by_default_and_names_the_scenario_so(town, capsys):
    assert run(town, str(town / "bridge.yaml")) == 0
    told = capsys.readouterr().out
    assert told.startswith("桥（2026-11-03），对照 2026-11-03：") and "指标" in told and "岗位由模型推算" in told


@pytest.mark.parametrize(
    ("table", "ending"),
    [("summary", "json"), ("pairs", "csv"), ("zones", "parquet"), ("winners", "json"), ("centres", "csv"), ("paper", "parquet")],
)
def test_every_table_can_be_written_and_has_the_columns_that_are_shown(town, table, ending, tmp_path):
    path = tmp_path / f"a.{ending}"
    assert run(town, str(town / "bridge.yaml"), "--profile", "CAR", "--table", table, "--out", str(path)) == 0
    frame = {"json": pd.read_json, "csv": pd.read_csv, "parquet": pd.read_parquet}[ending](path)
    assert len(frame) and set(compare.SHOWN[table].split()) <= set(frame.columns)


@pytest.mark.parametrize("table", [name for name, columns in compare.SHOWN.items() if columns])
def test_english_tables_show_english_names(town, table, capsys):
    assert run(town, str(town / "bridge.yaml"), "--profile", "CAR", "--table", table, "--lang", "en") == 0
    told = capsys.readouterr().out
    assert not re.search(r"[\u4e00-\u9fff]", told)
    assert run(town, str(town / "bridge.yaml"), "--profile", "CAR", "--table", table) == 0
    told = capsys.readouterr().out
    assert "桥" in told and not re.search(r"bridge|[a-z]{3,}_[a-z]+", told.replace("z_", ""))


def test_shares_are_printed_in_per_cent(town, capsys):
    assert run(town, "2018-06-29", "--profile", "CAR", "--table", "summary", "--lang", "en") == 0
    assert re.search(r"\d%", capsys.readouterr().out)


def test_the_map_is_written(town, tmp_path, capsys):
    assert run(town, str(town / "bridge.yaml"), "--map", str(tmp_path / "a.png"), "--profile", "CAR", "--table", "summary") == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["metro_stile"], UnknownId, "no scenario 'metro_stile' (nearest: metro_style"),
        (["2022-13-11"], BadValue, "'2022-13-11' is not a date"),
        (["2022-05-11", "2022-05-11"], BadValue, "two networks are named '2022-05-11': give each its own name"),
        (["2022-05-14"], BadValue, "2022-05-14 is a weekend day"),
        (["2022-05-11", "--date", "2026-11-07"], BadValue, "2026-11-07 is a weekend day"),
        (["2022-05-11", "--map", "a.gif"], BadValue, "a.gif: the name must end in .png, .svg, .pdf"),
        (["2022-05-11", "--map", "nowhere/a.png"], BadFile, "nowhere: no such folder"),
        (["2022-05-11", "--format", "parquet"], BadValue, "--format parquet needs --out FILE"),
    ],
)
def test_what_it_refuses(town, arguments, error, message):
    with pytest.raises(error) as refused:
        run(town, *arguments)
    assert str(refused.value).startswith(message)
