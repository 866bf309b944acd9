"""What is recorded of a run, and what is not."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_tasks import PEOPLE, last, make_project, recorded, topics

from lineage.domain.run import Dependency, RecordCheckpoint, RunStatus
from lineage.events import (
    ArtifactWritten,
    CheckpointRecorded,
    DatasetRead,
    EnvironmentCaptured,
    FileImported,
    MetricRecorded,
    OperationReported,
    OperationStarted,
    RunFailed,
    RunInterrupted,
    RunStarted,
    RunSucceeded,
    WarningRaised,
)
from lineage.kernel import files
from lineage.kernel.digest import sha256_bytes, sha256_json
from lineage.kernel.errors import DependencyError, ReportingError, RunClosedError, RunExistsError
from lineage.project import Project
from lineage.recording.error_facts import stated_error
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import metric_facts, run_started, tracked_file
from ops import Artifact


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with the dataset people.csv."""
    with make_project(tmp_path / "project") as opened:
        yield opened


def started() -> RunStarted:
    """Return the beginning of a run in this process."""
    return run_started(task_type="test", description="", report_path="DATA/reports/r.json")


@pytest.fixture
def recorder(project: Project) -> RunRecorder:
    """A run of t_one that has begun."""
    begun = RunRecorder(project, "t_one")
    begun.begin(started())
    return begun


def test_begin_notes_process_and_environment(recorder: RunRecorder, project: Project) -> None:
    """The beginning names the process, the next event what it runs on."""
    environment = last(project, EnvironmentCaptured)

    assert last(project, RunStarted).pid == os.getpid()
    assert environment.cpu_count == os.cpu_count()
    assert environment.packages.keys() >= {"numpy", "pandas", "duckdb"}
    assert recorder.is_open


def test_taken_run_id_is_refused(recorder: RunRecorder, project: Project) -> None:
    """Two runs cannot have one id."""
    other = RunRecorder(project, "t_one", run_id=recorder.run_id)

    with pytest.raises(RunExistsError, match="already in use"):
        other.begin(started())


def test_refused_run_takes_no_facts(project: Project) -> None:
    """A dependency in the way is recorded as the run's only event."""
    refused = RunRecorder(project, "t_one")
    missing = Dependency(task="t_first", run=None, status=RunStatus.ABSENT)

    with pytest.raises(DependencyError, match="lineage run t_first"):
        refused.begin(started(), dependencies=[missing])

    assert topics(project, refused.run_id) == ["run.refused"]
    assert not refused.is_open


def test_operations_of_threads_get_numbers_of_their_own(
    recorder: RunRecorder, project: Project
) -> None:
    """Operations that begin at the same time are told apart."""
    numbers: list[int] = []

    def begin() -> int:
        return recorder.begin_operation(
            "x", class_name="X", code_version="1", parameters={}, seed=None
        )

    def begin_some() -> None:
        numbers.extend(begin() for _ in range(10))

    threads = [threading.Thread(target=begin_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == list(range(1, 41))
    assert len(recorded(project, OperationStarted.TOPIC)) == 40


def test_read_file_is_recorded_with_its_version(recorder: RunRecorder, project: Project) -> None:
    """A file that the run as a whole used has digest, length and format."""
    recorder.observe(tracked_file(project, "input_files", "DATA/raw/people.csv"))

    read = last(project, DatasetRead)
    assert (read.operation, read.format) == (None, "csv")
    assert read.sha256 == sha256_bytes(PEOPLE.encode())


def test_missing_file_is_recorded_without_version(recorder: RunRecorder, project: Project) -> None:
    """A file that is not there is named, and nothing is made up about it."""
    recorder.observe(tracked_file(project, "input_files", "DATA/raw/gone"))

    read = last(project, DatasetRead)
    assert (read.sha256, read.size_bytes, read.format) == (None, None, "unknown")


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_artifact_that_is_no_regular_file_has_no_version(
    recorder: RunRecorder, project: Project, kind: str
) -> None:
    """A folder or a pipe is recorded without digest; a pipe is not waited for."""
    path = project.root / "thing"
    path.mkdir() if kind == "folder" else os.mkfifo(path)

    recorder.write_artifact(Artifact(path=path, artifact_type="x"))

    written = last(project, ArtifactWritten)
    assert (written.sha256, written.size_bytes, written.modified_at) == (None, None, None)


def test_artifact_outside_the_project_is_refused(recorder: RunRecorder, tmp_path: Path) -> None:
    """A path that leads outside is an error that names it, and nothing is recorded."""
    with pytest.raises(ReportingError, match=r"evil\.csv"):
        recorder.write_artifact(Artifact(path=tmp_path / "evil.csv", artifact_type="csv"))


def test_artifact_through_a_link_is_recorded_by_its_real_path(
    recorder: RunRecorder, project: Project
) -> None:
    """A link inside the project is recorded as the file it leads to."""
    (project.root / "link.csv").symlink_to("DATA/raw/people.csv")

    recorder.write_artifact(Artifact(path=Path("link.csv"), artifact_type="csv"))

    assert last(project, ArtifactWritten).uri == "DATA/raw/people.csv"


def test_secrets_of_metadata_and_details_are_hidden(
    recorder: RunRecorder, project: Project
) -> None:
    """Metadata of a file and details of a step show no secret."""
    recorder.write_artifact(
        Artifact(path=Path("x.csv"), artifact_type="csv", metadata={"key": "hush", "mode": "age"})
    )
    recorder.report_operation("login", "success", {"password": "hush", "user": "ada"})

    assert last(project, ArtifactWritten).metadata == {"key": "***", "mode": "age"}
    assert last(project, OperationReported).details == {"password": "***", "user": "ada"}


def test_metric_of_any_name_is_recorded(recorder: RunRecorder, project: Project) -> None:
    """A name that is no text becomes its JSON text."""
    recorder.measure(("a", 1), 5, category="c")  # type: ignore[arg-type]  # people do that

    metric = last(project, MetricRecorded)
    assert (metric.category, metric.name, metric.value) == ("c", '["a",1]', 5)


def test_imported_file_is_recorded(recorder: RunRecorder, project: Project) -> None:
    """A copied file is on record with where it came from."""
    version = files.write_text(project.root / "DATA/copy.csv", "x")

    recorder.import_file(Path("/elsewhere/a.csv"), version)

    imported = last(project, FileImported)
    assert (imported.source_uri, imported.uri) == ("/elsewhere/a.csv", "DATA/copy.csv")
    assert imported.sha256 == sha256_bytes(b"x")


def keep(state: dict[str, Any]) -> RecordCheckpoint:
    """Return the command that keeps a state."""
    return RecordCheckpoint(
        name=None, kind="automatic", state=state, sha256=sha256_json(state), size_bytes=2
    )


def test_checkpoint_names_the_last_operation(recorder: RunRecorder, project: Project) -> None:
    """A checkpoint knows after which operation it was made; before the first, None."""
    recorder.checkpoint(keep({"a": 1}))
    assert last(project, CheckpointRecorded).operation is None

    recorder.begin_operation("x", class_name="X", code_version="1", parameters={}, seed=None)
    recorder.checkpoint(keep({}))

    assert last(project, CheckpointRecorded).operation == 1


def test_facts_of_the_end_are_recorded_with_it(recorder: RunRecorder, project: Project) -> None:
    """Facts handed over with the end stand before it, in its transaction."""
    recorder.succeed(duration_s=1.5, facts=metric_facts({"a": 1}))

    *_, metric, end = project.ledger.read_stream(f"run:{recorder.run_id}")
    assert metric.recorded_at == end.recorded_at
    assert end.event == RunSucceeded(
        duration_s=1.5, peak_memory_mb=last(project, RunSucceeded).peak_memory_mb
    )


def test_duration_is_measured_when_not_given(project: Project) -> None:
    """A run knows how long it took by the monotonic clock."""
    recorder = RunRecorder(project, "t_one")
    recorder.begin(started())

    recorder.fail(stated_error({"message": "no"}))

    assert 0 < last(project, RunFailed).duration_s < 60
    assert last(project, RunFailed).peak_memory_mb > 1


def test_ended_run_takes_nothing_more(recorder: RunRecorder) -> None:
    """After its end a run refuses facts and other ends."""
    recorder.interrupt("silent", "nothing heard")

    with pytest.raises(RunClosedError, match="interrupted"):
        recorder.measure("a", 1)
    with pytest.raises(RunClosedError, match="interrupted"):
        recorder.succeed()


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (KeyboardInterrupt(), "keyboard", "Ctrl-C"),
        (KeyboardInterrupt("SIGTERM"), "signal", "SIGTERM"),
    ],
)
def test_interrupt_says_what_interrupted(
    recorder: RunRecorder,
    project: Project,
    error: KeyboardInterrupt,
    reason: str,
    detail: str,
) -> None:
    """An exception that names a signal is told as one, any other as Ctrl-C."""
    recorder.interrupt_by(error)

    interrupted = last(project, RunInterrupted)
    assert (interrupted.reason, interrupted.detail) == (reason, detail)


def test_two_recorders_of_one_run_see_each_other(recorder: RunRecorder, project: Project) -> None:
    """A second recorder of an open run adds to it, and its end binds the first."""
    other = RunRecorder(project, "t_one", run_id=recorder.run_id)
    other.measure("a", 1)
    other.succeed()

    with pytest.raises(RunClosedError, match="succeeded"):
        recorder.measure("b", 2)
    assert [m.name for m in recorded(project, MetricRecorded.TOPIC)] == ["a"]


def test_warning_of_the_run_shows_no_secret(recorder: RunRecorder, project: Project) -> None:
    """A warning belongs to no operation; secrets in its text and details are hidden."""
    recorder.warn("access", "no answer from ftp://ada:hush@host", {"password": "hush"})

    warning = last(project, WarningRaised)
    assert (warning.operation, warning.name) == (None, "access")
    assert "hush" not in warning.model_dump_json()


def test_ended_run_is_recorded_in_one_transaction(project: Project) -> None:
    """A run that is over comes whole, with what it read and wrote; refused paths are warnings."""
    recorder = RunRecorder(project, "t_one")

    recorder.record_ended_run(
        started(),
        inputs={"people": "DATA/raw/people.csv", "evil": "/etc/passwd"},
        artifacts=[Artifact(path=Path("../evil.csv"), artifact_type="csv")],
        error=None,
        duration_s=2.0,
    )

    stream = project.ledger.read_stream(f"run:{recorder.run_id}")
    assert [r.event.TOPIC for r in stream] == [
        "run.started",
        "dataset.read",
        "warning.raised",
        "warning.raised",
        "run.succeeded",
    ]
    assert len({r.recorded_at for r in stream}) == 1
