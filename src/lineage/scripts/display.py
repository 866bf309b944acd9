"""A run as a notebook shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any


def html_of(report: Mapping[str, Any]) -> str:
    """Return a small table of a run's report; every text is escaped."""
    seconds = report["execution_time_seconds"]
    rows = [
        ("run", report["run_id"]),
        ("task", f"{report['task_id']} ({report['task_description']})"),
        ("status", report["status"] if seconds is None else f"{report['status']}, {seconds:g} s"),
        *(("step", f"{one['operation']}: {one['status']}") for one in report["operations"]),
        *(("wrote", _file(one)) for one in report["artifacts"]),
        *(("metric", f"{name}: {value}") for name, value in report["metrics"].items()),
        *(("warning", one["message"]) for one in report["warnings"]),
        *(("error", one["message"]) for one in report["errors"]),
    ]
    return f"<table>{''.join(_lines(rows))}</table>"


def _lines(rows: Iterable[tuple[str, object]]) -> Iterable[str]:
    for name, value in rows:
        yield f"<tr><th>{name}</th><td>{escape(str(value))}</td></tr>"


def _file(artifact: Mapping[str, Any]) -> str:
    rows = artifact["rows"]
    return str(artifact["path"]) if rows is None else f"{artifact['path']} ({rows:,} rows)"
