"""Record what one run does: the only writer of a run's stream."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from lineage import events
from lineage.domain import RunState
from lineage.domain.run import (
    BeginOperation,
    BeginRun,
    Dependency,
    DiscardCheckpoints,
    EndRun,
    Observe,
    RecordCheckpoint,
    RunCommand,
    RunFact,
    RunOutcome,
    RunStatus,
    SkipOperation,
)
from lineage.kernel import files, host
from lineage.kernel.errors import DependencyError
from lineage.kernel.secrets.redaction import masked, redacted
from lineage.ledger import Session
from lineage.policies import dictionary
from lineage.project import Project
from lineage.recording import operation_facts, run_facts
from lineage.recording.code_facts import CodePlace, of_program
from lineage.recording.operation_facts import FinishedOperation
from lineage.recording.run_outputs import RunOutputs, outputs_of
from ops.result import Artifact

InterruptReason = Literal["keyboard", "signal", "process_gone", "silent"]


class RunRecorder:
    """Records what a run does: turns calls into commands and appends the events.

    Args:
        project: Where the run belongs.
        task_id: The task it executes.
        run_id: Its id; a new one when None.
        code: Where the code is that it executes; None for the program that Python runs.

    Attributes:
        failed_operations: Names of the operations whose failure it recorded, in order.
        unrecorded_operations: Names of those that neither took a dataset nor handed back a file.
    """

    def __init__(
        self,
        project: Project,
        task_id: str,
        *,
        run_id: str | None = None,
        code: CodePlace | None = None,
    ) -> None:
        self.project = project
        self.task_id = task_id
        self.run_id = run_id or project.ids.new()
        self._session = project.run_session(self.run_id, task_id)
        self._clock = project.clock
        self._started_s = self._clock.monotonic()
        self._outputs = RunOutputs(project.root)
        self._code = code or of_program()
        self.failed_operations: list[str] = []
        self.unrecorded_operations: list[str] = []

    @property
    def state(self) -> RunState:
        """The state of the run."""
        return self._session.state

    def catch_up(self) -> RunState:
        """Read what others have recorded of the run, and return its state.

        Raises:
            LedgerUnavailableError: The history cannot be read.
        """
        self._session.catch_up()
        return self.state

    @property
    def is_open(self) -> bool:
        """Whether the run takes facts."""
        return self.state.status is RunStatus.RUNNING

    @property
    def elapsed_s(self) -> float:
        """Seconds since this recorder was made, monotonic clock."""
        return round(self._clock.monotonic() - self._started_s, 6)

    def begin(
        self,
        started: events.RunStarted,
        *,
        dependencies: Iterable[Dependency] = (),
        continue_on_error: bool = False,
        resumed: Session[RunState, RunCommand] | None = None,
    ) -> None:
        """Begin the run and note its environment and code, or record that it is refused.

        Args:
            started: Its beginning.
            dependencies: What it depends on.
            continue_on_error: Begin even if a dependency blocks it.
            resumed: The session of the run that it resumes, with that buffered; both streams
                are written in one transaction.

        Raises:
            DependencyError: A dependency blocks it; the refusal is recorded.
            ResumeInProgressError: Another run has resumed that run meanwhile; nothing is recorded.
        """
        self._started_s = self._clock.monotonic()
        dictionary.declare(self.project)
        found = tuple(dependencies)
        command = BeginRun(started=started, dependencies=found, continue_on_error=continue_on_error)
        self._session.handle(command, durably=False)
        sessions = [self._session] if resumed is None else [resumed, self._session]
        for recorded in Session.flush_all(sessions):
            if isinstance(recorded.event, events.RunRefused):
                raise DependencyError(
                    f"task {self.task_id!r}",
                    problem=recorded.event.message,
                    remedy=f"run it first: lineage run {recorded.event.depends_on}",
                )
        code = self._code.captured(self.project)
        self.observe(run_facts.environment(started.product_version), code)

    def record_ended_run(
        self,
        started: events.RunStarted,
        *,
        inputs: Mapping[str, str | os.PathLike[str]],
        artifacts: Iterable[Artifact],
        error: events.ErrorFact | None,
        duration_s: float,
    ) -> None:
        """Record a run that is already over, in one transaction.

        Args:
            started: Its beginning.
            inputs: Dataset name to path of what it used.
            artifacts: What it wrote.
            error: Why it failed; None if it succeeded.
            duration_s: Seconds it took.

        A path outside the folders the project may use is named in a warning instead.
        """
        facts: list[RunFact] = [
            *(run_facts.read_or_refusal(self.project, name, path) for name, path in inputs.items()),
            *(run_facts.written_or_refusal(self.project, artifact) for artifact in artifacts),
        ]
        outcome: RunOutcome = (
            events.RunSucceeded(duration_s=duration_s, peak_memory_mb=None)
            if error is None
            else events.RunFailed(duration_s=duration_s, peak_memory_mb=None, error=error)
        )
        self._session.handle(BeginRun(started=started), durably=False)
        self._session.handle(EndRun(outcome=outcome, facts=tuple(facts)))

    def begin_operation(
        self,
        name: str,
        *,
        class_name: str,
        code_version: str,
        parameters: Mapping[str, object],
        seed: int | None,
        reason: str | None = None,
    ) -> int:
        """Record that an operation begins and return its number in the run, from 1.

        Args:
            name: What it is called.
            class_name: Qualified name of its class.
            code_version: Version and digest of its code.
            parameters: Its parameters; secrets are redacted here.
            seed: Seed of its random choices.
            reason: Why it is executed in a run that resumes another.
        """
        command = BeginOperation(
            name=name,
            class_name=class_name,
            code_version=code_version,
            parameters=redacted(parameters),
            seed=seed,
            reason=reason,
        )
        recorded = [r.event for r in self._session.handle(command)]
        # not from the state, where another thread's operation may have come after this one
        return next(e.operation for e in recorded if isinstance(e, events.OperationStarted))

    def progress(self, operation: int, name: str, *, completed: int, total: int | None) -> None:
        """Record a milestone of an operation at once, so that others can follow.

        Args:
            operation: Which one of the run.
            name: What it is called.
            completed: Steps that are done.
            total: Steps to do; None if unknown.
        """
        message = f"{completed:,} steps" if total is None else f"{completed:,} of {total:,} steps"
        passed = events.OperationProgressed(
            operation=operation, name=name, message=message, completed=completed, total=total
        )
        self.observe(passed)

    def skip_operation(
        self,
        name: str,
        *,
        reason: str,
        run_id: str,
        operation: int,
        outputs: Iterable[Artifact] = (),
    ) -> None:
        """Record that the result of another run's operation is reused for the next one.

        Args:
            name: What the operation is called.
            reason: Why it need not be executed.
            run_id: The run that recorded the result.
            operation: Which operation of that run.
            outputs: The files of that result.

        Raises:
            OperationError: Another operation of the run wrote one of them with other content.
        """
        written = [run_facts.artifact_written(self.project, output) for output in outputs]
        self._outputs.claim(outputs_of(f"operation {name!r}", written))
        self._session.handle(
            SkipOperation(name=name, reason=reason, reused_run=run_id, reused_operation=operation)
        )

    def end_operation(self, finished: FinishedOperation) -> None:
        """Record everything an operation did and how it ended, in one transaction.

        Raises:
            ReportingError: It wrote outside the folders the project may use.
            OperationError: It wrote to the path of another output of the run, with other content.
        """
        command = operation_facts.end_of(self.project, finished)
        if not finished.has_failed:
            name = f"operation {finished.number} ({finished.name!r})"
            self._outputs.claim(outputs_of(name, command.facts))
        self._session.handle(command)
        if finished.has_failed:
            self.failed_operations.append(finished.name)
        if finished.is_unrecorded:
            self.unrecorded_operations.append(finished.name)

    def schedule_retry(
        self, operation: int, *, attempt: int, wait_s: float, error: events.ErrorFact
    ) -> None:
        """Record that an attempt of an operation failed and when the next one comes.

        Args:
            operation: Which one of the run.
            attempt: The attempt that failed, from 1.
            wait_s: Seconds until the next.
            error: What went wrong.
        """
        self.observe(
            events.OperationRetryScheduled(
                operation=operation, attempt=attempt, wait_s=wait_s, error=error
            )
        )

    def report_operation(self, name: str, status: str, details: Mapping[str, object]) -> None:
        """Record the status of a step that a program ran itself."""
        self.observe(events.OperationReported(name=name, status=status, details=redacted(details)))

    def warn(self, name: str, message: str, details: Mapping[str, object] | None = None) -> None:
        """Record a warning about the run as a whole, for readers of its report.

        Args:
            name: What it is about.
            message: What was found.
            details: Facts about it; secrets are redacted here.
        """
        warning = events.WarningRaised(
            operation=None, name=name, message=masked(message), details=redacted(details or {})
        )
        self.observe(warning)

    def recorded_files(self) -> frozenset[str]:
        """Return the paths on record of the files that the run wrote or imported."""
        stream = self.project.ledger.read_stream_arrow(events.streams.run(self.run_id))
        written = (events.ArtifactWritten.TOPIC, events.FileImported.TOPIC)
        return frozenset(
            json.loads(row["payload"])["uri"]
            for row in stream.select(["type", "payload"]).to_pylist()
            if row["type"] in written
        )

    def write_artifact(self, artifact: Artifact) -> None:
        """Record that the run wrote a file; one that is missing is recorded without digest.

        Raises:
            ReportingError: It lies outside the folders the project may use.
        """
        self.observe(run_facts.artifact_written(self.project, artifact))

    def import_file(self, source: Path, version: files.FileVersion) -> None:
        """Record that a file was copied into the task's folder."""
        self.observe(
            events.FileImported(
                source_uri=self.project.display(source.absolute()),
                uri=self.project.display(version.path),
                sha256=version.sha256,
                size_bytes=version.size_bytes,
            )
        )

    def group_artifacts(self, group: str, description: str) -> None:
        """Record that a group of artifacts is opened or given a new description."""
        self.observe(events.ArtifactGrouped(group=group, description=description))

    def measure(self, name: str, value: object, *, category: str | None = None) -> None:
        """Record a metric of the run."""
        self.observe(*run_facts.metric_facts({name: value}, category=category))

    def checkpoint(self, command: RecordCheckpoint) -> str:
        """Record a state from which the run can be resumed, and return its name.

        Raises:
            RunClosedError: The run has ended.
            CommandRejectedError: The name is one that the framework gives.
        """
        recorded = [r.event for r in self._session.handle(command)]
        # the last one, as buffered commands come before
        return next(e.name for e in reversed(recorded) if isinstance(e, events.CheckpointRecorded))

    def discard_checkpoints(self, discarded: Iterable[events.CheckpointDiscarded]) -> None:
        """Record that checkpoints of the task are discarded, even after the run has ended."""
        self._session.handle(DiscardCheckpoints(discarded=tuple(discarded)))

    def observe(self, *facts: RunFact) -> None:
        """Record facts of the open run."""
        self._session.handle(Observe(facts=facts))

    def succeed(
        self,
        *,
        duration_s: float | None = None,
        operations_failed: int = 0,
        facts: Iterable[RunFact] = (),
    ) -> None:
        """End the run as successful.

        Args:
            duration_s: Seconds it took; measured when None.
            operations_failed: Operations that failed and did not stop it.
            facts: What is recorded together with the end.
        """
        self._end(
            events.RunSucceeded(
                duration_s=self.elapsed_s if duration_s is None else duration_s,
                peak_memory_mb=host.peak_memory_mb(),
                operations_failed=operations_failed,
            ),
            facts,
        )

    def fail(
        self,
        error: events.ErrorFact,
        *,
        duration_s: float | None = None,
        facts: Iterable[RunFact] = (),
    ) -> None:
        """End the run with an error; the other arguments are those of `succeed`."""
        self._end(
            events.RunFailed(
                duration_s=self.elapsed_s if duration_s is None else duration_s,
                peak_memory_mb=host.peak_memory_mb(),
                error=error,
            ),
            facts,
        )

    def interrupt(self, reason: InterruptReason, detail: str) -> None:
        """End the run as interrupted."""
        self._end(events.RunInterrupted(reason=reason, detail=detail))

    def interrupt_by(self, error: KeyboardInterrupt) -> None:
        """End the run as interrupted by the signal that the exception names, else by Ctrl-C."""
        signal = str(error)
        self.interrupt("signal" if signal else "keyboard", signal or "Ctrl-C")

    def _end(self, outcome: RunOutcome, facts: Iterable[RunFact] = ()) -> None:
        self._session.handle(EndRun(outcome=outcome, facts=tuple(facts)))
