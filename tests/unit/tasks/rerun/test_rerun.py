"""Executing a recorded run again: equal, different, or not comparable and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from filelock import FileLock
from small_tasks import (
    PEOPLE,
    CallOperation,
    CopyOperation,
    SmallTask,
    configure,
    make_project,
    raising,
    recorded,
    topics,
)

from lineage.events import RunCompared
from lineage.execution_log.interchange import take_over
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import CommandRejectedError, RunNotFoundError
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks.rerun.rerun import Rerun, rerun
from lineage.upkeep import rerun_folder
from ops import BaseOperation, DataWriter, OperationResult

COPY = "DATA/processed/t_one/output/copy.csv"
RAW = "DATA/raw/people.csv"
TASK_FILE = """
from lineage.tasks import BaseTask
from small_tasks import CopyOperation

class FoundTask(BaseTask):
    def __init__(self):
        super().__init__("t_found", "test", "found by its id", {"people": "DATA/raw/people.csv"})

    def configure_operations(self):
        self.add_operation(CopyOperation(output=self.config.get("output", "copy")))
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with one raw dataset."""
    with make_project(tmp_path / "project") as opened:
        yield opened


def ran(project: Project, *operations: BaseOperation, **arguments: Any) -> str:
    """Run a small task of these operations and return the run's id."""
    task = SmallTask(*operations, project=project)
    task.run(arguments)
    return task.run_id or ""


def again(project: Project, run_id: str, *operations: BaseOperation, **options: Any) -> Rerun:
    """Execute a run again with a task of these operations."""
    return rerun(project, run_id, task=SmallTask(*operations), **options)


def writing(*tables: dict[str, list[Any]], name: str = "table") -> CallOperation:
    """An operation that writes another table each time it is executed."""
    number = count()

    def act(task_dir: Path, **_: Any) -> OperationResult:
        result = OperationResult()
        table = pa.table(tables[next(number) % len(tables)])
        result.add_file(DataWriter(task_dir).write_dataframe(table, name, format="parquet"))
        return result

    return CallOperation(act)


def saying(*documents: dict[str, Any]) -> CallOperation:
    """An operation that writes another JSON document each time it is executed."""
    number = count()

    def act(task_dir: Path, **_: Any) -> OperationResult:
        result = OperationResult()
        written = DataWriter(task_dir).write_json(documents[next(number)], "said")
        result.add_file(written)
        return result

    return CallOperation(act)


def fingerprint(project: Project) -> dict[str, str]:
    """Every file of a project but ledger, catalog and locks, with its digest."""
    return {
        str(path.relative_to(project.root)): sha256_file(path)
        for path in project.root.rglob("*")
        if path.is_file() and ".lineage" not in path.parts
    }


def test_same_work_gives_equal_outputs(project: Project) -> None:
    """Every output has the recorded digest, and nothing was other than it had been."""
    run_id = ran(project, CopyOperation())
    found = again(project, run_id, CopyOperation())

    assert (found.outcome, found.reason, found.notes) == ("equal", "", ())
    assert [(o.uri, o.outcome) for o in found.outputs] == [(COPY, "equal")]
    assert found.outputs[0].found_sha256 == found.outputs[0].recorded_sha256


def test_nothing_of_the_recorded_run_is_touched(project: Project) -> None:
    """Files, reports, logs and history stay; the comparison is the only new event."""
    run_id = ran(project, CopyOperation())
    files, events = fingerprint(project), topics(project, run_id)
    head = project.ledger.head()

    again(project, run_id, CopyOperation(output="other"))

    assert fingerprint(project) == files
    assert topics(project, run_id) == events
    assert project.ledger.head() == head + 1
    assert not (project.state_folder / "rerun").exists()


def test_file_written_to_the_current_folder_stays_apart(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation that relies on the current folder cannot overwrite what it wrote then."""

    def act(**_: Any) -> OperationResult:
        path = Path("DATA/processed/t_one/by_hand.txt")
        path.write_text(str(Path.cwd()))
        result = OperationResult()
        result.register_artifact(path)
        return result

    monkeypatch.chdir(project.root)
    run_id = ran(project, CallOperation(act))
    found = again(project, run_id, CallOperation(act))

    assert found.outcome == "different"
    assert (project.root / "DATA/processed/t_one/by_hand.txt").read_text() == str(project.root)
    assert Path.cwd() == project.root


def test_comparison_is_on_record(project: Project) -> None:
    """The event and the tables of the catalog say what was found."""
    run_id = ran(project, CopyOperation())
    found = again(project, run_id, CopyOperation())

    assert recorded(project, RunCompared.TOPIC) == [found.to_event()]
    with project.catalog() as catalog:
        assert catalog.rows("select run_id, outcome from run_comparisons") == [
            {"run_id": run_id, "outcome": "equal"}
        ]
        assert catalog.value("select found_sha256 from output_comparisons") == (
            found.outputs[0].found_sha256
        )


def test_other_values_are_told_by_columns_and_rows(project: Project) -> None:
    """Which columns and how many rows, and no value."""
    work = writing({"a": [1, 2, 3], "b": [1, 1, 1]}, {"a": [1, 5, 6], "b": [1, 1, 1]})
    found = again(project, ran(project, work), work)

    (output,) = found.outputs
    assert (found.outcome, output.outcome) == ("different", "different")
    assert (output.columns, output.rows_differing) == (("a",), 2)
    assert output.reason == "1 of 2 columns, 2 rows differ"


def test_other_document_is_told_by_keys_that_stay_off_the_record(project: Project) -> None:
    """Keys of a dictionary may be values of the data."""
    work = saying({"Husband": 3, "n": 1}, {"Husband": 4, "n": 1})
    found = again(project, ran(project, work), work)

    assert found.outputs[0].keys == ("Husband",)
    assert "Husband" not in recorded(project, RunCompared.TOPIC)[0].to_payload().decode()


def test_output_that_is_not_written_again_is_different(project: Project) -> None:
    """What is missing is not equal."""
    found = again(project, ran(project, CopyOperation()), CopyOperation(output="other"))

    assert found.outcome == "different"
    assert found.outputs[0].reason == "it was not written this time"
    assert "DATA/processed/t_one/output/other.csv was written this time only" in found.notes


def test_output_with_a_date_in_its_name_is_found_by_its_role(project: Project) -> None:
    """The same operation wrote it in the same folder."""

    def act(task_dir: Path, **_: Any) -> OperationResult:
        result = OperationResult()
        table = pa.table({"a": [1]})
        writer = DataWriter(task_dir)
        result.add_file(writer.write_dataframe(table, "t", timestamp_in_name=True))
        return result

    found = again(project, ran(project, CallOperation(act)), CallOperation(act))

    assert found.outcome == "equal"


def test_changed_code_runs_with_a_note(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of an operation may still write the same."""
    run_id = ran(project, CopyOperation())
    monkeypatch.setattr(CopyOperation, "version", "2")
    found = again(project, run_id, CopyOperation())

    assert found.outcome == "equal"
    assert any(note.startswith("the code of CopyOperation was 1") for note in found.notes)


def test_recorded_configuration_is_used_and_the_difference_named(project: Project) -> None:
    """What is configured today plays no part."""
    configure(project, "t_one", limit=1, other=1)
    seen: list[Any] = []

    class Looking(SmallTask):
        def configure_operations(self) -> None:
            seen.append((self.config.get("limit"), self.config.get("extra")))
            super().configure_operations()

    task = Looking(CopyOperation(), project=project)
    task.run({"extra": "x"})
    configure(project, "t_one", limit=2, new=3)

    found = rerun(project, task.run_id or "", task=Looking(CopyOperation()))

    assert seen == [(1, "x"), (1, "x")]
    assert found.outcome == "equal"
    (note,) = found.notes
    assert note == (
        "today's configuration differs in extra, limit, new, other; the recorded one was used"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.unlink(), f"input '{RAW}' is gone"),
        (lambda path: path.write_text("name\n"), f"input '{RAW}' has changed: "),
        (lambda path: (path.unlink(), path.mkdir()), f"input '{RAW}' cannot be copied: "),
    ],
    ids=["gone", "changed", "a folder"],
)
def test_input_that_is_no_longer_there_makes_nothing_comparable(
    project: Project, change: Callable[[Path], object], reason: str
) -> None:
    """Without the recorded version nothing is executed; the reason is told and recorded."""
    run_id = ran(project, CopyOperation())
    change(project.root / RAW)

    found = again(project, run_id, raising(AssertionError("executed")))

    assert found.outcome == "not_comparable"
    assert found.reason.startswith(reason)
    assert [(o.outcome, o.reason) for o in found.outputs] == [("not_comparable", found.reason)]
    assert recorded(project, RunCompared.TOPIC)[-1].reason == found.reason


def test_input_that_another_name_leads_to_is_there_under_both(project: Project) -> None:
    """A dataset that is configured by a link is found by it."""
    (project.root / "DATA/raw/link.csv").symlink_to(project.root / RAW)
    datasets = {"input_datasets": {"people": "DATA/raw/link.csv"}}
    found = again(project, ran(project, CopyOperation(), **datasets), CopyOperation())

    assert found.outcome == "equal"


def test_path_configured_in_full_means_the_copy(project: Project) -> None:
    """An absolute path inside the project is the same place in the project apart."""
    datasets = {"input_datasets": {"people": str(project.root / RAW)}}
    found = again(project, ran(project, CopyOperation(), **datasets), CopyOperation())

    assert found.outcome == "equal"


def test_input_outside_the_project_is_read_where_it_is(tmp_path: Path) -> None:
    """Its digest is checked there."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "people.csv").write_text(PEOPLE)
    with make_project(tmp_path / "project", allowed_external_paths=[str(outside)]) as project:
        datasets = {"input_datasets": {"people": str(outside / "people.csv")}}
        settings = {"allowed_external_paths": [str(outside)]}
        run_id = ran(project, CopyOperation(), **datasets, **settings)

        assert again(project, run_id, CopyOperation()).outcome == "equal"
        (outside / "people.csv").write_text("name,age\n")
        assert "has changed" in again(project, run_id, CopyOperation()).reason


def test_run_that_wrote_outside_the_project_is_not_executed(tmp_path: Path) -> None:
    """It would overwrite what it wrote then."""
    outside = tmp_path / "outside"
    outside.mkdir()

    def act(**_: Any) -> OperationResult:
        (outside / "x.txt").write_text("x")
        result = OperationResult()
        result.register_artifact(outside / "x.txt")
        return result

    with make_project(tmp_path / "project", allowed_external_paths=[str(outside)]) as project:
        run_id = ran(project, CallOperation(act))
        found = again(project, run_id, raising(AssertionError("executed")))

    assert "outside the project" in found.reason


def test_failure_this_time_is_told_with_its_reason(project: Project) -> None:
    """Outputs that a failed execution did not reach are not comparable."""
    found = again(project, ran(project, CopyOperation()), raising(ValueError("Zaphod")))

    assert found.outcome == "not_comparable"
    assert found.reason.startswith("the recorded run succeeded; this one failed (ValueError")
    assert "Zaphod" not in found.reason


def test_secret_is_taken_from_todays_configuration(project: Project) -> None:
    """The record has only asterisks; the note says whose secret was used."""
    seen: list[str] = []

    class Secretive(SmallTask):
        def configure_operations(self) -> None:
            seen.append(self.config.require("api_token"))
            super().configure_operations()

    configure(project, "t_one", api_token="hunter2")  # noqa: S106  # not one
    task = Secretive(CopyOperation(), project=project)
    assert task.run()
    found = rerun(project, task.run_id or "", task=Secretive(CopyOperation()))

    assert seen == ["hunter2", "hunter2"]
    assert (found.outcome, found.notes) == ("equal", ("the secrets in api_token are today's",))


def test_secret_that_nobody_knows_any_more_makes_nothing_comparable(project: Project) -> None:
    """A run is not repeated with a placeholder."""
    run_id = ran(project, CopyOperation(), api_token="hunter2")  # noqa: S106  # not one
    found = again(project, run_id, CopyOperation())

    assert found.outcome == "not_comparable"
    assert "today's api_token differs" in found.reason


def test_dependencies_stand_as_they_did(project: Project) -> None:
    """A task that depends on another one finds its recorded run, and what it wrote."""
    first = SmallTask(CopyOperation(), task_id="t_first", project=project)
    assert first.run()
    made = "DATA/processed/t_first/output/copy.csv"
    arguments = {"dependencies": ["t_first"], "input_datasets": {"people": made}}
    run_id = ran(project, CopyOperation(), **arguments)

    found = again(project, run_id, CopyOperation())

    assert (found.outcome, found.reason) == ("equal", "")


def test_what_the_run_made_itself_is_no_input(project: Project) -> None:
    """A later operation reads what the earlier one has just written again."""
    work = (CopyOperation(), CopyOperation(dataset="copy", output="second"))
    run_id = ran(project, *work)
    (project.root / COPY).unlink()

    found = again(project, run_id, *work)

    assert [o.outcome for o in found.outputs] == ["equal", "equal"]


@pytest.mark.parametrize("name", ["tasks/found.py", "found.py"])
def test_task_is_found_by_its_id_or_its_class(project: Project, name: str) -> None:
    """Without a task at hand its recorded id, else its recorded class, leads to one."""
    path = project.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(TASK_FILE)
    from lineage.tasks.registry.registry import find_task  # noqa: PLC0415  # after the file is there

    task = find_task(project, "t_found" if "/" in name else str(path))
    assert task.run()

    assert rerun(project, task.run_id or "").outcome == "equal"


def test_task_that_cannot_be_found_makes_nothing_comparable(project: Project) -> None:
    """Neither the id nor the class leads to a task of that id; both are named."""
    task = SmallTask(CopyOperation(), task_id="t_other", project=project)
    assert task.run()
    found = rerun(project, task.run_id or "")

    assert found.outcome == "not_comparable"
    assert found.reason == (
        "its task class cannot be found: task 't_other'; small_tasks:SmallTask is task 't_one'"
    )


def test_run_that_wrote_nothing_is_not_called_equal(project: Project) -> None:
    """There is nothing to compare."""
    idle = CallOperation(lambda **_: None)
    found = again(project, ran(project, idle), idle)

    assert (found.outcome, found.reason) == ("not_comparable", "it wrote no file")


def test_recorded_file_that_is_gone_leaves_only_digests(project: Project) -> None:
    """Equal needs no file; of a difference nothing more can be said."""
    work = writing({"a": [1]}, {"a": [1]}, {"a": [2]})
    run_id = ran(project, work)
    (project.root / "DATA/processed/t_one/output/table.parquet").unlink()

    assert again(project, run_id, work).outcome == "equal"
    assert again(project, run_id, work).outputs[0].reason == (
        "different bytes; the recorded file is gone"
    )


def test_failed_run_is_compared_as_far_as_it_came(project: Project) -> None:
    """It fails again in the same place, and had written the same."""
    work = (CopyOperation(), raising(ValueError("x")))
    found = again(project, ran(project, *work), *work)

    assert (found.outcome, found.reason) == ("equal", "")


def test_kept_folder_is_there_until_the_next_time(project: Project) -> None:
    """What was written can be looked at; only its owner can."""
    run_id = ran(project, CopyOperation())
    kept = again(project, run_id, CopyOperation(), keep=True).folder
    assert kept is not None
    assert (kept / COPY).read_bytes() == (project.root / COPY).read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    assert not rerun_folder.sweep(project)

    again(project, run_id, CopyOperation())
    assert not kept.exists()


def test_interruption_leaves_nothing_behind(project: Project) -> None:
    """Ctrl-C goes through; neither folder nor event stays."""
    run_id = ran(project, CopyOperation())
    with pytest.raises(KeyboardInterrupt):
        again(project, run_id, raising(KeyboardInterrupt()))

    assert not (project.state_folder / "rerun").exists()
    assert recorded(project, RunCompared.TOPIC) == []


def test_second_rerun_at_once_is_refused(project: Project) -> None:
    """Two would use one folder."""
    run_id = ran(project, CopyOperation())
    with (
        FileLock(project.state_folder / "rerun.lock"),
        pytest.raises(CommandRejectedError, match="another rerun of this project"),
    ):
        again(project, run_id, CopyOperation())


def test_ledger_of_the_environment_is_not_written(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that LINEAGE_LEDGER names is the real one's, not that of the project apart."""
    with Project(project.root, ledger_url=f"sqlite://{project.root / 'shared.db'}") as shared:
        monkeypatch.setenv("LINEAGE_LEDGER", shared.ledger.url)
        run_id = ran(shared, CopyOperation())
        head = shared.ledger.head()

        assert again(shared, run_id, CopyOperation()).outcome == "equal"
        assert shared.ledger.head() == head + 1


def imported(project: Project) -> str:
    """A run that was taken over from elsewhere."""
    run_id = "00000000-0000-4000-8000-000000000001"
    entry = {
        "task_id": "t_one",
        "task_run_id": run_id,
        "timestamp": "2020-01-01T00:00:00Z",
        "success": True,
    }
    take_over(project, {"executions": [entry]}, source="log.json", replace=False)
    return run_id


def refused(project: Project) -> str:
    """A run that a dependency stood in the way of."""
    return ran(project, CopyOperation(), dependencies=["t_never"])


def running(project: Project) -> str:
    """A run under way."""
    recorder = RunRecorder(project, "t_one")
    recorder.begin(run_started(task_type="", description="", report_path="DATA/reports/r.json"))
    return recorder.run_id


@pytest.mark.parametrize(
    ("make", "found"),
    [(imported, "run.imported"), (refused, "run.refused"), (running, "running")],
)
def test_run_that_was_not_executed_to_an_end_is_refused(
    project: Project, make: Callable[[Project], str], found: str
) -> None:
    """There is nothing to repeat, or not yet."""
    with pytest.raises(CommandRejectedError, match=f"found '{found}'"):
        again(project, make(project), CopyOperation())


def test_unknown_run_is_refused(project: Project) -> None:
    """No run has the id."""
    with pytest.raises(RunNotFoundError, match="run 'nobody'"):
        again(project, "nobody", CopyOperation())
