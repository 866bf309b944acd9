"""Processes that are killed, that count side by side, and that wait for the ledger."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from lineage.exports import export_summaries
from lineage.processes.manager import save_process_summary
from lineage.processes.summary import ProcessSummary
from lineage.project import Project

# Saves batch after batch of 100 items and says what was acknowledged.
COUNTING = """
import asyncio
from lineage.processes.manager import create_process_summary, save_process_summary

async def main():
    summary = await create_process_summary("r", "p")
    for batch in range(1, 10_000):
        summary.increment_items(processed=100, successful=99, failed=1, retried=2, bytes_count=5)
        summary.add_error("NetworkError", f"batch {batch}")
        summary.checkpoint()
        await save_process_summary(summary)
        print(batch, flush=True)
        summary.increment_items(processed=1)

asyncio.run(main())
"""

# Adds a number of items, one save each.
ADDING = """
import sys
from lineage.processes.summary import ProcessSummary

summary = ProcessSummary("p", "r")
for _ in range(20):
    summary.increment_items(processed=1)
    summary.save()
"""

# Holds the write lock of the ledger until its input ends.
HOLDING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
print("held", flush=True)
sys.stdin.read()
"""


def start(root: Path, program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program in a folder."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=root,
        env={**os.environ, "LINEAGE_PROJECT": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def lines(process: subprocess.Popen[str]) -> IO[str]:
    """What a program prints."""
    assert process.stdout is not None
    return process.stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a ledger and nothing in it."""
    Project(tmp_path).close()
    return tmp_path


@pytest.mark.parametrize("batches", [1, 7])
def test_everything_saved_survives_a_kill(root: Path, batches: int) -> None:
    """Behaviour 68: what was acknowledged before kill -9 is there, in every count."""
    process = start(root, COUNTING)
    for _ in range(batches):
        acknowledged = int(lines(process).readline())
    process.send_signal(signal.SIGKILL)
    process.communicate()

    with Project(root) as project:
        summary = ProcessSummary("p", "r", project=project)
        saved = summary.error_count
        assert saved >= acknowledged == batches
        assert summary.items_successful == 99 * saved
        assert summary.items_processed == 100 * saved + (saved - 1)
        assert (summary.items_failed, summary.items_retried) == (saved, 2 * saved)
        assert (summary.bytes_processed, summary.error_types) == (
            5 * saved,
            {"NetworkError": saved},
        )
        assert summary.last_error_message == f"batch {saved}"


def test_summary_of_a_killed_process_can_be_rebuilt(root: Path) -> None:
    """After a kill the rebuilt file says what the ledger says, whatever was on disk."""
    process = start(root, COUNTING)
    lines(process).readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()

    with Project(root) as project:
        (file,) = export_summaries(project)
        head = project.ledger.read_stream("process:r/p")[-1]
        document = json.loads(file.read_text())
    assert document["items_successful"] >= 99
    assert document["is_completed"] is False
    assert document["generated_at"] == head.recorded_at.isoformat(timespec="microseconds").replace(
        "+00:00", "Z"
    )


def test_processes_that_count_side_by_side_add_up(root: Path) -> None:
    """Three programs that save the same process at once lose no count, nor does the file."""
    programs = [start(root, ADDING) for _ in range(3)]
    for program in programs:
        program.communicate()
    assert [program.returncode for program in programs] == [0, 0, 0]

    file = root / "runs/r/process_summary_p.json"
    exported = file.read_bytes()
    with Project(root) as project:
        export_summaries(project)
    assert json.loads(exported)["items_processed"] == 60
    assert file.read_bytes() == exported


def test_save_that_waits_for_the_ledger_does_not_stop_the_event_loop(root: Path) -> None:
    """While another program holds the ledger, the loop goes on and counts go on."""
    with Project(root) as project:
        summary = ProcessSummary("p", "r", project=project)
        project.ledger.create()
        holder = start(root, HOLDING, str(root / ".lineage/ledger.db"))
        assert lines(holder).readline() == "held\n"

        async def run() -> bool:
            summary.increment_items(processed=1)
            saving = asyncio.create_task(save_process_summary(summary))
            for _ in range(50):
                await asyncio.sleep(0.005)
                summary.increment_items(processed=1)
            was_waiting = not saving.done()
            holder.communicate()
            await saving
            return was_waiting

        assert asyncio.run(run())
        assert summary.items_processed == 51
        with project.catalog() as catalog:
            assert catalog.value("select items_processed from process_stages") == 1
