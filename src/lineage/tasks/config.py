"""What a task runs under: values from five places, each remembered with its origin."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lineage import settings
from lineage.events import TaskConfigured
from lineage.kernel import paths
from lineage.kernel.digest import sha256_json
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.values import JsonValue
from lineage.project import Project
from lineage.tasks.redaction import redacted
from ops.reader import ReadOptions

ENVIRONMENT_PREFIX: Final = "LINEAGE_"
TASK_FILE_SUFFIXES: Final = (".json", ".yaml", ".yml")

PROJECT_KEYS: Final = ("seed", "continue_on_error", "parallel_processes", "use_vectorization")
"""Keys of the project file that are defaults for every task."""


class TaskScope(BaseModel):
    """What of the data a task is about.

    Attributes:
        fields: Column names.
        datasets: Dataset names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()


class TaskValues(BaseModel):
    """The configuration of a task; keys that are not listed here are its own parameters.

    Attributes:
        task_id: Id of the task.
        task_type: "ingestion", "profiling", ...
        description: What it is for.
        dependencies: Ids of the tasks whose latest run must have succeeded.
        continue_on_error: Go on after a failed operation or an unmet dependency.
        use_encryption: Encrypt what is written.
        use_vectorization: Let operations work on whole columns.
        parallel_processes: Operations that may run at once.
        seed: Seed for operations that make random choices and are given none.
        scope: What of the data it is about.
        input_datasets: Dataset name to path, relative to the project.
        auxiliary_datasets: Further datasets.
        read_options: Dataset name to how its file is read (`ops.reader.ReadOptions`).
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    task_id: str
    task_type: str = ""
    description: str = ""
    dependencies: tuple[str, ...] = ()
    continue_on_error: bool = False
    use_encryption: bool = False
    use_vectorization: bool = False
    parallel_processes: int = Field(default=1, ge=1)
    seed: int | None = None
    scope: TaskScope = TaskScope()
    input_datasets: dict[str, str] = Field(default_factory=dict)
    auxiliary_datasets: dict[str, str] = Field(default_factory=dict)
    read_options: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("read_options", mode="before")
    @classmethod
    def _know_options(cls, options: Mapping[str, Mapping[str, object]]) -> object:
        known = ReadOptions.__annotations__
        unknown = {key for given in options.values() for key in given if key not in known}
        if unknown:
            raise ValueError(f"no option {sorted(unknown)}; there are {', '.join(known)}")
        return options

    @property
    def datasets(self) -> dict[str, str]:
        """All datasets of the task, name to path."""
        return {**self.auxiliary_datasets, **self.input_datasets}


class TaskConfig:
    """The effective configuration of one task, and the paths that follow from it.

    Values come from the command line, the task's file, the environment, the project's file and
    the defaults, in this order. `LINEAGE_<TASK>_<KEY>` sets a key for one task, `LINEAGE_<KEY>`
    one of the standard keys for all; the text is read as a YAML value ("true", "3", "[a, b]").

    Args:
        project: The project of the task.
        task_id: Id of the task.
        defaults: What the task's class says.
        arguments: What the command line says.

    Raises:
        PathRefusedError: The task id cannot be a folder name.
        ConfigurationError: A file is damaged, or values are wrong; all mistakes are named.
    """

    def __init__(
        self,
        project: Project,
        task_id: str,
        *,
        defaults: Mapping[str, object] | None = None,
        arguments: Mapping[str, object] | None = None,
    ) -> None:
        self.task_id = paths.check_name(task_id, "task id")
        self._project = project
        layers: list[tuple[str, Mapping[str, Any]]] = [
            ("default", {**(defaults or {}), "task_id": task_id}),
            ("project", _project_layer(project)),
            ("environment", _environment_layer(task_id)),
            *self._file_layers(),
            ("command line", arguments or {}),
        ]
        merged = {key: value for _, layer in layers for key, value in layer.items()}
        self.origins = {key: origin for origin, layer in layers for key in layer}
        try:
            self.values = TaskValues.model_validate(merged)
        except ValidationError as error:
            raise settings.validation_error(f"task {task_id}", error) from error
        # not by attribute: a parameter may be called like a method of the model ("schema")
        self._by_name: dict[str, Any] = dict(self.values)
        if self.values.task_id != task_id:
            raise ConfigurationError(
                f"configuration of task {task_id!r}",
                found=f"task_id {self.values.task_id!r}",
                expected=f"task_id {task_id!r}",
            )
        if self.values.use_encryption:
            raise ConfigurationError(
                f"configuration of task {task_id!r}",
                found="use_encryption true",
                expected="false: this release cannot encrypt what tasks write",
                remedy="keep the data on an encrypted disk, and set it to false",
            )

    def __getattr__(self, name: str) -> Any:
        """Return a value by name, standard key or parameter of the task's own."""
        known = self.__dict__.get("_by_name", {})
        if name not in known:
            raise AttributeError(f"the configuration has no key {name!r}")
        return known[name]

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value by name; `default` if it is nowhere."""
        return self._by_name.get(key, default)

    def require(self, key: str) -> Any:
        """Return a value by name.

        Raises:
            ConfigurationError: It is nowhere.
        """
        if key not in self._by_name:
            raise ConfigurationError(
                f"configuration of task {self.task_id!r}",
                expected=f"the key {key!r}",
                remedy=f"add it to {settings.CONFIG_FOLDER}/{self.task_id}.json",
            )
        return self._by_name[key]

    def to_dict(self) -> dict[str, JsonValue]:
        """Return all values as JSON, secrets redacted."""
        return redacted(self.values.model_dump(mode="python"))

    def to_event(self) -> TaskConfigured:
        """Return the event that says under which configuration the task runs."""
        shown = self.to_dict()
        return TaskConfigured(configuration=shown, config_sha256=sha256_json(shown))

    def get_project_root(self) -> Path:
        """Return the project's folder, absolute."""
        return self._project.root

    def get_data_repository(self) -> Path:
        """Return the folder of the data, absolute."""
        return self._project.data_folder

    def get_reports_dir(self) -> Path:
        """Return the folder of the reports, absolute."""
        return self._project.data_folder / "reports"

    def get_report_path(self) -> Path:
        """Return where the report of this task is exported."""
        return self.get_reports_dir() / f"{self.task_id}_report.json"

    def get_task_dir(self, task_id: str | None = None) -> Path:
        """Return the folder of a task, this one when None.

        Raises:
            PathRefusedError: The id cannot be a folder name.
        """
        name = paths.check_name(task_id or self.task_id, "task id")
        return self._project.data_folder / "processed" / name

    def get_task_output_dir(self, task_id: str | None = None) -> Path:
        """Return the folder of a task's outputs, this one's when None."""
        return self.get_task_dir(task_id) / "output"

    def get_task_input_dir(self, task_id: str | None = None) -> Path:
        """Return the folder of files imported into a task, this one when None."""
        return self.get_task_dir(task_id) / "input"

    def get_dependency_output(
        self, dependency_id: str, file_pattern: str | None = None
    ) -> Path | list[Path]:
        """Return what a task that this one depends on has written.

        Args:
            dependency_id: Id of the other task.
            file_pattern: A glob pattern such as "*.parquet"; None for the folder.

        Returns:
            The output folder, or the matching files, sorted; none gives an empty list.

        Raises:
            ConfigurationError: The other task has no output folder.
            PathRefusedError: The id cannot be a folder name, or the pattern climbs.
        """
        folder = self.get_task_output_dir(dependency_id)
        if not folder.is_dir():
            raise ConfigurationError(
                f"output of task {dependency_id!r}",
                found="no such folder",
                expected=str(folder),
                remedy=f"run it first: lineage run {dependency_id}",
            )
        if file_pattern is None:
            return folder
        paths.check_file_name(file_pattern, "file pattern")
        return sorted(folder.glob(file_pattern))

    def _file_layers(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        folder = self._project.root / settings.CONFIG_FOLDER
        candidates = [folder / f"{self.task_id}{suffix}" for suffix in TASK_FILE_SUFFIXES]
        found = [path for path in candidates if path.is_file()]
        if len(found) > 1:
            raise ConfigurationError(
                f"configuration of task {self.task_id!r}",
                found=[path.name for path in found],
                expected="one file",
                remedy="remove the others",
            )
        return [
            (f"{settings.CONFIG_FOLDER}/{path.name}", settings.read_mapping(path)) for path in found
        ]


def _project_layer(project: Project) -> dict[str, Any]:
    values = project.settings.model_dump(exclude_none=True)
    return {key: values[key] for key in PROJECT_KEYS if key in values}


def _environment_layer(task_id: str) -> dict[str, Any]:
    for_all = {
        key: os.environ[name]
        for key in TaskValues.model_fields
        if (name := ENVIRONMENT_PREFIX + key.upper()) in os.environ
    }
    prefix = f"{ENVIRONMENT_PREFIX}{_environment_word(task_id)}_"
    for_one = {
        name.removeprefix(prefix).lower(): text
        for name, text in os.environ.items()
        if name.startswith(prefix)
    }
    return {key: yaml.safe_load(text) for key, text in {**for_all, **for_one}.items()}


def _environment_word(task_id: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in task_id).upper()
