"""Random networks with gaps, the blocks of times that the gap algebra starts from, and Dijkstra with any gaps built."""

from __future__ import annotations

import numpy as np

from commute.routing.minplus import gap_arcs
from oracles_street import random_links, scipy_times


def city(seed, *, n_gaps=None, arcs_a_gap=1, n_o=5, n_d=4, most_ds=40):
    """Blocks and arcs of a random city, and `again(mask)`: times from origins to destinations with the gaps of the mask built.

    Origins, destinations and gap ends are random nodes; loops, parallel, one-way and unreachable ones are among them.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 16))
    n_gaps = int(rng.integers(1, 5)) if n_gaps is None else n_gaps
    links = random_links(rng, n, int(rng.integers(2, 25)))
    base = scipy_times(n, *links).astype(np.int32)
    n_arcs = n_gaps * arcs_a_gap
    ends = rng.permutation(np.resize(np.arange(n), max(n, 4)))[: int(rng.integers(2, 9))]
    a, b = rng.integers(0, len(ends), (2, n_arcs))
    arcs = gap_arcs(
        np.arange(n_arcs) % n_gaps, a, b, rng.integers(1, most_ds, n_arcs), rng.random(n_arcs) < 0.4, n_gaps=n_gaps
    )  # fmt: skip
    o, d = rng.integers(0, n, n_o), rng.integers(0, n, n_d)
    blocks = (base[np.ix_(o, d)], base[np.ix_(o, ends)], base[np.ix_(ends, d)], base[np.ix_(ends, ends)])

    def again(mask):
        keep = mask[arcs.gap]
        more = (ends[arcs.a[keep]], ends[arcs.b[keep]], arcs.ds[keep], arcs.directed[keep])
        whole = scipy_times(n, *(np.concatenate(pair) for pair in zip(links, more, strict=True)))
        return whole[np.ix_(o, d)]

    return blocks, arcs, again


def masks(n_gaps):
    """Every subset of gaps, shape (2^n, n); gap k is bit k."""
    return (np.arange(1 << n_gaps)[:, None] >> np.arange(n_gaps)) & 1 == 1
