"""The sections of a full report: plans compared, openings by date, what holds the circle together, what it would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commute.viz.page import frames, words
from commute.viz.page.building import left_out
from commute.viz.page.detail import section
from commute.viz.page.frames import count, frame_table, many_minutes, of, plain, text, whole
from commute.viz.page.html import Cell, Markup, join, tag, two
from commute.viz.page.numbers import minutes, person_minutes
from commute.viz.page.words import say, word

if TYPE_CHECKING:
    from commute.model.results.report import Report

FULL = two(";或整份报告加", "; or the whole report with")


def _not_asked(report: Report, ident: str, title: Markup, verb: str) -> Markup:
    return left_out(report, ident, title, verb, FULL, " ", tag("code", "--full"))


def plans(report: Report, picture: Markup) -> Markup:
    """The network held against plans: a sentence each, the table for a paper, maps."""
    title = two("各方案能带来什么", "What the plans would change")
    if report.further is None:
        return _not_asked(report, "plans", title, "compare metro_style plan_2030")
    seen = report.further.comparison
    if seen is None:
        return section("plans", title, tag("p", say("nothing")))
    best = str(seen.summary.loc[list(seen.others), "people_gaining"].idxmax())
    title = two(f"各方案中 {seen.names[best][0]} 让最多的人变快", f"Of the plans, {seen.names[best][1]} makes most people faster")
    told = [tag("li", two(seen.sentence(one, "zh"), seen.sentence(one, "en"))) for one in seen.others]
    papers = [_paper(seen.paper(lang), lang) for lang in ("zh", "en")]
    return section("plans", title, tag("ul", *told), *papers, tag("div", picture))


def _paper(frame: Any, lang: str) -> Markup:
    """The table for a paper in its one language, all of it left-aligned, since its cells are figures with ranges in words."""
    first, *rest = (str(name) for name in frame.columns)
    columns: dict[str, Any] = {first: (first, lambda one: Cell(text(one), heads=True))}
    columns |= {name: (name, lambda one: Cell(text(one))) for name in rest}
    return tag("div", frame_table(frame, columns, many=0), lang=lang)


def openings(report: Report, picture: Markup) -> Markup:
    """What opened when, and what each opening gave."""
    title = two("每次通车贡献了什么", "What each opening gave")
    if report.further is None:
        return _not_asked(report, "openings", title, "timeline")
    frame = report.further.timeline.openings
    named = frame[frame["kind"].isin(("road", "line"))]
    if len(named) and named["shortfall_person_min"].max() > 0:
        top: Any = named.sort_values("shortfall_person_min", ascending=False, kind="stable").iloc[0]
        title = two(
            f"历次通车中贡献最大的是{top['name_zh']}({str(top['opens'])[:7]})",
            f"Of all openings {top['name_en']} gave most ({str(top['opens'])[:7]})",
        )
    columns: dict[str, Any] = {
        "=name": (say("name"), lambda row: Cell(frames.named_both()(row), heads=True)),
        "kind": (two("类别", "kind"), of(words.OPENING)),
        "opens": (two("通车", "opened"), lambda one: Cell(text(one), css="w")),
        "=between": (two("时段", "between"), lambda row: Cell(f"{row['from_date']} – {row['to_date']}", css="w")),
        "shortfall_person_min": frames.worth("shortfall_person_min"),
        "shortfall_person_min_alone": (two("若只有它(万人·分)", "had it come alone"), many_minutes),
        "all_person_min": frames.worth("all_person_min"),
    }
    note = two(
        "一时段内各行之和等于该时段的全部变化(沙普利值);人口始终用 2020 年普查。",
        "The rows of an interval sum to its whole change (Shapley values); people are those of 2020 throughout.",
    )
    ordered = frame.sort_values(["to_date", "shortfall_person_min"], ascending=[True, False], kind="stable")
    moves = ordered[ordered[["shortfall_person_min", "all_person_min"]].abs().max(axis=1) >= 1]
    idle = len(ordered) - len(moves)
    rest = two(
        f"另有 {idle} 行没有效果,见 tables/timeline_openings.csv。", f"{idle} more rows moved nothing: tables/timeline_openings.csv."
    )
    shown = frame_table(moves, columns, many=14)
    return section(
        "openings", title, tag("p", note, class_="note"), tag("div", picture, class_="chart"), shown, tag("p", rest, class_="note")
    )


def critical(report: Report) -> Markup:
    """The links and stations whose loss costs most."""
    title = two("哪些路段和车站断了损失最大", "Which links and stations hold the circle together")
    if report.further is None:
        return _not_asked(report, "critical", title, "critical")
    frame = report.further.critical
    if len(frame):
        top = frame.iloc[0]
        worth = person_minutes(top["shortfall_person_min"])
        title = join(
            [
                two(
                    f"断了损失最大的是 {top['name_zh'] or top['between_zh']}:超时增加 ",
                    f"The worst loss is {top['name_en'] or top['between_en']}: ",
                ),
                worth,
                two(" 万人·分", " thousand person-min more shortfall"),
            ]
        )
    columns: dict[str, Any] = {
        "rank": (two("名次", "rank"), lambda one: Cell(whole(one), css="n")),
        "=name": (say("name"), lambda row: Cell(frames.named_both()(row), heads=True)),
        "=between": (two("区间", "between"), _between),
        "shortfall_person_min": (two("超时增加(万人·分)", "more shortfall, thousand person-min"), many_minutes),
        "people_leaving": (two("出圈的人", "people who drop out"), count),
        "people_cut_off": (two("无路可走的人", "people cut off"), count),
        "people_slower": (two("变慢的人", "people slower"), count),
    }
    tables = [
        frame_table(part, columns, caption=word(words.FAILS, kind), many=8) for kind, part in frame.groupby("what", sort=False)
    ] if len(frame) else [tag("p", say("nothing"), class_="nothing")]  # fmt: skip
    notes = frame[["note_zh", "note"]].drop_duplicates() if len(frame) else frame
    said = [tag("p", two(text(zh), text(en)), class_="note") for zh, en in notes.itertuples(index=False)] if len(frame) else []
    return section("critical", title, *said, *tables)


def _between(row: Any) -> Markup:
    """The ends of a link, where its name does not say them already."""
    ends = [text(row[f"between_{lang}"]) for lang in ("zh", "en")]
    named = [text(row[f"name_{lang}"]) for lang in ("zh", "en")]
    return two(*("" if end == name else end for end, name in zip(ends, named, strict=True)))


def required(report: Report) -> Markup:
    """What each lever would have to give for the pairs of centres that fail."""
    limit = report.check.target.minutes
    title = two(f"要多大的改变才能到 {limit:g} 分钟", f"What it would take to reach {limit:g} min")
    if report.further is None:
        return _not_asked(report, "required", title, "required --lever headway --pair 五一广场 湘潭建设路口")
    frame, unasked = report.further.required, report.further.unasked
    if len(frame):
        frame = frame.sort_values("remaining_min", kind="stable")  # what can be met first, then what comes nearest
        n = int((frame["state"] != "cannot be met by this lever").sum())
        title = two(
            f"单靠一项措施要到 {limit:g} 分钟:{len(frame)} 种中 {n} 种做得到",
            f"One lever alone to reach {limit:g} min: {n} of {len(frame)} cases can be met",
        )
    columns: dict[str, Any] = {
        "=from": (say("from"), lambda row: Cell(frames.named_both("from_name_zh", "from_name_en")(row), heads=True)),
        "=to": (say("to"), frames.named_both("to_name_zh", "to_name_en")),
        "lever": (two("单靠", "by"), of(words.NEEDS)),
        "=state": (two("结论", "verdict"), lambda row: two(text(row["state_zh"]), text(row["state"]))),
        "=value": (two("需要", "needed"), lambda row: _valued(row, "value")),
        "=now": (two("现在", "today"), lambda row: _valued(row, "value_now")),
        "=best": (two("做到头", "all it gives"), lambda row: _valued(row, "best_value")),
        "minutes_now": (two("现在(分)", "today, min"), whole),
        "=end": (two("做到头(分)", "at best, min"), lambda row: minutes(row["minutes_at_best"])),
        "remaining_min": (two("仍超(分)", "still over, min"), whole),
        "remaining_leg": (two("主要剩在", "mostly"), of(words.LEG)),
    }
    notes = frame[["lever", "note_zh", "note"]].drop_duplicates("lever") if len(frame) else frame
    said = [
        tag("li", word(words.NEEDS, row["lever"]), two(":", ": "), two(text(row["note_zh"]), text(row["note"])))
        for _, row in notes.iterrows()
    ]
    said += [tag("li", word(words.NEEDS, lever), two(":", ": "), two(zh, en)) for lever, (zh, en) in unasked.items()]
    return section("required", title, frame_table(frame, columns, many=12), tag("ul", *said, class_="note"))


def _valued(row: Any, name: str) -> Markup:
    if row[name] != row[name]:
        return Markup("—")
    shown = plain(float(f"{row[name]:.3g}"))
    return two(f"{shown} {text(row['unit_zh'])}", f"{shown} {text(row['unit'])}")
