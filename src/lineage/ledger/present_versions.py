"""Give the events of a bulk read the payloads that this release would have stored."""

from __future__ import annotations

import pyarrow as pa

from lineage.events import EventTypes


def in_present_versions(table: pa.Table, event_types: EventTypes) -> pa.Table:
    """Return events with payloads of the present versions of their types.

    Args:
        table: Events with `arrow.ARROW_SCHEMA`, as they are stored.
        event_types: Knows the present versions, and how to get there.

    Raises:
        UnknownEventError: An event is of a newer release.
    """
    from pyarrow import compute  # noqa: PLC0415  # start-up time

    # Neither by grouping nor with a constant, for which Arrow imports pandas: so each text is
    # type, version, type.
    topics, versions = table["type"], compute.cast(table["schema_version"], pa.string())
    kinds = compute.unique(compute.binary_join_element_wise(topics, topics, versions))
    present = event_types.present_versions().items()
    known = {f"{topic}{version}{topic}" for topic, version in present}
    return table if known.issuperset(kinds.to_pylist()) else _upcast(table, event_types)


def _upcast(table: pa.Table, event_types: EventTypes) -> pa.Table:
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
