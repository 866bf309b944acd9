"""Find everything that holds what is to be erased, and say what is done with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from lineage.datasets import to_plain
from lineage.events import ErasureAction, ErasureStep, streams
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import ConfigurationError, LineageError
from lineage.project import Project
from ops.data.removal import count_rows
from projections import Catalog
from projections.dependency_graph.privacy_flow import build_privacy_flow
from projections.privacy import holdings
from projections.privacy.holdings import Version

SMALLEST_GROUP: Final = 2
"""The least k at which nobody in a derived file stands alone."""


def plan_run(project: Project, run_id: str) -> tuple[ErasureStep, ...]:
    """Return what is done to erase a run: its history, its files, and what was made from them.

    Args:
        project: Where it belongs.
        run_id: Its whole id.

    Raises:
        LedgerError: The history cannot be read.
        ProjectionError: Its catalog cannot be built.
    """
    with project.catalog() as catalog:
        own = holdings.written_by(catalog, run_id)
        steps = [
            *_files(project, own, "the run wrote it"),
            *_derived(project, catalog, own),
            *_checkpoints(catalog, run_id, project),
            *_report(project, catalog, run_id),
            _history(project, streams.run(run_id)),
        ]
    return _once(steps)


def plan_dataset(project: Project, name: str) -> tuple[ErasureStep, ...]:
    """Return what is done to erase a dataset: every version, and what was made from it.

    Args:
        project: Where it belongs.
        name: A dataset that the project declares with a path, or a file.

    Raises:
        ConfigurationError: Nothing of that name is on record or on the disk.
        LedgerError: The history cannot be read.
        ProjectionError: Its catalog cannot be built.
    """
    uri = uri_of(project, name)
    with project.catalog() as catalog:
        own = holdings.versions_of(catalog, uri) or [Version(uri, None)]
        if own == [Version(uri, None)] and not (project.root / uri).exists():
            raise ConfigurationError(
                f"dataset {name!r}", problem="neither on record nor on the disk"
            )
        steps = [
            *_files(project, own, "a version of the dataset"),
            *_derived(project, catalog, own),
        ]
    return _once(steps)


def plan_subject(
    project: Project, subject: str, column: str, *, dataset: str | None = None
) -> tuple[ErasureStep, ...]:
    """Return what is done to erase a person: their rows, and what was made from these files.

    Args:
        project: Where the data is.
        subject: The value that names the person; it goes into no step.
        column: The column that holds it.
        dataset: Only this dataset and what was made from it; None for every file with the column.

    Raises:
        ConfigurationError: No file on the disk has such a column, or none names the person.
        LedgerError: The history cannot be read.
        ProjectionError: Its catalog cannot be built.
    """
    only = None if dataset is None else uri_of(project, dataset)
    with project.catalog() as catalog:
        known = [v for v in holdings.versions_with(catalog, column) if only in {None, v.uri}]
        uris = {version.uri for version in known} | {
            project.display(declared.path)
            for declared in project.settings.datasets.values()
            if declared.path is not None and column in declared.columns
        }
        holding = [uri for uri in sorted(uris) if only in {None, uri}]
        found = [uri for uri in holding if _names(project.root / uri, subject, column)]
        if not found:
            raise ConfigurationError(
                f"person in column {column!r}",
                problem="no file on the disk names them"
                if holding
                else "no file on record or declared has such a column",
                remedy="check the value and the column; files that are gone are not searched",
            )
        rewritten = [_rewrite(project, uri) for uri in found]
        made = holdings.made_from(catalog, [v for v in known if v.uri in found])
        others = [version for version in made if version.uri not in holding]
        steps = [*rewritten, *_vaults(catalog, project), *_judged(project, catalog, others)]
    return _once(steps)


def uri_of(project: Project, name: str) -> str:
    """Return the file that a dataset's name or a path means, as the history names it."""
    declared = project.settings.datasets.get(name)
    path = declared.path if declared is not None and declared.path is not None else name
    return project.display(path)


def _files(project: Project, versions: Iterable[Version], why: str) -> Iterator[ErasureStep]:
    for version in versions:
        if (project.root / version.uri).is_file():
            yield _step("delete_file", "artifact", version, why)


def _derived(project: Project, catalog: Catalog, own: Sequence[Version]) -> Iterator[ErasureStep]:
    made = holdings.made_from(catalog, own)
    yield from _releases(catalog, [*own, *made])
    yield from _judged(project, catalog, made)


def _judged(project: Project, catalog: Catalog, made: Sequence[Version]) -> Iterator[ErasureStep]:
    """Say of each derived file whether it is beyond reach, or goes."""
    groups = holdings.smallest_groups(catalog, [v.sha256 for v in made if v.sha256])
    for version in made:
        if not (project.root / version.uri).is_file():
            continue
        k = groups.get(version.sha256 or "", 0)
        if k >= SMALLEST_GROUP and _shows_nobody(project, catalog, version):
            why = f"no direct identifier reaches it, and everybody in it is one of k = {k} alike"
            yield _step("keep", "artifact", version, why)
        else:
            why = "it was made from it; run its task again to have it without"
            yield _step("delete_file", "artifact", version, why)


def _shows_nobody(project: Project, catalog: Catalog, version: Version) -> bool:
    declared = to_plain(project.settings.datasets)
    flow = build_privacy_flow(catalog, version.uri, version.sha256, declared, root=project.root)
    return bool(flow["verdict"] == "no direct identifier")


def _releases(catalog: Catalog, versions: Sequence[Version]) -> Iterator[ErasureStep]:
    groups = holdings.smallest_groups(catalog, [v.sha256 for v in versions if v.sha256])
    for row in holdings.released_as(catalog, [v.sha256 for v in versions if v.sha256]):
        version = Version(row["release_uri"], row["sha256"])
        if groups.get(row["sha256"], 0) >= SMALLEST_GROUP:
            why = f"released with k = {groups[row['sha256']]}; withdraw it to have it back"
            yield _step("keep", "release", version, why)
        else:
            yield _step("delete_file", "release", version, "it was released; it is withdrawn")


def _checkpoints(catalog: Catalog, run_id: str, project: Project) -> Iterator[ErasureStep]:
    for name, sha256 in holdings.states_of(catalog, run_id):
        uri = project.display(project.checkpoint_files.path(sha256))
        yield _step("delete_file", "checkpoint", Version(uri, sha256), f"state {name!r} of the run")


def _report(project: Project, catalog: Catalog, run_id: str) -> Iterator[ErasureStep]:
    uri = holdings.report_of(catalog, run_id)
    if uri is not None and (project.root / uri).is_file():
        text = (project.root / uri).read_text("utf-8", "replace")
        if run_id in text:
            yield _step("delete_file", "document", Version(uri, None), "the report of the run")


def _history(project: Project, stream: str) -> ErasureStep:
    version = Version(stream, None)
    if project.ledger.is_encrypted:
        why = "without its key nobody can read what the events say; that they were is still proven"
        return _step("destroy_key", "events", version, why)
    why = (
        "the ledger is not encrypted, so its events cannot be made unreadable: "
        "`lineage ledger encrypt` converts it"
    )
    return _step("keep", "events", version, why)


def _rewrite(project: Project, uri: str) -> ErasureStep:
    version = Version(uri, sha256_file(project.root / uri))
    return _step("rewrite_file", "artifact", version, "without the rows that name the person")


def _vaults(catalog: Catalog, project: Project) -> Iterator[ErasureStep]:
    for name in dict.fromkeys(row["path"] for row in holdings.vaults(catalog)):
        path = project.root / name
        if path.is_file():
            version = Version(project.display(path), None)
            why = "the pseudonym of the person can then be turned back by nobody"
            yield _step("forget_vault_entry", "vault", version, why)


def _names(path: Path, subject: str, column: str) -> bool:
    """Tell whether a file on the disk names a person."""
    if not path.is_file():
        return False
    try:
        return count_rows(path, {column: [subject]}) > 0
    except LineageError:  # whatever it is, it has no such column that can be read
        return False


def _step(action: ErasureAction, subject: str, version: Version, reason: str) -> ErasureStep:
    return ErasureStep(
        action=action,
        subject=subject,
        uri=version.uri,
        sha256=version.sha256,
        reason=reason,
    )


def _once(steps: Iterable[ErasureStep]) -> tuple[ErasureStep, ...]:
    """Return steps without those that do the same to the same content again."""
    return tuple({(step.action, step.uri, step.sha256): step for step in steps}.values())
