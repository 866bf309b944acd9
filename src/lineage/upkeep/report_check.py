"""Compare a report file, byte by byte, with the report built from the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from lineage.events import streams
from lineage.kernel.errors import (
    ConfigurationError,
    IntegrityError,
    ProjectionError,
    RunNotFoundError,
)
from lineage.kernel.values import JsonValue, document_text
from lineage.project import Project
from projections import Catalog
from projections.documents.report import build_report

MOST_DIFFERENCES: Final = 20
_LONGEST_POINTER: Final = 200
_NOWHERE: Final = object()
_LEDGER_CHANGED: Final = (
    "the ledger has changed since the file was written, for the catalog agrees with the file; "
    "rebuild nothing, compare the ledger with a backup"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCheck:
    """The result of comparing a report file with the ledger's report.

    Attributes:
        run_id: The run.
        position: Position of the last event in the ledger's report.
        is_identical: Whether both have the same bytes.
        differences: JSON pointers (RFC 6901) to the first 20 values that differ.
        has_more: Whether more values differ.
        note: An explanation of the difference; None if there is none.
    """

    run_id: str
    position: int
    is_identical: bool
    differences: tuple[str, ...] = ()
    has_more: bool = False
    note: str | None = None


def check_present_report(
    project: Project, catalog: Catalog, run_id: str, path: Path
) -> ReportCheck:
    """Compare a report file with the report of a run, folded from the ledger itself.

    If the catalog says something else of the run, the file shows which of both was edited, and
    the note says so. An edited catalog is rebuilt.

    Args:
        project: The project.
        catalog: The published catalog.
        run_id: The run.
        path: The file.

    Raises:
        RunNotFoundError: No such run.
        ConfigurationError: The file cannot be read.
        IntegrityError: It is not JSON.
    """
    with project.projector.of_run(run_id) as folded:
        true, said = build_report(folded, run_id), build_report(catalog, run_id)
    check = _compared(project, true, run_id, path)
    if true == said or true["ledger_position"] != said["ledger_position"]:
        return check
    remark = "the catalog and the ledger disagree about this run"
    if check.is_identical:
        with suppress(ProjectionError):  # it cannot be written
            project.projector.rebuild()
            remark += ": it was edited, and is now rebuilt"
    elif _content(path) == document_text(said).encode():
        remark = _LEDGER_CHANGED
    return replace(check, note="; ".join(filter(None, [check.note, remark])))


def check_report(project: Project, catalog: Catalog, run_id: str, path: Path) -> ReportCheck:
    """Compare a report file with the report of a run.

    Args:
        project: The project.
        catalog: The catalog to build the report from.
        run_id: The run.
        path: The file.

    Raises:
        RunNotFoundError: No such run.
        ConfigurationError: The file cannot be read.
        IntegrityError: It is not JSON.
    """
    return _compared(project, build_report(catalog, run_id), run_id, path)


def is_report_as_of(project: Project, run_id: str, position: int, content: bytes) -> bool:
    """Tell whether a content is the report of a run as of a position, folded from the ledger."""
    recorded = project.ledger.iter_stream(streams.run(run_id))
    until = sum(event.position is not None and event.position <= position for event in recorded)
    try:
        with project.projector.of_run(run_id, until=until) as catalog:
            return content == document_text(build_report(catalog, run_id)).encode()
    except RunNotFoundError:
        return False


def _compared(project: Project, expected: dict[str, Any], run_id: str, path: Path) -> ReportCheck:
    content = _content(path)
    position = int(str(expected["ledger_position"]))
    if content == document_text(expected).encode():
        return ReportCheck(run_id=run_id, position=position, is_identical=True)
    found = _parsed(path, content)
    pointers = list(islice(_differences(expected, found), MOST_DIFFERENCES + 1))
    return ReportCheck(
        run_id=run_id,
        position=position,
        is_identical=False,
        differences=tuple(pointers[:MOST_DIFFERENCES]),
        has_more=len(pointers) > MOST_DIFFERENCES,
        note=_explanation(project, expected, found, content)
        if pointers
        else "the values are equal; only white space, key order or duplicate keys differ",
    )


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():  # reading a pipe would not end
            raise FileNotFoundError(2, "no such file")
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"report {str(path)!r}", problem=error.strerror, expected="a readable file"
        ) from error


def _parsed(path: Path, content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise IntegrityError(
            f"report {str(path)!r}",
            problem="not JSON",
            expected="a report as `lineage report --json` prints it",
        ) from None  # the text may contain data


def _explanation(
    project: Project, expected: dict[str, JsonValue], found: Any, content: bytes
) -> str | None:
    if not isinstance(found, dict):
        return "the file is not a report"
    if found.get("run_id") != expected["run_id"]:
        return "the file is the report of another run"
    position = found.get("ledger_position")
    now = int(str(expected["ledger_position"]))
    if type(position) is not int or position == now:
        return None
    if position > now:
        return f"the file is from position {position}, but the run's last event is at {now}"
    if position > 0 and is_report_as_of(project, str(expected["run_id"]), position, content):
        return (
            f"the file is the unchanged report as of position {position}; the run is at position "
            f"{now} now; use `--as-of {position}` to verify the file"
        )
    return f"the file differs from the report as of its position {position}, too"


def _differences(expected: object, found: object, pointer: str = "") -> Iterator[str]:
    """Yield JSON pointers to the differences of two documents, in the order of the first."""
    if isinstance(expected, dict) and isinstance(found, dict):
        parts = {key: key for key in (*expected, *found)}
    elif isinstance(expected, list) and isinstance(found, list):
        parts = {str(index): index for index in range(max(len(expected), len(found)))}
    else:
        if type(expected) is not type(found) or expected != found:
            # a key of the file may be unprintable
            yield pointer[:_LONGEST_POINTER].encode(errors="backslashreplace").decode()
        return
    for name, part in parts.items():
        below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        yield from _differences(_part(expected, part), _part(found, part), below)


def _part(document: Any, part: Any) -> object:
    try:
        return document[part]
    except (KeyError, IndexError):
        return _NOWHERE
