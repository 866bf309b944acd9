"""The checkpoints of a project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from projection_scenarios import Given, at, checkpoint, digest, folded, of_run, started

from lineage.events import CheckpointDiscarded
from lineage.kernel.values import document_text
from projections.documents.checkpoint_list import build_checkpoint_list, checkpoint_files


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """Two checkpoints that are kept, the newer in a file, one replaced and one discarded."""
    gone = CheckpointDiscarded(run="r2", name="old", reason="request")
    with folded(
        of_run(started(), checkpoint("a"), checkpoint("a")),
        of_run(started(), checkpoint("old", state=None), gone, run="r2", task="t_2"),
        of_run(checkpoint("big", state=None), run="r2", task="t_2"),
    ) as given_history:
        yield given_history


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [("big", "kept"), ("a", "kept")]),
        ({"task_id": "t_1"}, [("a", "kept")]),
        ({"task_id": "t_1", "with_gone": True}, [("a", "kept"), ("a", "replaced")]),
        ({"task_id": "t_2", "with_gone": True}, [("big", "kept"), ("old", "discarded")]),
    ],
)
def test_checkpoints_are_listed_newest_first(
    history: Given, wanted: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    """Those that can be restored; the others if asked for."""
    document = build_checkpoint_list(history.catalog, **wanted)

    assert [(c["name"], c["status"]) for c in document["checkpoints"]] == found
    assert document["total"] == len(found)


def test_cut_list_says_how_many_checkpoints_there_are(history: Given) -> None:
    """A limit cuts the list, not the count."""
    document = build_checkpoint_list(history.catalog, limit=1)

    assert len(document["checkpoints"]) == 1
    assert (document["total"], document["truncated"]) == (2, True)


def test_list_is_json_without_states(history: Given) -> None:
    """The list can be printed as it is, and does not say what was kept."""
    document = build_checkpoint_list(history.catalog, task_id="t_2")
    (kept,) = document["checkpoints"]

    assert json.loads(document_text(document)) == document
    assert (kept["recorded_at"], kept["has_file"]) == (at(7).isoformat(), True)
    assert "state" not in kept


def test_files_are_named_with_their_checkpoint(history: Given) -> None:
    """Whoever looks after the files learns which are needed."""
    assert checkpoint_files(history.catalog) == [
        {"sha256": digest("old"), "name": "r2/old", "is_kept": False},
        {"sha256": digest("big"), "name": "r2/big", "is_kept": True},
    ]
