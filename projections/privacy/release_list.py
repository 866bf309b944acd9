"""What was released or refused, on whose decision, and by which policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)


def build_release_list(catalog: Catalog) -> list[dict[str, Any]]:
    """Return every release that was asked for, in the order of the decisions.

    Returns:
        Objects with the columns of the view `releases`, times as ISO 8601 in UTC, and
        `evaluated`: for each policy its policy, kind, severity, outcome, required, measured,
        reason and waiver, as of the decision.
    """
    return [_with_objects(plain(row)) for row in catalog.rows(_SQL["releases"])]


def _with_objects(release: dict[str, Any]) -> dict[str, Any]:
    return {**release, "evaluated": [_evaluation(one) for one in release["evaluated"]]}


def _evaluation(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: row[name] for name in ("required", "measured")}
    parsed = {k: json.loads(v) if isinstance(v, str) else v for k, v in values.items()}
    return {**row, **parsed}
