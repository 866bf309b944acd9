"""A template is a task that works as it is."""

from __future__ import annotations

import ast
import csv
import hmac
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from command_line import Lineage

from lineage import settings
from lineage.events import ArtifactWritten, DatasetRead, Event, OperationSkipped, OperationStarted
from lineage.kernel.errors import CipherError, ConfigurationError, PathRefusedError
from lineage.kernel.secrets.keyring import Keyring, keyring_folder, master_secret
from lineage.project import Project
from lineage.tasks import BaseTask
from lineage.tasks.registry.registry import find_task
from lineage.templates.templates import template_files, template_names, write_template

TEMPLATES = template_names()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A new project."""
    settings.make_project(tmp_path)
    return tmp_path


def test_simple_is_there() -> None:
    """There is a template to start from."""
    assert "simple" in TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES)
def test_template_is_run_by_the_command_line(root: Path, template: str) -> None:
    """A template runs to the end with `lineage run`, untouched."""
    written = write_template(template, root)
    task_id = next(path.stem for path in written if path.parent.name == "tasks")
    lineage = Lineage(root)
    run = lineage.json("run", task_id)
    assert run["status"] == "succeeded"
    assert [artifact["uri"] for artifact in run["artifacts"]]
    assert (root / f"DATA/reports/{task_id}_report.json").is_file()


@pytest.mark.parametrize("template", TEMPLATES)
def test_template_has_task_configuration_and_data(template: str) -> None:
    """Module, configuration and data are well formed and belong together."""
    files = template_files(template)
    module = next(name for name in files if name.startswith("tasks/"))
    task_id = Path(module).stem
    assert ast.get_docstring(ast.parse(files[module]))
    assert json.loads(files[f"configs/{task_id}.json"])["task_id"] == task_id
    data = [name for name in files if name.startswith("DATA/raw/")]
    assert all(len(list(csv.reader(files[name].decode().splitlines()))) > 1 for name in data)


def test_simple_task_shows_no_rare_value(root: Path) -> None:
    """The profile of the simple template names no person and no city of fewer than k people."""
    write_template("simple", root)
    with Project(root) as project:
        assert find_task(project, "t_simple").run()
    profile = (root / "DATA/processed/t_simple/dictionaries/people_profile.json").read_text()
    assert "Invented Person" not in profile


def secure(root: Path, **values: object) -> tuple[BaseTask, bool]:
    """Run the task of the template `secure` with other values and return how it went."""
    write_template("secure", root)
    with Project(root) as project:
        task = find_task(project, "t_secure")
        return task, task.run(values)


def test_secure_task_releases_no_identifier_and_measures_the_release(root: Path) -> None:
    """The released file has no names, and its own risk is in the report."""
    _, ok = secure(root)
    task_dir = root / "DATA/processed/t_secure"

    assert ok
    released = pq.read_table(task_dir / "output/release.parquet")
    assert released.column_names == ["age", "city", "diagnosis"]
    measured = json.loads((task_dir / "release_risk.json").read_text())
    assert measured["metrics"]["risk"]["k"] >= 5


def test_secure_task_fails_if_the_measured_risk_is_too_high(root: Path) -> None:
    """What is measured decides, not what was asked for."""
    task, ok = secure(root, highest_risk=0.01)

    assert not ok
    assert "risk of the release" in str(task.error)


def test_secure_task_reads_only_from_folders_that_are_allowed(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An input elsewhere is refused until its folder is named."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    raw = template_files("secure")["DATA/raw/patients.csv"]
    (elsewhere / "patients.csv").write_bytes(raw)
    inputs = {"patients": str(elsewhere / "patients.csv")}

    task, ok = secure(root, input_datasets=inputs)
    assert not ok
    assert isinstance(task.error, PathRefusedError)

    _, ok = secure(root, input_datasets=inputs, allowed_external_paths=[str(elsewhere)])
    assert ok


def test_secure_task_signs_with_a_key_that_is_nowhere(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keyed digest is right, and neither key nor master key is in any file of the project."""
    master = "correct horse battery staple"
    monkeypatch.setenv("LINEAGE_MASTER_KEY", master)
    ring = Keyring(keyring_folder(root), master_secret())
    ring.create("releases", "release")
    key = ring.load("release").reveal()

    _, ok = secure(root, release_key_id="release")

    assert ok
    task_dir = root / "DATA/processed/t_secure"
    signature = json.loads((task_dir / "release_signature.json").read_text())
    release = (task_dir / "output/release.parquet").read_bytes()
    assert signature["hmac_sha256"] == hmac.digest(key, release, "sha256").hex()
    contents = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert not any(master.encode() in c or key in c or key.hex().encode() in c for c in contents)


def test_secure_task_without_master_key_fails(root: Path) -> None:
    """A signature that is asked for and impossible is an error."""
    task, ok = secure(root, release_key_id="release")

    assert not ok
    assert isinstance(task.error, CipherError)


def test_secure_task_without_a_key_to_encrypt_fails(root: Path) -> None:
    """Asked to encrypt its files without a key, the task writes none in clear."""
    task, ok = secure(root, use_encryption=True)

    assert not ok
    assert "without a key" in str(task.error)
    assert not (root / "DATA/processed/t_secure/output").exists()


def test_checkpoint_task_goes_on_where_it_stopped(root: Path) -> None:
    """After a failure only the files that were not done are read; the sums are those of all."""
    write_template("checkpoint", root)
    late = root / "DATA/raw/sales_wednesday.csv"
    content = late.read_bytes()
    late.unlink()
    with Project(root) as project:
        assert not find_task(project, "t_checkpoint").run()
        late.write_bytes(content)
        again = find_task(project, "t_checkpoint")
        assert again.run()
        read = [e.name for e in events_of(project, again, DatasetRead)]
        assert find_task(project, "t_checkpoint").run()

    assert read == ["sales_wednesday"]
    assert totals(root) == counted(root)


def test_checkpoint_task_that_is_taken_up_counts_what_it_reuses(root: Path) -> None:
    """Without its checkpoint the totals come from the operations on record."""
    write_template("checkpoint", root)
    late = root / "DATA/raw/sales_wednesday.csv"
    content = late.read_bytes()
    late.unlink()
    with Project(root) as project:
        broken = find_task(project, "t_checkpoint")
        assert not broken.run()
        broken.context_manager.discard_checkpoint("after_each_file")
        late.write_bytes(content)
        again = find_task(project, "t_checkpoint")
        assert again.run(resume=True)

        assert len(events_of(project, again, OperationSkipped)) == 2
    assert totals(root) == counted(root)


def totals(root: Path) -> dict[str, int]:
    """Return what the template `checkpoint` has written."""
    written: dict[str, int] = json.loads(
        (root / "DATA/processed/t_checkpoint/totals.json").read_text()
    )
    return written


def counted(root: Path) -> dict[str, int]:
    """Return the totals of its files, added up by other means."""
    lines = [
        line
        for path in (root / "DATA/raw").glob("sales_*.csv")
        for line in path.read_text().splitlines()[1:]
    ]
    cents = sum(int(line.rsplit(",", 1)[1].replace(".", "")) for line in lines)
    return {"rows": len(lines), "cents": cents}


def test_parallel_task_does_the_same_to_each_file(root: Path) -> None:
    """Each dataset has its typed file and its profile, and each operation its own result."""
    write_template("parallel", root)
    with Project(root) as project:
        task = find_task(project, "t_parallel")
        assert task.run()
        written = {Path(e.uri).name for e in events_of(project, task, ArtifactWritten)}

    assert len(task.results) == 6
    for name in ("north", "east", "west"):
        assert {f"{name}.parquet", f"{name}_profile.json"} <= written


def test_parallel_task_fails_with_one_of_its_operations(root: Path) -> None:
    """A file that cannot be read fails the run, and what was to come after does not begin."""
    write_template("parallel", root)
    (root / "DATA/raw/east.csv").unlink()
    with Project(root) as project:
        task = find_task(project, "t_parallel")
        assert not task.run()
        begun = [e.name for e in events_of(project, task, OperationStarted)]

    assert "ProfileOperation" not in begun
    assert "east.csv" in str(task.error)


def events_of(project: Project, task: BaseTask, kind: type[Event]) -> list[Any]:
    """Return the events of one class that a task's run recorded."""
    found = [r.event for r in project.ledger.read_stream(f"run:{task.run_id}")]
    return [event for event in found if isinstance(event, kind)]


def test_files_that_are_there_stay(root: Path) -> None:
    """Writing a template again gives back nothing and changes nothing."""
    write_template("simple", root)
    changed = root / "configs/t_simple.json"
    changed.write_text("{}")
    assert write_template("simple", root) == []
    assert changed.read_text() == "{}"


def test_unknown_template_is_told_with_those_there_are(root: Path) -> None:
    """A mistyped name lists the right ones."""
    with pytest.raises(ConfigurationError, match=r"'sample'.*simple"):
        write_template("sample", root)


def test_link_out_of_the_project_is_refused(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A template writes nothing outside the project."""
    (root / "tasks").symlink_to(tmp_path_factory.mktemp("outside"))
    with pytest.raises(PathRefusedError, match="tasks"):
        write_template("simple", root)


def test_folder_that_cannot_be_written_is_told(root: Path) -> None:
    """A file where a folder should be is one clear error."""
    (root / "tasks").write_text("in the way")
    with pytest.raises(ConfigurationError, match="a folder that can be written"):
        write_template("simple", root)
