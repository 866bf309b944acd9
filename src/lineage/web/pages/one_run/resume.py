"""What a resume of a run would do, step by step, before anybody starts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.tasks.lifecycle.resume_plan import build_resume_plan
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.one_run.subjects import about_run
from projections.documents.run_details import build_run_details
from projections.documents.run_lookup import find_run
from projections.pages.cells import more_than, table_of
from projections.pages.section import Section, counted

MOST_ROWS: Final = 200
MOST_READ_BYTES: Final = 20_000_000
"""Files up to so many bytes are hashed for the page of the steps; more on a page of its own."""


def plan(asked: Asked) -> Page:
    """Show what a resume of a run would do; its files are read and hashed."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    found = build_resume_plan(asked.project, asked.catalog, run_id)
    return about_run(
        build_run_details(asked.catalog, run_id, parts=()),
        "what a resume would do",
        lead=links.Link("All steps of the run", links.address("run-steps", id=run_id)),
        document={"run_id": run_id, "resume_plan": found},
        sections=[planned(found)]
        if found
        else [Section(title="What a resume would do", texts=["There is nothing to resume."])],
    )


def can_resume(asked: Asked, run: Mapping[str, Any]) -> bool:
    """Tell whether a run can be resumed now."""
    is_open = run["status"] in {"failed", "interrupted"} and not run["resumed_by"]
    return asked.moment is None and is_open


def quick_plan(asked: Asked, run: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a resume would do; None if too much would have to be read to tell."""
    files = [*run["inputs"], *run["artifacts"]]
    if not can_resume(asked, run) or sum(f["size_bytes"] or 0 for f in files) > MOST_READ_BYTES:
        return None
    return build_resume_plan(asked.project, asked.catalog, run["run_id"])


def planned(plan: Mapping[str, Any]) -> Section:
    """Return the steps of a plan, each with its reason."""
    steps = plan["steps"]
    reused = sum(one["is_reused"] for one in steps)
    again = len(steps) - reused
    rows = [
        (one["operation"], one["name"], "reused" if one["is_reused"] else "again", one["reason"])
        for one in steps
    ]
    kept = plan["checkpoint"]
    notes = [f"Its last checkpoint is {kept['name']}."] if kept else []
    return Section(
        title="What a resume would do",
        texts=[f"{counted(reused, 'step')} would be reused, {again:,} executed again."],
        tables=table_of(
            ("step", "name", "would be", "because"),
            rows[:MOST_ROWS],
            more=more_than(MOST_ROWS, len(rows), "this page as JSON"),
        ),
        notes=[
            *notes,
            "Steps that the run did not reach are executed, too.",
            (
                "Code, parameters and configuration are compared when it begins; the run that "
                "resumes this one then says of each step what differed."
            ),
        ],
    )
