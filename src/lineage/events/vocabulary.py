"""Which class a stored type word means, and how older versions become the present one.

A released event never changes in place. A change raises `SCHEMA_VERSION` and adds an upcast from
the version before: a function from the old JSON object to the next one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, reduce
from importlib import import_module
from typing import Any, Final

from lineage.events.base import STORED, Event
from lineage.kernel.errors import UnknownEventError

Payload = dict[str, Any]
Upcast = Callable[[Payload], Payload]

MODULES: Final[Mapping[str, str]] = {
    "artifact": "data",
    "budget": "privacy",
    "checkpoint": "observation",
    "claim": "privacy",
    "classification": "dictionary",
    "code": "observation",
    "columns": "data",
    "dataset": "data",
    "dictionary": "dictionary",
    "environment": "observation",
    "erasure": "erasure",
    "file": "data",
    "key": "key",
    "ledger": "ledger",
    "metric": "observation",
    "operation": "operation",
    "policy": "policy",
    "process": "process",
    "purpose": "privacy",
    "query": "disclosure",
    "record": "run",
    "release": "release",
    "risk": "privacy",
    "run": "run",
    "seal": "seal",
    "signer": "seal",
    "task": "task",
    "values": "disclosure",
    "waiver": "policy",
    "warning": "observation",
}
"""Noun of a type word to the module that has its classes."""

UPCASTS: Mapping[tuple[str, int], Upcast] = {
    ("run.started", 1): lambda old: {**old, "process_mark": None},
}
"""(type word, old version) to the function that makes the next version's object."""


class EventTypes:
    """Turns stored payloads back into events.

    Args:
        classes: The event classes that are known; as a mapping by type word, they are looked up
            when they are needed.
        upcasts: (type word, version) to the step to the next version.

    Raises:
        UnknownEventError: A version between 1 and the present one of a class has no upcast.
    """

    def __init__(
        self,
        classes: Iterable[type[Event]] | Mapping[str, type[Event]],
        upcasts: Mapping[tuple[str, int], Upcast],
    ) -> None:
        self._upcasts = dict(upcasts)
        self._classes: Mapping[str, type[Event]]
        if isinstance(classes, Mapping):
            self._classes = classes
            return
        self._classes = {cls.TOPIC: cls for cls in classes}
        for topic, cls in self._classes.items():
            for version in range(1, cls.SCHEMA_VERSION):
                if (topic, version) not in self._upcasts:
                    raise UnknownEventError(
                        f"event type {topic!r}",
                        problem=f"no upcast from version {version} to {version + 1}",
                    )

    def class_of(self, topic: str) -> type[Event]:
        """Return the class of a type word.

        Raises:
            UnknownEventError: This release does not know it.
        """
        try:
            return self._classes[topic]
        except KeyError:
            raise UnknownEventError(
                f"event type {topic!r}",
                problem="unknown to this release",
                remedy="upgrade privacy-lineage to the release that wrote it",
            ) from None

    def load(self, topic: str, schema_version: int, payload: bytes) -> Event:
        """Return the event that was stored.

        Args:
            topic: The stored type word.
            schema_version: The stored version.
            payload: The stored JSON.

        Raises:
            UnknownEventError: The type is unknown, the version newer than this release, or the
                payload does not fit its version.
        """
        cls = self.class_of(topic)
        try:
            if schema_version == cls.SCHEMA_VERSION:
                return cls.model_validate_json(payload, context=STORED)
            steps = self._steps(cls, schema_version)
            present = reduce(lambda old, upcast: upcast(old), steps, json.loads(payload))
            return cls.model_validate(present, context=STORED)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            # A damaged payload can make an upcast fail in any of these ways.
            raise UnknownEventError(
                f"payload of event type {topic!r} version {schema_version}",
                problem=f"does not have the fields of that version ({type(error).__name__})",
                remedy="run `lineage doctor`",
            ) from error

    def upcast_payload(self, topic: str, schema_version: int, payload: bytes) -> bytes:
        """Return the stored JSON as the present version would have stored it.

        Raises:
            UnknownEventError: As in `load`.
        """
        if schema_version == self.class_of(topic).SCHEMA_VERSION:
            return payload
        return self.load(topic, schema_version, payload).to_payload()

    def present_versions(self) -> dict[str, int]:
        """Return type word to present version."""
        return {topic: cls.SCHEMA_VERSION for topic, cls in self._classes.items()}

    def later_versions(self) -> dict[str, int]:
        """Return type word to present version, of the types that are past their first."""
        return {topic: step + 1 for topic, step in sorted(self._upcasts)}

    def _steps(self, cls: type[Event], version: int) -> list[Upcast]:
        if version > cls.SCHEMA_VERSION or version < 1:
            raise UnknownEventError(
                f"event type {cls.TOPIC!r}",
                problem=f"schema version {version}",
                expected=f"version 1 to {cls.SCHEMA_VERSION}",
                remedy="upgrade privacy-lineage to the release that wrote it",
            )
        return [self._upcasts[cls.TOPIC, step] for step in range(version, cls.SCHEMA_VERSION)]


@cache
def default_event_types() -> EventTypes:
    """Return the event types of this release; a class is imported when it is first needed."""
    return EventTypes(Released(), UPCASTS)


class Released(Mapping[str, type[Event]]):
    """The event classes of this release by type word, imported when they are first asked for."""

    def __getitem__(self, topic: str) -> type[Event]:
        module = MODULES[topic.partition(".")[0]]
        return _classes_in(module)[topic]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(topic for name in {*MODULES.values()} for topic in _classes_in(name)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _classes_in(module: str) -> dict[str, type[Event]]:
    return {
        value.TOPIC: value
        for value in vars(import_module(f"lineage.events.{module}")).values()
        if isinstance(value, type) and issubclass(value, Event) and hasattr(value, "TOPIC")
    }
