"""What the data say of each gap: whether it can be resolved, what it costs, and what a change of times is worth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.measure import field as spot
from commute.analysis.measure import reach
from commute.analysis.measure.people import people
from commute.analysis.measure.shares import CAP_MIN, SAME, Floats
from commute.analysis.worth.costs import gap_costs
from commute.errors import BadValue, UnknownId
from commute.routing.plane import crs_of, to_plane

if TYPE_CHECKING:
    from commute.model.network import Network
    from commute.model.target import Target

NEAR_M = 1_000.0  # both ends of a resolvable gap lie so near to a real node
FACTS = "facts of gaps"  # as what they are kept
VALUES = ["shortfall_person_min", "people_inside", "person_min"]


def chosen_gaps(net: Network, candidates: Any) -> pd.DataFrame:
    """Rows of the gap table, index gap_id: those asked for, else all not open on the day."""
    gap = net.table("gap").set_index("gap_id")
    if candidates is None:
        return gap[~gap.index.isin(net.in_use("gap")["gap_id"])]
    wanted: Iterable[Any] = candidates.index if hasattr(candidates, "index") and not isinstance(candidates, list | tuple) else candidates
    ids = [wanted] if isinstance(wanted, str) else list(wanted)
    for one in ids:
        if one not in gap.index:
            raise UnknownId("gap", str(one), gap.index)
    if not ids:
        raise BadValue("no candidate is given: name at least one gap, or leave candidates out")
    return gap.loc[list(dict.fromkeys(ids))]


def gap_facts(net: Network) -> pd.DataFrame:
    """What the data allow to be said of each gap, index gap_id: resolvable, length_known, reason, reason_zh, its cost and the basis."""
    kept = reach.kept(net)
    if FACTS not in kept:
        kept[FACTS] = _facts(net)
    found: pd.DataFrame = kept[FACTS].copy()
    return found


def _facts(net: Network) -> pd.DataFrame:
    gap = net.table("gap").set_index("gap_id")
    length = gap["length_km"].to_numpy(np.float64)
    error = gap[["from_error_km", "to_error_km"]].max(axis=1).fillna(0.0).to_numpy(np.float64)
    known = (gap["from_node_id"] != "").to_numpy() & (gap["to_node_id"] != "").to_numpy() & (length > 0)
    far = _far_ends(net, gap)
    line = (gap["kind"] == "planned_line").to_numpy()
    reasons: list[tuple[str, str]] = []
    for k in range(len(gap)):
        stated = (gap["no_effect_zh"].iloc[k], gap["no_effect"].iloc[k])
        zh, en = "", ""
        if line[k]:
            pass
        elif not known[k]:
            zh, en = stated if stated[1] else ("端点或长度不详", "its ends or its length are not known")
        elif not error[k] < length[k] / 2:
            zh = f"端点误差 {error[k]:g} km，不小于其长度 {length[k]:g} km 的一半"
            en = f"its ends are known to {error[k]:g} km, which is not under half its length of {length[k]:g} km"
        elif far[k] > NEAR_M:
            zh = f"一端距路网最近的节点 {far[k] / 1000:.1f} km"
            en = f"an end lies {far[k] / 1000:.1f} km from the nearest node of the road network"
        reasons.append((zh, en))
    frame = pd.DataFrame({"resolvable": [not en for _, en in reasons], "length_known": known}, index=gap.index)
    frame["reason"], frame["reason_zh"] = [en for _, en in reasons], [zh for zh, _ in reasons]
    return frame.join(gap_costs(net))


def _far_ends(net: Network, gap: pd.DataFrame) -> Floats:
    """Metres from the farther end of each gap to the nearest node that is not itself the end of a gap."""
    from scipy.spatial import cKDTree

    node = net.table("node").set_index("node_id")
    real = node[node["node_type"] != "gap_end"]
    crs = crs_of(net)
    if not len(real) or not len(gap):
        return np.full(len(gap), np.inf)
    tree = cKDTree(to_plane(crs, real["lon"], real["lat"]))
    out = np.zeros(len(gap))
    for side in ("from_node_id", "to_node_id"):
        place = node.reindex(gap[side])
        here = place["lon"].notna().to_numpy()
        far = np.full(len(gap), np.inf)
        if here.any():
            far[here] = tree.query(to_plane(crs, place.loc[here, "lon"], place.loc[here, "lat"]))[0]
        out = np.maximum(out, far)
    return out


def worth(net: Network, goals: spot.Goals, target: Target, before: Floats, after: Floats) -> tuple[float, float, float]:
    """Shortfall person-minutes saved, people newly inside, person-minutes saved, in the target's area."""
    who = people(net)
    blank = np.zeros(before.shape, np.int64)
    weight = who.weight * (who.population * who.within(target.area))[who.zone]
    old, new = (spot.field_of(who, times, blank, goals).kinds["another"] for times in (before, after))
    cap = max(CAP_MIN, target.minutes)
    old_over, new_over = (np.maximum(0.0, np.minimum(times, cap) - target.minutes) for times in (old, new))
    inside = (new <= target.minutes + SAME).astype(np.float64) - (old <= target.minutes + SAME)
    saved = np.minimum(old, cap) - np.minimum(new, cap)
    return float(weight @ (old_over - new_over)), float(weight @ inside), float(weight @ saved)
