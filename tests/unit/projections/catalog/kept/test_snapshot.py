"""The snapshot of an encrypted catalog: the same rows, sooner, and never in the clear."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from encrypted_ledgers import MARK, MASTER_KEY, OTHER_KEY, all_bytes, archived
from projection_scenarios import tables
from small_tasks import make_project

from lineage.kernel.errors import CipherError, LedgerUnavailableError
from lineage.kernel.secrets.file_encryption import is_encrypted_file
from lineage.kernel.secrets.keyring import Keyring, master_secret
from lineage.project import Project
from lineage.upkeep import doctor
from projections import Projector
from projections.catalog import building, folds
from projections.catalog.building import Mark
from projections.catalog.kept import snapshot
from projections.catalog.kept.snapshot import Snapshot

EVENTS = 20
"""Of which one is no tenth, so that a single new one is not worth another snapshot."""

KNOWN = r"catalog\.snapshot position"
"""How a snapshot testifies."""

WRITE = """
import sys
from pathlib import Path
from lineage.project import Project
from projections.catalog import building
building.FEW = 0
with Project(Path(sys.argv[1])) as project:
    print("ready", flush=True)
    while True:
        project.projector.rebuild()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with two encrypted streams, whose catalog was opened once."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MASTER_KEY)
    monkeypatch.setattr(building, "FEW", 0)  # a longer history would take longer
    with make_project(tmp_path / "project", ledger={"encryption": True}) as opened:
        events = [archived(number) for number in range(EVENTS)]
        opened.ledger.append("run:1", events, expected_version=0, run="1")
        opened.ledger.append("run:2", [archived(EVENTS)], expected_version=0, run="2")
        opened.catalog().close()
        opened.projector.close()
        yield opened


@pytest.fixture
def file(project: Project) -> Path:
    """The snapshot."""
    found = project.state_folder / f"catalog{snapshot.SUFFIX}"
    assert found.is_file()
    return found


def position(project: Project, file: Path) -> int | None:
    """Return what the snapshot in a file shows; None if it cannot be read."""
    return Snapshot(project.ledger, file).position()


def opened(project: Project) -> dict[str, list[str]]:
    """Everything in the catalog that a new command has."""
    with Project(project.root) as again, again.catalog() as catalog:
        return tables(catalog)


def folded(project: Project) -> dict[str, list[str]]:
    """The same, of a catalog that knows of no snapshot."""
    with Projector(project.ledger, project.root / "none.duckdb").open() as catalog:
        return tables(catalog)


def forge(project: Project, file: Path) -> None:
    """Let the snapshot say something else than the ledger, which needs the key."""
    with folds.connect() as connection:
        folds.create(connection)
        version = project.projector._fold_version
        own = Snapshot(project.ledger, file)
        mark = own.load(connection, version)
        assert mark is not None
        connection.execute("update events set actor = 'from the file'")
        own.write(connection, mark, fold_version=version, erased=frozenset())


def test_next_command_goes_on_from_the_snapshot(project: Project, file: Path) -> None:
    """It holds what the file says, and the events after it; here the file says something else."""
    forge(project, file)
    project.ledger.append("run:3", [archived(0)], expected_version=0, run="3")

    with Project(project.root) as again, again.catalog() as catalog:
        actors = catalog.rows("select actor, count(*) as n from events group by all order by n")
    assert [row["n"] for row in actors] == [1, EVENTS + 1]
    assert actors[1]["actor"] == "from the file"


def test_forged_snapshot_is_found_and_replaced(project: Project, file: Path) -> None:
    """The doctor compares it with the ledger, as it does a catalog in the clear."""
    forge(project, file)

    with Project(project.root) as again:
        (found,) = [f for f in doctor.examine(again, is_deep=True) if f.check == "catalog"]
    assert not found.is_ok
    assert found.detail == "differs from the ledger in events; now rebuilt"
    assert opened(project) == folded(project)


def test_catalog_is_the_one_that_is_folded(project: Project, file: Path) -> None:
    """Every table and view has the same rows, news included."""
    project.ledger.append("run:3", [archived(0)], expected_version=0, run="3")
    assert opened(project) == folded(project)
    assert position(project, file) == EVENTS + 1


def test_snapshot_is_encrypted_and_for_its_owner(project: Project, file: Path) -> None:
    """Neither a payload nor anything that it begins with is readable."""
    content = all_bytes(project.state_folder)

    assert is_encrypted_file(file)
    assert MARK.encode() not in content
    assert b"fold_version" not in content
    assert (
        file.stat().st_mode & 0o077 <= (project.state_folder / "ledger.db").stat().st_mode & 0o077
    )


def test_few_news_are_not_worth_another_snapshot(
    project: Project, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stays as it is until more than a tenth is new, and a thousand events."""
    before = file.read_bytes()
    project.ledger.append("run:3", [archived(0)], expected_version=0, run="3")
    opened(project)

    assert file.read_bytes() == before
    monkeypatch.undo()
    marks = [Mark(position=position) for position in (0, 1_000, 89_999, 90_000, 100_000)]
    empty, few, old, recent, last = marks
    assert not snapshot.is_worth_writing(empty, few)
    assert snapshot.is_worth_writing(old, last)
    assert not snapshot.is_worth_writing(recent, last)


def test_erasure_ends_every_copy(project: Project, file: Path) -> None:
    """The key of the snapshot goes with that of a stream, from the file and its log, too."""
    with closing(sqlite3.connect(project.state_folder / "ledger.db")) as connection:
        ((wrapped,),) = connection.execute("select wrapped from catalog_key").fetchall()
    copy = file.with_name("copy.snapshot")
    shutil.copyfile(file, copy)
    assert position(project, copy) == EVENTS + 1
    assert wrapped[-40:] in all_bytes(project.state_folder)

    with Project(project.root) as other:
        assert other.ledger.destroy_stream_key("run:2")

    assert wrapped[-40:] not in all_bytes(project.state_folder)
    assert position(project, copy) is position(project, file) is None
    assert any("erased" in row for row in opened(project)["unreadable_events"])
    assert position(project, file) == EVENTS + 1
    assert project.ledger.faults(is_deep=True) == []


def test_fold_that_an_erasure_overtook_is_not_written(project: Project, file: Path) -> None:
    """It still shows what was erased, so it gets no key."""
    project.ledger.destroy_stream_key("run:2")
    file.unlink()
    with folds.connect() as connection:
        folds.create(connection)
        Snapshot(project.ledger, file).write(
            connection, Mark(), fold_version="v", erased=frozenset()
        )

    assert not file.exists()


def test_rotation_ends_the_snapshot(project: Project, file: Path) -> None:
    """The next command writes another one, under the new version of the key."""
    ring = Keyring(project.state_folder / "keys", master_secret())
    ring.rotate("ledger")
    assert project.ledger.wrap_keys_again() == 2
    ring.forget_old_versions("ledger")

    assert position(project, file) is None
    project.catalog().close()
    assert position(project, file) == EVENTS + 1


def cut_off(file: Path) -> None:
    """Cut the end off."""
    os.truncate(file, file.stat().st_size - 20)


def changed(file: Path) -> None:
    """Change a bit in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda file: file.write_bytes(b""),
    "another file": lambda file: file.write_text("{}"),
    "cut off": cut_off,
    "changed": changed,
    "removed": lambda file: file.unlink(),
}


def test_damaged_snapshot_fills_nothing(project: Project, file: Path) -> None:
    """Whatever happened to it, the tables stay empty, and nobody is troubled."""
    content, version = file.read_bytes(), project.projector._fold_version
    with folds.connect() as connection:
        folds.create(connection)
        for name, damage in DAMAGES.items():
            damage(file)
            assert Snapshot(project.ledger, file).load(connection, version) is None, name
            assert connection.sql("from events").fetchall() == [], name
            file.unlink(missing_ok=True)
            file.write_bytes(content)
        assert Snapshot(project.ledger, file).load(connection, "of another release") is None
        assert Snapshot(project.ledger, file).load(connection, version) is not None


def test_catalog_is_folded_anew_where_the_snapshot_is_damaged(project: Project, file: Path) -> None:
    """The next command has all rows, and leaves a snapshot that is whole."""
    changed(file)

    assert opened(project) == folded(project)
    assert position(project, file) == EVENTS + 1


def test_snapshot_of_another_ledger_does_not_open(project: Project, file: Path) -> None:
    """Each ledger has a key of its own."""
    with make_project(project.root.with_name("other"), ledger={"encryption": True}) as other:
        other.ledger.append("run:1", [archived(1)], expected_version=0, run="1")
        other.ledger.new_catalog_key(frozenset())

        assert position(other, file) is None
    assert position(project, file) == EVENTS + 1


def test_without_the_key_no_snapshot_is_read_or_written(
    project: Project, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is hidden stays hidden, and a catalog without payloads is not kept for others."""
    before = file.read_bytes()
    monkeypatch.delenv("LINEAGE_MASTER_KEY")
    with Project(project.root) as locked, locked.catalog() as catalog:
        assert catalog.value("select count(*) from events where payload is not null") == 0
    monkeypatch.setenv("LINEAGE_MASTER_KEY", OTHER_KEY)
    with Project(project.root) as wrong, pytest.raises(CipherError, match="another master key"):
        wrong.catalog()

    assert file.read_bytes() == before


def test_catalog_in_memory_removes_the_snapshot(project: Project, file: Path) -> None:
    """Who asks for none has none on the disk."""
    said = {"ledger": {"encryption": True, "catalog": "memory"}}
    (project.root / "configs/prj_config.json").write_text(json.dumps(said))
    opened(project)

    assert not file.exists()


def test_ledger_that_was_rolled_back_is_noticed(project: Project, tmp_path: Path) -> None:
    """The snapshot knows events that the earlier copy lacks; nothing is read or added there."""
    project.close()
    ledger = project.state_folder / "ledger.db"
    shutil.copyfile(ledger, tmp_path / "earlier.db")
    with Project(project.root) as later:
        events = [archived(number) for number in range(EVENTS)]
        later.ledger.append("run:3", events, expected_version=0, run="3")
        later.catalog().close()
    shutil.copyfile(tmp_path / "earlier.db", ledger)

    with Project(project.root) as rolled_back:
        with pytest.raises(LedgerUnavailableError, match=KNOWN):
            rolled_back.catalog()
        with pytest.raises(LedgerUnavailableError, match=KNOWN):
            rolled_back.ledger.append("run:4", [archived(0)], expected_version=0, run="4")


def test_killed_writers_leave_a_whole_snapshot_or_none(project: Project, file: Path) -> None:
    """Two processes write all the time, and are killed at any moment."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, project.root], stdout=subprocess.PIPE, env=environment
        )
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    time.sleep(0.5)
    for writer in writers:
        time.sleep(0.03)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()

    assert opened(project) == folded(project)
    project.projector.rebuild()
    assert position(project, file) == EVENTS + 1
    assert [path.name for path in project.state_folder.glob("*.part")] == []
    assert MARK.encode() not in all_bytes(project.state_folder)


def test_folder_that_cannot_be_written_costs_only_time(project: Project, file: Path) -> None:
    """Where there is no place for a snapshot, the catalog is there all the same."""
    nowhere = Projector(project.ledger, file / "catalog.duckdb", keeps_snapshot=True)

    with nowhere.open() as catalog:
        assert catalog.position == EVENTS + 1
