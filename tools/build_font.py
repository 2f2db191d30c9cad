"""Build the shipped font from Debian's Noto Sans CJK (package fonts-noto-cjk, SIL OFL 1.1).

    python tools/build_font.py NotoSansCJK-Regular.ttc src/commute/viz/fonts

Kept: GB2312, Latin, the signs of our labels, and every character found in data/network and src/commute.
Outlines become TrueType, because matplotlib embeds CFF wrongly as PDF type 42. The family gets a name of its own,
so that it never shadows a Noto installed on the system. Run it again when tests/viz/test_fonts.py names a character.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable

ROOT = Path(__file__).resolve().parents[1]
SOURCE_FAMILY = "Noto Sans CJK SC"
FAMILY = "Commute Sans SC"
OUTLINE_ERROR = 1.0  # font units of 1000 per em: cubic to quadratic curves
OUTSIDE_GB2312 = "溁㮾洣㵲湴塅塆㘵酃枨垸沔椤堽炘璟垚昇喆珺烜赟翀堃犇淼甯邨濠業線華鉄開"  # place and personal names of the area
SIGNS = "·—–‘’“”…×÷≤≥≠≈±→←↑↓↔⇄°²³㎡µ′″●○■□▲△▼◆◇★☆✓√∞≡‰€£¥①②③④⑤⑥⑦⑧⑨⑩「」『』【】《》、。，；：？！（）～"
KEPT_NAMES = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # copyright, family, style, id, full name, version, PostScript name, licence, its address
ZERO_MAXP = [
    *("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements", "maxSizeOfInstructions"),
    *("maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints", "maxCompositeContours", "maxComponentDepth"),
]


def gb2312() -> str:
    """Every character of GB2312, signs included."""
    cells = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    return "".join(cell.decode("gb2312", "ignore") for cell in cells)


def in_our_files() -> str:
    """Every printable character of the shipped network and of our own code."""
    files = [p for p in (ROOT / "data" / "network").rglob("*") if p.suffix in {".csv", ".txt", ".yaml", ".geojson", ".json"}]
    files += (ROOT / "src" / "commute").rglob("*.py")
    return "".join({c for path in files for c in path.read_text(encoding="utf-8") if c.isprintable()})


def to_truetype(font: TTFont) -> None:
    """Replace the CFF outlines by quadratic ones, in place."""
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, OUTLINE_ERROR, reverse_direction=True))
        glyf.glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), glyf
    for tag in ("CFF ", "VORG"):
        if tag in font:
            del font[tag]
    maxp = font["maxp"]
    maxp.tableVersion, maxp.maxZones = 0x00010000, 1
    for name in ZERO_MAXP:
        setattr(maxp, name, 0)
    post = font["post"]
    post.formatType, post.extraNames, post.mapping = 3.0, [], {}
    font.sfntVersion = "\x00\x01\x00\x00"


def number_of(source: Path, family: str) -> int:
    """Place of a family in a font collection."""
    names = [font["name"].getDebugName(1) for font in TTCollection(source, lazy=True).fonts]
    if family not in names:
        raise SystemExit(f"{source}: no family {family!r} in it, only {', '.join(map(str, names))}")
    return names.index(family)


def build(source: Path, target: Path, characters: str) -> TTFont:
    """Write the subset of `source` that holds `characters`, under our family name."""
    options = subset.Options(hinting=False, notdef_outline=True, layout_features=["kern", "mark", "mkmk", "ccmp"])
    options.name_IDs, options.name_languages = KEPT_NAMES, [0x409]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    options.font_number = number_of(source, SOURCE_FAMILY)
    font = subset.load_font(source, options)
    cut = subset.Subsetter(options)
    cut.populate(text=characters)
    cut.subset(font)
    to_truetype(font)
    own = {1: FAMILY, 3: f"{FAMILY}, subset of {SOURCE_FAMILY}", 4: FAMILY, 6: FAMILY.replace(" ", "") + "-Regular"}
    for record in font["name"].names:
        record.string = own.get(record.nameID, str(record))
    font.recalcBBoxes, font.recalcTimestamp = True, False
    font.save(target)
    return font


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="NotoSansCJK-Regular.ttc of the Debian package fonts-noto-cjk")
    parser.add_argument("folder", type=Path, help="where CommuteSansSC-Regular.ttf is written")
    given = parser.parse_args()
    latin = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x180))))
    wanted = set(latin + gb2312() + OUTSIDE_GB2312 + SIGNS + in_our_files())
    target = given.folder / "CommuteSansSC-Regular.ttf"
    font = build(given.source, target, "".join(sorted(wanted)))
    missing = sorted(c for c in wanted - {chr(k) for k in font.getBestCmap()} if c in OUTSIDE_GB2312 + SIGNS + in_our_files())
    size, held = target.stat().st_size / 1e6, len(font.getBestCmap())
    print(f"{target}: {size:.2f} MB, {held} characters; not in the source: {''.join(missing) or 'none'}")


if __name__ == "__main__":
    main()
