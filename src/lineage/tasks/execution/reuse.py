"""Decide which results of an earlier run are still valid and need not be repeated."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError, DatasetNotFoundError
from lineage.kernel.paths import is_address
from lineage.kernel.storage import sha256_of_any_or_none
from lineage.project import Project
from lineage.recording.operation_key import operation_key
from lineage.tasks.execution.attempt import Outcome
from lineage.tasks.execution.preceding import FAILED, IN_MEMORY, UNRECORDED, Preceding
from ops.data.source import DataSource
from ops.result import Artifact, OperationResult, OperationStatus

_NOT_DONE: Final = {
    "error": "it failed",
    "interrupted": "it was interrupted",
    "running": "it never ended",
    "skipped": "it was not executed",
}
_IN_MEMORY: Final = "it worked with data in memory: "


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedParameters:
    """The parameters of a task that have another value in its configuration than before.

    Attributes:
        keys: Their names; none if nothing changed.
        read_options: How the configuration says that datasets are read, by their names.
    """

    keys: Sequence[str] = ()
    read_options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


class Reuse:
    """Compares the operations of a run, in order, with those of the run it resumes.

    An operation is reused if the earlier run recorded its success under the same name, code
    version, parameters, seed and input digests, every file it wrote still has the digest on
    record, and nothing that came before it can have changed what it used unseen (`Preceding`).

    Args:
        project: Where the runs belong.
        earlier: What `projections.documents.resume_state` says of the earlier run.
        obstacle: Why nothing at all can be reused; None if nothing prevents it.
        python_version: The Python of the earlier run; None if it is not on record.
        changed: What has changed that reaches operations as parameters of theirs, as a rule.
    """

    def __init__(
        self,
        project: Project,
        earlier: Mapping[str, Any],
        *,
        obstacle: str | None = None,
        python_version: str | None = None,
        changed: ChangedParameters | None = None,
    ) -> None:
        self._changed = changed or ChangedParameters()
        self._project = project
        self._python_version = python_version
        self._operations: list[Mapping[str, Any]] = earlier["operations"]
        self._obstacle = obstacle
        self._preceding = Preceding(self._operations)

    def judge(
        self,
        key_parts: Mapping[str, Any],
        parameters: Mapping[str, object],
        source: DataSource | None,
        *,
        declares_use: Callable[[], bool],
        is_plain: Callable[[], bool],
        unknown_code: str | None = None,
    ) -> Verdict:
        """Decide whether the next operation of the run has to be executed.

        Args:
            key_parts: Its name, code version, parameters and seed, as its key is made of.
            parameters: Its parameters as they are recorded, secrets redacted.
            source: The datasets it would read.
            declares_use: Tells whether it touches only the datasets that it declares.
            is_plain: Tells whether it is nothing but its class and its parameters.
            unknown_code: Why its code cannot be known; None if it is.
        """
        name = key_parts["name"]
        if self._obstacle is not None:
            return self._executed(name, self._obstacle)
        other: tuple[str, int] | None = None
        for index in self._candidates(name):
            recorded = self._operations[index]
            obstacle = self._own_obstacle(recorded, key_parts, parameters, unknown_code)
            if obstacle is None:
                obstacle = self._changed_file(recorded, key_parts, source)
                obstacle = obstacle or self._preceding.obstacle(index, declares_use)
                obstacle = obstacle or self._configured_unseen(recorded, source, is_plain)
                return self._executed(name, obstacle, index) if obstacle else self._reused(index)
            if other is None and index not in self._preceding.seen:
                other = (obstacle, index)
        return self._executed(name, *(other or (self._absence(name),)))

    def note_end(self, number: int, outcome: Outcome, *, is_unrecorded: bool) -> None:
        """Note what an operation that ran again has done.

        Args:
            number: Its number in the run, from 1.
            outcome: How it ended.
            is_unrecorded: Whether what it reads and writes is not recorded.
        """
        project, artifacts = self._project, outcome.result.artifacts
        if outcome.has_failed:
            self._preceding.note_end(number, (), FAILED)
            return
        files = [(project.display(project.safe_path(a.path)), a.artifact_type) for a in artifacts]
        unknown = UNRECORDED if is_unrecorded else IN_MEMORY if outcome.in_memory else None
        self._preceding.note_end(number, files, unknown)

    def foresee(self) -> list[str | None]:
        """Return why each operation of the earlier run would be executed again; None if reused.

        Only what is on record and the files as they are now can tell: code, parameters and
        configuration are known when the run that resumes it begins.
        """
        found: list[str | None] = []
        again: dict[str, str] = {}  # file to the operation that would write it anew
        for recorded in self._operations:
            why = self._obstacle or self._seen_now(recorded, again)
            if why is not None:
                again |= {a["uri"]: recorded["name"] for a in recorded["artifacts"]}
            found.append(why)
        return found

    def _seen_now(self, recorded: Mapping[str, Any], again: Mapping[str, str]) -> str | None:
        if recorded["status"] in _NOT_DONE:
            return _NOT_DONE[recorded["status"]]
        if recorded["in_memory"]:
            return _IN_MEMORY + ", ".join(recorded["in_memory"])
        for read in recorded["inputs"]:
            if not self._is_unchanged(read):
                return f"its input {read['uri']!r} is gone or has changed"
            if read["uri"] in again:
                return f"{again[read['uri']]!r} before it writes its input {read['uri']!r} anew"
        return self._lost_output(recorded)

    def _lost_output(self, recorded: Mapping[str, Any]) -> str | None:
        changed = (a["uri"] for a in recorded["artifacts"] if not self._is_unchanged(a))
        uri = next(changed, None)
        return None if uri is None else f"its output {uri!r} is gone or has changed"

    def _candidates(self, name: str) -> list[int]:
        """Return the operations of the earlier run that this one may be, the likeliest first."""
        seen, reused = self._preceding.seen, self._preceding.reused
        last = max(seen, default=-1)
        named = (i for i, o in enumerate(self._operations) if o["name"] == name)
        return sorted((i for i in named if i not in reused), key=lambda i: (i in seen, i < last))

    def _absence(self, name: str) -> str:
        last = len(self._operations) - 1
        if max(self._preceding.seen, default=-1) == last or len(self._preceding) > last:
            return "the earlier run did not reach it"
        other = "no other" if any(o["name"] == name for o in self._operations) else "no"
        return f"the list of operations changed: the earlier run had {other} {name!r}"

    def _reused(self, index: int) -> Verdict:
        self._preceding.add_reused(index)
        recorded = self._operations[index]
        return Verdict(
            reason="nothing it uses has changed since the earlier run",
            reused=ReusedOperation(
                run_id=recorded["run_id"],
                operation=recorded["source_operation"],
                result=_result(recorded),
            ),
        )

    def _executed(self, name: str, reason: str, index: int | None = None) -> Verdict:
        self._preceding.add_executed(name, index)
        return Verdict(reason=reason)

    def _own_obstacle(
        self,
        recorded: Mapping[str, Any],
        key_parts: Mapping[str, Any],
        parameters: Mapping[str, object],
        unknown_code: str | None,
    ) -> str | None:
        """Return what keeps an operation on record from being the same work; None if it is."""
        if recorded["status"] in _NOT_DONE:
            return _NOT_DONE[recorded["status"]]
        if unknown_code is not None:
            return f"its code cannot be known: {unknown_code}"
        return self._changed_code(recorded, key_parts) or _difference(
            recorded, parameters, key_parts["seed"]
        )

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
                writer = self._preceding.writer(read["uri"])
                why = f"changed because {writer} ran again" if writer else "is gone or has changed"
                return f"its input {read['uri']!r} {why}"
        versions = ((read["uri"], read["sha256"]) for read in recorded["inputs"])
        if operation_key(self._project, key_parts, versions) != recorded["key"]:
            return "a parameter whose value is not on record has changed"
        return self._lost_output(recorded)

    def _configured_unseen(
        self, recorded: Mapping[str, Any], source: DataSource | None, is_plain: Callable[[], bool]
    ) -> str | None:
        """Return which changed values of the configuration an operation may use unseen."""
        if not self._changed.keys:
            return None
        usual = self._changed.read_options
        names = {read["name"] for read in recorded["inputs"]}
        is_read_as_usual = source is None or all(
            source.options_of(name) in ({}, usual.get(name, {})) for name in names
        )
        if is_read_as_usual and is_plain():
            return None
        return "the configuration changed: " + ", ".join(self._changed.keys)

    def _names_same_file(self, source: DataSource | None, read: Mapping[str, Any]) -> bool:
        try:
            path = None if source is None else source.path_of(read["name"])
        except (DatasetNotFoundError, ConfigurationError):
            return False
        return path is None or self._project.display(path) == read["uri"]

    def _is_unchanged(self, version: Mapping[str, Any]) -> bool:
        uri = version["uri"]
        if is_address(uri):  # a project has files of this machine only
            return False
        return sha256_of_any_or_none(self._project.storage(uri), uri) == str(version["sha256"])


def _difference(
    recorded: Mapping[str, Any], parameters: Mapping[str, object], seed: int | None
) -> str | None:
    """Return why a recorded operation cannot replace another; None if it can."""
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
        return _IN_MEMORY + ", ".join(recorded["in_memory"])
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
