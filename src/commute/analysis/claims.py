"""Published promises and forecasts, each on its own ends, mode and count, against the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.analysis.circle import check
from commute.analysis.fit import fit
from commute.analysis.measure.reach import rows_of
from commute.model import validity
from commute.model.results.screen import about, whole_minutes
from commute.model.target import FIELD_ZH, PRESETS, Target

if TYPE_CHECKING:
    from commute.model.network import Network

CLAIMING = ("forecast", "promotional")
WIDE = 0.10  # a claim is given back where it is within so much of the model's minutes, or two minutes
DUE = re.compile(r"到\s*(\d{4})\s*年")
NOT_A_PROMISE = {
    "COMMUTE_45": (
        "a share of actual commutes, most of them inside one city; no trips are known here",
        "实际通勤的比例，多在市内；本库无出行数据",
    )
}
COLUMNS = [
    "claim",
    "claim_en",
    "source",
    "from_name",
    "to_name",
    "mode",
    "count",
    "day",
    "claimed_min",
    "model_min",
    "verdict",
    "note",
    "note_zh",
]


def claims(
    net: Network,
    targets: Sequence[Target] | None = None,
    *,
    fitted: pd.DataFrame | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Each published claim and whether the model gives it back.

    Parameters
    ----------
    net : Network
    targets : sequence of Target, optional
        The texts that promise a circle; None takes the presets that have words.
    fitted : DataFrame, optional
        What `fit` gave for this network.
    progress : callable(done, total), optional

    Returns
    -------
    DataFrame
        A row a claim: claim (its words, or "a → b"), claim_en, source, from_name, to_name, mode, count, day, claimed_min,
        model_min (of a text: the minutes at which it would hold), verdict (reproduced, optimistic, pessimistic: the model is
        faster, as with the "before" of a project that is praised; cannot test), note, note_zh. Texts are judged on the
        network's own day, and not before the year they name; single times on the day they speak of.
    """
    texts = [one for one in (tuple(PRESETS.values()) if targets is None else targets) if one.words]
    rows = []
    for k, target in enumerate(texts):
        rows.append(_of_target(net, target))
        if progress:
            progress(k + 1, len(texts) + 1)
    found = fit(net) if fitted is None else fitted
    rows += [_of_row(row) for row in rows_of(found[found["basis"].isin(CLAIMING)])]
    if progress:
        progress(len(texts) + 1, len(texts) + 1)
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_target(net: Network, target: Target) -> dict[str, Any]:
    day = validity.next_weekday(net.day) if target.when in ("am_peak", "pm_peak") else net.day
    then = net if day == net.day else net.on(day)
    one = check(then, target, redistributions=0, levels=("favourable", "central"))
    if one.about["share_by_level"]["central"] >= target.share:  # only then does the unfavourable end decide
        one = check(then, target, redistributions=0)
    verdict = {"holds": "reproduced", "fails": "optimistic", "in_doubt": "cannot test"}[one.state]
    needed = one.minutes_needed.central
    share = one.about["share_by_level"]["central"]
    range_en, range_zh = about(one.people_share), about(one.people_share, "zh")
    if one.about["judged"] == "pairs":
        en, zh = f"{share:.0%} of its pairs in time", f"{share:.0%} 的点对达标"
    else:
        en, zh = f"{range_en} of people in {target.minutes:g} min", f"{target.minutes:g} 分钟内{range_zh}的人"
    if one.state == "in_doubt":
        en, zh = f"{en}; the answer turns on assumed constants", f"{zh}；结论取决于假定参数"
    due = DUE.search(target.words)
    if target.name in NOT_A_PROMISE:
        verdict, (en, zh) = "cannot test", NOT_A_PROMISE[target.name]
    elif due and int(due[1]) > net.day.year and verdict == "optimistic":
        verdict, en, zh = "cannot test", f"not due before {due[1]}; today {en}", f"{due[1]} 年才到期；现在{zh}"
    assumed, assumed_zh = ", ".join(target.assumed), "、".join(FIELD_ZH.get(one, one) for one in target.assumed)
    return {
        "claim": target.words,
        "claim_en": f"{target.name}: {target.minutes:g} min",
        "source": target.source,
        "from_name": "、".join(target.origins or ()) or target.area,
        "to_name": "、".join(target.destinations or ()) or "another city's centre",
        "mode": target.mode,
        "count": target.count,
        "day": str(day),
        "claimed_min": target.minutes,
        "model_min": needed if np.isfinite(needed) else np.nan,
        "verdict": verdict,
        "note": f"{en}; would hold at {whole_minutes(needed)} min; assumed by us: {assumed}",
        "note_zh": f"{zh}；需 {whole_minutes(needed)} 分钟；本库假定：{assumed_zh}",
    }


def _of_row(row: dict[str, Any]) -> dict[str, Any]:
    claimed, model = float(row["published_min"]), float(row["model_min"])
    verdict, note, zh = "cannot test", "no journey of that kind in the model", "模型中没有这种行程"
    if np.isfinite(model):
        ends = (model, model) if row["when"] in ("am_peak", "pm_peak") else (row["model_low_min"], row["model_high_min"])
        low, high = (float(one) for one in ends)
        too_low = claimed < low - max(2.0, WIDE * low) and row["bound"] != "at_least"
        too_high = claimed > high + max(2.0, WIDE * high) and row["bound"] != "at_most"
        verdict = "optimistic" if too_low else "pessimistic" if too_high else "reproduced"
        shown = f"{low:.0f}–{high:.0f}" if round(high) > round(low) else f"{model:.0f}"
        note, zh = f"the model: {shown} min", f"模型 {shown} 分钟"
    return {
        "claim": f"{row['from_name']} → {row['to_name']} {claimed:g} 分钟",
        "claim_en": f"{claimed:g} min, {row['basis']} ({row['date']})",
        "source": row["source_id"],
        "from_name": row["from_name"],
        "to_name": row["to_name"],
        "mode": row["mode"],
        "count": row["count"],
        "day": row["day"],
        "claimed_min": claimed,
        "model_min": model,
        "verdict": verdict,
        "note": "; ".join(x for x in (note, row["note"]) if x),
        "note_zh": zh,
    }
