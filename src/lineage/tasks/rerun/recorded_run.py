"""What the history says of a run to be executed again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lineage.domain import RUN
from lineage.domain.run import RUN_ENDS, RunStatus
from lineage.events import (
    ArtifactWritten,
    DatasetRead,
    EnvironmentCaptured,
    Event,
    FileImported,
    JsonObject,
    OperationStarted,
    RunStarted,
    TaskConfigured,
    TaskRegistered,
    streams,
)
from lineage.kernel.errors import CommandRejectedError, RunNotFoundError
from lineage.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class InputVersion:
    """One version of a file that a run used and had not written itself.

    Attributes:
        uri: The file, relative to the project if inside, else absolute.
        sha256: Digest of its content; None if it could not be read.
    """

    uri: str
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """What the history says of a run.

    Attributes:
        run_id: Its id.
        task_id: The task it executed.
        started: Its beginning.
        status: How it ended.
        configuration: What it ran under, secrets redacted; None without one.
        registered: What was known of the task when it began; None if nothing was.
        environment: Machine and software; None if not noted.
        inputs: The file versions it used, each once, in order.
        operations: The operations it began, in order.
        outputs: The files it wrote by uri, each as it was written last.
    """

    run_id: str
    task_id: str
    started: RunStarted
    status: RunStatus
    configuration: JsonObject | None
    registered: TaskRegistered | None
    environment: EnvironmentCaptured | None
    inputs: tuple[InputVersion, ...]
    operations: tuple[OperationStarted, ...]
    outputs: Mapping[str, ArtifactWritten]


def load(ledger: Ledger, run_id: str) -> RecordedRun:
    """Read a run that has ended from its stream and that of its task.

    Raises:
        RunNotFoundError: There is no such run.
        CommandRejectedError: It was refused or imported, so nothing was executed; or it is
            still running.
        LedgerError: The ledger cannot be read.
    """
    recorded = ledger.read_stream(streams.run(run_id))
    if not recorded:
        raise RunNotFoundError(f"run {run_id!r}", problem="no such run")
    events = [r.event for r in recorded]
    status = RUN.fold(events).status
    started, task_id = events[0], recorded[0].task or ""
    if not isinstance(started, RunStarted) or not any(isinstance(e, RUN_ENDS) for e in events):
        raise CommandRejectedError(
            f"run {run_id!r}",
            found=status.value if isinstance(started, RunStarted) else started.TOPIC,
            expected="a run that was executed here and has ended",
        )
    registered, configured = _of_task(ledger, task_id, started, recorded[0].position or 0)
    environments = (e for e in events if isinstance(e, EnvironmentCaptured))
    return RecordedRun(
        run_id=run_id,
        task_id=task_id,
        started=started,
        status=status,
        configuration=None if configured is None else configured.configuration,
        registered=registered,
        environment=next(environments, None),
        inputs=tuple(dict.fromkeys(_inputs(events))),
        operations=tuple(e for e in events if isinstance(e, OperationStarted)),
        outputs={e.uri: e for e in events if isinstance(e, ArtifactWritten)},
    )


def _of_task(
    ledger: Ledger, task_id: str, started: RunStarted, position: int
) -> tuple[TaskRegistered | None, TaskConfigured | None]:
    """Return the task's last registration before the run, and the run's configuration."""
    registered, configured = None, None
    for recorded in ledger.iter_stream(streams.task(task_id)):
        if (recorded.position or 0) > position:
            break
        event = recorded.event
        if isinstance(event, TaskRegistered):
            registered = event
        elif isinstance(event, TaskConfigured) and event.config_sha256 == started.config_sha256:
            configured = event
    return registered, configured


def _inputs(events: Iterable[Event]) -> Iterator[InputVersion]:
    """Yield what was read, except what the run itself had written before."""
    written: set[tuple[str, str | None]] = set()
    for event in events:
        match event:
            case ArtifactWritten() | FileImported():
                if isinstance(event, FileImported):
                    yield InputVersion(uri=event.source_uri, sha256=event.sha256)
                written.add((event.uri, event.sha256))
            case DatasetRead() if (event.uri, event.sha256) not in written:
                yield InputVersion(uri=event.uri, sha256=event.sha256)
