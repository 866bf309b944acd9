"""Taking up a run that failed or was interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from small_tasks import (
    CallOperation,
    CopyOperation,
    SmallTask,
    configure,
    last,
    raising,
    recorded,
)

from lineage import exports
from lineage.domain.run import RunCommand, RunState
from lineage.events import (
    OperationSkipped,
    OperationStarted,
    RunInterrupted,
    RunResumed,
    RunStarted,
)
from lineage.kernel.errors import CommandRejectedError, ResumeInProgressError, RunNotFoundError
from lineage.ledger import Session
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks.lifecycle import resumption
from ops import DataSource, OperationStatus


@dataclass(kw_only=True)
class OtherCopy(CopyOperation):
    """A copy under another class name."""


def copies(*names: str) -> list[CopyOperation]:
    """Operations that copy people.csv under these names."""
    return [CopyOperation(output=name) for name in names]


def run(project: Project, *operations: Any, resume: bool | str = False, **args: Any) -> SmallTask:
    """Run a task with these operations."""
    task = SmallTask(*operations, project=project)
    task.run(args, resume=resume)
    return task


def broken_run(project: Project) -> SmallTask:
    """A run whose second of three operations fails."""
    first, third = copies("a", "c")
    return run(project, first, raising(OSError("disk")), third)


def begin_as(run_id: str, project: Project, resumed: Session[RunState, RunCommand]) -> None:
    """Begin a run that resumes another one."""
    recorder = RunRecorder(project, "t_one", run_id=run_id)
    recorder.begin(last(project, RunStarted), resumed=resumed)


def statuses(task: SmallTask) -> list[str]:
    """How the operations of a task ended."""
    return [result.status.value for result in task.results]


def why_executed(project: Project, task: SmallTask) -> list[str | None]:
    """The reason on record for each operation that a run executed."""
    stream = project.ledger.read_stream(f"run:{task.run_id}")
    return [r.event.reason for r in stream if isinstance(r.event, OperationStarted)]


def report(task: SmallTask) -> dict[str, Any]:
    """The report of a task's run."""
    document: dict[str, Any] = task.reporter.generate_report()
    return document


def test_failed_second_of_three_operations_resumes_there(project: Project) -> None:
    """The first is reused, the second and third are executed, and the run succeeds."""
    broken_run(project)
    first, third = copies("a", "c")

    resumed = run(project, first, CallOperation(lambda **_: None), third, resume=True)

    assert resumed.error is None
    assert statuses(resumed) == ["skipped", "success", "success"]
    assert why_executed(project, resumed)[0] == "it failed"


def test_report_of_resumed_run_holds_what_the_reused_operation_made(project: Project) -> None:
    """Its artifacts, metrics and groups stand in the new report, with the run they come from."""
    earlier = broken_run(project)
    first, third = copies("a", "c")

    resumed = report(run(project, first, CallOperation(lambda **_: None), third, resume=True))

    made = {a["filename"]: a.get("reused_run") for a in resumed["artifacts"]}
    assert made == {"a.csv": earlier.run_id, "c.csv": None}
    assert resumed["metrics"]["CopyOperation#1"] == {"rows": 2}
    assert resumed["operations"][0]["details"]["reused_run"] == earlier.run_id


def test_saved_report_of_resumed_run_is_rebuilt_byte_for_byte(project: Project) -> None:
    """What the run saved is what the whole ledger gives."""
    broken_run(project)
    task = run(project, *copies("a", "b", "c"), resume=True)
    path = project.root / "DATA/reports/t_one_report.json"
    saved = path.read_bytes()
    path.unlink()

    exports.rebuild(project)

    assert b'"reused_run"' in saved
    assert path.read_bytes() == saved
    assert task.error is None


def test_resumed_run_and_the_earlier_one_name_each_other(project: Project) -> None:
    """The new run says which one it takes up, the earlier one who took it up."""
    earlier = broken_run(project)
    resumed = run(project, *copies("a", "b", "c"), resume=True)

    assert last(project, RunStarted).resumes == earlier.run_id
    assert last(project, RunResumed).resumed_by == resumed.run_id


def test_reused_output_is_read_by_the_next_operation_under_its_name(project: Project) -> None:
    """What the earlier run wrote is there for those that read it."""
    run(project, *copies("a"), raising(OSError("disk")))
    second = CopyOperation(dataset="a", output="b")

    resumed = run(project, *copies("a"), second, resume=True)

    assert statuses(resumed) == ["skipped", "success"]


def test_third_run_reuses_what_the_first_made(project: Project) -> None:
    """A chain of resumed runs leads to the one that did the work."""
    first = broken_run(project)
    run(project, *copies("a"), raising(OSError("disk")), resume=True)

    third = run(project, *copies("a", "b"), resume=True)

    assert statuses(third) == ["skipped", "success"]
    assert last(project, OperationSkipped).reused_run == first.run_id


def test_run_id_of_an_earlier_run_leads_to_the_one_that_took_it_up(project: Project) -> None:
    """Naming the first of a chain takes up the last."""
    first = broken_run(project)
    second = run(project, *copies("a"), raising(OSError("disk")), resume=True)

    run(project, *copies("a", "b"), resume=first.run_id or "")

    assert last(project, RunStarted).resumes == second.run_id


class SideBySide(SmallTask):
    """Executes its operations in threads."""

    def execute(self) -> bool:
        """Execute them, and say whether all went well."""
        results = self.operation_executor.execute_operations_parallel(
            self.operations, self.operation_params, max_workers=2, continue_on_error=True
        )
        self.results += results.values()
        return all(r.status is not OperationStatus.ERROR for r in results.values())


def test_operations_side_by_side_are_reused_in_their_order(project: Project) -> None:
    """Those before the one that failed are reused, whichever thread would have taken them."""
    SideBySide(*copies("a", "b"), raising(OSError("disk")), project=project).run()

    resumed = SideBySide(*copies("a", "b", "c"), project=project)
    resumed.run(resume=True)

    assert statuses(resumed) == ["skipped", "skipped", "success"]
    assert {a["filename"] for a in report(resumed)["artifacts"]} == {"a.csv", "b.csv", "c.csv"}


def test_resume_after_a_success_executes_everything(project: Project) -> None:
    """A finished run started again is a new run, never an empty success."""
    run(project, *copies("a"))

    again = run(project, *copies("a"), resume=True)

    assert statuses(again) == ["success"]
    assert last(project, RunStarted).resumes is None
    assert [a["filename"] for a in report(again)["artifacts"]] == ["a.csv"]


def test_resume_of_a_task_that_never_ran_executes_everything(project: Project) -> None:
    """There is nothing to take up, and that is no error."""
    assert statuses(run(project, *copies("a"), resume=True)) == ["success"]


def test_changed_parameter_is_named(project: Project) -> None:
    """The operation is executed; one that was not in the list before has nothing to reuse."""
    run(project, *copies("a", "b"), raising(OSError("disk")))

    resumed = run(project, *copies("a", "other", "c"), resume=True)

    assert statuses(resumed) == ["skipped", "success", "success"]
    assert why_executed(project, resumed) == [
        "its parameters changed: output",
        "the list of operations changed: the earlier run had no other 'CopyOperation'",
    ]


def test_changed_operation_list_is_named(project: Project) -> None:
    """An operation that was put in front is executed; another one might read what it writes."""
    broken_run(project)

    resumed = run(project, OtherCopy(output="new"), *copies("a"), resume=True)

    assert statuses(resumed) == ["success", "success"]
    assert why_executed(project, resumed) == [
        "the list of operations changed: the earlier run had no 'OtherCopy'",
        "the datasets it can choose from changed: 'new'",
    ]


def test_longer_operation_list_executes_what_is_new(project: Project) -> None:
    """An operation that the earlier run had none for is executed."""

    class FailsAtTheEnd(SmallTask):
        def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
            raise OSError("disk", success)

    FailsAtTheEnd(*copies("a"), project=project).run()

    resumed = run(project, *copies("a", "b"), resume=True)

    assert statuses(resumed) == ["skipped", "success"]
    assert why_executed(project, resumed) == ["the earlier run did not reach it"]


def test_changed_seed_ends_reuse_and_is_named(project: Project) -> None:
    """Random choices would come out differently."""
    run(project, CopyOperation(seed=1), raising(OSError("disk")))

    resumed = run(project, CopyOperation(seed=2), resume=True)

    assert why_executed(project, resumed) == ["its seed changed"]


def test_changed_hidden_parameter_ends_reuse(project: Project) -> None:
    """A secret is not on record, but the key of the operation covers it."""
    run(project, CopyOperation(password="one"), raising(OSError("disk")))  # noqa: S106  # what the test is about

    resumed = run(project, CopyOperation(password="two"), resume=True)  # noqa: S106  # the same

    assert why_executed(project, resumed) == [
        "a parameter whose value is not on record has changed"
    ]


def test_changed_code_ends_reuse_and_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation of another version may write something else."""
    broken_run(project)
    monkeypatch.setattr(CopyOperation, "version", "2")

    resumed = run(project, *copies("a"), resume=True)

    assert why_executed(project, resumed) == ["its code changed"]


@dataclass(kw_only=True)
class RuledCopy(CopyOperation):
    """A copy with a parameter that may be anything."""

    rule: Any


def test_changed_function_in_a_parameter_ends_reuse(project: Project) -> None:
    """Two functions without a name look alike on record, and are different code."""
    run(project, RuledCopy(rule=lambda x: x + 1), raising(OSError("disk")))

    resumed = run(project, RuledCopy(rule=lambda x: x + 2), resume=True)

    assert why_executed(project, resumed) == ["its code changed"]


def test_code_that_cannot_be_known_is_executed_and_says_so(project: Project) -> None:
    """The same object with a state that nothing tells may do something else now."""
    rule = iter([1])
    run(project, RuledCopy(rule=rule), raising(OSError("disk")))

    resumed = run(project, RuledCopy(rule=rule), resume=True)

    assert why_executed(project, resumed) == [
        "its code cannot be known: parameter 'rule' is of type builtins.list_iterator"
    ]


def test_another_python_is_named_where_the_code_differs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It compiles the same source to other code."""
    broken_run(project)
    monkeypatch.setattr(CopyOperation, "version", "2")
    monkeypatch.setattr("platform.python_version", lambda: "9.9.9")

    resumed = run(project, *copies("a"), resume=True)

    (reason,) = why_executed(project, resumed)
    assert reason is not None
    assert reason.startswith("its code changed, or what Python made of it (3.")
    assert reason.endswith(", now 9.9.9)")


def test_changed_input_ends_reuse_and_is_named(project: Project) -> None:
    """A file with other content is another input."""
    broken_run(project)
    (project.root / "DATA/raw/people.csv").write_text("name,age\nAlan,41\n")

    resumed = run(project, *copies("a"), resume=True)

    assert why_executed(project, resumed) == [
        "its input 'DATA/raw/people.csv' is gone or has changed"
    ]


@pytest.mark.parametrize("change", ["edit", "remove"])
def test_changed_output_ends_reuse_and_is_named(project: Project, change: str) -> None:
    """What the earlier run wrote must still be what it wrote."""
    broken_run(project)
    output = project.root / "DATA/processed/t_one/output/a.csv"
    output.write_text("x\n") if change == "edit" else output.unlink()

    resumed = run(project, *copies("a"), resume=True)

    assert why_executed(project, resumed) == [
        "its output 'DATA/processed/t_one/output/a.csv' is gone or has changed"
    ]


def test_changed_configuration_ends_reuse_and_names_the_keys(project: Project) -> None:
    """How a file is read is in no parameter of the operation."""
    broken_run(project)
    configure(project, "t_one", read_options={"people": {"separator": ";"}}, limit=3)

    resumed = run(project, *copies("a"), resume=True)

    assert why_executed(project, resumed) == ["the configuration changed: limit, read_options"]


def test_configuration_that_changes_no_result_keeps_reuse(project: Project) -> None:
    """Going on after errors does not change what an operation wrote."""
    broken_run(project)

    resumed = run(project, *copies("a", "b"), resume=True, continue_on_error=True)

    assert statuses(resumed) == ["skipped", "success"]


def test_changed_task_version_ends_reuse_and_is_named(project: Project) -> None:
    """The author says that the task is another one."""
    broken_run(project)
    task = SmallTask(*copies("a"), project=project)
    task.version = "2.0.0"

    task.run(resume=True)

    assert why_executed(project, task) == ["the task's version changed from '1.0.0' to '2.0.0'"]


def test_dataset_that_became_another_file_ends_reuse(project: Project) -> None:
    """The name on record must still mean the file on record."""
    other = project.root / "DATA/raw/other.csv"
    other.write_text("name,age\nAlan,41\n")
    broken_run(project)

    class Elsewhere(SmallTask):
        def configure_operations(self) -> None:
            self.data_source.add_file("people", other)
            super().configure_operations()

    task = Elsewhere(*copies("a"), project=project)
    task.run(resume=True)

    assert why_executed(project, task) == ["its input 'people' is another file"]


def test_operation_that_left_data_in_memory_is_executed_again(project: Project) -> None:
    """A later operation could not have it otherwise."""

    def leave(data_source: DataSource, **_: object) -> None:
        data_source.add_dataframe("in between", pd.DataFrame({"a": [1]}))

    run(project, CallOperation(leave), raising(OSError("disk")))

    resumed = run(project, CallOperation(leave), resume=True)

    assert why_executed(project, resumed) == ["it worked with data in memory: in between"]


def test_operation_that_reads_data_in_memory_is_executed_again(project: Project) -> None:
    """No digest says whether the frame is still the same."""

    class WithFrame(SmallTask):
        def configure_operations(self) -> None:
            self.data_source.add_dataframe("people", pd.DataFrame({"name": ["Ada"], "age": [36]}))
            super().configure_operations()

    WithFrame(*copies("a"), raising(OSError("disk")), project=project).run()
    task = WithFrame(*copies("a"), project=project)
    task.run(resume=True)

    assert why_executed(project, task) == ["it worked with data in memory: people"]


def test_run_that_is_still_open_is_not_taken_up(project: Project) -> None:
    """Two processes never work on one run; nothing new begins."""
    recorder = RunRecorder(project, "t_one")
    recorder.begin(run_started(task_type="test", description="", report_path="r.json"))

    task = run(project, *copies("a"), resume=True)

    assert isinstance(task.error, CommandRejectedError)
    assert "found 'running'" in str(task.error)
    assert task.run_id is None
    assert len(recorded(project, RunStarted.TOPIC)) == 1


def test_run_whose_process_died_is_recorded_as_interrupted_and_taken_up(project: Project) -> None:
    """Before anything else happens the history says that the earlier run is over."""
    recorder = RunRecorder(project, "t_one")
    gone = run_started(task_type="test", description="", report_path="r.json")
    recorder.begin(gone.model_copy(update={"pid": 2**22 + 1}))

    run(project, *copies("a"), resume=True)

    assert last(project, RunInterrupted).reason == "process_gone"
    assert last(project, RunStarted).resumes == recorder.run_id


def test_run_of_another_task_is_not_taken_up(project: Project) -> None:
    """The id of a run of another task is refused by name."""
    other = SmallTask(raising(OSError("disk")), task_id="t_two", project=project)
    other.run()

    with pytest.raises(RunNotFoundError, match="it belongs to task 't_two'"):
        resumption.find(project, "t_one", other.run_id)


def test_unknown_run_is_not_taken_up(project: Project) -> None:
    """A misspelt run id is an error, not a new run."""
    task = run(project, *copies("a"), resume="nobody")

    assert isinstance(task.error, RunNotFoundError)
    assert recorded(project, RunStarted.TOPIC) == []


def test_resume_that_its_dependency_refuses_can_be_tried_again(project: Project) -> None:
    """A refused run does not keep the earlier one for itself."""
    broken = broken_run(project)
    run(project, *copies("a"), resume=True, dependencies=["t_two"])

    again = run(project, *copies("a"), resume=True)

    assert statuses(again) == ["skipped"]
    assert last(project, RunStarted).resumes == broken.run_id


def test_two_that_resume_one_run_leave_it_to_the_first(project: Project) -> None:
    """What the second decided on is no longer so when it is recorded."""
    earlier = broken_run(project).run_id or ""
    begin_as("first", project, resumption.resume(project, "t_one", earlier, by="first"))

    with pytest.raises(CommandRejectedError, match="already resumed by run first"):
        resumption.resume(project, "t_one", earlier, by="second")


def test_two_that_decided_to_resume_one_run_before_either_began_leave_it_to_the_first(
    project: Project,
) -> None:
    """The second is refused, and no run of it begins."""
    earlier = broken_run(project).run_id or ""
    one, two = (resumption.resume(project, "t_one", earlier, by=by) for by in ("one", "two"))
    begin_as("one", project, one)

    with pytest.raises(ResumeInProgressError, match=r"already resumed by run one \(just now\)"):
        begin_as("two", project, two)

    assert [resumed.resumed_by for resumed in recorded(project, RunResumed.TOPIC)] == ["one"]
    assert project.ledger.read_stream("run:two") == []


def test_resumed_run_names_its_follower_at_the_moment_that_one_begins(project: Project) -> None:
    """No position lies between the two, at which a run would be resumed by one that is not."""
    broken_run(project)

    run(project, *copies("a"), resume=True)

    events = [r.event.TOPIC for r in project.ledger.read()]
    assert events[events.index(RunResumed.TOPIC) + 1] == RunStarted.TOPIC


def test_newest_run_to_resume_is_found_over_all_tasks(project: Project) -> None:
    """A task whose latest run succeeded has none."""
    broken_run(project)
    two = SmallTask(raising(OSError("disk")), task_id="t_two", project=project)
    two.run()
    run(project, *copies("a"))

    with project.catalog() as catalog:
        assert resumption.newest(project, catalog) == two.run_id


def test_project_without_unfinished_run_has_none_to_resume(project: Project) -> None:
    """After successes only, the error says so."""
    run(project, *copies("a"))

    with project.catalog() as catalog, pytest.raises(RunNotFoundError, match="nothing to resume"):
        resumption.newest(project, catalog)


def test_reused_result_has_status_skipped_and_the_files(project: Project) -> None:
    """A program that looks at the results finds what the earlier run made."""
    broken_run(project)

    (result, *_) = run(project, *copies("a"), resume=True).results

    assert result.status is OperationStatus.SKIPPED
    assert [a.path.name for a in result.artifacts] == ["a.csv"]
    assert result.metrics == {"rows": 2}
