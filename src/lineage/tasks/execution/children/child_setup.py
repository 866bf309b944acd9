"""What a process for operations gets at its start, and operations ready to be sent there."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lineage.kernel.errors import ConfigurationError
from lineage.recording.error_facts import qualified_name
from lineage.tasks.execution.job import Job
from lineage.tasks.security.task_encryption import TaskEncryption
from ops.base import BaseOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a process needs to know.

    Attributes:
        shared: Pickled: the data source or None, and the arguments of all operations.
        folder: The current folder of the parent.
        modules: Modules of the operations, each with the file it was imported from.
        encryption: How the task's files are encrypted, without the key; None for not at all.
        log_level: Level below which log records are of no interest to the parent.
    """

    shared: bytes
    folder: Path
    modules: Mapping[str, str]
    encryption: TaskEncryption | None
    log_level: int


def make_setup(jobs: Sequence[Job]) -> Setup:
    """Return what a process needs to execute any of these operations.

    Args:
        jobs: At least one; all have the same arguments and datasets.

    Raises:
        ConfigurationError: An argument or a dataset cannot be pickled.
    """
    return Setup(
        shared=_pack_shared(jobs[0]),
        folder=Path.cwd(),
        modules=_modules(job.operation for job in jobs),
        encryption=jobs[0].encryption,
        log_level=logging.getLogger().getEffectiveLevel(),
    )


def require_started_program() -> None:
    """Refuse to work in a process that only imports the program of its parent.

    Raises:
        ConfigurationError: It does; the program has no guard.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise ConfigurationError(
            "processes for operations",
            problem="the program starts its work when a process imports it",
            remedy='put what starts the task below `if __name__ == "__main__":`',
        )


def pack(operation: BaseOperation) -> bytes:
    """Return an operation pickled.

    Raises:
        ConfigurationError: It cannot be.
    """
    return _pickled(f"operation {operation.name!r}", operation)


def unsendable(subject: str, reason: str) -> ConfigurationError:
    """Return the error of something that cannot be sent to a process."""
    return ConfigurationError(
        f"{subject} for a process",
        problem=f"cannot be sent there: {reason}",
        remedy="define its class at the top of a module, leave out what cannot be pickled, "
        "or execute in threads",
    )


def _pack_shared(job: Job) -> bytes:
    try:
        return pickle.dumps((job.source, job.arguments))
    except Exception as error:  # name the argument
        for name, value in job.arguments.items():
            _pickled(f"parameter {name!r}", value)
        raise unsendable("data source", type(error).__name__) from error


def _pickled(subject: str, value: object) -> bytes:
    try:
        return pickle.dumps(value)
    except Exception as error:
        reason = f"{qualified_name(type(value))} ({type(error).__name__})"
        raise unsendable(subject, reason) from error


def _modules(operations: Iterable[BaseOperation]) -> dict[str, str]:
    """Return the modules of the operations' classes, each with its file."""
    names = {cls.__module__ for operation in operations for cls in type(operation).__mro__}
    files = {name: getattr(sys.modules.get(name), "__file__", None) for name in names}
    return {name: str(file) for name, file in files.items() if file and name != "__main__"}
