"""What a person should look at, told from the history alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projection_scenarios import (
    Given,
    Step,
    digest,
    failed,
    folded,
    of,
    of_run,
    of_task,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import PolicyEvaluated, TaskConfigured, TaskRegistered
from projections.documents.findings.attention import build_attention, latest_files

OLD, NEW = "0" * 64, "1" * 64
FIRST = of_run(
    started(config_sha256=OLD), operation(), read("raw", "a"), wrote("out", "x"), succeeded()
)


def registered(source: str) -> TaskRegistered:
    """The task with the code of a digest."""
    return TaskRegistered(
        task_type="ingestion", description="", version="1", class_name="m:C", source_sha256=source
    )


def configured(config: str) -> TaskConfigured:
    """The task with the configuration of a digest."""
    return TaskConfigured(config_sha256=config, configuration={})


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((FIRST,), []),
        ((FIRST, of_run(started(), operation(), read("raw", "b"), run="r2")), [("input", "raw")]),
        ((FIRST, of_run(started(), operation(), read("raw", "a"), run="r2")), []),
        ((FIRST, of_run(started(), operation(), wrote("raw", "b"), run="r2")), [("input", "raw")]),
        ((of_task(registered(OLD)), FIRST, of_task(registered(NEW))), [("code", None)]),
        (
            (of_task(registered(OLD), configured(OLD)), FIRST, of_task(configured(NEW))),
            [("configuration", None)],
        ),
        ((of_task(registered(OLD), configured(OLD)), FIRST), []),
        # a run that writes again what it read makes nothing stale
        (
            (of_run(started(), operation(), read("raw", "a"), wrote("raw", "b"), succeeded()),),
            [],
        ),
        # once it is made again, it is as it should be
        (
            (
                FIRST,
                of_run(started(), operation(), wrote("raw", "b"), run="r2", task="t_2"),
                of_run(started(), operation(), read("raw", "b"), wrote("out", "y"), run="r3"),
            ),
            [],
        ),
    ],
)
def test_result_is_stale_if_its_task_would_write_another_one(
    steps: tuple[Step, ...], found: list[tuple[str, str | None]]
) -> None:
    """Because of a file that was read, the configuration or the code; otherwise it is not."""
    with folded(*steps) as given:
        stale = build_attention(given.catalog, most=5)["stale"]

    assert [(one["reason"], one["input"]) for one in stale["found"]] == found
    assert [(one["uri"], one["run_id"]) for one in stale["found"]] == [("out", "r1")] * len(found)
    assert stale["total"] == len(found)


@pytest.fixture(scope="module")
def judged() -> Iterator[Given]:
    """A file that violated two policies, one of which it keeps by now, and a run that failed."""

    def verdict(policy: str, outcome: str) -> PolicyEvaluated:
        return PolicyEvaluated(
            policy=policy,
            kind="k_at_least",
            severity="block",
            uri="out",
            sha256=digest("x"),
            outcome=outcome,
            required={},
            measured={},
            reason="",
            waiver=None,
        )

    with folded(
        FIRST,
        of_run(started(), failed(), run="r2"),
        of("policies", verdict("a", "violated"), verdict("b", "violated"), verdict("b", "passed")),
    ) as given:
        yield given


def test_the_latest_verdict_on_a_file_counts(judged: Given) -> None:
    """A policy that is kept by now is no violation."""
    found = build_attention(judged.catalog, most=5)

    assert found["violations"] == {"verdicts": 1, "files": 1, "released": 0}
    assert found["failed_runs"] == 1


def test_files_of_runs_are_named_the_last_written_first() -> None:
    """Each once, however often it was written."""
    with folded(
        of_run(started(), operation(), wrote("a", "1"), wrote("b", "1"), wrote("a", "2"))
    ) as given:
        assert latest_files(given.catalog, most=5) == ["a", "b"]
        assert latest_files(given.catalog, most=1) == ["a"]
