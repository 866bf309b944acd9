"""Child process: gives commands to damaged copies of a project, and prints how each ended.

Arguments: project, what is damaged (a file of it, or "arguments"), seed, number of the first copy,
number of copies; with none, the task of the project is run. Prints a line of JSON before and
after each command.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from unittest import mock

from crash import mutations, odd_arguments

from lineage.cli.main import main

PATIENCE_S = 180
"""Longer than a query may take; whoever takes longer hangs, and its stack is printed."""

QUESTIONS = {
    ".lineage/ledger.db": (
        ["runs"],
        ["show", "t_one"],
        ["report", "t_one"],
        ["doctor"],
        ["rebuild", "--files"],
        ["replay", "t_one"],
        ["run", "t_one"],
    ),
    ".lineage/catalog.duckdb": (
        ["runs"],
        ["query", "select * from operations"],
        ["graph"],
        ["doctor"],
        ["run", "t_one"],
    ),
    "configs/prj_config.json": (["config"], ["config", "t_one"], ["tasks"], ["run", "t_one"]),
    "configs/prj_config.yaml": (["config"], ["config", "t_one"], ["tasks"], ["run", "t_one"]),
    "configs/t_one.json": (["config", "t_one"], ["run", "t_one"]),
    "configs/t_one.yaml": (["config", "t_one"], ["run", "t_one"]),
}
RUN = (["run", "t_one"],)


def meet(root: Path, target: str, draw: random.Random) -> list[str]:
    """Damage a copy of the project, and return a command for it."""
    if target == "arguments":
        return odd_arguments.command(draw)
    file = root / target
    file.write_bytes(mutations.damaged(file.read_bytes(), draw))
    return draw.choice(QUESTIONS.get(target, RUN))


def end_of(command: list[str]) -> tuple[object, str]:
    """Give a command; return the exit code and what it printed."""
    with tempfile.TemporaryFile("w+", errors="backslashreplace") as screen:
        own = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = screen
        sys.argv = ["lineage", *command]
        sys.modules.pop("task", None)
        try:
            with mock.patch.object(os, "_exit", sys.exit):  # of a query that could not be stopped
                main()
            code: object = 0
        except SystemExit as ended:
            code = ended.code
        except BaseException as error:  # noqa: BLE001  # it is what we look for
            code = repr(error)
        finally:
            sys.stdout, sys.stderr = own
        screen.seek(0)
        return code, screen.read()


def tell(**facts: object) -> None:
    """Print a line of JSON."""
    print(json.dumps(facts), flush=True)  # noqa: T201  # the parent reads it


def work() -> None:
    """Meet every copy."""
    project, target = Path(sys.argv[1]), sys.argv[2]
    seed, first, count = map(int, sys.argv[3:])
    if not count:
        os.chdir(project)
        code, said = end_of(["run", "t_one"])
        assert code == 0, said
    copy = project.with_name(f"damaged-{os.getpid()}")
    for number in range(first, first + count):
        shutil.copytree(project, copy)
        os.chdir(copy)
        command = meet(copy, target, random.Random(f"{seed} {target} {number}"))  # noqa: S311  # no secret
        tell(case=number, command=command)
        faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
        code, said = end_of(command)
        faulthandler.cancel_dump_traceback_later()
        tell(case=number, command=command, code=code, said=said)
        os.chdir(project)
        shutil.rmtree(copy)


if __name__ == "__main__":
    work()
