"""A ledger that lives as long as its process: for tests and throw-away analyses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import SplitResult
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder, POPOFactory

from lineage.ledger.envelope import RecordNotification, Row, StoredRecord
from lineage.ledger.leaves import encoding
from lineage.ledger.recorder import BEGINNING, CHECKPOINTS, LedgerRecorder

if TYPE_CHECKING:
    import pyarrow as pa

URL_FORM: Final = "memory://"


def environment(url: SplitResult, folder: Path) -> dict[str, str]:  # noqa: ARG001  # none of it matters
    """Return the settings of `Factory`, as `stores.Adapter` describes."""
    return {"PERSISTENCE_MODULE": "lineage.ledger.memory:Factory"}


class MemoryRecorder(POPOApplicationRecorder, LedgerRecorder):
    """Keeps events in a list, under the same rules as the stores on disk."""

    def append(self, rows: Sequence[Row]) -> int:
        """Append events, as `LedgerRecorder` describes."""
        positions = self.insert_events([StoredRecord(*row) for row in rows])
        return (positions or (0,))[0]

    def _assert_uniqueness(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super()._assert_uniqueness(stored_events, **kwargs)
        last: dict[str, int] = {}
        for stored in stored_events:
            stream = str(stored.originator_id)
            expected = last.get(stream, len(self._stored_events_index[stream])) + 1
            if stored.originator_version != expected:
                raise IntegrityError("the place is taken or leaves a gap")
            last[stream] = expected

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[RecordNotification]:
        """Return events from a position on, as `ApplicationRecorder` describes."""
        first = 1 if start is None else max(1, start + (not inclusive_of_start))
        last = None if stop is None else max(stop, 0)
        with self._database_lock:
            candidates = enumerate(self._records()[first - 1 : last], start=first)
            wanted = (
                RecordNotification(id=position, **vars(stored))
                for position, stored in candidates
                if not topics or stored.topic in topics
            )
            return [notification for notification, _ in zip(wanted, range(limit), strict=False)]

    def read_arrow(self, *, after: int, until: int, batch_size: int) -> Iterator[pa.Table]:
        """Yield ranges of events, as `LedgerRecorder` describes."""
        with self._database_lock:
            first = max(after, 0) + 1
            rows = list(enumerate(self._records()[first - 1 : max(until, 0)], start=first))
        for first in range(0, len(rows), batch_size):
            yield _table(rows[first : first + batch_size])

    def read_stream_arrow(self, stream: str) -> pa.Table:
        """Return the events of one stream, as `LedgerRecorder` describes."""
        with self._database_lock:
            records = self._records()
            rows = [(i + 1, records[i]) for i in self._stored_events_index[stream].values()]
        return _table(rows)

    def leaves(self, *, after: int, until: int) -> Iterator[list[bytes]]:
        """Yield what is hashed of events, as `LedgerRecorder` describes."""
        found = self.select_notifications(after, until - after, until, inclusive_of_start=False)
        yield [encoding.PREFIX + encoding.leaf_of(record) for record in found]

    def runs_of_task(self, task: str, limit: int) -> list[str]:
        """Return the latest runs of a task, as `LedgerRecorder` describes."""
        with self._database_lock:
            runs = [
                stored.run
                for stored in reversed(self._records())
                if stored.task == task
                and stored.originator_version == 1
                and stored.topic == BEGINNING
                and stored.run is not None
            ]
        return runs[:limit]

    def checkpoints_of_task(self, task: str, before: int, limit: int) -> list[RecordNotification]:
        """Return the latest events about checkpoints, as `LedgerRecorder` describes."""
        with self._database_lock:
            records = list(enumerate(self._records(), start=1))
        found = [
            RecordNotification(id=position, **vars(stored))
            for position, stored in reversed(records[: max(before - 1, 0)])
            if stored.task == task and stored.topic in CHECKPOINTS
        ]
        return found[:limit]

    def position_at(self, recorded_at_us: int) -> int:
        """Return the last position at a time, as `LedgerRecorder` describes."""
        with self._database_lock:
            records = self._records()
        positions = (i for i, s in enumerate(records, 1) if s.recorded_at_us <= recorded_at_us)
        return max(positions, default=0)

    def create_table(self) -> None:
        """Do nothing: memory needs no table."""

    def faults(self, *, is_deep: bool) -> list[str]:  # noqa: ARG002  # memory has no depth
        """Return nothing: memory has no pages and no guards that could be damaged."""
        return []

    def disconnect(self) -> None:
        """Keep everything: memory has no connections."""

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[RecordNotification]:
        """Return events of one stream with their positions, as `AggregateRecorder` describes."""
        with self._database_lock:
            chosen = super().select_events(originator_id, gt=gt, lte=lte, desc=desc, limit=limit)
            index = self._stored_events_index[str(originator_id)]
            return [
                RecordNotification(id=index[stored.originator_version] + 1, **vars(stored))
                for stored in chosen
            ]

    def _records(self) -> list[StoredRecord]:
        return cast("list[StoredRecord]", self._stored_events)  # the mapper makes no others


class Factory(POPOFactory):
    """Makes the recorder for `memory://` ledgers."""

    def application_recorder(self) -> ApplicationRecorder:
        """Return a new, empty recorder."""
        return MemoryRecorder()


def _table(rows: Sequence[tuple[int, StoredRecord]]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415  # start-up time

    from lineage.ledger.arrow import ARROW_SCHEMA  # noqa: PLC0415

    columns = {
        "position": [position for position, _ in rows],
        "stream": [stored.originator_id for _, stored in rows],
        "version": [stored.originator_version for _, stored in rows],
        "type": [stored.topic for _, stored in rows],
        "schema_version": [stored.schema_version for _, stored in rows],
        "recorded_at": [stored.recorded_at_us for _, stored in rows],
        "actor": [stored.actor for _, stored in rows],
        "run": [stored.run for _, stored in rows],
        "task": [stored.task for _, stored in rows],
        "causation": [stored.causation for _, stored in rows],
        "payload": [stored.state.decode() for _, stored in rows],
    }
    arrays = [pa.array(columns[field.name], field.type) for field in ARROW_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=ARROW_SCHEMA)
