"""The pages, one module per subject: each asks for documents and says how they read."""

from collections.abc import Mapping
from typing import Final

from lineage.web.page import Answerer, Builder
from lineage.web.pages import (
    columns,
    compare,
    datasets,
    erasures,
    events,
    overview,
    policies,
    proof,
    releases,
    run,
    runs,
    search,
    settings,
    sql,
    trends,
)

PAGES: Final[Mapping[str, Builder]] = {
    "": overview.overview,
    "runs": runs.runs,
    "run": run.run,
    "datasets": datasets.datasets,
    "dataset": datasets.dataset,
    "column": columns.column,
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
    "proposals": search.proposals,
}
"""Address to what answers it."""

QUESTIONS: Final[Mapping[str, Answerer]] = {"sql": sql.answer}
"""Address to what answers a form that changes nothing, on read-only servers too."""
