"""The answer to "what do we build with this much money?", as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from commute.errors import BadValue
from commute.model.results.amounts import (
    MEASURE_HEADS,
    UNIT_WORDS,
    basis_words,
    figures,
    in_unit,
    money,
    people_words,
    person_minutes_words,
)
from commute.model.results.comparison import Comparison
from commute.model.results.text import table_text
from commute.model.target import Target

WHAT = {  # by measure: what a value is
    "zh": {
        "shortfall_person_min": "超时减少{}", "people_inside": "新进圈{}", "person_min": "到另一城市中心省时{}",
        "all_person_min": "全部潜在出行省时{}", "cross_person_min": "跨城潜在出行省时{}",
    },
    "en": {
        "shortfall_person_min": "shortfall (time over the limit) less by {}", "people_inside": "{} more people inside",
        "person_min": "{} saved to other cities' centres", "all_person_min": "{} saved on all potential journeys",
        "cross_person_min": "{} saved between cities",
    },
}  # fmt: skip
INSIDE = "people_inside"
SAY = {
    "zh": {
        "none": "{budget}之内没有一项能改善这个目标。",
        "some": "{budget}：建 {n} 项（{names}），共{cost}，全体{value}。",
        "on": "在“{base}”的路网上，",
        "exact": "这是预算内最好的一组。",
        "bound": "已知没有哪一组超过{bound}（尚差 {gap:.0%}）。",
        "next": "再有{more}可换成 {names}，{value}。",
        "robust": "造价取低、中、高时都入选：{names}。",
        "fragile": "没有一项在低、中、高三种造价下都入选。",
        "yearly": "此外每年需{total}，不在预算之内：{each}。", "a_year": "{name}{money}",
    },
    "en": {
        "none": "Within {budget} yuan nothing improves this target.",
        "some": "{budget} yuan builds {n} ({names}) for {cost}: {value}.",
        "on": "With {base} in place: ",
        "exact": "No set within the budget is better.",
        "bound": "No set is known to exceed {bound} ({gap:.0%} more).",
        "next": "With {more} more: {names}, {value}.",
        "robust": "Chosen at low, central and high costs alike: {names}.",
        "fragile": "Nothing is chosen at low, central and high costs alike.",
        "yearly": "Besides, {total} yuan a year, which the budget does not hold: {each}.", "a_year": "{name} {money}",
    },
}  # fmt: skip


HEADS = {
    "zh": {
        "order": "序", "name": "项目", "cost": "造价 百万元\n（低–高）", "basis": "造价依据", "share": "{}\n{}（分摊）", "people": "人",
        "robust": "稳健", "yes": "是", "no": "否", "notice": "人们会注意到：",
        "assume": "假定：", "assumed_costs": "造价为假定的：{}。", "left": "未选 {} 项：{}。全部见 left_out。",
        "others": "其他原因", "joint": "、", "list": "；", "minutes": " 分钟。",
        "weights": "超时只算超出时限的时间；全部潜在出行省时按区间潜在出行加权（人口 × 模型岗位 × 距离衰减），不是实际出行；"
        "瓶颈不计改道与诱增车流。",
    },
    "en": {
        "order": "#", "name": "project", "cost": "cost, million yuan\n(low–high)", "basis": "cost found", "share": "{},\n{} (share)",
        "people": "people", "robust": "robust", "yes": "yes", "no": "no", "notice": "What people would notice:", "assume": "Assumed:",
        "assumed_costs": "costs assumed: {}.", "left": "{} not chosen: {}. All are in left_out.", "others": "other reasons",
        "joint": "; ", "list": "; ", "minutes": " min.",
        "weights": "shortfall counts only the time over the limit; time saved on all potential journeys is weighted by people × modelled "
        "jobs × decay between zones, not by trips; bottlenecks without diverted or induced traffic.",
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
    by_costs : DataFrame, index low, central, high: keys, names_zh, names_en, cost_mcny, cost_basis ("2 of 5 published"), assumed_costs
        (keys of the others), value, bound, exact
    robust : tuple of str, chosen at low, central and high costs alike
    left_out : DataFrame, index key: name_zh, name_en, kind, cost_mcny, reason, reason_zh
    next_step : Series, the least budget above this one that buys more: a row of `frontier`; None where no set does, or where there are
        too many options to say
    comparison : Comparison of the network before and after, or None where nothing is chosen: what people would notice
    about : dict: date, network, scenarios, base (Chinese and English name of the network as it is), measure, costs, weights, routed,
        looked_at, candidates, assumed_costs
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
        joint = HEADS[lang]["joint"]
        base = say["on"].format(base=self._base(lang)) if self.about["scenarios"] else ""
        if not len(self.chosen):
            return base + say["none"].format(budget=money(self.budget_mcny, lang)).strip()
        measure = self.about["measure"]
        told = [_worth(one, self.value[one], lang) for one in dict.fromkeys((measure, INSIDE))]
        first = say["some"].format(
            budget=money(self.budget_mcny, lang),
            n=len(self.chosen),
            names=joint.join(self.chosen[name]),
            cost=money(self.cost_mcny, lang),
            value=("，" if lang == "zh" else ", ").join(told),
        )
        more = self.bound / self.value[measure] - 1 if self.value[measure] else 0.0
        proof = say["exact"] if self.exact else say["bound"].format(bound=_amount(measure, self.bound, lang), gap=more)
        names = [str(self.chosen.at[key, name]) for key in self.robust if key in self.chosen.index]
        sure = say["robust"].format(names=joint.join(names)) if names else say["fragile"]
        said = [base + first.strip(), proof, sure]
        if self.next_step is not None:
            step = self.next_step
            extra, then = money(float(step["budget_mcny"]) - self.budget_mcny, lang), str(step[f"names_{lang}"])
            said.append(say["next"].format(more=extra, names=then, value=_worth(measure, float(step[measure]), lang)))
        return (" " if lang == "en" else "").join(said).replace("： ", "：")

    def yearly(self, lang: str = "zh") -> str:
        """What the chosen take a year besides, in all and each; empty where that is nothing or not known."""
        say = _words(SAY, lang)
        costs = self.chosen[self.chosen["yearly_mcny"] != 0] if len(self.chosen) else self.chosen
        if not len(costs):
            return ""
        each = [say["a_year"].format(name=row[f"name_{lang}"], money=money(row["yearly_mcny"], lang)) for _, row in costs.iterrows()]
        return say["yearly"].format(total=money(float(costs["yearly_mcny"].sum()), lang), each=HEADS[lang]["joint"].join(each))

    def definition(self, lang: str = "en") -> str:
        """The target's definition, the network's date and scenarios, and what is assumed of costs."""
        text, base = self.target.definition(lang), self._base(lang) if self.about["scenarios"] else ""
        if lang == "zh":
            base = f"，已含情景“{base}”" if base else ""
            return f"{text}路网日期 {self.about['date']}{base}。造价按2025年价；未公布的按里程乘单价假定，低、中、高三档。"
        base = f", with {base}" if base else ""
        return (
            f"{text} Network of {self.about['date']}{base}. Costs in prices of 2025; those not published are assumed, length × the cost of "
            "a km, low, central and high."
        )

    def answer(self, lang: str = "zh") -> str:
        """The whole answer as text: the sentence, what to build in order, what people would notice, and what is assumed."""
        say, name, measure = _words(HEADS, lang), f"name_{lang}", self.about["measure"]
        shown = list(dict.fromkeys((measure, "all_person_min")))
        rows = []
        for k, (_, row) in enumerate(self.chosen.iterrows(), start=1):
            cost, low, high = (f"{figures(row[one], 3):,.0f}" for one in ("cost_mcny", "cost_low_mcny", "cost_high_mcny"))
            share = [_in_table(one, row[f"{one}_share"], lang) for one in shown]
            basis = basis_words(str(row["cost_basis"]), lang)
            rows.append([str(k), str(row[name]), f"{cost} ({low}–{high})", basis, *share, say["yes"] if row["robust"] else say["no"]])
        units = [say["people"] if one == INSIDE else UNIT_WORDS[lang] for one in shown]
        what = [say["share"].format(MEASURE_HEADS[one][lang == "en"], unit) for one, unit in zip(shown, units, strict=True)]
        heads = [*(say[one] for one in ("order", "name", "cost", "basis")), *what, say["robust"]]
        lines = [self.sentence(lang), ""]
        lines += [table_text(heads, rows, [True, False, True, False, *(True for _ in shown), False])] if rows else []
        lines += [yearly, ""] if (yearly := self.yearly(lang)) else []
        if self.comparison is not None:
            other = self.comparison.others[0]
            lines += [say["notice"], self.comparison.sentence(other, lang), self.comparison.wider(other, lang), self._pairs(lang), ""]
        assumed = [str(self.chosen.at[key, name]) for key in self.about["assumed_costs"] if key in self.chosen.index]
        lines.append(f"{say['assume']}{'' if lang == 'zh' else ' '}{say['weights']}")
        lines += [say["assumed_costs"].format(say["joint"].join(assumed))] if assumed else []
        without = self.left_out["reason_zh" if lang == "zh" else "reason"].value_counts()
        most = [f"{n} {why}" for why, n in without.head(4).items()]
        most += [f"{rest} {say['others']}"] if (rest := int(without.iloc[4:].sum())) else []
        reasons = say["list"].join(most)
        lines += [say["left"].format(len(self.left_out), reasons)] if len(self.left_out) else []
        return "\n".join([*lines, self.definition(lang)])

    def _base(self, lang: str) -> str:
        """What the network as it is is called."""
        return str(self.about["base"][0 if lang == "zh" else 1])

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


def _worth(measure: str, value: float, lang: str) -> str:
    """A value with what it is, in words."""
    return WHAT[lang][measure].format(_amount(measure, value, lang))


def _amount(measure: str, value: float, lang: str) -> str:
    return people_words(value, lang) if measure == INSIDE else person_minutes_words(value, lang)


def _in_table(measure: str, value: float, lang: str) -> str:
    return f"{figures(value):,.0f}" if measure == INSIDE else in_unit(value, lang)
