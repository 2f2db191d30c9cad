"""One HTML file from a Report: nothing leaves it, nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from commute.errors import BadValue
from commute.viz.page import building, detail, evidence, further
from commute.viz.page.first import first_screen
from commute.viz.page.font import characters, font_face
from commute.viz.page.html import EMPTY, Markup, both, esc, join, tag, two
from commute.viz.page.words import say

if TYPE_CHECKING:
    from commute.model.results.report import Report

Pictures = Mapping[tuple[str, str], bytes]  # (figure, language) to PNG
LANGS = ("zh", "en")
CONTENTS = (
    ("pairs", "各对", "pairs"), ("people", "人口", "people"), ("maps", "地图", "maps"), ("levers", "措施", "levers"),
    ("build", "先建什么", "what to build"), ("rank", "排名", "ranks"),
    ("missing", "未列的路", "unlisted links"), ("tasks", "任务", "tasks"),
    ("plans", "方案对照", "plans"), ("openings", "逐年", "openings"), ("critical", "要害", "critical"), ("required", "所需", "required"),
    ("growth", "变化", "growth"), ("claims", "说法", "claims"), ("fit", "拟合", "fit"), ("trains", "列车", "trains"),
    ("dates", "日期", "dates"), ("assumptions", "假定", "assumptions"), ("sources", "来源", "sources"), ("files", "数据", "data"),
)  # fmt: skip


def page_html(
    report: Report,
    pictures: Pictures,
    *,
    lang: str = "zh",
    listed: Mapping[str, str] | None = None,
    timings: Sequence[tuple[str, float]] = (),
) -> str:
    """The page as text.

    Parameters
    ----------
    report : Report
    pictures : (figure, language) to PNG bytes, as `viz.folder.draw` makes them; a figure that is missing is left out
    lang : {"zh", "en"}, shown first; the other is a click away
    listed : name to relative path of files beside the page
    timings : what was done and how many seconds it took

    Raises
    ------
    BadValue
        Another language.
    """
    if lang not in LANGS:
        raise BadValue(f"lang is {lang!r}, must be zh or en")
    named = {figure for figure, _ in pictures}
    files_there = set((listed or {}).values())
    image = {figure: _image(report, figure, pictures, files_there) for figure in sorted(named)}
    body = join(
        [
            _header(report),
            tag(
                "main",
                first_screen(report, image.get("circle", EMPTY)),
                tag("nav", *(tag("a", two(zh, en), href=f"#{ident}") for ident, zh, en in CONTENTS), aria_label=both("目录", "contents")),
                detail.pairs(report),
                detail.people(report),
                detail.maps(report, image),
                detail.levers(report),
                building.build(report, image.get("frontier", EMPTY)),
                building.ranks(report),
                building.missing(report),
                building.tasks(report),
                further.plans(report, image.get("compare", EMPTY)),
                further.openings(report, image.get("timeline", EMPTY)),
                further.critical(report),
                further.required(report),
                detail.growth(report, image.get("growth", EMPTY)),
                evidence.claims(report),
                evidence.fit(report, image.get("fit", EMPTY)),
                evidence.trains(report),
                building.dates(report),
                evidence.assumptions(report),
                evidence.sources(report),
                evidence.files(report, listed or {}, timings),
                id="main",
            ),
        ]
    )
    script = _asset("script.js")
    title_zh, title_en = _titles(report)
    style = font_face(characters(body + title_zh)) + _asset("style.css")
    policy = f"default-src 'none'; img-src data:; font-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    head = join(
        [
            Markup('<meta charset="utf-8">'),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            tag("title", title_zh if lang == "zh" else title_en, data_zh=title_zh, data_en=title_en),
            Markup(f"<style>{style}</style>"),
        ]
    )
    return f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>{head}</head>\n<body>{body}\n<script>{script}</script>\n</body>\n</html>\n'


def _titles(report: Report) -> tuple[str, str]:
    minutes = f"{report.check.target.minutes:g}"
    zh, _, en = str(report.net.table("config")["dataset_name"].iloc[0]).partition(" ")
    return f"{zh} {minutes} 分钟通勤圈", f"{(en or zh).capitalize()}: the {minutes}-minute commute circle"


def _header(report: Report) -> Markup:
    zh, en = _titles(report)
    facts = [tag("time", report.net.day.isoformat(), datetime=report.net.day.isoformat()), *report.net.scenarios]
    target = report.check.target
    if target.name:
        facts.append(target.name)
    switch = tag(
        "div",
        tag("button", "中文", type="button", data_lang="zh", lang_="zh"),
        tag("button", "EN", type="button", data_lang="en"),
        tag("button", say("dark"), type="button", id="theme"),
        class_="switch", role="group", aria_label=both("语言与颜色", "language and colour"),
    )  # fmt: skip
    return tag("header", tag("a", say("skip"), href="#main", class_="skip"), tag("h1", two(zh, en)), tag("p", join(facts, " · ")), switch)


def _image(report: Report, figure: str, pictures: Pictures, beside: set[str]) -> Markup:
    """The picture in each language; a click opens the large one, where it lies beside the page."""
    shown = []
    here = [lang for lang in LANGS if (figure, lang) in pictures]
    for lang in here:
        data = pictures[figure, lang]
        wide, tall = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")  # from the PNG's own head
        address = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
        shown.append(
            tag("img", src=Markup(address), alt=_alt(report, figure, lang), width=wide, height=tall, lang=lang if len(here) > 1 else None)
        )
    pair = Markup("".join(shown).replace("</img>", ""))
    large = f"maps/{figure}.png"
    return tag("a", pair, href=large, class_="large") if large in beside else pair


def _alt(report: Report, figure: str, lang: str) -> str:
    kind, _, rest = figure.partition("_")
    place = report.name(rest.partition("_")[2], lang) if kind == "isochrone" else ""
    zh = {
        "circle": "到最近的另一城市中心的时间",
        "isochrone": f"从{place}出发的等时圈",
        "gaps": "断头路",
        "growth": "圈的变化",
        "fit": "模型对公布时间",
        "frontier": "每个预算最多能买到什么",
        "timeline": "每次通车的贡献",
        "compare": "各方案前后与差别",
    }
    en = {
        "circle": "minutes to the nearest other centre",
        "isochrone": f"isochrones from {place}",
        "gaps": "gaps",
        "growth": "growth",
        "fit": "fit",
        "frontier": "the most that each budget buys",
        "timeline": "what each opening gave",
        "compare": "plans before, after and the difference",
    }
    return (zh if lang == "zh" else en).get(kind, figure)


def _asset(name: str) -> str:
    return (files("commute.viz.page") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


__all__ = ["LANGS", "esc", "page_html"]
