"""Show a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lineage.cli.screen.console import (
    STATUS_STYLES,
    note,
    plain,
    print_styled,
    print_table,
    print_text,
    shown,
)
from lineage.cli.screen.effect_view import print_effect
from lineage.cli.screen.run_view import size
from lineage.upkeep.report_check import ReportCheck
from projections import Catalog
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.report import build_report


def print_report(catalog: Catalog, run_id: str) -> None:
    """Print a report of `projections.documents.report`, with risk and utility in words."""
    report: Mapping[str, Any] = build_report(catalog, run_id)
    status = report["status"]
    print_styled(
        (plain(report["task_id"]), "bold"),
        f"  {plain(report['task_description'])}\n",
        (status, STATUS_STYLES.get(status, "")),
        f"  {_moment(report['start_time'])} to {_moment(report['end_time']) or 'now'}"
        f"  run {report['run_id']}",
    )
    print_table(
        ("operation", "status", "at"),
        [(o["operation"], o["status"], _time(o["timestamp"])) for o in report["operations"]],
    )
    print_table(
        ("artifact", "category", "rows", "size", "description"),
        [
            (a["path"], a["category"], a["rows"], size(a["size_bytes"]), a["description"])
            for a in report["artifacts"]
        ],
    )
    if report["imported_files"]:
        print_table(
            ("imported", "from", "size"),
            [(i["path"], i["source"], size(i["size_bytes"])) for i in report["imported_files"]],
        )
    print_effect(build_privacy_effect(catalog, run_id))
    print_table(("metric", "value"), list(flatten(report["metrics"])))
    for level in ("warnings", "errors"):
        for entry in report[level]:
            style = STATUS_STYLES[level.removesuffix("s")]
            text = plain(f"{level[:-1]}: {entry['operation']}: {entry['message']}")
            print_styled((text, style))


def print_check(check: ReportCheck) -> None:
    """Print how a report file compares with the ledger's report."""
    if check.is_identical:
        print_text("identical")
        return
    print_text("different")
    for pointer in check.differences:
        print_text(f"  {plain(pointer) or 'the whole document'}")
    if check.has_more:
        note("more values differ than are shown")
    if check.note is not None:
        note(check.note)


def flatten(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each metric with its full name, parts joined by dots; a list is one metric."""
    for name, value in metrics.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _moment(text: str | None) -> str:
    return shown(_time(text))
