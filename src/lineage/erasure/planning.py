"""Find everything that holds what is to be erased, and say what is done with each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from lineage.datasets import to_plain
from lineage.erasure.search import Holding, Looked, files_at, find_holdings, look
from lineage.erasure.subjects import Subject, why_closed
from lineage.events import ErasureAction, ErasureStep, streams
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
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
    person = Subject(value=subject, column=column)
    only = None if dataset is None else uri_of(project, dataset)
    with project.catalog() as catalog:
        found = [look(project, one) for one in find_holdings(project, catalog, person, only=only)]
        naming = [one for one in found if one.rows]
        if not naming:
            raise _nobody(column, found)
        made = holdings.made_from(
            catalog, dict.fromkeys(v for one in naming for v in one.holding.versions)
        )
        searched = {one.holding.uri for one in found if not one.problems}
        others = [version for version in made if version.uri not in searched]
        told = {one.holding.uri: "; ".join(one.problems) for one in found if one.problems}
        steps = [
            *(step for one in naming for step in _rewritten(project, one)),
            *_vaults(catalog, project),
            *_copies(project, catalog, found),
            *_releases(catalog, others),
            *_judged(project, catalog, others, told),
            *_unsearched(project, found, {version.uri for version in made}),
        ]
    return _once(steps)


def uri_of(project: Project, name: str) -> str:
    """Return the file that a dataset's name or a path means, as the history names it."""
    declared = project.settings.datasets.get(name)
    path = declared.path if declared is not None and declared.path is not None else name
    return project.display(path)


def _files(project: Project, versions: Iterable[Version], why: str) -> Iterator[ErasureStep]:
    for version in versions:
        for part in _parts(project, version):
            yield _step("delete_file", "artifact", part, why)


def _parts(project: Project, version: Version) -> list[Version]:
    """Return what is on the disk of a version: the file, or those of a set as they are now."""
    place = project.root / version.uri
    if place.is_file():
        return [version]
    return [Version(project.display(path), sha256_file(path)) for path in files_at(place)]


def _derived(project: Project, catalog: Catalog, own: Sequence[Version]) -> Iterator[ErasureStep]:
    made = holdings.made_from(catalog, own)
    yield from _releases(catalog, [*own, *made])
    yield from _judged(project, catalog, made)


def _judged(
    project: Project,
    catalog: Catalog,
    made: Sequence[Version],
    told: Mapping[str, str] | None = None,
) -> Iterator[ErasureStep]:
    """Say of each derived file whether it is beyond reach, or goes.

    Args:
        project: Where the files are.
        catalog: Its catalog.
        made: The files.
        told: Uri to why it is not known which rows are meant.
    """
    groups = holdings.smallest_groups(catalog, [v.sha256 for v in made if v.sha256])
    for version in made:
        parts = _parts(project, version)
        if not parts:
            continue
        k = groups.get(version.sha256 or "", 0)
        if k >= SMALLEST_GROUP and _shows_nobody(project, catalog, version):
            why = f"no direct identifier reaches it, and everybody in it is one of k = {k} alike"
            yield _step("keep", "artifact", version, why)
        else:
            problem = (told or {}).get(version.uri)
            because = "it was made from it" if problem is None else problem
            why = f"{because}; run its task again to have it without"
            yield from (_step("delete_file", "artifact", part, why) for part in parts)


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


def _rewritten(project: Project, looked: Looked) -> Iterator[ErasureStep]:
    """Yield the steps for a file in which every row that names the person is known."""
    if looked.problems:
        return
    by = _by_pseudonyms(looked.holding)
    for path, count in looked.rows.items():
        version = Version(project.display(path), sha256_file(path))
        rows = "1 row that names" if count == 1 else f"{count:,} rows that name"
        why = f"without the {rows} the person{by}"
        yield _step("rewrite_file", "artifact", version, why)


def _by_pseudonyms(holding: Holding) -> str:
    if not holding.pseudonyms:
        return ""
    columns = ", ".join(map(repr, holding.pseudonyms))
    also = "" if holding.sought.keys() == {*holding.pseudonyms} else ", also"
    return f"{also} by a pseudonym in column {columns}"


def _copies(project: Project, catalog: Catalog, found: Sequence[Looked]) -> Iterator[ErasureStep]:
    """Yield the releases whose rows name the person."""
    searched = {one.holding.uri: one.holding for one in found if not one.problems}
    for row in holdings.released(catalog):
        holding = searched.get(row["source_uri"])
        if holding is None:
            continue
        version = Version(row["release_uri"], row["sha256"])
        looked = look(project, replace(holding, uri=version.uri))
        if looked.rows or looked.problems:
            because = "; ".join(looked.problems) or "rows of it name the person"
            yield _step("delete_file", "release", version, f"{because}; it is withdrawn")


def _unsearched(
    project: Project, found: Sequence[Looked], made: Collection[str]
) -> Iterator[ErasureStep]:
    """Yield the files of which nobody can tell whether they hold the person, and that stay."""
    for one in found:
        uri = one.holding.uri
        if one.problems and uri not in made and files_at(project.root / uri):
            why = f"nobody can tell whether it holds the person: {'; '.join(one.problems)}"
            yield _step("keep", "artifact", Version(uri, None), why)


def _nobody(column: str, found: Sequence[Looked]) -> ConfigurationError:
    unknown = [f"{one.holding.uri!r} ({one.problems[0]})" for one in found if one.problems]
    problem = "no file on the disk names them"
    if not found:
        problem = "no file on record or declared has such a column"
    elif unknown:
        problem = f"no file that can be searched names them; it is not known of {unknown[0]}"
        problem += f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
    return ConfigurationError(
        f"person in column {column!r}",
        problem=problem,
        remedy="check the value and the column; files that are gone are not searched",
    )


def _vaults(catalog: Catalog, project: Project) -> Iterator[ErasureStep]:
    for name in dict.fromkeys(row["path"] for row in holdings.vaults(catalog)):
        path = project.root / name
        if not path.is_file():
            continue
        version = Version(project.display(path), None)
        closed = why_closed(project, version.uri)
        if closed is None:
            why = "the pseudonym of the person can then be turned back by nobody"
            yield _step("forget_vault_entry", "vault", version, why)
        else:
            why = f"whether it has the person is not known, and nobody here can read it: {closed}"
            yield _step("keep", "vault", version, why)


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
