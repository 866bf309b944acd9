"""The rows of a run, including those of the operations it reused."""

from __future__ import annotations

from typing import Any, Final, Literal

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

RunTable = Literal["inputs", "artifacts", "metrics", "metric_values", "messages"]

_SQL: Final = statements(__name__)


def rows_behind(catalog: Catalog, table: RunTable, run_id: str) -> list[dict[str, Any]]:
    """Return the rows of a run and of the operations of earlier runs that it reused.

    Args:
        catalog: The catalog to query; `Projector.of_run` is enough.
        table: A table or view with the columns run_id, operation and position.
        run_id: Id of the run.

    Returns:
        Rows in recorded order. Those of reused operations have the run and operation that reused
        them, and `reused_run`, the run that recorded them; null for the run's own rows.
    """
    wanted = {"table": table, "run": run_id}
    if catalog.value(_SQL["reuses"], [run_id]) is None:  # most runs: joining takes far longer
        return catalog.rows(_SQL["own_rows"], wanted)
    return catalog.rows(_SQL["rows_behind"], wanted)
