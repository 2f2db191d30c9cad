"""The backward scan against a plain recursion over connections, and against the forward scan."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from commute.routing import backward
from commute.routing.backward import totals_to_few
from commute.routing.scan import Links, Waiting, lane_matrix, least_change_s
from commute.routing.timetable import Connections
from oracles_transit import rows
from transit_cities import HORIZON, RANDOM, T0, city

pytestmark = pytest.mark.filterwarnings("error::numba.core.errors.NumbaWarning")
FAR = 10**9
DEPARTS = np.array([T0, T0 + 60, T0 + 611], np.int32)
INFORMED = Waiting(rule="informed", informed_above_s=300, buffer_s=120)


def by_recursion(draws: list[Connections], links: Links, percentile: float, waiting: Waiting) -> np.ndarray:
    """Earliest arrival; of those the longest first wait, a known clock first; every first boarding is tried."""
    access, change, egress = rows(links.access), rows(links.change), rows(links.egress)
    least = least_change_s(draws)
    n_o, n_d = links.direct_s.shape
    samples = np.full((len(draws) * len(DEPARTS), n_o, n_d), FAR, np.int64)
    for k, c in enumerate(draws):
        for d in range(n_d):

            @cache
            def arrives(i: int, c=c, d=d) -> int:
                """Earliest arrival once aboard connection i."""
                stop, at = int(c.to_stop[i]), int(c.arr_s[i])
                best = at + egress[d][stop] if stop in egress[d] else FAR
                for j in range(i + 1, len(c.dep_s)):
                    walk = change[stop].get(int(c.from_stop[j]))
                    if c.trip[j] == c.trip[i] or (walk is not None and at + max(walk, least) <= c.dep_s[j]):
                        best = min(best, arrives(j))
                return best

            for o in range(n_o):
                for m, t in enumerate(DEPARTS.tolist()):
                    found = (FAR, 0, 0)
                    for i in range(len(c.dep_s)):
                        stop = int(c.from_stop[i])
                        if stop not in access[o]:
                            continue
                        wait = int(c.dep_s[i]) - t - access[o][stop] - int(links.entry_s[stop])
                        if wait >= links.gate_s[stop] and arrives(i) < FAR:
                            knows = waiting.rule == "informed" and c.headway_s[c.trip[i]] > waiting.informed_above_s
                            credit = max(wait - waiting.buffer_s, 0) if knows else 0
                            found = min(found, (arrives(i), -2 * wait - knows, credit))
                    total = found[0] - t - found[2] if found[0] - t <= HORIZON else FAR
                    straight = int(links.direct_s[o, d])
                    samples[k * len(DEPARTS) + m, o, d] = min(total, straight if 0 <= straight <= HORIZON else FAR)
    ranked = np.sort(samples, axis=0)[max(int(np.ceil(percentile / 100 * len(samples) - 1e-9)), 1) - 1]
    return np.where(ranked >= FAR, -1, ranked)


@pytest.mark.parametrize("waiting", [RANDOM, INFORMED], ids=lambda w: w.rule)
def test_totals_equal_a_plain_recursion(waiting):
    for seed in range(150):
        draws, links = city(seed, 2)
        for percentile in (25.0, 50.0, 100.0):
            got = totals_to_few(draws, links, DEPARTS, percentile=percentile, waiting=waiting, horizon_s=HORIZON, threads=1)
            assert_array_equal(got, by_recursion(draws, links, percentile, waiting), f"{seed} {percentile}")


def test_under_random_waiting_the_two_scans_are_one():
    for seed in range(200, 400):
        draws, links = city(seed, 3)
        forward = lane_matrix(draws, links, DEPARTS, percentiles=(50.0,), waiting=RANDOM, horizon_s=HORIZON, legs=False)
        for threads in (1, 2):
            got = totals_to_few(draws, links, DEPARTS, percentile=50.0, waiting=RANDOM, horizon_s=HORIZON, threads=threads)
            assert_array_equal(got, forward.totals[0], str(seed))


def test_nothing_to_ask_gives_nothing():
    draws, links = city(1, 1)
    empty = totals_to_few([], links, DEPARTS, percentile=50.0, waiting=RANDOM, horizon_s=HORIZON, threads=1)
    assert (empty == -1).all() and empty.shape == links.direct_s.shape
    assert backward.NEVER_S > 2 * HORIZON
    assert totals_to_few(draws, links, DEPARTS, percentile=50.0, waiting=RANDOM, horizon_s=HORIZON, threads=1).dtype == np.int32
