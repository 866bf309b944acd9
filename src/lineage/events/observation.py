"""What was observed on the way: metrics, warnings, the environment, checkpoints."""

from __future__ import annotations

from typing import ClassVar

from pydantic import NonNegativeInt

from lineage.events.base import Event, JsonField, JsonObject, OperationIndex, Sha256


class MetricRecorded(Event):
    """A number, or a structure of numbers, was measured.

    Attributes:
        operation: Which one of the run measured it; None for the run as a whole.
        category: The heading it stands under in the report; None for the top level.
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


class CheckpointRecorded(Event):
    """The state of a run was kept so that it can be taken up again.

    Attributes:
        name: Its name, unique in the run.
        is_automatic: False if somebody named it.
        operation: The last operation that was done; None before the first.
        state: What was kept.
        config_sha256: Digest of the configuration it was made under; None without one.
    """

    TOPIC: ClassVar[str] = "checkpoint.recorded"
    name: str
    is_automatic: bool
    operation: OperationIndex | None
    state: JsonObject
    config_sha256: Sha256 | None
