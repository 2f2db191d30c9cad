"""The command: exit status, messages, formats; on the tiny town."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from commute.cli import VERBS, main
from commute.cli.printed import aligned
from commute.io import write_network
from commute.model.network import Network
from commute.model.results.text import width
from tinytown import AS_OF, peopled_tables, tiny_layers

HEAVY = ("numpy", "pandas", "scipy", "geopandas", "networkx", "numba", "matplotlib")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The tiny town as a data package, and the arguments that name it."""
    folder = tmp_path_factory.mktemp("town") / "network"
    write_network(Network.from_tables(peopled_tables(), tiny_layers(), AS_OF), folder)
    return ["--network", str(folder)]


def test_check_says_the_verdict_its_legs_and_its_definition(town, capsys):
    assert main(["check", *town, "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0].startswith(("Yes.", "No.", "In doubt."))
    for part in ("West Centre", "ride", "Definition:", "Assumed by us", "Network of 2026-11-03"):
        assert part in told, part


def test_check_speaks_chinese_by_default(town, capsys):
    assert main(["check", *town]) == 0
    told = capsys.readouterr().out
    assert "定义:" in told and "西心" in told and "路网日期 2026-11-03" in told


def test_check_fails_with_3_where_the_target_is_not_met(town, capsys):
    state = json.loads(_said(capsys, ["check", *town, "--format", "json"]))["state"]
    assert main(["check", *town, "--fail"]) == (0 if state == "holds" else 3)
    capsys.readouterr()


def test_check_as_json_has_the_whole_verdict(town, capsys):
    told = json.loads(_said(capsys, ["check", *town, "--format", "json", "--lang", "en"]))
    assert set(told) >= {"state", "people_share", "minutes_needed", "pairs", "shares", "definition", "date", "network"}
    assert told["date"] == "2026-11-03" and len(told["pairs"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "--target", "half_hour_comute_2020"], "no target 'HALF_HOUR_COMUTE_2020' (nearest: HALF_HOUR_COMMUTE_2020, "),
        (["check", "--profile", "tranzit"], "no profile 'TRANZIT' (nearest: TRANSIT)"),
        (["check", "--date", "3 November"], "'3 November' is not a date: write YYYY-MM-DD, YYYY-MM or YYYY"),
        (["check", "--date", "2026-11-07"], "2026-11-07 is a weekend day and the target is for weekdays; the next weekday is 2026-11-09"),
        (["check", "--scenario", "metro_stile"], "no scenario 'metro_stile' (nearest: metro_style"),
        (["explain", "西心", "东边"], "no point '东边' (nearest: 东"),
        (["isochrone", "--from", "西心", "--out", "a.pdf"], "a.pdf: the name must end in .geojson, .png, .svg or .csv"),
        (["rank", "--format", "parquet"], "--format parquet needs --out FILE"),
        (["rank", "g_nowhere"], "no gap 'g_nowhere'"),
        (["projects", "--out", "nowhere/a.csv"], "nowhere: no such folder"),
        (["rank", "--format", "csv", "--out", "."], ".: is a folder; give the name of a file"),
    ],
)
def test_refused_input_is_said_in_one_line_without_a_traceback(arguments, message, town, capsys):
    assert main([*arguments, *town]) == 1
    told = capsys.readouterr()
    assert told.err.splitlines()[-1].startswith(f"commute {arguments[0]}: {message}")
    assert "Traceback" not in told.err


def test_wrong_usage_exits_with_2(capsys):
    for arguments in ([], ["fly"], ["check", "--nonsense"], ["explain", "one"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
    capsys.readouterr()


def test_a_missing_network_is_refused(tmp_path, capsys):
    assert main(["check", "--network", str(tmp_path / "none")]) == 1
    assert "none" in capsys.readouterr().err


def test_isochrone_writes_areas_and_a_map(town, tmp_path, capsys):
    areas, picture = tmp_path / "west.geojson", tmp_path / "west.png"
    assert main(["isochrone", "--from", "西心", "--minutes", "5", "15", "--cell", "500", *town, "--out", str(areas)]) == 0
    assert len(json.loads(areas.read_text("utf-8"))["features"]) == 2
    assert main(["isochrone", "--from", "112.95,28.10", "--minutes", "15", "--cell", "500", *town, "--out", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()


def test_explain_adds_up(town, capsys):
    told = _said(capsys, ["explain", "西心", "东心", "--profile", "car", *town, "--format", "csv"]).splitlines()
    assert told[0].startswith("leg,")
    assert any(line.startswith("ride") for line in told[1:])


def test_rank_and_projects_list(town, capsys):
    assert "g_north" in _said(capsys, ["rank", *town])
    assert "Tiny Works" in _said(capsys, ["projects", *town])


def test_validate_prints_file_row_and_column_and_exits_1_on_an_error(town, tmp_path, capsys):
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(town[1], broken)
    links = broken / "link.csv"
    lines = links.read_text("utf-8").splitlines()
    length = lines[0].split(",").index("length")
    cells = lines[1].split(",")
    cells[length] = "-1"
    links.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", "utf-8")
    assert main(["validate", town[1]]) == 0
    assert main(["validate", str(broken)]) == 1
    assert "error: link.csv, row 2, length: " in capsys.readouterr().out


def test_report_writes_the_folder_and_prints_verdict_and_timings(town, tmp_path, capsys):
    out = tmp_path / "report"
    assert main(["report", *town, "--out", str(out), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "computing / imports" in told and "redistributions" in told and "Definition:" in told
    assert (out / "index.html").exists() and list((out / "maps").glob("*.svg")) and list((out / "tables").glob("*.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_report_refuses_a_folder_with_other_things_before_it_computes(town, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("ten years")
    assert main(["report", *town, "--out", str(tmp_path)]) == 1
    assert "holds files that are no report of ours" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([verb, "--help"] for verb in VERBS)], ids=" ".join)
def test_help_loads_nothing_heavy(arguments):
    code = f"""
import sys
from commute.cli import main
try:
    main({arguments!r})
except SystemExit as stop:
    assert stop.code == 0
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_columns_line_up_under_chinese_heads():
    import pandas as pd

    text = aligned(pd.DataFrame({"名": ["长沙", "a"], "分": [1.0, 123.4]}))
    assert len({width(line.rstrip()) for line in text.splitlines()}) == 1


def _said(capsys, arguments) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_rank_and_interactions_are_printed_and_as_json(town, capsys):
    rows = json.loads(_said(capsys, ["rank", *town, "--moves", "3", "--format", "json"]))
    assert {"gap_id", "rank", "rank_low", "shortfall_person_min_shapley", "all_person_min_last_in", "detour_ratio"} <= set(rows[0])
    told = _said(capsys, ["rank", *town, "--moves", "0", "--lang", "en"])
    assert "cost found" in told and "published" in told and "thousand person-min" in told
    zh = _said(capsys, ["rank", *town, "--moves", "0"])
    assert "造价依据" in zh and "超时减少" in zh and "缺口" not in zh and "no effect" not in zh
    json.loads(_said(capsys, ["rank", *town, "--interactions", "--format", "json"]))
    assert main(["rank", *town, "--moves", "-1"]) == 1
    assert "--moves is -1" in capsys.readouterr().err


def test_portfolio_says_what_to_build_with_its_assumptions(town, capsys, tmp_path):
    told = _said(capsys, ["portfolio", *town, "--budget", "1000", "--lang", "en"])
    for part in ("builds", "What people would notice", "Assumed:", "Network of 2026-11-03", "No set within the budget is better"):
        assert part in told, part
    assert "人们会注意到" in _said(capsys, ["portfolio", *town, "--budget", "1000"])
    rows = json.loads(_said(capsys, ["portfolio", *town, "--budget", "1000", "--format", "json"]))
    assert {"key", "cost_mcny", "cost_basis", "robust"} <= set(rows[0])
    for table in ("left_out", "by_costs", "pairs", "zones", "winners", "frontier"):
        assert _said(capsys, ["portfolio", *town, "--budget", "1000", "--table", table])
    told = _said(capsys, ["portfolio", *town, "--budget", "1", "--table", "programme", "--years", "2027:500,2028:900"])
    assert "2028" in told and "900" in told
    assert _said(capsys, ["portfolio", *town, "--table", "frontier"])  # no one budget is needed
    assert "造价依据" in told and "造价依据" in _said(capsys, ["portfolio", *town, "--budget", "1000", "--table", "left_out"])
    picture = tmp_path / "frontier.png"
    assert main(["portfolio", *town, "--budget", "1000", "--picture", str(picture)]) == 0 and picture.stat().st_size > 5000
    capsys.readouterr()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--budget", "-5"], "budget_mcny is -5.0, must be from 0"),
        (["--budget", "10", "g_nort"], "no gap or project 'g_nort' (nearest: g_north"),
        (["--budget", "10", "--table", "programme"], "--table programme needs --years"),
        (["--budget", "10", "--table", "programme", "--years", "2027=5"], "--years: '2027=5' is not YEAR:MCNY"),
        (["--budget", "10", "nothing.yaml"], "nothing.yaml: no such file"),
        (["--budget", "10", "--years", "2027:5"], "--years is for --table programme alone"),
        ([], "--budget is needed, in million yuan"),
    ],
)
def test_portfolio_refuses_bad_wishes(town, capsys, asked, said):
    assert main(["portfolio", *town, *asked]) == 1
    assert said in capsys.readouterr().err


def test_timeline_and_projects_are_printed(town, capsys):
    told = _said(capsys, ["timeline", "2018-06-01", "2026-11-03", *town, "--lang", "en"])
    assert "2018-06-01" in told and "The people of every date are those of 2020" in told
    rows = json.loads(_said(capsys, ["timeline", "2018-06-01", "2026-11-03", *town, "--table", "openings", "--format", "json"]))
    assert all({"from_date", "to_date", "key", "shortfall_person_min"} <= set(row) for row in rows)
    assert main(["timeline", "2026-11-03", "2018-06-01", *town]) == 1 and "must be two or more and rise" in capsys.readouterr().err
    _said(capsys, ["projects", *town, "--bare"])
    json.loads(_said(capsys, ["projects", *town, "--format", "json"]) or "[]")


@pytest.mark.parametrize("arguments", [["portfolio", "--budget", "3000"], ["timeline"], ["compare", "2022-05-11"]], ids=lambda one: one[0])
def test_a_picture_of_another_kind_is_refused_before_anything_is_worked_out(arguments, capsys):
    option = "--map" if arguments[0] == "compare" else "--picture"
    assert main([*arguments, option, "a.foo"]) != 0
    assert capsys.readouterr().err.splitlines() == [f"commute {arguments[0]}: a.foo: the name must end in .png, .svg, .pdf"]


SCENARIO = """name: bridge
name_zh: 建桥
date: {day}
changes:
  - kind: open_gap
    gap: g_north
"""


def test_a_date_that_a_scenario_contradicts_is_refused_and_one_that_agrees_is_not(town, tmp_path, capsys):
    file = tmp_path / "bridge.yaml"
    file.write_text(SCENARIO.format(day='"2026-11-04"'), encoding="utf-8")
    asked = ["check", *town, "--scenario", str(file)]
    assert main([*asked, "--date", "2026-11-03"]) == 1
    assert "bridge, which is of 2026-11-04, contradict each other: leave out --date" in capsys.readouterr().err
    assert "路网日期 2026-11-04,情景:建桥。" in _said(capsys, [*asked, "--date", "2026-11-04"])
    assert "with bridge." in _said(capsys, [*asked, "--lang", "en"])


def test_a_portfolio_names_the_scenario_that_it_stands_on(town, tmp_path, capsys):
    file = tmp_path / "bridge.yaml"
    file.write_text(SCENARIO.format(day="null").replace("date: null\n", ""), encoding="utf-8")
    asked = ["portfolio", *town, "--budget", "1000", "--scenario", str(file)]
    zh, en = _said(capsys, asked), _said(capsys, [*asked, "--lang", "en"])
    assert "“建桥”" in zh and "现状" not in zh and "bridge" in en and "today" not in en


def test_a_place_that_may_not_be_written_is_refused_before_anything_is_worked_out(town, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert main(["rank", *town, "--out", str(tmp_path / "a.csv")]) == 1
    assert capsys.readouterr().err.splitlines()[-1].endswith("a.csv: may not be written")


@pytest.mark.parametrize("arguments", [["check"], ["projects"], ["compare", "2018-06-29"]], ids=lambda one: one[0])
def test_what_takes_time_shows_how_far_it_has_come(arguments, town, capsys, monkeypatch):
    from contextlib import contextmanager

    told = []

    @contextmanager
    def bar(name):
        yield lambda done, total: told.append((name, done, total))

    monkeypatch.setattr("commute.cli.phases.bar", bar)
    _said(capsys, [*arguments, *town])
    assert told and told[-1][0] == arguments[0] and all(0 < done <= total for _, done, total in told)


def test_a_head_may_take_lines_and_shares_and_person_minutes_are_no_finer_than_known():
    import pandas as pd

    frame = pd.DataFrame({"share": [0.314, 0.002], "shortfall_person_min": [16_089_809.0, 3.0], "people": [3_614_321.0, 12.0]})
    zh, en = aligned(frame, "zh").splitlines(), aligned(frame, "en").splitlines()
    assert "超时减少" in zh[0] and "万人·分" in zh[1] and zh[2].split() == ["31%", "1,609", "3,600,000"]
    assert en[2].split() == ["31%", "16,090", "3,600,000"] and en[3].split() == ["<1%", "<1", "12"]
