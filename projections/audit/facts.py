"""Ask the catalog what an audit is made from: one query a topic, however many runs there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)

Row = Mapping[str, Any]


class Scope(NamedTuple):
    """What an audit is about; everything if all is None.

    Attributes:
        run: One run.
        task: The runs of one task.
        since: Runs that began since then, ISO 8601 with offset.
    """

    run: str | None = None
    task: str | None = None
    since: str | None = None

    @property
    def sentence(self) -> str:
        """The same in words."""
        if self.run is not None:
            return f"run {self.run}"
        if self.task is not None:
            return f"task {self.task}"
        if self.since is not None:
            return f"everything since {datetime.fromisoformat(self.since):%Y-%m-%d}"
        return "everything on record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is on record, as plain rows in the order of the record.

    Attributes:
        rows: Topic, as the statements are called, to its rows.
        types: Type of event to its row (count, first and last position).
        vaults: Operations that used a vault of pseudonyms.
    """

    rows: Mapping[str, list[dict[str, Any]]]
    types: Mapping[str, Row]
    vaults: int

    def __getitem__(self, topic: str) -> list[dict[str, Any]]:
        """Return the rows of a topic."""
        return self.rows[topic]

    def one(self, topic: str) -> Row:
        """Return the only row of a topic; empty if there is none."""
        return self.rows[topic][0] if self.rows[topic] else {}

    def positions(self, *types: str) -> list[int]:
        """Return first and last position of events of these types, without repetition."""
        found = [self.types[name] for name in types if name in self.types]
        return sorted({place for row in found for place in (row["first"], row["last"])})


_SCOPED: Final = (
    "gaps",
    "inputs",
    "operations",
    "environments",
    "outputs",
    "purposes",
    "risk",
    "runs",
)
_WHOLE: Final = (
    "actors",
    "claims",
    "classifications",
    "dictionary",
    "erasures",
    "keys",
    "policies",
    "seal_counts",
    "seals",
    "waivers",
)


def ask(catalog: Catalog, scope: Scope) -> Facts:
    """Return what is on record about a scope."""
    rows = {topic: _rows(catalog, topic, scope) for topic in _SCOPED}
    rows |= {topic: [plain(row) for row in catalog.rows(_SQL[topic])] for topic in _WHOLE}
    utility = {"run": scope.run, "task": scope.task}
    rows["utility"] = [plain(row) for row in catalog.rows(_SQL["utility"], utility)]
    return Facts(
        rows=rows,
        types={row["type"]: row for row in catalog.rows(_SQL["types"])},
        vaults=int(catalog.value(_SQL["vaults"])),
    )


def written_in(catalog: Catalog, scope: Scope) -> list[tuple[str, str | None]]:
    """Return uri and digest of the versions of files that the runs of a scope wrote."""
    return [(row["uri"], row["sha256"]) for row in _rows(catalog, "written", scope)]


def _rows(catalog: Catalog, topic: str, scope: Scope) -> list[dict[str, Any]]:
    sql = _SQL[topic]
    values = {name: value for name, value in scope._asdict().items() if f"${name}" in sql}
    return [plain(row) for row in catalog.rows(sql, values)]
