"""The first screen: one sentence, one table, the map, why, what to do, the floor, the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from commute.model.results.screen import ANSWERS
from commute.viz import palette
from commute.viz.page import words
from commute.viz.page.frames import cost
from commute.viz.page.html import EMPTY, Markup, both, join, tag, two
from commute.viz.page.numbers import NONE, minutes, percent, real, saving, whole
from commute.viz.page.strips import key, leg_bar, share_bar, strip, swatch
from commute.viz.page.words import say, word

if TYPE_CHECKING:
    from commute.model.results.report import Report

LEGS = ("access", "entry", "wait", "ride", "transfer", "egress", "parking")
COUNTS = ("in_vehicle", "station_to_station", "door_to_door")
STATE_CSS = {"holds": "holds", "fails": "fails", "in_doubt": "doubt"}


def named(report: Report, ident: str) -> Markup:
    """An id's name in both languages."""
    return two(report.name(ident, "zh"), report.name(ident, "en"))


def pair_name(report: Report, origin: str, destination: str, arrow: str = "–") -> tuple[str, str]:
    """A pair of places in Chinese and English."""
    zh, en = (arrow.join((report.name(origin, lang), report.name(destination, lang))) for lang in ("zh", "en"))
    return zh, en.replace(arrow, f" {arrow} ")


def mark(report: Report, name: str, confidence: str = "assumed") -> Markup:
    """The small mark of an assumed or doubtful input; it leads to its source."""
    told = both(*words.CONFIDENCE.get(confidence, (confidence, confidence)))
    title = f"{both('输入为', 'input')}: {told}"
    return tag("a", "△" if confidence == "assumed" else "※", class_="doubted", href=f"#{name}", title=title)


def first_screen(report: Report, map_picture: Markup) -> Markup:
    """The whole first screen; `map_picture` is the image of the circle."""
    state = report.check.state
    sentence = tag(
        "p", tag("strong", two(ANSWERS["zh"][state], ANSWERS["en"][state]), class_=f"state {STATE_CSS[state]}"), " ",
        two(_body(report, "zh"), _body(report, "en")), mark(report, "assumptions"), class_="sentence",
    )  # fmt: skip
    where = tag("figure", tag("h2", where_holds(report)), map_picture, class_="map")
    return tag(
        "section",
        tag("div", sentence, class_="said"),
        tag("div", main_table(report), class_="table"),
        where,
        tag("div", why(report), class_="why"),
        tag("div", to_do(report), class_="do"),
        tag("div", floor(report), class_="floor"),
        tag("p", tag("b", say("definition")), " ", two(report.check.definition_zh, report.check.definition), class_="definition"),
        class_="first", id="answer", aria_label=both("结论", "the answer"),
    )  # fmt: skip


def _body(report: Report, lang: str) -> str:
    """The sentence without the verdict that already stands before it."""
    return report.screen.sentence(lang).removeprefix(ANSWERS[lang][report.check.state]).lstrip(" 。.")


def main_table(report: Report) -> Markup:
    """Pairs and people × counts × modes, with marks on a line of minutes and bars of shares."""
    frame: Any = report.screen.table
    limit = report.check.target.minutes
    modes = [mode for mode in palette.MODES if mode in set(frame["mode"])]
    heads = [tag("th", say("pair"), scope="col"), tag("th", say("count"), scope="col")]
    heads += [tag("th", key(mode), word(words.MODE, mode), scope="col") for mode in modes]
    heads.append(tag("th", say("line", limit=f"{limit:g}"), scope="col", class_="wide"))
    people = frame["row"] == "people"
    rows: list[Markup] = []
    for (origin, destination), part in frame[~people].groupby(["from_id", "to_id"], sort=False):
        counts = [one for one in COUNTS if one in set(part["count"])]
        for k, count in enumerate(counts):
            here = part[part["count"] == count].set_index("mode")
            zh, en = pair_name(report, str(origin), str(destination))
            first = tag("th", two(zh, en), scope="rowgroup", rowspan=len(counts)) if k == 0 else EMPTY
            cells = [_time_cell(here.loc[mode] if mode in here.index else None, limit) for mode in modes]
            times = {mode: float(here.at[mode, "minutes"]) for mode in modes if mode in here.index}
            title = "; ".join(f"{both(*words.MODE[mode])} {whole(value)}" for mode, value in times.items())
            drawn = tag("td", strip(times, title, limit), class_="wide")
            rows.append(
                tag("tr", first, tag("th", word(words.COUNT, count), scope="row"), *cells, drawn, class_="pair" if k == 0 else None)
            )
    rows += _people_rows(report, frame[people], modes)
    caption = tag("caption", table_answer(report))
    top = tag("thead", tag("tr", *heads))
    inner = tag("table", caption, top, tag("tbody", *rows), class_="main")
    return tag("div", inner, class_="scroll", tabindex="0", role="group", aria_label=both("主表", "main table"))


def _time_cell(row: Any, limit: float) -> Markup:
    if row is None or real(row["minutes"]) is None:
        return tag("td", NONE, class_="none")
    value, low, high = float(row["minutes"]), real(row["low"]), real(row["high"])
    low, high = value if low is None else low, value if high is None else high
    css = "doubt" if low <= limit < high else "in" if value <= limit else None
    return tag("td", whole(value), class_=css, title=f"{low:.0f}–{high:.0f} {both('分钟', 'min')}")


def _people_rows(report: Report, people: Any, modes: list[str]) -> list[Markup]:
    target = report.check.target
    here = people[people["count"] == target.count].set_index("mode")
    rows = []
    for k, limit in enumerate((30, 45, 60)):
        cells = []
        for mode in modes:
            found = here.loc[mode] if mode in here.index else None
            if found is None or real(found[f"share_{limit}"]) is None:
                cells.append(tag("td", NONE, class_="none"))
                continue
            value, low, high = (float(found[f"share_{limit}{end}"]) for end in ("", "_low", "_high"))
            cells.append(tag("td", percent(value), title=f"{percent(low)}–{percent(high)}"))
        best = here.loc["best"] if "best" in here.index else None
        drawn: object = EMPTY
        if best is not None:
            ends = [float(best[f"share_{limit}{end}"]) for end in ("", "_low", "_high")]
            drawn = join(
                [
                    share_bar(ends[0], ends[1], ends[2], percent(ends[0])),
                    " ",
                    tag("small", f"{percent(ends[1]).rstrip('%')}–{percent(ends[2])}"),
                ]
            )
        head = tag("th", say("within", limit=limit), mark(report, "people") if k == 0 else EMPTY, scope="row", colspan="2")
        rows.append(tag("tr", head, *cells, tag("td", drawn, class_="wide"), class_="pair" if k == 0 else None))
    return rows


def table_answer(report: Report) -> Markup:
    """What the table says: how many of the pairs hold door to door."""
    frame, target = report.screen.table, report.check.target
    pairs = frame[(frame["row"] != "people") & (frame["count"] == target.count) & (frame["mode"] == "best")]
    n, within = len(pairs), int((pairs["minutes"] <= target.minutes).sum())
    zh, en = words.COUNT[target.count]
    return two(
        f"{n} 对中心中有 {within} 对{zh}在 {target.minutes:g} 分钟内(最快方式,分钟)",
        f"{within} of {n} pairs of centres take at most {target.minutes:g} min {en}, by the fastest mode",
    )


def where_holds(report: Report) -> Markup:
    """Where the circle holds: the districts with the most people inside."""
    zones, limit = report.check.zones, report.check.target.minutes
    inside = (zones["people"] * zones["share_inside"]).rename("inside")
    county = zones["county_code"]
    outlines = {str(f["properties"].get("code")): f["properties"] for f in report.net.layers["district"]["features"]}
    grouped = inside.groupby(county).sum().sort_values(ascending=False)
    totals = zones["people"].groupby(county).sum()
    top = [(outlines[code], value / totals[code]) for code, value in grouped.head(3).items() if code in outlines and value > 0]
    if not top:
        return two(f"没有一个街镇在 {limit:g} 分钟内能到另一城市中心", f"No subdistrict reaches another city's centre in {limit:g} min")
    zh = "、".join(f"{one['name_zh']}({percent(part)})" for one, part in top)
    en = ", ".join(f"{one['name_en'].removesuffix(' District')} ({percent(part)})" for one, part in top)
    return two(f"{limit:g} 分钟内能到另一城市中心的人最多的是{zh}", f"Most of those within {limit:g} min of another centre live in {en}")


def why(report: Report) -> Markup:
    """The legs of the slowest pair, by each way of travelling, with the limit across."""
    pairs: Any = report.check.pairs
    if pairs["minutes"].notna().sum() == 0:
        return join([tag("h2", say("why")), tag("p", say("nothing"))])
    worst = pairs.loc[pairs["minutes"].idxmax()]
    ends = (worst["from_id"], worst["to_id"])
    ways = [worst, *_other_ways(report, ends, str(worst["mode"]))]
    total, limit = float(worst["minutes"]), float(report.check.target.minutes)
    zh, en = pair_name(report, str(ends[0]), str(ends[1]), "→")
    over_zh = f"超 {total - limit:.0f} 分钟" if total > limit else f"余 {limit - total:.0f} 分钟"
    over_en = f"{total - limit:.0f} min over" if total > limit else f"{limit - total:.0f} min to spare"
    zh, en = (
        f"为什么:最慢的{zh}最快也要 {total:.0f} 分钟,{over_zh}",
        f"Why: the slowest pair, {en}, takes {total:.0f} min at best, {over_en}",
    )
    train = next((one for one in ways if one["mode"] == "transit"), None)
    free = _free_car(report, ends)
    if worst["mode"] == "car" and free is not None and total - free >= 1:
        zh, en = f"{zh};拥堵占 {total - free:.0f} 分钟", f"{en}; congestion is {total - free:.0f} of them"
    if train is not None:
        still = float(train["minutes"]) - sum(value for leg, value in _legs(train) if leg == "ride")
        zh, en = f"{zh};公交不在车上 {still:.0f} 分钟", f"{en}; by transit {still:.0f} min are spent off the train"
    longest = max(float(one["minutes"]) for one in ways)
    return join([tag("h2", two(zh, en)), *(_way(one, limit, longest) for one in ways)])


def _way(row: Any, limit: float, longest: float) -> Markup:
    legs, total = _legs(row), float(row["minutes"])
    listed = [tag("li", swatch(f"leg-{leg}"), " ", word(words.LEG, leg), " ", tag("b", whole(value))) for leg, value in legs]
    told = " + ".join(f"{both(*words.LEG[leg])} {value:.0f}" for leg, value in legs)
    name = tag("li", tag("b", word(words.MODE, row["mode"]), " ", minutes(total, row["low"], row["high"])), " =")
    return join([leg_bar(legs, limit, longest, f"{told} = {total:.0f}"), tag("ul", name, *listed, class_="key")])


def _legs(row: Any) -> list[tuple[str, float]]:
    return [(leg, float(row[f"{leg}_min"])) for leg in LEGS if f"{leg}_min" in row and (real(row[f"{leg}_min"]) or 0) > 0]


def _other_ways(report: Report, ends: tuple[str, str], mode: str) -> list[Any]:
    """The journeys of a pair by the other modes, public transport only where there are several."""
    rows: Any = report.journeys
    here = rows[(rows["from_id"] == ends[0]) & (rows["to_id"] == ends[1]) & (rows["mode"] == "transit") & rows["minutes"].notna()]
    return [] if mode == "transit" or not len(here) else [here.iloc[0]]


def _free_car(report: Report, ends: tuple[str, str]) -> float | None:
    """Minutes of a pair by car on free roads, door to door."""
    frame: Any = report.screen.table
    pair = {frozenset(one) for one in [ends]}
    here = frame[(frame["mode"] == "car_free") & (frame["count"] == report.check.target.count)]
    here = here[[frozenset(one) in pair for one in zip(here["from_id"], here["to_id"], strict=True)]]
    return real(here["minutes"].iloc[0]) if len(here) else None


def best_levers(levers: pd.DataFrame) -> pd.DataFrame:
    """A row a lever that saves half a minute or more; `saves_best` is the most on any pair, by the fastest or by its own mode."""
    if not len(levers):
        return levers
    own = levers["saves_mode_min"].fillna(0) if "saves_mode_min" in levers else 0.0
    ranked = levers.assign(saves_best=np.maximum(levers["saves_min"].fillna(0), own), saves_min=levers["saves_min"].fillna(0))
    ranked = ranked[ranked["saves_best"] >= 0.5].sort_values(["saves_min", "saves_best", "lever_id"], ascending=[False, False, True])
    return ranked.drop_duplicates("lever_id")


def _top_three(ranked: pd.DataFrame) -> pd.DataFrame:
    """The two that save most by the fastest mode, and the one that saves most by its own, though another mode stays faster."""
    if len(ranked) <= 3:
        return ranked
    first = ranked.head(2)
    rest = ranked.iloc[2:]
    return pd.concat([first, rest.loc[[rest["saves_best"].idxmax()]]])


def to_do(report: Report) -> Markup:
    """The three levers that save most, minutes each, cost, doubt."""
    top = _top_three(best_levers(report.levers))
    if not len(top):
        nothing = two("怎么办:已列措施中没有一项能省半分钟以上", "What to do: no listed measure saves half a minute")
        return tag("h2", nothing)
    best = top.iloc[0]
    zh, en = best["name_zh"] or best["name_en"], best["name_en"] or best["name_zh"]
    title = two(
        f"怎么办:省得最多的是“{zh}”,{saving(best['saves_best'])} 分钟", f"What to do: “{en}” saves most, {saving(best['saves_best'])} min"
    )
    rows = []
    for _, row in top.iterrows():
        pair = two(*pair_name(report, str(row["from_id"]), str(row["to_id"]), "→"))
        doubt = mark(report, "levers", str(row["confidence"])) if row["confidence"] in ("low", "assumed") else EMPTY
        name = two(row["name_zh"] or row["name_en"], row["name_en"] or row["name_zh"])
        mode = str(row.get("lever_mode", ""))
        by = join([" ", word(words.MODE, mode), ","]) if mode and row["saves_min"] < 0.5 else EMPTY
        more = tag("small", by, " ", pair, ", ", cost(row))
        rows.append(tag("li", tag("b", saving(row["saves_best"])), " ", name, doubt, more))
    return join([tag("h2", title), tag("ol", *rows)])


def floor(report: Report) -> Markup:
    """The straight line, the speed that the limit would need, and what no listed lever removes."""
    rows: Any = report.screen.floor
    limit = report.check.target.minutes
    if not len(rows):
        return join([tag("h2", say("floor")), tag("p", say("nothing"))])
    fastest = rows.loc[rows["speed_needed_kmh"].idxmin()]
    zh, en = pair_name(report, str(fastest["from_id"]), str(fastest["to_id"]))
    least, most = rows["speed_needed_kmh"].min(), rows["speed_needed_kmh"].max()
    title = two(
        f"下限:{limit:g} 分钟要求直线时速 {least:.0f}–{most:.0f} km/h,最可及的是{zh}",
        f"The floor: {limit:g} min needs {least:.0f}–{most:.0f} km/h in a straight line; {en} is the nearest to it",
    )
    body = []
    for _, row in rows.iterrows():
        pair = two(*pair_name(report, str(row["from_id"]), str(row["to_id"])))
        shown = [f"{row['straight_km']:.0f}", f"{row['speed_needed_kmh']:.0f}", whole(row["best_min"]), whole(row["floor_min"])]
        told = both(str(row["why_zh"]), str(row["why"]))
        body.append(tag("tr", tag("th", pair, scope="row"), *(tag("td", one) for one in shown), title=told))
    heads = (
        say("pair"), two("直线 km", "straight km"), two("需 km/h", "km/h needed"), two("现最快", "best now"), two("全做后", "all levers"),
    )  # fmt: skip
    top = tag("thead", tag("tr", *(tag("th", one, scope="col") for one in heads)))
    return join(
        [
            tag("h2", title),
            tag(
                "div",
                tag("table", top, tag("tbody", *body)),
                class_="scroll",
                tabindex="0",
                role="group",
                aria_label=both("下限", "the floor"),
            ),
        ]
    )
