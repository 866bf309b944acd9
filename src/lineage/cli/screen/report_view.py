"""Show a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lineage.cli.screen.console import (
    STATUS_STYLES,
    note,
    plain,
    print_styled,
    print_table,
    print_text,
    shown_time,
)
from lineage.cli.screen.effect_view import print_effect
from lineage.cli.screen.run_view import size, status_now
from lineage.upkeep.report_check import ReportCheck
from projections.documents.rows import flat_metrics


def print_report(report: Mapping[str, Any], effects: Sequence[Mapping[str, Any]]) -> None:
    """Print a report of `projections.documents.report`, with risk and utility in words.

    Args:
        report: The report.
        effects: What `projections.documents.findings.privacy_effect` tells of the run.
    """
    status = status_now(report, report)
    detail = report.get("liveness", {}).get("detail")
    print_styled(
        (plain(report["task_id"]), "bold"),
        f"  {plain(report['task_description'])}\n",
        (status, STATUS_STYLES.get(status, "")),
        f"  {shown_time(report['start_time'])} to {shown_time(report['end_time']) or 'now'}",
        f"  run {report['run_id']}",
    )
    if detail:
        print_styled((plain(detail), STATUS_STYLES.get(status, "")))
    operations = [
        (o["operation"], status_now(o, report), shown_time(o["timestamp"]))
        for o in report["operations"]
    ]
    _print_rows(("operation", "status", "at"), operations)
    artifacts = [
        (a["path"], a["category"], a["rows"], size(a["size_bytes"]), a["description"])
        for a in report["artifacts"]
    ]
    headings = ("artifact", "category", "rows", "size", "description")
    _print_rows(headings, artifacts, drop=("size", "rows", "category"))
    imported = [(i["path"], i["source"], size(i["size_bytes"])) for i in report["imported_files"]]
    _print_rows(("imported", "from", "size"), imported, drop=("size",))
    print_effect(effects)
    _print_rows(("metric", "value"), list(flat_metrics(report["metrics"])))
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


def _print_rows(
    headings: Sequence[str], rows: Sequence[Sequence[object]], *, drop: Sequence[str] = ()
) -> None:
    if rows:
        print_table(headings, rows, drop=drop)
