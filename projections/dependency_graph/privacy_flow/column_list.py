"""The columns of all files, with what they are to people and what is left of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from lineage.kernel.values import JsonValue
from projections.catalog import Catalog
from projections.dependency_graph.privacy_flow.flow import build_column_verdicts

Document = dict[str, Any]

MOST_JUDGED: Final = 1_000
"""Columns that one answer looks at."""

_SQL: Final = statements(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFilter:
    """What columns have to match; None for anything.

    Attributes:
        text: It is in their name, in capitals or not.
        file: It is in the name of their file, in capitals or not.
        role: What their sources are to people; "none" for those that nobody classified.
        exposure: What is left to see of their sources; "unknown" where that is not known.
        verdict: unchanged, protected, generated or unknown.
    """

    text: str | None = None
    file: str | None = None
    role: str | None = None
    exposure: str | None = None
    verdict: str | None = None

    @property
    def is_judged(self) -> bool:
        """Whether columns have to be judged to tell whether they match."""
        return any(one is not None for one in (self.role, self.exposure, self.verdict))

    def takes(self, column: Document) -> bool:
        """Tell whether a judged column matches."""
        said = {
            "role": column["role"] or "none",
            "exposure": column["exposure"] or "unknown",
            "verdict": column["verdict"],
        }
        return all(getattr(self, name) in {None, value} for name, value in said.items())


def build_column_list(
    catalog: Catalog,
    dictionary: Mapping[str, JsonValue],
    *,
    wanted: ColumnFilter,
    after: tuple[str, str] | None = None,
    limit: int,
    root: Path | None = None,
) -> Document:
    """Return the columns of the latest versions of all files, by file and name.

    Args:
        catalog: The catalog to query.
        dictionary: Dataset name to what the project declares of it, as in its `datasets:`.
        wanted: What the columns have to match.
        after: Only columns after this one, `next_after` of the page before; all when None.
        limit: Maximum number of columns to list.
        root: The project folder, to follow links in declared paths; None to compare names only.

    Returns:
        A document with columns (uri, sha256, column, role, category, special_category, tags,
        verdict and exposure, see `build_privacy_flow`), named (how many columns have these texts
        in their names, whatever they are to people), files (of how many files), looked_at (how
        many of them were judged for this page: at most `MOST_JUDGED`) and next_after (file and
        column to go on from; None after the last one).

    Raises:
        ProjectionError: A declared role is none that this version knows.
    """
    texts: Document = {"text": wanted.text, "file": wanted.file}
    total = catalog.row(_SQL["total"], texts)
    assert total is not None  # noqa: S101  # one row always
    file, column = after or (None, None)
    most = MOST_JUDGED if wanted.is_judged else limit
    values = {"after_file": file, "after_column": column, "limit": most + 1}
    rows = catalog.rows(_SQL["page"], texts | values)
    judged = _judged(catalog, rows[:most], dictionary, root)
    found = [one for one in judged if wanted.takes(one)][: limit + 1]
    last: Document | None
    if len(found) > limit:  # the page is full before the last of them
        found = found[:limit]
        last = found[-1]
    else:
        last = judged[-1] if len(rows) > most else None
    looked_at = len(judged) if last is None else judged.index(last) + 1
    return {
        "columns": found,
        "named": total["columns"],
        "files": total["files"],
        "looked_at": looked_at,
        "next_after": None if last is None else [last["uri"], last["column"]],
    }


def _judged(
    catalog: Catalog,
    rows: list[Document],
    dictionary: Mapping[str, JsonValue],
    root: Path | None,
) -> list[Document]:
    files = list(dict.fromkeys((row["uri"], row["sha256"]) for row in rows))
    verdicts = build_column_verdicts(catalog, files, dictionary, root=root) if files else {}
    known = {(file, one["column"]): one for file, columns in verdicts.items() for one in columns}
    return [{**row, **known[(row["uri"], row["sha256"]), row["column"]]} for row in rows]
