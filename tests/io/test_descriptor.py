"""datapackage.json: made from the schema, valid by Frictionless, finds what our own checks find."""

import json
from datetime import date
from pathlib import Path

import pytest

from commute.errors import BadFile
from commute.io.descriptor import descriptor, write_descriptor
from commute.io.package import write_network
from commute.model.tables import TABLES

frictionless = pytest.importorskip("frictionless")
SHIPPED = Path(__file__).parents[2] / "data" / "network"


def faults(folder: Path) -> list[str]:
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    return [error.message for task in report.tasks for error in task.errors] + [error.message for error in report.errors]


def test_a_written_package_is_valid_by_frictionless(tiny, tmp_path):
    write_network(tiny, tmp_path / "town")
    assert faults(tmp_path / "town") == []


def test_frictionless_finds_a_dangling_id_by_our_descriptor(tiny, tmp_path):
    write_network(tiny, tmp_path / "town")
    path = tmp_path / "town/link.csv"
    path.write_text(path.read_text().replace(",n11,n21,", ",n11,n99,", 1))
    assert len(faults(tmp_path / "town")) == 1


def test_every_table_and_reference_is_described():
    made = descriptor([table.name for table in TABLES], as_of=date(2026, 11, 3))
    assert made["as_of"] == "2026-11-03"
    assert [one["path"] for one in made["resources"]] == [table.path for table in TABLES]
    link = next(one["schema"] for one in made["resources"] if one["name"] == "link")
    assert link["primaryKey"] == ["link_id"]
    assert {"fields": "from_node_id", "reference": {"resource": "node", "fields": "node_id"}} in link["foreignKeys"]
    length = next(field for field in link["fields"] if field["name"] == "length")
    assert length == {"name": "length", "type": "number", "constraints": {"required": True, "minimum": 0, "maximum": 1000}}


def test_a_rewritten_descriptor_keeps_its_words(tiny, tmp_path):
    write_network(tiny, tmp_path / "town")
    path = tmp_path / "town/datapackage.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"title": "Tiny Town", "resources": []}))
    made = write_descriptor(tmp_path / "town")
    assert made["title"] == "Tiny Town" and made["as_of"] == "2026-11-03" and len(made["resources"]) > 20
    path.unlink()
    with pytest.raises(BadFile, match="as_of: is missing: say which day the data describes"):
        write_descriptor(tmp_path / "town")


def test_the_shipped_descriptor_is_the_one_that_the_schema_gives(tmp_path):
    said = json.loads((SHIPPED / "datapackage.json").read_text("utf-8"))
    for table in TABLES:
        if (SHIPPED / table.path).is_file():
            (tmp_path / table.path).parent.mkdir(exist_ok=True)
            (tmp_path / table.path).touch()
    for file in ("datapackage.json", "river.geojson", "district.geojson"):
        (tmp_path / file).write_bytes((SHIPPED / file).read_bytes())
    assert write_descriptor(tmp_path) == said


def test_the_shipped_package_is_valid_by_frictionless():
    assert faults(SHIPPED) == []
