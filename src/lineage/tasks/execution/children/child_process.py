"""Processes that execute operations: started, given work, and ended when they take too long."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.context import SpawnProcess
from threading import Lock
from typing import Any, Final

import psutil

from lineage.kernel.clock import SystemClock
from lineage.kernel.errors import ConfigurationError, OperationCancelledError, OperationError
from lineage.tasks.execution.attempt import Outcome, failure, timed_out
from lineage.tasks.execution.children import child_main, child_setup
from lineage.tasks.execution.job import Attempt, Job
from ops.base import BaseOperation
from ops.progress import ProgressTracker

NOTICE_S: Final = 0.05
"""How long a cancelled or late operation may continue unnoticed."""

GRACE_S: Final = 2
"""How long a process without work may take to end by itself."""

_SPAWN: Final = multiprocessing.get_context("spawn")


class ChildProcess:
    """A process that executes one operation after another. It knows nothing of the history.

    Args:
        setup: What it needs to know.
    """

    def __init__(self, setup: child_setup.Setup) -> None:
        self._connection, theirs = _SPAWN.Pipe()
        self._process: SpawnProcess = _SPAWN.Process(
            target=child_main.main, args=(theirs, setup), name="operations"
        )
        try:
            with _interrupts_blocked():
                self._process.start()
        except BaseException:  # interrupted while starting: nobody else knows the process
            self.kill()
            raise
        finally:
            theirs.close()

    def await_ready(self) -> None:
        """Wait until it takes work.

        Raises:
            ConfigurationError: It has ended before.
        """
        if self._await("ready") is None:
            raise ConfigurationError(
                "process for operations",
                problem=f"it ended as it started ({self._ending()})",
                expected="a program that can be imported without side effects",
                remedy="see what it printed on standard error, or execute in threads",
            )

    def check(self, payloads: Sequence[bytes]) -> list[str | None]:
        """Return for each pickled operation why it cannot be executed there; None if it can."""
        self._send("check", list(payloads))
        answer = self._await("checked")
        if answer is None:
            return [f"the process ended ({self._ending()})"] * len(payloads)
        return list(answer[1])

    def execute(self, job: Job, payload: bytes, tracker: ProgressTracker) -> Outcome:
        """Execute an operation there.

        Args:
            job: The operation; when it is cancelled or late, the process is killed.
            payload: It, pickled.
            tracker: Shown its progress.

        Returns:
            Its outcome. If the process ends before the operation does, it has failed.

        Raises:
            KeyboardInterrupt: The operation raised it.
            SystemExit: The operation exited the program.
        """
        clock = SystemClock()
        until = clock.monotonic() + (float("inf") if job.timeout_s is None else job.timeout_s)
        self._send("execute", payload)
        while True:
            if job.token.is_cancelled:
                self.kill()
                return failure(OperationCancelledError("operation", problem="cancelled"))
            if job.timeout_s is not None and clock.monotonic() > until:
                self.kill()
                return _late(job.operation, job.timeout_s)
            if self._has_message():
                outcome = self._hear(job, tracker)
                if outcome is not None:
                    return outcome

    def end(self) -> None:
        """Let it end, as it has nothing left to do, and wait for that."""
        self._connection.close()
        self._process.join(GRACE_S)
        self.kill()

    def kill(self) -> None:
        """Kill it and the processes it has started, and wait until it has ended."""
        if not self.is_alive:
            return
        family: list[psutil.Process] = []
        with suppress(psutil.Error):
            family = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        self._process.join()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    def _hear(self, job: Job, tracker: ProgressTracker) -> Outcome | None:
        """Take a message; return the outcome if it is one."""
        match self._receive():
            case ("progress", steps, postfix):
                tracker.update(steps, postfix)
            case ("log", *line):
                _log(*line)
            case ("outcome", Outcome() as outcome):
                return _with_exception(outcome, job.operation)
            case ("left", BaseException() as left):
                raise left
            case None:
                self.kill()
                return failure(_died(job.operation, self._ending()))
            case unknown:
                raise AssertionError(unknown)
        return None

    def _await(self, word: str) -> tuple[Any, ...] | None:
        """Return the message that begins with a word; None if the process has ended."""
        while (message := self._receive()) is not None and message[0] != word:
            _log(*message[1:])
        return message

    def _has_message(self) -> bool:
        try:
            return self._connection.poll(NOTICE_S)
        except OSError:  # Windows says so of a process that has ended; so does `_receive`
            return True

    def _send(self, word: str, content: object) -> None:
        with suppress(OSError):  # it has ended: `_receive` says so
            self._connection.send((word, content))

    def _receive(self) -> tuple[Any, ...] | None:
        """Return the next message; None if the process has ended."""
        try:
            content = self._connection.recv_bytes()
        except (EOFError, OSError):
            return None
        try:
            return pickle.loads(content)  # type: ignore[no-any-return]  # noqa: S301  # from the child
        except Exception as error:  # noqa: BLE001  # unpickling runs code of others
            return ("outcome", failure(error))

    def _ending(self) -> str:
        self._process.join()
        code = self._process.exitcode or 0
        if code < 0:
            with suppress(ValueError):
                return signal.Signals(-code).name
        return f"exit code {code}"


class ChildProcesses:
    """The backend of processes: those of one parallel execution. Safe for many threads.

    Args:
        jobs: What they will execute.

    Raises:
        ConfigurationError: An operation, its arguments or its data cannot be sent to a process;
            nothing has begun.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        child_setup.require_started_program()
        self._setup = child_setup.make_setup(jobs)
        self._payloads = {job.key: child_setup.pack(job.operation) for job in jobs}
        self._lock = Lock()
        self._children: list[ChildProcess] = []
        self._idle: list[ChildProcess] = []
        self._is_closed = False
        try:
            self._check(jobs)
        except BaseException:
            self.kill()
            raise

    @contextmanager
    def attempts(self) -> Iterator[Attempt]:
        """Provide a process for one operation after another; it is replaced if it had to end."""
        child = self._take()

        def attempt(job: Job, tracker: ProgressTracker) -> Outcome:
            nonlocal child
            if not child.is_alive:
                child = self._take()
            return child.execute(job, self._payloads[job.key], tracker)

        yield attempt

    def close(self) -> None:
        """Let all of them end, now that they are idle."""
        for child in self._closed():
            child.end()

    def kill(self) -> None:
        """End all of them at once, whatever they do."""
        for child in self._closed():
            child.kill()

    def _closed(self) -> list[ChildProcess]:
        with self._lock:
            self._is_closed = True
            return list(self._children)

    def _take(self) -> ChildProcess:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if self._is_closed:
                raise OperationCancelledError("operation", problem="cancelled")
            child = ChildProcess(self._setup)
            self._children.append(child)
        child.await_ready()
        return child

    def _check(self, jobs: Sequence[Job]) -> None:
        child = self._take()
        answers = child.check([self._payloads[job.key] for job in jobs])
        for job, reason in zip(jobs, answers, strict=True):
            if reason is not None:
                raise child_setup.unsendable(f"operation {job.operation.name!r}", reason)
        self._idle.append(child)


def _log(name: str, level: int, message: str) -> None:
    logging.getLogger(name).log(level, "%s", message)


def _late(operation: BaseOperation, timeout_s: float) -> Outcome:
    outcome = failure(timed_out(operation.name, timeout_s))
    outcome.is_retriable = True  # nothing of the late attempt continues
    return outcome


def _with_exception(outcome: Outcome, operation: BaseOperation) -> Outcome:
    if outcome.error is not None and outcome.exception is None:
        error = outcome.error
        outcome.exception = OperationError(
            f"operation {operation.name!r} in its process",
            problem=f"{error.error_type}: {error.message}",
        )
    return outcome


def _died(operation: BaseOperation, ending: str) -> OperationError:
    return OperationError(
        f"operation {operation.name!r}",
        problem=f"its process died ({ending})",
        remedy="check whether memory ran out, or whether its code ends the process",
    )


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Let a process start that no Ctrl-C ends before it can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
