"""A Parquet file as a table, of which row groups are passed over that no filter would choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from lineage.kernel.errors import DataReadError
from ops.data import frames, row_values
from ops.data.formats import parquet_encryption
from ops.data.reading import filters
from ops.data.reading.input_file import InputFile
from ops.data.reading.table_file import Part, Query


class ParquetTable:
    """A Parquet file, encrypted as a whole, by Parquet's own means, or not at all.

    Args:
        file: The file.
        detected: What was found of it.

    Raises:
        DataReadError: A name occurs twice.
        CipherError: It is encrypted, and there is no key or another one.
    """

    def __init__(self, file: InputFile, detected: dict[str, str]) -> None:
        self.detected = detected
        self._file = file
        self._decryption = None
        if file.has_encrypted_footer:
            self._decryption = parquet_encryption.parquet_decryption(file.key, file.column_keys)
            self.detected = detected | {"encryption": "parquet"}
        with self._opened() as opened:
            self.header: Sequence[str] = opened.schema_arrow.names
        frames.refuse_repeated(file.subject, self.header)

    def read(self, query: Query) -> Part:
        """Read the row groups that filters may choose from at once."""
        with self._opened() as opened:
            rows = opened.metadata.num_rows
            groups = self._groups(opened, query)
            columns = list(query.columns)
            if groups is None:
                table = opened.read(columns=columns)
            else:
                table = opened.read_row_groups(groups, columns=columns)
        return Part(table=self._stripped(table, query), rows=rows)

    def batches(self, query: Query, batch_rows: int) -> Iterator[Part]:
        """Read the row groups that filters may choose from, one after the other."""
        with self._opened() as opened:
            metadata = opened.metadata
            groups = self._groups(opened, query)
            chosen = range(metadata.num_row_groups) if groups is None else groups
            empty = opened.schema_arrow.empty_table().select(list(query.columns))
            passed = metadata.num_rows - sum(metadata.row_group(at).num_rows for at in chosen)
            yield Part(table=self._stripped(empty, query), rows=passed)
            found = opened.iter_batches(batch_rows, list(chosen), columns=list(query.columns))
            for batch in found:
                table = self._stripped(pa.Table.from_batches([batch]), query)
                yield Part(table=table, rows=table.num_rows)

    def _stripped(self, table: pa.Table, query: Query) -> pa.Table:
        table = table.select(list(query.columns))
        return row_values.strip(table, self._file.subject, fault=DataReadError)

    def _groups(self, opened: pq.ParquetFile, query: Query) -> list[int] | None:
        """Return the row groups in which rows may match; None for all, or if it is not known."""
        if self._decryption is not None or opened.metadata.num_row_groups < 2:  # noqa: PLR2004
            return None
        condition = filters.pruning(query.filters, opened.schema_arrow)
        if condition is None:
            return None
        with self._file.open_arrow(is_random=True) as source:
            fragment = ds.ParquetFileFormat().make_fragment(source)
            return [group.id for group in fragment.subset(condition).row_groups]

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        with self._file.open_arrow(is_random=True) as source:
            if self._decryption is None:
                yield pq.ParquetFile(source, page_checksum_verification=True)
                return
            with parquet_encryption.translated(self._file.subject):
                yield pq.ParquetFile(source, decryption_properties=self._decryption)
