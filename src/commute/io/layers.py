"""GeoJSON layers beside the tables: the river, the district outlines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from commute.io.text import decode
from commute.model.checks.findings import Findings


def read_json(file: str, raw: bytes, findings: Findings) -> dict[str, Any] | None:
    """A JSON object; None and a finding where it is none. NaN and Infinity are refused."""
    text, fault = decode(raw)
    if fault:
        findings.add(file, fault)
        return None
    try:
        made = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        findings.add(file, f"is not JSON: {error.msg} (column {error.colno})", row=error.lineno)
        return None
    except (ValueError, RecursionError) as error:
        findings.add(file, f"is not JSON: {error}")
        return None
    if not isinstance(made, dict):
        findings.add(file, f"is a JSON {type(made).__name__}, must be an object")
        return None
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def json_text(what: Mapping[str, Any]) -> str:
    """JSON with one feature a line, so that a change is seen in a diff."""
    if what.get("type") != "FeatureCollection":
        return json.dumps(what, ensure_ascii=False, indent=1) + "\n"
    parts = []
    for key, value in what.items():  # in their order, since the content hash goes by it
        if key == "features":
            rows = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in value)
            parts.append(f'"features": [\n{rows}\n]')
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{" + ",\n".join(parts) + "}\n"
