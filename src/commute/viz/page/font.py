"""The shipped font cut down to the characters of one page, as a data address, so that Chinese shows on any machine."""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib.util import find_spec

from commute.viz.fonts import font_path

NAME = "Commute Sans SC"
RANGE = (
    "U+203B,U+2190-21FF,U+25A0-25FF,U+2E80-FFEF"  # it stands first, since a system's fallback may have none of these; Latin is the system's
)


def characters(html: str) -> str:
    """The characters of a page that a Latin system font may lack."""
    return "".join(sorted({c for c in html if ord(c) > 0x7F and c.isprintable()}))


@cache
def font_face(needed: str) -> str:
    """A CSS @font-face of exactly these characters: WOFF2 where brotli is installed, else TrueType."""
    from fontTools import subset

    flavour = "woff2" if find_spec("brotli") else None
    options = subset.Options()
    options.flavor = flavour
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 13, 14]
    options.notdef_outline = True
    with font_path() as path:
        font = subset.load_font(str(path), options)
    font["head"].modified = font["head"].created  # the same page at every run
    font.recalcTimestamp = False
    cutter = subset.Subsetter(options)
    cutter.populate(text=needed)
    cutter.subset(font)
    packed = io.BytesIO()
    subset.save_font(font, packed, options)
    font.close()
    data = base64.b64encode(packed.getvalue()).decode("ascii")
    kind, form = ("font/woff2", "woff2") if flavour else ("font/ttf", "truetype")
    return f"@font-face{{font-family:'{NAME}';src:url(data:{kind};base64,{data}) format('{form}');unicode-range:{RANGE}}}"
