"""The format of a bulk read, in a separate module so that only bulk readers load Arrow."""

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
        pa.field("payload", pa.string()),
    ]
)
"""Columns of a bulk read; payload is JSON, null where it is encrypted and cannot be read."""

# not `ARROW_SCHEMA.empty_table()`, for which Arrow imports pandas
EMPTY = pa.Table.from_batches([], ARROW_SCHEMA)
"""A bulk read without events."""


def in_present_versions(table: pa.Table, event_types: EventTypes) -> pa.Table:
    """Return events with payloads as the present versions would have stored them.

    Args:
        table: Events, with `ARROW_SCHEMA`.
        event_types: The event classes.

    Raises:
        UnknownEventError: An event is of a newer release.
    """
    from pyarrow import compute  # noqa: PLC0415  # start-up time

    # Neither by grouping nor with a constant, for which Arrow imports pandas: so each text is
    # type, version, type.
    topics, versions = table["type"], compute.cast(table["schema_version"], pa.string())
    kinds = compute.unique(compute.binary_join_element_wise(topics, topics, versions))
    present = event_types.present_versions().items()
    if {f"{topic}{version}{topic}" for topic, version in present}.issuperset(kinds.to_pylist()):
        return table
    payloads = [
        None
        if payload is None
        else event_types.upcast_payload(topic, version, payload.encode()).decode()
        for topic, version, payload in zip(
            table["type"].to_pylist(),
            table["schema_version"].to_pylist(),
            table["payload"].to_pylist(),
            strict=True,
        )
    ]
    index = table.schema.get_field_index("payload")
    return table.set_column(index, table.schema.field(index), pa.array(payloads, pa.string()))
