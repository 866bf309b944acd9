"""The rows of a run, including those of the operations it reused."""

from __future__ import annotations

from typing import Any, Final, Literal

from projections.catalog.catalog import Catalog

RunTable = Literal["inputs", "artifacts", "metrics", "metric_values", "messages"]

_BEHIND: Final = """
select *, null::varchar as reused_run
from {table}
where run_id = $run
union all by name
select t.* replace (o.run_id as run_id, o.operation as operation), o.reused_run
from {table} t
join operation_beginnings o on o.reused_run = t.run_id and o.reused_operation = t.operation
where o.run_id = $run
order by position
"""


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
    return catalog.rows(_BEHIND.format(table=table), {"run": run_id})
