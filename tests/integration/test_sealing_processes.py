"""Processes that seal at once, and one that dies at it, leave heads that do not contradict."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lineage.kernel import merkle
from lineage.kernel.notes import Note, VerifierKey
from lineage.project import Project
from lineage.seals import heads, sealing, signers

PROCESSES = 16
ROUNDS = 3
SEAL = Path(__file__).with_name("seal_at_once.py")


def start(root: Path, number: int) -> subprocess.Popen[bytes]:
    """Start a process that seals."""
    return subprocess.Popen([sys.executable, SEAL, str(root), str(number), str(ROUNDS)])


def check(project: Project) -> None:
    """Check every head against the events, and its file."""
    last = sealing.seal(project)
    assert last is not None
    leaves = [h for b in project.ledger.leaf_hashes(after=0, until=last.size) for h in b]
    every = heads.all_heads(project)
    for head in every:
        assert head.root_sha256 == merkle.root_of(leaves[: head.size]).hex()
        key = VerifierKey.parse(head.signed.verifier_key)
        assert Note.parse(head.note).verified_by([key]) == (key,)
    sizes = [head.size for head in every]
    assert sizes == sorted(set(sizes))
    heads.write_missing(project)
    assert all(heads.file_of(project, head).read_text() == head.note for head in every)


@pytest.mark.slow
def test_processes_that_seal_at_once_sign_one_growing_tree(tmp_path: Path) -> None:
    """One key is made, and no two heads contradict each other."""
    running = [start(tmp_path, number) for number in range(PROCESSES)]

    assert [process.wait() for process in running] == [0] * PROCESSES
    with Project(tmp_path) as project:
        check(project)
        assert len(signers.adoptions(project)) == 1
        rounds = PROCESSES * ROUNDS
        assert project.ledger.head() == rounds + 1 + len(heads.all_heads(project))


DIES_BEFORE_THE_FILE = """
import os, signal, sys
from pathlib import Path
from lineage.kernel import files
files.write_text = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
sys.argv[1:] = [{root!r}, "1", "1"]
exec(Path({script!r}).read_text())
"""


def test_process_that_dies_between_record_and_file_leaves_a_whole_record(tmp_path: Path) -> None:
    """The file is written with the next head, from the record."""
    (tmp_path / ".lineage").mkdir()
    (tmp_path / ".lineage/.gitignore").write_text("*\n")
    code = DIES_BEFORE_THE_FILE.format(root=str(tmp_path), script=str(SEAL))
    died = subprocess.run([sys.executable, "-c", code], check=False)

    assert died.returncode == -signal.SIGKILL
    with Project(tmp_path) as project:
        (head,) = heads.all_heads(project)
        assert not heads.file_of(project, head).exists()
        sealing.seal(project)
        assert heads.file_of(project, head).read_text() == head.note
        check(project)
