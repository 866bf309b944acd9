"""Show one run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from lineage.cli.options import SHORT
from lineage.cli.screen.console import STATUS_STYLES, out, plain, print_table, shown

_IN_MB = 1_000_000


def print_run(run: Mapping[str, Any]) -> None:
    """Print a run as `projections.documents.run_details` describes it."""
    _print_heading(run)
    if run["inputs"]:
        print_table(
            ("read", "rows", "size", "sha256"),
            [(i["uri"], i["row_count"], size(i["size_bytes"]), digest(i)) for i in run["inputs"]],
        )
    if run["imports"]:
        print_table(
            ("imported", "from", "size", "sha256"),
            [(i["uri"], i["source_uri"], size(i["size_bytes"]), digest(i)) for i in run["imports"]],
        )
    if run["operations"]:
        print_table(
            ("operation", "status", "seconds", "note"),
            [(o["name"], o["status"], o["duration_s"], _note(o)) for o in run["operations"]],
        )
    if run["artifacts"]:
        print_table(
            ("wrote", "rows", "size", "sha256"),
            [
                (a["uri"], a["row_count"], size(a["size_bytes"]), digest(a))
                for a in run["artifacts"]
            ],
        )
    for message in run["messages"]:
        style = STATUS_STYLES[message["level"]]
        text = plain(f"{message['level']}: {message['name']}: {message['message']}")
        out().print(Text(text, style))


def size(size_bytes: int | None) -> str | None:
    """Return a size in bytes formatted for a reader."""
    if size_bytes is None:
        return None
    return f"{size_bytes / _IN_MB:,.2f} MB" if size_bytes >= _IN_MB else f"{size_bytes:,} B"


def digest(version: Mapping[str, Any]) -> str:
    """Return the first characters of a file's digest."""
    return (version["sha256"] or "unknown")[:SHORT]


def _note(operation: Mapping[str, Any]) -> str | None:
    """Return why an operation failed, was reused or was executed again."""
    note: str | None = operation["message"] or operation["reason"]
    if operation["reused_run"] is None:
        return note
    return f"from run {operation['reused_run'][:SHORT]}: {note}"


def _print_heading(run: Mapping[str, Any]) -> None:
    status = run["status"]
    line = Text.assemble(
        ("run ", ""),
        (run["run_id"], "bold"),
        f"  task {plain(run['task_id'])}  ",
        (status, STATUS_STYLES.get(status, "")),
    )
    if run["duration_s"] is not None:
        line.append(f"  {shown(run['duration_s'])} s")
    line.append(f"  started {run['started_at']}")
    out().print(line)
    if run["message"]:
        out().print(Text(plain(run["message"]), STATUS_STYLES.get(status, "")))
