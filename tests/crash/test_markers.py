"""The law of silence: what is in the data, or secret, is in no file and on no screen.

Markers are planted in cells, secret parameters, the environment, messages of exceptions and
other files. Tasks succeed and fail in every way; then every byte of the project is searched.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import Lineage
from copies import shared
from crash import traces

from lineage.project import Project

MARKERS = {
    "cell": "Zaphod-Cell-7731",
    "rare value": "Trillian-Rare-4242",
    "file": "Marvin-File-1066",
    "parameter": "Ford-Parameter-5150",
    "environment": "Arthur-Environment-9001",
    "URL": "Slarti-Url-8088",
    "form": "Tricia-Form-6174",
}

TASK = '''
import logging
import os

from lineage.kernel.errors import OperationError
from lineage.tasks import BaseTask, TaskReporter
from ops import BaseOperation, OperationResult, OperationStatus

FORMS = [
    "password: <secret>",
    "postgresql://ada:a/b@<secret>@host/db",
    "https://<secret>@host/x",
    "AccountKey=<secret>==;x",
    "Authorization: Bearer <secret>",
    "https://host/b?sv=1&sig=<secret>&se=2",
    "-----BEGIN PRIVATE KEY----- <secret> -----END PRIVATE KEY-----",
    '{"pin": "<secret>"}',
    "DB_PASS=<secret>",
]
log = logging.getLogger("task.t_one")


class Meet(BaseOperation):
    """Meets every marker, and ends as it is told."""

    credentials: dict
    remark: str
    frame: object
    series: object

    def execute(self, data_source, task_dir, progress_tracker=None):
        frame = data_source.get_dataframe("people")
        cell = frame["name"].iloc[0]
        content = (task_dir.parents[2] / "DATA/raw/letter.txt").read_text()
        log.info("read %d rows", len(frame))
        try:
            frame["name"].astype(float)
        except ValueError:
            log.exception("no numbers")
        result = OperationResult(metrics={"rows": len(frame)})
        result.warn("a name is odd", rows=1, token=self.password)
        result.details["connection"] = self.url
        said = [form.replace("<secret>", self.auth) for form in FORMS]
        for text in said:
            log.warning("sent %s", text)
            result.warn(f"cannot use {text}", rows=1, **{text: text})
        self.save_artifact_of(task_dir, result, said)
        result.metrics["note"] = said[0]
        result.metrics[said[1]] = 5
        match self.ending:
            case "foreign exception":
                raise KeyError(cell, content) from ValueError(self.password)
            case "exception of the operating system":
                open(task_dir / "missing.csv")
            case "assertion":
                assert cell == content, f"{cell} is not {content}"
            case "returned error":
                result.status = OperationStatus.ERROR
                result.error_message = f"no answer from {self.url}, {'; '.join(said)}"
            case "error of ours":
                raise OperationError(said[2], problem=said[3], remedy=said[4])
            case "outside":
                result.register_artifact("/tmp/elsewhere.csv")
            case "wrong result":
                return cell
        return result


    def save_artifact_of(self, task_dir, result, said):
        path = task_dir / "note.txt"
        path.write_text("nothing")
        result.register_artifact(path, description=" and ".join(said))


class OneTask(BaseTask):
    def __init__(self):
        about = f"meet every marker, pw={os.environ.get('DB_PASS')}"
        super().__init__("t_one", "test", about, {"people": "DATA/raw/people.csv"})

    def configure_operations(self):
        frame = self.data_source.get_dataframe("people")
        password = self.config.get("db_password")
        if self.config.ending == "configuration":
            raise LookupError(password, list(frame["name"]))
        self.add_operation(
            Meet,
            ending=self.config.ending,
            password=password,
            credentials={"api_key": password, "user": "ada"},
            url=self.config.get("database"),
            auth=self.config.get("auth"),
            remark=f"meet with Bearer {self.config.get('auth')}",
            frame=frame,
            series=frame["name"],
        )
        if self.config.ending == "product operations":
            self.add_operation(
                "ProfileOperation", dataset_name="people", identifiers=["name"], output_prefix="p"
            )
            self.add_operation("IngestOperation", dataset_name="people", schema={"age": "integer"})
'''

# Several commands of one process: starting one takes longer than running it.
COMMANDS = """
import json, os, sys
from lineage.cli.main import main

for arguments in json.load(sys.stdin):
    sys.argv = ["lineage", *arguments]
    sys.modules.pop("task", None)
    try:
        main()
    except SystemExit as ended:
        print("exit code", ended.code, file=sys.stderr)
"""

REPORTING = """
import sys
from lineage.tasks import TaskReporter

with TaskReporter("t_report", "test", "reports by itself", "DATA/reports/own.json") as reporter:
    reporter.add_operation("login", "success", {"password": sys.argv[1], "user": "ada"})
    reporter.add_artifact("csv", "DATA/raw/people.csv", metadata={"encryption_key": sys.argv[1]})
    reporter.add_metric("encryption", {"enabled": True, "key": sys.argv[1]})
    names = open("DATA/raw/people.csv").read().split()
    raise RuntimeError(names)
"""

ENDINGS = [
    "success",
    "product operations",
    "foreign exception",
    "exception of the operating system",
    "assertion",
    "returned error",
    "error of ours",
    "outside",
    "wrong result",
    "configuration",
]


@dataclass(frozen=True)
class Marked:
    """A project in which every marker was met."""

    lineage: Lineage
    screen: str


def _people() -> str:
    rows = [f"{MARKERS['cell']},36,a"]
    rows += [f"Ada{n},{20 + n},{'a' if n else MARKERS['rare value']}" for n in range(30)]
    return "name,age,group\n" + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Marked:
    """Run the task to every ending, and a reporter that stands alone."""
    folder = shared(tmp_path_factory, "marked", _meet_markers)
    return Marked(Lineage(folder / "project"), (folder / "screen.txt").read_text())


def _meet_markers(made: Path) -> None:
    root = made / "project"
    for folder in ("configs", "DATA/raw"):
        (root / folder).mkdir(parents=True)
    settings = {"project": "marked", "tasks": {"t_one": "task.py"}, "execution_log": "each_run"}
    (root / "configs/prj_config.json").write_text(json.dumps(settings))
    (root / "configs/t_one.json").write_text('{"note": null}')
    (root / "task.py").write_text(TASK)
    (root / "DATA/raw/people.csv").write_text(_people())
    (root / "DATA/raw/letter.txt").write_text(f"Dear {MARKERS['file']}, all is well")
    screen = _run(root, COMMANDS, json.dumps([_command(ending) for ending in ENDINGS]))
    screen += _run(root, REPORTING, "", MARKERS["parameter"]).partition("Traceback")[0]
    questions = [["runs"], ["log"], ["show", "t_one"], ["report", "t_one"], ["doctor"]]
    screen += _run(root, COMMANDS, json.dumps(questions))
    (made / "screen.txt").write_text(screen)


def _command(ending: str) -> list[str]:
    values = {
        "ending": ending,
        "db_password": MARKERS["parameter"],
        "auth": MARKERS["form"],
        "note": f"Bearer {MARKERS['form']}",
        "database": f"postgresql://ada:{MARKERS['URL']}@host/db",
    }
    return ["run", "t_one", *(a for k, v in values.items() for a in ("--set", f"{k}={v}"))]


def _run(root: Path, program: str, given: str, *arguments: str) -> str:
    """Run a Python program in the project and return all it printed."""
    secrets = {
        "LINEAGE_T_ONE_ADMIN_PASSWORD": MARKERS["environment"],
        "LINEAGE_PASSWORD": MARKERS["environment"],
        "LINEAGE_T_ONE_HMAC_KEY": MARKERS["environment"],
        "LINEAGE_T_ONE_REMARK": f"sas: sig={MARKERS['environment']}",
        "DB_PASS": MARKERS["environment"],
    }
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=root,
        env={**os.environ, **secrets},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def _is_data(path: Path, root: Path) -> bool:
    name = path.relative_to(root).as_posix()
    return name.startswith("DATA/raw/") or "/output/" in name


@pytest.mark.parametrize("kind", MARKERS)
def test_no_file_of_the_project_holds_a_marker(marked: Marked, kind: str) -> None:
    """No file but the data holds a cell, a rare value, a secret or another file's content."""
    root = marked.lineage.root
    found = traces.files_with(root, MARKERS[kind])

    assert [name for name in found if not _is_data(root / name, root)] == []


@pytest.mark.parametrize("kind", MARKERS)
def test_no_event_and_no_row_of_the_catalog_holds_a_marker(marked: Marked, kind: str) -> None:
    """Compressed or not, no stored event and no row that SQL can ask for holds a marker."""
    with Project(marked.lineage.root) as project, project.catalog() as catalog:
        tables = [row["name"] for row in catalog.rows("show tables")]
        rows = [str(catalog.rows(f'select * from "{table}"')) for table in tables]
    connection = sqlite3.connect(marked.lineage.root / ".lineage/ledger.db")
    events = [str(row) for row in connection.execute("select * from events")]
    connection.close()

    assert len(tables) > 10
    assert not any(MARKERS[kind] in text for text in (*rows, *events))


@pytest.mark.parametrize("kind", MARKERS)
def test_no_screen_shows_a_marker(marked: Marked, kind: str) -> None:
    """Without --debug nothing on standard output or error holds a marker."""
    assert MARKERS[kind] not in marked.screen


def test_every_ending_was_met(marked: Marked) -> None:
    """The runs ended as they were told, so the searches above had something to find."""
    assert marked.screen.count("exit code") == len(ENDINGS) + 5
    runs = marked.lineage.json("runs")["runs"]

    by_task = {task: [r for r in runs if r["task_id"] == task] for task in ("t_one", "t_report")}
    statuses = [run["status"] for run in reversed(by_task["t_one"])]
    assert statuses == ["succeeded", "succeeded", *["failed"] * (len(ENDINGS) - 2)]
    assert [run["status"] for run in by_task["t_report"]] == ["failed"]


def test_what_stands_for_a_secret_is_there(marked: Marked) -> None:
    """Secrets are shown as "***", frames as their shape, so nothing was simply left out."""
    rows = marked.lineage.json("query", "select parameters from operations where operation = 1")

    parameters = rows[0]["parameters"]
    assert parameters["password"] == "***"  # noqa: S105  # what stands for it
    assert parameters["credentials"] == "***"
    assert parameters["url"] == "postgresql://ada:***@host/db"
    assert parameters["frame"] == "<pandas.DataFrame (31, 3)>"


def test_debug_shows_the_message_and_writes_it_nowhere(marked: Marked, tmp_path: Path) -> None:
    """With --debug the screen has the message of the exception, the files still have not."""
    root = tmp_path / "copy"
    shutil.copytree(marked.lineage.root, root)

    done = Lineage(root).process("--debug", "run", "t_one", "--set", "ending=foreign exception")

    assert MARKERS["cell"] in done.stderr
    ours = [p for p in root.rglob("*") if p.is_file() and not _is_data(p, root)]
    assert not any(MARKERS["cell"].encode() in path.read_bytes() for path in ours)
