"""Attacks on the events of a ledger, and on what is made of them. They register themselves."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
from attack_tools import attack, change_payload, ledger, shift, swap
from small_tasks import CopyOperation, SmallTask

from lineage.project import Project
from lineage.seals.sealing import seal


@attack("E1", "edited payload", position=5)
def edit_payload(root: Path, _: Path) -> None:
    """An event says something else."""
    with ledger(root) as events:
        change_payload(events, 5, "description", "nothing was done")


def _edit(root: Path, column: str, value: object) -> None:
    with ledger(root) as events:
        events.execute(f"update events set {column} = ? where position = 5", (value,))


@attack("E2", "edited envelope", position=5)
def edit_actor(root: Path, _: Path) -> None:
    """An event has another actor."""
    _edit(root, "actor", "somebody else")


@attack("E3", "edited envelope", position=5)
def edit_time(root: Path, _: Path) -> None:
    """An event has another time."""
    _edit(root, "recorded_at", 1_700_000_000_000_000)


@attack("E4", "edited envelope", position=5)
def edit_type(root: Path, _: Path) -> None:
    """An event has another type."""
    _edit(root, "type", "warning.raised")


@attack("E5", "edited envelope", position=5)
def edit_schema_version(root: Path, _: Path) -> None:
    """An event has another schema version."""
    _edit(root, "schema_version", 99)


@attack("E6", "edited envelope", position=5)
def edit_version(root: Path, _: Path) -> None:
    """An event has another place in its stream."""
    _edit(root, "version", 99)


@attack("E7", "edited envelope", position=5)
def edit_run(root: Path, _: Path) -> None:
    """An event belongs to another run."""
    _edit(root, "run", "r_other")


@attack("E8", "edited envelope", position=5)
def edit_task(root: Path, _: Path) -> None:
    """An event belongs to another task."""
    _edit(root, "task", "t_other")


@attack("E9", "edited envelope", position=5)
def add_separator(root: Path, _: Path) -> None:
    """A text of an envelope gets a control character, to shift what is hashed."""
    _edit(root, "actor", "me\x1fyou")


@attack("E10", "removed", position=5)
def delete_event(root: Path, _: Path) -> None:
    """An event is deleted."""
    with ledger(root) as events:
        events.execute("delete from events where position = 5")


@attack("E11", "removed", position=5)
def delete_event_and_close_gap(root: Path, _: Path) -> None:
    """An event is deleted, and the later ones move up."""
    with ledger(root) as events:
        events.execute("delete from events where position = 5")
        shift(events, after=5, by=-1)


@attack("E12", "removed", position=3)
def delete_run(root: Path, _: Path) -> None:
    """All events of a run are deleted."""
    with ledger(root) as events:
        events.execute("delete from events where run = (select run from events where position = 3)")


@attack("E13", "inserted", position=6)
def insert_event(root: Path, _: Path) -> None:
    """An event is inserted, and the later ones move down."""
    with ledger(root) as events:
        shift(events, after=5, by=1)
        events.execute(
            "insert into events select 6, 'task:t_false', 1, type, schema_version, recorded_at, "
            "actor, run, task, causation, payload from events where position = 5"
        )


@attack("E14", "reordered", position=5)
def swap_events(root: Path, _: Path) -> None:
    """Two events change places."""
    with ledger(root) as events:
        swap(events, 5, 7)


@attack("E15", "edited envelope", position=3)
def swap_runs(root: Path, _: Path) -> None:
    """Two runs change places: each gets the events of the other."""
    with ledger(root) as events:
        first, second, _last = (
            row[0]
            for row in events.execute(
                "select run from events where run is not null group by run order by min(position)"
            )
        )
        for old, new in ((first, "r_x"), (second, first), ("r_x", second)):
            events.execute("update events set run = ? where run = ?", (new, old))
            events.execute(
                "update events set stream = ? where stream = ?", (f"run:{new}", f"run:{old}")
            )


@attack("E16", "truncated", position=21)
def truncate(root: Path, _: Path) -> None:
    """The end of the history is deleted, seals included."""
    with ledger(root) as events:
        events.execute("delete from events where position > 20")


@attack("E17", "truncated", position=1)
def delete_all(root: Path, _: Path) -> None:
    """All events are deleted."""
    with ledger(root) as events:
        events.execute("delete from events")


@attack("E18", "truncated", position=26)
def replay_file(root: Path, earlier: Path) -> None:
    """The file of the ledger is replaced by an earlier copy."""
    for ending in ("", "-wal", "-shm"):
        (root / f".lineage/ledger.db{ending}").unlink(missing_ok=True)
    shutil.copy(earlier / ".lineage/ledger.db", root / ".lineage/ledger.db")


@attack("E19", "rolled back", position=26, needs_head=True)
def roll_back(root: Path, earlier: Path) -> None:
    """The whole project is replaced by an earlier copy."""
    shutil.rmtree(root)
    shutil.copytree(earlier, root)


@attack("E20", "signed anew", needs_head=True)
def continue_earlier_copy(root: Path, earlier: Path) -> None:
    """The whole project is replaced by an earlier copy, with which somebody works on."""
    roll_back(root, earlier)
    work_on(root, runs=2)


def work_on(root: Path, *, runs: int) -> None:
    """Do other work in a project than was done, and seal it."""
    with Project(root) as project:
        for _ in range(runs):
            assert SmallTask(CopyOperation(output="other"), project=project).run()
        seal(project)


@attack("E21", "changed", position=1)
def edit_without_witnesses(root: Path, earlier: Path) -> None:
    """An event is edited, and the kept leaf hashes and the catalog are deleted."""
    edit_payload(root, earlier)
    (root / ".lineage/leaves").unlink()
    (root / ".lineage/catalog.duckdb").unlink()


@attack("E22", "edited", position=5)
def edit_with_catalog(root: Path, earlier: Path) -> None:
    """An event is edited, and the catalog is built again from it."""
    edit_payload(root, earlier)
    (root / ".lineage/catalog.duckdb").unlink()
    with Project(root, is_trusted=False) as project:
        project.catalog().close()


@attack("E23", "guard")
def drop_guards(root: Path, _: Path) -> None:
    """The triggers that refuse updates and deletions are dropped."""
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as events:
        events.execute("drop trigger events_refuse_update")
        events.commit()


@attack("F1", "file replaced")
def edit_file(root: Path, _: Path) -> None:
    """A file on record is edited, with its size and time stamp kept."""
    path = next((root / "DATA/processed").rglob("copy.csv"))
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Ada", b"Eve"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@attack("F2", "file missing")
def delete_file(root: Path, _: Path) -> None:
    """A file on record is deleted."""
    next((root / "DATA/processed").rglob("copy.csv")).unlink()


@attack("F3", "doctor: documents")
def edit_report(root: Path, _: Path) -> None:
    """A report is edited."""
    path = next((root / "DATA/reports").rglob("*.json"))
    path.write_text(path.read_text().replace("t_one", "t_two"))


@attack("F4", "doctor: catalog")
def edit_catalog(root: Path, _: Path) -> None:
    """The catalog is edited."""
    with closing(duckdb.connect(str(root / ".lineage/catalog.duckdb"))) as catalog:
        catalog.execute("update artifacts set description = 'nothing was done'")
