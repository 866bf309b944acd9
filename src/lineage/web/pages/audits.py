"""The audit of a task, a run or everything, with the same parts as the file to print and mail."""

from __future__ import annotations

from typing import Final

from lineage.audits import audits
from lineage.audits.audits import Audit
from lineage.kernel.errors import ConfigurationError
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import Words
from lineage.web.filters import Choice, Field
from lineage.web.page import Download, Page
from projections.audit.facts import Scope
from projections.documents.run_lookup import find_run
from projections.documents.task_list import build_task_list
from projections.pages.audit_page import sections_of
from projections.pages.cells import linking

_FORM: Final = "Choose what it is about; everything on record takes the longest."
_ALL: Final = "all"


def audit(asked: Asked) -> Page:
    """Show an audit of what was chosen, or let somebody choose."""
    names = ("scope", "task", "run", "since")
    given = {name: asked.text(name) for name in names}
    fields = [
        Choice(
            name="scope",
            label="About",
            value=given["scope"],
            options={_ALL: "everything on record"},
            otherwise="what is named here",
        ),
        Field(
            name="task",
            label="Task",
            value=given["task"],
            proposals=[one["task_id"] for one in build_task_list(asked.catalog)],
        ),
        Field(name="run", label="Run", value=given["run"]),
        Field(name="since", label="Runs since", value=given["since"], hint="2026-01-31"),
    ]
    if not any(given.values()):
        return Page(
            title="Audit",
            document={"audit": None},
            template="audit_of.html",
            values={"fields": fields, "said": Words(_FORM), "file": None},
        )
    made = _made(asked)
    file = links.Link("The audit as one file", links.address("audit.html", **given))
    return Page(
        title=f"Audit: {made.document['scope']['sentence']}",
        document=made.document,
        template="audit_of.html",
        sections=sections_of(made.document),
        values={
            "fields": fields,
            "said": " ".join(made.document["summary"]),
            "file": None if asked.showing.has_withheld else file,
        },
    )


def file(asked: Asked) -> Download:
    """Return the page that `lineage audit` writes, byte for byte.

    Raises:
        ConfigurationError: Values are withheld, so it would be another one.
    """
    with linking(None):  # a file leads to no page
        made = _made(asked)
    if asked.showing.has_withheld:
        raise ConfigurationError(
            "audit",
            problem="values would be missing in the file",
            remedy="ask for them on the page of the audit, or use `lineage audit`",
        )
    name = f"audit-{made.document['position']}.html"
    return Download(name=name, media_type="text/html", content=made.page_bytes)


def _made(asked: Asked) -> Audit:
    """Return the audit as of the moment that is shown, with what may be shown."""
    run, since = asked.text("run"), asked.time("since")
    scope = Scope(
        run=None if run is None else find_run(asked.catalog, run),
        task=asked.text("task"),
        since=None if since is None else since.isoformat(),
    )
    return audits.of_catalog(asked.project, asked.catalog, scope)
