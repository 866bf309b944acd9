"""Remove rows from a file and leave everything else of it as it is.

Of CSV and NDJSON all other bytes are copied. Parquet is written again, row group by row group. The
formats that are written whole, JSON and Arrow, go through reader and writer.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lineage.kernel import files
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import DataWriteError
from ops.data import row_values, value_texts
from ops.data.formats import csv_header, csv_stream
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.formats.sinks import TableFormat
from ops.data.reader import DataReader
from ops.data.reading.input_file import InputFile
from ops.data.reading.place import Place
from ops.data.reading.plan import Plan, format_by_name
from ops.data.writer import DataWriter

Sought = Mapping[str, Collection[str]]
"""Column to texts: a row is meant if one of the columns holds one of its texts."""

_WHOLE: Final[dict[str, TableFormat]] = {".json": "json", ".arrow": "arrow", ".feather": "feather"}
_EXPECTED: Final = "CSV, NDJSON, Parquet, .json, .arrow or .feather"
_BLOCK_BYTES: Final = 1 << 20
_PIECES_AT_ONCE: Final = 1 << 14
_ENDIAN: Final = {
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
_DICTIONARIES: Final = frozenset({"PLAIN_DICTIONARY", "RLE_DICTIONARY"})


def count_rows(path: Path, sought: Sought) -> int:
    """Return how many rows of a file are meant.

    Args:
        path: A file that `DataReader` reads.
        sought: What is looked for; a column that the file lacks holds nothing. A value is
            compared by the text that Python shows and by the one that pseudonyms are made of
            ("17" for 17.0).

    Raises:
        DataReadError: It cannot be read.
        CipherError: It is encrypted.
    """
    return _count(_meant_in(path, sought))


def remove_rows(path: Path, sought: Sought) -> int:
    """Remove rows from a file, and return how many these were.

    The file is replaced as a whole; a killed process leaves the old one or the new one. If no row
    is meant, it stays as it is.

    Of CSV and NDJSON, packed by gzip or not, the bytes of all other lines stay: line ends, quotes,
    encoding, byte order mark, header and empty lines. Of Parquet stay schema, notes, the bounds of
    row groups (less what was removed; empty ones go), and for each column compression, dictionary
    and statistics. Page sizes, levels of compression, Bloom filters, page indexes and the name of
    the writing program are those of Arrow; dictionaries within lists become values; notes that
    hold a text that is sought are left out.

    Args:
        path: As of `count_rows`.
        sought: As of `count_rows`.

    Raises:
        DataReadError: As of `count_rows`.
        CipherError: It is encrypted.
        DataWriteError: It has a format that cannot be written again, it changed meanwhile, or its
            lines cannot be told apart.
        OSError: The folder is read-only or full.
    """
    kind = format_by_name(path.name)
    if kind not in {"csv", "ndjson", "parquet"} and path.suffix.lower() not in _WHOLE:
        raise DataWriteError(
            f"file {str(path)!r}",
            problem="its format cannot be rewritten",
            expected=_EXPECTED,
            remedy="remove the rows by hand and import it again",
        )
    meant = _meant_in(path, sought)
    count = _count(meant)
    if not count:
        return 0
    if kind == "parquet":
        _rewrite_parquet(path, sought)
    elif kind in {"csv", "ndjson"}:
        _copy_lines(path, meant, is_csv=kind == "csv")
    else:
        table = DataReader().read(path).table.filter(pc.invert(meant))
        DataWriter(path.parent).write_dataframe(table, path.stem, _WHOLE[path.suffix.lower()], None)
    return count


def _meant_in(path: Path, sought: Sought) -> pa.ChunkedArray:
    header = Plan().open_table(InputFile.of(Place.of(path))).header
    columns = [name for name in header if name in sought]
    if not columns:
        return pa.chunked_array([pa.array([], pa.bool_())])
    table = DataReader().read(path, columns=columns, require_rows=False).table
    return _meant(table, sought)


def _count(meant: pa.ChunkedArray) -> int:
    return int(pc.sum(pc.cast(meant, pa.int64())).as_py() or 0)


def _meant(table: pa.Table, sought: Sought) -> pa.ChunkedArray:
    """Return which rows are meant, without nulls."""
    found = pa.chunked_array([pa.repeat(pa.scalar(value=False), table.num_rows)])
    for name in sought.keys() & table.column_names:
        texts = frozenset(sought[name])
        found = pc.or_(found, _holds(row_values.plain(table[name]), texts, name))
    return found


def _holds(column: pa.ChunkedArray, texts: Collection[str], name: str) -> pa.ChunkedArray:
    if pa.types.is_nested(column.type):
        shown = (value is not None and str(value) in texts for value in column.to_pylist())
        return pa.chunked_array([pa.array(shown, pa.bool_())])
    distinct = column.unique().drop_null()
    spelled = value_texts.of_values(distinct, f"column {name!r}")
    pairs = zip(distinct.to_pylist(), spelled.to_pylist(), strict=True)
    wanted = pa.array([str(value) in texts or text in texts for value, text in pairs], pa.bool_())
    return pc.is_in(column, value_set=distinct.filter(wanted))


class _Writable(Protocol):
    def write(self, data: bytes) -> int: ...


def _copy_lines(path: Path, meant: pa.ChunkedArray, *, is_csv: bool) -> None:
    """Copy all bytes of a text file but those of rows that are meant.

    The texts are encoded again, so it is verified that all of them together are the file.
    """
    file = InputFile.of(Place.of(path))
    marked = file.marked_encoding()
    mark, encoding = _byte_order(file, marked)
    dialect = CsvDialect(encoding=marked or "utf-8")
    seen = hashlib.sha256(mark)
    rows = 0
    before = sha256_file(path)
    is_meant = meant.to_pylist()
    try:
        with files.replacing(path) as pending, _packed(file, pending.stream) as target:
            target.write(mark)
            pieces = _pieces(file, dialect, is_csv=is_csv)
            while some := list(islice(pieces, _PIECES_AT_ONCE)):
                kept = []
                for text, is_row in some:
                    if not (is_row and is_meant[rows]):
                        kept.append(text)
                    rows += is_row
                seen.update("".join(text for text, _ in some).encode(encoding))
                target.write("".join(kept).encode(encoding))
            is_whole = rows == len(is_meant) and seen.hexdigest() == _content_digest(file)
            if not is_whole or sha256_file(path) != before:
                raise _unlike(path)
    except (csv.Error, UnicodeError, IndexError):
        pass  # outside of the handler: the message may quote values
    else:
        return
    raise _unlike(path)


def _pieces(file: InputFile, dialect: CsvDialect, *, is_csv: bool) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text in their order, and whether each is a row."""
    if not is_csv:
        with csv_stream.open_lines(file, dialect) as stream:
            for line in csv_stream.lines_of(stream):
                yield line, bool(line.strip())
        return
    separator = csv_header.find_separator(file, dialect) or dialect.separator
    layout = csv_header.read_layout(
        file, CsvDialect(separator=separator, encoding=dialect.encoding)
    )
    with csv_stream.open_lines(file, dialect) as stream:
        lines = csv_stream.lines_of(stream)
        if layout.has_separator_line:
            yield next(lines), False
        has_header = layout.has_header
        for record in csv_header.records(lines, layout.dialect.separator):
            is_row = not has_header and (bool(record.fields) or len(layout.names) == 1)
            yield record.raw, is_row
            has_header = False


def _byte_order(file: InputFile, marked: str | None) -> tuple[bytes, str]:
    """Return the byte order mark of a text and the codec of what follows it."""
    if marked is None:
        return b"", "utf-8"
    with file.open_arrow() as stream:
        head = stream.read(4)
    return next(pair for pair in _ENDIAN[marked] if head.startswith(pair[0]))


@contextmanager
def _packed(file: InputFile, stream: files.DigestingStream) -> Iterator[_Writable]:
    if not file.is_packed:
        yield stream
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as packing:
        yield packing


def _content_digest(file: InputFile) -> str:
    digest = hashlib.sha256()
    with file.open_arrow() as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _unlike(path: Path) -> DataWriteError:
    return DataWriteError(
        f"file {str(path)!r}",
        problem="it changed meanwhile, or its rows cannot be told apart byte by byte",
        remedy="try again, or remove the rows by hand and import it again",
    )


def _rewrite_parquet(path: Path, sought: Sought) -> None:
    subject = f"file {str(path)!r}"
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as opened:
            empty = _stripped(opened.schema_arrow.empty_table(), subject)
            schema = _schema(opened.schema_arrow, empty.schema, sought)
            with (
                files.replacing(path) as pending,
                pq.ParquetWriter(pending.stream, schema, **_settings(opened)) as writer,
            ):
                for at in range(opened.metadata.num_row_groups):
                    table = opened.read_row_group(at)
                    kept = table.filter(pc.invert(_meant(table, sought)))
                    if kept.num_rows:
                        columns = _stripped(kept, subject).combine_chunks().columns
                        rows = pa.Table.from_arrays(columns, schema=schema)
                        writer.write_table(rows, row_group_size=rows.num_rows)
    except pa.ArrowException:
        pass  # outside of the handler: the message may quote values
    else:
        return
    raise DataWriteError(subject, problem="Arrow cannot write it again without these rows")


def _stripped(table: pa.Table, subject: str) -> pa.Table:
    """Return rows without the entries of dictionaries that only others have."""
    return row_values.strip(table, subject, fault=DataWriteError)


def _schema(before: pa.Schema, stripped: pa.Schema, sought: Sought) -> pa.Schema:
    """Return the schema as it was, without notes that hold what is sought."""
    texts = sorted({text for found in sought.values() for text in found})
    named = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in texts))

    def harmless(notes: Mapping[bytes, bytes] | None) -> dict[bytes, bytes] | None:
        pairs = (notes or {}).items()
        kept = {
            k: v for k, v in pairs if not named.search((k + b" " + v).decode("utf-8", "replace"))
        }
        return kept or None

    fields = [
        after.with_metadata(harmless(field.metadata))
        for field, after in zip(before, stripped, strict=True)
    ]
    return pa.schema(fields, harmless(before.metadata))


def _settings(opened: pq.ParquetFile) -> dict[str, Any]:
    """Return how a file was written, as far as it says so."""
    metadata = opened.metadata
    if not metadata.num_row_groups:
        return {"compression": "zstd"}
    first = metadata.row_group(0)
    columns = [first.column(at) for at in range(metadata.num_columns)]
    codecs_used = {c.path_in_schema: c.compression.replace("UNCOMPRESSED", "NONE") for c in columns}
    return {
        "version": metadata.format_version,
        "compression": codecs_used,
        "use_dictionary": [c.path_in_schema for c in columns if _DICTIONARIES & {*c.encodings}],
        "write_statistics": [c.path_in_schema for c in columns if c.is_stats_set],
        "write_page_index": any(c.has_column_index for c in columns),
        "use_compliant_nested_type": False,  # the names within lists are those of the file
        "sorting_columns": first.sorting_columns or None,
        "use_deprecated_int96_timestamps": any(c.physical_type == "INT96" for c in columns),
    }
