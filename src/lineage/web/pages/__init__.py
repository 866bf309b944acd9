"""The pages, one module per subject: each asks for documents and says how they read."""

from collections.abc import Mapping
from typing import Final

from lineage.web.page import Answerer, Builder
from lineage.web.pages import (
    action,
    columns,
    compare,
    datasets,
    erasures,
    events,
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
from lineage.web.pages.lineage import graph
from lineage.web.pages.one_run import live, replay, run

PAGES: Final[Mapping[str, Builder]] = {
    "": overview.overview,
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
    "column": columns.column,
    "graph": graph.graph,
    "releases": releases.releases,
    "release": releases.release,
    "proof": proof.proof,
    "erasures": erasures.erasures,
    "erasure": erasures.erasure,
    "retention": erasures.retention,
    "policies": policies.policies,
    "processes": trends.processes,
    "trends": trends.trends,
    "sql": sql.console,
    "settings": settings.settings,
    "event": events.event,
    "compare": compare.compare,
    "search": search.search,
    "suggestions": search.suggestions,
}
"""Address to what answers it."""

FILES: Final[Mapping[str, Answerer]] = {
    "graph.csv": graph.as_csv,
    "graph.html": graph.as_html,
    "graph.svg": graph.as_svg,
    "graph.parquet": graph.as_parquet,
}
"""Address to what a browser keeps as a file."""

QUESTIONS: Final[Mapping[str, Answerer]] = {"sql": sql.answer}
"""Address to what answers a form that changes nothing, on read-only servers too."""
