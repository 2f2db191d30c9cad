"""A scenario: ordered changes with a name, a date, what it requires and excludes, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from commute.errors import BadValue
from commute.model import validity

if TYPE_CHECKING:
    from commute.model.changes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a scenario costs: million yuan, the year of the prices, and where the figure is from."""

    amount_mcny: float
    price_year: int
    basis: Literal["published", "assumed"] = "assumed"

    def __post_init__(self) -> None:
        if not 0 <= self.amount_mcny < 1e7:
            raise BadValue(f"amount_mcny is {self.amount_mcny}, must be from 0 to 10 million (million yuan, not yuan)")
        if not 1950 <= self.price_year <= 2100:
            raise BadValue(f"price_year is {self.price_year}, must be from 1950 to 2100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Changes that belong together.

    Parameters
    ----------
    name : str
    changes : tuple of changes
    date : date, the day that the scenario moves a network to; None keeps the network's own
    requires, excludes : tuple of str, names of other scenarios
    cost : Cost
    name_zh, about, about_zh : str, words for people
    """

    name: str
    changes: tuple[Change, ...] = ()
    name_zh: str = ""
    about: str = ""
    about_zh: str = ""
    date: date | None = None
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    cost: Cost | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadValue("a scenario needs a name")
        for field in ("changes", "requires", "excludes"):
            object.__setattr__(self, field, tuple(getattr(self, field)))
        if isinstance(self.date, str):
            object.__setattr__(self, "date", validity.to_day(self.date))
