"""Scenario files: YAML 1.2 into the frozen values of `model`, and back."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from commute.errors import BadFile, BadScenario, BadValue, UnknownId
from commute.io.fields import IN_FILE, Faults, Reader
from commute.io.nodes import LARGEST, parse, read_text, too_long
from commute.io.shipped import shipped_network
from commute.model.changes import Change
from commute.model.scenario import Scenario

SUFFIXES = (".yaml", ".yml")
FOLDER = "scenarios"


def read_scenario(name_or_path: str | os.PathLike[str]) -> Scenario:
    """A scenario from a file, or a shipped one by its name.

    Parameters
    ----------
    name_or_path : str or path; a bare name without .yaml is that of a shipped one

    Returns
    -------
    Scenario
        Its changes know where they stand in the file, so that faults found later name the place.

    Raises
    ------
    UnknownId
        No shipped scenario of that name; the nearest are named.
    BadFile
        The file is missing or a folder, larger than 2 MB, or not UTF-8.
    BadScenario
        All faults of the file, each as `file.yaml:9:5: changes.1.headway_min: …`.
    """
    path = _find(name_or_path)
    text = read_text(path)
    node = parse(path, text)
    faults: Faults = []
    reader = Reader(path.name, faults)
    made = reader.build(Scenario, node, "")
    if faults:
        raise BadScenario([said for _, _, said in sorted(faults)])
    return made  # type: ignore[no-any-return]


def write_scenario(scenario: Scenario, path: str | os.PathLike[str]) -> None:
    """Write a scenario as YAML; what has its default value is left out. `read_scenario` gives an equal one.

    Parameters
    ----------
    scenario : Scenario
    path : str or path, whose name ends in .yaml; a file that is there is replaced

    Raises
    ------
    BadValue
        The name does not end in .yaml, the folder is missing, or the file would be larger than `read_scenario` reads.
    """
    from ruamel.yaml import YAML

    target = Path(path)
    if target.suffix not in SUFFIXES or not target.parent.is_dir():
        raise BadValue(f"{target}: a scenario is written to a file that ends in .yaml, in a folder that is there")
    yaml = YAML()
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as work:
        made = Path(work) / target.name
        with made.open("w", encoding="utf-8", newline="\n") as stream:
            yaml.dump(_plain(scenario), stream)
        size, long = made.stat().st_size, too_long(made.read_text("utf-8"))
        if size > LARGEST:
            long = f"is {size / 1e6:.1f} MB, a scenario has at most {LARGEST / 1e6:.0f}"
        if long:
            raise BadValue(f"{target}: {long}: write the network that it makes by write_network")
        made.replace(target)


def shipped_scenarios() -> list[str]:
    """Names of the scenarios that come with the library."""
    return sorted(each.stem for each in (shipped_network() / FOLDER).glob("*.yaml"))


def _find(name_or_path: str | os.PathLike[str]) -> Path:
    path = Path(name_or_path)
    if path.suffix not in SUFFIXES and path.name == str(name_or_path):
        shipped = shipped_network() / FOLDER / f"{name_or_path}.yaml"
        if not shipped.is_file():
            raise UnknownId("scenario", str(name_or_path), shipped_scenarios())
        return shipped
    if not path.is_file():
        raise BadFile([f"{path}: {_no_file(path)}"])
    return path


def _no_file(path: Path) -> str:
    """Why a path is no file that can be read."""
    there = [each.name for each in path.parent.glob("*.y*ml")]
    if path.is_dir():
        within = sorted(each.name for each in path.glob("*.y*ml"))
        return "is a folder: name a file in it" + (f", such as {within[0]}" if within else "")
    if path.is_symlink():
        return "cannot be read: it is a link that leads to no file"
    if path.exists():
        return "cannot be read: it is no file"
    near = get_close_matches(path.name, there, n=1, cutoff=0.5)
    return "no such file" + (f" (nearest: {near[0]})" if near else "")


LOOSE = (*"0123456789", ":", "?")  # a text that begins so is read as something else where it stands without quotes
BREAKS = frozenset("\x85\u2028\u2029")  # line breaks to YAML, but for quotes
SHARED = tuple(field.name for field in dataclasses.fields(Change))


def _rank(field: dataclasses.Field[Any]) -> int:
    """Where a field is written: a change's id first, then what its kind says, then what all kinds share; changes and parts last."""
    late = ("changes", "parts")
    if field.name in late:
        return 1000 + late.index(field.name)
    return -1 if field.name == "id" else 100 + SHARED.index(field.name) if field.name in SHARED else 0


def _plain(value: Any) -> Any:
    """A dataclass as mappings and lists, without what has its default; windows and rows on one line, clock times in quotes."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        out = CommentedMap()
        if hasattr(value, "kind"):
            out["kind"] = value.kind
        for field in sorted((one for one in dataclasses.fields(value) if one.compare), key=_rank):
            each = getattr(value, field.name)
            if field.default is dataclasses.MISSING or each != field.default:
                out[IN_FILE.get(field.name, field.name)] = _plain(each)
        if not hasattr(value, "kind") and not isinstance(value, Scenario):
            out.fa.set_flow_style()
        return out
    if isinstance(value, Mapping):
        row = CommentedMap({key: _plain(each) for key, each in value.items()})
        row.fa.set_flow_style()
        return row
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, date):
        return DoubleQuotedScalarString(value.isoformat())
    return DoubleQuotedScalarString(value) if isinstance(value, str) and (value[:1] in LOOSE or BREAKS.intersection(value)) else value
