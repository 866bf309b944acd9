"""The rules of what people say about columns: the project's configuration counts more.

Proposals come from profiles and are on record with their runs; a person confirms or rejects them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from lineage.domain.decider import Decider
from lineage.events import ClassificationConfirmed, ClassificationRejected, Event
from lineage.kernel.errors import CommandRejectedError
from lineage.kernel.roles import ColumnRole

Decision: TypeAlias = ClassificationConfirmed | ClassificationRejected


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmColumn:
    """Record what a column is.

    Attributes:
        confirmed: What the person says.
        declared_role: The role that the project's configuration declares; None if it has none.
        declared_category: The class that it declares; empty if it has none.
    """

    confirmed: ClassificationConfirmed
    declared_role: ColumnRole | None = None
    declared_category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectColumn:
    """Record that a proposal is wrong, or that a confirmation does not hold any more.

    Attributes:
        rejected: What the person says.
        is_proposed: Whether a profile proposed anything of the column.
    """

    rejected: ClassificationRejected
    is_proposed: bool


ClassificationCommand: TypeAlias = ConfirmColumn | RejectColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationState:
    """What people decided about the columns of a dataset.

    Attributes:
        decisions: Column name to the last decision.
    """

    decisions: Mapping[str, Decision] = field(default_factory=dict)


def decide(state: ClassificationState, command: ClassificationCommand) -> tuple[Event, ...]:
    """Return the event of a decision; none if the last one says the same.

    Raises:
        CommandRejectedError: The configuration declares something else, there is nothing to reject,
            or the dataset or column has no name.
    """
    match command:
        case ConfirmColumn(confirmed=wanted):
            _require_name(wanted)
            _require_declared(command)
            last = state.decisions.get(wanted.column)
            is_same = isinstance(last, ClassificationConfirmed) and (
                (last.role, last.category) == (wanted.role, wanted.category)
            )
            return () if is_same else (wanted,)
        case RejectColumn(rejected=rejected):
            _require_name(rejected)
            last = state.decisions.get(rejected.column)
            if last is None and not command.is_proposed:
                raise CommandRejectedError(
                    _subject(rejected),
                    problem="nothing was proposed or confirmed",
                    remedy="`lineage privacy proposals --all` lists what was",
                )
            is_same = isinstance(last, ClassificationRejected) and (
                last.category == rejected.category
            )
            return () if is_same else (rejected,)


def evolve(state: ClassificationState, event: Event) -> ClassificationState:
    """Return what was decided after an event."""
    match event:
        case ClassificationConfirmed() | ClassificationRejected():
            return ClassificationState(decisions={**state.decisions, event.column: event})
    return state


def _require_declared(command: ConfirmColumn) -> None:
    said, role = command.confirmed, command.declared_role
    if role is not None and role is not said.role:
        raise CommandRejectedError(
            _subject(said),
            found=said.role.value,
            expected=f"{role.value}, as the project's configuration declares, which counts",
            remedy="change it there, under 'datasets'",
        )
    if command.declared_category and said.category not in {"", command.declared_category}:
        raise CommandRejectedError(
            _subject(said),
            found=f"class {said.category!r}",
            expected=f"{command.declared_category!r}, as the project's configuration declares, "
            "which counts",
            remedy="change it there, under 'datasets'",
        )


def _require_name(said: Decision) -> None:
    # the name of the dataset becomes that of a stream
    if not said.dataset.strip() or not said.dataset.isprintable() or not said.column:
        raise CommandRejectedError(
            _subject(said), problem="no name", expected="a dataset and a column on one line"
        )


def _subject(said: Decision) -> str:
    return f"column {said.column!r} of dataset {said.dataset!r}"


CLASSIFICATION: Decider[ClassificationState, ClassificationCommand] = Decider(
    initial=ClassificationState(), decide=decide, evolve=evolve
)
"""The rules of the streams `dataset:<name>`."""
