"""Call the command line as a person would."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import warm


@dataclass(frozen=True)
class Lineage:
    """The command line, called in a project as a person would."""

    root: Path

    def __call__(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run a command, check its exit code and return its standard output."""
        done = self.process(*arguments, **environment)
        assert done.returncode == code, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Run a command with --json and return what it printed."""
        return json.loads(self(*arguments, "--json"))

    def refuses(self, *arguments: str, **environment: str) -> str:
        """Run a command that must fail with one line on standard error, and return the line."""
        done = self.process(*arguments, **environment)
        assert done.returncode in {1, 2}, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        lines = [line for line in done.stderr.splitlines() if line.startswith("lineage: ")]
        assert len(lines) == 1, done.stderr
        return lines[0]

    def process(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return the finished process."""
        return warm.run(arguments, self.root, {**os.environ, "COLUMNS": "100", **environment})
