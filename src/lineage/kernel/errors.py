"""Every error of the product, one level by blame.

A message names the subject, what is wrong with it, what was expected and the remedy, so that the
command line can print it as one line. No message holds a cell value.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT: Final = _Absent()
_Error = TypeVar("_Error", bound="LineageError")


class LineageError(Exception):
    """The root of all errors raised on purpose.

    The message reads "port: found 'x', expected a number; correct it" for a value, and "file
    'x.csv': no such file; check the path" for a problem.

    Args:
        subject: What the message is about, as a phrase ("column list of task 't_1A'").
        problem: What is wrong with it, as a phrase; shown as it is.
        found: The value that was there; shown with `repr`. Leave out when there is none.
        expected: What should have been there, as a phrase.
        remedy: What the reader can do, as an imperative phrase.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        subject: str,
        *,
        problem: str | None = None,
        found: object = _ABSENT,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.subject = subject
        self.problem = problem
        self._found = found
        self.expected = expected
        self.remedy = remedy
        facts = [] if problem is None else [problem]
        if not isinstance(found, _Absent):
            facts.append(f"found {found!r}")
        if expected is not None:
            facts.append(f"expected {expected}")
        message = subject if not facts else f"{subject}: {', '.join(facts)}"
        super().__init__(message if remedy is None else f"{message}; {remedy}")

    @property
    def found(self) -> object:
        """The value that was there; None if none was given."""
        return None if isinstance(self._found, _Absent) else self._found

    def recast(self, cls: type[_Error]) -> _Error:
        """Return an error of another class that says the same."""
        return cls(
            self.subject,
            problem=self.problem,
            found=self._found,
            expected=self.expected,
            remedy=self.remedy,
        )


WITHHELD: Final = "message hidden because it may contain data; use --debug to see it"


def safe_message(error: BaseException) -> str:
    """Return what an exception says if that cannot quote data, else a note that it is hidden.

    Our own messages hold no cell values, those of the operating system name a file. Any other
    message may quote the data that caused it.
    """
    if isinstance(error, LineageError):
        return str(error)
    if isinstance(error, OSError) and _is_of_the_system(error):
        return f"{error.strerror}: {error.filename!r}" if error.filename else str(error.strerror)
    if isinstance(error, MemoryError):
        return "out of memory; close other programs, or work on less data at once"
    return f"{type(error).__name__} ({WITHHELD})"


def _is_of_the_system(error: OSError) -> bool:
    """Tell whether its text comes from the operating system; programs may raise one as well."""
    return isinstance(error.errno, int) and error.strerror == os.strerror(error.errno)


class CommandRejectedError(LineageError):
    """The domain refused a command; nothing was recorded."""


class RunInterruptedError(LineageError):
    """A run was interrupted and can be resumed."""

    exit_code = 130


class RunClosedError(CommandRejectedError):
    """A fact was offered to a run that has already ended."""


class RunNotStartedError(CommandRejectedError):
    """A fact was offered to a run that has not started."""


class RunExistsError(CommandRejectedError):
    """A run was started with an id that is already in use."""


class OperationNotStartedError(CommandRejectedError):
    """An outcome was offered for an operation that is not running."""


class OperationOpenError(CommandRejectedError):
    """A run was to succeed while one of its operations is still running."""


class ResumeInProgressError(CommandRejectedError):
    """A run was resumed a second time while the first resume is still open."""


class TaskBusyError(CommandRejectedError):
    """A task may not start because another run of it is open."""


class ReleaseRefusedError(CommandRejectedError):
    """A file may not be released; the refusal is recorded."""


class BudgetExceededError(CommandRejectedError):
    """A run would spend more of a privacy budget than the project allows."""


class DependencyError(CommandRejectedError):
    """A task may not start because of a task it depends on."""


class DependencyCycleError(CommandRejectedError):
    """A declared dependency would close a cycle."""


class TaskNotRegisteredError(CommandRejectedError):
    """A fact was offered to a task that was never registered."""


class LedgerError(LineageError):
    """The event store could not do what it was asked."""


class LedgerUnavailableError(LedgerError):
    """The event store cannot be opened, read or written."""


class LedgerConflictError(LedgerError):
    """Another writer appended to the stream first."""


class LedgerLockedError(LedgerError):
    """What is needed of an encrypted ledger opens only with a key that is not here."""


class ErasedError(LedgerError):
    """What is needed of an encrypted ledger was erased: its key was destroyed."""


class UnknownEventError(LedgerError):
    """A stored event has a type or version that this release does not know."""


class ConfigurationError(LineageError):
    """Settings, arguments or the project itself are wrong."""

    exit_code = 2


class ProjectNotFoundError(ConfigurationError):
    """No project lies at or above the given folder."""


class TaskNotFoundError(ConfigurationError):
    """No task has the given name."""


class RunNotFoundError(ConfigurationError):
    """No run matches the given id, prefix or task."""


class MetricNotFoundError(ConfigurationError):
    """No metric of a task has the given name, or more than one."""


class DatasetNotFoundError(ConfigurationError):
    """No recorded dataset version matches the given name."""


class PathRefusedError(LineageError):
    """A path leaves the folders it may use, or cannot be used safely."""

    exit_code = 2


class CipherError(LineageError):
    """Something could not be encrypted, decrypted or keyed."""


class CheckpointError(LineageError):
    """The state of a run could not be saved or restored."""


class CheckpointRefusedError(CheckpointError):
    """A state or a name cannot be saved as it is."""


class CheckpointNotFoundError(CheckpointError):
    """The task has no checkpoint of the given name."""


class CheckpointMismatchError(CheckpointError):
    """A checkpoint was made by another task, or under another configuration or version."""


class CheckpointDamagedError(CheckpointError):
    """The file with the state of a checkpoint is missing or has changed."""


class CheckpointNotWrittenError(CheckpointError):
    """The file for the state of a checkpoint cannot be written."""


class OperationError(LineageError):
    """Work on data failed."""


class MaxRetriesExceededError(OperationError):
    """An operation failed each time it was tried; `__cause__` is the last failure."""


class OperationTimeoutError(OperationError):
    """An operation exceeded its timeout."""


class OperationCancelledError(OperationError):
    """An operation was cancelled before or while it ran."""


class DataReadError(OperationError):
    """A dataset could not be read as it was described."""


class DataWriteError(OperationError):
    """A dataset or document could not be written."""


class AnonymizationError(OperationError):
    """A privacy guarantee cannot be reached on the given data."""


class ReportingError(OperationError):
    """A task report could not be made or saved."""


class DocumentNotWrittenError(ReportingError):
    """A run is on record, but a document that is made from the history could not be written."""

    exit_code = 3


class ProjectionError(LineageError):
    """A read model could not be built, opened or queried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlace:
    """Where in a query the error is.

    Attributes:
        line: Number of the line, from 1.
        column: Number of its first character in the line, from 1.
        length: Number of characters in the line, at least 1.
        text: The line.
    """

    line: int
    column: int
    length: int
    text: str


class QueryError(ProjectionError):
    """A query was refused or has an error.

    Attributes:
        place: Where in the query; None if the error has no place.
    """

    exit_code = 2
    place: QueryPlace | None = None


class QueryStoppedError(QueryError):
    """A query exceeded its time or memory limit."""

    exit_code = 1


class MomentError(QueryError):
    """A question names a moment in the future, or not a moment at all."""


class IntegrityError(LineageError):
    """A record or a file is not what was recorded."""
