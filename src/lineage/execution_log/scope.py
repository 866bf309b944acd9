"""What the functions of the execution log share: their project and their one error."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, Protocol, SupportsFloat

from pydantic import ValidationError

from lineage import settings
from lineage.kernel.errors import LineageError
from lineage.project import Project
from ops.progress import ProgressTracker

Record = dict[str, Any]
FilePath = str | os.PathLike[str]

DEFAULT_LOCK_TIMEOUT: Final = 10
"""Seconds that a function waits for other writers of the history before it gives up."""


class ExecutionLogError(LineageError):
    """The execution log could not be written or read."""


class ProgressManagerProtocol(Protocol):
    """What these functions need from a progress manager."""

    def create_operation_context(
        self, name: str, total: int, description: str = ""
    ) -> AbstractContextManager[ProgressTracker]:
        """Return a context manager that shows the progress of one operation."""
        ...


@contextmanager
def working(
    progress_manager: ProgressManagerProtocol | None, what: str, root: Path | None = None
) -> Iterator[Project]:
    """Open the project for one function, show one step, and raise only `ExecutionLogError`."""
    shown = (
        nullcontext()
        if progress_manager is None
        else progress_manager.create_operation_context(what, total=1, description=what)
    )
    try:
        with (
            shown as progress,
            Project(root_of(root), lock_timeout_s=DEFAULT_LOCK_TIMEOUT) as project,
        ):
            yield project
            if progress is not None:
                progress.update(1)
    except ExecutionLogError:
        raise
    except ValidationError as error:
        mistakes = settings.validation_error(what, error)
        problem = mistakes.problem or str(mistakes.found)
        raise ExecutionLogError(f"execution log ({what})", problem=problem) from error
    except (LineageError, OSError, ValueError) as error:
        raise ExecutionLogError(f"execution log ({what})", problem=str(error)) from error


def root_of(given: Path | None) -> Path:
    """Return the project's folder: the given one, the one that contains the current one, or that.

    Raises:
        ProjectNotFoundError: LINEAGE_PROJECT names a folder that does not exist.
    """
    if given is not None:
        return Path(given)
    return settings.find_root_or_here()


def check_number(name: str, value: Any, *, at_least: int) -> None:
    """Check that a value is a finite number and not below a limit.

    Raises:
        ExecutionLogError: It is not.
    """
    is_number = isinstance(value, SupportsFloat) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value < at_least:
        raise ExecutionLogError(name, found=value, expected=f"a number, {at_least} or more")
