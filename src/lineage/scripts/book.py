"""What one run of a script has read and written so far, and how that is recorded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from lineage import settings
from lineage.domain.run import RunFact
from lineage.events import ColumnsDerived, DatasetRead, WarningRaised
from lineage.kernel import paths
from lineage.kernel.errors import DataReadError, DataWriteError, OperationError, PathRefusedError
from lineage.kernel.plain import listed
from lineage.kernel.secrets.redaction import masked, redacted
from lineage.recording import run_facts
from lineage.recording.column_facts import NAMED, TABULAR, columns_explained
from lineage.scripts import stated_columns, tables
from lineage.scripts.script_task import ScriptTask
from lineage.scripts.stated_columns import Sources
from lineage.tasks.checkpoints.history import kept_checkpoints
from ops.columns.memory import ColumnMemory
from ops.columns.origin import ColumnOrigin
from ops.data.formats.csv_dialect import ReadOptions
from ops.data.reader import DataReader, TableRead
from ops.result import Artifact


@dataclass(slots=True, kw_only=True)
class Place:
    """What is recorded where: of a step, or of the run as a whole.

    Attributes:
        operation: Number of the step; None for the run.
        name: What it is called.
        inputs: The dataset versions it has read.
        outputs: The files that its own code writes.
        has_warned: Whether it has said something that the reader should know.
    """

    operation: int | None
    name: str
    inputs: list[DatasetRead] = field(default_factory=list)
    outputs: list[OwnOutput] = field(default_factory=list)
    has_warned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOutput:
    """A file that the script writes in its own way.

    Attributes:
        path: The file.
        stamp: Its size, time and number before; None if it was not there.
        stated: Where its columns come from, as far as stated; None if nothing is.
        description: What it holds.
        category: Its place in the report.
        tags: Words to filter by.
    """

    path: Path
    stamp: tuple[int, int, int] | None
    stated: Sources | None
    description: str
    category: str
    tags: tuple[str, ...]


class Book:
    """Records what a run reads and writes; safe for many threads.

    Args:
        task: The task of the run, which has begun.
    """

    def __init__(self, task: ScriptTask) -> None:
        self.task = task
        self.recorder = task.recorder
        self.pid = os.getpid()
        self.code_version = task.code_version
        self.memory = ColumnMemory()
        self._lock = Lock()
        self._reads: list[DatasetRead] = []
        self._sources: list[Path] = []
        self._targets: list[Path] = []

    @property
    def reads(self) -> list[DatasetRead]:
        """What the run has read, in order."""
        with self._lock:
            return list(self._reads)

    def read(
        self,
        place: Place,
        path: str | os.PathLike[str],
        *,
        name: str | None,
        columns: Sequence[str] | None,
        options: ReadOptions,
    ) -> TableRead:
        """Read a file and record which version."""
        source = self._source(path)
        read = DataReader().read(source, name=name, columns=columns, **options)
        dataset = read.dataset
        fact = DatasetRead(
            operation=place.operation,
            name=dataset.name,
            uri=self.task.project.display(source),
            sha256=dataset.sha256,
            size_bytes=dataset.size_bytes,
            format=dataset.format,
            rows=dataset.rows,
            columns=dataset.columns,
        )
        self._note_read(place, source, fact)
        return read

    def input(self, place: Place, path: str | os.PathLike[str], name: str | None) -> Path:
        """Record the version of a file that the script reads in its own way."""
        source = self._source(path)
        if not source.is_file():
            problem = "a folder, not a file" if source.is_dir() else "no such file"
            raise DataReadError(f"file {str(path)!r}", problem=problem, remedy="check the path")
        stem = source.name.split(".", maxsplit=1)[0]
        fact = run_facts.file_read(self.task.project, name or stem, source)
        if fact.sha256 is None:
            raise DataReadError(f"file {str(path)!r}", problem="it cannot be read")
        rows, columns = tables.layout_of(source)
        more = {"operation": place.operation, "rows": rows, "columns": columns}
        self._note_read(place, source, fact.model_copy(update=more))
        return source

    def target(self, path: str | os.PathLike[str]) -> Path:
        """Return where an output goes, links followed, once for each run.

        Raises:
            PathRefusedError: It is outside the folders that the run may use, belongs to the ledger
                or the raw data, or is an input of the run.
            OperationError: The run has already written there.
        """
        target = self.task.config.safe_path(Path(path).absolute())
        settings.check_target(target, self.task.project.root, self.task.project.data_folder)
        with self._lock:
            if any(_is_same(target, source) for source in self._sources):
                raise PathRefusedError(
                    f"output {str(path)!r}",
                    problem="this run has read that file, and would replace its own input",
                    remedy="write to another file",
                )
            if any(_is_same(target, other) for other in self._targets):
                raise OperationError(
                    f"output {str(path)!r}",
                    problem="this run has already written it",
                    expected="a path for each output of a run",
                    remedy="give one of the files another name, or start a new run",
                )
            self._targets.append(target)
        return target

    def release(self, target: Path) -> None:
        """Give a path back that could not be written."""
        with self._lock:
            self._targets.remove(target)

    def wrote(
        self,
        place: Place,
        artifact: Artifact,
        stated: Sources | None,
        found: Sequence[ColumnOrigin] = (),
    ) -> None:
        """Record a file with what is known of its columns, in one transaction.

        Args:
            place: Who wrote it.
            artifact: The file.
            stated: Sources of columns that the script has stated.
            found: Those that were found out of others.
        """
        project = self.task.project
        fact = run_facts.artifact_written(project, artifact, place.operation)
        facts: list[RunFact] = [fact]
        derived = [one for sources in (stated or {}).values() for one in sources]
        if derived:
            facts.append(
                ColumnsDerived(
                    operation=place.operation,
                    uri=fact.uri,
                    sha256=fact.sha256,
                    columns=tuple(derived),
                )
            )
        facts += columns_explained(fact, found, place.operation, project)
        known = {*(stated or {}), *(origin.column for origin in found)}
        unknown = [column for column in fact.columns if column not in known]
        if unknown or (not fact.columns and stated is None and fact.artifact_type in TABULAR):
            facts.append(_unknown(place, fact.uri, unknown))
        self.recorder.observe(*facts)

    def settle(self, place: Place) -> None:
        """Record the files that the code of a step or run has written itself.

        Raises:
            DataWriteError: One is missing.
            ConfigurationError: One lacks a column that was spoken of.
        """
        while place.outputs:
            output = place.outputs.pop(0)
            stamp = stamp_of(output.path)
            shown = self.task.project.display(output.path)
            if stamp is None:
                raise DataWriteError(
                    f"output {shown!r}",
                    problem=f"{place.name!r} has not written it",
                    remedy="write it before the end, or take the call of output() away",
                )
            if stamp == output.stamp:
                self.warn(place, f"output {shown!r} has not changed since output() named it", {})
            rows, columns = tables.layout_of(output.path)
            if output.stated and columns:
                stated_columns.check_names(output.stated, columns, f"output {shown!r}")
            artifact = Artifact(
                path=output.path,
                artifact_type=run_facts.type_of(output.path),
                description=output.description,
                category=output.category,
                tags=output.tags,
                rows=rows,
                columns=columns,
            )
            self.wrote(place, artifact, output.stated)

    def settle_after_failure(self, place: Place) -> None:
        """Record those files that are there; the failure itself matters more than the others."""
        place.outputs[:] = [o for o in place.outputs if stamp_of(o.path) not in {None, o.stamp}]
        with self.task.carrying_on("recording its outputs"):
            self.settle(place)

    def restored(self) -> dict[str, Any] | None:
        """Return the last state that the run kept that this one resumes; see `ScriptRun`."""
        project, task_id = self.task.project, self.task.task_id
        started = self.recorder.state.started
        earlier = None if started is None else started.resumes
        while earlier is not None:
            for kept in kept_checkpoints(project.ledger, task_id):
                if kept.run == earlier:
                    label = f"{kept.run}/{kept.event.name}"
                    return self.task.context_manager.restore_execution_state(label)
            started = project.run_session(earlier, task_id).state.started
            earlier = None if started is None else started.resumes
        return None

    def warn(self, place: Place, message: str, details: Mapping[str, object]) -> None:
        """Record what the reader should know."""
        place.has_warned = True
        self.recorder.observe(_warning(place, message, details))

    def _source(self, path: str | os.PathLike[str]) -> Path:
        return self.task.config.safe_path(Path(path).absolute())

    def _note_read(self, place: Place, source: Path, fact: DatasetRead) -> None:
        self.recorder.observe(fact)
        with self._lock:
            self._reads.append(fact)
            self._sources.append(source)
            place.inputs.append(fact)


def stamp_of(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is written; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _is_same(one: Path, other: Path) -> bool:
    return one == other or paths.is_same_file(one, other)


def _unknown(place: Place, uri: str, unknown: Sequence[str]) -> WarningRaised:
    named = f": {listed(unknown, NAMED)}" if unknown else ""
    message = f"output {uri!r}: the origin of columns is unknown{named} (state it with columns=)"
    return _warning(place, message, {"output": uri, "unknown": list(unknown)})


def _warning(place: Place, message: str, details: Mapping[str, Any]) -> WarningRaised:
    return WarningRaised(
        operation=place.operation,
        name=place.name,
        message=masked(message),
        details=redacted(details),
    )
