"""Where column lineage ends because an operation declared none, and what it may hide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import numpy as np

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.edges import Direction, Edges, Keys, Reached

Reply: TypeAlias = Literal["yes", "no", "unknown"]

_UPSTREAM: Final = """
with ends as (
  select unnest($keys::ubigint[]) as key
  except select target_key from column_steps
  except select column_key from column_edges
),
files as (
  select hash(source_uri, source_sha256) as dataset_key
  from column_steps
  where source_key in (select key from ends)
  union
  select file
  from (select unnest($starts::ubigint[]) as start, unnest($start_files::ubigint[]) as file)
  where start in (select key from ends)
)
select distinct uri || '@' || coalesce(sha256, 'unknown') as file
from artifacts
semi join files using (dataset_key)
order by file
"""
_DOWNSTREAM: Final = """
with recursive files as (
  select hash(uri, sha256) as dataset_key
  from column_steps
  where target_key in (select unnest($keys::ubigint[]))
  union
  select unnest($start_files::ubigint[])
  union
  select m.dataset_key
  from files f
  join imports m on m.source_key = f.dataset_key
),
readers as (
  select distinct target_key as step_key
  from edges
  where source_key in (select dataset_key from files) and target_kind <> 'dataset'
)
select distinct a.uri || '@' || coalesce(a.sha256, 'unknown') as file
from artifacts a
semi join readers using (step_key)
where (len(a.columns) > 0 or a.artifact_type in ('csv', 'parquet'))
  and not exists (
    select 1 from column_edges e where e.uri = a.uri and e.sha256 is not distinct from a.sha256
  )
order by file
"""
_ALL: Final = """
select distinct uri || '@' || coalesce(sha256, 'unknown') as file
from undeclared_columns
where dataset_key not in (select hash(uri, sha256) from column_edges)
order by file
"""
_POSSIBLE: Final = """
with silent as (select distinct step_key, dataset_key, column_key from undeclared_columns),
used as (
  select step_key, dataset_key, hash(uri, sha256, unnest(columns)) as column_key
  from inputs
  union
  select i.step_key, i.dataset_key, e.column_key
  from inputs i
  join column_edges e on i.dataset_key = hash(e.uri, e.sha256)
),
copied as (
  select distinct i.source_uri, i.uri, i.sha256, n.column_name
  from imports i
  join (select sha256, unnest(columns) as column_name from inputs) n using (sha256)
)
-- from each column that a step read to the step, to the file it wrote, to its undeclared columns
select column_key as source_key, step_key as target_key
from used
where step_key in (select step_key from silent)
union
select step_key, dataset_key from silent
union
select dataset_key, column_key from silent
-- and from a column to that of a copy of its file
union
select hash(source_uri, sha256, column_name), hash(uri, sha256, column_name) from copied
"""
_ANYWHERE: Final = "select distinct step_key from undeclared_columns where has_no_input"
_HIDDEN: Final = """
select distinct uri || '@' || coalesce(sha256, 'unknown') as file
from undeclared_columns
where dataset_key in (select unnest(?::ubigint[]))
order by file
"""


def undeclared(
    catalog: Catalog, starts: Mapping[int, str], reached: Reached, direction: Direction
) -> list[str]:
    """Return the files at which a search for columns ended without an answer.

    Upstream: files that a run wrote, with a reached column without declared lineage. Downstream:
    tables made from a file with a reached column, without declared lineage.

    Args:
        catalog: The catalog to query.
        starts: The columns the search began with, by key.
        reached: Everything it found.
        direction: The direction of the search.
    """
    parts = [ids.parse_column(start) for start in starts.values()]
    files = [ids.dataset_id(uri, sha256) for uri, sha256, _ in parts]
    keys = {file: key for key, file in ids.keys_of(catalog, files).items()}
    values = {"keys": reached.keys.tolist(), "start_files": [keys[file] for file in files]}
    if direction == "upstream":
        rows = catalog.rows(_UPSTREAM, values | {"starts": [*starts]})
    else:
        rows = catalog.rows(_DOWNSTREAM, values)
    return [row["file"] for row in rows]


def undeclared_files(catalog: Catalog) -> list[str]:
    """Return all written files of whose columns no operation declared anything."""
    return [row["file"] for row in catalog.rows(_ALL)]


def hiding(catalog: Catalog, steps: Edges, starts: Keys, goals: Keys) -> list[str]:
    """Return the files by which columns may reach others, although no recorded path leads there.

    A column that nobody declared may come from any column that its operation read; from anywhere
    if that operation took no dataset.

    Args:
        catalog: The catalog to query.
        steps: All recorded steps between columns.
        starts: Keys of the columns where a path would begin.
        goals: Keys of those where it would end.
    """
    possible = catalog.arrow(_POSSIBLE)
    if not possible.num_rows:
        return []
    source, target = (column.to_numpy() for column in possible.columns)
    edges = Edges(
        np.concatenate([steps.source, source]),
        np.concatenate([steps.target, target]),
        np.concatenate([steps.position, np.zeros(source.size, np.int64)]),
    )
    anywhere = catalog.arrow(_ANYWHERE).column(0).to_numpy()
    reached = edges.between(np.concatenate([starts, anywhere]), goals)
    return [row["file"] for row in catalog.rows(_HIDDEN, [reached.keys.tolist()])]


def reply(*, is_found: bool, files: list[str]) -> Reply:
    """Return the answer to whether there is a path, from what was found and what hides others."""
    if files:
        return "unknown"
    return "yes" if is_found else "no"
