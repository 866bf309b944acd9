"""Encrypting the ledger of a project that has a history."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from encrypted_ledgers import MASTER_KEY, all_bytes
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.events import LedgerConverted, SealSigned, streams
from lineage.kernel.errors import LedgerError
from lineage.project import Project
from lineage.upkeep import doctor, ledger_encryption

MARK = "copy.csv"
"""Name of the file that the run wrote; it is in payloads only."""

ENCRYPT = """
import sys
from pathlib import Path
from lineage.project import Project
from lineage.upkeep import ledger_encryption
with Project(Path(sys.argv[1])) as project:
    print("ready", flush=True)
    ledger_encryption.encrypt(project)
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a run in a ledger in the clear, and its catalog."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MASTER_KEY)
    with make_project(tmp_path / "project") as project:
        assert SmallTask(CopyOperation(), project=project).run()
        project.catalog().close()
    return tmp_path / "project"


def test_history_is_the_same_and_nothing_made_from_it_is_left(root: Path) -> None:
    """Every question has the answer that it had, and no file beside the ledger has a payload."""
    with Project(root) as project:
        with project.catalog() as catalog:
            before = catalog.rows("from operations")
        assert MARK.encode() in all_bytes(root / ".lineage")

        done = ledger_encryption.encrypt(project)

        assert done.events == project.ledger.head() - 1
        assert MARK.encode() not in all_bytes(root / ".lineage")
        with project.catalog() as catalog:
            assert catalog.rows("from operations") == before
        assert ledger_encryption.encrypt(project).events == 0
        findings = {found.check: found for found in doctor.examine(project, is_deep=True)}
    assert [found for found in findings.values() if not found.is_ok] == []
    assert "not encrypted with it: DATA/reports" in findings["encryption"].detail


def test_earlier_head_is_on_record(root: Path) -> None:
    """Who kept the earlier file can check the seals that were made over it."""
    with Project(root) as project:
        sealed = SealSigned(
            tree_size=5, root_sha256="c" * 64, frontier=(), verifier_key="k", note="n"
        )
        project.ledger.append(streams.SEALS, [sealed], expected_version=0)

        done = ledger_encryption.encrypt(project, keeps_old=True)

        recorded = project.ledger.last_of_stream(streams.ENCRYPTION)
        assert done.copy is not None
    assert done.copy.stat().st_mode & 0o077 == 0
    assert recorded is not None
    assert recorded.event == LedgerConverted(
        encryption="AES-256-GCM",
        previous_size=done.events,
        sealed_size=5,
        previous_root_sha256="c" * 64,
        is_copy_kept=True,
    )


def test_empty_ledger_is_encrypted_by_the_project_file(tmp_path: Path) -> None:
    """There is nothing to convert, and the error says what to write."""
    with (
        make_project(tmp_path) as project,
        pytest.raises(LedgerError, match=r'write "ledger": \{"encryption": true\}'),
    ):
        ledger_encryption.encrypt(project)


@pytest.mark.slow
@pytest.mark.parametrize("wait_s", [0.0, 0.01, 0.05, 0.1, 0.3])
def test_killed_conversion_leaves_the_ledger_as_it_was_or_encrypted(
    root: Path, wait_s: float
) -> None:
    """And doing it again finishes what is left."""
    with Project(root) as project:
        before = list(project.ledger.read())
    command = [sys.executable, "-c", ENCRYPT, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)

    with Project(root) as project:
        assert list(project.ledger.read(until=len(before))) == before
        assert project.ledger.faults(is_deep=True) == []
        ledger_encryption.encrypt(project)
        assert list(project.ledger.read(until=len(before))) == before
    assert MARK.encode() not in all_bytes(root / ".lineage")
