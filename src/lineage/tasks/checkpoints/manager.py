"""Save the state of a run as it works, so that it can be resumed from there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from lineage.domain.run import RunStatus
from lineage.events import WarningRaised
from lineage.kernel import errors, paths
from lineage.kernel.secrets.redaction import redacted
from lineage.project import Project
from lineage.recording.error_facts import error_fact
from lineage.recording.recorder import RunRecorder
from lineage.tasks.checkpoints import fit
from lineage.tasks.checkpoints.history import KeptCheckpoint, find_checkpoint, kept_checkpoints
from lineage.tasks.checkpoints.journal import CheckpointJournal
from lineage.tasks.checkpoints.states import CheckpointStates
from lineage.tasks.security.encryption import EncryptionManager
from lineage.upkeep.liveness import RECENT_RUNS

__all__ = ["MAX_CHECKPOINTS", "TaskContextManager"]

MAX_CHECKPOINTS: Final = 10
"""How many checkpoints that nobody named are kept per task."""


class TaskContextManager:
    """Keeps the state of a run in the ledger, and finds what this task kept earlier.

    A state is a mapping, and comes back as a dictionary with what it held: None, booleans,
    numbers (infinities and NaN, `Decimal` and `complex` among them), texts, bytes, dates, times
    (of no zone, a fixed offset or a `ZoneInfo`), `timedelta`, `UUID` and `Path`, and lists,
    tuples, sets, frozen sets and dictionaries of these, with keys of any of these types. Numbers
    of numpy come back as Python's, its arrays as lists. Anything else is refused when it is
    saved, with its place and type. Safe for many threads. As a context manager it keeps
    `current_state` when an exception passes.

    Checkpoints are named in each run. "cp1" means the newest of that name in any run of the
    task, "<run>/cp1" that of one run, given by its id or at least 4 characters of it.

    Args:
        recorder: The history of a run that has begun. That of a run that never begins serves
            for reading; `of_task` makes one.
        encryption: How the task encrypts; None for not at all. If it does, no state is kept in
            the ledger: each has an encrypted file.
        logger: Gets warnings about damaged checkpoints; this module's logger when None.
        max_checkpoints: How many that nobody named are kept of the task, over all its runs.

    Attributes:
        current_state: What was last saved or restored; update it as the work proceeds. A
            checkpoint made by an exception keeps it.

    Raises:
        CheckpointRefusedError: `max_checkpoints` is below 1.
    """

    def __init__(
        self,
        recorder: RunRecorder,
        *,
        encryption: EncryptionManager | None = None,
        logger: logging.Logger | None = None,
        max_checkpoints: int = MAX_CHECKPOINTS,
    ) -> None:
        self.current_state: dict[str, Any] = {}
        self._recorder = recorder
        self._project = recorder.project
        self._task_id = recorder.task_id
        self._logger = logger or logging.getLogger(__name__)
        self._states = CheckpointStates(self._project, self._task_id, encryption)
        self._journal = CheckpointJournal(
            recorder,
            self._states,
            limit=_checked_limit(max_checkpoints, least=1),
            logger=self._logger,
        )

    @classmethod
    def of_task(
        cls,
        project: Project,
        task_id: str,
        *,
        encryption: EncryptionManager | None = None,
        logger: logging.Logger | None = None,
    ) -> Self:
        """Return a manager that restores and cleans up, for a task that is not running here.

        Args:
            project: Where the task ran.
            task_id: Its id.
            encryption: What has the key, if the task encrypts.
            logger: As above.
        """
        return cls(RunRecorder(project, task_id), encryption=encryption, logger=logger)

    def save_execution_state(
        self, state: Mapping[str, Any], checkpoint_name: str | None = None
    ) -> Path:
        """Keep a state; it is durable when this returns.

        Args:
            state: What to keep. It also becomes the current state.
            checkpoint_name: Its name, letters, digits, "_", "-" and "."; one of the same name
                in this run is replaced. None gives it a name and counts it as automatic.

        Returns:
            The file that holds it: the ledger's up to 1 MB of JSON, else a separate one. If the
            ledger is not a file, the project's `.lineage` folder.

        Raises:
            CheckpointRefusedError: The name or the state cannot be kept; secrets are refused, and
                values that could not be given back as they were.
            CheckpointNotWrittenError: Its file cannot be written; earlier ones are intact.
            CipherError: It is to be encrypted and there is no key.
            CommandRejectedError: The run is not open, or the name begins like a given one.
            LedgerUnavailableError: The ledger cannot be written.
        """
        if checkpoint_name is None:
            _, recorded = self._journal.record(state, "automatic")
        else:
            _, recorded = self._journal.record(state, "named", _checked_name(checkpoint_name))
        self.current_state = dict(state)
        return self._states.path(recorded)

    def create_automatic_checkpoint(self, operation_index: int, metrics: Mapping[str, Any]) -> str:
        """Keep the current state together with the progress of the work.

        Beyond the limit the oldest checkpoints that nobody named are discarded with it.

        Args:
            operation_index: The operation the work has reached, in your own numbering.
            metrics: What was measured so far.

        Returns:
            Its name, "automatic-<n>", unique in the run.

        Raises:
            LineageError: As of `save_execution_state`.
        """
        state = {
            **self.current_state,
            "operation_index": operation_index,
            "metrics": dict(metrics),
        }
        name, _ = self._journal.record(state, "automatic")
        self.current_state = state
        return name

    def restore_execution_state(
        self, checkpoint_name: str | None = None, *, despite_changes: bool = False
    ) -> dict[str, Any]:
        """Return the state of a checkpoint, which also becomes the current state.

        Args:
            checkpoint_name: "name" or "run/name"; the newest one of the task when None. If that
                is damaged, a warning says so and the one before is used.
            despite_changes: True also takes one that was made under another configuration or
                version of the task.

        Raises:
            CheckpointNotFoundError: There is none, or none of that name.
            CheckpointMismatchError: It is another task's, or was made under another
                configuration or version.
            CheckpointDamagedError: The named one is missing or changed.
            CipherError: It is encrypted and the key is missing or another one.
            UnknownEventError: It was made by a newer release.
        """
        if checkpoint_name is None:
            kept = self._newest_valid()
        else:
            kept = find_checkpoint(self._project.ledger, self._task_id, checkpoint_name)
        if not despite_changes:
            fit.check(self._recorder, kept)
        state = self._states.load(kept.event)
        self.current_state = dict(state)
        return state

    def can_resume_execution(self) -> tuple[bool, str | None]:
        """Return whether there is a state to resume from, and its name.

        Returns:
            True and what to give to `restore_execution_state`, if the newest valid checkpoint
            fits and is this run's, or that of a run that failed or was interrupted with no
            success since. False and None otherwise.

        Raises:
            LedgerUnavailableError: The ledger cannot be read.
            UnknownEventError: One was made by a newer release.
        """
        try:
            kept = self._newest_valid(is_quiet=True)
        except errors.CheckpointNotFoundError:
            return False, None
        if fit.differences(self._recorder, kept) or not self._is_unfinished(kept.run):
            return False, None
        return True, kept.label

    def get_checkpoints(self) -> list[tuple[str, datetime]]:
        """Return name and UTC time of all checkpoints of the task, newest first.

        If a newer one has the same name, the older is listed as "run/name".
        """
        return [(kept.label, kept.recorded_at) for kept in self._kept()]

    def cleanup_old_checkpoints(self, max_checkpoints: int = MAX_CHECKPOINTS) -> int:
        """Discard the checkpoints of the task that nobody named, except the newest.

        Args:
            max_checkpoints: How many to keep.

        Returns:
            How many were discarded.

        Raises:
            CheckpointRefusedError: The number is negative.
            LedgerUnavailableError: The ledger cannot be read or written.
        """
        limit = _checked_limit(max_checkpoints, least=0)
        surplus = [kept for kept in self._kept() if kept.event.kind != "named"][limit:]
        self._journal.discard(surplus, "limit")
        return len(surplus)

    def discard_checkpoint(self, checkpoint_name: str) -> None:
        """Discard one checkpoint, even a named one.

        The history still says that it was made. Its separate file is removed; a state in the
        ledger stays there.

        Args:
            checkpoint_name: "name" or "run/name".

        Raises:
            CheckpointNotFoundError: There is none of that name.
            CheckpointMismatchError: It is another task's.
            LedgerUnavailableError: The ledger cannot be written.
        """
        kept = find_checkpoint(self._project.ledger, self._task_id, checkpoint_name)
        self._journal.discard([kept], "request")

    def __enter__(self) -> Self:
        """Return the manager."""
        return self

    def __exit__(self, _type: object, raised: BaseException | None, _traceback: object) -> None:
        """Keep the current state if an exception passes, and re-raise it."""
        if raised is None or not self._recorder.is_open:
            return
        error_info = redacted(error_fact(raised).model_dump(mode="json"))
        try:
            self._journal.record({**self.current_state, "error_info": error_info}, "error")
        except Exception as error:  # noqa: BLE001  # the first error matters more
            message = error_fact(error).message
            self._logger.warning("no checkpoint of the error could be kept: %s", message)

    def _kept(self) -> Iterator[KeptCheckpoint]:
        return kept_checkpoints(self._project.ledger, self._task_id)

    def _newest_valid(self, *, is_quiet: bool = False) -> KeptCheckpoint:
        for kept in self._kept():
            try:
                self._states.verify(kept.event)
            except errors.CheckpointDamagedError as error:
                if not is_quiet:
                    self._warn(kept, error)
            else:
                return kept
        raise errors.CheckpointNotFoundError(
            f"checkpoint of task {self._task_id!r}",
            problem="no undamaged checkpoint",
            remedy="`lineage checkpoints` lists all, `lineage doctor` names damaged ones",
        )

    def _warn(self, kept: KeptCheckpoint, error: errors.CheckpointDamagedError) -> None:
        message = f"checkpoint {kept.label!r} is damaged; using the one before it"
        self._logger.warning("%s (%s)", message, error)
        if self._recorder.is_open:
            details = {"run": kept.run, "name": kept.event.name, "sha256": kept.event.sha256}
            self._recorder.observe(
                WarningRaised(operation=None, name="checkpoint", message=message, details=details)
            )

    def _is_unfinished(self, run: str) -> bool:
        if run == self._recorder.run_id:
            return True
        status = self._project.run_status(run, self._task_id)
        return status in {RunStatus.FAILED, RunStatus.INTERRUPTED} and not self._has_success_since(
            run
        )

    def _has_success_since(self, run: str) -> bool:
        for later in self._project.ledger.runs_of_task(self._task_id, limit=RECENT_RUNS):
            if later == run:
                return False
            if self._project.run_status(later, self._task_id) is RunStatus.SUCCEEDED:
                return True
        return False


def _checked_name(name: str) -> str:
    try:
        return paths.check_name(name, "name of a checkpoint")
    except errors.PathRefusedError as error:
        raise error.recast(errors.CheckpointRefusedError) from error


def _checked_limit(limit: int, *, least: int) -> int:
    if limit < least:
        raise errors.CheckpointRefusedError(
            "max_checkpoints", found=limit, expected=f"at least {least}"
        )
    return limit
