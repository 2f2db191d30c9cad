"""Changes of fares: what a line, a pair of stops or a distance costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.added import ADDED, filled, put_back
from commute.model.changes.change import Change, listed
from commute.model.changes.links import straight_km, within

if TYPE_CHECKING:
    from commute.model.network import Network

MOST = 1e5
CURRENCY = re.compile(r"^[A-Z]{3}$")
Rule = tuple[str, str, str]  # line, from stop, to stop; "" where it says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class FarePair:
    """The fare between two stops.

    Parameters
    ----------
    from_stop, to_stop : str, stop ids
    price : float, of a ride, in the currency of the change
    """

    from_stop: str
    to_stop: str
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FareBand:
    """The fare up to a distance.

    Parameters
    ----------
    up_to_km : float, km, itself included
    price : float, of a ride, in the currency of the change
    """

    up_to_km: float
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFare(Change):
    """Set fares: one of lines, of pairs of stops, or by distance on lines.

    Parameters
    ----------
    fare_id : str; where there are several prices the ids in the table are "<fare_id>:<price>"
    line : tuple of str, route ids
    price : float, of a ride on the lines, however long; or
    pairs : tuple of FarePair; with lines every pair of stops of each must be there; or
    bands : tuple of FareBand, by rising distance, on the lines
    currency : str, ISO 4217; year : int, of prices; discount : float, off every price for those who have one, at most the lowest
    direction : {"both", "forward"}, of pairs: forward is from `from_stop` alone

    Notes
    -----
    Distance is the straight line between the two stops, for the network knows no length of track. What the lines, or these pairs,
    cost before is replaced. No question here reads fares: no time or share depends on them, and applying says so. They are in
    GTFS form (fare_attributes.txt, fare_rules.txt) for tools that do; every stop is its own fare zone.
    """

    kind: ClassVar[str] = "set_fare"
    directions: ClassVar[tuple[str, ...]] = ("both", "forward")
    dated: ClassVar[bool] = False
    selects: ClassVar[bool] = False
    expects: ClassVar[bool] = False
    fare_id: str
    year: int
    line: tuple[str, ...] = ()
    price: float | None = None
    pairs: tuple[FarePair, ...] = ()
    bands: tuple[FareBand, ...] = ()
    currency: str = "CNY"
    discount: float = 0.0

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("line", "pairs", "bands")
        if not self.fare_id.strip():
            raise BadValue("set_fare: fare_id is empty")
        if (self.price is not None) + bool(self.pairs) + bool(self.bands) != 1:
            raise BadValue("set_fare needs one of price, pairs, bands")
        if not self.line and not self.pairs:
            raise BadValue(f"set_fare: {'bands' if self.bands else 'a price'} needs a line")
        if not CURRENCY.match(self.currency):
            raise BadValue(f"set_fare: currency {self.currency!r} is not three capital letters, such as CNY")
        within("set_fare", "year", self.year, 1900, 2200)
        each = [one.price for one in self.pairs] + [one.price for one in self.bands]
        prices = [self.price] if self.price is not None else each
        for price in prices:
            within("set_fare", "price", price, 0.0, MOST)
        within("set_fare", "discount", self.discount, 0.0, MOST)
        if self.discount > min(prices):
            raise BadValue(f"set_fare: discount {self.discount:g} is above the fare of {min(prices):g}")
        for band in self.bands:
            within("set_fare", "up_to_km", band.up_to_km, 0.0, 1e4, above=True)
        for a, b in pairwise(self.bands):
            if not a.up_to_km < b.up_to_km:
                raise BadValue(f"set_fare: band up to {b.up_to_km:g} km comes after {a.up_to_km:g} km")
        self._listed()

    def _listed(self) -> dict[tuple[str, str], float]:
        """The price of each pair that it lists, both ways where meant."""
        made: dict[tuple[str, str], float] = {}
        for one in self.pairs:
            if one.from_stop == one.to_stop:
                raise BadValue(f"set_fare: a pair goes from {one.from_stop} to itself")
            for pair in [(one.from_stop, one.to_stop), (one.to_stop, one.from_stop)][: 1 if self.direction == "forward" else 2]:
                if made.setdefault(pair, one.price) != one.price:
                    raise BadValue(f"set_fare: {pair[0]} to {pair[1]} costs both {made[pair]:g} and {one.price:g}")
        return made

    def ids(self) -> tuple[str, ...]:
        return tuple(f"line {one}" for one in self.line) or tuple(f"pair {a} to {b}" for a, b in self._listed())

    def sets(self) -> tuple[str, ...]:
        return ("fare",)

    def _rules(self, net: Network) -> tuple[dict[Rule, float], list[str]]:
        """The price of each rule, and which pairs have none."""
        if self.price is not None:
            return {(line, "", ""): self.price for line in self.line}, []
        known = self._listed()
        if not self.line:
            return {("", a, b): price for (a, b), price in known.items()}, []
        place = net.table("stops").set_index("stop_id")[["lon", "lat"]]
        rules: dict[Rule, float] = {}
        faults = []
        for line in self.line:
            missing = []
            for a, b in permutations(_called_at(net, line), 2):
                km = straight_km(*place.loc[a], *place.loc[b]) if self.bands else 0.0
                price = next((band.price for band in self.bands if km <= band.up_to_km), None) if self.bands else known.get((a, b))
                if price is None:
                    missing.append(f"{a} to {b}" + (f" ({km:.1f} km)" if self.bands else ""))
                else:
                    rules[line, a, b] = price
            faults += [f"line {line} has no fare from {listed(missing, 3)}"] if missing else []
        return rules, faults

    def faults(self, net: Network) -> list[str]:
        routes, stops = set(net.table("routes")["route_id"]), set(net.table("stops")["stop_id"])
        found = [str(UnknownId("line", one, routes)) for one in self.line if one not in routes]
        named = dict.fromkeys(stop for pair in self._listed() for stop in pair)
        found += [str(UnknownId("stop", one, stops)) for one in named if one not in stops]
        if found:
            return found
        rules, found = self._rules(net)
        kept = self._kept(net, rules)
        fares = net.table("fare_attributes").set_index("fare_id")
        for one in {self._called(price, rules): price for price in rules.values()}:
            if one in set(kept["fare_id"]) and one in fares.index:
                found.append(f"the fare_id {one!r} is that of another fare")
        return found

    def _called(self, price: float, rules: dict[Rule, float]) -> str:
        return self.fare_id if len(set(rules.values())) == 1 else f"{self.fare_id}:{price:g}"

    def _kept(self, net: Network, rules: dict[Rule, float]) -> pd.DataFrame:
        """Rules of other lines and pairs."""
        old = net.table("fare_rules")
        same = [key in rules for key in zip(old["route_id"], old["origin_id"], old["destination_id"], strict=True)]
        return old[~(old["route_id"].isin(self.line) | pd.Series(same, index=old.index, dtype=bool))]

    def edit(self, net: Network) -> Network:
        rules, _ = self._rules(net)
        old, kept = net.table("fare_rules"), self._kept(net, rules)
        fares = net.table("fare_attributes")
        unused = set(old["fare_id"]) - set(kept["fare_id"])
        prices = {self._called(price, rules): price for price in rules.values()}
        given = {"currency_type": self.currency, "payment_method": 0, "price_year": self.year, "discount": self.discount}
        new_fares = [{"fare_id": one, "price": price, **given} for one, price in prices.items()]
        new_rules = [
            {"fare_id": self._called(price, rules), "route_id": line, "origin_id": a, "destination_id": b}
            for (line, a, b), price in rules.items()
        ]
        left = fares[~fares["fare_id"].isin(unused | set(prices))]
        return put_back(
            net,
            fare_attributes=pd.concat([left, filled(pd.DataFrame(new_fares).assign(**ADDED), left)]),
            fare_rules=pd.concat([kept, filled(pd.DataFrame(new_rules).assign(**ADDED), kept)]),
        )


def _called_at(net: Network, line: str) -> list[str]:
    """The stops where trips of a line call, at any date."""
    trips = net.table("trips")
    times = net.table("stop_times")
    return sorted(set(times.loc[times["trip_id"].isin(trips.loc[trips["route_id"] == line, "trip_id"]), "stop_id"]))
