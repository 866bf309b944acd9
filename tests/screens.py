"""The screens of every command, as files: `python tests/screens.py --write` makes them again.

Each command of `COMMANDS`, and the help of every command, is called in one process on the project
of `screen_project`: on terminals of 60, 80 and 120 columns and in a pipe. A file is called
`<command>.<width>.txt`; where a command is called in several ways, a word says which. A pipe shows
standard output first, then standard error under a line of dashes.
"""

from __future__ import annotations

import io
import logging
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import typer
from copies import copied
from screen_project import (
    CLOCK,
    COMMANDS_BEGIN_S,
    MASTER,
    fixed_surroundings,
    make_screen_keys,
    make_screen_project,
)

from lineage.cli.main import app, main

FOLDER: Final = Path(__file__).parent / "golden/screens"
WIDTHS: Final = (60, 80, 120)
PIPE: Final = "pipe"
SIZES: Final = (*map(str, WIDTHS), PIPE)
ROOT_SHOWN: Final = "/srv/wage-survey"

RELEASED: Final = "DATA/processed/t_release_wages/output/people_with_generalized_earnings.csv"
"""The file that is judged."""

COMMANDS: Final[Mapping[str, str]] = {
    "annotate": "annotate t_count --note 'checked by hand' --tag quarterly",
    "archive": "archive t_count",
    "audit": "audit t_release_wages",
    "checkpoints": "checkpoints",
    "config": "config",
    "config-task": "config t_count",
    "diff": "diff t_count e3e70682",
    "doctor": "doctor",
    "erase-dataset": "erase dataset DATA/raw/wage_survey/people_2026.csv --reason over --dry-run",
    "erase-finish": "erase finish nobody",
    "erase-list": "erase list",
    "erase-subject": "erase subject 7 --column person --reason asked --dry-run",
    "erase-run": "erase run t_count --reason 'the period is over' --yes --partial",
    "error-run": "show nobody",
    "error-usage": "runs --limit many",
    "graph": "graph",
    "graph-mermaid": "graph --format mermaid",
    "graph-columns": "graph --columns",
    "graph-impact": "graph --impact people_2026.csv",
    "graph-path": "graph --path people_2026.csv people_with_generalized_earnings.csv",
    "graph-upstream": "graph --upstream people_with_generalized_earnings.csv",
    "init": "init another",
    "init-template": "init another --template simple",
    "keys-create": "keys create visits --purpose files",
    "keys-destroy": "keys destroy release --reason ended --yes",
    "keys-list": "keys list",
    "keys-rotate": "keys rotate release",
    "ledger-encrypt": "ledger encrypt --yes",
    "ledger-status": "ledger status",
    "log": "log",
    "log-export": "log export",
    "log-import": "log import last_year.json",
    "operations": "operations",
    "operations-one": "operations MeasureRiskOperation",
    "policy-check": f"policy check {RELEASED}",
    "policy-end-waiver": "policy end-waiver nothing --reason over",
    "policy-list": "policy list",
    "policy-waive": "policy waive 'no direct identifier' --reason agreed --until 2199-01-01",
    "privacy-budget": "privacy budget",
    "privacy-flow": "privacy flow t_release_wages",
    "privacy-flow-nothing": "privacy flow",
    "privacy-proposals": "privacy proposals",
    "prove": "prove 1",
    "privacy-check": "privacy check people_with_generalized_earnings.csv",
    "privacy-confirm": "privacy confirm people_of_the_survey region --role quasi_identifier",
    "privacy-reject": "privacy reject people_of_the_survey region --reason 'a region has many'",
    "query": "query 'select run_id, name, started_at, parameters, message from operations'",
    "query-narrow": "query 'select run_id, task_id, status from runs'",
    "rebuild": "rebuild",
    "rebuild-files": "rebuild --files",
    "replay": "replay t_release_wages",
    "report": "report t_count",
    "release": f"release {RELEASED} --purpose statistics --recipient 'the ministry'",
    "releases": "releases",
    "retention": "retention",
    "rerun": "rerun t_release_wages",
    "resume": "resume t_count",
    "run": "run t_release_wages",
    "run-failed": "run t_count --set 'fails=the register did not answer'",
    "runs": "runs",
    "runs-none": "runs --as-of 0",
    "seals": "seals",
    "serve": "serve --user-header X-Forwarded-User",
    "show": "show t_release_wages",
    "show-failed": "show t_count",
    "sql": "sql",
    "tasks": "tasks",
    "trends-metric": "trends t_count --metric rows",
    "trends-process": "trends collect_answers",
    "trends-task": "trends t_count",
    "verify": "verify",
    "verify-files": "verify --files",
}
"""Name of a screen to its command line."""

INPUTS: Final = {"sql": ".help\nselect task_id, status from runs;\nquit\n"}
"""What is typed, by the name of a screen."""

ELSEWHERE: Final = {
    "bundle": "tests/unit/audits/test_bundle.py, since a key that is drawn signs what it holds",
    "demo": "tests/acceptance/test_demo.py, since it takes long",
    "seal": "tests/unit/cli/commands/test_seals.py, since its key is drawn",
    "witness key": "tests/unit/cli/commands/test_witness.py, since its key is drawn",
    "witness sign": "tests/unit/cli/commands/test_witness.py, since its key is drawn",
}
"""Commands without a golden screen, and what looks at theirs."""

WRITING: Final = (
    *("annotate", "archive", "audit", "bundle", "doctor", "erase", "init", "keys", "ledger", "log"),
    *("policy", "privacy", "rebuild", "release", "rerun", "resume", "run", "seal"),
)
"""Commands that change the project; each gets one of its own."""


class Terminal(io.StringIO):
    """A screen without colours; standard output and error both write to it."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Return True."""
        return True


@cache
def _command() -> Any:
    """Return the command line as it is made of the functions, which takes long."""
    return typer.main.get_command(app)


def subcommands() -> dict[str, Any]:
    """Return every command that is registered, by its words, groups with their members."""
    return dict(_below("", _command()))


def names() -> dict[str, str]:
    """Return name of a screen to its command line, the help of every command included."""
    helps = {
        f"help-{words.replace(' ', '-')}".rstrip("-"): f"{words} --help".lstrip()
        for words in ("", *subcommands())
    }
    return {**COMMANDS, **helps}


def screens_of(name: str) -> dict[str, str]:
    """Return file name to text of one screen at every size."""
    with fixed_surroundings(), tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "project"
        line = names()[name]
        return {f"{name}.{size}.txt": _screen(root, name, line, size) for size in SIZES}


def _below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    for name, member in getattr(command, "commands", {}).items():
        yield f"{words} {name}".strip(), member
        yield from _below(f"{words} {name}".strip(), member)


def _screen(root: Path, name: str, line: str, size: str) -> str:
    _lay_out(root, line)
    out, err = (io.StringIO(), io.StringIO()) if size == PIPE else (Terminal(),) * 2
    environment = {"LINEAGE_MASTER_KEY": MASTER}
    environment |= {"COLUMNS": "" if size == PIPE else size, "LINES": "40", "TERM": "dumb"}
    with _standing_in(root, environment), patch("sys.stdin", io.StringIO(INPUTS.get(name, ""))):
        code = _called(shlex.split(line), out, err)
    texts = [f"$ lineage {line}\n{out.getvalue()}"]
    if size == PIPE and err.getvalue():
        texts.append(f"--- standard error\n{err.getvalue()}")
    texts += [f"--- exit code {code}\n"] if code else []
    shown = "".join(texts).replace(str(root), ROOT_SHOWN)
    return re.sub(r"[ \t]+$", "", shown, flags=re.MULTILINE)


def _lay_out(root: Path, line: str) -> None:
    """Make the project, unless the one that is there has not been changed."""
    if root.exists() and line.split(maxsplit=1)[0] in WRITING:
        shutil.rmtree(root)
    if not root.exists():
        copied(make_screen_project, root)
        make_screen_keys(root)
    CLOCK.passed_s = COMMANDS_BEGIN_S


@contextmanager
def _standing_in(root: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Be in a folder, with an environment; what a command changes of the process is put back."""
    handlers, handling = logging.getLogger().handlers[:], signal.getsignal(signal.SIGTERM)
    before = Path.cwd()
    os.chdir(root)
    unset = {key: "" for key in os.environ if key.startswith("LINEAGE_")}
    try:
        with patch.dict(os.environ, {**unset, **environment}):
            for key in ("FORCE_COLOR", "NO_COLOR", *(unset.keys() - environment)):
                os.environ.pop(key, None)
            yield
    finally:
        os.chdir(before)
        logging.getLogger().handlers[:] = handlers
        signal.signal(signal.SIGTERM, handling)


def _called(arguments: list[str], out: io.StringIO, err: io.StringIO) -> int:
    with (
        patch("lineage.cli.main.app", _command()),
        patch("sys.argv", ["lineage", *arguments]),
        patch("sys.stdout", out),
        patch("sys.stderr", err),
    ):
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)


def write() -> None:
    """Write every screen, and delete the files of screens that are no more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = {file: text for name in names() for file, text in screens_of(name).items()}
    for path in FOLDER.glob("*.txt"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    write()
