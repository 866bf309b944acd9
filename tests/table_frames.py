"""Datasets in memory and the results of operations on them, for the tests of whole tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops import BaseOperation, DataSource, OperationResult


def run(
    operation: BaseOperation, tables: Mapping[str, Any], folder: Path
) -> tuple[OperationResult, list[pa.Table]]:
    """Execute an operation and read the Parquet files it wrote."""
    source = DataSource()
    for name, table in tables.items():
        source.add_dataframe(name, table)
    result = operation.execute(source, folder)
    files = [a.path for a in result.artifacts if a.path.suffix == ".parquet"]
    return result, [pq.read_table(path) for path in files]


def edges(result: OperationResult) -> set[str]:
    """Return the column lineage as texts; "~" for indirect."""
    return {
        f"{e.column} {'' if e.is_direct else '~'}{e.effect} {e.source}.{e.source_column}"
        for e in result.column_edges
    }
