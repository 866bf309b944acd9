"""Small projects, operations and tasks, for tests of the task framework."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copies import copied

from lineage.events import Event
from lineage.kernel.clock import Clock
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.settings import STATE_FOLDER
from lineage.tasks import BaseTask
from ops import (
    BaseOperation,
    DataSource,
    DataUse,
    DataWriter,
    OperationResult,
    OperationStatus,
    ProgressTracker,
)

PEOPLE = "name,age\nAda,36\nGrace,45\n"


def make_project(root: Path, *, clock: Clock | None = None, **settings: object) -> Project:
    """Make a folder a project with one raw dataset, and open it.

    The execution log is not written after each run unless the settings say so; it takes longest.
    """
    (root / "configs").mkdir(parents=True, exist_ok=True)
    (root / "configs/prj_config.json").write_text(
        json.dumps({"execution_log": "on_demand", **settings})
    )
    (root / "DATA/raw").mkdir(parents=True, exist_ok=True)
    (root / "DATA/raw/people.csv").write_text(PEOPLE)
    (root / STATE_FOLDER).mkdir(exist_ok=True)
    return Project(root, clock=clock)


def begin_run(project: Project, task_id: str = "t_one", **changes: Any) -> RunRecorder:
    """Begin a run of a task in this process, and return its history."""
    recorder = RunRecorder(project, task_id)
    started = run_started(task_type="test", description="", report_path="DATA/reports/r.json")
    recorder.begin(started.model_copy(update=changes))
    return recorder


def configure(project: Project, task_id: str, **values: object) -> None:
    """Write the configuration file of a task."""
    (project.root / f"configs/{task_id}.json").write_text(json.dumps(values))


def recorded(project: Project, topic: str) -> list[Any]:
    """Return the events of one type, in the order of their positions."""
    return [r.event for r in project.ledger.read() if topic == r.event.TOPIC]


def topics(project: Project, run_id: str) -> list[str]:
    """Return the type words of a run's events, in order."""
    return [r.event.TOPIC for r in project.ledger.read_stream(f"run:{run_id}")]


def last(project: Project, kind: type[Event]) -> Any:
    """Return the latest event of a class."""
    return recorded(project, kind.TOPIC)[-1]


@dataclass(kw_only=True)
class CopyOperation(BaseOperation):
    """Writes a dataset again, under another name."""

    dataset: str = "people"
    output: str = "copy"
    seed: int | None = None
    password: str | None = None

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Read, write, count."""
        table = data_source.get_table(self.dataset)
        written = DataWriter(task_dir, progress_tracker=progress_tracker).write_dataframe(
            table, self.output
        )
        result = OperationResult(metrics={"rows": table.num_rows})
        result.add_file(written, "a copy")
        result.derive(written.path, "age", "identity", (self.dataset, "age"))
        return result


class CountingTracker:
    """A progress tracker that counts, and can do more than it must."""

    def __init__(self) -> None:
        self.moved = 0
        self.said = ""

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:  # noqa: ARG002  # the protocol
        """Count the steps."""
        self.moved += steps

    def close(self) -> None:
        """Do nothing."""

    def describe(self, text: str) -> None:
        """Keep a text."""
        self.said = text


NO_DATA = DataUse(reads=frozenset(), writes=frozenset())


class CallOperation(BaseOperation):
    """Does what a test tells it to; `NO_DATA` says that this needs no data."""

    def __init__(self, act: Callable[..., object], use: DataUse | None = None) -> None:
        self._act = act
        self._use = use

    def data_use(self) -> DataUse | None:
        """Say what the test says."""
        return self._use

    def execute(self, **given: Any) -> OperationResult:  # type: ignore[override]  # takes anything
        """Call the function of the test."""
        result = self._act(**given)
        return result if isinstance(result, OperationResult) else OperationResult()


def failing(message: str = "it did not work") -> CallOperation:
    """Return an operation that returns ERROR."""
    return CallOperation(
        lambda **_: OperationResult(status=OperationStatus.ERROR, error_message=message)
    )


def raising(error: BaseException) -> CallOperation:
    """Return an operation that raises."""

    def act(**_: object) -> None:
        raise error

    return CallOperation(act)


class SmallTask(BaseTask):
    """Executes the operations it is given."""

    def __init__(
        self, *operations: BaseOperation, task_id: str = "t_one", project: Project | None = None
    ) -> None:
        super().__init__(
            task_id, "test", "a small task", {"people": "DATA/raw/people.csv"}, project=project
        )
        self.given = operations

    def configure_operations(self) -> None:
        """Add the given operations."""
        for operation in self.given:
            self.add_operation(operation)


def make_one_run(root: Path, *, execution_log: str = "on_demand") -> None:
    """Make a project with a successful run of t_one, its report and its catalog."""
    copied(_run_once, root, execution_log=execution_log)


def _run_once(root: Path, *, execution_log: str) -> None:
    with make_project(root, execution_log=execution_log) as project:
        assert SmallTask(CopyOperation(), project=project).run()
        project.catalog().close()


def make_history(root: Path) -> dict[str, str]:
    """Make a project with a run of each kind, and return the ids of the runs.

    t_one succeeded with a warning, t_bad failed, t_late was refused, t_open is still running.
    """
    return copied(_run_each_kind, root)


def _run_each_kind(root: Path) -> dict[str, str]:
    with make_project(root, execution_log="each_run", tasks={"t_one": "m:C"}) as project:
        good = SmallTask(CopyOperation(), CallOperation(_warn, NO_DATA), project=project)
        bad = SmallTask(raising(ValueError("Zaphod")), task_id="t_bad", project=project)
        late = SmallTask(task_id="t_late", project=project)
        good.run()
        bad.run()
        late.run({"dependencies": ["t_bad"]})
        running = RunRecorder(project, "t_open")
        running.begin(
            run_started(task_type="test", description="", report_path="DATA/reports/open.json")
        )
    return {
        "good": good.run_id or "",
        "bad": bad.run_id or "",
        "late": late.run_id or "",
        "running": running.run_id,
    }


def _warn(**_: object) -> OperationResult:
    result = OperationResult(metrics={"risk": {"k": 5, "share": 0.123456}})
    result.warn("2 columns look like identifiers", columns=["name"])
    return result
