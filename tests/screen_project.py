"""A small project with a run of each kind, whose time and ids never change: for golden screens."""

from __future__ import annotations

import json
import os
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from copies import empty_catalog
from hand_clock import START, HandClock

from lineage.execution_log.export import export_log
from lineage.kernel.host import ProcessIdentity
from lineage.kernel.secrets.keyring import Keyring, keyring_folder
from lineage.kernel.secrets.secret import SecretKey
from lineage.processes.summary import ProcessSummary
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import BaseTask
from lineage.tasks.registry.registry import find_task

CLOCK = HandClock()
"""The time of every screen."""

ZONE = "CET-1CEST,M3.5.0,M10.5.0/3"
"""The zone of the reader: one hour before UTC, with its rule, so that no file of zones is read."""

COMMANDS_BEGIN_S = 40 * 86_400 + 12 * 3600 + 5 * 60 + 6
"""Seconds after the start of the clock when somebody asks; the history took two days before."""

SURVEY = "DATA/raw/wage_survey/people_2026.csv"
_PEOPLE = "person,weekly_earnings,region\nP-1,512,north\nP-2,540,south\nP-3,700,north\n"
MASTER = "ab" * 32
"""The master key of the project's keyring."""

_SETTINGS = {"project": "wage-survey", "execution_log": "on_demand", "seals": "on_demand"}


@dataclass(slots=True)
class DrawnIds:
    """Ids that look like random ones, and are the same each time."""

    seed: int
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the first id."""
        self._chance = random.Random(self.seed)  # noqa: S311  # no secret

    def new(self) -> str:
        """Return the next identifier."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))


@contextmanager
def fixed_surroundings() -> Iterator[None]:
    """Give every project of this process the clock, ids and machine of the golden screens."""
    zone = os.environ.get("TZ")
    os.environ["TZ"] = ZONE
    time.tzset()
    with (
        patch("lineage.project.SystemClock", lambda: CLOCK),
        patch("lineage.project.RandomIds", lambda: DrawnIds(seed=1)),
        patch("lineage.kernel.host.peak_memory_mb", lambda: 96.0),
        patch("lineage.kernel.host.hostname", lambda: "vm"),
        patch("lineage.kernel.host.user", lambda: "ada"),
        patch("lineage.kernel.host.system", lambda: "Linux"),
        patch("lineage.kernel.host.this_process", _process),
        patch("shutil.disk_usage", lambda _: SimpleNamespace(free=48 * 2**30)),
        patch("platform.python_version", lambda: "3.12.0"),
    ):
        yield
    if zone is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = zone
    time.tzset()


def make_screen_project(root: Path) -> None:
    """Make the project in an empty folder, within `fixed_surroundings`."""
    CLOCK.passed_s = COMMANDS_BEGIN_S - 2 * 86_400
    (root / "configs").mkdir()
    (root / "configs/prj_config.json").write_text(json.dumps(_SETTINGS))
    (root / SURVEY).parent.mkdir(parents=True)
    (root / SURVEY).write_text(_PEOPLE)
    (root / "tasks").mkdir()
    source = Path(__file__).with_name("screen_tasks.py").read_text()
    (root / "tasks/wages.py").write_text(source)
    empty_catalog(root)
    with Project(root, clock=CLOCK, ids=DrawnIds(seed=0)) as project:
        _make_history(project)
        project.catalog().close()
        export_log(project, root / "last_year.json", format="json")


def make_screen_keys(root: Path) -> None:
    """Make the keys of the project; never copied, because only their owner may read them."""
    CLOCK.passed_s = COMMANDS_BEGIN_S - 86_400
    ring = Keyring(keyring_folder(root), SecretKey(bytes.fromhex(MASTER)), clock=CLOCK)
    ring.create("released files", "release")
    ring.create("files", "trial")
    ring.destroy("trial", "the trial has ended")


def _make_history(project: Project) -> None:
    _run(project, "t_count", fails="")
    _run(project, "t_release_wages", dependencies=["t_nothing"])
    _run(project, "t_release_wages")
    _run(project, "t_count", fails="the register of the survey did not answer")
    _run(project, "t_count", fails="interrupt")
    for items in (40, 60):
        summary = ProcessSummary("collect_answers", f"harvest_{items}", project=project)
        summary.increment_items(items)
        CLOCK.move(90)
        summary.end_process()
        summary.save()
        CLOCK.move(3600)
    running = RunRecorder(project, "t_nightly")
    running.begin(
        run_started(task_type="statistics", description="nightly", report_path="DATA/r.json")
    )


def _run(project: Project, task_id: str, **values: object) -> BaseTask:
    task = find_task(project, task_id)
    with suppress(KeyboardInterrupt):
        task.run(values)
    CLOCK.move(3600)
    return task


def _process() -> ProcessIdentity:
    """Return a process that no longer runs, on another machine, so that nobody can tell."""
    started_at = START.timestamp()
    return ProcessIdentity(host="elsewhere", pid=4711, started_at=started_at)
