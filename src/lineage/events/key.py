"""What has happened to a key; never the key itself.

No release records these events yet: until the feature is built that does, their fields may
change in place, without an upcast.
"""

from __future__ import annotations

from typing import ClassVar

from lineage.events.base import Event


class KeyCreated(Event):
    """A key came into being.

    Attributes:
        key_id: Its public name.
        purpose: What it protects.
        algorithm: "AES-256-GCM", "Ed25519", ...
    """

    TOPIC: ClassVar[str] = "key.created"
    key_id: str
    purpose: str
    algorithm: str


class KeyRotated(Event):
    """A key was succeeded by another one and only decrypts from now on.

    Attributes:
        key_id: Its public name.
        successor_id: Public name of the other one.
    """

    TOPIC: ClassVar[str] = "key.rotated"
    key_id: str
    successor_id: str


class KeyDestroyed(Event):
    """A key was destroyed, and with it what it protected.

    Attributes:
        key_id: Its public name.
        reason: Why.
    """

    TOPIC: ClassVar[str] = "key.destroyed"
    key_id: str
    reason: str
