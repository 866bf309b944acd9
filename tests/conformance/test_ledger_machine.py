"""Any sequence of appends and reads, against a plain list."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from strategies import events

from lineage.events import Event
from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import LedgerConflictError, LedgerUnavailableError
from lineage.ledger import EncryptionSettings, Ledger, NewEvents, RecordedEvent

streams = st.sampled_from(["a", "b", "run:1", "ü"])
tasks = st.none() | st.sampled_from(["t", "u"])
batches = st.lists(events, max_size=3)
bounds = st.none() | st.integers(-1, 12)


class LedgerMachine(RuleBasedStateMachine):
    """Does to a ledger what it does to a list, and compares the two."""

    url: ClassVar[str] = "memory://"
    is_encrypted: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = SteppingClock(start=datetime(2026, 1, 1, tzinfo=UTC))
        self.ledger = self.open()
        self.model: list[RecordedEvent] = []

    def open(self) -> Ledger:
        """Open the ledger."""
        url = self.url.format(folder=self.folder)
        wanted = EncryptionSettings(is_wanted=self.is_encrypted)
        return Ledger(url, clock=self.clock, actor="machine", encryption=wanted)

    def teardown(self) -> None:
        """Close the ledger and remove its file."""
        self.ledger.close()
        shutil.rmtree(self.folder)

    def length(self, stream: str) -> int:
        """Return the number of events that the list has of a stream."""
        return sum(event.stream == stream for event in self.model)

    @rule(stream=streams, batch=batches, task=tasks)
    def append(self, stream: str, batch: list[Event], task: str | None) -> None:
        """Append at the right version."""
        version = self.length(stream)
        recorded = self.ledger.append(
            stream, batch, expected_version=version, run=stream, task=task
        )

        assert [event.event for event in recorded] == batch
        assert [event.version for event in recorded] == [
            version + number for number in range(1, len(batch) + 1)
        ]
        self.model += recorded

    @rule(
        batches=st.dictionaries(streams, batches, max_size=3),
        wrong=st.none() | st.tuples(streams, st.sampled_from([-1, 1])),
    )
    def append_to_several_streams(
        self, batches: dict[str, list[Event]], wrong: tuple[str, int] | None
    ) -> None:
        """Append to several streams at once, one of them perhaps at a wrong version."""
        stream, off = wrong or ("", 0)
        appends = [
            NewEvents(stream=s, events=b, expected_version=self.length(s) + off * (s == stream))
            for s, b in batches.items()
        ]
        if batches.get(stream):
            with pytest.raises(LedgerConflictError, match="stream"):
                self.ledger.append_all(appends)
        else:
            self.model += self.ledger.append_all(appends)

    @rule(stream=streams, batch=batches.filter(bool), off=st.sampled_from([-2, -1, 1, 2]))
    def append_at_another_version(self, stream: str, batch: list[Event], off: int) -> None:
        """Append at a wrong version, which must change nothing."""
        with pytest.raises(LedgerConflictError, match="stream"):
            self.ledger.append(stream, batch, expected_version=self.length(stream) + off)

    @rule(after=st.integers(-1, 12), until=bounds)
    def read(self, after: int, until: int | None) -> None:
        """Read a range one by one and in bulk."""
        wanted = self.model[max(after, 0) : None if until is None else max(until, 0)]

        assert list(self.ledger.read(after=after, until=until)) == wanted
        tables = self.ledger.read_arrow(after=after, until=until)
        rows = [row for table in tables for row in table.to_pylist()]
        assert [(row["position"], row["payload"].encode()) for row in rows] == [
            (event.position, event.event.to_payload()) for event in wanted
        ]

    @rule(stream=streams, after=st.integers(0, 5))
    def read_stream(self, stream: str, after: int) -> None:
        """Read a stream from a version on."""
        wanted = [event for event in self.model if event.stream == stream]

        assert self.ledger.read_stream(stream, after=after) == wanted[after:]
        assert self.ledger.read_stream_arrow(stream)["position"].to_pylist() == [
            event.position for event in wanted
        ]

    @rule(task=st.sampled_from(["t", "u"]), limit=st.integers(1, 3))
    def ask_for_runs(self, task: str, limit: int) -> None:
        """Ask for the latest runs of a task."""
        runs = [
            event.run
            for event in reversed(self.model)
            if event.task == task and event.version == 1 and event.event.TOPIC == "run.started"
        ]

        assert self.ledger.runs_of_task(task, limit=limit) == runs[:limit]

    @rule(task=st.sampled_from(["t", "u"]))
    def ask_for_checkpoints(self, task: str) -> None:
        """Ask what was recorded about the checkpoints of a task."""
        wanted = [
            event
            for event in reversed(self.model)
            if event.task == task and event.event.TOPIC.startswith("checkpoint.")
        ]

        assert list(self.ledger.checkpoints_of_task(task)) == wanted

    @rule(seconds=st.integers(-1, 30))
    def ask_for_a_position(self, seconds: int) -> None:
        """Ask where the ledger ended at a time."""
        moment = self.clock.start + timedelta(seconds=seconds)
        known = [event.position for event in self.model if event.recorded_at <= moment]

        assert self.ledger.position_at(moment) == (known[-1] if known else 0)

    @invariant()
    def head_is_the_length(self) -> None:
        """Positions have no gap."""
        assert self.ledger.head() == len(self.model)
        assert [event.position for event in self.model] == list(range(1, len(self.model) + 1))


class SQLiteMachine(LedgerMachine):
    """The same on a file, which can be closed and opened again."""

    url = "sqlite://{folder}/ledger.db"

    @rule()
    def reopen(self) -> None:
        """Close the ledger and open it again."""
        closed = self.ledger
        closed.close()
        self.ledger = self.open()

        with pytest.raises(LedgerUnavailableError, match="closed"):
            closed.head()

    @rule(stream=streams)
    def read_through_a_second_ledger(self, stream: str) -> None:
        """What is acknowledged is seen by everybody at once."""
        other = self.open()
        seen = other.read_stream(stream)
        other.close()

        assert seen == [event for event in self.model if event.stream == stream]


class EncryptedMachine(SQLiteMachine):
    """The same with encrypted payloads."""

    is_encrypted = True

    def open(self) -> Ledger:
        """Open the ledger; its master key is in the environment meanwhile and afterwards."""
        os.environ["LINEAGE_MASTER_KEY"] = "5e" * 32
        return super().open()

    def teardown(self) -> None:
        """Close the ledger, remove its file, and forget the key."""
        super().teardown()
        os.environ.pop("LINEAGE_MASTER_KEY", None)


TestMemory = LedgerMachine.TestCase
TestMemory.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestSQLite = SQLiteMachine.TestCase
TestSQLite.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestEncrypted = EncryptedMachine.TestCase
TestEncrypted.settings = settings(max_examples=10, stateful_step_count=15, deadline=None)
