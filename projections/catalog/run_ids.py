"""Find the runs whose ids a person may mean, for every question that takes one."""

from __future__ import annotations

from typing import Final

from lineage.kernel.ids import SHORTEST_PREFIX
from projections.catalog.catalog import Catalog

_CALLED: Final = """
select run_id
from run_beginnings
where run_id = $name or (length($name) >= $shortest and starts_with(run_id, $name))
order by run_id <> $name, run_id
"""


def runs_called(catalog: Catalog, name: str) -> list[str]:
    """Return the ids that a name means, as `lineage.kernel.ids.is_called` says; a whole id first.

    Args:
        catalog: Where they are recorded.
        name: A run id, or at least 4 leading characters of one.
    """
    rows = catalog.rows(_CALLED, {"name": name, "shortest": SHORTEST_PREFIX})
    return [row["run_id"] for row in rows]
