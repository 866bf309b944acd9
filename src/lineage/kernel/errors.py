"""Every error of the product, one level by blame.

A message names the subject, what was found, what was expected and the remedy, so that the
command line can print it as one line. No message holds a cell value.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar, Final


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT: Final = _Absent()


class LineageError(Exception):
    """The root of all errors raised on purpose.

    Args:
        subject: What the message is about, as a phrase ("column list of task 't_1A'").
        found: What was there; shown with `repr`. Leave out when there is nothing to show.
        expected: What should have been there, as a phrase.
        remedy: What the reader can do, as an imperative phrase.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        subject: str,
        *,
        found: object = _ABSENT,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.subject = subject
        self.found = None if isinstance(found, _Absent) else found
        self.expected = expected
        self.remedy = remedy
        facts = [] if isinstance(found, _Absent) else [f"found {found!r}"]
        if expected is not None:
            facts.append(f"expected {expected}")
        message = subject if not facts else f"{subject}: {', '.join(facts)}"
        super().__init__(message if remedy is None else f"{message}; {remedy}")


WITHHELD: Final = "message withheld, it may quote data; --debug shows it once"


def safe_message(error: BaseException) -> str:
    """Return what an exception says if that cannot quote data, else a note that it is withheld.

    Our own messages hold no cell values, those of the operating system name a file. Any other
    message may quote what its author stumbled over.
    """
    if isinstance(error, LineageError):
        return str(error)
    if isinstance(error, OSError) and _is_of_the_system(error):
        return f"{error.strerror}: {error.filename!r}" if error.filename else str(error.strerror)
    return f"{type(error).__name__} ({WITHHELD})"


def _is_of_the_system(error: OSError) -> bool:
    """Tell whether its text is what the operating system says; a program may raise one too."""
    return isinstance(error.errno, int) and error.strerror == os.strerror(error.errno)


class CommandRejectedError(LineageError):
    """The domain refused a command; nothing was recorded."""


class RunClosedError(CommandRejectedError):
    """A fact was offered to a run that has already ended."""


class RunNotStartedError(CommandRejectedError):
    """A fact was offered to a run that has not begun."""


class RunExistsError(CommandRejectedError):
    """A run was started under an id that is taken."""


class OperationNotStartedError(CommandRejectedError):
    """An outcome was offered for an operation that is not under way."""


class OperationOpenError(CommandRejectedError):
    """A run was said to have succeeded while one of its operations is under way."""


class ResumeInProgressError(CommandRejectedError):
    """A second resume of a run was asked for while one is open."""


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


class UnknownEventError(LedgerError):
    """A stored event has a type or version that this release does not know."""


class ConfigurationError(LineageError):
    """Settings, arguments or the project itself are wrong."""

    exit_code = 2


class ProjectNotFoundError(ConfigurationError):
    """No project lies at or above the given folder."""


class TaskNotFoundError(ConfigurationError):
    """No task answers to the given name."""


class RunNotFoundError(ConfigurationError):
    """No run answers to the given id, prefix or task."""


class DatasetNotFoundError(ConfigurationError):
    """No recorded dataset version answers to the given name."""


class PathRefusedError(LineageError):
    """A path leaves the folders it may use, or cannot be used safely."""

    exit_code = 2


class CipherError(LineageError):
    """Something could not be encrypted, decrypted or keyed."""


class CheckpointError(LineageError):
    """The state of a run could not be kept or taken up."""


class CheckpointRefusedError(CheckpointError):
    """A state or a name cannot be kept as it is."""


class CheckpointNotFoundError(CheckpointError):
    """No checkpoint of the task answers to the given name."""


class CheckpointMismatchError(CheckpointError):
    """A checkpoint was made by another task, or under another configuration or version."""


class CheckpointDamagedError(CheckpointError):
    """The file that holds the state of a checkpoint is missing or is not what was kept."""


class CheckpointNotWrittenError(CheckpointError):
    """The file for the state of a checkpoint cannot be written."""


class OperationError(LineageError):
    """Work on data failed."""


class MaxRetriesExceededError(OperationError):
    """An operation failed each time it was tried; `__cause__` is the last failure."""


class OperationTimeoutError(OperationError):
    """An operation took longer than it may."""


class OperationCancelledError(OperationError):
    """An operation was told to stop, or not to begin."""


class DataReadError(OperationError):
    """A dataset could not be read as it was described."""


class DataWriteError(OperationError):
    """A dataset or document could not be written."""


class AnonymizationError(OperationError):
    """A privacy guarantee cannot be reached on the given data."""


class ReportingError(OperationError):
    """A task report could not be made or saved."""


class ProjectionError(LineageError):
    """A read model could not be built, opened or asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlace:
    """Where in a query the error is.

    Attributes:
        line: Which line, from 1.
        column: Which character of the line, from 1.
        length: How many characters are meant, at least 1; those after the line do not count.
        text: The line.
    """

    line: int
    column: int
    length: int
    text: str


class QueryError(ProjectionError):
    """A query was refused or has an error.

    Args:
        subject: As in `LineageError`.
        found: Likewise.
        expected: Likewise.
        remedy: Likewise.
        place: Where in the query; None if no place is to blame.
    """

    exit_code = 2

    def __init__(
        self,
        subject: str,
        *,
        found: object = _ABSENT,
        expected: str | None = None,
        remedy: str | None = None,
        place: QueryPlace | None = None,
    ) -> None:
        super().__init__(subject, found=found, expected=expected, remedy=remedy)
        self.place = place


class QueryStoppedError(QueryError):
    """A query took longer or needed more memory than it may."""

    exit_code = 1


class MomentError(QueryError):
    """A question names a moment that has not come, or that is none."""


class IntegrityError(LineageError):
    """A record or a file is not what was recorded."""
