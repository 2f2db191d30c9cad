"""The shipped font draws every character of the shipped network and of our own code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[2]
FONT = ROOT / "src" / "commute" / "viz" / "fonts" / "CommuteSansSC-Regular.ttf"
DATA = ROOT / "data" / "network"
ENDINGS = {".csv", ".txt", ".geojson", ".json", ".yaml"}


@pytest.fixture(scope="module")
def font() -> Iterator[TTFont]:
    with TTFont(FONT, lazy=True) as opened:
        yield opened


def files() -> list[Path]:
    """Every text file of the shipped network, and every Python file of the package."""
    network = [p for p in DATA.rglob("*") if p.suffix in ENDINGS or p.name == "LICENSE"]
    return sorted([*network, *(ROOT / "src" / "commute").rglob("*.py")])


def test_every_character_of_data_and_code_is_in_the_font(font: TTFont) -> None:
    known = font.getBestCmap()
    missing: dict[str, str] = {}
    for path in files():
        for character in set(path.read_text(encoding="utf-8-sig")):
            if character.isprintable() and ord(character) not in known:
                missing.setdefault(character, path.relative_to(ROOT).as_posix())
    assert not missing, f"run tools/build_font.py again, these are not in the font: {missing}"


def test_place_names_outside_gb2312_are_in_the_font(font: TTFont) -> None:
    known = font.getBestCmap()
    assert [c for c in "溁湾镇㮾梨洣水㵲水塅塆湴㘵垸枨沔酃沩浒" if ord(c) not in known] == []


def test_outlines_are_truetype_so_that_pdf_embeds_them_rightly(font: TTFont) -> None:
    assert "glyf" in font
    assert "CFF " not in font
    assert font.sfntVersion == "\x00\x01\x00\x00"


def test_family_has_a_name_of_its_own_and_keeps_its_licence(font: TTFont) -> None:
    name = font["name"]
    assert name.getDebugName(1) == "Commute Sans SC"
    assert name.getDebugName(6) == "CommuteSansSC-Regular"
    assert "SIL Open Font License" in name.getDebugName(13)
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONT.parent / "OFL.txt").read_text(encoding="utf-8")


def test_font_is_small_enough_to_ship() -> None:
    assert FONT.stat().st_size < 2_300_000
