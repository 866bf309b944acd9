"""Look up the configuration of an earlier run, and compare another one with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.events import TaskConfigured, streams
from lineage.project import Project

IRRELEVANT: Final = frozenset(
    {"continue_on_error", "datasets", "description", "operation_limits", "parallel_processes"}
)
"""Keys of the configuration that change nothing about what an operation writes.

What `datasets` declares counts through the parameters and inputs of the operations that use it.
"""


def find_configuration(
    project: Project, task_id: str, config_sha256: str | None
) -> dict[str, Any] | None:
    """Return the configuration of a task with a digest; None if it is not on record.

    Raises:
        LedgerError: The history cannot be read.
    """
    recorded = (r.event for r in project.ledger.iter_stream(streams.task(task_id)))
    return next(
        (
            event.configuration
            for event in recorded
            if isinstance(event, TaskConfigured) and event.config_sha256 == config_sha256
        ),
        None,
    )


def changed_keys(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the keys that have another value and may change a result, sorted."""
    changed = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    return sorted(changed - IRRELEVANT)
