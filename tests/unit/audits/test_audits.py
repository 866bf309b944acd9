"""An audit says what is on record, the same bytes for the same history, and nothing secret."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from release_project import DECLARED, OUT, Suppressing, configure

from lineage.audits import audits
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.releases import door
from lineage.seals import sealing
from projections.audit.checklist import LINES
from projections.audit.facts import Scope

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ANSWERS = {"controller": "Example Ltd", "purpose": "statistics", "dpo": "dpo@example.org"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that released one file and refused another; tests must not change it."""
    root = tmp_path_factory.mktemp("audited")
    configure(root)
    settings = {"project": "census", "datasets": DECLARED, "accountability": ANSWERS}
    (root / "configs/prj_config.json").write_text(json.dumps(settings))
    with Project(root) as project:
        for column in ("city", "name"):
            assert Suppressing(project, column).run()
            door.release(
                project,
                door.ReleaseRequest(
                    path=root / OUT, purpose="research", recipient="university", approver="dpo"
                ),
            )
        sealing.seal(project)
    return root


@pytest.fixture
def project(root: Path) -> Iterator[Project]:
    """That project, opened."""
    with Project(root) as opened:
        yield opened


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of it that may be changed."""
    shutil.copytree(root, tmp_path / "copy")
    return tmp_path / "copy"


def line(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A line of the checklist."""
    [found] = [one for one in document["checklist"] if one["id"] == name]
    return dict(found)


def test_every_line_is_evidence_or_says_why_not(project: Project) -> None:
    """Evidence has a place in the ledger, and no other line claims one."""
    document = audits.audit(project, Scope()).document

    assert [one["id"] for one in document["checklist"]] == [one.id for one in LINES]
    for one in document["checklist"]:
        assert one["state"] in {"evidence", "not recorded", "not applicable"}
        assert bool(one["positions"]) is (one["state"] == "evidence")
        assert all(0 < place <= document["position"] for place in one["positions"])
        assert len(one["sentence"].split()) > 2


def test_evidence_is_at_the_position_that_is_named(project: Project) -> None:
    """The event that is there is of the kind that the line speaks of."""
    document = audits.audit(project, Scope()).document
    with project.catalog() as catalog:
        types = {row["position"]: row["type"] for row in catalog.rows("select * from events")}

    for name, expected in {
        "A1": "dictionary.declared",
        "B1": "dataset.read",
        "C3": "policy.declared",
        "G1": "release.published",
        "H1": "seal.signed",
    }.items():
        assert {types[place] for place in line(document, name)["positions"]} == {expected}


def test_same_history_gives_the_same_bytes(project: Project) -> None:
    """The page and the document are functions of the ledger."""
    one, other = (audits.audit(project, Scope()) for _ in range(2))

    assert one.json_bytes == other.json_bytes
    assert one.page_bytes == other.page_bytes


def test_file_that_was_written_is_rebuilt_byte_by_byte(copy: Path) -> None:
    """Even after more has happened."""
    with Project(copy) as project:
        written = audits.write(project, audits.audit(project, Scope(task="t_safe")))
        assert Suppressing(project, "name").run()

        for file in written:
            assert audits.check(project, file)["is_equal"]


@pytest.mark.parametrize("suffix", [".html", ".json"])
def test_file_that_was_edited_is_told(copy: Path, suffix: str) -> None:
    """A nicer number in the report is not what the ledger says."""
    with Project(copy) as project:
        written = audits.write(project, audits.audit(project, Scope()))
        [file] = [path for path in written if path.suffix == suffix]
        file.write_text(file.read_text("utf-8").replace("university", "ministry"), "utf-8")

        found = audits.check(project, file)

    assert not found["is_equal"]
    assert found["differs"] or suffix == ".html"


def test_event_that_was_edited_is_told(copy: Path) -> None:
    """The tree head of the report is not that of the ledger any more."""
    with Project(copy) as project:
        _, document = audits.write(project, audits.audit(project, Scope()))
    with closing(sqlite3.connect(copy / ".lineage/ledger.db")) as database, database:
        database.execute("drop trigger events_refuse_update")
        database.execute("update events set actor = 'mallory@host' where position = 3")
    shutil.rmtree(copy / ".lineage/leaves", ignore_errors=True)

    with Project(copy) as project:
        project.forget_caches()
        assert "tree_head" in audits.check(project, document)["differs"]


def test_summary_answers_the_first_questions(project: Project) -> None:
    """What was released, what protects it, what remains, and how to check it."""
    summary = " ".join(audits.audit(project, Scope()).document["summary"])

    assert "1 file was released, and 1 refused" in summary
    assert "on the decision of dpo" in summary
    assert "at least 10 who look the same" in summary
    assert "lineage verify" in summary


def test_report_names_no_person_of_the_data(project: Project) -> None:
    """No identifier of the input is in the document or on the page."""
    made = audits.audit(project, Scope())

    for text in (made.json_bytes.decode(), made.page_bytes.decode()):
        assert not re.search(r"person \d+", text)


def test_person_who_stands_alone_is_told(copy: Path) -> None:
    """K = 1 is never called fit, whatever was demanded."""
    rows = "name,age,city\n" + "".join(f"p{n},{n},A\n" for n in range(20))
    (copy / "DATA/raw/people.csv").write_text(rows)
    with Project(copy) as project:
        assert Suppressing(project, "name").run()
        request = door.ReleaseRequest(
            path=copy / OUT, purpose="research", recipient="university", approver="dpo"
        )
        assert not door.release(project, request).is_released
        document = audits.audit(project, Scope()).document

    assert "somebody stands alone" in line(document, "E1")["sentence"]
    last = document["releases"][-1]
    assert last["violations"] == ["ten alike"]
    outcomes = {one["policy"]: one["outcome"] for one in last["evaluated"]}
    assert outcomes["ten alike"] == "violated"
    assert "at least 10 who look the same" in " ".join(document["summary"])  # what was released


@pytest.mark.parametrize(
    ("scope", "runs"),
    [
        (Scope(), 2),
        (Scope(task="t_safe"), 2),
        (Scope(task="t_other"), 0),
        (Scope(since="2999-01-01T00:00:00+00:00"), 0),
    ],
)
def test_scope_chooses_the_runs(project: Project, scope: Scope, runs: int) -> None:
    """A task, a beginning, or everything."""
    assert audits.audit(project, scope).document["runs"]["total"] == runs


def test_releases_of_people_are_those_of_files_that_the_scope_made(project: Project) -> None:
    """Not those of another run or task, although no run asked for them."""
    everything = audits.audit(project, Scope()).document
    runs = [one["run_id"] for one in everything["runs"]["list"]]

    def states(scope: Scope) -> list[str]:
        return [one["state"] for one in audits.audit(project, scope).document["releases"]]

    assert [one["run_id"] for one in everything["releases"]] == [None, None]
    assert states(Scope(task="t_safe")) == ["refused", "published"]
    assert [states(Scope(run=run)) for run in runs] == [["refused"], ["published"]]
    assert states(Scope(task="t_other")) == []


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": "other", "position": 1, "scope": {}}', "<p>"]
)
@pytest.mark.parametrize("name", ["x.html", "x.json"])
def test_file_that_is_no_audit_is_refused(
    project: Project, tmp_path: Path, name: str, text: str
) -> None:
    """Whatever somebody hands over."""
    (tmp_path / name).write_text(text)

    with pytest.raises(ConfigurationError, match="not an audit"):
        audits.check(project, tmp_path / name)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")
def test_browser_shows_and_prints_the_page(project: Project, tmp_path: Path) -> None:
    """No error on the console, no request to anybody, and a PDF with pages."""
    page = tmp_path / "audit.html"
    page.write_bytes(audits.audit(project, Scope()).page_bytes)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'u'}"]
    flags += ["--proxy-server=127.0.0.1:9", "--enable-logging=stderr", "--virtual-time-budget=2000"]
    assert CHROMIUM is not None

    shown = subprocess.run(
        [CHROMIUM, *flags, "--dump-dom", page.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    pdf = tmp_path / "audit.pdf"
    subprocess.run(
        [CHROMIUM, *flags, f"--print-to-pdf={pdf}", page.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )

    assert b"<h2" in shown.stdout
    assert b"CONSOLE" not in shown.stderr
    assert not re.search(rb'(src|href)="(?!#)', page.read_bytes())
    assert re.search(rb"/Type\s*/Page\b", pdf.read_bytes()) or b"/Pages" in pdf.read_bytes()
