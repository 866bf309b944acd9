"""The verifier that is handed out checks proofs and signed texts, without this package."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cryptography
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.kernel.digest import sha256_file
from lineage.kernel.notes import Note, VerifierKey, cosign
from lineage.project import Project
from lineage.seals import endorsements, standalone
from lineage.seals.proofs import prove_consistency, prove_events
from lineage.seals.sealing import seal
from lineage.seals.signers import adoptions, rotate, sign_text, signer

SCRIPT = Path(standalone.__file__).with_name("verify_lineage.py")
PAGE = Path(__file__).parents[3] / "docs/how-to/verify-without-us.md"
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = VerifierKey("witness", 4, WITNESS_KEY.public_key().public_bytes_raw())
GUARD = """
import sys
class Guard:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"lineage", "ops", "projections"}:
            raise ImportError(name)
sys.meta_path.insert(0, Guard())
sys.path.append(sys.argv[1])
sys.argv = sys.argv[2:]
import runpy
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What an auditor gets, in a folder without anything else."""

    folder: Path
    key: str

    def __call__(self, name: str, *options: str) -> tuple[int, str]:
        """Run the verifier on a file, without this package and without site-packages."""
        libraries = str(Path(cryptography.__file__).parents[1])
        done = subprocess.run(
            [
                *(sys.executable, "-I", "-S", "-c", GUARD, libraries, "verify_lineage.py"),
                *(name, *(options or ("--key", self.key))),
            ],
            cwd=self.folder,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == "" or done.returncode == 2, done.stderr
        return done.returncode, done.stdout

    def write(self, name: str, content: object) -> str:
        """Write a JSON document or a text into the folder."""
        text = content if isinstance(content, str) else json.dumps(content)
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    """Proofs, signed texts and the verifier, made of a project that is not there any more."""
    folder, root = tmp_path_factory.mktemp("handed"), tmp_path_factory.mktemp("project")
    shutil.copy(SCRIPT, folder)
    with make_project(root) as project:
        first = _sealed(project)
        last = _sealed(project)
        handed = Handed(folder=folder, key=str(signer(project).verifier_key))
        (copy,) = root.rglob("copy.csv")
        shutil.copy(copy, folder)
        digest = sha256_file(copy)
        written = next(
            r.position
            for r in project.ledger.read()
            if r.position
            and digest.encode() in project.ledger.leaf(r.position)
            and r.event.TOPIC == "artifact.written"
        )
        handed.write(
            "payload.json", prove_events(project, [written], about="file", with_payload=True)
        )
        handed.write(
            "run.json", prove_events(project, range(1, first + 1), about="run", with_payload=False)
        )
        handed.write("grown.json", prove_consistency(project, first, last))
        (head,) = root.rglob(f"{last:012d}.txt")
        handed.write("head.txt", head.read_text("utf-8"))
        handed.write("text.txt", sign_text(project, f"copy.csv\n{digest}\n"))
    shutil.rmtree(root)
    return handed


def _sealed(project: Project) -> int:
    assert SmallTask(CopyOperation(), project=project).run()
    head = seal(project)
    assert head is not None
    return head.size


def test_verifier_is_short_and_imports_nothing_of_ours() -> None:
    """One can read it before one trusts it."""
    text = SCRIPT.read_text("utf-8")

    assert len(text.splitlines()) < 200
    assert "import lineage" not in text
    assert "from lineage" not in text


def test_page_prints_the_verifier() -> None:
    """What the documentation explains is what is handed out."""
    assert SCRIPT.read_text("utf-8") in PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", ["payload.json", "run.json", "grown.json", "head.txt", "text.txt"])
def test_genuine_file_is_verified(handed: Handed, name: str) -> None:
    """Each kind of file is checked against the key alone."""
    code, said = handed(name)

    assert (code, said.splitlines()[-1]) == (0, "VERIFIED")


def test_proof_says_what_it_proves(handed: Handed) -> None:
    """With the payload the event is proved, without it only its place."""
    assert '"path":"DATA/processed/t_one/output/copy.csv"' in handed("payload.json")[1].replace(
        '"uri"', '"path"'
    )
    assert "only its position is proved" in handed("run.json")[1]


@pytest.mark.parametrize("name", ["payload.json", "text.txt"])
def test_file_is_the_one_that_was_recorded(handed: Handed, name: str) -> None:
    """A document belongs to a proof by its SHA-256, and no other one does."""
    other = handed.write("other.csv", "name,age\n")
    key = ("--key", handed.key)

    assert handed(name, *key, "--document", "copy.csv")[0] == 0
    assert handed(name, *key, "--document", other)[0] == 1


def _leaf(proof: dict[str, Any]) -> None:
    proof["events"][0]["leaf_sha256"] = "0" * 64


def _position(proof: dict[str, Any]) -> None:
    proof["events"][0]["envelope"]["position"] = "2"


def _payload(proof: dict[str, Any]) -> None:
    proof["events"][0]["payload"] += " "


def _actor(proof: dict[str, Any]) -> None:
    proof["events"][0]["envelope"]["actor"] = "somebody else"


def _separator(proof: dict[str, Any]) -> None:
    envelope = proof["events"][0]["envelope"]
    envelope["actor"], envelope["run"] = f"{envelope['actor']}\x1f{envelope['run']}", ""


def _path(proof: dict[str, Any]) -> None:
    proof["events"][0]["path"].pop()


def _long_path(proof: dict[str, Any]) -> None:
    proof["events"][0]["path"].append("")


def _root(proof: dict[str, Any]) -> None:
    proof["head"] = proof["head"].replace("\n", "\n1", 1)


def _no_events(proof: dict[str, Any]) -> None:
    proof["events"] = []


def _format(proof: dict[str, Any]) -> None:
    proof["format"] = "privacy-lineage proof 2"


@pytest.mark.parametrize(
    "change",
    [_leaf, _position, _payload, _actor, _separator, _path, _long_path, _root, _no_events, _format],
)
def test_altered_proof_is_not_verified(
    handed: Handed, change: Callable[[dict[str, Any]], None]
) -> None:
    """No part of a proof can be another one."""
    proof = json.loads((handed.folder / "payload.json").read_text("utf-8"))
    change(proof)

    code, said = handed(handed.write("altered.json", proof))

    assert code == 1
    assert said.splitlines()[-1].startswith("NOT VERIFIED: ")


def test_head_that_continues_nothing_is_not_verified(handed: Handed) -> None:
    """The path between two heads fits only them, in their order."""
    proof = json.loads((handed.folder / "grown.json").read_text("utf-8"))
    for altered in (
        proof | {"path": proof["path"][::-1][1:]},
        proof | {"first": proof["second"], "second": proof["first"]},
        proof | {"first": proof["second"]},
    ):
        assert handed(handed.write("altered.json", altered))[0] == 1


def test_text_that_another_key_signed_is_not_verified(handed: Handed) -> None:
    """Who is trusted is said on the command line, not in the file."""
    other = VerifierKey("me", 1, WITNESS_KEY.public_key().public_bytes_raw())

    assert handed("head.txt", "--key", str(other))[0] == 1
    assert handed("head.txt", "--key", "no key")[0] == 2


def test_witness_must_have_signed_and_says_when(handed: Handed) -> None:
    """A witness that is asked for and missing is as bad as a false signature."""
    note = Note.parse((handed.folder / "head.txt").read_text("utf-8"))
    seen = cosign(note.text, "witness", WITNESS_KEY, datetime(2026, 1, 2, tzinfo=UTC))
    handed.write("seen.txt", str(Note(note.text, (*note.signatures, seen))))
    wanted = ("--key", handed.key, "--witness", str(WITNESS))

    assert "seen by witness witness at 2026-01-02 00:00:00+00:00" in handed("seen.txt", *wanted)[1]
    assert handed("head.txt", *wanted)[0] == 1


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    """Proofs of a ledger whose key was rotated twice, and the first key."""
    folder = tmp_path_factory.mktemp("rotated")
    shutil.copy(SCRIPT, folder)
    with make_project(tmp_path_factory.mktemp("rotating")) as project:
        rotated = Handed(folder=folder, key=str(signer(project).verifier_key))
        sizes = []
        for _ in range(3):
            head = seal(project)
            assert head is not None
            sizes.append(head.size)
            rotated.write(f"head{len(sizes)}.txt", head.note)
            rotate(project)
        said = endorsements.of(adoptions(project))
        rotated.write("proof.json", prove_events(project, [1], about="1", with_payload=False))
        rotated.write("grown.json", prove_consistency(project, sizes[0], sizes[-1]))
        rotated.write("seals.json", {"endorsements": said})
    return rotated


@pytest.mark.parametrize(
    "options",
    [
        ("proof.json",),
        ("grown.json",),
        ("head1.txt",),
        ("head2.txt", "--endorsements", "seals.json"),
        ("head3.txt", "--endorsements", "proof.json"),
    ],
)
def test_later_key_counts_by_the_word_of_the_trusted_one(
    rotated: Handed, options: tuple[str, ...]
) -> None:
    """Who knows the first key checks what the third one signed."""
    code, said = rotated(*options, "--key", rotated.key)

    assert (code, said.splitlines()[-1]) == (0, "VERIFIED")


def test_later_key_without_endorsements_is_not_trusted(rotated: Handed) -> None:
    """A head alone says nothing of its key."""
    code, said = rotated("head3.txt")

    assert code == 1
    assert "no trusted key has signed, nor do endorsements lead to" in said


def _forged(said: list[dict[str, str]]) -> None:
    said[0]["endorsement"] = "A" * 86 + "=="


def _of_another_key(said: list[dict[str, str]]) -> None:
    said[1]["replaces"] = said[0]["replaces"]


def _broken(said: list[dict[str, str]]) -> None:
    said[1]["endorsement"] = said[1]["endorsement"][:-3]


def _reordered(said: list[dict[str, str]]) -> None:
    said[0], said[1] = said[1], said[0]


def _first_missing(said: list[dict[str, str]]) -> None:
    del said[0]


def _last_missing(said: list[dict[str, str]]) -> None:
    del said[1:]


def _of_a_stranger(said: list[dict[str, str]]) -> None:
    """A stranger vouches for the key that signed."""
    stranger = VerifierKey(said[0]["replaces"].split("+")[0], 1, WITNESS.public)
    for link in said:
        value = WITNESS_KEY.sign(link["verifier_key"].encode())
        link |= {"replaces": str(stranger), "endorsement": base64.b64encode(value).decode()}


def _under_another_name(said: list[dict[str, str]]) -> None:
    """The trusted name is not that of the key that is endorsed."""
    other = VerifierKey.parse(said[0]["verifier_key"])
    said[0]["verifier_key"] = str(VerifierKey("other", 1, other.public))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_forged, "under '.+' is false"),
        (_of_another_key, "under '.+' is false"),
        (_under_another_name, "under 'other.+' is false"),
        (_broken, "not what privacy-lineage writes"),
        (_reordered, "nor do endorsements lead to"),
        (_first_missing, "nor do endorsements lead to"),
        (_last_missing, "nor do endorsements lead to"),
        (_of_a_stranger, "nor do endorsements lead to"),
    ],
)
def test_altered_endorsements_lead_nowhere(
    rotated: Handed, change: Callable[[list[dict[str, str]]], None], reason: str
) -> None:
    """Each link must be there, in its place, and signed; the reason is said."""
    proof = json.loads((rotated.folder / "proof.json").read_text("utf-8"))
    change(proof["endorsements"])

    code, said = rotated(rotated.write("altered.json", proof))

    assert code == 1
    assert re.fullmatch(f"NOT VERIFIED: .*{reason}.*", said.splitlines()[-1])


def test_name_of_a_key_cannot_write_the_verdict(rotated: Handed) -> None:
    """What a stranger writes is quoted; the last line is that of the verifier."""
    stranger = VerifierKey("x", 1, WITNESS.public)
    name = "x\nVERIFIED\n"
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + stranger.public).hexdigest()[:8]
    key = f"{name}+{key_id}+{str(stranger).split('+', 2)[2]}"
    link = {"replaces": key, "verifier_key": key, "endorsement": "A" * 86 + "=="}

    code, said = rotated(rotated.write("altered.json", {"endorsements": [link]}))

    assert code == 1
    assert "VERIFIED" not in said.splitlines()


def test_garbage_is_not_verified(handed: Handed) -> None:
    """Whatever a file holds, the answer is an answer."""
    for content in ("", "{", "{}", "[]", "text\n\n— a b\n", '{"format": 1}'):
        assert handed(handed.write("garbage", content))[0] == 1
