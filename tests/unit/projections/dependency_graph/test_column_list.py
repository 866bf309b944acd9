"""The columns of all files, by page and by what they are to people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from projection_scenarios import Given, folded, of_run, operation, read, started, wrote

from projections.dependency_graph.privacy_flow.column_list import ColumnFilter, build_column_list

DECLARED = {"people": {"path": "people.csv", "columns": {"name": "direct_identifier"}}}
EVERY = [("out.csv", "age"), ("people.csv", "Name"), ("people.csv", "age"), ("people.csv", "name")]


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """A file with a name that was read twice, with other columns each time, and a result."""
    with folded(
        of_run(started(), operation(), read("people.csv", "a", columns=("gone",))),
        of_run(
            started(),
            operation(),
            read("people.csv", "b", columns=("name", "age", "Name", "")),
            wrote("out.csv", "c", columns=("age",)),
            run="r2",
        ),
    ) as given:
        yield given


def pages(history: Given, limit: int, **wanted: str) -> list[tuple[str, str]]:
    """Return file and name of the columns on all pages."""
    found: list[tuple[str, str]] = []
    after: Any = None
    while True:
        page = build_column_list(
            history.catalog, DECLARED, wanted=ColumnFilter(**wanted), after=after, limit=limit
        )
        assert len(page["columns"]) <= limit
        found += [(one["uri"], one["column"]) for one in page["columns"]]
        if page["next_after"] is None:
            return found
        after = tuple(page["next_after"])


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_have_every_column_of_the_latest_versions_once(history: Given, limit: int) -> None:
    """Whatever their length; a column without a name is none."""
    assert pages(history, limit) == EVERY


@pytest.mark.parametrize("limit", [1, 5])
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"text": "NAME"}, [("people.csv", "Name"), ("people.csv", "name")]),
        ({"file": "OUT"}, [("out.csv", "age")]),
        ({"role": "direct_identifier"}, [("people.csv", "name")]),
        ({"role": "none", "text": "age"}, [("out.csv", "age"), ("people.csv", "age")]),
        ({"verdict": "unknown"}, [("out.csv", "age")]),
        ({"exposure": "suppressed"}, []),
    ],
)
def test_columns_are_chosen(
    history: Given, limit: int, wanted: dict[str, str], found: list[tuple[str, str]]
) -> None:
    """By name, by file, and by what they are to people; pages do not change that."""
    assert pages(history, limit, **wanted) == found
