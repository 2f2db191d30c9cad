"""The best set under a budget: every set where they are few, else branch and bound with the bound that remains.

The value of a set is that of a cooperative game in Harsanyi dividends (`game`): the sum of the dividends of all its subsets,
so always the whole set's, never a sum of single values. Arrays only; players are positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from commute.errors import BadValue
from commute.routing.street import kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
FEW = 20  # players up to which every set is looked at
MOST_NODES = 3_000_000
SAME = 1e-6  # of a value or a cost: below it two are equal


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rules:
    """What a choice must keep to.

    Attributes
    ----------
    cost : ndarray of float64, shape (n,), 0 or more
    excludes : tuple of (a, b), never both
    requires : tuple of (a, b), a only with b
    """

    cost: Floats
    excludes: tuple[tuple[int, int], ...] = ()
    requires: tuple[tuple[int, int], ...] = ()

    def among(self, some: Sequence[int]) -> Rules:
        """What a choice of these alone must keep to, numbered by their places."""
        place = {k: i for i, k in enumerate(some)}
        excludes, requires = (
            tuple((place[a], place[b]) for a, b in pairs if a in place and b in place) for pairs in (self.excludes, self.requires)
        )
        return Rules(cost=self.cost[list(some)], excludes=excludes, requires=requires)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Best:
    """The best set found, its value and cost, and what no set can exceed."""

    chosen: Bools
    value: float
    cost: float
    bound: float  # no set that keeps the rules is worth more
    exact: bool
    looked_at: int  # sets, or nodes of the tree


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Terms:
    """Dividends of one measure: term t is the set member[ptr[t]:ptr[t + 1]]."""

    n: int
    ptr: Ints
    member: Ints
    dividend: Floats

    @classmethod
    def of(cls, n: int, sets: Sequence[Sequence[int]], dividend: Floats) -> Terms:
        """From lists of members; terms worth nothing are left out."""
        kept = [k for k in range(len(sets)) if dividend[k] != 0.0 and len(sets[k])]
        sizes = [len(sets[k]) for k in kept]
        member = np.array([one for k in kept for one in sets[k]], np.int64)
        return cls(n=n, ptr=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), member=member, dividend=dividend[kept])

    def plus(self, each: Floats) -> Terms:
        """With so much more for each player, shape (n,)."""
        own = self.ptr[-1] + np.arange(1, self.n + 1)
        return Terms(
            n=self.n, ptr=np.concatenate([self.ptr, own]), member=np.concatenate([self.member, np.arange(self.n)]),
            dividend=np.concatenate([self.dividend, each]),
        )  # fmt: skip

    def value(self, chosen: Bools) -> float:
        """The value of a set."""
        inside = chosen[self.member]
        whole = np.add.reduceat(inside, self.ptr[:-1]) == np.diff(self.ptr) if len(self.dividend) else np.zeros(0, bool)
        return float(self.dividend[whole].sum())

    def all_values(self) -> Floats:
        """The values of all sets, shape (2^n,); player k is bit k."""
        if self.n > FEW:
            raise BadValue(f"all sets of {self.n} players are too many; at most {FEW}")
        out = np.zeros(1 << self.n)
        masks = [int(sum(1 << int(one) for one in self.member[a:b])) for a, b in zip(self.ptr[:-1], self.ptr[1:], strict=True)]
        np.add.at(out, masks, self.dividend)
        for k in range(self.n):  # the zeta transform: sums over subsets
            halves = out.reshape(-1, 2, 1 << k)
            halves[:, 1] += halves[:, 0]
        return out


def allowed(rules: Rules) -> Bools:
    """Which of all sets keep to the rules but for the budget, shape (2^n,)."""
    n = len(rules.cost)
    masks = np.arange(1 << n)
    good = np.ones(1 << n, bool)
    for a, b in rules.excludes:
        good &= ((masks >> a) & (masks >> b) & 1) == 0
    for a, b in rules.requires:
        good &= ((masks >> a) & ~(masks >> b) & 1) == 0
    return good


def costs_of_all(cost: Floats) -> Floats:
    """The cost of every set, shape (2^n,)."""
    out = np.zeros(1)
    for one in cost:
        out = np.concatenate([out, out + one])
    return out


def best_set(terms: Terms, rules: Rules, budget: float, *, most_nodes: int = MOST_NODES) -> Best:
    """The set of largest value that costs no more than the budget; of equals the cheapest where every set is looked at.

    Parameters
    ----------
    terms : Terms
    rules : Rules
    budget : float, in the unit of the costs
    most_nodes : int
        Where there are more than 20 players: nodes of the tree after which the search stops and says what bound remains.

    Raises
    ------
    BadValue
        A negative budget, or a cost that is negative or missing.

    Notes
    -----
    The bound of a node with S chosen and U still open: V(S ∪ X) − V(S), X within U, is the sum of the dividends of the sets within
    S ∪ X that are not within S. Of these the sets with one member outside S are summed a member and cut at 0, the others cut at
    0 singly and shared evenly among their members outside S: so each member of X has an upper limit of its own, and the limits fill
    the rest of the budget by value per cost, the last in part. That holds for any dividends, positive or negative.
    """
    if not budget >= 0:
        raise BadValue(f"the budget is {budget}, must be 0 or more")
    if not (rules.cost >= 0).all():
        raise BadValue("a cost is negative or missing: leave out what has none")
    if terms.n <= FEW:
        value, cost = terms.all_values(), costs_of_all(rules.cost)
        value[~(allowed(rules) & (cost <= budget + SAME))] = -np.inf
        top = np.flatnonzero(value >= value.max() - SAME)
        pick = int(top[np.argmin(cost[top])])
        chosen = (pick >> np.arange(terms.n)) & 1 == 1
        found = float(value[pick])
        return Best(chosen=chosen, value=found, cost=float(cost[pick]), bound=found, exact=True, looked_at=len(value))
    return _searched(terms, rules, budget, most_nodes)


def _searched(terms: Terms, rules: Rules, budget: float, most_nodes: int) -> Best:
    n = terms.n
    alone = np.zeros(n)
    for a, b, worth in zip(terms.ptr[:-1], terms.ptr[1:], terms.dividend, strict=True):
        alone[terms.member[a:b]] += max(worth, 0.0) / (b - a)
    order = np.argsort(-alone / np.maximum(rules.cost, SAME), kind="stable")  # the likeliest first
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    pairs = np.array([(place[a], place[b]) for a, b in rules.excludes], np.int64).reshape(-1, 2)
    needs = np.array([(place[a], place[b]) for a, b in rules.requires], np.int64).reshape(-1, 2)
    chosen, found, bound, nodes = _branch(
        terms.ptr, place[terms.member], terms.dividend, rules.cost[order], float(budget), pairs, needs, most_nodes
    )
    mask: Bools = chosen[place]
    exact = bound <= found + SAME
    return Best(
        chosen=mask,
        value=float(found),
        cost=float(rules.cost[mask].sum()),
        bound=float(max(bound, found)),
        exact=exact,
        looked_at=int(nodes),
    )


@kernel
def _limits(ptr, member, dividend, state, single, shared):  # type: ignore[no-untyped-def]
    """The value of what is chosen (state 1), and upper limits a member of what is open (−1); 0 is left out."""
    single[:] = 0.0
    shared[:] = 0.0
    value = 0.0
    for t in range(len(ptr) - 1):
        away, one, out = 0, -1, False
        for k in range(ptr[t], ptr[t + 1]):
            s = state[member[k]]
            if s == 0:
                out = True
                break
            if s == -1:
                away += 1
                one = member[k]
        if out:
            continue
        if away == 0:
            value += dividend[t]
        elif away == 1:
            single[one] += dividend[t]
        elif dividend[t] > 0.0:
            for k in range(ptr[t], ptr[t + 1]):
                if state[member[k]] == -1:
                    shared[member[k]] += dividend[t] / away
    return value


@kernel
def _bound(value, single, shared, state, cost, left):  # type: ignore[no-untyped-def]
    """The value plus the upper limits that fill what is left of the budget, the last in part."""
    n = len(cost)
    gain, price = np.empty(n), np.empty(n)
    m = 0
    for g in range(n):
        if state[g] == -1 and cost[g] <= left + 1e-6:
            limit = max(single[g], 0.0) + shared[g]
            if limit > 0.0:
                gain[m], price[m] = limit, cost[g]
                m += 1
    order = np.argsort(-gain[:m] / np.maximum(price[:m], 1e-9))
    for k in order:
        if price[k] <= left + 1e-6:
            value += gain[k]
            left -= price[k]
        else:
            value += gain[k] * max(left, 0.0) / price[k]
            break
    return value


@kernel
def _keeps(state, k, pairs, needs):  # type: ignore[no-untyped-def]
    """Whether player k may have the state it has beside those decided."""
    for i in range(len(pairs)):
        a, b = pairs[i]
        if (a == k or b == k) and state[a] == 1 and state[b] == 1:
            return False
    for i in range(len(needs)):
        a, b = needs[i]
        if (a == k or b == k) and state[a] == 1 and state[b] == 0:
            return False
    return True


@kernel
def _branch(ptr, member, dividend, cost, budget, pairs, needs, most_nodes):  # type: ignore[no-untyped-def]
    """Depth first, player by player, taken before left; whole sets only count where every need is decided."""
    n = len(cost)
    state = np.full(n, -1, np.int64)
    tried = np.zeros(n + 1, np.int64)
    single, shared = np.empty(n), np.empty(n)
    limit = np.zeros(n + 1)  # the bound of each node on the way down
    best, best_cost, spent, k, nodes = 0.0, 0.0, 0.0, 0, 0
    chosen = np.zeros(n, np.bool_)
    value = _limits(ptr, member, dividend, state, single, shared)
    limit[0] = _bound(value, single, shared, state, cost, budget)
    stopped = -np.inf
    while k >= 0:
        if k == n or tried[k] == 2 or nodes >= most_nodes:
            if k < n and tried[k] < 2:
                stopped = max(stopped, limit[k])  # left unseen below here
            if k < n:
                tried[k] = 0
            k -= 1
            if k >= 0:
                if state[k] == 1:
                    spent -= cost[k]
                state[k] = -1
            continue
        take = tried[k] == 0
        tried[k] += 1
        if take and spent + cost[k] > budget + 1e-6:
            continue
        state[k] = 1 if take else 0
        nodes += 1
        good = _keeps(state, k, pairs, needs)
        if good:
            if take:
                spent += cost[k]
            value = _limits(ptr, member, dividend, state, single, shared)
            whole = True
            for i in range(len(needs)):
                whole = whole and not (state[needs[i, 0]] == 1 and state[needs[i, 1]] != 1)
            if whole and (value > best + 1e-6 or (value > best - 1e-6 and spent < best_cost - 1e-6)):
                best, best_cost = value, spent
                for g in range(n):
                    chosen[g] = state[g] == 1
            upper = _bound(value, single, shared, state, cost, budget - spent)
            if upper > best + 1e-6:
                k += 1
                limit[k] = upper
                if k < n:
                    tried[k] = 0
                continue
            if take:
                spent -= cost[k]
        state[k] = -1
    return chosen, best, max(best, stopped), nodes
