"""`lineage.record` and `lineage.current_run`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from lineage.kernel.errors import ConfigurationError, OperationError
from lineage.project import Project
from lineage.recording import code_facts
from lineage.scripts import open_runs
from lineage.scripts.parameters import task_id_of
from lineage.scripts.run import ScriptRun
from lineage.scripts.script_task import ScriptTask


def record(
    name: str,
    *,
    params: Mapping[str, Any] | None = None,
    description: str = "",
    version: str = "1.0.0",
    task_type: str = "script",
    project: Project | None = None,
    resume: bool | str = False,
    tags: Iterable[str] = (),
) -> ScriptRun:
    """Record what a script does: a context manager whose block is one run.

    Args:
        name: What it does, in your words. Runs of one name belong together: "Release wages" is the
            task `release_wages`.
        params: What it works with. Keys that every task has, such as `seed`, mean the same here.
            Secrets are redacted; frames and other big values are recorded by type and shape.
        description: What it is for; the name when empty.
        version: Your version of it.
        task_type: "script", "profiling", "anonymization", ...
        project: Where to record, and you close it. When None, the project that contains the current
            folder; if there is none, that folder becomes one.
        resume: True resumes the latest run of the name if it failed or was interrupted, a run id
            that run; `ScriptRun.restored` then is what it kept last.
        tags: Words to find the run by.

    Raises:
        ConfigurationError: The name is empty, or `params` is no mapping.
    """
    if not isinstance(name, str) or not name.strip():
        raise ConfigurationError(
            "name of a recorded run", found=type(name).__name__, expected="some text"
        )
    if not isinstance(params, Mapping | None):
        raise ConfigurationError(
            "params of a recorded run", found=type(params).__name__, expected="names and values"
        )
    task = ScriptTask(
        task_id_of(name),
        task_type,
        description or name,
        version=version,
        code=code_facts.of_frame(sys._getframe(1)),  # noqa: SLF001  # the only way to the caller
        project=project,
    )
    return ScriptRun(task, params or {}, resume=resume, tags=tuple(tags))


def current_run() -> ScriptRun:
    """Return the innermost open run of this context.

    In a notebook, where a run is begun in one cell and ended in another, that is the last one that
    `start` began. Threads that you start yourself do not inherit a run: hand it to them.

    Raises:
        OperationError: There is none.
    """
    found = open_runs.current()
    if not isinstance(found, ScriptRun):
        raise OperationError(
            "current run",
            problem="no run is open here",
            remedy="open one with lineage.record(...), or hand the run to this thread",
        )
    return found
