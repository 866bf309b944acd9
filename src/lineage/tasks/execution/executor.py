"""Execute operations, one by one or side by side, and turn what they hand back into history."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias, cast

from lineage.kernel.chance import Chance, SystemChance
from lineage.kernel.errors import (
    ConfigurationError,
    MaxRetriesExceededError,
)
from lineage.recording.recorder import RunRecorder
from lineage.tasks.execution.attempt import Outcome
from lineage.tasks.execution.cancellation import CancellationToken
from lineage.tasks.execution.children.child_process import ChildProcesses
from lineage.tasks.execution.execution import Execution
from lineage.tasks.execution.job import Backend, BackendName, Job, result_keys
from lineage.tasks.execution.parallel import Groups, ParallelBatch, Threads, stated_use
from lineage.tasks.execution.retry import OnRetry
from lineage.tasks.execution.retry_rules import RetryPolicy
from lineage.tasks.execution.reuse import Reuse
from lineage.tasks.progress import TaskProgressManager
from ops.base import BaseOperation
from ops.data.source import DataSource
from ops.progress import ProgressTracker
from ops.result import OperationResult

Params: TypeAlias = Mapping[str, Any]

BACKENDS: Final[Mapping[BackendName, Callable[[Sequence[Job]], Backend]]] = {
    "threads": lambda _: Threads(),
    "processes": ChildProcesses,
}
"""What opens the backend of a name for some operations, of which there is at least one."""


class TaskOperationExecutor:
    """Runs the operations of one run.

    Of each operation the start is on record before it begins. Its reads, artifacts, column
    lineage, metrics, warnings and outcome are on record, in one transaction, before its result
    is returned. An exception it raises becomes a result with status ERROR. What it wrote can be
    read by later operations under the file's name without suffix.

    `params` are arguments of `execute`: `data_source`, `task_dir`, and others that the operation
    takes. It also gets a `progress_tracker` and a `cancellation_token` if it takes them.

    A `timeout` is of one attempt. In this process the operation then works in a thread with
    notes on the data source of its own, and a thread cannot be ended: the operation fails with
    an `OperationTimeoutError`, its token is cancelled, it is not tried again, and what it still
    returns is not recorded. A file it still writes stays on disk without a record; if it takes
    the place of a recorded one, the digests differ and reuse stops there. Only operations that
    are executed in processes are really ended, and may be tried again.

    Ctrl-C, and SIGTERM where the program turns it into a `KeyboardInterrupt`, pass through every
    method at once, also while it waits. Operations under way stay without an end.

    Args:
        recorder: Writes the run's history.
        logger: Told what begins, ends and fails.
        progress_manager: Draws a bar for each operation; None draws nothing.
        retry_policy: What `use_retry` means.
        chance: Varies the waits before retries.
        reuse: Tells which operations of the run that is resumed still hold; their results, with
            status SKIPPED, stand in for executing them. None executes all.

    Attributes:
        last_exception: What the operation raised that failed last, of several the first in
            their order; None if none failed or it raised nothing.
    """

    def __init__(
        self,
        recorder: RunRecorder,
        logger: logging.Logger | None = None,
        progress_manager: TaskProgressManager | None = None,
        *,
        retry_policy: RetryPolicy | None = None,
        chance: Chance | None = None,
        reuse: Reuse | None = None,
    ) -> None:
        self._recorder = recorder
        self._execution = Execution(
            recorder,
            logger or logging.getLogger(__name__),
            progress_manager,
            chance or SystemChance(),
            reuse,
        )
        self._retry_policy = retry_policy or RetryPolicy()
        self._token = CancellationToken()
        self.last_exception: BaseException | None = None

    def execute_operation(
        self,
        operation: BaseOperation,
        params: Params | None = None,
        progress_tracker: ProgressTracker | None = None,
        *,
        timeout: float | None = None,
    ) -> OperationResult:
        """Execute one operation.

        Args:
            operation: What to execute.
            params: Arguments of its `execute`.
            progress_tracker: Shown its progress; a bar of its own when None.
            timeout: Seconds it may take; None is as long as it takes.

        Returns:
            What it handed back; an exception it raised becomes a result with status ERROR.

        Raises:
            KeyboardInterrupt: It was interrupted; the operation stays without an end.
            OperationCancelledError: `cancel` was called before it began.
            LedgerError: The history cannot be written.
        """
        job = self._job(operation, params, tracker=progress_tracker, timeout_s=timeout)
        outcome = self._execution.execute(job)
        self.last_exception = outcome.exception
        return outcome.result

    def execute_with_retry(  # noqa: PLR0913, PLR0917  # the documented signature
        self,
        operation: BaseOperation,
        params: Params | None = None,
        max_retries: int = 3,
        backoff_factor: float = 2.0,
        initial_wait: float = 1.0,
        max_wait: float = 60.0,
        jitter: bool = True,  # noqa: FBT001, FBT002  # likewise
        progress_tracker: ProgressTracker | None = None,
        on_retry: OnRetry | None = None,
        *,
        timeout: float | None = None,
    ) -> OperationResult:
        """Execute one operation, again and again while its error may pass by itself.

        What is retried is said at `retry_rules.is_retriable`. A result with status ERROR is not:
        the operation has decided. Each retry is on record, with its reason, before the wait;
        all attempts are one operation of the run.

        Args:
            operation: What to execute.
            params: Arguments of its `execute`.
            max_retries: Attempts after the first.
            backoff_factor: What each wait is longer by.
            initial_wait: Seconds before the first retry.
            max_wait: Seconds that no wait exceeds.
            jitter: Make each wait up to 25 % shorter or longer at random.
            progress_tracker: Shown its progress; a bar of its own when None.
            on_retry: Called before each wait with the error, the attempt that failed (from 1)
                and the seconds. What it raises becomes the operation's failure.
            timeout: Seconds that one attempt may take.

        Returns:
            What it handed back; an exception that is not retried becomes a result with status
            ERROR, as in `execute_operation`.

        Raises:
            MaxRetriesExceededError: All attempts failed; the last failure is its cause.
            ConfigurationError: A number is out of range.
            KeyboardInterrupt: As `execute_operation`; likewise the others.
        """
        policy = RetryPolicy(
            max_retries=max_retries,
            backoff_factor=backoff_factor,
            initial_wait=initial_wait,
            max_wait=max_wait,
            jitter=jitter,
        )
        job = self._job(
            operation,
            params,
            tracker=progress_tracker,
            timeout_s=timeout,
            retry=policy,
            on_retry=on_retry,
        )
        outcome = self._execution.execute(job)
        self.last_exception = outcome.exception
        if isinstance(outcome.exception, MaxRetriesExceededError):
            raise outcome.exception
        return outcome.result

    def execute_operations(
        self,
        operations: Sequence[BaseOperation],
        common_params: Params | None = None,
        continue_on_error: bool = False,  # noqa: FBT001, FBT002  # the documented signature
        use_retry: bool = False,  # noqa: FBT001, FBT002  # likewise
        progress_tracker: ProgressTracker | None = None,
        *,
        timeout: float | None = None,
        max_workers: int = 1,
    ) -> dict[str, OperationResult]:
        """Execute operations one after the other, or as if it were so.

        With several workers, neighbours that say what they touch (`BaseOperation.data_use`) work
        at the same time, in threads, if none touches what another one writes. Results, files and
        the order of the records are those of one after the other, except that those under way
        when one fails are finished and recorded. An operation that touches more than it says
        fails. The others are executed on their own; a warning of the run names them, and why.

        Args:
            operations: What to execute, in order.
            common_params: Arguments of each `execute`.
            continue_on_error: Execute the rest after one has failed.
            use_retry: Try again as `execute_with_retry` does, by the executor's policy.
            progress_tracker: Shown the progress of all; a bar for each when None.
            timeout: Seconds that one attempt of an operation may take.
            max_workers: How many may work at the same time.

        Returns:
            A result for each operation that was executed, in order, under its name; the second
            of that name is "name#2", and so on. The last has status ERROR if it stopped there;
            an operation that failed in all its attempts is such a result, too.

        Raises:
            ConfigurationError: `max_workers` is not positive; nothing has begun.
            OperationCancelledError: `cancel` was called before all had begun.
            KeyboardInterrupt: As `execute_operation`; likewise the others.
        """
        _require_positive("max_workers", max_workers)
        job = partial(
            self._job,
            params=common_params,
            tracker=progress_tracker,
            timeout_s=timeout,
            retry=self._retry_policy if use_retry else None,
        )
        groups = Groups(
            list(zip(result_keys(operations), operations, strict=True)),
            (common_params or {}).get("data_source"),
            max_workers,
        )
        outcomes: dict[str, Outcome] = {}
        for group in groups:
            if len(group) == 1:
                ((key, operation),) = group
                outcomes[key] = self._execution.execute(job(operation, key=key))
            else:
                jobs = [job(o, key=k, shares_source=False, use=stated_use(o)) for k, o in group]
                batch = ParallelBatch(
                    jobs, self._execution, continue_on_error=continue_on_error, keeps_order=True
                )
                outcomes |= batch.run(max_workers, Threads())
            if not continue_on_error and any(o.has_failed for o in outcomes.values()):
                break
        for message, names in groups.remarks():
            self._recorder.warn("parallel_processes", message, {"operations": names})
        return self._results(outcomes)

    def execute_operations_parallel(
        self,
        operations: Sequence[BaseOperation],
        common_params: Params | None = None,
        max_workers: int | None = None,
        continue_on_error: bool = False,  # noqa: FBT001, FBT002  # the documented signature
        use_processes: bool = False,  # noqa: FBT001, FBT002  # likewise
        timeout: float | None = None,
        use_retry: bool = False,  # noqa: FBT001, FBT002  # likewise
        *,
        backend: BackendName | None = None,
    ) -> dict[str, OperationResult]:
        """Execute operations side by side. They must not depend on each other.

        They begin in order. Each reads the datasets as they were before all of them; what they
        wrote is offered to later operations when all have ended. A dataset that one adds to its
        data source stays with it. Other parameters are shared by the operations in threads,
        and copied for those in processes.

        Args:
            operations: What to execute.
            common_params: Arguments of each `execute`.
            max_workers: How many at once; as many as there are processors when None.
            continue_on_error: Begin the rest after one has failed. If not, those under way are
                finished and recorded all the same.
            use_processes: True stands for the backend "processes".
            timeout: Seconds that one attempt of an operation may take.
            use_retry: Try again as `execute_with_retry` does, by the executor's policy.
            backend: Where they work: "threads" of this process, or "processes" of their own.
                For those operation, arguments and data are pickled; only this process writes
                history, and the program must not start its work when it is imported
                (`if __name__ == "__main__":`). What `use_processes` says when None.

        Returns:
            As `execute_operations`.

        Raises:
            ConfigurationError: There is no such backend, something cannot be pickled, or
                `max_workers` is not positive; nothing has begun.
            OperationCancelledError: `cancel` was called before all had begun.
            KeyboardInterrupt: It was interrupted; processes are ended, threads are asked to
                stop and not waited for, and nothing more is recorded of them.
            LedgerError: The history cannot be written; likewise.
        """
        opens = BACKENDS[_backend(backend, use_processes=use_processes)]
        jobs = [
            self._job(
                operation,
                common_params,
                key=key,
                timeout_s=timeout,
                retry=self._retry_policy if use_retry else None,
                shares_source=False,
            )
            for key, operation in zip(result_keys(operations), operations, strict=True)
        ]
        _require_positive("max_workers", max_workers)
        if not jobs:
            return {}
        batch = ParallelBatch(jobs, self._execution, continue_on_error=continue_on_error)
        return self._results(batch.run(max_workers or os.cpu_count() or 1, opens(jobs)))

    def cancel(self) -> None:
        """Stop what is under way; for another thread. Nothing begins any more.

        Operations in threads are asked by their `cancellation_token` and waited for. Those in
        processes are ended and fail with an `OperationCancelledError`. A wait before a retry
        ends at once.
        """
        self._token.cancel()

    def _job(
        self,
        operation: BaseOperation,
        params: Params | None,
        *,
        timeout_s: float | None,
        key: str = "",
        tracker: ProgressTracker | None = None,
        shares_source: bool = True,
        **others: Any,
    ) -> Job:
        _require_positive("timeout", timeout_s)
        arguments = dict(params or {})
        shared = cast("DataSource | None", arguments.pop("data_source", None))
        given_tracker = cast("ProgressTracker | None", arguments.pop("progress_tracker", None))
        needs_fork = not shares_source or timeout_s is not None
        return Job(
            operation=operation,
            key=key,
            arguments=arguments,
            source=shared.fork() if shared is not None and needs_fork else shared,
            shared_source=shared,
            tracker=tracker or given_tracker,
            token=self._token.child(),
            timeout_s=timeout_s,
            **others,
        )

    def _results(self, outcomes: Mapping[str, Outcome]) -> dict[str, OperationResult]:
        failed = [outcome for outcome in outcomes.values() if outcome.has_failed]
        self.last_exception = failed[0].exception if failed else None
        return {key: outcome.result for key, outcome in outcomes.items()}


def _backend(named: BackendName | None, *, use_processes: bool) -> BackendName:
    """Return the name of a backend that there is."""
    name: BackendName = named or ("processes" if use_processes else "threads")
    if name not in BACKENDS or (use_processes and name != "processes"):
        raise ConfigurationError(
            "backend of parallel operations",
            problem=f"{name!r} with use_processes={use_processes}",
            expected="one of " + ", ".join(BACKENDS),
            remedy="leave use_processes out where a backend is named",
        )
    return name


def _require_positive(name: str, value: float | None) -> None:
    if value is not None and not value > 0:
        raise ConfigurationError(name, found=value, expected="a positive number, or None")
