"""What has happened to a key of the keyring; never the key itself."""

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
    """A key has a new version; those before it only decrypt from now on.

    Attributes:
        key_id: Its public name.
        key_version: Number of the new version; the first is 1.
        data_keys: How many data keys were wrapped again.
        old_forgotten: Whether the versions before it were destroyed.
    """

    TOPIC: ClassVar[str] = "key.rotated"
    key_id: str
    key_version: int
    data_keys: int
    old_forgotten: bool


class KeyDestroyed(Event):
    """A key was destroyed, and with it what it protected.

    Attributes:
        key_id: Its public name.
        reason: Why.
    """

    TOPIC: ClassVar[str] = "key.destroyed"
    key_id: str
    reason: str
