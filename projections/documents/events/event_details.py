"""One event of the ledger: its envelope, and what happened if that is asked for."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)


def build_event_details(
    catalog: Catalog, position: int, *, with_payload: bool = False
) -> dict[str, Any]:
    """Return one event.

    Args:
        catalog: The catalog to query.
        position: Its place in the ledger.
        with_payload: Whether the payload is part of the answer.

    Returns:
        A document with position, stream, version, type, schema_version, recorded_at (ISO 8601 in
        UTC), actor, run_id, task_id, causation (a version of the stream) and caused_by (its
        position; both None if nothing led to it), last (position of the last event), state
        ("readable", "erased": the key of its stream was destroyed, or "locked": no master key is
        set) and payload (None unless it is asked for and readable).

    Raises:
        ConfigurationError: There is no such event.
    """
    row = catalog.row(_SQL["event"], {"position": position})
    if row is None:
        raise ConfigurationError(
            f"event {position:,}", problem=f"the last one is {catalog.position:,}"
        )
    is_readable, is_erased = row.pop("is_readable"), row.pop("is_erased")
    payload = row.pop("payload")
    return {
        **plain(row),
        "last": catalog.position,
        "state": "readable" if is_readable else "erased" if is_erased else "locked",
        "payload": payload if with_payload else None,
    }
