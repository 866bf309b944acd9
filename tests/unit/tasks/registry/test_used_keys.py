"""Which values of the command line a task uses, as far as its code shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import InProcess

HELPER = """
from dataclasses import dataclass


@dataclass
class Limits:
    lowest: int = 0


def least_of(config):
    return config.get("least", 1)
"""

TASK = """
\"\"\"A task; its docstring names documented.\"\"\"

from lineage.tasks import BaseTask
from ops import BaseOperation, OperationResult

import limits


class Count(BaseOperation):
    def execute(self, data_source):
        return OperationResult(metrics={"least": self.least})


class CountTask(BaseTask):
    def __init__(self):
        super().__init__("t_count", "test", "count", {"people": "DATA/p.csv"})

    def configure_operations(self):
        for key in ("first", "second"):
            self.config.get(key)
        settings = self.config
        self.add_operation(Count, least=limits.least_of(settings) + (settings.require("k") or 0))

    def later(self, threshold):
        return self.config.by_attribute
"""


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """A project with one task, which imports a module of its own."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/prj_config.json").write_text('{"parameters": {"shared": 1}}')
    (tmp_path / "configs/t_count.json").write_text('{"k": 2, "in_file": null}')
    (tmp_path / "DATA").mkdir()
    (tmp_path / "DATA/p.csv").write_text("name\nAda\n")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/t_count.py").write_text(TASK)
    (tmp_path / "limits.py").write_text(HELPER)
    monkeypatch.syspath_prepend(str(tmp_path))
    return InProcess(tmp_path, monkeypatch, capsys)


USED = ("k", "in_file", "shared", "seed", "first", "second", "by_attribute", "threshold")


def test_key_that_the_task_may_read_is_taken(lineage: InProcess) -> None:
    """Keys of files, of every task, and those that the task's own code names are no mistakes."""
    given = [part for key in (*USED, "least", "lowest") for part in ("--set", f"{key}=1")]

    assert lineage("run", "t_count", *given).code == 0


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("leats", "'leats' (did you mean 'least'?)"),
        ("in_fil", "'in_fil' (did you mean 'in_file'?)"),
        ("threshhold", "'threshhold' (did you mean 'threshold'?)"),
        ("By-Attribute", "'By-Attribute' (did you mean 'by_attribute'?)"),
        ("documented", "nothing uses 'documented'"),
        ("qqqqqqq", "nothing uses 'qqqqqqq';"),
    ],
)
def test_key_that_nothing_uses_is_refused_before_the_run(
    lineage: InProcess, key: str, meant: str
) -> None:
    """A misspelt key is told with the near one and without its value, and no run begins."""
    refused = lineage("run", "t_count", "--set", f"{key}=hush", "--set", "k=3", code=2)

    assert meant in refused.error_line
    assert "configs/t_count.json" in refused.error_line
    assert "hush" not in refused.err + refused.out
    assert lineage.json("runs")["total"] == 0


def test_all_keys_that_nothing_uses_are_named(lineage: InProcess) -> None:
    """Several mistakes are told at once, also when a run is to be resumed."""
    given = ("--set", "frist=1", "--set", "secnod=1")
    told = "'frist' (did you mean 'first'?); 'secnod' (did you mean 'second'?)"

    assert told in lineage("run", "t_count", *given, code=2).error_line


def test_task_that_reads_all_values_takes_any_key(lineage: InProcess) -> None:
    """Who passes the whole configuration on may use every key of it."""
    task = lineage.root / "tasks/t_count.py"
    task.write_text(task.read_text().replace("self.config.get(key)", "self.config.to_dict()"))

    assert lineage("run", "t_count", "--set", "anything=1").code == 0
