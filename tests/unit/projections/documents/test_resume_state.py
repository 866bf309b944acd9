"""The resume state of a run."""

from __future__ import annotations

from typing import Any

import pytest
from projection_scenarios import (
    Step,
    broken,
    checkpoint,
    digest,
    done,
    environment,
    failed,
    folded,
    metric,
    of_run,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import (
    Event,
    OperationReported,
    OperationSkipped,
    RunInterrupted,
    RunResumed,
)
from lineage.kernel.errors import RunNotFoundError
from projections.documents.resume_state import build_resume_state, unfinished_runs


def state_of(*steps: Step, run: str = "r1") -> dict[str, Any]:
    """The resume state of a run after a history."""
    with folded(*steps) as history:
        return build_resume_state(history.catalog, run)


@pytest.mark.parametrize(
    ("events", "can_resume"),
    [
        ([], False),
        ([succeeded()], False),
        ([failed()], True),
        ([RunInterrupted(reason="silent", detail="silent")], True),
        ([failed(), RunResumed(resumed_by="r2")], False),
    ],
)
def test_only_a_broken_run_that_nobody_took_up_can_be_resumed(
    events: list[Event], *, can_resume: bool
) -> None:
    """A failed or interrupted run can be resumed, once."""
    assert state_of(of_run(started(), *events))["can_resume"] is can_resume


def test_operations_tell_what_they_read_and_wrote() -> None:
    """Each operation has its key and the versions it used and made."""
    history = of_run(
        started(),
        operation(parameters={"k": 5}, seed=7),
        read("in.csv", "i"),
        wrote("out.csv", "o"),
        metric("rows", 10, by=1),
        done(),
        operation(2, "measure"),
        broken(2),
        failed(),
    )
    first, second = state_of(history)["operations"]

    assert [(a["uri"], a["sha256"]) for a in first.pop("artifacts")] == [("out.csv", digest("o"))]
    assert first == {
        "operation": 1,
        "name": "load",
        "status": "success",
        "run_id": "r1",
        "source_operation": 1,
        "code_version": "1",
        "parameters": {"k": 5},
        "seed": 7,
        "key": digest("key"),
        "in_memory": [],
        "inputs": [{"name": "in", "uri": "in.csv", "sha256": digest("i")}],
        "metrics": {"rows": 10},
    }
    assert (second["status"], second["key"], second["inputs"]) == ("error", None, [])


def test_reused_operation_is_described_by_the_one_that_stands_in_for_it() -> None:
    """Whoever resumes a resumed run sees where each result was recorded first."""
    first = of_run(
        started(), operation(), read("in.csv", "i"), wrote("out.csv", "o"), done(), failed()
    )
    second = of_run(
        started(resumes="r1"),
        OperationSkipped(
            operation=1, name="load", reason="same", reused_run="r1", reused_operation=1
        ),
        failed(),
        run="r2",
    )
    (reused,) = state_of(first, second, run="r2")["operations"]

    assert (reused["status"], reused["run_id"], reused["source_operation"]) == ("success", "r1", 1)
    assert (reused["key"], len(reused["inputs"]), len(reused["artifacts"])) == (digest("key"), 1, 1)


def test_steps_stated_by_a_program_are_no_operations_to_resume() -> None:
    """Only what the executor ran has a number and can be reused."""
    stated = OperationReported(name="own", status="success")

    assert state_of(of_run(started(), stated))["operations"] == []


def test_last_checkpoint_counts() -> None:
    """Of several checkpoints the last one is where to resume."""
    assert state_of(of_run(started(), checkpoint("a"), checkpoint("b", operation=2)))[
        "checkpoint"
    ] == {
        "name": "b",
        "operation": 2,
        "state": {"n": "b"},
        "config_sha256": None,
    }


def test_run_without_checkpoint_has_none() -> None:
    """Where nothing was kept there is no checkpoint."""
    assert state_of(of_run(started()))["checkpoint"] is None


def test_unknown_run_has_no_resume_state() -> None:
    """A run that nobody recorded is refused by its name."""
    with pytest.raises(RunNotFoundError, match="run 'nobody': not recorded"):
        state_of(run="nobody")


def test_latest_run_of_each_task_is_unfinished_unless_it_succeeded() -> None:
    """Newest first; a run that was recorded after the fact cannot be resumed."""
    here = (started(), environment())
    with folded(
        of_run(*here, failed(), run="a1", task="t_a"),
        of_run(*here, failed(), run="b1", task="t_b"),
        of_run(*here, succeeded(), run="b2", task="t_b"),
        of_run(*here, run="c1", task="t_c"),
        of_run(started(), failed(), run="d1", task="t_d"),
    ) as history:
        assert unfinished_runs(history.catalog) == [
            {"task_id": "t_c", "run_id": "c1", "status": "running"},
            {"task_id": "t_a", "run_id": "a1", "status": "failed"},
        ]
