"""What a task gets from the tasks it depends on: files, reports, metrics, and their age."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from lineage.domain.run import RunStatus
from lineage.kernel import paths
from lineage.kernel.errors import DependencyError
from lineage.kernel.values import JsonValue
from lineage.project import Project
from lineage.tasks.dependencies import lookup, output
from lineage.tasks.dependencies.values import TaskDependency, asked_of, declared
from projections.documents.dependencies import last_used_runs
from projections.documents.report import build_report

_NAMES_SHOWN: Final = 10


class DependencySettings(Protocol):
    """The part of a task's configuration that concerns its dependencies; see `TaskConfig`."""

    @property
    def task_id(self) -> str:
        """Id of the task."""
        ...

    @property
    def dependencies(self) -> tuple[str | TaskDependency, ...]:
        """What it depends on."""
        ...

    @property
    def continue_on_error(self) -> bool:
        """Whether it continues without what is missing."""
        ...

    def get_task_output_dir(self, task_id: str) -> Path:
        """Return the folder of a task's outputs."""
        ...

    def open_project(self) -> AbstractContextManager[Project]:
        """Provide the project of the task."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleDependency:
    """A dependency with another run now than the one this task's results come from.

    Attributes:
        task: Id of the other task.
        used_run: Its run that was used.
        used_by: The latest successful run of this task that used one.
        run: Its run that counts now; None if the one that is asked for does not exist.
        status: Status of that run.
    """

    task: str
    used_run: str
    used_by: str
    run: str | None
    status: RunStatus


class TaskDependencyManager:
    """What a task gets from the tasks it depends on.

    Files are where the other task put them; reports and metrics are rebuilt from the history,
    whatever happened to the exported ones. A dependency that is declared with a certain run
    means that run, any other the latest successful one.

    Args:
        task_config: The configuration of the task, with the dependencies it declares.
        logger: Gets warnings under `continue_on_error`; the task's own when None.
    """

    def __init__(
        self, task_config: DependencySettings, logger: logging.Logger | None = None
    ) -> None:
        self._config = task_config
        self._logger = logger or logging.getLogger(f"task.{task_config.task_id}")

    def get_dependency_output(
        self, dependency_id: str, file_pattern: str | None = None
    ) -> Path | list[Path]:
        """Return what a task that this one depends on has written.

        If the dependency is declared with a certain run, the files must still be as it left
        them.

        Args:
            dependency_id: Id of the other task.
            file_pattern: A glob pattern such as "*.parquet" or "people/*.parquet"; None for the
                folder.

        Returns:
            The output folder, or the matching files, sorted; none gives an empty list. Under
            `continue_on_error` also if there is no folder.

        Raises:
            DependencyError: The other task has no output folder, or a file was changed since.
                Under `continue_on_error` that is a warning.
            PathRefusedError: The id cannot be a folder name, or the pattern climbs.
        """
        folder = self._config.get_task_output_dir(dependency_id)
        found = None if file_pattern is None else output.find_files(folder, file_pattern)
        try:
            output.require_folder(folder, dependency_id)
            self._require_version(dependency_id, folder, found)
        except DependencyError as error:
            if not self._config.continue_on_error:
                raise
            self._logger.warning("task %s: %s", self._config.task_id, error)
        return folder if found is None else found

    def assert_dependencies_completed(self) -> bool:
        """Make sure that every declared dependency has a run that succeeded.

        Returns:
            True; under `continue_on_error` False if one has not, and each is logged.

        Raises:
            DependencyError: One has not; all of them are named.
            LedgerError: The history cannot be read.
        """
        if not self._config.dependencies:
            return True
        with self._config.open_project() as project:
            return lookup.assert_completed(
                project,
                self._config.task_id,
                self._config.dependencies,
                continue_on_error=self._config.continue_on_error,
                logger=self._logger,
            )

    def get_dependency_report(self, dependency_id: str) -> dict[str, JsonValue]:
        """Return the report of a task's run, rebuilt from the history.

        Raises:
            DependencyError: The task has no run that succeeded.
            PathRefusedError: The id cannot be a folder name.
            LedgerError: The history cannot be read.
        """
        paths.check_name(dependency_id, "task id")
        asked = asked_of(self._config.dependencies, dependency_id)
        with self._config.open_project() as project:
            run = lookup.successful_run(project, asked)
            with project.projector.of_run(run) as catalog:
                return build_report(catalog, run)

    def get_dependency_metrics(
        self, dependency_id: str, metric_path: str | None = None
    ) -> dict[str, JsonValue]:
        """Return metrics of a task's run.

        Args:
            dependency_id: Id of the task.
            metric_path: Names joined by dots, from the outermost in, such as "risk.k"; None for
                all metrics. A name may itself have dots.

        Returns:
            All metrics, nested; or the last name of the path with its value, {"k": 5}.

        Raises:
            DependencyError: The task has no run that succeeded, or no such metric.
            PathRefusedError: The id cannot be a folder name.
            LedgerError: The history cannot be read.
        """
        report = self.get_dependency_report(dependency_id)
        metrics = report["metrics"] if isinstance(report["metrics"], dict) else {}
        if metric_path is None:
            return metrics
        found = _at(metrics, metric_path)
        if found is None:
            names = sorted(metrics)
            raise DependencyError(
                f"metrics of task {dependency_id!r}",
                problem=f"no metric {metric_path!r}",
                expected="a path that begins with one of " + ", ".join(names[:_NAMES_SHOWN])
                if names
                else None,
            )
        return dict([found])

    def check_staleness(self) -> list[StaleDependency]:
        """Return the dependencies that ran again after this task's results were made.

        For each declared dependency the run that counts now is compared with the one that the
        latest successful run of this task used. A dependency that no such run has used yet is
        not stale: nothing was made from it.

        Raises:
            LedgerError: The history cannot be read.
        """
        if not self._config.dependencies:
            return []
        with self._config.open_project() as project:
            with project.catalog() as catalog:
                rows = last_used_runs(catalog, self._config.task_id)
            used = {row["task"]: row for row in rows}
            found = lookup.look_up(project, self._config.dependencies)
        return [
            StaleDependency(
                task=now.task,
                used_run=used[now.task]["used_run"],
                used_by=used[now.task]["used_by"],
                run=now.run,
                status=now.status,
            )
            for now in found
            if now.task in used and now.run != used[now.task]["used_run"]
        ]

    def _require_version(self, task: str, folder: Path, files: list[Path] | None) -> None:
        asked = declared(asked_of(self._config.dependencies, task))
        if asked.run is not None:
            with self._config.open_project() as project:
                output.require_version(project, asked.run, task, folder, files)


def _at(metrics: Mapping[str, JsonValue], path: str) -> tuple[str, JsonValue] | None:
    """Return the last name of a path and its value; None if the path does not exist."""
    if path in metrics:
        return path, metrics[path]
    parts = path.split(".")
    for count in range(1, len(parts)):
        inner = metrics.get(".".join(parts[:count]))
        found = _at(inner, ".".join(parts[count:])) if isinstance(inner, dict) else None
        if found is not None:
            return found
    return None
