"""Decide which results of an earlier run are still valid and need not be repeated."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError, DatasetNotFoundError
from lineage.kernel.storage import sha256_or_none
from lineage.project import Project
from lineage.recording.operation_key import operation_key
from ops.data.source import DataSource
from ops.result import Artifact, OperationResult, OperationStatus

_NOT_DONE: Final = {
    "error": "it failed",
    "interrupted": "it was interrupted",
    "running": "it never ended",
    "skipped": "it was not executed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReusedOperation:
    """An operation of an earlier run whose result is reused.

    Attributes:
        run_id: The run that executed it.
        operation: Its number in that run.
        result: What it handed back, with status SKIPPED.
    """

    run_id: str
    operation: int
    result: OperationResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an operation has to be executed.

    Attributes:
        reason: Why or why not, for a reader.
        reused: The result to reuse; None if it has to be executed.
    """

    reason: str
    reused: ReusedOperation | None = None


class Reuse:
    """Compares the operations of a run, in order, with those of the run it resumes.

    An operation is reused if the earlier run recorded its success under the same name, code
    version, parameters, seed and input digests, and every file it wrote still has the digest on
    record. After the first one that is not, all are executed: they may build on it.

    Args:
        project: Where the runs belong.
        earlier: What `projections.documents.resume_state` says of the earlier run.
        obstacle: Why nothing at all can be reused; None if nothing prevents it.
        python_version: The Python of the earlier run; None if it is not on record.
    """

    def __init__(
        self,
        project: Project,
        earlier: Mapping[str, Any],
        *,
        obstacle: str | None = None,
        python_version: str | None = None,
    ) -> None:
        self._project = project
        self._python_version = python_version
        self._operations: list[Mapping[str, Any]] = earlier["operations"]
        self._obstacle = obstacle
        self._asked = 0

    def judge(
        self,
        key_parts: Mapping[str, Any],
        parameters: Mapping[str, object],
        source: DataSource | None,
        *,
        unknown_code: str | None = None,
    ) -> Verdict:
        """Decide whether the next operation of the run has to be executed.

        Args:
            key_parts: Its name, code version, parameters and seed, as its key is made of.
            parameters: Its parameters as they are recorded, secrets redacted.
            source: The datasets it would read.
            unknown_code: Why its code cannot be known; None if it is.
        """
        self._asked += 1
        if self._obstacle is not None:
            return Verdict(reason=self._obstacle)
        if self._asked > len(self._operations):
            return self._stop(key_parts, "the earlier run did not reach it")
        recorded = self._operations[self._asked - 1]
        obstacle = (
            _other_work(recorded, key_parts)
            or (unknown_code and f"its code cannot be known: {unknown_code}")
            or self._changed_code(recorded, key_parts)
            or _difference(recorded, parameters, key_parts["seed"])
            or self._changed_file(recorded, key_parts, source)
        )
        if obstacle is not None:
            return self._stop(key_parts, obstacle)
        return Verdict(
            reason="nothing has changed since the earlier run",
            reused=ReusedOperation(
                run_id=recorded["run_id"],
                operation=recorded["source_operation"],
                result=_result(recorded),
            ),
        )

    def _stop(self, key_parts: Mapping[str, Any], reason: str) -> Verdict:
        self._obstacle = f"operation {key_parts['name']!r} before it runs again"
        return Verdict(reason=reason)

    def _changed_code(
        self, recorded: Mapping[str, Any], key_parts: Mapping[str, Any]
    ) -> str | None:
        if recorded["code_version"] == key_parts["code_version"]:
            return None
        now = platform.python_version()
        if self._python_version in {None, now}:
            return "its code changed"
        return f"its code changed, or what Python made of it ({self._python_version}, now {now})"

    def _changed_file(
        self, recorded: Mapping[str, Any], key_parts: Mapping[str, Any], source: DataSource | None
    ) -> str | None:
        for read in recorded["inputs"]:
            if not self._names_same_file(source, read):
                return f"its input {read['name']!r} is another file"
            if not self._is_unchanged(read):
                return f"its input {read['uri']!r} is gone or has changed"
        versions = ((read["uri"], read["sha256"]) for read in recorded["inputs"])
        if operation_key(self._project, key_parts, versions) != recorded["key"]:
            return "a parameter whose value is not on record has changed"
        changed = (a["uri"] for a in recorded["artifacts"] if not self._is_unchanged(a))
        uri = next(changed, None)
        return None if uri is None else f"its output {uri!r} is gone or has changed"

    def _names_same_file(self, source: DataSource | None, read: Mapping[str, Any]) -> bool:
        try:
            path = None if source is None else source.path_of(read["name"])
        except (DatasetNotFoundError, ConfigurationError):
            return False
        return path is None or self._project.display(path) == read["uri"]

    def _is_unchanged(self, version: Mapping[str, Any]) -> bool:
        uri = version["uri"]
        return sha256_or_none(self._project.storage(uri), uri) == str(version["sha256"])


def _other_work(recorded: Mapping[str, Any], key_parts: Mapping[str, Any]) -> str | None:
    """Return why an operation on record did not do the work of another at all."""
    if recorded["name"] != key_parts["name"]:
        return f"the list of operations changed: here the earlier run had {recorded['name']!r}"
    if recorded["status"] in _NOT_DONE:
        return _NOT_DONE[recorded["status"]]
    return None


def _difference(
    recorded: Mapping[str, Any], parameters: Mapping[str, object], seed: int | None
) -> str | None:
    """Return what on record keeps an operation from standing in for another."""
    if recorded["seed"] != seed:
        return "its seed changed"
    before = recorded["parameters"]
    changed = [
        name
        for name in sorted(before.keys() | parameters.keys())
        if (name in before, before.get(name)) != (name in parameters, parameters.get(name))
    ]
    if changed:
        return "its parameters changed: " + ", ".join(changed)
    if recorded["in_memory"]:
        return "it worked with data in memory: " + ", ".join(recorded["in_memory"])
    return None


def _result(recorded: Mapping[str, Any]) -> OperationResult:
    return OperationResult(
        status=OperationStatus.SKIPPED,
        artifacts=[
            Artifact(
                path=Path(row["uri"]),
                artifact_type=row["artifact_type"],
                description=row["description"],
                category=row["category"],
                tags=tuple(row["tags"]),
                group=row["artifact_group"],
                metadata=row["metadata"],
                sha256=row["sha256"],
                size_bytes=row["size_bytes"],
                rows=row["row_count"],
                columns=tuple(row["columns"]),
            )
            for row in recorded["artifacts"]
        ],
        metrics=recorded["metrics"],
        details={
            "reused_run": recorded["run_id"],
            "reused_operation": recorded["source_operation"],
        },
    )
