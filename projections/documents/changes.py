"""What differs between two things of a history: their values, and their operations in pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

Document = dict[str, Any]
_Values = Mapping[str, Any]


def changes_of(left: _Values, right: _Values) -> Iterator[Document]:
    """Yield what is not the same in two objects: a `change` for each key."""
    for what in [*left, *(key for key in right if key not in left)]:
        if what not in right:
            yield change(what, "removed", left[what], None)
        elif what not in left:
            yield change(what, "added", None, right[what])
        elif is_other(left[what], right[what]):
            yield change(what, "changed", left[what], right[what])


def change(what: str, kind: str, left: Any, right: Any) -> Document:
    """Return a difference.

    Args:
        what: What differs.
        kind: "changed", "added" (only right has it), "removed" or "unknown".
        left: Its value on one side; None if it has none.
        right: Its value on the other.

    Returns:
        A document with what, change (the kind), left, right and, of two numbers, difference.
    """
    shown = {"what": what, "change": kind, "left": left, "right": right}
    return shown | ({"difference": right - left} if _is_number(left) and _is_number(right) else {})


def is_other(left: Any, right: Any) -> bool:
    """Tell whether two values differ, in their type or otherwise."""
    # only Python considers 1, 1.0 and True equal
    return type(left) is not type(right) or left != right


def matched(
    left: list[Document], right: list[Document]
) -> tuple[list[tuple[Document, Document]], list[Document], list[Document]]:
    """Return pairs of operations of one name in the same order, and those without a partner."""
    matcher = SequenceMatcher(
        None, [o["name"] for o in left], [o["name"] for o in right], autojunk=False
    )
    pairs, added, removed = [], [], []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pairs += [*zip(left[i1:i2], right[j1:j2], strict=True)]
        else:
            removed += left[i1:i2]
            added += right[j1:j2]
    return pairs, added, removed


def leaves(value: _Values, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value that is not an object with its keys joined by dots."""
    for key, item in value.items():
        if isinstance(item, dict) and item:
            yield from leaves(item, f"{above}{key}.")
        else:
            yield f"{above}{key}", item


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
