"""Where column lineage ends because an operation declared none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.edges import Direction, Reached

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
