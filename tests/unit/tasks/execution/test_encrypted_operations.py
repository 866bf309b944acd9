"""A task that asks for encryption gets it from each of its operations, or fails."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench import Bench
from process_operations import SecretOperation
from small_tasks import CallOperation, SmallTask, configure, last, make_project, recorded

from lineage.cli.screen.run_view import print_run
from lineage.events import ArtifactWritten, MetricRecorded, OperationSkipped
from lineage.kernel.digest import sha256_file
from lineage.kernel.secrets import keyring
from lineage.kernel.secrets.secret import SecretKey
from lineage.project import Project
from lineage.tasks.rerun.rerun import rerun
from lineage.tasks.security.encryption_settings import EncryptionMode
from lineage.tasks.security.task_encryption import KeySettings, TaskEncryption
from ops import OperationResult, OperationStatus
from ops.data.encryption import encryption_for, open_plain
from projections.documents.run_details import build_run_details

KEY = "ab" * 32
TEXT = b"to be kept"
WRITTEN = "DATA/processed/t_one/secret.txt"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose tasks find a key in the environment."""
    monkeypatch.setenv("LINEAGE_ENCRYPTION_KEY", KEY)
    with make_project(tmp_path / "project") as opened:
        yield opened


@pytest.fixture
def execute(project: Project) -> Bench:
    """A run of a task that asks for encryption."""
    return Bench(project, encryption=TaskEncryption(settings_of(project)))


def settings_of(project: Project, **changes: Any) -> KeySettings:
    """Return the settings of a task that asks for encryption."""
    values: dict[str, Any] = {
        "task_id": "t_one",
        "use_encryption": True,
        "encryption_mode": None,
        "encryption_key_path": None,
        "encryption_key_id": None,
    }
    return KeySettings(**{**values, **changes}, root=project.root)


def plain(path: Path) -> bytes:
    """Return what an encrypted file holds."""
    assert TEXT not in path.read_bytes()
    with open_plain(path, encryption_for(KEY)) as stream:
        return stream.read()


def run_secret(project: Project, *operations: Any, **options: Any) -> SmallTask:
    """Run a task that encrypts, and return it."""
    task = SmallTask(*(operations or (SecretOperation(),)), project=project)
    arguments = {"use_encryption": True, **options.pop("arguments", {})}
    task.run(arguments, **options)
    return task


def writing(text: str) -> CallOperation:
    """An operation that does not ask how to write."""

    def act(task_dir: Path, **_: Any) -> OperationResult:
        (task_dir / "open.txt").write_text(text)
        result = OperationResult()
        result.register_artifact(task_dir / "open.txt", "txt")
        return result

    return CallOperation(act)


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_operation_finds_the_encryption_of_its_task(execute: Bench, timeout: float | None) -> None:
    """Here and in the thread of a timeout, an operation encrypts without being told a key."""
    operation = SecretOperation()
    result = execute.executor.execute_operation(operation, execute.params(), timeout=timeout)
    assert result.status is OperationStatus.SUCCESS
    assert plain(execute.task_dir / "secret.txt") == TEXT
    assert encryption_for(None) is None


@pytest.mark.parametrize("use_processes", [False, True])
def test_operations_in_parallel_encrypt(execute: Bench, *, use_processes: bool) -> None:
    """Threads and processes encrypt as well; a process finds the key by itself."""
    operations = [SecretOperation(output=name) for name in ("one", "two")]
    results = execute.parallel(*operations, use_processes=use_processes)
    assert {r.status for r in results.values()} == {OperationStatus.SUCCESS}
    assert [plain(execute.task_dir / f"{name}.txt") for name in ("one", "two")] == [TEXT] * 2
    if use_processes:
        assert os.getpid() not in {r.metrics["pid"] for r in results.values()}


def test_what_a_process_gets_has_no_key(project: Project) -> None:
    """The settings are sent to another process; the key never is."""
    encryption = TaskEncryption(settings_of(project))
    assert encryption.files.key_id is not None
    sent = pickle.dumps(encryption)
    assert KEY.encode() not in sent
    assert bytes.fromhex(KEY) not in sent
    assert pickle.loads(sent).files.key_id == encryption.files.key_id  # noqa: S301  # our own


def test_operation_that_writes_readable_files_fails(execute: Bench) -> None:
    """A file that is handed back and not encrypted fails the operation, by name."""
    result = execute(writing("cell value"))
    assert result.status is OperationStatus.ERROR
    assert "'open.txt', which is not encrypted" in str(result.error_message)
    assert "cell value" not in str(result.error_message)
    assert recorded(execute.project, ArtifactWritten.TOPIC) == []


def test_one_readable_part_of_a_set_fails(execute: Bench) -> None:
    """Of a folder every file must be encrypted."""

    def act(task_dir: Path, **_: Any) -> OperationResult:
        folder = task_dir / "set"
        folder.mkdir()
        SecretOperation(output="part-00000").execute(folder)
        (folder / "part-00001.csv").write_text("a\n1\n")
        result = OperationResult()
        result.register_artifact(folder, "csv")
        return result

    result = execute(CallOperation(act))
    assert "'part-00001.csv', which is not encrypted" in str(result.error_message)


def test_task_says_what_was_encrypted(project: Project) -> None:
    """The run's report names mode and key by their public names; digests are of ciphertext."""
    task = run_secret(project)
    assert task.error is None
    metrics = {m.name: m.value for m in recorded(project, MetricRecorded.TOPIC)}
    assert metrics["encryption"] == {
        "mode": "simple",
        "key_source": "LINEAGE_ENCRYPTION_KEY",
        "key_id": SecretKey(bytes.fromhex(KEY)).fingerprint,
    }
    assert last(project, ArtifactWritten).sha256 == sha256_file(project.root / WRITTEN)


def test_task_without_a_key_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key nothing is written, in clear or otherwise."""
    monkeypatch.delenv("LINEAGE_ENCRYPTION_KEY")
    assert "without a key" in str(run_secret(project).error)
    assert not (project.root / WRITTEN).exists()


def test_encrypted_result_is_reused_while_its_file_is_the_same(project: Project) -> None:
    """Reuse asks for the digest on record, as for every file."""
    run_secret(project, SecretOperation(), writing("x"))
    run_secret(project, SecretOperation(), resume=True)
    assert [s.operation for s in recorded(project, OperationSkipped.TOPIC)] == [1]
    (project.root / WRITTEN).write_bytes(b"changed")
    run_secret(project, SecretOperation(), writing("x"), resume=True)
    assert len(recorded(project, OperationSkipped.TOPIC)) == 1


@pytest.mark.parametrize("uses_keyring", [False, True])
def test_rerun_compares_what_encrypted_files_hold(
    project: Project, monkeypatch: pytest.MonkeyPatch, *, uses_keyring: bool
) -> None:
    """Bytes differ each time; with the key the contents are compared, and are equal."""
    if uses_keyring:
        monkeypatch.delenv("LINEAGE_ENCRYPTION_KEY")
        monkeypatch.setenv(keyring.MASTER_VARIABLE, "cd" * 32)
        folder = keyring.keyring_folder(project.root)
        keyring.Keyring(folder, keyring.master_secret()).create("files", "mine")
        configure(project, "t_one", encryption_key_id="mine")
    task = run_secret(project)
    result = rerun(project, task.run_id or "", task=SmallTask(SecretOperation()))
    assert (result.outcome, result.outputs[0].reason) == ("equal", "")
    assert result.outputs[0].found_sha256 != result.outputs[0].recorded_sha256


def test_rerun_tells_when_contents_differ(project: Project) -> None:
    """What was encrypted is compared, not only that it is encrypted."""
    task = run_secret(project)
    other = SmallTask(SecretOperation(text="something else"))
    assert rerun(project, task.run_id or "", task=other).outputs[0].outcome == "different"


def test_rerun_with_another_key_cannot_compare(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the key of the recorded file nothing is said about what it holds."""
    task = run_secret(project)
    monkeypatch.setenv("LINEAGE_ENCRYPTION_KEY", "cd" * 32)
    output = rerun(project, task.run_id or "", task=SmallTask(SecretOperation())).outputs[0]
    assert output.outcome == "not_comparable"
    assert "does not open with the key" in output.reason


def test_age_mode_is_age(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """In mode "age" the files are those of the age format."""
    pyrage = pytest.importorskip("pyrage")
    identity = pyrage.x25519.Identity.generate()
    key = project.root / "age.key"
    key.write_text(str(identity))
    key.chmod(0o600)
    monkeypatch.delenv("LINEAGE_ENCRYPTION_KEY")
    changes = {"encryption_mode": EncryptionMode.AGE, "encryption_key_path": "age.key"}
    execute = Bench(project, encryption=TaskEncryption(settings_of(project, **changes)))
    execute(SecretOperation())
    assert pyrage.decrypt((execute.task_dir / "secret.txt").read_bytes(), [identity]) == TEXT


def test_run_shows_how_its_files_are_encrypted(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads a run sees mode and key, by its public name."""
    task = run_secret(project)
    with project.catalog() as catalog:
        print_run(build_run_details(catalog, str(task.run_id)))
    assert "encrypted: simple, key " in capsys.readouterr().out
