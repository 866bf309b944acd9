"""What an import cannot take over is set aside, until a later one puts it right."""

from __future__ import annotations

from typing import Any

import pytest
import scenarios

from lineage.domain import LOG_IMPORT
from lineage.domain.log_import import EarlierEntry, SetAside
from lineage.events import RecordCorrected, RecordSetAside
from lineage.kernel.errors import CommandRejectedError

given = scenarios.of(LOG_IMPORT)

RUN = {"task_run_id": "r", "task_id": "t"}
TASK = {"tasks": {"t": 5}}
CORRECTED = RecordCorrected(set_aside_position=7, source="log.json")


def sort_out(*faulty: Any, earlier: Any = None, **changes: Any) -> SetAside:
    """Return the command of an import with faulty entries, after at most one at position 7."""
    values: dict[str, Any] = {"run_ids": frozenset(), "task_ids": frozenset()}
    return SetAside(
        source="log.json",
        faulty=tuple((entry, "is wrong") for entry in faulty),
        earlier=() if earlier is None else (EarlierEntry(position=7, record=earlier),),
        **values | changes,
    )


def set_aside(entry: Any) -> RecordSetAside:
    """Return that an entry was set aside."""
    return RecordSetAside(reason="is wrong", record=entry, source="log.json")


def test_faulty_entry_is_set_aside_once() -> None:
    """An entry that is set aside already is not recorded again."""
    given().when(sort_out(RUN, 5)).then(set_aside(RUN), set_aside(5))
    given().when(sort_out(RUN, 5, earlier=RUN)).then(set_aside(5))


@pytest.mark.parametrize(
    ("entry", "changes"),
    [
        (RUN, {"run_ids": frozenset({"r"})}),
        (TASK, {"task_ids": frozenset({"t", "u"})}),
        (5, {"replaces": True}),
    ],
)
def test_entry_is_put_right_by_the_import_that_has_it(entry: Any, changes: dict[str, Any]) -> None:
    """A run or task of that name settles it, and so does a log that no longer has it."""
    given().when(sort_out(earlier=entry, **changes)).then(CORRECTED)
    given().when(sort_out(entry, earlier=entry, **changes)).then()


@pytest.mark.parametrize("entry", [RUN, TASK, 5, None, {"tasks": 5}])
def test_entry_that_the_import_does_not_have_stays_set_aside(entry: Any) -> None:
    """What an import says nothing of is as it was."""
    given().when(sort_out(earlier=entry)).then()


def test_second_import_in_one_stream_is_refused() -> None:
    """Each import has a stream of its own."""
    given(set_aside(5)).when(sort_out(5)).refuses(
        CommandRejectedError, match="import: already recorded"
    )
