"""Rows of a catalog as JSON values of a document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its times as ISO 8601 texts in UTC."""
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in row.items()
    }
