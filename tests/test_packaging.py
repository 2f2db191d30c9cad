"""What a user installs: the wheel holds the network, and nothing names a machine or a registry."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_finds_its_network_from_an_empty_folder(wheel, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    empty = tmp_path / "empty"
    empty.mkdir()
    code = "import commute as cm; net = cm.load(); print(len(net.zones), cm.__file__); cm.read_scenario('metro_style')"
    env = {"PYTHONPATH": str(site), "PATH": "", "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    # -P and -S would hide the environment's packages; PYTHONPATH comes first and wins over an editable install
    done = subprocess.run([sys.executable, "-c", code], cwd=empty, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["347", str(site / "commute" / "__init__.py")]


def test_the_wheel_carries_licences_types_and_the_font(wheel):
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    for part in ("commute/py.typed", "commute/__init__.pyi", "commute/_data/network/LICENSE", "commute/viz/fonts/OFL.txt"):
        assert part in names
    assert not [name for name in names if name.startswith(("tests/", "data/"))]


def test_nothing_committed_names_a_machine_or_a_registry():
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    registries = "|".join(["py" + "pi.org", "python" + "hosted", "npm" + "js.org", "index" + "-url"])
    wrong = re.compile(rf"{registries}|/(?:work|root|home)/\w")
    found = []
    for name in filter(None, files):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".csv", ".yaml", ".json", ".ipynb", ".geojson", ""} and path.is_file():
            found += [f"{name}: {hit.group()}" for hit in wrong.finditer(path.read_text("utf-8", errors="replace"))]
    assert not found
