"""The command about privacy budgets."""

from __future__ import annotations

import typer

from lineage.cli.options import JsonOption, ProjectOption
from lineage.cli.screen import console


def budget(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Show what was spent of the privacy budget of each source, and what the project allows.

    Uses on the same rows add up; of uses on different parts of one split the greatest counts.
    Exits with 1 if a source lost more than `privacy_budget` in the project file allows.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from projections.privacy.budget import build_privacy_budget  # noqa: PLC0415

    with Project.open(project) as opened:
        allowed = opened.settings.privacy_budget
        with opened.catalog() as catalog:
            sources = build_privacy_budget(catalog)["sources"]
    over = [
        allowed is not None and (one["epsilon"] > allowed.epsilon or one["delta"] > allowed.delta)
        for one in sources
    ]
    if as_json:
        bound = None if allowed is None else allowed.model_dump()
        console.print_json({"allowed": bound, "sources": sources})
    elif not sources:
        console.note("no privacy budget was spent; NoiseOperation spends it")
    else:
        console.print_table(
            ("source", "epsilon", "delta", "allowed", "uses", "over"),
            [
                (
                    one["uri"],
                    one["epsilon"],
                    one["delta"],
                    None if allowed is None else allowed.epsilon,
                    len(one["spendings"]),
                    is_over,
                )
                for one, is_over in zip(sources, over, strict=True)
            ],
            drop=("delta",),
        )
    if any(over):
        raise typer.Exit(1)
