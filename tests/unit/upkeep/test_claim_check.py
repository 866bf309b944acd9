"""The claims of a file are checked against its sources on disk, and the figures are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from in_process import InProcess
from projection_scenarios import append, of_run, operation, read, started, wrote
from small_tasks import make_project, recorded

from lineage.events import ColumnsDerived, DerivedColumn
from lineage.kernel.digest import sha256_file
from lineage.project import Project
from lineage.upkeep.claim_check import check_claims

RAW, OUT = "DATA/raw/people.csv", "DATA/out.csv"
NAMES = ["Ada L", "Grace H", "Alan T", "Edsger D"]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A run says that it masked names and phones, and kept ages; the phones are as they were."""
    with make_project(tmp_path) as opened:
        rows = [f"{name},+44 20 {n}00,{30 + n}" for n, name in enumerate(NAMES)]
        (tmp_path / RAW).write_text("\n".join(["name,phone,age", *rows, ""]))
        masked = [f"*****,+44 20 {n}00,{30 + n}" for n in range(len(NAMES))]
        (tmp_path / OUT).write_text("\n".join(["name,phone,age", *masked, ""]))
        raw, out = sha256_file(tmp_path / RAW), sha256_file(tmp_path / OUT)
        columns = tuple(
            DerivedColumn(
                column=name,
                source_uri=RAW,
                source_sha256=raw,
                source_column=name,
                effect=effect,  # type: ignore[arg-type]  # one of the vocabulary
                is_direct=True,
            )
            for name, effect in (("name", "masking"), ("phone", "masking"), ("age", "identity"))
        )
        names = ("name", "phone", "age")
        append(
            opened.ledger,
            of_run(
                started(),
                operation(),
                read(RAW, columns=names).model_copy(update={"sha256": raw}),
                wrote(OUT, columns=names).model_copy(update={"sha256": out}),
                ColumnsDerived(operation=1, uri=OUT, sha256=out, columns=columns),
            ),
        )
        yield opened


def outcomes(project: Project) -> dict[str, Any]:
    """Column to outcome."""
    return {one.column: one.outcome for one in check_claims(project, OUT, {})}


def test_false_claim_is_found_and_recorded_once(project: Project) -> None:
    """The kept ages show that rows kept their order, so that cells are compared."""
    (name, phone) = check_claims(project, OUT, {})

    assert (name.outcome, phone.outcome) == ("holds", "false")
    assert phone.measured["equal"] == 1.0
    assert "100% of its values are those of their rows" in phone.reason
    assert outcomes(project) == {"name": "holds", "phone": "false"}
    events = recorded(project, "claim.checked")
    assert {(one.column, one.outcome) for one in events} == {("name", "holds"), ("phone", "false")}
    assert len(events) == 2
    with project.catalog() as catalog:
        assert catalog.value("select count(*) from claim_checks where outcome = 'false'") == 1


@pytest.mark.parametrize("file", [RAW, OUT])
@pytest.mark.parametrize("fate", ["changed", "removed"])
def test_file_that_is_not_as_recorded_proves_nothing(
    project: Project, file: str, fate: str
) -> None:
    """The outcome is unknown, with the reason, whichever of both it is."""
    path = project.root / file
    path.unlink() if fate == "removed" else path.write_text("name,phone,age\nX,1,2\n")

    found = check_claims(project, OUT, {})

    assert {one.outcome for one in found} == {"unknown"}
    assert all(file in one.reason for one in found)


def test_command_exits_with_1_for_a_false_claim(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The screen has the figures and the reason, and no value."""
    lineage = InProcess(project.root, monkeypatch, capsys)

    answer = lineage("privacy", "check", OUT, code=1)

    assert "phone: false, 100% of its values" in answer.out
    assert not any(name in answer.out for name in NAMES)
    found = lineage.json("privacy", "check", OUT, "--key", "age", code=1)
    assert [one["outcome"] for one in found] == ["holds", "false"]
