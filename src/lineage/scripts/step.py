"""A step of a recorded run: an operation whose code is a block of the script."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from lineage.kernel.clock import Clock
from lineage.kernel.errors import OperationError
from lineage.kernel.values import to_json
from lineage.recording.error_facts import error_fact
from lineage.recording.operation_facts import FinishedOperation
from lineage.scripts import open_runs
from lineage.scripts.book import Book, Place
from lineage.scripts.parameters import recorded
from lineage.scripts.recording import Recording, require_open
from ops.result import OperationResult, OperationStatus

CLASS_NAME: Final = "lineage.step"
"""What an operation is called in the history whose code is a block of a script."""


class Step(Recording):
    """A step of a run; `ScriptRun.step` makes it.

    As a context manager it is an operation of the run: what is recorded within, by the run in the
    same context or by the step from anywhere, belongs to it. An exception makes it fail and passes.

    Args:
        run: The run.
        book: What the run has read and written.
        name: What it is called.
        parameters: What it works with.
        class_name: What defines it.
    """

    def __init__(
        self,
        run: open_runs.OpenRun,
        book: Book,
        name: str,
        parameters: Mapping[str, object],
        *,
        class_name: str = CLASS_NAME,
    ) -> None:
        self.run = run
        self.name = name
        self._book = book
        self._parameters = recorded(parameters)
        self._class_name = class_name
        self._place: Place | None = None
        self._begun_s = 0.0

    def __enter__(self) -> Self:
        """Begin it.

        Raises:
            RunClosedError: The run has ended.
            OperationError: It has begun before, or this is a forked process.
        """
        if self._place is not None:
            raise OperationError(
                f"step {self.name!r}", problem="it has begun before", remedy="make a new step"
            )
        require_open(self._pid, self._book, f"step {self.name!r}")
        self._begun_s = self._clock.monotonic()
        number = self._book.recorder.begin_operation(
            self.name,
            class_name=self._class_name,
            code_version=self._book.code_version,
            parameters=self._parameters,
            seed=None,
        )
        self._place = Place(operation=number, name=self.name)
        open_runs.enter(self)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Record how it ended."""
        open_runs.leave(self)
        if open_runs.is_foreign(self._pid) or self._place is None:
            return
        if isinstance(error, KeyboardInterrupt):
            return  # an operation that is interrupted has no end of its own
        if is_success(error):
            try:
                self._book.settle(self._place)
            except BaseException as fault:
                self._end(self._place, fault)
                raise
            self._end(self._place, None)
        else:
            self._book.settle_after_failure(self._place)
            self._end(self._place, error)

    def _end(self, place: Place, error: BaseException | None) -> None:
        status = OperationStatus.WARNING if place.has_warned else OperationStatus.SUCCESS
        result = OperationResult(
            status=status if error is None else OperationStatus.ERROR,
            execution_time=round(self._clock.monotonic() - self._begun_s, 6),
        )
        self._book.recorder.end_operation(
            FinishedOperation(
                number=place.operation or 0,
                name=self.name,
                key_parts={
                    "name": self.name,
                    "code_version": self._book.code_version,
                    "parameters": to_json(self._parameters),
                    "seed": None,
                },
                result=result,
                inputs_on_record=place.inputs,
                error=None if error is None else error_fact(error),
                is_without_data=True,
            )
        )
        self._book.task.results.append(result)

    def _here(self) -> tuple[Book, Place]:
        if self._place is None:
            raise OperationError(
                f"step {self.name!r}", problem="it has not begun", remedy="use a with statement"
            )
        return require_open(self._pid, self._book, f"step {self.name!r}"), self._place

    @property
    def _pid(self) -> int:
        return self._book.pid

    @property
    def _clock(self) -> Clock:
        return self._book.task.project.clock


def is_success(error: BaseException | None) -> bool:
    """Tell whether a block ended well: without an exception, or by leaving with code 0."""
    return error is None or (isinstance(error, SystemExit) and error.code in {None, 0})
