"""What a run and each of its steps can do: read, write, measure, warn."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Unpack, cast, overload

from lineage.kernel.errors import DataWriteError, OperationError
from lineage.recording.run_facts import metric_facts
from lineage.scripts import open_runs, stated_columns, tables
from lineage.scripts.book import Book, OwnOutput, Place, stamp_of
from lineage.scripts.stated_columns import Statements
from lineage.scripts.tables import FrameKind
from ops.data import frames
from ops.data.formats.csv_dialect import ReadOptions
from ops.data.writer import DataWriter, WriterResult
from ops.result import OperationResult

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_FORMATS: Final = (*tables.TABLES, "json")


class Recording(ABC):
    """Reads and writes files, and records that. All of it is safe to call from many threads."""

    @abstractmethod
    def _here(self) -> tuple[Book, Place]:
        """Return where calls are recorded.

        Raises:
            OperationError: Nothing is open, or this is a forked process.
        """

    @overload
    def read(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = ...,
        columns: Sequence[str] | None = ...,
        kind: Literal["pandas"] = ...,
        **options: Unpack[ReadOptions],
    ) -> pd.DataFrame: ...

    @overload
    def read(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = ...,
        columns: Sequence[str] | None = ...,
        kind: Literal["arrow"],
        **options: Unpack[ReadOptions],
    ) -> pa.Table: ...

    @overload
    def read(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = ...,
        columns: Sequence[str] | None = ...,
        kind: Literal["polars"],
        **options: Unpack[ReadOptions],
    ) -> pl.DataFrame: ...

    def read(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        kind: FrameKind = "pandas",
        **options: Unpack[ReadOptions],
    ) -> Any:
        """Read a CSV, Parquet or JSON file; its version, rows and columns are recorded at once.

        Args:
            path: The file, relative to the current folder or absolute.
            name: What to call the dataset; the file's name up to its first dot when None.
            columns: The wanted columns, in the wanted order; all when None.
            kind: "pandas", "arrow" or "polars".
            options: See `ops.data.formats.csv_dialect.ReadOptions`.

        Returns:
            A frame of that library, with all rows.

        Raises:
            DataReadError: The file is missing, damaged, empty or lacks a column.
            PathRefusedError: It is outside the project and the folders that it allows.
            ConfigurationError: The options make no sense.
        """
        book, place = self._here()
        tables.check_kind(kind)
        read = book.read(place, path, name=name, columns=columns, options=options)
        frame = tables.to_kind(read.table, kind, f"file {str(path)!r}")
        book.memory.remember_read(frame if kind == "pandas" else read.table, read.dataset)
        return frame

    def input(self, path: str | os.PathLike[str], *, name: str | None = None) -> Path:
        """Return the path of a file that the script reads in its own way; its version is recorded.

        Args:
            path: The file, relative to the current folder or absolute.
            name: What to call the dataset; the file's name up to its first dot when None.

        Raises:
            DataReadError: There is no such file, or it cannot be read.
            PathRefusedError: It is outside the project and the folders that it allows.
        """
        book, place = self._here()
        return book.input(place, path, name)

    def write(
        self,
        frame: object,
        path: str | os.PathLike[str],
        *,
        columns: Statements | None = None,
        description: str = "",
        category: str = "output",
        tags: Iterable[str] = (),
    ) -> Path:
        """Write a table, or any value as JSON, and record it. The file is complete or absent.

        Args:
            frame: A table of pandas, Arrow, Polars or another library that Arrow can read. An
                index is written only if it has a name.
            path: The file, relative to the current folder or absolute; .csv, .parquet or .json.
            columns: Where columns came from, by name: an effect (of the column of that name in the
                one dataset that has it), (source, effect), ((source, ...), effect), or None for
                made from nothing that was read. A source is "column" or "dataset.column".
            description: What the file holds.
            category: Its place in the report.
            tags: Words to filter by.

        Returns:
            The file, absolute.

        Raises:
            DataWriteError: The format is another, or it or the folder cannot take the data.
            ConfigurationError: `columns` names a column, source or effect that there is not.
            PathRefusedError: The path is outside the folders that the run may use, belongs to the
                ledger or the raw data, or is an input of the run.
            OperationError: The run has already written there.
        """
        book, place = self._here()
        file_format = _format_of(path)
        subject = f"output {str(path)!r}"
        sources = None if columns is None else stated_columns.resolve(columns, book.reads, subject)
        table = tables.to_table(frame, subject) if file_format in tables.TABLES else None
        if table is not None and columns is not None:
            stated_columns.check_names(columns, table.column_names, subject)
        seen = frame if frames.is_dataframe(frame) else table
        origins = [] if seen is None else book.memory.explain(seen)
        target = book.target(path)
        try:
            written = _written(frame if table is None else table, target, file_format)
        except BaseException:
            book.release(target)
            raise
        artifact = OperationResult().add_file(
            written, description, category=category, tags=tuple(tags)
        )
        found = [origin for origin in origins if origin.column not in (columns or {})]
        book.wrote(place, artifact, sources, found)
        return written.path

    def output(
        self,
        path: str | os.PathLike[str],
        *,
        columns: Statements | None = None,
        description: str = "",
        category: str = "output",
        tags: Iterable[str] = (),
    ) -> Path:
        """Return the path of a file that the script writes in its own way.

        It is recorded when the step or the run ends, which fails if the file is not there then.
        The columns of Parquet, and of CSV with a header, are looked up.

        Args:
            path: The file, relative to the current folder or absolute.
            columns: As in `write`, like the others.
            description: What it holds.
            category: Its place in the report.
            tags: Words to filter by.

        Raises:
            LineageError: As in `write`.
        """
        book, place = self._here()
        subject = f"output {str(path)!r}"
        sources = None if columns is None else stated_columns.resolve(columns, book.reads, subject)
        target = book.target(path)
        place.outputs.append(
            OwnOutput(
                path=target,
                stamp=stamp_of(target),
                stated=sources,
                description=description,
                category=category,
                tags=tuple(tags),
            )
        )
        return target

    def sql(self, query: str, /, *, kind: FrameKind = "pandas", **frames: Any) -> Any:
        """Ask frames one SELECT of DuckDB; where its columns come from is known to `write`.

        Args:
            query: The SELECT. It sees the given frames and nothing else: no file, no network.
            kind: "pandas", "arrow" or "polars".
            frames: The frames, by the names that the query uses.

        Returns:
            The answer, as a frame of that library.

        Raises:
            QueryError: It is not one SELECT, or has an error; no value is quoted.
            DataReadError: A frame, or pandas, cannot hold a column.
        """
        from ops.columns.query import run_query  # noqa: PLC0415  # loads a parser of SQL

        book, _ = self._here()
        tables.check_kind(kind)
        return tables.to_kind(run_query(query, frames, book.memory), kind, "answer of a query")

    def metric(self, name: str, value: object, *, category: str | None = None) -> None:
        """Record a number, or a structure of numbers.

        Args:
            name: Its name.
            value: Its value; numbers of numpy become Python's.
            category: Its heading in the report; None for the top level.
        """
        book, place = self._here()
        facts = metric_facts({name: value}, operation=place.operation, category=category)
        book.recorder.observe(*facts)

    def warn(self, message: str, /, **details: object) -> None:
        """Record what the reader of the report should know.

        Args:
            message: What was found; no cell values.
            details: Facts about it; secrets are redacted.
        """
        book, place = self._here()
        book.warn(place, message, details)


def require_open(pid: int | None, book: Book | None, subject: str) -> Book:
    """Return the book of a run that this process has begun.

    Raises:
        OperationError: It has not begun, or began in another process.
    """
    open_runs.require_process(pid, subject)
    if book is None:
        raise OperationError(
            subject,
            problem="it has not begun",
            remedy="use it in a with statement, or call start()",
        )
    return book


def _format_of(path: str | os.PathLike[str]) -> str:
    suffix = Path(path).suffix
    if suffix.removeprefix(".") not in _FORMATS:
        raise DataWriteError(
            f"output {str(path)!r}",
            found=f"suffix {suffix!r}",
            expected=", ".join(f".{one}" for one in _FORMATS[:-1]) + f" or .{_FORMATS[-1]}",
            remedy="write it in your own way, and record it with output()",
        )
    return suffix.removeprefix(".")


def _written(data: Any, target: Path, file_format: str) -> WriterResult:
    writer = DataWriter(target.parent)
    stem = target.name.removesuffix(f".{file_format}")
    if file_format == "json":
        if tables.is_frame(data):
            data = tables.to_table(data, f"output {target.name!r}")
        return writer.write_json(data, stem)
    chosen = cast("Literal['csv', 'parquet']", file_format)  # looked up before
    return writer.write_dataframe(data, stem, chosen, subdir=None)
