"""Execute operations, one by one or in parallel, and turn their results into history."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from lineage.kernel.chance import Chance, SystemChance
from lineage.kernel.errors import (
    ConfigurationError,
    MaxRetriesExceededError,
)
from lineage.recording.recorder import RunRecorder
from lineage.tasks.execution.attempt import Outcome, require_taken
from lineage.tasks.execution.cancellation import CancellationToken
from lineage.tasks.execution.children.child_process import ChildProcesses
from lineage.tasks.execution.execution import Execution
from lineage.tasks.execution.job import Backend, BackendName, Job, result_keys, stated_use
from lineage.tasks.execution.parallel import Groups, ParallelBatch, Threads
from lineage.tasks.execution.retry import OnRetry
from lineage.tasks.execution.reuse import Reuse
from lineage.tasks.limits import Limits, RetryPolicy
from lineage.tasks.progress import TaskProgressManager
from lineage.tasks.security.task_encryption import TaskEncryption
from ops.base import BaseOperation
from ops.data.source import DataSource
from ops.progress import ProgressTracker
from ops.result import OperationResult

Params: TypeAlias = Mapping[str, Any]

BACKENDS: Final[Mapping[BackendName, Callable[[Sequence[Job]], Backend]]] = {
    "threads": lambda _: Threads(),
    "processes": ChildProcesses,
}
"""Opens the backend of a name for at least one operation."""


class TaskOperationExecutor:
    """Runs the operations of one run.

    The start of each operation is recorded before it begins. Its reads, artifacts, column
    lineage, metrics, warnings and outcome are recorded, in one transaction, before its result
    is returned. An exception it raises becomes a result with status ERROR. What it wrote can be
    read by later operations under the file's name without suffix.

    `params` are arguments of `execute`: `data_source`, `task_dir`, and others that at least one of
    the operations takes; others are refused before anything begins. An operation also gets a
    `progress_tracker` and a `cancellation_token` if it takes them.

    A `timeout` limits one attempt. In this process the operation then works in a thread with its
    own view of the data source, and a thread cannot be killed: the operation fails with an
    `OperationTimeoutError`, its token is cancelled, it is not retried, and what it still returns
    is not recorded. A file it still writes stays on disk without a record; if it replaces a
    recorded one, the digests differ and reuse stops there. Only operations in processes are
    really killed, and may be retried.

    Ctrl-C, and SIGTERM where the program turns it into a `KeyboardInterrupt`, pass through every
    method at once, even while it waits. Running operations get no end on record.

    Args:
        recorder: Writes the run's history.
        logger: Logs what begins, ends and fails.
        progress_manager: Draws a bar for each operation; None draws nothing.
        retry_policy: What `use_retry` means.
        chance: Varies the waits before retries.
        reuse: Decides which results of the resumed run are still valid; these are reused, with
            status SKIPPED. None executes all.
        encryption: How everything that operations read and write is encrypted; None for not at
            all. An operation fails if it hands back a file that is not encrypted.
        limits: Returns the retries and the timeout of an operation. They go before those of a
            call for several operations; those of a call for one operation go before them.

    Attributes:
        last_exception: What the operation that failed last raised; of several, the first in
            order. None if none failed or it raised nothing.
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
        limits: Callable[[BaseOperation], Limits] | None = None,
        encryption: TaskEncryption | None = None,
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
        self._limits = limits or (lambda _: Limits())
        self._encryption = encryption
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
            progress_tracker: Shows its progress; a new bar when None.
            timeout: Seconds it may take; None for no limit.

        Returns:
            What it handed back; an exception it raised becomes a result with status ERROR.

        Raises:
            KeyboardInterrupt: It was interrupted; the operation has no end on record.
            OperationCancelledError: `cancel` was called before it began.
            LedgerError: The history cannot be written.
        """
        require_taken([operation], params or ())
        limits = Limits(timeout=timeout).over(self._limits(operation))
        job = self._job(operation, params, limits, tracker=progress_tracker)
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
        jitter: bool = True,  # noqa: FBT001, FBT002  # as above
        progress_tracker: ProgressTracker | None = None,
        on_retry: OnRetry | None = None,
        *,
        timeout: float | None = None,
    ) -> OperationResult:
        """Execute one operation, and retry while its error may be temporary.

        `retry_rules.is_retriable` says what is retried. A result with status ERROR is not: the
        operation has decided. Each retry is recorded, with its reason, before the wait; all
        attempts are one operation of the run.

        Args:
            operation: What to execute.
            params: Arguments of its `execute`.
            max_retries: Attempts after the first.
            backoff_factor: Factor by which each wait grows.
            initial_wait: Seconds before the first retry.
            max_wait: Longest wait in seconds.
            jitter: Make each wait up to 25 % shorter or longer at random.
            progress_tracker: Shows its progress; a new bar when None.
            on_retry: Called before each wait with the error, the attempt that failed (from 1)
                and the seconds. What it raises becomes the operation's failure.
            timeout: Seconds that one attempt may take.

        Returns:
            What it handed back; an exception that is not retried becomes a result with status
            ERROR, as in `execute_operation`.

        Raises:
            MaxRetriesExceededError: All attempts failed; the last failure is its cause.
            ConfigurationError: A number is out of range.
            KeyboardInterrupt: As in `execute_operation`, like the others.
        """
        policy = RetryPolicy(
            max_retries=max_retries,
            backoff_factor=backoff_factor,
            initial_wait=initial_wait,
            max_wait=max_wait,
            jitter=jitter,
        )
        require_taken([operation], params or ())
        limits = Limits(retry=policy, timeout=timeout).over(self._limits(operation))
        job = self._job(operation, params, limits, tracker=progress_tracker, on_retry=on_retry)
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
        use_retry: bool = False,  # noqa: FBT001, FBT002  # as above
        progress_tracker: ProgressTracker | None = None,
        *,
        timeout: float | None = None,
        max_workers: int = 1,
    ) -> dict[str, OperationResult]:
        """Execute operations in order, or in parallel with the same result.

        With several workers, neighbours that declare what they touch (`BaseOperation.data_use`)
        run at the same time, in threads, if none touches what another one writes. Results, files
        and the order of the records are as if they ran in order, except that those running when
        one fails are finished and recorded. An operation that touches more than it declares
        fails. The others run alone; a warning of the run names them and says why.

        Args:
            operations: What to execute, in order.
            common_params: Arguments of each `execute`.
            continue_on_error: Execute the rest after one has failed.
            use_retry: Retry as `execute_with_retry` does, by the executor's policy.
            progress_tracker: Shows the progress of all; a bar for each when None.
            timeout: Seconds that one attempt of an operation may take.
            max_workers: How many may run at the same time.

        Returns:
            A result for each operation that was executed, in order, under its name; the second
            of that name is "name#2", and so on. The last has status ERROR if it stopped there;
            so does an operation that failed in all its attempts.

        Raises:
            ConfigurationError: `max_workers` is not positive, or no operation takes one of the
                arguments; nothing has begun.
            OperationCancelledError: `cancel` was called before all had begun.
            KeyboardInterrupt: As in `execute_operation`, like the others.
        """
        _require_positive("max_workers", max_workers)
        require_taken(operations, common_params or ())
        common = self._common(use_retry=use_retry, timeout=timeout)

        def job(operation: BaseOperation, key: str, **others: Any) -> Job:
            limits = self._limits(operation).over(common)
            given = common_params
            return self._job(operation, given, limits, key=key, tracker=progress_tracker, **others)

        groups = Groups(
            list(zip(result_keys(operations), operations, strict=True)),
            (common_params or {}).get("data_source"),
            max_workers,
        )
        outcomes: dict[str, Outcome] = {}
        for group in groups:
            if len(group) == 1:
                ((key, operation),) = group
                outcomes[key] = self._execution.execute(job(operation, key))
            else:
                jobs = [job(o, k, shares_source=False, use=stated_use(o)) for k, o in group]
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
        use_processes: bool = False,  # noqa: FBT001, FBT002  # as above
        timeout: float | None = None,
        use_retry: bool = False,  # noqa: FBT001, FBT002  # as above
        *,
        backend: BackendName | None = None,
    ) -> dict[str, OperationResult]:
        """Execute operations in parallel. They must not depend on each other.

        They begin in order. Each reads the datasets as they were before all of them; later
        operations can read what they wrote once all have ended. A dataset that one adds to its
        data source stays with it. Other parameters are shared by the operations in threads,
        and copied for those in processes.

        Args:
            operations: What to execute.
            common_params: Arguments of each `execute`.
            max_workers: How many at once; as many as there are processors when None.
            continue_on_error: Begin the rest after one has failed. If not, those still running
                are finished and recorded anyway.
            use_processes: True means the backend "processes".
            timeout: Seconds that one attempt of an operation may take.
            use_retry: Retry as `execute_with_retry` does, by the executor's policy.
            backend: Where they run: "threads" of this process, or separate "processes".
                For processes, operation, arguments and data are pickled; only this process writes
                history, and the program must not start its work when it is imported
                (`if __name__ == "__main__":`). What `use_processes` says when None.

        Returns:
            As in `execute_operations`.

        Raises:
            ConfigurationError: There is no such backend, something cannot be pickled, no operation
                takes one of the arguments, or `max_workers` is not positive; nothing has begun.
            OperationCancelledError: `cancel` was called before all had begun.
            KeyboardInterrupt: It was interrupted; processes are ended, threads are asked to
                stop and not waited for, and nothing more is recorded of them.
            LedgerError: The history cannot be written; as above.
        """
        opens = BACKENDS[_backend(backend, use_processes=use_processes)]
        require_taken(operations, common_params or ())
        common = self._common(use_retry=use_retry, timeout=timeout)
        jobs = [
            self._job(
                operation,
                common_params,
                self._limits(operation).over(common),
                key=key,
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
        """Stop what is running; call it from another thread. Nothing more begins.

        Operations in threads are asked by their `cancellation_token` and waited for. Those in
        processes are killed and fail with an `OperationCancelledError`. A wait before a retry
        ends at once.
        """
        self._token.cancel()

    def _common(self, *, use_retry: bool, timeout: float | None) -> Limits:
        return Limits(retry=self._retry_policy if use_retry else None, timeout=timeout)

    def _job(
        self,
        operation: BaseOperation,
        params: Params | None,
        limits: Limits,
        *,
        key: str = "",
        tracker: ProgressTracker | None = None,
        shares_source: bool = True,
        **others: Any,
    ) -> Job:
        _require_positive("timeout", limits.timeout)
        arguments = dict(params or {})
        shared = cast("DataSource | None", arguments.pop("data_source", None))
        given_tracker = cast("ProgressTracker | None", arguments.pop("progress_tracker", None))
        needs_fork = not shares_source or limits.timeout is not None
        return Job(
            operation=operation,
            key=key,
            arguments=arguments,
            source=shared.fork() if shared is not None and needs_fork else shared,
            shared_source=shared,
            tracker=tracker or given_tracker,
            token=self._token.child(),
            retry=limits.retry,
            timeout_s=limits.timeout,
            encryption=self._encryption,
            **others,
        )

    def _results(self, outcomes: Mapping[str, Outcome]) -> dict[str, OperationResult]:
        failed = [outcome for outcome in outcomes.values() if outcome.has_failed]
        self.last_exception = failed[0].exception if failed else None
        return {key: outcome.result for key, outcome in outcomes.items()}


def _backend(named: BackendName | None, *, use_processes: bool) -> BackendName:
    """Return the name of an existing backend."""
    name: BackendName = named or ("processes" if use_processes else "threads")
    if name not in BACKENDS or (use_processes and name != "processes"):
        raise ConfigurationError(
            "backend of parallel operations",
            problem=f"{name!r} with use_processes={use_processes}",
            expected="one of " + ", ".join(BACKENDS),
            remedy="leave out use_processes if you name a backend",
        )
    return name


def _require_positive(name: str, value: float | None) -> None:
    if value is not None and not value > 0:
        raise ConfigurationError(name, found=value, expected="a positive number, or None")
