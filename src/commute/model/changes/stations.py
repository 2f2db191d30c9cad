"""Changes of stations: set the minutes from street to platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.change import Change
from commute.model.changes.links import with_scenario_source
from commute.model.tables import STATION_CLASSES

if TYPE_CHECKING:
    from commute.model.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEntry(Change):
    """Set entry and gate minutes of a station class, or of one stop.

    Parameters
    ----------
    station_class : str, of metro, maglev, intercity, conventional, high_speed, bus; or
    stop : str, a stop_id
    entry_min, gate_min : float, minutes, 0 to 120; None leaves it
    expect : mapping, the central value that must hold before, such as {"entry_min": 7}
    """

    kind: ClassVar[str] = "set_entry"
    selects: ClassVar[bool] = False
    naming: ClassVar[tuple[str, ...]] = ("station_class", "stop")
    station_class: str = ""
    stop: str = ""
    entry_min: float | None = None
    gate_min: float | None = None

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        if bool(self.station_class) == bool(self.stop):
            raise BadValue("set_entry needs a class or a stop, and not both")
        if self.station_class and self.station_class not in STATION_CLASSES:
            raise BadValue(f"set_entry: class {self.station_class!r} is none of {', '.join(STATION_CLASSES)}")
        if self.entry_min is None and self.gate_min is None:
            raise BadValue("set_entry needs entry_min or gate_min")
        for name, value in self._values().items():
            if not 0 <= value <= 120:
                raise BadValue(f"set_entry: {name} is {value}, must be from 0 to 120 minutes")
        for name in self.expect or {}:
            if name not in ("entry_min", "gate_min"):
                raise BadValue(f"set_entry: expect {name!r} is none of entry_min, gate_min")

    def _values(self) -> dict[str, float]:
        return {name: value for name, value in (("entry_min", self.entry_min), ("gate_min", self.gate_min)) if value is not None}

    def ids(self) -> tuple[str, ...]:
        return (self.stop or f"class {self.station_class}",)

    def sets(self) -> tuple[str, ...]:
        return tuple(self._values())

    def faults(self, net: Network) -> list[str]:
        stops = net.table("stops").set_index("stop_id")
        if self.stop and self.stop not in stops.index:
            return [str(UnknownId("stop", self.stop, stops.index))]
        found = []
        for name, wanted in (self.expect or {}).items():
            kind = self.station_class or str(stops.at[self.stop, "station_class"])
            now = entry_minutes(net, kind, self.stop, name.removesuffix("_min"))
            if abs(now - wanted) > 1e-9:
                found.append(f"{name} of {self.stop or kind} is {now:g} on {net.day}, expected {wanted:g}")
        return found

    def edit(self, net: Network) -> Network:
        constant = net.table("constant")
        rows = []
        for name, value in self._values().items():
            called = f"{name.removesuffix('_min')}_{self.stop or self.station_class}_min"
            constant = constant[constant["name"] != called]
            row: dict[str, Any] = {column: "" for column in constant.columns}
            row |= {"name": called, "low": value, "central": value, "high": value, "unit": "min", "favourable": "low"}
            rows.append(row | {"basis": "assumed", "source_id": "scenario", "confidence": "assumed"})
        both = pd.concat([constant, pd.DataFrame(rows)[list(constant.columns)]]).astype(constant.dtypes.to_dict())
        return net.replaced(
            tables={"constant": both.sort_values(["name", "opens"], ignore_index=True), "source": with_scenario_source(net)}
        )


def entry_minutes(net: Network, station_class: str, stop: str = "", what: str = "entry") -> float:
    """Entry, gate or exit minutes of a stop: its own where set, else its class's."""
    own = f"{what}_{stop}_min"
    return net.constant(own) if stop and net.has_constant(own) else net.constant(f"{what}_{station_class}_min")
