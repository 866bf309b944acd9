"""What was signed: the state of the ledger itself.

No release records these events yet: until the feature is built that does, their fields may
change in place, without an upcast.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import NonNegativeInt

from lineage.events.base import Event, Sha256


class SealSigned(Event):
    """The tree head over all events up to a position was signed.

    Attributes:
        tree_size: Number of events under the head.
        root_sha256: The tree head (RFC 9162, section 2.1).
        key_id: Public name of the signing key.
        signature: The signature, base64.
    """

    TOPIC: ClassVar[str] = "seal.signed"
    tree_size: NonNegativeInt
    root_sha256: Sha256
    key_id: str
    signature: str
