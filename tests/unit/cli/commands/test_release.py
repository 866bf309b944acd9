"""Files are released, listed and withdrawn by commands, and exceptions are allowed by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from in_process import InProcess
from release_project import OUT, POLICIES, Suppressing, configure

from lineage.kernel.secrets.file_cipher import FileCipher, encrypt_file
from lineage.kernel.secrets.secret import SecretKey
from lineage.project import Project

TO = ("--purpose", "research", "--recipient", "university", "--approver", "dpo")


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """A project with a file that may be released."""
    configure(tmp_path)
    with Project(tmp_path) as project:
        assert Suppressing(project, "name").run()
    return InProcess(tmp_path, monkeypatch, capsys)


def test_released_file_is_named(lineage: InProcess) -> None:
    """The screen says where it is; the list has it with both verdicts."""
    said = lineage("release", OUT, *TO).out

    assert "released as DATA/releases/" in said
    [listed] = lineage.json("releases")
    assert (listed["then"], listed["now"]) == ("released", "holds")
    assert (lineage.root / listed["release_uri"]).is_file()
    assert "university" in lineage("releases").out


def test_refused_file_is_told_with_the_reason(lineage: InProcess) -> None:
    """Exit code 1, and nothing appears."""
    answer = lineage.json("release", OUT, "--purpose", "ads", "--recipient", "broker", code=1)

    assert answer["violations"] == ["known recipient"]
    assert "broker may not get it" in answer["evaluated"][2]["reason"]
    assert not (lineage.root / "DATA/releases").exists()
    assert lineage.json("releases", "--then")[0]["now"] is None


def test_file_is_judged_without_being_released(lineage: InProcess) -> None:
    """The judgement is on record and belongs to no release."""
    lineage("policy", "check", OUT, "--recipient", "university")
    lineage("policy", "check", "DATA/raw/people.csv", "--recipient", "university", code=1)

    query = "select uri, outcome from policies where policy = 'no names' and release_id is null"
    assert [row["outcome"] for row in lineage.json("query", query)] == ["passed", "violated"]


def test_waiver_lets_a_file_pass_until_it_ends(lineage: InProcess) -> None:
    """The exception is named in the decision; after it was ended, the file is refused."""
    configure(lineage.root, hundred={"kind": "k_at_least", "k": 100})
    lineage("release", OUT, *TO, code=1)
    lineage("policy", "waive", "hundred", "--reason", "small town", "--until", "2199-01-01")
    [waiver] = lineage.json("policy", "list")["waivers"]

    assert "waived" in lineage("release", OUT, *TO).out

    lineage("policy", "end-waiver", waiver["waiver"], "--reason", "over")
    lineage("release", OUT, *TO, code=1)


def test_waiver_of_no_policy_is_refused(lineage: InProcess) -> None:
    """The message names those that there are."""
    waive = ("policy", "waive", "nothing", "--reason", "x", "--until", "2199-01-01")

    assert "in time, known recipient, no names" in lineage(*waive, code=1).error_line


def test_release_is_withdrawn(lineage: InProcess) -> None:
    """It needs a reason, and takes the file away."""
    lineage("release", OUT, *TO)
    [listed] = lineage.json("releases")
    lineage("releases", "--withdraw", listed["release_id"], code=2)
    lineage("releases", "--withdraw", listed["release_id"], "--reason", "a mistake")

    assert not (lineage.root / listed["release_uri"]).exists()
    assert lineage.json("releases")[0]["now"] == "withdrawn"


def test_mistake_in_the_policies_is_told(lineage: InProcess) -> None:
    """Nothing is judged by policies that nobody understands."""
    (lineage.root / "configs/policies.json").write_text(json.dumps({"x": {"kind": "no"}}))

    assert "policies.json" in lineage("policy", "list", code=2).error_line


def test_encrypted_file_without_a_key_is_refused(lineage: InProcess) -> None:
    """What cannot be read cannot be measured."""
    configure(lineage.root, **{"ten alike": POLICIES["ten alike"]})
    sealed = lineage.root / "DATA/sealed.csv"
    encrypt_file(lineage.root / OUT, sealed, FileCipher(SecretKey(b"k" * 32)))

    answer = lineage.json("release", "DATA/sealed.csv", *TO, code=1)

    assert answer["evaluated"][0]["outcome"] == "unknown"
