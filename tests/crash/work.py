"""Child process: works on a project in every way that leaves something on the disk.

Arguments: project, a word that no other child uses. Prints a line for each acknowledged call, and
one for each that was refused with an error of the product or of the system.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from small_tasks import CallOperation, CopyOperation, SmallTask

from lineage import exports
from lineage.kernel.errors import LineageError
from lineage.processes.summary import ProcessSummary
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskContextManager
from ops import OperationResult

IN_LEDGER, IN_FILE = 1_000, 1_200_000


def tell(*words: str) -> None:
    """Acknowledge a call."""
    print(*words, flush=True)  # noqa: T201  # the parent reads it


def run_task(project: Project, word: str) -> None:
    """Run a task, or resume its last run; one operation keeps a state."""

    def keep(**_: object) -> OperationResult:
        task.context_manager.save_execution_state({"word": word}, f"{word}-in-run")
        tell("checkpoint", f"{word}-in-run")
        return OperationResult(metrics={"kept": 1})

    operations = (CopyOperation(), CallOperation(keep), CopyOperation(output="again"))
    task = SmallTask(*operations, project=project)
    if task.run(resume=True):
        tell("run", task.run_id or "")
    else:
        assert task.error is not None
        raise task.error


def keep_states(project: Project, word: str) -> None:
    """Keep a state in the ledger and one in a file, and measure."""
    recorder = RunRecorder(project, "t_keep")
    recorder.begin(
        run_started(task_type="test", description="", report_path="DATA/reports/keep.json")
    )
    manager = TaskContextManager(recorder)
    for size in (IN_LEDGER, IN_FILE):
        name = f"{word}-{size}"
        manager.save_execution_state({"rows": "x" * size}, name)
        tell("checkpoint", name)
        recorder.measure(name, size)
        tell("metric", name)
    recorder.succeed()
    tell("run", recorder.run_id)


def count(project: Project, _: str) -> None:
    """Count items of a process."""
    summary = ProcessSummary("p", "r", project=project)
    for _number in range(3):
        summary.increment_items(processed=1)
        summary.save()
        tell("item", "")


def rebuild(project: Project, _: str) -> None:
    """Write every document."""
    exports.rebuild(project)
    tell("rebuilt", "")


def main() -> None:
    """Do everything once, in an order that the word decides."""
    root, word = Path(sys.argv[1]), sys.argv[2]
    steps = [run_task, keep_states, count, rebuild]
    random.Random(word).shuffle(steps)  # noqa: S311  # no secret
    for step in steps:
        try:
            with Project(root) as project:
                step(project, word)
        except (LineageError, OSError) as error:
            tell("refused", step.__name__, type(error).__name__, str(error).replace("\n", " "))


if __name__ == "__main__":
    main()
