"""One recorded run of a script."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from html import escape
from threading import RLock
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

from lineage.domain.run import AnnotateRun
from lineage.kernel.errors import OperationError, TaskBusyError
from lineage.scripts import open_runs
from lineage.scripts.book import Book, Place
from lineage.scripts.parameters import recorded
from lineage.scripts.recording import Recording, require_open
from lineage.scripts.script_task import ScriptTask
from lineage.scripts.step import CLASS_NAME, Step, is_success
from ops.columns.memory import ColumnMemory

Returned = TypeVar("Returned")


class ScriptRun(Recording):
    """A run of a script; `lineage.record` makes it.

    Use it as a context manager: an exception makes the run fail and passes on, Ctrl-C and SIGTERM
    interrupt it, and leaving the program with code 0 is a success. In a notebook call `start` and
    `end`; a run without an end is interrupted when the interpreter ends.

    Args:
        task: The task that it executes.
        params: What it works with.
        resume: As for `BaseTask.run`.
        tags: Words to find it by.

    Attributes:
        params: What it works with; read-only.
    """

    def __init__(
        self,
        task: ScriptTask,
        params: Mapping[str, Any],
        *,
        resume: bool | str = False,
        tags: tuple[str, ...] = (),
    ) -> None:
        self.params: Mapping[str, Any] = MappingProxyType(dict(params))
        self.is_loose = False
        self._task = task
        self._resume = resume
        self._tags = list(tags)
        self._pid: int | None = None
        self._book: Book | None = None
        self._place = Place(operation=None, name=task.task_id)
        self._ending = RLock()

    @property
    def run(self) -> ScriptRun:
        """The run itself."""
        return self

    @property
    def id(self) -> str:
        """Its id.

        Raises:
            OperationError: It has not begun.
        """
        return self._begun.recorder.run_id

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        return self._book is not None and self._book.recorder.is_open

    def start(self) -> Self:
        """Begin the run, for code that no single block holds, and return it.

        If an earlier run of the same name that was begun so is still open, it is interrupted:
        a cell of a notebook was executed again.

        Raises:
            LineageError: As for the class as a context manager.
        """
        for other in open_runs.opened():
            if isinstance(other, ScriptRun) and other.is_loose and self._is_alike(other):
                other.abandon("it was begun again before it ended")
        self._begin()
        self.is_loose = True
        return self

    def end(self) -> None:
        """End the run as a success; a run that has ended stays as it is.

        Raises:
            DataWriteError: A file that `output` named is missing; the run has failed.
            CommandRejectedError: A step is still open; the run has failed.
            LedgerError: The history cannot be written.
            DocumentNotWrittenError: The seal, the report or the log cannot be written.
        """
        self._end(None)

    def __enter__(self) -> Self:
        """Begin the run.

        Raises:
            ConfigurationError: The name or the parameters are wrong; no run begins.
            TaskBusyError: Another run of that name is open.
            PathRefusedError: The folder cannot be a project's.
            LedgerError: The history cannot be written.
        """
        if self._book is None:
            self._begin()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End the run, and let what has happened pass."""
        self._end(None if is_success(error) else error)
        open_runs.end_process_by(error)

    def step(self, name: str, /, **params: object) -> Step:
        """Return a step of the run, to be used in a with statement.

        Args:
            name: What it is called.
            params: What it works with; frames and other big values are recorded by type and shape.
        """
        return self.step_of(name, params, class_name=CLASS_NAME)

    def step_of(self, name: str, params: Mapping[str, object], *, class_name: str) -> Step:
        """Return a step whose code is a function with a name."""
        return Step(self, self._begun, name, params, class_name=class_name)

    def tag(self, *tags: str) -> None:
        """Add words to find the run by; they are in its execution record."""
        book = require_open(self._pid, self._book, self._subject)
        with self._ending:
            self._tags = list(dict.fromkeys((*self._tags, *tags)))
            session = book.task.project.run_session(self.id, book.task.task_id)
            session.handle(AnnotateRun(changes={"tags": list(self._tags)}))

    def checkpoint(self, state: Mapping[str, Any], name: str | None = None) -> None:
        """Keep a state, so that a run that resumes this one can go on from there.

        Args:
            state: What to keep; `TaskContextManager` says what can be.
            name: Its name; one of the same name in this run is replaced.

        Raises:
            CheckpointError: It cannot be kept.
            RunClosedError: The run has ended.
        """
        book = require_open(self._pid, self._book, self._subject)
        book.task.context_manager.save_execution_state(state, name)

    @property
    def restored(self) -> dict[str, Any] | None:
        """The last checkpoint of the run that this one resumes; None if there is none.

        If that run had resumed another one and kept nothing itself, the other's counts.

        Raises:
            CheckpointMismatchError: It was made with other parameters or another version.
            CheckpointDamagedError: It is missing or changed.
        """
        return self._begun.restored()

    def report(self) -> dict[str, Any]:
        """Return the report of the run as it is now (`projections.documents.report`)."""
        return self._begun.task.reporter.report.document()

    def abandon(self, why: str) -> None:
        """Record that the run is interrupted, as nobody will end it."""
        book = self._book
        if book is None or not self.is_open:
            open_runs.remove(self)
            return
        with self._ending, book.task.carrying_on("recording the interruption"):
            book.settle_after_failure(self._place)
            book.recorder.interrupt("process_gone", why)
        self._end(KeyboardInterrupt())

    def perform(self, work: Callable[[Self], Returned]) -> Returned:
        """Do the work of a run that the task itself begins and ends."""
        self._attach()
        try:
            returned = work(self)
            self._begun.settle(self._place)
        except BaseException:
            self._begun.settle_after_failure(self._place)
            raise
        finally:
            open_runs.leave(self)
        return returned

    def __repr__(self) -> str:
        if self._book is None:
            return f"<run of {self._task.task_id!r}, not begun>"
        status = self._book.recorder.state.status.value
        return f"<run {self.id} of {self._task.task_id!r}, {status}>"

    def _repr_html_(self) -> str:
        return escape(repr(self)) if self._book is None else self._book.task.reporter.report.card()

    @property
    def _subject(self) -> str:
        return f"run of {self._task.task_id!r}"

    @property
    def _begun(self) -> Book:
        if self._book is None:
            raise OperationError(
                self._subject, problem="it has not begun", remedy="use a with statement or start()"
            )
        return self._book

    def _here(self) -> tuple[Book, Place]:
        book = require_open(self._pid, self._book, self._subject)
        inner = open_runs.innermost(self)
        return inner._here() if isinstance(inner, Step) else (book, self._place)  # noqa: SLF001  # the same class

    def _begin(self) -> None:
        if self._book is not None:
            raise OperationError(
                self._subject, problem="it has begun before", remedy="call lineage.record again"
            )
        self._refuse_to_nest()
        self._task.begin(recorded(self.params), resume=self._resume)
        self._attach()
        open_runs.add(self)
        if self._tags:
            self.tag()

    def _attach(self) -> None:
        self._pid = os.getpid()
        self._book = Book(self._task)
        open_runs.enter(self)

    def _end(self, error: BaseException | None) -> None:
        book = self._begun
        open_runs.leave(self)
        if open_runs.is_foreign(self._pid):
            return
        with self._ending:
            if self not in open_runs.opened():
                return
            open_runs.remove(self)
            if error is None:
                try:
                    book.settle(self._place)
                except BaseException as fault:
                    self._task.end(fault)
                    raise
            elif book.recorder.is_open:
                book.settle_after_failure(self._place)
            book.memory = ColumnMemory()  # frees the frames
            self._task.end(error)

    def _is_alike(self, other: ScriptRun) -> bool:
        return other._task.task_id == self._task.task_id and other.is_open

    def _refuse_to_nest(self) -> None:
        """Refuse a run of a task inside a run of the same one, which would wait for itself."""
        around = open_runs.current()
        if isinstance(around, ScriptRun) and self._is_alike(around):
            raise TaskBusyError(
                f"task {self._task.task_id!r}",
                problem=f"this code is inside its run {around.id}",
                expected="one run of a task at a time",
                remedy="use a step of that run, or give one of them another name",
            )
