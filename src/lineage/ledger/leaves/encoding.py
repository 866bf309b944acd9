r"""What is hashed of a stored event: a leaf of the tree that seals sign.

A leaf is all columns of the row as text, in the order of `COLUMNS`, joined by U+001F; null is the
empty text, the payload comes last and as it is stored. No text of an envelope is empty or has a
control character, which is checked whenever leaves are read, so no two rows have the same leaf. The
hash of a leaf is the SHA-256 of a zero byte and the leaf (RFC 9162, section 2.1.1). Without us:

    columns = row[:-1]  # position, stream, ..., causation
    text = "\x1f".join("" if value is None else str(value) for value in columns)
    leaf = text.encode() + b"\x1f" + row[-1]  # the payload, bytes
    hash = hashlib.sha256(b"\x00" + leaf).digest()
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from lineage.kernel.errors import IntegrityError
from lineage.ledger.envelope import RecordNotification

COLUMNS: Final = (
    "position",
    "stream",
    "version",
    "type",
    "schema_version",
    "recorded_at",
    "actor",
    "run",
    "task",
    "causation",
    "payload",
)
SEPARATOR: Final = b"\x1f"
PREFIX: Final = b"\x00"
"""What stands before a leaf when it is hashed."""

_STRANGE: Final = re.compile(r"[\x00-\x1f]|^$")


def leaf_of(record: RecordNotification) -> bytes:
    """Return the leaf of a stored event.

    Raises:
        IntegrityError: A text of its envelope is empty or holds a control character, which our
            mapper never stores: somebody else wrote it.
    """
    stream = str(record.originator_id)
    for text in (stream, record.topic, record.actor, record.run, record.task):
        if text is not None and _STRANGE.search(text):
            raise strange(record.id)
    columns = (
        record.id,
        stream,
        record.originator_version,
        record.topic,
        record.schema_version,
        record.recorded_at_us,
        record.actor,
        record.run,
        record.task,
        record.causation,
    )
    texts = ("" if value is None else str(value) for value in columns)
    return SEPARATOR.join((*(text.encode() for text in texts), record.state))


def strange(position: int) -> IntegrityError:
    """Return the error that an event has a text that no writer of ours stores."""
    return IntegrityError(
        f"envelope of the event at position {position}",
        problem="a text is empty or holds a control character",
        expected="what a ledger of privacy-lineage stores",
        remedy="restore the ledger from a backup",
    )


def hashes(prefixed: list[bytes]) -> list[bytes]:
    """Return the hashes of leaves that have `PREFIX` before them."""
    sha256 = hashlib.sha256
    return [sha256(leaf).digest() for leaf in prefixed]
