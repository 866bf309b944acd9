"""Find which columns of a dataset, or of two joined ones, correlate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Final, Literal

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, OperationError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import charts, frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.parameters import require_at_least
from ops.profiling import association, plain_values, variables
from ops.profiling.association import Associations
from ops.profiling.joining import join
from ops.profiling.variables import Floats, Variable
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult

_COLUMNS_LISTED: Final = 200
_PAIRS_LISTED: Final = 10_000
_STRONGEST: Final = f"association of the {_PAIRS_LISTED:,} strongest pairs"


@register
@dataclass(kw_only=True)
class CorrelationOperation(BaseOperation):
    """Measures the association of every pair of columns, numbers and categories alike.

    With a secondary dataset the two are joined on a key, which must be unique in at least one
    of them; rows without a partner are left out, and columns are called "dataset.column".

    Attributes:
        primary_dataset: The dataset.
        secondary_dataset: The dataset to join, if any.
        join_key: Column that both have, of one type: text joins text in any form, integers
            join integers of any width, floats floats, decimals decimals; null and NaN match
            nothing.
        columns: Which columns, as named in the result; all but the key and the identifiers when
            None.
        identifiers: Columns of either dataset that are not compared unless `columns` names them:
            those that the project declares as direct identifiers, if not given.
        output_prefix: Base name of the files; the datasets' names and "_correlations" when None.
        max_levels: Columns with more categories are left out, with the reason.
        k: Fewest rows for which a pair gets a value; at least 2.
        numeric: How numbers are compared with numbers: "pearson" for a straight line, "spearman"
            for any order, by ranks.

    Metrics:
        rows: Rows that were compared.
        columns: Columns that were compared.
        pairs: Pairs of columns.
        pairs_with_value: Pairs that have a value.
        strongest: The largest value; null without any.
        mean_strength: The mean of all values; null without any.

    Files:
        output/{output_prefix}.json: Association of every pair; of the 10,000 strongest for more
            than 200 columns.
        output/{output_prefix}.parquet: Association of every pair, for more than 200 columns.
        {output_prefix}.png: Heat map of the association of every pair.

    Columns:
        every compared column: aggregation, from the column of that name, and indirectly from
            join_key.
        rows and value of the Parquet file: aggregation, from all compared columns.
        first, second and measure of the Parquet file: aggregation, of no value that was read.
    """

    steps: ClassVar[int] = 0
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {"identifiers": ColumnRole.DIRECT_IDENTIFIER}
    dataset_parameters: ClassVar[tuple[str, ...]] = ("primary_dataset", "secondary_dataset")

    primary_dataset: str
    secondary_dataset: str | None = None
    join_key: str | None = None
    columns: Sequence[str] | None = None
    identifiers: Sequence[str] = ()
    output_prefix: str | None = None
    max_levels: int = 100
    k: int = 5
    numeric: Literal["pearson", "spearman"] = "pearson"

    def __post_init__(self) -> None:
        """Refuse invalid thresholds and joins."""
        # one row or one category associates with anything
        require_at_least(self, k=2, max_levels=2)
        has_key = self.join_key is not None
        if (self.secondary_dataset is not None) != has_key or (
            self.secondary_dataset == self.primary_dataset
        ):
            raise ConfigurationError(
                "join of CorrelationOperation",
                expected="another dataset and a join_key together, or neither",
            )

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Write the matrix with its pairs to output/, and a heat map.

        Raises:
            DataReadError: A dataset cannot be read, or lacks the key or a named column.
            OperationError: The key repeats in both datasets or differs in type, a column cannot
                be compared (the message names it), or fewer than two can.
            DataWriteError: A file cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        table, origins = self._table(data_source)
        prepared = []
        for name in table.column_names:
            prepared.append(self._variable(table.column(name), name))
            progress.update(1, {"column": name})
        kept = [found for found in prepared if found is not None]
        if len(kept) < 2:  # noqa: PLR2004  # it takes two to compare
            raise OperationError(
                f"columns of {self.primary_dataset!r} to compare",
                found=len(kept),
                expected="at least 2",
                remedy="name other columns or raise max_levels",
            )
        pairs = association.associate(kept, self.k)
        writer = DataWriter(task_dir, self.logger, progress)
        result = self._written(pairs, table, origins, writer)
        for found in kept:
            output = result.artifacts[0].path
            result.derive(output, found.name, "aggregation", origins[found.name])
            self._derive_key(result, output, found.name)
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        return DataUse(reads={*self._datasets}, writes={self._prefix})

    @property
    def _datasets(self) -> list[str]:
        return [name for name in (self.primary_dataset, self.secondary_dataset) if name]

    @property
    def _prefix(self) -> str:
        return self.output_prefix or "_".join([*self._datasets, "correlations"])

    def _variable(self, column: pa.ChunkedArray, name: str) -> Variable | None:
        is_ranked = self.numeric == "spearman"
        prepare = partial(variables.variable, column, name, self.max_levels, is_ranked=is_ranked)
        return plain_values.computed(f"column {name!r}", column.type, prepare)

    def _derive_key(self, result: OperationResult, output: Path, column: str) -> None:
        if self.secondary_dataset is None or self.join_key is None:
            return
        keys = [(name, self.join_key) for name in (self.primary_dataset, self.secondary_dataset)]
        result.derive(output, column, "aggregation", *keys, is_direct=False)

    def _table(self, data_source: DataSource) -> tuple[pa.Table, dict[str, tuple[str, str]]]:
        """Return the columns to compare, and where each came from."""
        if self.secondary_dataset is None or self.join_key is None:
            table = data_source.get_table(self.primary_dataset, self.columns)
            origins = {name: (self.primary_dataset, name) for name in table.column_names}
            return table.select(self._compared(origins)), origins
        names = (self.primary_dataset, self.secondary_dataset)
        tables = [data_source.get_table(name) for name in names]
        for name, table in zip(names, tables, strict=True):
            frames.choose_columns(f"dataset {name!r}", table.column_names, [self.join_key])
        origins = {
            f"{name}.{column}": (name, column)
            for name, table in zip(names, tables, strict=True)
            for column in table.column_names
            if column != self.join_key
        }
        joined = join(tables[0], tables[1], self.join_key).rename_columns(list(origins))
        subject = f"join of {names[0]!r} and {names[1]!r}"
        wanted = frames.choose_columns(subject, list(origins), self.columns)
        return joined.select(self._compared({name: origins[name] for name in wanted})), origins

    def _compared(self, origins: Mapping[str, tuple[str, str]]) -> list[str]:
        """Return the columns to compare: all that are named, else all but the identifiers."""
        return [
            name
            for name, (_, column) in origins.items()
            if self.columns is not None or column not in self.identifiers
        ]

    def _written(
        self,
        pairs: Associations,
        table: pa.Table,
        origins: Mapping[str, tuple[str, str]],
        writer: DataWriter,
    ) -> OperationResult:
        names = list(pairs.names)
        compared = set(names)
        left_out = [name for name in table.column_names if name not in compared]
        matrix = pairs.matrix
        is_short = len(names) <= _COLUMNS_LISTED
        document = {
            "datasets": self._datasets,
            "join_key": self.join_key,
            "rows": table.num_rows,
            "k": self.k,
            "columns": names,
            "left_out": dict.fromkeys(left_out, f"nested, or over {self.max_levels} categories"),
            "matrix": _lists(matrix) if is_short else None,
            "pairs": list(pairs) if is_short else pairs.strongest(_PAIRS_LISTED),
            "sources": association.SOURCES,
        }
        if not is_short:
            document["all_pairs"] = f"{self._prefix}.parquet"
            document["pairs_unlisted"] = len(pairs) - _PAIRS_LISTED
        result = OperationResult(metrics=_metrics(pairs, table.num_rows, len(names)))
        result.details |= {"left_out": left_out, "covered": names, "unchanged": []}
        listed = writer.write_json(document, self._prefix, subdir="output")
        result.add_file(listed, "association of every pair" if is_short else _STRONGEST)
        if not is_short:
            written = writer.write_dataframe(pairs.to_table(), self._prefix, format="parquet")
            result.add_file(written, "association of every pair")
            for column in ("first", "second", "measure"):
                result.derive(written.path, column, "aggregation")
            for column in ("rows", "value"):
                result.derive(written.path, column, "aggregation", *(origins[n] for n in names))
        figure = charts.heat_map(names, matrix, f"Association in {' and '.join(self._datasets)}")
        result.add_file(
            writer.write_visualization(figure, self._prefix),
            "heat map of the association of every pair",
            category="visualization",
        )
        return result


def _lists(matrix: Floats) -> list[list[float | None]]:
    return [[None if math.isnan(cell) else cell for cell in row] for row in matrix.tolist()]


def _metrics(pairs: Associations, rows: int, columns: int) -> dict[str, object]:
    strengths = pairs.strengths.tolist()
    return {
        "rows": rows,
        "columns": columns,
        "pairs": len(pairs),
        "pairs_with_value": len(strengths),
        "strongest": max(strengths, default=None),
        "mean_strength": sum(strengths) / len(strengths) if strengths else None,
    }
