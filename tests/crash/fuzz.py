"""Damaged files and odd arguments: every command ends in time, with an answer or one clear line."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from copies import copied, empty_catalog
from crash import meet_damage
from crash.children import Child, Limits
from small_tasks import make_project

MEMORY_BYTES: Final = 3 * 2**30
FIGURES: Final = ("commands", "refused", "other exit codes", "foreign errors", "died or hung")
"""What is counted: the last three should not be."""

EXIT_CODES: Final = frozenset({0, 1, 2, 3})
SIGNS: Final = ("Traceback (most recent", "message hidden", "RecursionError", "MemoryError")
"""What no answer of the product has, and no refusal."""

PEOPLE: Final = "name,age,city\nAda,36,London\nGrace,45,\n" + "".join(
    f'"P. {n}",{n % 90},{"York" if n % 3 else "Bath"}\n' for n in range(60)
)
TASK: Final = """
from lineage.tasks import BaseTask

class OneTask(BaseTask):
    def __init__(self):
        super().__init__("t_one", "test", "profile", {"people": "DATA/raw/people.csv"})

    def configure_operations(self):
        self.add_operation(
            "ProfileOperation", dataset_name="people", identifiers=["name"], output_prefix="p"
        )
        self.add_operation("IngestOperation", dataset_name="people", schema=self.config.schema)
"""
TASK_CONFIG: Final = {
    "schema": {"name": "text", "age": "integer", "city": "text"},
    "continue_on_error": False,
    "tags": ["a", "b"],
    "retries": {"count": 2, "wait_s": 0.5},
}
DATA: Final = tuple(f"DATA/raw/people.{kind}" for kind in ("csv", "csv.gz", "parquet", "json"))
TARGETS: Final = (
    "configs/prj_config.json",
    "configs/prj_config.yaml",
    "configs/t_one.json",
    "configs/t_one.yaml",
    *DATA,
    ".lineage/ledger.db",
    ".lineage/catalog.duckdb",
    "arguments",
)


class Fuzz:
    """Damaged copies of small projects.

    Args:
        root: Where the projects are made.
        seed: Decides the damage.

    Attributes:
        figures: What was counted.
        faults: What should not be, one text each.
    """

    def __init__(self, root: Path, seed: int) -> None:
        self.figures: Counter[str] = Counter()
        self.faults: list[str] = []
        self._root = root
        self._seed = seed
        self._met: Counter[str] = Counter()

    def meet(self, target: str, count: int) -> None:
        """Damage one kind of file, so many times, and judge what the commands answer."""
        project = self._project(target)
        while count > 0:
            first = self._met[target]
            child = Child(
                self._root / "notes",
                "meet_damage.py",
                *(project, target, self._seed, first, count),
                limits=Limits(memory_bytes=MEMORY_BYTES),
            )
            code = child.end(meet_damage.PATIENCE_S * (count + 1))
            said = [json.loads(line) for line in child.said]
            done = [line for line in said if "code" in line]
            for line in done:
                self._judge(target, line)
            met = len(done)
            if code != 0:
                last = said[-1] if said else {"case": first, "command": []}
                self._find("died or hung", target, last, f"{code}: {child.complaints[-3000:]}")
                met = last["case"] - first + 1
            self._met[target] += met
            count -= met

    def _judge(self, target: str, line: dict[str, Any]) -> None:
        self.figures["commands"] += 1
        self.figures["refused"] += line["code"] != 0
        if line["code"] not in EXIT_CODES:
            self._find("other exit codes", target, line, f"{line['code']}: {line['said'][-500:]}")
        elif any(sign in line["said"] for sign in SIGNS):
            self._find("foreign errors", target, line, line["said"][-500:])

    def _find(self, figure: str, target: str, line: dict[str, Any], text: str) -> None:
        self.figures[figure] += 1
        where = f"seed {self._seed}, {target} {line['case']}, {line['command']}"
        self.faults.append(f"{figure}: {where}: {text}")

    def _project(self, target: str) -> Path:
        """Make the project for a target, if it is the first time."""
        root = self._root / target.replace("/", "-") / "project"
        if not root.exists():
            shutil.copytree(self._base(), root)
            folder, _, name = target.rpartition("/")
            if target in DATA:
                (root / "task.py").write_text(TASK.replace("people.csv", name))
            if name.endswith(".yaml"):
                _as_yaml(root / folder / name)
        return root

    def _base(self) -> Path:
        """Make a project with one run, if it is the first time."""
        root = self._root / "base"
        if not root.exists():
            settings = {"execution_log": "each_run", "tasks": {"t_one": "task.py"}}
            make_project(root, **settings).close()
            copied(empty_catalog, root)
            _write_people(root / "DATA/raw")
            (root / "task.py").write_text(TASK)
            (root / "configs/t_one.json").write_text(json.dumps(TASK_CONFIG, indent=1))
            child = Child(self._root / "notes", "meet_damage.py", root, "nothing", 0, 0, 0)
            assert child.end() == 0, child.complaints
        return root


def _write_people(raw: Path) -> None:
    rows = [line.split(",")[:2] for line in PEOPLE.splitlines()[1:]]
    table = pa.table({"name": [r[0] for r in rows], "age": [r[1] for r in rows]})
    (raw / "people.csv").write_text(PEOPLE)
    (raw / "people.csv.gz").write_bytes(gzip.compress(PEOPLE.encode()))
    (raw / "people.json").write_text(json.dumps(table.to_pylist()))
    pq.write_table(table, raw / "people.parquet")


def _as_yaml(file: Path) -> None:
    before = file.with_suffix(".json")
    values = json.loads(before.read_text())
    file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items()))
    before.unlink()
