"""What differs between two runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from projection_scenarios import (
    broken,
    digest,
    done,
    environment,
    failed,
    folded,
    metric,
    of_run,
    of_task,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import Event, RunImported, TaskConfigured, TaskRegistered
from lineage.kernel.errors import RunNotFoundError
from projections.documents.run_diff import PARTS, build_run_comparison, build_run_diff

USUAL: tuple[Event, ...] = (
    started(config_sha256=digest("one"), seed=7),
    environment(),
    operation(1, "load", parameters={"limit": {"rows": 10}}),
    read("raw.csv", "in"),
    wrote("DATA/out.csv", "out", rows=3),
    metric("rows", 3, by=1),
    done(1),
    succeeded(),
)


def configured(content: str, **values: Any) -> TaskConfigured:
    """A configuration of the task."""
    return TaskConfigured(configuration=values, config_sha256=digest(content))


def registered(source: str) -> TaskRegistered:
    """A registration of the task with code of some content."""
    return TaskRegistered(
        task_type="t", description="", version="1", class_name="m.C", source_sha256=digest(source)
    )


def compared(left: Sequence[Event], right: Sequence[Event], task: str = "t_1") -> dict[str, Any]:
    """The document for two runs that were recorded one after the other."""
    history = (
        of_task(registered("one"), configured("one", k=5, deep={"a": 1, "b": [1]})),
        of_run(*left, run="left"),
        of_task(registered("two"), configured("two", k=6, deep={"a": 1, "c": 2})),
        of_run(*right, run="right", task=task),
    )
    with folded(*history) as given:
        return build_run_diff(given.catalog, "left", "right")


def changed(number: int, event: Event) -> tuple[Event, ...]:
    """The usual run with another event in one place."""
    return (*USUAL[:number], event, *USUAL[number + 1 :])


def told(document: dict[str, Any]) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Part to what to (change, left, right), where something differs."""
    return {
        part: {c["what"]: (c["change"], c["left"], c["right"]) for c in document[part]}
        for part in PARTS
        if document[part]
    }


def test_runs_alike_differ_in_nothing_but_code_that_was_registered_since() -> None:
    """Two runs of the same under the same configuration differ where the module changed."""
    document = compared(USUAL, USUAL)

    assert told(document) == {"code": {"source_sha256": ("changed", digest("one"), digest("two"))}}


def test_seconds_are_told_and_make_no_difference() -> None:
    """A run that took longer is not another run."""
    slow = changed(7, succeeded(duration_s=9.5))
    with folded(of_run(*USUAL, run="left"), of_run(*slow, run="right")) as given:
        document = build_run_diff(given.catalog, "left", "right")

    assert document["differs"] is False
    assert document["durations"] == [
        {"what": "run", "change": "changed", "left": 3.5, "right": 9.5, "difference": 6.0},
        {"what": "load", "change": "changed", "left": 1.5, "right": 1.5, "difference": 0.0},
    ]


@pytest.mark.parametrize(
    ("number", "event", "part", "expected"),
    [
        (
            0,
            started(config_sha256=digest("two"), seed=7),
            "configuration",
            {
                "k": ("changed", 5, 6),
                "deep.b": ("removed", [1], None),
                "deep.c": ("added", None, 2),
            },
        ),
        (0, started(config_sha256=digest("one")), "seed", {"seed": ("changed", 7, None)}),
        (
            1,
            environment().model_copy(update={"packages": {"pandas": "3.0"}}),
            "environment",
            {"pandas": ("changed", "2.3.1", "3.0")},
        ),
        (
            2,
            operation(1, "load", parameters={"limit": {"rows": 20}}, code_version="2"),
            "operations",
            {
                "load: parameters.limit.rows": ("changed", 10, 20),
                "load: code_version": ("changed", "1", "2"),
            },
        ),
        (5, metric("rows", 5, by=1), "metrics", {"load.rows": ("changed", 3.0, 5.0)}),
        (
            5,
            metric("n", "x", by=1),
            "metrics",
            {"load.rows": ("removed", 3.0, None), "load.n": ("added", None, "x")},
        ),
        (6, broken(1), "operations", {"load: status": ("changed", "success", "error")}),
        (
            7,
            failed("full"),
            "outcome",
            {
                "status": ("changed", "succeeded", "failed"),
                "error_type": ("changed", None, "OSError"),
                "message": ("changed", None, "full"),
            },
        ),
    ],
)
def test_each_part_tells_its_changes(
    number: int, event: Event, part: str, expected: dict[str, tuple[Any, ...]]
) -> None:
    """One event that differs shows in its part, by name, with both values."""
    document = compared(USUAL, changed(number, event))

    assert document["differs"]
    assert told(document)[part] == expected
    assert told(document).keys() == {part, "code"}


def test_numbers_have_their_difference() -> None:
    """Right minus left."""
    (change,) = compared(USUAL, changed(5, metric("rows", 5, by=1)))["metrics"]

    assert change["difference"] == 2.0


def test_files_are_compared_by_their_digest() -> None:
    """Another content of an input or output shows with both versions; rows beside it."""
    document = compared(
        USUAL,
        (*USUAL[:3], read("raw.csv", "IN"), wrote("DATA/out.csv", "OUT", rows=4), *USUAL[5:]),
    )

    inputs, outputs = told(document)["inputs"]["raw"], told(document)["outputs"]["DATA/out.csv"]
    assert [version["sha256"] for (version,) in inputs[1:]] == [digest("in"), digest("IN")]
    assert [version["row_count"] for version in outputs[1:]] == [3, 4]


def test_output_that_moved_is_the_same_output() -> None:
    """A file of one name and digest at another path is no difference."""
    document = compared(USUAL, changed(4, wrote("ELSEWHERE/out.csv", "out", rows=3)), task="t_2")

    assert document["outputs"] == []
    assert document["notes"] == ["the runs belong to different tasks: t_1 and t_2"]


def test_file_of_unknown_content_is_not_called_the_same() -> None:
    """Without a digest nobody can tell."""
    gone = changed(4, wrote("DATA/out.csv", sha256=None, rows=3))

    assert told(compared(gone, gone))["outputs"]["DATA/out.csv"][0] == "unknown"


def test_operations_are_matched_by_order_and_name() -> None:
    """One that was put between two others is added, and moves neither of them."""
    left = (started(), *(operation(n, name) for n, name in enumerate(("a", "b", "a"), 1)))
    right = (started(), *(operation(n, name) for n, name in enumerate(("a", "x", "b", "a"), 1)))

    document = compared((*left, metric("m", 1, by=3)), (*right, metric("m", 2, by=4)))

    assert told(document)["operations"].keys() == {"x"}
    assert told(document)["metrics"] == {"a (2).m": ("changed", 1.0, 2.0)}


def test_imported_run_is_compared_with_a_note() -> None:
    """Of a run recorded elsewhere only its record is known."""
    imported = RunImported(
        occurred_at=datetime(2020, 1, 1, tzinfo=UTC), is_success=True, record={}, source="log.json"
    )
    document = compared([imported], USUAL)

    assert document["notes"] == ["run left was imported; only its record is known"]
    assert told(document)["environment"]["os"] == ("added", None, "Linux")


def test_unknown_run_is_refused() -> None:
    """There is nothing to compare with."""
    with (
        folded(of_run(*USUAL, run="left")) as given,
        pytest.raises(RunNotFoundError, match="run 'nobody'"),
    ):
        build_run_diff(given.catalog, "left", "nobody")


def test_many_runs_show_only_what_is_not_the_same_in_all() -> None:
    """A value that one of them lacks differs; one that all have is left out."""
    history = (
        of_run(*USUAL, run="one"),
        of_run(*changed(0, started(config_sha256=digest("one"), seed=8)), run="two"),
        of_run(*changed(5, metric("cells", 3, by=1)), run="three"),
    )
    with folded(*history) as given:
        document = build_run_comparison(given.catalog, ["one", "two", "three"])

    assert [run["run_id"] for run in document["runs"]] == ["one", "two", "three"]
    assert {part: document[part] for part in PARTS if document[part]} == {
        "seed": [{"what": "seed", "values": [7, 8, 7]}],
        "metrics": [
            {"what": "load.rows", "values": [3.0, 3.0, None]},
            {"what": "load.cells", "values": [None, None, 3.0]},
        ],
    }


def test_equal_runs_do_not_differ() -> None:
    """Durations and ids are no differences."""
    with folded(of_run(*USUAL, run="one"), of_run(*USUAL, run="two")) as given:
        assert not build_run_comparison(given.catalog, ["one", "two"])["differs"]
        with pytest.raises(RunNotFoundError, match="not recorded"):
            build_run_comparison(given.catalog, ["one", "nobody"])
