"""Laws of reuse: a resumed run leaves what a fresh one would, and repeats only what it must."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tasks import CopyOperation, SmallTask, make_project, raising

from lineage.project import Project
from ops import BaseOperation, DataSource, DataUse, DataWriter, OperationResult, OperationStatus

INPUTS = ("people", "other")
NUMBERS = range(4)


@dataclass(kw_only=True)
class Mark(CopyOperation):
    """Copies a dataset and marks every row."""

    mark: int = 0

    def execute(self, data_source: DataSource, task_dir: Path, **_: Any) -> OperationResult:  # type: ignore[override]  # takes anything
        """Read, mark, write."""
        table = data_source.get_table(self.dataset)
        column = [f"{self.mark} {type(self).version}"] * table.num_rows
        result = OperationResult()
        written = DataWriter(task_dir).write_dataframe(
            table.append_column(f"mark {self.output}", [column]), self.output
        )
        result.add_file(written)
        return result


class Recoded(Mark):
    """The same, with code that changes."""


class Stated(Mark):
    """The same, and says what it reads and writes."""

    def data_use(self) -> DataUse:
        """Name the dataset and the file."""
        return DataUse(reads=frozenset({self.dataset}), writes=frozenset({self.output}))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One operation: its class, the number in its output's name, what it reads, its parameter."""

    kind: type[Mark]
    number: int
    source: str
    mark: int = 0

    def make(self) -> BaseOperation:
        """Return the operation."""
        return self.kind(dataset=self.source, output=f"out_{self.number}", mark=self.mark)


@dataclass(frozen=True, kw_only=True)
class World:
    """What a run finds: the content of its inputs, the code version, and its operations."""

    plans: tuple[Plan, ...]
    people: int = 0
    other: int = 0
    code: str = "1"

    @contextmanager
    def entered(self, project: Project) -> Iterator[list[BaseOperation]]:
        """Write the inputs, and let the code be as it is here."""
        for name in INPUTS:
            path = project.root / f"DATA/raw/{name}.csv"
            path.write_text(f"age\n{getattr(self, name)}\n")
        Recoded.version = self.code
        try:
            yield [plan.make() for plan in self.plans]
        finally:
            Recoded.version = "1"


@st.composite
def pipelines(draw: st.DrawFn) -> tuple[Plan, ...]:
    """Operations that read an input, or what an earlier one wrote."""
    plans = []
    for number in NUMBERS:
        sources = [*INPUTS, *(f"out_{n}" for n in range(number))]
        kind = draw(st.sampled_from([Mark, Recoded, Stated]))
        plans.append(Plan(kind=kind, number=number, source=draw(st.sampled_from(sources))))
    return tuple(plans)


@st.composite
def changes(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and one in which inputs, code and some parameters may differ."""
    plans = draw(pipelines())
    marked = draw(st.sets(st.sampled_from(NUMBERS), max_size=2))
    after = (
        Plan(kind=p.kind, number=p.number, source=p.source, mark=int(p.number in marked))
        for p in plans
    )
    return World(plans=plans), World(
        plans=tuple(after),
        people=draw(st.integers(0, 1)),
        other=draw(st.integers(0, 1)),
        code=draw(st.sampled_from(["1", "2"])),
    )


def must_run(before: World, after: World) -> set[int]:
    """The operations that a change touches, and those downstream of one."""
    touched: set[str] = {n for n in INPUTS if getattr(before, n) != getattr(after, n)}
    for old, new in zip(before.plans, after.plans, strict=True):
        recoded = new.kind is Recoded and before.code != after.code
        if old != new or recoded or new.source in touched:
            touched.add(f"out_{new.number}")
    return {plan.number for plan in after.plans if f"out_{plan.number}" in touched}


def execute(
    project: Project, operations: Sequence[BaseOperation], *, resume: bool = False
) -> SmallTask:
    """Run a task whose inputs are these two, with these operations."""
    task = SmallTask(*operations, project=project)
    task.input_datasets["other"] = "DATA/raw/other.csv"
    task.run(resume=resume)
    return task


def outputs(project: Project, task: SmallTask) -> dict[str, bytes] | None:
    """What a run has in its report; None if it failed."""
    if task.error is not None:
        return None
    report = task.reporter.generate_report()
    return {a["path"]: (project.root / a["path"]).read_bytes() for a in report["artifacts"]}


def resumed_and_fresh(before: World, after: World) -> tuple[SmallTask, bool]:
    """Resume a broken run in a changed world; tell whether a fresh run ends alike."""
    with tempfile.TemporaryDirectory() as folder:
        with make_project(Path(folder) / "one") as project:
            with before.entered(project) as operations:
                execute(project, [*operations, raising(OSError("disk"))])
            with after.entered(project) as operations:
                resumed = execute(project, operations, resume=True)
            found = outputs(project, resumed)
        with make_project(Path(folder) / "two") as project, after.entered(project) as operations:
            return resumed, found == outputs(project, execute(project, operations))


def repeats_what_must_run(before: World, after: World) -> bool:
    """Tell whether a resumed run ends like a fresh one, and repeats what a change reaches."""
    resumed, is_alike = resumed_and_fresh(before, after)
    repeated = {
        number
        for number, result in enumerate(resumed.results)
        if result.status is not OperationStatus.SKIPPED
    }
    return is_alike and repeated == must_run(before, after)


@settings(max_examples=6)
@given(worlds=changes())
def test_resumed_run_repeats_what_a_change_reaches_and_ends_like_a_fresh_one(
    worlds: tuple[World, World],
) -> None:
    """Parameters, inputs and code change: files are those of a fresh run, the rest is reused."""
    assert repeats_what_must_run(*worlds)


@pytest.mark.slow
@settings(max_examples=60)
@given(worlds=changes())
def test_resumed_run_repeats_what_any_change_reaches(worlds: tuple[World, World]) -> None:
    """As above, for many more changes."""
    assert repeats_what_must_run(*worlds)


@st.composite
def other_lists(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and one whose operations were removed, added, moved and changed."""
    before, other = draw(pipelines()), draw(pipelines())
    pool = [*before, *(p for p in other if draw(st.booleans()))]
    chosen = {p.number: p for p in draw(st.permutations(pool))[: draw(st.integers(1, 6))]}
    return World(plans=before), World(plans=tuple(chosen.values()), people=draw(st.integers(0, 1)))


@settings(max_examples=6)
@given(worlds=other_lists())
def test_resumed_run_with_another_list_of_operations_ends_like_a_fresh_one(
    worlds: tuple[World, World],
) -> None:
    """Operations are removed, added, moved and changed: files or failure are the same."""
    _, is_alike = resumed_and_fresh(*worlds)

    assert is_alike


@pytest.mark.slow
@settings(max_examples=60)
@given(worlds=other_lists())
def test_resumed_run_with_any_list_of_operations_ends_like_a_fresh_one(
    worlds: tuple[World, World],
) -> None:
    """As above, for many more lists."""
    _, is_alike = resumed_and_fresh(*worlds)

    assert is_alike
