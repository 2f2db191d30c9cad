"""Which elements a change means: by id, name, line, class, polygon, or a predicate on columns."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.errors import BadValue, UnknownId, nearest
from commute.model.picking import among
from commute.model.plain import is_number

if TYPE_CHECKING:
    from commute.model.network import Network

Mask = npt.NDArray[np.bool_]
KM_PER_DEGREE = 111.195  # of latitude, mean Earth radius
FEW = 6  # values of a column that a message lists
TABLES = {  # the table of each noun: its key, the column that `class` means, and the columns of names
    "link": ("link_id", "facility_type", ("name_zh", "name", "ref")),
    "gap": ("gap_id", "kind", ("name_zh", "name")),
    "routes": ("route_id", "line_class", ("route_long_name", "route_short_name", "route_name_en")),
    "stops": ("stop_id", "station_class", ("stop_name", "stop_name_en")),
    "zone": ("zone_id", "level", ("name_zh", "name")),
    "place": ("place_id", "kind", ("name_zh", "name_en")),
}
NOUNS = {"routes": "line", "stops": "stop"}  # where the word for people is not the table's


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A selector: elements that satisfy every condition given.

    Parameters
    ----------
    ids : tuple of str
    name : str, the whole Chinese or English name, short name or road number
    line : tuple of str, route ids: for stops, those where these lines call on the network's day
    kind : tuple of str ("class" in files), facility type, station or line class, kind of gap or place, level of zone
    polygon : tuple of (lon, lat) in WGS84: points within; links and gaps whose middle is; lines with a stop in it
    query : str, a predicate on the table's columns, such as "lanes <= 2 and area == 'changsha'" (and, or, not, in, comparisons)

    Raises
    ------
    BadValue
        No condition; a polygon of fewer than three points; a predicate that does not parse.
    """

    ids: tuple[str, ...] = ()
    name: str = ""
    line: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    polygon: tuple[tuple[float, float], ...] = ()
    query: str = ""

    def __post_init__(self) -> None:
        for name in ("ids", "line", "kind"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) and value else tuple(value))
        object.__setattr__(self, "polygon", tuple((float(x), float(y)) for x, y in self.polygon))
        if not any(getattr(self, field.name) for field in fields(self)):
            raise BadValue(f"where: it needs a condition: {', '.join(_said(field.name) for field in fields(self))}")
        if self.polygon and len(self.polygon) < 3:
            raise BadValue(f"where: a polygon of {len(self.polygon)} points is none")
        for x, y in self.polygon:
            if not (-180 <= x <= 180 and -90 <= y <= 90):
                swapped = "; lon and lat look swapped" if -90 <= x <= 90 and -180 <= y <= 180 else ""
                raise BadValue(f"where: polygon point ({x:g}, {y:g}) is not (lon, lat) in degrees{swapped}")
        if self.query:
            _parsed(self.query)

    def __str__(self) -> str:
        given = [f"{_said(field.name)} {_short(getattr(self, field.name))}" for field in fields(self) if getattr(self, field.name)]
        return " and ".join(given)


def select(net: Network, table: str, ids: tuple[str, ...], where: Where | None) -> tuple[Mask, list[str]]:
    """Which rows of a table are meant, and what is wrong with the asking.

    Parameters
    ----------
    table : str, a key of `TABLES`
    ids : tuple of str, that the change names itself; with `where` too, rows must satisfy both
    where : Where, optional
        On a dated network its conditions but ids take only rows in use that day.

    Returns
    -------
    mask : ndarray of bool, shape (rows of the table,)
    faults : list of str, unknown ids with the nearest known, or what matched nothing
    """
    frame = net.table(table)
    key, kinds, _ = TABLES[table]
    noun = NOUNS.get(table, table)
    every = frame[key].tolist()
    known = set(every)
    faults = [str(UnknownId(noun, one, known)) for one in (*ids, *(where.ids if where else ())) if one not in known]
    if where and any(line not in set(net.table("routes")["route_id"]) for line in where.line):
        routes = net.table("routes")["route_id"]
        faults += [str(UnknownId("line", one, routes)) for one in where.line if one not in set(routes)]
    if where and where.kind:
        words = sorted(set(frame[kinds]))
        faults += [f"where: no {noun} of class {one!r}{nearest(one, words)}" for one in where.kind if one not in words]
    if faults:
        return np.zeros(len(frame), bool), faults
    met = {"named": among(every, ids)} if ids else {}
    try:
        met |= _conditions(net, table, frame, where) if where else {}
    except BadValue as error:
        return np.zeros(len(frame), bool), [str(error)]
    mask = _all(met.values(), len(frame))
    if not mask.any():
        return mask, [f"it matches no {noun}: {where or 'nothing is named'}{_hint(net, table, frame, where, met)}"]
    return mask, []


def _conditions(net: Network, table: str, frame: pd.DataFrame, where: Where) -> dict[str, Mask]:
    """Which rows meet each condition that is given."""
    key, kinds, names = TABLES[table]
    made: dict[str, Mask] = {}
    if where.ids:
        made["ids"] = among(frame[key], where.ids)
    elif net.date and table not in ("zone", "gap"):
        made["ids"] = among(frame[key], net.in_use(table)[key])
    if where.name:
        made["name"] = np.logical_or.reduce([(frame[name] == where.name).to_numpy() for name in names])
    if where.kind:
        made["kind"] = among(frame[kinds], where.kind)
    if where.line:
        made["line"] = _of_lines(net, table, frame, where.line)
    if where.polygon:
        made["polygon"] = _within(net, table, frame, where.polygon)
    if where.query:
        made["query"] = _holds(_parsed(where.query).body, frame)
    return made


def _all(conditions: Iterable[Mask], rows: int) -> Mask:
    every: Mask = np.logical_and.reduce([np.ones(rows, bool), *conditions])
    return every


def _of_lines(net: Network, table: str, frame: pd.DataFrame, lines: tuple[str, ...]) -> Mask:
    if table == "routes":
        return frame["route_id"].isin(lines).to_numpy(bool)
    if table != "stops":
        raise BadValue(f"where: line has no meaning for a {table}")
    trips = net.running()["trips"]
    times = net.running()["stop_times"]
    called = times.loc[times["trip_id"].isin(trips.loc[trips["route_id"].isin(lines), "trip_id"]), "stop_id"]
    return frame["stop_id"].isin(called).to_numpy(bool)


def _within(net: Network, table: str, frame: pd.DataFrame, polygon: tuple[tuple[float, float], ...]) -> Mask:
    import shapely

    area = shapely.Polygon(polygon)
    if not area.is_valid:
        raise BadValue("where: the polygon crosses itself")
    ids, points = _places(net, table, frame)
    return among(frame[TABLES[table][0]], ids[shapely.covers(area, points)].tolist())


def _places(net: Network, table: str, frame: pd.DataFrame) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Ids of the rows and points where they lie: the middle of a link or gap; of a line each stop where it calls on the day."""
    import shapely

    ids = frame[TABLES[table][0]].to_numpy(object)
    if table in ("link", "gap"):
        from commute.model.views import link_lines

        return ids, shapely.line_interpolate_point(link_lines(frame, net.table("node")), 0.5, normalized=True)
    if table == "routes":
        running, stops = net.running(), net.table("stops")[["stop_id", "lon", "lat"]]
        trips = running["trips"].loc[among(running["trips"]["route_id"], ids.tolist()), ["trip_id", "route_id"]]
        calls = running["stop_times"][["trip_id", "stop_id"]].merge(trips, on="trip_id")[["route_id", "stop_id"]].drop_duplicates()
        frame = calls.merge(stops, on="stop_id")
        ids = frame["route_id"].to_numpy(object)
    return ids, shapely.points(frame["lon"].to_numpy(), frame["lat"].to_numpy())


def _hint(net: Network, table: str, frame: pd.DataFrame, where: Where | None, met: Mapping[str, Mask]) -> str:
    """What comes near to a condition that no row meets, of the rows that meet the others; of all where none does."""
    if where is None:
        return ""
    names = TABLES[table][2]
    if where.name and not met["name"].any():
        return nearest(where.name, {text for name in names for text in frame[name] if text})
    said = ""
    for last in (one for one in ("polygon", "query") if one in met and len(frame)):
        rest = _all((mask for name, mask in met.items() if name != last), len(frame))
        if rest.any() or not met[last].any():
            rows = frame[rest] if rest.any() else frame
            said += _near(net, table, rows, where.polygon) if last == "polygon" else _ranges(rows, where.query)
    return said


def _near(net: Network, table: str, rows: pd.DataFrame, polygon: tuple[tuple[float, float], ...]) -> str:
    """The three rows nearest to an area, with straight km to it (flat about it)."""
    import shapely

    area = shapely.Polygon(polygon)
    scale = KM_PER_DEGREE * np.array([math.cos(math.radians(area.centroid.y)), 1.0])
    ids, points = _places(net, table, rows)
    away = shapely.distance(*(shapely.transform(one, lambda xy: xy * scale) for one in (area, points)))
    near: dict[str, float] = {}
    for at in np.argsort(away, kind="stable"):
        if len(near) < 3 and np.isfinite(away[at]):
            near.setdefault(ids[at], away[at])
    return f" (nearest: {', '.join(f'{one} at {km:.3g} km' for one, km in near.items())})" if near else ""


def _ranges(rows: pd.DataFrame, query: str) -> str:
    """What the columns of a predicate hold: from the least number to the most, or the texts, the nearest to what is sought if many."""
    tree = _parsed(query)
    sought = [str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    said = []
    for name in dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)):
        held = rows[name].dropna()
        if held.dtype.kind in "if":
            ends = dict.fromkeys((f"{held.min():g}", f"{held.max():g}")) if len(held) else {"empty": None}
            said.append(f"{name} is {'from ' if len(ends) > 1 else ''}{' to '.join(ends)}")
            continue
        texts = sorted(set(map(str, held)) - {""})
        near = list(dict.fromkeys(text for one in sought for text in get_close_matches(one, texts, n=3, cutoff=0.5))) or texts[:3]
        shown = texts if len(texts) <= FEW else near
        said.append(f"{name} is {', '.join(shown) or 'empty'}{' or another' if len(shown) < len(texts) else ''}")
    return f" ({'; '.join(said)})" if said else ""


# predicates --------------------------------------------------------------------------------------------------

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
LONGEST = 500  # characters


def _parsed(text: str) -> ast.Expression:
    if len(text) > LONGEST:
        raise BadValue(f"where: query has {len(text)} characters, {LONGEST} at most")
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadValue(f"where: query {text!r} cannot be read: {getattr(error, 'msg', error)}") from None


def _holds(node: ast.expr, frame: pd.DataFrame) -> Mask:
    """A predicate on the rows; nothing but comparisons of columns with plain values, and, or, not, in."""
    if isinstance(node, ast.BoolOp):
        parts = [_holds(one, frame) for one in node.values]
        joined: Mask = np.all(parts, axis=0) if isinstance(node.op, ast.And) else np.any(parts, axis=0)
        return joined
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_holds(node.operand, frame)
    if isinstance(node, ast.Compare):
        mask, left = np.ones(len(frame), bool), node.left
        for sign, right in zip(node.ops, node.comparators, strict=True):
            both = _value(left, frame), _value(right, frame)
            if not any(isinstance(one, pd.Series) for one in both):
                raise BadValue(f"where: query: {ast.unparse(node)!r} compares no column, of {', '.join(frame.columns)}")
            mask &= _compared(sign, *both, len(frame))
            left = right
        return mask
    if isinstance(node, ast.Name) and (values := _value(node, frame)).dtype == bool:
        return np.asarray(values, bool)
    raise BadValue(f"where: query: {ast.unparse(node)!r} is no comparison of a column with a value")


def _compared(sign: ast.cmpop, left: Any, right: Any, rows: int) -> Mask:
    if isinstance(sign, ast.In | ast.NotIn):
        if not isinstance(right, list) or not isinstance(left, pd.Series):
            raise BadValue("where: query: 'in' wants a column on its left and a list on its right")
        found: Mask = left.isin(right).to_numpy(np.bool_)
        return found if isinstance(sign, ast.In) else np.logical_not(found)
    if type(sign) not in COMPARE:
        raise BadValue("where: query: compare by == != < <= > >= in, not in")
    if isinstance(left, list) or isinstance(right, list):
        raise BadValue("where: query: compare a column with a list by 'in' or 'not in'")
    texts = [isinstance(one, str) or (isinstance(one, pd.Series) and one.dtype.kind not in "bif") for one in (left, right)]
    if texts[0] != texts[1]:
        raise BadValue(f"where: query: a text is compared with a number: {_short(left)} and {_short(right)}")
    return np.broadcast_to(np.asarray(COMPARE[type(sign)](left, right), bool), (rows,))


def _value(node: ast.expr, frame: pd.DataFrame) -> Any:
    if isinstance(node, ast.Name):
        if node.id not in frame.columns:
            raise BadValue(f"where: query: there is no column {node.id!r}{nearest(node.id, frame.columns)}")
        return frame[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bool):
        return node.value
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        if not is_number(node.value):
            raise BadValue("where: query: a number is too large")
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = _value(node.operand, frame)
        if is_number(value):
            return -value
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(one, frame) for one in node.elts]
    raise BadValue(f"where: query: {ast.unparse(node)!r} is neither a column nor a plain value")


def _said(name: str) -> str:
    return "class" if name == "kind" else name


def _short(value: Any) -> str:
    if isinstance(value, pd.Series):
        return f"column {value.name}"
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return f"of {len(value)} points"
        value = ", ".join(map(str, value))
    text = repr(value) if isinstance(value, str) and " " in value else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
