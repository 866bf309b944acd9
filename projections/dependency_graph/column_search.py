"""Searches for columns, and the exposure that the steps on the way leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph.exposure import (
    EFFECTS,
    Attained,
    Exposure,
    Step,
    witness,
    witnesses,
)
from projections.dependency_graph.search import (
    ENDS,
    Direction,
    Keys,
    Part,
    common,
    rows_by_part,
    statement,
)

_SQL: Final = statements(__name__)
_EFFECTS: Final = [EFFECTS[level] for level in Exposure]
_ANSWER: Final = ("kept", "columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPart(Part):
    """The part of the graph of columns that answers a question.

    Attributes:
        edges: All steps between the columns to show: source, target, position, the level it
            leaves, is_direct, is_assumed and is_observed (nobody declared it, but name and type,
            or the content, are the same).
        attained: The levels that paths from the starts attain at columns to show: source (the
            column), level and is_direct.
        reached: All columns reached, those beyond a maximum distance included.
        is_assumed: Whether any step from them is assumed; None without steps.
    """

    attained: list[dict[str, Any]]
    reached: list[int]
    is_assumed: bool | None

    def exposures(self) -> Mapping[int, Attained]:
        """Return for each column to show what all paths from the starts attain."""
        paths: dict[int, set[tuple[Exposure, bool]]] = {}
        for state in self.attained:
            path = Exposure(state["level"]), state["is_direct"]
            paths.setdefault(state["source"], set()).add(path)
        by = cache(Attained.by)  # few sets differ
        return {key: by(frozenset(found)) for key, found in paths.items()}

    def only(self, keys: list[int]) -> ColumnPart:
        """Return the part with these columns only."""
        edges = [e for e in self.edges if e["source"] in keys and e["target"] in keys]
        return replace(self, keys=keys, edges=edges)

    def witness(self, starts: Keys, goals: Keys) -> list[tuple[int, int]] | None:
        """Return the ends of the steps of a shortest path that exposes most; None without a path.

        Args:
            starts: Where the path may begin.
            goals: Where it may end.
        """
        steps = self._steps()
        way = witness(steps, [*starts], [*goals])
        return None if way is None else [(steps[number].near, steps[number].far) for number in way]

    def ways(self, starts: Keys) -> dict[int, list[dict[str, Any]]]:
        """Return for each column the edges of a shortest path from the starts that exposes most."""
        edges = self._in_order()
        found = witnesses(self._steps(), [*starts])
        return {key: [edges[number] for number in way] for key, way in found.items()}

    def _steps(self) -> list[Step]:
        return [
            Step(edge["source"], edge["target"], Exposure(edge["level"]), edge["is_direct"])
            for edge in self._in_order()
        ]

    def _in_order(self) -> list[dict[str, Any]]:
        return sorted(self.edges, key=itemgetter("position", "source", "target"))


def reach(
    catalog: Catalog,
    starts: Keys,
    direction: Direction,
    *,
    depth: int | None = None,
    limit: int | None = None,
) -> ColumnPart:
    """Find all columns in a direction, including the starts; arguments as for `search.reach`."""
    sql = statement("steps", "reached", "up_to_depth", *_ANSWER, columns=_SQL)
    values = {"starts": [*starts], "depth": depth, "limit": limit, "effects": _EFFECTS}
    return _answer(catalog, sql.format(**ENDS[direction]), values)


def between(catalog: Catalog, starts: Keys, goals: Keys, *, limit: int | None = None) -> ColumnPart:
    """Find all columns on any path downstream from some columns to others."""
    sql = statement("steps", "reached", "between", *_ANSWER, columns=_SQL)
    values = {"starts": [*starts], "goals": [*goals], "limit": limit, "effects": _EFFECTS}
    return _answer(catalog, sql.format(**ENDS["downstream"]), values)


def everything(catalog: Catalog, *, limit: int | None = None) -> ColumnPart:
    """Return all columns, those of the latest steps first."""
    sql = statement("steps", "not_searched", "all", *_ANSWER, columns=_SQL)
    values = {"limit": limit, "effects": _EFFECTS}
    part = _answer(catalog, sql.format(**ENDS["downstream"]), values)
    return replace(part, is_assumed=catalog.value(_SQL["is_assumed"]))


def is_stated(catalog: Catalog, starts: Keys, goals: Keys) -> bool:
    """Tell whether any path leads from starts to goals by steps that were declared."""
    sql = statement("steps", "stated", columns=_SQL)
    values = {"starts": [*starts], "goals": [*goals], "effects": _EFFECTS}
    return bool(catalog.value(sql, values))


def _answer(catalog: Catalog, sql: str, parameters: Mapping[str, object]) -> ColumnPart:
    parts = rows_by_part(catalog, sql, parameters)
    return ColumnPart(
        **common(parts),
        attained=parts["state"],
        reached=[row["source"] for row in parts["reached"]],
        is_assumed=parts["assumed"][0]["is_assumed"],
    )
