"""Execute several operations side by side, and have one history all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from threading import Lock

from lineage.kernel import waiting
from lineage.tasks.execution.attempt import Outcome
from lineage.tasks.execution.execution import Execution, attempt_here
from lineage.tasks.execution.job import Attempt, Backend, Job
from lineage.tasks.execution.journal import Begun


class ParallelBatch:
    """Operations that are executed by several threads, begun in the order they were given.

    Args:
        jobs: The operations.
        execution: Carries them out.
        continue_on_error: Whether further operations begin after one has failed.
    """

    def __init__(
        self, jobs: Sequence[Job], execution: Execution, *, continue_on_error: bool
    ) -> None:
        self._jobs: Iterator[Job] = iter(jobs)
        self._execution = execution
        self._continue_on_error = continue_on_error
        self._lock = Lock()
        self._is_stopped = False
        self._is_abandoned = False
        self._begun: list[Job] = []
        self.outcomes: dict[str, Outcome] = {}

    def run(self, workers: int, backend: Backend) -> None:
        """Execute them and return when none is under way any more.

        Args:
            workers: How many at once.
            backend: Where they work; it is closed.

        Raises:
            BaseException: An interrupt, while waiting or in an operation, or what went wrong in
                writing history. What is under way then is asked to stop and not waited for,
                and nothing more is recorded of it.
        """
        work = partial(self._work, backend)
        try:
            threads = [waiting.start(work, f"operations-{number}") for number in range(workers)]
            waiting.wait(threads)
            for ended in filter(Future.done, threads):
                ended.result()
        except BaseException:
            self._abandon()
            backend.kill()
            raise
        backend.close()

    def _work(self, backend: Backend) -> None:
        with backend.attempts() as attempt:
            while (begun := self._begin_next()) is not None:
                self._finish(begun, attempt)

    def _begin_next(self) -> Begun | None:
        # under the lock, so that operations begin in their order whatever thread takes them
        with self._lock:
            while not self._is_stopped:
                job = next(self._jobs, None)
                if job is None or job.token.is_cancelled:
                    break
                self._begun.append(job)
                begun = self._execution.begin(job)
                if isinstance(begun, Begun):
                    return begun
                self.outcomes[job.key] = begun  # reused
            return None

    def _finish(self, begun: Begun, attempt: Attempt) -> None:
        outcome = self._execution.carry_out(begun, attempt)
        if self._is_abandoned:
            return
        outcome = self._execution.end(begun, outcome)
        with self._lock:
            self.outcomes[begun.job.key] = outcome
            if outcome.has_failed and not self._continue_on_error:
                self._is_stopped = True

    def _abandon(self) -> None:
        self._is_stopped = self._is_abandoned = True
        for job in self._begun:
            job.token.cancel()


class Threads:
    """The backend that needs nothing: operations work in the threads that take them."""

    def attempts(self) -> AbstractContextManager[Attempt]:
        """Give a thread itself as the place to work."""
        return nullcontext(attempt_here)

    def close(self) -> None:
        """Do nothing: the threads have ended."""

    def kill(self) -> None:
        """Do nothing: a thread cannot be ended, only asked to stop by its token."""
