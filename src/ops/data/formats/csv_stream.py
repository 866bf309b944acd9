"""The bytes of a CSV file: unpacked within a limit, in UTF-8, in blocks that Arrow reads whole."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Final

from lineage.kernel.errors import DataReadError
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.reading.input_file import InputFile

ROW_BYTES: Final = 8 << 20
"""How long a row may be."""

_USUAL_RATIO: Final = 100
_ALWAYS_UNPACKED_BYTES: Final = 64 << 20


class CsvStream(io.RawIOBase):
    r"""Content of a CSV file as UTF-8, unpacked if the name ends in ".gz".

    Arrow drops the "\n" of a "\r\n" whose characters are in two blocks, also inside quotes, so no
    read ends between them.

    Attributes:
        has_quotes: A double quote was read.
    """

    def __init__(self, file: InputFile, dialect: CsvDialect) -> None:
        super().__init__()
        self.has_quotes = False
        self._subject = file.subject
        self._file = file.open_arrow()
        self._limit = _limit(file, dialect) if file.is_packed else None
        self._decoder = (
            None
            if codecs.lookup(dialect.encoding).name == "utf-8"
            else codecs.getincrementaldecoder(dialect.encoding)()
        )
        self._ahead = b""
        self._unpacked_bytes = 0
        self._is_at_end = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes: as many as asked for unless the file ends or a line would split.

        Raises:
            DataReadError: The unpacked content exceeds its limit.
            UnicodeDecodeError: Bytes are not in the encoding.
            OSError: The file or its compression is damaged.
        """
        wanted = ROW_BYTES if size < 0 else size
        while len(self._ahead) <= wanted and not self._is_at_end:
            self._ahead += self._next(wanted)
        block, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
        if block.endswith(b"\r") and self._ahead.startswith(b"\n") and len(block) > 1:
            block, self._ahead = block[:-1], b"\r" + self._ahead
        self.has_quotes = self.has_quotes or b'"' in block
        return block

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what io hands over
        """Fill a buffer, as `read` does."""
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _next(self, size: int) -> bytes:
        block: bytes = self._file.read(max(size, 1))
        self._is_at_end = not block
        self._unpacked_bytes += len(block)
        if self._limit is not None and self._unpacked_bytes > self._limit:
            raise DataReadError(
                self._subject,
                problem=f"its content unpacks to over {self._limit:,} bytes, the limit",
                remedy="give a larger max_unpacked_bytes if it may be that long",
            )
        if self._decoder is None:
            return block
        return self._decoder.decode(block, final=self._is_at_end).encode()


def open_lines(file: InputFile, dialect: CsvDialect) -> io.TextIOWrapper:
    """Open a CSV file as text with its line ends, to be read by `lines_of`."""
    raw = io.BufferedReader(CsvStream(file, dialect), 1 << 16)
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def lines_of(stream: io.TextIOWrapper) -> Iterator[str]:
    """Give the lines of a text, refusing one that is longer than a row may be.

    Raises:
        csv.Error: A line is too long, as `csv.reader` says it of a field.
    """
    while line := stream.readline(ROW_BYTES):
        if len(line) == ROW_BYTES and line[-1] not in "\r\n":
            raise csv.Error("line too long")
        yield line


def _limit(file: InputFile, dialect: CsvDialect) -> int:
    if dialect.max_unpacked_bytes is not None:
        return dialect.max_unpacked_bytes
    return max(_ALWAYS_UNPACKED_BYTES, _USUAL_RATIO * file.place.size_bytes)
