"""What a store must offer beyond the `eventsourcing` recorder: bulk reads and three look-ups."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventsourcing.persistence import ApplicationRecorder

from lineage.ledger.envelope import RecordNotification, Row

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage.ledger.encryption.recorder import RecorderEncryption
    from lineage.ledger.segments import SegmentIndex

LOCK_TIMEOUT_KEY: Final = "LOCK_TIMEOUT_S"
"""Setting of a store: seconds a writer waits for another one."""

LOCK_TIMEOUT_S: Final = 60
"""Seconds a writer waits for another one before it gives up, by default."""

FOLDER_COMES_KEY: Final = "FOLDER_COMES"
"""Setting of a store: the folder of its file is made before the first append."""


ENCRYPTION_KEY: Final = "ENCRYPTION"
"""Setting of a store: a ledger without events becomes an encrypted one."""

KEYRING_KEY: Final = "KEYRING"
"""Setting of a store: the folder of the keyring."""


BEGINNING: Final = "run.started"
"""Type of the event with which a run begins (`lineage.events.RunStarted`)."""

CHECKPOINTS: Final = ("checkpoint.recorded", "checkpoint.discarded")
"""Types of the events about checkpoints."""


class LedgerRecorder(ApplicationRecorder):
    """An append-only store of events with their envelope.

    Attributes:
        file: The file that holds the events; None if the store is not a file.
    """

    file: Path | None = None

    @property
    def segment_index(self) -> SegmentIndex | None:
        """What it has on record of segments; None if it keeps none."""
        return None

    @property
    def encryption(self) -> RecorderEncryption | None:
        """What it does about encrypted payloads; None if it stores none."""
        return None

    @abstractmethod
    def append(self, rows: Sequence[Row]) -> int:
        """Append events, all or none, and return the position of the first when they are durable.

        Args:
            rows: At least one; the others get the positions that follow.

        Raises:
            IntegrityError: An event's place in its stream is taken, or leaves a gap.
        """

    @abstractmethod
    def read_arrow(self, *, after: int, until: int, batch_size: int) -> Iterator[pa.Table]:
        """Yield the events of positions `after` < p <= `until` in order.

        Args:
            after: Position before the first one wanted; 0 for all.
            until: Last position wanted.
            batch_size: Most rows of one table.

        Yields:
            Tables with `arrow.ARROW_SCHEMA`.
        """

    @abstractmethod
    def read_stream_arrow(self, stream: str) -> pa.Table:
        """Return all events of one stream in order, with `arrow.ARROW_SCHEMA`."""

    @abstractmethod
    def leaves(self, *, after: int, until: int) -> Iterator[list[bytes]]:
        """Yield what is hashed of the events `after` < p <= `until`, in batches (`leaves`).

        Each leaf comes after the zero byte that RFC 9162 puts before it.

        Raises:
            IntegrityError: An envelope has a text that no writer of ours stores.
        """

    @abstractmethod
    def runs_of_task(self, task: str, limit: int) -> list[str]:
        """Return the ids of the latest runs that began, newest first, at most `limit`."""

    @abstractmethod
    def checkpoints_of_task(self, task: str, before: int, limit: int) -> list[RecordNotification]:
        """Return the latest events about checkpoints of a task's runs, newest first.

        Args:
            task: The task.
            before: Only events of smaller positions.
            limit: Maximum number.
        """

    @abstractmethod
    def position_at(self, recorded_at_us: int) -> int:
        """Return the last position recorded at or before a time; 0 if there is none."""

    @abstractmethod
    def create_table(self) -> None:
        """Make the store, without events, if there is none."""

    @abstractmethod
    def faults(self, *, is_deep: bool) -> list[str]:
        """Return what is wrong with the store: missing or altered guards, if deep also damage."""

    @abstractmethod
    def disconnect(self) -> None:
        """Close the connections that nobody uses; the next call opens one."""
