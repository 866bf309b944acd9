"""What a task runs under: values from five places, each remembered with its origin."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage import datasets, settings
from lineage.events import TaskConfigured
from lineage.kernel import errors, paths
from lineage.kernel.digest import sha256_json
from lineage.kernel.roles import Roles
from lineage.kernel.values import JsonValue, to_json
from lineage.project import Project
from lineage.tasks.config import sources as config_sources
from lineage.tasks.config import values as config_values
from lineage.tasks.config.task_paths import TaskPaths
from lineage.tasks.config.values import DATASETS, TaskValues
from lineage.tasks.dependencies import values as dependency_values
from lineage.tasks.dependencies.manager import TaskDependencyManager
from lineage.tasks.security import path_security
from lineage.tasks.security.encryption_settings import EncryptionMode, find_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigEntry:
    """One value of a configuration.

    Attributes:
        key: Its name.
        value: The value as JSON, "***" if it is secret.
        origin: The place it comes from.
    """

    key: str
    value: JsonValue
    origin: str


def dataset_entries(
    declared: datasets.Declarations, origins: Mapping[str, str]
) -> list[ConfigEntry]:
    """Return what is known of each declared dataset, columns by their role.

    Args:
        declared: The datasets.
        origins: "datasets.<name>" to the place that declares it.
    """
    return [
        ConfigEntry(key=f"{place}.{key}", value=value, origin=origins[place])
        for name, known in datasets.rows(declared).items()
        for place in (f"{DATASETS}.{name}",)
        for key, value in known.items()
    ]


class TaskConfig(TaskPaths):
    """The effective configuration of one task, and the paths that follow from it.

    Values come from the command line, the task's file, the environment, the project's file and
    the defaults, in this order, and are read again for each object. `LINEAGE_<TASK>_<KEY>` sets a
    key for one task, `LINEAGE_<KEY>` one of the standard keys for all; `config_text` says how
    their text is read.

    Args:
        project: The project of the task; or its folder, and then the ledger is only opened
            while a dependency is looked up.
        task_id: Id of the task.
        defaults: What the task's class says.
        arguments: What the command line says.

    Raises:
        PathRefusedError: The task id cannot be a folder name.
        ConfigurationError: A file is damaged, or values are wrong; all mistakes are named.
    """

    def __init__(
        self,
        project: Project | str | os.PathLike[str],
        task_id: str,
        *,
        defaults: Mapping[str, object] | None = None,
        arguments: Mapping[str, object] | None = None,
    ) -> None:
        root = project.root if isinstance(project, Project) else Path(project).resolve()
        stated, in_project = settings.read(root)
        super().__init__(root, stated.data_repository, task_id)
        self._project = project if isinstance(project, Project) else None
        sources = config_sources.of_task(
            root, stated, task_id, defaults=defaults or {}, arguments=arguments or {}
        )
        merged, origins = config_sources.merged(sources)
        self.origins = dict.fromkeys(TaskValues.model_fields, config_sources.DEFAULT) | origins
        file = config_sources.project_file_name(root)
        mistakes = [f"{file}: {fault}" for fault in in_project]
        mistakes += [mistake for source in sources for mistake in source.mistakes()]
        self.values, faults = config_values.validated(task_id, merged, self.origins)
        # not by attribute: a parameter may be called like a method of the model ("schema")
        self._by_name: dict[str, Any] = dict(self.values)
        mistakes += [*faults, *self._contradictions()]
        if mistakes:
            raise errors.ConfigurationError(
                f"configuration of task {task_id!r}",
                problem="; ".join(mistakes),
                remedy="correct these keys",
            )

    def __getattr__(self, name: str) -> Any:
        """Return a value by name, standard key or parameter of the task's own."""
        known = self.__dict__.get("_by_name", {})
        if name not in known:
            raise AttributeError(f"the configuration has no key {name!r}")
        return known[name]

    def __repr__(self) -> str:
        return f"TaskConfig({self.to_dict()!r})"

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value by name; `default` if it is nowhere."""
        return self._by_name.get(key, default)

    def require(self, key: str) -> Any:
        """Return a value by name.

        Raises:
            ConfigurationError: It is nowhere.
        """
        if key not in self._by_name:
            raise errors.ConfigurationError(
                f"configuration of task {self.task_id!r}",
                expected=f"the key {key!r}",
                remedy=f"add it to {settings.CONFIG_FOLDER}/{self.task_id}.json",
            )
        return self._by_name[key]

    def entries(self) -> list[ConfigEntry]:
        """Return every value with its origin, secrets redacted, standard keys first.

        A declared dataset has an entry for each thing that is known of it.
        """
        return [
            entry
            for key, value in self.to_dict().items()
            for entry in (
                dataset_entries(self.values.datasets, self.origins)
                if key == DATASETS
                else [ConfigEntry(key=key, value=value, origin=self.origins[key])]
            )
        ]

    def to_dict(self) -> dict[str, JsonValue]:
        """Return all values as JSON, secrets redacted."""
        return config_values.shown(self._by_name)

    def to_event(self) -> TaskConfigured:
        """Return the event that says under which configuration the task runs."""
        shown = self.to_dict()
        del shown["purpose"]  # recorded with each run: another purpose is no other result
        if not shown["operation_limits"]:
            del shown["operation_limits"]  # as the configurations from before there were limits
        return TaskConfigured(configuration=shown, config_sha256=sha256_json(shown))

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write the values that are no defaults to a file, without secrets, and return its path.

        Args:
            path: A .json, .yaml or .yml file; the task's own file in `configs` when None.

        Raises:
            ConfigurationError: The file's name has another suffix, or it cannot be written.
            PathRefusedError: It lies outside the folders the task may use, or belongs to the ledger
                or the raw data.
        """
        usual = self._root / settings.CONFIG_FOLDER / f"{self.task_id}.json"
        known = config_sources.task_file(self._root, self.task_id)
        target = self.safe_path(path or known or usual)
        settings.check_target(target, self._root, self.get_data_repository())
        usual_values = TaskValues(task_id=self.task_id).model_dump()
        own = {
            key: to_json(value)
            for key, value in self._by_name.items()
            if key != DATASETS
            if self.origins[key] != config_sources.DEFAULT or value != usual_values.get(key)
        }
        document = config_values.without_secrets({"task_id": self.task_id, **own})
        if self.values.datasets:
            document[DATASETS] = datasets.to_plain(self.values.datasets)
        config_sources.write_file(target, document)
        return target

    @property
    def declared_roles(self) -> dict[str, Roles]:
        """Dataset name to its columns by role: declared for the name, or for the file it has."""
        declared = self.values.datasets
        by_file = {self._root / d.path: d.roles for d in declared.values() if d.path is not None}
        listed = {n: self._root / path for n, path in self.values.dataset_paths.items()}
        found = {n: by_file[path] for n, path in listed.items() if path in by_file}
        return found | {name: dataset.roles for name, dataset in declared.items()}

    @property
    def allowed_roots(self) -> tuple[Path, ...]:
        """The folders the task may use by name, the project first."""
        return (self._root, *(self._root / folder for folder in self.values.allowed_external_paths))

    def safe_path(self, candidate: str | os.PathLike[str]) -> Path:
        """Check a path against the folders that the task may use.

        Args:
            candidate: An absolute path, or one relative to the project.

        Raises:
            PathRefusedError: It leads outside; with `allow_external`, into the system's folders.
        """
        try:
            return paths.resolve(candidate, *self.allowed_roots)
        except errors.PathRefusedError:
            if not self.values.allow_external:
                raise
        real = path_security.normalize_and_validate_path(
            candidate, self._root, (), allow_external=True
        )
        return paths.resolve(real, Path(real.anchor))

    def get_dependency_output(
        self, dependency_id: str, file_pattern: str | None = None
    ) -> Path | list[Path]:
        """Return what another task has written (`TaskDependencyManager.get_dependency_output`)."""
        return TaskDependencyManager(self).get_dependency_output(dependency_id, file_pattern)

    def assert_dependencies_completed(self) -> bool:
        """Check all dependencies (`TaskDependencyManager.assert_dependencies_completed`)."""
        return TaskDependencyManager(self).assert_dependencies_completed()

    @contextmanager
    def open_project(self) -> Iterator[Project]:
        """Give the project of the task, opened for as long as it is needed."""
        if self._project is not None:
            yield self._project
        else:
            with Project(self._root) as project:
                yield project

    def _contradictions(self) -> Iterator[str]:
        """Yield what is wrong with values that are right each by itself."""
        values = self.values
        if values.task_id != self.task_id:
            yield f"{self.origins['task_id']}: task_id {values.task_id!r}, not {self.task_id!r}"
        for fault in dependency_values.faults(values.dependencies):
            yield f"{self.origins['dependencies']}: {fault}"
        mode = values.encryption_mode
        if values.use_encryption:
            yield from self._encryption_faults()
        elif mode not in {None, EncryptionMode.NONE} and (
            self.origins["use_encryption"] == config_sources.DEFAULT
        ):
            yield (
                f"{self.origins['encryption_mode']}: encryption_mode {mode.value!r} asks for "
                "encryption (set use_encryption to true, or to false to go without)"
            )

    def _encryption_faults(self) -> Iterator[str]:
        if self.values.encryption_mode is EncryptionMode.NONE:
            yield "use_encryption true and encryption_mode 'none' contradict each other"
        else:
            try:
                find_key(self)
            except (errors.CipherError, errors.PathRefusedError) as error:
                yield f"use_encryption without a key that can be used: {error}"


def load_task_config(
    task_id: str,
    task_type: str = "",
    args: Mapping[str, object] | None = None,
    default_config: Mapping[str, object] | None = None,
    *,
    project: Project | str | os.PathLike[str] | None = None,
) -> TaskConfig:
    """Return the configuration of a task without the task.

    Args:
        task_id: Id of the task.
        task_type: Its type, if no place says another one.
        args: What the command line says.
        default_config: Values for keys that no place has.
        project: The project or its folder; the one around the current folder when None.

    Raises:
        ProjectNotFoundError: There is no project.
        ConfigurationError: A file is damaged, or values are wrong; all mistakes are named.
    """
    defaults = {**({"task_type": task_type} if task_type else {}), **(default_config or {})}
    where = find_project_root() if project is None else project
    return TaskConfig(where, task_id, defaults=defaults, arguments=args)


def find_project_root(start: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of the project that a folder belongs to.

    Args:
        start: Where to look from; LINEAGE_PROJECT, or the current folder, when None.

    Returns:
        The nearest folder upward with the marker `.lineage` or `configs/prj_config.json` (or
        .yaml), symlinks followed.

    Raises:
        ProjectNotFoundError: There is none.
    """
    return settings.find_root(None if start is None else Path(start))
