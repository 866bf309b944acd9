"""Check every part of a project and repair what is safe to repair."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from lineage import exports
from lineage.kernel import files
from lineage.kernel.errors import IntegrityError, LineageError, QueryError
from lineage.project import Project
from lineage.settings import CONFIG_FOLDER
from lineage.upkeep import liveness
from projections import Catalog
from projections.documents.checkpoint_list import checkpoint_files
from projections.documents.run_list import build_run_list

LOW_DISK_BYTES: Final = 2**30
STALE_PART_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check.

    Attributes:
        check: What was checked.
        is_ok: Whether it is sound, or was repaired.
        detail: What was found and done.
    """

    check: str
    is_ok: bool
    detail: str


def examine(project: Project) -> list[Finding]:
    """Run all checks; each may rely on the ones before it.

    Runs whose process died are recorded as interrupted and their documents written; the catalog
    is brought up to date; files of discarded checkpoints, and files that crashes left over an
    hour ago, are removed. Nothing else is changed.
    """
    checks: tuple[Callable[[Project], Iterator[Finding]], ...] = (
        _ledger,
        _events,
        _open_runs,
        _catalog,
        _checkpoints,
        _leftovers,
        _disk,
    )
    return [finding for check in checks for finding in _guarded(check, project)]


def _guarded(check: Callable[[Project], Iterator[Finding]], project: Project) -> Iterator[Finding]:
    try:
        yield from check(project)
    except (LineageError, OSError, duckdb.Error) as error:
        yield Finding(check=check.__name__.lstrip("_"), is_ok=False, detail=str(error))


def _ledger(project: Project) -> Iterator[Finding]:
    head = project.ledger.head()
    count = sum(table.num_rows for table in project.ledger.read_arrow())
    detail = f"{count} events, positions 1 to {head}" if head else "no events yet"
    if count != head:
        detail += ": some are missing"
    yield Finding(check="ledger", is_ok=count == head, detail=detail)


def _events(project: Project) -> Iterator[Finding]:
    count = sum(1 for _ in project.ledger.read())
    yield Finding(check="events", is_ok=True, detail=f"{count} readable by this release")


def _open_runs(project: Project) -> Iterator[Finding]:
    with project.catalog() as catalog:
        runs = build_run_list(catalog, status="running")["runs"]
    settled = [
        run["run_id"]
        for run in reversed(runs)
        if liveness.settle(project, run["run_id"], run["task_id"])
    ]
    for run_id in settled:
        exports.export_report(project, run_id)
        detail = f"run {run_id} died and is now recorded as interrupted"
        yield Finding(check="runs", is_ok=True, detail=detail)
    if settled:
        exports.follow_execution_log(project)
    yield Finding(check="runs", is_ok=True, detail=f"{len(runs) - len(settled)} running")


def _catalog(project: Project) -> Iterator[Finding]:
    """Compare catalog and documents with a fold of the ledger at one position.

    What was changed shows by the third: a file that the catalog still agrees with was right
    once, so the ledger has changed since, and nothing is rebuilt that could show how.
    """
    with project.catalog() as published, project.projector.as_of(published.position) as folded:
        position = folded.position
        edited = _differing_tables(published, folded)
        expected = exports.expected_documents(project, folded)
        running = build_run_list(folded, status="running", limit=0)["total"]
        stale = [path for path, text in expected.items() if _differs(path, text)]
        before = exports.expected_documents(project, published) if edited and stale else {}
    outlived = [path for path in stale if path in before and not _differs(path, before[path])]
    detail = f"position {position}, as the ledger has it"
    if edited:
        detail = f"it differs from the ledger in {', '.join(edited)}"
        if not outlived:
            project.projector.rebuild()
            detail += ": it was edited or damaged, and is now rebuilt from the ledger"
    yield Finding(check="catalog", is_ok=not edited, detail=detail)
    yield _documents(project, expected, stale, outlived, running=running)


def _documents(
    project: Project,
    expected: Mapping[Path, str],
    stale: list[Path],
    outlived: list[Path],
    *,
    running: int,
) -> Finding:
    detail = f"{len(expected)} up to date"
    if running:
        detail += "; those of running runs are written at their end"
    parts = []
    if outlived:
        parts.append(
            f"the ledger changed since these were written, and the catalog agrees with them: "
            f"{_names(project, outlived)}; rebuild nothing, compare the ledger with a backup"
        )
    missing = [path for path in stale if not path.exists()]
    changed = [path for path in stale if path.exists() and path not in outlived]
    if missing:
        parts.append(
            f"missing: {_names(project, missing)}; `lineage rebuild --files` writes them again"
        )
    if changed:
        parts.append(
            f"ledger and catalog agree, and these files changed since they were written: "
            f"{_names(project, changed)}; keep a copy if you want to know how, then "
            "`lineage rebuild --files` writes them as the ledger has them"
        )
    return Finding(check="documents", is_ok=not stale, detail="; ".join(parts) or detail)


def _names(project: Project, files: Iterable[Path]) -> str:
    return ", ".join(project.display(path) for path in files)


def _differing_tables(one: Catalog, other: Catalog) -> list[str]:
    names = other.rows("select table_name as name from duckdb_tables() order by name")
    return [
        row["name"] for row in names if _sum_of(one, row["name"]) != _sum_of(other, row["name"])
    ]


def _sum_of(catalog: Catalog, table: str) -> object:
    sql = f'select count(*) as n, sum(hash(t)::hugeint) as s from "{table}" t'  # noqa: S608  # ours
    try:
        return catalog.row(sql)
    except QueryError:  # it has no such table, or cannot read it
        return None


def _checkpoints(project: Project) -> Iterator[Finding]:
    recorded = _checkpoint_files(project)
    present = set(project.checkpoint_files.present())
    discarded = sorted(present & recorded.keys() - _kept(recorded).keys())
    for sha256 in discarded:
        project.checkpoint_files.remove(sha256)
    faults = _damaged(project, _kept(recorded))
    if faults:  # unless they were discarded meanwhile
        still_kept = _kept(_checkpoint_files(project))
        faults = {sha256: fault for sha256, fault in faults.items() if sha256 in still_kept}
    texts = [*faults.values(), *_strays(project, present - recorded.keys())]
    detail = f"{len(_kept(recorded))} files intact, {len(discarded)} discarded ones removed"
    yield Finding(check="checkpoints", is_ok=not texts, detail="; ".join(texts) or detail)


def _checkpoint_files(project: Project) -> dict[str, tuple[str, bool]]:
    """Return digest to (name, whether it is kept) of the checkpoints that have a file."""
    with project.catalog() as catalog:
        found = checkpoint_files(catalog)
    return {file["sha256"]: (file["name"], file["is_kept"]) for file in found}


def _kept(recorded: Mapping[str, tuple[str, bool]]) -> dict[str, str]:
    return {sha256: name for sha256, (name, is_kept) in recorded.items() if is_kept}


def _damaged(project: Project, kept: Mapping[str, str]) -> dict[str, str]:
    faults = {}
    for sha256, name in kept.items():
        try:
            project.checkpoint_files.verify(sha256)
        except IntegrityError as error:
            faults[sha256] = f"checkpoint {name}: {error}"
    return faults


def _strays(project: Project, names: Iterable[str]) -> Iterator[str]:
    """Yield files that belong to no checkpoint, unless a writer may be about to record them.

    They are not removed: the ledger may be an older copy, or a different one.
    """
    now_s = project.clock.now().timestamp()
    for name in sorted(names):
        path = project.checkpoint_files.path(name)
        with suppress(FileNotFoundError):
            if now_s - path.stat().st_mtime > STALE_PART_S:
                shown = project.display(path)
                yield f"{shown} belongs to no checkpoint; delete it if you do not need it"


def _leftovers(project: Project) -> Iterator[Finding]:
    now_s = project.clock.now().timestamp()
    removed = [
        part
        for folder in (project.state_folder, project.data_folder, project.root / CONFIG_FOLDER)
        for part in files.sweep_parts(folder, older_than_s=STALE_PART_S, now_s=now_s)
    ]
    yield Finding(check="leftovers", is_ok=True, detail=f"{len(removed)} removed")


def _disk(project: Project) -> Iterator[Finding]:
    free = shutil.disk_usage(project.root).free
    yield Finding(check="disk", is_ok=free > LOW_DISK_BYTES, detail=f"{free / 2**30:.1f} GiB free")


def _differs(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() != text.encode()
    except OSError:
        return True
