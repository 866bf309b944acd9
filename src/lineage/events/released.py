"""All event classes, for documentation and tests, which need them together."""

from __future__ import annotations

from lineage.events.base import Event
from lineage.events.vocabulary import Released

VOCABULARY: tuple[type[Event], ...] = tuple(Released().values())
"""Every event class of this release, by type word."""
