"""What a recorded script leaves on record."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from small_tasks import last, recorded, topics

import lineage
from lineage.events import (
    ArtifactWritten,
    CodeCaptured,
    ColumnsDerived,
    DatasetRead,
    MetricRecorded,
    OperationFailed,
    OperationStarted,
    OperationSucceeded,
    RunFailed,
    RunInterrupted,
    RunStarted,
    RunSucceeded,
    TaskConfigured,
    TaskRegistered,
    WarningRaised,
)
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import (
    CheckpointMismatchError,
    ConfigurationError,
    DataReadError,
    DataWriteError,
    LedgerUnavailableError,
    OperationError,
    PathRefusedError,
    RunClosedError,
    TaskBusyError,
)
from lineage.project import Project
from lineage.scripts.run import ScriptRun


def carry_out(
    run: ScriptRun, act: Callable[[ScriptRun], object], error: BaseException | None = None
) -> None:
    """Do something in a run, which may end by an error."""
    with run:
        act(run)
        if error is not None:
            raise error


def test_block_is_recorded_as_a_run(project: Project) -> None:
    """A run has beginning, surroundings, facts in order and an end, like that of a task."""
    with lineage.record("Release wages!", params={"min_age": 25}) as run:
        people = run.read("people.csv")
        run.write(people[people.age >= run.params["min_age"]], "wages.parquet")
        run.metric("k", 5)

    assert topics(project, run.id) == [
        "run.started",
        "environment.captured",
        "code.captured",
        "dataset.read",
        "artifact.written",
        "columns.observed",
        "metric.recorded",
        "run.succeeded",
    ]
    assert run.report()["task_id"] == "release_wages"
    assert run.report()["task_description"] == "Release wages!"
    assert last(project, TaskConfigured).configuration["min_age"] == 25


def test_read_and_written_versions_are_recorded_with_digest_rows_and_columns(
    project: Project,
) -> None:
    """A version is its path from the project, its digest, its rows and its columns."""
    with lineage.record("versions") as run:
        written = run.write(run.read("people.csv"), "out/copy.csv", tags=["copy"])

    read, wrote = last(project, DatasetRead), last(project, ArtifactWritten)
    assert (read.uri, read.rows, read.columns) == ("people.csv", 3, ("name", "age", "earns"))
    assert read.sha256 == sha256_file(project.root / "people.csv")
    assert written == project.root / "out/copy.csv"
    assert (wrote.uri, wrote.rows, wrote.tags) == ("out/copy.csv", 3, ("copy",))
    assert (wrote.sha256, wrote.operation) == (sha256_file(written), None)


@pytest.mark.parametrize(
    ("kind", "of"), [("pandas", pd.DataFrame), ("arrow", pa.Table), ("polars", pl.DataFrame)]
)
@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
def test_frames_of_each_library_are_read_and_written(
    project: Project, kind: Any, of: type, suffix: str
) -> None:
    """All libraries give and take the same tables."""
    with lineage.record("kinds") as run:
        frame = run.read("people.csv", kind=kind)
        run.write(frame, f"copy.{suffix}")

    assert isinstance(frame, of)
    assert last(project, ArtifactWritten).artifact_type == suffix
    assert (project.root / f"copy.{suffix}").stat().st_size > 0


def test_named_index_is_a_column_and_an_empty_frame_keeps_its_columns(project: Project) -> None:
    """What an index with a name holds is written; a frame without rows is a table, too."""
    with lineage.record("index") as run:
        people = run.read("people.csv").set_index("name")
        run.write(people, "by_name.csv", columns={"name": "identity"})
        run.write(people.iloc[:0], "nobody.parquet")

    by_name, nobody = recorded(project, ArtifactWritten.TOPIC)
    assert by_name.columns == ("name", "age", "earns")
    assert (nobody.rows, nobody.columns) == (0, ("name", "age", "earns"))


def test_files_of_own_readers_and_writers_are_recorded(project: Project) -> None:
    """`input` takes the digest now, `output` at the end, with the columns that the file states."""
    with lineage.record("own") as run:
        frame = pd.read_csv(run.input("people.csv"))
        frame.to_parquet(run.output("own.parquet", columns={"age": "identity"}))
        Path(run.output("note.txt")).write_text("done")
        assert recorded(project, ArtifactWritten.TOPIC) == []

    read, (table, note) = last(project, DatasetRead), recorded(project, ArtifactWritten.TOPIC)
    assert (read.uri, read.columns) == ("people.csv", ("name", "age", "earns"))
    assert (table.rows, table.columns) == (3, ("name", "age", "earns"))
    assert note.sha256 == sha256_file(project.root / "note.txt")
    assert last(project, ColumnsDerived).columns[0].source_uri == "people.csv"


def test_output_that_nobody_writes_fails_the_run(project: Project) -> None:
    """A run that does not leave what it says has failed."""
    run = lineage.record("lost")
    with pytest.raises(DataWriteError, match=r"'lost.csv'.*has not written it"):
        carry_out(run, lambda run: run.output("lost.csv"))

    assert topics(project, run.id)[-1] == RunFailed.TOPIC


def test_output_that_was_there_and_stays_is_remarked(project: Project) -> None:
    """A file that is as it was before was not written, as far as can be seen."""
    with lineage.record("stale") as run:
        run.output("cities.csv")

    assert "has not changed since" in recorded(project, WarningRaised.TOPIC)[0].message


@pytest.mark.parametrize("path", [".lineage/x.csv", "DATA/raw/x.csv", "people.csv", "../x.csv"])
@pytest.mark.parametrize("way", ["write", "output"])
def test_path_that_is_no_output_is_refused(project: Project, path: str, way: str) -> None:
    """The ledger, the raw data, an input of the run and other folders are no place for outputs."""
    before = (project.root / "people.csv").read_bytes()
    with lineage.record("refused") as run:
        people = run.read("people.csv")
        with pytest.raises(PathRefusedError, match=r"write to another|allowed_external_paths"):
            run.write(people, path) if way == "write" else run.output(path)

    assert (project.root / "people.csv").read_bytes() == before
    assert not (project.root / path).exists() or path == "people.csv"


def test_input_under_another_name_is_no_output(project: Project) -> None:
    """A link to an input, or from one, leads to the input."""
    Path("other.csv").hardlink_to("people.csv")
    Path("soft.csv").symlink_to("people.csv")
    with lineage.record("links") as run:
        people = run.read("people.csv")
        for name in ("other.csv", "soft.csv"):
            with pytest.raises(PathRefusedError, match="own input"):
                run.write(people, name)


@pytest.mark.parametrize("path", ["x.xlsx", "x", "x.CSV", "x.csv.gz"])
def test_unknown_format_is_refused_with_the_way_round(project: Project, path: str) -> None:
    """What cannot be written here can be written by the script itself."""
    with lineage.record("formats") as run, pytest.raises(DataWriteError, match=r"output\(\)"):
        run.write(run.read("people.csv"), path)

    assert not (project.root / path).exists()


def test_second_write_to_a_path_is_refused(project: Project) -> None:
    """An output of a run is not replaced by another; one that failed may be tried again."""
    with lineage.record("twice") as run:
        people = run.read("people.csv")
        with pytest.raises(DataWriteError, match="several types"):
            run.write(people.assign(age=[1, "x", 2.0]), "out.parquet")
        run.write(people, "out.parquet")
        with pytest.raises(OperationError, match="has already written it"):
            run.write(people, "out.parquet")

    assert len(recorded(project, ArtifactWritten.TOPIC)) == 1


def test_missing_input_is_refused(project: Project) -> None:
    """No run has read what is not there, nor a folder."""
    with lineage.record("missing") as run:
        for path, problem in (("gone.csv", "no such file"), ("DATA", "a folder")):
            with pytest.raises(DataReadError, match=problem):
                run.input(path)
        with pytest.raises(ConfigurationError, match="'spark'"):
            run.read("people.csv", kind="spark")  # type: ignore[call-overload]  # what it is about

    assert recorded(project, DatasetRead.TOPIC) == []


@pytest.mark.parametrize(
    ("error", "topic"),
    [
        (ValueError("no"), RunFailed.TOPIC),
        (KeyboardInterrupt(), RunInterrupted.TOPIC),
        (SystemExit(3), RunFailed.TOPIC),
        (SystemExit("bad"), RunFailed.TOPIC),
        (SystemExit(0), RunSucceeded.TOPIC),
        (SystemExit(), RunSucceeded.TOPIC),
    ],
)
def test_exception_ends_the_run_and_passes(
    project: Project, error: BaseException, topic: str
) -> None:
    """What ends the block ends the run, and then whatever is around it."""
    run = lineage.record("ends")
    with pytest.raises(type(error)) as raised:  # some say nothing
        carry_out(run, lambda run: run.metric("k", 1), error)

    assert raised.value is error
    assert topics(project, run.id)[-1] == topic
    assert not run.is_open


def test_start_and_end_record_what_no_block_holds(project: Project) -> None:
    """Cells of a notebook share a run that one begins and another ends."""
    run = lineage.record("cells").start()
    run.metric("k", 1)
    assert lineage.current_run() is run
    run.end()
    run.end()

    assert topics(project, run.id)[-1] == RunSucceeded.TOPIC
    with pytest.raises(RunClosedError, match="open run"):
        run.metric("k", 2)


def test_cell_that_is_executed_again_interrupts_its_earlier_run(project: Project) -> None:
    """A second `start` begins anew; the earlier run says why it ended."""
    first = lineage.record("cells").start()
    second = lineage.record("cells").start()
    second.end()

    assert topics(project, first.id)[-1] == RunInterrupted.TOPIC
    assert "begun again" in last(project, RunInterrupted).detail
    assert topics(project, second.id)[-1] == RunSucceeded.TOPIC


def test_run_inside_another_is_a_run_of_its_own(project: Project) -> None:
    """Calls go to the run they are made of, and the outer one is current again afterwards."""
    with lineage.record("outer") as outer:
        with lineage.record("inner") as inner:
            assert lineage.current_run() is inner
            outer.metric("of outer", 1)
            inner.metric("of inner", 2)
        assert lineage.current_run() is outer

    assert "of outer" in outer.report()["metrics"]
    assert list(inner.report()["metrics"]) == ["of inner"]


def test_run_inside_one_of_the_same_name_is_refused(project: Project) -> None:
    """It would wait for itself."""
    with lineage.record("same") as run, pytest.raises(TaskBusyError, match="inside its run"):
        lineage.record("Same").start()

    assert topics(project, run.id)[-1] == RunSucceeded.TOPIC
    with lineage.record("same"):
        pass


def test_no_run_is_current_outside(project: Project) -> None:
    """Without an open run the error says how to open one."""
    with pytest.raises(OperationError, match=r"lineage\.record"):
        lineage.current_run()
    with lineage.record("over"):
        pass
    with pytest.raises(OperationError, match="no run is open"):
        lineage.current_run()


def test_run_that_has_not_begun_records_nothing(project: Project) -> None:
    """A run begins with its block, and once."""
    run = lineage.record("later")
    with pytest.raises(OperationError, match="has not begun"):
        run.metric("k", 1)
    with run:
        pass
    with pytest.raises(OperationError, match="begun before"):
        run.start()

    assert len(recorded(project, RunStarted.TOPIC)) == 1


def test_calls_from_many_threads_are_all_recorded(project: Project) -> None:
    """No call is lost or mixed up."""
    with lineage.record("threads") as run, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: run.metric(f"m{n}", n), range(50)))
        list(pool.map(lambda n: run.write({"n": n}, f"out/{n}.json"), range(20)))

    metrics = {event.name: event.value for event in recorded(project, MetricRecorded.TOPIC)}
    assert metrics == {f"m{n}": n for n in range(50)}
    assert len(recorded(project, ArtifactWritten.TOPIC)) == 20


def test_secrets_and_data_in_parameters_are_not_recorded(project: Project) -> None:
    """Of a frame type and shape are kept, of a secret nothing; the script has both."""
    frame = pd.DataFrame({"name": ["Marker-Ada"]})
    params = {"password": "Marker-pw", "frame": frame, "long": "Marker" * 999, "rows": [1] * 999}
    with lineage.record("secret", params=params) as run:
        assert run.params["frame"] is frame
        with pytest.raises(TypeError):
            run.params["password"] = ""  # type: ignore[index]  # what it is about
        with run.step("use", frame=frame, token="Marker-token"):  # noqa: S106  # not one
            pass

    configuration = last(project, TaskConfigured).configuration
    assert configuration["frame"] == "<DataFrame of 1 x 1>"
    assert configuration["rows"] == "<list of 999>"
    stored = b"".join(p.read_bytes() for p in project.root.rglob("*") if p.is_file())
    assert b"Marker" not in stored


def test_tags_are_in_the_execution_record(project: Project) -> None:
    """Tags are given at the beginning and added later, each once."""
    with lineage.record("tags", tags=["a"]) as run:
        run.tag("b", "a")

    with project.catalog() as catalog:
        found = catalog.value("select annotations from run_annotations where run_id = ?", [run.id])
    assert found == {"tags": ["a", "b"]}


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_thousands_of_metrics_are_recorded(project: Project, count: int) -> None:
    """A loop may measure as often as it likes."""
    with lineage.record("many") as run, run.step("loop"):
        for n in range(count):
            run.metric("loss", n)

    assert run.report()["metrics"]["loop"]["loss"] == count - 1


def test_code_of_a_script_is_the_file_that_calls_record(project: Project) -> None:
    """The digest is that of the source, the path that of the file."""
    with lineage.record("code"):
        pass

    code = last(project, CodeCaptured)
    assert (code.kind, Path(code.path).name) == ("module", Path(__file__).name)
    assert code.sha256 == sha256_file(Path(__file__))


def test_folder_without_a_project_becomes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's folder needs no preparation."""
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("a\n1\n")
    with lineage.record("first") as run:
        run.write(run.read("data.csv"), "copy.csv")

    with Project(tmp_path) as opened:
        assert [e.uri for e in recorded(opened, DatasetRead.TOPIC)] == ["data.csv"]
    assert run.report()["status"] == "completed"


def test_folder_that_can_hold_no_ledger_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is recorded where nothing can be written, and the error says so."""
    monkeypatch.chdir(tmp_path)
    Path(".lineage").touch()  # in the way of the folder, for root as well
    with pytest.raises(LedgerUnavailableError, match="writable folder"):
        lineage.record("x").start()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_process_records_nothing_and_ends_nothing(project: Project) -> None:
    """A run belongs to the process that began it."""
    with lineage.record("fork") as run:
        child = os.fork()
        if child == 0:
            try:
                run.metric("k", 1)
            except OperationError as error:
                with run:  # its end in the child is none of the run
                    pass
                os._exit(7 if "began in process" in str(error) else 1)
            os._exit(1)
        _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 7
    assert topics(project, run.id)[-2:] == ["code.captured", "run.succeeded"]


@pytest.mark.parametrize("name", ["", "  ", 3, None])
def test_run_needs_a_name(project: Project, name: Any) -> None:
    """A run without a name could not be found again."""
    with pytest.raises(ConfigurationError, match="some text"):
        lineage.record(name)


def test_run_is_shown_in_a_notebook_with_its_texts_escaped(project: Project) -> None:
    """Names are data: they are no markup."""
    with lineage.record("bold") as run:
        run.metric("<b>k</b>", 5)

    shown = run._repr_html_()
    assert "<b>" not in shown
    assert re.search(r">&lt;b&gt;k&lt;/b&gt;</th>\s*<td[^>]*>5</td>", shown)


def test_task_of_a_script_is_registered_with_the_code_of_the_script(project: Project) -> None:
    """Not with that of the class which records it; another script would be another version."""
    with lineage.record("registered"):
        pass

    sha256 = last(project, CodeCaptured).sha256
    assert sha256 is not None
    assert last(project, TaskRegistered).source_sha256 == sha256


# steps


def test_step_is_an_operation_with_what_happens_in_it(project: Project) -> None:
    """Calls of the run inside a step belong to the step, those outside to the run."""
    with lineage.record("steps") as run:
        run.metric("before", 0)
        with run.step("clean", limit=3) as step:
            people = run.read("people.csv")
            step.metric("rows", len(people))
            run.warn("few rows", rows=3)
        run.metric("after", 1)

    assert last(project, OperationStarted).parameters == {"limit": 3}
    assert [e.operation for e in recorded(project, MetricRecorded.TOPIC)] == [None, 1, None]
    assert last(project, DatasetRead).operation == 1
    assert last(project, OperationSucceeded).status == "warning"


def test_steps_nest_in_the_code_and_follow_in_the_record(project: Project) -> None:
    """A call belongs to the innermost step of its run."""
    with lineage.record("nest") as run, run.step("outer"), run.step("inner"):
        run.metric("k", 1)

    assert [e.name for e in recorded(project, OperationStarted.TOPIC)] == ["outer", "inner"]
    assert last(project, MetricRecorded).operation == 2


def test_step_that_fails_and_is_caught_leaves_the_run_to_go_on(project: Project) -> None:
    """The run succeeds, and says that an operation failed."""
    with lineage.record("caught") as run, suppress(ValueError), run.step("bad"):
        raise ValueError("no")

    assert last(project, OperationFailed).error.error_type == "ValueError"
    assert last(project, RunSucceeded).operations_failed == 1
    assert run.report()["status"] == "completed_with_errors"


def test_interrupted_step_has_no_end(project: Project) -> None:
    """What was interrupted did not end by itself."""
    with pytest.raises(KeyboardInterrupt), lineage.record("stop") as run, run.step("long"):
        raise KeyboardInterrupt

    assert run.report()["operations"][0]["status"] == "interrupted"


def test_key_of_a_step_depends_on_what_it_read(project: Project) -> None:
    """The same step on other data is other work."""
    for content in ("a\n1\n", "a\n2\n", "a\n2\n"):
        Path("in.csv").write_text(content)
        with lineage.record("key") as run, run.step("read"):
            run.read("in.csv")

    first, second, third = (e.key for e in recorded(project, OperationSucceeded.TOPIC))
    assert first != second
    assert second == third


def test_step_from_another_thread_records_as_the_step(project: Project) -> None:
    """A thread has no context of the run: it is handed the step."""
    with lineage.record("thread") as run, run.step("work") as step:
        thread = threading.Thread(target=lambda: step.metric("k", 1))
        thread.start()
        thread.join()

    assert last(project, MetricRecorded).operation == 1


def test_run_with_an_open_step_cannot_succeed(project: Project) -> None:
    """A step that nobody ended makes the run fail, and says so."""
    run = lineage.record("open").start()
    run.step("never ends").__enter__()
    with pytest.raises(Exception, match="still running"):
        run.end()

    assert topics(project, run.id)[-1] == RunFailed.TOPIC


# checkpoints


def test_resumed_run_gets_the_last_checkpoint(project: Project) -> None:
    """The state comes from the run that is resumed, or the one that that one had resumed."""
    found: list[object] = []

    def look(run: ScriptRun) -> None:
        found.append(run.restored)
        if len(found) == 1:
            run.checkpoint({"done": 3})
            run.checkpoint({"done": 5}, "mine")

    runs = [lineage.record("long", resume=True) for _ in range(4)]
    for run in runs[:2]:
        with pytest.raises(ValueError, match="stop"):
            carry_out(run, look, ValueError("stop"))
    for run in runs[2:]:
        carry_out(run, look)

    assert found == [None, {"done": 5}, {"done": 5}, None]
    starts = recorded(project, RunStarted.TOPIC)
    assert [e.resumes for e in starts] == [None, runs[0].id, runs[1].id, None]


def test_checkpoint_of_other_parameters_is_refused(project: Project) -> None:
    """A state that was made otherwise would mix two results."""
    first = lineage.record("p", params={"n": 1})
    with pytest.raises(ValueError, match="stop"):
        carry_out(first, lambda run: run.checkpoint({"done": 3}), ValueError("stop"))
    again = lineage.record("p", params={"n": 2}, resume=True).start()
    with pytest.raises(CheckpointMismatchError, match="configuration"):
        _ = again.restored
    again.end()


def test_module_is_quick_to_import() -> None:
    """The names are there, and cost nothing until they are used."""
    assert {"record", "task", "operation", "current_run"} <= set(dir(lineage))
    assert sys.modules["lineage"].__version__
