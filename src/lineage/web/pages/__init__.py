"""The pages, one module per subject: each asks for documents and says how they read."""

from collections.abc import Mapping
from typing import Final

from lineage.web.page import Builder
from lineage.web.pages import action, datasets, live, overview, proof, releases, replay, run, runs

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
    "column": datasets.column,
    "releases": releases.releases,
    "release": releases.release,
    "proof": proof.proof,
}
"""Address to what answers it."""
