"""The form of a bulk read; apart, as only who reads in bulk should have to load Arrow."""

from __future__ import annotations

import pyarrow as pa

ARROW_SCHEMA = pa.schema(
    [
        pa.field("position", pa.int64(), nullable=False),
        pa.field("stream", pa.string(), nullable=False),
        pa.field("version", pa.int64(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("schema_version", pa.int64(), nullable=False),
        pa.field("recorded_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("actor", pa.string(), nullable=False),
        pa.field("run", pa.string()),
        pa.field("task", pa.string()),
        pa.field("causation", pa.int64()),
        pa.field("payload", pa.string(), nullable=False),
    ]
)
"""Columns of a bulk read; payload is JSON."""

# not `ARROW_SCHEMA.empty_table()`, for which Arrow imports pandas
EMPTY = pa.Table.from_batches([], ARROW_SCHEMA)
"""A bulk read without events."""
