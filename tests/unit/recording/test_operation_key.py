"""Which work is the same, told without giving a secret away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_tasks import make_project

from lineage.kernel.digest import sha256_json
from lineage.project import Project
from lineage.recording.operation_key import KEY_FILE, operation_key

READ = [("a.csv", "1" * 64)]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project."""
    with make_project(tmp_path / "project") as opened:
        yield opened


def key(project: Project, *, seed: int | None = None, **parameters: Any) -> str:
    """Return the key of an operation with these parameters."""
    parts = {"name": "Mask", "code_version": "1", "parameters": parameters, "seed": seed}
    return operation_key(project, parts, READ)


def test_same_work_has_the_same_key(project: Project, tmp_path: Path) -> None:
    """Without secrets the key is the same in every project, so that runs can be compared."""
    with make_project(tmp_path / "other") as other:
        assert key(project, k=5) == key(other, k=5)
    assert not (project.state_folder / KEY_FILE).exists()


def test_other_work_has_another_key(project: Project) -> None:
    """Parameters, seed and inputs each make a difference."""
    parts = {"name": "Mask", "code_version": "1", "parameters": {"k": 5}, "seed": None}
    keys = {key(project, k=5), key(project, k=6), key(project, k=5, seed=1)}

    assert len(keys) == 3
    assert operation_key(project, parts, [("a.csv", None)]) not in keys


def test_another_secret_is_other_work(project: Project) -> None:
    """A changed secret is noticed, an unchanged one as well, also by another opening."""
    with Project(project.root) as again:
        assert key(project, password="one") == key(again, password="one")  # noqa: S106  # made up
    assert key(project, password="one") != key(project, password="two")  # noqa: S106  # made up
    assert key(project, url="pg://me:one@host") != key(project, url="pg://me:two@host")


def test_secret_cannot_be_guessed_from_the_key(project: Project, tmp_path: Path) -> None:
    """Who knows all but the secret still cannot try one: the project's own key is in between."""
    found = key(project, password="one")  # noqa: S106  # made up
    with make_project(tmp_path / "other") as other:
        assert key(other, password="one") != found  # noqa: S106  # made up
    for shown in ("one", "***"):
        parts = {"name": "Mask", "code_version": "1", "parameters": {"password": shown}}
        assert found != sha256_json({**parts, "seed": None, "inputs": READ})


def test_key_of_the_project_is_private_and_nowhere_else(project: Project) -> None:
    """The file is its owner's alone, and holds nothing that another file holds."""
    key(project, password="one")  # noqa: S106  # made up
    path = project.state_folder / KEY_FILE

    assert path.stat().st_mode & 0o077 == 0
    assert len(path.read_bytes()) == 32
    others = [p for p in project.root.rglob("*") if p.is_file() and p != path]
    assert not any(path.read_bytes() in p.read_bytes() for p in others)


@pytest.mark.parametrize("damage", ["exposed", "short", "folder"])
def test_unusable_key_of_the_project_means_no_reuse(
    project: Project, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """Work with secrets never looks the same then, and the log says why; other work does."""
    path = project.state_folder / KEY_FILE
    if damage == "folder":
        path.mkdir()
    else:
        path.write_bytes(hashlib.sha256(b"x").digest()[: 32 if damage == "exposed" else 5])
        path.chmod(0o644 if damage == "exposed" else 0o600)

    assert key(project, password="one") != key(project, password="one")  # noqa: S106  # made up
    assert "will not be reused" in caplog.text
    assert key(project, k=5) == key(project, k=5)


def test_none_in_the_place_of_a_secret_is_no_secret(project: Project) -> None:
    """A secret that is not given needs no protection, and is told from one that is."""
    assert key(project, password=None) == key(project, password=None)
    assert not (project.state_folder / KEY_FILE).exists()
    assert key(project, password=None) != key(project, password="one")  # noqa: S106  # made up
