"""What to recall and redo if something turns out to be bad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.edges import Edges
from projections.dependency_graph.undeclared import reply, undeclared

Document = dict[str, Any]
_Affected = tuple[list[Document], list[Document], list[str], bool]
"""Files, steps (run_id, step), files that may be affected, too; whether it rests on assumptions."""

_FILES: Final = """
with wanted as (
  select unnest($keys::ubigint[]) as key
  except select unnest($starts::ubigint[])
)
select uri || '@' || coalesce(sha256, 'unknown') as dataset_id, uri, sha256,
  max(size_bytes) as size_bytes, max_by(modified_at, position) as modified_at,
  max_by(run_id, position) as run_id, max_by(task_id, position) as task_id
from (
  select uri, sha256, size_bytes, modified_at, run_id, task_id, position
  from artifacts
  where dataset_key in (select key from wanted)
  union all
  select uri, sha256, size_bytes, null, run_id, task_id, position
  from imports
  where dataset_key in (select key from wanted)
)
group by uri, sha256
order by max(position), uri
"""
_STEPS: Final = """
with wanted as (select unnest($keys::ubigint[]) as key)
select distinct run_id, step
from (
  select run_id, target as step
  from edges
  where target_kind <> 'dataset' and target_key in (select key from wanted)
  union all
  select run_id, source
  from edges
  where kind = 'generated' and source_key in (select key from wanted)
)
"""
_COLUMN_FILES: Final = """
with wanted as (select unnest($keys::ubigint[]) as key)
select distinct hash(uri, sha256) as key
from column_steps
where source_key in (select key from wanted)
"""
_COLUMN_STEPS: Final = """
with wanted as (select unnest($keys::ubigint[]) as key)
select distinct run_id, run_id || coalesce('#' || operation, '') as step
from column_steps
where run_id is not null and source_key in (select key from wanted)
"""
_IS_ASSUMED: Final = """
with wanted as (select unnest($keys::ubigint[]) as key)
select coalesce(bool_or(is_assumed), false)
from {view}
where source_key in (select key from wanted)
"""
_RUNS: Final = """
select run_id, task_id, status, started_at
from runs
where run_id in (select unnest(?::varchar[]))
order by started_position
"""


def impact(catalog: Catalog, starts: Sequence[str], *, limit: int | None = None) -> Document:
    """Return what was made from some nodes, directly or not.

    Args:
        catalog: The catalog to query.
        starts: Node ids of datasets, operations and runs, or of columns.
        limit: Maximum number of files and of runs to list; None for all.

    Returns:
        starts; files (dataset_id, uri, sha256, size_bytes, modified_at, run_id, task_id) to
        recall, runs (run_id, task_id, status, started_at) and tasks to redo, oldest first;
        file_count, operation_count, run_count and task_count, which are exact; undeclared: files
        that may be affected, too, because the operations that wrote them declared no column
        lineage; answer: "yes", "no" (nothing is affected) or "unknown" (there are undeclared
        files); is_assumed: whether the answer rests on assumed edges; is_truncated.
    """
    affected = _columns if ids.is_column(starts[0]) else _nodes
    files, steps, open_ends, is_assumed = affected(catalog, starts)
    runs = catalog.rows(_RUNS, [sorted({row["run_id"] for row in steps})])
    tasks = list(dict.fromkeys(row["task_id"] for row in runs))
    return {
        "question": "impact",
        "starts": [*starts],
        "files": files[:limit],
        "runs": runs[:limit],
        "tasks": tasks,
        "file_count": len(files),
        "operation_count": sum(ids.kind_of(row["step"]) == "operation" for row in steps),
        "run_count": len(runs),
        "task_count": len(tasks),
        "undeclared": open_ends,
        "answer": reply(is_found=bool(files), files=open_ends),
        "is_assumed": is_assumed,
        "is_truncated": limit is not None and max(len(files), len(runs)) > limit,
    }


def _nodes(catalog: Catalog, starts: Sequence[str]) -> _Affected:
    start_keys = ids.keys_of(catalog, starts)
    reached = Edges.load(catalog, "edges").reach(ids.keys_in(start_keys), "downstream")
    keys = {"keys": reached.keys.tolist()}
    files = catalog.rows(_FILES, keys | {"starts": [*start_keys]})
    is_assumed = catalog.value(_IS_ASSUMED.format(view="edges"), keys)
    return files, catalog.rows(_STEPS, keys), [], is_assumed


def _columns(catalog: Catalog, starts: Sequence[str]) -> _Affected:
    start_keys = ids.column_keys_of(catalog, starts)
    reached = Edges.load(catalog, "column_steps").reach(ids.keys_in(start_keys), "downstream")
    keys = {"keys": reached.keys.tolist()}
    made = [row["key"] for row in catalog.rows(_COLUMN_FILES, keys)]
    files = catalog.rows(_FILES, {"keys": made, "starts": []})
    open_ends = undeclared(catalog, start_keys, reached, "downstream")
    is_assumed = catalog.value(_IS_ASSUMED.format(view="column_steps"), keys)
    return files, catalog.rows(_COLUMN_STEPS, keys), open_ends, is_assumed
