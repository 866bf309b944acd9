"""Read files and sets of files into Arrow and pandas, and note which version was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Final, Unpack

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from ops.data import frames
from ops.data.encryption import Key
from ops.data.formats.csv_dialect import ReadOptions
from ops.data.reading import filters as row_filters
from ops.data.reading import request
from ops.data.reading.batch_reader import BatchReader
from ops.data.reading.filters import FilterForm
from ops.data.reading.place import Place
from ops.data.reading.plan import Plan
from ops.data.reading.request import Request
from ops.result import DatasetRead

if TYPE_CHECKING:
    import pandas as pd

_BATCH_ROWS: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRead:
    """What one reading of a file gave.

    Attributes:
        table: The wanted columns in the wanted order, and the rows that filters chose.
        dataset: The version of the whole file, with all its columns and the number of its rows.
    """

    table: pa.Table
    dataset: DatasetRead


class DataReader:
    """Reads dataset files. It keeps nothing between calls, so one serves any number of threads.

    What is wrong with a file is a `DataReadError` of one line that names the file, the problem
    and the remedy, and never shows a value.
    """

    def read_dataframe(
        self,
        path: str | PathLike[str],
        *,
        columns: Sequence[str] | None = None,
        filters: Sequence[FilterForm] | None = None,
        encryption_key: Key | None = None,
        column_keys: Mapping[str, Key] | None = None,
        **options: Unpack[ReadOptions],
    ) -> pd.DataFrame:
        """Read a file into pandas; parameters and errors as in `read`.

        Returns:
            The wanted columns and rows, numbered from 0. Leading zeros, float64 and integers
            survive; integers with nulls are "Int64".
        """
        table = self.read_table(
            path,
            columns=columns,
            filters=filters,
            encryption_key=encryption_key,
            column_keys=column_keys,
            **options,
        )
        return frames.to_dataframe(table, f"file {str(path)!r}")

    def read_table(
        self,
        path: str | PathLike[str],
        *,
        columns: Sequence[str] | None = None,
        filters: Sequence[FilterForm] | None = None,
        encryption_key: Key | None = None,
        column_keys: Mapping[str, Key] | None = None,
        **options: Unpack[ReadOptions],
    ) -> pa.Table:
        """Read a file into Arrow; parameters and errors as in `read`.

        From Parquet, dictionaries of text come back as such, with the entries that rows have;
        those of other types and within lists decoded. An index that pandas wrote as a column is
        a column.
        """
        return self.read(
            path,
            columns=columns,
            filters=filters,
            encryption_key=encryption_key,
            column_keys=column_keys,
            **options,
        ).table

    def read(
        self,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        filters: Sequence[FilterForm] | None = None,
        encryption_key: Key | None = None,
        column_keys: Mapping[str, Key] | None = None,
        **options: Unpack[ReadOptions],
    ) -> TableRead:
        """Read a file, or a folder of files that are one table, and note its version.

        Args:
            path: The file or the folder, or its address in an object store
                ("s3://bucket/people.csv"; extra `s3`). The digest of a folder is that of all
                files below it, see `storage.sha256_of_set`.
            name: What to call the dataset; the file's name up to its first dot when None.
            columns: The wanted columns, in the wanted order; all when None.
            filters: Which rows are wanted, as in `[("age", ">=", 25), ("region", "in", ["n"])]`;
                all when None. See `ops.data.reading.filters`.
            encryption_key: What decrypts the file if it is encrypted; the running task's key when
                None. The mode is found in the file.
            column_keys: Column name to its own key, for Parquet encrypted by columns.
            options: See `ReadOptions`.

        Returns:
            The table and the version it was read from.

        Raises:
            DataReadError: The file is missing, unreadable, empty, damaged, not as described,
                lacks a named column, or changed while it was read.
            ConfigurationError: The options or filters make no sense.
            CipherError: The file is encrypted and there is no key or another one, or it has
                changed or was cut off.
        """
        asked = Request(
            place=Place.of(path),
            plan=Plan.of(options),
            columns=columns,
            filters=row_filters.parse(filters),
            key=encryption_key,
            column_keys=column_keys,
        )
        with request.translated(asked.place):
            found = asked.found()
            with asked.open_scanned(found) as (table_file, digests):
                wanted = asked.wanted(table_file.header)
                part = table_file.read(asked.query(table_file.header))
                table = asked.typed(part.table, 1, found)
                types = asked.types(table.schema, wanted)
                table = asked.chosen(table, wanted)
            asked.refuse_change(found)
        asked.refuse_emptiness(part.rows)
        version = asked.version(name, found, digests[0], table_file)
        return TableRead(table=table, dataset=replace(version, rows=part.rows, column_types=types))

    def read_batches(
        self,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        filters: Sequence[FilterForm] | None = None,
        batch_rows: int = _BATCH_ROWS,
        encryption_key: Key | None = None,
        column_keys: Mapping[str, Key] | None = None,
        **options: Unpack[ReadOptions],
    ) -> BatchReader:
        """Read a file in batches; other parameters and errors as in `read`.

        Memory does not grow with a file in CSV, Parquet, NDJSON or Arrow format, or with a set of
        such; JSON and Excel are read whole, as is what the age format encrypts of Parquet and
        Arrow. Types are those that `read` gives: text is first read through for them.

        Args:
            path: The file or the folder.
            name: What to call the dataset.
            columns: The wanted columns.
            filters: Which rows are wanted.
            batch_rows: How many rows a batch may have at most.
            encryption_key: What decrypts the file.
            column_keys: Column name to its own key.
            options: See `ReadOptions`.

        Returns:
            An iterator of `pyarrow.RecordBatch` with `schema`, and with `dataset` when it has
            come to its end.
        """
        if batch_rows < 1:
            raise ConfigurationError("batch_rows", found=batch_rows, expected="1 or more")
        asked = Request(
            place=Place.of(path),
            plan=Plan.of(options),
            columns=columns,
            filters=row_filters.parse(filters),
            key=encryption_key,
            column_keys=column_keys,
        )
        return BatchReader(asked, batch_rows, name)
