"""What has happened to a task: the thing that is run."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from lineage.events.base import Event, JsonObject, Sha256

Requirement: TypeAlias = Literal["latest_run", "latest_success", "run"]
"""Which run of a dependency must have succeeded: the latest, any, or a certain one."""


class TaskRegistered(Event):
    """A task became known, or its code or description changed.

    Attributes:
        task_type: "ingestion", "profiling", "anonymization", ...
        description: What it is for.
        version: The author's version of the task.
        class_name: Qualified name of its class.
        source_sha256: Digest of the module that defines it; None in an interactive session.
    """

    TOPIC: ClassVar[str] = "task.registered"
    task_type: str
    description: str
    version: str
    class_name: str
    source_sha256: Sha256 | None


class TaskConfigured(Event):
    """A task will run under another configuration than before.

    Attributes:
        configuration: The effective values, secrets redacted.
        config_sha256: Digest of the configuration's canonical JSON.
    """

    TOPIC: ClassVar[str] = "task.configured"
    configuration: JsonObject
    config_sha256: Sha256


class TaskDependencyDeclared(Event):
    """A task must not start unless another one has a run that succeeded.

    Attributes:
        depends_on: Id of the other task.
        require: Which run: "latest_run", also if it failed; "latest_success", so that a later
            failure does not block; "run", a certain one.
        run: Id of that certain run; None unless `require` is "run".
    """

    TOPIC: ClassVar[str] = "task.dependency_declared"
    depends_on: str
    require: Requirement = "latest_run"
    run: str | None = None


class TaskDependencyWithdrawn(Event):
    """A task no longer depends on another one.

    Attributes:
        depends_on: Id of the other task.
    """

    TOPIC: ClassVar[str] = "task.dependency_withdrawn"
    depends_on: str


class TaskImported(Event):
    """What an execution log says of a task as a whole was imported.

    Attributes:
        summary: The entry as it was.
        source: Name of the file it came from.
    """

    TOPIC: ClassVar[str] = "task.imported"
    summary: JsonObject
    source: str
