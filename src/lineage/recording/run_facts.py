"""Turn what tasks and programs hand over into facts of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final

from lineage.events import (
    ArtifactWritten,
    DatasetRead,
    EnvironmentCaptured,
    ErrorFact,
    MetricRecorded,
    ProcessMark,
    RunStarted,
    TaskRegistered,
    WarningRaised,
)
from lineage.kernel import host
from lineage.kernel.errors import PathRefusedError, ReportingError
from lineage.kernel.packages.product import VERSION
from lineage.kernel.secrets.redaction import masked, redacted, redacted_metrics
from lineage.kernel.storage import sha256
from lineage.project import Project
from lineage.recording.error_facts import UNKNOWN, qualified_name
from ops.code.version import source_sha256
from ops.result import Artifact, OperationResult

SIGNIFICANT_PACKAGES: Final = ("numpy", "pandas", "pyarrow", "duckdb", "privacy-lineage")


def run_started(
    *,
    task_type: str,
    description: str,
    report_path: str,
    task_version: str = "",
    config_sha256: str | None = None,
    seed: int | None = None,
    upstream_runs: Mapping[str, str] | None = None,
    resumes: str | None = None,
) -> RunStarted:
    """Return the event that a run begins in this process."""
    process = host.this_process()
    return RunStarted(
        task_type=task_type,
        description=description,
        task_version=task_version,
        product_version=VERSION,
        script_path=Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "interactive",
        report_path=report_path,
        host=process.host,
        pid=process.pid,
        process_started_at=process.started_at,
        config_sha256=config_sha256,
        seed=seed,
        upstream_runs=dict(upstream_runs or {}),
        resumes=resumes,
        process_mark=None if process.mark is None else ProcessMark(**asdict(process.mark)),
    )


def task_registered(cls: type, *, task_type: str, description: str, version: str) -> TaskRegistered:
    """Return the event that registers a task of this class, with a digest of its module."""
    return TaskRegistered(
        task_type=task_type,
        description=description,
        version=version,
        class_name=qualified_name(cls),
        source_sha256=source_sha256(cls),
    )


def file_read(project: Project, name: str, path: str | os.PathLike[str]) -> DatasetRead:
    """Return the event that the run used a file; a missing one has no digest."""
    uri = project.display(path)
    version = _file_version(project, uri)
    return DatasetRead(
        operation=None,
        name=name,
        uri=uri,
        sha256=version["sha256"],
        size_bytes=version["size_bytes"],
        format=type_of(path),
    )


def artifact_written(
    project: Project, artifact: Artifact, operation: int | None = None
) -> ArtifactWritten:
    """Return the event that a file was written; a missing one has no digest.

    Raises:
        ReportingError: It lies outside the folders the project may use.
    """
    try:
        uri = project.display(project.safe_path(artifact.path))
    except PathRefusedError as error:
        raise ReportingError(f"artifact {str(artifact.path)!r}", remedy=str(error)) from error
    return ArtifactWritten(
        operation=operation,
        artifact_type=artifact.artifact_type,
        uri=uri,
        description=artifact.description,
        category=artifact.category,
        tags=artifact.tags,
        group=artifact.group,
        metadata=redacted(artifact.metadata),
        rows=artifact.rows,
        columns=artifact.columns,
        **_file_version(project, uri, known_sha256=artifact.sha256),
    )


def read_or_refusal(
    project: Project, name: str, path: str | os.PathLike[str]
) -> DatasetRead | WarningRaised:
    """Return the event that a file was used, or a warning if its path is refused."""
    try:
        project.safe_path(path)
    except PathRefusedError:
        return _path_refused(path)
    return file_read(project, name, path)


def written_or_refusal(project: Project, artifact: Artifact) -> ArtifactWritten | WarningRaised:
    """Return the event that a file was written, or a warning if its path is refused."""
    try:
        return artifact_written(project, artifact)
    except ReportingError:
        return _path_refused(artifact.path)


def tracked_file(
    project: Project, key: str, path: str | os.PathLike[str]
) -> DatasetRead | ArtifactWritten:
    """Return the event of a file listed under "input_files" or "output_files"."""
    target = Path(path)
    if key == "input_files":
        return file_read(project, target.stem, path)
    return artifact_written(project, Artifact(path=target, artifact_type=type_of(path)))


def type_of(path: str | os.PathLike[str]) -> str:
    """Return the type of a file by its suffix; "unknown" without one."""
    return Path(path).suffix.lstrip(".") or "unknown"


def metric_facts(
    metrics: Mapping[str, object], *, operation: int | None = None, category: str | None = None
) -> list[MetricRecorded]:
    """Return the events of metrics; names may be anything that `redacted_metrics` accepts."""
    return [
        MetricRecorded(operation=operation, category=category, name=name, value=value)
        for name, value in redacted_metrics(metrics).items()
    ]


def stated_failure(result: OperationResult) -> ErrorFact:
    """Return what an operation itself said about its failure."""
    message = masked(result.error_message or UNKNOWN)
    return ErrorFact(error_type="OperationResult", message=message, traceback=())


def environment(product_version: str) -> EnvironmentCaptured:
    """Return what affects results on this machine."""
    import platform  # noqa: PLC0415  # only here

    return EnvironmentCaptured(
        os=host.system(),
        python_version=platform.python_version(),
        user=host.user(),
        machine=host.hostname(),
        cpu_count=os.cpu_count() or 0,
        product_version=product_version,
        packages=_packages(),
    )


@cache  # what a process has imported stays, and each look takes a millisecond
def _packages() -> dict[str, str]:
    from importlib import metadata  # noqa: PLC0415  # only here

    packages = {}
    for name in SIGNIFICANT_PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            packages[name] = metadata.version(name)
    return packages


def _path_refused(path: str | os.PathLike[str]) -> WarningRaised:
    return WarningRaised(
        operation=None,
        name="path refused",
        message=f"path {os.fspath(path)!r} lies outside the project and was kept out of the record",
    )


def _file_version(project: Project, uri: str, *, known_sha256: str | None = None) -> dict[str, Any]:
    unknown = {"sha256": known_sha256, "size_bytes": None, "modified_at": None}
    storage = project.storage(uri)
    try:
        status = storage.status(uri)
        if status is None or status.size_bytes is None:
            return unknown
        return {
            "sha256": known_sha256 or sha256(storage, uri),
            "size_bytes": status.size_bytes,
            "modified_at": status.modified_at,
        }
    except OSError:
        return unknown
