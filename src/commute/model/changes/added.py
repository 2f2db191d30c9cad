"""What a scenario adds to tables: whole rows, typed and sorted as the table is, with their source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from commute.model.tables import BY_NAME

if TYPE_CHECKING:
    from commute.model.network import Network

ADDED = {"source_id": "scenario", "confidence": "assumed"}  # of a row that a scenario adds


def with_rows(net: Network, **rows: pd.DataFrame) -> Network:
    """The network with rows added to tables; columns left out are empty."""
    tables = {name: net.table(name) for name in rows}
    return put_back(net, **{name: pd.concat([frame, filled(rows[name], frame)]) for name, frame in tables.items()})


def put_back(net: Network, **tables: pd.DataFrame) -> Network:
    """The network with whole tables replaced, each sorted by its key and typed as before; what "scenario" adds gets its source row."""
    made = {}
    for name, frame in tables.items():
        made[name] = typed_as(frame, net.table(name)).sort_values(list(BY_NAME[name].key), ignore_index=True)
    if any("source_id" in frame and (frame["source_id"] == "scenario").any() for frame in made.values()):
        made["source"] = with_scenario_source(net)
    return net.replaced(tables=made)


def filled(rows: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Rows with all columns of a table, in its order and types; those left out are empty."""
    missing = {str(name): blank(kind) for name, kind in like.dtypes.items() if name not in rows}
    return typed_as(rows.assign(**missing)[list(like.columns)], like)


def typed_as(rows: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Rows with the column types of a table; `astype` copies them even where they have these."""
    return rows if rows.dtypes.equals(like.dtypes) else rows.astype(like.dtypes.to_dict())


def blank(kind: Any) -> Any:
    """What an empty cell of a column of this type holds."""
    return {"f": float("nan"), "b": False, "i": 0}.get(kind.kind, "")


def with_scenario_source(net: Network) -> pd.DataFrame:
    """The source table with a row for what scenarios add."""
    source = net.table("source")
    if "scenario" in set(source["source_id"]):
        return source
    row = {name: "" for name in source.columns} | {"source_id": "scenario", "text": "added by a scenario", "kind": "assumed"}
    return pd.concat([source, pd.DataFrame([row])], ignore_index=True).sort_values("source_id", ignore_index=True)
