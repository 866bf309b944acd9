"""Read many events of a SQLite ledger at once, into Arrow.

SQLite makes one text of all values and Arrow takes it apart: there is no Python object for a
value or an event, and other threads keep running. No column can hold a separator: JSON escapes
control characters, and the mapper refuses them in the envelope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias

import pyarrow as pa
import pyarrow.csv as pa_csv
from eventsourcing.persistence import DatabaseError
from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore

from lineage.ledger.arrow import ARROW_SCHEMA

Bound: TypeAlias = Literal["position", "version"]
Opened: TypeAlias = Callable[
    [SQLiteCursor, Sequence[tuple[str, bytes, bytes]]], Sequence[bytes | None]
]

PIECE_BYTES: Final = 2**26
"""Payload of one table of a bulk read, where it has more than one event."""

_UNIT_SEPARATOR: Final = "\x1f"
_TEXT_OF_EVENT: Final = "printf('{marks}', {columns})".format(
    marks=_UNIT_SEPARATOR.join("%s" for _ in ARROW_SCHEMA),
    columns=", ".join(
        "cast(payload as text)" if field.name == "payload" else field.name for field in ARROW_SCHEMA
    ),
)
"""The columns of an event as one text; null is empty."""

_WITHOUT_PAYLOAD: Final = _TEXT_OF_EVENT.replace("cast(payload as text)", "''")
_SEALED: Final = (
    "select stream, cast('1' || char(31) || stream || char(31) || version || char(31) || type "
    "|| char(31) || schema_version as blob), payload"
)
"""Stream, `encryption.payloads.bound_to`, and the payload as it is stored."""

_PARSED_TYPES: Final = {
    field.name: pa.int64() if pa.types.is_timestamp(field.type) else field.type
    for field in ARROW_SCHEMA
}


def read(
    datastore: SQLiteDatastore,
    column: Bound,
    first: int,
    last: int,
    *,
    stream: str | None = None,
) -> Iterator[pa.Table]:
    """Yield the events of `lines` as tables with `ARROW_SCHEMA`."""
    yield from map(parse, lines(datastore, column, first, last, stream=stream))


def read_sealed(
    datastore: SQLiteDatastore,
    column: Bound,
    first: int,
    last: int,
    *,
    opened: Opened,
    stream: str | None = None,
) -> Iterator[pa.Table]:
    """Yield the events of `lines` as tables with `ARROW_SCHEMA`, their payloads opened.

    Args:
        datastore: Where they are.
        column: What the bounds are about.
        first: The lower bound.
        last: The upper bound.
        opened: Returns the payloads of events in the clear (`encryption.vault.Vault`).
        stream: Only events of this stream; all when None.
    """
    for events, bounds in _pieces(datastore, column, first, last, stream):
        table = parse(_joined(datastore, _WITHOUT_PAYLOAD, column, events, bounds))
        with datastore.transaction(commit=False) as cursor:
            cursor.execute(f"{_SEALED} {events} order by {column}", bounds)
            payloads = opened(cursor, cursor.fetchall())
        try:
            texts = pa.array(payloads, pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            raise DatabaseError("an event is malformed") from None
        index = table.schema.get_field_index("payload")
        yield table.set_column(index, table.schema.field(index), texts)


def lines(
    datastore: SQLiteDatastore,
    column: Bound,
    first: int,
    last: int,
    *,
    stream: str | None = None,
) -> Iterator[bytes]:
    """Yield the events with first < column <= last, in order, in pieces that fit in memory.

    Each event is a line; how they are divided into pieces depends on their size.

    Args:
        datastore: Where they are.
        column: What the bounds are about.
        first: The lower bound.
        last: The upper bound.
        stream: Only events of this stream; all when None.
    """
    for events, bounds in _pieces(datastore, column, first, last, stream):
        yield _joined(datastore, _TEXT_OF_EVENT, column, events, bounds)


def _pieces(
    datastore: SQLiteDatastore, column: Bound, first: int, last: int, stream: str | None
) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield what follows "select ..." for each piece, and its parameters."""
    events = f"from events where {column} > ? and {column} <= ?"
    bounds: tuple[object, ...] = (first, last)
    if stream is not None:
        events, bounds = f"{events} and stream = ?", (*bounds, stream)
    size = _value(datastore, f"select sum(length(payload)) {events}", bounds) or 0
    if size > PIECE_BYTES and last - first > 1:
        middle = (first + last) // 2
        yield from _pieces(datastore, column, first, middle, stream)
        yield from _pieces(datastore, column, middle, last, stream)
    elif size:
        yield events, bounds


def _joined(
    datastore: SQLiteDatastore, line: str, column: Bound, events: str, bounds: tuple[object, ...]
) -> bytes:
    selected = f"select {line} as line {events} order by {column}"
    joined = f"select cast(group_concat(line, char(10)) as blob) from ({selected})"  # noqa: S608  # constants
    text: bytes = _value(datastore, joined, bounds)
    return text


def parse(text: bytes) -> pa.Table:
    """Return the text of `lines` as a table with `ARROW_SCHEMA`.

    Raises:
        DatabaseError: An event is malformed.
    """
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(text),
            read_options=pa_csv.ReadOptions(
                column_names=ARROW_SCHEMA.names, block_size=len(text) + 1, use_threads=False
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=_UNIT_SEPARATOR, quote_char=False, double_quote=False
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=_PARSED_TYPES, null_values=[""], strings_can_be_null=True
            ),
        )
        return table.cast(ARROW_SCHEMA)
    except pa.ArrowInvalid:
        # its message quotes what was recorded
        raise DatabaseError("an event is malformed") from None


def _value(datastore: SQLiteDatastore, sql: str, bounds: tuple[object, ...]) -> Any:
    with datastore.transaction(commit=False) as cursor:
        cursor.execute(sql, bounds)
        return cursor.fetchone()[0]
