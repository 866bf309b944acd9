"""What left the project, on whose decision, and what was refused."""

from __future__ import annotations

from typing import ClassVar

from pydantic import NonNegativeInt

from lineage.events.base import Event, Sha256


class ReleaseApproved(Event):
    """A file may leave the project; it appears among the releases only after this.

    Attributes:
        source_uri: The file that was judged.
        sha256: Digest of its content.
        release_uri: Where it is going to appear.
        purpose: What the recipient may use it for.
        recipient: Who gets it.
        approver: Who decided.
        warnings: Policies that are violated and do not block, or are waived.
    """

    TOPIC: ClassVar[str] = "release.approved"
    source_uri: str
    sha256: Sha256
    release_uri: str
    purpose: str
    recipient: str
    approver: str
    warnings: tuple[str, ...]


class ReleaseRefused(Event):
    """A file was not released.

    Attributes:
        source_uri: The file that was judged.
        sha256: Digest of its content.
        purpose: What it was to be used for.
        recipient: Who was to get it.
        approver: Who asked for the decision.
        violations: The policies that block it.
    """

    TOPIC: ClassVar[str] = "release.refused"
    source_uri: str
    sha256: Sha256
    purpose: str
    recipient: str
    approver: str
    violations: tuple[str, ...]


class ReleasePublished(Event):
    """An approved file appeared among the releases.

    Attributes:
        release_uri: Where.
        sha256: Digest of its content.
        size_bytes: Its length.
    """

    TOPIC: ClassVar[str] = "release.published"
    release_uri: str
    sha256: Sha256
    size_bytes: NonNegativeInt


class ReleaseWithdrawn(Event):
    """A release must not be used any more.

    Attributes:
        reason: Why.
        is_removed: Whether its file was removed from the releases.
    """

    TOPIC: ClassVar[str] = "release.withdrawn"
    reason: str
    is_removed: bool
