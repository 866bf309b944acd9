"""The form of a bulk read; apart, as only who reads in bulk should have to load Arrow."""

from __future__ import annotations

import pyarrow as pa

from lineage.events import EventTypes

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


def in_present_versions(table: pa.Table, event_types: EventTypes) -> pa.Table:
    """Return events with payloads as the present versions would have stored them.

    Args:
        table: Events, with `ARROW_SCHEMA`.
        event_types: The event classes.

    Raises:
        UnknownEventError: An event is of a newer release.
    """
    present = event_types.present_versions()
    kinds = table.group_by(["type", "schema_version"]).aggregate([]).to_pylist()
    if all(present.get(kind["type"]) == kind["schema_version"] for kind in kinds):
        return table
    payloads = [
        event_types.upcast_payload(topic, version, payload.encode()).decode()
        for topic, version, payload in zip(
            table["type"].to_pylist(),
            table["schema_version"].to_pylist(),
            table["payload"].to_pylist(),
            strict=True,
        )
    ]
    index = table.schema.get_field_index("payload")
    return table.set_column(index, table.schema.field(index), pa.array(payloads, pa.string()))
