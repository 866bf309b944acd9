"""The pages, one module per subject: each asks for documents and says how they read."""

from collections.abc import Mapping
from typing import Final

from lineage.web.page import Answerer, Builder, Downloader
from lineage.web.pages import (
    action,
    attention,
    audits,
    column_list,
    columns,
    compare,
    datasets,
    erasures,
    events,
    graph,
    overview,
    policies,
    proof,
    releases,
    runs,
    search,
    settings,
    sql,
    trends,
)
from lineage.web.pages.one_run import live, replay, run

PAGES: Final[Mapping[str, Builder]] = {
    "": overview.overview,
    "attention": attention.attention,
    "runs": runs.runs,
    "run": run.run,
    "report": run.report,
    "plan": run.plan,
    "workings": run.workings,
    "replay": replay.replay,
    "live": live.follow,
    "action": action.action,
    "proposals": action.proposals,
    "command": action.command,
    "datasets": datasets.datasets,
    "dataset": datasets.dataset,
    "columns": column_list.columns,
    "column": columns.column,
    "graph": graph.graph,
    "releases": releases.releases,
    "release": releases.release,
    "proof": proof.proof,
    "prove": proof.prove,
    "audit": audits.audit,
    "erasures": erasures.erasures,
    "erasure": erasures.erasure,
    "retention": erasures.retention,
    "policies": policies.policies,
    "processes": trends.processes,
    "trends": trends.trends,
    "sql": sql.console,
    "settings": settings.settings,
    "events": events.events,
    "event": events.event,
    "compare": compare.compare,
    "search": search.search,
    "suggestions": search.suggestions,
}
"""Address to what answers it."""

FILES: Final[Mapping[str, Downloader]] = {
    "audit.html": audits.file,
    "head.txt": proof.head,
    "stamp.css": proof.printed,
    "verify_lineage.py": proof.program,
}
"""Address to what answers it with a file."""

QUESTIONS: Final[Mapping[str, Answerer]] = {"sql": sql.answer, "verify": proof.check}
"""Address to what answers a form that changes nothing, on read-only servers too."""
