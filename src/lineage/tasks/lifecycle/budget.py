"""Refuse operations that would spend more of a privacy budget than the project allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lineage.kernel.errors import BudgetExceededError
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.tasks.config.config import TaskConfig
from ops.base import BaseOperation
from ops.privacy_facts import SpentBudget
from projections.privacy.budget import Loss, build_privacy_budget, origins


def check(recorder: RunRecorder, config: TaskConfig, operations: Sequence[BaseOperation]) -> None:
    """Refuse to execute operations if a source could lose more than the project's budget.

    What the resumed run spent is left out: it is reused, or spent again in its place.

    Args:
        recorder: Of the run that has begun.
        config: The task's configuration.
        operations: What it is going to execute.

    Raises:
        BudgetExceededError: The project has a budget, and it would be exceeded.
        LedgerError: The history cannot be read.
        ProjectionError: Its catalog cannot be built.
    """
    project = recorder.project
    allowed = project.settings.privacy_budget
    planned = [spent for one in operations if (spent := one.planned_spending()) is not None]
    if allowed is None or not planned:
        return
    started = recorder.state.started
    resumed = None if started is None else started.resumes
    before_it = _spent(project, without=resumed)
    for uri, loss in _planned(project, config, planned).items():
        before = before_it.get(uri, Loss(0.0, 0.0))
        epsilon, delta = before.epsilon + loss.epsilon, before.delta + loss.delta
        if epsilon > allowed.epsilon or delta > allowed.delta:
            raise BudgetExceededError(
                f"privacy budget of {uri!r}",
                problem=f"epsilon {before.epsilon:g} and delta {before.delta:g} are spent, and "
                f"this run would add {loss.epsilon:g} and {loss.delta:g}",
                expected=f"at most {allowed.epsilon:g} and {allowed.delta:g} together",
                remedy="`lineage privacy budget` shows who spent it; raising `privacy_budget` is a "
                "decision to be taken with the data-protection officer",
            )


def _spent(project: Project, *, without: str | None) -> dict[str, Loss]:
    with project.catalog() as catalog:
        sources = build_privacy_budget(catalog, without_run=without)["sources"]
    return {one["uri"]: Loss(one["epsilon"], one["delta"]) for one in sources}


def _planned(
    project: Project, config: TaskConfig, planned: Sequence[SpentBudget]
) -> dict[str, Loss]:
    """Return what a run would spend on each source, one spending after the other."""
    declared = config.values.datasets.items()
    paths = {name: known.path for name, known in declared if known.path is not None}
    uris = {n: project.name_of(p) for n, p in {**paths, **config.values.dataset_paths}.items()}
    sums: dict[str, Loss] = defaultdict(lambda: Loss(0.0, 0.0))
    with project.catalog() as catalog:
        for one in planned:
            # a dataset that an operation of the same run makes has the sources of all others
            named = [uris[one.dataset]] if one.dataset in uris else list(uris.values())
            for source in {origin for name in named for origin in origins(catalog, name)}:
                before = sums[source]
                sums[source] = Loss(before.epsilon + one.epsilon, before.delta + one.delta)
    return dict(sums)
