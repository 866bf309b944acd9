"""What people say of columns: the configuration counts more, and nothing is said twice."""

from __future__ import annotations

from typing import Any

import pytest
import scenarios

from lineage.domain import CLASSIFICATION
from lineage.domain.classification import ConfirmColumn, RejectColumn
from lineage.events import ClassificationConfirmed, ClassificationRejected
from lineage.kernel.errors import CommandRejectedError
from lineage.kernel.roles import ColumnRole

given = scenarios.of(CLASSIFICATION)


def confirmed(**changes: Any) -> ClassificationConfirmed:
    """A column that a person knows."""
    values: dict[str, Any] = {
        "dataset": "people",
        "column": "note",
        "role": ColumnRole.SENSITIVE,
        "category": "health",
        "reason": "",
    }
    return ClassificationConfirmed(**values | changes)


REJECTED = ClassificationRejected(dataset="people", column="note", category="health", reason="no")


def test_column_is_confirmed_and_rejected_once() -> None:
    """Each decision is one event, and the same one again is none."""
    given().when(ConfirmColumn(confirmed=confirmed())).then(confirmed())
    given(confirmed()).when(ConfirmColumn(confirmed=confirmed(reason="again"))).then()
    given(confirmed()).when(RejectColumn(rejected=REJECTED, is_proposed=False)).then(REJECTED)
    given(REJECTED).when(RejectColumn(rejected=REJECTED, is_proposed=True)).then()


def test_decision_can_be_changed() -> None:
    """The last one counts."""
    other = confirmed(role=ColumnRole.NON_SENSITIVE)
    given(confirmed()).when(ConfirmColumn(confirmed=other)).then(other)
    given(confirmed(), REJECTED).when(ConfirmColumn(confirmed=confirmed())).then(confirmed())


def test_what_the_configuration_says_can_be_confirmed() -> None:
    """To say the same with a name is allowed."""
    command = ConfirmColumn(
        confirmed=confirmed(), declared_role=ColumnRole.SENSITIVE, declared_category="health"
    )
    given().when(command).then(confirmed())


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            ConfirmColumn(confirmed=confirmed(), declared_role=ColumnRole.DIRECT_IDENTIFIER),
            "direct_identifier, as the project's configuration declares, which counts",
        ),
        (
            ConfirmColumn(confirmed=confirmed(), declared_category="contact"),
            "'contact', as the project's configuration declares",
        ),
        (RejectColumn(rejected=REJECTED, is_proposed=False), "nothing was proposed"),
        (ConfirmColumn(confirmed=confirmed(dataset="a\nb")), "no name"),
        (ConfirmColumn(confirmed=confirmed(dataset=" ")), "no name"),
        (ConfirmColumn(confirmed=confirmed(column="")), "no name"),
    ],
)
def test_what_cannot_be_said_is_refused(command: Any, words: str) -> None:
    """The error says what counts."""
    given().when(command).refuses(CommandRejectedError, match=words)
