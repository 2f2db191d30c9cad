"""The page: escaped, self-contained, in two languages, readable offline on a desk, a telephone and paper."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from commute.analysis.report import gather
from commute.errors import BadFile, BadValue
from commute.model.changes import OpenGap
from commute.model.network import Network
from commute.model.scenario import Scenario
from commute.model.target import Target
from commute.viz.folder import draw, draw_some, plots, tables, write_report
from commute.viz.page import words
from commute.viz.page.document import page_html
from commute.viz.page.frames import source
from commute.viz.page.html import two
from commute.viz.page.numbers import minutes, money, money_range, percent, person_minutes, saving
from tinytown import AS_OF, frame, tiny_layers, tiny_tables

EVIL = "<script>alert('方案')</script>"
VOID = {"meta", "img", "link", "br", "input"}
UNSHOWN = {"head", "script", "style", "title"}
ENGLISH = re.compile(r"(?:[A-Za-z][A-Za-z'’-]*[\s,;:.()]+){3}[A-Za-z]")  # four words running


class Balance(HTMLParser):
    """Which elements are open; fails on one that is closed out of turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


class Shown(HTMLParser):
    """The text that a reader of one language sees, a piece an element, without what is marked as English or as a source's words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []
        self.pieces: list[str] = []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        marked = str(known.get("lang")).startswith("en") or "source" in str(known.get("class")).split()
        if tag not in VOID:
            self.open.append(tag in UNSHOWN or (marked and tag != "html"))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data):
        if not any(self.open):
            self.pieces.append(data)


def english_runs(html: str) -> list[str]:
    """Pieces of four or more English words that a Chinese page shows unmarked."""
    found = Shown()
    found.feed(html)
    return [piece for piece in found.pieces if ENGLISH.search(piece)]


@pytest.fixture(scope="module")
def computed():
    """A report of the tiny town as the library makes it, with a gap of every group and times that cannot be modelled."""
    tables = tiny_tables()
    rows = tables["gap"].to_dict("records")
    north = next(row for row in rows if row["gap_id"] == "g_north")
    narrow = {**north, "gap_id": "g_narrow", "kind": "bottleneck", "from_node_id": "n11", "to_node_id": "n21"}
    vague = {**north, "gap_id": "g_vague", "from_error_km": 2.5}
    unsaid = {**north, "gap_id": "g_unsaid", "length_km": float("nan"), "no_effect": "nobody has ever said why"}
    tables["gap"] = frame("gap", [*rows, narrow, vague, unsaid])
    seen = tables["observed"].to_dict("records")
    bus = {**seen[0], "observed_id": "o_bus", "mode": "bus", "from_stop_id": "", "to_stop_id": "", "note": "words of the source itself"}
    tables["observed"] = frame("observed", [*seen, bus])
    known = tables["constant"].to_dict("records")
    assumed = {**known[0], "unit": "1", "favourable": "low", "basis": "assumed"}
    decay = {**assumed, "name": "people_decay_km", "low": 0.5, "central": 1.0, "high": 2.0}
    spread = {**assumed, "name": "population_spread", "low": 0.22, "central": 0.22, "high": 0.22}
    tables["constant"] = frame("constant", [*known, decay, spread])
    whole = Network.from_tables(tables, tiny_layers(), AS_OF)
    net = whole.on(AS_OF)
    plan = net.apply(Scenario(name=EVIL, name_zh=EVIL, changes=(OpenGap(gap="g_north"),)))
    found = gather(net, Target(minutes=10), base=whole, redistributions=0, cell_m=500, full=True, others=[(EVIL, EVIL, plan)])
    return replace(found, levers=found.levers.assign(saves_mode_min=9.0))  # the page leaves out what saves nothing


@pytest.fixture(scope="module")
def written(report, tmp_path_factory) -> Path:
    return write_report(report, tmp_path_factory.mktemp("written") / "report")


def test_every_name_is_escaped(report):
    html = page_html(report, {})
    assert "<script>alert" not in html
    assert html.count("<script>") == 1
    assert "&lt;script&gt;alert(&#x27;西&#x27;)&lt;/script&gt;&amp;&quot;大道&quot;" in html


def test_elements_are_closed_in_turn_and_ids_are_unique(report):
    found = Balance()
    found.feed(page_html(report, {}))
    assert found.open == []
    assert len(set(found.ids)) == len(found.ids)


def test_no_address_leads_out_of_the_page_but_links_to_its_own_files(written):
    html = written.read_text("utf-8")
    assert not re.search(r"(src|href)=\"(?!data:|#|maps/|tables/)", html)
    assert "url(" not in html.replace("url(data:font/", "")
    assert "default-src 'none'" in html
    linked = re.findall(r'href="((?:maps|tables)/[^"]+)"', html)
    assert linked and all((written.parent / one).exists() for one in linked)


def test_both_languages_say_everything(report):
    html = page_html(report, {})
    spans = re.findall(r'<span lang="(zh|en)">(.*?)</span>', html)
    assert sum(lang == "zh" for lang, _ in spans) == sum(lang == "en" for lang, _ in spans) > 200
    english = [text for lang, text in spans if lang == "en" and re.search("[一-鿿]", re.sub("<[^>]+>", "", text))]
    assert [one for one in english if "大道" not in one] == []
    assert "71 分钟" in html and "80% of people need 71 min" in html


def test_a_chinese_page_shows_no_english_but_what_is_marked_as_such(report, computed):
    taken = [("imports", 1.0), ("computing", 2.0), ("drawing", 3.0), ("redistributions", 0.1)]
    for one in (report, computed):
        assert english_runs(page_html(one, {}, lang="zh", timings=taken)) == []
    html = page_html(computed, {}, timings=taken)
    assert "加载程序" in html and "端点误差 2.5 km" in html and "没有指明车站" in html
    assert len(set(computed.levers["note_zh"])) > 3 and all(one in html for one in computed.levers["note_zh"])
    assert '<span class="source" lang="en-GB">nobody has ever said why</span>' in html  # the data give no Chinese
    assert english_runs("<p>four words of English</p>") == ["four words of English"]


def test_sources_are_shown_in_both_languages_and_marked_where_they_are_english():
    assert source("a page <of> 2024") == '<span class="source" lang="en-GB">a page &lt;of&gt; 2024</span>'
    assert source("湖南日报, 2024") == '<span class="source">湖南日报, 2024</span>'
    assert source(None) == source(float("nan")) == ""
    hidden = (files("commute.viz.page") / "style.css").read_text("utf-8")
    assert "html[lang=zh] [lang=en]" in hidden and "en-GB" not in hidden and "lang|=" not in hidden


def test_ranks_stand_under_the_name_of_their_group(computed):
    html = page_html(computed, {})
    part = html[html.index('id="rank"') : html.index('id="missing"')]
    captions = [re.sub("<[^>]+>", "", one) for one in re.findall(r'<caption><span lang="zh">(.*?)</span>', part)]
    assert captions == [f"{words.GROUP[one][0]}({n} 条,{told})" for one, n, told in _groups(computed.rank)]
    assert len(captions) >= 3 and captions[0].startswith("道路") and captions[-1].endswith("不排名)")


def _groups(rank) -> list[tuple[str, int, str]]:
    counts = rank["group"].value_counts(sort=False)
    unranked = ("no effect", "not rankable")
    return [(one, int(counts[one]), "不排名" if one in unranked else "名次只在本组内比") for one in dict.fromkeys(rank["group"])]


QUESTIONS = ("build", "rank", "missing", "tasks", "plans", "openings", "critical", "required", "dates")


def _section(html: str, ident: str) -> str:
    return html[html.index(f'<section id="{ident}"') :].partition("</section>")[0]


def test_what_was_not_asked_says_so_and_gives_the_command(report):
    html = page_html(report, {})
    for ident in ("build", "missing", "tasks", "plans", "openings", "critical", "required"):
        said = _section(html, ident)
        assert "本页没有这一节" in said and "<code>commute " in said, ident
    assert "<code>commute compare metro_style plan_2030</code>" in html and "<code>--full</code>" in html


def test_a_full_report_answers_each_question_and_runs_no_name_as_a_script(computed):
    html = page_html(computed, {})
    for ident in QUESTIONS:
        assert f'href="#{ident}"' in html
        assert "本页没有这一节" not in _section(html, ident), ident
    found = Balance()
    found.feed(html)
    assert found.open == [] and len(set(found.ids)) == len(found.ids)
    assert "<script>alert" not in html and html.count("<script>") == 1
    assert "&lt;script&gt;alert(&#x27;方案&#x27;)&lt;/script&gt;" in _section(html, "plans")


def test_what_to_build_stands_with_costs_what_is_noticed_and_what_is_assumed(computed):
    best = computed.building.portfolio
    said = _section(page_html(computed, {}), "build")
    for part in (
        "30 亿元先建什么",
        "人们会注意到什么",
        "低中高造价都入选",
        "造价为假定的",
        "commute portfolio --budget 3000",
        best.definition("zh"),
    ):
        assert part in said, part
    assert all(name in said for name in best.chosen["name_zh"]) and len(best.chosen)
    assert f"未选 {len(best.left_out)} 项" in said


def test_the_register_lists_late_tasks_and_loose_dates_their_last_day(computed):
    html = page_html(computed, {})
    assert "Tiny Works" in _section(html, "tasks") and "1 项规划任务中" in _section(html, "tasks")
    rows = computed.building.dates
    said = _section(html, "dates")
    assert f"{len(rows)} 个日期只知到月或年,按其最后一日计" in said
    assert all(one in said for one in rows["counts_from"])


def test_pictures_and_tables_of_a_full_report(computed, tmp_path):
    assert {"frontier", "timeline", "compare"} <= set(plots(computed))
    drawn = draw_some(computed, ["frontier", "timeline", "compare"], tmp_path, "zh")
    assert set(drawn) == {(name, lang) for name in ("frontier", "timeline", "compare") for lang in ("zh", "en")}
    named = {"portfolio_chosen", "portfolio_left_out", "portfolio_by_costs", "portfolio_pairs", "frontier", "projects", "loose_dates"}
    named |= {"timeline_openings", "required", "compare_summary", "compare_pairs", "compare_zones"}
    assert named <= set(tables(computed))
    assert not [name for name, one in tables(computed).items() if "geometry" in one]


def test_first_screen_holds_sentence_table_floor_and_definition(report):
    html = page_html(report, {})
    first = html[html.index('id="answer"') : html.index("<nav")]
    for part in ("不成立", 'class="main"', "下限", "门到门", "假定", "怎么办", "为什么", "12%"):
        assert part in first, part
    assert report.check.definition_zh in first


def test_the_same_report_gives_the_same_files(report, tmp_path):
    one, two = (write_report(report, tmp_path / name) for name in ("a", "b"))
    names = sorted(path.relative_to(one.parent).as_posix() for path in one.parent.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(two.parent).as_posix() for path in two.parent.rglob("*") if path.is_file())
    assert [n for n in names if (one.parent / n).read_bytes() != (two.parent / n).read_bytes()] == []


def test_figures_are_drawn_in_both_languages(report, tmp_path):
    pictures = draw(report, tmp_path, "zh")
    figures = {name for name, _ in pictures}
    assert figures == {"circle", "gaps", "isochrone_transit_pl_west", "legs", "growth", "fit"}
    assert set(pictures) == {(name, lang) for name in figures for lang in ("zh", "en")}
    assert all(data.startswith(b"\x89PNG") for data in pictures.values())


def test_a_report_is_replaced_and_nothing_is_left_beside_it(report, tmp_path):
    out = tmp_path / "report"
    write_report(report, out)
    (out / "stale.txt").write_text("from the run before")
    write_report(report, out)
    assert not (out / "stale.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_that_is_no_report_is_not_replaced(report, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("ten years")
    with pytest.raises(BadFile) as error:
        write_report(report, out)
    assert str(error.value) == f"{out}: holds files that are no report of ours; give an empty or a new folder"
    assert (out / "thesis.txt").read_text() == "ten years"


def test_a_failure_leaves_the_old_report_and_no_half_of_a_new_one(report, tmp_path, monkeypatch):
    out = tmp_path / "report"
    old = write_report(report, out).read_text("utf-8")
    monkeypatch.setattr("commute.viz.folder.page_html", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(report, out)
    assert (out / "index.html").read_text("utf-8") == old
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_empty_frames_are_said_to_be_empty(report):
    bare = {
        name: getattr(report, name).iloc[:0]
        for name in ("journeys", "centre_shares", "isochrones", "levers", "rank", "growth", "claims", "fit")
    }
    html = page_html(replace(report, **bare, fit_summary=report.fit_summary.iloc[:0], trains=report.trains.iloc[:0]), {})
    assert html.count("没有数据") >= 5


def test_an_unknown_language_is_refused(report):
    with pytest.raises(BadValue, match=r"^lang is 'fr', must be zh or en$"):
        page_html(report, {}, lang="fr")


def test_figures_are_written_as_the_house_writes_them():
    assert minutes(56.6, 50.2, 65.9) == "57 <small>(50–66)</small>"
    assert minutes(float("nan"), 1, 2) == "—"
    assert percent(0.1249) == "12%" and percent(0.001) == "<1%" and percent(0) == "0%"
    assert money(4321.0) == two("43 亿元", "4,300 million CNY")
    assert money(float("nan")) == two("未公布", "not published")
    assert money_range(2650.0, 2354.0, 2850.0).endswith('<small><span lang="zh">(24–28)</span><span lang="en">(2,400–2,800)</span></small>')
    assert money_range(500.0, 500.0, 500.0) == money(500.0) and money_range(float("nan"), 1, 2) == money(float("nan"))
    assert person_minutes(16089808.8) == two("1,609", "16,090")
    assert person_minutes(300.0) == two("<1", "<1") and person_minutes(-300.0) == two("~0", "~0") and person_minutes(0) == "0"
    assert saving(3.4) == "−3" and saving(0.2) == "0" and saving(-2) == "+2"


@pytest.mark.browser
def test_page_opens_offline_in_both_languages_on_a_telephone_and_on_paper(written, offline):
    page = offline.page
    page.goto(written.as_uri())
    assert page.evaluate("document.documentElement.lang") == "zh"
    assert page.evaluate("document.fonts.check('14px \"Commute Sans SC\"', '长')")
    page.get_by_role("button", name="EN").click()
    assert page.locator(".sentence").inner_text().startswith("No 80% of people need 71 min; 30 min holds for about 12% (9–16).")
    page.get_by_role("button", name="中文").click()
    assert "不成立" in page.locator(".sentence").inner_text()
    assert page.title() == "tinytown 30 分钟通勤圈"
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    tops = [page.locator(f".first .{name}").bounding_box()["y"] for name in ("sentence", "table", "map", "why", "do")]
    assert tops == sorted(tops)
    paper = page.pdf(format="A4", prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    own = written.as_uri()
    assert [one for one in offline.requests if not one.startswith((own, "data:"))] == []
    assert offline.complaints == []


@pytest.mark.browser
def test_links_inside_the_page_keep_language_and_theme_in_the_address(written, offline):
    page = offline.page
    page.goto(written.as_uri())
    page.get_by_role("button", name="EN").click()
    page.locator("#theme").click()
    page.locator('nav a[href="#fit"]').click()
    page.wait_for_function("location.hash.includes('at=fit')")
    assert page.evaluate("location.hash") == "#lang=en&t=dark&at=fit"
    assert page.evaluate("Math.abs(document.getElementById('fit').getBoundingClientRect().top) < innerHeight")
    page.goto("about:blank")
    page.goto(written.as_uri() + "#lang=en&t=dark&at=fit")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == ["en", "dark"]
    assert page.evaluate("Math.abs(document.getElementById('fit').getBoundingClientRect().top) < innerHeight")
    page.locator('nav a[href="#levers"]').click()
    page.wait_for_function("location.hash.includes('at=levers')")
    page.get_by_role("button", name="中文").click()
    page.go_back()
    page.wait_for_function("location.hash.includes('at=fit')")
    assert page.evaluate("location.hash") == "#lang=zh&t=dark&at=fit"
    page.evaluate("location.hash = '#lang=en'")
    page.wait_for_function("document.documentElement.lang === 'en'")
    assert offline.complaints == []
