"""Edits of rows are held to the rules of the tables, as far as they bring what is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commute as cm
from commute.errors import BadScenario, BadValue
from commute.model.changes import Cell, EditRows, diff, invert
from commute.model.checks.edited import newly_broken
from commute.model.network import Network
from commute.model.tables import BY_NAME
from tinytown import AS_OF, tiny_layers, tiny_tables

NET = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)
ROAD = {
    **{"link_id": "new", "from_node_id": "n00", "to_node_id": "n11", "directed": False, "facility_type": "primary"},
    **{"area": "changsha", "length_km": 4.0, "free_speed_kmh": 60.0, "allowed_uses": "auto", "source_id": "tiny", "confidence": "assumed"},
}
NODE = {"node_id": "here", "lon": 112.95, "lat": 28.09, "source_id": "tiny", "confidence": "assumed"}


def row(table, *key):
    """A row without its empty cells."""
    frame = NET.table(table)
    for name, part in zip(BY_NAME[table].key, key, strict=True):
        frame = frame[frame[name] == part]
    return {name: value for name, value in frame.to_dict("records")[0].items() if value == value and value != ""}


def cell(table, *key, **new):
    ((column, value),) = new.items()
    return EditRows(table=table, changed=[Cell(key=key, column=column, old=row(table, *key).get(column), new=value)])


def refused(*changes, net=NET):
    with pytest.raises(BadScenario) as caught:
        net.apply(*changes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cell("link", "l_bridge", free_speed_kmh=-5), "free_speed_kmh of link l_bridge: -5 is not within 1 to 150"),
        (cell("link", "l_bridge", free_speed_kmh=float("inf")), "free_speed_kmh of link l_bridge: is infinite"),
        (cell("link", "l_bridge", free_speed_kmh=None), "free_speed_kmh of link l_bridge: is empty"),
        (cell("link", "l_bridge", to_node_id="n211"), "to_node_id of link l_bridge: no node 'n211' (nearest: n21, n11, n32)"),
        (
            cell("link", "l_bridge", facility_type="primery"),
            "facility_type of link l_bridge: 'primery' is not one of motorway, trunk, primary, secondary, tertiary, residential"
            " (nearest: primary)",
        ),
        (cell("link", "l_bridge", opens="2019-13"), "opens of link l_bridge: '2019-13' is not a date: "),
        (cell("link", "l_bridge", closes="2018"), "closes of link l_bridge: 2018 is before opens 2019-01-01"),
        (cell("link", "l_bridge", length_km=0.1), "length_km of link l_bridge: 0.1 km is under the straight line of 3.92"),
        (cell("link", "l_bridge", link_id="l_planned"), "link_id of link l_planned: 'l_planned' stands already"),
        (EditRows(table="link", added=[ROAD, ROAD]), "link_id of link new: 'new' stands already"),
        (
            EditRows(table="link", added=[{**ROAD, "from_node_id": "n999"}]),
            "from_node_id of link new: no node 'n999' (none is close to it)",
        ),
        (cell("node", "n00", lat=112.94), "lat of node n00: 112.94 is not within -90 to 90"),
        (cell("constant", "walk_kmh", "", name="walk_kmj"), "name of constant: no row 'walk_kmh', which times need (nearest: walk_kmj)"),
        (cell("zone", "z1", zone_id="z9"), "zone_id of job z1: no zone 'z1' (nearest: z9"),
        (cell("gap", "g_tied", link_ids="l_planned;l_x"), "link_ids of gap g_tied: no link 'l_x' (none is close to it)"),
    ],
)
def test_what_a_table_may_not_hold_no_edit_puts_there(change, said):
    assert f"edit_rows: {said}" in refused(change)


def test_what_is_taken_away_may_not_be_needed():
    told = refused(EditRows(table="node", removed=[row("node", "n00")]))
    assert "edit_rows: from_node_id of link l_n00_n01: no node 'n00' (nearest: n30, n20, n10)" in told.splitlines()
    trip = NET.table("stop_times")["trip_id"].iloc[0]
    calls = [row("stop_times", trip, at) for at in NET.table("stop_times").query("trip_id == @trip")["stop_sequence"]]
    assert refused(EditRows(table="stop_times", removed=calls)) == f"edit_rows: trip_id of trips {trip}: '{trip}' has 0 stop times, needs 2"


def test_what_rests_on_a_row_is_checked_with_it():
    far = {name: value for name, value in row("node", "n00").items() if name in ("lon", "lat")}
    moved = EditRows(table="node", changed=[Cell(key="n00", column="lat", old=far["lat"], new=far["lat"] - 0.5)])
    assert "edit_rows: length_km of link l_n00_n01: " in refused(moved)
    first = NET.table("stop_times").iloc[0]
    late = cell("stop_times", first["trip_id"], int(first["stop_sequence"]), departure_s=90_000)
    assert f"edit_rows: arrival_s of stop_times {first['trip_id']}/" in refused(late)


def test_edits_of_several_tables_are_judged_together():
    road = {**ROAD, "from_node_id": "here", "length_km": 3.0}
    for edits in ([EditRows(table="node", added=[NODE]), EditRows(table="link", added=[road])], [EditRows(table="link", added=[road])]):
        if len(edits) == 2:
            assert "new" in NET.apply(*edits).links.index and NET.apply(*edits[::-1]) == NET.apply(*edits)
        else:
            assert "no node 'here'" in refused(*edits)


def test_a_broken_edit_is_left_out_of_what_follows():
    told = refused(
        cell("link", "l_bridge", free_speed_kmh=500), cm.SetSpeed(link="l_bridge", factor=0.5), cm.SetSpeed(link="l_x", factor=2)
    )
    assert [line.split(": ")[1] for line in told.splitlines()] == ["free_speed_kmh of link l_bridge", "no link 'l_x' (none is close to it)"]


def test_what_was_wrong_before_may_stay_be_told_and_be_put_right():
    tables = tiny_tables()
    link = tables["link"]
    tables["link"] = link.assign(free_speed_kmh=link["free_speed_kmh"].mask(link["link_id"] == "l_bridge", 500.0))
    odd = Network.from_tables(tables, tiny_layers(), AS_OF)
    assert len(odd.validate().query("level == 'error'"))
    after = odd.apply(EditRows(table="link", changed=[Cell(key="l_bridge", column="lanes", old=4, new=6)]))
    assert odd.apply(diff(odd, after)) == after and after.apply(diff(after, odd)) == odd
    assert odd.apply(diff(odd, NET)) == NET
    assert "500 is not within 1 to 150" in refused(diff(NET, odd))


def test_edits_come_back_and_bring_no_finding():
    edits = cm.Scenario(name="s", changes=[EditRows(table="node", added=[NODE]), cell("link", "l_bridge", lanes=2.0)])
    after = NET.apply(edits)
    assert after.apply(invert(NET, edits)) == NET and NET.apply(diff(NET, after)) == after
    names = {name: net.table(name) for name in BY_NAME for net in (NET,)}
    assert (
        newly_broken(names, names, {"link": [("l_bridge",)], "stops": [("m1",)], "trips": [(NET.table("trips")["trip_id"].iloc[0],)]}) == []
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"changed": [Cell(key="l", column="lanes", new=True)]}, "new lanes of link l is True, must be a number or empty"),
        ({"changed": [Cell(key="l", column="name", new=5)]}, "new name of link l is 5, must be a text: put it in quotes"),
        ({"changed": [Cell(key=5, column="name", new="x")]}, "key of link: link_id is 5, must be a text: put it in quotes"),
        ({"changed": [Cell(key=("l", "x"), column="name", new="x")]}, "key l x of link has 2 parts, needs link_id"),
        ({"changed": [Cell(key="l", column="name", new=one) for one in "xy"]}, "name of link l is changed twice"),
        ({"changed": [Cell(key="new", column="name", new="x")], "removed": [ROAD]}, "link new is both changed and removed"),
        ({"added": [{**ROAD, "directed": 2}]}, "directed of link new is 2, must be true or false"),
        ({"added": [{name: value for name, value in ROAD.items() if name != "directed"}]}, "directed of link new is empty"),
    ],
)
def test_what_no_table_needs_asking_about_is_refused_at_birth(made, said):
    with pytest.raises(BadValue) as caught:
        EditRows(table="link", **made)
    assert str(caught.value) == f"edit_rows: {said}"


def test_a_whole_number_is_whole():
    with pytest.raises(BadValue, match=r"new headway_s of frequencies t 0 is 1\.5, must be a whole number"):
        EditRows(table="frequencies", changed=[Cell(key=("t", 0), column="headway_s", old=1, new=1.5)])


def errors(net):
    """What a whole check calls an error: the cell, or what is said of the table."""
    found = net.validate().query("level == 'error'")
    return {(file, column, key or said) for file, column, key, said in found[["file", "column", "key", "message"]].to_numpy()}


@st.composite
def some_edit(draw):
    """A cell that becomes another, empty or odd, or a row that goes, or one that comes."""
    table = draw(st.sampled_from([name for name in BY_NAME if len(NET.table(name))]))
    frame, keys = NET.table(table), BY_NAME[table].key
    at = draw(st.integers(0, len(frame) - 1))
    whole = {name: frame[name].tolist()[at] for name in frame}
    held = {name: value for name, value in whole.items() if name in keys or (value == value and value != "")}
    what = draw(st.sampled_from(["cell", "cell", "cell", "gone", "new"]))
    if what == "gone":
        return EditRows(table=table, removed=[held])
    if what == "new":
        return EditRows(table=table, added=[{**held, keys[0]: draw(st.sampled_from(["new", *frame[keys[0]].tolist()]))}])
    column = draw(st.sampled_from(BY_NAME[table].columns))
    odd = {"bool": True, "float": -3.0, "int": -3, "clock": 90_000}.get(column.kind, "odd")
    needed = column.required and column.kind in ("bool", "int", "clock")
    new = draw(st.sampled_from([odd, frame[column.name].tolist()[draw(st.integers(0, len(frame) - 1))], *([] if needed else [None])]))
    old = held.get(column.name) or (None if whole[column.name] == "" or whole[column.name] != whole[column.name] else whole[column.name])
    key = tuple(whole[name] for name in keys)
    return EditRows(table=table, changed=[Cell(key=key, column=column.name, old=old, new=new)])


@settings(max_examples=25, deadline=None)
@given(st.lists(some_edit(), min_size=1, max_size=2))
def test_what_an_edit_breaks_is_what_a_check_of_all_tables_finds(edits):
    after, fit = NET, []
    for edit in edits:
        if not edit.faults(after):
            after, fit = edit.edit(after), [*fit, edit]
    assert bool(errors(after)) == bool(EditRows.broken(NET, after, fit))
