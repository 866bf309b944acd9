"""What the pages about one run share: which run, and how one leads to the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from lineage.web import links
from lineage.web.page import Page
from projections.pages.section import Section

SUBJECTS: Final = {
    "run": "Summary",
    "run-steps": "Steps",
    "run-files": "Files",
    "run-metrics": "Metrics",
    "run-messages": "Messages",
    "run-configuration": "Configuration",
    "replay": "Events",
    "report": "Report",
}
"""Address of a page about a run, and what it is called beside the others."""

_WITHOUT_A_REPORT: Final = "refused"


def about_run(
    run: Mapping[str, Any],
    here: str,
    *,
    document: Mapping[str, Any],
    sections: Sequence[Section],
    lead: object = "",
    ways: Sequence[links.Link] = (),
) -> Page:
    """Return a page about a run, which leads to the others about it.

    Args:
        run: Its run_id, task_id and status.
        here: The address of the page, one of `SUBJECTS` or another one.
        document: What a program gets.
        sections: What a person reads.
        lead: One sentence.
        ways: What else can be done from here.
    """
    named = SUBJECTS.get(here, here)
    what = "" if here == "run" else f", {named.lower()}"
    return Page(
        title=f"{run['task_id']}, run {run['run_id'][: links.SHORT]}{what}",
        lead=lead,
        document=document,
        template="run.html",
        sections=[_headed(section) for section in sections],
        values={"subjects": [*_subjects(run, here)], "ways": ways},
    )


def _subjects(run: Mapping[str, Any], here: str) -> Iterator[tuple[str, str, bool]]:
    for address, name in SUBJECTS.items():
        if address != "report" or run["status"] != _WITHOUT_A_REPORT:
            yield name, links.address(address, id=run["run_id"]), address == here


def _headed(section: Section) -> Section:
    """Give columns of numbers a heading, which they have none of in a written report."""
    tables = [
        replace(table, headings=[heading or "number" for heading in table.headings])
        for table in section.tables
    ]
    return replace(section, tables=tables)
