"""Call the command line within the process of the tests, which is quicker than a new one."""

from __future__ import annotations

import json
import logging
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lineage.cli.main import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def error_line(self) -> str:
        """The one line of a refusal."""
        lines = [line for line in self.err.splitlines() if line.startswith("lineage: ")]
        assert len(lines) == 1, self.err
        return lines[0]


@dataclass(frozen=True)
class InProcess:
    """The command line of a project."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, code: int = 0) -> Answer:
        """Run a command in the project, and check its exit code."""
        self.monkeypatch.chdir(self.root)
        self.monkeypatch.setenv("LINEAGE_DEBUG", "")
        self.monkeypatch.setattr(sys, "argv", ["lineage", *arguments])
        handlers, handling = logging.getLogger().handlers[:], signal.getsignal(signal.SIGTERM)
        self.capsys.readouterr()
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            logging.getLogger().handlers[:] = handlers
            signal.signal(signal.SIGTERM, handling)
        printed = self.capsys.readouterr()
        answer = Answer(code=int(ended.value.code or 0), out=printed.out, err=printed.err)
        assert answer.code == code, f"{arguments}\n{answer.out}\n{answer.err}"
        return answer

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Run a command with --json and return what it printed."""
        return json.loads(self(*arguments, "--json", code=code).out)
