"""Commands that a page starts: each a process of its own, as if somebody had typed it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Lock, Thread
from typing import Final
from weakref import WeakKeyDictionary, finalize

from lineage.events import RunStarted, streams
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project

MOST_RUNNING: Final = 4
"""Commands that run at once."""

MOST_KEPT: Final = 100
MOST_SHOWN_BYTES: Final = 16_000
"""Of what a command said, the end."""

_RECENT: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that was started.

    Attributes:
        key: Its name in addresses.
        words: What was started, as it would be typed.
        task_id: The task that it runs.
        started_at: When, UTC.
        process: Its process.
        output: File of what it says on its way; its answer may show values of data, and is not
            kept.
    """

    key: str
    words: tuple[str, ...]
    task_id: str
    started_at: datetime
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()

    def said(self) -> str:
        """Return the end of what it said so far."""
        with self.output.open("rb") as output:
            size = output.seek(0, os.SEEK_END)
            output.seek(max(size - MOST_SHOWN_BYTES, 0))
            return output.read(MOST_SHOWN_BYTES).decode(errors="replace")

    def run_of(self, project: Project) -> str | None:
        """Return the run that it began in the project; None if there is none yet."""
        for run_id in islice(project.ledger.runs_of_task(self.task_id), _RECENT):
            first = next(project.ledger.iter_stream(streams.run(run_id)), None)
            if (
                first is not None
                and isinstance(first.event, RunStarted)
                and first.event.pid == self.process.pid
                and first.recorded_at >= self.started_at
            ):
                return run_id
        return None


class Commands:
    """Starts commands for one project, and remembers the latest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Command] = OrderedDict()
        self._lock = Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="lineage-"))
        # A command may go on when the folder is removed; Windows keeps what is open.
        finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def start(
        self, project: Project, words: tuple[str, ...], *, task_id: str, user: str | None
    ) -> Command:
        """Start a command of the command line.

        It goes on if the server ends.

        Args:
            project: The project it is for.
            words: The command and its arguments, without `lineage`.
            task_id: The task that it runs.
            user: Who asked for it; None for whoever runs the server.

        Raises:
            ConfigurationError: Too many run already, or it cannot be started.
        """
        with self._lock:
            running = sum(one.code is None for one in self._kept.values())
            if running >= MOST_RUNNING:
                raise ConfigurationError(
                    f"lineage {words[0]}",
                    problem=f"{running} commands run already",
                    remedy="wait for one of them",
                )
            output = self._folder / project.ids.new()
            command = _start(project, words, output, task_id=task_id, user=user)
            self._kept[command.key] = command
            self._forget()
        return command

    def get(self, key: str) -> Command:
        """Return a command that was started.

        Raises:
            ConfigurationError: There is none of that name, or it is long over.
        """
        command = self._kept.get(key)
        if command is None:
            raise ConfigurationError(
                f"command {key!r}",
                problem="this server has not started it, or it is long over",
                remedy="look at the runs",
            )
        return command

    def _forget(self) -> None:
        over = [key for key, one in self._kept.items() if one.code is not None]
        for key in over[: max(len(self._kept) - MOST_KEPT, 0)]:
            self._kept.pop(key).output.unlink(missing_ok=True)


_known: WeakKeyDictionary[Project, Commands] = WeakKeyDictionary()


def of(project: Project) -> Commands:
    """Return what starts the commands of a project."""
    return _known.setdefault(project, Commands())


def _start(
    project: Project, words: tuple[str, ...], output: Path, *, task_id: str, user: str | None
) -> Command:
    environment = dict(os.environ) if user is None else {**os.environ, "LINEAGE_ACTOR": user}
    started_at = project.clock.now()
    whole = [sys.executable, "-m", "lineage", *words, "--project", str(project.root)]
    try:
        with output.open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603  # our own command, no shell
                whole,
                cwd=project.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is for the server
            )
    except OSError as error:
        raise ConfigurationError(f"lineage {words[0]}", problem=str(error)) from error
    Thread(target=process.wait, daemon=True).start()  # or it would stay as a dead process
    return Command(
        key=output.name,
        words=("lineage", *words),
        task_id=task_id,
        started_at=started_at,
        process=process,
        output=output,
    )
