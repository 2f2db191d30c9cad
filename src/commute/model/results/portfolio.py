"""The answer to "what do we build with this much money?", as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from commute.errors import BadValue
from commute.model.results.comparison import Comparison
from commute.model.results.text import table_text
from commute.model.target import Target

WHAT = {  # by measure: what a value is, its unit, and the head of its column
    "zh": {
        "shortfall_person_min": ("少缺口 {} 人·分钟", "人·分钟", "少缺口 人·分（分摊）"),
        "people_inside": ("新进圈 {} 人", "人", "新进圈 人（分摊）"),
        "person_min": ("到最近的另一城市中心省时 {} 人·分钟", "人·分钟", "到另一城市中心省时 人·分（分摊）"),
        "all_person_min": ("全部潜在出行省时 {} 人·分钟", "人·分钟", "全部省时 人·分（分摊）"),
        "cross_person_min": ("跨城潜在出行省时 {} 人·分钟", "人·分钟", "跨城省时 人·分（分摊）"),
    },
    "en": {
        "shortfall_person_min": ("{} person-minutes of shortfall less", "person-minutes", "shortfall less, person-min (share)"),
        "people_inside": ("{} people more inside", "people", "people more inside (share)"),
        "person_min": ("{} person-minutes to another city's centre less", "person-minutes", "to another centre less, person-min (share)"),
        "all_person_min": (
            "{} person-minutes of all potential journeys less",
            "person-minutes",
            "of all journeys less, person-min (share)",
        ),
        "cross_person_min": ("{} person-minutes between cities less", "person-minutes", "between cities less, person-min (share)"),
    },
}
INSIDE = "people_inside"
SAY = {
    "zh": {
        "none": "{budget}之内没有一项能改善这个目标。",
        "some": "{budget}：建 {n} 项（{names}），共{cost}，全体{value}。",
        "exact": "这是预算内最好的一组。",
        "bound": "已知没有哪一组超过 {bound} {unit}（尚差 {gap:.0%}）。",
        "next": "再有{more}可换成 {names}，{value}。",
        "robust": "造价取低、中、高时都入选：{names}。",
        "fragile": "没有一项在低、中、高三种造价下都入选。",
    },
    "en": {
        "none": "Within {budget} yuan nothing improves this target.",
        "some": "{budget} yuan builds {n} ({names}) for {cost}: {value}.",
        "exact": "No set within the budget is better.",
        "bound": "No set is known to exceed {bound} {unit} ({gap:.0%} more).",
        "next": "With {more} more: {names}, {value} {unit}.",
        "robust": "Chosen at low, central and high costs alike: {names}.",
        "fragile": "Nothing is chosen at low, central and high costs alike.",
    },
}


HEADS = {
    "zh": {
        "order": "序", "name": "项目", "cost": "造价 百万元（低–高）", "basis": "依据",
        "all": "全部省时 人·分",
        "robust": "稳健", "yes": "是", "no": "否", "published": "公布", "assumed": "假定", "notice": "人们会注意到：",
        "assume": "假定：", "assumed_costs": "造价为假定的：{}。", "left": "未选 {} 项：{}。全部见 left_out。",
        "others": "其他原因", "joint": "、", "list": "；", "minutes": " 分钟。",
        "weights": "全部省时按区间潜在出行加权（人口 × 模型岗位 × 距离衰减），不是实际出行；瓶颈不计改道与诱增车流。",
    },
    "en": {
        "order": "#", "name": "project", "cost": "cost, mcny (low–high)", "basis": "basis",
        "all": "all time saved, person-min", "robust": "robust", "yes": "yes", "no": "no", "published": "published", "assumed": "assumed",
        "notice": "What people would notice:", "assume": "Assumed:", "assumed_costs": "costs assumed: {}.",
        "left": "{} not chosen: {}. All are in left_out.", "others": "other reasons", "joint": ", ", "list": "; ", "minutes": " min.",
        "weights": "all time saved is weighted by potential journeys between zones (people × modelled jobs × decay), not by trips; "
        "bottlenecks without diverted or induced traffic.",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Portfolio:
    """The best set of options under a budget.

    Attributes
    ----------
    target : Target
    budget_mcny : float, million yuan, prices of 2025
    chosen : DataFrame, index key, in the order to build them (most value for money first, given those before): name_zh, name_en, kind,
        cost_low_mcny, cost_mcny, cost_high_mcny, cost_basis, yearly_mcny, robust (chosen at all three costs), and for each measure
        its value alone, with _last_in (given the rest of the set) and _share (Shapley value within the set; these sum to `value`),
        confidence
    value : mapping of measure to what the whole set improves
    cost_mcny : float, of the set at central costs
    bound : float, in the first measure: no set within the budget is worth more
    exact : bool, whether the set is proven best
    by_costs : DataFrame, index low, central, high: keys, cost_mcny, value, bound, exact
    robust : tuple of str, chosen at low, central and high costs alike
    left_out : DataFrame, index key: name_zh, name_en, kind, cost_mcny, reason, reason_zh
    next_step : Series, the least budget above this one that buys more: a row of `frontier`; None where no set does, or where there are
        too many options to say
    comparison : Comparison of the network before and after, or None where nothing is chosen: what people would notice
    about : dict: date, network, scenarios, measure, costs, weights, routed, looked_at, candidates, assumed
    """

    target: Target
    budget_mcny: float
    chosen: pd.DataFrame
    value: Mapping[str, float]
    cost_mcny: float
    bound: float
    exact: bool
    by_costs: pd.DataFrame
    robust: tuple[str, ...]
    left_out: pd.DataFrame
    next_step: pd.Series | None = None
    comparison: Comparison | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, lang: str = "zh") -> str:
        """What to build, what it costs and buys, whether it is proven best, and what is robust."""
        say, name = _words(SAY, lang), f"name_{lang}"
        joint = "、" if lang == "zh" else ", "
        if not len(self.chosen):
            return say["none"].format(budget=money(self.budget_mcny, lang))
        measure = self.about["measure"]
        what, unit, _ = WHAT[lang][measure]
        told = [what.format(f"{self.value[measure]:,.0f}")]
        if measure != INSIDE:
            told.append(WHAT[lang][INSIDE][0].format(f"{self.value[INSIDE]:,.0f}"))
        first = say["some"].format(
            budget=money(self.budget_mcny, lang),
            n=len(self.chosen),
            names=joint.join(self.chosen[name]),
            cost=money(self.cost_mcny, lang),
            value=("，" if lang == "zh" else ", ").join(told),
        )
        more = self.bound / self.value[measure] - 1 if self.value[measure] else 0.0
        proof = say["exact"] if self.exact else say["bound"].format(bound=f"{self.bound:,.0f}", unit=unit, gap=more)
        names = [str(self.chosen.at[key, name]) for key in self.robust if key in self.chosen.index]
        sure = say["robust"].format(names=joint.join(names)) if names else say["fragile"]
        said = [first, proof, sure]
        if self.next_step is not None:
            step = self.next_step
            extra, then = money(float(step["budget_mcny"]) - self.budget_mcny, lang), str(step[f"names_{lang}"])
            worth = f"{float(step[measure]):,.0f}"
            said.append(say["next"].format(more=extra, names=then, value=what.format(worth) if lang == "zh" else worth, unit=unit))
        return (" " if lang == "en" else "").join(said).replace("： ", "：").strip()

    def definition(self, lang: str = "en") -> str:
        """The target's definition, the network's date, and what is assumed of costs."""
        text = self.target.definition(lang)
        if lang == "zh":
            return f"{text}路网日期 {self.about['date']}。造价按2025年价；未公布的按里程乘单价假定，低、中、高三档。"
        return (
            f"{text} Network of {self.about['date']}. Costs in prices of 2025; those not published are assumed, length × the cost of a km, "
            "low, central and high."
        )

    def answer(self, lang: str = "zh") -> str:
        """The whole answer as text: the sentence, what to build in order, what people would notice, and what is assumed."""
        say, name, measure = _words(HEADS, lang), f"name_{lang}", f"{self.about['measure']}_share"
        rows = []
        for k, (_, row) in enumerate(self.chosen.iterrows(), start=1):
            cost = f"{row['cost_mcny']:,.0f} ({row['cost_low_mcny']:,.0f}–{row['cost_high_mcny']:,.0f})"
            basis = say["assumed"] if str(row["cost_basis"]).startswith("assumed") else say["published"]
            share = (f"{row[measure]:,.0f}", f"{row['all_person_min_share']:,.0f}")
            rows.append([str(k), str(row[name]), cost, basis, *share, say["yes"] if row["robust"] else say["no"]])
        what = WHAT[lang][self.about["measure"]][2]
        heads = [*(say[one] for one in ("order", "name", "cost", "basis")), what, say["all"], say["robust"]]
        lines = [self.sentence(lang), ""]
        lines += [table_text(heads, rows, [True, False, True, False, True, True, False])] if rows else []
        if self.comparison is not None:
            lines += [say["notice"], self.comparison.sentence(self.comparison.others[0], lang), self._pairs(lang), ""]
        assumed = [str(self.chosen.at[key, name]) for key in self.about["assumed_costs"] if key in self.chosen.index]
        lines.append(f"{say['assume']} {say['weights']}")
        lines += [say["assumed_costs"].format(say["joint"].join(assumed))] if assumed else []
        without = self.left_out["reason_zh" if lang == "zh" else "reason"].value_counts()
        most = [f"{n} {why}" for why, n in without.head(4).items()]
        most += [f"{rest} {say['others']}"] if (rest := int(without.iloc[4:].sum())) else []
        reasons = say["list"].join(most)
        lines += [say["left"].format(len(self.left_out), reasons)] if len(self.left_out) else []
        return "\n".join([*lines, self.definition(lang)])

    def _pairs(self, lang: str) -> str:
        """Each pair of centres before and after."""
        assert self.comparison is not None
        tail, say = "" if lang == "zh" else "_en", HEADS[lang]
        told = []
        for _, row in self.comparison.pairs.iterrows():
            before, after = (f"{row[name]:.0f}" if row[name] == row[name] else "–" for name in ("minutes_before", "minutes_after"))
            told.append(f"{row[f'from_name{tail}']} → {row[f'to_name{tail}']} {before} → {after}")
        return say["list"].join(told) + say["minutes"]

    def __str__(self) -> str:
        return self.answer("zh")

    def to_frame(self) -> pd.DataFrame:
        """All options, chosen or not: key, chosen, and the columns of `chosen` and `left_out`."""
        both = [self.chosen.assign(chosen=True, reason="", reason_zh=""), self.left_out.assign(chosen=False)]
        return pd.concat([one for one in both if len(one)]).rename_axis("key").reset_index()


def _words(said: Mapping[str, Mapping[str, str]], lang: str) -> Mapping[str, str]:
    if lang not in said:
        raise BadValue(f"lang is {lang!r}, must be zh or en")
    return said[lang]


def money(mcny: float, lang: str) -> str:
    """Million yuan in words, three figures at most: 30 亿元, 3 billion."""
    if lang == "zh":
        return f" {mcny / 100:.3g} 亿元" if mcny >= 100 else f" {mcny * 100:.3g} 万元"
    return f"{mcny / 1000:.3g} billion" if mcny >= 1000 else f"{mcny:.3g} million"
