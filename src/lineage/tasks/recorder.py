"""Record what one run does: the only writer of a run's stream."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from lineage.domain import RunState
from lineage.domain.run import (
    BeginOperation,
    BeginRun,
    Dependency,
    EndOperation,
    EndRun,
    Observe,
    RunFact,
    RunOutcome,
    RunStatus,
)
from lineage.events import (
    ArtifactGrouped,
    ArtifactWritten,
    CheckpointRecorded,
    ColumnsDerived,
    DatasetRead,
    DerivedColumn,
    EnvironmentCaptured,
    ErrorFact,
    MetricRecorded,
    OperationFailed,
    OperationReported,
    OperationSucceeded,
    RunFailed,
    RunInterrupted,
    RunRefused,
    RunStarted,
    RunSucceeded,
    WarningRaised,
)
from lineage.kernel import host
from lineage.kernel.digest import sha256_file, sha256_json
from lineage.kernel.errors import DependencyError, PathRefusedError, ReportingError
from lineage.project import Project
from lineage.tasks.redaction import redacted
from ops.result import Artifact, ColumnEdge, OperationResult, OperationStatus
from ops.result import DatasetRead as ReadByOperation

InterruptReason = Literal["keyboard", "signal", "process_gone", "silent"]
SIGNIFICANT_PACKAGES: Final = ("numpy", "pandas", "pyarrow", "duckdb", "privacy-lineage")


class RunRecorder:
    """Says what a run does, in the words of the work, and appends the events.

    Args:
        project: Where the run belongs.
        task_id: The task it executes.
        run_id: Its id; a new one when None.
    """

    def __init__(self, project: Project, task_id: str, *, run_id: str | None = None) -> None:
        self.project = project
        self.task_id = task_id
        self.run_id = run_id or project.ids.new()
        self._session = project.run_session(self.run_id, task_id)
        self._clock = project.clock
        self._started_s = self._clock.monotonic()

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        return self._session.state

    @property
    def elapsed_s(self) -> float:
        """Seconds since this recorder was made, monotonic clock."""
        return round(self._clock.monotonic() - self._started_s, 6)

    def begin(
        self,
        started: RunStarted,
        *,
        dependencies: Iterable[Dependency] = (),
        continue_on_error: bool = False,
    ) -> None:
        """Begin the run and note its environment, or record that it is refused.

        Raises:
            DependencyError: A dependency stands in the way; the refusal is recorded.
        """
        self._started_s = self._clock.monotonic()
        command = BeginRun(
            started=started,
            dependencies=tuple(dependencies),
            continue_on_error=continue_on_error,
        )
        for recorded in self._session.handle(command):
            if isinstance(recorded.event, RunRefused):
                raise DependencyError(
                    f"task {self.task_id!r}",
                    found=recorded.event.message,
                    expected=f"a successful latest run of task {recorded.event.depends_on!r}",
                    remedy=f"run it first: lineage run {recorded.event.depends_on}",
                )
        self.observe(environment(started.product_version))

    def begin_operation(
        self,
        name: str,
        *,
        class_name: str,
        code_version: str,
        parameters: Mapping[str, object],
        seed: int | None,
    ) -> int:
        """Record that an operation begins and return which one of the run it is, from 1."""
        command = BeginOperation(
            name=name,
            class_name=class_name,
            code_version=code_version,
            parameters=redacted(parameters),
            seed=seed,
        )
        self._session.handle(command)
        return self.state.operations

    def end_operation(
        self,
        operation: int,
        result: OperationResult,
        *,
        name: str,
        key_parts: Mapping[str, object],
        reads: Iterable[ReadByOperation],
        error: ErrorFact | None = None,
    ) -> None:
        """Record everything an operation did and how it ended, in one transaction.

        Args:
            operation: Which one of the run.
            result: What it handed back.
            name: What it is called.
            key_parts: Name, code version, parameters and seed, for its key.
            reads: The dataset versions it used.
            error: What went wrong; None unless the result's status is ERROR.

        Raises:
            ReportingError: It wrote outside the folders the project may use.
        """
        inputs = [self._dataset_read(read, operation) for read in reads]
        artifacts = [self._artifact_written(a, operation) for a in result.artifacts]
        facts: list[RunFact] = [*inputs, *artifacts]
        facts += self._columns_derived(operation, result.column_edges, inputs, artifacts)
        facts += [
            MetricRecorded(operation=operation, category=None, name=key, value=value)
            for key, value in result.metrics.items()
        ]
        facts += [
            WarningRaised(operation=operation, name=name, message=w.message, details=w.details)
            for w in result.warnings
        ]
        self._session.handle(
            EndOperation(
                outcome=_outcome(operation, result, key_parts, inputs, error), facts=tuple(facts)
            )
        )

    def report_operation(self, name: str, status: str, details: Mapping[str, object]) -> None:
        """Record the status of a step that a program ran by its own means."""
        self.observe(OperationReported(name=name, status=status, details=details))

    def read_dataset(self, name: str, path: str | os.PathLike[str]) -> None:
        """Record that the run used a file; one that is missing is recorded without digest."""
        version = _file_version(self.project.root / path)
        self.observe(
            DatasetRead(
                operation=None,
                name=name,
                uri=self.project.display(path),
                sha256=version["sha256"],
                size_bytes=version["size_bytes"],
                format=Path(path).suffix.lstrip(".") or "unknown",
            )
        )

    def write_artifact(self, artifact: Artifact) -> None:
        """Record that the run wrote a file; one that is missing is recorded without digest.

        Raises:
            ReportingError: It lies outside the folders the project may use.
        """
        self.observe(self._artifact_written(artifact, None))

    def group_artifacts(self, group: str, description: str) -> None:
        """Record that a group of artifacts is opened or described anew."""
        self.observe(ArtifactGrouped(group=group, description=description))

    def measure(self, name: str, value: object, *, category: str | None = None) -> None:
        """Record a metric of the run."""
        self.observe(MetricRecorded(operation=None, category=category, name=name, value=value))

    def checkpoint(
        self,
        name: str,
        state: Mapping[str, object],
        *,
        is_automatic: bool,
        config_sha256: str | None,
    ) -> None:
        """Record the state from which the run can be taken up again."""
        done = self.state.operations or None
        self.observe(
            CheckpointRecorded(
                name=name,
                is_automatic=is_automatic,
                operation=done,
                state=state,
                config_sha256=config_sha256,
            )
        )

    def observe(self, *facts: RunFact) -> None:
        """Record facts of the open run."""
        self._session.handle(Observe(facts=facts))

    def succeed(self, *, duration_s: float | None = None, operations_failed: int = 0) -> None:
        """End the run well.

        Args:
            duration_s: Seconds it took; measured when None.
            operations_failed: Operations that failed and did not stop it.
        """
        self._end(
            RunSucceeded(
                duration_s=self.elapsed_s if duration_s is None else duration_s,
                peak_memory_mb=host.peak_memory_mb(),
                operations_failed=operations_failed,
            )
        )

    def fail(self, error: ErrorFact, *, duration_s: float | None = None) -> None:
        """End the run with an error."""
        self._end(
            RunFailed(
                duration_s=self.elapsed_s if duration_s is None else duration_s,
                peak_memory_mb=host.peak_memory_mb(),
                error=error,
            )
        )

    def interrupt(self, reason: InterruptReason, detail: str) -> None:
        """End the run without an outcome of its own."""
        self._end(RunInterrupted(reason=reason, detail=detail))

    @property
    def is_open(self) -> bool:
        """Whether the run takes facts."""
        return self.state.status is RunStatus.RUNNING

    def _end(self, outcome: RunOutcome) -> None:
        self._session.handle(EndRun(outcome=outcome))

    def _dataset_read(self, read: ReadByOperation, operation: int | None) -> DatasetRead:
        return DatasetRead(
            operation=operation,
            name=read.name,
            uri=self.project.display(read.path),
            sha256=read.sha256,
            size_bytes=read.size_bytes,
            format=read.format,
            rows=read.rows,
            columns=read.columns,
        )

    def _artifact_written(self, artifact: Artifact, operation: int | None) -> ArtifactWritten:
        try:
            path = self.project.safe_path(artifact.path).path
        except PathRefusedError as error:
            raise ReportingError(f"artifact {str(artifact.path)!r}", remedy=str(error)) from error
        version = _file_version(path, known_sha256=artifact.sha256)
        return ArtifactWritten(
            operation=operation,
            artifact_type=artifact.artifact_type,
            uri=self.project.display(path),
            description=artifact.description,
            category=artifact.category,
            tags=artifact.tags,
            group=artifact.group,
            metadata=redacted(artifact.metadata),
            rows=artifact.rows,
            columns=artifact.columns,
            **version,
        )

    def _columns_derived(
        self,
        operation: int,
        edges: Iterable[ColumnEdge],
        inputs: Iterable[DatasetRead],
        artifacts: Iterable[ArtifactWritten],
    ) -> list[ColumnsDerived]:
        sources = {read.name: read for read in inputs}
        digests = {artifact.uri: artifact.sha256 for artifact in artifacts}
        columns: dict[str, list[DerivedColumn]] = {}
        for edge in edges:
            source = sources.get(edge.source) if edge.source is not None else None
            derived = DerivedColumn(
                column=edge.column,
                source_uri=source.uri if source else edge.source,
                source_sha256=source.sha256 if source else None,
                source_column=edge.source_column,
                effect=edge.effect,
                is_direct=edge.is_direct,
            )
            columns.setdefault(self.project.display(edge.output), []).append(derived)
        return [
            ColumnsDerived(
                operation=operation, uri=uri, sha256=digests.get(uri), columns=tuple(derived)
            )
            for uri, derived in columns.items()
        ]


def environment(product_version: str) -> EnvironmentCaptured:
    """Return what shapes results on this machine."""
    import platform  # noqa: PLC0415  # only here
    from importlib import metadata  # noqa: PLC0415  # only here

    packages = {}
    for name in SIGNIFICANT_PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return EnvironmentCaptured(
        os=host.system(),
        python_version=platform.python_version(),
        user=host.user(),
        machine=host.hostname(),
        cpu_count=os.cpu_count() or 0,
        product_version=product_version,
        packages=packages,
    )


def _outcome(
    operation: int,
    result: OperationResult,
    key_parts: Mapping[str, object],
    inputs: Iterable[DatasetRead],
    error: ErrorFact | None,
) -> OperationSucceeded | OperationFailed:
    duration_s = result.execution_time or 0.0
    if result.status is OperationStatus.ERROR:
        stated = ErrorFact(
            error_type="OperationResult",
            message=result.error_message or "Unknown error",
            traceback=(),
        )
        return OperationFailed(
            operation=operation,
            duration_s=duration_s,
            error=error or stated,
            details=redacted(result.details),
        )
    read = sorted({(i.uri, i.sha256 or "") for i in inputs})
    return OperationSucceeded(
        operation=operation,
        status="warning" if result.status is OperationStatus.WARNING else "success",
        duration_s=duration_s,
        key=sha256_json({**key_parts, "inputs": read}),
        details=redacted(result.details),
    )


def _file_version(path: Path, *, known_sha256: str | None = None) -> dict[str, Any]:
    try:
        stat = path.stat()
        sha256 = known_sha256 or sha256_file(path)
    except OSError:
        return {"sha256": known_sha256, "size_bytes": None, "modified_at": None}
    return {
        "sha256": sha256,
        "size_bytes": stat.st_size,
        "modified_at": datetime.fromtimestamp(stat.st_mtime, UTC),
    }
