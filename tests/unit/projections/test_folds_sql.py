"""The SQL itself: documented, and split into folds that are skipped only where it is safe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from projection_scenarios import of, folded
from strategies import of_model

from lineage.events import VOCABULARY, Event
from lineage.kernel.clock import SteppingClock
from lineage.ledger import Ledger
from projections import Catalog, Projector, folds

VIEW_NAME = re.compile(r"^create view (\w+)", re.MULTILINE)
TABLE_NAME = re.compile(r"^create table (\w+)", re.MULTILINE)
ALL_FOLDS = [fold for projection in folds.projections() for fold in projection.folds]
TOPICS = {cls.TOPIC for cls in VOCABULARY}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A published catalog without events."""
    path = tmp_path_factory.mktemp("catalog") / "catalog.duckdb"
    with Ledger("memory://") as ledger, Projector(ledger, path).open() as catalog:
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
    """A comment begins with a capital or a word of the product and ends with a full stop."""
    comments = published.rows("select comment from duckdb_columns() where not internal")

    assert [row["comment"] for row in comments if not row["comment"].endswith(".")] == []


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


def test_every_event_but_signs_of_life_is_folded() -> None:
    """An event that no fold names is one that the table events alone shows."""
    named = {word for fold in ALL_FOLDS for word in fold.types}
    like = {topic for topic in TOPICS if topic.startswith("process.")}

    assert TOPICS - named - like == set()


@settings(max_examples=60)
@given(events=st.lists(st.one_of(*map(of_model, VOCABULARY)), min_size=1, max_size=4))
def test_skipped_folds_would_have_added_nothing(events: list[Event]) -> None:
    """A fold that is skipped for the types of a range has no row to add."""
    with Ledger("memory://", clock=SteppingClock()) as ledger:
        ledger.append("run:r", events, expected_version=0, run="r", task="t")
        (table,) = ledger.read_arrow()
    types = frozenset(event.TOPIC for event in events)
    connection = _empty()
    connection.register("new_events", table)
    try:
        for fold in ALL_FOLDS:
            if not fold.concerns(types):
                assert connection.sql(_selected(fold)).fetchall() == []
    finally:
        connection.unregister("new_events")


def _selected(fold: folds.Fold) -> str:
    return fold.statement[fold.statement.index("select") :]


def _empty() -> duckdb.DuckDBPyConnection:
    if not _CONNECTIONS:
        _CONNECTIONS.append(folds.connect())
    return _CONNECTIONS[0]


_CONNECTIONS: list[duckdb.DuckDBPyConnection] = []


def test_version_follows_sql_and_events() -> None:
    """Another schema version of an event is another version of the folds."""
    versions = {cls.TOPIC: cls.SCHEMA_VERSION for cls in VOCABULARY}

    assert folds.version(versions) == folds.version(dict(reversed(versions.items())))
    assert folds.version(versions) != folds.version(versions | {"run.started": 99})


def test_awkward_streams_are_only_values(tmp_path: Path) -> None:
    """Names in the history are never read as SQL."""
    name = "x'; drop table events; --"
    with folded(of(f'run:"{name}"', *(cls_example() for _ in range(1)))) as history:
        assert history.catalog.value("select stream from events") == f'run:"{name}"'


def cls_example() -> Event:
    """Any event."""
    return of_model(VOCABULARY[0]).example()
