"""Keeping the catalog file in step with its ledger."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from projection_scenarios import (
    append,
    at,
    edited,
    failed,
    metric,
    of_run,
    of_task,
    started,
    succeeded,
    tables,
)

from lineage.events import VOCABULARY, MetricRecorded, TaskRegistered
from lineage.events.vocabulary import UPCASTS, EventTypes
from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import LedgerUnavailableError, ProjectionError, QueryError
from lineage.ledger import Ledger
from projections import Limits, Projector
from projections.catalog import projector

REGISTERED = TaskRegistered(
    task_type="profiling", description="", version="1", class_name="X", source_sha256=None
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the catalog is published."""
    return tmp_path / "catalog.duckdb"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A ledger with one finished run, in memory."""
    with Ledger("memory://", clock=SteppingClock(), actor="tester@host") as opened:
        append(opened, of_run(started(), metric("n", 1), succeeded()))
        yield opened


@pytest.fixture
def published(ledger: Ledger, path: Path) -> Projector:
    """A projector whose catalog is up to date."""
    projector = Projector(ledger, path)
    projector.open().close()
    return projector


def statuses(projector: Projector) -> dict[str, str]:
    """Run id to status, as a freshly opened catalog shows it."""
    with projector.open() as catalog:
        return {row["run_id"]: row["status"] for row in catalog.rows("from runs order by run_id")}


def set_info(path: Path, assignment: str) -> None:
    """Change the row that says what a catalog was built from."""
    with edited(path) as connection:
        connection.execute(f"update catalog_info set {assignment}")


def test_ledger_without_events_has_an_empty_catalog(path: Path) -> None:
    """A catalog at position 0 has all tables and no rows."""
    with Ledger("memory://") as empty, Projector(empty, path).open() as catalog:
        assert catalog.position == 0
        assert set(map(len, tables(catalog).values())) == {0}


def test_news_are_shown_by_the_next_catalog(published: Projector, ledger: Ledger) -> None:
    """What was appended is there when the catalog is opened again."""
    append(ledger, of_run(started(), run="r2"))

    assert statuses(published) == {"r1": "succeeded", "r2": "running"}


def test_open_catalog_never_changes(published: Projector, ledger: Ledger) -> None:
    """A reader keeps what it opened while newer catalogs are published and opened."""
    with published.open() as before:
        append(ledger, of_run(started(), run="r2"))
        with published.open() as after:
            assert before.value("select count(*) from runs") == 1
            assert after.value("select count(*) from runs") == 2
        assert (before.position, before.value("select count(*) from events")) == (3, 3)


def test_catalog_without_news_is_not_published_again(published: Projector, path: Path) -> None:
    """Opening an up-to-date catalog writes nothing."""
    before = path.stat()
    published.open().close()

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_nothing_but_catalog_and_lock_is_left(published: Projector, path: Path) -> None:
    """No copy, link or log of the work stays behind."""
    published.rebuild()

    assert {entry.name for entry in path.parent.iterdir()} <= {"catalog.duckdb", "catalog.lock"}


def test_file_says_up_to_where_it_was_built(published: Projector, path: Path) -> None:
    """Anyone who opens the file sees its position."""
    with duckdb.connect(str(path), read_only=True) as connection:
        info = connection.sql("select position, last_stream, last_version from catalog_info")
        assert info.fetchall() == [(3, "run:r1", 3)]


@pytest.mark.parametrize("position", [0, 2, 3])
def test_past_position_shows_what_was_then(ledger: Ledger, path: Path, position: int) -> None:
    """The catalog of a position holds the events up to it, and no file is made."""
    with Projector(ledger, path).as_of(position) as catalog:
        assert catalog.position == position
        assert catalog.value("select position from catalog_info") == position
        assert catalog.value("select coalesce(max(position), 0) from events") == position
    assert not path.exists()


@pytest.mark.parametrize(("second", "position"), [(-1, 0), (0, 1), (1.5, 2), (2, 3)])
@pytest.mark.parametrize("clock", ["as_of", "as_known_at"])
def test_past_time_shows_what_was_recorded_by_then(
    ledger: Ledger, path: Path, second: float, position: int, clock: str
) -> None:
    """A time means the last event recorded at or before it; no event here was late."""
    moment = at(1) + timedelta(seconds=second)
    asked = {"moment": moment} if clock == "as_of" else {"as_known_at": moment}
    with Projector(ledger, path).as_of(**asked) as catalog:
        assert catalog.position == position


def test_first_events_of_a_run_are_folded_alone(ledger: Ledger, path: Path) -> None:
    """A run can be shown as it was after any of its events."""
    with Projector(ledger, path).of_run("r1", until=2) as catalog:
        assert catalog.rows("select status from runs") == [{"status": "running"}]
        assert catalog.position == 2


def test_one_run_is_folded_without_the_others(ledger: Ledger, path: Path) -> None:
    """Its catalog has its events at their positions and nothing else."""
    append(ledger, of_run(started(), run="r2"), of_run(failed(), run="r1"))
    with Projector(ledger, path).of_run("r2") as catalog:
        assert catalog.position == 4
        assert catalog.rows("select run_id, started_position from runs") == [
            {"run_id": "r2", "started_position": 4}
        ]


def test_unknown_run_is_an_empty_catalog(ledger: Ledger, path: Path) -> None:
    """A run without events has no rows."""
    with Projector(ledger, path).of_run("nobody") as catalog:
        assert (catalog.position, catalog.rows("from runs")) == (0, [])


def damage_all(path: Path) -> None:
    """Overwrite every byte."""
    path.write_bytes(os.urandom(path.stat().st_size))


def damage_middle(path: Path) -> None:
    """Overwrite a part of the content."""
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 8)
        stream.write(b"\xff" * (path.stat().st_size // 2))


def truncate(path: Path) -> None:
    """Lose the second half."""
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    """Lose everything."""
    path.write_bytes(b"")


def replace_with_other_database(path: Path) -> None:
    """Put a database there that is no catalog."""
    path.unlink()
    with edited(path) as connection:
        connection.execute("create table mine as select 1 as i")


def forget_info(path: Path) -> None:
    """Lose the row that says what the catalog was built from."""
    with edited(path) as connection:
        connection.execute("delete from catalog_info")


@pytest.mark.parametrize(
    "damage",
    [
        damage_all,
        damage_middle,
        truncate,
        empty,
        replace_with_other_database,
        forget_info,
        lambda path: set_info(path, "fold_version = 'older'"),
        lambda path: set_info(path, "position = 2"),
        lambda path: set_info(path, "last_stream = 'run:r2'"),
        lambda path: set_info(path, "last_recorded_at = '2020-01-01 00:00:00+00'"),
    ],
    ids=[
        "random bytes",
        "damaged",
        "truncated",
        "empty",
        "other database",
        "without info",
        "other folds",
        "other position",
        "other stream",
        "other time",
    ],
)
def test_catalog_that_does_not_fit_is_built_anew(
    published: Projector, path: Path, damage: Callable[[Path], None]
) -> None:
    """A file that cannot be read, or belongs to another history, repairs itself when opened."""
    damage(path)
    with published.open() as catalog:
        assert catalog.position == 3
        assert catalog.rows("select run_id, status from runs") == [
            {"run_id": "r1", "status": "succeeded"}
        ]


@pytest.mark.parametrize("act", [Projector.open, Projector.rebuild])
def test_catalog_that_is_ahead_of_the_ledger_is_kept(
    published: Projector, path: Path, act: Callable[[Projector], object]
) -> None:
    """Events that only the catalog knows were lost elsewhere: it says so, and is not replaced."""
    set_info(path, "position = 99, last_version = 99")
    before = path.read_bytes()

    with pytest.raises(LedgerUnavailableError, match=r"events 1 to 3, .* position 99"):
        act(published)
    assert path.read_bytes() == before


def test_catalog_of_another_ledger_is_built_anew(path: Path) -> None:
    """Two ledgers that begin with the same event at different times do not share a catalog."""
    with Ledger("memory://", clock=SteppingClock()) as first:
        append(first, of_task(REGISTERED))
        Projector(first, path).open().close()
    with Ledger("memory://", clock=SteppingClock(start=at(100))) as second:
        append(second, of_task(REGISTERED))
        with Projector(second, path).open() as catalog:
            assert catalog.value("select recorded_at from events") == at(100)


def test_catalog_is_built_anew_when_an_event_has_a_new_version(tmp_path: Path, path: Path) -> None:
    """Payloads that were folded in an older version are folded again in the present one."""
    url = f"sqlite://{tmp_path / 'ledger.db'}"
    with Ledger(url) as older:
        append(older, of_run(started(), metric("n", 1)))
        Projector(older, path).open().close()

    class Renamed(MetricRecorded):
        SCHEMA_VERSION = 2

    others = [cls for cls in VOCABULARY if cls is not MetricRecorded]
    upcast = {("metric.recorded", 1): lambda payload: {**payload, "name": "renamed"}}
    with (
        Ledger(url, event_types=EventTypes([*others, Renamed], {**UPCASTS, **upcast})) as newer,
        Projector(newer, path).open() as catalog,
    ):
        assert catalog.value("select name from metrics") == "renamed"


def test_rebuilding_starts_from_the_first_event(published: Projector, path: Path) -> None:
    """Even a catalog that seems to fit is rebuilt."""
    with edited(path) as connection:
        connection.execute("delete from metrics")

    assert published.rebuild() == 3
    with published.open() as catalog:
        assert catalog.value("select count(*) from metrics") == 1


def test_catalog_is_not_built_anew_for_news(
    published: Projector, ledger: Ledger, path: Path
) -> None:
    """However often news are published, what was folded before is not folded again."""
    with edited(path) as connection:
        connection.execute("delete from metrics")  # a mark that only folding again would remove

    for number in range(8):
        steps = [metric(str(i), i) for i in range(20)]
        append(ledger, of_run(started(), *steps, run=f"new{number}"))
        with published.open() as catalog:
            assert catalog.value("select count(*) from metrics where run_id = 'r1'") == 0


def test_what_a_killed_publisher_left_is_removed(
    published: Projector, ledger: Ledger, path: Path
) -> None:
    """Its private folder, with whatever it holds, goes with the next publishing."""
    workshop = path.with_name(".catalog.duckdb.building")
    workshop.mkdir()
    for name in ("catalog.duckdb", "catalog.duckdb.wal", "other"):
        (workshop / name).write_bytes(b"half of it")
    append(ledger, of_run(started(), run="r2"))

    assert statuses(published) == {"r1": "succeeded", "r2": "running"}
    assert not workshop.exists()


def test_old_names_that_a_killed_reader_left_are_removed(
    published: Projector, ledger: Ledger, path: Path
) -> None:
    """A second name of an old catalog would keep its room on the disk."""
    name = path.with_name(".catalog.duckdb.0123456789ab.part")
    name.write_bytes(b"")
    os.utime(name, (0, 0))
    append(ledger, of_run(started(), run="r2"))
    published.open().close()

    assert not name.exists()


def test_publishing_waits_only_so_long(
    published: Projector, ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process holds the lock, the reason is said after the time-out."""
    monkeypatch.setattr(projector, "LOCK_TIMEOUT_S", 0.2)
    append(ledger, of_run(started(), run="r2"))
    with (
        FileLock(path.with_suffix(".lock")),
        pytest.raises(
            ProjectionError, match=r"another process has been publishing for over 0\.2 s"
        ),
    ):
        published.open()


def test_reading_an_up_to_date_catalog_needs_no_lock(published: Projector, path: Path) -> None:
    """A publisher at work does not hold up who has nothing to publish."""
    with FileLock(path.with_suffix(".lock")), published.open() as catalog:
        assert catalog.position == 3


@pytest.mark.parametrize("act", [Projector.open, Projector.rebuild, lambda p: p.as_of(3)])
def test_damaged_event_is_named(
    tmp_path: Path, path: Path, act: Callable[[Projector], object]
) -> None:
    """A payload that is no JSON stops the fold with its range of positions, not a traceback."""
    file = tmp_path / "ledger.db"
    with Ledger(f"sqlite://{file}") as made:
        append(made, of_run(started(), succeeded()))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "insert into events select 3, stream, 3, 'metric.recorded', 1, recorded_at, actor,"
            " run, task, causation, cast('{\"name\": ' as blob) from events where position = 2"
        )
        connection.commit()
    with (
        Ledger(f"sqlite://{file}") as damaged,
        pytest.raises(ProjectionError, match=r"events 1 to 3: .* `lineage doctor`"),
    ):
        act(Projector(damaged, path))
    assert not path.exists()


def test_damage_that_shows_while_news_are_folded_is_mended(
    published: Projector, ledger: Ledger, path: Path
) -> None:
    """A file that opens and cannot take the news is rebuilt from the first event."""
    with edited(path) as connection:
        connection.execute("drop table run_beginnings")
    append(ledger, of_run(started(), run="r2"))

    assert statuses(published) == {"r1": "succeeded", "r2": "running"}


def test_damage_that_shows_late_names_the_remedy(published: Projector, path: Path) -> None:
    """A block that is damaged while the catalog is open is an error with its remedy."""
    with published.open() as catalog:
        size = path.stat().st_size
        with path.open("r+b") as stream:
            stream.seek(size // 8)
            stream.write(b"\xff" * (size - size // 8))
        with pytest.raises(QueryError, match="`lineage rebuild` repairs a damaged catalog"):
            tables(catalog)


def test_question_after_question_opens_the_file_once(published: Projector, path: Path) -> None:
    """Without news the catalog that is open already answers, also after a reader has closed his."""
    with published.open() as first:
        names = {entry.name for entry in path.parent.iterdir()}
    with published.open() as second:
        assert second.value("select count(*) from runs") == 1
        assert {entry.name for entry in path.parent.iterdir()} == names
    assert first.position == second.position


def test_file_that_was_replaced_meanwhile_is_opened(
    published: Projector, ledger: Ledger, path: Path
) -> None:
    """What is kept open counts only while the published file is still that one."""
    published.open().close()
    with edited(path) as connection:
        connection.execute("delete from metrics")

    with published.open() as catalog:
        assert catalog.value("select count(*) from metrics") == 0
    assert Projector(ledger, path).open().position == 3


def test_memory_limit_of_an_own_catalog_holds_for_no_other(published: Projector) -> None:
    """Whoever sets one asks for a catalog of his own."""
    setting = "select value from duckdb_settings() where name = 'memory_limit'"
    with published.open() as shared, published.open(is_own=True) as own:
        before = shared.value(setting)
        own.limit(Limits(memory_bytes=2**28))

        assert shared.value(setting) == before
        assert own.value(setting) != before


def test_closed_projector_leaves_open_catalogs_open(published: Projector) -> None:
    """Whoever holds a catalog may go on asking."""
    with published.open() as catalog:
        published.close()

        assert catalog.value("select count(*) from runs") == 1


def test_file_that_vanished_meanwhile_is_built_anew(
    published: Projector, ledger: Ledger, path: Path
) -> None:
    """What was known of the published file counts only while it is there."""
    published.open().close()
    path.unlink()
    append(ledger, of_run(started(), run="r2"))

    assert statuses(published) == {"r1": "succeeded", "r2": "running"}
    assert path.exists()
