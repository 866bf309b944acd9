"""What a catalog says of its own tables, columns and words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projection_scenarios import append, of_run, started

from lineage.kernel.errors import QueryError
from lineage.ledger import Ledger
from projections import Catalog, Projector
from projections.catalog import schema


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalog that was published."""
    path = tmp_path_factory.mktemp("schema") / "catalog.duckdb"
    with Ledger("memory://") as ledger:
        append(ledger, of_run(started()))
        with Projector(ledger, path).open() as opened:
            yield opened


def test_tables_and_views_say_what_they_hold(catalog: Catalog) -> None:
    """Each has a kind and a meaning, sorted by name."""
    found = {row["name"]: row for row in schema.tables(catalog).rows()}

    assert list(found) == sorted(found)
    assert (found["run_beginnings"]["kind"], found["runs"]["kind"]) == ("table", "view")
    assert found["runs"]["meaning"] == "One row per run, begun or refused."


def test_columns_of_one_table_stand_in_their_order(catalog: Catalog) -> None:
    """With their types and meanings."""
    rows = schema.columns(catalog, "run_endings").rows()

    assert [row["column"] for row in rows][:2] == ["position", "run_id"]
    assert {row["table"] for row in rows} == {"run_endings"}
    assert (rows[0]["type"], rows[0]["meaning"]) == ("BIGINT", "Where it was recorded.")


def test_columns_of_all_tables_are_told_without_a_name(catalog: Catalog) -> None:
    """Every table and view has some."""
    tables = {row["name"] for row in schema.tables(catalog).rows()}

    assert {row["table"] for row in schema.columns(catalog).rows()} == tables


@pytest.mark.parametrize("name", ["rnus", 'runs" --', "run\u0000s"])
def test_unknown_table_is_refused(catalog: Catalog, name: str) -> None:
    """A name is a name, whatever stands in it."""
    with pytest.raises(QueryError, match="query"):
        schema.columns(catalog, name)


def test_words_are_keywords_then_functions_each_once(catalog: Catalog) -> None:
    """What no table is called can be completed, too."""
    words = schema.words(catalog)

    assert len(words) == len(set(words))
    assert words.index("select") < words.index("count_if")
