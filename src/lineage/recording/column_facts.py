"""Turn what an operation declares about its columns, or leaves out, into facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.events import (
    ArtifactWritten,
    AssumedColumn,
    ColumnsAssumed,
    ColumnsDerived,
    ColumnsObserved,
    DatasetRead,
    DerivedColumn,
    ObservedColumn,
    WarningRaised,
)
from lineage.kernel.plain import listed
from lineage.kernel.secrets.redaction import masked, redacted
from lineage.project import Project
from ops.columns.origin import ColumnOrigin
from ops.result import ColumnEdge, OperationResult
from ops.result import DatasetRead as ReadByOperation

TABULAR: Final = frozenset({"csv", "parquet"})
"""Types of artifacts that are tables, even if their columns are not known."""
NAMED: Final = 10
"""Columns that a warning names; its details have all."""


def columns_derived(
    project: Project,
    operation: int,
    edges: Iterable[ColumnEdge],
    inputs: Iterable[DatasetRead],
    artifacts: Iterable[ArtifactWritten],
) -> list[ColumnsDerived]:
    """Return the events that record which sources of columns an operation declared.

    Args:
        project: Where the run belongs.
        operation: Which one of the run.
        edges: What it stated.
        inputs: What it read, as recorded.
        artifacts: What it wrote, as recorded.
    """
    sources = {read.name: read for read in inputs}
    digests = {artifact.uri: artifact.sha256 for artifact in artifacts}
    columns: dict[str, list[DerivedColumn]] = {}
    for edge in edges:
        source = sources.get(edge.source) if edge.source is not None else None
        derived = DerivedColumn(
            column=edge.column,
            source_uri=source.uri if source else edge.source,
            source_sha256=source.sha256 if source else None,
            source_column=edge.source_column,
            effect=edge.effect,
            is_direct=edge.is_direct,
        )
        columns.setdefault(project.display(edge.output), []).append(derived)
    return [
        ColumnsDerived(
            operation=operation, uri=uri, sha256=digests.get(uri), columns=tuple(derived)
        )
        for uri, derived in columns.items()
    ]


def columns_explained(
    artifact: ArtifactWritten,
    origins: Iterable[ColumnOrigin],
    operation: int | None,
    project: Project,
) -> list[ColumnsDerived | ColumnsObserved]:
    """Return the events of what was found out about an output's columns.

    Args:
        artifact: The output, as recorded.
        origins: What was found, see `ops.columns.memory.ColumnMemory.explain`.
        operation: Which one of the run wrote it; None for the run as a whole.
        project: Where the run belongs.
    """
    derived, observed = [], []
    for origin in origins:
        dataset, source = origin.dataset, origin.source_column
        uri = None if dataset is None else project.name_of(dataset.uri)
        sha256 = None if dataset is None else dataset.sha256
        if origin.basis == "observed" and uri is not None and source is not None:
            observed.append(
                ObservedColumn(
                    column=origin.column,
                    source_uri=uri,
                    source_sha256=sha256,
                    source_column=source,
                )
            )
        else:
            derived.append(
                DerivedColumn(
                    column=origin.column,
                    source_uri=uri,
                    source_sha256=sha256,
                    source_column=source,
                    effect=origin.effect,
                    is_direct=origin.is_direct,
                )
            )
    found: list[ColumnsDerived | ColumnsObserved] = []
    place: dict[str, Any] = {
        "operation": operation,
        "uri": artifact.uri,
        "sha256": artifact.sha256,
    }
    if derived:
        found.append(ColumnsDerived(**place, columns=tuple(derived)))
    if observed:
        found.append(ColumnsObserved(**place, columns=tuple(observed)))
    return found


def columns_undeclared(
    name: str,
    inputs: Sequence[tuple[DatasetRead, ReadByOperation]],
    artifacts: Sequence[ArtifactWritten],
    result: OperationResult,
    derived: Iterable[ColumnsDerived],
) -> Iterator[ColumnsAssumed | WarningRaised]:
    """Yield what is recorded of outputs for whose columns an operation stated no source.

    A column with name and type of one that it read is assumed to be that column.

    Args:
        name: What the operation is called.
        inputs: What it read, as recorded and with the types of columns.
        artifacts: What it wrote, as recorded.
        result: What it handed back.
        derived: What it stated.
    """
    declared = {event.uri for event in derived}
    for artifact, written in zip(artifacts, result.artifacts, strict=True):
        is_table = artifact.columns or artifact.artifact_type in TABULAR
        if not is_table or artifact.uri in declared or artifact.operation is None:
            continue
        assumed = tuple(_assumed(written.column_types, inputs))
        if assumed:
            yield ColumnsAssumed(
                operation=artifact.operation,
                uri=artifact.uri,
                sha256=artifact.sha256,
                columns=assumed,
            )
        yield _warning(name, artifact, [column.column for column in assumed])


def _assumed(
    types: Mapping[str, str], inputs: Sequence[tuple[DatasetRead, ReadByOperation]]
) -> Iterator[AssumedColumn]:
    for column, kind in types.items():
        for recorded, read in inputs:
            if read.column_types.get(column) == kind:
                yield AssumedColumn(
                    column=column, source_uri=recorded.uri, source_sha256=recorded.sha256
                )


def _warning(name: str, artifact: ArtifactWritten, assumed: Sequence[str]) -> WarningRaised:
    taken = list(dict.fromkeys(assumed))
    open_ = [column for column in artifact.columns if column not in taken]
    said = [
        f"{how}: {listed(columns, NAMED)}"
        for how, columns in (("origin unknown", open_), ("assumed to be unchanged", taken))
        if columns
    ] or ["nor which it has"]
    return WarningRaised(
        operation=artifact.operation,
        name=name,
        message=masked(
            f"output {artifact.uri!r}: the operation declared no source of its columns "
            f"(OperationResult.derive); {'; '.join(said)}"
        ),
        details=redacted({"output": artifact.uri, "unknown": open_, "assumed": taken}),
    )
