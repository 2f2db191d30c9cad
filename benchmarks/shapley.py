"""Exact Shapley values of 20 gaps of the shipped network, against a walk over 4,096 subsets: `python benchmarks/shapley.py`.

The 20 gaps are those worth most alone. Three ways: the game, which walks only subsets of the gaps that matter to the same journeys;
all 2^20 values from it, which a frontier of budgets takes; and the walk over every subset with the whole matrix of zones. The last
two must agree on all 2^20 values. Ratios mean more than seconds.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from timing import best

import commute as cm
from commute.analysis.measure import reach
from commute.analysis.worth.game import Items, Measure, game, people_game
from commute.analysis.worth.parts import Part
from commute.routing.gap_matrices import gap_matrices

GAPS, FEWER, LIMIT_MIN = 20, 12, 60.0
THREADS = os.cpu_count() or 1
TARGET = cm.Target(mode="car", minutes=LIMIT_MIN)


def main() -> None:
    net = cm.load()
    net = net.on(net.as_of)
    rows = net.gaps
    known = rows.index[(rows["kind"] != "planned_line") & (rows["from_node_id"] != "") & (rows["length_km"] > 0)]
    zones = reach.points_of(net.table("zone"), "zone_id")
    people = net.table("zone")["population"].to_numpy(float)
    jobs = net.zones.reindex(zones.ids)["jobs"].fillna(0.0).to_numpy(float)
    profile = next(iter(TARGET.profiles().values()))

    def of_zones(gaps: list[str], matrices: Any) -> Any:
        """The game of all pairs of zones: people × jobs within the limit, and minutes."""
        n = len(zones)
        origin, goal = (one.ravel() for one in np.indices((n, n)))
        items = Items(origin=origin, goal_ptr=np.arange(n * n + 1), goal=goal, other_s=np.full(n * n, np.inf))
        weight = (people[:, None] * jobs).ravel()
        measures = [Measure(name="inside", kind="inside", weight=weight), Measure(name="minutes", kind="minutes", weight=weight)]
        return game(
            matrices.around, items, measures, gaps=gaps, minutes=LIMIT_MIN, cap_min=240.0, parking_s=matrices.parking_s, threads=THREADS
        )  # fmt: skip

    every = of_zones(list(known), gap_matrices(net, known, zones, profile=profile))
    gaps = every.alone()["minutes"].nlargest(GAPS).index.tolist()
    matrices, fewer = (gap_matrices(net, some, zones, profile=profile) for some in (gaps, gaps[:FEWER]))
    fewer.reach(LIMIT_MIN, from_weight=people, to_weight=jobs)  # compiled or loaded

    def walk(of: Any) -> np.ndarray:
        found: np.ndarray = of.reach(LIMIT_MIN, from_weight=people, to_weight=jobs, threads=THREADS)
        return found

    sweep_s, _ = best(lambda: walk(fewer), 7)
    zone_s, by_zone = best(lambda: of_zones(gaps, matrices))
    shapley_s, shapley = best(lambda: of_zones(gaps, matrices).shapley())
    all_s, values = best(lambda: of_zones(gaps, matrices).all_values())
    people_s, by_people = best(lambda: people_game(net, TARGET, gaps).shapley())
    front_s, _ = best(lambda: people_game(net, TARGET, gaps).all_values())
    walk_s, walked = best(lambda: walk(matrices), 1)
    by_walk = Part(gaps=np.arange(GAPS), table=(walked - walked[0])[:, None])
    brute_s, brute = best(by_walk.shapley, 1)

    most = max(len(one.gaps) for one in by_zone.parts)
    scale = np.abs(values[:, 0]).max()
    assert np.abs(values[:, 0] - by_walk.table[:, 0]).max() <= 1e-9 * scale, "the game and the walk differ"
    assert np.abs(shapley["inside"].to_numpy() - brute[:, 0]).max() <= 1e-9 * scale, "Shapley values differ"
    assert np.allclose(shapley.sum(), values[-1]), "Shapley values do not sum to the value of all"
    print(f"shipped network on {net.date}: {len(zones)} zones, {GAPS} gaps, {by_people.shape[0]} of them in the game of the people")
    print(f"all {1 << GAPS} values of the game equal the walk over the whole matrix; {len(np.unique(walked))} distinct; Shapley too")
    print(f"the pairs of zones fall into {len(by_zone.parts)} groups; at most {most} gaps matter to one")
    print(f"walk over {1 << FEWER} subsets of {FEWER} gaps, {len(zones)} zones: {sweep_s:.4f} s, the unit below")
    for name, seconds in {
        f"exact Shapley of {GAPS} gaps, people": people_s,
        f"all 2^{GAPS} values, people (a frontier)": front_s,
        f"the game of all {len(zones)}² pairs of zones": zone_s,
        f"exact Shapley of {GAPS} gaps, all pairs": shapley_s,
        f"all 2^{GAPS} values, all pairs (a frontier)": all_s,
        f"walk over 2^{GAPS} whole matrices": walk_s,
        "    and Shapley from its values": walk_s + brute_s,
    }.items():
        print(f"{name:44}{seconds:10.3f} s{seconds / sweep_s:10.1f} sweeps (at most 400)")


if __name__ == "__main__":
    main()
