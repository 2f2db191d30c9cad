"""Changes of land use: people and jobs of zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from commute.errors import BadValue
from commute.model.changes.added import ADDED, filled, with_scenario_source
from commute.model.changes.change import Change, listed
from commute.model.changes.links import within
from commute.model.changes.where import select

if TYPE_CHECKING:
    from commute.model.network import Network

MOST = 1e8  # people or jobs of a zone, as the tables bound them
KINDS = ("people", "jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class LandUse(Change):
    """Set, add or scale the people and jobs of zones.

    Parameters
    ----------
    zone : tuple of str, zone ids; or `where` on zones
    people, jobs : float, of each zone; or
    people_change, jobs_change : float, more (or, below 0, fewer) in each zone; or
    factor : float, 0 to 100, on people and jobs of each zone
    expect : mapping, of people and jobs, or other columns of zones

    Notes
    -----
    Additions add up and factors multiply, after values; one zone cannot have an addition and a factor from two changes, whose
    order would matter. People keep their spread within the zone, so a new quarter is spread as those who live there today. They
    have no dates: people and jobs are those of one year at every date. Who travels where is not estimated anew.
    """

    kind: ClassVar[str] = "land_use"
    noun: ClassVar[str] = "zone"
    dated: ClassVar[bool] = False
    naming: ClassVar[tuple[str, ...]] = ("zone",)
    zone: tuple[str, ...] = ()
    people: float | None = None
    jobs: float | None = None
    people_change: float | None = None
    jobs_change: float | None = None
    factor: float | None = None

    def __post_init__(self) -> None:
        if self.from_date or self.to_date:
            raise BadValue("land_use: people and jobs are those of one year at every date, so it can have no from_date or to_date")
        Change.__post_init__(self)
        self.take("zone")
        if not self.zone and self.where is None:
            raise BadValue("land_use needs zone or where")
        given = [name for name in ("people", "people_change", "jobs", "jobs_change", "factor") if getattr(self, name) is not None]
        if not given:
            raise BadValue("land_use needs people, jobs, people_change, jobs_change or factor")
        for name in KINDS:
            both = [one for one in given if one in (name, f"{name}_change", "factor")]
            if len(both) > 1:
                raise BadValue(f"land_use: both {' and '.join(both)} are given, give one")
            within("land_use", name, getattr(self, name), 0.0, MOST)
            within("land_use", f"{name}_change", getattr(self, f"{name}_change"), -MOST, MOST)
        within("land_use", "factor", self.factor, 0.0, 100.0)

    def ids(self) -> tuple[str, ...]:
        return self.zone

    def chosen(self, net: Network) -> tuple[str, ...]:
        mask, _ = select(net, "zone", self.zone, self.where)
        return tuple(net.table("zone").loc[mask, "zone_id"])

    def sets(self) -> tuple[str, ...]:
        return tuple(name for name in KINDS if getattr(self, name) is not None)

    @classmethod
    def together(cls, net: Network, steps: Sequence[Any]) -> list[str]:
        found = []
        for a in steps:
            for b in steps:
                added = any(getattr(a.change, f"{name}_change") is not None for name in KINDS)
                meant = added and b.change.factor is not None
                both = sorted(set(a.change.chosen(net)) & set(b.change.chosen(net))) if meant else []
                if both:
                    said = f"{a.called()} adds to zone {listed(both)} and {b.called()} scales it"
                    found.append(f"{said}: the order would matter, so say one value")
        return found

    def _now(self, net: Network) -> pd.DataFrame:
        """The zones that it selects with their jobs, NaN where the job table has none."""
        mask, _ = select(net, "zone", self.zone, self.where)
        rows = net.table("zone")[mask].merge(net.table("job")[["zone_id", "jobs"]], on="zone_id", how="left")
        return rows.assign(people=rows["population"])

    def _then(self, now: pd.DataFrame) -> dict[str, pd.Series]:
        """What becomes of people and jobs, for those that change."""
        made = {}
        for name in KINDS:
            value, more, old = getattr(self, name), getattr(self, f"{name}_change"), now[name]
            if value is not None:
                made[name] = pd.Series(float(value), index=old.index)
            elif more is not None:
                made[name] = old.fillna(0.0) + more
            elif self.factor is not None and (name == "people" or old.notna().any()):
                made[name] = old * self.factor
        return made

    def faults(self, net: Network) -> list[str]:
        _, found = select(net, "zone", self.zone, self.where)
        if found:
            return found
        now = self._now(net)
        found = self.unexpected(now, "zone_id")
        for name, then in self._then(now).items():
            out = (then < 0) | (then > MOST)
            said = [f"{zone} would have {value:g}" for zone, value in zip(now.loc[out, "zone_id"], then[out], strict=True)]
            found += [f"{name}: zone {listed(said, 3)}, must be from 0 to {MOST:g}"] if said else []
        return found

    def edit(self, net: Network) -> Network:
        now = self._now(net)
        then = self._then(now)
        tables: dict[str, pd.DataFrame] = {}
        if "people" in then:
            frame = net.table("zone").copy()
            at = frame["zone_id"].isin(now["zone_id"])  # in the order of `now`, which is the table's
            frame.loc[at, "population"] = then["people"].to_numpy()
            frame.loc[at, "population_basis"] = "scenario"
            tables["zone"] = frame
        if "jobs" in then:
            tables |= {"job": _with_jobs(net.table("job"), now["zone_id"], then["jobs"]), "source": with_scenario_source(net)}
        return net.replaced(tables=tables)


def _with_jobs(job: pd.DataFrame, zones: pd.Series, jobs: pd.Series) -> pd.DataFrame:
    """The job table with these jobs; zones that it lacks are added, and a zone without a number stays without."""
    new = {zone: value for zone, value in zip(zones, jobs, strict=True) if np.isfinite(value)}
    old = job[job["zone_id"].isin(new)]
    changed = old.assign(jobs=old["zone_id"].map(new).astype("float64"), basis="modelled")
    lacking = [zone for zone in new if zone not in set(old["zone_id"])]
    rows = [{"zone_id": zone, "jobs": new[zone], "basis": "modelled", **ADDED} for zone in lacking]
    parts = [part for part in (job[~job["zone_id"].isin(new)], changed, filled(pd.DataFrame(rows), job)) if len(part)]
    return pd.concat(parts).astype(job.dtypes.to_dict()).sort_values("zone_id", ignore_index=True) if parts else job
