"""Execute several operations in parallel, with one history."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import RLock

from lineage.kernel import waiting
from lineage.kernel.errors import ConfigurationError, DatasetNotFoundError
from lineage.tasks.execution.attempt import Outcome
from lineage.tasks.execution.execution import Execution, attempt_here
from lineage.tasks.execution.job import Attempt, Backend, Job, stated_use
from lineage.tasks.execution.journal import Begun
from ops.base import BaseOperation
from ops.data.source import DataSource


class ParallelBatch:
    """Operations that are executed by several threads, begun in the order they were given.

    Args:
        jobs: The operations.
        execution: Carries them out.
        continue_on_error: Whether further operations begin after one has failed.
        keeps_order: Whether their ends are recorded in order, too: none before those that
            began before it.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        execution: Execution,
        *,
        continue_on_error: bool,
        keeps_order: bool = False,
    ) -> None:
        self._jobs = jobs
        self._next: Iterator[Job] = iter(jobs)
        self._execution = execution
        self._continue_on_error = continue_on_error
        self._keeps_order = keeps_order
        self._lock = RLock()
        self._is_stopped = False
        self._is_abandoned = False
        self._begun: list[Job] = []
        self._under_way: deque[Begun] = deque()
        self._done: dict[int, Outcome] = {}
        self._outcomes: dict[str, Outcome] = {}

    def run(self, workers: int, backend: Backend) -> dict[str, Outcome]:
        """Execute them, then offer their outputs to those that follow.

        Args:
            workers: How many at once, at most.
            backend: Where they work; it is closed.

        Returns:
            The outcomes of those that began, in their order; none is running any more.

        Raises:
            OperationCancelledError: Not all began, because their token was cancelled.
            BaseException: An interrupt, while waiting or in an operation, or an error in writing
                history. What is running then is asked to stop and not waited for, and nothing
                more is recorded of it.
        """
        work = partial(self._work, backend)
        names = [f"operations-{number}" for number in range(min(workers, len(self._jobs)))]
        try:
            threads = [waiting.start(work, name) for name in names]
            waiting.wait(threads)
            for ended in filter(Future.done, threads):
                ended.result()
        except BaseException:
            self._abandon()
            backend.kill()
            raise
        backend.close()
        began = [job for job in self._jobs if job.key in self._outcomes]
        for job in began:
            self._execution.offer_outputs(job, self._outcomes[job.key])
        if not self._is_stopped and len(began) < len(self._jobs):
            self._jobs[-1].token.raise_if_cancelled()
        return {job.key: self._outcomes[job.key] for job in began}

    def _work(self, backend: Backend) -> None:
        with backend.attempts() as attempt:
            while (begun := self._begin_next()) is not None:
                self._finish(begun, attempt)

    def _begin_next(self) -> Begun | None:
        # under the lock, so that operations begin in their order whatever thread takes them
        with self._lock:
            while not self._is_stopped:
                job = next(self._next, None)
                if job is None or job.token.is_cancelled:
                    break
                self._begun.append(job)
                begun = self._execution.begin(job)
                if isinstance(begun, Begun):
                    self._under_way.append(begun)
                    return begun
                self._outcomes[job.key] = begun  # reused
            return None

    def _finish(self, begun: Begun, attempt: Attempt) -> None:
        outcome = self._execution.carry_out(begun, attempt)
        if not self._keeps_order:
            self._end(begun, outcome)
            return
        with self._lock:
            self._done[begun.number] = outcome
            self._stop_after(outcome)
            while self._under_way and self._under_way[0].number in self._done:
                first = self._under_way.popleft()
                self._end(first, self._done.pop(first.number))

    def _end(self, begun: Begun, outcome: Outcome) -> None:
        if self._is_abandoned:
            return
        outcome = self._execution.end(begun, outcome)
        with self._lock:
            self._outcomes[begun.job.key] = outcome
            self._stop_after(outcome)

    def _stop_after(self, outcome: Outcome) -> None:
        if outcome.has_failed and not self._continue_on_error:
            self._is_stopped = True

    def _abandon(self) -> None:
        self._is_stopped = self._is_abandoned = True
        for job in self._begun:
            job.token.cancel()


class Threads:
    """The backend that needs nothing: operations run in the threads that take them."""

    def attempts(self) -> AbstractContextManager[Attempt]:
        """Give a thread itself as the place to work."""
        return nullcontext(attempt_here)

    def close(self) -> None:
        """Do nothing: the threads have ended."""

    def kill(self) -> None:
        """Do nothing: a thread cannot be ended, only asked to stop by its token."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Operations in groups whose members can work at the same time.

    Attributes:
        operations: All of them in order, each with its key.
        source: The datasets they read. A group is formed when its turn comes, from what is
            known by then.
        most: How many may work at the same time.
    """

    operations: Sequence[tuple[str, BaseOperation]]
    source: DataSource | None
    most: int
    _alone: dict[str, list[str]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Sequence[tuple[str, BaseOperation]]]:
        left = list(self.operations)
        while left:
            members = [operation for _, operation in left]
            count = at_once(members, self.source) if self.most > 1 else 1
            if count == 1 and (reason := why_alone(members[0], self.source)) is not None:
                self._alone.setdefault(reason, []).append(members[0].name)
            yield left[:count]
            left = left[count:]

    def remarks(self) -> list[tuple[str, list[str]]]:
        """Return why operations did not run in parallel with others, with their names."""
        if self.most == 1 or len(self.operations) == 1:
            return []
        return [
            (f"{', '.join(names)}: not executed up to {self.most} at once, as {reason}", names)
            for reason, names in self._alone.items()
        ]


def at_once(operations: Sequence[BaseOperation], source: DataSource | None) -> int:
    """Return how many of the first operations can work at the same time; at least 1.

    They can if executing them in order would give the same: none touches what another writes.
    """
    read: set[str] = set()
    written: set[str] = set()
    for count, operation in enumerate(operations):
        use = stated_use(operation)
        if use is None or why_alone(operation, source) is not None:
            return max(count, 1)
        reads = {name for dataset in use.reads for name in _names(dataset, source)}
        if reads & written or use.writes & (read | written):
            return count
        read |= reads
        written |= use.writes
    return len(operations)


def why_alone(operation: BaseOperation, source: DataSource | None) -> str | None:
    """Return why an operation cannot run in parallel with any other; None if it can."""
    use = stated_use(operation)
    if use is None:
        return "what they read and write is not known in advance (BaseOperation.data_use)"
    if source is not None and any(_path(name, source) is None for name in use.reads & {*source}):
        return "they read data in memory"
    return None


def _names(dataset: str, source: DataSource | None) -> set[str]:
    """Return the names under which others may write a dataset: its own and its file's."""
    path = None if source is None else _path(dataset, source)
    return {dataset} if path is None else {dataset, path.stem}


def _path(dataset: str, source: DataSource) -> Path | None:
    try:
        return source.path_of(dataset)
    except (ConfigurationError, DatasetNotFoundError):
        return None
