"""What was acknowledged is never lost: with real processes, real signals and a full disk."""

from __future__ import annotations

import collections
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from lineage.events import WarningRaised
from lineage.ledger import Ledger

HERE = Path(__file__).parent
FOREVER = 10**9


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a script of this folder; use it as a context manager."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE)


def acknowledged(process: subprocess.Popen[str], count: int) -> list[int]:
    """Return the next positions that a process was promised."""
    assert process.stdout is not None
    return [int(process.stdout.readline()) for _ in range(count)]


def chain(path: Path) -> tuple[list[int], dict[str, list[int]]]:
    """Return all positions of a ledger, and the versions of each stream."""
    versions = collections.defaultdict(list)
    with closing(Ledger(f"sqlite://{path}")) as ledger:
        events = list(ledger.read())
    for event in events:
        versions[event.stream].append(event.version)
    return [event.position or 0 for event in events], versions


def assert_whole(path: Path) -> int:
    """Check that nothing is missing or double, and return the number of events."""
    positions, versions = chain(path)
    assert positions == list(range(1, len(positions) + 1))
    for found in versions.values():
        assert found == list(range(1, len(found) + 1))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    return len(positions)


@pytest.mark.parametrize("count", [1, 40, 700])
def test_kill_leaves_every_acknowledged_event(ledger_path: Path, count: int) -> None:
    """After kill -9 of a writer all it was promised is there, and the ledger goes on."""
    with start("append_in_a_loop.py", ledger_path, "a", FOREVER, 1) as process:
        acknowledged(process, count)
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        *_, last = [count, *map(int, process.stdout.read().split())]

    length = assert_whole(ledger_path)
    assert length >= last
    with closing(Ledger(f"sqlite://{ledger_path}")) as ledger:
        event = WarningRaised(operation=None, name="test", message="after")
        (recorded,) = ledger.append("a", [event], expected_version=length)
        assert recorded.position == length + 1


def test_kill_never_leaves_a_part_of_a_batch(ledger_path: Path) -> None:
    """A batch whose writer was killed is there as a whole or not at all."""
    for _ in range(3):
        with start("append_in_a_loop.py", ledger_path, "a", FOREVER, 200) as process:
            acknowledged(process, 5)
            process.send_signal(signal.SIGKILL)

    length = assert_whole(ledger_path)
    assert length >= 3 * 5 * 200
    assert length % 200 == 0


def test_kill_of_one_writer_does_not_disturb_the_other(ledger_path: Path) -> None:
    """A writer that dies holding the lock leaves it to the next one."""
    with (
        start("append_in_a_loop.py", ledger_path, "survivor", 400, 1) as survivor,
        start("append_in_a_loop.py", ledger_path, "victim", FOREVER, 50) as victim,
    ):
        acknowledged(victim, 10)
        victim.send_signal(signal.SIGKILL)
        acknowledged(survivor, 400)
        assert survivor.wait() == 0

    assert_whole(ledger_path)
    assert chain(ledger_path)[1]["survivor"][-1] == 400


@pytest.mark.parametrize(
    ("processes", "batches"),
    [(4, 60), pytest.param(16, 100, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("is_shared", [False, True], ids=["own streams", "one stream"])
def test_processes_that_append_at_once_lose_nothing(
    ledger_path: Path,
    processes: int,
    batches: int,
    is_shared: bool,  # noqa: FBT001
) -> None:
    """Writers queue: all they were promised is there, once, without gaps."""
    with ExitStack() as running:
        writers = [
            running.enter_context(
                start(
                    "append_in_a_loop.py",
                    ledger_path,
                    "shared" if is_shared else f"own-{number}",
                    batches,
                    3,
                )
            )
            for number in range(processes)
        ]
        promised = [position for w in writers for position in acknowledged(w, batches)]
        assert [writer.wait() for writer in writers] == [0] * processes

    assert len(set(promised)) == processes * batches
    assert sorted(promised) == list(range(3, processes * batches * 3 + 1, 3))
    assert assert_whole(ledger_path) == processes * batches * 3


def test_full_disk_is_an_error_that_leaves_everything_before_it(ledger_path: Path) -> None:
    """The append that found no room is refused, and the next one with room succeeds.

    The same ledger and session are used throughout: neither remembers what was not recorded.
    """
    with start("append_to_a_full_disk.py", ledger_path) as process:
        said = process.communicate()[0].splitlines()

    count, message, known, head, next_position = said
    assert int(count) > 3
    assert message.startswith(f"ledger sqlite://{ledger_path}: ")
    assert "the disk not full" in message
    assert (int(known) + 1, int(head), int(next_position)) == (
        int(count),
        int(count),
        int(count) + 1,
    )
    assert assert_whole(ledger_path) == int(count) + 1


def test_reader_follows_a_writer_without_a_gap(ledger_path: Path) -> None:
    """While another process appends, each read continues where the last one ended."""
    with start("append_in_a_loop.py", ledger_path, "a", 300, 2) as process:
        (seen,) = acknowledged(process, 1)
        with closing(Ledger(f"sqlite://{ledger_path}")) as ledger:
            positions = [event.position for event in ledger.read(until=seen)]
            while len(positions) < 600:
                tables = ledger.read_arrow(after=len(positions))
                positions += [p for table in tables for p in table["position"].to_pylist()]

        assert positions == list(range(1, 601))
        process.communicate()
