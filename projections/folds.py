"""The SQL of all projections, and how a range of events is folded through it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import duckdb
import pyarrow as pa

from lineage.kernel.digest import sha256_json

_SECTIONS: Final = re.compile(r"^-- @(schema|fold|views)\s*$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^comment on .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """One SQL file.

    Attributes:
        name: Its file name without number and suffix.
        schema: Makes its fact tables.
        fold: Adds the rows of `new_events` to them.
        views: Makes the views over them.
        comments: Documents tables, views and columns.
    """

    name: str
    schema: str
    fold: str
    views: str
    comments: str


@cache
def projections() -> tuple[Projection, ...]:
    """Return all projections in the order of their file names."""
    folder = resources.files("projections").joinpath("sql")
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return tuple(_parse(entry.name, entry.read_text(encoding="utf-8")) for entry in files)


@cache
def version() -> str:
    """Return the digest of all folds; a catalog made by another one is built anew."""
    return sha256_json([[p.name, p.schema, p.fold, p.views] for p in projections()])


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty tables and the views in a new database."""
    connection.execute("set timezone = 'UTC'")
    for projection in projections():
        connection.execute(projection.schema)
    for projection in projections():
        connection.execute(projection.views)


def document(connection: duckdb.DuckDBPyConnection) -> None:
    """Attach the documentation to tables, views and columns."""
    for projection in projections():
        connection.execute(projection.comments)


def apply(connection: duckdb.DuckDBPyConnection, new_events: pa.Table) -> None:
    """Fold a range of events, `lineage.ledger.recorder.ARROW_SCHEMA`, into the tables."""
    connection.register("new_events", new_events)
    try:
        for projection in projections():
            connection.execute(projection.fold)
    finally:
        connection.unregister("new_events")


def _parse(file_name: str, script: str) -> Projection:
    parts = _SECTIONS.split(script)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    return Projection(
        name=file_name.removesuffix(".sql").split("_", 1)[1],
        schema=_COMMENT.sub("", sections.get("schema", "")).strip(),
        fold=sections.get("fold", "").strip(),
        views=_COMMENT.sub("", sections.get("views", "")).strip(),
        comments="\n".join(_COMMENT.findall(script)),
    )
