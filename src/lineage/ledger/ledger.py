"""The ledger: the one place where history is written and read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from eventsourcing.utils import Environment, EnvType

from lineage.events import Event, EventTypes, default_event_types
from lineage.kernel import host
from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import LedgerUnavailableError
from lineage.ledger import acting, stores
from lineage.ledger.envelope import NewEvents, RecordedEvent, Row, time_of, to_microseconds
from lineage.ledger.event_rows import EventRow, is_unreadable, row_of
from lineage.ledger.failures import streams_of, translated
from lineage.ledger.leaves import encoding
from lineage.ledger.ledger_store import EncryptionSettings, LedgerStore
from lineage.ledger.mapper import EventMapper
from lineage.ledger.recorder import (
    FOLDER_COMES_KEY,
    LOCK_TIMEOUT_KEY,
    LOCK_TIMEOUT_S,
    LedgerRecorder,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage.ledger.envelope import RecordNotification
    from lineage.ledger.segments import Segments

BATCH_SIZE: Final = 50_000
"""Events of one table of a bulk read."""

FOLD_SIZE: Final = 1_000
"""Events of one stream held at a time; more would cost garbage collection."""

CHECKPOINT_PAGE: Final = 20
"""Events about checkpoints held at a time; each may hold a megabyte."""


class Ledger(LedgerStore):
    """An append-only sequence of events, in streams of one aggregate each.

    Args:
        url: Where the events are: "sqlite:///absolute/path", "memory://". The `eventsourcing`
            environment variables are ignored.
        clock: Gives `recorded_at`.
        actor: Who records; "user@host" when None, with LINEAGE_ACTOR before it if that is set.
        event_types: The event classes to use; those of this release when None.
        folder: What a relative path ("sqlite:name.db") begins at; None for the current folder.
        lock_timeout_s: Seconds a writer waits for another one before it gives up.
        before_first: Called before the first append; what it raises keeps it from happening.
        folder_comes: The folder of the file may be missing until then.
        encryption: Whether it is to be encrypted, and where the keyring is.

    Raises:
        ConfigurationError: The URL names a store that this release does not know.
        LedgerUnavailableError: The store cannot be opened.
    """

    def __init__(  # noqa: PLR0913  # only its stores and the project set more than two
        self,
        url: str,
        *,
        clock: Clock | None = None,
        actor: str | None = None,
        event_types: EventTypes | None = None,
        folder: Path | None = None,
        lock_timeout_s: float = LOCK_TIMEOUT_S,
        before_first: Callable[[], None] | None = None,
        folder_comes: bool = False,
        encryption: EncryptionSettings | None = None,
    ) -> None:
        self._before_first = before_first
        self.url = url
        self.clock = clock or SystemClock()
        self._actor = actor or host.actor()
        self.event_types = event_types or default_event_types()
        self._pid = os.getpid()
        with self._translated():
            super().__init__(
                {
                    **stores.environment(url, folder or Path.cwd()),
                    LOCK_TIMEOUT_KEY: str(lock_timeout_s),
                    FOLDER_COMES_KEY: "y" if folder_comes else "",
                    **(encryption or EncryptionSettings()).to_environment(),
                }
            )

    @property
    def actor(self) -> str:
        """Who records what is appended now, see `acting`."""
        return acting.present() or self._actor

    def append(
        self,
        stream: str,
        events: Sequence[Event],
        *,
        expected_version: int,
        run: str | None = None,
        task: str | None = None,
        causations: Sequence[int | None] | None = None,
    ) -> list[RecordedEvent]:
        """Append events to a stream, all or none, and return after they are durable.

        Args:
            stream: The aggregate they belong to.
            events: What happened, in order; if empty, nothing is checked or written.
            expected_version: Number of events the stream has now, as far as the caller knows.
            run: The run they concern.
            task: The task they concern.
            causations: For each event the version that led to it.

        Returns:
            The events with their envelope and position, in order.

        Raises:
            LedgerConflictError: The stream has another number of events.
            LedgerError: A text is empty where it must not be, or cannot be stored.
            LedgerUnavailableError: The store cannot be written (full, locked, read-only).
        """
        new = NewEvents(
            stream=stream,
            events=events,
            expected_version=expected_version,
            run=run,
            task=task,
            causations=causations,
        )
        return self.append_all([new])

    def append_all(self, appends: Sequence[NewEvents]) -> list[RecordedEvent]:
        """Append events to several streams in one transaction, all or none.

        Args:
            appends: What each stream gets, in the order of the positions. A stream may occur
                again, with the version that the earlier appends lead to.

        Returns:
            The events with their envelope and position, in order.

        Raises:
            LedgerConflictError: A stream has another number of events.
            LedgerError: A text is empty where it must not be, or cannot be stored; or the ledger
                is encrypted, and has no key here (`LedgerLockedError`), or a stream was erased.
            LedgerUnavailableError: The store cannot be written (full, locked, read-only).
        """
        now = self.clock.now()
        mapper = cast("EventMapper", self.mapper)
        rows = [row for new in appends for row in mapper.to_rows(new, now, self.actor)]
        if not rows:
            return []
        self._prepare()
        with self._translated(streams_of(appends)):
            first = self._recorder.append(rows)
        events = (event for new in appends for event in new.events)
        return [
            RecordedEvent(stream, version, event, now, self.actor, run, task, cause, position)
            for position, (event, (stream, version, *_, run, task, cause)) in enumerate(
                zip(events, rows, strict=True), first
            )
        ]

    def copy_stream(self, source: Ledger, stream: str) -> None:
        """Append the events that a stream has in another ledger; here it must have none.

        Raises:
            LedgerConflictError: The stream has events here.
            LedgerUnavailableError: One of the stores cannot be used.
        """
        recorded = source.read_stream(stream)
        self.append(
            stream,
            [r.event for r in recorded],
            expected_version=0,
            run=recorded[0].run if recorded else None,
            task=recorded[0].task if recorded else None,
            causations=[r.causation for r in recorded],
        )

    def read_stream(self, stream: str, *, after: int = 0) -> list[RecordedEvent]:
        """Return the events of a stream from version `after` + 1 on, in order.

        Raises:
            LedgerUnavailableError: The store cannot be read.
            UnknownEventError: An event is of a newer release.
        """
        return list(self.iter_stream(stream, after=after))

    def last_of_stream(self, stream: str) -> RecordedEvent | None:
        """Return the last event of a stream without reading the others; None if it has none.

        Raises:
            LedgerUnavailableError: The store cannot be read.
            UnknownEventError: The event is of a newer release.
        """
        with self._translated():
            found = self._recorder.select_events(stream, desc=True, limit=1)
        return cast("RecordedEvent", self.mapper.to_domain_event(found[0])) if found else None

    def iter_stream(self, stream: str, *, after: int = 0) -> Iterator[RecordedEvent]:
        """Yield what `read_stream` returns, for a fold that keeps no event.

        Raises:
            LedgerUnavailableError: The store cannot be read.
            UnknownEventError: An event is of a newer release.
        """
        while True:
            with self._translated():
                records = self._recorder.select_events(stream, gt=after, limit=FOLD_SIZE)
            for record in records:
                yield cast("RecordedEvent", self.mapper.to_domain_event(record))
            if len(records) < FOLD_SIZE:
                return
            after = records[-1].originator_version

    def read(
        self,
        *,
        after: int = 0,
        until: int | None = None,
        on_unreadable: Callable[[int], None] | None = None,
    ) -> Iterator[RecordedEvent]:
        """Yield the events of all streams by position, `after` < p <= `until`.

        Args:
            after: Position before the first.
            until: Position of the last; the end when None.
            on_unreadable: Called with the position of an event that is locked or erased, instead
                of the error.

        Raises:
            LedgerUnavailableError: The store cannot be read.
            LedgerLockedError: An event is encrypted, and no master key is set.
            ErasedError: An event was erased.
            UnknownEventError: An event is of a newer release.
        """
        last = self.head() if until is None else until
        while after < last:
            with self._translated():
                notifications = self._recorder.select_notifications(
                    after, BATCH_SIZE, last, inclusive_of_start=False
                )
            for notification in notifications:
                if on_unreadable is not None and is_unreadable(notification):
                    on_unreadable(notification.id)
                else:
                    yield cast("RecordedEvent", self.mapper.to_domain_event(notification))
            if not notifications:
                return
            after = notifications[-1].id

    def mark_at(self, position: int) -> tuple[str, int, datetime] | None:
        """Return stream, version and time of the event at a position; None if there is none.

        What happened is not looked at, so no event class is needed.

        Raises:
            LedgerError: The store cannot be read, or the time is damaged.
        """
        with self._translated():
            found = self._recorder.select_notifications(position, 1, position)
        for record in cast("list[RecordNotification]", found):  # our recorders give nothing else
            return str(record.originator_id), record.originator_version, time_of(record)
        return None

    def head(self) -> int:
        """Return the position of the last event; 0 when there is none."""
        with self._translated():
            return self._recorder.max_notification_id() or 0

    def read_arrow(self, *, after: int = 0, until: int | None = None) -> Iterator[pa.Table]:
        """Yield the same events as `read` in tables with `arrow.ARROW_SCHEMA`.

        Payloads of older schema versions come as the present version would have stored them.

        Raises:
            LedgerUnavailableError: The store cannot be read.
            UnknownEventError: An event is of a newer release.
        """
        last = self.head() if until is None else until
        from lineage.ledger.arrow import in_present_versions  # noqa: PLC0415  # start-up time

        with self._translated():
            for table in self._recorder.read_arrow(after=after, until=last, batch_size=BATCH_SIZE):
                yield in_present_versions(table, self.event_types)

    def read_rows(self, *, after: int, until: int) -> list[EventRow]:
        """Return the same events as `read_arrow`, without Arrow: the quicker way for few.

        Raises:
            LedgerUnavailableError: The store cannot be read.
            UnknownEventError: An event is of a newer release.
        """
        with self._translated():
            found = self._recorder.select_notifications(
                after, until - after, until, inclusive_of_start=False
            )
        return [row_of(record, self.event_types) for record in found]

    def leaf_hashes(self, *, after: int, until: int) -> Iterator[list[bytes]]:
        """Yield the hashes of stored events, `after` < p <= `until`, in batches (`leaves`)."""
        with self._translated():
            for batch in self._recorder.leaves(after=after, until=until):
                yield encoding.hashes(batch)

    def leaf(self, position: int) -> bytes:
        """Return what is hashed of an event after a zero byte; empty if there is no such event."""
        with self._translated():
            batches = self._recorder.leaves(after=position - 1, until=position)
            return next((leaf[1:] for batch in batches for leaf in batch), b"")

    def segments(self) -> Segments | None:
        """Return the files that hold old events, too; None if the store keeps none."""
        index, folder = self._recorder.segment_index, self.segment_folder
        if index is None or folder is None or self.is_encrypted:  # they would be in the clear
            return None
        from lineage.ledger.segments import Segments  # noqa: PLC0415  # start-up time

        return Segments(index, folder, self.event_types)

    def read_stream_arrow(self, stream: str) -> pa.Table:
        """Return one stream as `read_arrow` would."""
        from lineage.ledger.arrow import in_present_versions  # noqa: PLC0415  # start-up time

        with self._translated():
            return in_present_versions(self._recorder.read_stream_arrow(stream), self.event_types)

    def runs_of_task(self, task: str, *, limit: int = 1) -> list[str]:
        """Return the ids of the latest runs that began, newest first.

        The cost does not depend on how many runs there are.
        """
        with self._translated():
            return self._recorder.runs_of_task(task, limit)

    def checkpoints_of_task(self, task: str) -> Iterator[RecordedEvent]:
        """Yield what was recorded about the checkpoints of a task's runs, newest first.

        What was erased is left out.

        The cost does not depend on what else was recorded.

        Raises:
            LedgerUnavailableError: The store cannot be read.
            UnknownEventError: An event is of a newer release.
        """
        before = 2**63 - 1
        while True:
            with self._translated():
                page = self._recorder.checkpoints_of_task(task, before, CHECKPOINT_PAGE)
            for record in page:
                if record.unreadable != "erased":
                    yield cast("RecordedEvent", self.mapper.to_domain_event(record))
            if len(page) < CHECKPOINT_PAGE:
                return
            before = page[-1].id

    def position_at(self, moment: datetime) -> int:
        """Return the last position recorded at or before a timezone-aware time; 0 if none."""
        with self._translated():
            return self._recorder.position_at(to_microseconds(moment))

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Return the library's settings, untouched by the process's environment."""
        return Environment(name, dict(env or {}))

    def construct_mapper(self) -> EventMapper:
        """Return the mapper for events with an envelope."""
        return EventMapper(self.event_types)

    @property
    def _recorder(self) -> LedgerRecorder:
        if os.getpid() != self._pid:
            raise LedgerUnavailableError(
                "ledger",
                problem="opened by another process, from which this one was forked",
                remedy="open the project again in the child, or start it with 'spawn'",
            )
        return cast("LedgerRecorder", self.recorder)  # our factories make no others

    def _rows_of(self, new: NewEvents) -> list[Row]:
        mapper = cast("EventMapper", self.mapper)
        return mapper.to_rows(new, self.clock.now(), self.actor)

    def _prepare(self) -> None:
        if self._before_first is not None:
            self._before_first()
            self._before_first = None

    def _translated(self, stream: str = "stream") -> AbstractContextManager[None]:
        return translated(self.url, stream)
