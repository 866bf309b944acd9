"""What a SQLite ledger has on record of its segments, and the events they are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lineage.ledger.segments import PIECE, SegmentMark
from lineage.ledger.sqlite_file import SEGMENTS, Datastore

if TYPE_CHECKING:
    from hashlib import _Hash

    import pyarrow as pa

_HAS_TABLE: Final = "select count(*) from sqlite_schema where name = 'segments'"
_MARKS: Final = "select first, versions, events_sha256, file_sha256 from segments order by first"
_RECORD: Final = "insert or replace into segments values (?, ?, ?, ?)"


class SQLiteSegments:
    """Implements `segments.SegmentIndex`.

    Args:
        datastore: The file of the ledger.
    """

    def __init__(self, datastore: Datastore) -> None:
        self._datastore = datastore

    def marks(self) -> list[SegmentMark]:
        """Return what is on record, as `SegmentIndex` describes."""
        with self._datastore.transaction(commit=False) as cursor:
            cursor.execute(_HAS_TABLE)
            if not cursor.fetchone()[0]:
                return []
            cursor.execute(_MARKS)
            return [
                SegmentMark(first=first, versions=versions, events_sha256=events, file_sha256=file)
                for first, versions, events, file in cursor.fetchall()
            ]

    def record(self, mark: SegmentMark) -> None:
        """Put a segment on record, as `SegmentIndex` describes."""
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(_HAS_TABLE)
            if not cursor.fetchone()[0]:
                cursor.execute(SEGMENTS)
            row = (mark.first, mark.versions, mark.events_sha256, mark.file_sha256)
            cursor.execute(_RECORD, row)

    def read(self, *, after: int, until: int, batch_size: int, digest: _Hash) -> Iterator[pa.Table]:
        """Yield and hash events, as `SegmentIndex` describes."""
        from lineage.ledger import sqlite_bulk  # noqa: PLC0415  # start-up time

        for lines in self._lines(after, until, batch_size, digest):
            yield sqlite_bulk.parse(lines)

    def digest(self, *, after: int, until: int) -> str:
        """Return the digest of events, as `SegmentIndex` describes."""
        digest = hashlib.sha256()
        for _ in self._lines(after, until, PIECE, digest):
            pass
        return digest.hexdigest()

    def _lines(self, after: int, until: int, batch_size: int, digest: _Hash) -> Iterator[bytes]:
        from lineage.ledger import sqlite_bulk  # noqa: PLC0415  # start-up time

        for first in range(after, until, batch_size):
            last = min(first + batch_size, until)
            for lines in sqlite_bulk.lines(self._datastore, "position", first, last):
                digest.update(lines)
                digest.update(b"\n")
                yield lines
