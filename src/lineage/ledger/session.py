"""Carry out commands: fold the stream, decide, append, and repeat if another writer was faster."""

# ruff: noqa: SLF001  # sessions that are flushed together look into each other
from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from threading import RLock
from typing import Any, Final, Generic

from lineage.domain.decider import Command, Decider, State
from lineage.events import Event
from lineage.kernel.errors import CommandRejectedError, LedgerConflictError
from lineage.ledger.envelope import NewEvents, RecordedEvent
from lineage.ledger.ledger import Ledger

BUFFER_LIMIT: Final = 1_000
"""Buffered events after which a flush is due."""

MAX_CONFLICTS: Final = 100
"""Times a command is decided again before giving up."""


class Session(Generic[State, Command]):
    """The state of one stream, kept in step with the ledger. Safe for many threads.

    Args:
        ledger: Where the stream is.
        decider: The rules of the stream.
        stream: Its name.
        run: The run that its events concern.
        task: The task that its events concern.
        causation: Given the state and an event, the version that led to it.
        is_new: Assume that the stream is empty; an append finds out whether it is.
        since: A version of the stream and the state after it, from where to go on.
    """

    def __init__(
        self,
        ledger: Ledger,
        decider: Decider[State, Command],
        stream: str,
        *,
        run: str | None = None,
        task: str | None = None,
        causation: Callable[[State, Event], int | None] | None = None,
        is_new: bool = False,
        since: tuple[int, State] | None = None,
    ) -> None:
        self.stream = stream
        self._ledger = ledger
        self._decider = decider
        self._run = run
        self._task = task
        self._causation = causation
        self._lock = RLock()
        self._version, self._recorded_state = since or (0, decider.initial)
        self._state = self._recorded_state
        self._buffered: list[Command] = []
        self._pending: list[tuple[Event, int | None]] = []  # each with its cause
        if not is_new:
            self._catch_up()
            self._state = self._recorded_state

    @property
    def state(self) -> State:
        """The state as of the last event this session knows, buffered ones included."""
        with self._lock:
            return self._state

    def handle(self, command: Command, *, durably: bool = True) -> list[RecordedEvent]:
        """Decide a command and append what it leads to.

        Args:
            command: What to do.
            durably: False keeps the events in memory until the next durable command, `flush`,
                or 1,000 of them.

        Returns:
            The appended events, those that were buffered before included.

        Raises:
            CommandRejectedError: The rules refuse it; nothing is recorded. If another writer
                made a buffered command impossible, the buffer is gone.
            LedgerConflictError: Other writers were faster 100 times.
            LedgerUnavailableError: The store cannot be written.
        """
        with self._lock:
            self._decide_up_to_date(command)
            self._buffered.append(command)
            if not durably and len(self._pending) < BUFFER_LIMIT:
                return []
            return self.flush()

    def flush(self) -> list[RecordedEvent]:
        """Append the buffered events and return them.

        Raises:
            CommandRejectedError: Another writer made a buffered command impossible.
            LedgerConflictError: As in `handle`.
            LedgerUnavailableError: The store cannot be written.
        """
        with self._lock:
            return _append_or_forget([self])

    @staticmethod
    def flush_all(sessions: Sequence[Session[Any, Any]]) -> list[RecordedEvent]:
        """Append the buffered events of several sessions in one transaction, all or none.

        Args:
            sessions: Sessions of one ledger, each with its own stream, in the order of the
                positions.

        Raises:
            CommandRejectedError: Another writer made a buffered command impossible.
            LedgerConflictError: Other writers were faster 100 times.
            LedgerUnavailableError: The store cannot be written.
        """
        with ExitStack() as locks:
            for session in sorted(sessions, key=id):  # one order, or two threads could wait forever
                locks.enter_context(session._lock)
            return _append_or_forget(sessions)

    def catch_up(self) -> None:
        """Read what other writers have appended since.

        Raises:
            CommandRejectedError: Another writer made a buffered command impossible.
            LedgerUnavailableError: The store cannot be read.
        """
        with self._lock:
            self._take_news()

    def _decide_up_to_date(self, command: Command) -> None:
        # An append checks that nobody has written since; where there is none, look.
        try:
            self._decide(command)
            if self._pending:
                return
        except CommandRejectedError:
            if not self._take_news():
                raise
        else:
            if not self._take_news():
                return
        self._decide(command)

    def _take_news(self) -> bool:
        version = self._version
        self._catch_up()
        if self._version != version:
            self._decide_again(self._buffered)
        return self._version != version

    def _decide(self, command: Command) -> None:
        for event in self._decider.decide(self._state, command):
            cause = self._causation(self._state, event) if self._causation else None
            self._pending.append((event, cause))
            self._state = self._decider.evolve(self._state, event)

    def _decide_again(self, commands: list[Command]) -> None:
        self._state = self._recorded_state
        self._pending = []
        try:
            for command in commands:
                self._decide(command)
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        self._buffered = []
        self._pending = []
        self._state = self._recorded_state

    def _new_events(self) -> NewEvents:
        return NewEvents(
            stream=self.stream,
            events=[event for event, _ in self._pending],
            expected_version=self._version,
            run=self._run,
            task=self._task,
            causations=[cause for _, cause in self._pending],
        )

    def _settle(self) -> None:
        self._version += len(self._pending)
        self._recorded_state = self._state

    def _catch_up(self) -> None:
        version, state = self._version, self._recorded_state
        for recorded in self._ledger.iter_stream(self.stream, after=version):
            version, state = recorded.version, self._decider.evolve(state, recorded.event)
        self._version, self._recorded_state = version, state


def _append_or_forget(sessions: Sequence[Session[Any, Any]]) -> list[RecordedEvent]:
    try:
        return _append_pending(sessions)
    finally:
        # After an append nothing is left to forget; otherwise nothing was recorded.
        for session in sessions:
            session._forget()


def _append_pending(sessions: Sequence[Session[Any, Any]]) -> list[RecordedEvent]:
    conflicts = 0
    while sessions:
        try:
            recorded = sessions[0]._ledger.append_all([s._new_events() for s in sessions])
        except LedgerConflictError as error:
            conflicts += 1
            if conflicts == MAX_CONFLICTS:
                problem = f"{MAX_CONFLICTS} conflicts in a row"
                raise LedgerConflictError(error.subject, problem=problem) from error
            for session in sessions:
                session._catch_up()
                session._decide_again(session._buffered)
        else:
            for session in sessions:
                session._settle()
            return recorded
    return []
