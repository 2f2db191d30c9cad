"""Heads and words of the tables on the terminal, Chinese and English; a head that is not here stays as the frame has it."""

from __future__ import annotations

from functools import cache

from commute.model.results.amounts import MEASURE_HEADS, UNIT_WORDS, basis_words

Both = tuple[str, str]  # Chinese, English
LANGS = ("zh", "en")
PEOPLE = ("人", "people")
SUFFIXES: dict[str, Both] = {  # of a measure's column
    "": ("", ""), "_alone": ("（单独）", " (alone)"), "_bound": ("（上界）", " (bound)"), "_shapley": ("（分摊）", " (share)"),
    "_share": ("（分摊）", " (share)"),
}  # fmt: skip
HEADS: dict[str, Both] = {
    "a": ("之一", "one"), "actual_end": ("完成", "done"), "area_km2": ("面积\nkm²", "area\nkm²"), "arrive": ("到达", "arrive"),
    "b": ("之二", "other"), "between": ("区间", "between"), "budget_mcny": ("预算\n百万元", "budget\nmillion yuan"),
    "by": ("分组", "by"), "change": ("变化", "change"), "cost_basis": ("造价依据", "cost found"),
    "cost_mcny": ("造价\n百万元", "cost\nmillion yuan"), "costs": ("造价取", "at costs"), "date": ("日期", "date"),
    "depart": ("出发", "leave"), "detour_ratio": ("绕行\n倍", "detour\n×"), "dropped": ("换下", "dropped"),
    "exact": ("已证最优", "proven best"), "first_value": ("先定", "given"), "flags": ("注意", "mind"),
    "floor_min": ("门槛\n分", "floor\nmin"), "from_name": ("起点", "from"), "gap_id": ("编号", "gap"), "group": ("组", "group"),
    "id": ("编号", "id"), "key": ("编号", "id"), "kind": ("类别", "kind"), "kmh": ("需\nkm/h", "needed\nkm/h"),
    "kmh_now": ("现在\nkm/h", "now\nkm/h"), "label": ("时期", "label"), "left_mcny": ("余\n百万元", "left\nmillion yuan"),
    "leg": ("段", "leg"), "minutes": ("分钟", "min"), "minutes_after": ("之后\n分", "after\nmin"),
    "minutes_at_best": ("做到头\n分", "at best\nmin"), "minutes_at_value": ("达到时\n分", "at that\nmin"),
    "minutes_before": ("之前\n分", "before\nmin"), "minutes_beyond": ("再多一档\n分", "a step beyond\nmin"),
    "minutes_needed": ("达标所需\n分", "needed\nmin"), "minutes_now": ("现在\n分", "now\nmin"),
    "mode_after": ("方式（后）", "mode after"), "mode_before": ("方式（前）", "mode before"), "name": ("名称", "name"),
    "names": ("建", "build"), "near_gap_id": ("最近的已列项目", "nearest listed"), "near_gap_km": ("相距\nkm", "off\nkm"),
    "needed_saved": ("达标少需\n分", "needed less\nmin"), "network": ("路网", "network"), "network_km": ("沿路网\nkm", "by road\nkm"),
    "note": ("说明", "note"), "opens": ("通车", "opened"), "opens_known": ("日期知到", "known to the"), "origin_id": ("起点", "origin"),
    "partners": ("配合单位", "partners"), "people": ("人口", "people"), "people_after": ("之后圈内人口", "people inside after"),
    "people_before": ("之前圈内人口", "people inside before"), "people_cut_off": ("无路可走的人", "people cut off"),
    "people_entering": ("新入圈人口", "come in"), "people_gaining": ("变快的人", "gain"), "people_leaving": ("出圈人口", "drop out"),
    "people_losing": ("变慢的人", "lose"), "people_slower": ("变慢的人", "people slower"), "people_sure": ("其中确定", "surely"),
    "planned_end": ("目标", "planned end"), "project_id": ("编号", "task"), "rank": ("名次", "rank"),
    "rank_high": ("名次至", "rank to"), "rank_low": ("名次自", "rank from"), "reason": ("原因", "why"),
    "relation": ("关系", "relation"), "remaining_leg": ("主要剩在", "mostly"), "remaining_min": ("仍超\n分", "still over\nmin"),
    "responsible_unit": ("责任单位", "responsible"), "robust": ("稳健", "robust"), "route_id": ("线路", "route"),
    "saved_high": ("高", "high"), "saved_low": ("低", "low"), "saved_min": ("省\n分", "saved\nmin"),
    "saves_min": ("两端间省\n分", "saves\nmin"), "share": ("圈内人口份额", "people inside"), "share_45": ("45 分钟内", "within 45 min"),
    "share_60": ("60 分钟内", "within 60 min"), "share_high": ("高", "high"), "share_low": ("低", "low"),
    "shortfall_min": ("人均超时\n分", "mean time over\nmin"), "side": ("得失", "side"), "slip": ("进度", "slippage"),
    "spent_mcny": ("累计\n百万元", "spent\nmillion yuan"), "state": ("状态", "state"), "straight_km": ("直线\nkm", "straight\nkm"),
    "sure": ("确定", "sure"), "to_date": ("时段至", "up to"), "to_name": ("终点", "to"), "unit": ("单位", "unit"),
    "value": ("需要", "needed"), "value_beyond": ("再多一档", "a step beyond"), "value_now": ("现在", "now"), "what": ("类别", "what"),
    "year": ("年", "year"), "zone_id": ("编号", "zone"), "zones": ("区数", "zones"),
}  # fmt: skip
SAID: dict[str, Both] = {  # values of columns of words, whatever the column
    "access": ("到站", "to the station"), "all": ("全部", "all"), "area": ("范围", "area"), "best": ("最快", "best"),
    "bike": ("骑行", "bike"), "border": ("边界", "border"), "bottleneck": ("瓶颈", "bottleneck"), "building": ("在建", "building"),
    "bus": ("公交车", "bus"), "car": ("小汽车", "car"), "central": ("中", "central"), "city": ("市", "city"),
    "complements": ("互补", "complements"), "conventional": ("普速铁路", "conventional rail"), "county": ("区县", "county"),
    "day": ("日", "day"), "drive": ("驾车", "drive"), "egress": ("离站", "from the station"), "entry": ("进站", "entry"),
    "fails": ("不成立", "fails"), "gain": ("变快", "gain"), "gap": ("断头路", "gap"), "high": ("高", "high"),
    "high_speed": ("高铁", "high speed"), "holds": ("成立", "holds"), "in_doubt": ("存疑", "in doubt"),
    "intercity": ("城际铁路", "intercity"), "line": ("线路", "line"), "lines": ("新开各线", "all new lines"), "link": ("路段", "link"),
    "loss": ("变慢", "loss"), "low": ("低", "low"), "maglev": ("磁浮", "maglev"), "metro": ("地铁", "metro"),
    "missing_link": ("断头路", "missing link"), "month": ("月", "month"), "motorway": ("高速公路", "motorway"),
    "no effect": ("无效果", "no effect"), "none": ("不变", "none"), "not rankable": ("数据不足以排序", "not rankable"),
    "open": ("已通", "open"), "park_ride": ("停车换乘", "park & ride"), "parking": ("停车", "parking"), "planned": ("规划", "planned"),
    "planned_line": ("规划线路", "planned line"), "planned_road": ("规划路", "planned road"), "primary": ("主干路", "primary"),
    "project": ("规划任务", "task"), "published": ("公布", "published"), "residential": ("支路", "residential"),
    "rest": ("其余", "the rest"), "ride": ("乘车", "ride"), "road": ("道路", "road"), "roads": ("其他道路", "other roads"),
    "rules": ("时刻与进站", "timetables and entry"), "scenario": ("方案", "scenario"), "secondary": ("次干路", "secondary"),
    "stop": ("车站", "stop"), "substitutes": ("替代", "substitutes"), "tertiary": ("三级路", "tertiary"),
    "transfer": ("换乘", "change"), "transit": ("公交", "transit"), "trunk": ("快速路", "trunk"), "unknown": ("不明", "unknown"),
    "upgrade": ("提级改造", "upgrade"), "wait": ("候车", "wait"), "walk": ("步行", "walk"), "year": ("年", "year"),
    "zone": ("街镇", "zone"),
}  # fmt: skip
OF_WORDS = {  # columns whose values are words of ours, not names
    "by", "change", "costs", "group", "kind", "leg", "mode_after", "mode_before", "opens_known", "remaining_leg", "side", "state", "what",
}  # fmt: skip


def head(column: str, lang: str) -> str:
    """The head of a column, its unit on a line of its own."""
    at, stem = LANGS.index(lang), column.removesuffix("_zh").removesuffix("_en")
    if stem in HEADS:
        return HEADS[stem][at]
    measure, suffix = measure_of(stem)
    if not measure:
        return column
    unit = UNIT_WORDS[lang] if in_person_minutes(stem) else PEOPLE[at]
    return f"{MEASURE_HEADS[measure][at]}{SUFFIXES[suffix][at]}\n{unit}"


@cache
def measure_of(column: str) -> Both:
    """The measure of a column and its suffix; both empty where it is of none."""
    return next(((one, suffix) for one in MEASURE_HEADS for suffix in SUFFIXES if column == one + suffix), ("", ""))


def in_person_minutes(column: str) -> bool:
    """Whether a column counts person-minutes."""
    return measure_of(column)[0].endswith("person_min")


def word(column: str, value: str, lang: str) -> str:
    """A value of a column in the language; as it stands where it is a name or no word of ours."""
    if column == "cost_basis":
        return basis_words(value, lang)
    return SAID[value][LANGS.index(lang)] if column in OF_WORDS and value in SAID else value
