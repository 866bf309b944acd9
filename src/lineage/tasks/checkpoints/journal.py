"""Record that checkpoints are made and discarded, and limit those that nobody named."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any, Final, Literal

from lineage.domain.run import RecordCheckpoint
from lineage.events import CheckpointDiscarded, CheckpointKind
from lineage.kernel.errors import CommandRejectedError
from lineage.recording.error_facts import error_fact
from lineage.recording.recorder import RunRecorder
from lineage.tasks.checkpoints.history import KeptCheckpoint, kept_checkpoints
from lineage.tasks.checkpoints.states import CheckpointStates

LOOKED_THROUGH: Final = 20
"""Times the limit: events that are looked through for checkpoints of earlier runs.

Two events each are enough where none is named; what lies behind many named ones stays until
`TaskContextManager.cleanup_old_checkpoints`. The whole history would cost more with each run.
"""

Reason = Literal["limit", "request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Automatic:
    run: str
    name: str
    file_sha256: str | None


class CheckpointJournal:
    """Writes about the checkpoints of one task. Safe for many threads.

    Args:
        recorder: The history of the run that makes them.
        states: Where their states are kept.
        limit: How many that nobody named are kept, over all runs of the task.
        logger: Gets a line for each file that cannot be removed.
    """

    def __init__(
        self,
        recorder: RunRecorder,
        states: CheckpointStates,
        *,
        limit: int,
        logger: logging.Logger,
    ) -> None:
        self._recorder = recorder
        self._states = states
        self._limit = limit
        self._logger = logger
        self._lock = RLock()
        # oldest first; None until the first is made
        self._automatic: deque[_Automatic] | None = None
        self._file_of_name: dict[str, str] = {}

    def record(
        self, state: Mapping[str, Any], kind: CheckpointKind, name: str | None = None
    ) -> tuple[str, RecordCheckpoint]:
        """Keep a state and return its name with what was recorded.

        In the same transaction the oldest that nobody named are discarded, if they exceed the
        limit.

        Raises:
            LineageError: As of `TaskContextManager.save_execution_state`.
        """
        with self._lock:
            surplus = [] if kind == "named" else self._surplus()
            kept = self._states.keep(state, name=name, kind=kind)
            command = replace(kept, discarded=tuple(map(_given_up, surplus)))
            try:
                given = self._recorder.checkpoint(command)
            except CommandRejectedError:
                self._remove_file(_file_of(command))
                raise
            self._note(given, command, surplus)
        return given, command

    def discard(self, checkpoints: Iterable[KeptCheckpoint], reason: Reason) -> None:
        """Discard checkpoints and remove their files.

        Raises:
            LedgerUnavailableError: The ledger cannot be written.
        """
        by_run: dict[str, list[CheckpointDiscarded]] = {}
        given_up = list(checkpoints)
        for kept in given_up:
            event = CheckpointDiscarded(run=kept.run, name=kept.event.name, reason=reason)
            by_run.setdefault(self._run_to_write(kept), []).append(event)
        with self._lock:
            for run, events in by_run.items():
                self._recorder_of(run).discard_checkpoints(events)
            self._automatic = None
            for kept in given_up:
                self._remove_file(kept.file_sha256)

    def _surplus(self) -> list[_Automatic]:
        """Return the oldest that must make room for one more, including those of earlier runs."""
        if self._automatic is None:
            ledger, events = self._recorder.project.ledger, LOOKED_THROUGH * self._limit
            recent = kept_checkpoints(ledger, self._recorder.task_id, events=events)
            newest_first = [
                _Automatic(run=kept.run, name=kept.event.name, file_sha256=kept.file_sha256)
                for kept in recent
                if kept.event.kind != "named"
            ]
            self._automatic = deque(reversed(newest_first))
        return list(self._automatic)[: max(len(self._automatic) + 1 - self._limit, 0)]

    def _note(self, name: str, command: RecordCheckpoint, surplus: list[_Automatic]) -> None:
        """Remember what was recorded, and remove the files that are no longer needed."""
        file = _file_of(command)
        if command.kind == "named":
            self._remove_file(self._file_of_name.pop(name, None))
            if file is not None:
                self._file_of_name[name] = file
        elif self._automatic is not None:
            self._automatic.append(
                _Automatic(run=self._recorder.run_id, name=name, file_sha256=file)
            )
            for old in surplus:
                self._automatic.popleft()
                self._remove_file(old.file_sha256)

    def _run_to_write(self, kept: KeptCheckpoint) -> str:
        return self._recorder.run_id if self._recorder.is_open else kept.run

    def _recorder_of(self, run: str) -> RunRecorder:
        own = self._recorder
        return own if run == own.run_id else RunRecorder(own.project, own.task_id, run_id=run)

    def _remove_file(self, sha256: str | None) -> None:
        if sha256 is None:
            return
        try:
            self._states.remove(sha256)
        except OSError as error:  # `lineage doctor` removes it later
            self._logger.warning("checkpoint file not removed: %s", error_fact(error).message)


def _given_up(automatic: _Automatic) -> CheckpointDiscarded:
    return CheckpointDiscarded(run=automatic.run, name=automatic.name, reason="limit")


def _file_of(command: RecordCheckpoint) -> str | None:
    return command.sha256 if command.state is None else None
