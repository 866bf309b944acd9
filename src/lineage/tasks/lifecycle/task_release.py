"""How a task releases a file: by the project's one door, and not without its policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lineage.kernel.errors import ReleaseRefusedError
from lineage.kernel.plain import listed
from lineage.recording.recorder import RunRecorder
from lineage.tasks.config.config import TaskConfig
from lineage.tasks.security.task_encryption import encryption_of

if TYPE_CHECKING:
    from lineage.releases.door import ReleaseOutcome

_MOST_NAMED = 5


class TaskRelease:
    """Releases files of one run.

    Args:
        recorder: Writes the run's history.
        config: The task's configuration.
    """

    def __init__(self, recorder: RunRecorder, config: TaskConfig) -> None:
        self._recorder = recorder
        self._config = config

    def __call__(
        self,
        path: str | Path,
        *,
        purpose: str,
        recipient: str,
        approver: str | None = None,
    ) -> ReleaseOutcome:
        """Judge a file by the project's policies, and release it if none blocks that.

        Args:
            path: The file, or the folder of a set, absolute or relative to the project; an
                operation of this or an earlier run wrote it.
            purpose: What the recipient may use it for.
            recipient: Who gets it.
            approver: Who decides; the actor of the run's events when None.

        Returns:
            The released file, and how each policy was judged.

        Raises:
            ReleaseRefusedError: A policy blocks it; the refusal is on record. If nobody catches
                this, the task fails.
            LineageError: As in `lineage.releases.door.release`.
        """
        from lineage.releases import door  # noqa: PLC0415  # start-up time

        project = self._recorder.project
        encryption = encryption_of(self._config)
        outcome = door.release(
            project,
            door.ReleaseRequest(
                path=project.root / path,
                purpose=purpose,
                recipient=recipient,
                approver=approver or project.ledger.actor,
                run_id=self._recorder.run_id,
                task_id=self._recorder.task_id,
                encryption=None if encryption is None else encryption.files,
            ),
        )
        if not outcome.is_released:
            reasons = [f"{one.policy} ({one.reason})" for one in outcome.blocking]
            raise ReleaseRefusedError(
                f"release of {project.display(project.root / path)!r}",
                problem=f"blocked by {listed(reasons, _MOST_NAMED)}",
                remedy="change the data, or grant a waiver: `lineage policy waive`",
            )
        return outcome
