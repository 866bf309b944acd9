"""How a CSV file is laid out, as its reader or writer is told."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lineage.kernel.errors import ConfigurationError
from ops.data.column_types import ColumnType

USUAL_SEPARATORS: Final = (",", ";", "\t", "|")


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
