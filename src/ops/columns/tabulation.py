"""Cells of a table: groups of rows with measures that say nothing of few rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.packages.statements import statements
from ops.columns import query

Function: TypeAlias = Literal["count", "sum", "mean", "min", "max", "median", "count_distinct"]
FUNCTIONS: Final[tuple[Function, ...]] = get_args(Function)
Mask: TypeAlias = npt.NDArray[np.bool_]
_SQL: Final = statements(__name__)
_REPEATABLE: Final = query.Limits(threads=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of a table.

    Attributes:
        groups: The groups of each cell, one column for each in order; nulls last.
        measures: Rows, persons if they are known, and the measures of each cell; null where
            fewer have a value than the smallest cell may have rows.
        sizes: Persons of each cell if they are known, else rows; shape (cells,).
    """

    groups: pa.Table
    measures: pa.Table
    sizes: npt.NDArray[np.int64]


class Tabulation:
    """Groups the rows of a table, and computes measures of cells.

    Args:
        groups: The columns to group by, at least one.
        values: For each measure its function and its column.
        persons: The person of each row; None if each row is one.
        minimum: The fewest rows, or persons, of which a measure is shown.
    """

    def __init__(
        self,
        groups: Sequence[pa.ChunkedArray],
        values: Sequence[tuple[Function, pa.ChunkedArray]],
        *,
        persons: pa.ChunkedArray | None,
        minimum: int,
    ) -> None:
        self._has_persons = persons is not None
        self._groups = [f"g{at}" for at in range(len(groups))]
        columns = dict(zip(self._groups, groups, strict=True))
        columns |= {f"v{at}": _without_nan(column) for at, (_, column) in enumerate(values)}
        if persons is not None:
            columns["p"] = persons
        self._data = pa.table(columns)
        self._measures = ", ".join(
            [_SQL["rows"], *([_SQL["persons"]] if self._has_persons else [])]
            + [self._measure(at, function, minimum) for at, (function, _) in enumerate(values)]
        )

    def cells(self) -> Cells:
        """Return all cells, in the order of their groups."""
        sql = _SQL["cells"].format(
            groups=", ".join(self._groups),
            measures=self._measures,
            order=", ".join(_SQL["order"].format(group=name) for name in self._groups),
        )
        found = query.ask(sql, {"data": self._data}, _REPEATABLE).table
        measures = found.select(range(len(self._groups), found.num_columns))
        return Cells(
            groups=found.select(self._groups), measures=measures, sizes=self._sizes(measures)
        )

    def merged(self, cells: Cells, hidden: Mask) -> Cells:
        """Return some cells as one; its groups are not among what is returned."""
        sql = _SQL["merged"].format(
            measures=self._measures,
            same=" and ".join(_SQL["same"].format(group=name) for name in self._groups),
        )
        tables = {"data": self._data, "hidden": cells.groups.filter(pa.array(hidden))}
        measures = query.ask(sql, tables, _REPEATABLE).table
        return Cells(
            groups=cells.groups.slice(0, 0), measures=measures, sizes=self._sizes(measures)
        )

    def _sizes(self, measures: pa.Table) -> npt.NDArray[np.int64]:
        sizes = measures.column("persons" if self._has_persons else "n")
        return np.asarray(sizes.to_numpy(), dtype=np.int64)

    def _measure(self, at: int, function: Function, minimum: int) -> str:
        column = f"v{at}"
        counted = "contributing_persons" if self._has_persons else "contributing_rows"
        return _SQL["measure"].format(
            contributors=_SQL[counted].format(column=column),
            minimum=minimum,
            value=_SQL[function].format(column=column),
            name=f"m{at}",
        )


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column in which NaN is null: it is no value, and would count as one."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
