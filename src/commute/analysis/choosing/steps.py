"""Every set that no cheaper set equals: the steps of the frontier of budgets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from commute.analysis.choosing.best import SAME, allowed, costs_of_all
from commute.analysis.choosing.choices import Choices, terms_of
from commute.analysis.choosing.options import Option, rules_of

Step = tuple[float, tuple[int, ...], float, bool]  # budget, members, the most it buys, whether that is exact


def pareto(choices: Choices, options: Sequence[Option], level: str, measure: str) -> list[Step]:
    """Every set that no cheaper set equals: cost, members, value; cheapest first."""
    roads = [k for k, one in enumerate(options) if one.gaps]
    rules = rules_of(options, level)
    excludes, requires = rules.excludes, rules.requires
    column = choices.measures.index(measure)
    place = {k: i for i, k in enumerate(roads)}
    inner = rules.among(roads)
    good, spent = allowed(inner), costs_of_all(inner.cost)
    masks = np.arange(len(good))
    points: list[tuple[float, float, tuple[int, ...]]] = []
    for size in range(len(choices.routed) + 1):
        for routed in combinations(choices.routed, size):
            if any(a in routed and b in routed for a, b in excludes):
                continue
            sets, dividends = choices.road_terms(routed, roads)
            terms = terms_of(len(roads), [tuple(place[k] for k in one) for one in sets], dividends, column)
            value = terms.all_values() + float(choices.gained(routed)[column])
            keep = good.copy()
            for a, b in excludes:
                if (a in routed) != (b in routed):
                    keep &= (masks >> place[b if a in routed else a]) & 1 == 0
            for a, b in requires:
                if a in routed and b in place:
                    keep &= (masks >> place[b]) & 1 == 1
                elif b in choices.routed and b not in routed and a in place:
                    keep &= (masks >> place[a]) & 1 == 0
            if any(a in routed and b in choices.routed and b not in routed for a, b in requires):
                continue
            cost = spent + float(rules.cost[list(routed)].sum())
            here = np.flatnonzero(keep)
            order = here[np.lexsort((-value[here], cost[here]))]
            rising = value[order] > np.concatenate([[-np.inf], np.maximum.accumulate(value[order])[:-1]]) + SAME
            for k in order[rising]:
                members = tuple(sorted([*routed, *(roads[i] for i in range(len(roads)) if (k >> i) & 1)]))
                points.append((float(cost[k]), float(value[k]), members))
    out: list[Step] = []
    for cost_mcny, worth, members in sorted(points, key=lambda one: (one[0], -one[1])):
        if not out or worth > out[-1][2] + SAME:
            out.append((cost_mcny, members, worth, True))
    return out


def frontier_frame(choices: Choices, options: Sequence[Option], found: Sequence[Step], level: str, measure: str) -> pd.DataFrame:
    """Steps as a frame; see `frontier.frontier`."""
    rows, before = [], set[str]()
    for budget, members, bound, exact in found:
        keys = [options[k].key for k in members]
        value = dict(zip(choices.measures, choices.value(members).tolist(), strict=True))
        row: dict[str, Any] = {"budget_mcny": budget, "cost_mcny": sum(options[k].price(level) for k in members), **value}
        row |= {name: one[0] for name, one in bases([[options[k] for k in members]]).items()}
        row |= {"keys": ";".join(keys), "names_zh": "、".join(options[k].name_zh for k in members)}
        row |= {"names_en": "; ".join(options[k].name_en for k in members), "added": ";".join(k for k in keys if k not in before)}
        row |= {"dropped": ";".join(sorted(before - set(keys))), "exact": exact, "bound": max(bound, value[measure])}
        rows.append(row)
        before = set(keys)
    frame = pd.DataFrame(rows)
    frame.attrs["names"] = {options[k].key: (options[k].name_zh, options[k].name_en) for _, members, _, _ in found for k in members}
    return frame


def bases(sets: Sequence[Sequence[Option]]) -> dict[str, list[str]]:
    """How the costs of sets were found, as columns: cost_basis ("2 of 5 published") and assumed_costs (keys of the others)."""
    return {
        "cost_basis": [f"{sum(one.published for one in each)} of {len(each)} published" if each else "" for each in sets],
        "assumed_costs": [";".join(one.key for one in each if not one.published) for each in sets],
    }
