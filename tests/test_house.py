"""The house rules: rooms import downwards only, files stay short, the linters and the type checker are clean."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "commute"
BELOW = {
    "errors": "",
    "version": "",
    "model": "errors",
    "io": "errors model",
    "datasets": "errors model io",
    "routing": "errors model version",
    "analysis": "errors model routing",
    "viz": "errors model analysis",
    "cli": "errors version model io datasets routing analysis viz",
}
HEAVY = ("numpy", "pandas", "scipy", "geopandas", "networkx", "numba", "matplotlib")
FILES = sorted(SRC.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imported(path: Path, within: str = "") -> set[str]:
    """Rooms of commute, or of one of its rooms, that a file imports, wherever in it."""
    above = f"commute.{within}." if within else "commute."
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.removeprefix(above).split(".")[0] for name in names if name.startswith(above)}
    return found


@pytest.mark.parametrize("path", [p for p in FILES if p.parent != SRC or room(p) in BELOW], ids=lambda p: str(p.relative_to(SRC)))
def test_rooms_import_downwards_only(path):
    own = room(path)
    assert own in BELOW, f"{own} is a room that no one has placed"
    assert imported(path) <= {own, *BELOW[own].split()}


WITHIN_ANALYSIS = {"measure": "", "worth": "measure", "links": "measure worth", "choosing": "measure worth"}


@pytest.mark.parametrize("own", WITHIN_ANALYSIS)
def test_rooms_of_analysis_import_downwards_only(own):
    for path in (SRC / "analysis" / own).glob("*.py"):
        known = {own, "progress", *WITHIN_ANALYSIS[own].split()}
        assert imported(path, "analysis") <= known, path.name


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_files_are_short_and_well_named(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert path.stem not in {"utils", "util", "helpers", "common", "misc"}


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "--strict", "src"]],
    ids=["ruff", "ruff format", "mypy"],
)
def test_linters_are_clean(command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def loaded_after(program: str, names: tuple[str, ...]) -> str:
    """Which of these modules a fresh Python has loaded after a program."""
    code = f"import sys\ntry:\n    exec({program!r})\nexcept SystemExit:\n    pass\nprint([n for n in {names!r} if n in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()[-1]


@pytest.mark.parametrize("program", ["import commute", "import commute.cli, sys; sys.argv = ['commute', '--help']; commute.cli.main()"])
def test_start_loads_nothing_heavy(program):
    assert loaded_after(program, HEAVY) == "[]"


def test_every_public_name_loads():
    import commute

    for name in commute.__all__:
        assert getattr(commute, name) is not None, name


def test_ready_values_load_no_frames():
    assert loaded_after("import commute as cm; cm.CAR; cm.Target; cm.HALF_HOUR_COMMUTE_2020", ("numpy", "pandas")) == "[]"
