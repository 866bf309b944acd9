"""Old events as Parquet files beside the ledger, which DuckDB reads by itself.

A segment is a cache: the ledger alone says what happened. It counts only if it is byte for byte
the file that was made from the ledger, with the payloads that this release would read, and
`differing` compares what it was made from with what the ledger holds now. One that is missing or
does not match is made again.

The events of a segment are ordered by type and position within each piece of a bulk read, so that
a fold of one type skips the rows of the others.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from eventsourcing.persistence import PersistenceError

from lineage.events import EventTypes
from lineage.kernel import files
from lineage.kernel.digest import sha256_file, sha256_json
from lineage.kernel.errors import LedgerUnavailableError

if TYPE_CHECKING:
    from hashlib import _Hash

    import pyarrow as pa

_log = logging.getLogger(__name__)

SEGMENT_SIZE: Final = 50_000
"""Events of a segment; the first holds positions 1 to this."""

FORMAT: Final = 1
"""Version of the order and the columns within a segment."""

_READERS: Final = 2
"""Segments that are made at the same time."""

PIECE: Final = 25_000
"""Events that are ordered by type together."""

_ROW_GROUP: Final = 10_000
_REPEATED_TEXTS: Final = ["stream", "type", "actor", "run", "task"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentMark:
    """What a ledger has on record of a segment.

    Attributes:
        first: Position of its first event.
        versions: What its payloads depend on: the format and the versions of the event types.
        events_sha256: Digest of its events as the ledger stores them.
        file_sha256: Digest of the file.
    """

    first: int
    versions: str
    events_sha256: str
    file_sha256: str

    @property
    def last(self) -> int:
        """Position of its last event."""
        return self.first + SEGMENT_SIZE - 1


class SegmentIndex(Protocol):
    """What a store offers for segments of its events."""

    def marks(self) -> list[SegmentMark]:
        """Return what is on record."""

    def record(self, mark: SegmentMark) -> None:
        """Put a segment on record, in place of an earlier one of the same events.

        Raises:
            PersistenceError: The store cannot be written.
        """

    def read(self, *, after: int, until: int, batch_size: int, digest: _Hash) -> Iterator[pa.Table]:
        """Yield events as `LedgerRecorder.read_arrow` does, and hash them as they are stored."""

    def digest(self, *, after: int, until: int) -> str:
        """Return the digest that `read` would give, without making tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A file with events.

    Attributes:
        path: The file.
        mark: What the ledger has on record of it.
        is_new: Whether it has just been made.
    """

    path: Path
    mark: SegmentMark
    is_new: bool = False


class Segments:
    """The segments of one ledger. Several processes may make the same one.

    Args:
        index: The store of the ledger.
        folder: Where the files are.
        event_types: Gives payloads their present versions.
    """

    def __init__(self, index: SegmentIndex, folder: Path, event_types: EventTypes) -> None:
        self._index = index
        self._folder = folder
        self._event_types = event_types
        self._versions = f"{FORMAT}-{sha256_json(event_types.later_versions())}"

    def covering(self, after: int, until: int) -> list[Segment]:
        """Return whole segments from the one with position `after` + 1, and make those missing.

        Args:
            after: Position before the first event wanted.
            until: Position of the last event wanted; what follows the last whole segment is left.

        Returns:
            Segments without a gap; none for fewer events than one holds, and fewer where they
            cannot be made.
        """
        if until - after < SEGMENT_SIZE:
            return []
        numbers = range(after // SEGMENT_SIZE, until // SEGMENT_SIZE)
        known = self._known()
        pool = ThreadPoolExecutor(_READERS)
        try:
            found = list(pool.map(lambda number: self._found_or_made(number, known), numbers))
        except RuntimeError:  # at the end of the process no thread begins
            return []
        finally:
            pool.shutdown(cancel_futures=True)
        whole = found[: found.index(None)] if None in found else found
        return [segment for segment in whole if segment is not None]

    def make_next(self, until: int) -> Segment | None:
        """Make the first segment that is missing, if the ledger has all of its events.

        Args:
            until: Position of the last event of the ledger.
        """
        known = self._known()
        numbers = range(until // SEGMENT_SIZE)
        number = next((n for n in numbers if n * SEGMENT_SIZE + 1 not in known), None)
        return None if number is None else self._made(number)

    def differing(self, segments: Sequence[Segment]) -> list[Segment]:
        """Return those of which the ledger holds other events than they were made from."""
        return [segment for segment in segments if not (segment.is_new or self._is_true(segment))]

    def remake(self, segments: Sequence[Segment]) -> None:
        """Make segments again from what the ledger holds now."""
        for segment in segments:
            segment.path.unlink(missing_ok=True)
            self._made(segment.mark.first // SEGMENT_SIZE)

    def _is_true(self, segment: Segment) -> bool:
        mark = segment.mark
        try:
            digest = self._index.digest(after=mark.first - 1, until=mark.last)
        except (PersistenceError, LedgerUnavailableError):
            return False
        return digest == mark.events_sha256

    def _known(self) -> dict[int, SegmentMark]:
        """Return the marks of segments with present payloads by their first position."""
        try:
            marks = self._index.marks()
        except (PersistenceError, LedgerUnavailableError):
            return {}
        return {mark.first: mark for mark in marks if mark.versions == self._versions}

    def _found_or_made(self, number: int, known: dict[int, SegmentMark]) -> Segment | None:
        mark = known.get(number * SEGMENT_SIZE + 1)
        if mark is not None:
            path = self._folder / _name(mark.first, mark.last)
            if _has_digest(path, mark.file_sha256):
                return Segment(path=path, mark=mark)
        return self._made(number)

    def _made(self, number: int) -> Segment | None:
        try:
            return self._make(number)
        except (PersistenceError, LedgerUnavailableError, OSError) as error:
            # The ledger itself is read instead, and says what is wrong with it.
            _log.info("segment %s of %s cannot be made: %s", number, self._folder, error)
            return None

    def _make(self, number: int) -> Segment:
        import pyarrow.parquet as pq  # noqa: PLC0415  # start-up time

        from lineage.ledger.arrow import ARROW_SCHEMA, in_present_versions  # noqa: PLC0415

        first = number * SEGMENT_SIZE + 1
        last = first + SEGMENT_SIZE - 1
        digest = hashlib.sha256()
        self._folder.mkdir(exist_ok=True)
        with (
            files.replacing(self._folder / _name(first, last)) as pending,
            pq.ParquetWriter(
                pending.stream, ARROW_SCHEMA, compression="zstd", use_dictionary=_REPEATED_TEXTS
            ) as writer,
        ):
            for table in self._index.read(
                after=first - 1, until=last, batch_size=PIECE, digest=digest
            ):
                ordered = in_present_versions(table, self._event_types).sort_by(
                    [("type", "ascending"), ("position", "ascending")]
                )
                writer.write_table(ordered, row_group_size=_ROW_GROUP)
        mark = SegmentMark(
            first=first,
            versions=self._versions,
            events_sha256=digest.hexdigest(),
            file_sha256=pending.written.sha256,
        )
        self._index.record(mark)
        return Segment(path=pending.written.path, mark=mark, is_new=True)


def _name(first: int, last: int) -> str:
    return f"{first:012}-{last:012}.parquet"


def _has_digest(path: Path, sha256: str) -> bool:
    try:
        return sha256_file(path) == sha256
    except OSError:
        return False
