"""Ask datasets a query, and keep the answer as a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, QueryError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.columns import sql_lineage
from ops.columns.query import Answer, Limits, ask
from ops.columns.sql_sources import Source
from ops.data import frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.parameters import require_at_least
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult
from ops.tables.columns import ANY_ROLE, for_query, tell_passed_on


@register
@dataclass(kw_only=True)
class SqlOperation(BaseOperation):
    """Writes the answer to one SELECT in the SQL of DuckDB over named datasets.

    The query sees these datasets and nothing else: no file, no network, no variable. Equal data,
    query and seed give equal bytes. Where the origin of each column is not known for sure, as in
    a recursive query, none is stated.

    Attributes:
        query: One SELECT. It names datasets exactly as they are called.
        output_name: Base name of the file in output/.
        datasets: The datasets that it may name; those that are found in it when empty.
        format: "parquet" or "csv".
        time_limit_s: Seconds after which the query is stopped; None for no limit.
        threads: How many threads work. With more than one, rows that no ORDER BY puts in order
            may come in another order each time, and sums of floats may differ in the last digit.
        seed: What `random()` and samples begin with.
        known_columns: Columns that somebody has decided on, so that no warning names them; those
            with a declared role if not given.

    Metrics:
        rows: Rows of the answer.
        columns: Columns of the answer.

    Files:
        output/{output_name}.{format}: The answer.

    Columns:
        each column: identity or transformation or aggregation or synthesis. As the query says:
            indirectly also from what decides which rows there are.

    Warnings:
        is not known for sure: The query has a part whose lineage is not known.
        asks what time it is: The answer depends on it, so another run may give another one.
        passed on unchanged, no role declared: A column of the answer is as it was, and nobody has
            decided what it tells about people.
        have no order: Several threads work, and nothing puts the rows of the answer in order.
    """

    steps = 2
    column_roles: ClassVar[Mapping[str, ColumnRole | tuple[ColumnRole, ...]]] = {
        "known_columns": ANY_ROLE
    }
    dataset_parameters: ClassVar[tuple[str, ...]] = ("datasets",)

    query: str
    output_name: str
    datasets: Sequence[str] = ()
    format: Literal["parquet", "csv"] = "parquet"
    time_limit_s: float | None = None
    threads: int = 1
    seed: int = 0
    known_columns: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse limits that mean nothing, and a query in which no dataset can be found."""
        require_at_least(self, threads=1)
        if self.time_limit_s is not None and not self.time_limit_s > 0:
            raise ConfigurationError(
                "time_limit_s of SqlOperation", found=self.time_limit_s, expected="more than 0"
            )
        if not self._names:
            raise ConfigurationError(
                "query of SqlOperation",
                problem="no dataset is found in it",
                expected="one SELECT that names datasets",
                remedy="correct it, or name them in the parameter datasets",
            )

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Run the query and write its answer.

        Raises:
            DataReadError: A dataset cannot be read, or there is none of a name.
            DataWriteError: The answer cannot be written.
            QueryError: It is not one SELECT, or has an error; values are not quoted.
            QueryStoppedError: It took longer than the time limit, or too much memory.
        """
        progress = progress_or_silence(progress_tracker)
        tables = {name: for_query(data_source.get_table(name)) for name in self._names}
        limits = Limits(threads=self.threads, seconds=self.time_limit_s, seed=self.seed)
        answer = ask(self.query, tables, limits)
        _require_different_names(answer.table)
        progress.update(1, {"step": "query", "rows": answer.table.num_rows})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            answer.table, self.output_name, format=self.format
        )
        progress.update(1, {"step": "write"})
        result = OperationResult(
            metrics={"rows": answer.table.num_rows, "columns": answer.table.num_columns}
        )
        result.add_file(written, "answer to a query")
        self._derive(result, written.path, answer, tables)
        self._warn(result, answer)
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its file."""
        return DataUse(reads=set(self._names), writes={self.output_name})

    @classmethod
    def datasets_in(cls, parameters: Mapping[str, object]) -> list[str]:
        """Return the datasets that are given, or found in the query."""
        query = parameters.get("query")
        found = sql_lineage.frames_of(query) if isinstance(query, str) else None
        return super().datasets_in(parameters) or list(found or ())

    @property
    def _names(self) -> Sequence[str]:
        return self.datasets or sql_lineage.frames_of(self.query) or ()

    def _derive(
        self, result: OperationResult, path: Path, answer: Answer, tables: dict[str, pa.Table]
    ) -> None:
        unchanged: dict[str, list[str]] = {}
        for field, sources in zip(answer.table.schema, answer.sources or (), strict=False):
            stated = [_of_type(source, field.type, tables) for source in sources]
            for source in sorted(stated, key=_order):
                places = [] if source.place is None else [(str(source.place[0]), source.place[1])]
                result.derive(path, field.name, source.effect, *places, is_direct=source.is_direct)
            direct = [source for source in stated if source.is_direct]
            if all(source.effect == "identity" for source in direct):
                unchanged[field.name] = [source.place[1] for source in direct if source.place]
        known = answer.table.column_names if answer.sources is not None else []
        result.details["covered"] = [name for name in known if name not in unchanged]
        result.details["unchanged"] = [*unchanged]
        tell_passed_on(result, unchanged, self.known_columns)

    def _warn(self, result: OperationResult, answer: Answer) -> None:
        if answer.sources is None:
            result.warn("where the columns of the answer came from is not known for sure")
        if sql_lineage.asks_the_time(self.query):
            result.warn("the query asks what time it is; another run may give another answer")
        if self.threads > 1 and not sql_lineage.is_ordered(self.query):
            result.warn(
                "the rows of the answer have no order; another run may give another one; add "
                "ORDER BY, or set threads to 1"
            )


def _require_different_names(answer: pa.Table) -> None:
    twice = frames.first_repeated(answer.column_names)
    if twice is not None:
        raise QueryError(
            "query",
            problem=f"two columns of its answer are called {twice!r}",
            expected="columns with different names",
            remedy="name one of them with AS",
        )


def _of_type(source: Source, kind: pa.DataType, tables: dict[str, pa.Table]) -> Source:
    """Return a source with what a change of type does to it: the value is not the same."""
    if source.effect != "identity" or source.place is None:
        return source
    table, column = source.place
    before = tables[str(table)].schema.field(column).type
    return source if _values(before) == _values(kind) else source._replace(effect="transformation")


def _values(kind: pa.DataType) -> str:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return str(kind).removeprefix("large_")


def _order(source: Source) -> tuple[bool, str, str, str]:
    dataset, column = source.place or ("", "")
    return not source.is_direct, str(dataset), column, source.effect
