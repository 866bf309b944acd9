"""What is recorded of outputs for whose columns an operation stated no source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from projection_scenarios import digest, read, wrote
from small_tasks import make_project

from lineage.events import (
    AssumedColumn,
    ColumnsAssumed,
    ColumnsDerived,
    ColumnsObserved,
    DatasetRead,
    DerivedColumn,
    ObservedColumn,
    WarningRaised,
)
from lineage.project import Project
from lineage.recording.column_facts import columns_explained, columns_undeclared
from ops.columns.origin import ColumnOrigin
from ops.result import Artifact, OperationResult
from ops.result import DatasetRead as ReadByOperation

Types = dict[str, str]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project."""
    with make_project(tmp_path / "project") as opened:
        yield opened


def taken(uri: str, types: Types) -> tuple[DatasetRead, ReadByOperation]:
    """A dataset that was read, as recorded and as the operation knows it."""
    known = ReadByOperation(
        name=uri,
        uri=uri,
        sha256=digest(uri),
        size_bytes=1,
        format="csv",
        columns=tuple(types),
        column_types=types,
    )
    return read(uri, uri, columns=tuple(types)), known


def recorded(
    *inputs: tuple[DatasetRead, ReadByOperation],
    types: Types,
    derived: tuple[ColumnsDerived, ...] = (),
) -> list[ColumnsAssumed | WarningRaised]:
    """What is recorded of an operation that wrote one table."""
    artifact = Artifact(path=Path("out"), artifact_type="csv", column_types=types)
    written = wrote("out", "out", columns=tuple(types))
    result = OperationResult(artifacts=[artifact])
    return list(columns_undeclared("op", inputs, [written], result, derived))


RAW = taken("raw", {"name": "text", "age": "integer"})


@pytest.mark.parametrize(
    ("types", "assumed"),
    [
        ({"name": "text"}, {"name"}),
        ({"name": "text", "age": "integer"}, {"name", "age"}),
        ({"name": "text", "age": "text"}, {"name"}),
        ({"Name": "text"}, set()),
        ({"other": "text"}, set()),
    ],
)
def test_column_of_same_name_and_type_is_assumed(types: Types, assumed: set[str]) -> None:
    """A column of another name or type may be anything."""
    facts = recorded(RAW, types=types)

    found = [fact for fact in facts if isinstance(fact, ColumnsAssumed)]
    assert {column.column for fact in found for column in fact.columns} == assumed


def test_each_input_that_has_the_column_is_a_source() -> None:
    """Two inputs may have given the column."""
    (fact, _) = recorded(RAW, taken("more", {"name": "text"}), types={"name": "text"})

    assert fact == ColumnsAssumed(
        operation=1,
        uri="out",
        sha256=digest("out"),
        columns=tuple(
            AssumedColumn(column="name", source_uri=uri, source_sha256=digest(uri))
            for uri in ("raw", "more")
        ),
    )


def test_warning_names_what_is_unknown_and_what_is_assumed() -> None:
    """Every column is in the details; the message names the first."""
    types = {"name": "text"} | {f"c{number}": "text" for number in range(12)}
    fact = recorded(RAW, types=types)[-1]

    assert isinstance(fact, WarningRaised)
    assert (fact.operation, fact.name) == (1, "op")
    assert "output 'out': the operation declared no source of its columns" in fact.message
    assert "c9 and 2 more; assumed to be unchanged: name" in fact.message
    assert fact.details["assumed"] == ["name"]
    assert fact.details["unknown"] == [f"c{number}" for number in range(12)]


def test_output_without_any_input_is_a_warning() -> None:
    """A table of which nothing was read may come from anywhere."""
    (fact,) = recorded(types={"name": "text"})

    assert isinstance(fact, WarningRaised)


def test_output_that_was_declared_is_none() -> None:
    """An operation that stated something about a file is believed."""
    said = ColumnsDerived(operation=1, uri="out", sha256=digest("out"), columns=())

    assert recorded(RAW, types={"name": "text"}, derived=(said,)) == []


@pytest.mark.parametrize(("kind", "count"), [("png", 0), ("json", 0), ("csv", 1), ("parquet", 1)])
def test_table_of_unknown_columns_is_a_warning(kind: str, count: int) -> None:
    """A picture or a report has no columns to declare; a table that somebody else wrote does."""
    artifact = Artifact(path=Path("out"), artifact_type=kind)
    written = wrote("out", "out", artifact_type=kind)
    result = OperationResult(artifacts=[artifact])

    facts = list(columns_undeclared("op", [RAW], [written], result, ()))

    assert [fact.TOPIC for fact in facts] == ["warning.raised"] * count


def test_found_origins_are_observed_or_derived_by_how_they_are_known(project: Project) -> None:
    """Equal content is one event, a query another; sources are named as in the record."""
    known = ReadByOperation(
        name="raw",
        uri=str(project.root / "raw.csv"),
        sha256=digest("raw"),
        size_bytes=1,
        format="csv",
    )
    seen = ColumnOrigin(
        column="title",
        dataset=known,
        source_column="name",
        effect="identity",
        is_direct=True,
        basis="observed",
    )
    summed = replace(seen, column="total", effect="aggregation", basis="query")
    made = replace(summed, column="one", dataset=None, source_column=None, effect="synthesis")
    written = wrote("out.csv", "out")

    found = columns_explained(written, [seen, summed, made], None, project)

    source = {"source_uri": "raw.csv", "source_sha256": digest("raw"), "source_column": "name"}
    nothing = dict.fromkeys(source)
    place = {"operation": None, "uri": "out.csv", "sha256": digest("out")}
    sum_ = DerivedColumn(column="total", effect="aggregation", is_direct=True, **source)
    one = DerivedColumn(column="one", effect="synthesis", is_direct=True, **nothing)
    assert found == [
        ColumnsDerived(columns=(sum_, one), **place),
        ColumnsObserved(columns=(ObservedColumn(column="title", **source),), **place),
    ]


def test_nothing_found_is_no_event(project: Project) -> None:
    """A file of which nothing is known has no event that says nothing."""
    assert columns_explained(wrote("out.csv", "out"), [], 1, project) == []
