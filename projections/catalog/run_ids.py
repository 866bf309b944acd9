"""Find the runs that a run id or its beginning refers to."""

from __future__ import annotations

from typing import Final

from lineage.kernel.ids import SHORTEST_PREFIX
from projections.catalog.catalog import Catalog

_CALLED: Final = """
select run_id
from run_beginnings
where lower(run_id) = lower($name)
  or (length($name) >= $shortest and starts_with(lower(run_id), lower($name)))
order by lower(run_id) <> lower($name), run_id
"""


def runs_called(catalog: Catalog, name: str) -> list[str]:
    """Return the run ids that a name matches (see `lineage.kernel.ids.is_called`), exact first.

    Args:
        catalog: The catalog to search.
        name: A run id, or at least 4 leading characters of one.
    """
    rows = catalog.rows(_CALLED, {"name": name, "shortest": SHORTEST_PREFIX})
    return [row["run_id"] for row in rows]
