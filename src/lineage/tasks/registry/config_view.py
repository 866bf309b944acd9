"""Show a configuration: every value with the place it comes from, secrets redacted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from lineage import settings
from lineage.kernel.errors import TaskNotFoundError
from lineage.project import Project
from lineage.tasks.config import sources
from lineage.tasks.config import values as config_values
from lineage.tasks.config.config import ConfigEntry, TaskConfig, dataset_entries
from lineage.tasks.registry import registry

_OVERRIDES: Final = {"ledger": "LINEAGE_LEDGER"}
"""Keys of the project file, each with the variable that overrides it."""


def of_project(root: Path) -> list[ConfigEntry]:
    """Return the project's own settings, known keys first.

    Raises:
        ConfigurationError: The project file has mistakes.
    """
    stated = settings.load(root)
    file = sources.project_file_name(root)
    origins = dict.fromkeys(stated.model_fields_set, file)
    values = {
        key: value
        for key, value in stated
        if key in origins or key not in sources.PROJECT_KEYS or value is not None
    }
    for key, variable in _OVERRIDES.items():
        if os.environ.get(variable):
            values[key], origins[key] = os.environ[variable], f"environment {variable}"
    declared = values.pop(config_values.DATASETS)
    entries = [
        ConfigEntry(key=key, value=value, origin=origins.get(key, sources.DEFAULT))
        for key, value in config_values.shown(values).items()
    ]
    places = {f"{config_values.DATASETS}.{name}": file for name in declared}
    return entries + dataset_entries(declared, places)


def of_task(project: Project, name: str) -> tuple[str, list[ConfigEntry]]:
    """Return the id of a task, and its values as a run without arguments would have them.

    Args:
        project: The project.
        name: What `lineage run` takes; or the id of a task that has only a file.

    Raises:
        TaskNotFoundError: Nothing has the name.
        ConfigurationError: The configuration has mistakes; all are named.
    """
    try:
        task = registry.find_task(project, name)
    except TaskNotFoundError:
        if sources.task_file(project.root, name) is None:
            raise
        return name, TaskConfig(project, name).entries()
    return task.task_id, task.configuration(project).entries()
