"""What was observed during a run: metrics, warnings, the environment, checkpoints."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import NonNegativeInt

from lineage.events.base import Event, JsonField, JsonObject, OperationIndex, Sha256


class MetricRecorded(Event):
    """A number, or a structure of numbers, was measured.

    Attributes:
        operation: Which one of the run measured it; None for the run as a whole.
        category: Its heading in the report; None for the top level.
        name: Its name.
        value: Its value.
    """

    TOPIC: ClassVar[str] = "metric.recorded"
    operation: OperationIndex | None
    category: str | None
    name: str
    value: JsonField


class WarningRaised(Event):
    """Something was found that the reader of the report should know.

    Attributes:
        operation: Which one of the run found it; None for the run as a whole.
        name: Name of that operation.
        message: What was found.
        details: Facts about it, no cell values.
    """

    TOPIC: ClassVar[str] = "warning.raised"
    operation: OperationIndex | None
    name: str
    message: str
    details: JsonObject = {}


class EnvironmentCaptured(Event):
    """The machine and the software of a run were noted.

    Attributes:
        os: Operating system, release and architecture.
        python_version: Version of the interpreter.
        user: Login name.
        machine: Network name.
        cpu_count: Logical processors.
        product_version: Version of this product.
        packages: Distribution to version of the libraries that shape results.
    """

    TOPIC: ClassVar[str] = "environment.captured"
    os: str
    python_version: str
    user: str
    machine: str
    cpu_count: NonNegativeInt
    product_version: str
    packages: dict[str, str]


CodeKind = Literal["script", "notebook", "module", "interactive"]
"""Where code came from: the program's file, a cell of a notebook, an import, or a prompt."""


class CodeCaptured(Event):
    """The code of a run was noted.

    Attributes:
        kind: "script": the file that Python was started with; "notebook": a cell; "module": an
            imported file; "interactive": a prompt, or text that was executed.
        path: Its file, relative to the project if inside, else absolute; None without one.
        sha256: Digest of its source, with line ends as on Unix; of a notebook, that of the cell.
            None if the source is not known.
        git_commit: The commit that is checked out where the file is; None if git keeps no such
            file, or did not say.
        git_is_dirty: Whether files differ from that commit, or it lacks this one; None as above.
    """

    TOPIC: ClassVar[str] = "code.captured"
    kind: CodeKind
    path: str | None
    sha256: Sha256 | None
    git_commit: str | None
    git_is_dirty: bool | None


CheckpointKind = Literal["automatic", "named", "error"]
"""Who made a checkpoint: the framework, somebody who named it, or an exception."""


class CheckpointRecorded(Event):
    """The state of a run was saved so that it can be resumed.

    A later one of the same name in the same run replaces it.

    Attributes:
        name: Its name.
        kind: "automatic", "named" by somebody, or made at an "error".
        operation: The last operation that had begun; None before the first.
        state: What was kept; None if a file in `.lineage/checkpoints` holds it.
        sha256: Digest of that file, which is its name; of the state's canonical JSON otherwise.
        size_bytes: Length of that file, or of that JSON.
        is_encrypted: Whether the file is encrypted.
        task_version: The author's version of the task; None if the run had none.
        config_sha256: Digest of the configuration it was made under; None without one.
    """

    TOPIC: ClassVar[str] = "checkpoint.recorded"
    name: str
    kind: CheckpointKind
    operation: OperationIndex | None
    state: JsonObject | None
    sha256: Sha256
    size_bytes: NonNegativeInt
    is_encrypted: bool
    task_version: str | None
    config_sha256: Sha256 | None


class CheckpointDiscarded(Event):
    """A checkpoint was discarded; it can no longer be restored.

    It is in the stream of the run that discarded it, which may be another run of the task.

    Attributes:
        run: Id of the run it belongs to.
        name: Its name.
        reason: "limit" if newer ones replaced it, "request" if somebody asked for it.
    """

    TOPIC: ClassVar[str] = "checkpoint.discarded"
    run: str
    name: str
    reason: Literal["limit", "request"]
