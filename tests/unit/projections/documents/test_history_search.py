"""The search for a text in every kind of name."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from projection_scenarios import (
    Given,
    digest,
    failed,
    folded,
    metric,
    of_run,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.kernel.values import document_text
from projections.documents.history_search import KINDS, build_history_search


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """One run read a table and wrote another, one failed."""
    wide = wrote("out/People.csv", "b", columns=("age", "age_band"))
    with folded(
        of_run(started(), operation(), read("in/people.csv", "a"), wide, metric("age_loss", 1)),
        of_run(succeeded()),
        of_run(started(), failed("age is no number"), run="age2", task="t_ages"),
    ) as given_history:
        yield given_history


def names(history: Given, text: str, kind: str) -> list[str]:
    """The names of a kind that are found."""
    found = build_history_search(history.catalog, text, limit=10)[kind]["found"]
    return [one["name"] for one in found]


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("PEOPLE", "files", ["out/People.csv", "in/people.csv"]),
        (digest("a")[:6], "files", ["in/people.csv"]),
        (digest("a")[:5], "files", []),
        ("age", "columns", ["age", "age", "age_band"]),
        ("in/people.csv:na", "columns", ["name"]),
        ("t_1", "tasks", ["t_1"]),
        ("ages", "tasks", ["t_ages"]),
        ("AGE2", "runs", ["age2"]),
        ("no number", "runs", ["age2"]),
        ("loss", "metrics", ["age_loss"]),
        ("%", "files", []),
    ],
)
def test_text_is_found_in_names(history: Given, text: str, kind: str, found: list[str]) -> None:
    """Capitals do not count, nor do the letters that SQL has for patterns."""
    assert names(history, text, kind) == found


def test_a_limit_cuts_the_list_not_the_count(history: Given) -> None:
    """It says how many there are of each kind."""
    document = build_history_search(history.catalog, "age", limit=1)

    assert [one["name"] for one in document["columns"]["found"]] == ["age"]
    assert document["columns"]["total"] == 3
    assert document["total"] == sum(document[kind]["total"] for kind in KINDS)


def test_nothing_is_found_without_a_text(history: Given) -> None:
    """An empty text is in every name, but nobody asked for all of them."""
    assert build_history_search(history.catalog, "  ", limit=10)["total"] == 0


def test_answer_can_be_printed_as_it_is(history: Given) -> None:
    """Times are ISO 8601 in UTC."""
    document = build_history_search(history.catalog, "age", limit=10)

    assert json.loads(document_text(document)) == document
