"""Operations that work at the same time as if they were executed one after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pandas as pd
import pytest
from bench import Bench
from hypothesis import given
from hypothesis import strategies as st
from small_tasks import (
    NO_DATA,
    CallOperation,
    CopyOperation,
    SmallTask,
    last,
    recorded,
)

from lineage.events import ArtifactWritten, OperationFailed, WarningRaised
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.tasks.execution.parallel import Groups, stated_use
from ops import (
    AddSyntheticIdentifiersOperation,
    BaseOperation,
    CorrelationOperation,
    DataUse,
    IngestOperation,
    KAnonymizeOperation,
    MeasureRiskOperation,
    OperationResult,
    ProfileOperation,
)
from ops.anonymize.anonymize_operation import AnonymizeOperation

WAIT_S = 60
"""How long a test waits for another thread before it fails."""


@pytest.fixture
def execute(project: Project) -> Bench:
    """A run that has begun, with the dataset "people"."""
    return Bench(project)


class Copy(CopyOperation):
    """Copies a dataset, and says so beforehand."""

    before: Callable[[], object] = staticmethod(lambda: None)

    def data_use(self) -> DataUse:
        """Say which dataset it reads and which file it writes."""
        return DataUse(reads={self.dataset}, writes={self.output})

    def execute(self, **given: Any) -> OperationResult:  # type: ignore[override]  # takes anything
        """Do what the test wants first, then copy."""
        self.before()
        return super().execute(given["data_source"], given["task_dir"])


def copy(dataset: str, output: str, before: Callable[[], object] | None = None) -> Copy:
    """Return a copying operation that calls a function first."""
    operation = Copy(dataset=dataset, output=output)
    if before is not None:
        operation.before = before
    return operation


def two_at_once() -> list[BaseOperation]:
    """Return two operations that end only if they work at the same time."""
    both = Barrier(2, timeout=WAIT_S)
    return [copy("people", "one", both.wait), copy("people", "two", both.wait)]


# at the same time


def test_operations_that_say_what_they_touch_work_at_the_same_time(execute: Bench) -> None:
    """Two copies of one dataset to two files wait for each other, and both end."""
    results = execute.batch(*two_at_once(), max_workers=2)

    assert [result.status.value for result in results.values()] == ["success", "success"]
    assert recorded(execute.project, WarningRaised.TOPIC) == []


def test_parallel_processes_of_a_task_is_how_many_work_at_once(project: Project) -> None:
    """The configured number reaches the operations of a task that overrides nothing."""
    task = SmallTask(*two_at_once(), project=project)

    assert task.run({"parallel_processes": 2}), task.error
    assert [a.path.name for r in task.results for a in r.artifacts] == ["one.csv", "two.csv"]


def test_records_are_in_the_order_of_the_operations(execute: Bench) -> None:
    """The first operation ends last, and its files are on record first all the same."""
    has_ended = Event()
    slow = copy("people", "one", lambda: has_ended.wait(WAIT_S))
    quick = copy("people", "two")
    quick.before = has_ended.set

    execute.batch(slow, quick, copy("people", "three"), max_workers=3)

    written = recorded(execute.project, ArtifactWritten.TOPIC)
    assert [(w.operation, Path(w.uri).stem) for w in written] == [
        (1, "one"),
        (2, "two"),
        (3, "three"),
    ]


CHAIN = [("people", "one"), ("people", "two"), ("two", "three"), ("one", "two"), ("two", "four")]


@pytest.mark.parametrize("workers", [2, 5])
def test_report_is_that_of_one_after_the_other(project: Project, workers: int) -> None:
    """Operations that read and replace each other's files give the same report either way."""
    reports = []
    for number in (1, workers):
        task = SmallTask(*(copy(*names) for names in CHAIN), project=project)
        assert task.run({"parallel_processes": number}), task.error
        reports.append(task.reporter.generate_report())

    one, several = (
        [
            [(o["operation"], o["status"]) for o in report["operations"]],
            [(a["path"], a["sha256"], a["rows"]) for a in report["artifacts"]],
            [*report["metrics"].items()],
            report["warnings"],
        ]
        for report in reports
    )
    assert several == one


def test_resumed_run_reuses_what_ran_at_the_same_time(project: Project) -> None:
    """A resumed run reuses the operations before the broken one, however both were executed."""
    broken = SmallTask(copy("people", "one"), copy("none", "two"), project=project)
    assert not broken.run({"parallel_processes": 2})

    resumed = SmallTask(
        copy("people", "one"), copy("people", "two"), copy("one", "three"), project=project
    )
    assert resumed.run({"parallel_processes": 3}, resume=True), resumed.error

    assert [r.status.value for r in resumed.results] == ["skipped", "success", "success"]


def test_nothing_begins_after_an_error(execute: Bench) -> None:
    """Those under way when one fails are finished; one that waits for its turn does not begin."""
    both = Barrier(2, timeout=WAIT_S)

    results = execute.batch(
        copy("none", "one", both.wait),
        copy("people", "two", both.wait),
        copy("two", "three"),
        max_workers=2,
    )

    assert [*results] == ["Copy", "Copy#2"]
    assert "three" not in execute.source


names = st.sets(st.sampled_from("abcd"), max_size=3)


class Named(BaseOperation):
    """An operation that touches what a test says."""

    def __init__(self, use: DataUse) -> None:
        self._use = use

    def execute(self) -> OperationResult:  # type: ignore[override]  # takes nothing
        """Succeed."""
        return OperationResult()

    def data_use(self) -> DataUse:
        """Return what the test says."""
        return self._use


@given(st.lists(st.builds(DataUse, reads=names, writes=names)))
def test_members_of_a_group_do_not_touch_what_others_write(uses: list[DataUse]) -> None:
    """Whatever operations touch, groups keep their order and have no conflict inside."""
    operations: list[tuple[str, BaseOperation]] = [
        (str(number), Named(use)) for number, use in enumerate(uses)
    ]

    groups = [*Groups(operations, None, 4)]

    assert [member for group in groups for member in group] == operations
    for group in groups:
        touched = [stated_use(operation) for _, operation in group]
        for number, one in enumerate(touched):
            for other in touched[number + 1 :]:
                assert one is not None
                assert other is not None
                assert not one.writes & (other.reads | other.writes)
                assert not other.writes & one.reads


# on their own


def test_operation_that_says_nothing_is_executed_on_its_own_with_a_warning(execute: Bench) -> None:
    """It is known of none of them whether they depend on each other: in order, and said so."""
    order: list[int] = []
    operations = [CallOperation(lambda n=n, **_: order.append(n)) for n in range(6)]

    execute.batch(*operations, max_workers=4)

    assert order == [*range(6)]
    warning = last(execute.project, WarningRaised)
    assert warning.name == "parallel_processes"
    assert "not executed up to 4 at once, as what they read and write" in warning.message
    assert warning.details == {"operations": ["CallOperation"] * 6}


def test_operation_that_reads_data_in_memory_is_executed_on_its_own(execute: Bench) -> None:
    """A frame can be changed by whoever has it, so nobody works next to who reads one."""
    execute.source.add_dataframe("frame", pd.DataFrame({"age": [1]}))

    execute.batch(copy("people", "one"), copy("frame", "two"), max_workers=2)

    assert "as they read data in memory" in last(execute.project, WarningRaised).message


@pytest.mark.parametrize("operations", [[], [CallOperation(lambda **_: None, NO_DATA)]], ids=len)
def test_single_operation_is_no_reason_for_a_warning(
    execute: Bench, operations: list[BaseOperation]
) -> None:
    """Where there is nothing to do at the same time nothing is said about it."""
    execute.batch(*operations, max_workers=4)

    assert recorded(execute.project, WarningRaised.TOPIC) == []


def test_operation_that_touches_more_than_it_says_fails(execute: Bench) -> None:
    """What it did next to others cannot be trusted, so it is a failure that names what it hid."""

    class Sly(Copy):
        def data_use(self) -> DataUse:
            return DataUse(reads=set(), writes={"hidden"})

    results = execute.batch(Sly(output="sly"), copy("people", "one"), max_workers=2)

    assert results["Sly"].status.value == "error"
    message = last(execute.project, OperationFailed).error.message
    assert "'Sly': it used people, sly, which its data_use omits" in message
    assert "sly" not in execute.source


def test_subclass_with_work_of_its_own_has_to_say_again_what_it_touches() -> None:
    """What a parent class says does not count for an `execute` that is new."""

    class Another(Copy):
        def execute(self, **_: Any) -> OperationResult:
            return OperationResult()

    assert stated_use(Copy()) == DataUse(reads={"people"}, writes={"copy"})
    assert stated_use(Another()) is None


def test_number_of_workers_of_a_batch_must_be_positive(execute: Bench) -> None:
    """No workers are refused before anything begins."""
    with pytest.raises(ConfigurationError, match="max_workers"):
        execute.batch(CopyOperation(), max_workers=0)

    assert execute.topics() == []


# the operations of the product


@pytest.mark.parametrize(
    "make",
    [
        lambda name: IngestOperation(dataset_name=name, schema={"age": "integer"}),
        lambda name: AddSyntheticIdentifiersOperation(
            dataset_name=name, output_name=f"{name}_known"
        ),
        lambda name: ProfileOperation(dataset_name=name),
        lambda name: CorrelationOperation(primary_dataset=name),
        lambda name: KAnonymizeOperation(dataset_name=name, quasi_identifiers=["age"], k=2),
        lambda name: AnonymizeOperation(input_dataset=name, quasi_identifiers=["age"], k=2),
        lambda name: MeasureRiskOperation(dataset_name=name, quasi_identifiers=["age"]),
    ],
    ids=["ingest", "identifiers", "profile", "correlate", "k-anonymize", "anonymize", "risk"],
)
def test_operation_of_the_product_touches_what_it_says(
    execute: Bench, make: Callable[[str], BaseOperation]
) -> None:
    """Two of each kind, on two datasets, work next to each other without a warning or failure."""
    for name in ("first", "second"):
        path = execute.project.root / f"DATA/raw/{name}.csv"
        path.write_text("age,income\n" + "".join(f"{30 + n % 3},{n}\n" for n in range(12)))
        execute.source.add_file(name, path)

    results = execute.batch(make("first"), make("second"), max_workers=2)

    assert [result.error_message for result in results.values()] == [None, None]
    topics = execute.topics()
    assert topics[:2] == ["operation.started"] * 2
    warnings = recorded(execute.project, WarningRaised.TOPIC)
    assert [w for w in warnings if w.name == "parallel_processes"] == []
