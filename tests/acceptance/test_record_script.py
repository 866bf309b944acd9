"""A script of pandas that is recorded, run as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
import warm
from nbclient import NotebookClient
from small_tasks import PEOPLE

from lineage.kernel.digest import sha256_bytes, sha256_file

SCRIPT = """
import numpy as np
import pandas as pd

import lineage

WIDTH = 100


def banded(values):
    return (values // WIDTH) * WIDTH


def smallest_class(frame, columns):
    sizes = frame.groupby(columns, dropna=False).size()
    return int(sizes.min())


with lineage.record("release wages", params={"min_age": 25}) as run:
    wages = run.read("wages.csv")
    regions = run.read("regions.csv")
    adults = wages[wages["age"] >= run.params["min_age"]]
    joined = adults.merge(regions, on="region")
    joined["weekly"] = banded(joined["earns"])
    released = joined[["age", "country", "weekly"]].sort_values("age")
    print(released.describe())
    summary = {"rows": len(released), "mean": float(np.mean(released["weekly"]))}
    run.write(released, "released.parquet", columns={"weekly": ("earns", "generalization")})
    run.metric("k", smallest_class(released, ["country"]))
    print(summary)
    print(pd.__version__)
"""
"""Thirty lines, of which six are for the record."""


def in_folder(folder: Path, *command: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, as a user would."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("LINEAGE_")}
    if command[:2] == ("-m", "lineage"):
        return warm.run(command[2:], folder, variables)
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


def lineage_json(folder: Path, *command: str) -> Any:
    """Return what the command line says as JSON."""
    done = in_folder(folder, "-m", "lineage", *command, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two datasets, and no project."""
    lines = [f"{20 + n},r{n % 3},{n * 17.5}" for n in range(40)]
    (tmp_path / "wages.csv").write_text("\n".join(["age,region,earns", *lines, ""]))
    (tmp_path / "regions.csv").write_text("region,country\nr0,X\nr1,X\nr2,Y\n")
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


def test_recorded_script_has_a_complete_history(folder: Path) -> None:
    """Inputs, outputs, digests, rows, parameters, metrics, code and known columns are on record."""
    done = in_folder(folder, "script.py")
    assert done.returncode == 0, done.stderr

    shown = lineage_json(folder, "show", "release_wages")
    assert [(i["uri"], i["row_count"]) for i in shown["inputs"]] == [
        ("wages.csv", 40),
        ("regions.csv", 3),
    ]
    (output,) = shown["artifacts"]
    assert (output["uri"], output["row_count"]) == ("released.parquet", 35)
    assert output["sha256"] == sha256_file(folder / "released.parquet")
    assert [(m["metric"], m["number"]) for m in shown["metrics"]] == [("k", 12)]
    assert (shown["code_kind"], shown["code_path"]) == ("script", "script.py")
    assert shown["code_sha256"] == sha256_file(folder / "script.py")
    (warning,) = shown["messages"]
    assert warning["details"]["unknown"] == ["age", "country"]


FRAME = 'import lineage\nwith lineage.record("way") as run:\n    run.metric("k", 1)\n'


@pytest.mark.parametrize(
    ("command", "stdin", "kind"),
    [
        (["way.py"], None, "script"),
        (["-m", "way"], None, "script"),
        (["-c", FRAME], None, "interactive"),
        (["-"], FRAME, "interactive"),
        (["-c", f"exec({FRAME!r})"], None, "interactive"),
        (["-c", "import way"], None, "module"),
    ],
    ids=["script", "-m", "-c", "stdin", "exec", "import"],
)
def test_code_is_told_however_it_was_started(
    folder: Path, command: Sequence[str], stdin: str | None, kind: str
) -> None:
    """Of a file the digest is known; of a text that was typed or executed it is not."""
    (folder / "way.py").write_text(FRAME)
    done = in_folder(folder, *command, input=stdin)
    assert done.returncode == 0, done.stderr

    shown = lineage_json(folder, "show", "way")
    known = (None, None) if kind == "interactive" else ("way.py", sha256_bytes(FRAME.encode()))
    assert (shown["code_kind"], shown["code_path"], shown["code_sha256"]) == (kind, *known)


def test_script_in_another_folder_records_where_it_is_started(folder: Path) -> None:
    """The project is that of the current folder, and paths start there."""
    elsewhere = folder / "sub/work"
    elsewhere.mkdir(parents=True)
    for name in ("wages.csv", "regions.csv"):
        (folder / name).rename(elsewhere / name)
    done = in_folder(elsewhere, "../../script.py")
    assert done.returncode == 0, done.stderr

    shown = lineage_json(elsewhere, "show", "release_wages")
    assert shown["inputs"][0]["uri"] == "wages.csv"
    assert shown["code_path"] == (folder / "script.py").resolve().as_posix()


ENDS = """
import os, signal, sys
import lineage

{begin}
    run.read("people.csv")
    {act}
    run.read("regions.csv")
"""
BLOCK = 'with lineage.record("ends") as run:'
LOOSE = 'run = lineage.record("ends").start()\nif True:'


@pytest.mark.parametrize(
    ("begin", "act", "status", "code"),
    [
        (BLOCK, "os.kill(os.getpid(), signal.SIGKILL)", "interrupted", -signal.SIGKILL),
        (BLOCK, "os.kill(os.getpid(), signal.SIGTERM)", "interrupted", -signal.SIGTERM),
        (BLOCK, "sys.exit()", "succeeded", 0),
        (BLOCK, "sys.exit(3)", "failed", 3),
        (BLOCK, "1 / 0", "failed", 1),
        (LOOSE, "sys.exit()", "interrupted", 0),
        (LOOSE, "1 / 0", "interrupted", 1),
        (LOOSE, "pass", "interrupted", 0),
    ],
    ids=["kill -9", "SIGTERM", "exit", "exit 3", "error", "no end", "error, no end", "forgotten"],
)
def test_end_of_the_process_is_the_end_of_the_run(
    folder: Path, begin: str, act: str, status: str, code: int
) -> None:
    """However a script ends, its run has a status afterwards, and what it had read by then."""
    (folder / "ends.py").write_text(ENDS.format(begin=begin, act=act))

    done = in_folder(folder, "ends.py")

    assert done.returncode == code, done.stderr
    in_folder(folder, "-m", "lineage", "doctor")  # finds runs whose process is gone
    shown = lineage_json(folder, "show", "ends")
    assert shown["status"] == status
    assert shown["inputs"][0]["uri"] == "people.csv"
    assert len(shown["inputs"]) == (2 if act == "pass" else 1)


def test_function_of_a_script_is_run_by_its_parameters(folder: Path) -> None:
    """`lineage run script.py --set` executes a function with @lineage.task."""
    (folder / "job.py").write_text(
        "import lineage\n\n\n@lineage.task\ndef older(run, min_age: int = 0):\n"
        '    people = run.read("people.csv")\n'
        '    run.write(people[people.age >= min_age], "older.csv")\n'
    )
    in_folder(folder, "-m", "lineage", "init", ".")

    done = in_folder(folder, "-m", "lineage", "run", "job.py", "--set", "min_age=40")

    assert done.returncode == 0, done.stderr
    assert (folder / "older.csv").read_text() == "name,age\nGrace,45\n"


CELLS = (
    "import lineage",
    '# the run begins\nrun = lineage.record("cells", params={"n": 1}).start()',
    (
        'people = run.read("people.csv")\nwith run.step("count"):\n'
        '    lineage.current_run().metric("rows", len(people))'
    ),
    'run.write(people, "copy.parquet")\nrun.end()\nrun',
)


@pytest.mark.filterwarnings("ignore")
def test_notebook_is_recorded_with_its_cell_as_the_code(folder: Path) -> None:
    """Cells share a run; the code is the cell that begins it; the run is shown as a table."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()

    shown = lineage_json(folder, "show", "cells")
    assert (shown["status"], shown["code_kind"]) == ("succeeded", "notebook")
    assert shown["code_sha256"] == sha256_bytes(CELLS[1].encode())
    assert [i["uri"] for i in shown["inputs"]] == ["people.csv"]
    assert [a["uri"] for a in shown["artifacts"]] == ["copy.parquet"]
    assert [(o["name"], o["status"]) for o in shown["operations"]] == [("count", "success")]
    assert "<table>" in notebook.cells[-1]["outputs"][0]["data"]["text/html"]
