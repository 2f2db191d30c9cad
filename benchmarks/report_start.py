"""How long `commute report` takes against importing its own core dependencies, in one run; and that nothing compiles anew.

Run: python benchmarks/report_start.py
Prints, for a few warm runs: importing the core dependencies in a fresh process, the report's own account (computing without
drawing and redistributions), and their ratio; then how many kernels a second process compiled (must be 0).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

RUNS = 4
LINE = re.compile(r"imports ([\d.]+) s, computing ([\d.]+) s, drawing ([\d.]+) s, redistributions ([\d.]+) s")


def main() -> None:
    """Print the table."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        report = [sys.executable, "-m", "commute.cli", "report", "--out", str(Path(folder) / "report")]
        subprocess.run(report, check=True, capture_output=True)  # compiles, where this is the first run
        for _ in range(RUNS):
            since = perf_counter()
            subprocess.run([sys.executable, "-c", "from commute.cli.phases import import_core; import_core()"], check=True)
            fresh = perf_counter() - since
            printed = subprocess.run(report, check=True, capture_output=True, text=True).stdout
            rows.append((fresh, *map(float, LINE.search(printed).groups())))
        cache = Path(__import__("commute").__file__).parent.rglob("*.nb?")
        before = {path: path.stat().st_mtime_ns for path in cache}
        subprocess.run(report, check=True, capture_output=True)
        changed = [path for path, at in before.items() if path.stat().st_mtime_ns != at]
    print("| imports, fresh process, s | imports in the run, s | computing, s | drawing, s | computing / fresh | computing / own |")
    print("|---|---|---|---|---|---|")
    for fresh, own, computing, drawing, _ in rows:
        print(f"| {fresh:.2f} | {own:.1f} | {computing:.1f} | {drawing:.1f} | {computing / fresh:.1f} | {computing / own:.1f} |")
    fresh, own = (median(row[2] / row[k] for row in rows) for k in (0, 1))
    print(f"median ratio: {fresh:.1f} of a fresh process, {own:.1f} of the run's own imports")
    print(f"kernel files written anew by a warm run: {len(changed)}")


if __name__ == "__main__":
    main()
