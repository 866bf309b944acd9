"""What a task promises to whoever subclasses and runs it."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from small_tasks import (
    CallOperation,
    CopyOperation,
    SmallTask,
    configure,
    failing,
    last,
    make_project,
    raising,
    recorded,
    topics,
)

from lineage.domain.run import RunStatus
from lineage.events import (
    FileImported,
    OperationFailed,
    OperationStarted,
    RunFailed,
    RunInterrupted,
    RunRefused,
    RunStarted,
    RunSucceeded,
    TaskConfigured,
    TaskRegistered,
    WarningRaised,
)
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import (
    ConfigurationError,
    DependencyCycleError,
    DependencyError,
    DocumentNotWrittenError,
    LedgerUnavailableError,
    OperationError,
    OperationOpenError,
    PathRefusedError,
    ProjectNotFoundError,
    ReportingError,
)
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from ops import BaseOperation, OperationResult


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Project]:
    """A project that writes its execution log after each run."""
    with make_project(tmp_path / "logged", execution_log="each_run") as opened:
        yield opened


def executions(project: Project) -> list[dict[str, Any]]:
    """Return the records in the execution log file."""
    log = json.loads((project.root / "configs/execution_log.json").read_text())
    found: list[dict[str, Any]] = log["executions"]
    return found


class PhasesTask(SmallTask):
    """Notes which phases it went through."""

    def __init__(self, project: Project, *operations: BaseOperation) -> None:
        super().__init__(*operations, project=project)
        self.phases: list[str] = []

    def initialize(self, args: Mapping[str, Any] | None = None) -> bool:
        """Note the phase."""
        self.phases.append("initialize")
        return super().initialize(args)

    def configure_operations(self) -> None:
        """Note the phase."""
        self.phases.append("configure_operations")
        super().configure_operations()

    def execute(self) -> bool:
        """Note the phase."""
        self.phases.append("execute")
        return super().execute()

    def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
        """Note the phase and what it is told."""
        self.phases.append(f"finalize {success}")
        return super().finalize(success)


def status(project: Project, task: SmallTask) -> RunStatus:
    """Return how the task's last run stands in the ledger, whatever the task remembers."""
    return project.run_session(task.run_id or "", task.task_id).state.status


# phases


def test_run_goes_through_the_phases_in_order(project: Project) -> None:
    """A run initializes, configures, executes and finalizes, each once."""
    task = PhasesTask(project, CopyOperation())

    assert task.run()

    assert task.phases == ["initialize", "configure_operations", "execute", "finalize True"]


def test_successful_run_is_recorded_from_start_to_end(project: Project) -> None:
    """The ledger has the run's beginning, surroundings, operation, facts and end, in order."""
    task = SmallTask(CopyOperation(), project=project)

    task.run()

    assert topics(project, task.run_id or "") == [
        "run.started",
        "environment.captured",
        "code.captured",
        "operation.started",
        "dataset.read",
        "artifact.written",
        "columns.derived",
        "metric.recorded",
        "operation.succeeded",
        "run.succeeded",
    ]


def test_task_is_registered_and_configured_once(project: Project) -> None:
    """Running an unchanged task again registers and configures it no second time."""
    for _ in range(2):
        SmallTask(CopyOperation(), project=project).run()

    assert len(recorded(project, TaskRegistered.TOPIC)) == 1
    assert len(recorded(project, TaskConfigured.TOPIC)) == 1


def test_overridden_phases_can_use_what_the_parent_set_up(project: Project) -> None:
    """After the parent's initialize a subclass has config, datasets, folders and reporter."""
    seen: dict[str, Any] = {}

    class Curious(SmallTask):
        def initialize(self, args: Mapping[str, Any] | None = None) -> bool:
            done = super().initialize(args)
            seen["root"] = self.project_root
            seen["dataset"] = self.data_source.has_dataset("people")
            seen["k"] = self.config.get("k")
            self.reporter.add_metric("seen", 1)
            return done

    task = Curious(project=project)

    assert task.run({"k": 3})
    assert seen == {"root": project.root, "dataset": True, "k": 3}
    assert task.reporter.metrics == {"seen": 1}


def test_initialize_returning_false_fails_the_run(project: Project) -> None:
    """A subclass that stops after the parent's initialize leaves a failed run that says so."""

    class Unready(PhasesTask):
        def initialize(self, args: Mapping[str, Any] | None = None) -> bool:
            super().initialize(args)
            return False

    task = Unready(project)

    assert not task.run()
    assert "initialize returned False" in str(task.error)
    assert "initialize returned False" in last(project, RunFailed).error.message
    assert task.phases == ["initialize", "finalize False"]


def test_initialize_returning_false_at_once_leaves_no_run(project: Project) -> None:
    """A subclass that stops before the parent's initialize has no run, and says why."""

    class Stopped(PhasesTask):
        def initialize(self, args: Mapping[str, Any] | None = None) -> bool:
            return args is not None

    task = Stopped(project)

    assert not task.run()
    assert "initialize returned False" in str(task.error)
    assert task.phases == []
    assert project.ledger.head() == 0


def test_configure_operations_raising_fails_the_run_without_its_message(project: Project) -> None:
    """A foreign exception while configuring fails the run; its text is not recorded."""

    class Broken(SmallTask):
        def configure_operations(self) -> None:
            raise KeyError("Zaphod")

    task = Broken(project=project)

    assert not task.run()
    assert isinstance(task.error, KeyError)
    failed = last(project, RunFailed)
    assert failed.error.error_type == "KeyError"
    assert "Zaphod" not in failed.error.message
    assert any("configure_operations" in frame for frame in failed.error.traceback)


def test_execute_returning_false_fails_the_run(project: Project) -> None:
    """An overridden execute that returns False fails the run and says so."""

    class Idle(SmallTask):
        def execute(self) -> bool:
            return False

    task = Idle(project=project)

    assert not task.run()
    assert "execute returned False" in last(project, RunFailed).error.message


def test_finalize_without_the_parent_still_ends_the_run(project: Project) -> None:
    """A subclass that forgets super().finalize leaves no open run and a saved report."""

    class Forgetful(SmallTask):
        def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
            return success

    task = Forgetful(project=project)

    assert task.run()
    assert status(project, task) is RunStatus.SUCCEEDED
    assert (project.root / "DATA/reports/t_one_report.json").exists()


def test_finalize_that_calls_the_parent_twice_ends_the_run_once(logged: Project) -> None:
    """A second call of super().finalize records, saves and logs nothing more."""

    class Eager(SmallTask):
        def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
            super().finalize(success)
            saved.append(logged.root.joinpath("DATA/reports/t_one_report.json").stat().st_mtime_ns)
            return super().finalize(False)

    saved: list[int] = []
    task = Eager(project=logged)

    assert not task.run()
    assert topics(logged, task.run_id or "")[-1] == "run.succeeded"
    report = logged.root / "DATA/reports/t_one_report.json"
    assert [report.stat().st_mtime_ns] == saved


def test_finalize_that_returns_nothing_is_no_failure(project: Project) -> None:
    """An override that only cleans up need not hand on what it was told."""

    class Quiet(SmallTask):
        def finalize(self, success: bool) -> None:  # type: ignore[override]  # noqa: FBT001  # people do that
            super().finalize(success)

    task = Quiet(project=project)

    assert task.run()
    assert task.error is None


class Silent(SmallTask):
    """Executes its operations and does not say how that went."""

    def execute(self) -> None:  # type: ignore[override]  # people forget the return
        """Execute, return nothing."""
        self.operation_executor.execute_operations(
            self.operations, self.operation_params, continue_on_error=True
        )


def test_execute_that_returns_nothing_is_a_success_without_failures(project: Project) -> None:
    """Where no operation failed, an override that returns nothing has succeeded."""
    task = Silent(CopyOperation(), project=project)

    assert task.run(), task.error


def test_execute_that_returns_nothing_has_failed_if_an_operation_has(project: Project) -> None:
    """A forgotten return does not turn a failed operation into a run that succeeded."""
    task = Silent(failing(), CopyOperation(), project=project)

    assert not task.run()
    assert "execute returned None" in last(project, RunFailed).error.message


@pytest.mark.parametrize("phase", ["initialize", "execute", "finalize"])
@pytest.mark.parametrize("returned", [0, "Zaphod", {"rows": 1}], ids=["int", "str", "dict"])
def test_phase_that_returns_no_truth_value_is_refused(
    project: Project, phase: str, returned: object
) -> None:
    """Whatever is neither True nor False nor nothing fails the task, by the name of the phase."""

    def act(self: SmallTask, *args: Any) -> object:
        getattr(SmallTask, phase)(self, *args)
        return returned

    task = type("Odd", (SmallTask,), {phase: act})(project=project)

    assert not task.run()
    assert f"phase {phase!r}: it returned {type(returned).__name__}, expected True or False" in str(
        task.error
    )
    assert "Zaphod" not in str(task.error)


@pytest.mark.parametrize("name", ["config", "reporter", "project_root", "operation_executor"])
def test_attribute_that_is_not_set_yet_says_what_sets_it(name: str) -> None:
    """Before a run the error names the attribute and the phase; hasattr works as ever."""
    task = SmallTask()

    assert not hasattr(task, name)
    with pytest.raises(AttributeError, match=rf"SmallTask has no '{name}' yet: .* sets it"):
        getattr(task, name)


def test_finalize_raising_before_the_parent_fails_the_run(project: Project) -> None:
    """A finalize that raises fails the run, is not called again, and leaves no open run."""

    class Clumsy(PhasesTask):
        def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
            self.phases.append(f"finalize {success}")
            raise FileExistsError(17, "File exists", "exports")

    task = Clumsy(project)

    assert not task.run()
    assert isinstance(task.error, FileExistsError)
    assert status(project, task) is RunStatus.FAILED
    assert task.phases[-1] == "finalize True"
    assert task.reporter.status == "failed"


def test_finalize_returning_false_makes_run_return_false(project: Project) -> None:
    """What finalize returns is what run returns, and the error says whose False it is."""

    class Doubtful(SmallTask):
        def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
            super().finalize(success)
            return False

    task = Doubtful(project=project)

    assert not task.run()
    assert "finalize returned False" in str(task.error)
    assert status(project, task) is RunStatus.SUCCEEDED


def test_second_run_of_one_instance_is_a_run_of_its_own(project: Project) -> None:
    """Running an instance twice gives two runs with one operation each."""
    task = SmallTask(CopyOperation(), project=project)

    assert task.run()
    first = task.run_id
    assert task.run()

    assert task.run_id != first
    assert len(task.results) == 1
    assert len(recorded(project, OperationStarted.TOPIC)) == 2


def test_run_after_a_failed_one_forgets_its_error(project: Project) -> None:
    """A run that succeeds has no error, whatever happened to the one before."""
    task = SmallTask(failing(), project=project)
    task.run()
    task.given = (CopyOperation(),)

    assert task.run()
    assert task.error is None


# failure


def test_raising_operation_fails_run_report_and_log(logged: Project) -> None:
    """Behaviour 22: an exception in an operation shows as failure in every place."""
    task = SmallTask(raising(ValueError("Zaphod")), CopyOperation(), project=logged)

    assert not task.run()

    assert isinstance(task.error, ValueError)
    assert status(logged, task) is RunStatus.FAILED
    assert task.reporter.status == "failed"
    assert executions(logged)[-1]["success"] is False
    assert len(recorded(logged, OperationStarted.TOPIC)) == 1


def test_operation_returning_error_fails_run_report_and_log(logged: Project) -> None:
    """Behaviour 22: a returned ERROR fails the run with what the operation said, told once."""
    task = SmallTask(failing("the key does not fit"), project=logged)

    assert not task.run()

    report = task.reporter.generate_report()
    assert isinstance(task.error, OperationError)
    assert [e["message"] for e in report["errors"]] == ["the key does not fit"]
    assert report["status"] == "failed"
    assert executions(logged)[-1]["success"] is False


def test_continue_on_error_completes_with_errors(project: Project) -> None:
    """Behaviour 22: under continue_on_error the others run and the report says with errors."""
    task = SmallTask(failing(), CopyOperation(), project=project)

    assert task.run({"continue_on_error": True})

    assert task.error is None
    assert last(project, RunSucceeded).operations_failed == 1
    assert task.reporter.status == "completed_with_errors"
    assert [r.status.value for r in task.results] == ["error", "success"]


def test_keyboard_interrupt_is_recorded_and_passes_on(project: Project) -> None:
    """Behaviour 44: Ctrl-C ends the run as interrupted, saves the report, and propagates."""
    task = SmallTask(raising(KeyboardInterrupt()), project=project)

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        task.run()

    interrupted = last(project, RunInterrupted)
    assert (interrupted.reason, interrupted.detail) == ("keyboard", "Ctrl-C")
    assert isinstance(task.error, KeyboardInterrupt)
    assert (project.root / "DATA/reports/t_one_report.json").exists()


def test_interrupt_that_names_a_signal_is_recorded_as_signal(project: Project) -> None:
    """A SIGTERM, which the command line turns into an interrupt with its name, is told as such."""
    task = SmallTask(raising(KeyboardInterrupt("SIGTERM")), project=project)

    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        task.run()

    interrupted = last(project, RunInterrupted)
    assert (interrupted.reason, interrupted.detail) == ("signal", "SIGTERM")


def test_interrupt_with_a_finalize_that_raises_still_passes_on(project: Project) -> None:
    """Cleaning up that fails does not hide that somebody pressed Ctrl-C."""

    class Clumsy(SmallTask):
        def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
            raise RuntimeError(f"clumsy {success}")

    task = Clumsy(raising(KeyboardInterrupt()), project=project)

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        task.run()

    assert status(project, task) is RunStatus.INTERRUPTED


def test_operation_that_leaves_the_program_fails_the_run(project: Project) -> None:
    """sys.exit in an operation leaves the program, but no open run."""
    task = SmallTask(CallOperation(lambda **_: sys.exit(3)), project=project)

    with pytest.raises(SystemExit, match="3"):
        task.run()

    assert status(project, task) is RunStatus.FAILED


def test_unwritable_report_leaves_the_run_on_record(logged: Project) -> None:
    """A report that cannot be saved makes run return False; run and log are written."""
    (logged.root / "DATA/reports/t_one_report.json").mkdir(parents=True)
    task = SmallTask(CopyOperation(), project=logged)

    assert not task.run()

    assert isinstance(task.error, ReportingError)
    assert status(logged, task) is RunStatus.SUCCEEDED
    assert executions(logged)[-1]["task_run_id"] == task.run_id


@pytest.mark.parametrize(
    ("in_the_way", "named"),
    [
        (["DATA/reports/t_one_report.json"], "report"),
        (["configs/execution_log.json"], "execution log"),
        (["DATA/reports/t_one_report.json", "configs/execution_log.json"], "report and its exec"),
    ],
)
def test_unwritable_document_of_a_run_that_succeeded_is_told_from_a_failed_run(
    logged: Project, caplog: pytest.LogCaptureFixture, in_the_way: list[str], named: str
) -> None:
    """The error says that the run succeeded, what could not be written, and the remedy."""
    for path in in_the_way:
        (logged.root / path).mkdir(parents=True)
    task = SmallTask(CopyOperation(), project=logged)

    assert not task.run()

    said = rf"^the run succeeded; its {named}.* could not be written: .*; .*rebuild --files`$"
    with pytest.raises(DocumentNotWrittenError, match=said):
        raise task.error or AssertionError
    assert status(logged, task) is RunStatus.SUCCEEDED
    assert "failed" not in caplog.text


def test_unwritable_document_of_a_failed_run_is_logged_beside_its_error(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """Both are said, each as what it is."""
    (project.root / "DATA/reports/t_one_report.json").mkdir(parents=True)

    SmallTask(raising(OSError("disk")), project=project).run()

    assert "the run failed; its report could not be written" in caplog.text


def test_error_after_the_end_of_a_run_that_succeeded_is_not_logged_as_its_failure(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """What a subclass does after `finalize` of its base is not the run."""

    class Clumsy(SmallTask):
        def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
            super().finalize(success)
            raise RuntimeError

    assert not Clumsy(project=project).run()

    assert "task t_one succeeded, and something failed afterwards: " in caplog.text


def test_unwritable_report_does_not_hide_why_the_run_failed(project: Project) -> None:
    """When an operation fails and the report cannot be saved, the operation's error is told."""
    (project.root / "DATA/reports/t_one_report.json").mkdir(parents=True)
    task = SmallTask(raising(ValueError("first")), project=project)

    assert not task.run()

    assert isinstance(task.error, ValueError)
    assert status(project, task) is RunStatus.FAILED


def test_folder_that_cannot_be_made_fails_the_run(project: Project) -> None:
    """A file where the task's folder should be fails the run without an exception."""
    (project.root / "DATA/processed").mkdir(parents=True)
    (project.root / "DATA/processed/t_one").write_text("in the way")
    task = SmallTask(project=project)

    assert not task.run()

    assert "writable folder" in str(task.error)
    assert status(project, task) is RunStatus.FAILED


def test_ledger_that_becomes_unwritable_ends_run_with_its_error(project: Project) -> None:
    """When the history cannot be written any more, run returns False and says so."""

    def lose_the_table(**_: object) -> None:
        with project.ledger._recorder.datastore.transaction(commit=True) as cursor:  # type: ignore[attr-defined]  # SQLite's
            cursor.execute("alter table events rename to lost")

    task = SmallTask(CallOperation(lose_the_table), project=project)

    assert not task.run()
    assert isinstance(task.error, LedgerUnavailableError)


def test_run_in_a_thread_is_recorded_like_any_other(project: Project) -> None:
    """A task can be run in a thread of a program."""
    task = SmallTask(CopyOperation(), project=project)
    outcome: list[bool] = []

    thread = threading.Thread(target=lambda: outcome.append(task.run()))
    thread.start()
    thread.join()

    assert outcome == [True]
    assert status(project, task) is RunStatus.SUCCEEDED


# dependencies


def test_dependency_that_succeeded_lets_the_task_begin(project: Project) -> None:
    """Behaviour 48: a task begins after the one it depends on succeeded, and names its run."""
    first = SmallTask(task_id="t_first", project=project)
    first.run()

    assert SmallTask(project=project).run({"dependencies": ["t_first"]})
    assert last(project, RunStarted).upstream_runs == {"t_first": first.run_id}


def test_dependency_that_failed_refuses_and_says_so(logged: Project) -> None:
    """Behaviour 48: a failed dependency refuses; the refusal is in the ledger and the log."""
    SmallTask(failing(), task_id="t_first", project=logged).run()
    task = SmallTask(project=logged)

    assert not task.run({"dependencies": ["t_first"]})

    assert isinstance(task.error, DependencyError)
    assert last(logged, RunRefused).depends_on == "t_first"
    assert executions(logged)[-1]["status"] == "refused"


def test_dependency_that_never_ran_refuses(project: Project) -> None:
    """A dependency without any run refuses and names the command that helps."""
    task = SmallTask(project=project)

    assert not task.run({"dependencies": ["t_first"]})
    assert "has never run" in str(task.error)
    assert "lineage run t_first" in str(task.error)


def test_dependency_under_way_refuses(project: Project) -> None:
    """A dependency that is running now refuses."""
    inner: list[BaseException | None] = []

    def run_the_other(**_: object) -> None:
        other = SmallTask(task_id="t_second", project=project)
        other.run({"dependencies": ["t_one"]})
        inner.append(other.error)

    SmallTask(CallOperation(run_the_other), project=project).run()

    assert "is running" in str(inner[0])


def test_dependency_whose_process_died_refuses(project: Project) -> None:
    """A dependency that died is recorded as interrupted, and refuses."""
    dead = RunRecorder(project, "t_first")
    started = run_started(task_type="", description="", report_path="DATA/reports/first.json")
    dead.begin(started.model_copy(update={"pid": 2**22 + 1}))
    task = SmallTask(project=project)

    assert not task.run({"dependencies": ["t_first"]})
    assert "is interrupted" in str(task.error)


def test_unmet_dependency_warns_under_continue_on_error(project: Project) -> None:
    """Behaviour 48: under continue_on_error an unmet dependency is a warning in the report."""
    task = SmallTask(project=project)

    assert task.run({"dependencies": ["t_first"], "continue_on_error": True})
    assert ["never run" in w["message"] for w in task.reporter.warnings] == [True]


def test_dependencies_in_a_circle_are_refused_before_a_run_begins(project: Project) -> None:
    """Two tasks that depend on each other are a mistake of the configuration."""
    configure(project, "t_first", dependencies=["t_one"])
    SmallTask(task_id="t_first", project=project).run()
    task = SmallTask(project=project)

    assert not task.run({"dependencies": ["t_first"]})
    assert isinstance(task.error, DependencyCycleError)
    assert recorded(project, RunStarted.TOPIC) == []


def test_refused_run_leaves_the_earlier_report_alone(project: Project) -> None:
    """The report of an earlier run survives a refusal, byte by byte."""
    SmallTask(project=project).run()
    report = project.root / "DATA/reports/t_one_report.json"
    before = report.read_bytes()

    SmallTask(project=project).run({"dependencies": ["t_never"]})

    assert report.read_bytes() == before


# project and configuration


def test_task_without_project_finds_it_from_a_subfolder(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that is given no project uses the one around the current folder."""
    monkeypatch.chdir(project.root / "DATA/raw")
    task = SmallTask(CopyOperation())

    assert task.run()

    assert task.project_root == project.root
    assert project.run_session(task.run_id or "", "t_one").state.status is RunStatus.SUCCEEDED


def test_reporter_can_be_asked_after_the_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that opened its project itself answers questions after run has returned."""
    monkeypatch.chdir(project.root)
    task = SmallTask(CopyOperation())
    task.run()

    assert task.reporter.status == "completed"
    assert task.run()
    assert task.reporter.status == "completed"


def holds(project: Project) -> bool:
    """Tell whether this process has the project's ledger open."""
    opened = {Path(file.path) for file in psutil.Process().open_files()}
    return project.ledger.file in opened


def test_task_holds_nothing_open_of_the_project_that_it_opened(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When run returns the ledger is closed, after a question and a saved report, too."""
    monkeypatch.chdir(project.root)
    project.close()
    task = SmallTask(CopyOperation())

    task.run()

    assert not holds(project)
    assert [artifact["filename"] for artifact in task.reporter.artifacts] == ["copy.csv"]
    assert task.reporter.save_report() == project.root / "DATA/reports/t_one_report.json"
    assert not holds(project)


def test_task_is_closed_after_its_project_was_used(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the project of a task opens when it is asked after the run is closed by `close`."""
    monkeypatch.chdir(project.root)
    project.close()
    task = SmallTask(CopyOperation())
    task.run()
    assert task.project.ledger.head() > 0
    assert holds(project)

    task.close()

    assert not holds(project)


def test_task_leaves_a_project_open_that_it_was_given(project: Project) -> None:
    """The caller that opened a project closes it, whatever the task does."""
    task = SmallTask(CopyOperation(), project=project)
    task.run()
    task.close()

    assert holds(project)


def test_task_outside_of_any_project_returns_false(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of any project run returns False and the error says how to make one."""
    monkeypatch.chdir(tmp_path)
    task = SmallTask()

    assert not task.run()
    assert isinstance(task.error, ProjectNotFoundError)
    assert list(tmp_path.iterdir()) == []


def test_task_id_that_is_no_folder_name_is_refused() -> None:
    """A task id that climbs out is refused when the task is made."""
    with pytest.raises(PathRefusedError, match="task id"):
        SmallTask(task_id="../t_evil")


def test_wrong_configuration_leaves_no_run(project: Project) -> None:
    """Mistakes of the configuration are told before a run begins."""
    task = SmallTask(project=project)

    assert not task.run({"parallel_processes": 0})
    assert isinstance(task.error, ConfigurationError)
    assert recorded(project, RunStarted.TOPIC) == []


def test_dataset_outside_the_project_leaves_no_run(project: Project) -> None:
    """An input path that climbs out of the project is refused before a run begins."""
    task = SmallTask(project=project)

    assert not task.run({"input_datasets": {"people": "../../etc/passwd"}})
    assert isinstance(task.error, PathRefusedError)
    assert recorded(project, RunStarted.TOPIC) == []


def test_run_records_configuration_version_and_seed(project: Project) -> None:
    """The beginning of a run names what it runs under."""
    SmallTask(project=project).run({"seed": 7})

    started = last(project, RunStarted)
    assert started.seed == 7
    assert started.task_version == "1.0.0"
    assert started.config_sha256 == last(project, TaskConfigured).config_sha256
    assert started.pid == os.getpid()


def test_vectorization_that_is_switched_off_is_a_warning(project: Project) -> None:
    """A switch without effect says so in the run that was told it, and in no other."""
    SmallTask(project=project).run()
    assert recorded(project, WarningRaised.TOPIC) == []

    SmallTask(project=project).run({"use_vectorization": False})

    assert "use_vectorization false has no effect" in last(project, WarningRaised).message


# operations


def test_operation_is_added_by_class_name_and_instance(project: Project) -> None:
    """A class, a registered name and an operation are all taken."""

    class Three(SmallTask):
        def configure_operations(self) -> None:
            self.add_operation(CopyOperation, output="by_class")
            self.add_operation("ProfileOperation", dataset_name="people")
            self.add_operation(CopyOperation(output="by_instance"))

    task = Three(project=project)

    assert task.run(), task.error
    names = [started.name for started in recorded(project, OperationStarted.TOPIC)]
    assert names == ["CopyOperation", "ProfileOperation", "CopyOperation"]


def test_wrong_parameter_name_is_told_with_the_right_ones(project: Project) -> None:
    """A parameter that an operation does not take is named, with those it takes."""

    class Wrong(SmallTask):
        def configure_operations(self) -> None:
            self.add_operation(CopyOperation, datasett="people")

    task = Wrong(project=project)

    assert not task.run()
    assert isinstance(task.error, ConfigurationError)
    assert "datasett" in str(task.error)
    assert "output: 'str'" in str(task.error)


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        pytest.param("NoSuchOperation", {}, id="unknown name"),
        pytest.param(dict, {}, id="another class"),
        pytest.param(42, {}, id="no class"),
        pytest.param(BaseOperation, {}, id="abstract class"),
        pytest.param(CopyOperation(), {"output": "x"}, id="parameters for an instance"),
    ],
)
def test_what_is_no_operation_is_refused(
    project: Project, given: Any, parameters: dict[str, Any]
) -> None:
    """Whatever cannot become an operation fails the run with a configuration error."""

    class Wrong(SmallTask):
        def configure_operations(self) -> None:
            self.add_operation(given, **parameters)

    task = Wrong(project=project)

    assert not task.run()
    assert isinstance(task.error, ConfigurationError)


def test_configured_seed_reaches_operations_that_take_one(project: Project) -> None:
    """An operation gets the configured seed unless it is given one of its own."""

    class Seeded(SmallTask):
        def configure_operations(self) -> None:
            self.add_operation(CopyOperation)
            self.add_operation(CopyOperation, seed=1)
            self.add_operation("ProfileOperation", dataset_name="people")

    Seeded(project=project).run({"seed": 7})

    assert [o.seed for o in recorded(project, OperationStarted.TOPIC)] == [7, 1, None]


def test_configured_seed_reaches_operations_that_take_any_parameter(project: Project) -> None:
    """An operation with a class attribute `seed` gets the configured one as well."""

    class Noise(BaseOperation):
        seed: int | None = None

        def execute(self, **_: object) -> OperationResult:  # type: ignore[override]  # takes anything
            return OperationResult(metrics={"seed": self.seed})

    class Seeded(SmallTask):
        def configure_operations(self) -> None:
            self.add_operation(Noise)

    task = Seeded(project=project)

    assert task.run({"seed": 7}), task.error
    assert task.results[0].metrics == {"seed": 7}


def test_operation_that_refuses_its_values_fails_the_run(project: Project) -> None:
    """An operation's own check of its parameters fails the run with its message."""

    class Wrong(SmallTask):
        def configure_operations(self) -> None:
            self.add_operation("ProfileOperation", dataset_name="people", k=1)

    task = Wrong(project=project)

    assert not task.run()
    assert "at least 2" in last(project, RunFailed).error.message


def test_output_is_read_by_the_next_operation_under_its_name(project: Project) -> None:
    """What an operation wrote is a dataset for the next one, called like the file."""
    task = SmallTask(
        CopyOperation(output="one"), CopyOperation(dataset="one", output="two"), project=project
    )

    assert task.run(), task.error
    assert (project.root / "DATA/processed/t_one/output/two.csv").exists()


def test_imported_file_is_recorded_with_its_digest(project: Project, tmp_path: Path) -> None:
    """A file that a task copies into its folder is on record with source and digest."""
    source = tmp_path / "codes.csv"
    source.write_text("a,b\n")

    class Importing(SmallTask):
        def configure_operations(self) -> None:
            self.directory_manager.import_external_file(source)

    assert Importing(project=project).run()

    imported = last(project, FileImported)
    assert imported.uri == "DATA/processed/t_one/input/codes.csv"
    assert imported.source_uri == str(source)
    assert imported.size_bytes == 4
    assert imported.sha256 == sha256_bytes(b"a,b\n")


def test_task_that_swallows_an_interrupt_has_not_succeeded(project: Project) -> None:
    """A run whose operation never ended fails, whatever the task says of itself."""

    class Deaf(SmallTask):
        def execute(self) -> bool:
            with suppress(KeyboardInterrupt):
                super().execute()
            return True

    task = Deaf(raising(KeyboardInterrupt()), project=project)

    assert not task.run()
    assert isinstance(task.error, OperationOpenError)
    assert last(project, RunFailed).error.error_type.endswith("OperationOpenError")


# log


def test_log_file_is_appended_to(project: Project) -> None:
    """A second run adds to the task's log file."""
    for _ in range(2):
        SmallTask(CopyOperation(), project=project).run()

    text = (project.root / "logs/t_one.log").read_text()
    assert text.count("operation CopyOperation begins") == 2


def test_log_file_holds_no_message_of_a_foreign_exception(project: Project) -> None:
    """Even a logged traceback leaves out what may quote data, and keeps the frames."""

    def log_it(**_: object) -> None:
        try:
            int("Zaphod")
        except ValueError:
            logging.getLogger("task.t_one").exception("cannot convert")

    SmallTask(CallOperation(log_it), project=project).run()

    text = (project.root / "logs/t_one.log").read_text()
    assert "cannot convert" in text
    assert "ValueError" in text
    assert "test_base_task.py" in text
    assert "Zaphod" not in text


def test_log_file_is_closed_after_the_run(project: Project) -> None:
    """Lines after the run do not go to its log file."""
    task = SmallTask(project=project)
    task.run()

    task.logger.error("too late")

    assert "too late" not in (project.root / "logs/t_one.log").read_text()


def test_failed_operation_and_run_tell_the_same_error(project: Project) -> None:
    """The error of a raising operation is told once in the report."""
    task = SmallTask(raising(ValueError("Zaphod")), project=project)
    task.run()

    assert last(project, OperationFailed).error.message == last(project, RunFailed).error.message
    assert len(task.reporter.errors) == 1


@dataclass(kw_only=True)
class TypedOperation(BaseOperation):
    """Takes one parameter that must be given."""

    wanted: int

    def execute(self, **_: object) -> OperationResult:  # type: ignore[override]  # takes anything
        """Do nothing."""
        return OperationResult()


def test_missing_parameter_is_told(project: Project) -> None:
    """A parameter without default that is not given is named."""

    class Wrong(SmallTask):
        def configure_operations(self) -> None:
            self.add_operation(TypedOperation)

    task = Wrong(project=project)

    assert not task.run()
    assert "wanted" in str(task.error)
