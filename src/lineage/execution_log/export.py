"""Write the execution log to a file, as JSON or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lineage.kernel import files
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.values import canonical_text, document_text
from lineage.project import EXECUTION_LOG, Project
from projections.documents.execution_log import RECORD_KINDS, build_execution_log

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def export_log(project: Project, target: Path | None, *, format: str) -> Path:  # noqa: A002  # the documented name
    """Write the execution log to a file and return its path.

    Args:
        project: Whose log it is.
        target: The file; the project's own export when None.
        format: "json", or "csv" (`to_csv`), in upper or lower case.

    Raises:
        ConfigurationError: The format is unknown.
        PathRefusedError: The file belongs to the history (`Project.check_target`).
        LedgerError: The history cannot be read.
        OSError: The file cannot be written.
    """
    with project.catalog() as catalog:
        log = build_execution_log(catalog)
    match format.lower():
        case "json":
            text = document_text(log)
        case "csv":
            text = to_csv(log)
        case _:
            raise ConfigurationError(
                "format of the export", found=format, expected="'json' or 'csv'"
            )
    default = project.root / Path(EXECUTION_LOG).with_suffix(f".{format.lower()}")
    return files.write_text(default if target is None else project.check_target(target), text).path


def to_csv(log: Mapping[str, Any]) -> str:
    """Return an execution log as CSV (RFC 4180): a header, and one row per run, oldest first.

    Lists and objects become JSON in their field; keys that only some records have come last.
    A text that a spreadsheet would take for a formula (it begins with =, +, -, @, tab or
    return) gets an apostrophe in front; JSON keeps every text as it is.
    """
    executions: list[Mapping[str, Any]] = log["executions"]
    columns = list(dict.fromkeys([*RECORD_KINDS, *(key for e in executions for key in e)]))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(map(_csv_value, columns))
    for execution in executions:
        writer.writerow(_csv_value(execution.get(key)) for key in columns)
    return text.getvalue()


def _csv_value(value: Any) -> Any:
    text = canonical_text(value) if isinstance(value, list | dict) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text
