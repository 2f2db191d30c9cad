"""Scenario files: every fault with line and column, nothing that runs or grows without end, and a round trip."""

import re
from datetime import date

import pytest

import commute as cm
from commute.errors import BadFile, BadScenario, BadValue, CommuteWarning, UnknownId
from commute.io.fields import KINDS
from commute.io.scenarios import read_scenario, write_scenario
from commute.model.changes import ORDER, AddLink, OpenGap, SetEntry, SetHeadway, Window
from commute.model.scenario import Cost, Scenario
from commute.model.tables import STATION_CLASSES

EVERYTHING = Scenario(
    name="all_kinds",
    name_zh="各种改动",
    about="a: colon, # a hash\nand a second line",
    date=date(2030, 1, 8),
    requires=("west_ring",),
    excludes=("a", "b"),
    cost=Cost(amount_mcny=3200.5, price_year=2025),
    changes=(
        OpenGap(gap="g_north", from_date="2027-12-31"),
        OpenGap(state=("building", "planned")),
        OpenGap(planned_until="2027"),
        AddLink(link_id="new", from_node_id="n00", to_node_id="n11", length_km=3.5, free_speed_kmh=60.0, directed=True),
        SetHeadway(line="IC1", windows=(Window(start="07:00", end="09:30", headway_min=7.5, days="weekday"),), direction="0"),
        SetEntry(station_class="intercity", entry_min=3.0, gate_min=0.0, expect={"entry_min": 7.0}),
        SetEntry(stop="i1", entry_min=3.0),
    ),
)

FAULTY = """name: x
nmae_zh: y
date: 2027-13-31
cost: {amount_mcny: lots, price_year: 2025}
changes:
  - kind: set_headwy
  - kind: set_headway
    line: A
    windows:
      - {start: "07:00", end: "09:30", headway_min: "5"}
      - {start: "07:00", end: "06:30", headway_min: 5, dayz: all}
      - {start: "07:00", end: "06:30", headway_min: 5}
  - kind: open_gap
    gpa: rg_x
    from_date: 2027-12-31
  - kind: set_entry
    class: intercty
    entry_min: 3
  - open
  - kind: set_entry
    class: intercity
    entry_min: yes
  - kind: open_gap
    gap:
"""
TOLD = """bad.yaml:2:1: nmae_zh: is not a field (did you mean 'name_zh'?)
bad.yaml:3:7: date: '2027-13-31' is not a date: month must be in 1..12
bad.yaml:4:21: cost.amount_mcny: is 'lots', must be a number
bad.yaml:6:11: changes.0.kind: 'set_headwy' is not one of {kinds} (did you mean 'set_headway'?)
bad.yaml:10:53: changes.1.windows.0.headway_min: is '5', must be a number
bad.yaml:11:56: changes.1.windows.1.dayz: is not a field (did you mean 'days'?)
bad.yaml:12:9: changes.1.windows.2: window: it ends at 06:30, not after its start 07:00
bad.yaml:14:5: changes.2.gpa: is not a field (did you mean 'gap'?)
bad.yaml:16:5: changes.3: set_entry: class 'intercty' is none of {classes} (nearest: intercity)
bad.yaml:19:5: changes.4: needs a kind: one of {kinds}
bad.yaml:22:16: changes.5.entry_min: is 'yes', must be a number
bad.yaml:24:5: changes.6.gap: is empty, must be a text""".replace("{kinds}", ", ".join(sorted(KINDS))).replace(
    "{classes}", ", ".join(STATION_CLASSES)
)


def told(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "bad.yaml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises((BadScenario, BadFile)) as caught:
        read_scenario(path)
    return str(caught.value)


def test_a_scenario_comes_back_equal(tmp_path):
    write_scenario(EVERYTHING, tmp_path / "s.yaml")
    assert read_scenario(tmp_path / "s.yaml") == EVERYTHING
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


def test_a_written_scenario_is_short_and_reads_the_same_as_yaml_1_1(tmp_path):
    write_scenario(Scenario(name="s", changes=EVERYTHING.changes[4:5]), tmp_path / "s.yaml")
    assert (tmp_path / "s.yaml").read_text() == (
        "name: s\nchanges:\n  - kind: set_headway\n    line:\n      - IC1\n    windows:\n"
        '      - {start: "07:00", end: "09:30", headway_min: 7.5, days: weekday}\n    direction: "0"\n'
    )


def test_every_fault_is_told_at_once_with_its_line_and_column(tmp_path):
    assert told(tmp_path, FAULTY) == TOLD


INSIDE = ("1", "*a", "*b", "*c", "*d", "*e")
BOMB = "".join(f"{name}: &{name} [{', '.join(9 * [inside])}]\n" for name, inside in zip("abcdef", INSIDE, strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "bad.yaml:1:1: is empty, must be a mapping with name: and changes:"),
        ("- a\n", "bad.yaml:1:1: is a list, must be a mapping with name: and changes:"),
        ("changes: []\n", "bad.yaml:1:1: name: is missing"),
        ('name: ""\n', "bad.yaml:1:1: a scenario needs a name"),
        ("name: x\nchanges:\n", "bad.yaml:2:1: changes: is empty, must be a list"),
        ("name: x\nchanges: {}\n", "bad.yaml:2:10: changes: is a mapping, must be a list"),
        ("name: x\ndate: 2027\n", "bad.yaml:2:7: date: 2027 is not a day: write YYYY-MM-DD"),
        ("name: a\nname: b\n", 'bad.yaml:2:1: not valid YAML: found duplicate key "name" with value "b" (original value: "a")'),
        ("name: a\n\tx: b\n", "bad.yaml:2:1: not valid YAML: found character '\\t' that cannot start any token (a tab? indent by spaces)"),
        ("name: a\n---\nname: b\n", "bad.yaml:2:1: not valid YAML: expected a single document in the stream, but found another document"),
        ("a: [", "bad.yaml:1:5: not valid YAML: expected the node content, but found '<stream end>'"),
        (BOMB, "bad.yaml:1:1: has more than 100000 values once its aliases are followed"),
        ("name: &a [*a]\n", "bad.yaml:1:7: holds itself: its anchor (&) is named (*) within it"),
        ("name: " + "[" * 5000, "bad.yaml:1:1: is nested too deeply"),
        ("name: !!python/name:os.system x\n", "bad.yaml:1:7: name: is a value with a tag (!), which is not read, must be a text"),
        ("name: x #" + "a" * 2_000_000, "bad.yaml: is 2.0 MB, a scenario has at most 2"),
        ("name: x\x00\n", "bad.yaml: has a NUL byte in row 1: not a text file, or damaged"),
        ("name: x\nabout: [" + "1," * 100_001 + "]\n", "bad.yaml:1:1: has more than 100000 values"),
        ("name: &a\n  <<: *a\n  b: c\n", "bad.yaml:1:7: holds itself: its anchor (&) is named (*) within it"),
        ("name: 0x" + "f" * 6000 + "\n", "bad.yaml:1:1: holds a number of very many digits"),
        ("name: x\ndate: 0x" + "f" * 6000 + "\n", "bad.yaml:1:1: holds a number of very many digits"),
        ('name: "\\ud800"\n', "bad.yaml:1:1: holds half a character: an escape \\ud800 to \\udfff"),
    ],
)
def test_what_is_no_scenario_is_refused_with_its_place(tmp_path, text, expected):
    assert told(tmp_path, text) == expected


def test_other_encodings_are_named(tmp_path):
    assert told(tmp_path, "name: 长沙\n", "gbk") == "bad.yaml: is GBK (first seen in row 1), must be UTF-8: save it as UTF-8 (另存为 UTF-8)"
    assert told(tmp_path, "name: 长沙\n", "utf-16") == "bad.yaml: is UTF-16, must be UTF-8: save it as UTF-8 (另存为 UTF-8)"


def test_crlf_a_byte_order_mark_plain_dates_and_single_texts_are_read(tmp_path):
    text = "name: x\r\nrequires: west_ring\r\ndate: 2027-12-31\r\nchanges:\r\n"
    text += "  - {kind: open_gap, planned_until: 2027, from_date: 2027-12-31}\r\n"
    (tmp_path / "s.yaml").write_bytes(text.encode("utf-8-sig"))
    assert read_scenario(tmp_path / "s.yaml") == Scenario(
        name="x", requires=("west_ring",), date=date(2027, 12, 31), changes=(OpenGap(planned_until="2027", from_date="2027-12-31"),)
    )


def test_an_unknown_name_or_file_is_told_with_the_nearest(tmp_path):
    with pytest.raises(UnknownId) as caught:
        read_scenario("metro_stile")
    assert str(caught.value) == "no scenario 'metro_stile' (nearest: metro_style)"
    write_scenario(EVERYTHING, tmp_path / "mine.yaml")
    with pytest.raises(BadFile) as caught:
        read_scenario(tmp_path / "mime.yaml")
    assert str(caught.value) == f"{tmp_path / 'mime.yaml'}: no such file (nearest: mine.yaml)"


def test_a_scenario_is_written_to_yaml_only(tmp_path):
    with pytest.raises(BadValue, match=r"a scenario is written to a file that ends in \.yaml, in a folder that is there"):
        write_scenario(EVERYTHING, tmp_path / "s.json")


ONE = "name: x\nchanges:\n  - "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE + "{kind: set_speed, link: l1, factor: 1.2, free_speed_kmh: 60}\n", "bad.yaml:3:5: changes.0: set_speed"),
        (ONE + "{kind: set_speed, link: l1, factor: -1}\n", "bad.yaml:3:5: changes.0: set_speed"),
        (ONE + '{kind: set_headway, line: A, windows: [{start: "07:00", end: "09:00", headway_min: 0}]}\n', "headway_min is 0"),
        (
            ONE + "{kind: set_speed, link: l1, factor: 2, from_date: 2028-01-01, to_date: 2027-01-01}\n",
            "to_date 2027-01-01 is before from_date",
        ),
        (ONE + "{kind: set_speed, factor: 2, where: {clas: trunk}}\n", "changes.0.where.clas: is not a field (did you mean 'class'?)"),
        (ONE + "{kind: set_speed, factor: 2, where: {query: 'lanes >'}}\n", "changes.0.where: where: query 'lanes >' cannot be read"),
        ("name: x\ncost: {amount_mcny: 3200000000, price_year: 2025}\n", "(million yuan, not yuan)"),
        ("name: x\ncost: {amount_mcny: 32}\n", "bad.yaml:2:7: cost.price_year: is missing"),
        ("name: x\ncost: {amount_yuan: 32, price_year: 2025}\n", "cost.amount_yuan: is not a field"),
        ("name: x\nrequires: [x]\n", "scenario x: requires names itself"),
        ("name: x\nprojects: 7.5\n", "projects: is 7.5"),
        ("name: x\nparts: [{nam: y}]\n", "parts.0.nam: is not a field (did you mean 'name'?)"),
        (ONE + "{kind: edit_rows, table: links}\n", "no table 'links' (nearest: link"),
        (
            ONE + "{kind: add_line, line: X, line_class: bus, windows: [], stops: [a, {stop_id: b, nme: c}]}\n",
            "stops.1.nme: is not a field",
        ),
        ("name: x\n" + "# " + "a" * 60 + "\n" + "b: " + "x" * 50_000_000, "bad.yaml: is 50.0 MB, a scenario has at most 2"),
    ],
)
def test_bad_changes_costs_and_relations_are_refused_where_they_stand(tmp_path, text, expected):
    assert expected in told(tmp_path, text)


def test_markup_in_a_name_is_a_name(tmp_path):
    (tmp_path / "s.yaml").write_text('name: "<script>alert(1)</script>"\n', "utf-8")
    made = read_scenario(tmp_path / "s.yaml")
    assert made.name == "<script>alert(1)</script>"
    write_scenario(made, tmp_path / "t.yaml")
    assert read_scenario(tmp_path / "t.yaml") == made


def test_every_kind_is_in_the_order_of_kinds_once():
    assert len(KINDS) == len(set(ORDER)) and all(kind.kind == name for name, kind in KINDS.items())


def test_a_long_difference_comes_back_equal_and_one_too_long_is_not_written(shipped, tmp_path, monkeypatch):
    now, day = shipped.on("2026-11-03"), cm.Window(start="06:30", end="22:00", headway_min=4)
    long = cm.diff(now, now.apply(cm.SetHeadway(where=cm.Where(kind="metro"), windows=(day,))))
    cm.write_scenario(long, tmp_path / "long.yaml")
    assert cm.read_scenario(tmp_path / "long.yaml") == long and now.apply(long) != now
    for name, most, said in (
        ("scenarios.LARGEST", 100_000, r"is 0\.\d MB, a scenario has at most 0"),
        ("nodes.MOST_VALUES", 999, "has more than 999 values"),
    ):
        with monkeypatch.context() as patch, pytest.raises(BadValue, match=rf"too_long\.yaml: {said}: write the network"):
            patch.setattr(f"commute.io.{name}", most)
            cm.write_scenario(long, tmp_path / "too_long.yaml")
    assert [one.name for one in tmp_path.iterdir()] == ["long.yaml"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "{kind: land_use, zone: 430102001, people: 5}",
            "3:28: changes.0.zone: is 430102001, must be a text or a list of texts: put it in quotes",
        ),
        ("{kind: land_use, zone: [z1, 430], people: 5}", "3:28: changes.0.zone.1: is 430, must be a text: put it in quotes"),
        (
            "{kind: land_use, where: {polygon: [[112.9]]}, people: 5}",
            "3:39: changes.0.where.polygon.0: is a list, must be two numbers, [lon, lat]",
        ),
        ("{kind: land_use, where: {polygon: [[1, x]]}, people: 5}", "3:39: changes.0.where.polygon.0.1: is 'x', must be a number"),
        ("{kind: extend_line, line: x, run_min: [1, a]}", "3:43: changes.0.run_min.1: is 'a', must be a number"),
        ("{kind: extend_line, line: x, dwell_min: a}", "3:45: changes.0.dwell_min: is 'a', must be a number or a list of numbers"),
        ("{kind: edit_rows, table: link, added: [5]}", "3:43: changes.0.added.0: is 5, must be a mapping"),
        ("{kind: edit_rows, table: link, added: [{5: 3}]}", "3:43: changes.0.added: 5 stands for a name, must be a text: put it in quotes"),
        (
            "{kind: edit_rows, table: link, changed: [{key: [1.5], column: name}]}",
            "3:52: changes.0.changed.0.key.0: is 1.5, must be a text or a whole number: put it in quotes",
        ),
        ("{kind: edit_rows, table: link, changed: [{key: l}]}", "3:46: changes.0.changed.0.column: is missing"),
    ],
)
def test_what_a_field_wants_is_said_in_our_own_words(tmp_path, change, said):
    assert told(tmp_path, f"name: x\nchanges:\n  - {change}\n") == f"bad.yaml:{said}"


def test_a_lone_key_stands_by_itself(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("name: s\nchanges:\n  - {kind: edit_rows, table: link, changed: [{key: l, column: lanes, old: 2, new: 3}]}\n")
    assert read_scenario(path).changes == (cm.EditRows(table="link", changed=[cm.Cell(key="l", column="lanes", old=2, new=3)]),)


def test_points_with_lon_and_lat_swapped_are_seen(tmp_path):
    text = "name: x\nchanges:\n  - {kind: land_use, people: 5, where: {polygon: [[28.1, 112.9], [28.2, 112.9], [28.2, 113]]}}\n"
    assert told(tmp_path, text).endswith("where: polygon point (28.1, 112.9) is not (lon, lat) in degrees; lon and lat look swapped")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("1 < 2", "'1 < 2' compares no column, of link_id, from_node_id, "),
        ("lanes > 1 and 1 < 2", "'1 < 2' compares no column, of link_id"),
        ("1 < 2 < lanes", "'1 < 2 < lanes' compares no column"),
        ("1 in [1, 2]", "'1 in [1, 2]' compares no column"),
        ("True", "'True' is no comparison of a column with a value"),
    ],
)
def test_a_predicate_speaks_of_columns(shipped, query, said):
    with pytest.raises(BadScenario, match=re.escape(f"set_speed: where: query: {said}")):
        shipped.apply(cm.SetSpeed(where=cm.Where(query=query), factor=0.5))


def test_a_folder_or_a_link_to_nothing_is_told_as_such(tmp_path):
    (tmp_path / "plans.yaml").mkdir()
    (tmp_path / "plans.yaml" / "a.yaml").write_text("name: a\n")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    for name, said in (
        ("plans.yaml", "is a folder: name a file in it, such as a.yaml"),
        ("loop.yaml", "cannot be read: it is a link that leads to no file"),
    ):
        with pytest.raises(BadFile) as caught:
            read_scenario(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {said}"


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_called_so(tmp_path, encoding):
    assert told(tmp_path, "name: 长沙 x\n", encoding) == "bad.yaml: is UTF-32, must be UTF-8: save it as UTF-8 (另存为 UTF-8)"


def test_no_name_reaches_the_terminal_raw_or_without_end(tmp_path):
    raw = 'name: "a\\e[31m\\u202e\\x9b"\nrequires: ["a\\e[31m\\u202e\\x9b"]\n'
    assert told(tmp_path, raw) == "bad.yaml:1:1: scenario a\\x1b[31m\\u202e\\x9b: requires names itself"
    long = cm.SetSpeed(link="l" * 5000 + "\x1b", id="k" * 5000, factor=2)
    with pytest.raises(BadScenario) as caught:
        cm.load().apply(cm.Scenario(name="s" * 5000, changes=[long]))
    assert len(str(caught.value)) < 250 and "\x1b" not in str(caught.value)
    with pytest.raises(BadScenario, match=r"^scenario s{57}\.\.\.: it requires 'n{57}\.\.\.', which is not applied$"):
        cm.load().apply(cm.Scenario(name="s" * 5000, requires=["n" * 5000]))
    assert str(CommuteWarning("a\x07b\nc")) == "a\\x07b\nc" and str(BadValue("x" * 5000)) == "x" * 1997 + "..."


@pytest.mark.parametrize(
    "text", [": x", "? y", "a\x85b", "a\u2028b", "?", "- x", "# c", "a: b", " lead", "~", "true", "1e3", "\tt", "a\nb"]
)
def test_odd_texts_are_read_as_they_were_written(text, tmp_path):
    written = cm.Scenario(name="n", about=text, changes=[cm.SetEntry(station_class="metro", entry_min=1.0, note=text)])
    cm.write_scenario(written, tmp_path / "n.yaml")
    assert cm.read_scenario(tmp_path / "n.yaml") == written
