"""`lineage witness`, as somebody without the project calls it, and what comes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from copies import copied
from in_process import InProcess
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.seals import standalone
from lineage.seals.sealing import seal


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line of a project with two sealed runs."""
    copied(_seal_twice, tmp_path / "project")
    (tmp_path / "project/.lineage/signing.key").chmod(0o600)
    return InProcess(tmp_path / "project", monkeypatch, capsys)


@pytest.fixture
def outside(lineage: InProcess) -> InProcess:
    """The command line of a witness, who has the first head and the key of the project."""
    folder = lineage.root.parent / "witness"
    folder.mkdir()
    for number, path in enumerate(sorted((lineage.root / "DATA/seals").rglob("*.txt")), 1):
        shutil.copy(path, folder / f"head{number}.txt")
    key = lineage.json("seals")["heads"][0]["verifier_key"]
    (folder / "ledger.key").write_text(f"{key}\n")
    witness = replace(lineage, root=folder)
    witness("witness", "key", "witness.key", "--name", "witness.example")
    return witness


SIGN = ("--signer", "ledger.key", "--key", "witness.key", "--state", "state")


def _seal_twice(root: Path) -> None:
    for _ in range(2):
        with make_project(root) as project:
            assert SmallTask(CopyOperation(), project=project).run()
            seal(project)
            project.projector.rebuild()


def test_round_trip_ends_with_a_witness_in_the_answer_of_verify(
    lineage: InProcess, outside: InProcess
) -> None:
    """Sealed, mailed, cosigned, mailed back, recorded, verified."""
    sizes = [str(head["tree_size"]) for head in lineage.json("seals")["heads"]]
    proof = outside.root / "grown.json"
    proof.write_text(json.dumps(lineage.json("prove", "--consistency", *sizes)))

    first = outside("witness", "sign", "head1.txt", *SIGN, "--first", "--to", "answer1.txt")
    grown = ("--consistency", "grown.json", "--to", "answer2.txt")
    second = outside("witness", "sign", "head2.txt", *SIGN, *grown)

    assert "it was compared with none" in first.err
    assert f"continues that of {sizes[0]}" in second.err
    answer, key = outside.root / "answer2.txt", outside.root / "witness.key.pub"
    lineage("seal", "--cosignature", str(answer), "--witness", str(key))
    assert "co-signed by witness.example" in lineage("verify").out


def test_stand_alone_verifier_insists_on_the_witness(outside: InProcess) -> None:
    """It knows the formats from the standards, and nothing of the command that wrote the answer."""
    outside("witness", "sign", "head1.txt", *SIGN, "--first", "--to", "answer.txt")
    script = Path(standalone.__file__).with_name(standalone.FILE_NAME)
    keys = ("--key", "ledger.key", "--witness", "witness.key.pub")

    codes = [
        subprocess.run(
            [sys.executable, "-I", script, file, *keys],
            cwd=outside.root,
            stdout=subprocess.DEVNULL,
            check=False,
        ).returncode
        for file in ("answer.txt", "head1.txt")
    ]

    assert codes == [0, 1]


def test_cosigned_head_is_printed_without_a_file(outside: InProcess) -> None:
    """And described with --json."""
    shown = outside("witness", "sign", "head1.txt", *SIGN, "--first").out
    again = outside.json("witness", "sign", "head1.txt", *SIGN)

    assert shown.count("\N{EM DASH} witness.example ") == 1
    assert again["compared_with"] == again["tree_size"]
    assert f"{again['verifier_key']}\n" == (outside.root / "witness.key.pub").read_text()


def test_answer_that_could_not_be_written_is_had_again(outside: InProcess) -> None:
    """The state is on the disk before the answer is handed out."""
    (outside.root / "folder").mkdir()

    outside("witness", "sign", "head1.txt", *SIGN, "--first", "--to", "folder", code=1)
    assert "witness.example" in (outside.root / "state").read_text("utf-8")
    assert "witness.example" in outside("witness", "sign", "head1.txt", *SIGN).out


@pytest.mark.parametrize("own", ["state", "witness.key", "witness.key.pub"])
def test_answer_replaces_neither_key_nor_state(outside: InProcess, own: str) -> None:
    """A slip of the pen is no loss."""
    outside("witness", "sign", "head1.txt", *SIGN, "--first", "--to", own, code=2)

    assert (outside.root / "witness.key.pub").read_text().startswith("witness.example+")
    assert not (outside.root / "state").exists()


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("head1.txt", *SIGN), "say so with --first", 2),
        (("nothing.txt", *SIGN, "--first"), "cannot read 'nothing.txt'", 2),
        (("head1.txt", *SIGN, "--signer", "me", "--first"), "no verifier key", 2),
        (("head1.txt", *SIGN, "--first", "--consistency", "head1.txt"), "proof of consistency", 1),
    ],
)
def test_refusal_is_one_line(
    outside: InProcess, arguments: tuple[str, ...], said: str, code: int
) -> None:
    """It says what is wrong; nothing is cosigned."""
    assert said in outside("witness", "sign", *arguments, code=code).error_line
    assert not (outside.root / "state").exists()


def test_rolled_back_head_is_refused(outside: InProcess) -> None:
    """The witness says what happened, and keeps its memory."""
    outside("witness", "sign", "head2.txt", *SIGN, "--first")
    kept = (outside.root / "state").read_bytes()

    assert "rolled back" in outside("witness", "sign", "head1.txt", *SIGN, code=1).error_line
    assert (outside.root / "state").read_bytes() == kept


def test_key_is_not_made_twice(outside: InProcess) -> None:
    """Who has cosigned with it goes on with it."""
    again = outside("witness", "key", "witness.key", "--name", "witness.example", code=2)

    assert "there is one" in again.error_line
