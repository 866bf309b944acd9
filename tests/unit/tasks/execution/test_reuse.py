"""Which operations of a resumed run are executed, and the reason for each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from s3_server import new_bucket
from small_tasks import NO_DATA, CallOperation, CopyOperation, SmallTask, configure, raising

from lineage.events import DatasetRead, OperationSkipped, OperationStarted
from lineage.project import Project
from ops import BaseOperation, DataSource, DataUse, DataWriter, OperationResult, OperationStatus

REUSED = "nothing it uses has changed since the earlier run"
CHANGED = "its parameters changed: tag"
AGAIN = "operation 1 ('Tag') before it ran again"
CALLED = "operation 1 ('CallOperation') before it ran again"
OUTPUT = "DATA/processed/t_one/output"


@dataclass(kw_only=True)
class Tag(CopyOperation):
    """Copies a dataset with one more column; without a tag it only copies."""

    tag: str | None = None

    def execute(self, data_source: DataSource, task_dir: Path, **_: Any) -> OperationResult:  # type: ignore[override]  # takes anything
        """Read, tag, write."""
        table = data_source.get_table(self.dataset)
        if self.tag is not None:
            table = table.append_column("tag", [[self.tag] * table.num_rows])
        result = OperationResult()
        result.add_file(DataWriter(task_dir).write_dataframe(table, self.output))
        return result


@dataclass(kw_only=True)
class Declared(Tag):
    """Declares what it reads and writes."""

    def data_use(self) -> DataUse:
        """Name the dataset and the file."""
        return DataUse(reads=frozenset({self.dataset}), writes=frozenset({self.output}))


class Renamed(Tag):
    """The same work under another name."""


class Versioned(Tag):
    """An operation whose code a test changes."""


def run(project: Project, *operations: BaseOperation, **values: Any) -> SmallTask:
    """Run a task with these operations, in resumption of the run before."""
    task = SmallTask(*operations, project=project)
    task.run(values, resume=True)
    return task


def fail(project: Project, *operations: BaseOperation, **values: Any) -> SmallTask:
    """Run a task with these operations and one more, which fails."""
    return run(project, *operations, raising(OSError("disk")), **values)


def reasons(project: Project, task: SmallTask) -> list[str | None]:
    """The reason on record for each operation of a run, executed or reused, in order."""
    stream = project.ledger.read_stream(f"run:{task.run_id}")
    kinds = (OperationStarted, OperationSkipped)
    return [r.event.reason for r in stream if isinstance(r.event, kinds)]


@pytest.mark.parametrize("kind", [Tag, Declared])
def test_changed_parameter_executes_only_the_operation_that_has_it(
    project: Project, kind: type[Tag]
) -> None:
    """Those before and behind it that read something else are reused."""
    fail(project, kind(output="a"), kind(output="b"), kind(output="c"))

    task = run(project, kind(output="a"), kind(output="b", tag="x"), kind(output="c"))

    assert reasons(project, task) == [REUSED, CHANGED, REUSED]


def test_changed_parameter_executes_what_depends_on_its_output(project: Project) -> None:
    """At any distance, and the reason names the file and the operation that wrote it."""

    def chain(tag: str | None) -> list[BaseOperation]:
        a, b = Tag(output="a", tag=tag), Tag(dataset="a", output="b")
        return [a, b, Tag(output="alone"), Tag(dataset="b", output="c")]

    fail(project, *chain(None))

    assert reasons(project, run(project, *chain("x"))) == [
        CHANGED,
        f"its input '{OUTPUT}/a.csv' changed because operation 1 ('Tag') ran again",
        REUSED,
        f"its input '{OUTPUT}/b.csv' changed because operation 2 ('Tag') ran again",
    ]


def test_same_bytes_written_again_leave_the_rest_reusable(project: Project) -> None:
    """What depends on an output depends on its content."""
    fail(project, Versioned(output="a"), Tag(dataset="a", output="b"))

    task = run(project, Versioned(output="a", seed=1), Tag(dataset="a", output="b"))

    assert reasons(project, task) == ["its seed changed", REUSED]


def test_changed_code_executes_only_the_operation_that_runs_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation of another class keeps its result."""
    fail(project, Versioned(output="a"), Tag(output="b"), Tag(dataset="a", output="c"))
    monkeypatch.setattr(Versioned, "version", "2")

    task = run(project, Versioned(output="a"), Tag(output="b"), Tag(dataset="a", output="c"))

    assert reasons(project, task) == ["its code changed", REUSED, REUSED]


@pytest.mark.parametrize("change", ["edit", "remove"])
def test_output_changed_by_others_is_written_again(project: Project, change: str) -> None:
    """Only its operation is executed: the same bytes come back, also for those who read them."""
    operations = [Tag(output="a"), Tag(output="b"), Tag(dataset="b", output="c")]
    fail(project, *operations)
    output = project.root / OUTPUT / "b.csv"
    output.write_text("x\n") if change == "edit" else output.unlink()

    task = run(project, *operations)

    gone = f"its output '{OUTPUT}/b.csv' is gone or has changed"
    assert reasons(project, task) == [REUSED, gone, REUSED]


def test_changed_input_executes_those_that_read_it(project: Project) -> None:
    """A file that one of two operations reads has other content."""
    (project.root / "DATA/raw/other.csv").write_text("age\n1\n")
    configure(project, "t_one", auxiliary_datasets={"other": "DATA/raw/other.csv"})
    operations = [Tag(output="a"), Tag(dataset="other", output="b"), Tag(dataset="a", output="c")]
    fail(project, *operations)
    (project.root / "DATA/raw/other.csv").write_text("age\n2\n")

    task = run(project, *operations)

    changed = "its input 'DATA/raw/other.csv' is gone or has changed"
    assert reasons(project, task) == [REUSED, changed, REUSED]


# Another list of operations


NEW = "the list of operations changed: the earlier run had no 'Renamed'"
CHOICE = "the datasets it can choose from changed: "


@pytest.mark.parametrize(
    ("kind", "behind"), [(Declared, [REUSED, REUSED]), (Tag, [CHOICE + "'new'"] * 2)]
)
def test_inserted_operation_is_executed(
    project: Project, kind: type[Tag], behind: list[str]
) -> None:
    """What declares its use is reused; what does not might read the new dataset as well."""
    fail(project, kind(output="a"), kind(output="b"))

    task = run(project, Renamed(output="new"), kind(output="a"), kind(output="b"))

    assert reasons(project, task) == [NEW, *behind]


@pytest.mark.parametrize(("kind", "behind"), [(Declared, REUSED), (Tag, CHOICE + "'a'")])
def test_removed_operation_is_missed_only_where_it_may_matter(
    project: Project, kind: type[Tag], behind: str
) -> None:
    """The dataset that it had offered is gone."""
    fail(project, Tag(output="a"), kind(output="b"))

    assert reasons(project, run(project, kind(output="b"))) == [behind]


@pytest.mark.parametrize("kind", [Tag, Declared])
def test_input_that_nobody_writes_any_more_is_not_trusted(
    project: Project, kind: type[Tag]
) -> None:
    """The file is there, with the digest on record, and no operation of this run has made it."""
    configure(project, "t_one", auxiliary_datasets={"a": f"{OUTPUT}/a.csv"})
    fail(project, Tag(output="a"), kind(dataset="a", output="b"))

    task = run(project, kind(dataset="a", output="b"))

    lost = f"its input '{OUTPUT}/a.csv' was written by operation 'Tag', and no longer is"
    assert reasons(project, task) == [lost]


@pytest.mark.parametrize(
    ("kind", "expected"), [(Declared, [REUSED, REUSED]), (Tag, [CHOICE + "'a'", CHOICE + "'b'"])]
)
def test_swapped_operations_are_reused_if_their_use_is_known(
    project: Project, kind: type[Tag], expected: list[str]
) -> None:
    """Neither reads what the other writes; without a declaration the choice they had differs."""
    fail(project, kind(output="a"), kind(output="b"))

    assert reasons(project, run(project, kind(output="b"), kind(output="a"))) == expected


def test_renamed_operation_is_another_one(project: Project) -> None:
    """Those that read its output keep their results if its bytes are the same."""
    fail(project, Tag(output="a"), Tag(dataset="a", output="b"))

    task = run(project, Renamed(output="a"), Tag(dataset="a", output="b"))

    assert reasons(project, task) == [NEW, REUSED]


def test_two_operations_of_one_name_are_told_apart_by_what_they_do(project: Project) -> None:
    """The changed one is executed, wherever it is in the list."""
    fail(project, Tag(output="a"), Tag(output="b"), Tag(output="c"))

    task = run(project, Tag(output="a", tag="x"), Tag(output="b"), Tag(output="c", tag="x"))

    assert reasons(project, task) == [CHANGED, REUSED, CHANGED]


def test_operation_that_is_there_twice_is_reused_as_often_as_it_was_executed(
    project: Project,
) -> None:
    """A third of the same kind has nothing to reuse."""
    same = [Tag(output="a"), Tag(output="a")]
    fail(project, *same)

    task = run(project, *same, Tag(output="a"))

    no_other = "the list of operations changed: the earlier run had no other 'Tag'"
    assert reasons(project, task) == [REUSED, REUSED, no_other]


@pytest.mark.parametrize(
    ("kind", "tag", "expected"),
    [
        (Tag, "x", "its input '{}' changed because operation 1 ('Renamed') ran again"),
        (Declared, None, REUSED),
        (Tag, None, CHOICE + "'a', 'extra'"),
    ],
)
def test_file_that_an_operation_now_writes_counts_for_those_that_read_it(
    project: Project, kind: type[Tag], tag: str | None, expected: str
) -> None:
    """In the earlier run it was there from before, and another operation wrote elsewhere."""
    extra = project.root / OUTPUT / "extra.csv"
    configure(project, "t_one", auxiliary_datasets={"extra": f"{OUTPUT}/extra.csv"})
    fail(project, Renamed(output="a"))
    extra.write_bytes((extra.parent / "a.csv").read_bytes())
    fail(project, Renamed(output="a"), kind(dataset="extra", output="b"))

    task = run(project, Renamed(output="extra", tag=tag), kind(dataset="extra", output="b"))

    assert reasons(project, task)[1] == expected.format(f"{OUTPUT}/extra.csv")


def test_dataset_that_an_operation_now_hides_is_another_file(project: Project) -> None:
    """What it wrote is offered under the name of a dataset of the task."""
    fail(project, Tag(output="a"), Declared(output="b"))

    task = run(project, Tag(output="people"), Declared(output="b"))

    assert reasons(project, task)[1] == "its input 'people' is another file"


# What is not on record


def leave(data_source: DataSource, **_: object) -> None:
    """Leave a frame in memory."""
    data_source.add_dataframe("frame", pd.DataFrame({"a": [1]}))


def write(task_dir: Path, **_: object) -> OperationResult:
    """Write a file from nothing that is on record."""
    result = OperationResult()
    result.add_file(DataWriter(task_dir).write_dataframe(pd.DataFrame({"a": [1]}), "made"))
    return result


@pytest.mark.parametrize(("kind", "is_reused"), [(Tag, False), (Declared, True)])
def test_data_left_in_memory_may_be_used_by_those_that_do_not_declare_their_use(
    project: Project, kind: type[Tag], *, is_reused: bool
) -> None:
    """The operation that left them is always executed."""
    fail(project, CallOperation(leave), kind(output="b"))

    task = run(project, CallOperation(leave), kind(output="b"))

    assert reasons(project, task)[1] == (REUSED if is_reused else f"{CALLED}, with data in memory")


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (None, f"{CALLED}, and what that reads and writes is not recorded"),
        (NO_DATA, REUSED),
    ],
)
def test_unrecorded_operation_that_runs_again_may_have_changed_anything(
    project: Project, use: DataUse | None, expected: str
) -> None:
    """One that declares to touch no data has changed nothing."""
    fail(project, CallOperation(lambda **_: None, use), Tag(output="b"))

    task = run(project, CallOperation(lambda **_: print, use), Tag(output="b"))

    assert reasons(project, task) == ["its code changed", expected]


@pytest.mark.parametrize("act", [write, lambda **_: None])
def test_operation_whose_inputs_are_not_recorded_follows_whatever_ran_again(
    project: Project, act: Any
) -> None:
    """Nobody knows what it reads, so it may read that."""
    fail(project, Tag(output="a"), CallOperation(act))

    task = run(project, Tag(output="a", tag="x"), CallOperation(act))

    assert reasons(project, task)[1] == f"{AGAIN}, and what this one reads is not recorded"


@pytest.mark.parametrize("act", [leave, lambda **_: None])
@pytest.mark.parametrize(("kind", "is_reused"), [(Tag, False), (Declared, True)])
def test_operation_that_is_gone_may_have_left_what_is_not_on_record(
    project: Project, act: Any, kind: type[Tag], *, is_reused: bool
) -> None:
    """One that works in memory, or neither reads nor writes a file that is known."""
    fail(project, CallOperation(act), kind(output="a"))

    task = run(project, kind(output="a"))

    gone = "operation 'CallOperation' is no longer before it, and what that did is not recorded"
    assert reasons(project, task) == [REUSED if is_reused else gone]


def test_code_that_cannot_be_known_does_not_end_reuse(project: Project) -> None:
    """The operation is executed; what it wrote has a digest like any other output."""

    @dataclass(kw_only=True)
    class Ruled(Tag):
        rule: Any

    rule = iter([1])
    fail(project, Ruled(output="a", rule=rule), Tag(dataset="a", output="b"))

    task = run(project, Ruled(output="a", rule=rule), Tag(dataset="a", output="b"))

    first, second = reasons(project, task)
    assert (first or "").startswith("its code cannot be known")
    assert second == REUSED


# Failures


class FailsInTheEnd(SmallTask):
    """Executes everything, then fails."""

    def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
        """Fail, whatever happened."""
        raise OSError("disk", success)


def test_operation_that_failed_before_does_not_keep_others_from_reuse(project: Project) -> None:
    """With continue_on_error only what failed is executed, and what follows from it."""
    broken = raising(OSError("disk"))
    earlier = FailsInTheEnd(Tag(output="a"), broken, Tag(output="b"), project=project)
    earlier.run({"continue_on_error": True})
    mended = CallOperation(lambda **_: None, NO_DATA)

    task = run(project, Tag(output="a"), mended, Tag(output="b"), Tag(output="c"))

    assert reasons(project, task)[:3] == [REUSED, "it failed", REUSED]


@pytest.mark.parametrize(("kind", "is_reused"), [(Tag, False), (Declared, True)])
def test_operation_that_fails_again_may_have_left_anything(
    project: Project, kind: type[Tag], *, is_reused: bool
) -> None:
    """Nothing that it did is on record."""
    broken = raising(OSError("disk"))
    FailsInTheEnd(broken, kind(output="b"), project=project).run({"continue_on_error": True})

    task = run(project, broken, kind(output="b"), continue_on_error=True)

    expected = REUSED if is_reused else f"{CALLED} and failed"
    assert reasons(project, task) == ["it failed", expected]


# The whole run


@pytest.mark.parametrize(
    "values", [{"continue_on_error": True}, {"parallel_processes": 2}, {"description": "other"}]
)
def test_key_that_changes_no_result_ends_no_reuse(project: Project, values: dict[str, Any]) -> None:
    """How operations are executed is not what they do."""
    fail(project, Tag(output="a"), Tag(output="b"))

    task = run(project, Tag(output="a"), Tag(output="b"), **values)

    assert reasons(project, task) == [REUSED, REUSED]


@pytest.mark.parametrize(
    "values", [{"seed": 3}, {"scope": {"fields": ["age"]}}, {"use_vectorization": True, "k": 3}]
)
def test_key_that_may_change_a_result_executes_everything(
    project: Project, values: dict[str, Any]
) -> None:
    """An operation may get it by ways that are not on record, so none is trusted."""
    fail(project, Tag(output="a"), Tag(output="b"))

    task = run(project, Tag(output="a"), Tag(output="b"), **values)

    changed = "the configuration changed: " + ", ".join(sorted(values))
    assert reasons(project, task) == [changed, changed]


class Configured(SmallTask):
    """Gives its parameter `k` to operations, in the ways that there are."""

    def configure_operations(self) -> None:
        """Give it to each of them, or not."""
        k = str(self.config.get("k"))
        hidden = Tag(output="hidden")
        hidden._k = k  # type: ignore[attr-defined]  # as people do
        self.data_source.add_file(
            "read", self.project_root / "DATA/raw/people.csv", null_markers=[k]
        )
        for operation in (
            Tag(output="without"),
            Tag(output="told", tag=k),
            Tag(dataset="told", output="behind"),
            Tag(dataset="read", output="read otherwise"),
            hidden,
            CallOperation(lambda **_: k, NO_DATA),
        ):
            self.add_operation(operation)
        super().configure_operations()


def test_parameter_of_the_task_executes_the_operations_that_get_it(project: Project) -> None:
    """Those that may get it by ways that are not on record are executed, too."""
    Configured(raising(OSError("disk")), project=project).run({"k": 1})

    task = Configured(project=project)
    task.run({"k": 2}, resume=True)

    assert reasons(project, task) == [
        REUSED,
        CHANGED,
        f"its input '{OUTPUT}/told.csv' changed because operation 2 ('Tag') ran again",
        "the configuration changed: k",
        "the configuration changed: k",
        "its code changed",
    ]


def test_operations_side_by_side_are_judged_like_those_in_order(project: Project) -> None:
    """What runs at the same time declares its use, so none waits for the outcome of another."""
    names = ["a", "b", "c", "d"]
    fail(project, *(Declared(output=name) for name in names))
    changed = [Declared(output=name, tag="x" if name == "b" else None) for name in names]

    task = run(project, *changed, parallel_processes=2)

    assert reasons(project, task) == [REUSED, CHANGED, REUSED, REUSED]


class InThreads(SmallTask):
    """Executes its operations in threads, in no order."""

    def execute(self) -> bool:
        """Execute them, and say whether all went well."""
        results = self.operation_executor.execute_operations_parallel(
            self.operations, self.operation_params, max_workers=2, continue_on_error=True
        )
        return all(r.status is not OperationStatus.ERROR for r in results.values())


def test_operation_beside_one_that_runs_again_is_executed(project: Project) -> None:
    """Its outcome is not known yet, and neither says what it uses."""
    InThreads(Tag(output="a"), Tag(output="b"), raising(OSError("disk")), project=project).run()

    task = InThreads(Tag(output="a", tag="x"), Tag(output="b"), project=project)
    task.run(resume=True)

    first, second = reasons(project, task)
    assert first == CHANGED
    assert (second or "").startswith("operation 1 ('Tag') before it r")


def test_file_of_a_dependency_counts_by_its_content(project: Project) -> None:
    """The dependency ran again: who reads a file that is another one now is executed."""

    def upstream(tag: str | None) -> None:
        operations = [Tag(output="left"), Tag(output="right", tag=tag)]
        SmallTask(*operations, task_id="t_up", project=project).run()

    folder = "DATA/processed/t_up/output"
    files = {name: f"{folder}/{name}.csv" for name in ("left", "right")}
    configure(project, "t_one", dependencies=["t_up"], auxiliary_datasets=files)
    operations = [Tag(dataset="left", output="a"), Tag(dataset="right", output="b")]
    upstream(None)
    fail(project, *operations)
    upstream("x")

    task = run(project, *operations)

    changed = f"its input '{folder}/right.csv' is gone or has changed"
    assert reasons(project, task) == [REUSED, changed]


def test_resumed_run_that_is_resumed_reuses_the_work_of_both(project: Project) -> None:
    """Each result comes from the run that executed it last."""
    first = fail(project, Tag(output="a"), Tag(output="b"))
    second = fail(project, Tag(output="a"), Tag(output="b", tag="x"))

    third = run(project, Tag(output="a"), Tag(output="b", tag="x"), Tag(dataset="b", output="c"))

    assert [r.details["reused_run"] for r in third.results[:2]] == [first.run_id, second.run_id]
    assert reasons(project, third)[:2] == [REUSED, REUSED]


@dataclass(kw_only=True)
class CopyObject(Tag):
    """Copies an object of a store."""

    address: str

    def execute(self, data_source: DataSource, task_dir: Path, **_: Any) -> OperationResult:  # type: ignore[override]  # takes anything
        """Read the object under the name of the dataset, write."""
        data_source.add_file(self.dataset, self.address)
        return super().execute(data_source, task_dir)


def test_object_that_was_read_is_on_record_and_never_taken_as_unchanged(
    project: Project, s3_server: str
) -> None:
    """The record has the address and the digest; no later run trusts what it cannot look at."""
    writer = DataWriter(f"s3://{new_bucket(s3_server)}/raw")
    written = writer.write_dataframe(pd.DataFrame({"a": [1, 2]}), "people")
    operation = CopyObject(dataset="people", output="copy", address=written.uri)
    fail(project, operation)
    task = run(project, operation)
    stream = project.ledger.read_stream(f"run:{task.run_id}")
    reads = [r.event for r in stream if isinstance(r.event, DatasetRead)]
    assert [(read.uri, read.sha256) for read in reads] == [(written.uri, written.sha256)]
    assert reasons(project, task) != [REUSED]
