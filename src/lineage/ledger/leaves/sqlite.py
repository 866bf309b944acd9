"""Read the leaves of a SQLite ledger in bulk: see `lineage.ledger.leaves.encoding`.

SQLite makes one text of a range of events, which is split here; a thread reads ahead while the
caller hashes, because SQLite works without the interpreter's lock. A second thread would not help:
SQLite's own locks cost as much as it gains.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from eventsourcing.sqlite import SQLiteDatastore

from lineage.ledger.leaves.encoding import COLUMNS, PREFIX, SEPARATOR, strange

PIECE: Final = 20_000
"""Events of one piece."""

PIECE_BYTES: Final = 2**25
"""Payload of one piece, where it has more than one event."""

_TEXTS: Final = ("stream", "type", "actor", "run", "task")

# printf stops at a zero character: `_ANY_STRANGE` finds those
_LEAF: Final = "x'{prefix}' || printf('{marks}', {columns}) || payload".format(
    prefix=PREFIX.hex(),
    marks=f"%s{SEPARATOR.decode()}" * len(COLUMNS[:-1]),
    columns=", ".join(COLUMNS[:-1]),
)
_RANGE: Final = "from events where position > ? and position <= ?"
_JOINED: Final = (
    "select cast(group_concat(leaf, char(10)) as blob), count(*) "  # noqa: S608  # constants
    f"from (select {_LEAF} as leaf {_RANGE} order by position)"
)
_SINGLE: Final = f"select cast({_LEAF} as blob) {_RANGE} order by position"
_IS_STRANGE: Final = " or ".join(
    f"{text} = '' or instr({text}, char(0)) "
    f"or {text} glob '*[' || char(1) || '-' || char(31) || ']*'"
    for text in _TEXTS
)
# What the text of a piece does not show: what comes after a zero character, and an empty text that
# looks like null. What else could make two rows alike shows there, where it is found for less.
_UNSEEN: Final = " + ".join(f"ifnull(instr({text}, char(0)) + ({text} = ''), 0)" for text in _TEXTS)
_CHECK: Final = f"select sum(length(payload)), max({_UNSEEN}) {_RANGE}"
_FIRST_STRANGE: Final = f"select min(position) {_RANGE} and ({_IS_STRANGE})"


def read(datastore: SQLiteDatastore, after: int, until: int) -> Iterator[list[bytes]]:
    """Yield the leaves of positions `after` < p <= `until` with their prefix, in order.

    Raises:
        IntegrityError: An envelope has a text that no writer of ours stores.
    """
    if until - after <= PIECE:  # not worth a thread
        yield from _pieces(datastore, after, until)
        return
    firsts = range(after, until, PIECE)
    bounds = [(first, min(first + PIECE, until)) for first in firsts]
    with ThreadPoolExecutor(1, thread_name_prefix="leaves") as reader:
        reading = reader.submit(_piece, datastore, *bounds[0])
        for place, following in zip(bounds, [*bounds[1:], None], strict=True):
            piece = reading.result()
            if following is not None:
                reading = reader.submit(_piece, datastore, *following)
            yield from _pieces(datastore, *place) if piece is None else [piece]


def _pieces(datastore: SQLiteDatastore, first: int, last: int) -> Iterator[list[bytes]]:
    """Yield the leaves of a range, in pieces that fit in memory."""
    piece = _piece(datastore, first, last)
    if piece is not None:
        yield piece
    else:
        middle = (first + last) // 2
        yield from _pieces(datastore, first, middle)
        yield from _pieces(datastore, middle, last)


def _piece(datastore: SQLiteDatastore, first: int, last: int) -> list[bytes] | None:
    """Return the leaves of a range; None if they are too long for one piece."""
    bounds = (first, last)
    with datastore.transaction(commit=False) as cursor:
        cursor.execute(_CHECK, bounds)
        size, is_strange = cursor.fetchone()
        if (size or 0) > PIECE_BYTES and last - first > 1:
            return None
        cursor.execute(_JOINED, bounds)
        joined, count = cursor.fetchone()
        if is_strange or (count and _may_be_strange(joined, count)):
            cursor.execute(_FIRST_STRANGE, bounds)
            if (found := cursor.fetchone()[0]) is not None:
                raise strange(found)
        leaves: list[bytes] = joined.split(b"\n") if count else []
        if len(leaves) != count:  # encrypted payloads are any bytes
            cursor.execute(_SINGLE, bounds)
            leaves = [row[0] for row in cursor.fetchall()]
    return leaves


def _may_be_strange(joined: bytes, count: int) -> bool:
    """Tell whether a piece has other separators, line ends or zero bytes than hold it together.

    No JSON text has one, so this is so only for encrypted payloads and strange envelopes.
    """
    found = [joined.count(sign) for sign in (SEPARATOR, b"\n", PREFIX)]
    return found != [count * (len(COLUMNS) - 1), count - 1, count]
