"""Databases in memory that are used again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from projection_scenarios import append, metric, of_run, started, succeeded, tables

from lineage.kernel.errors import ProjectionError, QueryError
from lineage.ledger import Ledger
from projections import Limits, Projector
from projections.catalog.kept import scratch


@pytest.fixture(autouse=True)
def _none_idle() -> None:
    scratch._idle.clear()


@pytest.fixture
def projector(ledger: Ledger, tmp_path: Path) -> Projector:
    """Builds catalogs from a ledger with two runs."""
    append(ledger, of_run(started(), metric("n", 1), succeeded(), run="r1"))
    append(ledger, of_run(started(upstream_runs={"t_0": "r1"}), metric("m", 2), run="r2"))
    return Projector(ledger, tmp_path / "catalog.duckdb")


def test_used_database_equals_a_new_one(projector: Projector) -> None:
    """Nothing of an earlier run is left, and the tables are those of a new database."""
    with projector.of_run("r2") as catalog:
        new = tables(catalog)
    projector.of_run("r1").close()

    with projector.of_run("r2") as catalog:
        assert tables(catalog) == new

    assert [database.uses for database in scratch._idle.popitem()[1]] == [3]


def test_catalogs_open_together_have_databases_of_their_own(projector: Projector) -> None:
    """A database is shared with nobody until its catalog is closed."""
    with projector.of_run("r1") as one, projector.of_run("r2") as two:
        assert one.value("select metric from metric_values") == "n"
        assert two.value("select metric from metric_values") == "m"


def test_closed_catalog_is_closed_for_good(projector: Projector) -> None:
    """A closed catalog does not see the run that uses its database now."""
    closed = projector.of_run("r1")
    closed.close()

    with projector.of_run("r2") as catalog:
        with pytest.raises(QueryError, match="an open catalog"):
            closed.rows("from runs")
        closed.close()

        assert catalog.value("select run_id from runs") == "r2"


def test_used_database_is_confined(projector: Projector) -> None:
    """A catalog in a database that was used reaches no file and changes no setting."""
    projector.of_run("r1").close()

    with projector.of_run("r2") as catalog:
        for statement in ("from read_text('/etc/passwd')", "set threads = 1"):
            with pytest.raises(QueryError):
                catalog.rows(statement)


def test_limit_ends_with_the_catalog_that_has_it(projector: Projector) -> None:
    """The next catalog in a database has the memory that a new one has."""
    setting = "select current_setting('memory_limit')"
    with projector.of_run("r1") as catalog:
        usual = catalog.value(setting)
    with projector.as_of(3).limit(Limits(memory_bytes=2**20)) as catalog:
        assert catalog.value(setting) != usual

    with projector.as_of(3) as catalog:
        assert catalog.value(setting) == usual


def test_past_is_folded_in_a_used_database(projector: Projector) -> None:
    """A past of few events shows these and nothing of the run that was there before."""
    projector.of_run("r2").close()

    with projector.as_of(3) as catalog:
        assert catalog.value("select list(run_id) from runs") == ["r1"]
        assert catalog.position == 3

    assert [database.uses for database in scratch._idle.popitem()[1]] == [2]


def test_damage_reads_the_same_in_a_used_database(projector: Projector, ledger_path: Path) -> None:
    """The error of a payload that is no JSON is plain text, whichever database found it."""
    with closing(sqlite3.connect(ledger_path)) as connection:
        connection.execute(
            "insert into events select 6, stream, 3, 'metric.recorded', 1, recorded_at, actor,"
            " run, task, causation, cast('{\"name\": ' as blob) from events where position = 5"
        )
        connection.commit()
    texts = []
    for _ in range(2):
        with pytest.raises(ProjectionError, match=r"events \d+ to \d+") as error:
            projector.of_run("r2")
        texts.append(str(error.value))
        projector.of_run("r1").close()

    assert texts[0] == texts[1]
    assert json.dumps("exception_type") not in texts[0]
