"""What a run that did not succeed left in place: files that earlier runs of its task wrote."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_older_outputs(catalog: Catalog, run_id: str) -> list[Document]:
    """Return the files in the output folder of a task that a run did not replace.

    Args:
        catalog: The whole catalog: other runs of the task count.
        run_id: Id of the run.

    Returns:
        For a failed, refused or interrupted run, each file in output/ whose last version on
        record is of a run before it, newest first: uri, sha256, size_bytes, modified_at, run_id,
        written_at and run_status (of the run that wrote it). Nothing for other runs.
    """
    return [plain(row) for row in catalog.rows(_SQL["older"], {"run": run_id})]
