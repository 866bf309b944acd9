"""When the things of a picture came to be, for a slider over these moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_KEYS: Final = ("position", "recorded_at", "happened_at")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Moment:
    """A moment by both clocks.

    Attributes:
        position: The event that recorded it.
        recorded_us: When that was, microseconds since 1970.
        happened_us: When it happened, likewise.
    """

    position: int
    recorded_us: int
    happened_us: int


def since(data: Mapping[str, Any]) -> Moment | None:
    """Return since when a node or edge of a graph is there; None if always."""
    if data.get("happened_at") is None:
        return None
    return Moment(
        position=data["position"],
        recorded_us=_microseconds(data["recorded_at"]),
        happened_us=_microseconds(data["happened_at"]),
    )


def until(data: Mapping[str, Any]) -> Moment | None:
    """Return when a node of a graph was erased; None if it was not."""
    if data.get("erased_position") is None:
        return None
    erased_us = _microseconds(data["erased_at"])
    return Moment(position=data["erased_position"], recorded_us=erased_us, happened_us=erased_us)


def earliest(things: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the times of what stands for several nodes or edges: the first of each clock."""
    told = [thing for thing in things if thing.get("happened_at") is not None]
    return {key: min(thing[key] for thing in told) for key in _KEYS if told}


def first(moments: Iterable[Moment | None]) -> Moment | None:
    """Return the first of each clock; None if any is None, or there are none."""
    told = [*moments]
    known = [moment for moment in told if moment is not None]
    if not told or len(known) < len(told):
        return None
    return Moment(
        position=min(moment.position for moment in known),
        recorded_us=min(moment.recorded_us for moment in known),
        happened_us=min(moment.happened_us for moment in known),
    )


def to_document(
    moments: Iterable[Moment | None],
) -> tuple[dict[str, Any], dict[Moment | None, tuple[int, int] | None]]:
    """Return the moments of a picture by each clock, and each as its places in these lists.

    Returns:
        happened: times in microseconds since 1970, ascending; recorded: position and time of
        each, ascending. Then for each moment its place in happened and its place in recorded.
    """
    known = {moment for moment in moments if moment is not None}
    happened = sorted({moment.happened_us for moment in known})
    times: dict[int, int] = {}
    for moment in sorted(known):
        times.setdefault(moment.position, moment.recorded_us)
    by_happened = {time: place for place, time in enumerate(happened)}
    by_recorded = {position: place for place, position in enumerate(times)}
    places: dict[Moment | None, tuple[int, int] | None] = {
        moment: (by_happened[moment.happened_us], by_recorded[moment.position]) for moment in known
    }
    return {"happened": happened, "recorded": [*times.items()]}, {**places, None: None}


def _microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
