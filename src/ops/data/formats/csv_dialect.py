"""The layout of a file, as given to its reader or writer; this module loads no Arrow."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict

from lineage.kernel.errors import ConfigurationError

if TYPE_CHECKING:
    from ops.data.column_types import ColumnType

FileFormat: TypeAlias = Literal["csv", "parquet", "json", "ndjson", "feather", "excel"]

USUAL_SEPARATORS: Final = (",", ";", "\t", "|")


class ReadOptions(TypedDict, total=False):
    """How to read a file; whatever is left out has the default given here.

    Options marked with formats change nothing for others.

    Attributes:
        format: The file's format; found from the name's suffix (.csv, .csv.gz, .parquet, .pq,
            .json, .ndjson, .ndjson.gz, .jsonl, .jsonl.gz, .feather, .arrow, .ipc, .xlsx).
        separator: CSV: the character between fields; a comma, or what a first line "sep=;" says,
            or the one of ; tab | that divides all of the first lines into as many fields, if a
            comma divides none.
        encoding: CSV, JSON, NDJSON: the name of a Python codec; what a byte order mark says, or
            "utf-8".
        null_markers: CSV: unquoted texts that mean null; only the empty text.
        column_types: Column name to declared type; the others keep the file's types.
        infer_types: CSV: find the types of the other columns as `column_types.infer` does;
            False leaves them text; True.
        require_rows: Refuse a file without rows; True.
        header: CSV: whether the first line holds the column names. If left out, it does, but it
            is refused if it looks like data; True takes it as it is.
        names: CSV: the names of all columns, instead of the header's, or of a file without one;
            those of such a file are "column_1", "column_2" and so on if left out.
        max_unpacked_bytes: CSV, NDJSON, Excel: how long the content of a compressed file may be;
            64 MiB (Excel: 256 MiB) or 100 times the file's size, whichever is more.
        sheet: Excel: the name of the sheet; the first.
    """

    format: FileFormat
    separator: str
    encoding: str
    null_markers: Sequence[str]
    column_types: Mapping[str, ColumnType]
    infer_types: bool
    require_rows: bool
    header: bool
    names: Sequence[str]
    max_unpacked_bytes: int
    sheet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvDialect:
    """How a CSV file is laid out.

    Attributes:
        separator: One character between fields; a first line "sep=;" overrules it.
        encoding: Name of a Python codec; a UTF-8 byte order mark is skipped.
        null_markers: Unquoted texts that mean null.
        types: Column name to declared type.
        infer_types: Find the types of the other columns; False leaves them text.
        header: The first line is a header; None if it is one unless it looks like data.
        names: Names of all columns, instead of the header's.
        max_unpacked_bytes: How long the content of a compressed file may be; None for the limit
            that `csv_stream` sets.
    """

    separator: str = ","
    encoding: str = "utf-8"
    null_markers: tuple[str, ...] = ("",)
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    infer_types: bool = True
    header: bool | None = None
    names: tuple[str, ...] = ()
    max_unpacked_bytes: int | None = None

    def __post_init__(self) -> None:
        """Refuse what Arrow or a reader of the file could not take."""
        if not is_separator(self.separator):
            raise ConfigurationError(
                "CSV separator",
                found=self.separator,
                expected="one ASCII character not used in numbers",
            )
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise ConfigurationError(
                "CSV encoding", found=self.encoding, expected="a codec that Python knows"
            ) from error
        if self.names and self.header is None:
            raise ConfigurationError(
                "read options",
                problem="names without header",
                remedy="add header: false if the file has no header, header: true if these names "
                "replace it",
            )
        if len(set(self.names)) < len(self.names):
            raise ConfigurationError(
                "option names", problem="a name occurs twice", expected="a name for each column"
            )


def is_separator(sign: str) -> bool:
    """Tell whether a text may separate the fields of a CSV file."""
    return len(sign) == 1 and sign.isascii() and not sign.isalnum() and sign not in '"\r\n+-.'
