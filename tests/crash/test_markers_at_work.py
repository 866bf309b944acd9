"""The law of silence at work: profile, anonymization, failure, checkpoint, resume, every question.

Each cell that is planted may be in the files that are made to hold its column, and nowhere else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from crash import traces

RAW = "DATA/raw/people.csv"
OUTPUT = "DATA/processed/t_work/output"
KEPT, ANONYMIZED = f"{OUTPUT}/kept.csv", f"{OUTPUT}/anonymized.csv"
SECRET = "Ford-Password-5150"  # noqa: S105  # a marker

MARKERS = {
    "Zaphod Beeblebrox-7731": {RAW},
    "marvin-1066@betelgeuse.example": {RAW},
    "907-65-4242": {RAW},
    "Magrathea-8088": {RAW, ANONYMIZED},
    "Trillian was here-6174": {RAW, KEPT},
    "Gargle-Blaster-Flu-42": {RAW, ANONYMIZED},
    SECRET: set(),
    "Slarti-Token-9001": set(),
}
"""What is planted (a name, an e-mail, a number, a rare city, a note, an illness, two secrets), and
which files may hold it."""

TASK = '''
from lineage.tasks import BaseTask
from ops import BaseOperation, DataWriter, OperationResult

class Keep(BaseOperation):
    """Writes the notes, and fails if it is told to."""

    def execute(self, data_source, task_dir, progress_tracker=None):
        frame = data_source.get_dataframe("people")[["note"]]
        if self.mode == "fail":
            raise ValueError(f"cannot keep {list(frame['note'])} at {self.url}")
        result = OperationResult(metrics={"rows": len(frame)})
        result.add_file(DataWriter(task_dir).write_dataframe(frame, "kept"), "notes")
        result.derive(result.artifacts[0].path, "note", "identity", ("people", "note"))
        return result

class Work(BaseTask):
    def __init__(self):
        super().__init__("t_work", "test", "work", {"people": "DATA/raw/people.csv"})

    def configure_operations(self):
        who = ["name", "email", "ssn"]
        self.add_operation(
            "ProfileOperation", dataset_name="people", identifiers=who, output_prefix="profile"
        )
        self.add_operation(
            "KAnonymizeOperation", dataset_name="people", quasi_identifiers=["age", "city"],
            sensitive_attributes=["illness"], direct_identifiers=who, left_out=["note"], k=3,
            output_name="anonymized", output_format="csv",
        )
        self.add_operation(Keep, mode=self.config.mode, url=self.config.url)

    def execute(self):
        self.context_manager.save_execution_state({"rows": 31, "step": "begun"}, "begun")
        return super().execute()
'''

# Several commands of one process: starting one takes longer than running it.
COMMANDS = """
import json, sys
from lineage.cli.main import main

for arguments in json.load(sys.stdin):
    sys.argv = ["lineage", *arguments]
    try:
        main()
    except SystemExit as ended:
        print("exit code", ended.code, arguments[0], file=sys.stderr)
"""

SETTINGS = [
    *("--set", f"db_password={SECRET}"),
    *("--set", "url=https://Slarti-Token-9001@host/x?token=Slarti-Token-9001"),
]
RUNS = [
    ["run", "t_work", "--set", "mode=fail", *SETTINGS],
    ["resume", "t_work", "--set", "mode=go", *SETTINGS],
]
QUESTIONS = [
    ["runs"],
    ["show", "t_work"],
    ["report", "t_work"],
    ["log"],
    ["checkpoints", "--all"],
    ["replay", "t_work"],
    ["config", "t_work"],
    ["rerun", "t_work"],
    ["trends", "t_work"],
    ["doctor"],
    ["rebuild", "--files"],
    *(["graph", "--format", f, "-o", f"graph.{f}"] for f in ("json", "dot", "svg", "html")),
    ["graph", "--columns", "--downstream", f"{RAW}:name"],
    *(["query", f"select * from {table}", "--json"] for table in ("events", "operations")),
    ["query", "select * from metrics", "-f", "csv", "-o", "metrics.csv"],
]


@dataclass(frozen=True)
class Worked:
    """A project in which everything was done, and what was printed meanwhile."""

    root: Path
    screen: str


def _people() -> str:
    name, email, ssn, city, note, illness, *_ = MARKERS
    rows = [f"{name},{email},{ssn},36,{city},{note},{illness}"]
    for n in range(30):
        city = "York" if n % 2 else "Bath"
        rows.append(f"Ada L. {n},a{n}@host.example,1{n:02}-22-3333,{20 + n % 5},{city},ok,cold")
    return "name,email,ssn,age,city,note,illness\n" + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """Fail, resume, and ask every question."""
    root = tmp_path_factory.mktemp("worked")
    for folder in ("configs", "DATA/raw"):
        (root / folder).mkdir(parents=True)
    settings = {"project": "worked", "tasks": {"t_work": "task.py"}}
    (root / "configs/prj_config.json").write_text(json.dumps(settings))
    (root / "configs/t_work.json").write_text('{"db_password": null}')
    (root / "task.py").write_text(TASK)
    (root / RAW).write_text(_people())
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        cwd=root,
        env={**os.environ, "LINEAGE_T_WORK_API_KEY": SECRET},
        input=json.dumps(RUNS + QUESTIONS),
        capture_output=True,
        text=True,
        check=False,
    )
    return Worked(root, done.stdout + done.stderr)


@pytest.mark.parametrize("marker", MARKERS)
def test_planted_value_is_only_in_the_files_made_for_it(worked: Worked, marker: str) -> None:
    """No other file below the project holds it in any spelling."""
    assert set(traces.files_with(worked.root, marker)) == MARKERS[marker]


@pytest.mark.parametrize("marker", MARKERS)
def test_planted_value_is_on_no_screen(worked: Worked, marker: str) -> None:
    """Neither standard output nor standard error of any command shows it."""
    assert marker not in worked.screen


def test_everything_was_done(worked: Worked) -> None:
    """The run failed and was resumed; each question was answered, also why it cannot be rerun."""
    ended = [line.split() for line in worked.screen.splitlines() if line.startswith("exit code")]
    commands = [command[0] for command in RUNS + QUESTIONS]

    assert [words[3] for words in ended] == commands
    assert [words[3] for words in ended if words[2] != "0"] == ["run", "rerun"]
