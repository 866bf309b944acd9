"""A history with a value, a statement or a line of code in every place that can hold one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from lineage import events
from lineage.events import Event, streams
from lineage.events.operation import ErrorFact
from lineage.ledger import Ledger
from lineage.ledger.acting import acting

TEXT: Final = "PLANTED"
NUMBER: Final = 98_765.25
SHA: Final = "ab" * 32
RUNS: Final = ("10000000-0000-4000-8000-000000000001", "10000000-0000-4000-8000-000000000002")
TASK: Final = "t_leak"
PEOPLE: Final = "DATA/raw/people.csv"
AT: Final = datetime(2026, 11, 27, tzinfo=UTC)


def planted(place: str) -> str:
    """Return a text that is nowhere else."""
    return f"{TEXT}-{place}"


def fill(ledger: Ledger) -> None:
    """Append the history."""
    for number, run in enumerate(RUNS):
        ledger.append(streams.run(run), _run(number), expected_version=0, run=run, task=TASK)
    configured = events.TaskConfigured(
        configuration={
            "k": 5,
            "datasets": {"people": {"path": PEOPLE}},
            "lookup": {planted("configured key"): planted("configured value")},
            "start_value": NUMBER,
        },
        config_sha256="cd" * 32,
    )
    ledger.append(streams.task(TASK), [configured], expected_version=0, task=TASK)
    imported = events.RunImported(
        occurred_at=AT, is_success=True, record={"note": planted("record")}, source="log.json"
    )
    ledger.append("run:imported", [imported], expected_version=0, run="imported", task=TASK)
    ledger.append(streams.process("p", "q"), _process(), expected_version=0)
    with acting("somebody else"):
        query = events.QueryAsked(query=f"select '{planted('query')}'")
        ledger.append(streams.query("1"), [query], expected_version=0)


def _run(number: int) -> list[Event]:
    said = {
        "operation": 1,
        "name": "Leak",
        "message": planted("message"),
    }
    error = ErrorFact(
        error_type="ValueError",
        message=planted("error"),
        traceback=("leak.py:3 run", f"raise ValueError({planted('code')!r})"),
    )
    return [
        events.RunStarted(
            task_type="leak",
            description="says what it should not",
            task_version="1",
            product_version="0",
            script_path="leak.py",
            report_path="DATA/reports/t_leak.json",
            host="here",
            pid=1,
            process_started_at=0,
            config_sha256="cd" * 32,
        ),
        events.DatasetRead(
            operation=None,
            name="people",
            uri=PEOPLE,
            sha256=SHA,
            size_bytes=1,
            format="csv",
            rows=2,
            columns=("name", "age"),
        ),
        _started(1, "Leak", "leaks.Leak"),
        events.OperationProgressed(completed=1, total=2, **said),
        events.OperationRetryScheduled(operation=1, attempt=1, wait_s=0, error=error),
        events.WarningRaised(**said, details={"row": planted("warning"), "max": NUMBER}),
        *_metrics(1, number),
        events.CheckpointRecorded(
            name="c",
            kind="named",
            operation=1,
            state={"row": planted("state")},
            sha256=SHA,
            size_bytes=1,
            is_encrypted=False,
            task_version=None,
            config_sha256=None,
        ),
        events.BudgetSpent(
            operation=1,
            source_uri=PEOPLE,
            source_sha256=SHA,
            mechanism="laplace",
            epsilon=1,
            delta=0,
            unit="row",
            partition=planted("partition"),
        ),
        events.OperationFailed(
            operation=1, duration_s=1, error=error, details={"rows": [planted("details")]}
        ),
        _started(2, "ProfileOperation", "ops.profiling.profile.ProfileOperation"),
        events.MetricRecorded(operation=2, category=None, name="mean", value={"age": NUMBER}),
        events.MetricRecorded(operation=2, category=None, name="nulls", value={"age": 1}),
        events.ArtifactWritten(
            operation=2,
            artifact_type="csv",
            uri="DATA/processed/out.csv",
            sha256=SHA,
            size_bytes=1,
            modified_at=AT,
            description="an output",
            category="output",
            tags=(),
            group=None,
            metadata={"first_row": planted("metadata")},
            rows=1,
            columns=("age",),
        ),
        events.OperationReported(
            name="a step", status="error", details={"message": planted("reported")}
        ),
        events.RunFailed(duration_s=1, peak_memory_mb=None, error=error),
        events.RunAnnotated(changes={"note": "seen", "oldest": planted("annotation")}),
    ]


def _started(number: int, name: str, class_name: str) -> Event:
    return events.OperationStarted(
        operation=number,
        name=name,
        class_name=class_name,
        code_version="1",
        parameters={
            "dataset_name": "people",
            "columns": ["age"],
            "k": 5,
            "query": f"select '{planted('sql')}' from people",
            "mapping": {planted("key"): "x"},
            "bounds": [NUMBER, NUMBER],
            "max_age": NUMBER,
        },
    )


def _metrics(operation: int, number: int) -> list[Event]:
    values: dict[str, Any] = {
        "rows": 7 + number,
        "oldest": planted(f"metric {number}"),
        "max_age": NUMBER + number,
        "counts": {planted("counted"): 3},
        "first_rows": [[planted("cell"), NUMBER]],
        "ages": [NUMBER, NUMBER],
    }
    return [
        events.MetricRecorded(operation=operation, category=None, name=name, value=value)
        for name, value in values.items()
    ]


def _process() -> list[Event]:
    return [
        events.ProcessStarted(run_name="p", process_name="q", session_id=1, occurred_at=AT),
        events.ProcessErrorRecorded(
            error_type="odd", count=1, message=planted("process error"), occurred_at=AT
        ),
        events.ProcessProgressed(
            message=planted("progress"), context={"row": planted("context")}, occurred_at=AT
        ),
        events.ProcessMetricSet(key="last", value=planted("process metric")),
    ]
