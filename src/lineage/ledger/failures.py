"""Report failures in this product's terms, not in those of the store's library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    IntegrityError,
    PersistenceError,
)

from lineage.kernel.errors import LedgerConflictError, LedgerUnavailableError
from lineage.ledger import stores
from lineage.ledger.envelope import NewEvents


@contextmanager
def translated(url: str, stream: str) -> Iterator[None]:
    """Raise our errors in place of the library's.

    Args:
        url: The URL of the ledger.
        stream: What is read or written, for a reader.
    """
    try:
        yield
    except IntegrityError as error:
        raise LedgerConflictError(
            stream, problem="another writer has just appended an event at that version"
        ) from error
    except (PersistenceError, ConnectionPoolClosedError) as error:
        raise LedgerUnavailableError(
            f"ledger {stores.without_password(url)}",
            problem=str(error) or "it is closed",
            remedy=stores.remedy(str(error)),
        ) from error


def streams_of(appends: Sequence[NewEvents]) -> str:
    """Name the streams of appends for a reader."""
    streams = list(dict.fromkeys(new.stream for new in appends if new.events))
    return f"stream {streams[0]!r}" if len(streams) == 1 else f"one of {len(streams)} streams"
