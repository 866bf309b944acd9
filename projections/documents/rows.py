"""Rows of a catalog as JSON values of a document, and values of a document as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its times as ISO 8601 texts in UTC."""
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in row.items()
    }


def flat_metrics(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each metric of a report with its full name, parts joined by dots; a list is one."""
    for name, value in metrics.items():
        if isinstance(value, dict):
            yield from flat_metrics(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
