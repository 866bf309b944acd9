"""Under which configuration a run worked."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

_SQL: Final = statements(__name__)


def build_run_configuration(catalog: Catalog, run_id: str) -> dict[str, Any]:
    """Return the configuration of a run, key to value, with secrets redacted.

    Args:
        catalog: The catalog of the whole history: a configuration belongs to the task.
        run_id: Id of the run.

    Returns:
        All effective values, defaults included; empty if none is on record.
    """
    found = catalog.row(_SQL["configuration"], [run_id])
    return {} if found is None else dict(found["configuration"])
