"""Which files may name a person, in which columns and by which texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from lineage.erasure.pseudonym_texts import pseudonym_of
from lineage.erasure.subjects import Subject
from lineage.kernel.errors import CipherError, ConfigurationError, LineageError, safe_message
from lineage.project import Project
from ops.data.removal import count_rows
from projections import Catalog
from projections.privacy import holdings
from projections.privacy.holdings import MadeBy, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A file that may name a person.

    Attributes:
        uri: The file, or the folder of its files, as the history names it.
        versions: Its versions on record.
        sought: Column to the texts that name the person there: the value, or pseudonyms of it.
        pseudonyms: The columns among these that have pseudonyms, sorted.
        problems: Why a pseudonym of the person cannot be known, one phrase each; what is sought
            is then not all.
    """

    uri: str
    versions: tuple[Version, ...]
    sought: Mapping[str, frozenset[str]]
    pseudonyms: tuple[str, ...]
    problems: tuple[str, ...]


def find_holdings(
    project: Project, catalog: Catalog, subject: Subject, *, only: str | None = None
) -> list[Holding]:
    """Return the files on record or declared that have the column of a person, or one made of it.

    Args:
        project: Where the data is.
        catalog: Its catalog.
        subject: The person.
        only: The file to begin with; None for every file that has the column.

    Returns:
        The files by uri: those with the column itself, and those to which its values or
        pseudonyms of them came by column lineage. They need not be on the disk.
    """
    known = holdings.versions_with(catalog, subject.column)
    declared = [
        Version(project.display(one.path), None)
        for one in project.settings.datasets.values()
        if one.path is not None and subject.column in one.columns
    ]
    starts = [one for one in (*known, *declared) if only in {None, one.uri}]
    found: dict[str, _Found] = {}
    texts = _Texts(project, catalog, subject)
    for trace in holdings.traces_of(catalog, starts, subject.column):
        entry = found.setdefault(trace.version.uri, _Found([], {}, set(), set()))
        entry.versions.append(trace.version)
        text = texts.of(trace.made_by)
        if isinstance(text, CipherError):
            entry.problems.add(str(text))
            continue
        entry.sought.setdefault(trace.column, set()).add(text)
        if trace.made_by:
            entry.pseudonyms.add(trace.column)
    return [
        Holding(
            uri=uri,
            versions=tuple(dict.fromkeys(entry.versions)),
            sought={name: frozenset(said) for name, said in entry.sought.items()},
            pseudonyms=tuple(sorted(entry.pseudonyms)),
            problems=tuple(sorted(entry.problems)),
        )
        for uri, entry in sorted(found.items())
    ]


def holding_at(project: Project, catalog: Catalog, subject: Subject, uri: str) -> Holding:
    """Return what is sought in a file, which may be one of a set.

    Raises:
        CipherError: A pseudonym of the person cannot be known.
        ConfigurationError: Nothing on record says that the file may name the person.
    """
    found = {one.uri: one for one in find_holdings(project, catalog, subject)}
    names = [at.as_posix() for at in (Path(uri), *Path(uri).parents)]
    holding = next((found[name] for name in names if name in found), None)
    if holding is None:
        raise ConfigurationError(f"file {uri!r}", problem="not on record as naming a person")
    if holding.problems:
        raise CipherError(f"file {uri!r}", problem=holding.problems[0])
    return holding


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found in a file or a set of files.

    Attributes:
        holding: Where, and what was sought.
        rows: File to how many of its rows name the person, of those with any.
        problems: Why there may be more, one phrase each.
    """

    holding: Holding
    rows: Mapping[Path, int]
    problems: tuple[str, ...]


def look(project: Project, holding: Holding) -> Looked:
    """Look for a person in what is on the disk of a file or a set."""
    place = project.root / holding.uri
    rows: dict[Path, int] = {}
    problems = [*holding.problems]
    for path in files_at(place):
        named_after = _columns_of_folders(path.relative_to(place)) & holding.sought.keys()
        if named_after:
            problems.append(f"its folders are named after column {min(named_after)!r}")
        try:
            rows[path] = count_rows(path, holding.sought) if holding.sought else 0
        except LineageError as error:
            problems.append(f"it cannot be searched ({safe_message(error)})")
    named = {path: count for path, count in rows.items() if count}
    return Looked(holding=holding, rows=named, problems=tuple(dict.fromkeys(problems)))


def files_at(place: Path) -> list[Path]:
    """Return a file, or those of a folder that is one table; none if nothing is there."""
    if place.is_file():
        return [place]
    found = (path for path in place.rglob("*") if path.is_file() and not path.is_symlink())
    # names that begin so belong to whoever writes the set
    return sorted(path for path in found if path.name[0] not in "._")


def _columns_of_folders(path: Path) -> set[str]:
    """Return the columns whose values are in names of folders, as in "city=A/part-00000.csv"."""
    return {unquote(name.partition("=")[0]) for name in path.parts[:-1] if "=" in name}


@dataclass(slots=True)
class _Found:
    versions: list[Version]
    sought: dict[str, set[str]]
    pseudonyms: set[str]
    problems: set[str]


class _Texts:
    """The texts of a person, each computed once."""

    def __init__(self, project: Project, catalog: Catalog, subject: Subject) -> None:
        self._project = project
        self._catalog = catalog
        self._value = subject.value
        self._known: dict[tuple[MadeBy, ...], str | CipherError] = {}

    def of(self, made_by: Sequence[MadeBy]) -> str | CipherError:
        """Return the text after some steps, or why it cannot be known."""
        steps = tuple(made_by)
        if steps not in self._known:
            try:
                text = pseudonym_of(self._project, self._catalog, self._value, steps)
                self._known[steps] = text
            except CipherError as error:
                self._known[steps] = error
        return self._known[steps]
