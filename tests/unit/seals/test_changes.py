"""Each way to change a ledger is named by its kind and its first position."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.merkle import leaf_hash
from lineage.seals.changes import Change, History, Leaf, columns_of, first_change

Rows = list[list[bytes]]


def test_unchanged_events_have_no_change() -> None:
    """Events added after the sealed ones are nobody's concern."""
    assert first_change(_history(_rows(5), _rows(5))) is None
    assert first_change(_history(_rows(5), _rows(8))) is None


def test_removed_event_is_named_with_and_without_a_gap() -> None:
    """Whoever moves the rest up has not hidden it."""
    gap = _rows(9)[:3] + _rows(9)[4:]
    closed = _moved(gap)

    assert first_change(_history(_rows(9), gap)) == Change(kind="removed", position=4, until=4)
    assert first_change(_history(_rows(9), closed)) == Change(
        kind="removed", position=4, until=4, others=5
    )


def test_removed_events_of_one_stream_are_named_together() -> None:
    """Several events that went at a time are one removal."""
    sealed = _rows(12)
    stored = _moved(sealed[:4] + sealed[7:])
    for row in stored[4:]:
        row[2] = b"%d" % (int(row[2]) - 3)

    found = first_change(_history(sealed, stored))

    assert found == Change(kind="removed", position=5, until=7, others=5)


def test_inserted_event_is_named() -> None:
    """An event between two sealed ones moves all that follow."""
    sealed = _rows(6)
    stored = _moved([*sealed[:2], _row(0, b"new"), *sealed[2:]])

    assert first_change(_history(sealed, stored)) == Change(
        kind="inserted", position=3, until=3, others=3
    )


def test_swapped_events_are_named() -> None:
    """Two events that changed places are both named."""
    stored = _rows(6)
    stored[1], stored[4] = stored[4], stored[1]

    assert first_change(_history(_rows(6), _moved(stored))) == Change(
        kind="reordered", position=2, until=5
    )


def test_cut_ledger_is_named() -> None:
    """Events that are missing at the end were cut off."""
    assert first_change(_history(_rows(6), _rows(4))) == Change(
        kind="truncated", position=5, until=6
    )


def test_other_history_is_named() -> None:
    """From the place on where an old copy was continued, nothing is as it was."""
    other = [[*row[:5], b"1800", *row[6:10], b"other"] for row in _rows(6)]

    found = first_change(_history(_rows(6), _rows(3) + other[3:]))

    assert found == Change(kind="replaced", position=4, until=6)


@pytest.mark.parametrize(
    ("column", "name"), [(1, "stream"), (3, "type"), (5, "time"), (6, "actor"), (7, "run")]
)
def test_edited_envelope_is_named_with_its_column(column: int, name: str) -> None:
    """The catalog still has the event, and the sealed hash says that it is right."""
    stored = _rows(5)
    stored[2][column] = b"edited"

    assert first_change(_history(_rows(5), stored)) == Change(
        kind="edited envelope", position=3, until=3, columns=(name,)
    )


def test_edited_payload_is_named() -> None:
    """The envelope is as the catalog has it, the payload is not."""
    stored = _rows(5)
    stored[2][10] = b"edited"

    assert first_change(_history(_rows(5), stored)) == Change(
        kind="edited payload", position=3, until=3
    )


def test_edit_that_nobody_else_knows_is_named_as_such() -> None:
    """A catalog that was made after the edit says nothing, and is not believed."""
    stored = _rows(5)
    stored[2][6] = b"edited"
    history = _history(_rows(5), stored)

    for known in (lambda _: None, lambda p: tuple(stored[p - 1])):
        found = first_change(
            History(
                sealed=history.sealed,
                stored=history.stored,
                leaf_at=history.leaf_at,
                known_at=known,
            )
        )
        assert found == Change(kind="edited", position=3, until=3)


@settings(max_examples=40)
@given(st.data())
def test_any_change_is_found_at_its_first_place(data: st.DataObject) -> None:
    """Whatever is done, the first position named is the first whose event is another one."""
    size = data.draw(st.integers(1, 12))
    sealed, stored = _rows(size), _rows(size)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(len(stored) - 1, 0)))
        act = data.draw(st.sampled_from(["edit", "delete", "insert"]))
        if act == "edit" and stored:
            stored[place][10] += b"!"
        elif act == "delete":
            del stored[place : place + 1]
        else:
            stored.insert(place, _row(0, b"new"))
    stored = _moved(stored)
    was, now = _hashes(sealed), _hashes(stored)
    differing = [i for i, h in enumerate(was) if now[i : i + 1] != [h]]

    found = first_change(_history(sealed, stored))

    assert (None if found is None else found.position) == (differing[0] + 1 if differing else None)


def _row(position: int, payload: bytes = b"{}") -> list[bytes]:
    text = b"%d" % position
    columns = [text, b"run:r_1", text, b"note", b"1", b"1700", b"me", b"r_1", b"", b""]
    return [*columns, payload + text]


def _rows(count: int) -> Rows:
    return [_row(position) for position in range(1, count + 1)]


def _moved(rows: Rows) -> Rows:
    """Number rows again, as someone who closes a gap does."""
    return [[b"%d" % position, *row[1:]] for position, row in enumerate(rows, 1)]


def _hashes(rows: Sequence[Sequence[bytes]]) -> list[bytes]:
    return [leaf_hash(b"\x1f".join(row)) for row in rows]


def _history(sealed: Rows, stored: Rows) -> History:
    places = {int(row[0]): b"\x1f".join(row) for row in stored}
    known: dict[int, Leaf] = {int(row[0]): tuple(row) for row in sealed}
    assert all(len(columns_of(leaf)) == 11 for leaf in places.values())
    return History(
        sealed=_hashes(sealed),
        stored=_hashes(stored),
        leaf_at=lambda position: places.get(position, b""),
        known_at=known.get,
    )
