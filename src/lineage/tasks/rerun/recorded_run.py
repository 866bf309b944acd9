"""What the history says about a run to be executed again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lineage import events
from lineage.domain import RUN
from lineage.domain.run import RUN_ENDS, RunStatus
from lineage.events import streams
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
    """What the history says about a run.

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
    started: events.RunStarted
    status: RunStatus
    configuration: events.JsonObject | None
    registered: events.TaskRegistered | None
    environment: events.EnvironmentCaptured | None
    inputs: tuple[InputVersion, ...]
    operations: tuple[events.OperationStarted, ...]
    outputs: Mapping[str, events.ArtifactWritten]


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
    happened = [r.event for r in recorded]
    status = RUN.fold(happened).status
    started, task_id = happened[0], recorded[0].task or ""
    if not isinstance(started, events.RunStarted) or not any(
        isinstance(e, RUN_ENDS) for e in happened
    ):
        raise CommandRejectedError(
            f"run {run_id!r}",
            found=status.value if isinstance(started, events.RunStarted) else started.TOPIC,
            expected="a run that was executed here and has ended",
        )
    registered, configured = _of_task(ledger, task_id, started, recorded[0].position or 0)
    environments = (e for e in happened if isinstance(e, events.EnvironmentCaptured))
    return RecordedRun(
        run_id=run_id,
        task_id=task_id,
        started=started,
        status=status,
        configuration=None if configured is None else configured.configuration,
        registered=registered,
        environment=next(environments, None),
        inputs=tuple(dict.fromkeys(_inputs(happened))),
        operations=tuple(e for e in happened if isinstance(e, events.OperationStarted)),
        outputs={e.uri: e for e in happened if isinstance(e, events.ArtifactWritten)},
    )


def _of_task(
    ledger: Ledger, task_id: str, started: events.RunStarted, position: int
) -> tuple[events.TaskRegistered | None, events.TaskConfigured | None]:
    """Return the task's last registration before the run, and the run's configuration."""
    registered, configured = None, None
    for recorded in ledger.iter_stream(streams.task(task_id)):
        if (recorded.position or 0) > position:
            break
        event = recorded.event
        if isinstance(event, events.TaskRegistered):
            registered = event
        elif (
            isinstance(event, events.TaskConfigured)
            and event.config_sha256 == started.config_sha256
        ):
            configured = event
    return registered, configured


def _inputs(happened: Iterable[events.Event]) -> Iterator[InputVersion]:
    """Yield what was read, except what the run itself had written before."""
    written: set[tuple[str, str | None]] = set()
    for event in happened:
        match event:
            case events.ArtifactWritten() | events.FileImported():
                if isinstance(event, events.FileImported):
                    yield InputVersion(uri=event.source_uri, sha256=event.sha256)
                written.add((event.uri, event.sha256))
            case events.DatasetRead() if (event.uri, event.sha256) not in written:
                yield InputVersion(uri=event.uri, sha256=event.sha256)
