"""Write a table to one file or to a set, as a whole or piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import pyarrow as pa

from lineage.kernel.errors import DataWriteError
from ops.data import column_types
from ops.data.encryption import FileEncryption
from ops.data.formats import sinks
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.formats.sinks import TABLE_FORMATS, Layout
from ops.data.placement import Placement, translated
from ops.data.writer_result import WriteOptions, WriterResult
from ops.data.writing.batches import Rows
from ops.data.writing.partitioned import KeyedParts, NumberedParts, OneFile, PartFiles, Target
from ops.data.writing.publishing import Publisher, Writing, chosen_encryption

SMALL_ROWS: Final = 100_000
"""A Dask frame of at most so many rows, or of one partition, is written as one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTarget:
    """Where and how a table is written.

    Attributes:
        place: Where.
        layout: Its format.
        cipher: How each file is encrypted; None for not, or if Parquet does it.
        keys: Columns by whose values the rows are divided.
    """

    place: Placement
    layout: Layout
    cipher: FileEncryption | None
    keys: tuple[str, ...] | None

    @classmethod
    def of(
        cls, place: Placement, options: WriteOptions, columns: Sequence[str], *, is_whole: bool
    ) -> TableTarget:
        """Return the target that the options describe.

        Args:
            place: Where.
            options: How.
            columns: The names of the table's columns.
            is_whole: Each file is written in one piece.

        Raises:
            DataWriteError: An unsupported format, or a key, mode or columns that cannot be.
            ConfigurationError: The separator is none.
        """
        place.check_format(TABLE_FORMATS)
        keys = options.get("partition_cols")
        cipher, parquet = _encryption(place, options, columns)
        if keys is not None and (cipher is not None or parquet is not None):
            raise DataWriteError(
                place.subject,
                problem="partition_cols and encryption: the names of folders show the values",
                remedy="leave out partition_cols",
            )
        layout = Layout(
            format=place.format,
            dialect=CsvDialect(separator=options.get("separator", ",")),
            is_whole=is_whole,
            parquet_keys=parquet,
        )
        chosen = None if keys is None else keys if isinstance(keys, str) else tuple(keys)
        return cls(place=place, layout=layout, cipher=cipher, keys=chosen)  # type: ignore[arg-type]  # a text is refused with the columns

    def describe(self, result: WriterResult, rows: int, schema: pa.Schema) -> WriterResult:
        """Return a result with what is known of the table."""
        encryption = "parquet" if self.layout.parquet_keys is not None else result.encryption
        return replace(
            result,
            rows=rows,
            columns=tuple(schema.names),
            column_types=column_types.names_of(schema),
            encryption=encryption,
        )


def write_rows(publisher: Publisher, rows: Rows, target: TableTarget) -> WriterResult:
    """Write a table.

    A table in one piece, and rows that come as a stream, become one file; the partitions of a
    large Dask frame a file each; with partition columns each combination of values has one.

    Raises:
        PathRefusedError: The place is none.
        DataWriteError: It could not be written.
    """
    if rows.partitions is not None and target.keys is None:
        return _write_partitions(publisher, rows, target)
    if rows.is_whole and target.keys is None:
        (table,) = rows.tables
        return _write_table(publisher, table, target)
    with writing(publisher, rows.schema, target) as (taker, done):
        count = 0
        for table in rows.tables:
            taker.write(table)
            count += table.num_rows
            done.progress.update(table.num_rows)
    return target.describe(done.written, count, rows.schema)


@contextmanager
def writing(
    publisher: Publisher,
    schema: pa.Schema,
    target: TableTarget,
    *,
    part_rows: int | None = None,
) -> Iterator[tuple[Target, Writing]]:
    """Write a table piece by piece in the course of a block.

    Args:
        publisher: Puts the files into the storage.
        schema: The columns.
        target: Where and how.
        part_rows: How many rows each file of a set has; None for one file.
    """
    place, cipher = target.place, target.cipher
    if target.keys is None and part_rows is None:
        with publisher.writing(place, cipher, total=None, unit="rows") as done:
            yield from _to_end(OneFile(target.layout.open(schema, done.stream)), done)
        return
    place = replace(place, is_set=True)
    with publisher.writing_set(place, cipher, total=None, unit="rows") as done:
        parts = PartFiles(files=done.files, layout=target.layout, cipher=cipher)
        if target.keys is None:
            yield from _to_end(NumberedParts(parts, schema, part_rows), done)
        else:
            yield from _to_end(KeyedParts(parts, schema, target.keys), done)


def _to_end(taker: Target, done: Writing) -> Iterator[tuple[Target, Writing]]:
    try:
        yield taker, done
        taker.close()
    except BaseException:
        taker.abandon()
        raise


def _write_table(publisher: Publisher, table: pa.Table, target: TableTarget) -> WriterResult:
    def fill(stream: object) -> None:
        sink = target.layout.open(table.schema, stream)  # type: ignore[arg-type]  # a binary stream
        try:
            sink.write(table)
            sink.close()
        except BaseException:
            sinks.abandon(sink)
            raise

    written = publisher.write(target.place, fill, target.cipher, rows=table.num_rows)
    return target.describe(written, table.num_rows, table.schema)


def _write_partitions(publisher: Publisher, rows: Rows, target: TableTarget) -> WriterResult:
    """Write a Dask frame: a small one as one file, else each partition as a file of a set."""
    left = iter(rows.tables)
    first: list[pa.Table] = []
    count = 0
    for table in left:
        first.append(table)
        count += table.num_rows
        if count > SMALL_ROWS and rows.partitions != 1:
            break
    else:
        whole = pa.concat_tables(first)
        return _write_table(publisher, whole, target)
    place = replace(target.place, is_set=True)
    with publisher.writing_set(
        place, target.cipher, total=rows.partitions, unit="partitions"
    ) as done:
        parts = PartFiles(files=done.files, layout=target.layout, cipher=target.cipher)
        taker = NumberedParts(parts, rows.schema, None)
        count = 0
        try:
            for table in chain(first, left):
                taker.write(table)
                taker.end_part()
                count += table.num_rows
                done.progress.update(1, {"rows": count})
        except BaseException:
            taker.abandon()
            raise
    return target.describe(done.written, count, rows.schema)


def _encryption(
    place: Placement, options: WriteOptions, columns: Sequence[str]
) -> tuple[FileEncryption | None, object | None]:
    """Return the cipher of the file, or the properties by which Parquet encrypts itself."""
    key, mode = options.get("encryption_key"), options.get("encryption_mode")
    keys = options.get("column_keys")
    if mode != "parquet":
        if keys is not None:
            raise DataWriteError(
                place.subject,
                problem="column_keys without encryption_mode='parquet'",
                remedy="add encryption_mode='parquet', or leave out column_keys",
            )
        return chosen_encryption(key, mode, place.subject), None
    if place.format != "parquet":
        raise DataWriteError(
            place.subject,
            problem="encryption_mode 'parquet'",
            expected="format 'parquet'",
            remedy="choose mode 'simple' or 'age'",
        )
    from ops.data.formats import parquet_encryption  # noqa: PLC0415  # start-up time

    with translated(place.subject):
        return None, parquet_encryption.parquet_encryption(key, keys, columns=columns)
