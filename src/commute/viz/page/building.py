"""The sections on what to build: the best set under a budget, ranks, links that nobody listed, the register, loose dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commute.model.results.amounts import money as in_words
from commute.viz.page import frames, words
from commute.viz.page.detail import section
from commute.viz.page.frames import frame_table, many_minutes, of, one_place, text, whole
from commute.viz.page.html import EMPTY, Cell, Markup, join, tag, two
from commute.viz.page.numbers import minutes, person_minutes, real
from commute.viz.page.words import say

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.results.portfolio import Portfolio
    from commute.model.results.report import Report

UNIT = two("万人·分", "thousand person-min")
COMMON = 2  # a reason that fewer share is counted among the others
WEIGHTED = two(
    "人·分:每人省下的分钟之和。“超时”只算超出时限的部分;“全部潜在出行”按潜在出行加权"
    "(人口 × 模型岗位 × 距离衰减),不是实际出行。瓶颈不计改道与诱增车流。",
    "Person-min: minutes saved, summed over people. “Shortfall” counts only the time over the limit; “all potential journeys” are weighted "
    "(people × modelled jobs × decay), not trips. Bottlenecks without diverted or induced traffic.",
)


def command(report: Report, verb: str) -> Markup:
    """The command that answers a question for this report's day and target."""
    target = report.check.target.name
    day = "" if report.net.day == report.net.as_of else f" --date {report.net.day}"
    return tag("code", f"commute {verb}{day}{f' --target {target}' if target else ''}")


def left_out(report: Report, ident: str, title: Markup, verb: str, *more: object) -> Markup:
    """One line where a section was not asked: that it is left out, and the command that asks."""
    said = two("本页没有这一节;用命令", "Left out of this page; ask it by")
    return section(ident, title, tag("p", said, " ", command(report, verb), *more, class_="note"))


def build(report: Report, picture: Markup) -> Markup:
    """The best set under the budget: what, in which order, for how much, how sure, and what people would notice."""
    if report.building is None:
        return left_out(report, "build", two("先建什么", "What to build first"), "portfolio --budget 3000")
    found = report.building.portfolio
    title = two(_build_title(found, "zh"), _build_title(found, "en"))
    measure = found.about["measure"]
    columns: dict[str, Any] = {
        "order": (two("次序", "order"), lambda one: Cell(whole(one), css="n")),
        "=name": (say("name"), lambda row: Cell(frames.named_both()(row), heads=True)),
        "kind": (two("类别", "kind"), of(words.GAP_KIND)),
        "=cost": (two("投资(低–高)", "cost (low–high)"), frames.cost_range),
        f"{measure}_share": frames.worth(measure),
        "all_person_min_share": frames.worth("all_person_min"),
        "robust": (two("低中高造价都入选", "chosen at low, central and high costs"), _yes),
        "confidence": (say("confidence"), frames.confidence),
    }
    chosen = found.chosen.assign(order=range(1, len(found.chosen) + 1))
    inside = [tag("p", two(found.sentence("zh"), found.sentence("en")))]
    if len(chosen):
        inside += [frame_table(chosen, columns, many=0)]
        inside += [tag("p", two(found.yearly("zh"), found.yearly("en")))] if found.yearly() else []
        inside += [_noticed(found)]
    inside += [tag("div", picture, class_="chart"), _by_costs(found), _not_chosen(found), _assumed(report, found)]
    return section("build", title, *inside)


def _build_title(found: Portfolio, lang: str) -> str:
    money = in_words(found.budget_mcny, lang).strip()
    names = list(found.chosen[f"name_{lang}"]) if len(found.chosen) else []
    if lang == "zh":
        return f"{money}先建什么:{'、'.join(map(str, names))}" if names else f"{money}先建什么:没有一项能改善这个目标"
    told = ", then ".join(map(str, names)) if names else "nothing improves this target"
    return f"What to build first with {money} yuan: {told}"


def _yes(value: Any) -> Markup:
    return two("是", "yes") if value else two("否", "no")


def _noticed(found: Portfolio) -> Markup:
    """What people would notice: each pair of centres before and after, and who gains."""
    seen = found.comparison
    if seen is None:
        return EMPTY
    columns: dict[str, Any] = {
        "=from": (say("from"), lambda row: Cell(frames.named_both("from_name", "from_name_en")(row), heads=True)),
        "=to": (say("to"), frames.named_both("to_name", "to_name_en")),
        "minutes_before": (two("现在(分)", "today, min"), whole),
        "minutes_after": (two("之后(分)", "after, min"), whole),
        "=saved": (two("省(分)", "saved, min"), lambda row: minutes(row["saved_min"], row["saved_low"], row["saved_high"])),
        "mode_after": (say("mode"), of(words.MODE)),
    }
    other = seen.others[0]
    told = [tag("p", two(asked(other, "zh"), asked(other, "en"))) for asked in (seen.sentence, seen.wider)]
    return join([tag("h3", two("人们会注意到什么", "What people would notice")), *told, frame_table(seen.pairs, columns, many=0)])


def _by_costs(found: Portfolio) -> Markup:
    both: Any = found.to_frame().set_index("key")

    def members(keys: Any) -> Markup:
        listed = [one for one in str(keys).split(";") if one]
        zh, en = (joint.join(str(both.at[one, name]) for one in listed) for joint, name in (("、", "name_zh"), ("; ", "name_en")))
        return two(zh or "无", en or "none")

    rows = found.by_costs.reset_index()
    columns: dict[str, Any] = {
        "costs": (two("造价取", "at costs"), lambda one: Cell(say(one), heads=True)),
        "keys": (two("建", "build"), members),
        "=cost": (say("cost"), frames.cost),
        "value": frames.worth(found.about["measure"]),
        "exact": (two("已证最优", "proven best"), _yes),
    }
    title = two("造价若不同,该建的有没有变", "Whether the choice depends on costs")
    return join([tag("h3", title), frame_table(rows, columns, many=0)])


def _not_chosen(found: Portfolio) -> Markup:
    """How many were left out and why; reasons of their own are counted together."""
    rows = found.left_out
    if not len(rows):
        return EMPTY
    each = rows.groupby(["reason_zh", "reason"], sort=False).size().sort_values(ascending=False, kind="stable")
    listed: Any = each[each >= COMMON].items()
    told = [(str(why_zh), str(why), int(n)) for (why_zh, why), n in listed]
    alone = int(each[each < COMMON].sum())
    zh = [f"{a} {n} 项" for a, _, n in told] + ([f"另有各自的原因 {alone} 项"] if alone else [])
    en = [f"{b}: {n}" for _, b, n in told] + ([f"reasons of their own: {alone}"] if alone else [])
    said = two(f"未选 {len(rows)} 项:{';'.join(zh)}。", f"{len(rows)} not chosen. {'; '.join(en)}.")
    where = two("逐项见", "Each is in")
    return tag("p", said, " ", where, " ", tag("code", "tables/portfolio_left_out.csv"), class_="note")


def _assumed(report: Report, found: Portfolio) -> Markup:
    known = [key for key in found.about["assumed_costs"] if key in found.chosen.index]
    zh = "、".join(map(str, found.chosen.loc[known, "name_zh"]))
    en = ", ".join(map(str, found.chosen.loc[known, "name_en"]))
    costs = two(f"造价为假定的:{zh}。", f"Costs assumed: {en}.") if known else EMPTY
    defined = two(found.definition("zh"), found.definition("en"))
    again = two("换预算、候选或口径:", "Another budget, other candidates:")
    verb = f"portfolio --budget {found.budget_mcny:g}"
    return tag(
        "p", tag("b", say("assumed")), " ", costs, " ", WEIGHTED, " ", defined, " ", again, " ", command(report, verb), class_="note"
    )


def ranks(report: Report) -> Markup:
    """What each gap is worth, a table a group, and which replace or complete each other."""
    rank = report.rank
    best = rank[rank["rank"] == 1] if len(rank) else rank
    zh, en = "没有能排名的断头路", "No gap can be ranked"
    if len(best):
        top: Any = best.sort_values("shortfall_person_min", ascending=False, kind="stable").iloc[0]
        n = int(rank["rank"].notna().sum())
        worth = person_minutes(top["shortfall_person_min"])
        zh = f"单独打通,{top['name_zh'] or top['name_en']}最值;{n} 条能排名"
        en = f"Opened alone, {top['name_en'] or top['name_zh']} is worth most; {n} can be ranked"
        said = tag("p", two("它单独使超时减少", "Alone it removes"), " ", worth, " ", UNIT, two("。", " of shortfall."))
    else:
        said = EMPTY
    note = tag("p", _rank_note(), class_="note")
    return section("rank", two(zh, en), said, note, *_groups(rank), *_joint(report))


def _rank_note() -> Markup:
    return join(
        [
            two(
                "名次括号内为两端位置在误差内移动 200 次的范围;“最后”为其余同组都已打通时再打通它,“分摊”为所有次序的平均(沙普利值)。",
                "Behind a rank, its range under 200 moves of uncertain ends; “last in”: with all others of its group open; “share”: the "
                "mean over all orders (Shapley value). ",
            ),
            WEIGHTED,
        ]
    )


def _groups(rank: pd.DataFrame) -> list[Markup]:
    """A table a group of gaps, its name above it, since ranks begin anew in each; no ranks where nothing is ranked."""
    alone = "shortfall_person_min"
    columns: dict[str, Any] = {
        "=rank": (two("名次", "rank"), lambda row: Cell(minutes(row["rank"], row.get("rank_low"), row.get("rank_high")), css="n")),
        "=name": (say("name"), lambda row: Cell(frames.named_both()(row), heads=True)),
        alone: (frames.measure_head(alone, "(单独)", " alone"), many_minutes),
        f"{alone}_last_in": (two("最后(万人·分)", "last in"), many_minutes),
        f"{alone}_shapley": (two("分摊(万人·分)", "share"), many_minutes),
        "people_inside": frames.worth("people_inside"),
        "all_person_min": frames.worth("all_person_min"),
        "detour_ratio": (two("现在绕行(倍)", "detour today, ×"), one_place),
        "zones_served": (two("受益街镇", "zones served"), whole),
        "=cost": (say("cost"), frames.cost_range),
        "state": (two("状态", "state"), of(words.GAP_STATE)),
        "confidence": (say("confidence"), frames.confidence),
        "=reason": (two("原因", "why"), frames.noted("reason")),
    }
    few = ("=name", "detour_ratio", "=cost", "state", "confidence", "=reason")
    tables = []
    for group, part in rank.groupby("group", sort=False) if len(rank) else ():
        n, ranked = len(part), bool(part["rank"].notna().any())
        zh, en = words.GROUP.get(str(group), (str(group), str(group)))
        own_zh, own_en = (",名次只在本组内比", ", ranked among themselves") if ranked else (",不排名", ", not ranked")
        caption = two(f"{zh}({n} 条{own_zh})", f"{en.capitalize()} ({n}{own_en})")
        shown = {name: one for name, one in columns.items() if (name != "=reason" if ranked else name in few)}
        tables.append(frame_table(part, shown, caption=caption, many=12 if ranked else 5))
    return tables or [tag("p", say("nothing"), class_="nothing")]


def _joint(report: Report) -> list[Markup]:
    frame = report.interactions
    if frame is None:
        return [
            tag(
                "p", two("互补与替代:用命令", "Complements and substitutes: by"), " ", command(report, "rank --interactions"), class_="note"
            )
        ]
    zh = "没有互相替代或互补的"
    en = "None replace or complete each other"
    if len(frame):
        less, more = (int((frame["relation"] == one).sum()) for one in ("substitutes", "complements"))
        zh = f"{less} 对互相替代(一起打通不如分开相加),{more} 对互补"
        en = f"{less} pairs replace each other (together worth less than their sum), {more} complete each other"
    columns: dict[str, Any] = {
        "=a": (say("name"), lambda row: Cell(frames.named_both("a_zh", "a_en")(row), heads=True)),
        "=b": (two("与", "and"), frames.named_both("b_zh", "b_en")),
        "relation": (two("关系", "relation"), of(words.RELATION)),
        "shortfall_person_min": (two("超时减少的交互(万人·分)", "interaction in shortfall, thousand person-min"), many_minutes),
        "all_person_min": (
            two("全部潜在出行省时的交互(万人·分)", "interaction in all potential journeys, thousand person-min"),
            many_minutes,
        ),
    }
    return [tag("h3", two(zh, en)), frame_table(frame, columns, many=8)]


def missing(report: Report) -> Markup:
    """Links that nobody listed, by what each alone would buy."""
    title = two("还有哪些没人列出的连接", "Links that nobody has listed")
    if report.building is None:
        return left_out(report, "missing", title, "missing")
    frame = report.building.missing
    if frame is None:
        said = two("目标不用小汽车,道路连接改变不了它。", "The target asks no car, so no road link changes it.")
        return section("missing", title, tag("p", said))
    if len(frame):
        top = frame.iloc[0]
        detour = f"{top['detour_ratio']:.1f}" if real(top["detour_ratio"]) is not None else "∞"
        title = two(
            f"没人列出的连接中最值的:{top['from_name_zh']}–{top['to_name_zh']},现在绕行 {detour} 倍",
            f"Of links that nobody listed, {top['from_name_en']} – {top['to_name_en']} is worth most: {detour} × the straight line today",
        )
    columns: dict[str, Any] = {
        "rank": (two("名次", "rank"), lambda one: Cell(whole(one), css="n")),
        "=from": (say("from"), lambda row: Cell(frames.named_both("from_name_zh", "from_name_en")(row), heads=True)),
        "=to": (say("to"), frames.named_both("to_name_zh", "to_name_en")),
        "straight_km": (two("直线(km)", "straight, km"), one_place),
        "network_km": (two("沿路网(km)", "by road, km"), one_place),
        "detour_ratio": (two("绕行(倍)", "detour, ×"), one_place),
        "saves_min": (two("两端间省(分)", "saves between its ends, min"), whole),
        "shortfall_person_min": frames.worth("shortfall_person_min"),
        "people_inside": frames.worth("people_inside"),
        "=cost": (say("cost"), frames.cost_range),
        "=flags": (two("注意", "mind"), lambda row: two(text(row["flags_zh"]), text(row["flags_en"]))),
    }
    note = two(
        "路网上相距 0.5–8 公里、绕行 2 倍以上的两点;长度按直线 × 1.15、车速与造价按等级假定;"
        "没有看地形、征地与规划,只是线索。各条单独估值,不能相加。",
        "Pairs of road nodes 0.5–8 km apart with a detour of 2 or more; length is the straight line × 1.15, speed and cost by class, all "
        "assumed. Terrain, land and plans were not looked at: these are leads. Each is valued alone; they do not add up.",
    )
    again = tag("p", note, " ", command(report, "missing"), class_="note")
    return section("missing", title, again, frame_table(frame.reset_index(), columns, many=0))


def tasks(report: Report) -> Markup:
    """The plan's register, late tasks first, and what each buys."""
    title = two("规划任务", "The plan's tasks")
    if report.building is None:
        return left_out(report, "tasks", title, "projects")
    frame = report.building.register
    if len(frame):
        late = frame[(frame["slip_months"] > 0) & (frame["actual_end"] == "")]
        n, most = len(late), f"{late['slip_months'].max():.0f}" if len(late) else "0"
        title = two(
            f"{len(frame)} 项规划任务中 {n} 项过了目标日期仍未见完成,最久的已晚 {most} 个月",
            f"{n} of {len(frame)} tasks of the plan are past their target and not known to be done, the latest by {most} months",
        )
    columns: dict[str, Any] = {
        "=name": (say("name"), lambda row: Cell(frames.named_both()(row), heads=True)),
        "responsible_unit": (two("责任单位", "responsible"), frames.source),
        "partners": (two("配合单位", "partners"), frames.source),
        "=cost": (say("cost"), frames.cost),
        "planned_end": (two("目标", "planned end"), _said),
        "=slip": (two("进度", "slippage"), lambda row: two(text(row["slip_zh"]), text(row["slip"]))),
        "shortfall_person_min": frames.worth("shortfall_person_min"),
        "all_person_min": frames.worth("all_person_min"),
        "=note": (two("说明", "note"), lambda row: two(text(row["note_zh"]), text(row["note"]))),
    }
    note = two(
        "先列过期而有效果的,再列其余过期的。“未见完成”指公开资料里没有完成的日期,不等于没有完成。效果只算数据里有、现在未通的断头路和瓶颈。",
        "Late tasks that buy something first, then other late ones. “Not known to be done”: no source gives a date of completion; it may "
        "be done all the same. What a task buys counts its gaps that are in the data and still shut.",
    )
    return section("tasks", title, tag("p", note, class_="note"), frame_table(frame, columns, many=12))


def _said(value: Any) -> Cell:
    """A date as a source has it; a bare year is no number."""
    return Cell(frames.source(value), css="w")


def dates(report: Report) -> Markup:
    """Dates that are known to the month or year."""
    title = two("只知到月或年的日期", "Dates known to the month or year")
    if report.building is None:
        return section("dates", title, tag("p", two("本页没有这一节。", "Left out of this page."), class_="note"))
    frame: Any = report.building.dates
    n = len(frame)
    title = two(f"{n} 个日期只知到月或年,按其最后一日计", f"{n} dates are known to the month or year alone and count from its last day")
    columns: dict[str, Any] = {
        "=name": (say("name"), lambda row: Cell(frames.named_both()(row), heads=True)),
        "table": (two("类别", "kind"), of(words.DATED)),
        "field": (two("日期", "date of"), of(words.DATE_FIELD)),
        "said": (two("资料所载", "as published"), _said),
        "counts_from": (two("计自", "counts from"), text),
    }
    return section("dates", title, frame_table(frame, columns, many=6))
