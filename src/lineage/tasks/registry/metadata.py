"""What a task class says about itself."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from lineage.kernel.errors import ConfigurationError, safe_message
from lineage.recording.error_facts import qualified_name
from lineage.tasks.lifecycle.base_task import BaseTask
from lineage.tasks.registry import discovery
from ops.code.version import source_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMetadata:
    """What a task class says about itself.

    Attributes:
        task_id: Its id.
        task_type: "ingestion", "profiling", ...; None, like the next two, if the class needs
            arguments.
        description: What it is for.
        version: The author's version.
        class_name: Module and name of the class.
        source_sha256: Digest of the module that defines it; None where there is no source.
    """

    task_id: str
    task_type: str | None
    description: str | None
    version: str | None
    class_name: str
    source_sha256: str | None


def get_task_metadata(task_class: type[BaseTask], task_id: str | None = None) -> TaskMetadata:
    """Return what a task class says about itself.

    Args:
        task_class: The class.
        task_id: The id it is registered under; needed if the class needs arguments.

    Raises:
        ConfigurationError: It cannot be made without arguments.
    """
    is_silent = task_id is not None and discovery.needs_arguments(task_class)
    task = None if is_silent else make_task(task_class)
    return TaskMetadata(
        task_id=task_id or "" if task is None else task.task_id,
        task_type=None if task is None else task.task_type,
        description=None if task is None else task.description,
        version=None if task is None else task.version,
        class_name=qualified_name(task_class),
        source_sha256=source_sha256(task_class),
    )


def make_task(task_class: type[BaseTask], /, **kwargs: Any) -> BaseTask:
    """Return a new task.

    Raises:
        ConfigurationError: The class does not take these arguments, or fails.
    """
    subject = f"task class {qualified_name(task_class)!r}"
    signature = inspect.signature(task_class)
    try:
        signature.bind(**kwargs)
    except TypeError as error:
        raise ConfigurationError(
            subject, problem=str(error), expected=f"arguments that fit {signature}"
        ) from error
    try:
        return task_class(**kwargs)
    except Exception as error:
        raise ConfigurationError(subject, problem=safe_message(error)) from error
