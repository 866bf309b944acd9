"""The rules of checked claims: what was measured is recorded once for the same files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lineage.domain.decider import Decider
from lineage.events import ClaimChecked, Event
from lineage.kernel.effects import HIDING
from lineage.kernel.errors import CommandRejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordClaim:
    """Record what came of comparing a column with its source."""

    checked: ClaimChecked


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimState:
    """What was measured of the columns of one content.

    Attributes:
        last: Column and source to the last result.
    """

    last: Mapping[tuple[str, ...], ClaimChecked] = field(
        default_factory=lambda: MappingProxyType({})
    )


def decide(state: ClaimState, command: RecordClaim) -> tuple[Event, ...]:
    """Return the event of a check; none if the last one of the same files found the same.

    Raises:
        CommandRejectedError: The effect claims no protection, or the reason does not fit the
            outcome.
    """
    checked = command.checked
    subject = f"claim about column {checked.column!r} of {checked.uri!r}"
    if checked.effect not in HIDING:
        raise CommandRejectedError(
            subject, found=checked.effect, expected="an effect that is made to hide the value"
        )
    if bool(checked.reason) is (checked.outcome == "holds"):
        raise CommandRejectedError(
            subject, problem="a reason is given where it holds, or is missing where it does not"
        )
    return () if state.last.get(_about(checked)) == checked else (checked,)


def evolve(state: ClaimState, event: Event) -> ClaimState:
    """Return what was measured after an event."""
    match event:
        case ClaimChecked():
            return ClaimState(last={**state.last, _about(event): event})
    return state


def _about(checked: ClaimChecked) -> tuple[str, ...]:
    source = checked.source_uri, checked.source_sha256, checked.source_column
    return checked.uri, checked.column, checked.effect, *source


CLAIM: Decider[ClaimState, RecordClaim] = Decider(
    initial=ClaimState(), decide=decide, evolve=evolve
)
"""The rules of the streams `claims:<sha256>`."""
