"""What is handed out of a catalog: whole tables as text, and the run that made a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)


def run_that_wrote(catalog: Catalog, uri: str, sha256: str) -> str | None:
    """Return the run that wrote this content to this file last; None if there is none."""
    row = catalog.row(_SQL["run_that_wrote"], {"uri": uri, "sha256": sha256})
    return None if row is None else str(row["run_id"])


def tables_as_csv(catalog: Catalog) -> dict[str, str]:
    """Return name to CSV of every table and view that has rows.

    Null is an empty cell, lists and objects are JSON, times ISO 8601 in UTC; rows are sorted as
    text.
    """
    names = [row["name"] for row in catalog.rows(_SQL["relations"])]
    tables = {name: catalog.arrow(f'from "{name}"') for name in names}
    return {
        name: _csv(table.column_names, table.to_pylist())
        for name, table in tables.items()
        if table.num_rows
    }


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(sorted([_cell(value) for value in plain(row).values()] for row in rows))
    return stream.getvalue()


def _cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
