"""What has happened to a task: the thing that is run."""

from __future__ import annotations

from typing import ClassVar

from lineage.events.base import Event, JsonObject, Sha256


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
    """A task must not start unless another one's latest run succeeded.

    Attributes:
        depends_on: Id of the other task.
    """

    TOPIC: ClassVar[str] = "task.dependency_declared"
    depends_on: str


class TaskDependencyWithdrawn(Event):
    """A task no longer depends on another one.

    Attributes:
        depends_on: Id of the other task.
    """

    TOPIC: ClassVar[str] = "task.dependency_withdrawn"
    depends_on: str


class TaskImported(Event):
    """What an imported execution log says of a task as a whole was taken over.

    Attributes:
        summary: The entry as it was.
        source: Name of the file it came from.
    """

    TOPIC: ClassVar[str] = "task.imported"
    summary: JsonObject
    source: str
