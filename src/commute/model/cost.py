"""What something costs: an amount, what it takes each year, the year of the prices, and where the figures are from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from commute.errors import BadValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a change or scenario costs.

    Parameters
    ----------
    amount_mcny : float, million yuan, once
    yearly_mcny : float, million yuan a year, such as what more trains cost to run
    price_year : int
    basis : {"published", "assumed"}
    """

    amount_mcny: float = 0.0
    yearly_mcny: float = 0.0
    price_year: int
    basis: Literal["published", "assumed"] = "assumed"

    def __post_init__(self) -> None:
        for name in ("amount_mcny", "yearly_mcny"):
            value = getattr(self, name)
            if not 0 <= value < 1e7:
                raise BadValue(f"{name} is {value}, must be from 0 to 10 million (million yuan, not yuan)")
        if not self.amount_mcny and not self.yearly_mcny:
            raise BadValue("a cost needs amount_mcny or yearly_mcny; leave out a cost that is not known")
        if not 1950 <= self.price_year <= 2100:
            raise BadValue(f"price_year is {self.price_year}, must be from 1950 to 2100")
        if self.basis not in ("published", "assumed"):
            raise BadValue(f"basis is {self.basis!r}, must be published or assumed")
