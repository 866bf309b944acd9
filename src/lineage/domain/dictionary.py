"""The rule of the data dictionary: a version is recorded when it differs from the last one."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.domain.decider import Decider
from lineage.events import DictionaryDeclared, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareDictionary:
    """Record what the project declares of its datasets now."""

    declared: DictionaryDeclared


def decide(state: str | None, command: DeclareDictionary) -> tuple[Event, ...]:
    """Return the new version; none if it is the one on record, or nothing was ever declared."""
    declared = command.declared
    is_said = declared.datasets or declared.accountability or state is not None
    return (declared,) if is_said and declared.dictionary_sha256 != state else ()


def evolve(state: str | None, event: Event) -> str | None:
    """Return the digest of the version on record after an event; None before the first."""
    return event.dictionary_sha256 if isinstance(event, DictionaryDeclared) else state


DICTIONARY: Decider[str | None, DeclareDictionary] = Decider(
    initial=None, decide=decide, evolve=evolve
)
"""The rules of the stream `project:dictionary`."""
