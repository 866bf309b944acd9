"""What was decided about data by a rule.

No release records these events yet: until the feature is built that does, their fields may
change in place, without an upcast.
"""

from __future__ import annotations

from typing import ClassVar

from lineage.events.base import Event, JsonObject, Sha256


class PolicyEvaluated(Event):
    """A rule was applied to a dataset version.

    Attributes:
        policy: Name of the rule.
        uri: The file it was applied to.
        sha256: Digest of the file's content.
        has_passed: Whether the rule holds.
        details: Thresholds and measured values.
    """

    TOPIC: ClassVar[str] = "policy.evaluated"
    policy: str
    uri: str
    sha256: Sha256
    has_passed: bool
    details: JsonObject
