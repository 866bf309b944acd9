"""What profiles took for personal data, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from lineage.kernel.values import JsonValue
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_classification_proposals(
    catalog: Catalog, dictionary: Mapping[str, JsonValue]
) -> list[Document]:
    """Return the columns that profiles took for personal data, the latest proposal first.

    Args:
        catalog: The catalog to query.
        dictionary: Dataset name to what the project declares of it, as in its `datasets:`.

    Returns:
        One object per dataset and column, as it was proposed last: dataset, column, role, category,
        evidence (counts, no values), uri, sha256, run_id, proposed_at, position, state ("declared"
        if the project says what the column is; else "open", "confirmed" or "rejected"),
        decided_role, decided_by, decided_at and reason (null while nobody decided).
    """
    found = [plain(row) for row in catalog.rows(_SQL["proposals"])]
    for one in found:
        if _is_declared(dictionary, one["dataset"], one["column"]):
            one["state"] = "declared"
    return found


def known_columns(catalog: Catalog, dictionary: Mapping[str, JsonValue]) -> dict[str, set[str]]:
    """Return the columns of each dataset that runs read, profiles found, or the project declares.

    Args:
        catalog: The catalog to query.
        dictionary: As for `build_classification_proposals`.
    """
    known: dict[str, set[str]] = {}
    for row in catalog.rows(_SQL["columns"]):
        known.setdefault(row["dataset"], set()).add(row["column"])
    for name, declared in dictionary.items():
        columns = declared.get("columns") if isinstance(declared, dict) else None
        known.setdefault(name, set()).update(columns if isinstance(columns, dict) else ())
    return known


def _is_declared(dictionary: Mapping[str, JsonValue], dataset: str, column: str) -> bool:
    declared = dictionary.get(dataset)
    columns = declared.get("columns") if isinstance(declared, dict) else None
    said = columns.get(column) if isinstance(columns, dict) else None
    return (said.get("role") if isinstance(said, dict) else said) is not None
