"""Everywhere a column still lives, and where protection stops it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from projection_scenarios import (
    Given,
    digest,
    folded,
    of_run,
    operation,
    read,
    started,
    wrote,
)

from lineage.events import ColumnsDerived, DerivedColumn
from lineage.kernel.values import document_text
from projections.dependency_graph.whereabouts import build_whereabouts, files_of


def derived(target: str, source: str, effect: str, *, is_direct: bool = True) -> DerivedColumn:
    """A step: "column" from "file:column"."""
    file, _, name = source.partition(":")
    return DerivedColumn(
        column=target,
        source_uri=file,
        source_sha256=digest(file),
        source_column=name,
        effect=effect,  # type: ignore[arg-type]  # one of the vocabulary
        is_direct=is_direct,
    )


def step(run: str, source: str, target: str, *columns: DerivedColumn) -> Any:
    """A run that makes one file from another; without columns it says nothing of them."""
    said = [ColumnsDerived(operation=1, uri=target, sha256=digest(target), columns=columns)]
    return of_run(
        started(),
        operation(name=f"work of {run}"),
        read(source, source, columns=("ssn", "age")),
        wrote(target, target, columns=tuple(one.column for one in columns)),
        *(said if columns else []),
        run=run,
    )


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """A number is copied, then masked; it also chooses rows, and a table says nothing."""
    with folded(
        step("r1", "raw", "copy", derived("number", "raw:ssn", "identity")),
        step(
            "r2",
            "copy",
            "safe",
            derived("masked", "copy:number", "masking"),
            derived("age", "copy:number", "identity", is_direct=False),
        ),
        step("r3", "copy", "report"),
    ) as given_history:
        yield given_history


def found(history: Given, column: str = "ssn", **options: Any) -> dict[str, Any]:
    """What was made from a column of the first file."""
    return build_whereabouts(history.catalog, "raw", [digest("raw")], column, **options)


def test_places_have_what_is_left_and_what_stopped_it(history: Given) -> None:
    """A copy shows all; masking stops it; a filter passes no values on."""
    places = {one["column"]: one for one in found(history)["found"]}

    assert {name: one["exposure"] for name, one in places.items()} == {
        "number": "exposed",
        "masked": "masked",
        "age": None,
    }
    assert places["number"]["stopped_by"] is None
    assert places["masked"]["stopped_by"]["effect"] == "masking"
    assert places["masked"]["stopped_by"]["run_id"] == "r2"
    assert places["masked"]["stopped_by"]["operation"] == "work of r2"


def test_path_names_every_step(history: Given) -> None:
    """From the column on, each with the file it leads to."""
    (masked,) = (one for one in found(history)["found"] if one["column"] == "masked")

    assert [(s["uri"], s["column"], s["effect"], s["task_id"]) for s in masked["path"]] == [
        ("copy", "number", "identity", "t_1"),
        ("safe", "masked", "masking", "t_1"),
    ]


def test_tables_that_say_nothing_of_their_columns_are_named(history: Given) -> None:
    """The column may be there, too."""
    assert found(history)["undeclared"] == [f"report@{digest('report')}"]


def test_unused_column_lives_nowhere_else(history: Given) -> None:
    """Whether nothing was made from it is not known, since a table says nothing."""
    document = found(history, "age")

    assert (document["found"], document["total"], document["answer"]) == ([], 0, "no")


def test_limit_cuts_the_list_not_the_count(history: Given) -> None:
    """The nearest come first."""
    document = found(history, limit=1)

    assert [one["column"] for one in document["found"]] == ["number"]
    assert (document["total"], document["is_truncated"]) == (3, True)


def test_answer_can_be_printed_and_has_files(history: Given) -> None:
    """The files are those as their last run left them."""
    document = found(history)

    assert json.loads(document_text(document)) == document
    assert {file["uri"] for file in files_of(history.catalog, document["found"])} == {
        "copy",
        "safe",
    }
