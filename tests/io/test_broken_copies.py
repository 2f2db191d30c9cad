"""Broken copies of a small data package: each gives our error with file, row and column, or is read rightly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from broken_copies import BROKEN, ONE, Files, cell, columns, put, rows, save, text
from commute.errors import BadFile
from commute.io.package import read_network, validate, write_network
from commute.model.checks.findings import sentences
from commute.model.network import Network
from tinytown import AS_OF, tiny_layers, tiny_tables


@pytest.fixture(scope="module")
def net() -> Network:
    return Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)


@pytest.fixture(scope="module")
def whole(net, tmp_path_factory) -> Files:
    folder = tmp_path_factory.mktemp("whole") / "tiny"
    write_network(net, folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_copy_gives_our_error_and_says_where(name, whole, tmp_path):
    change, expected = BROKEN[name]
    files = dict(whole)
    change(files)
    with pytest.raises(BadFile) as caught:
        read_network(put(files, tmp_path))
    assert str(caught.value).split("\n") == expected


def test_every_fault_of_a_copy_is_told_at_once(whole, tmp_path):
    files = dict(whole)
    for name in ("NaN", "stop time going back", "headway 0", "miles", "lat 91", "broken GeoJSON"):
        BROKEN[name][0](files)
    with pytest.raises(BadFile) as caught:
        read_network(put(files, tmp_path))
    told = [line for name in ("NaN", "stop time going back", "headway 0", "miles", "lat 91", "broken GeoJSON") for line in BROKEN[name][1]]
    assert sorted(caught.value.findings) == sorted(told)


def blank_lines(t: str) -> str:
    return t.replace("\n", "\n\n")


def reordered(file: str) -> Callable[[Files], object]:
    def change(files: Files) -> None:
        head, *rest = rows(files, file)
        save(files, file, [row[::-1] for row in [head, *rest[::-1]]])

    return change


FINE: dict[str, Callable[[Files], object]] = {
    "CRLF": text("node.csv", lambda t: t.replace("\n", "\r\n")),
    "byte order mark": text("gtfs/stops.txt", lambda t: t, "utf-8-sig"),
    "rows and columns in another order": lambda f: all(reordered(name)(f) is None for name in f if name.endswith((".csv", ".txt"))),
    "blank lines": text("zone.csv", blank_lines),
    "booleans in words": columns("link.csv", lambda v: ("TRUE" if v == "1" else "false",), "directed"),
    "times without a leading 0": text(ONE, lambda t: t.replace(",08:", ",8:").replace(",00:", ",0:")),
    "whole numbers with a point": columns(ONE, lambda v: (v + ".0",), "stop_sequence"),
    "all in quotes": text("zone.csv", lambda t: "\n".join(",".join(f'"{v}"' for v in line.split(",")) for line in t.splitlines()) + "\n"),
}


@pytest.mark.parametrize("name", FINE)
def test_a_copy_that_only_looks_different_reads_equal_and_without_a_word(name, net, whole, tmp_path):
    files = dict(whole)
    FINE[name](files)
    assert files != whole
    assert read_network(put(files, tmp_path)) == net
    assert validate(tmp_path).empty


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def described_without(files: Files) -> None:
    text("datapackage.json", lambda t: t.replace('"river.geojson"', '"district.geojson"'))(files)


def lone_corner(files: Files) -> None:
    files["node.csv"] += b"n99,,,113.1,28.19,,,,tiny,assumed\n"


ODD: dict[str, tuple[Callable[[Files], object], str]] = {
    "extra column": (
        text("node.csv", lambda t: t.replace("\n", ",7\n").replace(",7", ",nmae", 1)),
        "node.csv, row 1, nmae: column 'nmae' is not known and is ignored",
    ),
    "no line break at the end": (
        text("node.csv", lambda t: t.rstrip()),
        "node.csv: does not end with a line break: is it cut off?",
    ),
    "spaces around an id": (
        cell("link.csv", 3, "to_node_id", " n21"),
        "link.csv, row 3, to_node_id: ' n21' has spaces around it, which are ignored",
    ),
    "unknown table": (lambda f: f.update({"lane.csv": b"lane_id\n1\n"}), "lane.csv: is not a table of a network and is ignored"),
    "no river": (
        lambda f: (f.pop("river.geojson"), described_without(f))[1],
        "river.geojson: the file is missing: walks are taken to cross rivers anywhere",
    ),
    "far away": (
        cell("gtfs/shapes.txt", 3, "shape_pt_lon", "102.5"),
        "gtfs/shapes.txt, row 3, shape_pt_lon: is 1028 km from the middle of all points",
    ),
    "another unit": (
        cell("link.csv", 3, "length", "41.24"),
        "link.csv, row 3, length: 41.24 km is 11 times the straight line of 3.924 km: another unit?",
    ),
    "node on no link": (lone_corner, "node.csv, node_id: node n99 is on no link"),
    "zone far from roads": (cell("zone.csv", 3, "y_coord", "28.3"), "zone.csv, row 3, x_coord: is 20 km from the nearest road"),
    "day of two periods": (
        cell("gtfs/calendar.txt", 3, "end_date", "20200131"),
        "gtfs/calendar.txt, row 2, start_date: 'now' and 'old', of two periods, both run on IC1 from 20200101",
    ),
    "service on no day": (
        lambda f: [cell("gtfs/calendar.txt", 3, day, "0")(f) for day in DAYS],
        "gtfs/calendar.txt, row 3: runs on no day of the week",
    ),
    "one gap excludes, the other not": (
        cell("gap.csv", 2, "excludes", "g_tied"),
        "gap.csv, row 2, excludes: g_tied does not exclude g_north in turn",
    ),
    "a stop twice in a row": (cell(ONE, 6, "stop_id", "i2"), "gtfs/stop_times.txt, row 6, stop_id: i2 twice in a row"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_usable_is_a_warning(name, net, whole, tmp_path):
    change, expected = ODD[name]
    files = dict(whole)
    change(files)
    read_network(put(files, tmp_path))
    found = validate(tmp_path)
    assert list(found["level"]) == ["warning"]
    assert sentences(found) == [expected]
