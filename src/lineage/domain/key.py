"""The rules of a key: it comes into being once, gets new versions, and ends once.

The keyring is the judge of whether a key can be used; the history says what was done to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lineage.domain.decider import Decider
from lineage.events import Event, KeyCreated, KeyDestroyed, KeyRotated
from lineage.kernel.errors import CommandRejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateKey:
    """Record that a key was made."""

    created: KeyCreated


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateKey:
    """Record that a key has a new version.

    Attributes:
        created: What is known of the key, if it is not on record.
        rotated: The new version.
    """

    created: KeyCreated
    rotated: KeyRotated


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyKey:
    """Record that a key was destroyed.

    Attributes:
        created: What is known of the key, if it is not on record.
        destroyed: Its end.
    """

    created: KeyCreated
    destroyed: KeyDestroyed


KeyCommand: TypeAlias = CreateKey | RotateKey | DestroyKey


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """What is on record about a key.

    Attributes:
        is_known: Whether it is.
        key_version: Number of its newest version.
        is_destroyed: Whether it is gone.
    """

    is_known: bool = False
    key_version: int = 1
    is_destroyed: bool = False


def decide(state: KeyState, command: KeyCommand) -> tuple[Event, ...]:
    """Return the events of a key; none if its end is already on record.

    Raises:
        CommandRejectedError: It is made twice, has been destroyed, or the version is not newer.
    """
    known: tuple[Event, ...] = () if state.is_known else (command.created,)
    subject = f"key {command.created.key_id!r}"
    match command:
        case DestroyKey():
            return () if state.is_destroyed else (*known, command.destroyed)
        case _ if state.is_destroyed:
            raise CommandRejectedError(subject, problem="it was destroyed")
        case CreateKey():
            if state.is_known:
                raise CommandRejectedError(subject, problem="it is already on record")
            return known
        case RotateKey():
            if command.rotated.key_version <= state.key_version:
                raise CommandRejectedError(
                    subject,
                    problem=f"version {command.rotated.key_version}",
                    expected=f"one after {state.key_version}, which is on record",
                )
            return (*known, command.rotated)


def evolve(state: KeyState, event: Event) -> KeyState:
    """Return what is on record after an event."""
    match event:
        case KeyCreated():
            return KeyState(is_known=True)
        case KeyRotated():
            return KeyState(is_known=True, key_version=event.key_version)
        case KeyDestroyed():
            return KeyState(is_known=True, key_version=state.key_version, is_destroyed=True)
    return state


KEY: Decider[KeyState, KeyCommand] = Decider(initial=KeyState(), decide=decide, evolve=evolve)
"""The rules of the streams `key:<id>`."""
