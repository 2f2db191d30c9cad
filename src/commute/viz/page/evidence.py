"""The sections that say how far the page can be trusted: claims, fit, trains, assumptions, sources, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from commute.viz.page import frames, words
from commute.viz.page.detail import section
from commute.viz.page.frames import frame_table, of, one_place, plain, ranged, signed, text, whole
from commute.viz.page.html import Cell, Markup, tag, two
from commute.viz.page.numbers import percent, real
from commute.viz.page.words import say, word

if TYPE_CHECKING:
    from commute.model.results.report import Report


def claims(report: Report) -> Markup:
    """Published claims beside what the model says of their own ends, mode and count."""
    frame = report.claims
    sources: Any = report.net.sources["text"]
    counts: dict[str, int] = {str(k): int(v) for k, v in frame["verdict"].value_counts().items()} if len(frame) else {}
    told_zh = "、".join(f"{words.VERDICT.get(k, (k, k))[0]} {v}" for k, v in counts.items())
    told_en = ", ".join(f"{v} {words.VERDICT.get(k, (k, k))[1]}" for k, v in counts.items())
    title = two(f"公开说法对照模型:{told_zh or '无'}", f"Claims against the model: {told_en or 'none'}")
    columns: dict[str, Any] = {
        "=claim": (two("说法", "claim"), lambda row: Cell(two(text(row["claim"]), text(row["claim_en"])), heads=True)),
        "=ends": (two("两端", "ends"), lambda row: _ends(report, row)),
        "mode": (say("mode"), of(words.MODE | OTHER_MODE)),
        "count": (say("count"), of(words.COUNT)),
        "day": (say("date"), text),
        "claimed_min": (two("说法(分)", "claimed, min"), whole),
        "model_min": (two("模型(分)", "model, min"), whole),
        "verdict": (two("对照", "verdict"), of(words.VERDICT)),
        "=note": (two("说明", "note"), frames.noted()),
        "source": (say("source"), lambda one: frames.source(sources.get(one, one))),
    }
    return section("claims", title, frame_table(frame, columns, many=10))


def _ends(report: Report, row: Any) -> Markup:
    """Both ends of a claim: an area's name, or places."""
    found = [word(words.AREA | ANOTHER, row[side]) for side in ("from_name", "to_name")]
    return Markup(f"{found[0]} → {found[1]}")


def fit(report: Report, picture: Markup) -> Markup:
    """How well published times are reproduced, by basis, then each."""
    frame, summary = report.fit, report.fit_summary
    title = two(_fit_answer(frame, "zh"), _fit_answer(frame, "en"))
    known: dict[str, Any] = {
        "basis": (say("basis"), of(words.BASIS)),
        "role": (two("用途", "role"), of(ROLE)),
        "mode": (say("mode"), of(words.MODE | OTHER_MODE)),
        "n": (two("个数", "n"), whole),
        "n_modelled": (two("可比个数", "modelled"), whole),
        "median_error_min": (two("误差中位数(分)", "median error, min"), signed),
        "median_abs_error_min": (two("绝对误差中位数(分)", "median |error|, min"), one_place),
        "worst_abs_error_min": (two("最大(分)", "worst, min"), one_place),
        "within_10_share": (two("误差 ≤10%", "within 10%"), percent),
        "bounds_held_share": (two("符合界限", "bounds held"), percent),
    }
    each: dict[str, Any] = {
        "=ends": (two("两端", "ends"), lambda row: Cell(_timed(row), heads=True)),
        "mode": known["mode"],
        "count": (say("count"), of(words.COUNT)),
        "when": (two("时段", "when"), of(WHEN)),
        "pattern": (two("停站", "pattern"), of(PATTERN)),
        "date": (say("date"), text),
        "basis": known["basis"],
        "role": known["role"],
        "bound": (two("界限", "bound"), of(BOUND)),
        "published_min": (two("公布(分)", "published, min"), whole),
        "=model": (two("模型(分)", "model, min"), ranged("model_min", "model_low_min", "model_high_min")),
        "error_min": (say("error"), signed),
        "confidence": (say("confidence"), frames.confidence),
        "=note": (two("说明", "note"), lambda row: two(frames.source(row.get("note_zh", row["note"])), frames.source(row["note"]))),
    }
    by = frame_table(summary.reset_index(drop=True), known, many=0)
    return section("fit", title, by, tag("div", picture, class_="chart"), frame_table(frame, each, many=8))


def _timed(row: Any) -> Markup:
    """Both ends of a published time; in Chinese alone where the data have no English name."""
    zh, en = ([row.get(f"{side}_name{tail}") or row[f"{side}_name"] for side in ("from", "to")] for tail in ("", "_en"))
    return two(" → ".join(zh), " → ".join(en))


def _fit_answer(frame: Any, lang: str) -> str:
    """The errors in words, of what is only compared apart from what the model was calibrated on."""
    said = []
    for role, zh, en in (("comparison", "未用于标定的", "not calibrated on"), ("calibration", "标定用的", "calibrated on")):
        error = frame.loc[frame["role"] == role, "error_min"].dropna() if len(frame) else frame
        if len(error):
            half, worst = f"{max(1.0, error.abs().median()):.0f}", f"{error.abs().max():.0f}"
            told_zh = f"{zh} {len(error)} 个公布时间一半在 ±{half} 分内,最大 {worst} 分"
            said.append(told_zh if lang == "zh" else f"{len(error)} published times {en}: half within ±{half} min, worst {worst}")
    return (";" if lang == "zh" else "; ").join(said) or ("对公布时间的拟合" if lang == "zh" else "Fit to published times")


ANOTHER = {"another city's centre": ("另一城市的中心", "another city's centre")}
OTHER_MODE = {"rail": ("铁路", "rail"), "bus": ("公交车", "bus")}
ROLE = {"calibration": ("标定", "calibration"), "comparison": ("对照", "comparison")}
WHEN = {
    "free": ("畅通", "free"),
    "am_peak": ("早高峰", "a.m. peak"),
    "pm_peak": ("晚高峰", "p.m. peak"),
    "off_peak": ("平峰", "off peak"),
    "any": ("不限", "any"),
}
PATTERN = {
    "fastest": ("最快", "fastest"),
    "typical": ("一般", "typical"),
    "all_stops": ("站站停", "all stops"),
    "limited_stop": ("大站", "limited"),
}
TIMED = {
    "imports": ("加载程序", "imports"),
    "computing": ("计算", "computing"),
    "drawing": ("绘图", "drawing"),
    "redistributions": ("人口再分配", "redistributions"),
}
BOUND = {"equals": ("=", "="), "at_most": ("≤", "≤"), "at_least": ("≥", "≥"), "about": ("约", "about")}


def trains(report: Report) -> Markup:
    """Trains a day at each station, by timetable period."""
    frame = report.trains
    if not len(frame):
        return section("trains", two("每天停靠列车", "Trains a day"), tag("p", say("nothing")))
    last = frame.columns[-1]
    top, idle = frame.iloc[0], int((frame[last] < 0.5).sum())
    title = two(
        f"{last} 起每个工作日:{report.name(top['stop'], 'zh')} {top[last]:.0f} 对最多,{idle} 个车站不停车",
        f"A working day from {last}: most at {report.name(top['stop'], 'en')}, {top[last]:.0f} pairs; {idle} stations have none",
    )
    columns: dict[str, Any] = {"stop": (two("车站", "station"), lambda one: two(report.name(one, "zh"), report.name(one, "en")))}
    columns |= {name: (name, _trains) for name in frame.columns if name != "stop"}
    note = two(
        "由各时期停站方案与间隔算得(两个方向的平均);发车分钟未公布。",
        "From each period's stop patterns and headways (mean of both directions); departure minutes are not published.",
    )
    return section("trains", title, tag("p", note, class_="note"), frame_table(frame, columns, many=0))


def _trains(value: Any) -> str:
    number = real(value)
    return "—" if number is None or number < 0.05 else f"{number:.3g}"


def assumptions(report: Report) -> Markup:
    """Every constant with low, central, high, its source and how far it is to be trusted."""
    constants = report.net.constants.reset_index()
    sources: Any = report.net.sources["text"] if len(report.net.table("source")) else {}
    constants["source"] = [sources.get(one, one) for one in constants["source_id"]]
    constants["_order"] = constants["basis"].map({"assumed": 0, "calibrated": 1, "published": 2}).fillna(3)
    n = int((constants["basis"] == "assumed").sum())
    columns: dict[str, Any] = {
        "name": (say("name"), lambda one: Cell(tag("code", one), heads=True)),
        "low": (say("low"), plain),
        "central": (say("central"), plain),
        "high": (say("high"), plain),
        "unit": (say("unit"), text),
        "favourable": (two("有利一端", "shorter at"), of({"low": ("低", "low"), "high": ("高", "high")})),
        "basis": (say("basis"), lambda one: tag("span", word(words.BASIS, one), class_="doubted" if one == "assumed" else None)),
        "confidence": (say("confidence"), frames.confidence),
        "source": (say("source"), frames.source),
    }
    title = two(
        f"{len(constants)} 个常数中 {n} 个是假定(△),其余为标定或公布",
        f"{n} of {len(constants)} constants are assumed (△), the others calibrated or published",
    )
    note = two(
        "△ 假定的输入,※ 可信度低。结论在有利、中、不利三组常数下各判一次,不一致即为“存疑”。",
        "△ assumed input, ※ low confidence. The verdict is reached at favourable, central and unfavourable constants; "
        "where they differ it is in doubt.",
    )
    ordered = constants.sort_values(["_order", "name"])
    return section("assumptions", title, tag("p", note, class_="note"), frame_table(ordered, columns, many=14))


def sources(report: Report) -> Markup:
    """Where the data come from, and under which licence."""
    frame = report.net.table("source")
    title = two(f"{len(frame)} 个来源", f"{len(frame)} sources")
    columns: dict[str, Any] = {
        "source_id": (two("编号", "id"), text),
        "text": (say("source"), frames.source),
        "kind": (two("性质", "kind"), of(words.BASIS)),
        "licence": (two("许可", "licence"), frames.source),
    }
    return section("sources", title, frame_table(frame, columns, many=6))


def files(report: Report, listed: Mapping[str, str], timings: Sequence[tuple[str, float]]) -> Markup:
    """Links to the tables and maps beside the page, and how long it took."""
    about = report.about
    items = [tag("li", tag("a", name, href=path)) for name, path in listed.items()]
    made = tag("li", two("路网指纹", "network hash"), " ", tag("code", report.net.hash))
    version = tag("li", "commute ", str(about.get("version", "")))
    spent = [tag("li", word(TIMED, name), f" {seconds:.1f} s") for name, seconds in timings if real(seconds) is not None]
    title = two("数据表与图", "Tables and figures")
    return section("files", title, tag("ul", *items, class_="files"), tag("ul", made, version, *spent, class_="note"))
