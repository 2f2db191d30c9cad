"""Which elements a change means: by id, name, line, class, polygon, or a predicate on columns."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commute.errors import BadValue, UnknownId, nearest
from commute.model.picking import among

if TYPE_CHECKING:
    from commute.model.network import Network

Mask = npt.NDArray[np.bool_]
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
                raise BadValue(f"where: polygon point ({x:g}, {y:g}) is not (lon, lat) in degrees")
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
    mask = np.ones(len(frame), bool)
    if ids:
        mask &= among(every, ids)
    if where:
        try:
            mask &= _meets(net, table, frame, where)
        except BadValue as error:
            return np.zeros(len(frame), bool), [str(error)]
    if not mask.any():
        return mask, [f"it matches no {noun}: {where or 'nothing is named'}{_hint(frame, table, where)}"]
    return mask, []


def _meets(net: Network, table: str, frame: pd.DataFrame, where: Where) -> Mask:
    key, kinds, names = TABLES[table]
    mask = np.ones(len(frame), bool)
    if where.ids:
        mask &= among(frame[key], where.ids)
    elif net.date and table not in ("zone", "gap"):
        mask &= among(frame[key], net.in_use(table)[key])
    if where.name:
        mask &= np.logical_or.reduce([(frame[name] == where.name).to_numpy() for name in names])
    if where.kind:
        mask &= among(frame[kinds], where.kind)
    if where.line:
        mask &= _of_lines(net, table, frame, where.line)
    if where.polygon:
        mask &= _within(net, table, frame, where.polygon)
    if where.query:
        mask &= _holds(_parsed(where.query).body, frame)
    return mask


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
    if table in ("link", "gap"):
        from commute.model.views import link_lines

        lines = link_lines(frame, net.table("node"))
        middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
        return np.asarray(shapely.covers(area, middle), bool)
    if table == "routes":
        stops = net.table("stops")
        inside = stops.loc[shapely.intersects_xy(area, stops["lon"].to_numpy(), stops["lat"].to_numpy()), "stop_id"]
        running = net.running()
        trips = running["stop_times"].loc[running["stop_times"]["stop_id"].isin(inside), "trip_id"]
        return frame["route_id"].isin(running["trips"].loc[running["trips"]["trip_id"].isin(trips), "route_id"]).to_numpy(bool)
    return np.asarray(shapely.intersects_xy(area, frame["lon"].to_numpy(), frame["lat"].to_numpy()), bool)


def _hint(frame: pd.DataFrame, table: str, where: Where | None) -> str:
    if where is None or not where.name:
        return ""
    return nearest(where.name, {text for name in TABLES[table][2] for text in frame[name] if text})


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
            mask &= _compared(sign, _value(left, frame), _value(right, frame), len(frame))
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
    texts = [isinstance(one, str) or (isinstance(one, pd.Series) and one.dtype.kind not in "bif") for one in (left, right)]
    if texts[0] != texts[1]:
        raise BadValue(f"where: query: a text is compared with a number: {_short(left)} and {_short(right)}")
    return np.broadcast_to(np.asarray(COMPARE[type(sign)](left, right), bool), (rows,))


def _value(node: ast.expr, frame: pd.DataFrame) -> Any:
    if isinstance(node, ast.Name):
        if node.id not in frame.columns:
            raise BadValue(f"where: query: there is no column {node.id!r}{nearest(node.id, frame.columns)}")
        return frame[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, frame)
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
