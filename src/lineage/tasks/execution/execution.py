"""The one way to execute an operation, whoever asks for it and wherever it works."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

from lineage.kernel import waiting
from lineage.kernel.chance import Chance
from lineage.kernel.errors import OperationError
from lineage.recording.recorder import RunRecorder
from lineage.tasks.execution.attempt import Outcome, attempt, failure, timed_out
from lineage.tasks.execution.job import Attempt, Job
from lineage.tasks.execution.journal import Begun, OperationJournal
from lineage.tasks.execution.milestones import MilestoneTracker
from lineage.tasks.execution.retry import Retrier
from lineage.tasks.execution.reuse import Reuse
from lineage.tasks.limits import RetryPolicy
from lineage.tasks.progress import TaskProgressManager
from lineage.tasks.security.task_encryption import readable_files
from ops.base import DataUse
from ops.progress import ProgressTracker, SilentProgress
from ops.result import DatasetRead


class Execution:
    """Begins, carries out and ends operations of one run.

    Args:
        recorder: Writes the run's history.
        logger: Logs what begins, ends and fails.
        progress_manager: Draws a bar for each operation; None draws nothing.
        chance: Varies the waits before retries.
        reuse: Decides which results of the resumed run are still valid; None executes all.
    """

    def __init__(
        self,
        recorder: RunRecorder,
        logger: logging.Logger,
        progress_manager: TaskProgressManager | None,
        chance: Chance,
        reuse: Reuse | None = None,
    ) -> None:
        self._journal = OperationJournal(recorder, logger, reuse)
        self._recorder = recorder
        self._progress_manager = progress_manager
        self._chance = chance

    def execute(self, job: Job) -> Outcome:
        """Execute an operation here and offer what it wrote to those that follow.

        Raises:
            OperationCancelledError: Its token is cancelled; it has not begun.
        """
        job.token.raise_if_cancelled()
        begun = self.begin(job)
        if isinstance(begun, Outcome):
            outcome = begun
        else:
            outcome = self.end(begun, self.carry_out(begun, attempt_here))
        self.offer_outputs(job, outcome)
        return outcome

    def begin(self, job: Job) -> Begun | Outcome:
        """Record that an operation begins, or return the result to reuse.

        An operation begins nowhere else. Operations that run in parallel come here one by one, in
        their order.
        """
        return self._journal.begin(job)

    def carry_out(self, begun: Begun, attempt: Attempt) -> Outcome:
        """Do the work, in as many attempts as its job allows."""
        job = begun.job
        with self._showing_progress(begun) as tracker:
            once = partial(attempt, job, tracker)
            outcome = once() if job.retry is None else self._retrying(begun, job.retry, once)
        if job.use is not None:
            outcome = _within(job.use, begun.name, outcome)
        if job.encryption is not None:
            outcome = _encrypted(self._recorder.project.root, begun.name, outcome)
        outcome.result.execution_time = round(self._recorder.elapsed_s - begun.begun_s, 6)
        return outcome

    def end(self, begun: Begun, outcome: Outcome) -> Outcome:
        """Record what it did; a result that cannot be recorded becomes a failure."""
        return self._journal.end(begun, outcome)

    def offer_outputs(self, job: Job, outcome: Outcome) -> None:
        """Let later operations read what it wrote, unless it failed."""
        self._journal.offer_outputs(outcome, job.shared_source)

    def _retrying(self, begun: Begun, policy: RetryPolicy, once: Callable[[], Outcome]) -> Outcome:
        reads: list[DatasetRead] = []
        in_memory: dict[str, None] = {}

        def noting_use() -> Outcome:
            outcome = once()
            reads.extend(outcome.reads)
            in_memory.update(dict.fromkeys(outcome.in_memory))
            return outcome

        retrier = Retrier(
            policy=policy,
            clock=self._recorder.project.clock,
            chance=self._chance,
            token=begun.job.token,
            record=partial(self._journal.retry, begun),
            on_retry=begun.job.on_retry,
        )
        outcome = retrier.repeat(noting_use, begun.name)
        # an attempt may keep what the one before has read
        outcome.reads, outcome.in_memory = reads, list(in_memory)
        return outcome

    @contextmanager
    def _showing_progress(self, begun: Begun) -> Iterator[ProgressTracker]:
        operation = begun.job.operation
        with self._shown(begun.job) as shown:
            milestones = MilestoneTracker(
                shown, total=operation.steps, record=partial(self._journal.milestone, begun)
            )
            try:
                yield milestones
            finally:
                milestones.end()

    def _shown(self, job: Job) -> AbstractContextManager[ProgressTracker]:
        if job.tracker is not None or self._progress_manager is None:
            return nullcontext(job.tracker or SilentProgress())
        name = job.operation.name
        return self._progress_manager.create_operation_context(
            name, total=job.operation.steps, description=name
        )


def attempt_here(job: Job, tracker: ProgressTracker) -> Outcome:
    """Execute an operation once in this process."""
    once = partial(attempt, job.operation, job.offered(tracker), job.encryption)
    outcome = once() if job.timeout_s is None else _in_time(once, job, job.timeout_s)
    if job.source is not None:
        outcome.note(job.source)
    return outcome


def _in_time(once: Callable[[], Outcome], job: Job, timeout_s: float) -> Outcome:
    """Execute an operation in a thread that is abandoned when it takes too long."""
    future = waiting.start(once, "operation")
    try:
        if waiting.wait([future], timeout_s):
            return future.result()
    except BaseException:
        job.token.cancel()
        raise
    job.token.cancel()
    return failure(timed_out(job.operation.name, timeout_s))


def _within(use: DataUse, name: str, outcome: Outcome) -> Outcome:
    """Return an outcome; a failure if the operation touched more than it had declared."""
    read = {*(read.name for read in outcome.reads), *outcome.in_memory} - use.reads
    written = {artifact.path.stem for artifact in outcome.result.artifacts} - use.writes
    if outcome.has_failed or not (read or written):
        return outcome
    failed = failure(
        OperationError(
            f"operation {name!r}",
            problem=f"it used {', '.join(sorted(read | written))}, which its data_use omits",
            remedy="correct data_use, or set parallel_processes to 1",
        )
    )
    failed.reads, failed.in_memory = outcome.reads, outcome.in_memory
    return failed


def _encrypted(root: Path, name: str, outcome: Outcome) -> Outcome:
    """Return an outcome; a failure if the operation handed back a file that is not encrypted."""
    if outcome.has_failed:
        return outcome
    for artifact in outcome.result.artifacts:
        path = root / artifact.path
        readable = next(readable_files(path), None)
        if readable is not None:
            failed = failure(
                OperationError(
                    f"operation {name!r}",
                    problem=f"it wrote {readable.name!r}, which is not encrypted",
                    expected="encrypted files only, as use_encryption is true",
                    remedy="write it with DataWriter, and remove the file",
                )
            )
            failed.reads, failed.in_memory = outcome.reads, outcome.in_memory
            return failed
    return outcome
