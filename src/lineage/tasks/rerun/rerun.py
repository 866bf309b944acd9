"""Execute a recorded run again, outside the project, and compare what it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lineage.domain import COMPARISON
from lineage.domain.comparison import RecordComparison
from lineage.domain.run import RunStatus
from lineage.events import JsonObject, RunCompared, streams
from lineage.events.run import ComparisonOutcome
from lineage.kernel import errors, paths
from lineage.kernel.packages.product import VERSION
from lineage.kernel.secrets.redaction import REDACTED
from lineage.kernel.values import JsonValue, canonical_text
from lineage.ledger import Session
from lineage.project import Project
from lineage.recording.error_facts import qualified_name
from lineage.tasks.lifecycle.base_task import BaseTask
from lineage.tasks.registry import registry
from lineage.tasks.rerun import recorded_run
from lineage.tasks.rerun.comparison import OutputComparison, compare_outputs, not_comparable
from lineage.tasks.rerun.recorded_run import RecordedRun
from lineage.tasks.rerun.scratch import copy_inputs, scratch_project
from lineage.tasks.security.task_encryption import encryption_of
from ops.data.encryption import FileEncryption, encrypting_with

_DATASETS = ("input_datasets", "auxiliary_datasets")
_EXTERNAL = "allowed_external_paths"
_KEY_PATH = "encryption_key_path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """The result of executing a run again.

    Attributes:
        run_id: The recorded run.
        task_id: Its task.
        outcome: "equal" if every output has the recorded digest; "different" if one has
            another; else "not_comparable".
        reason: Why it could not be executed again as it was; empty if it could.
        outputs: One entry per file that the recorded run wrote.
        notes: What had changed: code, packages, configuration.
        folder: Where it was executed; None if that was removed.
    """

    run_id: str
    task_id: str
    outcome: ComparisonOutcome
    reason: str
    outputs: tuple[OutputComparison, ...]
    notes: tuple[str, ...]
    folder: Path | None = None

    def to_event(self) -> RunCompared:
        """Return what the history keeps of it."""
        return RunCompared(
            run=self.run_id,
            task=self.task_id,
            outcome=self.outcome,
            reason=self.reason,
            product_version=VERSION,
            outputs=tuple(output.to_fact() for output in self.outputs),
            notes=self.notes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How a run is executed again.

    Attributes:
        task: A new task of the class.
        arguments: The recorded configuration.
        notes: What has changed.
    """

    task: BaseTask
    arguments: Mapping[str, Any]
    notes: tuple[str, ...] = ()


class _ImpossibleError(errors.LineageError):
    """A run cannot be executed again as it was."""


def rerun(
    project: Project, run_id: str, *, task: BaseTask | None = None, keep: bool = False
) -> Rerun:
    """Execute the recorded configuration on the recorded input versions, and compare.

    That happens in a separate folder below `.lineage` with copies of the inputs and a separate
    ledger, which is the current folder during the rerun: nothing of the recorded run is touched.
    The result is recorded in a separate stream (`run.compared`).

    Args:
        project: Where the run is recorded.
        run_id: Its id.
        task: A new task like the one that ran; found by the recorded id or class when None.
        keep: Keep the folder until the next rerun.

    Raises:
        RunNotFoundError: There is no such run.
        CommandRejectedError: It was refused or imported, is still running, or another rerun is
            running.
        LedgerError: The history cannot be read or written.
    """
    run = recorded_run.load(project.ledger, run_id)
    try:
        shown_again = _execute(project, run, task, keep=keep)
    except _ImpossibleError as error:
        shown_again = _verdict(run, not_comparable(run, str(error)), reason=str(error))
    stream = streams.comparison(project.ids.new())
    session = Session(project.ledger, COMPARISON, stream, is_new=True)
    session.handle(RecordComparison(compared=shown_again.to_event()))
    return shown_again


def _execute(project: Project, run: RecordedRun, task: BaseTask | None, *, keep: bool) -> Rerun:
    outside = [uri for uri in run.outputs if not paths.is_within(project.root / uri, project.root)]
    if outside:
        raise _ImpossibleError(
            f"it wrote {outside[0]!r} outside the project, which a rerun would overwrite"
        )
    plan = _plan(project, run, task or _find_task(project, run))
    with scratch_project(project, run, keep=keep) as scratch:
        faults = copy_inputs(project, scratch, run.inputs, _dataset_paths(plan.arguments))
        if faults:
            raise _ImpossibleError("; ".join(faults))
        plan.task.bind(scratch)
        plan.task.run(plan.arguments)
        again = _ran(scratch, plan.task)
        reason = ""
        if again.status is not run.status:
            reason = f"the recorded run {_ended(run)}; this one {_ended(again, plan.task)}"
        with encrypting_with(_key_of(plan.task)):
            outputs = compare_outputs(run, again, project.root, scratch.root, reason=reason)
        notes = (*plan.notes, *_notes(run, again))
        verdict = _verdict(run, outputs, reason=reason, notes=notes)
        return replace(verdict, folder=scratch.root if keep else None)


def _ran(scratch: Project, task: BaseTask) -> RecordedRun:
    try:
        return recorded_run.load(scratch.ledger, task.run_id or "")
    except (errors.RunNotFoundError, errors.CommandRejectedError):
        raise _ImpossibleError(f"it did not begin this time: {_said(task)}") from None


def _key_of(task: BaseTask) -> FileEncryption | None:
    encryption = encryption_of(task.config)
    try:
        return None if encryption is None else encryption.files
    except errors.CipherError:
        return None


def _verdict(
    run: RecordedRun,
    outputs: tuple[OutputComparison, ...],
    *,
    reason: str,
    notes: tuple[str, ...] = (),
) -> Rerun:
    outcomes = {output.outcome for output in outputs}
    outcome: ComparisonOutcome = "not_comparable"
    if "different" in outcomes:
        outcome = "different"
    elif outcomes == {"equal"} and not reason:
        outcome = "equal"
    return Rerun(
        run_id=run.run_id,
        task_id=run.task_id,
        outcome=outcome,
        reason=reason or ("" if outputs else "it wrote no file"),
        outputs=outputs,
        notes=notes,
    )


def _find_task(project: Project, run: RecordedRun) -> BaseTask:
    """Return a new task by the recorded id, or by the recorded class."""
    recorded_class = run.registered.class_name if run.registered is not None else ""
    module, _, name = recorded_class.rpartition(".")
    names = [run.task_id, *([f"{module}:{name}"] if module else [])]
    reasons = []
    for candidate in names:
        try:
            task = registry.find_task(project, candidate)
        except errors.TaskNotFoundError as error:
            reasons.append(error.subject)
        except errors.LineageError as error:
            reasons.append(str(error))
        else:
            if task.task_id == run.task_id:
                return task
            reasons.append(f"{candidate} is task {task.task_id!r}")
    raise _ImpossibleError(f"its task class cannot be found: {'; '.join(reasons)}")


def _plan(project: Project, run: RecordedRun, task: BaseTask) -> _Plan:
    if run.configuration is None:
        raise _ImpossibleError("the configuration it ran under is not on record")
    today: Mapping[str, object] = {}
    known: JsonObject = {}
    notes: list[str] = []
    try:
        configuration = task.configuration(project)
        today, known = dict(configuration.values), configuration.to_event().configuration
    except errors.LineageError:
        notes.append("today's configuration cannot be read")
    secret = [key for key, value in run.configuration.items() if _has_secret(value)]
    unknown = [key for key in secret if known.get(key) != run.configuration[key]]
    if unknown:
        raise _ImpossibleError(
            f"configured secrets are not on record, and today's {_listed(unknown)} differs"
        )
    if secret:
        notes.append(f"the secrets in {_listed(secret)} are today's")
    other = [
        key for key in {**run.configuration, **known} if _differ(run.configuration, known, key)
    ]
    if today and other:
        notes.append(
            f"today's configuration differs in {_listed(other)}; the recorded one was used"
        )
    values = {**run.configuration, **{key: today[key] for key in secret}}
    if qualified_name(type(task)) != (run.registered.class_name if run.registered else ""):
        notes.append(f"its class is {qualified_name(type(task))} today")
    return _Plan(task=task, arguments=_placed(project, values), notes=tuple(notes))


def _placed(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration whose paths mean the same in the scratch project."""
    placed = dict(values)
    for key in _DATASETS:
        named = placed.get(key) or {}
        placed[key] = {name: _relative(project, path) for name, path in named.items()}
    for name, declared in (placed.get("datasets") or {}).items():
        if "path" in declared:
            path = _relative(project, declared["path"])
            placed["datasets"] = {**placed["datasets"], name: {**declared, "path": path}}
    if placed.get(_KEY_PATH):
        placed[_KEY_PATH] = str(project.root / placed[_KEY_PATH])
    placed[_EXTERNAL] = [str(project.root / path) for path in placed.get(_EXTERNAL) or ()]
    return placed


def _relative(project: Project, path: str) -> str:
    """Return a path inside the project as one relative to it, others as they are."""
    whole = project.root / path
    return (
        whole.relative_to(project.root).as_posix() if whole.is_relative_to(project.root) else path
    )


def _dataset_paths(arguments: Mapping[str, Any]) -> list[str]:
    given = [path for key in _DATASETS for path in arguments[key].values()]
    return [path for path in given if not Path(path).is_absolute()]


def _has_secret(value: JsonValue) -> bool:
    return REDACTED in canonical_text(value)


def _differ(one: JsonObject, other: Mapping[str, JsonValue], key: str) -> bool:
    return key not in one or key not in other or one[key] != other[key]


def _notes(run: RecordedRun, again: RecordedRun) -> Iterator[str]:
    """Yield what had changed."""
    if run.registered and again.registered:
        yield from _changed("the module of the task", _source(run), _source(again))
        yield from _changed("the task's version", run.registered.version, again.registered.version)
    if len(run.operations) != len(again.operations):
        yield f"{len(run.operations)} operations began then, {len(again.operations)} this time"
    for then, now in zip(run.operations, again.operations, strict=False):
        yield from _changed(f"operation {then.operation}", then.name, now.name)
        yield from _changed(f"the code of {then.name}", then.code_version, now.code_version)
        if then.parameters != now.parameters or then.seed != now.seed:
            yield f"the parameters of {then.name} differ"
    if run.environment and again.environment:
        yield from _changed(
            "Python", run.environment.python_version, again.environment.python_version
        )
        packages = {**run.environment.packages, **again.environment.packages}
        for name in sorted(packages):
            yield from _changed(
                name,
                run.environment.packages.get(name, "absent"),
                again.environment.packages.get(name, "absent"),
            )
    yield from _notes_on_inputs(run, again)


def _notes_on_inputs(run: RecordedRun, again: RecordedRun) -> Iterator[str]:
    yield from (f"{i.uri} was not read this time" for i in run.inputs if i not in again.inputs)
    yield from (f"{i.uri} was read this time only" for i in again.inputs if i not in run.inputs)
    for uri in again.outputs:
        if uri not in run.outputs:
            yield f"{uri} was written this time only"


def _source(run: RecordedRun) -> str:
    known = run.registered.source_sha256 if run.registered is not None else None
    return (known or "unknown")[:8]


def _changed(what: str, then: str, now: str) -> Iterator[str]:
    if then != now:
        yield f"{what} was {then}, is {now}"


def _ended(run: RecordedRun, task: BaseTask | None = None) -> str:
    ended = "was interrupted" if run.status is RunStatus.INTERRUPTED else run.status.value
    if task is None or run.status is RunStatus.SUCCEEDED:
        return ended
    return f"{ended} ({_said(task)})"


def _said(task: BaseTask) -> str:
    return errors.safe_message(task.error) if task.error is not None else "no reason given"


def _listed(names: list[str]) -> str:
    return ", ".join(sorted(names))
