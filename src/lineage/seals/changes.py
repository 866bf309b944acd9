"""Name what was done to a ledger, from its leaf hashes as they were sealed and as they are now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lineage.kernel.merkle import leaf_hash

ChangeKind = Literal[
    "edited payload",
    "edited envelope",
    "edited",
    "removed",
    "inserted",
    "reordered",
    "truncated",
    "replaced",
]
"""What was done; "edited" where nothing says which part of an event, "replaced" where the whole
rest of the history is another one."""

Leaf = tuple[bytes, ...]
"""The columns of an event in the order of `lineage.ledger.leaves.encoding.COLUMNS`, as bytes."""

COLUMN_NAMES: Final = (
    "position",
    "stream",
    "version",
    "type",
    "schema version",
    "time",
    "actor",
    "run",
    "task",
    "causation",
)
MAX_SHIFT: Final = 64
"""Number of events up to which a removal or an insertion is recognized by its shift."""

MAX_MOVED: Final = 2_000
"""Number of changed places among which an event that moved is searched."""

_SEPARATOR: Final = b"\x1f"
_POSITION, _VERSION, _PAYLOAD = 0, 2, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was done to a ledger at its first changed place.

    Attributes:
        kind: What it was.
        position: The first position concerned.
        until: The last one that is concerned by the same act.
        columns: Names of the columns of the envelope that were edited.
        others: Number of other positions whose event is not the sealed one.
    """

    kind: ChangeKind
    position: int
    until: int
    columns: tuple[str, ...] = ()
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A ledger as it was sealed, and as it is.

    Attributes:
        sealed: Leaf hashes as they were sealed, by position from 1.
        stored: Leaf hashes of the events there are, in order; not more than were sealed, unless
            events were added among them.
        leaf_at: The leaf at a position; empty where there is no event.
        known_at: What the catalog knows of the event at a position: its columns, or None. The
            payload is empty where the catalog does not have it.
    """

    sealed: Sequence[bytes]
    stored: Sequence[bytes]
    leaf_at: Callable[[int], bytes]
    known_at: Callable[[int], Leaf | None]


def first_change(history: History) -> Change | None:
    """Return the first change and its kind; None if all sealed events are as they were."""
    sealed, stored = history.sealed, history.stored
    pairs = enumerate(zip(sealed, stored, strict=False))
    first = next((i for i, (was, now) in pairs if was != now), min(len(sealed), len(stored)))
    if first == len(sealed):
        return None
    if first == len(stored):
        return Change(kind="truncated", position=first + 1, until=len(sealed))
    leaf = history.leaf_at(first + 1)
    if not leaf:
        return _gap(history, first)
    row = columns_of(leaf)
    return (
        _removed(history, first, row)
        or _reordered(history, first, row)
        or _inserted(history, first)
        or _edited(history, first, row)
    )


def columns_of(leaf: bytes) -> Leaf:
    """Return the columns of a leaf."""
    return tuple(leaf.split(_SEPARATOR, _PAYLOAD))


def _gap(history: History, first: int) -> Change:
    """Name events that are gone from their place, which nobody took."""
    following = history.stored[first]
    until = first + 1
    while until < len(history.sealed) and history.sealed[until] != following:
        until += 1
    return Change(kind="removed", position=first + 1, until=until)


def _removed(history: History, first: int, row: Leaf) -> Change | None:
    """Recognize an event that moved up into the place of removed ones."""
    for shift in range(1, min(MAX_SHIFT, len(history.sealed) - first - 1) + 1):
        if _was(row, first + shift, history.sealed, range(shift + 1)) and _next_moved(
            history, first + 1, shift
        ):
            return _shifted(history, "removed", first, shift)
    return None


def _inserted(history: History, first: int) -> Change | None:
    """Recognize an event that moved down to make place for others."""
    for shift in range(1, MAX_SHIFT + 1):
        leaf = history.leaf_at(first + 1 + shift)
        if not leaf:
            return None
        if _was(columns_of(leaf), first, history.sealed, range(0, -shift - 1, -1)):
            return _shifted(history, "inserted", first, shift)
    return None


def _next_moved(history: History, place: int, shift: int) -> bool:
    """Tell whether the next event, if there is one, moved by as many places."""
    leaf = history.leaf_at(place + 1)
    if not leaf or place + shift >= len(history.sealed):
        return True
    return _was(columns_of(leaf), place + shift, history.sealed, range(shift + 1))


def _shifted(history: History, kind: ChangeKind, first: int, shift: int) -> Change:
    others = len(history.sealed) - first - shift
    return Change(kind=kind, position=first + 1, until=first + shift, others=max(others, 0))


def _reordered(history: History, first: int, row: Leaf) -> Change | None:
    """Recognize an event that was sealed at another place."""
    for place in _changed_places(history, first)[1 : MAX_MOVED + 1]:
        if _was(row, place, history.sealed, range(-2, 3)):
            others = len(_changed_places(history, first)) - 2
            return Change(kind="reordered", position=first + 1, until=place + 1, others=others)
    return None


def _edited(history: History, first: int, row: Leaf) -> Change:
    others = len(_changed_places(history, first)) - 1
    kind, columns = _edited_part(history.sealed[first], row, history.known_at(first + 1))
    is_another = kind == "edited" or "payload" in columns
    if is_another and others == len(history.sealed) - first - 1 > 0:
        return Change(kind="replaced", position=first + 1, until=len(history.sealed))
    return Change(kind=kind, position=first + 1, until=first + 1, columns=columns, others=others)


def _edited_part(
    sealed: bytes, row: Leaf, known: Leaf | None
) -> tuple[ChangeKind, tuple[str, ...]]:
    """Tell which part of an event was edited.

    What the catalog knows is believed if the event made of it is the one that was sealed.
    """
    if known is None:
        return "edited", ()
    columns = tuple(
        name for name, was, now in zip(COLUMN_NAMES, known, row, strict=False) if was != now
    )
    payload = known[_PAYLOAD]
    if _hash((*known[:_PAYLOAD], row[_PAYLOAD])) == sealed:
        return "edited envelope", columns
    if _hash((*row[:_PAYLOAD], payload)) == sealed or (not columns and not payload):
        return "edited payload", ()
    if _hash(known) == sealed:
        return "edited envelope", (*columns, "payload")
    return "edited", ()


def _changed_places(history: History, first: int) -> list[int]:
    pairs = zip(history.sealed[first:], history.stored[first:], strict=False)
    missing = range(len(history.stored), len(history.sealed))
    return [first + i for i, (was, now) in enumerate(pairs) if was != now] + list(missing)


def _was(row: Leaf, place: int, sealed: Sequence[bytes], version_shifts: range) -> bool:
    """Tell whether an event was sealed at a place, whatever its number in its stream was."""
    if not 0 <= place < len(sealed) or not row[_VERSION].isdigit():
        return False
    moved = list(row)
    moved[_POSITION] = b"%d" % (place + 1)
    for shift in version_shifts:
        moved[_VERSION] = b"%d" % (int(row[_VERSION]) + shift)
        if _hash(moved) == sealed[place]:
            return True
    return False


def _hash(row: Sequence[bytes]) -> bytes:
    return leaf_hash(_SEPARATOR.join(row))
