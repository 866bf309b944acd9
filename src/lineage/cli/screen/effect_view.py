"""Show what a run did to risk and utility."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lineage.cli.screen.console import plain, print_styled, print_table


def print_effect(effects: Sequence[Mapping[str, Any]], *, title: str = "Risk and utility") -> None:
    """Print measures of `projections.documents.findings.privacy_effect`, each with its sentence."""
    for effect in effects:
        of = [name for name in (effect["name"], effect["dataset"]) if name is not None]
        sides = {"before": "before", "after": "after"}
        if not effect["is_comparison"]:
            sides = {"value": "after"}
        print_table(
            ("measure", *sides, "what it means"),
            [
                (row["measure"], *(row[f"{side}_text"] for side in sides.values()), row["meaning"])
                for row in effect["measures"]
            ],
            title=": ".join([title, plain(", ".join(of))] if of else [title]),
        )
        print_styled((effect["note"], "dim"))
