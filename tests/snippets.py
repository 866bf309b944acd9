"""Run the code blocks of a Markdown file, in order, as a reader would.

A fence is preceded by at most one comment: `<!-- not run: reason -->` leaves it out,
`<!-- fails: reason -->` expects its last command to fail. Blocks of one file share a folder,
the Python names and the shell's variables and working directory.
"""

from __future__ import annotations

import contextlib
import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import warm

RUN_LANGUAGES = frozenset({"python", "console", "sh"})
TIMEOUT_S = 120
_FENCE = re.compile(
    r"(?:^[ ]*<!--[ ](?P<mark>not[ ]run|fails):[ ](?P<reason>[^\n]+?)[ ]-->\n+)?"
    r"^(?P<indent>[ ]*)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        line: Line of its opening fence, from 1.
        language: The word after the fence; empty without one.
        text: Its content, without the fence's indentation.
        mark: "not run", "fails" or None.
    """

    line: int
    language: str
    text: str
    mark: str | None


class SnippetError(AssertionError):
    """A block did not do what it says."""


def blocks(markdown: str) -> Iterator[Block]:
    """Yield all fenced blocks of a text in order."""
    for match in _FENCE.finditer(markdown):
        before_fence = markdown[: match.start("indent")]
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        yield Block(before_fence.count("\n") + 1, match["language"], text, match["mark"])


@dataclass
class Session:
    """What the blocks of one file share.

    Args:
        folder: Where they run, empty at the beginning.
    """

    folder: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give the shell a home of its own and the command line of this environment."""
        inherited = {key: value for key, value in os.environ.items() if _is_harmless(key)}
        binaries = f"{warm.command().parent}{os.pathsep}{Path(sys.executable).parent}"
        self.variables = {
            **inherited,
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "TERM": "dumb",
            "PWD": str(self.folder),
        }

    def run(self, block: Block) -> None:
        """Run one block.

        Raises:
            SnippetError: A command fails, succeeds against its mark, or prints something else.
            Exception: Whatever a Python block raises.
        """
        if block.mark == "not run":
            return
        match block.language:
            case "python":
                code = compile("\n" * block.line + block.text, "<snippet>", "exec")
                with contextlib.chdir(self.variables["PWD"]):
                    exec(code, self.names)  # noqa: S102  # this is what it is for
            case "sh":
                self._check(block.text, None, must_fail=block.mark == "fails")
            case "console":
                dialogue = list(_dialogue(block.text))
                for number, (command, expected) in enumerate(dialogue, 1):
                    is_last = number == len(dialogue)
                    self._check(command, expected, must_fail=is_last and block.mark == "fails")

    def _check(self, command: str, expected: str | None, *, must_fail: bool) -> None:
        status, output = self._shell(command)
        if (status != 0) is not must_fail:
            raise SnippetError(f"$ {command}\nended with {status}:\n{output}")
        if expected is not None and not _matches(expected, output):
            raise SnippetError(f"$ {command}\nexpected:\n{expected}\nprinted:\n{output}")

    def _shell(self, command: str) -> tuple[int, str]:
        read_end, write_end = os.pipe()
        with os.fdopen(read_end, encoding="utf-8") as state:
            done = subprocess.run(
                ["bash", "-c", f"trap 'env -0 >&{write_end}' EXIT\nset -e\n{command}"],  # noqa: S607  # the reader's bash
                cwd=self.variables["PWD"],
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
                pass_fds=[write_end],
            )
            os.close(write_end)
            entries = (entry.partition("=") for entry in state.read().split("\0") if entry)
            self.variables = {name: value for name, _, value in entries}
        return done.returncode, done.stdout


def _dialogue(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield each command after "$ " with the lines that follow; None where none do."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        while command.endswith("\\"):
            more, _, expected = expected.partition("\n")
            command = f"{command}\n{more.removeprefix('>').lstrip()}"
        yield command, expected if expected.strip() else None


def _matches(expected: str, printed: str) -> bool:
    want, got = (
        "".join(f"{line.rstrip()}\n" for line in text.strip("\n").splitlines())
        for text in (expected, printed)
    )
    return doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS)


def _is_harmless(variable: str) -> bool:
    return not variable.startswith(("LINEAGE_", "PYTEST_", "PYTHON", "PIP_"))
