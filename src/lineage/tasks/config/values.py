"""What can be configured for a task, the type of each value, and how values are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeGuard

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lineage import datasets
from lineage.datasets import DatasetDeclaration
from lineage.kernel import mistakes
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.secrets.redaction import REDACTED, is_secret, redacted
from lineage.kernel.values import JsonValue
from lineage.tasks.dependencies.values import DependencyValue, declared
from lineage.tasks.limits import Limits
from lineage.tasks.security.encryption_settings import EncryptionMode
from ops.data.formats.csv_dialect import ReadOptions

NAMES_OF_KEYS: Final = frozenset({"encryption_key_path", "encryption_key_id"})
"""Keys that sound secret and only say where a secret is."""

DATASETS: Final = "datasets"
"""The key whose inner keys are names of datasets and columns, which are no secrets."""


class TaskScope(BaseModel):
    """The part of the data that a task is about.

    Attributes:
        fields: Column names.
        datasets: Dataset names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    fields: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()


class TaskValues(BaseModel):
    """The configuration of a task; keys that are not listed here are its own parameters.

    Attributes:
        task_id: Id of the task.
        task_type: "ingestion", "profiling", ...
        description: What it is for.
        purpose: What the results of a run are for, in the words of a record of processing; it is
            recorded with each run and is no part of its configuration.
        dependencies: Ids of the tasks whose latest run must have succeeded, or objects that ask
            for another run (`dependency_values.TaskDependency`).
        continue_on_error: Go on after a failed operation or an unmet dependency.
        use_encryption: Encrypt what the operations write, and fail if one writes otherwise.
        encryption_mode: "none", "simple" or "age"; "simple" when None.
        encryption_key_path: A file with the key, absolute or relative to the project.
        encryption_key_id: The name of a key in the project's keyring.
        use_vectorization: Without effect: operations always work on whole columns. False is
            answered with a warning of the run.
        parallel_processes: Operations that may run at once, where it is known that none touches
            what another one writes (`ops.BaseOperation.data_use`).
        seed: Seed for operations that make random choices and are given none.
        allow_external: Let the task use any folder but the operating system's.
        allowed_external_paths: Folders outside the project that it may use.
        scope: What of the data it is about.
        datasets: Dataset name to what is known of it, above all the roles of its columns; one
            that the project file declares as well counts instead of that. A dataset with a path
            can be read by its name.
        input_datasets: Dataset name to path, relative to the project; goes before that path.
        auxiliary_datasets: Further datasets.
        read_options: Dataset name to how its file is read, see
            `ops.data.formats.csv_dialect.ReadOptions`.
        operation_limits: Name of an operation to its limits: `retry`, a number of retries or the
            fields of a `lineage.tasks.RetryPolicy`, and `timeout`, seconds for one attempt. The
            second operation of a name is "name#2". They go before those of `add_operation`.
    """

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    task_id: str
    task_type: str = ""
    description: str = ""
    purpose: str = ""
    dependencies: tuple[DependencyValue, ...] = ()
    continue_on_error: bool = False
    use_encryption: bool = False
    encryption_mode: EncryptionMode | None = None
    encryption_key_path: str | None = None
    encryption_key_id: str | None = None
    use_vectorization: bool = False
    parallel_processes: int = Field(default=1, ge=1)
    seed: int | None = None
    allow_external: bool = False
    allowed_external_paths: tuple[str, ...] = ()
    scope: TaskScope = TaskScope()
    datasets: dict[str, DatasetDeclaration] = Field(default_factory=dict)
    input_datasets: dict[str, str] = Field(default_factory=dict)
    auxiliary_datasets: dict[str, str] = Field(default_factory=dict)
    read_options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    operation_limits: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("read_options", mode="after")
    @classmethod
    def _know_options(cls, options: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        known = ReadOptions.__annotations__
        unknown = {key for given in options.values() for key in given if key not in known}
        if unknown:
            raise ValueError(f"no option {sorted(unknown)}; there are {', '.join(known)}")
        return options

    @field_validator("operation_limits", mode="after")
    @classmethod
    def _know_limits(cls, stated: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, limits in stated.items():
            try:
                Limits.read(limits)
            except ConfigurationError as error:
                raise ValueError(f"{name}: {error}") from error
        return stated

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Show the values with secrets redacted."""
        return list(shown(dict(self)).items())

    @property
    def dataset_paths(self) -> dict[str, str]:
        """All datasets that the task lists, name to path."""
        return {**self.auxiliary_datasets, **self.input_datasets}

    @property
    def dependency_ids(self) -> tuple[str, ...]:
        """Ids of the tasks it depends on, in the order they are given."""
        return tuple(dict.fromkeys(declared(d).depends_on for d in self.dependencies))


def validated(
    task_id: str, merged: Mapping[str, object], origins: Mapping[str, str]
) -> tuple[TaskValues, list[str]]:
    """Return values with their types, and the faults of those that had to be left out.

    Args:
        task_id: Id of the task, in place of a wrong one.
        merged: Key to value.
        origins: Key to the place it comes from, for the texts.
    """
    try:
        return TaskValues.model_validate(merged), []
    except ValidationError as error:
        # the exception quotes the values, so nothing but these parts may leave here
        faults = error.errors(include_input=False, include_url=False, include_context=False)
    wrong = {str(fault["loc"][0]) for fault in faults}
    usable = {key: value for key, value in merged.items() if key not in wrong}
    texts = [
        f"{origins[str(fault['loc'][0])]}: {mistakes.fault_text(fault, TaskValues)}"
        for fault in faults
    ]
    return TaskValues.model_validate({"task_id": task_id, **usable}), texts


def remarks(stated: Mapping[str, object]) -> list[str]:
    """Return remarks on configured values that have no effect.

    Args:
        stated: Key to value, without the defaults.
    """
    if stated.get("use_vectorization", True):
        return []
    return ["use_vectorization false has no effect: operations always work on whole columns"]


def shown(values: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return values as JSON without a secret; what only says where one is stays.

    Declared datasets are left out if there are none.
    """
    named = {key: values[key] for key in NAMES_OF_KEYS & values.keys()}
    texts = {key: value for key, value in named.items() if isinstance(value, str)}
    found = {key: texts.get(key, value) for key, value in redacted(values).items()}
    declared = values.get(DATASETS)
    if _are_declared(declared):
        found[DATASETS] = datasets.to_plain(declared)
    if declared == {}:
        del found[DATASETS]
    return found


def without_secrets(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return values without those that are secret, at any depth."""
    kept: dict[str, JsonValue] = {}
    for key, value in values.items():
        if isinstance(value, dict) and not is_secret(key):
            kept[key] = without_secrets(value)
        elif shown({key: value})[key] == value:
            kept[key] = value
    return kept


def placeholders(values: Mapping[str, object], above: str = "") -> list[str]:
    """Return the names, joined by dots, of secrets for which there is only "***"."""
    found = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            found += placeholders(value, f"{above}{key}.")
        elif value == REDACTED and is_secret(str(key)):
            found.append(f"{above}{key}")
    return found


def _are_declared(value: object) -> TypeGuard[datasets.Declarations]:
    return isinstance(value, dict) and all(
        isinstance(dataset, DatasetDeclaration) for dataset in value.values()
    )
