"""Find the nodes that a name refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict

from lineage.kernel.errors import DatasetNotFoundError
from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.catalog.run_ids import runs_called
from projections.dependency_graph import ids

Kind = Literal["file", "run", "task", "operation", "column"]

SHORTEST_DIGEST: Final = 8
SHOWN: Final = 8
"""Candidates that an error message lists."""

_BY_DIGEST: Final = 2
_BY_NAME: Final = 4

_VERSION: Final = re.compile(r"(?P<file>.+)@(?P<digest>[0-9a-f]{4,64}|unknown)", re.DOTALL)
_SHARP: Final = re.compile(r"(?P<owner>.+)#(?P<step>.+)", re.DOTALL)

_SQL: Final = statements(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a name means.

    Attributes:
        kind: Its kind.
        label: A name that is unique within its kind.
        nodes: Ids of its nodes, newest file version first.
    """

    kind: Kind
    label: str
    nodes: tuple[str, ...]


class _Owner(TypedDict):
    """The run or task that operations belong to."""

    run: str | None
    task: str | None


def find(catalog: Catalog, name: str) -> Found:
    """Return what a name means.

    Args:
        catalog: The catalog to search.
        name: A file: its recorded path or the end of that, "path@digest" for one version, at
            least 8 leading digits of a digest, or the name runs give it. A run: its id or at least
            4 leading characters of it. A task id, for all its runs. An operation: "RUN#NUMBER",
            "TASK#NAME", or its name. A column: "FILE:COLUMN", or its name if nothing else has
            that and one file has such a column. The prefixes "file:", "run:", "task:",
            "operation:" and "column:" resolve ambiguity.

    Raises:
        DatasetNotFoundError: The name is unknown or ambiguous.
    """
    kind, rest = _explicit(name)
    if kind == "column":
        return find_columns(catalog, rest)
    ranked = [
        (rank, found)
        for rank, found in _candidates(catalog, rest)
        if kind is None or found.kind == kind
    ]
    best = [found for rank, found in ranked if rank == min(rank for rank, _ in ranked)]
    if not best and kind is None:
        return find_columns(catalog, rest)
    return _only(catalog, rest, best)


def find_columns(catalog: Catalog, name: str) -> Found:
    """Return the columns of a name: "FILE:COLUMN", a file for all its columns, or "COLUMN".

    Raises:
        DatasetNotFoundError: The file or column is unknown or ambiguous.
    """
    name = name.removeprefix("column:")
    whole = _best_files(catalog, name)
    if whole:
        return _columns(catalog, _only(catalog, name, whole), None)
    for place in reversed([found.start() for found in re.finditer(":", name)]):
        files = _best_files(catalog, name[:place]) if place else []
        if files:
            return _columns(catalog, _only(catalog, name[:place], files), name[place + 1 :])
    return _only(catalog, name, list(_columns_called(catalog, name)))


def columns_of(catalog: Catalog, uri: str, sha256: str | None) -> list[str]:
    """Return the names of the columns that are on record of a file version, sorted."""
    rows = recorded_columns(catalog, [(uri, sha256)])
    return [row["name"] for row in rows if row["name"]]


def recorded_columns(
    catalog: Catalog, files: Sequence[tuple[str, str | None]]
) -> list[dict[str, Any]]:
    """Return uri, sha256 and name of each column that is on record of some files.

    Args:
        catalog: The catalog to query.
        files: File and digest of each version.

    Returns:
        In the order of the files, then by name; a table whose columns were not recorded has one
        with an empty name.
    """
    values = {
        "uris": [uri for uri, _ in files],
        "digests": [digest for _, digest in files],
        "places": list(range(len(files))),
    }
    return catalog.rows(_SQL["columns"], values)


def _explicit(name: str) -> tuple[Kind | None, str]:
    for kind in ("file", "run", "task", "operation", "column"):
        if name.startswith(f"{kind}:"):
            return kind, name.removeprefix(f"{kind}:")
    return None, name


def _candidates(catalog: Catalog, name: str) -> Iterator[tuple[int, Found]]:
    """Yield what a name may mean, each with a rank; 1 is exact."""
    if not name:
        return
    yield from _files(catalog, name)
    yield from _runs(catalog, name)
    if _is_task(catalog, name):
        yield 1, Found(kind="task", label=name, nodes=_steps(catalog, task=name))
    yield from _operations(catalog, name)


def _best_files(catalog: Catalog, name: str) -> list[Found]:
    return [found for _, found in _files(catalog, name.removeprefix("file:"))] if name else []


def _files(catalog: Catalog, name: str) -> Iterator[tuple[int, Found]]:
    """Yield the files that match a name with the best rank."""
    version = _VERSION.fullmatch(name)
    values = {
        "name": name,
        "file": version["file"] if version else None,
        "digest": version["digest"] if version else None,
        "shortest": SHORTEST_DIGEST,
    }
    # full paths, as programs give them, are found much faster
    rows = catalog.rows(_SQL["exact_files"], {"name": name}) or catalog.rows(_SQL["files"], values)
    label_key = "sha256" if rows and rows[0]["rank"] == _BY_DIGEST else "uri"
    nodes: dict[str, list[str]] = {}
    for row in rows:
        nodes.setdefault(row[label_key], []).append(ids.dataset_id(row["uri"], row["sha256"]))
    for label, versions in nodes.items():
        yield rows[0]["rank"], Found(kind="file", label=label, nodes=tuple(versions))


def _runs(catalog: Catalog, name: str) -> Iterator[tuple[int, Found]]:
    for run in runs_called(catalog, name):
        yield (1 if run == name else 2), Found(kind="run", label=run, nodes=_steps(catalog, run))


def _is_task(catalog: Catalog, name: str) -> bool:
    return bool(catalog.value("select count(*) from run_beginnings where task_id = ?", [name]))


def _operations(catalog: Catalog, name: str) -> Iterator[tuple[int, Found]]:
    parts = _SHARP.fullmatch(name)
    if parts:
        for owner in _owners(catalog, parts["owner"]):
            found = _operation_nodes(catalog, parts["step"], **owner)
            if found:
                label = f"{owner['run'] or owner['task']}#{parts['step']}"
                nodes = tuple(node for _, node in found)
                yield 2, Found(kind="operation", label=label, nodes=nodes)
    by_task: dict[str, list[str]] = {}
    for task, node in _operation_nodes(catalog, name, is_number=False):
        by_task.setdefault(task, []).append(node)
    for task, named in by_task.items():
        yield _BY_NAME, Found(kind="operation", label=f"{task}#{name}", nodes=tuple(named))


def _owners(catalog: Catalog, name: str) -> Iterator[_Owner]:
    if _is_task(catalog, name):
        yield {"task": name, "run": None}
    for run in runs_called(catalog, name):
        yield {"task": None, "run": run}


def _operation_nodes(
    catalog: Catalog,
    step: str,
    *,
    run: str | None = None,
    task: str | None = None,
    is_number: bool = True,
) -> list[tuple[str, str]]:
    """Return task and node of all operations with a name or number."""
    number = int(step) if is_number and re.fullmatch(r"[0-9]{1,18}", step) else None
    values = {"step": step, "number": number, "run": run, "task": task}
    return [
        (row["task_id"], f"{row['run_id']}#{row['operation']}")
        for row in catalog.rows(_SQL["operations"], values)
    ]


def _steps(catalog: Catalog, run: str | None = None, task: str | None = None) -> tuple[str, ...]:
    """Return the steps of a run, or of all runs of a task; the runs themselves if none."""
    values = {"run": run, "task": task}
    steps = [ids.step_id(**row) for row in catalog.rows(_SQL["steps"], values)]
    if steps:
        return tuple(steps)
    return tuple(row["run_id"] for row in catalog.rows(_SQL["runs"], values))


def _columns_called(catalog: Catalog, column: str) -> Iterator[Found]:
    """Yield the columns of a name, those of the versions of a file as one."""
    nodes: dict[str, list[str]] = {}
    for row in catalog.rows(_SQL["columns_called"], {"column": column}):
        nodes.setdefault(row["uri"], []).append(ids.column_id(row["uri"], row["sha256"], column))
    for uri, versions in nodes.items():
        yield Found(kind="column", label=f"{uri}:{column}", nodes=tuple(versions))


def _columns(catalog: Catalog, file: Found, column: str | None) -> Found:
    rows = recorded_columns(catalog, [ids.parse_dataset(node) for node in file.nodes])
    named = [row for row in rows if row["name"]]
    versions = {(row["uri"], row["sha256"]) for row in named}
    nodes = [
        ids.column_id(row["uri"], row["sha256"], row["name"])
        for row in rows
        # without a name it may be any column
        if (row["name"] and column in {None, row["name"]})
        or not (row["name"] or (row["uri"], row["sha256"]) in versions)
    ]
    if not nodes:
        known = list(dict.fromkeys(row["name"] for row in named))
        raise DatasetNotFoundError(
            f"column {column!r} of file {file.label!r}" if column else f"columns of {file.label!r}",
            problem="not recorded",
            expected=f"one of {_some(known)}" if known else None,
        )
    label = file.label if column is None else f"{file.label}:{column}"
    return Found(kind="column", label=label, nodes=tuple(nodes))


def _only(catalog: Catalog, name: str, found: list[Found]) -> Found:
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(name, found)
    nearest = catalog.rows(_SQL["nearest"], {"name": name, "limit": 3})
    hints = ", ".join(repr(row["name"]) for row in nearest)
    raise DatasetNotFoundError(
        f"name {name!r}",
        problem="no file, run, task, operation or column of that name in the history",
        remedy=f"did you mean {hints}?" if hints else "`lineage graph` shows all names",
    )


def _ambiguous(name: str, found: list[Found]) -> DatasetNotFoundError:
    kinds = {candidate.kind for candidate in found}
    labels = sorted(
        candidate.label if len(kinds) == 1 else f"{candidate.kind}:{candidate.label}"
        for candidate in found
    )
    noun = kinds.pop() if len(kinds) == 1 else "meaning"
    return DatasetNotFoundError(
        f"name {name!r}",
        problem=f"matches several {noun}s: {_some(labels)}",
        remedy="use one of these names",
    )


def _some(labels: Sequence[str]) -> str:
    """Return the first labels, and how many more there are."""
    more = len(labels) - SHOWN
    return ", ".join(map(repr, labels[:SHOWN])) + (f" and {more:,} more" if more > 0 else "")
