"""What somebody who attacks a ledger needs: a register of the attacks, and raw access to rows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

Act: TypeAlias = Callable[[Path, Path], None]
"""Changes a project; the second folder is an earlier copy of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A way to change what is on record.

    Attributes:
        act: Does it.
        said: What is done, as the table of SECURITY.md says it.
        kind: What `lineage verify` calls it, or what else finds it.
        position: The first position that is named; None where none is.
        needs_head: Whether only a head that somebody kept elsewhere shows it.
        needs_witness: Whether a witness who is asked to cosign the last head refuses it, and
            nothing in the project shows it.
    """

    act: Act
    said: str
    kind: str
    position: int | None
    needs_head: bool
    needs_witness: bool


ATTACKS: Final[dict[str, Attack]] = {}
"""The attacks by their ids."""


def attack(
    name: str,
    kind: str,
    *,
    position: int | None = None,
    needs_head: bool = False,
    needs_witness: bool = False,
) -> Callable[[Act], Act]:
    """Register an attack; its docstring says what is done."""

    def register(act: Act) -> Act:
        said = (act.__doc__ or "").strip().rstrip(".")
        ATTACKS[name] = Attack(
            act=act,
            said=said,
            kind=kind,
            position=position,
            needs_head=needs_head,
            needs_witness=needs_witness,
        )
        return act

    return register


@contextmanager
def ledger(root: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger without its guards, and put them back as somebody who hides would."""
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as events:
        guards = events.execute("select name, sql from sqlite_master where type = 'trigger'")
        kept = guards.fetchall()
        for name, _ in kept:
            events.execute(f"drop trigger {name}")
        yield events
        for _, sql in kept:
            events.execute(sql)
        events.commit()


def positions(events: sqlite3.Connection, topic: str) -> list[int]:
    """Return the positions of the events of a type."""
    rows = events.execute("select position from events where type = ? order by 1", (topic,))
    return [row[0] for row in rows]


def seals(events: sqlite3.Connection) -> list[int]:
    """Return the positions of the seals."""
    return positions(events, "seal.signed")


def payload_of(events: sqlite3.Connection, position: int) -> dict[str, Any]:
    """Return what an event says."""
    row = events.execute("select payload from events where position = ?", (position,)).fetchone()
    return dict(json.loads(row[0]))


def change_payload(events: sqlite3.Connection, position: int, name: str, value: object) -> None:
    """Let an event say something else."""
    payload = json.dumps({**payload_of(events, position), name: value}, separators=(",", ":"))
    events.execute("update events set payload = ? where position = ?", (payload.encode(), position))


def copy_event(events: sqlite3.Connection, position: int, **changes: object) -> None:
    """Append a copy of an event to its stream, with other columns."""
    cursor = events.execute("select * from events where position = ?", (position,))
    row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    last = "select max(position) + 1, (select max(version) + 1 from events where stream = ?)"
    place = events.execute(f"{last} from events", (row["stream"],)).fetchone()
    row |= {"position": place[0], "version": place[1], **changes}
    events.execute(f"insert into events values ({', '.join('?' * len(row))})", list(row.values()))


def shift(events: sqlite3.Connection, *, after: int, by: int) -> None:
    """Renumber the events after a position."""
    events.execute("update events set position = -position where position > ?", (after,))
    events.execute("update events set position = ? - position where position < 0", (by,))


def swap(events: sqlite3.Connection, first: int, second: int) -> None:
    """Let two events change places."""
    for old, new in ((first, -1), (second, first), (-1, second)):
        events.execute("update events set position = ? where position = ?", (new, old))


def leaves(events: sqlite3.Connection, size: int) -> list[bytes]:
    """Return leaf hashes as an attacker makes them, without our code."""
    rows = events.execute("select * from events where position <= ? order by 1", (size,))
    found = []
    for *columns, payload in rows:
        text = "\x1f".join("" if value is None else str(value) for value in columns)
        found.append(hashlib.sha256(b"\x00" + text.encode() + b"\x1f" + payload).digest())
    return found
