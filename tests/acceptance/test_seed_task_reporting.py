"""The examples of the documentation of task reporting, as written there; only imports differ."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from report_keys import REPORT_KEYS

from lineage.kernel.digest import sha256_bytes
from lineage.project import Project

PROFILING_REPORT = "DATA/reports/t_1A_profiling_report.json"

BASIC = """
from lineage.tasks import TaskReporter
from pathlib import Path

# Create reporter
reporter = TaskReporter(
    task_id="t_1A_profiling",
    task_type="profiling",
    description="Profile customer data for privacy analysis",
    report_path=Path("DATA/reports/t_1A_profiling_report.json")
)

# Record operation start
reporter.add_operation(
    name="Load Data",
    status="running",
    details={"source": "customer_data.csv"}
)

# Record operation completion
reporter.add_operation(
    name="Load Data Completed",
    status="success",
    details={
        "rows": 1000000,
        "columns": 25,
        "execution_time": 12.3
    }
)

# Add artifacts
reporter.add_artifact(
    artifact_type="json",
    path="DATA/processed/t_1A_profiling/output/field_statistics.json",
    description="Detailed statistics for each field",
    category="metrics",
    tags=["statistics", "profiling"]
)

# Add metrics
reporter.add_metric("field_count", 25)
reporter.add_metric("row_count", 1000000)
reporter.add_nested_metric("uniqueness", "average", 0.35)

# Add task summary
reporter.add_task_summary(
    success=True,
    execution_time=315.5,
    metrics={"quality_score": 0.95},
    encryption={"enabled": True, "mode": "simple"}
)

# Save report
report_path = reporter.save_report()
print(f"Report saved to: {report_path}")
"""

GROUPS = """
from lineage.tasks import TaskReporter
from pathlib import Path

# Create reporter
reporter = TaskReporter(
    task_id="t_1P_anonymization",
    task_type="anonymization",
    description="Anonymize customer data using k-anonymity",
    report_path=Path("DATA/reports/t_1P_anonymization_report.json")
)

# Create artifact groups
statistics_group = reporter.add_artifact_group(
    name="statistics",
    description="Statistical analysis before and after anonymization"
)

outputs_group = reporter.add_artifact_group(
    name="outputs",
    description="Anonymized datasets"
)

# Add artifacts to groups
reporter.add_artifact(
    artifact_type="json",
    path="DATA/processed/t_1P_anonymization/output/before_stats.json",
    description="Statistics before anonymization",
    group_name="statistics"
)

reporter.add_artifact(
    artifact_type="csv",
    path="DATA/processed/t_1P_anonymization/output/anonymized_data.csv",
    description="Anonymized dataset",
    group_name="outputs",
    metadata={"encrypted": True, "encryption_mode": "simple"}
)

# Save report
report_path = reporter.save_report()
"""

CONTEXT_MANAGER = """
from lineage.tasks import TaskReporter
from pathlib import Path

# Use reporter as context manager for automatic finalization
with TaskReporter(
    task_id="t_1S_synthesis",
    task_type="synthesis",
    description="Generate synthetic data",
    report_path=Path("DATA/reports/t_1S_synthesis_report.json")
) as reporter:

    # Record operations
    reporter.add_operation("Training Data Analysis", status="success")
    reporter.add_operation("Model Training", status="success")
    reporter.add_operation("Synthetic Data Generation", status="success")

    # Add artifacts
    reporter.add_artifact(
        artifact_type="csv",
        path="DATA/processed/t_1S_synthesis/output/synthetic_data.csv",
        description="Generated synthetic dataset",
        metadata={"encrypted": True}
    )

    # Add metrics
    reporter.add_nested_metric("quality", "fidelity_score", 0.89)
    reporter.add_nested_metric("quality", "privacy_score", 0.95)

    # Report is automatically saved when context exits
"""

# The sleeps are shorter than in the documentation.
PROGRESS = """
from lineage.tasks import TaskReporter
from lineage.tasks import create_task_progress_manager
from pathlib import Path

# Set up logger
logger = logging.getLogger("task.t_1A")

# Create progress manager
progress_manager = create_task_progress_manager(
    task_id="t_1A_profiling",
    task_type="profiling",
    logger=logger,
    total_operations=3
)

# Create reporter with progress manager
reporter = TaskReporter(
    task_id="t_1A_profiling",
    task_type="profiling",
    description="Profile customer data for privacy analysis",
    report_path=Path("DATA/reports/t_1A_profiling_report.json"),
    progress_manager=progress_manager
)

# Use context managers for operations with progress tracking
with progress_manager.create_operation_context(
    name="load_data",
    total=100,
    description="Loading data"
) as progress:
    # Simulate work with progress updates
    for i in range(10):
        time.sleep(0.001)
        progress.update(10, {"stage": f"chunk {i+1}/10"})

    # Record in report
    reporter.add_operation(
        name="Load Data",
        status="success",
        details={
            "rows": 1000000,
            "columns": 25,
            "execution_time": 1.0
        }
    )

# Save report
report_path = reporter.save_report()
"""

INTEGRATION = """
# Create a progress manager
progress_manager = create_task_progress_manager(
    task_id="t_1A_profiling",
    task_type="profiling",
    logger=logger,
    total_operations=3
)

# Create a reporter with progress manager
reporter = TaskReporter(
    task_id="t_1A_profiling",
    task_type="profiling",
    description="Profile customer data for privacy analysis",
    report_path=Path("DATA/reports/t_1A_profiling_report.json"),
    progress_manager=progress_manager
)

# Operations will now use progress tracking
with progress_manager.create_operation_context(
    name="load_data",
    total=100,
    description="Loading data"
) as progress:
    # Do work and update progress
    progress.update(50, {"status": "reading"})
    # ...
    progress.update(50, {"status": "complete"})

    # Add to report (uses progress manager for coordinated output)
    reporter.add_operation(
        name="Load Data",
        status="success",
        details={"rows": 1000000, "columns": 25}
    )
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples run in a folder that is no project yet."""
    monkeypatch.chdir(tmp_path)


def run(example: str, **names: object) -> tuple[dict[str, Any], str]:
    """Run an example, and return its names and what it printed."""
    names = {"logging": logging, "time": time, **names}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "example.py", "exec"), names)  # noqa: S102  # that is the test
    return names, printed.getvalue()


def saved(name: str) -> dict[str, Any]:
    """Return a saved report."""
    report: dict[str, Any] = json.loads(Path("DATA/reports", name).read_text("utf-8"))
    return report


def test_basic_reporting_prints_where_the_report_is(tmp_path: Path) -> None:
    """The example "Basic Reporting" ends with the path of the saved report."""
    _, printed = run(BASIC)

    assert printed == f"Report saved to: {tmp_path / PROFILING_REPORT}\n"


def test_basic_reporting_gives_the_documented_report() -> None:
    """The report of "Basic Reporting" has what was said, under the documented keys."""
    artifact = Path("DATA/processed/t_1A_profiling/output/field_statistics.json")
    artifact.parent.mkdir(parents=True)
    artifact.write_text('{"fields": 25}')

    run(BASIC)

    report = saved("t_1A_profiling_report.json")
    assert report["task_id"] == "t_1A_profiling"
    assert report["task_description"] == "Profile customer data for privacy analysis"
    assert report["task_type"] == "profiling"
    assert (report["status"], report["execution_time_seconds"]) == ("completed", 315.5)
    assert [(o["operation"], o["status"]) for o in report["operations"]] == [
        ("Load Data", "running"),
        ("Load Data Completed", "success"),
    ]
    assert report["operations"][0]["details"] == {"source": "customer_data.csv"}
    assert report["operations"][1]["details"] == {
        "rows": 1000000,
        "columns": 25,
        "execution_time": 12.3,
    }
    assert report["metrics"] == {
        "field_count": 25,
        "row_count": 1000000,
        "uniqueness": {"average": 0.35},
        "quality_score": 0.95,
        "encryption": {"enabled": True, "mode": "simple"},
    }
    assert report["errors"] == report["warnings"] == []
    assert report["memory_usage_mb"] > 1


def test_basic_reporting_describes_the_artifact() -> None:
    """The artifact of "Basic Reporting" has the documented keys, with the file's own facts."""
    artifact = Path("DATA/processed/t_1A_profiling/output/field_statistics.json")
    artifact.parent.mkdir(parents=True)
    artifact.write_text('{"fields": 25}')

    run(BASIC)

    shown = saved("t_1A_profiling_report.json")["artifacts"][0]
    assert shown["type"] == "json"
    assert shown["path"] == artifact.as_posix()
    assert shown["filename"] == "field_statistics.json"
    assert shown["description"] == "Detailed statistics for each field"
    assert shown["category"] == "metrics"
    assert shown["tags"] == ["statistics", "profiling"]
    assert shown["size_bytes"] == 14
    assert shown["sha256"] == sha256_bytes(b'{"fields": 25}')
    assert datetime.fromisoformat(shown["timestamp"]).tzinfo is not None
    assert "metadata" in shown


def test_basic_reporting_twice_keeps_both_runs() -> None:
    """Running the program again gives a second run; the first report can still be had."""
    first, _ = run(BASIC)
    before = first["reporter"].generate_report()

    second, _ = run(BASIC)

    assert saved("t_1A_profiling_report.json")["run_id"] == second["reporter"].run_id
    assert first["reporter"].generate_report() == before
    with Project(Path.cwd()) as project:
        assert len(project.ledger.runs_of_task("t_1A_profiling", limit=5)) == 2


def test_artifact_groups_hold_their_artifacts() -> None:
    """The example "Using Artifact Groups" gives two groups with one artifact each."""
    names, _ = run(GROUPS)

    report = saved("t_1P_anonymization_report.json")
    groups = report["artifact_groups"]
    assert list(groups) == ["statistics", "outputs"]
    assert groups["outputs"]["description"] == "Anonymized datasets"
    assert [group["count"] for group in groups.values()] == [1, 1]
    assert groups["outputs"]["artifacts"][0]["metadata"] == {
        "encrypted": True,
        "encryption_mode": "simple",
    }
    assert groups["statistics"]["created_at"] <= groups["outputs"]["created_at"]
    assert report["status"] == "running"
    assert names["statistics_group"].to_dict() == groups["statistics"]


def test_context_manager_finalizes_the_report() -> None:
    """The example "Using as a Context Manager" leaves a completed report."""
    run(CONTEXT_MANAGER)

    report = saved("t_1S_synthesis_report.json")
    assert report["status"] == "completed"
    assert [o["operation"] for o in report["operations"]] == [
        "Training Data Analysis",
        "Model Training",
        "Synthetic Data Generation",
    ]
    assert report["metrics"] == {"quality": {"fidelity_score": 0.89, "privacy_score": 0.95}}
    assert report["artifacts"][0]["size_bytes"] is None
    assert report["start_time"] <= report["end_time"]


def test_progress_manager_shows_progress_and_operation(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The example "Progress Manager Integration" logs its progress and reports the operation."""
    with caplog.at_level(logging.INFO):
        run(PROGRESS)

    report = saved("t_1A_profiling_report.json")
    assert [(o["operation"], o["status"]) for o in report["operations"]] == [
        ("Load Data", "success")
    ]
    assert report["operations"][0]["details"]["execution_time"] == 1.0
    assert caplog.messages == [
        "Loading data: 30 of 100",
        "Loading data: 50 of 100",
        "Loading data: 80 of 100",
        "Loading data: 100 of 100",
        "operation Load Data: success",
    ]


def test_section_on_the_progress_manager_runs(caplog: pytest.LogCaptureFixture) -> None:
    """The lines of "Integration with Progress Manager" run after the imports they leave out."""
    from lineage.tasks import (  # noqa: PLC0415  # what the section leaves out
        TaskReporter,
        create_task_progress_manager,
    )

    with caplog.at_level(logging.INFO):
        names, _ = run(
            INTEGRATION,
            TaskReporter=TaskReporter,
            create_task_progress_manager=create_task_progress_manager,
            Path=Path,
            logger=logging.getLogger("task.t_1A_profiling"),
        )

    assert names["reporter"].operations[0]["details"] == {"rows": 1000000, "columns": 25}
    assert caplog.messages[-1] == "operation Load Data: success"


def test_every_documented_key_is_in_the_report() -> None:
    """The report has every key of "Report Structure", at each level."""
    run(BASIC)

    report = saved("t_1A_profiling_report.json")
    assert report.keys() >= REPORT_KEYS
    assert report["system_info"].keys() >= {
        "os",
        "python_version",
        "user",
        "machine",
        "cpu_count",
        "pamola_version",
    }


def test_warning_has_the_documented_keys() -> None:
    """A warning stands in the report as documented under "Report Structure"."""
    run(
        BASIC.replace(
            '    name="Load Data",\n    status="running",',
            '    name="Risk Analysis",\n    status="warning",',
        ).replace(
            '{"source": "customer_data.csv"}',
            '{"message": "Some fields have high uniqueness", "fields": ["email", "phone"]}',
        )
    )

    warning = saved("t_1A_profiling_report.json")["warnings"][0]
    assert warning["operation"] == "Risk Analysis"
    assert warning["message"] == "Some fields have high uniqueness"
    assert warning["details"]["fields"] == ["email", "phone"]
    assert datetime.fromisoformat(warning["timestamp"]).tzinfo is not None
