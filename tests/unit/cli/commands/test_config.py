"""`lineage config` says where each value comes from, and no run or answer gives a secret away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from lineage import settings
from lineage.cli.commands import config as config_command
from lineage.kernel.errors import ConfigurationError, TaskNotFoundError
from lineage.project import Project
from lineage.tasks.registry.registry import find_task
from lineage.templates.templates import write_template

MARKERS = {
    "parameter": "planted-parameter-51d0",
    "environment": "planted-environment-77aa",
    "key": "planted-encryption-key-9c41",
    "master": "planted-master-key-e08b",
    "file": "planted-key-file-2f6d",
    "url": "planted-url-password-4be3",
}

app = typer.Typer()
app.command()(config_command.config)


@app.callback()
def _options() -> None:
    """Keep the command's name, as there is only one."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the simple task."""
    folder = tmp_path / "project"
    settings.make_project(folder)
    write_template("simple", folder)
    return folder


def ask(root: Path, *arguments: str) -> str:
    """Return what `lineage config` prints."""
    done = CliRunner().invoke(
        app, ["config", *arguments, "--project", str(root)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output


def entries(root: Path, *arguments: str) -> dict[str, tuple[Any, str]]:
    """Return key to value and origin, from --json."""
    values = json.loads(ask(root, *arguments, "--json"))["values"]
    return {entry["key"]: (entry["value"], entry["origin"]) for entry in values}


def test_every_value_has_its_origin(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behaviour 51: `lineage config` prints each value with the place it comes from."""
    monkeypatch.setenv("LINEAGE_T_SIMPLE_TOP", "7")
    monkeypatch.setenv("LINEAGE_SEED", "3")
    shown = entries(root, "t_simple")
    assert shown["k"] == (3, "configs/t_simple.json")
    assert shown["top"] == (7, "environment LINEAGE_T_SIMPLE_TOP")
    assert shown["seed"] == (3, "environment LINEAGE_SEED")
    assert shown["task_type"] == ("profiling", "default")
    assert shown["input_datasets"] == ({"people": "DATA/raw/people.csv"}, "default")
    assert shown["parallel_processes"] == (1, "default")


def test_table_shows_the_same(root: Path) -> None:
    """Without --json the answer is a table of key, value and origin."""
    lines = ask(root, "t_simple").splitlines()
    assert lines[0].split() == ["key", "value", "origin"]
    assert ["k", "3", "configs/t_simple.json"] in [line.split() for line in lines]


def test_switch_without_effect_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectorization that is switched off is answered with a remark; as a default it is not."""
    assert "no effect" not in ask(root, "t_simple")

    monkeypatch.setenv("LINEAGE_USE_VECTORIZATION", "false")

    assert "use_vectorization false has no effect" in ask(root, "t_simple")


def test_project_is_shown_without_a_task(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a task the project's own settings are shown, with what overrides them."""
    monkeypatch.delenv("LINEAGE_LEDGER", raising=False)
    shown = entries(root)
    assert shown["project"] == ("project", "configs/prj_config.json")
    assert shown["data_repository"][0] == "DATA"
    monkeypatch.setenv("LINEAGE_LEDGER", "memory://")
    assert entries(root)["ledger"] == ("memory://", "environment LINEAGE_LEDGER")


def test_declared_datasets_are_shown_with_their_origin(root: Path) -> None:
    """Each dataset is that of the strongest place; the roles are lists of columns."""
    people = {"path": "DATA/raw/people.csv", "columns": {"name": "direct_identifier"}}
    jobs = {"columns": {"password": "sensitive"}}
    project = {"project": "p", "datasets": {"people": people, "jobs": jobs}}
    (root / "configs/prj_config.json").write_text(json.dumps(project))
    task = {"k": 3, "datasets": {"people": {"columns": {"age": "quasi_identifier"}}}}
    (root / "configs/t_later.json").write_text(json.dumps(task))

    shown, of_task = entries(root), entries(root, "t_later")

    assert shown["datasets.people.direct_identifier"] == (["name"], "configs/prj_config.json")
    assert of_task["datasets.people.quasi_identifier"] == (["age"], "configs/t_later.json")
    assert of_task["datasets.jobs.sensitive"] == (["password"], "configs/prj_config.json")
    assert "datasets.people.path" not in of_task


def test_parameters_of_the_project_reach_every_task(root: Path) -> None:
    """The project's own values are weaker than the task's; a key of the product is refused."""
    file = root / "configs/prj_config.json"
    file.write_text('{"parameters": {"k": 9, "top": 4}}')
    shown = entries(root, "t_simple")
    assert shown["k"] == (3, "configs/t_simple.json")
    assert shown["top"] == (4, "configs/prj_config.json")

    file.write_text('{"parameters": {"seed": 9}}')
    with pytest.raises(ConfigurationError, match=r"parameters\.seed is no parameter of your own"):
        ask(root, "t_simple")


def test_task_that_has_only_a_file_is_shown(root: Path) -> None:
    """A configuration can be looked at before its class is written."""
    (root / "configs/t_later.json").write_text('{"k": 9}')
    assert entries(root, "t_later")["k"] == (9, "configs/t_later.json")


def test_unknown_task_is_an_error(root: Path) -> None:
    """A mistyped task lists the right ones."""
    with pytest.raises(TaskNotFoundError, match="did you mean 't_simple'"):
        ask(root, "t_smiple")


def test_mistakes_are_told_in_place_of_values(root: Path) -> None:
    """A configuration that no run would accept is not shown as if it were right."""
    (root / "configs/t_simple.json").write_text('{"seed": "x", "use_encrypton": true}')
    with pytest.raises(ConfigurationError, match=r"'use_encryption'.*seed: ") as caught:
        ask(root, "t_simple")
    assert caught.value.exit_code == 2


@pytest.fixture
def planted(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project with secrets in parameters, environment and key files."""
    for name in ("LINEAGE_KEYRING", "LINEAGE_MASTER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    key_file = tmp_path / "outside" / "encryption.key"
    key_file.parent.mkdir()
    key_file.write_text(MARKERS["file"])
    key_file.chmod(0o600)
    said = json.loads((root / "configs/t_simple.json").read_text())
    said["encryption_key_path"] = str(key_file)
    (root / "configs/t_simple.json").write_text(json.dumps(said))
    monkeypatch.setenv("LINEAGE_T_SIMPLE_DB_PASSWORD", MARKERS["environment"])
    monkeypatch.setenv("LINEAGE_T_SIMPLE_SOURCE", f"db://me:{MARKERS['url']}@host/db")
    monkeypatch.setenv("LINEAGE_ENCRYPTION_KEY", MARKERS["key"])
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MARKERS["master"])
    return root


def found_in(text: bytes | str) -> list[str]:
    """Return which markers are in a text."""
    content = text if isinstance(text, bytes) else text.encode()
    return [name for name, marker in MARKERS.items() if marker.encode() in content]


def test_no_secret_is_in_a_file_that_a_run_leaves(
    planted: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Behaviour 67: no secret value is in any file, log line or output of a run."""
    caplog.set_level("DEBUG")
    with Project(planted) as project:
        task = find_task(project, "t_simple")
        assert task.run({"api_token": MARKERS["parameter"]})
        assert task.config.require("api_token") == MARKERS["parameter"]
        saved = task.config.save("configs/saved.json")
        shown = repr(task.config) + str(task.config.values)
    output = capfd.readouterr()
    leaks = {
        str(path.relative_to(planted)): found_in(path.read_bytes())
        for path in planted.rglob("*")
        if path.is_file()
    }
    assert str(saved.relative_to(planted)) in leaks
    assert {path: names for path, names in leaks.items() if names} == {}
    assert found_in(caplog.text + output.out + output.err + shown) == []


def test_no_secret_is_in_the_configuration_that_is_shown(planted: Path) -> None:
    """Behaviour 67: neither the table nor the JSON shows a secret; the file's path is none."""
    table, document = ask(planted, "t_simple"), ask(planted, "t_simple", "--json")
    assert found_in(table + document) == []
    assert "encryption.key" in table
    assert entries(planted, "t_simple")["db_password"][0] == "***"


def test_no_secret_is_in_the_error_of_a_failed_run(
    planted: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Behaviour 67: what goes wrong with a secret value is told without it."""
    arguments = {"use_encryption": True, "api_token": MARKERS["parameter"], "k": "x"}
    with Project(planted) as project:
        task = find_task(project, "t_simple")
        assert not task.run({**arguments, "seed": MARKERS["parameter"]})
    assert "seed" in str(task.error)
    assert found_in(f"{task.error!r} {task.error} {caplog.text}") == []
