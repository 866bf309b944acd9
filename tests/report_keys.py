"""What the framework promises of `DATA/reports/<task>_report.json`."""

REPORT_KEYS = {
    "task_id",
    "task_description",
    "task_type",
    "script_path",
    "system_info",
    "start_time",
    "end_time",
    "execution_time_seconds",
    "status",
    "operations",
    "artifacts",
    "artifact_groups",
    "metrics",
    "errors",
    "warnings",
    "memory_usage_mb",
}
