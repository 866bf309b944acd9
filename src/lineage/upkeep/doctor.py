"""Check every part of a project and repair what is safe to repair."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

import duckdb

from lineage import exports
from lineage.kernel import files
from lineage.kernel.errors import IntegrityError, LineageError
from lineage.project import Project
from lineage.settings import CONFIG_FOLDER
from lineage.upkeep import document_check, ledger_encryption, liveness, rerun_folder
from lineage.upkeep.unreadable import unreadable_events
from projections.catalog.comparison import differing_tables
from projections.documents.checkpoint_list import checkpoint_files
from projections.documents.run_list import build_run_list

LOW_DISK_BYTES: Final = 2**30
STALE_PART_S: Final = 3600

EXAMINED_UP_TO: Final = 20_000
"""Size of a ledger, in events, up to which all of it is examined."""

COMPARED_UP_TO: Final = 20
"""Reports of a longer ledger, those of the latest runs, whose content is compared."""

DIFFERING: Final = "catalog.differing.duckdb"
"""A catalog that differed from the ledger, kept so that somebody can find out why."""

MOST_NAMED: Final = 10
"""Events that are named at most."""


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


def examine(project: Project, *, is_deep: bool = False) -> list[Finding]:
    """Run all checks; each may rely on the ones before it.

    Runs whose process died are recorded as interrupted; the catalog is brought up to date, and
    rebuilt if it was edited; documents that are unchanged, but of an earlier position, are
    written again; files of discarded checkpoints, and files that crashes left over an hour ago,
    are removed. Nothing else is changed.

    Args:
        project: The project.
        is_deep: Examine the whole ledger, whatever its length, and compare the catalog and all
            documents with it. If not, only the newest `EXAMINED_UP_TO` events of a longer one and
            `COMPARED_UP_TO` reports.
    """
    is_whole = is_deep or project.ledger.head() <= EXAMINED_UP_TO
    findings: list[Finding] = []
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "ledger": lambda: _ledger(project, is_whole=is_whole),
        "events": lambda: _events(project, is_whole=is_whole),
        "encryption": lambda: _encryption(project),
        "runs": lambda: _open_runs(project),
        "catalog": lambda: _catalog(
            project,
            is_whole=is_whole,
            may_write=all(f.is_ok for f in findings if f.check in {"ledger", "events"}),
        ),
        "checkpoints": lambda: _checkpoints(project),
        "leftovers": lambda: _leftovers(project),
        "disk": lambda: _disk(project),
    }
    for name, check in checks.items():
        findings.extend(_guarded(name, check))
    return findings


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except (LineageError, OSError, duckdb.Error) as error:
        yield Finding(check=name, is_ok=False, detail=str(error))


def _ledger(project: Project, *, is_whole: bool) -> Iterator[Finding]:
    head = project.ledger.head()
    faults = project.ledger.faults(is_deep=is_whole)
    detail = f"{head} events" if head else "no events yet"
    if faults:
        detail = f"{'; '.join(faults)}; compare it with a backup before you go on"
    elif not is_whole:
        detail += ", guards in place; --deep looks for damaged pages, too"
    yield Finding(check="ledger", is_ok=not faults, detail=detail)


def _events(project: Project, *, is_whole: bool) -> Iterator[Finding]:
    head = project.ledger.head()
    after = 0 if is_whole else head - EXAMINED_UP_TO
    hidden: set[int] = set()
    found = unreadable_events(project.ledger, after=after, until=head, on_hidden=hidden.add)
    faults = list(islice(found, MOST_NAMED))
    detail = f"{head - after - len(hidden)} readable by this release"
    if faults:
        detail = "; ".join(f"position {position}: {fault}" for position, fault in faults)
    elif not is_whole:
        detail += f", the newest of {head}; --deep reads all"
    yield Finding(check="events", is_ok=not faults, detail=detail)


def _encryption(project: Project) -> Iterator[Finding]:
    state = ledger_encryption.status(project)
    detail = ledger_encryption.statement(state)
    yield Finding(check="encryption", is_ok=not state.is_locked, detail=detail)


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
        exports.follow_execution_log(project, at_once=True)
    yield Finding(check="runs", is_ok=True, detail=f"{len(runs) - len(settled)} running")


def _rebuild(project: Project) -> str:
    """Build the catalog anew, and say where the old one is kept, if it was in a file."""
    kept = None
    if not project.ledger.is_encrypted:  # its snapshot must not outlive an erasure
        kept = project.projector.path.replace(project.state_folder / DIFFERING)
    project.projector.rebuild()
    return "" if kept is None else f", and the old one kept as {project.display(kept)}"


def _catalog(project: Project, *, is_whole: bool, may_write: bool) -> Iterator[Finding]:
    """Compare catalog and documents with a fold of the ledger, while nobody writes documents.

    What was changed shows by the third: a file that the catalog still agrees with was right
    once, so the ledger has changed since, and nothing is rebuilt that could show how.

    Args:
        project: The project.
        is_whole: Whether to fold the ledger; if not, the catalog is trusted.
        may_write: Whether the ledger is sound, so that the rest may follow it.
    """
    can_write = os.access(project.state_folder, os.W_OK)
    may_write = may_write and can_write
    with (
        exports.exporting(project) if can_write else nullcontext(),
        project.catalog() as published,
        project.projector.as_of(published.position) if is_whole else nullcontext(published) as true,
    ):
        edited = differing_tables(published, true) if is_whole else []
        documents = document_check.compare(
            project,
            published if edited else None,
            true,
            is_judged=is_whole,
            may_write=may_write,
            latest=None if is_whole else COMPARED_UP_TO,
        )
    detail = f"at position {true.position} of {project.ledger.head()}"
    if not is_whole:
        detail += "; --deep compares it with the ledger"
    if edited:
        detail = f"differs from the ledger in {', '.join(edited)}"
    if edited and may_write and not documents.outlived:
        detail += f"; now rebuilt{_rebuild(project)}"
    yield Finding(check="catalog", is_ok=not edited, detail=detail)
    yield Finding(
        check="documents", is_ok=documents.is_sound, detail=documents.statement(project.display)
    )


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
    outside = (project.root / CONFIG_FOLDER, project.root / exports.SUMMARY_FOLDER)
    removed = [
        part
        for folder in (project.state_folder, project.data_folder, *outside)
        for part in files.sweep_parts(folder, older_than_s=STALE_PART_S, now_s=now_s)
    ]
    detail = f"{len(removed)} removed"
    if rerun_folder.sweep(project):
        detail += ", and the copies of a rerun that was killed"
    yield Finding(check="leftovers", is_ok=True, detail=detail)


def _disk(project: Project) -> Iterator[Finding]:
    free = shutil.disk_usage(project.root).free
    yield Finding(check="disk", is_ok=free > LOW_DISK_BYTES, detail=f"{free / 2**30:.1f} GiB free")
