"""Proofs and audits are got from their pages, and hold without the server."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_pages import OURS, Pages, pages_of
from release_project import after_one_run

from lineage.audits import audits
from lineage.seals import sealing


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project with two signed heads."""
    root = after_one_run(tmp_path_factory.mktemp("sealed"), "name")
    with pages_of(root, is_read_only=True) as pages:
        sealing.seal(pages.project)
        yield pages


def test_proofs_of_the_pages_are_checked_without_us(sealed: Pages, tmp_path: Path) -> None:
    """The program, the key and the proof come from the pages; nothing else is needed."""
    heads = sealed.json("proof")["heads"]
    sizes = [one["tree_size"] for one in heads]
    script = tmp_path / "verify_lineage.py"
    script.write_bytes(sealed.ask("/verify_lineage.py").body)
    asked = ("prove.json?name=3", f"prove.json?from={sizes[0]}&to={sizes[-1]}")
    for number, address in enumerate(asked):
        proof = tmp_path / f"{number}.json"
        proof.write_bytes(sealed.ask(f"/{address}").body)
        done = subprocess.run(
            [sys.executable, script, proof, "--key", heads[-1]["verifier_key"]],
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (address, done.stdout, done.stderr)
    assert sealed.ask(f"/head.txt?size={sizes[-1]}").body.decode() == heads[-1]["note"]


def test_verification_is_asked_for_and_then_told(sealed: Pages) -> None:
    """On a server that only reads, too; the page says when and up to where."""
    assert "has not verified the record" in sealed.html("proof")

    answer = sealed.ask("/verify", "POST", headers=OURS)

    assert answer.status == 200
    assert "all is as it was signed" in sealed.html("proof")
    assert sealed.json("proof")["verified"]["problems"] == []


def test_event_without_a_head_is_not_proved_and_says_so(census: Pages) -> None:
    """With what to do about it."""
    assert "lineage seal" in census.html("prove", name=census.project.ledger.head())


def test_audit_of_a_page_is_that_of_the_command(sealed: Pages, tmp_path: Path) -> None:
    """Byte for byte, though the page has links; a scope is asked for before anything is made."""
    head = sealed.project.ledger.head()
    file = tmp_path / "audit.html"
    file.write_bytes(sealed.ask("/audit.html?task=t_safe").body)

    assert audits.check(sealed.project, file)["is_equal"]
    assert 'href="run?id=' in sealed.html("audit", task="t_safe")
    assert sealed.json("audit")["audit"] is None
    assert sealed.project.ledger.head() == head


def test_head_is_printed_on_every_page(sealed: Pages) -> None:
    """On served pages and on the audit, with the number of the page."""
    root = sealed.json("proof")["heads"][-1]["root_sha256"]
    style = sealed.ask("/stamp.css").body.decode()
    audit = sealed.ask("/audit.html?scope=all").body.decode()

    assert root in style
    assert re.search(r'media="print" href="stamp\.css\?head=\d+"', sealed.html("runs"))
    assert re.search(r'@page\{@bottom-left\{content:"tree head over [\d,]+ events: ', audit)
