"""Releases with their verdict as of their decision, and as of now."""

from __future__ import annotations

from typing import Any

from lineage.policies.evaluation import evaluate
from lineage.project import Project
from lineage.releases.content import sha256_of
from projections.privacy.release_list import build_release_list


def list_releases(project: Project, *, judges_now: bool = True) -> list[dict[str, Any]]:
    """Return every release that was asked for, in the order of the decisions.

    Args:
        project: Where they are.
        judges_now: Judge the released files by the policies, declarations and lineage of now.
            What was measured of the same content is not measured again.

    Returns:
        The objects of `build_release_list`, with `then`: "released" or "refused", and `now`:
        "holds", "no longer holds", "withdrawn", "missing" or "changed" of a released file; None
        for a refused one, and where nobody judged. `now_because` names what does not hold.

    Raises:
        ConfigurationError: The policies have mistakes.
        LedgerError: The history cannot be read.
        ProjectionError: Its catalog cannot be built.
    """
    with project.catalog() as catalog:
        releases = build_release_list(catalog)
    return [{**one, **_verdicts(project, one, judges_now=judges_now)} for one in releases]


def _verdicts(project: Project, release: dict[str, Any], *, judges_now: bool) -> dict[str, Any]:
    if release["state"] == "refused":
        return {"then": "refused", "now": None, "now_because": release["violations"]}
    now, because = _now(project, release) if judges_now else (None, [])
    return {"then": "released", "now": now, "now_because": because}


def _now(project: Project, release: dict[str, Any]) -> tuple[str, list[str]]:
    if release["state"] == "withdrawn":
        return "withdrawn", [release["withdrawn_because"]]
    path = project.root / release["release_uri"]
    if not path.exists():
        return "missing", ["its file is not among the releases"]
    if sha256_of(path) != release["sha256"]:
        return "changed", ["its file is not the one that was judged"]
    source = project.root / release["source_uri"]
    evaluation = evaluate(
        project, source, release["sha256"], recipient=release["recipient"], content=path
    )
    blocking = [f"{one.policy}: {one.reason}" for one in evaluation.blocking]
    return ("no longer holds", blocking) if blocking else ("holds", [])
