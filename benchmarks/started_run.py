"""The first event of a run, for histories that only have to be long."""

from __future__ import annotations

from lineage.events import RunStarted

STARTED = RunStarted(
    task_type="benchmark",
    description="",
    task_version="1",
    product_version="0",
    script_path="",
    report_path="",
    host="h",
    pid=1,
    process_started_at=0,
)
