"""The pages, one module per subject: each asks for documents and says how they read.

A module is imported when one of its pages is first asked for: the server answers sooner, and needs
no memory for what nobody looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, cast

from lineage.web.page import Answerer, Builder


@dataclass(frozen=True, slots=True)
class Late:
    """A function of a module that is imported when it is needed.

    Attributes:
        module: Its module in this package.
        function: Its name there.
    """

    module: str
    function: str

    def builder(self) -> Builder:
        """Return what answers a request."""
        return cast("Builder", self._function())

    def answerer(self) -> Answerer:
        """Return what answers a form."""
        return cast("Answerer", self._function())

    def _function(self) -> Any:
        return getattr(import_module(f"{__name__}.{self.module}"), self.function)


PAGES: Final[Mapping[str, Late]] = {
    "": Late("overview", "overview"),
    "attention": Late("attention", "attention"),
    "runs": Late("runs", "runs"),
    "run": Late("one_run.run", "run"),
    "report": Late("one_run.run", "report"),
    "plan": Late("one_run.resume", "plan"),
    "run-steps": Late("one_run.steps", "steps"),
    "run-files": Late("one_run.parts", "files"),
    "run-metrics": Late("one_run.parts", "metrics"),
    "run-messages": Late("one_run.messages", "messages"),
    "run-configuration": Late("one_run.parts", "configuration"),
    "replay": Late("one_run.replay", "replay"),
    "live": Late("one_run.live", "follow"),
    "action": Late("action", "action"),
    "proposals": Late("action", "proposals"),
    "command": Late("action", "command"),
    "datasets": Late("datasets", "datasets"),
    "dataset": Late("datasets", "dataset"),
    "columns": Late("column_list", "columns"),
    "column": Late("columns", "column"),
    "graph": Late("lineage.graph", "graph"),
    "releases": Late("evidence.releases", "releases"),
    "release": Late("evidence.releases", "release"),
    "proof": Late("evidence.proof", "proof"),
    "prove": Late("evidence.proof", "prove"),
    "audit": Late("evidence.audits", "audit"),
    "erasures": Late("evidence.erasures", "erasures"),
    "erasure": Late("evidence.erasures", "erasure"),
    "retention": Late("evidence.erasures", "retention"),
    "policies": Late("evidence.policies", "policies"),
    "processes": Late("trends", "processes"),
    "trends": Late("trends", "trends"),
    "sql": Late("sql", "console"),
    "disclosures": Late("evidence.disclosures", "disclosures"),
    "settings": Late("settings", "settings"),
    "events": Late("events", "events"),
    "event": Late("events", "event"),
    "compare": Late("compare", "compare"),
    "search": Late("search", "search"),
    "suggestions": Late("search", "suggestions"),
}
"""Address to what answers it."""

FILES: Final[Mapping[str, Late]] = {
    "run-messages.txt": Late("one_run.messages", "as_text"),
    "run-messages.ndjson": Late("one_run.messages", "as_ndjson"),
    "audit.html": Late("evidence.audits", "file"),
    "head.txt": Late("evidence.proof", "head"),
    "stamp.css": Late("evidence.proof", "printed"),
    "verify_lineage.py": Late("evidence.proof", "program"),
    "graph.csv": Late("lineage.files", "as_csv"),
    "graph.html": Late("lineage.files", "as_html"),
    "graph.svg": Late("lineage.files", "as_svg"),
    "graph.parquet": Late("lineage.files", "as_parquet"),
}
"""Address to what a browser keeps as a file."""

QUESTIONS: Final[Mapping[str, Late]] = {
    "sql": Late("sql", "answer"),
    "verify": Late("evidence.proof", "check"),
}
"""Address to what answers a form that changes nothing, on read-only servers too."""
