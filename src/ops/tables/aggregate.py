"""Aggregate a dataset into cells, none of which shows few people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import ConfigurationError, OperationError
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.columns.tabulation import FUNCTIONS, Cells, Function, Tabulation
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.parameters import require_at_least
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult
from ops.tables.cells import hidden_cells
from ops.tables.columns import for_query, require_columns, require_different

_OF_NUMBERS: Final = frozenset({"sum", "mean", "median"})
_OF_SINGLE_ROWS: Final = frozenset({"min", "max"})


@register
@dataclass(kw_only=True)
class AggregateOperation(BaseOperation):
    """Counts and summarizes the rows of groups, and shows no cell of few rows or persons.

    Small cells are left out, or merged into one. If the total of the dataset would tell a small
    cell, the smallest other cell is hidden as well. A measure is null where fewer rows, or
    persons, have a value than a cell must have. NaN is no value.

    It protects one table. Not covered are: dominance (one person who makes up most of a sum),
    totals of some of the groups that are published elsewhere, and other tables of the same rows,
    such as those of an earlier version; how many values are missing is not hidden.

    Attributes:
        dataset_name: The dataset.
        group_by: The columns that make the groups; at least one. Nulls are a group.
        aggregates: Column to the functions to compute of it: "count" (of values), "sum", "mean",
            "min", "max", "median", "count_distinct". Each gives a column named after both, as
            "wage_mean". The rows of each cell are counted in any case.
        minimum_cell_size: The fewest rows, or persons, of a cell that is shown; at least 1, which
            hides nothing.
        unit: The column of persons; None if each row is a person. Then a cell is as large as it
            has different persons, nulls aside.
        small_cells: "suppress" leaves small cells out; "merge" makes one cell of them, whose
            groups are `other_label`, and group columns text.
        other_label: The groups of the merged cell; no group may have this value.
        output_name: Base name of the file in output/; the dataset's name and "_aggregated" when
            None.
        format: "parquet" or "csv".

    Metrics:
        rows: Rows of the dataset.
        cells: Cells that the groups make.
        small: Cells that are too small.
        complementary: Cells that are hidden though they are large enough.
        published: Cells of the output, the merged one included.

    Files:
        output/{output_name}.{format}: One row for each cell that is shown.

    Columns:
        group_by: identity or generalization or transformation. Identity, or generalization if
            small cells are merged; indirectly also from the other groups and the unit.
        count, persons and the measures: aggregation. Also indirectly from groups and unit.

    Warnings:
        is the value of a single row: min or max is asked for.
        no cell is large enough: Nothing is shown.
    """

    steps = 3

    dataset_name: str
    group_by: Sequence[str]
    aggregates: Mapping[str, Sequence[str]] | None = None
    minimum_cell_size: int = 5
    unit: str | None = None
    small_cells: Literal["suppress", "merge"] = "suppress"
    other_label: str = "other"
    output_name: str | None = None
    format: Literal["parquet", "csv"] = "parquet"

    def __post_init__(self) -> None:
        """Refuse unknown functions, and columns that would have one name."""
        require_at_least(self, minimum_cell_size=1)
        if not self.group_by or self.unit in self.group_by:
            raise ConfigurationError(
                "group_by of AggregateOperation",
                found=list(self.group_by),
                expected="at least one column, not that of persons",
            )
        for column, functions in (self.aggregates or {}).items():
            subject = f"aggregates of AggregateOperation, column {column!r}"
            is_list = isinstance(functions, Sequence) and not isinstance(functions, str)
            if not is_list or not functions or not set(functions) <= set(FUNCTIONS):
                raise ConfigurationError(
                    subject, found=functions, expected=f"a list of {', '.join(FUNCTIONS)}"
                )
        require_different("columns of the output of AggregateOperation", self._header)

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Make the cells, hide the small ones and write the rest.

        Raises:
            DataReadError: The dataset cannot be read or lacks a column.
            DataWriteError: The output cannot be written.
            OperationError: A function does not fit the type of its column, or a group has the
                value `other_label`.
            QueryError: DuckDB cannot group or summarize values of a type.
        """
        progress = progress_or_silence(progress_tracker)
        table = for_query(data_source.get_table(self.dataset_name, self._columns))
        require_columns(self.dataset_name, table, self._columns)
        tabulation = self._tabulation(table)
        progress.update(1, {"step": "read", "rows": table.num_rows})
        cells = tabulation.cells()
        hidden, complementary = hidden_cells(cells, tabulation, self.minimum_cell_size)
        shown = _shown(cells, pa.array(~hidden))
        small = int(hidden.sum()) - complementary
        if self.small_cells == "merge":
            shown = self._as_text(shown)
            if hidden.any():
                shown = self._with_other(shown, tabulation.merged(cells, hidden))
        progress.update(1, {"step": "aggregate", "cells": len(cells.sizes)})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            shown.rename_columns(self._header), self._output, format=self.format
        )
        progress.update(1, {"step": "write"})
        counts = {"cells": len(cells.sizes), "small": small, "complementary": complementary}
        result = OperationResult(
            metrics={"rows": table.num_rows, **counts, "published": shown.num_rows}
        )
        unit = "rows" if self.unit is None else "persons"
        promise = f"cells of at least {self.minimum_cell_size} {unit}"
        result.add_file(written, promise, tags=("aggregated",))
        self._derive(result, written.path)
        self._warn(result, shown.num_rows, table.num_rows)
        return result

    def data_use(self) -> DataUse:
        """Return its dataset and its file."""
        return DataUse(reads={self.dataset_name}, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_aggregated"

    @property
    def _measures(self) -> list[tuple[str, Function]]:
        """Return column and function of each measure, in order."""
        given = (self.aggregates or {}).items()
        return [(c, known) for c, fs in given for f in fs for known in FUNCTIONS if known == f]

    @property
    def _columns(self) -> list[str]:
        persons = [] if self.unit is None else [self.unit]
        return list(dict.fromkeys([*self.group_by, *persons, *(self.aggregates or {})]))

    @property
    def _header(self) -> list[str]:
        persons = [] if self.unit is None else ["persons"]
        measures = [f"{column}_{function}" for column, function in self._measures]
        return [*self.group_by, "count", *persons, *measures]

    def _tabulation(self, table: pa.Table) -> Tabulation:
        for column, function in self._measures:
            kind = table.column(column).type
            is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
            if function in _OF_NUMBERS and not (is_number or pa.types.is_decimal(kind)):
                raise OperationError(
                    f"{function} of column {column!r} of dataset {self.dataset_name!r}",
                    problem=f"its values are of type {kind}",
                    expected="numbers",
                    remedy="declare its type when the file is added, or count it",
                )
        return Tabulation(
            [table.column(name) for name in self.group_by],
            [(function, table.column(column)) for column, function in self._measures],
            persons=None if self.unit is None else table.column(self.unit),
            minimum=self.minimum_cell_size,
        )

    def _as_text(self, shown: pa.Table) -> pa.Table:
        """Return cells whose groups are text, so that the merged one can have a name."""
        texts = [_text(name, shown.column(at)) for at, name in enumerate(self.group_by)]
        for name, text in zip(self.group_by, texts, strict=True):
            if pc.any(pc.equal(text, self.other_label)).as_py():
                raise OperationError(
                    f"column {name!r} of dataset {self.dataset_name!r}",
                    problem="a group is called as the merged cell is",
                    expected=f"no group {self.other_label!r}",
                    remedy="choose another other_label",
                )
        rest = [shown.column(at) for at in range(len(texts), shown.num_columns)]
        return pa.table([*texts, *rest], shown.column_names)

    def _with_other(self, shown: pa.Table, other: Cells) -> pa.Table:
        if other.sizes[0] < self.minimum_cell_size:
            return shown
        label = pa.array([self.other_label], pa.string())
        groups = [label] * len(self.group_by)
        row = pa.table([*groups, *other.measures.columns], shown.column_names)
        return pa.concat_tables([shown, row])

    def _derive(self, result: OperationResult, path: Path) -> None:
        groups = [(self.dataset_name, name) for name in self.group_by]
        persons = [] if self.unit is None else [(self.dataset_name, self.unit)]
        is_merged = self.small_cells == "merge"
        for name in self.group_by:
            source = (self.dataset_name, name)
            result.derive(path, name, "generalization" if is_merged else "identity", source)
            others = [other for other in (*groups, *persons) if other != source]
            if others:
                result.derive(path, name, "transformation", *others, is_direct=False)
        direct = {"count": [], "persons": persons} | {
            f"{column}_{function}": [(self.dataset_name, column)]
            for column, function in self._measures
        }
        for name in self._header[len(groups) :]:
            result.derive(path, name, "aggregation", *direct[name])
            others = [other for other in (*groups, *persons) if other not in direct[name]]
            result.derive(path, name, "aggregation", *others, is_direct=False)
        changed = self._header[0 if is_merged else len(groups) :]
        result.details["covered"] = changed
        result.details["unchanged"] = [name for name in self._header if name not in changed]

    def _warn(self, result: OperationResult, published: int, rows: int) -> None:
        single = [f"{c}_{f}" for c, f in self._measures if f in _OF_SINGLE_ROWS]
        if single and published:
            result.warn(
                f"each value of {', '.join(single)} is the value of a single row, whatever the "
                "size of its cell",
                columns=single,
            )
        if rows and not published:
            result.warn("no cell is large enough; nothing is shown", minimum=self.minimum_cell_size)


def _shown(cells: Cells, is_shown: pa.Array) -> pa.Table:
    columns = [*cells.groups.columns, *cells.measures.columns]
    names = [*cells.groups.column_names, *cells.measures.column_names]
    return pa.table(columns, names).filter(is_shown)


def _text(name: str, groups: pa.ChunkedArray) -> pa.ChunkedArray:
    with suppress(pa.ArrowException):
        return groups.cast(pa.string())
    raise OperationError(
        f"column {name!r}",
        problem=f"groups of type {groups.type} cannot become text",
        remedy='convert the column, or set small_cells to "suppress"',
    )
