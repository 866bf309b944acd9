"""Read the leaves of a SQLite ledger in bulk: see `lineage.ledger.leaves.encoding`.

SQLite makes one text of a range of events, which is split here: that is quicker than a row for each
event. Whoever has many of them to read divides them among processes (`lineage.seals.tree_chunks`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from eventsourcing.sqlite import SQLiteDatastore

from lineage.ledger.leaves.encoding import COLUMNS, PREFIX, SEPARATOR, strange

PIECE: Final = 4_096
"""Events of one piece."""

FIRST_PLAIN: Final = 0x20
"""The first character that is no control character."""

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
_SINGLE: Final = f"select cast({_LEAF} as blob) {_RANGE} order by position"
_IS_STRANGE: Final = " or ".join(
    f"{text} = '' or instr({text}, char(0)) "
    f"or {text} glob '*[' || char(1) || '-' || char(31) || ']*'"
    for text in _TEXTS
)
# What the text of a piece does not show: what comes after a zero character, and an empty text that
# looks like null. What else could make two rows alike shows there, where it is found for less.
_UNSEEN: Final = "{} or '' in ({})".format(
    " or ".join(f"instr({text}, char(0))" for text in _TEXTS), ", ".join(_TEXTS)
)
_SIZE: Final = f"select sum(length(payload)) {_RANGE}"
_JOINED: Final = (
    "select cast(group_concat(leaf, char(10)) as blob), count(*), max(is_unseen) "  # noqa: S608  # constants
    f"from (select {_LEAF} as leaf, {_UNSEEN} as is_unseen {_RANGE} order by position)"
)
_FIRST_STRANGE: Final = f"select min(position) {_RANGE} and ({_IS_STRANGE})"


def read(datastore: SQLiteDatastore, after: int, until: int) -> Iterator[list[bytes]]:
    """Yield the leaves of positions `after` < p <= `until` with their prefix, in order.

    Raises:
        IntegrityError: An envelope has a text that no writer of ours stores.
    """
    for first in range(after, until, PIECE):
        yield from _pieces(datastore, first, min(first + PIECE, until))


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
        cursor.execute(_SIZE, bounds)
        if (cursor.fetchone()[0] or 0) > PIECE_BYTES and last - first > 1:
            return None
        cursor.execute(_JOINED, bounds)
        joined, count, is_strange = cursor.fetchone()
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
    """Tell whether a piece has other control characters than hold it together.

    No JSON text has one, so this is so only for encrypted payloads and strange envelopes. All are
    counted at once: there are as many that hold it together in every piece of so many leaves.
    """
    found = np.count_nonzero(np.frombuffer(joined, np.uint8) < FIRST_PLAIN)
    return int(found) != count * (len(COLUMNS) + 1) - 1  # separators, prefix and line ends
