"""Where cars are left, and what rides cost."""

from __future__ import annotations

import re
from itertools import pairwise

from commute.model.checks.findings import Checked, plain, where
from commute.model.validity import last_day

FOREVER = "9999-12-31"
HOURS = re.compile(r"^\d\d:[0-5]\d-\d\d:[0-5]\d$")
CURRENCY = re.compile(r"^[A-Z]{3}$")


def check(checked: Checked) -> None:
    """All checks of this file."""
    if checked.has("park_ride"):
        _parks(checked)
    if checked.has("fare_attributes"):
        rows = checked.sound("fare_attributes")
        above = where(rows["discount"] > rows["price"])
        texts = [f"{plain(a)} is above the price of {plain(b)}" for a, b in rows.loc[above, ["discount", "price"]].to_numpy()]
        checked.report("fare_attributes", above, "discount", texts)
        bad = where(~rows["currency_type"].str.match(CURRENCY).astype(bool))
        texts = [f"{text!r} is not three capital letters, such as CNY" for text in rows.loc[bad, "currency_type"]]
        checked.report("fare_attributes", bad, "currency_type", texts)
    if checked.has("fare_rules"):
        rows = checked.sound("fare_rules")
        half = where((rows["origin_id"] == "") != (rows["destination_id"] == ""))
        checked.report("fare_rules", half, "destination_id", "only one of origin_id and destination_id is given")


def _parks(checked: Checked) -> None:
    rows = checked.sound("park_ride")
    bad = where((rows["hours"] != "") & ~rows["hours"].str.match(HOURS).astype(bool))
    checked.report("park_ride", bad, "hours", [f"{text!r} is not HH:MM-HH:MM" for text in rows.loc[bad, "hours"]])
    for stop, same in rows.groupby("stop_id", sort=True):
        spans = sorted(
            (last_day(a).isoformat() if a else "", last_day(b).isoformat() if b else FOREVER, at)
            for at, a, b in zip(same.index, same["opens"], same["closes"], strict=True)
        )
        for (_, end, _), (start, _, at) in pairwise(spans):
            if start <= end:
                checked.report("park_ride", [at], "opens", f"{stop!r} has another row that holds on {start}")
