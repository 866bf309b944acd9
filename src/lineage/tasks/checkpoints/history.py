"""Find the checkpoints of a task that can still be restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from lineage.events import CheckpointDiscarded, CheckpointRecorded, streams
from lineage.kernel import ids
from lineage.kernel.errors import CheckpointMismatchError, CheckpointNotFoundError
from lineage.ledger import Ledger

_NAMES_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckpoint:
    """A checkpoint that was neither discarded nor replaced.

    Attributes:
        label: What it can be restored by: its name, or "run/name" if a newer one has that name.
        run: Id of its run.
        recorded_at: When it was made.
        event: What was recorded.
    """

    label: str
    run: str
    recorded_at: datetime
    event: CheckpointRecorded

    @property
    def file_sha256(self) -> str | None:
        """Digest and name of the file that holds its state; None if the ledger does."""
        return self.event.sha256 if self.event.state is None else None


def kept_checkpoints(
    ledger: Ledger, task_id: str, *, events: int | None = None
) -> Iterator[KeptCheckpoint]:
    """Yield the checkpoints of all runs of a task that can be restored, newest first.

    Args:
        ledger: Where they are recorded.
        task_id: The task.
        events: How far to look back, in events about its checkpoints; None for all.

    Raises:
        LedgerUnavailableError: The ledger cannot be read.
        UnknownEventError: One was made by a newer release.
    """
    gone: set[tuple[str, str]] = set()
    names: set[str] = set()
    for recorded in islice(ledger.checkpoints_of_task(task_id), events):
        event, run = recorded.event, recorded.run or ""
        if isinstance(event, CheckpointDiscarded):
            gone.add((event.run, event.name))
        elif isinstance(event, CheckpointRecorded) and (run, event.name) not in gone:
            gone.add((run, event.name))  # anything below is older and was replaced by it
            label = event.name if event.name not in names else f"{run}/{event.name}"
            names.add(event.name)
            yield KeptCheckpoint(
                label=label, run=run, recorded_at=recorded.recorded_at, event=event
            )


def find_checkpoint(ledger: Ledger, task_id: str, reference: str) -> KeptCheckpoint:
    """Return the newest checkpoint of a task that a reference means.

    Args:
        ledger: Where it is recorded.
        task_id: The task.
        reference: A name, or "run/name" with the id of a run or at least 4 characters of it.

    Raises:
        CheckpointMismatchError: The run belongs to another task.
        CheckpointNotFoundError: There is none, or it was discarded.
    """
    run, _, name = reference.rpartition("/")
    known: list[str] = []
    for kept in kept_checkpoints(ledger, task_id):
        if kept.event.name == name and (not run or ids.is_called(kept.run, run)):
            return kept
        if len(known) < _NAMES_SHOWN:
            known.append(kept.label)
    _refuse_run_of_another_task(ledger, task_id, run, reference)
    raise CheckpointNotFoundError(
        f"checkpoint {reference!r} of task {task_id!r}",
        problem="no such checkpoint",
        expected=f"one of {', '.join(map(repr, known))}" if known else None,
        remedy=f"`lineage checkpoints {task_id}` lists them",
    )


def _refuse_run_of_another_task(ledger: Ledger, task_id: str, run: str, reference: str) -> None:
    last = ledger.last_of_stream(streams.run(run)) if run else None
    if last is not None and last.task != task_id:
        raise CheckpointMismatchError(
            f"checkpoint {reference!r}",
            problem=f"the run belongs to task {last.task!r}",
            remedy=f"`lineage checkpoints {task_id}` lists its checkpoints",
        )
