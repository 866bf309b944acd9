"""Names of the history that begin with what somebody has typed."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from projections.catalog.catalog import open_in_place
from projections.catalog.opening import CATALOG_FILE
from projections.statements import statements

Kind = Literal["tasks", "runs", "files", "metrics"]

MOST: Final = 50
"""Names that are still a help."""

_SQL: Final = statements(__name__)


def names_beginning(root: Path, kind: Kind, typed: str) -> list[str]:
    """Return names as the published catalog has them, the latest first; it creates nothing.

    Args:
        root: The project.
        kind: What is named.
        typed: The beginning of the names.

    Raises:
        LineageError: The catalog cannot be read.
    """
    catalog = open_in_place(root / CATALOG_FILE)
    if catalog is None:
        return []
    with catalog:
        rows = catalog.rows(_SQL[kind], {"typed": typed, "most": MOST})
    return [row["name"] for row in rows]
