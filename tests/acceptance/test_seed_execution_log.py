"""The usage examples of the execution log's specification run as they stand.

Only the import names `lineage.tasks`. The two pieces that the specification shows from inside a
class get an object with the attributes they use.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import networkx as nx
import pytest

from lineage.execution_log import functions as log
from lineage.tasks import create_task_progress_manager

RECORDING = """
from lineage.tasks import record_task_execution
from pathlib import Path

# Record a task execution
task_run_id = record_task_execution(
    task_id="t_1A_profiling",
    task_type="profiling",
    success=True,
    execution_time=125.3,
    report_path=Path("DATA/reports/t_1A_profiling_report.json"),
    input_datasets={
        "customers": "DATA/raw/customers.csv",
        "products": "DATA/raw/products.csv"
    },
    output_artifacts=[
        # Path objects
        Path("DATA/processed/t_1A_profiling/output/field_statistics.json"),
        Path("DATA/processed/t_1A_profiling/output/profile_chart.png"),

        # Or dictionaries with metadata
        {
            "path": "DATA/processed/t_1A_profiling/output/summary.txt",
            "type": "text",
            "description": "Summary of profiling results"
        }
    ]
)

print(f"Task execution recorded with ID: {task_run_id}")
"""

FINDING = """
from lineage.tasks import get_task_execution_history, find_latest_execution

# Get execution history for a specific task
history = get_task_execution_history(
    task_id="t_1A_profiling",
    limit=5,
    success_only=True
)

print(f"Found {len(history)} execution records")
for execution in history:
    print(f"Run: {execution['task_run_id']}")
    print(f"Time: {execution['timestamp']}")
    print(f"Duration: {execution['execution_time']} seconds")
    print("---")

# Find the most recent execution
latest = find_latest_execution(
    task_id="t_1A_profiling",
    success_only=True
)

if latest:
    print(f"Latest execution: {latest['timestamp']}")
    print(f"Status: {'Success' if latest['success'] else 'Failed'}")
else:
    print("No executions found")
"""

TRACKING = """
from lineage.tasks import track_input_files, track_output_files, find_task_by_output
from pathlib import Path

# Track input files for a task
track_input_files(
    task_id="t_1A_profiling",
    file_paths=[
        "DATA/raw/customers.csv",
        "DATA/raw/products.csv"
    ]
)

# Track output files
track_output_files(
    task_id="t_1A_profiling",
    file_paths=[
        Path("DATA/processed/t_1A_profiling/output/field_statistics.json"),
        Path("DATA/processed/t_1A_profiling/output/profile_chart.png")
    ]
)

# Find task that produced a specific file
output_file = "DATA/processed/t_1A_profiling/output/field_statistics.json"
producing_task = find_task_by_output(output_file)

if producing_task:
    print(f"File was produced by task: {producing_task['task_id']}")
    print(f"Run at: {producing_task['timestamp']}")
else:
    print(f"No task found that produced {output_file}")
"""

PROGRESS = """
from lineage.tasks import record_task_execution
from lineage.tasks import create_task_progress_manager
from pathlib import Path
import logging

# Set up logger
logger = logging.getLogger("task.example")

# Create progress manager
progress_manager = create_task_progress_manager(
    task_id="t_1A",
    task_type="profiling",
    logger=logger,
    total_operations=3
)

# Record task execution with progress tracking
with progress_manager.create_operation_context(
    name="record_execution",
    total=1,
    description="Recording task execution"
) as progress:

    task_run_id = record_task_execution(
        task_id="t_1A",
        task_type="profiling",
        success=True,
        execution_time=125.3,
        report_path=Path("DATA/reports/t_1A_report.json"),
        input_datasets={"customers": "DATA/raw/customers.csv"},
        output_artifacts=[Path("DATA/processed/t_1A/output/results.json")],
        progress_manager=progress_manager  # Pass the progress manager
    )

    progress.update(1, {"status": "completed", "task_run_id": task_run_id})

# Get execution history with progress tracking
with progress_manager.create_operation_context(
    name="get_history",
    total=1,
    description="Getting execution history"
) as progress:

    history = get_task_execution_history(
        task_id="t_1A",
        limit=5,
        progress_manager=progress_manager
    )

    progress.update(1, {"status": "completed", "count": len(history)})

# Clean up progress manager when done
progress_manager.close()
"""

MAINTAINING = """
from lineage.tasks import (
    cleanup_old_executions, validate_execution_log,
    export_execution_log, import_execution_log
)
from pathlib import Path

# Validate the execution log
valid, errors = validate_execution_log()
if valid:
    print("Execution log is valid")
else:
    print(f"Execution log has {len(errors)} validation errors:")
    for error in errors:
        print(f"- {error}")

# Clean up old executions
removed_count, removed_ids = cleanup_old_executions(
    max_age_days=60,  # Keep records from last 60 days
    max_per_task=5,   # Keep at most 5 executions per task
    dry_run=True      # Just simulate, don't actually delete
)
print(f"Would remove {removed_count} old execution records")

# Actually perform the cleanup
removed_count, removed_ids = cleanup_old_executions(
    max_age_days=60,
    max_per_task=5,
    dry_run=False
)
print(f"Removed {removed_count} old execution records")

# Export the execution log
export_path = export_execution_log(
    output_path=Path("backup/execution_log_backup.json"),
    format="json"
)
print(f"Execution log exported to {export_path}")

# Export as CSV for analysis
csv_export_path = export_execution_log(
    output_path=Path("analysis/execution_log.csv"),
    format="csv"
)
print(f"Execution log exported as CSV to {csv_export_path}")

# Import from backup
success = import_execution_log(
    input_path=Path("backup/execution_log_backup.json"),
    merge=False  # Replace current log
)
if success:
    print("Execution log imported successfully")
else:
    print("Failed to import execution log")
"""

BASE_TASK = """
# In BaseTask.finalize()
# Record task execution in the execution log
try:
    record_task_execution(
        task_id=self.task_id,
        task_type=self.task_type,
        success=success,
        execution_time=self.execution_time,
        report_path=report_path,
        input_datasets=self.input_datasets,
        output_artifacts=self.artifacts,
        progress_manager=self.progress_manager
    )
except Exception as e:
    self.logger.error(f"Error recording task execution: {str(e)}")
    # Continue with cleanup despite the error
"""

DEPENDENCIES = '''
# In TaskDependencyManager
def assert_dependencies_completed(self) -> bool:
    """Verify that all dependencies have been completed successfully."""
    dependencies = getattr(self.config, "dependencies", [])
    if not dependencies:
        return True

    for dependency_id in dependencies:
        # Find the latest execution of the dependency task
        try:
            latest_execution = find_latest_execution(
                task_id=dependency_id,
                success_only=True
            )

            if not latest_execution:
                self.logger.error(f"Dependency task {dependency_id} has not been executed successfully")
                return False

        except Exception as e:
            self.logger.error(f"Error checking dependency {dependency_id}: {str(e)}")
            return False

    return True
'''  # noqa: E501  # as the specification has it

PIPELINE = """
import networkx as nx
import matplotlib.pyplot as plt
from lineage.tasks import get_task_execution_history

# Get all task executions
history = get_task_execution_history(limit=1000)

# Create a directed graph
G = nx.DiGraph()

# Add nodes (tasks)
for execution in history:
    G.add_node(execution['task_id'], type=execution['task_type'])

# Add edges (dependencies)
for execution in history:
    task_id = execution['task_id']

    # Look for input files that match output files of other tasks
    for input_file in execution.get('input_files', []):
        input_path = input_file.get('path', '')

        # Find task that produced this file
        for other_exec in history:
            if other_exec['task_id'] == task_id:
                continue

            for output_file in other_exec.get('output_files', []):
                if output_file.get('path', '') == input_path:
                    # Add edge from producer to consumer
                    G.add_edge(other_exec['task_id'], task_id)

# Draw the graph
plt.figure(figsize=(10, 8))
nx.draw(G, with_labels=True, node_color='lightblue', node_size=1500, arrows=True)
plt.title('Task Dependency Graph')
plt.savefig('task_dependency_graph.png')
"""

TRENDS = """
import pandas as pd
import matplotlib.pyplot as plt
import datetime
from lineage.tasks import get_task_execution_history

# Get execution history for a specific task
history = get_task_execution_history(task_id='t_1A', limit=100)

# Convert to DataFrame
data = []
for execution in history:
    data.append({
        'timestamp': datetime.datetime.fromisoformat(execution['timestamp']),
        'execution_time': execution['execution_time'],
        'success': execution['success']
    })

df = pd.DataFrame(data)

# Plot execution time trends
plt.figure(figsize=(12, 6))
plt.plot(df['timestamp'], df['execution_time'], marker='o')
plt.title('Task Execution Time Trends')
plt.xlabel('Date')
plt.ylabel('Execution Time (seconds)')
plt.grid(True)
plt.savefig('execution_time_trends.png')
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEAGE_PROJECT", raising=False)
    monkeypatch.delenv("LINEAGE_LEDGER", raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def no_screen() -> Iterator[None]:
    """Pictures are drawn without a screen, and closed."""
    mpl.use("Agg")
    yield
    plt.close("all")


def run(code: str, **names: Any) -> dict[str, Any]:
    """Execute an example and return its names."""
    exec(compile(code, "<execution_log.md>", "exec"), names)  # noqa: S102  # the example itself
    return names


def record(task: str, *, seconds: float = 1.0, **options: Any) -> str:
    """Record a run of a task."""
    return log.record_task_execution(task, "profiling", True, seconds, Path("r.json"), **options)


def test_recording_a_task_execution(capsys: pytest.CaptureFixture[str]) -> None:
    """The run is recorded with its inputs and outputs, and its id is printed."""
    names = run(RECORDING)
    assert capsys.readouterr().out == f"Task execution recorded with ID: {names['task_run_id']}\n"
    found = log.find_latest_execution("t_1A_profiling")
    assert found is not None
    assert [f["name"] for f in found["input_files"]] == ["customers", "products"]
    assert [(f["type"], f["description"]) for f in found["output_files"]] == [
        ("json", ""),
        ("png", ""),
        ("text", "Summary of profiling results"),
    ]


def test_finding_the_history(capsys: pytest.CaptureFixture[str]) -> None:
    """The history of the example before is found, newest first."""
    first = run(RECORDING)["task_run_id"]
    second = run(RECORDING)["task_run_id"]
    names = run(FINDING)
    assert [r["task_run_id"] for r in names["history"]] == [second, first]
    printed = capsys.readouterr().out.splitlines()
    assert "Found 2 execution records" in printed
    assert printed[-1] == "Status: Success"


def test_finding_in_an_empty_project(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a run the example says so."""
    run(FINDING)
    assert capsys.readouterr().out == "Found 0 execution records\nNo executions found\n"


def test_tracking_the_data_flow(capsys: pytest.CaptureFixture[str]) -> None:
    """Tracked files are there once, and lead to the run."""
    task_run_id = run(RECORDING)["task_run_id"]
    names = run(TRACKING)
    assert names["producing_task"]["task_run_id"] == task_run_id
    assert len(names["producing_task"]["input_files"]) == 2
    assert len(names["producing_task"]["output_files"]) == 3
    assert "File was produced by task: t_1A_profiling" in capsys.readouterr().out


def test_tracking_for_a_task_that_never_ran(capsys: pytest.CaptureFixture[str]) -> None:
    """There is no run to track files for, and no producer."""
    run(TRACKING)
    assert "No task found that produced DATA/processed" in capsys.readouterr().out


def test_the_integration_with_the_progress_manager(caplog: pytest.LogCaptureFixture) -> None:
    """Recording and asking are shown by the task's own manager."""
    with caplog.at_level(logging.INFO):
        # the example uses a name that an earlier one imports
        names = run(PROGRESS, get_task_execution_history=log.get_task_execution_history)
    assert [r["task_run_id"] for r in names["history"]] == [names["task_run_id"]]
    assert caplog.messages == [
        "record t_1A: 1 of 1",
        "Recording task execution: 1 of 1",
        "read history: 1 of 1",
        "Getting execution history: 1 of 1",
    ]


def test_maintaining_the_log(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The log is checked, cleaned, exported twice and restored from the backup."""
    runs = [record("t_1A") for _ in range(7)]
    names = run(MAINTAINING)
    assert (names["valid"], names["success"]) == (True, True)
    assert names["removed_ids"] == runs[:2]
    backup = json.loads((project / "backup/execution_log_backup.json").read_text())
    assert [r["task_run_id"] for r in backup["executions"]] == runs[2:]
    assert len((project / "analysis/execution_log.csv").read_text().splitlines()) == 6
    assert capsys.readouterr().out.splitlines()[:3] == [
        "Execution log is valid",
        "Would remove 2 old execution records",
        "Removed 2 old execution records",
    ]


def test_the_integration_with_a_task(caplog: pytest.LogCaptureFixture) -> None:
    """What a task of the user's own records at its end is in the log, without an error."""
    logger = logging.getLogger("task.t_1A")
    with create_task_progress_manager("t_1A", "profiling", logger) as progress_manager:
        task = SimpleNamespace(
            task_id="t_1A",
            task_type="profiling",
            execution_time=2.5,
            input_datasets={"customers": Path("DATA/raw/customers.csv")},
            artifacts=[SimpleNamespace(path=Path("DATA/x.csv"), artifact_type="csv")],
            progress_manager=progress_manager,
            logger=logger,
        )
        run(
            BASE_TASK,
            self=task,
            success=False,
            report_path=Path("DATA/reports/t_1A_report.json"),
            record_task_execution=log.record_task_execution,
        )
    assert not [entry for entry in caplog.records if entry.levelno >= logging.ERROR]
    found = log.find_latest_execution("t_1A", success_only=False)
    assert found is not None
    assert (found["success"], found["execution_time"]) == (False, 2.5)


def test_the_validation_of_dependencies(caplog: pytest.LogCaptureFixture) -> None:
    """A dependency that succeeded is accepted, one that never ran is logged and refused."""
    code = run(DEPENDENCIES, find_latest_execution=log.find_latest_execution)
    check: Callable[[object], bool] = code["assert_dependencies_completed"]

    def manager(*dependencies: str) -> SimpleNamespace:
        config = SimpleNamespace(dependencies=list(dependencies))
        return SimpleNamespace(config=config, logger=logging.getLogger("task.t_2"))

    record("t_1A")
    assert check(manager())
    assert check(manager("t_1A"))
    assert not check(manager("t_1A", "t_1B"))
    assert caplog.messages == ["Dependency task t_1B has not been executed successfully"]


def test_the_picture_of_the_pipeline(project: Path) -> None:
    """The log has what the example needs to draw who builds on whom."""
    record("t_A", input_datasets={"raw": "raw.csv"}, output_artifacts=["a.csv"])
    record("t_B", input_datasets={"a": "a.csv"}, output_artifacts=["b.csv"])
    record("t_C", input_datasets={"a": "a.csv", "b": "b.csv"})
    graph: nx.DiGraph[str] = run(PIPELINE)["G"]
    assert set(graph.edges) == {("t_A", "t_B"), ("t_A", "t_C"), ("t_B", "t_C")}
    assert (project / "task_dependency_graph.png").read_bytes().startswith(b"\x89PNG")


def test_the_trend_of_the_execution_time(project: Path) -> None:
    """Times can be parsed, numbers plotted."""
    for seconds in (3.0, 2.0, 1.0):
        record("t_1A", seconds=seconds)
    names = run(TRENDS)
    assert list(names["df"]["execution_time"]) == [1.0, 2.0, 3.0]
    assert names["df"]["timestamp"].is_monotonic_decreasing
    assert (project / "execution_time_trends.png").read_bytes().startswith(b"\x89PNG")
