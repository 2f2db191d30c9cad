"""All subsets of gaps by one walk, against a search of the network for each: `python benchmarks/gap_subsets.py`.

4,096 subsets of 12 gaps, 300 zones, 20,000 nodes. Every subset gets its exact matrix of 300 x 300 times and a measure of it: jobs
within 15 minutes, summed over people. The peers search the network again for each subset and are timed on 24 of them; all 90,000
times and the measure of each of those must be equal. Ratios mean more than seconds: the machine may be shared.
"""

from __future__ import annotations

import os
import time

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from timing import best

from commute.routing.minplus import Around, closure, gap_arcs
from commute.routing.street import FAR, in_threads, link_ds, seeds_of, streets, times_ds
from commute.routing.subsets import reach_table

SIDE, ZONES, GAPS, SAMPLED, LIMIT_DS = 142, 300, 12, 24, 9_000
BLOCK_KM = 0.15
THREADS = os.cpu_count() or 1


def city(seed: int = 3) -> tuple[np.ndarray, ...]:
    """A grid of streets, some missing, unlike speeds, one in ten one-way; three rivers with a bridge every 24 streets."""
    rng = np.random.default_rng(seed)
    node = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    across, along = (node[:, :-1].ravel(), node[:, 1:].ravel()), (node[:-1].ravel(), node[1:].ravel())
    a, b = np.concatenate([across[0], along[0]]), np.concatenate([across[1], along[1]])
    river = np.isin(a // SIDE, [35, 71, 106]) & (b == a + SIDE)
    kept = np.where(river, a % SIDE % 24 == 11, rng.random(len(a)) < 0.9)
    a, b = a[kept], b[kept]
    one_way = (rng.random(len(a)) < 0.1) & (b != a + SIDE)
    return a, b, link_ds(rng.uniform(0.8, 1.2, len(a)) * BLOCK_KM, rng.choice([20.0, 30.0, 45.0], len(a))), one_way


def gaps_of(seed: int = 4) -> tuple[np.ndarray, ...]:
    """Nine missing bridges and three by-passes of 3 km, at 50 km/h."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([np.repeat([35, 71, 106], 3), rng.integers(10, SIDE - 10, 3)])
    columns = np.concatenate([np.tile([23, 71, 119], 3), rng.integers(10, SIDE - 30, 3)])
    a = rows * SIDE + columns
    b = a + np.where(np.arange(GAPS) < 9, SIDE, 20)
    return a, b, link_ds(np.where(np.arange(GAPS) < 9, 0.4, 3.0), np.full(GAPS, 50.0))


def main() -> None:
    links, gaps = city(), gaps_of()
    rng = np.random.default_rng(5)
    n = SIDE * SIDE
    zones = rng.choice(n, ZONES, replace=False)
    people, jobs = (rng.integers(1, 1000, ZONES).astype(float) for _ in range(2))
    sources = seeds_of(ZONES, np.arange(ZONES), zones, np.zeros(ZONES))

    def built(bits: int) -> list[np.ndarray]:
        """The links of the city with the gaps of a subset among them."""
        opened = (bits >> np.arange(GAPS)) & 1 == 1
        more = (gaps[0][opened], gaps[1][opened], gaps[2][opened], np.zeros(opened.sum(), bool))
        return [np.concatenate(pair) for pair in zip(links, more, strict=True)]

    def by_scipy(bits: int) -> np.ndarray:
        net = streets(n, *built(bits))
        first = np.lexsort((net.ds, net.head, net.tail))  # scipy adds parallel arcs up: keep the quickest
        keep = first[np.r_[True, np.diff(net.tail[first].astype(np.int64) * n + net.head[first]) != 0]]
        graph = csr_array((net.ds[keep].astype(float), (net.tail[keep], net.head[keep])), shape=(n, n))
        start = time.perf_counter()
        times = dijkstra(graph, indices=zones)[:, zones]
        spent["scipy"].append(time.perf_counter() - start)
        return np.where(np.isinf(times), FAR, times).astype(np.int64)

    def by_dial(bits: int) -> np.ndarray:
        net = streets(n, *built(bits))
        start = time.perf_counter()
        times = times_ds(net, sources, threads=THREADS)[:, zones]
        spent["dial"].append(time.perf_counter() - start)
        return times

    def base(threads: int) -> Around:
        ends = np.concatenate(gaps[:2])
        points = np.concatenate([zones, ends])
        times = times_ds(streets(n, *links), seeds_of(len(points), np.arange(len(points)), points, np.zeros(len(points))), threads=threads)
        od, oe, ed, ee = (times[:ZONES, zones], times[:ZONES, ends], times[ZONES:, zones], times[ZONES:, ends])
        arcs = gap_arcs(np.arange(GAPS), np.arange(GAPS), np.arange(GAPS) + GAPS, gaps[2], n_gaps=GAPS)
        return od, oe, ed, ee, arcs

    spent: dict[str, list[float]] = {"scipy": [], "dial": []}
    base(1)
    bases = {threads: best(lambda threads=threads: base(threads), 3) for threads in {1, THREADS}}
    around = bases[1][1]

    def sweep(whole: bool, threads: int) -> np.ndarray:
        return reach_table(around, from_weight=people, to_weight=jobs, limit_ds=LIMIT_DS, whole=whole, threads=threads)

    sweep(False, 1)  # compiled or loaded
    ours = {
        (whole, threads): best(lambda whole=whole, threads=threads: sweep(whole, threads), 5)
        for whole in (False, True)
        for threads in {1, THREADS}
    }
    reached = ours[False, 1][1]
    assert all((found == reached).all() for _, found in ours.values()), "the ways to walk differ"
    changed = []
    for bits in [0, 1, (1 << GAPS) - 1, *rng.integers(0, 1 << GAPS, SAMPLED - 3)]:
        exact = by_scipy(int(bits))
        assert (by_dial(int(bits)) == exact).all(), "Dial differs"
        assert (closure(*around, (bits >> np.arange(GAPS)) & 1 == 1) == exact).all(), "a matrix differs"
        assert people @ (exact <= LIMIT_DS) @ jobs == reached[bits], "a measure differs"
        changed.append((exact != around[0]).mean())

    def copied(threads: int) -> float:
        """Seconds to copy one matrix, by each of so many threads at once, a thread its own."""
        pairs = [(around[0].copy(), around[0].copy()) for _ in range(4 * threads)]

        def work(first: int, last: int) -> None:
            for one, other in pairs[first:last]:
                for _ in range(400):
                    np.copyto(other, one)

        return best(lambda: in_threads(work, len(pairs), threads), 5)[0] / (400 * len(pairs))

    big = np.zeros(1 << 26, np.int32)
    other = big.copy()
    memory_s = best(lambda: np.copyto(other, big), 3)[0] / big.size * ZONES * ZONES
    scipy_s, dial_s = (float(np.median(spent[name])) for name in ("scipy", "dial"))
    subsets = 1 << GAPS
    print(f"{n} nodes, {len(links[0])} links, {ZONES} zones, {GAPS} gaps: {subsets} subsets; up to {max(changed):.1%} of pairs change")
    print(f"exact on {SAMPLED} of {SAMPLED} subsets: {ZONES * ZONES} times and the measure each; distinct values {len(np.unique(reached))}")
    print(f"matrix with no gap open, once: {', '.join(f'{took:.3f} s ({k} thr.)' for k, (took, _) in sorted(bases.items()))}")
    print(f"{'a subset':52}{'µs':>12}{'scipy / it':>14}")
    rows = {"scipy.sparse.csgraph.dijkstra": scipy_s, f"this library's Dial search, {THREADS} threads": dial_s}
    for (whole, threads), (took, _) in sorted(ours.items(), reverse=True):
        kind = "matrix written out and measured" if whole else "measured, rows shared with the parent's"
        rows[f"walk: {kind}, {threads} thr."] = took / subsets
        rows[f"    and the matrix with no gap open, {threads} thr."] = (took + bases[threads][0]) / subsets
    limits = {f"limit: copy one matrix in cache, {threads} thr.": copied(threads) for threads in sorted({1, THREADS})}
    for name, seconds in {**rows, **limits, "limit: copy one matrix in memory, 1 thr.": memory_s}.items():
        print(f"{name:52}{seconds * 1e6:12.2f}{scipy_s / seconds:14,.0f}")
    for (whole, threads), (took, _) in sorted(ours.items(), reverse=True):
        limit = limits[f"limit: copy one matrix in cache, {threads} thr."]
        print(f"walk ({'written out' if whole else 'rows shared'}, {threads} thr.) / copy in cache: {took / subsets / limit:.2f}")


if __name__ == "__main__":
    main()
