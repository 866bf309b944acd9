"""How a run of a task ends: recorded once and saved once, whatever goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from lineage import exports
from lineage.domain.run import RunStatus
from lineage.events import ErrorFact
from lineage.kernel.errors import (
    DocumentNotWrittenError,
    OperationError,
    ReportingError,
    safe_message,
)
from lineage.kernel.plain import listed
from lineage.recording.error_facts import error_fact
from lineage.recording.operation_facts import UNRECORDED
from lineage.recording.recorder import RunRecorder
from lineage.tasks.lifecycle.directories import DirectoryManager
from lineage.tasks.lifecycle.folder_watch import UNWATCHED, FolderWatch
from lineage.tasks.reporting.reporter import TaskReporter

_NAMED: Final = 5
"""Files that a message names."""
_MOST_FILES: Final = 100
"""Files that its details list."""


class Ending:
    """The end of one run.

    Args:
        recorder: Writes the run's history.
        reporter: Saves its report.
        directories: The folders of its task.
        logger: Logs what goes wrong.

    Attributes:
        unrecorded: Why a strict run failed although it succeeded otherwise; None if it did not.
    """

    def __init__(
        self,
        recorder: RunRecorder,
        reporter: TaskReporter,
        directories: DirectoryManager,
        logger: logging.Logger,
    ) -> None:
        self._recorder = recorder
        self._reporter = reporter
        self._directories = directories
        self._logger = logger
        self._has_saved = False
        self._is_strict = False
        self._watch: FolderWatch | None = None
        self.unrecorded: OperationError | None = None

    def watch(self, *, is_strict: bool) -> None:
        """Remember the files of the task as they are, to find those that change.

        Args:
            is_strict: Whether the run fails if it reads or writes what is not recorded.
        """
        self._is_strict = is_strict
        self._watch = FolderWatch(
            self._directories.get_directory("task"),
            without=map(self._directories.get_directory, UNWATCHED),
        )

    def end(self, *, success: bool, operations_failed: int, error: ErrorFact) -> None:
        """End the run if it is open; the first time, save its report and the log, and clean up.

        Args:
            success: Whether it succeeded.
            operations_failed: Operations that failed and did not stop it.
            error: Why it failed, if it did.

        Raises:
            LedgerError: The history cannot be written.
            DocumentNotWrittenError: The seal, the report or the execution log cannot be written;
                the history has the run.
        """
        if self._recorder.is_open:
            missed = self._missed()
            self._warn_of_key()
            if success and missed and self._is_strict:
                self.unrecorded = _beside_the_record(self._recorder.task_id, missed)
                self._recorder.fail(error_fact(self.unrecorded))
            elif success:
                self._recorder.succeed(operations_failed=operations_failed)
            else:
                self._recorder.fail(error)
        if self._has_saved:
            return
        self._has_saved = True
        self._directories.clean_temp_directory()
        writers = {
            "seal": self._seal,
            "report": self._reporter.save_report,
            "execution log": self._follow_execution_log,
        }
        faults = {name: fault for name, write in writers.items() if (fault := _tried(write))}
        if faults:
            raise not_written(self._recorder.state.status, faults)

    def after_refusal(self) -> None:
        """Seal the ledger and write the execution log, with the refusal."""
        with self.carrying_on("sealing the ledger"):
            self._seal()
        with self.carrying_on("writing the execution log"):
            self._follow_execution_log()

    def note(self, error: BaseException) -> None:
        """Log what stopped the run; an interrupt ends it here."""
        if not isinstance(error, KeyboardInterrupt):
            what = f"task {self._recorder.task_id}{self._what_failed(error)}"
            message = error_fact(error).message
            self._logger.error("%s: %s", what, message, extra={"brief": what})
            return
        self._logger.warning("task %s interrupted", self._recorder.task_id)
        if self._recorder.is_open:
            self._recorder.interrupt_by(error)

    def _warn_of_key(self) -> None:
        """Leave word on record if there will be no seal, as the run takes no warning later."""
        from lineage.seals import sealing  # noqa: PLC0415  # start-up time

        fault = sealing.fault_of_key(self._recorder.project)
        if fault is not None:
            self._recorder.warn("seal", f"the run is not sealed at its end: {fault}")

    def _seal(self) -> None:
        from lineage.seals import sealing  # noqa: PLC0415  # start-up time

        recorder = self._recorder
        sealing.seal_after_run(recorder.project, run=recorder.run_id, task=recorder.task_id)

    def _follow_execution_log(self) -> None:
        project = self._recorder.project
        exports.follow_execution_log(project, at_once=self._reporter.is_own)

    def _what_failed(self, error: BaseException) -> str:
        if isinstance(error, DocumentNotWrittenError):  # it says so itself
            return ""
        has_succeeded = self._recorder.state.status is RunStatus.SUCCEEDED
        return " succeeded, and something failed afterwards" if has_succeeded else " failed"

    def _missed(self) -> list[str]:
        """Return what the record of the run lacks, after a warning about files."""
        operations = self._recorder.unrecorded_operations
        missed = [f"operation {name!r} {UNRECORDED}" for name in operations]
        files = [] if self._watch is None else self._watch.unrecorded(self._recorder)
        if files:
            named = listed(files, _NAMED)
            missed.append(f"new or changed, but handed back by no operation: {named}")
            self._recorder.warn("unrecorded files", missed[-1], {"files": files[:_MOST_FILES]})
        return missed

    @contextmanager
    def carrying_on(self, doing: str) -> Iterator[None]:
        """Log an error of the block instead of raising it: the first error matters more."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # as the docstring says
            message = error_fact(error).message
            self._logger.error("task %s, %s: %s", self._recorder.task_id, doing, message)  # noqa: TRY400  # no trace, it may quote data


def not_written(status: RunStatus, faults: Mapping[str, Exception]) -> DocumentNotWrittenError:
    """Return the error that a run is on record, and documents of it could not be written.

    Args:
        status: How the run ended.
        faults: Names of the documents, each with what went wrong; at least one.
    """
    ended = "was interrupted" if status is RunStatus.INTERRUPTED else status.value
    error = DocumentNotWrittenError(
        f"the run {ended}; its {' and its '.join(faults)} could not be written",
        problem="; ".join(dict.fromkeys(map(_reason, faults.values()))),
        remedy="remove the cause, then " + " and ".join(_remedies(faults)),
    )
    error.__cause__ = next(iter(faults.values()))
    return error


def has_succeeded(phase: str, returned: object, *, failed_operations: int) -> bool:
    """Return whether a phase succeeded, judged by what it returned.

    Args:
        phase: Its name.
        returned: True or False. None, from a method that a subclass overrides, is True as long as
            no operation has failed.
        failed_operations: How many have.

    Raises:
        OperationError: It returned anything else.
    """
    if returned is None:
        return phase == "finalize" or not failed_operations
    if isinstance(returned, bool):
        return returned
    raise OperationError(
        f"phase {phase!r}",
        problem=f"it returned {type(returned).__name__}",
        expected="True or False",
    )


def _remedies(faults: Mapping[str, Exception]) -> Iterator[str]:
    if "seal" in faults:
        yield "sign with `lineage seal`"
    if faults.keys() - {"seal"}:
        yield "write the documents with `lineage rebuild --files`"


def _tried(write: Callable[[], object]) -> Exception | None:
    try:
        write()
    except Exception as error:  # noqa: BLE001  # whatever it is, the run is over
        return error
    return None


def _reason(error: Exception) -> str:
    stated = error.problem if isinstance(error, ReportingError) else None
    return stated or safe_message(error)


def _beside_the_record(task_id: str, missed: list[str]) -> OperationError:
    return OperationError(
        f"task {task_id!r}",
        problem="; ".join(missed),
        remedy="read through the data source, hand back what is written, or do not be strict",
    )
