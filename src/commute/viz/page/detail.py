"""The sections below the first screen that answer in more detail: pairs, people, maps, levers, growth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from commute.viz.page import frames, words
from commute.viz.page.first import LEGS, best_levers, named, pair_name
from commute.viz.page.frames import frame_table, of, ranged, shared, signed, text, whole
from commute.viz.page.html import Markup, join, tag, two
from commute.viz.page.numbers import percent, real, saving
from commute.viz.page.words import say, word

if TYPE_CHECKING:
    import pandas as pd

    from commute.model.results.report import Report


def section(ident: str, title: object, *inside: object) -> Markup:
    """A section with its heading."""
    return tag("section", tag("h2", title), *inside, id=ident, class_="more")


def pairs(report: Report) -> Markup:
    """Each pair of centres, parks and hubs with its legs and slack."""
    frame = report.journeys
    limit = report.check.target.minutes
    n, within = len(frame), int((frame["minutes"] <= limit).sum()) if len(frame) else 0
    title = two(
        f"{n} 对中心、园区、枢纽中有 {within} 对在 {limit:g} 分钟内",
        f"{within} of {n} pairs of centres, parks and hubs take at most {limit:g} min",
    )
    columns: dict[str, Any] = {
        "from_id": (say("from"), lambda one: named(report, one)),
        "to_id": (say("to"), lambda one: named(report, one)),
        "mode": (say("mode"), of(words.MODE)),
        "=minutes": (say("minutes"), ranged()),
        "slack_min": (say("slack"), signed),
        "worst_leg": (say("worst"), of(words.LEG)),
    } | {f"{leg}_min": (word(words.LEG, leg), frames.shown) for leg in LEGS}
    tables = [
        join([tag("h3", word(words.KIND, kind)), frame_table(part, columns, many=18 if kind == "centre" else 8)])
        for kind, part in frame.groupby("kind", sort=False)
    ]
    note = two(
        "分钟为中位值,括号内为有利与不利常数下的范围;各段之和等于合计。",
        "Minutes are medians, with the range at favourable and unfavourable constants; parts sum to the total.",
    )
    return section("pairs", title, tag("p", note, class_="note"), *(tables or [tag("p", say("nothing"))]))


def people(report: Report) -> Markup:
    """Shares of people by area, limit and kind of centre, and by single centre, as ranges."""
    check = report.check
    limit = check.target.minutes
    share, needed = check.people_share, real(check.minutes_needed.central)
    about = f"{percent(share.central)} ({percent(share.low).rstrip('%')}–{percent(share.high)})"
    zh, en = f"{limit:g} 分钟内约 {about} 的人能到另一城市中心", f"About {about} of people reach another city's centre in {limit:g} min"
    if needed is not None:
        zh, en = f"{zh};{check.target.share:.0%} 的人需要 {needed:.0f} 分钟", f"{en}; {check.target.share:.0%} need {needed:.0f} min"
    first: dict[str, Any] = {"area": (say("area"), of(words.AREA)), "inside": (say("to"), of(words.INSIDE))}
    kinds = frame_table(_wide(check.shares, ["area", "inside"]), _share_columns(first, check.shares), many=0)
    each: Markup = Markup("")
    if len(report.centre_shares):
        heads = {"centre_id": (say("to"), lambda one: named(report, one)), "area": (say("area"), of(words.AREA))}
        each = frame_table(_wide(report.centre_shares, ["centre_id", "area"]), _share_columns(heads, report.centre_shares), many=0)
    other = check.alternatives
    seats = frame_table(
        other,
        {
            "role": (two("以何为中心", "centre taken as"), of(words.ROLE)),
            "centres": (say("name"), text),
            "share": (two(f"≤{limit:g} 分", f"within {limit:g} min"), percent),
            "minutes_needed": (two(f"{check.target.share:.0%} 的人需", f"{check.target.share:.0%} need, min"), whole),
        },
    ) if len(other) else Markup("")  # fmt: skip
    half = check.about.get("minutes_needed_at", {})
    said = "、".join(f"{part:.0%}: {whole(one.central)}" for part, one in half.items())
    zh_other = f"要求的份额是假定;换成 {said} 分钟。" if said else ""
    en_other = f"The share asked for is assumed; minutes needed at other shares: {said}." if said else ""
    note = two(
        f"范围:200 次县内人口再分配(总数不变,离差 22%)与常数高低值;98.7% 的街镇人口为推算。{zh_other}",
        "Ranges: 200 redistributions of people inside counties (totals fixed, spread 22%) and the low and high constants; "
        f"98.7% of the people of subdistricts are derived. {en_other}",
    )
    return section("people", two(zh, en), tag("p", note, class_="note"), kinds, tag("h3", two("每个中心", "Each centre")), each,
                   tag("h3", two("换一个中心点", "Other points as the centre")), seats)  # fmt: skip


def _wide(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """A row a key; columns share_30, share_30_low … of each limit."""
    frame = frame.assign(minutes=frame["minutes"].astype(int))
    parts: list[Any] = [frame.pivot_table(index=keys, columns="minutes", values=name, sort=False) for name in ("share", "low", "high")]
    for part, end in zip(parts, ("", "_low", "_high"), strict=True):
        part.columns = [f"share_{limit}{end}" for limit in part.columns]
    wide: pd.DataFrame = parts[0].join(parts[1:]).reset_index()
    return wide


def _share_columns(first: dict[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    limits = sorted(frame["minutes"].astype(int).unique())
    each = {
        f"={limit}": (two(f"≤{limit} 分", f"≤{limit} min"), shared(f"share_{limit}", f"share_{limit}_low", f"share_{limit}_high"))
        for limit in limits
    }
    return first | each


def maps(report: Report, pictures: Mapping[str, Markup]) -> Markup:
    """Isochrones of the centres, each with the people and ground inside."""
    shown = []
    for origin, mode in dict.fromkeys(
        sorted(zip(report.isochrones["origin_id"], report.isochrones["mode"], strict=True), key=lambda one: one[0])
    ):
        part = report.isochrones[(report.isochrones["origin_id"] == origin) & (report.isochrones["mode"] == mode)]
        row = {float(m): (p, a) for m, p, a in zip(part["minutes"], part["people"], part["area_km2"], strict=True)}
        limit = 30.0 if 30.0 in row else min(row)
        inside, ground = row[limit]
        zh, en = report.name(origin, "zh"), report.name(origin, "en")
        mode_zh, mode_en = words.MODE.get(mode, (mode, mode))
        told = two(
            f"{zh},{mode_zh}:{limit:g} 分钟内 {inside / 1e4:.0f} 万人,{ground:,.0f} km²",
            f"{en}, {mode_en}: {inside / 1e6:.2f} million people, {ground:,.0f} km² in {limit:g} min",
        )
        shown.append(tag("figure", tag("figcaption", told), pictures.get(f"isochrone_{mode}_{origin}", "")))
    gaps = pictures.get("gaps")
    if gaps:
        shown.append(tag("figure", tag("figcaption", gap_answer(report)), gaps, class_="across"))
    title = two("等时圈:粗线为 30 分钟,虚线为未通的断头路,斜线为存疑", "Isochrones: thick line 30 minutes, dashes gaps, hatching doubt")
    return section("maps", title, tag("div", *shown, class_="maps"))


def gap_answer(report: Report) -> Markup:
    """How many gaps there are, and how many are open."""
    rows = report.net.table("gap")
    is_open = len(report.net.in_use("gap"))
    low = int((rows["confidence"] == "low").sum())
    return two(
        f"断头路、瓶颈路和规划路 {len(rows)} 条,已通 {is_open} 条;{low} 条位置可信度低",
        f"{len(rows)} gaps, bottlenecks and planned roads, {is_open} open; {low} of low confidence",
    )


def levers(report: Report) -> Markup:
    """Failing pairs and what each needs most."""
    frame = report.levers
    columns: dict[str, Any] = {
        "=pair": (say("pair"), lambda row: two(*pair_name(report, str(row["from_id"]), str(row["to_id"]), "→"))),
        "kind": (two("类别", "kind"), of(words.LEVER)),
        "=name": (say("measure"), frames.named_both()),
        "saves_min": (two("最快方式省(分)", "saves by the fastest mode, min"), saving),
        "saves_mode_min": (two("该方式省(分)", "saves by its own mode, min"), saving),
        "lever_mode": (say("mode"), of(words.MODE)),
        "minutes_after": (two("之后最快(分)", "fastest after, min"), whole),
        "=cost": (say("cost"), frames.cost),
        "confidence": (say("confidence"), frames.confidence),
        "=note": (two("说明", "note"), frames.noted()),
    }
    pairs = report.check.pairs
    n = int((pairs["minutes"] > report.check.target.minutes).sum())
    zh, en = f"{len(pairs)} 个方向中 {n} 个不达标", f"{n} of {len(pairs)} directions fail"
    top = best_levers(frame)
    if len(top):
        best = top.iloc[0]
        zh += f";单项最多省 {best['saves_best']:.0f} 分钟({best['name_zh'] or best['name_en']})"
        en += f"; the best single measure saves {best['saves_best']:.0f} min ({best['name_en'] or best['name_zh']})"
    useful, idle = _split(frame)
    rest_zh, rest_en = (
        f"另有 {idle} 行试过,省不到半分钟,见 tables/levers.csv。",
        f"{idle} more rows were tried and save under half a minute: tables/levers.csv.",
    )
    tried = tag("p", two(rest_zh, rest_en), class_="note") if idle else ""
    return section("levers", two(zh, en), frame_table(useful, columns, many=14), tried)


def _split(levers: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The levers that move a pair by half a minute or more, and how many do not."""
    if not len(levers):
        return levers, 0
    moves = levers[["saves_min", "saves_mode_min"]].abs().max(axis=1) >= 0.5
    return levers[moves], int((~moves).sum())


def _best_by(name: str) -> frames.Written:
    """Minutes of a pair with the mode that is fastest, and those by public transport where that is another."""

    def written(row: Any) -> Markup:
        mode, train = row[f"{name} mode"], row.get(f"{name} transit")
        shown = Markup(f"{whole(row[name])} {tag('small', word(words.MODE, mode))}")
        if mode == "transit" or real(train) is None:
            return shown
        return Markup(f"{shown}{tag('small', two('·公交', ' · transit'), ' ')}{whole(train)}")

    return written


def growth(report: Report, picture: Markup) -> Markup:
    """How the circle grew, and what the plans would add."""
    frame: Any = report.growth
    if not len(frame):
        return section("growth", two("圈的变化", "How the circle grew"), tag("p", say("nothing")))
    share, first = report.check.target.share, frame.iloc[0]
    known = frame[frame["scenario"] == ""] if "scenario" in frame else frame
    now, best = known.iloc[-1], frame.loc[frame["minutes_needed"].idxmin()]
    zh = f"{share:.0%} 的人所需:{first['date']} 为 {whole(first['minutes_needed'])} 分钟,{now['date']} 为 {whole(now['minutes_needed'])}"
    then, today = whole(first["minutes_needed"]), whole(now["minutes_needed"])
    en = f"What {share:.0%} of people need: {then} min on {first['date']}, {today} on {now['date']}"
    title = two(
        f"{zh};最好的一行({best['label_zh']}){whole(best['minutes_needed'])} 分钟,圈内人口 {percent(best['share'])}",
        f"{en}; at best ({best['label_en']}) {whole(best['minutes_needed'])}, with {percent(best['share'])} of people inside",
    )
    english = _english_pairs(report)
    pairs = [name.removesuffix(" mode") for name in frame.columns if name.endswith(" mode")]
    others: dict[str, Any] = {f"={name}": (two(name, english.get(name, name)), _best_by(name)) for name in pairs}
    columns: dict[str, Any] = {
        "date": (say("date"), text),
        "=label": (say("name"), frames.named_both("label_zh", "label_en")),
        "state": (two("结论", "verdict"), of(words.STATE)),
        "=share": (two("圈内的人", "people inside"), shared("share", "share_low", "share_high")),
        "minutes_needed": (two("达标需(分)", "needed, min"), whole),
        **others,
        "=opened": (two("此前新通", "opened since"), lambda row: two(text(row["opened"]), text(row.get("opened_en", row["opened"])))),
    }
    note = two(
        "人口始终用 2020 年普查,变化只来自路网。各行按中值常数计算,范围只含人口再分配;常数范围见人口一节。",
        "People are those of 2020 throughout, so what changes is the network. Rows are at central constants, their ranges from "
        "redistributed people alone; the range over constants is in the section on people.",
    )
    return section("growth", title, tag("p", note, class_="note"), tag("div", picture, class_="chart"), frame_table(frame, columns, many=0))


def _english_pairs(report: Report) -> dict[str, str]:
    """The columns of a pair in `growth`, named by two Chinese names in order, in English."""
    found = {}
    for _, row in report.check.pairs.iterrows():
        ends = sorted([(row["from_name"], row["from_name_en"]), (row["to_name"], row["to_name_en"])])
        found[f"{ends[0][0]} – {ends[1][0]}"] = f"{ends[0][1]} – {ends[1][1]}"
    return found
