"""`commute required` on the tiny town written to a folder: tables, files, and what it refuses."""

import argparse
import csv
import json

import pytest

from commute.cli import required
from commute.errors import BadValue
from commute.io import write_network


@pytest.fixture
def run(tiny, tmp_path, capsys):
    """Run the verb on the tiny town; gives what it printed."""
    folder = tmp_path / "town"
    write_network(tiny, folder)
    parser = argparse.ArgumentParser()
    required.add(parser)

    def call(*words):
        assert required.run(parser.parse_args(["--network", str(folder), *words])) == 0
        return capsys.readouterr().out

    return call


def test_the_table_in_both_languages_and_as_files(run, tmp_path):
    asked = ("--pair", "pl_west", "pl_east", "--lever", "road_speed", "--tolerance", "0.1")
    zh, en = run(*asked), run(*asked, "--lang", "en")
    assert "西心" in zh and "已经达到" in zh and "全部道路" in zh
    assert "West Centre" in en and "holds already" in en and "traffic is not assigned anew" in en and "全部" not in en
    rows = json.loads(run(*asked, "--format", "json"))
    assert [row["from_id"] for row in rows] == ["pl_west", "pl_east"] and rows[0]["state"] == "holds already"
    run(*asked, "--out", str(tmp_path / "found.csv"))
    with (tmp_path / "found.csv").open(encoding="utf-8") as file:
        assert [row["to_id"] for row in csv.DictReader(file)] == ["pl_east", "pl_west"]


def test_pairs_and_people_together_are_refused(run):
    with pytest.raises(BadValue, match="give one of them"):
        run("--pair", "pl_west", "pl_east", "--people", "--lever", "entry")
