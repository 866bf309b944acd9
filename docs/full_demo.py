"""Add to the demo what else can happen, so that every page of `lineage serve` shows something.

The pictures of the pages are taken of it, and the tests of the pages open it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pyarrow.parquet as pq

from lineage.demo.proof import RELEASED
from lineage.erasure import execution, planning
from lineage.erasure.subjects import Subject
from lineage.policies import waivers
from lineage.processes.summary import ProcessSummary
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.releases import door
from lineage.releases.door import ReleaseRequest
from lineage.seals import sealing
from lineage.tasks.registry.registry import find_task

PEOPLE: Final = "DATA/processed/t_1I/output/people.parquet"
TASK: Final = "t_1A"
MORE_ALIKE: Final = 10
TOO_MANY_ALIKE: Final = 60_000
"""There are fewer rows, so the run fails."""

HARVESTS: Final = (480, 512, 497)
"""Records that each run of a process counts."""


def add_history(project: Project) -> RunRecorder:
    """Add a second release, a failure, a refusal, a waiver, an erasure, a process and a live run.

    Args:
        project: A project in which `lineage demo` has run.

    Returns:
        What records the run that is under way.
    """
    find_task(project, TASK).run({"k": MORE_ALIKE})
    _decide(project, "readers of the demo")
    _decide(project, "an advertiser")
    find_task(project, TASK).run({"k": TOO_MANY_ALIKE})
    waivers.waive(
        project,
        "known recipient",
        reason="a pilot with the statistics office",
        until=project.clock.now() + timedelta(days=90),
        approver="data protection officer",
    )
    for number, records in enumerate(HARVESTS):
        _count(project, f"harvest_{number + 1}", records)
    _erase_first_person(project)
    sealing.seal(project)
    return _begin_run(project)


def _decide(project: Project, recipient: str) -> None:
    request = ReleaseRequest(
        path=project.root / RELEASED,
        purpose="yearly statistics",
        recipient=recipient,
        approver="data protection officer",
    )
    door.release(project, request)


def _count(project: Project, run_name: str, records: int) -> None:
    summary = ProcessSummary("collect_records", run_name, project=project)
    summary.increment_items(records)
    summary.add_error("TimeoutError", "the register did not answer")
    summary.end_process()
    summary.save()


def _erase_first_person(project: Project) -> None:
    value = pq.read_table(project.root / PEOPLE, columns=["ssn"])["ssn"][0].as_py()
    person = Subject(value=value, column="ssn")
    steps = planning.plan_subject(project, person.value, person.column)
    erasure_id = execution.begin(
        project, "subject", "", reason="asked to be erased", steps=steps, subject=person
    )
    execution.carry_out(project, erasure_id, subject=person)


def _begin_run(project: Project) -> RunRecorder:
    recorder = RunRecorder(project, "t_1P")
    recorder.begin(
        run_started(
            task_type="profiling",
            description="Profile the ingested data: columns, correlations, a chart",
            report_path="DATA/reports/t_1P_report.json",
        )
    )
    operation = recorder.begin_operation(
        "ProfileOperation",
        class_name="ops.profiling.profile.ProfileOperation",
        code_version="1.0.0",
        parameters={},
        seed=None,
    )
    recorder.progress(operation, "ProfileOperation", completed=7, total=19)
    return recorder
