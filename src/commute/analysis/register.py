"""The plan's register of tasks: who does what, how late it is, and what each task buys."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from commute.analysis.choosing.options import LINE
from commute.analysis.measure.reach import rows_of
from commute.analysis.progress import Progress, Steps
from commute.analysis.worth.costs import NONE
from commute.analysis.worth.gaps import gap_facts
from commute.analysis.worth.stakes import stakes
from commute.errors import BadValue
from commute.model import validity
from commute.model.projects import gaps_of

if TYPE_CHECKING:
    from commute.analysis.worth.game import Game
    from commute.model.network import Network
    from commute.model.target import Target

DAY = re.compile(r"(?<!\d)(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?(?![\d])")
MONTH_DAYS = 30.44
NO_GAPS = ("数据中没有它所建的断头路或瓶颈", "no gap of the data is built by it")
OPEN = ("已经通车", "in use already")
UNKNOWN = ("所建路段的端点或长度不详，无法估值", "the ends or lengths of its gaps are not known: no value")
LISTED = ["name_zh", "name_en", "kind", "what", "responsible_unit", "partners", "phase_year", "status"]


def register(net: Network, target: Target | None = None, *, progress: Progress | None = None) -> pd.DataFrame:
    """The tasks of the register on the network's day, how late they are, and what each would buy.

    Parameters
    ----------
    net : Network
    target : Target, optional
        What is to be improved; without it the columns of what tasks buy are left out.
    progress : callable(done, total), optional

    Returns
    -------
    DataFrame
        Index project_id: the register's own columns, cost_mcny (as published, in prices of price_year; else the sum of its gaps in prices
        of 2025), price_year, cost_basis (published; that of its one gap; assumed: the sum of its gaps; no published cost),
        planned_start, planned_end, actual_end as the sources have them, slip_months (actual end, else the day asked about if the
        planned end has passed, less the planned end; NaN where no end is stated), slip (in words, zh and en), gap_ids, open_gaps,
        then a column a measure (what opening its gaps that are still shut buys, all together), and note, note_zh.
    """
    project, gap = net.table("project"), net.table("gap").set_index("gap_id")
    facts = gap_facts(net)
    opened = set(net.in_use("gap")["gap_id"])
    roads = [one for one in gap.index if one not in opened and gap.at[one, "kind"] != LINE and facts.at[one, "length_known"]]
    steps = Steps(progress, 2)
    game = stakes(net, target, roads).game if target else None
    steps()
    rows = []
    for row in rows_of(project):
        gaps = gaps_of(net, row["project_id"])
        shut = [gap for gap in gaps if gap not in opened]
        bought, note = _bought(game, gaps, shut)
        slip, slip_zh, slip_en = _slip(row["planned_end"], row["actual_end"], net.day)
        cost, basis = _cost(row, gaps, facts)
        known: dict[str, Any] = {name: row[name] for name in ["project_id", *LISTED]}
        known |= {"cost_mcny": cost, "price_year": row["price_year"], "cost_basis": basis}
        known |= {name: row[name] for name in ("planned_start", "planned_end", "actual_end")}
        known |= {"slip_months": slip, "slip_zh": slip_zh, "slip": slip_en, "gap_ids": ";".join(gaps), "open_gaps": len(gaps) - len(shut)}
        rows.append({**known, **bought, "note_zh": note[0], "note": note[1]})
    steps()
    return pd.DataFrame(rows).set_index("project_id") if rows else project.set_index("project_id")


def _bought(game: Game | None, gaps: tuple[str, ...], shut: list[str]) -> tuple[dict[str, float], tuple[str, str]]:
    if game is None:
        return {}, ("", "")
    nothing = dict.fromkeys(game.measures, float("nan"))
    if not gaps:
        return nothing, NO_GAPS
    if not shut:
        return nothing, OPEN
    known = [gap for gap in shut if gap in game.gaps]
    if not known:
        return nothing, UNKNOWN
    values = dict(zip(game.measures, game.value(known).tolist(), strict=True))
    left = [gap for gap in shut if gap not in known]
    said = ("未计入：" + "、".join(left), f"not counted: {', '.join(left)}") if left else ("", "")
    return values, said


def _cost(row: dict[str, Any], gaps: tuple[str, ...], facts: pd.DataFrame) -> tuple[float, str]:
    if row["cost_mcny"] > 0:
        return float(row["cost_mcny"]), "published"
    if not gaps or facts.loc[list(gaps), "cost_mcny"].isna().any():
        return float("nan"), NONE
    basis = str(facts.at[gaps[0], "cost_basis"]) if len(gaps) == 1 else "assumed: the sum of its gaps"
    return float(facts.loc[list(gaps), "cost_mcny"].sum()), basis


def _slip(planned: str, actual: str, today: date) -> tuple[float, str, str]:
    """Months late, and the same in words; a date known to the month or year counts from its last day."""
    wanted, done = last_date(planned), last_date(actual)
    if wanted is None:
        return float("nan"), "未公布目标日期", "no planned end is published"
    if done and done <= today:
        months = (done - wanted).days / MONTH_DAYS
        if round(months) == 0:
            return months, "按期完成", "done on time"
        if months < 0:
            return months, f"提前 {-months:.0f} 个月完成", f"done {-months:.0f} months early"
        return months, f"晚 {months:.0f} 个月完成", f"done {months:.0f} months late"
    months = (today - wanted).days / MONTH_DAYS
    if months <= 0:
        return float("nan"), f"目标未到，还有 {-months:.0f} 个月", f"due in {-months:.0f} months"
    return months, f"至 {today} 未见完成，至少晚 {months:.0f} 个月", f"not known to be done by {today}: at least {months:.0f} months late"


def last_date(text: str) -> date | None:
    """The last day that the last date of a text can mean; None where it has none."""
    found = DAY.findall(text)
    if not found:
        return None
    try:
        return validity.last_day("-".join(part for part in found[-1] if part))
    except BadValue:
        return None
