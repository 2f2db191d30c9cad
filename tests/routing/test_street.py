import os
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from commute.errors import BadValue
from commute.routing import street
from commute.routing.street import FAR, link_ds, path_links, seconds, seeds_of, streets, times_ds, tree
from oracles_street import net_of, nx_graph, random_links, scipy_times


def from_all_nodes(n):
    return seeds_of(n, np.arange(n), np.arange(n), np.zeros(n))


def test_times_equal_scipy_on_300_random_networks():
    for seed in range(300):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(1, 25))
        links = random_links(rng, n, int(rng.integers(0, 60)), longest=int(rng.choice([3, 60, 5000])))
        assert_array_equal(times_ds(net_of(n, *links), from_all_nodes(n)), scipy_times(n, *links), err_msg=f"seed {seed}")


def test_times_from_several_seeds_equal_networkx_on_200_random_networks():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 20))
        links = random_links(rng, n, int(rng.integers(1, 50)))
        who, node, ds = rng.integers(0, 3, 6), rng.integers(0, n, 6), rng.integers(0, 300, 6)
        times = times_ds(net_of(n, *links), seeds_of(3, who, node, ds))
        graph = nx_graph(n, *links)
        for point in range(3):
            graph.add_node(("from", point))
            for u, d in zip(node[who == point].tolist(), ds[who == point].tolist(), strict=True):
                graph.add_edge(("from", point), u, ds=d)
            known = nx.single_source_dijkstra_path_length(graph, ("from", point), weight="ds")
            assert times[point].tolist() == [known.get(v, FAR) for v in range(n)], f"seed {seed}"


def test_times_are_exact_whatever_the_width_of_the_buckets(monkeypatch):
    for seed in range(120):
        rng = np.random.default_rng(seed)
        links = random_links(rng, 15, 45, longest=int(rng.choice([70, 5000, 3_000_000])))
        net, shift = net_of(15, *links), seed % 12
        if seed % 2 and net.ds.max() < 10_000:
            monkeypatch.setattr(street, "buckets", lambda ds, shift=shift: (shift, 1 << ((int(ds.max()) >> shift) + 1).bit_length()))
        else:
            monkeypatch.undo()
            monkeypatch.setattr(street, "MAX_BUCKETS", 64)
        assert_array_equal(times_ds(net, from_all_nodes(15)), scipy_times(15, *links))


def test_threads_limit_and_turning():
    rng = np.random.default_rng(1)
    links = random_links(rng, 40, 120)
    net, whole = net_of(40, *links), scipy_times(40, *links)
    assert_array_equal(times_ds(net, from_all_nodes(40), threads=3), whole)
    assert_array_equal(times_ds(net.turned(), from_all_nodes(40)), whole.T)
    assert_array_equal(times_ds(net, from_all_nodes(40), limit_ds=50), np.where(whole <= 50, whole, FAR))


def test_results_do_not_depend_on_the_order_of_links_but_for_their_numbers():
    rng = np.random.default_rng(2)
    a, b, ds, one_way = random_links(rng, 20, 60)
    mixed = rng.permutation(60)
    there, here = net_of(20, a, b, ds, one_way), net_of(20, a[mixed], b[mixed], ds[mixed], one_way[mixed])
    assert_array_equal(times_ds(there, from_all_nodes(20)), times_ds(here, from_all_nodes(20)))


def test_path_links_run_from_source_to_node_and_add_up_to_its_time():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        a, b, ds, one_way = random_links(rng, 12, 30, longest=4)  # short ones: many ties
        net = net_of(12, a, b, ds, one_way)
        start = seeds_of(1, [0, 0], [3, 5], [0, 2])
        times = times_ds(net, start)[0]
        arcs = tree(net, times, start)
        for node in np.flatnonzero(times < FAR):
            links = path_links(net, arcs, int(node))
            at, where = int(node), int(times[node])
            for link in links[::-1]:
                where -= int(ds[link])
                assert at == b[link] or (at == a[link] and not one_way[link])
                at = int(a[link]) if at == b[link] and (one_way[link] or times[a[link]] == where) else int(b[link])
            assert (at, where) in {(3, 0), (5, 2)}


def test_of_two_equal_paths_the_one_by_the_first_link_is_taken():
    net = streets(4, [0, 0, 1, 2, 0], [1, 2, 3, 3, 3], [5, 5, 5, 5, 10], [False] * 5)
    start = seeds_of(1, [0], [0], [0])
    arcs = tree(net, times_ds(net, start)[0], start)
    assert path_links(net, arcs, 3).tolist() == [0, 2]
    assert path_links(net, arcs, 0).tolist() == []
    twice = seeds_of(1, [0, 0], [0, 1], [0, 5])  # node 1 is a source too, no later than link 0 gets there
    assert path_links(net, tree(net, times_ds(net, twice)[0], twice), 3).tolist() == [2]


def test_a_link_is_rounded_half_up_once_and_a_path_once():
    assert link_ds([1.0, 0.00001, 0.5], [60.0, 100.0, 45.0], [0.0, 0.0, 1.5]).tolist() == [600, 1, 1300]
    assert link_ds(0.00125, 100.0).tolist() == 1  # 0.45 ds, at least one
    assert link_ds(0.0125, 180.0) == 3  # 2.5 ds
    assert seconds(np.array([0, 4, 5, 14, 15, FAR - 1, FAR], np.int32)).tolist() == [0, 0, 1, 1, 2, (FAR - 1 + 5) // 10, -1]


@given(st.floats(0.001, 300), st.floats(1, 150), st.floats(1, 150), st.floats(0, 60))
def test_a_faster_link_never_takes_longer(length_km, slow, fast, delay_min):
    slow, fast = min(slow, fast), max(slow, fast)
    assert link_ds(length_km, fast, delay_min) <= link_ds(length_km, slow, delay_min)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10_000), st.integers(0, 19), st.integers(1, 100))
def test_a_shorter_time_on_one_link_lengthens_no_path(seed, link, ds):
    rng = np.random.default_rng(seed)
    a, b, old, one_way = random_links(rng, 10, 20)
    old = np.where(rng.random(20) < 0.2, FAR, old)  # shut
    new = old.copy()
    new[link] = min(int(old[link]), ds)
    before, after = (times_ds(net_of(10, a, b, w, one_way), from_all_nodes(10)) for w in (old, new))
    assert (after <= before).all()


def test_bad_links_are_refused_by_name():
    with pytest.raises(BadValue, match=r"^link 1: length_km 2\.0, speed_kmh nan, delay_min 0\.0 give no time; length and speed must be"):
        link_ds([1, 2], [50, np.nan])
    with pytest.raises(BadValue, match=r"^link 0: length_km 0\.0, speed_kmh 50\.0"):
        link_ds(0, 50)
    with pytest.raises(BadValue, match=r"^link times run from 0 to 5 ds, must be 1 to 536870912 \(shut\)$"):
        streets(2, [0, 0], [1, 1], [0, 5], [False, False])
    with pytest.raises(BadValue, match=r"^link ends run from 0 to 2, there are 2 nodes$"):
        streets(2, [0], [2], [5], [False])


KERNELS = """
import warnings
from numba.core.errors import NumbaWarning
warnings.simplefilter("error", NumbaWarning)
import sys
sys.path.insert(0, "tests")
import numpy as np
import shapely
from commute.routing import access, snap, street
from oracles_street import links_of
net = street.streets(2, [0], [1], [5], [False])
street.times_ds(net, street.seeds_of(1, [0], [0], [0]))
links = links_of(np.array([[0.0, 0.0], [100.0, 0.0]]), [0], [1], [False])
river = access.barrier([shapely.LineString([(50, -9), (50, 9)])])
ends = snap.ends(snap.snap([[10.0, 5.0]], links, river=river), net, speed_kmh=20, detour=1.3)
snap.point_matrix_s(net, ends, ends)
access.field_m(river, [[0.0, 0.0]], [[10.0, 0.0]], 100.0)
for module in (access, snap, street):
    for name, value in sorted(vars(module).items()):
        if hasattr(value, "stats") and value.__module__ == module.__name__:
            print(name, len(value.signatures), sum(value.stats.cache_hits.values()), sum(value.stats.cache_misses.values()))
"""


def test_no_kernel_compiles_in_a_second_process(request):
    """Inner kernels are compiled into the outer ones, whose cache hit spares both."""
    root = request.config.rootpath
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    runs = [
        subprocess.run([sys.executable, "-c", KERNELS], cwd=root, env=env, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    rows = [line.split() for line in runs[1].splitlines()]
    called = {name: (int(kinds), int(hits), int(misses)) for name, kinds, hits, misses in rows}
    outer = ("_crossed", "_field", "_matrix", "_project", "_times")
    assert {name: called[name] for name in outer} == dict.fromkeys(outer, (1, 1, 0))
    assert not any(misses for _, _, misses in called.values())
