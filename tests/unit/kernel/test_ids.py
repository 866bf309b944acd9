"""Identifiers are UUIDs, random or counted."""

from __future__ import annotations

from uuid import UUID

import pytest

from lineage.kernel.ids import CountingIds, RandomIds, is_called


def test_random_ids_do_not_repeat() -> None:
    """A thousand ids are a thousand different UUIDs in their usual form."""
    ids = [RandomIds().new() for _ in range(1_000)]

    assert len(set(ids)) == 1_000
    assert all(str(UUID(text, version=4)) == text for text in ids)


def test_counting_ids_repeat_from_history_to_history() -> None:
    """Two histories made with it have the same ids."""
    first, second = CountingIds(), CountingIds()

    assert [first.new(), first.new()] == [second.new(), second.new()]
    assert UUID(first.new()).int == 3


@pytest.mark.parametrize(
    ("name", "is_meant"),
    [
        ("abcdef", True),
        ("abcd", True),
        ("ABCD", True),
        ("ABCDEF", True),
        ("abc", False),
        ("", False),
        ("abce", False),
        ("abcdefg", False),
    ],
)
def test_id_is_called_by_itself_or_its_beginning(name: str, is_meant: bool) -> None:  # noqa: FBT001  # a case
    """Four leading characters are enough, three are not; case does not matter."""
    assert is_called("abcdef", name) is is_meant


def test_short_id_is_called_by_itself() -> None:
    """A whole id needs no length."""
    assert is_called("r1", "r1")
    assert not is_called("r1", "r")
