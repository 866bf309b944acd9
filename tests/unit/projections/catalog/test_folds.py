"""The SQL itself: documented, and split into folds that are skipped only where it is safe."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from projection_scenarios import append, folded, metric, of_run, started, succeeded, wrote
from strategies import of_model

from lineage.events import VOCABULARY, Event
from lineage.ledger import Ledger
from projections import Catalog, Projector
from projections.catalog import folds
from projections.dependency_graph import dependency_graph
from projections.documents.report import build_report

VIEW_NAME = re.compile(r"^create view (\w+)", re.MULTILINE)
TABLE_NAME = re.compile(r"^create table (\w+)", re.MULTILINE)
ALL_FOLDS = [fold for projection in folds.projections() for fold in projection.folds]
TOPICS = {cls.TOPIC for cls in VOCABULARY}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A published catalog."""
    path = tmp_path_factory.mktemp("catalog") / "catalog.duckdb"
    with Ledger("memory://") as ledger:
        append(ledger, of_run(started()))
        with Projector(ledger, path).open() as catalog:
            yield catalog


@pytest.mark.parametrize("kind", ["tables", "views", "columns"])
def test_everything_is_documented(published: Catalog, kind: str) -> None:
    """Every table, every view and each of their columns has a comment."""
    name = {"tables": "table_name", "views": "view_name", "columns": "table_name || column_name"}
    rows = published.rows(
        f"select {name[kind]} as name, comment from duckdb_{kind}()"
        " where not internal and not starts_with(schema_name, 'pg_')"
    )

    assert rows
    assert [row["name"] for row in rows if not row["comment"]] == []


def test_comments_are_sentences(published: Catalog) -> None:
    """A comment ends with a full stop."""
    rows = published.rows("select comment from duckdb_columns() where comment is not null")

    assert [row["comment"] for row in rows if not row["comment"].endswith(".")] == []


@pytest.mark.parametrize("projection", folds.projections(), ids=lambda p: p.name)
def test_fold_reads_only_new_events(projection: folds.Projection) -> None:
    """A fold knows no table and no view: neither its own nor another projection's."""
    names = {
        name
        for other in folds.projections()
        for name in (*VIEW_NAME.findall(other.views), *TABLE_NAME.findall(other.schema))
    }
    for fold in projection.folds:
        read = set(re.findall(r"\b(?:from|join)\s+([a-z_]+)\b(?!\()", fold.statement))
        assert read <= {"new_events"}, (read & names, fold.statement)


@pytest.mark.parametrize("fold", ALL_FOLDS, ids=lambda fold: fold.statement.split()[2])
def test_fold_is_one_insert_of_known_events(fold: folds.Fold) -> None:
    """A fold only adds rows, in one statement, from events that exist."""
    (statement,) = duckdb.extract_statements(fold.statement)

    assert statement.type is duckdb.StatementType.INSERT
    assert fold.types <= TOPICS


def test_every_event_is_folded() -> None:
    """An event that no fold takes would be seen in the table events alone."""
    connection = folds.connect()
    folded = {
        topic
        for topic in TOPICS
        for fold in ALL_FOLDS[1:]
        if topic in fold.types or (not fold.types and _takes(connection, fold, topic))
    }

    assert TOPICS - folded == set()


@settings(max_examples=25)
@given(events=st.lists(st.one_of(*map(of_model, VOCABULARY)), min_size=1, max_size=4))
@pytest.mark.slow
def test_skipped_folds_would_have_added_nothing(events: list[Event]) -> None:
    """A fold that is skipped for the types of a range has no row to add."""
    types = frozenset(event.TOPIC for event in events)
    with Ledger("memory://") as ledger, folds.connect() as connection:
        ledger.append("run:r", events, expected_version=0, run="r", task="t")
        (new_events,) = ledger.read_arrow()
        connection.register("new_events", new_events)
        skipped = [fold for fold in ALL_FOLDS if not fold.concerns(types)]
        rows = [connection.sql(_selection(fold)).fetchall() for fold in skipped]

    assert rows == [[]] * len(skipped)


def _takes(connection: duckdb.DuckDBPyConnection, fold: folds.Fold, topic: str) -> bool:
    """Tell whether the condition of a fold lets a type through."""
    condition = fold.statement.rpartition("where ")[2].rstrip(" \n)")
    found = connection.sql(f"select {condition} from (select ? as type)", params=[topic])
    return bool(found.fetchall()[0][0])


def _selection(fold: folds.Fold) -> str:
    return fold.statement[fold.statement.index("select") :]


def test_version_follows_sql_and_events() -> None:
    """Another schema version of an event is another version of the folds."""
    versions = {cls.TOPIC: cls.SCHEMA_VERSION for cls in VOCABULARY}

    assert folds.version(versions) == folds.version(dict(reversed(versions.items())))
    assert folds.version(versions) != folds.version(versions | {"run.started": 99})


def test_names_in_the_history_are_only_values() -> None:
    """No stream, run, task, file or metric is ever read as SQL."""
    name = "x'\"; drop table events; --"
    events = (started(), metric(name, 1), wrote(name), succeeded())
    with folded(of_run(*events, run=name, task=name)) as history:
        graph = dependency_graph(history.catalog)
        report = build_report(history.catalog, name)

    assert (report["task_id"], report["metrics"]) == (name, {name: 1})
    assert f"{name}#1" in graph.nodes
