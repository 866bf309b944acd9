"""Files that a run gets from other runs: it must read them as they were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from lineage.kernel.errors import IntegrityError
from lineage.project import Project
from lineage.tasks.dependencies.output import written_by
from ops.result import Artifact, DatasetRead

_SHOWN: Final = 12
"""Digits of a digest in a message."""


class DependencyFiles:
    """The files that the dependencies of a run have written.

    Args:
        project: Where the runs are.
        upstream_runs: Task id to run id of each dependency's run that the run builds on.
    """

    def __init__(self, project: Project, upstream_runs: Mapping[str, str]) -> None:
        self._project = project
        self._upstream_runs = upstream_runs

    def require_unchanged(self, reads: Iterable[DatasetRead]) -> None:
        """Make sure that files of the dependencies were read as these left them.

        Raises:
            IntegrityError: One was changed since.
        """
        for read in reads:
            uri = self._project.name_of(read.uri)
            writers = self._writers.get(uri, {})
            if writers and read.sha256 not in writers:
                recorded, (task, run) = next(iter(writers.items()))
                raise IntegrityError(
                    f"input {uri!r}",
                    problem=f"it was {recorded[:_SHOWN]} when run {run} of task {task!r} had "
                    f"written it, and is {read.sha256[:_SHOWN]} now",
                    expected="the file as the run left it that this one builds on",
                    remedy=f"run this task again, after {task!r} if that has not run since",
                )

    def forget(self, written: Iterable[Artifact]) -> None:
        """Treat files as this run's own from now on, since it has written them."""
        for artifact in written if self._upstream_runs else ():
            self._writers.pop(self._project.display(artifact.path), None)

    @cached_property
    def _writers(self) -> dict[str, dict[str, tuple[str, str]]]:
        """Path of a file to the digests it may have, each with task and run that wrote it."""
        writers: dict[str, dict[str, tuple[str, str]]] = {}
        for task, run in self._upstream_runs.items():
            for uri, sha256 in written_by(self._project, run).items():
                if sha256 is not None:
                    writers.setdefault(uri, {})[sha256] = (task, run)
        return writers
