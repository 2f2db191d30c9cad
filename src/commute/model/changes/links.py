"""Changes of links: add one. And what is said of the ends of new roads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.changes.added import ADDED, with_rows
from commute.model.changes.change import Change, listed
from commute.model.tables import FACILITIES, ROAD_AREAS

if TYPE_CHECKING:
    from commute.model.network import Network

USES = ("auto", "bike", "walk")
SLOWEST, FASTEST = 1.0, 150.0  # km/h
LANES = (0.5, 12.0)  # each way
MOST_CAPACITY = 10_000.0  # passenger cars an hour and lane
LONGEST_KM = 1_000  # as the table of links has it
END_KM = 0.25  # a course ends so near to its node
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """An end of a new road: the node, where it is, and whether it is added."""

    node_id: str
    lon: float
    lat: float
    added: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLink(Change):
    """Add a road between two nodes, or two points near to nodes; it may leave the present bounds.

    Parameters
    ----------
    link_id, name, name_zh : str
    from_node_id, to_node_id : str, its ends; or
    from_point, to_point : (lon, lat) in WGS84
        A point is the node that is nearest, if within `snap_km`; farther, it is a new node where `new_nodes` says so
        ("<link_id>:from", "<link_id>:to"), else refused.
    snap_km : float, km
    length_km : float, km, at least the straight line; None is along the geometry, or straight
    geometry : str, WKT LINESTRING in WGS84 from the one end to the other, each within 250 m of its node
    free_speed_kmh : float, km/h, 1 to 150; may be left out where no car may use it
    lanes : float, each way
    capacity : float, passenger cars an hour and lane, as in GMNS; times do not depend on it, but `Widen` starts from it
    facility_type, area : str, decide its peak factor
    directed : bool
    modes : tuple of str, of auto, bike, walk; none is all; or `allowed_uses`, the same as GMNS writes it, separated by commas
    beside : bool, that links join its ends already is meant
    from_date : str, YYYY-MM-DD; empty is every date

    Notes
    -----
    No free-flow time rises. Traffic is not assigned anew: in the peak the road relieves no other and fills none, though in an
    equilibrium either may happen (Braess 1968, Unternehmensforschung 12, 258–268). Points join it at its ends alone, as they
    join gaps; along its way where it leads to a new node, for no other road may be there.
    """

    kind: ClassVar[str] = "add_link"
    noun: ClassVar[str] = "link"
    selects: ClassVar[bool] = False
    expects: ClassVar[bool] = False
    link_id: str
    from_node_id: str = ""
    to_node_id: str = ""
    from_point: Point | None = None
    to_point: Point | None = None
    snap_km: float = 0.5
    new_nodes: bool = False
    length_km: float | None = None
    geometry: str = ""
    free_speed_kmh: float | None = None
    lanes: float = 2
    capacity: float | None = None
    facility_type: str = "primary"
    area: str = "rural"
    directed: bool = False
    modes: tuple[str, ...] = ()
    allowed_uses: str = ""
    beside: bool = False
    name: str = ""
    name_zh: str = ""

    def __post_init__(self) -> None:
        Change.__post_init__(self)
        self.take("modes")
        what = f"link {self.link_id}"
        if not self.link_id.strip():
            raise BadValue("add_link: link_id is empty")
        for side in ("from", "to"):
            point = getattr(self, f"{side}_point")
            if bool(getattr(self, f"{side}_node_id")) == (point is not None):
                raise BadValue(f"{what}: it needs {side}_node_id or {side}_point, and not both")
            if point is not None:
                object.__setattr__(self, f"{side}_point", on_earth(what, f"{side}_point", point))
        within(what, "snap_km", self.snap_km, 0.0, 5.0)
        within(what, "length_km", self.length_km, 0.0, 1000.0, above=True)
        within(what, "free_speed_kmh", self.free_speed_kmh, SLOWEST, FASTEST)
        within(what, "lanes", self.lanes, *LANES)
        within(what, "capacity", self.capacity, 1.0, MOST_CAPACITY)
        if self.facility_type not in FACILITIES:
            raise BadValue(f"{what}: facility_type {self.facility_type!r} is none of {', '.join(FACILITIES)}")
        if self.area not in ROAD_AREAS:
            raise BadValue(f"{what}: area {self.area!r} is none of {', '.join(ROAD_AREAS)}")
        if self.modes and self.allowed_uses:
            raise BadValue(f"{what}: both modes and allowed_uses are given, give one")
        for one in self.uses():
            if one not in USES:
                raise BadValue(f"{what}: mode {one!r} is none of {', '.join(USES)}")
        if "auto" in self.uses() and self.free_speed_kmh is None:
            raise BadValue(f"{what}: cars may use it, so it needs a free_speed_kmh")
        if self.geometry:
            _course(what, self.geometry)

    def uses(self) -> tuple[str, ...]:
        """The modes that may use it."""
        written = tuple(one.strip() for one in self.allowed_uses.split(",") if one.strip())
        return self.modes or written or USES

    def ids(self) -> tuple[str, ...]:
        return (self.link_id,)

    def sets(self) -> tuple[str, ...]:
        return ("all",)

    def faults(self, net: Network) -> list[str]:
        a, b, found = self._ends(net)
        if self.link_id in set(net.table("link")["link_id"]) | set(net.table("gap")["gap_id"]):
            found.append(f"the id {self.link_id!r} is taken")
        if found or a is None or b is None:
            return found
        if a.node_id == b.node_id or (a.lon, a.lat) == (b.lon, b.lat):
            return [f"both of its ends are node {a.node_id}"]
        chord = straight_km(a.lon, a.lat, b.lon, b.lat)
        if chord > LONGEST_KM:
            return [f"its ends are {chord:,.0f} km apart, a road has at most {LONGEST_KM:,}: are lon and lat swapped?"]
        if self.length_km is not None and self.length_km < chord * 0.99:
            found.append(f"length_km is {self.length_km}, shorter than the straight line of {chord:.2f} km")
        joined = [] if self.beside else joined_by(net, a.node_id, b.node_id, max(net.day, self.period()[0]), directed=self.directed)
        if joined:
            found.append(f"{a.node_id} and {b.node_id} are joined by link {listed(joined)} already: say beside: true for one more")
        return found + (_off_course(self.geometry, a, b) if self.geometry else [])

    def _ends(self, net: Network) -> tuple[End | None, End | None, list[str]]:
        node = net.table("node")
        place = {str(one): (float(x), float(y)) for one, x, y in zip(node["node_id"], node["lon"], node["lat"], strict=True)}
        ends: list[End | None] = []
        found: list[str] = []
        for side in ("from", "to"):
            named, point = str(getattr(self, f"{side}_node_id")), getattr(self, f"{side}_point")
            if point is None:
                ends.append(End(node_id=named, lon=place[named][0], lat=place[named][1]) if named in place else None)
                found += [] if named in place else [str(UnknownId("node", named, place))]
                continue
            near, away = nearest_node(net, *point)
            new = f"{self.link_id}:{side}"
            if near and away <= self.snap_km:
                ends.append(End(node_id=near, lon=place[near][0], lat=place[near][1]))
            elif self.new_nodes and new not in place:
                ends.append(End(node_id=new, lon=point[0], lat=point[1], added=True))
            elif self.new_nodes:
                found.append(f"the id {new!r} of a new node is taken")
                ends.append(None)
            else:
                said = f"{side}_point ({point[0]:g}, {point[1]:g}) is {away:.2f} km from the nearest node, {near}"
                found.append(f"{said}, more than snap_km {self.snap_km:g}: say new_nodes: true for a node there")
                ends.append(None)
        return ends[0], ends[1], found

    def edit(self, net: Network) -> Network:
        a, b, _ = self._ends(net)
        if a is None or b is None:
            raise BadValue(f"link {self.link_id}: it has faults")
        length = self.length_km or (_along_km(self.geometry) if self.geometry else straight_km(a.lon, a.lat, b.lon, b.lat))
        speed = self.free_speed_kmh or max(SLOWEST, net.constant("bike_kmh" if "bike" in self.uses() else "walk_kmh"))
        values = {name: getattr(self, name) for name in net.table("link").columns if hasattr(self, name)}
        values |= {"from_node_id": a.node_id, "to_node_id": b.node_id, "length_km": length, "free_speed_kmh": speed, "note": self.note}
        values |= {"allowed_uses": ",".join(self.uses()), "opens": self.from_date, "closes": self.to_date}
        added = [{"node_id": one.node_id, "lon": one.lon, "lat": one.lat} for one in (a, b) if one.added]
        given = {name: value for name, value in values.items() if value is not None}
        nodes = {"node": pd.DataFrame(added).assign(**ADDED)} if added else {}
        return with_rows(net, link=pd.DataFrame([{**given, **ADDED}]), **nodes)


def straight_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great-circle km between two points in degrees (haversine, mean Earth radius 6371.0088 km)."""
    east, north = math.radians(lon2 - lon1), math.radians(lat2 - lat1)
    h = math.sin(north / 2) ** 2 + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(east / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def nearest_node(net: Network, lon: float, lat: float) -> tuple[str, float]:
    """The nearest road node in use on the day, and its distance in km; "" and inf where there is none."""
    from commute.model.checks.positions import straight_m

    node = net.in_use("node")
    if not len(node):
        return "", math.inf
    away = straight_m(node["lon"], node["lat"], lon, lat) / 1000
    return str(node["node_id"].iloc[int(np.argmin(away))]), float(away.min())


def joined_by(net: Network, a: str, b: str, day: date, *, directed: bool = False) -> list[str]:
    """Links in use on the day from node a to b; unless `directed` also those from b to a."""
    links = net.replaced(day=day).in_use("link")
    start, end, both = links["from_node_id"], links["to_node_id"], ~links["directed"] | (not directed)
    return list(links.loc[((start == a) & (end == b)) | ((start == b) & (end == a) & both), "link_id"])


def within(what: str, name: str, value: float | None, least: float, most: float, *, above: bool = False) -> None:
    """Refuse a number out of its bounds, or not above the lower one; NaN too."""
    if value is None or (least <= value <= most and not (above and value == least)):
        return
    if above and not value > least:
        raise BadValue(f"{what}: {name} is {value}, must be above {least:g}")
    raise BadValue(f"{what}: {name} is {value}, must be {'at most' if above else f'from {least:g} to'} {most:g}")


def on_earth(what: str, name: str, point: Any) -> Point:
    """A point in degrees; refused where it is none."""
    lon, lat = (float(one) for one in point)
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        swapped = "; lon and lat look swapped" if abs(lat) <= 180 and abs(lon) <= 90 else ""
        raise BadValue(f"{what}: {name} ({lon:g}, {lat:g}) is not (lon, lat) in degrees{swapped}")
    return lon, lat


def _course(what: str, text: str) -> list[Point]:
    """The points of a WKT line."""
    import shapely

    with np.errstate(invalid="ignore"):  # of NaN, which is refused
        line = shapely.from_wkt(text, on_invalid="ignore")
    finite = line is not None and np.isfinite(shapely.get_coordinates(line)).all()
    if line is None or line.geom_type != "LineString" or line.is_empty or not finite:
        shown = text if len(text) < 60 else text[:57] + "..."
        raise BadValue(f"{what}: geometry {shown!r} is not a WKT LINESTRING")
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(line)]


def _along_km(text: str) -> float:
    points = _course("", text)
    return sum(straight_km(*a, *b) for a, b in pairwise(points))


def _off_course(text: str, a: End, b: End) -> list[str]:
    """Where a course does not end at its nodes."""
    points = _course("", text)
    first, last = ((points[0], a), (points[-1], b))
    away = [(straight_km(*at, end.lon, end.lat), end.node_id) for at, end in (first, last)]
    turned = max(straight_km(*points[0], b.lon, b.lat), straight_km(*points[-1], a.lon, a.lat)) <= END_KM
    hint = "; it runs the other way" if turned else ""
    return [f"geometry ends {km:.2f} km from node {node}, more than {END_KM:g} km{hint}" for km, node in away if km > END_KM]
