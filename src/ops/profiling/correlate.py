"""Find which columns of a dataset, or of two joined ones, correlate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import ConfigurationError, OperationError
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import charts, frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.profiling import association
from ops.profiling.association import Association, Variable
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult


@register
@dataclass(kw_only=True)
class CorrelationOperation(BaseOperation):
    """Measures the association of every pair of columns, numbers and categories alike.

    With a secondary dataset the two are joined on a key, which must be unique in at least one
    of them; rows without a partner are left out, and columns are called "dataset.column".

    Attributes:
        primary_dataset: The dataset.
        secondary_dataset: The dataset to join, if any.
        join_key: Column that both have, of one type; null matches nothing.
        columns: Which columns, as named in the result; all but the key when None.
        output_prefix: Base name of the files; the datasets' names and "_correlations" when None.
        max_levels: Columns with more categories are left out, with the reason.
        k: Fewest rows for which a pair gets a value; at least 2.
    """

    steps: ClassVar[int] = 0

    primary_dataset: str
    secondary_dataset: str | None = None
    join_key: str | None = None
    columns: Sequence[str] | None = None
    output_prefix: str | None = None
    max_levels: int = 100
    k: int = 5

    def __post_init__(self) -> None:
        """Refuse invalid thresholds and joins."""
        for name, value in (("k", self.k), ("max_levels", self.max_levels)):
            if value < 2:  # noqa: PLR2004  # one row or one category associates with anything
                raise ConfigurationError(
                    f"{name} of CorrelationOperation", found=value, expected="at least 2"
                )
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
            OperationError: The key repeats in both datasets or differs in type, or fewer than
                two columns can be compared.
            DataWriteError: A file cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        table, origins = self._table(data_source)
        variables = []
        for name in table.column_names:
            variables.append(association.variable(table.column(name), name, self.max_levels))
            progress.update(1, {"column": name})
        kept = [found for found in variables if found is not None]
        if len(kept) < 2:  # noqa: PLR2004  # it takes two to compare
            raise OperationError(
                f"columns of {self.primary_dataset!r} to compare",
                found=len(kept),
                expected="at least 2",
                remedy="name other columns or raise max_levels",
            )
        pairs = association.associate(kept, self.k)
        writer = DataWriter(task_dir, self.logger, progress)
        result = self._written(kept, pairs, table, writer)
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

    def _derive_key(self, result: OperationResult, output: Path, column: str) -> None:
        if self.secondary_dataset is None or self.join_key is None:
            return
        keys = [(name, self.join_key) for name in (self.primary_dataset, self.secondary_dataset)]
        result.derive(output, column, "aggregation", *keys, is_direct=False)

    def _table(self, data_source: DataSource) -> tuple[pa.Table, dict[str, tuple[str, str]]]:
        """Return the columns to compare, and where each came from."""
        if self.secondary_dataset is None or self.join_key is None:
            table = data_source.get_table(self.primary_dataset, self.columns)
            return table, {name: (self.primary_dataset, name) for name in table.column_names}
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
        return joined.select(frames.choose_columns(subject, list(origins), self.columns)), origins

    def _written(
        self,
        variables: Sequence[Variable],
        pairs: Sequence[Association],
        table: pa.Table,
        writer: DataWriter,
    ) -> OperationResult:
        names = [found.name for found in variables]
        left_out = [name for name in table.column_names if name not in names]
        matrix = _matrix(names, pairs)
        document = {
            "datasets": self._datasets,
            "join_key": self.join_key,
            "rows": table.num_rows,
            "k": self.k,
            "columns": names,
            "left_out": dict.fromkeys(left_out, f"nested, or over {self.max_levels} categories"),
            "matrix": matrix,
            "pairs": pairs,
            "sources": association.SOURCES,
        }
        result = OperationResult(metrics=_metrics(pairs, table.num_rows, len(names)))
        result.details["left_out"] = left_out
        result.add_file(
            writer.write_json(document, self._prefix, subdir="output"),
            "association of every pair",
        )
        figure = charts.heat_map(names, matrix, f"Association in {' and '.join(self._datasets)}")
        result.add_file(
            writer.write_visualization(figure, self._prefix),
            "heat map of the association of every pair",
            category="visualization",
        )
        return result


def join(primary: pa.Table, secondary: pa.Table, key: str) -> pa.Table:
    """Join two tables on a key that is unique in at least one of them.

    Args:
        primary: Has the key and any other columns.
        secondary: Has the key and any other columns.
        key: A column of both; null matches nothing.

    Returns:
        The columns of the primary, then those of the secondary, without the key. A row for
        each row of the table in which the key repeats, in its order, that has a partner.

    Raises:
        OperationError: The key repeats in both, or its types differ.
    """
    keys = [_plain(table.column(key)) for table in (primary, secondary)]
    if keys[0].type != keys[1].type:
        raise OperationError(
            f"join key {key!r}",
            problem=f"{keys[0].type} in one dataset and {keys[1].type} in the other",
            expected="one type in both",
            remedy="declare its type when the files are added",
        )
    is_unique = [
        pc.count_distinct(found).as_py() == len(found) - found.null_count for found in keys
    ]
    if not any(is_unique):
        raise OperationError(
            f"join key {key!r}",
            problem="its values repeat in both datasets",
            expected="a key that is unique in one of them",
            remedy="aggregate one of the datasets first",
        )
    one = 0 if is_unique[0] else 1
    partner = pc.index_in(keys[1 - one], value_set=keys[one], skip_nulls=True)
    has_partner = pc.and_(pc.is_valid(partner), pc.is_valid(keys[1 - one]))
    rows = pc.indices_nonzero(has_partner)
    sides = {one: partner.filter(has_partner), 1 - one: rows}
    tables = [table.drop_columns([key]) for table in (primary, secondary)]
    left, right = (tables[side].take(sides[side]) for side in (0, 1))
    for name, column in zip(right.column_names, right.columns, strict=True):
        left = left.append_column(name, column)
    return left


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    return column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column


def _matrix(names: Sequence[str], pairs: Sequence[Association]) -> list[list[float | None]]:
    """Return the symmetric matrix, 1.0 for a column with itself."""
    place = {name: index for index, name in enumerate(names)}
    matrix: list[list[float | None]] = [
        [1.0 if row == column else None for column in place] for row in place
    ]
    for pair in pairs:
        first, second = place[pair.first], place[pair.second]
        matrix[first][second] = matrix[second][first] = pair.value
    return matrix


def _metrics(pairs: Sequence[Association], rows: int, columns: int) -> dict[str, object]:
    strengths = [abs(pair.value) for pair in pairs if pair.value is not None]
    return {
        "rows": rows,
        "columns": columns,
        "pairs": len(pairs),
        "pairs_with_value": len(strengths),
        "strongest": max(strengths, default=None),
        "mean_strength": sum(strengths) / len(strengths) if strengths else None,
    }
