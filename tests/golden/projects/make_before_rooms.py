"""Make `before_rooms.tar.gz`: a small project as the release before the rooms left it.

The sources were then moved into rooms; no event, table or document was to change. The archive
is what that release wrote, so it is made once, with the code of that release and not with what
stands beside it today:

    PYTHONPATH=RELEASE/src:RELEASE python make_before_rooms.py before_rooms.tar.gz

The project is made at `FOLDER`, which must not exist; the history names that place in a few error
messages. It has a made-up machine and user, and begins at `BEGINNING`, which is past on any clock
(`be_elsewhere`). Time stamps of files, process numbers and versions are real. As ids and times
differ, making it again makes another history.

What is in it, in the order it happened:

- processes `harvest/collect` (a session that fell silent, a second one that ended it) and
  `harvest/sync` (still open);
- the templates `t_simple`, `t_secure` and `t_parallel`: succeeded; `t_simple` also executed again
  by `lineage rerun`;
- the template `t_checkpoint`: failed at its third file, which has come since;
- `t_collect`: interrupted by Ctrl-C, then resumed, which reused two operations of three;
- `t_fetch`: a file imported, two retries, an operation that skipped its work; twelve automatic
  checkpoints of which two gave way, a named one that was discarded, one in a file of its own;
- `t_digest`: failed with a checkpoint of the error, completed with errors without the dependency
  that it had declared, and once more with it;
- `t_letter`: a `TaskReporter` standing alone, ended by an exception and then well;
- `t_past`: five runs recorded after the fact; files tracked, one run changed, two removed, one
  shown again by an import, one cleaned up;
- `t_old`: imported from a log of which two entries were set aside and one put right later;
- `t_publish`: failed at its last operation, with two checkpoints, one in a file of its own;
- `t_late`: refused, as `t_publish` had failed;
- `t_watch`: killed at its last operation, so that its run is still open.

`lineage resume` can take up `t_checkpoint`, `t_publish` and `t_watch`. Left out of the archive are
the catalog, which is built from the ledger, locks, log files and compiled modules.
"""

from __future__ import annotations

import asyncio
import getpass
import gzip
import json
import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lineage import tasks as log
from lineage.cli.main import main as run_command_line
from lineage.kernel.clock import SystemClock
from lineage.project import Project
from lineage.tasks import (
    ErrorThreshold,
    ProcessSummary,
    TaskReporter,
    create_process_summary,
    save_process_summary,
)

FOLDER = Path("/srv/example")
OUTSIDE = Path("/srv/elsewhere/notes.csv")
BEGINNING = datetime(2025, 6, 2, 9, tzinfo=UTC)
BEGAN_VARIABLE = "MAKE_BEFORE_ROOMS_BEGAN"
"""Tells the processes of the command line when the making began, seconds since 1970."""

LETTERS = '''"""Tasks that make a list of readers, count them and send letters.

The file `outage` in a task's folder says how its last operation breaks off; without it, it works.
"""

import os
import signal

from lineage.tasks import BaseTask
from ops import BaseOperation, DataWriter, OperationResult, OperationStatus


class CopyOperation(BaseOperation):
    """Writes the readers again, by name only, and passes milestones on the way."""

    steps = 8

    def execute(self, data_source, task_dir, progress_tracker=None):
        """Read, write, say where the columns come from."""
        readers = data_source.get_table("readers", ["name", "town"])
        written = DataWriter(task_dir).write_dataframe(readers, "addresses")
        result = OperationResult(metrics={"rows": readers.num_rows, "share": 0.1 + 0.2})
        result.add_file(written, "whom to write to", tags=("personal", "letters"), group="lists")
        result.derive(written.path, "name", "identity", ("readers", "name"))
        result.derive(written.path, "town", "generalization", ("readers", "town"))
        for _ in range(self.steps):
            progress_tracker.update()
        return result


class CountOperation(BaseOperation):
    """Counts the towns, and warns of each that has one reader only."""

    def __init__(self, least=2):
        self.least = least

    def execute(self, data_source, task_dir, progress_tracker=None):
        """Read what the operation before has written."""
        towns = data_source.get_dataframe("addresses")["town"].value_counts()
        rare = int((towns < self.least).sum())
        result = OperationResult(metrics={"towns": {"all": len(towns), "rare": rare}})
        written = DataWriter(task_dir).write_json({"rare": rare}, "towns")
        result.add_file(written, category="metrics")
        if rare:
            result.warn(f"towns with fewer than {self.least} readers: {rare}", rare=rare)
        return result


class SendOperation(BaseOperation):
    """Sends the letters, unless there is an outage."""

    def execute(self, data_source, task_dir, progress_tracker=None):
        """Break off as the file says."""
        outage = task_dir / "outage"
        match outage.read_text() if outage.exists() else "":
            case "no answer":
                raise ConnectionError("no answer")
            case "ctrl-c":
                signal.raise_signal(signal.SIGINT)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
        return OperationResult(metrics={"sent": 4})


class LettersTask(BaseTask):
    """Copies, counts, sends."""

    def __init__(self, task_id, description):
        super().__init__(task_id, "letters", description, {"readers": "DATA/raw/readers.csv"})

    def configure_operations(self):
        """Say what to do."""
        self.add_operation(CopyOperation)
        self.add_operation(CountOperation, least=self.config.get("least") or 2)
        self.add_operation(SendOperation)


class CollectTask(LettersTask):
    """The one that others depend on."""

    def __init__(self):
        super().__init__("t_collect", "Collect the readers")


class WatchTask(LettersTask):
    """The one that is killed."""

    def __init__(self):
        super().__init__("t_watch", "Watch the letter box")


class LateTask(LettersTask):
    """The one that may not begin; its configuration says on what it depends."""

    def __init__(self):
        super().__init__("t_late", "Write once more")


class PublishTask(LettersTask):
    """Keeps two states before it works, a small one and one too big for the ledger."""

    def __init__(self):
        super().__init__("t_publish", "Send the letters out")

    def execute(self):
        """Go on from the kept states where there are any."""
        manager = self.context_manager
        can_go_on, _ = manager.can_resume_execution()
        if can_go_on:
            pages = manager.restore_execution_state("pages")
            addressed = manager.restore_execution_state("addressed")
            self.reporter.add_nested_metric("restored", "pages", len(pages["pages"]))
            self.reporter.add_nested_metric("restored", "letters", addressed["letters"])
        else:
            manager.save_execution_state({"letters": 4, "stamps": [0.85, None]}, "addressed")
            manager.save_execution_state({"pages": [0] * 600_000}, "pages")
        return super().execute()


class FlakyOperation(BaseOperation):
    """Fails twice and then succeeds."""

    _failures = 2

    def execute(self, data_source, task_dir, progress_tracker=None):
        """Fail, or say that there was nothing to do."""
        if self._failures:
            self._failures -= 1
            raise TimeoutError("the post office is shut")
        return OperationResult(status=OperationStatus.SKIPPED, details={"letters": 0})


class FetchTask(BaseTask):
    """Imports a file, tries again, keeps checkpoints."""

    def __init__(self):
        super().__init__("t_fetch", "ingestion", "Fetch the post", version="2.1")

    def configure_operations(self):
        """Say what to do."""
        self.add_operation(FlakyOperation)

    def execute(self):
        """Work, and keep more states than are kept of a task."""
        readers = self.project_root / "DATA/raw/readers.csv"
        self.directory_manager.import_external_file(readers, new_name="fetched.csv")
        flaky = self.operations[0]
        result = self.operation_executor.execute_with_retry(
            flaky, self.operation_params, initial_wait=0.01
        )
        self.results.append(result)
        manager = self.context_manager
        manager.save_execution_state({"bags": [1] * 600_000}, "bags")
        manager.save_execution_state({"given": "up"}, "discarded")
        for number in range(1, 13):
            manager.create_automatic_checkpoint(number, {"letters": 10 * number})
        manager.discard_checkpoint("discarded")
        return True


class DecideOperation(BaseOperation):
    """States that it failed, without an exception."""

    def execute(self, data_source, task_dir, progress_tracker=None):
        """Fail."""
        return OperationResult(status=OperationStatus.ERROR, error_message="no digest today")


class DigestTask(BaseTask):
    """Uses what the task it depends on has measured and written."""

    def __init__(self):
        super().__init__("t_digest", "aggregation", "A digest of the letters")

    def configure_operations(self):
        """Say what to do."""
        self.add_operation(DecideOperation)
        self.add_operation(SendOperation)

    def execute(self):
        """Ask the dependency if there is one; keep the state if that fails."""
        with self.context_manager:
            self.context_manager.current_state = {"asked": 1}
            if self.config.dependencies:
                towns = self.dependency_manager.get_dependency_metrics("t_collect")
                self.reporter.add_metric("of_the_dependency", towns)
                self.dependency_manager.get_dependency_output("t_collect", "*.csv")
            if not self.config.continue_on_error:
                raise ValueError("a digest needs an answer")
        return super().execute()
'''

READERS = """name,town,age
Ada,Lund,36
Grace,Lund,45
Edsger,Delft,41
Barbara,Lund,52
"""

OLD_RUN = "f8a7d3e1-2b56-4c9a-8f7e-3d1a2b3c4d5e"
OLD_FAULTY = "a1b2c3d4-e5f6-4a8b-9c0d-1e2f3a4b5c6d"


def old_log(*, is_right: bool) -> str:
    """Return the log of another program; one of its entries is put right later."""
    good = {
        "task_id": "t_old",
        "task_type": "ingestion",
        "task_run_id": OLD_RUN,
        "timestamp": "2025-05-01T12:00:00",
        "success": True,
        "execution_time": 45.2,
        "report_path": "DATA/reports/t_old_report.json",
        "input_files": [{"name": "letters", "path": "DATA/raw/letters.csv"}],
        "output_files": [{"path": "DATA/processed/t_old/l.csv", "type": "csv", "description": ""}],
        "hostname": "archive",
        "remark": "kept as it was",
    }
    faulty = good | {"task_run_id": OLD_FAULTY, "timestamp": "2025-05-02" if is_right else "noon"}
    summary = {
        "task_type": "ingestion",
        "last_execution": 1746100800,
        "last_status": "success",
        "last_report_path": "DATA/reports/t_old_report.json",
        "last_task_run_id": OLD_RUN,
    }
    executions = [good, faulty, {"task_id": "t_old", "success": "yes"}]
    return json.dumps({"tasks": {"t_old": summary}, "executions": executions, "version": "1.0.0"})


def be_elsewhere() -> None:
    """Give this process a machine, a user and a time that say nothing of the real ones."""
    socket.gethostname = lambda: "workstation"
    getpass.getuser = lambda: "librarian"
    platform.platform = lambda *_, **__: "Linux"
    began = float(os.environ.setdefault(BEGAN_VARIABLE, str(time.time())))
    SystemClock.now = lambda _: BEGINNING + timedelta(seconds=time.time() - began)
    for name in [name for name in os.environ if name.startswith("LINEAGE_")]:
        del os.environ[name]


def lineage(*arguments: str, code: int = 0) -> None:
    """Call the command line in a process of its own, in the project."""
    command = [sys.executable, __file__, "--lineage", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)


def count_processes() -> None:
    """Count in two sessions of one process, the first ten minutes ago, and in another process."""

    class EarlierClock(SystemClock):
        """Is ten minutes slow."""

        def now(self) -> datetime:
            """Return a time that has passed."""
            return super().now() - timedelta(minutes=10)

    with Project(FOLDER, clock=EarlierClock()) as project:
        threshold = ErrorThreshold(measure="error_count", limit=2)
        first = ProcessSummary("collect", "harvest", project=project, thresholds=[threshold])
        first.increment_items(processed=10, successful=7, failed=3, retried=1, bytes_count=4096)
        first.add_error("Timeout", "no answer")
        first.add_error("Timeout", "still none")
        first.add_progress_update("a tenth", volume=1)
        first.set_custom_metric("shelves", {"full": 3, "share": 0.1})
        first.checkpoint()
        first.save()

    async def go_on() -> None:
        with Project(FOLDER) as project:
            second = await create_process_summary("harvest", "collect", project=project)
            second.increment_items(processed=90, successful=90, bytes_count=8192)
            second.add_progress_update("done")
            second.end_process()
            await save_process_summary(second)
            other = await create_process_summary("harvest", "sync", project=project)
            other.increment_items(processed=3, successful=3)
            await save_process_summary(other)

    asyncio.run(go_on())


def run_templates() -> None:
    """Run the tasks of the templates; one fails, as a file of it is not there yet."""
    for task in ("t_simple", "t_secure", "t_parallel"):
        lineage("run", task)
    lineage("rerun", "t_simple")
    wednesday = FOLDER / "DATA/raw/sales_wednesday.csv"
    aside = wednesday.rename(wednesday.with_suffix(".late"))
    lineage("run", "t_checkpoint", code=1)
    aside.rename(wednesday)


def outage(task: str, kind: str) -> Path:
    """Let the last operation of a task break off, until the returned file is removed."""
    file = FOLDER / "DATA/processed" / task / "outage"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(kind)
    return file


def run_letters() -> None:
    """Run the tasks of `LETTERS` that succeed in the end, or are not to be resumed."""
    out = outage("t_collect", "ctrl-c")
    lineage("run", "t_collect", code=130)
    out.unlink()
    lineage("resume", "t_collect")
    lineage("run", "t_fetch", "--set", "seed=7")
    depends = "dependencies=[{task: t_collect, require: latest_success}]"
    lineage("run", "t_digest", "--set", depends, code=1)
    lineage("run", "t_digest", "--set", "continue_on_error=true")
    lineage("run", "t_digest", "--set", "continue_on_error=true", "--set", depends)


def report_alone() -> None:
    """Use a `TaskReporter` without a task, in a run that breaks off and in one that ends well."""
    about = ("t_letter", "letters", "A letter by hand", "DATA/reports/t_letter_report.json")
    with suppress(ConnectionError), TaskReporter(*about) as reporter:
        reporter.add_metric("words", 0)
        raise ConnectionError("the pen is dry")
    written = FOLDER / "DATA/processed/letter.txt"
    written.write_text("Dear reader\n")
    with TaskReporter(*about) as reporter:
        reporter.add_operation("write", "success", {"pages": 2})
        reporter.add_operation("seal", "warning", {"message": "the wax is old"})
        group = reporter.add_artifact_group("paper", "what was written on paper")
        group.add_artifact({"path": written, "description": "the letter", "tags": ["paper"]})
        reporter.add_artifact("pdf", "DATA/processed/missing.pdf", group_name="drafts")
        reporter.add_metric("words", 2)
        reporter.add_metric("weights", [1.5, float("nan"), None])
        reporter.add_nested_metric("ink", "blue", 0.3)
        log.track_output_files("t_letter", ["DATA/processed/letter.txt", "DATA/processed/copy.txt"])
        reporter.add_task_summary(True, 1.25, {"stamps": 1})


def use_execution_log() -> None:
    """Record, change, remove, show again, import and clean up."""
    report = Path("DATA/reports/t_past_report.json")
    readers = {"readers": "DATA/raw/readers.csv", "notes": OUTSIDE}
    runs = [
        log.record_task_execution(
            "t_past", "letters", number != 1, 1.5 * number, report, readers, ["DATA/past.csv"]
        )
        for number in range(5)
    ]
    log.update_execution_record(runs[3], {"hostname": "typewriter", "remark": ["by hand"]})
    log.track_input_files("t_past", ["DATA/raw/readers.csv", "DATA/raw/people.csv"])
    log.track_output_files("t_past", ["DATA/past_too.csv"])
    exported = log.export_execution_log(FOLDER / "DATA/exported_log.json")
    log.remove_execution_record(runs[2])
    log.remove_execution_record(runs[4])
    shown_again = json.loads(exported.read_text())
    shown_again["executions"] = [
        e for e in shown_again["executions"] if e["task_run_id"] == runs[4]
    ]
    exported.write_text(json.dumps(shown_again))
    log.import_execution_log(exported, merge=True)
    for is_right in (False, True):
        old = FOLDER / "DATA/old_log.json"
        old.write_text(old_log(is_right=is_right))
        log.import_execution_log(old, merge=True)
    log.cleanup_old_executions(max_age_days=36_500, max_per_task=3)


def leave_unfinished() -> None:
    """Leave runs that can be taken up: one that failed, one whose process was killed."""
    out = outage("t_publish", "no answer")
    lineage("run", "t_publish", code=1)
    out.unlink()
    (FOLDER / "configs/t_late.json").write_text('{"dependencies": ["t_publish"]}\n')
    lineage("run", "t_late", code=1)
    out = outage("t_watch", "kill")
    lineage("run", "t_watch", code=-9)
    out.unlink()


def make_project() -> None:
    """Make the project and its history."""
    for template in ("simple", "checkpoint", "secure", "parallel"):
        lineage("init", str(FOLDER), "--template", template)
    os.chdir(FOLDER)
    (FOLDER / "tasks/letters.py").write_text(LETTERS)
    (FOLDER / "DATA/raw/readers.csv").write_text(READERS)
    count_processes()
    run_templates()
    run_letters()
    report_alone()
    use_execution_log()
    leave_unfinished()


def finish() -> None:
    """Write every document as the ledger has it now, and bring the ledger into one file."""
    lineage("rebuild", "--files")
    connection = sqlite3.connect(FOLDER / ".lineage/ledger.db")
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()


def packed() -> Iterator[Path]:
    """Yield what goes into the archive, sorted."""
    for path in sorted(FOLDER.rglob("*")):
        is_left_out = (
            path.name.startswith(("catalog", "ledger.db-"))
            or path.suffix == ".lock"
            or "__pycache__" in path.parts
            or path.relative_to(FOLDER).parts[0] == "logs"
        )
        if not is_left_out:
            yield path


def pack(archive: Path) -> None:
    """Write the archive without owners and times: the same files give the same bytes."""
    with (
        archive.open("wb") as stream,
        gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for path in packed():
            info = tarfile.TarInfo(path.relative_to(FOLDER).as_posix())
            if path.is_dir():
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)
            else:
                info.mode, info.size = 0o644, path.stat().st_size
                with path.open("rb") as content:
                    tar.addfile(info, content)


def main() -> None:
    """Make the archive, or be the command line of the project that is made."""
    be_elsewhere()
    if sys.argv[1] == "--lineage":
        sys.argv = ["lineage", *sys.argv[2:]]
        run_command_line()  # ends the program
    archive = Path(sys.argv[1]).absolute()
    FOLDER.mkdir(parents=True)
    try:
        make_project()
        finish()
        pack(archive)
    finally:
        shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main()
