"""Read a JSON list of records into Arrow, with no key and no digit lost."""

from __future__ import annotations

import pyarrow as pa

from lineage.kernel import strict_json
from lineage.kernel.errors import DataReadError
from lineage.kernel.values import JsonValue
from ops.data.reading.input_file import InputFile


def read_json(file: InputFile, encoding: str) -> pa.Table:
    """Read a list of records; a record without a key has null there.

    Args:
        file: The file.
        encoding: Name of a Python codec.

    Raises:
        DataReadError: The file is not in the encoding, is no list of records, has what
            `strict_json` refuses, a number with more digits than a float, or a column with
            values of several types; names line or column.
    """
    subject = file.subject
    try:
        with file.open() as stream:
            text = stream.read().decode(encoding)
    except UnicodeError:
        text = None
    if text is None:  # Raised outside the handler: the codec's error holds the content.
        raise DataReadError(
            subject,
            problem=f"not in the encoding {encoding!r}",
            remedy="give the encoding it was saved in, as in encoding='cp1252'",
        )
    records = strict_json.parse(
        text, subject, fault=DataReadError, allow_nan=True, keep_digits=True
    )
    if not isinstance(records, list):
        raise _no_records(subject, "another value than a list")
    rows = [record for record in records if isinstance(record, dict)]
    if len(rows) < len(records):
        number = next(at for at, item in enumerate(records, 1) if not isinstance(item, dict))
        raise _no_records(subject, f"item {number:,} is not a record")
    header = dict.fromkeys(key for row in rows for key in row)
    return pa.table({key: column(subject, key, [row.get(key) for row in rows]) for key in header})


def column(
    subject: str, key: str, values: list[JsonValue], kind: pa.DataType | None = None
) -> pa.Array:
    """Return the values of a key as a column.

    Args:
        subject: What has the records, for the message.
        key: The key.
        values: Its value in each record; None for null.
        kind: The type of the column; that of the values when None.

    Raises:
        DataReadError: See `mixed_types`.
    """
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        pass  # the message quotes a value
    raise mixed_types(subject, key)


def mixed_types(subject: str, key: str) -> DataReadError:
    """Return the error for a column without a type."""
    return DataReadError(
        f"column {key!r} of {subject}",
        problem="values of several types, or beyond 64 bits, or no Unicode",
        expected="a JSON list of records, each column of one type",
        remedy="write all its values as text, in quotes",
    )


def _no_records(subject: str, problem: str) -> DataReadError:
    return DataReadError(
        subject,
        problem=problem,
        expected="a JSON list of records",
        remedy="write it as [{...}, {...}]",
    )
