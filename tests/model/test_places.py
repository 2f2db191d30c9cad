"""What is said of a change names where it stands: its place in a file, else its number among those it was given with."""

import warnings
from dataclasses import replace

import pytest

import commute as cm
from commute.errors import BadScenario, CommuteWarning, Conflict
from commute.model.changes import Cell, EditRows, diff_table
from commute.model.changes.change import Place
from commute.model.network import Network
from commute.model.scenario import merge
from tinytown import AS_OF, tiny_layers, tiny_tables

NET = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF).on(AS_OF)


def plan(tmp_path, *changes, name="plan"):
    path = tmp_path / f"{name}.yaml"
    path.write_text("\n".join([f"name: {name}", "changes:", *(f"  - {one}" for one in changes)]) + "\n", "utf-8")
    return cm.read_scenario(path)


def refused(kind, *what):
    with pytest.raises(kind) as caught:
        NET.apply(*what)
    return str(caught.value)


def test_a_fault_names_the_line_of_its_change(tmp_path):
    made = plan(
        tmp_path, "{kind: set_speed, link: l_bridge, factor: 2}", "{kind: set_speed, link: l_bridg, factor: 2}", "{kind: open_gap, gap: g}"
    )
    assert refused(BadScenario, made).splitlines() == [
        "plan.yaml:5:5 open_gap g: no gap 'g' (none is close to it)",
        "plan.yaml:4:5 set_speed l_bridg: no link 'l_bridg' (nearest: l_bridge, l_bridge_old)",
    ]
    named = plan(tmp_path, "{kind: set_speed, id: faster, link: l_bridg, factor: 2}")
    assert refused(BadScenario, named).startswith("plan.yaml:3:5 faster: no link")


def test_both_sides_of_a_conflict_name_their_lines(tmp_path):
    at = [f"{{kind: set_speed, link: l_bridge, free_speed_kmh: {speed}}}" for speed in (50, 70)]
    told = "both set free_speed_kmh of link l_bridge"
    assert refused(Conflict, plan(tmp_path, *at)).startswith(
        f"plan.yaml:3:5 set_speed l_bridge and plan.yaml:4:5 set_speed l_bridge {told}"
    )
    one, other = plan(tmp_path, at[0], name="one"), plan(tmp_path, at[1], name="other")
    both = f"one.yaml:3:5 set_speed l_bridge and other.yaml:3:5 set_speed l_bridge {told}"
    assert both in refused(Conflict, one, other)
    with pytest.raises(Conflict, match=r"one\.yaml:3:5 set_speed l_bridge and other\.yaml:3:5 set_speed l_bridge both set free_speed_kmh"):
        merge(one, other)


def test_a_row_is_named_by_its_own_line(tmp_path):
    rows = """edit_rows
    table: link
    changed:
      - {key: l_bridge, column: lanes, old: 4, new: 6}
      - {key: l_bridge, column: free_speed_kmh, old: 60, new: 600}
      - {key: l_bridge, column: delay_peak_min, old: 9, new: 6}"""
    assert (
        refused(BadScenario, plan(tmp_path, f"kind: {rows}")) == "plan.yaml:8:9 edit_rows: delay_peak_min of link l_bridge is 1, expected 9"
    )
    right = "\n".join(rows.splitlines()[:-1])
    assert refused(BadScenario, plan(tmp_path, f"kind: {right}")) == (
        "plan.yaml:7:9 edit_rows: free_speed_kmh of link l_bridge: 600 is not within 1 to 150"
    )


def test_changes_from_python_that_are_called_alike_are_numbered():
    slow, fast = (cm.SetSpeed(link="l_bridge", free_speed_kmh=speed) for speed in (50, 70))
    told = "both set free_speed_kmh of link l_bridge"
    assert refused(Conflict, slow, fast).startswith(f"change 1 set_speed and change 2 set_speed {told}")
    assert refused(Conflict, cm.Scenario(name="s", changes=[slow, cm.OpenGap(gap="g_north"), fast])).startswith(
        f"s: change 1 set_speed and s: change 3 set_speed {told}"
    )
    assert refused(BadScenario, cm.SetSpeed(link="l", factor=2)) == "set_speed: no link 'l' (none is close to it)"


def test_a_place_is_no_part_of_a_change(tmp_path):
    made = plan(tmp_path, "{kind: set_speed, link: l_bridge, factor: 0.5}")
    change, same = made.changes[0], cm.SetSpeed(link="l_bridge", factor=0.5)
    assert change.place == Place("plan.yaml", 3, 5) and same.place is None
    assert change == same and hash(change) == hash(same) and repr(change) == repr(same)
    assert replace(change, factor=0.4).place == change.place
    cm.write_scenario(made, tmp_path / "again.yaml")
    assert "place" not in (tmp_path / "again.yaml").read_text("utf-8")
    assert NET.apply(made) == NET.apply(same)
    assert set(diff_table(NET, NET.apply(made))["caused_by"]) == {"plan: set_speed"}
    with pytest.raises(BadScenario, match=r"changes\.0\.place: is not a field"):
        plan(tmp_path, "{kind: set_speed, link: l_bridge, factor: 0.5, place: {file: x, line: 1, column: 1}}")


def test_what_no_query_sees_is_named_by_its_line(tmp_path):
    made = plan(tmp_path, "{kind: set_speed, id: a road that is made slower by and by, link: l_bridge, factor: 0.5, from_date: 2030-01-01}")
    told = r"sees what these change: plan.yaml:3:5 a road that is made slower by and by \(begins on 2030-01-01\)$"
    with pytest.warns(CommuteWarning, match=told):
        NET.apply(made)


def test_of_very_many_faults_the_first_are_told():
    with pytest.raises(BadScenario) as caught:
        NET.apply(*(cm.SetSpeed(link=f"x{number}", factor=2) for number in range(300)))
    lines = str(caught.value).splitlines()
    assert len(lines) == 21 and lines[-1] == "and 280 more" and len(caught.value.findings) == 300


def test_idle_changes_are_told_as_before_and_one_that_is_seen_is_none():
    row = NET.table("link").set_index("link_id").loc["l_planned"]
    idle = cm.SetSpeed(link="l_planned", free_speed_kmh=float(row["free_speed_kmh"]) / 2)
    with pytest.warns(CommuteWarning, match="sees what these change: change 2 set_speed l_planned$"):
        NET.apply(cm.SetSpeed(link="l_bridge", factor=0.5), idle)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NET.apply(cm.SetSpeed(link="l_bridge", factor=0.5))
        NET.replaced(day=None).apply(idle)
        NET.apply(EditRows(table="link", changed=[Cell(key="l_planned", column="lanes", old=row["lanes"], new=2)]))


def test_a_message_of_long_faults_is_cut_before_twenty():
    long = BadScenario([f"{k}: {'x' * 300}" for k in range(12)])
    assert len(str(long)) < 2_100 and str(long).endswith("and 6 more") and len(long.findings) == 12
