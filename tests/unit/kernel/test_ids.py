"""Identifiers are UUIDs, random or counted."""

from __future__ import annotations

from uuid import UUID

from lineage.kernel.ids import CountingIds, RandomIds


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
