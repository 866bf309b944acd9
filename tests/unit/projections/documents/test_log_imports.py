"""What an import of an execution log has to know."""

from __future__ import annotations

from projection_scenarios import folded, of, of_run, started, succeeded

from lineage.events import RecordCorrected, RecordSetAside, RunAnnotated, RunArchived
from projections.documents.log_imports import known_runs, set_aside_records


def test_runs_come_with_what_an_import_may_change() -> None:
    """Whether a run is hidden, and which keys of its record were changed, oldest first."""
    with folded(
        of_run(started(), succeeded(), RunAnnotated(changes={"note": "x"})),
        of_run(started(), RunArchived(reason="removed"), run="r2", task="t_2"),
    ) as history:
        found = known_runs(history.catalog)

    assert list(found) == ["r1", "r2"]
    assert found["r1"] == {
        "run_id": "r1",
        "task_id": "t_1",
        "status": "succeeded",
        "is_archived": False,
        "annotations": {"note": "x"},
    }
    assert (found["r2"]["is_archived"], found["r2"]["annotations"]) == (True, None)


def test_entry_that_was_put_right_is_no_longer_set_aside() -> None:
    """What is left is what nobody could take over so far."""
    first, second = (
        RecordSetAside(reason=reason, record={"n": reason}, source="log.json")
        for reason in ("one", "two")
    )
    corrected = RecordCorrected(set_aside_position=1, source="new.json")
    with folded(of("import:1", first, second), of("import:2", corrected)) as history:
        assert set_aside_records(history.catalog) == [
            {"position": 2, "source": "log.json", "reason": "two", "record": {"n": "two"}}
        ]
