"""Old events in Parquet files count only as long as they are what the ledger holds."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projection_scenarios import (
    Step,
    append,
    metric,
    of_run,
    of_task,
    started,
    succeeded,
    tables,
)
from strategies import events, run_histories

from lineage.events import MetricRecorded, TaskConfigured
from lineage.kernel.clock import SteppingClock
from lineage.kernel.digest import sha256_file
from lineage.ledger import Ledger, segments
from projections import Projector
from projections.catalog import building

SIZE = 4


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_SIZE", SIZE)
    monkeypatch.setattr(building, "FEW", 0)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of 10 events in a folder whose name DuckDB could take for a pattern."""
    folder = tmp_path / "it's [a] *"
    folder.mkdir()
    with Ledger(url(folder), clock=SteppingClock(), actor="tester@host") as opened:
        append(opened, of_run(started(), *(metric(f"m{i}", i) for i in range(8)), succeeded()))
        yield opened


@pytest.fixture
def projector(ledger: Ledger) -> Projector:
    """A projector whose catalog was made from two segments and two later events."""
    assert ledger.file is not None
    projector = Projector(ledger, ledger.file.with_name("catalog.duckdb"))
    projector.rebuild()
    assert len(files_of(ledger)) == 2
    return projector


def url(folder: Path) -> str:
    """The URL of a ledger in a folder."""
    return (folder / "ledger.db").as_uri().replace("file:", "sqlite:", 1)


def files_of(ledger: Ledger) -> list[Path]:
    """The segments of a ledger, oldest first."""
    assert ledger.file is not None
    return sorted(ledger.file.with_suffix(".segments").glob("*.parquet"))


def as_in_memory(ledger: Ledger) -> dict[str, list[str]]:
    """What the catalog must hold, folded without segments."""
    with Projector(ledger, Path("unused.duckdb")).as_of(ledger.head()) as catalog:
        return tables(catalog)


def published(projector: Projector) -> dict[str, list[str]]:
    """What the published catalog holds."""
    with projector.open() as catalog:
        return tables(catalog)


def change_ledger(ledger: Ledger, statement: str) -> None:
    """Change events behind the back of the ledger."""
    assert ledger.file is not None
    with closing(sqlite3.connect(ledger.file, isolation_level=None)) as connection:
        for (name,) in connection.execute(
            "select name from sqlite_schema where type = 'trigger'"
        ).fetchall():
            connection.execute(f"drop trigger {name}")
        connection.execute(statement)


def forge(path: Path) -> None:
    """Write a valid segment with another payload."""
    table = pq.read_table(path)
    forged = pa.array([text.replace("1", "7") for text in table["payload"].to_pylist()])
    pq.write_table(
        table.set_column(table.schema.get_field_index("payload"), "payload", forged), path
    )


def flip(path: Path) -> None:
    """Change one byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Cut off the end."""
    path.write_bytes(path.read_bytes()[:-100])


def swap(path: Path) -> None:
    """Put another segment in its place."""
    shutil.copyfile(next(other for other in path.parent.iterdir() if other != path), path)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=run_histories(), others=st.lists(events, max_size=8), data=st.data())
@pytest.mark.slow
def test_segments_fold_to_what_the_ledger_folds_to(
    tmp_path_factory: pytest.TempPathFactory, history: list, others: list, data: st.DataObject
) -> None:
    """Whatever happened, and wherever the catalog had got to before."""
    folder = tmp_path_factory.mktemp("any")
    steps: list[Step] = [of_run(*history), of_task(*others)]
    with Ledger(url(folder), clock=SteppingClock(), actor="tester@host") as ledger:
        append(ledger, *steps)
        projector = Projector(ledger, folder / "catalog.duckdb")
        reached = data.draw(st.integers(0, ledger.head()))
        projector._publish(None, reached)
        assert published(projector) == as_in_memory(ledger)
        projector.rebuild()
        assert published(projector) == as_in_memory(ledger)


@pytest.mark.parametrize(
    ("damage", "place"), [(forge, 0), (forge, 1), (flip, 1), (cut, 0), (swap, 0), (Path.unlink, 1)]
)
def test_segment_that_does_not_match_is_made_again(
    ledger: Ledger, projector: Projector, damage: Callable[[Path], object], place: int
) -> None:
    """The catalog is what the ledger says, and so is the segment afterwards."""
    path = files_of(ledger)[place]
    before = sha256_file(path)
    damage(path)

    projector.rebuild()

    assert published(projector) == as_in_memory(ledger)
    assert sha256_file(path) == before


def test_ledger_that_was_edited_shows_what_it_holds_now(
    ledger: Ledger, projector: Projector
) -> None:
    """A segment never hides what the ledger says, even if that is a forgery."""
    change_ledger(
        ledger,
        "update events set payload = cast(replace(payload, 'm2', 'mx') as blob) where position = 4",
    )

    projector.rebuild()

    with projector.open() as catalog:
        assert catalog.value("select name from metrics where position = 4") == "mx"
    assert published(projector) == as_in_memory(ledger)


def test_segments_of_another_ledger_do_not_count(ledger: Ledger, tmp_path: Path) -> None:
    """Files that were copied with a catalog's folder are made again."""
    with Ledger(url(tmp_path), clock=SteppingClock(), actor="other@host") as other:
        append(other, of_run(started(), *(metric(f"o{i}", i) for i in range(8))))
        projector = Projector(other, tmp_path / "catalog.duckdb")
        projector.rebuild()
        append(ledger, of_run(run="r2"))
        assert ledger.file is not None
        Projector(ledger, ledger.file.with_name("catalog.duckdb")).rebuild()
        for mine, theirs in zip(files_of(other), files_of(ledger), strict=True):
            shutil.copyfile(theirs, mine)

        projector.rebuild()

        assert published(projector) == as_in_memory(other)


def test_segment_of_other_versions_of_events_is_made_again(
    ledger: Ledger, projector: Projector
) -> None:
    """Its payloads are those of another release."""
    change_ledger(ledger, "update segments set versions = 'earlier'")
    forge(files_of(ledger)[0])

    projector.rebuild()

    assert published(projector) == as_in_memory(ledger)


def test_segments_that_cannot_be_written_are_done_without(ledger: Ledger) -> None:
    """The ledger itself is read, and nothing is said."""
    assert ledger.file is not None
    ledger.file.with_suffix(".segments").write_text("in the way")
    projector = Projector(ledger, ledger.file.with_name("catalog.duckdb"))

    projector.rebuild()

    assert published(projector) == as_in_memory(ledger)


def test_catching_up_makes_the_next_segment(ledger: Ledger, projector: Projector) -> None:
    """A segment is made when the catalog has got past its last event."""
    append(ledger, of_task(TaskConfigured(config_sha256="0" * 64, configuration={})))
    published(projector)
    assert len(files_of(ledger)) == 2

    append(ledger, of_run(started(), metric("n", 1), run="r2"))
    published(projector)

    assert len(files_of(ledger)) == 3
    projector.rebuild()
    assert published(projector) == as_in_memory(ledger)


def test_ledger_with_segments_is_without_fault(ledger: Ledger, projector: Projector) -> None:
    """Their table belongs to the ledger; an altered one does not."""
    assert ledger.faults(is_deep=True) == []
    change_ledger(ledger, "alter table segments add column more text")
    assert "table segments was altered" in ledger.faults(is_deep=False)


def test_events_too_large_for_the_limit_are_folded_without_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on memory is no limit on what can be recorded."""
    monkeypatch.setattr(building, "_MEMORY_LIMIT", "8MiB")
    large = [MetricRecorded(operation=None, category="c", name="n", value="x" * 2**20)] * 12
    append(ledger, of_run(*large))
    assert ledger.file is not None
    projector = Projector(ledger, ledger.file.with_name("catalog.duckdb"))

    projector.rebuild()

    with projector.open() as catalog:
        assert catalog.value("select max(strlen(value::varchar)) from metrics") == 2**20 + 2


def test_ledger_in_memory_keeps_no_segments() -> None:
    """They would outlive it."""
    with Ledger("memory://") as ledger:
        append(ledger, of_run(started(), *(metric("n", i) for i in range(SIZE))))
        assert ledger.segments() is None
