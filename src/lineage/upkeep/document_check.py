"""Compare the exported documents with the ledger, and tell what changed where they differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from lineage import exports
from lineage.kernel import files
from lineage.kernel.errors import LineageError
from lineage.kernel.values import document_text
from lineage.project import EXECUTION_LOG, Project
from lineage.upkeep.report_check import is_report_as_of
from projections import Catalog
from projections.documents.execution_log import build_execution_log
from projections.documents.run_list import build_run_list

_CHANGED: Final = (
    "changed since they were written, not the ledger: {}; keep a copy if you want to know how, "
    "then `lineage rebuild --files` writes them"
)
_DIFFERENT: Final = "different: {}; `lineage doctor --deep` tells what changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The state of the documents on disk.

    Attributes:
        count: Number of documents that should be there.
        compared: Number of those whose content was compared.
        running: Number of runs whose documents are not due yet.
        renewed: Unchanged documents of an earlier position, which are now written again.
        missing: Documents that are not there.
        outlived: Documents that agree with the catalog, and not with the ledger.
        changed: Documents that agree with neither.
        is_judged: Whether catalog and ledger were compared, so that it is known what changed.
    """

    count: int
    compared: int
    running: int
    renewed: list[Path]
    missing: list[Path]
    outlived: list[Path]
    changed: list[Path]
    is_judged: bool

    @property
    def is_sound(self) -> bool:
        """Whether all are as the ledger has them now."""
        return not (self.missing or self.outlived or self.changed)

    def statement(self, display: Callable[[Path], str]) -> str:
        """Return what was found and what helps, as a phrase."""
        up_to_date = f"{self.compared} up to date"
        if self.compared < self.count:
            up_to_date += f", the latest of {self.count}; --deep compares all"
        if self.running:
            up_to_date += "; those of running runs are written at their end"
        cases = {
            "outdated, written again: {}": self.renewed,
            "missing: {}; `lineage rebuild --files` writes them": self.missing,
            "the ledger has changed since these were written, for the catalog agrees with them: "
            "{}; rebuild nothing, compare the ledger with a backup": self.outlived,
            _CHANGED if self.is_judged else _DIFFERENT: self.changed,
        }
        told = [
            text.format(", ".join(map(display, paths))) for text, paths in cases.items() if paths
        ]
        return "; ".join(told if not self.is_sound else [up_to_date, *told])


def compare(
    project: Project,
    published: Catalog | None,
    true: Catalog,
    *,
    is_judged: bool,
    may_write: bool,
    latest: int | None = None,
) -> Documents:
    """Compare the documents on disk, and renew those that are merely of an earlier position.

    Args:
        project: The project, in which nobody else exports meanwhile.
        published: The published catalog, if it differs from the true one.
        true: A fold of the ledger to the same position; or the published one, to trust it.
        is_judged: Whether it is a fold of the ledger.
        may_write: Whether documents may be written.
        latest: How many reports to compare, those of the latest runs; the others only have to
            exist. Everything when None.

    Raises:
        PathRefusedError: The recorded path of a report is outside the project.
        OSError: A document cannot be written.
    """
    expected = exports.expected_documents(project, true, latest=latest, is_true=True)
    differing = _differing(expected)
    others = exports.due_reports(project, true).keys() - expected.keys()
    catalog_said: dict[Path, str] = {}
    with suppress(LineageError):  # a damaged catalog agrees with nothing
        if published is not None and any(path.exists() for path in differing):
            catalog_said = exports.expected_documents(project, published, latest=latest)
    agreeing = catalog_said.keys() - _differing(catalog_said)
    missing = sorted(path for path in {*differing, *others} if not path.exists())
    outlived = [path for path in differing if path in agreeing]
    rest = [path for path in differing if path not in {*missing, *outlived}]
    outdated = [path for path in rest if may_write and _is_of_earlier(project, path)]
    for path in outdated:
        files.write_text(path, expected[path])
    return Documents(
        count=len(expected) + len(others),
        compared=len(expected),
        running=build_run_list(true, status="running", limit=0)["total"],
        renewed=outdated,
        missing=missing,
        outlived=outlived,
        changed=[path for path in rest if path not in outdated],
        is_judged=is_judged,
    )


def _differing(expected: Mapping[Path, str]) -> list[Path]:
    return [path for path, text in expected.items() if _content(path) != text.encode()]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _is_of_earlier(project: Project, path: Path) -> bool:
    """Tell whether a file is an unchanged report or execution log of an earlier position."""
    content = _content(path) or b""
    try:
        found = json.loads(content)
        if path == project.root / EXECUTION_LOG:
            return _is_log_as_of(project, datetime.fromisoformat(found["last_modified"]), content)
        return is_report_as_of(project, found["run_id"], found["ledger_position"], content)
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def _is_log_as_of(project: Project, moment: datetime, content: bytes) -> bool:
    with project.catalog(as_of=project.ledger.position_at(moment)) as catalog:
        return content == document_text(build_execution_log(catalog)).encode()
