import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import commute as cm
from commute.errors import BadValue, UnknownId
from commute.model.network import Network
from commute.model.points import resolve
from tinytown import AS_OF, tiny_layers, tiny_tables


def town(shuffle=None):
    tables = tiny_tables()
    if shuffle is not None:
        tables = {name: frame.sample(frac=1, random_state=shuffle) for name, frame in tables.items()}
    return Network.from_tables(tables, tiny_layers(), AS_OF)


@given(st.integers(0, 2**32 - 1))
def test_the_hash_does_not_depend_on_the_order_of_rows(seed):
    assert town(seed) == town()


def test_any_cell_changes_the_hash():
    net = town()
    for name in ("link", "zone", "constant", "stop_times"):
        frame = net.table(name).copy()
        column = frame.select_dtypes("number").columns[0]
        frame.loc[0, column] = frame.loc[0, column] + 1
        assert net.replaced(tables={name: frame}) != net, name


def test_on_gives_a_new_network_and_leaves_the_old(tiny):
    before = tiny.hash
    old, new = tiny.on("2018-12-31"), tiny.on("2019-01-01")
    assert "l_bridge_old" in old.links.index and "l_bridge" not in old.links.index
    assert "l_bridge" in new.links.index and "l_bridge_old" not in new.links.index
    assert tiny.hash == before and old != new


def test_an_empty_scenario_changes_nothing(tiny):
    dated = tiny.on(AS_OF)
    assert dated.apply(cm.Scenario(name="empty")) == dated
    assert dated.apply() == dated


def test_frames_given_out_are_copies(tiny):
    before = tiny.hash
    links = tiny.links
    links["length_km"] = 0.0
    projects = tiny.projects
    projects["name_en"] = "x"
    assert tiny.hash == Network.from_tables(tiny._tables, tiny.layers, AS_OF).hash == before


def test_constants_follow_the_level(tiny):
    better, worse = tiny.assume("favourable"), tiny.assume("unfavourable")
    assert better.constant("walk_kmh") > tiny.constant("walk_kmh") > worse.constant("walk_kmh")
    assert better.constant("entry_metro_min") < worse.constant("entry_metro_min")
    with pytest.raises(UnknownId, match=r"no constant 'walk_kph' .nearest: walk_kmh"):
        tiny.constant("walk_kph")


def test_a_day_is_whole():
    with pytest.raises(BadValue, match="is not a day"):
        town().on("2026")


def test_points_by_id_name_and_coordinates(tiny):
    zone = tiny.table("zone").iloc[0]
    points = resolve(tiny, [zone["zone_id"], (113.0, 28.1)])
    assert points.ids == (zone["zone_id"], "113.000000,28.100000")
    assert np.allclose(points.lon, [zone["lon"], 113.0])
    with pytest.raises(UnknownId, match="no point 'zz1'"):
        resolve(tiny, "zz1")
    with pytest.raises(BadValue, match="given twice"):
        resolve(tiny, [(113.0, 28.1), (113.0, 28.1)])
    with pytest.raises(BadValue, match=r"is not .lon, lat. in degrees"):
        resolve(tiny, (28.1, 281.0))


def test_points_of_a_frame(tiny):
    frame = tiny.zones.reset_index().rename(columns={"zone_id": "id"})
    assert resolve(tiny, frame).ids == tuple(frame["id"])
    with pytest.raises(BadValue, match="needs a column `id`"):
        resolve(tiny, tiny.zones)


def test_a_network_with_another_table_shows_what_one_made_anew_shows(tiny):
    """What is known of the tables that stay is handed on; what is made from the new one is not."""
    day = tiny.on(AS_OF)
    seen = ("link", "gap", "stops", "routes", "place", "node")

    def shown(net):
        return [net.running(), {name: net.in_use(name) for name in seen}, {"constants": net.constants}]

    before, hashed = shown(day), day.hash
    other = {
        "link": day.table("link").assign(closes="2020-01-01"),
        "gap": day.table("gap").assign(opens="2019-01-01"),
        "stop_times": day.table("stop_times").query("stop_sequence < 3").reset_index(drop=True),
        "closure": day.table("closure").head(0),
        "constant": day.table("constant").assign(central=1.0),
        "frequencies": day.table("frequencies").assign(headway_s=777),
    }
    for name, table in other.items():
        changed = day.replaced(tables={name: table})
        anew = Network(changed._tables, changed.layers, as_of=AS_OF, day=changed.date)
        assert changed.hash == anew.hash != hashed
        for ours, theirs, then in zip(shown(changed), shown(anew), before, strict=True):
            for key, frame in theirs.items():
                pd.testing.assert_frame_equal(ours[key], frame)
                if name not in ("gap", "constant", "closure") and key == name:
                    assert not frame.equals(then[key])
    for ours, then in zip(shown(day), before, strict=True):
        assert all(ours[key].equals(frame) for key, frame in then.items())
    assert day.hash == hashed


def test_a_digest_is_of_the_table_or_of_some_columns(tiny):
    link = tiny.table("link")
    changed = tiny.replaced(tables={"link": link.assign(free_speed_kmh=link["free_speed_kmh"] + 1)})
    assert changed.digest("link") != tiny.digest("link") and changed.digest("node") == tiny.digest("node")
    assert changed.digest("link", "link_id", "geometry") == tiny.digest("link", "link_id", "geometry")
    assert changed.digest("link", "free_speed_kmh") != tiny.digest("link", "free_speed_kmh")
    back = changed.replaced(tables={"link": link.copy()})
    assert back.digest("link") == tiny.digest("link") and back == tiny
