"""Where the trail of a column is lost, because nobody said where columns came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.steps import Direction, Keys, Reached

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
  select unnest($start_files::ubigint[])
  where exists (from ends where key in (select unnest($starts::ubigint[])))
)
select distinct uri || '@' || coalesce(sha256, 'unknown') as file
from artifacts
semi join files using (dataset_key)
order by file
"""
_DOWNSTREAM: Final = """
with files as (
  select hash(uri, sha256) as dataset_key
  from column_steps
  where target_key in (select unnest($keys::ubigint[]))
  union
  select unnest($start_files::ubigint[])
),
readers as (
  select distinct target_key as step_key
  from edges
  where source_key in (select dataset_key from files) and target_kind <> 'dataset'
)
select distinct a.uri || '@' || coalesce(a.sha256, 'unknown') as file
from artifacts a
semi join readers using (step_key)
where len(a.columns) > 0
  and not exists (
    select 1 from column_edges e where e.uri = a.uri and e.sha256 is not distinct from a.sha256
  )
order by file
"""


def undeclared(
    catalog: Catalog, starts: Sequence[str], reached: Reached, direction: Direction
) -> list[str]:
    """Return the files at which a search for columns ended without an answer.

    Upstream: those that a run wrote, with a reached column of which nothing is known. Downstream:
    the tables that were made from a file with a reached column, and of which nothing is known.

    Args:
        catalog: Where they are recorded.
        starts: The columns the search began with.
        reached: All it has found.
        direction: Where it went.
    """
    if direction == "downstream":
        return undeclared_downstream(catalog, starts, reached)
    values = {
        "keys": reached.keys.tolist(),
        "starts": ids.column_keys_of(catalog, starts).tolist(),
        "start_files": _files(catalog, starts).tolist(),
    }
    return [row["file"] for row in catalog.rows(_UPSTREAM, values)]


def undeclared_downstream(catalog: Catalog, starts: Sequence[str], reached: Reached) -> list[str]:
    """Return the same for a search downstream."""
    values = {"keys": reached.keys.tolist(), "start_files": _files(catalog, starts).tolist()}
    return [row["file"] for row in catalog.rows(_DOWNSTREAM, values)]


def _files(catalog: Catalog, columns: Sequence[str]) -> Keys:
    parts = [ids.parse_column(column) for column in columns]
    return ids.keys_of(catalog, [ids.dataset_id(uri, sha256) for uri, sha256, _ in parts])
