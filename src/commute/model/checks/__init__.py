"""Checks of a network's tables: frames in, findings out; all are gathered, none raises.

Enter by `validate_tables`; `io` runs `check_tables` on what it read, with the line of each row.
findings     Findings and Checked: what is gathered, and the tables that are looked at
values       bounds, listed values, dates, constants
references   every id that one table takes from another; ids that stand twice
positions    swapped, far and GCJ-02 points; layers
roads        lengths, courses, ends of gaps, what hangs together
timetable    stop times, speeds, windows, periods
access       where cars are left, fares
edited       what an edit of rows newly breaks: the same checks on what it touches
Knows tables. Must not know files. To add a check: a function in its file and in that file's `check`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.checks.findings import Checked


def validate_tables(tables: Mapping[str, pd.DataFrame], layers: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Findings on typed tables: file, row, column, level (error or warning), message, key.

    `row` is the line that the row would have in a file in the order of the frame, the header being row 1.
    """
    from commute.model.checks.findings import Checked

    checked = Checked(tables, layers)
    check_tables(checked)
    return checked.findings.frame()


def check_tables(checked: Checked) -> None:
    """Run every check; what is found is added to `checked.findings`."""
    from commute.model.checks import access, positions, references, roads, timetable, values

    for each in (values, references, positions, roads, timetable, access):
        each.check(checked)
