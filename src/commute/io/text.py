"""Bytes as UTF-8 text, or a sentence that says why not and what to do."""

from __future__ import annotations

from contextlib import suppress

SAVE_AS = "save it as UTF-8 (另存为 CSV UTF-8)"
LOOKED_AT = 4096  # bytes in which NULs are counted


def decode(raw: bytes) -> tuple[str, str]:
    """The text without its byte order mark, and '' or the fault.

    CRLF becomes LF, so that a file means the same after a round through Windows.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw[:LOOKED_AT].count(0) * 3 > len(raw[:LOOKED_AT]) > 3:
        return "", f"is {'UTF-32' if _is_utf32(raw) else 'UTF-16'}, must be UTF-8: {SAVE_AS}"
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "", _not_utf8(raw, error.start)
    if "\x00" in text:
        return "", f"has a NUL byte in row {text[: text.index(chr(0))].count(chr(10)) + 1}: not a text file, or damaged"
    return text.replace("\r\n", "\n"), ""


def _is_utf32(raw: bytes) -> bool:
    """Whether all of it can be that: no text in UTF-16 can, since two of its units are beyond the last character."""
    start = raw[: LOOKED_AT // 4 * 4]
    for codec in ("utf-32-le", "utf-32-be"):
        with suppress(UnicodeDecodeError):
            return len(start.decode(codec)) > 0
    return False


def _not_utf8(raw: bytes, start: int) -> str:
    row = raw[:start].count(b"\n") + 1
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return f"is not UTF-8 (byte 0x{raw[start]:02x} in row {row}): damaged, or in another encoding; {SAVE_AS}"
    return f"is GBK (first seen in row {row}), must be UTF-8: {SAVE_AS}"
