"""How to read a file; apart, as a task's configuration names it and need not load Arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

if TYPE_CHECKING:
    from ops.data import column_types

FileFormat: TypeAlias = Literal["csv", "parquet", "json"]


class ReadOptions(TypedDict, total=False):
    """How to read a file; whatever is left out has the default given here.

    Options "CSV:" change nothing for other formats.

    Attributes:
        format: The file's format; found from the name's suffix (.csv, .csv.gz, .parquet, .pq,
            .json).
        separator: CSV: the character between fields; a comma, or what a first line "sep=;" says.
        encoding: CSV and JSON: the name of a Python codec; "utf-8".
        null_markers: CSV: unquoted texts that mean null; only the empty text.
        column_types: Column name to declared type; the others keep the file's types.
        infer_types: CSV: find the types of the other columns as `column_types.infer` does;
            False leaves them text; True.
        require_rows: Refuse a file without rows; True.
        header: CSV: whether the first line holds the column names. If left out, it does, but it
            is refused if it looks like data; True takes it as it is.
        names: CSV: the names of all columns, instead of the header's, or of a file without one;
            those of such a file are "column_1", "column_2" and so on if left out.
        max_unpacked_bytes: CSV: how long the content of a compressed file may be; 64 MiB or 100
            times the file's size, whichever is more.
    """

    format: FileFormat
    separator: str
    encoding: str
    null_markers: Sequence[str]
    column_types: Mapping[str, column_types.ColumnType]
    infer_types: bool
    require_rows: bool
    header: bool
    names: Sequence[str]
    max_unpacked_bytes: int
