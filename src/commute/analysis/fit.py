"""How well the model gives back published times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute import routing
from commute.analysis.measure import reach
from commute.errors import CommuteError
from commute.model import validity
from commute.model.points import Points
from commute.model.profile import CAR, TRANSIT, Profile
from commute.model.target import WINDOWS
from commute.routing.runs import limited_stop, pattern_minutes

if TYPE_CHECKING:
    from commute.model.network import Network

CLOSE_SHARE = 0.10  # "equals" holds within so much of the published time, or one minute
ABOUT_SHARE = 0.15  # "about" holds within so much, or two minutes
ROUNDING_MIN = 0.5  # published times are whole minutes
COLUMNS = [
    "observed_id", "from_name", "to_name", "from_name_en", "to_name_en", "mode", "date", "day", "count", "when", "pattern", "bound",
    "basis", "role", "published_min", "model_min", "model_low_min", "model_high_min", "error_min", "error_share", "sign",
    "within_bound", "confidence", "source_id", "note", "note_zh",
]  # fmt: skip
Minutes = tuple[float, float, float]
WHY = {  # Chinese, English
    "no stops": ("没有指明车站：分不清乘车与到站的时间", "no stops named: a ride cannot be told from the journey to it"),
    "no point": ("一端没有坐标", "no coordinates of an end"),
    "no road": ("没有道路", "no road"),
    "no journey": ("没有行程", "no journey"),
}
MODELLED = ("", "")


def fit(net: Network) -> pd.DataFrame:
    """Every published time against the model on the day it was published for.

    Rail in the vehicle: direct runs of that day between the two stops, of the pattern named (`routing.runs.pattern_minutes`);
    what names none is held against the typical one. Car: between the two points, free flow
    unless a peak is named. Nothing here is fitted; `role` says which rows served to calibrate constants.

    Returns
    -------
    DataFrame
        A row a published time: observed_id, from_name, to_name (also _en; Chinese where no stop is named), mode, date (as published),
        day (asked of the model), count, when, pattern, bound, basis, role, published_min, model_min (NaN where it cannot be asked; the
        note says why),
        model_low_min and model_high_min (fastest and slowest run; for a car free flow and peak), error_min (model less
        published), error_share, sign (fast, slow, even), within_bound (True, False, or None), confidence, source_id, note,
        note_zh (why in Chinese, then the source's own note as it stands).
    """
    table = net.table("observed")
    dated: dict[str, Network] = {}
    rows = []
    for row in reach.rows_of(table):
        day = validity.last_day(str(row["date"]))
        then = dated.setdefault(str(day), net.on(day))
        (low, model, high), (zh, en) = _modelled(then, row)
        told = {"note": "; ".join(x for x in (en, row["note"]) if x), "note_zh": "；".join(x for x in (zh, row["note"]) if x)}
        rows.append({**row, **_compared(row, low, model, high), "day": str(day), **told})
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "from_stop_id", "to_stop_id"])
    for side in ("from", "to"):
        known = list(frame[f"{side}_stop_id"])
        label, label_en, _ = reach.names(net, known)
        frame[f"{side}_name"] = [name or stop for name, stop in zip(frame[f"{side}_name"], label, strict=True)]
        frame[f"{side}_name_en"] = [stop if one else name for one, stop, name in zip(known, label_en, frame[f"{side}_name"], strict=True)]
    return frame[COLUMNS]


def fit_summary(frame: pd.DataFrame) -> pd.DataFrame:
    """A row a role, mode and basis: n (rows), n_modelled, median_abs_error_min, median_error_min, worst_abs_error_min, worst (its id),
    within_10_share, bounds_held_share."""
    rows = []
    for (role, mode, basis), group in frame.groupby(["role", "mode", "basis"], sort=True):
        known = group[group["model_min"].notna()]
        size = known["error_min"].abs()
        held = known["within_bound"].dropna().astype(float)
        rows.append(
            {
                "role": role,
                "mode": mode,
                "basis": basis,
                "n": len(group),
                "n_modelled": len(known),
                "median_abs_error_min": float(size.median()) if len(known) else np.nan,
                "median_error_min": float(known["error_min"].median()) if len(known) else np.nan,
                "worst_abs_error_min": float(size.max()) if len(known) else np.nan,
                "worst": str(known["observed_id"].to_numpy()[size.to_numpy().argmax()]) if len(known) else "",
                "within_10_share": float((known["error_share"].abs() <= CLOSE_SHARE).mean()) if len(known) else np.nan,
                "bounds_held_share": float(held.mean()) if len(held) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _modelled(net: Network, row: dict[str, Any]) -> tuple[Minutes, tuple[str, str]]:
    """Least, central and most minutes of the model, and why there are none, in Chinese and English."""
    none = (np.nan, np.nan, np.nan)
    direct = row["mode"] != "car" and row["from_stop_id"] and row["to_stop_id"]
    if row["mode"] != "car" and not direct and row["count"] == "in_vehicle":
        return none, WHY["no stops"]
    try:
        if direct and row["count"] == "in_vehicle":
            return _direct(net, row)
        return _routed(net, row)
    except CommuteError as error:
        return none, (f"未建模：{error}", f"not modelled: {error}")


def _direct(net: Network, row: dict[str, Any]) -> tuple[Minutes, tuple[str, str]]:
    runs = routing.run_times(net, row["from_stop_id"], row["to_stop_id"])
    if not len(runs):
        return (np.nan, np.nan, np.nan), (f"{net.day} 没有直达列车", f"no direct run on {net.day}")
    runs = limited_stop(runs) if row["pattern"] == "limited_stop" else runs
    minutes = runs["minutes"]
    return (float(minutes.min()), pattern_minutes(runs, row["pattern"] or "typical"), float(minutes.max())), MODELLED


def _routed(net: Network, row: dict[str, Any]) -> tuple[Minutes, tuple[str, str]]:
    ends = [_end(net, row, side) for side in ("from", "to")]
    if any(one is None for one in ends):
        return (np.nan, np.nan, np.nan), WHY["no point"]
    a, b = (one for one in ends if one is not None)
    if row["mode"] == "car":
        free, peak = (_one(net, CAR.but(count=row["count"], **WINDOWS[when]), a, b) for when in ("free", "am_peak"))
        central = peak if row["when"] in ("am_peak", "pm_peak") else free
        return (free, central, peak), MODELLED if np.isfinite(central) else WHY["no road"]
    when = row["when"] if row["when"] in WINDOWS else "off_peak"
    central = _one(net, TRANSIT.but(count=row["count"], rail="all", **WINDOWS[when]), a, b)
    return (central, central, central), MODELLED if np.isfinite(central) else WHY["no journey"]


def _one(net: Network, profile: Profile, a: Points, b: Points) -> float:
    found = float(reach.minutes(net, profile, a, b)[0, 0])
    return found if np.isfinite(found) else float("nan")


def _end(net: Network, row: dict[str, Any], side: str) -> Points | None:
    stop, lon, lat = row[f"{side}_stop_id"], row[f"{side}_lon"], row[f"{side}_lat"]
    if stop:
        stops = net.table("stops")
        lon, lat = stops.loc[stops["stop_id"] == stop, ["lon", "lat"]].to_numpy(np.float64)[0]
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return None
    return Points((stop or f"{side} {lon:.6f},{lat:.6f}",), np.array([lon]), np.array([lat]), (stop,))


def _compared(row: dict[str, Any], low: float, model: float, high: float) -> dict[str, Any]:
    published = float(row["minutes"])
    error = model - published
    known = {"published_min": published, "model_min": model, "model_low_min": low, "model_high_min": high, "error_min": error}
    if not np.isfinite(model):
        return {**known, "error_share": np.nan, "sign": "", "within_bound": None}
    sign = "even" if abs(error) < ROUNDING_MIN else "slow" if error > 0 else "fast"
    held = {
        "at_most": error <= ROUNDING_MIN,
        "at_least": error >= -ROUNDING_MIN,
        "equals": abs(error) <= max(1.0, CLOSE_SHARE * published),
        "about": abs(error) <= max(2.0, ABOUT_SHARE * published),
    }[row["bound"]]
    return {**known, "error_share": error / published if published else np.nan, "sign": sign, "within_bound": bool(held)}
